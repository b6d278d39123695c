//! Filters over lines: `volatility` by the average true range, `regime` by the average directional
//! index, and for both how the average true range stands to a slower one.

use crate::indicator::spec::LineSpec;
use crate::strategy::condition::{Constant, LineAt};
use crate::strategy::filter::{Measured, MeasuredKind, Quantity};
use crate::wire::fields::Fields;
use crate::wire::indicator;
use crate::wire::refusal::Refusal;
use crate::wire::rules::parts::timeframe;
use serde_json::{Value, json};

/// The period of the fast lines, unless the rules say otherwise.
const PERIOD: u32 = 14;
const SLOW: &str = "slowPeriod";

/// Reads `volatility`: an average true range in pips, or against a slower one.
pub(super) fn volatility(fields: &Fields<'_>) -> Result<Vec<Measured>, Refusal> {
    let known =
        ["enabled", "period", "timeframe", "minPips", "maxPips", SLOW, "minRatio", "maxRatio"];
    fields.only(&known, &[])?;
    let kind = MeasuredKind::Volatility;
    let fast = line(fields, "atr", "period")?;
    let in_pips = bounded(fields, kind, Quantity::Pips(fast.clone()), ["minPips", "maxPips"])?;
    some(fields, "minPips", [in_pips, ratio(fields, kind, fast)?])
}

/// Reads `regime`: an average directional index, or the average true range against a slower one.
pub(super) fn regime(fields: &Fields<'_>) -> Result<Vec<Measured>, Refusal> {
    let known =
        ["enabled", "period", "timeframe", "minAdx", "maxAdx", SLOW, "minRatio", "maxRatio"];
    fields.only(&known, &[])?;
    let kind = MeasuredKind::Regime;
    let adx = line(fields, "adx", "period")?;
    let trend = bounded(fields, kind, Quantity::Line(adx), ["minAdx", "maxAdx"])?;
    let most = Constant::from_raw(100 * crate::domain::decimal::pow10(Constant::SCALE));
    if trend.as_ref().and_then(|trend| trend.least).is_some_and(|least| least > most) {
        return Err(fields.wrong("minAdx", "must not be above 100, which no ADX exceeds"));
    }
    some(fields, "minAdx", [trend, ratio(fields, kind, line(fields, "atr", "period")?)?])
}

/// The average true range against a slower one, where a slower one is named.
fn ratio(
    fields: &Fields<'_>,
    kind: MeasuredKind,
    fast: LineAt,
) -> Result<Option<Measured>, Refusal> {
    let bounds = ["minRatio", "maxRatio"];
    let Some(period) = fields.count(SLOW, 1)? else {
        return match bounds.iter().find(|name| fields.get(name).is_some()) {
            Some(name) => Err(fields.wrong(name, "needs slowPeriod")),
            None => Ok(None),
        };
    };
    if period <= fields.count("period", 1)?.unwrap_or(PERIOD) {
        return Err(fields.wrong(SLOW, "must be more than period, which is 14 if not given"));
    }
    let quantity = Quantity::Ratio { of: fast, to: line(fields, "atr", SLOW)? };
    let measured = bounded(fields, kind, quantity, bounds)?;
    measured.map(Some).ok_or_else(|| fields.wrong(SLOW, "needs minRatio or maxRatio"))
}

/// An indicator of the period in a field.
fn line(fields: &Fields<'_>, name: &str, period: &str) -> Result<LineAt, Refusal> {
    let period = fields.get(period).cloned().unwrap_or_else(|| Value::from(PERIOD));
    let line: LineSpec =
        indicator::read(fields.own_path(), &json!({ "indicator": name, "period": period }))?;
    Ok(LineAt { timeframe: timeframe(fields)?, ..LineAt::own(line) })
}

/// The measure, where it has bounds.
fn bounded(
    fields: &Fields<'_>,
    kind: MeasuredKind,
    quantity: Quantity,
    [min, max]: [&str; 2],
) -> Result<Option<Measured>, Refusal> {
    let least = fields.above_zero::<Constant>(min)?;
    let most = fields.above_zero::<Constant>(max)?;
    match (least, most) {
        (None, None) => Ok(None),
        (Some(least), Some(most)) if least > most => {
            Err(fields.wrong(min, format!("{least} is more than {max}, which is {most}")))
        }
        (least, most) => Ok(Some(Measured { kind, quantity, least, most })),
    }
}

/// The measures that there are, of which one must be.
fn some(
    fields: &Fields<'_>,
    name: &str,
    measured: [Option<Measured>; 2],
) -> Result<Vec<Measured>, Refusal> {
    let measured: Vec<Measured> = measured.into_iter().flatten().collect();
    if measured.is_empty() {
        return Err(fields.wrong(name, "is required, or another bound"));
    }
    Ok(measured)
}
