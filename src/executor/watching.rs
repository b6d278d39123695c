//! Which lines a strategy's rules read, and from which bars: its own, and those of other timeframes
//! and symbols. Bars that only give lines are built like a strategy's own, but nothing is evaluated
//! on them.
//!
//! All bars that a tick closes are taken before anything is evaluated, and a line on other bars has
//! the value of the last closed one. Of another symbol that is the last bar that its own ticks have
//! closed by then.

use super::Executor;
use super::asked::When;
use super::commands::{Said, field};
use super::feed::Need;
use super::market_data::FEEDS_MAX;
use crate::domain::flaw::{Checked, must};
use crate::domain::id::SymbolId;
use crate::executor::action::{Action, Note, ResultCode, ResultData, Verdict};
use crate::executor::command::{Evaluate, Options};
use crate::market::timeframe::Timeframe;
use crate::strategy::condition::LineAt;
use crate::strategy::program::Program;
use crate::strategy::rules::{IndicatorCross, Rules};
use crate::strategy::watch::Watched;
use crate::strategy::watch::evaluator::{Evaluator, Judgement, LineLink, Warmth};
use std::collections::BTreeMap;

/// The bars on which a strategy is evaluated.
#[derive(Debug, Clone, Copy)]
pub struct OwnBars {
    pub symbol: SymbolId,
    pub timeframe: Timeframe,
}

/// The crossing of rules that read nothing else, where it is judged on closed bars only: the watch
/// shares it.
fn plain_crossing(rules: &Rules, options: Options) -> Option<&IndicatorCross> {
    rules.plain_crossing().filter(|_| options.evaluate == Evaluate::Bar)
}

impl Executor {
    /// Whether the bars and lines that rules read can be had.
    pub(super) fn check_lines(
        &self,
        own: OwnBars,
        rules: &Rules,
        options: Options,
    ) -> Result<(), Said> {
        let refused = |name: &str, reason: &str| Err((ResultCode::BadRules, field(name, reason)));
        if let Some(made_for) = rules.timeframe.filter(|made_for| *made_for != own.timeframe) {
            return refused("timeframe", &format!("the rules are made for {made_for}"));
        }
        let other = rules.filters.correlation.as_ref().map(|it| &it.other);
        if other.is_some_and(|other| self.symbol_of(own, other) == Some(own.symbol)) {
            let reason = "is the strategy's own symbol, which always moves with itself";
            return refused("rules.filters.correlation.symbol", reason);
        }
        let mut wanted: BTreeMap<(SymbolId, Timeframe), usize> = BTreeMap::new();
        for line in &rules.lines() {
            let Some(symbol) = self.symbol_of(own, line) else {
                let name = line.symbol.as_deref().unwrap_or_default();
                return refused("rules", &format!("the session has no symbol `{name}`"));
            };
            if self.symbols[symbol.index()].spec.is_none() {
                return Err((ResultCode::NotReady, ResultData::None));
            }
            let bars = options.warmup_bars.unwrap_or(0).max(line.warmup_bars());
            if bars > self.config.limits.history_bars_max {
                return refused("options.warmupBars", "more bars than may be asked for");
            }
            *wanted.entry((symbol, line.timeframe.unwrap_or(own.timeframe))).or_default() += 1;
        }
        let mut feeds = self.feeds.len();
        for ((symbol, timeframe), lines) in wanted {
            let room = if let Some(feed) = self.find_feed(symbol, timeframe) {
                self.feeds[usize::from(feed)].watch.has_room(lines)
            } else {
                feeds += 1;
                feeds <= FEEDS_MAX
            };
            if !room {
                let reason = "as many indicators as can be numbered run on such bars";
                return refused("rules", reason);
            }
        }
        Ok(())
    }

    pub(super) fn symbol_of(&self, own: OwnBars, line: &LineAt) -> Option<SymbolId> {
        let Some(name) = &line.symbol else { return Some(own.symbol) };
        self.symbol_named(name)
    }

