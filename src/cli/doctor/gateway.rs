//! The gateway, the terminal behind it, its account, and the symbols of the session. Nothing is traded.

use super::checkup::Checkups;
use crate::cli::live::launch;
use crate::config::Session;
use crate::config::live::LiveSettings;
use crate::domain::symbol::{SymbolSpec, TradeMode};
use crate::domain::time::ServerMsc;
use crate::live::inbox::{Incoming, inbox};
use crate::live::mt5::child::TerminalChild;
use crate::live::mt5::identity::{Identity, TerminalRefused};
use crate::live::mt5::lines::{SCHEMA, ToTerminal};
use crate::live::mt5::news::{Attached, FromTerminal, TickRow, TradeState};
use crate::live::mt5::rows;
use crate::live::offset::ClockFound;
use crate::live::time::{MarketPace, machine_now};
use std::collections::BTreeSet;
use std::sync::mpsc::Receiver;
use std::time::Duration;

#[expect(clippy::disallowed_types, reason = "live mode knows the time")]
type Instant = std::time::Instant;

/// How long anything but the terminal's start may take.
const ANSWER: Duration = Duration::from_secs(15);
/// How long a tick is awaited.
const TICK: Duration = Duration::from_secs(10);

/// Looks at all of it. An account of real money is the one that was `typed`; the market is of the past where it has a pace.
pub fn look(
    (typed, pace): (Option<u64>, Option<MarketPace>),
    settings: &LiveSettings,
    session: &Session,
    found: &mut Checkups,
) {
    let (sender, inbox) = inbox();
    let launch = match launch::launch(settings, None) {
        Ok(launch) => launch,
        Err(error) => {
            return found.wrong("gateway", &format!("{error:#}"), "let this user write there");
        }
    };
    let child = match TerminalChild::start(&launch.command, 1, &sender) {
        Ok(child) => child,
        Err(error) => {
            let what = format!("`{}` cannot be started: {error}", launch.command.join(" "));
            return found.wrong("gateway", &what, "look at mt5.gateway and mt5.python");
        }
    };
    let mut talk = Talk { child, inbox, complaints: Vec::new() };
    talk.say(&ToTerminal::Attach(launch.attach));
    let wait = Duration::from_millis(settings.mt5.attach_timeout_ms) + ANSWER;
    let Some(attached) = attached(&mut talk, wait, found) else { return };
    account(typed, settings, &attached, found);
    state(&mut talk, found);
    symbols(pace, &mut talk, session, found);
    talk.say(&ToTerminal::Detach);
}

/// A talk with a gateway.
struct Talk {
    child: TerminalChild,
    inbox: Receiver<Incoming>,
    /// What it has said to people.
    complaints: Vec<String>,
}

impl Talk {
    fn say(&self, line: &ToTerminal) {
        // Where it has ended, that is told by its silence.
        let _ = self.child.say(line);
    }

    /// The next line, until a moment; none when there is none, or the gateway has ended.
    fn hear(&mut self, until: Instant) -> Option<FromTerminal> {
        loop {
            match self.inbox.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(Incoming::Line(_, Ok(line))) => return Some(line),
                Ok(Incoming::Said(text)) => self.complaints.push(text),
                Ok(Incoming::Line(_, Err(error))) => self.complaints.push(error.to_string()),
                Ok(Incoming::Event(_) | Incoming::Stop) => {}
                Ok(Incoming::Gone(_)) | Err(_) => return None,
            }
        }
    }
}

fn attached(talk: &mut Talk, wait: Duration, found: &mut Checkups) -> Option<Attached> {
    let until = Instant::now() + wait;
    let mut is_greeted = false;
    while let Some(line) = talk.hear(until) {
        match line {
            FromTerminal::Hello { schema, peer, .. } if schema == SCHEMA => {
                found.fine("gateway", &format!("{peer} speaks"));
                is_greeted = true;
            }
            FromTerminal::Hello { schema, .. } => {
                let what = TerminalRefused::Schema(schema).to_string();
                found.wrong(
                    "gateway",
                    &what,
                    "take the gateway of this version: leave out mt5.gateway",
                );
                return None;
            }
            FromTerminal::Attached(attached) => {
                found.fine("terminal", &format!("build {}, {}", attached.build, attached.company));
                return Some(attached);
            }
            FromTerminal::Fault { code, text, .. } => {
                found.wrong("terminal", &format!("{code}: {text}"), advice(&code));
                return None;
            }
            _ => {}
        }
    }
    let said = talk.complaints.last().map_or(String::new(), |last| format!(": {last}"));
    if is_greeted {
        let to_do = "start the terminal by hand, log in, and look whether a window of it waits for an answer";
        found.wrong("terminal", &format!("it does not answer{said}"), to_do);
    } else {
        found.wrong(
            "gateway",
            &format!("it ends, or says nothing{said}"),
            "run its program by hand: see mt5.gateway",
        );
    }
    None
}

