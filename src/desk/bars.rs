//! The ticks that a model makes of a file of bars.

use crate::data::bar_source::BarSource;
use crate::data::prefetch::Prefetch;
use crate::desk::error::DeskError;
use crate::domain::id::SymbolId;
use crate::domain::symbol::SymbolSpec;
use crate::domain::tick::Tick;
use crate::market::bar::Bar;
use crate::market::timeframe::Timeframe;
use crate::session::description::TickModel;
use crate::session::ports::{PortError, TickStream};
use crate::sim::model::{ModelTicks, Overdrawn};
use std::path::{Path, PathBuf};

/// The ticks of a file of bars, and the count of those bars that contradict themselves.
///
/// # Errors
/// [`DeskError::Bars`] naming the file.
pub fn open(
    path: &Path,
    symbol: &str,
    id: SymbolId,
    spec: &SymbolSpec,
    model: TickModel,
    timeframe: Option<Timeframe>,
) -> Result<(Box<dyn TickStream>, Overdrawn), DeskError> {
    let source = BarSource::open(path, spec);
    let mut source = source.map_err(|source| DeskError::Bars { symbol: symbol.to_owned(), source: Box::new(source) })?;
    let feed = move |bars: &mut Vec<Bar>| Ok(source.read(bars)?);
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
        let named = |source| Box::new(DeskError::BarTicks { path: self.path.clone(), source }) as PortError;
        self.ticks.next_batch(batch).map_err(named)
    }
}
