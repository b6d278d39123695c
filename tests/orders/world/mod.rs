//! A life that begins with the state of an older version, and a small account that answers it: its
//! positions are those that the state knows, and what it is asked to do it does at once. Start with
//! [`World`].

use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use tickdeck::domain::amount::{Money, Price, Volume};
use tickdeck::domain::deal::{Deal, DealEntry, DealKind};
use tickdeck::domain::id::{Cid, IntentKey, Magic, SymbolId, Ticket};
use tickdeck::domain::order::{Expiration, Order, OrderKind, OrderState, Reason, Side};
use tickdeck::domain::position::Position;
use tickdeck::domain::retcode::Retcode;
use tickdeck::domain::symbols_builtin::builtin;
use tickdeck::domain::tick::{Tick, TickFlags};
use tickdeck::domain::time::{NANOS_PER_MS, ServerMsc, Timestamp};
use tickdeck::executor::Executor;
use tickdeck::executor::action::{
    Action, AlertCode, CloseRequest, DataRequest, Report, Request, ResultStatus, Trade,
};
use tickdeck::executor::event::{
    Answer, BrokerEvent, BrokerSnapshot, Event, Life, Link, Outcome, ServerAnswer, SymbolNews,
};
use tickdeck::executor::snapshot::Snapshot;

/// The server's clock is three hours ahead in these sessions.
const AHEAD_MS: i64 = 10_800_000;
/// Far above the numbers in the samples.
const TICKET_FIRST: u64 = 9_000;

/// A sample, as it was written.
pub fn text(name: &str) -> String {
    std::fs::read_to_string(
        crate::common::root().join("fixtures/states").join(format!("{name}.json")),
    )
    .unwrap()
}

/// The executor of a state.
pub fn restored(text: &str) -> Executor {
    Executor::restore(Snapshot::from_json(text).unwrap()).unwrap()
}

/// What an executor writes, without the version.
pub fn written(executor: &Executor) -> Value {
    serde_json::from_str::<Value>(&executor.snapshot().to_json().unwrap()).unwrap()["executor"]
        .take()
}

/// A value of a sample.
pub fn read<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap()
}

/// A life that begins with a sample, and the account that answers it.
pub struct World {
    /// The sample as it was written.
    pub old: Value,
    pub executor: Executor,
    now: Timestamp,
    pub positions: BTreeMap<Ticket, Position>,
    orders: Vec<Order>,
    pub deals: Vec<Deal>,
    last_ticket: u64,
    pub said: Vec<Action>,
}

impl World {
    pub fn of(name: &str) -> Self {
        let text = text(name);
        let old = serde_json::from_str::<Value>(&text).unwrap()["executor"].take();
        let holdings: BTreeMap<String, Value> = read(&old["book"]["holdings"]);
        let positions =
            holdings.values().map(position).map(|position| (position.ticket, position)).collect();
        let now = read::<Timestamp>(&old["now"]).plus_ms(5_000);
        let executor = restored(&text);
        Self {
            old,
            executor,
            now,
            positions,
            orders: Vec::new(),
            deals: Vec::new(),
            last_ticket: TICKET_FIRST,
            said: Vec::new(),
        }
    }

    /// The life begins, the link comes up, and a quarter of an hour passes.
    pub fn live(mut self) -> Self {
        let config = read(&written(&self.executor)["config"]);
        self.handle(Event::Life(Box::new(Life { config })));
        self.handle(Event::Broker(BrokerEvent::Symbol(Box::new(SymbolNews {
            symbol: SymbolId(0),
            spec: builtin("EURUSD").unwrap(),
        }))));
        [Link::Up, Link::Verified, Link::Synced]
            .into_iter()
            .for_each(|link| self.handle(Event::Link(link)));
        self.handle(Event::Tick(self.quote()));
        let end = self.now.plus_ms(900_000);
        for _ in 0..10_000 {
            let Some(due) = self.executor.next_wakeup().filter(|due| *due <= end) else {
                return self;
            };
            self.now = self.now.max(due);
            self.handle(Event::Wakeup);
        }
        panic!("it never comes to rest");
    }

    fn server_now(&self) -> ServerMsc {
        ServerMsc(self.now.nanos() / NANOS_PER_MS + AHEAD_MS)
    }

    fn quote(&self) -> Tick {
        let (bid, ask) = ("1.1739".parse().unwrap(), "1.17392".parse().unwrap());
        Tick {
            time_msc: self.server_now(),
            bid,
            ask,
            last: Price::ZERO,
            volume: 0,
            symbol: SymbolId(0),
            flags: TickFlags::QUOTE,
        }
    }

