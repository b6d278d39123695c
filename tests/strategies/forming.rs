//! Strategies that are evaluated on the forming bar, on real ticks: every signal comes at the tick
//! that a plain loop over the ticks names.

use crate::common;
use serde_json::json;
use std::collections::BTreeMap;
use tickdeck::domain::order::Side;
use tickdeck::executor::action::{Action, Note, ResultStatus, Verdict};
use tickdeck::executor::event::Event;
use tickdeck::session::ports::{Journal, PortError, Step};

const MINUTE_MS: i64 = 60_000;
const PERIOD: usize = 20;

/// Ticks in points of Bid, and at which tick each bar and side first signalled.
#[derive(Default)]
struct Seen {
    ticks: Vec<(i64, i64)>,
    signals: BTreeMap<(i64, Side), i64>,
    notes: usize,
}

impl Journal for Seen {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        if let Event::Tick(tick) = step.event {
            self.ticks.push((tick.time_msc.0, tick.bid.raw() / 10_000));
        }
        for action in step.actions {
            match action {
                Action::Result(result) => {
                    assert_eq!(result.status, ResultStatus::Executed, "{result:?}");
                }
                Action::Note(Note { bar_msc, verdict, side: Some(side), .. }) => {
                    self.notes += 1;
                    if *verdict == Verdict::Entered {
                        let (now_msc, _) = self.ticks.last().unwrap();
                        let before = self.signals.insert((bar_msc.0, *side), *now_msc);
                        assert_eq!(before, None, "a bar and side signal once");
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Where the close of each bar stands to the mean of the last closes, in points times the period.
fn difference(closes: &[i64], forming: i64) -> Option<i64> {
    let first = closes.len().checked_sub(PERIOD - 1)?;
    let sum: i64 = closes[first..].iter().sum::<i64>() + forming;
    Some(forming * i64::try_from(PERIOD).unwrap() - sum)
}

/// The crossings of close and mean, on closed bars and on forming ones that are looked at.
fn expected(ticks: &[(i64, i64)], every_ms: i64) -> BTreeMap<(i64, Side), i64> {
    let mut signals = BTreeMap::new();
    let (mut closes, mut last): (Vec<i64>, Option<Side>) = (Vec::new(), None);
    let (mut bar_msc, mut bid_before) = (i64::MIN, 0);
    let mut polled = i64::MIN;
    let side = |difference: i64| match difference {
        0 => None,
        above if above > 0 => Some(Side::Buy),
        _ => Some(Side::Sell),
    };
    for &(time_msc, bid) in ticks {
        let open_msc = time_msc.div_euclid(MINUTE_MS) * MINUTE_MS;
        let is_due = every_ms == 0 || time_msc.div_euclid(every_ms) > polled;
        if is_due {
            polled = time_msc.div_euclid(every_ms.max(1));
        }
        if open_msc > bar_msc {
            if bar_msc != i64::MIN {
                let is_warm = closes.len() + 1 > PERIOD;
                let now = difference(&closes, bid_before).and_then(side);
                if let Some(to) = now.filter(|to| is_warm && last == Some(to.opposite())) {
                    signals.entry((bar_msc, to)).or_insert(time_msc);
                }
                last = now.or(last);
                closes.push(bid_before);
            }
            bar_msc = open_msc;
        } else if is_due && closes.len() > PERIOD {
            let now = difference(&closes, bid).and_then(side);
            if let Some(to) = now.filter(|to| last == Some(to.opposite())) {
                signals.entry((bar_msc, to)).or_insert(time_msc);
            }
        }
        bid_before = bid;
    }
    signals
}

fn check(evaluate: &str, every_ms: i64) {
    let strategies = json!([{
        "id": "forming",
        "timeframe": "M1",
        "options": { "warmupBars": PERIOD, "evaluate": evaluate },
        "rules": {
            "entry": { "type": "indicator_cross", "indicators": ["close", "SMA_20"], "direction": "both" },
            "exit": { "type": "opposite_signal" },
            "risk": { "lotSize": 0.01, "maxOpenTrades": 10_000 },
        },
    }]);
    let Some(seen) = common::over_the_week(&strategies, json!({}), Seen::default()) else { return };
    let expected = expected(&seen.ticks, every_ms);
    assert!(expected.len() > 500, "{} signals", expected.len());
    for (key, time_msc) in &expected {
        assert_eq!(seen.signals.get(key), Some(time_msc), "{key:?}");
    }
    assert_eq!(seen.signals.len(), expected.len());
    assert!(
        seen.notes < 3 * expected.len(),
        "{} notes: what was told is not told again",
        seen.notes
    );
}

#[test]
fn a_strategy_looks_at_every_tick() {
    check("tick", 0);
}

#[test]
fn a_strategy_looks_once_a_second() {
    check("interval", 1_000);
}

#[test]
fn a_strategy_looks_at_closed_bars_only_unless_it_asks_for_more() {
    check("bar", i64::MAX);
}
