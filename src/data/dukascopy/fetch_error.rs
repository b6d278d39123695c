//! Why hours could not be fetched. Every message says how to go on without fetching anything twice.

use crate::data::error::DataError;
use crate::domain::text::ShownPath;
use jiff::civil;
use std::path::PathBuf;

/// Why a download ended early. Hours fetched before stay.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum FetchError {
    /// The server could not be reached, or kept failing.
    #[error("{}: {url}: gave up at try {tries}: {last}; run the same command again: it goes on from this hour", named(*hour))]
    GaveUp { hour: civil::DateTime, url: String, tries: u32, last: String },
    /// The server asks for a longer wait than anybody would sit through.
    #[error("{}: the server asks to wait {wait_s} s; run the same command again after that: it goes on from this hour", named(*hour))]
    AskedToWait { hour: civil::DateTime, wait_s: u64 },
    /// The answer will not change if the request is repeated.
    #[error("{}: {url}: {answer}", named(*hour))]
    Refused { hour: civil::DateTime, url: String, answer: String },
    /// The server sent something other than ticks, which is not kept.
    #[error("{}: {url} is no hour of ticks; to go on without it, put an empty file at {}", named(*hour), path.shown())]
    NoTicks { hour: civil::DateTime, url: String, path: PathBuf, source: Box<DataError> },
    /// The folder of hours cannot be written or read.
    #[error(transparent)]
    Folder(#[from] DataError),
    /// The symbol cannot be part of an address.
    #[error("`{0}` is no symbol of Dukascopy's: letters and digits such as EURUSD")]
    Symbol(String),
    /// The address cannot be requested.
    #[error("`{0}` is no address: it begins with http:// or https://")]
    Base(String),
    /// The days are in the wrong order.
    #[error("the days from {from} to {to} are none: --to is the day after the last")]
    NoDays { from: civil::Date, to: civil::Date },
    /// The days are before the vendor's first ticks.
    #[error("no ticks are as old as {from}: Dukascopy's begin after 2000")]
    TooEarly { from: civil::Date },
    /// None of the hours has ended yet.
    #[error("no hour from {from} on has ended yet")]
    Future { from: civil::Date },
}

fn named(hour: civil::DateTime) -> String {
    format!("{} {:02}:00 UTC", hour.date(), hour.hour())
}
