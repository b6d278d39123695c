//! What a person should know of a run before believing its figures: commands that failed, requests that
//! were refused, bars before rules had values, holes in the ticks, commands beyond them.

use crate::backtest::error::BacktestError;
use crate::backtest::warmth::{self, BarsHeld};
use crate::config::Session;
use crate::domain::id::StrategyId;
use crate::domain::text;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::executor::action::{Action, AlertCode, Note, Report, ResultStatus, Verdict};
use crate::executor::command::StartStrategy;
use crate::executor::event::Event;
use crate::session::description::SessionFile;
use crate::session::ports::{Journal, Passed, PortError, Step};
use crate::wire::result::message;
use std::collections::BTreeMap;

/// So much time without a tick is a hole, unless a weekend lies in it: two hours.
const HOLE_MS: i64 = 2 * 3_600_000;
const DAY_MS: i64 = 24 * 3_600_000;
/// No weekend is longer.
const WEEKEND_MS: i64 = 3 * DAY_MS;
/// Server time counts from a Thursday.
const SATURDAY: i64 = 2;
/// So many warnings of a kind are told one by one.
const TOLD_MAX: usize = 5;

/// A journal of what may mislead.
#[derive(Debug)]
pub struct Watchful {
    symbols: Vec<String>,
    failed: Vec<String>,
    refused: BTreeMap<String, u64>,
    /// By strategy.
    warmed: BTreeMap<String, Warmed>,
    held: BarsHeld,
    /// The times of each symbol's first and last tick.
    ticked: Vec<Option<(ServerMsc, ServerMsc)>>,
    /// So many symbols are heard from the beginning.
    subscribed: usize,
    holes: Vec<Hole>,
    span: Option<(Timestamp, Timestamp)>,
    /// When commands and operator's acts came.
    acts: Vec<Timestamp>,
}

/// The bars of a strategy that were judged, and those on which its rules had no values yet.
#[derive(Debug, Default)]
struct Warmed {
    judged: u64,
    lost: u64,
    /// What takes so long.
    takes: Option<String>,
}

/// A stretch without ticks, by the server's clock.
#[derive(Debug, Clone, Copy)]
struct Hole {
    symbol: usize,
    from: ServerMsc,
    until: ServerMsc,
}

impl Watchful {
    /// Nothing has happened yet in a session.
    #[must_use]
    pub fn new(session: &Session) -> Self {
        Self { held: BarsHeld::before(session), ..Self::of(&session.file) }
    }

    fn of(session: &SessionFile) -> Self {
        let symbols = &session.symbols;
        Self {
            symbols: symbols.clone(),
            subscribed: session.subscribed().len(),
            failed: Vec::new(),
            refused: BTreeMap::new(),
            warmed: BTreeMap::new(),
            held: BarsHeld::default(),
            ticked: vec![None; symbols.len()],
            holes: Vec::new(),
            span: None,
            acts: Vec::new(),
        }
    }

    #[inline]
    fn ticked(&mut self, symbol: usize, (first, last): (ServerMsc, ServerMsc)) {
        self.held.add(symbol, (first, last));
        let Some((_, before)) = &mut self.ticked[symbol] else {
            self.ticked[symbol] = Some((first, last));
            return;
        };
        let from = std::mem::replace(before, last);
        if first.0 - from.0 > HOLE_MS {
            self.hole(Hole { symbol, from, until: first });
        }
    }

    /// Symbols that have no ticks, or have none at the beginning or the end, where others have some.
    fn edges(&mut self, told: &mut Vec<String>) {
        let spans = self.ticked.iter().flatten();
        let Some(begun) = spans.clone().map(|(first, _)| *first).min() else { return };
        let ended = spans.map(|(_, last)| *last).max().unwrap_or(begun);
        for symbol in 0..self.subscribed {
            let Some((first, last)) = self.ticked[symbol] else {
                told.push(format!("there is no tick of {}", text::name(&self.symbols[symbol])));
                continue;
            };
            for (from, until) in [(begun, first), (last, ended)] {
                if until.0 - from.0 > HOLE_MS {
                    self.hole(Hole { symbol, from, until });
                }
            }
        }
    }

