//! Strategies of other recordings that may be followed. Each recording is replayed once: what the
//! strategy had open then, and what its account was worth, becomes a part of the session's stream.

use crate::config::error::ConfigError;
use crate::config::sound;
use crate::domain::id::StrategyId;
use crate::domain::suggest::hint;
use crate::domain::text::ShownPath;
use crate::domain::time::Timestamp;
use crate::executor::Executor;
use crate::executor::config::Followed;
use crate::executor::event::{Event, SourceNews, SourcePosition};
use crate::market::timeframe::Timeframe;
use crate::recording::player;
use crate::recording::reader::Recording;
use crate::session::description::{SessionFile, SourceEntry};
use crate::session::ports::{Journal, Passed, PortError, Step};
use std::path::{Path, PathBuf};

/// What has come of the sources of a session.
#[derive(Debug, Default)]
pub(super) struct Sources {
    /// The recordings.
    pub folders: Vec<PathBuf>,
    /// What was open when.
    pub news: Vec<(Timestamp, Event)>,
}

/// Reads the sources that a session names. What there is to know of them is then in `followed`.
///
/// # Errors
/// It names the source, and what is wrong with it.
pub(super) fn resolve(
    path: &Path,
    dir: &Path,
    file: &mut SessionFile,
) -> Result<Sources, ConfigError> {
    let mut sources = Sources::default();
    for (place, entry) in std::mem::take(&mut file.source).into_iter().enumerate() {
        let wrong = |(field, reason): (&str, String)| {
            ConfigError::field(path, format!("source[{place}].{field}"), reason)
        };
        let folder = dir.join(&entry.recording);
        let (followed, news) = read(file, &entry, &folder).map_err(wrong)?;
        file.followed.push(followed);
        sources.folders.push(folder);
        sources.news.extend(news);
    }
    Ok(sources)
}

