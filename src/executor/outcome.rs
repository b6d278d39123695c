//! How commands that wait end.

use super::Executor;
use super::deadlines::Due;
use super::plant::planted;
use super::scope::Scope;
use super::waiting::{Until, Waiting};
use crate::domain::amount::Volume;
use crate::domain::id::{CommandId, IntentKey, StrategyId, Ticket};
use crate::domain::retcode::Retcode;
use crate::executor::action::{
    Action, Alert, AlertCode, OrderProgress, ResultCode, ResultData, ResultStatus, Severity,
    Verdict,
};
use crate::executor::book::holding::Holding;

/// How a waiting command has ended.
struct Outcome {
    code: ResultCode,
    data: ResultData,
    retcode: Option<Retcode>,
}

impl Outcome {
    const fn done(data: ResultData) -> Self {
        Self { code: ResultCode::Ok, data, retcode: None }
    }

    const fn failed(code: ResultCode, retcode: Option<Retcode>) -> Self {
        Self { code, data: ResultData::None, retcode }
    }
}

impl Executor {
    /// Lets a command wait; its end may have come already.
    pub(super) fn wait(&mut self, id: &CommandId, strategy: Option<&StrategyId>, until: Until) {
        let limits = &self.config.limits;
        let msc = if matches!(until, Until::Flat { .. }) {
            limits.stop_deadline_ms
        } else {
            limits.command_deadline_ms
        };
        let deadline = self.now.plus_ms(msc);
        let waiting = Waiting {
            id: id.clone(),
            strategy: strategy.cloned(),
            until,
            deadline,
            closed: Vec::new(),
            late: false,
        };
        let number = self.waiting.add(waiting);
        self.deadlines.set(Due::Command(number), Some(deadline));
    }

    /// Ends the commands whose end has come.
    pub(super) fn settle_commands(&mut self, out: &mut Vec<Action>) {
        let numbers: Vec<u64> = self.waiting.iter().map(|(number, _)| number).collect();
        for number in numbers {
            let waiting = self.waiting.get(number).expect("it was listed");
            if let Some(outcome) = self.outcome(waiting) {
                self.conclude_waiting(number, outcome, out);
            }
        }
    }

    fn conclude_waiting(&mut self, number: u64, outcome: Outcome, out: &mut Vec<Action>) {
        let waiting = self.waiting.take(number).expect("it was listed");
        self.deadlines.set(Due::Command(number), None);
        if waiting.late && planted!(self, SecondResultForACommand) {
            let Outcome { code, data, retcode } = outcome;
            let (id, strategy, status) = (waiting.id, waiting.strategy, ResultStatus::Executed);
            let result = crate::executor::action::CommandResult {
                id,
                status,
                code,
                strategy,
                data,
                retcode,
            };
            return out.push(Action::Result(Box::new(result)));
        }
        if waiting.late {
            let alert = Alert {
                strategy: waiting.strategy,
                command: Some(waiting.id),
                ..Alert::new(Severity::Info, AlertCode::FlatAfterAll)
            };
            return out.push(alert.into());
        }
        let Outcome { code, data, retcode } = outcome;
        let status =
            if code == ResultCode::Ok { ResultStatus::Executed } else { ResultStatus::Failed };
        self.finish_with(
            &waiting.id,
            (status, code),
            waiting.strategy.as_ref(),
            data,
            retcode,
            out,
        );
    }

    /// Ends the commands that wait for this end, because another goal has replaced theirs.
    pub(super) fn withdraw(&mut self, until: &Until, out: &mut Vec<Action>) {
        let same = self.waiting.iter().filter(|(_, one)| one.until == *until);
        let numbers: Vec<u64> = same.map(|(number, _)| number).collect();
        for number in numbers {
            self.conclude_waiting(number, Outcome::failed(ResultCode::Withdrawn, None), out);
        }
    }

