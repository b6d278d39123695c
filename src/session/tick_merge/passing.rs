//! Quiet runs from merged streams: the ticks that come before the first loud one of all streams are
//! passed stream by stream, one minute at a time.

use super::{FailedStream, LAST, Place, Source, TickMerge};
use crate::domain::time::{NANOS_PER_MS, ServerMsc, Timestamp};
use crate::domain::zone::ServerZone;
use crate::market::quiet::count_before;
use crate::market::run::Run;
use crate::session::ports::{PortError, RunReceiver};

/// Which ticks may be passed as runs.
#[derive(Debug, Clone, Copy)]
pub struct Stretch {
    /// The moment of what came last. A tick that is late, because the clock was set forward, is
    /// passed by nobody.
    pub now: Timestamp,
    /// Only ticks before this moment.
    pub until: Timestamp,
    /// Only so many ticks, if there is such a limit.
    pub ticks_max: Option<u64>,
}

/// What was passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passage {
    /// The number of ticks.
    pub ticks: u64,
    /// The moment of the last one.
    pub last_at: Timestamp,
}

/// Why no more could be passed.
#[derive(Debug)]
pub enum PassError {
    /// A stream cannot be read any further.
    Stream(FailedStream),
    /// The receiver failed.
    Receiver(PortError),
}

impl From<FailedStream> for PassError {
    fn from(failed: FailedStream) -> Self {
        Self::Stream(failed)
    }
}

impl From<PassError> for PortError {
    fn from(error: PassError) -> Self {
        match error {
            PassError::Stream(failed) => failed.source,
            PassError::Receiver(source) => source,
        }
    }
}

/// Runs of fewer ticks, on average, cost more than their ticks one by one.
const RUN_TICKS_MIN: usize = 3;

/// A part of a stretch in which the server's clock keeps its distance from UTC.
#[derive(Debug, Clone, Copy)]
struct Window {
    /// Only ticks before this server time.
    until: ServerMsc,
    /// How far the server's clock is ahead of UTC.
    offset_ms: i64,
    /// Only so many ticks.
    ticks_max: Option<u64>,
}

impl Window {
    fn to_utc(self, server: ServerMsc) -> Timestamp {
        Timestamp::from_nanos((server.0 - self.offset_ms) * NANOS_PER_MS)
    }
}

impl TickMerge {
    /// Passes the next ticks of all streams to `receiver`, up to the first that it may not find
    /// quiet; none when there are none.
    ///
    /// # Errors
    /// [`PassError`]. What was passed before it is gone.
    ///
    /// # Panics
    /// If two streams are of one symbol: their ticks would not keep their order.
    pub fn pass_quiet<R: RunReceiver>(
        &mut self,
        stretch: Stretch,
        zone: &mut ServerZone,
        receiver: &mut R,
    ) -> Result<Option<Passage>, PassError> {
        if self.one_by_one > 0 {
            self.one_by_one -= 1;
            return Ok(None);
        }
        let mut passage: Option<Passage> = None;
        while let Some(window) = self.window(stretch, zone, passage)? {
            if passage.is_none() {
                if self.is_loud_near(window.until, receiver) {
                    return Ok(None);
                }
                self.ask(receiver);
            }
            let passed = self.pass_window(window, receiver).map_err(PassError::Receiver)?;
            let Some(passed) = passed else { break };
            let before = passage.map_or(0, |passage| passage.ticks);
            passage = Some(Passage { ticks: before + passed.ticks, ..passed });
        }
        Ok(passage)
    }

    /// The part of the stretch that begins with the next tick; none when that is not in it.
    fn window(
        &mut self,
        stretch: Stretch,
        zone: &mut ServerZone,
        passage: Option<Passage>,
    ) -> Result<Option<Window>, FailedStream> {
        let Some(first) = self.fill()? else { return Ok(None) };
        // Before 1970 nothing is quiet.
        let Some(span) = zone.span_of(first).filter(|_| first.0 >= 0) else { return Ok(None) };
        let until = span.until.min(span.first_from(stretch.until));
        let (ticks, now) =
            passage.map_or((0, stretch.now), |passage| (passage.ticks, passage.last_at));
        let ticks_max = stretch.ticks_max.map(|most| most - ticks);
        let window = Window { until, offset_ms: span.offset_ms, ticks_max };
        let is_in_it = first < until && window.to_utc(first) >= now && ticks_max != Some(0);
        Ok(is_in_it.then_some(window))
    }

    /// Makes sure that every stream that has not ended has a tick at hand, and returns the earliest
    /// server time of all.
    fn fill(&mut self) -> Result<Option<ServerMsc>, FailedStream> {
        let mut first = None;
        for (place, source) in self.sources.iter_mut().enumerate() {
            if let Some(time) = source.peek(place)? {
                first = Some(first.map_or(time, |first: ServerMsc| first.min(time)));
            }
        }
        if self.sources.iter().any(|source| source.is_new) {
            self.check_symbols();
        }
        Ok(first)
    }

    #[cold]
    fn check_symbols(&mut self) {
        let going_on = || self.sources.iter().filter(|source| !source.ended);
        let of = |symbol| going_on().filter(|source| source.batch.symbol() == symbol).count();
        assert!(
            going_on().all(|source| of(source.batch.symbol()) == 1),
            "each stream has a symbol of its own"
        );
        self.sources.iter_mut().for_each(|source| source.is_new = false);
    }

    /// Asks how far nothing can happen with each stream.
    fn ask<R: RunReceiver>(&mut self, receiver: &R) {
        for source in self.sources.iter_mut().filter(|source| source.time().is_some()) {
            source.lull.renew(receiver.quiet(source.batch.symbol()), &source.batch, source.read);
        }
    }

