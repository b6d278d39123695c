//! Random sessions. Each seed draws its own, and which kinds of trouble it has at all (swarm
//! testing: a session with few kinds goes deeper into each than one with all).

mod acts;
pub(super) mod dice;
mod faults;
mod margin;
mod own_limits;
pub mod span;
mod risk;
mod rules;
mod sources;
mod strategies;
mod symbols;

use crate::domain::amount::{Money, Points};
use crate::domain::calendar::{Calendar, Impact, NewsEvent};
use crate::domain::decimal::pow10;
use crate::domain::id::SymbolId;
use crate::domain::point_in_time::PointInTime;
use crate::domain::tick::Tick;
use crate::domain::time::ServerMsc;
use crate::domain::time::Timestamp;
use crate::executor::config::Limits;
use crate::risk::account::AccountRisk;
use crate::risk::stops::NearStops;
use crate::session::description::{
    AccountModel, BrokerModel, FORMAT, Latency, SessionFile, Slippage, StopsCheck,
};
use crate::session::fault::{Fault, FaultKind, FaultRate};
use crate::torture::counsel;
use crate::torture::plan::{
    Act, EmptyBook, Passing, Replays, Restart, SessionPlan, Telling, What, With,
};
use dice::Dice;
use span::Span;
use std::sync::Arc;

const SYMBOLS: &[&str] = &["EURUSD", "GBPUSD", "USDJPY", "AUDUSD", "USDCHF", "USDCAD", "XAUUSD"];
const ZONES: &[&str] = &["America/New_York+7", "UTC", "UTC+3"];
/// Before the first tick of any session.
const CALENDAR_FROM: &str = "2025-09-21T12:00:00Z";
const TICKS: (u64, u64) = (8_000, 22_000);

/// Draws the session of a seed, with its ticks.
///
/// # Panics
/// Never: no list that is drawn from is empty.
#[must_use]
pub fn plan(seed: u64) -> (SessionPlan, Vec<Arc<[Tick]>>) {
    let mut dice = Dice::new("session", seed);
    let count = dice.pick(&[1, 1, 1, 2, 2, 3]);
    let symbols = names(count, &mut dice);
    // The other symbols are subscribed with their first START.
    let subscribed = dice.maybe(25, |_| symbols[..1].to_vec());
    let symbol = symbols::draw(&symbols, seed);
    let mut file = SessionFile {
        from: None,
        to: None,
        source: Vec::new(),
        followed: Vec::new(),
        programs: Vec::new(),
        format: FORMAT,
        name: format!("torture-{seed}"),
        symbols,
        subscribed,
        seed,
        zone: dice.pick(ZONES).parse().expect("the zones are known"),
        assume_zone: false,
        specs: None,
        commands: None,
        news: None,
        account: account(&mut dice),
        broker: broker(&mut Dice::new("broker", seed)),
        limits: limits(&mut Dice::new("limits", seed)),
        risk: AccountRisk::default(),
        ticks: None,
        symbol,
        calendar: calendar(&mut Dice::new("calendar", seed)),
        strategy: Vec::new(),
        recording: None,
    };
    file.risk = account_risk(&file, seed);
    let balance = file.account.balance;
    file.account.margin_so = margin::levels(balance, &mut Dice::new("margin", seed));
    let hours = i64::try_from(dice.between(0, 20)).unwrap_or(0);
    let hours = margin::swaps(&mut file, &mut Dice::new("swaps", seed)).unwrap_or(hours);
    let ticks = dice.between(TICKS.0, TICKS.1) / if count > 1 { 2 } else { 1 };
    let mut plan = SessionPlan {
        seed,
        file,
        ticks,
        shift_ms: hours * 3_600_000,
        empty_books: Vec::new(),
        acts: Vec::new(),
        restarts: Vec::new(),
        replays: replays(&mut dice),
        passing: passing(&mut Dice::new("quiet runs", seed)),
        telling: Telling::Quiet,
    };
    let mut ticks = begin_with_history(&mut plan, &mut Dice::new("history", seed));
    let span = Span::of(plan.file.zone.clone(), &ticks);
    risk::draw_bans(&mut plan.file, span, &mut Dice::new("bans", seed));
    strategies::draw(&mut plan, span, &mut Dice::new("strategies", seed));
    own_limits::draw(&mut plan, span, &mut Dice::new("own limits", seed));
    own_limits::draw_of_account(&mut plan, span, &mut Dice::new("account limits", seed));
    faults::draw(&mut plan, span, &mut Dice::new("faults", seed));
    repeat_entries(&mut plan, &mut Dice::new("requotes", seed));
    acts::draw(&mut plan, span, &mut Dice::new("acts", seed));
    sources::draw(&mut plan, &ticks, span, &mut Dice::new("sources", seed));
    allow_programs(&mut plan);
    draw_restarts(&mut plan, span, seed);
    begin_slowly(&mut plan, span, &mut Dice::new("slow beginnings", seed));
    plan.empty_books = empty_books(&plan, span, &mut Dice::new("empty books", seed));
    if !plan.empty_books.is_empty() {
        ticks = plan.make_ticks();
    }
    (plan, ticks)
}

