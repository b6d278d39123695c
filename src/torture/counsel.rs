//! Programs that answer for strategies as badly as programs do: late, twice, never, about another bar,
//! with prices that are none; now and then one ends.
//!
//! What is answered follows from seed, strategy and bar alone, whatever else happens.

use super::draw::dice::Dice;
use crate::domain::amount::Price;
use crate::domain::order::Side;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::executor::action::Question;
use crate::executor::event::{Advice, AdviceFailure, AdviceOutcome, Event, Wants};
use crate::session::ports::Advisor;
use std::collections::BTreeMap;

/// The command in rules. No process is ever started.
pub const COMMAND: [&str; 1] = ["waverer"];

/// The programs of a torture session.
#[derive(Debug)]
pub struct Waverers {
    seed: u64,
    /// Answers on their way, with a number that keeps those of one moment in their order.
    owed: BTreeMap<(Timestamp, u64), Advice>,
    given: u64,
}

impl Waverers {
    /// The programs of a session.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed, owed: BTreeMap::new(), given: 0 }
    }

    /// The process ends, and its programs with it.
    pub fn end(&mut self) {
        self.owed.clear();
    }

    fn answer(
        &mut self,
        at: Timestamp,
        question: &Question,
        bar_msc: ServerMsc,
        outcome: AdviceOutcome,
    ) {
        self.given += 1;
        let advice = Advice { strategy: question.strategy.clone(), bar_msc, outcome };
        self.owed.insert((at, self.given), advice);
    }
}

impl Advisor for Waverers {
    fn ask(&mut self, at: Timestamp, question: &Question) {
        let bar_msc = question.bar.time_msc;
        let using = format!("advice {} {}", question.strategy, bar_msc.0);
        let dice = &mut Dice::new(&using, self.seed);
        let deadline_ms = u64::from(question.deadline_ms);
        let outcome = AdviceOutcome::Wants(wants(question, dice));
        match dice.between(0, 99) {
            0..=59 => self.answer(at, question, bar_msc, outcome),
            60..=74 => {
                let later = at.plus_ms(dice.between(1, deadline_ms - 1));
                self.answer(later, question, bar_msc, outcome);
            }
            75..=84 => {
                let late = at.plus_ms(deadline_ms + dice.between(1, 40_000));
                self.answer(late, question, bar_msc, outcome);
            }
            85..=88 => {}
            89..=91 => {
                let failed = AdviceOutcome::Failed(AdviceFailure::Silent);
                self.answer(at, question, bar_msc, failed);
                let late = at.plus_ms(dice.between(1, 40_000));
                self.answer(late, question, bar_msc, outcome);
            }
            92..=94 => {
                self.answer(at, question, bar_msc, outcome);
                let again = at.plus_ms(dice.between(0, 20_000));
                self.answer(again, question, bar_msc, outcome);
            }
            95..=97 => {
                let before = ServerMsc(bar_msc.0 - 60_000);
                self.answer(at.plus_ms(dice.between(0, 9_000)), question, before, outcome);
            }
            98 => {
                let why = dice.pick(&[AdviceFailure::Gone, AdviceFailure::Nonsense]);
                self.answer(at, question, bar_msc, AdviceOutcome::Failed(why));
            }
            _ => {
                let wants = Wants {
                    enters: Some(Side::Buy),
                    sl: Some(Price::from_raw(-1)),
                    ..Wants::default()
                };
                self.answer(at, question, bar_msc, AdviceOutcome::Wants(wants));
            }
        }
    }

    fn next_due(&self) -> Option<Timestamp> {
        self.owed.first_key_value().map(|((due, _), _)| *due)
    }

    fn owed(&mut self, at: Timestamp, out: &mut Vec<Event>) {
        while let Some(first) = self.owed.first_entry().filter(|first| first.key().0 <= at) {
            out.push(Event::Advice(Box::new(first.remove())));
        }
    }
}

/// What a program wants, such as a strategy may: rarely with stops of its own.
fn wants(question: &Question, dice: &mut Dice) -> Wants {
    let side = dice.pick(&[Side::Buy, Side::Sell]);
    let enters = dice.maybe(40, |_| side);
    let (leaves_buys, leaves_sells) = (dice.percent(25), dice.percent(25));
    let (mut sl, mut tp) = (None, None);
    if let (Some(side), Some((bid, ask))) = (enters, question.quote)
        && dice.percent(30)
    {
        let price = side.entry_price(bid, ask);
        let away = Price::from_raw(price.raw() / 1_000 * i64::from(dice.small(1, 4)));
        let (lower, higher) = (price - away, price + away);
        let stops = if side == Side::Buy { (lower, higher) } else { (higher, lower) };
        // Now and then on the wrong side, which no broker takes.
        let (stop, profit) = if dice.percent(5) { (stops.1, stops.0) } else { stops };
        (sl, tp) = (Some(stop), dice.maybe(70, |_| profit));
    }
    Wants { enters, leaves_buys, leaves_sells, sl, tp }
}
