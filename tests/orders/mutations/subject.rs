//! What is mutated, and the program that is run on it.

use super::mutate::Mutator;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// No run of these sizes may take longer.
const TIME_MAX: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_micros(500);
/// Nor more address space, in kB: threads and the program itself take most of it.
const MEMORY_KB_MAX: u64 = 4 << 20;

/// How a run ended.
pub enum Outcome {
    /// By itself, with 0, 1 or 2.
    Ended(u8),
    /// In any other way.
    Wrong(String),
}

/// The sound files that mutations begin with.
pub struct Bench {
    sessions: Vec<(String, String)>,
    recording: TempDir,
}

const SESSION: &str = r#"
format = 1
name = "small"
symbols = ["EURUSD", "USDJPY"]
subscribed = ["EURUSD"]
seed = 3
zone = "America/New_York+7"
commands = "commands.jsonl"

[account]
login = 7
currency = "EUR"
balance = "10000"
leverage = 100

[account.rates]
JPY = "0.0062"

[broker]
commission_per_lot = "3.5"
faults_until = "2025-09-22T03:00:00Z"

[broker.request_latency]
uniform_ms = { min = 5, max = 80 }

[broker.slippage]
uniform_points = { max = 3 }

[[broker.faults]]
request = 2
kind = "timeout_executed"

[[broker.faults]]
at = "2025-09-21T21:20:00Z"
kind = { link_down = { for_ms = 30000, ticks_lost = true } }

[[broker.fault_rates]]
per_mille = 100
kind = { partial = { percent = 40 } }

[limits]
max_open_trades_account = 3
request_deadline_msc = 9000

[ticks.generate]
ticks = 3000
seed = 5

[symbol.EURUSD]
stops_level = 5
filling_mask = 2

[[strategy]]
id = "s"
symbol = "EURUSD"
timeframe = "M1"

[strategy.options]
warmupBars = 6

[strategy.rules.entry]
type = "indicator_cross"
indicators = ["EMA_2", "SMA_4"]
direction = "both"

[strategy.rules.exit]
type = "opposite_signal"
stopLoss = 10
takeProfit = 20

[strategy.rules.risk]
lotSize = 0.10
maxOpenTrades = 2
"#;

const COMMANDS: &[&str] = &[
    r#"{"command":"OPEN_POSITION","parameters":{"symbol":"EURUSD","type":"BUY","volume":0.13,"sl":1.1,"tp":1.3}}"#,
    r#"{"command":"PLACE_ORDER","parameters":{"symbol":"EURUSD","type":"BUY_LIMIT","volume":0.1,"price":1.1,"expiration":"2025-09-21T22:10:00Z"}}"#,
    r#"{"command":"CLOSE_POSITION","parameters":{"ticket":2,"volume":0.05}}"#,
    r#"{"command":"MODIFY_POSITION","parameters":{"ticket":2,"stopLoss":1.05,"takeProfit":0}}"#,
    r#"{"command":"UPDATE_STRATEGY","parameters":{"strategyId":"s","settings":{"maxOpenTrades":3}}}"#,
    r#"{"command":"RISK_UPDATE","parameters":{"maxOpenTrades":2}}"#,
    r#"{"command":"START_STRATEGY","parameters":{"strategyId":"t","symbol":"USDJPY","timeframe":"M5","rules":{"entry":{"type":"indicator_cross","indicators":["RSI_14","SMA_3"],"direction":"above"},"exit":{"type":"none"},"risk":{"lotSize":0.1}}}}"#,
    r#"{"command":"CLOSE_PROFITABLE","parameters":{"minProfit":1}}"#,
    r#"{"command":"GET_STATUS","parameters":{}}"#,
    r#"{"command":"STOP_STRATEGY","parameters":{"strategyId":"s","closePositions":true}}"#,
    r#"{"command":"EMERGENCY_STOP","parameters":{"reason":"drill"}}"#,
];

/// The commands, some minutes apart.
fn commands() -> String {
    let line = |(n, body): (usize, &&str)| {
        let minute = 6 + n * 3;
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        let mut whole = serde_json::json!({ "id": format!("c{n}"), "createdAt": format!("2025-09-21T21:{minute:02}:00Z") });
        whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        serde_json::json!({ "at": format!("2025-09-21T21:{minute:02}:00.5Z"), "body": whole.to_string() }).to_string()
    };
    COMMANDS.iter().enumerate().map(line).collect::<Vec<_>>().join("\n") + "\n"
}

