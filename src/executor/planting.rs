//! An executor with a mistake planted into it.

use super::Executor;
use super::plant::Plant;
use crate::domain::position::Position;
use crate::executor::action::Owner;

impl Executor {
    /// The same executor with a mistake planted into it, or with none.
    #[must_use]
    pub fn planted(mut self, plant: Option<Plant>) -> Self {
        self.plant = plant;
        self
    }

    /// Whether this mistake is planted.
    pub(crate) fn has_plant(&self, plant: Plant) -> bool {
        self.plant == Some(plant)
    }

    /// Whether a position of ours is treated as foreign, because its strategy is not running or
    /// because it belongs to the account.
    pub(super) fn disowns(&self, owner: &Owner, position: &Position) -> bool {
        let runs = owner.strategy().is_none_or(|id| self.strategies.slot(id).is_some());
        let foreign = self.book.foreign().any(|other| other.ticket == position.ticket);
        self.has_plant(Plant::AdoptOnlyRunningStrategies) && (foreign || !runs)
            || self.has_plant(Plant::PendingFillNotOwned) && *owner == Owner::Account
    }
}
