//! What the broker owes: what waits in its queue, and for what.

use crate::domain::id::Ticket;
use crate::domain::time::ServerMsc;
use crate::executor::action::{DataRequest, Trade};
use crate::executor::event::{Answer, BrokerEvent, Event};
use crate::session::fault::FaultKind;

/// What the broker owes.
#[derive(Debug)]
pub enum Owed {
    /// The terminal says so by itself, whatever the link.
    Terminal(Event),
    /// A change; while the link is down it waits.
    News(BrokerEvent),
    /// An answer; while the link is down it is lost.
    Answer(Answer),
    /// A request arrives at the server.
    Arrival { number: u64, trade: Box<Trade> },
    /// A request that was accepted before is executed, or refused after all.
    Placed { order: Option<Ticket>, trade: Box<Trade>, later: Later },
    /// The rest of an order that was filled in part is filled.
    Rest { order: Ticket },
    /// A pending order's time has come, by the server's clock; it may have another one by then.
    Lapse { order: Ticket, lapse: ServerMsc },
    /// Data that was asked for; read when it is delivered, so that it is never older than what was told before.
    Data(DataRequest),
    /// Data that was read before; while the link is down it is lost.
    Read(Event),
    /// Something scripted happens to the world.
    World(FaultKind),
    /// A minute has passed in which something may happen to the world by chance.
    Minute,
    /// Something that lasts for a while ends, unless it was prolonged.
    Ends(Lasting),
    /// All that lasts ends.
    AllWell,
}

impl Owed {
    /// Whether it is owed to the executor's process: gone with it when it dies.
    pub const fn is_for_the_client(&self) -> bool {
        matches!(self, Self::Terminal(_) | Self::News(_) | Self::Answer(_) | Self::Data(_) | Self::Read(_))
    }
}

/// What becomes of a request that was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Later {
    /// It is executed, if it then can be.
    Executed,
    /// It is refused.
    Refused,
}

/// What lasts for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lasting {
    /// Quotes are missed. Before the link: when it is back, quotes flow.
    TicksLost,
    /// The link is down.
    LinkDown,
    /// The first symbol's specification is told as nonsense.
    SpecBroken,
    /// The stops levels are others.
    StopsLevel,
    /// The freeze levels are others.
    FreezeLevel,
    /// The market is shut.
    Shut,
    /// Readings show no orders.
    OrdersHidden,
    /// The account may not trade.
    Forbidden,
}
