//! Specifications of the usual symbols, so that a session names a symbol and needs nothing more.
//!
//! They are what a retail hedging broker with market execution commonly states: 100,000 a lot, 5
//! digits (3 on JPY), volumes of 0.01 to 100. A session or a `symbol_info()` file may say
//! otherwise, field by field.

use crate::domain::amount::{Points, Price, Volume};
use crate::domain::decimal::pow10;
use crate::domain::symbol::{CalcMode, ExecutionMode, OrderModes, SymbolSpec, TradeMode};

/// The names of the built-in symbols.
pub const NAMES: &[&str] = &[
    "EURUSD", "GBPUSD", "AUDUSD", "NZDUSD", "USDCAD", "USDCHF", "USDJPY", "EURGBP", "EURJPY",
    "GBPJPY", "AUDJPY", "NZDJPY", "CADJPY", "CHFJPY", "XAUUSD",
];

/// The built-in specification of `name`; none for a name that is not in [`NAMES`].
///
/// ```
/// use tickdeck::domain::symbols_builtin::{NAMES, builtin};
/// assert!(NAMES.iter().all(|name| builtin(name).is_some_and(|spec| spec.flaw().is_none())));
/// assert_eq!(builtin("EURUSD.m"), None);
/// ```
#[must_use]
pub fn builtin(name: &str) -> Option<SymbolSpec> {
    if !NAMES.contains(&name) {
        return None;
    }
    let (base, quote) = name.split_at(3);
    let gold = name == "XAUUSD";
    let digits = match (gold, quote) {
        (true, _) => 2,
        (false, "JPY") => 3,
        _ => 5,
    };
    Some(SymbolSpec {
        name: name.to_owned(),
        digits,
        tick_size: Price::from_raw(pow10(Price::SCALE - digits)),
        contract_size: if gold { 100 } else { 100_000 },
        calc_mode: if gold { CalcMode::CfdLeverage } else { CalcMode::Forex },
        execution: ExecutionMode::Market,
        trade_mode: TradeMode::Full,
        stops_level: Points(0),
        freeze_level: Points(0),
        filling_mask: 3,
        volume_min: Volume::from_raw(1_000_000),
        volume_max: Volume::from_raw(10_000_000_000),
        volume_step: Volume::from_raw(1_000_000),
        margin_initial: Price::ZERO,
        currency_base: base.to_owned(),
        currency_profit: quote.to_owned(),
        currency_margin: if gold { quote.to_owned() } else { base.to_owned() },
        // Brokers and traders count gold in tenths of a dollar.
        pip: gold.then(|| Price::from_raw(100_000_000)),
        volume_limit: None,
        order_mode: OrderModes::ALL,
        sessions: Vec::new(),
        swap: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_builtin_is_sound() {
        for name in NAMES {
            let spec = builtin(name).unwrap();
            assert_eq!(spec.flaw(), None, "{name}");
            assert!(spec.pip_size().is_some(), "{name}");
        }
        assert_eq!(builtin("EURUSD.x"), None);
    }
}
