//! A key, and the section that it stands in.

/// The rows of a section: name, unit, default, what is allowed, example, and what it stands for.
macro_rules! keys {
    ($($name:literal, $unit:literal, $default:expr, $allowed:expr, $example:literal => $says:literal;)*) => {
        &[$(crate::config::keys::row::Key {
            name: $name,
            unit: $unit,
            default: $default,
            allowed: $allowed,
            example: $example,
            says: $says,
        },)*]
    };
}

/// Keys that stand together, in one place of a session or in several.
#[derive(Debug, Clone, Copy)]
pub struct KeySection {
    /// What they are about.
    pub title: &'static str,
    /// The paths of the tables that have them; `[]` follows a list of tables, and the one at the top is
    /// empty. A name in capitals stands for any.
    pub places: &'static [&'static str],
    /// The rule that they come from.
    pub rule: &'static str,
    /// The keys.
    pub keys: &'static [Key],
}

/// A key that a session can have.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// The name; one in capitals stands for any.
    pub name: &'static str,
    /// The unit of its value; empty where it has none.
    pub unit: &'static str,
    /// What holds without it.
    pub default: KeyDefault,
    /// What its value may be.
    pub allowed: &'static str,
    /// A value as TOML; empty where only tickdeck writes it.
    pub example: &'static str,
    /// What it stands for.
    pub says: &'static str,
}

/// What holds where a key is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyDefault {
    /// It may not be left out.
    Needed,
    /// The same as with this value, as TOML.
    Is(&'static str),
    /// What is described.
    Without(&'static str),
}

pub(super) const fn needed() -> KeyDefault {
    KeyDefault::Needed
}

pub(super) const fn is(value: &'static str) -> KeyDefault {
    KeyDefault::Is(value)
}

pub(super) const fn none(what: &'static str) -> KeyDefault {
    KeyDefault::Without(what)
}

impl KeyDefault {
    /// The default in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Needed => "none, it is needed",
            Self::Is(value) => value,
            Self::Without(what) => what,
        }
    }
}
