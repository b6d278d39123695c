//! Commands about pending orders.

use super::{CommandParameters, SIDES, SL, TP, worded};
use crate::domain::amount::Price;
use crate::domain::order::{PendingKind, Side};
use crate::domain::suggest::{hint, list};
use crate::executor::command::{Command, ModifyOrder, OrderLife, PlaceOrder, StopChange};
use crate::wire::fields::shown;
use crate::wire::moment;
use crate::wire::refusal::Refusal;
use serde_json::Value;

/// The names of an order's ticket.
const ORDER: [&str; 2] = ["ticket", "order"];

/// The spellings of the second price of a stop-limit order.
const STOP_LIMIT: [&str; 2] = ["stopLimit", "stopLimitPrice"];

/// MT5's order types 2 to 7, without their prefix, in upper or lower case.
const KINDS: [(&str, (PendingKind, Side)); 6] = [
    ("BUY_LIMIT", (PendingKind::Limit, Side::Buy)),
    ("SELL_LIMIT", (PendingKind::Limit, Side::Sell)),
    ("BUY_STOP", (PendingKind::Stop, Side::Buy)),
    ("SELL_STOP", (PendingKind::Stop, Side::Sell)),
    ("BUY_STOP_LIMIT", (PendingKind::StopLimit, Side::Buy)),
    ("SELL_STOP_LIMIT", (PendingKind::StopLimit, Side::Sell)),
];

/// The words for a lifetime that is not a moment.
const LIVES: [(&str, OrderLife); 2] = [("GTC", OrderLife::Gtc), ("DAY", OrderLife::Day)];

/// The kind of pending order that a word names.
pub(super) fn kind_of(word: &str) -> Option<(PendingKind, Side)> {
    worded(word, &KINDS)
}

/// PLACE_ORDER.
pub(in crate::wire) fn place(parameters: &CommandParameters<'_>) -> Result<Command, Refusal> {
    let fields = &parameters.fields;
    parameters.labels()?;
    let (kind, side) = kind(parameters)?;
    Ok(Command::Place(Box::new(PlaceOrder {
        symbol: parameters.symbol()?,
        kind,
        side,
        volume: fields.required("volume", parameters.lots()?)?,
        price: fields.required("price", fields.above_zero("price")?)?,
        stop_limit: stop_limit(parameters, kind)?,
        sl: parameters.stop(&SL)?,
        tp: parameters.stop(&TP)?,
        expiration: life(parameters)?.unwrap_or_default(),
    })))
}

fn kind(parameters: &CommandParameters<'_>) -> Result<(PendingKind, Side), Refusal> {
    let fields = &parameters.fields;
    let word = fields.required("type", fields.text("type")?)?;
    let words = KINDS.map(|(word, _)| word);
    kind_of(word).ok_or_else(|| {
        let help = match worded(word, &SIDES) {
            Some(_) => format!(
                "at the market a position is opened by OPEN_POSITION; here it is {}",
                list(&words)
            ),
            None => hint(word, &words),
        };
        fields.wrong("type", format!("`{word}` is no pending order: {help}"))
    })
}

/// The second price: required for a stop-limit order, refused for others.
fn stop_limit(
    parameters: &CommandParameters<'_>,
    kind: PendingKind,
) -> Result<Option<Price>, Refusal> {
    let price = second_price(parameters)?;
    match (kind, price) {
        (PendingKind::StopLimit, None) => parameters.fields.required(STOP_LIMIT[0], None),
        (PendingKind::Limit | PendingKind::Stop, Some(_)) => Err(parameters.fields.wrong(
            STOP_LIMIT[0],
            "belongs to BUY_STOP_LIMIT and SELL_STOP_LIMIT alone: leave it out",
        )),
        (_, price) => Ok(price),
    }
}

fn second_price(parameters: &CommandParameters<'_>) -> Result<Option<Price>, Refusal> {
    parameters.fields.one_of(&STOP_LIMIT, |name| parameters.fields.above_zero(name))
}

/// How long an order stays: `expiration` as GTC, DAY, a moment, or 0, which is MT5's none; or
/// `expirationMs` from the moment the command is carried out, for platforms whose clock need not
/// agree with the server's.
fn life(parameters: &CommandParameters<'_>) -> Result<Option<OrderLife>, Refusal> {
    let fields = &parameters.fields;
    match (expiration(parameters)?, fields.count("expirationMs", 1)?) {
        (Some(_), Some(_)) => {
            Err(fields.wrong("expirationMs", "excludes `expiration`: give one of them"))
        }
        (life, None) => Ok(life),
        (None, Some(msc)) => Ok(Some(OrderLife::ForMs(u64::from(msc)))),
    }
}

fn expiration(parameters: &CommandParameters<'_>) -> Result<Option<OrderLife>, Refusal> {
    let fields = &parameters.fields;
    let life = match fields.get("expiration") {
        None => return Ok(None),
        Some(Value::Number(number)) if number.as_f64() == Some(0.0) => Some(OrderLife::Gtc),
        Some(Value::String(word)) => worded(word, &LIVES),
        Some(_) => None,
    };
    if life.is_some() {
        return Ok(life);
    }
    let moment = moment::read(fields, "expiration").ok().flatten().map(OrderLife::Until);
    moment.map(Some).ok_or_else(|| {
        let value = fields.get("expiration").map(shown).unwrap_or_default();
        let expected =
            "neither GTC nor DAY nor a moment: ISO-8601 with a zone such as 2025-09-22T10:00:00Z, or seconds or milliseconds since 1970";
        fields.wrong("expiration", format!("{value} is {expected}"))
    })
}

/// CANCEL_ORDER.
pub(in crate::wire) fn cancel(parameters: &CommandParameters<'_>) -> Result<Command, Refusal> {
    parameters.ticket(&ORDER).map(|order| Command::CancelOrder { order })
}

/// MODIFY_ORDER: what is absent stays the same. Whether the order has a second price is for the
/// executor to check.
pub(in crate::wire) fn modify(parameters: &CommandParameters<'_>) -> Result<Command, Refusal> {
    let fields = &parameters.fields;
    let change = ModifyOrder {
        order: parameters.ticket(&ORDER)?,
        price: fields.above_zero("price")?,
        stop_limit: second_price(parameters)?,
        sl: parameters.stop_change(&SL)?,
        tp: parameters.stop_change(&TP)?,
        expiration: life(parameters)?,
    };
    let stays =
        change.price.is_none() && change.stop_limit.is_none() && change.expiration.is_none();
    if stays && (change.sl, change.tp) == (StopChange::Keep, StopChange::Keep) {
        let reason =
            "nothing is to be changed: give price, stopLimit, stopLoss, takeProfit or expiration";
        return Err(fields.wrong("price", reason));
    }
    Ok(Command::ModifyOrder(Box::new(change)))
}
