//! The outcomes of entries that are over, for GET_ORDER_STATUS, and counts of all requests.

use crate::domain::amount::{Price, Volume};
use crate::domain::flaw::{Checked, must};
use crate::domain::id::{IntentKey, Ticket};
use crate::domain::retcode::Retcode;
use crate::executor::action::{ExecutionSummary, OrderProgress, OrderStatusData, Owner, Verdict};
use crate::executor::book::holding::Holding;
use crate::executor::book::order::HeldOrder;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// The number of entries that are remembered after their end.
const DONE_MAX: usize = 1_000;

/// An entry that is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The key of the intent.
    pub key: IntentKey,
    /// The strategy or command that it belonged to.
    pub owner: Owner,
    /// How it ended.
    pub progress: OrderProgress,
    /// The ticket of its order; none when no order is known.
    pub order: Option<Ticket>,
    /// The ticket of the position that it opened; none when it opened none.
    pub position: Option<Ticket>,
    /// How much of it was filled, in lots. None where an older state did not keep it.
    #[serde(default)]
    pub filled: Option<Volume>,
    /// The price at which its position was opened; none when it is not known.
    #[serde(default)]
    pub price_open: Option<Price>,
    /// What the trade server last answered.
    pub retcode: Option<Retcode>,
    /// Why it was given up; none when it was not.
    pub verdict: Option<Verdict>,
}

impl Done {
    /// The answer to GET_ORDER_STATUS.
    pub fn status(&self) -> OrderStatusData {
        let Self { key, owner, progress, order, position, retcode, .. } = self.clone();
        OrderStatusData { key, owner, progress, order, position, retcode }
    }
}

/// The entries that are over, the latest last, and the counts of all requests.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct History {
    done: VecDeque<Done>,
    /// Counts since the first start of the state.
    pub summary: ExecutionSummary,
}

impl History {
    /// Keeps an entry that is over.
    pub fn keep(&mut self, done: Done) {
        if self.done.len() == DONE_MAX {
            self.done.pop_front();
        }
        self.done.push_back(done);
    }

    /// Counts a position that was closed.
    pub fn closed(&mut self, holding: &Holding) {
        self.summary.closed += 1;
        // What is more than can be counted is left out.
        let net = holding.net().and_then(|net| self.summary.net_profit.checked_add(net));
        self.summary.net_profit = net.unwrap_or(self.summary.net_profit);
    }

    /// An order that was to open is over; `opened` is what it opened, as far as it is known.
    pub fn ordered(&mut self, order: &HeldOrder, opened: Option<&Holding>) {
        // One that was adopted is nobody's intent here.
        let Some(key) = order.claim.key else { return };
        let progress = if order.dealt > Volume::ZERO { OrderProgress::Filled } else { OrderProgress::Ended };
        self.keep(Done {
            key,
            owner: order.claim.owner.clone(),
            progress,
            order: Some(order.ticket),
            position: order.position,
            filled: Some(order.dealt),
            price_open: opened.map(|holding| holding.price_open),
            retcode: order.retcode,
            verdict: None,
        });
    }

    /// The latest entry that is over and of which `holds` is true.
    pub fn find(&self, holds: impl Fn(&Done) -> bool) -> Option<&Done> {
        self.done.iter().rev().find(|done| holds(done))
    }
}

impl History {
    /// Whether one that was read can be.
    ///
    /// # Errors
    /// The first field that cannot.
    pub fn check(&self) -> Checked {
        must(self.done.len() <= DONE_MAX, "done", &format!("must not be more than {DONE_MAX}"))?;
        must(self.done.iter().all(|done| done.filled >= Some(Volume::ZERO) || done.filled.is_none()), "done.filled", "must not be below 0")
    }
}
