//! Filters on real ticks: each signal is let through, or stopped by the first filter that a separate
//! calculation names.

use crate::common;
use jiff::Timestamp;
use jiff::civil::{Time, Weekday, time};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tickdeck::domain::tick::Tick;
use tickdeck::executor::action::{Action, Note, Verdict};
use tickdeck::executor::event::Event;
use tickdeck::inspect::evaluation::Evaluation;
use tickdeck::session::ports::{Journal, PortError, Step};

/// A separate calculation of what becomes of each signal.
trait Expected {
    /// Takes each tick, before anything is asked about it.
    fn tick(&mut self, _: &Tick) {}

    /// The verdict about a signal at a tick.
    fn verdict(&mut self, at: Timestamp, tick: &Tick) -> Verdict;
}

/// How often each verdict was right.
struct Signals<E> {
    expected: E,
    counted: BTreeMap<String, u32>,
}

impl<E: Expected> Journal for Signals<E> {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        let Event::Tick(tick) = step.event else { return Ok(()) };
        self.expected.tick(tick);
        for action in step.actions {
            let Action::Note(note) = action else { continue };
            if note.side.is_none() {
                continue;
            }
            let moment = Timestamp::from_nanosecond(step.at.nanos().into()).unwrap();
            let expected = self.expected.verdict(moment, tick);
            assert_eq!(note.verdict, expected, "{moment}: {note:?}");
            check_told(step, note);
            *self.counted.entry(format!("{expected:?}")).or_default() += 1;
        }
        Ok(())
    }
}

/// Each filter is told, and the first that keeps the signal out is the one of the verdict.
fn check_told(step: &Step<'_>, note: &Note) {
    let told = Evaluation::of(step, note);
    let first = told.filters.iter().find(|(_, lets_in)| !lets_in).map(|(filter, _)| filter);
    let name = match note.verdict {
        Verdict::Entered => None,
        Verdict::OutsideDays => Some("days"),
        Verdict::OutsideHours => Some("hours"),
        Verdict::SpreadTooWide => Some("spread"),
        Verdict::OutsideSession => Some("sessions"),
        Verdict::NewsWindow | Verdict::NoCalendar => Some("news"),
        Verdict::VolatilityOut => Some("volatility"),
        Verdict::RegimeOut => Some("regime"),
        Verdict::CorrelationOut => Some("correlation"),
        other => panic!("{other:?} comes from no filter of these tests"),
    };
    assert_eq!(first.map(|filter| filter.split(": ").next().unwrap()), name, "{told:?}");
    assert!(!told.filters.is_empty());
    let text = told.to_string();
    for (filter, lets_in) in &told.filters {
        let word = if *lets_in { "lets in" } else { "keeps out" };
        assert!(text.contains(&format!("{word:10} {filter}\n")), "{text}");
    }
}

/// Runs a strategy that signals often, with filters, over the week: each of its signals meets what
/// is expected, and each of `verdicts` more than once.
fn check(filters: &Value, session: Value, expected: impl Expected, verdicts: &[&str]) {
    let signals = Signals { expected, counted: BTreeMap::new() };
    check_counted(common::over_the_week(&strategies(filters), session, signals), verdicts);
}

/// A strategy that signals often.
fn strategies(filters: &Value) -> Value {
    json!([{
        "id": "filters",
        "symbol": "EURUSD",
        "timeframe": "M1",
        "options": { "warmupBars": 60 },
        "rules": {
            "entry": { "type": "indicator_cross", "indicators": ["close", "SMA_5"], "direction": "both" },
            "risk": { "lotSize": 0.01, "maxOpenTrades": 10_000 },
            "filters": filters,
        },
    }])
}

fn check_counted<E>(signals: Option<Signals<E>>, verdicts: &[&str]) {
    let Some(signals) = signals else { return };
    let counted: Vec<&str> = signals.counted.keys().map(String::as_str).collect();
    assert_eq!(counted, verdicts, "{:?}", signals.counted);
    assert!(signals.counted.values().all(|count| *count > 1), "{:?}", signals.counted);
}

