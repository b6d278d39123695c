//! One position of ours, from its first news to its last. Its volumes and its money come from deals
//! alone. What the broker states about the position tells that it exists and which stops it has.

pub mod remembered;
mod reports;

use crate::domain::amount::{Money, Price, Volume};
use crate::domain::deal::{Deal, DealEntry};
use crate::domain::flaw::{Checked, must};
use crate::domain::id::{ContentHash, IntentKey, Magic, SymbolId, Ticket};
use crate::domain::order::{Reason, Side};
use crate::domain::position::Position;
use crate::domain::time::ServerMsc;
use crate::executor::action::{Owner, RequestReason};
use crate::executor::bounds::{Bounds, count_short, volume};
use crate::executor::goal::{ExitGoal, Levels, StopsGoal, overruled};
use crate::executor::worth::Staked;
use crate::market::timeframe::Timeframe;
use crate::valuation::stake::Stake;
use remembered::Remembered;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a position inherits from the intent that opened it, or learns from the broker when it is
/// adopted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The strategy or command that the position belongs to.
    pub owner: Owner,
    /// The `magic` of the owner.
    pub magic: Magic,
    /// The key of the intent; none for an adopted position.
    pub key: Option<IntentKey>,
    /// The hash of the rules behind the intent; zeros when not known.
    pub rules_hash: ContentHash,
    /// The timeframe of the bars that decided on the intent.
    pub timeframe: Timeframe,
    /// The stops with which it was requested.
    pub wanted: Levels,
    /// The price requested by the intent.
    pub asked: Option<Price>,
    /// Server time at the first attempt; none for an adopted position.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_msc: Option<ServerMsc>,
    /// What overruled the intent when it was out: the position is closed as soon as it is seen.
    #[serde(default, deserialize_with = "overruled", skip_serializing_if = "Option::is_none")]
    pub overruled: Option<RequestReason>,
}

/// How certain it is that a position is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gone {
    /// Nobody has said that the position is gone.
    #[default]
    No,
    /// One source says that it is gone; it may be listed again.
    Said,
    /// The trade server and a reading of the account agree that it is gone.
    Confirmed,
}

/// What a statement about a position told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statement {
    /// The statement is older than what is known.
    Stale,
    /// The statement repeats what is known.
    Same,
    /// The statement tells that a swap was charged, and nothing else.
    Swapped,
    /// The statement tells something new.
    Changed,
    /// Somebody else has changed the stops, and a reading confirms it.
    StopsChanged {
        /// Whether this statement is the first to say so.
        news: bool,
    },
}

/// What the broker last stated about a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Stated {
    volume: Volume,
    updated_msc: ServerMsc,
    /// The average opening price; zero when an older state did not keep it.
    #[serde(default, skip_serializing_if = "is_no_price")]
    price_open: Price,
    /// The swap that it has gathered.
    #[serde(default, skip_serializing_if = "Money::is_zero")]
    swap: Money,
}

/// Whether a price was not kept.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_no_price(price: &Price) -> bool {
    price.raw() == 0
}

/// What is remembered of a deal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct DealRef {
    order: Ticket,
    volume: Volume,
    time_msc: ServerMsc,
    closes: bool,
    /// None when an older state did not keep it; the sums include it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    money: Option<DealMoney>,
}

/// The money of a deal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct DealMoney {
    profit: Money,
    commission: Money,
    swap: Money,
}

impl DealRef {
    const fn of(deal: &Deal) -> Self {
        let Deal { order, volume, time_msc, .. } = *deal;
        Self {
            order,
            volume,
            time_msc,
            closes: deal.entry.closes(),
            money: Some(DealMoney::of(deal)),
        }
    }
}

impl DealMoney {
    const fn of(deal: &Deal) -> Self {
        Self { profit: deal.profit, commission: deal.commission, swap: deal.swap }
    }
}

