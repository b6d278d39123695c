//! All that the core can learn (session 1).

use crate::domain::account::Account;
use crate::domain::amount::{Price, Volume};
use crate::domain::deal::Deal;
use crate::domain::id::{Cid, DataId, SymbolId, Ticket};
use crate::domain::order::Order;
use crate::domain::position::Position;
use crate::domain::retcode::Retcode;
use crate::domain::symbol::SymbolSpec;
use crate::domain::tick::Tick;
use crate::domain::time::ServerMsc;
use crate::executor::command::CommandEvent;
use crate::executor::config::ExecutorConfig;
use crate::market::bar::{Bar, TickCursor};
use crate::market::timeframe::Timeframe;
use serde::{Deserialize, Serialize};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A quote changed.
    Tick(Tick),
    /// Bars that were asked for.
    Bars(Box<Bars>),
    /// A command, understood or not.
    Command(Box<CommandEvent>),
    /// News from the broker.
    Broker(BrokerEvent),
    /// The link to the broker changed.
    Link(Link),
    /// A person at the controls.
    Operator(Operator),
    /// A life begins: first of all events of a process, with a state or without.
    Life(Box<Life>),
    /// A deadline that the core asked for.
    Wakeup,
}

const _: () = assert!(size_of::<Event>() <= 48, "an event must stay cheap to move: box what is large");

/// What a process is started with. It opens a life: link, quotes and questions of an earlier one are void, symbols are
/// found again by name, and the caps are those that hold now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Life {
    /// The configuration as it now is.
    pub config: ExecutorConfig,
}

/// The answer to [`crate::executor::action::DataRequest::Bars`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bars {
    /// The question's number; 0 where none was asked.
    #[serde(default)]
    pub id: DataId,
    /// Whose.
    pub symbol: SymbolId,
    /// Of which period.
    pub timeframe: Timeframe,
    /// Closed bars, oldest first.
    pub closed: Vec<Bar>,
    /// The bar that is not closed yet, if a tick of it has come.
    pub forming: Option<Bar>,
    /// Ticks up to here are in the bars; later ones continue them.
    pub as_of: TickCursor,
}

impl Bars {
    /// Which field makes no sense, if one does: bars stand in the order of their time, their times can be followed by
    /// others, and their figures by more ticks.
    #[must_use]
    pub fn flaw(&self) -> Option<&'static str> {
        let timed = |time_msc: ServerMsc| (-SERVER_MSC_MAX..SERVER_MSC_MAX).contains(&time_msc.0);
        let prices = |bar: &Bar| [bar.open, bar.high, bar.low, bar.close].into_iter().all(is_price) && bar.high >= bar.low;
        let counts = |bar: &Bar| bar.tick_volume < COUNT_MAX && bar.real_volume < COUNT_MAX && bar.spread.0.unsigned_abs() < COUNT_MAX;
        let bars = || self.closed.iter().chain(&self.forming);
        let ordered = self.closed.windows(2).all(|pair| pair[0].time_msc < pair[1].time_msc);
        let follows = self.forming.is_none_or(|forming| self.closed.last().is_none_or(|last| last.time_msc < forming.time_msc));
        if !timed(self.as_of.time_msc) || !bars().all(|bar| timed(bar.time_msc)) {
            Some("bars.time_msc")
        } else if !bars().all(prices) {
            Some("bars.prices")
        } else if !bars().all(counts) {
            Some("bars.counts")
        } else if !ordered || !follows {
            Some("bars.order")
        } else {
            None
        }
    }
}

/// No bar counts so many ticks, lots or points.
const COUNT_MAX: u64 = 1 << 32;
/// No server time has more bits: the year 3084.
const SERVER_MSC_BITS: u32 = 45;
/// No server time lies at or beyond this.
pub(super) const SERVER_MSC_MAX: i64 = 1 << SERVER_MSC_BITS;
/// No price has more bits, about 1.15 billion: sums of a few of them fit.
const PRICE_BITS: u32 = 60;

/// Whether a tick has both quotes, and neither they nor its time are beyond reason. It is asked of every tick, so that all
/// are looked at together: what is below zero, or has too many bits, shows in the sum of the bits.
#[inline]
pub(super) const fn is_quoted(tick: &Tick) -> bool {
    let quotes = tick.bid.raw().wrapping_sub(1) | tick.ask.raw().wrapping_sub(1);
    let all = tick.time_msc.0 | quotes >> (PRICE_BITS - SERVER_MSC_BITS);
    0 <= all && all < SERVER_MSC_MAX
}

