//! `stops-stand`: a position that was opened with stops, or was given them by a command, has
//! exactly these stops.

use crate::domain::amount::Price;
use crate::domain::id::Ticket;
use crate::domain::time::Timestamp;
use crate::executor::action::{CommandResult, Request, RequestReason, ResultStatus};
use crate::executor::command::{Command, StopChange};
use crate::torture::commands::Delivered;
use crate::torture::facts::{Change, Facts, Held, StopPrices, stops_of_entry};
use crate::torture::found::Findings;
use crate::torture::judge::attempts::{Attempts, is_long_ago};
use crate::torture::judge::exits::Exits;
use crate::torture::world::World;
use std::collections::{BTreeMap, BTreeSet};

/// The name of the invariant.
pub const NAME: &str = "stops-stand";

/// The stops that a position is to have, and since when it has lacked one of them.
#[derive(Debug, Clone, Copy, Default)]
struct Wanted {
    sl: Option<Price>,
    tp: Option<Price>,
    since: Timestamp,
    /// Whether the rules of the open position have tightened its stop loss: it may be tighter still.
    tightened: bool,
}

/// What commands have made of the stops of a working order.
#[derive(Debug, Clone, Copy, Default)]
struct Changed {
    /// The number of commands that are not executed. Any of them may still be carried out.
    undone: u32,
    /// The order's stops when the last command was executed.
    stops: StopPrices,
}

/// The wanted stops.
#[derive(Debug, Default)]
pub struct StopsStand {
    wanted: BTreeMap<Ticket, Wanted>,
    /// The orders whose stops commands have changed, by the index of the request that placed them.
    changed: BTreeMap<usize, Changed>,
    /// The positions whose stops somebody else changed last.
    foreign: BTreeSet<Ticket>,
}

impl StopsStand {
    /// Takes a change of the broker's book.
    pub fn change(&mut self, facts: &Facts, change: Change) {
        match change {
            Change::Opened(ticket) => {
                // Who has lost its memory does not know with which stops an entry was sent.
                let is_known = facts.is_known(facts.positions[&ticket].sent);
                let stops = self.stops_of_order(facts, ticket).filter(|_| is_known);
                if let Some((sl, tp)) = stops {
                    self.wanted
                        .insert(ticket, Wanted { sl, tp, since: facts.at, ..Wanted::default() });
                }
            }
            Change::Closed(ticket) => {
                self.wanted.remove(&ticket);
                self.foreign.remove(&ticket);
            }
            // A change by somebody else is accepted.
            Change::Stops { ticket, is_foreign: true } => {
                self.wanted.remove(&ticket);
                self.foreign.insert(ticket);
            }
            Change::Stops { ticket, is_foreign: false } => {
                self.foreign.remove(&ticket);
                if let Some(wanted) = self.wanted.get_mut(&ticket) {
                    wanted.since = facts.at;
                }
            }
            Change::Entered(_) | Change::Dealt { .. } | Change::Gone { .. } => {}
        }
    }

    /// The stops of the order that has opened a position; none if nobody can say.
    fn stops_of_order(&self, facts: &Facts, position: Ticket) -> Option<StopPrices> {
        let sent = facts.positions.get(&position)?.sent;
        match self.changed.get(&sent) {
            Some(changed) => (changed.undone == 0).then_some(changed.stops),
            None => Some(stops_of_entry(&facts.sent[sent].trade.request).unwrap_or_default()),
        }
    }

    /// Takes a request that is sent: rules only ever tighten the stop loss of an open position, and
    /// leave its take profit.
    pub fn sent(&mut self, facts: &Facts, place: usize, found: &mut Findings) {
        let trade = &facts.sent[place].trade;
        let Request::Modify(request) = &trade.request else { return };
        // A copy has whatever its original has.
        let is_copied = trade.why == RequestReason::Copied;
        if !matches!(trade.why, RequestReason::Trailing | RequestReason::BreakEven) && !is_copied {
            return;
        }
        let Some(held) = facts.positions.get(&request.position) else { return };
        let Some(wanted) = self.wanted.get_mut(&request.position) else { return };
        let is_as_tight = is_as_tight(held, request.sl, wanted.sl) && request.tp == wanted.tp;
        if !is_copied && !is_as_tight {
            found.violate(NAME, || {
                format!(
                    "position {} is sent a looser stop loss by {:?}, or another take profit",
                    request.position, trade.why
                )
            });
        }
        let (sl, tp) = (request.sl, request.tp);
        *wanted = Wanted { sl, tp, since: facts.at, tightened: true };
    }

    /// A command about stops was received: until its result, nobody can say which ones are wanted.
    pub fn command(&mut self, facts: &Facts, command: &Command) {
        if let Command::ModifyPosition { position, .. } = command {
            self.wanted.remove(position);
        }
        if let Some(sent) = order_changed(facts, command) {
            self.changed.entry(sent).or_default().undone += 1;
            // A part of it may have been filled.
            self.wanted.retain(|ticket, _| facts.positions[ticket].sent != sent);
        }
    }

