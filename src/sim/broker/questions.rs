//! Requests for data, and what goes wrong with their answers.

use crate::domain::amount::{Money, Price, Volume};
use crate::domain::deal::{Deal, DealEntry, DealKind};
use crate::domain::decimal::pow10;
use crate::domain::id::{DataId, Magic, SymbolId, Ticket};
use crate::domain::order::{Reason, Side};
use crate::domain::position::Position;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::executor::action::DataRequest;
use crate::executor::event::{Bars, BrokerEvent, BrokerSnapshot, Event, Link, NoSymbol};
use crate::market::bar::TickCursor;
use crate::market::timeframe::Timeframe;
use crate::session::fault::{FaultKind, FaultScope};
use crate::sim::broker::SimBroker;
use crate::sim::broker::owed::Owed;
use std::sync::Arc;

/// The ticket of a position on a foreign account; none of ours gets near this number.
const FOREIGN_TICKET: Ticket = Ticket(9_000_000_001);

impl SimBroker {
    /// The answer to a request; none when it is lost or comes later.
    pub(super) fn data(&mut self, at: Timestamp, request: &DataRequest) -> Option<Event> {
        match request {
            &DataRequest::Bars { id, symbol, timeframe, count, .. } => {
                let fault = self.faults.take(FaultScope::Bars, at);
                let mut bars = self.bars_of(id, symbol, timeframe, count);
                let excess = if let Some(FaultKind::BarsShort { keep }) = fault {
                    bars.closed.len().saturating_sub(keep as usize)
                } else {
                    0
                };
                bars.closed.drain(..excess);
                if let Some(kind) = fault
                    .as_ref()
                    .filter(|kind| excess > 0 || !matches!(kind, FaultKind::BarsShort { .. }))
                {
                    self.faults.count(kind);
                }
                let bars = Event::Bars(Box::new(bars));
                match fault {
                    Some(FaultKind::BarsLost) => None,
                    Some(FaultKind::BarsLate { after_ms }) => self.later(at, after_ms, bars),
                    _ => Some(bars),
                }
            }
            DataRequest::Snapshot { .. } if self.connection.link == Link::Down => None,
            &DataRequest::Snapshot { id, history_since_msc, .. } => {
                self.snapshot(at, id, history_since_msc)
            }
            DataRequest::Subscribe { id, name, .. } => {
                Some(Event::Broker(self.subscribe(*id, name)))
            }
        }
    }

    fn later(&mut self, at: Timestamp, after_ms: u64, event: Event) -> Option<Event> {
        self.queue.push(at.plus_ms(after_ms), Owed::Read(event));
        None
    }

    fn bars_of(&self, id: DataId, symbol: SymbolId, timeframe: Timeframe, count: u32) -> Bars {
        let none = || Bars {
            id,
            symbol,
            timeframe,
            closed: Vec::new(),
            forming: None,
            as_of: TickCursor::default(),
        };
        let recent = self.bars.get(symbol.index());
        recent.map_or_else(none, |recent| Bars { id, ..recent.bars(symbol, timeframe, count) })
    }

    fn snapshot(&mut self, at: Timestamp, id: DataId, since: ServerMsc) -> Option<Event> {
        let now = self.zone.to_server(at);
        let mut whole = BrokerSnapshot { id, ..self.server.book.snapshot(now, since) };
        if self.conditions.hides_orders() {
            (whole.orders, whole.history_orders) = (Vec::new(), Vec::new());
        }
        let fault = self.faults.take(FaultScope::Snapshot, at);
        // An empty reading of an empty account is correct.
        if let Some(kind) = fault
            .as_ref()
            .filter(|kind| **kind != FaultKind::SnapshotEmpty || emptied(whole.clone()) != whole)
        {
            self.faults.count(kind);
        }
        let told = |snapshot| Event::Broker(BrokerEvent::Snapshot(Box::new(snapshot)));
        match fault {
            Some(FaultKind::SnapshotLost) => None,
            Some(FaultKind::SnapshotLate { after_ms }) => self.later(at, after_ms, told(whole)),
            Some(FaultKind::SnapshotEmpty) => Some(told(emptied(whole))),
            Some(FaultKind::SnapshotWithoutPositions) => {
                Some(told(BrokerSnapshot { positions: Vec::new(), ..whole }))
            }
            // Positions and deals could not be read.
            Some(FaultKind::SnapshotPartial) => Some(told(BrokerSnapshot {
                complete: false,
                positions: Vec::new(),
                history_deals: Vec::new(),
                ..whole
            })),
            Some(FaultKind::SnapshotForeign) => Some(told(self.foreign(whole))),
            _ => Some(told(whole)),
        }
    }

