//! What a strategy's rules need before they have values, and whether the data can ever give it.

use crate::backtest::error::BacktestError;
use crate::backtest::history::own_start;
use crate::config::Session;
use crate::domain::id::StrategyId;
use crate::domain::time::ServerMsc;
use crate::executor::command::{Command, CommandContent, CommandEvent, StartStrategy};
use crate::market::timeframe::Timeframe;
use crate::strategy::condition::LineAt;
use crate::strategy::rules::EntryRule;
use std::collections::BTreeMap;

/// The line of a strategy that needs the most bars, and how many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Longest {
    /// The line as rules write it.
    pub line: String,
    /// How many closed bars it takes.
    pub bars: u32,
    /// The symbol of the bars.
    pub symbol: String,
    /// Their timeframe.
    pub timeframe: Timeframe,
}

impl Longest {
    /// As a part of a sentence: `EMA_20 takes 20 bars`.
    #[must_use]
    pub fn words(&self) -> String {
        let bars = if self.bars == 1 { "1 bar".to_owned() } else { format!("{} bars", self.bars) };
        format!("{} takes {bars}", self.line)
    }
}

/// The lines of a strategy, the one that takes the most time first.
#[must_use]
pub fn longest(start: &StartStrategy) -> Option<Longest> {
    let of = |line: &LineAt| Longest {
        line: line.to_string(),
        bars: line.warmup_bars(),
        symbol: line.symbol.clone().unwrap_or_else(|| start.symbol.clone()),
        timeframe: line.timeframe.unwrap_or(start.timeframe),
    };
    let length = |one: &Longest| i64::from(one.bars) * length_ms(one.timeframe);
    start.rules.lines().iter().map(of).max_by_key(length)
}

/// The shortest that a bar of a timeframe can be.
fn length_ms(timeframe: Timeframe) -> i64 {
    const FEBRUARY_MS: i64 = 28 * 86_400_000;
    timeframe.length_ms().unwrap_or(FEBRUARY_MS)
}

/// The START in a command, if it is one.
#[must_use]
pub fn start_of(command: &CommandEvent) -> Option<&StartStrategy> {
    match &command.content {
        CommandContent::Parsed(envelope) => match &envelope.command {
            Command::Start(start) => Some(start),
            _ => None,
        },
        CommandContent::Malformed(_) => None,
    }
}

/// The session's own STARTs, also those that its recording holds.
fn own_starts(session: &Session) -> impl Iterator<Item = &StartStrategy> {
    let own = session.starts.iter().map(|(_, command)| command);
    let recorded = session.stream.iter().filter_map(|(_, event)| own_start(event));
    own.chain(recorded).filter_map(start_of)
}

/// The bars that a run's data hold of what its strategies look back farthest on.
#[derive(Debug, Default)]
pub struct BarsHeld {
    /// By the symbol's place in the session and the timeframe.
    counts: Vec<BTreeMap<Timeframe, Count>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    /// The first and the last moment seen.
    span: Option<(ServerMsc, ServerMsc)>,
    /// The bar of the last moment ends here.
    end: ServerMsc,
    /// Bars that another one followed.
    closed: i64,
}

impl BarsHeld {
    /// Those of a session that has not begun: what lies before it is its history.
    #[must_use]
    pub fn before(session: &Session) -> Self {
        let mut held = Self { counts: vec![BTreeMap::new(); session.file.symbols.len()] };
        for longest in own_starts(session).filter_map(longest) {
            if let Some(place) = place_of(session, &longest) {
                held.counts[place].entry(longest.timeframe).or_default();
            }
        }
        for (place, bars) in session.history.iter().enumerate() {
            bars.iter().for_each(|bar| held.add(place, (bar.time_msc, bar.time_msc)));
        }
        held
    }

    /// Ticks of a symbol between two moments, of which none closes a bar that a strategy listens to.
    #[inline]
    pub fn add(&mut self, symbol: usize, (first, last): (ServerMsc, ServerMsc)) {
        let Some(counts) = self.counts.get_mut(symbol) else { return };
        for (timeframe, count) in counts {
            count.span = Some((count.span.map_or(first, |(first, _)| first), last));
            if last >= count.end {
                count.turn(*timeframe, first, last);
            }
        }
    }
}

impl Count {
    /// The last moment lies in another bar than those before.
    fn turn(&mut self, timeframe: Timeframe, first: ServerMsc, last: ServerMsc) {
        let (before, (open, end)) = (timeframe.span(first).0, timeframe.span(last));
        let has_bar = self.end > ServerMsc::default();
        self.closed += i64::from(has_bar && first >= self.end);
        // Nobody listened to these ticks: there may have been as many bars as there was time.
        self.closed += (open.0 - before.0) / length_ms(timeframe);
        self.end = end;
    }
}

/// The place of a line's symbol in the session.
fn place_of(session: &Session, longest: &Longest) -> Option<usize> {
    session.file.symbols.iter().position(|symbol| *symbol == longest.symbol)
}

/// Refuses the figures of a run in which a strategy never acted, because it looks back farther than the
/// data reach. `was_warm` says which strategies had values.
///
/// # Errors
/// [`BacktestError::Longer`] for the first of the session's own strategies.
pub fn check(
    session: &Session,
    held: &BarsHeld,
    was_warm: impl Fn(&StrategyId) -> bool,
) -> Result<(), BacktestError> {
    // Who says how long a warm-up is has decided, and programs are asked whatever lines have.
    let is_cold = |start: &&StartStrategy| {
        let by_lines = matches!(start.rules.entry, EntryRule::Cross(_) | EntryRule::When(_));
        by_lines && start.options.warmup_bars.is_none() && !was_warm(&start.strategy)
    };
    for start in own_starts(session).filter(is_cold) {
        let Some(longest) = longest(start) else { continue };
        let counts = place_of(session, &longest).and_then(|place| held.counts.get(place));
        let Some(count) = counts.and_then(|counts| counts.get(&longest.timeframe)) else {
            continue;
        };
        let Some((first, last)) = count.span else { continue };
        // The first bar that is judged is the one after.
        if i64::from(longest.bars) >= count.closed {
            return Err(BacktestError::Longer {
                strategy: start.strategy.to_string(),
                words: longest.words(),
                timeframe: longest.timeframe,
                symbol: longest.symbol,
                held: count.closed,
                first,
                last,
            });
        }
    }
    Ok(())
}
