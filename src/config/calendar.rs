//! The calendar file: news as comma-separated values with the columns `time`, `currency`, `impact`
//! and `title`, in any order. Times are in RFC 3339, or in UTC as `2025-09-17 18:00`.
//!
//! No message quotes a value: a file that was named by mistake may hold anything.

use crate::config::error::ConfigError;
use crate::data::plain_file;
use crate::domain::calendar::{Calendar, Impact, NewsEvent};
use crate::domain::suggest::list;
use crate::domain::time::Timestamp;
use csv::StringRecord;
use std::path::Path;

const COLUMNS: [&str; 4] = ["time", "currency", "impact", "title"];

/// Reads the file at `path`.
pub(super) fn read(path: &Path) -> Result<Calendar, ConfigError> {
    let text = plain_file::read_text(path).map_err(|source| ConfigError::read(path, source))?;
    events(&text).map(Calendar::from).map_err(|(line, reason)| ConfigError::Line {
        path: path.to_owned(),
        line,
        reason,
    })
}

/// A line and what is wrong with it.
type Flaw = (usize, String);

fn events(text: &str) -> Result<Vec<NewsEvent>, Flaw> {
    let mut rows = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let places = places(rows.headers().map_err(|error| flaw(&error))?)?;
    let mut events = Vec::new();
    for row in rows.records() {
        let row = row.map_err(|error| flaw(&error))?;
        let line = row.position().map_or(0, csv::Position::line);
        let read = event(places.map(|place| row.get(place).unwrap_or_default()));
        events.push(read.map_err(|reason| (usize::try_from(line).unwrap_or(usize::MAX), reason))?);
    }
    if events.is_empty() {
        return Err((1, "no news follows the names of the columns".to_owned()));
    }
    Ok(events)
}

/// Where each of [`COLUMNS`] is.
fn places(header: &StringRecord) -> Result<[usize; 4], Flaw> {
    let mut places = [0; 4];
    for (place, name) in places.iter_mut().zip(COLUMNS) {
        let mut found = header.iter().enumerate().filter(|(_, column)| *column == name);
        let first = found.next().ok_or_else(|| {
            (
                1,
                format!(
                    "{name}: no column has this name: the first line must be {}",
                    COLUMNS.join(",")
                ),
            )
        })?;
        if found.next().is_some() {
            return Err((1, format!("{name}: two columns have this name")));
        }
        *place = first.0;
    }
    if header.len() > COLUMNS.len() {
        let reason =
            format!("has other columns, too: the first line must be {}", COLUMNS.join(","));
        return Err((1, reason));
    }
    Ok(places)
}

fn event([time, currency, impact, title]: [&str; 4]) -> Result<NewsEvent, String> {
    let found = Impact::ALL.into_iter().find(|known| known.name() == impact);
    Ok(NewsEvent {
        time: moment(time).ok_or(
            "time: must be in RFC 3339 such as 2025-09-17T18:00:00Z, or in UTC such as 2025-09-17 18:00",
        )?,
        currency: currency.parse().map_err(|error| format!("currency: {error}"))?,
        impact: found.ok_or_else(|| {
            format!("impact: must be {}", list(&Impact::ALL.map(Impact::name)))
        })?,
        title: one_line(title)?,
    })
}

/// A title is on one line: a quote that is not closed would take in the news that follows.
fn one_line(title: &str) -> Result<String, String> {
    if title.contains(['\n', '\r']) {
        Err("title: goes over several lines: close its quotation mark on its own line".to_owned())
    } else {
        Ok(title.to_owned())
    }
}

/// A moment with its zone, or one in UTC to the minute or second.
fn moment(text: &str) -> Option<Timestamp> {
    if let Ok(moment) = text.parse() {
        return Some(moment);
    }
    let digits = |format: &str| {
        let same = |(given, wanted): (u8, u8)| {
            if wanted == b'0' { given.is_ascii_digit() } else { given == wanted }
        };
        text.len() == format.len() && text.bytes().zip(format.bytes()).all(same)
    };
    let seconds = match () {
        () if digits("0000-00-00 00:00") => ":00",
        () if digits("0000-00-00 00:00:00") => "",
        () => return None,
    };
    format!("{}{seconds}Z", text.replace(' ', "T")).parse().ok()
}

/// What the reader of the format says, without the values.
fn flaw(error: &csv::Error) -> Flaw {
    let line = error.position().map_or(1, |at| usize::try_from(at.line()).unwrap_or(usize::MAX));
    let reason = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("has {len} values, the first line has {expected_len}")
        }
        _ => "is no line of comma-separated values".to_owned(),
    };
    (line, reason)
}
