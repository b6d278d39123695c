//! What followers of another recording know of their source: the news that made sense, in the order in
//! which they came.

use crate::domain::amount::{Money, Volume};
use crate::domain::id::{StrategyId, Ticket};
use crate::domain::time::Timestamp;
use crate::executor::event::{SourceNews, SourcePosition};
use std::collections::BTreeSet;

/// The news of sources so far, each with its step and its moment.
#[derive(Debug, Default)]
pub(super) struct SourceStory(Vec<(u64, Timestamp, SourceNews)>);

/// What a source has open.
#[derive(Debug, Clone, Copy)]
pub(super) struct Master {
    pub position: SourcePosition,
    /// When it was opened.
    pub opened: Timestamp,
    /// What its account is worth, if that is known.
    pub equity: Option<Money>,
}

impl SourceStory {
    pub fn push(&mut self, step: u64, at: Timestamp, news: &SourceNews) {
        let distinct: BTreeSet<Ticket> =
            news.positions.iter().map(|position| position.identifier).collect();
        let is_sound = distinct.len() == news.positions.len()
            && news.positions.iter().all(|one| one.opened - one.closed > Volume::ZERO);
        if is_sound {
            self.0.push((step, at, news.clone()));
        }
    }

    /// What a source has open as it was told last; none where nothing was told of it.
    pub fn open_of(&self, source: &StrategyId) -> impl Iterator<Item = Master> {
        let last = self.0.iter().rev().find(|(.., news)| news.source == *source);
        last.into_iter().flat_map(|(_, at, news)| {
            news.positions.iter().map(|position| Master {
                position: *position,
                opened: before(*at, position.age_ms),
                equity: news.equity.filter(|equity| *equity > Money::ZERO),
            })
        })
    }

    pub fn forget_after(&mut self, step: u64) {
        self.0.retain(|(told, ..)| *told <= step);
    }

    pub fn forget(&mut self) {
        self.0.clear();
    }
}

fn before(at: Timestamp, ms: u64) -> Timestamp {
    Timestamp::from_nanos(at.nanos() - i64::try_from(ms).unwrap_or(0) * 1_000_000)
}
