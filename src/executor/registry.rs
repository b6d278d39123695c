//! Which magic belongs to which strategy, for good, and on which bars a strategy has already acted.

use crate::domain::flaw::{Checked, must};
use crate::domain::id::{Magic, StrategyId};
use crate::domain::order::Side;
use crate::domain::time::ServerMsc;
use crate::executor::action::Owner;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const MAGIC_BITS: u64 = (1 << 31) - 1;

/// Magics by strategy, and strategies by magic. Entries are never removed: a position that is found tomorrow must still
/// find its strategy.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Registry {
    strategies: BTreeMap<StrategyId, Registered>,
    by_magic: BTreeMap<Magic, StrategyId>,
    /// The executor's own magic, for trades of commands.
    own: Option<Magic>,
}

/// What happens to the positions and orders of a strategy that was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// It runs, or nobody has stopped it.
    #[default]
    No,
    /// It was stopped and its positions are kept; its orders are removed.
    Kept,
    /// It was stopped: whatever is executed for it later is closed too.
    Closed,
}

/// The text whose hash is the executor's own magic: no strategy of a platform has this id.
const OWN: &str = "\u{1}tickdeck";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Registered {
    magic: Magic,
    /// Open time of the last bar that signalled a buy, and a sell.
    spent: [Option<ServerMsc>; 2],
    #[serde(default)]
    ended: Ended,
}

impl Registry {
    /// The strategy's magic: a 31-bit hash of its id; a collision takes the next free number.
    pub fn register(&mut self, strategy: &StrategyId) -> Magic {
        if let Some(known) = self.strategies.get(strategy) {
            return known.magic;
        }
        let own = self.own();
        let magic = free(strategy.as_str(), |magic| magic == own || self.by_magic.contains_key(&magic));
        self.by_magic.insert(magic, strategy.clone());
        self.strategies.insert(strategy.clone(), Registered { magic, spent: [None; 2], ended: Ended::No });
        magic
    }

    /// The executor's own magic.
    pub fn own(&mut self) -> Magic {
        *self.own.get_or_insert_with(|| own_magic(|magic| self.by_magic.contains_key(&magic)))
    }

    /// The owner of trades with this magic; none when it belongs to nobody here.
    pub fn owner(&self, magic: Magic) -> Option<Owner> {
        match self.by_magic.get(&magic) {
            Some(strategy) => Some(Owner::Strategy(strategy.clone())),
            None => (self.own == Some(magic)).then_some(Owner::Account),
        }
    }

    /// The magic of a strategy that is registered.
    pub fn magic(&self, strategy: &StrategyId) -> Option<Magic> {
        self.strategies.get(strategy).map(|known| known.magic)
    }

    /// All the strategies that are registered, with their magics.
    pub fn all(&self) -> impl Iterator<Item = (&StrategyId, Magic)> {
        self.strategies.iter().map(|(id, known)| (id, known.magic))
    }

    /// What happens to positions and orders of a magic.
    pub fn ended(&self, magic: Magic) -> Ended {
        self.by_magic.get(&magic).and_then(|id| self.strategies.get(id)).map_or(Ended::No, |known| known.ended)
    }

    /// A strategy was started or stopped. A later STOP may close what an earlier one kept, never the other way round.
    pub fn set_ended(&mut self, strategy: &StrategyId, ended: Ended) {
        if let Some(known) = self.strategies.get_mut(strategy) {
            known.ended = if ended == Ended::No { Ended::No } else { known.ended.max(ended) };
        }
    }

    /// Spends the signal of a bar and side; false when it was spent before, also across STOP and START.
    pub fn spend(&mut self, strategy: &StrategyId, side: Side, bar_msc: ServerMsc) -> bool {
        let Some(known) = self.strategies.get_mut(strategy) else { return false };
        let last = &mut known.spent[usize::from(side == Side::Sell)];
        if last.is_some_and(|last| last >= bar_msc) {
            return false;
        }
        *last = Some(bar_msc);
        true
    }
}

impl Registry {
    /// Whether one that was read can be.
    ///
    /// # Errors
    /// The first field that cannot.
    pub fn check(&self) -> Checked {
        let Self { strategies, by_magic, own } = self;
        let known = |(magic, id): (&Magic, &StrategyId)| strategies.get(id).is_some_and(|known| known.magic == *magic);
        must(by_magic.len() == strategies.len() && by_magic.iter().all(known), "by_magic", "must name each strategy by its magic")?;
        must(own.is_none_or(|own| !by_magic.contains_key(&own)), "own", "is the magic of a strategy")
    }
}

/// The executor's own magic, where strategies have taken some.
pub fn own_magic(taken: impl Fn(Magic) -> bool) -> Magic {
    free(OWN, taken)
}

/// A 31-bit hash of `text`; where that is taken, the next free number.
fn free(text: &str, taken: impl Fn(Magic) -> bool) -> Magic {
    let hash = blake3::hash(text.as_bytes());
    let mut number = hash.as_bytes().iter().take(8).fold(0_u64, |number, &byte| number << 8 | u64::from(byte)) & MAGIC_BITS;
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
        other.by_magic.insert(magic, "squatter".into());
        assert_eq!(other.register(&"a".into()), Magic(magic.0 + 1));
    }

    #[test]
    fn a_bar_signals_once_a_side() {
        let mut registry = Registry::default();
        let id = "a".into();
        registry.register(&id);
        assert!(registry.spend(&id, Side::Buy, ServerMsc(60_000)));
        assert!(!registry.spend(&id, Side::Buy, ServerMsc(60_000)));
        assert!(registry.spend(&id, Side::Sell, ServerMsc(60_000)));
        assert!(registry.spend(&id, Side::Buy, ServerMsc(120_000)));
    }
}
