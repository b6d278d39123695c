//! What the platform and people do: every command, at any time, also twice, late, expired or under
//! a used id.

use super::dice::Dice;
use super::rules::{self, Ground};
use super::span::{Span, TO};
use crate::domain::id::{CommandId, SymbolId};
use crate::domain::order::Side;
use crate::domain::time::Timestamp;
use crate::executor::event::Operator;
use crate::torture::plan::{Act, Late, LateVerb, PlaceKind, SessionPlan, What, forgets};
use serde_json::{Value, json};

/// The first thousandth of the session in which commands come.
const FROM: u64 = 20;
const PRIORITIES: &[&str] = &["URGENT", "HIGH", "NORMAL", "LOW"];

/// Draws what is done from outside.
pub fn draw(plan: &mut SessionPlan, span: Span, dice: &mut Dice) {
    let count = dice.pick(&[0, 3, 8, 15, 30, 45]);
    let is_about_orders = dice.percent(50);
    for n in 0..count {
        let at = span.draw(dice, FROM, TO);
        let id = format!("c{n}");
        let what = if dice.percent(if is_about_orders { 65 } else { 30 }) {
            What::Late(late(plan, &id, is_about_orders, dice))
        } else {
            What::Body(body(plan, &id, at, dice))
        };
        again(plan, span, (at, &id, &what), dice);
        let after_request_ms =
            dice.maybe(25, |dice| dice.pick(&[0, 1, 50, 400, 2_000, 12_000, 35_000]));
        let once_more = repriced(&what, dice);
        plan.acts.push(Act { at, after_request_ms, what });
        if let Some((later_ms, late)) = once_more {
            let (at, after_request_ms) =
                (at.plus_ms(later_ms), after_request_ms.map(|ms| ms + later_ms));
            plan.acts.push(Act { at, after_request_ms, what: What::Late(late) });
        }
    }
    if dice.percent(35) {
        operators(plan, span, dice);
    }
    for n in 0..dice.pick(&[0, 0, 1, 2, 4]) {
        pair(plan, span, n, dice);
    }
    if dice.percent(15) {
        followers(plan, span, dice);
    }
}

/// Followers of some strategies.
fn followers(plan: &mut SessionPlan, span: Span, dice: &mut Dice) {
    for n in 0..dice.between(1, 2) {
        let source = plan.file.strategy[dice.place(plan.file.strategy.len())].id.clone();
        follower(plan, span, (&source, &n.to_string()), dice);
    }
}

/// A follower, which is added again, given other allocations, paused and removed; its commands have ids
/// with `n`.
pub(super) fn follower(
    plan: &mut SessionPlan,
    span: Span,
    (source, n): (&str, &str),
    dice: &mut Dice,
) {
    let mut add = |n: String, at: Timestamp, dice: &mut Dice| {
        let parameters = json!({
            "sourceStrategyId": source, "allocation": dice.pick(&[20, 35, 50, 100]),
            "multiplier": dice.pick(&[1, 1, 2, 10]), "maxAgeMs": dice.pick(&[5_000, 60_000]),
            "maxSlippage": dice.pick(&[10, 50, 200]),
        });
        act(plan, at, &json!({ "id": n, "command": "COPY_ADD", "parameters": parameters }));
    };
    add(format!("f{n}"), span.draw(dice, 0, 300), dice);
    for again in 0..dice.between(0, 2) {
        add(format!("f{n}-{again}"), span.draw(dice, 100, TO), dice);
    }
    for later in 0..dice.between(0, 3) {
        let follower = json!({ "strategyId": format!("copy_{source}") });
        let of_source = json!({
            "sourceStrategyId": source, "closePositions": dice.percent(70),
        });
        let (command, parameters) = match dice.between(0, 4) {
            0 => ("COPY_REMOVE", of_source),
            1 => ("PAUSE_STRATEGY", follower),
            2 => ("RESUME_STRATEGY", follower),
            _ => {
                let allocation = dice.pick(&[1, 10, 60, 100]);
                let changed = json!({ "sourceStrategyId": source, "allocation": allocation });
                ("COPY_UPDATE_ALLOCATION", changed)
            }
        };
        let id = format!("g{n}-{later}");
        let body = json!({ "id": id, "command": command, "parameters": parameters });
        act(plan, span.draw(dice, 100, TO), &body);
    }
}

