//! Readings of the account under way: rows are gathered by the question that they answer, until all have come.

use super::news::AnswerEnd;
use crate::domain::account::Account;
use crate::domain::deal::Deal;
use crate::domain::id::DataId;
use crate::domain::order::Order;
use crate::domain::position::Position;
use crate::domain::time::ServerMsc;
use crate::executor::event::BrokerSnapshot;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What has come of a reading.
#[derive(Debug, Clone)]
struct Reading {
    id: DataId,
    since: ServerMsc,
    account: Option<Account>,
    positions: Vec<Arc<Position>>,
    orders: Vec<Order>,
    history_orders: Vec<Arc<Order>>,
    deals: Vec<Arc<Deal>>,
    /// A row of it could not be read, so it proves no absence.
    lacks: bool,
}

/// All readings under way.
#[derive(Debug, Default)]
pub(super) struct ReadingsAsked(BTreeMap<u64, Reading>);

impl ReadingsAsked {
    pub fn ask(&mut self, number: u64, id: DataId, since: ServerMsc) {
        let reading = Reading {
            id,
            since,
            account: None,
            positions: Vec::new(),
            orders: Vec::new(),
            history_orders: Vec::new(),
            deals: Vec::new(),
            lacks: false,
        };
        self.0.insert(number, reading);
    }

    pub fn account(&mut self, number: u64, account: Account) {
        if let Some(reading) = self.0.get_mut(&number) {
            reading.account = Some(account);
        }
    }

    /// Takes a row that is part of a reading; one that is none is news.
    pub fn position(&mut self, number: Option<u64>, row: &Position) -> Option<()> {
        self.row(number, |reading| reading.positions.push(Arc::new(row.clone())))
    }

    /// As [`position`](Self::position).
    pub fn order(&mut self, number: Option<u64>, row: &Order) -> Option<()> {
        self.row(number, |reading| reading.orders.push(row.clone()))
    }

    /// As [`position`](Self::position).
    pub fn history_order(&mut self, number: Option<u64>, row: &Order) -> Option<()> {
        self.row(number, |reading| reading.history_orders.push(Arc::new(row.clone())))
    }

    /// As [`position`](Self::position).
    pub fn deal(&mut self, number: Option<u64>, row: &Deal) -> Option<()> {
        self.row(number, |reading| reading.deals.push(Arc::new(row.clone())))
    }

    /// A row could not be read.
    pub fn lacks(&mut self, number: Option<u64>) {
        self.row(number, |reading| reading.lacks = true);
    }

    /// Something could not be read, whatever it was part of.
    pub fn lack_all(&mut self) {
        self.0.values_mut().for_each(|reading| reading.lacks = true);
    }

    fn row(&mut self, number: Option<u64>, put: impl FnOnce(&mut Reading)) -> Option<()> {
        let Some(number) = number else { return Some(()) };
        if let Some(reading) = self.0.get_mut(&number) {
            put(reading);
        }
        None
    }

    /// The reading that is finished; none when `done` is about something else, or when nothing is known of the
    /// account: then it is asked for again.
    pub fn done(&mut self, done: &AnswerEnd, known: Option<Account>) -> Option<BrokerSnapshot> {
        let reading = self.0.remove(&done.id)?;
        // Without its account a reading proves nothing.
        let complete = done.complete && reading.account.is_some() && !reading.lacks;
        Some(BrokerSnapshot {
            id: reading.id,
            history_since_msc: Some(reading.since),
            as_of_msc: ServerMsc(done.as_of_msc),
            complete,
            account: reading.account.or(known)?,
            positions: reading.positions,
            orders: reading.orders,
            history_orders: reading.history_orders,
            history_deals: reading.deals,
        })
    }

    pub fn forget(&mut self, number: u64) {
        self.0.remove(&number);
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }
}
