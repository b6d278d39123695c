//! A condition as the dialects write it: an indicator, an operator and a value, or another
//! indicator.
//!
//! ```json
//! {"indicator": "rsi", "period": 14, "condition": "less_than", "value": 30}
//! {"indicator": "ema", "period": 20, "condition": "crosses_above", "compareIndicator": "ema", "comparePeriod": 50}
//! ```
//!
//! Fields that are no part of a condition are figures of its indicator, so that one is refused when
//! the indicator has no such figure.

use crate::domain::amount::Ratio;
use crate::domain::suggest::hint_of;
use crate::indicator::spec::LineSpec;
use crate::market::timeframe::Timeframe;
use crate::strategy::condition::{
    BARS_AGO_MAX, Condition, Constant, LineAt, Operand, Relation, Test,
};
use crate::wire::fields::{Fields, kind};
use crate::wire::indicator;
use crate::wire::refusal::{REQUIRED, Refusal};
use serde_json::{Map, Value, json};

/// The fields of a condition that are no figures of its indicator.
const OWN: &[&str] = &[
    "indicator",
    "value",
    "compareIndicator",
    "comparePeriod",
    "compareTimeframe",
    "compareBarsAgo",
    "multiplier",
    "timeframe",
    "symbol",
    "barsAgo",
    "params",
    "compareParams",
];

/// The operators that are one relation, with their short forms.
const RELATIONS: [(&str, Relation); 14] = [
    ("greater_than", Relation::Above),
    ("gt", Relation::Above),
    ("greater_than_or_equal", Relation::AtLeast),
    ("gte", Relation::AtLeast),
    ("less_than", Relation::Below),
    ("lt", Relation::Below),
    ("less_than_or_equal", Relation::AtMost),
    ("lte", Relation::AtMost),
    ("equals", Relation::Equal),
    ("eq", Relation::Equal),
    ("crosses_above", Relation::CrossesAbove),
    ("crosses_below", Relation::CrossesBelow),
    ("breaks_above", Relation::BreaksAbove),
    ("breaks_below", Relation::BreaksBelow),
];
const BETWEEN: &str = "between";
const OUTSIDE: &str = "outside";
const BULLISH: &str = "bullish";
const BEARISH: &str = "bearish";

/// How one dialect writes a condition.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spelling {
    /// The field with the operator.
    pub operator: &'static str,
    /// The fields that say something else than the comparison.
    pub beside: &'static [&'static str],
}

/// Reads the condition of an object, apart from what the dialect writes beside it.
pub(super) fn read(fields: &Fields<'_>, spelling: Spelling) -> Result<Condition, Refusal> {
    let name = spelling.operator;
    let operator = fields.required(name, fields.text(name)?)?;
    let word = operator.trim().to_ascii_lowercase();
    let left = left(fields, spelling, &word)?;
    match word.as_str() {
        BETWEEN | OUTSIDE => ranged(fields, &left, word == BETWEEN),
        BULLISH | BEARISH => leaning(fields, name, &left, word == BULLISH),
        word => {
            let found = RELATIONS.iter().find(|(known, _)| *known == word);
            let Some((_, is)) = found else {
                let others = [BETWEEN, OUTSIDE, BULLISH, BEARISH];
                let known: Vec<&str> =
                    RELATIONS.iter().map(|(known, _)| *known).chain(others).collect();
                let reason = format!(
                    "`{operator}` is no operator: {}",
                    hint_of(word, &known, "`tickdeck explain condition`")
                );
                return Err(fields.wrong(name, reason));
            };
            let right = right(fields)?;
            if Operand::Line(left.clone()) == right {
                let reason = format!("{left} is compared with itself");
                return Err(fields.wrong("compareIndicator", reason));
            }
            Ok(Condition::Test(Test { left: Operand::Line(left), is: *is, right }))
        }
    }
}

/// The line on the left.
fn left(fields: &Fields<'_>, spelling: Spelling, operator: &str) -> Result<LineAt, Refusal> {
    let except = |name: &str| {
        name == spelling.operator || OWN.contains(&name) || spelling.beside.contains(&name)
    };
    let mut figures = fields.rest(except);
    let is_leaning = operator == BULLISH || operator == BEARISH;
    let name = match fields.get("indicator") {
        // Bars that only rise or fall need no indicator.
        None if is_leaning => json!("close"),
        found => fields.required("indicator", found)?.clone(),
    };
    if let Some(text) =
        name.as_str().filter(|_| figures.is_empty() && fields.get("params").is_none())
    {
        let line = indicator::read(&fields.path("indicator"), &Value::from(text))?;
        return placed(fields, line, ["timeframe", "barsAgo"]);
    }
    figures.insert("indicator".into(), name);
    add(fields, "params", &mut figures)?;
    let line = indicator::read(fields.own_path(), &Value::Object(figures))?;
    placed(fields, line, ["timeframe", "barsAgo"])
}

/// Adds the figures of an inner object to those that are given beside it.
fn add(fields: &Fields<'_>, name: &str, figures: &mut Map<String, Value>) -> Result<(), Refusal> {
    let Some(inner) = fields.object(name)? else { return Ok(()) };
    for (figure, value) in inner.rest(|_| false) {
        if figures.insert(figure.clone(), value).is_some() {
            return Err(inner.wrong(&figure, "is given twice"));
        }
    }
    Ok(())
}

