//! Intent keys: a hash of all that makes an intent this one and no other (executor 5).

use crate::domain::id::{ContentHash, IntentKey, Ticket};
use crate::domain::order::Side;
use crate::domain::time::ServerMsc;
use crate::executor::action::Owner;
use crate::market::timeframe::Timeframe;

/// What an intent is about.
#[derive(Debug, Clone, Copy)]
pub enum Purpose {
    /// Entry on a bar.
    Enter {
        /// Long or short.
        side: Side,
        /// Open time of the bar that signalled.
        bar_msc: ServerMsc,
    },
    /// The n-th attempt to close a position.
    Close {
        /// The position.
        position: Ticket,
        /// Counted from 0.
        n: u32,
    },
    /// The n-th attempt to change a position's stops.
    Modify {
        /// The position.
        position: Ticket,
        /// Counted from 0.
        n: u32,
    },
    /// What a command opens or places: one trade each.
    Command,
    /// The n-th attempt to change or remove an order.
    Order {
        /// The order.
        order: Ticket,
        /// Counted from 0.
        n: u32,
    },
}

/// What an intent belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// Number of the account.
    pub login: u64,
    /// Whose it is.
    pub owner: &'a Owner,
    /// Hash of the rules behind it.
    pub rules_hash: ContentHash,
    /// MT5's symbol.
    pub symbol: &'a str,
    /// The bars it was decided on.
    pub timeframe: Timeframe,
}

/// The key of an intent.
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
    };
    hasher.update(&[tag]);
    hasher.update(&number.to_le_bytes());
    hasher.update(&n.to_le_bytes());
    // A command may have the id of a strategy: its trades are others all the same.
    hasher.update(match origin.owner {
        Owner::Strategy(_) => &[],
        Owner::Command(_) => b"command",
        Owner::Account => b"account",
    });
    let mut key = [0; 16];
    key.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    IntentKey(key)
}
