//! What is not to be believed at once: quotes that are none, times that run ahead, answers to
//! questions of another time, and deals that no history lists.

use crate::stage::{Stage, at, msc, tick};
use serde_json::Value;
use tickdeck::domain::account::Account;
use tickdeck::domain::amount::{Money, Price, Volume};
use tickdeck::domain::deal::{Deal, DealKind};
use tickdeck::domain::id::{Cid, DataId, Magic, Ticket};
use tickdeck::domain::order::{Expiration, Order, OrderKind, OrderState, Reason, Side};
use tickdeck::domain::position::Position;
use tickdeck::domain::retcode::Retcode;
use tickdeck::domain::tick::Tick;
use tickdeck::domain::time::{ServerMsc, Timestamp};
use tickdeck::executor::Executor;
use tickdeck::executor::action::{
    Action, AlertCode, DataRequest, Owner, Report, Request, ResultCode, ResultStatus,
};
use tickdeck::executor::command::{Command, ModifyOrder, OnStop, OpenPosition, StopChange};
use tickdeck::executor::config::ExecutorConfig;
use tickdeck::executor::event::{
    Answer, Bars, BrokerEvent, BrokerSnapshot, Event, Life, Link, Outcome, ServerAnswer, SymbolNews,
};
use tickdeck::market::bar::TickCursor;
use tickdeck::market::timeframe::Timeframe;

/// An executor whose broker says what a test puts here.
struct Told {
    executor: Executor,
    now: Timestamp,
    account: Account,
    positions: Vec<Position>,
    working: Vec<Order>,
    orders: Vec<Order>,
    deals: Vec<Deal>,
    /// Whether questions for the account are answered.
    answers: bool,
    said: Vec<Action>,
}

/// A position of 0.10 since 6:00, at 7:00.
fn told() -> Told {
    let played = Stage::new(&["6:00"], "7:00").run();
    let history = played.broker.history().unwrap();
    let mut told = Told {
        now: at("7:00"),
        account: serde_json::from_value(state(&played.executor)["account"].clone()).unwrap(),
        positions: played.broker.positions().cloned().collect(),
        working: Vec::new(),
        orders: history.orders().values().cloned().collect(),
        deals: history.deals().to_vec(),
        executor: played.executor,
        answers: true,
        said: Vec::new(),
    };
    told.pass(120);
    assert!(told.executor.view().ready, "all has been read");
    told.said.clear();
    told
}

fn state(executor: &Executor) -> Value {
    serde_json::from_str::<Value>(&executor.snapshot().to_json().unwrap()).unwrap()["executor"]
        .take()
}

impl Told {
    /// Takes an event, and answers what it asks.
    fn take(&mut self, event: &Event) -> Vec<Action> {
        let mut out = Vec::new();
        self.executor.handle(self.now, event, &mut out);
        let asked: Vec<DataId> = out
            .iter()
            .filter_map(|action| match action {
                Action::Data(DataRequest::Snapshot { id, .. }) => Some(*id),
                _ => None,
            })
            .collect();
        let answers = self.answers;
        for id in asked.into_iter().filter(|_| answers) {
            let reading = self.reading(id);
            out.extend(self.take(&Event::Broker(BrokerEvent::Snapshot(Box::new(reading)))));
        }
        self.said.extend(out.iter().cloned());
        out
    }

    fn reading(&self, id: DataId) -> BrokerSnapshot {
        BrokerSnapshot {
            id,
            history_since_msc: None,
            as_of_msc: self.server_now(),
            complete: true,
            account: self.account.clone(),
            positions: self.positions.iter().cloned().map(Into::into).collect(),
            orders: self.working.clone(),
            history_orders: self.orders.iter().cloned().map(Into::into).collect(),
            history_deals: self.deals.iter().cloned().map(Into::into).collect(),
        }
    }

    fn server_now(&self) -> ServerMsc {
        ServerMsc(msc("7:00") + (self.now.nanos() - at("7:00").nanos()) / 1_000_000)
    }

