//! The order flow: what is sent, in which order, and what is held at the end, whatever goes wrong.

#[path = "../common/mod.rs"]
mod common;
mod stage;
mod world;

mod broker_reported;
mod command_states;
mod copying;
mod correlated;
mod exits;
mod faults;
mod flat_times;
mod holes;
mod limits;
mod lives;
mod mutations;
mod order_sequences;
mod overnight;
mod own_strategies;
mod passing;
mod portfolio;
mod programs;
mod quiet_clock;
mod quiet_runs;
mod recorded_sources;
mod risk_updates;
mod sizing;
mod states;
mod states_unsound;
mod strategy_limits;
mod torture;
mod unheard_ticks;
mod waiting_entries;