/// A position of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Holding {
    /// The number by which deals name the position; it never changes.
    pub identifier: Ticket,
    /// The ticket by which requests name the position.
    pub ticket: Ticket,
    /// What it inherits from the intent that opened it, or from its adoption.
    pub claim: Claim,
    /// The symbol that is held, as its index in the session.
    pub symbol: SymbolId,
    /// Whether the position is long (bought) or short (sold).
    pub side: Side,
    /// The price of the opening deal; while that is missing, the price that the broker states.
    pub price_open: Price,
    /// When it was opened, by the server's clock.
    pub time_msc: ServerMsc,
    /// The stops that the broker last reported.
    pub stops: Levels,
    /// The goal for its stops.
    pub stops_goal: StopsGoal,
    /// The goal to close it, if there is one.
    pub exit: Option<ExitGoal>,
    /// The reason of the last goal to close it.
    pub exit_why: Option<RequestReason>,
    /// The number of closing intents so far.
    pub closes: u32,
    /// The number of intents to change its stops so far.
    pub modifies: u32,
    /// How certain it is that the position is gone.
    pub gone: Gone,
    /// The step in which news of it last came.
    pub heard: u64,
    /// Whether the history since its opening has been read completely: deals that are not in it
    /// will not come.
    pub read_whole: bool,
    /// The number of readings of that history that did not show its opening deals.
    pub read_short: u32,
    /// Whether the trade server has answered that the position is closed.
    pub server_says_closed: bool,
    /// Whether an alert was raised because the broker does not list it.
    pub missing_told: bool,
    stated: Option<Stated>,
    reported_open: bool,
    deals: BTreeMap<Ticket, DealRef>,
    /// The volume of the deals that opened it and, below, of those that closed it.
    ins: Volume,
    outs: Volume,
    /// The largest volume that was ever stated.
    most: Volume,
    /// The largest sum of a stated volume and what had been closed by then: the volume opened, as
    /// long as no opening deal tells it.
    stated_opened: Volume,
    last_out: Option<(ServerMsc, Price, Reason)>,
    profit: Money,
    commission: Money,
    swap: Money,
    #[serde(skip)]
    pub(super) remembered: Remembered,
}

impl Holding {
    pub(super) fn new(
        (identifier, ticket): (Ticket, Ticket),
        symbol: SymbolId,
        side: Side,
        time_msc: ServerMsc,
        claim: Claim,
    ) -> Self {
        Self {
            identifier,
            ticket,
            symbol,
            side,
            price_open: Price::ZERO,
            time_msc,
            stops: claim.wanted,
            stops_goal: StopsGoal::new(claim.wanted),
            claim,
            exit: None,
            exit_why: None,
            closes: 0,
            modifies: 0,
            gone: Gone::No,
            heard: 0,
            read_whole: false,
            read_short: 0,
            server_says_closed: false,
            missing_told: false,
            stated: None,
            reported_open: false,
            deals: BTreeMap::new(),
            ins: Volume::ZERO,
            outs: Volume::ZERO,
            most: Volume::ZERO,
            stated_opened: Volume::ZERO,
            last_out: None,
            profit: Money::ZERO,
            commission: Money::ZERO,
            swap: Money::ZERO,
            remembered: Remembered::default(),
        }
    }

    /// The total volume opened: by its deals or, while these are missing, by what was stated.
    pub fn opened(&self) -> Volume {
        if self.ins == Volume::ZERO { self.stated_opened } else { self.ins.max(self.most) }
    }

    /// The volume that may still be open.
    pub fn open_volume(&self) -> Volume {
        (self.opened() - self.outs).max(Volume::ZERO)
    }

    /// The volume that has been closed.
    pub const fn closed_volume(&self) -> Volume {
        self.outs
    }

    /// Whether, by what is known of the position itself, something is open.
    pub fn is_open(&self) -> bool {
        self.gone != Gone::Confirmed
            && (self.open_volume() > Volume::ZERO || self.opened() == Volume::ZERO)
    }

    /// What is open of it, and at which price. Its deals and what the broker states must agree, unless
    /// a single deal has opened it.
    pub fn stake(&self) -> Staked {
        if !self.is_open() {
            return Staked::Nothing;
        }
        let volume = self.open_volume();
        // What the broker no longer lists, or lists with less, was closed by a deal that is still to come.
        let is_less = self.stated.is_some_and(|stated| stated.volume < volume);
        if self.gone != Gone::No || is_less {
            return Staked::Unsure;
        }
        let stated = self.stated.filter(|stated| {
            stated.volume == volume && volume > Volume::ZERO && stated.price_open > Price::ZERO
        });
        let mut openings = self.deals.values().filter(|deal| !deal.closes);
        let is_opened_at_once = openings.next().is_some() && openings.next().is_none();
        // What a deal takes of the swap is known, and the next statement tells the rest.
        let is_swapped = self.stated.is_some_and(|stated| !stated.swap.is_zero());
        let (price_open, swap) = match stated {
            Some(stated) => (stated.price_open, stated.swap),
            None if is_opened_at_once && self.ins >= self.most && !is_swapped => {
                (self.price_open, Money::ZERO)
            }
            None => return Staked::Unsure,
        };
        Staked::Of(Stake { symbol: self.symbol, side: self.side, volume, price_open, swap })
    }

