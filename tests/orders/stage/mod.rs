//! A stage for order sequences: one symbol whose price jumps between two levels, so that each jump
//! is a crossing, and no moment between two jumps is one; a strategy on it; a broker with scripted
//! faults; and all that is said, as lines.
//!
//! Moments are written as minutes and seconds of the session, `75:30`. A crossing that is named for
//! a moment is seen there: the price jumps half a minute before. The first crossing is a buy. Start
//! with [`Stage`], then [`Played::check`].

#![allow(dead_code, reason = "each test uses a part of it")]

pub mod script;

use script::{Script, minutes};
use tickdeck::domain::amount::Price;
use tickdeck::domain::calendar::{Calendar, Impact, NewsEvent};
use tickdeck::domain::id::{ContentHash, SymbolId};
use tickdeck::domain::order::Order;
use tickdeck::domain::symbol::{ExecutionMode, SymbolSpec};
use tickdeck::domain::symbols_builtin::builtin;
use tickdeck::domain::tick::{Tick, TickFlags};
use tickdeck::domain::time::{ServerMsc, Timestamp};
use tickdeck::domain::zone::ServerZone;
use tickdeck::executor::Executor;
use tickdeck::executor::command::{
    Command, CommandContent, CommandEvent, CommandSource, Envelope, Priority,
};
use tickdeck::executor::config::{ExecutorConfig, Followed, Limits};
use tickdeck::executor::event::{Event, Life, Operator};
use tickdeck::market::columns::TickColumns;
use tickdeck::risk::account::AccountRisk;
use tickdeck::session::description::{AccountModel, BrokerModel};
use tickdeck::session::fault::{Fault, FaultKind, FaultRate};
use tickdeck::session::ports::{Journal, PortError, Step, TickStream};
use tickdeck::session::run::run;
use tickdeck::sim::broker::SimBroker;
use tickdeck::sim::broker::config::SimBrokerConfig;
use tickdeck::sim::clock::{Scheduled, VirtualClock};

/// The session's first moment, a Monday.
const START_MSC: i64 = 1_758_499_200_000;
/// Between two ticks.
const TICK_MSC: i64 = 10_000;
/// So long before a crossing is seen the price jumps.
const AHEAD_MS: i64 = 30_000;
/// The program that strategies in another process may name. It is never started: tests answer for it.
pub const PROGRAM: &str = "program";
/// A jump, in points; far nearer than any stop.
const JUMP_POINTS: i64 = 100;

/// The moment `75:30`, or `75:30.5`, of the session.
pub fn at(text: &str) -> Timestamp {
    Timestamp::from_nanos(msc(text) * 1_000_000)
}

/// The same by the server's clock, which here shows UTC.
pub fn msc(text: &str) -> i64 {
    let (minutes, seconds) =
        text.split_once(':').unwrap_or_else(|| panic!("`{text}` is no moment such as 75:30"));
    let seconds: f64 = seconds.parse().unwrap();
    #[expect(clippy::cast_possible_truncation, reason = "a moment of a test is small")]
    let in_minute = (seconds * 1_000.0) as i64;
    START_MSC + minutes.parse::<i64>().unwrap() * 60_000 + in_minute
}

/// What becomes of the executor's memory between two lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// The next life goes on from its state.
    Kept,
    /// The next life knows nothing.
    Lost,
}

/// A session that is being described.
#[derive(Debug, Clone)]
pub struct Stage {
    crossings: Vec<i64>,
    end: i64,
    /// The broker.
    pub model: BrokerModel,
    /// The executor's figures.
    pub limits: Limits,
    /// The limits on the account.
    pub risk: AccountRisk,
    /// The symbol.
    pub spec: SymbolSpec,
    /// The strategies of other recordings that may be followed.
    pub followed: Vec<Followed>,
    /// News.
    pub calendar: Calendar,
    /// The Bid of GBPUSD in points, by the minute of the session, where it is quoted, too.
    beside: Option<fn(i64) -> i64>,
    events: Vec<Scheduled>,
    restarts: Vec<(i64, Memory)>,
}

impl Stage {
    /// A session with crossings at these moments, in which nothing is started.
    pub fn empty(crossings: &[&str], end: &str) -> Self {
        Self {
            crossings: crossings.iter().map(|text| msc(text)).collect(),
            end: msc(end),
            model: BrokerModel::default(),
            limits: Limits::default(),
            risk: AccountRisk::default(),
            spec: builtin("EURUSD").unwrap(),
            followed: Vec::new(),
            calendar: Calendar::default(),
            beside: None,
            events: Vec::new(),
            restarts: Vec::new(),
        }
    }

