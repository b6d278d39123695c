//! `loss-limits-hold`: once the account has come to a limit on its losses, nothing enters before the
//! next trading day or an operator's clearing, and, where the session says so, everything is closed.
//! Nor are there more entries in a trading day than the session allows.
//!
//! The broker's own equity and the configured limits are put together here by plain sums. What the
//! executor says of a limit counts against it as well: it must be true, and it must keep to it.

use crate::domain::amount::{Money, Percent};
use crate::domain::id::IntentKey;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::domain::zone::ServerZone;
use crate::executor::action::{Action, Alert, AlertCode, Report, Request};
use crate::executor::command::Command;
use crate::executor::event::{Event, Operator};
use crate::risk::account::{AccountRisk, DayCut};
use crate::risk::loss::{DayAnchor, LossJudged, LossSize, MaxLossMode, ProfitTarget};
use crate::session::description::SessionFile;
use crate::session::ports::Step;
use crate::strategy::limits::ResultLoss;
use crate::torture::facts::{Change, Facts};
use crate::torture::found::Findings;
use crate::torture::judge::exits::Exits;
use crate::torture::judge::nights;
use crate::torture::world::World;
use std::collections::BTreeSet;

/// The name of the invariant.
pub const NAME: &str = "loss-limits-hold";

const DAY_MS: i64 = 86_400_000;
/// How long nothing has changed at the broker when everything is known of it.
pub const SETTLED_MS: u64 = 15_000;
/// How long a floor has been broken when every executor that hears anything knows of it.
const NOTICED_MS: u64 = 300_000;

/// Balance and equity at one moment.
#[derive(Debug, Clone, Copy)]
struct Seen {
    balance: Money,
    equity: Money,
}

/// A limit that RISK_UPDATE sets.
#[derive(Debug)]
struct Changed<T> {
    now: Option<T>,
    later: Option<T>,
}

impl<T: PartialOrd + Copy> Changed<T> {
    const NONE: Self = Self { now: None, later: None };

    fn change(&mut self, most: T) {
        if self.now.is_none_or(|before| most <= before) {
            *self = Self { now: Some(most), later: None };
        } else {
            self.later = Some(most);
        }
    }

    fn turn_day(&mut self) {
        self.now = self.later.take().or(self.now);
    }
}

/// The limits on losses, and what they are measured from.
#[derive(Debug)]
pub struct Losses {
    risk: AccountRisk,
    zone: ServerZone,
    /// Whether nothing goes wrong in this session.
    is_calm: bool,
    /// Whether swaps are charged at the end of the server's day.
    charges_swaps: bool,
    /// The number of the trading day.
    day: Option<i64>,
    /// What the day began with; none where that is not certain.
    opened: Option<Seen>,
    initial: Option<Money>,
    /// What had been deposited at the first tick.
    deposits: Option<Money>,
    peak: Money,
    closing: Money,
    day_high: Money,
    last: Option<Seen>,
    /// What was seen before that.
    before: Option<Seen>,
    /// When anything last changed at the broker.
    changed: Timestamp,
    /// Since which step a floor is broken, as the broker sees it.
    broken: Option<u64>,
    /// Since when the lowest floor of all is broken without a break.
    sunk: Option<Timestamp>,
    /// Whether an operator has cleared what was reached: it does not count until the next day.
    is_cleared: bool,
    /// The step in which the executor has said that a limit is reached.
    told: Option<u64>,
    /// What RISK_UPDATE has said of the account: what holds, and from the next day on.
    most_trades: Changed<u32>,
    most_lost: Changed<Money>,
    /// All entries, and the number of those of the trading day.
    entered: BTreeSet<(u32, IntentKey)>,
    entries_today: usize,
}

