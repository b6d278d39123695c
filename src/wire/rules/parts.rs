//! Times, days and other small parts of rules that several of their fields have.

use crate::domain::suggest::hint;
use crate::domain::zone::ServerZone;
use crate::market::timeframe::Timeframe;
use crate::strategy::filter::TradingSession;
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

/// A clock, where one is named.
pub(super) fn zone(fields: &Fields<'_>) -> Result<Option<ServerZone>, Refusal> {
    let read = fields.text("timezone")?.map(str::parse::<ServerZone>).transpose();
    read.map_err(|error| fields.wrong("timezone", error.to_string()))
}

/// Days of the week, in order, each once.
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

/// A session of the markets by its name, in any case.
pub(super) fn session(
    fields: &Fields<'_>,
    place: &str,
    text: &str,
) -> Result<TradingSession, Refusal> {
    let word = text.to_ascii_lowercase();
    let known = TradingSession::ALL.map(TradingSession::name);
    let found = TradingSession::ALL.into_iter().find(|session| session.name() == word);
    found.ok_or_else(|| {
        fields.wrong(place, format!("`{text}` is no session: {}", hint(&word, &known)))
    })
}

/// The timeframe of the bars that a filter looks at; none is the strategy's own.
pub(super) fn timeframe(fields: &Fields<'_>) -> Result<Option<Timeframe>, Refusal> {
    let read = fields.text("timeframe")?.map(str::parse::<Timeframe>).transpose();
    read.map_err(|error| fields.wrong("timeframe", error.to_string()))
}

/// A list of texts that is not empty; `read` gets each with its place.
pub(super) fn texts<T>(
    fields: &Fields<'_>,
    name: &str,
    read: impl Fn(&str, &str) -> Result<T, Refusal>,
) -> Result<Vec<T>, Refusal> {
    let value = fields.required(name, fields.get(name))?;
    let Value::Array(items) = value else {
        return Err(fields.wrong(name, format!("must be a list, not {}", kind(value))));
    };
    if items.is_empty() {
        return Err(fields.wrong(name, "must not be empty"));
    }
    let one = |(place, item): (usize, &Value)| {
        let place = format!("{name}[{place}]");
        let text = item
            .as_str()
            .ok_or_else(|| fields.wrong(&place, format!("must be text, not {}", kind(item))))?;
        read(text, &place)
    };
    items.iter().enumerate().map(one).collect()
}
