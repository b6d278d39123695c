//! When the last attempt was made to close or change a position, or when its order stopped working
//! at the broker, and how long the next attempt may take.

use crate::domain::amount::Volume;
use crate::domain::id::Ticket;
use crate::domain::time::Timestamp;
use crate::executor::action::Request;
use crate::executor::config::Limits;
use crate::torture::facts::{Change, Facts};
use std::collections::BTreeMap;

/// The time of the last attempt at each position, or of the end of its working order.
#[derive(Debug, Default)]
pub struct Attempts(BTreeMap<Ticket, Timestamp>);

/// The part of the bound for latency, late answers and failed readings.
const MARGIN_MS: u64 = 90_000;

/// The time within which an attempt must be followed by another one. It may get no answer, be
/// looked for until the end of its window, and then wait for the longest pause.
fn bound_ms(limits: &Limits) -> u64 {
    let looked_for =
        limits.request_deadline_ms + limits.unknown_window_ms + 3 * limits.unknown_poll_ms;
    looked_for + limits.data_deadline_ms + limits.goal_pause_max_ms + MARGIN_MS
}

/// Whether there was time for two attempts since `since`, without anything that prevented them.
#[must_use]
pub fn is_long_ago(facts: &Facts, since: Timestamp) -> bool {
    since.max(facts.disturbed).plus_ms(2 * bound_ms(&facts.limits)) < facts.at
}

impl Attempts {
    /// Takes a request that is sent.
    pub fn sent(&mut self, facts: &Facts, place: usize) {
        self.note(facts, place);
    }

    /// Takes a change of the broker's book. A working order is an attempt under way until it is
    /// gone.
    pub fn change(&mut self, facts: &Facts, change: Change) {
        if let Change::Gone { sent, .. } = change {
            self.note(facts, sent);
        }
    }

    fn note(&mut self, facts: &Facts, place: usize) {
        self.0.extend(facts.sent[place].trade.request.positions().map(|ticket| (ticket, facts.at)));
    }

    /// Whether the next attempt at a position is overdue. A working order is an attempt under way.
    #[must_use]
    pub fn is_overdue(&self, facts: &Facts, ticket: Ticket, since: Timestamp) -> bool {
        let last = self.0.get(&ticket).copied().unwrap_or_default();
        let from = last.max(since).max(facts.disturbed);
        from.plus_ms(bound_ms(&facts.limits)) < facts.at && !Self::works(facts, ticket)
    }

    /// An order for a part of a position is no attempt at the rest of it.
    fn works(facts: &Facts, ticket: Ticket) -> bool {
        let held = facts.positions.get(&ticket).map_or(Volume::ZERO, |held| held.volume);
        let takes = |sent: &usize| match &facts.sent[*sent].trade.request {
            Request::Close(one) if one.position == ticket => Some(one.volume),
            Request::CloseBy(one) if one.position == ticket || one.by == ticket => Some(held),
            _ => None,
        };
        let taking: Vec<Volume> = facts.working.values().filter_map(takes).collect();
        !taking.is_empty() && taking.into_iter().sum::<Volume>() >= held
    }
}
