//! Commands about the whole account: stop, pause, emergency, limits.

use super::{OK, Reply, Said, field};
use crate::domain::flaw::Flaw;
use crate::domain::id::{CommandId, StrategyId, Ticket};
use crate::domain::time::ServerMsc;
use crate::executor::Executor;
use crate::executor::action::{
    Action, Alert, AlertCode, Owner, RequestReason, ResultCode, ResultData, Severity, Verdict,
};
use crate::executor::book::order::Purpose;
use crate::executor::command::OnStop;
use crate::executor::gate::Latch;
use crate::executor::plant::planted;
use crate::executor::pursue::Portion;
use crate::executor::scope::Scope;
use crate::executor::waiting::Until;
use crate::risk::limits::Cap;
use crate::strategy::limits::StrategyLimits;

const DAY_MS: i64 = 86_400_000;

impl Executor {
    /// STOP_ALL: stops every strategy that runs, or ever ran here.
    pub(super) fn stop_all(
        &mut self,
        id: &CommandId,
        positions: OnStop,
        out: &mut Vec<Action>,
    ) -> Reply {
        let all: Vec<StrategyId> = self.registry.all().cloned().collect();
        all.iter().for_each(|strategy| self.begin_stop(strategy, positions, out));
        self.withdraw_starts(|_| true, out);
        self.wait(
            id,
            None,
            Until::Flat { scope: Scope::Strategies, close: positions == OnStop::Close },
        );
        Reply::Waits
    }

    /// PAUSE: no entries of any kind. Working entry orders are removed.
    pub(super) fn pause_all(&mut self, out: &mut Vec<Action>) -> Reply {
        self.gate.paused = true;
        self.drop_unsent(Verdict::OperatorPaused, |_| true, out);
        self.remove_entries(RequestReason::Command, |_| true);
        Reply::Done(OK)
    }

    /// RESUME: undoes PAUSE, and nothing else.
    pub(super) fn resume_all(&mut self) -> Reply {
        self.gate.paused = false;
        if planted!(self, LatchClearedByResume) {
            self.gate.latch = None;
        }
        Reply::Done(if self.gate.latch.is_some() {
            (ResultCode::Latched, ResultData::None)
        } else {
            OK
        })
    }

    pub(super) fn emergency_stop(
        &mut self,
        id: &CommandId,
        reason: &str,
        out: &mut Vec<Action>,
    ) -> Reply {
        self.latch(reason, out);
        self.wait(id, None, Until::Flat { scope: Scope::Ours, close: true });
        Reply::Waits
    }

    /// Latches entries, and removes and closes everything of ours; by configuration, everything of
    /// the account.
    pub(in crate::executor) fn latch(&mut self, reason: &str, out: &mut Vec<Action>) {
        let since = self.now;
        self.gate.latch.get_or_insert_with(|| Latch { since, reason: reason.to_owned() });
        out.push(Alert::new(Severity::Critical, AlertCode::Latched).into());
        if self.config.limits.emergency_closes_foreign {
            self.take_over_foreign(out);
        }
        self.drop_unsent(Verdict::Latched, |_| true, out);
        let open: Vec<Ticket> = self.book.holdings().map(|holding| holding.ticket).collect();
        open.into_iter()
            .for_each(|ticket| self.want_exit(ticket, RequestReason::Emergency, Portion::Whole));
        self.remove_entries(RequestReason::Emergency, |_| true);
        // What becomes of requests that are out is closed, whenever it is seen.
        self.gate.emergency_msc = Some(self.server_now());
        self.flows
            .iter_mut()
            .filter(|flow| flow.intent.enters())
            .for_each(|flow| flow.overruled = Some(RequestReason::Emergency));
        self.book
            .orders_mut()
            .filter(|order| matches!(order.purpose, Purpose::Open(_)))
            .for_each(|order| order.claim.overruled = Some(RequestReason::Emergency));
    }

    fn take_over_foreign(&mut self, out: &mut Vec<Action>) {
        let foreign: Vec<_> = self.book.foreign().cloned().collect();
        for position in foreign {
            let claim = self.adoption(
                Owner::Account,
                position.magic,
                (position.sl, position.tp),
                position.time_msc,
            );
            self.take_over(&position, claim, out);
        }
        for order in self.book.take_foreign_orders(|_| true) {
            self.adopt_order(&order, out);
        }
    }

