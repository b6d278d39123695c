//! The envelopes in which commands arrive (executor 2.1): which command it is, and where its parameters are.

use crate::domain::id::CommandId;
use crate::executor::command::{Envelope, Priority};
use crate::wire::fields::Fields;
use crate::wire::moment;
use crate::wire::parameters::Parameters;
use crate::wire::refusal::Refusal;
use crate::wire::suggest::{hint, list};
use serde_json::{Map, Value};

/// Commands that this version carries out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Start,
    Stop,
    Pause,
    Resume,
    Update,
    Ping,
    GetStatus,
}

/// The vocabulary of executor 2.2; what has no verb is known and not carried out by this version.
const VOCABULARY: [(&str, Option<Verb>); 29] = [
    ("START_STRATEGY", Some(Verb::Start)),
    ("STOP_STRATEGY", Some(Verb::Stop)),
    ("PAUSE_STRATEGY", Some(Verb::Pause)),
    ("RESUME_STRATEGY", Some(Verb::Resume)),
    ("UPDATE_STRATEGY", Some(Verb::Update)),
    ("GET_STATUS", Some(Verb::GetStatus)),
    ("PING", Some(Verb::Ping)),
    ("STOP_ALL", None),
    ("PAUSE", None),
    ("RESUME", None),
    ("EMERGENCY_STOP", None),
    ("OPEN_POSITION", None),
    ("PLACE_ORDER", None),
    ("CANCEL_ORDER", None),
    ("CLOSE_POSITION", None),
    ("MODIFY_POSITION", None),
    ("CLOSE_ALL_POSITIONS", None),
    ("CLOSE_PROFITABLE", None),
    ("CLOSE_LOSING", None),
    ("CLOSE_BY_STRATEGY", None),
    ("CLOSE_BY_SYMBOL", None),
    ("GET_POSITIONS", None),
    ("GET_ACCOUNT_INFO", None),
    ("GET_SYMBOL_INFO", None),
    ("COPY_ADD", None),
    ("COPY_REMOVE", None),
    ("COPY_UPDATE_ALLOCATION", None),
    ("TRADE_SIGNAL", None),
    ("RISK_UPDATE", None),
];

/// Envelope E's only type that this version carries out; it is no command of the vocabulary.
const STATUS_REQUEST: &str = "STATUS_REQUEST";

const PRIORITIES: [(&str, Priority); 4] =
    [("URGENT", Priority::Urgent), ("HIGH", Priority::High), ("NORMAL", Priority::Normal), ("LOW", Priority::Low)];

/// The command's name and the field that says it.
struct Named<'a> {
    field: &'static str,
    name: &'a str,
    verb: Option<Verb>,
}

/// Reads an envelope of any shape. Fields of the envelope that are not needed (`executorId`, `metadata`, …) are let be.
pub(super) fn read(body: &Value) -> Result<Envelope, Refusal> {
    let fields = Fields::of("", body)?;
    let id = fields.required("id", fields.id("id")?)?;
    let named = named(&fields)?;
    let Some(verb) = named.verb else {
        return Err(Refusal::unsupported(named.field, format_args!("`{}`", named.name)));
    };
    if named.name == STATUS_REQUEST {
        no_action(&fields)?;
    }
    let nothing = Value::Object(Map::new());
    let field = parameters_field(&fields);
    let parameters = Fields::of(field, fields.get(field).unwrap_or(&nothing))?;
    Ok(Envelope {
        id: CommandId::from(id.as_str()),
        priority: priority(&fields)?,
        created: first(&fields, "timestamp", "createdAt")?,
        expires: expires(&fields)?,
        command: Parameters { fields: parameters, outer: outer_strategy(&fields, verb)? }.read(verb)?,
    })
}

/// What the body asks for, apart from how it was delivered: the same command has the same in every envelope, from every
/// source and at each delivery. None when no command's name can be read.
pub(super) fn asked(body: &Value) -> Option<Value> {
    let fields = Fields::of("", body).ok()?;
    let named = named(&fields).ok()?;
    let mut parameters = fields.get(parameters_field(&fields)).cloned().unwrap_or_else(|| Value::Object(Map::new()));
    if let (Value::Object(map), Some(strategy)) = (&mut parameters, fields.get("strategyId")) {
        map.entry("strategyId").or_insert_with(|| strategy.clone());
    }
    let trade = fields.get("command").filter(|command| command.is_object());
    Some(serde_json::json!({ "command": named.name, "parameters": parameters, "trade": trade }))
}