/// One session in four begins with what was quoted before it. Returns the ticks from its beginning on.
fn begin_with_history(plan: &mut SessionPlan, dice: &mut Dice) -> Vec<Arc<[Tick]>> {
    let all = plan.all_ticks();
    let Some(ticks) = all.first().filter(|ticks| ticks.len() > 1 && dice.percent(25)) else {
        return all;
    };
    let place = dice.between(1, ticks.len() as u64 / 2);
    let first = ticks[usize::try_from(place).unwrap_or_default()].time_msc;
    plan.file.from = Some(PointInTime::Server(first));
    plan.make_ticks()
}

/// The limits on the account.
fn account_risk(file: &SessionFile, seed: u64) -> AccountRisk {
    let balance = file.account.balance;
    let mut risk = risk::draw(balance, &mut Dice::new("risk", seed));
    risk::draw_more(&mut risk, balance, &mut Dice::new("more risk", seed));
    risk::draw_correlated(&mut risk, file.symbols.len(), &mut Dice::new("correlated", seed));
    risk::draw_conditions(&mut risk, &mut Dice::new("conditions", seed));
    risk
}

/// So many symbols, each once.
fn names(count: usize, dice: &mut Dice) -> Vec<String> {
    let mut symbols: Vec<String> = Vec::new();
    while symbols.len() < count {
        let symbol = dice.pick(SYMBOLS).to_owned();
        if !symbols.contains(&symbol) {
            symbols.push(symbol);
        }
    }
    symbols
}

/// Lets commands name the program that the session's own strategies do not name.
fn allow_programs(plan: &mut SessionPlan) {
    let [program] = counsel::COMMAND;
    let names = |act: &Act| matches!(&act.what, What::Body(body) if body.contains(program));
    if plan.acts.iter().any(names) {
        plan.file.programs = vec![vec![program.to_owned()]];
    }
}

/// News every other hour of the days of a session; one session in ten has no calendar.
fn calendar(dice: &mut Dice) -> Calendar {
    if dice.percent(10) {
        return Calendar::default();
    }
    let first: Timestamp = CALENDAR_FROM.parse().expect("it is a moment");
    let mut event = |hours: u64| NewsEvent {
        time: first.plus_ms((hours * 2 * 60 + dice.between(0, 59)) * 60_000),
        currency: dice.pick(&["USD", "EUR", "GBP", "JPY"]).parse().expect("it is a currency"),
        impact: dice.pick(&Impact::ALL),
        title: "made up".to_owned(),
    };
    (0..36).map(&mut event).collect::<Vec<NewsEvent>>().into()
}

/// Where entries wait long before they are repeated, requotes are frequent, so that something can
/// come in between.
fn repeat_entries(plan: &mut SessionPlan, dice: &mut Dice) {
    let waits_long = plan.file.limits.retry_pauses_ms != Limits::default().retry_pauses_ms;
    if waits_long && plan.file.broker.faults_until.is_some() {
        plan.file
            .broker
            .fault_rates
            .push(FaultRate { kind: FaultKind::Requote, per_mille: dice.small(100, 500) });
    }
}

/// In sessions with faults, some processes wait long for their first reading of the account, or
/// start without a link.
fn begin_slowly(plan: &mut SessionPlan, span: Span, dice: &mut Dice) {
    if plan.file.broker.faults_until.is_none() {
        return;
    }
    for restart in plan.restarts.iter().filter(|restart| restart.at < span.at(span::CEASE)) {
        let for_ms = restart.down_ms + dice.between(2_000, 150_000);
        let kind = match dice.between(0, 4) {
            0 => FaultKind::SnapshotLate { after_ms: for_ms },
            1 | 2 => FaultKind::LinkDown { for_ms, ticks_lost: false },
            _ => continue,
        };
        plan.file.broker.faults.push(Fault { request: None, at: Some(restart.at), kind });
    }
}

/// One session in five has a few empty books. They are over before the faults cease.
fn empty_books(plan: &SessionPlan, span: Span, dice: &mut Dice) -> Vec<EmptyBook> {
    if !dice.percent(20) {
        return Vec::new();
    }
    let zone = plan.file.zone.clone();
    let symbols = plan.file.symbols.len();
    let one = |dice: &mut Dice| {
        let symbol =
            SymbolId(u16::try_from(dice.place(symbols)).expect("a session has few symbols"));
        let from_msc = zone.to_server(span.draw(dice, 20, 700));
        let for_ms = dice.pick(&[1_000, 5_000, 40_000, 70_000, 150_000]);
        let (no_bid, no_ask) = dice.pick(&[(true, true), (true, false), (false, true)]);
        EmptyBook { symbol, from_msc, until_msc: ServerMsc(from_msc.0 + for_ms), no_bid, no_ask }
    };
    (0..dice.between(1, 4)).map(|_| one(dice)).collect()
}

fn account(dice: &mut Dice) -> AccountModel {
    let units = dice.pick(&[500, 10_000, 10_000, 100_000]);
    AccountModel {
        balance: Money::from_raw(units * pow10(Money::SCALE)),
        ..AccountModel::default()
    }
}

