//! What the broker does by itself, and what the executor makes of it: swaps (MT5 reference 5.5) and
//! stop-outs (5.4).

use crate::common;
use std::fmt::Write as _;
use std::fs;
use tempfile::TempDir;
use tickdeck::config;
use tickdeck::executor::action::{Action, Report};
use tickdeck::session::ports::{Journal, PortError, Step};

/// What is reported, in words, with the server's time.
#[derive(Default)]
struct Told(String);

impl Journal for Told {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        for action in step.actions {
            let Action::Report(report) = action else { continue };
            let words = match &**report {
                Report::Opened(one) => format!("opened {} at {}", one.volume, one.price),
                Report::Changed(one) => format!("changed to {}", one.volume),
                Report::Closed(one) => {
                    let (reason, profit, swap) = (one.reason.name(), one.profit, one.swap);
                    format!("closed by {reason}: profit {profit}, swap {swap}")
                }
                Report::Alert(one) => {
                    let limit =
                        one.limit.map(|limit| format!(" {} at {}", limit.value, limit.floor));
                    format!("{:?}{}", one.code, limit.unwrap_or_default())
                }
            };
            let at = step.at.to_string();
            writeln!(self.0, "{} {words}", &at[5..16]).unwrap();
        }
        Ok(())
    }
}

/// A session of EURUSD on a server of UTC, from Monday 22:00 on. Quotes are Bids at a day and time, and
/// stand until the next; Ask is 2 pips above. Commands are bodies at times.
#[track_caller]
fn check(session: &str, quotes: &[(&str, &str)], commands: &[(&str, &str)], expect: &str) {
    let folder = written(session, quotes, commands);
    let path = folder.path().join("session.toml");
    let (_, told) = common::simulate(&config::load(&path).unwrap(), Told::default());
    let expect: Vec<&str> = expect.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(told.0.lines().collect::<Vec<_>>(), expect);
}

fn written(session: &str, quotes: &[(&str, &str)], commands: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut ticks = "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\n".to_owned();
    let mut bid = 1.1;
    for minute in (22 * 60..50 * 60).step_by(5) {
        let (day, hour, minute) = (22 + minute / 1_440, minute / 60 % 24, minute % 60);
        let now = format!("{day} {hour:02}:{minute:02}");
        bid = quotes.iter().find(|one| one.0 == now).map_or(bid, |one| one.1.parse().unwrap());
        writeln!(
            ticks,
            "2025.09.{day}\t{hour:02}:{minute:02}:00.000\t{bid:.5}\t{:.5}\t\t\t6",
            bid + 0.0002
        )
        .unwrap();
    }
    fs::write(folder.path().join("ticks.csv"), ticks).unwrap();
    let line = |(place, (at, body)): (usize, &(&str, &str))| {
        let at = format!("2025-09-{}:00Z", at.replace(' ', "T"));
        format!("{{\"at\":\"{at}\",\"body\":{{\"id\":\"c{place}\",{body}}}}}\n")
    };
    let lines: String = commands.iter().enumerate().map(line).collect();
    fs::write(folder.path().join("commands.jsonl"), lines).unwrap();
    let head = "format = 1\nname = \"overnight\"\nsymbols = [\"EURUSD\"]\nzone = \"UTC\"\n\
                commands = \"commands.jsonl\"\nticks.files = { EURUSD = \"ticks.csv\" }\n";
    fs::write(folder.path().join("session.toml"), format!("{head}{session}")).unwrap();
    folder
}

const SWAPS: &str = "broker.swaps = true\n[symbol.EURUSD]\n\
    swap = { mode = \"points\", long = -7.6, short = 0.6, days = [0, 1, 1, 3, 1, 1, 0] }\n";
const BUY: &str = "\"command\":\"OPEN_POSITION\",\"parameters\":{\"symbol\":\"EURUSD\",\"type\":\"BUY\",\"volume\":0.1}";
const BUY_A_LOT: &str = "\"command\":\"OPEN_POSITION\",\"parameters\":{\"symbol\":\"EURUSD\",\"type\":\"BUY\",\"volume\":1}";
const CLOSE: &str = "\"command\":\"CLOSE_ALL_POSITIONS\",\"parameters\":{}";

