//! What `simulate` is asked for, and the session that follows from it.

use crate::backtest;
use crate::backtest::ticks::{Given, Opened, TickKind};
use crate::cli::streams::{is_dash, refuse_endings, stdin_text};
use crate::config::setting::{Setting, Variation};
use crate::config::{self, Instead, Session};
use crate::domain::point_in_time::PointInTime;
use crate::domain::text::{self, ShownPath};
use crate::session::description::{SessionFile, TickModel};
use clap::ValueEnum;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Run a session with the simulated broker.
#[derive(Debug, clap::Args)]
pub struct SimulateArgs {
    /// The session; - is stdin.
    pub(super) session: PathBuf,
    /// Ticks of a symbol, instead of those the session names.
    #[arg(long, value_name = "SYMBOL=FILE", value_parser = symbol_and_file)]
    pub(super) ticks: Vec<(String, PathBuf)>,
    /// Bars of a symbol to make ticks from, instead of those the session names.
    #[arg(long, value_name = "SYMBOL=FILE", value_parser = symbol_and_file)]
    pub(super) bars: Vec<(String, PathBuf)>,
    /// What the ticks are, instead of what the session says: as they were quoted, or made from bars
    /// as MT5's tester does.
    #[arg(long, value_enum)]
    pub(super) model: Option<ModelArg>,
    /// Commands, instead of those the session names: one JSON object a line.
    #[arg(long, value_name = "FILE.jsonl")]
    pub(super) commands: Option<PathBuf>,
    /// Another value of the session, such as strategy.0.rules.exit.stopLoss=15; several values, with
    /// commas between, are variants: each is run, and a table compares them.
    #[arg(long, value_name = "KEY=VALUE,…")]
    pub(super) set: Vec<Variation>,
    /// Begin here, instead of at the session's `from`, by the server's clock or with a zone: earlier ticks
    /// become the bars that indicators begin with.
    #[arg(long, value_name = "TIME")]
    pub(super) from: Option<PointInTime>,
    /// Nothing comes from here on, instead of the session's `to`.
    #[arg(long, value_name = "TIME")]
    pub(super) to: Option<PointInTime>,
    /// Seed of every random stream, instead of the session's.
    #[arg(long)]
    pub(super) seed: Option<u64>,
    /// Exit with 1 where there is something to be warned of.
    #[arg(long)]
    pub(super) strict: bool,
    /// Let strategies start the programs that the session names.
    #[arg(long)]
    pub(super) allow_programs: bool,
    /// Keep the run as a recording.
    #[arg(long, value_name = "DIR")]
    pub(super) record: Option<PathBuf>,
    /// Replace the recording that is there.
    #[arg(long, requires = "record")]
    pub(super) force: bool,
    /// Write the closed trades.
    #[arg(long, value_name = "FILE.csv")]
    pub(super) trades: Option<PathBuf>,
}

/// What the ticks are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ModelArg {
    /// From bars, as many as their tick volume says.
    EveryTick,
    /// From bars, four each: open, high, low, close.
    Ohlc,
    /// From bars, the open; stops are checked at the bar's end.
    OpenPrices,
    /// The ticks as they are.
    RealTicks,
}

impl From<ModelArg> for TickKind {
    fn from(model: ModelArg) -> Self {
        match model {
            ModelArg::EveryTick => Self::Made(TickModel::EveryTick),
            ModelArg::Ohlc => Self::Made(TickModel::Ohlc),
            ModelArg::OpenPrices => Self::Made(TickModel::OpenPrices),
            ModelArg::RealTicks => Self::Real,
        }
    }
}

fn symbol_and_file(text: &str) -> Result<(String, PathBuf), String> {
    let (symbol, file) = text
        .split_once('=')
        .filter(|(symbol, file)| !symbol.is_empty() && !file.is_empty())
        .ok_or("write SYMBOL=FILE")?;
    Ok((symbol.to_owned(), PathBuf::from(file)))
}

/// The files that an option gives, each symbol once.
fn by_symbol(
    option: &str,
    files: &[(String, PathBuf)],
) -> anyhow::Result<BTreeMap<String, PathBuf>> {
    for (place, (symbol, _)) in files.iter().enumerate() {
        anyhow::ensure!(
            files[..place].iter().all(|(other, _)| other != symbol),
            "{option} names {symbol} twice: give one file for it"
        );
    }
    Ok(files.iter().cloned().collect())
}

/// Endings of files that are neither a session nor commands.
const TABLES: [&str; 7] = ["csv", "parquet", "xlsx", "xls", "zip", "gz", "set"];

/// Refuses files whose names say that they are something else.
fn check_names(args: &SimulateArgs) -> anyhow::Result<()> {
    let others = [&TABLES[..], &["json", "jsonl", "yaml", "yml", "ini", "ex5", "mq5"]].concat();
    refuse_endings(&args.session, &others, "a session is TOML; `tickdeck init` writes one")?;
    let Some(commands) = &args.commands else { return Ok(()) };
    refuse_endings(
        commands,
        &[&TABLES[..], &["toml"]].concat(),
        "commands are JSON, one object a line",
    )?;
    anyhow::ensure!(
        !is_dash(commands),
        "--commands -: stdin is for the session: name a file .jsonl"
    );
    Ok(())
}

/// The session with other values, and its ticks.
pub(super) fn prepared(
    args: &SimulateArgs,
    settings: &[Setting],
) -> anyhow::Result<(Session, Opened)> {
    let (commands, from, to) = (args.commands.as_deref(), args.from, args.to);
    check_names(args)?;
    let text = stdin_text(&args.session)?;
    let instead = Instead { commands, settings, from, to, text: text.as_deref() };
    let mut session = config::load_with(&args.session, instead)?;
    session.file.seed = args.seed.unwrap_or(session.file.seed);
    let (ticks, bars) = (by_symbol("--ticks", &args.ticks)?, by_symbol("--bars", &args.bars)?);
    let given = Given { ticks, bars, kind: args.model.map(TickKind::from) };
    let opened = backtest::ticks::open(&mut session, &given)?;
    Ok((session, opened))
}

/// Refuses to start programs unless somebody has said so: a session may come from anybody.
pub(crate) fn allow_programs(
    file: &SessionFile,
    path: &Path,
    is_allowed: bool,
) -> anyhow::Result<()> {
    let programs = file.programs();
    if is_allowed || programs.is_empty() {
        return Ok(());
    }
    let shown = |command: &Vec<String>| format!("`{}`", text::line(&command.join(" ")));
    let programs = programs.iter().map(shown).collect::<Vec<_>>().join(", ");
    anyhow::bail!(
        "{}: starts programs ({programs}): read them, and give --allow-programs to let it",
        path.shown()
    )
}
