//! The link to a terminal: the process that speaks for it, watched, and started again when it is lost.

use super::child::TerminalChild;
use super::identity::TerminalRefused;
use super::lines::{Attach, LineError, ToTerminal};
use super::news::FromTerminal;
use super::terminal::{Meaning, Terminal};
use crate::executor::action::{DataRequest, Trade};
use crate::executor::event::{Answer, BrokerEvent, Event, Outcome};
use crate::live::inbox::Incoming;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

/// A process that has said nothing for so long hangs: while the module answers, it says so each second.
const SILENCE_MAX: Duration = Duration::from_secs(15);
/// The pause before a process that was lost is started again; it doubles up to a limit.
const PAUSE_FIRST: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// A process that has run for so long is sound: the pauses begin anew.
const SOUND_AFTER: Duration = Duration::from_mins(1);

/// How a gateway is started.
#[derive(Debug)]
pub struct Launch {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// What it is told first.
    pub attach: Attach,
}

/// The link to a terminal. Times are those that have passed since the session began.
pub struct Gateway {
    launch: Launch,
    inbox: SyncSender<Incoming>,
    terminal: Terminal,
    child: Option<TerminalChild>,
    /// The number of the present process.
    number: u32,
    started: Duration,
    heard: Duration,
    pause: Duration,
    start_at: Option<Duration>,
    refused: Option<TerminalRefused>,
    /// By how much the machine's clock is ahead of the session's.
    ahead_ms: i64,
    log: Box<dyn FnMut(&str)>,
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gateway {{ number: {}, refused: {:?}, .. }}", self.number, self.refused)
    }
}

impl Gateway {
    /// A link that is not begun: the first [`Gateway::look`] starts the process.
    #[must_use]
    pub fn new(
        launch: Launch,
        terminal: Terminal,
        inbox: SyncSender<Incoming>,
        log: Box<dyn FnMut(&str)>,
    ) -> Self {
        Self {
            launch,
            inbox,
            terminal,
            child: None,
            number: 0,
            started: Duration::ZERO,
            heard: Duration::ZERO,
            pause: PAUSE_FIRST,
            start_at: Some(Duration::ZERO),
            refused: None,
            ahead_ms: 0,
            log,
        }
    }

    /// By how much the machine's clock is ahead of the session's, from now on.
    pub const fn set_ahead_ms(&mut self, ahead_ms: i64) {
        self.ahead_ms = ahead_ms;
    }

    /// The process says something to people.
    pub fn complain(&mut self, text: &str) {
        (self.log)(&format!("gateway: {}", crate::domain::text::line(text)));
    }

    /// Why the terminal cannot be used: everything stops.
    #[must_use]
    pub const fn refused(&self) -> Option<&TerminalRefused> {
        self.refused.as_ref()
    }

    /// When [`Gateway::look`] has something to do, at the latest.
    #[must_use]
    pub fn next_look(&self) -> Duration {
        match (self.start_at, &self.child) {
            (Some(at), _) => at,
            (None, Some(_)) => self.heard + self.silence_max(),
            (None, None) => Duration::MAX,
        }
    }

    /// Connecting takes as long as it may, and says nothing meanwhile.
    fn silence_max(&self) -> Duration {
        let attach = Duration::from_millis(self.launch.attach.timeout_ms);
        if self.terminal.is_connected() { SILENCE_MAX } else { SILENCE_MAX + attach }
    }

    /// Starts what is to be started, and ends what hangs.
    pub fn look(&mut self, now: Duration) -> Vec<Event> {
        let mut events = Vec::new();
        if self.child.is_some() && now >= self.heard + self.silence_max() {
            (self.log)("the gateway says nothing any more: it is ended and started again");
            events = self.lose(now);
        }
        if self.start_at.is_some_and(|at| at <= now) && self.refused.is_none() {
            self.start_at = None;
            self.start(now);
        }
        events
    }

    fn start(&mut self, now: Duration) {
        self.number += 1;
        (self.started, self.heard) = (now, now);
        match TerminalChild::start(&self.launch.command, self.number, &self.inbox) {
            Ok(child) => {
                self.child = Some(child);
                self.say(&ToTerminal::Attach(self.launch.attach.clone()));
            }
            Err(error) => {
                (self.log)(&format!("the gateway cannot be started: {error}"));
                self.try_again(now);
            }
        }
    }

    fn try_again(&mut self, now: Duration) {
        if now.saturating_sub(self.started) >= SOUND_AFTER {
            self.pause = PAUSE_FIRST;
        }
        self.start_at = Some(now + self.pause);
        self.pause = (self.pause * 2).min(PAUSE_MAX);
    }

