//! What makes no sense is told and not used; nothing of it ends the session.

use crate::stage::{Stage, at, command, command_event, msc, stop, tick};
use serde_json::json;
use tickdeck::domain::amount::{Money, Price, Volume};
use tickdeck::domain::deal::Deal;
use tickdeck::domain::id::{SymbolId, Ticket};
use tickdeck::domain::order::{Order, Side};
use tickdeck::domain::position::Position;
use tickdeck::domain::symbol::SymbolSpec;
use tickdeck::domain::symbols_builtin::builtin;
use tickdeck::domain::tick::Tick;
use tickdeck::domain::time::{ServerMsc, Timestamp};
use tickdeck::executor::Executor;
use tickdeck::executor::action::{Action, Report, Request};
use tickdeck::executor::command::{CloseFilter, Command, OpenPosition};
use tickdeck::executor::event::{Bars, BrokerEvent, Event, SymbolNews};
use tickdeck::market::bar::{Bar, TickCursor};
use tickdeck::market::timeframe::Timeframe;
use tickdeck::session::fault::FaultKind;

const MOST: i64 = i64::MAX;

/// A session with an open position, and what the broker keeps of it.
struct Held {
    executor: Executor,
    deal: Deal,
    order: Order,
    position: Position,
}

fn held() -> Held {
    let played = Stage::new(&["6:00"], "7:00").run();
    let history = played.broker.history().unwrap();
    let deal = history.deals().last().unwrap().clone();
    let order = history.orders()[&deal.order].clone();
    let position = played.broker.positions().next().unwrap().clone();
    Held { executor: played.executor, deal, order, position }
}

fn bar(time_msc: i64) -> Bar {
    let price = Price::from_raw(110_000 * 10_000);
    Bar {
        time_msc: ServerMsc(time_msc),
        open: price,
        high: price,
        low: price,
        close: price,
        tick_volume: 1,
        spread: tickdeck::domain::amount::Points(2),
        real_volume: 0,
    }
}

fn bars(closed: Vec<Bar>, forming: Option<Bar>) -> Event {
    let as_of = TickCursor { time_msc: ServerMsc(msc("7:00")), count: 1 };
    let id = tickdeck::domain::id::DataId(0);
    Event::Bars(Box::new(Bars {
        id,
        symbol: SymbolId(0),
        timeframe: Timeframe::M1,
        closed,
        forming,
        as_of,
    }))
}

/// What is told of an event, path by path, and that positions stand as before.
#[track_caller]
fn check(name: &str, event: &Event, expect: &[&str]) {
    check_after(name, &[], event, expect);
}

/// The same, after other events.
#[track_caller]
fn check_after(name: &str, earlier: &[Event], event: &Event, expect: &[&str]) {
    let mut executor = held().executor;
    earlier.iter().for_each(|event| executor.handle(at("7:00"), event, &mut Vec::new()));
    let before = executor.view();
    let mut out = Vec::new();
    executor.handle(at("7:00"), event, &mut out);
    let alerts: Vec<String> = out
        .iter()
        .filter_map(|action| match action {
            Action::Report(report) => match &**report {
                Report::Alert(alert) => alert.path.clone(),
                other => Some(format!("{other:?}")),
            },
            Action::Trade(trade) => Some(format!("{trade:?}")),
            _ => None,
        })
        .collect();
    assert_eq!(alerts, expect, "{name}");
    assert_eq!(executor.view().positions, before.positions, "{name}");
    goes_on(executor, name);
}

/// Whatever was told, the session can be asked, ticks are taken, and its state can be written.
fn goes_on(mut executor: Executor, name: &str) {
    let mut out = Vec::new();
    executor.handle(at("7:01"), &Event::Tick(tick(0, msc("7:01"), 110_100)), &mut out);
    executor.handle(at("7:02"), &command_event("positions", Command::GetPositions), &mut out);
    executor.handle(at("8:00"), &Event::Tick(tick(0, msc("8:00"), 110_100)), &mut out);
    assert!(out.iter().any(|action| matches!(action, Action::Result(_))), "{name}");
    assert!(executor.snapshot().to_json().is_ok(), "{name}");
}

