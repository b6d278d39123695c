//! Live mode: from the line of a tick to the line of the order that it causes, beside a bare echo through the same
//! pipes in the same run; what making each step durable costs; and how fast a journal is recovered.
//!
//! The terminal is this program again, as a process of its own (`terminal`): it measures, because it is the one
//! that waits. `TICKDECK_BENCH_ORDERS` is the number of orders (2,000), `TICKDECK_BENCH_INPUTS` that of the inputs of
//! the journal (1,000,000), `TICKDECK_BENCH_SECONDS` how long 500 ticks a second come (60).

mod rate;
mod recovery;
mod terminal;

use std::cell::RefCell;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::sync::mpsc::SyncSender;
use std::thread::{Builder, sleep};
use std::time::Duration;
use tickdeck::config::{self, Session};
use tickdeck::domain::time::Timestamp;
use tickdeck::domain::zone::ServerZone;
use tickdeck::executor::Executor;
use tickdeck::executor::command::CommandSource;
use tickdeck::executor::event::{Event, Life};
use tickdeck::journal::writer::JournalWriter;
use tickdeck::live::clock::{LiveBroker, LiveClock};
use tickdeck::live::inbox::{Incoming, inbox};
use tickdeck::live::mt5::gateway::{Gateway, Launch};
use tickdeck::live::mt5::identity::Identity;
use tickdeck::live::mt5::lines::{Attach, SCHEMA};
use tickdeck::live::mt5::terminal::Terminal;
use tickdeck::live::time::LiveTime;
use tickdeck::session::ports::{Journal, PortError, Step};
use tickdeck::session::run::run;
use tickdeck::wire;

/// A strategy that enters on every bar, because its price swings.
const SESSION: &str = r#"
format = 1
name = "latency"
symbols = ["EURUSD"]
zone = "UTC"
[account]
login = 1
[[strategy]]
id = "s"
timeframe = "M1"
[strategy.rules]
entry = { type = "indicator_cross", indicators = ["SMA_1", "SMA_2"], direction = "both" }
exit = { type = "none", stopLoss = 200 }
risk = { lotSize = 0.1, maxOpenTrades = 5 }
"#;

/// The median, the 99th of a hundred and the longest, in microseconds.
#[derive(Debug, Clone, Copy)]
struct Spread {
    p50: f64,
    p99: f64,
    longest: f64,
}

impl Spread {
    fn of(mut micros: Vec<f64>) -> Self {
        micros.sort_by(f64::total_cmp);
        let at = |part: usize| micros[(micros.len() - 1) * part / 100];
        Self { p50: at(50), p99: at(99), longest: at(100) }
    }

    fn told(self, name: &str, beside: Self) {
        let Self { p50, p99, longest } = self;
        println!(
            "{name:<28} p50 {p50:8.1} us ({:4.2} x)  p99 {p99:8.1} us ({:4.2} x)  longest {longest:8.1} us",
            p50 / beside.p50,
            p99 / beside.p99
        );
    }
}

fn number(name: &str, usual: u64) -> u64 {
    #[expect(clippy::disallowed_methods, reason = "a bench is a shell")]
    let told = std::env::var(name).ok();
    told.map_or(usual, |text| text.parse().expect("a number"))
}

/// This program again, as the terminal.
fn command(kind: &str, out: &Path, count: u64) -> Vec<String> {
    let own = std::env::current_exe().unwrap();
    let parts = [own.to_str().unwrap(), "terminal", kind, out.to_str().unwrap()];
    parts.iter().map(|part| (*part).to_owned()).chain([count.to_string()]).collect()
}

fn micros(path: &Path) -> Spread {
    let text = fs::read_to_string(path).unwrap();
    Spread::of(text.lines().map(|line| line.parse().unwrap()).collect())
}

/// What the pipes cost by themselves: every line comes back.
fn echo(folder: &Path, orders: u64) -> Spread {
    let out = folder.join("echo");
    let command = command("echo", &out, orders);
    let mut child = Command::new(&command[0])
        .args(&command[1..])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    while output.read_until(b'\n', &mut line).unwrap() > 0 {
        input.write_all(&line).unwrap();
        line.clear();
    }
    drop(input);
    child.wait().unwrap();
    micros(&out)
}

