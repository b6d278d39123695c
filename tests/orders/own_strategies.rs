//! Strategies in Rust: they see what rules see, and one that fails is halted alone.

use crate::common;
use crate::stage;
use crate::stage::{Stage, command};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tickdeck::domain::flaw::Flaw;
use tickdeck::domain::order::Side;
use tickdeck::executor::action::{Action, AlertCode, Report, ResultStatus, Verdict};
use tickdeck::session::ports::{Journal, PortError, Step};
use tickdeck::strategy::own::{self, ClosedBar, Own, Strategy};
use tickdeck::strategy::watch::evaluator::{Judgement, SidesHeld};

/// The crossing of its two lines, as the rules of dialect R1 find it.
struct Crossing;

impl Strategy for Crossing {
    fn name(&self) -> &'static str {
        "crossing"
    }

    fn check(&self, rules: &Own) -> Result<(), Flaw> {
        if rules.lines.len() == 2 { Ok(()) } else { Err(Flaw::of("lines", "must be two")) }
    }

    fn judge(&self, rules: &Own, bar: ClosedBar<'_>, memory: &mut Vec<f64>) -> Judgement {
        let [Some(fast), Some(slow)] = *bar.values else { return Judgement::NOTHING };
        let last = memory.first().copied().unwrap_or_default();
        let stumbles_at = rules.parameters.get("stumbles_at").map_or(f64::MAX, |at| at.to_f64());
        let bars = memory.get(1).copied().unwrap_or_default() + 1.0;
        assert!(bars < stumbles_at, "it stumbles");
        let now = if fast > slow { 1.0 } else { -1.0 };
        *memory = vec![now, bars];
        let side = if fast > slow { Side::Buy } else { Side::Sell };
        let crossed = last * now < 0.0;
        let enters = if crossed { SidesHeld::One(side) } else { SidesHeld::Neither };
        Judgement { enters, leaves: SidesHeld::Neither }
    }
}

/// The entries of each strategy, and who was halted.
#[derive(Default)]
struct Told {
    entries: BTreeMap<String, Vec<(i64, Side)>>,
    halted: Vec<String>,
    halted_notes: usize,
    /// Trades that were closed after their strategy was halted.
    closed_when_halted: usize,
}

impl Journal for Told {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        for action in step.actions {
            match action {
                Action::Result(result) => {
                    assert_eq!(result.status, ResultStatus::Executed, "{result:?}");
                }
                Action::Note(note) => {
                    let (id, _) = step.executor.judged(note).unwrap();
                    if let (Verdict::Entered, Some(side)) = (note.verdict, note.side) {
                        let entry = (note.bar_msc.0, side);
                        self.entries.entry(id.to_string()).or_default().push(entry);
                    }
                    self.halted_notes += usize::from(note.verdict == Verdict::Halted);
                }
                Action::Report(report) => match &**report {
                    Report::Alert(alert) if alert.code == AlertCode::StrategyHalted => {
                        self.halted.push(alert.strategy.as_ref().unwrap().to_string());
                    }
                    Report::Closed(one) => {
                        let is_halted = self.halted.iter().any(|it| it == one.owner.name());
                        self.closed_when_halted += usize::from(is_halted);
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        Ok(())
    }
}

fn install() {
    own::install(vec![Box::new(Crossing)]);
}

fn entry(id: &str, rules: &Value) -> Value {
    json!({ "id": id, "timeframe": "M1", "options": { "warmupBars": 50 }, "rules": rules })
}

fn own(parameters: &Value) -> Value {
    json!({
        "strategy": "crossing",
        "lines": ["EMA_20", { "indicator": "ema", "period": 50 }],
        "parameters": parameters,
        "exit": { "type": "opposite_signal" },
        "riskManagement": { "lotSize": 0.01, "maxPositions": 9 },
    })
}

#[test]
fn one_in_rust_trades_as_the_rules_do_and_one_that_fails_is_halted_alone() {
    install();
    let rules = json!({
        "entry": { "type": "indicator_cross", "indicators": ["EMA_20", "EMA_50"], "direction": "both" },
        "exit": { "type": "opposite_signal" },
        "risk": { "lotSize": 0.01, "maxOpenTrades": 9 },
    });
    let strategies = json!([
        entry("rules", &rules),
        entry("rust", &own(&json!({}))),
        entry("stumbles", &own(&json!({ "stumbles_at": 3_000 }))),
    ]);
    let Some(seen) = common::over_the_week(&strategies, json!({}), Told::default()) else {
        return;
    };
    let entries = |id: &str| &seen.entries[id];
    assert!(entries("rules").len() > 100);
    // Which side the averages stood on while they warmed up is known to the rules alone.
    let first = entries("rules").iter().position(|one| one == &entries("rust")[0]).unwrap();
    assert!(first <= 1, "{first}");
    assert_eq!(entries("rules")[first..], entries("rust")[..]);
    assert_eq!(seen.halted, ["stumbles"], "told once");
    let stumbled = entries("stumbles").len();
    assert_eq!(entries("rust")[..stumbled], entries("stumbles")[..]);
    assert!(stumbled > 10 && stumbled < entries("rust").len());
    assert!(seen.halted_notes > 1_000, "it is asked no more: {}", seen.halted_notes);
}

#[test]
fn one_that_is_halted_still_leaves_when_its_conditions_say_so() {
    install();
    let line = |kind: &str, period: u32| json!({ "line": { "kind": kind, "period": period } });
    let rsi = json!({ "line": line("rsi", 14) });
    let leaves = |is: &str, number: u32| json!({ "test": { "left": rsi, "is": is, "right": { "number": number } } });
    let rules = json!({
        "entry": {
            "strategy": "crossing",
            "lines": [line("ema", 3), line("ema", 5)],
            "parameters": { "stumbles_at": 3_000 },
        },
        "exit": {
            "opposite_signal": "ignore",
            "conditions": { "buy": leaves("above", 80), "sell": leaves("below", 20) },
        },
        "risk": { "lots": 0.01, "max_open_trades": 9 },
    });
    let strategies = json!([entry("stumbles", &rules)]);
    let Some(seen) = common::over_the_week(&strategies, json!({}), Told::default()) else {
        return;
    };
    assert_eq!(seen.halted, ["stumbles"]);
    assert!(seen.closed_when_halted > 1, "{} trades", seen.closed_when_halted);
}

/// It counts the bars that it was asked about: after three for the warm-up, the tenth is over at
/// 13:00.
#[test]
fn new_settings_take_nothing_from_its_memory() {
    install();
    let mut start = stage::start("s");
    start["parameters"]["rules"] = own(&json!({ "stumbles_at": 10 }));
    start["parameters"]["rules"]["lines"] = json!(["EMA_2", "EMA_3"]);
    let settings = json!({ "strategyId": "s", "settings": { "lotSize": 0.2 } });
    let update = command("UPDATE_STRATEGY", settings);
    let stage = Stage::empty(&["6:00"], "14:00").command("0:00", "start", &start);
    let played = stage.command("8:10", "update", &update).run();
    let said = played.script.since(stage::at("8:00"));
    assert!(said.contains(&"08:10 result update: executed OK"), "{said:?}");
    assert!(said.contains(&"13:00 critical strategy_halted"), "{said:?}");
}
