//! `no-entry-on-nonsense`: no request to enter leaves for a symbol whose specification, as it was told last, makes no sense.

use crate::domain::id::SymbolId;
use crate::executor::event::{BrokerEvent, Event};
use crate::torture::facts::Facts;
use crate::torture::found::Found;
use std::collections::BTreeSet;

/// The name of the invariant.
pub const NAME: &str = "no-entry-on-nonsense";

/// The symbols of which nonsense was told last.
#[derive(Debug, Default)]
pub struct Soundness(BTreeSet<SymbolId>);

impl Soundness {
    /// Takes an event that is no tick.
    pub fn event(&mut self, event: &Event) {
        if let Event::Broker(BrokerEvent::Symbol(news)) = event {
            if news.spec.flaw().is_some() {
                self.0.insert(news.symbol);
            } else {
                self.0.remove(&news.symbol);
            }
        }
    }

    /// Takes a request that leaves.
    pub fn sent(&self, facts: &Facts, place: usize, found: &mut Found) {
        let trade = &facts.sent[place].trade;
        if trade.request.enters() && self.0.contains(&trade.request.symbol()) {
            found.violate(NAME, || format!("request {} of {} enters a symbol that makes no sense", trade.cid.0, trade.owner.name()));
        }
    }
}
