//! A bar has closed: every strategy that watches it is judged, and leaves a note.

use super::flow::Intent;
use super::key::Purpose;
use super::market::Sight;
use super::sending::NewFlow;
use super::strategies::{PendingUpdate, Strategy};
use super::{Executor, action};
use crate::domain::id::{StrategyId, Ticket};
use crate::domain::order::Side;
use crate::executor::action::{Action, Note, StrategyState, Verdict, Why};
use crate::market::bar::Bar;
use crate::market::timeframe::Timeframe;
use crate::risk::limits::allows_one_more;
use crate::risk::stops;
use crate::strategy::rules::OppositeSignal;

impl Executor {
    /// Takes a closed bar of a feed to all that watch it.
    #[inline(never)]
    pub(super) fn on_bar(&mut self, feed: u16, bar: &Bar, out: &mut Vec<Action>) {
        let place = usize::from(feed);
        self.feeds[place].take_bar(bar);
        for watcher in 0..self.feeds[place].watchers.len() {
            let slot = self.feeds[place].watchers[watcher].slot;
            let (verdict, side) = match self.feeds[place].look(watcher) {
                Sight::Nothing => (Verdict::NoSignal, None),
                Sight::WarmingUp => (Verdict::WarmingUp, None),
                Sight::Cross(side) => {
                    let counts = self.feeds[place].watchers[watcher].direction.allows(side);
                    (self.on_cross(slot, side, counts, bar, out), Some(side))
                }
            };
            out.push(Action::Note(Note { bar_msc: bar.time_msc, slot, feed, verdict, side }));
        }
        self.swap_updates(place);
    }

    /// A crossing: first what leaves, then what enters.
    fn on_cross(&mut self, slot: u32, side: Side, counts: bool, bar: &Bar, out: &mut Vec<Action>) -> Verdict {
        let Some(strategy) = self.strategies.get(slot) else { return Verdict::Stopping };
        if strategy.state == StrategyState::Stopping {
            return Verdict::Stopping;
        }
        let id = strategy.id.clone();
        let closes = strategy.rules.exit.opposite_signal == OppositeSignal::Close;
        let exited = closes && self.close_opposite(slot, side, out);
        if !counts {
            return if exited { Verdict::Exited } else { Verdict::OtherDirection };
        }
        if !self.registry.spend(&id, side, bar.time_msc) {
            return Verdict::AlreadySignalled;
        }
        match self.enter(slot, side, bar, out) {
            Ok(entered) => entered,
            Err(_) if exited => Verdict::Exited,
            Err(verdict) => verdict,
        }
    }

    /// Closes what the strategy holds against `side`; exits are blocked by no limit and by no pause.
    fn close_opposite(&mut self, slot: u32, side: Side, out: &mut Vec<Action>) -> bool {
        let Some(strategy) = self.strategies.get(slot) else { return false };
        let against = |holding: &&super::book::Holding| holding.side == side.opposite() && holding.is_open();
        let tickets: Vec<Ticket> = self.book.of(strategy.magic()).filter(against).map(|holding| holding.ticket).collect();
        for &ticket in &tickets {
            self.close_position(ticket, Why::OppositeSignal, out);
        }
        !tickets.is_empty()
    }

    /// Sends the entry, or says the first thing that stands against it.
    fn enter(&mut self, slot: u32, side: Side, bar: &Bar, out: &mut Vec<Action>) -> Result<Verdict, Verdict> {
        let strategy = self.strategies.get(slot).ok_or(Verdict::Stopping)?;
        self.check_permission(strategy)?;
        self.check_limits(strategy, side)?;
        let (spec, bid, ask) = self.symbols[strategy.symbol.index()].quoted().ok_or(Verdict::NoQuote)?;
        if !spec.trade_mode.allows_entry(side) {
            return Err(Verdict::SideNotAllowed);
        }
        let (stop_loss, take_profit) = (strategy.rules.exit.stop_loss, strategy.rules.exit.take_profit);
        let price = side.entry_price(bid, ask);
        let wanted = stops::from_pips(spec, side, price, stop_loss, take_profit).ok_or(Verdict::StopTooNear)?;
        let policy = self.config.limits.near_stops;
        let placed = stops::place(spec, side, (bid, ask), wanted, policy).ok_or(Verdict::StopTooNear)?;
        let volume = strategy.effective.lots;
        assert!(spec.accepts_volume(volume), "a START with a volume the symbol does not take is refused");
        let intent = Intent::Open { side, volume, stop_loss, take_profit, stops: (placed.stops.sl, placed.stops.tp) };
        let new = NewFlow {
            strategy: strategy.id.clone(),
            magic: strategy.magic(),
            rules_hash: strategy.rules_hash,
            timeframe: strategy.timeframe,
            symbol: strategy.symbol,
            why: Why::Signal,
            purpose: Purpose::Enter { side, bar_msc: bar.time_msc },
            intent,
        };
        self.begin_flow(new, out);
        Ok(if placed.widened { Verdict::EnteredWidened } else { Verdict::Entered })
    }

