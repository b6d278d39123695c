//! The figures of an indicator: how many bars, how many deviations. Exact decimals, so that they compare and hash.

use crate::domain::decimal::fixed_point;

/// The longest period that a rule may ask for: a limit on memory, far above any use.
pub const PERIOD_MAX: u32 = 10_000;

/// How many figures an indicator has at most.
pub const PARAMETERS_MAX: usize = 4;

const UNIT: i64 = 1_000_000;

fixed_point! {
    /// A figure: a period is whole, a factor is kept to 10⁻⁶.
    Number, 6
}

impl Number {
    /// A whole number.
    #[must_use]
    pub const fn whole(value: u32) -> Self {
        Self::from_raw(value as i64 * UNIT)
    }
}

/// The figures of one indicator in the order of its row; those that it does not have are 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Parameters(pub [Number; PARAMETERS_MAX]);

impl Parameters {
    /// The figure at a place of the row, which says that it is whole.
    ///
    /// # Panics
    /// If it is not: the row is then wrong.
    #[must_use]
    pub fn whole(&self, place: usize) -> u32 {
        let raw = self.0[place].raw();
        assert!(raw % UNIT == 0, "a period is whole");
        u32::try_from(raw / UNIT).unwrap_or(0)
    }

    /// The figure at a place of the row as a factor.
    #[must_use]
    pub fn factor(&self, place: usize) -> f64 {
        self.0[place].to_f64()
    }
}

/// One figure as a row describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// The name in rules' objects.
    pub name: &'static str,
    /// What it is unless it is given; none where it must be.
    pub default: Option<Number>,
    /// The smallest that is taken.
    pub least: Number,
    /// The greatest that is taken.
    pub most: Number,
    /// What it may be between them.
    pub grain: Grain,
}

/// How fine a figure may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grain {
    /// Whole: a number of bars.
    Whole,
    /// A decimal.
    Fine,
}

impl Parameter {
    /// A number of bars from 1 on, which must be given.
    #[must_use]
    pub const fn period(name: &'static str) -> Self {
        Self { name, default: None, least: Number::whole(1), most: Number::whole(PERIOD_MAX), grain: Grain::Whole }
    }

    /// A factor above 0 and up to `most`, in 10⁻⁶ like its default.
    #[must_use]
    pub const fn factor(name: &'static str, default: i64, most: u32) -> Self {
        let (least, most) = (Number::from_raw(1), Number::whole(most));
        Self { name, default: Some(Number::from_raw(default)), least, most, grain: Grain::Fine }
    }

    /// With a default of so many.
    #[must_use]
    pub const fn or(self, default: u32) -> Self {
        Self { default: Some(Number::whole(default)), ..self }
    }

    /// From so many on.
    #[must_use]
    pub const fn at_least(self, least: u32) -> Self {
        Self { least: Number::whole(least), ..self }
    }

    /// Whether a figure is one that may be given.
    #[must_use]
    pub fn takes(&self, number: Number) -> bool {
        let fine = self.grain == Grain::Fine || number.raw() % UNIT == 0;
        fine && self.least <= number && number <= self.most
    }
}
