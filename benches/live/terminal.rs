//! The terminal: says the lines of the protocol, and measures how long an answer takes.

use crate::rate;
use serde_json::{Value, json};
use std::fs;
use std::io::{self, BufRead, StdinLock, StdoutLock, Write};
use std::time::Duration;

#[expect(clippy::disallowed_types, reason = "a bench measures")]
type Instant = std::time::Instant;

/// 2026-09-21 by the server's clock, a minute that has begun.
pub const BEGIN_MSC: i64 = 1_789_948_800_000;
const MINUTE_MSC: i64 = 60_000;

/// Whoever can be told a line.
pub trait Says {
    /// Says a line.
    fn say(&mut self, line: &Value) -> io::Result<()>;
}

/// Both sides of the pipes.
struct Pipes {
    input: StdinLock<'static>,
    output: StdoutLock<'static>,
}

impl Says for Pipes {
    fn say(&mut self, line: &Value) -> io::Result<()> {
        self.say_text(&format!("{line}\n"))
    }
}

impl Pipes {
    fn say_text(&mut self, line: &str) -> io::Result<()> {
        self.output.write_all(line.as_bytes())?;
        self.output.flush()
    }

    fn hear_text(&mut self) -> io::Result<String> {
        let mut line = String::new();
        match self.input.read_line(&mut line)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(line),
        }
    }

    fn hear(&mut self) -> io::Result<Value> {
        Ok(serde_json::from_str(&self.hear_text()?)?)
    }
}

pub fn run(arguments: &[String]) -> io::Result<()> {
    let [kind, out, orders] = arguments else { panic!("{arguments:?}") };
    let orders: u64 = orders.parse().expect("a number");
    let mut pipes = Pipes { input: io::stdin().lock(), output: io::stdout().lock() };
    let micros = match kind.as_str() {
        "echo" => echo(&mut pipes, orders)?,
        "trade" => trade(&mut pipes, orders)?,
        _ => {
            drop(pipes);
            return rate::terminal(out, orders);
        }
    };
    let lines: Vec<String> = micros.iter().map(f64::to_string).collect();
    let text = lines.join("\n");
    fs::write(format!("{out}.new"), text)?;
    fs::rename(format!("{out}.new"), out)?;
    // Until the other side ends; an echo ends first.
    while kind != "echo" && pipes.hear_text().is_ok() {}
    Ok(())
}

