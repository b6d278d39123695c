//! A platform that remembers which of a session's own strategies were refused: figures of a run without
//! them would mislead.

use crate::backtest::error::BacktestError;
use crate::domain::text;
use crate::domain::time::Timestamp;
use crate::executor::action::{Action, ResultStatus};
use crate::session::ports::{Platform, PortError};
use crate::wire::result::message;
use crate::wire::start::START_ID;

/// The strategies that were refused, each with the reason.
#[derive(Debug, Default)]
pub struct Starts {
    refused: Vec<String>,
}

impl Starts {
    /// # Errors
    /// [`BacktestError::NotStarted`] when a strategy was refused.
    pub fn check(self) -> Result<(), BacktestError> {
        if self.refused.is_empty() {
            return Ok(());
        }
        Err(BacktestError::NotStarted { refused: self.refused.join("; ") })
    }
}

impl Platform for Starts {
    fn deliver(&mut self, _at: Timestamp, action: &Action) -> Result<(), PortError> {
        if let Action::Result(result) = action
            && result.status == ResultStatus::Failed
            && let Some(strategy) = result.id.as_str().strip_prefix(START_ID)
        {
            self.refused.push(format!("strategy `{}`: {}", text::name(strategy), message(result)));
        }
        Ok(())
    }
}
