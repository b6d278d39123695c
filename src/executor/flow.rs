//! Attempts: one request on its way to the trade server, from sending it to the answer that says
//! how it ended. Goals ([`goal`](super::goal)) and the broker's positions and orders
//! ([`book`](super::book)) are kept elsewhere.

mod index;

use crate::domain::amount::{Pips, Points, Price, Volume};
use crate::domain::deal::{Deal, DealKind};
use crate::domain::flaw::{Checked, each, must};
use crate::domain::id::{Cid, ContentHash, IntentKey, Magic, SymbolId, Ticket};
use crate::domain::order::{FillingMode, Side};
use crate::domain::position::Position;
use crate::domain::retcode::Retcode;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::executor::action::{
    CloseByRequest, CloseRequest, ModifyOrderRequest, ModifyRequest, Owner, PlaceRequest,
    RemoveRequest, RequestReason,
};
use crate::executor::book::holding::Claim;
use crate::executor::bounds::{Bounds, FILLINGS_MAX, count, count_short, volume};
use crate::executor::event::SERVER_MSC_MAX;
use crate::executor::goal::{Levels, overruled};
use crate::market::timeframe::Timeframe;
use index::FlowIndex;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One intent on its way to the trade server, with its attempts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    /// The key of the intent, the same for every attempt.
    pub key: IntentKey,
    /// The owner of the position or order concerned.
    pub owner: Owner,
    /// The `magic` of the owner.
    pub magic: Magic,
    /// The hash of the rules that decided on the intent; zeros for commands.
    pub rules_hash: ContentHash,
    /// The timeframe of the bars that decided on the intent; M1 for commands.
    pub timeframe: Timeframe,
    /// The symbol, as its index in the session.
    pub symbol: SymbolId,
    /// The reason, for the request and its report.
    pub why: RequestReason,
    /// What the trade server is to do.
    pub intent: Intent,
    /// The number of the last attempt.
    pub cid: Cid,
    /// How many repetitions refusals have used up.
    pub retries: u32,
    /// The state of the last attempt.
    pub state: FlowState,
    /// When the last attempt was sent.
    pub sent: Timestamp,
    /// The peer must not send the last attempt after this.
    pub not_after: Timestamp,
    /// Server time at the first attempt.
    pub sent_msc: ServerMsc,
    /// Whether its position or order has been seen; then only the answer is missing.
    pub claimed: bool,
    /// Why it is not sent again, and what becomes of it is closed: an emergency came after it was
    /// sent, or an exit of its strategy on its side.
    #[serde(default, deserialize_with = "overruled", skip_serializing_if = "Option::is_none")]
    pub overruled: Option<RequestReason>,
    /// What the trade server last answered.
    pub retcode: Option<Retcode>,
}

/// What the trade server is to do, before it becomes a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// Open a position at the market.
    Open(Plan),
    /// Place a pending order.
    Place(PlaceRequest),
    /// Close a position or a part of it.
    Close(CloseRequest),
    /// Close two opposite positions against each other, by the smaller volume.
    CloseBy(CloseByRequest),
    /// Change a position's stops.
    Modify(ModifyRequest),
    /// Change the price, stops or expiration of a pending order.
    ModifyOrder(ModifyOrderRequest),
    /// Remove a working order.
    Remove(RemoveRequest),
}

/// An entry with everything that its request says. It is computed anew for each attempt
/// ([`super::plan`]).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The side of the position.
    pub side: Side,
    /// The volume in lots.
    pub volume: Volume,
    /// What the stops are computed from at each attempt.
    #[serde(rename = "wish")]
    pub stops_wanted: StopsWanted,
    /// The largest accepted deviation from `price`, in points.
    pub deviation: Points,
    /// The requested price: the quote of the last attempt.
    pub price: Price,
    /// The stop loss price; none opens without one.
    pub sl: Option<Price>,
    /// The take profit price; none opens without one.
    pub tp: Option<Price>,
    /// The index of the filling mode among those of the symbol.
    pub filling: usize,
    /// The filling mode.
    pub mode: FillingMode,
    /// Whether [`NearStops`](crate::risk::stops::NearStops) has moved a stop out of the stops
    /// level.
    pub widened: bool,
}

