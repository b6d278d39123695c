//! The days on which an account is traded, and the best of them: what it takes to pass besides what is to be
//! earned. It stops nothing.

use crate::domain::amount::Money;
use crate::domain::flaw::Checked;
use crate::executor::bounds::count_short;
use serde::{Deserialize, Serialize};

/// The trading days since the account was first valued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TradedDays {
    /// Those on which something of ours was opened.
    pub count: u32,
    /// Whether the present day is among them.
    is_counted: bool,
    /// What the best day has made that is over; none before one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    best: Option<Money>,
    /// The balance with which the present day began; none while nothing is measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Money>,
}

impl TradedDays {
    /// Whether nothing is measured.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// # Errors
    /// The first field with an impossible value.
    pub fn check(self) -> Checked {
        count_short("count", self.count)
    }

    /// Measures from a balance on, where nothing was measured.
    pub fn begin(&mut self, balance: Money) {
        self.from.get_or_insert(balance);
    }

    /// Something of ours was opened.
    pub const fn count_open(&mut self) {
        if self.from.is_some() && !self.is_counted {
            self.is_counted = true;
            self.count += 1;
        }
    }

    /// A trading day begins. What the last one has made is [told](Self::close) once it is known.
    pub const fn turn(&mut self) {
        self.is_counted = false;
    }

    /// The last day has closed with a balance.
    pub fn close(&mut self, balance: Money) {
        if self.from.is_some() {
            self.best = self.best_with(balance).or(self.best);
            self.from = Some(balance);
        }
    }

    /// What the best day has made, with the present one at a balance.
    pub fn best_with(self, balance: Money) -> Option<Money> {
        let today = balance.checked_sub(self.from?)?;
        Some(self.best.map_or(today, |best| best.max(today)))
    }

    /// Takes a deposit or withdrawal, which is neither gain nor loss.
    pub fn pay(&mut self, amount: Money) {
        self.from = self.from.and_then(|from| from.checked_add(amount));
    }
}
