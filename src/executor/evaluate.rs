//! A bar has closed: every strategy that watches it is evaluated and leaves a note.

use super::Executor;
use super::asked::When;
use super::flow::{Flow, Intent, StopsWanted};
use super::key;
use super::permission::{Asker, Entry};
use super::plan::EntryTerms;
use super::plant::planted;
use super::pursue::Portion;
use super::sending::NewFlow;
use super::sizing::SizedEntry;
use super::strategies::{PendingUpdate, Reversal, RunningStrategy};
use crate::domain::id::{Magic, Ticket};
use crate::domain::order::Side;
use crate::domain::time::ServerMsc;
use crate::executor::action::{Action, Note, Owner, RequestReason, StrategyState, Verdict};
use crate::executor::book::holding::Holding;
use crate::executor::book::order::{HeldOrder, Purpose};
use crate::market::bar::Bar;
use crate::risk::limits::Cap;
use crate::strategy::rules::{EntryRule, OppositeSignal};
use crate::strategy::watch::evaluator::{Judgement, SidesHeld};
use crate::strategy::watch::{CrossOutcome, Watched, Watcher};

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
            let Watcher { slot, what } = watch.watchers()[watcher];
            // What has waited for a bar is over with the next.
            if self.strategies.reverse() {
                self.strategies.take_reversal(slot);
            }
            let (verdict, side) = match what {
                Watched::Crossing(crossing) => match watch.evaluate(crossing) {
                    CrossOutcome::NoCross => (Verdict::NoSignal, None),
                    CrossOutcome::WarmingUp => (Verdict::WarmingUp, None),
                    CrossOutcome::Cross(side) => {
                        let counts = crossing.direction.allows(side);
                        (self.on_cross(slot, side, (counts, when), bar, out), Some(side))
                    }
                },
                Watched::Conditions(conditions) => match self.judge_conditions(feed, conditions) {
                    None => (Verdict::WarmingUp, None),
                    Some((judged, may_enter)) => {
                        let when = if may_enter { when } else { when.unmeasured() };
                        self.on_conditions(slot, (feed, conditions), (judged, when), bar, out)
                    }
                },
            };
            out.push(Action::Note(Note { bar_msc: bar.time_msc, slot, feed, verdict, side }));
        }
        if self.strategies.updating().next().is_some() {
            self.keep_explanations(feed, out);
            self.swap_updates(feed, |_| true);
        }
    }

    /// What conditions or a strategy in Rust have come to at a closed bar; one in another process is
    /// asked.
    fn on_conditions(
        &mut self,
        slot: u32,
        at: (u16, u32),
        (judged, when): (Judgement, When),
        bar: &Bar,
        out: &mut Vec<Action>,
    ) -> (Verdict, Option<Side>) {
        let strategy = self.strategies.get(slot).expect("what watches runs");
        let is_asked = matches!(strategy.rules.entry, EntryRule::Advised(_))
            && strategy.state != StrategyState::Stopping;
        let decided = if is_asked {
            Err(self.ask_program(slot, at, (bar, when), out))
        } else {
            self.judge_own(slot, at, judged, out)
        };
        match decided {
            Ok(judged) => self.on_judged(slot, judged, when, bar, out),
            // What its rules say of exits goes on.
            Err(verdict) => {
                let exits = Judgement { enters: SidesHeld::Neither, ..judged };
                match self.on_judged(slot, exits, when, bar, out) {
                    (Verdict::Exited, side) => (Verdict::Exited, side),
                    _ => (verdict, None),
                }
            }
        }
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
        let opposite = strategy.rules.exit.opposite_signal;
        let closes = opposite != OppositeSignal::Ignore;
        let exited = closes && self.close_opposite(slot, side, out);
        self.touched |= exited;
        if !counts {
            return if exited { Verdict::Exited } else { Verdict::OtherDirection };
        }
        if when == When::Unmeasured {
            return if exited { Verdict::Exited } else { Verdict::WarmingUp };
        }
        if !self.registry.spend(magic, side, bar.time_msc) {
            return if exited { Verdict::Exited } else { Verdict::AlreadySignalled };
        }
        let entered = if when == When::Missed && !planted!(self, GapBarEnters) {
            Err(Verdict::InGap)
        } else if opposite == OppositeSignal::Reverse && self.holds(magic, side.opposite()) {
            self.strategies.set_reversal(slot, Reversal { side, bar_msc: bar.time_msc });
            Ok(Verdict::Reversing)
        } else {
            self.enter(slot, side, bar.time_msc, out)
        };
        if entered.is_err_and(Verdict::is_cap) {
            self.want_again(magic, side);
        }
        match entered {
            Ok(entered) => entered,
            Err(_) if exited => Verdict::Exited,
            Err(verdict) => verdict,
        }
    }

    /// What conditions have come to: exits first, then the entry. With the verdict goes the side of
    /// the signal, if there is one.
    pub(super) fn on_judged(
        &mut self,
        slot: u32,
        judged: Judgement,
        when: When,
        bar: &Bar,
        out: &mut Vec<Action>,
    ) -> (Verdict, Option<Side>) {
        let strategy = self.strategies.get(slot).expect("what watches runs");
        if strategy.state == StrategyState::Stopping {
            return (Verdict::Stopping, None);
        }
        let mut exited = false;
        for side in [Side::Buy, Side::Sell] {
            let leaves = judged.leaves.has(side);
            exited |= leaves && self.close_side(slot, side, RequestReason::ExitCondition, out);
        }
        self.touched |= exited;
        let (verdict, side) = match judged.enters {
            SidesHeld::One(side) => {
                let strategy = self.strategies.get(slot).expect("what watches runs");
                let counts = strategy.rules.entry.allows(side);
                (self.on_cross(slot, side, (counts, when), bar, out), Some(side))
            }
            SidesHeld::Both => (Verdict::BothSides, None),
            SidesHeld::Neither => (Verdict::NoSignal, None),
        };
        if when == When::Unmeasured && !exited && verdict != Verdict::Exited {
            return (Verdict::WarmingUp, None);
        }
        let is_entered = verdict.is_entry() || verdict == Verdict::Reversing;
        (if exited && !is_entered { Verdict::Exited } else { verdict }, side)
    }

    /// Sets exit goals for what the strategy holds against `side`. No limit and no pause blocks an
    /// exit.
    fn close_opposite(&mut self, slot: u32, side: Side, out: &mut Vec<Action>) -> bool {
        self.close_side(slot, side.opposite(), RequestReason::OppositeSignal, out)
    }

    /// Sets exit goals for what the strategy holds on `side`, and ends what is to open there, wherever
    /// it is; whether it holds anything there.
    fn close_side(
        &mut self,
        slot: u32,
        side: Side,
        why: RequestReason,
        out: &mut Vec<Action>,
    ) -> bool {
        let magic = self.strategies.get(slot).expect("what watches runs").magic();
        let is_held = |holding: &&Holding| holding.side == side && holding.is_open();
        let tickets: Vec<Ticket> =
            self.book.of(magic).filter(is_held).map(|holding| holding.ticket).collect();
        for &ticket in &tickets {
            self.want_exit(ticket, why, Portion::Whole);
            self.pursue(ticket, out);
        }
        self.remove_waiting(magic, side, why);
        self.overrule(magic, side, why, out);
        let reverses_to = |(at, reversal): (u32, Reversal)| at == slot && reversal.side == side;
        if self.strategies.reversals().any(reverses_to) {
            self.strategies.take_reversal(slot);
        }
        !tickets.is_empty()
    }

    /// What is on its way to open on `side` stands in the way of a new signal: it is what that one wants.
    fn want_again(&mut self, magic: Magic, side: Side) {
        let flows = self.flows.iter_mut();
        let flows = flows.filter(|flow| flow.magic == magic && flow.intent.side() == Some(side));
        let flows = flows.map(|flow| &mut flow.overruled);
        let orders = self.book.orders_mut();
        let orders = orders
            .filter(|order| order.claim.magic == magic && order.purpose == Purpose::Open(side));
        for overruled in flows.chain(orders.map(|order| &mut order.claim.overruled)) {
            *overruled = overruled.filter(|why| *why == RequestReason::Emergency);
        }
    }

    /// Ends the entries of a magic on `side` that are not with the server, and marks those that are or
    /// may be: what becomes of them is closed, whenever it is seen.
    fn overrule(&mut self, magic: Magic, side: Side, why: RequestReason, out: &mut Vec<Action>) {
        let enters = |flow: &Flow| flow.magic == magic && flow.intent.side() == Some(side);
        if planted!(self, LateFillAfterSignalNotClosed) {
            return;
        }
        if self.flows.of(magic).any(|(_, flow)| enters(flow)) {
            self.drop_unsent(Verdict::Overtaken, enters, out);
            for flow in self.flows.iter_mut().filter(|flow| enters(flow)) {
                flow.overruled.get_or_insert(why);
            }
        }
        let opens = |order: &&mut HeldOrder| {
            order.claim.magic == magic && order.purpose == Purpose::Open(side)
        };
        for order in self.book.orders_mut().filter(opens) {
            order.claim.overruled.get_or_insert(why);
        }
    }

    /// Sets goals to remove the pending orders with a magic that would open on `side`.
    fn remove_waiting(&mut self, magic: Magic, side: Side, why: RequestReason) {
        let opens = |order: &&HeldOrder| {
            order.claim.magic == magic
                && order.is_working()
                && order.kind.is_pending()
                && matches!(order.purpose, Purpose::Open(of) if of == side)
        };
        let waiting: Vec<Ticket> =
            self.book.orders().filter(opens).map(|order| order.ticket).collect();
        self.touched |= !waiting.is_empty();
        waiting.into_iter().for_each(|ticket| self.want_removal(ticket, why));
    }

    /// Sends the entry, or returns the first reason against it.
    pub(super) fn enter(
        &mut self,
        slot: u32,
        side: Side,
        bar_msc: ServerMsc,
        out: &mut Vec<Action>,
    ) -> Result<Verdict, Verdict> {
        let strategy = self.strategies.get(slot).expect("what watches runs");
        let (symbol, magic) = (strategy.symbol, strategy.magic());
        if !planted!(self, FiltersIgnored) {
            self.pass_filters(slot, strategy)?;
        }
        let by = Asker::Strategy(Some(strategy));
        let volume = strategy.effective.lots;
        let permitted = self.permit(Entry { by, magic, symbol, side, volume, own: None });
        if planted!(self, EnteredNotedWithoutTrade) && permitted.is_err() {
            return Ok(Verdict::Entered);
        }
        permitted?;
        let stops = self.stops_wanted(slot, strategy, side)?;
        let (intent, widened) = self.planned(slot, strategy, (side, bar_msc), stops)?;
        if strategy.effective.sized_by.is_some() {
            let volume = intent.volume().unwrap_or_default();
            self.check_exposure(Entry { by, magic, symbol, side, volume, own: None })?;
        }
        self.check_portfolio(Entry { by, magic, symbol, side, volume, own: None }, &intent)?;
        let new = NewFlow {
            owner: Owner::Strategy(strategy.id.clone()),
            magic,
            rules_hash: strategy.rules_hash,
            timeframe: strategy.timeframe,
            symbol,
            why: RequestReason::Signal,
            purpose: key::Purpose::Enter { side, bar_msc },
            intent,
        };
        self.begin_flow(new, out);
        Ok(if widened { Verdict::EnteredWidened } else { Verdict::Entered })
    }

    /// The entry that the rules ask for: at the market, or by a pending order.
    fn planned(
        &self,
        slot: u32,
        strategy: &RunningStrategy,
        (side, bar_msc): (Side, ServerMsc),
        stops: StopsWanted,
    ) -> Result<(Intent, bool), Verdict> {
        if let Some(order) = &strategy.rules.order {
            let (mut request, widened) =
                self.plan_order(slot, strategy, order, (side, bar_msc), stops)?;
            if let Some(sizing) = &strategy.sizing() {
                let stake = SizedEntry { side, price: request.price, sl: request.sl };
                request.volume = self.sized_volume(slot, strategy, sizing, stake)?;
            }
            return Ok((Intent::Place(request), widened));
        }
        let sizing = strategy.sizing();
        let mut plan = self.plan(EntryTerms {
            symbol: strategy.symbol,
            side,
            volume: self.planned_volume(strategy, sizing.as_ref()),
            stops,
            deviation: strategy.slippage().unwrap_or(self.config.limits.deviation),
            filling: 0,
        })?;
        if let Some(sizing) = &sizing {
            let stake = SizedEntry { side, price: plan.price, sl: plan.sl };
            plan.volume = self.sized_volume(slot, strategy, sizing, stake)?;
        }
        let widened = plan.widened;
        Ok((Intent::Open(plan), widened))
    }

    /// Puts the waiting rules that are due into force: all of them after a bar, and after a gap those
    /// whose first bar has begun.
    pub(super) fn swap_updates(&mut self, feed: u16, is_due: impl Fn(&PendingUpdate) -> bool) {
        let here = |(_, strategy): &(u32, &RunningStrategy)| {
            strategy.feed == feed && strategy.update.as_deref().is_some_and(&is_due)
        };
        let slots: Vec<u32> =
            self.strategies.updating().filter(here).map(|(slot, _)| slot).collect();
        for slot in slots {
            let update = self.strategies.take_update(slot).expect("it was listed");
            let strategy = self.strategies.get_mut(slot).expect("it was listed");
            let PendingUpdate { rules, rules_hash, settings, effective, .. } = *update;
            let options = strategy.options;
            // What RISK_UPDATE has put off stays so, of each limit that the update does not change.
            let (now, wished) = (strategy.effective.limits, strategy.limits_wished());
            let limits = effective.limits.unless_same(wished, now);
            let later = (limits != effective.limits).then_some(effective.limits);
            (strategy.settings, strategy.effective) = (settings, effective);
            (strategy.effective.limits, strategy.limits_later) = (limits, later);
            if strategy.cap.wished() != effective.max_open_trades {
                strategy.cap = Cap::new(effective.max_open_trades);
            }
            if strategy.rules.entry != rules.entry {
                self.forget_question(slot);
            }
            self.rewatch(slot, feed, &rules, options);
            self.strategies.set_rules(slot, rules, rules_hash);
            self.measure(slot);
        }
    }
}
