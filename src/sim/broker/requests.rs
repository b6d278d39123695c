//! The path of a request from its arrival at the server to its answer.

use crate::domain::amount::{Price, Volume};
use crate::domain::id::Ticket;
use crate::domain::retcode::Retcode;
use crate::domain::time::Timestamp;
use crate::executor::action::{Request, Trade};
use crate::executor::event::{Answer, BrokerEvent, Event, Link, Outcome, ServerAnswer};
use crate::session::fault::FaultKind;
use crate::sim::broker::owed::{Later, Owed};
use crate::sim::broker::{SimBroker, answered, fault, server};

/// A request at the server.
struct Arrived<'a> {
    at: Timestamp,
    /// The number of the request, counted from 1 over the session.
    number: u64,
    trade: &'a Trade,
    /// The fault of the request, if it has one.
    fault: Option<FaultKind>,
}

/// An answer that leaves out the deal, the volume and the price.
fn bare(answer: &ServerAnswer, order: bool) -> ServerAnswer {
    let order = answer.order.filter(|_| order);
    ServerAnswer { order, deal: None, volume: Volume::ZERO, price: Price::ZERO, ..answer.clone() }
}

impl SimBroker {
    pub(super) fn arrive(
        &mut self,
        at: Timestamp,
        number: u64,
        trade: &Trade,
        out: &mut Vec<Event>,
    ) {
        // A request on its way when the link breaks is lost.
        if self.connection.link == Link::Down {
            return;
        }
        if at > trade.not_after {
            if self.connection.awaits(number) {
                out.push(answered(Answer { cid: trade.cid, outcome: Outcome::NotSent }));
            }
            return;
        }
        let arrived = Arrived { at, number, trade, fault: self.faults.request(number, at) };
        match arrived.fault {
            Some(FaultKind::Placed { after_ms }) => {
                self.accept(&arrived, after_ms, Later::Executed);
            }
            Some(FaultKind::PlacedRejected { after_ms }) => {
                self.accept(&arrived, after_ms, Later::Refused);
            }
            Some(FaultKind::Lost) => self.faults.count(&FaultKind::Lost),
            Some(ref kind @ FaultKind::Disconnect { for_ms }) => {
                self.faults.count(kind);
                self.cut_link(at, for_ms, out);
            }
            Some(ref kind) if let Some(code) = fault::refusal(kind) => {
                self.faults.count(kind);
                self.respond(&arrived, &[], Err(code));
            }
            _ => self.execute(&arrived),
        }
    }

    fn execute(&mut self, arrived: &Arrived<'_>) {
        let (at, fault) = (arrived.at, arrived.fault.as_ref());
        let mut news = Vec::new();
        let mut result =
            self.server.execute(arrived.trade, None, fault, self.zone.to_server(at), &mut news);
        assert!(result.is_ok() || news.is_empty(), "a refused request changes nothing");
        self.watch_lapse(&news);
        self.watch_rest(at, result.as_ref().ok(), fault);
        if let Some(kind) = fault.filter(|kind| self.has_bent(arrived, kind, result.as_ref())) {
            self.faults.count(kind);
        }
        match fault {
            Some(FaultKind::ExecutedUnanswered) if result.is_ok() => {
                return self.server.book.unheard();
            }
            Some(FaultKind::TimeoutExecuted) => result = result.and(Err(Retcode::TIMEOUT)),
            Some(FaultKind::AnswerBare { order }) => {
                result = result.map(|answer| bare(&answer, *order));
            }
            Some(FaultKind::AnswerContradicted { .. }) => {
                result = result.map(|answer| ServerAnswer {
                    retcode: Retcode::PLACED,
                    ..bare(&answer, false)
                });
            }
            _ => {}
        }
        self.respond(arrived, &news, result);
    }

    /// Whether a fault made a difference to a request that was executed, or refused without it.
    fn has_bent(
        &self,
        arrived: &Arrived<'_>,
        kind: &FaultKind,
        result: Result<&ServerAnswer, &Retcode>,
    ) -> bool {
        let (trade, is_awaited) = (arrived.trade, self.connection.awaits(arrived.number));
        match (kind, result) {
            (FaultKind::LateAnswer { .. } | FaultKind::DuplicateAnswer, _)
            | (FaultKind::TimeoutExecuted | FaultKind::AnswerContradicted { .. }, Ok(_)) => {
                is_awaited
            }
            (_, Err(_)) => false,
            (FaultKind::Partial { .. } | FaultKind::PartialWorking { .. }, Ok(done)) => {
                done.retcode == Retcode::DONE_PARTIAL
            }
            (FaultKind::ExecutedUnanswered, Ok(_)) => true,
            (FaultKind::AnswerBare { order }, Ok(done)) => {
                is_awaited && bare(done, *order) != *done
            }
            (FaultKind::StopsDropped, Ok(_)) => self.lacks_stops(&trade.request),
            (FaultKind::CommentCut { .. } | FaultKind::CommentRewritten, Ok(_)) => {
                trade.request.makes_order()
                    && server::comment(trade, Some(kind)) != server::comment(trade, None)
            }
            (_, Ok(_)) => {
                unreachable!("what keeps a request from being executed was dealt with before")
            }
        }
    }

