//! The words of the kinds of faults, as session files have them.

use crate::session::fault::FaultKind;

/// Declares the word of each kind, and the list of them all.
macro_rules! kinds {
    ($($pattern:pat => $word:literal,)*) => {
        /// The word of a kind.
        pub(super) const fn name(kind: &FaultKind) -> &'static str {
            match kind { $($pattern => $word,)* }
        }

        /// The words of all the kinds.
        pub const KINDS: &[&str] = &[$($word,)*];
    };
}

kinds! {
    FaultKind::Requote => "requote",
    FaultKind::Reject => "reject",
    FaultKind::PriceOff => "price_off",
    FaultKind::TooManyRequests => "too_many_requests",
    FaultKind::AutotradingOff => "autotrading_off",
    FaultKind::InvalidFill => "invalid_fill",
    FaultKind::Partial { .. } => "partial",
    FaultKind::Placed { .. } => "placed",
    FaultKind::Timeout => "timeout",
    FaultKind::TimeoutExecuted => "timeout_executed",
    FaultKind::Lost => "lost",
    FaultKind::ExecutedUnanswered => "executed_unanswered",
    FaultKind::LateAnswer { .. } => "late_answer",
    FaultKind::DuplicateAnswer => "duplicate_answer",
    FaultKind::AnswerBare { .. } => "answer_bare",
    FaultKind::AnswerContradicted { .. } => "answer_contradicted",
    FaultKind::StopsDropped => "stops_dropped",
    FaultKind::Disconnect { .. } => "disconnect",
    FaultKind::Refused { .. } => "refused",
    FaultKind::RefusedLate { .. } => "refused_late",
    FaultKind::PlacedRejected { .. } => "placed_rejected",
    FaultKind::PartialWorking { .. } => "partial_working",
    FaultKind::CommentCut { .. } => "comment_cut",
    FaultKind::CommentRewritten => "comment_rewritten",
    FaultKind::SnapshotEmpty => "snapshot_empty",
    FaultKind::SnapshotPartial => "snapshot_partial",
    FaultKind::SnapshotLate { .. } => "snapshot_late",
    FaultKind::SnapshotLost => "snapshot_lost",
    FaultKind::SnapshotWithoutPositions => "snapshot_without_positions",
    FaultKind::SnapshotForeign => "snapshot_foreign",
    FaultKind::BarsLate { .. } => "bars_late",
    FaultKind::BarsLost => "bars_lost",
    FaultKind::BarsShort { .. } => "bars_short",
    FaultKind::NewsRepeated => "news_repeated",
    FaultKind::NewsReordered => "news_reordered",
    FaultKind::NewsLate { .. } => "news_late",
    FaultKind::NewsForeign => "news_foreign",
    FaultKind::LinkDown { .. } => "link_down",
    FaultKind::ExternalClose => "external_close",
    FaultKind::ExternalPartialClose { .. } => "external_partial_close",
    FaultKind::ExternalStops { .. } => "external_stops",
    FaultKind::OrderRemoved => "order_removed",
    FaultKind::Deposit { .. } => "deposit",
    FaultKind::SpecBroken { .. } => "spec_broken",
    FaultKind::StopsLevel { .. } => "stops_level",
    FaultKind::FreezeLevel { .. } => "freeze_level",
    FaultKind::MarketShut { .. } => "market_shut",
    FaultKind::OrdersHidden { .. } => "orders_hidden",
    FaultKind::TradingForbidden { .. } => "trading_forbidden",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_session_files() {
        for (text, kind) in [
            ("executed_unanswered", FaultKind::ExecutedUnanswered),
            ("stops_level", FaultKind::StopsLevel { points: 1, for_ms: 1 }),
            ("link_down", FaultKind::LinkDown { for_ms: 1, ticks_lost: true }),
        ] {
            let written = serde_json::to_value(&kind).unwrap();
            let word = written
                .as_str()
                .map(str::to_owned)
                .or_else(|| Some(written.as_object()?.keys().next()?.clone()));
            assert_eq!((name(&kind), word.as_deref()), (text, Some(text)));
        }
    }

    /// A session file that names no kind is told of every one that there is.
    #[test]
    fn the_list_has_every_kind_of_session_files() {
        let error = serde_json::from_str::<FaultKind>("\"nonsense\"").unwrap_err().to_string();
        let mut known: Vec<&str> =
            error.split('`').skip(1).step_by(2).filter(|word| *word != "nonsense").collect();
        let mut listed = KINDS.to_vec();
        known.sort_unstable();
        listed.sort_unstable();
        assert_eq!(listed, known);
    }
}
