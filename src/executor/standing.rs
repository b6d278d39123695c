//! What the account's limits are measured from, and which of them are reached. It survives restarts:
//! a reconnect forgives nothing.

use crate::domain::amount::{Money, Percent};
use crate::domain::deal::Deal;
use crate::domain::flaw::{Checked, must};
use crate::domain::id::{SymbolId, Ticket};
use crate::domain::time::ServerMsc;
use crate::executor::bounds::Bounds;
use crate::executor::risk_updates::RiskUpdates;
use crate::executor::traded_days::TradedDays;
use crate::risk::account::{AccountRisk, LOSS_LIMITS_MAX};
use crate::risk::limit::RiskLimit;
use crate::risk::loss::{DayMarks, Peaks};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where the account stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Standing {
    /// The balance that follows from the last settled one and the deals heard since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expected: Option<Money>,
    /// The step in which a deal was last heard.
    #[serde(default, skip_serializing_if = "is_zero")]
    heard: u64,
    /// The balance of the last complete reading, where nothing explains it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unexplained: Option<Money>,
    /// Symbols in which something was executed at a quote that is still to come, by the time of that.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    awaited: BTreeMap<SymbolId, ServerMsc>,
    /// The last deposit or withdrawal that was taken into account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    paid: Option<Ticket>,
    /// Since the account was first valued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Since>,
    /// The day cut with which the trading day ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day_until: Option<ServerMsc>,
    /// The limits that are reached.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reached: Vec<Reached>,
    /// The entries sent since the day cut.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub entries_today: u64,
    /// What RISK_UPDATE has said of the account.
    #[serde(default, skip_serializing_if = "RiskUpdates::is_none")]
    pub updates: RiskUpdates,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_nothing(money: &Money) -> bool {
    money.raw() == 0
}

/// What limits are measured from, once the account has been valued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Since {
    /// When the account was first valued, by the server's clock: what was paid until then is in it.
    pub from_msc: ServerMsc,
    /// The initial balance, by which percentages count.
    pub initial: Money,
    /// What has been paid in since then, less what has been paid out.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub paid_in: Money,
    /// The highest balance.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub high_balance: Money,
    /// The trading day.
    pub day: DayMarks,
    /// The highest that the account has been.
    pub peaks: Peaks,
    /// Balance and equity when the link was lost, or the process ended: the last that is known of a day
    /// that ends before the account can be valued again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Figures>,
    /// Whether a day has begun when the account could not be valued: its marks are still those of the
    /// day before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_day_due: bool,
    /// The days on which it was traded, where that matters.
    #[serde(default, skip_serializing_if = "TradedDays::is_none")]
    pub traded: TradedDays,
}

/// Balance and equity at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    pub balance: Money,
    pub equity: Money,
}

/// A limit that is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// Which limit.
    pub limit: RiskLimit,
    /// Its place among those of its kind in the configuration.
    pub place: u8,
    /// What the account came to.
    pub value: Money,
    /// What it was not to come to.
    pub floor: Money,
    /// Whether an operator has cleared it: it does not count until the day cut.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_cleared: bool,
}

impl Standing {
    /// Whether nothing is kept.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Forgets what is measured by the equity: nothing limits it any more.
    pub fn forget(&mut self) {
        let Self { day_until, entries_today, paid, updates, .. } = *self;
        *self = Self { paid, day_until, entries_today, updates, ..Self::default() };
    }

    /// Takes the money of a deal that was not known.
    pub fn expect(&mut self, money: Option<Money>, step: u64) {
        self.heard = step;
        self.expected = self.expected.zip(money).and_then(|(sum, more)| sum.checked_add(more));
    }

    /// Takes the balance of a complete reading that was requested in `step`: what had been heard by then
    /// is in it.
    pub fn settle(&mut self, balance: Money, step: u64) {
        if self.heard > step {
            return;
        }
        self.awaited.clear();
        // A balance that nothing explains may come before the deal that explains it: it is believed the
        // second time.
        let is_explained = self.expected == Some(balance) || self.since.is_none();
        if is_explained || self.unexplained == Some(balance) {
            (self.expected, self.unexplained) = (Some(balance), None);
        } else {
            self.unexplained = Some(balance);
        }
    }

    /// Whether all that is known to have moved the balance is in it, and nothing else.
    pub fn is_settled(&self, balance: Money) -> bool {
        self.expected == Some(balance)
    }

    /// Something was executed in a symbol at a quote that is still to come.
    pub fn wait_for(&mut self, symbol: SymbolId, time_msc: ServerMsc) {
        let until = self.awaited.entry(symbol).or_default();
        *until = time_msc.max(*until);
    }

    /// Whether quotes of a symbol are to come at which something was executed.
    pub fn waits_for(&self, symbol: SymbolId) -> bool {
        self.awaited.contains_key(&symbol)
    }

    /// Whether quotes are to come at which something was executed.
    pub fn waits(&self) -> bool {
        !self.awaited.is_empty()
    }

    /// Waits no longer for symbols whose last quote is no older than what was executed.
    pub fn forget_quoted(&mut self, time_of: impl Fn(SymbolId) -> ServerMsc) {
        self.awaited.retain(|symbol, until| time_of(*symbol) < *until);
    }

