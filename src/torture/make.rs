//! Commands that are made when their time comes, about what the broker holds at that moment.

use crate::domain::amount::{Price, Volume};
use crate::domain::id::{SymbolId, Ticket};
use crate::domain::order::{PendingKind, Side};
use crate::domain::symbols_builtin::builtin;
use crate::domain::time::Timestamp;
use crate::executor::action::Request;
use crate::executor::command::CommandSource;
use crate::executor::event::Event;
use crate::torture::plan::{Late, LateVerb, PlaceKind};
use crate::torture::watch::Observer;
use crate::wire;
use serde_json::{Map, Value, json};

/// The command; none when there is nothing that it could be about.
#[must_use]
pub fn command(watch: &Observer, at: Timestamp, late: &Late) -> Option<Event> {
    let (name, parameters) = asked(watch, late)?;
    let mut body = json!({ "id": late.id, "command": name, "parameters": parameters });
    if let Some(seconds) = late.made_s {
        body["createdAt"] = json!(at.plus_ms(seconds * 1_000));
    }
    if let Some(ms) = late.expires_ms {
        body["expiresAt"] = json!(at.plus_ms(ms));
    }
    Some(Event::Command(Box::new(wire::command::parse(CommandSource::Stream, &body.to_string()))))
}

fn picked<T: Copy>(from: &[T], pick: usize) -> Option<T> {
    (!from.is_empty()).then(|| from[pick % from.len()])
}

fn asked(watch: &Observer, late: &Late) -> Option<(&'static str, Value)> {
    let facts = &watch.facts;
    let position = || picked(&facts.open, late.pick);
    let order = || {
        picked(&facts.entering_orders().map(|(ticket, _)| ticket).collect::<Vec<_>>(), late.pick)
    };
    Some(match &late.verb {
        LateVerb::Close { percent: None } => ("CLOSE_POSITION", json!({ "ticket": position()? })),
        LateVerb::Close { percent: Some(percent) } => {
            let ticket = position()?;
            let cents =
                facts.positions[&ticket].volume.raw() * i64::from(*percent) / 100 / HUNDREDTH;
            (
                "CLOSE_POSITION",
                json!({ "ticket": ticket, "volume": lots(u32::try_from(cents.max(1)).ok()?) }),
            )
        }
        LateVerb::CloseBy => {
            let ticket = position()?;
            let own = &facts.positions[&ticket];
            let is_opposite = |other: &&Ticket| {
                let other = &facts.positions[*other];
                other.symbol == own.symbol && other.side != own.side
            };
            let by = facts.open.iter().find(is_opposite)?;
            ("CLOSE_POSITION", json!({ "ticket": ticket, "byTicket": by }))
        }
        LateVerb::Stops { sl_pips, tp_pips } => {
            ("MODIFY_POSITION", stops(watch, position()?, *sl_pips, *tp_pips)?)
        }
        LateVerb::Open { symbol, side, cents, stop_pips } => {
            ("OPEN_POSITION", open(watch, *symbol, *side, *cents, *stop_pips)?)
        }
        LateVerb::Place { .. } => ("PLACE_ORDER", place(watch, &late.verb)?),
        LateVerb::Reprice { distance, stop_pips } => {
            ("MODIFY_ORDER", reprice(watch, order()?, *distance, *stop_pips)?)
        }
        LateVerb::Cancel => ("CANCEL_ORDER", json!({ "ticket": order()? })),
        LateVerb::OrderStatus => {
            let sent =
                (!facts.sent.is_empty()).then(|| &facts.sent[late.pick % facts.sent.len()])?;
            ("GET_ORDER_STATUS", json!({ "clientOrderId": sent.trade.key }))
        }
    })
}

/// The raw volume of a hundredth of a lot.
const HUNDREDTH: i64 = 1_000_000;

fn lots(cents: u32) -> Value {
    json!(Volume::from_raw(i64::from(cents) * HUNDREDTH))
}

/// A tenth of a pip of the symbol with this name.
fn tenth_pip(name: &str) -> Option<Price> {
    Some(Price::from_raw(builtin(name)?.pip_size()?.raw() / 10))
}

fn away(price: Price, tenth: Price, tenths: i64, sign: i64) -> Price {
    Price::from_raw((price.raw() + tenth.raw() * tenths * sign).max(tenth.raw()))
}

