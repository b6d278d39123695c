//! The line between server, terminal and executor: the link, what waits for it, which symbols are listened to.

use crate::domain::id::SymbolId;
use crate::executor::event::{BrokerEvent, Link};
use crate::session::ports::Heard;

/// The line between server, terminal and executor.
#[derive(Debug)]
pub struct Connection {
    /// Up or down.
    pub link: Link,
    /// Changes that wait for the link.
    pub waiting: Vec<BrokerEvent>,
    /// So many symbols are subscribed from the start.
    subscribed_first: usize,
    subscribed: Vec<bool>,
    /// Whether quotes are missed at present.
    pub ticks_lost: bool,
    /// Of each symbol whether its ticks reach the executor: what the two above come to.
    heard: Vec<Heard>,
    /// Whether the executor's process was told link, symbols and account.
    pub greeted: bool,
    /// Requests up to this number were sent by a process that is dead.
    pub forgotten: u64,
}

impl Connection {
    /// A line that is up, over so many symbols, of which the first are subscribed.
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

    /// Whether somebody waits for the answer to the request of this number.
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

    /// Back to the symbols of the start.
    pub fn resubscribe(&mut self) {
        for (place, subscribed) in self.subscribed.iter_mut().enumerate() {
            *subscribed = place < self.subscribed_first;
        }
        self.listen();
    }

    /// Which ticks reach the executor as things are.
    pub fn listen(&mut self) {
        for (heard, subscribed) in self.heard.iter_mut().zip(&self.subscribed) {
            *heard = if *subscribed && !self.ticks_lost { Heard::Yes } else { Heard::No };
        }
    }
}
