//! Results, trades and alerts to the platform, by its HTTP calls.

use super::channel::{Channel, NotTaken};
use super::http::{Answered, Caller, Method};
use crate::audit::outbox::OutboxRow;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

/// The platform.
#[derive(Debug, Clone)]
pub struct HttpPlatform {
    /// Where it is.
    pub url: String,
    /// Its key.
    pub key: SecretString,
    /// Its secret.
    pub secret: SecretString,
    /// What it calls this executor.
    pub executor: String,
    /// What calls.
    pub caller: Caller,
}

impl HttpPlatform {
    /// Calls the platform; `key` tells a second call from another one.
    ///
    /// # Errors
    /// Why it was of no use.
    pub fn call(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Option<&Value>,
    ) -> Answered {
        let url = format!("{}{path}", self.url.trim_end_matches('/'));
        let mut headers = vec![
            ("X-API-Key", self.key.expose_secret()),
            ("X-API-Secret", self.secret.expose_secret()),
        ];
        headers.extend(key.map(|key| ("Idempotency-Key", key)));
        self.caller.call(method, &url, &headers, body)
    }
}

impl Channel for HttpPlatform {
    fn name(&self) -> &'static str {
        "platform"
    }

    fn wants(&self, _message: &OutboxRow) -> bool {
        true
    }

    fn tell(&mut self, messages: &[OutboxRow]) -> Result<(), NotTaken> {
        let message = &messages[0];
        let mut body: Value = serde_json::from_str(&message.body).unwrap_or_default();
        let path = match message.kind.as_str() {
            "result" => &*format!("/executor/{}/command", self.executor),
            kind => {
                body["executorId"] = json!(self.executor);
                if kind == "alert" { "/alerts" } else { "/trade" }
            }
        };
        let method = if message.kind == "result" { Method::Patch } else { Method::Post };
        self.call(method, path, Some(&message.key), Some(&body)).map(drop)
    }
}
