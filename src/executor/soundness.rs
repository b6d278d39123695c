//! Checks whether an executor can have left the state that was read. A file may have been edited,
//! or cut and repaired, so its flaws are named by field before the executor runs. Each part checks
//! itself. What the parts share is here, and [`Executor::check`] calls them all.
//!
//! What the broker reported is not judged, because an executor keeps it as it came.

use super::Executor;
use super::bounds::{Bounds, count};
use super::deadlines::Due;
use super::market_data::FEEDS_MAX;
use crate::domain::flaw::{Checked, each, must};
use crate::domain::time::Timestamp;

impl Executor {
    /// Checks the state before the executor continues from it.
    ///
    /// # Errors
    /// The first field with an impossible value.
    pub(super) fn check(&self) -> Checked {
        let bounds = self.bounds();
        must(
            self.now >= Timestamp::default(),
            "now",
            "is before the epoch, where the executor's time begins",
        )?;
        count("step", self.step)?;
        must(
            self.symbols.len() <= usize::from(u16::MAX) + 1,
            "symbols",
            "are numbered by 16 bits",
        )?;
        must(self.feeds.len() <= FEEDS_MAX, "feeds", "are numbered by 16 bits")?;
        each("symbols", (0_usize..).zip(&self.symbols), |symbol| symbol.check(bounds))?;
        let runs = |slot: u32| self.strategies.get(slot).is_some();
        each("feeds", (0_usize..).zip(&self.feeds), |feed| feed.check(bounds, runs))?;
        each("sources", &self.sources, |source| source.check())?;
        let parts = [
            ("strategies", self.strategies.check(bounds)),
            ("registry", self.registry.check()),
            ("book", self.book.check(bounds)),
            ("flows", self.flows.check(bounds)),
            ("waiting", self.waiting.check(|id| self.ledger.is_pending(id))),
            ("history", self.history.check()),
            ("ledger", self.ledger.check(bounds)),
            ("readings", self.readings.check(bounds)),
            ("standing", self.standing.check(bounds)),
            ("results", self.results.check(bounds)),
        ];
        parts
            .into_iter()
            .try_for_each(|(field, checked)| checked.map_err(|flaw| flaw.under(field)))?;
        self.check_places()?;
        self.deadlines.check(|due| self.has(due))?;
        bounds.past("account_heard", self.account_heard)?;
        bounds.step("account_step", self.account_step)?;
        bounds.past("remembers_from", self.remembers_from)?;
        bounds.past("gate.latch.since", self.gate.latch.as_ref().map(|latch| latch.since))
    }

    /// What there is of that other parts refer to.
    pub(super) const fn bounds(&self) -> Bounds {
        Bounds {
            now: self.now,
            step: self.step,
            symbols: self.symbols.len(),
            feeds: self.feeds.len(),
        }
    }

    /// Whether the item of a deadline exists. A goal may be reached before its next attempt.
    fn has(&self, due: Due) -> bool {
        match due {
            Due::Flow(number) => self.flows.get(number).is_some(),
            Due::Command(number) => self.waiting.has(number),
            Due::Overdue(identifier) => self.book.holding(identifier).is_some(),
            Due::Bars(feed) => usize::from(feed) < self.feeds.len(),
            Due::Advice(slot) => {
                self.strategies.get(slot).is_some_and(|strategy| strategy.counsel.awaits())
            }
            Due::Goal(_) | Due::Order(_) | Due::Reading | Due::Subscription | Due::Ban => true,
        }
    }

    /// Checks that symbols, feeds and strategies refer to one another consistently.
    fn check_places(&self) -> Checked {
        for (place, symbol) in self.symbols.iter().enumerate() {
            let own = |feed: u16| self.feeds[usize::from(feed)].symbol.index() == place;
            must(
                symbol.feeds.iter().all(|&feed| own(feed)),
                &format!("symbols[{place}].feeds"),
                "must name feeds of the symbol",
            )?;
        }
        for (slot, strategy) in self.strategies.iter() {
            let feed = self.feeds.get(usize::from(strategy.feed));
            let own = feed.is_some_and(|feed| {
                (feed.symbol, feed.timeframe) == (strategy.symbol, strategy.timeframe)
            });
            must(
                own,
                &format!("strategies.slots[{slot}].feed"),
                "must be a feed of its symbol and timeframe",
            )?;
        }
        self.check_links()
    }
}
