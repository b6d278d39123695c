//! Lives of the process: what a new one takes over from the state of the last, and what is void
//! with it.

use crate::stage;
use crate::stage::{Stage, at, command, command_event, msc, start, tick};
use serde_json::json;
use tickdeck::domain::amount::Volume;
use tickdeck::domain::id::SymbolId;
use tickdeck::domain::symbols_builtin::builtin;
use tickdeck::domain::time::Timestamp;
use tickdeck::executor::Executor;
use tickdeck::executor::action::{Action, CommandResult, DataRequest, ResultData, StrategyState};
use tickdeck::executor::command::{Command, CommandSource, OnStop};
use tickdeck::executor::config::{ExecutorConfig, Limits};
use tickdeck::executor::event::{BrokerEvent, Event, Life, Link, SymbolNews};
use tickdeck::executor::snapshot::Snapshot;
use tickdeck::session::fault::FaultKind;
use tickdeck::strategy::limits::StrategyLimits;

/// A session with an open position, an order on its way and a strategy on each of two symbols.
fn lived() -> Executor {
    let mut executor = Stage::new(&["6:00"], "7:00").fault(2, FaultKind::Lost).run().executor;
    let mut out = Vec::new();
    let gold = BrokerEvent::Symbol(Box::new(SymbolNews {
        symbol: SymbolId(1),
        spec: builtin("GBPUSD").unwrap(),
    }));
    executor.handle(at("7:00"), &Event::Broker(gold), &mut out);
    executor.handle(at("7:00"), &Event::Tick(tick(1, msc("7:00"), 130_000)), &mut out);
    let mut other = start("other");
    other["parameters"]["symbol"] = json!("GBPUSD");
    executor.handle(at("7:00"), &parsed("start-other", &other), &mut out);
    executor.handle(
        at("7:00"),
        &command_event("stop", Command::Stop { strategy: "s".into(), positions: OnStop::Close }),
        &mut out,
    );
    assert!(out.iter().any(|action| matches!(action, Action::Trade(_))), "{out:#?}");
    executor
}

fn parsed(id: &str, body: &serde_json::Value) -> Event {
    let mut body = body.clone();
    body["id"] = id.into();
    Event::Command(Box::new(tickdeck::wire::command::parse(
        CommandSource::Stream,
        &body.to_string(),
    )))
}

fn restored(executor: &Executor) -> Executor {
    let text = executor.snapshot().to_json().unwrap();
    Executor::restore(Snapshot::from_json(&text).unwrap()).unwrap()
}

fn config(symbols: &[&str], limits: Limits) -> ExecutorConfig {
    ExecutorConfig {
        login: 1,
        symbols: symbols.iter().map(|&name| name.to_owned()).collect(),
        limits,
        ..ExecutorConfig::default()
    }
}

fn begin(executor: &mut Executor, moment: Timestamp, config: ExecutorConfig) -> Vec<Action> {
    let mut out = Vec::new();
    executor.handle(moment, &Event::Life(Box::new(Life { config })), &mut out);
    out
}

fn handle(executor: &mut Executor, moment: &str, event: &Event) -> Vec<Action> {
    let mut out = Vec::new();
    executor.handle(at(moment), event, &mut out);
    out
}

fn result(actions: &[Action]) -> &CommandResult {
    let results: Vec<&CommandResult> = actions
        .iter()
        .filter_map(|action| match action {
            Action::Result(result) => Some(&**result),
            _ => None,
        })
        .collect();
    assert_eq!(results.len(), 1, "{actions:#?}");
    results[0]
}

/// All that could differ, and then the same text again.
#[test]
fn a_state_is_restored_bit_for_bit() {
    let executor = lived();
    let again = restored(&executor);
    assert_eq!(again, executor);
    assert_eq!(again.snapshot().to_json().unwrap(), executor.snapshot().to_json().unwrap());
    assert_eq!(again.next_wakeup(), executor.next_wakeup());
}

/// Whatever comes next, the restored one answers like the one that never stopped.
#[test]
fn a_restored_executor_goes_on_like_the_one_before() {
    let (mut one, mut other) = (lived(), restored(&lived()));
    for second in (0..600).step_by(10) {
        let moment = msc("7:00") + second * 1_000;
        let at = Timestamp::from_nanos(moment * 1_000_000);
        let events = [
            Event::Wakeup,
            Event::Tick(tick(0, moment, 110_000 + second % 70)),
            Event::Tick(tick(1, moment, 130_000 - second % 90)),
        ];
        for event in events {
            let (mut said, mut repeated) = (Vec::new(), Vec::new());
            one.handle(at, &event, &mut said);
            other.handle(at, &event, &mut repeated);
            assert_eq!(said, repeated);
        }
    }
    assert_eq!(one, other);
}