/// Whether a tick says that there is no quote: MT5 sends zeros when the book is empty (MT5 reference 1.5).
pub(super) const fn is_empty_book(tick: &Tick) -> bool {
    let (bid, ask) = (tick.bid, tick.ask);
    let none = bid.raw() == 0 || ask.raw() == 0;
    none && is_price(bid) && is_price(ask) && is_server_time(tick.time_msc)
}

/// Whether a price is not below zero, and not beyond reason.
pub(super) const fn is_price(price: Price) -> bool {
    0 <= price.raw() && price.raw() < 1 << PRICE_BITS
}

/// Whether a time by the server's clock can be followed by others.
pub(super) const fn is_server_time(time_msc: ServerMsc) -> bool {
    0 <= time_msc.0 && time_msc.0 < SERVER_MSC_MAX
}

/// News from the broker. Each may come twice, and in any order: the end state is the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BrokerEvent {
    /// The answer to a request.
    Answer(Box<Answer>),
    /// A deal was made.
    Deal(Box<Deal>),
    /// An order is as stated.
    Order(Box<Order>),
    /// A position is as stated.
    Position(Box<Position>),
    /// A position is gone.
    Removed(Ticket),
    /// The account changed.
    Account(Box<Account>),
    /// A specification, at first or changed.
    Symbol(Box<SymbolNews>),
    /// The broker has no such symbol: answer to [`crate::executor::action::DataRequest::Subscribe`].
    NoSymbol(Box<NoSymbol>),
    /// Everything at one moment, answer to [`crate::executor::action::DataRequest::Snapshot`].
    Snapshot(Box<BrokerSnapshot>),
}

/// A specification and the symbol's place in the session's table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SymbolNews {
    /// Which symbol.
    pub symbol: SymbolId,
    /// What is now known of it.
    pub spec: SymbolSpec,
}

/// A symbol that was asked for and does not exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoSymbol {
    /// The question's number.
    pub id: DataId,
    /// MT5's name, as asked.
    pub name: String,
}

/// The answer to one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Which request.
    pub cid: Cid,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The server answered.
    Server(ServerAnswer),
    /// The request certainly did not leave (MT5 reference 1.7: -2, -3, -5 … -10004).
    NotSent,
    /// No answer, and nobody knows whether it was executed (-1, -10000 … -10005).
    NoAnswer,
}

/// MT5's `OrderSendResult`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerAnswer {
    /// The return code.
    pub retcode: Retcode,
    /// The order, once there is one.
    pub order: Option<Ticket>,
    /// The deal, once there is one; it may follow the answer.
    pub deal: Option<Ticket>,
    /// Volume filled.
    pub volume: Volume,
    /// Price of the deal.
    pub price: Price,
    /// Bid at the answer; zero when not given.
    pub bid: Price,
    /// Ask at the answer; zero when not given.
    pub ask: Price,
}

/// All that the broker holds for the account at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokerSnapshot {
    /// The question's number; 0 where none was asked.
    #[serde(default)]
    pub id: DataId,
    /// From when the history was read, by the server's clock; as asked where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history_since_msc: Option<ServerMsc>,
    /// Server time of the snapshot.
    pub as_of_msc: ServerMsc,
    /// Whether every part could be read; from an incomplete one nothing may be concluded to be absent.
    pub complete: bool,
    /// The account.
    pub account: Account,
    /// Open positions.
    pub positions: Vec<Position>,
    /// Working orders.
    pub orders: Vec<Order>,
    /// Orders of the history since the moment asked for.
    pub history_orders: Vec<Order>,
    /// Deals of the history since the moment asked for.
    pub history_deals: Vec<Deal>,
}

/// The link to the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// Connected.
    Up,
    /// Not connected.
    Down,
    /// The account is the configured one.
    Verified,
    /// What the broker sends is complete up to now.
    Synced,
}

/// A person at the controls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// No entries until resumed.
    Pause,
    /// Entries again: undoes a pause, and what a refusal of trading or an ambiguous request had stopped; never a latch.
    Resume,
    /// As EMERGENCY_STOP: no entries, everything flat, latched.
    Kill,
    /// Clears the latch of a kill or of EMERGENCY_STOP.
    ClearKill,
}
