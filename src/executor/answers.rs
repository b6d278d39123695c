//! What an answer to a request, or the lack of one, does to the attempt (executor 5). Goals stay: a
//! failed attempt only postpones the next one.

use super::Executor;
use super::deadlines::Due;
use super::flow::{Flow, FlowState, Intent};
use super::plant::planted;
use crate::domain::amount::Volume;
use crate::domain::id::Ticket;
use crate::domain::order::OrderState;
use crate::domain::retcode::{Retcode, RetcodeClass};
use crate::executor::action::{Action, Alert, AlertCode, OrderProgress, Severity, Verdict};
use crate::executor::book::holding::Holding;
use crate::executor::book::order::HeldOrder;
use crate::executor::event::{Answer, Outcome, ServerAnswer};
use crate::executor::permission::Entry;

impl Executor {
    /// Takes an answer. One that no open attempt waits for, or that repeats what is known, changes
    /// nothing.
    pub(super) fn on_answer(&mut self, answer: &Answer, out: &mut Vec<Action>) {
        let Some(number) = self.flows.by_cid(answer.cid) else { return };
        let flow = self.flows.get_mut(number).expect("what is numbered is open");
        if !flow.is_out() {
            return;
        }
        match &answer.outcome {
            Outcome::NotSent => self.fail(number, RetcodeClass::BackOff, None, out),
            Outcome::NoAnswer => self.make_unknown(number, out),
            Outcome::Server(server) => {
                flow.retcode = Some(server.retcode);
                self.readings.stir();
                self.on_server_answer(number, server, out);
            }
        }
    }

    fn on_server_answer(&mut self, number: u64, answer: &ServerAnswer, out: &mut Vec<Action>) {
        let enters = self.flows.get(number).expect("what is answered is open").intent.enters();
        // An entry asks for no change that could already be in force: for it this code is a refusal
        // like any other.
        let class = match answer.retcode.class() {
            RetcodeClass::AlreadySo if enters => RetcodeClass::Final,
            class => class,
        };
        match class {
            RetcodeClass::Done | RetcodeClass::Placed | RetcodeClass::Partial => {
                self.accept(number, answer, out);
            }
            RetcodeClass::AlreadySo => self.already_so(number),
            RetcodeClass::Unknown => self.make_unknown(number, out),
            RetcodeClass::Environment => {
                self.on_environment(number, answer.retcode, out);
                self.fail(number, class, Some(answer.retcode), out);
            }
            RetcodeClass::Retry
            | RetcodeClass::RetryOnce
            | RetcodeClass::BackOff
            | RetcodeClass::OtherFilling
            | RetcodeClass::Reread
            | RetcodeClass::Final => self.fail(number, class, Some(answer.retcode), out),
        }
    }

    /// The request was done, in part or whole, or accepted: from here on the book keeps its order.
    fn accept(&mut self, number: u64, answer: &ServerAnswer, out: &mut Vec<Action>) {
        self.history.summary.accepted += 1;
        let flow = self.flows.get(number).expect("what is answered is open");
        let partial = answer.retcode.class() == RetcodeClass::Partial;
        if partial && flow.intent.enters() {
            let alert = Alert {
                retcode: Some(answer.retcode),
                ..Alert::new(Severity::Warning, AlertCode::PartialFill)
            };
            self.flow_alert(number, alert, out);
        }
        if !flow.intent.makes_order() {
            if answer.retcode.class() == RetcodeClass::Placed {
                self.linger(number);
            }
            return self.done(number);
        }
        if planted!(self, OrderWorkingTakenForAbsent)
            && answer.retcode.class() == RetcodeClass::Placed
        {
            return self.end_flow(number, OrderProgress::Ended, None);
        }
        match answer.order {
            Some(order) => self.order_named(number, order, answer),
            None => self.await_order(number),
        }
        self.match_early(out);
        if partial {
            self.read_at_once();
        }
    }

    /// A change was answered as done. News and readings tell whether it had its effect.
    fn done(&mut self, number: u64) {
        let flow = self.flows.get(number).expect("what is answered is open");
        let step = self.step;
        match flow.intent {
            Intent::Modify(ref one) => {
                // What was done may not be what is wanted by now.
                let meant = |holding: &&mut Holding| {
                    holding.lacks_stops() && holding.stops_goal.wanted == (one.sl, one.tp)
                };
                if let Some(holding) = self.book.get_mut(one.position).filter(meant) {
                    holding.stops_goal.done_at = Some(step);
                }
            }
            Intent::ModifyOrder(ref one) => {
                let change = self.book.order_mut(one.order).and_then(|order| order.change.as_mut());
                if let Some(change) = change.filter(|change| change.request == *one) {
                    change.done_at = Some(step);
                }
            }
            Intent::Remove(ref one) => {
                let (now, pause) = (self.now, self.config.limits.goal_pause_max_ms);
                if let Some(order) = self.book.order_mut(one.order) {
                    // The order is gone once its state says so; until then a further attempt may be
                    // needed.
                    order.remove.iter_mut().for_each(|goal| goal.pace.fail(now, pause));
                }
            }
            Intent::Open(_) | Intent::Place(_) | Intent::Close(_) | Intent::CloseBy(_) => {
                unreachable!("what makes an order is accepted as one")
            }
        }
        self.end_flow(number, OrderProgress::Ended, None);
    }

