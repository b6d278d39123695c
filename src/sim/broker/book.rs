//! The account's book: positions, orders, deals, money. It carries out what has been decided and keeps all its parts in
//! step; it never decides whether a request may be executed, and knows nothing of links, latency or faults.

use crate::domain::account::Account;
use crate::domain::amount::{Money, Price, Volume};
use crate::domain::deal::{Deal, DealEntry, DealKind};
use crate::domain::decimal::div_round;
use crate::domain::id::{Magic, SymbolId, Ticket};
use crate::domain::money::{self, currency_digits};
use crate::domain::order::{Order, OrderKind, OrderState, Reason, Side};
use crate::domain::position::Position;
use crate::domain::symbol::SymbolSpec;
use crate::domain::tick::Tick;
use crate::domain::time::ServerMsc;
use crate::executor::event::{BrokerEvent, BrokerSnapshot};
use crate::session::description::{AccountModel, StopFills};
use crate::sim::broker::config::NoConversion;
use crate::sim::broker::convert::Converter;
use crate::sim::broker::drawdown::Drawdown;
use crate::sim::broker::ledger::Ledger;
use crate::sim::broker::quotes::{Quote, Quotes};
use crate::sim::broker::records::{RECORDS_MAX, Records};
use crate::sim::broker::stops::Stops;
use std::collections::BTreeMap;

/// An open position and the margin frozen in it at its opening.
#[derive(Debug)]
struct Held {
    position: Position,
    margin: Money,
}

/// Who or what caused an order, and when.
#[derive(Debug, Clone)]
pub struct Cause {
    /// Who or what.
    pub reason: Reason,
    /// The order's magic.
    pub magic: Magic,
    /// The order's comment.
    pub comment: String,
    /// When it was executed.
    pub time_msc: ServerMsc,
}

/// A market order that is filled.
#[derive(Debug, Clone)]
pub struct Fill {
    /// Its number.
    pub order: Ticket,
    /// Volume asked for.
    pub asked: Volume,
    /// Volume filled.
    pub volume: Volume,
    /// At what price.
    pub price: Price,
    /// Why.
    pub cause: Cause,
}

/// What a filled order opens.
#[derive(Debug, Clone, Copy)]
pub struct Opening {
    /// Whose.
    pub symbol: SymbolId,
    /// Which way.
    pub side: Side,
    /// Stop loss.
    pub sl: Option<Price>,
    /// Take profit.
    pub tp: Option<Price>,
}

/// Positions, orders, deals, money.
#[derive(Debug)]
pub struct Book {
    specs: Vec<SymbolSpec>,
    model: AccountModel,
    commission_per_lot: Money,
    quotes: Quotes,
    stops: Vec<Stops>,
    converter: Converter,
    ledger: Ledger,
    drawdown: Drawdown,
    positions: BTreeMap<Ticket, Held>,
    records: Records,
    /// The last order and the last deal made; counted apart (MT5 reference 10).
    last_order: u64,
    last_deal: u64,
    /// Balance and margin as last told.
    told: Option<(Money, Money)>,
}

impl Book {
    /// A book that begins with the first deposit, made at `start`.
    ///
    /// # Errors
    /// [`NoConversion`] when the money of a symbol could never be converted.
    pub fn new(specs: Vec<SymbolSpec>, model: AccountModel, commission_per_lot: Money, start: ServerMsc) -> Result<Self, NoConversion> {
        let converter = Converter::new(&model, &specs)?;
        let mut book = Self {
            converter,
            commission_per_lot,
            quotes: Quotes::new(specs.len()),
            stops: specs.iter().map(|_| Stops::new()).collect(),
            ledger: Ledger::new(specs.len(), currency_digits(&model.currency)),
            drawdown: Drawdown::new(&specs),
            positions: BTreeMap::new(),
            records: Records::new(RECORDS_MAX),
            // The deposit is deal 1, and orders are counted like deals: both go on from 2.
            last_order: 1,
            last_deal: 1,
            told: None,
            specs,
            model,
        };
        book.deposit(start);
        Ok(book)
    }

