//! The command line: one file a verb.
//!
//! Data goes to stdout, everything else to stderr. Errors become exit statuses here and nowhere
//! else. Only [`interrupt`] ends the process from within. Start with [`run`].
//!
//! A new verb is a file with `XArgs: clap::Args` and `run(&XArgs, &Output) ->
//! anyhow::Result<ExitStatus>`, its `mod` line and its line in the list of verbs.

#[cfg(feature = "live")]
pub mod audit;
pub mod bars;
pub mod clock;
#[cfg(feature = "live")]
pub mod close;
pub mod compare;
pub mod completions;
pub mod config;
#[cfg(feature = "live")]
mod control;
#[cfg(feature = "live")]
pub mod doctor;
pub mod explain;
pub mod file_args;
pub mod generate;
pub mod import;
pub mod import_dukascopy;
pub mod indicators;
pub mod init;
pub mod inspect;
pub mod interrupt;
#[cfg(feature = "live")]
pub mod live;
pub mod output;
pub mod replay;
pub mod report;
pub mod rules;
#[cfg(feature = "live")]
pub mod send;
pub mod simulate;
pub mod spec_args;
mod started;
pub mod streams;
#[cfg(feature = "live")]
pub mod status;
#[cfg(feature = "live")]
pub mod terminal;
pub mod torture;

use crate::cli::clock::ClockChoice;
use crate::cli::output::{ColorChoice, ExitStatus, Output};
use crate::disk::unfinished;
use crate::domain::text;
use crate::torture::stumbler;
use crate::wire::secrets::told::told;
use clap::error::{ContextKind, ContextValue};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use std::borrow::Cow;
use std::ffi::OsString;
use std::io::{self, Write};

/// Runs trading strategies for MetaTrader 5, and runs them again over what was recorded, bit for
/// bit.
#[derive(Debug, Parser)]
#[command(name = "tickdeck", bin_name = "tickdeck", version, max_term_width = 100, after_help = EXIT_CODES)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    verb: Verb,
}

const EXIT_CODES: &str =
    "Exit codes: 0 fine, 1 the check says no, 2 bad usage or input, 101 a bug, 130 interrupted.";

/// Options of every verb.
#[derive(Debug, Args)]
struct Global {
    /// Give one machine-readable JSON object on stdout.
    #[arg(long, global = true)]
    json: bool,
    /// Say nothing but data and errors.
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Say more; twice for still more.
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    /// By which clock times are shown to people.
    #[arg(long, global = true, value_enum, value_name = "CLOCK", default_value_t = ClockChoice::Server)]
    time: ClockChoice,
    /// When to use colours (`NO_COLOR` is heeded).
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    color: ColorChoice,
}

