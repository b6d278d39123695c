//! What others do on the account: somebody at a terminal, the broker, the bank.

use crate::domain::amount::{Money, Points, Price};
use crate::domain::id::Magic;
use crate::domain::order::{OrderState, Reason, Side};
use crate::domain::time::ServerMsc;
use crate::executor::event::BrokerEvent;
use crate::sim::broker::book::fill::{Fill, Remainder};
use crate::sim::broker::book::new_order::{OrderCause, market_order};
use crate::sim::broker::fault;
use crate::sim::broker::server::TradeServer;

impl TradeServer {
    /// Somebody closes the oldest position at the quote, or a percentage of it. Returns whether
    /// there was something to close.
    pub fn external_close(
        &mut self,
        percent: Option<u32>,
        time_msc: ServerMsc,
        news: &mut Vec<BrokerEvent>,
    ) -> bool {
        let Some(position) = self.book.positions().next().cloned() else { return false };
        let Some(quote) = self.book.tradable(position.symbol) else { return false };
        let step =
            self.book.spec(position.symbol).expect("a position is of a known symbol").volume_step;
        let volume =
            percent.map_or(position.volume, |percent| fault::part(position.volume, percent, step));
        if percent.is_some() && volume == position.volume {
            return false;
        }
        let cause = OrderCause {
            reason: Reason::Client,
            magic: Magic(0),
            comment: String::new(),
            time_msc,
        };
        let number = self.book.next_order();
        let side = position.side.opposite();
        let order = market_order(number, position.symbol, side, volume, OrderState::Started, cause);
        let price = side.entry_price(quote.bid, quote.ask);
        self.book.close(
            Fill { order, volume, price, time_msc, rest: Remainder::Ends },
            position.ticket,
            news,
        );
        true
    }

    /// Somebody moves the stops of the oldest position away from the market by `points`, or removes
    /// them. A stop stays if it would be beyond all prices. Returns whether anything changed.
    pub fn external_stops(&mut self, points: u32, news: &mut Vec<BrokerEvent>) -> bool {
        let stopped = self
            .book
            .positions()
            .find(|position| position.sl.is_some() || position.tp.is_some())
            .cloned();
        let Some(position) = stopped else { return false };
        let spec = self.book.spec(position.symbol).expect("a position is of a known symbol");
        let distance = spec.points(Points(points.into()));
        let (down, up) = (
            |level: Price| level - distance,
            |level: Price| level.checked_add(distance).unwrap_or(level),
        );
        let (sl, tp) = match position.side {
            Side::Buy => (position.sl.map(down), position.tp.map(up)),
            Side::Sell => (position.sl.map(up), position.tp.map(down)),
        };
        let kept = |level: Option<Price>| {
            level
                .map(|level| level.round_to_tick(spec.tick_size))
                .filter(|&level| level > Price::ZERO)
        };
        let (sl, tp) = if points == 0 { (None, None) } else { (kept(sl), kept(tp)) };
        let changed = (sl, tp) != (position.sl, position.tp);
        if changed {
            self.book.modify(position.ticket, sl, tp, news);
        }
        changed
    }

    /// The broker withdraws the oldest working order. Returns whether there was one.
    pub fn withdraw_oldest(&mut self, time_msc: ServerMsc, news: &mut Vec<BrokerEvent>) -> bool {
        let Some(oldest) = self.book.working().keys().next().copied() else { return false };
        self.book.cancel(oldest, OrderState::Canceled, time_msc, news);
        true
    }

    /// Deposits an amount, or withdraws it as far as the balance allows, and no more than can be
    /// booked. Returns whether anything was booked.
    pub fn pay(&mut self, amount: Money, time_msc: ServerMsc, news: &mut Vec<BrokerEvent>) -> bool {
        if !self.book.ledger().takes(amount) {
            return false;
        }
        let deal = self.book.pay(amount, time_msc);
        news.push(BrokerEvent::Deal(Box::new(deal)));
        self.book.tell_account(news);
        true
    }
}
