//! One order of ours at the broker: from the moment the broker names it to the moment its deals account for all that it
//! filled. Every request that makes an order makes one of these, market orders and closes included.

use super::holding::Claim;
use crate::domain::amount::{Price, Volume};
use crate::domain::id::{SymbolId, Ticket};
use crate::domain::order::{Expiration, Order, OrderKind, OrderState, Side};
use crate::domain::retcode::Retcode;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::executor::action::{ModifyOrderRequest, RequestReason};
use crate::executor::flow::{Flow, Intent};
use crate::executor::goal::{ChangeGoal, RemoveGoal, is_zero};
use crate::executor::source::Source;
use serde::{Deserialize, Serialize};

/// What an order is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// It opens a position on this side.
    Open(Side),
    /// Closes these positions, by ticket.
    Close(Vec<Ticket>),
}

/// An order of ours at the broker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldOrder {
    /// The ticket of the order.
    pub ticket: Ticket,
    /// What it takes from the intent that made it, or from its adoption.
    pub claim: Claim,
    /// The reason for which it was sent.
    pub why: RequestReason,
    /// Whether it opens a position or closes some.
    pub purpose: Purpose,
    /// The symbol that is traded, as its index in the session.
    pub symbol: SymbolId,
    /// Market, pending or close-by, with its side.
    pub kind: OrderKind,
    /// The state of the order, as last reported.
    pub state: OrderState,
    /// The requested volume in lots.
    pub volume: Volume,
    /// The filled volume in lots as the broker reports it; its deals must sum to it.
    pub said: Volume,
    /// The volume of its known deals, in lots.
    pub dealt: Volume,
    /// The price of a pending order; none for a market order.
    pub price: Option<Price>,
    /// Price of the limit order that a stop-limit order becomes.
    pub stop_limit: Option<Price>,
    /// When a pending order expires.
    pub expiration: Expiration,
    /// Whether the stops that it was given have stood.
    pub stops_stood: bool,
    /// Its removal, if that is wanted.
    pub remove: Option<RemoveGoal>,
    /// A change, if that is wanted.
    pub change: Option<ChangeGoal>,
    /// Changes that were wanted so far, this one among them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub changes: u32,
    /// Intents to remove or change it so far.
    pub attempts: u32,
    /// The position that it has opened.
    pub position: Option<Ticket>,
    /// When news of it last came, in steps of the executor.
    pub heard: u64,
    /// Since when it is known.
    pub since: Timestamp,
    /// Server time of its sending.
    pub sent_msc: ServerMsc,
    /// What the trade server last answered.
    pub retcode: Option<Retcode>,
    /// Readings of the account, one after another, that should have shown it and did not.
    pub missing: u32,
    /// Whether what is known of it contradicts itself.
    pub ambiguous: bool,
}

impl HeldOrder {
    /// The order that an attempt made.
    pub fn of(flow: &Flow, ticket: Ticket) -> Option<Self> {
        let (purpose, kind, volume, wanted) = match &flow.intent {
            Intent::Open(plan) => (Purpose::Open(plan.side), OrderKind::Market(plan.side), plan.volume, (plan.sl, plan.tp)),
            Intent::Place(one) => (Purpose::Open(one.side), one.kind.of(one.side), one.volume, (one.sl, one.tp)),
            Intent::Close(one) => (Purpose::Close(vec![one.position]), OrderKind::Market(one.side), one.volume, (None, None)),
            Intent::CloseBy(one) => (Purpose::Close(vec![one.position, one.by]), OrderKind::CloseBy, Volume::ZERO, (None, None)),
            Intent::Modify(_) | Intent::ModifyOrder(_) | Intent::Remove(_) => return None,
        };
        let placed = if let Intent::Place(one) = &flow.intent { Some(one) } else { None };
        Some(Self {
            ticket,
            claim: flow.claim(wanted),
            why: flow.why,
            purpose,
            symbol: flow.symbol,
            kind,
            state: OrderState::Started,
            volume,
            said: Volume::ZERO,
            dealt: Volume::ZERO,
            price: placed.map(|one| one.price),
            stop_limit: placed.and_then(|one| one.stop_limit),
            expiration: placed.map(|one| one.expiration).unwrap_or_default(),
            stops_stood: false,
            remove: None,
            change: None,
            changes: 0,
            attempts: 0,
            position: None,
            heard: 0,
            since: flow.sent,
            sent_msc: flow.sent_msc,
            retcode: None,
            missing: 0,
            ambiguous: false,
        })
    }

