//! The pursuit of goals: the one way in which goals become attempts. It runs after every event but
//! a quiet tick: news, answers, deadlines, the link, a resume. A goal that cannot be attempted now
//! has a time for its next attempt, or waits for an event that leads here again.

use super::Executor;
use super::deadlines::Due;
use super::flow::Intent;
use super::goal::{ExitGoal, RemoveGoal};
use super::key::Purpose;
use super::plant::planted;
use super::sending::NewFlow;
use crate::domain::amount::Volume;
use crate::domain::id::Ticket;
use crate::domain::order::{FillingMode, OrderKind};
use crate::domain::time::Timestamp;
use crate::executor::action::{
    Action, Alert, AlertCode, CloseByRequest, CloseRequest, ModifyRequest, RemoveRequest,
    RequestReason, Severity,
};
use crate::executor::book::holding::Holding;
use crate::executor::book::order::HeldOrder;

/// How much of a position is to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Portion {
    /// All of it.
    Whole,
    /// This volume in lots.
    Part(Volume),
    /// What an opposite position covers, by close-by. The ticket is that of the opposite position.
    By(Ticket),
}

impl Executor {
    /// Makes every attempt that may be made at this moment.
    pub(super) fn advance(&mut self, out: &mut Vec<Action>) {
        self.settle(out);
        self.book.settle_index();
        self.revalue(out);
        self.follow(out);
        if self.can_send() {
            let wanting = self
                .book
                .restless()
                .filter(|holding| holding.exit.is_some() || holding.lacks_stops());
            let wanting: Vec<Ticket> = wanting.map(|holding| holding.ticket).collect();
            wanting.into_iter().for_each(|ticket| self.pursue(ticket, out));
            let orders =
                self.book.orders().filter(|order| order.remove.is_some() || order.change.is_some());
            let orders: Vec<Ticket> = orders.map(|order| order.ticket).collect();
            orders.into_iter().for_each(|ticket| self.pursue_order(ticket, out));
        }
        self.reverse(out);
        self.settle_commands(out);
        self.end_stopped();
        self.schedule_reading();
        self.set_triggers();
    }

    /// Whether anything may be sent: to the right account, over a link that is up.
    pub(super) fn can_send(&self) -> bool {
        self.link.synced() && !self.gate.wrong_account
    }

    /// Sets the goal to close a position or a part of it. A position that certainly has nothing left
    /// to close gets no goal.
    pub(super) fn want_exit(&mut self, ticket: Ticket, why: RequestReason, portion: Portion) {
        let (now, overdue_msc) = (self.now, self.config.limits.exit_overdue_ms);
        if !self.book.get(ticket).is_some_and(|holding| self.book.may_be_open(holding)) {
            return;
        }
        let holding = self.book.get_mut(ticket).expect("it was found");
        let before = holding.exit.as_ref();
        if before.is_some_and(ExitGoal::is_whole) {
            return;
        }
        // Parts add up.
        let closed =
            before.and_then(|exit| exit.part).unwrap_or_default().max(holding.closed_volume());
        let (part, by) = match portion {
            Portion::Whole => (None, None),
            // When the sum does not fit, the whole position is closed.
            Portion::Part(volume) => (closed.checked_add(volume), None),
            Portion::By(other) => (None, Some(other)),
        };
        let overdue_at = now.plus_ms(overdue_msc);
        // What an earlier part may have closed is not known better by another one.
        let doubted_at = before.and_then(|exit| exit.doubted_at).filter(|_| part.is_some());
        holding.exit_why = Some(why);
        holding.exit = Some(ExitGoal {
            why,
            part,
            by,
            since: now,
            overdue_at,
            pace: super::goal::Pace::default(),
            filling: 0,
            doubted_at,
        });
        let identifier = holding.identifier;
        self.deadlines.set(Due::Overdue(identifier), Some(overdue_at));
        if portion == Portion::Whole {
            // The opening order could still fill after the close.
            let opening = self
                .book
                .orders()
                .filter(|order| order.position == Some(identifier) && order.is_working());
            let opening: Vec<Ticket> = opening.map(|order| order.ticket).collect();
            opening.into_iter().for_each(|order| self.want_removal(order, why));
        }
    }

