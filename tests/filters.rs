//! Filters on real ticks: each signal is let through, or stopped by the first filter that a separate
//! calculation names.

mod common;

use jiff::Timestamp;
use jiff::civil::{Time, Weekday, time};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tickdeck::domain::tick::Tick;
use tickdeck::executor::action::{Action, Verdict};
use tickdeck::executor::event::Event;
use tickdeck::session::ports::{Journal, PortError, Step};

/// A separate calculation of what becomes of each signal.
trait Expected {
    /// Takes each tick, before anything is asked about it.
    fn tick(&mut self, _: &Tick) {}

    /// The verdict about a signal at a tick.
    fn verdict(&mut self, at: Timestamp, tick: &Tick) -> Verdict;
}

/// How often each verdict was right.
struct Signals<E> {
    expected: E,
    counted: BTreeMap<String, u32>,
}

impl<E: Expected> Journal for Signals<E> {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        let Event::Tick(tick) = step.event else { return Ok(()) };
        self.expected.tick(tick);
        for action in step.actions {
            let Action::Note(note) = action else { continue };
            if note.side.is_none() {
                continue;
            }
            let moment = Timestamp::from_nanosecond(step.at.nanos().into()).unwrap();
            let expected = self.expected.verdict(moment, tick);
            assert_eq!(note.verdict, expected, "{moment}: {note:?}");
            *self.counted.entry(format!("{expected:?}")).or_default() += 1;
        }
        Ok(())
    }
}

/// Runs a strategy that signals often, with filters, over the week: each of its signals meets what
/// is expected, and each of `verdicts` more than once.
fn check(filters: &Value, session: Value, expected: impl Expected, verdicts: &[&str]) {
    let strategies = json!([{
        "id": "filters",
        "timeframe": "M1",
        "options": { "warmupBars": 20 },
        "rules": {
            "entry": { "type": "indicator_cross", "indicators": ["close", "SMA_5"], "direction": "both" },
            "risk": { "lotSize": 0.01, "maxOpenTrades": 10_000 },
            "filters": filters,
        },
    }]);
    let signals = Signals { expected, counted: BTreeMap::new() };
    let Some(signals) = common::over_the_week(&strategies, session, signals) else { return };
    let counted: Vec<&str> = signals.counted.keys().map(String::as_str).collect();
    assert_eq!(counted, verdicts, "{:?}", signals.counted);
    assert!(signals.counted.values().all(|count| *count > 1), "{:?}", signals.counted);
}

/// Days, hours and the spread.
struct Plain;

impl Expected for Plain {
    fn verdict(&mut self, at: Timestamp, tick: &Tick) -> Verdict {
        let london = at.in_tz("Europe/London").unwrap();
        let day = matches!(london.weekday(), Weekday::Monday | Weekday::Wednesday);
        let from: Time = time(8, 30, 0, 0);
        let hour = from <= london.time() && london.time() < time(16, 0, 0, 0);
        let points = (tick.ask - tick.bid).raw() / 10_000;
        match (day, hour, points <= 1) {
            (false, _, _) => Verdict::OutsideDays,
            (_, false, _) => Verdict::OutsideHours,
            (_, _, false) => Verdict::SpreadTooWide,
            _ => Verdict::Entered,
        }
    }
}

#[test]
fn each_signal_meets_the_first_filter_against_it() {
    let filters = json!({
        "timeRange": { "start": "08:30", "end": "16:00", "timezone": "Europe/London" },
        "daysOfWeek": [1, 3],
        "spread": { "maxSpreadPoints": 1 },
    });
    let verdicts = ["Entered", "OutsideDays", "OutsideHours", "SpreadTooWide"];
    check(&filters, json!({}), Plain, &verdicts);
}

/// Sydney is ten hours ahead of UTC in that week, and New York four hours behind it.
struct Sessions;

impl Expected for Sessions {
    fn verdict(&mut self, at: Timestamp, _: &Tick) -> Verdict {
        let hour = at.as_second().rem_euclid(86_400) / 3_600;
        let sydney = !(7..22).contains(&hour);
        let new_york = (12..21).contains(&hour);
        if sydney || new_york { Verdict::Entered } else { Verdict::OutsideSession }
    }
}

#[test]
fn signals_enter_in_the_sessions_that_are_named() {
    let filters = json!({ "session": { "sessions": ["newyork", "sydney"] } });
    check(&filters, json!({}), Sessions, &["Entered", "OutsideSession"]);
}
