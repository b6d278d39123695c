//! The distances between bars: they determine the timeframe, and show where bars are missing.

use crate::data::error::DataError;
use crate::market::timeframe::Timeframe;
use std::path::Path;

const MINUTE_MS: i64 = 60_000;

/// The distances between the bars of a stream. Except in nearly empty files, the smallest is the
/// length of the bars.
#[derive(Debug, Default)]
pub struct Spacing {
    before_msc: Option<i64>,
    least_ms: Option<i64>,
    /// How many distances are as small as the smallest.
    least: u64,
    /// How many are larger.
    larger: u64,
    longest_ms: i64,
}

impl Spacing {
    /// Takes the open time of the next bar, in milliseconds.
    pub fn take(&mut self, time_msc: i64) {
        let Some(before) = self.before_msc.replace(time_msc) else { return };
        let distance = time_msc - before;
        self.longest_ms = self.longest_ms.max(distance);
        if self.least_ms.is_none_or(|least| distance < least) {
            self.larger += self.least;
            (self.least_ms, self.least) = (Some(distance), 1);
        } else if self.least_ms == Some(distance) {
            self.least += 1;
        } else {
            self.larger += 1;
        }
    }

    /// Whether no bar was taken.
    #[must_use]
    pub const fn is_new(&self) -> bool {
        self.before_msc.is_none()
    }

    /// The number of places at which one or more bars are missing, as in a minute without a tick or
    /// at a weekend.
    #[must_use]
    pub const fn gaps(&self) -> u64 {
        self.larger
    }

    /// The longest distance, in milliseconds.
    #[must_use]
    pub const fn longest_ms(&self) -> i64 {
        self.longest_ms
    }

    /// The timeframe of the bars; none with fewer than two, or when the smallest distance is not
    /// the length of a timeframe.
    #[must_use]
    pub fn timeframe(&self) -> Option<Timeframe> {
        const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
        let least = self.least_ms?;
        // The length of months varies.
        let month = (28 * DAY_MS..=31 * DAY_MS).contains(&least).then_some(Timeframe::MN1);
        Timeframe::ALL.into_iter().find(|timeframe| timeframe.length_ms() == Some(least)).or(month)
    }

    /// [`Spacing::timeframe`], if there are enough bars to be certain: the few bars of a quiet hour
    /// may be far apart.
    #[must_use]
    pub fn certain_timeframe(&self) -> Option<Timeframe> {
        const CERTAIN: u64 = 20;
        self.timeframe().filter(|_| self.least >= CERTAIN)
    }

    /// Checks that bars of `timeframe` can be built from these.
    ///
    /// # Errors
    /// [`DataError::Timeframe`] when they are longer, or do not divide it.
    pub fn check(&self, path: &Path, timeframe: Timeframe) -> Result<(), DataError> {
        let Some(least) = self.least_ms else { return Ok(()) };
        if timeframe.is_made_of(least) {
            return Ok(());
        }
        Err(DataError::Timeframe {
            path: path.into(),
            from_minutes: least / MINUTE_MS,
            timeframe: timeframe.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(minutes: &[i64], timeframe: Option<Timeframe>, gaps: u64, longest_minutes: i64) {
        let mut spacing = Spacing::default();
        minutes.iter().for_each(|minute| spacing.take(minute * MINUTE_MS));
        assert_eq!(
            (spacing.timeframe(), spacing.gaps(), spacing.longest_ms()),
            (timeframe, gaps, longest_minutes * MINUTE_MS)
        );
    }

    #[test]
    fn the_smallest_distance_is_the_length_and_larger_ones_are_gaps() {
        check(&[0, 1, 2, 5, 6], Some(Timeframe::M1), 1, 3);
        check(&[0, 10, 15, 20, 40], Some(Timeframe::M5), 2, 20);
        check(&[0, 44_640, 84_960], Some(Timeframe::MN1), 1, 44_640);
        check(&[0, 7, 14], None, 0, 7);
        check(&[3], None, 0, 0);
    }
}
