//! The executor's configuration: the session's symbols, and the limits that would otherwise be
//! guessed.

use crate::domain::amount::{Points, Price, Volume};
use crate::domain::calendar::Calendar;
use crate::domain::id::StrategyId;
use crate::domain::zone::ServerZone;
use crate::market::timeframe::Timeframe;
use crate::risk::account::AccountRisk;
use crate::risk::stops::NearStops;
use crate::strategy::limits::StrategyLimits;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The executor's configuration, part of its state.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ExecutorConfig {
    /// The number of the account that is traded; it is part of every intent's key.
    pub login: u64,
    /// The trade server's name. When it is given, an account of another server is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// The broker's names of the session's symbols; a [`crate::domain::id::SymbolId`] is an index
    /// into this list.
    pub symbols: Vec<String>,
    /// The server's clock, for rules that name times by another one; none leaves these refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<ServerZone>,
    /// News that rules may keep away from; an empty one leaves such rules refused.
    #[serde(default, skip_serializing_if = "Calendar::is_empty")]
    pub calendar: Calendar,
    /// The programs, each with its arguments, that strategies in other processes may name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub programs: Vec<Vec<String>>,
    /// The strategies of other recordings that may be followed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub followed: Vec<Followed>,
    /// The limits on the whole account.
    #[serde(default, skip_serializing_if = "AccountRisk::is_none")]
    pub risk: AccountRisk,
    /// The value of one unit of another currency in the deposit currency, for currencies that no quoted
    /// symbol converts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rates: BTreeMap<String, Price>,
    /// Deadlines, pauses, defaults and caps.
    pub limits: Limits,
}

/// A strategy of another recording that may be followed. What it has open comes as
/// [`Event::Source`](crate::executor::event::Event::Source).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Followed {
    /// The name that followers give it. No strategy here has the same.
    pub id: StrategyId,
    /// The symbol that it trades, by its name here.
    pub symbol: String,
    /// The timeframe that it trades on.
    pub timeframe: Timeframe,
}

/// Deadlines and pauses (session 8), and the executor's defaults and caps. Each can be set in
/// `session.toml`, where the names of times in milliseconds end in `_msc`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// The time without an answer after which the outcome of a request is UNKNOWN.
    #[serde(rename = "request_deadline_msc")]
    pub request_deadline_ms: u64,
    /// The time after its deadline, connected and synced, from which an UNKNOWN request may be
    /// concluded absent.
    #[serde(rename = "unknown_window_msc")]
    pub unknown_window_ms: u64,
    /// The pause between two searches for an UNKNOWN request.
    #[serde(rename = "unknown_poll_msc")]
    pub unknown_poll_ms: u64,
    /// The pauses before each further attempt at an entry. The length of the list limits the number
    /// of further attempts.
    #[serde(rename = "retry_pauses_msc")]
    pub retry_pauses_ms: Vec<u64>,
    /// The time that a STOP may take before it is reported as failed.
    #[serde(rename = "stop_deadline_msc")]
    pub stop_deadline_ms: u64,
    /// The time that a command about positions or orders may take before it is reported as not
    /// done.
    #[serde(rename = "command_deadline_msc")]
    pub command_deadline_ms: u64,
    /// The longest pause between two attempts to close or change a position or an order: pauses are
    /// 1, 2, 4 … seconds up to it.
    #[serde(rename = "goal_pause_max_msc")]
    pub goal_pause_max_ms: u64,
    /// The number of attempts to set a position's missing stops; after them the position is closed.
    pub stops_tries_max: u32,
    /// The time after which an exit that has not been reached raises an alert; another alert
    /// follows each time that the time doubles.
    #[serde(rename = "exit_overdue_msc")]
    pub exit_overdue_ms: u64,
    /// The time without an answer after which data are requested again.
    #[serde(rename = "data_deadline_msc")]
    pub data_deadline_ms: u64,
    /// The time after the last news of a trade until the account is read again to confirm it.
    #[serde(rename = "reread_msc")]
    pub reread_ms: u64,
    /// The number of command ids that are remembered.
    pub ledger_ids_max: usize,
    /// The time for which a command id is remembered; an older command fails with TOO_OLD.
    #[serde(rename = "ledger_age_msc")]
    pub ledger_age_ms: u64,
    /// The volume of an entry in lots when neither rules nor settings give it. With none, such a
    /// START is refused.
    pub lots_default: Option<Volume>,
    /// The largest volume of an entry in lots, which no rule or setting raises; none means no cap.
    pub lots_max: Option<Volume>,
    /// The largest number of positions of a strategy, when neither rules nor settings give it.
    pub max_open_trades_default: u32,
    /// The largest number of our positions on the account, of strategies and commands together;
    /// none means no cap.
    pub max_open_trades_account: Option<u32>,
    /// Whether an emergency closes every position of the account, not only ours.
    pub emergency_closes_foreign: bool,
    /// The largest accepted deviation from the requested price, in points; used in instant and
    /// request execution.
    pub deviation: Points,
    /// What to do with an entry whose stops would be too close to the market.
    pub near_stops: NearStops,
    /// The largest number of bars of history that may be requested.
    pub history_bars_max: u32,
    /// The largest number of strategies that run at once.
    pub strategies_max: usize,
    /// The limits of a strategy for which neither settings nor rules say anything else.
    #[serde(skip_serializing_if = "StrategyLimits::is_none")]
    pub strategy: StrategyLimits,
    /// A setting of earlier versions. It is still read, and has no effect.
    #[serde(rename = "stop_retry_msc", skip_serializing)]
    pub stop_retry_ms: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request_deadline_ms: 30_000,
            unknown_window_ms: 60_000,
            unknown_poll_ms: 5_000,
            retry_pauses_ms: vec![500, 1_000, 2_000],
            stop_deadline_ms: 60_000,
            command_deadline_ms: 60_000,
            goal_pause_max_ms: 60_000,
            stops_tries_max: 3,
            exit_overdue_ms: 60_000,
            data_deadline_ms: 15_000,
            reread_ms: 2_000,
            ledger_ids_max: 10_000,
            ledger_age_ms: 30 * 86_400_000,
            lots_default: None,
            lots_max: None,
            max_open_trades_default: 1,
            max_open_trades_account: None,
            emergency_closes_foreign: false,
            deviation: Points(20),
            near_stops: NearStops::Refuse,
            history_bars_max: 50_000,
            strategies_max: 10_000,
            strategy: StrategyLimits::default(),
            stop_retry_ms: None,
        }
    }
}
