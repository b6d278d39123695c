//! A tick on its way from one file to another, with its origin.

use crate::data::error::FilePlace;
use crate::domain::tick::Tick;
use crate::domain::time::ServerMsc;

/// A tick with its origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceRow {
    /// The tick, with its time by the clock of the output.
    pub tick: Tick,
    /// Its time in the source.
    pub source_msc: ServerMsc,
    /// The index of its file among those of the import.
    pub file: usize,
    /// Its place in that file.
    pub place: FilePlace,
    /// What its cells leave blank, to be filled in order of time.
    pub blanks: u8,
}