    /// Sets the goal to remove an order.
    pub(super) fn want_removal(&mut self, order: Ticket, why: RequestReason) {
        if let Some(order) = self.book.order_mut(order).filter(|order| order.is_working()) {
            order.remove.get_or_insert(RemoveGoal { why, pace: super::goal::Pace::default() });
            order.change = None;
        }
    }

    /// Makes an attempt at a goal of a position, if none is under way and its time has come. An
    /// exit goes before a change of stops.
    pub(super) fn pursue(&mut self, ticket: Ticket, out: &mut Vec<Action>) {
        if !self.can_send() {
            return;
        }
        let holding = self.book.get_mut(ticket).expect("what is pursued is in the book");
        if holding.opened() == Volume::ZERO {
            return;
        }
        // A whole exit stays wanted until nothing more can come, because the rest of the opening
        // order may still fill.
        let least = self.symbols[holding.symbol.index()].spec.as_ref().map(|spec| spec.volume_min);
        let least = least.unwrap_or_default().max(Volume::from_raw(1));
        let reached = |exit: &ExitGoal| match exit.part {
            // A rest of a part of the rules that is too small to be traded is left.
            Some(part) if exit.why == RequestReason::PartialClose => {
                part - holding.closed_volume() < least
            }
            Some(part) => holding.closed_volume() >= part,
            None => exit.by.is_some() && holding.open_volume() == Volume::ZERO,
        };
        if holding.exit.as_ref().is_some_and(reached) {
            holding.exit = None;
            let identifier = holding.identifier;
            self.deadlines.set(Due::Overdue(identifier), None);
            return self.pursue_stops(ticket, out);
        }
        let stays = holding.exit.as_ref().is_none_or(|exit| !exit.is_whole());
        self.pursue_exit(ticket, out);
        // What stays open needs its stops, even while a part of it cannot be closed.
        if stays {
            self.pursue_stops(ticket, out);
        }
    }

    /// The next attempt at a goal of the position is due at `next`, unless one is due earlier.
    fn try_at(&mut self, identifier: Ticket, next: Option<Timestamp>) {
        let before = self.deadlines.get(Due::Goal(identifier)).filter(|before| *before > self.now);
        self.deadlines.set(Due::Goal(identifier), before.into_iter().chain(next).min());
    }

    fn pursue_exit(&mut self, ticket: Ticket, out: &mut Vec<Action>) {
        let holding = self.book.get(ticket).expect("what is pursued is in the book");
        let Some(exit) = holding.exit.as_ref().filter(|_| holding.is_open()) else { return };
        if self.left_to_close(holding, exit.part) == Volume::ZERO
            || exit.is_doubted(self.readings.complete_since())
        {
            return;
        }
        if !exit.pace.is_due(self.now) {
            let (identifier, next) = (holding.identifier, exit.pace.next);
            self.try_at(identifier, next);
            return;
        }
        match exit.by {
            Some(by) if self.closing(ticket) || self.closing(by) => {}
            Some(by) => self.close_by(ticket, by, out),
            None => self.close(ticket, out),
        }
    }

    /// Whether an attempt that takes volume off the position is under way: as a request, or as an
    /// order at the broker.
    pub(super) fn closing(&self, ticket: Ticket) -> bool {
        self.closing_on_wire(ticket) || self.book.orders().any(|order| order.closes(ticket))
    }

    /// Whether a request for stops other than those wanted now is in flight.
    pub(super) fn unsettles(&self, holding: &Holding) -> bool {
        let wanted = holding.stops_goal.wanted;
        let other = |intent: &Intent| matches!(intent, Intent::Modify(one) if one.position == holding.ticket && (one.sl, one.tp) != wanted);
        self.flows.iter().any(|(_, flow)| other(&flow.intent))
    }

