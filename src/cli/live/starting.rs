//! How a session begins: its own STARTs, and what waits for the account.

use super::teller::Teller;
use crate::config::Session;
use crate::domain::time::Timestamp;
use crate::executor::Executor;
use crate::executor::command::{CommandEvent, CommandSource};
use crate::executor::event::{BrokerEvent, Event};
use crate::live::inbox::Incoming;
use crate::session::ports::{Journal, PortError, Step};
use crate::wire;
use crate::wire::start::START_ID;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::SyncSender;
use std::thread::Builder;

/// The STARTs of the session's strategies that have never run. One that has goes on as it was, or stays stopped:
/// what a process that dies does to it is nothing.
///
/// # Errors
/// When a START cannot be made of the session.
pub fn starts(
    session: &Session,
    executor: &Executor,
    (done, now): (&BTreeSet<String>, Timestamp),
    teller: &Teller,
) -> anyhow::Result<Vec<CommandEvent>> {
    let mut starts = Vec::new();
    for (index, entry) in session.file.strategy.iter().enumerate() {
        if executor.strategies_known().any(|known| known.as_str() == entry.id) {
            teller.note(&format!(
                "{} has run before, and is as it was then: UPDATE_STRATEGY and START_STRATEGY change that",
                entry.id
            ));
            continue;
        }
        let body = wire::start::body(&session.file, index)?;
        // One that was refused is asked for again, by another id.
        let body = if done.contains(&format!("{START_ID}{}", entry.id)) {
            body.replacen(START_ID, &format!("{START_ID}{now}-"), 1)
        } else {
            body
        };
        starts.push(wire::command::parse(CommandSource::Session, &body));
    }
    Ok(starts)
}

/// What waits until the account has been read and its symbols are known: the session's own STARTs, and commands.
pub struct StartsWaiting {
    /// The symbols that the broker does not have.
    missing: BTreeSet<String>,
    starts: Vec<CommandEvent>,
    is_ready: Arc<AtomicBool>,
    inbox: SyncSender<Incoming>,
}

impl StartsWaiting {
    /// Waits with these.
    pub const fn new(
        starts: Vec<CommandEvent>,
        is_ready: Arc<AtomicBool>,
        inbox: SyncSender<Incoming>,
    ) -> Self {
        Self { missing: BTreeSet::new(), starts, is_ready, inbox }
    }
}

impl Journal for StartsWaiting {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        let Event::Broker(news) = step.event else { return Ok(()) };
        if self.is_ready.load(Relaxed) {
            return Ok(());
        }
        match news {
            BrokerEvent::NoSymbol(no) => drop(self.missing.insert(no.name.clone())),
            BrokerEvent::Snapshot(_) | BrokerEvent::Symbol(_) => {}
            _ => return Ok(()),
        }
        let mut symbols = step.executor.symbols_known();
        let is_known =
            |(name, spec): (&str, Option<&_>)| spec.is_some() || self.missing.contains(name);
        if !symbols.all(is_known) || !step.executor.view().ready {
            return Ok(());
        }
        self.is_ready.store(true, Relaxed);
        let (inbox, starts) = (self.inbox.clone(), std::mem::take(&mut self.starts));
        // The inbox may be full, and is emptied by this thread alone.
        Builder::new().spawn(move || {
            for start in starts {
                let start = Incoming::Event(Event::Command(Box::new(start)));
                if inbox.send(start).is_err() {
                    return;
                }
            }
        })?;
        Ok(())
    }
}
