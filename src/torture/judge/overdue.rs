//! `exits-in-time`: a position whose holding time or closing time is over, by all rules that may be in
//! force for it, is asked to be closed, and a pending order does not outlive a closing time for long.

use crate::domain::id::Ticket;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::domain::zone::ServerZone;
use crate::executor::action::{Owner, Request};
use crate::strategy::rules::Rules;
use crate::torture::facts::{Facts, Held, Sent};
use crate::torture::found::Findings;
use crate::torture::judge::attempts::{Attempts, is_long_ago};
use crate::torture::judge::exits::Exits;
use std::collections::BTreeMap;

/// The name of the invariant.
pub const NAME: &str = "exits-in-time";

const MINUTE_MS: i64 = 60_000;

/// Since when positions are held longer than they should be, with nobody asking for their exit.
#[derive(Debug)]
pub struct Overdue {
    zone: ServerZone,
    since: BTreeMap<Ticket, Timestamp>,
    /// The same of pending orders.
    resting: BTreeMap<Ticket, Timestamp>,
}

impl Overdue {
    /// None is, by the clock of a server.
    #[must_use]
    pub const fn new(zone: ServerZone) -> Self {
        Self { zone, since: BTreeMap::new(), resting: BTreeMap::new() }
    }

    /// Checks now and then.
    pub fn look(
        &mut self,
        facts: &Facts,
        attempts: &Attempts,
        exits: &Exits,
        found: &mut Findings,
    ) {
        self.look_at_orders(facts, found);
        let before = std::mem::take(&mut self.since);
        for ticket in facts.open.iter().filter(|ticket| !exits.wants(**ticket)) {
            let held = &facts.positions[ticket];
            let now_msc = facts.ticked[held.symbol.index()];
            if self.end(facts, held).is_none_or(|end| now_msc < end) {
                continue;
            }
            let since = before.get(ticket).copied().unwrap_or(facts.at);
            self.since.insert(*ticket, since);
            if attempts.is_overdue(facts, *ticket, since) {
                found.violate(NAME, || {
                    format!("position {ticket} is held too long since {since}, and nobody asks for its exit")
                });
            }
        }
    }

    /// Looks at pending orders that strategies have placed.
    fn look_at_orders(&mut self, facts: &Facts, found: &mut Findings) {
        let before = std::mem::take(&mut self.resting);
        for (ticket, place) in facts.entering_orders() {
            let Sent { trade, sent_msc, .. } = &facts.sent[place];
            let is_placed = matches!(trade.request, Request::Place(_)) && facts.is_known(place);
            let now_msc = facts.ticked[trade.request.symbol().index()];
            let end = end_of(facts, &trade.owner, |rules| self.closing(rules, *sent_msc));
            if !is_placed || end.is_none_or(|end| now_msc < end) {
                continue;
            }
            let since = before.get(&ticket).copied().unwrap_or(facts.at);
            self.resting.insert(ticket, since);
            if is_long_ago(facts, since) {
                found.violate(NAME, || {
                    format!("order {ticket} has outlived a closing time since {since}")
                });
            }
        }
    }

    /// When a position's time is over at the latest; none where nobody is responsible for it, or
    /// where it has no such time.
    fn end(&self, facts: &Facts, held: &Held) -> Option<ServerMsc> {
        let owner = &facts.sent[held.sent].trade.owner;
        if !facts.is_its_own(held.sent) {
            return None;
        }
        let sent_msc = facts.sent[held.sent].sent_msc;
        let is_known = facts.is_known(held.sent);
        let sent_msc = if is_known { sent_msc.min(held.opened_msc) } else { held.opened_msc };
        end_of(facts, owner, |rules| self.end_by(rules, held.opened_msc, sent_msc))
    }

    fn end_by(
        &self,
        rules: &Rules,
        opened_msc: ServerMsc,
        sent_msc: ServerMsc,
    ) -> Option<ServerMsc> {
        let management = &rules.exit.management;
        let held = management.hold_max_minutes.map(|minutes| i64::from(minutes) * MINUTE_MS);
        let held = held.map(|held_ms| ServerMsc(opened_msc.0 + held_ms));
        self.closing(rules, sent_msc).into_iter().chain(held).min()
    }

    fn closing(&self, rules: &Rules, after: ServerMsc) -> Option<ServerMsc> {
        rules.exit.management.first_closing(after, Some(&self.zone))
    }
}

/// The last of the times that `each` tells by the rules that may be in force for an owner; none
/// where one of them tells none, or nobody runs them.
fn end_of(
    facts: &Facts,
    owner: &Owner,
    each: impl Fn(&Rules) -> Option<ServerMsc>,
) -> Option<ServerMsc> {
    let is_stopped = facts.controls.strategy(owner.strategy()?)?.stop.is_some();
    let ends: Option<Vec<ServerMsc>> = facts.rules.of(owner).map(each).collect();
    ends?.into_iter().max().filter(|_| !is_stopped)
}
