//! Questions to strategies in other processes, and their answers: one line of JSON each.
//!
//! ```text
//! {"id":1,"strategy":"ema","begins":true,"deadline_ms":5000,"symbol":"EURUSD","timeframe":"M1","parameters":{},
//!  "bars":[{"time":"2025-09-22T00:01:00","open":1.17,"high":1.18,"low":1.16,"close":1.17,"tick_volume":9,"spread":2,"real_volume":0}],
//!  "values":{"EMA_20":1.1725},"bid":1.17,"ask":1.171,"positions":[],"account":{"currency":"USD","balance":10000,"equity":10000}}
//! {"id":1,"enter":"buy","exit":["sell"],"sl":1.16,"tp":1.19}
//! ```

use crate::domain::amount::{Money, Price};
use crate::domain::order::Side;
use crate::executor::action::{AccountWorth, FiniteNumber, LineValue, PositionData, Question};
use crate::executor::event::Wants;
use crate::market::bar::Bar;
use crate::wire::fields::{Fields, kind};
use crate::wire::json;
use crate::wire::refusal::Refusal;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

/// A question as a line, without its end. `id` is its number, which the answer
/// repeats; `is_fresh` says that the program has just been started.
///
/// # Panics
/// Never: a question is plain data.
///
/// ```
/// use tickdeck::domain::tick::Tick;
/// use tickdeck::domain::time::{ServerMsc, Timestamp};
/// use tickdeck::executor::action::{EarlierBars, Question};
/// use tickdeck::market::bar::Bar;
/// use tickdeck::market::timeframe::Timeframe;
/// use tickdeck::wire::advice;
/// let question = Question {
///     strategy: "s".into(),
///     command: vec!["python3".to_owned()],
///     begins: true,
///     deadline: Timestamp::default(),
///     deadline_ms: 5_000,
///     symbol: "EURUSD".to_owned(),
///     timeframe: Timeframe::M1,
///     parameters: Default::default(),
///     bar: Bar::first(ServerMsc(0), &Tick::default(), "0.00001".parse().unwrap()),
///     earlier: EarlierBars::default(),
///     values: Vec::new(),
///     quote: None,
///     positions: Vec::new(),
///     account: None,
/// };
/// let line = advice::line(7, &question, false);
/// assert!(line.starts_with(r#"{"id":7,"strategy":"s","begins":true,"#) && !line.contains('\n'));
/// ```
#[must_use]
pub fn line(id: u64, question: &Question, is_fresh: bool) -> String {
    let Question { deadline_ms, symbol, timeframe, values, quote, positions, .. } = question;
    let parameters = question.parameters.iter().map(|(name, value)| (name, value.to_f64()));
    let (bid, ask) = quote.unzip();
    let line = Line {
        id,
        strategy: question.strategy.as_str(),
        begins: question.begins || is_fresh,
        deadline_ms: *deadline_ms,
        symbol,
        timeframe: timeframe.name(),
        parameters: InOrder(parameters.collect()),
        bars: question.earlier.0.iter().chain([&question.bar]).map(bar).collect(),
        values: InOrder(values.iter().map(line_value).collect()),
        bid: bid.map(Price::to_f64),
        ask: ask.map(Price::to_f64),
        positions: positions.iter().map(position).collect(),
        account: question.account.as_ref().map(account),
    };
    serde_json::to_string(&line).expect("a question is plain data")
}

/// A question as it is written. Prices and money are JSON numbers: programs compute with them.
#[derive(Serialize)]
struct Line<'a> {
    id: u64,
    strategy: &'a str,
    begins: bool,
    deadline_ms: u32,
    symbol: &'a str,
    timeframe: &'a str,
    parameters: InOrder<'a, f64>,
    bars: Vec<Value>,
    values: InOrder<'a, Option<f64>>,
    bid: Option<f64>,
    ask: Option<f64>,
    positions: Vec<Value>,
    account: Option<Value>,
}

/// An object whose fields keep the order of the rules.
struct InOrder<'a, T>(Vec<(&'a String, T)>);

impl<T: Serialize> Serialize for InOrder<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

fn line_value(value: &LineValue) -> (&String, Option<f64>) {
    (&value.line, value.value.map(FiniteNumber::get))
}

fn bar(bar: &Bar) -> Value {
    let Bar { time_msc, open, high, low, close, tick_volume, spread, real_volume } = bar;
    json!({
        "time": time_msc.to_string(),
        "open": open.to_f64(),
        "high": high.to_f64(),
        "low": low.to_f64(),
        "close": close.to_f64(),
        "tick_volume": tick_volume,
        "spread": spread.0,
        "real_volume": real_volume,
    })
}