/// Days, hours and the spread.
struct Plain;

impl Expected for Plain {
    fn verdict(&mut self, at: Timestamp, tick: &Tick) -> Verdict {
        let london = at.in_tz("Europe/London").unwrap();
        let day = matches!(london.weekday(), Weekday::Monday | Weekday::Wednesday);
        let from: Time = time(8, 30, 0, 0);
        let hour = from <= london.time() && london.time() < time(16, 0, 0, 0);
        let points = (tick.ask - tick.bid).raw() / 10_000;
        match (day, hour, points <= 1) {
            (false, _, _) => Verdict::OutsideDays,
            (_, false, _) => Verdict::OutsideHours,
            (_, _, false) => Verdict::SpreadTooWide,
            _ => Verdict::Entered,
        }
    }
}

#[test]
fn each_signal_meets_the_first_filter_against_it() {
    let filters = json!({
        "timeRange": { "start": "08:30", "end": "16:00", "timezone": "Europe/London" },
        "daysOfWeek": [1, 3],
        "spread": { "maxSpreadPoints": 1 },
    });
    let verdicts = ["Entered", "OutsideDays", "OutsideHours", "SpreadTooWide"];
    check(&filters, json!({}), Plain, &verdicts);
}

/// Sydney is ten hours ahead of UTC in that week, and New York four hours behind it.
struct Sessions;

impl Expected for Sessions {
    fn verdict(&mut self, at: Timestamp, _: &Tick) -> Verdict {
        let hour = at.as_second().rem_euclid(86_400) / 3_600;
        let sydney = !(7..22).contains(&hour);
        let new_york = (12..21).contains(&hour);
        if sydney || new_york { Verdict::Entered } else { Verdict::OutsideSession }
    }
}

#[test]
fn signals_enter_in_the_sessions_that_are_named() {
    let filters = json!({ "session": { "sessions": ["newyork", "sydney"] } });
    check(&filters, json!({}), Sessions, &["Entered", "OutsideSession"]);
}

/// The bars of a minute, built from the bids.
#[derive(Default)]
struct Minutes {
    /// Open time in minutes, high, low and close of each.
    bars: Vec<(i64, f64, f64, f64)>,
}

impl Minutes {
    fn tick(&mut self, tick: &Tick) {
        let (minute, bid) = (tick.time_msc.0.div_euclid(60_000), tick.bid.to_f64());
        match self.bars.last_mut() {
            Some((at, high, low, close)) if *at == minute => {
                (*high, *low, *close) = (high.max(bid), low.min(bid), bid);
            }
            _ => self.bars.push((minute, bid, bid, bid)),
        }
    }

    /// The closed ones.
    fn closed(&self) -> &[(i64, f64, f64, f64)] {
        &self.bars[..self.bars.len() - 1]
    }

    /// The mean of the last true ranges, which is MT5's ATR.
    fn atr(&self, period: u16) -> f64 {
        let bars = self.closed();
        let ranges = bars.windows(2).map(|pair| {
            let ((_, _, _, before), (_, high, low, _)) = (pair[0], pair[1]);
            high.max(before) - low.min(before)
        });
        let ranges: Vec<f64> = ranges.collect();
        ranges[ranges.len() - usize::from(period)..].iter().sum::<f64>() / f64::from(period)
    }
}

/// The average true range from 0.605 to 2.005 pips, and 0.90001 times a slower one or more: no sum of
/// whole points lies on these bounds, where the last bit would decide.
#[derive(Default)]
struct Volatility(Minutes);

impl Expected for Volatility {
    fn tick(&mut self, tick: &Tick) {
        self.0.tick(tick);
    }

    fn verdict(&mut self, _: Timestamp, _: &Tick) -> Verdict {
        let (fast, slow) = (self.0.atr(10), self.0.atr(40));
        let is_in = (0.605..=2.005).contains(&(fast / 0.0001)) && fast / slow >= 0.90001;
        if is_in { Verdict::Entered } else { Verdict::VolatilityOut }
    }
}

