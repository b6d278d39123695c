//! The ticks of files, one after the other in order of their first ticks, cleaned: the one loop by
//! which every verb but a session reads ticks.

use crate::data::clock::ClockChange;
use crate::data::ends::{Begins, Ends};
use crate::data::error::DataError;
use crate::data::format::Stated;
use crate::data::input::Input;
use crate::data::joined::{change, in_order, source_clock};
use crate::data::label::FileClock;
use crate::data::quality::Quality;
use crate::data::quality::cleaner::{Clean, Cleaner};
use crate::data::quality::policy::Policies;
use crate::data::tick_source::TickReader;
use crate::data::week::Weeks;
use crate::domain::id::SymbolId;
use crate::domain::symbol::SymbolSpec;
use crate::domain::time::ServerMsc;
use crate::domain::zone::ServerZone;
use crate::market::columns::TickColumns;
use std::path::Path;

/// The ticks of files.
pub struct TickRows {
    /// The files and the times of their first rows.
    inputs: Vec<(Input, Option<ServerMsc>)>,
    stated: Stated,
    spec: SymbolSpec,
    policies: Policies,
    clock: Option<FileClock>,
    change: Option<ClockChange>,
    open: Option<TickReader>,
    next: usize,
    batch: TickColumns,
    ends: Ends,
    weeks: Weeks,
    cleaner: Cleaner,
}

impl TickRows {
    /// Opens files, whose times are to be turned to the clock `to` if there is one.
    ///
    /// # Errors
    /// [`DataError`] of opening one; [`DataError::OtherClock`], [`DataError::StatedClock`],
    /// [`DataError::NoClock`].
    pub fn open(
        inputs: &[Input],
        stated: &Stated,
        spec: &SymbolSpec,
        policies: Policies,
        to: Option<&ServerZone>,
    ) -> Result<Self, DataError> {
        let mut batch = TickColumns::default();
        let sources = in_order(inputs, |input| {
            let mut source = TickReader::open(input, stated, SymbolId(0), spec)?;
            source.read(&mut batch)?;
            Ok((batch.time_at(0), source.clock()?))
        })?;
        let clock = source_clock(stated.zone.as_ref(), &sources)?;
        let first = inputs.first().map_or(Path::new(""), Input::name);
        let change = change(first, clock.as_ref().and_then(FileClock::zone), to)?;
        Ok(Self {
            inputs: sources.iter().map(|source| (source.input.clone(), source.first)).collect(),
            stated: stated.clone(),
            spec: spec.clone(),
            policies,
            clock,
            change,
            open: None,
            next: 0,
            batch,
            ends: Ends::default(),
            weeks: Weeks::default(),
            cleaner: Cleaner::new(policies),
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

    /// The turn to another clock, if there is one.
    #[must_use]
    pub const fn change(&self) -> Option<&ClockChange> {
        self.change.as_ref()
    }

    /// What the times so far say of weeks, by the clock of the files.
    #[must_use]
    pub const fn weeks(&self) -> &Weeks {
        &self.weeks
    }

    /// The report on the rows so far.
    #[must_use]
    pub fn quality(&self) -> Quality {
        self.cleaner.report()
    }

    /// The number of rows so far.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.cleaner.rows()
    }

    /// Replaces `clean` by the next ticks; empty when there are no more.
    ///
    /// # Errors
    /// [`DataError`] of reading or of a policy; [`DataError::Overlap`].
    pub fn read(&mut self, clean: &mut Clean) -> Result<(), DataError> {
        clean.clear();
        while clean.ticks.is_empty() {
            let Some(mut source) = self.take_open()? else {
                return self.cleaner.end(clean);
            };
            source.read(&mut self.batch)?;
            if self.batch.is_empty() {
                self.cleaner.count(&source);
                continue;
            }
            for &time in self.batch.time_msc() {
                self.weeks.take(ServerMsc(time));
                self.ends.take(ServerMsc(time));
            }
            let place = |at| (source.place(at), source.blanks(at));
            self.cleaner.pass(&self.batch, &place, self.change.as_mut(), clean)?;
            self.open = Some(source);
        }
        Ok(())
    }

    /// The open file, or else the next one, of which the beginning is checked; none when all have
    /// ended.
    fn take_open(&mut self) -> Result<Option<TickReader>, DataError> {
        if let Some(open) = self.open.take() {
            return Ok(Some(open));
        }
        let Some((input, first)) = self.inputs.get(self.next) else { return Ok(None) };
        self.next += 1;
        self.cleaner.begin(input.name());
        self.ends.begin(input.name(), *first, Begins::From)?;
        let mut source = TickReader::open(input, &self.stated, SymbolId(0), &self.spec)?;
        if self.policies.fills_in_order() {
            source.leave_blanks();
        }
        Ok(Some(source))
    }
}
