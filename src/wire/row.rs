//! The row of a command: its name, the fields that it accepts, and its reader.

use crate::domain::suggest::hint;
use crate::executor::command::Command;
use crate::wire::fields::{Fields, asks_nothing};
use crate::wire::parameters::CommandParameters;
use crate::wire::refusal::Refusal;
use serde_json::Value;

/// Reads a command from parameters that hold only fields which it accepts.
pub(super) type Reader = fn(&CommandParameters<'_>) -> Result<Command, Refusal>;

/// The fields that a command accepts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Known {
    /// Only these fields.
    Only(&'static [&'static str]),
    /// The reader decides, because it depends on the value of one field.
    ByReader,
    /// Any field: the command is too urgent to be refused for one.
    Anything,
}

/// A command of the vocabulary.
#[derive(Debug, Clone, Copy)]
pub(super) struct CommandRow {
    /// The name of the command.
    pub(super) name: &'static str,
    /// The fields that it accepts.
    known: Known,
    /// Fields that have no meaning here, each with what to use instead. They are refused when they
    /// say something.
    idle: &'static [(&'static str, &'static str)],
    /// Fields that are known but not supported by this version. They are refused when they ask for
    /// something.
    later: &'static [&'static str],
    reader: Reader,
}

impl CommandRow {
    /// A command that accepts only these fields.
    pub(super) const fn new(
        name: &'static str,
        known: &'static [&'static str],
        reader: Reader,
    ) -> Self {
        Self { name, known: Known::Only(known), idle: &[], later: &[], reader }
    }

    pub(super) const fn open(name: &'static str, known: Known, reader: Reader) -> Self {
        Self { name, known, idle: &[], later: &[], reader }
    }

    /// The same command, with fields that have no meaning for it.
    pub(super) const fn idle(self, idle: &'static [(&'static str, &'static str)]) -> Self {
        Self { idle, ..self }
    }

    pub(super) const fn later(self, later: &'static [&'static str]) -> Self {
        Self { later, ..self }
    }

    /// Whether the command is about a strategy, so that the envelope's `strategyId` applies.
    pub(super) fn is_about_a_strategy(&self) -> bool {
        matches!(self.known, Known::Only(known) if known.contains(&"strategyId"))
    }

    /// Whether the command is accepted whatever else it holds.
    pub(super) const fn takes_anything(&self) -> bool {
        matches!(self.known, Known::Anything)
    }

    /// Reads the command from its parameters.
    pub(super) fn read(&self, parameters: &CommandParameters<'_>) -> Result<Command, Refusal> {
        if let Known::Only(known) = self.known {
            self.check(known, &parameters.fields)?;
        }
        (self.reader)(parameters)
    }

    fn check(&self, known: &[&str], fields: &Fields<'_>) -> Result<(), Refusal> {
        for name in fields.names().filter(|name| !known.contains(name)) {
            let value = fields.raw(name).unwrap_or(&Value::Null);
            if let Some((_, instead)) = self.idle.iter().find(|(idle, _)| *idle == name) {
                if !says_nothing(value) {
                    return Err(
                        fields.wrong(name, format!("{} takes no `{name}`: {instead}", self.name))
                    );
                }
            } else if !self.later.contains(&name) {
                return Err(fields.wrong(name, format!("unknown field: {}", hint(name, known))));
            } else if !asks_nothing(value) {
                return Err(Refusal::unsupported(fields.path(name), format_args!("`{name}`")));
            }
        }
        Ok(())
    }
}

/// Whether a field is unused: an object with one shape for several commands holds null, 0 or an
/// empty text there.
fn says_nothing(value: &Value) -> bool {
    asks_nothing(value) || value.as_f64() == Some(0.0) || value.as_str() == Some("")
}
