//! Prices far from those before and after them.

use crate::data::quality::row::SourceRow;
use crate::domain::tick::Tick;

/// The largest number of successive rows that may be a spike. After more rows, the market has
/// moved.
const SPIKE_ROWS_MAX: usize = 5;

/// Holds back rows that may be a spike, until a later one decides.
#[derive(Debug)]
pub struct Spikes {
    percent: i64,
    good: Option<Tick>,
    held: Vec<SourceRow>,
    /// The number of price changes as large as a spike that did not come back.
    pub steps: u64,
}

/// The verdict on a row, and on those held before it.
#[derive(Debug, PartialEq, Eq)]
pub enum SpikeVerdict {
    /// The row is good, and nothing is held.
    Good,
    /// The row is held.
    Held,
    /// The price is back near the last good quote: the held rows are a spike, and this one is good.
    Spike(Vec<SourceRow>),
    /// The market has moved: the held rows are good, and so is this one.
    Step(Vec<SourceRow>),
}

impl Spikes {
    /// A state that has seen no row.
    #[must_use]
    pub fn new(percent: u32) -> Self {
        Self { percent: i64::from(percent), good: None, held: Vec::new(), steps: 0 }
    }

    /// The last good quote.
    #[must_use]
    pub const fn good(&self) -> Option<&Tick> {
        self.good.as_ref()
    }

    /// Judges a row.
    #[inline]
    pub fn judge(&mut self, row: &SourceRow) -> SpikeVerdict {
        let near = self.good.is_none_or(|good| self.is_near(&good, &row.tick));
        if self.held.is_empty() && near {
            self.good = Some(row.tick);
            return SpikeVerdict::Good;
        }
        if near {
            self.good = Some(row.tick);
            return SpikeVerdict::Spike(std::mem::take(&mut self.held));
        }
        if self.held.len() < SPIKE_ROWS_MAX {
            self.held.push(*row);
            return SpikeVerdict::Held;
        }
        self.good = Some(row.tick);
        SpikeVerdict::Step(self.step())
    }

    /// The rows still held when no more will come. Nobody can tell any more, so they count as good.
    pub fn end(&mut self) -> Vec<SourceRow> {
        let Some(last) = self.held.last() else { return Vec::new() };
        self.good = Some(last.tick);
        self.step()
    }

    fn step(&mut self) -> Vec<SourceRow> {
        self.steps += 1;
        std::mem::take(&mut self.held)
    }

    fn is_near(&self, good: &Tick, tick: &Tick) -> bool {
        // Halved first, because the sum of two prices need not fit.
        let middle = |tick: &Tick| tick.bid.raw() / 2 + tick.ask.raw() / 2;
        let (good, now) = (middle(good), middle(tick));
        (i128::from(now) - i128::from(good)).abs() * 100
            <= i128::from(good) * i128::from(self.percent)
    }
}