/// What to do about a fault on the way to the terminal, by MT5's number or the gateway's word.
fn advice(code: &str) -> &'static str {
    match code {
        "locked" => {
            "another gateway has this terminal: end it, or give each account a terminal of its own by mt5.path"
        }
        "module" => "install MT5's package: `pip install MetaTrader5`",
        "account" => "log in to the account in the terminal, or state mt5.password",
        "-6" => {
            "the server does not know this login and password: look at mt5.login, mt5.password and mt5.server"
        }
        "-8" => {
            "turn on Algo Trading in the terminal, and allow it for Python under Tools, Options, Expert Advisors"
        }
        "-10003" | "-10001" | "-10002" | "-10004" => {
            "start the terminal by hand and log in; name its terminal64.exe as mt5.path where there are several"
        }
        "-10005" => {
            "the terminal is slow, or waits for somebody: look at its window; a longer mt5.attach_timeout_msc helps"
        }
        "-2" => "a setting is not what MT5 takes: look at mt5.path, mt5.login and mt5.server",
        _ => "look at the terminal's Journal tab",
    }
}

fn account(typed: Option<u64>, settings: &LiveSettings, attached: &Attached, found: &mut Checkups) {
    let Some(login) = settings.mt5.login else { return };
    let real = settings.mt5.allow_real && typed == Some(login);
    let identity = Identity { login, server: settings.mt5.server.clone(), real };
    let Attached { server, currency, leverage, .. } = attached;
    match identity.check(attached) {
        Ok(()) => {
            let kind = if attached.trade_mode == 2 { "real money" } else { "demo" };
            found.fine(
                "account",
                &format!("{login} at {server}: {kind}, hedging, {currency}, 1:{leverage}"),
            );
        }
        Err(refused) => {
            let to_do = match refused {
                TerminalRefused::Real(_) => {
                    "take a demo account, or allow this one twice, if that is meant"
                }
                TerminalRefused::Netting { .. } => "open a hedging account at the broker",
                _ => "log the terminal in to the account of the settings, or name this one",
            };
            found.wrong("account", &refused.to_string(), to_do);
        }
    }
}

fn state(talk: &mut Talk, found: &mut Checkups) {
    let until = Instant::now() + ANSWER;
    while let Some(line) = talk.hear(until) {
        if let FromTerminal::State(state) = line {
            return judge(&state, found);
        }
    }
    found.wrong(
        "link",
        "the terminal does not say whether it is connected",
        "look at its Journal tab",
    );
}

fn judge(state: &TradeState, found: &mut Checkups) {
    let before = found.all().len();
    if !state.connected {
        let to_do = "look at the terminal's lower right corner: no connection, or another server";
        found.wrong("link", "the terminal is not connected to its server", to_do);
    }
    if !state.trade_allowed {
        found.wrong("trading", "Algo Trading is off", "turn it on in the terminal's toolbar");
    }
    if state.tradeapi_disabled {
        let to_do = "take the mark off `Disable automated trading through the external Python API`, under Tools, Options, Expert Advisors";
        found.wrong("trading", "the terminal refuses programs in Python", to_do);
    }
    if !state.account_trade_allowed {
        found.wrong(
            "trading",
            "the account may not trade",
            "log in with the master password: that of an investor only looks on",
        );
    }
    if !state.account_trade_expert {
        found.wrong(
            "trading",
            "the broker lets no programs trade on this account",
            "ask the broker to allow it",
        );
    }
    if found.all().len() == before {
        found.fine("trading", "the terminal is connected, and programs may trade");
    }
}