    /// How far an equity is below the highest balance, in percent of that.
    pub fn drawdown(&self, equity: Money) -> Percent {
        let high = self.since.map_or(Money::ZERO, |since| since.high_balance);
        if equity >= high || high <= Money::ZERO {
            return Percent::ZERO;
        }
        let whole = i128::from(Percent::WHOLE.raw());
        let below = i128::from(high.raw()) - i128::from(equity.raw());
        let part = below * whole / i128::from(high.raw());
        i64::try_from(part).map_or(Percent::WHOLE, Percent::from_raw)
    }

    /// Waits for no quote: those that were known are forgotten.
    pub fn forget_quotes(&mut self) {
        self.awaited.clear();
    }

    /// Takes a deposit or withdrawal: it is neither gain nor loss, so everything that is measured from
    /// moves with it. One from before the account was first valued is in the figures already.
    pub fn pay(&mut self, payment: &Deal) {
        let Deal { ticket, profit: amount, time_msc, .. } = *payment;
        if self.paid.is_some_and(|last| ticket <= last) {
            return;
        }
        self.paid = Some(ticket);
        let Some(since) = self.since.as_mut().filter(|since| time_msc > since.from_msc) else {
            return;
        };
        self.expected = self.expected.and_then(|sum| sum.checked_add(amount));
        let Since { paid_in, high_balance, day, peaks, last, traded, .. } = since;
        traded.pay(amount);
        let marks = [paid_in, high_balance, &mut day.balance, &mut day.equity, &mut day.high];
        let peaks = [&mut peaks.equity, &mut peaks.closing];
        let last = last.iter_mut().flat_map(|last| [&mut last.balance, &mut last.equity]);
        for mark in marks.into_iter().chain(peaks).chain(last) {
            *mark = mark.checked_add(amount).unwrap_or(*mark);
        }
    }

    /// Takes what the account is worth now: marks rise with it.
    pub fn take(&mut self, now: Figures, risk: &AccountRisk, clock: ServerMsc) {
        let since = self.since.get_or_insert_with(|| Since {
            from_msc: clock,
            initial: risk.initial_balance.unwrap_or(now.balance),
            paid_in: Money::ZERO,
            high_balance: now.balance,
            day: DayMarks { balance: now.balance, equity: now.equity, high: now.equity },
            peaks: Peaks { equity: now.equity, closing: now.balance },
            last: None,
            is_day_due: false,
            traded: TradedDays::default(),
        });
        if risk.has_conditions() {
            since.traded.begin(now.balance);
        }
        since.high_balance = since.high_balance.max(now.balance);
        since.day.high = since.day.high.max(now.equity);
        since.peaks.equity = since.peaks.equity.max(now.equity);
        since.last = None;
    }

    /// Keeps what the account is worth at the last moment at which it is known.
    pub const fn keep(&mut self, now: Figures) {
        if let Some(since) = &mut self.since {
            since.last = Some(now);
        }
    }

    /// Clears what is reached, until the day cut. Returns whether anything was.
    pub fn clear(&mut self) -> bool {
        let stops = self.stops().is_some();
        self.reached.iter_mut().for_each(|reached| reached.is_cleared = true);
        stops
    }

    /// A trading day begins: what holds until the day cut is over.
    pub fn begin_day(&mut self) {
        self.entries_today = 0;
        self.updates.begin_day();
        let is_over = |reached: &Reached| reached.is_cleared || reached.limit.ends_with_day();
        self.reached.retain(|reached| !is_over(reached));
        if let Some(since) = &mut self.since {
            since.is_day_due = true;
            since.traded.turn();
        }
    }

    /// Sets what a day is measured from that has begun. Of what was known before the cut and what is
    /// known first after it, the higher counts: a lost link forgives nothing.
    pub fn mark_day(&mut self, now: Figures) {
        let Some(since) = &mut self.since else { return };
        let last = since.last.take().unwrap_or(now);
        let (balance, equity) = (now.balance.max(last.balance), now.equity.max(last.equity));
        since.traded.close(last.balance);
        since.day = DayMarks { balance, equity, high: equity };
        since.peaks.closing = since.peaks.closing.max(balance);
        since.is_day_due = false;
    }

    /// Whether a limit is reached already, or was cleared.
    pub fn has(&self, limit: RiskLimit, place: u8) -> bool {
        self.reached.iter().any(|reached| (reached.limit, reached.place) == (limit, place))
    }

    /// The first limit that is reached and not cleared.
    pub fn stops(&self) -> Option<RiskLimit> {
        let mut reached = self.reached.iter();
        reached.find(|reached| !reached.is_cleared).map(|reached| reached.limit)
    }

    /// # Errors
    /// The first field with an impossible value.
    pub fn check(&self, bounds: Bounds) -> Checked {
        must(
            self.reached.len() <= usize::from(LOSS_LIMITS_MAX) + 2,
            "reached",
            "are more than there are limits",
        )?;
        self.updates.check().map_err(|flaw| flaw.under("updates"))?;
        if let Some(since) = self.since {
            since.traded.check().map_err(|flaw| flaw.under("since.traded"))?;
        }
        bounds.step("heard", self.heard)
    }
}
