//! What a complete reading proves about positions, orders and deals that it does not show: first
//! they are missing, then in doubt, and at last taken to be gone. A reading proves nothing about
//! what was heard of after it had been requested.

use super::Executor;
use super::plant::planted;
use super::readings::OpenReading;
use crate::domain::id::Ticket;
use crate::executor::action::{Action, Alert, AlertCode, Severity};
use crate::executor::book::holding::{Gone, Holding};
use crate::executor::book::order::HeldOrder;
use crate::executor::event::BrokerSnapshot;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The number of readings that must agree before something is taken to be absent.
pub const AGREE: u32 = 2;

impl Executor {
    /// Draws the conclusions of a complete reading. Only positions among `others` can be missing from it.
    pub(super) fn conclude(
        &mut self,
        snapshot: &BrokerSnapshot,
        others: &[Ticket],
        question: OpenReading,
        out: &mut Vec<Action>,
    ) {
        let unheard = self.unheard(others, question);
        let mut listed: Vec<Ticket> = Vec::new();
        if !unheard.is_empty() || self.book.has_others_positions() {
            listed.extend(snapshot.positions.iter().map(|position| position.ticket));
            listed.sort_unstable();
        }
        self.book.retain_foreign(&listed, &snapshot.orders);
        self.read_histories(&unheard, question);
        let mut missing = self.miss_positions(&unheard, &listed, out);
        missing.extend(self.miss_orders(snapshot, question, out));
        self.miss_deals(question, out);
        let agrees = self.readings.complete(question, snapshot.as_of_msc, missing)
            || planted!(self, AbsentAfterOneEmptySnapshot);
        if !agrees {
            out.push(Alert::new(Severity::Warning, AlertCode::ReadingContradicts).into());
        }
        (self.link.read, self.link.read_in_life) = (true, true);
        if agrees {
            self.conclude_flows(question, out);
        } else {
            self.readings.stay_stirred();
        }
    }

    /// The positions among `others` of which nothing was heard since the reading was requested,
    /// itself included.
    fn unheard(&self, others: &[Ticket], question: OpenReading) -> Vec<Ticket> {
        let unheard = |holding: &&Holding| holding.heard <= question.step;
        let known = others.iter().filter_map(|&identifier| self.book.holding(identifier));
        known.filter(unheard).map(|holding| holding.identifier).collect()
    }

    /// Counts readings whose history covers the opening of a position. After enough of them, deals
    /// that none showed will not come.
    fn read_histories(&mut self, unheard: &[Ticket], question: OpenReading) {
        for &identifier in unheard {
            let holding = self.book.holding_mut(identifier).expect("it was listed");
            if holding.time_msc < question.since_msc {
                continue;
            }
            if holding.lacks_opening_deals() {
                // Deals become visible later than positions, so further readings decide.
                holding.read_short += 1;
                holding.read_whole = holding.read_short > AGREE;
            } else {
                holding.read_whole = true;
            }
        }
    }

    /// Positions that were known when the reading was requested and that it does not list.
    fn miss_positions(
        &mut self,
        unheard: &[Ticket],
        listed: &[Ticket],
        out: &mut Vec<Action>,
    ) -> BTreeSet<Ticket> {
        let never_again = planted!(self, RemovedPositionNeverAliveAgain);
        let mut missing = BTreeSet::new();
        for &identifier in unheard {
            let holding = self.book.holding_mut(identifier).expect("it was listed");
            if listed.binary_search(&holding.ticket).is_ok() || !holding.is_open() {
                continue;
            }
            // The server's word and one reading may both be wrong. With a second reading they are
            // believed.
            let believed = holding.server_says_closed && holding.gone == Gone::Said;
            holding.gone = if believed || never_again { Gone::Confirmed } else { Gone::Said };
            if holding.gone == Gone::Said {
                missing.insert(identifier);
            }
            if !holding.missing_told {
                holding.missing_told = true;
                let alert = Alert {
                    position: Some(holding.ticket),
                    ..Alert::new(Severity::Warning, AlertCode::PositionMissing)
                };
                out.push(alert.of(&holding.claim.owner).into());
            }
        }
        missing
    }

    /// Orders that were known when the reading was requested and that it lists neither as working
    /// nor in the history.
    fn miss_orders(
        &mut self,
        snapshot: &BrokerSnapshot,
        question: OpenReading,
        out: &mut Vec<Action>,
    ) -> BTreeSet<Ticket> {
        let shown: BTreeSet<Ticket> = snapshot
            .orders
            .iter()
            .chain(snapshot.history_orders.iter().map(Arc::as_ref))
            .map(|order| order.ticket)
            .collect();
        let gone = |order: &&HeldOrder| {
            !shown.contains(&order.ticket) && order.heard <= question.step && order.is_working()
        };
        let gone: Vec<Ticket> = self.book.orders().filter(gone).map(|order| order.ticket).collect();
        let mut missing = BTreeSet::new();
        for ticket in gone {
            let order = self.book.order_mut(ticket).expect("it was listed");
            order.missing += 1;
            // This history may not have reached back far enough; the next one will.
            if order.missing > AGREE && !order.ambiguous {
                order.ambiguous = true;
                let alert = Alert {
                    order: Some(ticket),
                    ..Alert::new(Severity::Critical, AlertCode::Ambiguous)
                };
                out.push(alert.of(&order.claim.owner).into());
            }
            missing.insert(ticket);
        }
        missing
    }

    /// Orders that are said to be filled but whose deals the history does not show. What cannot be
    /// explained must not hold up a close (another order closes what is still open), nor the end of
    /// a position whose other deals add up.
    fn miss_deals(&mut self, question: OpenReading, out: &mut Vec<Action>) {
        self.settle(out);
        let unexplained = |order: &&HeldOrder| {
            order.state.is_final()
                && order.heard <= question.step
                && order.sent_msc >= question.since_msc
        };
        let unexplained: Vec<Ticket> =
            self.book.orders().filter(unexplained).map(|order| order.ticket).collect();
        for ticket in unexplained {
            let order = self.book.order_mut(ticket).expect("it was listed");
            order.missing += 1;
            if order.missing <= AGREE || order.ambiguous {
                continue;
            }
            order.ambiguous = true;
            let alert = Alert {
                order: Some(ticket),
                ..Alert::new(Severity::Critical, AlertCode::Ambiguous)
            };
            out.push(alert.of(&order.claim.owner).into());
            if self.book.does_without(ticket) {
                self.book.give_up_order(ticket, self.step);
            }
        }
    }
}
