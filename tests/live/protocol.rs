//! The lines between the executor and a terminal: the examples beside the text of the protocol, and that each side
//! takes what the other writes.

use crate::common;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use tempfile::TempDir;
use tickdeck::domain::amount::{Points, Price, Volume};
use tickdeck::domain::deal::DealKind;
use tickdeck::domain::id::{Cid, IntentKey, Magic, SymbolId, Ticket};
use tickdeck::domain::order::{Expiration, FillingMode, OrderKind, OrderState, PendingKind, Side};
use tickdeck::domain::retcode::Retcode;
use tickdeck::domain::time::{ServerMsc, Timestamp};
use tickdeck::executor::action::{
    CloseByRequest, CloseRequest, ModifyOrderRequest, ModifyRequest, OpenRequest, Owner,
    PlaceRequest, RemoveRequest, Request, RequestReason, Trade,
};
use tickdeck::executor::event::Outcome;
use tickdeck::live::mt5::lines::{Attach, LINE_BYTES_MAX, SCHEMA, ToTerminal, read, write};
use tickdeck::live::mt5::news::FromTerminal;
use tickdeck::live::mt5::requests::{outcome, submit};
use tickdeck::live::mt5::rows::{self, RowSymbol};

fn examples() -> Vec<String> {
    let path = common::root().join("src/live/mt5/protocol.ndjson");
    fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

/// The kinds that a table of the protocol's text names.
fn kinds(title: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(common::root().join("src/live/mt5/protocol.md")).unwrap();
    let (_, rest) = text.split_once(&format!("# {title}\n")).unwrap();
    let rows = rest.lines().take_while(|line| !line.starts_with("# "));
    let first = |row: &str| row.strip_prefix("| `")?.split('`').next().map(str::to_owned);
    rows.filter_map(first).filter(|kind| kind != "t").collect()
}

#[test]
fn each_example_is_read_and_written_as_it_stands() {
    let (mut to, mut from) = (BTreeSet::new(), BTreeSet::new());
    let (asked, said) = (kinds("From the executor"), kinds("From the terminal's side"));
    for line in examples() {
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        let kind = value["t"].as_str().unwrap().to_owned();
        // `rates` is the question, and the rows of its answer.
        let again = if asked.contains(&kind) && value.get("rows").is_none() {
            to.insert(kind);
            let read: ToTerminal =
                serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line}: {error}"));
            serde_json::to_value(read).unwrap()
        } else {
            from.insert(kind);
            let read = read(&line).unwrap_or_else(|error| panic!("{line}: {error}"));
            serde_json::to_value(read).unwrap()
        };
        // What is not read may be left out; what is written is what was read.
        check_within(&again, &value, &line);
    }
    assert_eq!((to, from), (asked, said), "an example of each kind, and no other");
}

fn check_within(ours: &serde_json::Value, theirs: &serde_json::Value, line: &str) {
    match (ours, theirs) {
        (serde_json::Value::Object(ours), serde_json::Value::Object(theirs)) => {
            for (name, value) in ours {
                check_within(value, &theirs[name], line);
            }
        }
        _ => assert_eq!(ours, theirs, "{line}"),
    }
}

#[test]
fn what_does_not_fit_is_refused_and_not_quoted() {
    let secret = "hunter2";
    for line in [
        format!("{{\"t\":\"attach\",\"schema\":1,\"password\":\"{secret}\"}}"),
        format!("{{\"t\":\"{secret}\"}}"),
        secret.to_owned(),
        String::new(),
        "{\"t\":\"submit\",\"cid\":\"1\",\"not_after_utc_ms\":1,\"request\":{\"action\":1,\"hunter2\":1}}".to_owned(),
    ] {
        let told = read(&line).unwrap_err().to_string();
        assert!(told.starts_with("no line of the protocol") && !told.contains(secret), "{told}");
        assert!(serde_json::from_str::<ToTerminal>(&line).is_err());
    }
    let long = "x".repeat(LINE_BYTES_MAX);
    let told = write(&ToTerminal::Subscribe { id: 1, symbol: long }).unwrap_err().to_string();
    assert!(told.contains("65536 are the most"), "{told}");
    let attach = Attach {
        schema: SCHEMA,
        path: None,
        login: Some(1),
        password: Some(secret.to_owned()),
        server: None,
        timeout_ms: 1,
        portable: None,
        tick_poll_ms: 5,
        book_poll_ms: 250,
    };
    assert!(!format!("{:?}", ToTerminal::Attach(attach)).contains(secret));
}

fn price() -> impl Strategy<Value = Price> {
    (1_i64..2_000_000_000).prop_map(|points| Price::from_raw(points * 10_000))
}

fn volume() -> impl Strategy<Value = Volume> {
    (1_i64..100_000).prop_map(|steps| Volume::from_raw(steps * 1_000_000))
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Buy), Just(Side::Sell)]
}

fn filling() -> impl Strategy<Value = FillingMode> {
    prop_oneof![Just(FillingMode::Fok), Just(FillingMode::Ioc), Just(FillingMode::Return)]
}

