//! What a simulated broker is made of, and what makes it impossible. Nothing here acts.

use crate::domain::amount::{Money, Points};
use crate::domain::symbol::SymbolSpec;
use crate::domain::time::Timestamp;
use crate::domain::zone::ServerZone;
use crate::session::description::{AccountModel, BrokerModel, Latency, Slippage};
use crate::sim::broker::fault;

/// What a simulated broker is made of.
#[derive(Debug, Clone)]
pub struct SimBrokerConfig {
    /// Specifications; a symbol's id is its place.
    pub symbols: Vec<SymbolSpec>,
    /// The account.
    pub account: AccountModel,
    /// How it behaves.
    pub model: BrokerModel,
    /// The server's clock.
    pub zone: ServerZone,
    /// The session's seed.
    pub seed: u64,
    /// The session's first moment: link, symbols and account are told then.
    pub start: Timestamp,
    /// So many of the symbols the executor knows from the start, the first ones; all where absent. The others it can
    /// subscribe.
    pub subscribed: Option<usize>,
    /// Whether every order and deal is kept for who judges the run ([`witness`](crate::sim::broker::witness)).
    pub witness: bool,
}

/// Why there can be no such broker.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SimBrokerError {
    /// A symbol's money could never be converted.
    #[error(transparent)]
    NoConversion(#[from] NoConversion),
    /// A specification is unusable.
    #[error("symbol {symbol}: {flaw}")]
    Symbol {
        /// Which.
        symbol: String,
        /// In what way.
        flaw: &'static str,
    },
    /// The account's or the broker's figures make no sense.
    #[error("{field}: {flaw}")]
    Model {
        /// Which, as the session file calls it.
        field: String,
        /// In what way.
        flaw: String,
    },
}

/// A symbol's currency cannot be converted into the deposit currency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{symbol} counts in {currency}, and nothing tells its value in {deposit}: add a symbol that pairs the two \
     ({currency}{deposit} or {deposit}{currency}) to `symbols`, or `{currency} = <value of 1 {currency} in {deposit}>` to `[account.rates]`"
)]
pub struct NoConversion {
    /// The symbol.
    pub symbol: String,
    /// Its profit or margin currency.
    pub currency: String,
    /// The deposit currency.
    pub deposit: String,
}

impl SimBrokerConfig {
    /// Whether the figures make sense; currencies apart, whose routes the broker looks for itself.
    pub(super) fn check(&self) -> Result<(), SimBrokerError> {
        for spec in &self.symbols {
            if let Some(flaw) = spec.flaw() {
                return Err(SimBrokerError::Symbol { symbol: spec.name.clone(), flaw });
            }
        }
        let wrong = |field: &str, flaw: &str| Err(SimBrokerError::Model { field: String::from(field), flaw: flaw.to_owned() });
        let crossed = |latency| matches!(latency, Latency::UniformMs { min, max } if min > max);
        let BrokerModel { request_latency, answer_latency, slippage, faults, fault_rates, .. } = &self.model;
        if self.symbols.is_empty() || self.symbols.len() > usize::from(u16::MAX) {
            return wrong("symbols", "there must be 1 to 65535");
        }
        if !(Money::ZERO..=fault::check::PAYMENT_MOST).contains(&self.account.balance) {
            return wrong("account.balance", &format!("must not be negative, nor above {}", fault::check::PAYMENT_MOST));
        }
        if self.account.leverage == 0 {
            return wrong("account.leverage", "must be 1 or more");
        }
        if crossed(*request_latency) || crossed(*answer_latency) {
            return wrong("broker latency", "`min` must not be above `max`");
        }
        if matches!(slippage, Slippage::UniformPoints { max } if *max < Points(0)) {
            return wrong("broker.slippage", "`max` must not be negative");
        }
        if self.subscribed.is_some_and(|subscribed| subscribed > self.symbols.len()) {
            return wrong("subscribed", "must not be more than there are symbols");
        }
        fault::check::flaw(faults, fault_rates).map_or(Ok(()), |(field, flaw)| Err(SimBrokerError::Model { field, flaw }))
    }
}
