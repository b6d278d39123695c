//! What strategies watch on the bars of one symbol and timeframe: indicators that they share, and
//! either the crossing of two lines once both are warm, or conditions ([`evaluator`]) of any kind. Strategies
//! that watch the same lines share their [`pair`], too, as long as all that earlier bars have left
//! of it is the same.
//!
//! Conditions may read lines on other bars, too: there the strategy is a reader, and is evaluated
//! only on its own. The caller brings the values together.
//!
//! It keeps no bars and knows nothing of symbols, ticks or gaps: the caller passes the bars in
//! order, and says when they start anew. Start with [`Watch::add`] and [`Watch::evaluate`].

pub mod evaluator;
mod pair;
mod shared;
mod written;

use crate::domain::flaw::{Checked, Flaw, each, must};
use crate::domain::order::Side;
use crate::indicator::spec::LineSpec;
use crate::market::bar::Bar;
use crate::strategy::condition::LineAt;
use crate::strategy::program::Program;
use crate::strategy::rules::{Direction, IndicatorCross};
use evaluator::Evaluator;
use pair::{Pair, PairState};
use serde::{Deserialize, Serialize};
use shared::SharedIndicator;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use written::{WrittenProgram, WrittenWatch, WrittenWatcher};

pub use shared::LineRef;

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
/// use tickdeck::strategy::watch::{CrossOutcome, Watch, Watched};
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
/// let Some(Watched::Crossing(crossing)) = watch.watched(0) else { panic!("it was added") };
/// let outcomes = [10, 9, 8, 12].into_iter().zip(1..).map(|(price, minute)| {
///     watch.take_bar(&bar(minute, price));
///     watch.evaluate(crossing)
/// });
/// let expected = [CrossOutcome::WarmingUp, CrossOutcome::WarmingUp, CrossOutcome::NoCross, CrossOutcome::Cross(Side::Buy)];
/// assert!(outcomes.eq(expected));
/// ```
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "WrittenWatch", into = "WrittenWatch")]
pub struct Watch {
    indicators: Vec<SharedIndicator>,
    pairs: Vec<Pair>,
    programs: Vec<Evaluator>,
    watchers: Vec<Watcher>,
    /// The strategies that read lines here and are evaluated on other bars.
    readers: BTreeSet<u32>,
}

/// Which watchers share a pair says nothing, only what each of them watches.
impl PartialEq for Watch {
    fn eq(&self, other: &Self) -> bool {
        self.indicators == other.indicators
            && self.readers == other.readers
            && self.written().eq(other.written())
            && self.written_programs().eq(other.written_programs())
    }
}

/// What one strategy watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watcher {
    /// The slot of the strategy.
    pub slot: u32,
    /// What it watches.
    pub what: Watched,
}

/// What is watched, by its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watched {
    /// The crossing of two lines.
    Crossing(Crossing),
    /// Conditions, by their place among those on these bars.
    Conditions(u32),
}