    /// Whether deals that opened it are still to come.
    pub fn lacks_opening_deals(&self) -> bool {
        !self.read_whole && (self.ins < self.most || self.ins == Volume::ZERO)
    }

    /// Whether its deals account for its end.
    pub fn is_settled(&self) -> bool {
        let whole = self.ins >= self.most || self.read_whole;
        whole && self.opened() > Volume::ZERO && self.outs == self.opened()
    }

    /// Whether it is open, nothing is to be done about it, and no reading has to tell more of it.
    pub fn is_at_rest(&self) -> bool {
        let goal = &self.stops_goal;
        let wants = self.exit.is_some() || self.lacks_stops();
        let awaits = goal.done_at.is_some() || goal.unsettled_at.is_some();
        let is_open = self.is_open() && self.gone == Gone::No && !self.is_settled();
        is_open && !wants && !awaits && !self.lacks_opening_deals()
    }

    /// Whether its opening is still to be reported.
    pub fn is_unreported(&self) -> bool {
        !self.reported_open && self.opened() > Volume::ZERO
    }

    /// A mistake to plant: a position reported as gone counts as settled once any deal has closed a
    /// part of it.
    pub(super) fn is_closed_in_part(&self) -> bool {
        self.gone != Gone::No && self.last_out.is_some()
    }

    /// A mistake to plant: forgets a deal.
    pub(super) fn forget_deal(&mut self, ticket: Ticket) {
        self.deals.remove(&ticket);
    }

    /// A mistake to plant: the last stated volume less what was closed.
    pub fn stated_volume(&self) -> Volume {
        (self.stated.map_or(self.most, |stated| stated.volume) - self.outs).max(Volume::ZERO)
    }

    /// Whether the broker has stated the position.
    pub const fn is_stated(&self) -> bool {
        self.stated.is_some()
    }

    /// Whether the broker has stated the position, and it does not have the stops that are wanted.
    pub fn lacks_stops(&self) -> bool {
        self.stated.is_some()
            && self.is_open()
            && !self.stops_goal.stood
            && self.stops != self.stops_goal.wanted
    }

    /// Takes a statement of the broker's; one older than what is known changes nothing. When stops
    /// that were in force have changed, the new ones become the goal only once a reading confirms
    /// them, because news may come in another order than the changes were made.
    pub(super) fn state(&mut self, position: &Position, confirmed: bool) -> Statement {
        let updated_msc = position.updated_msc();
        // A reading after which nothing was heard is up to date, whatever time an earlier statement
        // had.
        if !confirmed && self.stated.is_some_and(|stated| updated_msc < stated.updated_msc) {
            return Statement::Stale;
        }
        let before = (self.stated.map(|stated| stated.volume), self.stops);
        let swap_before = self.stated.map_or(Money::ZERO, |stated| stated.swap);
        self.ticket = position.ticket;
        let &Position { volume, price_open, swap, .. } = position;
        self.stated = Some(Stated { volume, updated_msc, price_open, swap });
        self.most = self.most.max(position.volume);
        self.stated_opened = self.stated_opened.max(position.volume + self.outs_until(updated_msc));
        if self.ins == Volume::ZERO {
            self.price_open = position.price_open;
        }
        self.stops = (position.sl, position.tp);
        let news = before != (Some(position.volume), self.stops);
        if self.stops == self.stops_goal.wanted {
            self.stops_goal.stand(self.stops);
        } else if self.stops_goal.stood
            && confirmed
            && !self.stops_goal.take_overtaken(self.stops)
            && !self.stops_goal.take_passed(self.stops)
        {
            self.stops_goal.stand(self.stops);
            return Statement::StopsChanged { news };
        }
        match (news, swap == swap_before) {
            (true, _) => Statement::Changed,
            (false, false) => Statement::Swapped,
            (false, true) => Statement::Same,
        }
    }

