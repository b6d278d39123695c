//! The wanted hours, and the folder with those already fetched. It has the vendor's own tree, with
//! months counted from 00.
//!
//! A file in it is complete or does not exist; an empty one means that the hour had no ticks. So
//! however a download ends, the next one continues from there.

use crate::data::dukascopy::bi5_ticks;
use crate::data::dukascopy::fetch_error::FetchError;
use crate::data::dukascopy::place;
use crate::data::error::DataError;
use crate::data::replace::Replacement;
use jiff::civil::{Date, DateTime};
use jiff::{ToSpan, tz::TimeZone};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The vendor's oldest ticks are from 2003. A year far before that is a typing error, and would
/// mean a million requests.
const YEAR_MIN: i16 = 2000;

/// Days of one symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The vendor's name of the symbol.
    pub symbol: String,
    /// The first day (UTC).
    pub from: Date,
    /// The day after the last.
    pub to: Date,
}

impl Wanted {
    /// Checks the symbol and the days.
    ///
    /// # Errors
    /// [`FetchError::Symbol`], [`FetchError::NoDays`], [`FetchError::TooEarly`].
    pub fn new(symbol: &str, from: Date, to: Date) -> Result<Self, FetchError> {
        if symbol.is_empty()
            || !symbol.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        {
            return Err(FetchError::Symbol(symbol.to_owned()));
        }
        if from >= to {
            return Err(FetchError::NoDays { from, to });
        }
        if from.year() < YEAR_MIN {
            return Err(FetchError::TooEarly { from });
        }
        Ok(Self { symbol: symbol.to_owned(), from, to })
    }

    /// The beginnings of the hours, in order.
    pub fn hours(&self) -> impl Iterator<Item = DateTime> + use<> {
        let (from, to) = (self.from.at(0, 0, 0, 0), self.to.at(0, 0, 0, 0));
        from.series(1.hour()).take_while(move |hour| *hour < to)
    }
}

/// The end of an hour, in UTC.
pub(super) fn end(hour: DateTime) -> jiff::Timestamp {
    let end = hour.saturating_add(1.hour());
    end.to_zoned(TimeZone::UTC).map_or(jiff::Timestamp::MAX, |end| end.timestamp())
}

/// What the folder has for an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// The ticks of the hour.
    Ticks,
    /// A mark that the hour had no ticks.
    NoTicks,
    /// Nothing, or nothing readable.
    Absent,
}

/// The folder of the hours of a symbol.
#[derive(Debug, Clone)]
pub struct Hours {
    folder: PathBuf,
    symbol: String,
}

impl Hours {
    /// The hours of a symbol in `folder`, which need not exist yet.
    #[must_use]
    pub fn new(folder: &Path, symbol: &str) -> Self {
        Self { folder: folder.to_owned(), symbol: symbol.to_owned() }
    }

    /// The path of an hour below the vendor's address.
    #[must_use]
    pub fn name(&self, hour: DateTime) -> String {
        place::of_hour(&self.symbol, hour)
    }

    /// The path of an hour in the folder.
    #[must_use]
    pub fn path(&self, hour: DateTime) -> PathBuf {
        self.folder.join(self.name(hour))
    }

    /// What the folder has for an hour. A file that cannot be unpacked counts as absent and is
    /// fetched again.
    ///
    /// # Errors
    /// [`DataError`] when the folder cannot be read.
    pub fn kept(&self, hour: DateTime) -> Result<Kept, DataError> {
        let path = self.path(hour);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Kept::Absent),
            Err(source) => return Err(DataError::Open { path, source }),
        };
        match bi5_ticks::count(Box::new(file), &path) {
            Ok(0) => Ok(Kept::NoTicks),
            Ok(_) => Ok(Kept::Ticks),
            Err(error @ DataError::Read { .. }) => Err(error),
            Err(_) => Ok(Kept::Absent),
        }
    }

    /// Stores an hour, completely or not at all.
    ///
    /// # Errors
    /// [`DataError::Write`].
    pub fn keep(&self, hour: DateTime, bytes: &[u8]) -> Result<(), DataError> {
        let path = self.path(hour);
        let failed = |source| DataError::Write { path: path.clone(), source };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        let mut file = Replacement::create(&path)?;
        file.write_all(bytes).map_err(failed)?;
        file.finish()
    }
}