/// A crossing that is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crossing {
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
    /// Whether there is room for so many more lines. Indicators stay as long as anything is watched
    /// or read.
    #[must_use]
    pub const fn has_room(&self, lines: usize) -> bool {
        self.indicators.len() + lines <= INDICATORS_MAX
    }

    /// Lets the strategy in `slot` watch a crossing. It warms up until the next [`Self::seed`].
    ///
    /// # Panics
    /// If there is no [room](Self::has_room) for its lines.
    pub fn add(&mut self, slot: u32, cross: &IndicatorCross, warmup_bars: u32) {
        let what = self.crossing(cross, warmup_bars);
        self.watchers.push(Watcher { slot, what });
    }

    /// Lets the strategy in `slot` watch conditions, whose lines here are computed by now
    /// ([`Self::line`]).
    pub fn add_conditions(&mut self, slot: u32, conditions: Evaluator) {
        let what = self.conditions(conditions);
        self.watchers.push(Watcher { slot, what });
    }

    fn crossing(&mut self, cross: &IndicatorCross, warmup_bars: u32) -> Watched {
        let (fast, slow) = (self.own_line(cross.fast), self.own_line(cross.slow));
        let pair = self.pair(Pair::new(PairState::new(fast, slow)));
        Watched::Crossing(Crossing { pair, direction: cross.direction, warmup_bars })
    }

    /// The place of a pair of its own.
    fn pair(&mut self, pair: Pair) -> u32 {
        self.pairs.push(pair);
        u32::try_from(self.pairs.len() - 1).expect("no executor runs so many strategies")
    }

    fn conditions(&mut self, conditions: Evaluator) -> Watched {
        self.programs.push(conditions);
        let place = self.programs.len() - 1;
        Watched::Conditions(u32::try_from(place).expect("no executor runs so many strategies"))
    }

    /// Lets watchers share the pairs that have come to the same state, and drops those that nothing
    /// watches any more.
    fn share_pairs(&mut self) {
        let mut places = BTreeMap::new();
        let mut pairs = Vec::new();
        let crossings = self.watchers.iter_mut().filter_map(|watcher| match &mut watcher.what {
            Watched::Crossing(crossing) => Some(crossing),
            Watched::Conditions(_) => None,
        });
        for crossing in crossings {
            let pair = self.pairs[crossing.pair as usize];
            crossing.pair = *places.entry(pair.state).or_insert_with(|| {
                pairs.push(pair);
                u32::try_from(pairs.len() - 1).expect("there are no more than before")
            });
        }
        self.pairs = pairs;
    }

    /// Changes the crossing that the strategy in `slot` watches, from the present bar on. Lines
    /// that are not [prepared](Self::prepare) and seeded warm up from here.
    ///
    /// # Panics
    /// If the strategy watches nothing here, or there is no [room](Self::has_room) for its lines.
    pub fn change(&mut self, slot: u32, cross: &IndicatorCross, warmup_bars: u32) {
        let (fast, slow) = (self.own_line(cross.fast), self.own_line(cross.slow));
        let place = self.place_of(slot).expect("what runs watches its bars");
        match &mut self.watchers[place].what {
            Watched::Crossing(crossing) => {
                (crossing.direction, crossing.warmup_bars) = (cross.direction, warmup_bars);
                let (before, pair) = (self.pairs[crossing.pair as usize].state, crossing.pair);
                if (before.fast, before.slow) != (fast, slow) {
                    let pair = self.pair(Pair::new(PairState::new(fast, slow)));
                    let direction = cross.direction;
                    self.watchers[place].what =
                        Watched::Crossing(Crossing { pair, direction, warmup_bars });
                }
                debug_assert!((pair as usize) < self.pairs.len());
            }
            Watched::Conditions(_) => {
                self.forget_conditions(place);
                self.watchers[place].what = self.crossing(cross, warmup_bars);
            }
        }
        self.prime();
    }

    /// Changes what the strategy in `slot` watches to conditions, from the present bar on.
    ///
    /// # Panics
    /// If the strategy watches nothing here.
    pub fn change_to_conditions(&mut self, slot: u32, conditions: Evaluator) {
        let place = self.place_of(slot).expect("what runs watches its bars");
        match self.watchers[place].what {
            Watched::Conditions(own) => self.programs[own as usize] = conditions,
            Watched::Crossing(_) => self.watchers[place].what = self.conditions(conditions),
        }
        self.share_pairs();
    }

    /// Drops the conditions of the watcher at `place`, which will watch something else.
    fn forget_conditions(&mut self, place: usize) {
        let Watched::Conditions(gone) = self.watchers[place].what else { return };
        self.programs.remove(gone as usize);
        for watcher in &mut self.watchers {
            match &mut watcher.what {
                Watched::Conditions(own) if *own > gone => *own -= 1,
                _ => {}
            }
        }
    }

    fn place_of(&self, slot: u32) -> Option<usize> {
        self.watchers.iter().position(|watcher| watcher.slot == slot)
    }

    /// Computes the lines of a crossing that will be watched: from the next [`Self::seed`] on they
    /// are warm.
    ///
    /// # Panics
    /// If there is no [room](Self::has_room) for them.
    pub fn prepare(&mut self, cross: &IndicatorCross) {
        self.own_line(cross.fast);
        self.own_line(cross.slow);
    }

    fn own_line(&mut self, line: LineSpec) -> LineRef {
        self.line(&LineAt::own(line))
    }

    /// Computes a line on these bars, and says where it is: from the next [`Self::seed`] on it is
    /// warm.
    ///
    /// # Panics
    /// If there is no [room](Self::has_room) for it.
    pub fn line(&mut self, wanted: &LineAt) -> LineRef {
        let (spec, bars_ago) = (wanted.line.indicator(), wanted.bars_ago);
        let is_it = |shared: &SharedIndicator| shared.spec == spec && shared.bars_ago == bars_ago;
        let place = self.indicators.iter().position(is_it).unwrap_or_else(|| {
            self.indicators.push(SharedIndicator::new(spec, bars_ago));
            self.indicators.len() - 1
        });
        let shared = u16::try_from(place).expect("there is room for its lines");
        let line = u8::try_from(wanted.line.place()).expect("an indicator has few lines");
        LineRef { shared, line }
    }

    /// The value of a line; none until it is defined.
    #[inline]
    #[must_use]
    pub fn value(&self, line: LineRef) -> Option<f64> {
        line.value(&self.indicators)
    }

    /// Puts the values that the lines of conditions on these bars, which are number `feed`, would
    /// have if a bar closed now into their places.
    pub fn peek(&self, feed: u16, place: u32, bar: &Bar, values: &mut [Option<f64>]) {
        let links = self.programs[place as usize].links();
        for (value, link) in values.iter_mut().zip(links).filter(|(_, link)| link.feed == feed) {
            let mut shared = link.line.at(&self.indicators).clone();
            shared.push(bar);
            *value = shared.value(usize::from(link.line.line));
        }
    }

    /// The number of bars that a line has seen.
    #[inline]
    #[must_use]
    pub fn bars(&self, line: LineRef) -> u32 {
        line.at(&self.indicators).bars
    }

    /// The number of bars that must close before a line may be acted on.
    #[must_use]
    pub fn warmup_bars(&self, line: LineRef) -> u32 {
        let shared = line.at(&self.indicators);
        shared.spec.warmup_bars() + shared.bars_ago
    }

    /// Whether a line has been fed the history.
    #[must_use]
    pub fn has_history(&self, line: LineRef) -> bool {
        line.at(&self.indicators).seeded
    }

    /// Lets the strategy in `slot` read lines here, though it is evaluated on other bars.
    pub fn add_reader(&mut self, slot: u32) {
        self.readers.insert(slot);
    }

    /// Ends the reading of the strategy in `slot`.
    pub fn remove_reader(&mut self, slot: u32) {
        self.readers.remove(&slot);
    }

    /// The strategies that read lines here and are evaluated on other bars.
    #[must_use]
    pub const fn readers(&self) -> &BTreeSet<u32> {
        &self.readers
    }

    /// Whether no strategy watches or reads anything here.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.watchers.is_empty() && self.readers.is_empty()
    }

    /// The conditions of strategies that are evaluated on these bars.
    #[must_use]
    pub fn all_conditions(&self) -> &[Evaluator] {
        &self.programs
    }

    /// The conditions at `place`, to be evaluated.
    ///
    /// # Panics
    /// If there are none.
    pub fn conditions_mut(&mut self, place: u32) -> &mut Evaluator {
        &mut self.programs[place as usize]
    }

    /// What the strategy in `slot` watches here.
    #[must_use]
    pub fn watched(&self, slot: u32) -> Option<Watched> {
        Some(self.watchers[self.place_of(slot)?].what)
    }

    /// Ends the watch of the strategy in `slot`, and its reading.
    pub fn remove(&mut self, slot: u32) {
        self.readers.remove(&slot);
        let Some(place) = self.place_of(slot) else { return };
        self.forget_conditions(place);
        self.watchers.remove(place);
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
        for shared in &mut self.indicators {
            *shared = SharedIndicator::new(shared.spec, shared.bars_ago);
        }
        for pair in &mut self.pairs {
            *pair = Pair::new(PairState::new(pair.state.fast, pair.state.slow));
        }
        self.programs.iter_mut().for_each(Evaluator::begin_anew);
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

    /// What the bar just [taken](Self::take_bar) means for a crossing.
    #[inline]
    #[must_use]
    pub fn evaluate(&self, crossing: Crossing) -> CrossOutcome {
        let pair = &self.pairs[crossing.pair as usize];
        if !pair.is_warm(crossing.warmup_bars) {
            return CrossOutcome::WarmingUp;
        }
        pair.crossed.map_or(CrossOutcome::NoCross, CrossOutcome::Cross)
    }

    /// The lines of a crossing.
    #[must_use]
    pub fn lines_of(&self, crossing: Crossing) -> [LineRef; 2] {
        let PairState { fast, slow, .. } = self.pairs[crossing.pair as usize].state;
        [fast, slow]
    }

    /// The name of a line, such as `EMA_20`.
    #[must_use]
    pub fn name(&self, line: LineRef) -> String {
        line.spec(line.at(&self.indicators)).to_string()
    }
}