    /// Sets goals to remove the orders that may still open something and whose owners match, and ends
    /// their entries that wait for a reversal.
    pub(in crate::executor) fn remove_entries(
        &mut self,
        why: RequestReason,
        whose: impl Fn(&Owner) -> bool,
    ) {
        let entries = self
            .book
            .orders()
            .filter(|order| matches!(order.purpose, Purpose::Open(_)) && order.is_working());
        let entries: Vec<Ticket> =
            entries.filter(|order| whose(&order.claim.owner)).map(|order| order.ticket).collect();
        entries.into_iter().for_each(|ticket| self.want_removal(ticket, why));
        let is_meant = |slot: &u32| {
            let strategy = self.strategies.get(*slot);
            strategy.is_some_and(|strategy| whose(&Owner::Strategy(strategy.id.clone())))
        };
        let waiting = self.strategies.reversals().map(|(slot, _)| slot);
        let waiting: Vec<u32> = waiting.filter(is_meant).collect();
        for slot in waiting {
            self.strategies.take_reversal(slot);
        }
    }

    /// RISK_UPDATE of the account: of each limit the tighter one holds at once, and what is looser from the
    /// next day on. All of it is checked before any of it holds.
    pub(super) fn risk_update(
        &mut self,
        most: Option<u32>,
        limits: StrategyLimits,
    ) -> Result<Said, Said> {
        let bad = |flaw: Flaw| (ResultCode::BadParameters, field(&flaw.path, &flaw.reason));
        self.check_update(limits).map_err(bad)?;
        let updates = self.standing.updates.changed(limits).map_err(bad)?;
        let highest = self.config.limits.max_open_trades_account;
        if highest.is_some_and(|highest| most.is_some_and(|most| most > highest)) {
            return Err((
                ResultCode::BadParameters,
                field("maxOpenTrades", "is above the executor's own cap on all positions"),
            ));
        }
        if !limits.is_none() {
            let is_early = planted!(self, LooserLimitAtOnce);
            let had_days = self.has_days();
            self.standing.updates = if is_early { updates.at_once() } else { updates };
            if !had_days {
                self.measure_day_from_now();
            }
            self.set_next_cut();
            self.worth.stir();
        }
        let Some(most) = most else { return Ok(OK) };
        let change = self.cap_change(most);
        self.account_cap = Some(self.account_cap.map_or(Cap::new(most), change));
        Ok(OK)
    }

    /// What a cap becomes at which `most` positions are requested now.
    fn cap_change(&self, most: u32) -> impl Fn(Cap) -> Cap + use<> {
        let now = self.server_now();
        let day_cut = ServerMsc(now.0.div_euclid(DAY_MS) * DAY_MS + DAY_MS);
        let is_late = planted!(self, TighterCapTomorrow);
        move |cap| {
            if is_late { cap.tomorrow(most, now, day_cut) } else { cap.changed(most, now, day_cut) }
        }
    }

    /// RISK_UPDATE of a strategy: of each limit the tighter one holds at once, and what is looser from
    /// the next day on. All of it is checked before any of it holds.
    pub(super) fn risk_update_of(
        &mut self,
        id: &StrategyId,
        most: Option<u32>,
        limits: StrategyLimits,
    ) -> Result<Said, Said> {
        let slot = self.strategies.slot(id).ok_or((ResultCode::NotRunning, ResultData::None))?;
        let strategy = self.strategies.get(slot).expect("a slot that is named is taken");
        let wished = limits.or(strategy.limits_wished());
        let bad = |flaw: Flaw| (ResultCode::BadParameters, field(&flaw.path, &flaw.reason));
        let tightest = strategy.effective.limits.tightest(wished).map_err(bad)?;
        limits.check().map_err(bad)?;
        let (now, change) = (self.server_now(), most.map(|most| self.cap_change(most)));
        let strategy = self.strategies.get_mut(slot).expect("a slot that is named is taken");
        if let (Some(most), Some(change)) = (most, change) {
            strategy.cap = change(strategy.cap);
            strategy.effective.max_open_trades = strategy.cap.at(now);
            // A later UPDATE without a cap keeps this one, and so does one that waits for its bar.
            strategy.settings.max_open_trades = Some(most);
            if let Some(update) = strategy.update.as_mut() {
                (update.settings.max_open_trades, update.effective.max_open_trades) =
                    (Some(most), most);
            }
        }
        if !limits.is_none() {
            strategy.settings.limits = limits.or(strategy.settings.limits);
            if let Some(update) = strategy.update.as_mut() {
                update.settings.limits = limits.or(update.settings.limits);
                update.effective.limits = limits.or(update.effective.limits);
            }
            self.set_limits(slot, wished, tightest);
        }
        let strategy = self.strategies.get(slot).expect("a slot that is named is taken");
        Ok((ResultCode::Ok, ResultData::Effective(Box::new(strategy.effective))))
    }
}
