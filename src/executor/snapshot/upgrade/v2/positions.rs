//! Positions: what was wanted of them becomes a goal, and the sums of their deals are kept.

use super::stopping::Stopping;
use super::written::{Holding, Levels, OnStop, State};
use crate::domain::amount::Volume;
use crate::domain::id::Ticket;
use crate::domain::time::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The time after which an alert tells of an exit that is not reached: version 3's default. Version
/// 2 had no such figure.
const EXIT_OVERDUE_MS: u64 = 60_000;

/// The positions, and the times of the alerts about exits that are not reached.
pub struct Positions {
    pub holdings: BTreeMap<Ticket, Value>,
    pub overdue: Vec<(Timestamp, Value)>,
}

/// All positions as version 3 has them.
pub fn upgrade(old: &State, stopping: &[Stopping]) -> Positions {
    let overdue_at = old.now.plus_ms(EXIT_OVERDUE_MS);
    let mut positions = Positions { holdings: BTreeMap::new(), overdue: Vec::new() };
    for (ticket, holding) in &old.book.holdings {
        let stopped =
            stopping.iter().any(|one| one.magic == holding.magic && one.on_stop == OnStop::Close);
        // A refused close was given up where nothing else demanded it; in version 3 it stays
        // wanted. A position reported as gone may be listed again, and must then be closed, too.
        let open = holding.closed_volume < holding.opened;
        let why = holding.closing.as_deref().or(stopped.then_some("stop_command")).filter(|_| open);
        let exit = why.map(|why| exit(why, old.now, overdue_at));
        positions.overdue.extend(exit.as_ref().map(|_| (overdue_at, json!({ "overdue": ticket }))));
        positions
            .holdings
            .insert(*ticket, position(holding, why.or(holding.closing.as_deref()), exit.as_ref()));
    }
    positions
}

fn exit(why: &str, now: Timestamp, overdue_at: Timestamp) -> Value {
    json!({
        "why": why,
        "part": null,
        "by": null,
        "since": now,
        "overdue_at": overdue_at,
        "pace": at_once(),
        "filling": 0,
    })
}

/// The next attempt may be made at once.
pub fn at_once() -> Value {
    json!({ "failures": 0, "next": null, "earliest": null })
}

fn position(old: &Holding, exit_why: Option<&str>, exit: Option<&Value>) -> Value {
    let known = Known::of(old);
    json!({
        // Version 2 knew a position by one number only.
        "identifier": old.ticket,
        "ticket": old.ticket,
        "claim": {
            "owner": { "strategy": old.strategy },
            "magic": old.magic,
            "key": null,
            "rules_hash": old.rules_hash,
            "timeframe": old.timeframe,
            "wanted": old.wanted,
            "asked": old.asked,
        },
        "symbol": old.symbol,
        "side": old.side,
        "price_open": old.price_open,
        "time_msc": old.time_msc,
        "stops": (old.sl, old.tp),
        "stops_goal": stops_goal(old),
        "exit": exit,
        "exit_why": exit_why,
        "closes": old.closes,
        "modifies": old.modifies,
        // One source had reported it; version 3 needs a second one.
        "gone": if old.removed { "said" } else { "no" },
        "heard": 0,
        // The volume of its opening deals is in `most`; none of them is waited for.
        "read_whole": old.stated && !old.deals.is_empty(),
        "read_short": 0,
        "server_says_closed": false,
        "missing_told": false,
        // The time of the statement was not kept, so every later statement is newer.
        "stated": old.stated.then(|| json!({ "volume": old.volume, "updated_msc": 0 })),
        "reported_open": old.reported_open,
        "deals": known.deals,
        "ins": known.ins,
        "outs": old.closed_volume,
        "most": if old.stated { old.opened } else { Volume::ZERO },
        "stated_opened": if old.stated { old.opened } else { Volume::ZERO },
        "last_out": old.last_out,
        "profit": old.profit,
        "commission": old.commission,
        "swap": old.swap,
    })
}

/// In version 2, stops that somebody had moved became the wanted ones; only removed ones were
/// restored.
fn stops_goal(old: &Holding) -> Value {
    let stops: Levels = (old.sl, old.tp);
    let wanted =
        if old.stated { (stops.0.or(old.wanted.0), stops.1.or(old.wanted.1)) } else { old.wanted };
    json!({
        "wanted": wanted,
        "stood": if old.stated { wanted == stops } else { wanted == (None, None) },
        "before": null,
        "command": null,
        "pace": at_once(),
        "tries": 0,
        "done_at": null,
        "unsettled_at": null,
        "refused": null,
    })
}

/// What is known of a position's deals.
struct Known {
    deals: Map<String, Value>,
    ins: Volume,
}

impl Known {
    /// The known deals, so that none of them is taken twice. Only their tickets were kept: the
    /// latest stands for all closed volume, the first for all opened volume. The volume opened by
    /// deals is certain only while there was no statement yet. After a statement, a part of the
    /// volume may belong to a deal still on its way. Counted here it would count twice, and a close
    /// would ask for more than there is.
    fn of(old: &Holding) -> Self {
        let ins = if old.stated { Volume::ZERO } else { old.opened };
        let closed =
            old.last_out.map(|(time_msc, ..)| (old.deals.last(), old.closed_volume, time_msc));
        let deal = |ticket: &Ticket| match closed {
            Some((Some(last), volume, time_msc)) if last == ticket => {
                json!({ "order": 0, "volume": volume, "time_msc": time_msc, "closes": true })
            }
            _ => {
                let volume = if Some(ticket) == old.deals.first() { ins } else { Volume::ZERO };
                json!({ "order": 0, "volume": volume, "time_msc": old.time_msc, "closes": false })
            }
        };
        Self {
            deals: old.deals.iter().map(|ticket| (ticket.0.to_string(), deal(ticket))).collect(),
            ins,
        }
    }
}
