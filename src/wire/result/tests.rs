use super::*;
use crate::domain::account::MarginMode;
use crate::domain::amount::{Points, Volume};
use crate::domain::id::{IntentKey, Magic, SymbolId};
use crate::domain::order::Side;
use crate::domain::retcode::Retcode;
use crate::domain::symbols_builtin::builtin;
use crate::executor::action::{
    AccountData, EffectiveSettings, ExecutionSummary, OrderProgress, OrderStatusData, Owner,
    PositionData, StatusData, StrategyState, SymbolData, TradeData,
};
use crate::strategy::limits::StrategyLimits;

const BIG: Ticket = Ticket(u64::MAX);

fn check(status: ResultStatus, code: ResultCode, data: ResultData, expect: &str) {
    let result = CommandResult {
        id: "c1".into(),
        status,
        code,
        strategy: Some("s1".into()),
        data,
        retcode: None,
    };
    assert_eq!(body(&result, &[("EURUSD", Some(&builtin("EURUSD").unwrap()))]).to_string(), expect);
}

/// The data of something done that is about no strategy.
fn told(data: ResultData, expect: &str) {
    let result = CommandResult {
        id: "c1".into(),
        status: ResultStatus::Executed,
        code: ResultCode::Ok,
        strategy: None,
        data,
        retcode: None,
    };
    let (eurusd, usdjpy) = (builtin("EURUSD").unwrap(), builtin("USDJPY").unwrap());
    let body = body(&result, &[("EURUSD", Some(&eurusd)), ("USDJPY", Some(&usdjpy))]);
    assert_eq!((body["data"].to_string().as_str(), &body["success"]), (expect, &json!(true)));
}

