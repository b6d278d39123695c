//! What is remembered of the last reading, besides the state: a state does not hold it, and it does
//! not count when states are compared.

use crate::domain::position::Position;
use std::sync::Arc;

/// The position as a reading has stated it, as long as a reading that states the same again would
/// only be heard; none when that is not known.
#[derive(Debug, Clone, Default)]
pub struct Remembered(Option<Arc<Position>>);

impl Remembered {
    /// What a reading has stated.
    pub fn of(position: &Arc<Position>) -> Self {
        Self(Some(Arc::clone(position)))
    }

    /// Whether the reading stated just this.
    pub fn is(&self, position: &Arc<Position>) -> bool {
        self.0.as_ref() == Some(position)
    }
}

impl PartialEq for Remembered {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Remembered {}
