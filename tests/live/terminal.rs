//! What the lines of a terminal mean to the executor.

use serde_json::{Value, json};
use tickdeck::domain::id::{Cid, DataId, IntentKey, Magic, SymbolId, Ticket};
use tickdeck::domain::retcode::Retcode;
use tickdeck::domain::time::{ServerMsc, Timestamp};
use tickdeck::executor::action::{
    DataRequest, Owner, RemoveRequest, Request, RequestReason, Trade,
};
use tickdeck::executor::event::{Bars, BrokerEvent, BrokerSnapshot, Event, Link, Outcome};
use tickdeck::live::mt5::identity::{Identity, TerminalRefused};
use tickdeck::live::mt5::lines::{ToTerminal, read as read_line};
use tickdeck::live::mt5::remark::Remark;
use tickdeck::live::mt5::terminal::{Meaning, Terminal};
use tickdeck::market::timeframe::Timeframe;

const LOGIN: u64 = 1001;
/// 2026-09-21 14:13:20 by the server's clock.
const NOW_MSC: i64 = 1_790_000_000_000;

fn terminal() -> Terminal {
    let server = Some("Broker-Demo".to_owned());
    let identity = Identity { login: LOGIN, server, real: false };
    Terminal::new(identity, &["EURUSD".to_owned(), "USDJPY".to_owned()])
}

fn attached(login: u64, server: &str, trade_mode: u32, margin_mode: u32) -> Value {
    json!({
        "t": "attached", "login": login, "server": server, "trade_mode": trade_mode, "margin_mode": margin_mode,
        "currency": "USD", "currency_digits": 2, "leverage": 100, "company": "Broker Ltd", "build": 5833, "now_utc_ms": 0,
    })
}

fn state(connected: bool, trade_allowed: bool) -> Value {
    json!({
        "t": "state", "connected": connected, "trade_allowed": trade_allowed, "tradeapi_disabled": false,
        "account_trade_allowed": true, "account_trade_expert": true, "now_utc_ms": 0,
    })
}

fn account(id: Option<u64>, equity: f64) -> Value {
    let mut row = json!({
        "t": "account", "balance": 10000.004, "credit": 50.0, "margin": 110.0, "equity": equity, "so_call": 50.0,
        "so_so": 20.0, "so_mode": 0, "trade_allowed": true, "trade_expert": true, "now_utc_ms": 0,
    });
    if let Some(id) = id {
        row["id"] = id.into();
    }
    row
}

fn symbol(id: u64, name: &str, digits: u32) -> Value {
    json!({ "t": "symbol", "id": id, "info": {
        "name": name, "digits": digits, "trade_calc_mode": 0, "trade_mode": 4, "trade_exemode": 2,
        "trade_tick_size": format!("1e-{digits}").parse::<f64>().unwrap(), "trade_contract_size": 100_000.0, "trade_stops_level": 0,
        "trade_freeze_level": 0, "filling_mode": 3, "order_mode": 127, "volume_min": 0.01, "volume_max": 100.0,
        "volume_step": 0.01, "volume_limit": 0.0, "swap_mode": 0, "swap_long": 0.0, "swap_short": 0.0,
        "swap_rollover3days": 0, "margin_initial": 0.0, "currency_base": "EUR", "currency_profit": "USD", "currency_margin": "EUR",
    } })
}

fn position(id: Option<u64>, name: &str, kind: u32) -> Value {
    let mut line = json!({ "t": "position", "row": {
        "ticket": 88, "identifier": 87, "symbol": name, "type": kind, "volume": 0.300_000_000_000_000_04, "price_open": 1.171_229_999_999_999_8,
        "sl": 0.0, "tp": 1.19, "time_msc": NOW_MSC, "time_update_msc": NOW_MSC, "magic": 7, "comment": "td", "swap": -0.125,
    } });
    if let Some(id) = id {
        line["id"] = id.into();
    }
    line
}

fn done(id: u64, complete: bool) -> Value {
    json!({ "t": "done", "id": id, "complete": complete, "as_of_msc": NOW_MSC })
}

