//! The limits on the account's day: those of the session together with those that RISK_UPDATE has set.

use super::Executor;
use crate::domain::flaw::Flaw;
use crate::risk::account::LOSS_LIMITS_MAX;
use crate::risk::limit::RiskLimit;
use crate::risk::loss::DailyLoss;
use crate::strategy::limits::StrategyLimits;

/// The place of the loss of a day that RISK_UPDATE has set, after those of any session.
const PLACE: u8 = LOSS_LIMITS_MAX;

impl Executor {
    /// The most entries of a trading day on the account.
    pub(super) fn max_daily_trades(&self) -> Option<u32> {
        let all = [self.config.risk.max_daily_trades, self.standing.updates.max_daily_trades()];
        all.into_iter().flatten().min()
    }

    /// The limits on the loss of a day on the account, each with its place.
    pub(super) fn daily_losses(&self) -> impl Iterator<Item = (u8, DailyLoss)> + use<> {
        let session = (0_u8..).zip(self.config.risk.daily_loss.clone());
        session.chain(self.standing.updates.daily_loss().map(|loss| (PLACE, loss)))
    }

    /// Whether a limit looks at the account's equity.
    pub(super) fn watches_equity(&self) -> bool {
        self.config.risk.watches_equity() || self.standing.updates.daily_loss().is_some()
    }

    /// Whether anything of the account is counted by trading days.
    pub(super) fn counts_days(&self) -> bool {
        self.config.risk.has_days() || !self.standing.updates.is_none()
    }

    /// What is wrong with limits that RISK_UPDATE asks for on the account: those that only a strategy has, or
    /// that the session sets tighter.
    ///
    /// # Errors
    /// The first of them, by its name in the command.
    pub(super) fn check_update(&self, limits: StrategyLimits) -> Result<(), Flaw> {
        let of_strategies = [
            (limits.max_drawdown.is_some(), RiskLimit::StrategyDrawdown.row().keys[0]),
            (limits.loss_streak.is_some(), RiskLimit::LossStreak.row().keys[0]),
            (limits.cooldown.is_some(), RiskLimit::Cooldown.row().keys[0]),
            (limits.flatten.is_some(), "flatten"),
        ];
        if let Some((_, name)) = of_strategies.into_iter().find(|(is_given, _)| *is_given) {
            let reason = "is for one strategy: name it. What the account may lose at all is in the session, under [risk]";
            return Err(Flaw::of(name, reason));
        }
        let above = |limit: RiskLimit| {
            Flaw::of(limit.row().keys[0], "is above what the session allows the account")
        };
        let most = self.config.risk.max_daily_trades;
        if limits.max_daily_trades.is_some_and(|new| most.is_some_and(|most| new > most)) {
            return Err(above(RiskLimit::StrategyDailyTrades));
        }
        let new = limits.max_daily_loss.map(DailyLoss::of);
        let mut session = self.config.risk.daily_loss.iter();
        if new.is_some_and(|new| session.any(|loss| new.is_looser(*loss))) {
            return Err(above(RiskLimit::StrategyDailyLoss));
        }
        Ok(())
    }
}
