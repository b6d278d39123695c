//! The limits of a single strategy: what it may lose and do in a day, and when it rests.

use crate::domain::amount::{Money, Percent};
use crate::domain::flaw::{Checked, Flaw, must};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The limits of one strategy. What is none is not limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StrategyLimits {
    /// The largest number of its entries in a trading day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_daily_trades: Option<u32>,
    /// What a trading day may lose, by its own realised and floating result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_daily_loss: Option<ResultLoss>,
    /// How far its own result may fall below the highest that it has been.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_drawdown: Option<ResultLoss>,
    /// The losses in a row after which it rests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loss_streak: Option<LossStreak>,
    /// How long it rests after it has closed a position.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cooldown: Option<Cooldown>,
    /// Whether its positions are closed when it comes to a limit on its losses; they are not where
    /// nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flatten: Option<bool>,
}

/// How much a strategy may lose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResultLoss {
    /// An amount in the deposit currency.
    Money(Money),
    /// A part of the account's equity when the trading day began.
    PercentOfEquity(Percent),
    /// A part of the account's balance: of that when the trading day began, for the loss of a day; of
    /// that when the strategy was first valued, for its drawdown.
    PercentOfBalance(Percent),
    /// A part of the account's initial balance.
    PercentOfInitial(Percent),
}

/// A rest after losses in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LossStreak {
    /// The number of positions that were closed one after the other, each at a loss.
    pub losses: u32,
    /// How long nothing is entered after the last of them, in minutes.
    pub pause_minutes: u32,
}

/// A rest after a position was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cooldown {
    /// How long nothing is entered, in minutes.
    pub minutes: u32,
    /// After which positions.
    pub after: CooldownAfter,
}

/// The positions after which a strategy rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CooldownAfter {
    /// One that was closed at a loss.
    Loss = 1,
    /// Any that was closed.
    Close = 2,
}

/// A year: a longer rest is none.
const MINUTES_MAX: u32 = 366 * 24 * 60;

impl StrategyLimits {
    /// Whether nothing is limited.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a limit looks at what the strategy's positions are worth.
    #[must_use]
    pub const fn watch_result(&self) -> bool {
        self.max_daily_loss.is_some() || self.max_drawdown.is_some()
    }

    /// Whether a limit looks at how its positions have ended.
    #[must_use]
    pub const fn watch_closes(&self) -> bool {
        self.loss_streak.is_some() || self.cooldown.is_some()
    }

    /// Whether its positions are closed when it comes to a limit on its losses.
    #[must_use]
    pub fn flatten(&self) -> bool {
        self.flatten == Some(true)
    }

