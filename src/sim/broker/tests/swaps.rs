//! Swaps at the end of the server's day (MT5 reference 5.5). The session begins on a Thursday, at
//! midnight.

use super::*;
use crate::domain::swap::{SwapMode, SwapTerms};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// A long pays 7.6 points a night and a short gets 0.6, on Wednesday three times.
fn terms(mode: SwapMode) -> SwapTerms {
    let size = |text: &str| text.parse().unwrap();
    SwapTerms { mode, long: size("-7.6"), short: size("0.6"), days: SwapTerms::tripled_on(3) }
}

fn charging(zone: &str, start_ms: i64) -> World {
    let mut config = config(BrokerModel { swaps: true, ..BrokerModel::default() }, 1);
    config.symbols[0].swap = Some(terms(SwapMode::Points));
    config.zone = zone.parse().unwrap();
    config.start = at(start_ms);
    let broker = SimBroker::new(config).unwrap();
    let mut world = World { broker, now_ms: start_ms, cid: 0, heard: vec![] };
    world.pass(0);
    world.heard.clear();
    world.tick("1.1", "1.1002");
    world
}

/// The swaps of the open positions, by ticket.
fn swaps(world: &World) -> Vec<(u64, String)> {
    world.broker.positions().map(|one| (one.ticket.0, one.swap.to_string())).collect()
}

fn of(all: &[(u64, &str)]) -> Vec<(u64, String)> {
    all.iter().map(|&(ticket, swap)| (ticket, swap.to_owned())).collect()
}

#[test]
fn a_week_of_nights() {
    let mut world = charging("UTC", 0);
    world.open(Side::Buy, "0.1", "0", "0");
    world.open(Side::Sell, "0.25", "0", "0");
    world.pass(DAY_MS - 1);
    assert_eq!(swaps(&world), of(&[(2, "0"), (3, "0")]));
    world.heard.clear();
    // A point is worth 0.10 and 0.25 USD to them: 7.6 and 0.6 of them.
    world.pass(1);
    world.hears("P2=0.1 P3=0.25");
    assert_eq!(swaps(&world), of(&[(2, "-0.76"), (3, "0.15")]));
    // The longs' 20 points, and the swaps.
    let summary = world.broker.summary();
    assert_eq!((summary.balance, summary.equity), (money("10000"), money("9992.39")));
    // Friday counts, Saturday and Sunday do not.
    world.pass(3 * DAY_MS);
    assert_eq!(swaps(&world), of(&[(2, "-1.52"), (3, "0.3")]));
    world.pass(2 * DAY_MS);
    assert_eq!(swaps(&world), of(&[(2, "-3.04"), (3, "0.6")]));
    world.pass(DAY_MS);
    assert_eq!(swaps(&world), of(&[(2, "-5.32"), (3, "1.05")]));
}

#[test]
fn a_part_takes_its_share_and_the_last_deal_the_rest() {
    let mut world = charging("UTC", 0);
    world.open(Side::Buy, "0.1", "0", "0");
    world.pass(DAY_MS);
    // 0.76 · 0.03 / 0.1 is 0.228, and 0.53 · 0.04 / 0.07 is 0.3028….
    for (lots, left) in [("0.03", "-0.53"), ("0.04", "-0.23")] {
        world.close(2, Side::Sell, lots);
        world.pass(0);
        assert_eq!(swaps(&world), of(&[(2, left)]));
    }
    world.close(2, Side::Sell, "0.03");
    let deals = world.snapshot().unwrap().history_deals;
    let booked: Vec<String> = deals[1..].iter().map(|deal| deal.swap.to_string()).collect();
    assert_eq!(booked, ["0", "-0.23", "-0.3", "-0.23"]);
    // Two dollars of spread and the swap.
    let summary = world.broker.summary();
    assert_eq!((summary.balance, summary.equity), (money("9997.24"), money("9997.24")));
}

#[test]
fn both_positions_of_a_close_by_book_their_swaps() {
    let mut world = charging("UTC", 0);
    world.open(Side::Buy, "0.2", "0", "0");
    world.open(Side::Sell, "0.1", "0", "0");
    world.pass(DAY_MS);
    assert_eq!(swaps(&world), of(&[(2, "-1.52"), (3, "0.06")]));
    world.send(Request::CloseBy(CloseByRequest {
        symbol: SymbolId(0),
        position: Ticket(2),
        by: Ticket(3),
    }));
    let deals = world.snapshot().unwrap().history_deals;
    let booked: Vec<_> = deals[3..].iter().map(|deal| (deal.position.0, deal.swap)).collect();
    assert_eq!(booked, [(2, money("-0.76")), (3, money("0.06"))]);
    assert_eq!(swaps(&world), of(&[(2, "-0.76")]));
}

/// The day ends at 00:00 by the server's clock, at 17:00 in New York: 21:00 UTC in summer.
#[test]
fn the_day_is_the_servers() {
    // 2025-09-24, a Wednesday.
    let mut world = charging("America/New_York+7", 1_758_700_800_000);
    world.tick("1.1", "1.1002");
    world.open(Side::Buy, "0.1", "0", "0");
    world.pass(12 * HOUR_MS);
    let until: i64 = 1_758_747_600_000;
    world.pass(until - 1 - world.now_ms);
    assert_eq!(swaps(&world), of(&[(2, "0")]));
    world.pass(1);
    assert_eq!(swaps(&world), of(&[(2, "-2.28")]));
}

#[test]
fn nothing_is_charged_unless_the_session_says_so() {
    let mut config = config(BrokerModel::default(), 1);
    config.symbols[0].swap = Some(terms(SwapMode::ReopenBid));
    let mut world = World::of(config);
    world.open(Side::Buy, "0.1", "0", "0");
    world.pass(30 * DAY_MS);
    assert_eq!(swaps(&world), of(&[(2, "0")]));
}

#[test]
fn what_cannot_be_charged_is_refused_by_name() {
    let refusal = |swap| {
        let mut config = config(BrokerModel { swaps: true, ..BrokerModel::default() }, 1);
        config.symbols[0].swap = swap;
        SimBroker::new(config).map(|_| ()).unwrap_err().to_string()
    };
    let missing = refusal(None);
    assert!(missing.starts_with("symbol.EURUSD.swap: is missing"), "{missing}");
    let reopening = refusal(Some(terms(SwapMode::ReopenCurrent)));
    assert!(reopening.contains("ReopenCurrent, which is not modelled"), "{reopening}");
}
