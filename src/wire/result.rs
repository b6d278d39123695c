//! The result of a command in the platform's words: `{success, message, strategyId?, error?,
//! retcode?, retcodeName?, data?}`.

use crate::domain::id::Ticket;
use crate::executor::action::{CommandResult, ResultCode, ResultData, ResultStatus};
use crate::executor::view::KnownSymbol;
use crate::wire::result_data::{answered, data};
use serde_json::{Map, Value, json};

/// The result's body. Lots, prices and money are JSON numbers; tickets are text, because they may
/// exceed what a double holds; bar times are the server's milliseconds. `symbols` are those that the
/// executor knows, by their places ([`Executor::symbols_known`]).
///
/// [`Executor::symbols_known`]: crate::executor::Executor::symbols_known
#[must_use]
pub fn body(result: &CommandResult, symbols: &[KnownSymbol<'_>]) -> Value {
    let success = result.status == ResultStatus::Executed;
    let mut body = Map::new();
    body.insert("success".into(), json!(success));
    body.insert("message".into(), json!(message(result)));
    if let Some(strategy) = &result.strategy {
        body.insert("strategyId".into(), json!(strategy));
    }
    if !success {
        body.insert("error".into(), json!(result.code));
    }
    answered(&mut body, result.retcode);
    if let Some(data) = data(&result.data, symbols) {
        body.insert("data".into(), data);
    }
    Value::Object(body)
}

/// The status word of the platform's PATCH call.
#[must_use]
pub const fn status(status: ResultStatus) -> &'static str {
    match status {
        ResultStatus::Executed => "executed",
        ResultStatus::Failed => "failed",
    }
}

/// One sentence for people.
#[must_use]
pub fn message(result: &CommandResult) -> String {
    let mut sentence = sentence(result.code, &result.data).to_owned();
    // What the server said is of no use to people when the command was executed.
    if let (Some(retcode), ResultStatus::Failed) = (result.retcode, result.status) {
        sentence = format!("{sentence} ({retcode})");
    }
    match &result.data {
        ResultData::Field { path, reason } => format!("{sentence}: {path}: {reason}"),
        ResultData::Stopped { remaining, .. } if !remaining.is_empty() => {
            format!("{sentence}; open: {}", joined(remaining))
        }
        ResultData::Stopped { closed, .. } if !closed.is_empty() => {
            format!("{sentence}; closed: {}", joined(closed))
        }
        _ => sentence,
    }
}

const fn sentence(code: ResultCode, data: &ResultData) -> &'static str {
    match code {
        ResultCode::Ok => match data {
            ResultData::Effective(_) => "Started; the settings in force are in the data",
            ResultData::Stopped { .. } => "Stopped",
            ResultData::Updated { .. } => "Accepted; holds from the bar in the data",
            ResultData::Status(_) => "Status in the data",
            ResultData::Trade(_) => "Done; order, position and fill are in the data",
            ResultData::Positions(_)
            | ResultData::Account(_)
            | ResultData::Symbol(_)
            | ResultData::OrderStatus(_)
            | ResultData::Summary(_) => "The answer is in the data",
            ResultData::None | ResultData::Field { .. } => "Done",
        },
        ResultCode::AlreadyRunningSame => "Already running with the same rules: nothing changed",
        ResultCode::NotRunning => "The strategy was not running",
        ResultCode::AlreadyRunning => {
            "Already running with other rules: stop it first, or send UPDATE_STRATEGY"
        }
        ResultCode::Stopping => "The strategy is being stopped: wait for the result of its STOP",
        ResultCode::Malformed => "The command could not be read",
        ResultCode::Unsupported => "This version does not carry it out",
        ResultCode::IdReused => {
            "This command id came before with another body: send a new command under a new id"
        }
        ResultCode::Expired => "The command came after its expiry",
        ResultCode::TooOld => {
            "The command is older than what this executor remembers: send it again under a new id"
        }
        ResultCode::UnknownSymbol => "The symbol is not one of this session's",
        ResultCode::NotTradable => "The symbol cannot be traded on this account",
        ResultCode::BadRules => {
            "A rule or setting does not fit the symbol or the executor's limits"
        }
        ResultCode::CannotChange => {
            "Symbol and timeframe of a running strategy cannot be changed: stop it and start another"
        }
        ResultCode::NotFlat => {
            "Positions could not be closed in time: no entries are made, and closing goes on"
        }
        ResultCode::NotReady => "The broker is not connected and read yet: send it again later",
        ResultCode::Latched => {
            "Entries are latched by an emergency stop: an operator must clear it first"
        }
        ResultCode::Paused => "Entries are paused",
        ResultCode::UnknownPosition => "There is no such position of ours",
        ResultCode::UnknownOrder => "There is no such order of ours",
        ResultCode::BadParameters => {
            "A figure does not fit the symbol, the position or the executor's limits"
        }
        ResultCode::LimitReached => {
            "The cap on open positions is reached, counting what is on its way"
        }
        ResultCode::Refused => "The trade server refused it",
        ResultCode::NotDone => {
            "It could not be done in time; it goes on, and what becomes of it is reported"
        }
        ResultCode::Withdrawn => "It was withdrawn before it was carried out",
        ResultCode::AccountRefused => "The account is of a kind that this version does not trade",
    }
}

fn joined(tickets: &[Ticket]) -> String {
    tickets.iter().map(Ticket::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
