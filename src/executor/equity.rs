//! The limits on what the account may lose: watched on ticks, over day cuts and restarts. While
//! quotes stay within what is [quiet](Executor::quiet) none of them is reached; beyond that the
//! equity is computed, exactly where it matters.

use super::Executor;
use super::limit::verdict_of;
use super::plant::planted;
use super::standing::{Figures, Reached};
use super::symbol_state::WatchedQuotes;
use super::worth::OpenWorth;
use crate::domain::amount::Money;
use crate::domain::deal::{Deal, DealKind};
use crate::domain::id::SymbolId;
use crate::domain::order::Reason;
use crate::executor::action::{
    Action, Alert, AlertCode, LimitReached, RequestReason, Severity, Verdict,
};
use crate::market::quiet::QuoteBounds;
use crate::risk::account::AccountRisk;
use crate::risk::limit::RiskLimit;
use crate::risk::loss::LossJudged;
use crate::valuation::conversion::Deposit;
use crate::valuation::exposure::Leeway;
use std::sync::Arc;

/// What the account is not to come to.
#[derive(Debug, Clone, Copy)]
struct Floor {
    limit: RiskLimit,
    place: u8,
    value: Money,
    /// Whether the floating profit counts.
    floating: bool,
}

impl Executor {
    /// Takes what has changed in the book, and weighs the account again if anything has.
    pub(super) fn revalue(&mut self, out: &mut Vec<Action>) {
        let is_stirred = self.worth.take_stirred();
        if !self.values_account() {
            self.book.forget_changes();
            if self.worth.is_built() {
                // What is summed is not kept up: whoever asks next has it summed anew.
                self.worth = OpenWorth::default();
                let symbols = self.symbols.iter_mut();
                symbols.for_each(|symbol| symbol.watched = WatchedQuotes::default());
            }
            return;
        }
        if self.sum_stakes() || is_stirred {
            self.weigh(out);
        }
    }

    /// Takes what has changed in the book, all of it where nothing was summed yet. Returns whether anything
    /// has changed.
    fn sum_stakes(&mut self) -> bool {
        let mut has_begun = false;
        if !self.worth.is_built()
            && let Some(account) = &self.account
        {
            has_begun = true;
            let rates = &self.config.rates;
            self.worth.build(Deposit { currency: &account.currency, rates }, &self.symbols);
            self.worth.see(&self.symbols);
            self.book.change_all();
        }
        let mut has_changed = has_begun;
        while let Some((ticket, staked)) = self.book.take_changed() {
            let is_bare = planted!(self, SwapNotInEquity);
            self.worth.take(ticket, if is_bare { staked.without_swap() } else { staked });
            has_changed = true;
        }
        has_changed
    }

    /// Makes anew what a state does not hold of the account's worth.
    pub(super) fn reweigh(&mut self) {
        if self.values_account() {
            self.sum_stakes();
            let now = self.figures_that_count();
            let now = now.filter(|_| self.standing.since.is_some());
            self.watch_quotes(now);
        }
    }

    /// Keeps what the account is worth: the link is lost, or the process has ended.
    pub(super) fn keep_figures(&mut self) {
        if let Some(now) = self.figures() {
            self.standing.keep(now);
        }
        self.keep_results();
    }

    /// Whether something has moved the balance of which nothing is heard.
    pub(super) fn is_unsettled(&self) -> bool {
        let balance = self.account.as_ref().map(|account| account.balance);
        self.values_account() && balance.is_some_and(|balance| !self.standing.is_settled(balance))
    }

    /// The balance, where the equity can be told: all that has moved the balance is known, and
    /// everything open can be valued.
    pub(super) fn certain_balance(&self) -> Option<Money> {
        let balance = self.account.as_ref()?.balance;
        let is_certain = self.link.ready()
            && !self.gate.wrong_account
            && self.standing.is_settled(balance)
            && !self.standing.waits()
            && self.worth.is_known();
        is_certain.then_some(balance)
    }

