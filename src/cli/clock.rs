//! By which clock times are shown. Wherever a time is written it has one of two forms, that of the
//! terminal for the server's clock (`2025.09.22 14:00:00.000`) and RFC 3339 for UTC (`2025-09-22T11:00:00Z`); before
//! a text is shown, all of its times are written by one of them.

use crate::domain::time::{ServerMsc, Timestamp};
use crate::domain::zone::ServerZone;
use clap::ValueEnum;

/// The clock by which times are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ClockChoice {
    /// The server's, by which bars are dated.
    #[default]
    Server,
    /// UTC.
    Utc,
}

impl ClockChoice {
    /// The clock in words, such as `America/New_York+7`.
    #[must_use]
    pub fn words(self, zone: &ServerZone) -> String {
        match self {
            Self::Server => zone.to_string(),
            Self::Utc => "UTC".to_owned(),
        }
    }

    /// A text of a session with this server's clock, all of its times by one clock.
    #[must_use]
    pub fn retell(self, text: &str, zone: &ServerZone) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        let mut before = ' ';
        while let Some(next) = rest.chars().next() {
            let is_begun = before.is_ascii_alphanumeric() || "-.:_/".contains(before);
            let written = if is_begun { None } else { Written::at_start(rest) };
            if let Some((written, length)) = written {
                out.push_str(&self.write(written, zone));
                rest = &rest[length..];
                before = '0';
            } else {
                out.push(next);
                rest = &rest[next.len_utf8()..];
                before = next;
            }
        }
        out
    }

    fn write(self, written: Written, zone: &ServerZone) -> String {
        match (self, written) {
            (Self::Server, Written::Server(time)) => time.to_string(),
            (Self::Server, Written::Utc(at)) => zone.to_server(at).to_string(),
            (Self::Utc, Written::Server(time)) => zone.clone().to_utc(time).to_string(),
            (Self::Utc, Written::Utc(at)) => at.to_string(),
        }
    }
}

/// A time as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    Server(ServerMsc),
    Utc(Timestamp),
}

impl Written {
    /// The time with which a text begins, and its length.
    fn at_start(text: &str) -> Option<(Self, usize)> {
        let shape = |pattern: &str| {
            let fits = |(byte, shape): (u8, u8)| {
                if shape == b'0' { byte.is_ascii_digit() } else { byte == shape }
            };
            text.len() >= pattern.len() && text.bytes().zip(pattern.bytes()).all(fits)
        };
        let (is_server, is_utc) = (shape("0000.00.00 00:00:00"), shape("0000-00-00T00:00:00"));
        if !is_server && !is_utc {
            return None;
        }
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let seconds = "0000-00-00T00:00:00".len();
        let fraction = text[seconds..].strip_prefix('.').map_or(0, digits);
        let length = seconds + if fraction > 0 { fraction + 1 } else { 0 };
        if is_server {
            return Some((Self::Server(text[..length].parse().ok()?), length));
        }
        let length = length + usize::from(text[length..].starts_with('Z'));
        Some((Self::Utc(text[..length].parse().ok()?), length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_times_of_a_text_are_by_one_clock() {
        let zone: ServerZone = "America/New_York+7".parse().unwrap();
        // In September the server is three hours ahead of UTC.
        let text = "at 2025-09-22T02:49:00.392Z, bar 2025.09.22 05:48:00.000; é2025.09.22 23:30:00";
        let server =
            "at 2025.09.22 05:49:00.392, bar 2025.09.22 05:48:00.000; é2025.09.22 23:30:00.000";
        let utc = "at 2025-09-22T02:49:00.392Z, bar 2025-09-22T02:48:00Z; é2025-09-22T20:30:00Z";
        assert_eq!(ClockChoice::Server.retell(text, &zone), server);
        assert_eq!(ClockChoice::Utc.retell(text, &zone), utc);
        assert_eq!(ClockChoice::Utc.retell(server, &zone), utc);
        assert_eq!(ClockChoice::Server.retell(utc, &zone), server);
        // What only looks like one stays.
        for other in [
            "run-2025-09-22T02:49:00Z.csv",
            "2025-13-22T02:49:00Z",
            "2025-09-22T02:49:00+02:00",
            "2025.09.22",
            "12025.09.22 05:48:00",
            "2025.09.22 05:48",
        ] {
            assert_eq!(ClockChoice::Utc.retell(other, &zone), other);
            assert_eq!(ClockChoice::Server.retell(other, &zone), other);
        }
    }
}
