//! Live sessions whose process dies: killed at moments that nobody chose, or with the power, which takes along what was
//! not synced. Judged from the broker's book, the results, the audit and the recordings.

use crate::market::{Dice, Market, ended};
use serde_json::json;
use std::collections::BTreeSet;
use std::fs;
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::Duration;

/// A broker that takes its time, so that much is under way.
const SLOW: &str = "[broker.request_latency.uniform_ms]\nmin = 50\nmax = 9000\n\
                    [broker.answer_latency.uniform_ms]\nmin = 50\nmax = 9000\n";
/// How many market seconds pass in one.
const SPEED: u32 = 200;

/// How often a process dies: so often, or as a variable says.
fn times(variable: &str, usual: u64) -> u64 {
    #[expect(clippy::disallowed_methods, reason = "a test is a shell")]
    let told = std::env::var(variable).ok();
    told.map_or(usual, |text| text.parse().unwrap())
}

/// Processes that die one after the other, each after a command was given.
struct Deaths {
    market: Market,
    dice: Dice,
    ids: Vec<String>,
    /// The positions that were open when one died.
    opened: BTreeSet<u64>,
}

impl Deaths {
    fn begin(times: u64, seconds_each: u64) -> Self {
        let seconds = (times * seconds_each + 120) * u64::from(SPEED);
        let market = Market::open(i32::try_from(seconds).unwrap(), SPEED, SLOW);
        let ids = vec!["session-start-s".to_owned()];
        Self { market, dice: Dice(times), ids, opened: BTreeSet::new() }
    }

    /// Gives a command.
    fn command(&mut self) {
        let id = format!("open-{}", self.ids.len());
        let side = if self.dice.next(2) == 0 { "BUY" } else { "SELL" };
        let parameters = json!({ "symbol": "EURUSD", "type": side, "lotSize": 0.01 });
        self.market
            .command(&json!({ "id": id, "command": "OPEN_POSITION", "parameters": parameters }));
        self.ids.push(id);
    }

    /// One is dead.
    fn buried(&mut self) {
        self.opened.extend(self.market.open_positions());
    }

    /// The last one lives, and ends flat: nothing was lost, nothing was sent twice.
    fn judge(mut self) -> Market {
        let child = self.market.live();
        for id in &self.ids {
            self.market.until_answered(id);
        }
        let stop = json!({ "id": "flat", "command": "STOP_ALL", "parameters": { "closePositions": true } });
        self.market.command(&stop);
        self.market
            .command(&json!({ "id": "close", "command": "CLOSE_ALL_POSITIONS", "parameters": {} }));
        self.ids.extend(["flat".to_owned(), "close".to_owned()]);
        self.market.until_answered("close");
        self.market.until_answered("flat");
        // Where that took longer than commands wait, it is still wanted.
        self.market.until("all to be closed", |market| market.open_positions().is_empty());
        let said = ended(child);
        assert!(said.contains("0 positions and 0 orders are left open"), "{said}");
        assert_eq!(self.market.open_positions(), BTreeSet::new(), "{}", self.market.log());
        let ids: Vec<&str> = self.ids.iter().map(String::as_str).collect();
        self.market.each_command_has_one_result(&ids);
        self.market.no_order_was_sent_twice(self.opened.len());
        self.market.replay_all();
        self.market.audit_has_every_deal();
        self.market
    }
}

/// The process is killed again and again, at moments that nobody chose; `TICKDECK_CRASHES` says how often.
#[test]
fn killed_at_any_moment_nothing_is_lost_and_nothing_is_sent_twice() {
    let crashes = times("TICKDECK_CRASHES", 25);
    let mut deaths = Deaths::begin(crashes, 6);
    for _ in 0..crashes {
        let mut child = deaths.market.live();
        sleep(Duration::from_millis(deaths.dice.next(900)));
        deaths.command();
        sleep(Duration::from_millis(200 + deaths.dice.next(1_500)));
        child.kill().unwrap();
        child.wait().unwrap();
        deaths.buried();
    }
    assert!(deaths.opened.len() as u64 > crashes / 4, "{:?}", deaths.opened);
    let market = deaths.judge();
    let lost = market.log().matches("are no whole step").count();
    println!("{crashes} kills, {} recordings, {lost} torn steps", market.recordings().len());
}

/// The layer that plays a loss of power or a disk that fails, below the files of a process.
#[cfg(target_os = "linux")]
struct Layer {
    built: std::path::PathBuf,
    folder: std::path::PathBuf,
    /// How many calls there are in the first seconds.
    calls: u64,
}

