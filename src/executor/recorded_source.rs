//! What is known of strategies of other recordings that are followed.

use crate::domain::flaw::{Checked, must};
use crate::domain::id::StrategyId;
use crate::domain::time::ServerMsc;
use crate::executor::event::SourceNews;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What was last heard of the sources of other recordings, by their names.
pub type RecordedSources = BTreeMap<StrategyId, RecordedSource>;

/// What was last heard of a source of another recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedSource {
    pub news: SourceNews,
    /// The time of the server's clock when that came, from which ages of positions count back.
    pub heard_msc: ServerMsc,
}

impl RecordedSource {
    /// Checks what a state holds of it.
    pub fn check(&self) -> Checked {
        let flaw = self.news.flaw();
        must(flaw.is_none(), "news", flaw.unwrap_or_default())
    }
}