/// A line on the bars and at the bar that the fields name.
pub(super) fn placed(
    fields: &Fields<'_>,
    line: LineSpec,
    [timeframe, bars_ago]: [&str; 2],
) -> Result<LineAt, Refusal> {
    let read = |text: &str| text.parse::<Timeframe>();
    let of = fields.text(timeframe)?.map(read).transpose();
    let timeframe = of.map_err(|error| fields.wrong(timeframe, error.to_string()))?;
    let ago = fields.count(bars_ago, 0)?.unwrap_or(0);
    if ago > BARS_AGO_MAX {
        return Err(fields.wrong(bars_ago, format!("must be at most {BARS_AGO_MAX}, not {ago}")));
    }
    Ok(LineAt { line, bars_ago: ago, timeframe, symbol: fields.text("symbol")?.map(str::to_owned) })
}

/// The operand on the right: a number, a line by its text, or another indicator.
fn right(fields: &Fields<'_>) -> Result<Operand, Refusal> {
    let compared = fields.get("compareIndicator");
    let operand = match (fields.get("value"), compared) {
        (Some(_), Some(_)) => {
            let reason = "says otherwise than `value`: give one of them";
            return Err(fields.wrong("compareIndicator", reason));
        }
        (None, None) => return Err(fields.wrong("value", "is required, or compareIndicator")),
        (Some(value), None) => value_of(fields, "value", value)?,
        (None, Some(name)) => {
            let mut figures = Map::new();
            figures.insert("indicator".into(), name.clone());
            if let Some(period) = fields.get("comparePeriod") {
                figures.insert("period".into(), period.clone());
            }
            add(fields, "compareParams", &mut figures)?;
            let path = fields.path("compareIndicator");
            let line = match name {
                Value::String(_) if figures.len() == 1 => indicator::read(&path, name)?,
                _ => indicator::read(&path, &Value::Object(figures))?,
            };
            Operand::Line(other(fields, line)?)
        }
    };
    if compared.is_none() {
        without(fields, &["comparePeriod", "compareParams"], "needs compareIndicator")?;
    }
    if matches!(operand, Operand::Number(_)) {
        let beside = ["compareTimeframe", "compareBarsAgo"];
        without(fields, &beside, "needs an indicator to compare with")?;
    }
    match (fields.above_zero::<Ratio>("multiplier")?, operand) {
        (None, operand) => Ok(operand),
        (Some(times), Operand::Line(of)) => Ok(Operand::Multiple { of, times }),
        (Some(_), _) => Err(fields.wrong("multiplier", "multiplies an indicator, not a number")),
    }
}

/// Refuses fields that say nothing here.
fn without(fields: &Fields<'_>, names: &[&str], reason: &str) -> Result<(), Refusal> {
    match names.iter().find(|name| fields.get(name).is_some()) {
        Some(name) => Err(fields.wrong(name, reason)),
        None => Ok(()),
    }
}

/// The line on the right, on the bars of the left one unless the fields say otherwise.
fn other(fields: &Fields<'_>, line: LineSpec) -> Result<LineAt, Refusal> {
    let timeframe = match fields.get("compareTimeframe") {
        Some(_) => "compareTimeframe",
        None => "timeframe",
    };
    placed(fields, line, [timeframe, "compareBarsAgo"])
}

fn value_of(fields: &Fields<'_>, name: &str, value: &Value) -> Result<Operand, Refusal> {
    match value {
        Value::Number(number) => number_of(fields, name, &number.to_string()),
        Value::String(text) if text.parse::<f64>().is_ok() => number_of(fields, name, text),
        Value::String(_) => {
            let line = indicator::read(&fields.path(name), value)?;
            Ok(Operand::Line(other(fields, line)?))
        }
        other => {
            let reason = format!("must be a number or an indicator, not {}", kind(other));
            Err(fields.wrong(name, reason))
        }
    }
}

fn number_of(fields: &Fields<'_>, name: &str, text: &str) -> Result<Operand, Refusal> {
    let number: Result<Constant, _> = text.parse();
    number.map(Operand::Number).map_err(|error| fields.wrong(name, format!("`{text}`: {error}")))
}