    /// Lets the strategy in `slot` be evaluated on its bars, and gives their feed.
    ///
    /// # Panics
    /// If the lines have not been [checked](Self::check_lines).
    pub(super) fn watch(
        &mut self,
        slot: u32,
        own: OwnBars,
        (rules, options): (&Rules, Options),
        out: &mut Vec<Action>,
    ) -> u16 {
        let feed = self.feed(own.symbol, own.timeframe);
        if let Some(cross) = plain_crossing(rules, options) {
            let warmup_bars = options.warmup_bars.unwrap_or_else(|| cross.warmup_bars());
            let cursor = self.symbols[own.symbol.index()].cursor;
            let need = self.feeds[usize::from(feed)].watch(slot, cross, warmup_bars, cursor);
            self.ask_bars(feed, need, out);
            return feed;
        }
        let program = rules.program();
        let links = self.link(slot, own, &program, options);
        let conditions = Evaluator::new(program, links.clone());
        self.feeds[usize::from(feed)].watch.add_conditions(slot, conditions);
        self.want_lines((feed, rules.bars_shown()), &links, out);
        self.prime(slot, feed);
        feed
    }

    /// Makes sure that the lines of pending rules have their history before the rules hold.
    pub(super) fn prepare(
        &mut self,
        slot: u32,
        own: OwnBars,
        (rules, options): (&Rules, Options),
        out: &mut Vec<Action>,
    ) {
        let feed = self.feed(own.symbol, own.timeframe);
        if let Some(cross) = plain_crossing(rules, options) {
            let warmup_bars = options.warmup_bars.unwrap_or_else(|| cross.warmup_bars());
            let cursor = self.symbols[own.symbol.index()].cursor;
            let need = self.feeds[usize::from(feed)].prepare(cross, warmup_bars, cursor);
            return self.ask_bars(feed, need, out);
        }
        let links = self.link(slot, own, &rules.program(), options);
        self.want_lines((feed, rules.bars_shown()), &links, out);
    }

    /// Puts [prepared](Self::prepare) rules into force.
    pub(super) fn rewatch(&mut self, slot: u32, feed: u16, rules: &Rules, options: Options) {
        let links = if let Some(cross) = plain_crossing(rules, options) {
            let warmup_bars = options.warmup_bars.unwrap_or_else(|| cross.warmup_bars());
            self.feeds[usize::from(feed)].watch.change(slot, cross, warmup_bars);
            Vec::new()
        } else {
            let bars = &self.feeds[usize::from(feed)];
            let own = OwnBars { symbol: bars.symbol, timeframe: bars.timeframe };
            let program = rules.program();
            let links = self.link(slot, own, &program, options);
            let is_same = self.strategies.get(slot).is_some_and(|it| it.rules == *rules);
            // New settings take nothing from what a strategy remembers.
            if !is_same {
                let conditions = Evaluator::new(program, links.clone());
                let watch = &mut self.feeds[usize::from(feed)].watch;
                watch.change_to_conditions(slot, conditions);
                self.prime(slot, feed);
            }
            links
        };
        self.unread(slot, |place| links.iter().any(|link| usize::from(link.feed) == place));
    }

    /// Ends the reading of the strategy in `slot` on all bars but those to be kept.
    pub(super) fn unread(&mut self, slot: u32, keeps: impl Fn(usize) -> bool) {
        for place in 0..self.feeds.len() {
            if !keeps(place) && self.feeds[place].watch.readers().contains(&slot) {
                self.feeds[place].unread(slot);
                self.drop_idle(place);
            }
        }
    }

    /// The place of each line of a program; computes those that are not computed yet.
    fn link(
        &mut self,
        slot: u32,
        own: OwnBars,
        program: &Program,
        options: Options,
    ) -> Vec<LineLink> {
        let mut links = Vec::with_capacity(program.lines().len());
        for wanted in program.lines() {
            let symbol = self.symbol_of(own, wanted).expect("the lines have been checked");
            let timeframe = wanted.timeframe.unwrap_or(own.timeframe);
            let feed = self.feed(symbol, timeframe);
            let watch = &mut self.feeds[usize::from(feed)].watch;
            if (symbol, timeframe) != (own.symbol, own.timeframe) {
                watch.add_reader(slot);
            }
            let line = watch.line(wanted);
            let bars = options.warmup_bars.unwrap_or_else(|| wanted.line.warmup_bars());
            links.push(LineLink { feed, line, warmup_bars: bars.saturating_add(wanted.bars_ago) });
        }
        links
    }

