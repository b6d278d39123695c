//! What a request's answer, or its absence, makes of its flow (executor 5).

use super::Executor;
use super::deadlines::Due;
use super::flow::{FlowState, Intent};
use crate::domain::id::Ticket;
use crate::domain::retcode::{Retcode, RetcodeClass};
use crate::executor::action::{Action, Alert, AlertCode, Severity, Why};
use crate::executor::event::{Answer, Outcome, ServerAnswer};

impl Executor {
    /// An answer; one that no open flow waits for, or that repeats what is known, changes nothing.
    pub(super) fn on_answer(&mut self, answer: &Answer, out: &mut Vec<Action>) {
        let Some(number) = self.flows.by_cid(answer.cid) else { return };
        let Some(flow) = self.flows.get(number) else { return };
        if !flow.is_out() {
            return;
        }
        match &answer.outcome {
            Outcome::NotSent => self.try_again(number, usize::MAX, None, out),
            Outcome::NoAnswer => self.make_unknown(number, out),
            Outcome::Server(answer) => self.on_server_answer(number, answer, out),
        }
    }

    fn on_server_answer(&mut self, number: u64, answer: &ServerAnswer, out: &mut Vec<Action>) {
        let retcode = answer.retcode;
        match retcode.class() {
            RetcodeClass::Done | RetcodeClass::Placed => self.accept(number, answer, out),
            RetcodeClass::Partial => {
                if matches!(self.flows.get(number).map(|flow| flow.intent), Some(Intent::Open { .. })) {
                    self.flow_alert(number, Severity::Warning, AlertCode::PartialFill, Some(retcode), out);
                }
                self.accept(number, answer, out);
            }
            RetcodeClass::AlreadySo => {
                self.end_flow(number);
                self.ask_snapshot(out);
            }
            RetcodeClass::Retry | RetcodeClass::BackOff => self.try_again(number, usize::MAX, Some(retcode), out),
            RetcodeClass::RetryOnce => self.try_again(number, 1, Some(retcode), out),
            RetcodeClass::Reread => {
                self.ask_snapshot(out);
                self.try_again(number, usize::MAX, Some(retcode), out);
            }
            RetcodeClass::OtherFilling => self.try_other_filling(number, retcode, out),
            RetcodeClass::Unknown => self.make_unknown(number, out),
            RetcodeClass::Environment => self.on_environment(number, retcode, out),
            RetcodeClass::Final => self.refuse(number, Some(retcode), out),
        }
    }

    /// Done, or accepted: what is missing now is the deal or the position.
    fn accept(&mut self, number: u64, answer: &ServerAnswer, out: &mut Vec<Action>) {
        let deadline = self.now.plus_msc(self.config.limits.request_deadline_msc);
        let Some(flow) = self.flows.get_mut(number) else { return };
        flow.order = answer.order.or(flow.order);
        flow.state = FlowState::Accepted;
        let modifies = matches!(flow.intent, Intent::Modify { .. });
        self.deadlines.set(Due::Flow(number), Some(deadline));
        if modifies {
            self.end_flow(number);
        } else {
            self.settle_flow(number, out);
        }
    }

    /// Ends a flow whose effect has been seen; what a partial close left open is closed by an intent of its own.
    pub(super) fn settle_flow(&mut self, number: u64, out: &mut Vec<Action>) {
        let Some(flow) = self.flows.get(number) else { return };
        if !matches!(flow.state, FlowState::Accepted | FlowState::Unknown { .. }) {
            return;
        }
        let (why, was_unknown) = (flow.why, flow.is_unknown());
        match flow.intent {
            Intent::Open { .. } if flow.claimed || flow.order.is_some_and(|order| self.book.knows(order)) => {}
            Intent::Close { position, volume } if self.still_open(position) < volume => {}
            Intent::Modify { position, .. } if self.book.get(position).is_none_or(|holding| !holding.lacks_stops()) => {}
            _ => return,
        }
        let rest = flow.intent.position().filter(|_| matches!(flow.intent, Intent::Close { .. }));
        if was_unknown {
            self.flow_alert(number, Severity::Info, AlertCode::UnknownFound, None, out);
        }
        self.end_flow(number);
        if let Some(rest) = rest.filter(|_| why != Why::StopCommand) {
            self.close_position(rest, why, out);
        }
    }

