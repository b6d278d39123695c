//! Notes in full, for people: what an evaluation compared, and by which rule. It decides nothing.

use super::Executor;
use super::strategies::RunningStrategy;
use crate::domain::id::StrategyId;
use crate::executor::action::{Action, Explanation, Note, Verdict};
use crate::market::timeframe::Timeframe;
use crate::strategy::filter::Filter;
use crate::strategy::rules::EntryRule;
use crate::strategy::watch::Watched;
use crate::strategy::watch::evaluator::{Evaluator, LineLink};

/// What an evaluation compared.
#[derive(Debug, Default)]
struct Compared {
    operands: Vec<(String, Option<f64>)>,
    conditions: Vec<(String, bool)>,
    bars_seen: u32,
    warmup_bars: u32,
}

impl Executor {
    /// What an evaluation saw. Valid right after the step that made the note.
    #[must_use]
    pub fn explain(&self, note: &Note) -> Option<Explanation> {
        let before = self.explained.iter().find(|(at, of, _)| *at == self.now && of == note);
        if let Some((_, _, before)) = before {
            return Some(before.clone());
        }
        let strategy = self.strategies.get(note.slot)?;
        let watch = &self.feeds[usize::from(note.feed)].watch;
        let compared = match watch.watched(note.slot) {
            Some(Watched::Crossing(crossing)) => {
                let lines = watch.lines_of(crossing);
                Compared {
                    operands: lines.map(|line| (watch.name(line), watch.value(line))).to_vec(),
                    bars_seen: lines.map(|line| watch.bars(line)).into_iter().min().unwrap_or(0),
                    warmup_bars: strategy.effective.warmup_bars,
                    conditions: Vec::new(),
                }
            }
            Some(Watched::Conditions(place)) => self.compared(note, place),
            None => Compared::default(),
        };
        let Compared { operands, conditions, bars_seen, warmup_bars } = compared;
        Some(Explanation {
            strategy: strategy.id.clone(),
            symbol: self.symbols[strategy.symbol.index()].name.clone(),
            timeframe: strategy.timeframe,
            operands,
            conditions,
            filters: self.filters_told(note, strategy),
            rule: rule(strategy),
            bars_seen,
            warmup_bars,
            max_open_trades: strategy.cap.at(self.server_now()),
            max_per_side: strategy.rules.risk.max_per_side,
        })
    }

    /// Keeps what the last notes on a feed saw whose rules are about to be replaced.
    pub(super) fn keep_explanations(&mut self, feed: u16, actions: &[Action]) {
        let here = |(_, strategy): &(u32, &RunningStrategy)| strategy.feed == feed;
        let slots: Vec<u32> =
            self.strategies.updating().filter(here).map(|(slot, _)| slot).collect();
        let now = self.now;
        self.explained.retain(|(at, ..)| *at == now);
        for slot in slots {
            let note = actions.iter().rev().find_map(|action| match action {
                Action::Note(note) if note.slot == slot && note.feed == feed => Some(*note),
                _ => None,
            });
            let told = note.and_then(|note| Some((now, note, self.explain(&note)?)));
            self.explained.extend(told);
        }
    }

    /// Each filter, and whether it lets the entry through; none where filters decide nothing.
    fn filters_told(&self, note: &Note, strategy: &RunningStrategy) -> Vec<(String, bool)> {
        let decide_nothing = matches!(
            note.verdict,
            Verdict::InGap
                | Verdict::Stopping
                | Verdict::AlreadySignalled
                | Verdict::OtherDirection
                | Verdict::Reversing
        );
        if note.side.is_none() || decide_nothing {
            return Vec::new();
        }
        let told = |filter: Filter<'_>| {
            let lets_through = self.pass_filter(note.slot, strategy, filter).is_ok();
            (format!("{}: {filter}", filter.name()), lets_through)
        };
        strategy.rules.filters.each().map(told).collect()
    }

    fn compared(&self, note: &Note, place: u32) -> Compared {
        let own = &self.feeds[usize::from(note.feed)];
        let conditions: &Evaluator = &own.watch.all_conditions()[place as usize];
        let value = |link: &LineLink| self.feeds[usize::from(link.feed)].watch.value(link.line);
        let mut values: Vec<Option<f64>> = conditions.links().iter().map(value).collect();
        if let Some(bar) = own.forming().filter(|bar| bar.time_msc == note.bar_msc) {
            own.watch.peek(note.feed, place, bar, &mut values);
        }
        let program = conditions.program();
        let mut compared = Compared::default();
        // The line that is farthest from being warm.
        let mut lacking = i64::MIN;
        let lines = program.lines().iter().zip(values);
        for ((line, value), link) in lines.zip(conditions.links()) {
            compared.operands.push((line.to_string(), value));
            let seen = self.feeds[usize::from(link.feed)].watch.bars(link.line);
            if i64::from(link.warmup_bars) - i64::from(seen) > lacking {
                lacking = i64::from(link.warmup_bars) - i64::from(seen);
                (compared.bars_seen, compared.warmup_bars) = (seen, link.warmup_bars);
            }
        }
        compared.conditions = program.told(conditions.held());
        compared
    }

    /// The strategy that a note is about and the timeframe of its bars: all that counting notes
    /// needs, and cheap.
    #[must_use]
    pub fn judged(&self, note: &Note) -> Option<(&StrategyId, Timeframe)> {
        self.strategies.get(note.slot).map(|strategy| (&strategy.id, strategy.timeframe))
    }
}

fn rule(strategy: &RunningStrategy) -> String {
    let mut parts: Vec<String> = match &strategy.rules.entry {
        EntryRule::Cross(cross) => {
            vec![format!("{} crosses {} ({})", cross.fast, cross.slow, cross.direction.name())]
        }
        EntryRule::Advised(advised) => {
            vec![format!("as the program {} says", advised.command.join(" "))]
        }
        EntryRule::Copy(copying) => vec![format!("as {} does", copying.source)],
        EntryRule::Own(own) => vec![format!("as the strategy {} says", own.strategy)],
        EntryRule::When(signals) => signals.words(["buy when", "sell when"]),
    };
    if let Some(exit) = &strategy.rules.exit.conditions {
        parts.extend(exit.words(["close buys when", "close sells when"]));
    }
    parts.join("; ")
}
