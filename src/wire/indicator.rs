//! An indicator's line as rules write it: text such as `EMA_20`, or an object such as
//! `{"indicator":"macd","fast":12,"slow":26,"signal":9,"line":"signal","price":"typical"}`.

use crate::domain::suggest::hint_of;
use crate::indicator::error::IndicatorError;
use crate::indicator::named::{IndicatorName, Named, names};
use crate::indicator::spec::LineSpec;
use crate::wire::fields::kind;
use crate::wire::refusal::{REQUIRED, Refusal};
use serde_json::{Map, Value};

/// The field of an object that names the indicator.
const NAME: &str = "indicator";

/// Lines that are known but have no value at a closed bar: the Chikou is the close, drawn over bars
/// long past.
const LATER: [&str; 3] = ["ichimoku_chikou", "chikou_span", "chikou"];

/// Reads the line that is given at `path`.
///
/// # Errors
/// An unknown name, with the nearest known one; a parameter out of bounds; a field that the
/// indicator does not have.
pub fn read(path: &str, value: &Value) -> Result<LineSpec, Refusal> {
    let refused = |error: IndicatorError| Refusal::malformed(path, explain(&error));
    match value {
        Value::String(text) => text.parse().map_err(|error| match error {
            IndicatorError::Unknown { name, .. } if LATER.contains(&name.as_str()) => {
                Refusal::unsupported(path, format_args!("the indicator `{text}`"))
            }
            error => refused(error),
        }),
        Value::Object(fields) => of_fields(path, fields)?.line().map_err(refused),
        other => Err(Refusal::malformed(
            path,
            format!("must be text such as EMA_20, or an object, not {}", kind(other)),
        )),
    }
}

fn of_fields(path: &str, fields: &Map<String, Value>) -> Result<Named, Refusal> {
    let at = |field: &str| format!("{path}.{field}");
    let name = fields.get(NAME).ok_or_else(|| Refusal::malformed(at(NAME), REQUIRED))?;
    let text = name
        .as_str()
        .ok_or_else(|| Refusal::malformed(at(NAME), format!("must be text, not {}", kind(name))))?;
    let mut asked =
        IndicatorName::read(text).map_err(|error| Refusal::malformed(at(NAME), explain(&error)))?;
    for (field, value) in fields.iter().filter(|(field, value)| *field != NAME && !value.is_null())
    {
        let value = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            other => {
                return Err(Refusal::malformed(
                    at(field),
                    format!("must be text or a number, not {}", kind(other)),
                ));
            }
        };
        asked.set(field, &value).map_err(|error| Refusal::malformed(at(field), explain(&error)))?;
    }
    asked.finish().map_err(|error| Refusal::malformed(path, explain(&error)))
}

/// What is wrong with a name, with the nearest known name if there is one.
#[must_use]
pub fn explain(error: &IndicatorError) -> String {
    let IndicatorError::Unknown { name, .. } = error else { return error.to_string() };
    let known = names();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    format!("{error}: {}", hint_of(name, &known, "`tickdeck explain indicators`"))
}
