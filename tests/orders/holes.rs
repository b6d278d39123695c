//! The known holes of order handling, each as an order sequence: what is said, line by line, and
//! what the broker holds at the end.

mod capped;
mod doubted;
mod entries;
mod exits;
mod gaps;
mod nonsense;
mod ownership;
mod pending;
mod permutations;
mod readings;
mod repeated;
mod results;
mod stops;
