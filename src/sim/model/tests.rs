//! Bars in, ticks out.

use super::*;
use crate::domain::symbols_builtin::builtin;
use crate::market::builder::BarBuilder;
use proptest::prelude::*;

const MINUTE_MS: i64 = 60_000;
/// Monday 2025-09-22 00:00.
const START_MSC: i64 = 1_758_499_200_000;

fn price(points: i64) -> Price {
    Price::from_raw(1_170_000_000 + points * 10_000)
}

fn points(price: Price) -> i64 {
    (price.raw() - 1_170_000_000) / 10_000
}

/// A bar of the given minute, in points: open, high, low, close; tick volume; spread.
fn bar(minute: i64, [open, high, low, close]: [i64; 4], tick_volume: u64, spread: i64) -> Bar {
    Bar {
        time_msc: ServerMsc(START_MSC + minute * MINUTE_MS),
        open: price(open),
        high: price(high),
        low: price(low),
        close: price(close),
        tick_volume,
        spread: Points(spread),
        real_volume: 0,
    }
}

/// The ticks of bars that come in portions of three, with the count of bars that contradict
/// themselves.
fn made(
    bars: &[Bar],
    model: TickModel,
    timeframe: Option<Timeframe>,
) -> Result<(Vec<Tick>, u64), PortError> {
    let mut left = bars.chunks(3);
    let feed = |batch: &mut Vec<Bar>| {
        *batch = left.next().unwrap_or_default().to_vec();
        Ok(())
    };
    let mut stream =
        ModelTicks::new(feed, model, timeframe, SymbolId(4), &builtin("EURUSD").unwrap());
    let (mut ticks, mut batch) = (Vec::new(), TickColumns::default());
    loop {
        stream.next_batch(&mut batch)?;
        assert!(batch.len() <= BATCH_ROWS, "no more at once than there is room for");
        if batch.is_empty() {
            return Ok((ticks, stream.overdrawn().bars()));
        }
        ticks.extend(batch.iter());
    }
}

fn minutes(bars: &[Bar], model: TickModel) -> (Vec<Tick>, u64) {
    made(bars, model, Some(Timeframe::M1)).unwrap()
}

fn bids(bars: &[Bar], model: TickModel) -> Vec<i64> {
    minutes(bars, model).0.iter().map(|tick| points(tick.bid)).collect()
}

#[track_caller]
fn check(prices: [i64; 4], tick_volume: u64, expect: &[i64]) {
    assert_eq!(bids(&[bar(0, prices, tick_volume, 0)], TickModel::EveryTick), expect);
}

/// Worked out by hand from the published rules.
#[test]
fn few_ticks_and_the_ideal_division() {
    check([5, 5, 5, 5], 1, &[5]);
    check([5, 8, 5, 8], 2, &[5, 8]);
    check([5, 5, 5, 5], 3, &[5, 5, 5]);
    // A rising bar goes to its low first, a falling one to its high.
    check([5, 9, 1, 6], 4, &[5, 1, 9, 6]);
    check([6, 9, 1, 5], 4, &[6, 9, 1, 5]);
    // 3, 5, 3: a shadow over 3/4 and 1/2 to its end, the way between over 1/2, 1/3, 5/6 and 2/3.
    check([100, 140, 80, 120], 12, &[100, 85, 90, 80, 110, 100, 130, 120, 140, 125, 130, 120]);
    // Twice as many ticks: the same points in the same order, the spare ticks between them.
    let many = bids(&[bar(0, [100, 140, 80, 120], 24, 0)], TickModel::EveryTick);
    let mut rest = many.iter();
    let points = [100, 85, 90, 80, 110, 100, 130, 120, 140, 125, 130, 120];
    assert!(points.iter().all(|point| rest.any(|price| price == point)), "{many:?}");
    assert_eq!((many.len(), rest.next()), (24, None));
    // Fewer ways to go than ticks: back and forth by one point, and at rest once where that does
    // not come out even.
    check([5, 6, 5, 6], 8, &[5, 6, 5, 6, 5, 6, 5, 6]);
    check([5, 6, 5, 6], 7, &[5, 6, 5, 6, 5, 5, 6]);
}