fn deal(change: impl FnOnce(&mut Deal)) -> Event {
    let mut deal = Deal { ticket: Ticket(77), ..held().deal };
    change(&mut deal);
    Event::Broker(BrokerEvent::Deal(Box::new(deal)))
}

fn order(change: impl FnOnce(&mut Order)) -> Event {
    let mut order = held().order;
    change(&mut order);
    Event::Broker(BrokerEvent::Order(Box::new(order)))
}

fn position(change: impl FnOnce(&mut Position)) -> Event {
    let mut position = held().position;
    change(&mut position);
    Event::Broker(BrokerEvent::Position(Box::new(position)))
}

fn spec(change: impl FnOnce(&mut SymbolSpec)) -> Event {
    let mut spec = builtin("EURUSD").unwrap();
    change(&mut spec);
    Event::Broker(BrokerEvent::Symbol(Box::new(SymbolNews { symbol: SymbolId(0), spec })))
}

#[test]
fn symbols_that_nobody_knows_are_told() {
    check("a deal", &deal(|deal| deal.symbol = SymbolId(7)), &["deal.symbol"]);
    check("an order", &order(|order| order.symbol = SymbolId(7)), &["order.symbol"]);
    check("a position", &position(|position| position.symbol = SymbolId(7)), &["position.symbol"]);
    check("a tick", &Event::Tick(tick(7, msc("7:00"), 110_000)), &[]);
}

/// A symbol with a higher number is known: that says nothing of those in between.
#[test]
fn a_symbol_below_a_known_one_may_be_unknown() {
    let known = Event::Broker(BrokerEvent::Symbol(Box::new(SymbolNews {
        symbol: SymbolId(9),
        spec: builtin("USDJPY").unwrap(),
    })));
    let known = std::slice::from_ref(&known);
    check_after("a deal", known, &deal(|deal| deal.symbol = SymbolId(7)), &["deal.symbol"]);
    check_after("an order", known, &order(|order| order.symbol = SymbolId(7)), &["order.symbol"]);
    check_after(
        "a position",
        known,
        &position(|position| position.symbol = SymbolId(7)),
        &["position.symbol"],
    );
}

#[test]
fn figures_that_make_no_sense_are_told() {
    check("a deal of nothing", &deal(|deal| deal.volume = Volume::ZERO), &["deal.volume"]);
    for raw in [i64::MIN, -1, 1 << 60, MOST] {
        let price = Price::from_raw(raw);
        check("a deal at no price", &deal(|deal| deal.price = price), &["deal.price"]);
        check(
            "a position at no stop",
            &position(|position| position.sl = Some(price)),
            &["position.price_open"],
        );
        check("an order at no price", &order(|order| order.price = Some(price)), &["order.price"]);
    }
    check(
        "a deal at the end of time",
        &deal(|deal| deal.time_msc = ServerMsc(MOST)),
        &["deal.price"],
    );
    check(
        "a position of the end of time",
        &position(|one| one.time_update_msc = Some(ServerMsc(MOST))),
        &["position.price_open"],
    );
    check("a negative deal", &deal(|deal| deal.volume = Volume::from_raw(-1)), &["deal.volume"]);
    check(
        "a deal of everything",
        &deal(|deal| deal.volume = Volume::from_raw(MOST)),
        &["deal.volume"],
    );
    check(
        "a position of nothing",
        &position(|position| position.volume = Volume::ZERO),
        &["position.volume"],
    );
    check(
        "a position for nothing",
        &position(|position| position.price_open = Price::ZERO),
        &["position.volume"],
    );
    check(
        "an order with more left than asked",
        &order(|order| order.volume_current = Volume::from_raw(MOST)),
        &["order.volume_current"],
    );
    check(
        "an order with less than nothing left",
        &order(|order| order.volume_current = Volume::from_raw(-1)),
        &["order.volume_current"],
    );
}

