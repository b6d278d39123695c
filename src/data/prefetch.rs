//! Reads ticks ahead on a thread of its own, so that decoding a file and running it overlap.
//!
//! The thread decides nothing: it passes on the same batches in the same order as the stream behind
//! it.

use crate::data::error::DataError;
use crate::market::columns::TickColumns;
use crate::session::ports::{PortError, TickStream};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::thread::Builder;

/// The number of batches that may be ready: enough for an uneven pace, too few to need much memory.
const READY_MAX: usize = 2;

/// A stream that is read ahead.
#[derive(Debug)]
pub struct Prefetch {
    ready: Receiver<Result<TickColumns, PortError>>,
    spent: Sender<TickColumns>,
    ended: bool,
}

impl Prefetch {
    /// Begins to read `stream`, which is that of the file at `path`, ahead.
    ///
    /// # Errors
    /// When the system starts no thread.
    pub fn start(
        path: &Path,
        mut stream: impl TickStream + Send + 'static,
    ) -> Result<Self, DataError> {
        let (send, ready) = sync_channel(READY_MAX);
        let (spent, reuse) = channel::<TickColumns>();
        let read_ahead = move || {
            loop {
                let mut batch = reuse.try_recv().unwrap_or_default();
                let read = stream.next_batch(&mut batch).map(|()| batch);
                let last = read.as_ref().map_or(true, TickColumns::is_empty);
                // The reader has gone and needs nothing more.
                if send.send(read).is_err() || last {
                    return;
                }
            }
        };
        // What it hands over does not depend on when it does.
        Builder::new()
            .spawn(read_ahead)
            .map_err(|source| DataError::NoThread { path: path.into(), source })?;
        Ok(Self { ready, spent, ended: false })
    }
}

impl TickStream for Prefetch {
    fn next_batch(&mut self, batch: &mut TickColumns) -> Result<(), PortError> {
        if self.ended {
            batch.clear();
            return Ok(());
        }
        let next =
            self.ready.recv().map_err(|_| "the thread that reads ticks ahead has died")??;
        self.ended = next.is_empty();
        // If the thread has ended, nobody takes the batch back, and it is dropped.
        let _ = self.spent.send(std::mem::replace(batch, next));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::SymbolId;
    use crate::domain::symbols_builtin::builtin;
    use crate::domain::tick::Tick;

    /// Gives so many batches of one tick, then an end or an error.
    struct Short {
        left: u32,
        tick: Tick,
        fails: bool,
    }

    impl TickStream for Short {
        fn next_batch(&mut self, batch: &mut TickColumns) -> Result<(), PortError> {
            batch.clear();
            if self.left == 0 && self.fails {
                return Err("damaged".into());
            }
            if self.left > 0 {
                self.left -= 1;
                batch.push(&Tick { volume: self.left, ..self.tick });
            }
            Ok(())
        }
    }

    fn short(fails: bool) -> Prefetch {
        let price = builtin("EURUSD").unwrap().point();
        let tick = Tick {
            time_msc: crate::domain::time::ServerMsc(0),
            bid: price,
            ask: price,
            last: price,
            volume: 0,
            symbol: SymbolId(0),
            flags: crate::domain::tick::TickFlags::QUOTE,
        };
        Prefetch::start("short".as_ref(), Short { left: 9, tick, fails }).unwrap()
    }

    #[test]
    fn the_same_batches_in_the_same_order_and_then_the_end_for_ever() {
        let (mut stream, mut batch, mut seen) = (short(false), TickColumns::default(), Vec::new());
        for _ in 0..12 {
            stream.next_batch(&mut batch).unwrap();
            seen.extend(batch.iter().map(|tick| tick.volume));
        }
        assert_eq!(seen, [8, 7, 6, 5, 4, 3, 2, 1, 0]);
    }

    #[test]
    fn an_error_comes_after_what_was_read_before_it() {
        let (mut stream, mut batch) = (short(true), TickColumns::default());
        let read = (0..20).map(|_| stream.next_batch(&mut batch)).take_while(Result::is_ok).count();
        assert_eq!(read, 9);
        drop(short(true));
    }
}
