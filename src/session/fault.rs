//! What can go wrong in a session, as its file says it: by script and by chance. What each kind does is the broker's matter.

use crate::domain::amount::Money;
use crate::domain::time::Timestamp;
use serde::{Deserialize, Serialize};

/// One thing that goes wrong: with the request that it names, or at its moment. Exactly one of both is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The request, counted from 1 over the whole session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<u64>,
    /// The moment: of what concerns questions and news, the first from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// What goes wrong.
    pub kind: FaultKind,
}

/// Something that goes wrong by chance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRate {
    /// What goes wrong.
    pub kind: FaultKind,
    /// How often: of 1,000 requests, of 1,000 questions, of 1,000 deliveries of news, or of 1,000 minutes of the session,
    /// by what the kind concerns ([`FaultKind::scope`]).
    pub per_mille: u32,
}

/// What a kind of fault concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultScope {
    /// One request to trade.
    Request,
    /// One question for the account.
    Snapshot,
    /// One question for bars.
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
    /// 10004, not executed.
    Requote,
    /// 10006, not executed.
    Reject,
    /// 10021, not executed.
    PriceOff,
    /// 10024, not executed.
    TooManyRequests,
    /// 10027, not executed: the terminal's button is off.
    AutotradingOff,
    /// 10030, not executed.
    InvalidFill,
    /// 10010: only so many percent are filled (floored to the volume step, at least one step).
    Partial {
        /// 1 to 99.
        percent: u32,
    },
    /// 10008, executed so many milliseconds later.
    Placed {
        /// How much later.
        after_ms: u64,
    },
    /// 10012, not executed.
    Timeout,
    /// 10012, though executed.
    TimeoutExecuted,
    /// Lost on the way: no answer, not executed.
    Lost,
    /// Executed, and no answer ever; the deal and the position are only found by asking.
    ExecutedUnanswered,
    /// Executed; the answer comes so many milliseconds late.
    LateAnswer {
        /// How late.
        after_ms: u64,
    },
    /// Executed; every change and the answer come twice.
    DuplicateAnswer,
    /// Executed; the answer says neither deal nor volume nor price.
    AnswerBare {
        /// Whether it names the order.
        order: bool,
    },
    /// Executed; answered 10008 without an order, and once more with a code that refuses.
    AnswerContradicted {
        /// MT5's number.
        retcode: u32,
    },
    /// Executed without the stops that were asked for.
    StopsDropped,
    /// The link goes down as the request arrives (it is not executed) and comes back after so many milliseconds.
    Disconnect {
        /// How long it is down.
        for_ms: u64,
    },
    /// Any return code, not executed.
    Refused {
        /// MT5's number.
        retcode: u32,
    },
    /// Any return code, not executed; the answer comes so many milliseconds late.
    RefusedLate {
        /// MT5's number.
        retcode: u32,
        /// How late.
        after_ms: u64,
    },
    /// 10008, and refused so many milliseconds later: the order ends REJECTED.
    PlacedRejected {
        /// How much later.
        after_ms: u64,
    },
    /// 10010: so many percent are filled, the rest works on at the broker and is filled so many milliseconds later.
    PartialWorking {
        /// 1 to 99.
        percent: u32,
        /// How much later the rest is filled.
        rest_after_ms: u64,
    },
    /// Executed; of the comment so many characters are kept.
    CommentCut {
        /// Characters.
        keep: u32,
    },
    /// Executed; the comment is the broker's own.
    CommentRewritten,
    /// The account is read as empty, though said to be complete.
    SnapshotEmpty,
    /// Only a part could be read, and it is said so.
    SnapshotPartial,
    /// Read now, delivered so many milliseconds later.
    SnapshotLate {
        /// How late.
        after_ms: u64,
    },
    /// No answer to the question for the account.
    SnapshotLost,
    /// The account of somebody else is read.
    SnapshotForeign,
    /// Bars are read now and delivered so many milliseconds later.
    BarsLate {
        /// How late.
        after_ms: u64,
    },
    /// No answer to the question for bars.
    BarsLost,
    /// Only so many of the latest closed bars are told.
    BarsShort {
        /// Bars.
        keep: u32,
    },
    /// The changes of one delivery come twice.
    NewsRepeated,
    /// The changes of one delivery come in another order.
    NewsReordered,
    /// The changes of one delivery come so many milliseconds late, and later ones before them.
    NewsLate {
        /// How late.
        after_ms: u64,
    },
    /// Before a delivery the account of somebody else is told, with a position and a deal on it.
    NewsForeign,
    /// The link goes down and comes back after so many milliseconds.
    LinkDown {
        /// How long it is down.
        for_ms: u64,
        /// Whether the quotes of that time are missed.
        ticks_lost: bool,
    },
    /// Somebody else closes the oldest position.
    ExternalClose,
    /// Somebody else closes a part of the oldest position.
    ExternalPartialClose {
        /// 1 to 99.
        percent: u32,
    },
    /// Somebody else moves the stops of the oldest position away from the market by so many points; 0 takes them away.
    ExternalStops {
        /// How far.
        points: u32,
    },
    /// The broker removes the oldest working order.
    OrderRemoved,
    /// Money is paid in, or out where negative.
    Deposit {
        /// In the deposit currency.
        amount: Money,
    },
    /// The first symbol's specification says nonsense for so many milliseconds.
    SpecBroken {
        /// How long.
        for_ms: u64,
    },
    /// The stops level of every symbol is another for so many milliseconds.
    StopsLevel {
        /// The level.
        points: u32,
        /// How long.
        for_ms: u64,
    },
    /// The freeze level of every symbol is another for so many milliseconds.
    FreezeLevel {
        /// The level.
        points: u32,
        /// How long.
        for_ms: u64,
    },
    /// Every request is answered 10018 for so many milliseconds.
    MarketShut {
        /// How long.
        for_ms: u64,
    },
    /// Readings of the account show deals and positions, and no orders, for so many milliseconds.
    OrdersHidden {
        /// How long.
        for_ms: u64,
    },
    /// The account may not trade for so many milliseconds; the account's news say so, and every request is answered 10017.
    TradingForbidden {
        /// How long.
        for_ms: u64,
    },
}

impl FaultKind {
    /// What it concerns.
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
            Self::SnapshotEmpty | Self::SnapshotPartial | Self::SnapshotLate { .. } | Self::SnapshotLost | Self::SnapshotForeign => {
                FaultScope::Snapshot
            }
            Self::BarsLate { .. } | Self::BarsLost | Self::BarsShort { .. } => FaultScope::Bars,
            Self::NewsRepeated | Self::NewsReordered | Self::NewsLate { .. } | Self::NewsForeign => FaultScope::News,
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