    /// Lets time pass, without quotes.
    fn pass(&mut self, seconds: u64) {
        let end = self.now.plus_ms(seconds * 1_000);
        while let Some(due) = self.executor.next_wakeup().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.take(&Event::Wakeup);
        }
        self.now = end;
    }

    fn link(&mut self, links: &[Link]) -> Vec<Action> {
        links.iter().flat_map(|link| self.take(&Event::Link(*link))).collect()
    }

    /// The process ends, and begins without a state.
    fn begin_anew(&mut self) {
        let before = state(&self.executor);
        let config: ExecutorConfig = serde_json::from_value(before["config"].clone()).unwrap();
        let spec = serde_json::from_value(before["symbols"][0]["spec"].clone()).unwrap();
        let symbol = SymbolNews { symbol: tickdeck::domain::id::SymbolId(0), spec };
        self.executor = Executor::new(config.clone());
        self.take(&Event::Life(Box::new(Life { config })));
        self.link(&[Link::Up, Link::Verified]);
        self.take(&Event::Broker(BrokerEvent::Symbol(Box::new(symbol))));
        self.take(&Event::Broker(BrokerEvent::Account(Box::new(self.account.clone()))));
        self.link(&[Link::Synced]);
        self.pass(120);
        assert!(self.executor.view().ready, "all has been read");
        self.said.clear();
    }

    fn tick(&mut self, time_msc: ServerMsc, bid_points: i64) -> Vec<Action> {
        self.take(&Event::Tick(tick(0, time_msc.0, bid_points)))
    }

    fn alerts(&self, code: AlertCode) -> usize {
        let is_it = |action: &&Action| matches!(action, Action::Report(report) if matches!(&**report, Report::Alert(alert) if alert.code == code));
        self.said.iter().filter(is_it).count()
    }

    /// The last bar that has closed, and what the feed waits for.
    fn feed(&self) -> (Value, Value) {
        let feed = state(&self.executor)["feeds"][0].take();
        let last =
            feed["history"].as_array().and_then(|bars| bars.last().cloned()).unwrap_or_default();
        (last, feed["source"].clone())
    }

    fn requests(&self) -> Vec<&Request> {
        self.said
            .iter()
            .filter_map(
                |action| {
                    if let Action::Trade(trade) = action { Some(&trade.request) } else { None }
                },
            )
            .collect()
    }

    fn payment(&self, ticket: u64) -> Deal {
        let first =
            self.deals.iter().find(|deal| !matches!(deal.kind, DealKind::Trade(_))).unwrap();
        Deal { ticket: Ticket(ticket), time_msc: self.server_now(), ..first.clone() }
    }
}

/// At the end of a session MT5 sends a tick without quotes: it is no price of any bar, and nothing
/// is entered on it.
#[test]
fn an_empty_book_is_no_price() {
    let mut told = told();
    told.tick(ServerMsc(msc("9:00")), 110_000);
    for (bid, ask) in [(0, 0), (0, 110_002), (110_000, 0)] {
        let price = |points: i64| Price::from_raw(points * 10_000);
        let empty = Tick { bid: price(bid), ask: price(ask), ..tick(0, msc("9:59"), 0) };
        told.take(&Event::Tick(empty));
    }
    assert_eq!(told.alerts(AlertCode::BrokerFlaw), 0);
    told.tick(ServerMsc(msc("10:00")), 110_000);
    let (bar, _) = told.feed();
    assert_eq!((&bar["low"], &bar["close"]), (&"1.1".into(), &"1.1".into()), "{bar}");
}

/// One tick of tomorrow closes no bar and keeps none from closing.
#[test]
fn a_time_that_runs_ahead_is_doubted() {
    let mut told = told();
    told.tick(ServerMsc(msc("9:00")), 110_000);
    let (before, _) = told.feed();
    told.tick(ServerMsc(msc("9:00") + 86_400_000), 110_000);
    assert_eq!((told.alerts(AlertCode::BrokerFlaw), told.feed().0), (1, before));
    told.now = told.now.plus_ms(60_000);
    told.tick(ServerMsc(msc("10:00")), 110_000);
    told.tick(ServerMsc(msc("11:00")), 110_000);
    assert_eq!(told.feed().0["time_msc"], msc("10:00"));
}

