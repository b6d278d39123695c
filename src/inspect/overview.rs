//! Counts what a replay brings: verdicts by strategy and positions, whatever the length of the recording.

use crate::inspect::evaluation::notes;
use crate::recording::orders::OrderLog;
use crate::recording::words::word;
use crate::session::ports::{Journal, PortError, Step};
use serde::Serialize;
use std::collections::BTreeMap;

/// The counting journal.
#[derive(Debug)]
pub struct Overview {
    log: OrderLog,
    strategies: BTreeMap<String, Judged>,
}

/// What one strategy's evaluations came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Judged {
    /// MT5's symbol and the timeframe.
    pub bars: String,
    /// Closed bars that were judged.
    pub evaluations: u64,
    /// Open time of the first bar by the server's clock.
    pub first_bar: String,
    /// Open time of the last.
    pub last_bar: String,
    /// How often each verdict was given.
    pub verdicts: BTreeMap<String, u64>,
}

impl Overview {
    /// At nothing, for a session's symbols.
    #[must_use]
    pub fn new(symbols: &[String]) -> Self {
        Self { log: OrderLog::new(symbols, std::iter::empty()), strategies: BTreeMap::new() }
    }

    /// How many positions `orders.txt` numbers, and what each strategy's evaluations came to.
    #[must_use]
    pub fn finish(mut self) -> (u64, BTreeMap<String, Judged>) {
        let _ = self.log.finish();
        (self.log.last_number(), self.strategies)
    }
}

impl Journal for Overview {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        self.log.step(step);
        let _ = self.log.drain();
        for note in notes(step, None) {
            let Some((id, _)) = step.executor.judged(note) else { continue };
            let bar = note.bar_msc.to_string();
            let judged = match self.strategies.get_mut(id.as_str()) {
                Some(judged) => judged,
                None => self.strategies.entry(id.to_string()).or_insert_with(|| {
                    let bars = step.executor.explain(note).map(|it| format!("{} {}", it.symbol, it.timeframe)).unwrap_or_default();
                    Judged { bars, evaluations: 0, first_bar: bar.clone(), last_bar: String::new(), verdicts: BTreeMap::new() }
                }),
            };
            judged.evaluations += 1;
            judged.last_bar = bar;
            *judged.verdicts.entry(word(&note.verdict)).or_default() += 1;
        }
        Ok(())
    }
}
