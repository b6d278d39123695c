//! Built-in strategies on real data: their signals bar for bar, and their trades, are what plain
//! loops over the same ticks and bars say.

use crate::common;
use crate::common::data;
use serde_json::{Value, json};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tickdeck::domain::order::Side;
use tickdeck::executor::action::{Action, CloseReason, Report, ResultStatus, TradeClosed, Verdict};
use tickdeck::executor::event::Event;
use tickdeck::session::ports::{Journal, PortError, Step};
use tickdeck::wire::rules::{hash, read};

/// 10⁻⁵: a point.
const POINT: i64 = 10_000;
const MINUTE_MS: i64 = 60_000;

/// A bar of Bids, in points.
#[derive(Clone, Copy, Debug)]
struct Bar {
    time_msc: i64,
    open: i64,
    high: i64,
    low: i64,
    close: i64,
    spread: i64,
}

/// The bars of ticks or of shorter bars: each of these is a time and the first, highest, lowest and
/// last Bid.
fn bars_of(parts: impl Iterator<Item = Bar>, minutes: i64) -> Vec<Bar> {
    let mut bars: Vec<Bar> = Vec::new();
    for part in parts {
        let time_msc = part.time_msc - part.time_msc.rem_euclid(minutes * MINUTE_MS);
        match bars.last_mut().filter(|bar| bar.time_msc == time_msc) {
            None => bars.push(Bar { time_msc, ..part }),
            Some(bar) => {
                bar.high = bar.high.max(part.high);
                bar.low = bar.low.min(part.low);
                bar.close = part.close;
            }
        }
    }
    bars
}

/// What a run shows: its ticks as bars of no length, the side of each note, and closed positions.
#[derive(Default)]
struct Seen {
    ticks: Vec<Bar>,
    /// By strategy and bar: whether it is warm, and the side.
    noted: BTreeMap<String, BTreeMap<i64, (bool, Option<Side>)>>,
    closed: Vec<(String, TradeClosed)>,
    /// The lines that the strategy `swing` compares, by bar.
    compared: BTreeMap<i64, BTreeMap<String, Option<f64>>>,
    /// How often each verdict was reached.
    verdicts: BTreeMap<String, u32>,
}

