//! `stop-outs-hold`: below the level of the stop-out nothing stays open that could be closed, nothing
//! is stopped out above it, and what goes first is what has lost most. And the account adds up: its
//! balance is the sum of its deals.

use crate::domain::amount::Money;
use crate::domain::deal::{Deal, DealKind};
use crate::domain::order::Reason;
use crate::domain::position::Position;
use crate::domain::time::Timestamp;
use crate::session::description::{MarginLevels, SessionFile};
use crate::torture::facts::Facts;
use crate::torture::found::Findings;
use crate::torture::prices::Prices;
use crate::torture::world::World;

/// The name of the invariant.
pub const NAME: &str = "stop-outs-hold";

/// How long the market is shut, or trading forbidden, at most.
const SHUT_MS: u64 = 300_000;

/// The margin of the account as the broker's book shows it.
#[derive(Debug)]
pub struct Margin {
    levels: MarginLevels,
    leverage: f64,
    /// Whether nothing goes wrong in this session.
    is_calm: bool,
    /// The balance that deals have led to; none before the first look.
    balance: Option<Money>,
    /// The positions at the last look.
    before: Vec<Position>,
    /// Since when the account is below its level.
    sunk: Option<Timestamp>,
}

/// The equity, and that below which the account is stopped out; with what rounding may change.
#[derive(Debug, Clone, Copy)]
struct Level {
    equity: f64,
    floor: f64,
    rounding: f64,
}

impl Margin {
    /// Nothing has happened yet, in a session; `is_calm` where nothing goes wrong in it.
    #[must_use]
    pub fn new(session: &SessionFile, is_calm: bool) -> Self {
        Self {
            levels: session.account.margin_so,
            leverage: f64::from(session.account.leverage),
            is_calm,
            balance: None,
            before: Vec::new(),
            sunk: None,
        }
    }

    /// The level at these prices; none where no margin is held.
    fn level(&self, balance: Money, positions: &[Position], prices: &Prices) -> Option<Level> {
        let margin = prices.margin(positions, self.leverage);
        // What a cent of margin changes in the floor.
        let (floor, slope) = match self.levels {
            MarginLevels::Percent { so, .. } => {
                let times = so.to_f64() / 100.0;
                (margin * times, times)
            }
            MarginLevels::Money { so, .. } => (so.to_f64(), 0.0),
            MarginLevels::Off => return None,
        };
        let worth = |one: &Position| prices.profit(one) + one.swap.to_f64();
        let equity = balance.to_f64() + positions.iter().map(worth).sum::<f64>();
        let count = f64::from(u32::try_from(positions.len()).unwrap_or(u32::MAX));
        // Each position is rounded, and so is its margin.
        let rounding = count * (0.03 + 0.02 * slope) + 1e-6 * floor;
        (margin > 0.01).then_some(Level { equity, floor, rounding })
    }

    /// Looks at the book after something has happened, with the deals since the last look.
    pub fn look(
        &mut self,
        facts: &Facts,
        deals: &[Deal],
        prices: &Prices,
        world: &World,
        found: &mut Findings,
    ) {
        let is_first = self.balance.is_none();
        let booked = world.summary().balance;
        let before = self.balance.replace(booked).unwrap_or(booked);
        let moved = |deal: &Deal| deal.profit + deal.commission + deal.swap;
        let sum: Money = deals.iter().map(moved).sum();
        if !is_first && before + sum != booked {
            found.violate(NAME, || {
                format!("the balance is {booked}, and its deals say {}", before + sum)
            });
        }
        let is_out = |deal: &Deal| deal.entry.closes() && deal.reason == Reason::So;
        if let Some(first) = deals.first().filter(|deal| is_out(deal) && deals.iter().all(is_out)) {
            let swaps = |one: &Position| {
                // A swap may be what has stopped the account out.
                let open = world.positions().find(|open| open.ticket == one.ticket);
                let booked = deals.iter().filter(|deal| deal.position == one.ticket);
                open.map_or_else(|| booked.map(|deal| deal.swap).sum(), |open| open.swap)
            };
            let positions = self.before.iter();
            let positions: Vec<Position> =
                positions.map(|one| Position { swap: swaps(one), ..one.clone() }).collect();
            self.judge(before, &positions, first, prices, found);
        }
        if deals.iter().any(|deal| matches!(deal.kind, DealKind::Trade(_)) && is_out(deal)) {
            found.mark("stopped-out");
        }
        self.before.clear();
        self.before.extend(world.positions().cloned());
        self.pass(facts, prices, world, found);
    }

    /// Judges the first of the deals that a stop-out has made.
    fn judge(
        &self,
        balance: Money,
        before: &[Position],
        first: &Deal,
        prices: &Prices,
        found: &mut Findings,
    ) {
        if let Some(Level { equity, floor, rounding }) = self.level(balance, before, prices)
            && equity > floor + rounding
        {
            found.violate(NAME, || {
                format!(
                    "position {} is stopped out with an equity of {equity:.2}, and the level is {floor:.2}",
                    first.position
                )
            });
        }
        let profit = |one: &Position| prices.profit(one);
        let least = before.iter().map(profit).fold(f64::INFINITY, f64::min);
        let closed = before.iter().find(|one| one.ticket == first.position).map(profit);
        if let Some(closed) = closed.filter(|closed| *closed > least + 0.03) {
            found.violate(NAME, || {
                format!(
                    "position {} is stopped out at a profit of {closed:.2}, and another one has {least:.2}",
                    first.position
                )
            });
        }
    }

    /// Looks whether the account stays below its level.
    pub fn pass(&mut self, facts: &Facts, prices: &Prices, world: &World, found: &mut Findings) {
        let balance = world.summary().balance;
        let level = self.level(balance, &self.before, prices);
        let Some(Level { equity, floor, .. }) =
            level.filter(|level| level.equity < level.floor - level.rounding)
        else {
            self.sunk = None;
            return;
        };
        let since = *self.sunk.get_or_insert(facts.at);
        let is_late = since.max(facts.disturbed).plus_ms(SHUT_MS) < facts.at;
        if self.is_calm || is_late {
            found.violate(NAME, || {
                format!("the equity of {equity:.2} is below {floor:.2}, and positions are open")
            });
        }
    }
}
