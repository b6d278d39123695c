//! Reports of the book: the account when it changes, and everything at once when it is requested.

use crate::domain::account::{Account, MarginMode};
use crate::domain::id::DataId;
use crate::domain::money::currency_digits;
use crate::domain::time::ServerMsc;
use crate::executor::event::{BrokerEvent, BrokerSnapshot};
use crate::sim::broker::book::AccountBook;
use crate::sim::broker::book::figures::AccountFigures;
use crate::sim::broker::witness::AccountHistory;
use std::sync::Arc;

impl AccountBook {
    /// Appends the account if it has changed since it was last reported.
    pub fn tell_account(&mut self, news: &mut Vec<BrokerEvent>) {
        let now = AccountFigures {
            balance: self.ledger.balance(),
            margin: self.ledger.margin(),
            trade_allowed: self.trade_allowed,
            margin_call: self.margin_call,
        };
        if self.told != Some(now) {
            self.told = Some(now);
            news.push(BrokerEvent::Account(Box::new(self.account())));
        }
    }

    /// Forgets what was last reported of the account, because nobody received it.
    pub const fn unheard(&mut self) {
        self.told = None;
    }

    /// Allows or forbids trading. Appends the account.
    pub fn allow_trading(&mut self, allowed: bool, news: &mut Vec<BrokerEvent>) {
        self.trade_allowed = allowed;
        self.tell_account(news);
    }

    /// Whether the account may trade.
    pub const fn may_trade(&self) -> bool {
        self.trade_allowed
    }

    /// Keeps every order and deal from now on.
    pub fn keep_history(&mut self) {
        self.records.keep_history();
    }

    /// Every order and deal, if they are kept.
    pub const fn history(&self) -> Option<&AccountHistory> {
        self.records.history()
    }

    /// The present state of the account.
    pub fn account(&self) -> Account {
        Account {
            login: self.model.login,
            currency: self.model.currency.clone(),
            currency_digits: currency_digits(&self.model.currency),
            leverage: self.model.leverage,
            balance: self.ledger.balance(),
            margin: self.ledger.margin(),
            trade_allowed: self.trade_allowed,
            margin_mode: MarginMode::Hedging,
            server: self.model.server.clone(),
            margin_call: self.margin_call,
        }
    }

    /// Everything that the account holds, with the history since a moment.
    pub fn snapshot(&self, as_of_msc: ServerMsc, since: ServerMsc) -> BrokerSnapshot {
        BrokerSnapshot {
            id: DataId::default(),
            history_since_msc: None,
            as_of_msc,
            complete: true,
            account: self.account(),
            positions: self.positions.values().map(|held| Arc::clone(&held.position)).collect(),
            orders: self.working().values().cloned().collect(),
            history_orders: self.records.orders_since(since),
            history_deals: self.records.deals_since(since),
        }
    }
}
