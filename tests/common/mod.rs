//! What the tests of the command line share.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// 10⁻⁵: a point of EURUSD, as prices count.
pub const POINT: i64 = 10_000;

/// A tick of EURUSD in points.
#[derive(Clone, Copy)]
pub struct Quote {
    pub time_msc: i64,
    pub bid: i64,
    pub ask: i64,
}

impl From<&tickdeck::domain::tick::Tick> for Quote {
    fn from(tick: &tickdeck::domain::tick::Tick) -> Self {
        let (bid, ask) = (tick.bid.raw() / POINT, tick.ask.raw() / POINT);
        Self { time_msc: tick.time_msc.0, bid, ask }
    }
}

/// The project's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file of the real market data, which is not part of the project: beside it, or where
/// `TICKDECK_DATA` says. Says so when it is absent. An absolute path is itself.
pub fn data(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("TICKDECK_DATA")
        .map_or_else(|| root().join("../shared/data"), PathBuf::from);
    let path = folder.join(name);
    if !path.exists() {
        assert!(
            std::env::var_os("TICKDECK_DATA").is_none(),
            "{} is absent, and TICKDECK_DATA says that it is there",
            path.display()
        );
        eprintln!(
            "SKIPPED: {} is absent; set TICKDECK_DATA to the folder of real market data",
            path.display()
        );
        return None;
    }
    Some(path)
}

/// The Python in `TICKDECK_PYTHON`, or `python3` where there is one. Nobody needs Python for the other tests, so
/// without it what is written in it is left out, and this says so.
pub fn python() -> Option<String> {
    if let Some(named) = std::env::var_os("TICKDECK_PYTHON") {
        return named.into_string().ok();
    }
    let usual = "python3".to_owned();
    if Command::new(&usual).arg("--version").output().is_ok_and(|run| run.status.success()) {
        return Some(usual);
    }
    eprintln!("SKIPPED: no python3, and no TICKDECK_PYTHON");
    None
}

/// Builds bars from a file of which nothing is stated.
pub fn build(
    path: &Path,
    spec: &tickdeck::domain::symbol::SymbolSpec,
    timeframe: tickdeck::market::timeframe::Timeframe,
    sink: &mut dyn FnMut(
        &tickdeck::market::bar::Bar,
    ) -> Result<(), tickdeck::data::error::DataError>,
) -> Result<tickdeck::data::bars::Count, tickdeck::data::error::DataError> {
    let stated = tickdeck::data::format::Stated::default();
    tickdeck::data::bars::BarInput::open(path, &stated, spec)?.build(timeframe, sink)
}

/// The bars of the one file that a path names.
pub fn bar_source(
    path: &Path,
    spec: &tickdeck::domain::symbol::SymbolSpec,
) -> tickdeck::data::bar_source::BarSource {
    let input = tickdeck::data::input::Input::of(path).unwrap();
    let stated = tickdeck::data::format::Stated::default();
    tickdeck::data::bar_source::BarSource::open(&input, &stated, spec).unwrap()
}

/// Runs the program in the project's folder.
pub fn tickdeck(args: &[&str]) -> Output {
    tickdeck_in(root(), args)
}

/// Runs the program in a folder.
pub fn tickdeck_in(folder: &Path, args: &[&str]) -> Output {
    command(folder, args).output().unwrap()
}

/// The program in a folder, without what the surroundings may say of colours and of ways to the
/// net.
pub fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tickdeck"));
    for name in [
        "ALL_PROXY",
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "all_proxy",
        "https_proxy",
        "http_proxy",
        "NO_COLOR",
    ] {
        command.env_remove(name);
    }
    command.current_dir(folder).args(args).env("XDG_STATE_HOME", folder.join("state"));
    command
}

/// A session of the fixtures, with so many generated ticks instead of its own, in a folder of its
/// own.
pub fn fixture_with_ticks(name: &str, ticks: u64) -> tickdeck::config::Session {
    let mut session =
        tickdeck::config::load(&root().join("fixtures/sessions").join(format!("{name}.toml")))
            .unwrap();
    if let Some(tickdeck::session::description::TickSource::Generate { ticks: own, .. }) =
        &mut session.file.ticks
    {
        *own = ticks;
    }
    session
}

