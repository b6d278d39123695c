//! What happened, according to the broker's book and the streams of commands and actions. All
//! invariants are judged by it. It never asks the executor.

use crate::domain::amount::{Money, Price, Volume};
use crate::domain::deal::{Deal, DealKind};
use crate::domain::id::{SymbolId, Ticket};
use crate::domain::order::{OrderState, PendingKind, Side};
use crate::domain::tick::Tick;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::executor::action::{Owner, Request, Trade};
use crate::executor::config::Limits;
use crate::risk::account::AccountRisk;
use crate::torture::controls::Controls;
use crate::torture::rulebook::Rulebook;
use crate::torture::world::{RequestName, World};
use std::collections::{BTreeMap, BTreeSet};

/// Bid and Ask.
pub type Quoted = (Price, Price);

/// A request that left the executor.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The step in which it left.
    pub step: u64,
    /// The lineage in which it was sent: a process without a state begins a new one.
    pub line: u32,
    /// The request.
    pub trade: Trade,
    /// The caps that held at that time, of the strategy and of the account.
    pub caps: (Option<u32>, Option<u32>),
    /// The time of its symbol's last tick before it, by the server's clock.
    pub sent_msc: ServerMsc,
    /// The most positions on its side that the rules of its strategy allowed.
    pub most_a_side: Option<u32>,
}

/// A position that a request of ours opened, while it is open and after that.
#[derive(Debug, Clone)]
pub struct Held {
    /// The index of the request in [`Facts::sent`].
    pub sent: usize,
    /// The symbol of the position.
    pub symbol: SymbolId,
    /// Whether the position is long or short.
    pub side: Side,
    /// When it was opened, by the server's clock.
    pub opened_msc: ServerMsc,
    /// When it last grew: whoever hears of that part first takes the position for so young.
    pub grown_msc: ServerMsc,
    /// The open volume; zero once the position is closed.
    pub volume: Volume,
    /// The closed volume.
    pub closed: Volume,
    /// Whether its stops have been looked at.
    is_seen: bool,
    /// The stop loss at the broker.
    pub sl: Option<Price>,
    /// The take profit at the broker.
    pub tp: Option<Price>,
    /// The sum of its deals' profits.
    pub profit: Money,
    /// The sum of its deals' commissions.
    pub commission: Money,
    /// The sum of its deals' swaps.
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
    /// The stops of a position have changed.
    Stops {
        /// The ticket of the position.
        ticket: Ticket,
        /// Whether no request of ours asked for them.
        is_foreign: bool,
    },
    /// A deal was made for a request of ours.
    Dealt {
        /// The index of the request.
        sent: usize,
        /// The ticket of the order.
        order: Ticket,
        /// The volume in lots.
        volume: Volume,
    },
    /// An order of ours no longer works at the broker.
    Gone {
        /// The index of its request.
        sent: usize,
        /// The state in which it ended.
        state: OrderState,
    },
}

/// What has happened so far.
#[derive(Debug)]
pub struct Facts {
    /// The number of steps, counted from 1 over all lives.
    pub step: u64,
    /// The present moment.
    pub at: Timestamp,
    /// The server's clock by the last tick.
    pub server_msc: ServerMsc,
    /// The number of the lineage: a series of lives, each of which continues the state of the one
    /// before.
    pub line: u32,
    /// Indices of the requests behind the positions that were open when this lineage began.
    inherited: BTreeSet<usize>,
    /// Those of `inherited` whose positions have been reported as open in this lineage.
    taken_over: BTreeSet<usize>,
    /// The time of each symbol's last tick that was heard, by the server's clock.
    pub ticked: Vec<ServerMsc>,
    /// The rules of strategies.
    pub rules: Rulebook,
    /// The executor's configured limits.
    pub limits: Limits,
    /// The configured limits on the account.
    pub risk: AccountRisk,
    /// Every request sent.
    pub sent: Vec<Sent>,
    by_name: BTreeMap<RequestName, usize>,
    order_of: BTreeMap<Ticket, usize>,
    /// Requests for stops that have been seen to be carried out.
    heeded: BTreeSet<usize>,
    /// Our positions at the broker, open and closed.
    pub positions: BTreeMap<Ticket, Held>,
    /// The tickets of the open ones.
    pub open: Vec<Ticket>,
    /// Our working orders at the broker, each with the index of its request.
    pub working: BTreeMap<Ticket, usize>,
    /// What was received that changes what is allowed.
    pub controls: Controls,
    /// Until when the executor was held up through no fault of its own: no link, no market, a dead
    /// process.
    pub disturbed: Timestamp,
    /// Changes that have not been judged yet.
    pub changes: Vec<Change>,
    /// All deals since the look before the last one.
    pub dealt: Vec<Deal>,
}

