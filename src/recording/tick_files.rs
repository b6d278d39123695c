//! The tick files of a recording while it is written. They are encoded and written on a thread of
//! their own, so that the session does not wait for it.
//!
//! The thread decides nothing: it writes what comes, in the order in which it comes. Its error ends
//! the session when the next batch of ticks is handed over, or at the end at the latest: then no
//! recording appears.

use crate::data::error::DataError;
use crate::data::tick_layout::{PageForm, TickLayout};
use crate::data::tick_writer::TickWriter;
use crate::disk;
use crate::domain::amount::Price;
use crate::domain::id::{ContentHash, SymbolId};
use crate::domain::symbol::SymbolSpec;
use crate::domain::tick::Tick;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::market::columns::TickColumns;
use crate::market::run::Run;
use crate::recording::arrivals::{ARRIVALS, Arrival, ArrivalWriter};
use crate::recording::error::RecordingError;
use crate::recording::files;
use crate::recording::folder::Folder;
use crate::recording::hashed_file::hash_file;
use crate::session::description::SessionFile;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{Builder, JoinHandle};

/// Where the ticks of a recording come from.
#[derive(Debug, Clone, Copy)]
pub enum Ticks<'a> {
    /// They are written as they go by, each at its own moment.
    Write,
    /// They are written as they go by, and in which order and when each comes.
    WriteArrivals,
    /// They are those of this recording, whose files are copied as they are.
    TakeOver(&'a Path),
}

/// The number of ticks of a symbol that are gathered before they are handed to the thread.
const BATCH_TICKS: usize = 8_192;

/// The number of batches that may wait for the thread.
const WAITING_MAX: usize = 4;

/// A tick's place in the order in which a replay merges the files.
type Place = (ServerMsc, usize);

/// The tick files of all symbols.
#[derive(Debug)]
pub struct TickFiles {
    files: Vec<TickFile>,
    /// The place of the last tick of all.
    last: Option<Place>,
    /// The place of the last tick that came alone.
    last_alone: Option<Place>,
    /// None when the files were taken over.
    thread: Option<WriterThread>,
    order: TickOrder,
}

/// How a replay knows in which order ticks come.
#[derive(Debug)]
enum TickOrder {
    /// By their times.
    Time,
    /// By a file.
    Arrival(Box<ArrivalWriter>),
    /// By a file that was taken over.
    ArrivalTaken(PathBuf),
}

/// The tick file of one symbol.
#[derive(Debug)]
struct TickFile {
    name: String,
    path: PathBuf,
    point: Price,
    /// What has not been handed to the thread yet.
    batch: TickColumns,
    last: Option<ServerMsc>,
}

