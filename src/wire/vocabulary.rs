//! The vocabulary of executor 2.2: each command with its fields and its reader, one row for each.

use crate::executor::command::{CloseFilter, Command};
use crate::wire::fields::{Fields, asks_nothing};
use crate::wire::parameters::{Parameters, account, order, position, query, signal, strategy};
use crate::wire::refusal::Refusal;
use crate::wire::settings::SETTINGS_LATER;
use crate::wire::suggest::hint;
use serde_json::Value;

/// Makes the command of parameters in which nothing stands that it does not take.
type Reader = fn(&Parameters<'_>) -> Result<Command, Refusal>;

/// The fields that a command takes.
#[derive(Debug, Clone, Copy)]
enum Known {
    /// These and no others.
    Only(&'static [&'static str]),
    /// What the reader says: it depends on one of them.
    ByReader,
    /// Whatever comes: the command is too urgent to be refused for it.
    Anything,
}

/// One command.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    /// Its name.
    pub(super) name: &'static str,
    /// The fields that it takes.
    known: Known,
    /// Fields that have no meaning here and what to do instead; refused where they say something.
    idle: &'static [(&'static str, &'static str)],
    /// Fields that are known and that this version does not carry out; refused where they ask for something.
    later: &'static [&'static str],
    /// None where this version does not carry the command out.
    reader: Option<Reader>,
}

impl Row {
    /// A command that takes these fields and no others.
    pub(super) const fn new(name: &'static str, known: &'static [&'static str], reader: Reader) -> Self {
        Self { name, known: Known::Only(known), idle: &[], later: &[], reader: Some(reader) }
    }

    const fn open(name: &'static str, known: Known, reader: Reader) -> Self {
        Self { name, known, idle: &[], later: &[], reader: Some(reader) }
    }

    /// A command that this version does not carry out.
    const fn unsupported(name: &'static str) -> Self {
        Self { name, known: Known::Only(&[]), idle: &[], later: &[], reader: None }
    }

    /// The same, with fields that have no meaning to it.
    pub(super) const fn idle(self, idle: &'static [(&'static str, &'static str)]) -> Self {
        Self { idle, ..self }
    }

    const fn later(self, later: &'static [&'static str]) -> Self {
        Self { later, ..self }
    }

    /// Whether the command is about a strategy, so that the one of the envelope is meant.
    pub(super) fn is_about_a_strategy(&self) -> bool {
        matches!(self.known, Known::Only(known) if known.contains(&"strategyId"))
    }

    /// Whether the command is taken whatever else it holds.
    pub(super) const fn takes_anything(&self) -> bool {
        matches!(self.known, Known::Anything)
    }

    /// Refuses a command that this version does not carry out; its name stands at `path`.
    pub(super) fn supported(&self, path: &str) -> Result<Reader, Refusal> {
        self.reader.ok_or_else(|| Refusal::unsupported(path, format_args!("`{}`", self.name)))
    }

    /// The command that `path` names, of its parameters.
    pub(super) fn read(&self, path: &str, parameters: &Parameters<'_>) -> Result<Command, Refusal> {
        let reader = self.supported(path)?;
        if let Known::Only(known) = self.known {
            self.check(known, &parameters.fields)?;
        }
        reader(parameters)
    }

    fn check(&self, known: &[&str], fields: &Fields<'_>) -> Result<(), Refusal> {
        for name in fields.names().filter(|name| !known.contains(name)) {
            let value = fields.raw(name).unwrap_or(&Value::Null);
            if let Some((_, instead)) = self.idle.iter().find(|(idle, _)| *idle == name) {
                if !says_nothing(value) {
                    return Err(fields.wrong(name, format!("{} takes no `{name}`: {instead}", self.name)));
                }
            } else if !self.later.contains(&name) {
                return Err(fields.wrong(name, format!("unknown field: {}", hint(name, known))));
            } else if !asks_nothing(value) {
                return Err(Refusal::unsupported(fields.path(name), format_args!("`{name}`")));
            }
        }
        Ok(())
    }
}

/// An object that has one shape for several commands holds null, 0 or an empty text where a field is not used.
fn says_nothing(value: &Value) -> bool {
    asks_nothing(value) || value.as_f64() == Some(0.0) || value.as_str() == Some("")
}

/// The row of a name.
pub(super) fn row(name: &str) -> Option<&'static Row> {
    VOCABULARY.iter().find(|row| row.name == name)
}

/// All names, those first that are usual.
pub(super) fn names() -> Vec<&'static str> {
    VOCABULARY.iter().map(|row| row.name).collect()
}

const STRATEGY: &[&str] = &["strategyId", "strategyName"];

const WHOLE: &[(&str, &str)] = &[("strategyId", "it is about the whole account"), ("strategyName", "it is about the whole account")];

/// One strategy is meant by another command.
const fn one(instead: &'static str) -> [(&'static str, &'static str); 2] {
    [("strategyId", instead), ("strategyName", instead)]
}

const ONE_PAUSE: &[(&str, &str)] = &one("one strategy is paused by PAUSE_STRATEGY");
const ONE_RESUME: &[(&str, &str)] = &one("one strategy is resumed by RESUME_STRATEGY");
const ONE_STOP: &[(&str, &str)] = &one("one strategy is stopped by STOP_STRATEGY");
const ONE_CLOSE: &[(&str, &str)] = &[
    ("strategyId", "one strategy's positions are closed by CLOSE_BY_STRATEGY"),
    ("symbol", "one symbol's positions are closed by CLOSE_BY_SYMBOL"),
    ("ticket", "one position is closed by CLOSE_POSITION"),
];
const NO_OWNER: &[(&str, &str)] = &[("strategyId", "the trade of a command belongs to the command, not to a strategy")];

