//! Tells the platform and people what the outbox holds: each message at least once, with a key by which a second time is
//! known, in the order in which things happened, and whatever is away for however long.
//!
//! The outbox is a table of the audit, so it follows from the steps of the journal: a crash loses no message of it and
//! adds none. How far each channel has come is in the database, too. All of it is done on a thread of its own, for which
//! nothing waits.
//!
//! | file | what is in it |
//! |---|---|
//! | [`channel`] | what a channel is, and what may become of a message |
//! | [`lane`] | one channel: order, pauses after failures, how many a minute |
//! | [`http`] | a call, and what its answer means |
//! | [`heartbeat`] | that this lives, and the commands that wait at the platform |
//! | [`telegram`], [`webhook`], [`mail`], [`platform`] | the channels |

pub mod channel;
pub mod heartbeat;
pub mod http;
mod lane;
pub mod mail;
pub mod platform;
pub mod telegram;
pub mod webhook;

use crate::audit::database::{AuditDatabase, AuditError};
use crate::audit::sink::Log;
use channel::Channel;
use lane::{Instant, Lane};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// The pause between two looks at the outbox.
const LOOK_EVERY: Duration = Duration::from_millis(300);
/// How long the end waits for what can still be told.
const FAREWELL: Duration = Duration::from_secs(10);

/// A thread that tells. It ends when this is dropped, after it has told what it could.
#[derive(Debug)]
pub struct Courier {
    end: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Courier {
    /// Begins to tell what is put into the outbox of a database from now on, and what was left there before.
    ///
    /// # Errors
    /// When there can be no thread.
    pub fn begin(path: PathBuf, channels: Vec<Box<dyn Channel>>, log: Log) -> io::Result<Self> {
        let (end, ends) = sync_channel(1);
        let thread = Builder::new().name("courier".to_owned()).spawn(move || {
            let mut lanes: Vec<Lane> = channels.into_iter().map(Lane::new).collect();
            let mut is_told = false;
            while let Err(error) = tell(&path, &mut lanes, &ends, &log) {
                if !std::mem::replace(&mut is_told, true) {
                    log(&format!("nothing is told to others for now: {error}"));
                }
                if has_ended(&ends, Duration::from_secs(1)) {
                    return;
                }
            }
        })?;
        Ok(Self { end: Some(end), thread: Some(thread) })
    }
}

impl Drop for Courier {
    fn drop(&mut self) {
        self.end = None;
        if let Some(thread) = self.thread.take() {
            // It has told why it panicked.
            let _ = thread.join();
        }
    }
}

fn has_ended(ends: &Receiver<()>, wait: Duration) -> bool {
    ends.recv_timeout(wait) == Err(RecvTimeoutError::Disconnected)
}

/// Tells until it is to end, and then what is left for a while.
fn tell(path: &Path, lanes: &mut [Lane], ends: &Receiver<()>, log: &Log) -> Result<(), AuditError> {
    let database = AuditDatabase::open(path)?;
    for lane in lanes.iter() {
        database.open_channel(lane.name())?;
    }
    let mut until: Option<Instant> = None;
    loop {
        let now = Instant::now();
        let mut is_all = true;
        for lane in lanes.iter_mut() {
            is_all &= lane.turn(&database, now, log)?;
        }
        if until.is_some_and(|until| is_all || until <= now) {
            return Ok(());
        }
        if has_ended(ends, LOOK_EVERY) && until.is_none() {
            until = Some(now + FAREWELL);
        }
    }
}