/// Symbols in another order, and a new one before them: everything is found by its name.
#[test]
fn symbols_are_found_by_their_names() {
    let mut executor = restored(&lived());
    begin(&mut executor, at("7:10"), config(&["XAUUSD", "GBPUSD", "EURUSD"], Limits::default()));
    let positions = executor.view().positions;
    assert_eq!(positions.iter().map(|position| position.symbol).collect::<Vec<_>>(), [SymbolId(2)]);
    for link in [Link::Up, Link::Verified, Link::Synced] {
        let asked = handle(&mut executor, "7:10", &Event::Link(link));
        for action in asked {
            if let Action::Data(DataRequest::Bars { symbol, .. }) = action {
                assert!([SymbolId(1), SymbolId(2)].contains(&symbol), "{symbol:?}");
            }
        }
    }
    let pound = handle(
        &mut executor,
        "7:11",
        &command_event("pound", Command::GetSymbol { symbol: "GBPUSD".to_owned() }),
    );
    let ResultData::Symbol(symbol) = &result(&pound).data else { panic!("{pound:#?}") };
    assert_eq!(symbol.spec.name, "GBPUSD");
}

/// A symbol that the configuration no longer names stays, behind the others: something is open in
/// it.
#[test]
fn a_symbol_that_is_no_longer_named_stays() {
    let mut executor = restored(&lived());
    begin(&mut executor, at("7:10"), config(&["GBPUSD"], Limits::default()));
    assert_eq!(executor.view().positions[0].symbol, SymbolId(1));
}

/// The present caps hold for what was started under others.
#[test]
fn tighter_caps_hold_for_what_runs() {
    let mut executor = restored(&lived());
    let lots: Volume = "0.03".parse().unwrap();
    let limits =
        Limits { lots_max: Some(lots), max_open_trades_account: Some(1), ..Limits::default() };
    begin(&mut executor, at("7:10"), config(&["EURUSD", "GBPUSD"], limits));
    let update = tickdeck::executor::command::UpdateStrategy {
        strategy: "other".into(),
        symbol: None,
        timeframe: None,
        rules: None,
        settings: tickdeck::executor::command::Settings::default(),
    };
    let updated =
        handle(&mut executor, "7:11", &command_event("update", Command::Update(Box::new(update))));
    let ResultData::Updated { effective, .. } = &result(&updated).data else {
        panic!("{updated:#?}")
    };
    assert_eq!(effective.lots, lots);
    let loose = handle(
        &mut executor,
        "7:12",
        &command_event(
            "risk",
            Command::RiskUpdate {
                strategy: None,
                max_open_trades: Some(2),
                limits: StrategyLimits::default(),
            },
        ),
    );
    assert_eq!(result(&loose).status, tickdeck::executor::action::ResultStatus::Failed);
}

/// RISK_UPDATE has lowered the account's cap: the next process keeps to it, and to its own where
/// that is lower.
#[test]
fn a_lowered_cap_of_the_account_outlives_the_process() {
    let capped =
        |most| config(&["EURUSD"], Limits { max_open_trades_account: most, ..Limits::default() });
    for (configured, next, expect) in [
        (Some(3), Some(3), 1),
        (Some(3), None, 1),
        (Some(3), Some(0), 0),
        (None, None, 1),
        (None, Some(4), 1),
    ] {
        let mut executor = restored(&Stage::new(&["16:00"], "7:00").run().executor);
        begin(&mut executor, at("7:10"), capped(configured));
        handle(
            &mut executor,
            "7:12",
            &command_event(
                "risk",
                Command::RiskUpdate {
                    strategy: None,
                    max_open_trades: Some(1),
                    limits: StrategyLimits::default(),
                },
            ),
        );
        let mut executor = restored(&executor);
        begin(&mut executor, at("7:20"), capped(next));
        let state: serde_json::Value =
            serde_json::from_str(&executor.snapshot().to_json().unwrap()).unwrap();
        assert_eq!(
            state["executor"]["account_cap"],
            json!({ "now": expect }),
            "{configured:?} {next:?}"
        );
    }
    let mut executor = restored(&Stage::new(&["16:00"], "7:00").run().executor);
    begin(&mut executor, at("7:10"), capped(Some(2)));
    begin(&mut executor, at("7:20"), capped(Some(5)));
    let state: serde_json::Value =
        serde_json::from_str(&executor.snapshot().to_json().unwrap()).unwrap();
    assert_eq!(state["executor"]["account_cap"], json!({ "now": 5 }), "nobody has lowered it");
}

/// START of what runs echoes what holds now, not what held when it was started.
#[test]
fn a_running_strategy_keeps_to_the_new_cap() {
    let mut executor = restored(&Stage::new(&["16:00"], "7:00").run().executor);
    let lots: Volume = "0.03".parse().unwrap();
    begin(
        &mut executor,
        at("7:10"),
        config(&["EURUSD"], Limits { lots_max: Some(lots), ..Limits::default() }),
    );
    let again = handle(&mut executor, "7:11", &parsed("again", &start("s")));
    let ResultData::Effective(effective) = &result(&again).data else { panic!("{again:#?}") };
    assert_eq!(effective.lots, lots);
}