/// What the stops of an entry are computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopsWanted {
    /// Distances from the price of the entry.
    Pips(Option<Pips>, Option<Pips>),
    /// Distances from the price of the entry, as they were measured at the signal.
    Distances(Option<Price>, Option<Price>),
    /// Prices, as a command gives them.
    Prices(Option<Price>, Option<Price>),
}

impl Intent {
    /// The position that the request closes or changes; none when it makes a new one, or is about
    /// an order.
    pub const fn position(&self) -> Option<Ticket> {
        match self {
            Self::Close(one) => Some(one.position),
            Self::CloseBy(one) => Some(one.position),
            Self::Modify(one) => Some(one.position),
            Self::Open(_) | Self::Place(_) | Self::ModifyOrder(_) | Self::Remove(_) => None,
        }
    }

    /// Whether the request takes volume off the position.
    pub fn closes(&self, position: Ticket) -> bool {
        match self {
            Self::Close(one) => one.position == position,
            Self::CloseBy(one) => one.position == position || one.by == position,
            _ => false,
        }
    }

    /// The order that the request changes or removes.
    pub const fn order(&self) -> Option<Ticket> {
        match self {
            Self::ModifyOrder(one) => Some(one.order),
            Self::Remove(one) => Some(one.order),
            _ => None,
        }
    }

    /// Whether the request can open a position.
    pub const fn enters(&self) -> bool {
        matches!(self, Self::Open(_) | Self::Place(_))
    }

    /// The side of the position that the request can open.
    pub const fn side(&self) -> Option<Side> {
        match self {
            Self::Open(plan) => Some(plan.side),
            Self::Place(one) => Some(one.side),
            _ => None,
        }
    }

    /// The volume that the request opens, in lots.
    pub const fn volume(&self) -> Option<Volume> {
        match self {
            Self::Open(plan) => Some(plan.volume),
            Self::Place(one) => Some(one.volume),
            _ => None,
        }
    }

    /// Whether the request makes an order at the broker, by which its outcome can be found.
    pub const fn makes_order(&self) -> bool {
        matches!(self, Self::Open(_) | Self::Place(_) | Self::Close(_) | Self::CloseBy(_))
    }
}

/// The state of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowState {
    /// Sent; an answer is awaited until its deadline.
    Sent,
    /// An entry refused for now. It is sent again at its deadline.
    Waiting,
    /// Accepted without an order being named. Its order or deal is awaited until the deadline.
    Accepted,
    /// It is not known whether the request was executed. It is never sent again.
    Unknown {
        /// From this moment on, readings that do not show the request prove its absence; none while
        /// not connected and synced.
        conclusive: Option<Timestamp>,
        /// The number of such readings so far.
        absent: u32,
    },
}

/// The open attempts, by number, and the last request of each.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Flows {
    open: BTreeMap<u64, Flow>,
    by_cid: BTreeMap<Cid, u64>,
    #[serde(skip)]
    index: FlowIndex,
    last_cid: u64,
    last_flow: u64,
}

impl Flows {
    /// Makes the index anew, for attempts that were read.
    pub fn reindex(&mut self) {
        self.index = FlowIndex::of(self.indexed());
    }

    fn indexed(&self) -> impl Iterator<Item = (u64, IntentKey, Magic)> {
        self.open.iter().map(|(&number, flow)| (number, flow.key, flow.magic))
    }

    /// Opens a flow and returns its number.
    pub fn open(&mut self, flow: Flow) -> u64 {
        self.last_flow += 1;
        self.index.insert(self.last_flow, flow.key, flow.magic);
        self.open.insert(self.last_flow, flow);
        self.last_flow
    }

    /// Numbers a further attempt of a flow. Earlier attempts have been answered and are forgotten.
    pub fn next_attempt(&mut self, number: u64) -> Cid {
        self.last_cid += 1;
        let cid = Cid(self.last_cid);
        let flow = self.open.get_mut(&number).expect("what is sent is open");
        self.by_cid.remove(&flow.cid);
        flow.cid = cid;
        self.by_cid.insert(cid, number);
        cid
    }

