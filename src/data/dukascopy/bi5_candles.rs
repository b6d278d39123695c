//! A day of minute candles: `BID_candles_min_1.bi5`.
//!
//! Records of 24 bytes: i32 seconds from midnight, i32 open, close, low, high, f32 volume, in this
//! order. A candle has neither the number of changes of its Bid nor a spread, and its volume is the
//! offered volume in millions, not that of deals. So the bar's tick volume, spread and real volume
//! are 0, which means "not known". Where nothing was quoted, the vendor repeats the last close with
//! a volume of 0. The terminal has no bar there, so these candles are counted and left out.

use crate::data::bar_file::check_bar;
use crate::data::dukascopy::bi5_ticks::check_volume;
use crate::data::dukascopy::records::{Records, field};
use crate::data::dukascopy::unit::unit_raw;
use crate::data::error::{CellFlaw, DataError, FilePlace};
use crate::domain::amount::{Points, Price};
use crate::domain::symbol::SymbolSpec;
use crate::domain::time::ServerMsc;
use crate::market::bar::Bar;
use std::io::Read;
use std::path::PathBuf;

/// The size of a record in bytes.
pub const SIZE: usize = 24;
/// The largest number of records of a day: one per minute.
pub const RECORDS_MAX: u64 = 1_440;
const DAY_S: i32 = 86_400;
const MINUTE_S: i32 = 60;

/// The bars of one file.
pub struct Bi5Candles {
    records: Records<SIZE>,
    day: ServerMsc,
    unit_raw: i64,
    last_msc: Option<ServerMsc>,
    without_ticks: u64,
    /// The row of each bar of the last batch.
    rows: Vec<u64>,
}

/// A record as stored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct CandleRecord {
    second: i32,
    open: i32,
    close: i32,
    low: i32,
    high: i32,
    volume: f32,
}

impl Bi5Candles {
    /// Opens a file, called `name` in messages, with the candles from midnight of `day` on (the
    /// vendor's clock is UTC).
    ///
    /// # Errors
    /// [`DataError`]: not readable, not LZMA, a header that claims too much, or digits that do not
    /// fit `spec`.
    pub fn new(
        reader: Box<dyn Read + Send>,
        name: PathBuf,
        day: ServerMsc,
        spec: &SymbolSpec,
    ) -> Result<Self, DataError> {
        let unit_raw = unit_raw(&name, spec)?;
        let records = Records::open(reader, name, RECORDS_MAX, "day of minutes")?;
        let rows = Vec::new();
        Ok(Self { records, day, unit_raw, last_msc: None, without_ticks: 0, rows })
    }

    /// The number of candles so far in whose minute nothing was quoted.
    #[must_use]
    pub const fn without_ticks(&self) -> u64 {
        self.without_ticks
    }

    /// The place of a bar of the last batch in the file.
    #[must_use]
    pub fn place(&self, at: usize) -> FilePlace {
        FilePlace::Row(self.rows.get(at).copied().unwrap_or_default())
    }

    /// Replaces `batch` by the next bars; empty at the end of the file.
    ///
    /// # Errors
    /// [`DataError`], with the row and the field.
    pub fn read(&mut self, batch: &mut Vec<Bar>) -> Result<(), DataError> {
        batch.clear();
        self.rows.clear();
        let path = self.records.name().to_owned();
        // A batch of candles without ticks does not mean the end of the file.
        while batch.is_empty() {
            let (first, records) = self.records.read()?;
            if records.is_empty() {
                break;
            }
            for (row, bytes) in (first..).zip(records) {
                let (record, place) = (CandleRecord::of(bytes), FilePlace::Row(row));
                record
                    .check()
                    .map_err(|(column, flaw)| DataError::cell(&path, place, column, flaw))?;
                let bar = record.bar(self.day, self.unit_raw);
                check_bar(&path, place, self.last_msc.replace(bar.time_msc), &bar)?;
                if record.is_without_ticks() {
                    self.without_ticks += 1;
                } else {
                    batch.push(bar);
                    self.rows.push(row);
                }
            }
        }
        Ok(())
    }
}

impl CandleRecord {
    pub(super) fn of(bytes: &[u8; SIZE]) -> Self {
        let whole = |at| i32::from_be_bytes(field(bytes, at));
        let volume = f32::from_be_bytes(field(bytes, 20));
        Self {
            second: whole(0),
            open: whole(4),
            close: whole(8),
            low: whole(12),
            high: whole(16),
            volume,
        }
    }

    /// Checks the record. The error says in which field the flaw is.
    pub(super) fn check(&self) -> Result<(), (&'static str, CellFlaw)> {
        if !(0..DAY_S).contains(&self.second) || self.second % MINUTE_S != 0 {
            return Err((
                "seconds",
                CellFlaw::outside(self.second, "the beginning of a minute of its day, 0 to 86340"),
            ));
        }
        for (column, price) in
            [("open", self.open), ("close", self.close), ("low", self.low), ("high", self.high)]
        {
            if price <= 0 {
                return Err((column, CellFlaw::NotPositive(price.to_string())));
            }
        }
        check_volume("volume", self.volume)
    }

    /// Whether it looks like a candle.
    pub(super) fn is_candle(&self) -> bool {
        self.check().is_ok()
            && self.low <= self.open.min(self.close)
            && self.high >= self.open.max(self.close)
    }

    fn is_without_ticks(&self) -> bool {
        self.volume <= 0.0 && self.low == self.high
    }

    fn bar(&self, day: ServerMsc, unit_raw: i64) -> Bar {
        let price = |units: i32| Price::from_raw(i64::from(units) * unit_raw);
        Bar {
            time_msc: ServerMsc(day.0 + i64::from(self.second) * 1_000),
            open: price(self.open),
            high: price(self.high),
            low: price(self.low),
            close: price(self.close),
            tick_volume: 0,
            spread: Points(0),
            real_volume: 0,
        }
    }
}
