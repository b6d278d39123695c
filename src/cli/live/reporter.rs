//! What a live session tells people while it runs, and at its end.

use super::teller::Teller;
use crate::cli::output::Output;
use crate::executor::Executor;
use crate::executor::action::{Action, Report};
use crate::recording::words::{self, Names};
use crate::session::ports::{Journal, PortError, Step};

/// Tells what happens.
pub struct Reporter {
    teller: Teller,
    trades: u64,
    alerts: u64,
}

impl Reporter {
    /// One that has told nothing yet.
    pub fn new(teller: &Teller) -> Self {
        Self { teller: teller.clone(), trades: 0, alerts: 0 }
    }

    /// Says what was done and what is left.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn farewell(&self, executor: &Executor, output: &Output) -> anyhow::Result<()> {
        let view = executor.view();
        let Self { trades, alerts, .. } = self;
        let foreign = match view.foreign_positions {
            0 => String::new(),
            1 => ", and a position that is not ours".to_owned(),
            more => format!(", and {more} positions that are not ours"),
        };
        output.data(&format!(
            "{trades} trades closed, {alerts} alerts; {} positions and {} orders are left open{foreign}",
            view.positions.len(),
            view.orders.len()
        ))
    }
}

impl Journal for Reporter {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        for action in step.actions {
            let Action::Report(report) = action else { continue };
            match &**report {
                Report::Closed(_) => self.trades += 1,
                Report::Alert(_) => self.alerts += 1,
                Report::Opened(_) | Report::Changed(_) => {}
            }
            let names = Names::known(step.executor);
            self.teller.note(&format!("{} {}", step.at, words::action(&names, action)));
        }
        Ok(())
    }
}
