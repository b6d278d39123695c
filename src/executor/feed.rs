//! The bars of one symbol and timeframe: built from ticks, or awaited while their history is
//! requested, and joined across the gaps. [`Watch`] tells what strategies watch on them.

use crate::domain::amount::Price;
use crate::domain::flaw::{Checked, Flaw, each, must};
use crate::domain::id::{DataId, SymbolId};
use crate::domain::tick::Tick;
use crate::domain::time::ServerMsc;
use crate::executor::bounds::Bounds;
use crate::executor::event::{Bars, SERVER_MSC_LAST, bar_flaw, is_quoted};
use crate::executor::symbol_state::check_cursor;
use crate::market::bar::{Bar, TickCursor};
use crate::market::builder::BarBuilder;
use crate::market::run::Run;
use crate::market::timeframe::Timeframe;
use crate::strategy::rules::IndicatorCross;
use crate::strategy::watch::Watch;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// The number of ticks that a feed keeps while it waits for its history; beyond that it requests
/// the history again.
const WAITING_TICKS_MAX: usize = 100_000;

/// The bars of one symbol and timeframe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Feed {
    /// The symbol of the bars, as its index in the session.
    pub symbol: SymbolId,
    /// The timeframe of the bars.
    pub timeframe: Timeframe,
    source: Source,
    /// The first request for bars since quotes were last missed. Answers to earlier ones may
    /// describe a time before that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asked_from: Option<DataId>,
    /// What strategies watch on the closed bars.
    pub watch: Watch,
    /// The last closed bars, oldest first, as many as any strategy has asked for.
    history: VecDeque<Bar>,
    history_asked: u32,
    /// Whether more history than before was requested and has not come: what is there by now is too
    /// short for whoever asked for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    deepens: bool,
    /// Whether a limit on the account looks at the closed bars, whatever strategies do.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_kept: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Source {
    /// No strategy watches the feed.
    Idle,
    /// The feed has requested history, and keeps the ticks since then.
    Waiting { since: TickCursor, ticks: Vec<Tick> },
    /// The feed builds bars from ticks.
    Live(BarBuilder),
}

/// What a requested history brings: the missed bars in order, and the ticks since then, for the
/// caller to push. None of these bars may cause an entry.
#[derive(Debug, Default, PartialEq)]
pub struct Missed {
    /// The missed bars, oldest first.
    pub bars: Vec<Bar>,
    /// The ticks after those bars.
    pub ticks: Vec<Tick>,
    /// Whether the history does not reach back to the bars before it: indicators began anew.
    pub begun_anew: bool,
}

/// What a feed needs from the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Nothing: the feed has what it needs.
    Nothing,
    /// This number of closed bars.
    Bars(u32),
}

impl Feed {
    /// A feed that nothing watches.
    pub fn new(symbol: SymbolId, timeframe: Timeframe) -> Self {
        Self {
            symbol,
            timeframe,
            source: Source::Idle,
            asked_from: None,
            watch: Watch::default(),
            history: VecDeque::new(),
            history_asked: 0,
            deepens: false,
            is_kept: false,
        }
    }

    /// Lets the strategy in `slot` watch a crossing.
    pub fn watch(
        &mut self,
        slot: u32,
        cross: &IndicatorCross,
        warmup_bars: u32,
        cursor: TickCursor,
    ) -> Need {
        self.watch.add(slot, cross, warmup_bars);
        self.want(warmup_bars.max(cross.warmup_bars()), cursor)
    }

    /// Makes sure that the lines of pending rules have their history before the rules hold.
    pub fn prepare(
        &mut self,
        cross: &IndicatorCross,
        warmup_bars: u32,
        cursor: TickCursor,
    ) -> Need {
        self.watch.prepare(cross);
        self.want(warmup_bars.max(cross.warmup_bars()), cursor)
    }

    /// Makes sure that the feed has so many closed bars, for the lines that are computed on them.
    pub fn want(&mut self, bars: u32, cursor: TickCursor) -> Need {
        let enough = self.history_asked >= bars;
        self.history_asked = self.history_asked.max(bars);
        match self.source {
            Source::Live(_) if enough && !self.deepens => {
                self.watch.seed(&self.history);
                Need::Nothing
            }
            Source::Waiting { .. } if enough => Need::Nothing,
            Source::Live(_) => {
                self.deepens = true;
                Need::Bars(self.history_asked)
            }
            Source::Waiting { .. } => Need::Bars(self.history_asked),
            Source::Idle => {
                self.source = Source::Waiting { since: cursor, ticks: Vec::new() };
                Need::Bars(self.history_asked)
            }
        }
    }