    fn deposit(&mut self, time_msc: ServerMsc) {
        let amount = self.model.balance;
        self.ledger.deposit(amount);
        self.drawdown.balance(amount);
        self.records.deal(Deal {
            ticket: Ticket(1),
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
        });
    }

    /// The specification of a symbol of the session.
    pub fn spec(&self, symbol: SymbolId) -> Option<&SymbolSpec> {
        self.specs.get(symbol.index())
    }

    /// The quote at which a symbol can be traded: none before its first, or before one that its money needs.
    pub fn tradable(&self, symbol: SymbolId) -> Option<Quote> {
        self.quotes.get(symbol).filter(|_| self.converter.is_quoted(symbol, &self.quotes))
    }

    /// The last quote of a symbol.
    pub fn quote(&self, symbol: SymbolId) -> Option<Quote> {
        self.quotes.get(symbol)
    }

    /// An open position.
    pub fn position(&self, ticket: Ticket) -> Option<&Position> {
        self.positions.get(&ticket).map(|held| &held.position)
    }

    /// How many positions are open.
    pub fn positions_open(&self) -> usize {
        self.positions.len()
    }

    /// How many deals were made, the deposit apart.
    pub const fn deals(&self) -> u64 {
        self.last_deal - 1
    }

    /// The money.
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Greatest fall of the equity from a peak, in percent.
    pub const fn drawdown_percent(&self) -> f64 {
        self.drawdown.worst_percent()
    }

    /// Takes a tick; gives whether a stop loss or take profit is reached.
    #[inline]
    pub fn see(&mut self, tick: &Tick) -> bool {
        self.quotes.see(tick);
        let symbol = tick.symbol;
        if !self.drawdown.is_exposed(symbol) {
            return false;
        }
        let Some(quote) = self.quotes.get(symbol) else { return false };
        self.drawdown.quote(symbol, quote, self.converter.rough_rate(symbol, &self.quotes));
        !self.stops[symbol.index()].quiet(quote)
    }

    /// Closes the positions whose stop loss or take profit the quote has reached: at the quote of the tick that reached
    /// them (a long at Bid, a short at Ask), or at their level. Appends the changes.
    pub fn trigger(&mut self, tick: &Tick, fills: StopFills, news: &mut Vec<BrokerEvent>) {
        let Some(quote) = self.quotes.get(tick.symbol) else { return };
        for (ticket, reason) in self.stops[tick.symbol.index()].reached(quote) {
            let Some(position) = self.position(ticket) else { continue };
            let (word, level) = if reason == Reason::Sl { ("sl", position.sl) } else { ("tp", position.tp) };
            let level = level.expect("a level that is reached is one");
            let price = match fills {
                StopFills::Tick => position.side.exit_price(quote.bid, quote.ask),
                StopFills::Level => level,
            };
            let volume = position.volume;
            let comment = format!("[{word} {}]", level.with_digits(self.specs[tick.symbol.index()].digits));
            let cause = Cause { reason, magic: position.magic, comment, time_msc: tick.time_msc };
            let order = self.next_order();
            self.close(Fill { order, asked: volume, volume, price, cause }, ticket, news);
        }
        assert!(self.stops[tick.symbol.index()].quiet(quote), "what was reached is closed");
    }

    /// The number of a new order.
    pub fn next_order(&mut self) -> Ticket {
        self.last_order += 1;
        Ticket(self.last_order)
    }

    /// Notes an order that is accepted, refused after all, or otherwise not filled. Appends the change.
    pub fn note(&mut self, order: Order, news: &mut Vec<BrokerEvent>) {
        self.records.order(order.clone());
        news.push(BrokerEvent::Order(Box::new(order)));
    }

    /// Whether the account can hold one more position: what it then needs in margin must not exceed the equity, unless
    /// the position needs no more than is held already (MT5 reference 5.2).
    pub fn affords(&self, opening: Opening, volume: Volume, price: Price) -> bool {
        let Some(margin) = self.margin(opening, volume, price) else { return false };
        let needed = self.ledger.margin_with(opening.symbol, opening.side, volume, margin);
        needed <= self.ledger.margin() || needed <= self.equity()
    }

