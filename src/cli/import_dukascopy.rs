//! `tickdeck import dukascopy`: hours of ticks from the vendor's server, then imported like any
//! other files.
//!
//! This file also tells the two forms of `import` apart: files, or a vendor's name as the first
//! argument. A file with such a name is written `./dukascopy`.

use crate::cli::file_args::day;
use crate::cli::import::{self, ImportArgs, PolicyArgs, progress_bar};
use crate::cli::output::{ExitStatus, Output, check_ending, spare_recordings};
use crate::cli::report;
use crate::cli::spec_args::SpecArgs;
use crate::data::dukascopy::download::{Fetched, Manners, Shell, download};
use crate::data::dukascopy::hours::Wanted;
use crate::data::dukascopy::http::{ANSWER, BASE, Server};
use crate::data::dukascopy::unit::unit_raw;
use crate::data::error::DataError;
use crate::data::import::{Import, Imported, import};
use crate::data::tick_layout::PriceForm;
use crate::domain::zone::ServerZone;
use anyhow::Context;
use clap::{ArgMatches, Command, FromArgMatches, Subcommand as _};
use indicatif::ProgressBar;
use jiff::{Timestamp, civil::Date};
use serde::Serialize;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::thread::Builder;
use std::time::Duration;

/// Imports tick files, or what a vendor has.
#[derive(Debug, Clone)]
pub enum ImportVerbArgs {
    /// Files.
    Files(Box<ImportArgs>),
    /// What a vendor's server has.
    Vendor(Vendor),
}

/// By hand, since the files' required arguments are not required beside a vendor.
impl clap::Args for ImportVerbArgs {
    fn augment_args(command: Command) -> Command {
        let command = Vendor::augment_subcommands(ImportArgs::augment_args(command));
        command
            .args_conflicts_with_subcommands(true)
            .subcommand_negates_reqs(true)
            .disable_help_subcommand(true)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for ImportVerbArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        match matches.subcommand_name() {
            Some(_) => Vendor::from_arg_matches(matches).map(Self::Vendor),
            None => ImportArgs::from_arg_matches(matches).map(Box::new).map(Self::Files),
        }
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The vendors.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Vendor {
    /// Fetch hours of ticks from Dukascopy and import them.
    Dukascopy(Box<DukascopyArgs>),
}

/// What to fetch, where to keep it, and how politely.
#[derive(Debug, Clone, clap::Args)]
pub struct DukascopyArgs {
    /// The symbol, by Dukascopy's name
    #[arg(value_name = "SYMBOL")]
    pub symbol: String,
    /// The first day (UTC)
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub from: Date,
    /// The day after the last (UTC): its ticks are not fetched
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub to: Date,
    /// The file to write; one that is there is replaced
    #[arg(long, value_name = "FILE.parquet")]
    pub out: PathBuf,
    /// Where the fetched hours are kept, so that none is fetched twice [default:
    /// FILE.parquet.hours]
    #[arg(long, value_name = "DIR")]
    pub cache: Option<PathBuf>,
    /// The address below which SYMBOL/YYYY/MM/DD/HHh_ticks.bi5 are found
    #[arg(long, value_name = "URL", default_value = BASE)]
    pub base: String,
    /// Least time between two questions to the server, in milliseconds
    #[arg(long, value_name = "N", default_value_t = 250)]
    pub pause_ms: u32,
    /// How often an hour is asked for again before giving up, after waits of 1 s, 2 s, 4 s ... 60 s
    #[arg(long, value_name = "N", default_value_t = 6)]
    pub retries: u32,
    /// Where the symbol's specification comes from.
    #[command(flatten)]
    pub spec: SpecArgs,
    /// Write doubles instead of exact decimals, for tools that know no decimals
    #[arg(long)]
    pub float: bool,
    /// Write the times by this clock, such as America/New_York+7, instead of UTC; those of UTC are
    /// kept beside them
    #[arg(long, value_name = "ZONE")]
    pub clock: Option<ServerZone>,
    /// What is done with odd rows.
    #[command(flatten)]
    pub policies: PolicyArgs,
}

/// The verb's one JSON object.
#[derive(Serialize)]
struct Report<'a> {
    hours: &'a Fetched,
    #[serde(flatten)]
    imported: &'a Imported,
}

/// Runs `import`, in either form.
///
/// # Errors
/// What cannot be fetched, read or written.
pub fn run(args: &ImportVerbArgs, output: &Output) -> anyhow::Result<ExitStatus> {
    match args {
        ImportVerbArgs::Files(files) => import::run(files, output),
        ImportVerbArgs::Vendor(Vendor::Dukascopy(vendor)) => run_dukascopy(vendor, output),
    }
}

fn run_dukascopy(args: &DukascopyArgs, output: &Output) -> anyhow::Result<ExitStatus> {
    let spec = args.spec.find(&args.symbol)?;
    // Names of hosts are looked up on threads.
    let thread = Builder::new().spawn(|| ());
    thread.context(
        "no thread can be started to fetch: end other programs, or raise the limit on processes",
    )?;
    // What would fail after an hour of fetching fails here.
    unit_raw(Path::new(&format!("Dukascopy's {}", args.symbol)), &spec)?;
    check_folder(&args.out)?;
    check_ending("--out", &args.out, "ticks are written as Parquet", "parquet")?;
    spare_recordings("--out", &args.out)?;
    let wanted = Wanted::new(&args.symbol, args.from, args.to)?;
    let fetched = fetch(args, &wanted, output)?;
    if fetched.files.is_empty() {
        anyhow::bail!(
            "no ticks of {} from {} until before {}: {}",
            args.symbol,
            args.from,
            args.to,
            listed(&fetched)
        );
    }
    let bar = progress_bar(output, None);
    let what = Import {
        form: if args.float { PriceForm::Double } else { PriceForm::Decimal },
        to: args.clock.clone(),
        policies: args.policies.policies(),
        origin: Some(format!("Dukascopy {} {} to {}", args.symbol, args.from, args.to)),
        ..Import::new(&fetched.files, &spec, &args.out)
    };
    let imported = import(&what, &mut |rows| bar.set_position(rows))?;
    bar.finish_and_clear();
    if output.json {
        output.object(&Report { hours: &fetched, imported: &imported })?;
    } else if !output.quiet {
        output.note(&format!("{}{}", text(&fetched), report::of_ticks(&imported).trim_end()));
        output.path(&args.out)?;
    }
    Ok(ExitStatus::Fine)
}

fn fetch(args: &DukascopyArgs, wanted: &Wanted, output: &Output) -> anyhow::Result<Fetched> {
    let server = Server::new(&args.base, ureq::Proxy::try_from_env(), ANSWER)?;
    let manners =
        Manners { pause: Duration::from_millis(args.pause_ms.into()), retries: args.retries };
    let folder = args.cache.clone().unwrap_or_else(|| beside(&args.out));
    let bar = progress_bar(output, u64::try_from(wanted.hours().count()).ok());
    let fetched = download(&server, wanted, &folder, manners, &mut Here { output, bar: &bar });
    bar.finish_and_clear();
    Ok(fetched?)
}

/// The clock on the wall, sleep, and a bar on the terminal.
struct Here<'a> {
    output: &'a Output,
    bar: &'a ProgressBar,
}

