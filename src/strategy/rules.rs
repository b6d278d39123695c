//! The checked rule set: whatever dialect it came in, this is what runs.

use crate::domain::amount::{Pips, Volume};
use crate::domain::order::Side;
use crate::indicator::spec::LineSpec;
use serde::{Deserialize, Serialize};

/// A strategy's rules after checking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// When to enter.
    pub entry: IndicatorCross,
    /// When to leave.
    pub exit: Exit,
    /// How much, unless the settings say otherwise.
    pub risk: RiskRules,
}

/// Entry on the crossing of two lines of indicators, judged on closed bars (executor 3.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndicatorCross {
    /// The line that crosses.
    pub fast: LineSpec,
    /// The line that is crossed.
    pub slow: LineSpec,
    /// Which crossings count.
    pub direction: Direction,
}

/// Which crossings count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Only to above: buys.
    Above,
    /// Only to below: sells.
    Below,
    /// Either.
    Both,
}

impl Direction {
    /// The word in rules.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Above => "above",
            Self::Below => "below",
            Self::Both => "both",
        }
    }

    /// Whether a crossing that would enter on `side` counts.
    #[must_use]
    pub const fn allows(self, side: Side) -> bool {
        matches!((self, side), (Self::Both, _) | (Self::Above, Side::Buy) | (Self::Below, Side::Sell))
    }
}

/// When a position is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    /// Whether the opposite crossing closes it.
    pub opposite_signal: OppositeSignal,
    /// Stop loss from the entry price.
    pub stop_loss: Option<Pips>,
    /// Take profit from the entry price.
    pub take_profit: Option<Pips>,
}

/// What a crossing the other way does to an open position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OppositeSignal {
    /// Nothing.
    Ignore,
    /// Closes it.
    Close,
}

/// The rules' own risk figures; settings go before them, the executor's caps before both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskRules {
    /// Fixed volume of an entry.
    pub lots: Option<Volume>,
    /// Most positions open at once.
    pub max_open_trades: Option<u32>,
}
