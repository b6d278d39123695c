//! Directional movement: how far a bar reaches beyond the one before. ADX is computed from it.
//!
//! It is computed in the terminal's doubles, as in MT5 and TA-Lib. Whether two reaches are equal,
//! so that neither counts, depends on the last bit of the doubles, and values that are to equal
//! theirs must be decided in the same way.

use crate::domain::amount::Price;
use crate::domain::decimal::pow10;
use crate::indicator::applied_price::Sample;
use crate::indicator::sound::sound;
use crate::indicator::true_range::TrueRange;
use crate::market::bar::Bar;
use serde::{Deserialize, Serialize};

/// The movement of one bar against the bar before. Only the longer of the two reaches counts; when
/// both are equal, neither does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Movement {
    /// How far the high is above the high of the bar before: +DM, 0 when it does not count.
    pub plus: f64,
    /// How far the low is below the low of the bar before: −DM, 0 when it does not count.
    pub minus: f64,
    /// The true range of the bar.
    pub range: f64,
}

/// The running state of directional movement: the bar before.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Directional {
    previous: Option<(f64, f64)>,
    range: TrueRange,
}

sound!(Directional { previous: figure, range: free });

impl Directional {
    /// Takes a bar and returns its movement, unless it is the first.
    pub fn push(&mut self, bar: &Bar) -> Option<Movement> {
        let range = self.range.push(bar);
        let (high, low) = (terminal(bar.high), terminal(bar.low));
        let (previous_high, previous_low) = self.previous.replace((high, low))?;
        let up = (high - previous_high).max(0.0);
        let down = (previous_low - low).max(0.0);
        let plus = if up > down { up } else { 0.0 };
        let minus = if down > up { down } else { 0.0 };
        Some(Movement { plus, minus, range: Sample::raw(range?).to_f64() })
    }
}

/// The double that a terminal has for a price: whole part and fraction are rounded separately and
/// added. In 9 % of the cases this is not the nearest double. Found on, and true for, all 64,416
/// prices of the terminal's own EURUSD M5, H1 and GBPUSD M5 bars.
#[expect(clippy::cast_precision_loss, reason = "both parts are below 2^53")]
fn terminal(price: Price) -> f64 {
    let unit = pow10(Price::SCALE);
    (price.raw() / unit) as f64 + (price.raw() % unit) as f64 / unit as f64
}

/// `100 · part / whole`, or 0 when `whole` is 0.
#[must_use]
pub fn percent(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { 100.0 * part / whole } else { 0.0 }
}

/// The directional index: `100 · |plus − minus| / (plus + minus)`, 0 when both are 0.
#[must_use]
pub fn apart(plus: f64, minus: f64) -> f64 {
    percent((plus - minus).abs(), plus + minus)
}
