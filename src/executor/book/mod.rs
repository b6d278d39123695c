//! Our positions and orders at the broker, put together from deals, statements and answers, in
//! whatever order these arrive and perhaps twice. The book keeps the evidence consistent; owners
//! and further actions are decided elsewhere. Start with [`holding`] and [`order`].

mod find;
pub mod holding;
mod index;
mod not_ours;
pub mod order;
mod recent;
pub mod repeats;
mod soundness;

use crate::domain::amount::Volume;
use crate::domain::deal::{Deal, DealEntry, DealKind};
use crate::domain::id::{SymbolId, Ticket};
use crate::domain::order::{Order, Side};
use crate::domain::position::Position;
use crate::domain::time::ServerMsc;
use crate::executor::source::Source;
use holding::{Claim, Gone, Holding, Statement};
use index::Index;
use order::{HeldOrder, Purpose};
use recent::Recent;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// The largest number of deals that wait until their position is known.
const EARLY_MAX: usize = 1_024;

/// Our positions and orders at the broker.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Book {
    /// Our positions, by identifier.
    holdings: BTreeMap<Ticket, Holding>,
    /// Whoever changes a position tells the index ([`find`]).
    #[serde(skip)]
    index: Index,
    orders: BTreeMap<Ticket, HeldOrder>,
    /// Identifiers of closed positions, so that a late repetition does not open them again.
    closed: Recent<()>,
    /// Orders that have ended.
    ended: Recent<Over>,
    /// Deals whose position is not known yet, oldest first.
    early: VecDeque<Deal>,
    /// Positions that may be ours: the attempt that may have opened them is still on its way.
    unclaimed: BTreeMap<Ticket, Position>,
    /// Positions of the account that are not ours.
    foreign: BTreeMap<Ticket, Position>,
    /// Working orders of others on the account.
    foreign_orders: BTreeMap<Ticket, Order>,
    /// The last known deposit, withdrawal or deal of ours, by number and time. A history that
    /// should list it and does not is incomplete. Deals of others prove nothing: those of a wrong
    /// account, reported before it was recognised, will never be listed.
    last_deal: Option<(Ticket, ServerMsc)>,
}

/// What is remembered of an order that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Over {
    /// Whether the order was to open a position.
    opens: bool,
    /// Whether all of it was filled.
    filled: bool,
    /// The step in which its end became known.
    heard: u64,
}

/// What was done with a deal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// The deal was new, and its position took it.
    New,
    /// The deal was known already.
    Known,
    /// The deal was known with other money: brokers settle commissions later.
    Corrected,
    /// The position of the deal is not known yet; the deal is kept.
    Early,
    /// The deal's figures make no sense; it is not used.
    Senseless,
}

impl Book {
    /// Our positions in order of their identifiers.
    pub fn holdings(&self) -> impl Iterator<Item = &Holding> {
        self.holdings.values()
    }

    /// Whether a position of ours has this identifier, or had.
    pub fn knows(&self, identifier: Ticket) -> bool {
        self.holdings.contains_key(&identifier) || self.closed.contains(identifier)
    }

    /// Whether the position is closed.
    pub fn is_closed(&self, identifier: Ticket) -> bool {
        self.closed.contains(identifier)
    }

    /// Our orders in order of their tickets.
    pub fn orders(&self) -> impl Iterator<Item = &HeldOrder> {
        self.orders.values()
    }

    /// Our orders, mutable.
    pub fn orders_mut(&mut self) -> impl Iterator<Item = &mut HeldOrder> {
        self.orders.values_mut()
    }

    /// One of our orders.
    pub fn order(&self, ticket: Ticket) -> Option<&HeldOrder> {
        self.orders.get(&ticket)
    }

    /// One of our orders, mutable.
    pub fn order_mut(&mut self, ticket: Ticket) -> Option<&mut HeldOrder> {
        self.orders.get_mut(&ticket)
    }

    /// Whether the order is ours, or was.
    pub fn knows_order(&self, ticket: Ticket) -> bool {
        self.orders.contains_key(&ticket) || self.ended.contains(ticket)
    }