/// What a terminal's bar cannot say: prices win over the count, and each such bar is counted.
#[test]
fn a_bar_that_contradicts_itself_gets_the_ticks_that_its_prices_need() {
    for (prices, tick_volume, expect) in [
        ([5, 5, 5, 5], 0, &[5][..]),
        ([5, 8, 5, 8], 1, &[5, 8]),
        ([5, 8, 5, 8], 0, &[5, 8]),
        ([5, 9, 5, 8], 2, &[5, 9, 8]),
        ([5, 9, 1, 8], 3, &[5, 1, 9, 8]),
    ] {
        check(prices, tick_volume, expect);
        assert_eq!(
            minutes(&[bar(0, prices, tick_volume, 0)], TickModel::EveryTick).1,
            1,
            "{prices:?} {tick_volume}"
        );
    }
    assert_eq!(minutes(&[bar(0, [5, 9, 1, 8], 4, 0)], TickModel::EveryTick).1, 0);
}

#[test]
fn a_doji_goes_the_way_that_the_bar_before_it_did_not() {
    let doji = [5, 9, 1, 5];
    let way = |before: [i64; 4]| {
        bids(&[bar(0, before, 4, 0), bar(1, doji, 4, 0), bar(2, doji, 4, 0)], TickModel::Ohlc)[4..]
            .to_vec()
    };
    assert_eq!(way([5, 7, 5, 6]), [5, 9, 1, 5, 5, 1, 9, 5]);
    assert_eq!(way([6, 7, 5, 5]), [5, 1, 9, 5, 5, 9, 1, 5]);
    assert_eq!(bids(&[bar(0, doji, 4, 0)], TickModel::Ohlc), [5, 1, 9, 5], "the very first rises");
}

fn after(ticks: &[Tick]) -> Vec<i64> {
    ticks.iter().map(|tick| tick.time_msc.0 - START_MSC).collect()
}

#[test]
fn four_ticks_and_when_they_come() {
    let bars = [bar(7, [5, 9, 1, 6], 40, 0), bar(9, [6, 9, 1, 5], 2, 0)];
    let (ticks, _) = minutes(&bars, TickModel::Ohlc);
    assert_eq!(
        after(&ticks),
        [420_000, 440_000, 460_000, 479_000, 540_000, 560_000, 580_000, 599_000]
    );
    assert_eq!(bids(&bars, TickModel::Ohlc), [5, 1, 9, 6, 6, 9, 1, 5]);
    let (ticks, _) = minutes(&bars, TickModel::OpenPrices);
    assert_eq!(
        after(&ticks),
        [420_000, 479_997, 479_998, 479_999, 540_000, 599_997, 599_998, 599_999]
    );
    assert_eq!(bids(&bars, TickModel::OpenPrices), [5, 1, 9, 6, 6, 9, 1, 5]);
    let (ticks, _) = minutes(&bars, TickModel::EveryTick);
    assert_eq!(after(&ticks)[..5], [420_000, 421_500, 423_000, 424_500, 426_000]);
    assert_eq!(
        after(&ticks)[40..],
        [540_000, 540_000 + 15_000, 540_000 + 30_000, 540_000 + 45_000],
        "four are needed"
    );
}

#[test]
fn ask_is_bid_and_the_last_spread_that_was_known() {
    let flat = [5; 4];
    let bars = [
        bar(0, flat, 1, 0),
        bar(1, flat, 1, 7),
        bar(2, flat, 1, 0),
        bar(3, flat, 1, -3),
        bar(4, flat, 1, 2),
    ];
    let (ticks, _) = minutes(&bars, TickModel::EveryTick);
    assert_eq!(
        ticks.iter().map(|tick| tick.spread(price(1) - price(0)).0).collect::<Vec<_>>(),
        [0, 7, 7, 7, 2]
    );
    assert!(ticks.iter().all(|tick| tick.symbol == SymbolId(4)
        && tick.flags == TickFlags::COUNTED
        && tick.volume == 0));
}

#[test]
fn longer_bars_tell_their_timeframe() {
    let hour = |hour: i64| bar(hour * 60, [5, 9, 1, 6], 7_200, 0);
    let bars = [hour(1), hour(2), hour(5)];
    let (ticks, _) = made(&bars, TickModel::EveryTick, None).unwrap();
    assert_eq!(ticks.len(), 3 * 7_200);
    assert_eq!(after(&ticks)[..3], [3_600_000, 3_600_500, 3_601_000]);
    let mut builder = BarBuilder::new(Timeframe::H1, price(1) - price(0));
    let mut again: Vec<Bar> = ticks.iter().filter_map(|tick| builder.push_tick(tick)).collect();
    again.extend(builder.forming());
    assert_eq!(again, bars);
    let (ticks, _) = made(&bars, TickModel::Ohlc, None).unwrap();
    assert_eq!(after(&ticks)[..4], [3_600_000, 4_800_000, 6_000_000, 7_199_000]);
}