/// The symbol's name, a tenth of a pip of it, and its last quote.
fn quoted(watch: &Observer, symbol: SymbolId) -> Option<(String, Price, (Price, Price))> {
    let name = watch.symbols.get(symbol.index())?.clone();
    let quote = watch
        .quotes
        .get(symbol.index())
        .copied()
        .filter(|(bid, ask)| *bid.min(ask) > Price::ZERO)?;
    Some((name.clone(), tenth_pip(&name)?, quote))
}

fn open(
    watch: &Observer,
    symbol: SymbolId,
    side: Side,
    cents: u32,
    stop_pips: Option<u32>,
) -> Option<Value> {
    let (name, tenth, (bid, ask)) = quoted(watch, symbol)?;
    let price = side.entry_price(bid, ask);
    let mut map = Map::new();
    map.insert("symbol".into(), json!(name));
    map.insert("type".into(), json!(side.name().to_uppercase()));
    map.insert("volume".into(), lots(cents));
    with_stops(&mut map, side, price, tenth, stop_pips);
    Some(Value::Object(map))
}

fn with_stops(
    map: &mut Map<String, Value>,
    side: Side,
    price: Price,
    tenth: Price,
    stop_pips: Option<u32>,
) {
    if let Some(pips) = stop_pips {
        map.insert("sl".into(), json!(away(price, tenth, i64::from(pips) * 10, -side.sign())));
        map.insert("tp".into(), json!(away(price, tenth, i64::from(pips) * 10, side.sign())));
    }
}

fn place(watch: &Observer, verb: &LateVerb) -> Option<Value> {
    let LateVerb::Place { symbol, kind, side, cents, distance, stop_pips, for_s } = verb else {
        return None;
    };
    let (name, tenth, (bid, ask)) = quoted(watch, *symbol)?;
    let (word, sign) = match kind {
        PlaceKind::Limit => ("LIMIT", -side.sign()),
        PlaceKind::Stop => ("STOP", side.sign()),
        PlaceKind::StopLimit => ("STOP_LIMIT", side.sign()),
    };
    let price = away(side.entry_price(bid, ask), tenth, i64::from(*distance), sign);
    let mut map = Map::new();
    map.insert("symbol".into(), json!(name));
    map.insert("type".into(), json!(format!("{}_{word}", side.name().to_uppercase())));
    map.insert("volume".into(), lots(*cents));
    map.insert("price".into(), json!(price));
    let mut base = price;
    if *kind == PlaceKind::StopLimit {
        base = away(price, tenth, i64::from(*distance / 2).max(1), -side.sign());
        map.insert("stopLimit".into(), json!(base));
    }
    with_stops(&mut map, *side, base, tenth, *stop_pips);
    if let Some(seconds) = for_s {
        map.insert("expiration".into(), json!(watch.facts.at.plus_ms(u64::from(*seconds) * 1_000)));
    }
    Some(Value::Object(map))
}

/// Stops at so many pips from the present price, each on its proper side; 0 removes one.
fn stops(
    watch: &Observer,
    ticket: Ticket,
    sl_pips: Option<u32>,
    tp_pips: Option<u32>,
) -> Option<Value> {
    let held = &watch.facts.positions[&ticket];
    let (_, tenth, (bid, ask)) = quoted(watch, held.symbol)?;
    let price = held.side.exit_price(bid, ask);
    let mut map = Map::new();
    map.insert("ticket".into(), json!(ticket));
    for (name, pips, sign) in [("sl", sl_pips, -1), ("tp", tp_pips, 1)] {
        match pips {
            Some(0) => drop(map.insert(name.into(), json!(0))),
            Some(pips) => drop(map.insert(
                name.into(),
                json!(away(price, tenth, i64::from(pips) * 10, sign * held.side.sign())),
            )),
            None => {}
        }
    }
    Some(Value::Object(map))
}

fn reprice(
    watch: &Observer,
    order: Ticket,
    distance: Option<u32>,
    stop_pips: Option<u32>,
) -> Option<Value> {
    let sent = &watch.facts.sent[*watch.facts.working.get(&order)?];
    let Request::Place(place) = &sent.trade.request else { return None };
    let (_, tenth, (bid, ask)) = quoted(watch, place.symbol)?;
    let sign = match place.kind {
        PendingKind::Limit => -place.side.sign(),
        PendingKind::Stop | PendingKind::StopLimit => place.side.sign(),
    };
    let at = |distance| away(place.side.entry_price(bid, ask), tenth, i64::from(distance), sign);
    let price = distance.map_or(place.price, at);
    let mut map = Map::new();
    map.insert("ticket".into(), json!(order));
    map.insert("price".into(), json!(price));
    with_stops(&mut map, place.side, price, tenth, stop_pips);
    Some(Value::Object(map))
}
