//! Why bars cannot become ticks.

use crate::domain::amount::Points;
use crate::domain::time::ServerMsc;
use crate::market::timeframe::Timeframe;

/// Why bars cannot become ticks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BarsError {
    /// The timeframe is neither told nor to be found.
    #[error(
        "the bars' timeframe cannot be told from their opens ({bars} looked at): say it in the session, such as ticks.bars.timeframe = \"M1\""
    )]
    Unclear {
        /// How many were looked at.
        bars: usize,
    },
    /// A bar where none of its timeframe can stand.
    #[error("the bar of {time} is no bar of {timeframe} in its place: is `ticks.bars.timeframe` right, is the file whole?")]
    Misplaced {
        /// Its open, by the server's clock.
        time: ServerMsc,
        /// What it should be.
        timeframe: Timeframe,
    },
    /// Bars of a longer timeframe than is stated.
    #[error("the bars are of {found}, and `ticks.bars.timeframe` says {stated}: state {found}, or leave it out")]
    Longer {
        /// What is said.
        stated: Timeframe,
        /// What they are.
        found: Timeframe,
    },
    /// A spread that none has.
    #[error("the bar of {time} states a spread of {points} points: at most {} can be", Points::MOST.0)]
    Spread {
        /// Its open, by the server's clock.
        time: ServerMsc,
        /// What it states.
        points: i64,
    },
    /// A tick volume that none has.
    #[error("the bar of {time} states {ticks} ticks: at most {most} can be")]
    Volume {
        /// Its open, by the server's clock.
        time: ServerMsc,
        /// What it states.
        ticks: u64,
        /// What can be.
        most: u64,
    },
}
