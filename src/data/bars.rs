//! Bars of one timeframe from a file of ticks or of shorter bars.

use crate::data::bar_rows::BarRows;
use crate::data::detect::{format_of, origin_of};
use crate::data::error::DataError;
use crate::data::format::Stated;
use crate::data::input::inputs;
use crate::data::label::Label;
use crate::data::odd_rows::told;
use crate::data::quality::cleaner::Clean;
use crate::data::quality::policy::Policies;
use crate::data::spacing::Spacing;
use crate::data::tick_rows::TickRows;
use crate::domain::symbol::SymbolSpec;
use crate::market::bar::Bar;
use crate::market::builder::BarBuilder;
use crate::market::timeframe::Timeframe;
use std::path::Path;

/// The counts of what was read and built.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Count {
    /// Ticks or bars read.
    pub read: u64,
    /// The number of rows from which nothing was built: zero quotes, rows before both sides were
    /// known, minutes without a quote, rows of other symbols.
    pub dropped: u64,
    /// The number of bars built, including the last, unfinished one.
    pub bars: u64,
    /// The number of rows with a price far off, which were kept.
    pub spikes: u64,
    /// What a person should know, a sentence each.
    #[serde(skip)]
    pub told: Vec<String>,
}

/// A file of ticks or of bars, or the files of a folder or archive in order of their first rows,
/// opened.
pub struct BarInput {
    rows: Rows,
    spec: SymbolSpec,
    origin: String,
}

enum Rows {
    Ticks(Box<TickRows>),
    Bars(Box<BarRows>),
}

impl BarInput {
    /// Opens what a path names. What is `stated` about the files goes before what they say.
    ///
    /// # Errors
    /// [`DataError`] of opening a file; [`DataError::OtherClock`], [`DataError::StatedClock`].
    pub fn open(path: &Path, stated: &Stated, spec: &SymbolSpec) -> Result<Self, DataError> {
        let inputs = inputs(&[path])?;
        let policies = Policies::default();
        let rows = if format_of(&inputs[0], stated)?.is_ticks() {
            Rows::Ticks(Box::new(TickRows::open(&inputs, stated, spec, policies, None)?))
        } else {
            Rows::Bars(Box::new(BarRows::open(&inputs, stated, spec, policies)?))
        };
        Ok(Self { rows, spec: spec.clone(), origin: origin_of(&inputs, stated)? })
    }

    /// The label of a file of these bars: its clock is theirs, as far as somebody has said it.
    #[must_use]
    pub fn label(&self) -> Label {
        let clock = match &self.rows {
            Rows::Ticks(ticks) => ticks.said_clock(),
            Rows::Bars(bars) => bars.said_clock(),
        };
        Label::of(&self.spec, clock.cloned(), self.origin.clone())
    }

    /// Builds the bars of `timeframe` and passes each to `sink`, including the last, unfinished
    /// one.
    ///
    /// # Errors
    /// [`DataError`] of reading, of `sink`, [`DataError::Overlap`], or [`DataError::Timeframe`]
    /// when the file's bars do not divide the timeframe.
    pub fn build(
        self,
        timeframe: Timeframe,
        sink: &mut dyn FnMut(&Bar) -> Result<(), DataError>,
    ) -> Result<Count, DataError> {
        let builder = BarBuilder::new(timeframe, self.spec.point());
        match self.rows {
            Rows::Ticks(ticks) => from_ticks(*ticks, builder, sink),
            Rows::Bars(bars) => from_bars(*bars, timeframe, builder, sink),
        }
    }
}

fn from_ticks(
    mut rows: TickRows,
    mut builder: BarBuilder,
    sink: &mut dyn FnMut(&Bar) -> Result<(), DataError>,
) -> Result<Count, DataError> {
    let (mut clean, mut bars) = (Clean::default(), 0);
    rows.read(&mut clean)?;
    while !clean.ticks.is_empty() {
        for tick in &clean.ticks {
            if let Some(bar) = builder.push_tick(tick) {
                bars += 1;
                sink(&bar)?;
            }
        }
        rows.read(&mut clean)?;
    }
    if let Some(bar) = builder.forming() {
        bars += 1;
        sink(bar)?;
    }
    let quality = rows.quality();
    let told = told(&quality.symbols, &quality.spike_places);
    let (read, spikes) = (quality.rows, quality.spike.rows);
    Ok(Count { read, dropped: read - quality.written, bars, spikes, told })
}

fn from_bars(
    mut rows: BarRows,
    timeframe: Timeframe,
    mut builder: BarBuilder,
    sink: &mut dyn FnMut(&Bar) -> Result<(), DataError>,
) -> Result<Count, DataError> {
    let (mut used, mut bars) = (0, 0);
    let (mut batch, mut spacing) = (Vec::new(), Spacing::default());
    rows.read(&mut batch)?;
    while !batch.is_empty() {
        for bar in &batch {
            used += 1;
            spacing.take(bar.time_msc.0);
            if let Some(bar) = builder.push_bar(bar) {
                bars += 1;
                sink(&bar)?;
            }
        }
        rows.read(&mut batch)?;
    }
    spacing.check(rows.first_name(), timeframe)?;
    if let Some(bar) = builder.forming() {
        bars += 1;
        sink(bar)?;
    }
    let found = rows.found();
    let (read, spikes) = (found.rows, found.spikes.rows);
    Ok(Count {
        read,
        dropped: read - used,
        bars,
        spikes,
        told: told(&found.symbols, &found.spikes),
    })
}
