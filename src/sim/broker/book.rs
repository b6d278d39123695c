//! The account's book: positions, orders, deals, money. It carries out what has been decided and
//! keeps all its parts consistent. It never decides whether a request may be executed, and knows
//! nothing of links, latency or faults.
//!
//! [`margin`] has the margin call and the stop-out, [`swaps`] what is charged overnight,
//! [`orders`] has the states of orders, [`deals`] the effects of a fill, [`close_by`] the close-by,
//! [`valuation`] what is open is worth, and [`told`] what is reported of it all.

mod close_by;
mod deals;
mod figures;
pub mod fill;
mod margin;
pub mod new_order;
mod orders;
mod swaps;
mod told;
mod valuation;

use crate::domain::amount::{Money, Price, Volume};
use crate::domain::deal::DealEntry;
use crate::domain::decimal::div_round;
use crate::domain::id::{SymbolId, Ticket};
use crate::domain::money::currency_digits;
use crate::domain::order::{OrderState, Reason, Side};
use crate::domain::position::Position;
use crate::domain::symbol::SymbolSpec;
use crate::domain::tick::Tick;
use crate::domain::time::ServerMsc;
use crate::executor::event::BrokerEvent;
use crate::market::quiet::QuoteBounds;
use crate::market::run::Run;
use crate::session::description::{AccountModel, StopFills};
use crate::sim::broker::book::figures::AccountFigures;
use crate::sim::broker::book::fill::{Fill, Remainder};
use crate::sim::broker::book::new_order::{OrderCause, market_order};
use crate::sim::broker::drawdown::Drawdown;
use crate::sim::broker::ledger::MoneyLedger;
use crate::sim::broker::pending::Pendings;
use crate::sim::broker::records::{OrderRecords, RECORDS_MAX};
use crate::sim::broker::stops::StopLevels;
use crate::valuation::conversion::{Converter, Deposit, NoConversion};
use crate::valuation::quotes::{Quote, Quotes};
use crate::valuation::stake::Stake;
use crate::valuation::totals::OpenTotals;
use std::collections::BTreeMap;
use std::sync::Arc;

/// An open position, and the margin fixed for it when it was opened.
#[derive(Debug)]
struct Held {
    /// Shared with the readings that have listed it as it is.
    position: Arc<Position>,
    margin: Money,
}

/// The position that a filled order opens.
#[derive(Debug, Clone, Copy)]
pub struct Opening {
    /// The symbol of the position.
    pub symbol: SymbolId,
    /// The side of the position.
    pub side: Side,
    /// The stop loss price; none opens without one.
    pub sl: Option<Price>,
    /// The take profit price; none opens without one.
    pub tp: Option<Price>,
}

/// Positions, orders, deals, money.
#[derive(Debug)]
pub struct AccountBook {
    specs: Vec<SymbolSpec>,
    model: AccountModel,
    commission_per_lot: Money,
    quotes: Quotes,
    stops: Vec<StopLevels>,
    pendings: Vec<Pendings>,
    /// The nearest levels of each symbol's stops and pending orders.
    bounds: Vec<QuoteBounds>,
    /// When pending orders that expire will expire.
    lapses: BTreeMap<Ticket, ServerMsc>,
    converter: Converter,
    ledger: MoneyLedger,
    drawdown: Drawdown,
    positions: BTreeMap<Ticket, Held>,
    /// The same positions, summed.
    totals: OpenTotals,
    records: OrderRecords,
    /// The numbers of the last order and the last deal, which are counted separately (MT5 reference
    /// 10).
    last_order: u64,
    last_deal: u64,
    /// The number of deals that only moved money.
    payments: u64,
    /// Whether the account may trade.
    trade_allowed: bool,
    /// Whether the account has got a margin call.
    margin_call: bool,
    /// The number of positions that were stopped out.
    stop_outs: u64,
    /// What was last reported of the account.
    told: Option<AccountFigures>,
}