fn expiration() -> impl Strategy<Value = Expiration> {
    let time = (0_i64..4_000_000_000_000).prop_map(ServerMsc);
    prop_oneof![
        Just(Expiration::Gtc),
        Just(Expiration::Day),
        time.clone().prop_map(Expiration::Specified),
        time.prop_map(Expiration::SpecifiedDay),
    ]
}

fn request() -> impl Strategy<Value = Request> {
    let symbol = SymbolId(0);
    let stop = || proptest::option::of(price());
    let ticket = || any::<u64>().prop_map(Ticket);
    let deviation = || (0_i64..1_000).prop_map(Points);
    let kind = prop_oneof![
        Just(PendingKind::Limit),
        Just(PendingKind::Stop),
        Just(PendingKind::StopLimit)
    ];
    prop_oneof![
        (side(), volume(), price(), deviation(), stop(), stop(), filling()).prop_map(
            move |(side, volume, price, deviation, sl, tp, filling)| Request::Open(OpenRequest {
                symbol,
                side,
                volume,
                price,
                deviation,
                sl,
                tp,
                filling
            })
        ),
        (ticket(), side(), volume(), price(), deviation(), filling()).prop_map(
            move |(position, side, volume, price, deviation, filling)| Request::Close(
                CloseRequest { symbol, position, side, volume, price, deviation, filling }
            )
        ),
        (ticket(), stop(), stop()).prop_map(move |(position, sl, tp)| Request::Modify(
            ModifyRequest { symbol, position, sl, tp }
        )),
        (kind, side(), volume(), price(), stop(), stop(), stop(), expiration()).prop_map(
            move |(kind, side, volume, price, stop_limit, sl, tp, expiration)| Request::Place(
                PlaceRequest { symbol, kind, side, volume, price, stop_limit, sl, tp, expiration }
            )
        ),
        (ticket(), price(), stop(), stop(), stop(), expiration()).prop_map(
            move |(order, price, stop_limit, sl, tp, expiration)| Request::ModifyOrder(
                ModifyOrderRequest { symbol, order, price, stop_limit, sl, tp, expiration }
            )
        ),
        ticket().prop_map(move |order| Request::Remove(RemoveRequest { symbol, order })),
        (ticket(), ticket()).prop_map(move |(position, by)| Request::CloseBy(CloseByRequest {
            symbol,
            position,
            by
        })),
    ]
}

fn trade() -> impl Strategy<Value = Trade> {
    let key = any::<[u8; 16]>().prop_map(IntentKey);
    (any::<u64>(), key, any::<u64>(), request(), 0_i64..4_000_000_000_000).prop_map(
        |(cid, key, magic, request, not_after_ms)| Trade {
            cid: Cid(cid),
            key,
            owner: Owner::Account,
            magic: Magic(magic),
            why: RequestReason::Command,
            request,
            not_after: Timestamp::from_nanos(not_after_ms * 1_000_000),
        },
    )
}

/// The gateway's own parser and its check of a request, over lines on its standard input: it says each back.
const ECHO: &str = "\
import json, sys
sys.path.insert(0, sys.argv[1])
import tickdeck_gateway as gateway
for raw in sys.stdin.buffer:
    line = gateway.parse(raw)
    said = dict(line.fields)
    if line.kind in ('submit', 'check'):
        said['request'] = gateway.typed_request(said['request'])
        for name, value in said['request'].items():
            assert type(value) in (int, float, str), name
    said['t'] = line.kind
    print(json.dumps(said))
";

/// What the gateway makes of lines.
fn echoed(python: &str, lines: &str) -> Vec<serde_json::Value> {
    let folder: PathBuf = common::root().join("python/gateway");
    let mut child = Command::new(python)
        .arg("-c")
        .arg(ECHO)
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // It answers while it is written to.
    let output = std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(lines.as_bytes()).unwrap());
        child.wait_with_output().unwrap()
    });
    assert!(output.status.success(), "the gateway refuses a line of ours");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn the_gateway_takes_every_request_as_it_was_written(trades in proptest::collection::vec(trade(), 200)) {
        let lines: Vec<ToTerminal> =
            trades.iter().map(|trade| ToTerminal::Submit(submit(trade, "EURUSD.x", 0))).collect();
        let text: String = lines.iter().map(|line| write(line).unwrap()).collect();
        let Some(python) = common::python() else { return Ok(()) };
        let echoed = echoed(&python, &text);
        prop_assert_eq!(echoed.len(), lines.len());
        for ((line, echo), trade) in lines.iter().zip(echoed).zip(&trades) {
            let ours = serde_json::to_value(line).unwrap();
            prop_assert_eq!(&ours, &echo);
            let request = &echo["request"];
            // Prices come through a double as they were.
            if let Request::Open(open) = &trade.request {
                let price = Price::from_f64(request["price"].as_f64().unwrap(), 5);
                prop_assert_eq!(price, Some(open.price));
                prop_assert_eq!(request["comment"].as_str().unwrap(), trade.key.comment());
            }
        }
    }
}

/// A gateway over the stand-in for MT5's module, as the executor runs it.
struct Peer {
    child: Child,
    said: BufReader<ChildStdout>,
    _folder: TempDir,
}

