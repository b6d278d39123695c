//! `stops-stand`: a position that was opened with stops, or was given them by a command, does not stay without.

use crate::domain::amount::Price;
use crate::domain::id::Ticket;
use crate::domain::time::Timestamp;
use crate::executor::action::{CommandResult, ResultStatus};
use crate::executor::command::{Command, StopChange};
use crate::torture::commands::Delivered;
use crate::torture::facts::{Change, Facts, Held, stops_of_entry};
use crate::torture::found::Found;
use crate::torture::judge::attempts::Attempts;
use crate::torture::judge::exits::Exits;
use std::collections::{BTreeMap, BTreeSet};

/// The name of the invariant.
pub const NAME: &str = "stops-stand";

/// Which stops a position is to have, and since when one of them is lacking.
#[derive(Debug, Clone, Copy, Default)]
struct Wanted {
    sl: bool,
    tp: bool,
    since: Timestamp,
}

/// The stops that are wanted.
#[derive(Debug, Default)]
pub struct StopsStand {
    wanted: BTreeMap<Ticket, Wanted>,
    /// Those of which somebody else changed the stops last.
    foreign: BTreeSet<Ticket>,
}

impl StopsStand {
    /// Takes a change of the broker's book.
    pub fn change(&mut self, facts: &Facts, change: Change) {
        match change {
            Change::Opened(ticket) => {
                let asked = facts.opener(ticket).and_then(|sent| stops_of_entry(&sent.trade.request)).unwrap_or_default();
                let (sl, tp) = (asked.0.is_some(), asked.1.is_some());
                self.wanted.insert(ticket, Wanted { sl, tp, since: facts.at });
            }
            Change::Closed(ticket) => {
                self.wanted.remove(&ticket);
                self.foreign.remove(&ticket);
            }
            // Who else changed them is heeded.
            Change::Stops { ticket, is_foreign: true } => {
                self.wanted.remove(&ticket);
                self.foreign.insert(ticket);
            }
            Change::Stops { ticket, is_foreign: false } => {
                self.foreign.remove(&ticket);
                if let Some(wanted) = self.wanted.get_mut(&ticket) {
                    wanted.since = facts.at;
                }
            }
            Change::Entered(_) | Change::Dealt { .. } | Change::Gone { .. } => {}
        }
    }

    /// A command about a position was received: until its result nobody can say which stops are wanted.
    pub fn command(&mut self, command: &Command) {
        if let Command::ModifyPosition { position, .. } = command {
            self.wanted.remove(position);
        }
    }

    /// Takes the first result of a command.
    pub fn result(&mut self, facts: &Facts, command: &Delivered, result: &CommandResult) {
        let Some(envelope) = command.envelope().filter(|_| result.status == ResultStatus::Executed) else { return };
        let Command::ModifyPosition { position, sl, tp } = &envelope.command else { return };
        // Between what was done and its result somebody else may have changed them: that is heeded.
        let own = |held: &&Held| held.is_open() && !self.foreign.contains(position);
        let Some(held) = facts.positions.get(position).filter(own) else { return };
        let wants = |change: &StopChange, is: Option<Price>| change.of(is).is_some();
        self.wanted.insert(*position, Wanted { sl: wants(sl, held.sl), tp: wants(tp, held.tp), since: facts.at });
    }

    /// A process without a state begins: it knows of no wish.
    pub fn forget(&mut self) {
        self.wanted.clear();
    }

    /// Looks now and then. A position that is being closed needs no stops.
    pub fn look(&mut self, facts: &Facts, attempts: &Attempts, exits: &Exits, found: &mut Found) {
        for (ticket, wanted) in &mut self.wanted {
            let Some(held) = facts.positions.get(ticket).filter(|held| lacks(held, *wanted)) else {
                wanted.since = facts.at;
                continue;
            };
            let is_kept =
                facts.owner(*ticket).and_then(|owner| facts.controls.strategy(owner.strategy()?)).is_some_and(|own| own.stop.is_some());
            if !is_kept && !exits.wants(*ticket) && facts.is_known(held.sent) && attempts.is_overdue(facts, *ticket, wanted.since) {
                let (sl, tp) = (held.sl.is_some(), held.tp.is_some());
                found.violate(NAME, || {
                    format!(
                        "position {ticket} lacks stops since {}: sl wanted {} is {sl}, tp wanted {} is {tp}",
                        wanted.since, wanted.sl, wanted.tp
                    )
                });
            }
        }
    }
}

const fn lacks(held: &Held, wanted: Wanted) -> bool {
    (wanted.sl && held.sl.is_none()) || (wanted.tp && held.tp.is_none())
}
