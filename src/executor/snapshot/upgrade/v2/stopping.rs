//! The strategies that were being stopped.

use super::written::{OnStop, State};
use crate::domain::id::{Magic, StrategyId};

/// What version 3 keeps about a strategy that is being stopped.
pub struct Stopping {
    pub slot: usize,
    pub id: StrategyId,
    pub magic: Magic,
    pub on_stop: OnStop,
}

/// The strategies that are being stopped, in order of their slots.
pub fn all(old: &State) -> Vec<Stopping> {
    let slots = old.strategies.slots.iter().enumerate();
    let stopping = slots.filter_map(|(slot, strategy)| {
        Some((slot, strategy.as_ref().filter(|one| one.state == "stopping")?))
    });
    stopping
        .map(|(slot, strategy)| Stopping {
            slot,
            id: strategy.id.clone(),
            magic: strategy.effective.magic,
            on_stop: strategy.on_stop,
        })
        .collect()
}
