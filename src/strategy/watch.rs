//! What strategies watch on the bars of one symbol and timeframe: indicators that they share, and
//! the crossing of two lines once both are warm. Strategies that watch the same lines share their
//! [`pair`], too, as long as all that earlier bars have left of it is the same.
//!
//! It keeps no bars and knows nothing of symbols, ticks or gaps: the caller passes the bars in
//! order, and says when they start anew. Start with [`Watch::add`] and [`Watch::evaluate`].

mod pair;
mod shared;
mod written;

use crate::domain::flaw::{Checked, Flaw, each, must};
use crate::domain::order::Side;
use crate::indicator::spec::LineSpec;
use crate::market::bar::Bar;
use crate::strategy::rules::{Direction, IndicatorCross};
use pair::{Pair, PairState};
use serde::{Deserialize, Serialize};
use shared::{LineRef, SharedIndicator};
use std::collections::{BTreeMap, VecDeque};
use written::{WrittenWatch, WrittenWatcher};

/// The largest number of shared indicators: they are numbered by 16 bits.
const INDICATORS_MAX: usize = 1 << 16;

/// The indicators and the strategies on the bars of one symbol and timeframe.
///
/// ```
/// # use std::collections::VecDeque;
/// use tickdeck::domain::order::Side;
/// use tickdeck::indicator::spec::LineSpec;
/// # use tickdeck::domain::amount::{Points, Price};
/// # use tickdeck::domain::time::ServerMsc;
/// use tickdeck::market::bar::Bar;
/// use tickdeck::strategy::rules::{Direction, IndicatorCross};
/// use tickdeck::strategy::watch::{CrossOutcome, Watch};
///
/// # let bar = |minute: i64, price: i64| {
/// #     let price = Price::from_raw(price * 1_000_000_000);
/// #     let (time_msc, spread) = (ServerMsc(minute * 60_000), Points(0));
/// #     Bar { time_msc, open: price, high: price, low: price, close: price, tick_volume: 1, spread, real_volume: 0 }
/// # };
/// let line = |text: &str| text.parse::<LineSpec>().unwrap();
/// let cross = IndicatorCross { fast: line("SMA_1"), slow: line("SMA_2"), direction: Direction::Both };
/// let mut watch = Watch::default();
/// watch.add(0, &cross, 2);
/// watch.seed(&VecDeque::new()); // no history: it begins with the first bar
/// let outcomes = [10, 9, 8, 12].into_iter().zip(1..).map(|(price, minute)| {
///     watch.take_bar(&bar(minute, price));
///     watch.evaluate(0)
/// });
/// let expected = [CrossOutcome::WarmingUp, CrossOutcome::WarmingUp, CrossOutcome::NoCross, CrossOutcome::Cross(Side::Buy)];
/// assert!(outcomes.eq(expected));
/// ```
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "WrittenWatch", into = "WrittenWatch")]
pub struct Watch {
    indicators: Vec<SharedIndicator>,
    pairs: Vec<Pair>,
    watchers: Vec<Watcher>,
}

/// Which watchers share a pair says nothing, only what each of them watches.
impl PartialEq for Watch {
    fn eq(&self, other: &Self) -> bool {
        self.indicators == other.indicators && self.written().eq(other.written())
    }
}

/// What one strategy watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watcher {
    /// The slot of the strategy.
    pub slot: u32,
    /// The index of its pair of lines.
    pair: u32,
    /// The crossings on which the strategy enters.
    pub direction: Direction,
    /// The number of bars before the first one that may signal.
    warmup_bars: u32,
}

/// What a closed bar means for one strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrossOutcome {
    /// Fewer bars have closed than the warm-up needs.
    WarmingUp,
    /// The lines did not cross.
    NoCross,
    /// The lines crossed, to this side.
    Cross(Side),
}

impl Watch {
    /// Whether there is room for the lines of one more crossing. Indicators stay as long as
    /// anything is watched.
    #[must_use]
    pub const fn has_room(&self) -> bool {
        self.indicators.len() + 2 <= INDICATORS_MAX
    }

    /// Lets the strategy in `slot` watch a crossing. It warms up until the next [`Self::seed`].
    ///
    /// # Panics
    /// If there is no [room](Self::has_room) for its lines.
    pub fn add(&mut self, slot: u32, cross: &IndicatorCross, warmup_bars: u32) {
        let (fast, slow) = (self.share(cross.fast), self.share(cross.slow));
        let direction = cross.direction;
        let pair = Pair::new(PairState::new(fast, slow));
        self.push(pair, |pair| Watcher { slot, pair, direction, warmup_bars });
    }