/// Declares the verbs and carries them out; the completions, which are of the command line itself,
/// come last.
macro_rules! verbs {
    ($($(#[$doc:meta])* $name:ident: $module:ident::$args:ident $(if $condition:meta)?;)*) => {
        #[derive(Debug, Subcommand)]
        enum Verb {
            $($(#[$doc])* $(#[cfg($condition)])? $name($module::$args),)*
            /// Write a completion script for a shell to stdout.
            Completions(completions::CompletionsArgs),
        }

        impl Verb {
            fn run(&self, output: &Output) -> anyhow::Result<ExitStatus> {
                match self {
                    $($(#[cfg($condition)])? Self::$name(args) => $module::run(args, output),)*
                    Self::Completions(args) => completions::run(args, Cli::command(), output),
                }
            }
        }
    };
}

verbs! {
    /// Write a session to begin with: every key, with its unit and default.
    Init: init::InitArgs;
    /// Say which settings of live mode hold, and where each came from.
    Config: config::ConfigArgs;
    /// Say what a key of a session stands for: unit, default, what is allowed, an example.
    Explain: explain::ExplainArgs;
    /// Run a session with the simulated broker.
    Simulate: simulate::SimulateArgs;
    /// Run recordings again and compare what comes of them.
    Replay: replay::ReplayArgs;
    /// Put two runs beside one another, recordings or sessions: what if?
    Compare: compare::CompareArgs;
    /// Show what is in a recording, one order's life, or why it did (not) trade.
    Inspect: inspect::InspectArgs;
    /// Turn the ticks or bars you have into one fast file, with an account of their quality.
    Import: import_dukascopy::ImportVerbArgs;
    /// Turn ticks, or M1 bars, into bars as the terminal builds them.
    Bars: bars::BarsArgs;
    /// Write the values of indicators beside the bars that they are of.
    Indicators: indicators::IndicatorsArgs;
    /// Say what a strategy's rules say, without running them.
    Rules: rules::RulesArgs;
    /// Make up ticks: the same bytes for the same figures, everywhere.
    Generate: generate::GenerateArgs;
    /// Run the strategies of a session on an MT5 account, and record it.
    Live: live::LiveArgs if feature = "live";
    /// Close everything on an account: by the process that trades it, or by this one.
    Close: close::CloseArgs if feature = "live";
    /// Say whether everything is ready for live mode, and what to do where it is not.
    Doctor: doctor::DoctorArgs if feature = "live";
    /// Give a command to a live session, and wait for its result.
    Send: send::SendArgs if feature = "live";
    /// Show what a live session knows.
    Status: status::StatusArgs if feature = "live";
    /// Stand for an MT5 terminal, to rehearse live mode with.
    Terminal: terminal::TerminalArgs if feature = "live";
    /// Say what live sessions did, and whether that can be believed.
    Audit: audit::AuditArgs if feature = "live";
    /// Run random sessions with everything that goes wrong, and judge them from the broker's side.
    Torture: torture::TortureArgs;
}

/// Carries out a command line, the program's name first.
pub fn run<I, T>(args: I) -> ExitStatus
where
    I: IntoIterator<Item = T>,
    T: Into<OsString>,
{
    stumbler::install();
    let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
    match parse(&args) {
        Ok(cli) => {
            let Global { json, quiet, verbose, time, color } = cli.global;
            let output = Output { json, quiet, verbose, clock: time, color, ..Output::default() };
            let ended = cli.verb.run(&output);
            unfinished::wait_if_ending();
            ended.unwrap_or_else(|error| output.failed(&error))
        }
        Err(error) => usage(&args, &error),
    }
}

fn parse(args: &[OsString]) -> Result<Cli, clap::Error> {
    let color =
        if output::is_plain_wanted() { clap::ColorChoice::Never } else { clap::ColorChoice::Auto };
    let matches = Cli::command().color(color).try_get_matches_from(args)?;
    Cli::from_arg_matches(&matches)
}

/// Help and version are data; anything else is bad usage.
fn usage(args: &[OsString], error: &clap::Error) -> ExitStatus {
    // With each argument on one line: in a message their line breaks cannot be told from clap's
    // own.
    let asked_again = parse(&on_one_line(args)).err();
    let error = asked_again.as_ref().unwrap_or(error);
    let said = error.render().to_string();
    let rendered = told(&said);
    // Where neither stream can be written there is nobody left to tell.
    let _ = match text::lines(&rendered) {
        Cow::Borrowed(plain) if plain == said => error.print(),
        plain => io::stderr().write_all(plain.as_bytes()),
    };
    if !error.use_stderr() {
        return ExitStatus::Fine;
    }
    let meant = meant(error);
    if let Some(meant) = meant {
        let _ = writeln!(io::stderr(), "\n  tip: {meant}");
    }
    if args.iter().any(|arg| arg == "--json") {
        let message = rendered.lines().next().unwrap_or_default().trim_start_matches("error: ");
        output::print_json_error(message, &[], meant);
    }
    ExitStatus::BadInput
}

/// What people call verbs that have other names here, or that there are not.
const MEANT: [(&[&str], &str); 7] = [
    (&["new", "template", "example"], "`tickdeck init FILE.toml` writes a session to begin with"),
    (&["keys", "man", "doc", "docs"], "`tickdeck explain KEY` says what a key stands for"),
    (
        &["run", "backtest", "test", "sim", "tester"],
        "`tickdeck simulate SESSION.toml` runs a backtest",
    ),
    (
        &["optimize", "optimise", "vary", "sweep"],
        "`tickdeck simulate SESSION.toml --set KEY=10,15,20` runs a session with each value; `tickdeck compare` puts two beside one another",
    ),
    (&["trade", "start", "mt5"], "`tickdeck live --config live.toml` trades on an MT5 account"),
    (
        &["convert", "download", "load"],
        "`tickdeck import FILE --out FILE.parquet` reads the ticks or bars you have",
    ),
    (&["diff"], "`tickdeck compare A B` puts two runs beside one another"),
];

/// What was probably meant by a verb that there is not.
fn meant(error: &clap::Error) -> Option<&'static str> {
    let ContextValue::String(verb) = error.get(ContextKind::InvalidSubcommand)? else {
        return None;
    };
    let known = MEANT.iter().find(|(words, _)| words.contains(&verb.to_lowercase().as_str()));
    known.map(|(_, meant)| *meant)
}

/// The arguments with all that a terminal would obey written out, line breaks among it, and as text
/// where they are none.
fn on_one_line(args: &[OsString]) -> Vec<OsString> {
    args.iter().map(|arg| text::line(&arg.to_string_lossy()).into_owned().into()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
