//! Ticks made from bars, held against real bars of two brokers and against a real report of MT5's
//! tester.

use crate::common;
use crate::common::data;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tickdeck::data::specification::find;
use tickdeck::data::tick_source::TickReader;
use tickdeck::domain::amount::{Points, Price};
use tickdeck::domain::deal::{Deal, DealEntry};
use tickdeck::domain::id::{Cid, IntentKey, Magic, SymbolId, Ticket};
use tickdeck::domain::order::{FillingMode, Reason, Side};
use tickdeck::domain::symbol::SymbolSpec;
use tickdeck::domain::tick::Tick;
use tickdeck::domain::time::{ServerMsc, Timestamp};
use tickdeck::domain::zone::ServerZone;
use tickdeck::executor::action::{OpenRequest, Owner, Request, RequestReason, Trade};
use tickdeck::executor::event::{BrokerEvent, Event};
use tickdeck::market::bar::Bar;
use tickdeck::market::builder::BarBuilder;
use tickdeck::market::columns::TickColumns;
use tickdeck::market::timeframe::Timeframe;
use tickdeck::session::description::{AccountModel, BrokerModel, StopFills, TickModel};
use tickdeck::session::ports::{Broker, TickStream};
use tickdeck::sim::broker::SimBroker;
use tickdeck::sim::broker::config::SimBrokerConfig;
use tickdeck::sim::model::ModelTicks;