/// Where nothing else comes for a minute, it is how the server's clock stands; and after a pause it
/// may stand anywhere.
#[test]
fn a_time_that_runs_ahead_is_believed_in_the_end() {
    let mut told = told();
    told.tick(ServerMsc(msc("9:00")), 110_000);
    let ahead = msc("9:00") + 86_400_000;
    for second in 0..=60 {
        told.tick(ServerMsc(ahead + second * 1_000), 110_000);
        told.now = told.now.plus_ms(1_000);
    }
    told.tick(ServerMsc(ahead + 120_000), 110_000);
    assert_eq!(told.alerts(AlertCode::BrokerFlaw), 1);
    assert_eq!(told.feed().0["time_msc"], ahead + 60_000);
    let mut told = self::told();
    told.tick(ServerMsc(msc("9:00")), 110_000);
    told.now = told.now.plus_ms(2 * 86_400_000);
    told.tick(ServerMsc(msc("9:00") + 2 * 86_400_000), 110_000);
    assert_eq!(told.alerts(AlertCode::BrokerFlaw), 0);
}

/// An answer to a question from before the link was lost tells of a time before the gap.
#[test]
fn bars_that_were_asked_for_before_a_gap_are_not_taken() {
    let mut told = told();
    let asked = |out: &[Action]| {
        out.iter().find_map(|action| {
            if let Action::Data(DataRequest::Bars { id, .. }) = action { Some(*id) } else { None }
        })
    };
    let links = [Link::Down, Link::Up, Link::Verified, Link::Synced];
    let first = asked(&told.link(&links)).unwrap();
    let second = asked(&told.link(&links)).unwrap();
    let mut answer = |id: DataId| {
        let as_of = TickCursor { time_msc: told.server_now(), count: 1 };
        let bars = Bars {
            id,
            symbol: tickdeck::domain::id::SymbolId(0),
            timeframe: Timeframe::M1,
            closed: vec![],
            forming: None,
            as_of,
        };
        told.take(&Event::Bars(Box::new(bars)));
        told.feed().1.as_object().unwrap().keys().next().unwrap().clone()
    };
    assert_eq!([answer(first), answer(second)], ["waiting", "live"]);
}

/// A link that comes up again without having gone down: nothing that was asked before counts.
#[test]
fn a_link_that_comes_up_twice_was_lost() {
    let mut told = told();
    told.answers = false;
    told.link(&[Link::Down, Link::Up, Link::Verified]);
    told.pass(1);
    let question = |said: &[Action]| {
        said.iter().rev().find_map(|action| {
            if let Action::Data(DataRequest::Snapshot { id, .. }) = action {
                Some(*id)
            } else {
                None
            }
        })
    };
    let before = question(&told.said).unwrap();
    told.said.clear();
    told.link(&[Link::Up, Link::Verified, Link::Synced]);
    let reading = told.reading(before);
    told.take(&Event::Broker(BrokerEvent::Snapshot(Box::new(reading))));
    assert!(!told.executor.view().ready, "the answer is of the link before");
    told.answers = true;
    told.pass(60);
    assert!(told.executor.view().ready && question(&told.said).unwrap() > before);
}

/// A payment of another account, told before anybody says that the account is another one.
#[test]
fn another_accounts_payment_stands_in_nobodys_way() {
    let mut told = told();
    let foreign = told.payment(9_999);
    told.take(&Event::Broker(BrokerEvent::Deal(Box::new(foreign))));
    told.link(&[Link::Down, Link::Up, Link::Verified, Link::Synced]);
    told.pass(60);
    assert!(told.executor.view().ready);
}

/// A deal that the broker takes back: for some readings nothing is concluded, then they are
/// believed.
#[test]
fn a_deal_that_is_withdrawn_is_told_and_forgotten() {
    let mut told = told();
    let paid = told.payment(9_999);
    told.deals.push(paid);
    told.link(&[Link::Down, Link::Up, Link::Verified, Link::Synced]);
    told.pass(60);
    assert!(told.executor.view().ready);
    told.deals.pop();
    told.said.clear();
    told.link(&[Link::Down, Link::Up, Link::Verified, Link::Synced]);
    told.pass(3);
    assert!(!told.executor.view().ready, "one reading is not enough");
    told.pass(600);
    assert!(told.executor.view().ready);
}

