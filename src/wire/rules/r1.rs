//! Dialect R1: one crossing of two indicators, confirmed by the volume where that is wanted, fixed
//! stops, fixed lots (executor 3.1). The take
//! profit may be given as a multiple of the stop loss (`riskRewardRatio`).
//!
//! Nothing in the dialect is left out: what this version does not support is refused with its path.

use super::comparison::confirmed;
use super::limits::{self, Bare};
use super::{closing, entry_order, exit, filters, sizing};
use crate::domain::amount::{Pips, Ratio, Volume};
use crate::domain::suggest::hint;
use crate::indicator::spec::LineSpec;
use crate::strategy::condition::Signals;
use crate::strategy::distance::{Distance, TakeProfit};
use crate::strategy::entry_order::EntryOrder;
use crate::strategy::management::{Management, Trailing};
use crate::strategy::rules::{
    Direction, EntryRule, Exit, IndicatorCross, OppositeSignal, RiskRules, Rules,
};
use crate::wire::fields::{Fields, asks_nothing, kind};
use crate::wire::indicator;
use crate::wire::refusal::Refusal;
use serde_json::Value;

const DIRECTIONS: &[&str] = &["above", "below", "both"];
const STOP_LOSS: &str = "stopLoss";
const TAKE_PROFIT: &str = "takeProfit";
const REWARD: &str = "riskRewardRatio";
const TRAILING: [&str; 2] = ["trailingStop", "trailingStopDistance"];

/// Reads the rules at `path`.
///
/// # Errors
/// The first field that is wrong, unknown or not supported by this version.
pub fn read(path: &str, value: &Value) -> Result<Rules, Refusal> {
    let rules = Fields::of(path, value)?;
    rules.only(&["entry", "exit", "risk", "filters"], &[])?;
    let ((entry, leaves), order) = (entry(&rules)?, entry_order(&rules)?);
    let (mut exit, risk) = (exit(&rules)?, rules.object("risk")?);
    if exit.opposite_signal != OppositeSignal::Ignore {
        exit.conditions = leaves;
    }
    let figures = risk_rules(risk.as_ref(), &exit)?;
    Ok(Rules {
        entry,
        order,
        exit: rewarded(exit, risk.as_ref())?,
        risk: figures,
        filters: filters::read(&rules)?,
        timeframe: None,
    })
}

fn entry_order(rules: &Fields<'_>) -> Result<Option<EntryOrder>, Refusal> {
    entry_order::read(&rules.required("entry", rules.object("entry")?)?, "order")
}

/// The entry, and on which conditions what it has opened is left by a signal the other way, where such
/// signals do not enter.
fn entry(rules: &Fields<'_>) -> Result<(EntryRule, Option<Signals>), Refusal> {
    let entry = rules.required("entry", rules.object("entry")?)?;
    entry.only(&["type", "indicators", "direction", "confirmation", "order"], &[])?;
    let form = entry.required("type", entry.text("type")?)?;
    if form != "indicator_cross" {
        return Err(entry.wrong(
            "type",
            format!("`{form}` is no entry of these rules: expected indicator_cross"),
        ));
    }
    let [fast, slow] = indicators(&entry)?;
    let cross = IndicatorCross { fast, slow, direction: direction(&entry)? };
    let Some(confirmation) = confirmed(&entry, "confirmation")? else {
        return Ok((EntryRule::Cross(cross), None));
    };
    let Signals { buy, sell } = cross.signals().and(&confirmation);
    let (enters, leaves) = match cross.direction {
        Direction::Both => (Signals { buy, sell }, None),
        Direction::Above => (Signals { buy, sell: None }, Some(Signals { buy: sell, sell: None })),
        Direction::Below => (Signals { buy: None, sell }, Some(Signals { buy: None, sell: buy })),
    };
    Ok((EntryRule::When(Box::new(enters)), leaves))
}

fn indicators(entry: &Fields<'_>) -> Result<[LineSpec; 2], Refusal> {
    let value = entry.required("indicators", entry.get("indicators"))?;
    let path = entry.path("indicators");
    let Value::Array(items) = value else {
        return Err(Refusal::malformed(
            path,
            format!("must be a list of two indicators, not {}", kind(value)),
        ));
    };
    let [fast, slow] = items.as_slice() else {
        return Err(Refusal::malformed(
            path,
            format!(
                "must name exactly two indicators, such as EMA_20 and EMA_50, not {}",
                items.len()
            ),
        ));
    };
    let pair = [
        indicator::read(&format!("{path}[0]"), fast)?,
        indicator::read(&format!("{path}[1]"), slow)?,
    ];
    if pair[0] == pair[1] {
        return Err(Refusal::malformed(
            format!("{path}[1]"),
            format!("{} never crosses itself: name two different indicators", pair[1]),
        ));
    }
    Ok(pair)
}

