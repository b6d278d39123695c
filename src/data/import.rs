//! Imports tick files of any readable layout, one after the other, into one file of the fast
//! layout.

use crate::data::clock::ClockChange;
use crate::data::detect::origin_of;
use crate::data::error::DataError;
use crate::data::format::Stated;
use crate::data::input::inputs;
use crate::data::joined::{with_clock, written_clock};
use crate::data::label::{FileClock, Label};
use crate::data::quality::Quality;
use crate::data::quality::cleaner::Clean;
use crate::data::quality::policy::{Policies, Policy};
use crate::data::tick_layout::{PageForm, PriceForm, SourceTimes, TickLayout};
use crate::data::tick_rows::TickRows;
use crate::data::tick_writer::TickWriter;
use crate::data::week::WrongClock;
use crate::domain::symbol::SymbolSpec;
use crate::domain::zone::ServerZone;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What is to be imported, and how.
#[derive(Debug)]
pub struct Import<'a> {
    /// Files, folders and archives, to be joined in the order of their first ticks.
    pub files: &'a [PathBuf],
    /// What the user states about them.
    pub stated: Stated,
    /// The symbol whose ticks they are.
    pub spec: &'a SymbolSpec,
    /// The file to write.
    pub out: &'a Path,
    /// How prices are kept.
    pub form: PriceForm,
    /// The clock of the files, for those that do not state it.
    pub zone: Option<FileClock>,
    /// The clock of the output; none keeps that of the files.
    pub to: Option<ServerZone>,
    /// What is done with rows that have something wrong.
    pub policies: Policies,
    /// What the ticks are made from; none names the files.
    pub origin: Option<String>,
}

impl<'a> Import<'a> {
    /// An import of `files` to `out` with exact prices, the clock that the files state, and the
    /// default policies.
    #[must_use]
    pub fn new(files: &'a [PathBuf], spec: &'a SymbolSpec, out: &'a Path) -> Self {
        Self {
            files,
            stated: Stated::default(),
            spec,
            out,
            form: PriceForm::Decimal,
            zone: None,
            to: None,
            policies: Policies::default(),
            origin: None,
        }
    }
}

/// The outcome of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// The report on the quality of the rows.
    #[serde(flatten)]
    pub quality: Quality,
    /// The number of rows with times that the stated clock skips. When times are converted, they
    /// are moved later.
    pub missing_times: u64,
    /// The clock of the written times, if it is known.
    pub clock: Option<ServerZone>,
    /// A clock by which the weeks begin and end as they should, when none was stated by the user or
    /// the files.
    pub likely_clock: Option<&'static str>,
    /// What the weekly close says against the clock.
    pub wrong_clock: Option<String>,
}

/// Imports files; `progress` is called with the number of rows read so far.
///
/// # Errors
/// [`DataError`]: of reading, of writing, of a policy, [`DataError::OtherClock`],
/// [`DataError::NoClock`], [`DataError::UnstatedClock`] or [`DataError::Overlap`]. Nothing is written then.
pub fn import(what: &Import<'_>, progress: &mut dyn FnMut(u64)) -> Result<Imported, DataError> {
    let stated = with_clock(&what.stated, what.zone.as_ref());
    let inputs = inputs(what.files)?;
    let mut rows = TickRows::open(&inputs, &stated, what.spec, what.policies, what.to.as_ref())?;
    let (known, first) = (rows.said_clock(), inputs[0].name());
    let clock = written_clock(first, what.to.as_ref(), known, what.zone.as_ref())?;
    let origin = what.origin.clone().map_or_else(|| origin_of(&inputs, &stated), Ok)?;
    let label = Label::of(what.spec, Some(clock), origin);
    let mut writer = TickWriter::create(what.out, layout(what, label, rows.change()))?;
    let mut clean = Clean::default();
    rows.read(&mut clean)?;
    while !clean.ticks.is_empty() {
        writer.push_from(&clean.ticks, &clean.source_msc)?;
        progress(rows.rows());
        rows.read(&mut clean)?;
    }
    let (quality, clock) = (rows.quality(), rows.clock().cloned());
    if quality.written == 0 {
        let path = what.files.first().map_or(what.out, PathBuf::as_path);
        return Err(DataError::Empty { path: path.into(), what: "tick with both sides" });
    }
    writer.finish()?;
    let wrong_clock = clock
        .as_ref()
        .and_then(|clock| rows.weeks().against(clock))
        .map(|wrong: WrongClock| wrong.to_string());
    let likely_clock = if clock.is_none() { rows.weeks().likely() } else { None };
    let missing_times = rows.change().map_or(0, ClockChange::missing);
    Ok(Imported {
        quality,
        missing_times,
        clock: what.to.clone().or(clock),
        likely_clock,
        wrong_clock,
    })
}

fn layout(what: &Import<'_>, label: Label, change: Option<&ClockChange>) -> TickLayout {
    let changed = change.is_some() || what.policies.out_of_order == Policy::Keep;
    let source_times = if changed { SourceTimes::Kept } else { SourceTimes::Same };
    TickLayout {
        digits: what.spec.digits,
        form: what.form,
        label,
        source_times,
        pages: PageForm::Compressed,
    }
}
