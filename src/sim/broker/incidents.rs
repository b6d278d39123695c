//! What happens to the broker and the world: the link breaks, somebody else acts on the account,
//! specifications change, the market shuts. Lasting conditions end by themselves.

use crate::domain::amount::Points;
use crate::domain::id::SymbolId;
use crate::domain::symbol::SymbolSpec;
use crate::domain::time::Timestamp;
use crate::executor::event::{BrokerEvent, Event, SymbolNews};
use crate::session::fault::FaultKind;
use crate::sim::broker::SimBroker;
use crate::sim::broker::conditions::MINUTE_MS;
use crate::sim::broker::owed::{Lasting, Owed};

impl SimBroker {
    /// Carries out a fault of the world. It is counted if there was something for it to affect.
    pub(super) fn happen(&mut self, at: Timestamp, kind: &FaultKind, out: &mut Vec<Event>) {
        let time_msc = self.zone.to_server(at);
        let happened = match *kind {
            FaultKind::ExternalClose => {
                self.act(at, out, |server, news| server.external_close(None, time_msc, news))
            }
            FaultKind::ExternalPartialClose { percent } => self
                .act(at, out, |server, news| server.external_close(Some(percent), time_msc, news)),
            FaultKind::ExternalStops { points } => {
                self.act(at, out, |server, news| server.external_stops(points, news))
            }
            FaultKind::OrderRemoved => {
                self.act(at, out, |server, news| server.withdraw_oldest(time_msc, news))
            }
            FaultKind::Deposit { amount } => {
                self.act(at, out, |server, news| server.pay(amount, time_msc, news))
            }
            _ => {
                self.begin(at, kind, out);
                true
            }
        };
        if happened {
            self.faults.count(kind);
        }
    }

    /// Begins or prolongs a lasting condition.
    fn begin(&mut self, at: Timestamp, kind: &FaultKind, out: &mut Vec<Event>) {
        match *kind {
            FaultKind::LinkDown { for_ms, ticks_lost } => {
                if ticks_lost {
                    self.last(at, for_ms, Lasting::TicksLost);
                    self.connection.ticks_lost = true;
                    self.connection.listen();
                }
                self.cut_link(at, for_ms, out);
            }
            FaultKind::SpecBroken { for_ms } => {
                self.last(at, for_ms, Lasting::SpecBroken);
                self.tell_spec(at, SymbolId(0), out);
            }
            FaultKind::StopsLevel { points, for_ms } => {
                self.last(at, for_ms, Lasting::StopsLevel);
                self.change_specs(at, out, |spec, _| spec.stops_level = Points(points.into()));
            }
            FaultKind::FreezeLevel { points, for_ms } => {
                self.last(at, for_ms, Lasting::FreezeLevel);
                self.change_specs(at, out, |spec, _| spec.freeze_level = Points(points.into()));
            }
            FaultKind::MarketShut { for_ms } => {
                self.last(at, for_ms, Lasting::Shut);
                self.server.shut = true;
            }
            FaultKind::OrdersHidden { for_ms } => self.last(at, for_ms, Lasting::OrdersHidden),
            FaultKind::TradingForbidden { for_ms } => {
                self.last(at, for_ms, Lasting::Forbidden);
                self.act(at, out, |server, news| server.book.allow_trading(false, news));
            }
            _ => unreachable!("only what concerns the world happens to it"),
        }
    }

    /// The link goes down, or stays down for longer.
    pub(super) fn cut_link(&mut self, at: Timestamp, for_ms: u64, out: &mut Vec<Event>) {
        self.last(at, for_ms, Lasting::LinkDown);
        self.link_breaks(out);
    }

    fn last(&mut self, at: Timestamp, for_ms: u64, lasting: Lasting) {
        let end = at.plus_ms(for_ms);
        let until = self.conditions.lasting.entry(lasting).or_insert(end);
        *until = end.max(*until);
        self.queue.push(end, Owed::Ends(lasting));
    }

    /// Ends a lasting condition, unless it was prolonged or has ended already.
    pub(super) fn end_if_over(&mut self, at: Timestamp, lasting: Lasting, out: &mut Vec<Event>) {
        if self.conditions.lasting.get(&lasting).is_some_and(|until| *until <= at) {
            self.end(at, lasting, out);
        }
    }

    /// Ends all lasting conditions.
    pub(super) fn end_all(&mut self, at: Timestamp, out: &mut Vec<Event>) {
        while let Some(lasting) = self.conditions.lasting.keys().next().copied() {
            self.end(at, lasting, out);
        }
    }

    fn end(&mut self, at: Timestamp, lasting: Lasting, out: &mut Vec<Event>) {
        let was = self.conditions.lasting.remove(&lasting);
        assert!(was.is_some(), "what ends has lasted");
        match lasting {
            Lasting::TicksLost => {
                self.connection.ticks_lost = false;
                self.connection.listen();
            }
            Lasting::LinkDown => self.link_back(out),
            Lasting::SpecBroken => self.tell_spec(at, SymbolId(0), out),
            Lasting::StopsLevel => {
                self.change_specs(at, out, |spec, sound| spec.stops_level = sound.stops_level);
            }
            Lasting::FreezeLevel => {
                self.change_specs(at, out, |spec, sound| spec.freeze_level = sound.freeze_level);
            }
            Lasting::Shut => self.server.shut = false,
            Lasting::OrdersHidden => {}
            Lasting::Forbidden => {
                self.act(at, out, |server, news| server.book.allow_trading(true, news));
            }
        }
    }

    /// Draws what happens by chance in this minute, and schedules the next minute as long as
    /// anything may happen.
    pub(super) fn pass_minute(&mut self, at: Timestamp, out: &mut Vec<Event>) {
        for kind in self.faults.world(at) {
            self.happen(at, &kind, out);
        }
        let next = at.plus_ms(MINUTE_MS);
        if !self.faults.are_over(next) {
            self.queue.push(next, Owed::Minute);
        }
    }

    /// Changes every symbol's specification at the server, and reports it.
    fn change_specs(
        &mut self,
        at: Timestamp,
        out: &mut Vec<Event>,
        change: impl Fn(&mut SymbolSpec, &SymbolSpec),
    ) {
        for (sound, place) in self.conditions.sound.iter().zip(0..) {
            change(self.server.book.spec_mut(SymbolId(place)), sound);
        }
        let news = self.symbol_news();
        self.announce(at, news, out);
    }

    fn tell_spec(&mut self, at: Timestamp, symbol: SymbolId, out: &mut Vec<Event>) {
        let news = if self.connection.is_subscribed(symbol) {
            vec![self.spec_news(symbol)]
        } else {
            Vec::new()
        };
        self.announce(at, news, out);
    }

    /// The specifications of all subscribed symbols, as they are reported.
    pub(super) fn symbol_news(&self) -> Vec<BrokerEvent> {
        let symbols = (0..).map(SymbolId).take(self.conditions.sound.len());
        symbols
            .filter(|&symbol| self.connection.is_subscribed(symbol))
            .map(|symbol| self.spec_news(symbol))
            .collect()
    }

    /// A symbol's specification, as it is reported.
    pub(super) fn spec_news(&self, symbol: SymbolId) -> BrokerEvent {
        let spec =
            self.server.book.spec(symbol).expect("only the broker's symbols are told").clone();
        BrokerEvent::Symbol(Box::new(SymbolNews {
            symbol,
            spec: self.conditions.told(symbol, spec),
        }))
    }
}