impl AccountBook {
    /// A book that begins with the first deposit, made at `start`.
    ///
    /// # Errors
    /// [`NoConversion`] when the money of a symbol could never be converted.
    pub fn new(
        specs: Vec<SymbolSpec>,
        model: AccountModel,
        commission_per_lot: Money,
        start: ServerMsc,
    ) -> Result<Self, NoConversion> {
        let deposit = Deposit { currency: &model.currency, rates: &model.rates };
        let known: Vec<_> = specs.iter().map(Some).collect();
        let converter = Converter::new(deposit, &known);
        if let Some(missing) = converter.missing() {
            return Err(missing.clone());
        }
        let mut book = Self {
            drawdown: Drawdown::new(&specs, converter.rough_rates()),
            converter,
            commission_per_lot,
            quotes: Quotes::new(specs.len()),
            stops: specs.iter().map(|_| StopLevels::default()).collect(),
            pendings: specs.iter().map(|_| Pendings::default()).collect(),
            bounds: vec![QuoteBounds::UNBOUNDED; specs.len()],
            lapses: BTreeMap::new(),
            ledger: MoneyLedger::new(specs.len(), currency_digits(&model.currency)),
            positions: BTreeMap::new(),
            totals: OpenTotals::new(&known, &model.currency),
            records: OrderRecords::new(RECORDS_MAX),
            // The deposit is deal 1, and orders are numbered like deals: both continue with 2.
            last_order: 1,
            last_deal: 0,
            payments: 0,
            trade_allowed: true,
            margin_call: false,
            stop_outs: 0,
            told: None,
            specs,
            model,
        };
        book.pay(book.model.balance, start);
        Ok(book)
    }

    /// The specification of a symbol of the session.
    pub fn spec(&self, symbol: SymbolId) -> Option<&SymbolSpec> {
        self.specs.get(symbol.index())
    }

    /// The specification of a symbol of the session, mutable.
    ///
    /// # Panics
    /// If the session has no such symbol.
    pub fn spec_mut(&mut self, symbol: SymbolId) -> &mut SymbolSpec {
        &mut self.specs[symbol.index()]
    }

    /// The symbol of this name.
    pub fn find(&self, name: &str) -> Option<SymbolId> {
        let place = self.specs.iter().position(|spec| spec.name == name)?;
        Some(SymbolId(
            u16::try_from(place).expect("was checked: a session has no more symbols than ids"),
        ))
    }

    /// The quote at which a symbol can be traded. None before its first quote, before the quotes
    /// that convert its money, and while what is open is worth more than can be booked.
    pub fn tradable(&self, symbol: SymbolId) -> Option<Quote> {
        self.quotes
            .get(symbol)
            .filter(|_| self.converter.is_quoted(symbol, &self.quotes) && self.books(Money::ZERO))
    }

    /// The last quote of a symbol.
    pub fn quote(&self, symbol: SymbolId) -> Option<Quote> {
        self.quotes.get(symbol)
    }

    /// An open position.
    pub fn position(&self, ticket: Ticket) -> Option<&Position> {
        self.positions.get(&ticket).map(|held| &*held.position)
    }

    /// Open positions by ticket.
    pub fn positions(&self) -> impl Iterator<Item = &Position> {
        self.positions.values().map(|held| &*held.position)
    }

    /// How many positions are open.
    pub fn positions_open(&self) -> usize {
        self.positions.len()
    }

    /// The number of deals, deposits not counted.
    pub const fn deals(&self) -> u64 {
        self.last_deal - self.payments
    }

    /// The money.
    pub const fn ledger(&self) -> &MoneyLedger {
        &self.ledger
    }

    /// The largest fall of the equity from a peak, in percent.
    pub const fn drawdown_percent(&self) -> f64 {
        self.drawdown.worst_percent()
    }

