//! Stands in for `data::parquet` until the two branches meet: the same two types, rows of plain integers on disk.

use crate::domain::amount::Price;
use crate::domain::id::SymbolId;
use crate::domain::symbol::SymbolSpec;
use crate::domain::tick::{Tick, TickFlags};
use crate::domain::time::ServerMsc;
use crate::session::ports::{PortError, TickStream};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;

/// Bytes of a row: time, bid, ask, last, volume, flags.
const ROW: usize = 8 * 4 + 4 + 1;

/// Reads what [`TickWriter`] wrote.
#[derive(Debug)]
pub struct TickFile {
    file: BufReader<File>,
    symbol: SymbolId,
}

impl TickFile {
    /// Opens a file of one symbol's ticks.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(path: &Path, symbol: SymbolId, _spec: &SymbolSpec) -> Result<Self, std::io::Error> {
        Ok(Self { file: BufReader::new(File::open(path)?), symbol })
    }
}

impl TickStream for TickFile {
    fn next_batch(&mut self, batch: &mut Vec<Tick>) -> Result<(), PortError> {
        batch.clear();
        let mut rows = Vec::new();
        (&mut self.file).take(ROW as u64 * 1024).read_to_end(&mut rows)?;
        if rows.len() % ROW != 0 {
            return Err("ends inside a row".into());
        }
        for row in rows.chunks_exact(ROW) {
            let word = |at: usize| i64::from_le_bytes(std::array::from_fn(|byte| row[at * 8 + byte]));
            batch.push(Tick {
                time_msc: ServerMsc(word(0)),
                bid: Price::from_raw(word(1)),
                ask: Price::from_raw(word(2)),
                last: Price::from_raw(word(3)),
                volume: u32::from_le_bytes(std::array::from_fn(|byte| row[32 + byte])),
                symbol: self.symbol,
                flags: TickFlags::from_mt5(u32::from(row[36])),
            });
        }
        Ok(())
    }
}

/// Writes one symbol's ticks.
#[derive(Debug)]
pub struct TickWriter {
    file: BufWriter<File>,
}

impl TickWriter {
    /// Creates a file.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn create(path: &Path, _spec: &SymbolSpec) -> Result<Self, std::io::Error> {
        Ok(Self { file: BufWriter::new(File::create(path)?) })
    }

    /// Appends ticks.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn push(&mut self, ticks: &[Tick]) -> Result<(), std::io::Error> {
        for tick in ticks {
            for word in [tick.time_msc.0, tick.bid.raw(), tick.ask.raw(), tick.last.raw()] {
                self.file.write_all(&word.to_le_bytes())?;
            }
            self.file.write_all(&tick.volume.to_le_bytes())?;
            self.file.write_all(&[tick.flags.bits()])?;
        }
        Ok(())
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> Result<(), std::io::Error> {
        self.file.flush()
    }
}
