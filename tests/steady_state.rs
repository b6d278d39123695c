//! What a long run costs: no allocation for a quiet tick, and memory that does not grow with the
//! stream.
//!
//! Allocations are counted for each thread by itself, so that tests beside this one do not disturb
//! it.

#![allow(unsafe_code, reason = "an allocator that counts can only be written so")]

mod common;

use serde_json::json;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::path::{Path, PathBuf};
use tickdeck::backtest;
use tickdeck::backtest::tally::Tally;
use tickdeck::config::{self, Session};
use tickdeck::data::tick_file::TickFile;
use tickdeck::data::tick_layout::TickLayout;
use tickdeck::data::tick_writer::TickWriter;
use tickdeck::domain::amount::{Points, Price};
use tickdeck::domain::id::{Cid, IntentKey, Magic, SymbolId};
use tickdeck::domain::order::{Expiration, PendingKind, Side};
use tickdeck::domain::symbols_builtin::builtin;
use tickdeck::domain::tick::{Tick, TickFlags};
use tickdeck::domain::time::{ServerMsc, Timestamp};
use tickdeck::domain::zone::ServerZone;
use tickdeck::executor::action::{Action, Owner, PlaceRequest, Request, RequestReason, Trade};
use tickdeck::indicator::any::Indicator;
use tickdeck::indicator::catalogue::IndicatorKind;
use tickdeck::indicator::spec::IndicatorSpec;
use tickdeck::market::bar::Bar;
use tickdeck::market::columns::TickColumns;
use tickdeck::session::description::{AccountModel, BrokerModel};
use tickdeck::session::ports::{Broker, Heard, Platform, PortError, TickStream};
use tickdeck::sim::broker::SimBroker;
use tickdeck::sim::broker::config::SimBrokerConfig;
use tickdeck::sim::generate::Generator;

/// Monday 2025-09-22 00:00 by the server's clock.
const START_MSC: i64 = 1_758_499_200_000;

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    // Gone while the thread ends.
    let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
}

// SAFETY: everything is left to the system's allocator; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: as the caller promises.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn allocations() -> u64 {
    ALLOCATIONS.with(Cell::get)
}

/// A platform that wants nothing.
struct Deaf;

impl Platform for Deaf {
    fn deliver(&mut self, _at: Timestamp, _action: &Action) -> Result<(), PortError> {
        Ok(())
    }
}

/// Ticks a batch at a time into the buffer that comes, from made-up ones at other times.
struct Paced {
    ticks: Generator,
    /// Its batch, before the times are changed.
    batch: TickColumns,
    time_msc: i64,
    pause_ms: i64,
    /// After so many ticks more, the pause is a millisecond.
    pauses: u64,
}

impl Paced {
    /// So many ticks, one every `pause_ms`.
    fn new(ticks: u64, pause_ms: i64) -> Self {
        Self {
            ticks: Generator::new(&builtin("EURUSD").unwrap(), SymbolId(0), ticks, 7),
            batch: TickColumns::default(),
            time_msc: START_MSC,
            pause_ms,
            pauses: u64::MAX,
        }
    }

    /// So many ticks, the first twelve hundred over seven hours, all others a millisecond apart.
    fn dense(ticks: u64) -> Self {
        Self { pauses: 1_200, ..Self::new(ticks, 20_000) }
    }
}

impl TickStream for Paced {
    fn next_batch(&mut self, batch: &mut TickColumns) -> Result<(), PortError> {
        self.ticks.next_batch(&mut self.batch)?;
        batch.begin(self.batch.symbol(), Price::from_raw(self.batch.point_raw()));
        for tick in self.batch.iter() {
            batch.push(&Tick { time_msc: ServerMsc(self.time_msc), ..tick });
            self.time_msc += if self.pauses > 0 { self.pause_ms } else { 1 };
            self.pauses = self.pauses.saturating_sub(1);
        }
        Ok(())
    }
}

