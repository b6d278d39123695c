//! Ticks made from a file of bars.

use crate::backtest::error::BacktestError;
use crate::backtest::labels::Labelled;
use crate::backtest::warmth::start_of;
use crate::config::Session;
use crate::data::bar_rows::BarRows;
use crate::data::format::Stated;
use crate::data::input::Input;
use crate::data::odd_rows::OddRows;
use crate::data::prefetch::Prefetch;
use crate::data::quality::policy::Policies;
use crate::domain::id::SymbolId;
use crate::executor::command::StartStrategy;
use crate::executor::event::Event;
use crate::market::bar::Bar;
use crate::market::columns::TickColumns;
use crate::market::timeframe::Timeframe;
use crate::session::description::{TickModel, TickSource};
use crate::session::ports::{PortError, TickStream};
use crate::sim::model::{ModelTicks, Overdrawn};
use std::path::{Path, PathBuf};

/// The ticks of the bars of one of the session's symbols, the count of those bars that contradict
/// themselves, and what is odd about their rows.
///
/// # Errors
/// [`BacktestError`], with the file: it cannot be read, or the bars that a strategy needs cannot be
/// built from it.
pub fn open(
    session: &Session,
    path: &Path,
    place: usize,
    model: TickModel,
) -> Result<(Box<dyn TickStream>, Overdrawn, OddRows), BacktestError> {
    let (symbol, spec) = (&session.file.symbols[place], &session.specs[place]);
    let refused = |source| BacktestError::Bars { symbol: symbol.clone(), source: Box::new(source) };
    let mut rows = Input::of(path)
        .and_then(|input| BarRows::open(&[input], &Stated::default(), spec, Policies::default()))
        .map_err(refused)?;
    let odd = OddRows::default();
    let labelled =
        Labelled { path, symbol, clock: rows.said_clock().cloned(), label: rows.label() };
    labelled.check(session, &odd).map_err(refused)?;
    let timeframe = match &session.file.ticks {
        Some(TickSource::Bars(bars)) => bars.timeframe,
        _ => None,
    };
    let noted = odd.clone();
    let feed = move |bars: &mut Vec<Bar>| {
        rows.read(bars)?;
        noted.spikes(&rows.found().spikes);
        noted.symbols(&rows.found().symbols);
        Ok(())
    };
    let id = SymbolId(u16::try_from(place).unwrap_or(u16::MAX));
    let mut ticks = ModelTicks::new(feed, model, timeframe, id, spec);
    let bars = ticks
        .timeframe()
        .map_err(|source| BacktestError::BarTicks { path: path.to_owned(), source })?;
    bars.map_or(Ok(()), |bars| check_strategies(session, path, symbol, bars))?;
    let overdrawn = ticks.overdrawn();
    let named = Named { path: path.to_owned(), ticks };
    let ticks = Prefetch::start(path, named).map_err(refused)?;
    Ok((Box::new(ticks), overdrawn, odd))
}

/// Refuses bars from which those of a strategy cannot be built: it would be evaluated on bars that
/// never existed.
fn check_strategies(
    session: &Session,
    path: &Path,
    symbol: &str,
    bars: Timeframe,
) -> Result<(), BacktestError> {
    let own = session.starts.iter().map(|(_, start)| start);
    let given = session.stream.iter().filter_map(|(_, event)| match event {
        Event::Command(command) => Some(&**command),
        _ => None,
    });
    let starts = own.chain(given).filter_map(start_of);
    let is_made = |timeframe: Timeframe| {
        bars.length_ms().map_or(timeframe == bars, |length| timeframe.is_made_of(length))
    };
    match starts.filter(|start| start.symbol == symbol).find(|start| !is_made(start.timeframe)) {
        Some(StartStrategy { strategy, timeframe, .. }) => {
            let (path, strategy) = (path.to_owned(), strategy.to_string());
            Err(BacktestError::Coarse { path, bars, strategy, timeframe: *timeframe })
        }
        None => Ok(()),
    }
}

/// A stream whose errors name its file.
struct Named<S> {
    path: PathBuf,
    ticks: S,
}

impl<S: TickStream> TickStream for Named<S> {
    fn next_batch(&mut self, batch: &mut TickColumns) -> Result<(), PortError> {
        let named = |source| {
            Box::new(BacktestError::BarTicks { path: self.path.clone(), source }) as PortError
        };
        self.ticks.next_batch(batch).map_err(named)
    }
}