fn direction(entry: &Fields<'_>) -> Result<Direction, Refusal> {
    match entry.required("direction", entry.text("direction")?)? {
        "above" => Ok(Direction::Above),
        "below" => Ok(Direction::Below),
        "both" => Ok(Direction::Both),
        other => Err(entry
            .wrong("direction", format!("`{other}` is no direction: {}", hint(other, DIRECTIONS)))),
    }
}

fn exit(rules: &Fields<'_>) -> Result<Exit, Refusal> {
    let Some(exit) = rules.object("exit")? else {
        return Ok(exit::none());
    };
    let own = ["type", STOP_LOSS, TAKE_PROFIT];
    exit.only(&[&own[..], &TRAILING[..], &closing::FIELDS[..]].concat(), &[])?;
    let opposite_signal = exit::opposite_signal(&exit)?;
    let (trailing, close_at) = (trailing(&exit)?, closing::read(&exit)?);
    let management = Management { trailing, close_at, ..Management::default() };
    let stop_loss = exit.above_zero::<Pips>(STOP_LOSS)?.map(Distance::Pips);
    let take_profit = exit.above_zero::<Pips>(TAKE_PROFIT)?.map(Distance::Pips);
    let take_profit = take_profit.map(TakeProfit::At);
    Ok(Exit { opposite_signal, stop_loss, take_profit, conditions: None, management })
}

/// The exit with the take profit at so many times the stop loss, where the rules say a ratio.
fn rewarded(exit: Exit, risk: Option<&Fields<'_>>) -> Result<Exit, Refusal> {
    let is_asked = |risk: &&Fields<'_>| risk.get(REWARD).is_some_and(|value| !asks_nothing(value));
    let Some(risk) = risk.filter(is_asked) else { return Ok(exit) };
    let Some(ratio) = risk.above_zero::<Ratio>(REWARD)? else { return Ok(exit) };
    let Some(Distance::Pips(stop_loss)) = exit.stop_loss else {
        return Err(risk.wrong(REWARD, "needs a stop loss: give exit.stopLoss"));
    };
    let Some(reward) = stop_loss.times(ratio) else {
        let reason = format!(
            "{ratio} times the stop loss of {stop_loss} pips must be a distance of no more than {} decimal places",
            Pips::SCALE
        );
        return Err(risk.wrong(REWARD, reason));
    };
    match exit.take_profit {
        Some(TakeProfit::At(Distance::Pips(given))) if given != reward => Err(risk.wrong(
            REWARD,
            format!(
                "{ratio} times the stop loss of {stop_loss} pips is {reward} pips, and exit.takeProfit says {given}: give one of them"
            ),
        )),
        _ => Ok(Exit { take_profit: Some(TakeProfit::At(Distance::Pips(reward))), ..exit }),
    }
}

/// A trailing distance means something only while trailing is on. With trailing explicitly off, it
/// is ignored.
fn trailing(exit: &Fields<'_>) -> Result<Option<Trailing>, Refusal> {
    let [switch, name] = TRAILING;
    match (exit.flag(switch)?, exit.get(name)) {
        (Some(false), _) | (None, None) => Ok(None),
        (None, Some(_)) => Err(exit.wrong(
            name,
            "says how far, and trailingStop does not say whether: give `true` or `false`",
        )),
        (Some(true), _) => {
            let distance = exit.required(name, exit.above_zero::<Pips>(name)?)?;
            Ok(Some(Trailing { distance: Distance::Pips(distance), activation: None, step: None }))
        }
    }
}

fn risk_rules(risk: Option<&Fields<'_>>, exit: &Exit) -> Result<RiskRules, Refusal> {
    let Some(risk) = risk else {
        return Ok(RiskRules::default());
    };
    let own = ["lotSize", "maxOpenTrades", sizing::SLIPPAGE, REWARD];
    let known = [&own[..], &sizing::RISK, &limits::FIELDS].concat();
    risk.only(&known, &sizing::CONFIRMATION)?;
    let given = RiskRules {
        lots: risk.above_zero::<Volume>("lotSize")?,
        max_open_trades: risk.count("maxOpenTrades", 1)?,
        max_slippage: risk.points(sizing::SLIPPAGE)?,
        limits: limits::read(risk, Bare::Percent)?,
        ..RiskRules::default()
    };
    sizing::max_risk(risk, exit, given)
}