fn tick(name: &str, time_msc: i64, bid: f64) -> Value {
    json!({
        "t": "tick", "symbol": name, "time_msc": time_msc, "bid": bid, "ask": bid + 0.00002, "last": 0.0, "volume": 0, "flags": 6,
        "now_utc_ms": 0,
    })
}

fn hear(terminal: &mut Terminal, line: &Value) -> Meaning {
    terminal.hear(Ok(read_line(&line.to_string()).unwrap()))
}

/// What lines come to, where the terminal can be used.
fn heard(terminal: &mut Terminal, lines: &[Value]) -> Meaning {
    let mut all = Meaning::default();
    for line in lines {
        let Meaning { events, lines, remarks, refused } = hear(terminal, line);
        assert_eq!(refused, None);
        all.events.extend(events);
        all.lines.extend(lines);
        all.remarks.extend(remarks);
    }
    all
}

fn links(heard: &Meaning) -> Vec<Link> {
    let link = |event: &Event| if let Event::Link(link) = event { Some(*link) } else { None };
    heard.events.iter().filter_map(link).collect()
}

/// The number of the one ping among the lines.
fn pinged(heard: &Meaning) -> u64 {
    let ping =
        |line: &ToTerminal| if let ToTerminal::Ping { id } = line { Some(*id) } else { None };
    let pings: Vec<u64> = heard.lines.iter().filter_map(ping).collect();
    let [id] = pings.as_slice() else { panic!("{:?}", heard.lines) };
    *id
}

fn pong(id: u64) -> Value {
    json!({ "t": "pong", "id": id, "now_utc_ms": 0 })
}

/// A terminal that is synced and knows its first symbol.
fn synced() -> Terminal {
    let mut terminal = terminal();
    let lines = [attached(LOGIN, "Broker-Demo", 0, 2), state(true, true), account(None, 10_012.5)];
    let id = pinged(&heard(&mut terminal, &lines));
    heard(&mut terminal, &[pong(id), symbol(0, "EURUSD", 5)]);
    assert!(terminal.is_synced());
    terminal
}

#[test]
fn the_link_comes_up_in_its_stages() {
    let mut terminal = terminal();
    let hello = json!({ "t": "hello", "schema": 1, "peer": "gateway", "pid": 1 });
    let first = heard(&mut terminal, &[hello, attached(LOGIN, "Broker-Demo", 0, 2)]);
    assert_eq!((links(&first), first.lines.len()), (vec![Link::Up, Link::Verified], 0));
    // Nothing is synced while the terminal's server is not connected.
    assert_eq!(heard(&mut terminal, &[state(false, true)]).lines, []);
    let connected = heard(&mut terminal, &[state(true, true)]);
    let id = pinged(&connected);
    assert!(!terminal.is_synced());
    assert_eq!(links(&heard(&mut terminal, &[pong(id + 1)])), []);
    assert_eq!(links(&heard(&mut terminal, &[pong(id)])), [Link::Synced]);
    assert!(terminal.is_synced());
    // A permission that changes is no change of the link.
    assert_eq!(links(&heard(&mut terminal, &[state(true, false), state(true, true)])), []);
}

#[test]
fn a_server_that_is_lost_and_back_is_synced_anew() {
    let mut terminal = synced();
    assert_eq!(links(&heard(&mut terminal, &[state(false, true)])), [Link::Down]);
    assert_eq!(links(&heard(&mut terminal, &[state(false, true)])), []);
    let back = heard(&mut terminal, &[state(true, true)]);
    assert_eq!(links(&back), [Link::Up, Link::Verified]);
    assert_eq!(links(&heard(&mut terminal, &[pong(pinged(&back))])), [Link::Synced]);
    // The terminal was started again: what was known of the link is void.
    let again = heard(&mut terminal, &[attached(LOGIN, "Broker-Demo", 0, 2)]);
    assert_eq!(links(&again), [Link::Down, Link::Up, Link::Verified]);
    // What was subscribed is subscribed again, before the question whether everything has been said.
    let [ToTerminal::Subscribe { symbol, .. }, ToTerminal::Ping { .. }] = again.lines.as_slice()
    else {
        panic!("{:?}", again.lines)
    };
    assert_eq!(symbol, "EURUSD");
    assert_eq!(links(&heard(&mut terminal, &[pong(pinged(&again))])), [Link::Synced]);
}

