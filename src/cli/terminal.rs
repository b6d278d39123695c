//! `tickdeck terminal`: stands for an MT5 terminal, with the simulated broker behind it.

use crate::backtest::ticks::{Given, open};
use crate::cli::output::{ExitStatus, Output};
use crate::config;
use crate::domain::text::ShownPath;
use crate::domain::time::Timestamp;
use crate::live::time::{MarketPace, machine_now};
use crate::rehearsal::serve;
use crate::rehearsal::terminal::RehearsalTerminal;
use crate::session::tick_merge::TickMerge;
use anyhow::Context;
use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

/// Stand for an MT5 terminal to rehearse live mode with: the protocol of the gateway, and the simulated broker and
/// the ticks of a session behind it.
#[derive(Debug, Clone, clap::Args)]
pub struct TerminalArgs {
    /// The session whose broker, account and ticks are behind it
    #[arg(value_name = "SESSION.toml", required_unless_present = "join")]
    session: Option<PathBuf>,
    /// Serve whoever dials in at this address, instead of standard input and output; the market goes on between
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Lend its voice to a terminal that is served at this address
    #[arg(long, value_name = "ADDRESS:PORT", conflicts_with_all = ["session", "listen"])]
    join: Option<String>,
    /// Write down each deal, order and position in this file, whether or not somebody is there to hear of it
    #[arg(long, value_name = "FILE", requires = "session")]
    book: Option<PathBuf>,
    /// How many seconds of the market pass in one
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    speed: u32,
    /// The clock, if it is one that runs already: FROM,REAL,SPEED
    #[arg(long, value_name = "PACE", conflicts_with = "speed")]
    pace: Option<MarketPace>,
}

/// Runs the verb.
///
/// # Errors
/// When the session or its ticks cannot be read, or nobody can dial in.
pub fn run(args: &TerminalArgs, output: &Output) -> anyhow::Result<ExitStatus> {
    if let Some(address) = &args.join {
        serve::lend_voice(address).with_context(|| format!("no terminal at {address}"))?;
        return Ok(ExitStatus::Fine);
    }
    let path = args.session.as_deref().context("a session is to be named")?;
    let mut session = config::load(path)?;
    let pace = if let Some(pace) = args.pace {
        pace
    } else {
        let from = first_tick(path)?;
        MarketPace { from, real: machine_now(), speed: args.speed }
    };
    let streams = open(&mut session, &Given::default())?.streams;
    let mut terminal = RehearsalTerminal::new(&session, streams, pace.from)?;
    if let Some(book) = &args.book {
        let file = File::create(book).with_context(|| format!("cannot create {}", book.shown()))?;
        terminal = terminal.with_book(file);
    }
    let failed = |error| anyhow::anyhow!("{}: {error}", path.shown());
    if let Some(address) = &args.listen {
        let listener =
            TcpListener::bind(address).with_context(|| format!("cannot listen at {address}"))?;
        output.data(&format!("{} {pace}", listener.local_addr()?))?;
        serve::over_tcp(&mut terminal, pace, listener).map_err(failed)?;
    } else {
        serve::over_stdio(&mut terminal, pace).map_err(failed)?;
    }
    Ok(ExitStatus::Fine)
}

/// The moment of the first tick of a session.
///
/// # Errors
/// When the session or its ticks cannot be read, or there are none.
pub fn first_tick(path: &Path) -> anyhow::Result<Timestamp> {
    let mut session = config::load(path)?;
    let mut ticks = TickMerge::new(open(&mut session, &Given::default())?.streams);
    let first =
        ticks.peek().map_err(|failed| anyhow::anyhow!("{}: {}", path.shown(), failed.source))?;
    let first = first.with_context(|| format!("{}: there are no ticks", path.shown()))?;
    Ok(session.file.zone.to_utc(first))
}