    /// Quotes may have been missed: the feed needs the bars since its last closed one before it
    /// continues, and earlier requests are void.
    pub fn reopen(&mut self, cursor: TickCursor) -> Need {
        self.asked_from = None;
        if self.source != Source::Idle {
            self.source = Source::Waiting { since: cursor, ticks: Vec::new() };
        }
        self.missing()
    }

    /// A request for the feed's bars has been sent.
    pub fn asks(&mut self, id: DataId) {
        self.asked_from.get_or_insert(id);
    }

    /// Whether an answer belongs to a request that still counts.
    pub fn awaits(&self, id: DataId) -> bool {
        self.asked_from.is_some_and(|first| id >= first)
    }

    /// The request to repeat after a lost link, if an answer is still missing.
    pub fn missing(&self) -> Need {
        match self.source {
            Source::Waiting { .. } => Need::Bars(self.history_asked),
            Source::Live(_) if !self.watch.is_seeded() => Need::Bars(self.history_asked),
            _ => Need::Nothing,
        }
    }

    /// Ends a strategy's watch. After the last one the feed is idle.
    pub fn unwatch(&mut self, slot: u32) {
        self.watch.remove(slot);
        self.rest();
    }

    /// Ends a strategy's reading of lines.
    pub fn unread(&mut self, slot: u32) {
        self.watch.remove_reader(slot);
        self.rest();
    }

    /// Keeps so many closed bars, whatever strategies watch.
    pub fn keep(&mut self, bars: u32, cursor: TickCursor) -> Need {
        self.is_kept = true;
        self.want(bars, cursor)
    }

    /// Keeps bars for strategies only.
    pub fn keep_no_more(&mut self) {
        self.is_kept = false;
        self.rest();
    }

    /// Whether nothing needs its bars.
    pub fn is_idle(&self) -> bool {
        self.watch.is_idle() && !self.is_kept
    }

    fn rest(&mut self) {
        if self.is_idle() {
            *self = Self::new(self.symbol, self.timeframe);
        }
    }

    /// Whether it builds bars from ticks, and lacks none of them.
    #[inline]
    pub const fn is_live(&self) -> bool {
        matches!(self.source, Source::Live(_))
    }