#[test]
fn only_the_account_that_is_meant_is_traded() {
    let server = "Broker-Demo".to_owned();
    let refused = |line: Value| hear(&mut terminal(), &line).refused.unwrap();
    let other = TerminalRefused::Account { login: 1002, server: server.clone() };
    assert_eq!(refused(attached(1002, &server, 0, 2)), other);
    let elsewhere = TerminalRefused::Account { login: LOGIN, server: "Broker-Live".to_owned() };
    assert_eq!(refused(attached(LOGIN, "Broker-Live", 0, 2)), elsewhere);
    assert_eq!(refused(attached(LOGIN, &server, 2, 2)), TerminalRefused::Real(LOGIN));
    // What is not known to be play money is real.
    assert_eq!(refused(attached(LOGIN, &server, 3, 2)), TerminalRefused::Real(LOGIN));
    let told = refused(attached(LOGIN, &server, 0, 0)).to_string();
    assert_eq!(
        told,
        "the margin mode of account 1001 is netting: tickdeck needs a hedging account"
    );
    let told = refused(attached(LOGIN, &server, 0, 1)).to_string();
    assert_eq!(
        told,
        "the margin mode of account 1001 is exchange: tickdeck needs a hedging account"
    );
    assert!(refused(attached(LOGIN, &server, 0, 3)).to_string().contains("margin_mode 3"));
    let hello = json!({ "t": "hello", "schema": 2, "peer": "gateway", "pid": 1 });
    assert_eq!(refused(hello), TerminalRefused::Schema(2));
    // After a reconnect, too; and the link is told to be down.
    let mut terminal = synced();
    terminal.send(&trade(1), 0).unwrap();
    let turned = hear(&mut terminal, &attached(1002, &server, 0, 2));
    assert_eq!((links(&turned), turned.refused.is_some()), (vec![Link::Down], true));
    // It stays refused, whatever it says then; what was sent before may still be answered.
    for line in [state(true, true), attached(LOGIN, &server, 0, 2), position(None, "EURUSD", 0)] {
        let said = hear(&mut terminal, &line);
        assert_eq!((said.events, said.lines, said.refused.is_some()), (vec![], vec![], true));
    }
    let late = json!({ "t": "result", "cid": "1", "sent": false, "took_ms": 0 });
    assert_eq!(hear(&mut terminal, &late).events.len(), 1);
    assert!(!terminal.is_synced());
    // A contest's account is no one of real money, and a real one may be allowed.
    assert_eq!(hear(&mut synced(), &attached(LOGIN, &server, 1, 2)).refused, None);
    let identity = Identity { login: LOGIN, server: None, real: true };
    let real = attached(LOGIN, "any", 2, 2);
    assert_eq!(hear(&mut Terminal::new(identity, &[]), &real).refused, None);
}

fn read(terminal: &mut Terminal) -> u64 {
    let since = ServerMsc(NOW_MSC - 999);
    let deadline = Timestamp::from_nanos(0);
    let request = DataRequest::Snapshot { id: DataId(5), deadline, history_since_msc: since };
    let ToTerminal::Read { id, since_s } = terminal.ask(&request).unwrap() else { unreachable!() };
    assert_eq!(since_s, 1_789_999_999, "rounded down: nothing is left out");
    id
}

fn snapshot(heard: &Meaning) -> &BrokerSnapshot {
    let [Event::Broker(BrokerEvent::Snapshot(snapshot))] = heard.events.as_slice() else {
        panic!("{:?}", heard.events)
    };
    snapshot
}