/// Runs a session, journal and all.
pub fn simulate<J: tickdeck::session::ports::Journal>(
    session: &tickdeck::config::Session,
    journal: J,
) -> (tickdeck::backtest::tally::Tally, J) {
    run(&mut session.clone(), |_| journal)
}

/// Records a session into `folder`.
pub fn record(session: &tickdeck::config::Session, folder: &Path) {
    use tickdeck::recording::folder::Existing;
    use tickdeck::recording::tick_files::Ticks;
    use tickdeck::recording::writer::Recorder;
    let create = |session: &tickdeck::config::Session| {
        Recorder::create(
            folder,
            Existing::Replace,
            &session.file,
            &session.specs,
            None,
            Ticks::Write,
        )
        .unwrap()
    };
    run(&mut session.clone(), create).1.finish().unwrap();
}

/// Opens a session's ticks, which settles what they mean for the broker, and runs it.
fn run<J: tickdeck::session::ports::Journal>(
    session: &mut tickdeck::config::Session,
    journal: impl FnOnce(&tickdeck::config::Session) -> J,
) -> (tickdeck::backtest::tally::Tally, J) {
    let streams =
        tickdeck::backtest::ticks::open(session, &tickdeck::backtest::ticks::Given::default())
            .unwrap()
            .streams;
    let mut journals = (tickdeck::backtest::tally::Tally::default(), journal(session));
    tickdeck::backtest::simulate(session, streams, &mut (), &mut journals).unwrap();
    journals
}

/// Runs strategies over the real EURUSD ticks of a week, journal and all; `session` has what else the
/// session file says. None where the data are absent.
pub fn over_the_week<J: tickdeck::session::ports::Journal>(
    strategies: &serde_json::Value,
    mut session: serde_json::Value,
    journal: J,
) -> Option<J> {
    session["zone"] = "America/New_York+7".into();
    let ticks = [("EURUSD", "ticks/icmarkets_EURUSD_20250922-20250926.ticks.parquet")];
    over(&ticks, strategies, session, journal)
}

/// As [`over_the_week`], over the real ticks of a day in 2014, of EURUSD and of gold.
pub fn over_a_day_with_gold<J: tickdeck::session::ports::Journal>(
    strategies: &serde_json::Value,
    mut session: serde_json::Value,
    journal: J,
) -> Option<J> {
    session["zone"] = "UTC".into();
    session["symbol"] = serde_json::json!({ "XAUUSD": { "digits": 3 } });
    let ticks = [
        ("EURUSD", "ticks/lean_oanda_EURUSD/20140506_quote.zip"),
        ("XAUUSD", "ticks/lean_oanda_XAUUSD/20140506_quote.zip"),
    ];
    over(&ticks, strategies, session, journal)
}

/// Runs strategies over files of the market data.
fn over<J: tickdeck::session::ports::Journal>(
    ticks: &[(&str, &str)],
    strategies: &serde_json::Value,
    session: serde_json::Value,
    mut journal: J,
) -> Option<J> {
    use tickdeck::backtest::ticks::{Given, open};
    let named = |(symbol, name): &(&str, &str)| Some(((*symbol).to_owned(), data(name)?));
    let ticks = ticks.iter().map(named).collect::<Option<Vec<_>>>()?;
    let mut file = session;
    file["format"] = 1.into();
    file["name"] = "real".into();
    file["symbols"] = ticks.iter().map(|(symbol, _)| symbol.as_str()).collect::<Vec<_>>().into();
    file["strategy"] = strategies.clone();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("week.toml");
    std::fs::write(&path, toml::to_string(&file).unwrap()).unwrap();
    let mut session = tickdeck::config::load(&path).unwrap();
    let given = Given { ticks: ticks.into_iter().collect(), ..Given::default() };
    let streams = open(&mut session, &given).unwrap().streams;
    tickdeck::backtest::simulate(&session, streams, &mut (), &mut journal).unwrap();
    Some(journal)
}