    /// Adds a watcher with a pair of its own.
    fn push(&mut self, pair: Pair, watcher: impl FnOnce(u32) -> Watcher) {
        let place = u32::try_from(self.pairs.len()).expect("no executor runs so many strategies");
        self.pairs.push(pair);
        self.watchers.push(watcher(place));
    }

    /// Lets watchers share the pairs that have come to the same state, and drops those that nothing
    /// watches any more.
    fn share_pairs(&mut self) {
        let mut places = BTreeMap::new();
        let mut pairs = Vec::new();
        for watcher in &mut self.watchers {
            let pair = self.pairs[watcher.pair as usize];
            watcher.pair = *places.entry(pair.state).or_insert_with(|| {
                pairs.push(pair);
                u32::try_from(pairs.len() - 1).expect("there are no more than before")
            });
        }
        self.pairs = pairs;
    }

    fn pair_of(&self, watcher: Watcher) -> &Pair {
        &self.pairs[watcher.pair as usize]
    }

    /// Changes the crossing that the strategy in `slot` watches, from the present bar on. Lines
    /// that are not [prepared](Self::prepare) and seeded warm up from here.
    ///
    /// # Panics
    /// If the strategy watches nothing here, or there is no [room](Self::has_room) for its lines.
    pub fn change(&mut self, slot: u32, cross: &IndicatorCross, warmup_bars: u32) {
        let (fast, slow) = (self.share(cross.fast), self.share(cross.slow));
        let watcher = self
            .watchers
            .iter_mut()
            .find(|watcher| watcher.slot == slot)
            .expect("what runs watches its bars");
        (watcher.direction, watcher.warmup_bars) = (cross.direction, warmup_bars);
        let before = self.pairs[watcher.pair as usize].state;
        if (before.fast, before.slow) != (fast, slow) {
            watcher.pair = u32::try_from(self.pairs.len()).expect("it was one of fewer");
            self.pairs.push(Pair::new(PairState::new(fast, slow)));
        }
        self.prime();
    }

    /// Computes the lines of a crossing that will be watched: from the next [`Self::seed`] on they
    /// are warm.
    ///
    /// # Panics
    /// If there is no [room](Self::has_room) for them.
    pub fn prepare(&mut self, cross: &IndicatorCross) {
        self.share(cross.fast);
        self.share(cross.slow);
    }

    fn share(&mut self, line: LineSpec) -> LineRef {
        let spec = line.indicator();
        let place =
            self.indicators.iter().position(|shared| shared.spec == spec).unwrap_or_else(|| {
                self.indicators.push(SharedIndicator::new(spec));
                self.indicators.len() - 1
            });
        let shared = u16::try_from(place).expect("there is room for its lines");
        LineRef { shared, line: u8::try_from(line.place()).expect("an indicator has few lines") }
    }

    /// Ends the watch of the strategy in `slot`.
    pub fn remove(&mut self, slot: u32) {
        self.watchers.retain(|watcher| watcher.slot != slot);
        self.share_pairs();
    }

    /// The strategies that are evaluated on these bars.
    #[inline]
    #[must_use]
    pub fn watchers(&self) -> &[Watcher] {
        &self.watchers
    }

    /// Starts anew with other bars, after a hole in the series.
    pub fn begin_anew(&mut self) {
        self.indicators.iter_mut().for_each(|shared| *shared = SharedIndicator::new(shared.spec));
        for pair in &mut self.pairs {
            *pair = Pair::new(PairState::new(pair.state.fast, pair.state.slow));
        }
        self.share_pairs();
    }

    /// Whether every indicator has been fed the history.
    #[must_use]
    pub fn is_seeded(&self) -> bool {
        self.indicators.iter().all(|shared| shared.seeded)
    }

    /// Feeds the history, oldest bar first, to the indicators that have not seen it, and sets the
    /// side of the lines for new watchers.
    pub fn seed(&mut self, history: &VecDeque<Bar>) {
        for shared in self.indicators.iter_mut().filter(|shared| !shared.seeded) {
            history.iter().for_each(|bar| shared.push(bar));
            shared.seeded = true;
        }
        self.prime();
    }

    fn prime(&mut self) {
        self.pairs.iter_mut().for_each(|pair| pair.prime(&self.indicators));
        self.share_pairs();
    }

    /// Feeds a closed bar to the indicators, and compares the lines of every pair. To be called
    /// once for each bar, because a crossing is found by comparison with the side at the bar
    /// before. Indicators that still wait for the history will get the bar from there.
    #[inline]
    pub fn take_bar(&mut self, bar: &Bar) {
        self.indicators
            .iter_mut()
            .filter(|shared| shared.seeded)
            .for_each(|shared| shared.push(bar));
        self.pairs.iter_mut().for_each(|pair| pair.judge(&self.indicators));
    }