    /// Takes a tick. Returns whether the level of a stop or pending order is reached, or one of the
    /// margin.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a part of the tick path: called, it costs as much again as it does"
    )]
    pub fn see(&mut self, tick: &Tick) -> bool {
        self.quotes.see(tick);
        let Some(Quote { bid, ask }) = self.quotes.get(tick.symbol) else { return false };
        let is_calm = self.drawdown.bounds(tick.symbol).hold(bid, ask) || self.sample();
        !is_calm | !self.bounds[tick.symbol.index()].hold(bid, ask)
    }

    /// The quotes of a symbol at which no level is reached, be it one of the margin, and the drawdown
    /// cannot change.
    #[inline]
    pub fn quiet(&self, symbol: SymbolId) -> QuoteBounds {
        self.bounds[symbol.index()].tightened(self.drawdown.bounds(symbol))
    }

    /// Takes a run within the [quiet](Self::quiet) quotes of its symbol.
    #[inline]
    pub fn pass(&mut self, run: &Run<'_>) {
        self.quotes.see(run.last());
    }

    /// Closes the positions whose stop loss or take profit the quote has reached: at the quote of
    /// the tick that reached them (a long at Bid, a short at Ask), or at their level. Appends the
    /// changes.
    pub fn trigger_stops(&mut self, tick: &Tick, fills: StopFills, news: &mut Vec<BrokerEvent>) {
        let quote = self.quotes.get(tick.symbol).expect("stops are looked at by a quote");
        for (ticket, reason) in self.stops[tick.symbol.index()].reached(quote) {
            let position =
                self.position(ticket).expect("a level that is watched is that of an open position");
            let (word, level) =
                if reason == Reason::Sl { ("sl", position.sl) } else { ("tp", position.tp) };
            let level = level.expect("a level that is reached is one");
            let price = match fills {
                StopFills::Tick => position.side.exit_price(quote.bid, quote.ask),
                StopFills::Level => level,
            };
            let (side, volume) = (position.side.opposite(), position.volume);
            let comment =
                format!("[{word} {}]", level.with_digits(self.specs[tick.symbol.index()].digits));
            let cause =
                OrderCause { reason, magic: position.magic, comment, time_msc: tick.time_msc };
            let number = self.next_order();
            let order = market_order(number, tick.symbol, side, volume, OrderState::Started, cause);
            self.close(
                Fill { order, volume, price, time_msc: tick.time_msc, rest: Remainder::Ends },
                ticket,
                news,
            );
        }
        assert!(
            self.stops[tick.symbol.index()].bounds().hold(quote.bid, quote.ask),
            "what was reached is closed"
        );
    }

    /// Pending orders of a symbol that its quote has reached, by ticket.
    pub fn reached_orders(&self, symbol: SymbolId) -> Vec<Ticket> {
        self.quotes
            .get(symbol)
            .map_or_else(Vec::new, |quote| self.pendings[symbol.index()].reached(quote))
    }

    /// The nearest level of each side of a symbol's quote.
    #[cfg(test)]
    pub fn bounds(&self, symbol: SymbolId) -> QuoteBounds {
        self.bounds[symbol.index()]
    }

    fn rebound(&mut self, symbol: SymbolId) {
        let place = symbol.index();
        self.bounds[place] = self.stops[place].bounds().tightened(self.pendings[place].bounds());
    }

    /// The volume of positions and working orders of a symbol in one direction, without closing
    /// orders and the order `under`: what the volume limit applies to (MT5 reference 3.6).
    pub fn volume_of(&self, symbol: SymbolId, side: Side, under: Option<Ticket>) -> Volume {
        self.totals.volume(symbol, side) + self.records.volume_of(symbol, side, under)
    }

    /// Numbers orders and deals from the one after `last`.
    pub fn number_after(&mut self, last: Ticket) {
        let skipped = last.0.saturating_sub(self.last_deal);
        self.last_deal += skipped;
        self.payments += skipped;
        self.last_order = self.last_order.max(last.0);
    }

    /// Opens a position, appends the changes (order, deal, position, account) and returns the
    /// deal's number.
    ///
    /// # Panics
    /// If the symbol cannot be traded yet: check [`Self::tradable`] first.
    pub fn open(&mut self, fill: Fill, opening: Opening, news: &mut Vec<BrokerEvent>) -> Ticket {
        let Opening { symbol, side, sl, tp } = opening;
        let (volume, price) = (fill.volume, fill.price);
        let margin = self.margin(opening, volume, price).expect("only what is quoted is opened");
        let position = Position {
            ticket: fill.order.ticket,
            symbol,
            side,
            volume,
            price_open: price,
            sl,
            tp,
            time_msc: fill.time_msc,
            magic: fill.order.magic,
            comment: fill.order.comment.clone(),
            identifier: None,
            time_update_msc: None,
            swap: Money::ZERO,
        };
        self.ledger.hold(symbol, side, volume, margin);
        self.stops[symbol.index()].insert(&position);
        self.rebound(symbol);
        self.totals.add(&Stake::from(&position));
        self.drawdown.change(symbol, side, volume, price, &self.quotes);
        let deal = self.deal(fill, &position, DealEntry::In, Money::ZERO, news);
        news.push(BrokerEvent::Position(Box::new(position.clone())));
        let held = Held { position: Arc::new(position), margin };
        let before = self.positions.insert(held.position.ticket, held);
        assert!(before.is_none(), "a ticket is given once");
        self.tell_account(news);
        deal
    }

    /// Adds the rest of its opening order to a position, at the average of both prices. Appends the
    /// changes and returns the deal's number.
    ///
    /// # Panics
    /// If the position is not open.
    pub fn add(&mut self, fill: Fill, ticket: Ticket, news: &mut Vec<BrokerEvent>) -> Ticket {
        let mut held = self.positions.remove(&ticket).expect("only open positions are added to");
        let before = Stake::from(&*held.position);
        let Position { symbol, side, sl, tp, .. } = *held.position;
        let (volume, price, time_msc) = (fill.volume, fill.price, fill.time_msc);
        let margin = self
            .margin(Opening { symbol, side, sl, tp }, volume, price)
            .expect("only what is quoted is opened");
        let deal = self.deal(fill, &held.position, DealEntry::In, Money::ZERO, news);
        self.ledger.hold(symbol, side, volume, margin);
        self.totals.remove(&before);
        self.drawdown.change(symbol, side, -before.volume, before.price_open, &self.quotes);
        held.margin += margin;
        let position = Arc::make_mut(&mut held.position);
        position.volume = before.volume + volume;
        position.price_open = average((before.volume, before.price_open), (volume, price));
        position.time_update_msc = Some(time_msc);
        let now = Stake::from(&*position);
        self.totals.add(&now);
        self.drawdown.change(symbol, side, now.volume, now.price_open, &self.quotes);
        news.push(BrokerEvent::Position(Box::new(position.clone())));
        self.positions.insert(ticket, held);
        self.tell_account(news);
        deal
    }

    /// Closes a position or a part of it. Appends the changes (order, deal, the rest of the
    /// position or its removal, account) and returns the deal's number.
    ///
    /// # Panics
    /// If the position is not open or smaller than the fill, or if its symbol is not
    /// [`tradable`](Self::tradable).
    pub fn close(&mut self, fill: Fill, ticket: Ticket, news: &mut Vec<BrokerEvent>) -> Ticket {
        let position = self.position(ticket).expect("only open positions are closed").clone();
        let (volume, time_msc) = (fill.volume, fill.time_msc);
        let profit =
            self.profit(&position, volume, fill.price).expect("only what is quoted is closed");
        let deal = self.deal(fill, &position, DealEntry::Out, profit, news);
        self.reduce(ticket, volume, time_msc, news);
        self.weigh();
        self.tell_account(news);
        deal
    }

    /// Takes volume off a position, all of it or a part. Appends the rest of it, or its removal.
    fn reduce(
        &mut self,
        ticket: Ticket,
        volume: Volume,
        time_msc: ServerMsc,
        news: &mut Vec<BrokerEvent>,
    ) {
        let mut held = self.positions.remove(&ticket).expect("only open positions are reduced");
        let Position { symbol, side, price_open, .. } = *held.position;
        let left = held.position.volume - volume;
        assert!(left >= Volume::ZERO, "no more is closed than is open");
        self.totals.remove(&Stake::from(&*held.position));
        self.drawdown.change(symbol, side, -volume, price_open, &self.quotes);
        if left == Volume::ZERO {
            self.ledger.release(symbol, side, volume, held.margin);
            self.stops[symbol.index()].remove(&held.position);
            self.rebound(symbol);
            news.push(BrokerEvent::Removed(ticket));
            return;
        }
        let kept = i128::from(held.margin.raw()) * i128::from(left.raw());
        let kept = div_round(kept, i128::from(held.position.volume.raw()));
        let kept = Money::from_raw(i64::try_from(kept).expect("a part is smaller than the whole"));
        self.ledger.release(symbol, side, volume, held.margin - kept);
        let booked = self.swap_of(&held.position, volume);
        held.margin = kept;
        let position = Arc::make_mut(&mut held.position);
        position.swap -= booked;
        position.volume = left;
        self.totals.add(&Stake::from(&*position));
        position.time_update_msc = Some(time_msc);
        news.push(BrokerEvent::Position(Box::new(position.clone())));
        self.positions.insert(ticket, held);
    }

    /// Changes the stops of a position and appends the change.
    ///
    /// # Panics
    /// If the position is not open.
    pub fn modify(
        &mut self,
        ticket: Ticket,
        sl: Option<Price>,
        tp: Option<Price>,
        news: &mut Vec<BrokerEvent>,
    ) {
        let held = self.positions.get_mut(&ticket).expect("only open positions are changed");
        let position = Arc::make_mut(&mut held.position);
        let symbol = position.symbol;
        let stops = &mut self.stops[symbol.index()];
        stops.remove(position);
        (position.sl, position.tp) = (sl, tp);
        stops.insert(position);
        news.push(BrokerEvent::Position(Box::new(position.clone())));
        self.rebound(symbol);
    }
}

/// The average of two prices, weighted by their volumes.
fn average(first: (Volume, Price), second: (Volume, Price)) -> Price {
    let worth =
        |(volume, price): (Volume, Price)| i128::from(volume.raw()) * i128::from(price.raw());
    let raw = div_round(worth(first) + worth(second), i128::from((first.0 + second.0).raw()));
    Price::from_raw(i64::try_from(raw).expect("an average lies between two prices"))
}
