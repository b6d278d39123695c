//! The normal state of the world, and what is wrong with it for a while.

use crate::domain::amount::{Price, Volume};
use crate::domain::id::SymbolId;
use crate::domain::symbol::SymbolSpec;
use crate::domain::time::Timestamp;
use crate::sim::broker::owed::Lasting;
use std::collections::BTreeMap;

/// How often something may happen to the world by chance, in milliseconds.
pub(super) const MINUTE_MS: u64 = 60_000;

/// The normal state of the world, and what is wrong with it for a while.
#[derive(Debug)]
pub struct Conditions {
    pub sound: Vec<SymbolSpec>,
    /// The lasting conditions, each with its end.
    pub lasting: BTreeMap<Lasting, Timestamp>,
}

impl Conditions {
    /// A world in which nothing is wrong.
    pub const fn new(sound: Vec<SymbolSpec>) -> Self {
        Self { sound, lasting: BTreeMap::new() }
    }

    /// Whether readings of the account show no orders.
    pub fn hides_orders(&self) -> bool {
        self.lasting.contains_key(&Lasting::OrdersHidden)
    }

    /// A specification as it is reported.
    pub fn told(&self, symbol: SymbolId, spec: SymbolSpec) -> SymbolSpec {
        if symbol == SymbolId(0) && self.lasting.contains_key(&Lasting::SpecBroken) {
            return SymbolSpec { tick_size: Price::ZERO, volume_step: Volume::ZERO, ..spec };
        }
        spec
    }
}
