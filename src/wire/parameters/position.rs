//! Commands about positions: opening at the market, closing, changing stops.

use super::{CommandParameters, SIDES, SL, TP, worded};
use crate::domain::amount::{Money, Volume};
use crate::domain::order::Side;
use crate::domain::suggest::hint;
use crate::executor::command::{CloseFilter, Command, OpenPosition, StopChange};
use crate::wire::refusal::Refusal;

/// The names of a position's ticket.
const POSITION: [&str; 2] = ["ticket", "position"];

/// OPEN_POSITION. The envelope's strategy is not its owner: such a trade carries the executor's own
/// magic.
pub(in crate::wire) fn open(parameters: &CommandParameters<'_>) -> Result<Command, Refusal> {
    let fields = &parameters.fields;
    parameters.labels()?;
    Ok(Command::Open(Box::new(OpenPosition {
        symbol: parameters.symbol()?,
        side: fields
            .required("type", fields.one_of(&["type", "side"], |name| side(parameters, name))?)?,
        volume: fields.required("volume", parameters.lots()?)?,
        sl: parameters.stop(&SL)?,
        tp: parameters.stop(&TP)?,
        deviation: fields.one_of(&["deviation", "slippage"], |name| fields.points(name))?,
    })))
}

/// BUY or SELL.
pub(super) fn side(
    parameters: &CommandParameters<'_>,
    name: &str,
) -> Result<Option<Side>, Refusal> {
    let Some(word) = parameters.fields.text(name)? else { return Ok(None) };
    if let Some(side) = worded(word, &SIDES) {
        return Ok(Some(side));
    }
    let help = match super::order::kind_of(word) {
        Some(_) => "a pending order is placed by PLACE_ORDER".to_owned(),
        None => hint(word, &SIDES.map(|(word, _)| word)),
    };
    Err(parameters.fields.wrong(name, format!("`{word}` is no side: {help}")))
}

/// CLOSE_POSITION: all of it, a volume of it, or against an opposite position, by the smaller of
/// both volumes.
pub(in crate::wire) fn close(parameters: &CommandParameters<'_>) -> Result<Command, Refusal> {
    let fields = &parameters.fields;
    parameters.labels()?;
    let position = parameters.ticket(&POSITION)?;
    let (volume, by) = (part(parameters)?, fields.ticket("byTicket")?);
    if by == Some(position) {
        return Err(
            fields.wrong("byTicket", "a position is not closed by itself: name an opposite one")
        );
    }
    if volume.is_some() && by.is_some() {
        return Err(fields.wrong(
            "byTicket",
            "excludes a volume: the smaller of both positions decides how much is closed",
        ));
    }
    Ok(Command::Close { position, volume, by })
}

/// The volume to close. 0 is refused rather than read as the whole position, because a part rounded
/// down looks like that.
fn part(parameters: &CommandParameters<'_>) -> Result<Option<Volume>, Refusal> {
    let fields = &parameters.fields;
    fields.one_of(&super::LOTS, |name| match fields.decimal::<Volume>(name)? {
        Some(volume) if volume <= Volume::ZERO => Err(fields.wrong(
            name,
            format!("must be above 0, not {volume}; leave it out to close all of it"),
        )),
        found => Ok(found),
    })
}

/// MODIFY_POSITION.
pub(in crate::wire) fn modify(parameters: &CommandParameters<'_>) -> Result<Command, Refusal> {
    let position = parameters.ticket(&POSITION)?;
    let (sl, tp) = (parameters.stop_change(&SL)?, parameters.stop_change(&TP)?);
    if (sl, tp) == (StopChange::Keep, StopChange::Keep) {
        let reason = "nothing is to be changed: give stopLoss or takeProfit as a price, or as 0 to remove it";
        return Err(parameters.fields.wrong("stopLoss", reason));
    }
    Ok(Command::ModifyPosition { position, sl, tp })
}

/// CLOSE_PROFITABLE. A bound below 0 is refused: it would close losing positions too, for which
/// there is another command.
pub(in crate::wire) fn close_profitable(
    parameters: &CommandParameters<'_>,
) -> Result<Command, Refusal> {
    let min_profit = parameters.fields.decimal::<Money>("minProfit")?.unwrap_or_default();
    if min_profit < Money::ZERO {
        return Err(parameters.fields.wrong(
            "minProfit",
            format!(
                "must be 0 or above, not {min_profit}; losing positions are closed by CLOSE_LOSING"
            ),
        ));
    }
    Ok(Command::CloseMany(CloseFilter::Profitable { min_profit }))
}

/// CLOSE_BY_STRATEGY.
pub(in crate::wire) fn close_by_strategy(
    parameters: &CommandParameters<'_>,
) -> Result<Command, Refusal> {
    parameters.strategy().map(|strategy| Command::CloseMany(CloseFilter::Strategy(strategy)))
}

/// CLOSE_BY_SYMBOL.
pub(in crate::wire) fn close_by_symbol(
    parameters: &CommandParameters<'_>,
) -> Result<Command, Refusal> {
    parameters.symbol().map(|symbol| Command::CloseMany(CloseFilter::Symbol(symbol)))
}
