//! How dialects say that the volume of an entry is found from what the account is worth.

use super::exit;
use super::limits::{self, Bare};
use crate::domain::amount::{Percent, Ratio, Volume};
use crate::domain::suggest::hint;
use crate::strategy::condition::LineAt;
use crate::strategy::distance::Distance;
use crate::strategy::rules::{Exit, RiskRules};
use crate::strategy::sizing::{DrawdownScaling, Sizing};
use crate::wire::fields::Fields;
use crate::wire::refusal::Refusal;

/// Reads a part of the equity in percent: above 0, and no more than 100.
pub(in crate::wire) fn percent(
    fields: &Fields<'_>,
    name: &str,
) -> Result<Option<Percent>, Refusal> {
    match fields.above_zero::<Percent>(name)? {
        Some(percent) if percent > Percent::WHOLE => Err(fields.wrong(
            name,
            format!("is percent of the equity, and {percent} is more than all of it"),
        )),
        percent => Ok(percent),
    }
}

/// How much of the equity an entry loses at its stop loss, by a word.
const RISK_LEVELS: [(&str, Percent); 3] = [
    ("low", Percent::from_raw(Percent::WHOLE.raw() / 200)),
    ("medium", Percent::from_raw(Percent::WHOLE.raw() / 100)),
    ("high", Percent::from_raw(Percent::WHOLE.raw() / 50)),
];

/// The fields that say how much of the equity an entry loses at its stop loss.
pub(in crate::wire) const RISK: [&str; 2] = ["maxRisk", "riskLevel"];

/// The field for the largest accepted deviation from the price of an entry.
pub(in crate::wire) const SLIPPAGE: &str = "maxSlippage";

/// What nobody can be asked to do: each trade is sent as soon as it is decided.
pub(in crate::wire) const CONFIRMATION: [&str; 2] = ["requireConfirmation", "manualApproval"];

/// Reads the risk of an entry, in percent or as a word, with the field that said it.
pub(in crate::wire) fn risk(
    fields: &Fields<'_>,
) -> Result<Option<(&'static str, Percent)>, Refusal> {
    let [name, level] = RISK;
    let given = percent(fields, name)?;
    let Some(word) = fields.text(level)? else { return Ok(given.map(|percent| (name, percent))) };
    let known = RISK_LEVELS.map(|(known, _)| known);
    let found = RISK_LEVELS.iter().find(|(known, _)| *known == word).map(|(_, percent)| *percent);
    let percent = found.ok_or_else(|| {
        fields.wrong(level, format!("`{word}` is no level of risk: {}", hint(word, &known)))
    })?;
    match given {
        Some(given) if given != percent => {
            let reason =
                format!("{word} is {percent} %, and maxRisk says {given}: give one of them");
            Err(fields.wrong(level, reason))
        }
        _ => Ok(Some((level, percent))),
    }
}

/// The risk of rules that say `maxRisk`: with a stop loss the volume is found by it; without one the
/// given volume holds.
pub(super) fn max_risk(
    fields: &Fields<'_>,
    exit: &Exit,
    risk: RiskRules,
) -> Result<RiskRules, Refusal> {
    let Some((name, percent)) = self::risk(fields)? else { return Ok(risk) };
    if exit.stop_loss.is_some() {
        return Ok(RiskRules { sizing: Some(Sizing::RiskPercent(percent)), ..risk });
    }
    if risk.lots.is_none() {
        let reason = "needs a stop loss, which says what a lot may lose: give one, or lotSize";
        return Err(fields.wrong(name, reason));
    }
    Ok(risk)
}

/// The ways to find a volume, and the fields of each beside its own name.
const MODES: [(&str, &[&str]); 5] = [
    ("fixed", &["lots", "lotSize", "value"]),
    ("risk_percent", &["percent", "value"]),
    ("atr", &["percent", "period", "multiple"]),
    ("kelly", &["winRate", "rewardRatio", "fraction", "maxPercent"]),
    ("equity_fraction", &["percent", "value"]),
];

const DRAWDOWN: &str = "drawdown";

