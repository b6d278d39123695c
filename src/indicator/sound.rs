//! Checks an indicator's state that was read from a file, which anybody may have edited.
//!
//! The state must be one that bars can have led to: its constants are those of a fresh state, its
//! windows are no longer than these allow, its sums agree with its windows. A state that passes
//! neither panics later nor makes the program allocate memory on the strength of what it claims.

use crate::domain::flaw::{Checked, Flaw, must};
use crate::indicator::parameter::PERIOD_MAX;

/// An indicator's state, or a part of one, that can be checked after it was read.
///
/// ```
/// use tickdeck::indicator::ema::Ema;
/// use tickdeck::indicator::sound::Sound;
/// let mut read = Ema::new(20);
/// read.push(1.17);
/// assert_eq!(read.check(&Ema::new(20)), Ok(()));
/// // The file says that it is the state of an EMA over 50 bars.
/// let flaw = read.check(&Ema::new(50)).unwrap_err();
/// assert_eq!(flaw.path, "k");
/// ```
pub trait Sound {
    /// Checks the state against a `fresh` one with the same parameters.
    ///
    /// # Errors
    /// The first field whose value bars cannot have led to.
    fn check(&self, fresh: &Self) -> Checked;
}

/// A number in a state, checked for a range that no bars exceed: what is within it cannot overflow
/// later.
///
/// ```
/// use tickdeck::indicator::sound::Figure;
/// assert!(1.17_f64.is_figure() && None::<f64>.is_figure());
/// assert!(!f64::NAN.is_figure() && !i128::MAX.is_figure());
/// ```
pub trait Figure {
    /// Whether the number is within the range.
    fn is_figure(&self) -> bool;
}

/// More than any price, range or sum of ranges.
const FIGURE_MOST: f64 = 1e20;

impl Figure for f64 {
    fn is_figure(&self) -> bool {
        self.abs() <= FIGURE_MOST
    }
}

impl Figure for u32 {
    fn is_figure(&self) -> bool {
        *self <= 2 * PERIOD_MAX
    }
}

impl Figure for i128 {
    fn is_figure(&self) -> bool {
        self.unsigned_abs() <= i128::MAX.unsigned_abs() / 4
    }
}

impl<T: Figure> Figure for Option<T> {
    fn is_figure(&self) -> bool {
        self.as_ref().is_none_or(T::is_figure)
    }
}

impl<T: Figure> Figure for (T, T) {
    fn is_figure(&self) -> bool {
        self.0.is_figure() && self.1.is_figure()
    }
}

/// Checks a constant of the definition: it equals that of the fresh state.
pub(in crate::indicator) fn same<T: PartialEq>(field: &str, own: &T, fresh: &T) -> Checked {
    must(own == fresh, field, "is not that of the indicator's figures")
}

/// Checks a number by its range.
pub(crate) fn figure(field: &str, own: &impl Figure) -> Checked {
    must(own.is_figure(), field, "is beyond what bars lead to")
}

/// Checks a countdown, which starts at the number in the fresh state.
pub(in crate::indicator) fn down(field: &str, own: u32, fresh: u32) -> Checked {
    must(own <= fresh, field, &format!("must not be above {fresh}"))
}

/// Checks a part of the state that has a check of its own.
pub(in crate::indicator) fn part<T: Sound>(field: &str, own: &T, fresh: &T) -> Checked {
    own.check(fresh).map_err(|flaw| flaw.under(field))
}

/// Checks a number that follows from other fields.
pub(in crate::indicator) fn derived(holds: bool, field: &str) -> Checked {
    must(holds, field, "does not follow from what the state holds beside it")
}

/// The flaw of a state that belongs to another indicator.
pub(in crate::indicator) fn other_kind() -> Flaw {
    Flaw::of("", "is that of another indicator")
}

/// Implements [`Sound`] by a list that says how each field is checked and leaves none out. `same`:
/// equals the fresh state's. `figure`: within its range. `down`: not above the fresh state's.
/// `part`: by a check of its own. `free`: any value of the type.
macro_rules! sound {
    ($state:ident { $($field:ident: $how:ident),* $(,)? }) => {
        impl $crate::indicator::sound::Sound for $state {
            fn check(&self, fresh: &Self) -> $crate::domain::flaw::Checked {
                let (Self { $($field: _,)* }, _) = (self, fresh);
                $($crate::indicator::sound::sound!(@$how $field, self, fresh);)*
                Ok(())
            }
        }
    };
    (@same $field:ident, $own:ident, $fresh:ident) => {
        $crate::indicator::sound::same(stringify!($field), &$own.$field, &$fresh.$field)?;
    };
    (@figure $field:ident, $own:ident, $fresh:ident) => {
        $crate::indicator::sound::figure(stringify!($field), &$own.$field)?;
    };
    (@down $field:ident, $own:ident, $fresh:ident) => {
        $crate::indicator::sound::down(stringify!($field), $own.$field, $fresh.$field)?;
    };
    (@part $field:ident, $own:ident, $fresh:ident) => {
        $crate::indicator::sound::part(stringify!($field), &$own.$field, &$fresh.$field)?;
    };
    (@free $field:ident, $own:ident, $fresh:ident) => {};
}
pub(in crate::indicator) use sound;
