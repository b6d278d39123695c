//! Whom a live session tells what happens, by its settings.

use super::teller::Teller;
use crate::config::live::{AlertSettings, LiveSettings, PlatformSettings};
use crate::control::ControlServer;
use crate::control::published::{Published, Publisher};
use crate::courier::Courier;
use crate::courier::channel::{AlertLevel, Channel};
use crate::courier::http::Caller;
use crate::courier::mail::Mail;
use crate::courier::platform::HttpPlatform;
use crate::courier::telegram::Telegram;
use crate::courier::webhook::Webhook;
use crate::live::inbox::Incoming;
use anyhow::Context;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

/// Begins to tell; none where the settings name nobody. What is told of is in the audit of an account.
///
/// # Errors
/// Which settings lack another one, or make no sense.
pub fn begin(
    settings: &LiveSettings,
    account: &str,
    audit: PathBuf,
    teller: &Teller,
) -> anyhow::Result<Option<Courier>> {
    let mut channels: Vec<Box<dyn Channel>> = Vec::new();
    if let Some(platform) = platform(&settings.platform)? {
        channels.push(Box::new(platform));
    }
    if let Some(alerts) = &settings.alerts {
        people(alerts, account, &mut channels)?;
    }
    if settings.platform.pusher_key.is_some() || settings.platform.pusher_cluster.is_some() {
        teller.note("platform.pusher_key, platform.pusher_cluster: not used yet: commands come by heartbeat");
    }
    if channels.is_empty() {
        return Ok(None);
    }
    let told = teller.clone();
    Ok(Some(Courier::begin(audit, channels, Box::new(move |text| told.note(text)))?))
}

/// Begins the control API of a session, and what shows there what the session does; none where the settings want none.
///
/// # Errors
/// When its address is none, is not on this machine, or cannot be had.
pub fn control(
    settings: &LiveSettings,
    folder: &Path,
    inbox: &SyncSender<Incoming>,
    teller: &Teller,
) -> anyhow::Result<(Option<ControlServer>, Publisher)> {
    let published = Arc::new(Published::default());
    let publisher = Publisher(Arc::clone(&published));
    let Some(address) = address(settings)? else { return Ok((None, publisher)) };
    let server = ControlServer::begin(address, folder, published, inbox.clone())
        .with_context(|| format!("the control API cannot listen at {address}"))?;
    teller.note(&format!("control API at http://{}", server.address()));
    Ok((Some(server), publisher))
}

/// Where the control API of the settings listens; none where they want none.
///
/// # Errors
/// When that is no address, or not on this machine.
pub fn address(settings: &LiveSettings) -> anyhow::Result<Option<SocketAddr>> {
    let Some(control) = &settings.control else { return Ok(None) };
    let address: SocketAddr = control.listen.parse().map_err(|_| {
        anyhow::anyhow!(
            "control.listen: `{}` is no address and port, like 127.0.0.1:8350",
            control.listen
        )
    })?;
    anyhow::ensure!(
        address.ip().is_loopback() || control.allow_remote,
        "control.listen: {address} is not on this machine alone: whoever is on the way would read and write along; put a \
         server with TLS before it, or allow it by control.allow_remote"
    );
    Ok(Some(address))
}

/// The platform of the settings; none where they name none.
///
/// # Errors
/// What they lack.
pub fn platform(settings: &PlatformSettings) -> anyhow::Result<Option<HttpPlatform>> {
    let PlatformSettings { url, key, secret, executor_id, .. } = settings;
    let Some(url) = url else { return Ok(None) };
    let (Some(key), Some(secret), Some(executor)) = (key, secret, executor_id) else {
        anyhow::bail!(
            "platform.url needs platform.key, platform.secret and platform.executor_id beside it"
        );
    };
    Ok(Some(HttpPlatform {
        url: url.clone(),
        key: key.clone(),
        secret: secret.clone(),
        executor: executor.clone(),
        caller: Caller::default(),
    }))
}

fn people(
    alerts: &AlertSettings,
    account: &str,
    channels: &mut Vec<Box<dyn Channel>>,
) -> anyhow::Result<()> {
    if let Some(bot) = telegram(alerts, account)? {
        channels.push(Box::new(bot));
    }
    if let Some(url) = &alerts.webhook_url {
        channels.push(Box::new(Webhook {
            url: url.clone(),
            level: level(alerts),
            per_minute: alerts.per_minute,
            account: account.to_owned(),
            caller: Caller::default(),
        }));
    }
    if let Some(mail) = mail(alerts, account)? {
        channels.push(Box::new(mail));
    }
    Ok(())
}

fn level(alerts: &AlertSettings) -> AlertLevel {
    AlertLevel::of(&alerts.level).expect("a setting is checked")
}

/// The Telegram bot of the settings; none where they name none.
///
/// # Errors
/// What they lack.
pub fn telegram(alerts: &AlertSettings, account: &str) -> anyhow::Result<Option<Telegram>> {
    match (&alerts.telegram_token, &alerts.telegram_chat) {
        (Some(token), Some(chat)) => Ok(Some(Telegram {
            url: alerts.telegram_url.clone(),
            token: token.clone(),
            chat: chat.clone(),
            level: level(alerts),
            per_minute: alerts.per_minute,
            account: account.to_owned(),
            caller: Caller::default(),
        })),
        (None, None) => Ok(None),
        _ => anyhow::bail!("alerts.telegram_token and alerts.telegram_chat: each needs the other"),
    }
}

/// The mailbox of the settings; none where they name none.
///
/// # Errors
/// What they lack, or which of them makes no sense.
pub fn mail(alerts: &AlertSettings, account: &str) -> anyhow::Result<Option<Mail>> {
    match (&alerts.smtp_url, &alerts.mail_from, &alerts.mail_to) {
        (Some(server), Some(from), Some(to)) => {
            let how = (level(alerts), alerts.per_minute);
            let mail = Mail::new(server, (from, to), how, account.to_owned());
            Ok(Some(mail.map_err(anyhow::Error::msg)?))
        }
        (None, None, None) => Ok(None),
        _ => anyhow::bail!(
            "alerts.smtp_url, alerts.mail_from and alerts.mail_to: each needs the others"
        ),
    }
}
