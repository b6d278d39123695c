//! Which magic belongs to which strategy, for good, and on which bars a strategy has already acted.

use crate::domain::flaw::{Checked, must};
use crate::domain::id::{Magic, StrategyId};
use crate::domain::order::Side;
use crate::domain::time::ServerMsc;
use crate::executor::action::Owner;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const MAGIC_BITS: u64 = (1 << 31) - 1;

/// What is known of each strategy that ever ran, by its magic. Entries are never removed, because a
/// position found at any later time must still find its strategy.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Registry {
    strategies: BTreeMap<Magic, Registered>,
    magics: BTreeMap<StrategyId, Magic>,
    /// The executor's own magic, for trades of commands.
    own: Option<Magic>,
}

/// What happens to the positions and orders of a strategy that was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// The strategy runs, or nobody has stopped it.
    #[default]
    No,
    /// The strategy was stopped and its positions are kept; its orders are removed.
    Kept,
    /// The strategy was stopped; whatever is executed for it later is closed too.
    Closed,
}

/// The text whose hash is the executor's own magic. No platform gives a strategy this id.
const OWN: &str = "\u{1}tickdeck";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Registered {
    strategy: StrategyId,
    /// The open time of the last bar that signalled a buy, and of the last that signalled a sell.
    spent: [Option<ServerMsc>; 2],
    #[serde(default)]
    ended: Ended,
}

impl Registry {
    /// The magic that a strategy has or is to have: a 31-bit hash of its id, or the next free number
    /// when that is taken.
    pub fn magic_for(&mut self, strategy: &StrategyId) -> Magic {
        if let Some(&known) = self.magics.get(strategy) {
            return known;
        }
        let own = self.own();
        free(strategy.as_str(), |magic| magic == own || self.strategies.contains_key(&magic))
    }

    /// Keeps the strategy's magic.
    pub fn register(&mut self, strategy: &StrategyId) -> Magic {
        let magic = self.magic_for(strategy);
        if self.magics.contains_key(strategy) {
            return magic;
        }
        self.magics.insert(strategy.clone(), magic);
        self.strategies.insert(
            magic,
            Registered { strategy: strategy.clone(), spent: [None; 2], ended: Ended::No },
        );
        magic
    }

    /// The executor's own magic.
    pub fn own(&mut self) -> Magic {
        *self.own.get_or_insert_with(|| own_magic(|magic| self.strategies.contains_key(&magic)))
    }

    /// The owner of trades with this magic; none when it belongs to nobody here.
    pub fn owner(&self, magic: Magic) -> Option<Owner> {
        match self.strategies.get(&magic) {
            Some(known) => Some(Owner::Strategy(known.strategy.clone())),
            None => (self.own == Some(magic)).then_some(Owner::Account),
        }
    }

    /// The magic of a registered strategy.
    pub fn magic(&self, strategy: &StrategyId) -> Option<Magic> {
        self.magics.get(strategy).copied()
    }

    /// All registered strategies, in order of their ids.
    pub fn all(&self) -> impl Iterator<Item = &StrategyId> {
        self.magics.keys()
    }

    /// What happens to positions and orders of a magic.
    pub fn ended(&self, magic: Magic) -> Ended {
        self.strategies.get(&magic).map_or(Ended::No, |known| known.ended)
    }

    /// Notes that the strategy of a magic was started or stopped. A later STOP may close what an
    /// earlier one kept, but not the other way round.
    ///
    /// # Panics
    /// If no strategy has this magic.
    pub fn set_ended(&mut self, magic: Magic, ended: Ended) {
        let known = self.of(magic);
        known.ended = if ended == Ended::No { Ended::No } else { known.ended.max(ended) };
    }

    /// Spends the signal of a bar and side; false when it was spent before, also across STOP and
    /// START.
    ///
    /// # Panics
    /// If no strategy has this magic.
    pub fn spend(&mut self, magic: Magic, side: Side, bar_msc: ServerMsc) -> bool {
        let last = &mut self.of(magic).spent[usize::from(side == Side::Sell)];
        if last.is_some_and(|last| last >= bar_msc) {
            return false;
        }
        *last = Some(bar_msc);
        true
    }

    fn of(&mut self, magic: Magic) -> &mut Registered {
        self.strategies.get_mut(&magic).expect("whoever starts or is stopped is registered")
    }
}

impl Registry {
    /// Checks a registry that was read.
    ///
    /// # Errors
    /// The first field with an impossible value.
    pub fn check(&self) -> Checked {
        let Self { strategies, magics, own } = self;
        let known = |(id, magic): (&StrategyId, &Magic)| {
            strategies.get(magic).is_some_and(|known| known.strategy == *id)
        };
        must(
            magics.len() == strategies.len() && magics.iter().all(known),
            "magics",
            "must name the magic of each strategy",
        )?;
        must(
            own.is_none_or(|own| !strategies.contains_key(&own)),
            "own",
            "is the magic of a strategy",
        )
    }
}

/// The executor's own magic, given those that strategies have taken.
pub fn own_magic(taken: impl Fn(Magic) -> bool) -> Magic {
    free(OWN, taken)
}

/// A 31-bit hash of `text`, or the next free number when that is taken.
fn free(text: &str, taken: impl Fn(Magic) -> bool) -> Magic {
    let hash = blake3::hash(text.as_bytes());
    let mut number =
        hash.as_bytes().iter().take(8).fold(0_u64, |number, &byte| number << 8 | u64::from(byte))
            & MAGIC_BITS;
    while number == 0 || taken(Magic(number)) {
        number = (number + 1) & MAGIC_BITS;
    }
    Magic(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_magic_is_stable_and_a_collision_takes_the_next() {
        let mut registry = Registry::default();
        let magic = registry.register(&"a".into());
        assert_eq!(registry.register(&"a".into()), magic);
        let mut other = Registry::default();
        let squatter =
            Registered { strategy: "squatter".into(), spent: [None; 2], ended: Ended::No };
        other.strategies.insert(magic, squatter);
        assert_eq!(other.register(&"a".into()), Magic(magic.0 + 1));
    }

    #[test]
    fn a_bar_signals_once_a_side() {
        let mut registry = Registry::default();
        let magic = registry.register(&"a".into());
        assert!(registry.spend(magic, Side::Buy, ServerMsc(60_000)));
        assert!(!registry.spend(magic, Side::Buy, ServerMsc(60_000)));
        assert!(registry.spend(magic, Side::Sell, ServerMsc(60_000)));
        assert!(registry.spend(magic, Side::Buy, ServerMsc(120_000)));
    }
}
