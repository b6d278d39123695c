//! Whom a session tells, and who tells it.

use super::checkup::Checkups;
use crate::cli::live::telling;
use crate::config::live::{AlertSettings, LiveSettings};
use crate::courier::channel::NotTaken;
use crate::courier::http::Method;
use crate::courier::mail::Mail;
use crate::courier::telegram::Telegram;

/// Looks at each that the settings name. Nobody is told anything.
pub fn look(settings: &LiveSettings, found: &mut Checkups) {
    match telling::platform(&settings.platform) {
        Ok(None) => found.note("platform", "none is named"),
        Ok(Some(platform)) => match platform.call(Method::Get, "/executor/config", None, None) {
            Ok(_) => found.fine("platform", "it answers, and knows the key"),
            Err(taken) => not_taken(
                found,
                "platform",
                &taken,
                "look at platform.url, platform.key and platform.secret",
            ),
        },
        Err(error) => found.wrong("platform", &error.to_string(), "state the others, too"),
    }
    if let Some(alerts) = &settings.alerts {
        people(alerts, found);
    } else {
        found.note("alerts", "nobody is told of them: alerts.enabled");
    }
    if let Err(error) = telling::address(settings) {
        found.wrong("control API", &error.to_string(), "mend control.listen");
    }
}

fn people(alerts: &AlertSettings, found: &mut Checkups) {
    match telling::telegram(alerts, "") {
        Ok(None) => {}
        Ok(Some(bot)) => match Telegram::is_known(&bot) {
            Ok(()) => found.fine("telegram", "the bot is known there"),
            Err(taken) => not_taken(found, "telegram", &taken, "look at alerts.telegram_token"),
        },
        Err(error) => found.wrong("telegram", &error.to_string(), "state the other, too"),
    }
    match telling::mail(alerts, "") {
        Ok(None) => {}
        Ok(Some(mail)) => match Mail::is_there(&mail) {
            Ok(()) => found.fine("mail", "the server lets this user in"),
            Err(taken) => not_taken(found, "mail", &taken, "look at alerts.smtp_url"),
        },
        Err(error) => found.wrong("mail", &error.to_string(), "mend that setting"),
    }
    if alerts.webhook_url.is_some() {
        found.note("webhook", "what it does with a call is not known before one comes");
    }
}

fn not_taken(found: &mut Checkups, what: &'static str, taken: &NotTaken, to_do: &str) {
    let (NotTaken::Later { what: said, .. } | NotTaken::Never { what: said }) = taken;
    found.wrong(what, said, to_do);
}