    /// These limits, and where they say nothing those of `other`.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            max_daily_trades: self.max_daily_trades.or(other.max_daily_trades),
            max_daily_loss: self.max_daily_loss.or(other.max_daily_loss),
            max_drawdown: self.max_drawdown.or(other.max_drawdown),
            loss_streak: self.loss_streak.or(other.loss_streak),
            cooldown: self.cooldown.or(other.cooldown),
            flatten: self.flatten.or(other.flatten),
        }
    }

    /// These limits, and those of `now` in place of each that is the same as in `wished`.
    #[must_use]
    pub fn unless_same(self, wished: Self, now: Self) -> Self {
        fn one<T: PartialEq>(new: T, wished: &T, now: T) -> T {
            if new == *wished { now } else { new }
        }
        Self {
            max_daily_trades: one(
                self.max_daily_trades,
                &wished.max_daily_trades,
                now.max_daily_trades,
            ),
            max_daily_loss: one(self.max_daily_loss, &wished.max_daily_loss, now.max_daily_loss),
            max_drawdown: one(self.max_drawdown, &wished.max_drawdown, now.max_drawdown),
            loss_streak: one(self.loss_streak, &wished.loss_streak, now.loss_streak),
            cooldown: one(self.cooldown, &wished.cooldown, now.cooldown),
            flatten: one(self.flatten, &wished.flatten, now.flatten),
        }
    }

    /// Of each limit the tighter one.
    ///
    /// # Errors
    /// The loss that is a part of another thing than before: nobody can say which of them is tighter.
    pub fn tightest(self, other: Self) -> Result<Self, Flaw> {
        let loss = |field: &str, pair: [Option<ResultLoss>; 2]| {
            match pair {
            [Some(one), Some(other)] => one.smaller(other).map(Some).ok_or_else(|| {
                let reason = "must be of the same unit and base as before: else nobody can say which is tighter";
                Flaw::of(field, reason)
            }),
            [one, other] => Ok(one.or(other)),
        }
        };
        Ok(Self {
            max_daily_trades: either(self.max_daily_trades, other.max_daily_trades, u32::min),
            max_daily_loss: loss("max_daily_loss", [self.max_daily_loss, other.max_daily_loss])?,
            max_drawdown: loss("max_drawdown", [self.max_drawdown, other.max_drawdown])?,
            loss_streak: either(self.loss_streak, other.loss_streak, |one, other| LossStreak {
                losses: one.losses.min(other.losses),
                pause_minutes: one.pause_minutes.max(other.pause_minutes),
            }),
            cooldown: either(self.cooldown, other.cooldown, |one, other| Cooldown {
                minutes: one.minutes.max(other.minutes),
                after: one.after.max(other.after),
            }),
            flatten: either(self.flatten, other.flatten, |one, other| one || other),
        })
    }

    /// Each limit as a part of a sentence.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let trades = self.max_daily_trades.map(|most| format!("no more than {most} entries a day"));
        let daily = self.max_daily_loss.map(|loss| format!("a day loses no more than {loss}"));
        let drawdown = self
            .max_drawdown
            .map(|loss| format!("what it makes falls no more than {loss} below its highest"));
        let streak = self.loss_streak.map(|LossStreak { losses, pause_minutes }| {
            format!("after {losses} losses in a row, no entries for {pause_minutes} minutes")
        });
        let cooldown = self.cooldown.map(|Cooldown { minutes, after }| {
            let what = match after {
                CooldownAfter::Loss => "a loss",
                CooldownAfter::Close => "a position was closed",
            };
            format!("after {what}, no entries for {minutes} minutes")
        });
        let flatten = self.flatten().then(|| "a limit on losses closes what is open".to_owned());
        let words = [trades, daily, drawdown, streak, cooldown, flatten];
        words.into_iter().flatten().collect()
    }

    /// # Errors
    /// The first field that makes no sense.
    pub fn check(&self) -> Checked {
        must(self.max_daily_trades != Some(0), "max_daily_trades", "must be above 0")?;
        if let Some(loss) = self.max_daily_loss {
            loss.check("max_daily_loss")?;
        }
        if let Some(loss) = self.max_drawdown {
            loss.check("max_drawdown")?;
            let is_of_day = matches!(loss, ResultLoss::PercentOfEquity(_));
            must(!is_of_day, "max_drawdown", "must be money, or percent of a balance")?;
        }
        let is_time = |minutes: u32| (1..=MINUTES_MAX).contains(&minutes);
        let (streak, cooldown) = (self.loss_streak, self.cooldown);
        let is_streak = streak.is_none_or(|streak| streak.losses > 0);
        must(is_streak, "loss_streak.losses", "must be above 0")?;
        let is_pause = streak.is_none_or(|streak| is_time(streak.pause_minutes));
        must(is_pause, "loss_streak.pause_minutes", "must be from 1 to 527040, which is a year")?;
        let is_rest = cooldown.is_none_or(|cooldown| is_time(cooldown.minutes));
        must(is_rest, "cooldown.minutes", "must be from 1 to 527040, which is a year")
    }
}

impl ResultLoss {
    /// Whether it is above nothing, and not above everything.
    fn check(self, field: &str) -> Checked {
        let is_sound = match self {
            Self::Money(money) => money > Money::ZERO,
            Self::PercentOfEquity(percent)
            | Self::PercentOfBalance(percent)
            | Self::PercentOfInitial(percent) => {
                percent > Percent::ZERO && percent <= Percent::WHOLE
            }
        };
        must(is_sound, field, "must be above 0, and no more than 100 percent")
    }

    /// The smaller of two parts of the same thing; none where they are not.
    fn smaller(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Money(one), Self::Money(other)) => Some(Self::Money(one.min(other))),
            (Self::PercentOfEquity(one), Self::PercentOfEquity(other)) => {
                Some(Self::PercentOfEquity(one.min(other)))
            }
            (Self::PercentOfBalance(one), Self::PercentOfBalance(other)) => {
                Some(Self::PercentOfBalance(one.min(other)))
            }
            (Self::PercentOfInitial(one), Self::PercentOfInitial(other)) => {
                Some(Self::PercentOfInitial(one.min(other)))
            }
            _ => None,
        }
    }
}

impl fmt::Display for ResultLoss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Money(money) => write!(f, "{money} in the deposit currency"),
            Self::PercentOfEquity(percent) => write!(f, "{percent} % of the account's equity"),
            Self::PercentOfBalance(percent) => write!(f, "{percent} % of the account's balance"),
            Self::PercentOfInitial(percent) => {
                write!(f, "{percent} % of the account's initial balance")
            }
        }
    }
}

/// One of two limits, or what `both` makes of them.
fn either<T>(one: Option<T>, other: Option<T>, both: impl Fn(T, T) -> T) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(both(one, other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tighter_of_two_limits_is_told_where_they_are_of_one_kind() {
        let percent = |text: &str| text.parse::<Percent>().unwrap();
        let loss = |loss| StrategyLimits { max_daily_loss: Some(loss), ..Default::default() };
        let money = |text: &str| loss(ResultLoss::Money(text.parse().unwrap()));
        assert_eq!(money("50").tightest(money("20")), Ok(money("20")));
        assert_eq!(money("50").tightest(StrategyLimits::default()), Ok(money("50")));
        let part = loss(ResultLoss::PercentOfEquity(percent("1")));
        assert_eq!(money("50").tightest(part).unwrap_err().path, "max_daily_loss");
    }
}
