//! Ticks that come as quiet runs come to the same as ticks one by one: the same hash, the same
//! recording byte for byte, the same summary to the last bit. (Random sessions with every fault are
//! compared by the torture.)

use crate::common::{data, fixture_with_ticks, root};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use tickdeck::backtest::tally::Tally;
use tickdeck::backtest::ticks::Given;
use tickdeck::backtest::{self, Ran};
use tickdeck::config::{self, Session};
use tickdeck::recording::folder::Existing;
use tickdeck::recording::player;
use tickdeck::recording::reader::Recording;
use tickdeck::recording::tick_files::Ticks;
use tickdeck::recording::writer::Recorder;
use tickdeck::session::ports::{Journal, Passed, PortError, Step};

/// A journal that takes no runs.
struct OneByOne<J>(J);

impl<J: Journal> Journal for OneByOne<J> {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        self.0.step(step)
    }
}

/// Counts ticks that came in runs.
#[derive(Default)]
struct InRuns(u64);

impl Journal for InRuns {
    fn step(&mut self, _step: &Step<'_>) -> Result<(), PortError> {
        Ok(())
    }
    fn takes_runs(&self) -> bool {
        true
    }
    fn pass(&mut self, passed: &Passed<'_>) -> Result<(), PortError> {
        self.0 += passed.run.count() as u64;
        Ok(())
    }
}

/// What a run comes to, in words in which every bit shows.
fn told(ran: &Ran, tally: &Tally) -> String {
    let drawdown = ran.account.max_equity_drawdown_percent.to_bits();
    format!("{ran:?} {tally:?} {drawdown:x}")
}

/// Records a session into `folder` by a journal that `wrap` makes.
fn record<J: Journal>(
    session: &Session,
    given: &Given,
    folder: &Path,
    wrap: impl FnOnce((Tally, Recorder)) -> J,
    unwrap: impl FnOnce(J) -> (Tally, Recorder),
) -> String {
    let session = &mut session.clone();
    let streams = backtest::ticks::open(session, given).unwrap().streams;
    let (file, specs) = (&session.file, &session.specs);
    let recorder =
        Recorder::create(folder, Existing::Replace, file, specs, None, Ticks::Write).unwrap();
    let mut journal = wrap((Tally::default(), recorder));
    let ran = backtest::simulate(session, streams, &mut (), &mut journal).unwrap();
    let (tally, recorder) = unwrap(journal);
    recorder.finish().unwrap();
    told(&ran, &tally)
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            all.extend(
                files(&entry.path())
                    .into_iter()
                    .map(|(file, bytes)| (name.clone() + "/" + &file, bytes)),
            );
        } else {
            all.insert(name, fs::read(entry.path()).unwrap());
        }
    }
    all
}

/// The part of the ticks, in percent, that came in runs.
#[track_caller]
fn check(session: &Session, given: &Given) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let (runs, ticks) = (folder.path().join("runs"), folder.path().join("ticks"));
    let name = &session.file.name;
    let as_runs = record(session, given, &runs, |journal| journal, |journal| journal);
    let one_by_one = record(session, given, &ticks, OneByOne, |journal| journal.0);
    assert_eq!(as_runs, one_by_one, "{name}");
    let (as_runs, one_by_one) = (files(&runs), files(&ticks));
    assert!(as_runs.len() > 3 && as_runs.keys().eq(one_by_one.keys()), "{name}");
    for (file, bytes) in &as_runs {
        assert!(one_by_one[file] == *bytes, "{name}: {file} differs");
    }
    check_replay(&runs);
    let session = &mut session.clone();
    let streams = backtest::ticks::open(session, given).unwrap().streams;
    let mut journals = (Tally::default(), InRuns::default());
    backtest::simulate(session, streams, &mut (), &mut journals).unwrap();
    journals.1.0 * 100 / journals.0.ticks
}

