//! A backtest: a session built from its description, driven through the loop with the simulated
//! broker, counted and, if wanted, recorded.
//!
//! It adds no rule of its own: the session's description decides everything. Start with
//! [`simulate`].

pub mod bars;
pub mod error;
pub mod history;
mod labels;
pub mod live_recording;
pub mod primed;
pub mod starts;
pub mod tally;
pub mod ticks;
pub mod warmth;
pub mod warnings;

use crate::backtest::error::BacktestError;
use crate::backtest::primed::Primed;
use crate::config::Session;
use crate::domain::id::StrategyId;
use crate::domain::time::Timestamp;
use crate::executor::Executor;
use crate::executor::event::{Event, Life};
use crate::session::description::SessionFile;
use crate::session::ports::{Advisor, Journal, Platform, TickStream};
use crate::session::run::run;
use crate::sim::broker::config::SimBrokerConfig;
use crate::sim::broker::{SimBroker, SimSummary};
use crate::sim::clock::{SETTLE_MS, Scheduled, VirtualClock};
use std::collections::BTreeMap;

/// Runs a session over `streams`, one for each of its symbols in their order.
///
/// # Errors
/// When the session cannot be built, or a port fails during the run: a damaged tick file, a full
/// disk.
pub fn simulate(
    session: &Session,
    streams: Vec<Box<dyn TickStream>>,
    platform: &mut impl Platform,
    journal: &mut impl Journal,
) -> Result<Ran, BacktestError> {
    simulate_asking(session, streams, &mut (), platform, journal)
}

/// As [`simulate`], with somebody who answers for the strategies in other processes.
///
/// # Errors
/// As [`simulate`].
pub fn simulate_asking(
    session: &Session,
    streams: Vec<Box<dyn TickStream>>,
    advisor: &mut impl Advisor,
    platform: &mut impl Platform,
    journal: &mut impl Journal,
) -> Result<Ran, BacktestError> {
    let mut zone = session.file.zone.clone();
    let mut primed = Vec::with_capacity(streams.len());
    for stream in streams {
        primed.push(Primed::new(stream).map_err(BacktestError::Port)?);
    }
    let first_tick =
        primed.iter().filter_map(Primed::first_time).min().map(|time| zone.to_utc(time));
    let mut scheduled = schedule(session, first_tick);
    let start = scheduled.iter().map(|item| item.at).chain(first_tick).min().unwrap_or_default();
    let file = &session.file;
    scheduled.push(Scheduled {
        at: start,
        event: Event::Life(Box::new(Life { config: file.executor_config() })),
    });
    let mut broker = SimBroker::new(SimBrokerConfig::of_session(file, &session.specs, start))?
        .with_history(&session.history);
    let streams =
        primed.into_iter().map(|stream| Box::new(stream) as Box<dyn TickStream>).collect();
    // The last moment at which anything comes.
    let end = file.to.map(|to| Timestamp::from_nanos(to.utc(&zone).nanos() - 1));
    let mut clock = VirtualClock::new(zone, streams, scheduled, end, SETTLE_MS);
    let mut executor = executor_of(&session.file);
    let inputs = run(&mut executor, &mut clock, &mut broker, advisor, platform, journal)
        .map_err(BacktestError::Port)?;
    Ok(Ran { inputs, account: broker.summary() })
}

/// The outcome of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ran {
    /// The number of inputs, including ticks.
    pub inputs: u64,
    /// The account at the end.
    pub account: SimSummary,
}

/// A fresh executor for a session.
#[must_use]
pub fn executor_of(file: &SessionFile) -> Executor {
    Executor::new(file.executor_config())
}

/// The session's own STARTs and its stream of commands. Those without a moment come at the first
/// moment of the session.
fn schedule(session: &Session, first_tick: Option<Timestamp>) -> Vec<Scheduled> {
    let is_source = |event: &Event| matches!(event, Event::Source(_));
    let stream = session.stream.iter().filter(|(_, event)| !is_source(event));
    let named = session.starts.iter().filter_map(|(at, _)| *at).chain(stream.map(|(at, _)| *at));
    let first = named.chain(first_tick).min().unwrap_or_default();
    let starts = session.starts.iter().map(|(at, start)| Scheduled {
        at: at.unwrap_or(first),
        event: Event::Command(Box::new(start.clone())),
    });
    // Of what sources had open before the session begins, the last counts.
    let earlier = session.stream.iter().filter(|(at, event)| is_source(event) && *at < first);
    let last: BTreeMap<_, _> = earlier.map(|(at, event)| (source_of(event), (at, event))).collect();
    let last =
        last.values().map(|(at, event)| Scheduled { at: first, event: aged(event, **at, first) });
    let later = session.stream.iter().filter(|(at, _)| *at >= first);
    let later = later.map(|(at, event)| Scheduled { at: *at, event: event.clone() });
    last.chain(starts).chain(later).collect()
}

fn source_of(event: &Event) -> Option<&StrategyId> {
    if let Event::Source(news) = event { Some(&news.source) } else { None }
}

/// What a source has open, told later than it was.
fn aged(event: &Event, from: Timestamp, to: Timestamp) -> Event {
    let mut event = event.clone();
    if let Event::Source(news) = &mut event {
        let more_ms = u64::try_from((to.nanos() - from.nanos()) / 1_000_000).unwrap_or(0);
        news.positions.iter_mut().for_each(|position| position.age_ms += more_ms);
    }
    event
}
