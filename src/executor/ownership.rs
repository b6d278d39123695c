//! Who owns a position, order or deal that the broker reports, and what then applies to it. The
//! owner follows from the tickets of orders, from a comment (which brokers cut and rewrite), from
//! likeness to an attempt of unknown outcome, or from the magic alone.

use super::Executor;
use super::flow::Intent;
use super::plant::planted;
use super::pursue::Portion;
use super::registry::Ended;
use super::source::Source;
use crate::domain::amount::Volume;
use crate::domain::deal::{Deal, DealKind};
use crate::domain::id::{ContentHash, Magic, Ticket};
use crate::domain::position::Position;
use crate::domain::time::ServerMsc;
use crate::executor::action::{
    Action, Alert, AlertCode, Owner, RequestReason, Severity, StrategyState,
};
use crate::executor::book::holding::Claim;
use crate::executor::book::order::{HeldOrder, Purpose};
use crate::market::timeframe::Timeframe;

/// The owner of a position that no intent has claimed.
pub(super) enum Whose {
    Ours(Claim),
    /// The attempt that may have opened it is still on its way.
    Later,
    Foreign,
}

impl Executor {
    /// Starts the position that an opening deal makes, if its order is ours.
    pub(super) fn open_by(&mut self, deal: &Deal, out: &mut Vec<Action>) {
        // A deposit or withdrawal opens nothing, whatever else it says.
        let DealKind::Trade(side) = deal.kind else { return };
        let from_order =
            self.book.order(deal.order).filter(|order| matches!(order.purpose, Purpose::Open(_)));
        if planted!(self, PendingFillNotOwned)
            && from_order.is_some_and(|order| order.kind.is_pending())
        {
            return;
        }
        let claim = match from_order.map(HeldOrder::claim) {
            Some(claim) => Some(claim),
            None => self
                .flows
                .find(|flow| flow.may_open() && flow.key.is_of(&deal.comment))
                .map(|number| self.claim(number)),
        };
        if let Some(claim) = claim {
            self.book.begin_from_deal(deal, side, claim);
            self.welcome(deal.position, out);
        }
    }

    /// Starts the position of a deal that only an attempt of unknown outcome explains.
    fn open_alike(&mut self, number: u64, deal: &Deal, out: &mut Vec<Action>) {
        let DealKind::Trade(side) = deal.kind else {
            unreachable!("only a trade is like what an attempt opens")
        };
        let alert = Alert {
            position: Some(deal.position),
            ..Alert::new(Severity::Warning, AlertCode::PositionAdopted)
        };
        self.flow_alert(number, alert, out);
        let claim = self.claim(number);
        self.book.begin_from_deal(deal, side, claim);
        self.welcome(deal.position, out);
    }

    /// A position is ours from now on: it gets the deals that waited for it, and what applies to
    /// its owner applies to it.
    pub(super) fn welcome(&mut self, identifier: Ticket, out: &mut Vec<Action>) {
        for deal in self.book.take_early_of(identifier) {
            self.on_deal(&deal, out);
        }
        self.embrace(identifier, out);
    }

    /// Adopts a position that had no owner here.
    pub(super) fn take_over(&mut self, position: &Position, claim: Claim, out: &mut Vec<Action>) {
        self.book.begin_from_position(position, claim);
        self.book.take_position(position, true);
        self.welcome(position.identifier(), out);
    }

    /// The owner of a new position: by the comment, by likeness to an attempt of unknown outcome,
    /// or by its magic alone.
    pub(super) fn whose(
        &mut self,
        position: &Position,
        source: Source,
        out: &mut Vec<Action>,
    ) -> Whose {
        if let Some(number) =
            self.flows.find(|flow| flow.may_open() && flow.key.is_of(&position.comment))
        {
            return Whose::Ours(self.claim(number));
        }
        let by_comment = |order: &&HeldOrder| {
            matches!(order.purpose, Purpose::Open(_))
                && order.claim.key.is_some_and(|key| key.is_of(&position.comment))
        };
        let commented = self.book.orders().find(by_comment).map(|order| order.ticket);
        if let Some(order) = commented {
            let order = self.book.order_mut(order).expect("it was found");
            order.position.get_or_insert(position.identifier());
            return Whose::Ours(order.claim());
        }
        let Some(owner) = self.registry.owner(position.magic) else { return Whose::Foreign };
        #[cfg(feature = "plant")]
        if self.disowns(&owner, position) {
            return Whose::Foreign;
        }
        if let Some(number) = self.flows.likeliest(position.volume, |flow| flow.is_like(position)) {
            self.flow_alert(
                number,
                Alert {
                    position: Some(position.ticket),
                    ..Alert::new(Severity::Warning, AlertCode::PositionAdopted)
                },
                out,
            );
            return Whose::Ours(self.claim(number));
        }
        let coming = self
            .flows
            .find(|flow| flow.may_open() && flow.is_out() && flow.is_like(position))
            .is_some();
        // This is the second reading that lists both, with the order unfilled: the position is from
        // another order.
        let twice = source == Source::Reading && self.book.is_unclaimed(position.ticket);
        let unfilled = |order: &HeldOrder| {
            order.heard == self.step && order.kind.is_pending() && order.said == Volume::ZERO
        };
        let working = |order: &HeldOrder| {
            order.position.is_none()
                && !(twice && unfilled(order))
                && !order.is_over()
                && order.claim.magic == position.magic
                && order.symbol == position.symbol
                && order.purpose == Purpose::Open(position.side)
        };
        if coming || self.book.orders().any(working) {
            return Whose::Later;
        }
        let claim =
            self.adoption(owner, position.magic, (position.sl, position.tp), position.time_msc);
        let alert = Alert {
            position: Some(position.ticket),
            ..Alert::new(Severity::Warning, AlertCode::PositionAdopted)
        };
        out.push(alert.of(&claim.owner).into());
        Whose::Ours(claim)
    }