    /// Ends a flow.
    ///
    /// # Panics
    /// If the flow is not open.
    pub fn close(&mut self, number: u64) -> Flow {
        let flow = self.open.remove(&number).expect("what ends is open");
        self.by_cid.remove(&flow.cid);
        self.index.remove(number, flow.key, flow.magic);
        flow
    }

    /// Whether an intent has an open flow.
    pub fn has(&self, key: IntentKey) -> bool {
        self.index.of_key(key).next().is_some()
    }

    /// The open flows of a magic, oldest first.
    pub fn of(&self, magic: Magic) -> impl Iterator<Item = (u64, &Flow)> {
        self.index.of_magic(magic).map(|number| (number, &self.open[&number]))
    }

    /// A flow.
    pub fn get(&self, number: u64) -> Option<&Flow> {
        self.open.get(&number)
    }

    /// A flow, mutable.
    pub fn get_mut(&mut self, number: u64) -> Option<&mut Flow> {
        self.open.get_mut(&number)
    }

    /// The flow whose last attempt has this number.
    pub fn by_cid(&self, cid: Cid) -> Option<u64> {
        self.by_cid.get(&cid).copied()
    }

    /// All open flows, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &Flow)> {
        self.open.iter().map(|(&number, flow)| (number, flow))
    }

    /// The first open flow for which `holds` is true.
    pub fn find(&self, holds: impl Fn(&Flow) -> bool) -> Option<u64> {
        self.iter().find(|(_, flow)| holds(flow)).map(|(number, _)| number)
    }

    /// Of the flows of unknown outcome for which `holds` is true, the one that most likely opened
    /// `volume`: one that was to open exactly this volume goes before one that may have been filled
    /// in part.
    pub fn likeliest(&self, volume: Volume, holds: impl Fn(&Flow) -> bool) -> Option<u64> {
        let may = |flow: &Flow| flow.may_open() && flow.is_unknown() && holds(flow);
        let exact = |flow: &Flow| flow.opens() == Some(volume);
        // The answer to an attempt that opens just as much will tell whether it was that one.
        let is_awaited = || {
            self.find(|flow| exact(flow) && flow.may_open() && flow.is_out() && holds(flow))
                .is_some()
        };
        self.find(|flow| exact(flow) && may(flow))
            .or_else(|| if is_awaited() { None } else { self.find(may) })
    }

    /// The numbers of the open flows for which `holds` is true.
    pub fn numbers(&self, holds: impl Fn(&Flow) -> bool) -> Vec<u64> {
        self.iter().filter(|(_, flow)| holds(flow)).map(|(number, _)| number).collect()
    }

    /// All open flows, mutable.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Flow> {
        self.open.values_mut()
    }

    /// Gives the symbol of every open flow its new index.
    pub fn symbols_mut(&mut self, to: impl Fn(&mut SymbolId)) {
        for flow in self.open.values_mut() {
            to(&mut flow.symbol);
            match &mut flow.intent {
                Intent::Open(_) => {}
                Intent::Place(one) => to(&mut one.symbol),
                Intent::Close(one) => to(&mut one.symbol),
                Intent::CloseBy(one) => to(&mut one.symbol),
                Intent::Modify(one) => to(&mut one.symbol),
                Intent::ModifyOrder(one) => to(&mut one.symbol),
                Intent::Remove(one) => to(&mut one.symbol),
            }
        }
    }
}

impl Flow {
    /// Whether the outcome of the last attempt is unknown.
    pub const fn is_unknown(&self) -> bool {
        matches!(self.state, FlowState::Unknown { .. })
    }

    /// Whether the attempt may have reached the broker. One that waits for its next attempt has
    /// not.
    pub const fn is_out(&self) -> bool {
        !matches!(self.state, FlowState::Waiting)
    }

    /// Whether the attempt may open a position that has not been seen yet.
    pub const fn may_open(&self) -> bool {
        self.intent.enters() && !self.claimed
    }

