//! The configuration of a simulated broker, and what makes one impossible. Nothing here acts.

use crate::domain::amount::{Money, Percent, Points};
use crate::domain::symbol::SymbolSpec;
use crate::domain::time::Timestamp;
use crate::domain::zone::ServerZone;
use crate::session::description::{
    AccountModel, BrokerModel, Latency, MarginLevels, SessionFile, Slippage,
};
use crate::sim::broker::fault;
use crate::valuation::conversion::NoConversion;
use crate::valuation::swap;

/// The configuration of a simulated broker.
#[derive(Debug, Clone)]
pub struct SimBrokerConfig {
    /// The specifications, by [`SymbolId`](crate::domain::id::SymbolId).
    pub symbols: Vec<SymbolSpec>,
    /// The account that is traded.
    pub account: AccountModel,
    /// How the broker behaves.
    pub model: BrokerModel,
    /// The server's clock.
    pub zone: ServerZone,
    /// The session's seed.
    pub seed: u64,
    /// The session's first moment, at which link, symbols and account are reported.
    pub start: Timestamp,
    /// How many of the symbols, from the first, the executor knows from the start; all when absent.
    /// It can subscribe the others.
    pub subscribed: Option<usize>,
    /// Whether every order and deal is kept for those who judge the run
    /// ([`witness`](crate::sim::broker::witness)).
    pub witness: bool,
}

/// Why a broker cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SimBrokerError {
    /// A symbol's money could never be converted.
    #[error(transparent)]
    NoConversion(#[from] NoConversion),
    /// A specification is unusable.
    #[error("symbol {symbol}: {flaw}")]
    Symbol {
        /// The name of the symbol.
        symbol: String,
        /// What is wrong with it.
        flaw: &'static str,
    },
    /// The account's or the broker's figures make no sense.
    #[error("{field}: {flaw}")]
    Model {
        /// The field, by its name in the session file.
        field: String,
        /// What is wrong with it.
        flaw: String,
    },
}

impl SimBrokerConfig {
    /// The broker of a session with these specifications, from a moment on.
    #[must_use]
    pub fn of_session(file: &SessionFile, specs: &[SymbolSpec], start: Timestamp) -> Self {
        Self {
            symbols: specs.to_vec(),
            account: file.account.clone(),
            model: file.broker.clone(),
            zone: file.zone.clone(),
            seed: file.seed,
            start,
            subscribed: Some(file.subscribed().len()),
            witness: false,
        }
    }

    /// Checks the figures. Currencies are not checked here, because the broker finds their routes
    /// itself.
    pub(super) fn check(&self) -> Result<(), SimBrokerError> {
        for spec in &self.symbols {
            if let Some(flaw) = spec.flaw() {
                return Err(SimBrokerError::Symbol { symbol: spec.name.clone(), flaw });
            }
        }
        let wrong = |field: &str, flaw: &str| {
            Err(SimBrokerError::Model { field: String::from(field), flaw: flaw.to_owned() })
        };
        let crossed = |latency| matches!(latency, Latency::UniformMs { min, max } if min > max);
        let BrokerModel { request_latency, answer_latency, slippage, faults, fault_rates, .. } =
            &self.model;
        if self.symbols.is_empty() || self.symbols.len() > usize::from(u16::MAX) {
            return wrong("symbols", "there must be 1 to 65535");
        }
        if !(Money::ZERO..=fault::check::PAYMENT_MOST).contains(&self.account.balance) {
            return wrong(
                "account.balance",
                &format!("must not be negative, nor above {}", fault::check::PAYMENT_MOST),
            );
        }
        if self.account.leverage == 0 {
            return wrong("account.leverage", "must be 1 or more");
        }
        if let Some(flaw) = margin_flaw(self.account.margin_so) {
            return wrong("account.margin_so", flaw);
        }
        for spec in self.symbols.iter().filter(|_| self.model.swaps) {
            if let Some(flaw) = swap::flaw(spec, &self.account.currency) {
                return wrong(&format!("symbol.{}.swap", spec.name), &flaw);
            }
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
        fault::check::flaw(faults, fault_rates)
            .map_or(Ok(()), |(field, flaw)| Err(SimBrokerError::Model { field, flaw }))
    }
}

/// What makes levels of the margin impossible.
fn margin_flaw(levels: MarginLevels) -> Option<&'static str> {
    let is_sound = match levels {
        MarginLevels::Percent { call, so } => Percent::ZERO <= so && so <= call,
        MarginLevels::Money { call, so } => Money::ZERO <= so && so <= call,
        MarginLevels::Off => true,
    };
    (!is_sound).then_some("`so` must not be negative, nor above `call`")
}
