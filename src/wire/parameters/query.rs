//! Questions with parameters; the others need no reader.

use super::CommandParameters;
use crate::executor::command::Command;
use crate::wire::refusal::Refusal;

/// GET_SYMBOL_INFO.
pub(in crate::wire) fn symbol(parameters: &CommandParameters<'_>) -> Result<Command, Refusal> {
    parameters.symbol().map(|symbol| Command::GetSymbol { symbol })
}

/// GET_ORDER_STATUS.
pub(in crate::wire) fn order_status(
    parameters: &CommandParameters<'_>,
) -> Result<Command, Refusal> {
    let fields = &parameters.fields;
    let client_order_id = fields.required("clientOrderId", fields.id("clientOrderId")?)?;
    Ok(Command::GetOrderStatus { client_order_id })
}
