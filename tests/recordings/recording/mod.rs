//! A small session that is recorded and replayed: a toy in the executor's place that buys on every
//! tenth tick, and a toy broker that answers after a second. `at` is UTC, the server's clock is
//! seven hours ahead of New York. The loop is that of `session::run`, which knows the real executor
//! alone.

use std::collections::VecDeque;
use std::path::Path;
use tickdeck::domain::account::{Account, MarginMode};
use tickdeck::domain::amount::{Money, Points, Price};
use tickdeck::domain::id::{Cid, IntentKey, Magic, SymbolId, Ticket};
use tickdeck::domain::order::{FillingMode, Side};
use tickdeck::domain::position::Position;
use tickdeck::domain::retcode::Retcode;
use tickdeck::domain::symbols_builtin::builtin;
use tickdeck::domain::tick::{Tick, TickFlags};
use tickdeck::domain::time::{ServerMsc, Timestamp};
use tickdeck::domain::zone::ServerZone;
use tickdeck::executor::Executor;
use tickdeck::executor::action::{
    Action, Alert, AlertCode, OpenRequest, Owner, Report, Request, RequestReason, Severity, Trade,
};
use tickdeck::executor::command::CommandSource;
use tickdeck::executor::event::{Answer, BrokerEvent, Event, Link, Outcome, ServerAnswer};
use tickdeck::recording::divergence::Divergence;
use tickdeck::recording::folder::Existing;
use tickdeck::recording::player::player;
use tickdeck::recording::reader::Recording;
use tickdeck::recording::tick_files::Ticks;
use tickdeck::recording::writer::Recorder;
use tickdeck::session::description::{Recorded, SessionFile};
use tickdeck::session::ports::{self, Clock, Next, PortError, Step};

const SECOND: i64 = 1_000_000_000;

pub fn session() -> SessionFile {
    let text = r#"
        format = 1
        name = "toy"
        symbols = ["EURUSD", "USDJPY"]
        zone = "America/New_York+7"
        [[strategy]]
        id = "toy"
        symbol = "EURUSD"
        timeframe = "M1"
        rules.entry = { type = "indicator_cross", indicators = ["SMA_5", "SMA_20"], direction = "both" }
    "#;
    toml::from_str(text).unwrap()
}

/// What stands in the executor's place.
#[derive(Debug, Clone)]
pub struct Toy {
    /// Buys on every tick whose number this divides.
    pub every: u64,
    /// The first byte of its keys: that of its rules.
    pub rules: u8,
    /// Leaves out its purchase on this tick.
    pub skips: u64,
    /// Adds this to the price that it asks, in points.
    pub shift: i64,
    /// Waits so many seconds for an answer.
    pub patience: i64,
    pub ticks: u64,
    pub cid: u64,
    pub waiting: Vec<(Timestamp, Cid)>,
}

impl Default for Toy {
    fn default() -> Self {
        Self {
            every: 10,
            rules: 1,
            skips: 0,
            shift: 0,
            patience: 5,
            ticks: 0,
            cid: 0,
            waiting: Vec::new(),
        }
    }
}

impl Toy {
    fn next_wakeup(&self) -> Option<Timestamp> {
        self.waiting.iter().map(|(at, _)| *at).min()
    }

    fn handle(&mut self, at: Timestamp, event: &Event, out: &mut Vec<Action>) {
        match event {
            Event::Tick(tick) if tick.symbol == SymbolId(0) => {
                self.ticks += 1;
                if self.ticks.is_multiple_of(self.every) && self.ticks != self.skips {
                    out.push(self.buy(at, tick));
                }
            }
            Event::Broker(BrokerEvent::Answer(answer)) => {
                self.waiting.retain(|(_, cid)| *cid != answer.cid);
            }
            Event::Wakeup => {
                for (_, cid) in self.waiting.extract_if(.., |(due, _)| *due <= at) {
                    out.push(alert(cid));
                }
            }
            _ => {}
        }
    }

