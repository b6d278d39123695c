//! Requests are sent here, and only here.

use super::Executor;
use super::deadlines::Due;
use super::flow::{Flow, FlowState, Intent};
use super::key::{Origin, Purpose, intent_key};
use super::permission::Entry;
use super::plant::planted;
use crate::domain::amount::Volume;
use crate::domain::id::{Cid, ContentHash, IntentKey, Magic, SymbolId};
use crate::executor::action::{
    Action, Alert, AlertCode, OpenRequest, OrderProgress, Owner, Request, RequestReason, Severity,
    Trade, Verdict,
};
use crate::executor::book::holding::Claim;
use crate::executor::history::Done;
use crate::market::timeframe::Timeframe;

/// An intent that has just been decided.
#[derive(Debug)]
pub struct NewFlow {
    pub owner: Owner,
    pub magic: Magic,
    pub rules_hash: ContentHash,
    pub timeframe: Timeframe,
    pub symbol: SymbolId,
    pub why: RequestReason,
    pub purpose: Purpose,
    pub intent: Intent,
}

impl NewFlow {
    /// An intent that concerns a position or order of ours.
    pub fn about(
        claim: &Claim,
        symbol: SymbolId,
        why: RequestReason,
        purpose: Purpose,
        intent: Intent,
    ) -> Self {
        let Claim { owner, magic, rules_hash, timeframe, .. } = claim;
        Self {
            owner: owner.clone(),
            magic: *magic,
            rules_hash: *rules_hash,
            timeframe: *timeframe,
            symbol,
            why,
            purpose,
            intent,
        }
    }
}

impl Executor {
    /// The key of an intent.
    pub(super) fn key_of(&self, new: &NewFlow) -> IntentKey {
        let symbol = &self.symbols[new.symbol.index()].name;
        let origin = Origin {
            login: self.config.login,
            owner: &new.owner,
            rules_hash: new.rules_hash,
            symbol,
            timeframe: new.timeframe,
        };
        intent_key(origin, new.purpose)
    }

    /// Opens a flow for a new intent, sends its first attempt and returns its key.
    pub(super) fn begin_flow(&mut self, new: NewFlow, out: &mut Vec<Action>) -> IntentKey {
        let key = self.key_of(&new);
        if new.intent.enters() && self.counts_days() {
            self.standing.entries_today += 1;
        }
        if new.intent.enters() {
            self.count_entry(new.magic);
        }
        assert!(!self.flows.has(key), "an intent begins once");
        let number = self.flows.open(Flow {
            key,
            owner: new.owner,
            magic: new.magic,
            rules_hash: new.rules_hash,
            timeframe: new.timeframe,
            symbol: new.symbol,
            why: new.why,
            intent: new.intent,
            cid: Cid(0),
            retries: 0,
            state: FlowState::Waiting,
            sent: self.now,
            not_after: self.now,
            sent_msc: self.symbols[new.symbol.index()].cursor.time_msc,
            claimed: false,
            overruled: None,
            retcode: None,
        });
        self.send(number, out);
        key
    }

    /// Sends an attempt of a flow that is certainly not with the broker.
    fn send(&mut self, number: u64, out: &mut Vec<Action>) {
        let cid = self.flows.next_attempt(number);
        let not_after = self.now.plus_ms(self.config.limits.request_deadline_ms);
        self.deadlines.set(Due::Flow(number), Some(not_after));
        let now = self.now;
        let flow = self.flows.get_mut(number).expect("what is sent is open");
        assert!(!flow.is_out(), "what may be with the broker is not sent again");
        (flow.state, flow.not_after, flow.sent) = (FlowState::Sent, not_after, now);
        self.history.summary.sent += 1;
        out.push(Action::Trade(Box::new(Trade {
            cid,
            key: flow.key,
            owner: flow.owner.clone(),
            magic: flow.magic,
            why: flow.why,
            request: request(flow),
            not_after,
        })));
    }

