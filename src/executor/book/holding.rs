//! One position of ours, from its first news to its last. Its volumes and its money come from deals alone; what the broker
//! states of it says where its stops are, and that it is there.

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
use crate::executor::goal::{ExitGoal, Levels, StopsGoal};
use crate::market::timeframe::Timeframe;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a position takes from the intent that opened it, or from what the broker says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The strategy or command that the position belongs to.
    pub owner: Owner,
    /// The `magic` of the owner.
    pub magic: Magic,
    /// Key of the intent; none for an adopted one.
    pub key: Option<IntentKey>,
    /// Hash of the rules behind it; zeros when not known.
    pub rules_hash: ContentHash,
    /// The bars it was decided on.
    pub timeframe: Timeframe,
    /// Stops that it was given.
    pub wanted: Levels,
    /// Price asked by the intent.
    pub asked: Option<Price>,
    /// Whether an emergency came when the intent was out: the position is closed as soon as it is seen.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub overruled: bool,
}

/// How sure it is that a position is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gone {
    /// It is there, as far as anybody said.
    #[default]
    No,
    /// One source says so: it may be listed again.
    Said,
    /// The trade server and a reading of the account both say so.
    Confirmed,
}

/// What a statement of a position came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statement {
    /// It is older than what is known.
    Stale,
    /// It says what is known.
    Same,
    /// It says something new.
    Changed,
    /// Somebody else has changed the stops, which a reading confirms.
    StopsChanged {
        /// Whether it is the first to say so.
        news: bool,
    },
}

/// What the broker last stated of a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Stated {
    volume: Volume,
    updated_msc: ServerMsc,
}

/// What is remembered of a deal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct DealRef {
    order: Ticket,
    volume: Volume,
    time_msc: ServerMsc,
    closes: bool,
    /// None where an older state did not keep it: it stands in the sums.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    money: Option<DealMoney>,
}

/// What a deal came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct DealMoney {
    profit: Money,
    commission: Money,
    swap: Money,
}

impl DealRef {
    const fn of(deal: &Deal) -> Self {
        let Deal { order, volume, time_msc, .. } = *deal;
        Self { order, volume, time_msc, closes: deal.entry.closes(), money: Some(DealMoney::of(deal)) }
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
    /// What it takes from the intent that opened it, or from its adoption.
    pub claim: Claim,
    /// The symbol that is held, as its index in the session.
    pub symbol: SymbolId,
    /// Whether the position is long (bought) or short (sold).
    pub side: Side,
    /// The price of the opening deal; while that is missing, the price that the broker states.
    pub price_open: Price,
    /// When it was opened, by the server's clock.
    pub time_msc: ServerMsc,
    /// The stops that the broker last stated.
    pub stops: Levels,
    /// The stops that it is to have, and how far that is reached.
    pub stops_goal: StopsGoal,
    /// Its end, if that is wanted.
    pub exit: Option<ExitGoal>,
    /// What its end was last wanted for.
    pub exit_why: Option<RequestReason>,
    /// The number of closing intents so far.
    pub closes: u32,
    /// The number of intents to change its stops so far.
    pub modifies: u32,
    /// How sure it is that the position is gone.
    pub gone: Gone,
    /// When news of it last came, in steps of the executor.
    pub heard: u64,
    /// Whether the history since its opening has been read whole: then deals that are not there will not come.
    pub read_whole: bool,
    /// Readings of that history that did not show its opening deals.
    pub read_short: u32,
    /// Whether the trade server has answered that the position is closed.
    pub server_says_closed: bool,
    /// Whether it was reported that the broker does not list it.
    pub missing_told: bool,
    stated: Option<Stated>,
    reported_open: bool,
    deals: BTreeMap<Ticket, DealRef>,
    /// Volume of the deals that opened it, and of those that closed it.
    ins: Volume,
    outs: Volume,
    /// The most that was ever stated.
    most: Volume,
    /// The same with what had been closed by then: what was opened, as long as no opening deal tells it.
    stated_opened: Volume,
    last_out: Option<(ServerMsc, Price, Reason)>,
    profit: Money,
    commission: Money,
    swap: Money,
}

impl Holding {
    pub(super) fn new((identifier, ticket): (Ticket, Ticket), symbol: SymbolId, side: Side, time_msc: ServerMsc, claim: Claim) -> Self {
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
        }
    }

    /// What was opened in all: by its deals; by what was stated while they are missing.
    pub fn opened(&self) -> Volume {
        if self.ins == Volume::ZERO { self.stated_opened } else { self.ins.max(self.most) }
    }

    /// What may still be open.
    pub fn open_volume(&self) -> Volume {
        (self.opened() - self.outs).max(Volume::ZERO)
    }

    /// What has been closed.
    pub const fn closed_volume(&self) -> Volume {
        self.outs
    }

