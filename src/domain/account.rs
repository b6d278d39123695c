//! The account that is traded.

use crate::domain::amount::Money;
use serde::{Deserialize, Serialize};

/// The state of an account, as the broker last reported it. Floating profit is not part of it: it
/// moves with every tick and is computed from positions and quotes where it is needed.
///
/// ```
/// use tickdeck::domain::account::{Account, MarginMode};
/// // Files leave out what is usual: a hedging account, and a server that is not reported.
/// let json = r#"{"login": 7, "currency": "USD", "currency_digits": 2, "leverage": 500,
///     "balance": "10000.50", "margin": "0", "trade_allowed": true}"#;
/// let account: Account = serde_json::from_str(json)?;
/// assert_eq!((account.margin_mode, account.server), (MarginMode::Hedging, None));
/// assert_eq!(account.balance.to_string(), "10000.5");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The account number at the trade server; the executor trades no other than the configured
    /// one.
    pub login: u64,
    /// The deposit currency by its ISO code, such as `USD`: the unit of `balance` and `margin`.
    pub currency: String,
    /// Digits after the point to which amounts of the deposit currency are booked: 2 for `USD`, 0
    /// for `JPY`.
    pub currency_digits: u32,
    /// The leverage as `1:leverage`: the margin of a leveraged position is its notional value
    /// divided by this number.
    pub leverage: u32,
    /// Deposits and withdrawals plus profit, commission and swap of all deals, in the deposit
    /// currency.
    pub balance: Money,
    /// Margin that open positions hold at present, in the deposit currency.
    pub margin: Money,
    /// Whether the broker lets programs trade on the account; while it is false no entry is sent.
    pub trade_allowed: bool,
    /// How the account keeps positions; only hedging accounts are traded. A file that leaves it out
    /// means hedging.
    #[serde(default, skip_serializing_if = "MarginMode::is_hedging")]
    pub margin_mode: MarginMode,
    /// The trade server's name; none when the source does not report it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// Whether the margin level is below that of the margin call. MT5 reports no such flag:
    /// whoever reads the account compares its level with `margin_so_call` (MT5 reference 5.4).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub margin_call: bool,
}

/// `margin_mode`: how an account keeps its positions.
///
/// ```
/// use tickdeck::domain::account::MarginMode;
/// assert!(MarginMode::default().is_hedging());
/// assert!(!MarginMode::Netting.is_hedging());
/// ```
/// The numbers are those of the hash (session 4); they never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarginMode {
    /// MT5's mode 2: each opening order makes a position of its own, and opposite positions may
    /// exist side by side.
    #[default]
    Hedging = 3,
    /// MT5's mode 0: one position per symbol, which opposite deals reduce or reverse.
    Netting = 1,
    /// MT5's mode 1: netting, with margin by the exchange's rules.
    Exchange = 2,
}

impl MarginMode {
    /// Whether the mode is hedging, the default that files leave out.
    #[must_use]
    pub const fn is_hedging(&self) -> bool {
        matches!(self, Self::Hedging)
    }

    /// The word for messages: `hedging`, `netting` or `exchange`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hedging => "hedging",
            Self::Netting => "netting",
            Self::Exchange => "exchange",
        }
    }
}