    /// Asks for the history of lines, and for that of the strategy's own bars.
    fn want_lines(
        &mut self,
        (own, bars_shown): (u16, u32),
        links: &[LineLink],
        out: &mut Vec<Action>,
    ) {
        let mut bars = BTreeMap::from([(own, bars_shown)]);
        for link in links {
            let line = self.feeds[usize::from(link.feed)].watch.warmup_bars(link.line);
            let most = bars.entry(link.feed).or_insert(0);
            *most = link.warmup_bars.max(line).max(*most);
        }
        for (feed, bars) in bars {
            let cursor = self.symbols[self.feeds[usize::from(feed)].symbol.index()].cursor;
            let need = self.feeds[usize::from(feed)].want(bars, cursor);
            if need != Need::Nothing {
                self.ask_bars(feed, need, out);
            }
        }
    }

    /// Lets conditions know the values at the end of the history, once all lines that they judge by
    /// have it: a crossing at the very next bar is one.
    fn prime(&mut self, slot: u32, feed: u16) {
        let watch = &self.feeds[usize::from(feed)].watch;
        let Some(Watched::Conditions(place)) = watch.watched(slot) else { return };
        let conditions = &watch.all_conditions()[place as usize];
        let has_history =
            |link: &LineLink| self.feeds[usize::from(link.feed)].watch.has_history(link.line);
        if !conditions.is_primed() && conditions.judged_links().iter().all(has_history) {
            self.gather(feed, place);
            let Self { feeds, values, .. } = self;
            feeds[usize::from(feed)].watch.conditions_mut(place).prime(values);
        }
    }

    /// The history of a feed has come: conditions that read it may know their past by now. Those
    /// that read it over a hole have none.
    pub(super) fn prime_readers(&mut self, feed: u16, begun_anew: bool) {
        let anew = feed;
        let watch = &self.feeds[usize::from(feed)].watch;
        let own = watch.watchers().iter().filter(|it| matches!(it.what, Watched::Conditions(_)));
        let own: Vec<(u32, u16)> = own.map(|watcher| (watcher.slot, feed)).collect();
        let of = |&slot: &u32| Some((slot, self.strategies.get(slot)?.feed));
        let readers: Vec<(u32, u16)> = watch.readers().iter().filter_map(of).collect();
        for (slot, feed) in own.into_iter().chain(readers) {
            let watch = &mut self.feeds[usize::from(feed)].watch;
            if begun_anew && let Some(Watched::Conditions(place)) = watch.watched(slot) {
                let conditions = watch.conditions_mut(place);
                if conditions.judged_links().iter().any(|link| link.feed == anew) {
                    conditions.begin_anew();
                }
            }
            self.prime(slot, feed);
        }
    }

    /// A feed has caught up with bars that were missed: what the lines of its readers did meanwhile
    /// closes positions now, and is no signal at their next bar.
    pub(super) fn pass_missed(&mut self, feed: u16, out: &mut Vec<Action>) {
        let readers = self.feeds[usize::from(feed)].watch.readers();
        let of = |&slot: &u32| Some((slot, self.strategies.get(slot)?.feed));
        for (slot, feed) in readers.iter().filter_map(of).collect::<Vec<_>>() {
            let own = &self.feeds[usize::from(feed)];
            let Some(Watched::Conditions(place)) = own.watch.watched(slot) else { continue };
            let Some(bar) = own.last_closed(1).last().copied() else { continue };
            if let Some((judged, _)) = self.judge_conditions(feed, place)
                && let (verdict @ Verdict::Exited, side) =
                    self.on_judged(slot, judged, When::Missed, &bar, out)
            {
                out.push(Action::Note(Note { bar_msc: bar.time_msc, slot, feed, verdict, side }));
            }
        }
    }

