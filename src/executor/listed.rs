//! What a reading lists again: a history reaches back a while, so each deal and each ended order
//! stands in many readings. What the one before listed, and changed nothing, changes nothing now.
//!
//! It follows from what was heard: a state does not hold it, and it does not count when states are
//! compared.

use crate::domain::deal::Deal;
use crate::domain::order::Order;
use std::sync::Arc;

/// The part of the last reading's history that changed nothing.
#[derive(Debug, Clone, Default)]
pub struct ListedHistory {
    pub orders: Listed<Order>,
    pub deals: Listed<Deal>,
}

impl PartialEq for ListedHistory {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for ListedHistory {}

/// What the last reading listed, in its order.
#[derive(Debug, Clone)]
pub struct Listed<T> {
    items: Vec<Arc<T>>,
    /// What the reading before listed, while this one is gone through.
    before: Vec<Arc<T>>,
    /// Everything before this place in `before` was found, or is no longer listed.
    next: usize,
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self { items: Vec::new(), before: Vec::new(), next: 0 }
    }
}

impl<T: PartialEq> Listed<T> {
    /// A reading is gone through: what the one before listed is compared with it.
    pub fn begin(&mut self) {
        *self = Self { before: std::mem::take(&mut self.items), ..Self::default() };
    }

    /// Whether the reading before listed just this, after what was found last. Readings keep one
    /// order; in another one some are not found.
    pub fn repeats(&mut self, item: &Arc<T>) -> bool {
        let found = self.before[self.next..].iter().position(|before| before == item);
        if let Some(found) = found {
            self.next += found + 1;
        }
        found.is_some()
    }

    /// Something was listed that changed nothing.
    pub fn push(&mut self, item: &Arc<T>) {
        self.items.push(Arc::clone(item));
    }

    /// What was listed may change something when it is listed again.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_reading_before_listed_is_found_in_its_order() {
        let mut listed = Listed::default();
        let items = [1, 2, 3, 4, 5].map(Arc::new);
        items.iter().for_each(|item| listed.push(item));
        listed.begin();
        // The same again, one that went unlisted, a copy, a new one, and one that comes too late.
        let again = [Arc::clone(&items[1]), Arc::new(4), Arc::new(6), Arc::new(3)];
        assert_eq!(again.map(|item| listed.repeats(&item)), [true, true, false, false]);
        listed.forget();
        assert!(!listed.repeats(&items[4]), "nothing is known any more");
        listed.push(&items[0]);
        listed.begin();
        assert!(listed.repeats(&items[0]) && !listed.repeats(&items[0]), "it was listed once");
    }
}
