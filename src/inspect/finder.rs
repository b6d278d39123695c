//! Finds the position behind #n of `orders.txt`, and the intent that opened it.

use crate::domain::id::{Cid, IntentKey, Ticket};
use crate::executor::action::Action;
use crate::executor::event::{BrokerEvent, Event, Outcome};
use crate::recording::orders::OrderLog;
use crate::session::ports::{Journal, PortError, Step};
use std::collections::BTreeMap;

/// Numbers positions as `orders.txt` does, and remembers which intent opened each.
#[derive(Debug)]
pub struct Finder {
    log: OrderLog,
    asked: BTreeMap<Cid, IntentKey>,
    /// The intent named by the server's answer, or by the comment of the position.
    opened_by: BTreeMap<Ticket, IntentKey>,
}

impl Finder {
    /// A finder for a session's symbols.
    #[must_use]
    pub fn new(symbols: &[String]) -> Self {
        Self {
            log: OrderLog::new(symbols, std::iter::empty()),
            asked: BTreeMap::new(),
            opened_by: BTreeMap::new(),
        }
    }

    /// The position with the number #`number`, and the intent that opened it.
    ///
    /// # Errors
    /// The highest number, when there is no position with this one.
    pub fn finish(mut self, number: u64) -> Result<(Ticket, Option<IntentKey>), u64> {
        let _ = self.log.finish();
        let ticket = self.log.position(number).ok_or(self.log.last_number())?;
        Ok((ticket, self.opened_by.get(&ticket).copied()))
    }

    /// Recognises an intent whose answer was lost by the comment of its order.
    fn recognise(&mut self, ticket: Ticket, comment: &str) {
        if !self.opened_by.contains_key(&ticket)
            && let Some(key) = self.asked.values().find(|key| key.comment() == comment)
        {
            self.opened_by.insert(ticket, *key);
        }
    }

    fn see(&mut self, news: &BrokerEvent) {
        match news {
            BrokerEvent::Answer(answer) => {
                if let (Outcome::Server(server), Some(key)) =
                    (&answer.outcome, self.asked.get(&answer.cid))
                    && let Some(order) = server.order
                {
                    self.opened_by.entry(order).or_insert(*key);
                    self.asked.remove(&answer.cid);
                }
            }
            BrokerEvent::Position(position) => self.recognise(position.ticket, &position.comment),
            BrokerEvent::Snapshot(snapshot) => {
                snapshot
                    .positions
                    .iter()
                    .for_each(|position| self.recognise(position.ticket, &position.comment));
                snapshot
                    .history_deals
                    .iter()
                    .for_each(|deal| self.recognise(deal.position, &deal.comment));
            }
            _ => {}
        }
    }
}

impl Journal for Finder {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        self.log.step(step);
        let _ = self.log.drain();
        if let Event::Broker(news) = step.event {
            self.see(news);
        }
        for action in step.actions {
            if let Action::Trade(trade) = action
                && trade.request.enters()
            {
                self.asked.insert(trade.cid, trade.key);
            }
        }
        Ok(())
    }
}