/// Reads how sizes shrink with a drawdown.
fn scaling(sizing: &Fields<'_>) -> Result<Option<DrawdownScaling>, Refusal> {
    let Some(fields) = sizing.object(DRAWDOWN)? else { return Ok(None) };
    fields.only(&["from", "to", "least"], &[])?;
    let given = |name: &str| fields.required(name, percent(&fields, name)?);
    Ok(Some(DrawdownScaling { from: given("from")?, to: given("to")?, least: given("least")? }))
}

/// Reads `positionSizing` of rules that have a stop loss, or none.
pub(super) fn read(rules: &Fields<'_>, has_stop: bool) -> Result<RiskRules, Refusal> {
    let Some(sizing) = rules.object("positionSizing")? else { return Ok(RiskRules::default()) };
    let word = sizing.one_of(&["mode", "type"], |name| sizing.text(name))?.unwrap_or("fixed");
    let (_, own) = MODES.iter().find(|(mode, _)| *mode == word).ok_or_else(|| {
        let known = MODES.map(|(mode, _)| mode);
        sizing.wrong("mode", format!("`{word}` is no way to find a volume: {}", hint(word, &known)))
    })?;
    let beside: &[&str] = if word == "fixed" { &[] } else { &[DRAWDOWN] };
    sizing.only(&[&["mode", "type", "maxPositions"], *own, beside].concat(), &[])?;
    let given = |name: &str| sizing.required(name, percent(&sizing, name)?);
    let either = || {
        let percent = sizing.one_of(&["percent", "value"], |name| percent(&sizing, name))?;
        sizing.required("percent", percent)
    };
    let found = match word {
        "risk_percent" => Some(Sizing::RiskPercent(either()?)),
        "atr" => {
            let times = sizing.required("multiple", sizing.above_zero::<Ratio>("multiple")?)?;
            let distance = Distance::Line { of: LineAt::own(exit::atr(&sizing)?), times };
            Some(Sizing::Atr { percent: given("percent")?, distance })
        }
        "kelly" => Some(Sizing::Kelly {
            win_rate: given("winRate")?,
            reward: sizing.required("rewardRatio", sizing.above_zero::<Ratio>("rewardRatio")?)?,
            fraction: percent(&sizing, "fraction")?.unwrap_or(Percent::WHOLE),
            cap: given("maxPercent")?,
        }),
        "equity_fraction" => {
            let part = sizing.one_of(&["percent", "value"], |name| sizing.above_zero(name))?;
            Some(Sizing::EquityFraction(sizing.required("percent", part)?))
        }
        _ => None,
    };
    if !has_stop && found.as_ref().is_some_and(Sizing::needs_stop) {
        let reason =
            format!("`{word}` needs a stop loss, which says what a lot may lose: give stopLoss");
        return Err(sizing.wrong("mode", reason));
    }
    let fixed = found.is_none();
    let lots = |name: &str| sizing.above_zero::<Volume>(name);
    let lots = if fixed { sizing.one_of(&["lots", "lotSize", "value"], lots)? } else { None };
    let max_open_trades = sizing.count("maxPositions", 1)?;
    let scaling = scaling(&sizing)?;
    Ok(RiskRules { lots, max_open_trades, sizing: found, scaling, ..RiskRules::default() })
}

/// Reads `riskManagement`.
pub(super) fn management(rules: &Fields<'_>, exit: &Exit) -> Result<RiskRules, Refusal> {
    let none = RiskRules::default();
    let Some(risk) = rules.object("riskManagement")? else { return Ok(none) };
    let own = ["lotSize", "maxPositions", SLIPPAGE];
    risk.only(&[&own[..], &RISK, &limits::FIELDS].concat(), &CONFIRMATION)?;
    let given = RiskRules {
        lots: risk.above_zero::<Volume>("lotSize")?,
        max_open_trades: risk.count("maxPositions", 1)?,
        max_slippage: risk.points(SLIPPAGE)?,
        limits: limits::read(&risk, Bare::Money)?,
        ..RiskRules::default()
    };
    max_risk(&risk, exit, given)
}