    /// The same, in which the strategy `s` is started at the first moment: M1, one position at
    /// most, 0.10 lots, the opposite crossing closes.
    pub fn new(crossings: &[&str], end: &str) -> Self {
        Self::empty(crossings, end).command("0:00", "start", &start("s"))
    }

    /// Something goes wrong with the request of this number.
    pub fn fault(self, request: u64, kind: FaultKind) -> Self {
        self.any_fault(Fault { request: Some(request), at: None, kind })
    }

    /// Something goes wrong at a moment, or with the first question or news from then on.
    pub fn fault_at(self, moment: &str, kind: FaultKind) -> Self {
        self.any_fault(Fault { request: None, at: Some(at(moment)), kind })
    }

    fn any_fault(mut self, fault: Fault) -> Self {
        self.model.faults.push(fault);
        self
    }

    /// Something goes wrong every time, until a moment.
    pub fn always(mut self, kind: FaultKind, until: &str) -> Self {
        self.model.fault_rates.push(FaultRate { kind, per_mille: 1_000 });
        self.model.faults_until = Some(at(until));
        self
    }

    /// A command of the platform, as its body says it.
    pub fn command(self, moment: &str, id: &str, body: &serde_json::Value) -> Self {
        let mut body = body.clone();
        body["id"] = id.into();
        let command = tickdeck::wire::command::parse(CommandSource::Stream, &body.to_string());
        if let CommandContent::Malformed(malformed) = &command.content {
            panic!("{body}: {malformed:?}");
        }
        self.event(moment, Event::Command(Box::new(command)))
    }

    /// A command as the core takes it.
    pub fn order(self, moment: &str, id: &str, command: Command) -> Self {
        self.event(moment, command_event(id, command))
    }

    /// A person at the controls.
    pub fn operator(self, moment: &str, operator: Operator) -> Self {
        self.event(moment, Event::Operator(operator))
    }

    /// Anything, at a moment.
    pub fn event(mut self, moment: &str, event: Event) -> Self {
        self.events.push(Scheduled { at: at(moment), event });
        self
    }

    /// The executor's process dies and a new one starts, at a moment of a tick.
    pub fn restart(mut self, moment: &str, memory: Memory) -> Self {
        self.restarts.push((msc(moment), memory));
        self
    }

    /// Another figure of the executor.
    pub fn limit(mut self, set: impl FnOnce(&mut Limits)) -> Self {
        set(&mut self.limits);
        self
    }

    /// Another limit on the account.
    pub fn risk(mut self, set: impl FnOnce(&mut AccountRisk)) -> Self {
        set(&mut self.risk);
        self
    }

    /// News of high impact on a currency, at moments.
    pub fn news(mut self, news: &[(&str, &str)]) -> Self {
        let event = |(moment, currency): &(&str, &str)| NewsEvent {
            time: at(moment),
            currency: currency.parse().unwrap(),
            impact: Impact::High,
            title: "made up".to_owned(),
        };
        self.calendar = news.iter().map(event).collect::<Vec<NewsEvent>>().into();
        self
    }

    /// Another symbol.
    pub fn symbol(mut self, set: impl FnOnce(&mut SymbolSpec)) -> Self {
        set(&mut self.spec);
        self
    }

    /// Quotes GBPUSD beside the symbol: its Bid in points, by the minute of the session.
    pub fn beside(mut self, bid_points: fn(i64) -> i64) -> Self {
        self.beside = Some(bid_points);
        self
    }

    fn specs(&self) -> Vec<SymbolSpec> {
        let beside = self.beside.map(|_| builtin("GBPUSD").unwrap());
        [self.spec.clone()].into_iter().chain(beside).collect()
    }

    /// What the executor is started with.
    pub fn config(&self) -> ExecutorConfig {
        ExecutorConfig {
            login: 1,
            symbols: self.specs().into_iter().map(|spec| spec.name).collect(),
            zone: Some("UTC".parse().unwrap()),
            limits: self.limits.clone(),
            risk: self.risk.clone(),
            calendar: self.calendar.clone(),
            programs: vec![vec![PROGRAM.to_owned()]],
            followed: self.followed.clone(),
            ..ExecutorConfig::default()
        }
    }

