//! The connection between server, terminal and executor: the link, what waits for it, and which
//! symbols are subscribed.

use crate::domain::id::SymbolId;
use crate::executor::event::{BrokerEvent, Link};
use crate::session::ports::Heard;

/// The connection between server, terminal and executor.
#[derive(Debug)]
pub struct Connection {
    /// Whether the link is up.
    pub link: Link,
    /// Changes that wait for the link.
    pub waiting: Vec<BrokerEvent>,
    /// The number of symbols that are subscribed from the start.
    subscribed_first: usize,
    subscribed: Vec<bool>,
    /// Whether quotes are being missed.
    pub ticks_lost: bool,
    /// For each symbol, whether its ticks reach the executor: derived from the two fields above.
    heard: Vec<Heard>,
    /// Whether link, symbols and account have been reported to the executor's process.
    pub greeted: bool,
    /// Requests up to this number were sent by a dead process.
    pub forgotten: u64,
}

impl Connection {
    /// A connection with the link up, for so many symbols, the first of which are subscribed.
    pub fn new(symbols: usize, subscribed: usize) -> Self {
        assert!(subscribed <= symbols, "only what there is can be subscribed");
        let mut line = Self {
            link: Link::Up,
            waiting: Vec::new(),
            subscribed_first: subscribed,
            subscribed: vec![false; symbols],
            ticks_lost: false,
            heard: vec![Heard::No; symbols],
            greeted: true,
            forgotten: 0,
        };
        line.resubscribe();
        line
    }

    /// Whether a tick of `symbol` reaches the executor.
    #[inline]
    pub fn heard(&self, symbol: SymbolId) -> Heard {
        self.heard[symbol.index()]
    }

    /// Whether a living process waits for the answer to the request with this number.
    pub const fn awaits(&self, number: u64) -> bool {
        number > self.forgotten
    }

    /// Whether a symbol is subscribed.
    pub fn is_subscribed(&self, symbol: SymbolId) -> bool {
        self.subscribed[symbol.index()]
    }

    /// Subscribes a symbol.
    pub fn subscribe(&mut self, symbol: SymbolId) {
        self.subscribed[symbol.index()] = true;
        self.listen();
    }

    /// Goes back to the symbols subscribed at the start.
    pub fn resubscribe(&mut self) {
        for (place, subscribed) in self.subscribed.iter_mut().enumerate() {
            *subscribed = place < self.subscribed_first;
        }
        self.listen();
    }

    /// Updates which ticks reach the executor.
    pub fn listen(&mut self) {
        for (heard, subscribed) in self.heard.iter_mut().zip(&self.subscribed) {
            *heard = if *subscribed && !self.ticks_lost { Heard::Yes } else { Heard::No };
        }
    }
}
