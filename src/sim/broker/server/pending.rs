//! Pending orders at the server: placed, changed, removed, activated by the quote, expired (MT5
//! reference 4.1 to 4.3).

use crate::domain::amount::Price;
use crate::domain::id::Ticket;
use crate::domain::order::{Order, OrderKind, OrderState, Side};
use crate::domain::retcode::Retcode;
use crate::domain::symbol::ExecutionMode;
use crate::domain::tick::Tick;
use crate::domain::time::ServerMsc;
use crate::executor::action::{ModifyOrderRequest, PlaceRequest};
use crate::executor::event::{BrokerEvent, ServerAnswer};
use crate::session::description::StopFills;
use crate::session::fault::FaultKind;
use crate::sim::broker::book::Opening;
use crate::sim::broker::book::fill::{Fill, Remainder};
use crate::sim::broker::book::new_order::Terms;
use crate::sim::broker::server::{Passed, TradeServer, coded};
use crate::sim::broker::validate::pending::lapse;
use crate::valuation::quotes::Quote;

impl TradeServer {
    pub(super) fn place(
        &mut self,
        passed: &Passed<'_>,
        request: &PlaceRequest,
        news: &mut Vec<BrokerEvent>,
    ) -> ServerAnswer {
        let number = self.number(passed);
        let mut order =
            self.order(passed, number, OrderState::Placed).expect("a pending order is an order");
        if passed.fault == Some(&FaultKind::StopsDropped) {
            (order.sl, order.tp) = (None, None);
        }
        let (symbol, crosses) = (order.symbol, crosses(&order, passed.quote));
        let exchange =
            self.book.spec(symbol).is_some_and(|spec| spec.execution == ExecutionMode::Exchange);
        self.book.place(order, lapse(passed.time_msc, request.expiration), news);
        if exchange && crosses {
            self.activate(number, passed.quote, passed.time_msc, news);
        }
        ServerAnswer {
            order: Some(number),
            volume: request.volume,
            ..coded(Retcode::DONE, Some(passed.quote))
        }
    }

    pub(super) fn modify_order(
        &mut self,
        passed: &Passed<'_>,
        request: &ModifyOrderRequest,
        news: &mut Vec<BrokerEvent>,
    ) -> ServerAnswer {
        let was = self.book.take(request.order);
        let mut terms = Terms::from(request);
        if passed.fault == Some(&FaultKind::StopsDropped) {
            (terms.sl, terms.tp) = (was.sl, was.tp);
        }
        self.book.place(with_terms(was, &terms), lapse(passed.time_msc, terms.expiration), news);
        ServerAnswer { order: Some(request.order), ..coded(Retcode::DONE, Some(passed.quote)) }
    }

    pub(super) fn remove(
        &mut self,
        passed: &Passed<'_>,
        ticket: Ticket,
        news: &mut Vec<BrokerEvent>,
    ) -> ServerAnswer {
        self.book.cancel(ticket, OrderState::Canceled, passed.time_msc, news);
        ServerAnswer { order: Some(ticket), ..coded(Retcode::DONE, Some(passed.quote)) }
    }

    /// What a quote triggers at the server: stop losses, then take profits, then pending orders,
    /// each by ticket, then stop-outs. The stops of a position that a pending order opens are checked from the next
    /// tick on (MT5 reference 4.3). While the symbol or the account may not trade, all of it waits
    /// for the next tick that reaches it (MT5 reference 3.7, 4.2).
    pub fn trigger(&mut self, tick: &Tick, news: &mut Vec<BrokerEvent>) {
        self.act_on(tick, news);
        self.enforce_margin(tick.time_msc, news);
    }

    fn act_on(&mut self, tick: &Tick, news: &mut Vec<BrokerEvent>) {
        let symbol = tick.symbol;
        let Some(quote) = self.acts_at(symbol, tick.time_msc) else { return };
        self.book.trigger_stops(tick, self.stop_fills, news);
        for ticket in self.book.reached_orders(symbol) {
            self.activate(ticket, quote, tick.time_msc, news);
        }
    }

    /// Activates a pending order whose price is reached. A stop-limit becomes a limit; the others
    /// open a position if the account can hold it, and are rejected otherwise (MT5 reference 4.2).
    fn activate(
        &mut self,
        ticket: Ticket,
        quote: Quote,
        time_msc: ServerMsc,
        news: &mut Vec<BrokerEvent>,
    ) {
        let lapse = self.book.lapse(ticket);
        let order = self.book.take(ticket);
        if let OrderKind::StopLimit(side) = order.kind {
            let limit = Order {
                kind: OrderKind::Limit(side),
                price: order.stop_limit,
                stop_limit: None,
                ..order
            };
            return self.book.place(limit, lapse, news);
        }
        let price = self.entry_price(&order, quote);
        let side = order.kind.side().expect("a pending order has a side");
        let opening = Opening { symbol: order.symbol, side, sl: order.sl, tp: order.tp };
        if self.book.affords(opening, order.volume_current, price) {
            let fill = Fill {
                volume: order.volume_current,
                order,
                price,
                time_msc,
                rest: Remainder::Ends,
            };
            self.book.open(fill, opening, news);
        } else {
            self.book.end(Order { state: OrderState::Rejected, ..order }, time_msc, news);
        }
    }

    /// The price of the fill. A limit is filled at its price or better, a stop at the market, which
    /// may be worse (MT5 reference 4.2). Where stops are filled at their level, both are filled at
    /// their price.
    fn entry_price(&mut self, order: &Order, quote: Quote) -> Price {
        let level = order.price.expect("a pending order has a price");
        let spec = self.book.spec(order.symbol).expect("an order is of a known symbol");
        match (order.kind, self.stop_fills) {
            (_, StopFills::Level) => level,
            (OrderKind::Limit(Side::Buy), StopFills::Tick) => level.min(quote.ask),
            (OrderKind::Limit(Side::Sell), StopFills::Tick) => level.max(quote.bid),
            (kind, StopFills::Tick) => self.execution.at_market(
                spec,
                quote,
                kind.side().expect("a pending order has a side"),
            ),
        }
    }

    /// Ends a pending order that has expired, unless it has ended or its expiration was changed.
    /// Appends the change.
    pub fn expire(&mut self, ticket: Ticket, lapse: ServerMsc, news: &mut Vec<BrokerEvent>) {
        if self.book.lapse(ticket) == Some(lapse) {
            self.book.cancel(ticket, OrderState::Expired, lapse, news);
        }
    }
}

fn with_terms(order: Order, terms: &Terms) -> Order {
    let &Terms { price, stop_limit, sl, tp, expiration } = terms;
    Order { price: Some(price), stop_limit, sl, tp, expiration, ..order }
}

/// Whether the quote has already reached a limit order when it is placed.
fn crosses(order: &Order, quote: Quote) -> bool {
    match (order.kind, order.price) {
        (OrderKind::Limit(Side::Buy), Some(price)) => quote.ask <= price,
        (OrderKind::Limit(Side::Sell), Some(price)) => quote.bid >= price,
        _ => false,
    }
}
