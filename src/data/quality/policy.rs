//! What is to be done with rows that are not as they should be.

use serde::Serialize;
use std::fmt;
use std::str::FromStr;

/// What was done with the rows of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Treatment {
    /// They are in the output.
    Kept,
    /// They are not.
    Dropped,
    /// They are in the output as they should be.
    Fixed,
    /// The first one would have ended the reading with an error that names it.
    Refused,
}

impl Treatment {
    /// For people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Dropped => "dropped",
            Self::Fixed => "fixed",
            Self::Refused => "refused",
        }
    }
}

/// What is done with a row of some kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// It is given on as it is.
    Keep,
    /// It is left out.
    Drop,
    /// It is given on as it should be; what that is, each kind says.
    Fix,
    /// The first one ends the reading with an error that names it.
    Fail,
}

impl Policy {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Keep, Self::Drop, Self::Fix, Self::Fail];

    /// The word on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Drop => "drop",
            Self::Fix => "fix",
            Self::Fail => "fail",
        }
    }

    /// What a report says of the rows.
    #[must_use]
    pub const fn treatment(self) -> Treatment {
        match self {
            Self::Keep => Treatment::Kept,
            Self::Drop => Treatment::Dropped,
            Self::Fix => Treatment::Fixed,
            Self::Fail => Treatment::Refused,
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The text names no policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no policy: keep, drop, fix or fail")]
pub struct PolicyError(String);

impl FromStr for Policy {
    type Err = PolicyError;
    fn from_str(text: &str) -> Result<Self, PolicyError> {
        Self::ALL.into_iter().find(|policy| policy.name() == text).ok_or_else(|| PolicyError(text.to_owned()))
    }
}

/// What is done with each kind of row.
///
/// The default gives on what real feeds have, crossed quotes in a tenth of the ticks among them, and stops where the
/// order of time is lost: nobody can tell then what came first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policies {
    /// Ask below bid. Fixed: the sides change places.
    pub crossed: Policy,
    /// A price far from those before and after it. Fixed: the last good quote stands in its place.
    pub spike: Policy,
    /// A time before that of an earlier row. Kept: it stands where it stood, at the time of the latest row before it.
    /// Fixed: it is put where its time belongs.
    pub out_of_order: Policy,
    /// A row once more within its millisecond. Fixed: left out.
    pub duplicate: Policy,
    /// How far from the last good quote a price is a spike, in percent of it.
    pub spike_percent: u32,
}

impl Default for Policies {
    fn default() -> Self {
        Self { crossed: Policy::Keep, spike: Policy::Keep, out_of_order: Policy::Fail, duplicate: Policy::Keep, spike_percent: 10 }
    }
}