#[test]
fn a_reading_is_whole_only_when_every_row_of_it_is() {
    let mut terminal = synced();
    let id = read(&mut terminal);
    let rows = [account(Some(id), 10_012.5), position(Some(id), "EURUSD", 1), done(id, true)];
    let whole = heard(&mut terminal, &rows);
    let snapshot_of = snapshot(&whole);
    assert!(snapshot_of.complete);
    assert_eq!(
        (snapshot_of.id, snapshot_of.history_since_msc),
        (DataId(5), Some(ServerMsc(NOW_MSC - 999)))
    );
    let [held] = snapshot_of.positions.as_slice() else { panic!() };
    assert_eq!((held.ticket, held.identifier()), (Ticket(88), Ticket(87)));
    assert_eq!(
        (held.volume.to_string(), held.price_open.to_string()),
        ("0.3".into(), "1.17123".into())
    );
    assert_eq!((held.sl, held.swap.to_string()), (None, "-0.13".into()));
    assert_eq!(snapshot_of.account.balance.to_string(), "10050", "credit is lost like the balance");

    let first = DataRequest::Snapshot {
        id: DataId(1),
        deadline: Timestamp::from_nanos(0),
        history_since_msc: ServerMsc(-60_000),
    };
    assert!(matches!(terminal.ask(&first), Some(ToTerminal::Read { since_s: 0, .. })));

    // What the account holds in a symbol that is not known, or cannot be read, makes the reading prove nothing.
    let cases = [
        ("of another symbol", position(Some(0), "GOLD", 0), false),
        ("of a symbol that is not known yet", position(Some(0), "USDJPY", 0), false),
        ("of a type that is none", position(Some(0), "EURUSD", 9), false),
    ];
    for (what, mut row, complete) in cases {
        let id = read(&mut terminal);
        row["id"] = id.into();
        let rows = [account(Some(id), 10_012.5), row, done(id, true)];
        let told = heard(&mut terminal, &rows);
        assert_eq!(snapshot(&told).complete, complete, "{what}");
        assert_eq!((snapshot(&told).positions.len(), told.remarks.len()), (0, 1), "{what}");
    }
    let id = read(&mut terminal);
    assert!(!snapshot(&heard(&mut terminal, &[done(id, true)])).complete, "without its account");
    let id = read(&mut terminal);
    let cut = heard(&mut terminal, &[account(Some(id), 1.0), done(id, false)]);
    assert!(!snapshot(&cut).complete, "the terminal says so");
    // One that failed is not answered, and asked for again after its deadline.
    let id = read(&mut terminal);
    let fault =
        json!({ "t": "fault", "code": "-10005", "text": "IPC timeout", "about": id.to_string() });
    let told = heard(&mut terminal, &[fault, done(id, true)]);
    assert_eq!(told.events, []);
    assert_eq!(told.remarks.last(), Some(&Remark::Unasked(id)));
}

fn trade(cid: u64) -> Trade {
    Trade {
        cid: Cid(cid),
        key: IntentKey([1; 16]),
        owner: Owner::Account,
        magic: Magic(1),
        why: RequestReason::Command,
        request: Request::Remove(RemoveRequest { symbol: SymbolId(0), order: Ticket(3) }),
        not_after: Timestamp::from_nanos(5_999_999),
    }
}

