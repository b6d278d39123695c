//! One program: started, asked, and ended when it is dropped.

use super::lost::Lost;
use crate::domain::text;
use crate::executor::event::{AdviceFailure, Wants};
use crate::wire::advice::{self, ProgramSaid};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

#[expect(clippy::disallowed_types, reason = "the shell may know the time")]
type Instant = std::time::Instant;

/// The longest answer, in bytes.
const LINE_MAX: u64 = 1 << 20;
/// How many lines may wait before a program that says more than it is asked has to wait.
const LINES_WAITING: usize = 16;
/// How long a program may take to end by itself.
const FAREWELL: Duration = Duration::from_secs(2);
const LOOK_AGAIN: Duration = Duration::from_millis(5);
/// How much of a line that is no answer is shown.
const SHOWN_CHARS: usize = 80;

/// The programs of this process, for the case that it has to end at once.
static RUNNING: Mutex<Vec<Arc<Mutex<Child>>>> = Mutex::new(Vec::new());

/// What a thread that has panicked left is good enough to end a program.
fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Kills all programs: the process is about to end.
pub fn end_all() {
    for child in lock(&RUNNING).iter() {
        // Where it cannot be killed it has ended.
        let _ = lock(child).kill();
    }
}

/// A running program.
#[derive(Debug)]
pub struct RunningProgram {
    command: Vec<String>,
    child: Arc<Mutex<Child>>,
    /// To the thread that writes; none once the program is to end.
    questions: Option<SyncSender<String>>,
    /// From the thread that reads.
    lines: Receiver<Result<String, String>>,
}

impl RunningProgram {
    /// Starts a program in a folder.
    ///
    /// # Errors
    /// When the operating system does not start it.
    pub fn start(command: &[String], dir: &Path) -> Result<Self, Lost> {
        let gone = |error: std::io::Error| {
            Lost::new(AdviceFailure::Gone, format!("cannot be started: {error}"))
        };
        let (program, arguments) = command.split_first().expect("rules name a program");
        let mut started = Command::new(program);
        started.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        if !dir.as_os_str().is_empty() {
            started.current_dir(dir);
        }
        let mut child = started.spawn().map_err(gone)?;
        let input = child.stdin.take().expect("it is piped");
        let output = child.stdout.take().expect("it is piped");
        let (questions, to_write) = sync_channel(1);
        let (read, lines) = sync_channel(LINES_WAITING);
        let command = command.to_vec();
        let child = Arc::new(Mutex::new(child));
        lock(&RUNNING).push(Arc::clone(&child));
        let program = Self { command, child, questions: Some(questions), lines };
        thread::Builder::new().spawn(move || write(input, &to_write)).map_err(gone)?;
        thread::Builder::new().spawn(move || self::read(output, &read)).map_err(gone)?;
        Ok(program)
    }

    /// The program and its arguments.
    pub const fn command(&self) -> &Vec<String> {
        &self.command
    }

    /// Asks the question of a number, and waits for its answer.
    ///
    /// # Errors
    /// When none comes in time, the program ends, or says something else.
    pub fn ask(&mut self, ask: u64, line: String, deadline_ms: u32) -> Result<Wants, Lost> {
        let silent = |reason: String| Lost::new(AdviceFailure::Silent, reason);
        while let Ok(said) = self.lines.try_recv() {
            let early = said.and_then(|line| match advice::read(&line, ask) {
                Ok(ProgramSaid::Older) => Ok(()),
                Ok(ProgramSaid::Answer(_)) => Err(self::said(&line, "it was not asked yet")),
                Err(refusal) => Err(self::said(&line, &refusal.to_string())),
            });
            early.map_err(|reason| Lost::new(AdviceFailure::Nonsense, reason))?;
        }
        let questions = self.questions.as_ref().expect("it runs");
        match questions.try_send(line) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => {
                thread::sleep(Duration::from_millis(deadline_ms.into()));
                return Err(silent("does not read its questions".to_owned()));
            }
            Err(TrySendError::Disconnected(_)) => return Err(self.gone()),
        }
        let until = Instant::now() + Duration::from_millis(deadline_ms.into());
        loop {
            let rest = until.saturating_duration_since(Instant::now());
            let line = match self.lines.recv_timeout(rest) {
                Ok(Ok(line)) => line,
                Ok(Err(reason)) => return Err(Lost::new(AdviceFailure::Nonsense, reason)),
                Err(RecvTimeoutError::Timeout) => {
                    return Err(silent(format!("has not answered within {deadline_ms} ms")));
                }
                Err(RecvTimeoutError::Disconnected) => return Err(self.gone()),
            };
            match advice::read(&line, ask) {
                Ok(ProgramSaid::Older) => {}
                Ok(ProgramSaid::Answer(wants)) => return Ok(wants),
                Err(refusal) => {
                    return Err(Lost::new(
                        AdviceFailure::Nonsense,
                        said(&line, &refusal.to_string()),
                    ));
                }
            }
        }
    }

    /// It has ended, or closed its standard output.
    fn gone(&mut self) -> Lost {
        let reason = match self.wait(FAREWELL) {
            Some(status) => format!("has ended ({status})"),
            None => "has closed its standard output".to_owned(),
        };
        Lost::new(AdviceFailure::Gone, reason)
    }

    /// Waits until it ends, but not for longer than `most`.
    fn wait(&mut self, most: Duration) -> Option<std::process::ExitStatus> {
        let until = Instant::now() + most;
        loop {
            if let Ok(Some(status)) = lock(&self.child).try_wait() {
                return Some(status);
            }
            if Instant::now() >= until {
                return None;
            }
            thread::sleep(LOOK_AGAIN);
        }
    }
}

impl Drop for RunningProgram {
    /// Its standard input ends, which is how it knows; one that goes on is killed.
    fn drop(&mut self) {
        self.questions = None;
        if self.wait(FAREWELL).is_none() {
            // Where it cannot be killed it has ended, or belongs to somebody else.
            let mut child = lock(&self.child);
            let _ = child.kill();
            let _ = child.wait();
        }
        lock(&RUNNING).retain(|one| !Arc::ptr_eq(one, &self.child));
    }
}

/// What is wrong with a line, and its beginning.
fn said(line: &str, reason: &str) -> String {
    let shown: String = line.chars().take(SHOWN_CHARS).collect();
    let more = if shown.len() < line.len() { "…" } else { "" };
    format!("said `{}{more}`, which is no answer: {reason}", text::line(&shown))
}

/// Writes questions until there are no more, or nobody reads them.
fn write(mut input: ChildStdin, questions: &Receiver<String>) {
    while let Ok(mut line) = questions.recv() {
        line.push('\n');
        if input.write_all(line.as_bytes()).and_then(|()| input.flush()).is_err() {
            return;
        }
    }
}

/// Reads lines until there are no more, or nobody wants them.
fn read(output: ChildStdout, lines: &SyncSender<Result<String, String>>) {
    let mut output = BufReader::new(output);
    loop {
        let mut line = Vec::new();
        let read = (&mut output).take(LINE_MAX + 1).read_until(b'\n', &mut line);
        if !matches!(read, Ok(bytes) if bytes > 0) {
            return;
        }
        let is_too_long = line.len() as u64 > LINE_MAX;
        let line = match String::from_utf8(line) {
            _ if is_too_long => Err(format!("said more than {LINE_MAX} bytes in one line")),
            Ok(line) => Ok(line.trim_end_matches(['\r', '\n']).to_owned()),
            Err(_) => Err("said something that is not UTF-8".to_owned()),
        };
        let is_over = line.is_err();
        if lines.send(line).is_err() || is_over {
            return;
        }
    }
}
