//! The trade server: executes one request against the book at the current quote, and what a quote
//! triggers. It decides by the checks and models beside it. How requests arrive and answers travel
//! is not its concern.
//!
//! Pending orders are carried out in [`pending`], the rests of partly filled orders in [`rest`],
//! stop-outs in [`margin`], and what others do on the account in [`external`].

mod external;
mod margin;
mod pending;
mod rest;

use crate::domain::amount::{Price, Volume};
use crate::domain::id::{SymbolId, Ticket};
use crate::domain::order::{FillingMode, Order, OrderKind, OrderState, Reason, Side};
use crate::domain::retcode::Retcode;
use crate::domain::time::ServerMsc;
use crate::executor::action::{
    CloseByRequest, CloseRequest, ModifyRequest, OpenRequest, PlaceRequest, Request, Trade,
};
use crate::executor::event::{BrokerEvent, ServerAnswer};
use crate::session::description::{StopFills, StopsCheck};
use crate::session::fault::FaultKind;
use crate::sim::broker::book::fill::{Fill, Remainder};
use crate::sim::broker::book::new_order::{OrderCause, market_order, pending_order};
use crate::sim::broker::book::{AccountBook, Opening};
use crate::sim::broker::execution::{Execution, MarketOrder};
use crate::sim::broker::validate::Market;
use crate::sim::broker::{fault, validate};
use crate::valuation::quotes::Quote;

/// The book and the model of execution.
#[derive(Debug)]
pub struct TradeServer {
    pub book: AccountBook,
    pub execution: Execution,
    pub stops_check: StopsCheck,
    pub stop_fills: StopFills,
    /// Whether the market is shut, whatever the sessions say.
    pub shut: bool,
}

/// A request that passed the checks, on its way into the book.
struct Passed<'a> {
    trade: &'a Trade,
    /// The number that its order was given before, if it was.
    number: Option<Ticket>,
    fault: Option<&'a FaultKind>,
    quote: Quote,
    time_msc: ServerMsc,
}

impl TradeServer {
    /// Checks whether a request may be executed at a moment of the server's clock, and returns the
    /// quote for it. `under` is the number that its order was given before, if it was.
    ///
    /// # Errors
    /// The return code of the first check that fails (MT5 reference 3.7).
    pub fn check(
        &self,
        request: &Request,
        under: Option<Ticket>,
        time_msc: ServerMsc,
    ) -> Result<Quote, Retcode> {
        self.may_execute()?;
        let book = &self.book;
        let spec = book.spec(request.symbol()).ok_or(Retcode::INVALID)?;
        let market = Market { spec, quote: book.tradable(request.symbol()), time_msc };
        let is_free = self.stops_check == StopsCheck::Off;
        match request {
            Request::Open(open) => {
                let (sl, tp) = if is_free { (None, None) } else { (open.sl, open.tp) };
                let quote = validate::open(market, &OpenRequest { sl, tp, ..open.clone() })?;
                self.within_limit((open.symbol, open.side), open.volume, under)?;
                let price = open.side.entry_price(quote.bid, quote.ask);
                if book.affords(opening(open), open.volume, price) {
                    Ok(quote)
                } else {
                    Err(Retcode::NO_MONEY)
                }
            }
            Request::Close(close) => {
                let position = book.position(close.position);
                let quote = validate::close(market, position, close)?;
                let closing = self
                    .closing(close.position, under)
                    .map(|order| order.volume_current)
                    .sum::<Volume>();
                let left = position.map_or(Volume::ZERO, |position| position.volume - closing);
                if close.volume <= left { Ok(quote) } else { Err(Retcode::CLOSE_ORDER_EXIST) }
            }
            Request::Modify(modify) => {
                validate::modify(market, book.position(modify.position), modify)
            }
            Request::Place(place) => {
                let (sl, tp) = if is_free { (None, None) } else { (place.sl, place.tp) };
                let quote =
                    validate::pending::place(market, &PlaceRequest { sl, tp, ..place.clone() })?;
                self.within_limit((place.symbol, place.side), place.volume, under)?;
                Ok(quote)
            }
            Request::ModifyOrder(modify) => {
                validate::pending::modify(market, self.working(modify.order), modify)
            }
            Request::Remove(remove) => {
                validate::pending::remove(market, self.working(remove.order), remove)
            }
            Request::CloseBy(one) => {
                let quote = validate::close_by(
                    market,
                    book.position(one.position),
                    book.position(one.by),
                    one,
                )?;
                let closing = [one.position, one.by]
                    .into_iter()
                    .any(|position| self.closing(position, under).next().is_some());
                if closing { Err(Retcode::CLOSE_ORDER_EXIST) } else { Ok(quote) }
            }
        }
    }