/// `between` and `outside`, whose value is a list of two.
fn ranged(fields: &Fields<'_>, left: &LineAt, is_between: bool) -> Result<Condition, Refusal> {
    let value = fields.required("value", fields.get("value"))?;
    let Value::Array(bounds) = value else {
        let reason = format!("must be a list of two bounds such as [30, 70], not {}", kind(value));
        return Err(fields.wrong("value", reason));
    };
    let [low, high] = bounds.as_slice() else {
        let reason = format!("must have exactly two bounds such as [30, 70], not {}", bounds.len());
        return Err(fields.wrong("value", reason));
    };
    let low = value_of(fields, "value[0]", low)?;
    let high = value_of(fields, "value[1]", high)?;
    if let (Operand::Number(least), Operand::Number(most)) = (&low, &high)
        && least >= most
    {
        let reason = format!("the lower bound {least} must be below the upper bound {most}");
        return Err(fields.wrong("value", reason));
    }
    let beside = ["multiplier", "compareIndicator", "comparePeriod", "compareParams"];
    without(fields, &beside, "does not go with two bounds")?;
    if let (Operand::Number(_), Operand::Number(_)) = (&low, &high) {
        without(fields, &["compareTimeframe", "compareBarsAgo"], "does not go with numbers")?;
    }
    let test = |is, right| Condition::Test(Test { left: Operand::Line(left.clone()), is, right });
    Ok(if is_between {
        Condition::All(vec![test(Relation::AtLeast, low), test(Relation::AtMost, high)])
    } else {
        Condition::Any(vec![test(Relation::Below, low), test(Relation::Above, high)])
    })
}

/// Lines that lie among prices: what is above them is bullish.
const AMONG_PRICES: &[&str] = &[
    "ema", "sma", "smma", "lwma", "dema", "tema", "vwap", "sar", "bands", "donchian", "keltner",
    "pivot",
];
/// Lines with a middle that parts bulls from bears.
const MIDDLES: &[(&str, &str)] = &[
    ("rsi", "50"),
    ("stochastic", "50"),
    ("mfi", "50"),
    ("williams", "-50"),
    ("momentum", "100"),
    ("cci", "0"),
    ("demarker", "0.5"),
];

/// `bullish` and `bearish`: a close on that side of its open, or of a line that lies among prices;
/// an oscillator on that side of its middle; a MACD on that side of its signal.
fn leaning(
    fields: &Fields<'_>,
    operator: &str,
    line: &LineAt,
    is_bullish: bool,
) -> Result<Condition, Refusal> {
    let beside = [
        "value",
        "compareIndicator",
        "multiplier",
        "comparePeriod",
        "compareParams",
        "compareTimeframe",
        "compareBarsAgo",
    ];
    without(fields, &beside, "says more than bullish and bearish need: leave it out")?;
    let named = |name: &str| name.parse::<LineSpec>().expect("it is a price");
    let beside = |spec| LineAt { line: spec, ..line.clone() };
    let row = line.line.indicator().row().name;
    let (left, right) = if row == "price" {
        (Operand::Line(beside(named("close"))), Operand::Line(beside(named("open"))))
    } else if AMONG_PRICES.contains(&row) {
        (Operand::Line(beside(named("close"))), Operand::Line(line.clone()))
    } else if let Some((_, middle)) = MIDDLES.iter().find(|(name, _)| *name == row) {
        let middle = middle.parse().expect("it is a number");
        (Operand::Line(line.clone()), Operand::Number(middle))
    } else if row == "macd" {
        let mut lines = line.line.indicator().lines();
        let (main, signal) = (lines.next(), lines.next());
        let [main, signal] = [main, signal].map(|line| line.expect("a MACD has a signal line"));
        (Operand::Line(beside(main)), Operand::Line(beside(signal)))
    } else {
        let reason = format!("`{row}` is neither bullish nor bearish: compare it with a value");
        return Err(fields.wrong(operator, reason));
    };
    let is = if is_bullish { Relation::Above } else { Relation::Below };
    Ok(Condition::Test(Test { left, is, right }))
}

/// The most that a volume may be asked to be times its average: what is above was meant as a number
/// of ticks.
const VOLUME_TIMES_MAX: Ratio = Ratio::from_raw(100 * 10_000);

/// A volume confirmation: `true`, a factor, or an object with the factor as its `threshold`. The
/// bar's tick volume must be above so many times its average of 20 bars.
pub(super) fn confirmed(fields: &Fields<'_>, name: &str) -> Result<Option<Condition>, Refusal> {
    let (times, at) = match fields.get(name) {
        None | Some(Value::Bool(false)) => return Ok(None),
        Some(Value::Bool(true)) => (Some(Ratio::from_raw(10_000)), fields.path(name)),
        Some(Value::Object(_)) => {
            let inner = fields.required(name, fields.object(name)?)?;
            inner.only(&["type", "threshold"], &[])?;
            if let Some(other) = inner.text("type")?.filter(|kind| *kind != "volume") {
                let reason = format!("`{other}` confirms nothing: expected volume");
                return Err(inner.wrong("type", reason));
            }
            (inner.above_zero("threshold")?, inner.path("threshold"))
        }
        Some(_) => (fields.above_zero(name)?, fields.path(name)),
    };
    let times = times.ok_or_else(|| Refusal::malformed(at.clone(), REQUIRED))?;
    if times > VOLUME_TIMES_MAX {
        let reason = format!("must be a multiple of the average volume, such as 1.5, not {times}");
        return Err(Refusal::malformed(at, reason));
    }
    // On the bars of what it confirms.
    let line = |name: &str| {
        placed(fields, name.parse().expect("it is a known name"), ["timeframe", "barsAgo"])
    };
    Ok(Some(Condition::Test(Test {
        left: Operand::Line(line("volume")?),
        is: Relation::Above,
        right: Operand::Multiple { of: line("volume_average_20")?, times },
    })))
}
