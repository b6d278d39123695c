//! The process that speaks for a terminal: started, written to, read from, and ended.

use super::lines::{self, LINE_BYTES_MAX, LineError, ToTerminal};
use crate::live::inbox::Incoming;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel};
use std::thread::{self, Builder};
use std::time::Duration;

/// How long a process may take to end by itself.
const FAREWELL: Duration = Duration::from_secs(2);
const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// A longer line of what it says to people is told in parts.
const COMPLAINT_BYTES_MAX: u64 = 4_096;

/// A running process.
#[derive(Debug)]
pub struct TerminalChild {
    child: Child,
    /// To the thread that writes; none once the process is to end.
    lines: Option<Sender<String>>,
}

impl TerminalChild {
    /// Starts a process, which gets a number by which what it says is told from what an earlier one said.
    ///
    /// # Errors
    /// When the operating system does not start it.
    pub fn start(
        command: &[String],
        number: u32,
        inbox: &SyncSender<Incoming>,
    ) -> io::Result<Self> {
        let (program, arguments) =
            command.split_first().ok_or_else(|| io::Error::other("no program is named"))?;
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(input), Some(output), Some(errors)) = pipes else {
            return Err(io::Error::other("its pipes are missing"));
        };
        let (sender, to_write) = channel();
        let own = inbox.clone();
        Builder::new().spawn(move || write(input, &to_write))?;
        Builder::new().spawn(move || read(output, number, &own))?;
        let own = inbox.clone();
        Builder::new().spawn(move || complain(errors, &own))?;
        Ok(Self { child, lines: Some(sender) })
    }

    /// Hands a line over to be written. A process that has ended takes none, which is told as its end.
    ///
    /// # Errors
    /// When the line is too long.
    pub fn say(&self, line: &ToTerminal) -> Result<(), LineError> {
        let text = lines::write(line)?;
        if let Some(lines) = &self.lines {
            // The thread that reads tells of the end.
            let _ = lines.send(text);
        }
        Ok(())
    }

    /// Ends the process at once.
    pub fn kill(&mut self) {
        self.lines = None;
        // Where it cannot be killed it has ended, or hangs in the system, which ends it when it can.
        let _ = self.child.kill();
        self.wait();
    }

    /// Waits until it has ended, but not for long.
    fn wait(&mut self) {
        let mut waited = Duration::ZERO;
        while waited < FAREWELL && matches!(self.child.try_wait(), Ok(None)) {
            thread::sleep(LOOK_AGAIN);
            waited += LOOK_AGAIN;
        }
    }
}

impl Drop for TerminalChild {
    /// Its input ends, which is how it knows; one that goes on is killed.
    fn drop(&mut self) {
        self.lines = None;
        self.wait();
        self.kill();
    }
}

/// Writes lines until there are no more, or nobody reads them. What waits together is written together.
fn write(mut input: ChildStdin, lines: &Receiver<String>) {
    while let Ok(mut text) = lines.recv() {
        for more in lines.try_iter() {
            text.push_str(&more);
        }
        if input.write_all(text.as_bytes()).and_then(|()| input.flush()).is_err() {
            return;
        }
    }
}

/// Reads lines until there are no more, or nobody wants them.
fn read(output: ChildStdout, number: u32, inbox: &SyncSender<Incoming>) {
    let mut output = BufReader::new(output);
    let most = LINE_BYTES_MAX as u64 + 1;
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut output).take(most).read_until(b'\n', &mut line) {
            Ok(bytes) if bytes > 0 => {}
            _ => break,
        }
        let text = String::from_utf8_lossy(&line);
        let read = lines::read(text.trim_end_matches(['\r', '\n']));
        if inbox.send(Incoming::Line(number, read)).is_err() {
            return;
        }
    }
    // Nobody is left who would want to know.
    let _ = inbox.send(Incoming::Gone(number));
}

/// Passes on what the process says to people, whatever letters it has.
fn complain(errors: ChildStderr, inbox: &SyncSender<Incoming>) {
    let mut errors = BufReader::new(errors);
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut errors).take(COMPLAINT_BYTES_MAX).read_until(b'\n', &mut line) {
            Ok(bytes) if bytes > 0 => {}
            _ => return,
        }
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        if inbox.send(Incoming::Said(text)).is_err() {
            return;
        }
    }
}
