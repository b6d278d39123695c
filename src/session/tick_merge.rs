//! Ticks of several streams in one order: by server time, then by the order of the streams.
//!
//! Server times never go back within a stream, so leaving ticks out does not change the order of
//! the others: the ticks that the executor saw in a session are merged again in the same order. UTC
//! plays no part, because it can go back where the server's clock is set forward.
//!
//! Ticks are taken one by one, or as quiet runs ([`passing`]), as far as they are known to be quiet
//! (`lull`).

mod lull;
pub mod passing;

use crate::domain::tick::Tick;
use crate::domain::time::ServerMsc;
use crate::market::columns::TickColumns;
use crate::session::ports::{PortError, TickStream};
use lull::Lull;
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
    /// Whether the batch is new since [`TickMerge::pass_quiet`] looked at it.
    is_new: bool,
    lull: Lull,
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
        self.is_new = true;
        self.lull.begin_batch(&self.batch);
        Ok(())
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
    /// How many of the next calls of [`TickMerge::pass_quiet`] pass nothing, because a loud tick is
    /// near.
    one_by_one: u64,
}

impl std::fmt::Debug for TickMerge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { sources, front, rival, .. } = self;
        write!(f, "TickMerge {{ streams: {}, front: {front}, rival: {rival:?} }}", sources.len())
    }
}

