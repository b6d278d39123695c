//! Commands about followers.

use super::{CommandParameters, strategy};
use crate::domain::amount::{Percent, Points, Ratio};
use crate::domain::id::StrategyId;
use crate::executor::command::Command;
use crate::strategy::copying::{AGE_MAX_MS, ALLOCATION, Copying, MULTIPLIER, SLIPPAGE_MAX};
use crate::wire::refusal::Refusal;

const SOURCE: &str = "sourceStrategyId";
const ONE_PERCENT: &str = "1";

/// COPY_ADD.
pub(in crate::wire) fn add(parameters: &CommandParameters<'_>) -> Result<Command, Refusal> {
    let fields = &parameters.fields;
    let slippage = fields.count("maxSlippage", 0)?.map(|points| Points(points.into()));
    let copying = Copying {
        source: source(parameters)?,
        allocation: allocation(parameters)?.unwrap_or(ALLOCATION),
        multiplier: fields.above_zero::<Ratio>("multiplier")?.unwrap_or(MULTIPLIER),
        age_max_ms: fields.count("maxAgeMs", 1)?.unwrap_or(AGE_MAX_MS),
        slippage_max: slippage.unwrap_or(SLIPPAGE_MAX),
        recorded: false,
    };
    copying.check().map_err(|flaw| match flaw.path.as_str() {
        "source" => fields.wrong(SOURCE, flaw.reason),
        field => fields.wrong(field, flaw.reason.clone()),
    })?;
    Ok(Command::CopyAdd(Box::new(copying)))
}

/// COPY_REMOVE: the STOP of the follower.
pub(in crate::wire) fn remove(parameters: &CommandParameters<'_>) -> Result<Command, Refusal> {
    let positions = strategy::on_stop(parameters)?;
    Ok(Command::Stop { strategy: Copying::follower_of(&source(parameters)?), positions })
}

/// COPY_UPDATE_ALLOCATION.
pub(in crate::wire) fn update(parameters: &CommandParameters<'_>) -> Result<Command, Refusal> {
    let allocation = parameters.fields.required("allocation", allocation(parameters)?)?;
    Ok(Command::CopyUpdate { source: source(parameters)?, allocation })
}

fn source(parameters: &CommandParameters<'_>) -> Result<StrategyId, Refusal> {
    let id = parameters.fields.required(SOURCE, parameters.fields.id(SOURCE)?)?;
    Ok(StrategyId::from(id.as_str()))
}

/// In percent. A number below 1 is more likely a fraction, and refused.
fn allocation(parameters: &CommandParameters<'_>) -> Result<Option<Percent>, Refusal> {
    let fields = &parameters.fields;
    let given = fields.above_zero::<Percent>("allocation")?;
    match given {
        Some(part) if part > Percent::WHOLE || part < ONE_PERCENT.parse().unwrap_or_default() => {
            let reason = format!("must be percent, from 1 to 100, not {part}: 35 is 35 %");
            Err(fields.wrong("allocation", reason))
        }
        given => Ok(given),
    }
}