    /// Takes a tick and returns the bar that it closes, if any.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a part of the tick path: called, it costs as much again as it does"
    )]
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

    /// From which server time on a tick may do more than change the forming bar.
    #[inline]
    pub const fn quiet_until(&self) -> ServerMsc {
        match &self.source {
            Source::Live(builder) => builder.end_msc(),
            // Each tick is kept.
            Source::Waiting { .. } => ServerMsc(i64::MIN),
            Source::Idle => ServerMsc(i64::MAX),
        }
    }

    /// Takes a run that ends before [`Self::quiet_until`].
    #[inline]
    pub fn push_run(&mut self, run: &Run<'_>) {
        if let Source::Live(builder) = &mut self.source {
            let closed = builder.push_run(run);
            assert!(closed.is_none(), "a quiet run closes no bar");
        }
    }

    /// Takes the requested history and returns what was missed meanwhile. The feed goes on waiting
    /// when ticks in between are lost. Indicators never run over a hole: where the history does not
    /// reach back to the last bar that they have seen, they start anew with it.
    pub fn take_history(&mut self, bars: &Bars, point: Price) -> Missed {
        self.deepens = false;
        match std::mem::replace(&mut self.source, Source::Idle) {
            Source::Idle => Missed::default(),
            Source::Live(builder) => {
                self.source = Source::Live(builder);
                let known_from = self.history.front().map(|bar| bar.time_msc);
                let forming_msc = bars.forming.map(|bar| bar.time_msc);
                let older =
                    |bar: &&Bar| known_from.or(forming_msc).is_none_or(|from| bar.time_msc < from);
                bars.closed
                    .iter()
                    .rev()
                    .filter(older)
                    .for_each(|bar| self.history.push_front(*bar));
                self.watch.seed(&self.history);
                Missed::default()
            }
            Source::Waiting { since, ticks } if bars.as_of < since => {
                self.source = Source::Waiting { since, ticks };
                Missed::default()
            }
            Source::Waiting { since, ticks } => {
                let last = self.history.back().map(|bar| bar.time_msc);
                let joins =
                    last.is_some_and(|last| bars.closed.iter().any(|bar| bar.time_msc == last));
                let missed: Vec<Bar> = if joins {
                    bars.closed.iter().filter(|bar| Some(bar.time_msc) > last).copied().collect()
                } else {
                    self.watch.begin_anew();
                    self.history = bars.closed.iter().copied().collect();
                    Vec::new()
                };
                self.trim();
                self.source = Source::Live(BarBuilder::resume(
                    self.timeframe,
                    point,
                    bars.forming,
                    bars.as_of.time_msc,
                ));
                self.watch.seed(&self.history);
                let mut cursor = since;
                let later = |tick: &Tick| {
                    cursor = cursor.after(tick.time_msc);
                    cursor > bars.as_of
                };
                let ticks = ticks.into_iter().filter(later).collect();
                Missed { bars: missed, ticks, begun_anew: !joins }
            }
        }
    }

    fn trim(&mut self) {
        while self.history.len() > self.history_asked as usize {
            self.history.pop_front();
        }
    }

    /// Adds a closed bar to history and indicators.
    pub fn take_bar(&mut self, bar: &Bar) {
        self.history.push_back(*bar);
        self.trim();
        self.watch.take_bar(bar);
    }

    /// The last closed bars, at most so many, oldest first; none while bars are being read.
    pub fn last_closed(&self, count: usize) -> impl Iterator<Item = &Bar> + Clone {
        let count = if self.is_live() { count } else { 0 };
        self.history.iter().skip(self.history.len().saturating_sub(count))
    }

    /// The forming bar's open time; without one, the earliest at which the next bar can begin.
    pub fn begun_msc(&self) -> Option<ServerMsc> {
        let next_msc = || self.history.back().map(|bar| self.timeframe.span(bar.time_msc).1);
        self.forming().map(|bar| bar.time_msc).or_else(next_msc)
    }

    /// The bar that is not closed yet.
    pub const fn forming(&self) -> Option<&Bar> {
        match &self.source {
            Source::Live(builder) => builder.forming(),
            _ => None,
        }
    }
}

/// Keeps a tick that came before the history. With too many of them, the history must be requested
/// again.
#[cold]
fn wait_with(tick: &Tick, cursor: TickCursor, since: &mut TickCursor, ticks: &mut Vec<Tick>) {
    if ticks.len() == WAITING_TICKS_MAX {
        ticks.clear();
        *since = cursor;
    } else {
        ticks.push(*tick);
    }
}

impl Feed {
    /// Checks a feed that was read; `runs` tells whether a slot has a strategy.
    ///
    /// # Errors
    /// The first field with an impossible value.
    pub fn check(&self, bounds: Bounds, runs: impl Fn(u32) -> bool) -> Checked {
        bounds.symbol("symbol", self.symbol)?;
        self.watch.check(runs).map_err(|flaw| flaw.under("watch"))?;
        each("history", (0_usize..).zip(&self.history), sound_bar)?;
        self.check_source(bounds).map_err(|flaw| flaw.under("source"))
    }

    fn check_source(&self, bounds: Bounds) -> Checked {
        match &self.source {
            Source::Idle => Ok(()),
            Source::Waiting { since, ticks } => {
                check_cursor("waiting.since", *since)?;
                must(
                    ticks.len() <= WAITING_TICKS_MAX,
                    "waiting.ticks",
                    &format!("must not be more than {WAITING_TICKS_MAX}"),
                )?;
                each("waiting.ticks", (0_usize..).zip(ticks), |tick| {
                    must(
                        is_quoted(tick, SERVER_MSC_LAST),
                        "time_msc",
                        "is not that of a tick, or its quotes are not",
                    )?;
                    bounds.symbol("symbol", tick.symbol)
                })
            }
            Source::Live(builder) => {
                let forming = builder.forming().map_or(Ok(()), sound_bar);
                forming
                    .map_err(|flaw| flaw.under("forming"))
                    .and_then(|()| builder.check(self.timeframe))
                    .map_err(|flaw| flaw.under("live"))
            }
        }
    }
}

fn sound_bar(bar: &Bar) -> Checked {
    bar_flaw(bar).map_or(Ok(()), |field| {
        Err(Flaw::of(field.trim_start_matches("bars."), "is none that a bar can have"))
    })
}
