//! Filters as the dialects write them: `filters` of R1, R3 and R5, the list of R4, and the fields
//! `sessionFilter`, `spreadFilter` and others of R2.

mod correlation;
mod measured;
mod news;

use super::exit::on;
use super::parts::{days, minute, session, texts, zone};
use crate::domain::amount::{Pips, Points};
use crate::domain::suggest::hint;
use crate::strategy::filter::{Days, Filters, SpreadMost, TradingHours, TradingSession};
use crate::wire::fields::{Fields, asks_nothing};
use crate::wire::refusal::Refusal;

const KINDS: &[&str] = &[
    "timeRange",
    "daysOfWeek",
    "session",
    "news",
    "spread",
    "volatility",
    "regime",
    "correlation",
];
/// What later versions will carry out.
const LATER: &[&str] = &["trend"];
/// The fields of R2.
pub(super) const R2_NAMES: &[&str] = &[
    "sessionFilter",
    "newsFilter",
    "spreadFilter",
    "volatilityFilter",
    "regimeDetection",
    "correlationFilter",
];
/// The fields with the widest spread in pips.
const SPREAD_PIPS: &[&str] = &["maxSpreadPips"];
const R2_SPREAD_PIPS: &[&str] = &["maxSpread", "maxSpreadPips"];

/// Reads the object `filters`.
pub(super) fn read(rules: &Fields<'_>) -> Result<Filters, Refusal> {
    let mut read = Filters::default();
    let Some(filters) = rules.object("filters")? else { return Ok(read) };
    filters.only(KINDS, LATER)?;
    read.days = days_of(&filters)?;
    for &kind in KINDS.iter().filter(|kind| **kind != "daysOfWeek") {
        let is_off = kind != "spread" && filters.get(kind).is_none_or(asks_nothing);
        if let Some(inner) = if is_off { None } else { filters.object(kind)? } {
            put(&mut read, kind, &inner)?;
        }
    }
    Ok(read)
}

/// Reads the filters of R2, which stand beside its entry.
pub(super) fn beside(rules: &Fields<'_>) -> Result<Filters, Refusal> {
    let mut read = Filters::default();
    let object = |name: &str| on(rules, name);
    read.sessions = object("sessionFilter")?.map_or(Ok(Vec::new()), |inner| sessions(&inner))?;
    read.spread =
        object("spreadFilter")?.map(|inner| spread(&inner, R2_SPREAD_PIPS)).transpose()?;
    read.news = object("newsFilter")?.map(|inner| news::read(&inner)).transpose()?;
    read.correlation =
        object("correlationFilter")?.map(|inner| correlation::read(&inner)).transpose()?;
    for (name, kind) in [("volatilityFilter", "volatility"), ("regimeDetection", "regime")] {
        if let Some(inner) = object(name)? {
            put(&mut read, kind, &inner)?;
        }
    }
    Ok(read)
}

/// Reads a filter that is an object, and adds it to the others unless it is switched off.
fn put(filters: &mut Filters, kind: &str, inner: &Fields<'_>) -> Result<(), Refusal> {
    if inner.flag("enabled")? == Some(false) {
        return Ok(());
    }
    match kind {
        "timeRange" => filters.hours = Some(hours(inner)?),
        "session" => filters.sessions = sessions(inner)?,
        "news" => filters.news = Some(news::read(inner)?),
        "spread" => filters.spread = Some(spread(inner, SPREAD_PIPS)?),
        "volatility" => filters.measured.extend(measured::volatility(inner)?),
        "regime" => filters.measured.extend(measured::regime(inner)?),
        "correlation" => filters.correlation = Some(correlation::read(inner)?),
        other => unreachable!("`{other}` is no filter that is an object"),
    }
    Ok(())
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
    let mut seen = Vec::new();
    for item in rules.objects("filters")? {
        item.only(&["id", "type", "enabled", "config"], &[])?;
        if item.flag("enabled")? == Some(false) {
            continue;
        }
        let text = item.required("type", item.text("type")?)?;
        if seen.contains(&text) {
            return Err(item.wrong("type", format!("there is another filter `{text}`")));
        }
        seen.push(text);
        let config = || item.required("config", item.object("config")?);
        match text {
            "daysOfWeek" => {
                let inner = config()?;
                inner.only(&["days", "timezone"], &[])?;
                filters.days = Some(Days { days: days(&inner, "days")?, zone: zone(&inner)? });
            }
            known if KINDS.contains(&known) => put(&mut filters, known, &config()?)?,
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

/// The sessions that are named, in any case.
fn sessions(fields: &Fields<'_>) -> Result<Vec<TradingSession>, Refusal> {
    fields.only(&["enabled", "sessions"], &[])?;
    let mut sessions = texts(fields, "sessions", |text, place| session(fields, place, text))?;
    sessions.sort_unstable();
    sessions.dedup();
    Ok(sessions)
}

fn hours(fields: &Fields<'_>) -> Result<TradingHours, Refusal> {
    fields.only(&["enabled", "start", "end", "timezone"], &[])?;
    let (from_minute, to_minute) = (minute(fields, "start")?, minute(fields, "end")?);
    if from_minute == to_minute {
        return Err(fields.wrong("end", "is the same as start: that is no span of the day"));
    }
    Ok(TradingHours { from_minute, to_minute, zone: zone(fields)? })
}

fn spread(fields: &Fields<'_>, pips: &[&'static str]) -> Result<SpreadMost, Refusal> {
    const POINTS: &str = "maxSpreadPoints";
    fields.only(&[&["enabled", POINTS], pips].concat(), &[])?;
    let last = pips[pips.len() - 1];
    let in_pips = fields.one_of(pips, |name| fields.above_zero::<Pips>(name))?;
    match (fields.count(POINTS, 1)?, in_pips) {
        (Some(_), Some(_)) => {
            Err(fields.wrong(POINTS, "says more than the spread in pips: give one"))
        }
        (Some(points), None) => Ok(SpreadMost::Points(Points(i64::from(points)))),
        (None, Some(pips)) => Ok(SpreadMost::Pips(pips)),
        (None, None) => Err(fields.wrong(POINTS, format!("is required, or {last}"))),
    }
}
