//! The limits of single strategies: their own results on ticks and over day cuts, their entries of a day,
//! and their rests. What a strategy has made is what its positions have made, the closed ones by their
//! deals and the open ones at the present quotes. While the account cannot be valued it is not known, and
//! a strategy with a limit on its losses enters nothing.

use super::Executor;
use super::limit::verdict_of;
use super::permission::{Asker, Entry};
use super::plant::planted;
use super::results::ResultMarks;
use super::strategies::RunningStrategy;
use crate::domain::amount::Money;
use crate::domain::id::{Magic, Ticket};
use crate::executor::action::{
    Action, Alert, AlertCode, LimitReached, RequestReason, Severity, Verdict,
};
use crate::executor::book::holding::{Gone, Holding};
use crate::executor::book::order::Purpose;
use crate::risk::limit::RiskLimit;
use crate::risk::loss::DayMarks;
use crate::strategy::limits::{ResultLoss, StrategyLimits};
use crate::valuation::exposure::Leeway;

/// Why entries and what they have opened end.
const WHY: RequestReason = RequestReason::LimitReached;

/// A limit of a strategy on its losses: how far its result is below what it is measured from, and how
/// far it may be.
#[derive(Debug, Clone, Copy)]
pub struct Loss {
    pub limit: RiskLimit,
    pub value: Money,
    pub floor: Money,
    /// Whether it is reached already.
    pub is_reached: bool,
}

impl Executor {
    /// Whether anything depends on when trading days begin.
    pub(super) fn has_days(&self) -> bool {
        self.counts_days() || self.strategies.limit() || self.results.wait()
    }

    /// The limits of a strategy may have changed: it is measured from now on, where it was not.
    pub(super) fn measure(&mut self, slot: u32) {
        let strategy = self.strategies.get(slot).expect("what is limited runs");
        let (magic, limits) = (strategy.magic(), strategy.effective.limits);
        if limits.is_none() {
            return self.set_next_cut();
        }
        self.results.begin(magic);
        // What was lost while it was stopped, or before as few losses were enough, counts.
        if let (Some(streak), Some(result)) = (limits.loss_streak, self.results.get_mut(magic)) {
            result.pause_after(streak);
        }
        self.set_next_cut();
        self.worth.stir();
        self.touched = true;
    }

    /// What a strategy has made by now, with what is open; none where that is not certain.
    fn result_now(&self, magic: Magic) -> Option<Money> {
        if self.book.unclaimed_of(|other| other == magic) > 0 {
            return None;
        }
        let closed = self.results.get(magic)?.closed();
        self.book.of(magic).try_fold(closed?, |sum, holding| {
            let is_certain = holding.is_open() || holding.is_settled();
            let floating = self.worth.floating(holding.identifier).filter(|_| is_certain)?;
            sum.checked_add(holding.net()?)?.checked_add(floating)
        })
    }

    /// Takes what strategies have made by now, at the present quotes: their marks rise with it.
    pub(super) fn take_results(&mut self) {
        let Some(balance) = self.certain_balance() else { return };
        for slot in self.strategies.valued() {
            let strategy = self.strategies.get(slot).expect("it was listed");
            let has_peak = strategy.effective.limits.max_drawdown.is_some();
            let magic = strategy.magic();
            if let Some(value) = self.result_now(magic)
                && let Some(result) = self.results.get_mut(magic)
            {
                result.take(value, balance, has_peak);
            }
        }
    }

    /// Keeps what strategies have made: the link is lost, or the process has ended.
    pub(super) fn keep_results(&mut self) {
        if self.certain_balance().is_none() {
            return;
        }
        for slot in self.strategies.valued() {
            let magic = self.strategies.get(slot).expect("it was listed").magic();
            let value = self.result_now(magic);
            let result = self.results.get_mut(magic);
            if let (Some(value), Some(ResultMarks { last, .. })) =
                (value, result.and_then(|result| result.since.as_mut()))
            {
                *last = Some(value);
            }
        }
    }

    /// Weighs what strategies have made, once the account is: raises what their limits are measured
    /// from, and stops the entries of those that come to one.
    pub(super) fn weigh_results(&mut self, out: &mut Vec<Action>) {
        if !self.strategies.value() {
            return;
        }
        self.take_results();
        for slot in self.strategies.valued() {
            let reached: Vec<Loss> = self.losses(slot).collect();
            let is_reached = |loss: &Loss| !loss.is_reached && loss.value <= loss.floor;
            for loss in reached.into_iter().filter(is_reached) {
                if !planted!(self, StrategyLossIgnored) {
                    self.reach_result(slot, loss, out);
                }
            }
        }
    }