    fn buy(&mut self, at: Timestamp, tick: &Tick) -> Action {
        self.cid += 1;
        let after = |seconds| Timestamp::from_nanos(at.nanos() + seconds * SECOND);
        self.waiting.push((after(self.patience), Cid(self.cid)));
        let mut key = [0; 16];
        (key[0], key[1]) = (self.rules, u8::try_from(self.ticks / 10).unwrap());
        Action::Trade(Box::new(Trade {
            cid: Cid(self.cid),
            key: IntentKey(key),
            owner: Owner::Strategy("toy".into()),
            magic: Magic(7),
            why: RequestReason::Signal,
            request: Request::Open(OpenRequest {
                symbol: tick.symbol,
                side: Side::Buy,
                volume: "0.1".parse().unwrap(),
                price: Price::from_raw(tick.ask.raw() + self.shift * 10_000),
                deviation: Points(20),
                sl: None,
                tp: None,
                filling: FillingMode::Fok,
            }),
            not_after: after(5),
        }))
    }
}

fn alert(cid: Cid) -> Action {
    Action::Report(Box::new(Report::Alert(Alert {
        strategy: Some("toy".into()),
        cid: Some(cid),
        ..Alert::new(Severity::Warning, AlertCode::OutcomeUnknown)
    })))
}

/// Answers each request a second later; the third one never.
#[derive(Debug, Default)]
pub struct ToyBroker {
    due: VecDeque<(Timestamp, Event)>,
    sent: u64,
}

impl ToyBroker {
    fn send(&mut self, at: Timestamp, trade: &Trade) {
        let Request::Open(open) = &trade.request else { return };
        self.sent += 1;
        if self.sent == 3 {
            return;
        }
        let ticket = Ticket(100 + self.sent);
        let answer = ServerAnswer {
            retcode: Retcode::DONE,
            order: Some(ticket),
            deal: None,
            volume: open.volume,
            price: open.price,
            bid: Price::ZERO,
            ask: Price::ZERO,
        };
        let position = Position {
            ticket,
            symbol: open.symbol,
            side: open.side,
            volume: open.volume,
            price_open: open.price,
            sl: None,
            tp: None,
            time_msc: ServerMsc(0),
            magic: trade.magic,
            comment: trade.key.comment(),
            identifier: None,
            time_update_msc: None,
            swap: Money::ZERO,
        };
        let at = Timestamp::from_nanos(at.nanos() + SECOND);
        self.due.push_back((at, Event::Broker(BrokerEvent::Position(Box::new(position)))));
        let outcome = Outcome::Server(answer);
        self.due.push_back((
            at,
            Event::Broker(BrokerEvent::Answer(Box::new(Answer { cid: trade.cid, outcome }))),
        ));
    }
}