    /// What the bar just [taken](Self::take_bar) means for the watcher at `place`.
    ///
    /// # Panics
    /// If there is no watcher at `place`.
    #[inline]
    #[must_use]
    pub fn evaluate(&self, place: usize) -> CrossOutcome {
        let watcher = self.watchers[place];
        let pair = self.pair_of(watcher);
        if !pair.is_warm(watcher.warmup_bars) {
            return CrossOutcome::WarmingUp;
        }
        pair.crossed.map_or(CrossOutcome::NoCross, CrossOutcome::Cross)
    }

    /// The number of bars that both lines of the strategy in `slot` have seen; 0 when it watches
    /// nothing.
    #[must_use]
    pub fn bars_seen(&self, slot: u32) -> u32 {
        let Some(PairState { fast, slow, .. }) = self.lines_of(slot) else { return 0 };
        fast.at(&self.indicators).bars.min(slow.at(&self.indicators).bars)
    }

    /// The lines that the strategy in `slot` watches, with their values; none when it watches
    /// nothing.
    #[must_use]
    pub fn operands(&self, slot: u32) -> Vec<(String, Option<f64>)> {
        let Some(PairState { fast, slow, .. }) = self.lines_of(slot) else { return Vec::new() };
        let named = |line: LineRef| {
            let shared = line.at(&self.indicators);
            (line.spec(shared).to_string(), line.value(&self.indicators))
        };
        vec![named(fast), named(slow)]
    }

    fn lines_of(&self, slot: u32) -> Option<PairState> {
        let watcher = self.watchers.iter().find(|watcher| watcher.slot == slot)?;
        Some(self.pair_of(*watcher).state)
    }
}

impl Watch {
    /// What each strategy watches.
    fn written(&self) -> impl Iterator<Item = WrittenWatcher> {
        self.watchers.iter().map(|&watcher| {
            let PairState { fast, slow, cross, primed } = self.pair_of(watcher).state;
            let Watcher { slot, direction, warmup_bars, .. } = watcher;
            WrittenWatcher { slot, fast, slow, direction, warmup_bars, cross, primed }
        })
    }
}

impl From<Watch> for WrittenWatch {
    fn from(watch: Watch) -> Self {
        Self { watchers: watch.written().collect(), indicators: watch.indicators }
    }
}

impl From<WrittenWatch> for Watch {
    fn from(written: WrittenWatch) -> Self {
        let mut watch = Self { indicators: written.indicators, ..Self::default() };
        for watcher in written.watchers {
            let WrittenWatcher { slot, fast, slow, direction, warmup_bars, cross, primed } =
                watcher;
            let pair = Pair::new(PairState { fast, slow, cross, primed });
            watch.push(pair, |pair| Watcher { slot, pair, direction, warmup_bars });
        }
        watch.share_pairs();
        watch
    }
}

impl Watch {
    /// Checks a watch that was read; `runs` tells whether a slot has a strategy.
    ///
    /// # Errors
    /// The first field with an impossible value.
    pub fn check(&self, runs: impl Fn(u32) -> bool) -> Checked {
        must(self.indicators.len() <= INDICATORS_MAX, "indicators", "are numbered by 16 bits")?;
        let indicator = |shared: &SharedIndicator| {
            shared.indicator.check(shared.spec).map_err(|flaw| flaw.under("indicator"))
        };
        each("indicators", (0_usize..).zip(&self.indicators), indicator)?;
        each("watchers", (0_usize..).zip(&self.watchers), |watcher| {
            must(runs(watcher.slot), "slot", "must be that of a strategy that runs")?;
            self.pair_of(*watcher).state.check(&self.indicators)
        })
    }
}

impl PairState {
    fn check(&self, indicators: &[SharedIndicator]) -> Checked {
        let line = |field: &str, LineRef { shared, line }: LineRef| {
            let place = usize::from(shared);
            let Some(shared) = indicators.get(place) else {
                return Err(Flaw::of(
                    format!("{field}.shared"),
                    format!("must be below {}: there are no more indicators", indicators.len()),
                ));
            };
            let lines = shared.spec.lines().count();
            must(
                usize::from(line) < lines,
                &format!("{field}.line"),
                &format!("must be below {lines}: the indicator has no more lines"),
            )
        };
        line("fast", self.fast)?;
        line("slow", self.slow)
    }
}

#[cfg(test)]
mod tests;