    /// Whether anything is executed at present. Requests must pass this check, and so must what the
    /// server does by itself (MT5 reference 3.7).
    fn may_execute(&self) -> Result<(), Retcode> {
        match (self.shut, self.book.may_trade()) {
            (true, _) => Err(Retcode::MARKET_CLOSED),
            (false, true) => Ok(()),
            (false, false) => Err(Retcode::TRADE_DISABLED),
        }
    }

    /// The quote at which the server executes what waits on a symbol: stops, pending orders, rests
    /// of orders. None while nothing is executed.
    fn acts_at(&self, symbol: SymbolId, time_msc: ServerMsc) -> Option<Quote> {
        let open = self.may_execute().is_ok()
            && self.book.spec(symbol).is_some_and(|spec| spec.trades_at(time_msc));
        self.book.tradable(symbol).filter(|_| open)
    }

    /// Working orders that close a position, without `under`. On hedging accounts they may add up
    /// to no more than the position, and none may work while it is closed against another position
    /// (MT5 documentation, return code 10039).
    fn closing(&self, position: Ticket, under: Option<Ticket>) -> impl Iterator<Item = &Order> {
        let closes =
            move |order: &&Order| order.position == Some(position) && order.ticket != position;
        self.book.working().values().filter(closes).filter(move |order| Some(order.ticket) != under)
    }

    /// A working order. For one that has ended meanwhile the code is "changed"; one that never
    /// existed makes a malformed request.
    fn working(&self, ticket: Ticket) -> Result<&Order, Retcode> {
        let gone =
            if self.book.was_made(ticket) { Retcode::ORDER_CHANGED } else { Retcode::INVALID };
        self.book.working().get(&ticket).ok_or(gone)
    }

    /// Checks the symbol's volume limit, which counts positions and working orders of one direction
    /// (MT5 reference 3.6). The order `under` is the one being checked and does not count.
    fn within_limit(
        &self,
        (symbol, side): (SymbolId, Side),
        volume: Volume,
        under: Option<Ticket>,
    ) -> Result<(), Retcode> {
        let limit = self.book.spec(symbol).and_then(|spec| spec.volume_limit);
        let within =
            limit.is_none_or(|limit| self.book.volume_of(symbol, side, under) + volume <= limit);
        if within { Ok(()) } else { Err(Retcode::LIMIT_VOLUME) }
    }

    /// Executes a request, under the number that its order was given before, if it was. Appends the
    /// changes.
    ///
    /// # Errors
    /// The return code of the refusal; nothing has changed then.
    pub fn execute(
        &mut self,
        trade: &Trade,
        number: Option<Ticket>,
        fault: Option<&FaultKind>,
        time_msc: ServerMsc,
        news: &mut Vec<BrokerEvent>,
    ) -> Result<ServerAnswer, Retcode> {
        let quote = self.check(&trade.request, number, time_msc)?;
        let order = Passed { trade, number, fault, quote, time_msc };
        match &trade.request {
            Request::Open(open) => self.open(&order, open, news),
            Request::Close(close) => self.close(&order, close, news),
            Request::Modify(modify) => Ok(self.modify(&order, modify, news)),
            Request::Place(place) => Ok(self.place(&order, place, news)),
            Request::ModifyOrder(modify) => Ok(self.modify_order(&order, modify, news)),
            Request::Remove(remove) => Ok(self.remove(&order, remove.order, news)),
            Request::CloseBy(close_by) => Ok(self.close_by(&order, close_by, news)),
        }
    }

