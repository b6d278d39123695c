//! Bars of one timeframe from a file of ticks or of shorter bars.

use crate::data::bar_source::BarSource;
use crate::data::detect::detect;
use crate::data::error::DataError;
use crate::data::quality::cleaner::{Clean, Cleaner};
use crate::data::quality::policy::Policies;
use crate::data::spacing::Spacing;
use crate::data::tick_source::TickSource;
use crate::domain::id::SymbolId;
use crate::domain::symbol::SymbolSpec;
use crate::domain::zone::ServerZone;
use crate::market::bar::Bar;
use crate::market::builder::BarBuilder;
use crate::market::timeframe::Timeframe;
use std::path::Path;

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

/// The clock of a file's times, where it says it.
///
/// # Errors
/// [`DataError`] of opening the file.
pub fn clock(path: &Path, spec: &SymbolSpec) -> Result<Option<ServerZone>, DataError> {
    if detect(path)?.is_ticks() { TickSource::open(path, SymbolId(0), spec)?.clock() } else { BarSource::open(path, spec)?.clock() }
}

fn from_ticks(
    path: &Path,
    spec: &SymbolSpec,
    mut builder: BarBuilder,
    sink: &mut dyn FnMut(&Bar) -> Result<(), DataError>,
) -> Result<Count, DataError> {
    let mut source = TickSource::open(path, SymbolId(0), spec)?;
    let (mut cleaner, mut clean) = (Cleaner::new(Policies::default()), Clean::default());
    let (mut batch, mut bars) = (Vec::new(), 0);
    let mut ended = false;
    while !ended {
        source.read(&mut batch)?;
        ended = batch.is_empty();
        cleaner.pass(path, &batch, &|at| source.place(at), None, &mut clean)?;
        if ended {
            cleaner.end(path, &mut clean)?;
        }
        for tick in &clean.ticks {
            if let Some(bar) = builder.push_tick(tick) {
                bars += 1;
                sink(&bar)?;
            }
        }
        clean.clear();
    }
    let quality = cleaner.report(source.one_sided());
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