/// The fields of a signal, in a command that came in its envelope and is none.
const NO_SIGNAL: &[(&str, &str)] = &{
    const SIGNAL: &str = "a trade is asked for by TRADE_SIGNAL";
    [
        ("action", SIGNAL),
        ("symbol", SIGNAL),
        ("type", SIGNAL),
        ("volume", SIGNAL),
        ("ticket", SIGNAL),
        ("stopLoss", SIGNAL),
        ("takeProfit", SIGNAL),
        ("magicNumber", SIGNAL),
        ("comment", SIGNAL),
    ]
};

const VOCABULARY: [Row; 33] = [
    Row::new(
        "START_STRATEGY",
        &["strategyId", "strategyName", "symbol", "timeframe", "rules", "settings", "options", "enabled"],
        strategy::start,
    ),
    Row::new("STOP_STRATEGY", &["strategyId", "strategyName", "closePositions"], strategy::stop),
    Row::new("PAUSE_STRATEGY", STRATEGY, strategy::pause),
    Row::new("RESUME_STRATEGY", STRATEGY, strategy::resume),
    Row::new("UPDATE_STRATEGY", &["strategyId", "strategyName", "symbol", "timeframe", "rules", "settings"], strategy::update)
        .later(&["options", "enabled"]),
    Row::new("GET_STATUS", &[], |_| Ok(Command::GetStatus)),
    Row::new("PING", &[], |_| Ok(Command::Ping)),
    Row::new("STOP_ALL", &["closePositions"], account::stop_all).idle(ONE_STOP),
    Row::new("PAUSE", &[], |_| Ok(Command::PauseAll)).idle(ONE_PAUSE),
    Row::new("RESUME", &[], |_| Ok(Command::ResumeAll)).idle(ONE_RESUME),
    Row::open("EMERGENCY_STOP", Known::Anything, |parameters| Ok(account::emergency_stop(parameters))),
    Row::new("RISK_UPDATE", &["maxOpenTrades", "maxPositions", "strategyId", "strategyName"], account::risk_update)
        .idle(NO_SIGNAL)
        .later(SETTINGS_LATER),
    Row::new(
        "OPEN_POSITION",
        &[
            "symbol",
            "type",
            "side",
            "volume",
            "lots",
            "lotSize",
            "stopLoss",
            "sl",
            "takeProfit",
            "tp",
            "deviation",
            "slippage",
            "magicNumber",
            "comment",
        ],
        position::open,
    )
    .idle(NO_OWNER),
    Row::new(
        "PLACE_ORDER",
        &[
            "symbol",
            "type",
            "volume",
            "lots",
            "lotSize",
            "price",
            "stopLimit",
            "stopLimitPrice",
            "stopLoss",
            "sl",
            "takeProfit",
            "tp",
            "expiration",
            "expirationMs",
            "magicNumber",
            "comment",
        ],
        order::place,
    )
    .idle(NO_OWNER),
    Row::new("CANCEL_ORDER", &["ticket", "order"], order::cancel),
    Row::new(
        "MODIFY_ORDER",
        &["ticket", "order", "price", "stopLimit", "stopLimitPrice", "stopLoss", "sl", "takeProfit", "tp", "expiration", "expirationMs"],
        order::modify,
    )
    .idle(&[("volume", "MT5 changes no order's volume: cancel it and place another")]),
    Row::new("CLOSE_POSITION", &["ticket", "position", "volume", "lots", "lotSize", "byTicket", "magicNumber", "comment"], position::close),
    Row::new("MODIFY_POSITION", &["ticket", "position", "stopLoss", "sl", "takeProfit", "tp"], position::modify),
    Row::new("CLOSE_ALL_POSITIONS", &[], |_| Ok(Command::CloseMany(CloseFilter::All))).idle(ONE_CLOSE),
    Row::new("CLOSE_PROFITABLE", &["minProfit"], position::close_profitable).idle(WHOLE),
    Row::new("CLOSE_LOSING", &[], |_| Ok(Command::CloseMany(CloseFilter::Losing))).idle(WHOLE),
    Row::new("CLOSE_BY_STRATEGY", STRATEGY, position::close_by_strategy),
    Row::new("CLOSE_BY_SYMBOL", &["symbol"], position::close_by_symbol).idle(WHOLE),
    Row::new("GET_POSITIONS", &[], |_| Ok(Command::GetPositions)),
    Row::new("GET_ACCOUNT_INFO", &[], |_| Ok(Command::GetAccount)),
    Row::new("GET_SYMBOL_INFO", &["symbol"], query::symbol),
    Row::new("GET_ORDER_STATUS", &["clientOrderId"], query::order_status),
    Row::new("GET_EXECUTION_SUMMARY", &[], |_| Ok(Command::GetExecutionSummary)),
    Row::open("TRADE_SIGNAL", Known::ByReader, signal::read),
    Row::new("STATUS_REQUEST", &[], |_| Ok(Command::GetStatus)).idle(NO_SIGNAL),
    Row::unsupported("COPY_ADD"),
    Row::unsupported("COPY_REMOVE"),
    Row::unsupported("COPY_UPDATE_ALLOCATION"),
];