/// Sums over several deals overflow only together.
#[test]
fn money_that_overflows_in_a_sum_is_told() {
    let mut executor = held().executor;
    let mut out = Vec::new();
    for ticket in 77..80 {
        let one = deal(|deal| {
            (deal.ticket, deal.profit) = (Ticket(ticket), Money::from_raw(MOST / 2 + 1));
        });
        executor.handle(at("7:00"), &one, &mut out);
    }
    let flaws = out.iter().filter(|action| format!("{action:?}").contains("BrokerFlaw")).count();
    assert_eq!(flaws, 2, "{out:#?}");
    goes_on(executor, "money");
}

#[test]
fn specifications_that_make_no_sense_are_told() {
    check("no tick size", &spec(|spec| spec.tick_size = Price::ZERO), &["symbol.EURUSD"]);
    check("no volume step", &spec(|spec| spec.volume_step = Volume::ZERO), &["symbol.EURUSD"]);
    check("a negative contract", &spec(|spec| spec.contract_size = 0), &["symbol.EURUSD"]);
}

#[test]
fn bars_that_make_no_sense_are_told() {
    check("a bar at the end of time", &bars(vec![bar(MOST)], None), &["bars.time_msc"]);
    check("a bar before all time", &bars(vec![bar(i64::MIN)], None), &["bars.time_msc"]);
    check(
        "a forming bar at the end of time",
        &bars(vec![bar(msc("6:00"))], Some(bar(MOST))),
        &["bars.time_msc"],
    );
    check(
        "bars in the wrong order",
        &bars(vec![bar(msc("6:00")), bar(msc("5:00"))], None),
        &["bars.order"],
    );
    let crossed = Bar { high: Price::ZERO, ..bar(msc("6:00")) };
    check("a bar with its high below its low", &bars(vec![crossed], None), &["bars.prices"]);
    let empty = Bar { close: Price::ZERO, low: Price::ZERO, ..bar(msc("6:00")) };
    check("a bar of an empty book", &bars(vec![empty], None), &["bars.prices"]);
    let endless = Bar { high: Price::from_raw(MOST), ..bar(msc("6:00")) };
    check("a bar without an end", &bars(vec![endless], None), &["bars.prices"]);
    let counted = Bar { tick_volume: u64::MAX, ..bar(msc("6:00")) };
    check("a bar of endless ticks", &bars(vec![], Some(counted)), &["bars.volume"]);
    let Event::Bars(sound) = bars(vec![bar(msc("6:00"))], None) else {
        unreachable!("they are bars")
    };
    let as_of = TickCursor { time_msc: ServerMsc(MOST), count: 1 };
    check(
        "bars up to the end of time",
        &Event::Bars(Box::new(Bars { as_of, ..*sound })),
        &["bars.as_of"],
    );
}

/// Quotes and times at the ends of what can be written, one or several of them at once.
#[test]
fn ticks_that_cannot_be_are_told_once() {
    let ends = [MOST, i64::MIN, (1 << 60) + 1, -1];
    for moment in [MOST, i64::MIN, msc("7:00")] {
        for bid in ends {
            for ask in ends.into_iter().chain([110_000 * 10_000]) {
                let (bid, ask) = (Price::from_raw(bid), Price::from_raw(ask));
                let flawed = Event::Tick(Tick { bid, ask, ..tick(0, moment, 110_000) });
                check(&format!("{moment} {bid} {ask}"), &flawed, &["tick.EURUSD"]);
            }
        }
    }
    let mut executor = held().executor;
    let mut told = Vec::new();
    for second in 0..150 {
        let at = Timestamp::from_nanos(at("7:00").nanos() + second * 1_000_000_000);
        executor.handle(at, &Event::Tick(tick(0, MOST, 110_000)), &mut told);
    }
    assert_eq!(told.len(), 1, "{told:#?}");
}