#[test]
fn bars_that_make_no_ticks_are_refused_with_their_place() {
    let at = |minute| bar(minute, [5; 4], 1, 0);
    let refused =
        |bars: &[Bar], timeframe| made(bars, TickModel::Ohlc, timeframe).unwrap_err().to_string();
    let wide = Bar { spread: Points(1_000_001), ..at(1) };
    let full = Bar { tick_volume: (1 << 31) + 1, ..at(1) };
    for (bars, timeframe, words) in [
        (&[at(0)][..], None, "the bars' timeframe cannot be told from their opens (1 looked at)"),
        (&[at(1), at(3)], None, "from their opens (2 looked at)"),
        (
            &[at(0), at(1)],
            Some(Timeframe::M5),
            "the bar of 2025.09.22 00:01:00.000 is no bar of M5 in its place",
        ),
        (
            &[at(1), at(1)],
            Some(Timeframe::M1),
            "the bar of 2025.09.22 00:01:00.000 is no bar of M1",
        ),
        (
            &[at(0), wide],
            None,
            "the bar of 2025.09.22 00:01:00.000 states a spread of 1000001 points: at most 1000000 can be",
        ),
        (
            &[at(0), full],
            None,
            "the bar of 2025.09.22 00:01:00.000 states 2147483649 ticks: at most 2147483648 can be",
        ),
    ] {
        let text = refused(bars, timeframe);
        assert!(text.contains(words), "`{words}` in `{text}`");
    }
}

/// Consistent bars: prices, a tick volume from nothing to several hundred, a spread.
fn any_bars() -> impl Strategy<Value = Vec<Bar>> {
    let small = prop_oneof![Just(0_i64), Just(1), 0_i64..6, 0_i64..300];
    let one = (
        small.clone(),
        small.clone(),
        small,
        -300_i64..300,
        prop_oneof![0_u64..5, 0_u64..30, 0_u64..700],
        -2_i64..20,
        1_i64..3,
    );
    prop::collection::vec(one, 1..40).prop_map(|rows| {
        let mut minute = 0;
        let shape = |(above, body, below, open, tick_volume, spread, pause): (
            i64,
            i64,
            i64,
            i64,
            u64,
            i64,
            i64,
        )| {
            minute += pause;
            let close = if above % 2 == 0 { open + body } else { open - body };
            bar(
                minute,
                [open, open.max(close) + above, open.min(close) - below, close],
                tick_volume,
                spread,
            )
        };
        rows.into_iter().map(shape).collect()
    })
}

/// The fewest ticks that begin at the open, touch both extremes and end at the close.
fn needed(bar: &Bar, direction: BarDirection) -> u64 {
    let way = match direction {
        BarDirection::Rising => [bar.open, bar.low, bar.high, bar.close],
        BarDirection::Falling => [bar.open, bar.high, bar.low, bar.close],
    };
    1 + way.windows(2).filter(|pair| pair[0] != pair[1]).count() as u64
}

proptest! {
    /// Of any bars: every tick lies in its bar and its minute, as many come as the bar says, and
    /// the bars built of them are the bars that they came from.
    #[test]
    fn ticks_make_the_bars_that_made_them(bars in any_bars()) {
        for model in [TickModel::EveryTick, TickModel::Ohlc, TickModel::OpenPrices] {
            let (ticks, overdrawn) = minutes(&bars, model);
            let mut builder = BarBuilder::new(Timeframe::M1, price(1) - price(0));
            let mut again: Vec<Bar> = ticks.iter().filter_map(|tick| builder.push_tick(tick)).collect();
            again.extend(builder.forming());
            prop_assert!(ticks.windows(2).all(|pair| pair[0].time_msc <= pair[1].time_msc));
            prop_assert_eq!(again.len(), bars.len());
            let (mut direction, mut spread, mut short) = (BarDirection::Falling, 0, 0);
            for (again, bar) in again.iter().zip(&bars) {
                direction = BarDirection::of(bar, direction);
                spread = if bar.spread.0 > 0 { bar.spread.0 } else { spread };
                let needed = needed(bar, direction);
                short += u64::from(needed > bar.tick_volume);
                let tick_volume = if model == TickModel::EveryTick { bar.tick_volume.max(needed) } else { 4 };
                prop_assert_eq!(*again, Bar { tick_volume, spread: Points(spread), ..*bar });
            }
            prop_assert_eq!(overdrawn, if model == TickModel::EveryTick { short } else { 0 });
        }
    }
}
