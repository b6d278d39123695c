//! Random sessions in which everything goes wrong: the books agree with one another, with a naive
//! scan, and with what was told.

use super::*;
use crate::domain::deal::{DealEntry, DealKind};
use crate::domain::order::{Order, OrderKind};
use crate::executor::action::{CloseByRequest, ModifyOrderRequest};
use crate::market::quiet::QuoteBounds;
use crate::session::description::MarginLevels;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// What a random session does next. Distances are in points, volumes in steps.
#[derive(Debug, Clone)]
enum Move {
    Tick(i64, i64),
    Open(Side, i64, i64, i64),
    Close(usize, i64),
    Modify(usize, i64, i64),
    Place(PendingKind, Side, i64, i64, i64),
    Reprice(usize, i64),
    Remove(usize),
    CloseBy(usize, usize),
    Pass(i64),
    Restart,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let side = || prop_oneof![Just(Side::Buy), Just(Side::Sell)];
    let kind = prop_oneof![
        Just(PendingKind::Limit),
        Just(PendingKind::Stop),
        Just(PendingKind::StopLimit)
    ];
    let one = prop_oneof![
        8 => (-60_i64..60, 0_i64..30).prop_map(|(step, spread)| Move::Tick(step, spread)),
        4 => (side(), 1_i64..60, -5_i64..80, -5_i64..80).prop_map(|(side, steps, sl, tp)| Move::Open(side, steps, sl, tp)),
        2 => (0_usize..8, 1_i64..60).prop_map(|(which, steps)| Move::Close(which, steps)),
        1 => (0_usize..8, 0_i64..80, 0_i64..80).prop_map(|(which, sl, tp)| Move::Modify(which, sl, tp)),
        6 => (kind, side(), -5_i64..90, 0_i64..60, 0_i64..400)
            .prop_map(|(kind, side, away, stops, lapse)| Move::Place(kind, side, away, stops, lapse)),
        1 => (0_usize..8, 0_i64..90).prop_map(|(which, away)| Move::Reprice(which, away)),
        1 => (0_usize..8).prop_map(Move::Remove),
        1 => (0_usize..8, 0_usize..8).prop_map(|(one, other)| Move::CloseBy(one, other)),
        6 => (0_i64..90).prop_map(Move::Pass),
        1 => Just(Move::Restart),
    ];
    prop::collection::vec(one, 1..160)
}

fn level_at(raw: i64) -> String {
    Price::from_raw(raw).to_string()
}

/// Everything may go wrong, often; scripted faults come on top.
fn model() -> BrokerModel {
    let leg = Latency::UniformMs { min: 0, max: 60 };
    let rate = |kind| FaultRate { kind, per_mille: 60 };
    let fault = |ms, kind| Fault { request: None, at: Some(at(ms)), kind };
    BrokerModel {
        commission_per_lot: money("3.5"),
        request_latency: leg,
        answer_latency: leg,
        slippage: Slippage::UniformPoints { max: Points(4) },
        faults: vec![
            Fault { request: Some(2), at: None, kind: FaultKind::Partial { percent: 40 } },
            Fault { request: Some(4), at: None, kind: FaultKind::Placed { after_ms: 70 } },
            Fault { request: Some(6), at: None, kind: FaultKind::Disconnect { for_ms: 100 } },
            fault(200, FaultKind::ExternalPartialClose { percent: 50 }),
            fault(300, FaultKind::ExternalStops { points: 40 }),
            fault(400, FaultKind::OrderRemoved),
            fault(500, FaultKind::LinkDown { for_ms: 120, ticks_lost: true }),
            fault(600, FaultKind::ExternalClose),
            fault(700, FaultKind::MarketShut { for_ms: 120 }),
            fault(800, FaultKind::Deposit { amount: money("-100") }),
        ],
        fault_rates: vec![
            rate(FaultKind::PartialWorking { percent: 30, rest_after_ms: 90 }),
            rate(FaultKind::Placed { after_ms: 40 }),
            rate(FaultKind::PlacedRejected { after_ms: 40 }),
            rate(FaultKind::Lost),
            rate(FaultKind::ExecutedUnanswered),
            rate(FaultKind::DuplicateAnswer),
            rate(FaultKind::StopsDropped),
        ],
        ..BrokerModel::default()
    }
}

struct Player {
    world: World,
    bid: i64,
}

const POINT: i64 = 10_000;

