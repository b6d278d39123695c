//! The broker as a whole, driven by hand: ticks and requests in, words out.

mod client;
mod close_by;
mod faults;
mod money;
mod pending;
mod property;
mod questions;
mod rest;
mod stop_out;
mod swaps;
mod world;

use super::*;
use crate::domain::amount::{Points, Price, Volume};
use crate::domain::deal::Deal;
use crate::domain::id::{Cid, DataId, IntentKey, Magic, SymbolId, Ticket};
use crate::domain::order::{Expiration, FillingMode, PendingKind, Side};
use crate::domain::symbol::SymbolSpec;
use crate::domain::symbols_builtin::builtin;
use crate::domain::time::ServerMsc;
use crate::executor::action::{
    CloseByRequest, CloseRequest, ModifyRequest, OpenRequest, PlaceRequest, RemoveRequest, Request,
    RequestReason,
};
use crate::executor::event::BrokerSnapshot;
use crate::market::timeframe::Timeframe;
use crate::session::description::{AccountModel, BrokerModel, Latency, Slippage, StopFills};
use crate::session::fault::{Fault, FaultKind, FaultRate};
use crate::sim::broker::testing::{level, money, price, tick_of, volume};

/// A broker with one symbol, EURUSD, and the moment.
struct World {
    broker: SimBroker,
    now_ms: i64,
    cid: u64,
    heard: Vec<Event>,
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_nanos(ms * 1_000_000)
}

fn config(model: BrokerModel, seed: u64) -> SimBrokerConfig {
    let symbols = vec![builtin("EURUSD").unwrap()];
    SimBrokerConfig {
        symbols,
        account: AccountModel::default(),
        model,
        zone: ServerZone::utc(),
        seed,
        start: at(0),
        subscribed: None,
        witness: true,
    }
}

impl World {
    fn new(model: BrokerModel) -> Self {
        Self::of(config(model, 1))
    }

    /// A broker whose symbol differs from EURUSD.
    fn with_spec(model: BrokerModel, change: impl Fn(&mut SymbolSpec)) -> Self {
        let mut config = config(model, 1);
        change(&mut config.symbols[0]);
        Self::of(config)
    }

    fn of(config: SimBrokerConfig) -> Self {
        let mut world =
            Self { broker: SimBroker::new(config).unwrap(), now_ms: 0, cid: 0, heard: vec![] };
        world.pass(0);
        world.heard.clear();
        world.tick("1.1", "1.1002");
        world
    }

    fn faulty(kind: FaultKind) -> Self {
        Self::new(BrokerModel {
            faults: vec![Fault { request: Some(1), at: None, kind }],
            ..BrokerModel::default()
        })
    }

    /// A broker whose faults happen at their milliseconds.
    fn at_times(faults: Vec<(i64, FaultKind)>) -> Self {
        let fault = |(ms, kind)| Fault { request: None, at: Some(at(ms)), kind };
        Self::new(BrokerModel {
            faults: faults.into_iter().map(fault).collect(),
            ..BrokerModel::default()
        })
    }

    /// Lets so much time pass.
    fn pass(&mut self, ms: i64) {
        let until = self.now_ms + ms;
        while let Some(due) = self.broker.next_due().filter(|&due| due <= at(until)) {
            self.broker.owed(due, &mut self.heard);
        }
        self.now_ms = until;
    }

    fn tick(&mut self, bid: &str, ask: &str) -> Heard {
        self.broker.tick(at(self.now_ms), &tick_of(0, self.now_ms, bid, ask), &mut self.heard)
    }

    fn ask_snapshot(&mut self) {
        self.broker.ask(
            at(self.now_ms),
            &DataRequest::Snapshot {
                id: DataId(1),
                deadline: at(0),
                history_since_msc: ServerMsc(0),
            },
        );
    }

    fn ask_bars(&mut self) {
        let (id, deadline, symbol, timeframe, count) =
            (DataId(1), at(0), SymbolId(0), Timeframe::M1, 9);
        self.broker
            .ask(at(self.now_ms), &DataRequest::Bars { id, deadline, symbol, timeframe, count });
    }

