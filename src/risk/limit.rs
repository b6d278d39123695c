//! The limits on the account and on single strategies, each one row: its name, where it is set, what it is
//! counted in, and what is said when it stands against an entry (executor 4).

use serde::{Deserialize, Serialize};

/// A limit on the account, or on one strategy.
/// The numbers are those of the hash (session 4); they never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RiskLimit {
    /// The loss of a trading day.
    DailyLoss = 1,
    /// The loss from the beginning, or from the highest that the account has been.
    MaxLoss = 2,
    /// The entries of a trading day on the account.
    DailyTrades = 3,
    /// The positions of one symbol.
    OpenTradesSymbol = 4,
    /// The volume of one symbol.
    LotsSymbol = 5,
    /// The volume of all symbols.
    LotsTotal = 6,
    /// The margin in relation to the equity.
    MarginUse = 7,
    /// The entries of a strategy in a trading day.
    StrategyDailyTrades = 8,
    /// What a strategy loses in a trading day.
    StrategyDailyLoss = 9,
    /// How far a strategy's result falls below the highest that it has been.
    StrategyDrawdown = 10,
    /// The losses of a strategy in a row.
    LossStreak = 11,
    /// The rest of a strategy after a position was closed.
    Cooldown = 12,
    /// What is to be earned.
    ProfitTarget = 13,
    /// What everything open loses at its stops.
    PortfolioRisk = 14,
    /// The volume that goes one way in symbols that move with each other.
    CorrelatedExposure = 15,
    /// The part of the week in which nothing is held.
    FlatWeekend = 16,
    /// The time around news in which nothing is held.
    FlatNews = 17,
    /// The days on which something is opened: a condition.
    TradingDays = 18,
    /// What the best day makes of the profit: a condition.
    Consistency = 19,
}

/// What there is to say of a limit.
#[derive(Debug, Clone, Copy)]
pub struct LimitRow {
    /// Which limit.
    pub limit: RiskLimit,
    /// Its name in alerts and, for one on the account, its key under `[risk]` of a session.
    pub name: &'static str,
    /// Its keys in rules and settings, where it is one of a strategy.
    pub keys: &'static [&'static str],
    /// What it is counted in.
    pub unit: &'static str,
    /// What is said when it stands against an entry.
    pub sentence: &'static str,
}

/// All limits, in the order of their numbers.
pub const LIMITS: [LimitRow; 19] = [
    LimitRow {
        limit: RiskLimit::DailyLoss,
        name: "daily_loss",
        keys: &[],
        unit: "money or percent",
        sentence: "the account has lost as much as a day may lose",
    },
    LimitRow {
        limit: RiskLimit::MaxLoss,
        name: "max_loss",
        keys: &[],
        unit: "money or percent",
        sentence: "the account has lost as much as it may lose at all",
    },
    LimitRow {
        limit: RiskLimit::DailyTrades,
        name: "max_daily_trades",
        keys: &[],
        unit: "entries",
        sentence: "as many entries were sent as a trading day may have",
    },
    LimitRow {
        limit: RiskLimit::OpenTradesSymbol,
        name: "max_open_trades_symbol",
        keys: &[],
        unit: "positions",
        sentence: "as many positions of the symbol are open, or may be, as it may have",
    },
    LimitRow {
        limit: RiskLimit::LotsSymbol,
        name: "max_lots_symbol",
        keys: &[],
        unit: "lots",
        sentence: "it would make the volume of the symbol larger than it may be",
    },
    LimitRow {
        limit: RiskLimit::LotsTotal,
        name: "max_lots_total",
        keys: &[],
        unit: "lots",
        sentence: "it would make the volume of everything open larger than it may be",
    },
    LimitRow {
        limit: RiskLimit::MarginUse,
        name: "max_margin_use",
        keys: &[],
        unit: "percent of the equity",
        sentence: "it would need more margin than may be used",
    },
    LimitRow {
        limit: RiskLimit::StrategyDailyTrades,
        name: "strategy_daily_trades",
        keys: &["maxDailyTrades"],
        unit: "entries",
        sentence: "the strategy has sent as many entries as it may in a trading day",
    },
    LimitRow {
        limit: RiskLimit::StrategyDailyLoss,
        name: "strategy_daily_loss",
        keys: &["maxDailyLoss"],
        unit: "money or percent",
        sentence: "the strategy has lost as much as it may in a trading day",
    },
    LimitRow {
        limit: RiskLimit::StrategyDrawdown,
        name: "strategy_drawdown",
        keys: &["maxDrawdown"],
        unit: "money or percent",
        sentence: "the strategy's result is as far below its highest as it may be",
    },
    LimitRow {
        limit: RiskLimit::LossStreak,
        name: "loss_streak",
        keys: &["lossStreak", "maxConsecutiveLosses"],
        unit: "positions",
        sentence: "the strategy rests after losses in a row",
    },
    LimitRow {
        limit: RiskLimit::Cooldown,
        name: "cooldown",
        keys: &["cooldownMinutes"],
        unit: "minutes",
        sentence: "the strategy rests after a position was closed",
    },
    LimitRow {
        limit: RiskLimit::ProfitTarget,
        name: "profit_target",
        keys: &[],
        unit: "money or percent",
        sentence: "the account has earned as much as it is to",
    },
    LimitRow {
        limit: RiskLimit::PortfolioRisk,
        name: "max_portfolio_risk",
        keys: &[],
        unit: "percent of the equity",
        sentence: "everything open would lose more at its stops than it may",
    },
    LimitRow {
        limit: RiskLimit::CorrelatedExposure,
        name: "max_correlated",
        keys: &[],
        unit: "lots",
        sentence: "too much would go one way in symbols that move with each other",
    },
    LimitRow {
        limit: RiskLimit::FlatWeekend,
        name: "flat_weekend",
        keys: &[],
        unit: "time of the week",
        sentence: "the account holds nothing in this part of the week",
    },
    LimitRow {
        limit: RiskLimit::FlatNews,
        name: "flat_news",
        keys: &[],
        unit: "minutes",
        sentence: "the account holds nothing of the symbol around such news",
    },
    LimitRow {
        limit: RiskLimit::TradingDays,
        name: "min_trading_days",
        keys: &[],
        unit: "days",
        sentence: "it takes more days to pass on which something is opened",
    },
    LimitRow {
        limit: RiskLimit::Consistency,
        name: "consistency",
        keys: &[],
        unit: "percent of the profit",
        sentence: "the best day makes too much of the profit to pass",
    },
];

impl RiskLimit {
    /// What there is to say of it.
    #[must_use]
    pub const fn row(self) -> &'static LimitRow {
        &LIMITS[self as usize - 1]
    }

    /// Whether it is a floor, below which the account must not come; others are the most of something.
    #[must_use]
    pub const fn is_floor(self) -> bool {
        matches!(
            self,
            Self::DailyLoss | Self::MaxLoss | Self::StrategyDailyLoss | Self::StrategyDrawdown
        )
    }

    /// Whether it takes it to pass, but it stops no entry.
    #[must_use]
    pub const fn is_condition(self) -> bool {
        matches!(self, Self::TradingDays | Self::Consistency)
    }

    /// Whether it holds until the next day cut at most.
    #[must_use]
    pub const fn ends_with_day(self) -> bool {
        !matches!(self, Self::MaxLoss | Self::StrategyDrawdown | Self::ProfitTarget)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_has_its_row() {
        for row in &LIMITS {
            assert_eq!(row.limit.row().name, row.name);
        }
    }
}
