//! Every command in every state: its result, what is sent because of it, and how things stand three
//! minutes later.

use crate::stage::script::{asked, outcome};
use crate::stage::{Memory, Stage, at, command, start, stop};
use serde_json::json;
use tickdeck::domain::amount::Money;
use tickdeck::domain::id::Ticket;
use tickdeck::domain::order::{PendingKind, Side};
use tickdeck::executor::command::{
    CloseFilter, Command, CommandContent, CommandSource, ModifyOrder, OnStop, OpenPosition,
    OrderLife, PlaceOrder, Settings, StartStrategy, StopChange, UpdateStrategy,
};
use tickdeck::recording::words::word;
use tickdeck::session::fault::FaultKind;
use tickdeck::strategy::copying::{AGE_MAX_MS, ALLOCATION, Copying, MULTIPLIER, SLIPPAGE_MAX};
use tickdeck::strategy::limits::StrategyLimits;

/// When the command comes.
const COMES: &str = "10:00";
/// When one looks at what has become of it.
const LATER: &str = "13:00";

/// A state in which a command may come. In all of them there is a position #2 and an order #3,
/// unless they are gone.
#[derive(Debug, Clone, Copy)]
enum State {
    /// Nobody has started the strategy; position and order are those of commands.
    Unknown,
    /// It runs and holds the position; the order is that of a command.
    Running,
    /// It is paused.
    Paused,
    /// It is being stopped, and the market is shut for half a minute more.
    Stopping,
    /// It was stopped, and its position closed.
    Stopped,
    /// An EMERGENCY_STOP has closed and removed everything.
    Latched,
    /// The link is down for a minute and a half more.
    LinkDown,
    /// A life without memory, in which the account cannot be read; the strategy was started in it.
    NotRead,
}

/// The session up to the command.
fn before(state: State) -> Stage {
    let place = command(
        "PLACE_ORDER",
        json!({ "symbol": "EURUSD", "type": "BUY_LIMIT", "volume": 0.05, "price": 1.05 }),
    );
    let runs = || Stage::new(&["6:00"], LATER).command("8:00", "place", &place);
    match state {
        State::Unknown => {
            let open = command(
                "OPEN_POSITION",
                json!({ "symbol": "EURUSD", "type": "BUY", "volume": 0.10 }),
            );
            Stage::empty(&["6:00"], LATER)
                .command("6:00", "open", &open)
                .command("8:00", "place", &place)
        }
        State::Running => runs(),
        State::Paused => runs().command(
            "9:00",
            "pause",
            &command("PAUSE_STRATEGY", json!({ "strategyId": "s" })),
        ),
        State::Stopping => runs()
            .fault_at("9:45", FaultKind::MarketShut { for_ms: 45_000 })
            .command("9:50", "before", &stop("s")),
        State::Stopped => runs().command("9:00", "before", &stop("s")),
        State::Latched => runs().command(
            "9:00",
            "before",
            &command("EMERGENCY_STOP", json!({ "reason": "test" })),
        ),
        State::LinkDown => {
            runs().fault_at("9:30", FaultKind::LinkDown { for_ms: 120_000, ticks_lost: false })
        }
        State::NotRead => {
            let stage =
                runs().restart("9:00", Memory::Lost).command("9:30", "start-again", &start("s"));
            (0..60).fold(stage, |stage, _| stage.fault_at("8:59", FaultKind::SnapshotLost))
        }
    }
}

/// What a command comes to in a state: `result; what is sent; strategies; positions and orders`.
fn cell(state: State, command: &Command) -> String {
    let quiet = before(state).run();
    let played = before(state).order(COMES, "c", command.clone()).run();
    let results = played.script.results("c");
    let result = results.first().map_or_else(|| "no result".to_owned(), outcome);
    assert!(results.len() <= 1, "{state:?} {command:?}: {results:?}");
    let without = quiet.script.requests(at(COMES));
    let mut sent: Vec<String> = Vec::new();
    for request in played.script.requests(at(COMES)).iter().map(asked) {
        if !sent.contains(&request) && !without.iter().map(asked).any(|other| other == request) {
            sent.push(request);
        }
    }
    let view = played.executor.view();
    let latched = view.latched.then(|| "latched".to_owned());
    let states: Vec<String> = view
        .strategies
        .iter()
        .map(|(id, state)| format!("{id} {}", word(state)))
        .chain(latched)
        .collect();
    let positions = played
        .broker
        .positions()
        .map(|one| format!("#{} {}", one.ticket, one.volume.with_digits(2)));
    let orders = played.broker.working_orders().map(|one| format!("order #{}", one.ticket));
    let held: Vec<String> = positions.chain(orders).collect();
    let parts = [sent, states, held]
        .map(|part| if part.is_empty() { "-".to_owned() } else { part.join(", ") });
    format!("{result}; {}", parts.join("; "))
}