/// 0.1 lots: a point is 0.10 USD, so that each of two nights costs 0.76, and the spread 2 USD.
#[test]
fn a_trade_is_reported_with_the_swaps_of_its_nights() {
    check(
        SWAPS,
        &[],
        &[("22 23:01", BUY), ("24 00:31", CLOSE)],
        "09-22T23:01 opened 0.1 at 1.1002
         09-24T00:31 closed by command: profit -2, swap -1.52",
    );
}

/// The account has lost 2 USD, and at midnight another 0.76, which nothing but the position's swap
/// tells: of 2.50 that it may lose.
#[test]
fn a_limit_is_reached_by_a_swap() {
    let limit = "[[risk.max_loss]]\nsize = { money = \"2.5\" }\nmode = \"static_initial\"\n";
    check(
        &format!("risk.flatten = false\n{SWAPS}{limit}"),
        &[],
        &[("22 23:01", BUY), ("24 00:31", CLOSE)],
        "09-22T23:01 opened 0.1 at 1.1002
         09-23T00:00 LimitReached 9997.24 at 9997.5
         09-24T00:31 closed by command: profit -2, swap -1.52",
    );
}

/// A day that is cut when swaps are charged begins with what the account was worth before them: 9,998, after 2
/// USD for the spread. A swap of 7.60 USD leaves 9,990.40, and 5 may be lost in a day.
#[test]
fn a_swap_that_is_charged_at_the_cut_counts_in_the_day_that_begins() {
    let limit = "[[risk.daily_loss]]\nsize = { money = \"5\" }\nanchor = \"equity\"\nfloating = true\njudged = \"within\"\n";
    let swaps = SWAPS.replace("-7.6", "-76");
    check(
        &format!("risk.flatten = false\n{swaps}{limit}"),
        &[],
        &[("22 23:01", BUY), ("23 00:31", CLOSE)],
        "09-22T23:01 opened 0.1 at 1.1002
         09-23T00:00 LimitReached 9990.4 at 9993
         09-23T00:31 closed by command: profit -2, swap -7.6
         09-24T00:00 LimitReleased",
    );
}

/// One lot holds 1,100.20 USD at 1:100. At 1.0992 it has lost 100 of 1,200 USD, at 1.0937 it has lost
/// 650: less than half of the margin is left.
#[test]
fn a_stop_out_is_told_and_ends_the_trade() {
    check(
        "[account]\nbalance = \"1200\"\nleverage = 100\n",
        &[("23 10:00", "1.0992"), ("23 12:00", "1.0937")],
        &[("22 23:01", BUY_A_LOT), ("24 00:31", CLOSE)],
        "09-22T23:01 opened 1 at 1.1002
         09-23T10:00 MarginCall
         09-23T12:00 StopOut
         09-23T12:00 closed by so: profit -650, swap 0",
    );
}

/// What `simulate` says on standard error.
fn noted(session: &str, quotes: &[(&str, &str)]) -> String {
    let folder = written(session, quotes, &[("22 23:01", BUY_A_LOT)]);
    let output = common::tickdeck_in(folder.path(), &["simulate", "session.toml"]);
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn what_a_person_may_not_expect_is_noted() {
    let off = SWAPS.replace("broker.swaps = true", "");
    assert!(noted(&off, &[]).contains("no swaps were charged, although the specifications state"));
    assert!(!noted(SWAPS, &[]).contains("swaps"));
    let missing = noted("broker.swaps = true\n", &[]);
    assert!(missing.contains("symbol.EURUSD.swap: is missing"), "{missing}");
    let small = "[account]\nbalance = \"1200\"\nleverage = 100\n";
    let fall = [("23 12:00", "1.09")];
    assert!(noted(small, &fall).contains("1 position was stopped out"));
    let off = format!("{small}margin_so = \"off\"\n");
    assert!(!noted(&off, &fall).contains("stopped out"));
}