impl Facts {
    /// Nothing has happened yet, on a number of symbols.
    #[must_use]
    pub fn new(symbols: usize, limits: Limits, risk: AccountRisk) -> Self {
        Self {
            step: 0,
            at: Timestamp::default(),
            server_msc: ServerMsc::default(),
            ticked: vec![ServerMsc::default(); symbols],
            rules: Rulebook::default(),
            line: 0,
            inherited: BTreeSet::new(),
            taken_over: BTreeSet::new(),
            controls: Controls::new(limits.max_open_trades_account),
            limits,
            risk,
            sent: Vec::new(),
            by_name: BTreeMap::new(),
            order_of: BTreeMap::new(),
            heeded: BTreeSet::new(),
            positions: BTreeMap::new(),
            open: Vec::new(),
            working: BTreeMap::new(),
            disturbed: Timestamp::default(),
            changes: Vec::new(),
            dealt: Vec::new(),
        }
    }

    /// Takes a tick that was heard.
    #[inline]
    pub fn tick(&mut self, tick: &Tick) {
        self.server_msc = self.server_msc.max(tick.time_msc);
        self.ticked[tick.symbol.index()] = tick.time_msc;
    }

    /// Takes a request that is sent and returns its index.
    pub fn send(&mut self, trade: &Trade) -> usize {
        let place = self.sent.len();
        let caps = self.controls.caps(&trade.owner, self.server_msc);
        let most_a_side = self.rules.most_a_side(&trade.owner);
        let sent_msc = self.ticked[trade.request.symbol().index()];
        let (step, line, trade) = (self.step, self.line, trade.clone());
        self.by_name.insert((trade.cid, trade.key, trade.not_after), place);
        self.sent.push(Sent { step, line, trade, caps, sent_msc, most_a_side });
        place
    }

    /// The request that opened a position; none when it is not ours.
    #[must_use]
    pub fn opener(&self, ticket: Ticket) -> Option<&Sent> {
        self.positions.get(&ticket).map(|held| &self.sent[held.sent])
    }

    /// Whether a request of ours placed the order as a stop-limit order.
    #[must_use]
    pub fn is_stop_limit(&self, order: Ticket) -> bool {
        let placed = self.order_of.get(&order).map(|sent| &self.sent[*sent].trade.request);
        matches!(placed, Some(Request::Place(place)) if place.kind == PendingKind::StopLimit)
    }

    /// The owner of a position.
    #[must_use]
    pub fn owner(&self, ticket: Ticket) -> Option<&Owner> {
        self.opener(ticket).map(|sent| &sent.trade.owner)
    }

    /// Whether the present executor is responsible for the effects of a request: it, or one whose
    /// state it continues, sent the request.
    #[must_use]
    pub fn is_known(&self, sent: usize) -> bool {
        self.sent[sent].line == self.line
    }

    /// A process without a state begins a new lineage. It must count the positions that it finds
    /// open once their strategies are started.
    pub fn begin_line(&mut self) {
        self.line += 1;
        self.server_msc = ServerMsc::default();
        self.taken_over.clear();
        self.inherited = self.open.iter().map(|ticket| self.positions[ticket].sent).collect();
    }

    /// A position was reported as open: whoever reports it is responsible for it.
    pub fn take_over(&mut self, ticket: Ticket) {
        let inherited = self
            .positions
            .get(&ticket)
            .map(|held| held.sent)
            .filter(|sent| self.inherited.contains(sent));
        self.taken_over.extend(inherited);
    }

