//! Alerts by e-mail.

use super::channel::{AlertLevel, Channel, NotTaken, in_words};
use crate::audit::outbox::OutboxRow;
use lettre::message::Mailbox;
use lettre::{Message, SmtpTransport, Transport};
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;

const LINES_MAX: usize = 100;
const ANSWER: Duration = Duration::from_secs(30);

/// A mailbox that gets alerts.
pub struct Mail {
    transport: SmtpTransport,
    from: Mailbox,
    to: Mailbox,
    level: AlertLevel,
    per_minute: usize,
    account: String,
}

impl Mail {
    /// A mailbox at a server: `smtps://user:password@host`, or with `smtp:` and `?tls=required` for STARTTLS.
    ///
    /// # Errors
    /// Which of them makes no sense; without secrets.
    pub fn new(
        server: &SecretString,
        (from, to): (&str, &str),
        (level, per_minute): (AlertLevel, usize),
        account: String,
    ) -> Result<Self, String> {
        let transport = SmtpTransport::from_url(server.expose_secret()).map_err(|_| {
            "alerts.smtp_url: must be the URL of a mail server, which begins with `smtps:`"
                .to_owned()
        })?;
        let address = |key: &str, text: &str| {
            text.parse::<Mailbox>().map_err(|_| format!("alerts.{key}: `{text}` is no address"))
        };
        Ok(Self {
            transport: transport.timeout(Some(ANSWER)).build(),
            from: address("mail_from", from)?,
            to: address("mail_to", to)?,
            level,
            per_minute,
            account,
        })
    }
}

impl Mail {
    /// Whether the server is there, and lets the user in.
    ///
    /// # Errors
    /// Why not; without secrets.
    pub fn is_there(&self) -> Result<(), NotTaken> {
        match self.transport.test_connection() {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(NotTaken::Later {
                what: "the mail server cannot be reached, or does not let this user in".to_owned(),
                pause: None,
            }),
        }
    }
}

impl Channel for Mail {
    fn name(&self) -> &'static str {
        "mail"
    }

    fn wants(&self, message: &OutboxRow) -> bool {
        self.level.takes(message)
    }

    fn together_max(&self) -> usize {
        200
    }

    fn per_minute(&self) -> Option<usize> {
        Some(self.per_minute)
    }

    fn tell(&mut self, messages: &[OutboxRow]) -> Result<(), NotTaken> {
        let worst = messages.iter().filter_map(|message| message.severity.as_deref());
        let worst = worst.max_by_key(|word| AlertLevel::of(word)).unwrap_or("info");
        let count = messages.len();
        let subject = format!("tickdeck {}: {worst}, {count} alerts", self.account);
        let mail = Message::builder()
            .from(self.from.clone())
            .to(self.to.clone())
            .subject(subject)
            .body(in_words(&self.account, messages, LINES_MAX))
            .map_err(|_| NotTaken::Never { what: "no mail can be made of it".to_owned() })?;
        match self.transport.send(&mail) {
            Ok(_) => Ok(()),
            Err(error) if error.is_permanent() => {
                Err(NotTaken::Never { what: "the mail server refuses it for good".to_owned() })
            }
            Err(_) => Err(NotTaken::Later {
                what: "the mail server does not take it".to_owned(),
                pause: None,
            }),
        }
    }
}
