//! How far a batch of ticks is known to be quiet.

use crate::market::columns::TickColumns;
use crate::market::quiet::{PointBounds, Quiet, QuoteBounds, count_before};

/// How far the batch of a stream is known to be quiet.
pub struct Lull {
    quiet: Quiet,
    /// The bounds of `quiet` as the batch counts prices.
    bounds: PointBounds,
    /// The ticks before this place in the batch are quiet.
    pub until: usize,
    /// Whether the tick at `until` is known not to be quiet.
    pub is_bounded: bool,
    /// How many ticks are looked at next.
    stride: usize,
}

/// The fewest ticks that are looked at ahead, and the most. It begins with few, because what is
/// quiet may change soon.
const STRIDE_MIN: usize = 16;
const STRIDE_MAX: usize = 1_024;

impl Lull {
    /// Nothing is known.
    pub fn new() -> Self {
        Self {
            quiet: Quiet::NEVER,
            bounds: PointBounds::new(QuoteBounds::NONE, 1),
            until: 0,
            is_bounded: false,
            stride: STRIDE_MIN,
        }
    }

    /// Begins anew at `read` in another batch.
    pub fn begin_batch(&mut self, batch: &TickColumns) {
        (self.until, self.is_bounded) = (0, false);
        self.bounds = PointBounds::new(self.quiet.quotes, batch.point_raw());
    }

    /// Whether anything is known about the tick at `read`.
    pub const fn reaches(&self, read: usize) -> bool {
        self.until > read || (self.until == read && self.is_bounded)
    }

    /// Takes a new answer, after what happened last. What is known stays known as far as it is the
    /// same.
    pub fn renew(&mut self, quiet: Quiet, batch: &TickColumns, read: usize) {
        if quiet == self.quiet && self.until >= read {
            return;
        }
        if quiet.quotes != self.quiet.quotes {
            self.bounds = PointBounds::new(quiet.quotes, batch.point_raw());
            (self.until, self.stride) = (read, STRIDE_MIN);
        } else if self.until < read {
            self.until = read;
        } else if quiet.until < self.quiet.until {
            self.until = read + count_before(&batch.time_msc()[read..self.until], quiet.until);
        }
        self.quiet = quiet;
        self.is_bounded = false;
    }

    /// Looks further ahead, unless the first loud tick or enough quiet ones are known.
    pub fn look_ahead(&mut self, batch: &TickColumns, read: usize) {
        if self.is_bounded || self.until - read >= self.stride || self.until == batch.len() {
            return;
        }
        let to = batch.len().min(self.until + self.stride);
        let times_msc = &batch.time_msc()[self.until..to];
        // Times never go back: only the first can be before 1970.
        let in_time = if times_msc[0] < 0 { 0 } else { count_before(times_msc, self.quiet.until) };
        self.until += self.bounds.count(batch, self.until, self.until + in_time);
        self.is_bounded = self.until < to;
        self.stride = (2 * self.stride).min(STRIDE_MAX);
    }
}
