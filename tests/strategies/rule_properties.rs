//! What holds for rules of every kind, over random sessions: drawn rules of all dialects on drawn
//! symbols, with a server that makes no mistakes, fixed lots and ample margin. `.ci/long properties`
//! tries twenty thousand.

use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tickdeck::backtest;
use tickdeck::config::{self, Session};
use tickdeck::domain::calendar::{Calendar, NewsEvent};
use tickdeck::domain::deal::{DealEntry, DealKind};
use tickdeck::domain::id::{Magic, Ticket};
use tickdeck::domain::order::Side;
use tickdeck::domain::symbol::SymbolSpec;
use tickdeck::domain::tick::Tick;
use tickdeck::domain::time::{NANOS_PER_MS, ServerMsc, Timestamp};
use tickdeck::executor::action::{Action, Owner, Report, Request, RequestReason, Verdict};
use tickdeck::executor::config::Limits;
use tickdeck::executor::event::{BrokerEvent, Event};
use tickdeck::risk::account::AccountRisk;
use tickdeck::session::description::{AccountModel, BrokerModel, SessionFile};
use tickdeck::session::ports::{Journal, PortError, Step, TickStream};
use tickdeck::torture::draw;
use tickdeck::torture::plan::MemoryTicks;

/// The first so many ticks of each symbol are enough for some hours.
const TICKS: usize = 4_000;
const WEEK_MS: i64 = 7 * 24 * 3_600_000;

/// A session without mishaps.
#[derive(Clone)]
struct Calm {
    session: Session,
    ticks: Vec<Arc<[Tick]>>,
}

/// What one strategy did, each with its moment: notes with all that they saw, and requests with all
/// but numbers that the server or others decide.
#[derive(Default)]
struct Told {
    did: BTreeMap<String, Vec<(i64, String)>>,
    /// Profit of each deal that closes, in the order of the strategy's deals.
    profits: BTreeMap<Magic, Vec<i64>>,
    /// Volume opened and closed, by position.
    volumes: BTreeMap<Ticket, (i64, i64)>,
    sides: BTreeMap<Ticket, Side>,
    /// The stop losses that were asked for, by position.
    stops: BTreeMap<Ticket, Vec<(RequestReason, i64)>>,
    closed: Vec<Ticket>,
    shift_ms: i64,
}

impl Told {
    fn tell(&mut self, owner: &str, at: i64, what: String) {
        self.did.entry(owner.to_owned()).or_default().push((at, what));
    }

    fn request(&mut self, at: i64, owner: &str, why: RequestReason, request: &Request) {
        let shift = |msc: ServerMsc| msc.0 - self.shift_ms;
        let what = match request {
            Request::Open(one) => {
                format!("{:?} {} {} {:?} {:?}", one.side, one.volume, one.price, one.sl, one.tp)
            }
            Request::Place(one) => {
                let ends = match one.expiration {
                    tickdeck::domain::order::Expiration::Specified(end) => shift(end),
                    _ => 0,
                };
                let (sl, tp) = (one.sl, one.tp);
                format!(
                    "{:?} {:?} {} {} {sl:?} {tp:?} {ends}",
                    one.kind, one.side, one.volume, one.price
                )
            }
            Request::Close(one) => format!("close {:?} {} {}", one.side, one.volume, one.price),
            Request::Modify(one) => {
                if let Some(sl) = one.sl {
                    self.stops.entry(one.position).or_default().push((why, sl.raw()));
                }
                format!("modify {:?} {:?}", one.sl, one.tp)
            }
            Request::Remove(_) => "remove".to_owned(),
            other => panic!("nobody asks for {other:?}"),
        };
        self.tell(owner, at, format!("{why:?} {what}"));
    }
}