    fn send(&mut self, request: Request) {
        self.cid += 1;
        let trade = Trade {
            cid: Cid(self.cid),
            key: IntentKey([7; 16]),
            owner: crate::executor::action::Owner::Strategy("s".into()),
            magic: Magic(9),
            why: RequestReason::Signal,
            request,
            not_after: at(self.now_ms + 30_000),
        };
        self.broker.send(at(self.now_ms), &trade);
    }

    fn open(&mut self, side: Side, lots: &str, sl: &str, tp: &str) {
        self.open_or(FillingMode::Ioc, side, lots, sl, tp);
    }

    fn open_or(&mut self, filling: FillingMode, side: Side, lots: &str, sl: &str, tp: &str) {
        let (volume, price, deviation) = (volume(lots), price("1.1"), Points(5));
        self.send(Request::Open(OpenRequest {
            symbol: SymbolId(0),
            side,
            volume,
            price,
            deviation,
            sl: level(sl),
            tp: level(tp),
            filling,
        }));
    }

    fn close(&mut self, position: u64, side: Side, lots: &str) {
        let (position, volume, price, deviation) =
            (Ticket(position), volume(lots), price("1.1"), Points(5));
        let filling = FillingMode::Ioc;
        self.send(Request::Close(CloseRequest {
            symbol: SymbolId(0),
            position,
            side,
            volume,
            price,
            deviation,
            filling,
        }));
    }

    fn modify(&mut self, position: u64, sl: &str, tp: &str) {
        self.send(Request::Modify(ModifyRequest {
            symbol: SymbolId(0),
            position: Ticket(position),
            sl: level(sl),
            tp: level(tp),
        }));
    }

    /// Places a pending order of 0.1 lots; its prices are parted by blanks: at, stop loss, take
    /// profit, second price.
    fn place(&mut self, kind: PendingKind, side: Side, prices: &str, expiration: Expiration) {
        self.place_lots("0.1", kind, side, prices, expiration);
    }

    fn place_lots(
        &mut self,
        lots: &str,
        kind: PendingKind,
        side: Side,
        prices: &str,
        expiration: Expiration,
    ) {
        let levels: Vec<&str> = prices.split(' ').collect();
        let nth = |n: usize| levels.get(n).and_then(|text| level(text));
        let (symbol, volume, price) = (SymbolId(0), volume(lots), nth(0).unwrap_or(Price::ZERO));
        let (sl, tp, stop_limit) = (nth(1), nth(2), nth(3));
        self.send(Request::Place(PlaceRequest {
            symbol,
            kind,
            side,
            volume,
            price,
            stop_limit,
            sl,
            tp,
            expiration,
        }));
    }

    fn remove(&mut self, order: u64) {
        self.send(Request::Remove(RemoveRequest { symbol: SymbolId(0), order: Ticket(order) }));
    }

    fn snapshot(&mut self) -> Option<BrokerSnapshot> {
        self.ask_snapshot();
        self.pass(0);
        self.heard.drain(..).find_map(|event| match event {
            Event::Broker(BrokerEvent::Snapshot(snapshot)) => Some(*snapshot),
            _ => None,
        })
    }

    /// What was heard since the last time, in words.
    #[track_caller]
    fn hears(&mut self, expect: &str) {
        let words: Vec<String> = self.heard.drain(..).map(|event| word(&event)).collect();
        assert_eq!(words.join(" "), expect);
    }

    fn book(&self) -> &AccountBook {
        &self.broker.server.book
    }
}

