//! The positions and orders that a command or a limit concerns, and whether any of them is left.

use super::Executor;
use super::flow::Flow;
use super::plant::planted;
use super::pursue::Portion;
use super::registry::Ended;
use super::scope::Scope;
use crate::domain::id::{Magic, SymbolId, Ticket};
use crate::executor::action::RequestReason;
use crate::executor::book::holding::Holding;
use crate::executor::book::order::{HeldOrder, Purpose};

impl Executor {
    /// Whether nothing of a scope is open, working, or possibly so. Before the first reading of
    /// this life, that is not known.
    pub(super) fn is_flat(&self, scope: Scope, close: bool) -> bool {
        let own = |magic: Magic| self.is_in(scope, magic);
        let coming = |flow: &Flow| flow.intent.enters() && flow.is_out() && own(flow.magic);
        let order = |order: &HeldOrder| {
            !planted!(self, StopIgnoresWorkingOrder)
                && matches!(order.purpose, Purpose::Open(_))
                && own(order.claim.magic)
                && (order.is_working() || self.book.may_open(order))
        };
        let leaving = |holding: &Holding| {
            planted!(self, StopDoneOnRequestAccepted) && self.closing(holding.ticket)
        };
        let open = |holding: &Holding| {
            close && holding.is_open() && own(holding.claim.magic) && !leaving(holding)
        };
        self.link.read_in_life
            && !self.flows.iter().any(|(_, one)| coming(one))
            && !self.book.orders().any(order)
            && !self.held_in(scope).any(open)
            && self.book.unclaimed_of(own) == 0
    }

    /// Closes everything of ours that is meant, by its magic and symbol, also what is executed late.
    pub(super) fn flatten(
        &mut self,
        why: RequestReason,
        is_meant: impl Fn(Magic, SymbolId) -> bool,
    ) {
        let open = self.book.holdings();
        let open = open.filter(|holding| is_meant(holding.claim.magic, holding.symbol));
        let open: Vec<Ticket> = open.map(|holding| holding.ticket).collect();
        open.into_iter().for_each(|ticket| self.want_exit(ticket, why, Portion::Whole));
        for flow in self.flows.iter_mut() {
            if is_meant(flow.magic, flow.symbol) && flow.intent.enters() {
                flow.overruled.get_or_insert(why);
            }
        }
        for order in self.book.orders_mut() {
            let opens = matches!(order.purpose, Purpose::Open(_));
            if is_meant(order.claim.magic, order.symbol) && opens {
                order.claim.overruled.get_or_insert(why);
            }
        }
    }

    fn is_in(&self, scope: Scope, magic: Magic) -> bool {
        match scope {
            Scope::Strategy(own) => own == magic,
            Scope::Strategies => {
                self.registry.owner(magic).is_some_and(|owner| owner.strategy().is_some())
            }
            Scope::Ours => true,
        }
    }

    /// The positions among which those of a scope are.
    fn held_in(&self, scope: Scope) -> Box<dyn Iterator<Item = &Holding> + '_> {
        match scope {
            Scope::Strategy(magic) => Box::new(self.book.of(magic)),
            Scope::Strategies | Scope::Ours => Box::new(self.book.holdings()),
        }
    }

    /// The open positions of a scope.
    pub(super) fn open_in(&self, scope: Scope) -> Vec<Ticket> {
        let open = self
            .held_in(scope)
            .filter(|holding| holding.is_open() && self.is_in(scope, holding.claim.magic));
        open.map(|holding| holding.ticket).collect()
    }

    /// The orders of a scope that may still open something.
    pub(super) fn working_in(&self, scope: Scope) -> Vec<Ticket> {
        let entries = self.book.orders().filter(|order| {
            matches!(order.purpose, Purpose::Open(_)) && self.is_in(scope, order.claim.magic)
        });
        entries
            .filter(|order| order.is_working() || self.book.may_open(order))
            .map(|order| order.ticket)
            .collect()
    }

    /// Removes strategies from the table that are being stopped and have nothing left that may
    /// still do something.
    pub(super) fn end_stopped(&mut self) {
        let done = self.strategies.stopping().filter(|(_, strategy)| {
            let close = self.registry.ended(strategy.magic()) == Ended::Closed;
            self.is_flat(Scope::Strategy(strategy.magic()), close)
        });
        let done: Vec<u32> = done.map(|(slot, _)| slot).collect();
        for slot in done {
            let strategy = self.strategies.remove(slot).expect("it was listed");
            self.forget_question(slot);
            self.unwatch(slot, &strategy);
            self.set_next_cut();
        }
    }
}
