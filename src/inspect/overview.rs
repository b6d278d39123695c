//! Counts what a replay brings, however long it is: verdicts by strategy, and positions.

use crate::inspect::evaluation::notes;
use crate::recording::orders::OrderLog;
use crate::recording::words::word;
use crate::session::ports::{Journal, PortError, Step};
use serde::Serialize;
use std::collections::BTreeMap;

/// The journal that counts.
#[derive(Debug)]
pub struct Overview {
    log: OrderLog,
    strategies: BTreeMap<String, Judged>,
}

/// The counts of one strategy's evaluations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Judged {
    /// MT5's symbol and the timeframe.
    pub bars: String,
    /// The number of closed bars that were evaluated.
    pub evaluations: u64,
    /// Open time of the first bar by the server's clock.
    pub first_bar: String,
    /// Open time of the last bar, likewise.
    pub last_bar: String,
    /// How often each verdict was given.
    pub verdicts: BTreeMap<String, u64>,
}

impl Overview {
    /// Nothing counted yet, for a session's symbols.
    #[must_use]
    pub fn new(symbols: &[String]) -> Self {
        Self { log: OrderLog::new(symbols, std::iter::empty()), strategies: BTreeMap::new() }
    }

    /// The number of positions in `orders.txt`, and the counts of each strategy's evaluations.
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
                    let bars = step
                        .executor
                        .explain(note)
                        .map(|it| format!("{} {}", it.symbol, it.timeframe))
                        .unwrap_or_default();
                    Judged {
                        bars,
                        evaluations: 0,
                        first_bar: bar.clone(),
                        last_bar: String::new(),
                        verdicts: BTreeMap::new(),
                    }
                }),
            };
            judged.evaluations += 1;
            judged.last_bar = bar;
            *judged.verdicts.entry(word(&note.verdict)).or_default() += 1;
        }
        Ok(())
    }
}