impl Player {
    fn play(&mut self, one: &Move) {
        let positions: Vec<_> = self.world.broker.positions().cloned().collect();
        let orders: Vec<Order> = self.world.broker.working_orders().cloned().collect();
        let (bid, symbol) = (self.bid, SymbolId(0));
        let steps = |steps: i64| Volume::from_raw(steps * 1_000_000).to_string();
        match *one {
            Move::Tick(step, spread) => {
                self.bid += step * POINT;
                self.world.tick(&level_at(self.bid), &level_at(self.bid + spread * POINT));
            }
            Move::Open(side, volume, sl, tp) => {
                let sign = side.sign() * POINT;
                self.world.open(
                    side,
                    &steps(volume),
                    &level_at(bid - sl * sign),
                    &level_at(bid + tp * sign),
                );
            }
            Move::Close(which, volume) => {
                let Some(position) = positions.get(which) else { return };
                self.world.close(position.ticket.0, position.side.opposite(), &steps(volume));
            }
            Move::Modify(which, sl, tp) => {
                let Some(position) = positions.get(which) else { return };
                let sign = position.side.sign() * POINT;
                self.world.modify(
                    position.ticket.0,
                    &level_at(bid - sl * sign),
                    &level_at(bid + tp * sign),
                );
            }
            Move::Place(kind, side, away, stops, lapse) => {
                self.place(kind, side, (away, stops), lapse);
            }
            Move::Reprice(which, away) => {
                let Some(order) = orders.get(which) else { return };
                self.reprice(order, away);
            }
            Move::Remove(which) => {
                let Some(order) = orders.get(which) else { return };
                self.world.remove(order.ticket.0);
            }
            Move::CloseBy(one, other) => {
                let (Some(one), Some(other)) = (positions.get(one), positions.get(other)) else {
                    return;
                };
                self.world.send(Request::CloseBy(CloseByRequest {
                    symbol,
                    position: one.ticket,
                    by: other.ticket,
                }));
            }
            Move::Pass(ms) => self.world.pass(ms),
            Move::Restart => self.world.broker.client_restarts(at(self.world.now_ms)),
        }
    }

    fn reprice(&mut self, order: &Order, away: i64) {
        let side = order.kind.side().unwrap_or(Side::Buy);
        let toward =
            if matches!(order.kind, OrderKind::Limit(_)) { -side.sign() } else { side.sign() };
        self.world.send(Request::ModifyOrder(ModifyOrderRequest {
            symbol: SymbolId(0),
            order: order.ticket,
            price: Price::from_raw(self.bid + toward * away * POINT),
            stop_limit: order.stop_limit,
            sl: None,
            tp: None,
            expiration: Expiration::Gtc,
        }));
    }

    fn place(&mut self, kind: PendingKind, side: Side, (away, stops): (i64, i64), lapse: i64) {
        let sign = side.sign() * POINT;
        let price = self.bid + if kind == PendingKind::Limit { -sign } else { sign } * away;
        let second = if kind == PendingKind::StopLimit { price - 10 * sign } else { 0 };
        let filled = if second == 0 { price } else { second };
        let prices =
            [price, filled - sign * stops, filled + sign * stops, second].map(level_at).join(" ");
        let expiration = if lapse < 300 {
            Expiration::Gtc
        } else {
            Expiration::Specified(ServerMsc(self.world.now_ms + lapse))
        };
        self.world.place(kind, side, &prices, expiration);
    }

    /// The nearest levels, looked for one by one.
    fn scanned(&self) -> QuoteBounds {
        let mut bounds = QuoteBounds::UNBOUNDED;
        let (low, high) = (
            |bound: &mut Price, level: Price| *bound = level.max(*bound),
            |bound: &mut Price, level: Price| *bound = level.min(*bound),
        );
        for position in self.world.broker.positions() {
            match position.side {
                Side::Buy => {
                    position.sl.into_iter().for_each(|sl| low(&mut bounds.bid_low, sl));
                    position.tp.into_iter().for_each(|tp| high(&mut bounds.bid_high, tp));
                }
                Side::Sell => {
                    position.sl.into_iter().for_each(|sl| high(&mut bounds.ask_high, sl));
                    position.tp.into_iter().for_each(|tp| low(&mut bounds.ask_low, tp));
                }
            }
        }
        let placed = |order: &&Order| order.state == crate::domain::order::OrderState::Placed;
        for order in self.world.broker.working_orders().filter(placed) {
            let Some(price) = order.price else { continue };
            match order.kind {
                OrderKind::Limit(Side::Buy) => low(&mut bounds.ask_low, price),
                OrderKind::Limit(Side::Sell) => high(&mut bounds.bid_high, price),
                OrderKind::Stop(Side::Buy) | OrderKind::StopLimit(Side::Buy) => {
                    high(&mut bounds.ask_high, price);
                }
                OrderKind::Stop(Side::Sell) | OrderKind::StopLimit(Side::Sell) => {
                    low(&mut bounds.bid_low, price);
                }
                _ => {}
            }
        }
        bounds
    }
}

