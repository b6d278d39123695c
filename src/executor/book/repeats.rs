//! The statement that changes nothing: a reading lists every position, and hardly any has changed
//! since the one before. What is [`remembered`](super::holding::remembered) spares a second look.

use super::Book;
use super::holding::remembered::Remembered;
use super::holding::{Holding, Statement};
use crate::domain::id::Ticket;
use crate::domain::position::Position;
use std::sync::Arc;

/// What a reading says beside repetitions.
#[derive(Debug)]
pub struct Comparison<'a> {
    /// The positions that it does not only repeat, in its order.
    pub stated: Vec<&'a Arc<Position>>,
    /// Our positions that it does not only repeat, by identifier.
    pub others: Vec<Ticket>,
}

impl Book {
    /// Hears of the positions that a reading, requested in step `asked`, only repeats.
    pub fn hear_repeated<'a>(
        &mut self,
        positions: &'a [Arc<Position>],
        asked: u64,
        step: u64,
    ) -> Comparison<'a> {
        let mut compared = Comparison { stated: Vec::new(), others: Vec::new() };
        let mut holdings = self.holdings.values_mut().peekable();
        let mut latest = Ticket(0);
        let mut left = positions.iter();
        // Brokers list by ticket. From where they do not, a position may stand twice.
        while let Some(position) = left.as_slice().first().filter(|one| one.ticket > latest) {
            left.next();
            latest = position.ticket;
            while let Some(other) = holdings.next_if(|holding| holding.identifier < latest) {
                compared.others.push(other.identifier);
            }
            match holdings.next_if(|holding| holding.identifier == latest) {
                Some(holding) if holding.is_repeated(position, asked) => holding.heard = step,
                known => {
                    compared.others.extend(known.map(|holding| holding.identifier));
                    compared.stated.push(position);
                }
            }
        }
        compared.others.extend(holdings.map(|holding| holding.identifier));
        compared.stated.extend(left);
        compared
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
