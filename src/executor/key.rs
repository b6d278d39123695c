//! Intent keys: a hash of everything that distinguishes an intent from others (executor 5).

use crate::domain::id::{ContentHash, IntentKey, Ticket};
use crate::domain::order::Side;
use crate::domain::time::ServerMsc;
use crate::executor::action::Owner;
use crate::market::timeframe::Timeframe;

/// What an intent is for, which is part of its key.
#[derive(Debug, Clone, Copy)]
pub enum Purpose {
    /// An entry on a bar.
    Enter {
        /// The side of the entry.
        side: Side,
        /// The open time of the bar that signalled.
        bar_msc: ServerMsc,
    },
    /// The copy of another strategy's position.
    Copy {
        /// The identifier of the position that is copied.
        position: Ticket,
    },
    /// The n-th attempt to close a position.
    Close {
        /// The ticket of the position.
        position: Ticket,
        /// The number of the attempt, counted from 0.
        n: u32,
    },
    /// The n-th attempt to change a position's stops.
    Modify {
        /// The ticket of the position.
        position: Ticket,
        /// The number of the attempt, counted from 0.
        n: u32,
    },
    /// The one order that a command opens or places.
    Command,
    /// The n-th attempt to change or remove an order.
    Order {
        /// The ticket of the order.
        order: Ticket,
        /// The number of the attempt, counted from 0.
        n: u32,
    },
}

/// What an intent belongs to, which is part of its key.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// The number of the account.
    pub login: u64,
    /// The strategy or command that it belongs to.
    pub owner: &'a Owner,
    /// The hash of the rules that decided on the intent; zeros for commands.
    pub rules_hash: ContentHash,
    /// The broker's name of the symbol.
    pub symbol: &'a str,
    /// The timeframe of the bars that decided on the intent; M1 for commands.
    pub timeframe: Timeframe,
}

/// The key of an intent: the first 16 bytes of the BLAKE3 hash of its origin and purpose.
pub fn intent_key(origin: Origin<'_>, purpose: Purpose) -> IntentKey {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&origin.login.to_le_bytes());
    for text in [origin.owner.name(), origin.symbol, origin.timeframe.name()] {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.update(&origin.rules_hash.0);
    let (tag, number, n) = match purpose {
        Purpose::Enter { side: Side::Buy, bar_msc } => (1, bar_msc.0.cast_unsigned(), 0),
        Purpose::Enter { side: Side::Sell, bar_msc } => (2, bar_msc.0.cast_unsigned(), 0),
        Purpose::Close { position, n } => (3, position.0, n),
        Purpose::Modify { position, n } => (4, position.0, n),
        Purpose::Command => (5, 0, 0),
        Purpose::Order { order, n } => (6, order.0, n),
        Purpose::Copy { position } => (7, position.0, 0),
    };
    hasher.update(&[tag]);
    hasher.update(&number.to_le_bytes());
    hasher.update(&n.to_le_bytes());
    // A command may have the same id as a strategy; their keys must differ all the same.
    hasher.update(match origin.owner {
        Owner::Strategy(_) => &[],
        Owner::Command(_) => b"command",
        Owner::Account => b"account",
    });
    let mut key = [0; 16];
    key.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    IntentKey(key)
}
