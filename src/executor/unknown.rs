//! Requests of unknown outcome: no answer came in time, or the link was lost. None that makes an
//! order is ever sent again. Either the account shows what it made, or readings requested late
//! enough prove that it made nothing.

use super::Executor;
use super::absence::AGREE;
use super::deadlines::Due;
use super::flow::{Flow, FlowState, Intent};
use super::plant::planted;
use super::readings::OpenReading;
use crate::domain::retcode::RetcodeClass;
use crate::domain::time::Timestamp;
use crate::executor::action::{Action, Alert, AlertCode, OrderProgress, Severity};

impl Executor {
    /// Attempts that do not show in readings requested late enough were not carried out.
    pub(super) fn conclude_flows(&mut self, question: OpenReading, out: &mut Vec<Action>) {
        self.settle(out);
        let now_absent = |flow: &Flow| match flow.state {
            FlowState::Unknown { .. } if planted!(self, AbsentAfterOneEmptySnapshot) => true,
            FlowState::Unknown { conclusive: Some(conclusive), .. } => question.at >= conclusive,
            _ => false,
        };
        if !self.link.synced() {
            return;
        }
        for number in self.flows.numbers(now_absent) {
            let flow = self.flows.get_mut(number).expect("it was listed");
            let FlowState::Unknown { absent, .. } = &mut flow.state else {
                unreachable!("it is unknown")
            };
            *absent += 1;
            if *absent < AGREE && !planted!(self, AbsentAfterOneEmptySnapshot) {
                self.readings.stir();
                continue;
            }
            self.flow_alert(number, Alert::new(Severity::Warning, AlertCode::UnknownAbsent), out);
            self.end_flow(number, OrderProgress::Ended, None);
        }
    }

    /// Marks the outcome of an attempt as unknown. A change or a removal can be sent again once the
    /// peer may no longer send the first request, because its goal stays.
    pub(super) fn make_unknown(&mut self, number: u64, out: &mut Vec<Action>) {
        let flow = self.flows.get(number).expect("it is open");
        assert!(flow.is_out(), "only what was sent can be unknown");
        if flow.is_unknown() {
            return;
        }
        if planted!(self, ResendAfterTimeout) && flow.intent.enters() {
            self.flows.get_mut(number).expect("it is open").state = FlowState::Waiting;
            return self.deadlines.set(Due::Flow(number), Some(self.now.plus_ms(500)));
        }
        if planted!(self, TimeoutTakenForRejection) && !matches!(flow.state, FlowState::Accepted) {
            return self.fail(number, RetcodeClass::Final, None, out);
        }
        let (conclusive, makes_order) = (self.conclusive_from(flow), flow.intent.makes_order());
        self.history.summary.unknown += 1;
        self.flow_alert(number, Alert::new(Severity::Warning, AlertCode::OutcomeUnknown), out);
        if !makes_order {
            self.readings.stir();
            self.linger(number);
            return self.fail(number, RetcodeClass::BackOff, None, out);
        }
        self.flows.get_mut(number).expect("it is open").state =
            FlowState::Unknown { conclusive, absent: 0 };
        self.deadlines.set(Due::Flow(number), conclusive);
        self.readings.stir();
    }

    /// An attempt at stops or at a change of an order was only accepted, or not answered: it may
    /// yet be carried out.
    pub(super) fn linger(&mut self, number: u64) {
        let flow = self.flows.get(number).expect("it is open");
        if let Intent::ModifyOrder(one) = &flow.intent {
            self.book.order_mut(one.order).into_iter().for_each(|order| order.linger(one));
        }
        let Intent::Modify(one) = &flow.intent else { return };
        let step = self.step;
        let goal = self.book.get_mut(one.position).map(|holding| &mut holding.stops_goal);
        // Stops that are no longer wanted are already among the overtaken ones.
        if let Some(goal) = goal.filter(|goal| goal.wanted == (one.sl, one.tp)) {
            goal.lingering += 1;
            // Which stops the broker holds only a reading tells, also when others are wanted next.
            goal.unsettled_at = Some(step);
        }
    }

    /// From when readings prove absence. The peer may send until `not_after`, and the server gets
    /// time after that; none while the broker is not connected and synced.
    fn conclusive_from(&self, flow: &Flow) -> Option<Timestamp> {
        self.link
            .synced()
            .then(|| flow.not_after.max(self.now).plus_ms(self.config.limits.unknown_window_ms))
    }

    /// The link has come or gone. Time without it does not count towards absence; when it is back,
    /// the windows begin anew.
    pub(super) fn set_windows(&mut self) {
        for number in self.flows.numbers(Flow::is_unknown) {
            let flow = self.flows.get(number).expect("it was listed");
            let conclusive = self.conclusive_from(flow);
            self.flows.get_mut(number).expect("it was listed").state =
                FlowState::Unknown { conclusive, absent: 0 };
            self.deadlines.set(Due::Flow(number), conclusive);
        }
    }
}