    fn closing_on_wire(&self, ticket: Ticket) -> bool {
        self.flows.iter().any(|(_, flow)| flow.intent.closes(ticket))
    }

    /// The volume that is still to be closed, of the whole position or up to a part, and that no
    /// attempt under way closes. A request in flight is waited for, and so is a close-by. A working
    /// order closes the volume for which it was sent. The rest may be closed at the same time, as
    /// several closing orders of one position may add up to its volume (MT5 retcode 10039).
    fn left_to_close(&self, holding: &Holding, part: Option<Volume>) -> Volume {
        let orders = || self.book.orders().filter(|order| order.closes(holding.ticket));
        if self.closing_on_wire(holding.ticket)
            || orders().any(|order| order.kind == OrderKind::CloseBy)
        {
            return Volume::ZERO;
        }
        let taken: Volume = orders().map(HeldOrder::outstanding).sum();
        let open = if planted!(self, VolumeFromPositionNotDeals) {
            holding.stated_volume()
        } else {
            holding.open_volume()
        };
        let wanted = part.map_or(open, |part| (part - holding.closed_volume()).min(open));
        (wanted - taken).max(Volume::ZERO)
    }

    fn close(&mut self, ticket: Ticket, out: &mut Vec<Action>) {
        let Some((symbol, request)) = self.close_request(ticket) else { return };
        let holding = self.book.get_mut(ticket).expect("what is closed is in the book");
        let why = holding.exit.as_ref().expect("what is closed is to be closed").why;
        let purpose = Purpose::Close { position: holding.identifier, n: holding.closes };
        let new = NewFlow::about(&holding.claim, symbol, why, purpose, Intent::Close(request));
        holding.closes += 1;
        self.begin_flow(new, out);
    }

    /// The request that would close the remaining volume, at the present quote. Without a quote,
    /// the next tick leads here again.
    fn close_request(
        &mut self,
        ticket: Ticket,
    ) -> Option<(crate::domain::id::SymbolId, CloseRequest)> {
        let holding = self.book.get(ticket).expect("what is closed is in the book");
        let exit = holding.exit.as_ref().expect("what is closed is to be closed");
        let symbol = holding.symbol;
        let Some((spec, bid, ask)) = self.symbols[symbol.index()].quoted() else {
            self.symbols[symbol.index()].awaited = true;
            return None;
        };
        let side = holding.side.opposite();
        let left = self.left_to_close(holding, exit.part);
        assert!(left > Volume::ZERO, "what is reached, or under way, is not attempted");
        let modes = spec.filling_modes();
        // A symbol without a usable filling mode must still be closed: the server decides.
        let filling =
            modes.get(exit.filling % modes.len().max(1)).copied().unwrap_or(FillingMode::Fok);
        let volume = left.min(spec.volume_max);
        let deviation = self.config.limits.deviation;
        let price = side.entry_price(bid, ask);
        Some((
            symbol,
            CloseRequest {
                symbol,
                position: holding.ticket,
                side,
                volume,
                price,
                deviation,
                filling,
            },
        ))
    }

    fn close_by(&mut self, ticket: Ticket, by: Ticket, out: &mut Vec<Action>) {
        let other = self
            .book
            .get(by)
            .filter(|other| other.is_open())
            .map(|other| (other.symbol, other.side));
        let holding = self.book.get_mut(ticket).expect("what is closed is in the book");
        if other != Some((holding.symbol, holding.side.opposite())) {
            // The opposite position is gone, so this goal cannot be reached any more.
            holding.exit = None;
            return;
        }
        let request = CloseByRequest { symbol: holding.symbol, position: ticket, by };
        let purpose = Purpose::Close { position: holding.identifier, n: holding.closes };
        let new = NewFlow::about(
            &holding.claim,
            holding.symbol,
            RequestReason::Command,
            purpose,
            Intent::CloseBy(request),
        );
        holding.closes += 1;
        self.book.get_mut(by).expect("it is open").exit_why.get_or_insert(RequestReason::Command);
        self.begin_flow(new, out);
    }