    fn margin(&self, opening: Opening, volume: Volume, price: Price) -> Option<Money> {
        let own = money::margin(&self.specs[opening.symbol.index()], volume, price, self.model.leverage)?;
        self.converter.margin(opening.symbol, opening.side, price, own, &self.quotes)
    }

    /// Balance and the profit of all that is open, at the current quotes.
    pub fn equity(&self) -> Money {
        let floating = |held: &Held| {
            let position = &held.position;
            let quote = self.quotes.get(position.symbol)?;
            self.profit(position, position.volume, position.side.exit_price(quote.bid, quote.ask))
        };
        self.ledger.balance() + self.positions.values().filter_map(floating).sum()
    }

    fn profit(&self, position: &Position, volume: Volume, price: Price) -> Option<Money> {
        let own = money::profit(&self.specs[position.symbol.index()], position.side, volume, position.price_open, price)?;
        self.converter.profit(position.symbol, position.side, price, own, &self.quotes)
    }

    fn commission(&self, volume: Volume) -> Money {
        let raw = i128::from(self.commission_per_lot.raw()) * i128::from(volume.raw());
        let cost = Money::from_scaled(raw, Money::SCALE + Volume::SCALE, currency_digits(&self.model.currency));
        -cost.expect("the commission of a volume that is accepted fits")
    }

    /// Opens a position. Appends the changes: order, deal, position, account. Gives the deal's number.
    ///
    /// # Panics
    /// If the symbol cannot be traded yet: [`Self::tradable`] comes first.
    pub fn open(&mut self, fill: Fill, opening: Opening, news: &mut Vec<BrokerEvent>) -> Ticket {
        let Opening { symbol, side, sl, tp } = opening;
        let margin = self.margin(opening, fill.volume, fill.price).expect("only what is quoted is opened");
        let position = Position {
            ticket: fill.order,
            symbol,
            side,
            volume: fill.volume,
            price_open: fill.price,
            sl,
            tp,
            time_msc: fill.cause.time_msc,
            magic: fill.cause.magic,
            comment: fill.cause.comment.clone(),
        };
        self.ledger.hold(symbol, side, fill.volume, margin);
        self.stops[symbol.index()].insert(&position);
        self.drawdown.add(symbol, side, fill.volume, fill.price);
        let deal = self.deal(fill, &position, side, DealEntry::In, Money::ZERO, news);
        news.push(BrokerEvent::Position(Box::new(position.clone())));
        let before = self.positions.insert(position.ticket, Held { position, margin });
        assert!(before.is_none(), "a ticket is given once");
        self.tell_account(news);
        deal
    }

    /// Closes a position or a part of it. Appends the changes: order, deal, what is left of the position or its removal,
    /// account. Gives the deal's number.
    ///
    /// # Panics
    /// If the position is not open or smaller than the fill.
    pub fn close(&mut self, fill: Fill, ticket: Ticket, news: &mut Vec<BrokerEvent>) -> Ticket {
        let mut held = self.positions.remove(&ticket).expect("only open positions are closed");
        let (symbol, side, price_open) = (held.position.symbol, held.position.side, held.position.price_open);
        let volume = fill.volume;
        let profit = self.profit(&held.position, volume, fill.price).expect("only what is quoted is closed");
        let left = held.position.volume - volume;
        assert!(left >= Volume::ZERO, "no more is closed than is open");
        let deal = self.deal(fill, &held.position, side.opposite(), DealEntry::Out, profit, news);
        if left == Volume::ZERO {
            self.ledger.release(symbol, side, volume, held.margin);
            self.stops[symbol.index()].remove(&held.position);
            self.drawdown.remove(symbol, side, volume, price_open);
            news.push(BrokerEvent::Removed(ticket));
        } else {
            let kept = i128::from(held.margin.raw()) * i128::from(left.raw());
            let kept = div_round(kept, i128::from(held.position.volume.raw()));
            let kept = Money::from_raw(i64::try_from(kept).expect("a part is smaller than the whole"));
            self.ledger.release(symbol, side, volume, held.margin - kept);
            self.drawdown.reduce(symbol, side, volume, price_open);
            held.margin = kept;
            held.position.volume = left;
            news.push(BrokerEvent::Position(Box::new(held.position.clone())));
            self.positions.insert(ticket, held);
        }
        self.drawdown.balance(self.ledger.balance());
        self.tell_account(news);
        deal
    }

