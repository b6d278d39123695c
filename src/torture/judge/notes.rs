//! `entered-note-iff-trade`: a note says that an entry was sent if and only if its first request
//! leaves in the same step.

use crate::domain::id::{IntentKey, StrategyId};
use crate::executor::action::{Action, Note, Owner, Request, RequestReason};
use crate::session::ports::Step;
use crate::torture::found::Findings;
use std::collections::BTreeSet;

/// The name of the invariant.
pub const NAME: &str = "entered-note-iff-trade";

/// The keys of the entries that were sent. A repeated request is no new entry.
#[derive(Debug, Default)]
pub struct Notes {
    left: BTreeSet<(u32, IntentKey)>,
}

const fn says_entered(note: &Note) -> bool {
    note.verdict.is_entry()
}

impl Notes {
    /// Takes a step.
    pub fn step(&mut self, line: u32, step: &Step<'_>, found: &mut Findings) {
        let mut balance: Vec<(&StrategyId, i32)> = Vec::new();
        let mut count =
            |strategy, by| match balance.iter_mut().find(|(other, _)| *other == strategy) {
                Some((_, sum)) => *sum += by,
                None => balance.push((strategy, by)),
            };
        for action in step.actions {
            match action {
                Action::Note(note) if says_entered(note) => {
                    let Some((strategy, _)) = step.executor.judged(note) else { continue };
                    count(strategy, 1);
                }
                Action::Trade(trade) => {
                    if let (
                        Owner::Strategy(strategy),
                        RequestReason::Signal | RequestReason::Copied,
                        Request::Open(_) | Request::Place(_),
                    ) = (&trade.owner, trade.why, &trade.request)
                        && self.left.insert((line, trade.key))
                    {
                        count(strategy, -1);
                    }
                }
                _ => {}
            }
        }
        for (strategy, sum) in balance.into_iter().filter(|(_, sum)| *sum != 0) {
            let more = if sum > 0 {
                "more notes of entries than requests"
            } else {
                "more requests than notes of entries"
            };
            found.violate(NAME, || format!("{strategy} has {more} in one step"));
        }
    }
}