/// Every file of M1 bars with its symbol's specification, and how many bars it has.
fn minutes() -> Vec<(PathBuf, SymbolSpec, usize)> {
    let file = |name: &str, symbol: &str, bars| {
        Some((data(&format!("bars/{name}"))?, find(symbol, None, None).unwrap(), bars))
    };
    [
        file("EURUSD_M1_202509_mt5export.csv", "EURUSD", 31_646),
        file("GBPUSD_M1_202510_mt5export.csv", "GBPUSD", 33_087),
        file("USDCAD_M1_202510_mt5export.csv", "USDCAD", 33_087),
        file("darwinex_EURUSD_M1_202401_mt5comma.csv", "EURUSD", 31_410),
        file("icmarkets_EURUSD_M1_202509.parquet", "EURUSD", 31_646),
        file("icmarkets_GBPUSD_M1_202510.parquet", "GBPUSD", 33_087),
        file("icmarkets_USDCAD_M1_202510.parquet", "USDCAD", 33_087),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn bars_of(path: &Path, spec: &SymbolSpec) -> Vec<Bar> {
    let mut source = common::bar_source(path, spec);
    let (mut bars, mut batch) = (Vec::new(), Vec::new());
    loop {
        source.read(&mut batch).unwrap();
        if batch.is_empty() {
            return bars;
        }
        bars.append(&mut batch);
    }
}

/// The ticks that a model makes, one batch after the other; and how many bars contradicted
/// themselves.
fn each_tick(
    bars: &[Bar],
    model: TickModel,
    spec: &SymbolSpec,
    mut take: impl FnMut(&Tick),
) -> u64 {
    let mut left = bars.chunks(1_000);
    let feed = |batch: &mut Vec<Bar>| {
        *batch = left.next().unwrap_or_default().to_vec();
        Ok(())
    };
    let mut ticks = ModelTicks::new(feed, model, None, SymbolId(0), spec);
    let mut batch = TickColumns::default();
    loop {
        ticks.next_batch(&mut batch).unwrap();
        if batch.is_empty() {
            return ticks.overdrawn().bars();
        }
        batch.iter().for_each(|tick| take(&tick));
    }
}

/// The bars that a builder makes of the ticks of a model.
fn rebuilt(bars: &[Bar], model: TickModel, spec: &SymbolSpec) -> (Vec<Bar>, u64) {
    let mut builder = BarBuilder::new(Timeframe::M1, spec.point());
    let mut made = Vec::new();
    let overdrawn = each_tick(bars, model, spec, |tick| made.extend(builder.push_tick(tick)));
    made.extend(builder.forming().copied());
    (made, overdrawn)
}

/// The bar as its ticks must give it: a spread that says nothing is the last one that did, and real
/// volume is not in ticks.
fn expected(bars: &[Bar]) -> Vec<Bar> {
    let mut spread = Points(0);
    let mut last = |bar: &Bar| {
        spread = if bar.spread.0 > 0 { bar.spread } else { spread };
        spread
    };
    bars.iter().map(|bar| Bar { spread: last(bar), real_volume: 0, ..*bar }).collect()
}

/// The measurement behind [`tickdeck::domain::tick::TickFlags::is_counted`].
#[test]
fn the_terminal_marks_the_ticks_that_count() {
    let Some(path) = data("ticks/icmarkets_EURUSD_20250922-20250926.ticks.parquet") else { return };
    let spec = find("EURUSD", None, None).unwrap();
    let (mut source, mut batch) =
        (TickReader::of(&path, SymbolId(0), &spec).unwrap(), TickColumns::default());
    let (mut before, mut row): (Option<Tick>, _) = (None, 0);
    let (mut by_rule, mut by_mark, mut differ) = (0, 0, Vec::new());
    let mut builders = [(); 2].map(|()| BarBuilder::new(Timeframe::M1, spec.point()));
    source.read(&mut batch).unwrap();
    while !batch.is_empty() {
        for tick in &batch.iter().collect::<Vec<_>>() {
            let minute = |tick: &Tick| tick.time_msc.0.div_euclid(60_000);
            let counts = before
                .is_none_or(|before| minute(&before) != minute(tick) || before.bid != tick.bid);
            by_rule += u64::from(counts);
            by_mark += u64::from(tick.flags.is_counted());
            if counts != tick.flags.is_counted() {
                differ.push(row);
            }
            let unmarked = Tick { flags: tick.flags.documented(), ..*tick };
            assert_eq!(
                builders[0].push_tick(tick),
                builders[1].push_tick(&unmarked),
                "the mark changes no bar"
            );
            (before, row) = (Some(*tick), row + 1);
        }
        source.read(&mut batch).unwrap();
    }
    // The one tick of 01:46 that changes Bid without the mark is the one by which the terminal's
    // own bar of that minute differs from the rule: 21 instead of 22
    // (expected/terminal_M1_vs_ticks_EURUSD.json).
    assert_eq!((row, by_rule, by_mark, differ), (316_692, 292_682, 292_681, vec![2_858]));
}

#[test]
fn every_minute_is_rebuilt_from_every_tick() {
    for (path, spec, count) in minutes() {
        let bars = bars_of(&path, &spec);
        assert_eq!(bars.len(), count, "{}", path.display());
        let (made, overdrawn) = rebuilt(&bars, TickModel::EveryTick, &spec);
        assert_eq!(made.len(), count);
        for (made, expect) in made.iter().zip(expected(&bars)) {
            assert_eq!(*made, expect, "{}", path.display());
        }
        eprintln!("{}: {count} minutes, {overdrawn} overdrawn", path.display());
        assert_eq!(overdrawn, 0, "no terminal's bar contradicts itself");
    }
}

/// OHLC of every minute stand in the other models too; their tick volume is the four ticks that
/// they make.
#[test]
fn every_minute_keeps_its_prices_in_the_other_models() {
    for (path, spec, count) in minutes() {
        let bars = bars_of(&path, &spec);
        for model in [TickModel::Ohlc, TickModel::OpenPrices] {
            let (made, _) = rebuilt(&bars, model, &spec);
            assert_eq!(made.len(), count);
            for (made, expect) in made.iter().zip(expected(&bars)) {
                assert_eq!(*made, Bar { tick_volume: 4, ..expect }, "{}", path.display());
            }
        }
    }
}

/// Levels of a position, as they were asked for.
#[derive(Debug, Clone, Copy)]
struct Levels {
    side: Side,
    sl: Price,
    tp: Price,
    from: ServerMsc,
}

/// What became of stops under a model.
#[derive(Debug, Default, PartialEq, Eq)]
struct Filled {
    sl: u64,
    tp: u64,
    /// At the level exactly.
    exact: u64,
}

/// Many positions with stops at all distances, opened at chance moments on real bars, through the
/// broker. Every exit is held against its level, and every minute against the positions that it
/// must have closed.
struct Market {
    broker: SimBroker,
    chance: u64,
    cid: u64,
    open: BTreeMap<Ticket, Levels>,
    /// Sent and not yet told as a position.
    asked: Option<Levels>,
    fills: StopFills,
    filled: Filled,
    heard: Vec<Event>,
}

impl Market {
    fn new(spec: &SymbolSpec, fills: StopFills) -> Self {
        let account = AccountModel {
            balance: "1000000".parse().unwrap(),
            rates: BTreeMap::from([("CAD".into(), "0.72".parse().unwrap())]),
            ..AccountModel::default()
        };
        let model = BrokerModel { stop_fills: Some(fills), ..BrokerModel::default() };
        let (zone, start) = (ServerZone::utc(), Timestamp::default());
        let broker = SimBroker::new(SimBrokerConfig {
            symbols: vec![spec.clone()],
            account,
            model,
            zone,
            seed: 1,
            start,
            subscribed: None,
            witness: false,
        })
        .unwrap();
        let (open, filled, heard) = (BTreeMap::new(), Filled::default(), Vec::new());
        Self { broker, chance: 1, cid: 0, open, asked: None, fills, filled, heard }
    }

    /// The next of a fixed sequence of numbers below `bound`.
    fn draw(&mut self, bound: u64) -> u64 {
        self.chance = self
            .chance
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.chance >> 33) % bound
    }

    fn tick(&mut self, tick: &Tick, spec: &SymbolSpec) {
        let at = ServerZone::utc().to_utc(tick.time_msc);
        self.broker.tick(at, tick, &mut self.heard);
        self.hear(Some(tick));
        if self.open.len() < 40 && self.draw(30) == 0 {
            self.enter(at, tick, spec);
        }
        self.broker.owed(at, &mut self.heard);
        self.hear(None);
    }

    fn enter(&mut self, at: Timestamp, tick: &Tick, spec: &SymbolSpec) {
        let side = if self.draw(2) == 0 { Side::Buy } else { Side::Sell };
        let mut distance = || spec.points(Points(self.draw(120).cast_signed()));
        let market = side.exit_price(tick.bid, tick.ask);
        let (below, above) = (market - distance(), market + distance());
        let (sl, tp) = if side == Side::Buy { (below, above) } else { (above, below) };
        self.asked = Some(Levels { side, sl, tp, from: tick.time_msc });
        let (volume, filling) = ("0.01".parse().unwrap(), FillingMode::Fok);
        let request = OpenRequest {
            symbol: SymbolId(0),
            side,
            volume,
            price: market,
            deviation: Points(5),
            sl: Some(sl),
            tp: Some(tp),
            filling,
        };
        self.cid += 1;
        let (key, owner, why) =
            (IntentKey([7; 16]), Owner::Strategy("s".into()), RequestReason::Signal);
        let trade = Trade {
            cid: Cid(self.cid),
            key,
            owner,
            magic: Magic(9),
            why,
            request: Request::Open(request),
            not_after: at,
        };
        self.broker.send(at, &trade);
    }

    fn hear(&mut self, tick: Option<&Tick>) {
        for event in std::mem::take(&mut self.heard) {
            match event {
                Event::Broker(BrokerEvent::Position(position)) => {
                    assert!(
                        self.open.insert(position.ticket, self.asked.take().unwrap()).is_none()
                    );
                }
                Event::Broker(BrokerEvent::Deal(deal)) if deal.entry == DealEntry::Out => {
                    self.exit(&deal, tick.unwrap());
                }
                _ => {}
            }
        }
    }

    fn exit(&mut self, deal: &Deal, tick: &Tick) {
        let levels = self.open.remove(&deal.position).unwrap();
        let level = match deal.reason {
            Reason::Sl => levels.sl,
            Reason::Tp => levels.tp,
            other => panic!("closed by {other:?}"),
        };
        // How much better than the level, seen from the position.
        let better = if levels.side == Side::Buy { deal.price - level } else { level - deal.price };
        match (self.fills, deal.reason) {
            (StopFills::Level, _) => assert_eq!(deal.price, level),
            (StopFills::Tick, Reason::Sl) => {
                assert!(better <= Price::ZERO, "a stop loss better than its level");
            }
            (StopFills::Tick, _) => {
                assert!(better >= Price::ZERO, "a take profit worse than its level");
            }
        }
        if self.fills == StopFills::Tick {
            assert_eq!(deal.price, levels.side.exit_price(tick.bid, tick.ask));
        }
        self.filled.exact += u64::from(deal.price == level);
        *(if deal.reason == Reason::Sl { &mut self.filled.sl } else { &mut self.filled.tp }) += 1;
    }

    /// After a minute, whose spread was `spread`: what was open before it and lies within its range
    /// is closed.
    fn check(&self, bar: &Bar, spread: Price) {
        for levels in self.open.values().filter(|levels| levels.from < bar.time_msc) {
            let (low, high) = if levels.side == Side::Buy {
                (bar.low, bar.high)
            } else {
                (bar.low + spread, bar.high + spread)
            };
            let (least, most) = (levels.sl.min(levels.tp), levels.sl.max(levels.tp));
            assert!(low > least && high < most, "{levels:?} outlived {bar:?}");
        }
    }
}

/// The stops of one file of bars under one model.
fn stops(bars: &[Bar], spec: &SymbolSpec, model: TickModel) -> Filled {
    let mut market = Market::new(spec, model.stop_fills());
    let expect = expected(bars);
    let mut closed = expect.iter();
    let mut builder = BarBuilder::new(Timeframe::M1, spec.point());
    each_tick(bars, model, spec, |tick| {
        if builder.push_tick(tick).is_some() {
            let bar = closed.next().unwrap();
            market.check(bar, spec.points(bar.spread));
        }
        market.tick(tick, spec);
    });
    market.filled
}

#[test]
fn without_every_tick_stops_fill_at_their_level() {
    for (path, spec, _) in minutes() {
        let bars = bars_of(&path, &spec);
        for model in [TickModel::Ohlc, TickModel::OpenPrices] {
            let filled = stops(&bars, &spec, model);
            assert_eq!(filled.exact, filled.sl + filled.tp);
            assert!(filled.sl > 500 && filled.tp > 500, "{filled:?}");
            eprintln!("{} {model:?}: {filled:?}", path.display());
        }
    }
}

#[test]
fn in_every_tick_a_stop_loss_is_never_better_and_a_take_profit_never_worse() {
    // The text exports of the first broker hold the same bars as its tables.
    for (path, spec, _) in minutes()
        .into_iter()
        .filter(|(path, ..)| !path.to_string_lossy().ends_with("mt5export.csv"))
    {
        let bars = bars_of(&path, &spec);
        let filled = stops(&bars, &spec, TickModel::EveryTick);
        assert!(filled.sl > 500 && filled.tp > 500, "{filled:?}");
        eprintln!("{}: {filled:?}", path.display());
    }
}

/// The rule of the levels in a real report of MT5's tester (GBPUSD, 1-minute OHLC): every stop that
/// was filled stands at the level that its position was opened with. And what the report tells of
/// when the four ticks come, and which extreme comes first: a bar that falls onto the stop of a
/// long has its low second, one that rises to its take profit its high.
#[test]
fn the_real_report_fills_every_stop_at_its_level() {
    let (Some(deals), Some(orders)) = (
        data("reports/mt5_tester_GBPUSD_H1_ohlc.deals.csv"),
        data("reports/mt5_tester_GBPUSD_H1_ohlc.orders.csv"),
    ) else {
        return;
    };
    let rows = |path: &Path| -> Vec<BTreeMap<String, String>> {
        let mut reader = csv::Reader::from_path(path).unwrap();
        reader.deserialize().map(Result::unwrap).collect()
    };
    let price = |text: &str| text.parse::<Price>().unwrap();
    let orders: BTreeMap<String, _> =
        rows(&orders).into_iter().map(|row| (row["Order"].clone(), row)).collect();
    let (mut open, mut filled, mut seconds) = (Vec::new(), 0, BTreeMap::new());
    for deal in rows(&deals) {
        match deal["Direction"].as_str() {
            "in" => open.push((price(&deal["Price"]), orders[&deal["Order"]].clone())),
            "out" => {
                let (reason, level) = deal["Comment"].split_once(' ').unwrap();
                let column = if reason == "sl" { "S / L" } else { "T / P" };
                assert_eq!(price(&deal["Price"]), price(level), "{deal:?}");
                // Sometimes two positions are open: it is the one whose profit is the deal's (0.1
                // lots of 100,000).
                let earns = |from: Price| {
                    (price(level) - from).raw() * 10_000 == price(&deal["Profit"]).raw()
                };
                let place = open.iter().position(|(from, order)| {
                    price(&order[column]) == price(level) && earns(*from)
                });
                let (_, order) = open.remove(
                    place.unwrap_or_else(|| panic!("no position had this level: {deal:?}")),
                );
                assert_eq!(
                    (order["Type"].as_str(), order["Volume"].as_str()),
                    ("buy", "0.1 / 0.1")
                );
                filled += 1;
                let second: u32 = deal["Time"].rsplit_once(':').unwrap().1.parse().unwrap();
                *seconds.entry((reason.to_owned(), second)).or_insert(0) += 1;
            }
            _ => {}
        }
    }
    assert_eq!(filled, 179);
    let seconds: Vec<String> = seconds
        .iter()
        .map(|((reason, second), count)| format!("{reason} {second}: {count}"))
        .collect();
    assert_eq!(seconds, ["sl 0: 3", "sl 20: 7", "sl 40: 117", "tp 20: 5", "tp 40: 47"]);
}