#[test]
fn a_request_has_one_fate() {
    let result = |cid: &str, sent: bool, more: Value| {
        let mut line = json!({ "t": "result", "cid": cid, "sent": sent, "took_ms": 1 });
        for (name, value) in more.as_object().unwrap() {
            line[name] = value.clone();
        }
        line
    };
    let answer = json!({ "answer": {
        "retcode": 10009, "order": 9, "deal": 0, "volume": 0.1, "price": 1.17123, "bid": 0.0, "ask": 0.0,
        "comment": "", "request_id": 1, "retcode_external": 0,
    } });
    let nan = json!({ "answer": {
        "retcode": 10009, "order": 9, "deal": 0, "volume": 1e300, "price": 1.0, "bid": 0.0, "ask": 0.0,
        "comment": "", "request_id": 1, "retcode_external": 0,
    } });
    let error = |code: Value| json!({ "error": [code, "text"] });
    let mut terminal = synced();
    let ToTerminal::Submit(submit) = terminal.send(&trade(1), 0).unwrap() else { unreachable!() };
    assert_eq!((submit.cid.as_str(), submit.not_after_utc_ms), ("1", 5));
    let mut fate = |line: Value| {
        terminal.send(&trade(1), 0).unwrap();
        let told = heard(&mut terminal, &[line]);
        let [Event::Broker(BrokerEvent::Answer(answer))] = told.events.as_slice() else { panic!() };
        assert_eq!(answer.cid, Cid(1));
        answer.outcome.clone()
    };
    let Outcome::Server(said) = fate(result("1", true, answer)) else { panic!() };
    assert_eq!((said.retcode, said.order, said.deal), (Retcode::DONE, Some(Ticket(9)), None));
    assert_eq!(fate(result("1", false, error(json!("late")))), Outcome::NotSent);
    // What the check has against it is as good as the server's word.
    let check = json!({ "check": { "retcode": 10019, "comment": "No money" } });
    let Outcome::Server(said) = fate(result("1", false, check)) else { panic!() };
    assert_eq!((said.retcode, said.order, said.deal), (Retcode::NO_MONEY, None, None));
    for code in [10_008, 10_009, 10_012, 10_031, 77_777] {
        let check = json!({ "check": { "retcode": code, "comment": "" } });
        assert_eq!(fate(result("1", false, check)), Outcome::NotSent, "{code}");
    }
    for code in [-2, -3, -5, -6, -7, -8, -10_003, -10_004] {
        assert_eq!(fate(result("1", true, error(json!(code)))), Outcome::NotSent, "{code}");
    }
    for code in [-1, -4, -10_000, -10_001, -10_002, -10_005, 1] {
        assert_eq!(fate(result("1", true, error(json!(code)))), Outcome::NoAnswer, "{code}");
    }
    assert_eq!(fate(result("1", true, error(json!("exception")))), Outcome::NoAnswer);
    assert_eq!(fate(result("1", true, json!({}))), Outcome::NoAnswer);
    assert_eq!(fate(result("1", true, nan)), Outcome::NoAnswer, "what it says is not known");

    // The gateway is gone: what was out may have been carried out.
    terminal.send(&trade(1), 0).unwrap();
    terminal.send(&trade(2), 0).unwrap();
    let lost = terminal.lost();
    assert_eq!(lost[0], Event::Link(Link::Down));
    let fates: Vec<_> = lost[1..]
        .iter()
        .map(|event| match event {
            Event::Broker(BrokerEvent::Answer(answer)) => (answer.cid, answer.outcome.clone()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(fates, [(Cid(1), Outcome::NoAnswer), (Cid(2), Outcome::NoAnswer)]);
    assert_eq!(terminal.lost(), []);
}

fn bars(terminal: &mut Terminal) -> u64 {
    let deadline = Timestamp::from_nanos(0);
    let (id, symbol, timeframe) = (DataId(6), SymbolId(0), Timeframe::H1);
    let asked =
        terminal.ask(&DataRequest::Bars { id, deadline, symbol, timeframe, count: 2 }).unwrap();
    let ToTerminal::Rates { id, timeframe: 16_385, count: 3, .. } = asked else {
        panic!("{asked:?}")
    };
    id
}

#[test]
fn the_last_bar_is_closed_once_a_tick_of_a_later_one_has_come() {
    let hour = 3_600_000;
    let start = NOW_MSC / hour * hour;
    let rates = |id: u64| {
        let row = |time: i64| json!([time / 1_000, 1.17, 1.172, 1.1695, 1.1711, 42, 7, 0]);
        json!({ "t": "rates", "id": id, "rows": [row(start - hour), row(start)] })
    };
    let told = |heard: Meaning| -> Bars {
        let [Event::Bars(bars)] = heard.events.as_slice() else { panic!("{:?}", heard.events) };
        assert_eq!(bars.flaw(), None);
        (**bars).clone()
    };
    let mut terminal = synced();
    heard(&mut terminal, &[tick("EURUSD", start + 5, 1.1711), tick("EURUSD", start + 5, 1.1712)]);
    let id = bars(&mut terminal);
    let open = told(heard(&mut terminal, &[rates(id), done(id, true)]));
    assert_eq!(
        (open.closed.len(), open.forming.map(|bar| bar.time_msc)),
        (1, Some(ServerMsc(start)))
    );
    assert_eq!((open.as_of.time_msc, open.as_of.count), (ServerMsc(start + 5), 2));
    // The tick came before the bars, and ticks that come between their lines are told after them.
    heard(&mut terminal, &[tick("EURUSD", start + hour, 1.1711)]);
    let id = bars(&mut terminal);
    let lines = [rates(id), tick("EURUSD", start + hour + 1, 1.1711), done(id, true)];
    let mut all = heard(&mut terminal, &lines);
    assert!(matches!(all.events.remove(0), Event::Tick(_)));
    let closed = told(all);
    assert_eq!((closed.closed.len(), closed.forming), (2, None));
    assert_eq!(closed.as_of.time_msc, ServerMsc(start + hour));
    // What is not whole is no answer.
    let id = bars(&mut terminal);
    assert_eq!(heard(&mut terminal, &[rates(id), done(id, false)]).events, []);
}

#[test]
fn symbols_ticks_and_the_account() {
    let mut terminal = synced();
    let deadline = Timestamp::from_nanos(0);
    let mut ask = |name: &str| {
        let request = DataRequest::Subscribe { id: DataId(9), deadline, name: name.to_owned() };
        let ToTerminal::Subscribe { id, .. } = terminal.ask(&request).unwrap() else {
            unreachable!()
        };
        id
    };
    let (gold, none) = (ask("GOLD"), ask("GULD"));
    let none = json!({ "t": "no_symbol", "id": none, "symbol": "GULD", "similar": ["GOLD"] });
    let told = heard(&mut terminal, &[symbol(gold, "GOLD", 2), none.clone(), none]);
    let [Event::Broker(BrokerEvent::Symbol(news)), Event::Broker(BrokerEvent::NoSymbol(absent))] =
        told.events.as_slice()
    else {
        panic!("{:?}", told.events)
    };
    assert_eq!((news.symbol, news.spec.digits), (SymbolId(2), 2));
    assert_eq!((absent.id, absent.name.as_str()), (DataId(9), "GULD"));
    // A tick is rounded to the digits of its symbol; before these are known, and of other symbols, there is none.
    let told = heard(
        &mut terminal,
        &[
            tick("GOLD", NOW_MSC, 4_012.340_000_000_001),
            tick("USDJPY", NOW_MSC, 150.0),
            tick("X", NOW_MSC, 1.0),
        ],
    );
    let [Event::Tick(tick)] = told.events.as_slice() else { panic!("{:?}", told.events) };
    assert_eq!((tick.symbol, tick.bid.to_string()), (SymbolId(2), "4012.34".into()));
    assert_eq!(told.remarks.len(), 2);

    // Whoever forbids it: trading is not allowed.
    let allowed = |lines: &[Value]| {
        let mut terminal = synced();
        let told = heard(&mut terminal, lines);
        let Some(Event::Broker(BrokerEvent::Account(account))) = told.events.last() else {
            panic!()
        };
        (account.trade_allowed, account.margin_call)
    };
    assert_eq!(allowed(&[account(None, 10_000.0)]), (true, false));
    assert_eq!(allowed(&[account(None, 54.9)]), (true, true), "below 50 % of a margin of 110");
    assert!(!allowed(&[state(true, false)]).0);
    let mut row = account(None, 10_000.0);
    row["trade_expert"] = false.into();
    assert!(!allowed(&[row]).0);
}

/// What is held in other symbols is part of the account: its margin is, too.
#[test]
fn a_symbol_in_which_something_is_held_is_asked_for() {
    let mut terminal = synced();
    let held = |terminal: &mut Terminal| {
        let id = read(terminal);
        let rows = [account(Some(id), 10_012.5), position(Some(id), "GOLD", 0), done(id, true)];
        let told = heard(terminal, &rows);
        let complete = snapshot(&told).complete;
        (complete, snapshot(&told).positions.len(), told.lines)
    };
    let (complete, listed, lines) = held(&mut terminal);
    let [ToTerminal::Subscribe { id, symbol: name }] = lines.as_slice() else {
        panic!("{lines:?}")
    };
    assert_eq!((complete, listed, name.as_str()), (false, 0, "GOLD"));
    // It is asked for once.
    assert_eq!(held(&mut terminal), (false, 0, vec![]));
    let told = heard(&mut terminal, &[symbol(*id, "GOLD", 2)]);
    let [Event::Broker(BrokerEvent::Symbol(news))] = told.events.as_slice() else { panic!() };
    assert_eq!(news.symbol, SymbolId(2));
    assert_eq!(held(&mut terminal), (true, 1, vec![]));

    // Where the broker has none, or it cannot be traded, that is all that can be known.
    let mut other = synced();
    let (_, _, lines) = held(&mut other);
    let [ToTerminal::Subscribe { id, .. }] = lines.as_slice() else { panic!("{lines:?}") };
    let none = json!({ "t": "no_symbol", "id": id, "symbol": "GOLD", "similar": [] });
    assert_eq!(heard(&mut other, &[none]).events, [], "the executor did not ask");
    assert_eq!(held(&mut other), (true, 0, vec![]));
}

/// A START that fails must not make every later reading prove nothing.
#[test]
fn a_symbol_that_cannot_be_traded_takes_no_place() {
    let mut terminal = synced();
    let deadline = Timestamp::from_nanos(0);
    let ask = |terminal: &mut Terminal, name: &str| {
        let request = DataRequest::Subscribe { id: DataId(9), deadline, name: name.to_owned() };
        let Some(ToTerminal::Subscribe { id, .. }) = terminal.ask(&request) else { panic!() };
        id
    };
    let id = ask(&mut terminal, "FUTURE");
    let mut future = symbol(id, "FUTURE", 2);
    future["info"]["trade_calc_mode"] = 3.into();
    let told = heard(&mut terminal, &[future]);
    assert!(matches!(told.remarks.as_slice(), [Remark::Specification(_)]), "{told:?}");
    let id = read(&mut terminal);
    let rows = [account(Some(id), 10_012.5), position(Some(id), "FUTURE", 0), done(id, true)];
    assert!(snapshot(&heard(&mut terminal, &rows)).complete);
    let id = ask(&mut terminal, "GOLD");
    let told = heard(&mut terminal, &[symbol(id, "GOLD", 2)]);
    let [Event::Broker(BrokerEvent::Symbol(news))] = told.events.as_slice() else { panic!() };
    assert_eq!(news.symbol, SymbolId(2), "the next place");

    // After a restart symbols have the places that the executor knows.
    let identity = Identity { login: LOGIN, server: None, real: false };
    let names = ["EURUSD", "", "GOLD", "USDJPY"].map(str::to_owned);
    let mut again = Terminal::new(identity, &names);
    let place = |terminal: &mut Terminal, name: &str| {
        let id = ask(terminal, name);
        let told = heard(terminal, &[symbol(id, name, 2)]);
        let [Event::Broker(BrokerEvent::Symbol(news))] = told.events.as_slice() else { panic!() };
        news.symbol.0
    };
    let places = ["USDJPY", "GOLD", "EURUSD", "AUDUSD"].map(|name| place(&mut again, name));
    assert_eq!(places, [3, 2, 0, 4]);
}

#[test]
fn what_cannot_be_read_is_missing_somewhere() {
    let mut terminal = synced();
    let (first, second) = (read(&mut terminal), read(&mut terminal));
    let told = terminal.hear(read_line("{\"t\":\"position\",\"row\":{}}"));
    assert!(matches!(told.remarks.as_slice(), [Remark::Line(_)]) && told.events.is_empty());
    for id in [first, second] {
        let told = heard(&mut terminal, &[account(Some(id), 10_012.5), done(id, true)]);
        assert!(!snapshot(&told).complete);
    }
    let id = read(&mut terminal);
    let told = heard(&mut terminal, &[account(Some(id), 10_012.5), done(id, true)]);
    assert!(snapshot(&told).complete);

    // What the terminal cannot know of is not sent.
    let symbol = SymbolId(9);
    let order = Ticket(3);
    let trade = Trade { request: Request::Remove(RemoveRequest { symbol, order }), ..trade(1) };
    let Err(Event::Broker(BrokerEvent::Answer(answer))) = terminal.send(&trade, 0) else {
        panic!()
    };
    assert_eq!((answer.cid, answer.outcome), (Cid(1), Outcome::NotSent));
    let (id, deadline, timeframe) = (DataId(6), Timestamp::from_nanos(0), Timeframe::M1);
    assert_eq!(
        terminal.ask(&DataRequest::Bars { id, deadline, symbol, timeframe, count: 2 }),
        None
    );
}

/// A deposit moves what losses are measured from; what is charged is a loss.
#[test]
fn payments_are_told_and_charges_are_not() {
    let deal = |kind: u32| {
        json!({ "t": "deal", "row": {
            "ticket": kind + 1, "order": 0, "position_id": 0, "symbol": "", "type": kind, "entry": 0, "reason": 0, "magic": 0,
            "volume": 0.0, "price": 0.0, "profit": -120.0, "commission": 0.0, "fee": 0.0, "swap": 0.0, "time_msc": NOW_MSC,
            "comment": "",
        } })
    };
    for kind in 2..18 {
        let told = heard(&mut synced(), &[deal(kind)]);
        assert_eq!(told.events.len(), usize::from([2, 3, 5, 6].contains(&kind)), "type {kind}");
        assert_eq!(told.remarks, [], "type {kind}");
    }
}

/// Without its ticks a symbol's exits stand still: it is asked for at every heartbeat until it is there.
#[test]
fn a_symbol_that_is_not_there_after_a_restart_is_asked_for_until_it_is() {
    let mut terminal = synced();
    let subscribed = |heard: &Meaning| -> Vec<u64> {
        let id = |line: &ToTerminal| match line {
            ToTerminal::Subscribe { id, symbol } if symbol == "EURUSD" => Some(*id),
            _ => None,
        };
        heard.lines.iter().filter_map(id).collect()
    };
    let heartbeat = json!({ "t": "heartbeat", "now_utc_ms": 0, "connected": true, "ping_us": 1, "tick_lag_ms": 0 });
    let again = heard(&mut terminal, &[attached(LOGIN, "Broker-Demo", 0, 2)]);
    let mut ids = subscribed(&again);
    assert_eq!(heard(&mut terminal, std::slice::from_ref(&heartbeat)).lines, []);
    let mut remarks = Vec::new();
    for times in 0..6 {
        let [id] = ids[..] else { panic!("{ids:?}") };
        let refusal = if times % 2 == 0 {
            json!({ "t": "fault", "code": "-1", "text": "not yet", "about": id.to_string() })
        } else {
            json!({ "t": "no_symbol", "id": id, "symbol": "EURUSD", "similar": [] })
        };
        let told = heard(&mut terminal, &[refusal, heartbeat.clone()]);
        assert_eq!(told.events, []);
        remarks.extend(told.remarks.clone());
        ids = subscribed(&told);
    }
    assert_eq!(remarks, [Remark::Missed("EURUSD".to_owned())]);
    let there = heard(&mut terminal, &[symbol(ids[0], "EURUSD", 5), heartbeat]);
    assert_eq!((there.events.len(), there.lines.len()), (1, 0));
}

/// To whoever asked for it, a symbol that cannot be traded is none: nobody waits for it.
#[test]
fn a_symbol_of_no_use_is_told_as_none() {
    let mut terminal = synced();
    let deadline = Timestamp::from_nanos(0);
    for (named, told) in [("GOLD", "gold"), ("SILVER", "SILVER")] {
        let request = DataRequest::Subscribe { id: DataId(9), deadline, name: named.to_owned() };
        let Some(ToTerminal::Subscribe { id, .. }) = terminal.ask(&request) else { panic!() };
        let mut line = symbol(id, told, 2);
        if named == told {
            line["info"]["trade_contract_size"] = json!(-1.0);
        }
        let told = heard(&mut terminal, &[line]);
        let [Event::Broker(BrokerEvent::NoSymbol(none))] = told.events.as_slice() else {
            panic!("{:?}", told.events)
        };
        assert_eq!((none.id, none.name.as_str()), (DataId(9), named));
        assert!(matches!(&told.remarks[..], [Remark::Specification(why)] if why.contains(named)));
    }
}

/// The other side judges by the machine's clock how late a request is.
#[test]
fn a_request_expires_by_the_clock_of_the_machine() {
    let mut terminal = synced();
    let ToTerminal::Submit(submit) = terminal.send(&trade(1), -3_600_000).unwrap() else {
        panic!()
    };
    assert_eq!(submit.not_after_utc_ms, 5 - 3_600_000);
}
