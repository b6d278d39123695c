//! What the broker reports over its [connection](crate::sim::broker::connection), and what goes
//! wrong with a delivery of news.

use crate::domain::time::Timestamp;
use crate::executor::event::{BrokerEvent, Event, Link};
use crate::session::fault::{FaultKind, FaultScope};
use crate::sim::broker::SimBroker;
use crate::sim::broker::owed::Owed;

impl SimBroker {
    /// The executor's process died, and a new one starts at `at`, which is now. What was owed to
    /// the old one (answers, news, data) is dropped, but requests that it sent still arrive. Link,
    /// symbols and account are reported anew, at once or when the link is back. The symbols are
    /// those subscribed from the start.
    pub fn client_restarts(&mut self, at: Timestamp) {
        self.queue.retain(|owed| !owed.is_for_the_client());
        self.connection.waiting.clear();
        self.connection.forgotten = self.requests;
        self.connection.resubscribe();
        self.connection.greeted = self.connection.link == Link::Up;
        if self.connection.greeted {
            self.greet(at);
        }
    }

    /// Schedules the report of link, symbols and account at `at`.
    pub(super) fn greet(&mut self, at: Timestamp) {
        let mut greeting = vec![Event::Link(Link::Up), Event::Link(Link::Verified)];
        greeting.extend(self.standing());
        greeting.push(Event::Link(Link::Synced));
        for event in greeting {
            self.queue.push(at, Owed::Terminal(event));
        }
    }

    /// The present state of symbols and account.
    fn standing(&mut self) -> Vec<Event> {
        let mut news = self.symbol_news();
        self.server.book.unheard();
        self.server.book.tell_account(&mut news);
        news.into_iter().map(Event::Broker).collect()
    }

    /// Reports what the server did by itself. The executor hears of it at once, unless earlier
    /// changes are still on their way to it.
    pub(super) fn announce(&mut self, at: Timestamp, news: Vec<BrokerEvent>, out: &mut Vec<Event>) {
        let (due, news) = self.bend(at, self.answer_leg.behind(at), news);
        // What is due at this very moment and has not been reported yet comes first.
        let first = self.queue.next_due().is_some_and(|next| next <= at);
        for change in news {
            if due > at || first {
                self.queue.push(due, Owed::News(change));
            } else {
                self.tell(change, out);
            }
        }
    }

    /// Sends the changes of one execution, to arrive at `due`.
    pub(super) fn deliver(&mut self, at: Timestamp, due: Timestamp, news: Vec<BrokerEvent>) {
        let (due, news) = self.bend(at, due, news);
        for change in news {
            self.queue.push(due, Owed::News(change));
        }
    }

    /// Applies the fault of a delivery.
    fn bend(
        &mut self,
        at: Timestamp,
        due: Timestamp,
        mut news: Vec<BrokerEvent>,
    ) -> (Timestamp, Vec<BrokerEvent>) {
        if news.is_empty() {
            return (due, news);
        }
        let fault = self.faults.take(FaultScope::News, at);
        // A single change has no order.
        if let Some(kind) =
            fault.as_ref().filter(|kind| **kind != FaultKind::NewsReordered || news.len() > 1)
        {
            self.faults.count(kind);
        }
        match fault {
            Some(FaultKind::NewsRepeated) => news.extend_from_within(..),
            Some(FaultKind::NewsReordered) => news.reverse(),
            Some(FaultKind::NewsLate { after_ms }) => return (due.plus_ms(after_ms), news),
            Some(FaultKind::NewsForeign) => {
                drop(news.splice(..0, self.foreign_news(self.zone.to_server(at))));
            }
            _ => {}
        }
        (due, news)
    }

    pub(super) fn tell(&mut self, change: BrokerEvent, out: &mut Vec<Event>) {
        if self.connection.link == Link::Down {
            self.connection.waiting.push(change);
        } else {
            out.push(Event::Broker(change));
        }
    }

    /// The link goes down; nothing happens if it is down already.
    pub(super) fn link_breaks(&mut self, out: &mut Vec<Event>) {
        if self.connection.link != Link::Down {
            self.connection.link = Link::Down;
            out.push(Event::Link(Link::Down));
        }
    }

    /// The link comes back: what waited for it is reported, or everything to a process that has
    /// been told nothing yet.
    pub(super) fn link_back(&mut self, out: &mut Vec<Event>) {
        assert!(self.connection.link == Link::Down, "a link comes back that was down");
        self.connection.link = Link::Up;
        out.extend([Event::Link(Link::Up), Event::Link(Link::Verified)]);
        if !self.connection.greeted {
            self.connection.greeted = true;
            self.connection.waiting.clear();
            out.extend(self.standing());
        }
        out.extend(self.connection.waiting.drain(..).map(Event::Broker));
        out.push(Event::Link(Link::Synced));
    }
}
