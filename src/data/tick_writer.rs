//! Writes ticks to a Parquet file: the same bytes for the same ticks on every machine.
//!
//! It uses exact decimals with delta encoding, and zstd where a file is kept: about 2.5 bytes per
//! quote tick, and no Arrow schema, because older readers would refuse the decimals. Last prices,
//! volumes and flags that never change cost nothing: the statistics say so and readers skip them.

use crate::data::error::DataError;
use crate::data::replace::Replacement;
use crate::data::tick_groups::{PriceWidth, TickGroups};
use crate::data::tick_layout::{GROUP_ROWS, PriceForm, SourceTimes, TickLayout};
use crate::domain::amount::Price;
use crate::domain::decimal::pow10;
use crate::domain::id::SymbolId;
use crate::domain::tick::Tick;
use crate::domain::time::ServerMsc;
use crate::market::columns::TickColumns;
use parquet::errors::ParquetError;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Largest unscaled decimal that 32 bits hold in Parquet (9 digits).
const INT32_MAX: i64 = 999_999_999;

/// Writes ticks to a file that appears at [`TickWriter::finish`].
pub struct TickWriter {
    path: PathBuf,
    layout: TickLayout,
    /// None once the first row group is full: its prices decide the width of the columns.
    unopened: Option<Replacement>,
    file: Option<TickGroups>,
    pending: TickColumns,
    /// The times of the source, if they are kept.
    pending_source_msc: Vec<i64>,
    rows: u64,
}

impl std::fmt::Debug for TickWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TickWriter {{ path: {:?}, rows: {}, .. }}", self.path, self.rows)
    }
}

impl TickWriter {
    /// Begins a file.
    ///
    /// # Errors
    /// [`DataError::Write`].
    pub fn create(path: &Path, layout: TickLayout) -> Result<Self, DataError> {
        let unopened = Some(Replacement::create(path)?);
        let (pending, pending_source_msc) = (TickColumns::default(), Vec::new());
        Ok(Self {
            path: path.into(),
            layout,
            unopened,
            file: None,
            pending,
            pending_source_msc,
            rows: 0,
        })
    }

    /// Appends ticks. Their prices must have no more than the file's digits, and their times are
    /// those of the source.
    ///
    /// # Errors
    /// [`DataError`]: of the disk, a price of more digits, or one that does not fit the width that
    /// the first rows decided.
    pub fn push(&mut self, ticks: &[Tick]) -> Result<(), DataError> {
        self.append(ticks, |tick, _| tick.time_msc.0)
    }

    /// Appends ticks, each with its time in the source.
    ///
    /// # Errors
    /// As [`TickWriter::push`].
    ///
    /// # Panics
    /// If there is not one time for each tick.
    pub fn push_from(&mut self, ticks: &[Tick], source_msc: &[i64]) -> Result<(), DataError> {
        assert_eq!(ticks.len(), source_msc.len(), "one time for each tick");
        self.append(ticks, |_, at| source_msc[at])
    }

    fn append(
        &mut self,
        ticks: &[Tick],
        source_msc: impl Fn(&Tick, usize) -> i64,
    ) -> Result<(), DataError> {
        for (at, tick) in ticks.iter().enumerate() {
            self.begin_group(tick.symbol);
            self.pending.push(tick);
            if self.layout.source_times == SourceTimes::Kept {
                self.pending_source_msc.push(source_msc(tick, at));
            }
            self.end_group()?;
        }
        Ok(())
    }

    /// Appends the ticks of `range` of a batch, all of one symbol. The source's times are theirs.
    ///
    /// # Errors
    /// As [`TickWriter::push`].
    pub fn push_columns(
        &mut self,
        ticks: &TickColumns,
        range: Range<usize>,
    ) -> Result<(), DataError> {
        let mut from = range.start;
        while from < range.end {
            self.begin_group(ticks.symbol());
            let until = range.end.min(from + GROUP_ROWS - self.pending.len());
            self.pending.extend(ticks, from..until);
            if self.layout.source_times == SourceTimes::Kept {
                self.pending_source_msc.extend_from_slice(&ticks.time_msc()[from..until]);
            }
            from = until;
            self.end_group()?;
        }
        Ok(())
    }

    fn begin_group(&mut self, symbol: SymbolId) {
        if self.pending.is_empty() {
            self.pending.begin(symbol, Price::from_raw(pow10(Price::SCALE - self.layout.digits)));
        }
    }

