//! A watch as states hold it: with each strategy stands the whole pair that it watches.

use super::pair::{Pair, PairState};
use super::{LineRef, SharedIndicator, Watch, Watcher};
use crate::strategy::monitor::CrossMonitor;
use crate::strategy::rules::Direction;
use serde::{Deserialize, Serialize};

/// A watch as states hold it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct WrittenWatch {
    indicators: Vec<SharedIndicator>,
    watchers: Vec<WrittenWatcher>,
}

/// What one strategy watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct WrittenWatcher {
    slot: u32,
    fast: LineRef,
    slow: LineRef,
    direction: Direction,
    warmup_bars: u32,
    cross: CrossMonitor,
    primed: bool,
}

impl Watch {
    /// What each strategy watches.
    pub(super) fn written(&self) -> impl Iterator<Item = WrittenWatcher> {
        self.watchers.iter().map(|&watcher| {
            let PairState { fast, slow, cross, primed } = self.pair_of(watcher).state;
            let Watcher { slot, direction, warmup_bars, .. } = watcher;
            WrittenWatcher { slot, fast, slow, direction, warmup_bars, cross, primed }
        })
    }
}

impl From<Watch> for WrittenWatch {
    fn from(watch: Watch) -> Self {
        Self { watchers: watch.written().collect(), indicators: watch.indicators }
    }
}

impl From<WrittenWatch> for Watch {
    fn from(written: WrittenWatch) -> Self {
        let mut watch = Self { indicators: written.indicators, ..Self::default() };
        for watcher in written.watchers {
            let WrittenWatcher { slot, fast, slow, direction, warmup_bars, cross, primed } =
                watcher;
            let pair = Pair::new(PairState { fast, slow, cross, primed });
            watch.push(pair, |pair| Watcher { slot, pair, direction, warmup_bars });
        }
        watch.share_pairs();
        watch
    }
}
