//! `tickdeck import`: exports and arrays of MT5 into tick files, with a report on their quality.

use crate::cli::output::{ExitStatus, Output};
use crate::data::import::{Import, Imported, import};
use crate::data::quality::policy::{Policies, Policy};
use crate::data::specification;
use crate::data::tick_writer::PriceForm;
use crate::domain::time::ServerMsc;
use crate::domain::zone::ServerZone;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::fmt::Write as _;
use std::path::PathBuf;

/// Imports tick files into one Parquet file.
#[derive(Debug, Clone, clap::Args)]
pub struct ImportArgs {
    /// Tick exports of MT5, or Parquet files; joined in the order of their first ticks
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The symbol whose ticks they are
    #[arg(long, value_name = "NAME")]
    pub symbol: String,
    /// The file to write; one that is there is replaced
    #[arg(long, value_name = "FILE.parquet")]
    pub out: PathBuf,
    /// Specifications as symbol_info() gives them, in JSON
    #[arg(long, value_name = "FILE.json")]
    pub spec: Option<PathBuf>,
    /// Digits of the prices, where they are not those of the specification
    #[arg(long, value_name = "N")]
    pub digits: Option<u32>,
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
    /// The clock of the files where they cannot tell: UTC, UTC-5, Europe/Athens, America/New_York+7
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<ServerZone>,
    /// Write the times by this clock; those of the source are kept beside them
    #[arg(long, value_name = "ZONE")]
    pub to: Option<ServerZone>,
}

/// What is done with rows that are not as they should be: keep, drop, fix or fail.
#[derive(Debug, Clone, clap::Args)]
pub struct PolicyArgs {
    /// Ask below bid, as real feeds have it; fix: the sides change places
    #[arg(long, value_name = "POLICY", default_value_t = Policies::default().crossed)]
    pub on_crossed: Policy,
    /// A price far off those before and after; fix: the quote before stands in its place
    #[arg(long, value_name = "POLICY", default_value_t = Policies::default().spike)]
    pub on_spike: Policy,
    /// How far off, in percent
    #[arg(long, value_name = "N", default_value_t = Policies::default().spike_percent, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub spike_percent: u32,
    /// A time before an earlier row's; keep: at the time of the row before; fix: put where it belongs
    #[arg(long, value_name = "POLICY", default_value_t = Policies::default().out_of_order)]
    pub on_out_of_order: Policy,
    /// The same row twice in a millisecond; fix: as drop
    #[arg(long, value_name = "POLICY", default_value_t = Policies::default().duplicate)]
    pub on_duplicate: Policy,
}

impl PolicyArgs {
    pub(super) const fn policies(&self) -> Policies {
        Policies {
            crossed: self.on_crossed,
            spike: self.on_spike,
            out_of_order: self.on_out_of_order,
            duplicate: self.on_duplicate,
            spike_percent: self.spike_percent,
        }
    }
}

/// Runs the verb.
///
/// # Errors
/// What cannot be read or written.
pub fn run(args: &ImportArgs, output: &Output) -> anyhow::Result<ExitStatus> {
    let spec = specification::find(&args.symbol, args.spec.as_deref(), args.digits)?;
    let bar = progress_bar(output, None);
    let what = Import {
        form: if args.float { PriceForm::Double } else { PriceForm::Decimal },
        zone: args.clocks.zone.clone(),
        to: args.clocks.to.clone(),
        policies: args.policies.policies(),
        ..Import::new(&args.files, &spec, &args.out)
    };
    let imported = import(&what, &mut |rows| bar.set_position(rows))?;
    bar.finish_and_clear();
    report(&imported, output)?;
    if !output.json && !output.quiet {
        println!("{}", args.out.display());
    }
    Ok(ExitStatus::Fine)
}

/// A bar that counts ticks or bars; hidden unless a person is watching.
pub(super) fn progress_bar(output: &Output, total: Option<u64>) -> ProgressBar {
    // Drawing to stderr hides itself when stderr is no terminal.
    let target = if output.quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let bar = ProgressBar::with_draw_target(total, target);
    let template = if total.is_some() { "{bar:40} {human_pos} of {human_len}" } else { "{spinner} {human_pos}" };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Gives the report, in JSON or in words.
fn report(imported: &Imported, output: &Output) -> anyhow::Result<()> {
    if output.json {
        println!("{}", serde_json::to_string(imported)?);
    } else if !output.quiet {
        eprint!("{}", text(imported));
    }
    Ok(())
}

/// The report for people, one finding a line.
#[must_use]
pub fn text(imported: &Imported) -> String {
    let time = |time: Option<ServerMsc>| time.map(|time| time.to_string()).unwrap_or_default();
    let quality = &imported.quality;
    let mut text = format!(
        "rows read              {:>12}\nrows written           {:>12}\nfirst tick             {}\nlast tick              {}\n\
         clock                  {}\ngaps over 60 s         {:>12}, the longest {}.{:03} s\n",
        quality.rows,
        quality.written,
        time(quality.first_time_msc),
        time(quality.last_time_msc),
        clock(imported),
        quality.gaps_over_60s,
        quality.gap_msc_max / 1000,
        quality.gap_msc_max % 1000,
    );
    for (name, finding) in quality.findings().into_iter().filter(|(_, finding)| finding.rows > 0) {
        let written = writeln!(text, "{name:<22} {:>12}, {}", finding.rows, finding.treatment.name());
        debug_assert!(written.is_ok(), "writing to a string does not fail");
    }
    if let Some(wrong) = &imported.wrong_clock {
        let written = writeln!(text, "warning: {wrong}");
        debug_assert!(written.is_ok(), "writing to a string does not fail");
    }
    text
}

fn clock(imported: &Imported) -> String {
    match (&imported.clock, imported.likely_clock) {
        (Some(clock), _) => clock.to_string(),
        (None, Some(likely)) => format!("not stated; the weekly close fits --zone {likely}"),
        (None, None) => "not stated".to_owned(),
    }
}
