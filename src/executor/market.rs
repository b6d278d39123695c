//! The market as the core knows it: quotes by symbol, and feeds. A feed is the bars of one symbol and timeframe with
//! the indicators on them, shared by all strategies that watch them.

mod soundness;

use crate::domain::amount::Price;
use crate::domain::id::{DataId, SymbolId};
use crate::domain::symbol::SymbolSpec;
use crate::domain::tick::Tick;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::executor::event::Bars;
use crate::indicator::any::Indicator;
use crate::indicator::spec::{IndicatorSpec, LineSpec};
use crate::market::bar::{Bar, TickCursor};
use crate::market::builder::BarBuilder;
use crate::market::timeframe::Timeframe;
use crate::strategy::monitor::CrossMonitor;
use crate::strategy::rules::Direction;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// The number of ticks that a feed keeps while it waits for its history; beyond that it requests the history again.
const WAITING_TICKS_MAX: usize = 100_000;

/// What is known about a symbol.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SymbolState {
    /// The broker's name.
    pub name: String,
    /// The last sound specification; none until the broker sends one.
    pub spec: Option<SymbolSpec>,
    /// The last Bid; zero before the first quote.
    pub bid: Price,
    /// The last Ask; zero before the first quote.
    pub ask: Price,
    /// The last tick that was taken.
    pub cursor: TickCursor,
    /// When that tick came, by the executor's time.
    pub heard_at: Option<Timestamp>,
    /// The indices of its feeds that are in use.
    pub feeds: Vec<u16>,
    /// Whether a goal waits for the next quote.
    pub awaited: bool,
    /// Whether the broker has sent its specification since the process started, so that its quotes come.
    pub subscribed: bool,
    /// Whether the specification that was last reported makes no sense: no entries until a sound one comes.
    pub unsound: bool,
    /// When its last impossible tick came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flawed_at: Option<Timestamp>,
    /// A server time that ran too far ahead to be believed, and when it came: nothing believable has come since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    doubted: Option<(ServerMsc, Timestamp)>,
}

/// A tick may be so much further on than the time that has passed since the last one: clocks are set, news is held up.
const AHEAD_MSC: i64 = 2 * 3_600_000;
/// A time that is too far ahead is believed once nothing else has come for so long.
const DOUBT_MSC: u64 = 60_000;

/// The time after an impossible tick in which nothing is entered and no alert about the next one is raised, in
/// milliseconds.
const FLAWED_MSC: u64 = 60_000;

impl SymbolState {
    /// A symbol of which only the name is known.
    pub const fn new(name: String) -> Self {
        let cursor = TickCursor { time_msc: ServerMsc(0), count: 0 };
        Self {
            name,
            spec: None,
            bid: Price::ZERO,
            ask: Price::ZERO,
            cursor,
            heard_at: None,
            feeds: Vec::new(),
            awaited: false,
            subscribed: false,
            unsound: false,
            flawed_at: None,
            doubted: None,
        }
    }

    /// The latest time that is not far ahead of the last tick's.
    #[inline]
    pub const fn latest(&self) -> ServerMsc {
        ServerMsc(self.cursor.time_msc.0.wrapping_add(AHEAD_MSC))
    }

    /// Whether a time that is far ahead of the last tick's can be: it is the first, or as much time has passed, or for a
    /// while no other has come. One wrong time would keep every bar from closing until then.
    pub fn is_believable(&mut self, time_msc: ServerMsc, now: Timestamp) -> bool {
        let Some(heard) = self.heard_at else { return true };
        let passed_msc = (now.nanos() - heard.nanos()) / 1_000_000;
        if time_msc.0 - self.cursor.time_msc.0 <= passed_msc + AHEAD_MSC {
            return true;
        }
        let doubted = self.doubted.filter(|(doubted, at)| *at >= heard && *doubted <= time_msc);
        let (_, since) = *self.doubted.insert(doubted.unwrap_or((time_msc, now)));
        now >= since.plus_msc(DOUBT_MSC)
    }

    /// There is no quote until the next one comes.
    pub const fn forget_quote(&mut self) {
        (self.bid, self.ask) = (Price::ZERO, Price::ZERO);
    }

    /// Whether an impossible tick came less than [`FLAWED_MSC`] ago.
    pub fn is_flawed(&self, now: Timestamp) -> bool {
        self.flawed_at.is_some_and(|told| now < told.plus_msc(FLAWED_MSC))
    }

    /// Specification and quote, when both are known.
    pub fn quoted(&self) -> Option<(&SymbolSpec, Price, Price)> {
        let spec = self.spec.as_ref()?;
        (self.bid > Price::ZERO && self.ask > Price::ZERO).then_some((spec, self.bid, self.ask))
    }
}

