//! The bars of files, one after the other in order of their first bars: the one loop by which
//! every verb reads bars.

use crate::data::bar_source::BarSource;
use crate::data::ends::{Begins, Ends};
use crate::data::error::DataError;
use crate::data::format::Stated;
use crate::data::input::Input;
use crate::data::joined::{InputBeginning, in_order, source_clock};
use crate::data::label::{FileClock, Label};
use crate::data::odd_rows::SpikesFound;
use crate::data::quality::bar_spikes::{BarSpikes, SourceBar};
use crate::data::quality::cleaner::place_shown;
use crate::data::quality::policy::{Policies, Policy};
use crate::data::spacing::Spacing;
use crate::data::text::symbols::SymbolsFound;
use crate::domain::symbol::SymbolSpec;
use crate::domain::zone::ServerZone;
use crate::market::bar::Bar;
use crate::market::timeframe::Timeframe;
use std::path::PathBuf;

/// The bars of files.
pub struct BarRows {
    inputs: Vec<Input>,
    /// Their names, for messages.
    names: Vec<PathBuf>,
    stated: Stated,
    spec: SymbolSpec,
    clock: Option<FileClock>,
    label: Option<Label>,
    policies: Policies,
    /// The open file, and its index.
    open: Option<(BarSource, usize)>,
    next: usize,
    ends: Ends,
    spikes: BarSpikes,
    read: Vec<Bar>,
    /// The distances in the present file.
    own: Spacing,
    /// The timeframe of the earlier files, if it is certain.
    timeframe: Option<Timeframe>,
    found: BarsFound,
}

/// What was found in the rows so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BarsFound {
    /// Rows read, whatever they hold.
    pub rows: u64,
    /// Rows that are no bars, because nothing was quoted in their time.
    pub without_ticks: u64,
    /// Bars with a price far off.
    pub spikes: SpikesFound,
    /// The number of bars that were left out for it.
    pub dropped: u64,
    /// The number of moves as large that did not come back.
    pub steps: u64,
    /// The number of bars without a tick volume.
    pub without_volume: u64,
    /// Their symbols, where a column tells them.
    pub symbols: SymbolsFound,
}

impl BarRows {
    /// Opens files.
    ///
    /// # Errors
    /// [`DataError`] of opening one; [`DataError::OtherClock`], [`DataError::StatedClock`].
    pub fn open(
        inputs: &[Input],
        stated: &Stated,
        spec: &SymbolSpec,
        policies: Policies,
    ) -> Result<Self, DataError> {
        let (mut read, mut label) = (Vec::new(), None);
        let sources = in_order(inputs, |input| {
            let mut source = BarSource::open(input, stated, spec)?;
            source.read(&mut read)?;
            label = label.take().or_else(|| source.label().cloned());
            Ok((read.first().map(|bar| bar.time_msc), source.clock()?))
        })?;
        let clock = source_clock(stated.zone.as_ref(), &sources)?;
        let inputs: Vec<Input> =
            sources.iter().map(|InputBeginning { input, .. }| (*input).clone()).collect();
        Ok(Self {
            names: inputs.iter().map(|input| input.name().to_owned()).collect(),
            inputs,
            stated: stated.clone(),
            spec: spec.clone(),
            clock,
            label,
            spikes: BarSpikes::new(policies.spike_percent),
            policies,
            open: None,
            next: 0,
            ends: Ends::default(),
            read,
            own: Spacing::default(),
            timeframe: None,
            found: BarsFound::default(),
        })
    }

    /// The common clock of the files, if it is known.
    #[must_use]
    pub fn clock(&self) -> Option<&ServerZone> {
        self.clock.as_ref().and_then(FileClock::zone)
    }

    /// The clock of the files, as far as somebody has said it.
    #[must_use]
    pub const fn said_clock(&self) -> Option<&FileClock> {
        self.clock.as_ref()
    }

    /// What the first Parquet file says of itself.
    #[must_use]
    pub const fn label(&self) -> Option<&Label> {
        self.label.as_ref()
    }

    /// The name of the first file.
    ///
    /// # Panics
    /// Never: there is a file.
    #[must_use]
    pub fn first_name(&self) -> &PathBuf {
        self.names.first().expect("there is a file")
    }

