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

/// Refuses the figures of a run in which a strategy never acted, because it looks back farther than the
/// data reach. `spans` are the first and last ticks by symbol, and `was_warm` says which strategies had values.
///
/// # Errors
/// [`BacktestError::Longer`] for the first of the session's own strategies.
pub fn check(
    session: &Session,
    spans: &[Option<(ServerMsc, ServerMsc)>],
    was_warm: impl Fn(&StrategyId) -> bool,
) -> Result<(), BacktestError> {
    let own = session.starts.iter().map(|(_, command)| command);
    let recorded = session.stream.iter().filter_map(|(_, event)| own_start(event));
    // Who says how long a warm-up is has decided, and programs are asked whatever lines have.
    let is_cold = |start: &&StartStrategy| {
        let by_lines = matches!(start.rules.entry, EntryRule::Cross(_) | EntryRule::When(_));
        by_lines && start.options.warmup_bars.is_none() && !was_warm(&start.strategy)
    };
    for start in own.chain(recorded).filter_map(start_of).filter(is_cold) {
        let Some(longest) = longest(start) else { continue };
        let place = session.file.symbols.iter().position(|symbol| *symbol == longest.symbol);
        let Some((place, (first, last))) = place.and_then(|place| Some((place, spans[place]?)))
        else {
            continue;
        };
        let known = session.history.get(place).and_then(|bars| bars.first());
        let first = known.map_or(first, |bar| bar.time_msc);
        let open = |time: ServerMsc| longest.timeframe.span(time).0.0;
        let held = (open(last) - open(first)) / length_ms(longest.timeframe);
        if i64::from(longest.bars) > held {
            return Err(BacktestError::Longer {
                strategy: start.strategy.to_string(),
                words: longest.words(),
                timeframe: longest.timeframe,
                symbol: longest.symbol,
                held,
                first,
                last,
            });
        }
    }
    Ok(())
}
