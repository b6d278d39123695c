//! The ticks of a live session in the order in which they came.

use crate::domain::tick::Tick;
use crate::domain::time::Timestamp;
use crate::market::columns::TickColumns;
use crate::recording::arrivals::{Arrival, ArrivalReader};
use crate::recording::error::RecordingError;
use crate::session::ports::TickStream;
use std::path::PathBuf;

/// The ticks of one symbol, a batch at a time.
struct Source {
    path: PathBuf,
    stream: Box<dyn TickStream>,
    batch: TickColumns,
    read: usize,
}

/// The ticks of all symbols, and the order in which they came.
pub struct ArrivedTicks {
    path: PathBuf,
    arrivals: ArrivalReader,
    sources: Vec<Source>,
}

impl ArrivedTicks {
    /// Ticks of `streams`, each with the path of its file, in the order of the file at `path`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn open(
        path: PathBuf,
        streams: Vec<(PathBuf, Box<dyn TickStream>)>,
    ) -> Result<Self, RecordingError> {
        let source =
            |(path, stream)| Source { path, stream, batch: TickColumns::default(), read: 0 };
        let sources = streams.into_iter().map(source).collect();
        Ok(Self { arrivals: ArrivalReader::open(&path)?, path, sources })
    }

    /// When the next tick came, which must be the input of that number and not before the moment of the last;
    /// none after the last tick.
    ///
    /// # Errors
    /// When a file cannot be read, or its rows make no sense.
    pub fn look(
        &mut self,
        input_seq: u64,
        last_at: Timestamp,
    ) -> Result<Option<Timestamp>, RecordingError> {
        let Some(arrival) = self.arrivals.peek()? else { return Ok(None) };
        let flaw = if arrival.input_seq != input_seq {
            format!("input {} is a tick, where input {input_seq} comes", arrival.input_seq)
        } else if arrival.at < last_at {
            format!("tick {input_seq} came at {}, before {last_at}", arrival.at)
        } else if arrival.symbol.index() >= self.sources.len() {
            format!("tick {input_seq} is of symbol {}, which is none", arrival.symbol.index())
        } else {
            return Ok(Some(arrival.at));
        };
        Err(RecordingError::text(&self.path, None, flaw))
    }

    /// Takes the tick that [`ArrivedTicks::look`] has shown.
    ///
    /// # Errors
    /// When its file cannot be read, or has no more ticks.
    ///
    /// # Panics
    /// If it has shown none.
    pub fn take(&mut self) -> Result<Tick, RecordingError> {
        let Arrival { symbol, .. } = self.arrivals.peek()?.expect("a tick was shown");
        self.arrivals.take();
        let source = &mut self.sources[symbol.index()];
        if source.read == source.batch.len() {
            source.batch.clear();
            source.read = 0;
            let filled = source.stream.next_batch(&mut source.batch);
            filled.map_err(|error| RecordingError::Ticks {
                path: source.path.clone(),
                source: error,
            })?;
        }
        if source.read == source.batch.len() {
            let flaw = "has fewer ticks than came";
            return Err(RecordingError::text(&source.path, None, flaw));
        }
        source.read += 1;
        Ok(source.batch.tick(source.read - 1))
    }
}
