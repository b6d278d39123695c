//! A watch as states hold it: with each strategy stands the whole pair that it watches.

use super::evaluator::WrittenEvaluator;
use super::shared::{LineRef, SharedIndicator};
use crate::strategy::monitor::CrossMonitor;
use crate::strategy::rules::Direction;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A watch as states hold it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct WrittenWatch {
    pub indicators: Vec<SharedIndicator>,
    pub watchers: Vec<WrittenWatcher>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub programs: Vec<WrittenProgram>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub readers: BTreeSet<u32>,
}

/// What one strategy with conditions watches.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct WrittenProgram {
    /// Its place among all that watch.
    pub place: usize,
    pub slot: u32,
    pub conditions: WrittenEvaluator,
}

/// What one strategy with a crossing watches.
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
