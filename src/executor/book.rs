//! The positions that are ours, put together from deals and position news in whatever order they arrive.

use crate::domain::amount::{Money, Price, Volume};
use crate::domain::deal::{Deal, DealEntry, DealKind};
use crate::domain::id::{ContentHash, Magic, StrategyId, SymbolId, Ticket};
use crate::domain::order::{Reason, Side};
use crate::domain::position::Position;
use crate::domain::time::ServerMsc;
use crate::executor::action::{CloseReason, Report, TradeChanged, TradeClosed, TradeOpened, Why};
use crate::market::timeframe::Timeframe;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Closed positions that are remembered, so that a late repetition does not open them again.
const CLOSED_MAX: usize = 10_000;

/// Our positions by ticket.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Book {
    holdings: BTreeMap<Ticket, Holding>,
    closed: BTreeSet<Ticket>,
    /// Positions of the account that are not ours.
    foreign: BTreeMap<Ticket, Position>,
}

/// One position of ours, from its first news to its last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// Its number.
    pub ticket: Ticket,
    /// Whose.
    pub strategy: StrategyId,
    /// The strategy's magic.
    pub magic: Magic,
    /// Hash of the rules it was opened by; zeros when not known.
    pub rules_hash: ContentHash,
    /// The bars it was opened on.
    pub timeframe: Timeframe,
    /// Of which symbol.
    pub symbol: SymbolId,
    /// Long or short.
    pub side: Side,
    /// Volume that was opened.
    pub opened: Volume,
    /// Volume still open.
    pub volume: Volume,
    /// Price of the opening deal.
    pub price_open: Price,
    /// When it was opened.
    pub time_msc: ServerMsc,
    /// Stop loss that it has.
    pub sl: Option<Price>,
    /// Take profit that it has.
    pub tp: Option<Price>,
    /// Stops that it was given, to be restored when they are missing.
    pub wanted: (Option<Price>, Option<Price>),
    /// Price asked by our intent.
    pub asked: Option<Price>,
    /// What our last closing intent was for.
    pub closing: Option<Why>,
    /// Closing intents so far.
    pub closes: u32,
    /// Intents to change its stops so far.
    pub modifies: u32,
    /// Whether the broker has stated the position itself.
    stated: bool,
    /// Whether the broker has said that it is gone.
    removed: bool,
    reported_open: bool,
    deals: BTreeSet<Ticket>,
    closed_volume: Volume,
    last_out: Option<(ServerMsc, Price, Reason)>,
    profit: Money,
    commission: Money,
    swap: Money,
}

/// What a new holding takes from the intent that opened it, or from what the broker says.
#[derive(Debug, Clone)]
pub struct Claim {
    pub strategy: StrategyId,
    pub magic: Magic,
    pub rules_hash: ContentHash,
    pub timeframe: Timeframe,
    pub wanted: (Option<Price>, Option<Price>),
    pub asked: Option<Price>,
}

impl Book {
    /// Our open positions in order of their tickets.
    pub fn holdings(&self) -> impl Iterator<Item = &Holding> {
        self.holdings.values()
    }

    /// The open positions of one magic.
    pub fn of(&self, magic: Magic) -> impl Iterator<Item = &Holding> {
        self.holdings.values().filter(move |holding| holding.magic == magic)
    }

    /// One of our positions.
    pub fn get(&self, ticket: Ticket) -> Option<&Holding> {
        self.holdings.get(&ticket)
    }

    /// One of our positions, to be changed.
    pub fn get_mut(&mut self, ticket: Ticket) -> Option<&mut Holding> {
        self.holdings.get_mut(&ticket)
    }

    /// Whether the position is or was ours.
    pub fn knows(&self, ticket: Ticket) -> bool {
        self.holdings.contains_key(&ticket) || self.closed.contains(&ticket)
    }

    /// Positions that are not ours.
    pub fn foreign(&self) -> impl Iterator<Item = &Position> {
        self.foreign.values()
    }

    /// Keeps a position that is not ours.
    pub fn set_foreign(&mut self, position: &Position) {
        self.foreign.insert(position.ticket, position.clone());
    }

    /// Begins a holding from a position's news.
    pub fn begin_from_position(&mut self, position: &Position, claim: Claim) {
        let holding = Holding::new(position.ticket, position.symbol, position.side, position.time_msc, claim);
        self.holdings.insert(position.ticket, holding);
    }

    /// Begins a holding from its opening deal.
    pub fn begin_from_deal(&mut self, deal: &Deal, side: Side, claim: Claim) {
        let holding = Holding::new(deal.position, deal.symbol, side, deal.time_msc, claim);
        self.holdings.insert(deal.position, holding);
    }

    /// Takes a position's news into its holding. Gives what is to be reported.
    pub fn take_position(&mut self, position: &Position) -> Option<Report> {
        let holding = self.holdings.get_mut(&position.ticket)?;
        let before = (holding.volume, holding.sl, holding.tp);
        holding.stated = true;
        if holding.opened < position.volume {
            holding.opened = position.volume;
        }
        (holding.volume, holding.sl, holding.tp) = (position.volume, position.sl, position.tp);
        holding.price_open = position.price_open;
        if !holding.reported_open {
            return Some(holding.report_open());
        }
        (before != (holding.volume, holding.sl, holding.tp)).then(|| {
            Report::Changed(TradeChanged {
                position: holding.ticket,
                strategy: holding.strategy.clone(),
                volume: holding.volume,
                sl: holding.sl,
                tp: holding.tp,
            })
        })
    }