impl Journal for Seen {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        if let Event::Tick(tick) = step.event {
            let bid = tick.bid.raw() / POINT;
            let [open, high, low, close] = [bid; 4];
            self.ticks.push(Bar { time_msc: tick.time_msc.0, open, high, low, close, spread: 0 });
        }
        for action in step.actions {
            match action {
                Action::Result(result) => {
                    assert_eq!(result.status, ResultStatus::Executed, "{result:?}");
                }
                Action::Note(note) => {
                    let (strategy, _) = step.executor.judged(note).expect("it runs");
                    let seen = (note.verdict != Verdict::WarmingUp, note.side);
                    let of = self.noted.entry(strategy.to_string()).or_default();
                    assert_eq!(of.insert(note.bar_msc.0, seen), None, "one note a bar");
                    if strategy.as_str() == "swing" {
                        let told = step.executor.explain(note).expect("it runs");
                        self.compared.insert(note.bar_msc.0, told.operands.into_iter().collect());
                    }
                    *self.verdicts.entry(format!("{:?}", note.verdict)).or_default() += 1;
                }
                Action::Report(report) => {
                    if let Report::Closed(one) = &**report {
                        let owner = serde_json::to_value(&one.owner).unwrap().to_string();
                        self.closed.push((owner, one.clone()));
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn strategy(id: &str, timeframe: &str, warmup: u32, rules: &Value) -> Value {
    json!({ "id": id, "timeframe": timeframe, "options": { "warmupBars": warmup }, "rules": rules })
}

/// Compares the notes of a strategy with the signals of a loop, of which there is one for each bar,
/// from the bar `first` on; the last bar never closes.
fn check_signals(seen: &Seen, id: &str, bars: &[Bar], expected: &[Option<Side>], first: usize) {
    let notes = &seen.noted[id];
    assert_eq!(notes.len(), bars.len() - 1, "{id}: a note a bar");
    let (mut buys, mut sells) = (0, 0);
    for (at, bar) in bars.iter().enumerate().take(bars.len() - 1) {
        let noted = notes[&bar.time_msc];
        if at < first {
            assert_eq!(noted, (false, None), "{id}: bar {at} is before the warm-up");
            continue;
        }
        assert_eq!(noted, (true, expected[at]), "{id}: bar {at}, {bar:?}");
        match expected[at] {
            Some(Side::Buy) => buys += 1,
            Some(Side::Sell) => sells += 1,
            None => {}
        }
    }
    assert!(buys > 0 && sells > 0, "{id}: {buys} buys, {sells} sells");
}

fn side_of(sign: i64) -> Option<Side> {
    match sign.signum() {
        1 => Some(Side::Buy),
        -1 => Some(Side::Sell),
        _ => None,
    }
}

/// The crossings of two EMAs that begin with the first close.
#[expect(clippy::cast_precision_loss, reason = "prices are small whole numbers of points")]
fn crossings(bars: &[Bar], fast: f64, slow: f64) -> Vec<Option<Side>> {
    let first = bars[0].close as f64;
    let (mut averages, mut last) = ([first, first], 0);
    let signal = |bar: &Bar| {
        for (average, period) in averages.iter_mut().zip([fast, slow]) {
            let k = 2.0 / (period + 1.0);
            *average = bar.close as f64 * k + *average * (1.0 - k);
        }
        let side = match averages[0].total_cmp(&averages[1]) {
            Ordering::Greater => 1,
            Ordering::Less => -1,
            Ordering::Equal => 0,
        };
        let crossed = side != 0 && last == -side;
        last = if side == 0 { last } else { side };
        if crossed { side_of(side) } else { None }
    };
    bars.iter().map(signal).collect()
}

/// The sum of the last 14 true ranges; none while there are fewer.
fn true_ranges(bars: &[Bar], at: usize) -> Option<i64> {
    let first = (at + 1).checked_sub(14).filter(|first| *first > 0)?;
    let range = |at: usize| {
        let (bar, before) = (bars[at], bars[at - 1].close);
        bar.high.max(before) - bar.low.min(before)
    };
    Some((first..=at).map(range).sum())
}

/// On which side of its channel a bar closes. In doubles, since now and then a close lies on the
/// edge.
#[expect(clippy::cast_precision_loss, reason = "prices are small whole numbers of points")]
fn breakout(bars: &[Bar], at: usize) -> i64 {
    let (Some(first), Some(ranges)) = ((at + 1).checked_sub(20), true_ranges(bars, at)) else {
        return 0;
    };
    let sum: i64 = bars[first..=at].iter().map(|bar| bar.close).sum();
    let (close, average) = (bars[at].close as f64 / 1e5, sum as f64 / 20e5);
    let range = ranges as f64 / 14e5;
    i64::from(close > average + 2.0 * range) - i64::from(close < average - 2.0 * range)
}

/// The swing line's level, direction and trend at each bar, as the specification states them.
fn swings(bars: &[Bar]) -> Vec<(i64, i64, i64)> {
    let Bar { high: h0, low: l0, .. } = bars[0];
    let (mut dir, mut hh, mut ll, mut lh, mut hl) = (-1, h0, l0, h0, l0);
    let mut found = Vec::new();
    for (at, &Bar { high, low, close, .. }) in bars.iter().enumerate() {
        if at > 0 && dir == 1 {
            (hh, hl) = (hh.max(high), hl.max(low));
            if high < hl {
                (dir, ll, lh) = (-1, low, high);
            }
        } else if at > 0 {
            (ll, lh) = (ll.min(low), lh.min(high));
            if low > lh {
                (dir, hh, hl) = (1, high, low);
            }
        }
        let value = if dir == 1 { hl } else { lh };
        let is_strong = if dir == 1 { close > value } else { close < value };
        found.push((value, dir, if is_strong { 2 * dir } else { dir }));
    }
    assert!(hh >= hl || ll <= lh);
    found
}

/// The bar of a longer timeframe that has closed when the one after `at` begins.
fn closed(longer: &[Bar], minutes: i64, bars: &[Bar], at: usize) -> Option<usize> {
    let now = bars.get(at + 1)?.time_msc;
    longer.partition_point(|bar| bar.time_msc + minutes * MINUTE_MS <= now).checked_sub(1)
}

/// The signals of the swing line where base and quote currency have the symbol alone in their
/// baskets.
fn momentum(bars: &[Bar], longer: &[Bar], minutes: i64) -> Vec<Option<Side>> {
    let (own, others) = (swings(bars), swings(longer));
    let signal = |at: usize| {
        let (value, dir, _) = own[at];
        let (before, (other, _, trend)) =
            (at.checked_sub(1)?, others[closed(longer, minutes, bars, at)?]);
        let (close_1, value_1, close) = (bars[before].close, own[before].0, bars[at].close);
        let up = close_1 < value_1 && close > value && dir == -1 && value > other;
        let down = close_1 > value_1 && close < value && dir == 1 && value < other;
        let (base, quote) = (trend, -trend);
        if up && base == 2 && quote < 0 {
            Some(Side::Buy)
        } else if down && base == -2 && quote > 0 {
            Some(Side::Sell)
        } else {
            None
        }
    };
    (0..bars.len()).map(signal).collect()
}

/// Compares the swing lines and trends that the strategy saw with those of the loop, bar for bar.
#[expect(clippy::cast_precision_loss, reason = "prices are small whole numbers of points")]
fn check_lines(seen: &Seen, bars: &[Bar], longer: &[Bar], minutes: i64) {
    let (own, others) = (swings(bars), swings(longer));
    let mut compared = 0;
    for (at, bar) in bars.iter().enumerate().take(bars.len() - 1).skip(1) {
        let Some(hour) = closed(longer, minutes, bars, at) else { continue };
        let ((value, dir, _), (other, _, trend)) = (own[at], others[hour]);
        for (name, expected) in [
            ("SWING_LINE", value as f64 / 1e5),
            ("SWING_LINE a bar ago", own[at - 1].0 as f64 / 1e5),
            ("SWING_LINE_DIRECTION", dir as f64),
            ("SWING_LINE of H1", other as f64 / 1e5),
            ("SWING_LINE_TREND of H1", trend as f64),
        ] {
            assert_eq!(seen.compared[&bar.time_msc][name], Some(expected), "{name} at {bar:?}");
        }
        compared += 1;
    }
    assert!(compared > 1_000, "{compared} bars");
}

/// A tenth of the mean range of `n` bars, in whole pips, in points.
fn range_stop(bars: &[Bar], n: usize, at: usize) -> i64 {
    let sum: i64 = bars[at + 1 - n..=at].iter().map(|bar| bar.high - bar.low).sum();
    let pips_of = 100 * i64::try_from(n).unwrap();
    (2 * sum + pips_of).div_euclid(2 * pips_of).max(1) * 10
}

/// Each of the three, on the ticks of a week.
#[test]
fn signals_are_what_plain_loops_say() {
    let own = |inverted: bool| json!([{ "symbol": "EURUSD", "inverted": inverted }]);
    let short = json!({
        "timeframe": "M1", "trendTimeframe": "M15", "rangeTimeframe": "H1", "rangePeriod": 3,
        "baseBasket": own(false), "quoteBasket": own(true),
    });
    let swing = |parameters: Value| {
        json!({
            "builtin": "swing_trend_momentum",
            "parameters": parameters,
            "riskManagement": { "lotSize": 0.1, "maxPositions": 100 },
        })
    };
    let strategies = json!([
        strategy(
            "cross",
            "M1",
            60,
            &json!({ "builtin": "ema_cross", "riskManagement": { "lotSize": 0.1 } })
        ),
        strategy(
            "breakout",
            "M1",
            30,
            &json!({ "builtin": "atr_breakout", "riskManagement": { "lotSize": 0.1 } })
        ),
        strategy("swing", "M5", 1, &swing(json!({ "rangePeriod": 1 }))),
        strategy("short", "M1", 3, &swing(short)),
    ]);
    let session = json!({ "limits": { "near_stops": "send" }, "broker": { "stops_check": "off" } });
    let Some(seen) = common::over_the_week(&strategies, session, Seen::default()) else { return };
    let bars = |minutes| bars_of(seen.ticks.iter().copied(), minutes);
    let [m1, m5, m15, h1, d1] = [1, 5, 15, 60, 1440].map(bars);
    check_signals(&seen, "cross", &m1, &crossings(&m1, 20.0, 50.0), 60);
    let breakouts: Vec<_> = (0..m1.len()).map(|at| side_of(breakout(&m1, at))).collect();
    check_signals(&seen, "breakout", &m1, &breakouts, 30);
    // So many of the longer bars must have closed.
    let warm = |longer: &[Bar], minutes, of: &[Bar], n: usize| {
        (0..of.len()).position(|at| closed(longer, minutes, of, at) >= Some(n - 1)).unwrap()
    };
    check_lines(&seen, &m5, &h1, 60);
    check_signals(&seen, "swing", &m5, &momentum(&m5, &h1, 60), warm(&d1, 1440, &m5, 1));
    check_signals(&seen, "short", &m1, &momentum(&m1, &m15, 15), warm(&h1, 60, &m1, 3));
    let mut stops = 0;
    for (owner, one) in &seen.closed {
        let (bars, minutes, longer, length, n) = match owner {
            owner if owner.contains("swing") => (&m5, 5, &d1, 1440, 1),
            owner if owner.contains("short") => (&m1, 1, &h1, 60, 3),
            _ => continue,
        };
        let opened = one.open_time_msc.0 - minutes * MINUTE_MS;
        let at = bars.partition_point(|bar| bar.time_msc <= opened) - 1;
        let distance = range_stop(longer, n, closed(longer, length, bars, at).unwrap());
        let away = |level: Option<tickdeck::domain::amount::Price>| {
            (level.unwrap().raw() - one.open_price.raw()) / POINT * one.side.sign()
        };
        assert_eq!((away(one.sl), away(one.tp)), (-distance, 2 * distance), "{one:?}");
        stops += 1;
    }
    assert!(stops > 5, "{stops} positions of the swing line");
}

/// A position, in points and milliseconds.
#[derive(Debug, PartialEq, Clone, Copy)]
struct Trade {
    side: Side,
    open_msc: i64,
    open: i64,
    sl: i64,
    tp: i64,
    close_msc: i64,
    close: i64,
    by_stop: bool,
}

/// M1 bars as a terminal exports them.
fn read_bars(path: &Path) -> Vec<Bar> {
    let text = std::fs::read_to_string(path).unwrap();
    let bar = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        let (day, clock) = (cells[0].replace('.', "-"), cells[1]);
        let time: jiff::Timestamp = format!("{day}T{clock}Z").parse().unwrap();
        let price = |cell: &str| cell.replace('.', "").parse::<i64>().unwrap();
        Bar {
            time_msc: time.as_millisecond(),
            open: price(cells[2]),
            high: price(cells[3]),
            low: price(cells[4]),
            close: price(cells[5]),
            spread: cells[8].trim().parse().unwrap(),
        }
    };
    text.lines().skip(1).map(bar).collect()
}

/// Four ticks a bar: time, Bid and Ask.
fn ticks_of(bars: &[Bar]) -> Vec<[(i64, i64, i64); 4]> {
    let (mut rises, mut spread) = (false, 0);
    let ticks = |bar: &Bar| {
        rises = if bar.close == bar.open { !rises } else { bar.close > bar.open };
        spread = if bar.spread > 0 { bar.spread } else { spread };
        let (first, second) = if rises { (bar.low, bar.high) } else { (bar.high, bar.low) };
        let at = |seconds: i64, bid: i64| (bar.time_msc + seconds * 1_000, bid, bid + spread);
        [at(0, bar.open), at(20, first), at(40, second), at(59, bar.close)]
    };
    bars.iter().map(ticks).collect()
}

/// Rounded to the nearest; nothing here lies in the middle.
fn rounded(dividend: i64, divisor: i64) -> i64 {
    (2 * dividend + divisor).div_euclid(2 * divisor)
}

/// The positions of the breakout, one a side, in the order in which they close, and those that are
/// open at the end.
fn breakout_trades(bars: &[Bar], warmup: usize) -> (Vec<Trade>, usize) {
    let (mut open, mut closed): (Vec<Trade>, Vec<Trade>) = (Vec::new(), Vec::new());
    for (at, ticks) in ticks_of(bars).into_iter().enumerate() {
        for (place, (time, bid, ask)) in ticks.into_iter().enumerate() {
            open.retain(|one| {
                let (sign, price) =
                    (one.side.sign(), if one.side == Side::Buy { bid } else { ask });
                let (by_stop, by_profit) =
                    (sign * (price - one.sl) <= 0, sign * (price - one.tp) >= 0);
                let close = if by_stop { one.sl } else { one.tp };
                if by_stop || by_profit {
                    closed.push(Trade { close_msc: time, close, by_stop, ..*one });
                }
                !by_stop && !by_profit
            });
            if place > 0 || at <= warmup {
                continue;
            }
            let Some(side) = side_of(breakout(bars, at - 1)) else { continue };
            if open.iter().any(|one| one.side == side) {
                continue;
            }
            let (sign, price) = (side.sign(), if side == Side::Buy { ask } else { bid });
            let ranges = true_ranges(bars, at - 1).unwrap();
            let (sl, tp) = (
                rounded(14 * price - sign * 2 * ranges, 14),
                rounded(14 * price + sign * 4 * ranges, 14),
            );
            let one = Trade {
                side,
                open_msc: time,
                open: price,
                sl,
                tp,
                close_msc: 0,
                close: 0,
                by_stop: false,
            };
            open.push(one);
        }
    }
    (closed, open.len())
}

/// Runs a strategy over M1 bars of some symbols, as four ticks a bar.
fn over_bars(files: &BTreeMap<&str, PathBuf>, symbols: &[&str], strategy: &Value) -> Seen {
    use tickdeck::backtest::ticks::{Given, open};
    let file = json!({
        "format": 1,
        "name": "month",
        "symbols": symbols,
        "zone": "America/New_York+7",
        "limits": { "near_stops": "send" },
        "broker": { "stops_check": "off" },
        "ticks": { "bars": { "model": "ohlc", "files": files } },
        "strategy": [strategy],
    });
    let folder = tempfile::tempdir().unwrap();
    let session = folder.path().join("month.toml");
    std::fs::write(&session, toml::to_string(&file).unwrap()).unwrap();
    let mut session = tickdeck::config::load(&session).unwrap();
    let streams = open(&mut session, &Given::default()).unwrap().streams;
    let mut seen = Seen::default();
    tickdeck::backtest::simulate(&session, streams, &mut (), &mut seen).unwrap();
    seen
}

/// Baskets of two symbols: the pound by itself, the dollar also by the Canadian dollar. A bar closes
/// with the first minute after it, and of one moment the first symbol's ticks come first.
#[test]
fn baskets_of_two_symbols_are_what_a_plain_loop_says() {
    let file = |symbol: &str| data(&format!("bars/{symbol}_M1_202510_mt5export.csv"));
    let (Some(cad), Some(pound)) = (file("USDCAD"), file("GBPUSD")) else { return };
    let [cad_m1, pound_m1] = [&cad, &pound].map(|path| read_bars(path));
    let quote = json!([{ "symbol": "GBPUSD", "inverted": true }, { "symbol": "USDCAD" }]);
    let rules = json!({
        "builtin": "swing_trend_momentum",
        "parameters": { "quoteBasket": quote },
        "riskManagement": { "lotSize": 0.01, "maxPositions": 100 },
    });
    let mut baskets = strategy("baskets", "M5", 10, &rules);
    baskets["symbol"] = json!("GBPUSD");
    let files = [("USDCAD", cad), ("GBPUSD", pound)].into();
    let seen = over_bars(&files, &["USDCAD", "GBPUSD"], &baskets);

    let of = |m1: &[Bar], minutes| bars_of(m1.iter().copied(), minutes);
    let (m5, h1, cad_h1) = (of(&pound_m1, 5), of(&pound_m1, 60), of(&cad_m1, 60));
    let closes = |m1: &[Bar], bar: &Bar, minutes: i64| {
        let end = bar.time_msc + minutes * MINUTE_MS;
        m1.get(m1.partition_point(|minute| minute.time_msc < end)).map(|minute| minute.time_msc)
    };
    let last = |m1: &[Bar], hours: &[Bar], minutes: i64, now: i64| {
        let is_closed = |bar: &Bar| closes(m1, bar, minutes).is_some_and(|close| close <= now);
        hours.partition_point(is_closed).checked_sub(1)
    };
    let (own, pounds, dollars) = (swings(&m5), swings(&h1), swings(&cad_h1));
    let mut stopped_by_the_other = 0;
    let mut signal = |at: usize| {
        let now = closes(&pound_m1, &m5[at], 5)?;
        let ((value, dir, _), before) = (own[at], at.checked_sub(1)?);
        let (other, _, pound) = pounds[last(&pound_m1, &h1, 60, now)?];
        let (_, _, dollar) = dollars[last(&cad_m1, &cad_h1, 60, now)?];
        let (close_1, value_1, close) = (m5[before].close, own[before].0, m5[at].close);
        let up = close_1 < value_1 && close > value && dir == -1 && value > other && pound == 2;
        let down = close_1 > value_1 && close < value && dir == 1 && value < other && pound == -2;
        let quote = dollar - pound;
        stopped_by_the_other += usize::from((up || down) && quote == 0);
        match (up && quote < 0, down && quote > 0) {
            (true, _) => Some(Side::Buy),
            (_, true) => Some(Side::Sell),
            _ => None,
        }
    };
    let expected: Vec<Option<Side>> = (0..m5.len()).map(&mut signal).collect();
    let d1 = of(&pound_m1, 1440);
    let is_warm = |at: &usize| {
        closes(&pound_m1, &m5[*at], 5).is_some_and(|now| last(&pound_m1, &d1, 1440, now) >= Some(9))
    };
    let first = (0..m5.len()).find(is_warm).unwrap();
    check_signals(&seen, "baskets", &m5, &expected, first);
    assert!(stopped_by_the_other > 5, "{stopped_by_the_other}");
}

/// The breakout on a month of bars, trade for trade.
#[test]
fn breakouts_trade_as_a_plain_loop_over_the_bars_does() {
    let Some(path) = data("bars/EURUSD_M1_202509_mt5export.csv") else { return };
    let bars = read_bars(&path);
    let rules = json!({ "builtin": "atr_breakout", "riskManagement": { "lotSize": 0.1 } });
    let breakout = strategy("breakout", "M1", 30, &rules);
    let seen = over_bars(&[("EURUSD", path)].into(), &["EURUSD"], &breakout);
    let trade = |(_, one): &(String, TradeClosed)| {
        assert!(matches!(one.reason, CloseReason::Sl | CloseReason::Tp), "{one:?}");
        let points = |price: tickdeck::domain::amount::Price| price.raw() / POINT;
        Trade {
            side: one.side,
            open_msc: one.open_time_msc.0,
            open: points(one.open_price),
            sl: points(one.sl.unwrap()),
            tp: points(one.tp.unwrap()),
            close_msc: one.close_time_msc.0,
            close: points(one.close_price),
            by_stop: one.reason == CloseReason::Sl,
        }
    };
    let found: Vec<Trade> = seen.closed.iter().map(trade).collect();
    let (expected, _) = breakout_trades(&bars, 30);
    for (n, (found, expected)) in found.iter().zip(&expected).enumerate() {
        assert_eq!(found, expected, "trade {n}");
    }
    assert_eq!(found.len(), expected.len());
    assert!(seen.verdicts["MaxOpenTrades"] > 100, "{:?}", seen.verdicts);
    let both = expected.iter().zip(expected.iter().skip(1));
    let at_once = both.filter(|(one, next)| one.side != next.side && next.open_msc < one.close_msc);
    assert!(at_once.count() > 10, "now and then both sides are open at once");
    let stops = found.iter().filter(|one| one.by_stop).count();
    assert!(stops > 100 && found.len() - stops > 100, "{stops} of {} by stop", found.len());
}

/// The built-in crossing is the one of R1, to the hash.
#[test]
fn the_crossing_is_that_of_r1() {
    let same = |builtin: Value, r1: Value| {
        let [builtin, r1] = [builtin, r1].map(|rules| hash(&read("rules", &rules).unwrap()));
        assert_eq!(builtin, r1);
    };
    let entry = |fast: &str, slow: &str| json!({ "type": "indicator_cross", "indicators": [fast, slow], "direction": "both" });
    same(
        json!({ "builtin": "ema_cross" }),
        json!({ "entry": entry("EMA_20", "EMA_50"), "exit": { "type": "opposite_signal" } }),
    );
    let filters = json!({ "daysOfWeek": [1, 2] });
    same(
        json!({
            "builtin": "ema_cross",
            "parameters": { "fast": 5, "slow": 8, "stopLossPips": 10, "takeProfitPips": 20.5 },
            "exit": { "trailing": { "enabled": true, "distance": 4 } },
            "riskManagement": { "lotSize": 0.2, "maxPositions": 3 },
            "filters": filters,
        }),
        json!({
            "entry": entry("EMA_5", "EMA_8"),
            "exit": {
                "type": "opposite_signal", "stopLoss": 10, "takeProfit": 20.5,
                "trailingStop": true, "trailingStopDistance": 4,
            },
            "risk": { "lotSize": 0.2, "maxOpenTrades": 3 },
            "filters": filters,
        }),
    );
}
