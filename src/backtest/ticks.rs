//! The source of a session's ticks: files given on the command line, files named in the session,
//! bars, or generated ticks.
//!
//! All symbols of a run have ticks of one kind: as quoted, or made from bars by one model.

use crate::backtest::bars;
use crate::backtest::error::BacktestError;
use crate::backtest::history::{self, LeftOut};
use crate::backtest::labels::Labelled;
use crate::config::Session;
use crate::data::error::DataError;
use crate::data::in_order::InOrder;
use crate::data::odd_rows::OddRows;
use crate::data::prefetch::Prefetch;
use crate::data::tick_file::TickFile;
use crate::domain::id::SymbolId;
use crate::domain::symbol::SymbolSpec;
use crate::recording::files::tick_files;
use crate::recording::reader::Recording;
use crate::session::description::{BarTicks, StopFills, TickModel, TickSource};
use crate::session::ports::TickStream;
use crate::sim::generate::Generator;
use crate::sim::model::Overdrawn;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The sources given for a run, which replace those named in the session.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// Tick files by symbol.
    pub ticks: BTreeMap<String, PathBuf>,
    /// Bar files by symbol.
    pub bars: BTreeMap<String, PathBuf>,
    /// The kind of the ticks.
    pub kind: Option<TickKind>,
}

/// The kind of the ticks of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TickKind {
    /// As they were quoted.
    Real,
    /// Made from bars.
    Made(TickModel),
}

/// The ticks of a run.
pub struct Opened {
    /// One stream for each of the session's symbols, in their order.
    pub streams: Vec<Box<dyn TickStream>>,
    /// What there is to say of their files.
    pub files: OpenedFiles,
}

/// What there is to say of the files of a run.
#[derive(Default)]
pub struct OpenedFiles {
    /// For each symbol with ticks made from bars, how many of its bars contradict themselves;
    /// complete after the run.
    pub overdrawn: Vec<(String, Overdrawn)>,
    /// For each symbol with a file, what is odd about its rows; complete after the run.
    pub odd: Vec<(String, OddRows)>,
    /// What of the session is outside its span.
    pub left_out: LeftOut,
}

/// The tick streams of a session's symbols. A source in `given` goes before what the session names.
/// When ticks are made from bars, or replace such ticks, the session's setting for stop fills
/// follows, unless the session sets it.
///
/// # Errors
/// [`BacktestError`] when a symbol has no ticks, ticks have no symbol, the given sources contradict
/// each other, or a file cannot be read.
pub fn open(session: &mut Session, given: &Given) -> Result<Opened, BacktestError> {
    let symbols = &session.file.symbols;
    if let Some(symbol) =
        given.ticks.keys().chain(given.bars.keys()).find(|symbol| !symbols.contains(symbol))
    {
        return Err(BacktestError::ForeignTicks {
            symbol: symbol.clone(),
            known: symbols.join(", "),
        });
    }
    let named = match &session.file.ticks {
        Some(TickSource::Bars(named)) => Some(named),
        _ => None,
    };
    let model = model(given, symbols, named)?;
    if model.is_some() || named.is_some() {
        session
            .file
            .broker
            .stop_fills
            .get_or_insert(model.map_or(StopFills::Tick, TickModel::stop_fills));
    }
    let mut opened =
        Opened { streams: Vec::with_capacity(symbols.len()), files: OpenedFiles::default() };
    for (place, symbol) in symbols.iter().enumerate() {
        let Some(model) = model else {
            let (stream, odd) = as_they_are(session, place, given)?;
            opened.streams.push(stream);
            opened.files.odd.extend(odd.map(|odd| (symbol.clone(), odd)));
            continue;
        };
        let own =
            || named.and_then(|named| named.files.get(symbol)).map(|file| session.dir.join(file));
        let path = given.bars.get(symbol).cloned().or_else(own);
        let path = path.ok_or_else(|| BacktestError::NoBars { symbol: symbol.clone() })?;
        let (stream, overdrawn, odd) = bars::open(session, &path, place, model)?;
        opened.streams.push(stream);
        opened.files.odd.push((symbol.clone(), odd));
        opened.files.overdrawn.push((symbol.clone(), overdrawn));
    }
    (opened.streams, opened.files.left_out) = history::begin(session, opened.streams)?;
    Ok(opened)
}

