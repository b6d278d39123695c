//! Ticks of several streams in one order: by server time, then by the order of the streams.
//!
//! Server times never go back within a stream, so leaving ticks out does not change the order of
//! the others: the ticks that the executor saw in a session are merged again in the same order. UTC
//! plays no part, because it can go back where the server's clock is set forward.
//!
//! Ticks are taken one by one, or as quiet runs: [`TickMerge::pass_quiet`] looks for the first loud
//! tick of all streams and passes what comes before it, stream by stream.

use crate::domain::tick::Tick;
use crate::domain::time::{NANOS_PER_MS, ServerMsc, Timestamp};
use crate::market::columns::TickColumns;
use crate::market::quiet::{PointBounds, Quiet, QuoteBounds, count_before};
use crate::market::run::Run;
use crate::session::ports::{PortError, RunReceiver, TickStream};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

/// A tick's place in the order: the server time, then the place of its stream.
type Place = (ServerMsc, usize);

const FIRST: Place = (ServerMsc(i64::MIN), 0);
const LAST: Place = (ServerMsc(i64::MAX), usize::MAX);

/// A stream that cannot be read any further.
#[derive(Debug)]
pub struct FailedStream {
    /// The stream's place among the streams, from 0.
    pub place: usize,
    /// The stream's error.
    pub source: PortError,
}

/// One stream with its current batch.
struct Source {
    stream: Box<dyn TickStream>,
    batch: TickColumns,
    /// How many ticks of the batch have been read.
    read: usize,
    ended: bool,
    lull: Lull,
}

/// How far the batch of a stream is known to be quiet.
struct Lull {
    quiet: Quiet,
    /// The bounds of `quiet` as the batch counts prices.
    bounds: PointBounds,
    /// The ticks before this place in the batch are quiet.
    until: usize,
    /// Whether the tick at `until` is known not to be quiet.
    is_bounded: bool,
    /// How many ticks are looked at next.
    stride: usize,
}

/// The fewest ticks that are looked at ahead, and the most. It begins with few, because what is
/// quiet may change soon.
const STRIDE_MIN: usize = 64;
const STRIDE_MAX: usize = 1_024;

impl Lull {
    fn new() -> Self {
        Self {
            quiet: Quiet::NEVER,
            bounds: PointBounds::new(QuoteBounds::NONE, 1),
            until: 0,
            is_bounded: false,
            stride: STRIDE_MIN,
        }
    }

    /// Begins anew at `read` in another batch.
    fn begin_batch(&mut self, batch: &TickColumns) {
        (self.until, self.is_bounded) = (0, false);
        self.bounds = PointBounds::new(self.quiet.quotes, batch.point_raw());
    }

    /// Takes a new answer, after what happened last. What is known stays known as far as it is the
    /// same.
    fn renew(&mut self, quiet: Quiet, batch: &TickColumns, read: usize) {
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
    fn look_ahead(&mut self, batch: &TickColumns, read: usize) {
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

impl Source {
    /// The server time of the next tick in the batch.
    #[inline]
    fn time(&self) -> Option<ServerMsc> {
        self.batch.time_at(self.read)
    }

    /// The time of the next tick, from the next batch when this one is used up.
    #[inline]
    fn peek(&mut self, place: usize) -> Result<Option<ServerMsc>, FailedStream> {
        if self.read == self.batch.len() && !self.ended {
            self.refill().map_err(|source| FailedStream { place, source })?;
        }
        Ok(self.time())
    }

    #[cold]
    fn refill(&mut self) -> Result<(), PortError> {
        self.batch.clear();
        self.read = 0;
        self.stream.next_batch(&mut self.batch)?;
        self.ended = self.batch.is_empty();
        self.lull.begin_batch(&self.batch);
        Ok(())
    }

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
    fn count_before(&self, place: usize, bound: Place) -> usize {
        let quiet = &self.batch.time_msc()[self.read..self.lull.until];
        let until = ServerMsc(bound.0.0.saturating_add(i64::from(place < bound.1)));
        count_before(quiet, until)
    }
}

/// Merged streams. It holds one batch of each.
pub struct TickMerge {
    sources: Vec<Source>,
    /// The source that is being read: its next tick is the earliest as long as it comes before
    /// `rival`.
    front: usize,
    /// The next tick of the earliest other source.
    rival: Place,
    /// The places of the next ticks of all other sources that have one. The ticks themselves stay in
    /// their batches.
    others: BinaryHeap<Reverse<Place>>,
    /// Whether `others` holds what is next: not after runs were passed.
    is_ordered: bool,
}

impl std::fmt::Debug for TickMerge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { sources, front, rival, .. } = self;
        write!(f, "TickMerge {{ streams: {}, front: {front}, rival: {rival:?} }}", sources.len())
    }
}

impl TickMerge {
    /// Merges streams. Ticks of the same time keep the order of `streams`.
    #[must_use]
    pub fn new(streams: Vec<Box<dyn TickStream>>) -> Self {
        let source = |stream| Source {
            stream,
            batch: TickColumns::default(),
            read: 0,
            ended: false,
            lull: Lull::new(),
        };
        let sources = streams.into_iter().map(source).collect();
        // Earlier than any tick, so that the first look visits all sources.
        let (front, rival, others) = (0, FIRST, BinaryHeap::new());
        Self { sources, front, rival, others, is_ordered: false }
    }