/// A position without its owner and its symbol, which are those of the question.
fn position(data: &PositionData) -> Value {
    let PositionData { ticket, side, volume, price_open, sl, tp, profit, closing, .. } = data;
    json!({
        "ticket": ticket.0,
        "side": side.name(),
        "volume": volume.to_f64(),
        "price_open": price_open.to_f64(),
        "sl": sl.map(Price::to_f64),
        "tp": tp.map(Price::to_f64),
        "profit": profit.map(Money::to_f64),
        "closing": closing,
    })
}

fn account(account: &AccountWorth) -> Value {
    let AccountWorth { currency, balance, equity } = account;
    json!({
        "currency": currency,
        "balance": balance.to_f64(),
        "equity": equity.map(Money::to_f64),
    })
}

/// What a program has said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgramSaid {
    /// The answer to the question.
    Answer(Wants),
    /// An answer to an earlier question, which came too late for it.
    Older,
}

/// Reads an answer to the question of a number.
///
/// ```
/// use tickdeck::wire::advice::{self, ProgramSaid};
/// let Ok(ProgramSaid::Answer(wants)) = advice::read(r#"{"id": 7, "exit": "all"}"#, 7) else { panic!() };
/// assert!(wants.leaves_buys && wants.leaves_sells && wants.enters.is_none());
/// assert_eq!(advice::read(r#"{"id": 6, "enter": "buy"}"#, 7), Ok(ProgramSaid::Older));
/// assert!(advice::read("hello", 7).is_err());
/// ```
///
/// # Errors
/// What is wrong with the line: it is no JSON, names another question, or a field that is none.
pub fn read(line: &str, id: u64) -> Result<ProgramSaid, Refusal> {
    const PATH: &str = "answer";
    let value =
        json::read(line).map_err(|error| Refusal::malformed(PATH, json::flaw_of_line(&error)))?;
    let fields = Fields::of(PATH, &value)?;
    fields.only(&["id", "enter", "exit", "sl", "tp"], &[])?;
    let number = fields.required("id", fields.get("id"))?;
    match number.as_u64() {
        Some(number) if number < id => return Ok(ProgramSaid::Older),
        Some(number) if number == id => {}
        _ => return Err(fields.wrong("id", format!("is not {id}, the number of the question"))),
    }
    let enters = fields.text("enter")?.map(|text| side(&fields, "enter", text)).transpose()?;
    let (leaves_buys, leaves_sells) = leaves(&fields)?;
    let (sl, tp) = (stop(&fields, "sl")?, stop(&fields, "tp")?);
    if enters.is_none() && (sl.is_some() || tp.is_some()) {
        let name = if sl.is_some() { "sl" } else { "tp" };
        return Err(fields.wrong(name, "is the stop of an entry: give `enter`, too"));
    }
    Ok(ProgramSaid::Answer(Wants { enters, leaves_buys, leaves_sells, sl, tp }))
}

fn side(fields: &Fields<'_>, name: &str, text: &str) -> Result<Side, Refusal> {
    match text {
        "buy" => Ok(Side::Buy),
        "sell" => Ok(Side::Sell),
        _ => Err(fields.wrong(name, format!("must be \"buy\" or \"sell\", not \"{text}\""))),
    }
}

/// Whether buys and sells are closed: `"all"`, a side, or a list of sides.
fn leaves(fields: &Fields<'_>) -> Result<(bool, bool), Refusal> {
    let sides: Vec<&str> = match fields.get("exit") {
        None => return Ok((false, false)),
        Some(Value::String(text)) if text == "all" => return Ok((true, true)),
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(items)) => {
            let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            texts.ok_or_else(|| fields.wrong("exit", "must be a list of \"buy\" and \"sell\""))?
        }
        Some(other) => {
            let reason =
                format!("must be \"buy\", \"sell\", \"all\" or a list, not {}", kind(other));
            return Err(fields.wrong("exit", reason));
        }
    };
    let mut leaves = (false, false);
    for text in sides {
        match side(fields, "exit", text)? {
            Side::Buy => leaves.0 = true,
            Side::Sell => leaves.1 = true,
        }
    }
    Ok(leaves)
}

/// A price as the program computed it: a double, taken to the nearest 10⁻⁸.
fn stop(fields: &Fields<'_>, name: &str) -> Result<Option<Price>, Refusal> {
    const DIGITS: u32 = 8;
    let Some(value) = fields.get(name) else { return Ok(None) };
    let price = value.as_f64().and_then(|number| Price::from_f64(number, DIGITS));
    let price = price.filter(|price| *price > Price::ZERO);
    price.map(Some).ok_or_else(|| fields.wrong(name, "must be a price above 0"))
}