    /// Adds a position of ours from a statement of the broker's.
    pub fn begin_from_position(&mut self, position: &Position, claim: Claim) {
        let (identifier, ticket) = (position.identifier(), position.ticket);
        self.forget_other(ticket);
        let holding = Holding::new(
            (identifier, ticket),
            position.symbol,
            position.side,
            position.time_msc,
            claim,
        );
        self.insert(holding);
    }

    /// Adds a position of ours from its opening deal.
    pub fn begin_from_deal(&mut self, deal: &Deal, side: Side, claim: Claim) {
        if self.foreign.remove(&deal.position).is_some() {
            self.index.change(deal.position);
        }
        let holding =
            Holding::new((deal.position, deal.position), deal.symbol, side, deal.time_msc, claim);
        self.insert(holding);
    }

    fn insert(&mut self, holding: Holding) {
        assert!(!self.knows(holding.identifier), "a position begins once");
        self.index.insert(&holding);
        self.holdings.insert(holding.identifier, holding);
    }

    /// Takes out the deals that waited for a position to be known.
    pub fn take_early_of(&mut self, identifier: Ticket) -> VecDeque<Deal> {
        let (own, rest) = std::mem::take(&mut self.early)
            .into_iter()
            .partition(|deal: &Deal| deal.position == identifier);
        self.early = rest;
        own
    }

    /// News of a position of ours came in this step.
    ///
    /// # Panics
    /// If the position is not ours, or is closed.
    pub fn hear(&mut self, identifier: Ticket, step: u64) {
        self.holdings.get_mut(&identifier).expect("what is heard of is ours").heard = step;
    }

    /// Takes a statement about a position of ours; `confirmed` when it comes from a reading of the
    /// account.
    ///
    /// # Panics
    /// If the position is not ours, or is closed.
    pub fn take_position(&mut self, position: &Position, confirmed: bool) -> Statement {
        let identifier = position.identifier();
        let holding =
            self.holdings.get_mut(&identifier).expect("a position begins before it is stated");
        holding.look_again();
        let statement = holding.state(position, confirmed);
        self.index.rename(holding);
        // A reading lists every position, and hardly any has changed.
        if !holding.is_at_rest() {
            self.index.stir(identifier);
        } else if statement != Statement::Same {
            self.index.change(identifier);
        }
        statement
    }

    /// Takes a deal: into its position and its order, or among those that wait for a position.
    pub fn take_deal(&mut self, deal: &Deal) -> Taken {
        let trades = matches!(deal.kind, DealKind::Trade(_));
        if !trades || self.holdings.contains_key(&deal.position) {
            self.last_deal = self.last_deal.max(Some((deal.ticket, deal.time_msc)));
        }
        if !trades {
            return Taken::Known;
        }
        let Some(holding) = self.holdings.get_mut(&deal.position) else {
            return self.take_early(deal);
        };
        if holding.knows_deal(deal.ticket) {
            if !holding.correct_deal(deal) {
                return Taken::Known;
            }
            holding.look_again();
            return Taken::Corrected;
        }
        holding.look_again();
        if deal.volume <= Volume::ZERO || holding.take_deal(deal).is_none() {
            return Taken::Senseless;
        }
        let (ticket, identifier) = (holding.ticket, holding.identifier);
        self.index.deal(deal.order, identifier);
        self.index.stir(identifier);
        if let Some(order) = self.orders.get_mut(&deal.order) {
            order.take_deal(deal.volume);
            if deal.entry == DealEntry::In {
                order.position = Some(identifier);
            }
        }
        assert!(
            self.knows(ticket) || ticket != identifier,
            "a deal is taken by a position that is known"
        );
        Taken::New
    }

    fn take_early(&mut self, deal: &Deal) -> Taken {
        if self.closed.contains(deal.position)
            || self.early.iter().any(|known| known.ticket == deal.ticket)
        {
            return Taken::Known;
        }
        if self.early.len() == EARLY_MAX {
            self.early.pop_front();
        }
        self.early.push_back(deal.clone());
        Taken::Early
    }