#[test]
fn signals_enter_at_the_volatility_that_is_wanted() {
    let filters = json!({ "volatility": {
        "period": 10, "minPips": 0.605, "maxPips": 2.005, "slowPeriod": 40, "minRatio": 0.90001,
    } });
    check(&filters, json!({}), Volatility::default(), &["Entered", "VolatilityOut"]);
}

/// News of the week, out of order. The first and the last stand for the days that are covered.
const NEWS: &str = "\
title,time,impact,currency
Flash PMI,2025-09-23 08:00,high,EUR
Retail,2025-09-24T13:30:00+01:00,medium,GBP
Permits,2025-09-24T12:30:00Z,medium,USD
Chair speaks,2025-09-23 16:35:00,high,USD
Holiday,2025-09-23 00:00,low,JPY
CPI,2025-09-24 01:30,high,AUD
Summit,2025-09-24 18:00,medium,ALL
GDP,2025-09-25 12:30,high,USD
";

/// The moments of the news that count, in minutes from the beginning of that Monday.
struct News {
    counted: [i64; 5],
}

impl Expected for News {
    fn verdict(&mut self, at: Timestamp, _: &Tick) -> Verdict {
        let monday: Timestamp = "2025-09-22T00:00:00Z".parse().unwrap();
        let millis = at.as_millisecond() - monday.as_millisecond();
        // The calendar tells of three days: what is near their ends may have news beyond them.
        if !(1_440 + 45..4 * 1_440 - 90).contains(&millis.div_euclid(60_000)) {
            return Verdict::NoCalendar;
        }
        let is_near =
            |minute: &i64| (-90 * 60_000..=45 * 60_000).contains(&(millis - minute * 60_000));
        if self.counted.iter().any(is_near) { Verdict::NewsWindow } else { Verdict::Entered }
    }
}

#[test]
fn no_signal_enters_around_news_and_where_none_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calendar.csv");
    std::fs::write(&path, NEWS).unwrap();
    let filters =
        json!({ "news": { "minutesBefore": 90, "minutesAfter": 45, "impact": "medium" } });
    let counted = [1_440 + 480, 1_440 + 995, 2_880 + 750, 2_880 + 1_080, 4_320 + 750];
    let verdicts = ["Entered", "NewsWindow", "NoCalendar"];
    check(&filters, json!({ "news": path }), News { counted }, &verdicts);
}

/// The average directional index, as MT5 has it: both directions as parts of the true range, and
/// exponential averages of these and of what they differ by.
#[derive(Default)]
struct Regime(Minutes);

impl Regime {
    fn adx(&self, period: u16) -> f64 {
        // The terminal's double of a price: equal reaches are equal only to its last bit.
        let price = |price: f64| {
            let points = (price * 100_000.0).round();
            (points / 100_000.0).floor() + (points % 100_000.0) / 100_000.0
        };
        let share = 2.0 / (f64::from(period) + 1.0);
        let average = |before: f64, value: f64| value * share + before * (1.0 - share);
        let ratio = |part: f64, whole: f64| if whole == 0.0 { 0.0 } else { 100.0 * part / whole };
        let (mut up_line, mut down_line, mut adx) = (0.0, 0.0, 0.0);
        for pair in self.0.closed().windows(2) {
            let ((_, last_high, last_low, last_close), (_, high, low, _)) = (pair[0], pair[1]);
            let mut up = (price(high) - price(last_high)).max(0.0);
            let mut down = (price(last_low) - price(low)).max(0.0);
            if up > down {
                down = 0.0;
            } else if up < down {
                up = 0.0;
            } else {
                (up, down) = (0.0, 0.0);
            }
            let range = high.max(last_close) - low.min(last_close);
            up_line = average(up_line, ratio(up, range));
            down_line = average(down_line, ratio(down, range));
            adx = average(adx, ratio(f64::abs(up_line - down_line), up_line + down_line));
        }
        adx
    }
}

