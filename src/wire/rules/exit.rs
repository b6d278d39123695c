//! Exits and risk figures as the dialects R2 to R5 write them: stops with a type and a value,
//! volume and positions under `riskManagement`.

use super::closing;
use crate::domain::amount::{Pips, Points, Price, Ratio};
use crate::domain::suggest::hint;
use crate::strategy::condition::LineAt;
use crate::strategy::distance::{Distance, TakeProfit};
use crate::strategy::management::{BreakEven, Management, PartialClose, Trailing};
use crate::strategy::rules::{Exit, OppositeSignal};
use crate::wire::fields::{Fields, asks_nothing};
use crate::wire::indicator;
use crate::wire::refusal::Refusal;
use serde_json::{Value, json};

const KINDS: &[&str] = &["pips", "fixed", "points", "atr", "percent", "price"];
const PROFIT_KINDS: &[&str] = &["pips", "fixed", "points", "atr", "percent", "price", "ratio"];
const EXIT_TYPES: &[&str] = &["opposite_signal", "reverse", "none"];
/// What later versions will carry out.
const LATER: &[&str] = &["smartExit", "enhancedPartialExits"];
/// What becomes of open positions.
const MANAGED: [&str; 4] = ["trailing", "breakeven", "partialClose", "maxHoldingMinutes"];

/// Reads `exit`.
pub(super) fn read(rules: &Fields<'_>) -> Result<Exit, Refusal> {
    let Some(exit) = rules.object("exit")? else { return Ok(none()) };
    let own = ["type", "stopLoss", "takeProfit"];
    exit.only(&[&own[..], &MANAGED[..], &closing::FIELDS[..]].concat(), LATER)?;
    let opposite_signal = opposite_signal(&exit)?;
    let (stop_loss, take_profit) = stops(&exit)?;
    Ok(Exit {
        opposite_signal,
        stop_loss,
        take_profit,
        conditions: None,
        management: management(&exit, "trailing")?,
    })
}

/// Reads an `exit` that adds to one that has its stops, and perhaps closes on the opposite signal.
pub(super) fn added(rules: &Fields<'_>, own: Exit) -> Result<Exit, Refusal> {
    let Some(exit) = rules.object("exit")? else { return Ok(own) };
    for name in ["stopLoss", "takeProfit"] {
        if exit.get(name).is_some() {
            let reason = "is the built-in strategy's own: its `parameters` say how far";
            return Err(exit.wrong(name, reason));
        }
    }
    exit.only(&[&["type"], &MANAGED[..], &closing::FIELDS[..]].concat(), LATER)?;
    let asked = exit.text("type")?.is_some();
    if asked && own.opposite_signal != OppositeSignal::Ignore {
        let reason = "is the built-in strategy's own, which closes on the opposite signal";
        return Err(exit.wrong("type", reason));
    }
    let opposite_signal = if asked { opposite_signal(&exit)? } else { own.opposite_signal };
    Ok(Exit { opposite_signal, management: management(&exit, "trailing")?, ..own })
}

/// Reads what a signal the other way does, from the exit's `type`.
pub(super) fn opposite_signal(exit: &Fields<'_>) -> Result<OppositeSignal, Refusal> {
    match exit.text("type")? {
        None | Some("none") => Ok(OppositeSignal::Ignore),
        Some("opposite_signal") => Ok(OppositeSignal::Close),
        Some("reverse") => Ok(OppositeSignal::Reverse),
        Some(other) => {
            let reason =
                format!("`{other}` is no exit of these rules: {}", hint(other, EXIT_TYPES));
            Err(exit.wrong("type", reason))
        }
    }
}

/// An exit that never closes anything.
pub(super) fn none() -> Exit {
    Exit {
        opposite_signal: OppositeSignal::Ignore,
        stop_loss: None,
        take_profit: None,
        conditions: None,
        management: Management::default(),
    }
}

/// Reads what becomes of open positions; the field of the trailing stop has several names.
pub(super) fn management(fields: &Fields<'_>, trailing: &str) -> Result<Management, Refusal> {
    let [_, break_even, partial, holding] = MANAGED;
    Ok(Management {
        trailing: on(fields, trailing)?.map(|inner| trailing_stop(&inner)).transpose()?,
        break_even: on(fields, break_even)?.map(|inner| drawn(&inner)).transpose()?,
        partial: parts(fields, partial)?,
        hold_max_minutes: fields.count(holding, 1)?,
        close_at: closing::read(fields)?,
    })
}

