//! Requests leave here, and only here: first attempts, repeated ones, closes and restored stops.

use super::Executor;
use super::book::Holding;
use super::deadlines::Due;
use super::flow::{Flow, FlowState, Intent};
use super::key::{Origin, Purpose, intent_key};
use crate::domain::amount::Price;
use crate::domain::id::{Cid, ContentHash, Magic, StrategyId, SymbolId, Ticket};
use crate::domain::order::FillingMode;
use crate::executor::action::{Action, CloseRequest, ModifyRequest, OpenRequest, Request, Trade, Why};
use crate::market::timeframe::Timeframe;
use crate::risk::stops::{self, Stops};

/// An intent that has just been decided.
#[derive(Debug)]
pub struct NewFlow {
    pub strategy: StrategyId,
    pub magic: Magic,
    pub rules_hash: ContentHash,
    pub timeframe: Timeframe,
    pub symbol: SymbolId,
    pub why: Why,
    pub purpose: Purpose,
    pub intent: Intent,
}

impl NewFlow {
    /// An intent about a position of ours.
    fn about(holding: &Holding, why: Why, purpose: Purpose, intent: Intent) -> Self {
        Self {
            strategy: holding.strategy.clone(),
            magic: holding.magic,
            rules_hash: holding.rules_hash,
            timeframe: holding.timeframe,
            symbol: holding.symbol,
            why,
            purpose,
            intent,
        }
    }
}

impl Executor {
    /// Opens a flow for a new intent and sends its first attempt.
    pub(super) fn begin_flow(&mut self, new: NewFlow, out: &mut Vec<Action>) {
        let symbol = &self.symbols[new.symbol.index()].name;
        let origin =
            Origin { login: self.config.login, strategy: &new.strategy, rules_hash: new.rules_hash, symbol, timeframe: new.timeframe };
        let key = intent_key(origin, new.purpose);
        assert!(self.flows.iter().all(|(_, flow)| flow.key != key), "an intent begins once");
        let number = self.flows.open(Flow {
            key,
            strategy: new.strategy,
            magic: new.magic,
            rules_hash: new.rules_hash,
            timeframe: new.timeframe,
            symbol: new.symbol,
            why: new.why,
            intent: new.intent,
            cid: Cid(0),
            retries: 0,
            filling: 0,
            state: FlowState::Waiting,
            not_after: self.now,
            sent_msc: self.symbols[new.symbol.index()].cursor.time_msc,
            order: None,
            asked: Price::ZERO,
            claimed: false,
        });
        self.attempt(number, out);
    }

    /// Sends an attempt of a flow that is certainly not with the broker, at the present price. Without a quote, a
    /// filling mode or a place for its stops it is given up.
    pub(super) fn attempt(&mut self, number: u64, out: &mut Vec<Action>) {
        let Some(flow) = self.flows.get(number) else { return };
        assert!(!flow.is_out(), "what may be with the broker is not sent again");
        let Some((request, asked, intent)) = self.build_request(flow) else {
            self.end_flow(number);
            return;
        };
        let cid = self.flows.next_attempt(number);
        let not_after = self.now.plus_msc(self.config.limits.request_deadline_msc);
        self.deadlines.set(Due::Flow(number), Some(not_after));
        let Some(flow) = self.flows.get_mut(number) else { return };
        (flow.state, flow.not_after, flow.asked, flow.intent) = (FlowState::Sent, not_after, asked, intent);
        out.push(Action::Trade(Box::new(Trade {
            cid,
            key: flow.key,
            strategy: flow.strategy.clone(),
            magic: flow.magic,
            why: flow.why,
            request,
            not_after,
        })));
    }

    /// The request of a flow at the present price, the price asked, and the intent with the stops that it now has.
    fn build_request(&self, flow: &Flow) -> Option<(Request, Price, Intent)> {
        let (spec, bid, ask) = self.symbols[flow.symbol.index()].quoted()?;
        let filling = || spec.filling_modes().get(flow.filling).copied();
        let deviation = self.config.limits.deviation;
        match flow.intent {
            Intent::Open { side, volume, stop_loss, take_profit, .. } => {
                let price = side.entry_price(bid, ask);
                let wanted = stops::from_pips(spec, side, price, stop_loss, take_profit)?;
                let Stops { sl, tp } = stops::place(spec, side, (bid, ask), wanted, self.config.limits.near_stops)?.stops;
                let filling: FillingMode = filling()?;
                let request = OpenRequest { symbol: flow.symbol, side, volume, price, deviation, sl, tp, filling };
                let intent = Intent::Open { side, volume, stop_loss, take_profit, stops: (sl, tp) };
                Some((Request::Open(request), price, intent))
            }
            Intent::Close { position, .. } => {
                let holding = self.book.get(position).filter(|holding| holding.is_open())?;
                let (side, volume) = (holding.side.opposite(), holding.open_volume());
                let price = side.entry_price(bid, ask);
                let filling = filling()?;
                let request = CloseRequest { symbol: flow.symbol, position, side, volume, price, deviation, filling };
                Some((Request::Close(request), price, Intent::Close { position, volume }))
            }
            Intent::Modify { position, sl, tp } => {
                let request = ModifyRequest { symbol: flow.symbol, position, sl, tp };
                Some((Request::Modify(request), Price::ZERO, flow.intent))
            }
        }
    }

    /// Closes a position of ours unless an intent about it is under way.
    pub(super) fn close_position(&mut self, ticket: Ticket, why: Why, out: &mut Vec<Action>) {
        let under_way = self.flows.concerns(ticket);
        let Some(holding) = self.book.get_mut(ticket).filter(|holding| holding.is_open() && !under_way) else { return };
        let volume = holding.open_volume();
        let purpose = Purpose::Close { position: ticket, n: holding.closes };
        holding.closes += 1;
        holding.closing = Some(why);
        let new = NewFlow::about(holding, why, purpose, Intent::Close { position: ticket, volume });
        self.begin_flow(new, out);
    }

    /// Gives a position of ours the stops that it lacks, unless an intent about it is under way.
    pub(super) fn restore_stops(&mut self, ticket: Ticket, out: &mut Vec<Action>) {
        let under_way = self.flows.concerns(ticket);
        let Some(holding) = self.book.get_mut(ticket).filter(|holding| holding.lacks_stops() && !under_way) else { return };
        let (sl, tp) = (holding.sl.or(holding.wanted.0), holding.tp.or(holding.wanted.1));
        let purpose = Purpose::Modify { position: ticket, n: holding.modifies };
        holding.modifies += 1;
        let new = NewFlow::about(holding, Why::RestoreStops, purpose, Intent::Modify { position: ticket, sl, tp });
        self.begin_flow(new, out);
    }

    /// Ends a flow, and lets a STOP that waits for it go on.
    pub(super) fn end_flow(&mut self, number: u64) {
        let Some(flow) = self.flows.close(number) else { return };
        self.deadlines.set(Due::Flow(number), None);
        self.advance_stop_soon(&flow.strategy);
    }
}