    fn ticket(&mut self) -> Ticket {
        self.last_ticket += 1;
        Ticket(self.last_ticket)
    }

    fn handle(&mut self, event: Event) {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            let mut out = Vec::new();
            self.executor.handle(self.now, &event, &mut out);
            for action in &out {
                match action {
                    Action::Data(DataRequest::Snapshot { id, .. }) => {
                        let reading = BrokerSnapshot { id: *id, ..self.reading() };
                        events.push_back(Event::Broker(BrokerEvent::Snapshot(Box::new(reading))));
                    }
                    Action::Trade(trade) => events.push_back(self.answer(trade)),
                    _ => {}
                }
            }
            self.said.extend(out);
        }
    }

    fn reading(&self) -> BrokerSnapshot {
        BrokerSnapshot {
            id: tickdeck::domain::id::DataId(0),
            history_since_msc: None,
            as_of_msc: self.server_now(),
            complete: true,
            account: tickdeck::domain::account::Account {
                margin: Money::ZERO,
                ..read(&self.old["account"])
            },
            positions: self.positions.values().cloned().map(Into::into).collect(),
            orders: Vec::new(),
            history_orders: self.orders.iter().cloned().map(Into::into).collect(),
            history_deals: [deposit()]
                .into_iter()
                .chain(self.deals.iter().cloned())
                .map(Into::into)
                .collect(),
        }
    }

    /// Does at once what is asked.
    fn answer(&mut self, trade: &Trade) -> Event {
        let (order, volume) = match &trade.request {
            Request::Close(close) => (Some(self.close(close, trade.key)), close.volume),
            Request::Modify(modify) => {
                let position = self
                    .positions
                    .get_mut(&modify.position)
                    .expect("stops of a position that is there");
                (position.sl, position.tp) = (modify.sl, modify.tp);
                (None, Volume::ZERO)
            }
            Request::Remove(remove) => {
                if self.orders.iter().any(|order| order.ticket == remove.order) {
                    return answered(trade.cid, Retcode::INVALID, None, Volume::ZERO);
                }
                self.cancel(remove.order);
                (None, Volume::ZERO)
            }
            other => panic!("nothing else is wanted in these states: {other:?}"),
        };
        answered(trade.cid, Retcode::DONE, order, volume)
    }

    /// A close that is executed.
    fn close(&mut self, close: &CloseRequest, key: IntentKey) -> Ticket {
        let order = self.ticket();
        let position =
            self.positions.remove(&close.position).unwrap_or_else(|| panic!("{close:?}"));
        assert_eq!(close.volume, position.volume, "{close:?}");
        self.execute(order, &position, DealEntry::Out, key, position.volume);
        order
    }

    /// An order and its deal in the history, as the attempt with this key makes them.
    pub fn execute(
        &mut self,
        order: Ticket,
        position: &Position,
        entry: DealEntry,
        key: IntentKey,
        volume: Volume,
    ) {
        let side = if entry == DealEntry::In { position.side } else { position.side.opposite() };
        let (magic, symbol, time_msc, comment) =
            (position.magic, position.symbol, self.server_now(), key.comment());
        let ticket = self.ticket();
        self.orders.push(self.order(
            order,
            side,
            (volume, Volume::ZERO),
            OrderState::Filled,
            (magic, comment.clone()),
        ));
        self.deals.push(Deal {
            ticket,
            order,
            position: position.ticket,
            symbol,
            time_msc,
            kind: DealKind::Trade(side),
            entry,
            reason: Reason::Expert,
            volume,
            price: position.price_open,
            profit: Money::ZERO,
            commission: Money::ZERO,
            swap: Money::ZERO,
            magic,
            comment,
        });
    }

    /// The order that the broker had named works no more, without a fill.
    fn cancel(&mut self, ticket: Ticket) {
        let flow = self.flow();
        let open = &flow["intent"]["open"];
        let (key, volume): (IntentKey, Volume) = (read(&flow["key"]), read(&open["volume"]));
        let whose = (read(&flow["magic"]), key.comment());
        self.orders.push(self.order(
            ticket,
            read(&open["side"]),
            (volume, volume),
            OrderState::Canceled,
            whose,
        ));
    }

    fn order(
        &self,
        ticket: Ticket,
        side: Side,
        volumes: (Volume, Volume),
        state: OrderState,
        whose: (Magic, String),
    ) -> Order {
        let ((volume_initial, volume_current), (magic, comment)) = (volumes, whose);
        Order {
            ticket,
            symbol: SymbolId(0),
            kind: OrderKind::Market(side),
            state,
            reason: Reason::Expert,
            magic,
            position: None,
            volume_initial,
            volume_current,
            time_setup_msc: self.server_now(),
            comment,
            price: None,
            stop_limit: None,
            sl: None,
            tp: None,
            expiration: Expiration::Gtc,
        }
    }

    /// The only request that was out had been executed: its position is there, or is gone.
    pub fn executed(mut self) -> Self {
        let flow = self.flow();
        let key: IntentKey = read(&flow["key"]);
        if let Some(close) = flow["intent"].get("close") {
            let position = self.positions.remove(&read(&close["position"])).unwrap();
            let order = self.ticket();
            self.execute(order, &position, DealEntry::Out, key, position.volume);
            return self;
        }
        let (open, named) = (&flow["intent"]["open"], read::<Option<Ticket>>(&flow["order"]));
        let order = named.unwrap_or_else(|| self.ticket());
        let position = Position {
            ticket: order,
            identifier: None,
            symbol: SymbolId(0),
            side: read(&open["side"]),
            volume: read(&open["volume"]),
            price_open: read(&flow["asked"]),
            sl: read(&open["stops"][0]),
            tp: read(&open["stops"][1]),
            time_msc: read(&flow["sent_msc"]),
            magic: read(&flow["magic"]),
            comment: key.comment(),
            time_update_msc: None,
            swap: Money::ZERO,
        };
        self.execute(order, &position, DealEntry::In, key, position.volume);
        self.positions.insert(order, position);
        self
    }

    pub fn flow(&self) -> Value {
        let flows: BTreeMap<String, Value> = read(&self.old["flows"]["open"]);
        assert_eq!(flows.len(), 1);
        flows.into_values().next().unwrap()
    }

    pub fn trades(&self) -> Vec<&Trade> {
        self.said
            .iter()
            .filter_map(
                |action| if let Action::Trade(trade) = action { Some(&**trade) } else { None },
            )
            .collect()
    }

    pub fn alerts(&self, code: AlertCode) -> usize {
        let is = |action: &&Action| matches!(action, Action::Report(report) if matches!(&**report, Report::Alert(alert) if alert.code == code));
        self.said.iter().filter(is).count()
    }

    /// The results of a command.
    pub fn results(&self, id: &str) -> Vec<(ResultStatus, Value)> {
        let results = self.said.iter().filter_map(|action| {
            if let Action::Result(result) = action { Some(result) } else { None }
        });
        let own = results.filter(|result| result.id.as_str() == id);
        own.map(|result| (result.status, serde_json::to_value(&result.data).unwrap())).collect()
    }

    pub fn open(&self) -> Vec<u64> {
        self.executor.view().positions.iter().map(|position| position.ticket.0).collect()
    }
}