    /// What is still open of a position; nothing when it is closed or not ours.
    fn still_open(&self, position: Ticket) -> crate::domain::amount::Volume {
        let open = self.book.get(position).filter(|holding| holding.is_open());
        open.map_or(crate::domain::amount::Volume::ZERO, super::book::Holding::open_volume)
    }

    /// Whether nothing more is to be expected of a flow but its answer.
    pub(super) fn is_settled(&self, number: u64) -> bool {
        let Some(flow) = self.flows.get(number) else { return true };
        match flow.intent.position() {
            None => flow.claimed,
            Some(position) => self.book.get(position).is_none_or(|holding| !holding.is_open()),
        }
    }

    /// Sends again later: at most `tries_max` times, and never more often than there are pauses.
    fn try_again(&mut self, number: u64, tries_max: usize, retcode: Option<Retcode>, out: &mut Vec<Action>) {
        let Some(flow) = self.flows.get_mut(number) else { return };
        let tries = flow.retries as usize;
        let pause = self.config.limits.retry_pauses_msc.get(tries).filter(|_| tries < tries_max);
        match pause {
            Some(&pause) => {
                flow.retries += 1;
                flow.state = FlowState::Waiting;
                self.deadlines.set(Due::Flow(number), Some(self.now.plus_msc(pause)));
            }
            None => self.refuse(number, retcode, out),
        }
    }

    fn try_other_filling(&mut self, number: u64, retcode: Retcode, out: &mut Vec<Action>) {
        let Some(flow) = self.flows.get_mut(number) else { return };
        flow.filling += 1;
        let modes = self.symbols[flow.symbol.index()].spec.as_ref().map_or(0, |spec| spec.filling_modes().len());
        if flow.filling < modes {
            flow.state = FlowState::Waiting;
            self.attempt(number, out);
        } else {
            self.refuse(number, Some(retcode), out);
        }
    }

    /// Nothing will be accepted for now. A closed market passes by itself; a disabled account needs a person.
    fn on_environment(&mut self, number: u64, retcode: Retcode, out: &mut Vec<Action>) {
        if retcode != Retcode::MARKET_CLOSED && !self.trading_disabled {
            self.trading_disabled = true;
            self.flow_alert(number, Severity::Critical, AlertCode::TradingDisabled, Some(retcode), out);
        }
        self.refuse(number, Some(retcode), out);
    }

    /// Gives an intent up: it is certainly not with the broker. A position whose stops cannot be restored is closed.
    fn refuse(&mut self, number: u64, retcode: Option<Retcode>, out: &mut Vec<Action>) {
        self.flow_alert(number, Severity::Warning, AlertCode::RequestRefused, retcode, out);
        let intent = self.flows.get(number).map(|flow| flow.intent);
        self.end_flow(number);
        if let Some(Intent::Modify { position, .. }) = intent {
            self.close_position(position, Why::RestoreStops, out);
        }
    }

    /// A flow's deadline has come: its answer or its deal is missing, or its pause is over.
    pub(super) fn on_flow_due(&mut self, number: u64, out: &mut Vec<Action>) {
        let Some(flow) = self.flows.get(number) else { return };
        match flow.state {
            FlowState::Waiting => self.repeat(number, out),
            FlowState::Sent | FlowState::Accepted if self.is_settled(number) => self.end_flow(number),
            FlowState::Sent | FlowState::Accepted => self.make_unknown(number, out),
            FlowState::Unknown { .. } => self.ask_snapshot(out),
        }
    }

    /// A repeated entry must still be allowed; what reduces risk always is.
    fn repeat(&mut self, number: u64, out: &mut Vec<Action>) {
        let Some(flow) = self.flows.get(number) else { return };
        let enters = matches!(flow.intent, Intent::Open { .. });
        let strategy = self.strategies.slot(&flow.strategy).and_then(|slot| self.strategies.get(slot));
        if enters && strategy.is_none_or(|strategy| self.check_permission(strategy).is_err()) {
            self.end_flow(number);
        } else {
            self.attempt(number, out);
        }
    }

    /// Raises an alert about a flow.
    pub(super) fn flow_alert(&self, number: u64, severity: Severity, code: AlertCode, retcode: Option<Retcode>, out: &mut Vec<Action>) {
        let Some(flow) = self.flows.get(number) else { return };
        let position = flow.intent.position().or(flow.order);
        let (strategy, cid) = (Some(flow.strategy.clone()), Some(flow.cid));
        out.push(Alert { strategy, cid, position, retcode, ..Alert::new(severity, code) }.into());
    }
}