impl Shell for Here<'_> {
    fn now(&mut self) -> Timestamp {
        Timestamp::now()
    }

    fn pause(&mut self, length: Duration) {
        std::thread::sleep(length);
    }

    fn wait(&mut self, length: Duration, why: &str) {
        self.bar
            .suspend(|| self.output.detail(&format!("{why}; waiting {} s", length.as_secs_f64())));
        std::thread::sleep(length);
    }

    fn done(&mut self, hours: u64) {
        self.bar.set_position(hours);
    }
}

/// The folder of hours that belongs to a file.
fn beside(out: &Path) -> PathBuf {
    let mut name = OsString::from(out);
    name.push(".hours");
    name.into()
}

fn check_folder(out: &Path) -> Result<(), DataError> {
    let folder =
        out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let metadata = std::fs::metadata(folder).map(|_| ());
    metadata.map_err(|source| DataError::Write { path: out.into(), source })
}

/// What became of the hours, kind by kind.
fn kinds(fetched: &Fetched) -> impl Iterator<Item = (&'static str, u64)> {
    let kinds = [
        ("fetched", fetched.fetched),
        ("there before", fetched.kept),
        ("without ticks", fetched.without_ticks),
        ("not there yet", fetched.not_yet),
        ("not ended", fetched.unfinished),
    ];
    kinds.into_iter().filter(|(_, hours)| *hours > 0)
}

fn listed(fetched: &Fetched) -> String {
    let kinds: Vec<String> =
        kinds(fetched).map(|(kind, hours)| format!("{hours} hours {kind}")).collect();
    kinds.join(", ")
}

/// One line a kind, as wide as the report on quality.
fn text(fetched: &Fetched) -> String {
    let lines: Vec<String> =
        kinds(fetched).map(|(kind, hours)| format!("hours {kind:<16} {hours:>12}\n")).collect();
    lines.concat()
}
