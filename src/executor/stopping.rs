//! STOP: a strategy ends flat, or says what remains and keeps trying (executor 2.3).

use super::Executor;
use super::deadlines::Due;
use super::flow::Intent;
use super::strategies::PendingStop;
use crate::domain::id::{CommandId, StrategyId, Ticket};
use crate::executor::action::{Action, Alert, AlertCode, Report, ResultCode, ResultData, ResultStatus, Severity, StrategyState, Why};
use crate::executor::command::OnStop;

impl Executor {
    /// No entries from this moment; positions are closed as the command says.
    pub(super) fn begin_stop(&mut self, slot: u32, id: &CommandId, on_stop: OnStop, out: &mut Vec<Action>) {
        let deadline = self.now.plus_msc(self.config.limits.stop_deadline_msc);
        let Some(strategy) = self.strategies.get_mut(slot) else { return };
        // A later STOP may close what an earlier one would have kept, never the other way round.
        if strategy.state != StrategyState::Stopping || on_stop == OnStop::Close {
            strategy.on_stop = on_stop;
        }
        strategy.state = StrategyState::Stopping;
        strategy.update = None;
        strategy.stops.push(PendingStop { id: id.clone(), deadline });
        let magic = strategy.magic();
        if self.deadlines.get(Due::Stop(slot)).is_none() {
            self.deadlines.set(Due::Stop(slot), Some(deadline));
        }
        let waiting = |flow: &super::flow::Flow| !flow.is_out() && matches!(flow.intent, Intent::Open { .. });
        let unsent: Vec<u64> = self.flows.of(magic).filter(|(_, flow)| waiting(flow)).map(|(number, _)| number).collect();
        unsent.into_iter().for_each(|number| self.end_flow(number));
        self.advance_stop(slot, out);
    }

    /// Takes the next step towards flat; ends the strategy when it is.
    pub(super) fn advance_stop(&mut self, slot: u32, out: &mut Vec<Action>) {
        let Some(strategy) = self.strategies.get(slot).filter(|strategy| strategy.state == StrategyState::Stopping) else { return };
        let (magic, on_stop) = (strategy.magic(), strategy.on_stop);
        if on_stop == OnStop::Close {
            let open: Vec<Ticket> = self.book.of(magic).filter(|holding| holding.is_open()).map(|holding| holding.ticket).collect();
            open.into_iter().for_each(|ticket| self.close_position(ticket, Why::StopCommand, out));
        }
        let holds = on_stop == OnStop::Close && self.book.of(magic).any(|holding| holding.is_open());
        let pending = self.flows.of(magic).any(|(number, _)| !self.is_settled(number));
        if holds || pending {
            self.deadlines.set(Due::StopRetry(slot), Some(self.now.plus_msc(self.config.limits.stop_retry_msc)));
        } else {
            self.end_strategy(slot, out);
        }
    }

    /// Lets a STOP look again at this moment, once the present event has been dealt with.
    pub(super) fn advance_stop_soon(&mut self, strategy: &StrategyId) {
        let Some(slot) = self.strategies.slot(strategy) else { return };
        if self.strategies.get(slot).is_some_and(|strategy| strategy.state == StrategyState::Stopping) {
            self.deadlines.set(Due::StopRetry(slot), Some(self.now));
        }
    }

    fn end_strategy(&mut self, slot: u32, out: &mut Vec<Action>) {
        let Some(strategy) = self.strategies.remove(slot) else { return };
        assert!(
            strategy.on_stop == OnStop::Keep || self.book.of(strategy.magic()).all(|holding| !holding.is_open()),
            "a STOP that closes ends flat"
        );
        self.deadlines.set(Due::Stop(slot), None);
        self.deadlines.set(Due::StopRetry(slot), None);
        let feed = &mut self.feeds[usize::from(strategy.feed)];
        feed.unwatch(slot);
        if feed.watchers.is_empty() {
            self.symbols[strategy.symbol.index()].feeds.retain(|&used| used != strategy.feed);
        }
        for stop in &strategy.stops {
            let data = ResultData::Stopped { closed: strategy.stopped.clone(), remaining: Vec::new() };
            self.finish(&stop.id, ResultStatus::Executed, ResultCode::Ok, Some(&strategy.id), data, out);
        }
    }

    /// A STOP has taken too long: it fails with what remains, and goes on.
    pub(super) fn on_stop_due(&mut self, slot: u32, out: &mut Vec<Action>) {
        let now = self.now;
        let Some(strategy) = self.strategies.get_mut(slot) else { return };
        let (late, waiting) = std::mem::take(&mut strategy.stops).into_iter().partition(|stop: &PendingStop| stop.deadline <= now);
        let late: Vec<PendingStop> = late;
        strategy.stops = waiting;
        let next = strategy.stops.iter().map(|stop| stop.deadline).min();
        let (id, magic, closed) = (strategy.id.clone(), strategy.magic(), strategy.stopped.clone());
        self.deadlines.set(Due::Stop(slot), next);
        let remaining: Vec<Ticket> = self.book.of(magic).filter(|holding| holding.is_open()).map(|holding| holding.ticket).collect();
        for stop in &late {
            let data = ResultData::Stopped { closed: closed.clone(), remaining: remaining.clone() };
            self.finish(&stop.id, ResultStatus::Failed, ResultCode::NotFlat, Some(&id), data, out);
        }
        let position = remaining.first().copied();
        let alert =
            Alert { severity: Severity::Critical, code: AlertCode::NotFlat, strategy: Some(id), cid: None, position, retcode: None };
        out.push(Action::Report(Box::new(Report::Alert(alert))));
    }
}
