//! Orders as the broker reports them: found, adopted, and ended.

use super::Executor;
use super::flow::{Flow, Intent};
use super::news::VOLUME_MAX;
use super::source::Source;
use crate::domain::amount::Volume;
use crate::domain::deal::{Deal, DealEntry};
use crate::domain::id::Ticket;
use crate::domain::order::{Order, OrderState};
use crate::executor::action::{Action, Alert, AlertCode, Owner, RequestReason, Severity};
use crate::executor::book::order::{HeldOrder, Purpose};
use crate::executor::event::{is_price, is_server_time};

impl Executor {
    /// Takes the state of an order from `source`.
    pub(super) fn on_order(&mut self, order: &Order, mut source: Source, out: &mut Vec<Action>) {
        if !self.makes_sense(order.symbol, "order", order.ticket, out) {
            return;
        }
        if order.volume_current < Volume::ZERO
            || order.volume_current > order.volume_initial
            || order.volume_initial > VOLUME_MAX
        {
            return Self::broker_flaw("order.volume_current", Some(order.ticket), out);
        }
        let prices = [order.price, order.stop_limit, order.sl, order.tp];
        if !prices.into_iter().flatten().all(is_price) || !is_server_time(order.time_setup_msc) {
            return Self::broker_flaw("order.price", Some(order.ticket), out);
        }
        if self.book.order(order.ticket).is_none() {
            self.find_order(order, source, out);
        }
        // As long as a change of it is out, a reading may show the order as it was before or after.
        let changes = |flow: &Flow| matches!(&flow.intent, Intent::ModifyOrder(one) if one.order == order.ticket);
        if source == Source::Reading && self.flows.find(changes).is_some() {
            source = Source::News;
        }
        let step = self.step;
        if let Some(held) = self.book.order_mut(order.ticket) {
            held.heard = step;
            if held.ambiguous {
                held.ambiguous = false;
                let alert = Alert {
                    order: Some(order.ticket),
                    ..Alert::new(Severity::Info, AlertCode::AmbiguityResolved)
                };
                out.push(alert.of(&held.claim.owner).into());
            }
            // News may be late, so what a change has come to is read.
            let is_altered = source == Source::News && held.is_altered(order);
            let wants_change = held.change.is_some();
            self.book.take_order(order, source);
            if is_altered {
                self.readings.stir();
            }
            let changed_back = |held: &&HeldOrder| !wants_change && held.change.is_some();
            if let Some(held) = self.book.order(order.ticket).filter(changed_back) {
                let alert = Alert {
                    order: Some(order.ticket),
                    ..Alert::new(Severity::Warning, AlertCode::OrderChanged)
                };
                out.push(alert.of(&held.claim.owner).into());
            }
        }
        if source == Source::Reading {
            self.drop_idle_close(order.ticket);
        }
    }

    /// A deal names the order of the attempt that made it.
    pub(super) fn name_order(&mut self, deal: &Deal) {
        if self.book.knows_order(deal.order) {
            return;
        }
        let key = self.book.holding(deal.position).and_then(|holding| holding.claim.key);
        let made = |flow: &Flow| {
            let opened =
                deal.entry == DealEntry::In && flow.intent.enters() && key == Some(flow.key);
            opened || flow.intent.makes_order() && flow.key.is_of(&deal.comment)
        };
        if let Some(number) = self.flows.find(made) {
            self.order_found(number, deal.order);
        }
    }

    /// The order of an attempt is known: the book keeps it from now on, whatever the answer will
    /// be.
    fn order_found(&mut self, number: u64, ticket: Ticket) {
        let flow = self.flows.get_mut(number).expect("what is found is open");
        flow.claimed = true;
        let order = HeldOrder::of(flow, ticket).expect("only what makes an order is found as one");
        self.book.begin_order(order);
        self.embrace_order(ticket);
    }