    /// Balance and equity, where they are certain.
    pub(super) fn figures(&self) -> Option<Figures> {
        let balance = self.certain_balance()?;
        let equity = balance.checked_add(self.worth.profit()?)?;
        Some(Figures { balance, equity })
    }

    /// The same, not exact where it does not matter: then the equity is told a little too high, while
    /// no mark rises that a limit follows, and no limit is near.
    fn figures_that_count(&self) -> Option<Figures> {
        let (balance, Some(bounds)) = (self.certain_balance()?, self.worth.bounds()) else {
            return self.figures();
        };
        let equity = |profit: i128| {
            let sum = i128::from(balance.raw()) + profit;
            i64::try_from(sum).ok().map(Money::from_raw)
        };
        let (low, high) = (equity(bounds.low)?, equity(bounds.high)?);
        let since = self.standing.since.filter(|since| !since.is_day_due);
        let rises = since.is_none_or(|since| {
            self.config.risk.lowest_followed(since.peaks, since.day).is_some_and(|mark| high > mark)
        });
        let is_near =
            self.open_floors(LossJudged::Within).any(|floor| floor.floating && low <= floor.value);
        let earns = self.open_target().is_some_and(|target| high >= target);
        if low != high && (rises || is_near || earns) {
            return self.figures();
        }
        Some(Figures { balance, equity: high })
    }

    /// What the account is worth, whether or not anything here depends on it; none while that is not
    /// certain. It is for whoever looks on now and then: all that is open is summed anew, beside what the
    /// executor itself keeps.
    #[must_use]
    pub fn equity_reported(&self) -> Option<Money> {
        let account = self.account.as_ref()?;
        // News of a trade move the balance that the next report of the account states.
        let is_stated = self.book.holdings().all(|holding| holding.heard <= self.account_step);
        if !self.link.ready() || self.gate.wrong_account || !is_stated {
            return None;
        }
        let mut now = self.clone();
        now.worth.forget();
        now.sum_stakes();
        now.worth.see(&now.symbols);
        let profit = now.worth.is_known().then(|| now.worth.profit()).flatten()?;
        account.balance.checked_add(profit)
    }

    /// Weighs the account at the present quotes: raises what its limits are measured from, and stops
    /// entries where one is reached.
    #[cold]
    #[inline(never)]
    pub(super) fn weigh(&mut self, out: &mut Vec<Action>) {
        if !self.values_account() {
            return;
        }
        let Self { symbols, standing, .. } = self;
        standing.forget_quoted(|symbol| symbols[symbol.index()].cursor.time_msc);
        let now = self.figures_that_count();
        if let Some(now) = now {
            if self.standing.since.is_some_and(|since| since.is_day_due) {
                self.close_day(now, out);
            }
            let clock = self.server_clock();
            self.standing.take(now, &self.config.risk, clock);
            let mut reached: Vec<Reached> = self.reached_at(now, LossJudged::Within).collect();
            reached.extend(self.target_reached(now));
            self.reach(reached, out);
            self.weigh_results(out);
        }
        self.watch_quotes(now);
    }

    /// A symbol may have lost its quote: what is open in it cannot be valued.
    #[cold]
    #[inline(never)]
    pub(super) fn weigh_unquoted(&mut self, out: &mut Vec<Action>) {
        self.worth.see(&self.symbols);
        self.weigh(out);
    }

    /// Watches quotes from here on. While the account cannot be valued, the news that lets it leads here
    /// again, and so does the first quote of a symbol.
    fn watch_quotes(&mut self, now: Option<Figures>) {
        self.worth.is_weighed = now.is_some();
        let Some(now) = now else {
            // A quote that makes an amount too large is mended by another one.
            let is_beyond = self.certain_balance().is_some();
            let Self { symbols, standing, .. } = self;
            for (symbol, id) in symbols.iter_mut().zip((0..).map(SymbolId)) {
                // The first quote may be what was missing.
                let is_quoted = symbol.quoted().is_some() && !is_beyond;
                let is_quoted = is_quoted && !standing.waits_for(id);
                let bounds = if is_quoted { QuoteBounds::UNBOUNDED } else { QuoteBounds::NONE };
                symbol.watched = WatchedQuotes(bounds);
            }
            return;
        };
        let leeway = self.leeway(now);
        let bounds = self.worth.share_out(leeway);
        for (symbol, bounds) in self.symbols.iter_mut().zip(bounds) {
            symbol.watched = WatchedQuotes(bounds);
        }
        self.watch_results();
    }

