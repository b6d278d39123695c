//! `no-entry-on-nonsense`: no entry is sent for a symbol whose latest specification makes no sense,
//! whose last tick had no Bid or no Ask, or which has had no tick yet; and none of a kind, or with stops,
//! that the symbol does not take.

use crate::domain::amount::Price;
use crate::domain::id::SymbolId;
use crate::domain::order::PendingKind;
use crate::domain::tick::Tick;
use crate::executor::action::Request;
use crate::executor::event::{BrokerEvent, Event};
use crate::torture::facts::Facts;
use crate::torture::found::Findings;
use std::collections::{BTreeMap, BTreeSet};

/// The name of the invariant.
pub const NAME: &str = "no-entry-on-nonsense";

/// MT5's `order_mode` where every kind of order and stop is taken.
const ALL_KINDS: u32 = 127;

/// The symbols whose latest specification makes no sense.
#[derive(Debug, Default)]
pub struct Soundness {
    unsound: BTreeSet<SymbolId>,
    /// The latest `order_mode` of each symbol.
    kinds: BTreeMap<SymbolId, u32>,
    /// The symbols without a quote.
    empty: BTreeSet<SymbolId>,
    /// The symbols of which this process, or one whose state it continues, has heard a tick.
    heard: BTreeSet<SymbolId>,
}

impl Soundness {
    /// Takes a tick that the executor heard.
    #[inline]
    pub fn tick(&mut self, tick: &Tick, found: &mut Findings) {
        if !self.heard.contains(&tick.symbol) {
            self.heard.insert(tick.symbol);
        }
        let is_empty = tick.bid <= Price::ZERO || tick.ask <= Price::ZERO;
        if is_empty {
            self.empty.insert(tick.symbol);
            found.mark("book-empty");
        } else if !self.empty.is_empty() {
            self.empty.remove(&tick.symbol);
        }
    }

    /// A process without a state begins.
    pub fn forget(&mut self) {
        self.heard.clear();
    }

    /// Takes an event other than a tick.
    pub fn event(&mut self, event: &Event) {
        match event {
            // A new process cannot know what it has not heard itself.
            Event::Life(_) => self.empty.clear(),
            Event::Broker(BrokerEvent::Symbol(news)) => {
                if news.spec.flaw().is_some() {
                    self.unsound.insert(news.symbol);
                } else {
                    self.unsound.remove(&news.symbol);
                }
                self.kinds.insert(news.symbol, news.spec.order_mode.0);
            }
            _ => {}
        }
    }

    /// Takes a request that is sent.
    pub fn sent(&self, facts: &Facts, place: usize, found: &mut Findings) {
        let trade = &facts.sent[place].trade;
        let symbol = trade.request.symbol();
        let makes_sense = !self.unsound.contains(&symbol)
            && !self.empty.contains(&symbol)
            && self.heard.contains(&symbol);
        if trade.request.enters() && !makes_sense {
            found.violate(NAME, || {
                format!(
                    "request {} of {} enters a symbol that makes no sense",
                    trade.cid.0,
                    trade.owner.name()
                )
            });
        }
        let mask = self.kinds.get(&symbol).copied().unwrap_or(ALL_KINDS);
        if mask == ALL_KINDS {
            return;
        }
        found.mark("order-kinds-limited");
        let missing = kinds(&trade.request) & !mask;
        if trade.request.enters() && missing != 0 {
            found.violate(NAME, || {
                format!(
                    "request {} of {} enters with what the symbol does not take: {missing} of order_mode {mask}",
                    trade.cid.0,
                    trade.owner.name()
                )
            });
        }
    }
}

/// The bits of `order_mode` that an entry needs (MT5 reference 3.1).
fn kinds(request: &Request) -> u32 {
    let stops = |sl: Option<Price>, tp: Option<Price>| {
        16 * u32::from(sl.is_some()) + 32 * u32::from(tp.is_some())
    };
    match request {
        Request::Open(open) => 1 | stops(open.sl, open.tp),
        Request::Place(place) => {
            let kind = match place.kind {
                PendingKind::Limit => 2,
                PendingKind::Stop => 4,
                PendingKind::StopLimit => 8,
            };
            kind | stops(place.sl, place.tp)
        }
        _ => 0,
    }
}
