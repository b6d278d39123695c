//! How a strategy in another process stands with its program, and when the bar of its question
//! closed.

use super::flow::StopsWanted;
use crate::domain::amount::Price;
use crate::market::bar::Bar;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// When a bar closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// By a tick, just now.
    Now,
    /// While quotes were missed, or while its history was on its way.
    Missed,
    /// Just now, with filters or distances that cannot be told yet.
    Unmeasured,
}

impl When {
    /// The same with filters or distances that cannot be told yet.
    pub const fn unmeasured(self) -> Self {
        match self {
            Self::Now | Self::Unmeasured => Self::Unmeasured,
            Self::Missed => Self::Missed,
        }
    }
}

/// How a strategy in another process stands with its program.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Counsel {
    /// The last question, while an answer still counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<OpenQuestion>,
    /// Earlier questions about bars that were missed: what the answers say of exits counts.
    #[serde(skip_serializing_if = "VecDeque::is_empty")]
    pub missed: VecDeque<Bar>,
    /// Whether the program has been asked since it had to begin.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub has_begun: bool,
    /// How many questions in a row were not answered in time.
    #[serde(skip_serializing_if = "is_zero")]
    pub silences: u8,
    /// The stops that the last answer gave its entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stops: Option<(Option<Price>, Option<Price>)>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_zero(number: &u8) -> bool {
    *number == 0
}

/// A question that is out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenQuestion {
    /// The bar.
    pub bar: Bar,
    /// When it closed.
    pub when: When,
    /// Whether its deadline has passed.
    pub is_late: bool,
}

impl Counsel {
    /// Whether nothing was ever asked.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Whether an answer is awaited.
    pub fn awaits(&self) -> bool {
        self.asked.is_some_and(|asked| !asked.is_late)
    }

    /// The program begins anew with the next question.
    pub fn begin_anew(&mut self) {
        *self = Self::default();
    }

    /// The stops of an entry, where the last answer gave it some.
    pub fn stops(&self) -> Option<StopsWanted> {
        self.stops.map(|(sl, tp)| StopsWanted::Prices(sl, tp))
    }
}
