//! Tells people what happens, from a thread of its own: a console that somebody has stopped keeps no order waiting.

use crate::cli::output::Output;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::Builder;
use std::time::Duration;

/// How many lines may wait.
const WAITING_MAX: usize = 4_096;
/// How long the end waits for what is still to be told.
const FAREWELL: Duration = Duration::from_secs(2);

/// Tells lines, in their order. What nobody reads for a long time is left out, and counted.
#[derive(Debug, Clone)]
pub struct Teller {
    lines: SyncSender<String>,
    left_out: Arc<AtomicU64>,
}

/// Waits until everything is told, when it is dropped after all its tellers.
#[derive(Debug)]
pub struct TellerEnd(Receiver<()>);

impl Teller {
    /// A teller, and what waits for it at the end.
    ///
    /// # Errors
    /// When there can be no thread.
    pub fn begin(output: &Output) -> io::Result<(Self, TellerEnd)> {
        let (lines, to_tell) = sync_channel::<String>(WAITING_MAX);
        let (done, told) = sync_channel(1);
        let left_out = Arc::new(AtomicU64::new(0));
        let (counted, output) = (Arc::clone(&left_out), output.clone());
        Builder::new().name("teller".to_owned()).spawn(move || {
            for line in to_tell {
                match counted.swap(0, Relaxed) {
                    0 => {}
                    count => output.note(&format!("{count} lines were left out: nobody read them")),
                }
                output.note(&line);
            }
            drop(done);
        })?;
        Ok((Self { lines, left_out }, TellerEnd(told)))
    }

    /// Tells a line.
    pub fn note(&self, text: &str) {
        match self.lines.try_send(text.to_owned()) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                self.left_out.fetch_add(1, Relaxed);
            }
        }
    }
}

impl Drop for TellerEnd {
    fn drop(&mut self) {
        match self.0.recv_timeout(FAREWELL) {
            // What nobody reads keeps no process from ending.
            Ok(()) | Err(RecvTimeoutError::Disconnected | RecvTimeoutError::Timeout) => {}
        }
    }
}