fn echo(pipes: &mut Pipes, orders: u64) -> io::Result<Vec<f64>> {
    let mut micros = Vec::new();
    for order in 0..orders {
        pause();
        let line = format!("{}\n", tick(order));
        let begun = Instant::now();
        pipes.say_text(&line)?;
        pipes.hear_text()?;
        micros.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    Ok(micros)
}

/// The other side rests between two ticks, as it does in a market.
fn pause() {
    std::thread::sleep(Duration::from_micros(500));
}

fn trade(pipes: &mut Pipes, orders: u64) -> io::Result<Vec<f64>> {
    pipes.say(&json!({ "t": "hello", "schema": 1, "peer": "bench", "pid": 1 }))?;
    // Until the strategy has its bars and the account was read twice: then it may enter.
    let (mut bars, mut readings) = (0, 0);
    while bars < 1 || readings < 2 {
        let line = pipes.hear()?;
        bars += u32::from(line["t"] == "rates");
        readings += u32::from(line["t"] == "read");
        answer(pipes, &line)?;
    }
    let mut micros = Vec::new();
    let mut number = 0;
    while (micros.len() as u64) < orders {
        pause();
        let line = format!("{}\n", tick(number));
        let sent = Instant::now();
        pipes.say_text(&line)?;
        // The first bars cause no order.
        if number >= 3 {
            let submit = loop {
                let text = pipes.hear_text()?;
                let took = sent.elapsed().as_secs_f64() * 1e6;
                let line: Value = serde_json::from_str(&text)?;
                if line["t"] == "submit" {
                    // The order is that of this tick, and none that was under way.
                    assert_eq!(line["request"]["type"], json!(number % 2));
                    micros.push(took);
                    break line;
                }
                answer(pipes, &line)?;
            };
            refuse(pipes, &submit["cid"])?;
        }
        number += 1;
    }
    Ok(micros)
}

/// The price swings from bar to bar, so that each bar crosses its average.
fn tick(number: u64) -> Value {
    let time_msc = BEGIN_MSC + i64::try_from(number).expect("few") * MINUTE_MSC;
    let bid = if number.is_multiple_of(2) { 1.17000 } else { 1.17100 };
    json!({
        "t": "tick", "symbol": "EURUSD", "time_msc": time_msc, "bid": bid, "ask": bid + 0.0001, "last": 0.0, "volume": 0,
        "flags": 6, "now_utc_ms": 0,
    })
}

/// No money: the end of a request, without a position.
fn refuse(pipes: &mut impl Says, cid: &Value) -> io::Result<()> {
    pipes.say(&json!({ "t": "result", "cid": cid, "sent": true, "took_ms": 0, "answer": {
        "retcode": 10019, "order": 0, "deal": 0, "volume": 0.0, "price": 0.0, "bid": 0.0, "ask": 0.0, "comment": "",
        "request_id": 1, "retcode_external": 0,
    } }))
}

/// What the terminal knows of a symbol.
pub fn info(name: &str) -> Value {
    json!({
        "name": name, "digits": 5, "trade_calc_mode": 0, "trade_mode": 4, "trade_exemode": 2,
        "trade_tick_size": 0.00001, "trade_contract_size": 100_000.0, "trade_stops_level": 0,
        "trade_freeze_level": 0, "filling_mode": 3, "order_mode": 127, "volume_min": 0.01, "volume_max": 100.0,
        "volume_step": 0.01, "volume_limit": 0.0, "swap_mode": 0, "swap_long": 0.0, "swap_short": 0.0,
        "swap_rollover3days": 0, "margin_initial": 0.0, "currency_base": "EUR", "currency_profit": "USD",
        "currency_margin": "EUR",
    })
}

/// Answers what the executor asks, as an account on which nothing ever happens.
pub fn answer(pipes: &mut impl Says, line: &Value) -> io::Result<()> {
    let id = &line["id"];
    let done = json!({ "t": "done", "id": id, "complete": true, "as_of_msc": BEGIN_MSC - 1 });
    match line["t"].as_str().unwrap_or_default() {
        "attach" => {
            pipes.say(&json!({
                "t": "attached", "login": 1, "server": "Bench", "trade_mode": 0, "margin_mode": 2, "currency": "USD",
                "currency_digits": 2, "leverage": 100, "company": "", "build": 1, "now_utc_ms": 0,
            }))?;
            pipes.say(&json!({
                "t": "state", "connected": true, "trade_allowed": true, "tradeapi_disabled": false,
                "account_trade_allowed": true, "account_trade_expert": true, "now_utc_ms": 0,
            }))
        }
        "ping" => pipes.say(&json!({ "t": "pong", "id": id, "now_utc_ms": 0 })),
        "subscribe" => {
            let name = line["symbol"].as_str().unwrap_or_default();
            pipes.say(&json!({ "t": "symbol", "id": id, "info": info(name) }))
        }
        "read" => {
            pipes.say(&json!({
                "t": "account", "id": id, "balance": 1e6, "credit": 0.0, "margin": 0.0, "equity": 1e6, "so_call": 50.0,
                "so_so": 20.0, "so_mode": 0, "trade_allowed": true, "trade_expert": true, "now_utc_ms": 0,
            }))?;
            // A balance of which no deal tells would contradict itself.
            pipes.say(&json!({ "t": "deal", "id": id, "row": {
                "ticket": 1, "order": 0, "position_id": 0, "symbol": "", "type": 2, "entry": 0, "reason": 0,
                "volume": 0.0, "price": 0.0, "profit": 1e6, "commission": 0.0, "fee": 0.0, "swap": 0.0, "magic": 0,
                "comment": "", "time_msc": BEGIN_MSC - MINUTE_MSC,
            } }))?;
            pipes.say(&done)
        }
        "rates" => {
            let row = |back: i64| {
                json!([(BEGIN_MSC - back * MINUTE_MSC) / 1000, 1.17, 1.17, 1.17, 1.17, 1, 1, 0])
            };
            let rows: Vec<Value> = (1..=60).rev().map(row).collect();
            pipes.say(&json!({ "t": "rates", "id": id, "rows": rows }))?;
            pipes.say(&done)
        }
        "submit" => refuse(pipes, &line["cid"]),
        _ => Ok(()),
    }
}
