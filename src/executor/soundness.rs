//! Whether a state that was read is one that an executor can have left. A file may have been edited, or cut and mended: what
//! is wrong in it is told by the path of its field before the state lives. Each part looks at itself; what they have in
//! common is here, and [`Executor::check`] asks them all.
//!
//! What the broker told is not judged: an executor keeps it as it came.

use super::Executor;
use super::bounds::{Bounds, count};
use super::deadlines::Due;
use super::market_data::FEEDS_MAX;
use crate::domain::flaw::{Checked, each, must};
use crate::domain::time::Timestamp;

impl Executor {
    /// Whether the state can be gone on from.
    ///
    /// # Errors
    /// The first field that cannot be.
    pub(super) fn check(&self) -> Checked {
        let bounds = Bounds { now: self.now, step: self.step, symbols: self.symbols.len(), feeds: self.feeds.len() };
        must(self.now >= Timestamp::default(), "now", "is before the epoch, where the executor's time begins")?;
        count("step", self.step)?;
        must(self.symbols.len() <= usize::from(u16::MAX) + 1, "symbols", "are numbered by 16 bits")?;
        must(self.feeds.len() <= FEEDS_MAX, "feeds", "are numbered by 16 bits")?;
        each("symbols", (0_usize..).zip(&self.symbols), |symbol| symbol.check(bounds))?;
        let runs = |slot: u32| self.strategies.get(slot).is_some();
        each("feeds", (0_usize..).zip(&self.feeds), |feed| feed.check(bounds, runs))?;
        let parts = [
            ("strategies", self.strategies.check(bounds)),
            ("registry", self.registry.check()),
            ("book", self.book.check(bounds)),
            ("flows", self.flows.check(bounds)),
            ("waiting", self.waiting.check(|id| self.ledger.is_pending(id))),
            ("history", self.history.check()),
            ("ledger", self.ledger.check(bounds)),
            ("readings", self.readings.check(bounds)),
        ];
        parts.into_iter().try_for_each(|(field, checked)| checked.map_err(|flaw| flaw.under(field)))?;
        self.check_places()?;
        self.deadlines.check(|due| self.has(due))?;
        bounds.past("account_heard", self.account_heard)?;
        bounds.past("remembers_from", self.remembers_from)?;
        bounds.past("gate.latch.since", self.gate.latch.as_ref().map(|latch| latch.since))
    }

    /// Whether there is what a deadline belongs to. A goal may be reached before its next attempt.
    fn has(&self, due: Due) -> bool {
        match due {
            Due::Flow(number) => self.flows.get(number).is_some(),
            Due::Command(number) => self.waiting.has(number),
            Due::Overdue(identifier) => self.book.holding(identifier).is_some(),
            Due::Bars(feed) => usize::from(feed) < self.feeds.len(),
            Due::Goal(_) | Due::Order(_) | Due::Reading | Due::Subscription => true,
        }
    }

    /// Whether symbols, feeds and strategies name one another alike.
    fn check_places(&self) -> Checked {
        for (place, symbol) in self.symbols.iter().enumerate() {
            let own = |feed: u16| self.feeds[usize::from(feed)].symbol.index() == place;
            must(symbol.feeds.iter().all(|&feed| own(feed)), &format!("symbols[{place}].feeds"), "must name feeds of the symbol")?;
        }
        for (slot, strategy) in self.strategies.iter() {
            let feed = self.feeds.get(usize::from(strategy.feed));
            let own = feed.is_some_and(|feed| (feed.symbol, feed.timeframe) == (strategy.symbol, strategy.timeframe));
            must(own, &format!("strategies.slots[{slot}].feed"), "must be a feed of its symbol and timeframe")?;
        }
        Ok(())
    }
}