    /// Takes a deal into its holding; a deal that is known already changes nothing.
    pub fn take_deal(&mut self, deal: &Deal) {
        let Some(holding) = self.holdings.get_mut(&deal.position) else { return };
        if !matches!(deal.kind, DealKind::Trade(_)) || !holding.deals.insert(deal.ticket) {
            return;
        }
        holding.profit += deal.profit;
        holding.commission += deal.commission;
        holding.swap += deal.swap;
        match deal.entry {
            DealEntry::In => {
                holding.price_open = deal.price;
                holding.time_msc = deal.time_msc;
                if !holding.stated {
                    holding.opened += deal.volume;
                    holding.volume += deal.volume;
                }
            }
            DealEntry::Out => {
                holding.closed_volume += deal.volume;
                holding.last_out = Some((deal.time_msc, deal.price, deal.reason));
            }
        }
    }

    /// Notes that the broker no longer has the position.
    pub fn take_removal(&mut self, ticket: Ticket) {
        self.foreign.remove(&ticket);
        if let Some(holding) = self.holdings.get_mut(&ticket) {
            holding.removed = true;
        }
    }

    /// Ends a holding whose deals close it whole. Gives what is to be reported.
    pub fn settle(&mut self, ticket: Ticket) -> Option<Vec<Report>> {
        let holding = self.holdings.get(&ticket)?;
        let out = holding.last_out.filter(|_| holding.closed_volume >= holding.opened && holding.opened > Volume::ZERO)?;
        let mut holding = self.holdings.remove(&ticket)?;
        self.closed.insert(ticket);
        if self.closed.len() > CLOSED_MAX {
            self.closed.pop_first();
        }
        let mut reports = Vec::with_capacity(2);
        if !holding.reported_open {
            reports.push(holding.report_open());
        }
        reports.push(Report::Closed(holding.into_closed(out)));
        Some(reports)
    }

    /// Positions of ours that `complete` no longer lists although they were stated before `as_of_msc`.
    pub fn vanished(&self, listed: &BTreeSet<Ticket>, as_of_msc: ServerMsc) -> Vec<Ticket> {
        let gone = |holding: &&Holding| !listed.contains(&holding.ticket) && holding.time_msc < as_of_msc;
        self.holdings.values().filter(gone).map(|holding| holding.ticket).collect()
    }
}

impl Holding {
    fn new(ticket: Ticket, symbol: SymbolId, side: Side, time_msc: ServerMsc, claim: Claim) -> Self {
        Self {
            ticket,
            strategy: claim.strategy,
            magic: claim.magic,
            rules_hash: claim.rules_hash,
            timeframe: claim.timeframe,
            symbol,
            side,
            opened: Volume::ZERO,
            volume: Volume::ZERO,
            price_open: Price::ZERO,
            time_msc,
            sl: claim.wanted.0,
            tp: claim.wanted.1,
            wanted: claim.wanted,
            asked: claim.asked,
            closing: None,
            closes: 0,
            modifies: 0,
            stated: false,
            removed: false,
            reported_open: false,
            deals: BTreeSet::new(),
            closed_volume: Volume::ZERO,
            last_out: None,
            profit: Money::ZERO,
            commission: Money::ZERO,
            swap: Money::ZERO,
        }
    }

    /// Whether there is something left that can be closed.
    pub fn is_open(&self) -> bool {
        !self.removed && self.closed_volume < self.opened
    }

    /// Whether the position stands without a stop that it was given.
    pub fn lacks_stops(&self) -> bool {
        self.stated && self.is_open() && (self.wanted.0.is_some() && self.sl.is_none() || self.wanted.1.is_some() && self.tp.is_none())
    }

    /// Volume that is still open by what deals and position news say.
    pub fn open_volume(&self) -> Volume {
        self.volume.min(self.opened - self.closed_volume)
    }

    fn report_open(&mut self) -> Report {
        self.reported_open = true;
        Report::Opened(TradeOpened {
            position: self.ticket,
            strategy: self.strategy.clone(),
            symbol: self.symbol,
            side: self.side,
            volume: self.opened,
            time_msc: self.time_msc,
            price: self.price_open,
            sl: self.sl,
            tp: self.tp,
            asked: self.asked,
        })
    }

    fn into_closed(self, (close_time_msc, close_price, reason): (ServerMsc, Price, Reason)) -> TradeClosed {
        let reason = match (reason, self.closing) {
            (Reason::Sl, _) => CloseReason::Sl,
            (Reason::Tp, _) => CloseReason::Tp,
            (Reason::So, _) => CloseReason::So,
            (_, Some(Why::OppositeSignal)) => CloseReason::Signal,
            (_, Some(Why::StopCommand)) => CloseReason::StopCommand,
            (_, Some(Why::RestoreStops)) => CloseReason::StopsMissing,
            (_, Some(Why::Signal) | None) => CloseReason::External,
        };
        TradeClosed {
            position: self.ticket,
            strategy: self.strategy,
            symbol: self.symbol,
            side: self.side,
            volume: self.opened,
            open_time_msc: self.time_msc,
            open_price: self.price_open,
            sl: self.sl,
            tp: self.tp,
            close_time_msc,
            close_price,
            reason,
            profit: self.profit,
            commission: self.commission,
            swap: self.swap,
        }
    }
}