impl Losses {
    /// Nothing has happened yet.
    #[must_use]
    pub fn new(session: &SessionFile, is_calm: bool) -> Self {
        Self {
            risk: session.risk.clone(),
            zone: session.zone.clone(),
            is_calm,
            charges_swaps: session.broker.swaps,
            day: None,
            opened: None,
            initial: None,
            deposits: None,
            peak: Money::ZERO,
            closing: Money::ZERO,
            day_high: Money::ZERO,
            last: None,
            before: None,
            changed: Timestamp::default(),
            broken: None,
            sunk: None,
            is_cleared: false,
            told: None,
            most_trades: Changed::NONE,
            most_lost: Changed::NONE,
            entered: BTreeSet::new(),
            entries_today: 0,
        }
    }

    /// Takes a command that was executed.
    pub fn executed(&mut self, command: &Command) {
        let Command::RiskUpdate { strategy: None, limits, .. } = command else { return };
        if self.is_idle() && !limits.is_none() {
            // Nothing was counted before.
            self.entries_today = 0;
        }
        if let Some(most) = limits.max_daily_trades {
            self.most_trades.change(most);
        }
        // Others are drawn only to be refused.
        if let Some(ResultLoss::Money(most)) = limits.max_daily_loss {
            self.most_lost.change(most);
        }
    }

    /// Whether there is anything to judge.
    #[must_use]
    pub const fn is_idle(&self) -> bool {
        !self.risk.has_days() && self.most_trades.now.is_none() && self.most_lost.now.is_none()
    }

    /// What the account is worth, where every executor that hears anything must know it.
    #[must_use]
    pub fn certain_equity(&self, facts: &Facts, world: &World) -> Option<f64> {
        let is_settled = self.changed.plus_ms(SETTLED_MS) < facts.at;
        (self.is_calm && is_settled).then(|| world.summary().equity.to_f64())
    }

    /// Takes a change of the broker's book.
    pub fn change(&mut self, facts: &Facts, _: Change) {
        self.changed = self.changed.max(facts.at);
    }

    /// Takes what the broker sees after a tick that was heard.
    pub fn tick(&mut self, facts: &Facts, world: &World) {
        let summary = world.summary();
        let now = Seen { balance: summary.balance, equity: summary.equity };
        self.turn_day(facts);
        let initial = self.risk.initial_balance.unwrap_or(now.balance);
        let initial = *self.initial.get_or_insert(initial);
        let is_first = self.last.is_none();
        if is_first {
            (self.peak, self.closing, self.day_high) = (now.equity, now.balance, now.equity);
            self.opened = Some(now);
        }
        let is_settled = self.changed.plus_ms(SETTLED_MS) < facts.at;
        if is_settled {
            self.peak = self.peak.max(now.equity);
            self.day_high = self.day_high.max(now.equity);
        }
        self.before = self.last.replace(now);
        if self.is_calm && is_settled && !self.is_cleared && self.is_broken(initial, now) {
            self.broken.get_or_insert(facts.step);
        }
        // Deposits and withdrawals are neither gain nor loss.
        let deposits = summary.balance - summary.net_profit;
        let paid_in = deposits - *self.deposits.get_or_insert(deposits);
        let static_floor = self.static_floor(paid_in);
        let is_sunk = static_floor.is_some_and(|floor| now.equity <= floor);
        if is_sunk && world.is_linked() && !self.is_cleared {
            self.sunk.get_or_insert(facts.at);
        } else {
            self.sunk = None;
        }
    }

    /// The lowest floor that depends on nothing but the configuration.
    fn static_floor(&self, paid_in: Money) -> Option<Money> {
        let initial = self.risk.initial_balance?;
        let first = initial + paid_in;
        let fixed =
            self.risk.max_loss.iter().filter(|loss| loss.mode == MaxLossMode::StaticInitial);
        fixed.map(|loss| first - amount(loss.size, initial, first)).max()
    }