    /// The server time of the next tick of the stream that was read last, if its batch has one; it
    /// is the next tick of all when it comes before [`TickMerge::rival`].
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a part of the tick path: called, it costs as much again as it does"
    )]
    #[must_use]
    pub fn at_hand(&self) -> Option<ServerMsc> {
        self.sources.get(self.front)?.time()
    }

    /// The server time of the next tick of all; none after the last one.
    ///
    /// # Errors
    /// When a stream cannot be read.
    #[inline]
    pub fn peek(&mut self) -> Result<Option<ServerMsc>, FailedStream> {
        let front = self.front;
        let Some(source) = self.sources.get_mut(front) else { return Ok(None) };
        let next = source.peek(front)?.map_or(LAST, |time| (time, front));
        if next >= self.rival {
            self.choose_front(next)?;
        }
        Ok(self.at_hand())
    }

    /// Takes the tick whose time [`TickMerge::at_hand`] or [`TickMerge::peek`] has shown.
    ///
    /// # Panics
    /// If they have shown none.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a part of the tick path: called, it costs as much again as it does"
    )]
    pub fn take(&mut self) -> Tick {
        let source = &mut self.sources[self.front];
        let tick = source.batch.tick(source.read);
        source.read += 1;
        tick
    }

    /// The earliest tick of the streams that are not being read, as of the last
    /// [`TickMerge::peek`].
    #[inline]
    #[must_use]
    pub fn rival(&self) -> Option<ServerMsc> {
        (self.rival != LAST).then_some(self.rival.0)
    }

    /// The front source, whose next tick is `next`, is no longer the earliest: the earliest other
    /// one takes its place, if there is one. The first call looks at all sources.
    fn choose_front(&mut self, next: Place) -> Result<(), FailedStream> {
        if !self.is_ordered {
            return self.look_at_all();
        }
        let Some(mut earliest) = self.others.peek_mut() else { return Ok(()) };
        let Reverse((_, front)) = if next == LAST {
            PeekMut::pop(earliest)
        } else {
            let front = std::mem::replace(&mut *earliest, Reverse(next));
            // Only now the heap is in order again.
            drop(earliest);
            front
        };
        self.set_front(front);
        Ok(())
    }

    #[cold]
    fn look_at_all(&mut self) -> Result<(), FailedStream> {
        self.others.clear();
        for (place, source) in self.sources.iter_mut().enumerate() {
            self.others.extend(source.peek(place)?.map(|time| Reverse((time, place))));
        }
        let front = self.others.pop().map_or(0, |Reverse((_, place))| place);
        self.is_ordered = true;
        self.set_front(front);
        Ok(())
    }

    fn set_front(&mut self, front: usize) {
        self.front = front;
        self.rival = self.others.peek().map_or(LAST, |Reverse(place)| *place);
        assert!(self.rival != FIRST, "no tick is as early");
    }
}

/// What bounds the ticks that are passed as runs.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// Only ticks before this server time.
    pub until: ServerMsc,
    /// How far the server's clock is ahead of UTC at all these times.
    pub offset_ms: i64,
}

impl Window {
    fn to_utc(self, server: ServerMsc) -> Timestamp {
        Timestamp::from_nanos((server.0 - self.offset_ms) * NANOS_PER_MS)
    }
}

impl TickMerge {
    /// Makes sure that every stream that has not ended has a tick at hand, and returns the earliest
    /// server time of all.
    ///
    /// # Errors
    /// When a stream cannot be read.
    pub fn fill(&mut self) -> Result<Option<ServerMsc>, FailedStream> {
        let mut first = None;
        for (place, source) in self.sources.iter_mut().enumerate() {
            if let Some(time) = source.peek(place)? {
                first = Some(first.map_or(time, |first: ServerMsc| first.min(time)));
            }
        }
        Ok(first)
    }

    /// Asks `receiver` how far nothing can happen with each stream, after anything has happened.
    pub fn ask<R: RunReceiver>(&mut self, receiver: &R) {
        for source in self.sources.iter_mut().filter(|source| source.read < source.batch.len()) {
            source.lull.renew(receiver.quiet(source.batch.symbol()), &source.batch, source.read);
        }
    }

