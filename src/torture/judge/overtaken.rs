//! Feeds `exit-has-a-next`: whatever a strategy has sent to enter on a side when a signal the other way
//! comes is wanted closed, however late the broker executes it.

use crate::domain::id::Ticket;
use crate::domain::order::Side;
use crate::executor::action::{Action, Note, Owner, Verdict};
use crate::session::ports::Step;
use crate::strategy::rules::OppositeSignal;
use crate::torture::facts::{Change, Facts, Sent, side_of_entry};
use crate::torture::found::Findings;
use crate::torture::judge::exits::Exits;
use std::collections::BTreeMap;

/// The entries that a signal the other way has overtaken, each with the step of the signal.
#[derive(Debug, Default)]
pub struct Overtaken(BTreeMap<usize, u64>);

impl Overtaken {
    /// Takes a step.
    pub fn step(&mut self, facts: &Facts, step: &Step<'_>, exits: &mut Exits) {
        for action in step.actions {
            let Action::Note(note) = action else { continue };
            if let Some((strategy, _)) = step.executor.judged(note) {
                self.signal(facts, note, &Owner::Strategy(strategy.clone()), exits);
            }
        }
    }

    fn signal(&mut self, facts: &Facts, note: &Note, owner: &Owner, exits: &mut Exits) {
        let closes_nothing =
            matches!(note.verdict, Verdict::Stopping | Verdict::BothSides | Verdict::Halted);
        let Some(side) = note.side.filter(|_| !closes_nothing) else { return };
        // What stands in the way of a signal is what that one wants. A note of an exit does not say
        // what stood in the way of the entry.
        if note.verdict.is_cap() || note.verdict == Verdict::Exited {
            let sent = &facts.sent;
            let is_meant = |place: usize| {
                let Sent { trade, .. } = &sent[place];
                trade.owner == *owner && side_of_entry(&trade.request) == Some(side)
            };
            self.0.retain(|place, _| !is_meant(*place));
            let open = facts.open.iter().filter(|ticket| is_meant(facts.positions[*ticket].sent));
            open.for_each(|ticket| exits.relent(*ticket));
        }
        let mut rules = facts.rules.of(owner).peekable();
        let is_known = rules.peek().is_some();
        if !is_known || rules.any(|it| it.exit.opposite_signal == OppositeSignal::Ignore) {
            return;
        }
        self.leave(facts, owner, side.opposite(), exits);
    }

    /// What an owner has sent to enter on a side is wanted closed.
    pub fn leave(&mut self, facts: &Facts, owner: &Owner, side: Side, exits: &mut Exits) {
        for (place, sent) in facts.sent.iter().enumerate() {
            let enters = side_of_entry(&sent.trade.request) == Some(side);
            let is_meant = sent.step < facts.step && sent.trade.owner == *owner;
            if enters && is_meant && facts.is_known(place) {
                self.0.entry(place).or_insert(facts.step);
            }
        }
        for ticket in &facts.open {
            self.want(facts, *ticket, exits);
        }
    }

    fn want(&self, facts: &Facts, ticket: Ticket, exits: &mut Exits) {
        if self.0.contains_key(&facts.positions[&ticket].sent) {
            exits.want(facts, ticket, None);
        }
    }

    /// Takes a change of the broker's book.
    pub fn change(&self, facts: &Facts, change: Change, exits: &mut Exits, found: &mut Findings) {
        let Change::Opened(ticket) = change else { return };
        if self.0.contains_key(&facts.positions[&ticket].sent) {
            found.mark("late-fill-after-signal");
        }
        self.want(facts, ticket, exits);
    }

    /// A process died: the next one knows what was signalled up to `step`.
    pub fn forget_after(&mut self, step: u64) {
        self.0.retain(|_, own| *own <= step);
    }

    /// A process without a state begins.
    pub fn forget(&mut self) {
        self.0.clear();
    }
}
