//! Filters as the dialects write them: `filters` of R1, R3 and R5, the list of R4.

use crate::domain::amount::{Pips, Points};
use crate::domain::zone::ServerZone;
use crate::strategy::filter::{Days, Filters, SpreadMost, TradingHours};
use crate::wire::fields::{Fields, asks_nothing, kind};
use crate::wire::refusal::Refusal;
use crate::wire::suggest::hint;
use serde_json::Value;

const KINDS: &[&str] = &["timeRange", "daysOfWeek", "spread"];
/// What later versions will carry out.
const LATER: &[&str] = &["session", "volatility", "news", "correlation", "regime", "trend"];

/// Reads the object `filters`.
pub(super) fn read(rules: &Fields<'_>) -> Result<Filters, Refusal> {
    let none = Filters::default();
    let Some(filters) = rules.object("filters")? else { return Ok(none) };
    filters.only(KINDS, LATER)?;
    let (hours, days) = (hours_of(&filters)?, days_of(&filters)?);
    let spread = filters.object("spread")?.map(|inner| spread(&inner)).transpose()?;
    Ok(Filters { hours, days, spread })
}

fn hours_of(filters: &Fields<'_>) -> Result<Option<TradingHours>, Refusal> {
    if filters.get("timeRange").is_none_or(asks_nothing) {
        return Ok(None);
    }
    filters.object("timeRange")?.map(|inner| hours(&inner)).transpose()
}

fn days_of(filters: &Fields<'_>) -> Result<Option<Days>, Refusal> {
    if filters.get("daysOfWeek").is_none_or(asks_nothing) {
        return Ok(None);
    }
    // They are those of the clock by which the hours are told, where one is.
    let is_told = !filters.get("timeRange").is_none_or(asks_nothing);
    let hours = if is_told { filters.object("timeRange")? } else { None };
    let clock = hours.map(|inner| zone(&inner)).transpose()?.flatten();
    Ok(Some(Days { days: days(filters, "daysOfWeek")?, zone: clock }))
}

/// Reads R4's list, in which each filter can be switched off.
pub(super) fn list(rules: &Fields<'_>) -> Result<Filters, Refusal> {
    let mut filters = Filters::default();
    if rules.get("filters").is_none_or(asks_nothing) {
        return Ok(filters);
    }
    for item in rules.objects("filters")? {
        item.only(&["id", "type", "enabled", "config"], &[])?;
        if item.flag("enabled")? == Some(false) {
            continue;
        }
        let text = item.required("type", item.text("type")?)?;
        let twice = || item.wrong("type", format!("there is another filter `{text}`"));
        let config = || item.required("config", item.object("config")?);
        match text {
            "timeRange" if filters.hours.is_some() => return Err(twice()),
            "daysOfWeek" if filters.days.is_some() => return Err(twice()),
            "spread" if filters.spread.is_some() => return Err(twice()),
            "timeRange" => filters.hours = Some(hours(&config()?)?),
            "daysOfWeek" => {
                let inner = config()?;
                inner.only(&["days", "timezone"], &[])?;
                filters.days = Some(Days { days: days(&inner, "days")?, zone: zone(&inner)? });
            }
            "spread" => filters.spread = Some(spread(&config()?)?),
            other if LATER.contains(&other) => {
                return Err(Refusal::unsupported(item.path("type"), format_args!("`{other}`")));
            }
            other => {
                let reason = format!("`{other}` is no filter: {}", hint(other, KINDS));
                return Err(item.wrong("type", reason));
            }
        }
    }
    Ok(filters)
}

fn hours(fields: &Fields<'_>) -> Result<TradingHours, Refusal> {
    fields.only(&["start", "end", "timezone"], &[])?;
    let (from_minute, to_minute) = (minute(fields, "start")?, minute(fields, "end")?);
    if from_minute == to_minute {
        return Err(fields.wrong("end", "is the same as start: that is no span of the day"));
    }
    Ok(TradingHours { from_minute, to_minute, zone: zone(fields)? })
}

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

pub(super) fn zone(fields: &Fields<'_>) -> Result<Option<ServerZone>, Refusal> {
    let read = fields.text("timezone")?.map(str::parse::<ServerZone>).transpose();
    read.map_err(|error| fields.wrong("timezone", error.to_string()))
}

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

fn spread(fields: &Fields<'_>) -> Result<SpreadMost, Refusal> {
    const POINTS: &str = "maxSpreadPoints";
    const PIPS: &str = "maxSpreadPips";
    fields.only(&[POINTS, PIPS], &[])?;
    match (fields.count(POINTS, 1)?, fields.above_zero::<Pips>(PIPS)?) {
        (Some(_), Some(_)) => Err(fields.wrong(PIPS, "says more than maxSpreadPoints: give one")),
        (Some(points), None) => Ok(SpreadMost::Points(Points(i64::from(points)))),
        (None, Some(pips)) => Ok(SpreadMost::Pips(pips)),
        (None, None) => Err(fields.wrong(POINTS, "is required, or maxSpreadPips")),
    }
}
