//! tickdeck: an executor for MetaTrader 5 that traders can rewind.
//!
//! The whole executor is a state machine that takes one event at a time and answers with actions. One loop drives it
//! over recorded ticks and commands, or live; everything that differs stands behind four ports. Every run can be
//! recorded, and a recording replayed through the same code says where it first differs.
//!
//! # The map
//!
//! A module uses only those above it in this list; those in one row never use one another (`tests/tidy.rs` holds it).
//!
//! | module | what lives there | what is absent |
//! |---|---|---|
//! | [`domain`] | time, price, volume, money, symbol, tick, order, position, deal, account, retcode; text as it may be shown | anything that changes by itself |
//! | [`market`] | bars from ticks, as the terminal builds them | UTC: bars know the server's clock alone |
//! | [`indicator`] | one file an indicator, incremental | history beyond what a definition needs |
//! | [`strategy`] | rules in their one checked form; what bars make of them | orders, money, dialects |
//! | [`risk`] | one small function a rule | state |
//! | [`executor`] | the core: events in, actions out | clock, IO, async, threads, randomness, hash-map order |
//! | [`session`] | the ports, the one loop, the order of what happens at one moment ([`session::schedule`]), the description of a session | knowledge of what stands behind a port |
//! | [`wire`] | commands, rule dialects, specifications, results: text to values and back | files, clock |
//! | [`disk`] | files and folders that appear whole on every platform; what an interrupted process takes away | what is in them |
//! | [`data`] | tick and bar files, fetched, read and written, with an account of their quality | decisions about trades |
//! | [`sim`] · [`recording`] · `live` | virtual time, a hedging account at a broker that misbehaves as the session says ([`sim::broker`]), ticks made up or made from bars · a session on disk, replayed and compared · the real world | one another |
//! | [`inspect`] · [`report`] | questions to a recording, asked while it is replayed · what a run came to | decisions |
//! | [`config`] | a session file, checked and resolved | |
//! | [`backtest`] | a session built from its description, run, counted and recorded | rules of its own |
//! | [`torture`] | random sessions with everything that goes wrong: drawn from a seed, judged from the broker's book and the commands ([`torture::judge`]), made small where they fail | trust in what the executor believes |
//! | [`cli`] | one file a verb | |
//!
//! Where to start: [`executor::event::Event`] and [`executor::action::Action`] are all that the core can learn and ask
//! for; [`session::run::run`] is the loop; `recordings/` shows what comes of it; [`torture::judge::ALL`] names what must
//! hold whatever happens.

#![forbid(unsafe_code)]

pub mod domain;
pub mod market;
pub mod indicator;
pub mod strategy;
pub mod risk;
pub mod executor;
pub mod session;
pub mod wire;
pub mod disk;
pub mod data;
pub mod sim;
pub mod recording;
#[cfg(feature = "live")]
pub mod live;
pub mod inspect;
pub mod report;
pub mod config;
pub mod backtest;
pub mod torture;
pub mod cli;
