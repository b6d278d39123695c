//! A watch as states hold it: with each strategy stands the whole pair that it watches.

use super::shared::{LineRef, SharedIndicator};
use crate::strategy::monitor::CrossMonitor;
use crate::strategy::rules::Direction;
use serde::{Deserialize, Serialize};

/// A watch as states hold it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct WrittenWatch {
    pub indicators: Vec<SharedIndicator>,
    pub watchers: Vec<WrittenWatcher>,
}

/// What one strategy watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct WrittenWatcher {
    pub slot: u32,
    pub fast: LineRef,
    pub slow: LineRef,
    pub direction: Direction,
    pub warmup_bars: u32,
    pub cross: CrossMonitor,
    pub primed: bool,
}