    /// Gives a position other stops. Appends the change.
    ///
    /// # Panics
    /// If the position is not open.
    pub fn modify(&mut self, ticket: Ticket, sl: Option<Price>, tp: Option<Price>, news: &mut Vec<BrokerEvent>) {
        let held = self.positions.get_mut(&ticket).expect("only open positions are changed");
        let stops = &mut self.stops[held.position.symbol.index()];
        stops.remove(&held.position);
        (held.position.sl, held.position.tp) = (sl, tp);
        stops.insert(&held.position);
        news.push(BrokerEvent::Position(Box::new(held.position.clone())));
    }

    /// Records the filled order and books its deal.
    fn deal(
        &mut self,
        fill: Fill,
        position: &Position,
        side: Side,
        entry: DealEntry,
        profit: Money,
        news: &mut Vec<BrokerEvent>,
    ) -> Ticket {
        let Fill { order, asked, volume, price, cause } = fill;
        assert!(volume > Volume::ZERO && volume <= asked, "no more is filled than was asked for");
        let state = if volume == asked { OrderState::Filled } else { OrderState::Partial };
        let sent = market_order(order, position.symbol, side, asked, state, &cause);
        self.note(Order { position: Some(position.ticket), volume_current: asked - volume, ..sent }, news);
        self.last_deal += 1;
        let deal = Deal {
            ticket: Ticket(self.last_deal),
            order,
            position: position.ticket,
            symbol: position.symbol,
            time_msc: cause.time_msc,
            kind: DealKind::Trade(side),
            entry,
            reason: cause.reason,
            volume,
            price,
            profit,
            commission: self.commission(volume),
            swap: Money::ZERO,
            magic: cause.magic,
            comment: cause.comment,
        };
        self.ledger.book(&deal);
        self.records.deal(deal.clone());
        news.push(BrokerEvent::Deal(Box::new(deal)));
        Ticket(self.last_deal)
    }

    /// Appends the account, if it has changed since it was last told.
    pub fn tell_account(&mut self, news: &mut Vec<BrokerEvent>) {
        let now = (self.ledger.balance(), self.ledger.margin());
        if self.told != Some(now) {
            self.told = Some(now);
            news.push(BrokerEvent::Account(Box::new(self.account())));
        }
    }

    /// Forgets what was told of the account: it went unheard.
    pub const fn unheard(&mut self) {
        self.told = None;
    }

    /// The account as it stands.
    pub fn account(&self) -> Account {
        Account {
            login: self.model.login,
            currency: self.model.currency.clone(),
            currency_digits: currency_digits(&self.model.currency),
            leverage: self.model.leverage,
            balance: self.ledger.balance(),
            margin: self.ledger.margin(),
            trade_allowed: true,
        }
    }

    /// All that the account holds, with the history since a moment.
    pub fn snapshot(&self, as_of_msc: ServerMsc, since: ServerMsc) -> BrokerSnapshot {
        BrokerSnapshot {
            as_of_msc,
            complete: true,
            account: self.account(),
            positions: self.positions.values().map(|held| held.position.clone()).collect(),
            orders: self.records.working(),
            history_orders: self.records.orders_since(since),
            history_deals: self.records.deals_since(since),
        }
    }
}

/// A market order as the server records it, nothing of it filled.
pub fn market_order(ticket: Ticket, symbol: SymbolId, side: Side, asked: Volume, state: OrderState, cause: &Cause) -> Order {
    Order {
        ticket,
        symbol,
        kind: OrderKind::Market(side),
        state,
        reason: cause.reason,
        magic: cause.magic,
        position: None,
        volume_initial: asked,
        volume_current: asked,
        time_setup_msc: cause.time_msc,
        comment: cause.comment.clone(),
    }
}
