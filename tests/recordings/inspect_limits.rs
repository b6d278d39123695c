//! `inspect --limits`: how far the account was from its limits, over time.

use crate::common::{root, tickdeck};
use std::fs;

/// A row of the table.
struct Row<'a> {
    time: &'a str,
    limit: &'a str,
    place: &'a str,
    value: Option<f64>,
    bound: Option<f64>,
    headroom: Option<f64>,
}

fn rows(table: &str) -> Vec<Row<'_>> {
    let mut lines = table.lines();
    assert_eq!(lines.next(), Some("time,limit,place,strategy,symbol,value,bound,headroom"));
    let row = |line| {
        let fields: Vec<&str> = str::split(line, ',').collect();
        let [time, limit, place, "", "", value, bound, headroom] = fields[..] else {
            panic!("{line}: no limit of this session is one of a strategy or a symbol")
        };
        let [value, bound, headroom] = [value, bound, headroom].map(|text| text.parse().ok());
        Row { time, limit, place, value, bound, headroom }
    };
    lines.map(row).collect()
}

#[test]
fn the_headroom_is_what_the_account_had_left() {
    let dir = tempfile::tempdir().unwrap();
    let kept = dir.path().join("kept");
    let kept = kept.to_str().unwrap();
    let ran = tickdeck(&["simulate", "fixtures/sessions/propfirm.toml", "--record", kept]);
    assert!(ran.status.success());
    let shown = tickdeck(&["inspect", kept, "--limits", "--every", "720"]);
    let table = String::from_utf8(shown.stdout).unwrap();
    let rows = rows(&table);
    // The account begins with 10,000. A day may lose 250 by the session, and 5 % of the initial balance by
    // FTMO's rules; 10 % of it may be lost at all.
    let noon = rows.iter().filter(|row| row.time.starts_with("2025.09.22 12:00"));
    let noon: Vec<_> = noon.map(|row| (row.limit, row.place, row.bound.unwrap())).collect();
    assert_eq!(
        noon,
        [
            ("daily_loss", "0", 9_750.0),
            ("daily_loss", "1", 9_500.0),
            ("max_loss", "0", 9_000.0),
            ("max_daily_trades", "0", 20.0),
            ("max_lots_total", "0", 5.0),
            ("min_trading_days", "0", 4.0),
        ]
    );
    for Row { limit, value, bound, headroom, .. } in &rows {
        let (Some(value), Some(bound)) = (value, bound) else { continue };
        let left = if limit.ends_with("_loss") { value - bound } else { bound - value };
        assert!((headroom.unwrap() - left).abs() < 1e-9);
    }
    // The moment at which orders.txt says that the day's loss is reached, three hours ahead of UTC.
    let orders = fs::read_to_string(dir.path().join("kept/orders.txt")).unwrap();
    let told = orders.lines().find(|line| line.contains("limit_reached daily_loss")).unwrap();
    let mut reached = rows.iter().filter(|row| row.headroom.is_some_and(|left| left <= 0.0));
    let first = reached.next().unwrap();
    assert_eq!(first.time, "2025.09.23 14:05:31.997");
    assert!(told.starts_with("2025-09-23 11:05:31.997"), "{told}");
    let figures = format!("{} at a floor of {}", first.value.unwrap(), first.bound.unwrap());
    assert!(told.ends_with(&figures), "{told}");
}

#[test]
fn a_recording_without_limits_says_so() {
    let dir = root().join("recordings/busy-commands");
    let shown = tickdeck(&["inspect", dir.to_str().unwrap(), "--limits"]);
    assert_eq!(shown.status.code(), Some(2));
    let told = String::from_utf8(shown.stderr).unwrap();
    assert!(told.contains("no limits on the account") && told.contains("[risk]"), "{told}");
}
