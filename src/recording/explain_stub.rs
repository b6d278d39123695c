//! Stands in for `Executor::explain` until the branches meet: knows nothing.

use crate::domain::id::StrategyId;
use crate::executor::Executor;
use crate::executor::action::Note;
use crate::market::timeframe::Timeframe;

/// `executor::Explanation`.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// Whose evaluation.
    pub strategy: StrategyId,
    /// On which symbol.
    pub symbol: String,
    /// On which bars.
    pub timeframe: Timeframe,
    /// Names and values.
    pub operands: Vec<(String, Option<f64>)>,
    /// The rule in words.
    pub rule: String,
}

/// `Executor::explain`.
pub fn explain(_executor: &Executor, _note: &Note) -> Option<Explanation> {
    None
}
