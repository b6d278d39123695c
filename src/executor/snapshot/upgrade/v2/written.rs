//! What version 2 wrote, as far as the step to version 3 needs it; the rest is passed on unchanged.

use crate::domain::amount::{Money, Pips, Points, Price, Volume};
use crate::domain::id::{
    Cid, CommandId, ContentHash, IntentKey, Magic, StrategyId, SymbolId, Ticket,
};
use crate::domain::order::{Reason, Side};
use crate::domain::symbol::SymbolSpec;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::market::timeframe::Timeframe;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A stop loss and a take profit.
pub type Levels = (Option<Price>, Option<Price>);

/// The executor.
#[derive(Deserialize)]
pub struct State {
    pub config: Value,
    pub now: Timestamp,
    pub symbols: Vec<Symbol>,
    pub feeds: Vec<Feed>,
    pub strategies: Strategies,
    pub registry: Registry,
    pub book: Book,
    pub flows: Flows,
    pub ledger: Value,
    pub account: Value,
    pub paused: bool,
    pub trading_disabled: bool,
}

/// The configured limits that the step needs.
#[derive(Deserialize)]
pub struct Limits {
    pub request_deadline_msc: u64,
    pub deviation: Points,
}

/// A symbol.
#[derive(Deserialize)]
pub struct Symbol {
    pub spec: Option<SymbolSpec>,
    #[serde(flatten)]
    rest: Value,
}

impl Symbol {
    /// The symbol in version 3: nothing waits for its quotes, and the next life requests it.
    pub fn upgraded(&self) -> Value {
        let mut symbol = self.rest.clone();
        symbol["spec"] = json!(self.spec);
        for new in ["awaited", "subscribed", "unsound"] {
            symbol[new] = json!(false);
        }
        symbol
    }
}

/// The bars of a symbol and timeframe.
#[derive(Deserialize)]
pub struct Feed {
    indicators: Value,
    watchers: Value,
    #[serde(flatten)]
    rest: Value,
}

impl Feed {
    /// The feed in version 3: what strategies watch on the bars is kept together.
    pub fn upgraded(&self) -> Value {
        let mut feed = self.rest.clone();
        feed["watch"] = json!({ "indicators": self.indicators, "watchers": self.watchers });
        feed
    }
}

#[derive(Deserialize)]
pub struct Strategies {
    pub slots: Vec<Option<Strategy>>,
    pub by_id: Value,
}

/// A strategy.
#[derive(Deserialize)]
pub struct Strategy {
    pub id: StrategyId,
    pub state: String,
    pub effective: Effective,
    /// STOP commands that wait until the strategy is flat.
    pub stops: Vec<Stop>,
    pub on_stop: OnStop,
    /// Positions that STOP had closed.
    pub stopped: Vec<Ticket>,
    #[serde(flatten)]
    pub rest: Value,
}

#[derive(Deserialize, Serialize)]
pub struct Effective {
    pub lots: Volume,
    pub max_open_trades: u32,
    pub warmup_bars: u32,
    pub magic: Magic,
}

#[derive(Deserialize)]
pub struct Stop {
    pub id: CommandId,
    pub deadline: Timestamp,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnStop {
    Close,
    Keep,
}

#[derive(Deserialize)]
pub struct Registry {
    pub strategies: BTreeMap<StrategyId, Registered>,
    pub by_magic: BTreeMap<Magic, StrategyId>,
}

#[derive(Deserialize)]
pub struct Registered {
    pub magic: Magic,
    pub spent: Value,
}

#[derive(Deserialize)]
pub struct Book {
    pub holdings: BTreeMap<Ticket, Holding>,
    pub closed: Vec<Ticket>,
    pub foreign: Value,
}

/// A position of ours.
#[derive(Deserialize)]
pub struct Holding {
    pub ticket: Ticket,
    pub strategy: StrategyId,
    pub magic: Magic,
    pub rules_hash: ContentHash,
    pub timeframe: Timeframe,
    pub symbol: SymbolId,
    pub side: Side,
    pub opened: Volume,
    pub volume: Volume,
    pub price_open: Price,
    pub time_msc: ServerMsc,
    pub sl: Option<Price>,
    pub tp: Option<Price>,
    pub wanted: Levels,
    pub asked: Option<Price>,
    /// The reason of the last closing intent.
    pub closing: Option<String>,
    pub closes: u32,
    pub modifies: u32,
    /// Whether the broker has stated the position itself.
    pub stated: bool,
    /// Whether the broker has reported it as gone.
    pub removed: bool,
    pub reported_open: bool,
    /// The deals; only their tickets were kept.
    pub deals: BTreeSet<Ticket>,
    pub closed_volume: Volume,
    pub last_out: Option<(ServerMsc, Price, Reason)>,
    pub profit: Money,
    pub commission: Money,
    pub swap: Money,
}

impl Holding {
    /// The volume that was still open.
    pub fn open_volume(&self) -> Volume {
        self.volume.min(self.opened - self.closed_volume)
    }
}

#[derive(Deserialize)]
pub struct Flows {
    pub open: BTreeMap<u64, Flow>,
    pub last_cid: u64,
    pub last_flow: u64,
}

/// An intent on its way.
#[derive(Deserialize)]
pub struct Flow {
    pub key: IntentKey,
    pub strategy: StrategyId,
    pub magic: Magic,
    pub rules_hash: ContentHash,
    pub timeframe: Timeframe,
    pub symbol: SymbolId,
    pub why: String,
    pub intent: Intent,
    pub cid: Cid,
    pub retries: u32,
    /// The index of the filling mode among those of the symbol.
    pub filling: usize,
    pub state: FlowState,
    pub not_after: Timestamp,
    pub sent_msc: ServerMsc,
    /// The order, once the broker has named it.
    pub order: Option<Ticket>,
    pub asked: Price,
    /// Whether the position that it opens had been seen.
    pub claimed: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    Open {
        side: Side,
        volume: Volume,
        stop_loss: Option<Pips>,
        take_profit: Option<Pips>,
        stops: Levels,
    },
    Close {
        position: Ticket,
        volume: Volume,
    },
    Modify {
        position: Ticket,
        sl: Option<Price>,
        tp: Option<Price>,
    },
}

impl Intent {
    /// The position that the intent closes or changes; none when it makes a new one.
    pub const fn position(self) -> Option<Ticket> {
        match self {
            Self::Open { .. } => None,
            Self::Close { position, .. } | Self::Modify { position, .. } => Some(position),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowState {
    Sent,
    /// Refused for now, and not sent again yet.
    Waiting,
    Accepted,
    Unknown {},
}
