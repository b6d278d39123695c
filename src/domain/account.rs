//! The account: what there is to trade with.

use crate::domain::amount::Money;
use serde::{Deserialize, Serialize};

/// An account's standing, sent when it changes. Floating profit is not in it: it moves with every tick and is computed
/// from positions and quotes where it is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Number of the account.
    pub login: u64,
    /// Deposit currency.
    pub currency: String,
    /// Digits of the deposit currency.
    pub currency_digits: u32,
    /// One unit of own money carries so many.
    pub leverage: u32,
    /// Deposits and withdrawals plus the sum of all deals.
    pub balance: Money,
    /// Margin now held by open positions.
    pub margin: Money,
    /// Whether programs may trade on it.
    pub trade_allowed: bool,
}
