//! Moments as the platform writes them: ISO-8601 with a zone, or a number since 1970.

use crate::domain::decimal::parse_scaled;
use crate::domain::time::Timestamp;
use crate::wire::fields::{Fields, kind};
use crate::wire::refusal::Refusal;
use serde_json::{Number, Value};

/// A number below this is taken as seconds since 1970 (in milliseconds it would be before March
/// 1973), a larger one as milliseconds (in seconds it would be after the year 5138).
const MILLISECONDS_MIN: i128 = 100_000_000_000;

const NANOS_SCALE: u32 = 9;

/// A moment in ISO-8601 or in seconds or milliseconds since 1970, whichever the number's size says.
pub(super) fn read(fields: &Fields<'_>, name: &str) -> Result<Option<Timestamp>, Refusal> {
    let Some(value) = fields.get(name) else { return Ok(None) };
    let moment = match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => from_number(number),
        other => return Err(fields.wrong(name, format!("must be a moment, not {}", kind(other)))),
    };
    moment.map(Some).ok_or_else(|| {
        let expected = "a moment: ISO-8601 with a zone such as 2025-09-22T10:00:00Z, or seconds or milliseconds since 1970";
        fields.wrong(name, format!("{value} is not {expected}"))
    })
}

/// A moment in milliseconds since 1970 only, as in `expiry`.
pub(super) fn read_milliseconds(
    fields: &Fields<'_>,
    name: &str,
) -> Result<Option<Timestamp>, Refusal> {
    let Some(value) = fields.get(name) else { return Ok(None) };
    let whole = value.as_i64().filter(|msc| i128::from(*msc) >= MILLISECONDS_MIN);
    let nanos = whole.and_then(|msc| msc.checked_mul(1_000_000));
    nanos.map(|nanos| Some(Timestamp::from_nanos(nanos))).ok_or_else(|| {
        fields.wrong(
            name,
            format!("{value} is not a moment in milliseconds since 1970, such as 1758535200000"),
        )
    })
}

fn from_number(number: &Number) -> Option<Timestamp> {
    // A double with today's seconds is exact to microseconds; finer digits are noise.
    let text = match number.as_f64().filter(|_| number.is_f64()) {
        Some(float) => format!("{float:.6}"),
        None => number.to_string(),
    };
    let in_seconds = i128::from(parse_scaled(&text, 6).ok()?) * 1000;
    if in_seconds < 0 {
        return None;
    }
    let unit = 10_i128.pow(NANOS_SCALE);
    let nanos = if in_seconds < MILLISECONDS_MIN * unit { in_seconds } else { in_seconds / 1000 };
    i64::try_from(nanos).ok().map(Timestamp::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_spelling_of_one_moment() {
        let expect: Timestamp = "2025-09-22T10:00:00.25Z".parse().unwrap();
        for written in [
            json!("2025-09-22T10:00:00.25Z"),
            json!("2025-09-22T12:00:00.250+02:00"),
            json!(1_758_535_200.25),
            json!(1_758_535_200_250_u64),
            json!(1_758_535_200_250.0),
        ] {
            let body = json!({ "at": written });
            assert_eq!(read(&Fields::of("", &body).unwrap(), "at"), Ok(Some(expect)), "{body}");
        }
    }

    #[test]
    fn what_names_no_moment_is_refused() {
        for written in [
            json!("2025-09-22T10:00:00"),
            json!("now"),
            json!(-1),
            json!(true),
            json!(1e300),
            json!("1758535200"),
        ] {
            let body = json!({ "at": written });
            assert!(read(&Fields::of("", &body).unwrap(), "at").is_err(), "{body}");
        }
        for written in [
            json!(1_758_535_200),
            json!(60_000),
            json!(1.5),
            json!("2025-09-22T10:00:00Z"),
            json!(i64::MAX),
        ] {
            let body = json!({ "expiry": written });
            assert!(
                read_milliseconds(&Fields::of("", &body).unwrap(), "expiry").is_err(),
                "{body}"
            );
        }
    }
}
