//! `tickdeck import`: turns files of ticks or bars into one file that is read fast, with a report
//! on their quality.

use crate::cli::clock::ClockChoice;
use crate::cli::file_args::FileArgs;
use crate::cli::output::{ExitStatus, Output, check_ending, check_endings, spare_recordings};
use crate::cli::report;
use crate::data::detect::format_of;
use crate::data::format::Stated;
use crate::data::import::{Import, import};
use crate::data::import_bars::{ImportBars, import_bars};
use crate::data::input::{check_output, inputs};
use crate::data::label::FileClock;
use crate::data::quality::policy::{Policies, Policy};
use crate::data::tick_layout::PriceForm;
use crate::domain::zone::ServerZone;
use anyhow::Context;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::path::{Path, PathBuf};

/// Imports ticks, or bars, into one file.
#[derive(Debug, Clone, clap::Args)]
pub struct ImportArgs {
    /// Files, folders or archives (.zip, .gz) of ticks or of bars; joined in the order of their
    /// first rows
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The file to write; one that is there is replaced
    #[arg(long, value_name = "FILE.parquet")]
    pub out: PathBuf,
    /// What the files are.
    #[command(flatten)]
    pub file: FileArgs,
    /// Write doubles instead of exact decimals, for tools that know no decimals
    #[arg(long)]
    pub float: bool,
    /// By which clock the times are.
    #[command(flatten)]
    pub clocks: ClockArgs,
    /// What is done with odd rows.
    #[command(flatten)]
    pub policies: PolicyArgs,
}

/// By which clock the times are.
#[derive(Debug, Clone, clap::Args)]
pub struct ClockArgs {
    /// The clock of the files where they cannot tell: UTC, UTC-5, Europe/Athens, America/New_York+7,
    /// or unknown
    #[arg(long, value_name = "ZONE", value_parser = FileClock::stated)]
    pub zone: Option<FileClock>,
    /// Write the times by this clock, such as America/New_York+7; those of ticks are kept beside
    /// them as they were
    #[arg(long, value_name = "ZONE")]
    pub clock: Option<ServerZone>,
}

/// What is done with rows that are not as they should be: keep, drop, fix or fail.
#[derive(Debug, Clone, clap::Args)]
pub struct PolicyArgs {
    /// Ask below bid, as real feeds have it; fix: the sides change places [default: keep]
    #[arg(long, value_name = "POLICY")]
    pub on_crossed: Option<Policy>,
    /// A price far off those before and after, of a tick or a bar; fix: the quote before stands in
    /// its place, a bar is dropped [default: keep]
    #[arg(long, value_name = "POLICY")]
    pub on_spike: Option<Policy>,
    /// How far off, in percent [default: 10]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub spike_percent: Option<u32>,
    /// A time before an earlier row's; keep: at the time of the row before; fix: put where it
    /// belongs [default: fail]
    #[arg(long, value_name = "POLICY")]
    pub on_out_of_order: Option<Policy>,
    /// The same row twice in a millisecond; fix: as drop [default: keep]
    #[arg(long, value_name = "POLICY")]
    pub on_duplicate: Option<Policy>,
}

impl PolicyArgs {
    pub(super) fn policies(&self) -> Policies {
        let default = Policies::default();
        Policies {
            crossed: self.on_crossed.unwrap_or(default.crossed),
            spike: self.on_spike.unwrap_or(default.spike),
            out_of_order: self.on_out_of_order.unwrap_or(default.out_of_order),
            duplicate: self.on_duplicate.unwrap_or(default.duplicate),
            spike_percent: self.spike_percent.unwrap_or(default.spike_percent),
        }
    }

    /// The first option that is given and that bars do not have.
    fn given_for_ticks(&self) -> Option<&'static str> {
        let options = [
            ("--on-crossed", self.on_crossed.is_some()),
            ("--on-out-of-order", self.on_out_of_order.is_some()),
            ("--on-duplicate", self.on_duplicate.is_some()),
        ];
        options.into_iter().find(|(_, given)| *given).map(|(option, _)| option)
    }
}

