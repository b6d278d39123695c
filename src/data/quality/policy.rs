//! What is done with rows that have something wrong.

use serde::Serialize;
use std::fmt;
use std::str::FromStr;

/// What was done with the rows of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Treatment {
    /// They are in the output.
    Kept,
    /// They are not in the output.
    Dropped,
    /// They are in the output, fixed.
    Fixed,
    /// The first one would have ended the import with an error that names it.
    Refused,
}

impl Treatment {
    /// The word for people.
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

/// What is done with rows of some kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// They are passed on as they are.
    Keep,
    /// They are left out.
    Drop,
    /// They are fixed and passed on. How depends on the kind.
    Fix,
    /// The first one ends the import with an error that names it.
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

    /// The treatment in a report.
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

/// The error of a text that names no policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no policy: keep, drop, fix or fail")]
pub struct PolicyError(String);

impl FromStr for Policy {
    type Err = PolicyError;
    fn from_str(text: &str) -> Result<Self, PolicyError> {
        Self::ALL
            .into_iter()
            .find(|policy| policy.name() == text)
            .ok_or_else(|| PolicyError(text.to_owned()))
    }
}

/// What is done with each kind of row.
///
/// The default keeps what real feeds have, including crossed quotes in a tenth of the ticks, but
/// stops where times go back, because nobody can tell then what came first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policies {
    /// Ask below Bid. Fixed: the sides are swapped.
    pub crossed: Policy,
    /// A price far from those before and after it. Fixed: the last good quote replaces it.
    pub spike: Policy,
    /// A time before that of an earlier row. Kept: the row stays in its place, with the latest time
    /// before it. Fixed: the row is moved to the place of its time.
    pub out_of_order: Policy,
    /// The same row again within its millisecond. Fixed: left out.
    pub duplicate: Policy,
    /// How far from the last good quote a spike is, in percent of that quote.
    pub spike_percent: u32,
}

impl Default for Policies {
    fn default() -> Self {
        Self {
            crossed: Policy::Keep,
            spike: Policy::Keep,
            out_of_order: Policy::Fail,
            duplicate: Policy::Keep,
            spike_percent: 10,
        }
    }
}

impl Policies {
    /// Whether blank cells are filled in order of time, after rows were moved or left out, instead
    /// of in the order of the file.
    #[must_use]
    pub const fn fills_in_order(&self) -> bool {
        matches!(self.out_of_order, Policy::Fix | Policy::Drop)
    }
}