/// An object that is not switched off. It must say that it is on.
pub(super) fn on<'a>(fields: &Fields<'a>, name: &str) -> Result<Option<Fields<'a>>, Refusal> {
    if fields.get(name).is_none_or(asks_nothing) {
        return Ok(None);
    }
    let Some(inner) = fields.object(name)? else { return Ok(None) };
    let is_on = inner.required("enabled", inner.flag("enabled")?)?;
    Ok(is_on.then_some(inner))
}

fn trailing_stop(fields: &Fields<'_>) -> Result<Trailing, Refusal> {
    fields.only(&["enabled", "distance", "step", "activateAfter"], &[])?;
    Ok(Trailing {
        distance: fields.required("distance", gain(fields, "distance")?)?,
        activation: gain(fields, "activateAfter")?,
        step: gain(fields, "step")?,
    })
}

fn drawn(fields: &Fields<'_>) -> Result<BreakEven, Refusal> {
    fields.only(&["enabled", "triggerPips", "lockPips"], &[])?;
    let trigger = fields.required("triggerPips", fields.above_zero::<Pips>("triggerPips")?)?;
    let lock = fields.decimal::<Pips>("lockPips")?.filter(|lock| *lock != Pips::ZERO);
    if lock.is_some_and(|lock| lock < Pips::ZERO || lock >= trigger) {
        let reason = format!("must be from 0 to less than triggerPips, which is {trigger}");
        return Err(fields.wrong("lockPips", reason));
    }
    Ok(BreakEven { trigger: Distance::Pips(trigger), lock })
}

/// The parts that are closed: farther and farther from the entry, never more than the whole.
fn parts(fields: &Fields<'_>, name: &str) -> Result<Vec<PartialClose>, Refusal> {
    let Some(inner) = fields.object(name)?.filter(|_| !fields.get(name).is_some_and(asks_nothing))
    else {
        return Ok(Vec::new());
    };
    inner.only(&["enabled", "levels"], &[])?;
    if inner.flag("enabled")? == Some(false) {
        return Ok(Vec::new());
    }
    let whole = Ratio::from_raw(100 * 10_000);
    let (mut parts, mut sum, mut last) = (Vec::new(), Ratio::ZERO, Pips::ZERO);
    for level in inner.objects("levels")? {
        level.only(&["percent", "atPips"], &[])?;
        let percent = level.required("percent", level.above_zero::<Ratio>("percent")?)?;
        let at = level.required("atPips", level.above_zero::<Pips>("atPips")?)?;
        if at <= last {
            let reason = format!("{at} must be more than that of the level before, {last}");
            return Err(level.wrong("atPips", reason));
        }
        sum = sum.checked_add(percent).filter(|sum| *sum <= whole).ok_or_else(|| {
            level.wrong("percent", "the levels up to here are more than 100 % of the position")
        })?;
        last = at;
        parts.push(PartialClose { percent, at: Distance::Pips(at) });
    }
    Ok(parts)
}

/// A distance in pips, or one of a type and a value.
pub(super) fn gain(fields: &Fields<'_>, name: &str) -> Result<Option<Distance>, Refusal> {
    match fields.get(name) {
        Some(Value::Object(_)) => {
            let inner = fields.required(name, fields.object(name)?)?;
            distance(&inner, KINDS).map(Some)
        }
        _ => Ok(fields.above_zero::<Pips>(name)?.map(Distance::Pips)),
    }
}

/// Reads `stopLoss` and `takeProfit`.
pub(super) fn stops(
    fields: &Fields<'_>,
) -> Result<(Option<Distance>, Option<TakeProfit>), Refusal> {
    let stop_loss = stop_loss(fields)?;
    let take_profit = take_profit(fields, stop_loss.as_ref())?;
    Ok((stop_loss, take_profit))
}

fn stop_loss(fields: &Fields<'_>) -> Result<Option<Distance>, Refusal> {
    let name = "stopLoss";
    match fields.get(name) {
        None => Ok(None),
        Some(Value::Object(_)) => {
            let inner = fields.required(name, fields.object(name)?)?;
            match inner.flag("enabled")? {
                Some(false) => Ok(None),
                Some(true) | None => distance(&inner, KINDS).map(Some),
            }
        }
        Some(_) => Ok(fields.above_zero::<Pips>(name)?.map(Distance::Pips)),
    }
}