    /// Whether a deal was heard before, or is one of a position that is closed.
    pub fn knows_deal(&self, deal: &Deal) -> bool {
        self.closed.contains(deal.position)
            || self.early.iter().any(|known| known.ticket == deal.ticket)
            || self.holdings.get(&deal.position).is_some_and(|one| one.knows_deal(deal.ticket))
    }

    /// The opening deals that wait for their position to be known.
    pub fn early_openings(&self) -> Vec<Deal> {
        self.early.iter().filter(|deal| deal.entry == DealEntry::In).cloned().collect()
    }

    /// The last known deposit, withdrawal or deal of ours.
    pub const fn last_deal(&self) -> Option<(Ticket, ServerMsc)> {
        self.last_deal
    }

    /// Drops the last deal as evidence.
    pub const fn forget_last_deal(&mut self) {
        self.last_deal = None;
    }

    /// One source says that the broker no longer has the position.
    pub fn take_removal(&mut self, ticket: Ticket) {
        self.forget_other(ticket);
        if let Some(holding) = self.get_mut(ticket) {
            holding.gone = holding.gone.max(Gone::Said);
        }
    }

    /// Adds an order that the broker has named, from the attempt that made it.
    pub fn begin_order(&mut self, mut order: HeldOrder) {
        assert!(!self.knows_order(order.ticket), "an order begins once");
        for identifier in self.index.of_order(order.ticket) {
            let holding = &self.holdings[&identifier];
            let dealt = holding.dealt_by(order.ticket);
            order.dealt += dealt;
            if dealt > Volume::ZERO && matches!(order.purpose, Purpose::Open(_)) {
                order.position = Some(holding.identifier);
            }
        }
        self.orders.insert(order.ticket, order);
    }

    /// Adds a working order that was believed to have ended, or that no attempt here explains.
    pub fn revive_order(&mut self, order: HeldOrder) {
        self.ended.remove(order.ticket);
        let (ticket, filled) = (order.ticket, order.dealt);
        self.begin_order(HeldOrder { dealt: Volume::ZERO, ..order });
        let order = self.orders.get_mut(&ticket).expect("it was begun");
        // What its known deals do not explain, others will.
        order.unexplained = (filled - order.dealt).max(Volume::ZERO);
        order.dealt += order.unexplained;
    }

    /// Whether an order may open something that is not already in an open position.
    pub fn may_open(&self, order: &HeldOrder) -> bool {
        let stands =
            |identifier: Ticket| self.holdings.get(&identifier).is_some_and(Holding::is_open);
        matches!(order.purpose, Purpose::Open(_))
            && !order.is_over()
            && !order.position.is_some_and(stands)
    }

    /// Whether there may be something left to close of a position: it is open, or the order that
    /// opened it may have filled more.
    pub fn may_be_open(&self, holding: &Holding) -> bool {
        let grows =
            |order: &HeldOrder| order.position == Some(holding.identifier) && self.may_open(order);
        holding.is_open() || self.orders.values().any(grows)
    }

    /// Whether the deals of an order that cannot be found are not needed: it closes, or the other
    /// deals of its position add up.
    pub fn does_without(&self, ticket: Ticket) -> bool {
        self.orders.get(&ticket).is_some_and(|order| match order.purpose {
            Purpose::Close(_) => true,
            Purpose::Open(_) => order
                .position
                .and_then(|position| self.holdings.get(&position))
                .is_some_and(Holding::is_settled),
        })
    }

    /// The orders that still fill a position already closed.
    pub fn idle_rests(&self) -> Vec<Ticket> {
        let idle = |order: &&HeldOrder| {
            order.is_working()
                && order.remove.is_none()
                && order.position.is_some()
                && self.may_open(order)
        };
        self.orders.values().filter(idle).map(|order| order.ticket).collect()
    }

    /// Takes what the broker reports about an order of ours.
    ///
    /// # Panics
    /// If the order is not ours, or is over.
    pub fn take_order(&mut self, order: &Order, source: Source) {
        self.orders
            .get_mut(&order.ticket)
            .expect("an order begins before it is told of")
            .tell(order, source);
    }

