//! A simulated broker that holds positions, and ticks that reach none of their stops.

use tickdeck::domain::amount::{Points, Price, Volume};
use tickdeck::domain::id::{Cid, IntentKey, Magic, StrategyId, SymbolId};
use tickdeck::domain::order::{FillingMode, Side};
use tickdeck::domain::symbols_builtin::builtin;
use tickdeck::domain::tick::{Tick, TickFlags};
use tickdeck::domain::time::{ServerMsc, Timestamp};
use tickdeck::domain::zone::ServerZone;
use tickdeck::executor::action::{OpenRequest, Owner, Request, RequestReason, Trade};
use tickdeck::executor::event::Event;
use tickdeck::session::description::{AccountModel, BrokerModel};
use tickdeck::session::ports::Broker;
use tickdeck::sim::broker::SimBroker;
use tickdeck::sim::broker::config::SimBrokerConfig;

/// Monday 2025-09-22 00:00, by a server that runs on UTC.
const START_MSC: i64 = 1_758_499_200_000;
const POINT: i64 = 10_000;

fn at(time_msc: i64) -> Timestamp {
    Timestamp::from_nanos(time_msc * 1_000_000)
}

fn price(points: i64) -> Price {
    Price::from_raw(1_170_000_000 + points * POINT)
}

/// A broker with so many open positions of the smallest volume, every one with its own stops.
pub fn holding(positions: u32) -> SimBroker {
    let mut broker = SimBroker::new(SimBrokerConfig {
        symbols: vec![builtin("EURUSD").unwrap()],
        account: AccountModel::default(),
        model: BrokerModel::default(),
        zone: ServerZone::utc(),
        seed: 1,
        start: at(START_MSC),
        subscribed: None,
        witness: false,
    })
    .unwrap();
    let mut news = Vec::new();
    quiet_tick(&mut broker, 0, &mut news);
    for number in 0..positions {
        broker.send(at(START_MSC), &trade(number));
    }
    while broker.next_due().is_some() {
        broker.owed(at(START_MSC), &mut news);
    }
    assert_eq!(broker.summary().open_positions, positions as usize);
    broker
}

fn trade(number: u32) -> Trade {
    let (side, away) =
        (if number.is_multiple_of(2) { Side::Buy } else { Side::Sell }, i64::from(number));
    let sign = side.sign();
    let request = Request::Open(OpenRequest {
        symbol: SymbolId(0),
        side,
        volume: "0.01".parse::<Volume>().unwrap(),
        price: price(0),
        deviation: Points(20),
        sl: Some(price(-sign * (1_000 + away))),
        tp: Some(price(sign * (2_000 + away))),
        filling: FillingMode::Fok,
    });
    Trade {
        cid: Cid(u64::from(number) + 1),
        key: IntentKey([0; 16]),
        owner: Owner::Strategy(StrategyId::from("bench")),
        magic: Magic(1),
        why: RequestReason::Signal,
        request,
        not_after: at(START_MSC + 60_000),
    }
}

/// Shows the broker the tick of a number: some points up or down, all in one minute.
#[inline]
pub fn quiet_tick(broker: &mut SimBroker, number: i64, news: &mut Vec<Event>) {
    let tick = Tick {
        time_msc: ServerMsc(START_MSC + 1),
        bid: price(number % 5),
        ask: price(number % 5 + 6),
        last: Price::ZERO,
        volume: 0,
        symbol: SymbolId(0),
        flags: TickFlags::QUOTE,
    };
    broker.tick(at(START_MSC + 1), &tick, news);
}