    /// One that works at the broker and that no attempt here explains.
    pub fn adopted(order: &Order, claim: Claim, opens: bool) -> Self {
        let purpose = match order.kind.side() {
            Some(side) if opens => Purpose::Open(side),
            _ => Purpose::Close(order.position.into_iter().collect()),
        };
        Self {
            ticket: order.ticket,
            claim,
            why: RequestReason::Command,
            purpose,
            symbol: order.symbol,
            kind: order.kind,
            state: order.state,
            volume: order.volume_initial,
            said: order.volume_initial - order.volume_current,
            // Its earlier deals are past: what it fills from here on counts.
            dealt: order.volume_initial - order.volume_current,
            price: order.price,
            stop_limit: order.stop_limit,
            expiration: order.expiration,
            stops_stood: false,
            remove: None,
            change: None,
            changes: 0,
            attempts: 0,
            position: None,
            heard: 0,
            since: Timestamp::default(),
            sent_msc: order.time_setup_msc,
            retcode: None,
            missing: 0,
            ambiguous: false,
        }
    }

    /// What a position takes from it that it opens: stops that a change was answered to have set are its own, though no
    /// statement of the order has shown them.
    pub fn claim(&self) -> Claim {
        let change = self.change.as_ref().filter(|change| change.done_at.is_some());
        let wanted = change.map_or(self.claim.wanted, |change| (change.request.sl, change.request.tp));
        Claim { wanted, ..self.claim.clone() }
    }

    /// Whether it may still be filled: it works at the broker.
    pub const fn is_working(&self) -> bool {
        !self.state.is_final()
    }

    /// Whether nothing more will come of it.
    pub fn is_over(&self) -> bool {
        self.state.is_final() && self.dealt >= self.said
    }

    /// Whether it closes the position, or may yet. One that contradicts itself stands in no other's way.
    pub fn closes(&self, position: Ticket) -> bool {
        !self.is_over() && !self.ambiguous && matches!(&self.purpose, Purpose::Close(positions) if positions.contains(&position))
    }

    /// What it may still fill: the rest of what it was sent for while it works, deals that it has made and that are not known
    /// yet once it has ended.
    pub fn outstanding(&self) -> Volume {
        (if self.is_working() { self.volume } else { self.said } - self.dealt).max(Volume::ZERO)
    }

    /// Takes what the broker says of it. A state never goes back from a final one, unless it is listed among the working
    /// ones; what stands in the history is over, whatever its state there says.
    pub(super) fn tell(&mut self, order: &Order, source: Source) {
        if self.state.is_final() && !order.state.is_final() && source == Source::News {
            return;
        }
        let filled_in_part = source == Source::History && !order.state.is_final();
        self.state = if filled_in_part { OrderState::Canceled } else { order.state };
        self.volume = order.volume_initial;
        self.said = self.said.max(order.volume_initial - order.volume_current);
        self.missing = 0;
        if source == Source::News && !self.is_as_now(order) {
            return;
        }
        self.kind = order.kind;
        self.price = order.price.or(self.price);
        self.stop_limit = order.stop_limit;
        self.expiration = order.expiration;
        if let Some(goal) = self.change.take_if(|goal| stands(&goal.request, order)) {
            self.claim.wanted = (goal.request.sl, goal.request.tp);
            self.retcode = Some(Retcode::DONE);
        }
        // As with a position: stops that stood and are others now were changed by somebody else.
        if order.kind.is_pending() && source == Source::Reading {
            let stops = (order.sl, order.tp);
            if self.stops_stood && self.change.is_none() {
                self.claim.wanted = stops;
            }
            self.stops_stood |= stops == self.claim.wanted;
        }
    }

    /// Whether news of the order says how it is now. News carries no time: of an order that was changed it may say what was
    /// before, but for what the first change wants, which never was. What it is then, a reading tells.
    fn is_as_now(&self, order: &Order) -> bool {
        match self.changes {
            0 => true,
            1 => self.change.as_ref().is_some_and(|change| stands(&change.request, order)),
            _ => false,
        }
    }
}

/// Whether an order stands as a change wants it.
fn stands(wanted: &ModifyOrderRequest, order: &Order) -> bool {
    let ModifyOrderRequest { price, stop_limit, sl, tp, expiration, .. } = *wanted;
    (Some(price), stop_limit, sl, tp, expiration) == (order.price, order.stop_limit, order.sl, order.tp, order.expiration)
}
