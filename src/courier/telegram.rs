//! Alerts by a Telegram bot.

use super::channel::{AlertLevel, Channel, NotTaken, in_words};
use super::http::{Caller, Method};
use crate::audit::outbox::OutboxRow;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

/// Telegram takes no more than 4,096 characters.
const LINES_MAX: usize = 12;
const CHARS_MAX: usize = 4_000;

/// A bot that writes to a chat.
pub struct Telegram {
    /// Where Telegram is.
    pub url: String,
    /// The bot's token.
    pub token: SecretString,
    /// The chat.
    pub chat: String,
    /// What alerts it writes.
    pub level: AlertLevel,
    /// How often it writes in a minute at most.
    pub per_minute: usize,
    /// The account, for people.
    pub account: String,
    /// What calls.
    pub caller: Caller,
}

impl Telegram {
    /// Whether Telegram knows the bot.
    ///
    /// # Errors
    /// Why that is not known.
    pub fn is_known(&self) -> Result<(), NotTaken> {
        self.caller.call(Method::Get, &self.address("getMe"), &[], None).map(drop)
    }

    fn address(&self, method: &str) -> String {
        format!("{}/bot{}/{method}", self.url.trim_end_matches('/'), self.token.expose_secret())
    }
}

impl Channel for Telegram {
    fn name(&self) -> &'static str {
        "telegram"
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
        let text = in_words(&self.account, messages, LINES_MAX);
        let text: String = text.chars().take(CHARS_MAX).collect();
        let url = self.address("sendMessage");
        let body = json!({ "chat_id": self.chat, "text": text, "disable_web_page_preview": true });
        self.caller.call(Method::Post, &url, &[], Some(&body)).map(drop)
    }
}
