//! What strategies watch on the bars of one symbol and timeframe: indicators that they share and,
//! for each strategy, the crossing of two lines once both are warm.
//!
//! It keeps no bars and knows nothing of symbols, ticks or gaps: the caller passes the bars in
//! order, and says when they start anew. Start with [`Watch::add`] and [`Watch::evaluate`].

use crate::domain::flaw::{Checked, Flaw, each, must};
use crate::domain::order::Side;
use crate::indicator::any::Indicator;
use crate::indicator::spec::{IndicatorSpec, LineSpec};
use crate::market::bar::Bar;
use crate::strategy::monitor::CrossMonitor;
use crate::strategy::rules::{Direction, IndicatorCross};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

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
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Watch {
    indicators: Vec<SharedIndicator>,
    watchers: Vec<Watcher>,
}

/// An indicator shared by strategies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct SharedIndicator {
    spec: IndicatorSpec,
    indicator: Indicator,
    /// The number of bars that it has seen.
    bars: u32,
    /// Whether it has been fed the history.
    seeded: bool,
}

/// What one strategy watches, including everything that an evaluation without a signal needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watcher {
    /// The slot of the strategy.
    pub slot: u32,
    /// The line that crosses.
    fast: LineRef,
    /// The line that is crossed.
    slow: LineRef,
    /// The crossings on which the strategy enters.
    pub direction: Direction,
    /// The number of bars before the first one that may signal.
    warmup_bars: u32,
    cross: CrossMonitor,
    /// Whether the monitor knows the side of the lines at the end of the history.
    primed: bool,
}

/// A line of a shared indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct LineRef {
    /// The index of the indicator among the shared ones.
    shared: u16,
    /// The index of the line in the indicator.
    line: u8,
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
        let (direction, cross) = (cross.direction, CrossMonitor::default());
        self.watchers.push(Watcher {
            slot,
            fast,
            slow,
            direction,
            warmup_bars,
            cross,
            primed: false,
        });
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
        if (watcher.fast, watcher.slow) != (fast, slow) {
            watcher.begin_anew();
        }
        (watcher.fast, watcher.slow) = (fast, slow);
        (watcher.direction, watcher.warmup_bars) = (cross.direction, warmup_bars);
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
        self.watchers.iter_mut().for_each(Watcher::begin_anew);
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
        for watcher in self.watchers.iter_mut().filter(|watcher| !watcher.primed) {
            let (fast, slow) =
                (watcher.fast.at(&self.indicators), watcher.slow.at(&self.indicators));
            if fast.seeded && slow.seeded {
                watcher.primed = true;
                if let (Some(fast), Some(slow)) =
                    (watcher.fast.value(fast), watcher.slow.value(slow))
                {
                    watcher.cross.push(fast, slow);
                }
            }
        }
    }

    /// Feeds a closed bar to the indicators. Those that still wait for the history will get it from
    /// there.
    #[inline]
    pub fn take_bar(&mut self, bar: &Bar) {
        self.indicators
            .iter_mut()
            .filter(|shared| shared.seeded)
            .for_each(|shared| shared.push(bar));
    }

    /// What the bar just [taken](Self::take_bar) means for the watcher at `place`. To be called
    /// once for each bar, because a crossing is found by comparison with the side at the bar
    /// before.
    ///
    /// # Panics
    /// If there is no watcher at `place`.
    #[inline]
    pub fn evaluate(&mut self, place: usize) -> CrossOutcome {
        let watcher = &mut self.watchers[place];
        let (fast, slow) = (watcher.fast.at(&self.indicators), watcher.slow.at(&self.indicators));
        let (Some(fast_value), Some(slow_value)) =
            (watcher.fast.value(fast), watcher.slow.value(slow))
        else {
            return CrossOutcome::WarmingUp;
        };
        if !watcher.primed {
            return CrossOutcome::WarmingUp;
        }
        let cross = watcher.cross.push(fast_value, slow_value);
        if fast.bars.min(slow.bars) <= watcher.warmup_bars {
            return CrossOutcome::WarmingUp;
        }
        cross.map_or(CrossOutcome::NoCross, CrossOutcome::Cross)
    }

    /// The number of bars that both lines of the strategy in `slot` have seen; 0 when it watches
    /// nothing.
    #[must_use]
    pub fn bars_seen(&self, slot: u32) -> u32 {
        let Some(watcher) = self.watcher_of(slot) else { return 0 };
        watcher.fast.at(&self.indicators).bars.min(watcher.slow.at(&self.indicators).bars)
    }

    /// The lines that the strategy in `slot` watches, with their values; none when it watches
    /// nothing.
    #[must_use]
    pub fn operands(&self, slot: u32) -> Vec<(String, Option<f64>)> {
        let Some(watcher) = self.watcher_of(slot) else { return Vec::new() };
        let named = |line: LineRef| {
            let shared = line.at(&self.indicators);
            (line.spec(shared).to_string(), line.value(shared))
        };
        vec![named(watcher.fast), named(watcher.slow)]
    }

    fn watcher_of(&self, slot: u32) -> Option<&Watcher> {
        self.watchers.iter().find(|watcher| watcher.slot == slot)
    }
}

impl SharedIndicator {
    fn new(spec: IndicatorSpec) -> Self {
        Self { spec, indicator: Indicator::new(spec), bars: 0, seeded: false }
    }

    fn push(&mut self, bar: &Bar) {
        self.indicator.push(bar);
        // Far beyond every warm-up the exact number does not matter.
        self.bars = self.bars.saturating_add(1);
    }
}

impl Watcher {
    fn begin_anew(&mut self) {
        (self.cross, self.primed) = (CrossMonitor::default(), false);
    }
}

impl LineRef {
    fn at(self, indicators: &[SharedIndicator]) -> &SharedIndicator {
        &indicators[usize::from(self.shared)]
    }

    fn spec(self, shared: &SharedIndicator) -> LineSpec {
        shared.spec.lines().nth(usize::from(self.line)).expect("it is a line of its indicator")
    }

    fn value(self, shared: &SharedIndicator) -> Option<f64> {
        shared.indicator.value_at(usize::from(self.line))
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
            watcher.check(&self.indicators)
        })
    }
}

impl Watcher {
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
mod tests {
    use super::*;

    #[test]
    fn the_last_number_is_given_and_none_beyond_it() {
        let spec = |text: &str| text.parse::<LineSpec>().unwrap().indicator();
        let mut watch = Watch {
            indicators: vec![SharedIndicator::new(spec("SMA_2")); INDICATORS_MAX - 2],
            watchers: Vec::new(),
        };
        assert!(watch.has_room());
        let cross = IndicatorCross {
            fast: "EMA_3".parse().unwrap(),
            slow: "EMA_4".parse().unwrap(),
            direction: Direction::Both,
        };
        watch.add(0, &cross, 4);
        assert_eq!(
            (watch.watchers()[0].fast.shared, watch.watchers()[0].slow.shared),
            (u16::MAX - 1, u16::MAX)
        );
        assert!(!watch.has_room());
    }
}