    /// Brings the values of a strategy's lines together, and says how far they can be acted on.
    pub(super) fn gather(&mut self, feed: u16, place: u32) -> Warmth {
        let Self { feeds, values, .. } = self;
        values.clear();
        let mut warmth = Warmth::Whole;
        let conditions = &feeds[usize::from(feed)].watch.all_conditions()[place as usize];
        let judged = conditions.program().judged();
        for (number, link) in conditions.links().iter().enumerate() {
            let watch = &feeds[usize::from(link.feed)].watch;
            values.push(watch.value(link.line));
            // A crossing in the strategy's own feed looks one bar back.
            let least_bars = link.warmup_bars.saturating_add(u32::from(link.feed == feed));
            // While the bars of a line are being read, it is of another time.
            let own = if !feeds[usize::from(link.feed)].is_live() {
                Warmth::Unknown
            } else if watch.bars(link.line) >= least_bars {
                Warmth::Whole
            } else {
                Warmth::Cold
            };
            let least = if number < judged { Warmth::Unknown } else { Warmth::Exits };
            warmth = warmth.min(own.max(least));
        }
        warmth
    }

    /// Evaluates conditions at a bar that all feeds have taken; whether they may enter, too.
    pub(super) fn judge_conditions(&mut self, feed: u16, place: u32) -> Option<(Judgement, bool)> {
        let warmth = self.gather(feed, place);
        let Self { feeds, values, .. } = self;
        let judged = feeds[usize::from(feed)].watch.conditions_mut(place).judge(values, warmth)?;
        Some((judged, warmth == Warmth::Whole))
    }

    /// Gives the conditions of a state that was read their programs again.
    ///
    /// # Errors
    /// The first of them that is not that of its strategy's rules.
    pub(super) fn resume_conditions(&mut self) -> Checked {
        let mut resumed = 0;
        let bounds = self.bounds();
        self.strategies.check(bounds).map_err(|flaw| flaw.under("strategies"))?;
        let Self { feeds, strategies, .. } = self;
        strategies.check_rules().map_err(|flaw| flaw.under("strategies"))?;
        for (_, strategy) in
            strategies.iter().filter(|(_, it)| plain_crossing(&it.rules, it.options).is_none())
        {
            let slot = strategies.slot(&strategy.id).expect("it is in the table");
            let feed = usize::from(strategy.feed);
            must(feed < feeds.len(), "strategies", "must have feeds that exist")?;
            let resume = feeds[feed].watch.resume(slot, strategy.rules.program());
            resume.map_err(|flaw| flaw.under(format!("feeds[{feed}].watch")))?;
            resumed += 1;
        }
        let all: usize = feeds.iter().map(|feed| feed.watch.all_conditions().len()).sum();
        must(
            all == resumed,
            "feeds",
            "must watch the conditions of the strategies' rules, once each",
        )
    }

    /// Checks that conditions find their lines where their rules want them.
    pub(super) fn check_links(&self) -> Checked {
        for (slot, strategy) in self.strategies.iter() {
            let own = OwnBars { symbol: strategy.symbol, timeframe: strategy.timeframe };
            let waiting = strategy.update.iter().flat_map(|update| update.rules.lines());
            let path = format!("strategies.slots[{slot}].update.rules");
            for line in waiting {
                must(self.symbol_of(own, &line).is_some(), &path, "must read known symbols")?;
            }
            let watch = &self.feeds[usize::from(strategy.feed)].watch;
            let Some(Watched::Conditions(place)) = watch.watched(slot) else { continue };
            let conditions = &watch.all_conditions()[place as usize];
            for (wanted, link) in conditions.program().lines().iter().zip(conditions.links()) {
                let timeframe = wanted.timeframe.unwrap_or(own.timeframe);
                let feed = self.symbol_of(own, wanted).and_then(|it| self.find_feed(it, timeframe));
                let found = feed == Some(link.feed)
                    && self.feeds[usize::from(link.feed)].watch.has_line(link.line, wanted)
                    && (link.feed == strategy.feed
                        || self.feeds[usize::from(link.feed)].watch.readers().contains(&slot));
                let path = format!("feeds[{}].watch.programs", strategy.feed);
                must(found, &path, "must name the lines of the strategy's rules")?;
            }
        }
        Ok(())
    }
}
