//! How dialects say what a strategy may lose and do in a day, and when it rests.

use crate::domain::amount::{Money, Percent};
use crate::domain::suggest::hint;
use crate::risk::limit::RiskLimit;
use crate::strategy::limits::{Cooldown, CooldownAfter, LossStreak, ResultLoss, StrategyLimits};
use crate::wire::fields::{Fields, asks_nothing};
use crate::wire::refusal::Refusal;
use serde_json::Value;

const TRADES: &str = RiskLimit::StrategyDailyTrades.row().keys[0];
const LOSS: &str = RiskLimit::StrategyDailyLoss.row().keys[0];
const DRAWDOWN: &str = RiskLimit::StrategyDrawdown.row().keys[0];
const STREAK: &[&str] = RiskLimit::LossStreak.row().keys;
const COOLDOWN: &str = RiskLimit::Cooldown.row().keys[0];
const PAUSE: &str = "pauseMinutes";
const AFTER: &str = "cooldownAfter";
const FLATTEN: &str = "flatten";

/// The fields of all of them.
pub(in crate::wire) const FIELDS: [&str; 9] =
    [TRADES, LOSS, DRAWDOWN, STREAK[0], STREAK[1], PAUSE, COOLDOWN, AFTER, FLATTEN];

/// What a loss is that is given as a bare number (executor 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::wire) enum Bare {
    /// Percent, in `settings` and `risk`.
    Percent,
    /// Money, in `riskManagement`.
    Money,
}

/// Reads the limits of a strategy.
pub(in crate::wire) fn read(fields: &Fields<'_>, bare: Bare) -> Result<StrategyLimits, Refusal> {
    let given = |name: &str| fields.get(name).is_some_and(|value| !asks_nothing(value));
    let count = |name: &str| if given(name) { fields.count(name, 1) } else { Ok(None) };
    let losses = fields.one_of(STREAK, count)?;
    let loss_streak = match (losses, count(PAUSE)?) {
        (None, None) => None,
        (Some(losses), Some(pause_minutes)) => Some(LossStreak { losses, pause_minutes }),
        (None, Some(_)) => {
            return Err(fields.wrong(PAUSE, "is a rest after losses in a row: give lossStreak"));
        }
        (Some(_), None) => {
            let reason = "needs pauseMinutes, which says for how long nothing is entered";
            return Err(fields.wrong(STREAK[0], reason));
        }
    };
    let after = match fields.text(AFTER)? {
        None => None,
        Some("loss") => Some(CooldownAfter::Loss),
        Some("close") => Some(CooldownAfter::Close),
        Some(other) => {
            let reason =
                format!("`{other}` is nothing to rest after: {}", hint(other, &["loss", "close"]));
            return Err(fields.wrong(AFTER, reason));
        }
    };
    let cooldown = match (count(COOLDOWN)?, after) {
        (None, Some(_)) => {
            return Err(fields.wrong(AFTER, "needs cooldownMinutes, which says for how long"));
        }
        (minutes, after) => {
            minutes.map(|minutes| Cooldown { minutes, after: after.unwrap_or(CooldownAfter::Loss) })
        }
    };
    let limits = StrategyLimits {
        max_daily_trades: count(TRADES)?,
        max_daily_loss: loss(fields, LOSS, bare, given(LOSS))?,
        max_drawdown: loss(fields, DRAWDOWN, bare, given(DRAWDOWN))?,
        loss_streak,
        cooldown,
        flatten: fields.flag(FLATTEN)?,
    };
    let is_year = |name: &str| fields.wrong(name, "must be at most 527040, which is a year");
    limits.check().map_err(|flaw| match flaw.path.split('.').next() {
        Some("loss_streak") => is_year(PAUSE),
        Some("cooldown") => is_year(COOLDOWN),
        Some("max_drawdown") => fields.wrong(DRAWDOWN, flaw.reason),
        _ => fields.wrong(LOSS, flaw.reason),
    })?;
    Ok(limits)
}

/// Reads a loss: a bare number, or `{value, unit, base}`.
fn loss(
    fields: &Fields<'_>,
    name: &str,
    bare: Bare,
    is_given: bool,
) -> Result<Option<ResultLoss>, Refusal> {
    if !is_given {
        return Ok(None);
    }
    if !matches!(fields.get(name), Some(Value::Object(_))) {
        return Ok(match bare {
            Bare::Money => fields.above_zero::<Money>(name)?.map(ResultLoss::Money),
            Bare::Percent => {
                let percent = fields.above_zero::<Percent>(name)?;
                percent.map(|percent| part(name, percent))
            }
        });
    }
    let typed = fields.required(name, fields.object(name)?)?;
    typed.only(&["value", "unit", "base"], &[])?;
    let (unit, base) = (typed.required("unit", typed.text("unit")?)?, typed.text("base")?);
    match unit {
        "money" if base.is_some() => {
            Err(typed.wrong("base", "is of what percent is a part: leave it out"))
        }
        "money" => {
            let money = typed.required("value", typed.above_zero::<Money>("value")?)?;
            Ok(Some(ResultLoss::Money(money)))
        }
        "percent" => {
            let percent = typed.required("value", typed.above_zero::<Percent>("value")?)?;
            Ok(Some(match base {
                None => part(name, percent),
                Some("equity") if name == LOSS => ResultLoss::PercentOfEquity(percent),
                Some("balance") => ResultLoss::PercentOfBalance(percent),
                Some("initial") => ResultLoss::PercentOfInitial(percent),
                Some(other) => {
                    let known: &[&str] = if name == LOSS {
                        &["equity", "balance", "initial"]
                    } else {
                        &["balance", "initial"]
                    };
                    let reason = format!(
                        "`{other}` is nothing that this is a part of: {}",
                        hint(other, known)
                    );
                    return Err(typed.wrong("base", reason));
                }
            }))
        }
        other => {
            let reason = format!("`{other}` is no unit: {}", hint(other, &["percent", "money"]));
            Err(typed.wrong("unit", reason))
        }
    }
}

/// A part of what a loss is measured by where nothing else is said.
fn part(name: &str, percent: Percent) -> ResultLoss {
    if name == LOSS {
        ResultLoss::PercentOfEquity(percent)
    } else {
        ResultLoss::PercentOfBalance(percent)
    }
}
