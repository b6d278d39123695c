//! Commands about the account as a whole.

use super::{CommandParameters, strategy};
use crate::executor::command::Command;
use crate::wire::fields::TEXT_CHARS_MAX;
use crate::wire::refusal::Refusal;
use crate::wire::rules::limits::{self, Bare};
use crate::wire::settings::MAX_OPEN;
use serde_json::Value;

/// STOP_ALL.
pub(in crate::wire) fn stop_all(parameters: &CommandParameters<'_>) -> Result<Command, Refusal> {
    strategy::on_stop(parameters).map(|positions| Command::StopAll { positions })
}

/// EMERGENCY_STOP. This command is never refused for its content: unknown fields are ignored, and
/// the reason is taken as it comes, cut to a maximum length.
pub(in crate::wire) fn emergency_stop(parameters: &CommandParameters<'_>) -> Command {
    let fields = &parameters.fields;
    let reason = match fields.get("reason").or_else(|| fields.get("comment")) {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let plain = reason.chars().map(|letter| if letter.is_control() { ' ' } else { letter });
    Command::EmergencyStop { reason: plain.take(TEXT_CHARS_MAX).collect() }
}

/// RISK_UPDATE. A cap of 0 is refused, because it means a pause to some platforms and no cap to
/// others.
pub(in crate::wire) fn risk_update(parameters: &CommandParameters<'_>) -> Result<Command, Refusal> {
    let fields = &parameters.fields;
    let max_open_trades = fields.one_of(&MAX_OPEN, |name| fields.count(name, 1))?;
    let limits = limits::read(fields, Bare::Percent)?;
    if limits.is_none() {
        fields.required(MAX_OPEN[0], max_open_trades)?;
    }
    Ok(Command::RiskUpdate { strategy: parameters.strategy_if_any()?, max_open_trades, limits })
}
