//! Deals, orders and positions as the broker tells of them: in any order, perhaps twice.

use super::Executor;
use super::book::Claim;
use super::flow::{Flow, FlowState, Intent, Match};
use crate::domain::deal::{Deal, DealEntry, DealKind};
use crate::domain::id::{ContentHash, Magic, Ticket};
use crate::domain::order::{Order, OrderState};
use crate::domain::position::Position;
use crate::executor::action::{Action, Alert, AlertCode, Report, Severity};
use crate::market::timeframe::Timeframe;

impl Executor {
    /// A deal.
    pub(super) fn on_deal(&mut self, deal: &Deal, out: &mut Vec<Action>) {
        if let (DealKind::Trade(side), DealEntry::In, false) = (deal.kind, deal.entry, self.book.knows(deal.position)) {
            let opened_by = |flow: &Flow| {
                matches!(flow.intent, Intent::Open { .. }) && (flow.order == Some(deal.order) || deal.comment == flow.key.comment())
            };
            let number = self.flows.iter().find(|(_, flow)| opened_by(flow)).map(|(number, _)| number);
            // A deal without an intent of ours waits for its position's news: it may have been closed long ago.
            if let Some(claim) = number.and_then(|number| self.claim(number, Match::Sure, out)) {
                self.book.begin_from_deal(deal, side, claim);
            }
        }
        self.book.take_deal(deal);
        self.after_news(deal.position, out);
        self.settle_claimed(out);
    }

    /// An order: its ticket names the position that it opens.
    pub(super) fn on_order(&mut self, order: &Order) {
        let Some(number) = self.flows.iter().find(|(_, flow)| flow.key.comment() == order.comment).map(|(number, _)| number) else {
            return;
        };
        let refused = matches!(order.state, OrderState::Rejected | OrderState::Canceled | OrderState::Expired);
        let untouched = order.volume_current == order.volume_initial;
        let Some(flow) = self.flows.get_mut(number) else { return };
        flow.order = Some(order.ticket);
        if refused && untouched && !matches!(flow.state, FlowState::Sent | FlowState::Waiting) {
            self.end_flow(number);
        }
    }

    /// A position as it now is.
    pub(super) fn on_position(&mut self, position: &Position, out: &mut Vec<Action>) {
        if !self.book.knows(position.ticket) {
            let Some(claim) = self.claim_position(position, out) else { return self.book.set_foreign(position) };
            self.book.begin_from_position(position, claim);
        }
        if let Some(report) = self.book.take_position(position) {
            out.push(Action::Report(Box::new(report)));
        }
        self.after_news(position.ticket, out);
        self.settle_claimed(out);
        if self.book.get(position.ticket).is_some_and(super::book::Holding::lacks_stops) && !self.flows.concerns(position.ticket) {
            self.position_alert(position.ticket, AlertCode::StopsMissing, out);
            self.restore_stops(position.ticket, out);
        }
    }

    /// A position that is gone.
    pub(super) fn on_removed(&mut self, ticket: Ticket, out: &mut Vec<Action>) {
        self.book.take_removal(ticket);
        self.after_news(ticket, out);
    }

    /// Whose a new position is: by ticket or key, by likeness to an unknown one, or by its magic alone.
    fn claim_position(&mut self, position: &Position, out: &mut Vec<Action>) -> Option<Claim> {
        for wanted in [Match::Sure, Match::Alike] {
            let found = self.flows.iter().find(|(_, flow)| !flow.claimed && flow.matches_position(position) == wanted);
            if let Some(number) = found.map(|(number, _)| number) {
                return self.claim(number, wanted, out);
            }
        }
        let strategy = self.registry.owner(position.magic)?.clone();
        let runs = self.strategies.slot(&strategy).and_then(|slot| self.strategies.get(slot));
        let claim = Claim {
            magic: position.magic,
            rules_hash: runs.map_or(ContentHash([0; 32]), |strategy| strategy.rules_hash),
            timeframe: runs.map_or(Timeframe::M1, |strategy| strategy.timeframe),
            wanted: (position.sl, position.tp),
            asked: None,
            strategy,
        };
        let (whose, ticket) = (Some(claim.strategy.clone()), Some(position.ticket));
        out.push(Alert { strategy: whose, position: ticket, ..Alert::new(Severity::Warning, AlertCode::PositionAdopted) }.into());
        Some(claim)
    }

    /// Marks a flow's position as seen; gives what the position takes from it.
    fn claim(&mut self, number: u64, how: Match, out: &mut Vec<Action>) -> Option<Claim> {
        let flow = self.flows.get_mut(number)?;
        flow.claimed = true;
        let Intent::Open { stops, .. } = flow.intent else { return None };
        let claim = Claim {
            strategy: flow.strategy.clone(),
            magic: flow.magic,
            rules_hash: flow.rules_hash,
            timeframe: flow.timeframe,
            wanted: stops,
            asked: Some(flow.asked),
        };
        if how == Match::Alike {
            self.flow_alert(number, Severity::Warning, AlertCode::PositionAdopted, None, out);
        }
        Some(claim)
    }

    /// Ends the flows whose position has been seen and whose answer is not awaited.
    fn settle_claimed(&mut self, out: &mut Vec<Action>) {
        let claimed: Vec<u64> =
            self.flows.iter().filter(|(_, flow)| flow.claimed && flow.state != FlowState::Sent).map(|(n, _)| n).collect();
        claimed.into_iter().for_each(|number| self.settle_flow(number, out));
    }

    /// After any news of a position of ours: report its end, settle what waited for it.
    fn after_news(&mut self, ticket: Ticket, out: &mut Vec<Action>) {
        let magic = self.book.get(ticket).map(|holding| holding.magic);
        if let Some(reports) = self.book.settle(ticket) {
            for report in reports {
                self.note_stopped(&report);
                out.push(Action::Report(Box::new(report)));
            }
        }
        let waiting: Vec<u64> =
            self.flows.iter().filter(|(_, flow)| flow.intent.position() == Some(ticket)).map(|(number, _)| number).collect();
        waiting.into_iter().for_each(|number| self.settle_flow(number, out));
        self.advance_stop_of(magic);
    }

    fn note_stopped(&mut self, report: &Report) {
        let Report::Closed(closed) = report else { return };
        let slot = self.strategies.slot(&closed.strategy);
        let strategy = slot.and_then(|slot| self.strategies.get_mut(slot));
        if let Some(strategy) = strategy.filter(|strategy| !strategy.stops.is_empty()) {
            strategy.stopped.push(closed.position);
        }
    }

    fn advance_stop_of(&mut self, magic: Option<Magic>) {
        if let Some(owner) = magic.and_then(|magic| self.registry.owner(magic)).cloned() {
            self.advance_stop_soon(&owner);
        }
    }

    fn position_alert(&self, ticket: Ticket, code: AlertCode, out: &mut Vec<Action>) {
        let strategy = self.book.get(ticket).map(|holding| holding.strategy.clone());
        out.push(Alert { strategy, position: Some(ticket), ..Alert::new(Severity::Warning, code) }.into());
    }
}
