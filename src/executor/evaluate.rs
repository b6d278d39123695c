//! A bar has closed: every strategy that watches it is evaluated and leaves a note.

use super::flow::{Intent, StopsWanted};
use super::key::Purpose;
use super::permission::{Asker, Entry};
use super::plan::EntryTerms;
use super::plant::planted;
use super::pursue::Portion;
use super::sending::NewFlow;
use super::strategies::{PendingUpdate, Strategy};
use super::{Executor, action};
use crate::domain::id::{StrategyId, Ticket};
use crate::domain::order::Side;
use crate::executor::action::{Action, Note, Owner, RequestReason, StrategyState, Verdict};
use crate::executor::book::holding::Holding;
use crate::market::bar::Bar;
use crate::market::timeframe::Timeframe;
use crate::risk::limits::Cap;
use crate::strategy::rules::OppositeSignal;
use crate::strategy::watch::{CrossOutcome, Watcher};

/// When a bar closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// By a tick, just now.
    Now,
    /// While quotes were missed, or while its history was on its way.
    Missed,
}

impl Executor {
    /// Evaluates a bar that its feed has taken, for all strategies that watch it. A bar that closed
    /// while quotes were missed only counts for warm-up and for closing positions: it never causes
    /// an entry.
    #[inline(never)]
    pub(super) fn judge_bar(&mut self, feed: u16, bar: &Bar, when: When, out: &mut Vec<Action>) {
        let place = usize::from(feed);
        let watchers = self.feeds[place].watch.watchers().len();
        out.reserve(watchers);
        for watcher in 0..watchers {
            let watch = &self.feeds[place].watch;
            let Watcher { slot, direction, .. } = watch.watchers()[watcher];
            let (verdict, side) = match watch.evaluate(watcher) {
                CrossOutcome::NoCross => (Verdict::NoSignal, None),
                CrossOutcome::WarmingUp => (Verdict::WarmingUp, None),
                CrossOutcome::Cross(side) => {
                    let counts = direction.allows(side);
                    (self.on_cross(slot, side, (counts, when), bar, out), Some(side))
                }
            };
            out.push(Action::Note(Note { bar_msc: bar.time_msc, slot, feed, verdict, side }));
        }
        self.swap_updates(feed, |_| true);
    }

    /// A crossing: exits first, then the entry.
    fn on_cross(
        &mut self,
        slot: u32,
        side: Side,
        (counts, when): (bool, When),
        bar: &Bar,
        out: &mut Vec<Action>,
    ) -> Verdict {
        let strategy = self.strategies.get(slot).expect("what watches runs");
        if strategy.state == StrategyState::Stopping {
            return Verdict::Stopping;
        }
        let magic = strategy.magic();
        let closes = strategy.rules.exit.opposite_signal == OppositeSignal::Close;
        let exited = closes && self.close_opposite(slot, side, out);
        self.touched |= exited;
        if !counts {
            return if exited { Verdict::Exited } else { Verdict::OtherDirection };
        }
        if !self.registry.spend(magic, side, bar.time_msc) {
            return Verdict::AlreadySignalled;
        }
        let entered = if when == When::Missed && !planted!(self, GapBarEnters) {
            Err(Verdict::InGap)
        } else {
            self.enter(slot, side, bar, out)
        };
        match entered {
            Ok(entered) => entered,
            Err(_) if exited => Verdict::Exited,
            Err(verdict) => verdict,
        }
    }

    /// Sets exit goals for what the strategy holds against `side`. No limit and no pause blocks an
    /// exit.
    fn close_opposite(&mut self, slot: u32, side: Side, out: &mut Vec<Action>) -> bool {
        let magic = self.strategies.get(slot).expect("what watches runs").magic();
        let against = |holding: &&Holding| holding.side == side.opposite() && holding.is_open();
        let tickets: Vec<Ticket> =
            self.book.of(magic).filter(against).map(|holding| holding.ticket).collect();
        for &ticket in &tickets {
            self.want_exit(ticket, RequestReason::OppositeSignal, Portion::Whole);
            self.pursue(ticket, out);
        }
        !tickets.is_empty()
    }

