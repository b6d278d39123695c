//! Open positions on real ticks, closed when and where a plain loop over the ticks says: stop losses
//! that follow the price or are drawn to the entry, parts, and the longest time.

use crate::common;
use crate::common::{POINT, Quote};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tickdeck::domain::id::Ticket;
use tickdeck::domain::order::Side;
use tickdeck::executor::action::{
    Action, CloseReason, Report, Request, RequestReason, ResultStatus, TradeClosed, TradeOpened,
};
use tickdeck::executor::event::Event;
use tickdeck::session::ports::{Journal, PortError, Step};

const PIP: i64 = 10;

/// What a run shows: its ticks, and its positions.
#[derive(Default)]
struct Seen {
    ticks: Vec<Quote>,
    opened: BTreeMap<Ticket, TradeOpened>,
    closed: Vec<TradeClosed>,
    /// The volume of each request that closes a part, by position.
    parts: BTreeMap<Ticket, Vec<i64>>,
}

impl Journal for Seen {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        if let Event::Tick(tick) = step.event {
            self.ticks.push(tick.into());
        }
        for action in step.actions {
            match action {
                Action::Result(result) => {
                    assert_eq!(result.status, ResultStatus::Executed, "{result:?}");
                }
                Action::Report(report) => match &**report {
                    Report::Opened(one) => {
                        self.opened.insert(one.position, one.clone());
                    }
                    Report::Closed(one) => self.closed.push(one.clone()),
                    _ => {}
                },
                Action::Trade(trade) if trade.why == RequestReason::PartialClose => {
                    let Request::Close(close) = &trade.request else { panic!("it closes") };
                    self.parts.entry(close.position).or_default().push(close.volume.raw());
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// What the rules say, in points and milliseconds.
#[derive(Clone, Copy)]
struct Plan {
    stop_loss: i64,
    trailing: i64,
    step: i64,
    activation: i64,
    /// Trigger and lock.
    break_even: Option<(i64, i64)>,
    /// Where half of the position is closed.
    half_at: Option<i64>,
    hold_max_ms: i64,
    /// The first closing time after an opening.
    closes: fn(i64) -> i64,
}

/// How a position ends.
#[derive(Debug, PartialEq)]
struct End {
    time_msc: i64,
    price: i64,
    by_stop: bool,
    parts: usize,
}

/// Walks a position from the tick after its entry; none when the ticks end before.
fn walk(plan: Plan, ticks: &[Quote], one: &TradeOpened) -> Option<End> {
    let (sign, open) = (one.side.sign(), one.price.raw() / POINT);
    let mut stop = open - sign * plan.stop_loss;
    let mut parts = 0;
    let first = ticks.partition_point(|tick| tick.time_msc <= one.time_msc.0);
    for tick in &ticks[first..] {
        let price = if one.side == Side::Buy { tick.bid } else { tick.ask };
        let end = |by_stop, parts| End { time_msc: tick.time_msc, price, by_stop, parts };
        if sign * (price - stop) <= 0 {
            return Some(end(true, parts));
        }
        let over = (one.time_msc.0 + plan.hold_max_ms).min((plan.closes)(one.time_msc.0));
        if tick.time_msc >= over {
            return Some(end(false, parts));
        }
        let gained = sign * (price - open);
        parts += usize::from(parts == 0 && plan.half_at.is_some_and(|at| gained >= at));
        let mut wanted = stop;
        if gained >= plan.activation {
            let behind = price - sign * plan.trailing;
            if sign * (behind - stop) >= plan.step {
                wanted = behind;
            }
        }
        if let Some((trigger, lock)) = plan.break_even
            && gained >= trigger
            && sign * (open + sign * lock - wanted) > 0
        {
            wanted = open + sign * lock;
        }
        stop = wanted;
    }
    None
}

fn rules(exit: &Value) -> Value {
    let cross = |word: &str| json!([{ "indicator": "ema_20", "condition": format!("crosses_{word}"), "value": "ema_50" }]);
    json!({
        "entry": { "groups": [
            { "name": "long_entry", "conditions": cross("above") },
            { "name": "short_entry", "conditions": cross("below") },
        ] },
        "exit": exit,
        "riskManagement": { "lotSize": 0.11, "maxPositions": 3 },
    })
}

/// Runs the rules over a week of ticks, and compares each position with what the loop says.
fn check(exit: &Value, plan: Plan) {
    let strategies = json!([{
        "id": "managed",
        "timeframe": "M1",
        "options": { "warmupBars": 50 },
        "rules": rules(exit),
    }]);
    let session = json!({ "limits": { "near_stops": "send" }, "broker": { "stops_check": "off" } });
    let Some(seen) = common::over_the_week(&strategies, session, Seen::default()) else { return };
    assert!(seen.closed.len() > 100, "{} positions", seen.closed.len());
    let mut by_stop = 0;
    for closed in &seen.closed {
        let opened = &seen.opened[&closed.position];
        let parts = seen.parts.get(&closed.position).map_or(0, Vec::len);
        let found = End {
            time_msc: closed.close_time_msc.0,
            price: closed.close_price.raw() / POINT,
            by_stop: closed.reason == CloseReason::Sl,
            parts,
        };
        by_stop += usize::from(found.by_stop);
        assert_eq!(Some(found), walk(plan, &seen.ticks, opened), "{opened:?}");
        assert_eq!(closed.volume, opened.volume, "whole, whatever its parts were");
        // Half of 0.11 lots, rounded down to a volume that can be traded.
        assert!(seen.parts.get(&closed.position).is_none_or(|parts| *parts == [5_000_000]));
    }
    assert!(by_stop > 40, "{by_stop} by their stop loss");
}

#[test]
fn a_stop_loss_follows_the_price_tick_by_tick() {
    let exit = json!({ "stopLoss": 10, "trailing": { "enabled": true, "distance": 5 } });
    let plan = Plan {
        stop_loss: 10 * PIP,
        trailing: 5 * PIP,
        step: 1,
        activation: i64::MIN,
        break_even: None,
        half_at: None,
        hold_max_ms: i64::MAX / 2,
        closes: |_| i64::MAX,
    };
    check(&exit, plan);
}

#[test]
fn everything_at_once_happens_in_its_order() {
    let exit = json!({
        "stopLoss": 10,
        "trailing": { "enabled": true, "distance": 6, "step": 1.5, "activateAfter": 8 },
        "breakeven": { "enabled": true, "triggerPips": 5, "lockPips": 1 },
        "partialClose": { "levels": [{ "percent": 50, "atPips": 4 }] },
        "maxHoldingMinutes": 45,
    });
    let plan = Plan {
        stop_loss: 10 * PIP,
        trailing: 6 * PIP,
        step: 15,
        activation: 8 * PIP,
        break_even: Some((5 * PIP, PIP)),
        half_at: Some(4 * PIP),
        hold_max_ms: 45 * 60_000,
        closes: |_| i64::MAX,
    };
    check(&exit, plan);
}

/// The first quarter past eight or end of the session in London, or eleven in the evening by the server's clock,
/// after an opening, by the server's clock: in this week three hours ahead of UTC, two of London.
fn closing_time(opened_msc: i64) -> i64 {
    const HOUR_MS: i64 = 3_600_000;
    let day = opened_msc.div_euclid(24 * HOUR_MS) * 24 * HOUR_MS;
    let of_day = [10 * HOUR_MS + HOUR_MS / 4, 19 * HOUR_MS, 23 * HOUR_MS];
    let times = [day, day + 24 * HOUR_MS].into_iter().flat_map(|day| of_day.map(|time| day + time));
    times.into_iter().find(|time| *time > opened_msc).unwrap()
}

#[test]
fn closing_times_close_what_is_open() {
    let exit = json!({
        "stopLoss": 10,
        "trailing": { "enabled": true, "distance": 8 },
        "closeAt": [
            { "time": "08:15", "timezone": "Europe/London" },
            { "session": "london" },
            { "time": "23:00", "daysOfWeek": [1, 2, 3, 4, 5] },
        ],
    });
    let plan = Plan {
        stop_loss: 10 * PIP,
        trailing: 8 * PIP,
        step: 1,
        activation: i64::MIN,
        break_even: None,
        half_at: None,
        hold_max_ms: i64::MAX / 2,
        closes: closing_time,
    };
    check(&exit, plan);
}

/// Two hours before the end of Friday everything is closed, and nothing is entered any more.
#[test]
fn a_strategy_stays_out_of_the_weekend() {
    const SHUT_MSC: i64 = 1_758_924_000_000; // 2025-09-26 22:00
    let run = |exit: &Value| {
        let strategies = json!([{
            "id": "managed",
            "timeframe": "M1",
            "options": { "warmupBars": 50 },
            "rules": rules(exit),
        }]);
        common::over_the_week(&strategies, json!({}), Seen::default())
    };
    let Some(seen) = run(&json!({ "stopLoss": 10, "closeBeforeWeekend": 120 })) else { return };
    let last = seen.closed.iter().max_by_key(|one| one.close_time_msc).unwrap();
    assert_eq!(seen.closed.len(), seen.opened.len(), "nothing stays open");
    assert!((0..60_000).contains(&(last.close_time_msc.0 - SHUT_MSC)), "{last:?}");
    assert!(seen.opened.values().all(|one| one.time_msc.0 < SHUT_MSC));
    let open_end = run(&json!({ "stopLoss": 10 })).unwrap();
    assert!(open_end.opened.values().any(|one| one.time_msc.0 > SHUT_MSC), "others enter on");
}