fn word(event: &Event) -> String {
    match event {
        Event::Link(link) => format!("{link:?}"),
        Event::Broker(BrokerEvent::Answer(answer)) => match &answer.outcome {
            Outcome::Server(server) => format!("{}:{}", answer.cid.0, server.retcode.0),
            outcome => format!("{}:{outcome:?}", answer.cid.0),
        },
        Event::Broker(BrokerEvent::Order(order)) => format!("O{}{:?}", order.ticket, order.state),
        Event::Broker(BrokerEvent::Deal(deal)) => format!("D{}@{}", deal.ticket, deal.price),
        Event::Broker(BrokerEvent::Position(position)) => {
            format!("P{}={}", position.ticket, position.volume)
        }
        Event::Broker(BrokerEvent::Removed(ticket)) => format!("R{ticket}"),
        Event::Broker(BrokerEvent::Account(account)) => {
            format!("A{}/{}", account.balance, account.margin)
        }
        Event::Broker(BrokerEvent::Symbol(news)) => news.spec.name.clone(),
        Event::Broker(BrokerEvent::NoSymbol(news)) => format!("no {}", news.name),
        Event::Broker(BrokerEvent::Snapshot(snapshot)) => {
            format!("S{}+{}", snapshot.positions.len(), snapshot.orders.len())
        }
        Event::Bars(_) => "B".into(),
        _ => "?".into(),
    }
}

#[test]
fn it_greets_with_link_symbols_and_account() {
    let mut broker = SimBroker::new(config(BrokerModel::default(), 1)).unwrap();
    assert_eq!(broker.next_due(), Some(at(0)));
    let mut heard = vec![];
    broker.owed(at(0), &mut heard);
    assert_eq!(
        heard.iter().map(word).collect::<Vec<_>>().join(" "),
        "Up Verified EURUSD A10000/0 Synced"
    );
    assert_eq!(broker.next_due(), None);
}

#[test]
fn a_round_trip_is_told_in_order_and_costs_what_it_costs() {
    let mut world =
        World::new(BrokerModel { commission_per_lot: money("3.5"), ..BrokerModel::default() });
    world.open(Side::Buy, "0.1", "1.09", "1.12");
    world.pass(0);
    world.hears("O2Filled D2@1.1002 P2=0.1 A9999.65/22 1:10009");
    world.tick("1.1012", "1.1014");
    world.close(2, Side::Sell, "0.04");
    world.pass(0);
    world.hears("O3Filled D3@1.1012 P2=0.06 A10003.51/13.2 2:10009");
    world.close(2, Side::Sell, "0.06");
    world.pass(0);
    world.hears("O4Filled D4@1.1012 R2 A10009.3/0 3:10009");
    let summary = world.broker.summary();
    assert_eq!(
        (summary.net_profit, summary.deals, summary.requests, summary.open_positions),
        (money("9.3"), 3, 3, 0)
    );
    let deals = world.snapshot().unwrap().history_deals;
    assert_eq!(deals.iter().map(|deal| deal.balance_change()).sum::<Money>(), money("10009.3"));
    assert_eq!(
        (deals[1].commission, deals[2].profit, deals[1].comment.len()),
        (money("-0.35"), money("4"), 22)
    );
}

#[test]
fn stops_close_at_the_tick_that_reaches_them_and_not_before_the_next_one() {
    let mut world = World::new(BrokerModel::default());
    // A long from Ask 1.1002 whose take profit the Bid has not reached, a short with a stop above.
    world.open(Side::Buy, "0.1", "1.0998", "1.1001");
    world.open(Side::Sell, "0.1", "1.1003", "0");
    world.pass(0);
    world.heard.clear();
    world.now_ms += 5;
    world.tick("1.1", "1.1002");
    world.hears("");
    world.tick("1.0997", "1.1009");
    world.hears("O4Filled D4@1.0997 R2 A9995/22 O5Filled D5@1.1009 R3 A9986/0");
    let deals = world.snapshot().unwrap().history_deals;
    let last = deals.last().unwrap();
    assert_eq!(
        (last.comment.as_str(), last.reason, last.magic),
        ("[sl 1.10030]", crate::domain::order::Reason::Sl, Magic(9))
    );
}