impl TickMerge {
    /// Merges streams, one for each symbol. Ticks of the same time keep the order of `streams`.
    #[must_use]
    pub fn new(streams: Vec<Box<dyn TickStream>>) -> Self {
        let source = |stream| Source {
            stream,
            batch: TickColumns::default(),
            read: 0,
            ended: false,
            is_new: false,
            lull: Lull::new(),
        };
        let sources = streams.into_iter().map(source).collect();
        // Earlier than any tick, so that the first look visits all sources.
        let (front, rival, others) = (0, FIRST, BinaryHeap::new());
        Self { sources, front, rival, others, is_ordered: false, one_by_one: 0 }
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

#[cfg(test)]
mod tests {
    use super::passing::Stretch;
    use super::*;
    use crate::domain::amount::Price;
    use crate::domain::id::SymbolId;
    use crate::domain::time::{NANOS_PER_MS, Timestamp};
    use crate::domain::zone::ServerZone;
    use crate::market::quiet::{Quiet, QuoteBounds};
    use crate::market::run::Run;
    use crate::session::ports::RunReceiver;
    use proptest::prelude::*;

    /// Ticks in small batches, so that every merge crosses the end of a batch; what fails does so
    /// after them.
    struct Ticks {
        left: std::collections::VecDeque<Tick>,
        batch: usize,
        fails: bool,
    }

    impl TickStream for Ticks {
        fn next_batch(&mut self, batch: &mut TickColumns) -> Result<(), PortError> {
            if self.fails && self.left.is_empty() {
                return Err("damaged".into());
            }
            let symbol = self.left.front().map_or(SymbolId(0), |tick| tick.symbol);
            batch.begin(symbol, Price::from_raw(1));
            self.left.drain(..self.left.len().min(self.batch)).for_each(|tick| batch.push(&tick));
            Ok(())
        }
    }

    fn stream(symbol: u16, times: &[i64], batch: usize, fails: bool) -> Box<dyn TickStream> {
        let tick = |&ms: &i64| Tick {
            time_msc: ServerMsc(ms),
            symbol: SymbolId(symbol),
            bid: Price::from_raw(100 + ms),
            ask: Price::from_raw(100 + ms),
            ..Tick::default()
        };
        Box::new(Ticks { left: times.iter().map(tick).collect(), batch, fails })
    }

    fn merge(streams: &[&[i64]]) -> TickMerge {
        merge_batches(streams, 2)
    }

    fn merge_batches(streams: &[&[i64]], batch: usize) -> TickMerge {
        let stream = |(times, symbol): (&&[i64], u16)| stream(symbol, times, batch, false);
        TickMerge::new(streams.iter().zip(0..).map(stream).collect())
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
        let mut merge =
            TickMerge::new(vec![stream(0, &[1, 8], 2, false), stream(1, &[2, 3], 2, true)]);
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
            ticks_max in 1_u64..20,
            batch in 1_usize..30,
        ) {
            let mut sorted = streams;
            sorted.iter_mut().for_each(|times| times.sort_unstable());
            let mut expect: Vec<(i64, u16)> =
                sorted.iter().zip(0..).flat_map(|(times, symbol)| times.iter().map(move |ms| (*ms, symbol))).collect();
            expect.sort_unstable();
            let slices: Vec<&[i64]> = sorted.iter().map(Vec::as_slice).collect();
            let mut merge = merge_batches(&slices, batch);
            let mut taken = Taken { loud, now: 0, all: Vec::new(), passed: 0 };
            let (mut zone, until) = (ServerZone::utc(), Timestamp::from_nanos(until * NANOS_PER_MS));
            loop {
                let now = Timestamp::from_nanos(taken.now * NANOS_PER_MS);
                let before = taken.all.len() as u64;
                let stretch = Stretch { now, until, ticks_max: Some(ticks_max) };
                if let Some(passage) = merge.pass_quiet(stretch, &mut zone, &mut taken).unwrap() {
                    prop_assert_eq!(passage.ticks, taken.all.len() as u64 - before);
                    prop_assert!(passage.ticks <= ticks_max && passage.last_at < until);
                    taken.sort_passed();
                    taken.now = passage.last_at.nanos() / NANOS_PER_MS;
                }
                if merge.peek().unwrap().is_none() {
                    break;
                }
                let tick = merge.take();
                taken.now = tick.time_msc.0;
                taken.all.push((tick.time_msc.0, tick.symbol.0));
                taken.passed = taken.all.len();
            }
            prop_assert_eq!(taken.all, expect);
        }
    }

    /// How all ticks of two streams are taken: how many as runs, and which one by one, as time and
    /// stream.
    fn passed(loud: &[i64]) -> (u64, String) {
        let times: Vec<i64> = (1..60).collect();
        let mut merge = merge_batches(&[&times, &[30, 31]], 100);
        let (loud, mut words) = (loud.iter().copied().collect(), Vec::new());
        let mut taken = Taken { loud, now: 0, all: Vec::new(), passed: 0 };
        let (mut zone, mut runs) = (ServerZone::utc(), 0);
        loop {
            let now = Timestamp::from_nanos(taken.now * NANOS_PER_MS);
            let stretch = Stretch { now, until: Timestamp::from_nanos(i64::MAX), ticks_max: None };
            if let Some(passage) = merge.pass_quiet(stretch, &mut zone, &mut taken).unwrap() {
                runs += passage.ticks;
                taken.now = passage.last_at.nanos() / NANOS_PER_MS;
            }
            if merge.peek().unwrap().is_none() {
                return (runs, words.join(" "));
            }
            let tick = merge.take();
            taken.now = tick.time_msc.0;
            words.push(format!("{}t{}", tick.time_msc.0, tick.symbol.0));
        }
    }

    #[test]
    fn few_ticks_before_a_loud_one_are_taken_one_by_one() {
        assert_eq!(passed(&[]), (61, String::new()));
        // The first of two loud ones ends a run; two ticks before the other are no run.
        assert_eq!(passed(&[10, 13]), (57, "10t0 11t0 12t0 13t0".to_owned()));
        // Three are.
        assert_eq!(passed(&[10, 14]), (59, "10t0 14t0".to_owned()));
        // A loud tick of a stream with few ticks is far, until it is near.
        assert_eq!(passed(&[31]), (59, "31t0 31t1".to_owned()));
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
                assert!(!self.loud.contains(&tick.time_msc.0) || tick.time_msc.0 <= self.now);
                self.all.push((tick.time_msc.0, tick.symbol.0));
            }
            Ok(())
        }
    }
}
