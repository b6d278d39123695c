//! Makes a recording of a journal, and the executor as it was at its end.
//!
//! The steps are run again: what the executor does must be what the journal says that it did.

use super::error::JournalError;
use super::line::{StepLine, tick_event};
use super::reader::JournalReader;
use super::{SESSION, STATE, STEPS};
use crate::disk;
use crate::domain::id::SymbolId;
use crate::domain::symbol::SymbolSpec;
use crate::domain::time::Timestamp;
use crate::executor::Executor;
use crate::executor::action::Action;
use crate::executor::event::{BrokerEvent, Event};
use crate::executor::snapshot::Snapshot;
use crate::recording::folder::Existing;
use crate::recording::line_events;
use crate::recording::lines::{InputLine, LineEvent};
use crate::recording::player::Silent;
use crate::recording::specs;
use crate::recording::tick_files::Ticks;
use crate::recording::writer::Recorder;
use crate::session::description::{Recorded, SessionFile};
use crate::session::ports::{Clock, Journal, Next, PortError, Step};
use crate::session::run::run;
use std::cell::RefCell;
use std::fs;
use std::path::Path;
use std::rc::Rc;

/// What a journal has come to.
#[derive(Debug)]
pub struct Sealed {
    /// The executor after the last whole step.
    pub executor: Executor,
    /// What the recording says of itself.
    pub recorded: Recorded,
    /// The bytes after the last whole step, which the death of the process tore off.
    pub lost_bytes: u64,
}

/// Whether a folder holds a journal.
#[must_use]
pub fn is_journal(folder: &Path) -> bool {
    folder.join(STEPS).is_file()
}

/// Writes the recording of a journal to `target`, in place of what an earlier attempt left there. The journal
/// stays. `also` gets every step too.
///
/// # Errors
/// When a file cannot be read or written, or is of another version of the program; when the executor acts in
/// another way than it did.
pub fn seal(folder: &Path, target: &Path, also: &mut impl Journal) -> Result<Sealed, JournalError> {
    let steps = folder.join(STEPS);
    let mut file = read_session(&folder.join(SESSION))?;
    let (state, mut executor) = read_state(&folder.join(STATE), &file)?;
    let specs = complete(&mut file, &folder.join(SESSION), &executor, &steps)?;
    let failed = |source: PortError| JournalError::Seal { path: folder.to_owned(), source };
    let mut recorder = Recorder::create(
        target,
        Existing::Replace,
        &file,
        &specs,
        state.as_deref(),
        Ticks::WriteArrivals,
    )
    .map_err(|error| failed(error.into()))?;
    let mut journal = (&mut recorder, also);
    let reader = JournalReader::open(&steps)?;
    let lost_bytes = run_again(reader, folder, &file, &mut executor, &mut journal)?;
    let recorded = recorder.finish().map_err(|error| failed(error.into()))?;
    Ok(Sealed { executor, recorded, lost_bytes })
}

/// The executor at the end of a journal, of which nothing is made.
///
/// # Errors
/// When a file cannot be read, or is of another version of the program; when the executor acts in another way than it
/// did.
pub fn recover(folder: &Path) -> Result<Executor, JournalError> {
    recover_from(JournalReader::open(&folder.join(STEPS))?, folder)
}

/// As [`recover`], and where a step was damaged the executor before it: not what it was, and better than nothing for one
/// that only has to close what is open.
///
/// # Errors
/// As [`recover`], but for the damage.
pub fn recover_up_to_damage(folder: &Path) -> Result<Executor, JournalError> {
    recover_from(JournalReader::open(&folder.join(STEPS))?.up_to_damage(), folder)
}

fn recover_from(reader: JournalReader, folder: &Path) -> Result<Executor, JournalError> {
    let file = read_session(&folder.join(SESSION))?;
    let (_, mut executor) = read_state(&folder.join(STATE), &file)?;
    run_again(reader, folder, &file, &mut executor, &mut ())?;
    Ok(executor)
}

/// Runs the steps of a journal again. The bytes after the last whole one.
fn run_again(
    reader: JournalReader,
    folder: &Path,
    file: &SessionFile,
    executor: &mut Executor,
    also: &mut impl Journal,
) -> Result<u64, JournalError> {
    let expected = Rc::new(RefCell::new(Vec::new()));
    let mut clock = Steps { reader, file, given: Event::Wakeup, expected: Rc::clone(&expected) };
    let mut journal = (&mut Checker { expected }, also);
    run(executor, &mut clock, &mut Silent, &mut (), &mut (), &mut journal)
        .map_err(|source| JournalError::Seal { path: folder.to_owned(), source })?;
    clock.reader.lost_bytes()
}

fn read_session(path: &Path) -> Result<SessionFile, JournalError> {
    let text = fs::read_to_string(path).map_err(JournalError::io("read", path))?;
    toml::from_str(&text).map_err(|error| JournalError::damaged(path, &error))
}

fn read_state(path: &Path, file: &SessionFile) -> Result<(Option<String>, Executor), JournalError> {
    match fs::read_to_string(path) {
        Ok(text) => {
            let executor = Snapshot::from_json(&text).and_then(Executor::restore);
            let executor = executor.map_err(|error| JournalError::damaged(path, &error))?;
            Ok((Some(text), executor))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Ok((None, Executor::new(file.executor_config())))
        }
        Err(error) => Err(JournalError::io("read", path)(error)),
    }
}

