//! Checks what a file says of itself against the session, and notes what nobody says.

use crate::config::Session;
use crate::data::error::DataError;
use crate::data::label::{FileClock, Label};
use crate::data::odd_rows::OddRows;
use crate::data::specification::is_same;
use crate::data::symbol_name::named;
use crate::domain::text;
use std::path::Path;

/// A file of a session's symbol, and what it says.
pub struct Labelled<'a> {
    /// The file.
    pub path: &'a Path,
    /// The symbol whose ticks or bars it is to hold.
    pub symbol: &'a str,
    /// The clock of its times, as far as it says it.
    pub clock: Option<FileClock>,
    /// What it says of itself, if it is of a kind that does.
    pub label: Option<&'a Label>,
}

impl Labelled<'_> {
    /// Refuses a file by another clock than the session's, or by one that nobody knows where the
    /// session does not say that it is its own. Notes a clock that is not stated, and another name of
    /// the symbol.
    ///
    /// # Errors
    /// [`DataError::SessionClock`], [`DataError::UnknownClock`].
    pub fn check(self, session: &Session, odd: &OddRows) -> Result<(), DataError> {
        let (zone, is_assumed) = (&session.file.zone, session.file.assume_zone);
        let (path, session) = (self.path.to_path_buf(), zone.to_string());
        match self.clock {
            Some(FileClock::Zone(own)) if own != *zone => {
                return Err(DataError::SessionClock { path, own: own.to_string(), session });
            }
            Some(FileClock::Unknown) if !is_assumed => {
                return Err(DataError::UnknownClock { path, session });
            }
            None if !is_assumed => odd.say(format!(
                "its clock is not stated: taken to be the session's, {session} (assume_zone = true says that it is)"
            )),
            _ => {}
        }
        match self.label.and_then(|label| label.symbol.as_deref()) {
            Some(own) if own != self.symbol => {
                odd.say(format!("its file is of {}", text::name(own)));
            }
            Some(_) => {}
            None => named(self.path)
                .filter(|named| !is_same(named, self.symbol))
                .into_iter()
                .for_each(|named| odd.named(named)),
        }
        Ok(())
    }
}