/// A position of the account, from what a sample knows of it.
fn position(holding: &Value) -> Position {
    let (opened, closed): (Volume, Volume) =
        (read(&holding["opened"]), read(&holding["closed_volume"]));
    Position {
        ticket: read(&holding["ticket"]),
        identifier: None,
        symbol: SymbolId(0),
        side: read::<Side>(&holding["side"]),
        volume: opened - closed,
        price_open: read(&holding["price_open"]),
        sl: read(&holding["sl"]),
        tp: read(&holding["tp"]),
        time_msc: read(&holding["time_msc"]),
        magic: read::<Magic>(&holding["magic"]),
        comment: String::new(),
        time_update_msc: None,
        swap: Money::ZERO,
    }
}

fn answered(cid: Cid, retcode: Retcode, order: Option<Ticket>, volume: Volume) -> Event {
    let answer = ServerAnswer {
        retcode,
        order,
        deal: None,
        volume,
        price: Price::ZERO,
        bid: Price::ZERO,
        ask: Price::ZERO,
    };
    Event::Broker(BrokerEvent::Answer(Box::new(Answer { cid, outcome: Outcome::Server(answer) })))
}

/// Where the account's balance comes from.
fn deposit() -> Deal {
    Deal {
        ticket: Ticket(1),
        order: Ticket(0),
        position: Ticket(0),
        symbol: SymbolId(0),
        time_msc: ServerMsc(0),
        kind: DealKind::Balance,
        entry: DealEntry::In,
        reason: Reason::Client,
        volume: Volume::ZERO,
        price: Price::ZERO,
        profit: Money::from_raw(1_000_000_000_000),
        commission: Money::ZERO,
        swap: Money::ZERO,
        magic: Magic(0),
        comment: String::new(),
    }
}