    /// Whether the strategy may enter at all just now: also asked again before a repeated attempt.
    pub(super) fn check_permission(&self, strategy: &Strategy) -> Result<(), Verdict> {
        match strategy.state {
            StrategyState::Stopping => return Err(Verdict::Stopping),
            StrategyState::Paused => return Err(Verdict::Paused),
            StrategyState::Running => {}
        }
        if self.paused {
            Err(Verdict::OperatorPaused)
        } else if self.trading_disabled {
            Err(Verdict::TradingDisabled)
        } else if !self.link.ready() {
            Err(Verdict::NotReady)
        } else if self.account.as_ref().is_none_or(|account| !account.trade_allowed) {
            Err(Verdict::NoAccount)
        } else {
            Ok(())
        }
    }

    fn check_limits(&self, strategy: &Strategy, side: Side) -> Result<(), Verdict> {
        let magic = strategy.magic();
        let mut in_flight = 0;
        for (_, flow) in self.flows.of(magic) {
            if let (Intent::Open { side: other, .. }, false) = (flow.intent, flow.claimed) {
                if other == side {
                    return Err(Verdict::InFlight);
                }
                in_flight += 1;
            }
        }
        let open = self.book.of(magic).filter(|holding| holding.is_open()).count();
        let open = u32::try_from(open).unwrap_or(u32::MAX);
        if allows_one_more(open, in_flight, strategy.effective.max_open_trades) { Ok(()) } else { Err(Verdict::MaxOpenTrades) }
    }

    /// The boundary of a bar: new rules hold from here.
    fn swap_updates(&mut self, place: usize) {
        for watcher in 0..self.feeds[place].watchers.len() {
            let slot = self.feeds[place].watchers[watcher].slot;
            let Some(strategy) = self.strategies.get_mut(slot) else { continue };
            let Some(update) = strategy.update.take() else { continue };
            let PendingUpdate { rules, rules_hash, settings, effective, .. } = *update;
            let entry = &rules.entry;
            self.feeds[place].rewatch(watcher, (entry.fast, entry.slow), entry.direction, effective.warmup_bars);
            (strategy.rules, strategy.rules_hash) = (rules, rules_hash);
            (strategy.settings, strategy.effective) = (settings, effective);
        }
    }

    /// What an evaluation saw, for people: values hold right after the step that made the note.
    #[must_use]
    pub fn explain(&self, note: &Note) -> Option<action::Explanation> {
        let strategy = self.strategies.get(note.slot)?;
        let entry = &strategy.rules.entry;
        let feed = &self.feeds[usize::from(note.feed)];
        Some(action::Explanation {
            strategy: strategy.id.clone(),
            symbol: self.symbols[strategy.symbol.index()].name.clone(),
            timeframe: strategy.timeframe,
            operands: feed.operands(note.slot),
            rule: format!("{} crosses {} ({})", entry.fast, entry.slow, entry.direction.name()),
            bars_seen: feed.bars_seen(note.slot),
            warmup_bars: strategy.effective.warmup_bars,
            max_open_trades: strategy.effective.max_open_trades,
        })
    }

    /// Whose evaluation a note is about, and on which bars: what counting notes needs, at no cost.
    #[must_use]
    pub fn judged(&self, note: &Note) -> Option<(&StrategyId, Timeframe)> {
        self.strategies.get(note.slot).map(|strategy| (&strategy.id, strategy.timeframe))
    }
}