/// Starts the strategies once the account and the symbols are known.
struct Starting {
    bodies: Vec<String>,
    inbox: SyncSender<Incoming>,
}

impl Journal for Starting {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        let is_known = || step.executor.symbols_known().all(|(_, spec)| spec.is_some());
        if !self.bodies.is_empty() && step.executor.view().ready && is_known() {
            for body in self.bodies.drain(..) {
                let start = wire::command::parse(CommandSource::Session, &body);
                self.inbox.send(Incoming::Event(Event::Command(Box::new(start))))?;
            }
        }
        Ok(())
    }
}

/// The executor over a terminal, until that has written its figures into a file.
fn live<J: Journal>(
    session: &Session,
    (command, out): (Vec<String>, &Path),
    journal: J,
) -> (J, Executor) {
    let file = &session.file;
    let attach = Attach {
        schema: SCHEMA,
        path: None,
        login: Some(1),
        password: None,
        server: None,
        timeout_ms: 10_000,
        portable: None,
        tick_poll_ms: 5,
        book_poll_ms: 250,
    };
    let (sender, receiver) = inbox();
    let identity = Identity { login: 1, server: None, real: false };
    let terminal = Terminal::new(identity, &file.symbols);
    let log = Box::new(|text: &str| eprintln!("{text}"));
    let gateway = Gateway::new(Launch { command, attach }, terminal, sender.clone(), log);
    let gateway = Rc::new(RefCell::new(gateway));
    let mut broker = LiveBroker::new(Rc::clone(&gateway));
    let life = Event::Life(Box::new(Life { config: file.executor_config() }));
    let time = LiveTime::new(None, Timestamp::from_nanos(0));
    let time = (time, &ServerZone::utc());
    let mut clock = LiveClock::new(receiver, gateway, |_| true, time, vec![life]);
    let (watched, ends) = (out.to_owned(), sender.clone());
    Builder::new()
        .spawn(move || {
            while !watched.exists() {
                sleep(Duration::from_millis(20));
            }
            // What is still in the pipe is heard.
            sleep(Duration::from_millis(500));
            let _ = ends.send(Incoming::Stop);
        })
        .unwrap();
    let bodies = (0..file.strategy.len()).map(|index| wire::start::body(file, index).unwrap());
    let starting = Starting { bodies: bodies.collect(), inbox: sender };
    let mut journals = (journal, starting);
    let mut executor = Executor::new(file.executor_config());
    run(&mut executor, &mut clock, &mut broker, &mut (), &mut (), &mut journals).unwrap();
    (journals.0, executor)
}

fn load(folder: &Path) -> Session {
    let path = folder.join("session.toml");
    fs::write(&path, SESSION).unwrap();
    config::load(&path).unwrap()
}

/// The executor over the same pipes, with this journal.
fn trade<J: Journal>(
    folder: &Path,
    orders: u64,
    name: &str,
    journal: impl FnOnce(&Session) -> J,
) -> Spread {
    let (session, out) = (load(folder), folder.join(name));
    let journal = journal(&session);
    live(&session, (command("trade", &out, orders), &out), journal);
    micros(&out)
}

/// A folder in memory, where making something durable costs nothing.
fn in_memory() -> Option<tempfile::TempDir> {
    tempfile::tempdir_in("/dev/shm").ok()
}

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.get(1).is_some_and(|argument| argument == "terminal") {
        return terminal::run(&arguments[2..]);
    }
    let orders = number("TICKDECK_BENCH_ORDERS", 2_000);
    let disk = tempfile::tempdir_in(".")?;
    let beside = echo(disk.path(), orders);
    beside.told("bare echo", beside);
    trade(disk.path(), orders, "without", |_| ()).told("without a journal", beside);
    let journal = |folder: &Path| {
        let folder = folder.join("journal");
        move |session: &Session| JournalWriter::create(&folder, &session.file, None).unwrap()
    };
    if let Some(memory) = in_memory() {
        let spread = trade(memory.path(), orders, "memory", journal(memory.path()));
        spread.told("with one, in memory", beside);
    }
    trade(disk.path(), orders, "durable", journal(disk.path())).told("with one, durable", beside);
    rate::run(disk.path(), number("TICKDECK_BENCH_SECONDS", 60));
    recovery::run(disk.path(), number("TICKDECK_BENCH_INPUTS", 1_000_000));
    Ok(())
}
