//! `tickdeck generate`: writes made-up ticks. The same arguments give the same ticks on every
//! machine.

use crate::cli::import::progress_bar;
use crate::cli::output::{ExitStatus, Output, check_ending, spare_recordings};
use crate::cli::spec_args::SpecArgs;
use crate::data::label::{FileClock, Label};
use crate::data::tick_layout::{PriceForm, TickLayout};
use crate::data::tick_writer::TickWriter;
use crate::domain::id::SymbolId;
use crate::domain::text;
use crate::market::columns::TickColumns;
use crate::session::ports::TickStream;
use crate::sim::generate::{Generator, TICKS_MAX};
use std::path::PathBuf;

/// Writes made-up ticks, the same for the same figures.
#[derive(Debug, Clone, clap::Args)]
pub struct GenerateArgs {
    /// The symbol whose prices they imitate
    #[arg(long, value_name = "NAME")]
    pub symbol: String,
    /// How many; about 70,000 make a day
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=TICKS_MAX))]
    pub ticks: u64,
    /// From which they are derived
    #[arg(long, value_name = "N")]
    pub seed: u64,
    /// The file to write; one that is there is replaced
    #[arg(long, value_name = "FILE.parquet")]
    pub out: PathBuf,
    /// Where the symbol's specification comes from.
    #[command(flatten)]
    pub spec: SpecArgs,
    /// Write doubles instead of exact decimals, for tools that know no decimals
    #[arg(long)]
    pub float: bool,
}

/// Runs the verb.
///
/// # Errors
/// What cannot be read or written.
pub fn run(args: &GenerateArgs, output: &Output) -> anyhow::Result<ExitStatus> {
    let spec = args.spec.find(&args.symbol)?;
    let form = if args.float { PriceForm::Double } else { PriceForm::Decimal };
    check_ending("--out", &args.out, "ticks are written as Parquet", "parquet")?;
    spare_recordings("--out", &args.out)?;
    let origin = format!("generate --ticks {} --seed {}", args.ticks, args.seed);
    let label = Label::of(&spec, Some(FileClock::Any), origin);
    let layout = TickLayout { form, label, ..TickLayout::exact(spec.digits) };
    let mut writer = TickWriter::create(&args.out, layout)?;
    let mut ticks = Generator::new(&spec, SymbolId(0), args.ticks, args.seed);
    let progress = progress_bar(output, Some(args.ticks));
    let mut batch = TickColumns::default();
    let (mut first, mut last) = (None, None);
    loop {
        ticks.next_batch(&mut batch).map_err(anyhow::Error::from_boxed)?;
        let Some(end) = batch.iter().next_back() else { break };
        last = Some(end.time_msc);
        first = first.or(batch.time_at(0));
        writer.push_columns(&batch, 0..batch.len())?;
        progress.inc(batch.len() as u64);
    }
    let rows = writer.finish()?;
    progress.finish_and_clear();
    if output.json {
        output.object(
            &serde_json::json!({"rows": rows, "first_time_msc": first, "last_time_msc": last}),
        )?;
    } else if !output.quiet {
        let until = last.map(|time| time.to_string()).unwrap_or_default();
        output.note(&format!("{rows} ticks of {} until {until} written", text::name(&args.symbol)));
        output.path(&args.out)?;
    }
    Ok(ExitStatus::Fine)
}
