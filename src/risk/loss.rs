//! How much the account may lose: within a day, and at all (executor 4). Each limit is a floor under
//! the account, and it is reached when the account stands at the floor or below it.

use crate::domain::amount::{Money, Percent};
use crate::domain::flaw::{Checked, must};
use crate::strategy::limits::ResultLoss;
use serde::{Deserialize, Serialize};

/// The size of a loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LossSize {
    /// An amount in the deposit currency.
    Money(Money),
    /// A part of the initial balance.
    PercentOfInitial(Percent),
    /// A part of what the loss is measured from.
    PercentOfAnchor(Percent),
}

impl LossSize {
    /// The amount, for a loss that is measured from `anchor`.
    ///
    /// ```
    /// use tickdeck::risk::loss::LossSize;
    /// let size = LossSize::PercentOfInitial("5".parse()?);
    /// assert_eq!(size.amount("100000".parse()?, "99500".parse()?), "5000".parse()?);
    /// # Ok::<(), tickdeck::domain::decimal::DecimalError>(())
    /// ```
    #[must_use]
    pub fn amount(self, initial: Money, anchor: Money) -> Money {
        match self {
            Self::Money(money) => money,
            Self::PercentOfInitial(percent) => percent.of(initial),
            Self::PercentOfAnchor(percent) => percent.of(anchor),
        }
    }

    /// Whether it is above nothing, and not above everything.
    fn check(self) -> Checked {
        let is_sound = match self {
            Self::Money(money) => money > Money::ZERO,
            Self::PercentOfInitial(percent) | Self::PercentOfAnchor(percent) => {
                percent > Percent::ZERO && percent <= Percent::WHOLE
            }
        };
        must(is_sound, "size", "must be above 0, and no more than 100 percent")
    }
}

/// How much is to be earned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProfitTarget {
    /// An amount in the deposit currency.
    Money(Money),
    /// A part of the initial balance.
    PercentOfInitial(Percent),
}

impl ProfitTarget {
    /// The equity at which it is reached, where `paid_in` has been paid in since the beginning, less what
    /// has been paid out.
    ///
    /// ```
    /// use tickdeck::risk::loss::ProfitTarget;
    /// let target = ProfitTarget::PercentOfInitial("10".parse()?);
    /// let equity = target.equity("100000".parse()?, "-5000".parse()?);
    /// assert_eq!(equity, "105000".parse().ok());
    /// # Ok::<(), tickdeck::domain::decimal::DecimalError>(())
    /// ```
    #[must_use]
    pub fn equity(self, initial: Money, paid_in: Money) -> Option<Money> {
        let amount = match self {
            Self::Money(money) => money,
            Self::PercentOfInitial(percent) => percent.of(initial),
        };
        initial.checked_add(paid_in)?.checked_add(amount)
    }

    /// # Errors
    /// Where nothing is to be earned.
    pub fn check(self) -> Checked {
        let is_sound = match self {
            Self::Money(money) => money > Money::ZERO,
            Self::PercentOfInitial(percent) => percent > Percent::ZERO,
        };
        must(is_sound, "profit_target", "must be above 0")
    }
}

/// What the loss of a day is measured from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayAnchor {
    /// The balance at the day cut.
    Balance,
    /// The equity at the day cut.
    Equity,
    /// The greater of the two.
    Greater,
    /// The highest equity since the day cut.
    High,
}

/// When a daily loss is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LossJudged {
    /// At every tick.
    Within,
    /// At the day cut alone.
    AtEnd,
}

/// A limit on the loss within a trading day: four independent choices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DailyLoss {
    /// How much may be lost.
    pub size: LossSize,
    /// From where on.
    pub anchor: DayAnchor,
    /// Whether the floating profit counts; else the balance alone does.
    pub floating: bool,
    /// When it is judged.
    pub judged: LossJudged,
}

/// What a trading day began with, and how high it has been.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayMarks {
    /// The balance at the day cut.
    pub balance: Money,
    /// The equity at the day cut.
    pub equity: Money,
    /// The highest equity since then.
    pub high: Money,
}

impl DailyLoss {
    /// The daily loss of a number that says nothing else (executor 4): measured from the day's opening
    /// equity, with the floating profit, at every tick.
    #[must_use]
    pub const fn plain(size: LossSize) -> Self {
        Self { size, anchor: DayAnchor::Equity, floating: true, judged: LossJudged::Within }
    }

    /// The daily loss of an account that is given as that of a strategy.
    #[must_use]
    pub const fn of(loss: ResultLoss) -> Self {
        let (size, anchor) = match loss {
            ResultLoss::Money(money) => (LossSize::Money(money), DayAnchor::Equity),
            ResultLoss::PercentOfEquity(part) => {
                (LossSize::PercentOfAnchor(part), DayAnchor::Equity)
            }
            ResultLoss::PercentOfBalance(part) => {
                (LossSize::PercentOfAnchor(part), DayAnchor::Balance)
            }
            ResultLoss::PercentOfInitial(part) => {
                (LossSize::PercentOfInitial(part), DayAnchor::Equity)
            }
        };
        Self { anchor, ..Self::plain(size) }
    }

