//! What the server knows and nobody has to ask for: every order with what it was sent for, and every deal. For judges of a
//! run that look at the broker's own truth; kept only where it is asked for, and then all of it.

use crate::domain::deal::Deal;
use crate::domain::id::{Cid, IntentKey, Ticket};
use crate::domain::order::Order;
use crate::domain::time::Timestamp;
use crate::executor::action::{Owner, Request, Trade};
use std::collections::BTreeMap;

/// The request that an order was made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderOrigin {
    /// Number of the attempt.
    pub cid: Cid,
    /// The intent.
    pub key: IntentKey,
    /// Whose.
    pub owner: Owner,
    /// What was asked.
    pub request: Request,
    /// Until when it could be sent: what tells apart two lives that number their attempts alike.
    pub not_after: Timestamp,
}

/// Every order and deal of the run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountHistory {
    orders: BTreeMap<Ticket, Order>,
    sent: BTreeMap<Ticket, OrderOrigin>,
    deals: Vec<Deal>,
}

impl AccountHistory {
    /// Every order as it last stood, by ticket: working ones and those that the server made by itself among them.
    #[must_use]
    pub const fn orders(&self) -> &BTreeMap<Ticket, Order> {
        &self.orders
    }

    /// What each order was sent for, by the order's ticket; an order that is not here the server made by itself.
    #[must_use]
    pub const fn sent(&self) -> &BTreeMap<Ticket, OrderOrigin> {
        &self.sent
    }

    /// Every deal in the order in which they were made, payments among them.
    #[must_use]
    pub fn deals(&self) -> &[Deal] {
        &self.deals
    }

    pub(super) fn note_sent(&mut self, order: Ticket, trade: &Trade) {
        let Trade { cid, key, owner, request, not_after, .. } = trade;
        let (owner, request) = (owner.clone(), request.clone());
        let sent = OrderOrigin { cid: *cid, key: *key, owner, request, not_after: *not_after };
        let before = self.sent.insert(order, sent);
        assert!(before.is_none_or(|before| before.cid == *cid), "an order is made for one request");
    }

    pub(super) fn note_order(&mut self, order: &Order) {
        self.orders.insert(order.ticket, order.clone());
    }

    pub(super) fn note_deal(&mut self, deal: &Deal) {
        self.deals.push(deal.clone());
    }
}
