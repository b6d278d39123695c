//! Whether the state of an indicator that was read is one that bars can have left: its figures are those of a fresh one,
//! its windows no longer than they, its sums those of what the windows hold. A state is read from a file that anybody may
//! have edited; what is checked here neither panics later nor takes memory by what it claims.

use crate::domain::flaw::{Checked, Flaw, must};
use crate::indicator::parameter::PERIOD_MAX;

/// A state, or a part of one.
pub trait Sound {
    /// Whether it can be, beside a `fresh` one of the same figures.
    ///
    /// # Errors
    /// The first field that cannot.
    fn check(&self, fresh: &Self) -> Checked;
}

/// A number that bars lead to.
pub trait Figure {
    /// Whether it is within all that bars lead to.
    fn is_figure(&self) -> bool;
}

/// Beyond any price, range or sum of ranges.
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

/// A constant of the definition.
pub(in crate::indicator) fn same<T: PartialEq>(field: &str, own: &T, fresh: &T) -> Checked {
    must(own == fresh, field, "is not that of the indicator's figures")
}

/// A number that bars lead to.
pub(in crate::indicator) fn figure(field: &str, own: &impl Figure) -> Checked {
    must(own.is_figure(), field, "is beyond what bars lead to")
}

/// What is counted down from the fresh one's number.
pub(in crate::indicator) fn down(field: &str, own: u32, fresh: u32) -> Checked {
    must(own <= fresh, field, &format!("must not be above {fresh}"))
}

/// A part that is checked by itself.
pub(in crate::indicator) fn part<T: Sound>(field: &str, own: &T, fresh: &T) -> Checked {
    own.check(fresh).map_err(|flaw| flaw.under(field))
}

/// A flaw of a number that follows from others and does not.
pub(in crate::indicator) fn derived(holds: bool, field: &str) -> Checked {
    must(holds, field, "does not follow from what the state holds beside it")
}

/// A state of another indicator.
pub(in crate::indicator) fn other_kind() -> Flaw {
    Flaw::of("", "is that of another indicator")
}

/// How each field of a state is checked; none can be left out. `same`: a constant of the definition. `figure`: a number
/// that bars lead to. `down`: counted down from the fresh one's. `part`: checked by itself. `free`: whatever its type holds.
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
