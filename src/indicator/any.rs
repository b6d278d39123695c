//! A running indicator: it takes closed bars one by one and holds the values of its lines at the
//! last one. Start here.

use crate::domain::flaw::Checked;
use crate::indicator::applied_price::AppliedPrice;
use crate::indicator::catalogue::{State, Values};
use crate::indicator::row::LINES_MAX;
use crate::indicator::sound::{figure, part, same};
use crate::indicator::spec::{IndicatorSpec, LineSpec};
use crate::market::bar::Bar;
use serde::{Deserialize, Serialize};

/// An indicator's running state and its last values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Indicator {
    state: State,
    price: AppliedPrice,
    values: Values,
}

impl Indicator {
    /// A new state that has seen no bar.
    #[must_use]
    pub fn new(spec: IndicatorSpec) -> Self {
        Self {
            state: State::new(spec.kind(), spec.parameters()),
            price: spec.price(),
            values: [None; LINES_MAX],
        }
    }

    /// Checks that bars can have led to this state of an indicator with these figures.
    ///
    /// # Errors
    /// The first field whose value bars cannot have led to.
    pub fn check(&self, spec: IndicatorSpec) -> Checked {
        let fresh = Self::new(spec);
        part("state", &self.state, &fresh.state)?;
        same("price", &self.price, &fresh.price)?;
        self.values.iter().try_for_each(|value| figure("values", value))
    }

    /// Takes a closed bar.
    pub fn push(&mut self, bar: &Bar) {
        self.values = self.state.push(bar, self.price);
    }

    /// The value of one of the indicator's lines at the last closed bar; none until the line is
    /// defined.
    #[must_use]
    #[inline]
    pub fn value(&self, line: LineSpec) -> Option<f64> {
        self.value_at(line.place())
    }

    /// The values of all lines at the last closed bar, in the order of the indicator's row.
    #[must_use]
    pub const fn values(&self) -> Values {
        self.values
    }

    /// The value of the line at index `place` of the indicator's row; none until the line is
    /// defined.
    #[must_use]
    #[inline]
    pub fn value_at(&self, place: usize) -> Option<f64> {
        self.values[place]
    }
}
