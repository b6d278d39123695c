//! `MqlTradeRequest` as the simulated broker takes it: the other way round of [`crate::live::mt5::requests`].

use crate::domain::amount::{Points, Price, Volume};
use crate::domain::id::{Cid, IntentKey, Magic, SymbolId, Ticket};
use crate::domain::order::{Expiration, FillingMode, PendingKind, Side};
use crate::domain::symbol::SymbolSpec;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::executor::action::{
    CloseByRequest, CloseRequest, ModifyOrderRequest, ModifyRequest, OpenRequest, Owner,
    PlaceRequest, RemoveRequest, Request, RequestReason, Trade,
};
use crate::live::mt5::lines::{Submit, TradeRequest};

/// The request of a line; none where a field that it needs is missing or makes no sense.
pub fn trade(line: &Submit, specs: &[SymbolSpec]) -> Option<Trade> {
    let fields = &line.request;
    let place = specs.iter().position(|spec| Some(&spec.name) == fields.symbol.as_ref())?;
    let symbol = SymbolId(u16::try_from(place).ok()?);
    let key = match &fields.comment {
        Some(comment) => key(comment)?,
        None => IntentKey([0; 16]),
    };
    Some(Trade {
        cid: Cid(line.cid.parse().ok()?),
        key,
        owner: Owner::Account,
        magic: Magic(fields.magic.unwrap_or(0)),
        why: RequestReason::Command,
        request: Given { fields, symbol, digits: specs[place].digits }.request()?,
        not_after: Timestamp::from_nanos(line.not_after_utc_ms.saturating_mul(1_000_000)),
    })
}

/// A key that has this comment.
fn key(comment: &str) -> Option<IntentKey> {
    let digits = comment.strip_prefix("td")?;
    let mut bytes = [0; 16];
    for (at, byte) in bytes.iter_mut().enumerate().take(digits.len() / 2) {
        *byte = u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(IntentKey(bytes))
}

struct Given<'a> {
    fields: &'a TradeRequest,
    symbol: SymbolId,
    digits: u32,
}

impl Given<'_> {
    fn request(&self) -> Option<Request> {
        let given = self.fields;
        let (symbol, ticket) = (self.symbol, |ticket: Option<u64>| ticket.map(Ticket));
        Some(match (given.action, given.position) {
            (1, None) => Request::Open(OpenRequest {
                symbol,
                side: side(given.kind?)?,
                volume: self.volume()?,
                price: self.price(given.price)?,
                deviation: self.deviation()?,
                sl: self.stop(given.sl),
                tp: self.stop(given.tp),
                filling: filling(given.type_filling?)?,
            }),
            (1, Some(position)) => Request::Close(CloseRequest {
                symbol,
                position: Ticket(position),
                side: side(given.kind?)?,
                volume: self.volume()?,
                price: self.price(given.price)?,
                deviation: self.deviation()?,
                filling: filling(given.type_filling?)?,
            }),
            (5, _) => {
                let (kind, side) = pending(given.kind?)?;
                Request::Place(PlaceRequest {
                    symbol,
                    kind,
                    side,
                    volume: self.volume()?,
                    price: self.price(given.price)?,
                    stop_limit: self.stop(given.stoplimit),
                    sl: self.stop(given.sl),
                    tp: self.stop(given.tp),
                    expiration: self.expiration()?,
                })
            }
            (6, Some(position)) => Request::Modify(ModifyRequest {
                symbol,
                position: Ticket(position),
                sl: self.stop(given.sl),
                tp: self.stop(given.tp),
            }),
            (7, _) => Request::ModifyOrder(ModifyOrderRequest {
                symbol,
                order: ticket(given.order)?,
                price: self.price(given.price)?,
                stop_limit: self.stop(given.stoplimit),
                sl: self.stop(given.sl),
                tp: self.stop(given.tp),
                expiration: self.expiration()?,
            }),
            (8, _) => Request::Remove(RemoveRequest { symbol, order: ticket(given.order)? }),
            (10, Some(position)) => Request::CloseBy(CloseByRequest {
                symbol,
                position: Ticket(position),
                by: ticket(given.position_by)?,
            }),
            _ => return None,
        })
    }

    fn price(&self, price: Option<f64>) -> Option<Price> {
        Price::from_f64(price?, self.digits)
    }

    fn stop(&self, price: Option<f64>) -> Option<Price> {
        self.price(price).filter(|price| *price != Price::ZERO)
    }

    fn volume(&self) -> Option<Volume> {
        Volume::from_f64(self.fields.volume?, Volume::SCALE)
    }

    fn deviation(&self) -> Option<Points> {
        i64::try_from(self.fields.deviation.unwrap_or(0)).ok().map(Points)
    }

    fn expiration(&self) -> Option<Expiration> {
        let at = ServerMsc(self.fields.expiration.unwrap_or(0).saturating_mul(1_000));
        Some(match self.fields.type_time.unwrap_or(0) {
            0 => Expiration::Gtc,
            1 => Expiration::Day,
            2 => Expiration::Specified(at),
            3 => Expiration::SpecifiedDay(at),
            _ => return None,
        })
    }
}

const fn side(kind: u32) -> Option<Side> {
    match kind {
        0 => Some(Side::Buy),
        1 => Some(Side::Sell),
        _ => None,
    }
}

const fn filling(number: u32) -> Option<FillingMode> {
    match number {
        0 => Some(FillingMode::Fok),
        1 => Some(FillingMode::Ioc),
        2 => Some(FillingMode::Return),
        _ => None,
    }
}

const fn pending(kind: u32) -> Option<(PendingKind, Side)> {
    Some(match kind {
        2 => (PendingKind::Limit, Side::Buy),
        3 => (PendingKind::Limit, Side::Sell),
        4 => (PendingKind::Stop, Side::Buy),
        5 => (PendingKind::Stop, Side::Sell),
        6 => (PendingKind::StopLimit, Side::Buy),
        7 => (PendingKind::StopLimit, Side::Sell),
        _ => return None,
    })
}
