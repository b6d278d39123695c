//! How far the account and its strategies are from each of their limits, for people: it decides nothing.

use super::Executor;
use super::exposure::Possible;
use super::strategy_limits::Loss;
use crate::domain::amount::{Money, Volume};
use crate::domain::id::{StrategyId, SymbolId};
use crate::domain::order::Side;
use crate::risk::limit::RiskLimit;
use std::fmt;

/// How far the account, or a strategy, is from a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headroom {
    /// Which limit.
    pub limit: RiskLimit,
    /// Its place among those of its kind in the configuration.
    pub place: u8,
    /// The strategy that it limits, if it is one of a strategy.
    pub strategy: Option<StrategyId>,
    /// The symbol that it limits, if it limits each alone.
    pub symbol: Option<SymbolId>,
    /// What the account has come to; none while that is not certain.
    pub value: Option<Measure>,
    /// What it must not come to: for limits on losses the floor, for others the most.
    pub bound: Option<Measure>,
}

/// An amount in the unit of its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// In the deposit currency.
    Money(Money),
    /// In lots.
    Lots(Volume),
    /// Positions, or entries.
    Count(i64),
}

impl Headroom {
    /// What is left: how far the value is above a floor, or below what is the most. Below 0 where it is
    /// beyond.
    #[must_use]
    pub fn left(&self) -> Option<Measure> {
        let (value, bound) = (self.value?, self.bound?);
        let (more, less) = if self.limit.is_floor() { (value, bound) } else { (bound, value) };
        Some(match (more, less) {
            (Measure::Money(more), Measure::Money(less)) => Measure::Money(more - less),
            (Measure::Lots(more), Measure::Lots(less)) => Measure::Lots(more - less),
            (Measure::Count(more), Measure::Count(less)) => Measure::Count(more - less),
            _ => unreachable!("value and bound of a limit have one unit"),
        })
    }
}

impl Measure {
    fn count(count: u64) -> Self {
        Self::Count(i64::try_from(count).expect("nobody counts so far"))
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Money(money) => write!(f, "{money}"),
            Self::Lots(volume) => write!(f, "{volume}"),
            Self::Count(count) => write!(f, "{count}"),
        }
    }
}

impl Executor {
    /// How far the account is from each of its limits, in the order of their numbers.
    #[must_use]
    pub fn headroom(&self) -> Vec<Headroom> {
        // In quiet runs nobody looks at the quotes.
        let mut now = self.clone();
        now.worth.see(&now.symbols);
        now.headroom_by_seen_quotes()
    }

    fn headroom_by_seen_quotes(&self) -> Vec<Headroom> {
        let mut all = self.loss_headroom();
        let risk = &self.config.risk;
        let of = |limit, symbol, value, bound| Headroom {
            limit,
            place: 0,
            strategy: None,
            symbol,
            value: Some(value),
            bound: Some(bound),
        };
        if let Some(most) = self.max_daily_trades() {
            let (value, bound) =
                (Measure::count(self.standing.entries_today), Measure::Count(most.into()));
            all.push(of(RiskLimit::DailyTrades, None, value, bound));
        }
        for (symbol, _) in (0..).map(SymbolId).zip(&self.symbols) {
            if let Some(most) = risk.max_open_trades_symbol {
                let value = self.possible(None).filter(|it| it.counts_in(symbol)).count() as u64;
                let (value, bound) = (Measure::count(value), Measure::Count(most.into()));
                all.push(of(RiskLimit::OpenTradesSymbol, Some(symbol), value, bound));
            }
            if let Some(most) = risk.max_lots_symbol {
                let own = self.possible(None).filter(|it| it.symbol == symbol);
                let value = own.map(|it| it.volume).sum();
                let (value, bound) = (Measure::Lots(value), Measure::Lots(most));
                all.push(of(RiskLimit::LotsSymbol, Some(symbol), value, bound));
            }
        }
        if let Some(most) = risk.max_lots_total {
            let value = self.possible(None).map(|it: Possible| it.volume).sum();
            all.push(of(RiskLimit::LotsTotal, None, Measure::Lots(value), Measure::Lots(most)));
        }
        if let Some(most) = risk.max_margin_use {
            let margin = self.account.as_ref().map(|account| Measure::Money(account.margin));
            let equity = self.figures().map(|now| Measure::Money(most.of(now.equity)));
            let limit = RiskLimit::MarginUse;
            all.push(Headroom { bound: equity, value: margin, ..unknown(limit) });
        }
        all.extend(self.target_headroom());
        if let Some(most) = risk.max_portfolio_risk {
            let value = self.open_risk().ok().map(Measure::Money);
            let bound = self.figures().map(|now| Measure::Money(most.of(now.equity)));
            all.push(Headroom { value, bound, ..unknown(RiskLimit::PortfolioRisk) });
        }
        all.extend(self.correlated_headroom());
        all.extend(self.condition_headroom());
        all.extend(self.strategies.iter().flat_map(|(slot, _)| self.headroom_of(slot)));
        all
    }

