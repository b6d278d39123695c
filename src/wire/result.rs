//! What came of a command, in the platform's words: `{success, message, strategyId?, error?, data?}`.

use crate::domain::id::Ticket;
use crate::executor::action::{CommandResult, EffectiveSettings, ResultCode, ResultData, ResultStatus, StrategyState};
use serde_json::{Map, Value, json};

/// The result's body. Lots and money are JSON numbers, tickets text (they may exceed what a double holds), bar times
/// the server's milliseconds.
#[must_use]
pub fn body(result: &CommandResult) -> Value {
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
    if let Some(data) = data(&result.data) {
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
    let sentence = sentence(result.code, &result.data);
    match &result.data {
        ResultData::Field { path, reason } => format!("{sentence}: {path}: {reason}"),
        ResultData::Stopped { remaining, .. } if !remaining.is_empty() => format!("{sentence}; open: {}", joined(remaining)),
        ResultData::Stopped { closed, .. } if !closed.is_empty() => format!("{sentence}; closed: {}", joined(closed)),
        _ => sentence.to_owned(),
    }
}

const fn sentence(code: ResultCode, data: &ResultData) -> &'static str {
    match code {
        ResultCode::Ok => match data {
            ResultData::Effective(_) => "Started; the settings in force are in the data",
            ResultData::Stopped { .. } => "Stopped",
            ResultData::Updated { .. } => "Accepted; holds from the bar in the data",
            ResultData::Status(_) => "Status in the data",
            ResultData::None | ResultData::Field { .. } => "Done",
        },
        ResultCode::AlreadyRunningSame => "Already running with the same rules: nothing changed",
        ResultCode::NotRunning => "The strategy was not running",
        ResultCode::AlreadyRunning => "Already running with other rules: stop it first, or send UPDATE_STRATEGY",
        ResultCode::Stopping => "The strategy is being stopped: wait for the result of its STOP",
        ResultCode::Malformed => "The command could not be read",
        ResultCode::Unsupported => "This version does not carry it out",
        ResultCode::IdReused => "This command id came before with another body: send a new command under a new id",
        ResultCode::Expired => "The command came after its expiry",
        ResultCode::TooOld => "The command is older than what this executor remembers: send it again under a new id",
        ResultCode::UnknownSymbol => "The symbol is not one of this session's",
        ResultCode::NotTradable => "The symbol cannot be traded on this account",
        ResultCode::BadRules => "A rule or setting does not fit the symbol or the executor's limits",
        ResultCode::CannotChange => "Symbol and timeframe of a running strategy cannot be changed: stop it and start another",
        ResultCode::NotFlat => "Positions could not be closed in time: no entries are made, and closing goes on",
        ResultCode::NotReady => "The broker is not connected and read yet: send it again later",
    }
}

fn joined(tickets: &[Ticket]) -> String {
    tickets.iter().map(Ticket::to_string).collect::<Vec<_>>().join(", ")
}

fn data(data: &ResultData) -> Option<Value> {
    let texts = |tickets: &[Ticket]| tickets.iter().map(Ticket::to_string).collect::<Vec<_>>();
    Some(match data {
        ResultData::None => return None,
        ResultData::Effective(settings) => json!({ "effective": effective(settings) }),
        ResultData::Stopped { closed, remaining } => json!({ "closedPositions": texts(closed), "remainingPositions": texts(remaining) }),
        ResultData::Updated { from_bar_msc, effective: settings } => {
            json!({ "fromBarTime": from_bar_msc, "effective": effective(settings) })
        }
        ResultData::Field { path, reason } => json!({ "path": path, "reason": reason }),
        ResultData::Status(status) => json!({
            "balance": status.balance.map(crate::domain::amount::Money::to_f64),
            "openPositions": status.positions,
            "unknownRequests": status.unknown,
            "strategies": status.strategies.iter().map(|(id, state)| json!({ "strategyId": id, "state": state_word(*state) })).collect::<Vec<_>>(),
        }),
    })
}

fn effective(settings: &EffectiveSettings) -> Value {
    json!({
        "lotSize": settings.lots.to_f64(),
        "maxOpenTrades": settings.max_open_trades,
        "warmupBars": settings.warmup_bars,
        "magicNumber": settings.magic,
    })
}

const fn state_word(state: StrategyState) -> &'static str {
    match state {
        StrategyState::Running => "running",
        StrategyState::Paused => "paused",
        StrategyState::Stopping => "stopping",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::Magic;

    fn check(status: ResultStatus, code: ResultCode, data: ResultData, expect: &str) {
        let result = CommandResult { id: "c1".into(), status, code, strategy: Some("s1".into()), data };
        assert_eq!(body(&result).to_string(), expect);
    }

    #[test]
    fn bodies_as_the_platform_reads_them() {
        let settings = EffectiveSettings { lots: "0.10".parse().unwrap(), max_open_trades: 1, warmup_bars: 50, magic: Magic(7) };
        check(
            ResultStatus::Executed,
            ResultCode::Ok,
            ResultData::Effective(settings),
            r#"{"data":{"effective":{"lotSize":0.1,"magicNumber":7,"maxOpenTrades":1,"warmupBars":50}},"message":"Started; the settings in force are in the data","strategyId":"s1","success":true}"#,
        );
        check(
            ResultStatus::Failed,
            ResultCode::NotFlat,
            ResultData::Stopped { closed: vec![Ticket(2)], remaining: vec![Ticket(3), Ticket(4)] },
            r#"{"data":{"closedPositions":["2"],"remainingPositions":["3","4"]},"error":"NOT_FLAT","message":"Positions could not be closed in time: no entries are made, and closing goes on; open: 3, 4","strategyId":"s1","success":false}"#,
        );
        check(
            ResultStatus::Failed,
            ResultCode::Malformed,
            ResultData::Field { path: "parameters.symbol".into(), reason: "is required".into() },
            r#"{"data":{"path":"parameters.symbol","reason":"is required"},"error":"MALFORMED","message":"The command could not be read: parameters.symbol: is required","strategyId":"s1","success":false}"#,
        );
        check(
            ResultStatus::Executed,
            ResultCode::NotRunning,
            ResultData::None,
            r#"{"message":"The strategy was not running","strategyId":"s1","success":true}"#,
        );
    }
}