    #[cold]
    fn hole(&mut self, hole: Hole) {
        let length_ms = hole.until.0 - hole.from.0;
        if length_ms > WEEKEND_MS || !has_saturday(hole) {
            self.holes.push(hole);
        }
    }

    #[cold]
    fn actions(&mut self, step: &Step<'_>) {
        for action in step.actions {
            match action {
                Action::Note(note) => self.note(step, note),
                Action::Result(result) if result.status == ResultStatus::Failed => {
                    let id = text::name(result.id.as_str());
                    let message = message(result);
                    self.failed.push(format!("command {id} failed: {}", text::sentence(&message)));
                }
                Action::Report(report) => {
                    if let Report::Alert(alert) = &**report
                        && alert.code == AlertCode::RequestRefused
                    {
                        let code = alert.retcode.map(|it| it.to_string());
                        let code = code.unwrap_or_else(|| "no answer".to_owned());
                        *self.refused.entry(code).or_default() += 1;
                    }
                }
                _ => {}
            }
        }
    }

    fn note(&mut self, step: &Step<'_>, note: &Note) {
        let Some((strategy, _)) = step.executor.judged(note) else { return };
        let lost = u64::from(note.verdict == Verdict::WarmingUp);
        let warmed = match self.warmed.get_mut(strategy.as_str()) {
            Some(warmed) => warmed,
            None => self.warmed.entry(strategy.to_string()).or_default(),
        };
        (warmed.judged, warmed.lost) = (warmed.judged + 1, warmed.lost + lost);
    }

    #[cold]
    fn started(&mut self, start: &StartStrategy) {
        let warmed = self.warmed.entry(start.strategy.to_string()).or_default();
        warmed.takes = match start.options.warmup_bars {
            Some(bars) => Some(format!("options.warmupBars is {bars}")),
            None => warmth::longest(start).map(|longest| longest.words()),
        };
    }

    /// Refuses the figures of a run in which a strategy never had values.
    ///
    /// # Errors
    /// As [`warmth::check`].
    pub fn check_warmth(&self, session: &Session) -> Result<(), BacktestError> {
        let was_warm = |strategy: &StrategyId| {
            let warmed = self.warmed.get(strategy.as_str());
            warmed.is_some_and(|warmed| warmed.judged > warmed.lost)
        };
        warmth::check(session, &self.held, was_warm)
    }

    /// All warnings, each a sentence.
    #[must_use]
    pub fn finish(mut self) -> Vec<String> {
        let mut told = Vec::new();
        self.edges(&mut told);
        some_of(&self.failed, &mut told);
        for (code, count) in &self.refused {
            let requests = plural(*count, "request was refused", "requests were refused");
            told.push(format!("{requests} for good: {code}"));
        }
        let lost = self.warmed.iter().filter(|(_, warmed)| warmed.lost > 0);
        let lost: Vec<String> = lost
            .map(|(strategy, Warmed { judged, lost, takes })| {
                let strategy = text::name(strategy);
                let takes = takes.as_ref().map_or(String::new(), |takes| format!(", {takes}"));
                format!("{strategy} had no values yet on {lost} of {judged} bars: warm-up{takes}")
            })
            .collect();
        some_of(&lost, &mut told);
        let holes: Vec<String> = self.holes.iter().map(|hole| self.told(*hole)).collect();
        some_of(&holes, &mut told);
        if let Some((first, last)) = self.span {
            let before = self.acts.iter().filter(|at| **at < first).count() as u64;
            let after = self.acts.iter().filter(|at| **at > last).count() as u64;
            let commands = |count| plural(count, "command comes", "commands come");
            if before > 0 {
                told.push(format!("{} before the first tick, {first}", commands(before)));
            }
            if after > 0 {
                told.push(format!("{} after the last tick, {last}", commands(after)));
            }
        }
        told
    }

    fn told(&self, Hole { symbol, from, until }: Hole) -> String {
        let symbol = text::name(&self.symbols[symbol]);
        let hours = (until.0 - from.0) / 3_600_000;
        format!("no tick of {symbol} for {hours} hours, from {from} to {until}")
    }
}

