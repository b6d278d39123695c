//! A queue of items with the moments at which they are due. It knows nothing about the items.

use crate::domain::time::Timestamp;
use std::collections::BTreeMap;

/// Items in the order of their moments; those of one moment in the order of arrival.
#[derive(Debug)]
pub struct Queue<T> {
    items: BTreeMap<(Timestamp, u64), T>,
    pushed: u64,
    /// The first moment. It is kept at hand because it is asked for at every tick.
    next: Option<Timestamp>,
}

impl<T> Queue<T> {
    /// An empty queue.
    pub const fn new() -> Self {
        Self { items: BTreeMap::new(), pushed: 0, next: None }
    }

    /// The first moment.
    #[inline]
    pub const fn next_due(&self) -> Option<Timestamp> {
        self.next
    }

    /// Keeps `item` until `due`.
    pub fn push(&mut self, due: Timestamp, item: T) {
        self.pushed += 1;
        let before = self.items.insert((due, self.pushed), item);
        assert!(before.is_none(), "each item has its own number");
        self.renew();
    }

    /// The first item, if it is due at `at`, with its moment.
    pub fn pop(&mut self, at: Timestamp) -> Option<(Timestamp, T)> {
        if self.next.is_none_or(|next| next > at) {
            return None;
        }
        let ((due, _), item) = self.items.pop_first()?;
        self.renew();
        Some((due, item))
    }

    /// Drops the items for which `keep` is false.
    pub fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        self.items.retain(|_, item| keep(item));
        self.renew();
    }

    fn renew(&mut self) {
        self.next = self.items.first_key_value().map(|((due, _), _)| *due);
        assert!(
            self.next.is_some() != self.items.is_empty(),
            "the first moment is that of the first item"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_come_by_moment_and_then_as_they_were_put() {
        let mut queue = Queue::new();
        for (due, item) in [(5, 'c'), (3, 'a'), (5, 'd'), (3, 'b'), (9, 'e')] {
            queue.push(Timestamp::from_nanos(due), item);
        }
        assert_eq!(queue.next_due(), Some(Timestamp::from_nanos(3)));
        let due: String = std::iter::from_fn(|| queue.pop(Timestamp::from_nanos(5)))
            .map(|(_, item)| item)
            .collect();
        assert_eq!((due.as_str(), queue.next_due()), ("abcd", Some(Timestamp::from_nanos(9))));
    }
}
