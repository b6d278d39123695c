//! The trading days of a live session: a journal each, sealed into a recording once it is over.

use super::teller::Teller;
use crate::audit::chain;
use crate::audit::database::{AuditDatabase, AuditRun};
use crate::audit::files::{database_name, recordings_of};
use crate::audit::sink::{AuditFiller, AuditSink, EarlierRuns};
use crate::config::Session;
use crate::disk;
use crate::domain::symbol::{SymbolSpec, TradeMode};
use crate::domain::symbols_builtin::builtin;
use crate::domain::text::ShownPath;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::domain::zone::ServerZone;
use crate::executor::Executor;
use crate::executor::snapshot::Snapshot;
use crate::journal::seal::{Sealed, is_journal, recover, recover_up_to_damage, remove, seal};
use crate::journal::writer::JournalWriter;
use crate::recording::specs;
use crate::session::description::SessionFile;
use crate::session::ports::Journal;
use anyhow::Context;
use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;
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
    /// Whether each session begins with a broker that knows nothing of the sessions before: a dry run, a rehearsal.
    is_fresh: bool,
    login: u64,
    server: Option<String>,
    zone: ServerZone,
}

impl Sealer {
    fn audit_path(&self) -> PathBuf {
        self.folder.join(database_name(&self.name))
    }