/// The session's world: the link, the account, a START, a command, and a tick a second of the first
/// symbol, every third second one of the other.
fn world() -> VecDeque<(Timestamp, Event)> {
    let mut zone: ServerZone = session().zone;
    let start = ServerMsc(1_758_499_200_000);
    let begin = zone.to_utc(start);
    let account = Account {
        login: 1,
        currency: "USD".into(),
        currency_digits: 2,
        leverage: 500,
        balance: Money::from_raw(1_000_000_000_000),
        margin: Money::ZERO,
        trade_allowed: true,
        margin_mode: MarginMode::Hedging,
        server: None,
        margin_call: false,
    };
    let mut out = VecDeque::from([
        (begin, Event::Link(Link::Up)),
        (begin, Event::Broker(BrokerEvent::Account(Box::new(account)))),
        (begin, command(CommandSource::Stream, r#"{"command_type":"PING"}"#)),
    ]);
    for second in 0..60 {
        let server = ServerMsc(start.0 + second * 1000);
        for symbol in (0..2).filter(|symbol| *symbol == 0 || second % 3 == 0) {
            // The second symbol has three digits.
            let point = if symbol == 0 { 10_000 } else { 1_000_000 };
            let bid = Price::from_raw(1_174_000_000 + second * point);
            let ask = Price::from_raw(bid.raw() + 2 * point);
            let tick = Tick {
                time_msc: server,
                bid,
                ask,
                last: Price::ZERO,
                volume: 0,
                symbol: SymbolId(symbol),
                flags: TickFlags::QUOTE,
            };
            out.push_back((zone.to_utc(server), Event::Tick(tick)));
        }
    }
    out
}

fn command(source: CommandSource, body: &str) -> Event {
    use tickdeck::domain::id::ContentHash;
    use tickdeck::executor::command::{CommandContent, CommandEvent, Malformed, MalformedKind};
    let wrong = Malformed {
        id: None,
        path: String::new(),
        reason: String::new(),
        kind: MalformedKind::Malformed,
    };
    let (body, body_hash) = (body.to_owned(), ContentHash::of(body.as_bytes()));
    Event::Command(Box::new(CommandEvent {
        source,
        body,
        body_hash,
        content: CommandContent::Malformed(wrong),
    }))
}

struct World {
    events: VecDeque<(Timestamp, Event)>,
    given: Event,
}

impl Clock for World {
    fn next(&mut self, deadline: Option<Timestamp>) -> Result<Next<'_>, PortError> {
        let Some((at, _)) = self.events.front() else { return Ok(Next::End) };
        if let Some(deadline) = deadline.filter(|deadline| deadline <= at) {
            return Ok(Next::Deadline(deadline));
        }
        let (at, event) = self.events.pop_front().unwrap();
        self.given = event;
        Ok(Next::Event(at, &self.given))
    }
}

/// The loop of `session::run`, with the toy in the executor's place.
pub fn drive(
    toy: &mut Toy,
    clock: &mut impl Clock,
    mut broker: Option<&mut ToyBroker>,
    journal: &mut impl ports::Journal,
) -> Result<(), PortError> {
    let executor = Executor::new(session().executor_config());
    let mut inputs = 0;
    let mut step = |toy: &mut Toy, broker: &mut Option<&mut ToyBroker>, at, event: &Event| {
        inputs += u64::from(!matches!(event, Event::Wakeup));
        let mut actions = Vec::new();
        toy.handle(at, event, &mut actions);
        journal.step(&Step {
            input_seq: inputs,
            at,
            event,
            actions: &actions,
            executor: &executor,
        })?;
        for action in &actions {
            if let (Action::Trade(trade), Some(broker)) = (action, broker.as_mut()) {
                broker.send(at, trade);
            }
        }
        Ok::<_, PortError>(())
    };
    loop {
        let owed = broker.as_ref().and_then(|broker| broker.due.front().map(|(at, _)| *at));
        let deadline = [owed, toy.next_wakeup()].into_iter().flatten().min();
        match clock.next(deadline)? {
            Next::Event(at, event) => step(toy, &mut broker, at, event)?,
            Next::Deadline(at) => {
                while let Some((_, event)) = broker
                    .as_mut()
                    .and_then(|broker| broker.due.pop_front_if(|(due, _)| *due <= at))
                {
                    step(toy, &mut broker, at, &event)?;
                }
                if toy.next_wakeup().is_some_and(|wakeup| wakeup <= at) {
                    step(toy, &mut broker, at, &Event::Wakeup)?;
                }
            }
            Next::End => return Ok(()),
        }
    }
}

/// Records the toy's session.
pub fn record(dir: &Path, toy: Toy) -> Recorded {
    record_as(dir, ["EURUSD", "USDJPY"], toy)
}

/// Records the toy's session with other names of its symbols.
pub fn record_as(dir: &Path, names: [&str; 2], mut toy: Toy) -> Recorded {
    let mut specs = ["EURUSD", "USDJPY"].map(|name| builtin(name).unwrap());
    specs.iter_mut().zip(names).for_each(|(spec, name)| spec.name = name.into());
    let mut file = SessionFile { symbols: names.map(str::to_owned).to_vec(), ..session() };
    file.strategy[0].symbol = Some(names[0].to_owned());
    let mut journal =
        Recorder::create(dir, Existing::Replace, &file, &specs, None, Ticks::Write).unwrap();
    drive(
        &mut toy,
        &mut World { events: world(), given: Event::Wakeup },
        Some(&mut ToyBroker::default()),
        &mut journal,
    )
    .unwrap();
    journal.finish().unwrap()
}

/// Replays it with another toy.
pub fn replay(recording: &Recording, mut toy: Toy) -> (String, Option<Divergence>) {
    let (mut clock, mut comparer) = player(recording).unwrap();
    drive(&mut toy, &mut clock, None, &mut comparer).unwrap();
    drop(clock);
    let (_, hash, divergence) = comparer.finish().unwrap();
    (hash.to_string(), divergence)
}
