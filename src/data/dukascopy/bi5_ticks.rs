//! An hour of ticks: `HHh_ticks.bi5`.
//!
//! Records of 20 bytes: u32 milliseconds in the hour, u32 ask, u32 bid, f32 ask volume, f32 bid
//! volume. The volumes are offered volumes, not those of deals, so a tick's deal volume is 0.

use crate::data::dukascopy::records::{Records, field};
use crate::data::dukascopy::unit::unit_raw;
use crate::data::error::{CellFlaw, DataError, FilePlace};
use crate::domain::amount::Price;
use crate::domain::id::SymbolId;
use crate::domain::symbol::SymbolSpec;
use crate::domain::tick::{Tick, TickFlags};
use crate::domain::time::ServerMsc;
use crate::market::columns::TickColumns;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The size of a record in bytes.
pub const SIZE: usize = 20;
/// The largest number of records of an hour: one per millisecond. The busiest hours have some ten
/// thousand.
pub const RECORDS_MAX: u64 = 3_600_000;
/// The kind of file, for messages.
const WHAT: &str = "hour of ticks";
const HOUR_MS: u32 = 3_600_000;
/// Bid and Ask of one quote differ by less than this factor; in bytes that are no ticks they need
/// not.
const APART_MAX: u64 = 2;
/// The smallest volume, in millions: a thousandth of a unit.
const VOLUME_MIN: f32 = 1e-9;
const BID: u32 = 2;
const ASK: u32 = 4;

/// The ticks of one file.
pub struct Bi5Ticks {
    records: Records<SIZE>,
    hour: ServerMsc,
    symbol: SymbolId,
    unit_raw: i64,
    /// Ask and Bid of the previous row.
    before: Option<(u32, u32)>,
}

/// A record as stored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct TickRecord {
    msc: u32,
    ask: u32,
    bid: u32,
    ask_volume: f32,
    bid_volume: f32,
}

impl Bi5Ticks {
    /// Opens a file, called `name` in messages, with the ticks from `hour` on (the vendor's clock
    /// is UTC).
    ///
    /// # Errors
    /// [`DataError`]: not readable, not LZMA, a header that claims too much, or digits that do not
    /// fit `spec`.
    pub fn new(
        reader: Box<dyn Read + Send>,
        name: PathBuf,
        hour: ServerMsc,
        symbol: SymbolId,
        spec: &SymbolSpec,
    ) -> Result<Self, DataError> {
        let unit_raw = unit_raw(&name, spec)?;
        let records = Records::open(reader, name, RECORDS_MAX, WHAT)?;
        Ok(Self { records, hour, symbol, unit_raw, before: None })
    }

    /// Replaces `batch` by the next ticks, in the order of the file; empty at its end.
    ///
    /// # Errors
    /// [`DataError`], with the row and the field.
    pub fn read(&mut self, batch: &mut TickColumns) -> Result<(), DataError> {
        batch.begin(self.symbol, Price::from_raw(self.unit_raw));
        let path = self.records.name().to_owned();
        let (first, records) = self.records.read()?;
        for (row, bytes) in (first..).zip(records) {
            let record = TickRecord::of(bytes);
            record.check().map_err(|(column, flaw)| {
                DataError::cell(&path, FilePlace::Row(row), column, flaw)
            })?;
            let flags = changed(self.before.replace((record.ask, record.bid)), &record);
            batch.push(&Tick {
                time_msc: ServerMsc(self.hour.0 + i64::from(record.msc)),
                bid: Price::from_raw(i64::from(record.bid) * self.unit_raw),
                ask: Price::from_raw(i64::from(record.ask) * self.unit_raw),
                last: Price::ZERO,
                volume: 0,
                symbol: self.symbol,
                flags: TickFlags::from_mt5(flags),
            });
        }
        Ok(())
    }
}

/// Counts and checks the records of a file, of any symbol.
///
/// # Errors
/// [`DataError`], with the row and the field, as when reading the file.
pub fn count(reader: Box<dyn Read + Send>, name: &Path) -> Result<u64, DataError> {
    let mut records = Records::<SIZE>::open(reader, name.into(), RECORDS_MAX, WHAT)?;
    let mut count = 0;
    loop {
        let (first, batch) = records.read()?;
        if batch.is_empty() {
            return Ok(count);
        }
        for (row, bytes) in (first..).zip(batch) {
            TickRecord::of(bytes).check().map_err(|(column, flaw)| {
                DataError::cell(name, FilePlace::Row(row), column, flaw)
            })?;
        }
        count += batch.len() as u64;
    }
}

/// The files have no flags, so the flags are what differs from the previous row; both sides for the
/// first row, and when only volumes differ.
fn changed(before: Option<(u32, u32)>, record: &TickRecord) -> u32 {
    let Some((ask, bid)) = before else { return ASK | BID };
    match (ask != record.ask, bid != record.bid) {
        (true, false) => ASK,
        (false, true) => BID,
        _ => ASK | BID,
    }
}

impl TickRecord {
    pub(super) fn of(bytes: &[u8; SIZE]) -> Self {
        let whole = |at| u32::from_be_bytes(field(bytes, at));
        let float = |at| f32::from_be_bytes(field(bytes, at));
        Self {
            msc: whole(0),
            ask: whole(4),
            bid: whole(8),
            ask_volume: float(12),
            bid_volume: float(16),
        }
    }

    /// Checks the record. The error says in which field the flaw is.
    pub(super) fn check(&self) -> Result<(), (&'static str, CellFlaw)> {
        if self.msc >= HOUR_MS {
            return Err((
                "ms",
                CellFlaw::outside(self.msc, "a millisecond of its hour, 0 to 3599999"),
            ));
        }
        for (column, price) in [("ask", self.ask), ("bid", self.bid)] {
            if price == 0 {
                return Err((column, CellFlaw::NotPositive(price.to_string())));
            }
        }
        let (ask, bid) = (u64::from(self.ask), u64::from(self.bid));
        if ask > bid * APART_MAX || bid > ask * APART_MAX {
            return Err((
                "bid",
                CellFlaw::outside(
                    format!("{bid} beside an ask of {ask}"),
                    "a quote: a bid lies within twice and half the ask",
                ),
            ));
        }
        check_volume("ask volume", self.ask_volume)?;
        check_volume("bid volume", self.bid_volume)
    }
}

/// A volume is 0 or more. A float that is almost 0 has the bits of a small integer: it is a field
/// of another kind of record.
pub(super) fn check_volume(
    column: &'static str,
    volume: f32,
) -> Result<(), (&'static str, CellFlaw)> {
    if !volume.is_finite() {
        return Err((column, CellFlaw::NotFinite(f64::from(volume))));
    }
    if volume < 0.0 || (volume > 0.0 && volume < VOLUME_MIN) {
        let value = if volume < 0.0 { volume.to_string() } else { format!("{volume:e}") };
        return Err((column, CellFlaw::outside(value, "a volume in millions, 0 or more")));
    }
    Ok(())
}
