//! The limits on the account, each one row: its name, where it is set, what it is counted in, and what is
//! said when it stands against an entry (executor 4).

use serde::{Deserialize, Serialize};

/// A limit on the account.
/// The numbers are those of the hash (session 4); they never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RiskLimit {
    /// The loss of a trading day.
    DailyLoss = 1,
    /// The loss from the beginning, or from the highest that the account has been.
    MaxLoss = 2,
    /// The entries of a trading day on the account.
    DailyTrades = 3,
    /// The positions of one symbol.
    OpenTradesSymbol = 4,
    /// The volume of one symbol.
    LotsSymbol = 5,
    /// The volume of all symbols.
    LotsTotal = 6,
    /// The margin in relation to the equity.
    MarginUse = 7,
}

/// What there is to say of a limit.
#[derive(Debug, Clone, Copy)]
pub struct LimitRow {
    /// Which limit.
    pub limit: RiskLimit,
    /// Its name in alerts, and its key under `[risk]` of a session.
    pub name: &'static str,
    /// What it is counted in.
    pub unit: &'static str,
    /// What is said when it stands against an entry.
    pub sentence: &'static str,
}

/// All limits on the account, in the order of their numbers.
pub const LIMITS: [LimitRow; 7] = [
    LimitRow {
        limit: RiskLimit::DailyLoss,
        name: "daily_loss",
        unit: "money or percent",
        sentence: "the account has lost as much as a day may lose",
    },
    LimitRow {
        limit: RiskLimit::MaxLoss,
        name: "max_loss",
        unit: "money or percent",
        sentence: "the account has lost as much as it may lose at all",
    },
    LimitRow {
        limit: RiskLimit::DailyTrades,
        name: "max_daily_trades",
        unit: "entries",
        sentence: "as many entries were sent as a trading day may have",
    },
    LimitRow {
        limit: RiskLimit::OpenTradesSymbol,
        name: "max_open_trades_symbol",
        unit: "positions",
        sentence: "as many positions of the symbol are open, or may be, as it may have",
    },
    LimitRow {
        limit: RiskLimit::LotsSymbol,
        name: "max_lots_symbol",
        unit: "lots",
        sentence: "it would make the volume of the symbol larger than it may be",
    },
    LimitRow {
        limit: RiskLimit::LotsTotal,
        name: "max_lots_total",
        unit: "lots",
        sentence: "it would make the volume of everything open larger than it may be",
    },
    LimitRow {
        limit: RiskLimit::MarginUse,
        name: "max_margin_use",
        unit: "percent of the equity",
        sentence: "it would need more margin than may be used",
    },
];

impl RiskLimit {
    /// What there is to say of it.
    #[must_use]
    pub const fn row(self) -> &'static LimitRow {
        &LIMITS[self as usize - 1]
    }

    /// Whether it is a floor, below which the account must not come; others are the most of something.
    #[must_use]
    pub const fn is_floor(self) -> bool {
        matches!(self, Self::DailyLoss | Self::MaxLoss)
    }

    /// Whether it holds until the next day cut at most.
    #[must_use]
    pub const fn ends_with_day(self) -> bool {
        !matches!(self, Self::MaxLoss)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_has_its_row() {
        for row in &LIMITS {
            assert_eq!(row.limit.row().name, row.name);
        }
    }
}
