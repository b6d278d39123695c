//! The dealing desk: executes one request against the book at the current quote. It decides by the checks and models
//! beside it; when requests arrive and how answers travel is not its business.

use crate::domain::amount::{Price, Volume};
use crate::domain::id::{SymbolId, Ticket};
use crate::domain::order::{Order, OrderState, Reason, Side};
use crate::domain::retcode::Retcode;
use crate::domain::time::ServerMsc;
use crate::executor::action::{CloseRequest, ModifyRequest, OpenRequest, Request, Trade};
use crate::executor::event::{BrokerEvent, ServerAnswer};
use crate::session::description::{FaultKind, StopsCheck};
use crate::sim::broker::book::{Book, Cause, Fill, Opening, market_order};
use crate::sim::broker::execution::Execution;
use crate::sim::broker::quotes::Quote;
use crate::sim::broker::{fault, validate};

/// Book and execution.
#[derive(Debug)]
pub struct Desk {
    pub book: Book,
    pub execution: Execution,
    pub stops_check: StopsCheck,
}

/// A request that passed the checks, on its way into the book.
struct Passed<'a> {
    trade: &'a Trade,
    /// Its number, when it was given one before.
    number: Option<Ticket>,
    fault: Option<&'a FaultKind>,
    quote: Quote,
    time_msc: ServerMsc,
}

impl Desk {
    /// Whether the request may be executed now, and at which quote.
    ///
    /// # Errors
    /// The return code of the first check that fails (MT5 reference 3.7).
    pub fn check(&self, request: &Request) -> Result<Quote, Retcode> {
        let book = &self.book;
        let spec = book.spec(request.symbol()).ok_or(Retcode::INVALID)?;
        let quote = book.tradable(request.symbol());
        match request {
            Request::Open(open) => {
                let quote = match self.stops_check {
                    StopsCheck::Mt5 => validate::open(spec, quote, open)?,
                    StopsCheck::Off => validate::open(spec, quote, &OpenRequest { sl: None, tp: None, ..open.clone() })?,
                };
                let market = open.side.entry_price(quote.bid, quote.ask);
                if book.affords(opening(open), open.volume, market) { Ok(quote) } else { Err(Retcode::NO_MONEY) }
            }
            Request::Close(close) => validate::close(spec, quote, book.position(close.position), close),
            Request::Modify(modify) => validate::modify(spec, quote, book.position(modify.position), modify),
        }
    }

    /// Executes a request, under the number that its order was given before, if it was. Appends the changes.
    ///
    /// # Errors
    /// The return code with which it is refused; then nothing has changed.
    pub fn execute(
        &mut self,
        trade: &Trade,
        number: Option<Ticket>,
        fault: Option<&FaultKind>,
        time_msc: ServerMsc,
        news: &mut Vec<BrokerEvent>,
    ) -> Result<ServerAnswer, Retcode> {
        let quote = self.check(&trade.request)?;
        let order = Passed { trade, number, fault, quote, time_msc };
        match &trade.request {
            Request::Open(open) => self.open(&order, open, news),
            Request::Close(close) => self.close(&order, close, news),
            Request::Modify(modify) => Ok(self.modify(&order, modify, news)),
        }
    }

    fn open(&mut self, order: &Passed<'_>, open: &OpenRequest, news: &mut Vec<BrokerEvent>) -> Result<ServerAnswer, Retcode> {
        let fill = self.fill(order, open.symbol, open.volume, open.into())?;
        let mut opening = opening(open);
        if order.fault == Some(&FaultKind::StopsDropped) {
            (opening.sl, opening.tp) = (None, None);
        }
        let done = done(&fill, order.quote);
        let deal = self.book.open(fill, opening, news);
        Ok(ServerAnswer { deal: Some(deal), ..done })
    }

    fn close(&mut self, order: &Passed<'_>, close: &CloseRequest, news: &mut Vec<BrokerEvent>) -> Result<ServerAnswer, Retcode> {
        let fill = self.fill(order, close.symbol, close.volume, close.into())?;
        let done = done(&fill, order.quote);
        let deal = self.book.close(fill, close.position, news);
        Ok(ServerAnswer { deal: Some(deal), ..done })
    }

    fn modify(&mut self, order: &Passed<'_>, modify: &ModifyRequest, news: &mut Vec<BrokerEvent>) -> ServerAnswer {
        if order.fault != Some(&FaultKind::StopsDropped) {
            self.book.modify(modify.position, modify.sl, modify.tp, news);
        }
        coded(Retcode::DONE, Some(order.quote))
    }

    fn fill(
        &mut self,
        order: &Passed<'_>,
        symbol: SymbolId,
        asked: Volume,
        market: crate::sim::broker::execution::MarketOrder,
    ) -> Result<Fill, Retcode> {
        let spec = self.book.spec(symbol).ok_or(Retcode::INVALID)?;
        let price = self.execution.price(spec, order.quote, market)?;
        let volume = fault::filled(order.fault, asked, spec.volume_step);
        let number = order.number.unwrap_or_else(|| self.book.next_order());
        assert!(volume > Volume::ZERO && volume <= asked, "something is filled, and no more than was asked for");
        Ok(Fill { order: number, asked, volume, price, cause: cause(order.trade, order.time_msc) })
    }

    /// Notes the order of a request as accepted or as refused after all, under `number`. Appends the change.
    pub fn note(&mut self, trade: &Trade, number: Ticket, state: OrderState, time_msc: ServerMsc, news: &mut Vec<BrokerEvent>) {
        if let Some((symbol, side, volume, position)) = order_of(&trade.request) {
            let sent = market_order(number, symbol, side, volume, state, &cause(trade, time_msc));
            self.book.note(Order { position, ..sent }, news);
        }
    }
}

/// What the order of a request is about; none for one that makes no order.
pub const fn order_of(request: &Request) -> Option<(SymbolId, Side, Volume, Option<Ticket>)> {
    match request {
        Request::Open(open) => Some((open.symbol, open.side, open.volume, None)),
        Request::Close(close) => Some((close.symbol, close.side, close.volume, Some(close.position))),
        Request::Modify(_) => None,
    }
}

/// An answer that says its code and the quote and nothing else.
pub fn coded(retcode: Retcode, quote: Option<Quote>) -> ServerAnswer {
    let Quote { bid, ask } = quote.unwrap_or_default();
    ServerAnswer { retcode, order: None, deal: None, volume: Volume::ZERO, price: Price::ZERO, bid, ask }
}

fn done(fill: &Fill, quote: Quote) -> ServerAnswer {
    let retcode = if fill.volume < fill.asked { Retcode::DONE_PARTIAL } else { Retcode::DONE };
    ServerAnswer { order: Some(fill.order), volume: fill.volume, price: fill.price, ..coded(retcode, Some(quote)) }
}

fn cause(trade: &Trade, time_msc: ServerMsc) -> Cause {
    Cause { reason: Reason::Expert, magic: trade.magic, comment: trade.key.comment(), time_msc }
}

const fn opening(open: &OpenRequest) -> Opening {
    Opening { symbol: open.symbol, side: open.side, sl: open.sl, tp: open.tp }
}
