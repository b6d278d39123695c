//! 500 ticks a second on 30 symbols with a strategy each, every step durable within a second: none is lost, memory
//! stays, and what it costs.

use crate::terminal::{BEGIN_MSC, Says, answer, info};
use crate::{command, live};
use serde_json::{Map, Value, json};
use std::cell::Cell;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, BufRead, Stdout, Write};
use std::path::Path;
use std::rc::Rc;
use std::sync::mpsc::channel;
use std::thread::{Builder, sleep};
use std::time::Duration;
use tickdeck::config;
use tickdeck::executor::event::Event;
use tickdeck::journal::writer::JournalWriter;
use tickdeck::session::ports::{Journal, PortError, Step};

#[expect(clippy::disallowed_types, reason = "a bench measures")]
type Instant = std::time::Instant;

const SYMBOLS: u64 = 30;
const TICKS_A_SECOND: u64 = 500;

fn name(symbol: u64) -> String {
    format!("S{symbol:02}")
}

/// Counts ticks, and looks at the memory after a sixth of them.
struct Count {
    ticks: u64,
    most: u64,
    early_kb: Rc<Cell<u64>>,
}

impl Journal for Count {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        if matches!(step.event, Event::Tick(_)) {
            self.ticks += 1;
            if self.ticks == self.most / 6 {
                self.early_kb.set(resident_kb());
            }
        }
        Ok(())
    }
}

fn resident_kb() -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

/// How long this process has computed.
fn cpu_s() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::try_from(time).unwrap_or_default().as_secs_f64()
}

/// Takes ticks for so many seconds.
pub fn run(folder: &Path, seconds: u64) {
    let mut text =
        "format = 1\nname = \"rate\"\nzone = \"UTC\"\nspecs = \"symbols.json\"\n".to_owned();
    let names: Vec<String> = (0..SYMBOLS).map(name).collect();
    writeln!(text, "symbols = {}\n[account]\nlogin = 1", json!(names)).unwrap();
    let mut specs = Map::new();
    for name in &names {
        specs.insert(name.clone(), info(name));
        write!(
            text,
            "[[strategy]]\nid = \"{name}\"\nsymbol = \"{name}\"\ntimeframe = \"M1\"\n[strategy.rules]\n\
             entry = {{ type = \"indicator_cross\", indicators = [\"EMA_5\", \"EMA_9\"], direction = \"both\" }}\n\
             exit = {{ type = \"none\", stopLoss = 200 }}\nrisk = {{ lotSize = 0.1, maxOpenTrades = 5 }}\n"
        )
        .unwrap();
    }
    fs::write(folder.join("symbols.json"), json!(specs).to_string()).unwrap();
    fs::write(folder.join("rate.toml"), text).unwrap();
    let session = config::load(&folder.join("rate.toml")).unwrap();
    let (out, ticks) = (folder.join("rate"), seconds * TICKS_A_SECOND);
    let early_kb = Rc::new(Cell::new(0));
    let count = Count { ticks: 0, most: ticks, early_kb: Rc::clone(&early_kb) };
    let writer = JournalWriter::create(&folder.join("rate.journal"), &session.file, None).unwrap();
    let (begun, cpu) = (Instant::now(), cpu_s());
    let ((writer, count), _) =
        live(&session, (command("rate", &out, ticks), &out), (writer, count));
    let share = (cpu_s() - cpu) / begun.elapsed().as_secs_f64() * 100.0;
    assert_eq!(count.ticks, ticks, "ticks are lost");
    println!(
        "{ticks} ticks in {seconds} s on {SYMBOLS} symbols: none lost, {share:.1} % of a core, {} syncs, memory {} kB \
         after a sixth and {} kB at the end",
        writer.syncs(),
        early_kb.get(),
        resident_kb()
    );
}

impl Says for Stdout {
    fn say(&mut self, line: &Value) -> io::Result<()> {
        self.write_all(format!("{line}\n").as_bytes())?;
        self.flush()
    }
}

/// The terminal: answers what it is asked, and gives each symbol its tick in turn.
pub fn terminal(out: &str, ticks: u64) -> io::Result<()> {
    let mut output = io::stdout();
    let (sender, lines) = channel::<Value>();
    Builder::new().spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            let Ok(line) = serde_json::from_str(&line) else { return };
            if sender.send(line).is_err() {
                return;
            }
        }
    })?;
    output.say(&json!({ "t": "hello", "schema": 1, "peer": "bench", "pid": 1 }))?;
    let mut strategies = 0;
    while strategies < SYMBOLS {
        let line = lines.recv().map_err(io::Error::other)?;
        strategies += u64::from(line["t"] == "rates");
        answer(&mut output, &line)?;
    }
    let begun = Instant::now();
    for number in 0..ticks {
        while let Ok(line) = lines.try_recv() {
            answer(&mut output, &line)?;
        }
        let due = Duration::from_micros(number * 1_000_000 / TICKS_A_SECOND);
        sleep(due.saturating_sub(begun.elapsed()));
        output.say(&tick(number))?;
    }
    fs::write(out, "")?;
    // Until the other side ends.
    while let Ok(line) = lines.recv() {
        answer(&mut output, &line)?;
    }
    Ok(())
}

fn tick(number: u64) -> Value {
    let time_msc = BEGIN_MSC + i64::try_from(number * 1_000 / TICKS_A_SECOND).expect("few");
    #[expect(clippy::cast_precision_loss, reason = "it is small")]
    let bid = 1.17 + (number / SYMBOLS % 97) as f64 * 0.00001;
    json!({
        "t": "tick", "symbol": name(number % SYMBOLS), "time_msc": time_msc, "bid": bid, "ask": bid + 0.0001, "last": 0.0,
        "volume": 0, "flags": 6, "now_utc_ms": 0,
    })
}