    fn end_group(&mut self) -> Result<(), DataError> {
        if self.pending.len() == GROUP_ROWS { self.write_group() } else { Ok(()) }
    }

    /// Writes what is left, moves the file to its place and returns the number of rows.
    ///
    /// # Errors
    /// [`DataError`]. What was at the path before is then untouched.
    pub fn finish(mut self) -> Result<u64, DataError> {
        if !self.pending.is_empty() || self.file.is_none() {
            self.write_group()?;
        }
        if let Some(file) = self.file.take() {
            let path = self.path.clone();
            let replacement =
                file.into_inner().map_err(|source| DataError::WriteParquet { path, source })?;
            replacement.finish()?;
        }
        Ok(self.rows)
    }

    fn write_group(&mut self) -> Result<(), DataError> {
        if let Some(replacement) = self.unopened.take() {
            let groups = TickGroups::create(replacement, self.choose(), &self.layout);
            self.file = Some(groups.map_err(|source| self.failed(source))?);
        }
        let (path, unit_raw) = (self.path.clone(), pow10(Price::SCALE - self.layout.digits));
        let Some(file) = self.file.as_mut() else { return Ok(()) };
        if file.width() != PriceWidth::Double
            && let Some((price, time)) = first_finer(&self.pending, unit_raw)
        {
            let (value, digits) = (price.to_string(), self.layout.digits);
            return Err(DataError::TooFine { path, value, time, digits });
        }
        if file.width() == PriceWidth::Int32
            && let Some(largest) = first_above(&self.pending, unit_raw, INT32_MAX)
        {
            let value = largest.to_string();
            return Err(DataError::TooLarge { path, what: "the price", value, rows: self.rows });
        }
        if !self.pending.is_empty() {
            let written = file.write(&self.pending, &self.pending_source_msc);
            written.map_err(|source| DataError::WriteParquet { path, source })?;
        }
        self.rows += self.pending.len() as u64;
        self.pending.clear();
        self.pending_source_msc.clear();
        Ok(())
    }

    fn failed(&self, source: ParquetError) -> DataError {
        DataError::WriteParquet { path: self.path.clone(), source }
    }

    /// 32 bits if the prices leave room to grow fourfold.
    fn choose(&self) -> PriceWidth {
        let unit_raw = pow10(Price::SCALE - self.layout.digits);
        match self.layout.form {
            PriceForm::Double => PriceWidth::Double,
            PriceForm::Decimal => match first_above(&self.pending, unit_raw, INT32_MAX / 4) {
                None => PriceWidth::Int32,
                Some(_) => PriceWidth::Int64,
            },
        }
    }
}

/// The largest price of the first tick with one of more than `units_max` units; none when all are
/// smaller.
fn first_above(ticks: &TickColumns, unit_raw: i64, units_max: i64) -> Option<Price> {
    let largest = |tick: Tick| tick.bid.max(tick.ask).max(tick.last);
    let is_above = |price: Price| price.raw() / unit_raw > units_max;
    // Nearly always a look at the columns is enough.
    if let (Some(bids), Some(asks), Some(like)) =
        (ticks.bid().narrow(), ticks.ask().narrow(), ticks.like())
    {
        let most = bids.iter().chain(asks).copied().max().unwrap_or(0);
        let most = Price::from_raw(i64::from(most) * ticks.point_raw());
        if !is_above(most.max(like.last)) {
            return None;
        }
    }
    ticks.iter().map(largest).find(|&price| is_above(price))
}

/// The first price that is no multiple of a unit, and its time; none when all are.
fn first_finer(ticks: &TickColumns, unit_raw: i64) -> Option<(Price, ServerMsc)> {
    let is_finer = |price: &Price| price.raw() % unit_raw != 0;
    // Nearly always a look at the columns is enough.
    let are_narrow = ticks.bid().narrow().is_some() && ticks.ask().narrow().is_some();
    if are_narrow
        && ticks.point_raw() % unit_raw == 0
        && ticks.like().is_some_and(|like| !is_finer(&like.last))
    {
        return None;
    }
    ticks.iter().find_map(|tick| {
        let price = [tick.bid, tick.ask, tick.last].into_iter().find(is_finer)?;
        Some((price, tick.time_msc))
    })
}
