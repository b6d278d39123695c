//! Order flows: one for each intent, from the decision to its final outcome. Answers arrive later, or never.

use crate::domain::amount::{Pips, Price, Volume};
use crate::domain::id::{Cid, ContentHash, IntentKey, Magic, StrategyId, SymbolId, Ticket};
use crate::domain::order::Side;
use crate::domain::position::Position;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::executor::action::Why;
use crate::market::timeframe::Timeframe;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One intent on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    /// Its key, the same for every attempt.
    pub key: IntentKey,
    /// Whose.
    pub strategy: StrategyId,
    /// The strategy's magic.
    pub magic: Magic,
    /// Hash of the rules behind it.
    pub rules_hash: ContentHash,
    /// The strategy's bars.
    pub timeframe: Timeframe,
    /// Of which symbol.
    pub symbol: SymbolId,
    /// What for.
    pub why: Why,
    /// What is intended.
    pub intent: Intent,
    /// Number of the last attempt.
    pub cid: Cid,
    /// Attempts after the first that a refusal has used up.
    pub retries: u32,
    /// Which of the symbol's filling modes is used.
    pub filling: usize,
    /// Where it stands.
    pub state: FlowState,
    /// The peer must not send the last attempt after this.
    pub not_after: Timestamp,
    /// Server time at the first attempt.
    pub sent_msc: ServerMsc,
    /// The order, once the broker has named it.
    pub order: Option<Ticket>,
    /// Price asked at the last attempt.
    pub asked: Price,
    /// Whether the position that it opens has been seen; only the answer is missing then.
    pub claimed: bool,
}

/// What is intended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// A position of our own.
    Open {
        /// Which way.
        side: Side,
        /// How much.
        volume: Volume,
        /// Distance of the stop loss.
        stop_loss: Option<Pips>,
        /// Distance of the take profit.
        take_profit: Option<Pips>,
        /// Stops of the last attempt.
        stops: (Option<Price>, Option<Price>),
    },
    /// The end of a position.
    Close {
        /// Which.
        position: Ticket,
        /// How much of it.
        volume: Volume,
    },
    /// A position's stops.
    Modify {
        /// Which.
        position: Ticket,
        /// Stop loss.
        sl: Option<Price>,
        /// Take profit.
        tp: Option<Price>,
    },
}

impl Intent {
    /// The position that it changes, if it is not about a new one.
    pub const fn position(&self) -> Option<Ticket> {
        match self {
            Self::Open { .. } => None,
            Self::Close { position, .. } | Self::Modify { position, .. } => Some(*position),
        }
    }
}

/// Where a flow stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowState {
    /// Sent; an answer is awaited until its deadline.
    Sent,
    /// Refused for now; to be sent again at its deadline.
    Waiting,
    /// Accepted or done; the deal or the position is awaited until its deadline.
    Accepted,
    /// Nobody knows. Never sent again.
    Unknown {
        /// From here on a complete snapshot without it proves its absence; none while not connected and synced.
        conclusive: Option<Timestamp>,
    },
}

/// The open flows, by number, and the attempts that still may be answered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Flows {
    open: BTreeMap<u64, Flow>,
    by_cid: BTreeMap<Cid, u64>,
    last_cid: u64,
    last_flow: u64,
}

impl Flows {
    /// Opens a flow; gives its number.
    pub fn open(&mut self, flow: Flow) -> u64 {
        self.last_flow += 1;
        self.open.insert(self.last_flow, flow);
        self.last_flow
    }

    /// Numbers a further attempt of a flow; earlier attempts are answered and forgotten.
    pub fn next_attempt(&mut self, number: u64) -> Cid {
        self.last_cid += 1;
        let cid = Cid(self.last_cid);
        if let Some(flow) = self.open.get_mut(&number) {
            self.by_cid.remove(&flow.cid);
            flow.cid = cid;
            self.by_cid.insert(cid, number);
        }
        cid
    }

    /// Ends a flow.
    pub fn close(&mut self, number: u64) -> Option<Flow> {
        let flow = self.open.remove(&number)?;
        self.by_cid.remove(&flow.cid);
        Some(flow)
    }

    /// A flow.
    pub fn get(&self, number: u64) -> Option<&Flow> {
        self.open.get(&number)
    }

    /// A flow, to be changed.
    pub fn get_mut(&mut self, number: u64) -> Option<&mut Flow> {
        self.open.get_mut(&number)
    }

    /// The flow whose last attempt has this number.
    pub fn by_cid(&self, cid: Cid) -> Option<u64> {
        self.by_cid.get(&cid).copied()
    }

    /// All open flows in order of their beginning.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &Flow)> {
        self.open.iter().map(|(&number, flow)| (number, flow))
    }

    /// The open flows of one magic.
    pub fn of(&self, magic: Magic) -> impl Iterator<Item = (u64, &Flow)> {
        self.iter().filter(move |(_, flow)| flow.magic == magic)
    }

    /// Whether an intent about the position is under way.
    pub fn concerns(&self, position: Ticket) -> bool {
        self.open.values().any(|flow| flow.intent.position() == Some(position))
    }

    /// Whether something of unknown outcome is among them.
    pub fn any_unknown(&self) -> bool {
        self.open.values().any(Flow::is_unknown)
    }
}

impl Flow {
    /// Whether nobody knows what came of it.
    pub const fn is_unknown(&self) -> bool {
        matches!(self.state, FlowState::Unknown { .. })
    }

    /// Whether it may have reached the broker: what is only waiting for its next attempt has not.
    pub const fn is_out(&self) -> bool {
        !matches!(self.state, FlowState::Waiting)
    }

    /// How surely a position is the one that this flow opened.
    pub fn matches_position(&self, position: &Position) -> Match {
        let Intent::Open { side, volume, .. } = self.intent else { return Match::No };
        if self.order == Some(position.ticket) || position.comment == self.key.comment() {
            return Match::Sure;
        }
        let alike = position.magic == self.magic && position.symbol == self.symbol && position.side == side && position.volume <= volume;
        if alike && self.is_unknown() && position.time_msc >= self.sent_msc { Match::Alike } else { Match::No }
    }
}

/// How surely something belongs to a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// Not at all.
    No,
    /// Same magic, symbol, side and a fitting volume within the window: brokers may cut or rewrite comments.
    Alike,
    /// By ticket or key.
    Sure,
}
