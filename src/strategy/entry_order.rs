//! Entries by a pending order: placed on the signal at a distance from the market, and gone when
//! their time is over (executor 3.4).

use crate::domain::order::PendingKind;
use crate::strategy::distance::Distance;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The longest that a pending entry waits: a limit on figures, far above any real one.
pub const EXPIRY_BARS_MAX: u32 = 10_000;

/// The pending order by which rules enter, in place of a deal at the market.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryOrder {
    /// A limit order waits for a better price than the market's, a stop order for a worse one.
    pub kind: PendingKind,
    /// How far it lies from the market: from Ask for a buy, from Bid for a sell.
    pub offset: Distance,
    /// How many bars of the strategy after the one that signalled it may wait; none lets it wait
    /// until it is removed. The server ends it by its own clock, also while nobody is connected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiry_bars: Option<u32>,
}

impl EntryOrder {
    /// The word for its kind.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self.kind {
            PendingKind::Limit => "limit",
            PendingKind::Stop => "stop",
            PendingKind::StopLimit => "stop-limit",
        }
    }
}

impl fmt::Display for EntryOrder {
    /// `a limit order 5 pips from the market, for 3 bars`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { offset, expiry_bars, .. } = self;
        write!(f, "a {} order {offset} from the market, ", self.word())?;
        match expiry_bars {
            None => f.write_str("until it is removed"),
            Some(1) => f.write_str("for a bar"),
            Some(bars) => write!(f, "for {bars} bars"),
        }
    }
}