    /// Whether there may be something left that can be closed.
    pub fn is_open(&self) -> bool {
        self.gone != Gone::Confirmed && (self.open_volume() > Volume::ZERO || self.opened() == Volume::ZERO)
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

    /// A mistake: a position that is said to be gone counts as settled once any deal has closed something.
    pub(super) fn is_closed_in_part(&self) -> bool {
        self.gone != Gone::No && self.last_out.is_some()
    }

    /// A mistake: a deal is not known any more.
    pub(super) fn forget_deal(&mut self, ticket: Ticket) {
        self.deals.remove(&ticket);
    }

    /// A mistake: what is open by the last statement less what was closed.
    pub fn stated_volume(&self) -> Volume {
        (self.stated.map_or(self.most, |stated| stated.volume) - self.outs).max(Volume::ZERO)
    }

    /// Whether the broker has stated it and it stands without the stops that are wanted.
    pub fn lacks_stops(&self) -> bool {
        self.stated.is_some() && self.is_open() && !self.stops_goal.stood && self.stops != self.stops_goal.wanted
    }

    /// Takes what the broker states; a statement that is older than what is known changes nothing. When stops that
    /// stood have changed, the new ones are wanted only once a reading confirms them, because news may come in another
    /// order than the changes were made.
    pub(super) fn state(&mut self, position: &Position, confirmed: bool) -> Statement {
        let updated_msc = position.updated_msc();
        // A reading that nothing was heard since says how it is, whatever time an earlier statement gave.
        if !confirmed && self.stated.is_some_and(|stated| updated_msc < stated.updated_msc) {
            return Statement::Stale;
        }
        let before = (self.stated.map(|stated| stated.volume), self.stops);
        self.ticket = position.ticket;
        self.stated = Some(Stated { volume: position.volume, updated_msc });
        self.most = self.most.max(position.volume);
        self.stated_opened = self.stated_opened.max(position.volume + self.outs_until(updated_msc));
        if self.ins == Volume::ZERO {
            self.price_open = position.price_open;
        }
        self.stops = (position.sl, position.tp);
        let news = before != (Some(position.volume), self.stops);
        if self.stops == self.stops_goal.wanted {
            self.stops_goal.stand(self.stops);
        } else if self.stops_goal.stood && confirmed && !self.stops_goal.is_overtaken(self.stops) {
            self.stops_goal.stand(self.stops);
            return Statement::StopsChanged { news };
        }
        if news { Statement::Changed } else { Statement::Same }
    }

    /// Takes a deal that it has not seen; none when it makes no sense.
    pub(super) fn take_deal(&mut self, deal: &Deal) -> Option<()> {
        let (profit, commission, swap) =
            (self.profit.checked_add(deal.profit)?, self.commission.checked_add(deal.commission)?, self.swap.checked_add(deal.swap)?);
        let volume = if deal.entry == DealEntry::In { self.ins } else { self.outs }.checked_add(deal.volume)?;
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
            // A statement that is younger than the deal contains it.
            if let Some(stated) = self.stated.filter(|stated| deal.time_msc <= stated.updated_msc) {
                self.stated_opened = self.stated_opened.max(stated.volume + self.outs_until(stated.updated_msc));
            }
        }
        Some(())
    }

    /// Takes the money of a deal that is known anew, where it has changed; gives whether it has.
    ///
    /// # Panics
    /// If the deal is not known.
    pub(super) fn correct_deal(&mut self, deal: &Deal) -> bool {
        let now = DealMoney::of(deal);
        let known = self.deals.get_mut(&deal.ticket).expect("only a deal that is known is corrected");
        let Some(before) = known.money.as_mut() else { return false };
        let corrected = |sum: Money, before: Money, now: Money| sum.checked_sub(before)?.checked_add(now);
        let profit = corrected(self.profit, before.profit, now.profit);
        let commission = corrected(self.commission, before.commission, now.commission);
        let swap = corrected(self.swap, before.swap, now.swap);
        // Money that is more than can be counted is no money.
        let (Some(profit), Some(commission), Some(swap)) = (profit, commission, swap) else { return false };
        (self.profit, self.commission, self.swap) = (profit, commission, swap);
        std::mem::replace(before, now) != now
    }

    /// Volume of the closing deals up to a moment.
    fn outs_until(&self, moment: ServerMsc) -> Volume {
        self.deals.values().filter(|deal| deal.closes && deal.time_msc <= moment).map(|deal| deal.volume).sum()
    }

    /// Volume of the deals that an order has made on it.
    pub(super) fn dealt_by(&self, order: Ticket) -> Volume {
        self.deals.values().filter(|deal| deal.order == order).map(|deal| deal.volume).sum()
    }

    /// Whether it has taken the deal.
    pub(super) fn knows_deal(&self, ticket: Ticket) -> bool {
        self.deals.contains_key(&ticket)
    }

    /// Profit, commission and swap so far.
    pub fn net(&self) -> Option<Money> {
        self.profit.checked_add(self.commission)?.checked_add(self.swap)
    }
}

impl Holding {
    /// Whether one that was read can be.
    ///
    /// # Errors
    /// The first field that cannot.
    pub(super) fn check(&self, bounds: Bounds) -> Checked {
        bounds.symbol("symbol", self.symbol)?;
        bounds.step("heard", self.heard)?;
        let volumes = [("ins", self.ins), ("outs", self.outs), ("most", self.most), ("stated_opened", self.stated_opened)];
        volumes.into_iter().try_for_each(|(path, lots)| volume(path, lots))?;
        let dealt = self.deals.values().try_fold(Volume::ZERO, |sum, deal| sum.checked_add(deal.volume));
        volume("deals", dealt.unwrap_or(Volume::from_raw(-1)))?;
        must(self.outs == Volume::ZERO || self.last_out.is_some(), "last_out", "must tell of the deal that closed something")?;
        let counts = [("closes", self.closes), ("modifies", self.modifies), ("read_short", self.read_short)];
        counts.into_iter().try_for_each(|(path, number)| count_short(path, number))?;
        self.stops_goal.check(bounds).map_err(|flaw| flaw.under("stops_goal"))?;
        self.exit.as_ref().map_or(Ok(()), |exit| exit.check(bounds).map_err(|flaw| flaw.under("exit")))
    }
}