fn session() -> Session {
    config::load(&common::root().join("fixtures/sessions/ema-cross-m1.toml")).unwrap()
}

/// A session that is always in position, by rules with conditions on two timeframes and a sum, whose
/// stop loss follows the price.
fn trailing() -> Session {
    let mut session = session();
    let close = json!({ "line": { "line": { "kind": "price" } } });
    let average = json!({ "line": { "kind": "sma", "period": 3 }, "timeframe": "M5" });
    let price = json!({ "line": { "kind": "price" } });
    let below = json!({ "sum": [{ "of": average, "times": 0.5 }, { "of": price, "times": 0.4 }] });
    session.file.strategy[0].rules = json!({
        "entry": { "sell": { "any": [
            { "test": { "left": close, "is": "above", "right": { "line": average } } },
            { "test": { "left": close, "is": "above", "right": below } },
        ] } },
        "exit": { "opposite_signal": "ignore", "management": { "trailing": { "distance": { "whole": 300 }, "step": { "whole": 1 } } } },
        "risk": { "lots": 0.1, "max_open_trades": 1 },
    });
    let Session { file, specs, starts, .. } = &mut session;
    *starts = config::check(Path::new("trailing"), file, specs).unwrap();
    session
}

/// What a run allocates, and what it came to.
fn cost(session: &Session, stream: Box<dyn TickStream>) -> (u64, Tally) {
    let mut tally = Tally::default();
    let before = allocations();
    backtest::simulate(session, vec![stream], &mut Deaf, &mut tally).unwrap();
    (allocations() - before, tally)
}

#[test]
fn the_counter_counts() {
    let before = allocations();
    std::hint::black_box(Box::new(1_u64));
    assert_eq!(allocations() - before, 1);
}

/// All ticks within the first bar: whatever more of them costs, each of them costs.
#[test]
fn a_quiet_tick_allocates_nothing() {
    let session = session();
    let (short, _) = cost(&session, Box::new(Paced::new(20_000, 0)));
    let (long, tally) = cost(&session, Box::new(Paced::new(60_000, 0)));
    assert_eq!((tally.ticks, tally.evaluations), (60_000, 0));
    assert_eq!(long, short, "40,000 quiet ticks more allocate nothing more");
}

/// All ticks after the first seven hours come within one bar, beside a position whose stop loss
/// follows the price: only what is sent allocates.
#[test]
fn a_quiet_tick_allocates_nothing_while_a_stop_trails() {
    let session = trailing();
    let (short, few) = cost(&session, Box::new(Paced::dense(20_000)));
    let (long, many) = cost(&session, Box::new(Paced::dense(60_000)));
    assert_eq!(many.evaluations, few.evaluations);
    let sent = many.orders - few.orders;
    eprintln!("{sent} orders more: {} allocations more", long - short);
    assert!(sent > 0 && long - short <= 40 * sent, "{} allocations for {sent}", long - short);
}

/// Bars, evaluations without a signal: they grow what is bounded (the recent minutes), and by
/// doubling. However many pending orders wait at the broker.
#[test]
fn a_quiet_tick_allocates_nothing_beside_a_thousand_pending_orders() {
    let at = |msc: i64| Timestamp::from_nanos((START_MSC + msc) * 1_000_000);
    let mut broker = waiting(1_000, at(0));
    let mut news = Vec::new();
    let mut tick = Tick {
        time_msc: ServerMsc(START_MSC),
        bid: price(0),
        ask: price(6),
        flags: TickFlags::QUOTE,
        ..Tick::default()
    };
    let before = allocations();
    for number in 0..1_000 {
        (tick.bid, tick.ask) = (price(number % 5), price(number % 5 + 6));
        assert_eq!(broker.tick(at(1), &tick, &mut news), Heard::Yes);
    }
    assert_eq!(
        (allocations() - before, news.len(), broker.working_orders().count()),
        (0, 0, 1_000)
    );
}