/// The bars of one symbol and timeframe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Feed {
    /// The symbol of the bars, as its index in the session.
    pub symbol: SymbolId,
    /// The timeframe of the bars.
    pub timeframe: Timeframe,
    source: Source,
    /// The first question for bars since quotes were last missed: answers to earlier ones may tell of a time before that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asked_from: Option<DataId>,
    indicators: Vec<Shared>,
    /// The strategies that are evaluated on these bars.
    pub watchers: Vec<Watcher>,
    /// The last closed bars, oldest first, as many as were ever asked for.
    history: VecDeque<Bar>,
    history_asked: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Source {
    /// No strategy watches it.
    Idle,
    /// It has requested history, and keeps the ticks since then.
    Waiting { since: TickCursor, ticks: Vec<Tick> },
    /// It builds bars from ticks.
    Live(BarBuilder),
}

/// What the history that was asked for brings: bars that closed while it was missed, in order, and the ticks since then,
/// for the caller to push. None of these bars may make an entry.
#[derive(Debug, Default, PartialEq)]
pub struct Missed {
    /// The missed bars, oldest first.
    pub bars: Vec<Bar>,
    /// The ticks after those bars.
    pub ticks: Vec<Tick>,
}

/// An indicator that strategies share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Shared {
    spec: IndicatorSpec,
    indicator: Indicator,
    /// Bars that it has seen.
    bars: u32,
    /// Whether it has been fed the history.
    seeded: bool,
}

/// The part of a feed that one strategy watches: everything that an evaluation without a signal touches.
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
    /// Bars before the first that may signal.
    warmup_bars: u32,
    cross: CrossMonitor,
    primed: bool,
}

/// A line of an indicator of the feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct LineRef {
    /// Place of the indicator among those of the feed.
    shared: u16,
    /// Place of the line among those of the indicator.
    line: u8,
}

/// What one strategy sees on a closed bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// Fewer bars than the warm-up needs.
    WarmingUp,
    /// The lines did not cross.
    Nothing,
    /// The lines crossed, to this side.
    Cross(crate::domain::order::Side),
}

/// What a feed needs from the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Nothing: it has what it needs.
    Nothing,
    /// This number of closed bars.
    Bars(u32),
}

impl Feed {
    /// An idle one.
    pub const fn new(symbol: SymbolId, timeframe: Timeframe) -> Self {
        Self {
            symbol,
            timeframe,
            source: Source::Idle,
            asked_from: None,
            indicators: Vec::new(),
            watchers: Vec::new(),
            history: VecDeque::new(),
            history_asked: 0,
        }
    }

    /// Lets the strategy in `slot` watch the crossing of two lines.
    pub fn watch(&mut self, slot: u32, lines: (LineSpec, LineSpec), direction: Direction, warmup_bars: u32, cursor: TickCursor) -> Need {
        let (fast, slow) = (self.share(lines.0), self.share(lines.1));
        self.watchers.push(Watcher { slot, fast, slow, direction, warmup_bars, cross: CrossMonitor::default(), primed: false });
        let bars = warmup_bars.max(lines.0.warmup_bars()).max(lines.1.warmup_bars());
        self.want(bars, cursor)
    }

    /// Turns the watcher of the strategy in `slot` to other lines, from the present bar on.
    pub fn rewatch(&mut self, slot: u32, lines: (LineSpec, LineSpec), direction: Direction, warmup_bars: u32) {
        let (fast, slow) = (self.share(lines.0), self.share(lines.1));
        let watcher = self.watchers.iter_mut().find(|watcher| watcher.slot == slot).expect("what runs watches its feed");
        if (watcher.fast, watcher.slow) != (fast, slow) {
            (watcher.cross, watcher.primed) = (CrossMonitor::default(), false);
        }
        (watcher.fast, watcher.slow) = (fast, slow);
        (watcher.direction, watcher.warmup_bars) = (direction, warmup_bars);
        self.prime();
    }

    /// Makes sure that the lines of coming rules have their history before the rules hold.
    pub fn prepare(&mut self, lines: (LineSpec, LineSpec), warmup_bars: u32, cursor: TickCursor) -> Need {
        self.share(lines.0);
        self.share(lines.1);
        self.want(warmup_bars.max(lines.0.warmup_bars()).max(lines.1.warmup_bars()), cursor)
    }