/// The link that was up and the account that was read are void; so are quotes.
#[test]
fn link_and_quotes_are_void() {
    let mut executor = restored(&Stage::new(&["6:00"], "7:00").run().executor);
    let before = executor.view();
    assert!(before.ready && before.positions[0].profit.is_some(), "{before:#?}");
    begin(&mut executor, at("7:10"), config(&["EURUSD", "GBPUSD"], Limits::default()));
    let view = executor.view();
    assert!(!view.ready && view.positions[0].profit.is_none(), "{view:#?}");
    let told = handle(
        &mut executor,
        "7:11",
        &command_event("gold", Command::GetSymbol { symbol: "EURUSD".to_owned() }),
    );
    let ResultData::Symbol(symbol) = &result(&told).data else { panic!("{told:#?}") };
    assert_eq!((symbol.bid, symbol.ask), (None, None));
}

/// Requests of the earlier life are unknown in this one, until the account has been read.
#[test]
fn what_was_on_its_way_is_unknown() {
    let mut executor = restored(&lived());
    assert_eq!((executor.view().in_flight, executor.view().unknown), (1, 0));
    begin(&mut executor, at("7:10"), config(&["EURUSD", "GBPUSD"], Limits::default()));
    assert_eq!((executor.view().in_flight, executor.view().unknown), (0, 1));
    let states: Vec<StrategyState> =
        executor.view().strategies.iter().map(|(_, state)| *state).collect();
    assert_eq!(states, [StrategyState::Running, StrategyState::Stopping]);
}

/// The result of OPEN and PLACE by when they were made, in a life without state that begins at
/// 10:00 and in one with.
#[test]
fn entries_made_before_a_life_without_state_are_refused() {
    let entries = [
        command("OPEN_POSITION", json!({ "symbol": "EURUSD", "type": "BUY", "volume": 0.05 })),
        command(
            "PLACE_ORDER",
            json!({ "symbol": "EURUSD", "type": "BUY_LIMIT", "volume": 0.05, "price": 1.05 }),
        ),
    ];
    for entry in entries {
        for (memory, made, expect) in [
            (stage::Memory::Lost, Some("9:59"), "failed TOO_OLD"),
            (stage::Memory::Lost, Some("10:01"), "executed OK"),
            (stage::Memory::Lost, None, "executed OK"),
            (stage::Memory::Kept, Some("9:59"), "executed OK"),
        ] {
            let mut body = entry.clone();
            if let Some(made) = made {
                body["createdAt"] = json!(at(made).to_string());
            }
            let played = Stage::empty(&["6:00"], "12:00")
                .restart("10:00", memory)
                .command("11:00", "entry", &body)
                .run();
            let result = stage::script::outcome(&played.script.results("entry")[0]);
            assert!(result.starts_with(expect), "{memory:?} {made:?}: {result}");
        }
    }
}

/// What takes risk away is carried out whenever it was made.
#[test]
fn exits_made_before_a_life_without_state_are_carried_out() {
    let mut stop = stage::stop("s");
    stop["createdAt"] = json!(at("9:00").to_string());
    let played = Stage::new(&["6:00"], "12:00")
        .restart("10:00", stage::Memory::Lost)
        .command("11:00", "stop", &stop)
        .run();
    assert_eq!(stage::script::outcome(&played.script.results("stop")[0]), "executed OK closed #2");
}

/// An id of an earlier life has its stored result in the next one; without a state it is carried
/// out anew.
#[test]
fn a_redelivered_id_has_its_stored_result() {
    let ping = command("GET_STATUS", json!({}));
    let stage = Stage::new(&["6:00"], "12:00")
        .command("5:00", "ping", &ping)
        .restart("10:00", stage::Memory::Kept);
    let results = stage.command("11:00", "ping", &ping).run().script.results("ping");
    assert_eq!(results.len(), 2);
    assert_eq!(results[0], results[1]);
}

/// Fields that came later within a version: a state that was written before them is read as one
/// that does not know them.
#[test]
fn a_state_of_this_version_that_lacks_later_fields_is_read() {
    fn without(value: &mut serde_json::Value, names: &[&str]) -> usize {
        match value {
            serde_json::Value::Object(fields) => {
                let had = fields.len();
                fields.retain(|name, _| !names.contains(&name.as_str()));
                had - fields.len()
                    + fields.values_mut().map(|field| without(field, names)).sum::<usize>()
            }
            serde_json::Value::Array(items) => {
                items.iter_mut().map(|item| without(item, names)).sum()
            }
            _ => 0,
        }
    }
    let executor = lived();
    let mut state: serde_json::Value =
        serde_json::from_str(&executor.snapshot().to_json().unwrap()).unwrap();
    for name in ["filled", "price_open", "unsettled_at"] {
        // A position has a price of this name, too: there it is required.
        let place = if name == "unsettled_at" {
            &mut state["executor"]["book"]
        } else {
            &mut state["executor"]["history"]
        };
        assert!(without(place, &[name]) > 0, "{name}");
    }
    let read = Executor::restore(Snapshot::from_json(&state.to_string()).unwrap()).unwrap();
    assert_eq!(read.view(), executor.view());
}