fn act(plan: &mut SessionPlan, at: Timestamp, body: &Value) {
    plan.acts.push(Act { at, after_request_ms: None, what: What::Body(body.to_string()) });
}

/// Some who have moved an order move it again soon, perhaps before the first change is done.
fn repriced(what: &What, dice: &mut Dice) -> Option<(u64, Late)> {
    let What::Late(Late { id, pick, verb: LateVerb::Reprice { .. }, made_s, expires_ms }) = what
    else {
        return None;
    };
    let later_ms = dice.maybe(40, |dice| dice.pick(&[1, 300, 4_000, 20_000, 70_000]))?;
    let verb = LateVerb::Reprice {
        distance: Some(dice.small(3, 60)),
        stop_pips: dice.maybe(30, |dice| dice.small(2, 30)),
    };
    let id = CommandId::from(format!("{id}-again").as_str());
    Some((later_ms, Late { id, pick: *pick, verb, made_s: *made_s, expires_ms: *expires_ms }))
}

/// Two commands within a few seconds: the first is not finished when the second comes.
fn pair(plan: &mut SessionPlan, span: Span, n: usize, dice: &mut Dice) {
    let entry = plan.file.strategy[dice.place(plan.file.strategy.len())].clone();
    let own = || json!({ "strategyId": entry.id });
    let again = start(plan, &entry.id, dice);
    let cap = |cap| json!({ "strategyId": entry.id, "settings": { "maxOpenTrades": cap } });
    let commands = match dice.between(0, 4) {
        0 | 1 => [("STOP_STRATEGY", own()), ("START_STRATEGY", again)],
        2 => {
            [("START_STRATEGY", again), ("STOP_ALL", json!({ "closePositions": dice.percent(70) }))]
        }
        3 => [("UPDATE_STRATEGY", cap(1)), ("UPDATE_STRATEGY", cap(3))],
        _ => [("EMERGENCY_STOP", json!({ "reason": "drill" })), ("START_STRATEGY", again)],
    };
    let at = span.draw(dice, FROM, TO);
    let after_request_ms = dice.maybe(60, |dice| dice.pick(&[0, 1, 50, 400, 2_000]));
    for ((name, parameters), half) in commands.into_iter().zip(["a", "b"]) {
        let (id, later_ms) =
            (format!("p{n}{half}"), if half == "a" { 0 } else { dice.pick(&[1, 300, 4_000]) });
        let at = at.plus_ms(later_ms);
        let body = json!({ "id": id, "command": name, "parameters": parameters, "createdAt": at });
        let after_request_ms = after_request_ms.map(|ms| ms + later_ms);
        plan.acts.push(Act { at, after_request_ms, what: What::Body(body.to_string()) });
    }
}

/// Delivers the same command again, or another one with its id.
///
/// Of what a ledger has forgotten, it knows only what must not be done twice. Where it forgets,
/// nothing else is delivered again, and no id is used twice.
fn again(
    plan: &mut SessionPlan,
    span: Span,
    (at, id, what): (Timestamp, &str, &What),
    dice: &mut Dice,
) {
    let forgets = forgets(&plan.file.limits);
    if forgets && !harms_twice(what) {
        return;
    }
    let later =
        |dice: &mut Dice| if dice.percent(30) { at } else { span.draw(dice, FROM, TO).max(at) };
    for _ in 0..dice.pick(&[0, 0, 0, 0, 1, 2]) {
        let at = later(dice);
        let what = match what {
            What::Body(body) => What::Body(body.clone()),
            _ => What::Again(CommandId::from(id)),
        };
        plan.acts.push(Act { at, after_request_ms: None, what });
    }
    if !forgets && dice.percent(4) {
        let at = later(dice);
        let body = body(plan, id, at, dice);
        plan.acts.push(Act { at, after_request_ms: None, what: What::Body(body) });
    }
}

fn harms_twice(what: &What) -> bool {
    match what {
        What::Late(late) => matches!(
            late.verb,
            LateVerb::Open { .. }
                | LateVerb::Place { .. }
                | LateVerb::Stops { .. }
                | LateVerb::Close { percent: Some(_) }
        ),
        What::Body(body) => {
            ["\"START", "\"UPDATE", "\"OPEN"].iter().any(|command| body.contains(command))
        }
        What::Operator(_) | What::Again(_) | What::Source(_) => false,
    }
}

