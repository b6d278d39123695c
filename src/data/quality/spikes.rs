//! Prices far from those before and after them.

use crate::data::quality::row::SourceRow;
use crate::domain::tick::Tick;

/// So many rows in a row may be a spike; where more follow, the market is there.
const SPIKE_ROWS_MAX: usize = 5;

/// Holds rows back that may be a spike, until a later one tells.
#[derive(Debug)]
pub struct Spikes {
    percent: i64,
    good: Option<Tick>,
    held: Vec<SourceRow>,
    /// Steps of the price as large as a spike, from which it did not come back.
    pub steps: u64,
}

/// What became of a row, and of those held before it.
#[derive(Debug, PartialEq, Eq)]
pub enum SpikeVerdict {
    /// An ordinary row, and nothing is held.
    Good,
    /// It is held.
    Held,
    /// It is back where the last good quote was: the rows held are a spike, and it is an ordinary one.
    Spike(Vec<SourceRow>),
    /// The market has gone there: the rows held are ordinary ones, and so is it.
    Step(Vec<SourceRow>),
}

impl Spikes {
    /// That has seen nothing.
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

    /// The rows still held when no more will come: nobody can tell any more, so they are ordinary ones.
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
        // Halves first: the sum of two prices need not fit.
        let middle = |tick: &Tick| tick.bid.raw() / 2 + tick.ask.raw() / 2;
        let (good, now) = (middle(good), middle(tick));
        (i128::from(now) - i128::from(good)).abs() * 100 <= i128::from(good) * i128::from(self.percent)
    }
}
