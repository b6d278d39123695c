//! Tells the platform that this lives, and takes the commands that wait there.

use super::channel::NotTaken;
use super::http::Method;
use super::lane::Instant;
use super::platform::HttpPlatform;
use crate::audit::sink::Log;
use crate::domain::amount::Money;
use crate::executor::action::Action;
use crate::executor::event::{BrokerEvent, Event};
use crate::live::watch::CommandOrigin;
use crate::session::ports::{Journal, PortError, Step};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The last pause after failures.
const PAUSE_MAX_S: u64 = 600;

/// What a heartbeat tells of the account.
#[derive(Debug, Clone, Copy, Default)]
pub struct HeartbeatFigures {
    /// The balance, once the account has been read.
    pub balance: Option<Money>,
    /// The equity, once it is known.
    pub equity: Option<Money>,
    /// How many positions of ours are open.
    pub positions: usize,
    /// Whether entries are latched.
    pub is_latched: bool,
}

/// Keeps the figures of a session that runs, where a heartbeat finds them.
#[derive(Debug, Clone)]
pub struct FiguresKept(pub Arc<Mutex<HeartbeatFigures>>);

impl Journal for FiguresKept {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        let of_account =
            matches!(step.event, Event::Broker(BrokerEvent::Account(_) | BrokerEvent::Snapshot(_)));
        let is_report = |action: &Action| matches!(action, Action::Report(_));
        if of_account || step.actions.iter().any(is_report) {
            let view = step.executor.view();
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = HeartbeatFigures {
                balance: view.balance,
                equity: step.executor.equity_reported(),
                positions: view.positions.len(),
                is_latched: view.latched,
            };
        }
        Ok(())
    }
}

/// A heartbeat.
pub struct Heartbeat {
    platform: HttpPlatform,
    pause_s: u64,
    figures: Arc<Mutex<HeartbeatFigures>>,
    log: Log,
    due: Option<Instant>,
    failures: u32,
    /// The commands that were given on: the platform repeats them until it has heard of their results.
    given: BTreeSet<String>,
}

impl Heartbeat {
    /// A heartbeat to a platform, which is due now and then each so many seconds.
    #[must_use]
    pub const fn new(
        platform: HttpPlatform,
        pause_s: u64,
        figures: Arc<Mutex<HeartbeatFigures>>,
        log: Log,
    ) -> Self {
        Self { platform, pause_s, figures, log, due: None, failures: 0, given: BTreeSet::new() }
    }

    fn beat(&self) -> Result<Vec<Value>, NotTaken> {
        let figures = *self.figures.lock().unwrap_or_else(PoisonError::into_inner);
        let body = json!({
            "status": if figures.is_latched { "latched" } else { "running" },
            "metadata": {
                "version": env!("CARGO_PKG_VERSION"),
                "platform": std::env::consts::OS,
                "accountBalance": figures.balance.map(Money::to_f64),
                "accountEquity": figures.equity.map(Money::to_f64),
                "openPositions": figures.positions,
            },
        });
        let path = format!("/executor/{}/heartbeat", self.platform.executor);
        let answer = self.platform.call(Method::Post, &path, None, Some(&body))?;
        let wrong = |what: &str| NotTaken::Later { what: what.to_owned(), pause: None };
        let answer: Value = serde_json::from_str(&answer)
            .map_err(|_| wrong("its answer to a heartbeat is no JSON"))?;
        match answer.get("pendingCommands") {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(commands)) => Ok(commands.clone()),
            Some(_) => {
                Err(wrong("its answer to a heartbeat has `pendingCommands`, which is no list"))
            }
        }
    }
}

impl CommandOrigin for Heartbeat {
    fn bodies(&mut self) -> Vec<String> {
        let now = Instant::now();
        if self.due.is_some_and(|due| now < due) {
            return Vec::new();
        }
        let (pause, bodies) = match self.beat() {
            Ok(commands) => {
                if std::mem::take(&mut self.failures) > 0 {
                    (self.log)("platform: heartbeats are heard again");
                }
                let is_new = |command: &Value| {
                    // One without an id is told to be none each time; it has no result to wait for.
                    command["id"].as_str().is_none_or(|id| self.given.insert(id.to_owned()))
                };
                let new = commands.into_iter().filter(is_new);
                (Duration::from_secs(self.pause_s), new.map(|one| one.to_string()).collect())
            }
            Err(NotTaken::Later { what, pause }) => {
                (pause.unwrap_or_else(|| self.failed(&what)), Vec::new())
            }
            Err(NotTaken::Never { what }) => (self.failed(&what), Vec::new()),
        };
        self.due = Some(now + pause);
        bodies
    }
}

impl Heartbeat {
    /// The pause after a failure.
    fn failed(&mut self, what: &str) -> Duration {
        if self.failures == 0 {
            (self.log)(&format!("platform: a heartbeat is not heard: {what}"));
        }
        let pause_s = self.pause_s.saturating_mul(1 << self.failures.min(16));
        self.failures = self.failures.saturating_add(1);
        Duration::from_secs(pause_s.min(PAUSE_MAX_S.max(self.pause_s)))
    }
}