    fn order_named(&mut self, number: u64, ticket: Ticket, answer: &ServerAnswer) {
        let (step, now) = (self.step, self.now);
        let flow = self.flows.get(number).expect("what is answered is open");
        let over = self.book.knows_order(ticket) && self.book.order(ticket).is_none();
        // Its position may have been opened and closed before the answer came.
        let past = flow.claimed && self.book.of_key(flow.key).next().is_none();
        if !(over || past && self.book.order(ticket).is_none()) {
            if self.book.order(ticket).is_none() {
                let order = HeldOrder::of(flow, ticket).expect("it makes an order");
                self.book.begin_order(order);
            }
            let state = state_of(flow, answer.retcode);
            let order = self.book.order_mut(ticket).expect("it was begun");
            // What became of a change is not told by the answer to the placing.
            if order.changes == 0 {
                order.retcode = Some(answer.retcode);
            }
            order.heard = step;
            order.since = now;
            if !order.state.is_final() && (state.is_final() || order.state == OrderState::Started) {
                order.state = state;
            }
            if state != OrderState::Placed {
                // Servers leave out the volume of whole fills, and nobody fills more than was asked
                // for.
                let whole = state == OrderState::Filled && answer.volume == Volume::ZERO
                    || answer.volume > order.volume;
                order.said = order.said.max(if whole && order.volume > Volume::ZERO {
                    order.volume
                } else {
                    answer.volume
                });
            }
        }
        self.end_flow(number, OrderProgress::Working, None);
        self.embrace_order(ticket);
    }

    /// The request was accepted without an order being named: the order or deal it makes will tell.
    fn await_order(&mut self, number: u64) {
        let deadline = self.now.plus_ms(self.config.limits.request_deadline_ms);
        let flow = self.flows.get_mut(number).expect("what is answered is open");
        if flow.claimed {
            return self.end_flow(number, OrderProgress::Working, None);
        }
        flow.state = FlowState::Accepted;
        self.deadlines.set(Due::Flow(number), Some(deadline));
    }

    /// The server says that there is nothing to do: the position is closed, or already as
    /// requested. A reading confirms it.
    fn already_so(&mut self, number: u64) {
        let (now, pause, step) = (self.now, self.config.limits.goal_pause_max_ms, self.step);
        let flow = self.flows.get(number).expect("what is answered is open");
        let position = flow.intent.position();
        let asked =
            if let Intent::Modify(one) = &flow.intent { Some((one.sl, one.tp)) } else { None };
        let closed = flow.retcode == Some(Retcode::POSITION_CLOSED);
        if flow.intent.order().is_some() {
            return self.done(number);
        }
        if let Some(holding) = position.and_then(|ticket| self.book.get_mut(ticket)) {
            if closed {
                holding.server_says_closed = true;
            }
            // What is already so may not be what is wanted by now.
            if asked == Some(holding.stops_goal.wanted) && !closed {
                holding.stops_goal.done_at = Some(step);
            }
            // Until a reading shows it, the same change would get the same answer.
            if asked.is_some() && closed {
                holding.stops_goal.pace.fail(now, pause);
            }
            if let Some(exit) = &mut holding.exit {
                exit.pace.fail(now, pause);
                exit.doubted_at = exit.part.map(|_| step).filter(|_| closed).or(exit.doubted_at);
            }
        }
        self.end_flow(number, OrderProgress::Ended, None);
    }

