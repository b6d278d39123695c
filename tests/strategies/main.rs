//! Strategies: indicators, rules, filters and entries, against plain loops over real data.

#[path = "../common/mod.rs"]
mod common;

mod builtins;
mod conditions;
mod entries;
mod filters;
mod forming;
mod indicator_definitions;
mod indicator_properties;
mod indicator_structure;
mod indicator_verb;
mod indicators;
mod managed;
mod reference;
mod rule_properties;
mod warm_up;