    /// A trading day begins with the first tick after the day cut.
    fn turn_day(&mut self, facts: &Facts) {
        let cut = self.risk.day_cut.clone().unwrap_or_default();
        let day = day_of(&cut, &mut self.zone, facts.server_msc);
        let Some(before) = self.day.replace(day).filter(|before| *before != day) else { return };
        debug_assert!(before < day || !self.is_calm, "days follow one another");
        let is_certain = self.changed.plus_ms(SETTLED_MS) < facts.at;
        self.opened = self.last.filter(|_| is_certain);
        if let Some(last) = self.last {
            self.closing = self.closing.max(last.balance);
            self.day_high = last.equity;
        }
        // What was broken within a day is judged anew, and what is not certain is not judged.
        (self.broken, self.told, self.is_cleared) = (None, None, false);
        self.entries_today = 0;
        self.most_trades.turn_day();
        self.most_lost.turn_day();
    }

    /// Whether the account stands at a floor or below it. What is measured from a peak is measured
    /// from one that was certainly seen.
    fn is_broken(&self, initial: Money, now: Seen) -> bool {
        let daily = self.risk.daily_loss.iter().any(|loss| {
            let Some(opened) = self.opened.filter(|_| loss.judged == LossJudged::Within) else {
                return false;
            };
            let anchor = match loss.anchor {
                DayAnchor::Balance => opened.balance,
                DayAnchor::Equity => opened.equity,
                DayAnchor::Greater => opened.balance.max(opened.equity),
                DayAnchor::High => self.day_high,
            };
            let value = if loss.floating { now.equity } else { now.balance };
            value <= anchor - amount(loss.size, initial, anchor)
        });
        // What is measured only from when the limit was set is known to the executor alone.
        let is_measured = self.risk.watches_equity();
        let updated = self.most_lost.now.zip(self.opened).filter(|_| is_measured);
        let daily = daily || updated.is_some_and(|(most, day)| now.equity <= day.equity - most);
        let most = self.risk.max_loss.iter().any(|loss| {
            let anchor = match loss.mode {
                MaxLossMode::StaticInitial => initial,
                MaxLossMode::TrailingEodBalance => self.closing.max(initial),
                _ => self.peak.max(initial),
            };
            let trails = anchor - amount(loss.size, initial, anchor);
            let until_initial = loss.mode == MaxLossMode::TrailingUntilInitial;
            let lock = loss.lock.or(until_initial.then_some(Money::ZERO));
            let floor = lock.map_or(trails, |lock| trails.min(initial + lock));
            now.equity <= floor
        });
        let earned = self.risk.profit_target.is_some_and(|target| {
            let amount = match target {
                ProfitTarget::Money(money) => money,
                ProfitTarget::PercentOfInitial(part) => {
                    amount(LossSize::PercentOfInitial(part), initial, initial)
                }
            };
            now.equity >= initial + amount
        });
        daily || most || earned
    }

    /// Takes a step with its actions.
    pub fn step(
        &mut self,
        facts: &Facts,
        step: &Step<'_>,
        world: &World,
        exits: &mut Exits,
        found: &mut Findings,
    ) {
        if *step.event == Event::Operator(Operator::ClearKill) {
            self.forget();
            self.is_cleared = true;
        }
        for action in step.actions {
            if let Action::Report(report) = action
                && let Report::Alert(alert) = &**report
            {
                self.alert(facts, alert, world, found);
            }
        }
        let is_reached = self.told == Some(facts.step);
        if is_reached && self.risk.flattens() {
            let closes = |ticket| {
                step.actions.iter().any(|action| {
                    matches!(action, Action::Trade(trade)
                        if matches!(&trade.request, Request::Close(one) if one.position == ticket))
                })
            };
            let is_settled = self.changed.plus_ms(SETTLED_MS) < facts.at;
            for ticket in &facts.open {
                let is_wanted = exits.wants(*ticket) || closes(*ticket);
                if self.is_calm && is_settled && !is_wanted {
                    found.violate(NAME, || {
                        format!("a limit is reached, and position {ticket} is not closed with it")
                    });
                }
                exits.want(facts, *ticket, None);
            }
            found.mark("flattened-by-a-limit");
        }
    }

