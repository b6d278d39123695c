//! The trading days of a live session: a journal each, sealed into a recording once it is over.

use super::teller::Teller;
use crate::audit::chain;
use crate::audit::database::AuditDatabase;
use crate::audit::database_name;
use crate::audit::sink::{AuditFiller, AuditSink};
use crate::cli::audit::recordings_of;
use crate::config::Session;
use crate::disk;
use crate::domain::symbol::{SymbolSpec, TradeMode};
use crate::domain::symbols_builtin::builtin;
use crate::domain::text::ShownPath;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::executor::Executor;
use crate::executor::snapshot::Snapshot;
use crate::journal::seal::{Sealed, is_journal, remove, seal};
use crate::journal::writer::JournalWriter;
use crate::recording::specs;
use crate::session::description::SessionFile;
use crate::session::ports::Journal;
use anyhow::Context;
use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

const DAY_MS: i64 = 86_400_000;

/// A day that begins.
pub struct Begun {
    /// The executor.
    pub executor: Executor,
    /// The day's journal.
    pub journal: JournalWriter,
    /// What the day writes into the audit.
    pub audit: AuditSink,
    /// The session as the day's recording will have it.
    pub file: SessionFile,
}

/// Seals the journals of an account.
#[derive(Debug, Clone)]
struct Sealer {
    folder: PathBuf,
    /// What the names of its files begin with.
    name: String,
    login: u64,
    server: Option<String>,
}

impl Sealer {
    fn audit_path(&self) -> PathBuf {
        self.folder.join(database_name(&self.name))
    }

    fn state_path(&self) -> PathBuf {
        self.folder.join(format!(".{}.state.json", self.name))
    }

    /// The executor at the end of the last session.
    fn state(&self) -> anyhow::Result<Option<Executor>> {
        let path = self.state_path();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", path.shown()));
            }
        };
        let executor = Snapshot::from_json(&text).and_then(Executor::restore);
        Ok(Some(executor.with_context(|| path.shown().into_owned())?))
    }

    /// The journals that are not sealed yet, the oldest first.
    fn journals(&self) -> anyhow::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        let (head, tail) = (format!(".{}-", self.name), ".journal");
        let listed = fs::read_dir(&self.folder);
        for entry in listed.with_context(|| format!("cannot read {}", self.folder.shown()))? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.starts_with(&head) && name.ends_with(tail) && is_journal(&path) {
                found.push(path);
            }
        }
        found.sort();
        Ok(found)
    }

    /// Seals a journal, keeps the executor as it was at its end, and removes it. `also` gets every step before that.
    fn seal(
        &self,
        journal: &Path,
        also: &mut impl Journal,
        teller: &Teller,
    ) -> anyhow::Result<Sealed> {
        let recording = self.recording_of(journal);
        let run_id = name_of(&recording);
        let mut database = AuditDatabase::open(&self.audit_path())?;
        let account = (self.login, self.server.as_deref());
        let mut filler = AuditFiller::begin(&mut database, &run_id, account)?;
        let sealed = seal(journal, &recording, &mut (&mut filler, also))?;
        filler.finish(&sealed.recorded.actions_hash.to_string())?;
        chain::write(&recording, self.recording_before(&recording)?.as_deref())?;
        if sealed.lost_bytes > 0 {
            teller.note(&format!(
                "{}: the last {} bytes are no whole step: what they tell was not done",
                journal.shown(),
                sealed.lost_bytes
            ));
        }
        let path = self.state_path();
        let made = disk::beside(&path, ".new");
        disk::write(&made, sealed.executor.snapshot().to_json()?.as_bytes())
            .and_then(|()| disk::rename(&made, &path))
            .and_then(|()| disk::sync_folder(&self.folder))
            .with_context(|| format!("cannot write {}", path.shown()))?;
        remove(journal)?;
        Ok(sealed)
    }

    fn recording_of(&self, journal: &Path) -> PathBuf {
        let name = name_of(journal);
        let name = name.trim_start_matches('.').trim_end_matches(".journal");
        self.folder.join(name)
    }

    /// The account's last recording before this one that has hashes.
    fn recording_before(&self, recording: &Path) -> anyhow::Result<Option<PathBuf>> {
        let recordings = recordings_of(&self.folder, &self.name)?;
        let is_before = |one: &PathBuf| &**one < recording && chain::path_of(one).is_file();
        Ok(recordings.into_iter().rfind(is_before))
    }
}

