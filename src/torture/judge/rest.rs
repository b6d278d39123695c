//! At the end, when everything has settled: `book-agrees` and `liveness-goals`.

use crate::domain::amount::{Price, Volume};
use crate::domain::id::{StrategyId, Ticket};
use crate::executor::action::StrategyState;
use crate::executor::view::View;
use crate::torture::facts::Facts;
use crate::torture::found::Findings;
use crate::torture::judge::attempts::is_long_ago;
use std::collections::{BTreeMap, BTreeSet};

/// What the executor believes is what the broker holds.
pub const BOOK: &str = "book-agrees";
/// Nothing is left open or unknown.
pub const GOALS: &str = "liveness-goals";

type Shape = (Volume, Option<Price>, Option<Price>);

/// Checks at the end.
pub fn end(facts: &Facts, view: &View, found: &mut Findings) {
    let believed: BTreeMap<Ticket, Shape> = view
        .positions
        .iter()
        .map(|position| (position.ticket, (position.volume, position.sl, position.tp)))
        .collect();
    for ticket in &facts.open {
        let held = &facts.positions[ticket];
        if facts.is_known(held.sent) && !believed.contains_key(ticket) {
            found.violate(BOOK, || {
                format!(
                    "position {ticket} is open at the broker, and the executor does not know it"
                )
            });
        }
    }
    for (ticket, own) in believed {
        let real = facts
            .positions
            .get(&ticket)
            .filter(|held| held.is_open())
            .map(|held| (held.volume, held.sl, held.tp));
        if real != Some(own) {
            found.violate(BOOK, || {
                format!(
                    "position {ticket} is believed to be {}, and is {}",
                    shape(Some(own)),
                    shape(real)
                )
            });
        }
    }
    let believed: BTreeSet<Ticket> = view.orders.iter().map(|order| order.ticket).collect();
    let real: BTreeSet<Ticket> = facts
        .working
        .iter()
        .filter(|(_, sent)| facts.is_known(**sent))
        .map(|(ticket, _)| *ticket)
        .collect();
    if let Some(ticket) = real.difference(&believed).next() {
        found.violate(BOOK, || {
            format!("order {ticket} works at the broker, and the executor does not know it")
        });
    }
    if let Some(ticket) = believed.iter().find(|ticket| !facts.working.contains_key(ticket)) {
        found.violate(BOOK, || format!("order {ticket} is believed to work, and does not"));
    }
    let is_stopped =
        |id: &StrategyId| facts.controls.strategy(id).is_some_and(|own| own.stop.is_some());
    let stopping = view
        .strategies
        .iter()
        .find(|(id, state)| *state == StrategyState::Stopping && is_stopped(id));
    if let Some((id, _)) = stopping.filter(|_| is_long_ago(facts, facts.disturbed)) {
        found.violate(GOALS, || format!("{id} is still being stopped at the end"));
    }
    if view.unknown > 0 || view.in_flight > 0 {
        let (unknown, in_flight) = (view.unknown, view.in_flight);
        found.violate(GOALS, || {
            format!("at the end {unknown} requests are unknown and {in_flight} in flight")
        });
    }
    if !view.ready {
        found.violate(GOALS, || "at the end the broker is not connected and read".to_owned());
    }
}

fn shape(shape: Option<Shape>) -> String {
    let price = |price: Option<Price>| price.map_or("none".to_owned(), |price| price.to_string());
    shape.map_or("not open".to_owned(), |(volume, sl, tp)| {
        format!("{volume} lots, sl {}, tp {}", price(sl), price(tp))
    })
}
