//! How rules find the volume of an entry from what the account is worth (executor 3.4).

use crate::domain::amount::{Percent, Ratio};
use crate::domain::flaw::{Checked, must};
use crate::strategy::distance::Distance;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How the volume of an entry is found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sizing {
    /// So much of the equity is lost at the stop loss.
    RiskPercent(Percent),
    /// So much of the equity is lost when the price goes against the entry by a distance, wherever the
    /// stop loss lies.
    Atr {
        /// How much of the equity.
        percent: Percent,
        /// The distance, such as twice an average true range.
        distance: Distance,
    },
    /// As much as Kelly's formula says is lost at the stop loss, but no more than a cap.
    Kelly {
        /// How many of the trades win.
        win_rate: Percent,
        /// How many times a loss a win is.
        reward: Ratio,
        /// How much of what the formula says.
        fraction: Percent,
        /// The most of the equity that is lost.
        cap: Percent,
    },
    /// So much of the equity is what the position is worth.
    EquityFraction(Percent),
}

/// How sizes shrink while the equity is below the highest balance that the account has had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawdownScaling {
    /// Down to this drawdown, in percent of the highest balance, nothing shrinks.
    pub from: Percent,
    /// From this drawdown on, the least holds; in between it shrinks evenly.
    pub to: Percent,
    /// What is left of a size then.
    pub least: Percent,
}

impl DrawdownScaling {
    /// What is left of a size at a drawdown.
    ///
    /// # Panics
    /// Never: what is left lies between two percents.
    ///
    /// ```
    /// use tickdeck::strategy::sizing::DrawdownScaling;
    /// let percent = |text: &str| text.parse().unwrap();
    /// let scaling =
    ///     DrawdownScaling { from: percent("2"), to: percent("10"), least: percent("20") };
    /// assert_eq!(scaling.left(percent("1")), percent("100"));
    /// assert_eq!(scaling.left(percent("6")), percent("60"));
    /// assert_eq!(scaling.left(percent("30")), percent("20"));
    /// ```
    #[must_use]
    pub fn left(self, drawdown: Percent) -> Percent {
        let Self { from, to, least } = self;
        if drawdown <= from {
            return Percent::WHOLE;
        }
        if drawdown >= to {
            return least;
        }
        let [whole, from, to, least, drawdown] =
            [Percent::WHOLE, from, to, least, drawdown].map(|part| i128::from(part.raw()));
        let lost = (whole - least) * (drawdown - from) / (to - from);
        Percent::from_raw(i64::try_from(whole - lost).expect("it lies between two percents"))
    }

    /// # Errors
    /// The first field that makes no sense.
    pub fn check(self) -> Checked {
        let Self { from, to, least } = self;
        must(from >= Percent::ZERO, "from", "must not be below 0")?;
        must(
            to > from && to <= Percent::WHOLE,
            "to",
            "must be above `from`, and no more than 100",
        )?;
        let is_part = least > Percent::ZERO && least < Percent::WHOLE;
        must(is_part, "least", "must be above 0, and less than 100 percent")
    }
}

impl fmt::Display for DrawdownScaling {
    /// `all of it down to a drawdown of 2 %, then less, and 20 % of it from 10 % on`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to, least } = self;
        write!(
            f,
            "all of it down to a drawdown of {from} % of the highest balance, then less, and {least} % of it from {to} % on"
        )
    }
}

impl Sizing {
    /// The part of the equity that is lost at the stop, or at the distance; none where Kelly's formula
    /// says not to enter, and where the volume is not found by a loss.
    ///
    /// ```
    /// use tickdeck::strategy::sizing::Sizing;
    /// let percent = |text: &str| text.parse().unwrap();
    /// // Of 55 % that win twice what they lose, the formula stakes 55 % - 45 % / 2 = 32.5 %.
    /// let kelly = |cap| Sizing::Kelly {
    ///     win_rate: percent("55"),
    ///     reward: "2".parse().unwrap(),
    ///     fraction: percent("10"),
    ///     cap: percent(cap),
    /// };
    /// assert_eq!(kelly("5").risked(), Some(percent("3.25")));
    /// assert_eq!(kelly("2").risked(), Some(percent("2")));
    /// ```
    #[must_use]
    pub fn risked(&self) -> Option<Percent> {
        match self {
            Self::RiskPercent(percent) | Self::Atr { percent, .. } => Some(*percent),
            Self::Kelly { win_rate, reward, fraction, cap } => {
                let whole = i128::from(Percent::WHOLE.raw());
                let wins = i128::from(win_rate.raw());
                let one = i128::from(crate::domain::decimal::pow10(Ratio::SCALE));
                let staked = wins - (whole - wins) * one / i128::from(reward.raw());
                let part = i64::try_from(staked * i128::from(fraction.raw()) / whole).ok()?;
                let part = Percent::from_raw(part).min(*cap);
                (part > Percent::ZERO).then_some(part)
            }
            Self::EquityFraction(_) => None,
        }
    }

    /// The part of the equity that an entry risks at most, or is worth.
    #[must_use]
    pub const fn part(&self) -> Percent {
        match self {
            Self::RiskPercent(percent)
            | Self::Atr { percent, .. }
            | Self::EquityFraction(percent)
            | Self::Kelly { cap: percent, .. } => *percent,
        }
    }

    /// Whether it is measured by the stop loss.
    #[must_use]
    pub const fn needs_stop(&self) -> bool {
        matches!(self, Self::RiskPercent(_) | Self::Kelly { .. })
    }

    /// The distance by which it is measured, if it has one.
    #[must_use]
    pub const fn distance(&self) -> Option<&Distance> {
        match self {
            Self::Atr { distance, .. } => Some(distance),
            Self::RiskPercent(_) | Self::Kelly { .. } | Self::EquityFraction(_) => None,
        }
    }

    /// # Errors
    /// The first field that makes no sense.
    pub fn check(&self) -> Checked {
        let part = |percent: Percent, path: &str| {
            let is_part = percent > Percent::ZERO && percent <= Percent::WHOLE;
            must(is_part, path, "must be above 0, and no more than 100 percent")
        };
        match self {
            Self::RiskPercent(percent) => part(*percent, "risk_percent"),
            Self::Atr { percent, .. } => part(*percent, "percent"),
            Self::Kelly { win_rate, reward, fraction, cap } => {
                part(*win_rate, "win_rate")?;
                part(*fraction, "fraction")?;
                part(*cap, "cap")?;
                must(*reward > Ratio::ZERO, "reward", "must be above 0")
            }
            Self::EquityFraction(percent) => {
                // With leverage a position may be worth many times the equity.
                let most = Percent::from_raw(Percent::WHOLE.raw() * 1_000);
                let is_sound = *percent > Percent::ZERO && *percent <= most;
                must(
                    is_sound,
                    "equity_fraction",
                    "must be above 0, and no more than 100000 percent",
                )
            }
        }
    }
}

impl fmt::Display for Sizing {
    /// `so many lots that 1 % of the equity is lost at the stop loss`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RiskPercent(percent) => {
                write!(f, "so many lots that {percent} % of the equity is lost at the stop loss")
            }
            Self::Atr { percent, distance } => {
                write!(f, "so many lots that {percent} % of the equity is lost over {distance}")
            }
            Self::Kelly { win_rate, reward, fraction, cap } => write!(
                f,
                "so many lots that {fraction} % of Kelly's formula, with {win_rate} % of trades winning {reward} times what others lose, is lost at the stop loss, but no more than {cap} % of the equity"
            ),
            Self::EquityFraction(percent) => {
                write!(f, "so many lots that the position is worth {percent} % of the equity")
            }
        }
    }
}
