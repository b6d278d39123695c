//! Gives the terminal a voice: over its own standard input and output, or for whoever dials in; and lends the voice
//! of one that is served elsewhere.

use super::terminal::RehearsalTerminal;
use crate::domain::time::Timestamp;
use crate::live::mt5::lines::ToTerminal;
use crate::live::mt5::news::FromTerminal;
use crate::live::time::{MarketPace, machine_now};
use crate::session::ports::PortError;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::Builder;
use std::time::Duration;

/// The longest wait between two looks at the market.
const LOOK_MAX: Duration = Duration::from_millis(20);
/// How many lines may wait.
const WAITING_MAX: usize = 4_096;
/// How long the market stays open after its last tick.
const REST: Duration = Duration::from_hours(1);
const BEAT_MS: u64 = 1_000;

/// What comes from a peer.
enum FromPeer {
    Line(String),
    Gone,
}

/// Serves one peer over standard input and output, until it is gone.
///
/// # Errors
/// When the ticks cannot be read.
pub fn over_stdio(terminal: &mut RehearsalTerminal, pace: MarketPace) -> Result<(), PortError> {
    let (sender, lines) = sync_channel(WAITING_MAX);
    Builder::new().spawn(move || hear(io::stdin().lock(), &sender))?;
    converse(terminal, pace, &lines, &mut io::stdout().lock())
}

/// Serves whoever dials in, one after the other, for ever. While nobody is there the market goes on.
///
/// # Errors
/// When the ticks cannot be read.
pub fn over_tcp(
    terminal: &mut RehearsalTerminal,
    pace: MarketPace,
    listener: TcpListener,
) -> Result<(), PortError> {
    let (sender, peers) = sync_channel(1);
    Builder::new().spawn(move || {
        for peer in listener.incoming().flatten() {
            if sender.send(peer).is_err() {
                return;
            }
        }
    })?;
    loop {
        match peers.recv_timeout(LOOK_MAX) {
            Ok(mut peer) => {
                // Whoever waits for its lines waits for each.
                let _ = peer.set_nodelay(true);
                let (sender, lines) = sync_channel(WAITING_MAX);
                let heard = peer.try_clone()?;
                Builder::new().spawn(move || hear(BufReader::new(heard), &sender))?;
                converse(terminal, pace, &lines, &mut peer)?;
                let _ = peer.shutdown(Shutdown::Both);
            }
            Err(RecvTimeoutError::Timeout) => {
                terminal.advance(pace.at(machine_now()))?;
            }
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
}

/// Lends its voice to a terminal that is served at an address: a process with pipes, as a gateway is one.
///
/// # Errors
/// When nobody is there.
pub fn lend_voice(address: &str) -> io::Result<()> {
    let peer = TcpStream::connect(address)?;
    let _ = peer.set_nodelay(true);
    let mut said = peer.try_clone()?;
    Builder::new().spawn(move || {
        let _ = io::copy(&mut Unbuffered(io::stdin()), &mut said);
        // The end of its input is the end of the talk.
        let _ = said.shutdown(Shutdown::Both);
    })?;
    let mut heard = BufReader::new(peer);
    let mut out = io::stdout().lock();
    loop {
        let piece = heard.fill_buf()?;
        if piece.is_empty() {
            return Ok(());
        }
        let length = piece.len();
        out.write_all(piece)?;
        out.flush()?;
        heard.consume(length);
    }
}

/// Reads what is there, and does not wait for more.
struct Unbuffered(io::Stdin);

impl Read for Unbuffered {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut input = self.0.lock();
        let piece = input.fill_buf()?;
        let length = piece.len().min(into.len());
        into[..length].copy_from_slice(&piece[..length]);
        input.consume(length);
        Ok(length)
    }
}

fn hear(input: impl BufRead, lines: &SyncSender<FromPeer>) {
    for line in input.lines().map_while(Result::ok) {
        if lines.send(FromPeer::Line(line)).is_err() {
            return;
        }
    }
    let _ = lines.send(FromPeer::Gone);
}

/// Talks with a peer until it is gone.
fn converse(
    terminal: &mut RehearsalTerminal,
    pace: MarketPace,
    lines: &Receiver<FromPeer>,
    out: &mut impl Write,
) -> Result<(), PortError> {
    let mut text = String::new();
    let mut beaten: Option<Timestamp> = None;
    let greeting = terminal.greet(std::process::id());
    let mut more = said(&mut text, &greeting, out);
    while more {
        let now = pace.at(machine_now());
        let heard = terminal.advance(now)?;
        more = said(&mut text, &heard, out);
        let real = machine_now();
        if beaten.is_none_or(|at| at.plus_ms(BEAT_MS) <= real) {
            beaten = Some(real);
            terminal.beat();
        }
        let due = terminal.next_due()?.map_or(REST, |due| pace.until(now, due));
        match lines.recv_timeout(due.min(LOOK_MAX)) {
            Ok(first) => {
                terminal.advance(pace.at(machine_now()))?.iter().for_each(|line| {
                    write_line(&mut text, line);
                });
                for one in std::iter::once(first).chain(lines.try_iter()) {
                    let FromPeer::Line(line) = one else {
                        terminal.leave();
                        return Ok(());
                    };
                    match serde_json::from_str::<ToTerminal>(&line) {
                        Ok(line) => more &= terminal.hear(line),
                        Err(error) => write_line(&mut text, &fault(&error)),
                    }
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => more = false,
        }
        let lines = terminal.take_lines();
        more &= said(&mut text, &lines, out);
    }
    terminal.leave();
    Ok(())
}

fn fault(error: &serde_json::Error) -> FromTerminal {
    FromTerminal::Fault { code: "line".to_owned(), text: error.to_string(), about: None }
}

fn write_line(text: &mut String, line: &FromTerminal) {
    let written = serde_json::to_string(line).expect("lines are made of text, numbers and lists");
    text.push_str(&written);
    text.push('\n');
}

/// Writes lines; whether somebody reads them.
fn said(text: &mut String, lines: &[FromTerminal], out: &mut impl Write) -> bool {
    lines.iter().for_each(|line| write_line(text, line));
    if text.is_empty() {
        return true;
    }
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    text.clear();
    written.is_ok()
}
