//! A strategy in Rust that fails now and then: what becomes of it, and of the others, is judged as
//! everything else is.

use crate::domain::flaw::Flaw;
use crate::domain::order::Side;
use crate::strategy::own::{self, ClosedBar, Own, Strategy};
use crate::strategy::watch::evaluator::{Judgement, SidesHeld};
use std::cmp::Ordering;

/// Its name in rules.
pub const NAME: &str = "stumbler";

/// Trades with the last change of its line, and fails at one in so many prices.
struct Stumbler;

/// Installs it, unless the program has strategies of its own.
pub fn install() {
    if own::names().next().is_none() {
        own::install(vec![Box::new(Stumbler)]);
    }
}

impl Strategy for Stumbler {
    fn name(&self) -> &'static str {
        NAME
    }

    fn check(&self, rules: &Own) -> Result<(), Flaw> {
        rules.parameter("every").map(|_| ())
    }

    fn judge(&self, rules: &Own, bar: ClosedBar<'_>, memory: &mut Vec<f64>) -> Judgement {
        let Some(now) = bar.values[0] else { return Judgement::NOTHING };
        let before = memory.first().copied().unwrap_or(now);
        *memory = vec![now];
        let every = rules.parameter("every").expect("it was checked");
        let place = (now * 1e5).round().rem_euclid(every);
        assert!(place >= 0.5, "it stumbles");
        if place < 1.5 {
            memory.push(f64::NAN);
        }
        let moved = match now.total_cmp(&before) {
            Ordering::Less => Some(Side::Sell),
            Ordering::Equal => None,
            Ordering::Greater => Some(Side::Buy),
        };
        Judgement {
            enters: moved.map_or(SidesHeld::Neither, SidesHeld::One),
            leaves: moved.map_or(SidesHeld::Neither, |side| SidesHeld::One(side.opposite())),
        }
    }
}
