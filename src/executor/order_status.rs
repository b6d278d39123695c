//! How far an entry has come: from its request, waiting or sent, through its order, to its
//! position.

use super::Executor;
use super::flow::{Flow, FlowState};
use super::history::Done;
use crate::domain::amount::Volume;
use crate::domain::id::IntentKey;
use crate::executor::action::{OrderProgress, OrderStatusData, ResultData, TradeData};
use crate::executor::book::holding::Holding;
use crate::executor::book::order::{HeldOrder, Purpose};

impl Executor {
    /// How far an entry has come, by its key or its owner's name.
    pub(super) fn order_status(
        &self,
        holds: impl Fn(IntentKey, &str) -> bool,
    ) -> Option<OrderStatusData> {
        let holding = self
            .book
            .holdings()
            .find(|one| one.claim.key.is_some_and(|key| holds(key, one.claim.owner.name())));
        let order = self.book.orders().find(|one| {
            matches!(one.purpose, Purpose::Open(_))
                && one.claim.key.is_some_and(|key| holds(key, one.claim.owner.name()))
        });
        let flow = self
            .flows
            .iter()
            .find(|(_, one)| one.intent.enters() && holds(one.key, one.owner.name()))
            .map(|(_, one)| one);
        let done = self.history.find(|one| holds(one.key, one.owner.name()));
        if let Some(order) = order {
            return Some(status_of_order(order, holding));
        }
        match (flow, holding, done) {
            (Some(flow), _, _) if !flow.claimed => Some(status_of_flow(flow)),
            // As long as no answer and no order says how it ended, the rest of it may have filled,
            // too.
            (Some(flow), Some(holding), _) if flow.opens() > Some(holding.opened()) => {
                Some(status_of_flow(flow))
            }
            (_, Some(holding), _) => Some(status_of_holding(holding)),
            (Some(flow), None, _) => Some(status_of_flow(flow)),
            (None, None, done) => done.map(Done::status),
        }
    }

    /// The outcome of an entry, for the result of its command.
    pub(super) fn trade_data(&self, key: IntentKey) -> ResultData {
        // More entries may have ended since then than are remembered.
        let Some(status) = self.order_status(|own, _| own == key) else { return ResultData::None };
        let holding = self.book.holdings().find(|holding| holding.claim.key == Some(key));
        let placed =
            status.order.and_then(|ticket| self.book.order(ticket)).and_then(|order| order.price);
        let done = self.history.find(|done| done.key == key);
        let price =
            holding.map(|one| one.price_open).or(placed).or(done.and_then(|done| done.price_open));
        let position = holding.map(|one| one.ticket).or(status.position);
        let volume = holding
            .map(Holding::opened)
            .or(done.and_then(|done| done.filled))
            .unwrap_or(Volume::ZERO);
        ResultData::Trade(Box::new(TradeData { key, order: status.order, position, volume, price }))
    }
}

fn status_of_order(order: &HeldOrder, holding: Option<&Holding>) -> OrderStatusData {
    let progress = if order.ambiguous {
        OrderProgress::Ambiguous
    } else if holding.is_some() && order.is_over() {
        OrderProgress::Filled
    } else if order.is_working() {
        OrderProgress::Working
    } else {
        OrderProgress::Accepted
    };
    OrderStatusData {
        key: order.claim.key.expect("it was found by its key"),
        owner: order.claim.owner.clone(),
        progress,
        order: Some(order.ticket),
        position: holding.map(|holding| holding.ticket).or(order.position),
        retcode: order.retcode,
    }
}

fn status_of_holding(holding: &Holding) -> OrderStatusData {
    OrderStatusData {
        key: holding.claim.key.expect("it was found by its key"),
        owner: holding.claim.owner.clone(),
        progress: OrderProgress::Filled,
        order: None,
        position: Some(holding.ticket),
        retcode: None,
    }
}

fn status_of_flow(flow: &Flow) -> OrderStatusData {
    let progress = match flow.state {
        FlowState::Waiting => OrderProgress::Waiting,
        FlowState::Sent => OrderProgress::Sent,
        FlowState::Accepted => OrderProgress::Accepted,
        FlowState::Unknown { .. } => OrderProgress::Unknown,
    };
    OrderStatusData {
        key: flow.key,
        owner: flow.owner.clone(),
        progress,
        order: None,
        position: None,
        retcode: flow.retcode,
    }
}