    fn open(
        &mut self,
        order: &Passed<'_>,
        open: &OpenRequest,
        news: &mut Vec<BrokerEvent>,
    ) -> Result<ServerAnswer, Retcode> {
        let fill = self.fill(order, open.symbol, open.volume, open.into())?;
        let mut opening = opening(open);
        if order.fault == Some(&FaultKind::StopsDropped) {
            (opening.sl, opening.tp) = (None, None);
        }
        let done = done(&fill, order.quote);
        let deal = self.book.open(fill, opening, news);
        Ok(ServerAnswer { deal: Some(deal), ..done })
    }

    fn close(
        &mut self,
        order: &Passed<'_>,
        close: &CloseRequest,
        news: &mut Vec<BrokerEvent>,
    ) -> Result<ServerAnswer, Retcode> {
        let fill = self.fill(order, close.symbol, close.volume, close.into())?;
        let done = done(&fill, order.quote);
        let deal = self.book.close(fill, close.position, news);
        Ok(ServerAnswer { deal: Some(deal), ..done })
    }

    fn modify(
        &mut self,
        order: &Passed<'_>,
        modify: &ModifyRequest,
        news: &mut Vec<BrokerEvent>,
    ) -> ServerAnswer {
        if order.fault != Some(&FaultKind::StopsDropped) {
            self.book.modify(modify.position, modify.sl, modify.tp, news);
        }
        coded(Retcode::DONE, Some(order.quote))
    }

    fn close_by(
        &mut self,
        passed: &Passed<'_>,
        request: &CloseByRequest,
        news: &mut Vec<BrokerEvent>,
    ) -> ServerAnswer {
        let number = self.number(passed);
        let order =
            self.order(passed, number, OrderState::Started).expect("a close-by makes an order");
        let price = self.book.position(request.by).expect("was checked").price_open;
        let volume = order.volume_initial;
        let deal = self.book.close_by(order, request.position, request.by, passed.time_msc, news);
        ServerAnswer {
            order: Some(number),
            deal: Some(deal),
            volume,
            price,
            ..coded(Retcode::DONE, Some(passed.quote))
        }
    }

    fn fill(
        &mut self,
        passed: &Passed<'_>,
        symbol: SymbolId,
        asked: Volume,
        market: MarketOrder,
    ) -> Result<Fill, Retcode> {
        let spec = self.book.spec(symbol).ok_or(Retcode::INVALID)?;
        let price = self.execution.price(spec, passed.quote, market)?;
        // Fill or kill means all of it or nothing (MT5 documentation, ENUM_ORDER_TYPE_FILLING).
        let fault = passed.fault.filter(|_| market.filling != FillingMode::Fok);
        let volume = fault::filled(fault, asked, spec.volume_step);
        let number = self.number(passed);
        let order =
            self.order(passed, number, OrderState::Started).expect("a market order is an order");
        assert!(
            volume > Volume::ZERO && volume <= asked,
            "something is filled, and no more than was asked for"
        );
        let works = matches!(fault, Some(FaultKind::PartialWorking { .. }));
        let rest = if works { Remainder::Works } else { Remainder::Ends };
        Ok(Fill { order, volume, price, time_msc: passed.time_msc, rest })
    }

    fn number(&mut self, passed: &Passed<'_>) -> Ticket {
        let number = passed.number.unwrap_or_else(|| self.book.next_order());
        self.book.note_sent(number, passed.trade);
        number
    }

    fn order(&self, passed: &Passed<'_>, number: Ticket, state: OrderState) -> Option<Order> {
        self.order_of(passed.trade, passed.fault, number, state, passed.time_msc)
    }

