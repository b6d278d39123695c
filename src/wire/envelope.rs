//! The envelopes in which commands arrive (executor 2.1): which command it is, and where its
//! parameters are.

use crate::domain::id::CommandId;
use crate::domain::suggest::{hint, list, nearest};
use crate::executor::command::{Envelope, Priority};
use crate::wire::fields::{Fields, asks_nothing, kind as kind_of};
use crate::wire::moment;
use crate::wire::parameters::{CommandParameters, NullStop};
use crate::wire::refusal::{REQUIRED, Refusal};
use crate::wire::row::CommandRow;
use crate::wire::vocabulary::{names, row};
use serde_json::{Map, Value};

const PRIORITIES: [(&str, Priority); 4] = [
    ("URGENT", Priority::Urgent),
    ("HIGH", Priority::High),
    ("NORMAL", Priority::Normal),
    ("LOW", Priority::Low),
];

/// What the `command` of envelope E is, as its `type` says.
const ENVELOPE_E: [&str; 4] = ["TRADE_SIGNAL", "RISK_UPDATE", "EMERGENCY_STOP", "STATUS_REQUEST"];

/// Reads an envelope of any shape. Fields of the envelope that are not needed (`executorId`,
/// `metadata`, …) are ignored.
pub(super) fn read(body: &Value) -> Result<Envelope, Refusal> {
    let fields = Fields::of("", body)?;
    let id = fields.required("id", fields.id("id")?)?;
    let row = named(&fields)?;
    let nothing = Value::Object(Map::new());
    let parameters = CommandParameters {
        fields: parameters(&fields, row, &nothing)?,
        outer: if row.is_about_a_strategy() { fields.id("strategyId")? } else { None },
        null: NullStop::Removes,
    };
    Ok(Envelope {
        id: CommandId::from(id.as_str()),
        priority: priority(&fields)?,
        created: first(&fields, "timestamp", "createdAt")?,
        expires: expires(&fields)?,
        command: row.read(&parameters)?,
    })
}

/// Where the parameters are: in `payload`, else in `parameters`, else in a `command` that is an
/// object.
fn parameters<'a>(
    fields: &Fields<'a>,
    row: &CommandRow,
    nothing: &'a Value,
) -> Result<Fields<'a>, Refusal> {
    let field = parameters_field(fields);
    let given = fields.get(field);
    let inside = fields.get("command").filter(|command| command.is_object());
    match (given.filter(|given| !asks_nothing(given)), inside) {
        (None, Some(inside)) => Fields::of("command", inside),
        (Some(_), Some(inside)) if !asks_nothing(inside) && !row.takes_anything() => Err(fields
            .wrong(
                "command",
                format!("holds parameters, and so does `{field}`: send one of them"),
            )),
        _ => Fields::of(field, given.unwrap_or(nothing)),
    }
}

/// What the body asks for, apart from its delivery: the same for a command in every envelope, from
/// every source and at each delivery. None when no command's name can be read.
pub(super) fn asked(body: &Value) -> Option<Value> {
    let fields = Fields::of("", body).ok()?;
    let named = named(&fields).ok()?;
    let mut parameters =
        fields.get(parameters_field(&fields)).cloned().unwrap_or_else(|| Value::Object(Map::new()));
    let strategy = fields.get("strategyId").filter(|_| named.is_about_a_strategy());
    if let (Value::Object(map), Some(strategy)) = (&mut parameters, strategy) {
        map.entry("strategyId").or_insert_with(|| strategy.clone());
    }
    let trade = fields.get("command").filter(|command| command.is_object());
    Some(serde_json::json!({ "command": named.name, "parameters": parameters, "trade": trade }))
}

/// The id of a body; none when it has no usable one.
pub(super) fn id(body: &Value) -> Option<CommandId> {
    let id = Fields::of("", body).ok()?.id("id").ok()??;
    Some(CommandId::from(id.as_str()))
}

/// `type` if it is a known command, else `command`.
fn named(fields: &Fields<'_>) -> Result<&'static CommandRow, Refusal> {
    let kind = fields.get("type").and_then(Value::as_str);
    if let Some(row) = kind.and_then(row) {
        return Ok(row);
    }
    match (fields.get("command"), kind) {
        (Some(Value::String(name)), _) => row(name).ok_or_else(|| unknown("command", name)),
        (Some(Value::Object(_)), _) => {
            Err(fields.wrong("type", format!("must say what `command` is: {}", list(&ENVELOPE_E))))
        }
        (Some(other), _) => {
            Err(fields
                .wrong("command", format!("must be a command's name, not {}", kind_of(other))))
        }
        (None, Some(name)) => Err(unknown("type", name)),
        (None, None) => Err(fields.wrong("command", REQUIRED)),
    }
}

fn unknown(field: &str, name: &str) -> Refusal {
    let shown: String = name.chars().take(40).collect();
    let commands = names();
    let help = match nearest(name, &commands) {
        Some(_) => hint(name, &commands),
        None => format!("expected {}", list(&commands[..7])),
    };
    Refusal::malformed(field, format!("`{shown}` is no command: {help}"))
}

fn parameters_field(fields: &Fields<'_>) -> &'static str {
    if fields.get("payload").is_some() { "payload" } else { "parameters" }
}

fn priority(fields: &Fields<'_>) -> Result<Priority, Refusal> {
    let Some(text) = fields.text("priority")? else { return Ok(Priority::default()) };
    let found = PRIORITIES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
    found.map(|(_, priority)| *priority).ok_or_else(|| {
        let names = PRIORITIES.map(|(name, _)| name);
        fields.wrong("priority", format!("`{text}` is no priority: {}", hint(text, &names)))
    })
}

fn first(
    fields: &Fields<'_>,
    name: &str,
    other: &str,
) -> Result<Option<crate::domain::time::Timestamp>, Refusal> {
    Ok(moment::read(fields, name)?.or(moment::read(fields, other)?))
}

/// `expiresAt` as any moment, `expiry` in milliseconds; with both, the earlier.
fn expires(fields: &Fields<'_>) -> Result<Option<crate::domain::time::Timestamp>, Refusal> {
    let (at, expiry) =
        (moment::read(fields, "expiresAt")?, moment::read_milliseconds(fields, "expiry")?);
    Ok(match (at, expiry) {
        (Some(at), Some(expiry)) => Some(at.min(expiry)),
        (at, expiry) => at.or(expiry),
    })
}