fn price(points: i64) -> Price {
    Price::from_raw(1_170_000_000 + points * 10_000)
}

/// A broker with so many limits and stops on both sides of the market, each at its own price.
fn waiting(orders: u64, at: Timestamp) -> SimBroker {
    let (account, model, zone) =
        (AccountModel::default(), BrokerModel::default(), ServerZone::utc());
    let symbols = vec![builtin("EURUSD").unwrap()];
    let config = SimBrokerConfig {
        symbols,
        account,
        model,
        zone,
        seed: 1,
        start: at,
        subscribed: None,
        witness: false,
    };
    let (mut broker, mut news) = (SimBroker::new(config).unwrap(), Vec::new());
    let tick = Tick {
        time_msc: ServerMsc(START_MSC),
        bid: price(0),
        ask: price(6),
        flags: TickFlags::QUOTE,
        ..Tick::default()
    };
    broker.tick(at, &tick, &mut news);
    for number in 1..=orders {
        let side = if number.is_multiple_of(2) { Side::Buy } else { Side::Sell };
        let kind = if number.is_multiple_of(4) { PendingKind::Limit } else { PendingKind::Stop };
        let better = if kind == PendingKind::Limit { -side.sign() } else { side.sign() };
        let request = Request::Place(PlaceRequest {
            symbol: SymbolId(0),
            kind,
            side,
            volume: "0.01".parse().unwrap(),
            price: price(better * (100 + number.cast_signed())),
            stop_limit: None,
            sl: None,
            tp: None,
            expiration: Expiration::Gtc,
        });
        let (owner, magic, not_after) = (Owner::Account, Magic(1), at.plus_ms(60_000));
        broker.send(
            at,
            &Trade {
                cid: Cid(number),
                key: IntentKey([0; 16]),
                owner,
                magic,
                why: RequestReason::Command,
                request,
                not_after,
            },
        );
    }
    broker.owed(at, &mut news);
    broker
}

#[test]
fn a_quiet_bar_allocates_nothing_but_room_for_its_kind() {
    let session = session();
    let (short, few) = cost(&session, Box::new(Paced::new(100_000, 1_200)));
    let (long, many) = cost(&session, Box::new(Paced::new(200_000, 1_200)));
    let trades = many.trades - few.trades;
    let signals = many.signals - few.signals;
    let bars = many.evaluations - few.evaluations;
    assert!(bars > 1_900 && trades > 0, "{bars} bars, {trades} trades");
    let more = long - short;
    eprintln!(
        "100,000 ticks, {bars} bars, {signals} signals, {trades} trades more: {more} allocations more"
    );
    // A signal is hashed and kept, an order travels and is booked; 16 are for buffers that double.
    assert!(
        more <= 16 + 200 * (signals + trades),
        "{more} allocations for {bars} bars, {signals} signals, {trades} trades"
    );
}

/// Every indicator in the registry, also one that was read back from its text and has filled its
/// windows since.
#[test]
fn a_warm_indicator_allocates_nothing() {
    let price = Price::from_raw(1_170_000_000);
    let (open, high, low, close, time_msc) = (price, price, price, price, ServerMsc(START_MSC));
    let mut bar =
        Bar { time_msc, open, high, low, close, tick_volume: 9, spread: Points(0), real_volume: 0 };
    for kind in IndicatorKind::ALL {
        let row = kind.row();
        let defaults = row.parameters.iter().map(|parameter| {
            parameter.default.map_or_else(|| "14".to_owned(), |it| it.to_string())
        });
        let figures = defaults.fold(String::new(), |text, figure| text + "_" + &figure);
        let spec: IndicatorSpec = format!("{}{figures}", row.name).parse().unwrap();
        let mut indicator = Indicator::new(spec);
        let mut push = |indicator: &mut Indicator, bars: i64| {
            let before = allocations();
            for n in 0..bars {
                bar.time_msc = ServerMsc(bar.time_msc.0 + 60_000);
                bar.close = Price::from_raw(1_170_000_000 + n * n % 977 * 10_000);
                (bar.high, bar.low) = (
                    bar.close + Price::from_raw(n % 7 * 10_000),
                    bar.close - Price::from_raw(n % 5 * 10_000),
                );
                indicator.push(&bar);
            }
            allocations() - before
        };
        push(&mut indicator, 30);
        let text = serde_json::to_string(&indicator).unwrap();
        push(&mut indicator, 300);
        assert_eq!(push(&mut indicator, 5_000), 0, "{spec}");
        let mut resumed: Indicator = serde_json::from_str(&text).unwrap();
        push(&mut resumed, 300);
        assert_eq!(push(&mut resumed, 5_000), 0, "{spec}, resumed");
    }
}

