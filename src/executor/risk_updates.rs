//! What RISK_UPDATE says of the whole account, besides the limits of the session: the entries and the loss of
//! a trading day. It is measured from when it is first said.

use crate::domain::flaw::{Checked, Flaw};
use crate::risk::loss::DailyLoss;
use crate::strategy::limits::StrategyLimits;
use serde::{Deserialize, Serialize};

/// The limits that RISK_UPDATE has set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RiskUpdates {
    #[serde(skip_serializing_if = "StrategyLimits::is_none")]
    now: StrategyLimits,
    /// Those that hold from the next trading day on, where some are looser.
    #[serde(skip_serializing_if = "Option::is_none")]
    later: Option<StrategyLimits>,
}

impl RiskUpdates {
    /// Whether nothing was said.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// The limits after others were requested: of each the tighter one holds at once, what is looser from the
    /// next trading day on.
    ///
    /// # Errors
    /// The loss of which nobody can say whether it is tighter.
    pub fn changed(self, limits: StrategyLimits) -> Result<Self, Flaw> {
        let wished = limits.or(self.later.unwrap_or(self.now));
        let now = self.now.tightest(wished)?;
        Ok(Self { now, later: (now != wished).then_some(wished) })
    }

    /// A trading day begins.
    pub fn begin_day(&mut self) {
        self.now = self.later.take().unwrap_or(self.now);
    }

    /// # Errors
    /// The first field that makes no sense.
    pub fn check(self) -> Checked {
        self.now.check().map_err(|flaw| flaw.under("now"))?;
        let later = self.later.map_or(Ok(()), |later| later.check());
        later.map_err(|flaw| flaw.under("later"))
    }

    /// A mistake to plant: what is looser holds at once, too.
    pub fn at_once(mut self) -> Self {
        self.begin_day();
        self
    }

    /// The most entries of a day.
    pub const fn max_daily_trades(self) -> Option<u32> {
        self.now.max_daily_trades
    }

    /// The limit on the loss of a day.
    pub fn daily_loss(self) -> Option<DailyLoss> {
        self.now.max_daily_loss.map(DailyLoss::of)
    }
}