/// Adds what only the steps tell: the symbols that came later, the specifications, the account. Returns the
/// specification of each symbol.
fn complete(
    file: &mut SessionFile,
    path: &Path,
    executor: &Executor,
    steps: &Path,
) -> Result<Vec<SymbolSpec>, JournalError> {
    let own = specs::resolve(path, file).map_err(|error| JournalError::damaged(path, &error))?;
    let mut found: Vec<(String, Option<SymbolSpec>)> =
        own.into_iter().map(|spec| (spec.name.clone(), Some(spec))).collect();
    for (place, (name, spec)) in executor.symbols_known().enumerate() {
        put(&mut found, place, name, spec);
    }
    let mut told = Vec::<SymbolId>::new();
    let mut is_account_told = false;
    let mut reader = JournalReader::open(steps)?;
    while let Some(text) = reader.text()? {
        let holds = |part: &[u8]| text.windows(part.len()).any(|window| window == part);
        // Few lines tell either, and reading all of them would take as long as running them.
        if text.starts_with(b"{\"tick\"") || !(holds(b"\"spec\"") || holds(b"\"leverage\"")) {
            continue;
        }
        let line: StepLine =
            serde_json::from_slice(&text).map_err(|error| JournalError::damaged(steps, &error))?;
        let Some(LineEvent::Broker(news)) = line.input.and_then(|input| input.event) else {
            continue;
        };
        match news {
            BrokerEvent::Symbol(news) if !told.contains(&news.symbol) => {
                told.push(news.symbol);
                let name = news.spec.name.clone();
                put(&mut found, news.symbol.index(), &name, Some(&news.spec));
            }
            BrokerEvent::Account(account) if !is_account_told => {
                is_account_told = true;
                file.account.currency.clone_from(&account.currency);
                file.account.balance = account.balance;
                file.account.leverage = account.leverage;
            }
            _ => {}
        }
    }
    let known_at_start = file.subscribed().to_vec();
    // The last ones may be known by name alone: the broker has no such symbol.
    while found.last().is_some_and(|(_, spec)| spec.is_none()) {
        found.pop();
    }
    let mut all = Vec::new();
    for (name, spec) in found {
        let spec = spec.ok_or_else(|| {
            JournalError::damaged(steps, &format!("there is no specification of {name}"))
        })?;
        all.push(SymbolSpec { name, ..spec });
    }
    file.symbols = all.iter().map(|spec| spec.name.clone()).collect();
    file.subscribed = Some(known_at_start).filter(|known| *known != file.symbols);
    Ok(all)
}

fn put(
    found: &mut Vec<(String, Option<SymbolSpec>)>,
    place: usize,
    name: &str,
    spec: Option<&SymbolSpec>,
) {
    if found.len() <= place {
        found.resize(place + 1, (String::new(), None));
    }
    let (known, before) = &mut found[place];
    name.clone_into(known);
    if let Some(spec) = spec {
        *before = Some(spec.clone());
    }
}

/// Brings the steps again.
struct Steps<'a> {
    reader: JournalReader,
    file: &'a SessionFile,
    given: Event,
    /// What the executor did at the step that was brought last.
    expected: Rc<RefCell<Vec<Action>>>,
}

impl Clock for Steps<'_> {
    fn next(&mut self, _deadline: Option<Timestamp>) -> Result<Next<'_>, PortError> {
        let Some(line) = self.reader.read()? else { return Ok(Next::End) };
        self.expected.replace(line.actions);
        let (at, event) = match (line.tick, line.input) {
            (Some(tick), None) => {
                let (_, at, event) = tick_event(&tick);
                (at, event)
            }
            (None, Some(InputLine { at, event: None, .. })) => return Ok(Next::Deadline(at)),
            (None, Some(InputLine { at, event: Some(event), source, body_hash, .. })) => {
                (at, line_events::event(self.file, event, source, body_hash)?)
            }
            _ => return Err("a step of the journal has an input or a tick".into()),
        };
        self.given = event;
        Ok(Next::Event(at, &self.given))
    }
}

/// Compares what the executor does with what it did.
#[derive(Debug)]
struct Checker {
    expected: Rc<RefCell<Vec<Action>>>,
}

impl Journal for Checker {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        let expected = self.expected.borrow();
        let done = step.actions.iter().filter(|action| !matches!(action, Action::Note(_)));
        if !done.clone().eq(expected.iter()) {
            let told = done.clone().zip(expected.iter()).find(|(now, then)| now != then);
            let what = told.map_or_else(
                || format!("{} actions now, {} then", done.count(), expected.len()),
                |(now, then)| format!("{now:?} now, {then:?} then"),
            );
            return Err(format!(
                "input {} at {}: the executor acts in another way than it did ({what}); the version that wrote the \
                 journal can seal it",
                step.input_seq, step.at
            )
            .into());
        }
        Ok(())
    }
}

/// Removes a journal that was sealed.
///
/// # Errors
/// When the file system refuses.
pub fn remove(folder: &Path) -> Result<(), JournalError> {
    // From then on it is no journal, whatever of it is left.
    let gone = disk::beside(folder, ".sealed");
    disk::remove(&gone).map_err(JournalError::io("remove", &gone))?;
    disk::rename(folder, &gone).map_err(JournalError::io("rename", folder))?;
    disk::remove(&gone).map_err(JournalError::io("remove", &gone))
}
