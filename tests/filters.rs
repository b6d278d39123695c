//! Filters on real ticks: each signal is let through, or stopped by the first filter that a separate
//! calculation names.

mod common;

use jiff::Timestamp;
use jiff::civil::{Time, Weekday, time};
use serde_json::json;
use std::collections::BTreeMap;
use tickdeck::executor::action::{Action, Verdict};
use tickdeck::executor::event::Event;
use tickdeck::session::ports::{Journal, PortError, Step};

/// How often each verdict was right.
#[derive(Default)]
struct Signals(BTreeMap<String, u32>);

impl Journal for Signals {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        let Event::Tick(tick) = step.event else { return Ok(()) };
        for action in step.actions {
            let Action::Note(note) = action else { continue };
            if note.side.is_none() {
                continue;
            }
            let moment = Timestamp::from_nanosecond(step.at.nanos().into()).unwrap();
            let london = moment.in_tz("Europe/London").unwrap();
            let day = matches!(london.weekday(), Weekday::Monday | Weekday::Wednesday);
            let from: Time = time(8, 30, 0, 0);
            let hour = from <= london.time() && london.time() < time(16, 0, 0, 0);
            let points = (tick.ask - tick.bid).raw() / 10_000;
            let expected = match (day, hour, points <= 1) {
                (false, _, _) => Verdict::OutsideDays,
                (_, false, _) => Verdict::OutsideHours,
                (_, _, false) => Verdict::SpreadTooWide,
                _ => Verdict::Entered,
            };
            assert_eq!(note.verdict, expected, "{london}: {points} points");
            *self.0.entry(format!("{expected:?}")).or_default() += 1;
        }
        Ok(())
    }
}

#[test]
fn each_signal_meets_the_first_filter_against_it() {
    let strategies = json!([{
        "id": "filters",
        "timeframe": "M1",
        "options": { "warmupBars": 20 },
        "rules": {
            "entry": { "type": "indicator_cross", "indicators": ["close", "SMA_5"], "direction": "both" },
            "risk": { "lotSize": 0.01, "maxOpenTrades": 10_000 },
            "filters": {
                "timeRange": { "start": "08:30", "end": "16:00", "timezone": "Europe/London" },
                "daysOfWeek": [1, 3],
                "spread": { "maxSpreadPoints": 1 },
            },
        },
    }]);
    let run = common::over_the_week(&strategies, json!({}), Signals::default());
    let Some(signals) = run else { return };
    let counted: Vec<&str> = signals.0.keys().map(String::as_str).collect();
    assert_eq!(counted, ["Entered", "OutsideDays", "OutsideHours", "SpreadTooWide"]);
    assert!(signals.0.values().all(|count| *count > 1), "{:?}", signals.0);
}
