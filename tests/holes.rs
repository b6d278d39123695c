//! The known holes of order handling, each as an order sequence: what is said, line by line, and
//! what the broker holds at the end.

mod stage;

#[path = "holes/capped.rs"]
mod capped;
#[path = "holes/doubted.rs"]
mod doubted;
#[path = "holes/entries.rs"]
mod entries;
#[path = "holes/exits.rs"]
mod exits;
#[path = "holes/gaps.rs"]
mod gaps;
#[path = "holes/nonsense.rs"]
mod nonsense;
#[path = "holes/ownership.rs"]
mod ownership;
#[path = "holes/pending.rs"]
mod pending;
#[path = "holes/permutations.rs"]
mod permutations;
#[path = "holes/readings.rs"]
mod readings;
#[path = "holes/repeated.rs"]
mod repeated;
#[path = "holes/results.rs"]
mod results;
#[path = "holes/stops.rs"]
mod stops;