    /// Takes the first result of a command.
    pub fn result(
        &mut self,
        facts: &Facts,
        world: &World,
        command: &Delivered,
        result: &CommandResult,
        found: &mut Findings,
    ) {
        let Some(envelope) = command.envelope().filter(|_| result.status == ResultStatus::Executed)
        else {
            return;
        };
        if let Command::ModifyOrder(change) = &envelope.command
            && let Some(changed) =
                order_changed(facts, &envelope.command).and_then(|sent| self.changed.get_mut(&sent))
            && let Some(order) = world.working().find(|order| order.ticket == change.order)
        {
            changed.undone -= 1;
            changed.stops = (order.sl, order.tp);
        }
        let Command::ModifyPosition { position, sl, tp } = &envelope.command else { return };
        // Between the change and its result, somebody else may have changed them; that is accepted.
        // So it is where a copy takes over what its original has by then.
        let own = |held: &&Held| {
            let is_copy = facts.sent[held.sent].trade.why == RequestReason::Copied;
            held.is_open() && !is_copy && !self.foreign.contains(position)
        };
        let Some(held) = facts.positions.get(position).filter(own) else { return };
        if (sl.of(held.sl), tp.of(held.tp)) != (held.sl, held.tp) {
            found.violate(NAME, || {
                format!(
                    "command {} is executed, and position {position} has other stops than it asks",
                    result.id
                )
            });
        }
        let (sl, tp, since) = (held.sl, held.tp, facts.at);
        self.wanted.insert(*position, Wanted { sl, tp, since, ..Wanted::default() });
    }

    /// A process without a state begins, which knows none of this.
    pub fn forget(&mut self) {
        self.wanted.clear();
        self.changed.clear();
    }

    /// Checks now and then.
    pub fn look(
        &mut self,
        facts: &Facts,
        attempts: &Attempts,
        exits: &Exits,
        found: &mut Findings,
    ) {
        for (ticket, wanted) in &mut self.wanted {
            let Some(held) = facts.positions.get(ticket).filter(|held| lacks(held, *wanted)) else {
                wanted.since = facts.at;
                continue;
            };
            if needs(facts, exits, *ticket, held)
                && attempts.is_overdue(facts, *ticket, wanted.since)
            {
                found.violate(NAME, || {
                    format!("{}, and nothing is under way", lack(*ticket, held, *wanted))
                });
            }
        }
    }

    /// Checks at the end: stops that were wanted long ago are in force, however often they were
    /// tried.
    pub fn end(&self, facts: &Facts, exits: &Exits, found: &mut Findings) {
        for (ticket, wanted) in &self.wanted {
            let Some(held) = facts.positions.get(ticket).filter(|held| lacks(held, *wanted)) else {
                continue;
            };
            if needs(facts, exits, *ticket, held) && is_long_ago(facts, wanted.since) {
                found.violate(NAME, || format!("{} at the end", lack(*ticket, held, *wanted)));
            }
        }
    }
}

/// The index of the request that placed the working order whose stops a command changes.
fn order_changed(facts: &Facts, command: &Command) -> Option<usize> {
    let Command::ModifyOrder(change) = command else { return None };
    let sent = facts.working.get(&change.order).copied();
    sent.filter(|_| (change.sl, change.tp) != (StopChange::Keep, StopChange::Keep))
}

fn lacks(held: &Held, wanted: Wanted) -> bool {
    let has_sl = if wanted.tightened {
        is_as_tight(held, held.sl, wanted.sl)
    } else {
        wanted.sl.is_none() || held.sl == wanted.sl
    };
    !has_sl || (wanted.tp.is_some() && held.tp != wanted.tp)
}

/// Whether a stop loss of a position is no looser than another one.
fn is_as_tight(held: &Held, stop_loss: Option<Price>, other: Option<Price>) -> bool {
    match (stop_loss, other) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(stop_loss), Some(other)) => held.side.of(stop_loss >= other, stop_loss <= other),
    }
}

/// Whether a position needs its stops. It does not when its strategy was stopped and it is kept,
/// nor while it is being closed.
fn needs(facts: &Facts, exits: &Exits, ticket: Ticket, held: &Held) -> bool {
    let own = facts.owner(ticket).and_then(|owner| facts.controls.strategy(owner.strategy()?));
    own.is_none_or(|own| own.stop.is_none()) && !exits.wants(ticket) && facts.is_known(held.sent)
}

fn lack(ticket: Ticket, held: &Held, wanted: Wanted) -> String {
    let price = |price: Option<Price>| price.map_or("none".to_owned(), |price| price.to_string());
    let ((sl, tp), (sl_wanted, tp_wanted)) =
        ((price(held.sl), price(held.tp)), (price(wanted.sl), price(wanted.tp)));
    format!(
        "position {ticket} lacks stops since {}: sl wanted {sl_wanted} is {sl}, tp wanted {tp_wanted} is {tp}",
        wanted.since
    )
}
