//! Strategies that are evaluated on the forming bar: at each tick of their symbol, or at the first
//! tick of each interval (executor 3.3). From the second tick of a bar on; the tick that closes one
//! evaluates the closed bar, as for everybody else.
//!
//! Lines on the strategy's own bars are those that the forming bar would have if it closed now;
//! lines on other bars have the values of their last closed one. Filters and distances measure closed
//! bars, as they do for everybody else. Nothing of it is kept but what was
//! last told: comparisons with the bar before are with the last closed one. A bar and side still
//! signal once.

use super::Executor;
use super::asked::When;
use crate::domain::id::SymbolId;
use crate::domain::time::ServerMsc;
use crate::executor::action::{Action, Note, Verdict};
use crate::executor::command::Evaluate;
use crate::executor::strategies::{RunningStrategy, Told};
use crate::market::bar::Bar;
use crate::strategy::watch::Watched;
use crate::strategy::watch::evaluator::{Judgement, Warmth};

impl Executor {
    /// Evaluates the forming bars of a symbol at its present tick, for the strategies that ask for
    /// it.
    pub(super) fn judge_forming(&mut self, symbol: SymbolId, out: &mut Vec<Action>) {
        let now_msc = self.symbols[symbol.index()].cursor.time_msc;
        let is_due = |(_, strategy): &(u32, &RunningStrategy)| {
            strategy.symbol == symbol && strategy.due_msc().is_some_and(|due| due <= now_msc)
        };
        let due: Vec<u32> =
            self.strategies.managing().filter(is_due).map(|(slot, _)| slot).collect();
        for slot in due {
            let strategy = self.strategies.get_mut(slot).expect("it was listed");
            strategy.polled_msc = Some(now_msc);
            let feed = strategy.feed;
            let closed_now = self.closed.iter().any(|(closed, _)| *closed == feed);
            let forming = self.feeds[usize::from(feed)].forming().copied();
            if let Some(bar) = forming.filter(|_| !closed_now) {
                self.judge_forming_of(slot, feed, &bar, out);
            }
        }
    }

    fn judge_forming_of(&mut self, slot: u32, feed: u16, bar: &Bar, out: &mut Vec<Action>) {
        let watch = &self.feeds[usize::from(feed)].watch;
        let Some(Watched::Conditions(place)) = watch.watched(slot) else { return };
        let Some((judged, when)) = self.peek(feed, place, bar) else { return };
        let (verdict, side) = self.on_judged(slot, judged, when, bar, out);
        let told = Told { bar_msc: bar.time_msc, verdict, side };
        let strategy = self.strategies.get_mut(slot).expect("what is judged runs");
        // A tick on which nothing happens is no news, nor is what was told of this bar already.
        let is_news = !matches!(verdict, Verdict::NoSignal | Verdict::AlreadySignalled);
        if is_news && strategy.told != Some(told) {
            strategy.told = Some(told);
            out.push(Action::Note(Note { bar_msc: bar.time_msc, slot, feed, verdict, side }));
        }
    }

    /// What conditions would come to if the forming bar closed now.
    fn peek(&mut self, feed: u16, place: u32, bar: &Bar) -> Option<(Judgement, When)> {
        let warmth = self.gather(feed, place);
        let Self { feeds, values, .. } = self;
        let watch = &mut feeds[usize::from(feed)].watch;
        watch.peek(feed, place, bar, values);
        let conditions = watch.conditions_mut(place);
        let judged = (warmth > Warmth::Cold).then(|| conditions.peek(values)).flatten()?;
        Some((judged, if warmth == Warmth::Whole { When::Now } else { When::Unmeasured }))
    }
}

impl RunningStrategy {
    /// From which server time on its forming bar is to be evaluated; none where it is not.
    pub fn due_msc(&self) -> Option<ServerMsc> {
        match self.options.evaluate {
            Evaluate::Bar => None,
            Evaluate::Tick => Some(ServerMsc(i64::MIN)),
            Evaluate::Interval => {
                let every_ms = self.timeframe.check_interval_ms();
                let polled = self.polled_msc.map_or(i64::MIN, |polled| {
                    (polled.0.div_euclid(every_ms) + 1).saturating_mul(every_ms)
                });
                Some(ServerMsc(polled))
            }
        }
    }
}
