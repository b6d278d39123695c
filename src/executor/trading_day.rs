//! Trading days: when they begin, what they close with, and what a new configuration leaves of them.

use super::Executor;
use super::standing::{Figures, Reached};
use crate::domain::time::ServerMsc;
use crate::executor::action::{Action, Alert, AlertCode, Severity};
use crate::risk::account::AccountRisk;
use crate::risk::limit::RiskLimit;
use crate::risk::loss::LossJudged;

/// How much later than the server's clock, as its zone says, something may be dated and still begin a
/// day.
const LATE_MS: i64 = 60_000;
/// The same where nothing but ticks tells the server's clock.
const AHEAD_MS: i64 = 2 * 3_600_000;

/// No day ever ends: its cut is by a clock that cannot be told.
const NO_DAY: ServerMsc = ServerMsc(i64::MAX);

impl Executor {
    /// Whether it can be so late by the server's clock: a wrong time begins no day.
    pub(super) fn is_time_of_day(&self, time_msc: ServerMsc) -> bool {
        let latest = match &self.config.zone {
            Some(zone) => zone.to_server(self.now).0.saturating_add(LATE_MS),
            None => self.server_clock().0.saturating_add(AHEAD_MS),
        };
        time_msc.0 <= latest
    }

    /// The server's clock, where it has passed the day cut, begins the day: what is heard next may tell of
    /// swaps that were charged at the cut, and what the account was worth before them is what the last
    /// day closes with.
    pub(super) fn begin_day_by_clock(&mut self, out: &mut Vec<Action>) {
        let zone = self.config.zone.as_ref();
        let clock = zone.map_or_else(|| self.server_clock(), |zone| zone.to_server(self.now));
        if clock >= self.next_cut {
            self.begin_day(clock, out);
        }
    }

    /// A trading day begins, at this server time or before it. What was quoted until now is what the
    /// last one closes with.
    #[cold]
    #[inline(never)]
    pub(super) fn begin_day(&mut self, time_msc: ServerMsc, out: &mut Vec<Action>) {
        if self.standing.day_until.is_some() {
            self.worth.see(&self.symbols);
            let had_stopped = self.standing.stops().is_some();
            self.standing.begin_day();
            if let Some(now) = self.figures() {
                self.close_day(now, out);
            }
            self.begin_day_of_strategies(out);
            if had_stopped && self.standing.stops().is_none() {
                out.push(Alert::new(Severity::Info, AlertCode::LimitReleased).into());
            }
            self.worth.stir();
        }
        let cut = self.config.risk.day_cut.clone().unwrap_or_default();
        let next = cut.next_after(time_msc, self.config.zone.as_ref());
        self.standing.day_until = Some(next.unwrap_or(NO_DAY));
        self.set_next_cut();
    }

    /// Nothing has measured days so far: the present one counts from what the account is worth now, or is as
    /// soon as that is known.
    pub(super) fn measure_day_from_now(&mut self) {
        let now = self.figures();
        if let Some(since) = &mut self.standing.since {
            (since.last, since.is_day_due) = (None, true);
        }
        if let Some(now) = now {
            self.standing.mark_day(now);
        }
    }

    /// Sets the server time from which a tick begins a day.
    pub(super) fn set_next_cut(&mut self) {
        self.next_cut = if self.has_days() {
            self.standing.day_until.unwrap_or_default()
        } else {
            ServerMsc(i64::MAX)
        };
    }

    /// The limits of this process: what was measured for others is forgotten where nothing measures it any
    /// more, or nothing has measured days so far.
    pub(super) fn limits_anew(&mut self, before: &AccountRisk) {
        let risk = &self.config.risk;
        let is_updated = !self.standing.updates.is_none();
        let own_days = self.strategies.limit() || self.results.wait() || is_updated;
        let (has_days, had_days) = (risk.has_days() || own_days, before.has_days() || own_days);
        if !self.values_account() || !had_days && has_days {
            self.standing.forget();
        }
        if !has_days || !had_days || self.standing.day_until == Some(NO_DAY) {
            (self.standing.day_until, self.standing.entries_today) = (None, 0);
        }
        if let (Some(initial), Some(since)) = (risk.initial_balance, &mut self.standing.since) {
            since.initial = initial;
        }
        // What is limited otherwise now is reached anew, or not at all.
        let is_same = |reached: &Reached| {
            let place = usize::from(reached.place);
            let is_same = match reached.limit {
                RiskLimit::DailyLoss => risk.daily_loss.get(place) == before.daily_loss.get(place),
                RiskLimit::ProfitTarget => risk.profit_target == before.profit_target,
                _ => risk.max_loss.get(place) == before.max_loss.get(place),
            };
            is_same && (before.flattens() || !risk.flattens())
        };
        self.standing.reached.retain(is_same);
        self.keep_bars_anew(before.max_correlated);
        self.worth.forget();
        self.set_next_cut();
    }

    /// The last day is judged by what it closed with, the lower of what was known last and what is known
    /// first where the link was lost, and the next one is measured from that.
    pub(super) fn close_day(&mut self, now: Figures, out: &mut Vec<Action>) {
        let last = self.standing.since.and_then(|since| since.last).unwrap_or(now);
        let lower =
            Figures { balance: now.balance.min(last.balance), equity: now.equity.min(last.equity) };
        let reached: Vec<Reached> = self.reached_at(lower, LossJudged::AtEnd).collect();
        self.standing.mark_day(now);
        self.reach(reached, out);
    }
}
