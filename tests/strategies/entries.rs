//! How a signal enters, on real ticks: by a pending order that is filled or lapses when a plain loop
//! over the ticks says so, and by a reversal that waits until the other side is closed.

use crate::common;
use crate::common::{POINT, Quote};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tickdeck::domain::id::Ticket;
use tickdeck::domain::order::{PendingKind, Side};
use tickdeck::executor::action::{
    Action, PlaceRequest, Report, Request, ResultStatus, TradeOpened, Verdict,
};
use tickdeck::executor::event::Event;
use tickdeck::session::ports::{Journal, PortError, Step};

const PIP: i64 = 10;
const MINUTE_MS: i64 = 60_000;

/// What a run shows: ticks, orders with the place of the tick that placed them, and positions.
#[derive(Default)]
struct Seen {
    ticks: Vec<Quote>,
    placed: Vec<(usize, PlaceRequest)>,
    opened: Vec<TradeOpened>,
    /// Positions that are open, by side.
    open: BTreeMap<Ticket, Side>,
    reversing: usize,
    reversed: usize,
    waits: bool,
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
                Action::Trade(trade) => {
                    if let Request::Place(place) = &trade.request {
                        self.placed.push((self.ticks.len() - 1, place.clone()));
                    }
                }
                Action::Note(note) => {
                    self.reversing += usize::from(note.verdict == Verdict::Reversing);
                    self.reversed += usize::from(self.waits && note.verdict == Verdict::Entered);
                    self.waits = note.verdict == Verdict::Reversing;
                }
                Action::Report(report) => match &**report {
                    Report::Opened(one) => {
                        self.opened.push(one.clone());
                        self.open.insert(one.position, one.side);
                        let sides = self.open.values();
                        assert!(sides.clone().all(|side| *side == one.side), "{:?}", self.open);
                    }
                    Report::Closed(one) => {
                        self.open.remove(&one.position);
                    }
                    _ => {}
                },
                Action::Data(_) | Action::Ask(_) => {}
            }
        }
        Ok(())
    }
}

fn run(entry: &Value, exit: &Value, broker: &Value) -> Option<Seen> {
    let mut rules = json!({
        "entry": { "type": "indicator_cross", "indicators": ["EMA_20", "EMA_50"], "direction": "both" },
        "exit": exit,
        "risk": { "lotSize": 0.1, "maxOpenTrades": 1 },
    });
    if !entry.is_null() {
        rules["entry"]["order"] = entry.clone();
    }
    let strategies = json!([{
        "id": "entries",
        "timeframe": "M1",
        "options": { "warmupBars": 50 },
        "rules": rules,
    }]);
    common::over_the_week(&strategies, json!({ "broker": broker }), Seen::default())
}

/// The tick that fills an order; none when its time is over before.
fn fill(ticks: &[Quote], from: usize, order: &PlaceRequest) -> Option<Quote> {
    let (price, buys) = (order.price.raw() / POINT, order.side == Side::Buy);
    let end = (ticks[from].time_msc.div_euclid(MINUTE_MS) + 3) * MINUTE_MS;
    let later = ticks[from + 1..].iter().take_while(|tick| tick.time_msc < end);
    later.copied().find(|tick| {
        let quote = if buys { tick.ask } else { tick.bid };
        // A buy limit and a sell stop wait for lower prices.
        if buys == (order.kind == PendingKind::Limit) { quote <= price } else { quote >= price }
    })
}

fn check(kind: PendingKind, word: &str) {
    let order = json!({ "type": word, "offset": 1.5, "expiryBars": 3 });
    let exit = json!({ "stopLoss": 8, "takeProfit": 8 });
    let Some(seen) = run(&order, &exit, &json!({})) else { return };
    let (mut filled, mut lapsed) = (0, 0);
    let mut opened = seen.opened.iter();
    for (from, order) in &seen.placed {
        assert_eq!(order.kind, kind);
        let tick = seen.ticks[*from];
        let market = if order.side == Side::Buy { tick.ask } else { tick.bid };
        let better = if kind == PendingKind::Limit { -1 } else { 1 };
        let price = market + better * order.side.sign() * 15;
        assert_eq!(order.price.raw() / POINT, price);
        let stops = [order.sl, order.tp].map(|stop| stop.unwrap().raw() / POINT);
        let away = 8 * PIP * order.side.sign();
        assert_eq!(stops, [price - away, price + away], "measured from the order's price");
        match fill(&seen.ticks, *from, order) {
            None => lapsed += 1,
            Some(tick) => {
                filled += 1;
                let opened = opened.next().unwrap();
                assert_eq!(opened.time_msc.0, tick.time_msc, "{order:?}");
            }
        }
    }
    assert!(opened.next().is_none());
    assert!(filled > 20 && lapsed > 20, "{filled} filled, {lapsed} lapsed");
}

#[test]
fn a_limit_order_is_filled_or_lapses() {
    check(PendingKind::Limit, "limit");
}

#[test]
fn a_stop_order_is_filled_or_lapses() {
    check(PendingKind::Stop, "stop");
}

#[test]
fn a_reversal_waits_until_the_other_side_is_closed() {
    let slow = json!({ "request_latency": { "constant_ms": 300 }, "answer_latency": { "constant_ms": 300 } });
    let Some(seen) = run(&Value::Null, &json!({ "type": "reverse" }), &slow) else { return };
    assert!(seen.reversing > 50, "{} reversals", seen.reversing);
    assert_eq!(seen.reversing, seen.reversed, "each of them has entered");
}