/// As MT5's tester has it where there are four ticks a bar: a gap beyond the level changes nothing.
#[test]
fn stops_can_be_filled_at_their_level() {
    let mut world =
        World::new(BrokerModel { stop_fills: Some(StopFills::Level), ..BrokerModel::default() });
    world.open(Side::Buy, "0.1", "1.0998", "1.13");
    world.open(Side::Sell, "0.1", "1.1003", "0");
    world.open(Side::Sell, "0.1", "1.2", "1.09");
    world.pass(0);
    world.heard.clear();
    world.now_ms += 5;
    world.tick("1.0997", "1.1009");
    world.hears("O5Filled D5@1.0998 R2 A9996/44 O6Filled D6@1.1003 R3 A9993/22");
    world.tick("1.05", "1.0502");
    world.hears("O7Filled D7@1.09 R4 A10093/0");
}

#[test]
fn changed_stops_are_the_ones_that_count() {
    let mut world = World::new(BrokerModel::default());
    world.open(Side::Sell, "0.1", "1.2", "1.0");
    world.modify(2, "1.15", "0");
    world.modify(2, "1.15", "0");
    world.pass(0);
    world.hears("O2Filled D2@1.1 P2=0.1 A10000/22 1:10009 P2=0.1 2:10009 3:10025");
    world.tick("0.99", "0.9");
    world.hears("");
    world.tick("1.16", "1.161");
    world.hears("O3Filled D3@1.161 R2 A9390/0");
}

#[test]
fn legs_take_their_time_and_the_quote_is_that_of_the_arrival() {
    let latency = (Latency::ConstantMs(20), Latency::ConstantMs(30));
    let mut world = World::new(BrokerModel {
        request_latency: latency.0,
        answer_latency: latency.1,
        ..BrokerModel::default()
    });
    world.open(Side::Buy, "0.1", "1.05", "0");
    world.pass(19);
    world.tick("1.2", "1.2002");
    world.pass(30);
    world.hears("");
    // Reached while the news of the opening is still on its way: told behind it.
    world.tick("1.04", "1.0402");
    world.hears("");
    assert_eq!(world.book().positions_open(), 0);
    world.pass(1);
    world.hears("O2Filled D2@1.2002 P2=0.1 A10000/24 1:10009 O3Filled D3@1.04 R2 A8398/0");
}

#[test]
fn money_and_lateness_are_refused() {
    let mut world = World::new(BrokerModel {
        request_latency: Latency::ConstantMs(31_000),
        ..BrokerModel::default()
    });
    world.open(Side::Buy, "1", "0", "0");
    world.pass(31_000);
    world.hears("1:NotSent");
    let mut world = World::new(BrokerModel::default());
    world.open(Side::Buy, "46", "0", "0");
    world.open(Side::Buy, "45", "0", "0");
    world.open(Side::Buy, "45", "0", "0");
    // The other side needs no more than is held. The spread costs 900, which is a margin call until
    // both sides cover each other.
    world.open(Side::Sell, "45", "0", "0");
    world.pass(0);
    world.hears("1:10019 O2Filled D2@1.1002 P2=45 A10000/9901.8 2:10009 A10000/9901.8 3:10019 O3Filled D3@1.1 P3=45 A10000/0 4:10009 A10000/0");
}