impl Peer {
    fn start(python: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sources = common::root().join("python/gateway");
        fs::copy(sources.join("fake_mt5.py"), folder.path().join("MetaTrader5.py")).unwrap();
        let mut child = Command::new(python)
            .arg(sources.join("tickdeck_gateway.py"))
            .envs(["PYTHONPATH", "TMPDIR", "TEMP"].map(|name| (name, folder.path())))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        Self { child, said, _folder: folder }
    }

    fn send(&mut self, line: &ToTerminal) {
        let text = write(line).unwrap();
        self.child.stdin.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
    }

    /// The lines up to the first of a kind.
    fn until(&mut self, is_last: impl Fn(&FromTerminal) -> bool) -> Vec<FromTerminal> {
        let mut lines = Vec::new();
        loop {
            let mut text = String::new();
            assert!(self.said.read_line(&mut text).unwrap() > 0, "it ended after {lines:?}");
            lines.push(read(text.trim_end()).unwrap_or_else(|error| panic!("{text}: {error}")));
            if is_last(lines.last().unwrap()) {
                return lines;
            }
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An order from its request to the rows that tell of it, each read as the executor knows it.
#[test]
fn what_the_gateway_says_of_an_order_is_read() {
    let Some(python) = common::python() else { return };
    let mut peer = Peer::start(&python);
    peer.until(|line| matches!(line, FromTerminal::Hello { schema: SCHEMA, .. }));
    peer.send(&ToTerminal::Attach(Attach {
        schema: SCHEMA,
        path: None,
        login: None,
        password: None,
        server: None,
        timeout_ms: 5_000,
        portable: None,
        tick_poll_ms: 5,
        book_poll_ms: 50,
    }));
    peer.send(&ToTerminal::Subscribe { id: 1, symbol: "EURUSD".to_owned() });
    let lines = peer.until(|line| matches!(line, FromTerminal::Symbol { id: Some(1), .. }));
    let Some(FromTerminal::Symbol { info, .. }) = lines.last() else { unreachable!() };
    let spec = rows::specification(info).unwrap();
    assert_eq!((spec.name.as_str(), spec.digits, spec.flaw()), ("EURUSD", 5, None));
    let symbol = RowSymbol { id: SymbolId(3), digits: spec.digits };

    let trade = Trade {
        cid: Cid(7),
        key: IntentKey([0xAB; 16]),
        owner: Owner::Account,
        magic: Magic(u64::MAX),
        why: RequestReason::Command,
        request: Request::Open(OpenRequest {
            symbol: symbol.id,
            side: Side::Buy,
            volume: "0.3".parse().unwrap(),
            price: "1.17".parse().unwrap(),
            deviation: Points(10),
            sl: Some("1.1".parse().unwrap()),
            tp: None,
            filling: FillingMode::Ioc,
        }),
        not_after: Timestamp::from_nanos(i64::MAX),
    };
    peer.send(&ToTerminal::Submit(submit(&trade, "EURUSD", 0)));
    let lines = peer.until(|line| matches!(line, FromTerminal::Result(_)));
    let Some(FromTerminal::Result(result)) = lines.last() else { unreachable!() };
    assert_eq!(result.cid, "7");
    let Ok(Outcome::Server(answer)) = outcome(result, symbol) else { panic!("{result:?}") };
    assert_eq!((answer.retcode, answer.volume), (Retcode::DONE, "0.3".parse().unwrap()));

    peer.send(&ToTerminal::Read { id: 2, since_s: 0 });
    let lines = peer.until(|line| matches!(line, FromTerminal::Done(done) if done.id == 2));
    let Some(FromTerminal::Done(done)) = lines.last() else { unreachable!() };
    assert!(done.complete, "{done:?}");
    let of_it = |id: Option<u64>| id == Some(2);
    let mut positions = lines.iter().filter_map(|line| match line {
        FromTerminal::Position(told) if of_it(told.id) => {
            Some(rows::position(&told.row, symbol, 2).unwrap())
        }
        _ => None,
    });
    let position = positions.next_back().unwrap();
    assert_eq!(Some(position.ticket), answer.order);
    assert_eq!(
        (position.side, position.volume, position.magic),
        (Side::Buy, answer.volume, trade.magic)
    );
    assert_eq!((position.sl, position.tp), (Some("1.1".parse().unwrap()), None));
    assert!(trade.key.is_of(&position.comment));
    let mut deals = lines.iter().filter_map(|line| match line {
        FromTerminal::Deal(told) if of_it(told.id) => {
            Some(rows::deal(&told.row, symbol, 2).unwrap().unwrap())
        }
        _ => None,
    });
    let deal = deals.next_back().unwrap();
    assert_eq!((deal.position, deal.kind), (position.ticket, DealKind::Trade(Side::Buy)));
    let mut orders = lines.iter().filter_map(|line| match line {
        FromTerminal::HistoryOrder(told) if of_it(told.id) => {
            Some(rows::order(&told.row, symbol).unwrap())
        }
        _ => None,
    });
    let order = orders.next_back().unwrap();
    assert_eq!((order.kind, order.state), (OrderKind::Market(Side::Buy), OrderState::Filled));
}