    /// An attempt has ended without an effect, or it is a change or removal that may be tried again
    /// whatever becomes of it. An entry is sent again if that may help. A goal that reduces risk
    /// stays, and is tried again later.
    pub(super) fn fail(
        &mut self,
        number: u64,
        class: RetcodeClass,
        retcode: Option<Retcode>,
        out: &mut Vec<Action>,
    ) {
        let flow = self.flows.get(number).expect("what fails is open");
        if matches!(flow.state, FlowState::Accepted) {
            // The request was accepted before, and two contradicting answers prove nothing.
            return self.make_unknown(number, out);
        }
        self.history.summary.refused += u64::from(retcode.is_some());
        match flow.intent {
            Intent::Open(_) | Intent::Place(_) => self.fail_entry(number, class, retcode, out),
            Intent::Close(_) | Intent::CloseBy(_) => self.fail_exit(number, class, retcode, out),
            Intent::Modify(_) => self.fail_stops(number, class, retcode, out),
            Intent::ModifyOrder(_) | Intent::Remove(_) => {
                self.fail_order_goal(number, retcode);
                self.end_flow(number, OrderProgress::Ended, None);
            }
        }
    }

    fn fail_entry(
        &mut self,
        number: u64,
        class: RetcodeClass,
        retcode: Option<Retcode>,
        out: &mut Vec<Action>,
    ) {
        let flow = self.flows.get_mut(number).expect("it is open");
        if flow.claimed {
            // The effect of the refused request has been seen, and the broker's book counts for
            // more than the answer.
            return self.end_flow(number, OrderProgress::Working, None);
        }
        // The answer came after the deadline, so the entry is not tried again: its signal is long
        // past.
        if flow.is_unknown() {
            return self.refuse_entry(number, retcode, out);
        }
        let tries = flow.retries as usize;
        let tries_max = match class {
            RetcodeClass::Retry | RetcodeClass::BackOff | RetcodeClass::Reread => usize::MAX,
            RetcodeClass::RetryOnce => 1,
            _ => 0,
        };
        if let (RetcodeClass::OtherFilling, Intent::Open(plan)) = (class, &mut flow.intent) {
            plan.filling += 1;
            flow.state = FlowState::Waiting;
            return self.try_other_filling(number, retcode, out);
        }
        let pause =
            self.config.limits.retry_pauses_ms.get(tries).copied().filter(|_| tries < tries_max);
        // If its owner was ended or paused meanwhile, the entry ends too: a later START or RESUME
        // does not revive it. A link that is down may be up again when the pause ends.
        let flow = self.flows.get(number).expect("it is open");
        let permit =
            self.permit(Entry::of(number, flow, &self.strategies).expect("it is an entry"));
        if let (Some(_), Err(verdict)) = (pause, permit)
            && verdict != Verdict::NotReady
        {
            return self.give_up(number, verdict, out);
        }
        let flow = self.flows.get_mut(number).expect("it is open");
        match pause {
            Some(pause) => {
                flow.retries += 1;
                flow.state = FlowState::Waiting;
                self.deadlines.set(Due::Flow(number), Some(self.now.plus_ms(pause)));
            }
            None => self.refuse_entry(number, retcode, out),
        }
    }

    /// Tries another filling mode, if the symbol has one. Permission is checked as for every
    /// attempt.
    fn try_other_filling(&mut self, number: u64, retcode: Option<Retcode>, out: &mut Vec<Action>) {
        let flow = self.flows.get(number).expect("it is open");
        let Intent::Open(plan) = &flow.intent else {
            unreachable!("only market orders have other filling modes")
        };
        match self.plan(plan.terms(flow.symbol)) {
            Err(Verdict::NoFilling) => self.refuse_entry(number, retcode, out),
            _ => self.repeat(number, out),
        }
    }

    fn refuse_entry(&mut self, number: u64, retcode: Option<Retcode>, out: &mut Vec<Action>) {
        self.flow_alert(
            number,
            Alert { retcode, ..Alert::new(Severity::Warning, AlertCode::RequestRefused) },
            out,
        );
        self.end_flow(number, OrderProgress::Ended, None);
    }

    fn fail_exit(
        &mut self,
        number: u64,
        class: RetcodeClass,
        retcode: Option<Retcode>,
        out: &mut Vec<Action>,
    ) {
        let (now, pause) = (self.now, self.config.limits.goal_pause_max_ms);
        let flow = self.flows.get(number).expect("it is open");
        let (ticket, symbol) =
            (flow.intent.position().expect("an exit is one of a position"), flow.symbol);
        let modes = self.symbols[symbol.index()]
            .spec
            .as_ref()
            .map_or(1, |spec| spec.filling_modes().len().max(1));
        if planted!(self, ExitForgottenAfterRefusal) && retcode.is_some() {
            self.book.get_mut(ticket).into_iter().for_each(|holding| holding.exit = None);
        }
        let mut first = false;
        if let Some(exit) = self.book.get_mut(ticket).and_then(|holding| holding.exit.as_mut()) {
            first = exit.pace.failures == 0;
            exit.filling += usize::from(class == RetcodeClass::OtherFilling);
            exit.pace.fail(now, pause);
            // The symbol's other modes are tried without a pause, each once.
            if class == RetcodeClass::OtherFilling && !exit.filling.is_multiple_of(modes) {
                exit.pace.another_way();
            }
        }
        if retcode == Some(Retcode::PRICE_OFF) {
            self.symbols[symbol.index()].awaited = true;
        }
        if first {
            self.flow_alert(
                number,
                Alert { retcode, ..Alert::new(Severity::Warning, AlertCode::RequestRefused) },
                out,
            );
        }
        self.end_flow(number, OrderProgress::Ended, None);
    }

