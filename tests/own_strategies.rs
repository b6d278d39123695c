//! Strategies in Rust: they see what rules see, and one that fails is halted alone.

mod common;

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
    closed: BTreeMap<String, usize>,
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
                        *self.closed.entry(one.owner.name().to_owned()).or_default() += 1;
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        Ok(())
    }
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
    own::install(vec![Box::new(Crossing)]);
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