    /// The limits on the losses of a strategy; none while its result is not known.
    pub(super) fn losses(&self, slot: u32) -> impl Iterator<Item = Loss> {
        let strategy = self.strategies.get(slot).expect("it was listed");
        let (magic, limits) = (strategy.magic(), strategy.effective.limits);
        let result = self.results.get(magic);
        let since = result.and_then(|result| result.since).filter(|since| !since.is_day_due);
        let account = self.standing.since.filter(|account| !account.is_day_due);
        let known = since.zip(self.result_now(magic)).zip(account);
        known.into_iter().flat_map(move |((since, value), account)| {
            let DayMarks { balance, equity, .. } = account.day;
            let amount = |loss: ResultLoss, balance: Money| match loss {
                ResultLoss::Money(money) => money,
                ResultLoss::PercentOfEquity(percent) => percent.of(equity),
                ResultLoss::PercentOfBalance(percent) => percent.of(balance),
                ResultLoss::PercentOfInitial(percent) => percent.of(account.initial),
            };
            let loss = |limit: RiskLimit, from: Money, amount: Money| {
                let (value, floor) = (value.checked_sub(from)?, Money::ZERO.checked_sub(amount)?);
                let is_reached = result.is_some_and(|result| result.has(limit));
                Some(Loss { limit, value, floor, is_reached })
            };
            let daily = limits.max_daily_loss.and_then(|size| {
                loss(RiskLimit::StrategyDailyLoss, since.day, amount(size, balance))
            });
            let drawdown = limits.max_drawdown.and_then(|size| {
                loss(RiskLimit::StrategyDrawdown, since.peak, amount(size, since.balance))
            });
            daily.into_iter().chain(drawdown)
        })
    }

    /// Watches quotes for what strategies may lose, beside what the account may.
    pub(super) fn watch_results(&mut self) {
        for slot in self.strategies.valued() {
            let strategy = self.strategies.get(slot).expect("it was listed");
            let has_peak = strategy.effective.limits.max_drawdown.is_some();
            let magic = strategy.magic();
            let room = |loss: &Loss| loss.value.to_f64() - loss.floor.to_f64();
            let open = self.losses(slot).filter(|loss| !loss.is_reached);
            let down = open.map(|loss| room(&loss)).fold(f64::INFINITY, f64::min);
            let since = self.results.get(magic).and_then(|result| result.since);
            let (Some(since), Some(value)) = (since, self.result_now(magic)) else { continue };
            let up = since.peak.to_f64() - value.to_f64();
            let up = if has_peak { up.max(0.0) } else { f64::INFINITY };
            if down.is_infinite() && up.is_infinite() {
                continue;
            }
            let size = value.to_f64().abs() + since.peak.to_f64().abs() + since.day.to_f64().abs();
            let open = self.book.of(magic).map(|holding| holding.identifier);
            let bounds = self.worth.share_out_of(open, Leeway { up, down, size });
            for (symbol, bounds) in self.symbols.iter_mut().zip(bounds) {
                symbol.watched.0 = symbol.watched.0.tightened(bounds);
            }
        }
    }

    /// A limit of a strategy on its losses is reached.
    fn reach_result(&mut self, slot: u32, loss: Loss, out: &mut Vec<Action>) {
        let Loss { limit, value, floor, .. } = loss;
        let strategy = self.strategies.get(slot).expect("it was listed");
        let (magic, id) = (strategy.magic(), strategy.id.clone());
        let closes = strategy.effective.limits.flatten();
        self.results.get_mut(magic).expect("it is measured").reach(limit);
        let alert = Alert {
            strategy: Some(id.clone()),
            limit: Some(LimitReached { limit, value, floor }),
            ..Alert::new(Severity::Critical, AlertCode::StrategyLimitReached)
        };
        out.push(alert.into());
        self.stop_entries_of(magic, verdict_of(limit), out);
        self.strategies.take_reversal(slot);
        if closes && !planted!(self, StrategyLimitDoesNotFlatten) {
            self.flatten(WHY, |other, _| other == magic);
        }
    }

    /// Ends the entries of a strategy that are not with the server, and removes those that wait there.
    fn stop_entries_of(&mut self, magic: Magic, verdict: Verdict, out: &mut Vec<Action>) {
        self.touched = true;
        self.drop_unsent(verdict, |flow| flow.magic == magic, out);
        let opens = self.book.orders().filter(|order| {
            order.claim.magic == magic && matches!(order.purpose, Purpose::Open(_))
        });
        let opens: Vec<Ticket> = opens.map(|order| order.ticket).collect();
        opens.into_iter().for_each(|order| self.want_removal(order, WHY));
    }

    /// A position is closed, with all its deals: its strategy may rest.
    pub(super) fn hear_close(&mut self, holding: &Holding, out: &mut Vec<Action>) {
        let (magic, now) = (holding.claim.magic, self.now);
        let Some(result) = self.results.get_mut(magic) else { return };
        result.close(holding.net(), now);
        let Some(strategy) = self.running(magic) else { return };
        let (id, limits) = (strategy.id.clone(), strategy.effective.limits);
        let result = self.results.get_mut(magic).expect("it was found");
        if limits.loss_streak.is_some_and(|streak| result.pause_after(streak)) {
            let alert = Alert::new(Severity::Warning, AlertCode::EntriesPaused);
            let verdict = Some(Verdict::LossStreak);
            out.push(Alert { strategy: Some(id), verdict, ..alert }.into());
        }
        if let Some(limit) = result.rests(&limits, now) {
            self.stop_entries_of(magic, verdict_of(limit), out);
        }
    }