    fn alert(&mut self, facts: &Facts, alert: &Alert, world: &World, found: &mut Findings) {
        match (alert.code, alert.limit) {
            (AlertCode::LimitReleased, _) => self.forget(),
            (AlertCode::LimitReached | AlertCode::TargetReached, Some(limit)) => {
                self.told.get_or_insert(facts.step);
                let summary = world.summary();
                let now = Seen { balance: summary.balance, equity: summary.equity };
                let is_settled = self.changed.plus_ms(SETTLED_MS) < facts.at;
                // The swaps of positions are heard one by one.
                let is_charged = self.charges_swaps && nights::is_near(facts.server_msc);
                // At a day cut it is what the last day closed with.
                let told = [Some(now), self.before];
                let is_true = told
                    .into_iter()
                    .flatten()
                    .any(|seen| limit.value == seen.equity || limit.value == seen.balance);
                if self.is_calm && is_settled && !is_charged && !is_true && self.day.is_some() {
                    found.violate(NAME, || {
                        format!(
                            "a limit is said to be reached with {}: the equity is {} and the balance {}",
                            limit.value, now.equity, now.balance
                        )
                    });
                }
            }
            _ => {}
        }
    }

    /// Takes a request that is sent.
    pub fn sent(&mut self, facts: &Facts, place: usize, found: &mut Findings) {
        let trade = &facts.sent[place].trade;
        if !trade.request.enters() {
            return;
        }
        let most = [self.risk.max_daily_trades, self.most_trades.now];
        let most = most.into_iter().flatten().min();
        // One that is sent again was counted when it was sent first. Before the first tick of a day it
        // may count for either.
        let clock = self.zone.to_server(facts.at);
        let cut = self.risk.day_cut.clone().unwrap_or_default();
        let is_day = Some(day_of(&cut, &mut self.zone, clock)) == self.day;
        let is_new = self.entered.insert((facts.line, trade.key)) && is_day;
        self.entries_today += usize::from(is_new);
        if let Some(most) = most.filter(|most| is_new && self.entries_today > *most as usize) {
            found.violate(NAME, || {
                format!(
                    "request {} is an entry of a day too many: the limit is {most}",
                    trade.cid.0
                )
            });
        }
        let sunk =
            self.sunk.filter(|since| since.max(&facts.disturbed).plus_ms(NOTICED_MS) < facts.at);
        if self.broken.is_some() || self.told.is_some() || sunk.is_some() {
            found.violate(NAME, || {
                format!(
                    "request {} of {} enters although the account has come to a limit on its losses",
                    trade.cid.0,
                    trade.owner.name()
                )
            });
        }
    }

    /// A limit that was reached counts no more.
    const fn forget(&mut self) {
        (self.broken, self.told, self.sunk) = (None, None, None);
    }

    /// A process died: the next one knows what happened up to `step`, or nothing without one.
    pub fn forget_after(&mut self, step: Option<u64>) {
        self.told = self.told.filter(|told| step.is_some_and(|step| *told <= step));
        self.broken = None;
        if step.is_none() {
            (self.most_trades, self.most_lost) = (Changed::NONE, Changed::NONE);
            self.entries_today = 0;
            (self.deposits, self.sunk) = (None, None);
        }
    }
}

/// The number of the trading day at a time of the server's clock.
pub fn day_of(cut: &DayCut, server: &mut ServerZone, time_msc: ServerMsc) -> i64 {
    let shown = match &cut.zone {
        None => time_msc,
        Some(zone) => zone.clone().to_server(server.to_utc(time_msc)),
    };
    (shown.0 - i64::from(cut.minute) * 60_000).div_euclid(DAY_MS)
}

/// The size of a loss as an amount.
fn amount(size: LossSize, initial: Money, anchor: Money) -> Money {
    let part = |percent: Percent, whole: Money| {
        let raw = i128::from(whole.raw()) * i128::from(percent.raw());
        Money::from_raw(i64::try_from((raw + 500_000) / 1_000_000).expect("a part is smaller"))
    };
    match size {
        LossSize::Money(money) => money,
        LossSize::PercentOfInitial(percent) => part(percent, initial),
        LossSize::PercentOfAnchor(percent) => part(percent, anchor),
    }
}
