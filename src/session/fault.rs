//! The faults of a session as its file names them, by script and by chance. The simulated broker
//! carries them out.

use crate::domain::amount::Money;
use crate::domain::time::Timestamp;
use crate::session::figured;
use serde::{Deserialize, Serialize};

/// A fault by script: at a request by its number or at a moment. Exactly one of the two is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The number of the request, counted from 1 over the whole session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<u64>,
    /// The moment. A fault that concerns readings, requests for bars or news hits the first of
    /// these after the moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// What goes wrong.
    #[serde(deserialize_with = "figured::read")]
    pub kind: FaultKind,
}

/// A fault by chance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRate {
    /// What goes wrong.
    #[serde(deserialize_with = "figured::read")]
    pub kind: FaultKind,
    /// How often the fault happens in 1,000 requests, readings, requests for bars, deliveries of
    /// news or minutes of the session, whichever the kind concerns ([`FaultKind::scope`]).
    pub per_mille: u32,
}

/// What a kind of fault concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultScope {
    /// One request to the trade server.
    Request,
    /// One reading of the account.
    Snapshot,
    /// One request for bars.
    Bars,
    /// One delivery of news.
    News,
    /// The broker or the world, at a moment.
    World,
}

/// What can go wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FaultKind {
    /// Requote: answered 10004, not executed.
    Requote,
    /// Rejected: answered 10006, not executed.
    Reject,
    /// No quotes: answered 10021, not executed.
    PriceOff,
    /// Rate limit: answered 10024, not executed.
    TooManyRequests,
    /// Algo trading is off in the terminal: answered 10027, not executed.
    AutotradingOff,
    /// Filling mode not allowed: answered 10030, not executed.
    InvalidFill,
    /// Answered 10010: only a part is filled, rounded down to the volume step but at least one
    /// step. A fill-or-kill order (FOK) is filled whole and answered 10009.
    Partial {
        /// The part in percent, 1 to 99.
        percent: u32,
    },
    /// Answered 10008, executed later.
    Placed {
        /// The delay in milliseconds.
        after_ms: u64,
    },
    /// Answered 10012, not executed.
    Timeout,
    /// Answered 10012, though executed.
    TimeoutExecuted,
    /// Lost on the way: no answer, not executed.
    Lost,
    /// Executed without an answer or any news; only a reading of the account shows the deal and the
    /// position.
    ExecutedUnanswered,
    /// Executed; the answer comes late.
    LateAnswer {
        /// The delay in milliseconds.
        after_ms: u64,
    },
    /// Executed; the answer and each change come twice.
    DuplicateAnswer,
    /// Executed; the answer names neither deal nor volume nor price.
    AnswerBare {
        /// Whether the answer names the order.
        order: bool,
    },
    /// Executed; answered 10008 without an order, and a second time with a refusing code.
    AnswerContradicted {
        /// MT5's number of the return code.
        retcode: u32,
    },
    /// Executed without the requested stops.
    StopsDropped,
    /// The link goes down as the request arrives, and comes back later. The request is not
    /// executed.
    Disconnect {
        /// The time until it comes back, in milliseconds.
        for_ms: u64,
    },
    /// Answered with any return code, not executed.
    Refused {
        /// MT5's number of the return code.
        retcode: u32,
    },
    /// Answered late with any return code, not executed.
    RefusedLate {
        /// MT5's number of the return code.
        retcode: u32,
        /// The delay in milliseconds.
        after_ms: u64,
    },
    /// Answered 10008 and refused later: the order ends REJECTED.
    PlacedRejected {
        /// The delay in milliseconds.
        after_ms: u64,
    },
    /// Answered 10010: a part is filled, as with [`Partial`](Self::Partial). The rest works at the
    /// broker and is filled later.
    PartialWorking {
        /// The part in percent, 1 to 99.
        percent: u32,
        /// The delay until the rest is filled, in milliseconds.
        rest_after_ms: u64,
    },
    /// Executed; the broker keeps only the beginning of the comment.
    CommentCut {
        /// The number of characters that are kept.
        keep: u32,
    },
    /// Executed; the broker replaces the comment by its own.
    CommentRewritten,
    /// The reading shows an empty account and claims to be complete.
    SnapshotEmpty,
    /// The reading shows everything but the positions, and claims to be complete.
    SnapshotWithoutPositions,
    /// The reading shows only a part of the account and says so.
    SnapshotPartial,
    /// The reading is delivered late and shows the account as it was when the reading was
    /// requested.
    SnapshotLate {
        /// The delay in milliseconds.
        after_ms: u64,
    },
    /// The reading is never delivered.
    SnapshotLost,
    /// The reading shows another account.
    SnapshotForeign,
    /// Bars are delivered late, as they were when they were requested.
    BarsLate {
        /// The delay in milliseconds.
        after_ms: u64,
    },
    /// Bars are never delivered.
    BarsLost,
    /// Only the latest of the requested closed bars are delivered.
    BarsShort {
        /// The number of closed bars that are delivered.
        keep: u32,
    },
    /// The changes in one delivery are delivered twice.
    NewsRepeated,
    /// The changes in one delivery arrive in another order.
    NewsReordered,
    /// The changes in one delivery arrive late, after changes that were made later.
    NewsLate {
        /// The delay in milliseconds.
        after_ms: u64,
    },
    /// A delivery is preceded by news of another account, with a position and a deal of it.
    NewsForeign,
    /// The link goes down and comes back later.
    LinkDown {
        /// The time until it comes back, in milliseconds.
        for_ms: u64,
        /// Whether the executor misses the ticks of that time.
        ticks_lost: bool,
    },
    /// Somebody else closes the oldest position.
    ExternalClose,
    /// Somebody else closes a part of the oldest position.
    ExternalPartialClose {
        /// The part in percent, 1 to 99.
        percent: u32,
    },
    /// Somebody else moves the stops of the oldest position away from the market, or removes them.
    ExternalStops {
        /// How far, in points; 0 removes the stops.
        points: u32,
    },
    /// The broker removes the oldest working order.
    OrderRemoved,
    /// A deposit, or a withdrawal when negative.
    Deposit {
        /// The amount in the deposit currency.
        amount: Money,
    },
    /// For a while the reported specification of the first symbol makes no sense.
    SpecBroken {
        /// The duration in milliseconds.
        for_ms: u64,
    },
    /// For a while every symbol has a different stops level.
    StopsLevel {
        /// The level in points.
        points: u32,
        /// The duration in milliseconds.
        for_ms: u64,
    },
    /// For a while every symbol has a different freeze level.
    FreezeLevel {
        /// The level in points.
        points: u32,
        /// The duration in milliseconds.
        for_ms: u64,
    },
    /// For a while every request is answered 10018, and stops and pending orders wait.
    MarketShut {
        /// The duration in milliseconds.
        for_ms: u64,
    },
    /// For a while readings of the account show deals and positions, but no orders.
    OrdersHidden {
        /// The duration in milliseconds.
        for_ms: u64,
    },
    /// For a while the account may not trade: its news say so, every request is answered 10017, and
    /// stops and pending orders wait.
    TradingForbidden {
        /// The duration in milliseconds.
        for_ms: u64,
    },
}

