//! `stop-never-lies`: a STOP that is reported as executed has left nothing at the broker of what
//! was sent before it. `stop-ends-flat`: in the end nothing is left of what was stopped, however
//! late it was executed.

use crate::executor::action::{CommandResult, Owner, ResultStatus};
use crate::executor::command::{Command, OnStop};
use crate::torture::commands::Delivered;
use crate::torture::facts::{Facts, Sent};
use crate::torture::found::Findings;

/// A STOP reported as executed has left nothing.
pub const LIES: &str = "stop-never-lies";
/// What was stopped ends flat.
pub const FLAT: &str = "stop-ends-flat";

/// Whether a command ends what this owner holds.
fn ends(command: &Command, owner: &Owner) -> bool {
    match (command, owner) {
        (Command::Stop { strategy, positions: OnStop::Close }, Owner::Strategy(own)) => {
            strategy == own
        }
        (Command::StopAll { positions: OnStop::Close }, Owner::Strategy(_))
        | (Command::EmergencyStop { .. }, _) => true,
        _ => false,
    }
}

/// Takes the first result of a command.
pub fn result(facts: &Facts, command: &Delivered, result: &CommandResult, found: &mut Findings) {
    let Some(envelope) = command.envelope().filter(|_| result.status == ResultStatus::Executed)
    else {
        return;
    };
    let in_scope = |place: usize| {
        let sent: &Sent = &facts.sent[place];
        facts.is_its_own(place)
            && sent.step < command.step
            && ends(&envelope.command, &sent.trade.owner)
    };
    let held = facts.open.iter().filter(|ticket| in_scope(facts.positions[*ticket].sent));
    let working =
        facts.entering_orders().filter(|(_, sent)| in_scope(*sent)).map(|(ticket, _)| ticket);
    let left: Vec<u64> =
        held.map(|ticket| ticket.0).chain(working.map(|ticket| ticket.0)).collect();
    if !left.is_empty() {
        found.violate(LIES, || {
            format!(
                "command {} is executed, and the broker still holds {left:?} of what it ends",
                result.id
            )
        });
    }
}

/// Checks at the end.
pub fn end(facts: &Facts, found: &mut Findings) {
    let held = facts.open.iter().map(|ticket| (*ticket, facts.positions[ticket].sent));
    for (ticket, sent) in held.chain(facts.entering_orders()) {
        let owner = &facts.sent[sent].trade.owner;
        if facts.is_its_own(sent) && facts.controls.wants_flat(owner).is_some() {
            found.violate(FLAT, || {
                format!(
                    "{} was stopped, and the broker holds {ticket} of it at the end",
                    owner.name()
                )
            });
        }
    }
}
