//! The commands that were delivered, and their results.

use crate::domain::id::CommandId;
use crate::executor::action::CommandResult;
use crate::executor::command::{CommandContent, CommandEvent, Envelope};
use std::collections::BTreeMap;

/// A command id since its first delivery in this lineage.
#[derive(Debug, Clone)]
pub struct Delivered {
    /// The step of the first delivery.
    pub step: u64,
    /// The command as it was first delivered.
    pub event: CommandEvent,
    /// Its result, once there is one.
    pub result: Option<CommandResult>,
    /// Whether the id was used again with another body.
    pub is_reused: bool,
    /// Whether the same command was delivered again.
    pub is_repeated: bool,
}

impl Delivered {
    /// What the command asks for; none when it could not be read.
    #[must_use]
    pub const fn envelope(&self) -> Option<&Envelope> {
        match &self.event.content {
            CommandContent::Parsed(envelope) => Some(envelope),
            CommandContent::Malformed(_) => None,
        }
    }
}

/// How a delivery relates to earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// The first delivery of its id.
    First,
    /// The same command again.
    Again,
    /// The id was used before by another command.
    Reused,
    /// The command has no id.
    Nameless,
}

/// All commands of this lineage.
#[derive(Debug, Clone, Default)]
pub struct Commands {
    by_id: BTreeMap<CommandId, Delivered>,
}

impl Commands {
    /// Takes a delivery.
    pub fn deliver(&mut self, step: u64, event: &CommandEvent) -> Delivery {
        let Some(id) = id_of(event) else { return Delivery::Nameless };
        let Some(known) = self.by_id.get_mut(id) else {
            let first = Delivered {
                step,
                event: event.clone(),
                result: None,
                is_reused: false,
                is_repeated: false,
            };
            self.by_id.insert(id.clone(), first);
            return Delivery::First;
        };
        if known.event.body_hash == event.body_hash {
            known.is_repeated = true;
            return Delivery::Again;
        }
        known.is_reused = true;
        Delivery::Reused
    }

    /// A command by its id.
    #[must_use]
    pub fn get(&self, id: &CommandId) -> Option<&Delivered> {
        self.by_id.get(id)
    }

    /// A command by its id, mutable.
    pub fn get_mut(&mut self, id: &CommandId) -> Option<&mut Delivered> {
        self.by_id.get_mut(id)
    }

    /// All commands, by id.
    pub fn iter(&self) -> impl Iterator<Item = (&CommandId, &Delivered)> {
        self.by_id.iter()
    }

    /// A process died: forgets what was delivered after `step`, or everything without one. Returns
    /// the commands without a result, which the platform delivers again.
    pub fn forget_after(&mut self, step: Option<u64>) -> Vec<CommandEvent> {
        let mut open: Vec<&Delivered> =
            self.by_id.values().filter(|one| one.result.is_none()).collect();
        open.sort_by_key(|one| one.step);
        let open = open.into_iter().map(|one| one.event.clone()).collect();
        self.by_id.retain(|_, one| step.is_some_and(|step| one.step <= step));
        open
    }
}

/// The id of a command; none when it has none.
#[must_use]
pub const fn id_of(event: &CommandEvent) -> Option<&CommandId> {
    match &event.content {
        CommandContent::Parsed(envelope) => Some(&envelope.id),
        CommandContent::Malformed(malformed) => malformed.id.as_ref(),
    }
}