    /// Takes out the orders from which nothing more will come.
    pub fn take_ended(&mut self, step: u64) -> Vec<HeldOrder> {
        let closed = |ticket: &Ticket| self.closed.contains(*ticket);
        let over = |order: &&HeldOrder| {
            let done = match &order.purpose {
                Purpose::Open(_) => order.position.as_ref().is_some_and(closed),
                Purpose::Close(positions) => positions.iter().any(closed),
            };
            order.state.is_final() && (order.dealt >= order.said || done)
        };
        let over: Vec<Ticket> =
            self.orders.values().filter(over).map(|order| order.ticket).collect();
        over.into_iter().map(|ticket| self.give_up_order(ticket, step)).collect()
    }

    /// Whether an ended order was to open a position; none for an unknown order.
    pub fn opened_by(&self, ticket: Ticket) -> Option<bool> {
        self.ended.get(ticket).map(|over| over.opens)
    }

    /// The step of the last news of an order, its end included; none for an unknown order.
    pub fn order_heard(&self, ticket: Ticket) -> Option<u64> {
        let works = self.orders.get(&ticket).map(|order| order.heard);
        works.or_else(|| self.ended.get(ticket).map(|over| over.heard))
    }

    /// Whether an order has ended and was filled completely.
    pub fn filled(&self, ticket: Ticket) -> bool {
        self.ended.get(ticket).is_some_and(|over| over.filled)
    }

    /// Takes out an order that has ended or is given up.
    ///
    /// # Panics
    /// If the order is not in the book.
    pub fn give_up_order(&mut self, ticket: Ticket, step: u64) -> HeldOrder {
        let order = self.orders.remove(&ticket).expect("what is given up is in the book");
        let filled = order.dealt >= order.volume && order.volume > Volume::ZERO;
        self.ended.insert(
            ticket,
            Over { opens: matches!(order.purpose, Purpose::Open(_)), filled, heard: step },
        );
        order
    }

    /// Takes out the positions whose deals account for their end; `early` is a mistake to plant.
    pub fn take_settled(&mut self, early: bool) -> Vec<Holding> {
        let fills_on = |holding: &Holding| {
            self.orders
                .values()
                .any(|order| !order.is_over() && order.position == Some(holding.identifier))
        };
        let settled = self.restless().filter(|holding| {
            (holding.is_settled() || early && holding.is_closed_in_part()) && !fills_on(holding)
        });
        let settled: Vec<Ticket> = settled.map(|holding| holding.identifier).collect();
        settled.iter().for_each(|identifier| self.closed.insert(*identifier, ()));
        let take_out = |identifier: &Ticket| {
            let holding = self.holdings.remove(identifier).expect("it was listed");
            self.index.remove(&holding);
            holding
        };
        settled.iter().map(take_out).collect()
    }

    /// A mistake to plant: forgets a deal, so that it counts as new.
    pub fn forget_deal(&mut self, deal: &Deal) {
        if let Some(holding) = self.holdings.get_mut(&deal.position) {
            holding.look_again();
            holding.forget_deal(deal.ticket);
        }
    }

    /// Gives the symbol of everything in the book its new index.
    pub fn symbols_mut(&mut self, to: impl Fn(&mut SymbolId)) {
        for holding in self.holdings.values_mut() {
            holding.look_again();
            to(&mut holding.symbol);
        }
        self.orders.values_mut().for_each(|order| to(&mut order.symbol));
        self.early.iter_mut().for_each(|deal| to(&mut deal.symbol));
        self.unclaimed
            .values_mut()
            .chain(self.foreign.values_mut())
            .for_each(|position| to(&mut position.symbol));
        self.foreign_orders.values_mut().for_each(|order| to(&mut order.symbol));
        for order in self.orders.values_mut() {
            let wanted = order.change.iter_mut().map(|goal| &mut goal.request);
            wanted
                .chain(&mut order.left)
                .chain(&mut order.lingering)
                .for_each(|request| to(&mut request.symbol));
        }
    }
}