/// The word of the right account is enough to leave, not to enter.
#[test]
fn what_is_to_be_left_is_left_as_soon_as_the_account_is_ours_again() {
    let mut told = told();
    told.answers = false;
    let other = Account { login: 77, ..told.account.clone() };
    told.tick(ServerMsc(msc("9:00")), 110_000);
    told.take(&Event::Broker(BrokerEvent::Account(Box::new(other))));
    let close = Command::CloseMany(tickdeck::executor::command::CloseFilter::All);
    told.take(&crate::stage::command_event("close", close));
    assert!(told.requests().is_empty());
    let own = told.account.clone();
    told.take(&Event::Broker(BrokerEvent::Account(Box::new(own))));
    assert!(matches!(told.requests()[..], [Request::Close(_)]), "{:?}", told.requests());
    assert!(!told.executor.view().ready);
}

/// A commission that the broker settles later.
#[test]
fn a_deal_is_told_again_with_another_commission() {
    let mut told = told();
    let mut deal = told.deals.iter().find(|deal| deal.position == Ticket(2)).unwrap().clone();
    for raw in [-700_000_000, -300_000_000] {
        deal.commission = Money::from_raw(raw);
        told.take(&Event::Broker(BrokerEvent::Deal(Box::new(deal.clone()))));
        let held = state(&told.executor)["book"]["holdings"]["2"].take();
        assert_eq!(held["commission"], serde_json::to_value(deal.commission).unwrap());
    }
}

/// What each reading lists holds, also after news said otherwise, and the last of a ticket counts,
/// however often the same was listed before.
#[test]
fn what_readings_list_again_holds() {
    let mut told = told();
    let read = |told: &mut Told| {
        told.link(&[Link::Down, Link::Up, Link::Verified, Link::Synced]);
        told.pass(60);
        assert!(told.executor.view().ready);
        state(&told.executor)["book"]["holdings"]["2"]["commission"].take()
    };
    let deal = told.deals.iter().find(|deal| deal.position == Ticket(2)).unwrap().clone();
    let listed = serde_json::to_value(deal.commission).unwrap();
    let other = Deal { commission: Money::from_raw(-700_000_000), ..deal };
    assert_eq!([read(&mut told), read(&mut told)], [listed.clone(), listed.clone()]);
    told.take(&Event::Broker(BrokerEvent::Deal(Box::new(other.clone()))));
    assert_eq!([read(&mut told), read(&mut told)], [listed.clone(), listed]);
    let last = serde_json::to_value(other.commission).unwrap();
    told.deals.push(other);
    for _ in 0..3 {
        assert_eq!(read(&mut told), last);
    }
}

fn pending(told: &Told, ticket: u64, magic: Magic, side: Side) -> Order {
    Order {
        ticket: Ticket(ticket),
        symbol: tickdeck::domain::id::SymbolId(0),
        kind: OrderKind::Limit(side),
        state: OrderState::Placed,
        reason: Reason::Expert,
        magic,
        position: None,
        volume_initial: Volume::from_raw(10_000_000),
        volume_current: Volume::from_raw(10_000_000),
        time_setup_msc: told.server_now(),
        comment: String::new(),
        price: Some("1.09".parse().unwrap()),
        stop_limit: None,
        sl: None,
        tp: None,
        expiration: Expiration::Gtc,
    }
}

/// A pending order and a position, alike in all, that a process without a state finds: the one has
/// not made the other.
#[test]
fn a_position_beside_a_pending_order_is_adopted() {
    let mut told = told();
    let held = told.positions[0].clone();
    let order = pending(&told, 40, held.magic, held.side);
    told.working.push(order);
    told.positions.push(Position {
        ticket: Ticket(41),
        time_msc: told.server_now(),
        comment: String::new(),
        ..held
    });
    told.link(&[Link::Down, Link::Up, Link::Verified, Link::Synced]);
    told.pass(120);
    let view = told.executor.view();
    let tickets: Vec<u64> = view.positions.iter().map(|one| one.ticket.0).collect();
    assert_eq!((tickets, view.orders.len()), (vec![2, 41], 1));
}