impl Bench {
    /// The sound files; what is recorded of them is sound, too.
    pub fn new() -> Self {
        let recording = TempDir::new().unwrap();
        fs::write(recording.path().join("session.toml"), SESSION).unwrap();
        fs::write(recording.path().join("commands.jsonl"), commands()).unwrap();
        let recorded = run(
            recording.path(),
            &["simulate", "session.toml", "--record", "recorded"].map(str::to_owned),
        );
        assert!(matches!(recorded, Outcome::Ended(0)), "what mutations begin with is sound");
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sessions");
        let mut sessions = vec![("session.toml".to_owned(), SESSION.to_owned())];
        for fixture in fs::read_dir(fixtures).unwrap() {
            let fixture = fixture.unwrap();
            let text = fs::read_to_string(fixture.path()).unwrap();
            sessions.push((fixture.file_name().into_string().unwrap(), text));
        }
        sessions.sort();
        Self { sessions, recording }
    }

    /// A folder with mutated files, and the arguments to run on it.
    pub fn lay_out(&self, mutator: &mut Mutator) -> (TempDir, Vec<String>) {
        let folder = TempDir::new().unwrap();
        let arguments = match mutator.below(10) {
            0..=3 => self.session(folder.path(), mutator),
            4 | 5 => Self::commands(folder.path(), mutator),
            6..=8 => self.recorded(folder.path(), mutator),
            _ => self.arguments(folder.path(), mutator),
        };
        (folder, arguments)
    }

    fn session(&self, folder: &Path, mutator: &mut Mutator) -> Vec<String> {
        // The small one half of the time: it has the most in it.
        let small = mutator.below(2) == 0;
        let text = if small { SESSION } else { &mutator.pick(&self.sessions).1 };
        let text = text.replace("ticks = 350000", "ticks = 3000");
        let mutated =
            std::iter::repeat_with(|| mutator.toml(&text)).find(|text| !is_long(text)).unwrap();
        fs::write(folder.join("session.toml"), mutated).unwrap();
        fs::write(folder.join("commands.jsonl"), commands()).unwrap();
        simulate(mutator)
    }

    fn commands(folder: &Path, mutator: &mut Mutator) -> Vec<String> {
        fs::write(folder.join("session.toml"), SESSION).unwrap();
        fs::write(folder.join("commands.jsonl"), mutator.json_lines(&commands())).unwrap();
        simulate(mutator)
    }

    /// A copy of the recording with one file that was tampered with.
    fn recorded(&self, folder: &Path, mutator: &mut Mutator) -> Vec<String> {
        let (from, to) = (self.recording.path().join("recorded"), folder.join("recorded"));
        copy(&from, &to);
        match mutator.below(8) {
            0 | 1 => rewrite(&to.join("session.toml"), |text| mutator.toml(&text)),
            2 | 3 => rewrite(&to.join("inputs.jsonl"), |text| mutator.json_lines(&text)),
            4 | 5 => rewrite(&to.join("actions.jsonl"), |text| mutator.json_lines(&text)),
            6 => {
                let ticks = to.join("ticks/EURUSD.parquet");
                let bytes = mutator.bytes(fs::read(&ticks).unwrap());
                fs::write(ticks, bytes).unwrap();
            }
            _ => tamper(&to, mutator),
        }
        let verb: &[&str] = match mutator.below(6) {
            0 => &["inspect", "recorded"],
            1 => &["inspect", "recorded", "--order", "2"],
            2 => &["inspect", "recorded", "--strategy", "s", "--at", "2025-09-21T21:30:00Z"],
            3 => &["replay", "recorded", "--broker", "sim"],
            _ => &["replay", "recorded"],
        };
        verb.iter().map(|&part| part.to_owned()).collect()
    }