/// Plays the moves; gives the world and all that was heard.
fn play(moves: &[Move], seed: u64) -> Result<(World, Vec<Event>), TestCaseError> {
    let mut config = config(model(), seed);
    if seed.is_multiple_of(2) {
        // A few positions of half a lot hold that much of 10,000 USD.
        let (call, so) = ("2500".parse().unwrap(), "2000".parse().unwrap());
        config.account.margin_so = MarginLevels::Percent { call, so };
    }
    let world = World { broker: SimBroker::new(config).unwrap(), now_ms: 0, cid: 0, heard: vec![] };
    let mut player = Player { world, bid: 1_100_000_000 };
    for one in moves {
        player.play(one);
        let server = &player.world.broker.server;
        prop_assert!(server.shut || !server.book.is_stopped_out(), "what can be closed is closed");
        prop_assert!(player.world.book().ledger().margin() >= Money::ZERO);
        let scanned = player.scanned();
        prop_assert_eq!(player.world.book().bounds(SymbolId(0)), scanned);
    }
    player.world.pass(5_000);
    let heard = std::mem::take(&mut player.world.heard);
    Ok((player.world, heard))
}

proptest! {
    /// The balance is the sum of all deals, positions are what the deals leave open, every order
    /// that was filled has its deals, and the same seed tells the same story.
    #[test]
    fn the_books_agree(moves in moves(), seed in 0_u64..1000) {
        let (world, heard) = play(&moves, seed)?;
        let history = world.broker.history().unwrap();
        let balance: Money = history.deals().iter().map(Deal::balance_change).sum();
        prop_assert_eq!(balance, world.broker.summary().balance);
        let (mut net, mut filled): (BTreeMap<Ticket, i64>, BTreeMap<Ticket, i64>) = Default::default();
        for deal in history.deals().iter().filter(|deal| deal.kind != DealKind::Balance) {
            let sign = if deal.entry == DealEntry::In { 1 } else { -1 };
            *net.entry(deal.position).or_default() += sign * deal.volume.raw();
            *filled.entry(deal.order).or_default() += deal.volume.raw();
        }
        net.retain(|_, volume| *volume != 0);
        let open: BTreeMap<Ticket, i64> = world.broker.positions().map(|position| (position.ticket, position.volume.raw())).collect();
        prop_assert_eq!(&net, &open);
        for order in history.orders().values() {
            let dealt = filled.get(&order.ticket).copied().unwrap_or_default();
            let deals = if order.kind == OrderKind::CloseBy { dealt / 2 } else { dealt };
            prop_assert_eq!((order.volume_initial - order.volume_current).raw(), deals, "{:?}", order);
        }
        prop_assert_eq!(open.is_empty() && world.book().ledger().margin() != Money::ZERO, false);
        prop_assert_eq!(play(&moves, seed)?.1, heard);
    }

    /// Where nothing is kept from the executor, what was told comes to what is.
    #[test]
    fn what_is_told_comes_to_what_is(moves in moves(), seed in 0_u64..1000) {
        let model = BrokerModel { faults: vec![], fault_rates: vec![FaultRate { kind: FaultKind::NewsRepeated, per_mille: 300 }], ..model() };
        let world = World { broker: SimBroker::new(config(model, seed)).unwrap(), now_ms: 0, cid: 0, heard: vec![] };
        let mut player = Player { world, bid: 1_100_000_000 };
        moves.iter().filter(|one| !matches!(one, Move::Restart)).for_each(|one| player.play(one));
        player.world.pass(5_000);
        let (mut positions, mut orders) = (BTreeMap::new(), BTreeMap::new());
        for event in &player.world.heard {
            match event {
                Event::Broker(BrokerEvent::Position(position)) => { positions.insert(position.ticket, (**position).clone()); }
                Event::Broker(BrokerEvent::Removed(ticket)) => { positions.remove(ticket); }
                Event::Broker(BrokerEvent::Order(order)) => { orders.insert(order.ticket, (**order).clone()); }
                _ => {}
            }
        }
        prop_assert_eq!(positions.into_values().collect::<Vec<_>>(), player.world.broker.positions().cloned().collect::<Vec<_>>());
        prop_assert_eq!(&orders, player.world.broker.history().unwrap().orders());
    }
}

#[test]
fn bounds_are_judged_like_levels() {
    let mut bounds = QuoteBounds::UNBOUNDED;
    assert!(bounds.hold(price("0.00001"), price("9")));
    bounds.bid_low = price("1.1");
    assert!(!bounds.hold(price("1.1"), price("1.2")));
}
