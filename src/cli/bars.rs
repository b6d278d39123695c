//! `tickdeck bars`: bars of any timeframe from ticks or from shorter bars.

use crate::cli::file_args::FileArgs;
use crate::cli::import::progress_bar;
use crate::cli::output::{ExitStatus, Output, check_endings, spare_recordings};
use crate::cli::streams::TableOut;
use crate::data::bar_writer::BarWriter;
use crate::data::bars::BarInput;
use crate::data::input::check_output;
use crate::domain::zone::ServerZone;
use crate::market::timeframe::Timeframe;
use std::path::PathBuf;

/// Makes bars from ticks or from shorter bars.
#[derive(Debug, Clone, clap::Args)]
pub struct BarsArgs {
    /// Ticks, or M1 bars, of any readable format
    #[arg(long, value_name = "FILE")]
    pub ticks: PathBuf,
    /// M1, M2, M3, M5, M15, M30, H1, H4, D1, W1 or MN1
    #[arg(long, value_name = "TF")]
    pub timeframe: Timeframe,
    /// The file to write; one that is there is replaced; - is stdout
    #[arg(long, value_name = "FILE.csv|.parquet")]
    pub out: PathBuf,
    /// The clock of the file where it cannot tell; it is noted in a Parquet file
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<ServerZone>,
    /// What the file is.
    #[command(flatten)]
    pub file: FileArgs,
}

/// Runs the verb.
///
/// # Errors
/// What cannot be read or written.
pub fn run(args: &BarsArgs, output: &Output) -> anyhow::Result<ExitStatus> {
    let out = TableOut::of(&args.out, output)?;
    check_endings("--out", out.path(), "bars are written as CSV or Parquet", &["csv", "parquet"])?;
    check_output(out.path(), &[&args.ticks])?;
    spare_recordings("--out", out.path())?;
    let spec = args.file.find(&args.ticks, output)?;
    let input = BarInput::open(&args.ticks, &args.file.stated(args.zone.as_ref()), &spec)?;
    let mut writer = BarWriter::create(out.path(), spec.digits, &input.label())?;
    let progress = progress_bar(output, None);
    let count = input.build(args.timeframe, &mut |bar| {
        progress.inc(1);
        writer.push(bar)
    })?;
    writer.finish()?;
    progress.finish_and_clear();
    if output.json {
        output.object(&count)?;
    } else {
        output.note(&format!(
            "{} rows read, {} dropped, {} bars of {} written",
            count.read, count.dropped, count.bars, args.timeframe
        ));
        count.told.iter().for_each(|told| output.note(told));
        out.finish(output)?;
    }
    Ok(ExitStatus::Fine)
}