    /// Passes the ticks of all streams that come before the first one that may be loud, after
    /// [`TickMerge::fill`] and [`TickMerge::ask`]. Returns the server time of the last one; none
    /// when there is none to pass.
    ///
    /// # Errors
    /// That of the receiver.
    pub fn pass_quiet<R: RunReceiver>(
        &mut self,
        window: Window,
        receiver: &mut R,
    ) -> Result<Option<ServerMsc>, PortError> {
        let bound = self.quiet_bound(window.until);
        let mut last = None;
        for (place, source) in self.sources.iter_mut().enumerate() {
            if source.time().is_none_or(|time| (time, place) >= bound) {
                continue;
            }
            let until = source.read + source.count_before(place, bound);
            while source.read < until {
                let run = Run::of_minute(&source.batch, source.read, until);
                let (first_msc, last_msc) = run.span_msc();
                receiver.pass(&run, window.to_utc(first_msc), window.to_utc(last_msc))?;
                source.read += run.count();
                last = last.max(Some(last_msc));
            }
        }
        if last.is_some() {
            self.find_front();
        }
        Ok(last)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::amount::Price;
    use crate::domain::id::SymbolId;
    use proptest::prelude::*;

    /// Ticks in batches of two, so that every merge crosses the end of a batch; what fails does so
    /// after them.
    struct Ticks {
        ticks: std::collections::VecDeque<Tick>,
        fails: bool,
    }

    impl TickStream for Ticks {
        fn next_batch(&mut self, batch: &mut TickColumns) -> Result<(), PortError> {
            if self.fails && self.ticks.is_empty() {
                return Err("damaged".into());
            }
            let symbol = self.ticks.front().map_or(SymbolId(0), |tick| tick.symbol);
            batch.begin(symbol, Price::from_raw(1));
            self.ticks.drain(..self.ticks.len().min(2)).for_each(|tick| batch.push(&tick));
            Ok(())
        }
    }

    fn stream(symbol: u16, times: &[i64], fails: bool) -> Box<dyn TickStream> {
        let tick = |&ms: &i64| Tick {
            time_msc: ServerMsc(ms),
            symbol: SymbolId(symbol),
            bid: Price::from_raw(100 + ms),
            ask: Price::from_raw(100 + ms),
            ..Tick::default()
        };
        Box::new(Ticks { ticks: times.iter().map(tick).collect(), fails })
    }

    fn merge(streams: &[&[i64]]) -> TickMerge {
        TickMerge::new(
            streams.iter().zip(0..).map(|(times, symbol)| stream(symbol, times, false)).collect(),
        )
    }

    /// All ticks as time and stream.
    fn all(mut merge: TickMerge) -> Result<Vec<(i64, u16)>, FailedStream> {
        let mut ticks = Vec::new();
        while merge.peek()?.is_some() {
            let tick = merge.take();
            ticks.push((tick.time_msc.0, tick.symbol.0));
        }
        assert!(merge.peek()?.is_none() && merge.at_hand().is_none(), "the end lasts");
        Ok(ticks)
    }

    fn check(streams: &[&[i64]], expect: &str) {
        let words: Vec<String> = all(merge(streams))
            .unwrap()
            .into_iter()
            .map(|(ms, symbol)| format!("{ms}t{symbol}"))
            .collect();
        assert_eq!(words.join(" "), expect);
    }

    #[test]
    fn streams_merge_by_time_and_then_by_their_order() {
        check(&[&[1, 5, 5, 9], &[2, 5, 7], &[5, 9]], "1t0 2t1 5t0 5t0 5t1 5t2 7t1 9t0 9t2");
        check(&[&[], &[3, 4, 5]], "3t1 4t1 5t1");
        check(&[&[7], &[], &[7], &[6]], "6t3 7t0 7t2");
        check(&[&[]], "");
        check(&[], "");
    }

    #[test]
    fn what_is_at_hand_is_next_until_the_rival() {
        let mut merge = merge(&[&[1, 2, 9], &[5]]);
        assert!(merge.at_hand().is_none(), "nothing has been read yet");
        assert_eq!(merge.peek().unwrap().map(|time| time.0), Some(1));
        assert_eq!(merge.rival(), Some(ServerMsc(5)));
        merge.take();
        assert_eq!(merge.at_hand().map(|time| time.0), Some(2));
        merge.take();
        assert!(merge.at_hand().is_none(), "the batch is used up");
        assert_eq!(merge.peek().unwrap().map(|time| time.0), Some(5));
        assert_eq!(merge.rival(), Some(ServerMsc(9)));
        merge.take();
        assert_eq!(merge.peek().unwrap().map(|time| time.0), Some(9));
        assert_eq!(merge.rival(), None);
    }

    #[test]
    fn a_stream_that_fails_is_named_after_what_was_read_of_it() {
        let mut merge = TickMerge::new(vec![stream(0, &[1, 8], false), stream(1, &[2, 3], true)]);
        for expect in [1, 2, 3] {
            assert_eq!(merge.peek().unwrap().map(|time| time.0), Some(expect));
            merge.take();
        }
        let failed = merge.peek().unwrap_err();
        assert_eq!((failed.place, failed.source.to_string()), (1, "damaged".to_owned()));
    }

    proptest! {
        /// As if all ticks were sorted, stably, by time; and whatever is left out, the others keep
        /// their order.
        #[test]
        fn a_merge_is_a_sort(streams in prop::collection::vec(prop::collection::vec((0_i64..12, any::<bool>()), 0..9), 0..4)) {
            let mut sorted = streams;
            sorted.iter_mut().for_each(|times| times.sort_by_key(|(ms, _)| *ms));
            for heard in [false, true] {
                let times = |times: &Vec<(i64, bool)>| times.iter().filter(|tick| tick.1 || !heard).map(|tick| tick.0).collect::<Vec<_>>();
                let streams: Vec<Vec<i64>> = sorted.iter().map(times).collect();
                let mut expect: Vec<(i64, u16)> =
                    streams.iter().zip(0..).flat_map(|(times, symbol)| times.iter().map(move |ms| (*ms, symbol))).collect();
                expect.sort_by_key(|(ms, _)| *ms);
                let streams: Vec<&[i64]> = streams.iter().map(Vec::as_slice).collect();
                prop_assert_eq!(all(merge(&streams)).unwrap(), expect);
            }
        }

        /// Whatever is quiet, and however often it is asked: ticks come in one order, and no run
        /// holds a loud one.
        #[test]
        fn runs_are_what_comes_before_a_loud_tick(
            streams in prop::collection::vec(prop::collection::vec(0_i64..40, 0..30), 1..4),
            loud in prop::collection::btree_set(0_i64..40, 0..6),
            until in 0_i64..50,
        ) {
            let mut sorted = streams;
            sorted.iter_mut().for_each(|times| times.sort_unstable());
            let mut expect: Vec<(i64, u16)> =
                sorted.iter().zip(0..).flat_map(|(times, symbol)| times.iter().map(move |ms| (*ms, symbol))).collect();
            expect.sort_unstable();
            let slices: Vec<&[i64]> = sorted.iter().map(Vec::as_slice).collect();
            let mut merge = merge(&slices);
            let mut taken = Taken { loud, now: 0, all: Vec::new(), passed: 0 };
            let window = Window { until: ServerMsc(until), offset_ms: 0 };
            while merge.fill().unwrap().is_some() {
                merge.ask(&taken);
                while merge.pass_quiet(window, &mut taken).unwrap().is_some() {
                    taken.sort_passed();
                    merge.fill().unwrap();
                }
                if merge.peek().unwrap().is_some() {
                    let tick = merge.take();
                    taken.now = tick.time_msc.0;
                    taken.all.push((tick.time_msc.0, tick.symbol.0));
                    taken.passed = taken.all.len();
                }
            }
            prop_assert_eq!(taken.all, expect);
        }
    }

    /// Keeps what it takes. Ticks of some prices are loud.
    struct Taken {
        loud: std::collections::BTreeSet<i64>,
        now: i64,
        all: Vec<(i64, u16)>,
        /// How many are in their order.
        passed: usize,
    }

    impl Taken {
        fn sort_passed(&mut self) {
            self.all[self.passed..].sort_unstable();
            self.passed = self.all.len();
        }
    }

    impl RunReceiver for Taken {
        fn quiet(&self, symbol: SymbolId) -> Quiet {
            let next = self.loud.range(self.now + 1..).next().copied().unwrap_or(1_000);
            let loud = Price::from_raw(100 + next);
            if symbol == SymbolId(1) {
                return Quiet { until: ServerMsc(next), ..Quiet::EVER };
            }
            let quotes = QuoteBounds { bid_high: loud, ..QuoteBounds::UNBOUNDED };
            Quiet { quotes, ..Quiet::EVER }
        }

        fn pass(
            &mut self,
            run: &Run<'_>,
            first_at: Timestamp,
            last_at: Timestamp,
        ) -> Result<(), PortError> {
            assert_eq!(first_at.nanos(), run.first().time_msc.0 * NANOS_PER_MS);
            assert_eq!(last_at.nanos(), run.last().time_msc.0 * NANOS_PER_MS);
            for tick in run.iter() {
                assert!(!self.loud.contains(&tick.time_msc.0) || tick.time_msc.0 == self.now);
                self.all.push((tick.time_msc.0, tick.symbol.0));
            }
            Ok(())
        }
    }
}