    /// What a position or an order inherits from the attempt.
    pub fn claim(&self, wanted: Levels) -> Claim {
        let asked = match &self.intent {
            Intent::Open(plan) => Some(plan.price),
            Intent::Place(one) => Some(one.price),
            _ => None,
        };
        Claim {
            owner: self.owner.clone(),
            magic: self.magic,
            key: Some(self.key),
            rules_hash: self.rules_hash,
            timeframe: self.timeframe,
            wanted,
            asked,
            sent_msc: Some(self.sent_msc),
            overruled: self.overruled,
        }
    }

    /// Whether a position could be the one that the attempt opens, whatever its comment: brokers
    /// cut and rewrite comments.
    pub fn is_like(&self, position: &Position) -> bool {
        self.could_open(
            (position.magic, position.symbol, position.side),
            position.volume,
            position.time_msc,
        )
    }

    /// Whether a deal could be the one that opens its position.
    pub fn is_like_deal(&self, deal: &Deal) -> bool {
        let DealKind::Trade(side) = deal.kind else { return false };
        self.could_open((deal.magic, deal.symbol, side), deal.volume, deal.time_msc)
    }

    /// The volume that the attempt is to open.
    pub const fn opens(&self) -> Option<Volume> {
        match &self.intent {
            Intent::Open(plan) => Some(plan.volume),
            Intent::Place(one) => Some(one.volume),
            _ => None,
        }
    }

    fn could_open(&self, what: (Magic, SymbolId, Side), lots: Volume, time_msc: ServerMsc) -> bool {
        let Some(volume) = self.opens() else { return false };
        let (magic, symbol, side) = what;
        let alike =
            magic == self.magic && symbol == self.symbol && Some(side) == self.intent.side();
        alike && lots <= volume && time_msc >= self.sent_msc
    }
}

impl Flows {
    /// Checks attempts that were read.
    ///
    /// # Errors
    /// The first field with an impossible value.
    pub fn check(&self, bounds: Bounds) -> Checked {
        let Self { open, by_cid, index, last_cid, last_flow } = self;
        count("last_cid", *last_cid)?;
        count("last_flow", *last_flow)?;
        must(
            open.keys().all(|number| number <= last_flow),
            "last_flow",
            "is below the number of an open attempt",
        )?;
        must(
            open.values().all(|flow| flow.cid.0 <= *last_cid),
            "last_cid",
            "is below the number of a request",
        )?;
        let known = |(number, flow): (&u64, &Flow)| by_cid.get(&flow.cid) == Some(number);
        must(
            by_cid.len() == open.len() && open.iter().all(known),
            "by_cid",
            "must name each open attempt by its last request",
        )?;
        must(index.is_of(self.indexed()), "open", "must be found by intent and by magic")?;
        each("open", open, |flow| flow.check(bounds))
    }
}

impl Flow {
    fn check(&self, bounds: Bounds) -> Checked {
        bounds.symbol("symbol", self.symbol)?;
        bounds.past("sent", self.sent)?;
        must((0..SERVER_MSC_MAX).contains(&self.sent_msc.0), "sent_msc", "is no server time")?;
        count_short("retries", self.retries)?;
        if let FlowState::Unknown { absent, .. } = self.state {
            count_short("state.unknown.absent", absent)?;
        }
        self.intent.check(bounds).map_err(|flaw| flaw.under("intent"))
    }
}

impl Intent {
    fn check(&self, bounds: Bounds) -> Checked {
        match self {
            Self::Open(plan) => {
                must(
                    plan.filling < FILLINGS_MAX,
                    "open.filling",
                    "is the place of no filling mode",
                )?;
                volume("open.volume", plan.volume)
            }
            Self::Place(one) => volume("place.volume", one.volume)
                .and_then(|()| bounds.symbol("place.symbol", one.symbol)),
            Self::Close(one) => volume("close.volume", one.volume)
                .and_then(|()| bounds.symbol("close.symbol", one.symbol)),
            Self::CloseBy(one) => bounds.symbol("close_by.symbol", one.symbol),
            Self::Modify(one) => bounds.symbol("modify.symbol", one.symbol),
            Self::ModifyOrder(one) => bounds.symbol("modify_order.symbol", one.symbol),
            Self::Remove(one) => bounds.symbol("remove.symbol", one.symbol),
        }
    }
}
