//! The table of the README: what a whole run costs a tick, beside the yardstick on the same files in
//! the same run.
//!
//! CPU time is what counts where cores are shared: that of the thread that runs the loop, and that
//! of all other threads together (decoding, writing). The slower of the two bounds the run.

use crate::cpu::Spent;
use crate::sessions::{Bench, Exits, Plan};
use crate::{record, replay, simulate, yardstick};
use std::path::Path;
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

const ROUNDS: usize = 5;

/// Prints the table and says whether every row reaches what is wanted of it.
pub fn run(folder: &Path, ticks: u64) -> bool {
    println!(
        "| {ticks} ticks, ns a tick | yardstick | loop | other threads | wall | ratio by CPU | by wall | wanted |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    let rows: [(&str, Plan, Wanted); 6] = [
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
        (
            "8 symbols, M1",
            Plan { name: "eight", symbols: 8, strategies: 8, ..Plan::ONE },
            Wanted::Ratio(0.25),
        ),
        (
            "30 symbols, H1",
            Plan { name: "thirty", symbols: 30, strategies: 30, timeframe: "H1", ..Plan::ONE },
            Wanted::Ratio(0.5),
        ),
        (
            "9,990 strategies on 30 symbols, M1",
            Plan { name: "many", symbols: 30, strategies: 9_990, ..Plan::ONE },
            Wanted::Ns(600.0),
        ),
    ];
    let mut all = true;
    for (name, plan, wanted) in rows {
        let bench = plan.bench(folder, ticks);
        let rounds = if plan.strategies > 100 { 1 } else { ROUNDS };
        all &= row(name, &bench, wanted, rounds, || simulate(&bench, StepHasher::default()));
    }
    let bench = Plan::ONE.bench(folder, ticks);
    let recorded = folder.join("recorded");
    all &= row("1 strategy with --record", &bench, Wanted::Ratio(0.35), ROUNDS, || {
        record(&bench, &recorded);
    });
    let recording = Recording::open(&recorded).unwrap();
    all &= row("replay, recorded answers", &bench, Wanted::Ratio(0.4), ROUNDS, || {
        replay(&bench, &recording);
    });
    all
}

fn row<T>(
    name: &str,
    bench: &Bench,
    wanted: Wanted,
    rounds: usize,
    mut whole: impl FnMut() -> T,
) -> bool {
    let bare = || bench.files.values().map(|file| yardstick::run(file).ticks).sum::<u64>();
    let (mut yardstick, mut ours) = (Spent::MAX, Spent::MAX);
    for _ in 0..rounds {
        yardstick = yardstick.least(Spent::by(|| assert_eq!(bare(), bench.ticks)));
        ours = ours.least(Spent::by(|| drop(whole())));
    }
    let ticks = f64::from(u32::try_from(bench.ticks).expect("no more ticks than a run can bear"));
    let ns = |seconds: f64| seconds * 1e9 / ticks;
    let by_cpu = yardstick.this_thread / ours.slower();
    let by_wall = yardstick.wall / ours.wall;
    let (text, reached) = match wanted {
        Wanted::Ratio(ratio) => (format!("≥ {ratio:.2}"), by_cpu >= ratio * TOLERANCE),
        Wanted::Ns(most) => (format!("≤ {most:.0} ns"), ns(ours.slower()) * TOLERANCE <= most),
    };
    println!(
        "| {name} | {:.1} | {:.1} | {:.1} | {:.1} | {by_cpu:.2} | {by_wall:.2} | {text}{} |",
        ns(yardstick.this_thread),
        ns(ours.this_thread),
        ns(ours.other_threads),
        ns(ours.wall),
        if reached { "" } else { ": not reached" }
    );
    reached
}
