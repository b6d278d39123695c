//! Made-up ticks: the same bytes for the same figures, and a market that behaves like one.

use tickdeck::data::specification::find;
use tickdeck::data::tick_layout::TickLayout;
use tickdeck::data::tick_writer::TickWriter;
use tickdeck::domain::id::{ContentHash, SymbolId};
use tickdeck::domain::symbols_builtin::NAMES;
use tickdeck::domain::tick::Tick;
use tickdeck::indicator::ema::Ema;
use tickdeck::market::builder::BarBuilder;
use tickdeck::market::columns::TickColumns;
use tickdeck::market::timeframe::Timeframe;
use tickdeck::session::ports::TickStream;
use tickdeck::sim::generate::Generator;

fn ticks(symbol: &str, count: u64, seed: u64) -> Vec<Tick> {
    let mut generator =
        Generator::new(&find(symbol, None, None).unwrap(), SymbolId(0), count, seed);
    let (mut all, mut batch) = (Vec::new(), TickColumns::default());
    loop {
        generator.next_batch(&mut batch).unwrap();
        if batch.is_empty() {
            return all;
        }
        all.extend(batch.iter());
    }
}

fn file_hash(ticks: &[Tick]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    let mut writer = TickWriter::create(&path, TickLayout::exact(5)).unwrap();
    writer.push(ticks).unwrap();
    writer.finish().unwrap();
    ContentHash::of(&std::fs::read(&path).unwrap()).to_string()
}

fn ticks_hash(ticks: &[Tick]) -> String {
    let lines: Vec<String> =
        ticks.iter().map(|tick| format!("{} {} {}", tick.time_msc.0, tick.bid, tick.ask)).collect();
    ContentHash::of(lines.join("\n").as_bytes()).to_string()
}

#[test]
fn the_same_figures_give_the_same_bytes_everywhere() {
    let made = ticks("EURUSD", 10_000, 1);
    assert_eq!(made, ticks("EURUSD", 10_000, 1));
    // Apart, so that a change tells whether the ticks changed or how they are written.
    assert_eq!(
        ticks_hash(&made),
        "ff54ed5ee393f7a7388a4090c6e0b541b150059172e0d33539d27f64ceeedcb4"
    );
    assert_eq!(
        file_hash(&made),
        "0f2fce8bc1a3ffa152678dad3be02a53bd5c2ac73c2dd47e8beb96fa79fd1e75"
    );
}

#[test]
fn other_figures_give_other_ticks() {
    let made = ticks("EURUSD", 1_000, 1);
    assert_ne!(made, ticks("EURUSD", 1_000, 2));
    assert_ne!(ticks_hash(&made), ticks_hash(&ticks("GBPUSD", 1_000, 1)));
    assert_eq!(made[..500], ticks("EURUSD", 500, 1), "a longer stream begins like a shorter one");
}

#[test]
fn every_symbol_has_a_market_that_looks_like_one() {
    for name in NAMES {
        let spec = find(name, None, None).unwrap();
        // A week and a day of some, some hours of the others.
        let long = ["EURUSD", "USDJPY", "XAUUSD"].contains(name);
        let made = ticks(name, if long { 420_000 } else { 20_000 }, 7);
        let start = made[0].bid;
        let mut same_msc = 0_usize;
        for pair in made.windows(2) {
            assert!(pair[0].time_msc <= pair[1].time_msc, "{name}");
            same_msc += usize::from(pair[0].time_msc == pair[1].time_msc);
        }
        for tick in &made {
            assert!(
                tick.bid.raw() % spec.tick_size.raw() == 0
                    && tick.ask.raw() % spec.tick_size.raw() == 0,
                "{name} {tick:?}"
            );
            assert!(
                tick.ask >= tick.bid
                    && tick.bid.raw() > start.raw() / 2
                    && tick.bid.raw() < start.raw() * 2,
                "{name} {tick:?}"
            );
            let time = tick.time_msc.civil();
            assert!(
                time.weekday().to_monday_zero_offset() < 5,
                "{name}: no quote on a weekend: {time}"
            );
        }
        assert!(
            (made.len() / 18..made.len() / 14).contains(&same_msc),
            "{name}: {same_msc} share a millisecond"
        );
        if !long {
            continue;
        }
        let (first, last) = (made[0].time_msc.civil(), made[419_999].time_msc.civil());
        assert_eq!(first.date().to_string(), "2025-09-22", "{name}");
        assert!(
            ("2025-09-29".."2025-10-01").contains(&last.date().to_string().as_str()),
            "{name} {last}"
        );
        let weekend = made.windows(2).map(|pair| pair[1].time_msc.0 - pair[0].time_msc.0).max();
        assert!(weekend > Some(48 * 3_600_000), "{name}: {weekend:?}");
    }
}

/// What drives the executor must do so: EMA 20/50 crosses on M1, and moves that reach a stop of 10
/// and a target of 20 pips.
#[test]
fn averages_cross_and_stops_are_reached() {
    let made = ticks("EURUSD", 350_000, 3);
    let spec = find("EURUSD", None, None).unwrap();
    let mut builder = BarBuilder::new(Timeframe::M1, spec.point());
    let (mut fast, mut slow) = (Ema::new(20), Ema::new(50));
    let (mut above, mut crosses, mut bars) = (None, 0, 0);
    let (mut low, mut high) = (made[0].bid, made[0].bid);
    for tick in &made {
        (low, high) = (low.min(tick.bid), high.max(tick.bid));
        if let Some(bar) = builder.push_tick(tick) {
            bars += 1;
            let now = fast.push(bar.close.to_f64()) > slow.push(bar.close.to_f64());
            crosses += u32::from(above.replace(now).is_some_and(|before| before != now));
        }
    }
    assert!((6_800..7_300).contains(&bars), "{bars} bars in a week");
    assert!((60..300).contains(&crosses), "{crosses} crosses in a week");
    let range = (high - low).raw() / 100_000;
    assert!((60..600).contains(&range), "a week's range of {range} pips");
}
