//! Commands about one strategy.

use super::CommandParameters;
use crate::executor::command::{Command, OnStop, Settings, StartStrategy, UpdateStrategy};
use crate::wire::refusal::Refusal;
use crate::wire::{rules, settings};

/// START_STRATEGY.
pub(in crate::wire) fn start(parameters: &CommandParameters<'_>) -> Result<Command, Refusal> {
    let fields = &parameters.fields;
    let strategy = parameters.strategy()?;
    let name = fields.text("strategyName")?.unwrap_or(strategy.as_str()).to_owned();
    if fields.flag("enabled")? == Some(false) {
        return Err(fields.wrong(
            "enabled",
            "a strategy that is not enabled is not started: send true, or leave it out",
        ));
    }
    let symbol = parameters.symbol()?;
    let timeframe = fields.required("timeframe", parameters.timeframe()?)?;
    let value = fields.required("rules", fields.get("rules"))?;
    let rules = rules::read(&fields.path("rules"), value)?;
    let (settings, options) = (settings::settings(fields)?, settings::options(fields)?);
    let rules_hash = rules::hash(&rules);
    Ok(Command::Start(Box::new(StartStrategy {
        strategy,
        name,
        symbol,
        timeframe,
        rules,
        rules_hash,
        settings,
        options,
    })))
}

/// STOP_STRATEGY.
pub(in crate::wire) fn stop(parameters: &CommandParameters<'_>) -> Result<Command, Refusal> {
    let positions = on_stop(parameters)?;
    Ok(Command::Stop { strategy: parameters.strategy()?, positions })
}

/// `closePositions` of a STOP of one strategy or of all.
pub(super) fn on_stop(parameters: &CommandParameters<'_>) -> Result<OnStop, Refusal> {
    Ok(match parameters.fields.flag("closePositions")? {
        None | Some(true) => OnStop::Close,
        Some(false) => OnStop::Keep,
    })
}

/// PAUSE_STRATEGY.
pub(in crate::wire) fn pause(parameters: &CommandParameters<'_>) -> Result<Command, Refusal> {
    parameters.strategy().map(|strategy| Command::Pause { strategy })
}

/// RESUME_STRATEGY.
pub(in crate::wire) fn resume(parameters: &CommandParameters<'_>) -> Result<Command, Refusal> {
    parameters.strategy().map(|strategy| Command::Resume { strategy })
}

/// UPDATE_STRATEGY.
pub(in crate::wire) fn update(parameters: &CommandParameters<'_>) -> Result<Command, Refusal> {
    let fields = &parameters.fields;
    let strategy = parameters.strategy()?;
    let symbol = fields.text("symbol")?.map(str::to_owned);
    let timeframe = parameters.timeframe()?;
    let rules =
        fields.get("rules").map(|value| rules::read(&fields.path("rules"), value)).transpose()?;
    let settings = settings::settings(fields)?;
    if rules.is_none() && settings == Settings::default() && symbol.is_none() && timeframe.is_none()
    {
        return Err(fields.wrong("rules", "nothing is to be changed: give rules or settings"));
    }
    let rules = rules.map(|rules| {
        let hash = rules::hash(&rules);
        (rules, hash)
    });
    Ok(Command::Update(Box::new(UpdateStrategy { strategy, symbol, timeframe, rules, settings })))
}