    /// Whether a request that is executed without its stops asked for any.
    fn lacks_stops(&self, request: &Request) -> bool {
        match request {
            Request::Open(open) => open.sl.is_some() || open.tp.is_some(),
            Request::Place(place) => place.sl.is_some() || place.tp.is_some(),
            // A change that changes nothing is refused.
            Request::Modify(_) => true,
            Request::ModifyOrder(modify) => {
                let order = self.server.book.working().get(&modify.order);
                order.is_some_and(|order| (order.sl, order.tp) != (modify.sl, modify.tp))
            }
            Request::Close(_) | Request::Remove(_) | Request::CloseBy(_) => false,
        }
    }

    /// Accepts a request that will be executed later, if it could be executed now.
    fn accept(&mut self, arrived: &Arrived<'_>, after_ms: u64, later: Later) {
        let &Arrived { at, trade, .. } = arrived;
        let mut news = Vec::new();
        let time_msc = self.zone.to_server(at);
        let placed = self.server.check(&trade.request, None, time_msc).map(|quote| {
            let order = self.server.accept(trade, time_msc, &mut news);
            self.queue.push(
                at.plus_ms(after_ms),
                Owed::Placed { order, trade: Box::new(trade.clone()), later },
            );
            ServerAnswer { order, ..server::coded(Retcode::PLACED, Some(quote)) }
        });
        if let Some(kind) = arrived.fault.as_ref().filter(|_| placed.is_ok()) {
            self.faults.count(kind);
        }
        self.respond(arrived, &news, placed);
    }

    /// Executes a request accepted before, unless its order was removed meanwhile. Only the changes
    /// tell the outcome.
    pub(super) fn execute_placed(
        &mut self,
        at: Timestamp,
        order: Option<Ticket>,
        trade: &Trade,
        later: Later,
    ) {
        if order.is_some_and(|order| !self.server.book.working().contains_key(&order)) {
            return;
        }
        let mut news = Vec::new();
        let time_msc = self.zone.to_server(at);
        let executed = later == Later::Executed
            && self.server.execute(trade, order, None, time_msc, &mut news).is_ok();
        if let Some(order) = order.filter(|_| !executed) {
            self.server.refuse(trade, order, time_msc, &mut news);
        }
        self.watch_lapse(&news);
        let due = self.answer_leg.arrival(at);
        self.deliver(at, due, news);
    }

    /// Sends the changes and the answer back.
    fn respond(
        &mut self,
        arrived: &Arrived<'_>,
        news: &[BrokerEvent],
        result: Result<ServerAnswer, Retcode>,
    ) {
        let &Arrived { at, number, trade, ref fault } = arrived;
        let quote = self.server.book.quote(trade.request.symbol());
        let placed = result.as_ref().is_ok_and(|answer| answer.retcode == Retcode::PLACED);
        let answered_by = |answer| Answer { cid: trade.cid, outcome: Outcome::Server(answer) };
        let answer = answered_by(result.unwrap_or_else(|code| server::coded(code, quote)));
        let due = self.answer_leg.arrival(at);
        let (times, late_ms) = match fault {
            Some(FaultKind::DuplicateAnswer) => (2, 0),
            Some(FaultKind::LateAnswer { after_ms } | FaultKind::RefusedLate { after_ms, .. }) => {
                (1, *after_ms)
            }
            _ => (1, 0),
        };
        assert!(due >= at, "nothing is answered before it arrives");
        for _ in 0..times {
            self.deliver(at, due, news.to_vec());
            if self.connection.awaits(number) {
                self.queue.push(due.plus_ms(late_ms), Owed::Answer(answer.clone()));
            }
        }
        if let (Some(FaultKind::AnswerContradicted { retcode }), true, true) =
            (fault, placed, self.connection.awaits(number))
        {
            self.queue
                .push(due, Owed::Answer(answered_by(server::coded(Retcode(*retcode), quote))));
        }
    }

    /// Schedules the expiration of pending orders that were just placed or changed.
    fn watch_lapse(&mut self, news: &[BrokerEvent]) {
        for change in news {
            let BrokerEvent::Order(order) = change else { continue };
            if let Some(lapse) = self.server.book.lapse(order.ticket) {
                self.queue
                    .push(self.zone.to_utc(lapse), Owed::Lapse { order: order.ticket, lapse });
            }
        }
    }

    /// Schedules the fill of the rest of a partly filled order.
    fn watch_rest(
        &mut self,
        at: Timestamp,
        done: Option<&ServerAnswer>,
        fault: Option<&FaultKind>,
    ) {
        if let (Some(FaultKind::PartialWorking { rest_after_ms, .. }), Some(order)) =
            (fault, done.and_then(|done| done.order))
        {
            self.queue.push(at.plus_ms(*rest_after_ms), Owed::Rest { order });
        }
    }
}