    /// Whether few ticks come before the next one that was last known to be loud. Where several
    /// symbols begin a bar, loud ticks follow each other so closely that asking and passing costs
    /// more than the ticks between them. What was known before only decides whether to ask; what is
    /// passed is decided by new answers.
    fn is_loud_near<R: RunReceiver>(&mut self, until: ServerMsc, receiver: &R) -> bool {
        for source in self.sources.iter_mut().filter(|source| source.time().is_some()) {
            if !source.lull.reaches(source.read) {
                source.lull.renew(
                    receiver.quiet(source.batch.symbol()),
                    &source.batch,
                    source.read,
                );
            }
        }
        let bound = self.quiet_bound(until);
        let (mut ticks, mut runs) = (0, 0);
        for (place, source) in self.sources.iter().enumerate() {
            let count = source.count_quiet(place, bound);
            ticks += count;
            runs += usize::from(count > 0);
        }
        // The end of what has been looked at is no loud tick.
        let mut sources = self.sources.iter().enumerate();
        let is_known = bound.0 == until
            || sources.any(|(place, source)| {
                source.lull.is_bounded && source.quiet_before(place) == bound
            });
        let is_near = is_known && ticks < RUN_TICKS_MIN * runs.max(1);
        if is_near {
            self.one_by_one = ticks as u64;
        }
        is_near
    }

    /// Passes what comes before the first tick that may be loud; none when that comes next.
    fn pass_window<R: RunReceiver>(
        &mut self,
        window: Window,
        receiver: &mut R,
    ) -> Result<Option<Passage>, PortError> {
        let mut bound = self.quiet_bound(window.until);
        if let Some(ticks_max) = window.ticks_max
            && self.count_quiet(bound) > ticks_max
        {
            bound = self.bound_of(ticks_max, bound);
        }
        let mut passage: Option<Passage> = None;
        for (place, source) in self.sources.iter_mut().enumerate() {
            if source.time().is_none_or(|time| (time, place) >= bound) {
                continue;
            }
            let until = source.read + source.count_quiet(place, bound);
            while source.read < until {
                let run = Run::of_minute(&source.batch, source.read, until);
                let (first_msc, last_msc) = run.span_msc();
                let (first_at, last_at) = (window.to_utc(first_msc), window.to_utc(last_msc));
                receiver.pass(&run, first_at, last_at)?;
                source.read += run.count();
                let so_far = passage.unwrap_or(Passage { ticks: 0, last_at });
                let ticks = so_far.ticks + run.count() as u64;
                passage = Some(Passage { ticks, last_at: last_at.max(so_far.last_at) });
            }
        }
        if passage.is_some() {
            self.find_front();
        }
        Ok(passage)
    }

    /// The first place in the order that may be loud, or is not before `until`.
    fn quiet_bound(&mut self, until: ServerMsc) -> Place {
        let mut bound = (until, 0);
        for (place, source) in self.sources.iter_mut().enumerate() {
            if source.time().is_some_and(|time| (time, place) < bound) {
                source.lull.look_ahead(&source.batch, source.read);
                bound = bound.min(source.quiet_before(place));
            }
        }
        bound
    }

    /// How many quiet ticks come before a place in the order.
    fn count_quiet(&self, bound: Place) -> u64 {
        let sources = self.sources.iter().enumerate();
        sources.map(|(place, source)| source.count_quiet(place, bound) as u64).sum()
    }

    /// A place in the order before which there are no more than `ticks_max` quiet ticks: the last
    /// millisecond of which that is true, found by halving.
    #[cold]
    fn bound_of(&self, ticks_max: u64, bound: Place) -> Place {
        let first = self.sources.iter().filter_map(Source::time).min();
        let (mut few, mut many) = (first.unwrap_or(bound.0).0, bound.0.0.saturating_add(1));
        while many - few > 1 {
            let middle = few + (many - few) / 2;
            if self.count_quiet((ServerMsc(middle), 0)) > ticks_max {
                many = middle;
            } else {
                few = middle;
            }
        }
        (ServerMsc(few), 0)
    }

    /// Finds the earliest source and its rival. What the others have is not ordered.
    fn find_front(&mut self) {
        (self.rival, self.is_ordered) = (LAST, false);
        let mut first = LAST;
        for (place, source) in self.sources.iter().enumerate() {
            // A batch that is used up may go on with a tick as early as its last one.
            let time = match source.time() {
                None if source.ended => continue,
                None => ServerMsc(i64::MIN),
                Some(time) => time,
            };
            if (time, place) < first {
                self.rival = first;
                first = (time, place);
            } else {
                self.rival = self.rival.min((time, place));
            }
        }
        self.front = if first == LAST { 0 } else { first.1 };
    }
}

impl Source {
    /// The first place in the order at which something else than a known quiet tick of this stream
    /// may come.
    #[inline]
    fn quiet_before(&self, place: usize) -> Place {
        match self.batch.time_at(self.lull.until) {
            Some(time) if self.lull.is_bounded => (time, place),
            // What comes next of this stream comes after the last one that is known.
            _ => (ServerMsc(self.batch.time_msc()[self.lull.until - 1]), place + 1),
        }
    }

    /// How many of its quiet ticks come before a place in the order.
    #[inline]
    fn count_quiet(&self, place: usize, bound: Place) -> usize {
        // None is known of a stream at which nobody had to look.
        let known = self.batch.time_msc().get(self.read..self.lull.until).unwrap_or_default();
        let until = ServerMsc(bound.0.0.saturating_add(i64::from(place < bound.1)));
        count_before(known, until)
    }
}
