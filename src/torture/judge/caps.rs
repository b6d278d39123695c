//! `caps-hold`: positions and working orders exceed neither the cap of their strategy, nor that of its
//! rules for their side, nor that of the account, as the cap was when the request was sent. A process without a state counts what its
//! strategies left.

use crate::domain::amount::Volume;
use crate::executor::action::Owner;
use crate::torture::facts::{Change, Facts, Sent, side_of_entry};
use crate::torture::found::Findings;

/// The name of the invariant.
pub const NAME: &str = "caps-hold";

/// Takes a change of the broker's book. An executed or accepted entry is counted with everything
/// sent before it, because that is what its sender had to count.
pub fn change(facts: &Facts, change: Change, found: &mut Findings) {
    let Change::Entered(entered) = change else { return };
    if !facts.sent[entered].trade.request.enters() || !facts.is_known(entered) {
        return;
    }
    let live: Vec<usize> =
        facts.exposed().filter(|sent| facts.is_known(*sent) || facts.is_inherited(*sent)).collect();
    for &place in live.iter().filter(|place| **place >= entered) {
        let Sent { trade, caps, most_a_side, .. } = &facts.sent[place];
        let before = || live.iter().filter(|other| **other <= place);
        let of_owner =
            before().filter(|other| facts.sent[**other].trade.owner == trade.owner).count();
        let is_strategy = matches!(trade.owner, Owner::Strategy(_));
        if let Some(cap) = caps.0.filter(|cap| is_strategy && of_owner > *cap as usize) {
            found.violate(NAME, || {
                format!(
                    "{} holds {of_owner} positions and orders at the broker: its cap is {cap}",
                    trade.owner.name()
                )
            });
        }
        let side = side_of_entry(&trade.request);
        let is_same_side = |other: &&usize| {
            let other = &facts.sent[**other].trade;
            other.owner == trade.owner && side_of_entry(&other.request) == side
        };
        let of_side = before().filter(is_same_side).count();
        if let Some(most) = most_a_side.filter(|most| of_side > *most as usize) {
            found.violate(NAME, || {
                format!(
                    "{} holds {of_side} positions and orders on one side: its rules allow {most}",
                    trade.owner.name()
                )
            });
        }
        // What its strategies left counts as theirs once they are started again.
        let of_account = before().filter(|other| facts.is_known(**other)).count();
        if let Some(cap) = caps.1.filter(|cap| of_account > *cap as usize) {
            found.violate(NAME, || {
                format!(
                    "the account holds {of_account} positions and orders of ours: its cap is {cap}"
                )
            });
        }
        exposure(facts, (place, &before().copied().collect::<Vec<_>>()), found);
    }
}

/// Checks the limits on the account's exposure for a request, with what was sent before it.
fn exposure(facts: &Facts, (place, before): (usize, &[usize]), found: &mut Findings) {
    let risk = &facts.risk;
    let symbol = facts.sent[place].trade.request.symbol();
    let known = || before.iter().filter(|other| facts.is_known(**other));
    let of_symbol = || known().filter(|other| facts.sent[**other].trade.request.symbol() == symbol);
    let count = of_symbol().count();
    if let Some(most) = risk.max_open_trades_symbol.filter(|most| count > *most as usize) {
        found.violate(NAME, || {
            format!("{count} positions and orders of one symbol: the limit is {most}")
        });
    }
    let of_one: Volume = of_symbol().map(|other| facts.volume_of(*other)).sum();
    let of_all: Volume = known().map(|other| facts.volume_of(*other)).sum();
    let volumes =
        [("one symbol", of_one, risk.max_lots_symbol), ("all", of_all, risk.max_lots_total)];
    for (of, volume, most) in volumes {
        if let Some(most) = most.filter(|most| volume > *most) {
            found.violate(NAME, || format!("{volume} lots of {of}: the limit is {most}"));
        }
    }
}
