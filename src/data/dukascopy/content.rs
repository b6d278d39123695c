//! Tells ticks from candles by the records of a .bi5 file.

use crate::data::dukascopy::flaw::Bi5Flaw;
use crate::data::dukascopy::lzma::{Limit, Lzma};
use crate::data::dukascopy::records::{at, flawed};
use crate::data::dukascopy::{bi5_candles, bi5_ticks};
use crate::data::error::DataError;
use std::io::Read;
use std::path::Path;

/// The number of bytes that are looked at: a candle, or a tick and a little more.
const HEAD: usize = bi5_candles::SIZE;

/// The content of a .bi5 file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Nothing: no ticks in this hour.
    Nothing,
    /// An hour of ticks.
    Ticks,
    /// A day of minute candles.
    Candles,
}

/// Detects the content of the file called `name`, by its first record. The readers check later
/// records.
///
/// No record is both. Read as a candle, a tick's low is the bits of a float, which are zero or some
/// hundred million; read as ticks, a candle's volumes are floats that cannot be volumes.
///
/// # Errors
/// [`DataError`]: not readable, not LZMA, or [`Bi5Flaw::NeitherKind`].
pub fn look(reader: Box<dyn Read + Send>, name: &Path) -> Result<Content, DataError> {
    let limit =
        Limit { bytes: bi5_ticks::RECORDS_MAX * bi5_ticks::SIZE as u64, what: "hour of ticks" };
    let mut head = [0; HEAD];
    let mut lzma = Lzma::open(reader, limit).map_err(|stop| at(name, stop))?;
    let filled = lzma.fill(&mut head).map_err(|stop| at(name, stop))?;
    let tick = head[..filled]
        .first_chunk()
        .is_some_and(|bytes| bi5_ticks::TickRecord::of(bytes).check().is_ok());
    let candle = head[..filled]
        .first_chunk()
        .is_some_and(|bytes| bi5_candles::CandleRecord::of(bytes).is_candle());
    match (filled, tick, candle) {
        (0, ..) => Ok(Content::Nothing),
        (_, true, false) => Ok(Content::Ticks),
        (_, false, true) => Ok(Content::Candles),
        _ => Err(flawed(name, Bi5Flaw::NeitherKind)),
    }
}
