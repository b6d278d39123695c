//! The life of one order, from the bar behind its signal to its close. It keeps only the steps that
//! touched its position, which [`crate::inspect::finder`] has found.

use crate::domain::amount::{Price, Volume};
use crate::domain::id::{Cid, IntentKey, SymbolId, Ticket};
use crate::domain::order::OrderState;
use crate::domain::time::Timestamp;
use crate::executor::action::{Action, Report, Request, ResultData, Trade, TradeClosed};
use crate::executor::event::{BrokerEvent, Event, Outcome};
use crate::inspect::evaluation::{Evaluation, notes};
use crate::recording::words::{self, Names};
use crate::session::ports::{Journal, PortError, Step};
use serde::Serialize;
use std::collections::BTreeMap;

/// One step that touched the order.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Touch {
    /// The number of the input.
    pub input_seq: u64,
    /// The moment of the step.
    pub at: Timestamp,
    /// What happened.
    pub event: String,
    /// The evaluation behind a request of the step.
    pub evaluation: Option<Evaluation>,
    /// The executor's actions, as far as they concern the order.
    pub actions: Vec<String>,
}

/// Keeps the steps that touched one position.
#[derive(Debug)]
pub struct PositionLife {
    ticket: Ticket,
    key: Option<IntentKey>,
    /// Its requests, with the symbol in whose digits their answers give prices.
    requests: BTreeMap<Cid, SymbolId>,
    names: Names,
    money_digits: u32,
    /// The steps, in order of time.
    pub touches: Vec<Touch>,
    /// The strategy that owns it, once a request or a report says so.
    pub strategy: Option<String>,
    /// How it ended.
    pub closed: Option<TradeClosed>,
    /// The state in which its order ended before anything was filled.
    pub unfilled: Option<OrderState>,
}

impl PositionLife {
    /// The life of the position `ticket` opened by the intent `key`, on an account whose currency
    /// has so many digits.
    #[must_use]
    pub fn new(
        symbols: &[String],
        money_digits: u32,
        (ticket, key): (Ticket, Option<IntentKey>),
    ) -> Self {
        let names = Names::new(symbols);
        Self {
            ticket,
            key,
            requests: BTreeMap::new(),
            names,
            money_digits,
            touches: Vec::new(),
            strategy: None,
            closed: None,
            unfilled: None,
        }
    }

    /// The event in words, if it concerns the order.
    fn event(&self, event: &Event) -> Option<String> {
        let Event::Broker(news) = event else { return None };
        let concerns = match news {
            BrokerEvent::Answer(answer) => self.requests.contains_key(&answer.cid),
            BrokerEvent::Deal(deal) => deal.position == self.ticket,
            BrokerEvent::Order(order) => order.ticket == self.ticket,
            BrokerEvent::Position(position) => position.ticket == self.ticket,
            BrokerEvent::Removed(ticket) => *ticket == self.ticket,
            BrokerEvent::Snapshot(snapshot) => {
                snapshot.positions.iter().any(|position| position.ticket == self.ticket)
                    || snapshot.history_deals.iter().any(|deal| deal.position == self.ticket)
            }
            BrokerEvent::Account(_) | BrokerEvent::Symbol(_) | BrokerEvent::NoSymbol(_) => false,
        };
        concerns.then(|| words::news(&self.names, news, self.money_digits) + &self.filled(news))
    }

    /// The price of the fill in an answer, with the symbol's digits.
    fn filled(&self, news: &BrokerEvent) -> String {
        if let BrokerEvent::Answer(answer) = news
            && let (Outcome::Server(server), Some(symbol)) =
                (&answer.outcome, self.requests.get(&answer.cid))
            && server.volume != Volume::ZERO
            && server.price > Price::ZERO
        {
            return format!(
                ", {} lots at {}",
                words::lots(server.volume),
                self.names.price(*symbol, server.price)
            );
        }
        String::new()
    }

    fn concerns(&mut self, action: &Action) -> bool {
        match action {
            Action::Trade(trade) => self.is_ours(trade),
            Action::Report(report) => match &**report {
                Report::Opened(one) => one.position == self.ticket,
                Report::Changed(one) => one.position == self.ticket,
                Report::Closed(one) => {
                    let ours = one.position == self.ticket;
                    if ours {
                        self.closed = Some(one.clone());
                        self.strategy.get_or_insert_with(|| one.owner.name().to_owned());
                    }
                    ours
                }
                Report::Alert(one) => {
                    one.position == Some(self.ticket)
                        || one.cid.is_some_and(|cid| self.requests.contains_key(&cid))
                }
            },
            Action::Result(result) => {
                matches!(&result.data, ResultData::Stopped { closed, remaining, .. } if closed.contains(&self.ticket) || remaining.contains(&self.ticket))
            }
            Action::Data(_) | Action::Ask(_) | Action::Note(_) => false,
        }
    }

    /// Looks whether its order has ended without a fill.
    fn see(&mut self, event: &Event) {
        match event {
            Event::Broker(BrokerEvent::Order(order)) if order.ticket == self.ticket => {
                let is_unfilled =
                    order.state.is_final() && order.volume_current == order.volume_initial;
                self.unfilled = Some(order.state).filter(|_| is_unfilled);
            }
            Event::Broker(BrokerEvent::Deal(deal)) if deal.position == self.ticket => {
                self.unfilled = None;
            }
            _ => {}
        }
    }

    fn is_ours(&mut self, trade: &Trade) -> bool {
        let opens = trade.request.enters() && self.key == Some(trade.key);
        let of_order = match &trade.request {
            Request::ModifyOrder(one) => one.order == self.ticket,
            Request::Remove(one) => one.order == self.ticket,
            _ => false,
        };
        let ours =
            opens || of_order || trade.request.positions().any(|position| position == self.ticket);
        if ours {
            self.requests.insert(trade.cid, trade.request.symbol());
            self.strategy.get_or_insert_with(|| trade.owner.name().to_owned());
        }
        ours
    }
}

impl Journal for PositionLife {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        if matches!(step.event, Event::Tick(_)) && step.actions.is_empty() {
            return Ok(());
        }
        self.names.see(step.event);
        self.see(step.event);
        let event = self.event(step.event);
        let touching: Vec<&Action> =
            step.actions.iter().filter(|action| self.concerns(action)).collect();
        if event.is_none() && touching.is_empty() {
            return Ok(());
        }
        let request = touching.iter().any(|action| matches!(action, Action::Trade(_)));
        let strategy = self.strategy.as_deref();
        let note = strategy.filter(|_| request).and_then(|id| notes(step, Some(id)).next());
        self.touches.push(Touch {
            input_seq: step.input_seq,
            at: step.at,
            event: event.unwrap_or_else(|| words::event(&self.names, step.event)),
            evaluation: note.map(|note| Evaluation::of(step, note)),
            actions: touching
                .iter()
                .map(|action| words::told(&self.names, action, self.money_digits))
                .collect(),
        });
        Ok(())
    }
}
