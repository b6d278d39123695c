//! A tick on its way from one file to another, with where it came from.

use crate::data::error::FilePlace;
use crate::domain::tick::Tick;
use crate::domain::time::ServerMsc;

/// A tick with where it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceRow {
    /// The tick, its time by the clock of the file that is written.
    pub tick: Tick,
    /// Its time as the source has it.
    pub source_msc: ServerMsc,
    /// Which of the files of the import.
    pub file: usize,
    /// Where in it.
    pub place: FilePlace,
}
