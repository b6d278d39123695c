//! Copying: a follower takes what another strategy, its source, has opened and closed (executor 3.6).

use crate::domain::amount::{Money, Percent, Points, Ratio, Volume};
use crate::domain::decimal::pow10;
use crate::domain::flaw::{Checked, must};
use crate::domain::id::StrategyId;
use crate::indicator::u256::U256;
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
    /// Whether the source is a strategy of another recording: then volumes are copied in relation to what
    /// both accounts are worth.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub recorded: bool,
}

/// What the accounts of a follower and of its source are worth, in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Equities {
    /// The follower's.
    pub own: Money,
    /// The source's.
    pub source: Money,
}

/// The allocation, unless a command gives one.
pub const ALLOCATION: Percent = Percent::from_raw(35 * pow10(Percent::SCALE));
/// The multiplier, unless a command gives one.
pub const MULTIPLIER: Ratio = Ratio::from_raw(pow10(Ratio::SCALE));
/// The largest age, unless a command gives one.
pub const AGE_MAX_MS: u32 = 30_000;
/// The largest slippage, unless a command gives one.
pub const SLIPPAGE_MAX: Points = Points(50);
/// No volume has more of the smallest steps.
const VOLUME_BITS: u32 = 60;
/// A larger multiplier is a slip.
const MULTIPLIER_MAX: Ratio = Ratio::from_raw(100 * pow10(Ratio::SCALE));

impl Copying {
    /// The id of the follower of a source.
    #[must_use]
    pub fn follower_of(source: &StrategyId) -> StrategyId {
        StrategyId::from(format!("{FOLLOWER}{source}").as_str())
    }

    /// The volume that copies a volume of the source, down to whole steps; 0 where it is less than one.
    /// Where both are of one account, so are their equities, and none are given.
    ///
    /// ```
    /// use tickdeck::strategy::copying::{Copying, Equities};
    /// let copying = Copying {
    ///     source: "s".into(),
    ///     allocation: "35".parse().unwrap(),
    ///     multiplier: "2".parse().unwrap(),
    ///     age_max_ms: 30_000,
    ///     slippage_max: tickdeck::domain::amount::Points(50),
    ///     recorded: false,
    /// };
    /// let lots = |text: &str| text.parse().unwrap();
    /// // 0.75 · 35 % · 2 = 0.525.
    /// assert_eq!(copying.lots(lots("0.75"), lots("0.01"), None), lots("0.52"));
    /// assert_eq!(copying.lots(lots("0.01"), lots("0.01"), None), lots("0"));
    /// let equities = Equities { own: "4000".parse().unwrap(), source: "10000".parse().unwrap() };
    /// // 0.75 · 35 % · 2 · 0.4 = 0.21.
    /// assert_eq!(copying.lots(lots("0.75"), lots("0.01"), Some(equities)), lots("0.21"));
    /// ```
    #[must_use]
    pub fn lots(&self, of_source: Volume, step: Volume, equities: Option<Equities>) -> Volume {
        let raw = |raw: i64| u128::try_from(raw).unwrap_or(0);
        let whole = raw(Percent::WHOLE.raw()) * raw(pow10(Ratio::SCALE));
        let part = raw(self.allocation.raw()) * raw(self.multiplier.raw());
        let (own, source) = equities.map_or((1, 1), |it| (raw(it.own.raw()), raw(it.source.raw())));
        let Some((most, one)) =
            raw(of_source.raw()).checked_mul(part).zip(whole.checked_mul(source))
        else {
            return Volume::ZERO;
        };
        let step = raw(step.raw()).max(1);
        let most = U256::product(most, own);
        let fits = |steps: u128| {
            steps.checked_mul(step).is_some_and(|volume| U256::product(one, volume) <= most)
        };
        // Halves: it fits with `low` steps, and does not with `high`.
        let (mut low, mut high) = (0, 1 << VOLUME_BITS);
        while high - low > 1 {
            let middle = u128::midpoint(low, high);
            if fits(middle) { low = middle } else { high = middle }
        }
        i64::try_from(low * step).map_or(Volume::ZERO, Volume::from_raw)
    }

    /// # Errors
    /// The first field that makes no sense.
    pub fn check(&self) -> Checked {
        let Self { source, allocation, multiplier, age_max_ms, slippage_max, recorded: _ } = self;
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