    /// Sends an entry again that was refused for now, if it is still allowed: at the market with the
    /// present price, stops and filling mode, a pending order as it was. A reason against it is
    /// reported.
    pub(super) fn repeat(&mut self, number: u64, out: &mut Vec<Action>) {
        let flow = self.flows.get(number).expect("what is repeated is open");
        let entry = Entry::of(number, flow, &self.strategies)
            .expect("only entries are repeated as they are");
        let (symbol, intent) = (flow.symbol, flow.intent.clone());
        let is_closed = self.has_closed_since(flow);
        let planned = match intent {
            _ if is_closed => Err(Verdict::ClosingTime),
            Intent::Open(plan) if planted!(self, PermissionNotAskedOnRetry) => {
                self.plan(plan.terms(symbol)).map(Intent::Open)
            }
            Intent::Open(plan) => {
                self.permit(entry).and_then(|()| self.plan(plan.terms(symbol))).map(Intent::Open)
            }
            Intent::Place(one) => {
                let permitted = self.permit(entry).and_then(|()| self.may_still_place(&one));
                permitted.map(|()| Intent::Place(one))
            }
            other => self.permit(entry).map(|()| other),
        };
        let planned = planned.and_then(|intent| {
            let intent = match intent {
                Intent::Open(plan) => Intent::Open(self.as_copy(flow, plan)?),
                other => other,
            };
            self.check_portfolio(entry, &intent)?;
            Ok(intent)
        });
        match planned {
            Ok(intent) => {
                self.flows.get_mut(number).expect("it is open").intent = intent;
                self.send(number, out);
            }
            Err(verdict) => self.give_up(number, verdict, out),
        }
    }

    /// Ends an entry that is not sent again.
    pub(super) fn give_up(&mut self, number: u64, verdict: Verdict, out: &mut Vec<Action>) {
        let alert = Alert {
            verdict: Some(verdict),
            ..Alert::new(Severity::Info, AlertCode::RequestGivenUp)
        };
        self.flow_alert(number, alert, out);
        self.end_flow(number, OrderProgress::Ended, Some(verdict));
    }

    /// Ends a flow and keeps its outcome for later questions.
    pub(super) fn end_flow(
        &mut self,
        number: u64,
        progress: OrderProgress,
        verdict: Option<Verdict>,
    ) {
        let flow = self.flows.close(number);
        self.deadlines.set(Due::Flow(number), None);
        self.unsettle(&flow);
        if flow.intent.enters() && progress == OrderProgress::Ended {
            self.history.keep(Done {
                key: flow.key,
                owner: flow.owner,
                progress,
                order: None,
                position: None,
                filled: Some(Volume::ZERO),
                price_open: None,
                retcode: flow.retcode,
                verdict,
            });
        }
    }

    /// After an attempt at other stops than those wanted now, however it ended, only a reading
    /// tells which ones the broker holds. After an attempt to change an order, only a reading
    /// requested later tells.
    fn unsettle(&mut self, flow: &Flow) {
        if let Intent::ModifyOrder(one) = &flow.intent
            && let Some(order) = self.book.order_mut(one.order)
        {
            order.heard = self.step;
        }
        let Intent::Modify(one) = &flow.intent else { return };
        let Some(goal) = self.book.get_mut(one.position).map(|holding| &mut holding.stops_goal)
        else {
            return;
        };
        if goal.wanted == (one.sl, one.tp) {
            goal.is_out = false;
        } else {
            goal.unsettled_at = Some(self.step);
        }
    }

    /// Raises an alert about a flow.
    pub(super) fn flow_alert(&self, number: u64, alert: Alert, out: &mut Vec<Action>) {
        let flow = self.flows.get(number).expect("an alert about a flow that is open");
        let (position, order) = (flow.intent.position(), flow.intent.order());
        out.push(Alert { cid: Some(flow.cid), position, order, ..alert }.of(&flow.owner).into());
    }
}

/// The request of an attempt.
fn request(flow: &Flow) -> Request {
    match flow.intent.clone() {
        Intent::Open(plan) => Request::Open(OpenRequest {
            symbol: flow.symbol,
            side: plan.side,
            volume: plan.volume,
            price: plan.price,
            deviation: plan.deviation,
            sl: plan.sl,
            tp: plan.tp,
            filling: plan.mode,
        }),
        Intent::Place(one) => Request::Place(one),
        Intent::Close(one) => Request::Close(one),
        Intent::CloseBy(one) => Request::CloseBy(one),
        Intent::Modify(one) => Request::Modify(one),
        Intent::ModifyOrder(one) => Request::ModifyOrder(one),
        Intent::Remove(one) => Request::Remove(one),
    }
}