/// STOP of a strategy that nobody here has heard of removes what works with its magic.
#[test]
fn a_stop_of_an_unknown_strategy_removes_its_order() {
    let mut probe = told();
    let id = tickdeck::domain::id::StrategyId::from("t");
    let stop = || Command::Stop { strategy: id.clone(), positions: OnStop::Close };
    probe.take(&crate::stage::command_event("probe", stop()));
    let registered = state(&probe.executor)["registry"]["magics"]["t"].as_u64().unwrap();
    let mut told = told();
    let order = pending(&told, 40, Magic(registered), Side::Buy);
    told.working.push(order);
    told.link(&[Link::Down, Link::Up, Link::Verified, Link::Synced]);
    told.pass(60);
    told.said.clear();
    told.take(&crate::stage::command_event("stop", stop()));
    assert!(matches!(told.requests()[..], [Request::Remove(_)]), "{:?}", told.said);
    let done = told.said.iter().any(|action| matches!(action, Action::Result(_)));
    assert!(!done, "not before it is gone: {:?}", told.said);
}

/// The executor with a pending order of its own, number 40, and no questions answered any more.
fn with_pending() -> Told {
    let mut told = told();
    let (magic, side) = (told.positions[0].magic, Side::Sell);
    let order = Order { sl: Some("1.12".parse().unwrap()), ..pending(&told, 40, magic, side) };
    told.working.push(order);
    told.link(&[Link::Down, Link::Up, Link::Verified, Link::Synced]);
    told.pass(60);
    assert_eq!(told.executor.view().orders.len(), 1);
    told.answers = false;
    told.said.clear();
    told
}

impl Told {
    /// Order 40 fills so many hundredths of a lot, and is as given after it.
    fn fill(&mut self, hundredths: i64, order: Order) {
        let volume = Volume::from_raw(hundredths * 1_000_000);
        let (ticket, time_msc) = (Ticket(40), self.server_now());
        let opening = self.deals.iter().find(|deal| deal.position == Ticket(2)).unwrap().clone();
        let deal = Deal {
            ticket: Ticket(50),
            order: ticket,
            position: ticket,
            kind: DealKind::Trade(Side::Sell),
            volume,
            time_msc,
            ..opening
        };
        let Order { sl, tp, .. } = order;
        let side = Side::Sell;
        let position = Position {
            ticket,
            side,
            volume,
            sl,
            tp,
            time_msc,
            comment: String::new(),
            ..self.positions[0].clone()
        };
        self.take(&Event::Broker(BrokerEvent::Deal(Box::new(deal))));
        self.take(&Event::Broker(BrokerEvent::Position(Box::new(position))));
        self.take(&Event::Broker(BrokerEvent::Order(Box::new(order))));
    }

    /// The magic of what commands open.
    fn executor_magic(&self) -> Magic {
        Magic(state(&self.executor)["registry"]["own"].as_u64().unwrap())
    }

    fn answer_last(&mut self) {
        let cid = self.said.iter().rev().find_map(|action| {
            if let Action::Trade(trade) = action { Some(trade.cid) } else { None }
        });
        self.answer(cid.unwrap());
    }

    fn answer(&mut self, cid: Cid) {
        let (bid, ask) = (Price::ZERO, Price::ZERO);
        let done = ServerAnswer {
            retcode: Retcode::DONE,
            order: None,
            deal: None,
            volume: Volume::ZERO,
            price: Price::ZERO,
            bid,
            ask,
        };
        let answer = Answer { cid, outcome: Outcome::Server(done) };
        self.take(&Event::Broker(BrokerEvent::Answer(Box::new(answer))));
    }

    fn result(&self) -> Option<(ResultStatus, ResultCode)> {
        self.said.iter().rev().find_map(|action| {
            if let Action::Result(result) = action {
                Some((result.status, result.code))
            } else {
                None
            }
        })
    }
}