fn latency(dice: &mut Dice) -> Latency {
    let kind = dice.between(0, 4);
    let (min, max) = (dice.between(0, 150), dice.between(150, 4_000));
    match kind {
        0 => Latency::ConstantMs(0),
        1 => Latency::ConstantMs(min),
        2 => Latency::UniformMs { min, max: min + 250 },
        _ => Latency::UniformMs { min, max },
    }
}

fn broker(dice: &mut Dice) -> BrokerModel {
    BrokerModel {
        commission_per_lot: dice.pick(&["0", "3.5", "7.03"]).parse().expect("an amount"),
        request_latency: latency(dice),
        answer_latency: latency(dice),
        slippage: if dice.percent(50) {
            Slippage::UniformPoints { max: Points(dice.pick(&[1, 3, 9])) }
        } else {
            Slippage::default()
        },
        stops_check: if dice.percent(80) { StopsCheck::Mt5 } else { StopsCheck::Off },
        ..BrokerModel::default()
    }
}

fn limits(dice: &mut Dice) -> Limits {
    let usual = Limits::default();
    let mut limits = Limits {
        max_open_trades_account: dice.maybe(40, |dice| dice.small(1, 6)),
        near_stops: dice.pick(&[NearStops::Refuse, NearStops::Widen, NearStops::Send]),
        ..usual
    };
    if dice.percent(50) {
        limits.request_deadline_ms = dice.between(8_000, 30_000);
        limits.unknown_window_ms = dice.between(10_000, 60_000);
        limits.unknown_poll_ms = dice.between(1_000, 6_000);
        limits.stop_deadline_ms = dice.between(10_000, 90_000);
        limits.command_deadline_ms = dice.between(10_000, 90_000);
        limits.goal_pause_max_ms = dice.between(4_000, 60_000);
        limits.stops_tries_max = dice.small(1, 4);
        limits.data_deadline_ms = dice.between(5_000, 20_000);
        limits.reread_ms = dice.between(500, 5_000);
    }
    if dice.percent(12) {
        limits.ledger_ids_max = 1 + dice.place(8);
    }
    // Long enough for something to come in between.
    if dice.percent(25) {
        limits.retry_pauses_ms = vec![dice.between(3_000, 20_000), dice.between(3_000, 40_000)];
    }
    limits
}

fn replays(dice: &mut Dice) -> Replays {
    let again = dice.percent(20);
    Replays { again, restore_every: dice.maybe(12, |dice| dice.between(900, 6_000)).unwrap_or(0) }
}

fn passing(dice: &mut Dice) -> Passing {
    dice.pick(&[Passing::AsRuns, Passing::OneByOne, Passing::BothWays, Passing::AsRuns])
}

/// When the process ends and begins anew.
fn draw_restarts(plan: &mut SessionPlan, span: Span, seed: u64) {
    plan.restarts = restarts(span, &mut Dice::new("restarts", seed));
    end_in_doubt(plan, &mut Dice::new("ends in doubt", seed));
}

/// Where requests may stay without an answer, a process often ends while the outcome of one is unknown, with
/// a state that says so: the result of a command has it written.
fn end_in_doubt(plan: &mut SessionPlan, dice: &mut Dice) {
    let kinds = plan.file.broker.fault_rates.iter().map(|rate| &rate.kind);
    let is_silent = |kind: &FaultKind| match kind {
        FaultKind::Timeout | FaultKind::TimeoutExecuted => Some(0),
        FaultKind::Lost | FaultKind::ExecutedUnanswered => {
            Some(plan.file.limits.request_deadline_ms)
        }
        _ => None,
    };
    let waits: Vec<u64> = kinds.filter_map(is_silent).collect();
    if waits.is_empty() || plan.restarts.is_empty() || !dice.percent(50) {
        return;
    }
    let after_ms = dice.pick(&waits) + dice.between(1_000, 12_000);
    let first = &mut plan.restarts[0];
    (first.after_request_ms, first.with) = (Some(after_ms), With::State);
    let body = r#"{"id":"doubt","command":"PING","parameters":{}}"#.to_owned();
    let (at, after_request_ms) = (first.at, Some(after_ms - 300));
    plan.acts.push(Act { at, after_request_ms, what: What::Body(body) });
}

fn restarts(span: Span, dice: &mut Dice) -> Vec<Restart> {
    let count = dice.pick(&[0, 0, 0, 1, 1, 2, 3]);
    let mut restarts: Vec<Restart> = (0..count)
        .map(|_| Restart {
            at: span.draw(dice, 50, 780),
            after_request_ms: dice
                .maybe(50, |dice| dice.pick(&[0, 1, 100, 1_500, 20_000, 40_000, 70_000])),
            down_ms: dice.pick(&[0, 0, 300, 5_000, 40_000, 90_000]),
            with: if dice.percent(80) { With::State } else { With::Nothing },
        })
        .collect();
    restarts.sort_by_key(|restart| restart.at);
    // Only one process runs at a time.
    restarts.dedup_by(|next, before| next.at <= before.at.plus_ms(before.down_ms + 600_000));
    restarts
}
