//! The row of a command: its name, the fields that it takes, and its reader.

use crate::executor::command::Command;
use crate::wire::fields::{Fields, asks_nothing};
use crate::wire::parameters::CommandParameters;
use crate::wire::refusal::Refusal;
use crate::wire::suggest::hint;
use serde_json::Value;

/// Makes the command of parameters in which nothing stands that it does not take.
pub(super) type Reader = fn(&CommandParameters<'_>) -> Result<Command, Refusal>;

/// The fields that a command takes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Known {
    /// These and no others.
    Only(&'static [&'static str]),
    /// What the reader says: it depends on one of them.
    ByReader,
    /// Whatever comes: the command is too urgent to be refused for it.
    Anything,
}

/// One command.
#[derive(Debug, Clone, Copy)]
pub(super) struct CommandRow {
    /// Its name.
    pub(super) name: &'static str,
    /// The fields that it takes.
    known: Known,
    /// Fields that have no meaning here and what to do instead; refused where they say something.
    idle: &'static [(&'static str, &'static str)],
    /// Fields that are known and that this version does not carry out; refused where they ask for something.
    later: &'static [&'static str],
    /// None where this version does not carry the command out.
    reader: Option<Reader>,
}

impl CommandRow {
    /// A command that takes these fields and no others.
    pub(super) const fn new(name: &'static str, known: &'static [&'static str], reader: Reader) -> Self {
        Self { name, known: Known::Only(known), idle: &[], later: &[], reader: Some(reader) }
    }

    pub(super) const fn open(name: &'static str, known: Known, reader: Reader) -> Self {
        Self { name, known, idle: &[], later: &[], reader: Some(reader) }
    }

    /// A command that this version does not carry out.
    pub(super) const fn unsupported(name: &'static str) -> Self {
        Self { name, known: Known::Only(&[]), idle: &[], later: &[], reader: None }
    }

    /// The same, with fields that have no meaning to it.
    pub(super) const fn idle(self, idle: &'static [(&'static str, &'static str)]) -> Self {
        Self { idle, ..self }
    }

    pub(super) const fn later(self, later: &'static [&'static str]) -> Self {
        Self { later, ..self }
    }

    /// Whether the command is about a strategy, so that the one of the envelope is meant.
    pub(super) fn is_about_a_strategy(&self) -> bool {
        matches!(self.known, Known::Only(known) if known.contains(&"strategyId"))
    }

    /// Whether the command is taken whatever else it holds.
    pub(super) const fn takes_anything(&self) -> bool {
        matches!(self.known, Known::Anything)
    }

    /// Refuses a command that this version does not carry out; its name stands at `path`.
    pub(super) fn supported(&self, path: &str) -> Result<Reader, Refusal> {
        self.reader.ok_or_else(|| Refusal::unsupported(path, format_args!("`{}`", self.name)))
    }

    /// The command that `path` names, of its parameters.
    pub(super) fn read(&self, path: &str, parameters: &CommandParameters<'_>) -> Result<Command, Refusal> {
        let reader = self.supported(path)?;
        if let Known::Only(known) = self.known {
            self.check(known, &parameters.fields)?;
        }
        reader(parameters)
    }

    fn check(&self, known: &[&str], fields: &Fields<'_>) -> Result<(), Refusal> {
        for name in fields.names().filter(|name| !known.contains(name)) {
            let value = fields.raw(name).unwrap_or(&Value::Null);
            if let Some((_, instead)) = self.idle.iter().find(|(idle, _)| *idle == name) {
                if !says_nothing(value) {
                    return Err(fields.wrong(name, format!("{} takes no `{name}`: {instead}", self.name)));
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

/// An object that has one shape for several commands holds null, 0 or an empty text where a field is not used.
fn says_nothing(value: &Value) -> bool {
    asks_nothing(value) || value.as_f64() == Some(0.0) || value.as_str() == Some("")
}
