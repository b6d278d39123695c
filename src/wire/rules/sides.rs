//! Which side a condition of a dialect without directions is for: as its `side` says, or as its
//! description begins.

use crate::domain::order::Side;
use crate::domain::suggest::hint;
use crate::strategy::condition::{Condition, Signals};
use crate::wire::fields::Fields;
use crate::wire::refusal::Refusal;

const SIDES: &[&str] = &["buy", "sell", "long", "short", "both"];
const LOGICS: &[&str] = &["AND", "OR"];

/// The sides of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sides {
    One(Side),
    Both,
}

impl Sides {
    const fn has(self, side: Side) -> bool {
        matches!(
            (self, side),
            (Self::Both, _)
                | (Self::One(Side::Buy), Side::Buy)
                | (Self::One(Side::Sell), Side::Sell)
        )
    }
}

/// What `side` says, if it is there.
pub(super) fn said(fields: &Fields<'_>, name: &str) -> Result<Option<Sides>, Refusal> {
    let Some(text) = fields.text(name)? else { return Ok(None) };
    match text.trim().to_ascii_lowercase().as_str() {
        "buy" | "long" => Ok(Some(Sides::One(Side::Buy))),
        "sell" | "short" => Ok(Some(Sides::One(Side::Sell))),
        "both" => Ok(Some(Sides::Both)),
        word => Err(fields.wrong(name, format!("`{text}` is no side: {}", hint(word, SIDES)))),
    }
}

/// The sides of a condition: by its `side`, or those of the rules around it; or else by the first
/// word of its description.
pub(super) fn of(
    fields: &Fields<'_>,
    otherwise: Option<Sides>,
    remarks: &mut Vec<String>,
) -> Result<Sides, Refusal> {
    if let Some(sides) = said(fields, "side")? {
        return Ok(sides);
    }
    if let Some(sides) = otherwise {
        return Ok(sides);
    }
    let description = fields.text("description")?.unwrap_or_default();
    let first = description.split(|letter: char| !letter.is_alphanumeric()).next();
    let told = match first {
        Some("BUY") => Some(Sides::One(Side::Buy)),
        Some("SELL") => Some(Sides::One(Side::Sell)),
        _ => None,
    };
    if let (Some(sides), Some(word)) = (told, first) {
        remarks.push(format!(
            "{}: the description begins with {word}, and so the condition is for that side: better say so in `side`",
            fields.own_path()
        ));
        return Ok(sides);
    }
    Err(fields.wrong(
        "side",
        "is required: `buy` or `sell`, since nothing else says which side the condition is for",
    ))
}

/// Whether conditions must hold together (AND) or one of them must (OR).
pub(super) fn logic(fields: &Fields<'_>, name: &str) -> Result<Option<bool>, Refusal> {
    let Some(text) = fields.text(name)? else { return Ok(None) };
    match text.trim().to_ascii_uppercase().as_str() {
        "AND" => Ok(Some(true)),
        "OR" => Ok(Some(false)),
        word => Err(fields.wrong(name, format!("`{text}` joins nothing: {}", hint(word, LOGICS)))),
    }
}

/// Several conditions as one.
pub(super) fn joined(conditions: Vec<Condition>, are_all: bool) -> Condition {
    if are_all { Condition::all(conditions) } else { Condition::any(conditions) }
}

/// The conditions of each side, joined.
pub(super) fn split(conditions: &[(Sides, Condition)], are_all: bool) -> Signals {
    let of = |side| {
        let own: Vec<Condition> = conditions
            .iter()
            .filter(|(sides, _)| sides.has(side))
            .map(|(_, condition)| condition.clone())
            .collect();
        (!own.is_empty()).then(|| joined(own, are_all))
    };
    Signals { buy: of(Side::Buy), sell: of(Side::Sell) }
}
