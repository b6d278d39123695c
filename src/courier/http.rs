//! A call over HTTP, and what its answer means.

use super::channel::NotTaken;
use serde_json::Value;
use std::time::Duration;
use ureq::Agent;

const CONNECT: Duration = Duration::from_secs(10);
/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(30);
/// The longest answer that is read.
const BODY_MAX: u64 = 4 << 20;

/// The methods that are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// To ask.
    Get,
    /// To tell.
    Post,
    /// To change.
    Patch,
}

/// A server, or several.
#[derive(Debug, Clone)]
pub struct Caller(Agent);

/// What has come back: a status from 200 to 299, and its body.
pub type Answered = Result<String, NotTaken>;

impl Default for Caller {
    fn default() -> Self {
        Self::answered_within(ANSWER)
    }
}

impl Caller {
    /// One that waits so long for an answer.
    #[must_use]
    pub fn answered_within(most: Duration) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(most))
            .max_redirects(0)
            .user_agent(concat!("tickdeck/", env!("CARGO_PKG_VERSION")))
            .build();
        Self(config.into())
    }

    /// Calls. The address and the headers may hold secrets, so no error names them.
    ///
    /// # Errors
    /// Why it was of no use.
    pub fn call(
        &self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answered {
        let mut request = ureq::http::Request::builder().uri(url).method(match method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Patch => "PATCH",
        });
        if body.is_some() {
            request = request.header("Content-Type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let text = body.map(Value::to_string).unwrap_or_default();
        let request = request.body(text).map_err(|_| NotTaken::Never {
            what: "its address or its key is none that can be sent".to_owned(),
        })?;
        match self.0.run(request) {
            Ok(response) => answered(response),
            Err(error) => Err(NotTaken::Later { what: trouble(&error).to_owned(), pause: None }),
        }
    }
}

fn answered(mut response: ureq::http::Response<ureq::Body>) -> Answered {
    let status = response.status().as_u16();
    let pause = response.headers().get("Retry-After").and_then(|text| text.to_str().ok());
    let pause = pause.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
    let body = response.body_mut().with_config().limit(BODY_MAX).read_to_string();
    match (status, body) {
        (200..300, Ok(body)) => Ok(body),
        (200..300, Err(_)) => {
            Err(NotTaken::Later { what: "its answer breaks off".to_owned(), pause })
        }
        // What is wrong with the message is wrong each time; whom it lets in can change.
        (400..500, _) if !matches!(status, 401 | 403 | 404 | 408 | 425 | 429) => {
            Err(NotTaken::Never { what: format!("it answers {status}") })
        }
        _ => Err(NotTaken::Later { what: format!("it answers {status}"), pause }),
    }
}

/// What went wrong, without the address.
const fn trouble(error: &ureq::Error) -> &'static str {
    match error {
        ureq::Error::HostNotFound => "its host is not found",
        ureq::Error::Timeout(_) => "it does not answer in time",
        ureq::Error::ConnectionFailed | ureq::Error::Io(_) => "it cannot be reached",
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => "its certificate is not accepted",
        ureq::Error::BadUri(_) => "its address is none",
        _ => "the call fails",
    }
}
