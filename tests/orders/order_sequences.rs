//! Order sequences as a trader reads them: a session in, `orders.txt` out.

use crate::common::{fixture_with_ticks, record};

fn check(name: &str, ticks: u64) {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join(name);
    record(&fixture_with_ticks(name, ticks), &target);
    insta::assert_snapshot!(name, std::fs::read_to_string(target.join("orders.txt")).unwrap());
}

/// Requote, partial fill, time-out that had been executed, reject, lost and late and double
/// answers, dropped stops, a lost link, a disabled terminal.
#[test]
fn order_troubles() {
    check("order-troubles", 60_000);
}

/// Positions and pending orders by command, at a broker that misbehaves.
#[test]
fn manual_orders() {
    check("manual-orders", 60_000);
}

/// Five strategies; commands that start, pause, update, repeat, come late, cannot be read and stop.
#[test]
fn busy_commands() {
    check("busy-commands", 40_000);
}

/// The plainest session: an EMA cross with stops.
#[test]
fn ema_cross() {
    check("ema-cross-m1", 120_000);
}
