//! Why a session could not be run.

use crate::domain::text::ShownPath;
use crate::domain::time::ServerMsc;
use crate::market::timeframe::Timeframe;
use crate::session::ports::PortError;
use crate::sim::broker::config::SimBrokerError;
use std::path::PathBuf;

/// Why a session could not be run to its end.
#[derive(Debug, thiserror::Error)]
pub enum BacktestError {
    /// The simulated broker cannot be built from the session.
    #[error(transparent)]
    Broker(#[from] SimBrokerError),
    /// Ticks were given for a symbol that the session does not have.
    #[error("the session has no symbol `{symbol}`: it names {known}")]
    ForeignTicks {
        /// The symbol of the ticks.
        symbol: String,
        /// The symbols of the session.
        known: String,
    },
    /// Neither the session nor the command line says where a symbol's ticks are.
    #[error(
        "no ticks for `{symbol}`: give them with --ticks {symbol}=FILE, or name them under [ticks] in the session"
    )]
    NoTicks {
        /// The symbol without ticks.
        symbol: String,
    },
    /// No tick is within the session's span.
    #[error("there is no tick {span}{}", around(*.before, *.after))]
    Nothing {
        /// The span as the session says it.
        span: String,
        /// The minute of the last tick before it.
        before: Option<ServerMsc>,
        /// The first tick after it.
        after: Option<ServerMsc>,
    },
    /// A recording begins with something open, or awaited.
    #[error(
        "{}: it begins with {open} open positions, and with {awaited} orders and requests under way: the simulated broker cannot \
         know all of them",
        dir.shown()
    )]
    BeginsInside {
        /// The directory of the recording.
        dir: PathBuf,
        /// How many positions are open.
        open: usize,
        /// How many orders work, and how many requests have no outcome yet.
        awaited: usize,
    },
    /// A strategy looks back farther than the data reach.
    #[error(
        "strategy `{strategy}`: {words} on {timeframe} before the first that it judges, and the data of {symbol} hold {held} at the most, \
         from {first} to {last}: give longer data, or a shorter period; where less settling will do, options.warmupBars says so"
    )]
    Longer {
        /// The strategy's id.
        strategy: String,
        /// The line that looks back farthest, and how far.
        words: String,
        /// The timeframe of its bars.
        timeframe: Timeframe,
        /// The symbol of its bars.
        symbol: String,
        /// How many closed bars the data can hold.
        held: i64,
        /// The first tick or minute.
        first: ServerMsc,
        /// The last tick.
        last: ServerMsc,
    },
    /// Neither the session nor the command line says where a symbol's bars are.
    #[error(
        "no bars for `{symbol}`: give them with --bars {symbol}=FILE, or name them under [ticks.bars] in the session"
    )]
    NoBars {
        /// The symbol without bars.
        symbol: String,
    },
    /// The arguments of the command line contradict each other or the session.
    #[error("{reason}")]
    Conflict {
        /// What is wrong and what would be right.
        reason: &'static str,
    },
    /// A bar file cannot be opened. The source names it.
    #[error("the bars of `{symbol}` cannot be read")]
    Bars {
        /// The symbol of the bars.
        symbol: String,
        /// The file, and why it cannot be opened.
        source: Box<crate::data::error::DataError>,
    },
    /// The bars cannot become ticks.
    #[error("{} gives no ticks", path.shown())]
    BarTicks {
        /// The file.
        path: PathBuf,
        /// The error of the model.
        source: PortError,
    },
    /// The bars that a strategy is evaluated on cannot be built from these.
    #[error(
        "{}: bars of {bars}, and strategy `{strategy}` is evaluated on bars of {timeframe}, which they do not make: give shorter ones, \
         or the strategy another timeframe",
        path.shown()
    )]
    Coarse {
        /// The file.
        path: PathBuf,
        /// The timeframe of the bars in it.
        bars: Timeframe,
        /// The strategy.
        strategy: String,
        /// The timeframe of the strategy.
        timeframe: Timeframe,
    },
    /// A tick file cannot be opened. The source names it.
    #[error("the ticks of `{symbol}` cannot be read")]
    Ticks {
        /// The symbol of the ticks.
        symbol: String,
        /// The file, and why it cannot be opened.
        source: Box<crate::data::error::DataError>,
    },
    /// Some of the session's own strategies were refused.
    #[error("the session's own strategies were not all started: {refused}")]
    NotStarted {
        /// The strategies, each with the reason.
        refused: String,
    },
    /// A port failed during the run.
    #[error("the session stopped on its way")]
    Port(#[source] PortError),
}

/// Where the ticks around a span are.
fn around(before: Option<ServerMsc>, after: Option<ServerMsc>) -> String {
    match (before, after) {
        (Some(before), Some(after)) => {
            format!(": the last before it is of {before}, the first after it of {after}")
        }
        (Some(before), None) => format!(": the last one is of {before}"),
        (None, Some(after)) => format!(": the first one is of {after}"),
        (None, None) => String::new(),
    }
}