#[test]
fn faults_do_what_they_say() {
    let done = "O2Filled D2@1.1002 P2=0.1 A10000/22";
    for (kind, now, later) in [
        (FaultKind::Requote, "1:10004".to_owned(), String::new()),
        (FaultKind::Reject, "1:10006".into(), String::new()),
        (FaultKind::PriceOff, "1:10021".into(), String::new()),
        (FaultKind::TooManyRequests, "1:10024".into(), String::new()),
        (FaultKind::AutotradingOff, "1:10027".into(), String::new()),
        (FaultKind::InvalidFill, "1:10030".into(), String::new()),
        (FaultKind::Timeout, "1:10012".into(), String::new()),
        (
            FaultKind::Partial { percent: 45 },
            "O2Partial D2@1.1002 P2=0.04 A10000/8.8 1:10010".into(),
            String::new(),
        ),
        (FaultKind::Placed { after_ms: 50 }, "O2Placed 1:10008".into(), done.into()),
        (FaultKind::TimeoutExecuted, format!("{done} 1:10012"), String::new()),
        (FaultKind::Lost, String::new(), String::new()),
        (FaultKind::ExecutedUnanswered, String::new(), String::new()),
        (FaultKind::LateAnswer { after_ms: 50 }, done.into(), "1:10009".into()),
        (FaultKind::DuplicateAnswer, format!("{done} 1:10009 {done} 1:10009"), String::new()),
        (FaultKind::StopsDropped, format!("{done} 1:10009"), String::new()),
        (FaultKind::Disconnect { for_ms: 50 }, "Down".into(), "Up Verified Synced".into()),
    ] {
        let mut world = World::faulty(kind.clone());
        world.open(Side::Buy, "0.1", "1.05", "1.2");
        world.pass(49);
        world.hears(&now);
        world.pass(1);
        world.hears(&later);
        let executed =
            now.contains("D2") || later.contains("D2") || kind == FaultKind::ExecutedUnanswered;
        let snapshot = world.snapshot().unwrap();
        assert_eq!(
            (snapshot.positions.len(), snapshot.history_orders.len()),
            (usize::from(executed), usize::from(executed)),
            "{kind:?}"
        );
        let stops = snapshot.positions.first().is_some_and(|position| position.sl.is_some());
        assert_eq!(stops, executed && kind != FaultKind::StopsDropped, "{kind:?}");
    }
}

#[test]
fn a_placed_order_works_and_may_be_refused_after_all() {
    let mut world = World::faulty(FaultKind::Placed { after_ms: 50 });
    world.open(Side::Buy, "45", "0", "0");
    world.open(Side::Buy, "45", "0", "0");
    world.pass(0);
    // The spread costs 900: a margin call.
    world.hears("O2Placed 1:10008 O3Filled D2@1.1002 P3=45 A10000/9901.8 2:10009 A10000/9901.8");
    assert_eq!(world.snapshot().unwrap().orders.len(), 1);
    world.pass(50);
    world.hears("O2Rejected");
    assert_eq!(world.snapshot().unwrap().orders.len(), 0);
}

/// MT5 return code 10039, by its documentation: closing orders may not exceed the position, and
/// stand against close-by.
#[test]
fn closing_orders_add_up_to_no_more_than_the_position() {
    let faults =
        vec![Fault { request: Some(3), at: None, kind: FaultKind::Placed { after_ms: 50 } }];
    let mut world = World::new(BrokerModel { faults, ..BrokerModel::default() });
    world.open(Side::Buy, "0.1", "0", "0");
    world.open(Side::Sell, "0.1", "0", "0");
    world.close(2, Side::Sell, "0.04");
    world.pass(0);
    world.heard.clear();
    world.close(2, Side::Sell, "0.07");
    world.send(Request::CloseBy(CloseByRequest {
        symbol: SymbolId(0),
        position: Ticket(3),
        by: Ticket(2),
    }));
    world.close(2, Side::Sell, "0.06");
    world.pass(0);
    world.hears("4:10039 5:10039 O5Filled D4@1.1 P2=0.04 A9998.8/13.2 6:10009");
    world.pass(50);
    world.hears("O4Filled D5@1.1 R2 A9998/22");
}

