//! One order of ours at the broker: from the moment the broker names it until its deals account for
//! everything that it filled. Every request that makes an order makes one of these, including
//! market orders and closes.

use super::holding::Claim;
use crate::domain::amount::{Price, Volume};
use crate::domain::id::{SymbolId, Ticket};
use crate::domain::order::{Expiration, Order, OrderKind, OrderState, Side};
use crate::domain::retcode::Retcode;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::executor::action::{ModifyOrderRequest, RequestReason};
use crate::executor::flow::{Flow, Intent};
use crate::executor::goal::{ChangeGoal, OVERTAKEN_MAX, RemoveGoal, is_zero};
use crate::executor::source::Source;
use serde::{Deserialize, Serialize};

/// What an order is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// It opens a position on this side.
    Open(Side),
    /// It closes these positions, by ticket.
    Close(Vec<Ticket>),
}

/// An order of ours at the broker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldOrder {
    /// The ticket of the order.
    pub ticket: Ticket,
    /// What it inherits from the intent that made it, or from its adoption.
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
    /// The filled volume in lots as the broker reports it; the volumes of its deals must add up to
    /// it.
    pub said: Volume,
    /// The volume of its known deals in lots, and what it had filled when it was adopted.
    pub dealt: Volume,
    /// The part of it that was filled before the order was adopted, and of which no deal is known.
    /// The next deals explain it: they add nothing until nothing is left of it.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub unexplained: Volume,
    /// The price of a pending order; none for a market order.
    pub price: Option<Price>,
    /// The price of the limit order that a stop-limit order becomes; none for the other kinds.
    pub stop_limit: Option<Price>,
    /// When a pending order expires.
    pub expiration: Expiration,
    /// Whether the order has been seen with the stops that it was given.
    pub stops_stood: bool,
    /// The goal to remove it, if there is one.
    pub remove: Option<RemoveGoal>,
    /// The goal to change it, if there is one.
    pub change: Option<ChangeGoal>,
    /// The price, stops and expiration that the order should have while no change is wanted: as the
    /// last change or somebody else left them. A late change is undone to this. None before the
    /// first change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<ModifyOrderRequest>,
    /// Changes that were only accepted, or not answered, each once: it may yet be carried out, even
    /// when another one is wanted by then. Whoever wants exactly this again asks by a command.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lingering: Vec<ModifyOrderRequest>,
    /// The number of changes wanted so far, undoing late ones included.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub changes: u32,
    /// The number of intents to remove or change it so far.
    pub attempts: u32,
    /// The position that it has opened.
    pub position: Option<Ticket>,
    /// The step in which news of it last came.
    pub heard: u64,
    /// When it became known.
    pub since: Timestamp,
    /// The server time at which it was sent.
    pub sent_msc: ServerMsc,
    /// What the trade server last answered about the placing or, once one was wanted, about a
    /// change.
    pub retcode: Option<Retcode>,
    /// The number of successive readings that should have shown it and did not.
    pub missing: u32,
    /// Whether the evidence about it is contradictory.
    pub ambiguous: bool,
}

impl HeldOrder {
    /// The order that an attempt made.
    pub fn of(flow: &Flow, ticket: Ticket) -> Option<Self> {
        let (purpose, kind, volume, wanted) = match &flow.intent {
            Intent::Open(plan) => (
                Purpose::Open(plan.side),
                OrderKind::Market(plan.side),
                plan.volume,
                (plan.sl, plan.tp),
            ),
            Intent::Place(one) => {
                (Purpose::Open(one.side), one.kind.of(one.side), one.volume, (one.sl, one.tp))
            }
            Intent::Close(one) => (
                Purpose::Close(vec![one.position]),
                OrderKind::Market(one.side),
                one.volume,
                (None, None),
            ),
            Intent::CloseBy(one) => (
                Purpose::Close(vec![one.position, one.by]),
                OrderKind::CloseBy,
                Volume::ZERO,
                (None, None),
            ),
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
            unexplained: Volume::ZERO,
            price: placed.map(|one| one.price),
            stop_limit: placed.and_then(|one| one.stop_limit),
            expiration: placed.map(|one| one.expiration).unwrap_or_default(),
            stops_stood: false,
            remove: None,
            change: None,
            left: None,
            lingering: Vec::new(),
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

    /// A working order that no attempt here explains.
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
            dealt: order.volume_initial - order.volume_current,
            unexplained: order.volume_initial - order.volume_current,
            price: order.price,
            stop_limit: order.stop_limit,
            expiration: order.expiration,
            stops_stood: false,
            remove: None,
            change: None,
            left: None,
            lingering: Vec::new(),
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

    /// What the position that it opens inherits. This includes stops whose change was answered as
    /// done, even if no report of the order has shown them yet.
    pub fn claim(&self) -> Claim {
        let change = self.change.as_ref().filter(|change| change.done_at.is_some());
        let wanted =
            change.map_or(self.claim.wanted, |change| (change.request.sl, change.request.tp));
        Claim { wanted, ..self.claim.clone() }
    }

    /// Whether it works at the broker and may still be filled.
    pub const fn is_working(&self) -> bool {
        !self.state.is_final()
    }

    /// Whether the broker's order, whose comment says nothing, could be this one: of its kind and
    /// volume, and about its positions.
    pub fn could_be(&self, order: &Order) -> bool {
        let is_triggered = matches!((self.kind, order.kind), (OrderKind::StopLimit(own), OrderKind::Limit(side)) if own == side);
        let about = |position: Ticket| match &self.purpose {
            Purpose::Open(_) => true,
            Purpose::Close(positions) => positions.contains(&position),
        };
        let has_volume = self.kind == OrderKind::CloseBy || order.volume_initial == self.volume;
        (order.kind == self.kind || is_triggered) && has_volume && order.position.is_none_or(about)
    }

    /// Takes the volume of a deal that was not known.
    pub(super) fn take_deal(&mut self, volume: Volume) {
        let explained = volume.min(self.unexplained);
        self.unexplained -= explained;
        self.dealt += volume - explained;
        self.said = self.said.max(self.dealt);
        if self.dealt >= self.volume && self.volume > Volume::ZERO {
            self.state = OrderState::Filled;
        }
    }

    /// Whether nothing more will come from it.
    pub fn is_over(&self) -> bool {
        self.state.is_final() && self.dealt >= self.said
    }

    /// Whether it closes the position, or may yet. An ambiguous order does not hold up others.
    pub fn closes(&self, position: Ticket) -> bool {
        !self.is_over()
            && !self.ambiguous
            && matches!(&self.purpose, Purpose::Close(positions) if positions.contains(&position))
    }

    /// The volume that it may still bring: while it works, what is not filled yet; once it has
    /// ended, deals made but not known yet.
    pub fn outstanding(&self) -> Volume {
        (if self.is_working() { self.volume } else { self.said } - self.dealt).max(Volume::ZERO)
    }

    /// Takes what the broker reports about it. A final state stays final unless the order is listed
    /// as working. An order in the history has ended, whatever state it has there.
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
            self.left = Some(goal.request);
        }
        if source == Source::Reading && self.remove.is_none() {
            self.undo_late_change(order);
        }
        // As with a position: stops that were in force and are different now were changed by
        // somebody else.
        if order.kind.is_pending() && source == Source::Reading {
            let stops = (order.sl, order.tp);
            if self.stops_stood && self.change.is_none() {
                self.claim.wanted = stops;
            }
            self.stops_stood |= stops == self.claim.wanted;
        }
    }

