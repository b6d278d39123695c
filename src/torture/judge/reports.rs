//! `reports-agree`: each position is reported opened once and closed once, with the sums of the
//! broker's deals to the cent.

use crate::domain::id::Ticket;
use crate::executor::action::{Report, TradeClosed};
use crate::torture::facts::{Facts, Held};
use crate::torture::found::Findings;
use std::collections::BTreeMap;

/// The name of the invariant.
pub const NAME: &str = "reports-agree";

/// The reports that a state knows of.
#[derive(Debug, Default)]
pub struct Reports {
    opened: BTreeMap<Ticket, Vec<u64>>,
    closed: BTreeMap<Ticket, Vec<(u64, TradeClosed)>>,
}

impl Reports {
    /// Takes a report.
    pub fn report(&mut self, facts: &Facts, report: &Report) {
        match report {
            Report::Opened(opened) => {
                self.opened.entry(opened.position).or_default().push(facts.step);
            }
            Report::Closed(closed) => {
                self.closed.entry(closed.position).or_default().push((facts.step, closed.clone()));
            }
            Report::Changed(_) | Report::Alert(_) => {}
        }
    }

    /// Whether a position was reported as opened.
    #[must_use]
    pub fn has_opened(&self, ticket: Ticket) -> bool {
        self.opened.get(&ticket).is_some_and(|steps| !steps.is_empty())
    }

    /// A process died: the next one does not know what was reported after `step`, and reports it
    /// again.
    pub fn forget_after(&mut self, step: u64) {
        self.opened.values_mut().for_each(|steps| steps.retain(|own| *own <= step));
        self.closed.values_mut().for_each(|steps| steps.retain(|(own, _)| *own <= step));
    }

    /// Checks at the end.
    pub fn end(&self, facts: &Facts, found: &mut Findings) {
        for (ticket, held) in &facts.positions {
            if facts.is_known(held.sent) {
                self.judge(*ticket, held, found);
            }
        }
        let unknown = self
            .opened
            .keys()
            .chain(self.closed.keys())
            .find(|ticket| !facts.positions.contains_key(ticket));
        if let Some(ticket) = unknown {
            found.violate(NAME, || {
                format!("position {ticket} is reported and was never opened for a request of ours")
            });
        }
    }

    fn judge(&self, ticket: Ticket, held: &Held, found: &mut Findings) {
        let opened = self.opened.get(&ticket).map_or(0, Vec::len);
        if opened != 1 {
            found.violate(NAME, || {
                format!("position {ticket} was opened and is reported opened {opened} times")
            });
        }
        let closed = self.closed.get(&ticket).map_or(&[][..], Vec::as_slice);
        if closed.len() != usize::from(!held.is_open()) {
            let state = if held.is_open() { "is open" } else { "is closed" };
            found.violate(NAME, || {
                format!("position {ticket} {state} and is reported closed {} times", closed.len())
            });
        }
        for (_, report) in closed {
            let told = (report.volume, report.profit, report.commission, report.swap);
            let booked = (held.closed, held.profit, held.commission, held.swap);
            if told != booked {
                found.violate(NAME, || {
                    format!(
                        "position {ticket} is reported closed with {}, the deals say {}",
                        sums(told),
                        sums(booked)
                    )
                });
            }
        }
    }
}

type Sums = (
    crate::domain::amount::Volume,
    crate::domain::amount::Money,
    crate::domain::amount::Money,
    crate::domain::amount::Money,
);

fn sums((volume, profit, commission, swap): Sums) -> String {
    format!("{volume} lots, profit {profit}, commission {commission}, swap {swap}")
}
