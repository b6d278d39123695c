//! Copying: a follower takes what another strategy, its source, has opened and closed (executor 3.6).

use crate::domain::amount::{Percent, Points, Ratio, Volume};
use crate::domain::decimal::pow10;
use crate::domain::flaw::{Checked, must};
use crate::domain::id::StrategyId;
use serde::{Deserialize, Serialize};

/// What a follower copies, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Copying {
    /// The strategy that is followed.
    pub source: StrategyId,
    /// How much of the source's volume is copied.
    pub allocation: Percent,
    /// So many times that volume.
    pub multiplier: Ratio,
    /// A position that was opened longer ago is not copied, in milliseconds.
    pub age_max_ms: u32,
    /// How much worse than the source's price the present one may be, in points.
    pub slippage_max: Points,
}

/// The allocation, unless a command gives one.
pub const ALLOCATION: Percent = Percent::from_raw(35 * pow10(Percent::SCALE));
/// The multiplier, unless a command gives one.
pub const MULTIPLIER: Ratio = Ratio::from_raw(pow10(Ratio::SCALE));
/// The largest age, unless a command gives one.
pub const AGE_MAX_MS: u32 = 30_000;
/// The largest slippage, unless a command gives one.
pub const SLIPPAGE_MAX: Points = Points(50);
/// A larger multiplier is a slip.
const MULTIPLIER_MAX: Ratio = Ratio::from_raw(100 * pow10(Ratio::SCALE));

impl Copying {
    /// The id of the follower of a source.
    #[must_use]
    pub fn follower_of(source: &StrategyId) -> StrategyId {
        StrategyId::from(format!("{FOLLOWER}{source}").as_str())
    }

    /// The volume that copies a volume of the source, down to whole steps; 0 where it is less than one.
    ///
    /// ```
    /// use tickdeck::strategy::copying::Copying;
    /// let copying = Copying {
    ///     source: "s".into(),
    ///     allocation: "35".parse().unwrap(),
    ///     multiplier: "2".parse().unwrap(),
    ///     age_max_ms: 30_000,
    ///     slippage_max: tickdeck::domain::amount::Points(50),
    /// };
    /// let lots = |text: &str| text.parse().unwrap();
    /// // 0.75 · 35 % · 2 = 0.525.
    /// assert_eq!(copying.lots(lots("0.75"), lots("0.01")), lots("0.52"));
    /// assert_eq!(copying.lots(lots("0.01"), lots("0.01")), lots("0"));
    /// ```
    #[must_use]
    pub fn lots(&self, of_source: Volume, step: Volume) -> Volume {
        let one = i128::from(Percent::WHOLE.raw()) * i128::from(pow10(Ratio::SCALE));
        let part = i128::from(self.allocation.raw()) * i128::from(self.multiplier.raw());
        let raw = i128::from(of_source.raw()) * part / one;
        let step = i128::from(step.raw()).max(1);
        i64::try_from(raw / step * step).map_or(Volume::ZERO, Volume::from_raw)
    }

    /// # Errors
    /// The first field that makes no sense.
    pub fn check(&self) -> Checked {
        let Self { source, allocation, multiplier, age_max_ms, slippage_max } = self;
        let is_follower = source.as_str().starts_with(FOLLOWER);
        must(!is_follower, "source", "is a follower itself: follow what it follows")?;
        let is_part = *allocation > Percent::ZERO && *allocation <= Percent::WHOLE;
        must(is_part, "allocation", "must be above 0, and no more than 100 percent")?;
        let is_multiple = *multiplier > Ratio::ZERO && *multiplier <= MULTIPLIER_MAX;
        must(is_multiple, "multiplier", "must be above 0, and no more than 100")?;
        must(*age_max_ms > 0, "age_max_ms", "must be above 0")?;
        must(slippage_max.0 >= 0, "slippage_max", "must not be below 0")
    }
}

/// The beginning of the id of a follower.
pub const FOLLOWER: &str = "copy_";