    /// Sets the goal to change it.
    pub fn want_change(&mut self, request: ModifyOrderRequest) {
        if let (None, Some(price)) = (&self.left, self.price) {
            let (sl, tp) = self.claim.wanted;
            self.left = Some(ModifyOrderRequest {
                price,
                stop_limit: self.stop_limit,
                sl,
                tp,
                expiration: self.expiration,
                ..request.clone()
            });
        }
        self.retcode = None;
        self.changes += 1;
        self.change = Some(ChangeGoal::new(request));
    }

    /// An attempt at a change may yet be carried out.
    pub fn linger(&mut self, request: &ModifyOrderRequest) {
        if self.lingering.contains(request) {
            return;
        }
        if self.lingering.len() == OVERTAKEN_MAX {
            self.lingering.remove(0);
        }
        self.lingering.push(request.clone());
    }

    /// Whether the broker's order is not what it was left as, and no change of it is wanted.
    pub fn is_altered(&self, order: &Order) -> bool {
        self.change.is_none() && self.left.as_ref().is_some_and(|left| !stands(left, order))
    }

    /// If the order now is as an earlier attempt asked, that attempt is taken to have come late, and
    /// the order is changed back. Any other alteration is accepted.
    fn undo_late_change(&mut self, order: &Order) {
        if !self.is_altered(order) {
            return;
        }
        let is_late = self.lingering.iter().any(|late| stands(late, order));
        let left = self.left.as_mut().expect("what is altered was left as something");
        if is_late {
            let request = left.clone();
            // A command that changes something else meanwhile starts from this.
            self.price = Some(request.price);
            (self.stop_limit, self.expiration) = (request.stop_limit, request.expiration);
            self.want_change(request);
            self.change.iter_mut().for_each(|change| change.undoes = true);
        } else if let Some(price) = order.price {
            let Order { stop_limit, sl, tp, expiration, .. } = *order;
            *left = ModifyOrderRequest { price, stop_limit, sl, tp, expiration, ..*left };
        }
    }

    /// Whether news of the order describes its present state. News carries no time, so after a
    /// change it may describe an earlier state, except when it shows what the first change asks
    /// for, which cannot be an earlier one. In other cases a reading tells.
    fn is_as_now(&self, order: &Order) -> bool {
        // A stop-limit order becomes a limit order once, and never one again.
        if self.stop_limit.is_some() && order.stop_limit.is_none() {
            return true;
        }
        match self.changes {
            0 => true,
            1 => self.change.as_ref().is_some_and(|change| stands(&change.request, order)),
            _ => false,
        }
    }
}

/// Whether an order is as a change asks for.
fn stands(wanted: &ModifyOrderRequest, order: &Order) -> bool {
    let ModifyOrderRequest { price, stop_limit, sl, tp, expiration, .. } = *wanted;
    (Some(price), stop_limit, sl, tp, expiration)
        == (order.price, order.stop_limit, order.sl, order.tp, order.expiration)
}

/// Whether there is none, so that a state leaves it out.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_nothing(volume: &Volume) -> bool {
    volume.raw() == 0
}
