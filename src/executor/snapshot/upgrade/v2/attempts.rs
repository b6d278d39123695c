//! Attempts that may be with the broker. None of them is ever sent again: readings of the account
//! find them, or prove that they are not there.

use super::positions::at_once;
use super::stopping::Stopping;
use super::written::{Flow, FlowState, Intent, Limits, State};
use crate::domain::amount::Volume;
use crate::domain::id::{Cid, Ticket};
use crate::domain::order::{FillingMode, Side};
use crate::domain::time::{NANOS_PER_MS, Timestamp};
use serde::Deserialize;
use serde_json::{Error, Value, json};
use std::collections::BTreeMap;

/// Outstanding requests: attempts of unknown outcome, and orders that the broker had named.
#[derive(Default)]
pub struct Attempts {
    pub open: BTreeMap<u64, Value>,
    pub by_cid: BTreeMap<Cid, u64>,
    pub orders: BTreeMap<Ticket, Value>,
}

/// The outstanding attempts. A waiting one had not been sent: an entry is dropped, and anything
/// else is now a goal of its position. An attempt about a closed position has had its effect.
///
/// # Errors
/// If the configuration is not one of version 2.
pub fn upgrade(old: &State, stopping: &[Stopping]) -> Result<Attempts, Error> {
    let limits = Limits::deserialize(&old.config["limits"])?;
    let mut attempts = Attempts::default();
    for (number, flow) in &old.flows.open {
        let over = flow
            .intent
            .position()
            .is_some_and(|position| !old.book.holdings.contains_key(&position));
        if flow.state == FlowState::Waiting || over {
            continue;
        }
        match flow.order.filter(|_| !flow.claimed) {
            Some(ticket) if !matches!(flow.intent, Intent::Modify { .. }) => {
                let mut order = order(old, &limits, flow, ticket);
                let enters = matches!(flow.intent, Intent::Open { .. });
                if enters && stopping.iter().any(|one| one.magic == flow.magic) {
                    // What it may still fill would come after the STOP.
                    order["remove"] = json!({ "why": "stop_command", "pace": at_once() });
                }
                attempts.orders.insert(ticket, order);
            }
            _ => {
                attempts.by_cid.insert(flow.cid, *number);
                attempts.open.insert(*number, attempt(old, &limits, flow));
            }
        }
    }
    Ok(attempts)
}

fn attempt(old: &State, limits: &Limits, flow: &Flow) -> Value {
    json!({
        "key": flow.key,
        "owner": { "strategy": flow.strategy },
        "magic": flow.magic,
        "rules_hash": flow.rules_hash,
        "timeframe": flow.timeframe,
        "symbol": flow.symbol,
        "why": flow.why,
        "intent": intent(old, limits, flow),
        "cid": flow.cid,
        "retries": flow.retries,
        "state": { "unknown": { "conclusive": null, "absent": 0 } },
        "sent": sent(limits, flow),
        "not_after": flow.not_after,
        "sent_msc": flow.sent_msc,
        "claimed": flow.claimed,
        "retcode": null,
    })
}

/// When the last attempt was sent; its deadline was counted from there.
fn sent(limits: &Limits, flow: &Flow) -> Timestamp {
    let back =
        i64::try_from(limits.request_deadline_msc).unwrap_or(i64::MAX).saturating_mul(NANOS_PER_MS);
    Timestamp::from_nanos(flow.not_after.nanos().saturating_sub(back))
}

fn intent(old: &State, limits: &Limits, flow: &Flow) -> Value {
    let deviation = limits.deviation;
    let mode = mode(old, flow);
    match flow.intent {
        Intent::Open { side, volume, stop_loss, take_profit, stops: (sl, tp) } => json!({ "open": {
            "side": side,
            "volume": volume,
            "wish": { "pips": (stop_loss, take_profit) },
            "deviation": deviation,
            "price": flow.asked,
            "sl": sl,
            "tp": tp,
            "filling": flow.filling,
            "mode": mode,
            "widened": false,
        } }),
        Intent::Close { position, volume } => json!({ "close": {
            "symbol": flow.symbol,
            "position": position,
            "side": closing_side(old, position),
            "volume": volume,
            "price": flow.asked,
            "deviation": deviation,
            "filling": mode,
        } }),
        Intent::Modify { position, sl, tp } => {
            json!({ "modify": { "symbol": flow.symbol, "position": position, "sl": sl, "tp": tp } })
        }
    }
}

/// The filling mode with which it was sent.
fn mode(old: &State, flow: &Flow) -> FillingMode {
    let spec = old.symbols.get(flow.symbol.index()).and_then(|symbol| symbol.spec.as_ref());
    spec.and_then(|spec| spec.filling_modes().get(flow.filling).copied())
        .unwrap_or(FillingMode::Fok)
}

/// The side of the order that closes a position. Such an attempt is kept only while the position is
/// known.
fn closing_side(old: &State, position: Ticket) -> Side {
    old.book.holdings[&position].side.opposite()
}

/// An order that the broker had named, as version 3 keeps it after the answer. Volume that a close
/// had taken off its position by then counts as deals of the order.
fn order(old: &State, limits: &Limits, flow: &Flow, ticket: Ticket) -> Value {
    let (purpose, side, volume, wanted, dealt) = match flow.intent {
        Intent::Open { side, volume, stops, .. } => {
            (json!({ "open": side }), side, volume, stops, Volume::ZERO)
        }
        Intent::Close { position, volume } => {
            let dealt = (volume - old.book.holdings[&position].open_volume()).max(Volume::ZERO);
            (
                json!({ "close": [position] }),
                closing_side(old, position),
                volume,
                (None, None),
                dealt,
            )
        }
        Intent::Modify { .. } => unreachable!("a change of stops makes no order"),
    };
    let opens = matches!(flow.intent, Intent::Open { .. });
    json!({
        "ticket": ticket,
        "claim": {
            "owner": { "strategy": flow.strategy },
            "magic": flow.magic,
            "key": flow.key,
            "rules_hash": flow.rules_hash,
            "timeframe": flow.timeframe,
            "wanted": wanted,
            "asked": opens.then_some(flow.asked),
        },
        "why": flow.why,
        "purpose": purpose,
        "symbol": flow.symbol,
        "kind": { "market": side },
        "state": "started",
        "volume": volume,
        "said": dealt,
        "dealt": dealt,
        "price": null,
        "stop_limit": null,
        "expiration": "gtc",
        "stops_stood": false,
        "remove": null,
        "change": null,
        "attempts": 0,
        "position": null,
        "heard": 0,
        "since": sent(limits, flow),
        "sent_msc": flow.sent_msc,
        "retcode": null,
        "missing": 0,
        "ambiguous": false,
    })
}