fn take_profit(
    fields: &Fields<'_>,
    stop_loss: Option<&Distance>,
) -> Result<Option<TakeProfit>, Refusal> {
    let name = "takeProfit";
    let Some(Value::Object(_)) = fields.get(name) else {
        return Ok(fields.above_zero::<Pips>(name)?.map(Distance::Pips).map(TakeProfit::At));
    };
    let inner = fields.required(name, fields.object(name)?)?;
    if inner.flag("enabled")? == Some(false) {
        return Ok(None);
    }
    if inner.text("type")?.map(str::to_ascii_lowercase).as_deref() != Some("ratio") {
        return Ok(Some(TakeProfit::At(distance(&inner, PROFIT_KINDS)?)));
    }
    inner.only(&["type", "value", "enabled"], &[])?;
    let ratio = inner.required("value", inner.above_zero::<Ratio>("value")?)?;
    if stop_loss.is_none() {
        return Err(inner.wrong("type", "a ratio needs a stop loss: give stopLoss"));
    }
    Ok(Some(TakeProfit::Ratio(ratio)))
}

/// Reads a distance of a type and a value.
fn distance(fields: &Fields<'_>, kinds: &[&str]) -> Result<Distance, Refusal> {
    fields.only(&["type", "value", "period", "minPips", "maxPips", "enabled"], &[])?;
    let text = fields.required("type", fields.text("type")?)?;
    let word = text.to_ascii_lowercase();
    let is_atr = word == "atr";
    if !is_atr && fields.get("period").is_some() {
        return Err(fields.wrong("period", "belongs to the type `atr`"));
    }
    let plain = match word.as_str() {
        "pips" | "fixed" => Distance::Pips(given(fields)?),
        "points" => {
            let points = fields.required("value", fields.count("value", 1)?)?;
            Distance::Points(Points(i64::from(points)))
        }
        "percent" => Distance::Percent(given(fields)?),
        "price" => Distance::Price(given::<Price>(fields)?),
        "atr" => Distance::Line { of: LineAt::own(atr(fields)?), times: given(fields)? },
        _ => {
            let reason = format!("`{text}` is no way to measure a stop: {}", hint(&word, kinds));
            return Err(fields.wrong("type", reason));
        }
    };
    if let Distance::Points(points) = plain
        && points > Points::MOST
    {
        let reason = format!("must be at most {} points", Points::MOST.0);
        return Err(fields.wrong("value", reason));
    }
    bounded(fields, plain)
}

fn given<T>(fields: &Fields<'_>) -> Result<T, Refusal>
where
    T: std::str::FromStr<Err = crate::domain::decimal::DecimalError> + PartialOrd + Default,
{
    fields.required("value", fields.above_zero::<T>("value")?)
}

/// Reads an average true range, of the given period or the usual one.
pub(super) fn atr(fields: &Fields<'_>) -> Result<crate::indicator::spec::LineSpec, Refusal> {
    let mut asked = json!({ "indicator": "atr" });
    if let Some(period) = fields.get("period") {
        asked["period"] = period.clone();
    }
    indicator::read(fields.own_path(), &asked)
}

/// A distance with its bounds, if there are any.
fn bounded(fields: &Fields<'_>, plain: Distance) -> Result<Distance, Refusal> {
    let least = fields.above_zero::<Pips>("minPips")?;
    let most = fields.above_zero::<Pips>("maxPips")?;
    match (least, most) {
        (None, None) => Ok(plain),
        (Some(least), Some(most)) if least > most => {
            Err(fields.wrong("minPips", format!("{least} is more than maxPips, which is {most}")))
        }
        (Some(least), _) if matches!(plain, Distance::Pips(pips) if pips < least) => {
            Err(fields.wrong("minPips", format!("{least} is more than the distance itself")))
        }
        (_, Some(most)) if matches!(plain, Distance::Pips(pips) if pips > most) => {
            Err(fields.wrong("maxPips", format!("{most} is less than the distance itself")))
        }
        (least, most) => Ok(Distance::Between { of: Box::new(plain), least, most }),
    }
}
