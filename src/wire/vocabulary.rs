//! The vocabulary of executor 2.2: one row for each command, with its fields and its reader.

use crate::executor::command::{CloseFilter, Command};
use crate::wire::parameters::{account, copying, order, position, query, signal, strategy};
use crate::wire::row::{CommandRow, Known};

/// The row of a name.
pub(super) fn row(name: &str) -> Option<&'static CommandRow> {
    VOCABULARY.iter().find(|row| row.name == name)
}

/// All names, the common ones first.
pub(super) fn names() -> Vec<&'static str> {
    VOCABULARY.iter().map(|row| row.name).collect()
}

const STRATEGY: &[&str] = &["strategyId", "strategyName"];

const WHOLE: &[(&str, &str)] = &[
    ("strategyId", "it is about the whole account"),
    ("strategyName", "it is about the whole account"),
];

/// The fields that name a strategy, refused by a command for the whole account; `instead` says
/// which command to use.
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
const NO_OWNER: &[(&str, &str)] =
    &[("strategyId", "the trade of a command belongs to the command, not to a strategy")];

/// The fields of a signal, refused by other commands in a signal's envelope.
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

const VOCABULARY: [CommandRow; 33] = [
    CommandRow::new(
        "START_STRATEGY",
        &[
            "strategyId",
            "strategyName",
            "symbol",
            "timeframe",
            "rules",
            "settings",
            "options",
            "enabled",
        ],
        strategy::start,
    ),
    CommandRow::new(
        "STOP_STRATEGY",
        &["strategyId", "strategyName", "closePositions"],
        strategy::stop,
    ),
    CommandRow::new("PAUSE_STRATEGY", STRATEGY, strategy::pause),
    CommandRow::new("RESUME_STRATEGY", STRATEGY, strategy::resume),
    CommandRow::new(
        "UPDATE_STRATEGY",
        &["strategyId", "strategyName", "symbol", "timeframe", "rules", "settings"],
        strategy::update,
    )
    .later(&["options", "enabled"]),
    CommandRow::new("GET_STATUS", &[], |_| Ok(Command::GetStatus)),
    CommandRow::new("PING", &[], |_| Ok(Command::Ping)),
    CommandRow::new("STOP_ALL", &["closePositions"], account::stop_all).idle(ONE_STOP),
    CommandRow::new("PAUSE", &[], |_| Ok(Command::PauseAll)).idle(ONE_PAUSE),
    CommandRow::new("RESUME", &[], |_| Ok(Command::ResumeAll)).idle(ONE_RESUME),
    CommandRow::open("EMERGENCY_STOP", Known::Anything, |parameters| {
        Ok(account::emergency_stop(parameters))
    }),
    CommandRow::new(
        "RISK_UPDATE",
        &[
            "maxOpenTrades",
            "maxPositions",
            "maxDailyTrades",
            "maxDailyLoss",
            "maxDrawdown",
            "lossStreak",
            "maxConsecutiveLosses",
            "pauseMinutes",
            "cooldownMinutes",
            "cooldownAfter",
            "flatten",
            "strategyId",
            "strategyName",
        ],
        account::risk_update,
    )
    .idle(NO_SIGNAL)
    .later(&["maxRisk", "riskRewardRatio", "mode"]),
    CommandRow::new(
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
    CommandRow::new(
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
    CommandRow::new("CANCEL_ORDER", &["ticket", "order"], order::cancel),
    CommandRow::new(
        "MODIFY_ORDER",
        &[
            "ticket",
            "order",
            "price",
            "stopLimit",
            "stopLimitPrice",
            "stopLoss",
            "sl",
            "takeProfit",
            "tp",
            "expiration",
            "expirationMs",
        ],
        order::modify,
    )
    .idle(&[("volume", "MT5 changes no order's volume: cancel it and place another")]),
    CommandRow::new(
        "CLOSE_POSITION",
        &["ticket", "position", "volume", "lots", "lotSize", "byTicket", "magicNumber", "comment"],
        position::close,
    ),
    CommandRow::new(
        "MODIFY_POSITION",
        &["ticket", "position", "stopLoss", "sl", "takeProfit", "tp"],
        position::modify,
    ),
    CommandRow::new("CLOSE_ALL_POSITIONS", &[], |_| Ok(Command::CloseMany(CloseFilter::All)))
        .idle(ONE_CLOSE),
    CommandRow::new("CLOSE_PROFITABLE", &["minProfit"], position::close_profitable).idle(WHOLE),
    CommandRow::new("CLOSE_LOSING", &[], |_| Ok(Command::CloseMany(CloseFilter::Losing)))
        .idle(WHOLE),
    CommandRow::new("CLOSE_BY_STRATEGY", STRATEGY, position::close_by_strategy),
    CommandRow::new("CLOSE_BY_SYMBOL", &["symbol"], position::close_by_symbol).idle(WHOLE),
    CommandRow::new("GET_POSITIONS", &[], |_| Ok(Command::GetPositions)),
    CommandRow::new("GET_ACCOUNT_INFO", &[], |_| Ok(Command::GetAccount)),
    CommandRow::new("GET_SYMBOL_INFO", &["symbol"], query::symbol),
    CommandRow::new("GET_ORDER_STATUS", &["clientOrderId"], query::order_status),
    CommandRow::new("GET_EXECUTION_SUMMARY", &[], |_| Ok(Command::GetExecutionSummary)),
    CommandRow::open("TRADE_SIGNAL", Known::ByReader, signal::read),
    CommandRow::new("STATUS_REQUEST", &[], |_| Ok(Command::GetStatus)).idle(NO_SIGNAL),
    CommandRow::new(
        "COPY_ADD",
        &["sourceStrategyId", "allocation", "multiplier", "maxAgeMs", "maxSlippage"],
        copying::add,
    ),
    CommandRow::new("COPY_REMOVE", &["sourceStrategyId", "closePositions"], copying::remove),
    CommandRow::new("COPY_UPDATE_ALLOCATION", &["sourceStrategyId", "allocation"], copying::update),
];
