//! Imports bar files of any readable layout, one after the other, into one file.

use crate::data::bar_source::BarSource;
use crate::data::bar_writer::BarWriter;
use crate::data::ends::{Begins, Ends};
use crate::data::error::DataError;
use crate::data::format::Stated;
use crate::data::input::{Input, inputs};
use crate::data::joined::{InputBeginning, change, in_order, source_clock};
use crate::data::spacing::Spacing;
use crate::data::week::Weeks;
use crate::domain::symbol::SymbolSpec;
use crate::domain::time::ServerMsc;
use crate::domain::zone::ServerZone;
use crate::market::bar::Bar;
use crate::market::timeframe::Timeframe;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What is to be imported, and how.
#[derive(Debug)]
pub struct ImportBars<'a> {
    /// Files, folders and archives, to be joined in the order of their first bars.
    pub files: &'a [PathBuf],
    /// What the user states about them.
    pub stated: Stated,
    /// The symbol whose bars they are.
    pub spec: &'a SymbolSpec,
    /// The file to write.
    pub out: &'a Path,
    /// The clock of the files, for those that do not state it.
    pub zone: Option<ServerZone>,
    /// The clock of the output; none keeps that of the files.
    pub to: Option<ServerZone>,
}

/// The outcome of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportedBars {
    /// The number of bars read and written.
    pub bars: u64,
    /// The number of rows that were no bars and were left out: some vendors write minutes in which
    /// nothing was quoted.
    pub without_ticks: u64,
    /// The timeframe, determined by the smallest distance between two bars; none when there is only
    /// one.
    pub timeframe: Option<Timeframe>,
    /// Open time of the first bar.
    pub first_time_msc: Option<ServerMsc>,
    /// Open time of the last bar.
    pub last_time_msc: Option<ServerMsc>,
    /// The number of places at which one or more bars are missing, as in a minute without a tick or
    /// at a weekend.
    pub gaps: u64,
    /// The longest distance between two bars, in milliseconds.
    pub gap_msc_max: i64,
    /// The clock of the written times, if it is known.
    pub clock: Option<ServerZone>,
    /// A clock by which the weeks begin and end as they should, when none was stated by the user or
    /// the files.
    pub likely_clock: Option<&'static str>,
    /// What the weekly close says against the clock.
    pub wrong_clock: Option<String>,
}

/// Imports files; `progress` is called with the number of bars read so far.
///
/// # Errors
/// [`DataError`]: of reading, of writing, [`DataError::OtherClock`], [`DataError::NoClock`],
/// [`DataError::LongBars`] or [`DataError::Overlap`]. Nothing is written then.
pub fn import_bars(
    what: &ImportBars<'_>,
    progress: &mut dyn FnMut(u64),
) -> Result<ImportedBars, DataError> {
    let inputs = inputs(what.files)?;
    let (mut joined, mut batch) = (Joined::default(), Vec::new());
    let sources = in_order(&inputs, |input| {
        let mut source = BarSource::open(input, what.stated, what.spec)?;
        source.read(&mut batch)?;
        Ok((batch.first().map(|bar| bar.time_msc), source.clock()?))
    })?;
    let clock = source_clock(what.zone.as_ref(), &sources)?;
    let first = what.files.first().map_or(what.out, PathBuf::as_path);
    let mut change = change(&sources, clock.as_ref(), what.to.as_ref())?;
    let mut writer =
        BarWriter::create(what.out, what.spec.digits, what.to.as_ref().or(clock.as_ref()))?;
    for InputBeginning { input, .. } in &sources {
        let mut source = BarSource::open(input, what.stated, what.spec)?;
        source.read(&mut batch)?;
        joined.ends.begin(input.name(), batch.first().map(|bar| bar.time_msc), Begins::After)?;
        while !batch.is_empty() {
            for bar in &batch {
                let time_msc =
                    change.as_mut().map_or(bar.time_msc, |change| change.convert(bar.time_msc));
                let written = Bar { time_msc, ..*bar };
                if let Some(before) = joined.last.filter(|&before| time_msc <= before) {
                    let (path, clock) = (
                        input.name().into(),
                        what.to.as_ref().map(ServerZone::to_string).unwrap_or_default(),
                    );
                    return Err(DataError::SetBack { path, clock, before, after: time_msc });
                }
                joined.take(bar, &written);
                writer.push(&written)?;
            }
            progress(writer.bars());
            source.read(&mut batch)?;
        }
        joined.without_ticks += source.without_ticks();
        joined.end_file(input)?;
    }
    let timeframe = joined.spacing.timeframe();
    if change.is_some() && timeframe.is_none_or(|timeframe| timeframe > Timeframe::H1) {
        let timeframe = timeframe
            .map_or_else(|| "an unknown length".to_owned(), |timeframe| timeframe.to_string());
        return Err(DataError::LongBars { path: first.into(), timeframe });
    }
    // Longer bars open too long before the close to show when it was.
    let weeks = timeframe.filter(|&timeframe| timeframe <= Timeframe::H1).map(|_| &joined.weeks);
    let wrong_clock = clock
        .as_ref()
        .zip(weeks)
        .and_then(|(clock, weeks)| weeks.against(clock))
        .map(|wrong| wrong.to_string());
    Ok(ImportedBars {
        bars: writer.finish()?,
        without_ticks: joined.without_ticks,
        timeframe,
        first_time_msc: joined.first,
        last_time_msc: joined.last,
        gaps: joined.spacing.gaps(),
        gap_msc_max: joined.spacing.longest_ms(),
        likely_clock: weeks.filter(|_| clock.is_none()).and_then(Weeks::likely),
        clock: what.to.clone().or(clock),
        wrong_clock,
    })
}

/// What is tracked over all files together.
#[derive(Default)]
struct Joined {
    without_ticks: u64,
    weeks: Weeks,
    spacing: Spacing,
    /// The distances in the present file.
    own: Spacing,
    /// The timeframe of the earlier files, if it is certain.
    timeframe: Option<Timeframe>,
    ends: Ends,
    /// Times by the clock of the output.
    first: Option<ServerMsc>,
    last: Option<ServerMsc>,
}

impl Joined {
    /// Only bars of the same length are joined.
    fn end_file(&mut self, input: &Input) -> Result<(), DataError> {
        let own = std::mem::take(&mut self.own).certain_timeframe();
        match (self.timeframe, own) {
            (Some(before), Some(own)) if before != own => Err(DataError::OtherTimeframe {
                path: input.name().into(),
                own: own.to_string(),
                before: before.to_string(),
            }),
            _ => {
                self.timeframe = self.timeframe.or(own);
                Ok(())
            }
        }
    }

    fn take(&mut self, source: &Bar, written: &Bar) {
        self.own.take(source.time_msc.0);
        self.weeks.take(source.time_msc);
        self.spacing.take(source.time_msc.0);
        self.ends.take(source.time_msc);
        self.first = self.first.or(Some(written.time_msc));
        self.last = Some(written.time_msc);
    }
}
