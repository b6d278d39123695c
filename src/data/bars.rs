//! Bars of one timeframe from a file of ticks or of shorter bars.

use crate::data::bar_source::BarSource;
use crate::data::detect::detect;
use crate::data::error::DataError;
use crate::data::format::Stated;
use crate::data::input::{Input, inputs};
use crate::data::quality::cleaner::{Clean, Cleaner};
use crate::data::quality::policy::Policies;
use crate::data::tick_source::TickSource;
use crate::domain::id::SymbolId;
use crate::domain::symbol::SymbolSpec;
use crate::domain::time::ServerMsc;
use crate::market::bar::Bar;
use crate::market::builder::BarBuilder;
use crate::market::timeframe::Timeframe;
use std::path::{Path, PathBuf};

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

/// Makes the bars of `timeframe` from a file, or from the files of a folder or archive in the order of their names, and
/// hands each to `sink`, the last, unfinished one too.
///
/// # Errors
/// [`DataError`] of reading, of `sink`, [`DataError::Overlap`], or [`DataError::Timeframe`] when the file's bars do not
/// divide the timeframe.
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

fn from_ticks(
    inputs: &[Input],
    spec: &SymbolSpec,
    mut builder: BarBuilder,
    sink: &mut dyn FnMut(&Bar) -> Result<(), DataError>,
) -> Result<Count, DataError> {
    let (mut cleaner, mut clean) = (Cleaner::new(Policies::default()), Clean::default());
    let (mut batch, mut bars, mut one_sided) = (Vec::new(), 0, 0);
    let mut ends = Ends::default();
    for input in inputs {
        let mut source = TickSource::open(input, Stated::default(), SymbolId(0), spec)?;
        let mut ended = false;
        source.read(&mut batch)?;
        ends.check(input, batch.first().map(|tick| tick.time_msc), 0)?;
        while !ended {
            ended = batch.is_empty();
            ends.end_msc = batch.iter().map(|tick| tick.time_msc).max().max(ends.end_msc);
            cleaner.pass(input.name(), &batch, &|at| source.place(at), None, &mut clean)?;
            if ended {
                cleaner.end(input.name(), &mut clean)?;
            }
            for tick in &clean.ticks {
                if let Some(bar) = builder.push_tick(tick) {
                    bars += 1;
                    sink(&bar)?;
                }
            }
            clean.clear();
            source.read(&mut batch)?;
        }
        one_sided += source.one_sided();
    }
    let quality = cleaner.report(one_sided);
    if let Some(bar) = builder.forming() {
        bars += 1;
        sink(bar)?;
    }
    Ok(Count { read: quality.rows, dropped: quality.rows - quality.written, bars })
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
        ends.check(input, batch.first().map(|bar| bar.time_msc), 1)?;
        while let Some(last) = batch.last() {
            ends.end_msc = Some(last.time_msc);
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
    }
    spacing.check(inputs[0].name(), timeframe)?;
    if let Some(bar) = builder.forming() {
        count.bars += 1;
        sink(bar)?;
    }
    Ok(count)
}

/// Where the files before ended.
#[derive(Debug, Default)]
struct Ends {
    end_msc: Option<ServerMsc>,
    earlier: PathBuf,
}

impl Ends {
    /// Checks that a file begins so many milliseconds after those before it, or later.
    fn check(&mut self, input: &Input, begin: Option<ServerMsc>, apart_msc: i64) -> Result<(), DataError> {
        let earlier = std::mem::replace(&mut self.earlier, input.name().into());
        match (self.end_msc, begin) {
            (Some(end), Some(begin)) if begin.0 < end.0 + apart_msc => {
                Err(DataError::Overlap { earlier, later: input.name().into(), end, begin })
            }
            _ => Ok(()),
        }
    }
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
