//! Requests whose outcome nobody knows: never sent again, counted in limits, looked for until they are found or their
//! absence is certain (executor 5, MT5 reference 2.3).

use super::deadlines::Due;
use super::flow::{FlowState, Intent};
use super::{Executor, Stage};
use crate::domain::time::{ServerMsc, Timestamp};
use crate::executor::action::{Action, AlertCode, DataRequest, Severity, Why};
use crate::executor::event::BrokerSnapshot;
use std::collections::BTreeSet;

/// History is asked for from so long before the first attempt: clocks differ.
const HISTORY_MARGIN_MSC: i64 = 60_000;

impl Executor {
    /// A request's outcome is unknown from now on.
    pub(super) fn make_unknown(&mut self, number: u64, out: &mut Vec<Action>) {
        let conclusive = self.conclusive_from(number);
        let Some(flow) = self.flows.get_mut(number) else { return };
        assert!(flow.is_out(), "only what was sent can be unknown");
        if flow.is_unknown() {
            return;
        }
        flow.state = FlowState::Unknown { conclusive };
        self.flow_alert(number, Severity::Warning, AlertCode::OutcomeUnknown, None, out);
        self.deadlines.set(Due::Flow(number), conclusive);
        self.settle_flow(number, out);
        if self.flows.get(number).is_some() {
            self.poll(out);
        }
    }

    /// From when a complete snapshot proves absence: the peer may send until `not_after`, and the server gets its time
    /// after that; none while the broker is not connected and synced.
    fn conclusive_from(&self, number: u64) -> Option<Timestamp> {
        let flow = self.flows.get(number).filter(|_| self.link.synced())?;
        Some(flow.not_after.max(self.now).plus_msc(self.config.limits.unknown_window_msc))
    }

    /// Asks for a snapshot while anything is unknown or the account has not been read, and again after a while.
    pub(super) fn poll(&mut self, out: &mut Vec<Action>) {
        let wanted = self.flows.any_unknown() || self.link.stage >= Stage::Verified && !self.link.read;
        let next = wanted.then(|| self.now.plus_msc(self.config.limits.unknown_poll_msc));
        self.deadlines.set(Due::Poll, next);
        if next.is_some() {
            self.ask_snapshot(out);
        }
    }

    /// Asks for account, positions, orders and the history that open flows may be in.
    pub(super) fn ask_snapshot(&mut self, out: &mut Vec<Action>) {
        if self.link.stage == Stage::Down {
            return;
        }
        let since = self.flows.iter().map(|(_, flow)| flow.sent_msc).chain(self.book.holdings().map(|holding| holding.time_msc));
        let since = since.min().unwrap_or(self.server_now());
        self.snapshots_asked.push_back(self.now);
        out.push(Action::Data(DataRequest::Snapshot { history_since_msc: ServerMsc(since.0.saturating_sub(HISTORY_MARGIN_MSC)) }));
    }

    /// The link has come or gone. Time without it does not count towards absence; with it the windows begin anew.
    pub(super) fn set_windows(&mut self) {
        let unknown: Vec<u64> = self.flows.iter().filter(|(_, flow)| flow.is_unknown()).map(|(number, _)| number).collect();
        for number in unknown {
            let conclusive = self.conclusive_from(number);
            if let Some(flow) = self.flows.get_mut(number) {
                flow.state = FlowState::Unknown { conclusive };
            }
            self.deadlines.set(Due::Flow(number), conclusive);
        }
    }

    /// Everything that the broker holds: adopt, update, and conclude.
    pub(super) fn on_snapshot(&mut self, snapshot: &BrokerSnapshot, out: &mut Vec<Action>) {
        let asked = self.snapshots_asked.pop_front();
        self.account = Some(snapshot.account.clone());
        snapshot.history_orders.iter().chain(&snapshot.orders).for_each(|order| self.on_order(order));
        snapshot.positions.iter().for_each(|position| self.on_position(position, out));
        snapshot.history_deals.iter().for_each(|deal| self.on_deal(deal, out));
        if !snapshot.complete {
            return;
        }
        let listed: BTreeSet<_> = snapshot.positions.iter().map(|position| position.ticket).collect();
        for ticket in self.book.vanished(&listed, snapshot.as_of_msc) {
            self.on_removed(ticket, out);
        }
        self.link.read = self.link.stage >= Stage::Verified;
        if !self.flows.any_unknown() {
            self.deadlines.set(Due::Poll, None);
        }
        let unknown: Vec<u64> = self.flows.iter().filter(|(_, flow)| flow.is_unknown()).map(|(number, _)| number).collect();
        for number in unknown {
            self.settle_flow(number, out);
            self.conclude_absent(number, asked, out);
        }
    }

    /// Ends an unknown that a complete snapshot, asked for after its window, does not show.
    fn conclude_absent(&mut self, number: u64, asked: Option<Timestamp>, out: &mut Vec<Action>) {
        let Some(flow) = self.flows.get(number) else { return };
        let FlowState::Unknown { conclusive: Some(conclusive) } = flow.state else { return };
        if !self.link.synced() || asked.is_none_or(|asked| asked < conclusive) {
            return;
        }
        let (intent, why) = (flow.intent, flow.why);
        self.flow_alert(number, Severity::Warning, AlertCode::UnknownAbsent, None, out);
        self.end_flow(number);
        // What reduces risk is decided anew; an entry whose bar is long past is not.
        match intent {
            Intent::Close { position, .. } if why != Why::StopCommand => self.close_position(position, why, out),
            Intent::Modify { position, .. } => self.restore_stops(position, out),
            Intent::Open { .. } | Intent::Close { .. } => {}
        }
    }
}
