//! Times of day, days of the week and clocks, as every dialect writes them.

use crate::domain::zone::ServerZone;
use crate::wire::fields::{Fields, kind};
use crate::wire::refusal::Refusal;
use serde_json::Value;

/// A time of day such as 08:30; 24:00 is the end of the day.
pub(super) fn minute(fields: &Fields<'_>, name: &str) -> Result<u16, Refusal> {
    let text = fields.required(name, fields.text(name)?)?;
    let read = || {
        let (hours, minutes) = text.split_once(':')?;
        let number = |text: &str| {
            text.parse::<u16>().ok().filter(|_| text.len() == 2 && !text.starts_with('+'))
        };
        let (hours, minutes) = (number(hours)?, number(minutes)?);
        let minute = hours * 60 + minutes;
        (minutes < 60 && minute <= 24 * 60).then_some(minute)
    };
    read().ok_or_else(|| {
        fields.wrong(name, format!("`{text}` is no time of day from 00:00 to 24:00, such as 08:30"))
    })
}

/// The clock that `timezone` names; none is the server's.
pub(super) fn zone(fields: &Fields<'_>) -> Result<Option<ServerZone>, Refusal> {
    let read = fields.text("timezone")?.map(str::parse::<ServerZone>).transpose();
    read.map_err(|error| fields.wrong("timezone", error.to_string()))
}

/// A list of days, sorted, each once.
pub(super) fn days(fields: &Fields<'_>, name: &str) -> Result<Vec<u8>, Refusal> {
    let value = fields.required(name, fields.get(name))?;
    let Value::Array(items) = value else {
        return Err(fields.wrong(name, format!("must be a list of days, not {}", kind(value))));
    };
    let read = |(place, item): (usize, &Value)| {
        let day = item.as_u64().and_then(|day| u8::try_from(day).ok());
        day.filter(|day| (1..=7).contains(day)).ok_or_else(|| {
            let name = format!("{name}[{place}]");
            fields.wrong(&name, "must be a day from 1, which is Monday, to 7, which is Sunday")
        })
    };
    let mut days: Vec<u8> = items.iter().enumerate().map(read).collect::<Result<_, _>>()?;
    days.sort_unstable();
    days.dedup();
    Ok(days)
}