    /// The quote of a moment, in points of Bid: two levels, each drifting away from the other by a
    /// point a minute, so that averages never meet between two jumps.
    fn bid_points(&self, moment: i64) -> i64 {
        let jumps = self.crossings.iter().map(|crossing| crossing - AHEAD_MS);
        let (legs, since) = jumps
            .take_while(|jump| *jump <= moment)
            .fold((0, START_MSC), |(legs, _), jump| (legs + 1, jump));
        let drift = (moment.div_euclid(60_000) * 60_000 - since).max(0).div_euclid(60_000);
        if legs % 2 == 1 { 110_000 + JUMP_POINTS + drift } else { 110_000 - drift }
    }

    fn streams(&self, from: i64, to: i64) -> Vec<Box<dyn TickStream>> {
        let moments = (0..)
            .map(|n| START_MSC + n * TICK_MSC)
            .skip_while(|moment| *moment < from)
            .take_while(|moment| *moment < to);
        let own = moments.clone().map(|moment| tick(0, moment, self.bid_points(moment)));
        let mut streams: Vec<Box<dyn TickStream>> =
            vec![Box::new(Ticks(SymbolId(0), own.collect()))];
        if let Some(bid_points) = self.beside {
            let minute = |moment: i64| (moment - START_MSC).div_euclid(60_000);
            let other = moments.map(|moment| tick(1, moment, bid_points(minute(moment))));
            streams.push(Box::new(Ticks(SymbolId(1), other.collect())));
        }
        streams
    }

    /// Plays it.
    pub fn run(self) -> Played {
        let start = Timestamp::from_nanos(START_MSC * 1_000_000);
        let model = self.model.clone();
        let mut broker = SimBroker::new(SimBrokerConfig {
            symbols: self.specs(),
            account: AccountModel::default(),
            model,
            zone: ServerZone::utc(),
            seed: 1,
            start,
            subscribed: None,
            witness: true,
        })
        .unwrap();
        let mut executor = Executor::new(self.config());
        let mut script = Script::default();
        let mut from = START_MSC;
        let lives = self.restarts.iter().copied().chain([(self.end, Memory::Kept)]);
        for (to, memory) in lives {
            self.live(&mut executor, &mut broker, &mut script, (from, to));
            from = to;
            if to == self.end {
                break;
            }
            script.say(Timestamp::from_nanos(to * 1_000_000), "restart");
            broker.client_restarts(Timestamp::from_nanos(to * 1_000_000));
            executor = match memory {
                Memory::Kept => {
                    let text = executor.snapshot().to_json().unwrap();
                    Executor::restore(
                        tickdeck::executor::snapshot::Snapshot::from_json(&text).unwrap(),
                    )
                    .unwrap()
                }
                Memory::Lost => Executor::new(self.config()),
            };
        }
        Played { script, executor, broker, symbol: self.spec }
    }

    /// One life of the executor's process.
    fn live(
        &self,
        executor: &mut Executor,
        broker: &mut SimBroker,
        script: &mut Script,
        (from, to): (i64, i64),
    ) {
        let begins = Timestamp::from_nanos(from * 1_000_000);
        let mut out = Vec::new();
        let life = Event::Life(Box::new(Life { config: self.config() }));
        executor.handle(begins, &life, &mut out);
        script
            .step(&Step { input_seq: 0, at: begins, event: &life, actions: &out, executor })
            .unwrap();
        let is_now = |one: &&Scheduled| (from..to).contains(&(one.at.nanos() / 1_000_000));
        let events = self.events.iter().filter(is_now).cloned().collect();
        let streams = self.streams(from, to);
        let mut clock = VirtualClock::new(ServerZone::utc(), streams, events, None, 0);
        run(executor, &mut clock, broker, &mut (), &mut (), script).unwrap();
    }
}

/// A session that has been played.
pub struct Played {
    /// What was said.
    pub script: Script,
    /// The executor at the end.
    pub executor: Executor,
    /// The broker at the end.
    pub broker: SimBroker,
    symbol: SymbolSpec,
}

impl Played {
    /// What the broker holds: its positions and its working orders.
    pub fn book(&self) -> String {
        let price = |price: Option<Price>| {
            price.map_or_else(|| "-".to_owned(), |price| price.with_digits(self.symbol.digits))
        };
        let positions = self.broker.positions().map(|one| {
            format!(
                "#{} {} {} sl {} tp {}",
                one.ticket,
                one.side.name(),
                one.volume.with_digits(2),
                price(one.sl),
                price(one.tp)
            )
        });
        let told = |one: &Order| {
            format!(
                "order #{} {} {}",
                one.ticket,
                one.volume_current.with_digits(2),
                script::level(one.price)
            )
        };
        let orders = self.broker.working_orders().map(told);
        let all: Vec<String> = positions.chain(orders).collect();
        if all.is_empty() { "nothing".to_owned() } else { all.join(", ") }
    }

