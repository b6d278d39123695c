//! tickdeck: an executor for MetaTrader 5 that traders can rewind.
//!
//! The whole executor is a state machine that takes one event at a time and answers with actions.
//! One loop drives it, over recorded ticks and commands or live. Everything that differs between
//! the two stands behind five ports. Every run can be recorded. A recording is replayed through the
//! same code, and the replay says where the two first differ.
//!
//! # The map
//!
//! A module uses only the modules above it in this list; those in one row never use one another
//! (`tests/tidy.rs` checks it).
//!
//! | module | what lives there | what is absent |
//! |---|---|---|
//! | [`domain`] | time, price, volume, money, symbol, tick, order, position, deal, account, retcode; outside text made safe to show | anything that changes by itself |
//! | [`market`] | bars from ticks, as the terminal builds them; ticks as columns, and as runs with which nothing can happen | UTC: bars know only the server's clock |
//! | [`indicator`] | incremental indicators, one per file | history beyond what a definition needs |
//! | [`strategy`] | rules in their one checked form, and strategies in code; the signals that bars give by them | orders, money, dialects |
//! | [`valuation`] | what open positions are worth: quotes, currencies converted, profits summed and bounded | who holds them |
//! | [`risk`] | one small function per rule | state |
//! | [`executor`] | the core: events in, actions out | clock, IO, async, threads, randomness, hash-map order |
//! | [`session`] | the ports ([`session::ports`] says how quiet ticks pass them), the one loop, ticks of several streams merged, the order of events at one moment ([`session::schedule`]), the description of a session | knowledge of what stands behind a port |
//! | [`wire`] | commands, rule dialects, specifications, results: text to values and back | files, clock |
//! | [`disk`] | files and folders that appear only when complete, on every platform; the removal of what an interrupted process left | what is in them |
//! | [`data`] | tick and bar files, downloaded, read and written, with a report on their quality | decisions about trades |
//! | [`sim`] · [`recording`] · [`process`] · `live` | virtual time, a hedging account with a broker that misbehaves as the session says ([`sim::broker`]), ticks generated or made from bars · a session on disk, replayed and compared · programs that answer for strategies · the real world | one another |
//! | [`journal`] | the steps of a live session as they come, durable; sealed into a recording | what happens next |
//! | [`inspect`] · [`report`] · `audit` | questions about a recording, answered by replaying it · the figures of a run · the tables of live sessions, and whether they can be believed | decisions |
//! | [`config`] | a session file, and the settings of live mode, checked and resolved | |
//! | [`backtest`] · `rehearsal` · `courier` · `control` | a session built from its description, run, counted and recorded · a terminal to rehearse live mode with, before the simulated broker · messages to the platform and to people · the API by which its owner steers a live session | rules of its own |
//! | [`torture`] | random sessions with every fault: drawn from a seed, judged from the broker's book and the commands ([`torture::judge`]), reduced where they fail | trust in what the executor believes |
//! | [`cli`] | one verb per file | |
//!
//! Where to start: [`executor::event::Event`] and [`executor::action::Action`] are all that the
//! core can learn and ask for; [`session::run::run`] is the loop; `recordings/` shows the results;
//! [`torture::judge::ALL`] names what must hold whatever happens.

#![forbid(unsafe_code)]

pub mod domain;
pub mod market;
pub mod indicator;
pub mod strategy;
pub mod valuation;
pub mod risk;
pub mod executor;
pub mod session;
pub mod wire;
pub mod disk;
pub mod data;
pub mod sim;
pub mod recording;
pub mod process;
#[cfg(feature = "live")]
pub mod live;
pub mod journal;
pub mod inspect;
pub mod report;
#[cfg(feature = "live")]
pub mod audit;
pub mod config;
pub mod backtest;
#[cfg(feature = "live")]
pub mod rehearsal;
#[cfg(feature = "live")]
pub mod courier;
#[cfg(feature = "live")]
pub mod control;
pub mod torture;
pub mod cli;
