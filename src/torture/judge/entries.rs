//! `no-entry-after-stop`: once a STOP, a PAUSE or an emergency has been received, no entry that it
//! concerns is sent, until it is undone.

use crate::torture::facts::Facts;
use crate::torture::found::Findings;

/// The name of the invariant.
pub const NAME: &str = "no-entry-after-stop";

/// Takes a request that is sent.
pub fn sent(facts: &Facts, place: usize, found: &mut Findings) {
    let trade = &facts.sent[place].trade;
    if !trade.request.enters() {
        return;
    }
    if let Some(block) = facts.controls.blocks(&trade.owner) {
        found.violate(NAME, || {
            format!(
                "request {} of {} enters, and {block} stands against it",
                trade.cid.0,
                trade.owner.name()
            )
        });
    }
}
