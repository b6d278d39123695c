//! How the closes of the strategy's symbol move with those of another one, by Pearson's correlation
//! of their changes from bar to bar.

use crate::domain::amount::Price;
use crate::market::bar::Bar;
use crate::market::timeframe::Timeframe;
use crate::strategy::condition::{Constant, LineAt};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;

/// The fewest changes from which a correlation is made.
const CHANGES_MIN: usize = 3;
/// The fewest bars over which a correlation is asked for.
pub const CORRELATION_BARS_MIN: u32 = 3;

/// Bounds for the correlation of the closes of two symbols. Without a value nothing is let through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correlation {
    /// The close of the strategy's symbol, as many bars ago as changes are compared.
    pub own: LineAt,
    /// The same of the other symbol.
    pub other: LineAt,
    /// The least that lets a signal through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least: Option<Constant>,
    /// The most that lets a signal through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<Constant>,
}

impl Correlation {
    /// The closes that are read, of the strategy's symbol and of another one.
    ///
    /// # Panics
    /// Never: the close is a line.
    #[must_use]
    pub fn closes(
        symbol: Option<String>,
        period: u32,
        timeframe: Option<Timeframe>,
    ) -> [LineAt; 2] {
        let close = "CLOSE".parse().expect("the close is a line");
        let own = LineAt { bars_ago: period, timeframe, ..LineAt::own(close) };
        let other = LineAt { symbol, ..own.clone() };
        [own, other]
    }

    /// The number of changes that are compared, where both symbols have all bars.
    #[must_use]
    pub const fn period(&self) -> u32 {
        self.own.bars_ago
    }

    /// Whether the closes of the bars that both symbols have, in order of time, let a signal through. With
    /// less than half of the changes they do not.
    #[must_use]
    pub fn has(&self, closes: impl Iterator<Item = (Price, Price)> + Clone) -> bool {
        over(self.period(), closes).is_some_and(|value| {
            self.least.is_none_or(|least| value >= least.to_f64())
                && self.most.is_none_or(|most| value <= most.to_f64())
        })
    }
}

/// Pearson's correlation over `period` changes of the closes that two symbols have in common, in order of
/// time; none with less than half of the changes, or where those of one symbol are all the same.
#[must_use]
pub fn over(period: u32, closes: impl Iterator<Item = (Price, Price)> + Clone) -> Option<f64> {
    let needed = (period as usize / 2).max(CHANGES_MIN);
    let has_enough = closes.clone().count() > needed;
    has_enough.then(|| of_changes(closes)).flatten()
}

/// Pearson's correlation of the changes between prices that follow each other; none where the
/// changes of one symbol are all the same.
///
/// ```
/// use tickdeck::strategy::correlation::of_changes;
/// let closes = |pairs: &[[&str; 2]]| pairs.iter().map(|pair| pair.map(|it| it.parse().unwrap())).collect::<Vec<_>>();
/// let opposite = closes(&[["1.1", "9"], ["1.2", "7"], ["1.4", "3"], ["1.3", "5"]]);
/// assert_eq!(of_changes(opposite.iter().map(|[a, b]| (*a, *b))), Some(-1.0));
/// let steady = closes(&[["1.1", "9"], ["1.2", "7"], ["1.3", "3"]]);
/// assert_eq!(of_changes(steady.iter().map(|[a, b]| (*a, *b))), None);
/// ```
#[must_use]
pub fn of_changes(closes: impl Iterator<Item = (Price, Price)> + Clone) -> Option<f64> {
    let pairs = closes.clone().zip(closes.skip(1));
    let changes = pairs.map(|((a, b), (next_a, next_b))| (units(next_a - a), units(next_b - b)));
    let add = |(count, a, b): (f64, f64, f64), (one, other)| (count + 1.0, a + one, b + other);
    let (count, sum_a, sum_b) = changes.clone().fold((0.0, 0.0, 0.0), add);
    let (mean_a, mean_b) = (sum_a / count, sum_b / count);
    let (mut both, mut squares_a, mut squares_b) = (0.0, 0.0, 0.0);
    for (a, b) in changes {
        let (a, b) = (a - mean_a, b - mean_b);
        both += a * b;
        squares_a += a * a;
        squares_b += b * b;
    }
    let value = both / (squares_a.sqrt() * squares_b.sqrt());
    // The last bit may lie beyond what a correlation can be.
    value.is_finite().then(|| value.clamp(-1.0, 1.0))
}

/// A change in whole units, whose sums are exact: changes that are all the same do not vary.
#[expect(clippy::cast_precision_loss, reason = "no real change has so many units")]
const fn units(change: Price) -> f64 {
    change.raw() as f64
}

/// The closes of the bars that two symbols have in common, by their open times.
pub fn common_closes<'a>(
    own: impl Iterator<Item = &'a Bar> + Clone,
    other: impl Iterator<Item = &'a Bar> + Clone,
) -> impl Iterator<Item = (Price, Price)> + Clone {
    let (mut own, mut other) = (own.peekable(), other.peekable());
    std::iter::from_fn(move || {
        loop {
            let (one, two) = (*own.peek()?, *other.peek()?);
            match one.time_msc.cmp(&two.time_msc) {
                Ordering::Less => drop(own.next()),
                Ordering::Greater => drop(other.next()),
                Ordering::Equal => {
                    own.next();
                    other.next();
                    return Some((one.close, two.close));
                }
            }
        }
    })
}

impl fmt::Display for Correlation {
    /// `the correlation with GBPUSD over 50 bars of H1 is at least 0.5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let symbol = self.other.symbol.as_deref().unwrap_or("itself");
        write!(f, "the correlation with {symbol} over {} bars", self.period())?;
        if let Some(timeframe) = self.own.timeframe {
            write!(f, " of {timeframe}")?;
        }
        match (self.least, self.most) {
            (Some(least), Some(most)) => write!(f, " is from {least} to {most}"),
            (Some(least), None) => write!(f, " is at least {least}"),
            (None, Some(most)) => write!(f, " is at most {most}"),
            (None, None) => f.write_str(" is anything"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Prices of two symbols that move alike.
    fn alike(count: i64) -> Vec<(Price, Price)> {
        let price = |place: i64| Price::from_raw(1_000_000_000 + place * place % 7 * 10_000);
        (0..count).map(|place| (price(place), price(place))).collect()
    }

    #[test]
    fn with_less_than_half_of_the_changes_nothing_is_let_through() {
        let of = |period| {
            let [own, other] = Correlation::closes(Some("GBPUSD".to_owned()), period, None);
            Correlation { own, other, least: Some("0.5".parse().unwrap()), most: None }
        };
        let has = |period, count| of(period).has(alike(count).into_iter());
        assert!(has(20, 21) && has(20, 11) && !has(20, 10));
        assert!(has(3, 4) && !has(3, 3), "three changes are the fewest");
        assert!(!has(20, 0) && !has(20, 1));
        let most = Correlation { least: None, most: Some("0.5".parse().unwrap()), ..of(20) };
        assert!(!most.has(alike(21).into_iter()));
    }
}