/// What stands in the place of a symbol that the broker has never described: nothing can be traded in it.
fn unknown(name: &str, specs: &[SymbolSpec]) -> SymbolSpec {
    let like = specs.first().cloned().expect("a session has a symbol");
    SymbolSpec { name: name.to_owned(), trade_mode: TradeMode::Disabled, ..like }
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The days of an account.
pub struct LiveDays {
    sealer: Sealer,
    session: Session,
    /// Days that are being sealed while the session goes on, one after the other.
    aside: RefCell<Vec<JoinHandle<()>>>,
    sealing: Arc<Mutex<()>>,
}

impl LiveDays {
    /// Seals what earlier sessions have left, and takes the executor as it was; none when none was. Results that
    /// nobody may have heard go to `results`.
    ///
    /// # Errors
    /// When that cannot be read or written.
    pub fn open(
        folder: &Path,
        name: String,
        session: &Session,
        results: &mut impl Journal,
        teller: &Teller,
    ) -> anyhow::Result<(Self, Option<Executor>)> {
        let account = &session.file.account;
        let (login, server) = (account.login, account.server.clone());
        let sealer = Sealer { folder: folder.to_owned(), name, login, server };
        let mut executor = sealer.state()?;
        for journal in sealer.journals()? {
            executor = Some(sealer.seal(&journal, results, teller)?.executor);
        }
        let (session, aside, sealing) = (session.clone(), RefCell::default(), Arc::default());
        Ok((Self { sealer, session, aside, sealing }, executor))
    }

    /// The audit begins anew, as a session does that goes on from nothing.
    ///
    /// # Errors
    /// When the earlier one cannot be removed.
    pub fn forget_audit(&self) -> anyhow::Result<()> {
        let path = self.sealer.audit_path();
        for ending in ["-wal", "-shm", ""] {
            let path = self.sealer.folder.join(format!("{}{ending}", name_of(&path)));
            disk::remove(&path).with_context(|| format!("cannot remove {}", path.shown()))?;
        }
        Ok(())
    }

    /// The audit of the account.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn audit(&self) -> anyhow::Result<AuditDatabase> {
        Ok(AuditDatabase::open(&self.sealer.audit_path())?)
    }

    /// Seals every journal. Returns the recording of the last.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn seal_all(&self, teller: &Teller) -> anyhow::Result<Option<PathBuf>> {
        for aside in self.aside.take() {
            aside.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
        let mut last = None;
        for journal in self.sealer.journals()? {
            self.sealer.seal(&journal, &mut (), teller)?;
            last = Some(self.sealer.recording_of(&journal));
        }
        Ok(last)
    }

    /// Begins a day.
    ///
    /// # Errors
    /// When its journal cannot be written.
    pub fn begin(
        &self,
        now: Timestamp,
        executor: Option<Executor>,
        teller: &Teller,
    ) -> anyhow::Result<Begun> {
        let mut file = self.session.file.clone();
        let mut known: Vec<SymbolSpec> = Vec::new();
        let own = |name: &str| self.session.specs.iter().find(|spec| spec.name == name);
        for (name, spec) in executor.iter().flat_map(Executor::symbols_known) {
            let spec = spec.or_else(|| own(name)).cloned().or_else(|| builtin(name));
            known.push(spec.unwrap_or_else(|| unknown(name, &self.session.specs)));
        }
        for spec in &self.session.specs {
            if known.iter().all(|one| one.name != spec.name) {
                known.push(spec.clone());
            }
        }
        file.symbols = known.iter().map(|spec| spec.name.clone()).collect();
        file.subscribed = None;
        specs::embed(&mut file, &known)?;
        let journal = self.free(now)?;
        file.name = name_of(&self.sealer.recording_of(&journal));
        let told = teller.clone();
        let log = Box::new(move |text: &str| told.note(text));
        let account = (self.sealer.login, self.sealer.server.clone());
        let writer = JournalWriter::create(&journal, &file, executor.as_ref())?;
        let (path, durable) = (self.sealer.audit_path(), writer.durable_steps());
        let audit = AuditSink::begin(path, &file.name, account, durable, log)?;
        let executor = executor.unwrap_or_else(|| Executor::new(file.executor_config()));
        Ok(Begun { executor, journal: writer, audit, file })
    }

    /// The next journal's place: its name sorts after those before it.
    fn free(&self, now: Timestamp) -> anyhow::Result<PathBuf> {
        let now_ms = now.nanos().div_euclid(1_000_000);
        for stamp_ms in now_ms..now_ms + 1_000 {
            let second = Timestamp::from_nanos(stamp_ms.div_euclid(1_000) * 1_000_000_000);
            let second = second.to_string().replace([':', 'Z'], "");
            let name =
                format!(".{}-{second}.{:03}.journal", self.sealer.name, stamp_ms.rem_euclid(1_000));
            let journal = self.sealer.folder.join(name);
            if !journal.exists() && !self.sealer.recording_of(&journal).exists() {
                return Ok(journal);
            }
        }
        anyhow::bail!(
            "{}: it has recordings of each moment from now on",
            self.sealer.folder.shown()
        )
    }

    /// A day is over, and the next begins. The one that is over is sealed meanwhile, after the last that it has
    /// for the audit.
    ///
    /// # Errors
    /// When the next journal cannot be written.
    pub fn turn(
        &self,
        now: Timestamp,
        executor: Executor,
        audit: AuditSink,
        teller: &Teller,
    ) -> anyhow::Result<Begun> {
        let over = self.sealer.journals()?;
        let begun = self.begin(now, Some(executor), teller)?;
        let (sealer, teller) = (self.sealer.clone(), teller.clone());
        let sealing = Arc::clone(&self.sealing);
        let aside = Builder::new().spawn(move || {
            drop(audit);
            let _one_at_a_time = sealing.lock().unwrap_or_else(PoisonError::into_inner);
            for journal in over.iter().filter(|journal| is_journal(journal)) {
                if let Err(error) = sealer.seal(journal, &mut (), &teller) {
                    // It is tried again when the session stops, and that error is told.
                    teller.note(&format!("{error:#}"));
                }
            }
        })?;
        self.aside.borrow_mut().push(aside);
        Ok(begun)
    }

    /// The end of the day of a moment, by the server's clock.
    pub fn end_of_day(&self, now: Timestamp) -> Timestamp {
        let mut zone = self.session.file.zone.clone();
        let day = zone.to_server(now).0.div_euclid(DAY_MS);
        let end = zone.to_utc(ServerMsc((day + 1) * DAY_MS));
        // Where the clock is set back, a midnight may come twice.
        if end > now { end } else { now.plus_ms(DAY_MS.cast_unsigned()) }
    }
}
