//! Built-in strategies (executor 3.5): rules by a name, with parameters.
//!
//! ```json
//! {"builtin": "atr_breakout", "parameters": {"multiplier": 1.5}, "riskManagement": {"lotSize": 0.1}}
//! ```
//!
//! Each is nothing but rules, so that it is explained, recorded and compared like those of any other
//! dialect. `exit` may add to what the strategy does by itself: trailing, break-even, partial closes,
//! times; and what a signal the other way does, where the strategy leaves that open. Its stops are
//! its own.

mod atr_breakout;
mod ema_cross;
mod parts;
mod swing_trend_momentum;

use super::{exit, filters, sizing};
use crate::domain::suggest::hint;
use crate::strategy::rules::{RiskRules, Rules};
use crate::wire::fields::Fields;
use crate::wire::refusal::Refusal;
use serde_json::{Value, json};

/// Makes the rules of a strategy from its parameters.
type Make = fn(&Fields<'_>) -> Result<Rules, Refusal>;

const BUILTINS: [(&str, Make); 3] = [
    ("ema_cross", ema_cross::make),
    ("atr_breakout", atr_breakout::make),
    ("swing_trend_momentum", swing_trend_momentum::make),
];

/// Reads the rules at `path`.
///
/// # Errors
/// The first field or parameter that is wrong or unknown.
pub fn read(path: &str, value: &Value) -> Result<Rules, Refusal> {
    let rules = Fields::of(path, value)?;
    rules.only(&["builtin", "parameters", "exit", "riskManagement", "filters"], &[])?;
    let name = rules.required("builtin", rules.text("builtin")?)?;
    let Some((_, make)) = BUILTINS.iter().find(|(known, _)| *known == name) else {
        let known = BUILTINS.map(|(known, _)| known);
        let reason = format!("`{name}` is no built-in strategy: {}", hint(name, &known));
        return Err(rules.wrong("builtin", reason));
    };
    // Left out, all parameters have their defaults.
    let none = json!({});
    let given = rules.get("parameters").unwrap_or(&none);
    let made = make(&Fields::of(rules.path("parameters"), given)?)?;
    let exit = exit::added(&rules, made.exit)?;
    let asked = sizing::management(&rules, &exit)?;
    Ok(Rules {
        exit,
        risk: RiskRules {
            lots: asked.lots,
            max_open_trades: asked.max_open_trades.or(made.risk.max_open_trades),
            max_per_side: made.risk.max_per_side,
            sizing: asked.sizing,
            scaling: asked.scaling,
            max_slippage: asked.max_slippage,
            limits: asked.limits,
        },
        filters: filters::read(&rules)?,
        ..made
    })
}