fn started(body: &serde_json::Value) -> StartStrategy {
    let mut body = body.clone();
    body["id"] = "c".into();
    match tickdeck::wire::command::parse(CommandSource::Stream, &body.to_string()).content {
        CommandContent::Parsed(envelope) => match envelope.command {
            Command::Start(start) => *start,
            other => panic!("{other:?}"),
        },
        CommandContent::Malformed(malformed) => panic!("{malformed:?}"),
    }
}

fn other_rules() -> StartStrategy {
    let mut body = start("s");
    body["parameters"]["rules"]["risk"]["lotSize"] = json!(0.2);
    started(&body)
}

fn copying() -> Copying {
    Copying {
        source: "s".into(),
        allocation: ALLOCATION,
        multiplier: MULTIPLIER,
        age_max_ms: AGE_MAX_MS,
        slippage_max: SLIPPAGE_MAX,
        recorded: false,
    }
}

fn update() -> UpdateStrategy {
    let settings = Settings { max_open_trades: Some(2), ..Settings::default() };
    UpdateStrategy { strategy: "s".into(), symbol: None, timeframe: None, rules: None, settings }
}

fn open() -> OpenPosition {
    let volume = "0.05".parse().unwrap();
    OpenPosition {
        symbol: "EURUSD".to_owned(),
        side: Side::Sell,
        volume,
        sl: None,
        tp: None,
        deviation: None,
    }
}

fn place() -> PlaceOrder {
    PlaceOrder {
        symbol: "EURUSD".to_owned(),
        kind: PendingKind::Limit,
        side: Side::Sell,
        volume: "0.05".parse().unwrap(),
        price: "1.15".parse().unwrap(),
        stop_limit: None,
        sl: None,
        tp: None,
        expiration: OrderLife::Gtc,
    }
}

fn modify_order() -> ModifyOrder {
    let price = Some("1.06".parse().unwrap());
    ModifyOrder {
        order: Ticket(3),
        price,
        stop_limit: None,
        sl: StopChange::Keep,
        tp: StopChange::Keep,
        expiration: None,
    }
}

fn modify_position() -> Command {
    Command::ModifyPosition {
        position: Ticket(2),
        sl: StopChange::Set("1.09".parse().unwrap()),
        tp: StopChange::Keep,
    }
}