    fn target_headroom(&self) -> Option<Headroom> {
        let (target, since) = (self.config.risk.profit_target?, self.standing.since);
        let bound = since.and_then(|since| target.equity(since.initial, since.paid_in));
        let value = self.figures().map(|now| Measure::Money(now.equity));
        Some(Headroom {
            value,
            bound: bound.map(Measure::Money),
            ..unknown(RiskLimit::ProfitTarget)
        })
    }

    /// For each symbol what would go along with an entry in it, on the side on which that is more.
    fn correlated_headroom(&self) -> Vec<Headroom> {
        let Some(most) = self.config.risk.max_correlated else { return Vec::new() };
        let along = |symbol, side| -> Volume {
            self.going_along(most, (symbol, side), None).map(|it| it.volume).sum()
        };
        let row = |symbol| Headroom {
            symbol: Some(symbol),
            value: Some(Measure::Lots(along(symbol, Side::Buy).max(along(symbol, Side::Sell)))),
            bound: Some(Measure::Lots(most.lots)),
            ..unknown(RiskLimit::CorrelatedExposure)
        };
        (0..).map(SymbolId).zip(&self.symbols).map(|(symbol, _)| row(symbol)).collect()
    }

    /// The same of what it takes to pass.
    fn condition_headroom(&self) -> Vec<Headroom> {
        let (risk, since) = (&self.config.risk, self.standing.since);
        let days = risk.min_trading_days.map(|least| Headroom {
            value: since.map(|since| Measure::Count(since.traded.count.into())),
            bound: Some(Measure::Count(least.into())),
            ..unknown(RiskLimit::TradingDays)
        });
        let balance = self.figures().map(|now| now.balance);
        let share = risk.consistency.map(|most| {
            let known = since.zip(balance);
            let best = known.and_then(|(since, balance)| since.traded.best_with(balance));
            let profit = known.and_then(|(since, balance)| {
                balance.checked_sub(since.initial)?.checked_sub(since.paid_in)
            });
            // Of no profit no day can be a part.
            let profit = profit.filter(|profit| *profit > Money::ZERO);
            Headroom {
                value: best.map(Measure::Money),
                bound: profit.map(|profit| Measure::Money(most.of(profit))),
                ..unknown(RiskLimit::Consistency)
            }
        });
        days.into_iter().chain(share).collect()
    }

    /// The same of a strategy's own limits.
    fn headroom_of(&self, slot: u32) -> Vec<Headroom> {
        let strategy = self.strategies.get(slot).expect("it was listed");
        let own = |limit| Headroom { strategy: Some(strategy.id.clone()), ..unknown(limit) };
        let trades = strategy.effective.limits.max_daily_trades.map(|most| Headroom {
            value: self.entries_today(strategy.magic()).map(Measure::count),
            bound: Some(Measure::Count(most.into())),
            ..own(RiskLimit::StrategyDailyTrades)
        });
        let limits = strategy.effective.limits;
        let daily = limits.max_daily_loss.map(|_| RiskLimit::StrategyDailyLoss);
        let drawdown = limits.max_drawdown.map(|_| RiskLimit::StrategyDrawdown);
        let known: Vec<Loss> = self.losses(slot).collect();
        let losses = daily.into_iter().chain(drawdown).map(|limit| {
            let loss = known.iter().find(|loss| loss.limit == limit);
            let value = loss.map(|loss| Measure::Money(loss.value));
            let bound = loss.map(|loss| Measure::Money(loss.floor));
            Headroom { value, bound, ..own(limit) }
        });
        trades.into_iter().chain(losses).collect()
    }

    /// The same of the limits on losses.
    fn loss_headroom(&self) -> Vec<Headroom> {
        let (now, since) = (self.figures(), self.standing.since);
        let value = |floating: bool| {
            now.map(|now| Measure::Money(if floating { now.equity } else { now.balance }))
        };
        let daily = self.daily_losses().map(|(place, loss)| Headroom {
            limit: RiskLimit::DailyLoss,
            place,
            strategy: None,
            symbol: None,
            value: value(loss.floating),
            bound: since.map(|since| Measure::Money(loss.floor(since.initial, since.day))),
        });
        let most = (0_u8..).zip(&self.config.risk.max_loss).map(|(place, loss)| Headroom {
            limit: RiskLimit::MaxLoss,
            place,
            strategy: None,
            symbol: None,
            value: value(true),
            bound: since
                .map(|since| Measure::Money(loss.floor(since.initial, since.paid_in, since.peaks))),
        });
        daily.chain(most).collect()
    }
}

/// A limit of which nothing is known yet.
const fn unknown(limit: RiskLimit) -> Headroom {
    Headroom { limit, place: 0, strategy: None, symbol: None, value: None, bound: None }
}
