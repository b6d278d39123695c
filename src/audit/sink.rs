//! A session writes into the database: while it runs, from a thread of its own, so that no order waits for it; and
//! once more when its journal is sealed, for what was kept out of it.

use super::database::{AuditDatabase, AuditError, AuditRun, Batch};
use super::rows::Deriver;
use crate::session::ports::{Journal, PortError, Step};
use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{Builder, JoinHandle};

/// How many steps may wait for the database.
const WAITING_MAX: usize = 1 << 14;
/// How many steps go into it in one transaction at most.
const TOGETHER_MAX: usize = 256;

/// Takes what is to be told to people.
pub type Log = Box<dyn Fn(&str) + Send>;

/// Whether the rows of earlier runs are in the database.
#[derive(Debug)]
pub enum EarlierRuns {
    /// All of them.
    In,
    /// They are being put in: a word says that they are; without it they have failed to be.
    Awaited(Receiver<()>),
    /// They are put in later, and this run after them.
    Later,
}

impl EarlierRuns {
    /// Waits for them. Whether they are in then.
    fn are_in(self) -> bool {
        match self {
            Self::In => true,
            Self::Awaited(word) => word.recv().is_ok(),
            Self::Later => false,
        }
    }
}

/// Writes a run into the database while it goes on, as far as its journal is durable: the audit must not tell of what
/// could be forgotten. What the database does not take in time waits for the seal.
#[derive(Debug)]
pub struct AuditSink {
    deriver: Deriver,
    steps: u64,
    /// How many steps are durable.
    durable_steps: Arc<AtomicU64>,
    /// What is not durable yet.
    waiting: VecDeque<Batch>,
    /// None when the database has fallen behind.
    sender: Option<SyncSender<Batch>>,
    is_ending: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl AuditSink {
    /// Begins a run in the database at `path`, which may be busy just then. Of its steps `durable_steps` are durable,
    /// now and later. Rows of this run may change those of earlier ones, so it waits until these are in.
    ///
    /// # Errors
    /// When there can be no thread.
    pub fn begin(
        path: PathBuf,
        run: AuditRun,
        durable_steps: Arc<AtomicU64>,
        earlier: EarlierRuns,
        log: Log,
    ) -> io::Result<Self> {
        let (sender, receiver) = sync_channel(WAITING_MAX);
        let deriver = run.deriver();
        let is_ending = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&is_ending);
        let thread = Builder::new().name("audit".to_owned()).spawn(move || {
            if !earlier.are_in() {
                return;
            }
            if let Err(error) = put_in(&path, &run, (&receiver, &ends), &log) {
                log(&format!(
                    "{error}: the journal has everything, and the audit of this day is written from it when it is \
                     sealed"
                ));
            }
        })?;
        let waiting = VecDeque::new();
        let (sender, thread) = (Some(sender), Some(thread));
        Ok(Self { deriver, steps: 0, durable_steps, waiting, sender, is_ending, thread })
    }

    /// Passes on what is durable.
    fn pass_on(&mut self) {
        let durable = self.durable_steps.load(Relaxed);
        while let Some(batch) = self.waiting.pop_front_if(|batch| batch.steps <= durable) {
            let Some(sender) = &self.sender else { continue };
            match sender.try_send(batch) {
                Ok(()) => {}
                // One that is left out ends it: those that follow must not come before it.
                Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => self.sender = None,
            }
        }
    }
}

impl Drop for AuditSink {
    /// Waits until the database has everything.
    fn drop(&mut self) {
        self.pass_on();
        self.sender = None;
        self.is_ending.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            // It has told why it panicked.
            let _ = thread.join();
        }
    }
}

impl Journal for AuditSink {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        self.steps += 1;
        if self.sender.is_none() {
            return Ok(());
        }
        let changes = self.deriver.changes(step);
        if !changes.is_empty() {
            self.waiting.push_back(Batch { steps: self.steps, changes });
        }
        self.pass_on();
        Ok(())
    }
}

/// While another program holds the database it is tried again, until the run ends.
fn put_in(
    path: &Path,
    run: &AuditRun,
    (receiver, is_ending): (&Receiver<Batch>, &AtomicBool),
    log: &Log,
) -> Result<(), AuditError> {
    let mut is_told = false;
    let mut patiently = |work: &mut dyn FnMut() -> Result<(), AuditError>| loop {
        match work() {
            Err(error) if error.is_busy() && !is_ending.load(Relaxed) => {
                if !std::mem::replace(&mut is_told, true) {
                    log(&format!("{error}: it is tried again, and nothing waits for it"));
                }
            }
            done => return done,
        }
    };
    let mut database = None;
    patiently(&mut || {
        let opened = AuditDatabase::open(path)?;
        opened.begin(run)?;
        database = Some(opened);
        Ok(())
    })?;
    let mut database = database.expect("it is open");
    while let Ok(first) = receiver.recv() {
        let mut batches = vec![first];
        batches.extend(receiver.try_iter().take(TOGETHER_MAX - 1));
        patiently(&mut || database.put(&run.id, &batches))?;
    }
    Ok(())
}

/// Puts in what a run kept out of the database, while its journal is sealed.
#[derive(Debug)]
pub struct AuditFiller<'a> {
    database: &'a mut AuditDatabase,
    deriver: Deriver,
    steps: u64,
    batches: Vec<Batch>,
}

impl<'a> AuditFiller<'a> {
    /// For a run, which begins in the database if it has not.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn begin(database: &'a mut AuditDatabase, run: &AuditRun) -> Result<Self, AuditError> {
        database.begin(run)?;
        Ok(Self { database, deriver: run.deriver(), steps: 0, batches: Vec::new() })
    }

    /// The run is whole, and its recording has this hash.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn finish(mut self, hash: &str) -> Result<(), AuditError> {
        self.put()?;
        self.database.seal(self.deriver.run_id(), hash)
    }

    fn put(&mut self) -> Result<(), AuditError> {
        self.database.put(self.deriver.run_id(), &self.batches)?;
        self.batches.clear();
        Ok(())
    }
}

impl Journal for AuditFiller<'_> {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        self.steps += 1;
        let changes = self.deriver.changes(step);
        if !changes.is_empty() {
            self.batches.push(Batch { steps: self.steps, changes });
        }
        if self.batches.len() >= TOGETHER_MAX {
            self.put()?;
        }
        Ok(())
    }
}