/// The row of each command. A command without a row does not compile, nor does a row without a
/// cell.
macro_rules! table {
    ($($pattern:pat, $command:expr => {
        unknown: $unknown:literal,
        running: $running:literal,
        paused: $paused:literal,
        stopping: $stopping:literal,
        stopped: $stopped:literal,
        latched: $latched:literal,
        link_down: $link_down:literal,
        not_read: $not_read:literal $(,)?
    })*) => {
        #[allow(unreachable_patterns, reason = "a command may have several rows")]
        const fn has_a_row(command: &Command) {
            match command { $($pattern => {})* }
        }

        fn rows() -> Vec<(Command, [(State, &'static str); 8])> {
            vec![$(($command, [
                (State::Unknown, $unknown),
                (State::Running, $running),
                (State::Paused, $paused),
                (State::Stopping, $stopping),
                (State::Stopped, $stopped),
                (State::Latched, $latched),
                (State::LinkDown, $link_down),
                (State::NotRead, $not_read),
            ])),*]
        }
    };
}

table! {
    Command::Start(_), Command::Start(Box::new(started(&start("s")))) => {
        unknown: "executed OK; -; s running; #2 0.10, order #3",
        running: "executed ALREADY_RUNNING_SAME; -; s running; #2 0.10, order #3",
        paused: "executed ALREADY_RUNNING_SAME; -; s paused; #2 0.10, order #3",
        stopping: "failed STOPPING; -; -; order #3",
        stopped: "executed OK; -; s running; order #3",
        latched: "executed ALREADY_RUNNING_SAME; -; s running, latched; -",
        link_down: "executed ALREADY_RUNNING_SAME; -; s running; #2 0.10, order #3",
        not_read: "executed ALREADY_RUNNING_SAME; -; s running; #2 0.10, order #3",
    }
    Command::Start(_), Command::Start(Box::new(other_rules())) => {
        unknown: "executed OK; -; s running; #2 0.10, order #3",
        running: "failed ALREADY_RUNNING; -; s running; #2 0.10, order #3",
        paused: "failed ALREADY_RUNNING; -; s paused; #2 0.10, order #3",
        stopping: "failed STOPPING; -; -; order #3",
        stopped: "executed OK; -; s running; order #3",
        latched: "failed ALREADY_RUNNING; -; s running, latched; -",
        link_down: "failed ALREADY_RUNNING; -; s running; #2 0.10, order #3",
        not_read: "failed ALREADY_RUNNING; -; s running; #2 0.10, order #3",
    }
    Command::Stop { positions: OnStop::Close, .. }, Command::Stop { strategy: "s".into(), positions: OnStop::Close } => {
        unknown: "executed NOT_RUNNING; -; -; #2 0.10, order #3",
        running: "executed OK closed #2; close #2 0.10; -; order #3",
        paused: "executed OK closed #2; close #2 0.10; -; order #3",
        stopping: "executed OK closed #2; -; -; order #3",
        stopped: "executed NOT_RUNNING; -; -; order #3",
        latched: "executed OK; -; latched; -",
        link_down: "failed NOT_FLAT remaining #2; close #2 0.10; -; order #3",
        not_read: "failed NOT_FLAT; -; s stopping; #2 0.10, order #3",
    }
    Command::Stop { positions: OnStop::Keep, .. }, Command::Stop { strategy: "s".into(), positions: OnStop::Keep } => {
        unknown: "executed NOT_RUNNING; -; -; #2 0.10, order #3",
        running: "executed OK; -; -; #2 0.10, order #3",
        paused: "executed OK; -; -; #2 0.10, order #3",
        stopping: "executed OK; -; -; order #3",
        stopped: "executed NOT_RUNNING; -; -; order #3",
        latched: "executed OK; -; latched; -",
        link_down: "executed OK; -; -; #2 0.10, order #3",
        not_read: "failed NOT_FLAT; -; s stopping; #2 0.10, order #3",
    }
    Command::Pause { .. }, Command::Pause { strategy: "s".into() } => {
        unknown: "failed NOT_RUNNING; -; -; #2 0.10, order #3",
        running: "executed OK; -; s paused; #2 0.10, order #3",
        paused: "executed OK; -; s paused; #2 0.10, order #3",
        stopping: "failed STOPPING; -; -; order #3",
        stopped: "failed NOT_RUNNING; -; -; order #3",
        latched: "executed OK; -; s paused, latched; -",
        link_down: "executed OK; -; s paused; #2 0.10, order #3",
        not_read: "executed OK; -; s paused; #2 0.10, order #3",
    }
    Command::Resume { .. }, Command::Resume { strategy: "s".into() } => {
        unknown: "failed NOT_RUNNING; -; -; #2 0.10, order #3",
        running: "executed OK; -; s running; #2 0.10, order #3",
        paused: "executed OK; -; s running; #2 0.10, order #3",
        stopping: "failed STOPPING; -; -; order #3",
        stopped: "failed NOT_RUNNING; -; -; order #3",
        latched: "executed OK; -; s running, latched; -",
        link_down: "executed OK; -; s running; #2 0.10, order #3",
        not_read: "executed OK; -; s running; #2 0.10, order #3",
    }
    Command::Update(_), Command::Update(Box::new(update())) => {
        unknown: "failed NOT_RUNNING; -; -; #2 0.10, order #3",
        running: "executed OK; -; s running; #2 0.10, order #3",
        paused: "executed OK; -; s paused; #2 0.10, order #3",
        stopping: "failed STOPPING; -; -; order #3",
        stopped: "failed NOT_RUNNING; -; -; order #3",
        latched: "executed OK; -; s running, latched; -",
        link_down: "executed OK; -; s running; #2 0.10, order #3",
        not_read: "executed OK; -; s running; #2 0.10, order #3",
    }
    Command::StopAll { positions: OnStop::Close }, Command::StopAll { positions: OnStop::Close } => {
        unknown: "executed OK; -; -; #2 0.10, order #3",
        running: "executed OK closed #2; close #2 0.10; -; order #3",
        paused: "executed OK closed #2; close #2 0.10; -; order #3",
        stopping: "executed OK closed #2; -; -; order #3",
        stopped: "executed OK; -; -; order #3",
        latched: "executed OK; -; latched; -",
        link_down: "failed NOT_FLAT remaining #2; close #2 0.10; -; order #3",
        not_read: "failed NOT_FLAT; -; s stopping; #2 0.10, order #3",
    }
    Command::StopAll { positions: OnStop::Keep }, Command::StopAll { positions: OnStop::Keep } => {
        unknown: "executed OK; -; -; #2 0.10, order #3",
        running: "executed OK; -; -; #2 0.10, order #3",
        paused: "executed OK; -; -; #2 0.10, order #3",
        stopping: "executed OK; -; -; order #3",
        stopped: "executed OK; -; -; order #3",
        latched: "executed OK; -; latched; -",
        link_down: "executed OK; -; -; #2 0.10, order #3",
        not_read: "failed NOT_FLAT; -; s stopping; #2 0.10, order #3",
    }
    Command::PauseAll, Command::PauseAll => {
        unknown: "executed OK; remove order #3; -; #2 0.10",
        running: "executed OK; remove order #3; s running; #2 0.10",
        paused: "executed OK; remove order #3; s paused; #2 0.10",
        stopping: "executed OK; remove order #3; -; -",
        stopped: "executed OK; remove order #3; -; -",
        latched: "executed OK; -; s running, latched; -",
        link_down: "executed OK; remove order #3; s running; #2 0.10",
        not_read: "executed OK; -; s running; #2 0.10, order #3",
    }
    Command::ResumeAll, Command::ResumeAll => {
        unknown: "executed OK; -; -; #2 0.10, order #3",
        running: "executed OK; -; s running; #2 0.10, order #3",
        paused: "executed OK; -; s paused; #2 0.10, order #3",
        stopping: "executed OK; -; -; order #3",
        stopped: "executed OK; -; -; order #3",
        latched: "executed LATCHED; -; s running, latched; -",
        link_down: "executed OK; -; s running; #2 0.10, order #3",
        not_read: "executed OK; -; s running; #2 0.10, order #3",
    }
    Command::EmergencyStop { .. }, Command::EmergencyStop { reason: "test".to_owned() } => {
        unknown: "executed OK closed #2; close #2 0.10, remove order #3; latched; -",
        running: "executed OK closed #2; close #2 0.10, remove order #3; s running, latched; -",
        paused: "executed OK closed #2; close #2 0.10, remove order #3; s paused, latched; -",
        stopping: "executed OK closed #2; remove order #3; latched; -",
        stopped: "executed OK; remove order #3; latched; -",
        latched: "executed OK; -; s running, latched; -",
        link_down: "failed NOT_FLAT remaining #2 working #3; close #2 0.10, remove order #3; s running, latched; -",
        not_read: "failed NOT_FLAT; -; s running, latched; #2 0.10, order #3",
    }
    Command::Open(_), Command::Open(Box::new(open())) => {
        unknown: "executed OK position #4 0.05; sell 0.05; -; #2 0.10, #4 0.05, order #3",
        running: "executed OK position #4 0.05; sell 0.05; s running; #2 0.10, #4 0.05, order #3",
        paused: "executed OK position #4 0.05; sell 0.05; s paused; #2 0.10, #4 0.05, order #3",
        stopping: "failed REFUSED 10018 MARKET_CLOSED; sell 0.05; -; order #3",
        stopped: "executed OK position #5 0.05; sell 0.05; -; #5 0.05, order #3",
        latched: "failed LATCHED; -; s running, latched; -",
        link_down: "failed NOT_READY; -; s running; #2 0.10, order #3",
        not_read: "failed NOT_READY; -; s running; #2 0.10, order #3",
    }
    Command::Place(_), Command::Place(Box::new(place())) => {
        unknown: "executed OK order #4; place sell 0.05 1.15000; -; #2 0.10, order #3, order #4",
        running: "executed OK order #4; place sell 0.05 1.15000; s running; #2 0.10, order #3, order #4",
        paused: "executed OK order #4; place sell 0.05 1.15000; s paused; #2 0.10, order #3, order #4",
        stopping: "failed REFUSED 10018 MARKET_CLOSED; place sell 0.05 1.15000; -; order #3",
        stopped: "executed OK order #5; place sell 0.05 1.15000; -; order #3, order #5",
        latched: "failed LATCHED; -; s running, latched; -",
        link_down: "failed NOT_READY; -; s running; #2 0.10, order #3",
        not_read: "failed NOT_READY; -; s running; #2 0.10, order #3",
    }
    Command::CancelOrder { .. }, Command::CancelOrder { order: Ticket(3) } => {
        unknown: "executed OK; remove order #3; -; #2 0.10",
        running: "executed OK; remove order #3; s running; #2 0.10",
        paused: "executed OK; remove order #3; s paused; #2 0.10",
        stopping: "executed OK; remove order #3; -; -",
        stopped: "executed OK; remove order #3; -; -",
        latched: "failed UNKNOWN_ORDER; -; s running, latched; -",
        link_down: "failed NOT_DONE; remove order #3; s running; #2 0.10",
        not_read: "failed NOT_READY; -; s running; #2 0.10, order #3",
    }
    Command::ModifyOrder(_), Command::ModifyOrder(Box::new(modify_order())) => {
        unknown: "executed OK; change order #3 1.06000; -; #2 0.10, order #3",
        running: "executed OK; change order #3 1.06000; s running; #2 0.10, order #3",
        paused: "executed OK; change order #3 1.06000; s paused; #2 0.10, order #3",
        stopping: "executed OK; change order #3 1.06000; -; order #3",
        stopped: "executed OK; change order #3 1.06000; -; order #3",
        latched: "failed UNKNOWN_ORDER; -; s running, latched; -",
        link_down: "failed NOT_DONE; change order #3 1.06000; s running; #2 0.10, order #3",
        not_read: "failed NOT_READY; -; s running; #2 0.10, order #3",
    }
    Command::Close { volume: None, by: None, .. }, Command::Close { position: Ticket(2), volume: None, by: None } => {
        unknown: "executed OK closed #2; close #2 0.10; -; order #3",
        running: "executed OK closed #2; close #2 0.10; s running; order #3",
        paused: "executed OK closed #2; close #2 0.10; s paused; order #3",
        stopping: "executed OK closed #2; -; -; order #3",
        stopped: "failed UNKNOWN_POSITION; -; -; order #3",
        latched: "failed UNKNOWN_POSITION; -; s running, latched; -",
        link_down: "failed NOT_DONE remaining #2; close #2 0.10; s running; order #3",
        not_read: "failed NOT_READY; -; s running; #2 0.10, order #3",
    }
    Command::Close { volume: Some(_), .. }, Command::Close { position: Ticket(2), volume: Some("0.04".parse().unwrap()), by: None } => {
        unknown: "executed OK; close #2 0.04; -; #2 0.06, order #3",
        running: "executed OK; close #2 0.04; s running; #2 0.06, order #3",
        paused: "executed OK; close #2 0.04; s paused; #2 0.06, order #3",
        stopping: "executed OK closed #2; -; -; order #3",
        stopped: "failed UNKNOWN_POSITION; -; -; order #3",
        latched: "failed UNKNOWN_POSITION; -; s running, latched; -",
        link_down: "failed NOT_DONE remaining #2; close #2 0.04; s running; #2 0.06, order #3",
        not_read: "failed NOT_READY; -; s running; #2 0.10, order #3",
    }
    Command::Close { by: Some(_), .. }, Command::Close { position: Ticket(2), volume: None, by: Some(Ticket(3)) } => {
        unknown: "failed UNKNOWN_POSITION byTicket; -; -; #2 0.10, order #3",
        running: "failed UNKNOWN_POSITION byTicket; -; s running; #2 0.10, order #3",
        paused: "failed UNKNOWN_POSITION byTicket; -; s paused; #2 0.10, order #3",
        stopping: "failed UNKNOWN_POSITION byTicket; -; -; order #3",
        stopped: "failed UNKNOWN_POSITION; -; -; order #3",
        latched: "failed UNKNOWN_POSITION; -; s running, latched; -",
        link_down: "failed UNKNOWN_POSITION byTicket; -; s running; #2 0.10, order #3",
        not_read: "failed NOT_READY; -; s running; #2 0.10, order #3",
    }
    Command::ModifyPosition { .. }, modify_position() => {
        unknown: "executed OK; modify #2 sl 1.09000 tp -; -; #2 0.10, order #3",
        running: "executed OK; modify #2 sl 1.09000 tp 1.10702; s running; #2 0.10, order #3",
        paused: "executed OK; modify #2 sl 1.09000 tp 1.10702; s paused; #2 0.10, order #3",
        stopping: "failed UNKNOWN_POSITION; -; -; order #3",
        stopped: "failed UNKNOWN_POSITION; -; -; order #3",
        latched: "failed UNKNOWN_POSITION; -; s running, latched; -",
        link_down: "failed NOT_DONE; modify #2 sl 1.09000 tp 1.10702; s running; #2 0.10, order #3",
        not_read: "failed NOT_READY; -; s running; #2 0.10, order #3",
    }
    Command::CloseMany(CloseFilter::All), Command::CloseMany(CloseFilter::All) => {
        unknown: "executed OK closed #2; close #2 0.10; -; order #3",
        running: "executed OK closed #2; close #2 0.10; s running; order #3",
        paused: "executed OK closed #2; close #2 0.10; s paused; order #3",
        stopping: "executed OK closed #2; -; -; order #3",
        stopped: "executed OK; -; -; order #3",
        latched: "executed OK; -; s running, latched; -",
        link_down: "failed NOT_DONE remaining #2; close #2 0.10; s running; order #3",
        not_read: "failed NOT_READY; -; s running; #2 0.10, order #3",
    }
    Command::CloseMany(CloseFilter::Profitable { .. }), Command::CloseMany(CloseFilter::Profitable { min_profit: Money::ZERO }) => {
        unknown: "executed OK closed #2; close #2 0.10; -; order #3",
        running: "executed OK closed #2; close #2 0.10; s running; order #3",
        paused: "executed OK closed #2; close #2 0.10; s paused; order #3",
        stopping: "executed OK closed #2; -; -; order #3",
        stopped: "executed OK; -; -; order #3",
        latched: "executed OK; -; s running, latched; -",
        link_down: "failed NOT_DONE remaining #2; close #2 0.10; s running; order #3",
        not_read: "failed NOT_READY; -; s running; #2 0.10, order #3",
    }
    Command::CloseMany(CloseFilter::Losing), Command::CloseMany(CloseFilter::Losing) => {
        unknown: "executed OK; -; -; #2 0.10, order #3",
        running: "executed OK; -; s running; #2 0.10, order #3",
        paused: "executed OK; -; s paused; #2 0.10, order #3",
        stopping: "executed OK; -; -; order #3",
        stopped: "executed OK; -; -; order #3",
        latched: "executed OK; -; s running, latched; -",
        link_down: "executed OK; -; s running; #2 0.10, order #3",
        not_read: "failed NOT_READY; -; s running; #2 0.10, order #3",
    }
    Command::CloseMany(CloseFilter::Strategy(_)), Command::CloseMany(CloseFilter::Strategy("s".into())) => {
        unknown: "executed OK; -; -; #2 0.10, order #3",
        running: "executed OK closed #2; close #2 0.10; s running; order #3",
        paused: "executed OK closed #2; close #2 0.10; s paused; order #3",
        stopping: "executed OK closed #2; -; -; order #3",
        stopped: "executed OK; -; -; order #3",
        latched: "executed OK; -; s running, latched; -",
        link_down: "failed NOT_DONE remaining #2; close #2 0.10; s running; order #3",
        not_read: "failed NOT_READY; -; s running; #2 0.10, order #3",
    }
    Command::CloseMany(CloseFilter::Symbol(_)), Command::CloseMany(CloseFilter::Symbol("EURUSD".to_owned())) => {
        unknown: "executed OK closed #2; close #2 0.10; -; order #3",
        running: "executed OK closed #2; close #2 0.10; s running; order #3",
        paused: "executed OK closed #2; close #2 0.10; s paused; order #3",
        stopping: "executed OK closed #2; -; -; order #3",
        stopped: "executed OK; -; -; order #3",
        latched: "executed OK; -; s running, latched; -",
        link_down: "failed NOT_DONE remaining #2; close #2 0.10; s running; order #3",
        not_read: "failed NOT_READY; -; s running; #2 0.10, order #3",
    }
    Command::RiskUpdate { strategy: Some(_), .. }, Command::RiskUpdate { strategy: Some("s".into()), max_open_trades: Some(1), limits: StrategyLimits::default() } => {
        unknown: "failed NOT_RUNNING; -; -; #2 0.10, order #3",
        running: "executed OK; -; s running; #2 0.10, order #3",
        paused: "executed OK; -; s paused; #2 0.10, order #3",
        stopping: "executed OK; -; -; order #3",
        stopped: "failed NOT_RUNNING; -; -; order #3",
        latched: "executed OK; -; s running, latched; -",
        link_down: "executed OK; -; s running; #2 0.10, order #3",
        not_read: "executed OK; -; s running; #2 0.10, order #3",
    }
    Command::RiskUpdate { strategy: None, .. }, Command::RiskUpdate { strategy: None, max_open_trades: Some(1), limits: StrategyLimits::default() } => {
        unknown: "executed OK; -; -; #2 0.10, order #3",
        running: "executed OK; -; s running; #2 0.10, order #3",
        paused: "executed OK; -; s paused; #2 0.10, order #3",
        stopping: "executed OK; -; -; order #3",
        stopped: "executed OK; -; -; order #3",
        latched: "executed OK; -; s running, latched; -",
        link_down: "executed OK; -; s running; #2 0.10, order #3",
        not_read: "executed OK; -; s running; #2 0.10, order #3",
    }
    Command::CopyAdd(_), Command::CopyAdd(Box::new(copying())) => {
        unknown: "failed BAD_PARAMETERS sourceStrategyId; -; -; #2 0.10, order #3",
        running: "executed OK; -; copy_s running, s running; #2 0.10, order #3",
        paused: "executed OK; -; copy_s running, s paused; #2 0.10, order #3",
        stopping: "failed BAD_PARAMETERS sourceStrategyId; -; -; order #3",
        stopped: "failed BAD_PARAMETERS sourceStrategyId; -; -; order #3",
        latched: "executed OK; -; copy_s running, s running, latched; -",
        link_down: "executed OK; -; copy_s running, s running; #2 0.10, order #3",
        not_read: "failed NOT_READY; -; s running; #2 0.10, order #3",
    }
    Command::CopyUpdate { .. }, Command::CopyUpdate { source: "s".into(), allocation: "50".parse().unwrap() } => {
        unknown: "failed NOT_RUNNING; -; -; #2 0.10, order #3",
        running: "failed NOT_RUNNING; -; s running; #2 0.10, order #3",
        paused: "failed NOT_RUNNING; -; s paused; #2 0.10, order #3",
        stopping: "failed NOT_RUNNING; -; -; order #3",
        stopped: "failed NOT_RUNNING; -; -; order #3",
        latched: "failed NOT_RUNNING; -; s running, latched; -",
        link_down: "failed NOT_RUNNING; -; s running; #2 0.10, order #3",
        not_read: "failed NOT_RUNNING; -; s running; #2 0.10, order #3",
    }
    Command::Ping, Command::Ping => {
        unknown: "executed OK; -; -; #2 0.10, order #3",
        running: "executed OK; -; s running; #2 0.10, order #3",
        paused: "executed OK; -; s paused; #2 0.10, order #3",
        stopping: "executed OK; -; -; order #3",
        stopped: "executed OK; -; -; order #3",
        latched: "executed OK; -; s running, latched; -",
        link_down: "executed OK; -; s running; #2 0.10, order #3",
        not_read: "executed OK; -; s running; #2 0.10, order #3",
    }
    Command::GetStatus, Command::GetStatus => {
        unknown: "executed OK 1 positions; -; -; #2 0.10, order #3",
        running: "executed OK 1 positions; -; s running; #2 0.10, order #3",
        paused: "executed OK 1 positions; -; s paused; #2 0.10, order #3",
        stopping: "executed OK 1 positions; -; -; order #3",
        stopped: "executed OK 0 positions; -; -; order #3",
        latched: "executed OK 0 positions; -; s running, latched; -",
        link_down: "executed OK 1 positions; -; s running; #2 0.10, order #3",
        not_read: "executed OK 0 positions; -; s running; #2 0.10, order #3",
    }
    Command::GetPositions, Command::GetPositions => {
        unknown: "executed OK 1 positions; -; -; #2 0.10, order #3",
        running: "executed OK 1 positions; -; s running; #2 0.10, order #3",
        paused: "executed OK 1 positions; -; s paused; #2 0.10, order #3",
        stopping: "executed OK 1 positions; -; -; order #3",
        stopped: "executed OK 0 positions; -; -; order #3",
        latched: "executed OK 0 positions; -; s running, latched; -",
        link_down: "executed OK 1 positions; -; s running; #2 0.10, order #3",
        not_read: "failed NOT_READY; -; s running; #2 0.10, order #3",
    }
    Command::GetAccount, Command::GetAccount => {
        unknown: "executed OK; -; -; #2 0.10, order #3",
        running: "executed OK; -; s running; #2 0.10, order #3",
        paused: "executed OK; -; s paused; #2 0.10, order #3",
        stopping: "executed OK; -; -; order #3",
        stopped: "executed OK; -; -; order #3",
        latched: "executed OK; -; s running, latched; -",
        link_down: "executed OK; -; s running; #2 0.10, order #3",
        not_read: "executed OK; -; s running; #2 0.10, order #3",
    }
    Command::GetSymbol { .. }, Command::GetSymbol { symbol: "EURUSD".to_owned() } => {
        unknown: "executed OK; -; -; #2 0.10, order #3",
        running: "executed OK; -; s running; #2 0.10, order #3",
        paused: "executed OK; -; s paused; #2 0.10, order #3",
        stopping: "executed OK; -; -; order #3",
        stopped: "executed OK; -; -; order #3",
        latched: "executed OK; -; s running, latched; -",
        link_down: "executed OK; -; s running; #2 0.10, order #3",
        not_read: "executed OK; -; s running; #2 0.10, order #3",
    }
    Command::GetOrderStatus { .. }, Command::GetOrderStatus { client_order_id: "place".to_owned() } => {
        unknown: "executed OK working; -; -; #2 0.10, order #3",
        running: "executed OK working; -; s running; #2 0.10, order #3",
        paused: "executed OK working; -; s paused; #2 0.10, order #3",
        stopping: "executed OK working; -; -; order #3",
        stopped: "executed OK working; -; -; order #3",
        latched: "executed OK ended; -; s running, latched; -",
        link_down: "executed OK working; -; s running; #2 0.10, order #3",
        not_read: "failed NOT_READY; -; s running; #2 0.10, order #3",
    }
    Command::GetExecutionSummary, Command::GetExecutionSummary => {
        unknown: "executed OK 2 sent, 1 opened, 0 closed; -; -; #2 0.10, order #3",
        running: "executed OK 2 sent, 1 opened, 0 closed; -; s running; #2 0.10, order #3",
        paused: "executed OK 2 sent, 1 opened, 0 closed; -; s paused; #2 0.10, order #3",
        stopping: "executed OK 6 sent, 1 opened, 0 closed; -; -; order #3",
        stopped: "executed OK 3 sent, 1 opened, 1 closed; -; -; order #3",
        latched: "executed OK 4 sent, 1 opened, 1 closed; -; s running, latched; -",
        link_down: "executed OK 2 sent, 1 opened, 0 closed; -; s running; #2 0.10, order #3",
        not_read: "executed OK 0 sent, 0 opened, 0 closed; -; s running; #2 0.10, order #3",
    }
}

#[test]
fn every_command_in_every_state() {
    let mut wrong = Vec::new();
    for (command, cells) in rows() {
        has_a_row(&command);
        for (state, expect) in cells {
            let got = cell(state, &command);
            if got != expect {
                wrong.push(format!("{command:?} {state:?}\n  expected {expect}\n  got      {got}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} cells:\n{}", wrong.len(), wrong.join("\n"));
}
