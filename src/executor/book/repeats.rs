//! The statement that changes nothing: a reading lists every position, and hardly any has changed
//! since the one before. What is [`remembered`](super::holding::remembered) spares a second look.

use super::Book;
use super::holding::remembered::Remembered;
use super::holding::{Holding, Statement};
use crate::domain::position::Position;
use std::sync::Arc;

impl Book {
    /// Hears of the positions that a reading, requested in step `asked`, only repeats, and gives
    /// the others in their order.
    pub fn hear_repeated<'a>(
        &mut self,
        positions: &'a [Arc<Position>],
        asked: u64,
        step: u64,
    ) -> Vec<&'a Arc<Position>> {
        // Brokers list by ticket. In any other list a position may stand twice.
        if !positions.is_sorted_by(|one, next| one.ticket < next.ticket) {
            return positions.iter().collect();
        }
        let mut holdings = self.holdings.values_mut().peekable();
        let mut is_new = |position: &&Arc<Position>| {
            while holdings.next_if(|holding| holding.identifier < position.ticket).is_some() {}
            let known = holdings.next_if(|holding| holding.identifier == position.ticket);
            let repeated = known.filter(|holding| holding.is_repeated(position, asked));
            let is_new = repeated.is_none();
            repeated.into_iter().for_each(|holding| holding.heard = step);
            is_new
        };
        positions.iter().filter(|position| is_new(position)).collect()
    }

    /// A reading has stated the position as it was known.
    pub fn expect_repeats(&mut self, position: &Arc<Position>) {
        let holding = self.holdings.get_mut(&position.identifier()).expect("it was stated");
        holding.expect_repeats(position);
    }
}

impl Holding {
    /// Whether a reading requested in step `asked` only repeats the one before: nothing is to be
    /// done but to note that the position was heard of.
    pub(super) fn is_repeated(&self, position: &Arc<Position>, asked: u64) -> bool {
        let is_repeated = self.heard <= asked && self.remembered.is(position);
        debug_assert!(!is_repeated || self.stays(position), "a repetition changes nothing");
        is_repeated
    }

    /// Whether the statement leaves the position as it is, and nothing is to be done about it.
    fn stays(&self, position: &Position) -> bool {
        let mut stated = self.clone();
        let told = stated.state(position, true);
        told == Statement::Same && stated == *self && self.is_at_rest() && !self.is_unreported()
    }

    /// A reading has stated the position as it was known. While it is at rest, stating it once more
    /// will change nothing.
    pub(super) fn expect_repeats(&mut self, position: &Arc<Position>) {
        if !self.is_at_rest() || self.is_unreported() || self.ticket != self.identifier {
            return;
        }
        assert!(
            self.stops == (position.sl, position.tp) && self.stops == self.stops_goal.wanted,
            "what is at rest has the stops that are wanted"
        );
        self.remembered = Remembered::of(position);
    }

    /// Something about the position may be changed: the next statement is looked at.
    pub(super) fn look_again(&mut self) {
        self.remembered = Remembered::default();
    }
}
