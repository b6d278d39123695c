//! Bars of one timeframe from a file of ticks or of shorter bars.

use crate::data::bar_source::BarSource;
use crate::data::detect::detect;
use crate::data::error::DataError;
use crate::data::quality::Quality;
use crate::data::tick_source::TickSource;
use crate::domain::id::SymbolId;
use crate::domain::symbol::SymbolSpec;
use crate::market::bar::Bar;
use crate::market::builder::BarBuilder;
use crate::market::timeframe::Timeframe;
use std::path::Path;

const MINUTE_MSC: i64 = 60_000;

/// What was read, and what it gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Count {
    /// Ticks or bars read.
    pub read: u64,
    /// Rows among them that gave nothing: quotes of zero, rows before both sides were known.
    pub dropped: u64,
    /// Bars made, the last, unfinished one among them.
    pub bars: u64,
}

/// Makes the bars of `timeframe` from a file and hands each to `sink`, the last, unfinished one too.
///
/// # Errors
/// [`DataError`] of reading, of `sink`, or [`DataError::Timeframe`] when the file's bars do not divide the timeframe.
pub fn build(
    path: &Path,
    spec: &SymbolSpec,
    timeframe: Timeframe,
    sink: &mut dyn FnMut(&Bar) -> Result<(), DataError>,
) -> Result<Count, DataError> {
    let builder = BarBuilder::new(timeframe, spec.point());
    if detect(path)?.is_ticks() { from_ticks(path, spec, builder, sink) } else { from_bars(path, spec, timeframe, builder, sink) }
}

fn from_ticks(
    path: &Path,
    spec: &SymbolSpec,
    mut builder: BarBuilder,
    sink: &mut dyn FnMut(&Bar) -> Result<(), DataError>,
) -> Result<Count, DataError> {
    let mut source = TickSource::open(path, SymbolId(0), spec)?;
    let (mut quality, mut batch, mut bars) = (Quality::default(), Vec::new(), 0);
    source.read(&mut batch)?;
    while !batch.is_empty() {
        quality.pass(&mut batch);
        for tick in &batch {
            if let Some(bar) = builder.push_tick(tick) {
                bars += 1;
                sink(&bar)?;
            }
        }
        source.read(&mut batch)?;
    }
    quality.add_one_sided(source.one_sided());
    if let Some(bar) = builder.forming() {
        bars += 1;
        sink(bar)?;
    }
    Ok(Count { read: quality.rows, dropped: quality.rows - quality.written, bars })
}

fn from_bars(
    path: &Path,
    spec: &SymbolSpec,
    timeframe: Timeframe,
    mut builder: BarBuilder,
    sink: &mut dyn FnMut(&Bar) -> Result<(), DataError>,
) -> Result<Count, DataError> {
    let mut source = BarSource::open(path, spec)?;
    let (mut count, mut batch) = (Count { read: 0, dropped: 0, bars: 0 }, Vec::new());
    let mut spacing = Spacing::default();
    source.read(&mut batch)?;
    while !batch.is_empty() {
        for bar in &batch {
            count.read += 1;
            spacing.take(bar.time_msc.0);
            if let Some(bar) = builder.push_bar(bar) {
                count.bars += 1;
                sink(&bar)?;
            }
        }
        source.read(&mut batch)?;
    }
    spacing.check(path, timeframe)?;
    if let Some(bar) = builder.forming() {
        count.bars += 1;
        sink(bar)?;
    }
    Ok(count)
}

/// The smallest distance between two bars: how long the bars are, in all but the emptiest files.
#[derive(Debug, Default)]
struct Spacing {
    before: Option<i64>,
    least_msc: Option<i64>,
}

impl Spacing {
    fn take(&mut self, time_msc: i64) {
        if let Some(before) = self.before.replace(time_msc) {
            let distance = time_msc - before;
            self.least_msc = Some(self.least_msc.map_or(distance, |least| least.min(distance)));
        }
    }

    fn check(&self, path: &Path, timeframe: Timeframe) -> Result<(), DataError> {
        let Some(least) = self.least_msc else { return Ok(()) };
        let fits = timeframe.length_msc().is_none_or(|length| least <= length && length % least == 0);
        if fits {
            return Ok(());
        }
        Err(DataError::Timeframe { path: path.into(), from_minutes: least / MINUTE_MSC, timeframe: timeframe.to_string() })
    }
}