    /// The floors of the limits on losses that are not reached yet; none before the account was
    /// valued.
    fn open_floors(&self, judged: LossJudged) -> impl Iterator<Item = Floor> {
        let AccountRisk { max_loss, .. } = &self.config.risk;
        let since = self.standing.since.as_ref();
        let daily = self.daily_losses().filter_map(move |(place, loss)| {
            let value = loss.floor(since?.initial, since?.day);
            let floating = loss.floating;
            (loss.judged == judged).then_some(Floor {
                limit: RiskLimit::DailyLoss,
                place,
                value,
                floating,
            })
        });
        let most = (0_u8..).zip(max_loss).filter_map(move |(place, loss)| {
            let value = loss.floor(since?.initial, since?.paid_in, since?.peaks);
            let floor = Floor { limit: RiskLimit::MaxLoss, place, value, floating: true };
            (judged == LossJudged::Within).then_some(floor)
        });
        daily.chain(most).filter(|floor| !self.standing.has(floor.limit, floor.place))
    }

    /// The limits on losses that the account reaches.
    pub(super) fn reached_at(
        &self,
        now: Figures,
        judged: LossJudged,
    ) -> impl Iterator<Item = Reached> {
        self.open_floors(judged).filter_map(
            move |Floor { limit, place, value: floor, floating }| {
                let value = if floating { now.equity } else { now.balance };
                let is_reached = value <= floor && !planted!(self, LossLimitIgnored);
                is_reached.then_some(Reached { limit, place, value, floor, is_cleared: false })
            },
        )
    }

    /// The equity at which the account has earned what it is to; none once it is reached.
    fn open_target(&self) -> Option<Money> {
        let (target, since) = (self.config.risk.profit_target?, self.standing.since?);
        let equity = target.equity(since.initial, since.paid_in)?;
        (!self.standing.has(RiskLimit::ProfitTarget, 0)).then_some(equity)
    }

    /// The target, where the account has come to it.
    fn target_reached(&self, now: Figures) -> Option<Reached> {
        let target = self.open_target().filter(|target| now.equity >= *target)?;
        (!planted!(self, ProfitTargetIgnored)).then_some(Reached {
            limit: RiskLimit::ProfitTarget,
            place: 0,
            value: now.equity,
            floor: target,
            is_cleared: false,
        })
    }

    /// Limits on losses are reached: the highest floor is named first.
    pub(super) fn reach(&mut self, mut reached: Vec<Reached>, out: &mut Vec<Action>) {
        reached.sort_by_key(|one| std::cmp::Reverse(one.floor));
        for one in reached {
            self.standing.reached.push(one);
            let limit = LimitReached { limit: one.limit, value: one.value, floor: one.floor };
            let alert = match one.limit {
                RiskLimit::ProfitTarget => Alert::new(Severity::Info, AlertCode::TargetReached),
                _ => Alert::new(Severity::Critical, AlertCode::LimitReached),
            };
            out.push(Alert { limit: Some(limit), ..alert }.into());
            self.stop_entries(verdict_of(one.limit), out);
        }
    }

    /// Ends the entries that are not with the server, removes those that wait there, and, where that is
    /// configured, closes everything of ours, also what is executed late.
    fn stop_entries(&mut self, verdict: Verdict, out: &mut Vec<Action>) {
        const WHY: RequestReason = RequestReason::LimitReached;
        self.touched = true;
        self.drop_unsent(verdict, |_| true, out);
        self.remove_entries(WHY, |_| true);
        if self.config.risk.flattens() && !planted!(self, LimitDoesNotFlatten) {
            self.flatten(WHY, |_, _| true);
        }
    }

