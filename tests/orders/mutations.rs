//! Session files, commands, recordings and arguments as nobody should write them, run by the
//! program itself: it must end by itself, with 0, 1 or 2, within bounds of time and memory, and say
//! what is wrong.
//!
//! `TICKDECK_MUTATIONS` says how many runs (a few by default), `TICKDECK_MUTATIONS_SEED` from which
//! seed. A find is told with its seed, kept in a folder, and becomes a plain test in
//! `hostile_numbers` or `hostile_text`.

mod mutate;
mod subject;

use mutate::Mutator;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use subject::{Bench, Outcome};

const RUNS: u64 = 150;

#[expect(clippy::disallowed_methods, reason = "how many and from where is said from outside")]
fn figure(name: &str, usual: u64) -> u64 {
    std::env::var(name)
        .map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

#[test]
fn nothing_hostile_gets_through() {
    let (runs, seed) = (figure("TICKDECK_MUTATIONS", RUNS), figure("TICKDECK_MUTATIONS_SEED", 1));
    let bench = Bench::new();
    let (mut ends, mut finds) = ([0_u64; 3], Vec::new());
    for seed in seed..seed + runs {
        let mut mutator = Mutator::new(ChaCha8Rng::seed_from_u64(seed));
        let (folder, arguments) = bench.lay_out(&mut mutator);
        match subject::run(folder.path(), &arguments) {
            Outcome::Ended(code) => ends[usize::from(code)] += 1,
            Outcome::Wrong(how) => {
                let kept = folder.keep();
                finds.push(format!(
                    "seed {seed}: tickdeck {} in {}: {how}",
                    arguments.join(" "),
                    kept.display()
                ));
            }
        }
    }
    println!(
        "{runs} runs from seed {seed}: {} ended with 0, {} with 1, {} with 2, {} otherwise",
        ends[0],
        ends[1],
        ends[2],
        finds.len()
    );
    assert!(runs < 100 || (ends[0] > 0 && ends[2] > 0), "some are taken and some are refused");
    assert!(finds.is_empty(), "{}", finds.join("\n"));
}
