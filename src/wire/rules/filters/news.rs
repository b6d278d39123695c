//! The filter `news`: no signal enters around news of the calendar.

use crate::domain::calendar::{Currency, Impact};
use crate::domain::suggest::hint;
use crate::strategy::news_window::{NEWS_MINUTES_MAX, NewsWindow};
use crate::wire::fields::Fields;
use crate::wire::refusal::Refusal;
use crate::wire::rules::parts::texts;

/// Reads the filter.
pub(super) fn read(fields: &Fields<'_>) -> Result<NewsWindow, Refusal> {
    const AFTER: &str = "minutesAfter";
    fields.only(&["enabled", "minutesBefore", AFTER, "impact", "currencies"], &[])?;
    let (minutes_before, minutes_after) =
        (minutes(fields, "minutesBefore")?, minutes(fields, AFTER)?);
    if minutes_before == 0 && minutes_after == 0 {
        return Err(fields.wrong(AFTER, "must be above 0, or minutesBefore"));
    }
    Ok(NewsWindow {
        minutes_before,
        minutes_after,
        impact: impact(fields)?,
        currencies: currencies(fields)?,
    })
}

fn minutes(fields: &Fields<'_>, name: &str) -> Result<u32, Refusal> {
    let minutes = fields.required(name, fields.count(name, 0)?)?;
    if minutes > NEWS_MINUTES_MAX {
        return Err(fields.wrong(name, format!("must be at most {NEWS_MINUTES_MAX}, a week")));
    }
    Ok(minutes)
}

/// The least impact that counts: high, unless the rules say otherwise.
fn impact(fields: &Fields<'_>) -> Result<Impact, Refusal> {
    let Some(text) = fields.text("impact")? else { return Ok(Impact::High) };
    let word = text.to_ascii_lowercase();
    Impact::ALL.into_iter().find(|known| known.name() == word).ok_or_else(|| {
        let known = Impact::ALL.map(Impact::name);
        fields.wrong("impact", format!("`{text}` is no impact: {}", hint(&word, &known)))
    })
}

fn currencies(fields: &Fields<'_>) -> Result<Vec<Currency>, Refusal> {
    if fields.get("currencies").is_none() {
        return Ok(Vec::new());
    }
    let read = |text: &str, place: &str| {
        text.parse::<Currency>().map_err(|error| fields.wrong(place, error.to_string()))
    };
    let mut currencies = texts(fields, "currencies", read)?;
    currencies.sort_unstable();
    currencies.dedup();
    Ok(currencies)
}
