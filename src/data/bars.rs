//! Bars of one timeframe from a file of ticks or of shorter bars.

use crate::data::bar_source::BarSource;
use crate::data::detect::detect;
use crate::data::ends::{Begins, Ends};
use crate::data::error::DataError;
use crate::data::format::Stated;
use crate::data::input::{Input, inputs};
use crate::data::joined::{InputBeginning, source_clock};
use crate::data::quality::cleaner::{Clean, Cleaner};
use crate::data::quality::policy::Policies;
use crate::data::spacing::Spacing;
use crate::data::tick_source::TickReader;
use crate::domain::id::SymbolId;
use crate::domain::symbol::SymbolSpec;
use crate::domain::time::ServerMsc;
use crate::domain::zone::ServerZone;
use crate::market::bar::Bar;
use crate::market::builder::BarBuilder;
use crate::market::columns::TickColumns;
use crate::market::timeframe::Timeframe;
use std::path::Path;

/// The counts of what was read and built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Count {
    /// Ticks or bars read.
    pub read: u64,
    /// The number of rows from which nothing was built: zero quotes, rows before both sides were
    /// known, minutes without a quote.
    pub dropped: u64,
    /// The number of bars built, including the last, unfinished one.
    pub bars: u64,
}

/// Builds the bars of `timeframe` from a file, or from the files of a folder or archive in order of
/// their names, and passes each to `sink`, including the last, unfinished one.
///
/// # Errors
/// [`DataError`] of reading, of `sink`, [`DataError::Overlap`], or [`DataError::Timeframe`] when
/// the file's bars do not divide the timeframe.
pub fn build(
    path: &Path,
    spec: &SymbolSpec,
    timeframe: Timeframe,
    sink: &mut dyn FnMut(&Bar) -> Result<(), DataError>,
) -> Result<Count, DataError> {
    let builder = BarBuilder::new(timeframe, spec.point());
    let inputs = inputs(&[path])?;
    if detect(&inputs[0])?.is_ticks() {
        from_ticks(&inputs, spec, builder, sink)
    } else {
        from_bars(&inputs, spec, timeframe, builder, sink)
    }
}

/// The one clock of the times in a file, or in the files of a folder or archive, if they state one.
///
/// # Errors
/// [`DataError`] of opening a file; [`DataError::OtherClock`].
pub fn clock(path: &Path, spec: &SymbolSpec) -> Result<Option<ServerZone>, DataError> {
    let inputs = inputs(&[path])?;
    let mut found = Vec::with_capacity(inputs.len());
    for input in &inputs {
        let clock = if detect(input)?.is_ticks() {
            TickReader::open(input, Stated::default(), SymbolId(0), spec)?.clock()?
        } else {
            BarSource::open(input, Stated::default(), spec)?.clock()?
        };
        found.push(InputBeginning { input, first: None, clock });
    }
    source_clock(None, &found)
}

fn from_ticks(
    inputs: &[Input],
    spec: &SymbolSpec,
    mut builder: BarBuilder,
    sink: &mut dyn FnMut(&Bar) -> Result<(), DataError>,
) -> Result<Count, DataError> {
    let (mut cleaner, mut clean) = (Cleaner::new(Policies::default()), Clean::default());
    let (mut batch, mut ends, mut bars) = (TickColumns::default(), Ends::default(), 0);
    for input in inputs {
        let mut source = TickReader::open(input, Stated::default(), SymbolId(0), spec)?;
        source.read(&mut batch)?;
        cleaner.begin(input.name());
        ends.begin(input.name(), batch.time_at(0), Begins::From)?;
        while !batch.is_empty() {
            batch.time_msc().iter().for_each(|&time| ends.take(ServerMsc(time)));
            cleaner.pass(&batch, &|at| source.place(at), None, &mut clean)?;
            bars += push_ticks(&mut builder, &mut clean, sink)?;
            source.read(&mut batch)?;
        }
        cleaner.count(&source);
    }
    cleaner.end(&mut clean)?;
    bars += push_ticks(&mut builder, &mut clean, sink)?;
    let quality = cleaner.report();
    if let Some(bar) = builder.forming() {
        bars += 1;
        sink(bar)?;
    }
    Ok(Count { read: quality.rows, dropped: quality.rows - quality.written, bars })
}

/// Passes the bars that these ticks close to `sink`, clears the ticks and returns the number of
/// bars.
fn push_ticks(
    builder: &mut BarBuilder,
    clean: &mut Clean,
    sink: &mut dyn FnMut(&Bar) -> Result<(), DataError>,
) -> Result<u64, DataError> {
    let mut bars = 0;
    for tick in &clean.ticks {
        if let Some(bar) = builder.push_tick(tick) {
            bars += 1;
            sink(&bar)?;
        }
    }
    clean.clear();
    Ok(bars)
}

fn from_bars(
    inputs: &[Input],
    spec: &SymbolSpec,
    timeframe: Timeframe,
    mut builder: BarBuilder,
    sink: &mut dyn FnMut(&Bar) -> Result<(), DataError>,
) -> Result<Count, DataError> {
    let (mut count, mut batch) = (Count { read: 0, dropped: 0, bars: 0 }, Vec::new());
    let (mut spacing, mut ends) = (Spacing::default(), Ends::default());
    for input in inputs {
        let mut source = BarSource::open(input, Stated::default(), spec)?;
        source.read(&mut batch)?;
        ends.begin(input.name(), batch.first().map(|bar| bar.time_msc), Begins::After)?;
        while !batch.is_empty() {
            for bar in &batch {
                count.read += 1;
                ends.take(bar.time_msc);
                spacing.take(bar.time_msc.0);
                if let Some(bar) = builder.push_bar(bar) {
                    count.bars += 1;
                    sink(&bar)?;
                }
            }
            source.read(&mut batch)?;
        }
        count.read += source.without_ticks();
        count.dropped += source.without_ticks();
    }
    spacing.check(inputs[0].name(), timeframe)?;
    if let Some(bar) = builder.forming() {
        count.bars += 1;
        sink(bar)?;
    }
    Ok(count)
}
