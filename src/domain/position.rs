//! Positions of a hedging account: one for each opening order.

use crate::domain::amount::{Money, Price, Volume};
use crate::domain::id::{Magic, SymbolId, Ticket};
use crate::domain::order::Side;
use crate::domain::time::ServerMsc;
use serde::{Deserialize, Serialize};

/// An open position as the trade server reports it.
///
/// ```
/// # use tickdeck::domain::amount::Money;
/// # use tickdeck::domain::id::{Magic, SymbolId, Ticket};
/// # use tickdeck::domain::order::Side;
/// # use tickdeck::domain::position::Position;
/// # use tickdeck::domain::time::ServerMsc;
/// let opened = ServerMsc(1_758_499_200_000);
/// let position = Position {
///     ticket: Ticket(21),
///     identifier: None,
///     symbol: SymbolId(0),
///     side: Side::Buy,
///     volume: "0.1".parse()?,
///     price_open: "1.1700".parse()?,
///     sl: None,
///     tp: None,
///     time_msc: opened,
///     magic: Magic(1_234),
///     comment: String::new(),
///     time_update_msc: None,
///     swap: Money::ZERO,
/// };
/// assert_eq!((position.identifier(), position.updated_msc()), (Ticket(21), opened));
/// // The broker opens it anew for a swap: the ticket changes, the identifier stays.
/// let swapped = Position { ticket: Ticket(40), identifier: Some(Ticket(21)), ..position };
/// assert_eq!(swapped.identifier(), Ticket(21));
/// # Ok::<(), tickdeck::domain::decimal::DecimalError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The ticket by which requests name the position.
    pub ticket: Ticket,
    /// The number by which its deals name the position; none when it equals the ticket
    /// ([`Position::identifier`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identifier: Option<Ticket>,
    /// The symbol that is held, as its index in the session.
    pub symbol: SymbolId,
    /// Whether the position is long (bought) or short (sold).
    pub side: Side,
    /// The volume in lots that is still open, always positive; the side is in `side`.
    pub volume: Volume,
    /// The price at which the position was opened.
    pub price_open: Price,
    /// The stop loss price; none when there is none (MT5 writes 0.0).
    pub sl: Option<Price>,
    /// The take profit price; none when there is none.
    pub tp: Option<Price>,
    /// When the position was opened, by the server's clock.
    pub time_msc: ServerMsc,
    /// The `magic` of the opening order: whose position it is.
    pub magic: Magic,
    /// The comment of the opening order, perhaps cut or rewritten by the broker.
    pub comment: String,
    /// When the volume last changed, by the server's clock; none when it has not changed since the
    /// opening ([`Position::updated_msc`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_update_msc: Option<ServerMsc>,
    /// The swap that what is open has gathered, in the deposit currency, negative when it is a cost.
    /// Closing books it.
    #[serde(default, skip_serializing_if = "Money::is_zero")]
    pub swap: Money,
}

impl Position {
    /// The number by which its deals name the position. It stays when a swap by re-opening or a
    /// reversal changes the ticket.
    #[must_use]
    pub fn identifier(&self) -> Ticket {
        self.identifier.unwrap_or(self.ticket)
    }

    /// When the volume last changed, by the server's clock: MT5's `time_update_msc`, which a change
    /// of stops does not touch.
    #[must_use]
    pub fn updated_msc(&self) -> ServerMsc {
        self.time_update_msc.unwrap_or(self.time_msc).max(self.time_msc)
    }
}
