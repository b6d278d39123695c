//! The table of the README: what a whole run costs a tick, beside the yardstick on the same files in
//! the same run.
//!
//! CPU time is what counts where cores are shared: that of the thread that runs the loop, of those
//! that decode (together), and of the one that writes. The slowest of them bounds the run.

use crate::cpu::Spent;
use crate::sessions::{Exits, FIXED_LIMIT, Plan, TRAILING_LIMIT};
use crate::{decode, record, replay, simulate, yardstick};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tickdeck::recording::hash::StepHasher;
use tickdeck::recording::reader::Recording;

/// What a row must reach.
#[derive(Clone, Copy)]
enum Wanted {
    /// Such a part of the yardstick's speed.
    Ratio(f64),
    /// No more nanoseconds a tick.
    Ns(f64),
}

/// How much of what is wanted must be reached on a machine that is shared.
const TOLERANCE: f64 = 0.9;

/// How fast a run with limits must be, compared with the same one without.
const LIMITS_RATIO: f64 = 0.9;

const ROUNDS: usize = 5;

/// The sessions that are simulated, with what is wanted of each.
fn rows() -> [(&'static str, Plan, Wanted); 8] {
    let eight = Plan { name: "eight", symbols: 8, strategies: 8, ..Plan::ONE };
    let many = Plan { name: "many", symbols: 30, strategies: 9_990, ..Plan::ONE };
    [
        ("1 strategy, M1", Plan::ONE, Wanted::Ratio(0.8)),
        (
            "always in position",
            Plan { name: "always", exits: Exits::Reversal, ..Plan::ONE },
            Wanted::Ratio(0.7),
        ),
        (
            "1,000 resting levels, H1",
            Plan { name: "levels", timeframe: "H1", resting: 500, ..Plan::ONE },
            Wanted::Ratio(0.5),
        ),
        ("8 symbols, M1", eight, Wanted::Ratio(0.25)),
        (
            "8 symbols, M1, rates that move",
            Plan { name: "eight-rates", rates_move: true, ..eight },
            Wanted::Ratio(0.17),
        ),
        (
            "30 symbols, H1",
            Plan { name: "thirty", symbols: 30, strategies: 30, timeframe: "H1", ..Plan::ONE },
            Wanted::Ratio(0.5),
        ),
        // 600 ns were hoped for (README).
        ("9,990 strategies on 30 symbols, M1", many, Wanted::Ns(1_300.0)),
        (
            "9,990 strategies, rates that move",
            Plan { name: "many-rates", rates_move: true, ..many },
            Wanted::Ns(1_300.0),
        ),
    ]
}

/// Prints what limits on losses cost in each row: a fixed one and one that trails the equity, each beside the
/// rules of a prop firm. Says whether none costs more than it may.
pub fn limits(folder: &Path, ticks: u64) -> bool {
    println!(
        "| {ticks} ticks, ns a tick | without limits | fixed | trailing | fixed, ratio by CPU | trailing, ratio by CPU | wanted |"
    );
    println!("|---|---|---|---|---|---|---|");
    let mut all = true;
    for (name, plan, _) in rows() {
        let of = |limit, folder_name: &str| {
            Plan { rich: true, limit, ..plan }.bench(&folder.join(folder_name), ticks)
        };
        let benches = [
            of(None, "free"),
            of(Some(FIXED_LIMIT), "fixed"),
            of(Some(TRAILING_LIMIT), "trailing"),
        ];
        let rounds = if plan.strategies > 100 { 2 } else { 2 * ROUNDS };
        let (mut spent, mut traded) = ([Spent::MAX; 3], [0; 3]);
        for _ in 0..rounds {
            for (place, bench) in benches.iter().enumerate() {
                let run = || traded[place] = simulate(bench, StepHasher::default()).0.trades;
                spent[place] = spent[place].least(Spent::by(run));
            }
        }
        assert!(traded.iter().all(|trades| *trades == traded[0]), "no limit is reached");
        let count =
            f64::from(u32::try_from(benches[0].ticks).expect("no more than a run can bear"));
        let ns = spent.map(|spent| spent.this_thread * 1e9 / count);
        let (fixed, trailing) = (ns[0] / ns[1], ns[0] / ns[2]);
        let reached = fixed.min(trailing) >= LIMITS_RATIO;
        println!(
            "| {name} | {:.1} | {:.1} | {:.1} | {fixed:.2} | {trailing:.2} | ≥ {LIMITS_RATIO:.2}{} |",
            ns[0],
            ns[1],
            ns[2],
            if reached { "" } else { ": not reached" }
        );
        all &= reached;
    }
    all
}

/// Prints the table and says whether every row reaches what is wanted of it.
pub fn run(folder: &Path, ticks: u64) -> bool {
    println!(
        "| {ticks} ticks, ns a tick | yardstick | loop | decoding | writing | wall | ratio by CPU | by wall | wanted |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    let rows = rows();
    let mut all = true;
    for (name, plan, wanted) in rows {
        let bench = plan.bench(folder, ticks);
        let rounds = if plan.strategies > 100 { 1 } else { ROUNDS };
        let row = Row::measure(&bench.files, rounds, || simulate(&bench, StepHasher::default()));
        all &= row.print(name, bench.ticks, wanted);
    }
    let bench = Plan::ONE.bench(folder, ticks);
    let recorded = folder.join("recorded");
    let mut row = Row::measure(&bench.files, ROUNDS, || record(&bench, &recorded));
    let decoding = (0..ROUNDS).map(|_| Spent::by(|| _ = decode(&bench)).this_thread);
    row.split_off_writing(decoding.fold(f64::MAX, f64::min));
    all &= row.print("1 strategy with --record", bench.ticks, Wanted::Ratio(0.35));
    let recording = Recording::open(&recorded).unwrap();
    // Beside the bare loop on the ticks that it reads.
    let own = recorded.join("ticks/EURUSD.parquet");
    let files = BTreeMap::from([("EURUSD".to_owned(), own)]);
    let row = Row::measure(&files, ROUNDS, || replay(&bench, &recording));
    all & row.print("replay, recorded answers", bench.ticks, Wanted::Ratio(0.4))
}

/// Seconds that a row took at least.
struct Row {
    yardstick: Spent,
    ours: Spent,
    /// CPU time of the threads that decode, and of the one that writes.
    decoding: f64,
    writing: f64,
}

impl Row {
    /// The yardstick and `whole` in turn, the best of each, so that a busy machine harms neither.
    fn measure<T>(
        files: &BTreeMap<String, PathBuf>,
        rounds: usize,
        mut whole: impl FnMut() -> T,
    ) -> Self {
        let bare = || files.values().map(|file| yardstick::run(file).ticks).sum::<u64>();
        let (mut yardstick, mut ours) = (Spent::MAX, Spent::MAX);
        for _ in 0..rounds {
            yardstick = yardstick.least(Spent::by(|| _ = bare()));
            ours = ours.least(Spent::by(|| drop(whole())));
        }
        Self { yardstick, ours, decoding: ours.other_threads, writing: 0.0 }
    }

    /// What other threads took beside `decoding` they took to write.
    fn split_off_writing(&mut self, decoding: f64) {
        (self.decoding, self.writing) = (decoding, self.ours.other_threads - decoding);
    }

    fn print(&self, name: &str, ticks: u64, wanted: Wanted) -> bool {
        let ticks = f64::from(u32::try_from(ticks).expect("no more than a run can bear"));
        let ns = |seconds: f64| seconds * 1e9 / ticks;
        let Self { yardstick, ours, decoding, writing } = *self;
        let slowest = ours.this_thread.max(decoding).max(writing);
        let (by_cpu, by_wall) = (yardstick.this_thread / slowest, yardstick.wall / ours.wall);
        let (text, reached) = match wanted {
            Wanted::Ratio(ratio) => (format!("≥ {ratio:.2}"), by_cpu >= ratio * TOLERANCE),
            Wanted::Ns(most) => (format!("≤ {most:.0} ns"), ns(slowest) * TOLERANCE <= most),
        };
        println!(
            "| {name} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {by_cpu:.2} | {by_wall:.2} | {text}{} |",
            ns(yardstick.this_thread),
            ns(ours.this_thread),
            ns(decoding),
            ns(writing),
            ns(ours.wall),
            if reached { "" } else { ": not reached" }
        );
        reached
    }
}