impl Expected for Regime {
    fn tick(&mut self, tick: &Tick) {
        self.0.tick(tick);
    }

    fn verdict(&mut self, _: Timestamp, _: &Tick) -> Verdict {
        let is_in = (25.0001..=40.0001).contains(&self.adx(10));
        if is_in { Verdict::Entered } else { Verdict::RegimeOut }
    }
}

#[test]
fn signals_enter_in_the_regime_that_is_wanted() {
    let filters = json!({ "regime": { "period": 10, "minAdx": 25.0001, "maxAdx": 40.0001 } });
    check(&filters, json!({}), Regime::default(), &["Entered", "RegimeOut"]);
}

/// How the closes of EURUSD move with those of gold.
#[derive(Default)]
struct Correlation([Minutes; 2]);

impl Correlation {
    fn value(&self, period: usize) -> Option<f64> {
        let last = |minutes: &Minutes| {
            let closed = minutes.closed();
            let from = closed.len().saturating_sub(period + 1);
            closed[from..].iter().map(|bar| (bar.0, bar.3)).collect::<BTreeMap<i64, f64>>()
        };
        let [own, other] = [last(&self.0[0]), last(&self.0[1])];
        let both: Vec<(f64, f64)> =
            own.iter().filter_map(|(at, close)| Some((*close, *other.get(at)?))).collect();
        let changes: Vec<(f64, f64)> =
            both.windows(2).map(|pair| (pair[1].0 - pair[0].0, pair[1].1 - pair[0].1)).collect();
        if changes.len() < period / 2 {
            return None;
        }
        let count = f64::from(u32::try_from(changes.len()).unwrap());
        let mean = |of: fn(&(f64, f64)) -> f64| changes.iter().map(of).sum::<f64>() / count;
        let (own, other) = (mean(|it| it.0), mean(|it| it.1));
        let sum = |of: &dyn Fn(&(f64, f64)) -> f64| changes.iter().map(of).sum::<f64>();
        let both = sum(&|it| (it.0 - own) * (it.1 - other));
        let square = |apart: f64| apart * apart;
        let squares = sum(&|it| square(it.0 - own)) * sum(&|it| square(it.1 - other));
        Some(both / squares.sqrt())
    }
}

impl Expected for Correlation {
    fn tick(&mut self, tick: &Tick) {
        self.0[tick.symbol.index()].tick(tick);
    }

    fn verdict(&mut self, _: Timestamp, _: &Tick) -> Verdict {
        let is_in = self.value(20).is_some_and(|value| (0.10001..=0.60001).contains(&value));
        if is_in { Verdict::Entered } else { Verdict::CorrelationOut }
    }
}

#[test]
fn signals_enter_while_another_symbol_moves_alike() {
    let filters = json!({ "correlation": {
        "symbol": "XAUUSD", "period": 20, "min": 0.10001, "max": 0.60001,
    } });
    let signals = Signals { expected: Correlation::default(), counted: BTreeMap::new() };
    let signals = common::over_a_day_with_gold(&strategies(&filters), json!({}), signals);
    check_counted(signals, &["CorrelationOut", "Entered"]);
}

#[test]
fn a_symbol_is_not_compared_with_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("session.toml");
    let filters = json!({ "correlation": { "symbol": "EURUSD", "period": 20, "min": 0.5 } });
    let session = json!({
        "format": 1,
        "name": "itself",
        "symbols": ["EURUSD"],
        "zone": "UTC",
        "ticks": { "generate": { "ticks": 100, "seed": 1 } },
        "strategy": strategies(&filters),
    });
    std::fs::write(&path, toml::to_string(&session).unwrap()).unwrap();
    let recorded = folder.path().join("recorded");
    common::record(&tickdeck::config::load(&path).unwrap(), &recorded);
    let actions = std::fs::read_to_string(recorded.join("actions.jsonl")).unwrap();
    assert!(actions.contains("rules.filters.correlation.symbol"), "{actions}");
}
