//! Why a session could not be run.

use crate::session::ports::PortError;
use crate::sim::broker::config::SimBrokerError;

/// Why a session could not be run to its end.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// The simulated broker cannot be built from the session.
    #[error(transparent)]
    Broker(#[from] SimBrokerError),
    /// Ticks were given for a symbol that the session does not have.
    #[error("the session has no symbol `{symbol}`: it names {known}")]
    ForeignTicks {
        /// What was given.
        symbol: String,
        /// What the session names.
        known: String,
    },
    /// Neither the session nor the command line says where a symbol's ticks are.
    #[error("no ticks for `{symbol}`: give them with --ticks {symbol}=FILE, or name them under [ticks] in the session")]
    NoTicks {
        /// Which symbol.
        symbol: String,
    },
    /// A tick file cannot be opened; the source names it.
    #[error("the ticks of `{symbol}` cannot be read")]
    Ticks {
        /// Whose.
        symbol: String,
        /// Which file, and why.
        source: Box<crate::data::error::DataError>,
    },
    /// A recording that goes on from a state.
    #[error("the recording goes on from a state: the simulated broker cannot know what the account held then")]
    BeginsInside,
    /// A port failed on the way.
    #[error("the session stopped on its way")]
    Port(#[source] PortError),
}