/// Pauses end, and most latches are cleared.
fn operators(plan: &mut SessionPlan, span: Span, dice: &mut Dice) {
    // A person who stops something often does so because of what was just sent.
    let mut moments = Dice::new("operator moments", plan.seed);
    let mut act = |at, operator| {
        let stops = matches!(operator, Operator::Pause | Operator::Kill);
        let after_request_ms = if stops {
            moments.maybe(60, |dice| dice.pick(&[0, 1, 50, 400, 1_500, 3_000]))
        } else {
            None
        };
        plan.acts.push(Act { at, after_request_ms, what: What::Operator(operator) });
    };
    if dice.percent(60) {
        let from = dice.between(FROM, 600);
        act(span.draw(dice, from, from + 10), Operator::Pause);
        act(span.draw(dice, from + 20, from + 150), Operator::Resume);
    }
    if dice.percent(40) {
        let from = dice.between(100, 700);
        act(span.draw(dice, from, from + 10), Operator::Kill);
        if dice.percent(85) {
            act(span.draw(dice, from + 15, from + 90), Operator::ClearKill);
        }
    }
    if dice.percent(20) {
        act(span.draw(dice, FROM, TO), Operator::ClearKill);
        act(span.draw(dice, FROM, TO), Operator::Resume);
    }
}

fn late(plan: &SessionPlan, id: &str, is_about_orders: bool, dice: &mut Dice) -> Late {
    let verb = verb(plan, is_about_orders, dice);
    let made_s = if dice.percent(75) { Some(0) } else { dice.pick(&[None, Some(900)]) };
    Late {
        id: id.into(),
        pick: dice.place(12),
        verb,
        made_s,
        expires_ms: dice.maybe(10, |dice| dice.between(0, 60_000)),
    }
}

fn verb(plan: &SessionPlan, is_about_orders: bool, dice: &mut Dice) -> LateVerb {
    let symbol = SymbolId(u16::try_from(dice.place(plan.file.symbols.len())).unwrap_or(0));
    let side = if dice.percent(50) { Side::Buy } else { Side::Sell };
    let cents = dice.small(1, 20);
    let stop_pips = dice.maybe(50, |dice| dice.small(2, 30));
    let distance = dice.small(3, 60);
    let pips = |dice: &mut Dice| dice.maybe(60, |dice| dice.pick(&[0, 2, 3, 5, 10, 30]));
    match dice.between(0, if is_about_orders { 14 } else { 7 }) {
        0 | 1 => LateVerb::Close { percent: None },
        2 => LateVerb::Close { percent: Some(dice.small(1, 99)) },
        3 => LateVerb::Stops { sl_pips: pips(dice), tp_pips: pips(dice) },
        4 => LateVerb::OrderStatus,
        5 => LateVerb::CloseBy,
        6 | 7 => LateVerb::Open { symbol, side, cents, stop_pips },
        8..=10 => {
            let kind = dice.pick(&[
                PlaceKind::Limit,
                PlaceKind::Limit,
                PlaceKind::Stop,
                PlaceKind::StopLimit,
            ]);
            let for_s = dice.maybe(40, |dice| dice.small(60, 1_800));
            LateVerb::Place { symbol, kind, side, cents, distance, stop_pips, for_s }
        }
        11..=13 => LateVerb::Reprice {
            distance: dice.maybe(60, |_| distance),
            stop_pips: stop_pips.filter(|_| dice.percent(50)),
        },
        _ => LateVerb::Cancel,
    }
}

/// The text of a command that is known beforehand.
fn body(plan: &SessionPlan, id: &str, at: Timestamp, dice: &mut Dice) -> String {
    if dice.percent(3) {
        let parameters = json!({ "strategyId": "s1", "options": { "evaluate": "tick" } });
        let unsupported =
            json!({ "id": id, "command": "UPDATE_STRATEGY", "parameters": parameters }).to_string();
        return dice.pick(&["{", "{\"id\":7}", "[]", &unsupported]).to_owned();
    }
    let (name, parameters) = asked(plan, dice);
    let mut body = json!({ "id": id, "command": name, "parameters": parameters });
    if dice.percent(80) {
        let old = dice.pick(&[0, 0, 0, 2, 600, 40_000, 3_000_000]);
        body["createdAt"] =
            json!(Timestamp::from_nanos(at.nanos() - i64::from(old) * 1_000_000_000));
    }
    if dice.percent(8) {
        body["expiresAt"] = json!(Timestamp::from_nanos(
            at.nanos() + (i64::from(dice.small(0, 20)) - 10) * 1_000_000_000
        ));
    }
    if dice.percent(30) {
        body["priority"] = json!(dice.pick(PRIORITIES));
    }
    body.to_string()
}