/// The id of a body, if it has one that can be used.
pub(super) fn id(body: &Value) -> Option<CommandId> {
    let id = Fields::of("", body).ok()?.id("id").ok()??;
    Some(CommandId::from(id.as_str()))
}

/// `type` if it is a known command, else `command`.
fn named<'a>(fields: &Fields<'a>) -> Result<Named<'a>, Refusal> {
    let kind = fields.get("type").and_then(Value::as_str);
    if let Some((name, verb)) = kind.and_then(|name| known(name, true)) {
        return Ok(Named { field: "type", name, verb });
    }
    match (fields.get("command"), kind) {
        (Some(Value::String(name)), _) => match known(name, false) {
            Some((name, verb)) => Ok(Named { field: "command", name, verb }),
            None => Err(unknown("command", name)),
        },
        (Some(Value::Object(_)), _) => Err(fields.wrong("type", format!("must say what `command` is: {}", list(&ENVELOPE_E)))),
        (Some(other), _) => Err(fields.wrong("command", format!("must be a command's name, not {}", crate::wire::fields::kind(other)))),
        (None, Some(name)) => Err(unknown("type", name)),
        (None, None) => Err(fields.wrong("command", "is required")),
    }
}

const ENVELOPE_E: [&str; 4] = ["TRADE_SIGNAL", "RISK_UPDATE", "EMERGENCY_STOP", STATUS_REQUEST];

fn known(name: &str, is_type: bool) -> Option<(&'static str, Option<Verb>)> {
    if is_type && name == STATUS_REQUEST {
        return Some((STATUS_REQUEST, Some(Verb::GetStatus)));
    }
    VOCABULARY.into_iter().find(|(known, _)| *known == name)
}

fn unknown(field: &str, name: &str) -> Refusal {
    let shown: String = name.chars().take(40).collect();
    let commands: Vec<&str> = VOCABULARY.iter().map(|(known, _)| *known).collect();
    let help = match crate::wire::suggest::nearest(name, &commands) {
        Some(_) => hint(name, &commands),
        None => format!("expected {}", list(&commands[..7])),
    };
    Refusal::malformed(field, format!("`{shown}` is no command: {help}"))
}

/// A request for the status that also asks for a trade is not obeyed by half.
fn no_action(fields: &Fields<'_>) -> Result<(), Refusal> {
    let action = fields.get("command").and_then(|command| command.get("action")).filter(|action| !action.is_null());
    action.map_or(Ok(()), |_| Err(Refusal::malformed("command.action", format!("a {STATUS_REQUEST} asks for no action"))))
}

fn parameters_field(fields: &Fields<'_>) -> &'static str {
    if fields.get("payload").is_some() { "payload" } else { "parameters" }
}

/// The envelope's strategy, where the command is about one.
fn outer_strategy(fields: &Fields<'_>, verb: Verb) -> Result<Option<String>, Refusal> {
    if matches!(verb, Verb::Ping | Verb::GetStatus) { Ok(None) } else { fields.id("strategyId") }
}

fn priority(fields: &Fields<'_>) -> Result<Priority, Refusal> {
    let Some(text) = fields.text("priority")? else { return Ok(Priority::default()) };
    let found = PRIORITIES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
    found.map(|(_, priority)| *priority).ok_or_else(|| {
        let names = PRIORITIES.map(|(name, _)| name);
        fields.wrong("priority", format!("`{text}` is no priority: {}", hint(text, &names)))
    })
}

fn first(fields: &Fields<'_>, name: &str, other: &str) -> Result<Option<crate::domain::time::Timestamp>, Refusal> {
    Ok(moment::read(fields, name)?.or(moment::read(fields, other)?))
}

/// `expiresAt` as any moment, `expiry` in milliseconds; with both, the earlier.
fn expires(fields: &Fields<'_>) -> Result<Option<crate::domain::time::Timestamp>, Refusal> {
    let (at, expiry) = (moment::read(fields, "expiresAt")?, moment::read_milliseconds(fields, "expiry")?);
    Ok(match (at, expiry) {
        (Some(at), Some(expiry)) => Some(at.min(expiry)),
        (at, expiry) => at.or(expiry),
    })
}