    /// Whether it allows more than another one that is measured in the same way.
    #[must_use]
    pub fn is_looser(self, other: Self) -> bool {
        let is_larger = match (self.size, other.size) {
            (LossSize::Money(one), LossSize::Money(other)) => one > other,
            (LossSize::PercentOfInitial(one), LossSize::PercentOfInitial(other))
            | (LossSize::PercentOfAnchor(one), LossSize::PercentOfAnchor(other)) => one > other,
            _ => false,
        };
        is_larger && Self { size: other.size, ..self } == other
    }

    /// The lowest that the day may come to.
    ///
    /// ```
    /// use tickdeck::risk::loss::{DailyLoss, DayAnchor, DayMarks, LossSize};
    /// let money = |text: &str| text.parse().unwrap();
    /// let day = DayMarks { balance: money("102000"), equity: money("99500"), high: money("99500") };
    /// let five = LossSize::PercentOfInitial("5".parse().unwrap());
    /// let loss = DailyLoss { anchor: DayAnchor::Balance, ..DailyLoss::plain(five) };
    /// assert_eq!(loss.floor(money("100000"), day), money("97000"));
    /// ```
    #[must_use]
    pub fn floor(self, initial: Money, day: DayMarks) -> Money {
        let anchor = match self.anchor {
            DayAnchor::Balance => day.balance,
            DayAnchor::Equity => day.equity,
            DayAnchor::Greater => day.balance.max(day.equity),
            DayAnchor::High => day.high.max(day.equity),
        };
        below(anchor, self.size.amount(initial, anchor))
    }

    /// # Errors
    /// The first field that makes no sense.
    pub fn check(self) -> Checked {
        self.size.check()
    }
}

/// What the largest loss of all is measured from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaxLossMode {
    /// The initial balance.
    StaticInitial,
    /// The highest balance at a day cut; it begins with the initial balance.
    TrailingEodBalance,
    /// The highest equity.
    TrailingIntradayEquity,
    /// The highest equity, until the floor has reached the initial balance.
    TrailingUntilInitial,
}

/// A limit on the loss from the beginning, or from the highest that the account has been.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaxLoss {
    /// How much may be lost.
    pub size: LossSize,
    /// From where on.
    pub mode: MaxLossMode,
    /// The floor rises no higher than the initial balance plus this. It goes without saying, with 0,
    /// where it trails until the initial balance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<Money>,
}

/// The highest that the account has been.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peaks {
    /// The highest equity.
    pub equity: Money,
    /// The highest balance at a day cut.
    pub closing: Money,
}

impl MaxLoss {
    /// The lowest that the account may come to, where `paid_in` has been paid in since the beginning, less
    /// what has been paid out.
    ///
    /// ```
    /// use tickdeck::risk::loss::{LossSize, MaxLoss, MaxLossMode, Peaks};
    /// let money = |text: &str| text.parse().unwrap();
    /// let loss = |mode| MaxLoss { size: LossSize::Money(money("3000")), mode, lock: None };
    /// let peaks = Peaks { equity: money("104000"), closing: money("100000") };
    /// let floor = |mode| loss(mode).floor(money("100000"), money("0"), peaks);
    /// assert_eq!(floor(MaxLossMode::TrailingEodBalance), money("97000"));
    /// assert_eq!(floor(MaxLossMode::TrailingIntradayEquity), money("101000"));
    /// assert_eq!(floor(MaxLossMode::TrailingUntilInitial), money("100000"));
    /// ```
    #[must_use]
    pub fn floor(self, initial: Money, paid_in: Money, peaks: Peaks) -> Money {
        let first = initial.checked_add(paid_in).unwrap_or(initial);
        let anchor = match self.mode {
            MaxLossMode::StaticInitial => first,
            MaxLossMode::TrailingEodBalance => peaks.closing.max(first),
            MaxLossMode::TrailingIntradayEquity | MaxLossMode::TrailingUntilInitial => {
                peaks.equity.max(first)
            }
        };
        let floor = below(anchor, self.size.amount(initial, anchor));
        let until_initial = (self.mode == MaxLossMode::TrailingUntilInitial).then_some(Money::ZERO);
        match self.lock.or(until_initial) {
            Some(lock) => floor.min(first.checked_add(lock).unwrap_or(floor)),
            None => floor,
        }
    }

    /// Whether its floor rises with the equity, from tick to tick.
    #[must_use]
    pub const fn follows_equity(self) -> bool {
        matches!(self.mode, MaxLossMode::TrailingIntradayEquity | MaxLossMode::TrailingUntilInitial)
    }

    /// # Errors
    /// The first field that makes no sense.
    pub fn check(self) -> Checked {
        self.size.check()?;
        let is_static = self.mode == MaxLossMode::StaticInitial;
        must(!(is_static && self.lock.is_some()), "lock", "is for a floor that trails: take it out")
    }
}

/// So much below an anchor; the smallest amount where it does not fit.
fn below(anchor: Money, amount: Money) -> Money {
    anchor.checked_sub(amount).unwrap_or(Money::from_raw(i64::MIN))
}
