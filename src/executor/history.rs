//! The outcomes of past entries, for GET_ORDER_STATUS, and the counts of all requests.

use crate::domain::amount::{Price, Volume};
use crate::domain::flaw::{Checked, must};
use crate::domain::id::{IntentKey, Ticket};
use crate::domain::retcode::Retcode;
use crate::executor::action::{ExecutionSummary, OrderProgress, OrderStatusData, Owner, Verdict};
use crate::executor::book::holding::Holding;
use crate::executor::book::order::HeldOrder;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// The number of past entries that are remembered.
const DONE_MAX: usize = 1_000;

/// An entry that has ended.
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
    /// The filled volume in lots; none when an older state did not keep it.
    #[serde(default)]
    pub filled: Option<Volume>,
    /// The price at which its position was opened; none when it is not known.
    #[serde(default)]
    pub price_open: Option<Price>,
    /// What the trade server last answered.
    pub retcode: Option<Retcode>,
    /// Why the entry was given up; none when it was not.
    pub verdict: Option<Verdict>,
}

impl Done {
    /// The answer to GET_ORDER_STATUS.
    pub fn status(&self) -> OrderStatusData {
        let Self { key, owner, progress, order, position, retcode, .. } = self.clone();
        OrderStatusData { key, owner, progress, order, position, retcode }
    }
}

/// The entries that have ended, the latest last, and the counts of all requests.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct History {
    done: VecDeque<Done>,
    /// Counts since the first start of the state.
    pub summary: ExecutionSummary,
}

impl History {
    /// Keeps an entry that has ended.
    pub fn keep(&mut self, done: Done) {
        if self.done.len() == DONE_MAX {
            self.done.pop_front();
        }
        self.done.push_back(done);
    }

    /// Counts a position that was closed.
    pub fn closed(&mut self, holding: &Holding) {
        self.summary.closed += 1;
        // A sum that does not fit is left out.
        let net = holding.net().and_then(|net| self.summary.net_profit.checked_add(net));
        self.summary.net_profit = net.unwrap_or(self.summary.net_profit);
    }

    /// An entry's order has ended; `opened` is the position that it opened, as far as it is known.
    pub fn ordered(&mut self, order: &HeldOrder, opened: Option<&Holding>) {
        // An adopted order belongs to no intent here.
        let Some(key) = order.claim.key else { return };
        let progress =
            if order.dealt > Volume::ZERO { OrderProgress::Filled } else { OrderProgress::Ended };
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

    /// The latest ended entry for which `holds` is true.
    pub fn find(&self, holds: impl Fn(&Done) -> bool) -> Option<&Done> {
        self.done.iter().rev().find(|done| holds(done))
    }
}

impl History {
    /// Checks a history that was read.
    ///
    /// # Errors
    /// The first field with an impossible value.
    pub fn check(&self) -> Checked {
        must(self.done.len() <= DONE_MAX, "done", &format!("must not be more than {DONE_MAX}"))?;
        must(
            self.done.iter().all(|done| done.filled >= Some(Volume::ZERO) || done.filled.is_none()),
            "done.filled",
            "must not be below 0",
        )
    }
}