/// Runs the verb.
///
/// # Errors
/// What cannot be read or written.
pub fn run(args: &ImportArgs, output: &Output) -> anyhow::Result<ExitStatus> {
    let what = "what is imported is written as Parquet, bars also as CSV";
    check_endings("--out", &args.out, what, &["parquet", "csv"])?;
    check_output(&args.out, &args.files)?;
    spare_recordings("--out", &args.out)?;
    let first = args.files.first().context("no file is given")?;
    let spec = args.file.find(first, output)?;
    let ClockArgs { zone, clock: to } = args.clocks.clone();
    let stated = args.file.stated(zone.as_ref().and_then(FileClock::zone));
    let bar = progress_bar(output, None);
    let progress = &mut |rows| bar.set_position(rows);
    let report = match kind(first, &stated)? {
        Kind::Ticks => {
            check_ending("--out", &args.out, "ticks are written as Parquet", "parquet")?;
            let form = if args.float { PriceForm::Double } else { PriceForm::Decimal };
            let policies = args.policies.policies();
            let imported = import(
                &Import {
                    stated,
                    form,
                    zone,
                    to,
                    policies,
                    ..Import::new(&args.files, &spec, &args.out)
                },
                progress,
            )?;
            let (json, words) = (serde_json::to_string(&imported)?, report::of_ticks(&imported));
            Report { json, words, clock: imported.clock }
        }
        Kind::Bars => {
            anyhow::ensure!(
                !args.float,
                "--float is for ticks: bars are written as exact decimals"
            );
            if let Some(option) = args.policies.given_for_ticks() {
                anyhow::bail!(
                    "{option} is for ticks: bars are refused when they contradict themselves or one another"
                );
            }
            let (files, out, policies) = (&args.files, &args.out, args.policies.policies());
            let what = ImportBars { files, stated, spec: &spec, out, zone, to, policies };
            let imported = import_bars(&what, progress)?;
            let (json, words) = (serde_json::to_string(&imported)?, report::of_bars(&imported));
            Report { json, words, clock: imported.clock }
        }
    };
    bar.finish_and_clear();
    if output.json {
        output.json_text(&report.json)?;
    } else if !output.quiet {
        report.tell(output);
        if let (Some(FileClock::Unknown), Some(clock)) = (&args.clocks.zone, &report.clock) {
            output.note(&format!(
                "--zone unknown was not needed: the times are by {clock}, as the file says itself"
            ));
        }
        output.path(&args.out)?;
    }
    Ok(ExitStatus::Fine)
}

/// What came of an import, said in both ways.
struct Report {
    json: String,
    words: String,
    /// The clock of its times, if it is known.
    clock: Option<ServerZone>,
}

impl Report {
    fn tell(&self, output: &Output) {
        let words = self.words.trim_end();
        match (&self.clock, output.clock) {
            (_, ClockChoice::Server) => output.note(words),
            (Some(zone), ClockChoice::Utc) => {
                output.of_session(zone).note(&format!("{words}\ntimes are by UTC"));
            }
            (None, ClockChoice::Utc) => {
                output.note(&format!(
                    "{words}\ntimes are by the file's own clock, of which nobody says what it is"
                ));
            }
        }
    }
}

/// What files hold.
enum Kind {
    Ticks,
    Bars,
}

/// What the first of the files holds, or what all are said to be; the others must hold the same.
fn kind(first: &Path, stated: &Stated) -> anyhow::Result<Kind> {
    let inputs = inputs(&[first])?;
    let format = format_of(inputs.first().context("no file is given")?, stated)?;
    Ok(if format.is_ticks() { Kind::Ticks } else { Kind::Bars })
}

/// A bar that counts ticks or bars; hidden unless a person is watching.
pub(super) fn progress_bar(output: &Output, total: Option<u64>) -> ProgressBar {
    // Drawing to stderr hides itself when stderr is no terminal.
    let target =
        if output.quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let bar = ProgressBar::with_draw_target(total, target);
    let template = if total.is_some() {
        "{bar:40} {human_pos} of {human_len}"
    } else {
        "{spinner} {human_pos}"
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
