//! Ticks that do not reach the executor are no inputs: those of a symbol that is not subscribed,
//! and those of a time in which quotes are missed. A recording of such a run replays like any
//! other.

use crate::common::{fixture_with_ticks, root, simulate, tickdeck_in};
use std::fs;
use tickdeck::domain::id::SymbolId;
use tickdeck::executor::event::{Event, Link};
use tickdeck::session::fault::{FaultKind, FaultRate};
use tickdeck::session::ports::{Journal, PortError, Step};

/// Ticks by symbol, and how many came while the link was down.
#[derive(Default)]
struct Seen {
    ticks: [u64; 2],
    while_down: u64,
    is_down: bool,
    breaks: u64,
    last_seq: u64,
}

impl Journal for Seen {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        assert!(
            step.input_seq == self.last_seq || step.input_seq == self.last_seq + 1,
            "inputs are numbered without gaps"
        );
        self.last_seq = step.input_seq;
        match step.event {
            Event::Tick(tick) => {
                self.ticks[tick.symbol.index()] += 1;
                self.while_down += u64::from(self.is_down);
            }
            Event::Link(Link::Down) => (self.is_down, self.breaks) = (true, self.breaks + 1),
            Event::Link(Link::Up) => self.is_down = false,
            _ => {}
        }
        Ok(())
    }
}

#[test]
fn what_is_missed_while_the_link_is_down_is_no_input() {
    let mut session = fixture_with_ticks("ema-cross-m1", 20_000);
    let down = FaultKind::LinkDown { for_ms: 90_000, ticks_lost: true };
    session.file.broker.fault_rates = vec![FaultRate { kind: down, per_mille: 50 }];
    let seen = simulate(&session, Seen::default()).1;
    assert!(
        seen.breaks > 3 && seen.while_down == 0,
        "{} breaks, {} ticks",
        seen.breaks,
        seen.while_down
    );
    assert!((10_000..19_500).contains(&seen.ticks[SymbolId(0).index()]), "{}", seen.ticks[0]);
}

#[test]
fn a_symbol_that_is_not_subscribed_is_not_heard_and_its_recording_replays() {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(root().join("fixtures/sessions/ema-cross-m1.toml")).unwrap();
    let text = text.replacen(
        "symbols = [\"EURUSD\"]",
        "symbols = [\"EURUSD\", \"GBPUSD\"]\nsubscribed = [\"EURUSD\"]",
        1,
    );
    let text = text.replacen("[[strategy]]", "[[strategy]]\nsymbol = \"EURUSD\"", 1);
    assert!(text.contains("subscribed") && text.contains("symbol ="), "the fixture is as it was");
    let path = folder.path().join("session.toml");
    fs::write(&path, text).unwrap();
    let seen = simulate(&tickdeck::config::load(&path).unwrap(), Seen::default()).1;
    assert!(seen.ticks[0] > 1_000 && seen.ticks[1] == 0, "{:?}", seen.ticks);
    for args in [
        ["simulate", "session.toml", "--record", "kept"].as_slice(),
        &["replay", "kept"],
        &["replay", "kept", "--broker", "sim"],
    ] {
        let output = tickdeck_in(folder.path(), args);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