    /// Whether the present executor is responsible for the effects of a request, or has taken them
    /// over.
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

    /// Indices of the requests behind open positions and working entry orders, each once.
    pub fn exposed(&self) -> impl Iterator<Item = usize> {
        let open = self.open.iter().map(|ticket| self.positions[ticket].sent);
        let mut all: Vec<usize> =
            open.chain(self.entering_orders().map(|(_, sent)| sent)).collect();
        all.sort_unstable();
        all.dedup();
        all.into_iter()
    }

    /// The volume of what a request has opened and of what it may still open.
    #[must_use]
    pub fn volume_of(&self, sent: usize) -> Volume {
        let held = self.positions.values().filter(|held| held.sent == sent);
        let (open, closed) = held.fold((Volume::ZERO, Volume::ZERO), |(open, closed), held| {
            (open + held.volume, closed + held.closed)
        });
        let works = self.working.values().any(|working| *working == sent);
        let asked = volume_of_entry(&self.sent[sent].trade.request);
        if works { asked - closed } else { open }
    }

    /// Working orders that can open a position.
    pub fn entering_orders(&self) -> impl Iterator<Item = (Ticket, usize)> {
        self.working
            .iter()
            .map(|(ticket, sent)| (*ticket, *sent))
            .filter(|(_, sent)| self.sent[*sent].trade.request.enters())
    }

    /// Reads the broker's book. What has changed there waits in [`Facts::changes`].
    pub fn look(&mut self, world: &mut World) {
        let mut made = Vec::new();
        world.read_orders(|order, request| made.push((order, request)));
        for (order, name) in made {
            // A broker may make an order of which the executor never hears, but each has a request
            // of ours behind it.
            let Some(place) = self.by_name.get(&name).copied() else { continue };
            if self.order_of.insert(order, place).is_none() {
                self.changes.push(Change::Entered(place));
            }
        }
        self.look_at_orders(world);
        let mut deals = Vec::new();
        world.read_deals(|deal| deals.push(deal.clone()));
        deals.iter().for_each(|deal| self.book(deal));
        self.dealt = deals;
        self.look_at_stops(world);
    }

    fn look_at_orders(&mut self, world: &World) {
        let mut orders = world.working().peekable();
        if orders.peek().is_none() && self.working.is_empty() {
            return;
        }
        let before = std::mem::take(&mut self.working);
        self.working = orders
            .filter_map(|order| Some((order.ticket, *self.order_of.get(&order.ticket)?)))
            .collect();
        let gone = before.into_iter().filter(|(ticket, _)| !self.working.contains_key(ticket));
        self.changes.extend(
            gone.map(|(ticket, sent)| Change::Gone { sent, state: world.state_of(ticket) }),
        );
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
            let asks = |(place, sent): &(usize, &Sent)| {
                asks(sent, position.ticket, stops) && !self.heeded.contains(place)
            };
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
            opened_msc: deal.time_msc,
            grown_msc: deal.time_msc,
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
        held.grown_msc = deal.time_msc;
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

/// Stop loss and take profit.
pub type StopPrices = (Option<Price>, Option<Price>);

/// The stops with which a request enters.
#[must_use]
pub const fn stops_of_entry(request: &Request) -> Option<StopPrices> {
    match request {
        Request::Open(one) => Some((one.sl, one.tp)),
        Request::Place(one) => Some((one.sl, one.tp)),
        _ => None,
    }
}

/// The side on which a request enters.
#[must_use]
pub const fn side_of_entry(request: &Request) -> Option<Side> {
    match request {
        Request::Open(one) => Some(one.side),
        Request::Place(one) => Some(one.side),
        _ => None,
    }
}

/// The volume with which a request enters.
#[must_use]
pub const fn volume_of_entry(request: &Request) -> Volume {
    match request {
        Request::Open(one) => one.volume,
        Request::Place(one) => one.volume,
        _ => Volume::ZERO,
    }
}

/// Whether a request asked for these stops of a position.
fn asks(sent: &Sent, ticket: Ticket, stops: StopPrices) -> bool {
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
