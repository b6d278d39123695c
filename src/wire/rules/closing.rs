//! Times at which positions are closed, as the dialects write them: `closeAt`, a time of day, the end
//! of a named session or a list of them, and `closeBeforeWeekend`.

use super::parts::{days, minute, session, zone};
use crate::strategy::close_time::{CLOSE_TIMES_MAX, CloseTime};
use crate::strategy::filter::TradingHours;
use crate::wire::fields::Fields;
use crate::wire::refusal::Refusal;
use serde_json::Value;

/// The fields of closing times.
pub(super) const FIELDS: [&str; 2] = ["closeAt", "closeBeforeWeekend"];
const DAY_MINUTES: u32 = 24 * 60;
const FRIDAY: u8 = 5;

/// Reads the closing times.
pub(super) fn read(fields: &Fields<'_>) -> Result<Vec<CloseTime>, Refusal> {
    let [times, weekend] = FIELDS;
    let mut read = match fields.get(times) {
        None => Vec::new(),
        Some(Value::Array(_)) => {
            fields.objects(times)?.iter().map(time).collect::<Result<_, _>>()?
        }
        Some(_) => vec![time(&fields.required(times, fields.object(times)?)?)?],
    };
    if let Some(minutes) = fields.count(weekend, 1)? {
        let left = DAY_MINUTES.checked_sub(minutes).and_then(|left| u16::try_from(left).ok());
        let minute = left.ok_or_else(|| {
            let reason =
                "must be minutes before the end of Friday by the server's clock, at most 1440";
            fields.wrong(weekend, reason)
        })?;
        read.push(CloseTime { minute, days: vec![FRIDAY], zone: None, shuts: true });
    }
    if read.len() > CLOSE_TIMES_MAX {
        let reason =
            format!("must be no more than {CLOSE_TIMES_MAX} times, that before a weekend included");
        return Err(fields.wrong(times, reason));
    }
    Ok(read)
}

fn time(fields: &Fields<'_>) -> Result<CloseTime, Refusal> {
    let (minute, zone) = if let Some(word) = fields.text("session")? {
        fields.only(&["session", "daysOfWeek"], &[])?;
        let TradingHours { to_minute, zone, .. } = session(fields, "session", word)?.hours();
        (*to_minute, zone.clone())
    } else {
        fields.only(&["time", "timezone", "daysOfWeek", "session"], &[])?;
        (minute(fields, "time")?, zone(fields)?)
    };
    let days = match fields.get("daysOfWeek") {
        None => Vec::new(),
        Some(Value::Array(none)) if none.is_empty() => {
            return Err(fields.wrong("daysOfWeek", "must not be empty: leave it out for every day"));
        }
        Some(_) => days(fields, "daysOfWeek")?,
    };
    Ok(CloseTime { minute, days, zone, shuts: false })
}
