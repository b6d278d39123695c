//! Sends one request to the vendor's server and interprets the answer. It knows neither repetitions
//! nor files.

use crate::data::dukascopy::fetch_error::FetchError;
use jiff::Timestamp;
use std::io::ErrorKind;
use std::time::Duration;
use ureq::{Agent, Error, Proxy};

/// Dukascopy's public feed of historical data.
pub const BASE: &str = "https://datafeed.dukascopy.com/datafeed";
/// The largest size of an hour's file in bytes: many times that of the busiest hour.
const BODY_MAX: u64 = 16 << 20;
const CONNECT: Duration = Duration::from_secs(15);
/// How long an answer may usually take, from the request to the last byte.
pub const ANSWER: Duration = Duration::from_secs(90);
const REDIRECTS_MAX: u32 = 3;

/// A usable answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Response {
    /// The unchecked body; empty when there were no ticks.
    Body(Vec<u8>),
    /// There is no such file.
    NotFound,
}

/// The lack of a usable answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The trouble may pass. The server may have said when.
    Passing {
        /// What was wrong, for people.
        what: String,
        /// The wait that the server asked for.
        wait: Option<Duration>,
    },
    /// The trouble will not pass.
    Lasting {
        /// What was wrong, for people.
        what: String,
    },
}

/// A server that gets one request at a time.
#[derive(Debug)]
pub struct Server {
    agent: Agent,
    base: String,
}

impl Server {
    /// The server at `base`, reached through `proxy`. An answer may take as long as `answer`.
    ///
    /// # Errors
    /// [`FetchError::Base`].
    pub fn new(base: &str, proxy: Option<Proxy>, answer: Duration) -> Result<Self, FetchError> {
        let host = base.strip_prefix("https://").or_else(|| base.strip_prefix("http://"));
        if host.is_none_or(|host| host.is_empty() || host.starts_with('/')) {
            return Err(FetchError::Base(base.to_owned()));
        }
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(answer))
            .max_redirects(REDIRECTS_MAX)
            .user_agent(concat!("tickdeck/", env!("CARGO_PKG_VERSION")))
            .proxy(proxy)
            .build();
        Ok(Self { agent: config.into(), base: base.trim_end_matches('/').to_owned() })
    }

    /// The address of a file, `/` between its folders.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.base)
    }

    /// Requests a file; `now` is needed when the server gives a time until which to wait.
    ///
    /// # Errors
    /// [`Trouble`].
    pub fn ask(&self, url: &str, now: Timestamp) -> Result<Response, Trouble> {
        let mut response = self.agent.get(url).call().map_err(|error| trouble(&error))?;
        let status = response.status();
        match status.as_u16() {
            200 => response
                .body_mut()
                .with_config()
                .limit(BODY_MAX)
                .read_to_vec()
                .map(Response::Body)
                .map_err(|error| trouble(&error)),
            404 => Ok(Response::NotFound),
            408 | 429 | 500..=599 => {
                let wait = response
                    .headers()
                    .get("retry-after")
                    .and_then(|value| wait(value.to_str().ok()?, now));
                Err(Trouble::Passing { what: format!("the server answered {status}"), wait })
            }
            _ => Err(Trouble::Lasting { what: format!("the server answered {status}") }),
        }
    }
}

/// How long `Retry-After` asks to wait: a number of seconds, or a date (RFC 9110, 10.2.3).
fn wait(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = jiff::fmt::rfc2822::parse(text.trim()).ok()?.timestamp();
    // A time that has passed means no wait.
    Some(Duration::try_from(until.duration_since(now)).unwrap_or_default())
}

/// The kind of trouble in an error. Broken and slow connections may pass; wrong addresses and
/// certificates do not.
fn trouble(error: &Error) -> Trouble {
    let lasting = match error {
        Error::BadUri(_)
        | Error::Http(_)
        | Error::Tls(_)
        | Error::TlsRequired
        | Error::Rustls(_)
        | Error::InvalidProxyUrl
        | Error::TooManyRedirects
        | Error::RedirectFailed
        | Error::BodyExceedsLimit(_) => true,
        // A refused certificate has this kind.
        Error::Io(io) => io.kind() == ErrorKind::InvalidData,
        _ => false,
    };
    let what = match error {
        Error::BodyExceedsLimit(_) => format!("the answer is longer than {BODY_MAX} bytes"),
        error => error.to_string(),
    };
    if lasting { Trouble::Lasting { what } } else { Trouble::Passing { what, wait: None } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_says_in_two_ways_how_long_to_wait() {
        let now: Timestamp = "2024-01-02T12:00:00Z".parse().unwrap();
        for (text, expect) in [
            ("7", Some(7)),
            (" 120 ", Some(120)),
            ("Tue, 02 Jan 2024 12:00:30 GMT", Some(30)),
            ("Tue, 02 Jan 2024 11:00:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
        ] {
            assert_eq!(wait(text, now), expect.map(Duration::from_secs), "{text}");
        }
    }

    #[test]
    fn other_addresses_are_refused() {
        for base in
            ["", "datafeed.dukascopy.com", "ftp://host/feed", "http://", "https:///feed", "/feed"]
        {
            assert!(matches!(Server::new(base, None, ANSWER), Err(FetchError::Base(_))), "{base}");
        }
    }

    #[test]
    fn an_address_ends_without_a_slash_of_its_own() {
        for base in ["http://127.0.0.1:1/feed", "http://127.0.0.1:1/feed/"] {
            assert_eq!(
                Server::new(base, None, ANSWER).unwrap().url("EURUSD/a"),
                "http://127.0.0.1:1/feed/EURUSD/a"
            );
        }
    }
}
