//! What happened, as the broker's book and the streams of commands and actions tell it: the ground on which all
//! invariants are judged. It never asks the executor.

use crate::domain::amount::{Money, Price, Volume};
use crate::domain::deal::{Deal, DealKind};
use crate::domain::id::{SymbolId, Ticket};
use crate::domain::order::{OrderState, PendingKind, Side};
use crate::domain::time::{ServerMsc, Timestamp};
use crate::executor::action::{Owner, Request, Trade};
use crate::executor::config::Limits;
use crate::torture::controls::Controls;
use crate::torture::world::{RequestName, World};
use std::collections::{BTreeMap, BTreeSet};

/// A request that left the executor.
#[derive(Debug, Clone)]
pub struct Sent {
    /// At which step.
    pub step: u64,
    /// In which line of lives: a process without a state begins a new one.
    pub line: u32,
    /// The request.
    pub trade: Trade,
    /// The caps that held then, of the strategy and of the account.
    pub caps: (Option<u32>, Option<u32>),
}

/// A position that a request of ours opened, while it is open and afterwards.
#[derive(Debug, Clone)]
pub struct Held {
    /// Place of the request in [`Facts::sent`].
    pub sent: usize,
    /// Of which symbol.
    pub symbol: SymbolId,
    /// Long or short.
    pub side: Side,
    /// What is open; zero once it is closed.
    pub volume: Volume,
    /// What has been closed.
    pub closed: Volume,
    /// Whether its stops have been looked at.
    is_seen: bool,
    /// Stop loss at the broker.
    pub sl: Option<Price>,
    /// Take profit at the broker.
    pub tp: Option<Price>,
    /// Sums of its deals.
    pub profit: Money,
    /// Sum of its deals.
    pub commission: Money,
    /// Sum of its deals.
    pub swap: Money,
}

/// A change of the broker's book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// A request of ours was executed, or accepted to work at the broker, for the first time.
    Entered(usize),
    /// A position of ours was opened.
    Opened(Ticket),
    /// A position of ours is closed.
    Closed(Ticket),
    /// A position has other stops; whether no request of ours asked for them.
    Stops {
        /// Which.
        ticket: Ticket,
        /// Whether no request of ours asked for them.
        is_foreign: bool,
    },
    /// A deal was made for a request of ours.
    Dealt {
        /// The request's place.
        sent: usize,
        /// The order.
        order: Ticket,
        /// How much in lots.
        volume: Volume,
    },
    /// An order of ours works no longer at the broker.
    Gone {
        /// Place of its request.
        sent: usize,
        /// As what it ended.
        state: OrderState,
    },
}

/// What happened so far.
#[derive(Debug)]
pub struct Facts {
    /// Steps, counted from 1 over all lives.
    pub step: u64,
    /// The present moment.
    pub at: Timestamp,
    /// The server's clock as the last tick told it.
    pub server_msc: ServerMsc,
    /// The line of lives.
    pub line: u32,
    /// Places of the requests behind the positions that were open when this line of lives began.
    inherited: BTreeSet<usize>,
    /// Of these, the ones that have been reported open in this line.
    taken_over: BTreeSet<usize>,
    /// The figures of the executor.
    pub limits: Limits,
    /// Every request.
    pub sent: Vec<Sent>,
    by_name: BTreeMap<RequestName, usize>,
    order_of: BTreeMap<Ticket, usize>,
    /// Requests for stops that have been seen carried out.
    heeded: BTreeSet<usize>,
    /// Positions of ours at the broker, open and closed.
    pub positions: BTreeMap<Ticket, Held>,
    /// Those that are open.
    pub open: Vec<Ticket>,
    /// Orders of ours that work at the broker, with the place of their request.
    pub working: BTreeMap<Ticket, usize>,
    /// What was received that changes what is allowed.
    pub controls: Controls,
    /// Until when something stood against the executor that it cannot help: no link, no market, a process that was dead.
    pub disturbed: Timestamp,
    /// Changes that have not been judged yet.
    pub changes: Vec<Change>,
}