    /// The process is lost, or given up.
    fn lose(&mut self, now: Duration) -> Vec<Event> {
        if let Some(mut child) = self.child.take() {
            child.kill();
        }
        self.try_again(now);
        self.terminal.lost()
    }

    /// A process has closed its output.
    pub fn gone(&mut self, number: u32, now: Duration) -> Vec<Event> {
        if number != self.number || self.child.is_none() {
            return Vec::new();
        }
        (self.log)("the gateway has ended");
        self.lose(now)
    }

    /// Takes a line of a process.
    pub fn hear(
        &mut self,
        number: u32,
        line: Result<FromTerminal, LineError>,
        now: Duration,
    ) -> Vec<Event> {
        if number != self.number || self.child.is_none() {
            return Vec::new();
        }
        self.heard = now;
        let is_futile = is_futile(&line);
        let Meaning { events, lines, remarks, refused } = self.terminal.hear(line);
        for line in &lines {
            self.say(line);
        }
        for remark in &remarks {
            (self.log)(&remark.to_string());
        }
        if self.refused.is_none() {
            self.refused = refused;
        }
        let mut events = events;
        if is_futile && self.refused.is_none() {
            events.extend(self.lose(now));
        }
        events
    }

    /// Sends a request; an event where it certainly does not leave.
    pub fn send(&mut self, trade: &Trade) -> Option<Event> {
        if self.child.is_none() {
            let answer = Answer { cid: trade.cid, outcome: Outcome::NotSent };
            return Some(Event::Broker(BrokerEvent::Answer(Box::new(answer))));
        }
        match self.terminal.send(trade, self.ahead_ms) {
            Ok(line) => {
                self.say(&line);
                None
            }
            Err(event) => Some(event),
        }
    }

    /// Asks a question. One that cannot be asked is asked again after its deadline.
    pub fn ask(&mut self, request: &DataRequest) {
        if let Some(line) = self.terminal.ask(request) {
            self.say(&line);
        }
    }

    fn say(&mut self, line: &ToTerminal) {
        let said = self.child.as_ref().map_or(Ok(()), |child| child.say(line));
        if let Err(error) = said {
            (self.log)(&error.to_string());
        }
    }
}

/// Whether the terminal could not be attached. The process does not try again by itself, but for the lock of a
/// terminal that another one holds.
fn is_futile(line: &Result<FromTerminal, LineError>) -> bool {
    let Ok(FromTerminal::Fault { code, about: Some(about), .. }) = line else { return false };
    about == "attach" && code != "locked"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::inbox::inbox;
    use crate::live::mt5::identity::Identity;
    use crate::live::mt5::lines::{self, SCHEMA};

    /// A gateway whose process only listens.
    fn listening() -> Gateway {
        let attach = Attach {
            schema: SCHEMA,
            path: None,
            login: None,
            password: None,
            server: None,
            timeout_ms: 60_000,
            portable: None,
            tick_poll_ms: 5,
            book_poll_ms: 250,
        };
        let own = std::env::current_exe().unwrap().to_string_lossy().into_owned();
        let launch = Launch { command: vec![own, "--list".to_owned()], attach };
        let terminal = Terminal::new(Identity::default(), &[]);
        // Nobody reads the inbox: it is large enough for what a list of tests says.
        let (sender, receiver) = inbox();
        std::mem::forget(receiver);
        Gateway::new(launch, terminal, sender, Box::new(|_| {}))
    }

    fn fault(code: &str) -> Result<FromTerminal, LineError> {
        let line = format!(r#"{{"t":"fault","code":"{code}","text":"","about":"attach"}}"#);
        lines::read(&line)
    }

    /// The process does not try again by itself, but for a lock.
    #[test]
    fn a_gateway_that_cannot_attach_is_started_again_soon() {
        let mut gateway = listening();
        let now = Duration::from_secs(100);
        gateway.look(now);
        assert_eq!(gateway.next_look(), now + SILENCE_MAX + Duration::from_mins(1));
        gateway.hear(1, fault("locked"), now);
        assert_eq!(gateway.next_look(), now + SILENCE_MAX + Duration::from_mins(1));
        gateway.hear(1, fault("-10003"), now);
        assert_eq!(gateway.next_look(), now + PAUSE_FIRST);
        gateway.look(now + PAUSE_FIRST);
        assert_eq!(gateway.number, 2);
        // Each time the pause is twice as long.
        gateway.hear(2, fault("-10003"), now + PAUSE_FIRST);
        assert_eq!(gateway.next_look(), now + PAUSE_FIRST * 3);
    }
}