    fn arguments(&self, folder: &Path, mutator: &mut Mutator) -> Vec<String> {
        fs::write(folder.join("session.toml"), SESSION).unwrap();
        fs::write(folder.join("commands.jsonl"), commands()).unwrap();
        copy(&self.recording.path().join("recorded"), &folder.join("recorded"));
        let sound: &[&[&str]] = &[
            &[
                "generate",
                "--symbol",
                "EURUSD",
                "--ticks",
                "100",
                "--seed",
                "7",
                "--out",
                "t.parquet",
            ],
            &[
                "bars",
                "recorded/ticks/EURUSD.parquet",
                "--symbol",
                "EURUSD",
                "--timeframe",
                "M1",
                "--out",
                "b.csv",
            ],
            &["simulate", "session.toml", "--trades", "trades.csv", "--record", "again"],
            &[
                "indicators",
                "--bars",
                "recorded/ticks/EURUSD.parquet",
                "--timeframe",
                "M1",
                "--use",
                "ema:20",
                "--out",
                "i.csv",
            ],
            &["inspect", "recorded", "--order", "2"],
            &[
                "import",
                "recorded/ticks/EURUSD.parquet",
                "--symbol",
                "EURUSD",
                "--zone",
                "UTC",
                "--out",
                "i.parquet",
            ],
            &["replay", "recorded", "--broker", "recorded"],
        ];
        let mut arguments: Vec<String> =
            mutator.pick(sound).iter().map(|&part| part.to_owned()).collect();
        mutator.arguments(&mut arguments);
        arguments
    }
}

/// Whether a session has more ticks than can be run in time, which is no mistake.
fn is_long(session: &str) -> bool {
    let ticks =
        |table: toml::Table| table.get("ticks")?.get("generate")?.get("ticks")?.as_integer();
    session
        .parse()
        .ok()
        .and_then(ticks)
        .is_some_and(|ticks| (100_000..=2_000_000_000).contains(&ticks))
}

fn simulate(mutator: &mut Mutator) -> Vec<String> {
    let parts: &[&str] = if mutator.below(3) == 0 {
        &["simulate", "session.toml", "--record", "recorded"]
    } else {
        &["simulate", "session.toml"]
    };
    parts.iter().map(|&part| part.to_owned()).collect()
}

fn rewrite(path: &Path, change: impl FnOnce(String) -> String) {
    let text = fs::read_to_string(path).unwrap();
    fs::write(path, change(text)).unwrap();
}

/// Files that are missing, doubled, or no files.
fn tamper(folder: &Path, mutator: &mut Mutator) {
    let name = *mutator.pick(&[
        "session.toml",
        "inputs.jsonl",
        "actions.jsonl",
        "orders.txt",
        "ticks/EURUSD.parquet",
    ]);
    let path = folder.join(name);
    match mutator.below(5) {
        0 => fs::remove_file(path).unwrap(),
        1 => {
            fs::remove_file(&path).unwrap();
            fs::create_dir(path).unwrap();
        }
        2 => fs::write(path, "").unwrap(),
        3 => fs::write(folder.join("a-file-of-somebody-else"), "kept").unwrap(),
        _ => {
            fs::remove_file(&path).unwrap();
            #[cfg(unix)]
            std::os::unix::fs::symlink(
                mutator.pick(&["/dev/zero", "/dev/stdin", "../../session.toml", "."]),
                path,
            )
            .unwrap();
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            assert!(fs::copy(entry.path(), target).is_ok());
        }
    }
}

/// Runs the program in a folder, within bounds.
pub fn run(folder: &Path, arguments: &[String]) -> Outcome {
    let bounded = format!("ulimit -v {MEMORY_KB_MAX}; exec \"$0\" \"$@\"");
    let said = fs::File::create(folder.join(".said")).unwrap();
    let mut child = Command::new("sh")
        .args(["-c", &bounded, env!("CARGO_BIN_EXE_tickdeck")])
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(said)
        .spawn()
        .unwrap();
    let mut waited = Duration::ZERO;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if waited > TIME_MAX {
            child.kill().unwrap();
            child.wait().unwrap();
            return Outcome::Wrong(format!("did not end within {} s", TIME_MAX.as_secs()));
        }
        std::thread::sleep(PAUSE);
        waited += PAUSE;
    };
    let said = String::from_utf8_lossy(&fs::read(folder.join(".said")).unwrap()).into_owned();
    let panicked = said.lines().find(|line| line.contains("panicked at")).map(str::to_owned);
    match (status.code(), panicked) {
        (Some(code @ 0..=2), None) if code < 2 || !said.trim().is_empty() => {
            Outcome::Ended(u8::try_from(code).unwrap())
        }
        (Some(code), None) => {
            Outcome::Wrong(format!("ended with {code} and said: {}", said.trim()))
        }
        (code, panicked) => {
            Outcome::Wrong(format!("{code:?}, {}: {}", panicked.unwrap_or_default(), said.trim()))
        }
    }
}
