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
    /// How positions are kept.
    #[serde(default, skip_serializing_if = "MarginMode::is_hedging")]
    pub margin_mode: MarginMode,
    /// The trade server's name, where it is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
}

/// `margin_mode`: how an account keeps its positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarginMode {
    /// Mode 2: each opening order makes a position of its own.
    #[default]
    Hedging,
    /// Mode 0: one position a symbol.
    Netting,
    /// Mode 1: netting on an exchange.
    Exchange,
}

impl MarginMode {
    /// Whether it is the one that files leave out.
    #[must_use]
    pub const fn is_hedging(&self) -> bool {
        matches!(self, Self::Hedging)
    }

    /// The word that people know it by.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hedging => "hedging",
            Self::Netting => "netting",
            Self::Exchange => "exchange",
        }
    }
}