/// A process without a state finds a position, the rest of the order that fills it, and the deal of
/// what was filled so far. The deal is no second fill: the rest still works, and EMERGENCY_STOP is
/// not done before it is gone.
#[test]
fn the_rest_of_an_adopted_order_is_removed_before_a_stop_is_done() {
    let mut told = told();
    let (magic, held) = (told.executor_magic(), told.positions[0].clone());
    let opening = told.deals.iter().find(|deal| deal.position == Ticket(2)).unwrap().clone();
    let (ticket, volume, time_msc) = (Ticket(40), Volume::from_raw(8_000_000), told.server_now());
    let order = Order {
        kind: OrderKind::Market(held.side),
        state: OrderState::Partial,
        position: Some(ticket),
        volume_current: Volume::from_raw(2_000_000),
        price: None,
        ..pending(&told, 40, magic, held.side)
    };
    told.working.push(order.clone());
    told.positions =
        vec![Position { ticket, magic, volume, time_msc, comment: String::new(), ..held }];
    told.deals.push(Deal {
        ticket,
        magic,
        order: ticket,
        position: ticket,
        volume,
        time_msc,
        ..opening.clone()
    });
    told.deals.retain(|deal| deal.position != Ticket(2));
    told.begin_anew();
    told.tick(ServerMsc(msc("9:00")), 110_000);
    told.take(&crate::stage::command_event(
        "stop",
        Command::EmergencyStop { reason: "drill".into() },
    ));
    let close = Deal {
        ticket: Ticket(41),
        magic,
        order: Ticket(41),
        position: ticket,
        kind: DealKind::Trade(told.positions[0].side.opposite()),
        entry: tickdeck::domain::deal::DealEntry::Out,
        volume,
        ..opening
    };
    told.take(&Event::Broker(BrokerEvent::Deal(Box::new(close.clone()))));
    told.take(&Event::Broker(BrokerEvent::Removed(ticket)));
    told.deals.push(close);
    told.positions.clear();
    told.pass(5);
    let removes = |told: &Told| {
        told.requests()
            .iter()
            .any(|request| matches!(request, Request::Remove(one) if one.order == ticket))
    };
    assert!(removes(&told) && told.result().is_none(), "{:?}", told.said);
    told.working.clear();
    told.orders.push(Order { state: OrderState::Canceled, ..order.clone() });
    told.take(&Event::Broker(BrokerEvent::Order(Box::new(Order {
        state: OrderState::Canceled,
        ..order
    }))));
    told.pass(120);
    assert_eq!(told.result(), Some((ResultStatus::Executed, ResultCode::Ok)), "{:?}", told.said);
}

/// What is left of an order that had filled in part is removed: that was all that could be done.
#[test]
fn an_order_that_filled_in_part_is_cancelled() {
    for (hundredths, expect) in [
        (4, (ResultStatus::Executed, ResultCode::Ok)),
        (10, (ResultStatus::Failed, ResultCode::Refused)),
    ] {
        let mut told = with_pending();
        told.take(&crate::stage::command_event(
            "cancel",
            Command::CancelOrder { order: Ticket(40) },
        ));
        assert!(matches!(told.requests()[..], [Request::Remove(_)]));
        let left = Volume::from_raw((10 - hundredths) * 1_000_000);
        let state = if hundredths == 10 { OrderState::Filled } else { OrderState::Canceled };
        told.fill(hundredths, Order { state, volume_current: left, ..told.working[0].clone() });
        assert_eq!(told.result(), Some(expect), "{hundredths}");
    }
}

/// A pending order's stop is changed, answered as done, and the order fills before anything shows
/// the change.
#[test]
fn stops_of_an_order_go_with_what_it_opens() {
    let mut told = with_pending();
    let level: Price = "1.11".parse().unwrap();
    let change = ModifyOrder {
        order: Ticket(40),
        price: None,
        stop_limit: None,
        sl: StopChange::Set(level),
        tp: StopChange::Keep,
        expiration: None,
    };
    told.take(&crate::stage::command_event("change", Command::ModifyOrder(Box::new(change))));
    assert!(matches!(told.requests()[..], [Request::ModifyOrder(_)]), "{:?}", told.said);
    told.answer_last();
    let filled = Order {
        state: OrderState::Filled,
        volume_current: Volume::ZERO,
        sl: Some(level),
        ..told.working[0].clone()
    };
    told.fill(10, filled);
    told.pass(30);
    assert!(
        !told.requests().iter().any(|request| matches!(request, Request::Modify(_))),
        "{:?}",
        told.requests()
    );
}

