//! All that the core can learn (session 1).

use crate::domain::account::Account;
use crate::domain::amount::{Price, Volume};
use crate::domain::deal::Deal;
use crate::domain::id::{Cid, SymbolId, Ticket};
use crate::domain::order::Order;
use crate::domain::position::Position;
use crate::domain::retcode::Retcode;
use crate::domain::symbol::SymbolSpec;
use crate::domain::tick::Tick;
use crate::domain::time::ServerMsc;
use crate::executor::command::CommandEvent;
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
    /// A deadline that the core asked for.
    Wakeup,
}

const _: () = assert!(size_of::<Event>() <= 48, "an event must stay cheap to move: box what is large");

/// The answer to [`crate::executor::action::DataRequest::Bars`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bars {
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
    /// Entries again.
    Resume,
}
