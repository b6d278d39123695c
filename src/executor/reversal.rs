//! Close and reverse: a signal the other way closes what is open, and enters once that is done. The
//! entry waits for it until the strategy's next bar: never do two opposite positions of a strategy
//! that reverses stand open, however long the server takes to close the first.

use super::Executor;
use super::strategies::Reversal;
use crate::domain::id::Magic;
use crate::domain::order::Side;
use crate::executor::action::{Action, Note};
use crate::executor::book::order::Purpose;

impl Executor {
    /// Makes the entries of signals whose opposite positions are gone by now, each with a note.
    pub(super) fn reverse(&mut self, out: &mut Vec<Action>) {
        if !self.strategies.reverse() {
            return;
        }
        let is_free = |slot: u32, side: Side| {
            let strategy = self.strategies.get(slot)?;
            Some(!self.holds(strategy.magic(), side.opposite()))
        };
        let due = self.strategies.reversals();
        let due: Vec<u32> = due
            .filter(|(slot, reversal)| is_free(*slot, reversal.side) == Some(true))
            .map(|(slot, _)| slot)
            .collect();
        for slot in due {
            let Reversal { side, bar_msc } =
                self.strategies.take_reversal(slot).expect("it was listed");
            let feed = self.strategies.get(slot).expect("what reverses runs").feed;
            let verdict = self.enter(slot, side, bar_msc, out).unwrap_or_else(|verdict| verdict);
            out.push(Action::Note(Note { bar_msc, slot, feed, verdict, side: Some(side) }));
        }
    }

    /// Whether anything with a magic is open on a side, or may yet open there.
    pub(super) fn holds(&self, magic: Magic, side: Side) -> bool {
        let open = |holding: &super::book::holding::Holding| {
            holding.side == side && self.book.may_be_open(holding)
        };
        let opens = |order: &super::book::order::HeldOrder| {
            order.claim.magic == magic
                && matches!(order.purpose, Purpose::Open(of) if of == side)
                && self.book.may_open(order)
        };
        let coming = |flow: &super::flow::Flow| flow.intent.side() == Some(side) && flow.may_open();
        self.book.of(magic).any(open)
            || self.book.orders().any(opens)
            || self.flows.of(magic).any(|(_, flow)| coming(flow))
    }
}