    /// Whether this was said, and this is what the broker holds at the end.
    #[track_caller]
    pub fn check(&self, lines: &str, book: &str) {
        self.check_from("0:00", lines, book);
    }

    /// As [`Self::check`], from a moment on.
    #[track_caller]
    pub fn check_from(&self, moment: &str, lines: &str, book: &str) {
        let expected: Vec<&str> =
            lines.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let said: Vec<&str> = self.script.since(at(moment));
        assert!(
            said == expected && self.book() == book,
            "EXPECTED\n{}\nbook: {book}\n\nSAID\n{}\nbook: {}\n",
            expected.join("\n"),
            said.join("\n"),
            self.book()
        );
    }

    /// How often something was said that begins so, after its moment.
    pub fn count(&self, what: &str) -> usize {
        self.script
            .since(at("0:00"))
            .iter()
            .filter(|line| {
                line.split_once(' ').is_some_and(|(_, rest)| rest.trim().starts_with(what))
            })
            .count()
    }
}

/// A tick of a symbol with a spread of two points.
pub fn tick(symbol: u16, moment: i64, bid_points: i64) -> Tick {
    let price = |points: i64| {
        Price::from_raw(points * Price::from_raw(1).raw() * 10_i64.pow(Price::SCALE - 5))
    };
    Tick {
        time_msc: ServerMsc(moment),
        bid: price(bid_points),
        ask: price(bid_points + 2),
        last: Price::ZERO,
        volume: 0,
        symbol: SymbolId(symbol),
        flags: TickFlags::QUOTE,
    }
}

/// A symbol that does not take fill or kill: its orders may be filled in part.
pub const fn fills_in_part(spec: &mut SymbolSpec) {
    spec.filling_mask = 2;
}

/// A symbol on an exchange: it takes RETURN alone, under which the rest of an order works on.
pub const fn rests_work(spec: &mut SymbolSpec) {
    spec.execution = ExecutionMode::Exchange;
    spec.filling_mask = 0;
}

/// START of a strategy on EURUSD, M1.
pub fn start(strategy: &str) -> serde_json::Value {
    serde_json::json!({ "command": "START_STRATEGY", "parameters": {
        "strategyId": strategy, "strategyName": strategy, "symbol": "EURUSD", "timeframe": "M1",
        "options": { "warmupBars": 3 },
        "rules": {
            "entry": { "type": "indicator_cross", "indicators": ["EMA_2", "EMA_3"], "direction": "both" },
            "exit": { "type": "opposite_signal", "stopLoss": 30, "takeProfit": 60 },
            "risk": { "lotSize": 0.10, "maxOpenTrades": 1 },
        },
    }})
}

/// STOP of a strategy that closes its positions.
pub fn stop(strategy: &str) -> serde_json::Value {
    serde_json::json!({ "command": "STOP_STRATEGY", "parameters": { "strategyId": strategy } })
}

/// STOP of a strategy that keeps its positions.
pub fn stop_and_keep(strategy: &str) -> serde_json::Value {
    serde_json::json!({ "command": "STOP_STRATEGY", "parameters": { "strategyId": strategy, "closePositions": false } })
}

/// A command about a strategy, or about none.
#[expect(clippy::needless_pass_by_value, reason = "calls read as they are meant")]
pub fn command(name: &str, parameters: serde_json::Value) -> serde_json::Value {
    serde_json::json!({ "command": name, "parameters": parameters })
}

/// A command as the core takes it.
pub fn command_event(id: &str, command: Command) -> Event {
    let envelope = Envelope {
        id: id.into(),
        priority: Priority::Normal,
        created: None,
        expires: None,
        command,
    };
    let body = id.to_owned();
    let body_hash = ContentHash::of(body.as_bytes());
    let content = CommandContent::Parsed(envelope);
    Event::Command(Box::new(CommandEvent {
        source: CommandSource::Stream,
        body,
        body_hash,
        content,
    }))
}

/// A moment as it is written here.
pub fn moment(at: Timestamp) -> String {
    minutes(at.nanos() / 1_000_000 - START_MSC)
}

/// Ticks from memory.
struct Ticks(SymbolId, Vec<Tick>);

impl TickStream for Ticks {
    fn next_batch(&mut self, batch: &mut TickColumns) -> Result<(), PortError> {
        batch.begin(self.0, Price::from_raw(10_000));
        self.1.drain(..).for_each(|tick| batch.push(&tick));
        Ok(())
    }
}