/// Nothing is entered where the last quote is not to be trusted; what has to be left is left at the
/// last sound one.
#[test]
fn nothing_is_entered_after_a_tick_that_cannot_be() {
    let flawed = Event::Tick(tick(0, msc("7:00"), -1));
    let volume = Volume::from_raw(10_000_000);
    let open = OpenPosition {
        symbol: "EURUSD".into(),
        side: Side::Sell,
        volume,
        sl: None,
        tp: None,
        deviation: None,
    };
    let open = Command::Open(Box::new(open));
    for (moment, entered) in [("7:00", false), ("7:59", false), ("8:00", true)] {
        let mut executor = held().executor;
        let mut out = Vec::new();
        executor.handle(at("7:00"), &flawed, &mut out);
        executor.handle(at(moment), &command_event("open", open.clone()), &mut out);
        let left = out
            .iter()
            .any(|action| matches!(action, Action::Trade(trade) if trade.request.enters()));
        assert_eq!(left, entered, "{moment} {out:#?}");
        executor.handle(
            at(moment),
            &command_event("close", Command::CloseMany(CloseFilter::All)),
            &mut out,
        );
        let closed = out.iter().any(|action| matches!(action, Action::Trade(trade) if matches!(trade.request, Request::Close(_))));
        assert!(closed, "{moment} {out:#?}");
    }
}

/// While the specification says nonsense nothing is entered; what has to be left is left.
#[test]
fn nothing_is_entered_on_a_broken_specification_and_all_can_be_left() {
    let broken = || FaultKind::SpecBroken { for_ms: 120_000 };
    let entering = Stage::new(&["6:00"], "9:00").fault_at("5:00", broken());
    entering.run().check(
        "
        00:00 result start: executed OK
        05:00 warning broker_flaw symbol.EURUSD
        06:00 note buy not_tradable
        ",
        "nothing",
    );
    let place = command(
        "PLACE_ORDER",
        json!({ "symbol": "EURUSD", "type": "buy_limit", "volume": 0.1, "price": 1.09 }),
    );
    Stage::new(&[], "9:00")
        .fault_at("5:00", broken())
        .command("6:00", "early", &place)
        .command("8:00", "late", &place)
        .run()
        .check(
            "
        00:00 result start: executed OK
        05:00 warning broker_flaw symbol.EURUSD
        06:00 result early: failed NOT_TRADABLE
        08:00 send 1: place buy 0.10 1.09000, command
        08:00 result late: executed OK order #2
        08:00 answer 1: 10009 DONE #2
        ",
            "order #2 0.10 1.09000",
        );
    let leaving = Stage::new(&["6:00"], "9:00").fault_at("6:30", broken()).command(
        "7:00",
        "stop",
        &stop("s"),
    );
    leaving.run().check(
        "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 opened #2 buy 0.10
        06:00 answer 1: 10009 DONE #2
        06:30 warning broker_flaw symbol.EURUSD
        07:00 send 2: close #2 0.10, stop_command
        07:00 closed #2 0.10 stop_command
        07:00 result stop: executed OK closed #2
        07:00 answer 2: 10009 DONE #3
        ",
        "nothing",
    );
}

/// The freeze level keeps the position from being closed for a while.
#[test]
fn a_frozen_position_is_closed_when_it_thaws() {
    let frozen = FaultKind::FreezeLevel { points: 1_000, for_ms: 60_000 };
    let close = command("CLOSE_POSITION", json!({ "ticket": 2 }));
    Stage::new(&["6:00"], "10:00")
        .fault_at("6:55", frozen)
        .command("7:00", "close", &close)
        .run()
        .check(
            "
        00:00 result start: executed OK
        06:00 send 1: buy 0.10, signal
        06:00 note buy entered
        06:00 opened #2 buy 0.10
        06:00 answer 1: 10009 DONE #2
        07:00 send 2: close #2 0.10, command
        07:00 answer 2: 10029 FROZEN
        07:00 warning request_refused #2 10029 FROZEN
        07:01 send 3: close #2 0.10, command
        07:01 answer 3: 10029 FROZEN
        07:03 send 4: close #2 0.10, command
        07:03 answer 4: 10029 FROZEN
        07:07 send 5: close #2 0.10, command
        07:07 answer 5: 10029 FROZEN
        07:15 send 6: close #2 0.10, command
        07:15 answer 6: 10029 FROZEN
        07:31 send 7: close #2 0.10, command
        07:31 answer 7: 10029 FROZEN
        08:00 warning exit_overdue #2
        08:00 result close: failed NOT_DONE remaining #2
        08:03 send 8: close #2 0.10, command
        08:03 closed #2 0.10 command
        08:03 answer 8: 10009 DONE #3
        ",
            "nothing",
        );
}
