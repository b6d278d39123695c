//! Which verdict stands for which limit.

use crate::executor::action::Verdict;
use crate::risk::limit::{LIMITS, RiskLimit};

/// What a note says when a limit stands against an entry.
///
/// # Panics
/// If it is a condition of passing, which stands against none.
#[must_use]
pub const fn verdict_of(limit: RiskLimit) -> Verdict {
    match limit {
        RiskLimit::DailyLoss => Verdict::DailyLoss,
        RiskLimit::MaxLoss => Verdict::MaxLoss,
        RiskLimit::DailyTrades => Verdict::MaxDailyTrades,
        RiskLimit::OpenTradesSymbol => Verdict::SymbolLimit,
        RiskLimit::LotsSymbol => Verdict::MaxLotsSymbol,
        RiskLimit::LotsTotal => Verdict::MaxLotsTotal,
        RiskLimit::MarginUse => Verdict::MaxMarginUse,
        RiskLimit::StrategyDailyTrades => Verdict::StrategyDailyTrades,
        RiskLimit::StrategyDailyLoss => Verdict::StrategyDailyLoss,
        RiskLimit::StrategyDrawdown => Verdict::StrategyDrawdown,
        RiskLimit::LossStreak => Verdict::LossStreak,
        RiskLimit::Cooldown => Verdict::CoolingDown,
        RiskLimit::ProfitTarget => Verdict::ProfitTarget,
        RiskLimit::PortfolioRisk => Verdict::PortfolioRisk,
        RiskLimit::CorrelatedExposure => Verdict::CorrelatedExposure,
        RiskLimit::FlatWeekend => Verdict::FlatWeekend,
        RiskLimit::FlatNews => Verdict::FlatNews,
        RiskLimit::TradingDays | RiskLimit::Consistency => unreachable!(),
    }
}

/// The limit that a verdict names; none for other verdicts.
#[must_use]
pub fn limit_of(verdict: Verdict) -> Option<RiskLimit> {
    let limits = LIMITS.iter().map(|row| row.limit).filter(|limit| !limit.is_condition());
    { limits }.find(|limit| verdict_of(*limit) == verdict)
}