/// Whether a Saturday noon lies in it.
const fn has_saturday(hole: Hole) -> bool {
    let week_ms = 7 * DAY_MS;
    let noon = SATURDAY * DAY_MS + DAY_MS / 2;
    (hole.until.0 - noon).div_euclid(week_ms) > (hole.from.0 - noon).div_euclid(week_ms)
}

fn plural(count: u64, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}

/// The first of a kind one by one, and how many more there are.
fn some_of(all: &[String], told: &mut Vec<String>) {
    told.extend(all.iter().take(TOLD_MAX).cloned());
    if all.len() > TOLD_MAX {
        told.push(format!("and {} more like these", all.len() - TOLD_MAX));
    }
}

impl Journal for Watchful {
    #[inline]
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        match step.event {
            Event::Tick(tick) => {
                self.ticked(tick.symbol.index(), (tick.time_msc, tick.time_msc));
                self.span.get_or_insert((step.at, step.at)).1 = step.at;
            }
            Event::Command(command) => {
                self.acts.push(step.at);
                if let Some(start) = warmth::start_of(command) {
                    self.started(start);
                }
            }
            Event::Operator(_) => self.acts.push(step.at),
            _ => {}
        }
        if !step.actions.is_empty() {
            self.actions(step);
        }
        Ok(())
    }

    fn takes_runs(&self) -> bool {
        true
    }

    #[inline]
    fn pass(&mut self, passed: &Passed<'_>) -> Result<(), PortError> {
        self.ticked(passed.run.symbol().index(), passed.run.span_msc());
        let (first, last) = self.span.unwrap_or((passed.first_at, passed.last_at));
        self.span = Some((first.min(passed.first_at), last.max(passed.last_at)));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weekend_is_no_hole() {
        let session = "format = 1\nname = \"w\"\nsymbols = [\"EURUSD\"]\nzone = \"UTC\"\n";
        let mut watchful = Watchful::of(&toml::from_str(session).unwrap());
        let mut tick = |text: &str| {
            let time: ServerMsc = text.parse().unwrap();
            watchful.ticked(0, (time, time));
        };
        // A weekend, an hour and a half, three hours, and a weekend with a holiday.
        tick("2025-09-19 23:59");
        tick("2025-09-22 00:01");
        tick("2025-09-22 01:31");
        tick("2025-09-22 04:32");
        tick("2025-09-26 23:59");
        tick("2025-09-30 00:30");
        let told = watchful.finish();
        assert_eq!(
            told,
            [
                "no tick of EURUSD for 3 hours, from 2025.09.22 01:31:00.000 to 2025.09.22 04:32:00.000",
                "no tick of EURUSD for 115 hours, from 2025.09.22 04:32:00.000 to 2025.09.26 23:59:00.000",
                "no tick of EURUSD for 72 hours, from 2025.09.26 23:59:00.000 to 2025.09.30 00:30:00.000",
            ]
        );
    }

    #[test]
    fn a_symbol_that_begins_late_ends_early_or_is_silent_is_told() {
        let session = "format = 1\nname = \"w\"\nsymbols = [\"A\", \"B\", \"C\", \"D\"]\nsubscribed = [\"A\", \"B\", \"C\"]\nzone = \"UTC\"\n";
        let mut watchful = Watchful::of(&toml::from_str(session).unwrap());
        let time = |text: &str| text.parse::<ServerMsc>().unwrap();
        for (symbol, at) in [
            (0, "2025-09-22 08:00"),
            (0, "2025-09-22 09:30"),
            (1, "2025-09-22 11:00"),
            (0, "2025-09-22 11:00"),
            (1, "2025-09-22 12:30"),
            (1, "2025-09-22 14:00"),
        ] {
            watchful.ticked(symbol, (time(at), time(at)));
        }
        // D was never asked for.
        assert_eq!(
            watchful.finish(),
            [
                "there is no tick of C",
                "no tick of A for 3 hours, from 2025.09.22 11:00:00.000 to 2025.09.22 14:00:00.000",
                "no tick of B for 3 hours, from 2025.09.22 08:00:00.000 to 2025.09.22 11:00:00.000",
            ]
        );
    }
}