impl Watch {
    /// What each strategy with a crossing watches.
    fn written(&self) -> impl Iterator<Item = WrittenWatcher> {
        self.watchers.iter().filter_map(|&Watcher { slot, what }| {
            let Watched::Crossing(crossing) = what else { return None };
            let PairState { fast, slow, cross, primed } = self.pairs[crossing.pair as usize].state;
            let Crossing { direction, warmup_bars, .. } = crossing;
            Some(WrittenWatcher { slot, fast, slow, direction, warmup_bars, cross, primed })
        })
    }

    /// What each strategy with conditions watches, and its place among all.
    fn written_programs(&self) -> impl Iterator<Item = WrittenProgram> {
        self.watchers.iter().enumerate().filter_map(|(place, &Watcher { slot, what })| {
            let Watched::Conditions(own) = what else { return None };
            let conditions = self.programs[own as usize].written();
            Some(WrittenProgram { place, slot, conditions })
        })
    }
}

impl From<Watch> for WrittenWatch {
    fn from(watch: Watch) -> Self {
        Self {
            watchers: watch.written().collect(),
            programs: watch.written_programs().collect(),
            indicators: watch.indicators,
            readers: watch.readers,
        }
    }
}

impl From<WrittenWatch> for Watch {
    fn from(written: WrittenWatch) -> Self {
        let WrittenWatch { indicators, watchers, programs, readers } = written;
        let mut watch = Self { indicators, readers, ..Self::default() };
        for watcher in watchers {
            let WrittenWatcher { slot, fast, slow, direction, warmup_bars, cross, primed } =
                watcher;
            let pair = watch.pair(Pair::new(PairState { fast, slow, cross, primed }));
            let what = Watched::Crossing(Crossing { pair, direction, warmup_bars });
            watch.watchers.push(Watcher { slot, what });
        }
        for WrittenProgram { place, slot, conditions } in programs {
            let what = watch.conditions(Evaluator::read(conditions));
            let place = place.min(watch.watchers.len());
            watch.watchers.insert(place, Watcher { slot, what });
        }
        watch.share_pairs();
        watch
    }
}