/// The model by which ticks are made from bars; none when they are not. The given sources must
/// agree with each other and, if they do not cover all symbols, with the session.
fn model(
    given: &Given,
    symbols: &[String],
    named: Option<&BarTicks>,
) -> Result<Option<TickModel>, BacktestError> {
    let (has_ticks, has_bars) = (!given.ticks.is_empty(), !given.bars.is_empty());
    let wants_ticks = has_ticks || given.kind == Some(TickKind::Real);
    let conflict = |reason| Err(BacktestError::Conflict { reason });
    match (given.kind, named) {
        _ if has_ticks && has_bars => conflict(
            "--ticks and --bars exclude each other: a run has ticks as they are, or ticks made from bars",
        ),
        (Some(TickKind::Real), _) if has_bars => conflict(
            "--model real-ticks takes ticks as they are: give --ticks SYMBOL=FILE instead of --bars, or another model",
        ),
        (Some(TickKind::Made(_)), _) if has_ticks => conflict(
            "this --model makes ticks from bars: give --bars SYMBOL=FILE instead of --ticks, or --model real-ticks",
        ),
        (Some(TickKind::Made(_)), None) if !has_bars => conflict(
            "this --model makes ticks from bars: give --bars SYMBOL=FILE, or name them under [ticks.bars] in the session",
        ),
        (None, None) if has_bars => {
            conflict("--bars needs a model: give --model every-tick, ohlc or open-prices")
        }
        (_, Some(_))
            if wants_ticks && symbols.iter().any(|symbol| !given.ticks.contains_key(symbol)) =>
        {
            conflict(
                "the session makes its ticks from bars: give --ticks SYMBOL=FILE for every symbol, or --bars",
            )
        }
        (Some(TickKind::Made(model)), _) => Ok(Some(model)),
        (None, Some(named)) if !wants_ticks => Ok(Some(named.model)),
        _ => Ok(None),
    }
}

/// A stream of ticks, and what is odd about the rows of its file, if it has one.
type Watched = (Box<dyn TickStream>, Option<OddRows>);

fn as_they_are(session: &Session, place: usize, given: &Given) -> Result<Watched, BacktestError> {
    let (symbol, spec) = (&session.file.symbols[place], &session.specs[place]);
    let id = SymbolId(u16::try_from(place).unwrap_or(u16::MAX));
    let open_file = |path: &Path| {
        let refused =
            |source| BacktestError::Ticks { symbol: symbol.clone(), source: Box::new(source) };
        let ticks = InOrder::open(path, id, spec).map_err(refused)?;
        let (clock, odd) = (ticks.clock().map_err(refused)?, ticks.odd_rows());
        let labelled = Labelled { path, symbol, clock, label: ticks.label() };
        labelled.check(session, &odd).map_err(refused)?;
        Prefetch::start(path, ticks)
            .map(|ticks| (Box::new(ticks) as Box<dyn TickStream>, Some(odd)))
            .map_err(refused)
    };
    let missing = || BacktestError::NoTicks { symbol: symbol.clone() };
    match (given.ticks.get(symbol), &session.file.ticks) {
        (Some(path), _) => open_file(path),
        (None, Some(TickSource::Files(files))) => {
            open_file(&session.dir.join(files.get(symbol).ok_or_else(missing)?))
        }
        (None, Some(TickSource::Generate { ticks, seed })) => {
            Ok((Box::new(Generator::new(spec, id, *ticks, *seed)), None))
        }
        (None, Some(TickSource::Bars(_)) | None) => Err(missing()),
    }
}

/// The tick streams of a recording, in the order of its symbols.
///
/// # Errors
/// [`BacktestError::Ticks`] naming the file.
pub fn of_recording(recording: &Recording) -> Result<Vec<Box<dyn TickStream>>, BacktestError> {
    let open = |(place, (name, spec)): (usize, (&String, &SymbolSpec))| {
        let path = recording.dir.join(name);
        let file = TickFile::open(&path, SymbolId(u16::try_from(place).unwrap_or(u16::MAX)), spec);
        match file.and_then(|file| Prefetch::start(&path, file)) {
            Ok(ticks) => Ok(Box::new(ticks) as Box<dyn TickStream>),
            // A symbol that was never subscribed has an empty file.
            Err(DataError::Empty { .. }) => Ok(Box::new(()) as Box<dyn TickStream>),
            Err(source) => {
                Err(BacktestError::Ticks { symbol: spec.name.clone(), source: Box::new(source) })
            }
        }
    };
    tick_files(&recording.file.symbols).iter().zip(&recording.specs).enumerate().map(open).collect()
}