    fn run(&self, id: String) -> AuditRun {
        let (login, server) = (self.login, self.server.clone());
        AuditRun { id, login, server, zone: self.zone.clone() }
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
        let mut filler = AuditFiller::begin(&mut database, &self.run(run_id))?;
        let sealed = seal(journal, &recording, &mut (&mut filler, also))?;
        filler.finish(&sealed.recorded.actions_hash.to_string())?;
        chain::write(&recording, self.recording_before(&recording, &database)?.as_deref())?;
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
    fn recording_before(
        &self,
        recording: &Path,
        database: &AuditDatabase,
    ) -> anyhow::Result<Option<PathBuf>> {
        let mut recordings = recordings_of(&self.folder, &self.name)
            .with_context(|| format!("cannot read {}", self.folder.shown()))?;
        if self.is_fresh {
            // The sessions before are another story, which their audit told.
            let runs = database.runs()?;
            recordings.retain(|one| runs.contains(&name_of(one)));
        }
        let is_before = |one: &PathBuf| &**one < recording && chain::path_of(one).is_file();
        Ok(recordings.into_iter().rfind(is_before))
    }

    /// Removes what a process has left that died while it began a journal, or removed one.
    fn clear(&self) -> anyhow::Result<()> {
        let head = format!("..{}-", self.name);
        let listed = fs::read_dir(&self.folder);
        for entry in listed.with_context(|| format!("cannot read {}", self.folder.shown()))? {
            let path = entry?.path();
            let name = name_of(&path);
            let is_left = name.ends_with(".journal.new") || name.ends_with(".journal.sealed");
            if name.starts_with(&head) && is_left {
                disk::remove(&path).with_context(|| format!("cannot remove {}", path.shown()))?;
            }
        }
        Ok(())
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

/// What the sessions of an account have left.
pub struct LeftBehind {
    /// The executor at the end of the last; none where there was none.
    pub executor: Option<Executor>,
    /// How many journals are not sealed.
    pub journals: usize,
}

impl LeftBehind {
    /// Looks at the files of an account in a folder, and changes nothing.
    ///
    /// # Errors
    /// When they cannot be read, or the executor not be had as it was.
    pub fn find(folder: &Path, name: &str) -> anyhow::Result<Self> {
        let sealer = Self::sealer(folder, name);
        let journals = sealer.journals()?;
        // Each journal begins with the executor as it was at the end of the one before.
        let executor = match journals.last() {
            Some(journal) => Some(recover(journal)?),
            None => sealer.state()?,
        };
        Ok(Self { executor, journals: journals.len() })
    }

    /// The executor as the last journal knows it up to where it is damaged, or as it was before that journal.
    fn whole_part(folder: &Path, name: &str) -> Option<Executor> {
        let sealer = Self::sealer(folder, name);
        let journals = sealer.journals().unwrap_or_default();
        let of_journal = journals.iter().rev().find_map(|it| recover_up_to_damage(it).ok());
        of_journal.or_else(|| sealer.state().ok().flatten())
    }

    fn sealer(folder: &Path, name: &str) -> Sealer {
        Sealer {
            folder: folder.to_owned(),
            name: name.to_owned(),
            is_fresh: false,
            login: 0,
            server: None,
            zone: ServerZone::utc(),
        }
    }
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
    /// The days of an account that goes on. Seals what earlier sessions have left, and takes the executor as it was;
    /// none when none was. Results that nobody may have heard go to `results`.
    ///
    /// # Errors
    /// When that cannot be read or written.
    pub fn go_on(
        folder: &Path,
        name: String,
        session: &Session,
        results: &mut impl Journal,
        teller: &Teller,
    ) -> anyhow::Result<(Self, Option<Executor>)> {
        let days = Self::new(folder, name, session, false);
        days.refuse_another_server()?;
        days.sealer.clear()?;
        let mut executor = days.sealer.state()?;
        for journal in days.sealer.journals()? {
            executor = Some(days.sealer.seal(&journal, results, teller)?.executor);
        }
        Ok((days, executor))
    }

    /// The days of a simulated account, which begins anew: so does its audit. What an earlier one has left is sealed
    /// if it can be; it has nothing to do with this one.
    ///
    /// # Errors
    /// When the earlier audit cannot be removed.
    pub fn begin_anew(
        folder: &Path,
        name: String,
        session: &Session,
        teller: &Teller,
    ) -> anyhow::Result<Self> {
        let days = Self::new(folder, name, session, true);
        days.sealer.clear()?;
        for journal in days.sealer.journals()? {
            if let Err(error) = days.sealer.seal(&journal, &mut (), teller) {
                teller.note(&format!("an earlier session is left as it is: {error:#}"));
                let left = disk::beside(&journal, ".left");
                disk::rename(&journal, &left)
                    .with_context(|| format!("cannot rename {}", journal.shown()))?;
            }
        }
        days.forget_audit()?;
        Ok(days)
    }

    /// The days of an account on which everything is to be closed. Nothing that this does not need keeps it from that:
    /// journals are sealed, and the audit is written, once everything is closed; and where the executor cannot be had as
    /// it was, one that knows less closes what it finds.
    #[must_use]
    pub fn close(
        folder: &Path,
        name: String,
        session: &Session,
        teller: &Teller,
    ) -> (Self, Option<Executor>) {
        let executor = match LeftBehind::find(folder, &name) {
            Ok(left) => left.executor,
            Err(error) => {
                teller.note(&format!("the last session cannot be had as it was: {error:#}"));
                LeftBehind::whole_part(folder, &name)
            }
        };
        (Self::new(folder, name, session, false), executor)
    }

    fn new(folder: &Path, name: String, session: &Session, is_fresh: bool) -> Self {
        let account = &session.file.account;
        let (login, server) = (account.login, account.server.clone());
        let (folder, zone) = (folder.to_owned(), session.file.zone.clone());
        let sealer = Sealer { folder, name, is_fresh, login, server, zone };
        let (session, aside, sealing) = (session.clone(), RefCell::default(), Arc::default());
        Self { sealer, session, aside, sealing }
    }

    /// The same number is another account at another server, and its state and audit would be taken for this one's.
    fn refuse_another_server(&self) -> anyhow::Result<()> {
        let Some(here) = &self.sealer.server else { return Ok(()) };
        let there = self.audit()?.last_server()?.filter(|there| there != here);
        there.map_or(Ok(()), |there| {
            anyhow::bail!(
                "{}: the sessions of account {} in it are of server `{there}`, and this one is at `{here}`: give `recordings` another folder",
                self.sealer.folder.shown(),
                self.sealer.name,
            )
        })
    }

    fn forget_audit(&self) -> anyhow::Result<()> {
        let path = self.sealer.audit_path();
        for ending in ["-wal", "-shm", ""] {
            let path = self.sealer.folder.join(format!("{}{ending}", name_of(&path)));
            disk::remove(&path).with_context(|| format!("cannot remove {}", path.shown()))?;
        }
        Ok(())
    }

    /// Where the audit of the account is.
    pub fn audit_path(&self) -> PathBuf {
        self.sealer.audit_path()
    }

    /// The audit of the account.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn audit(&self) -> anyhow::Result<AuditDatabase> {
        Ok(AuditDatabase::open(&self.sealer.audit_path())?)
    }

    /// Seals every journal. Results that nobody may have heard go to `results`. Returns the recording of the last.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn seal_all(
        &self,
        results: &mut impl Journal,
        teller: &Teller,
    ) -> anyhow::Result<Option<PathBuf>> {
        for aside in self.aside.take() {
            aside.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
        let mut last = None;
        for journal in self.sealer.journals()? {
            self.sealer.seal(&journal, results, teller)?;
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
        earlier: EarlierRuns,
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
        let run = self.sealer.run(file.name.clone());
        let writer = JournalWriter::create(&journal, &file, executor.as_ref())?;
        let (path, durable) = (self.sealer.audit_path(), writer.durable_steps());
        let audit = AuditSink::begin(path, run, durable, earlier, log)?;
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
        let (sealed, earlier) = sync_channel(1);
        let begun = self.begin(now, Some(executor), EarlierRuns::Awaited(earlier), teller)?;
        let (sealer, teller) = (self.sealer.clone(), teller.clone());
        let sealing = Arc::clone(&self.sealing);
        let aside = Builder::new().spawn(move || {
            drop(audit);
            let _one_at_a_time = sealing.lock().unwrap_or_else(PoisonError::into_inner);
            for journal in over.iter().filter(|journal| is_journal(journal)) {
                if let Err(error) = sealer.seal(journal, &mut (), &teller) {
                    // It is tried again when the session stops, and that error is told. Later ones follow on it.
                    return teller.note(&format!("{error:#}"));
                }
            }
            // The day's audit may have given up meanwhile.
            let _ = sealed.send(());
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
