//! What the built-in strategies are made of: parameters, lines and comparisons.

use crate::domain::decimal::DecimalError;
use crate::indicator::spec::LineSpec;
use crate::strategy::condition::{Condition, LineAt, Operand, Relation, Test};
use crate::wire::fields::Fields;
use crate::wire::indicator;
use crate::wire::refusal::Refusal;
use serde_json::Value;
use std::fmt::Display;
use std::str::FromStr;

/// The line of an indicator whose period is a parameter.
pub(super) fn averaged(
    parameters: &Fields<'_>,
    indicator: &str,
    name: &str,
    default: u32,
) -> Result<LineSpec, Refusal> {
    let period = parameters.count(name, 1)?.unwrap_or(default);
    indicator::read(&parameters.path(name), &Value::from(format!("{indicator}_{period}")))
}

/// A factor above zero.
pub(super) fn factor<T>(parameters: &Fields<'_>, name: &str, default: T) -> Result<T, Refusal>
where
    T: FromStr<Err = DecimalError> + PartialOrd + Default + Display,
{
    match parameters.decimal::<T>(name)? {
        Some(factor) if factor <= T::default() => {
            let reason = format!("must be above 0, not {factor}; left out, it is {default}");
            Err(parameters.wrong(name, reason))
        }
        factor => Ok(factor.unwrap_or(default)),
    }
}

/// A line that has no parameters.
pub(super) fn line(name: &str) -> LineAt {
    LineAt::own(name.parse().expect("it is a known name"))
}

/// A comparison.
pub(super) const fn test(left: Operand, is: Relation, right: Operand) -> Condition {
    Condition::Test(Test { left, is, right })
}