/// A field of a source, and what is wrong with it.
type Flaw = (&'static str, String);

fn read(
    file: &SessionFile,
    entry: &SourceEntry,
    folder: &Path,
) -> Result<(Followed, Vec<(Timestamp, Event)>), Flaw> {
    let unreadable = |error: &dyn std::error::Error| ("recording", in_one_line(error));
    let recording = Recording::open(folder).map_err(|error| unreadable(&error))?;
    sound::check(folder, &recording.file, &recording.specs).map_err(|error| unreadable(&error))?;
    let currency = &recording.file.account.currency;
    if *currency != file.account.currency {
        let own = &file.account.currency;
        let reason = format!(
            "its account is in {currency} and this one in {own}: follow one in the same currency"
        );
        return Err(("recording", reason));
    }
    let strategy = strategy_of(&recording.file, entry)?;
    let id = entry.id.clone().unwrap_or_else(|| strategy.clone());
    let mut watched = SourceLog::new(strategy, id.clone());
    let mut executor = recording.executor().map_err(|error| unreadable(&error))?;
    let outcome = player::replay(&recording, &mut executor, &mut watched)
        .map_err(|error| unreadable(&*error))?;
    if outcome.divergence.is_some() {
        let reason = format!(
            "{} does not replay as it was recorded: see `tickdeck replay` for where it differs",
            folder.shown()
        );
        return Err(("recording", reason));
    }
    let Some((symbol, timeframe)) = watched.terms.clone() else {
        return Err(("strategy", none_of(&watched.strategy, &executor)));
    };
    if let Some(other) = &watched.other_symbol {
        let reason = format!(
            "`{}` trades {symbol} and later {other}: follow one that keeps to its symbol",
            watched.strategy
        );
        return Err(("strategy", reason));
    }
    let symbol = entry.symbol.clone().unwrap_or(symbol);
    if !file.symbols.contains(&symbol) {
        let known: Vec<&str> = file.symbols.iter().map(String::as_str).collect();
        let reason =
            format!("`{symbol}` is not one of the session's symbols: {}", hint(&symbol, &known));
        return Err(("symbol", reason));
    }
    Ok((Followed { id, symbol, timeframe }, watched.finish()))
}

/// The strategy that is followed.
fn strategy_of(recorded: &SessionFile, entry: &SourceEntry) -> Result<StrategyId, Flaw> {
    match (&entry.strategy, recorded.strategy.as_slice()) {
        (Some(strategy), _) => Ok(strategy.clone()),
        (None, [only]) => Ok(StrategyId::from(only.id.as_str())),
        (None, several) => {
            let ids: Vec<&str> = several.iter().map(|entry| entry.id.as_str()).collect();
            let which = if ids.is_empty() {
                "its strategies were started by commands".to_owned()
            } else {
                format!("its session starts {}", ids.join(", "))
            };
            Err(("strategy", format!("must name the one to follow: {which}")))
        }
    }
}

fn none_of(strategy: &StrategyId, executor: &Executor) -> String {
    let known: Vec<&str> = executor.strategies_known().map(StrategyId::as_str).collect();
    format!("`{strategy}` never ran in it: {}", hint(strategy.as_str(), &known))
}

/// An error with its causes.
fn in_one_line(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}

/// A journal of what a strategy has open: told once for each moment in which it changes, as it is at the
/// end of that moment.
#[derive(Debug)]
struct SourceLog {
    strategy: StrategyId,
    id: StrategyId,
    /// Its symbol and timeframe, once it has run.
    terms: Option<(String, Timeframe)>,
    /// Another symbol, on which it was started later.
    other_symbol: Option<String>,
    told: Vec<(Timestamp, Event)>,
    open: Vec<SourcePosition>,
    /// Whether something is open, and what the account is worth was not certain when that was told.
    is_uncertain: bool,
    /// What is told of the present moment, if it has changed.
    now: Option<(Timestamp, SourceNews)>,
}

impl SourceLog {
    const fn new(strategy: StrategyId, id: StrategyId) -> Self {
        Self {
            strategy,
            id,
            terms: None,
            other_symbol: None,
            told: Vec::new(),
            open: Vec::new(),
            is_uncertain: false,
            now: None,
        }
    }

    fn look(&mut self, at: Timestamp, executor: &Executor) {
        if self.now.as_ref().is_some_and(|(moment, _)| *moment != at) {
            self.tell();
        }
        let Some((symbol, _)) = &self.terms else { return };
        let open = executor.open_of(&self.strategy, symbol);
        let is_told = self.now.is_none() && is_same(&open, &self.open);
        if is_told && !self.is_uncertain {
            return;
        }
        let equity = executor.equity_reported();
        if is_told && equity.is_none() {
            return;
        }
        self.is_uncertain = equity.is_none() && !open.is_empty();
        self.open.clone_from(&open);
        self.now = Some((at, SourceNews { source: self.id.clone(), equity, positions: open }));
    }

    fn see_terms(&mut self, executor: &Executor) {
        let Some(terms) = executor.terms_of(&self.strategy) else { return };
        let (first, _) = self.terms.get_or_insert_with(|| terms.clone());
        if *first != terms.0 {
            self.other_symbol.get_or_insert(terms.0);
        }
    }

    fn tell(&mut self) {
        let told = self.now.take().map(|(at, news)| (at, Event::Source(Box::new(news))));
        self.told.extend(told);
    }

    fn finish(mut self) -> Vec<(Timestamp, Event)> {
        self.tell();
        self.told
    }
}

/// Whether the same is open, however old it is by now.
fn is_same(one: &[SourcePosition], other: &[SourcePosition]) -> bool {
    let ageless = |position: &SourcePosition| SourcePosition { age_ms: 0, ..*position };
    one.iter().map(ageless).eq(other.iter().map(ageless))
}

impl Journal for SourceLog {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        if !matches!(step.event, Event::Tick(_)) {
            if let Event::Command(_) | Event::Broker(_) = step.event {
                self.see_terms(step.executor);
            }
            self.look(step.at, step.executor);
        }
        Ok(())
    }

    fn takes_runs(&self) -> bool {
        true
    }

    fn pass(&mut self, _passed: &Passed<'_>) -> Result<(), PortError> {
        Ok(())
    }
}
