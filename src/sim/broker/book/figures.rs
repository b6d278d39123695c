//! What is reported of the account when it changes.

use crate::domain::amount::Money;

/// What is reported of the account when it changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountFigures {
    /// Deposits and withdrawals plus all deals.
    pub balance: Money,
    /// The margin held.
    pub margin: Money,
    /// Whether the account may trade.
    pub trade_allowed: bool,
    /// Whether it has got a margin call.
    pub margin_call: bool,
}
