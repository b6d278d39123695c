//! What the executor is told once: the symbols of the session and the figures that would otherwise be guessed.

use crate::domain::amount::{Points, Volume};
use crate::risk::stops::NearStops;
use serde::{Deserialize, Serialize};

/// The executor's configuration, part of its state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutorConfig {
    /// Number of the account: a part of every intent's key.
    pub login: u64,
    /// The trade server's name; where it is stated, an account of another server is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// The session's symbols; a [`crate::domain::id::SymbolId`] is a place in this list.
    pub symbols: Vec<String>,
    /// The figures.
    pub limits: Limits,
}

/// The figures of session 8 and the executor's defaults and caps. All are settings with these defaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// After this time without an answer a request is UNKNOWN.
    pub request_deadline_msc: u64,
    /// So long after its deadline, connected and synced, an UNKNOWN may be concluded absent.
    pub unknown_window_msc: u64,
    /// How often an UNKNOWN is looked for.
    pub unknown_poll_msc: u64,
    /// Pauses before each further attempt at a request that may be repeated; their number is that of the attempts.
    pub retry_pauses_msc: Vec<u64>,
    /// So long a STOP may take before it is reported as failed.
    pub stop_deadline_msc: u64,
    /// So long a command about positions or orders may take before it is reported as not done.
    pub command_deadline_msc: u64,
    /// The longest pause between two attempts at what is wanted of a position: pauses are 1, 2, 4 … seconds up to it.
    pub goal_pause_max_msc: u64,
    /// Attempts at a position's missing stops before the position is closed.
    pub stops_tries_max: u32,
    /// An exit that is wanted for so long raises an alert, and again each time it has been wanted twice as long.
    pub exit_overdue_msc: u64,
    /// After this time without an answer a question for data is asked again.
    pub data_deadline_msc: u64,
    /// So long after the last news of a trade the account is read again, to confirm what the news said.
    pub reread_msc: u64,
    /// Command ids that are remembered.
    pub ledger_ids_max: usize,
    /// How long a command id is remembered; an older command fails TOO_OLD.
    pub ledger_age_msc: u64,
    /// Volume of an entry where neither rules nor settings say it; none: such a START is refused.
    pub lots_default: Option<Volume>,
    /// Largest volume of an entry: a cap that no rule lifts.
    pub lots_max: Option<Volume>,
    /// Most positions of a strategy where neither rules nor settings say it.
    pub max_open_trades_default: u32,
    /// Most positions of the account that are ours, of strategies and of commands together; none is no cap.
    pub max_open_trades_account: Option<u32>,
    /// Whether an emergency closes every position of the account, and not only ours.
    pub emergency_closes_foreign: bool,
    /// Greatest deviation from the price asked, where the server heeds it.
    pub deviation: Points,
    /// What is done with an entry whose stops would lie too near to the market.
    pub near_stops: NearStops,
    /// Bars of history that may be asked for.
    pub history_bars_max: u32,
    /// Strategies that may run at once.
    pub strategies_max: usize,
    /// A pause that sessions could state when STOP tried again by itself. It is read, and means nothing any more.
    #[serde(skip_serializing)]
    pub stop_retry_msc: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request_deadline_msc: 30_000,
            unknown_window_msc: 60_000,
            unknown_poll_msc: 5_000,
            retry_pauses_msc: vec![500, 1_000, 2_000],
            stop_deadline_msc: 60_000,
            command_deadline_msc: 60_000,
            goal_pause_max_msc: 60_000,
            stops_tries_max: 3,
            exit_overdue_msc: 60_000,
            data_deadline_msc: 15_000,
            reread_msc: 2_000,
            ledger_ids_max: 10_000,
            ledger_age_msc: 30 * 86_400_000,
            lots_default: None,
            lots_max: None,
            max_open_trades_default: 1,
            max_open_trades_account: None,
            emergency_closes_foreign: false,
            deviation: Points(20),
            near_stops: NearStops::Refuse,
            history_bars_max: 50_000,
            strategies_max: 10_000,
            stop_retry_msc: None,
        }
    }
}