    /// Sends the entry, or returns the first reason against it.
    fn enter(
        &mut self,
        slot: u32,
        side: Side,
        bar: &Bar,
        out: &mut Vec<Action>,
    ) -> Result<Verdict, Verdict> {
        let strategy = self.strategies.get(slot).expect("what watches runs");
        let (symbol, magic) = (strategy.symbol, strategy.magic());
        let by = Asker::Strategy(Some(strategy));
        let permitted = self.permit(Entry { by, magic, symbol, side, own: None });
        if planted!(self, EnteredNotedWithoutTrade) && permitted.is_err() {
            return Ok(Verdict::Entered);
        }
        permitted?;
        let exit = &strategy.rules.exit;
        let stops = StopsWanted::Pips(exit.stop_loss, exit.take_profit);
        let deviation = self.config.limits.deviation;
        let plan = self.plan(EntryTerms {
            symbol,
            side,
            volume: strategy.effective.lots,
            stops,
            deviation,
            filling: 0,
        })?;
        let widened = plan.widened;
        let new = NewFlow {
            owner: Owner::Strategy(strategy.id.clone()),
            magic,
            rules_hash: strategy.rules_hash,
            timeframe: strategy.timeframe,
            symbol,
            why: RequestReason::Signal,
            purpose: Purpose::Enter { side, bar_msc: bar.time_msc },
            intent: Intent::Open(plan),
        };
        self.begin_flow(new, out);
        Ok(if widened { Verdict::EnteredWidened } else { Verdict::Entered })
    }

    /// Puts the waiting rules that are due into force: all of them after a bar, and after a gap those
    /// whose first bar has begun.
    pub(super) fn swap_updates(&mut self, feed: u16, is_due: impl Fn(&PendingUpdate) -> bool) {
        let here = |(_, strategy): &(u32, &Strategy)| {
            strategy.feed == feed && strategy.update.as_deref().is_some_and(&is_due)
        };
        let slots: Vec<u32> =
            self.strategies.updating().filter(here).map(|(slot, _)| slot).collect();
        for slot in slots {
            let update = self.strategies.take_update(slot).expect("it was listed");
            let strategy = self.strategies.get_mut(slot).expect("it was listed");
            let PendingUpdate { rules, rules_hash, settings, effective, .. } = *update;
            self.feeds[usize::from(feed)].watch.change(slot, &rules.entry, effective.warmup_bars);
            (strategy.rules, strategy.rules_hash) = (rules, rules_hash);
            (strategy.settings, strategy.effective) = (settings, effective);
            if strategy.cap.wished() != effective.max_open_trades {
                strategy.cap = Cap::new(effective.max_open_trades);
            }
        }
    }

    /// What an evaluation saw, for people. Valid right after the step that made the note.
    #[must_use]
    pub fn explain(&self, note: &Note) -> Option<action::Explanation> {
        let strategy = self.strategies.get(note.slot)?;
        let entry = &strategy.rules.entry;
        let watch = &self.feeds[usize::from(note.feed)].watch;
        Some(action::Explanation {
            strategy: strategy.id.clone(),
            symbol: self.symbols[strategy.symbol.index()].name.clone(),
            timeframe: strategy.timeframe,
            operands: watch.operands(note.slot),
            rule: format!("{} crosses {} ({})", entry.fast, entry.slow, entry.direction.name()),
            bars_seen: watch.bars_seen(note.slot),
            warmup_bars: strategy.effective.warmup_bars,
            max_open_trades: strategy.effective.max_open_trades,
        })
    }

    /// The strategy that a note is about and the timeframe of its bars: all that counting notes
    /// needs, and cheap.
    #[must_use]
    pub fn judged(&self, note: &Note) -> Option<(&StrategyId, Timeframe)> {
        self.strategies.get(note.slot).map(|strategy| (&strategy.id, strategy.timeframe))
    }
}