impl TickFiles {
    /// Begins the files in a recording's folder.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn create(
        folder: &Folder,
        file: &SessionFile,
        specs: &[SymbolSpec],
        ticks: Ticks<'_>,
    ) -> Result<Self, RecordingError> {
        let directory = folder.path("ticks");
        fs::create_dir_all(&directory).map_err(RecordingError::io("create", &directory))?;
        let (mut files, mut writers) = (Vec::new(), Vec::new());
        for ((name, spec), symbol) in
            files::tick_files(&file.symbols).into_iter().zip(specs).zip(0..)
        {
            let path = folder.path(&name);
            match ticks {
                Ticks::Write | Ticks::WriteArrivals => {
                    let exact = TickLayout::exact(spec.digits);
                    let layout = TickLayout { pages: PageForm::Plain, ..exact };
                    let writer = TickWriter::create(&path, layout);
                    writers.push((path.clone(), writer.map_err(of_file(&path))?));
                }
                Ticks::TakeOver(from) => disk::copy(&from.join(&name), &path)
                    .map_err(RecordingError::io("copy", &path))?,
            }
            let point = spec.point();
            let mut batch = TickColumns::default();
            batch.begin(SymbolId(symbol), point);
            files.push(TickFile { name, path, point, batch, last: None });
        }
        let thread = match ticks {
            Ticks::Write | Ticks::WriteArrivals => Some(WriterThread::start(&directory, writers)?),
            Ticks::TakeOver(_) => None,
        };
        let arrivals = folder.path(ARRIVALS);
        let order = match ticks {
            Ticks::WriteArrivals => TickOrder::Arrival(Box::new(ArrivalWriter::create(arrivals)?)),
            Ticks::TakeOver(from) if from.join(ARRIVALS).exists() => {
                disk::copy(&from.join(ARRIVALS), &arrivals)
                    .map_err(RecordingError::io("copy", &arrivals))?;
                TickOrder::ArrivalTaken(arrivals)
            }
            Ticks::Write | Ticks::TakeOver(_) => TickOrder::Time,
        };
        Ok(Self { files, last: None, last_alone: None, thread, order })
    }

    /// Whether ticks come at moments of their own, which are kept.
    #[must_use]
    pub const fn keep_arrivals(&self) -> bool {
        !matches!(self.order, TickOrder::Time)
    }

    /// Whether a tick comes after the last one in the order in which a replay merges the files.
    pub fn follows(&mut self, tick: &Tick) -> bool {
        let place = (tick.time_msc, tick.symbol.index());
        let keep_arrivals = self.keep_arrivals();
        let Some(file) = self.files.get_mut(tick.symbol.index()) else { return false };
        let before = file.last.replace(tick.time_msc);
        if keep_arrivals {
            return before <= Some(tick.time_msc);
        }
        let follows = self.last.is_none_or(|last| last <= place);
        (self.last, self.last_alone) = (Some(place), Some(place));
        follows
    }

    /// Whether a run comes after what came before it of its symbol, and after the last tick that
    /// came alone.
    pub fn follow(&mut self, run: &Run<'_>) -> bool {
        let (place, (first, last)) = (run.symbol().index(), run.span_msc());
        let Some(file) = self.files.get_mut(place) else { return false };
        let follows =
            file.last <= Some(first) && self.last_alone.is_none_or(|alone| alone <= (first, place));
        file.last = Some(last);
        self.last = self.last.max(Some((last, place)));
        follows
    }

    /// Takes a tick that came as an input of this number, and when it came.
    ///
    /// # Errors
    /// When the files cannot be written.
    pub fn push(
        &mut self,
        tick: &Tick,
        input_seq: u64,
        at: Timestamp,
    ) -> Result<(), RecordingError> {
        if let TickOrder::Arrival(arrivals) = &mut self.order {
            arrivals.push(Arrival { symbol: tick.symbol, input_seq, at })?;
        }
        self.gather(tick.symbol, |batch| batch.push(tick))
    }

    /// Takes a run.
    ///
    /// # Errors
    /// When the files cannot be written.
    pub fn push_run(&mut self, run: &Run<'_>) -> Result<(), RecordingError> {
        let (ticks, range) = run.columns();
        self.gather(run.symbol(), |batch| batch.extend(ticks, range))
    }

    fn gather(
        &mut self,
        symbol: SymbolId,
        add: impl FnOnce(&mut TickColumns),
    ) -> Result<(), RecordingError> {
        if self.thread.is_none() {
            return Ok(());
        }
        let batch = &mut self.files[symbol.index()].batch;
        add(batch);
        if batch.len() < BATCH_TICKS { Ok(()) } else { self.hand_over(symbol.index()) }
    }

    fn hand_over(&mut self, place: usize) -> Result<(), RecordingError> {
        let Some(thread) = &mut self.thread else { return Ok(()) };
        let TickFile { batch, point, .. } = &mut self.files[place];
        let mut next = thread.spent.try_recv().unwrap_or_default();
        next.begin(batch.symbol(), *point);
        let full = std::mem::replace(batch, next);
        match thread.tasks.send(Task::Write(place, full)) {
            Ok(()) => Ok(()),
            // The thread has ended, and says why.
            Err(_) => self.thread.take().map_or(Ok(()), |thread| thread.join().map(drop)),
        }
    }

    /// Ends the files and adds the hash of each.
    ///
    /// # Errors
    /// When the files cannot be written.
    ///
    /// # Panics
    /// If the thread has ended without an error, and without all files.
    pub fn finish(
        mut self,
        hashes: &mut BTreeMap<String, ContentHash>,
    ) -> Result<(), RecordingError> {
        for place in 0..self.files.len() {
            self.hand_over(place)?;
        }
        if let Some(thread) = self.thread.take() {
            // If the thread has ended, it says why.
            let _ = thread.tasks.send(Task::Finish);
            let finished = thread.join()?;
            hashes.extend(self.files.iter().map(|file| file.name.clone()).zip(finished));
        } else {
            for file in &self.files {
                hashes.insert(file.name.clone(), hash_file(&file.path)?);
            }
        }
        match std::mem::replace(&mut self.order, TickOrder::Time) {
            TickOrder::Time => {}
            TickOrder::Arrival(arrivals) => {
                hashes.insert(ARRIVALS.to_owned(), arrivals.finish()?);
            }
            TickOrder::ArrivalTaken(path) => {
                hashes.insert(ARRIVALS.to_owned(), hash_file(&path)?);
            }
        }
        assert!(
            self.files.iter().all(|file| hashes.contains_key(&file.name)),
            "every file was finished"
        );
        Ok(())
    }
}

