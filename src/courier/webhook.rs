//! Alerts as JSON to an address, as the gateways of SMS and chats take them.

use super::channel::{AlertLevel, Channel, NotTaken, in_words};
use super::http::{Caller, Method};
use crate::audit::outbox::OutboxRow;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

/// An address that takes alerts.
pub struct Webhook {
    /// The address; whoever has it can write there.
    pub url: SecretString,
    /// What alerts it gets.
    pub level: AlertLevel,
    /// How many it gets in a minute at most.
    pub per_minute: usize,
    /// The account, for people.
    pub account: String,
    /// What calls.
    pub caller: Caller,
}

impl Channel for Webhook {
    fn name(&self) -> &'static str {
        "webhook"
    }

    fn wants(&self, message: &OutboxRow) -> bool {
        self.level.takes(message)
    }

    fn per_minute(&self) -> Option<usize> {
        Some(self.per_minute)
    }

    fn tell(&mut self, messages: &[OutboxRow]) -> Result<(), NotTaken> {
        let message = &messages[0];
        let mut body: Value = serde_json::from_str(&message.body).unwrap_or_default();
        body["account"] = json!(self.account);
        // Chats show one of these, and leave the rest aside.
        let text = in_words(&self.account, messages, 1);
        (body["text"], body["content"]) = (json!(text), json!(text));
        let headers = [("Idempotency-Key", &*message.key)];
        self.caller.call(Method::Post, self.url.expose_secret(), &headers, Some(&body)).map(drop)
    }
}