impl Journal for Told {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        let at = step.at.nanos() / NANOS_PER_MS - self.shift_ms;
        if let Event::Broker(BrokerEvent::Deal(deal)) = step.event
            && matches!(deal.kind, DealKind::Trade(_))
        {
            let (opened, closed) = self.volumes.entry(deal.position).or_default();
            if deal.entry == DealEntry::In {
                *opened += deal.volume.raw();
            } else {
                *closed += deal.volume.raw();
                self.profits.entry(deal.magic).or_default().push(deal.profit.raw());
            }
        }
        for action in step.actions {
            match action {
                Action::Note(note) => {
                    let told = step.executor.explain(note).unwrap();
                    let bar = note.bar_msc.0 - self.shift_ms;
                    let what = format!(
                        "{bar} {:?} {:?} {:?} {:?}",
                        note.verdict, note.side, told.operands, told.conditions
                    );
                    // An entry that finds no room says so to its own strategy only.
                    assert_ne!(note.verdict, Verdict::AccountLimit);
                    self.tell(&told.strategy.to_string(), at, what);
                }
                Action::Trade(trade) => {
                    let Owner::Strategy(owner) = &trade.owner else { panic!("no commands") };
                    self.request(at, &owner.to_string(), trade.why, &trade.request);
                }
                Action::Report(report) => match &**report {
                    Report::Opened(one) => {
                        self.sides.insert(one.position, one.side);
                        self.tell(one.owner.name(), at, format!("opened at {}", one.price));
                    }
                    Report::Closed(one) => {
                        self.closed.push(one.position);
                        let what = format!("closed at {} {:?}", one.close_price, one.reason);
                        self.tell(one.owner.name(), at, what);
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        Ok(())
    }
}

/// A session of a description, with the specifications that its symbols have.
fn session(file: SessionFile, specs: &[SymbolSpec]) -> Session {
    let starts = config::check(Path::new("drawn"), &file, specs).unwrap();
    Session {
        file,
        dir: PathBuf::new(),
        specs: specs.to_vec(),
        starts,
        history: Vec::new(),
        stream: Vec::new(),
        sources: Vec::new(),
    }
}

impl Calm {
    fn draw(seed: u64) -> Self {
        let (plan, ticks) = draw::plan(seed);
        let mut file = plan.file.clone();
        // With no time on the way, nobody learns sooner what another one's reading shows.
        file.broker = BrokerModel::default();
        file.limits = Limits::default();
        // Limits on the account, and volumes found from what it is worth, make everybody depend on all.
        file.risk = AccountRisk::default();
        file.subscribed = None;
        file.account = AccountModel {
            balance: "100000000".parse().unwrap(),
            rates: file.account.rates.clone(),
            currency: file.account.currency.clone(),
            ..AccountModel::default()
        };
        // Whole lots, so that parts of them can be traded, however often they are doubled.
        for strategy in &mut file.strategy {
            strategy.at = None;
            // Its own limits count money, which doubles, and depend on what the whole account is worth.
            let most = strategy.settings.as_ref().and_then(|it| it.get("maxOpenTrades").cloned());
            let settings = strategy.settings.insert(json!({ "lotSize": 1 }));
            if let Some(most) = most {
                settings["maxOpenTrades"] = most;
            }
        }
        // What others hold takes nothing from anybody.
        let unlimited = |spec: SymbolSpec| SymbolSpec { volume_limit: None, ..spec };
        let specs: Vec<SymbolSpec> = plan.specs().into_iter().map(unlimited).collect();
        let session = session(file, &specs);
        let first = |all: &Arc<[Tick]>| all[..all.len().min(TICKS)].into();
        Self { session, ticks: ticks.iter().map(first).collect() }
    }

    fn run(&self, shift_ms: i64) -> Told {
        let streams = self.ticks.iter().zip(&self.session.specs).map(|(ticks, spec)| {
            let moved =
                |tick: &Tick| Tick { time_msc: ServerMsc(tick.time_msc.0 + shift_ms), ..*tick };
            let ticks: Arc<[Tick]> = ticks.iter().map(moved).collect();
            Box::new(MemoryTicks::new(ticks, spec.point())) as Box<dyn TickStream>
        });
        let streams = streams.collect();
        let mut session = self.session.clone();
        session.file.calendar = shifted(&session.file.calendar, shift_ms);
        let mut told = Told { shift_ms, ..Told::default() };
        backtest::simulate(&session, streams, &mut (), &mut told).unwrap();
        told
    }

    /// The same with other volumes.
    fn with_lots(&self, lots: u32) -> Self {
        let mut file = self.session.file.clone();
        for strategy in &mut file.strategy {
            strategy.settings.as_mut().unwrap()["lotSize"] = json!(lots);
        }
        Self { session: session(file, &self.session.specs), ticks: self.ticks.clone() }
    }

    /// The same without the strategies for which `is_kept` is false.
    fn only(&self, is_kept: impl Fn(&str) -> bool) -> Self {
        let mut file = self.session.file.clone();
        file.strategy.retain(|strategy| is_kept(&strategy.id));
        Self { session: session(file, &self.session.specs), ticks: self.ticks.clone() }
    }

    /// The same with the ticks up to a time by the server's clock.
    fn until(&self, end: ServerMsc) -> Self {
        let cut =
            |all: &Arc<[Tick]>| all.iter().copied().take_while(|it| it.time_msc < end).collect();
        Self { session: self.session.clone(), ticks: self.ticks.iter().map(cut).collect() }
    }
}

/// A calendar whose news comes so much later.
fn shifted(calendar: &Calendar, shift_ms: i64) -> Calendar {
    let mut news: Vec<NewsEvent> =
        serde_json::from_value(serde_json::to_value(calendar).unwrap()).unwrap();
    for one in &mut news {
        one.time = Timestamp::from_nanos(one.time.nanos() + shift_ms * NANOS_PER_MS);
    }
    news.into()
}

/// Parts add up, and stop losses that the rules have moved are only ever tightened.
fn check_positions(seed: u64, told: &Told) -> usize {
    for position in &told.closed {
        let (opened, closed) = told.volumes[position];
        assert_eq!(opened, closed, "seed {seed}: the parts of {position:?}");
    }
    let mut trailed = 0;
    for (position, stops) in &told.stops {
        let Some(side) = told.sides.get(position) else { continue };
        for pair in stops.windows(2) {
            let is_ours = matches!(pair[1].0, RequestReason::Trailing | RequestReason::BreakEven);
            if is_ours {
                trailed += 1;
                let tighter = (pair[1].1 - pair[0].1) * side.sign();
                assert!(tighter >= 0, "seed {seed}: {position:?} {stops:?}");
            }
        }
    }
    trailed
}

/// Whoever runs beside a strategy changes nothing of what it does.
fn check_removal(seed: u64, calm: &Calm, all: &Told) {
    let ids: Vec<String> = calm.session.file.strategy.iter().map(|it| it.id.clone()).collect();
    let Some(gone) = ids.get(usize::try_from(seed).unwrap() % ids.len().max(1)) else { return };
    if ids.len() < 2 {
        return;
    }
    let fewer = calm.only(|id| id != gone).run(0);
    for id in ids.iter().filter(|id| *id != gone) {
        assert_same(seed, "without another", all.did.get(id), fewer.did.get(id));
    }
}

/// What is done up to a time is done whatever comes later.
fn check_prefix(seed: u64, calm: &Calm, all: &Told) {
    let longest = calm.ticks.iter().map(|ticks| ticks.last().map_or(0, |it| it.time_msc.0)).max();
    let first = calm.ticks.iter().filter_map(|ticks| ticks.first()).map(|it| it.time_msc.0).min();
    let (Some(last), Some(first)) = (longest, first) else { return };
    let end = ServerMsc(first + (last - first) * 3 / 5);
    let cut = calm.until(end).run(0);
    let mut zone = calm.session.file.zone.clone();
    let end_ms = zone.to_utc(end).nanos() / NANOS_PER_MS;
    let before = |did: &Vec<(i64, String)>| -> Vec<(i64, String)> {
        did.iter().filter(|(at, _)| *at < end_ms - 1_000).cloned().collect()
    };
    for (id, did) in &cut.did {
        let whole = before(&all.did[id]);
        assert_same(seed, "cut short", Some(&whole), Some(&before(did)));
    }
}

fn assert_same(
    seed: u64,
    how: &str,
    one: Option<&Vec<(i64, String)>>,
    other: Option<&Vec<(i64, String)>>,
) {
    let none = Vec::new();
    let (one, other) = (one.unwrap_or(&none), other.unwrap_or(&none));
    let differs = one.iter().zip(other).position(|(one, other)| one != other);
    if let Some(place) = differs {
        let near =
            |did: &[(i64, String)]| did[place.saturating_sub(3)..did.len().min(place + 4)].to_vec();
        panic!("seed {seed}, {how}: {:#?} became {:#?}", near(one), near(other));
    }
    assert_eq!(one.len(), other.len(), "seed {seed}, {how}: one goes on");
}

/// Twice the lots make twice the profit of each deal, to a cent.
fn check_scale(seed: u64, calm: &Calm, all: &Told) {
    const CENT: i64 = 1_000_000;
    let doubled = calm.with_lots(2).run(0);
    for (magic, profits) in &all.profits {
        let twice = &doubled.profits[magic];
        assert_eq!(profits.len(), twice.len(), "seed {seed}");
        for (one, two) in profits.iter().zip(twice) {
            assert!((two - 2 * one).abs() <= CENT, "seed {seed}: {one} and {two}");
        }
    }
}

/// In weeks of one offset from UTC everything comes the same.
fn check_shift(seed: u64, calm: &Calm, all: &Told) {
    // In the weeks before these, no clock was changed that rules name.
    let weeks = i64::try_from(seed % 3).unwrap() + 1;
    let shifted = calm.run(-weeks * WEEK_MS);
    for (id, did) in &all.did {
        assert_same(seed, "weeks earlier", Some(did), shifted.did.get(id));
    }
}

/// A number from outside.
#[expect(clippy::disallowed_methods, reason = "how much is tried is asked for from outside")]
fn asked(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().expect("it is a number"))
}

#[test]
fn rules_of_every_kind_keep_their_promises() {
    let (first, seeds) = (asked("TICKDECK_PROPERTIES_SEED", 0), asked("TICKDECK_PROPERTIES", 500));
    let jobs = std::thread::available_parallelism().map_or(1, |jobs| jobs.get() as u64);
    let totals = std::thread::scope(|scope| {
        let hands: Vec<_> = (0..jobs)
            .map(|hand| {
                let own = (first..first + seeds).filter(move |seed| seed % jobs == hand);
                scope.spawn(move || {
                    let mut totals = [0; 3];
                    for seed in own {
                        let calm = Calm::draw(seed);
                        let all = calm.run(0);
                        totals[0] += check_positions(seed, &all);
                        check_removal(seed, &calm, &all);
                        check_prefix(seed, &calm, &all);
                        check_scale(seed, &calm, &all);
                        check_shift(seed, &calm, &all);
                        totals[1] += all.did.values().map(Vec::len).sum::<usize>();
                        totals[2] += all.closed.len();
                    }
                    totals
                })
            })
            .collect();
        hands.into_iter().map(|hand| hand.join().unwrap()).fold([0; 3], |sum: [usize; 3], own| {
            [sum[0] + own[0], sum[1] + own[1], sum[2] + own[2]]
        })
    });
    let [trailed, did, closed] = totals;
    println!(
        "{seeds} sessions: {did} notes and requests, {closed} positions closed, {trailed} stops moved again"
    );
    assert!(trailed > 0 && closed > 0 && did > 0, "there is something to judge");
}