    fn share(&mut self, line: LineSpec) -> LineRef {
        let spec = line.indicator();
        let place = self.indicators.iter().position(|shared| shared.spec == spec).unwrap_or_else(|| {
            self.indicators.push(Shared { spec, indicator: Indicator::new(spec), bars: 0, seeded: false });
            self.indicators.len() - 1
        });
        let shared = u16::try_from(place).unwrap_or(u16::MAX);
        LineRef { shared, line: u8::try_from(line.place()).unwrap_or(u8::MAX) }
    }

    fn want(&mut self, bars: u32, cursor: TickCursor) -> Need {
        let enough = self.history_asked >= bars;
        self.history_asked = self.history_asked.max(bars);
        match self.source {
            Source::Live(_) if enough => {
                self.seed();
                Need::Nothing
            }
            Source::Waiting { .. } if enough => Need::Nothing,
            Source::Live(_) | Source::Waiting { .. } => Need::Bars(self.history_asked),
            Source::Idle => {
                self.source = Source::Waiting { since: cursor, ticks: Vec::new() };
                Need::Bars(self.history_asked)
            }
        }
    }

    /// Quotes may have been missed: the bars since the last closed one are needed before it runs on, and what was asked
    /// before is void.
    pub fn reopen(&mut self, cursor: TickCursor) -> Need {
        self.asked_from = None;
        if self.source != Source::Idle {
            self.source = Source::Waiting { since: cursor, ticks: Vec::new() };
        }
        self.missing()
    }

    /// Its indicators begin anew from other bars: there is a hole behind those that they have seen.
    fn begin_anew(&mut self) {
        self.history.clear();
        for shared in &mut self.indicators {
            *shared = Shared { spec: shared.spec, indicator: Indicator::new(shared.spec), bars: 0, seeded: false };
        }
        for watcher in &mut self.watchers {
            (watcher.cross, watcher.primed) = (CrossMonitor::default(), false);
        }
    }

    /// A question for its bars leaves.
    pub fn asks(&mut self, id: DataId) {
        self.asked_from.get_or_insert(id);
    }

    /// Whether an answer is one to a question that still counts.
    pub fn awaits(&self, id: DataId) -> bool {
        self.asked_from.is_some_and(|first| id >= first)
    }

    /// The request to repeat after a lost link, if an answer is still missing.
    pub fn missing(&self) -> Need {
        match self.source {
            Source::Waiting { .. } => Need::Bars(self.history_asked),
            Source::Live(_) if self.indicators.iter().any(|shared| !shared.seeded) => Need::Bars(self.history_asked),
            _ => Need::Nothing,
        }
    }

    /// Ends a strategy's watch; the last one to leave lets the feed rest.
    pub fn unwatch(&mut self, slot: u32) {
        self.watchers.retain(|watcher| watcher.slot != slot);
        if self.watchers.is_empty() {
            *self = Self::new(self.symbol, self.timeframe);
        }
    }

    /// Takes a tick and returns the bar that it closes, if any.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a part of the tick path: called, it costs as much again as it does")]
    pub fn push_tick(&mut self, tick: &Tick, cursor: TickCursor) -> Option<Bar> {
        match &mut self.source {
            Source::Live(builder) => builder.push_tick(tick),
            Source::Waiting { since, ticks } => {
                wait_with(tick, cursor, since, ticks);
                None
            }
            Source::Idle => None,
        }
    }

    /// Takes the history that was asked for; gives what was missed meanwhile. It goes on waiting when ticks between are lost.
    /// Indicators never run over a hole: where the history does not reach back to the last bar that they have
    /// seen, they begin anew with it.
    pub fn take_history(&mut self, bars: &Bars, point: Price) -> Missed {
        match std::mem::replace(&mut self.source, Source::Idle) {
            Source::Idle => Missed::default(),
            Source::Live(builder) => {
                self.source = Source::Live(builder);
                let known_from = self.history.front().map(|bar| bar.time_msc);
                let forming_msc = bars.forming.map(|bar| bar.time_msc);
                let older = |bar: &&Bar| known_from.or(forming_msc).is_none_or(|from| bar.time_msc < from);
                bars.closed.iter().rev().filter(older).for_each(|bar| self.history.push_front(*bar));
                self.seed();
                Missed::default()
            }
            Source::Waiting { since, ticks } if bars.as_of < since => {
                self.source = Source::Waiting { since, ticks };
                Missed::default()
            }
            Source::Waiting { since, ticks } => {
                let last = self.history.back().map(|bar| bar.time_msc);
                let joins = last.is_some_and(|last| bars.closed.iter().any(|bar| bar.time_msc == last));
                let missed: Vec<Bar> = if joins {
                    bars.closed.iter().filter(|bar| Some(bar.time_msc) > last).copied().collect()
                } else {
                    self.begin_anew();
                    self.history = bars.closed.iter().copied().collect();
                    Vec::new()
                };
                self.trim();
                self.source = Source::Live(BarBuilder::resume(self.timeframe, point, bars.forming, bars.as_of.time_msc));
                self.seed();
                let mut cursor = since;
                let later = |tick: &Tick| {
                    cursor = cursor.after(tick.time_msc);
                    cursor > bars.as_of
                };
                Missed { bars: missed, ticks: ticks.into_iter().filter(later).collect() }
            }
        }
    }

