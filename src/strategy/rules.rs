//! The checked rule set: the one form that runs, whatever dialect the rules came in.

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
    /// Volume and number of positions, unless the settings say otherwise.
    pub risk: RiskRules,
}

/// Entry on the crossing of two indicator lines, evaluated on closed bars (executor 3.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndicatorCross {
    /// The line that crosses.
    pub fast: LineSpec,
    /// The line that is crossed.
    pub slow: LineSpec,
    /// Which crossings enter.
    pub direction: Direction,
}

impl IndicatorCross {
    /// The number of bars that both lines need before they may be acted on.
    #[must_use]
    pub fn warmup_bars(&self) -> u32 {
        self.fast.warmup_bars().max(self.slow.warmup_bars())
    }
}

/// The crossings on which a strategy enters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Only crossings of the fast line to above the slow one, which buy.
    Above,
    /// Only crossings of the fast line to below the slow one, which sell.
    Below,
    /// Crossings both ways.
    Both,
}

impl Direction {
    /// The word in rules: `above`, `below` or `both`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Above => "above",
            Self::Below => "below",
            Self::Both => "both",
        }
    }

    /// Whether a crossing that would enter on `side` enters.
    #[must_use]
    pub const fn allows(self, side: Side) -> bool {
        matches!(
            (self, side),
            (Self::Both, _) | (Self::Above, Side::Buy) | (Self::Below, Side::Sell)
        )
    }
}

/// When a position is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    /// Whether the opposite crossing closes the position.
    pub opposite_signal: OppositeSignal,
    /// Distance of the stop loss from the entry price; none means no stop loss.
    pub stop_loss: Option<Pips>,
    /// Distance of the take profit from the entry price; none means no take profit.
    pub take_profit: Option<Pips>,
}

/// What a crossing the other way does to an open position, apart from any entry that it makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OppositeSignal {
    /// It leaves the position open.
    Ignore,
    /// It closes the position.
    Close,
}

/// The risk figures of the rules. Settings override them, and the executor's caps limit both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskRules {
    /// The volume of each entry in lots; none leaves it to the settings or the executor's default.
    pub lots: Option<Volume>,
    /// The largest number of positions open at once; none leaves it to the settings or the
    /// executor's default.
    pub max_open_trades: Option<u32>,
}
