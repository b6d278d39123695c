//! The volume of an entry that its rules find from what the account is worth, resolved at the entry: from
//! the equity, the distance to the stop, and what the symbol's own money code says a lot loses.

use super::Executor;
use super::plant::planted;
use super::strategies::RunningStrategy;
use crate::domain::amount::{Percent, Price, Volume};
use crate::domain::order::Side;
use crate::executor::action::Verdict;
use crate::risk::sizing::{NoSize, sized_lots};
use crate::strategy::distance::Distance;
use crate::strategy::sizing::Sizing;

/// Where an entry is made, and where it stops.
#[derive(Debug, Clone, Copy)]
pub struct SizedEntry {
    pub side: Side,
    pub price: Price,
    pub sl: Option<Price>,
}

impl Executor {
    /// Whether anything depends on what the account is worth.
    pub(super) fn values_account(&self) -> bool {
        let Self { config, strategies, .. } = self;
        let is_watched = self.watches_equity() || config.risk.has_conditions();
        is_watched || strategies.look_at_equity() || strategies.value()
    }

    /// The volume with which an entry is planned: where it is found from what the account is worth, the
    /// smallest that the symbol takes, until prices and stops are known.
    pub(super) fn planned_volume(
        &self,
        strategy: &RunningStrategy,
        sizing: Option<&Sizing>,
    ) -> Volume {
        let spec = self.symbols[strategy.symbol.index()].spec.as_ref();
        match (sizing, spec) {
            (Some(_), Some(spec)) => spec.volume_min,
            _ => strategy.effective.lots,
        }
    }

    /// The volume of an entry: rounded down to the symbol's step, and no more than the executor's cap and
    /// the symbol's own.
    ///
    /// # Errors
    /// The first reason against it.
    pub(super) fn sized_volume(
        &self,
        slot: u32,
        strategy: &RunningStrategy,
        sizing: &Sizing,
        SizedEntry { side, price, sl }: SizedEntry,
    ) -> Result<Volume, Verdict> {
        let symbol = strategy.symbol;
        let spec = self.symbols[symbol.index()].spec.as_ref().ok_or(Verdict::NotTradable)?;
        let equity = self.figures().ok_or(Verdict::EquityUnknown)?.equity;
        let scaling = strategy.rules.risk.scaling;
        let left = scaling.map(|scaling| scaling.left(self.standing.drawdown(equity)));
        let money = |percent: Percent| left.unwrap_or(Percent::WHOLE).of(percent.of(equity));
        let cap = self.config.limits.lots_max;
        let lots = if let Sizing::EquityFraction(percent) = sizing {
            let of = |volume| self.worth.value(symbol, side, volume);
            sized_lots(money(*percent), of, cap, spec)
        } else {
            let percent = sizing.risked().ok_or(Verdict::VolumeTooSmall)?;
            let away = |distance: &Distance| {
                let away = self.measured(slot, strategy, spec, distance, price)?;
                price.checked_sub(Price::from_raw(side.sign() * away.raw()))
            };
            let stop = sizing.distance().map_or(sl, away).ok_or(Verdict::NoDistance)?;
            let of = |volume| self.worth.loss(symbol, side, volume, (price, stop));
            sized_lots(money(percent), of, cap, spec)
        };
        let more =
            if planted!(self, SizedVolumeRoundedUp) { spec.volume_step } else { Volume::ZERO };
        lots.map(|lots| lots + more).map_err(|none| match none {
            NoSize::Unknown => Verdict::NoDistance,
            NoSize::TooSmall => Verdict::VolumeTooSmall,
        })
    }
}
