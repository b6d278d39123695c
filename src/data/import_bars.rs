//! Imports bar files of any readable layout, one after the other, into one file.

use crate::data::bar_rows::{BarRows, BarsFound};
use crate::data::bar_writer::BarWriter;
use crate::data::detect::origin_of;
use crate::data::error::DataError;
use crate::data::format::Stated;
use crate::data::input::{Input, inputs};
use crate::data::joined::{change, with_clock, written_clock};
use crate::data::label::{FileClock, Label};
use crate::data::quality::Finding;
use crate::data::quality::policy::{Policies, Policy, Treatment};
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
    pub zone: Option<FileClock>,
    /// The clock of the output; none keeps that of the files.
    pub to: Option<ServerZone>,
    /// What is done with spikes; the rest is for ticks.
    pub policies: Policies,
}

/// The outcome of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportedBars {
    /// The number of bars read and written.
    pub bars: u64,
    /// The number of rows that were no bars and were left out: some vendors write minutes in which
    /// nothing was quoted.
    pub without_ticks: u64,
    /// Bars with a price far off those before and after.
    pub spike: Finding,
    /// The number of moves of the price as large that did not come back.
    pub steps: u64,
    /// The number of rows of other symbols, which were left out.
    pub other_symbol: u64,
    /// The number of bars whose tick volume is not known, because it is zero.
    pub without_volume: u64,
    /// All that was found in the rows.
    #[serde(skip)]
    pub found: BarsFound,
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
/// [`DataError::UnstatedClock`], [`DataError::LongBars`] or [`DataError::Overlap`]. Nothing is written then.
pub fn import_bars(
    what: &ImportBars<'_>,
    progress: &mut dyn FnMut(u64),
) -> Result<ImportedBars, DataError> {
    let inputs = inputs(what.files)?;
    let stated = with_clock(&what.stated, what.zone.as_ref());
    let mut rows = BarRows::open(&inputs, &stated, what.spec, what.policies)?;
    let first = rows.first_name().clone();
    let clock = rows.clock().cloned();
    let mut change = change(&first, clock.as_ref(), what.to.as_ref())?;
    let label = label(what, &inputs, &stated, rows.said_clock())?;
    let mut writer = BarWriter::create(what.out, what.spec.digits, &label)?;
    let (mut joined, mut batch) = (Joined::default(), Vec::new());
    rows.read(&mut batch)?;
    while !batch.is_empty() {
        for bar in &batch {
            let time_msc =
                change.as_mut().map_or(bar.time_msc, |change| change.convert(bar.time_msc));
            let written = Bar { time_msc, ..*bar };
            if let Some(before) = joined.last.filter(|&before| time_msc <= before) {
                let clock = what.to.as_ref().map(ServerZone::to_string).unwrap_or_default();
                return Err(DataError::SetBack { path: first, clock, before, after: time_msc });
            }
            joined.take(bar, &written);
            writer.push(&written)?;
        }
        progress(writer.bars());
        rows.read(&mut batch)?;
    }
    if writer.bars() == 0 {
        return Err(DataError::Empty { path: first, what: "bar" });
    }
    let timeframe = joined.spacing.timeframe();
    if change.is_some() && timeframe.is_none_or(|timeframe| timeframe > Timeframe::H1) {
        let timeframe = timeframe
            .map_or_else(|| "an unknown length".to_owned(), |timeframe| timeframe.to_string());
        return Err(DataError::LongBars { path: first, timeframe });
    }
    // Longer bars open too long before the close to show when it was.
    let weeks = timeframe.filter(|&timeframe| timeframe <= Timeframe::H1).map(|_| &joined.weeks);
    let wrong_clock = clock
        .as_ref()
        .zip(weeks)
        .and_then(|(clock, weeks)| weeks.against(clock))
        .map(|wrong| wrong.to_string());
    let found = rows.found().clone();
    // Nobody can tell what the prices of a bar were.
    let treatment = match what.policies.spike {
        Policy::Fix => Treatment::Dropped,
        policy => policy.treatment(),
    };
    Ok(ImportedBars {
        bars: writer.finish()?,
        without_ticks: found.without_ticks,
        spike: Finding { rows: found.spikes.rows, treatment },
        steps: found.steps,
        other_symbol: found.symbols.other_rows,
        without_volume: found.without_volume,
        found,
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

/// What the written file says of itself.
fn label(
    what: &ImportBars<'_>,
    inputs: &[Input],
    stated: &Stated,
    known: Option<&FileClock>,
) -> Result<Label, DataError> {
    let clock = written_clock(inputs[0].name(), what.to.as_ref(), known, what.zone.as_ref())?;
    Ok(Label::of(what.spec, Some(clock), origin_of(inputs, stated)?))
}

/// What is tracked over all files together.
#[derive(Default)]
struct Joined {
    weeks: Weeks,
    spacing: Spacing,
    /// Times by the clock of the output.
    first: Option<ServerMsc>,
    last: Option<ServerMsc>,
}

impl Joined {
    fn take(&mut self, source: &Bar, written: &Bar) {
        self.weeks.take(source.time_msc);
        self.spacing.take(source.time_msc.0);
        self.first = self.first.or(Some(written.time_msc));
        self.last = Some(written.time_msc);
    }
}