    /// Accepts a request that will be executed later. Appends its order, if it makes one, and
    /// returns the order's number.
    pub fn accept(
        &mut self,
        trade: &Trade,
        time_msc: ServerMsc,
        news: &mut Vec<BrokerEvent>,
    ) -> Option<Ticket> {
        // A pending order that is not executed yet does not wait for its price either.
        let state = if matches!(trade.request, Request::Place(_)) {
            OrderState::Started
        } else {
            OrderState::Placed
        };
        let order = self.order_of(trade, None, Ticket(0), state, time_msc)?;
        let ticket = self.book.next_order();
        self.book.note_sent(ticket, trade);
        self.book.work(Order { ticket, ..order }, news);
        Some(ticket)
    }

    /// Refuses, after all, a request that was accepted under a number. Appends the order.
    pub fn refuse(
        &mut self,
        trade: &Trade,
        number: Ticket,
        time_msc: ServerMsc,
        news: &mut Vec<BrokerEvent>,
    ) {
        let order = self.order_of(trade, None, number, OrderState::Rejected, time_msc);
        let kept = || {
            self.book
                .working()
                .get(&number)
                .cloned()
                .map(|order| Order { state: OrderState::Rejected, ..order })
        };
        let order = order.or_else(kept).expect("what was accepted under a number is an order");
        self.book.end(order, time_msc, news);
    }

    /// The order of a request as the server records it under `number`, with nothing filled; none
    /// for a request that makes no order.
    pub fn order_of(
        &self,
        trade: &Trade,
        fault: Option<&FaultKind>,
        number: Ticket,
        state: OrderState,
        time_msc: ServerMsc,
    ) -> Option<Order> {
        let cause = OrderCause {
            reason: Reason::Expert,
            magic: trade.magic,
            comment: comment(trade, fault),
            time_msc,
        };
        match &trade.request {
            Request::Open(open) => {
                Some(market_order(number, open.symbol, open.side, open.volume, state, cause))
            }
            Request::Close(close) => {
                let order =
                    market_order(number, close.symbol, close.side, close.volume, state, cause);
                Some(Order { position: Some(close.position), ..order })
            }
            Request::Place(place) => Some(pending_order(number, place, state, cause)),
            Request::CloseBy(one) => {
                let (position, by) =
                    self.book.position(one.position).zip(self.book.position(one.by))?;
                let order = market_order(
                    number,
                    one.symbol,
                    by.side,
                    position.volume.min(by.volume),
                    state,
                    cause,
                );
                Some(Order { kind: OrderKind::CloseBy, position: Some(one.position), ..order })
            }
            Request::Modify(_) | Request::ModifyOrder(_) | Request::Remove(_) => None,
        }
    }
}

/// The comment of an order: that of the intent, unless the broker cuts or replaces it.
pub fn comment(trade: &Trade, fault: Option<&FaultKind>) -> String {
    let sent = trade.key.comment();
    match fault {
        Some(FaultKind::CommentCut { keep }) => sent.chars().take(*keep as usize).collect(),
        Some(FaultKind::CommentRewritten) => "by the dealing desk".to_owned(),
        _ => sent,
    }
}

/// An answer that only has its code and the quote.
pub fn coded(retcode: Retcode, quote: Option<Quote>) -> ServerAnswer {
    let Quote { bid, ask } = quote.unwrap_or_default();
    ServerAnswer {
        retcode,
        order: None,
        deal: None,
        volume: Volume::ZERO,
        price: Price::ZERO,
        bid,
        ask,
    }
}

fn done(fill: &Fill, quote: Quote) -> ServerAnswer {
    let retcode =
        if fill.volume < fill.order.volume_current { Retcode::DONE_PARTIAL } else { Retcode::DONE };
    ServerAnswer {
        order: Some(fill.order.ticket),
        volume: fill.volume,
        price: fill.price,
        ..coded(retcode, Some(quote))
    }
}

const fn opening(open: &OpenRequest) -> Opening {
    Opening { symbol: open.symbol, side: open.side, sl: open.sl, tp: open.tp }
}