    /// A command has waited too long: it fails with what remains, and its goals stay.
    pub(super) fn on_command_due(&mut self, number: u64, out: &mut Vec<Action>) {
        let waiting = self.waiting.get_mut(number).expect("a deadline ends with its command");
        let Waiting { id, strategy, until, closed, .. } = waiting.clone();
        waiting.late = true;
        let (code, data) = match &until {
            Until::Flat { scope, close } => {
                let remaining = if *close { self.open_in(*scope) } else { Vec::new() };
                let orders = self.working_in(*scope);
                let (position, order) = (remaining.first().copied(), orders.first().copied());
                let alert = Alert {
                    strategy: strategy.clone(),
                    command: Some(id.clone()),
                    position,
                    order,
                    ..Alert::new(Severity::Critical, AlertCode::NotFlat)
                };
                out.push(alert.into());
                (ResultCode::NotFlat, ResultData::Stopped { closed, remaining, orders })
            }
            Until::Closed(targets) => (
                ResultCode::NotDone,
                ResultData::Stopped { closed, remaining: self.above(targets), orders: Vec::new() },
            ),
            Until::Opened(key) | Until::Placed(key) => (ResultCode::NotDone, self.trade_data(*key)),
            Until::Subscribed(start) => (
                ResultCode::UnknownSymbol,
                super::commands::field(
                    "symbol",
                    &format!("nothing was heard of `{}`", start.symbol),
                ),
            ),
            Until::Removed(_) | Until::Changed(_) | Until::Stops(_) => {
                (ResultCode::NotDone, ResultData::None)
            }
        };
        if !matches!(until, Until::Flat { .. }) && !planted!(self, SecondResultForACommand) {
            self.waiting.take(number).expect("it waits");
        }
        self.finish(&id, ResultStatus::Failed, code, strategy.as_ref(), data, out);
    }

    /// A position was closed: commands that wait for it note it.
    pub(super) fn note_closed(&mut self, holding: &Holding) {
        let magic = holding.claim.magic;
        let of_strategy = holding.claim.owner.strategy().is_some();
        for waiting in self.waiting.iter_mut() {
            let concerned = match &waiting.until {
                Until::Flat { scope: Scope::Strategy(own), .. } => *own == magic,
                Until::Flat { scope: Scope::Strategies, .. } => of_strategy,
                Until::Flat { scope: Scope::Ours, .. } => true,
                Until::Closed(targets) => {
                    targets.iter().any(|(ticket, _)| *ticket == holding.ticket)
                }
                _ => false,
            };
            if concerned {
                waiting.closed.push(holding.ticket);
            }
        }
    }

    /// How a waiting command has ended; none while it has not.
    fn outcome(&self, waiting: &Waiting) -> Option<Outcome> {
        let stopped = || {
            Outcome::done(ResultData::Stopped {
                closed: waiting.closed.clone(),
                remaining: Vec::new(),
                orders: Vec::new(),
            })
        };
        match &waiting.until {
            Until::Flat { scope, close } => self.is_flat(*scope, *close).then(stopped),
            Until::Closed(targets) => self.closed_outcome(targets, stopped),
            Until::Opened(key) => self.entry_outcome(*key, OrderProgress::Filled),
            Until::Placed(key) => self.entry_outcome(*key, OrderProgress::Working),
            Until::Removed(ticket) => self.removed_outcome(*ticket),
            Until::Changed(ticket) => self.changed_outcome(*ticket),
            Until::Stops(ticket) => self.stops_outcome(*ticket),
            Until::Subscribed(_) => None,
        }
    }

    fn closed_outcome(
        &self,
        targets: &[(Ticket, Option<Volume>)],
        stopped: impl Fn() -> Outcome,
    ) -> Option<Outcome> {
        if self.above(targets).is_empty() {
            return Some(stopped());
        }
        // A close-by whose opposite position is gone is no longer wanted.
        let dropped = |(ticket, _): &(Ticket, Option<Volume>)| {
            self.book
                .get(*ticket)
                .is_some_and(|holding| holding.is_open() && holding.exit.is_none())
        };
        let dropped = targets.iter().any(|target| dropped(target) && !self.closing(target.0));
        dropped.then(|| Outcome::failed(ResultCode::UnknownPosition, None))
    }

