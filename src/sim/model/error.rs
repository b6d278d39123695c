//! Why bars cannot become ticks.

use crate::domain::amount::Points;
use crate::domain::time::ServerMsc;
use crate::market::timeframe::Timeframe;

/// Why bars cannot become ticks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BarsError {
    /// The timeframe is not stated and cannot be determined.
    #[error(
        "the bars' timeframe cannot be told from their opens ({bars} looked at): say it in the session, such as ticks.bars.timeframe = \"M1\""
    )]
    Unclear {
        /// The number of bars that were looked at.
        bars: usize,
    },
    /// A bar opens at a time at which no bar of its timeframe can.
    #[error(
        "the bar of {time} is no bar of {timeframe} in its place: is `ticks.bars.timeframe` right, is the file whole?"
    )]
    Misplaced {
        /// The open time of the bar, by the server's clock.
        time: ServerMsc,
        /// The timeframe of the bars.
        timeframe: Timeframe,
    },
    /// The bars have a longer timeframe than is stated.
    #[error(
        "the bars are of {found}, and `ticks.bars.timeframe` says {stated}: state {found}, or leave it out"
    )]
    Longer {
        /// The stated timeframe.
        stated: Timeframe,
        /// The timeframe of the bars.
        found: Timeframe,
    },
    /// A spread is larger than any real one.
    #[error("the bar of {time} states a spread of {points} points: at most {} can be", Points::MOST.0)]
    Spread {
        /// The open time of the bar, by the server's clock.
        time: ServerMsc,
        /// The stated spread.
        points: i64,
    },
    /// A tick volume is larger than any real one.
    #[error("the bar of {time} states {ticks} ticks: at most {most} can be")]
    Volume {
        /// The open time of the bar, by the server's clock.
        time: ServerMsc,
        /// The stated tick volume.
        ticks: u64,
        /// The largest tick volume that is accepted.
        most: u64,
    },
}