/// A reading that was asked for while an order worked comes after it was removed: the order stays
/// gone.
#[test]
fn an_order_that_is_over_stays_over() {
    let mut told = with_pending();
    told.link(&[Link::Down, Link::Up, Link::Verified, Link::Synced]);
    told.pass(5);
    let asked = told.said.iter().rev().find_map(|action| match action {
        Action::Data(DataRequest::Snapshot { id, .. }) => Some(*id),
        _ => None,
    });
    let late = told.reading(asked.unwrap());
    let over = Order { state: OrderState::Canceled, ..told.working[0].clone() };
    told.take(&Event::Broker(BrokerEvent::Order(Box::new(over))));
    assert_eq!(told.executor.view().orders.len(), 0);
    told.said.clear();
    told.take(&Event::Broker(BrokerEvent::Snapshot(Box::new(late))));
    assert_eq!((told.executor.view().orders.len(), told.alerts(AlertCode::OrderAdopted)), (0, 0));
}

/// A second change of stops comes while the first is on the wire, and asks for what still stands:
/// it is done once the first has had its effect and that is undone.
#[test]
fn stops_are_said_to_stand_when_nothing_on_the_wire_can_change_them() {
    let mut told = told();
    let before = told.positions[0].sl;
    let set = |sl| Command::ModifyPosition { position: Ticket(2), sl, tp: StopChange::Keep };
    let level: Price = "1.097".parse().unwrap();
    told.take(&crate::stage::command_event("first", set(StopChange::Set(level))));
    assert!(matches!(told.requests()[..], [Request::Modify(_)]));
    told.said.clear();
    told.take(&crate::stage::command_event("second", set(StopChange::Set(before.unwrap()))));
    let results = |told: &Told| -> Vec<(String, ResultStatus)> {
        let one = |action: &Action| {
            if let Action::Result(one) = action {
                Some((one.id.as_str().to_owned(), one.status))
            } else {
                None
            }
        };
        told.said.iter().filter_map(one).collect()
    };
    let withdrawn = vec![("first".to_owned(), ResultStatus::Failed)];
    assert_eq!(results(&told), withdrawn);
    told.positions[0].sl = Some(level);
    told.positions[0].time_update_msc = Some(told.server_now());
    let changed = told.positions[0].clone();
    told.take(&Event::Broker(BrokerEvent::Position(Box::new(changed))));
    told.answer(Cid(2));
    assert_eq!(results(&told), withdrawn, "another stop stands: {:?}", told.said);
    told.pass(30);
    let Some(Request::Modify(again)) = told.requests().last().copied() else {
        panic!("{:?}", told.said)
    };
    assert_eq!(again.sl, before);
}

/// Two alike are sent, nothing is heard of either, and a position with another comment is found: it
/// is the one that asked for as much.
#[test]
fn what_is_found_goes_to_the_attempt_of_its_volume() {
    let mut told = told();
    for (id, hundredths) in [("more", 16), ("less", 14)] {
        let open = OpenPosition {
            symbol: "EURUSD".to_owned(),
            side: Side::Sell,
            volume: Volume::from_raw(hundredths * 1_000_000),
            sl: None,
            tp: None,
            deviation: None,
        };
        told.take(&crate::stage::command_event(id, Command::Open(Box::new(open))));
    }
    assert_eq!(told.requests().len(), 2);
    let found = Position {
        ticket: Ticket(60),
        side: Side::Sell,
        volume: Volume::from_raw(14_000_000),
        time_msc: told.server_now(),
        magic: told.executor_magic(),
        comment: "another".to_owned(),
        ..told.positions[0].clone()
    };
    told.positions.push(found);
    told.pass(40);
    let view = told.executor.view();
    let owner = view
        .positions
        .iter()
        .find(|position| position.ticket == Ticket(60))
        .map(|position| position.owner.clone());
    assert_eq!(owner, Some(Owner::Command("less".into())), "{:#?}", told.said);
}
