//! `no-entry-inside-a-gap`: a bar that closed while quotes were being missed causes no entry.
//! `no-entry-before-reading`: after the link comes up, no entry is sent before the whole account
//! has been read.
//! `nothing-sent-without-link`: while the link is down, or nothing is known of it since the process
//! started, no request is sent, and no account, symbol or bars are asked for.
//!
//! A bar closes on the first tick of a later one. The broker's port tells whether that tick was
//! heard.

use crate::domain::id::{StrategyId, SymbolId};
use crate::domain::time::ServerMsc;
use crate::executor::action::{Action, Note, Owner, Request};
use crate::executor::event::{BrokerEvent, BrokerSnapshot, Event, Link};
use crate::session::ports::{Heard, Step};
use crate::torture::found::Findings;

/// No entry on a bar whose closing was not heard.
pub const GAP: &str = "no-entry-inside-a-gap";
/// No entry before the account was read.
pub const READING: &str = "no-entry-before-reading";
/// Nothing leaves while the link is down.
pub const LINK: &str = "nothing-sent-without-link";

/// Successive missed quotes of one symbol: the server times of the last quote heard before them,
/// and of the last one missed.
type Run = (ServerMsc, ServerMsc);

/// Which quotes of a symbol were heard.
#[derive(Debug, Default)]
struct Quotes {
    heard: ServerMsc,
    missed: Vec<Run>,
    is_missing: bool,
}

/// Which quotes were heard, and how far the account has been read.
#[derive(Debug, Default)]
pub struct Gaps {
    quotes: Vec<Quotes>,
    is_up: bool,
    is_synced: bool,
    is_read: bool,
}

impl Gaps {
    /// Nothing heard yet, for a number of symbols.
    #[must_use]
    pub fn new(symbols: usize) -> Self {
        Self { quotes: (0..symbols).map(|_| Quotes::default()).collect(), ..Self::default() }
    }

    /// Takes a tick that the broker saw.
    #[inline]
    pub fn tick(&mut self, symbol: SymbolId, time_msc: ServerMsc, heard: Heard) {
        let quotes = &mut self.quotes[symbol.index()];
        match (heard, quotes.is_missing) {
            (Heard::Yes, _) => (quotes.heard, quotes.is_missing) = (time_msc, false),
            (Heard::No, false) => {
                quotes.is_missing = true;
                quotes.missed.push((quotes.heard, time_msc));
            }
            (Heard::No, true) => {
                if let Some(last) = quotes.missed.last_mut() {
                    last.1 = time_msc;
                }
            }
        }
    }

    /// Takes an event other than a tick.
    pub fn event(&mut self, event: &Event, login: u64) {
        match event {
            Event::Life(_) | Event::Link(Link::Up | Link::Down) => {
                self.is_up = matches!(event, Event::Link(Link::Up));
                (self.is_synced, self.is_read) = (false, false);
            }
            Event::Link(Link::Synced) => self.is_synced = true,
            Event::Broker(BrokerEvent::Snapshot(snapshot)) => {
                self.is_read |= is_whole(snapshot, login);
            }
            _ => {}
        }
    }

    /// Takes the actions of a step.
    pub fn actions(
        &self,
        step: &Step<'_>,
        symbol_of: impl Fn(&StrategyId) -> Option<SymbolId>,
        found: &mut Findings,
    ) {
        for action in step.actions {
            let needs_link = matches!(action, Action::Trade(_) | Action::Data(_));
            if needs_link && !self.is_up {
                found.violate(LINK, || format!("the link is down, and this is sent: {action:?}"));
            }
            match action {
                Action::Trade(trade)
                    if trade.request.enters() && !(self.is_synced && self.is_read) =>
                {
                    found.violate(READING, || {
                        format!(
                            "request {} of {} enters, and nothing was read",
                            trade.cid.0,
                            trade.owner.name()
                        )
                    });
                }
                Action::Note(note) if note.verdict.is_entry() => {
                    self.entered(step, note, &symbol_of, found);
                }
                _ => {}
            }
        }
    }

    fn entered(
        &self,
        step: &Step<'_>,
        note: &Note,
        symbol_of: &impl Fn(&StrategyId) -> Option<SymbolId>,
        found: &mut Findings,
    ) {
        let Some((strategy, timeframe)) = step.executor.judged(note) else { return };
        let leaves = |action: &Action| match action {
            Action::Trade(trade) => {
                matches!((&trade.owner, &trade.request), (Owner::Strategy(own), Request::Open(_)) if own == strategy)
            }
            _ => false,
        };
        let Some(symbol) = symbol_of(strategy).filter(|_| step.actions.iter().any(leaves)) else {
            return;
        };
        let (_, end) = timeframe.span(note.bar_msc);
        let is_missed = |(heard, missed): &&Run| *heard < end && end <= *missed;
        if let Some((_, missed)) = self.quotes[symbol.index()].missed.iter().rev().find(is_missed) {
            found.violate(GAP, || {
                format!("{strategy} enters on the bar of {}, which closed while quotes were missed up to {missed}", note.bar_msc)
            });
        }
    }
}

const fn is_whole(snapshot: &BrokerSnapshot, login: u64) -> bool {
    snapshot.complete && snapshot.account.login == login
}