    fn trim(&mut self) {
        while self.history.len() > self.history_asked as usize {
            self.history.pop_front();
        }
    }

    /// Feeds the history to what has not seen it, and lets new watchers see where their lines stand.
    fn seed(&mut self) {
        for shared in self.indicators.iter_mut().filter(|shared| !shared.seeded) {
            self.history.iter().for_each(|bar| shared.push(bar));
            shared.seeded = true;
        }
        self.prime();
    }

    fn prime(&mut self) {
        for watcher in self.watchers.iter_mut().filter(|watcher| !watcher.primed) {
            let (fast, slow) = (watcher.fast.at(&self.indicators), watcher.slow.at(&self.indicators));
            if fast.seeded && slow.seeded {
                watcher.primed = true;
                if let (Some(fast), Some(slow)) = (watcher.fast.value(fast), watcher.slow.value(slow)) {
                    watcher.cross.push(fast, slow);
                }
            }
        }
    }

    /// Takes a bar that has closed into history and indicators.
    pub fn take_bar(&mut self, bar: &Bar) {
        self.history.push_back(*bar);
        self.trim();
        self.indicators.iter_mut().filter(|shared| shared.seeded).for_each(|shared| shared.push(bar));
    }

    /// What the watcher at `place` sees after [`Self::take_bar`].
    #[inline]
    pub fn look(&mut self, place: usize) -> Sight {
        let watcher = &mut self.watchers[place];
        let (fast, slow) = (watcher.fast.at(&self.indicators), watcher.slow.at(&self.indicators));
        let (Some(fast_value), Some(slow_value)) = (watcher.fast.value(fast), watcher.slow.value(slow)) else {
            return Sight::WarmingUp;
        };
        if !watcher.primed {
            return Sight::WarmingUp;
        }
        let cross = watcher.cross.push(fast_value, slow_value);
        if fast.bars.min(slow.bars) <= watcher.warmup_bars {
            return Sight::WarmingUp;
        }
        cross.map_or(Sight::Nothing, Sight::Cross)
    }

    /// The bar that is not closed yet.
    pub const fn forming(&self) -> Option<&Bar> {
        match &self.source {
            Source::Live(builder) => builder.forming(),
            _ => None,
        }
    }

    /// Bars that both lines of the strategy in `slot` have seen.
    pub fn bars_seen(&self, slot: u32) -> u32 {
        let Some(watcher) = self.watchers.iter().find(|watcher| watcher.slot == slot) else { return 0 };
        watcher.fast.at(&self.indicators).bars.min(watcher.slow.at(&self.indicators).bars)
    }

    /// The values of the lines that the strategy in `slot` watches.
    pub fn operands(&self, slot: u32) -> Vec<(String, Option<f64>)> {
        let Some(watcher) = self.watchers.iter().find(|watcher| watcher.slot == slot) else { return Vec::new() };
        let named = |eye: LineRef| {
            let shared = eye.at(&self.indicators);
            let name = shared.spec.lines().nth(usize::from(eye.line)).map(|line| line.to_string());
            (name.unwrap_or_default(), eye.value(shared))
        };
        vec![named(watcher.fast), named(watcher.slow)]
    }
}

/// Keeps a tick that comes before the history; where there are too many, the history must be asked for again.
#[cold]
fn wait_with(tick: &Tick, cursor: TickCursor, since: &mut TickCursor, ticks: &mut Vec<Tick>) {
    if ticks.len() == WAITING_TICKS_MAX {
        ticks.clear();
        *since = cursor;
    } else {
        ticks.push(*tick);
    }
}

impl LineRef {
    fn at(self, indicators: &[Shared]) -> &Shared {
        &indicators[usize::from(self.shared)]
    }

    fn value(self, shared: &Shared) -> Option<f64> {
        shared.indicator.value_at(usize::from(self.line))
    }
}

impl Shared {
    fn push(&mut self, bar: &Bar) {
        self.indicator.push(bar);
        self.bars = self.bars.saturating_add(1);
    }
}