    fn pursue_stops(&mut self, ticket: Ticket, out: &mut Vec<Action>) {
        let holding = self.book.get(ticket).expect("what is pursued is in the book");
        let leaves = self.left_to_close(holding, None) == Volume::ZERO;
        let concerned =
            leaves || self.flows.iter().any(|(_, flow)| flow.intent.position() == Some(ticket));
        let read = self.readings.complete_since();
        let (never, once) =
            (planted!(self, StopsNeverRestored), planted!(self, StopsRestoredOnceOnly));
        let holding = self.book.get_mut(ticket).expect("what is pursued is in the book");
        if concerned || !holding.lacks_stops() || never || once && holding.modifies > 0 {
            return;
        }
        let goal = &holding.stops_goal;
        // After "done", readings get time to show the effect.
        if goal.done_at.is_some_and(|done| read.is_none_or(|read| read < done)) {
            return;
        }
        if !goal.pace.is_due(self.now) {
            let (identifier, next) = (holding.identifier, goal.pace.next);
            self.try_at(identifier, next);
            return;
        }
        if goal.done_at.is_some() && self.stops_failed(ticket, None) {
            return self.pursue_exit(ticket, out);
        }
        self.modify(ticket, out);
    }

    fn modify(&mut self, ticket: Ticket, out: &mut Vec<Action>) {
        let holding = self.book.get_mut(ticket).expect("what lacks its stops is in the book");
        let (sl, tp) = holding.stops_goal.wanted;
        let why = match (&holding.stops_goal.command, holding.stops_goal.why) {
            (Some(_), _) => RequestReason::Command,
            (None, Some(why)) => why,
            (None, None) => RequestReason::RestoreStops,
        };
        let request = ModifyRequest { symbol: holding.symbol, position: holding.ticket, sl, tp };
        let purpose = Purpose::Modify { position: holding.identifier, n: holding.modifies };
        let new =
            NewFlow::about(&holding.claim, holding.symbol, why, purpose, Intent::Modify(request));
        if holding.modifies == 0 && why == RequestReason::RestoreStops {
            let alert = Alert {
                position: Some(holding.ticket),
                ..Alert::new(Severity::Warning, AlertCode::StopsMissing)
            };
            out.push(alert.of(&holding.claim.owner).into());
        }
        holding.modifies += 1;
        holding.stops_goal.is_out = true;
        self.begin_flow(new, out);
    }

    /// An attempt at a position's stops was refused, or answered as done without an effect. After
    /// too many of them, a command's change is dropped, and a position with stops by its rules is
    /// closed. What the rules of an open position want is tried again later. Returns whether no
    /// further attempt is made now.
    pub(super) fn stops_failed(
        &mut self,
        ticket: Ticket,
        retcode: Option<crate::domain::retcode::Retcode>,
    ) -> bool {
        let (now, tries_max) = (self.now, self.config.limits.stops_tries_max);
        let pause_max_ms = self.config.limits.goal_pause_max_ms;
        let holding = self.book.get_mut(ticket).expect("what lacks its stops is in the book");
        let goal = &mut holding.stops_goal;
        goal.done_at = None;
        goal.tries = goal.tries.saturating_add(1);
        if goal.command.is_none() && goal.why.is_some() {
            // What the rules want stays wanted; the server is not flooded with it.
            if retcode.is_none() {
                goal.pace.fail(now, pause_max_ms);
            }
            let (identifier, next) = (holding.identifier, goal.pace.next);
            self.try_at(identifier, next);
            return true;
        }
        if goal.command.is_none() && goal.tries < tries_max {
            return false;
        }
        if let (Some(before), Some(_)) = (goal.before, goal.command.take()) {
            goal.turn(before);
            (goal.stood, goal.refused) =
                (holding.stops == before, Some(super::goal::Refused { retcode }));
            return true;
        }
        self.want_exit(ticket, RequestReason::RestoreStops, Portion::Whole);
        true
    }

