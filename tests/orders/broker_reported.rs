//! Sessions in the shape of those that people reported: what a broker does not take is refused by name or
//! by its code, and what is traded is counted in full. `TICKDECK_DATA/reported/README.md` says what is
//! right for each.

use crate::common::{data, tickdeck_in};
use std::fs;

/// What came of a reported session: its exit code, what it told, its orders and its closed trades.
struct Ran {
    code: i32,
    told: String,
    orders: String,
    trades: Vec<Vec<String>>,
}

fn run(session: &str) -> Option<Ran> {
    let path = data(&format!("reported/{session}"))?.display().to_string();
    let folder = tempfile::tempdir().unwrap();
    let args = ["simulate", &path, "--record", "rec", "--trades", "trades.csv"];
    let output = tickdeck_in(folder.path(), &args);
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap_or_default();
    let trades = read("trades.csv");
    let trades = trades.lines().skip(1).map(|row| row.split(',').map(str::to_owned).collect());
    Some(Ran {
        code: output.status.code().unwrap(),
        told: String::from_utf8([output.stdout, output.stderr].concat()).unwrap(),
        orders: read("rec/orders.txt"),
        trades: trades.collect(),
    })
}

/// `filling_mode` 0 with market execution leaves a market order no mode to be sent with (MT5 reference
/// 3.1), so that the strategy could never enter.
#[test]
fn a_symbol_without_a_filling_mode_takes_no_strategy() {
    let Some(ran) = run("filling-modes/fill_0.toml") else { return };
    assert_eq!(ran.code, 2, "{}", ran.told);
    let words = "strategy `s1`: The symbol cannot be traded on this account: symbol: the symbol has no filling mode that a market order may use (filling_mode)";
    assert!(ran.told.contains(words), "{}", ran.told);
    assert_eq!(ran.orders, "", "nothing was entered");
}

/// Orders of 0.10 lots where the symbol takes 0.05 in one direction: 10034 for each, and an alert.
#[test]
fn orders_above_the_volume_limit_are_answered_with_10034() {
    let Some(ran) = run("symbol-trade-mode/vollimit.toml") else { return };
    assert_eq!(ran.code, 0, "{}", ran.told);
    assert!(
        ran.told.contains("requests were refused for good: 10034 LIMIT_VOLUME"),
        "{}",
        ran.told
    );
    let requests = ran.orders.lines().filter(|line| line.ends_with("signal")).count();
    let refused = |word: &str| ran.orders.lines().filter(|line| line.contains(word)).count();
    assert!(requests > 0);
    assert_eq!(refused("10034 LIMIT_VOLUME       -  signal"), requests, "{}", ran.orders);
    assert_eq!(refused("-- warning request_refused s1"), requests, "{}", ran.orders);
    assert!(ran.trades.is_empty());
}

/// `order_mode` 2 is limit orders alone.
#[test]
fn a_symbol_without_market_orders_takes_no_strategy_that_needs_them() {
    let Some(ran) = run("symbol-trade-mode/ordermode2.toml") else { return };
    assert_eq!(ran.code, 2, "{}", ran.told);
    let words = "strategy `s1`: The symbol cannot be traded on this account: symbol: the symbol takes no market orders (order_mode)";
    assert!(ran.told.contains(words), "{}", ran.told);
    assert_eq!(ran.orders, "");
}

/// 3 a lot, 0.10 lots in and 0.10 out: 0.30 each. The first position's opening deal comes 95 s after its
/// request was placed (10008).
#[test]
fn a_trade_that_was_placed_first_has_the_commissions_of_both_deals() {
    let Some(ran) = run("placed-commission/commission.toml") else { return };
    assert_eq!(ran.code, 0, "{}", ran.told);
    assert!(ran.orders.lines().nth(1).is_some_and(|line| line.contains("10008 PLACED")));
    let closed = |trade: &Vec<String>| (trade[4].clone(), trade[14].clone());
    let both = |side: &str| (side.to_owned(), "-0.60".to_owned());
    let trades = ran.trades.iter().filter(|trade| trade[12] != "open");
    let trades: Vec<_> = trades.map(closed).collect();
    assert_eq!(trades, [both("buy"), both("sell")]);
}
