//! Swaps: what a position costs or earns overnight, as a symbol's specification states it (MT5
//! reference 5.5).

use crate::domain::decimal::{fixed_point, pow10};
use crate::domain::order::Side;
use serde::{Deserialize, Serialize};

fixed_point! {
    /// The size of a swap, kept to 10⁻⁸: points, money per lot or percent a year, as the
    /// [`SwapMode`] says. Below zero it is a cost.
    ///
    /// ```
    /// use tickdeck::domain::swap::SwapSize;
    /// let long: SwapSize = "-7.6".parse()?;
    /// assert!(long < SwapSize::ZERO);
    /// # Ok::<(), tickdeck::domain::decimal::DecimalError>(())
    /// ```
    SwapSize, 8
}

/// `swap_mode`: what the sizes of a symbol's swaps count.
///
/// ```
/// use tickdeck::domain::swap::SwapMode;
/// assert_eq!(SwapMode::of_number(6), SwapMode::InterestOpen);
/// assert!(!SwapMode::ReopenBid.is_modelled());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SwapMode {
    /// Mode 0: there is no swap.
    Disabled,
    /// Mode 1: points.
    Points,
    /// Mode 2: money per lot, in the base currency.
    CurrencySymbol,
    /// Mode 3: money per lot, in the margin currency.
    CurrencyMargin,
    /// Mode 4: money per lot, in the deposit currency.
    CurrencyDeposit,
    /// Mode 5: percent a year of the present value.
    InterestCurrent,
    /// Mode 6: percent a year of the value at the opening price.
    InterestOpen,
    /// Mode 7: the position is closed and opened again at the closing price, moved by points.
    ReopenCurrent,
    /// Mode 8: the same, at Bid.
    ReopenBid,
    /// Another number.
    Unknown(u32),
}

impl SwapMode {
    /// The mode of a number of MT5's.
    #[must_use]
    pub const fn of_number(number: u32) -> Self {
        match number {
            0 => Self::Disabled,
            1 => Self::Points,
            2 => Self::CurrencySymbol,
            3 => Self::CurrencyMargin,
            4 => Self::CurrencyDeposit,
            5 => Self::InterestCurrent,
            6 => Self::InterestOpen,
            7 => Self::ReopenCurrent,
            8 => Self::ReopenBid,
            other => Self::Unknown(other),
        }
    }

    /// Whether such swaps can be charged.
    #[must_use]
    pub const fn is_modelled(self) -> bool {
        !matches!(self, Self::ReopenCurrent | Self::ReopenBid | Self::Unknown(_))
    }
}

/// The swaps of a symbol.
///
/// ```
/// use tickdeck::domain::order::Side;
/// use tickdeck::domain::swap::{SwapMode, SwapTerms};
/// let terms = SwapTerms {
///     mode: SwapMode::Points,
///     long: "-7.6".parse()?,
///     short: "0.6".parse()?,
///     days: SwapTerms::tripled_on(3),
/// };
/// assert_eq!(terms.size(Side::Sell), "0.6".parse()?);
/// // Wednesday counts for the weekend, too.
/// assert_eq!(terms.days, [0, 1, 1, 3, 1, 1, 0]);
/// # Ok::<(), tickdeck::domain::decimal::DecimalError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SwapTerms {
    /// What the sizes count.
    pub mode: SwapMode,
    /// `swap_long`: the swap of a long position.
    pub long: SwapSize,
    /// `swap_short`: the swap of a short position.
    pub short: SwapSize,
    /// How many times the swap is charged at the end of each weekday, Sunday first.
    pub days: [u8; 7],
}

impl SwapTerms {
    /// The largest size, either way.
    const SIZE_MOST: i64 = 1_000_000 * pow10(SwapSize::SCALE);
    /// The most times that a swap is charged at once.
    const TIMES_MOST: u8 = 31;

    /// `swap_rollover3days`: once at the end of every working day, but three times on one of them (0
    /// is Sunday) for the weekend.
    ///
    /// # Panics
    /// If there is no such weekday.
    #[must_use]
    pub const fn tripled_on(day: usize) -> [u8; 7] {
        let mut days = [0, 1, 1, 1, 1, 1, 0];
        days[day] = 3;
        days
    }

    /// The size for a side.
    #[must_use]
    pub const fn size(&self, side: Side) -> SwapSize {
        match side {
            Side::Buy => self.long,
            Side::Sell => self.short,
        }
    }

    /// What makes the terms unusable, as a phrase that names the field; none when they are sound.
    #[must_use]
    pub fn flaw(&self) -> Option<&'static str> {
        let within = |size: SwapSize| (-Self::SIZE_MOST..=Self::SIZE_MOST).contains(&size.raw());
        if !within(self.long) || !within(self.short) {
            Some("swap.long and swap.short must be within -1000000 and 1000000")
        } else if self.days.iter().any(|&times| times > Self::TIMES_MOST) {
            Some("swap.days must be seven numbers, Sunday first, none above 31")
        } else {
            None
        }
    }
}