impl FaultKind {
    /// What the fault concerns: requests, readings, requests for bars, news or the world.
    #[must_use]
    pub const fn scope(&self) -> FaultScope {
        match self {
            Self::Requote
            | Self::Reject
            | Self::PriceOff
            | Self::TooManyRequests
            | Self::AutotradingOff
            | Self::InvalidFill
            | Self::Partial { .. }
            | Self::Placed { .. }
            | Self::Timeout
            | Self::TimeoutExecuted
            | Self::Lost
            | Self::ExecutedUnanswered
            | Self::LateAnswer { .. }
            | Self::DuplicateAnswer
            | Self::AnswerBare { .. }
            | Self::AnswerContradicted { .. }
            | Self::StopsDropped
            | Self::Disconnect { .. }
            | Self::Refused { .. }
            | Self::RefusedLate { .. }
            | Self::PlacedRejected { .. }
            | Self::PartialWorking { .. }
            | Self::CommentCut { .. }
            | Self::CommentRewritten => FaultScope::Request,
            Self::SnapshotEmpty
            | Self::SnapshotWithoutPositions
            | Self::SnapshotPartial
            | Self::SnapshotLate { .. }
            | Self::SnapshotLost
            | Self::SnapshotForeign => FaultScope::Snapshot,
            Self::BarsLate { .. } | Self::BarsLost | Self::BarsShort { .. } => FaultScope::Bars,
            Self::NewsRepeated
            | Self::NewsReordered
            | Self::NewsLate { .. }
            | Self::NewsForeign => FaultScope::News,
            Self::LinkDown { .. }
            | Self::ExternalClose
            | Self::ExternalPartialClose { .. }
            | Self::ExternalStops { .. }
            | Self::OrderRemoved
            | Self::Deposit { .. }
            | Self::SpecBroken { .. }
            | Self::StopsLevel { .. }
            | Self::FreezeLevel { .. }
            | Self::MarketShut { .. }
            | Self::OrdersHidden { .. }
            | Self::TradingForbidden { .. } => FaultScope::World,
        }
    }
}