#[test]
fn bodies_as_the_platform_reads_them() {
    let settings = EffectiveSettings {
        sized_by: None,
        limits: StrategyLimits::default(),
        lots: "0.10".parse().unwrap(),
        max_open_trades: 1,
        warmup_bars: 50,
        magic: Magic(7),
    };
    check(
        ResultStatus::Executed,
        ResultCode::Ok,
        ResultData::Effective(Box::new(settings)),
        r#"{"data":{"effective":{"lotSize":0.1,"magicNumber":7,"maxOpenTrades":1,"warmupBars":50}},"message":"Started; the settings in force are in the data","strategyId":"s1","success":true}"#,
    );
    check(
        ResultStatus::Failed,
        ResultCode::NotFlat,
        ResultData::Stopped {
            closed: vec![Ticket(2)],
            remaining: vec![Ticket(3), Ticket(4)],
            orders: Vec::new(),
        },
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

#[test]
fn what_the_trade_server_said_stands_in_number_and_name() {
    let trade = TradeData {
        key: IntentKey([0xab; 16]),
        order: None,
        position: None,
        volume: Volume::ZERO,
        price: None,
    };
    let mut result = CommandResult {
        id: "c1".into(),
        status: ResultStatus::Failed,
        code: ResultCode::Refused,
        strategy: None,
        data: ResultData::Trade(Box::new(trade)),
        retcode: Some(Retcode::NO_MONEY),
    };
    assert_eq!(
        body(&result, &[]).to_string(),
        r#"{"data":{"clientOrderId":"abababababababababababababababab","lots":0.0,"order":null,"position":null,"price":null},"error":"REFUSED","message":"The trade server refused it (10019 NO_MONEY)","retcode":10019,"retcodeName":"NO_MONEY","success":false}"#,
    );
    (result.status, result.code, result.retcode) =
        (ResultStatus::Executed, ResultCode::Ok, Some(Retcode::DONE));
    result.data = ResultData::Trade(Box::new(TradeData {
        key: IntentKey([1; 16]),
        order: Some(BIG),
        position: Some(Ticket(8)),
        volume: "0.30".parse().unwrap(),
        price: Some("1.17403".parse().unwrap()),
    }));
    assert_eq!(
        body(&result, &[]).to_string(),
        r#"{"data":{"clientOrderId":"01010101010101010101010101010101","lots":0.3,"order":"18446744073709551615","position":"8","price":1.17403},"message":"Done; order, position and fill are in the data","retcode":10009,"retcodeName":"DONE","success":true}"#,
    );
}

#[test]
fn positions_name_their_symbol_and_their_owner() {
    let one = |owner: Owner, symbol: u16, closing: bool| PositionData {
        ticket: BIG,
        owner,
        symbol: SymbolId(symbol),
        side: Side::Sell,
        volume: "0.05".parse().unwrap(),
        price_open: "1.17".parse().unwrap(),
        sl: Some("1.18".parse().unwrap()),
        tp: None,
        profit: closing.then(|| "-3.50".parse().unwrap()),
        closing,
    };
    told(
        ResultData::Positions(vec![
            one(Owner::Strategy("s".into()), 0, true),
            one(Owner::Command("c".into()), 1, false),
            one(Owner::Account, 0, false),
        ]),
        r#"{"positions":[{"closing":true,"lots":0.05,"openPrice":1.17,"profit":-3.5,"profitCurrency":"USD","stopLoss":1.18,"strategyId":"s","symbol":"EURUSD","takeProfit":null,"ticket":"18446744073709551615","type":"SELL"},{"closing":false,"commandId":"c","lots":0.05,"openPrice":1.17,"profit":null,"profitCurrency":"JPY","stopLoss":1.18,"symbol":"USDJPY","takeProfit":null,"ticket":"18446744073709551615","type":"SELL"},{"closing":false,"lots":0.05,"openPrice":1.17,"profit":null,"profitCurrency":"USD","stopLoss":1.18,"symbol":"EURUSD","takeProfit":null,"ticket":"18446744073709551615","type":"SELL"}]}"#,
    );
    told(ResultData::Positions(vec![]), r#"{"positions":[]}"#);
}

#[test]
fn questions_are_answered() {
    told(
        ResultData::Account(Box::new(AccountData {
            login: 5_012_345,
            currency: "EUR".into(),
            leverage: 30,
            balance: "10000.25".parse().unwrap(),
            margin: "0".parse().unwrap(),
            trade_allowed: true,
            margin_mode: MarginMode::Hedging,
            as_of: "2025-09-22T10:00:00Z".parse().unwrap(),
        })),
        r#"{"asOf":"2025-09-22T10:00:00Z","balance":10000.25,"currency":"EUR","leverage":30,"login":"5012345","margin":0.0,"marginMode":"hedging","tradeAllowed":true}"#,
    );
    told(
        ResultData::Symbol(Box::new(SymbolData {
            spec: builtin("EURUSD").unwrap(),
            bid: Some("1.17403".parse().unwrap()),
            ask: None,
        })),
        r#"{"ask":null,"bid":1.17403,"calcMode":"forex","contractSize":100000,"currencyBase":"EUR","currencyMargin":"EUR","currencyProfit":"USD","digits":5,"execution":"market","freezeLevel":0,"pip":0.0001,"point":0.00001,"stopsLevel":0,"symbol":"EURUSD","tickSize":0.00001,"tradeMode":"full","volumeLimit":null,"volumeMax":100.0,"volumeMin":0.01,"volumeStep":0.01}"#,
    );
    told(
        ResultData::OrderStatus(Box::new(OrderStatusData {
            key: IntentKey([2; 16]),
            owner: Owner::Command("c9".into()),
            progress: OrderProgress::Working,
            order: Some(Ticket(4)),
            position: None,
            retcode: Some(Retcode::PLACED),
        })),
        r#"{"clientOrderId":"02020202020202020202020202020202","commandId":"c9","order":"4","position":null,"retcode":10008,"retcodeName":"PLACED","status":"working"}"#,
    );
    told(
        ResultData::Summary(Box::new(ExecutionSummary {
            sent: 9,
            accepted: 7,
            refused: 1,
            unknown: 1,
            opened: 4,
            closed: 3,
            net_profit: "-12.34".parse().unwrap(),
            entry_slippage: Points(-2),
        })),
        r#"{"accepted":7,"closed":3,"entrySlippagePoints":-2,"netProfit":-12.34,"opened":4,"refused":1,"sent":9,"unknown":1}"#,
    );
    told(
        ResultData::Status(Box::new(StatusData {
            balance: None,
            positions: 1,
            unknown: 0,
            strategies: vec![("s".into(), StrategyState::Paused)],
        })),
        r#"{"balance":null,"openPositions":1,"strategies":[{"state":"paused","strategyId":"s"}],"unknownRequests":0}"#,
    );
}