    /// How far the equity may move before a limit is reached, or a mark rises that one is measured
    /// from.
    fn leeway(&self, now: Figures) -> Leeway {
        let since = self.standing.since.as_ref().expect("it was just taken");
        let floors = self.open_floors(LossJudged::Within).filter(|floor| floor.floating);
        let highest = floors.map(|floor| floor.value).max();
        let down = highest.map_or(f64::INFINITY, |floor| now.equity.to_f64() - floor.to_f64());
        let mark = self.config.risk.lowest_followed(since.peaks, since.day);
        let up = mark.map_or(f64::INFINITY, |mark| mark.to_f64() - now.equity.to_f64());
        let earns = self.open_target().map(|target| target.to_f64() - now.equity.to_f64());
        let up = earns.map_or(up, |earns| earns.min(up));
        let size = now.balance.to_f64().abs() + since.peaks.equity.to_f64().abs();
        Leeway { up, down, size }
    }

    /// A deal is heard that nobody has told of before: what it moved is expected in the balance.
    pub(super) fn hear_deal(&mut self, deal: &Deal, out: &mut Vec<Action>) {
        if deal.time_msc >= self.next_cut && self.is_time_of_day(deal.time_msc) {
            self.begin_day(deal.time_msc, out);
        }
        let is_known = self.book.knows_deal(deal);
        let is_of_market = self.book.order(deal.order).is_none_or(|order| !order.kind.is_pending());
        self.on_deal(deal, out);
        // What the broker executes by itself was reached by a quote, which may come after it. What a
        // request has executed was not.
        let is_reached =
            !is_of_market || matches!(deal.reason, Reason::Sl | Reason::Tp | Reason::So);
        let quoted = self.symbols.get(deal.symbol.index()).map(|one| one.cursor.time_msc);
        if !is_known && is_reached && quoted.is_some_and(|quoted| quoted < deal.time_msc) {
            self.standing.wait_for(deal.symbol, deal.time_msc);
        }
        if !is_known {
            // What others close stays listed until somebody says that it is gone.
            let is_ours = self.book.holding(deal.position).is_some();
            let money = deal.profit.checked_add(deal.commission).filter(|_| is_ours);
            self.standing.expect(money.and_then(|sum| sum.checked_add(deal.swap)), self.step);
        }
    }

    /// Takes the deposits and withdrawals of a history, in their order.
    pub(super) fn take_payments(&mut self, deals: &[Arc<Deal>]) {
        let is_payment = |deal: &&Arc<Deal>| !matches!(deal.kind, DealKind::Trade(_));
        let mut payments: Vec<&Arc<Deal>> = deals.iter().filter(is_payment).collect();
        payments.sort_by_key(|deal| deal.ticket);
        payments.iter().for_each(|deal| self.standing.pay(deal));
    }

    /// A complete reading, requested in `step`, has told the balance with everything that had moved it.
    pub(super) fn settle_balance(&mut self, balance: Money, step: u64) {
        if self.values_account() {
            self.standing.settle(balance, step);
        }
    }

    /// Whether a limit on losses stands against entries.
    pub(super) fn is_limited(&self) -> bool {
        self.watches_equity() && self.standing.stops().is_some()
    }

    /// What the account's limits on losses have against an entry.
    pub(super) fn check_losses(&self) -> Result<(), Verdict> {
        if !self.watches_equity() {
            return Ok(());
        }
        match self.standing.stops() {
            Some(limit) => Err(verdict_of(limit)),
            None if self.worth.is_weighed => Ok(()),
            None => Err(Verdict::EquityUnknown),
        }
    }

    /// An operator lets trading go on: limits that are reached do not count until the day cut.
    pub(super) fn clear_limits(&mut self) -> bool {
        self.worth.stir();
        let has_cleared = self.results.clear();
        self.standing.clear() || has_cleared
    }
}
