//! The ticks of one file for a session.

use crate::data::error::{CellFlaw, DataError};
use crate::data::label::{FileClock, Label};
use crate::data::odd_rows::OddRows;
use crate::data::quality::policy::Policies;
use crate::data::quality::row::SourceRow;
use crate::data::quality::spikes::{SpikeVerdict, Spikes};
use crate::data::tick_source::TickReader;
use crate::domain::amount::Price;
use crate::domain::id::SymbolId;
use crate::domain::symbol::SymbolSpec;
use crate::domain::time::ServerMsc;
use crate::market::columns::TickColumns;
use crate::session::ports::{PortError, TickStream};
use std::path::{Path, PathBuf};

/// The ticks of a file for a session: they must be tradable and in order of time, otherwise the
/// file is refused. `import` can clean it.
pub struct InOrder {
    path: PathBuf,
    source: TickReader,
    latest: ServerMsc,
    /// Looks for spikes in what was not imported; the ticks pass as they are.
    spikes: Option<Spikes>,
    noted: OddRows,
}

impl InOrder {
    /// Opens the one file that a path names or an archive holds, by its content.
    ///
    /// # Errors
    /// As [`TickReader::open`]; [`DataError::Several`].
    pub fn open(path: &Path, symbol: SymbolId, spec: &SymbolSpec) -> Result<Self, DataError> {
        let source = TickReader::of(path, symbol, spec)?;
        // What was imported was judged then.
        let is_judged = matches!(source, TickReader::Table(_));
        Ok(Self {
            path: path.into(),
            source,
            latest: ServerMsc(i64::MIN),
            spikes: (!is_judged).then(|| Spikes::new(Policies::default().spike_percent)),
            noted: OddRows::default(),
        })
    }

    /// What is odd about its rows, complete when they have been read.
    #[must_use]
    pub fn odd_rows(&self) -> OddRows {
        self.noted.clone()
    }

    /// Looks at ticks that are passed on.
    fn note(&mut self, batch: &TickColumns) {
        let Some(spikes) = self.spikes.as_mut() else { return };
        for (at, tick) in batch.iter().enumerate() {
            let place = self.source.place(at);
            let row = SourceRow { tick, source_msc: tick.time_msc, file: 0, place, blanks: 0 };
            if let SpikeVerdict::Spike(rows) = spikes.judge(&row) {
                rows.iter().for_each(|row| self.noted.spike(row.place.to_string()));
            }
        }
        if let Some(symbols) = self.source.symbols() {
            self.noted.symbols(symbols);
        }
    }

    /// The clock of its times, as far as the file says it.
    ///
    /// # Errors
    /// [`DataError::Clock`] when the stated clock does not exist.
    pub fn clock(&self) -> Result<Option<FileClock>, DataError> {
        self.source.clock()
    }

    /// What a Parquet file says of itself.
    #[must_use]
    pub const fn label(&self) -> Option<&Label> {
        self.source.label()
    }
}

impl TickStream for InOrder {
    fn next_batch(&mut self, batch: &mut TickColumns) -> Result<(), PortError> {
        self.source.read(batch)?;
        let not_positive = [batch.bid(), batch.ask()].map(|prices| prices.first_not_positive());
        if let Some(at) = not_positive.into_iter().flatten().min() {
            let tick = batch.tick(at);
            let (column, price) =
                if tick.bid <= Price::ZERO { ("bid", tick.bid) } else { ("ask", tick.ask) };
            let flaw = CellFlaw::NotPositive(price.to_string());
            return Err(DataError::cell(&self.path, self.source.place(at), column, flaw).into());
        }
        let times_msc = batch.time_msc();
        if times_msc.first().is_some_and(|&first| first < self.latest.0) || !times_msc.is_sorted() {
            return Err(self.time_back(times_msc).into());
        }
        self.latest = times_msc.last().map_or(self.latest, |&last| ServerMsc(last));
        self.note(batch);
        Ok(())
    }
}

impl InOrder {
    /// The error about the first time that goes back.
    fn time_back(&self, times_msc: &[i64]) -> DataError {
        let mut before = self.latest;
        for (at, &after) in times_msc.iter().enumerate() {
            if after < before.0 {
                let (path, place) = (self.path.clone(), self.source.place(at));
                return DataError::TimeBack { path, place, before, after: ServerMsc(after) };
            }
            before = ServerMsc(after);
        }
        unreachable!("a time goes back")
    }
}