/// A recording is replayed both ways, with its own answers.
#[track_caller]
fn check_replay(folder: &Path) -> u64 {
    let recording = Recording::open(folder).unwrap();
    let executor = || backtest::executor_of(&recording.file);
    let mut in_runs = InRuns::default();
    let as_runs = player::replay(&recording, &mut executor(), &mut in_runs).unwrap();
    let one_by_one = player::replay(&recording, &mut executor(), &mut OneByOne(())).unwrap();
    assert!(as_runs.divergence.is_none(), "{}", folder.display());
    assert_eq!(as_runs.actions_hash, recording.recorded.actions_hash);
    assert_eq!(
        (as_runs.inputs, as_runs.steps, as_runs.actions_hash),
        (one_by_one.inputs, one_by_one.steps, one_by_one.actions_hash)
    );
    in_runs.0 * 100 / recording.recorded.ticks.max(1)
}

#[test]
fn every_fixture() {
    let mut count = 0;
    for entry in fs::read_dir(root().join("fixtures/sessions")).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let in_runs = check(&fixture_with_ticks(&name, 40_000), &Given::default());
        eprintln!("{name}: {in_runs} % in runs");
        count += 1;
    }
    assert!(count > 6, "{count} sessions");
}

#[test]
fn every_recording() {
    // Six strategies on ticks made of one-minute bars: each fourth tick ends a bar, and stops trail.
    for (name, at_least) in [
        ("busy-commands", 80),
        ("ema-cross-week", 80),
        ("manual-orders", 80),
        ("order-troubles", 80),
        ("six-strategies", 40),
    ] {
        let in_runs = check_replay(&root().join("recordings").join(name));
        assert!(in_runs > at_least, "{name}: {in_runs} % in runs");
    }
}

/// Always in position on five symbols, whose rates to the account's currency stand still, or move
/// with their own quotes or with those of another symbol.
#[test]
fn many_symbols_whose_rates_move() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::from(
        "format = 1\nname = \"many-symbols\"\nzone = \"Europe/Athens\"\n\
         symbols = [\"EURUSD\", \"USDJPY\", \"EURGBP\", \"GBPUSD\", \"XAUUSD\"]\n\
         limits.near_stops = \"send\"\nbroker.stops_check = \"off\"\n\
         [ticks.generate]\nticks = 12000\nseed = 11\n",
    );
    for (place, symbol) in ["EURUSD", "USDJPY", "EURGBP", "GBPUSD", "XAUUSD"].iter().enumerate() {
        let timeframe = ["M1", "M5", "M1", "M15", "M1"][place];
        write!(
            text,
            "[[strategy]]\nid = \"{symbol}\"\nname = \"always in\"\nsymbol = \"{symbol}\"\ntimeframe = \"{timeframe}\"\n\
             [strategy.rules.entry]\ntype = \"indicator_cross\"\nindicators = [\"EMA_3\", \"EMA_8\"]\ndirection = \"both\"\n\
             [strategy.rules.exit]\ntype = \"opposite_signal\"\nstopLoss = 40\n\
             [strategy.rules.risk]\nlotSize = 0.20\nmaxOpenTrades = 2\n",
        )
        .unwrap();
    }
    let path = folder.path().join("many-symbols.toml");
    fs::write(&path, text).unwrap();
    let in_runs = check(&config::load(&path).unwrap(), &Given::default());
    assert!(in_runs > 60, "{in_runs} % in runs");
}

/// Real ticks have flags, spikes and pauses that made-up ones do not have.
#[test]
fn a_real_week() {
    let Some(path) = data("ticks/icmarkets_EURUSD_20250922-20250926.ticks.parquet") else { return };
    let session = config::load(&root().join("fixtures/sessions/ema-cross-m1.toml")).unwrap();
    let given = Given { ticks: BTreeMap::from([("EURUSD".to_owned(), path)]), ..Given::default() };
    let in_runs = check(&session, &given);
    assert!(in_runs > 80, "{in_runs} % in runs");
}
