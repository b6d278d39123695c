//! The ticks that a model makes of a file of bars.

use crate::backtest::error::BacktestError;
use crate::backtest::ticks::check_clock;
use crate::config::Session;
use crate::data::bar_source::BarSource;
use crate::data::prefetch::Prefetch;
use crate::domain::id::SymbolId;
use crate::domain::tick::Tick;
use crate::market::bar::Bar;
use crate::session::description::{TickModel, TickSource};
use crate::session::ports::{PortError, TickStream};
use crate::sim::model::{ModelTicks, Overdrawn};
use std::path::{Path, PathBuf};

/// The ticks of the bars of one of the session's symbols, and the count of those bars that contradict themselves.
///
/// # Errors
/// [`BacktestError::Bars`] naming the file.
pub fn open(session: &Session, path: &Path, place: usize, model: TickModel) -> Result<(Box<dyn TickStream>, Overdrawn), BacktestError> {
    let (symbol, spec) = (&session.file.symbols[place], &session.specs[place]);
    let refused = |source| BacktestError::Bars { symbol: symbol.clone(), source: Box::new(source) };
    let mut source = BarSource::of(path, spec).map_err(refused)?;
    let clock = source.clock().map_err(refused)?;
    check_clock(path, clock, session).map_err(refused)?;
    let timeframe = match &session.file.ticks {
        Some(TickSource::Bars(bars)) => bars.timeframe,
        _ => None,
    };
    let feed = move |bars: &mut Vec<Bar>| Ok(source.read(bars)?);
    let id = SymbolId(u16::try_from(place).unwrap_or(u16::MAX));
    let ticks = ModelTicks::new(feed, model, timeframe, id, spec);
    let overdrawn = ticks.overdrawn();
    let named = Named { path: path.to_owned(), ticks };
    Ok((Box::new(Prefetch::new(named)), overdrawn))
}

/// A stream whose errors name its file.
struct Named<S> {
    path: PathBuf,
    ticks: S,
}

impl<S: TickStream> TickStream for Named<S> {
    fn next_batch(&mut self, batch: &mut Vec<Tick>) -> Result<(), PortError> {
        let named = |source| Box::new(BacktestError::BarTicks { path: self.path.clone(), source }) as PortError;
        self.ticks.next_batch(batch).map_err(named)
    }
}
