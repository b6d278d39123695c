//! `tickdeck indicators`: prints each bar with the values of indicators on it.

use crate::cli::file_args::FileArgs;
use crate::cli::import::progress_bar;
use crate::cli::output::{ExitStatus, Output, check_ending, spare_recordings};
use crate::cli::streams::TableOut;
use crate::data::bar_writer::{CSV_HEADER, csv_line};
use crate::data::bars::{BarInput, Count};
use crate::data::error::DataError;
use crate::data::input::check_output;
use crate::data::replace::Replacement;
use crate::domain::text;
use crate::indicator::any::Indicator;
use crate::indicator::error::IndicatorError;
use crate::indicator::named::Named;
use crate::indicator::spec::LineSpec;
use crate::market::bar::Bar;
use crate::market::timeframe::Timeframe;
use crate::wire::indicator::explain;
use serde::Serialize;
use std::fmt::Write as _;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

/// Writes indicators beside their bars.
#[derive(Debug, Clone, clap::Args)]
pub struct IndicatorsArgs {
    /// Bars as long as the timeframe or shorter, or ticks, of any readable format
    #[arg(long, value_name = "FILE")]
    pub bars: PathBuf,
    /// M1, M2, M3, M5, M15, M30, H1, H4, D1, W1 or MN1
    #[arg(long, value_name = "TF")]
    pub timeframe: Timeframe,
    /// Which, by names with figures: ema:20, rsi:14, sma_50_median, macd (all lines),
    /// macd_signal:12:26:9
    #[arg(long = "use", value_name = "NAME,…", required = true, value_delimiter = ',', value_parser = named)]
    pub names: Vec<Named>,
    /// The file to write; one that is there is replaced; - is stdout
    #[arg(long, value_name = "FILE.csv")]
    pub out: PathBuf,
    /// What the file is.
    #[command(flatten)]
    pub file: FileArgs,
}

fn named(text: &str) -> Result<Named, String> {
    text.parse().map_err(|error: IndicatorError| explain(&error))
}

/// What was written, for `--json`.
#[derive(Debug, Serialize)]
struct Written<'a> {
    symbol: &'a str,
    timeframe: Timeframe,
    #[serde(flatten)]
    count: Count,
    columns: Vec<String>,
}

/// Runs the verb.
///
/// # Errors
/// What cannot be read or written, a column asked for twice, a symbol that nothing names.
pub fn run(args: &IndicatorsArgs, output: &Output) -> anyhow::Result<ExitStatus> {
    let out = TableOut::of(&args.out, output)?;
    check_ending("--out", out.path(), "indicators are written as CSV", "csv")?;
    check_output(out.path(), &[&args.bars])?;
    spare_recordings("--out", out.path())?;
    let spec = args.file.find(&args.bars, output)?;
    let symbol = &spec.name;
    let input = BarInput::open(&args.bars, &args.file.stated(None), &spec)?;
    let mut sheet = Sheet::create(args, out.path(), spec.digits)?;
    let progress = progress_bar(output, None);
    let count = input.build(args.timeframe, &mut |bar| {
        progress.inc(1);
        sheet.push(bar)
    })?;
    let columns = sheet.finish()?;
    progress.finish_and_clear();
    if output.json {
        output.object(&Written { symbol, timeframe: args.timeframe, count, columns })?;
    } else {
        let (symbol, read, bars, lines) =
            (text::name(symbol), count.read, count.bars, columns.len());
        output.note(&format!("{symbol}: {read} rows read, {bars} bars of {} with {lines} columns of indicators written", args.timeframe));
        count.told.iter().for_each(|told| output.note(told));
        out.finish(output)?;
    }
    Ok(ExitStatus::Fine)
}

/// The file in the making.
struct Sheet {
    file: BufWriter<Replacement>,
    /// The file of the bars.
    source: PathBuf,
    /// A column that cannot be told without tick volumes, if there is one.
    needs_volume: Option<String>,
    digits: u32,
    indicators: Vec<(Indicator, Vec<LineSpec>)>,
}

impl Sheet {
    fn create(args: &IndicatorsArgs, out: &Path, digits: u32) -> anyhow::Result<Self> {
        let names = &args.names;
        let mut columns: Vec<String> =
            names.iter().flat_map(|named| named.lines()).map(|line| line.column()).collect();
        columns.sort_unstable();
        if let Some([twice, _]) = columns.windows(2).find(|pair| pair[0] == pair[1]) {
            anyhow::bail!("--use: {twice} is asked for twice");
        }
        let indicators = names
            .iter()
            .map(|named| (Indicator::new(named.indicator), named.lines().collect()))
            .collect();
        let file = BufWriter::new(Replacement::create(out)?);
        let needs_volume = names
            .iter()
            .filter(|named| named.indicator.kind().needs_volume())
            .find_map(|named| Some(named.lines().next()?.column()));
        let source = args.bars.clone();
        let mut sheet = Self { file, source, needs_volume, digits, indicators };
        let header = sheet
            .columns()
            .into_iter()
            .fold(CSV_HEADER.to_owned(), |header, column| header + "," + &column);
        sheet.write(&header)?;
        Ok(sheet)
    }

    fn columns(&self) -> Vec<String> {
        self.indicators.iter().flat_map(|(_, lines)| lines).map(|line| line.column()).collect()
    }

    /// A bar and the values at its close; a cell without a value is empty. A double is written with
    /// as many digits as tell it from every other.
    fn push(&mut self, bar: &Bar) -> Result<(), DataError> {
        let mut text = csv_line(bar, self.digits);
        if let Some(column) = self.needs_volume.clone().filter(|_| bar.tick_volume == 0) {
            let (path, time) = (self.source.clone(), bar.time_msc);
            return Err(DataError::NoVolume { path, time, column });
        }
        for (indicator, lines) in &mut self.indicators {
            indicator.push(bar);
            for line in lines {
                text.push(',');
                if let Some(value) = indicator.value(*line) {
                    let written = write!(text, "{value}");
                    debug_assert!(written.is_ok(), "writing to a string does not fail");
                }
            }
        }
        self.write(&text)
    }

    fn write(&mut self, line: &str) -> Result<(), DataError> {
        let written = writeln!(self.file, "{line}");
        written.map_err(|source| DataError::Write {
            path: self.file.get_ref().target().into(),
            source,
        })
    }

    fn finish(self) -> Result<Vec<String>, DataError> {
        let columns = self.columns();
        let path = self.file.get_ref().target().to_owned();
        let file = self
            .file
            .into_inner()
            .map_err(|error| DataError::Write { path, source: error.into_error() })?;
        file.finish()?;
        Ok(columns)
    }
}