fn asked(plan: &SessionPlan, dice: &mut Dice) -> (&'static str, Value) {
    let entry = &plan.file.strategy[dice.place(plan.file.strategy.len())];
    let strategy = if dice.percent(97) { entry.id.as_str() } else { "nobody" };
    let own = json!({ "strategyId": strategy });
    let symbol = plan.file.symbols[dice.place(plan.file.symbols.len())].clone();
    match dice.between(0, 37) {
        0..=4 => {
            ("STOP_STRATEGY", json!({ "strategyId": strategy, "closePositions": dice.percent(75) }))
        }
        5..=12 => ("START_STRATEGY", start(plan, strategy, dice)),
        13 | 14 => ("PAUSE_STRATEGY", own),
        15..=17 => ("RESUME_STRATEGY", own),
        18 => {
            let ground = Ground { symbols: &plan.file.symbols, timeframe: &entry.timeframe };
            (
                "UPDATE_STRATEGY",
                json!({ "strategyId": strategy, "rules": rules::draw(ground, dice) }),
            )
        }
        19 if dice.percent(20) => {
            ("UPDATE_STRATEGY", json!({ "strategyId": strategy, "timeframe": "H1" }))
        }
        19 => (
            "UPDATE_STRATEGY",
            json!({ "strategyId": strategy, "settings": { "maxOpenTrades": dice.between(1, 3) } }),
        ),
        20 => ("STOP_ALL", json!({ "closePositions": dice.percent(70) })),
        21 => ("PAUSE", json!({})),
        23 if dice.percent(20) => {
            ("OPEN_POSITION", json!({ "symbol": symbol, "type": "BUY", "volume": 0.013 }))
        }
        24 if dice.percent(40) => ("EMERGENCY_STOP", json!({ "reason": "drill" })),
        22..=24 => ("RESUME", json!({})),
        25 | 26 => ("CLOSE_ALL_POSITIONS", json!({})),
        27 => (
            "CLOSE_PROFITABLE",
            if dice.percent(50) { json!({}) } else { json!({ "minProfit": 1 }) },
        ),
        28 => ("CLOSE_LOSING", json!({})),
        29 => ("CLOSE_BY_STRATEGY", own),
        30 => ("CLOSE_BY_SYMBOL", json!({ "symbol": symbol })),
        31 => ("RISK_UPDATE", risk_update(strategy, dice)),
        32 => ("GET_POSITIONS", json!({})),
        33 => ("GET_ACCOUNT_INFO", json!({})),
        34 => ("GET_SYMBOL_INFO", json!({ "symbol": symbol })),
        35 => ("GET_EXECUTION_SUMMARY", json!({})),
        36 => ("GET_STATUS", json!({})),
        _ => ("PING", json!({})),
    }
}

fn risk_update(strategy: &str, dice: &mut Dice) -> Value {
    let cap = dice.between(1, 4);
    if dice.percent(50) {
        json!({ "strategyId": strategy, "maxOpenTrades": cap })
    } else {
        json!({ "maxOpenTrades": cap })
    }
}

/// A START like the session's own, sometimes with other rules, sometimes of a symbol that does not
/// exist.
fn start(plan: &SessionPlan, strategy: &str, dice: &mut Dice) -> Value {
    let symbols = &plan.file.symbols;
    let Some(entry) = plan.file.strategy.iter().find(|entry| entry.id == strategy) else {
        let rules = rules::draw(Ground { symbols, timeframe: "M1" }, dice);
        return json!({ "strategyId": strategy, "symbol": "NOSUCH", "timeframe": "M1", "rules": rules });
    };
    let ground = Ground { symbols, timeframe: &entry.timeframe };
    let mut parameters = json!({
        "strategyId": strategy,
        "symbol": entry.symbol,
        "timeframe": entry.timeframe,
        "rules": if dice.percent(70) { entry.rules.clone() } else { rules::draw(ground, dice) },
        "options": entry.options,
    });
    if dice.percent(4) {
        parameters["settings"] = json!({ "lots": 0.003 });
    } else if let Some(settings) = &entry.settings {
        parameters["settings"] = settings.clone();
    }
    parameters
}
