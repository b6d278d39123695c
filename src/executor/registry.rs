//! Which magic belongs to which strategy, for ever, and which bars a strategy has already acted on.

use crate::domain::id::{Magic, StrategyId};
use crate::domain::order::Side;
use crate::domain::time::ServerMsc;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const MAGIC_BITS: u64 = (1 << 31) - 1;

/// Magics by strategy and back. Entries are never removed: a position found tomorrow must still find its strategy.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Registry {
    strategies: BTreeMap<StrategyId, Registered>,
    by_magic: BTreeMap<Magic, StrategyId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Registered {
    magic: Magic,
    /// Open time of the last bar that signalled a buy, and a sell.
    spent: [Option<ServerMsc>; 2],
}

impl Registry {
    /// The strategy's magic: a 31-bit hash of its id; a collision takes the next free number.
    pub fn register(&mut self, strategy: &StrategyId) -> Magic {
        if let Some(known) = self.strategies.get(strategy) {
            return known.magic;
        }
        let hash = blake3::hash(strategy.as_str().as_bytes());
        let mut number = hash.as_bytes().iter().take(8).fold(0_u64, |number, &byte| number << 8 | u64::from(byte)) & MAGIC_BITS;
        while number == 0 || self.by_magic.contains_key(&Magic(number)) {
            number = (number + 1) & MAGIC_BITS;
        }
        let magic = Magic(number);
        self.by_magic.insert(magic, strategy.clone());
        self.strategies.insert(strategy.clone(), Registered { magic, spent: [None; 2] });
        magic
    }

    /// Whose magic it is.
    pub fn owner(&self, magic: Magic) -> Option<&StrategyId> {
        self.by_magic.get(&magic)
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