    /// Finds the owner of an order that is not in the book.
    fn find_order(&mut self, order: &Order, source: Source, out: &mut Vec<Action>) {
        let ended = self.book.knows_order(order.ticket);
        let made = |flow: &Flow| flow.intent.makes_order() && flow.key.is_of(&order.comment);
        // A reading lists the orders that have ended over and over.
        if let Some(number) = if ended { None } else { self.flows.find(made) } {
            return self.order_found(number, order.ticket);
        }
        if !ended && self.registry.owner(order.magic).is_none() {
            return self.book.set_foreign_order(order);
        }
        // Only a working order can still have an effect; for one that has ended, deals and
        // positions tell.
        if source != Source::Reading || order.state.is_final() {
            return;
        }
        let alike = |flow: &Flow| {
            let same = flow.magic == order.magic && flow.symbol == order.symbol && !flow.claimed;
            same && HeldOrder::of(flow, order.ticket).is_some_and(|made| made.could_be(order))
        };
        match self.flows.find(|flow| alike(flow) && flow.is_unknown()) {
            Some(number) if !ended => {
                self.flow_alert(
                    number,
                    Alert {
                        order: Some(order.ticket),
                        ..Alert::new(Severity::Warning, AlertCode::OrderAdopted)
                    },
                    out,
                );
                self.order_found(number, order.ticket);
            }
            _ if self.flows.find(alike).is_none() => self.adopt_order(order, out),
            _ => {}
        }
    }

    /// Adopts a working order that has one of our magics and that no attempt here explains.
    pub(super) fn adopt_order(&mut self, order: &Order, out: &mut Vec<Action>) {
        let owner = self.registry.owner(order.magic).unwrap_or(Owner::Account);
        let known = self.book.holdings().find(|holding| {
            order.position == Some(holding.identifier)
                || holding.claim.key.is_some_and(|key| key.is_of(&order.comment))
        });
        let adopted =
            || self.adoption(owner, order.magic, (order.sl, order.tp), order.time_setup_msc);
        let claim = known.map_or_else(adopted, |holding| holding.claim.clone());
        // If the order was believed to have ended, what it was for is known; otherwise its position
        // tells.
        let by_position = known.map(|holding| order.kind.side() == Some(holding.side));
        let opens = self
            .book
            .opened_by(order.ticket)
            .or(by_position)
            .unwrap_or(order.position.is_none_or(|position| position == order.ticket));
        let position = known.map(|holding| holding.identifier);
        let alert = Alert {
            order: Some(order.ticket),
            ..Alert::new(Severity::Warning, AlertCode::OrderAdopted)
        };
        out.push(alert.of(&claim.owner).into());
        let mut held = HeldOrder::adopted(order, claim, opens);
        held.position = position.filter(|_| opens);
        held.since = self.now;
        self.book.revive_order(held);
        self.embrace_order(order.ticket);
    }

    /// A closing order that still works although its positions are closed has nothing left to do.
    fn drop_idle_close(&mut self, ticket: Ticket) {
        let idle = |order: &&HeldOrder| match &order.purpose {
            Purpose::Open(_) => false,
            Purpose::Close(positions) => {
                positions.iter().all(|position| self.book.get(*position).is_none())
            }
        };
        if let Some(why) = self.book.order(ticket).filter(idle).map(|order| order.why) {
            self.want_removal(ticket, why);
        }
    }

    pub(super) fn order_over(&mut self, order: &HeldOrder, out: &mut Vec<Action>) {
        self.deadlines.set(super::deadlines::Due::Order(order.ticket), None);
        let unfilled = order.dealt == Volume::ZERO;
        if let Purpose::Open(_) = order.purpose {
            // A signal's order that its own rules let lapse is no news.
            let lapsed = order.state == OrderState::Expired && order.why == RequestReason::Signal;
            if unfilled && order.remove.is_none() && !lapsed {
                let alert = Alert {
                    order: Some(order.ticket),
                    ..Alert::new(Severity::Warning, AlertCode::OrderChanged)
                };
                out.push(alert.of(&order.claim.owner).into());
            }
            let opened = order.position.and_then(|identifier| self.book.holding(identifier));
            self.history.ordered(order, opened);
            return;
        }
        let (now, pause) = (self.now, self.config.limits.goal_pause_max_ms);
        if let (Purpose::Close(positions), true) = (&order.purpose, unfilled) {
            for ticket in positions {
                let exit = self.book.get_mut(*ticket).and_then(|holding| holding.exit.as_mut());
                exit.into_iter().for_each(|exit| exit.pace.fail(now, pause));
            }
        }
    }
}
