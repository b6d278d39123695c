//! What a run came to, in money, by strategy and in all: from its actions alone, so that a recording and
//! a run of today are counted alike.

use crate::domain::amount::Money;
use crate::domain::id::Ticket;
use crate::domain::money::currency_digits;
use crate::domain::text;
use crate::domain::time::Timestamp;
use crate::executor::Executor;
use crate::executor::action::{Action, AlertCode, Owner, Report};
use crate::recording::error::RecordingError;
use crate::recording::files::ACTIONS;
use crate::recording::reader::Recording;
use crate::report::paths::{TradingMoment, of, requested};
use crate::session::ports::{Journal, Passed, PortError, Step};
use serde::Serialize;
use std::collections::BTreeMap;

/// What a run came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RunResult {
    /// All of it.
    pub all: Sums,
    /// By strategy; what commands traded is under `commands`.
    pub by_strategy: BTreeMap<String, Sums>,
    /// The moments in which something was requested or closed, in their order.
    #[serde(skip)]
    pub moments: Vec<TradingMoment>,
    #[serde(skip)]
    symbols: Vec<String>,
    /// Who holds what is open.
    #[serde(skip)]
    open: BTreeMap<Ticket, String>,
    /// The moment whose sums are beyond what money holds.
    #[serde(skip)]
    overflown: Option<Timestamp>,
}

/// The sums of a strategy, or of all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Sums {
    /// The number of positions that were closed.
    pub trades: u64,
    /// How many of them earned something.
    pub won: u64,
    /// What they earned: profit, commission and swap, in the deposit currency.
    pub net: Money,
    /// The largest fall of that sum from a peak, trade by trade, in the deposit currency.
    pub drawdown: Money,
    /// The number of requests to the trade server.
    pub orders: u64,
    /// How often a request was given up because it was refused, by return code.
    pub refused: BTreeMap<String, u64>,
    /// The number of positions still open.
    pub open: u64,
    #[serde(skip)]
    peak: Money,
}

impl Sums {
    /// In a few words, with the digits of the currency: `31 trades, net 230.40 USD`.
    #[must_use]
    pub fn in_words(&self, currency: &str) -> String {
        let Self { trades, net, .. } = self;
        let noun = if *trades == 1 { "trade" } else { "trades" };
        let currency = text::name(currency);
        format!("{trades} {noun}, net {} {currency}", net.with_digits(currency_digits(&currency)))
    }

    /// How often a request was given up because it was refused.
    #[must_use]
    pub fn refusals(&self) -> u64 {
        self.refused.values().sum()
    }

    /// Adds a closed position, where the sum is one that money holds.
    fn closed(&mut self, net: Money) -> Option<()> {
        let sum = self.net.checked_add(net)?;
        let peak = self.peak.max(sum);
        let fall = peak.checked_sub(sum)?;
        self.trades += 1;
        self.won += u64::from(net > Money::ZERO);
        (self.net, self.peak, self.drawdown) = (sum, peak, self.drawdown.max(fall));
        Some(())
    }
}

impl RunResult {
    /// Nothing has happened yet in a session of these symbols.
    #[must_use]
    pub fn new(symbols: &[String]) -> Self {
        Self { symbols: symbols.to_vec(), ..Self::default() }
    }

    /// The same with what an executor holds already.
    #[must_use]
    pub fn beginning(symbols: &[String], executor: &Executor) -> Self {
        let mut outcome = Self::new(symbols);
        for position in executor.view().positions {
            outcome.opened(position.ticket, &position.owner);
        }
        outcome
    }

    /// What a recording came to.
    ///
    /// # Errors
    /// When its actions cannot be read.
    pub fn of_recording(recording: &Recording) -> Result<Self, RecordingError> {
        let mut outcome = Self::beginning(&recording.file.symbols, &recording.executor()?);
        let mut steps = recording.expected()?;
        while let Some(line) = steps.pop()? {
            outcome.take(line.at, &line.actions);
        }
        if let Some(at) = outcome.overflown {
            let path = recording.dir.join(ACTIONS);
            let message = format!("what was earned until {at} is more than money can be");
            return Err(RecordingError::text(&path, None, message));
        }
        Ok(outcome)
    }

    /// Takes the actions of a step.
    #[cold]
    pub fn take(&mut self, at: Timestamp, actions: &[Action]) {
        for action in actions {
            match action {
                Action::Trade(trade) => {
                    self.of(&trade.owner, |sums| sums.orders += 1);
                    let said = requested(&self.symbols, trade);
                    TradingMoment::push(&mut self.moments, at, said);
                }
                Action::Report(report) => self.report(at, report),
                Action::Data(_) | Action::Ask(_) | Action::Result(_) | Action::Note(_) => {}
            }
        }
    }

    fn report(&mut self, at: Timestamp, report: &Report) {
        match report {
            Report::Opened(opened) => self.opened(opened.position, &opened.owner),
            Report::Closed(closed) => {
                let costs = closed.commission.checked_add(closed.swap);
                let net = costs.and_then(|costs| closed.profit.checked_add(costs));
                let own = self.by_strategy.entry(of(&closed.owner).to_owned()).or_default();
                let sums = net.and_then(|net| own.closed(net).and_then(|()| self.all.closed(net)));
                if sums.is_none() {
                    self.overflown.get_or_insert(at);
                }
                if let Some(holder) = self.open.remove(&closed.position) {
                    self.all.open -= 1;
                    self.by_strategy.entry(holder).and_modify(|sums| sums.open -= 1);
                }
                let net = net.unwrap_or_default();
                let said = format!("{} closed, {net} earned", of(&closed.owner));
                TradingMoment::push(&mut self.moments, at, said);
            }
            Report::Alert(alert) if alert.code == AlertCode::RequestRefused => {
                let code =
                    alert.retcode.map_or_else(|| "no answer".to_owned(), |it| it.to_string());
                let strategy = alert.strategy.clone().map(Owner::Strategy);
                self.of(&strategy.unwrap_or(Owner::Account), |sums| {
                    *sums.refused.entry(code.clone()).or_default() += 1;
                });
            }
            Report::Changed(_) | Report::Alert(_) => {}
        }
    }

    fn opened(&mut self, position: Ticket, owner: &Owner) {
        if self.open.insert(position, of(owner).to_owned()).is_none() {
            self.of(owner, |sums| sums.open += 1);
        }
    }

    fn of(&mut self, owner: &Owner, change: impl Fn(&mut Sums)) {
        change(&mut self.all);
        change(self.by_strategy.entry(of(owner).to_owned()).or_default());
    }
}

impl Journal for RunResult {
    #[inline]
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        if !step.actions.is_empty() {
            self.take(step.at, step.actions);
        }
        Ok(())
    }

    fn takes_runs(&self) -> bool {
        true
    }

    fn pass(&mut self, _passed: &Passed<'_>) -> Result<(), PortError> {
        Ok(())
    }
}
