//! Bars with a price far off those before and after them: a decimal point that was lost, a spike.

use crate::data::error::FilePlace;
use crate::domain::amount::Price;
use crate::market::bar::Bar;

/// The largest number of successive bars that may be a spike. After more bars, the market has
/// moved.
const SPIKE_BARS_MAX: usize = 5;

/// A bar and its origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceBar {
    /// The bar.
    pub bar: Bar,
    /// The index of its file among those that are read.
    pub file: usize,
    /// Its place in that file.
    pub place: FilePlace,
}

/// Holds back bars that may be a spike, until a later one decides.
#[derive(Debug)]
pub struct BarSpikes {
    percent: i64,
    /// The last good close.
    good: Option<Price>,
    held: Vec<SourceBar>,
    /// The number of moves as large as a spike that did not come back.
    pub steps: u64,
}

/// What is decided by a bar.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Decided {
    /// Bars that are a spike.
    pub spikes: Vec<SourceBar>,
    /// Bars that are good, in order of time after those.
    pub good: Vec<SourceBar>,
}

impl BarSpikes {
    /// A state that has seen no bar.
    #[must_use]
    pub const fn new(percent: u32) -> Self {
        Self { percent: percent as i64, good: None, held: Vec::new(), steps: 0 }
    }

    /// Judges a bar. One that closes where the bars before it were, and reached far beyond, has
    /// come back by itself.
    pub fn judge(&mut self, source: SourceBar) -> Decided {
        let bar = &source.bar;
        let good = *self.good.get_or_insert(bar.open);
        let is_near = |price: Price| {
            let distance = (i128::from(price.raw()) - i128::from(good.raw())).abs();
            distance * 100 <= i128::from(good.raw()) * i128::from(self.percent)
        };
        if is_near(bar.close) {
            self.good = Some(bar.close);
            let mut spikes = std::mem::take(&mut self.held);
            if is_near(bar.high) && is_near(bar.low) {
                return Decided { spikes, good: vec![source] };
            }
            spikes.push(source);
            return Decided { spikes, good: Vec::new() };
        }
        self.held.push(source);
        if self.held.len() <= SPIKE_BARS_MAX {
            return Decided::default();
        }
        self.good = Some(bar.close);
        Decided { spikes: Vec::new(), good: self.step() }
    }

    /// The bars still held when no more will come. Nobody can tell any more, so they count as good.
    pub fn end(&mut self) -> Vec<SourceBar> {
        if self.held.is_empty() { Vec::new() } else { self.step() }
    }

    fn step(&mut self) -> Vec<SourceBar> {
        self.steps += 1;
        std::mem::take(&mut self.held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::amount::Points;
    use crate::domain::time::ServerMsc;

    /// The bars `open high low close` that are spikes, by their numbers, and the steps.
    fn check(bars: &[[i64; 4]], spikes: &[u64], steps: u64) {
        let mut judge = BarSpikes::new(10);
        let (mut found, mut given) = (Vec::new(), 0);
        for (at, prices) in (0..).zip(bars) {
            let [open, high, low, close] = prices.map(Price::from_raw);
            let time_msc = ServerMsc(60_000 * i64::try_from(at).unwrap());
            let (spread, tick_volume, real_volume) = (Points(0), 1, 0);
            let bar = Bar { time_msc, open, high, low, close, tick_volume, spread, real_volume };
            let decided = judge.judge(SourceBar { bar, file: 0, place: FilePlace::Line(at) });
            given += decided.good.len();
            found.extend(
                decided.spikes.iter().map(|spike| spike.bar.time_msc.0.unsigned_abs() / 60_000),
            );
        }
        given += judge.end().len();
        assert_eq!((found.as_slice(), judge.steps), (spikes, steps), "{bars:?}");
        assert_eq!(given + found.len(), bars.len(), "none is lost");
    }

    #[test]
    fn a_bar_that_comes_back_is_a_spike_and_a_move_is_none() {
        let usual = [100, 102, 98, 101];
        check(&[usual, [101, 100_000, 99, 100], usual], &[1], 0);
        check(&[usual, [101, 103, 1, 100], usual], &[1], 0);
        check(&[usual, [10_100, 10_300, 10_000, 10_200], usual], &[1], 0);
        check(&[[100, 102_000, 98, 101], usual], &[0], 0);
        check(&[usual, [101, 200, 100, 200], usual], &[1], 0);
        let moved = [200, 202, 198, 201];
        check(&[usual, moved, moved, moved, moved, moved, moved, moved], &[], 1);
        check(&[usual, moved], &[], 1);
        check(&[usual, usual, usual], &[], 0);
    }
}
