//! `no-second-order-for-a-key`: an intent becomes at most one order that deals or works, across lives that go on from a
//! state.

use crate::domain::id::{IntentKey, Ticket};
use crate::torture::facts::{Change, Facts};
use crate::torture::found::Found;
use std::collections::BTreeMap;

/// The name of the invariant.
pub const NAME: &str = "no-second-order-for-a-key";

/// The first order of each key that dealt.
#[derive(Debug, Default)]
pub struct Keys(BTreeMap<(u32, IntentKey), Ticket>);

impl Keys {
    /// Takes a change of the broker's book.
    pub fn change(&mut self, facts: &Facts, change: Change, found: &mut Found) {
        let Change::Dealt { sent, order } = change else { return };
        let sent = &facts.sent[sent];
        let Some(first) = self.0.insert((sent.line, sent.trade.key), order) else { return };
        if first == order {
            found.mark("partial-rest-filled");
        } else {
            let (key, owner) = (sent.trade.key, sent.trade.owner.name());
            found.violate(NAME, || format!("the intent {key} of {owner} was executed as order {first} and again as order {order}"));
        }
    }
}