    fn pursue_order(&mut self, ticket: Ticket, out: &mut Vec<Action>) {
        let concerned = self.flows.iter().any(|(_, flow)| flow.intent.order() == Some(ticket));
        let (now, read) = (self.now, self.readings.complete_since());
        let tries_max = self.config.limits.stops_tries_max;
        let pause_max_ms = self.config.limits.goal_pause_max_ms;
        let order = self.book.order_mut(ticket).expect("what is pursued is in the book");
        if concerned || !order.is_working() {
            return;
        }
        if let (None, Some(change)) = (&order.remove, &mut order.change) {
            match change.done_at {
                // After "done", readings get time to show the effect.
                Some(done) if read.is_none_or(|read| read < done) => return,
                Some(_) => {
                    (change.done_at, change.tries) = (None, change.tries.saturating_add(1));
                    if change.undoes {
                        change.pace.fail(now, pause_max_ms);
                    }
                }
                None => {}
            }
            if change.tries >= tries_max && !change.undoes {
                order.change = None;
                return;
            }
        }
        let (why, intent, pace) = match (&order.remove, &order.change) {
            (Some(goal), _) => (
                goal.why,
                Intent::Remove(RemoveRequest { symbol: order.symbol, order: ticket }),
                goal.pace,
            ),
            (None, Some(goal)) => {
                (RequestReason::Command, Intent::ModifyOrder(goal.request.clone()), goal.pace)
            }
            (None, None) => unreachable!("an order is pursued for a goal"),
        };
        if !pace.is_due(now) {
            self.deadlines.set(Due::Order(ticket), pace.next);
            return;
        }
        let purpose = Purpose::Order { order: ticket, n: order.attempts };
        order.attempts += 1;
        let new = NewFlow::about(&order.claim, order.symbol, why, purpose, intent);
        self.begin_flow(new, out);
    }

    /// An obstacle may be gone: all goals are tried at once.
    pub(super) fn hurry(&mut self) {
        for holding in self.book.holdings_mut() {
            holding.stops_goal.pace.hurry();
            holding.exit.iter_mut().for_each(|exit| exit.pace.hurry());
        }
        for order in self.book.orders_mut() {
            order.remove.iter_mut().for_each(|goal| goal.pace.hurry());
            order.change.iter_mut().for_each(|goal| goal.pace.hurry());
        }
    }

    /// An exit has been wanted for long: somebody should look, and again each time that the time
    /// has doubled.
    pub(super) fn on_overdue(&mut self, identifier: Ticket, out: &mut Vec<Action>) {
        let (now, first_msc) = (self.now, self.config.limits.exit_overdue_ms);
        let holding = self.book.holding_mut(identifier).expect("the moment goes with its position");
        // The exit may have been reached, or be no longer wanted.
        let Some(exit) = holding.exit.as_mut() else { return };
        let waited_ms = (now.nanos() - exit.since.nanos()).unsigned_abs() / 1_000_000;
        let severity =
            if waited_ms < first_msc * 4 { Severity::Warning } else { Severity::Critical };
        exit.overdue_at = now.plus_ms(waited_ms.max(first_msc));
        let (overdue_at, position) = (exit.overdue_at, Some(holding.ticket));
        let alert = Alert { position, ..Alert::new(severity, AlertCode::ExitOverdue) }
            .of(&holding.claim.owner);
        self.deadlines.set(Due::Overdue(identifier), Some(overdue_at));
        out.push(alert.into());
    }

    /// Whether the position is being closed, as shown to people.
    pub(super) fn is_leaving(holding: &Holding) -> bool {
        holding.exit.is_some()
    }
}
