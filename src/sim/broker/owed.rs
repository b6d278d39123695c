//! The items that the broker owes.

use crate::domain::id::Ticket;
use crate::domain::time::ServerMsc;
use crate::executor::action::{DataRequest, Trade};
use crate::executor::event::{Answer, BrokerEvent, Event};
use crate::session::fault::FaultKind;

/// An item that the broker owes.
#[derive(Debug)]
pub enum Owed {
    /// The terminal reports it by itself, whatever the state of the link.
    Terminal(Event),
    /// A change. It waits while the link is down.
    News(BrokerEvent),
    /// An answer. It is lost while the link is down.
    Answer(Answer),
    /// A request arrives at the server.
    Arrival { number: u64, trade: Box<Trade> },
    /// A request accepted before is executed, or refused after all.
    Placed { order: Option<Ticket>, trade: Box<Trade>, later: Later },
    /// The rest of an order that was filled in part is filled.
    Rest { order: Ticket },
    /// A pending order expires, by the server's clock, unless its expiration has changed meanwhile.
    Lapse { order: Ticket, lapse: ServerMsc },
    /// Requested data. They are read when they are delivered, so that they are never older than
    /// what was reported before.
    Data(DataRequest),
    /// Data that were read before. They are lost while the link is down.
    Read(Event),
    /// A scripted fault of the world happens.
    World(FaultKind),
    /// A minute has passed in which something may happen to the world by chance.
    Minute,
    /// A lasting condition ends, unless it was prolonged.
    Ends(Lasting),
    /// All lasting conditions end.
    AllWell,
    /// The server's day ends at this midnight: swaps are charged.
    DayEnd(ServerMsc),
}

impl Owed {
    /// Whether it is owed to the executor's process, and dropped when that dies.
    pub const fn is_for_the_client(&self) -> bool {
        matches!(
            self,
            Self::Terminal(_) | Self::News(_) | Self::Answer(_) | Self::Data(_) | Self::Read(_)
        )
    }
}

/// What becomes of an accepted request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Later {
    /// It is executed, if that is possible then.
    Executed,
    /// It is refused.
    Refused,
}

/// A condition that lasts for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lasting {
    /// Quotes are missed. It comes before the link, so that quotes flow when the link is back.
    TicksLost,
    /// The link is down.
    LinkDown,
    /// The reported specification of the first symbol makes no sense.
    SpecBroken,
    /// The stops levels are changed.
    StopsLevel,
    /// The freeze levels are changed.
    FreezeLevel,
    /// The market is shut.
    Shut,
    /// Readings show no orders.
    OrdersHidden,
    /// The account may not trade.
    Forbidden,
}
