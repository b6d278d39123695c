//! Recordings: made, replayed, compared, edited, sealed and asked why.

#[path = "../common/mod.rs"]
mod common;
mod recording;

mod accepting;
mod afternoon;
mod audit;
mod continuous_integration;
mod determinism;
mod files;
mod inspect_limits;
mod interrupted;
mod journal;
mod model_sessions;
mod replay;
mod what_if;
mod why;