#[cfg(target_os = "linux")]
impl Layer {
    fn put_under(market: &Market) -> Self {
        let (built, folder) = (market.layer("tests/live/layers/power.c"), market.path("rec"));
        fs::create_dir_all(&folder).unwrap();
        let mut layer = Self { built, folder: folder.canonicalize().unwrap(), calls: 0 };
        let counted = market.path("calls");
        let child = layer.live_command(market).env("LOSS_COUNT", &counted).spawn().unwrap();
        market.until_answered("session-start-s");
        sleep(Duration::from_secs(2));
        ended(child);
        layer.calls = fs::read_to_string(&counted).unwrap().parse().unwrap();
        assert!(layer.calls > 100, "{}", layer.calls);
        layer
    }

    fn live_command(&self, market: &Market) -> Command {
        let mut command = market.live_command();
        command.env("LD_PRELOAD", &self.built).env("LOSS_FOLDER", &self.folder);
        command
    }
}

/// Waits until a process ends with this code, and kills it when that takes too long. Whether it has ended by itself.
#[cfg(target_os = "linux")]
fn dies(child: &mut Child, code: i32, most: Duration) -> bool {
    let step = Duration::from_millis(20);
    let mut waited = Duration::ZERO;
    while waited < most {
        if let Some(status) = child.try_wait().unwrap() {
            assert_eq!(status.code(), Some(code));
            return true;
        }
        sleep(step);
        waited += step;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    false
}

/// The power goes at a call by which the process writes, syncs or renames a file, and takes along what was not synced:
/// all of it, all after a point, or some blocks. `TICKDECK_LOSSES` says how often.
#[test]
#[cfg(target_os = "linux")]
fn without_power_at_any_call_nothing_is_lost_that_was_told_and_nothing_is_sent_twice() {
    let losses = times("TICKDECK_LOSSES", 15);
    let mut deaths = Deaths::begin(losses, 8);
    let layer = Layer::put_under(&deaths.market);
    let calls = layer.calls;
    let mut played = 0;
    for _ in 0..losses {
        let (at, seed) = (1 + deaths.dice.next(calls), deaths.dice.next(1 << 30));
        let mut command = layer.live_command(&deaths.market);
        command.env("LOSS_AT", at.to_string()).env("LOSS_SEED", seed.to_string());
        deaths.command();
        let mut child = command.spawn().unwrap();
        played += u64::from(dies(&mut child, 137, Duration::from_secs(4)));
        deaths.buried();
    }
    assert!(played * 2 > losses, "{played} of {losses}");
    let market = deaths.judge();
    let lost = market.log().matches("are no whole step").count();
    println!(
        "{played} losses at {calls} calls, {} recordings, {lost} torn steps",
        market.recordings().len()
    );
}

/// From any call on the disk takes nothing more: it is full, can only be read, or is broken. The session ends by itself
/// and says why; the next one, on a disk that is mended, lacks nothing. `TICKDECK_LOSSES` says how often.
#[test]
#[cfg(target_os = "linux")]
fn on_a_disk_that_fails_at_any_call_nothing_is_lost_that_was_told_and_nothing_is_sent_twice() {
    const ERRORS: [(&str, &str); 3] =
        [("28", "No space left"), ("30", "Read-only file system"), ("5", "Input/output error")];
    let losses = times("TICKDECK_LOSSES", 15);
    let mut deaths = Deaths::begin(losses, 8);
    let layer = Layer::put_under(&deaths.market);
    let mut played = 0;
    for _ in 0..losses {
        let at = 1 + deaths.dice.next(layer.calls);
        let (number, words) = ERRORS[usize::try_from(deaths.dice.next(3)).unwrap()];
        let said = deaths.market.log().len();
        let mut command = layer.live_command(&deaths.market);
        command.env("LOSS_AT", at.to_string()).env("LOSS_ERROR", number);
        deaths.command();
        let mut child = command.spawn().unwrap();
        if dies(&mut child, 2, Duration::from_secs(4)) {
            played += 1;
            let log = deaths.market.log()[said..].to_owned();
            assert!(log.contains(words) && !log.contains("panicked"), "call {at}:\n{log}");
        }
        deaths.buried();
    }
    assert!(played * 2 > losses, "{played} of {losses}");
    let market = deaths.judge();
    println!(
        "{played} failures at {} calls, {} recordings",
        layer.calls,
        market.recordings().len()
    );
}
