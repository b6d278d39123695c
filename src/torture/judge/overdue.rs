//! `exits-in-time`: a position whose holding time or closing time is over, by all rules that may be in
//! force for it, is asked to be closed.

use crate::domain::id::Ticket;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::domain::zone::ServerZone;
use crate::strategy::rules::Rules;
use crate::torture::facts::{Facts, Held};
use crate::torture::found::Findings;
use crate::torture::judge::attempts::Attempts;
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
}

impl Overdue {
    /// None is, by the clock of a server.
    #[must_use]
    pub const fn new(zone: ServerZone) -> Self {
        Self { zone, since: BTreeMap::new() }
    }

    /// Checks now and then.
    pub fn look(
        &mut self,
        facts: &Facts,
        attempts: &Attempts,
        exits: &Exits,
        found: &mut Findings,
    ) {
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

    /// When a position's time is over at the latest; none where nobody is responsible for it, or
    /// where it has no such time.
    fn end(&self, facts: &Facts, held: &Held) -> Option<ServerMsc> {
        let owner = &facts.sent[held.sent].trade.owner;
        let is_stopped = facts.controls.strategy(owner.strategy()?)?.stop.is_some();
        if is_stopped || !facts.is_its_own(held.sent) {
            return None;
        }
        let each = facts.rules.of(owner).map(|rules| self.end_by(rules, held.opened_msc));
        each.collect::<Option<Vec<_>>>()?.into_iter().max()
    }

    fn end_by(&self, rules: &Rules, opened_msc: ServerMsc) -> Option<ServerMsc> {
        let management = &rules.exit.management;
        let held = management.hold_max_minutes.map(|minutes| i64::from(minutes) * MINUTE_MS);
        let held = held.map(|held_ms| ServerMsc(opened_msc.0 + held_ms));
        let times = management.close_at.iter();
        let times = times.filter_map(|time| time.first_after(opened_msc, Some(&self.zone)));
        times.chain(held).min()
    }
}
