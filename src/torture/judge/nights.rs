//! `swaps-each-night`: a position gathers its swap once at each end of the server's day, as often as
//! the weekday says, and its deals book all of it.

use crate::domain::deal::Deal;
use crate::domain::id::Ticket;
use crate::domain::order::Side;
use crate::domain::position::Position;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::domain::zone::ServerZone;
use crate::session::description::SessionFile;
use crate::torture::found::Findings;
use crate::torture::prices::{Priced, Prices};
use crate::torture::world::World;
use std::collections::BTreeMap;
use toml::Table;

/// The name of the invariant.
pub const NAME: &str = "swaps-each-night";

const DAY_MS: i64 = 86_400_000;
/// By how much an amount may differ whose halves are rounded the other way.
const ROUNDED: f64 = 0.011;

/// Whether the end of the server's day, at which swaps are charged, was just heard of, or may have been
/// before the next tick.
#[must_use]
pub fn is_near(server_msc: ServerMsc) -> bool {
    const NEAR_MS: i64 = 60_000;
    (server_msc.0 + NEAR_MS).rem_euclid(DAY_MS) < 2 * NEAR_MS
}

/// The swaps that positions must have gathered.
#[derive(Debug)]
pub struct Nights {
    /// The terms of each symbol as the session states them; none where nothing is charged.
    terms: Vec<Option<Table>>,
    zone: ServerZone,
    /// The server's time at the last look.
    looked: Option<ServerMsc>,
    /// The positions at the last look.
    before: BTreeMap<Ticket, Position>,
}

impl Nights {
    /// Nothing has happened yet.
    #[must_use]
    pub fn new(session: &SessionFile) -> Self {
        let swap = |name: &String| session.symbol.get(name)?.get("swap")?.as_table().cloned();
        let terms = |name| swap(name).filter(|_| session.broker.swaps);
        Self {
            terms: session.symbols.iter().map(terms).collect(),
            zone: session.zone.clone(),
            looked: None,
            before: BTreeMap::new(),
        }
    }

    /// Looks at the swaps after something has happened, with the deals since the last look.
    pub fn look(
        &mut self,
        at: Timestamp,
        deals: &[Deal],
        prices: &Prices,
        world: &World,
        found: &mut Findings,
    ) {
        let now = self.zone.to_server(at);
        let looked = self.looked.replace(now).unwrap_or(now);
        let midnights: Vec<i64> =
            (looked.0.div_euclid(DAY_MS) + 1..=now.0.div_euclid(DAY_MS)).collect();
        let after: BTreeMap<_, _> =
            world.positions().map(|one| (one.ticket, one.clone())).collect();
        let tickets = self.before.keys().chain(after.keys());
        for &ticket in tickets {
            let swap = |one: Option<&Position>| one.map_or(0.0, |one| one.swap.to_f64());
            let own = deals.iter().filter(|deal| deal.position == ticket && deal.entry.closes());
            let booked: f64 = own.clone().map(|deal| deal.swap.to_f64()).sum();
            let before = self.before.get(&ticket);
            // What else happens at a midnight may come before it or after it.
            if !midnights.is_empty() && (before.is_none() || own.count() > 0) {
                continue;
            }
            let gathered = swap(after.get(&ticket)) + booked - swap(before);
            let due: f64 = midnights
                .iter()
                .filter_map(|day| Some(self.due(before?, *day, prices.of(before?.symbol))))
                .sum();
            if (gathered - due).abs() > ROUNDED {
                found.violate(NAME, || {
                    format!("position {ticket} has gathered a swap of {gathered:.2}, and {due:.2} was due")
                });
            }
            if gathered != 0.0 {
                found.mark("swap-charged");
            }
        }
        self.before = after;
    }

    /// The swap that is due at the midnight with which a day begins, counted from 1970.
    fn due(&self, position: &Position, day: i64, priced: &Priced) -> f64 {
        let Some(terms) = &self.terms[position.symbol.index()] else { return 0.0 };
        // 1970 began on a Thursday: the first midnight ended a Wednesday.
        let ended = usize::try_from((day + 3).rem_euclid(7)).unwrap_or(0);
        let times = terms["days"][ended].as_integer().unwrap_or(0);
        let size = &terms[if position.side == Side::Buy { "long" } else { "short" }];
        let size: f64 = size.as_str().and_then(|size| size.parse().ok()).unwrap_or(0.0);
        #[expect(clippy::cast_precision_loss, reason = "a few times")]
        let sum = size * times as f64;
        let (lots, is_gold) = (position.volume.to_f64(), priced.name == "XAUUSD");
        let is_dollar = priced.name.starts_with("USD");
        let closing = priced.closing(position.side);
        // What a unit of the base is worth at a price.
        let base = |price: f64| if is_dollar { 1.0 } else { price };
        let money = base(if sum < 0.0 { priced.ask } else { priced.bid });
        let year = 100.0 * 360.0;
        round(match terms["mode"].as_str().unwrap_or_default() {
            "points" => {
                let (point, unit) = match priced.name.as_str() {
                    "XAUUSD" => (0.01, 0.01),
                    "USDJPY" => (0.001, 1.0),
                    _ => (0.000_01, 0.01),
                };
                let one = round(priced.units(lots) * point / unit * 0.01) * 100.0 * unit;
                round(one * priced.usd(closing)) * sum
            }
            "currency_symbol" => lots * sum * money,
            "currency_margin" => lots * sum * if is_gold { 1.0 } else { money },
            "currency_deposit" => lots * sum,
            "interest_open" if is_gold => {
                priced.units(lots) * position.price_open.to_f64() * sum / year
            }
            "interest_current" | "interest_open" => priced.units(lots) * base(closing) * sum / year,
            _ => 0.0,
        })
    }
}

/// To the cent, halves away from zero.
fn round(amount: f64) -> f64 {
    (amount.abs() * 100.0 + 0.5 + 1e-7).floor() / 100.0 * amount.signum()
}
