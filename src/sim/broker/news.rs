//! What the broker tells, and the line over which it does: the link, what waits for it, which symbols are listened to, and
//! what goes wrong with a delivery of news.

use crate::domain::id::SymbolId;
use crate::domain::time::Timestamp;
use crate::executor::event::{BrokerEvent, Event, Link};
use crate::session::fault::{FaultKind, FaultScope};
use crate::session::ports::Heard;
use crate::sim::broker::{Owed, SimBroker};

/// The line between server, terminal and executor.
#[derive(Debug)]
pub(super) struct Line {
    /// Up or down.
    pub link: Link,
    /// Changes that wait for the link.
    waiting: Vec<BrokerEvent>,
    /// So many symbols are subscribed from the start.
    subscribed_first: usize,
    subscribed: Vec<bool>,
    /// Whether quotes are missed at present.
    pub ticks_lost: bool,
    /// Of each symbol whether its ticks reach the executor: what the two above come to.
    heard: Vec<Heard>,
    /// Whether the executor's process was told link, symbols and account.
    greeted: bool,
    /// Requests up to this number were sent by a process that is dead.
    forgotten: u64,
}

impl Line {
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
    fn resubscribe(&mut self) {
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

impl SimBroker {
    /// The executor's process died, and a new one starts at `at`, which is now: what was owed to the old one is dropped
    /// (answers, news, data), requests that it sent still arrive, and link, symbols and account are told anew: at once, or
    /// when the link is back. The symbols are those subscribed from the start.
    pub fn client_restarts(&mut self, at: Timestamp) {
        self.queue.retain(|owed| !owed.is_for_the_client());
        self.line.waiting.clear();
        self.line.forgotten = self.requests;
        self.line.resubscribe();
        self.line.greeted = self.line.link == Link::Up;
        if self.line.greeted {
            self.greet(at);
        }
    }

    /// Owes link, symbols and account at `at`.
    pub(super) fn greet(&mut self, at: Timestamp) {
        let mut greeting = vec![Event::Link(Link::Up), Event::Link(Link::Verified)];
        greeting.extend(self.standing());
        greeting.push(Event::Link(Link::Synced));
        for event in greeting {
            self.queue.push(at, Owed::Terminal(event));
        }
    }

    /// Symbols and account as they stand.
    fn standing(&mut self) -> Vec<Event> {
        let mut news = self.symbol_news();
        self.desk.book.unheard();
        self.desk.book.tell_account(&mut news);
        news.into_iter().map(Event::Broker).collect()
    }

    /// Tells what the server did by itself. The executor hears of it at once, unless earlier changes are still on their
    /// way to it.
    pub(super) fn announce(&mut self, at: Timestamp, news: Vec<BrokerEvent>, out: &mut Vec<Event>) {
        let (due, news) = self.bend(at, self.answer_leg.behind(at), news);
        // What is due at this very moment and has not been told yet was there first.
        let first = self.queue.next_due().is_some_and(|next| next <= at);
        for change in news {
            if due > at || first {
                self.queue.push(due, Owed::News(change));
            } else {
                self.tell(change, out);
            }
        }
    }

    /// Sends the changes of one execution on their way, to arrive at `due`.
    pub(super) fn deliver(&mut self, at: Timestamp, due: Timestamp, news: Vec<BrokerEvent>) {
        let (due, news) = self.bend(at, due, news);
        for change in news {
            self.queue.push(due, Owed::News(change));
        }
    }

    /// What goes wrong with a delivery.
    fn bend(&mut self, at: Timestamp, due: Timestamp, mut news: Vec<BrokerEvent>) -> (Timestamp, Vec<BrokerEvent>) {
        if news.is_empty() {
            return (due, news);
        }
        let fault = self.faults.take(FaultScope::News, at);
        // One change alone has no order.
        if let Some(kind) = fault.as_ref().filter(|kind| **kind != FaultKind::NewsReordered || news.len() > 1) {
            self.faults.count(kind);
        }
        match fault {
            Some(FaultKind::NewsRepeated) => news.extend_from_within(..),
            Some(FaultKind::NewsReordered) => news.reverse(),
            Some(FaultKind::NewsLate { after_ms }) => return (due.plus_ms(after_ms), news),
            Some(FaultKind::NewsForeign) => drop(news.splice(..0, self.foreign_news(self.zone.to_server(at)))),
            _ => {}
        }
        (due, news)
    }

    pub(super) fn tell(&mut self, change: BrokerEvent, out: &mut Vec<Event>) {
        if self.line.link == Link::Down {
            self.line.waiting.push(change);
        } else {
            out.push(Event::Broker(change));
        }
    }

    /// The link goes down; nothing happens if it is.
    pub(super) fn link_breaks(&mut self, out: &mut Vec<Event>) {
        if self.line.link != Link::Down {
            self.line.link = Link::Down;
            out.push(Event::Link(Link::Down));
        }
    }

    /// The link comes back: what waited for it is told, or everything to a process that was told nothing yet.
    pub(super) fn link_back(&mut self, out: &mut Vec<Event>) {
        assert!(self.line.link == Link::Down, "a link comes back that was down");
        self.line.link = Link::Up;
        out.extend([Event::Link(Link::Up), Event::Link(Link::Verified)]);
        if !self.line.greeted {
            self.line.greeted = true;
            self.line.waiting.clear();
            out.extend(self.standing());
        }
        out.extend(self.line.waiting.drain(..).map(Event::Broker));
        out.push(Event::Link(Link::Synced));
    }
}
