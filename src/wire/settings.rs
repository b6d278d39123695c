//! `settings` and `options` of a strategy.

use crate::domain::amount::Volume;
use crate::domain::suggest::hint;
use crate::executor::command::{Evaluate, Options, Settings};
use crate::wire::fields::Fields;
use crate::wire::refusal::Refusal;
use crate::wire::rules::limits::{self, Bare};
use crate::wire::rules::sizing;

const LOTS: [&str; 3] = ["lotSize", "lots", "volume"];
pub(super) const MAX_OPEN: [&str; 2] = ["maxOpenTrades", "maxPositions"];
const SETTINGS: [&str; 6] =
    ["lotSize", "lots", "volume", "maxOpenTrades", "maxPositions", sizing::SLIPPAGE];
const SETTINGS_LATER: [&str; 2] = ["riskRewardRatio", "mode"];

/// Reads `settings`.
pub(super) fn settings(parameters: &Fields<'_>) -> Result<Settings, Refusal> {
    let Some(fields) = parameters.object("settings")? else { return Ok(Settings::default()) };
    let known = [&SETTINGS[..], &sizing::RISK, &limits::FIELDS].concat();
    fields.only(&known, &[SETTINGS_LATER, sizing::CONFIRMATION].concat())?;
    Ok(Settings {
        lots: fields.one_of(&LOTS, |name| fields.above_zero::<Volume>(name))?,
        max_open_trades: fields.one_of(&MAX_OPEN, |name| fields.count(name, 1))?,
        max_risk: sizing::risk(&fields)?.map(|(_, percent)| percent),
        max_slippage: fields.points(sizing::SLIPPAGE)?,
        limits: limits::read(&fields, Bare::Percent)?,
    })
}

/// Reads `options`.
pub(super) fn options(parameters: &Fields<'_>) -> Result<Options, Refusal> {
    let Some(fields) = parameters.object("options")? else { return Ok(Options::default()) };
    let later = [&["closeGraceMs"][..], &sizing::CONFIRMATION].concat();
    fields.only(&["warmupBars", "evaluate"], &later)?;
    let evaluate = match fields.text("evaluate")? {
        None => Evaluate::Bar,
        Some(text) => {
            let known = Evaluate::ALL.map(Evaluate::name);
            let found = Evaluate::ALL.into_iter().find(|one| one.name() == text);
            let reason = || format!("`{text}` is no way to evaluate: {}", hint(text, &known));
            found.ok_or_else(|| fields.wrong("evaluate", reason()))?
        }
    };
    Ok(Options { warmup_bars: fields.count("warmupBars", 0)?, evaluate })
}
