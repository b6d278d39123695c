//! The figures of an indicator, such as a number of bars or of deviations. They are exact decimals,
//! so that they compare and hash.

use crate::domain::decimal::fixed_point;

/// The longest period that a rule may ask for: a limit on memory, far above any real one.
pub const PERIOD_MAX: u32 = 10_000;

/// The largest number of figures that an indicator has.
pub const PARAMETERS_MAX: usize = 4;

const UNIT: i64 = 1_000_000;

fixed_point! {
    /// A figure: a period is whole, a factor is kept to 10⁻⁶.
    Number, 6
}

impl Number {
    /// A figure with a whole value.
    #[must_use]
    pub const fn whole(value: u32) -> Self {
        Self::from_raw(value as i64 * UNIT)
    }
}

/// The figures of one indicator in the order of its row; those that it does not have are 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Parameters(pub [Number; PARAMETERS_MAX]);

impl Parameters {
    /// The figure at an index of the row, which must be a whole one.
    ///
    /// # Panics
    /// If it is not whole, which is a mistake in the row.
    #[must_use]
    pub fn whole(&self, place: usize) -> u32 {
        let raw = self.0[place].raw();
        assert!(raw % UNIT == 0, "a period is whole");
        u32::try_from(raw / UNIT).unwrap_or(0)
    }

    /// The figure at an index of the row, as a factor.
    #[must_use]
    pub fn factor(&self, place: usize) -> f64 {
        self.0[place].to_f64()
    }
}

/// One figure as a row describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// The name of the figure in rules, such as `period`.
    pub name: &'static str,
    /// The default; none when the figure must be given.
    pub default: Option<Number>,
    /// The smallest value that is accepted.
    pub least: Number,
    /// The largest value that is accepted.
    pub most: Number,
    /// Whether the value must be a whole number.
    pub grain: Grain,
}

/// Which values between its bounds a figure may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grain {
    /// Whole numbers only: a number of bars.
    Whole,
    /// Any decimal that the type keeps.
    Fine,
}

impl Parameter {
    /// A number of bars from 1 on, which must be given.
    #[must_use]
    pub const fn period(name: &'static str) -> Self {
        Self {
            name,
            default: None,
            least: Number::whole(1),
            most: Number::whole(PERIOD_MAX),
            grain: Grain::Whole,
        }
    }

    /// A factor above 0 and up to `most`, in 10⁻⁶ like its default.
    #[must_use]
    pub const fn factor(name: &'static str, default: i64, most: u32) -> Self {
        let (least, most) = (Number::from_raw(1), Number::whole(most));
        Self { name, default: Some(Number::from_raw(default)), least, most, grain: Grain::Fine }
    }

    /// The same parameter with the default `default`.
    #[must_use]
    pub const fn or(self, default: u32) -> Self {
        Self { default: Some(Number::whole(default)), ..self }
    }

    /// The same parameter with the smallest value `least`.
    #[must_use]
    pub const fn at_least(self, least: u32) -> Self {
        Self { least: Number::whole(least), ..self }
    }

    /// Whether `number` is within the bounds, and whole where it must be.
    #[must_use]
    pub fn takes(&self, number: Number) -> bool {
        let fine = self.grain == Grain::Fine || number.raw() % UNIT == 0;
        fine && self.least <= number && number <= self.most
    }
}