    /// The strategy with a magic, while it is in the table.
    fn running(&self, magic: Magic) -> Option<&RunningStrategy> {
        let owner = self.registry.owner(magic)?;
        self.strategies.find(owner.strategy()?)
    }

    /// A trading day begins for single strategies: what RISK_UPDATE has put off holds from now on.
    pub(super) fn begin_day_of_strategies(&mut self, out: &mut Vec<Action>) {
        for slot in self.strategies.later() {
            let strategy = self.strategies.get_mut(slot).expect("it was listed");
            if let Some(limits) = strategy.limits_later.take() {
                self.strategies.set_limits(slot, limits, None);
            }
        }
        let Self { results, registry, strategies, .. } = self;
        let released = results.begin_day(|magic| {
            let owner = registry.owner(magic)?;
            Some(strategies.find(owner.strategy()?)?.effective.limits)
        });
        for magic in released {
            let alert = Alert::new(Severity::Info, AlertCode::StrategyLimitReleased);
            out.extend(self.registry.owner(magic).map(|owner| Action::from(alert.of(&owner))));
        }
        self.take_results();
    }

    /// Why a strategy may not enter by its own limits on losses and its rests.
    pub(super) fn stands_against(&self, magic: Magic) -> Option<RiskLimit> {
        let result = self.results.get(magic)?;
        let limits = self
            .running(magic)
            .map_or_else(StrategyLimits::default, |strategy| strategy.effective.limits);
        result.stops().or_else(|| result.rests(&limits, self.now))
    }

    /// Whether what a strategy opens is closed again, because it has come to a limit on its losses.
    pub(super) fn is_flattened(&self, magic: Magic) -> bool {
        let stops = self.results.get(magic).is_some_and(|result| result.stops().is_some());
        stops && self.running(magic).is_some_and(|strategy| strategy.effective.limits.flatten())
    }

    /// What the limits of a strategy have against an entry of it.
    ///
    /// # Errors
    /// The first reason against it.
    pub(super) fn check_own_limits(&self, entry: Entry<'_>) -> Result<(), Verdict> {
        let Asker::Strategy(Some(strategy)) = entry.by else { return Ok(()) };
        let (limits, result) = (strategy.effective.limits, self.results.get(entry.magic));
        // What is reached stays so, whatever limits it was started with again.
        if let Some(limit) = result.and_then(|result| result.stops()) {
            return Err(verdict_of(limit));
        }
        if let Some(limit) = result.and_then(|result| result.rests(&limits, self.now))
            && !planted!(self, StrategyRestIgnored)
        {
            return Err(verdict_of(limit));
        }
        if limits.is_none() {
            return Ok(());
        }
        let result = result.ok_or(Verdict::ResultUnknown)?;
        if limits.watch_result() {
            let is_known = self.worth.is_weighed
                && result.since.is_some_and(|since| !since.is_day_due)
                && self.result_now(entry.magic).is_some();
            if !is_known {
                return Err(Verdict::ResultUnknown);
            }
        }
        if limits.watch_closes() && !planted!(self, StrategyRestIgnored) {
            // How a position has ended that may be gone is not known yet.
            let is_ending = |holding: &Holding| holding.gone != Gone::No || !holding.is_open();
            if self.book.of(entry.magic).any(is_ending) {
                return Err(Verdict::ResultUnknown);
            }
        }
        // One that is sent again was counted when it was sent first.
        let is_spent = limits.max_daily_trades.is_some_and(|most| result.entries_today >= most);
        if is_spent && entry.own.is_none() && !planted!(self, StrategyTradesNotCounted) {
            return Err(verdict_of(RiskLimit::StrategyDailyTrades));
        }
        Ok(())
    }

    /// The entries that a strategy has sent since the day cut, where they are counted.
    pub(super) fn entries_today(&self, magic: Magic) -> Option<u64> {
        self.results.get(magic).map(|result| u64::from(result.entries_today))
    }

    /// Counts an entry of a strategy that is sent.
    pub(super) fn count_entry(&mut self, magic: Magic) {
        if let Some(result) = self.results.get_mut(magic) {
            result.entries_today = result.entries_today.saturating_add(1);
        }
    }

    /// Puts limits in force for a strategy: from now on, or as RISK_UPDATE has put them off.
    pub(super) fn set_limits(&mut self, slot: u32, wished: StrategyLimits, now: StrategyLimits) {
        let later = (wished != now).then_some(wished);
        self.strategies.set_limits(slot, now, later);
        self.measure(slot);
    }
}