    /// What a position or order of ours inherits when no attempt here explains it.
    pub(super) fn adoption(
        &self,
        owner: Owner,
        magic: Magic,
        wanted: super::goal::Levels,
        since_msc: ServerMsc,
    ) -> Claim {
        let runs = owner.strategy().and_then(|id| self.strategies.find(id));
        let emergency = self.gate.emergency_msc.is_some_and(|emergency| since_msc <= emergency);
        Claim {
            magic,
            key: None,
            rules_hash: runs.map_or(ContentHash([0; 32]), |strategy| strategy.rules_hash),
            timeframe: runs.map_or(Timeframe::M1, |strategy| strategy.timeframe),
            wanted,
            asked: None,
            sent_msc: None,
            overruled: emergency.then_some(RequestReason::Emergency),
            owner,
        }
    }

    /// Marks the position of an attempt as seen, and returns what the position inherits from the
    /// attempt.
    pub(super) fn claim(&mut self, number: u64) -> Claim {
        let flow = self.flows.get_mut(number).expect("what is claimed is open");
        flow.claimed = true;
        let wanted = match &flow.intent {
            Intent::Open(plan) => (plan.sl, plan.tp),
            Intent::Place(one) => (one.sl, one.tp),
            _ => (None, None),
        };
        flow.claim(wanted)
    }

    /// Applies to a new position of ours what applies to its owner: an emergency, a STOP that also
    /// closes what is executed later, an exit on its side that came when its intent was out, a limit on
    /// losses that closes everything, or a time at which nothing is held.
    pub(super) fn embrace(&mut self, identifier: Ticket, out: &mut Vec<Action>) {
        let holding = self.book.holding(identifier).expect("what is ours has begun");
        let (ticket, magic, symbol) = (holding.ticket, holding.claim.magic, holding.symbol);
        let overruled = holding.claim.overruled;
        if self.gate.latch.is_some() || overruled == Some(RequestReason::Emergency) {
            self.want_exit(ticket, RequestReason::Emergency, Portion::Whole);
        } else if self.registry.ended(magic) == Ended::Closed
            && !planted!(self, LateFillAfterStopNotClosed)
        {
            if self.is_over(magic)
                && self.book.get(ticket).is_some_and(|holding| holding.claim.key.is_some())
            {
                let alert = Alert {
                    position: Some(ticket),
                    ..Alert::new(Severity::Warning, AlertCode::PositionAdopted)
                };
                out.extend(self.registry.owner(magic).map(|owner| Action::from(alert.of(&owner))));
            }
            self.want_exit(ticket, RequestReason::StopCommand, Portion::Whole);
        } else if let Some(why) = overruled {
            self.want_exit(ticket, why, Portion::Whole);
        } else if self.is_limited() && self.config.risk.flattens() || self.is_flattened(magic) {
            self.want_exit(ticket, RequestReason::LimitReached, Portion::Whole);
        } else if self.is_banned(symbol) {
            self.want_exit(ticket, RequestReason::HoldingBan, Portion::Whole);
        }
    }

    /// The same for an order whose request was out when a STOP, an emergency, a PAUSE or a limit came.
    pub(super) fn embrace_order(&mut self, ticket: Ticket) {
        // A closing order may go on, and one that has ended can do nothing more.
        let Some(order) =
            self.book.order(ticket).filter(|order| matches!(order.purpose, Purpose::Open(_)))
        else {
            return;
        };
        let overruled = order.claim.overruled;
        if self.gate.latch.is_some() || overruled == Some(RequestReason::Emergency) {
            self.want_removal(ticket, RequestReason::Emergency);
        } else if let Some(why) = overruled {
            self.want_removal(ticket, why);
        } else if self.registry.ended(order.claim.magic) != Ended::No {
            self.want_removal(ticket, RequestReason::StopCommand);
        } else if self.is_paused(&order.claim.owner) {
            self.want_removal(ticket, RequestReason::Command);
        } else if self.is_limited() || self.stands_against(order.claim.magic).is_some() {
            self.want_removal(ticket, RequestReason::LimitReached);
        } else if self.is_banned(order.symbol) {
            self.want_removal(ticket, RequestReason::HoldingBan);
        }
    }

    /// Whether an owner may not enter because it is paused.
    fn is_paused(&self, owner: &Owner) -> bool {
        let strategy = owner.strategy().and_then(|id| self.strategies.find(id));
        let paused = strategy.is_some_and(|strategy| strategy.state == StrategyState::Paused);
        paused || self.gate.paused || self.gate.operator_paused
    }

    /// Whether a stopped strategy has left the table.
    pub(super) fn is_over(&self, magic: Magic) -> bool {
        self.registry.owner(magic).is_none_or(|owner| {
            owner.strategy().is_none_or(|id| self.strategies.slot(id).is_none())
        })
    }

    /// Looks again at deals and positions that waited for an explanation.
    pub(super) fn match_early(&mut self, out: &mut Vec<Action>) {
        for deal in self.book.early_openings() {
            let explained = self
                .book
                .order(deal.order)
                .is_some_and(|order| matches!(order.purpose, Purpose::Open(_)));
            if self.book.knows(deal.position) {
                continue;
            }
            if explained {
                self.open_by(&deal, out);
            } else if let Some(number) =
                self.flows.likeliest(deal.volume, |flow| flow.is_like_deal(&deal))
            {
                self.open_alike(number, &deal, out);
            }
        }
        for position in self.book.unclaimed() {
            self.on_position(&position, Source::News, out);
        }
    }
}
