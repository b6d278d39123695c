//! Checks positions and orders that were read from a state.

use super::order::HeldOrder;
use super::{Book, EARLY_MAX};
use crate::domain::amount::Volume;
use crate::domain::flaw::{Checked, each, must};
use crate::domain::position::Position;
use crate::executor::action::ModifyOrderRequest;
use crate::executor::bounds::{Bounds, count_short, volume};
use crate::executor::goal::OVERTAKEN_MAX;

impl Book {
    /// Checks a book that was read.
    ///
    /// # Errors
    /// The first field with an impossible value.
    pub fn check(&self, bounds: Bounds) -> Checked {
        let Self {
            holdings,
            index,
            orders,
            closed,
            ended,
            early,
            unclaimed,
            foreign,
            foreign_orders,
            last_deal: _,
        } = self;
        each(
            "holdings",
            holdings.iter().map(|(key, holding)| (key.0, (key, holding))),
            |(key, holding)| {
                must(holding.identifier == *key, "identifier", "must be that by which it is kept")?;
                holding.check(bounds)
            },
        )?;
        index.check(holdings)?;
        each("orders", orders.iter().map(|(key, order)| (key.0, (key, order))), |(key, order)| {
            must(order.ticket == *key, "ticket", "must be that by which it is kept")?;
            order.check(bounds)
        })?;
        must(
            closed.tickets().all(|over| !holdings.contains_key(&over)),
            "closed",
            "names a position that is there",
        )?;
        must(
            ended.tickets().all(|over| !orders.contains_key(&over)),
            "ended",
            "names an order that is there",
        )?;
        must(early.len() <= EARLY_MAX, "early", &format!("must not be more than {EARLY_MAX}"))?;
        each("early", (0_usize..).zip(early), |deal| bounds.symbol("symbol", deal.symbol))?;
        let position = |(key, one): (u64, &Position)| {
            must(one.ticket.0 == key, "ticket", "must be that by which it is kept")?;
            bounds.symbol("symbol", one.symbol)
        };
        each("unclaimed", unclaimed.iter().map(|(key, one)| (key.0, (key.0, one))), position)?;
        each("foreign", foreign.iter().map(|(key, one)| (key.0, (key.0, one))), position)?;
        each(
            "foreign_orders",
            foreign_orders.iter().map(|(key, one)| (key.0, (key.0, one))),
            |(key, one)| {
                must(one.ticket.0 == key, "ticket", "must be that by which it is kept")?;
                bounds.symbol("symbol", one.symbol)
            },
        )
    }
}

impl HeldOrder {
    fn check(&self, bounds: Bounds) -> Checked {
        bounds.symbol("symbol", self.symbol)?;
        bounds.past("since", self.since)?;
        bounds.step("heard", self.heard)?;
        [("volume", self.volume), ("said", self.said), ("dealt", self.dealt)]
            .into_iter()
            .try_for_each(|(path, lots)| volume(path, lots))?;
        must(
            (Volume::ZERO..=self.dealt).contains(&self.unexplained),
            "unexplained",
            "must be a part of what was dealt",
        )?;
        count_short("attempts", self.attempts)?;
        count_short("changes", self.changes)?;
        count_short("missing", self.missing)?;
        must(
            self.lingering.len() <= OVERTAKEN_MAX,
            "lingering",
            &format!("must not be more than {OVERTAKEN_MAX}"),
        )?;
        let own = |request: &ModifyOrderRequest| {
            must(request.order == self.ticket, "order", "must be the ticket of this order")?;
            must(request.symbol == self.symbol, "symbol", "must be that of this order")
        };
        each("lingering", (0_usize..).zip(&self.lingering), own)?;
        self.left.as_ref().map_or(Ok(()), own).map_err(|flaw| flaw.under("left"))?;
        if let Some(remove) = &self.remove {
            remove.pace.check().map_err(|flaw| flaw.under("remove.pace"))?;
        }
        let Some(change) = &self.change else { return Ok(()) };
        own(&change.request).map_err(|flaw| flaw.under("change.request"))?;
        bounds.step("change.done_at", change.done_at)?;
        count_short("change.tries", change.tries)?;
        change.pace.check().map_err(|flaw| flaw.under("change.pace"))
    }
}
