use super::*;
use crate::domain::amount::{Money, Points, Price, Volume};
use crate::domain::id::{Cid, CommandId, IntentKey, Magic, StrategyId, SymbolId, Ticket};
use crate::domain::order::{FillingMode, Side};
use crate::domain::retcode::Retcode;
use crate::domain::time::ServerMsc;
use crate::executor::action::*;
use crate::market::timeframe::Timeframe;
use crate::strategy::limits::StrategyLimits;
use serde_json::Value;
use std::collections::BTreeSet;

fn price(text: &str) -> Price {
    text.parse().unwrap()
}

fn key() -> IntentKey {
    IntentKey(std::array::from_fn(|at| u8::try_from(at + 1).unwrap()))
}

fn trade(request: Request) -> Action {
    Action::Trade(Box::new(Trade {
        cid: Cid(7),
        key: key(),
        owner: crate::executor::action::Owner::Strategy("alpha".into()),
        magic: Magic(12_345),
        why: RequestReason::Signal,
        request,
        not_after: Timestamp::from_nanos(1_758_499_230_161_000_000),
    }))
}

fn open() -> OpenRequest {
    OpenRequest {
        symbol: SymbolId(0),
        side: Side::Buy,
        volume: "0.1".parse().unwrap(),
        price: price("1.17403"),
        deviation: Points(20),
        sl: Some(price("1.17203")),
        tp: None,
        filling: FillingMode::Fok,
    }
}

fn result(data: ResultData) -> Action {
    let id = CommandId::from("c1");
    Action::Result(Box::new(CommandResult {
        id,
        status: ResultStatus::Executed,
        code: ResultCode::Ok,
        strategy: Some("alpha".into()),
        data,
        retcode: None,
    }))
}

fn effective() -> EffectiveSettings {
    EffectiveSettings {
        sized_by: None,
        limits: StrategyLimits::default(),
        lots: "0.2".parse().unwrap(),
        max_open_trades: 3,
        warmup_bars: 250,
        magic: Magic(5),
    }
}

fn report(report: Report) -> Action {
    Action::Report(Box::new(report))
}

fn closed() -> TradeClosed {
    TradeClosed {
        position: Ticket(11),
        owner: crate::executor::action::Owner::Strategy("alpha".into()),
        symbol: SymbolId(1),
        side: Side::Sell,
        volume: Volume::from_raw(3),
        open_time_msc: ServerMsc(4),
        open_price: Price::from_raw(5),
        sl: Some(Price::from_raw(6)),
        tp: Some(Price::from_raw(7)),
        close_time_msc: ServerMsc(8),
        close_price: Price::from_raw(9),
        reason: CloseReason::Tp,
        profit: Money::from_raw(10),
        commission: Money::from_raw(-11),
        swap: Money::from_raw(-12),
    }
}

/// One action of each kind, every field away from its default.
fn every_kind() -> Vec<Action> {
    [trades(), questions(), results(), reports()].concat()
}

fn trades() -> Vec<Action> {
    let closing = CloseRequest {
        symbol: SymbolId(1),
        position: Ticket(9),
        side: Side::Sell,
        volume: Volume::from_raw(2),
        price: Price::from_raw(3),
        deviation: Points(4),
        filling: FillingMode::Ioc,
    };
    let modifying = ModifyRequest {
        symbol: SymbolId(1),
        position: Ticket(9),
        sl: Some(price("1.1")),
        tp: Some(price("1.3")),
    };
    vec![
        trade(Request::Open(OpenRequest { symbol: SymbolId(1), tp: Some(price("1.2")), ..open() })),
        trade(Request::Close(closing)),
        trade(Request::Modify(modifying)),
    ]
}

fn questions() -> Vec<Action> {
    vec![
        Action::Data(DataRequest::Bars {
            id: crate::domain::id::DataId(0),
            deadline: Timestamp::default(),
            symbol: SymbolId(1),
            timeframe: Timeframe::M5,
            count: 250,
        }),
        Action::Data(DataRequest::Snapshot {
            id: crate::domain::id::DataId(0),
            deadline: Timestamp::default(),
            history_since_msc: ServerMsc(77),
        }),
    ]
}

fn results() -> Vec<Action> {
    let status = StatusData {
        balance: Some(Money::from_raw(5)),
        positions: 2,
        unknown: 1,
        strategies: vec![(StrategyId::from("alpha"), StrategyState::Running)],
    };
    vec![
        result(ResultData::Effective(Box::new(effective()))),
        result(ResultData::Stopped {
            closed: vec![Ticket(1)],
            remaining: vec![Ticket(2)],
            orders: Vec::new(),
        }),
        result(ResultData::Updated {
            from_bar_msc: Some(ServerMsc(9)),
            effective: Box::new(effective()),
        }),
        result(ResultData::Field { path: "rules.entry".into(), reason: "unknown".into() }),
        result(ResultData::Status(Box::new(status))),
    ]
}

fn reports() -> Vec<Action> {
    let opened = TradeOpened {
        position: Ticket(1),
        owner: crate::executor::action::Owner::Strategy("alpha".into()),
        symbol: SymbolId(2),
        side: Side::Buy,
        volume: Volume::from_raw(3),
        time_msc: ServerMsc(4),
        price: Price::from_raw(5),
        sl: Some(Price::from_raw(6)),
        tp: Some(Price::from_raw(7)),
        asked: Some(Price::from_raw(8)),
    };
    let changed = TradeChanged {
        position: Ticket(1),
        owner: crate::executor::action::Owner::Strategy("alpha".into()),
        volume: Volume::from_raw(2),
        sl: Some(Price::from_raw(3)),
        tp: Some(Price::from_raw(4)),
    };
    let alert = Alert {
        strategy: Some("alpha".into()),
        cid: Some(Cid(3)),
        position: Some(Ticket(4)),
        retcode: Some(Retcode(10_012)),
        ..Alert::new(Severity::Critical, AlertCode::OutcomeUnknown)
    };
    vec![
        report(Report::Opened(opened)),
        report(Report::Changed(changed)),
        report(Report::Closed(closed())),
        report(Report::Alert(alert)),
    ]
}

