//! Ticks and bars on their way to the feeds, and the requests for bars that feeds lack.

use super::Executor;
use super::asked::When;
use super::deadlines::Due;
use super::feed::{Feed, Missed, Need};
use super::strategies::RunningStrategy;
use super::symbol_state::SymbolState;
use super::{Stage, event};
use crate::domain::id::SymbolId;
use crate::domain::symbol::SymbolSpec;
use crate::domain::tick::Tick;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::executor::action::{Action, DataRequest};
use crate::executor::event::Bars;
use crate::market::quiet::Quiet;
use crate::market::run::Run;
use crate::market::timeframe::Timeframe;

/// Why a tick is loud, apart from bars that it closes.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each makes it loud by itself")]
struct Loud {
    /// A goal waits for it.
    awaited: bool,
    /// Something is to be done about open positions.
    is_reached: bool,
    /// It is beyond what is known to be within the account's limits.
    is_beyond: bool,
    /// A trading day begins.
    is_cut: bool,
}

/// The largest number of feeds: they are numbered by 16 bits.
pub const FEEDS_MAX: usize = 1 << 16;

impl Executor {
    /// Takes a tick. All feeds close their bars before any of them is evaluated, so that
    /// comparisons across timeframes are of one moment.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a part of the tick path: called, it costs as much again as it does"
    )]
    pub(super) fn on_tick(&mut self, tick: &Tick, out: &mut Vec<Action>) {
        let Self { symbols, now, .. } = self;
        // The symbol may be unknown to the executor.
        let Some(symbol) = symbols.get_mut(tick.symbol.index()) else { return };
        let is_plain = event::is_quoted(tick, symbol.latest());
        if !is_plain && !Self::is_believed(symbol, tick, *now, out) {
            return self.weigh_unquoted(out);
        }
        let is_cut = tick.time_msc >= self.next_cut && self.is_time_of_day(tick.time_msc);
        if is_cut {
            self.begin_day(tick.time_msc, out);
        }
        let Self { symbols, feeds, closed, now, .. } = self;
        let symbol = &mut symbols[tick.symbol.index()];
        (symbol.bid, symbol.ask) = (tick.bid, tick.ask);
        symbol.cursor = symbol.cursor.after(tick.time_msc);
        symbol.heard_at = Some(*now);
        for &feed in &symbol.feeds {
            if let Some(bar) = feeds[usize::from(feed)].push_tick(tick, symbol.cursor) {
                closed.push((feed, bar));
            }
        }
        let is_reached = symbol.triggers.are_reached(tick);
        let is_beyond = !symbol.watched.0.hold(tick.bid, tick.ask);
        if symbol.awaited || is_reached || is_beyond || is_cut || !closed.is_empty() {
            let awaited = std::mem::take(&mut symbol.awaited);
            let loud = Loud { awaited, is_reached, is_beyond, is_cut };
            self.on_loud_tick(tick.symbol, loud, out);
        }
    }

    /// How far ticks of a symbol only change its quote and its forming bars. It holds until
    /// anything but such a tick is taken.
    #[inline]
    #[must_use]
    pub fn quiet(&self, symbol: SymbolId) -> Quiet {
        // The symbol may be unknown to the executor.
        let Some(state) = self.symbols.get(symbol.index()) else { return Quiet::EVER };
        if state.awaited {
            return Quiet::NEVER;
        }
        let mut quiet = event::quoted_quiet(state.latest()).and(state.triggers.quiet());
        quiet.quotes = quiet.quotes.tightened(state.watched.0);
        quiet.until = quiet.until.min(self.next_cut);
        for &feed in &state.feeds {
            quiet.until = quiet.until.min(self.feeds[usize::from(feed)].quiet_until());
        }
        quiet
    }

    /// Takes ticks within what is [quiet](Self::quiet), up to the moment `at` of the last one.
    /// Runs of several symbols may come in any order.
    #[inline]
    pub fn pass(&mut self, at: Timestamp, run: &Run<'_>) {
        self.now = self.now.max(at);
        let Some(symbol) = self.symbols.get_mut(run.symbol().index()) else { return };
        debug_assert!(event::is_quoted(run.last(), symbol.latest()), "only plain ticks are quiet");
        (symbol.bid, symbol.ask) = (run.last().bid, run.last().ask);
        symbol.cursor = symbol.cursor.after_run(run);
        symbol.heard_at = Some(at);
        for &feed in &symbol.feeds {
            self.feeds[usize::from(feed)].push_run(run);
        }
    }

    /// Whether to take a tick that is the first of its symbol, or the first after a pause. One
    /// without quotes, or an impossible one, is not taken.
    #[cold]
    #[inline(never)]
    fn is_believed(
        symbol: &mut SymbolState,
        tick: &Tick,
        now: Timestamp,
        out: &mut Vec<Action>,
    ) -> bool {
        if event::is_quoted(tick, event::SERVER_MSC_LAST)
            && symbol.is_believable(tick.time_msc, now)
        {
            return true;
        }
        if event::is_empty_book(tick) {
            // It is no price, so no bar takes it.
            symbol.forget_quote();
            return false;
        }
        if !symbol.is_flawed(now) {
            Self::broker_flaw(&format!("tick.{}", symbol.name), None, out);
        }
        symbol.flawed_at = Some(now);
        false
    }

    /// A tick that has closed bars, for which a goal waits, at which something is to be done about the
    /// open positions of a symbol, or beyond what is known to be within the account's limits.
    #[cold]
    #[inline(never)]
    fn on_loud_tick(
        &mut self,
        symbol: SymbolId,
        Loud { awaited, is_reached, is_beyond, is_cut }: Loud,
        out: &mut Vec<Action>,
    ) {
        self.touched = awaited || is_reached || is_cut;
        self.worth.see(&self.symbols);
        // Limits come before everything that may enter at this tick.
        if is_beyond || is_cut {
            self.weigh(out);
        }
        let closed = std::mem::take(&mut self.closed);
        for (feed, bar) in &closed {
            self.feeds[usize::from(*feed)].take_bar(bar);
        }
        for (feed, bar) in &closed {
            self.judge_bar(*feed, bar, When::Now, out);
        }
        // With a bar, lines that measure distances have changed: what they say counts at this very
        // tick, whoever else has something to do at it.
        let is_measured = !closed.is_empty() && self.strategies.manage();
        self.closed = closed;
        if is_reached || is_measured {
            self.manage(symbol);
            self.judge_forming(symbol, out);
        }
        self.closed.clear();
        // With a bar, rules may have changed, too.
        self.touched |= self.strategies.manage() || self.has_triggers;
        if awaited {
            self.hurry();
        }
        if std::mem::take(&mut self.touched) {
            self.advance(out);
        }
    }

    pub(super) fn on_bars(&mut self, bars: &Bars, out: &mut Vec<Action>) {
        // Bars that no strategy has asked for are ignored.
        let Some(place) = self.find_feed(bars.symbol, bars.timeframe) else { return };
        let feed = usize::from(place);
        let Some(point) = self.symbols[bars.symbol.index()].spec.as_ref().map(SymbolSpec::point)
        else {
            return;
        };
        if let Some(flaw) = bars.flaw() {
            return Self::broker_flaw(flaw, None, out);
        }
        if !self.feeds[feed].awaits(bars.id) {
            return;
        }
        let was_live = self.feeds[feed].is_live();
        let missed = self.feeds[feed].take_history(bars, point);
        let again = match self.feeds[feed].missing() {
            Need::Nothing => None,
            // Not at once, because the answer would be the same.
            Need::Bars(_) => Some(self.now.plus_ms(self.config.limits.reread_ms)),
        };
        self.deadlines.set(Due::Bars(place), again);
        self.prime_readers(place, missed.begun_anew);
        self.run_missed(place, &missed, out);
        if !was_live && self.feeds[feed].is_live() {
            self.pass_missed(place, out);
        }
        self.swap_begun(place, self.feeds[feed].begun_msc());
    }

    /// Runs a feed over what it missed.
    fn run_missed(&mut self, place: u16, missed: &Missed, out: &mut Vec<Action>) {
        let feed = usize::from(place);
        for bar in &missed.bars {
            self.swap_begun(place, Some(bar.time_msc));
            self.feeds[feed].take_bar(bar);
            self.judge_bar(place, bar, When::Missed, out);
        }
        for tick in &missed.ticks {
            let cursor = self.symbols[tick.symbol.index()].cursor;
            if let Some(bar) = self.feeds[feed].push_tick(tick, cursor) {
                self.swap_begun(place, Some(bar.time_msc));
                self.feeds[feed].take_bar(&bar);
                self.judge_bar(place, &bar, When::Missed, out);
            }
        }
    }

    /// Puts the rules into force whose first bar has begun, perhaps unheard: in a gap that no bar
    /// joins.
    fn swap_begun(&mut self, place: u16, begun_msc: Option<ServerMsc>) {
        self.swap_updates(place, |update| {
            update.from_bar_msc.is_some_and(|from_msc| begun_msc >= Some(from_msc))
        });
    }

    /// The feed of a symbol and timeframe, created if there is none yet.
    ///
    /// # Panics
    /// If there are already [`FEEDS_MAX`] others.
    pub(super) fn feed(&mut self, symbol: SymbolId, timeframe: Timeframe) -> u16 {
        let place = self.find_feed(symbol, timeframe).unwrap_or_else(|| {
            self.feeds.push(Feed::new(symbol, timeframe));
            u16::try_from(self.feeds.len() - 1).expect("feeds are numbered by u16")
        });
        let used = &mut self.symbols[symbol.index()].feeds;
        if !used.contains(&place) {
            used.push(place);
        }
        place
    }

    pub(super) fn find_feed(&self, symbol: SymbolId, timeframe: Timeframe) -> Option<u16> {
        let place = self
            .feeds
            .iter()
            .position(|feed| feed.symbol == symbol && feed.timeframe == timeframe)?;
        Some(u16::try_from(place).expect("feeds are numbered by u16"))
    }

    /// Requests the bars that a feed needs, and again after a while without an answer.
    pub(super) fn ask_bars(&mut self, feed: u16, need: Need, out: &mut Vec<Action>) {
        if self.link.stage == Stage::Down {
            return;
        }
        let Feed { symbol, timeframe, .. } = self.feeds[usize::from(feed)];
        if let Need::Bars(count) = need {
            let count = count.min(self.config.limits.history_bars_max);
            let id = self.readings.next_id();
            self.feeds[usize::from(feed)].asks(id);
            let deadline = self.now.plus_ms(self.config.limits.data_deadline_ms);
            self.deadlines.set(Due::Bars(feed), Some(deadline));
            out.push(Action::Data(DataRequest::Bars { id, deadline, symbol, timeframe, count }));
        }
    }

    /// Ends a strategy's watch. A feed that nothing watches is idle.
    pub(super) fn unwatch(&mut self, slot: u32, strategy: &RunningStrategy) {
        self.feeds[usize::from(strategy.feed)].unwatch(slot);
        self.drop_idle(usize::from(strategy.feed));
        self.unread(slot, |_| false);
    }

    /// Gives no more ticks to a feed that nothing uses any more.
    pub(super) fn drop_idle(&mut self, place: usize) {
        let feed = &self.feeds[place];
        if feed.is_idle() {
            let number = u16::try_from(place).expect("feeds are numbered by u16");
            self.symbols[feed.symbol.index()].feeds.retain(|&used| used != number);
            self.deadlines.set(Due::Bars(number), None);
        }
    }

    /// After an outage every feed in use requests the bars that it missed, and continues from
    /// there.
    pub(super) fn reopen_feeds(&mut self, out: &mut Vec<Action>) {
        // A signal from before the gap enters no more.
        self.strategies.clear_reversals();
        for place in 0..self.feeds.len() {
            let cursor = self.symbols[self.feeds[place].symbol.index()].cursor;
            let need = self.feeds[place].reopen(cursor);
            self.ask_bars(u16::try_from(place).expect("feeds are numbered by u16"), need, out);
        }
    }

    /// Quotes may be missed from now on: no feed builds bars until it has read those that it lacks.
    pub(super) fn halt_feeds(&mut self) {
        self.strategies.clear_reversals();
        for feed in &mut self.feeds {
            feed.reopen(self.symbols[feed.symbol.index()].cursor);
        }
    }

    /// Repeats a request for bars that was not answered by its deadline.
    pub(super) fn on_bars_due(&mut self, feed: u16, out: &mut Vec<Action>) {
        let need = self.feeds[usize::from(feed)].missing();
        self.ask_bars(feed, need, out);
    }
}