impl Facts {
    /// Nothing happened yet.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            step: 0,
            at: Timestamp::default(),
            server_msc: ServerMsc::default(),
            line: 0,
            inherited: BTreeSet::new(),
            taken_over: BTreeSet::new(),
            controls: Controls::new(limits.max_open_trades_account),
            limits,
            sent: Vec::new(),
            by_name: BTreeMap::new(),
            order_of: BTreeMap::new(),
            heeded: BTreeSet::new(),
            positions: BTreeMap::new(),
            open: Vec::new(),
            working: BTreeMap::new(),
            disturbed: Timestamp::default(),
            changes: Vec::new(),
        }
    }

    /// A request leaves.
    pub fn send(&mut self, trade: &Trade) -> usize {
        let place = self.sent.len();
        let caps = self.controls.caps(&trade.owner, self.server_msc);
        self.sent.push(Sent { step: self.step, line: self.line, trade: trade.clone(), caps });
        self.by_name.insert((trade.cid, trade.key, trade.not_after), place);
        place
    }

    /// The request behind a position that was opened by one of ours.
    #[must_use]
    pub fn opener(&self, ticket: Ticket) -> Option<&Sent> {
        self.positions.get(&ticket).map(|held| &self.sent[held.sent])
    }

    /// Whether a request of ours placed the order as a stop that becomes a limit.
    #[must_use]
    pub fn is_stop_limit(&self, order: Ticket) -> bool {
        let placed = self.order_of.get(&order).map(|sent| &self.sent[*sent].trade.request);
        matches!(placed, Some(Request::Place(place)) if place.kind == PendingKind::StopLimit)
    }

    /// Whose a position is.
    #[must_use]
    pub fn owner(&self, ticket: Ticket) -> Option<&Owner> {
        self.opener(ticket).map(|sent| &sent.trade.owner)
    }

    /// Whether the executor that now lives is answerable for what a request made: it, or one whose state it went on from,
    /// sent it.
    #[must_use]
    pub fn is_known(&self, sent: usize) -> bool {
        self.sent[sent].line == self.line
    }

    /// A process without a state begins: what it finds open it has to count, from its strategies' START on.
    pub fn begin_line(&mut self) {
        self.line += 1;
        self.server_msc = ServerMsc::default();
        self.taken_over.clear();
        self.inherited = self.open.iter().map(|ticket| self.positions[ticket].sent).collect();
    }

    /// A position was reported open: whoever says so is answerable for it.
    pub fn take_over(&mut self, ticket: Ticket) {
        let inherited = self.positions.get(&ticket).map(|held| held.sent).filter(|sent| self.inherited.contains(sent));
        self.taken_over.extend(inherited);
    }

    /// Whether the executor that now lives is answerable for what a request made, or has taken it over.
    #[must_use]
    pub fn is_its_own(&self, sent: usize) -> bool {
        self.is_known(sent) || self.taken_over.contains(&sent)
    }

    /// The requests for which the broker has made an order.
    pub fn made_orders(&self) -> impl Iterator<Item = &Sent> {
        self.order_of.values().map(|sent| &self.sent[*sent])
    }

    /// Whether the position of a request was open when this line of lives began.
    #[must_use]
    pub fn is_inherited(&self, sent: usize) -> bool {
        self.inherited.contains(&sent)
    }

    /// Open positions and working orders that requests to enter have made, each request once, with its place.
    pub fn exposed(&self) -> impl Iterator<Item = usize> {
        let open = self.open.iter().map(|ticket| self.positions[ticket].sent);
        let mut all: Vec<usize> = open.chain(self.entering_orders().map(|(_, sent)| sent)).collect();
        all.sort_unstable();
        all.dedup();
        all.into_iter()
    }

    /// Orders that work and can make a position.
    pub fn entering_orders(&self) -> impl Iterator<Item = (Ticket, usize)> {
        self.working.iter().map(|(ticket, sent)| (*ticket, *sent)).filter(|(_, sent)| self.sent[*sent].trade.request.enters())
    }

    /// Looks at the broker's book; what has changed there waits in [`Facts::changes`].
    pub fn look(&mut self, world: &mut World) {
        let mut made = Vec::new();
        world.read_orders(|order, request| made.push((order, request)));
        for (order, name) in made {
            // A broker may make an order of which the executor never heard; each has a request of ours behind it.
            let Some(place) = self.by_name.get(&name).copied() else { continue };
            if self.order_of.insert(order, place).is_none() {
                self.changes.push(Change::Entered(place));
            }
        }
        self.look_at_orders(world);
        let mut deals = Vec::new();
        world.read_deals(|deal| deals.push(deal.clone()));
        deals.iter().for_each(|deal| self.book(deal));
        self.look_at_stops(world);
    }

    fn look_at_orders(&mut self, world: &World) {
        let mut orders = world.working().peekable();
        if orders.peek().is_none() && self.working.is_empty() {
            return;
        }
        let before = std::mem::take(&mut self.working);
        self.working = orders.filter_map(|order| Some((order.ticket, *self.order_of.get(&order.ticket)?))).collect();
        let gone = before.into_iter().filter(|(ticket, _)| !self.working.contains_key(ticket));
        self.changes.extend(gone.map(|(ticket, sent)| Change::Gone { sent, state: world.state_of(ticket) }));
    }

    fn look_at_stops(&mut self, world: &World) {
        for position in world.positions() {
            let Some(held) = self.positions.get_mut(&position.ticket) else { continue };
            let stops = (position.sl, position.tp);
            let is_new = !std::mem::replace(&mut held.is_seen, true);
            if (held.sl, held.tp) == stops {
                continue;
            }
            (held.sl, held.tp) = stops;
            // Each request accounts for one change.
            let asks = |(place, sent): &(usize, &Sent)| asks(sent, position.ticket, stops) && !self.heeded.contains(place);
            let asked = self.sent.iter().enumerate().rev().find(asks).map(|(place, _)| place);
            self.heeded.extend(asked);
            let is_foreign = !is_new && asked.is_none();
            self.changes.push(Change::Stops { ticket: position.ticket, is_foreign });
        }
    }

    /// Books a deal of ours.
    fn book(&mut self, deal: &Deal) {
        let DealKind::Trade(side) = deal.kind else { return };
        let sent = self.order_of.get(&deal.order).copied();
        if let Some(sent) = sent {
            self.changes.push(Change::Dealt { sent, order: deal.order, volume: deal.volume });
        }
        if deal.entry.closes() {
            return self.book_exit(deal);
        }
        let Some(sent) = sent else { return };
        let is_new = !self.positions.contains_key(&deal.position);
        let held = self.positions.entry(deal.position).or_insert_with(|| Held {
            sent,
            symbol: deal.symbol,
            side,
            volume: Volume::ZERO,
            closed: Volume::ZERO,
            is_seen: false,
            sl: None,
            tp: None,
            profit: Money::ZERO,
            commission: Money::ZERO,
            swap: Money::ZERO,
        });
        held.volume += deal.volume;
        held.add(deal);
        if is_new {
            self.open.push(deal.position);
            self.changes.push(Change::Opened(deal.position));
        }
    }

    fn book_exit(&mut self, deal: &Deal) {
        let Some(held) = self.positions.get_mut(&deal.position) else { return };
        held.volume -= deal.volume;
        held.closed += deal.volume;
        held.add(deal);
        if held.volume == Volume::ZERO {
            self.open.retain(|ticket| *ticket != deal.position);
            self.changes.push(Change::Closed(deal.position));
        }
    }
}

type Stops = (Option<Price>, Option<Price>);

/// The stops with which a request enters.
#[must_use]
pub const fn stops_of_entry(request: &Request) -> Option<Stops> {
    match request {
        Request::Open(one) => Some((one.sl, one.tp)),
        Request::Place(one) => Some((one.sl, one.tp)),
        _ => None,
    }
}

/// Whether a request asked for these stops of a position.
fn asks(sent: &Sent, ticket: Ticket, stops: Stops) -> bool {
    matches!(&sent.trade.request, Request::Modify(one) if one.position == ticket && (one.sl, one.tp) == stops)
}

impl Held {
    fn add(&mut self, deal: &Deal) {
        self.profit += deal.profit;
        self.commission += deal.commission;
        self.swap += deal.swap;
    }

    /// Whether it is open at the broker.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.volume > Volume::ZERO
    }
}