fn encoded(input_seq: u64, at: i64, actions: &[Action]) -> Vec<u8> {
    let mut out = Encoder::default();
    fields::step(&mut out, input_seq, Timestamp::from_nanos(at), actions);
    out.bytes().to_vec()
}

/// The paths of all leaves of an action as JSON.
fn leaves(value: &Value, path: &str, out: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| leaves(value, &format!("{path}/{name}"), out));
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(at, value)| leaves(value, &format!("{path}/{at}"), out)),
        _ => out.push(path.to_owned()),
    }
}

/// The leaf as something else that its type takes; several are tried until one is taken.
fn other_values(leaf: &Value) -> Vec<Value> {
    let number = leaf.as_u64().map(|number| vec![Value::from(number + 1)]);
    let words = [
        "buy",
        "sell",
        "ioc",
        "fok",
        "M1",
        "tp",
        "sl",
        "paused",
        "failed",
        "OK",
        "EXPIRED",
        "info",
        "link_down",
        "signal",
        "stop_command",
        "beta",
        "0.5",
        "2025-01-01T00:00:00Z",
        "00000000000000000000000000000001",
    ];
    number.unwrap_or_else(|| {
        words
            .into_iter()
            .map(Value::from)
            .filter(|word| word != leaf)
            .chain([Value::Null])
            .collect()
    })
}

#[test]
fn every_field_of_every_action_changes_the_hash() {
    for action in every_kind() {
        let json = serde_json::to_value(&action).unwrap();
        let before = encoded(1, 1, std::slice::from_ref(&action));
        let mut paths = Vec::new();
        leaves(&json, "", &mut paths);
        assert!(!paths.is_empty());
        for path in
            paths.iter().filter(|path| !path.ends_with("/reason") || !path.contains("/field/"))
        {
            let changed = other_values(json.pointer(path).unwrap()).into_iter().find_map(|value| {
                let mut json = json.clone();
                *json.pointer_mut(path).unwrap() = value;
                serde_json::from_value::<Action>(json).ok().filter(|other| *other != action)
            });
            let changed = changed.unwrap_or_else(|| panic!("nothing else fits {path} of {json}"));
            assert_ne!(encoded(1, 1, &[changed]), before, "{path} is not hashed");
        }
    }
}

#[test]
fn kinds_places_and_moments_change_the_hash() {
    let all = every_kind();
    let mut seen = BTreeSet::new();
    for (at, action) in all.iter().enumerate() {
        assert!(seen.insert(encoded(1, 1, std::slice::from_ref(action))), "{at}");
    }
    assert!(seen.insert(encoded(2, 1, &all[..1])));
    assert!(seen.insert(encoded(1, 2, &all[..1])));
    assert!(seen.insert(encoded(1, 1, &all[..2])));
    assert!(seen.insert(encoded(1, 1, &[all[1].clone(), all[0].clone()])));
}

#[test]
fn an_optional_field_that_is_absent_adds_no_bytes() {
    let with =
        encoded(1, 1, &[trade(Request::Open(OpenRequest { tp: Some(Price::ZERO), ..open() }))])
            .len();
    let without = encoded(1, 1, &[trade(Request::Open(open()))]).len();
    assert_eq!(with - without, 2, "one byte of tag, one of value");
}

/// The bytes were computed by a separate program from the description in the headers.
#[test]
fn a_simple_step_has_the_documented_bytes() {
    let bytes = encoded(42, 1_758_499_200_161_000_000, &[trade(Request::Open(open()))]);
    let hex = bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    assert_eq!(
        hex,
        "042a0880a9bdb694edb8e7300e06040709100102030405060708090a0b0c0d0e0f100d05616c70686110b96014011a08010c80dac40910e09ad2df\
         08142818e088dedd082001002480d9daf8f3eeb8e730000000"
    );
}

#[test]
fn the_hash_covers_steps_with_actions_alone_and_keeps_checkpoints() {
    let note = Action::Note(Note {
        bar_msc: ServerMsc(1),
        slot: 0,
        feed: 0,
        verdict: Verdict::NoSignal,
        side: None,
    });
    let one = trade(Request::Open(open()));
    let mut plain = StepHasher::default();
    let mut noted = StepHasher::default();
    for seq in 1..=2_500 {
        let at = Timestamp::from_nanos(i64::try_from(seq).unwrap());
        plain.push(seq, at, std::slice::from_ref(&one));
        noted.push(seq, at, std::slice::from_ref(&note));
        noted.push(seq, at, &[]);
        noted.push(seq, at, &[note.clone(), one.clone()]);
    }
    assert_eq!(plain.steps(), 2_500);
    let ((plain, marks), (noted, noted_marks)) = (plain.finish(), noted.finish());
    assert_eq!((plain, &marks), (noted, &noted_marks));
    assert_eq!(marks.iter().map(|mark| mark.input_seq).collect::<Vec<_>>(), [1_000, 2_000]);
    let mut first = StepHasher::default();
    (1..=1_000).for_each(|seq| {
        first.push(
            seq,
            Timestamp::from_nanos(i64::try_from(seq).unwrap()),
            std::slice::from_ref(&one),
        );
    });
    assert_eq!(first.hash(), marks[0].hash);
    assert_ne!(plain, marks[1].hash);
}