/// From a file, a row group opens its columns: so many allocations for 262,144 ticks, none for a
/// tick.
#[test]
fn decoding_allocates_by_row_groups_and_pages() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), 600_000, 10);
    let spec = builtin("EURUSD").unwrap();
    let mut file = TickFile::open(&path, SymbolId(0), &spec).unwrap();
    let (mut batch, mut rows) = (TickColumns::default(), 0);
    let before = allocations();
    loop {
        file.read(&mut batch).unwrap();
        if batch.is_empty() {
            break;
        }
        rows += batch.len();
    }
    let each = allocations() - before;
    eprintln!("{each} allocations to decode {rows} ticks");
    assert!(each < 2_000, "{each} allocations to decode {rows} ticks");
}

fn write(folder: &Path, ticks: u64, pause_ms: i64) -> PathBuf {
    let path = folder.join(format!("{ticks}.parquet"));
    let mut writer = TickWriter::create(&path, TickLayout::exact(5)).unwrap();
    let (mut stream, mut batch) = (Paced::new(ticks, pause_ms), TickColumns::default());
    loop {
        stream.next_batch(&mut batch).unwrap();
        if batch.is_empty() {
            break;
        }
        writer.push_columns(&batch, 0..batch.len()).unwrap();
    }
    assert_eq!(writer.finish().unwrap(), ticks);
    path
}

/// What only the kernel of Linux tells.
#[cfg(target_os = "linux")]
mod memory {
    use super::{common, write};
    use std::path::Path;
    use std::process::{Command, Stdio};

    const MEMORY_KB_MAX: u64 = 100 * 1024;

    /// Peak memory of the program over a file, as the kernel tells it while the program runs.
    fn peak_kb(ticks: &Path) -> u64 {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tickdeck"))
            .args(["--quiet", "simulate", "fixtures/sessions/ema-cross-m1.toml", "--ticks"])
            .arg(format!("EURUSD={}", ticks.display()))
            .current_dir(common::root())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let status = format!("/proc/{}/status", child.id());
        let mut peak = 0;
        loop {
            let text = std::fs::read_to_string(&status).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let now = line.and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse().ok());
            peak = peak.max(now.unwrap_or(0));
            if let Some(status) = child.try_wait().unwrap() {
                assert!(status.success());
                return peak;
            }
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }

    /// Three ticks a minute, so that the shorter file fills the recent minutes that a broker keeps:
    /// from there on, ten times the ticks and the bars take no more.
    #[test]
    fn ten_times_the_ticks_take_no_more_memory() {
        let folder = tempfile::tempdir().unwrap();
        let [short, long] =
            [200_000, 2_000_000].map(|ticks| peak_kb(&write(folder.path(), ticks, 20_000)));
        eprintln!("peak memory: {short} kB for 200,000 ticks, {long} kB for 2,000,000");
        assert!(
            short > 0 && long.abs_diff(short) * 10 <= short,
            "{short} kB for 200,000 ticks, {long} kB for 2,000,000"
        );
        assert!(long <= MEMORY_KB_MAX, "{long} kB");
    }
}