    fn fail_stops(
        &mut self,
        number: u64,
        class: RetcodeClass,
        retcode: Option<Retcode>,
        out: &mut Vec<Action>,
    ) {
        let (now, pause) = (self.now, self.config.limits.goal_pause_max_ms);
        let flow = self.flows.get(number).expect("it is open");
        let Intent::Modify(request) = &flow.intent else {
            unreachable!("only stops are modified so")
        };
        let (ticket, asked) = (request.position, (request.sl, request.tp));
        let (mut first, mut meant) = (false, false);
        if let Some(holding) = self.book.get_mut(ticket) {
            meant = holding.stops_goal.wanted == asked;
            first = holding.stops_goal.pace.failures == 0;
            holding.stops_goal.pace.fail(now, pause);
        }
        if first {
            self.flow_alert(
                number,
                Alert { retcode, ..Alert::new(Severity::Warning, AlertCode::RequestRefused) },
                out,
            );
        }
        self.end_flow(number, OrderProgress::Ended, None);
        // The refusal concerns these stops; others that are wanted by now have yet to be tried.
        if class == RetcodeClass::Final && meant {
            self.stops_failed(ticket, retcode);
        }
    }

    /// An attempt to remove or change an order is over. A change that a command wanted is dropped
    /// when the server refuses it for good; a removal stays wanted, and so does the undoing of a late
    /// change.
    fn fail_order_goal(&mut self, number: u64, retcode: Option<Retcode>) {
        let (now, pause) = (self.now, self.config.limits.goal_pause_max_ms);
        let flow = self.flows.get(number).expect("it is open");
        let refused = retcode.is_some_and(|code| code.class() == RetcodeClass::Final);
        let asked = if let Intent::ModifyOrder(request) = &flow.intent {
            Some(request.clone())
        } else {
            None
        };
        let ticket = flow.intent.order().expect("only orders are changed and removed so");
        // The order may have ended meanwhile.
        let Some(order) = self.book.order_mut(ticket) else { return };
        order.remove.iter_mut().for_each(|goal| goal.pace.fail(now, pause));
        order.change.iter_mut().for_each(|goal| goal.pace.fail(now, pause));
        if order.change.as_ref().is_some_and(|change| asked.as_ref() == Some(&change.request)) {
            order.retcode = retcode;
            order.change.take_if(|change| refused && !change.undoes);
        }
    }

    /// Nothing will be accepted for now. A closed market opens by itself. A disabled account needs
    /// a person, or news from the broker that trading is allowed again.
    fn on_environment(&mut self, number: u64, retcode: Retcode, out: &mut Vec<Action>) {
        if retcode != Retcode::MARKET_CLOSED && !self.gate.trading_disabled {
            self.gate.trading_disabled = true;
            self.flow_alert(
                number,
                Alert {
                    retcode: Some(retcode),
                    ..Alert::new(Severity::Critical, AlertCode::TradingDisabled)
                },
                out,
            );
        }
    }

    /// An attempt's deadline has come: its answer or its effect is missing, or its pause is over.
    pub(super) fn on_flow_due(&mut self, number: u64, out: &mut Vec<Action>) {
        let flow = self.flows.get(number).expect("a deadline ends with its attempt");
        match flow.state {
            FlowState::Waiting | FlowState::Sent | FlowState::Accepted if flow.claimed => {
                self.end_flow(number, OrderProgress::Working, None);
            }
            FlowState::Waiting => self.repeat(number, out),
            FlowState::Sent | FlowState::Accepted => self.make_unknown(number, out),
            FlowState::Unknown { .. } => self.readings.stir(),
        }
    }
}

/// The state of an attempt's order after an answer. A partly filled order counts as working until
/// the account says otherwise, because brokers leave rests whatever the filling mode.
const fn state_of(flow: &Flow, retcode: Retcode) -> OrderState {
    match (retcode.class(), &flow.intent) {
        (RetcodeClass::Placed, _) | (RetcodeClass::Done, Intent::Place(_)) => OrderState::Placed,
        (RetcodeClass::Partial, _) => OrderState::Partial,
        _ => OrderState::Filled,
    }
}