    /// Takes a new deal; none when its figures make no sense.
    pub(super) fn take_deal(&mut self, deal: &Deal) -> Option<()> {
        let (profit, commission, swap) = (
            self.profit.checked_add(deal.profit)?,
            self.commission.checked_add(deal.commission)?,
            self.swap.checked_add(deal.swap)?,
        );
        let volume = if deal.entry == DealEntry::In { self.ins } else { self.outs }
            .checked_add(deal.volume)?;
        (self.profit, self.commission, self.swap) = (profit, commission, swap);
        self.deals.insert(deal.ticket, DealRef::of(deal));
        if deal.entry == DealEntry::In {
            if self.ins == Volume::ZERO {
                (self.price_open, self.time_msc) = (deal.price, deal.time_msc);
            }
            self.ins = volume;
        } else {
            self.outs = volume;
            self.last_out = Some((deal.time_msc, deal.price, deal.reason));
            // A statement made after the deal includes it.
            if let Some(stated) = self.stated.filter(|stated| deal.time_msc <= stated.updated_msc) {
                self.stated_opened =
                    self.stated_opened.max(stated.volume + self.outs_until(stated.updated_msc));
            }
        }
        Some(())
    }

    /// Takes corrected money for a known deal. Returns whether it changed.
    ///
    /// # Panics
    /// If the deal is not known.
    pub(super) fn correct_deal(&mut self, deal: &Deal) -> bool {
        let now = DealMoney::of(deal);
        let known =
            self.deals.get_mut(&deal.ticket).expect("only a deal that is known is corrected");
        let Some(before) = known.money.as_mut() else { return false };
        let corrected =
            |sum: Money, before: Money, now: Money| sum.checked_sub(before)?.checked_add(now);
        let profit = corrected(self.profit, before.profit, now.profit);
        let commission = corrected(self.commission, before.commission, now.commission);
        let swap = corrected(self.swap, before.swap, now.swap);
        // A sum that does not fit is not taken.
        let (Some(profit), Some(commission), Some(swap)) = (profit, commission, swap) else {
            return false;
        };
        (self.profit, self.commission, self.swap) = (profit, commission, swap);
        std::mem::replace(before, now) != now
    }

    /// The volume of the closing deals up to a moment.
    fn outs_until(&self, moment: ServerMsc) -> Volume {
        if self.outs == Volume::ZERO {
            return Volume::ZERO;
        }
        self.deals
            .values()
            .filter(|deal| deal.closes && deal.time_msc <= moment)
            .map(|deal| deal.volume)
            .sum()
    }

    /// The volume of the deals that an order has made on the position.
    pub(super) fn dealt_by(&self, order: Ticket) -> Volume {
        self.deals.values().filter(|deal| deal.order == order).map(|deal| deal.volume).sum()
    }

    /// The orders that have made deals on the position.
    pub(super) fn orders(&self) -> impl Iterator<Item = Ticket> {
        self.deals.values().map(|deal| deal.order)
    }

    /// Whether the position has taken the deal.
    pub(super) fn knows_deal(&self, ticket: Ticket) -> bool {
        self.deals.contains_key(&ticket)
    }

    /// Profit, commission and swap so far; none when the sum does not fit.
    pub fn net(&self) -> Option<Money> {
        self.profit.checked_add(self.commission)?.checked_add(self.swap)
    }
}

impl Holding {
    /// Checks a position that was read.
    ///
    /// # Errors
    /// The first field with an impossible value.
    pub(super) fn check(&self, bounds: Bounds) -> Checked {
        bounds.symbol("symbol", self.symbol)?;
        bounds.step("heard", self.heard)?;
        let volumes = [
            ("ins", self.ins),
            ("outs", self.outs),
            ("most", self.most),
            ("stated_opened", self.stated_opened),
        ];
        volumes.into_iter().try_for_each(|(path, lots)| volume(path, lots))?;
        let dealt =
            self.deals.values().try_fold(Volume::ZERO, |sum, deal| sum.checked_add(deal.volume));
        volume("deals", dealt.unwrap_or(Volume::from_raw(-1)))?;
        must(
            self.outs == Volume::ZERO || self.last_out.is_some(),
            "last_out",
            "must tell of the deal that closed something",
        )?;
        let counts =
            [("closes", self.closes), ("modifies", self.modifies), ("read_short", self.read_short)];
        counts.into_iter().try_for_each(|(path, number)| count_short(path, number))?;
        self.stops_goal.check(bounds).map_err(|flaw| flaw.under("stops_goal"))?;
        self.exit
            .as_ref()
            .map_or(Ok(()), |exit| exit.check(bounds).map_err(|flaw| flaw.under("exit")))
    }
}