fn symbols(pace: Option<MarketPace>, talk: &mut Talk, session: &Session, found: &mut Checkups) {
    let mut asked: BTreeSet<String> = BTreeSet::new();
    for (place, symbol) in session.file.symbols.iter().enumerate() {
        let id = place as u64 + 1;
        talk.say(&ToTerminal::Subscribe { id, symbol: symbol.clone() });
        asked.insert(symbol.clone());
    }
    let until = Instant::now() + ANSWER;
    let mut ticks = Vec::new();
    while !asked.is_empty() {
        let Some(line) = talk.hear(until) else { break };
        match line {
            FromTerminal::Symbol { info, .. } => match rows::specification(&info) {
                Ok(spec) if asked.remove(&spec.name) => tradable(&spec, found),
                Ok(_) => {}
                Err(error) => {
                    let name = info.get("name").and_then(|name| name.as_str()).unwrap_or_default();
                    asked.remove(name);
                    found.wrong(
                        "symbol",
                        &format!("{name}: {error}"),
                        "tell us: it cannot be traded as it is",
                    );
                }
            },
            FromTerminal::NoSymbol { symbol, similar, .. } => {
                asked.remove(&symbol);
                let to_do = match &similar[..] {
                    [] => "look for its name in Market Watch".to_owned(),
                    names => {
                        format!("this broker has {}: write that in the session", names.join(", "))
                    }
                };
                found.wrong("symbol", &format!("{symbol}: there is none"), &to_do);
            }
            FromTerminal::Tick(tick) => ticks.push(tick),
            _ => {}
        }
    }
    for symbol in asked {
        found.wrong(
            "symbol",
            &format!("{symbol}: the terminal says nothing of it"),
            "add it to Market Watch",
        );
    }
    clock(pace, talk, session, ticks, found);
}

fn tradable(spec: &SymbolSpec, found: &mut Checkups) {
    let name = &spec.name;
    match spec.trade_mode {
        TradeMode::Disabled | TradeMode::CloseOnly => {
            found.wrong(
                "symbol",
                &format!("{name}: nothing can be opened in it"),
                "take another, or ask the broker",
            );
        }
        _ if spec.filling_modes().is_empty() => {
            found.wrong(
                "symbol",
                &format!("{name}: it takes no filling mode that is known"),
                "ask the broker",
            );
        }
        TradeMode::LongOnly | TradeMode::ShortOnly => {
            found.note("symbol", &format!("{name}: it can be opened on one side only"));
        }
        TradeMode::Full => found.fine("symbol", &format!("{name}: from {} lots", spec.volume_min)),
    }
}

/// Where the server's clock is, by a tick that has just come: the first of a symbol may be old.
fn clock(
    pace: Option<MarketPace>,
    talk: &mut Talk,
    session: &Session,
    mut ticks: Vec<TickRow>,
    found: &mut Checkups,
) {
    let until = Instant::now() + TICK;
    let mut known: BTreeSet<String> = BTreeSet::new();
    let is_fresh =
        |tick: &TickRow, known: &mut BTreeSet<String>| !known.insert(tick.symbol.clone());
    let mut fresh = ticks.drain(..).filter(|tick| is_fresh(tick, &mut known)).last();
    while fresh.is_none() {
        match talk.hear(until) {
            Some(FromTerminal::Tick(tick)) => {
                fresh = Some(tick).filter(|tick| is_fresh(tick, &mut known));
            }
            Some(_) => {}
            None => break,
        }
    }
    let Some(tick) = fresh else {
        return found.left_out("clock", "no tick has come: the market is closed, or the link is");
    };
    let now = pace.map_or_else(machine_now, |pace| pace.at(machine_now()));
    let server = ServerMsc(tick.time_msc);
    let speed = pace.map_or(1, |pace| pace.speed);
    match ClockFound::by_a_tick(&session.file.zone, server, now, speed) {
        ClockFound::Right => found
            .fine("clock", &format!("the server's is that of `zone = \"{}\"`", session.file.zone)),
        elsewhere @ ClockFound::OtherZone(_) => {
            found.wrong(
                "clock",
                &elsewhere.to_string(),
                "state the server's zone as `zone` in the session",
            );
        }
        unset @ ClockFound::Unset(_) => {
            found.wrong("clock", &unset.to_string(), "turn on the time service of this machine");
        }
    }
}
