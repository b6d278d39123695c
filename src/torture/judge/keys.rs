//! `no-second-order-for-a-key`: an intent becomes at most one order that deals or works, across
//! lives that continue a state.

use crate::domain::id::{IntentKey, Ticket};
use crate::torture::facts::{Change, Facts};
use crate::torture::found::Findings;
use std::collections::BTreeMap;

/// The name of the invariant.
pub const NAME: &str = "no-second-order-for-a-key";

/// The last order of each key that had a deal.
#[derive(Debug, Default)]
pub struct Keys(BTreeMap<(u32, IntentKey), Ticket>);

impl Keys {
    /// Takes a change of the broker's book.
    pub fn change(&mut self, facts: &Facts, change: Change, found: &mut Findings) {
        let (place, order) = match change {
            Change::Entered(place) => (place, None),
            Change::Dealt { sent, order, .. } => (sent, Some(order)),
            _ => return,
        };
        let key_of = |place: usize| (facts.sent[place].line, facts.sent[place].trade.key);
        let (line, key) = key_of(place);
        let owner = facts.sent[place].trade.owner.name();
        let works = facts
            .working
            .iter()
            .find(|(_, other)| **other != place && key_of(**other) == (line, key))
            .map(|(ticket, _)| *ticket);
        let dealt = self.0.get(&(line, key)).copied();
        match order {
            Some(order) if dealt == Some(order) => found.mark("partial-rest-filled"),
            Some(order) if dealt.is_some() => {
                found.violate(NAME, || format!("the intent {key} of {owner} was executed as order {dealt:?} and again as order {order}"));
            }
            None if dealt.is_some() || works.is_some() => {
                found.violate(NAME, || format!("the intent {key} of {owner} was made an order again: {dealt:?} dealt, {works:?} works"));
            }
            _ => {}
        }
        if let Some(order) = order {
            self.0.insert((line, key), order);
        }
    }
}
