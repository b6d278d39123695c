//! How far the account was from its limits, over time.

use crate::domain::time::{ServerMsc, Timestamp};
use crate::domain::zone::ServerZone;
use crate::executor::Executor;
use crate::executor::action::{Action, AlertCode, Report};
use crate::executor::headroom::Headroom;
use crate::session::ports::{Journal, Passed, PortError, Step};
use serde::Serialize;

const MINUTE_MS: i64 = 60_000;

/// One limit at one moment. Amounts are text, as everywhere outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeadroomRow {
    /// The moment by the server's clock.
    pub time: String,
    /// The name of the limit.
    pub limit: &'static str,
    /// Its place among those of its kind, from 0.
    pub place: u8,
    /// The strategy that it limits; empty where it limits the account.
    pub strategy: String,
    /// The symbol that it limits; empty where it limits the whole account.
    pub symbol: String,
    /// What the account had come to; empty while that was not certain.
    pub value: String,
    /// What it must not come to.
    pub bound: String,
    /// What was left.
    pub headroom: String,
}

/// Looks at the limits every so many minutes of the server's clock, and when one is reached or released.
#[derive(Debug)]
pub struct HeadroomLog<'a> {
    symbols: &'a [String],
    zone: ServerZone,
    every_ms: i64,
    next: ServerMsc,
    /// What was seen.
    pub rows: Vec<HeadroomRow>,
}

impl<'a> HeadroomLog<'a> {
    /// A log of a session on these symbols, by its server's clock.
    #[must_use]
    pub const fn new(symbols: &'a [String], zone: ServerZone, every_minutes: u32) -> Self {
        let every_ms = every_minutes as i64 * MINUTE_MS;
        Self { symbols, zone, every_ms, next: ServerMsc(i64::MIN), rows: Vec::new() }
    }

    fn look(&mut self, at: Timestamp, executor: &Executor, is_due: bool) {
        let now = self.zone.to_server(at);
        if now < self.next && !is_due {
            return;
        }
        if now >= self.next {
            self.next = ServerMsc((now.0.div_euclid(self.every_ms) + 1) * self.every_ms);
        }
        let text = |measure: Option<String>| measure.unwrap_or_default();
        for headroom in executor.headroom() {
            let left = headroom.left();
            let Headroom { limit, place, strategy, symbol, value, bound } = headroom;
            let row = HeadroomRow {
                time: now.to_string(),
                limit: limit.row().name,
                place,
                strategy: text(strategy.map(|id| id.to_string())),
                symbol: text(symbol.map(|id| self.symbols[id.index()].clone())),
                value: text(value.map(|value| value.to_string())),
                bound: text(bound.map(|bound| bound.to_string())),
                headroom: text(left.map(|left| left.to_string())),
            };
            self.rows.push(row);
        }
    }
}

impl Journal for HeadroomLog<'_> {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        let is_due = step.actions.iter().any(tells_of_a_limit);
        self.look(step.at, step.executor, is_due);
        Ok(())
    }

    fn takes_runs(&self) -> bool {
        true
    }

    /// A run is of one minute, in which nothing was reached.
    fn pass(&mut self, passed: &Passed<'_>) -> Result<(), PortError> {
        self.look(passed.last_at, passed.executor, false);
        Ok(())
    }
}

fn tells_of_a_limit(action: &Action) -> bool {
    let Action::Report(report) = action else { return false };
    let Report::Alert(alert) = &**report else { return false };
    matches!(
        alert.code,
        AlertCode::LimitReached
            | AlertCode::LimitReleased
            | AlertCode::TargetReached
            | AlertCode::StrategyLimitReached
            | AlertCode::StrategyLimitReleased
    )
}
