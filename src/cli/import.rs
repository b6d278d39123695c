//! `tickdeck import`: exports and arrays of MT5 into tick files, with a report on their quality.

use crate::cli::output::{ExitStatus, Output};
use crate::data::import::import;
use crate::data::quality::{Quality, Treatment};
use crate::data::specification;
use crate::data::tick_writer::PriceForm;
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
}

/// Runs the verb.
///
/// # Errors
/// What cannot be read or written.
pub fn run(args: &ImportArgs, output: &Output) -> anyhow::Result<ExitStatus> {
    let spec = specification::find(&args.symbol, args.spec.as_deref(), args.digits)?;
    let form = if args.float { PriceForm::Double } else { PriceForm::Decimal };
    let bar = progress_bar(output, None);
    let quality = import(&args.files, &spec, &args.out, form, &mut |rows| bar.set_position(rows))?;
    bar.finish_and_clear();
    if output.json {
        println!("{}", serde_json::to_string(&quality)?);
    } else if !output.quiet {
        eprint!("{}", text(&quality));
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

/// The report for people, one finding a line.
#[must_use]
pub fn text(quality: &Quality) -> String {
    let time = |time: Option<crate::domain::time::ServerMsc>| time.map(|time| time.to_string()).unwrap_or_default();
    let mut text = format!(
        "rows read              {:>12}\nrows written           {:>12}\nfirst tick             {}\nlast tick              {}\n\
         gaps over 60 s         {:>12}, the longest {}.{:03} s\n",
        quality.rows,
        quality.written,
        time(quality.first_time_msc),
        time(quality.last_time_msc),
        quality.gaps_over_60s,
        quality.gap_msc_max / 1000,
        quality.gap_msc_max % 1000,
    );
    for (name, finding) in quality.findings().into_iter().filter(|(_, finding)| finding.rows > 0) {
        let treatment = match finding.treatment {
            Treatment::Kept => "kept",
            Treatment::Dropped => "dropped",
            Treatment::Refused => "refused",
        };
        let written = writeln!(text, "{name:<22} {:>12}, {treatment}", finding.rows);
        debug_assert!(written.is_ok(), "writing to a string does not fail");
    }
    text
}
