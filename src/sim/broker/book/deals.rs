//! Deals: those that a fill makes, and deposits and withdrawals.

use crate::domain::amount::{Money, Price, Volume};
use crate::domain::deal::{Deal, DealEntry, DealKind};
use crate::domain::id::{Magic, SymbolId, Ticket};
use crate::domain::money::currency_digits;
use crate::domain::order::{Order, OrderState, Reason, Side};
use crate::domain::position::Position;
use crate::domain::time::ServerMsc;
use crate::executor::event::BrokerEvent;
use crate::sim::broker::book::AccountBook;
use crate::sim::broker::book::fill::{Fill, Remainder};

/// The fields of a deal other than its order and its position.
pub(super) struct Made {
    pub side: Side,
    pub entry: DealEntry,
    pub volume: Volume,
    pub price: Price,
    pub profit: Money,
    pub commission: Money,
    pub swap: Money,
    pub time_msc: ServerMsc,
}

impl AccountBook {
    /// Records the fill of an order, books its deal and returns the deal's number.
    pub(super) fn deal(
        &mut self,
        fill: Fill,
        position: &Position,
        entry: DealEntry,
        profit: Money,
        news: &mut Vec<BrokerEvent>,
    ) -> Ticket {
        let Fill { mut order, volume, price, time_msc, rest } = fill;
        assert!(
            volume > Volume::ZERO && volume <= order.volume_current,
            "no more is filled than was asked for"
        );
        order.volume_current -= volume;
        order.position = Some(position.ticket);
        let filled = order.volume_current == Volume::ZERO;
        order.state = if filled { OrderState::Filled } else { OrderState::Partial };
        if filled || rest == Remainder::Ends {
            self.end(order.clone(), time_msc, news);
        } else {
            self.work(order.clone(), news);
        }
        let side = match entry {
            DealEntry::In => position.side,
            DealEntry::Out | DealEntry::OutBy => position.side.opposite(),
        };
        let closes = entry.closes();
        let swap = if closes { self.swap_of(position, volume) } else { Money::ZERO };
        let made = Made {
            side,
            entry,
            volume,
            price,
            profit,
            commission: self.commission(volume),
            swap,
            time_msc,
        };
        self.book_deal(&order, position.ticket, &made, news)
    }

    /// Books a deal of `order` on a position and returns its number.
    pub(super) fn book_deal(
        &mut self,
        order: &Order,
        position: Ticket,
        made: &Made,
        news: &mut Vec<BrokerEvent>,
    ) -> Ticket {
        self.last_deal += 1;
        let deal = Deal {
            ticket: Ticket(self.last_deal),
            order: order.ticket,
            position,
            symbol: order.symbol,
            time_msc: made.time_msc,
            kind: DealKind::Trade(made.side),
            entry: made.entry,
            reason: order.reason,
            volume: made.volume,
            price: made.price,
            profit: made.profit,
            commission: made.commission,
            swap: made.swap,
            magic: order.magic,
            comment: order.comment.clone(),
        };
        self.ledger.book(&deal);
        self.records.deal(deal.clone());
        news.push(BrokerEvent::Deal(Box::new(deal)));
        Ticket(self.last_deal)
    }

    pub(super) fn commission(&self, volume: Volume) -> Money {
        let raw = i128::from(self.commission_per_lot.raw()) * i128::from(volume.raw());
        let cost = Money::from_scaled(
            raw,
            Money::SCALE + Volume::SCALE,
            currency_digits(&self.model.currency),
        );
        -cost.expect("the commission of a volume that is accepted fits")
    }

    /// Deposits an amount, or withdraws it when negative, and returns the deal.
    pub fn pay(&mut self, amount: Money, time_msc: ServerMsc) -> Deal {
        self.ledger.deposit(amount);
        self.drawdown.pay(amount, &self.quotes);
        self.last_deal += 1;
        self.payments += 1;
        let deal = Deal {
            ticket: Ticket(self.last_deal),
            order: Ticket(0),
            position: Ticket(0),
            symbol: SymbolId(0),
            time_msc,
            kind: DealKind::Balance,
            entry: DealEntry::In,
            reason: Reason::Client,
            volume: Volume::ZERO,
            price: Price::ZERO,
            profit: amount,
            commission: Money::ZERO,
            swap: Money::ZERO,
            magic: Magic(0),
            comment: String::new(),
        };
        self.records.deal(deal.clone());
        deal
    }
}
