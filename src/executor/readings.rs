//! How far the account has been read, and what has been asked of it.

use crate::domain::flaw::{Checked, must};
use crate::domain::id::{DataId, Ticket};
use crate::domain::time::{ServerMsc, Timestamp};
use crate::executor::bounds::{Bounds, count, count_short};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One request for a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenReading {
    pub id: DataId,
    /// The step in which it was requested.
    pub step: u64,
    /// When it was requested.
    pub at: Timestamp,
    pub deadline: Timestamp,
    /// The server time from which the history was requested.
    pub since_msc: ServerMsc,
}

/// Open requests for data, and how far the account has been read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Readings {
    last_id: u64,
    pub open: Option<OpenReading>,
    /// The server time up to which the history has been read completely.
    pub history_until: Option<ServerMsc>,
    /// The step in which the last complete reading was requested.
    complete_since: Option<u64>,
    /// Whether there was news that no reading has confirmed.
    pub stirred: bool,
    /// The number of successive readings that brought nothing new; the pause between readings grows
    /// with it.
    pub fruitless: u32,
    /// What the last complete reading did not list, although it was known.
    contradicted: BTreeSet<Ticket>,
    /// The number of successive readings whose history did not list the last known deal.
    #[serde(default)]
    pub unlisted: u32,
    /// The number of successive readings that did not list a position which their deals had opened
    /// and not closed.
    #[serde(default)]
    pub lacking: u32,
}

impl Readings {
    /// There is news that a reading has to confirm.
    pub const fn stir(&mut self) {
        self.stirred = true;
        self.fruitless = 0;
    }

    /// A reading has left something open: another one follows, after a longer pause.
    pub const fn stay_stirred(&mut self) {
        self.stirred = true;
    }

    /// The step in which the last complete reading was requested.
    pub const fn complete_since(&self) -> Option<u64> {
        self.complete_since
    }

    /// Forgets open requests: after a restart or a lost link they will not be answered any more.
    pub fn forget_questions(&mut self) {
        self.open = None;
        self.stir();
    }

    /// Notes a complete reading; `missing` is what it did not list although it was known. Returns
    /// whether absence from the reading is proof. A contradiction proves nothing the first time;
    /// the same contradiction twice is believed.
    pub fn complete(
        &mut self,
        question: OpenReading,
        as_of_msc: ServerMsc,
        missing: BTreeSet<Ticket>,
    ) -> bool {
        let agrees = missing.is_empty() || missing == self.contradicted;
        self.contradicted = missing;
        self.complete_since = Some(question.step);
        self.history_until = Some(as_of_msc);
        self.fruitless += 1;
        agrees
    }

    /// The number of the next request for data.
    pub const fn next_id(&mut self) -> DataId {
        self.last_id += 1;
        DataId(self.last_id)
    }
}

impl Readings {
    /// Checks readings that were read from a state.
    ///
    /// # Errors
    /// The first field with an impossible value.
    pub fn check(&self, bounds: Bounds) -> Checked {
        count("last_id", self.last_id)?;
        count_short("fruitless", self.fruitless)?;
        count_short("unlisted", self.unlisted)?;
        count_short("lacking", self.lacking)?;
        bounds.step("complete_since", self.complete_since)?;
        let Some(question) = &self.open else { return Ok(()) };
        must(question.id.0 <= self.last_id, "open.id", "is above the last number of a question")?;
        bounds.step("open.step", question.step)?;
        bounds.past("open.at", question.at)
    }
}