    /// What was found so far.
    #[must_use]
    pub const fn found(&self) -> &BarsFound {
        &self.found
    }

    /// Replaces `batch` by the next bars, by the clock of the files; empty when there are no more.
    ///
    /// # Errors
    /// [`DataError`] of reading or of the policy, [`DataError::Overlap`],
    /// [`DataError::OtherTimeframe`].
    pub fn read(&mut self, batch: &mut Vec<Bar>) -> Result<(), DataError> {
        batch.clear();
        while batch.is_empty() {
            let Some((mut source, file)) = self.take_open()? else {
                batch.extend(self.spikes.end().iter().map(|held| held.bar));
                self.found.steps = self.spikes.steps;
                return Ok(());
            };
            source.read(&mut self.read)?;
            if self.read.is_empty() {
                self.end_file(&source, file)?;
                continue;
            }
            self.judge(&source, file, batch)?;
            self.open = Some((source, file));
        }
        Ok(())
    }

    /// The open file, or else the next one; none when all have ended.
    fn take_open(&mut self) -> Result<Option<(BarSource, usize)>, DataError> {
        if let Some(open) = self.open.take() {
            return Ok(Some(open));
        }
        let Some(input) = self.inputs.get(self.next) else { return Ok(None) };
        self.next += 1;
        Ok(Some((BarSource::open(input, &self.stated, &self.spec)?, self.next - 1)))
    }

    fn judge(
        &mut self,
        source: &BarSource,
        file: usize,
        batch: &mut Vec<Bar>,
    ) -> Result<(), DataError> {
        let name = &self.names[file];
        if self.own.is_new() {
            self.ends.begin(name, self.read.first().map(|bar| bar.time_msc), Begins::After)?;
        }
        let bars = std::mem::take(&mut self.read);
        for (at, &bar) in bars.iter().enumerate() {
            self.found.rows += 1;
            self.found.without_volume += u64::from(bar.tick_volume == 0);
            self.ends.take(bar.time_msc);
            self.own.take(bar.time_msc.0);
            let decided = self.spikes.judge(SourceBar { bar, file, place: source.place(at) });
            decided.spikes.iter().try_for_each(|spike| self.spike(spike, batch))?;
            batch.extend(decided.good.iter().map(|good| good.bar));
        }
        self.read = bars;
        Ok(())
    }

    /// A bar with a price far off.
    fn spike(&mut self, spike: &SourceBar, batch: &mut Vec<Bar>) -> Result<(), DataError> {
        self.found.spikes.take(place_shown(&self.names, spike.file, spike.place));
        match self.policies.spike {
            Policy::Keep => batch.push(spike.bar),
            // Nobody can tell what its prices were.
            Policy::Drop | Policy::Fix => self.found.dropped += 1,
            Policy::Fail => {
                let Bar { open, high, low, close, .. } = spike.bar;
                let percent = self.policies.spike_percent;
                return Err(DataError::Refused {
                    path: self.names[spike.file].clone(),
                    place: spike.place,
                    what: format!(
                        "open {open}, high {high}, low {low}, close {close}: more than {percent} % off the bars before and after"
                    ),
                    option: "--on-spike",
                });
            }
        }
        Ok(())
    }

    /// Only bars of the same length are joined.
    fn end_file(&mut self, source: &BarSource, file: usize) -> Result<(), DataError> {
        let (without, symbols) = (source.without_ticks(), source.symbols());
        let others = symbols.map_or(0, |symbols| symbols.other_rows);
        self.found.rows += without + others;
        self.found.without_ticks += without;
        if let Some(symbols) = symbols {
            self.found.symbols.add(symbols);
        }
        let own = std::mem::take(&mut self.own).certain_timeframe();
        match (self.timeframe, own) {
            (Some(before), Some(own)) if before != own => Err(DataError::OtherTimeframe {
                path: self.names[file].clone(),
                own: own.to_string(),
                before: before.to_string(),
            }),
            _ => {
                self.timeframe = self.timeframe.or(own);
                Ok(())
            }
        }
    }
}