impl Drop for TickFiles {
    fn drop(&mut self) {
        // A run that failed: the files must be closed before their folder is removed. Its own error
        // is told, or panic.
        if let Some(thread) = self.thread.take() {
            drop(thread.end().join());
        }
    }
}

fn of_file(path: &Path) -> impl FnOnce(DataError) -> RecordingError {
    move |error| RecordingError::Ticks { path: path.to_owned(), source: error.into() }
}

/// What the thread does next.
#[derive(Debug)]
enum Task {
    /// It writes ticks into the file at this place.
    Write(usize, TickColumns),
    /// It ends all files. Without that they are dropped.
    Finish,
}

/// The thread that writes.
#[derive(Debug)]
struct WriterThread {
    tasks: SyncSender<Task>,
    /// Batches that are used again.
    spent: Receiver<TickColumns>,
    /// In the end it gives the hash of each file.
    handle: JoinHandle<Result<Vec<ContentHash>, RecordingError>>,
}

impl WriterThread {
    fn start(
        directory: &Path,
        writers: Vec<(PathBuf, TickWriter)>,
    ) -> Result<Self, RecordingError> {
        let (tasks, receiver) = sync_channel(WAITING_MAX);
        let (sender, spent) = channel();
        let handle = Builder::new()
            .spawn(move || write_all(writers, &receiver, &sender))
            .map_err(RecordingError::io("start a thread that writes", directory))?;
        Ok(Self { tasks, spent, handle })
    }

    /// Nothing more comes: the thread ends.
    fn end(self) -> JoinHandle<Result<Vec<ContentHash>, RecordingError>> {
        let Self { tasks, spent, handle } = self;
        drop((tasks, spent));
        handle
    }

    /// Waits for the end of the thread.
    fn join(self) -> Result<Vec<ContentHash>, RecordingError> {
        self.end().join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

fn write_all(
    mut writers: Vec<(PathBuf, TickWriter)>,
    tasks: &Receiver<Task>,
    spent: &Sender<TickColumns>,
) -> Result<Vec<ContentHash>, RecordingError> {
    while let Ok(task) = tasks.recv() {
        let Task::Write(place, ticks) = task else {
            return writers.into_iter().map(finish).collect();
        };
        let (path, writer) = &mut writers[place];
        writer.push_columns(&ticks, 0..ticks.len()).map_err(of_file(path))?;
        // At the end nobody takes it.
        let _ = spent.send(ticks);
    }
    Ok(Vec::new())
}

fn finish((path, writer): (PathBuf, TickWriter)) -> Result<ContentHash, RecordingError> {
    writer.finish().map_err(of_file(&path))?;
    hash_file(&path)
}
