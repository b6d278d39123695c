//! The limit on what goes one way in symbols that move with each other. Whether they do is told by the
//! last closed bars of each; what cannot be told counts as if they did.

use super::Executor;
use super::exposure::Possible;
use super::limit::verdict_of;
use super::market_data::FEEDS_MAX;
use super::permission::Entry;
use super::plant::planted;
use crate::domain::id::SymbolId;
use crate::domain::order::Side;
use crate::executor::action::{Action, Verdict};
use crate::risk::correlated::CorrelatedLots;
use crate::risk::limit::RiskLimit;
use crate::strategy::correlation::{common_closes, over};
use std::collections::BTreeMap;

impl Executor {
    /// What the limit on correlated exposure has against an entry.
    ///
    /// # Errors
    /// The reason against it.
    pub(super) fn check_correlated(&self, entry: Entry<'_>) -> Result<(), Verdict> {
        let Some(most) = self.config.risk.max_correlated else { return Ok(()) };
        let along = self.going_along(most, (entry.symbol, entry.side), entry.own);
        let volumes = along.map(|one| i128::from(one.volume.raw()));
        let sum = volumes.sum::<i128>() + i128::from(entry.volume.raw());
        if sum <= most.lots.raw().into() {
            Ok(())
        } else {
            Err(verdict_of(RiskLimit::CorrelatedExposure))
        }
    }

    /// Everything of ours that goes the same way as this side of a symbol, open or possible, without the
    /// entry `own`.
    pub(super) fn going_along(
        &self,
        most: CorrelatedLots,
        (symbol, side): (SymbolId, Side),
        own: Option<u64>,
    ) -> impl Iterator<Item = Possible> {
        let mut known: BTreeMap<SymbolId, Option<f64>> = BTreeMap::new();
        self.possible(own).filter(move |one| {
            let is_other = one.symbol != symbol;
            if is_other && planted!(self, CorrelatedSymbolsNotCounted) {
                return false;
            }
            let correlation = known
                .entry(one.symbol)
                .or_insert_with(|| self.correlation_of(most, symbol, one.symbol));
            most.counts(*correlation, side, one.side)
        })
    }

    /// How two symbols move with each other; none where that cannot be told.
    fn correlation_of(&self, most: CorrelatedLots, one: SymbolId, other: SymbolId) -> Option<f64> {
        if one == other {
            return Some(1.0);
        }
        let count = most.bars as usize + 1;
        let closed = |symbol| {
            let feed = self.find_feed(symbol, most.timeframe)?;
            Some(self.feeds[usize::from(feed)].last_closed(count))
        };
        over(most.bars, common_closes(closed(one)?, closed(other)?))
    }

    /// Keeps the bars of a symbol by which the limit tells how it moves with others. Without room for them
    /// nobody can tell.
    pub(super) fn keep_bars(&mut self, symbol: SymbolId, out: &mut Vec<Action>) {
        let Some(most) = self.config.risk.max_correlated else { return };
        if self.feeds.len() >= FEEDS_MAX && self.find_feed(symbol, most.timeframe).is_none() {
            return;
        }
        let place = self.feed(symbol, most.timeframe);
        let cursor = self.symbols[symbol.index()].cursor;
        let need = self.feeds[usize::from(place)].keep(most.bars + 1, cursor);
        self.ask_bars(place, need, out);
    }

    /// Keeps bars no longer that were kept for the limit of another configuration.
    pub(super) fn keep_bars_anew(&mut self, before: Option<CorrelatedLots>) {
        let timeframe = |most: Option<CorrelatedLots>| most.map(|most| most.timeframe);
        if timeframe(before) == timeframe(self.config.risk.max_correlated) {
            return;
        }
        for place in 0..self.feeds.len() {
            self.feeds[place].keep_no_more();
            self.drop_idle(place);
        }
    }
}
