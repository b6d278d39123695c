//! What the server knows but does not report by itself: every order with the request behind it, and
//! every deal. It is for judges that look at the broker's own truth. It is kept only when
//! configured, and then completely.

use crate::domain::deal::Deal;
use crate::domain::id::{Cid, IntentKey, Ticket};
use crate::domain::order::Order;
use crate::domain::time::Timestamp;
use crate::executor::action::{Owner, Request, Trade};
use std::collections::BTreeMap;

/// The request for which an order was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderOrigin {
    /// The number of the attempt.
    pub cid: Cid,
    /// The key of the intent.
    pub key: IntentKey,
    /// The owner in the request.
    pub owner: Owner,
    /// The request itself.
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
    /// The last state of every order, by ticket, including working orders and those that the server
    /// made by itself.
    #[must_use]
    pub const fn orders(&self) -> &BTreeMap<Ticket, Order> {
        &self.orders
    }

    /// The request of each order, by the order's ticket. Orders that are missing here were made by
    /// the server itself.
    #[must_use]
    pub const fn sent(&self) -> &BTreeMap<Ticket, OrderOrigin> {
        &self.sent
    }

    /// Every deal in order of time, including deposits and withdrawals.
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