impl Watch {
    /// Gives the conditions of the strategy in `slot` of a state that was read their program again.
    ///
    /// # Errors
    /// When they are not those of a strategy with this program.
    pub fn resume(&mut self, slot: u32, program: Program) -> Checked {
        let place = self.place_of(slot).map(|place| self.watchers[place].what);
        let Some(Watched::Conditions(own)) = place else {
            return Err(Flaw::of("programs", "must have one for each strategy with conditions"));
        };
        let fits = self.programs[own as usize].resume(program);
        must(fits, "programs", "must be those of the strategies' rules")
    }
}

impl Watch {
    /// Checks a watch that was read; `runs` tells whether a slot has a strategy.
    ///
    /// # Errors
    /// The first field with an impossible value.
    pub fn check(&self, runs: impl Fn(u32) -> bool) -> Checked {
        must(self.indicators.len() <= INDICATORS_MAX, "indicators", "are numbered by 16 bits")?;
        each("indicators", (0_usize..).zip(&self.indicators), SharedIndicator::check)?;
        each("watchers", (0_usize..).zip(&self.watchers), |watcher| {
            must(runs(watcher.slot), "slot", "must be that of a strategy that runs")?;
            match watcher.what {
                Watched::Crossing(crossing) => {
                    self.pairs[crossing.pair as usize].state.check(&self.indicators)
                }
                Watched::Conditions(_) => Ok(()),
            }
        })?;
        must(
            self.readers.iter().all(|&slot| runs(slot)),
            "readers",
            "must be slots of strategies that run",
        )
    }

    /// Whether a line is one of those that are computed here.
    #[must_use]
    pub fn has_line(&self, line: LineRef, wanted: &LineAt) -> bool {
        let shared = self.indicators.get(usize::from(line.shared));
        shared.is_some_and(|shared| {
            shared.spec == wanted.line.indicator() && shared.bars_ago == wanted.bars_ago
        }) && usize::from(line.line) == wanted.line.place()
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
