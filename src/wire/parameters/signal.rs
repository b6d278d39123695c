//! TRADE_SIGNAL: one object for four commands, distinguished by its `action` (envelope E).

use super::{CommandParameters, NullStop, position};
use crate::domain::suggest::hint;
use crate::executor::command::{CloseFilter, Command};
use crate::wire::refusal::Refusal;
use crate::wire::row::CommandRow;

const NO_TICKET: (&str, &str) = ("ticket", "a position has none before it is opened");
const NO_VOLUME: (&str, &str) =
    ("volume", "a part of a position is closed by CLOSE_POSITION with its ticket");
const NO_SYMBOL: (&str, &str) =
    ("symbol", "it closes everything; one symbol's positions are closed by CLOSE_BY_SYMBOL");
const NO_TYPE: (&str, &str) = ("type", "it closes everything, bought and sold");
const NO_SL: (&str, &str) = ("stopLoss", "stops are changed by MODIFY_POSITION");
const NO_TP: (&str, &str) = ("takeProfit", "stops are changed by MODIFY_POSITION");
const NO_ONE_TICKET: (&str, &str) =
    ("ticket", "it closes everything; one position is closed by CLOSE_POSITION");

/// The command of each action. CLOSE_ALL is CLOSE_ALL_POSITIONS, of the envelope's strategy and all
/// others: positions opened by signals belong to no strategy, so nothing narrower would close them.
const ACTIONS: [CommandRow; 4] = [
    CommandRow::new(
        "OPEN_POSITION",
        &[
            "action",
            "symbol",
            "type",
            "side",
            "volume",
            "lots",
            "lotSize",
            "stopLoss",
            "sl",
            "takeProfit",
            "tp",
            "deviation",
            "slippage",
            "magicNumber",
            "comment",
        ],
        position::open,
    )
    .idle(&[NO_TICKET]),
    CommandRow::new(
        "CLOSE_POSITION",
        &[
            "action",
            "ticket",
            "position",
            "volume",
            "lots",
            "lotSize",
            "byTicket",
            "symbol",
            "type",
            "magicNumber",
            "comment",
        ],
        close,
    )
    .idle(&[NO_SL, NO_TP]),
    CommandRow::new(
        "MODIFY_POSITION",
        &[
            "action",
            "ticket",
            "position",
            "stopLoss",
            "sl",
            "takeProfit",
            "tp",
            "symbol",
            "type",
            "magicNumber",
            "comment",
        ],
        modify,
    )
    .idle(&[NO_VOLUME]),
    CommandRow::new("CLOSE_ALL", &["action", "magicNumber", "comment"], close_all).idle(&[
        NO_ONE_TICKET,
        NO_SYMBOL,
        NO_TYPE,
        NO_VOLUME,
        NO_SL,
        NO_TP,
    ]),
];

/// TRADE_SIGNAL.
pub(in crate::wire) fn read(parameters: &CommandParameters<'_>) -> Result<Command, Refusal> {
    let fields = &parameters.fields;
    let action = fields.required("action", fields.text("action")?)?;
    let row = ACTIONS.iter().find(|row| row.name.eq_ignore_ascii_case(action));
    let row = row.ok_or_else(|| {
        let names = ACTIONS.map(|row| row.name);
        fields.wrong(
            "action",
            format!("`{action}` is no action of a signal: {}", hint(action, &names)),
        )
    })?;
    row.read(&CommandParameters { null: NullStop::Keeps, ..parameters.clone() })
}

fn close(parameters: &CommandParameters<'_>) -> Result<Command, Refusal> {
    described(parameters)?;
    position::close(parameters)
}

fn modify(parameters: &CommandParameters<'_>) -> Result<Command, Refusal> {
    described(parameters)?;
    parameters.labels()?;
    position::modify(parameters)
}

fn close_all(parameters: &CommandParameters<'_>) -> Result<Command, Refusal> {
    parameters.labels()?;
    Ok(Command::CloseMany(CloseFilter::All))
}

/// Checks symbol and side of a position named by its ticket: they must be readable, but the ticket
/// alone decides.
fn described(parameters: &CommandParameters<'_>) -> Result<(), Refusal> {
    parameters.fields.text("symbol")?;
    position::side(parameters, "type")?;
    Ok(())
}