    /// The account of somebody else, who holds a position.
    fn foreign(&self, own: BrokerSnapshot) -> BrokerSnapshot {
        let mut foreign = BrokerSnapshot {
            positions: vec![Arc::new(self.foreign_position(own.as_of_msc))],
            ..emptied(own)
        };
        foreign.account.login += 1;
        foreign
    }

    fn foreign_position(&self, time_msc: ServerMsc) -> Position {
        let spec = self.server.book.spec(SymbolId(0)).expect("a session has a symbol");
        let quote = self.server.book.quote(SymbolId(0)).unwrap_or_default();
        Position {
            ticket: FOREIGN_TICKET,
            identifier: None,
            symbol: SymbolId(0),
            side: Side::Buy,
            volume: spec.volume_min,
            price_open: quote.ask.max(spec.tick_size),
            sl: None,
            tp: None,
            time_msc,
            magic: Magic(0),
            comment: String::new(),
            time_update_msc: None,
            swap: Money::ZERO,
        }
    }

    /// News of a foreign account: the account itself, a position on it with its opening deal, and a
    /// deposit.
    pub(super) fn foreign_news(&self, time_msc: ServerMsc) -> [BrokerEvent; 4] {
        let mut account = self.server.book.account();
        account.login += 1;
        let position = self.foreign_position(time_msc);
        let deal = Deal {
            ticket: FOREIGN_TICKET,
            order: FOREIGN_TICKET,
            position: FOREIGN_TICKET,
            symbol: position.symbol,
            kind: DealKind::Trade(position.side),
            entry: DealEntry::In,
            volume: position.volume,
            price: position.price_open,
            time_msc,
            magic: position.magic,
            reason: Reason::Client,
            profit: Money::ZERO,
            commission: Money::ZERO,
            swap: Money::ZERO,
            comment: String::new(),
        };
        let deposit = Deal {
            ticket: Ticket(FOREIGN_TICKET.0 + 1),
            order: Ticket(0),
            position: Ticket(0),
            kind: DealKind::Balance,
            volume: Volume::ZERO,
            price: Price::ZERO,
            profit: Money::from_raw(500 * pow10(Money::SCALE)),
            ..deal.clone()
        };
        [
            BrokerEvent::Account(Box::new(account)),
            BrokerEvent::Position(Box::new(position)),
            BrokerEvent::Deal(Box::new(deal)),
            BrokerEvent::Deal(Box::new(deposit)),
        ]
    }

    /// Subscribes a symbol if the broker has it.
    fn subscribe(&mut self, id: DataId, name: &str) -> BrokerEvent {
        match self.server.book.find(name) {
            Some(symbol) => {
                self.connection.subscribe(symbol);
                self.spec_news(symbol)
            }
            None => BrokerEvent::NoSymbol(Box::new(NoSymbol { id, name: name.to_owned() })),
        }
    }
}

fn emptied(snapshot: BrokerSnapshot) -> BrokerSnapshot {
    let (positions, orders, history_orders, history_deals) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    BrokerSnapshot { positions, orders, history_orders, history_deals, ..snapshot }
}