#[test]
fn while_the_link_is_down_nothing_goes_and_news_wait() {
    let faults =
        vec![Fault { request: Some(2), at: None, kind: FaultKind::Disconnect { for_ms: 100 } }];
    let mut world = World::new(BrokerModel { faults, ..BrokerModel::default() });
    world.open(Side::Buy, "0.1", "1.05", "0");
    world.pass(0);
    world.close(2, Side::Sell, "0.1");
    world.pass(10);
    world.hears("O2Filled D2@1.1002 P2=0.1 A10000/22 1:10009 Down");
    world.close(2, Side::Sell, "0.1");
    assert_eq!(world.snapshot(), None);
    world.open(Side::Buy, "0.1", "0", "0");
    world.pass(10);
    world.hears("4:NotSent");
    world.tick("1.04", "1.0402");
    world.hears("");
    world.pass(80);
    world.hears("Up Verified O3Filled D3@1.04 R2 A9398/0 Synced");
    world.close(2, Side::Sell, "0.1");
    world.pass(0);
    world.hears("5:10036");
}

#[test]
fn bars_are_answered_from_the_ticks_seen() {
    let mut world = World::new(BrokerModel::default());
    world.pass(60_000);
    world.tick("1.2", "1.2002");
    world.ask_bars();
    world.pass(0);
    let Some(Event::Bars(bars)) = world.heard.pop() else { panic!("bars were asked for") };
    assert_eq!(
        (bars.closed.len(), bars.forming.unwrap().open, bars.as_of.time_msc),
        (1, price("1.2"), ServerMsc(60_000))
    );
}

#[test]
fn senseless_figures_are_refused_by_name() {
    let refused = |change: &dyn Fn(&mut SimBrokerConfig)| {
        let mut config = config(BrokerModel::default(), 1);
        change(&mut config);
        SimBroker::new(config).unwrap_err().to_string()
    };
    for (text, expect) in [
        (refused(&|config| config.account.currency = "GBP".into()), "GBPUSD"),
        (refused(&|config| config.account.leverage = 0), "account.leverage"),
        (refused(&|config| config.symbols[0].volume_step = Volume::ZERO), "EURUSD"),
        (
            refused(&|config| config.model.answer_latency = Latency::UniformMs { min: 2, max: 1 }),
            "latency",
        ),
        (
            refused(&|config| {
                config.model.faults =
                    vec![Fault { request: Some(0), at: None, kind: FaultKind::Lost }];
            }),
            "broker.faults",
        ),
    ] {
        assert!(text.contains(expect), "{text}");
    }
}

/// Without ticks in between, another seed moves answers in time and changes nothing else.
#[test]
fn another_seed_differs_in_latency_alone() {
    let story = |seed| {
        let leg = Latency::UniformMs { min: 5, max: 500 };
        let model =
            BrokerModel { request_latency: leg, answer_latency: leg, ..BrokerModel::default() };
        let mut world = World {
            broker: SimBroker::new(config(model, seed)).unwrap(),
            now_ms: 0,
            cid: 0,
            heard: vec![],
        };
        world.tick("1.1", "1.1002");
        world.open(Side::Buy, "0.1", "1.05", "0");
        world.close(2, Side::Sell, "0.1");
        let mut moments = vec![];
        while let Some(due) = world.broker.next_due() {
            world.broker.owed(due, &mut world.heard);
            moments.push(due);
        }
        (world.heard.iter().map(word).collect::<Vec<_>>(), moments)
    };
    assert_eq!(story(3), story(3));
    assert_eq!(story(3).0, story(4).0);
    assert_ne!(story(3).1, story(4).1);
}

/// The slippage drawn on each request leaves the latencies as they are.
#[test]
fn a_draw_in_one_stream_shifts_no_other() {
    let moments = |slippage| {
        let leg = Latency::UniformMs { min: 5, max: 500 };
        let model = BrokerModel {
            request_latency: leg,
            answer_latency: leg,
            slippage,
            ..BrokerModel::default()
        };
        let mut world = World::new(model);
        for _ in 0..5 {
            world.open(Side::Buy, "0.1", "0", "0");
        }
        std::iter::from_fn(|| {
            let due = world.broker.next_due()?;
            world.broker.owed(due, &mut world.heard);
            Some(due)
        })
        .collect::<Vec<_>>()
    };
    assert_eq!(moments(Slippage::default()), moments(Slippage::UniformPoints { max: Points(20) }));
}