    fn entry_outcome(&self, key: IntentKey, wanted: OrderProgress) -> Option<Outcome> {
        let status = self.order_status(|own, _| own == key)?;
        let data = || self.trade_data(key);
        match status.progress {
            OrderProgress::Filled => Some(Outcome::done(data())),
            OrderProgress::Working if wanted == OrderProgress::Working => {
                Some(Outcome::done(data()))
            }
            OrderProgress::Ended => {
                let verdict =
                    self.history.find(|done| done.key == key).and_then(|done| done.verdict);
                Some(Outcome { code: code_of(verdict), data: data(), retcode: status.retcode })
            }
            _ => None,
        }
    }

    fn removed_outcome(&self, ticket: Ticket) -> Option<Outcome> {
        // An order that is reported as ended still waits for the deals that tell how.
        if self.book.order(ticket).is_some() {
            return None;
        }
        if !self.book.filled(ticket) {
            return Some(Outcome::done(ResultData::None));
        }
        let done = self.history.find(|done| done.order == Some(ticket));
        let data = done.map_or(ResultData::None, |done| self.trade_data(done.key));
        Some(Outcome { code: ResultCode::Refused, data, retcode: None })
    }

    fn changed_outcome(&self, ticket: Ticket) -> Option<Outcome> {
        match self.book.order(ticket).filter(|order| order.is_working()) {
            None => Some(Outcome::failed(ResultCode::UnknownOrder, None)),
            Some(order) if order.change.is_some() => None,
            Some(order) if order.remove.is_some() => {
                Some(Outcome::failed(ResultCode::Withdrawn, None))
            }
            Some(order) if order.retcode == Some(Retcode::DONE) => {
                Some(Outcome::done(ResultData::None))
            }
            Some(order) => Some(Outcome::failed(ResultCode::Refused, order.retcode)),
        }
    }

    fn stops_outcome(&self, ticket: Ticket) -> Option<Outcome> {
        let Some(holding) = self.book.get(ticket).filter(|holding| holding.is_open()) else {
            return Some(Outcome::failed(ResultCode::UnknownPosition, None));
        };
        let goal = &holding.stops_goal;
        if let Some(refused) = goal.refused {
            return Some(Outcome::failed(ResultCode::Refused, refused.retcode));
        }
        // An attempt at earlier stops that is still out may undo these, or may just have done so.
        let settled = goal.is_settled(self.readings.complete_since()) && !self.unsettles(holding);
        let stand = goal.stood && holding.stops == goal.wanted && settled;
        stand.then(|| Outcome::done(ResultData::None))
    }

    /// The positions of which less has been closed than is to be.
    fn above(&self, targets: &[(Ticket, Option<Volume>)]) -> Vec<Ticket> {
        let holds_more =
            |(ticket, part): &&(Ticket, Option<Volume>)| match (self.book.get(*ticket), part) {
                (Some(holding), Some(part)) if holding.closed_volume() >= *part => false,
                (Some(holding), _) => self.book.may_be_open(holding),
                (None, _) => false,
            };
        targets.iter().filter(holds_more).map(|(ticket, _)| *ticket).collect()
    }
}

/// The code of a command whose entry was given up or refused.
pub(super) const fn code_of(verdict: Option<Verdict>) -> ResultCode {
    match verdict {
        None => ResultCode::Refused,
        Some(Verdict::Latched) => ResultCode::Latched,
        Some(Verdict::Stopping) => ResultCode::Withdrawn,
        Some(Verdict::Paused | Verdict::OperatorPaused) => ResultCode::Paused,
        Some(
            Verdict::DailyLoss
            | Verdict::MaxLoss
            | Verdict::ProfitTarget
            | Verdict::FlatWeekend
            | Verdict::FlatNews,
        ) => ResultCode::LimitReached,
        Some(cap) if cap.is_cap() => ResultCode::LimitReached,
        Some(
            Verdict::NotTradable
            | Verdict::SideNotAllowed
            | Verdict::NoFilling
            | Verdict::TradingDisabled,
        ) => ResultCode::NotTradable,
        Some(Verdict::StopTooNear) => ResultCode::BadParameters,
        Some(Verdict::WrongAccount) => ResultCode::AccountRefused,
        Some(_) => ResultCode::NotReady,
    }
}
