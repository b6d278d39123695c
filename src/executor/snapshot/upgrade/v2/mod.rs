//! From version 2 to version 3. Version 2 kept goals inside the attempts at them; version 3 keeps
//! goals, attempts and orders apart. Start with [`upgrade`]; [`written`] is what version 2 wrote.
//!
//! A [`Life`](crate::executor::event::Life) follows at once. Link, quotes and requests for data
//! start empty, and the outcome of sent requests is unknown until the account has been read.

mod attempts;
mod positions;
mod stopping;
mod written;

use crate::domain::id::{StrategyId, Ticket};
use crate::domain::time::Timestamp;
use crate::executor::registry::own_magic;
use serde_json::{Error, Value, json};
use std::collections::BTreeMap;
use stopping::Stopping;
use written::{OnStop, Registered, Registry, State, Strategy};

/// Waiting commands, and the times at which they fail.
#[derive(Default)]
struct Commands {
    waiting: BTreeMap<u64, Value>,
    deadlines: Vec<(Timestamp, Value)>,
}

/// Turns an executor of version 2 into one of version 3.
///
/// # Errors
/// If the executor is not one of version 2.
pub fn upgrade(executor: Value) -> Result<Value, Error> {
    let mut old: State = serde_json::from_value(executor)?;
    let stopping = stopping::all(&old);
    let attempts = attempts::upgrade(&old, &stopping)?;
    let positions = positions::upgrade(&old, &stopping);
    let commands = commands(&old, &stopping);
    let deadlines: Vec<_> = commands.deadlines.into_iter().chain(positions.overdue).collect();
    if let Some(limits) = old.config["limits"].as_object_mut() {
        // STOP no longer tries again by itself.
        limits.remove("stop_retry_msc");
    }
    Ok(json!({
        "config": old.config,
        "now": old.now,
        "step": 0,
        "symbols": old.symbols.iter().map(|symbol| symbol.upgraded()).collect::<Vec<_>>(),
        "feeds": old.feeds.iter().map(|feed| feed.upgraded()).collect::<Vec<_>>(),
        "registry": registry(&old, &stopping),
        "strategies": {
            "slots": old.strategies.slots.iter().map(|slot| slot.as_ref().map(strategy)).collect::<Vec<_>>(),
            "by_id": old.strategies.by_id,
            "updating": updating(&old.strategies.slots),
            "stopping": stopping.iter().map(|one| one.slot).collect::<Vec<_>>(),
        },
        "book": {
            "holdings": positions.holdings,
            "orders": attempts.orders,
            "closed": old.book.closed.iter().map(|ticket| json!([ticket, null])).collect::<Vec<_>>(),
            "ended": [],
            "early": [],
            "unclaimed": {},
            "foreign": old.book.foreign,
            "foreign_orders": {},
            "last_deal": null,
        },
        "flows": {
            "open": attempts.open,
            "by_cid": attempts.by_cid,
            "last_cid": old.flows.last_cid,
            "last_flow": old.flows.last_flow,
        },
        "waiting": { "last": commands.waiting.len(), "waiting": commands.waiting },
        "history": history(),
        "ledger": old.ledger,
        "deadlines": deadlines,
        "link": { "stage": "down", "read": false, "read_in_life": false },
        "readings": readings(),
        "account": old.account,
        "account_heard": old.now,
        "gate": {
            "operator_paused": old.paused,
            "paused": false,
            "trading_disabled": old.trading_disabled,
            "latch": null,
            "wrong_account": false,
        },
        "account_cap": null,
        // There is a state, and commands made before the next life are in its ledger.
        "lived": true,
        "remembers_from": null,
    }))
}

/// A strategy. What it knew of its STOP is now with the commands.
fn strategy(old: &Strategy) -> Value {
    let mut strategy = old.rest.clone();
    strategy["id"] = json!(old.id);
    strategy["state"] = json!(old.state);
    strategy["effective"] = json!(old.effective);
    strategy["cap"] = json!({ "now": old.effective.max_open_trades });
    strategy
}

/// The slots of strategies with new rules from the next bar on.
fn updating(slots: &[Option<Strategy>]) -> Vec<usize> {
    let waits = |strategy: &&Strategy| !strategy.rest["update"].is_null();
    (0..)
        .zip(slots)
        .filter(|(_, slot)| slot.as_ref().is_some_and(|strategy| waits(&strategy)))
        .map(|(slot, _)| slot)
        .collect()
}

/// Magics and spent signals stay as they were. For strategies that had left the table, version 2
/// did not keep how they were stopped; they had nothing under way.
fn registry(old: &State, stopping: &[Stopping]) -> Value {
    let Registry { strategies, by_magic } = &old.registry;
    let registered = |(id, known): (&StrategyId, &Registered)| {
        let ended =
            stopping.iter().find(|one| one.id == *id).map_or("no", |one| match one.on_stop {
                OnStop::Close => "closed",
                OnStop::Keep => "kept",
            });
        (known.magic, json!({ "strategy": id, "spent": known.spent, "ended": ended }))
    };
    json!({
        "strategies": strategies.iter().map(registered).collect::<BTreeMap<_, _>>(),
        "magics": strategies.iter().map(|(id, known)| (id, known.magic)).collect::<BTreeMap<_, _>>(),
        "own": own_magic(|magic| by_magic.contains_key(&magic)),
    })
}

/// The STOP commands that wait until a strategy is flat. Their deadlines stay the same.
fn commands(old: &State, stopping: &[Stopping]) -> Commands {
    let mut commands = Commands::default();
    for Stopping { slot, id, magic, on_stop } in stopping {
        let strategy = old.strategies.slots[*slot].as_ref().expect("what is stopped has its slot");
        for stop in &strategy.stops {
            let number = commands.waiting.len() as u64 + 1;
            let closed: &[Ticket] = &strategy.stopped;
            commands.deadlines.push((stop.deadline, json!({ "command": number })));
            commands.waiting.insert(
                number,
                json!({
                    "id": stop.id,
                    "strategy": id,
                    "until": { "flat": { "scope": { "strategy": magic }, "close": *on_stop == OnStop::Close } },
                    "deadline": stop.deadline,
                    "closed": closed,
                    "late": false,
                }),
            );
        }
    }
    commands
}

/// Version 2 counted nothing and kept no past entry.
fn history() -> Value {
    let summary = json!({
        "sent": 0, "accepted": 0, "refused": 0, "unknown": 0, "opened": 0, "closed": 0,
        "net_profit": "0", "entry_slippage": 0,
    });
    json!({ "done": [], "summary": summary })
}

/// Nothing has been requested or read.
fn readings() -> Value {
    json!({
        "last_id": 0,
        "open": null,
        "history_until": null,
        "complete_since": null,
        "stirred": false,
        "fruitless": 0,
        "contradicted": [],
    })
}
