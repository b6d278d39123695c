//! The wall clock and the inbox: waits for what comes, or for a deadline.
//!
//! What lies in the inbox when it is looked at is of one moment. Within a moment things come in the order of
//! [`schedule`]: what the market and the broker did, as it came; then a due deadline; then the operator and
//! commands. So after sleep, or when the clock is set forward, answers that lie in the inbox are taken before the
//! deadline that they would have missed; and a flood of ticks keeps a deadline waiting for one look at most.

use super::inbox::{Incoming, WAITING_MAX};
use super::mt5::gateway::Gateway;
use super::offset::ServerOffset;
use super::time::LiveTime;
use crate::domain::tick::Tick;
use crate::domain::time::Timestamp;
use crate::domain::zone::ServerZone;
use crate::executor::action::{DataRequest, Trade};
use crate::executor::event::{Answer, BrokerEvent, Event, Outcome};
use crate::session::ports::{Broker, Clock, Heard, Next, PortError};
use crate::session::schedule::{self, Rank};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread::sleep;
use std::time::Duration;

/// The longest wait: the machine may have slept meanwhile.
const WAIT_MAX: Duration = Duration::from_millis(500);

/// After how long without a look the machine must have been asleep, or this process stopped.
const ASLEEP: Duration = Duration::from_secs(1);
/// How long the inbox then has to fill with what waits in pipes.
const WAKING: Duration = Duration::from_millis(200);

/// Why a clock has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockEnd {
    /// It was asked to, or the terminal cannot be used.
    Stopped,
    /// A new day begins: the session goes on in another recording.
    DayOver,
}

/// The wall clock and the inbox.
#[derive(Debug)]
pub struct LiveClock {
    inbox: Receiver<Incoming>,
    gateway: Rc<RefCell<Gateway>>,
    /// Whether what the terminal tells is to be heard.
    hears: fn(&Event) -> bool,
    time: LiveTime,
    offset: ServerOffset,
    /// The moment of what is being given.
    at: Timestamp,
    /// When the inbox was last looked at, by the time that has passed.
    looked_at: Duration,
    waiting: VecDeque<Event>,
    given: Event,
    /// The end of the day, when the clock ends to go on.
    day_ends: Option<Timestamp>,
    is_stopping: bool,
    ended: Option<ClockEnd>,
}

impl LiveClock {
    /// A clock that begins with these events, and hears of the terminal what `hears` lets through. It shows `time`,
    /// and the server's is stated to be in `zone`.
    #[must_use]
    pub fn new(
        inbox: Receiver<Incoming>,
        gateway: Rc<RefCell<Gateway>>,
        hears: fn(&Event) -> bool,
        (time, zone): (LiveTime, &ServerZone),
        first: Vec<Event>,
    ) -> Self {
        let offset = ServerOffset::new(zone.clone(), time.speed());
        let mut clock = Self {
            inbox,
            gateway,
            hears,
            time,
            offset,
            at: Timestamp::from_nanos(i64::MIN),
            looked_at: Duration::ZERO,
            waiting: first.into(),
            given: Event::Wakeup,
            day_ends: None,
            is_stopping: false,
            ended: None,
        };
        (clock.at, clock.looked_at) = (clock.time.now(), clock.time.elapsed());
        clock
    }

    /// The present moment.
    pub fn now(&mut self) -> Timestamp {
        self.time.now()
    }

    /// Ends at a moment, to go on afterwards.
    pub const fn end_day_at(&mut self, moment: Timestamp) {
        (self.day_ends, self.ended) = (Some(moment), None);
    }

    /// Why it has ended.
    #[must_use]
    pub const fn ended(&self) -> Option<ClockEnd> {
        self.ended
    }

    /// Takes what lies in the inbox, and `first` before it, as of one moment.
    fn look(&mut self, first: Option<Incoming>) {
        if self.time.elapsed().saturating_sub(self.looked_at) > ASLEEP {
            sleep(WAKING);
        }
        self.looked_at = self.time.elapsed();
        self.at = self.time.now();
        let now = self.time.elapsed();
        let mut events = Vec::new();
        let rest = self.inbox.try_iter().take(WAITING_MAX);
        let mut gateway = self.gateway.borrow_mut();
        gateway.set_ahead_ms(self.time.machine_ahead_ms());
        let hears = |event: &Event| (self.hears)(event);
        for incoming in first.into_iter().chain(rest) {
            match incoming {
                Incoming::Line(number, line) => {
                    let heard = gateway.hear(number, line, now);
                    for event in &heard {
                        let Event::Tick(tick) = event else { continue };
                        let found = self.offset.heard(tick.symbol, tick.time_msc, self.at);
                        if let Some(found) = found {
                            gateway.complain(&found.to_string());
                        }
                    }
                    events.extend(heard.into_iter().filter(hears));
                }
                Incoming::Gone(number) => {
                    events.extend(gateway.gone(number, now).into_iter().filter(hears));
                }
                Incoming::Said(text) => gateway.complain(&text),
                Incoming::Event(event) => events.push(event),
                Incoming::Stop => self.is_stopping = true,
            }
        }
        events.extend(gateway.look(now).into_iter().filter(hears));
        self.is_stopping |= gateway.refused().is_some();
        events.sort_by(|one, other| schedule::order((self.at, one), (self.at, other)));
        self.waiting = events.into();
    }

    /// Whether what waits first is what the market or the broker did.
    fn is_news(event: &Event) -> bool {
        Rank::of(event) <= Rank::News
    }

    fn is_over(&mut self) -> bool {
        if self.is_stopping {
            self.ended = Some(ClockEnd::Stopped);
        } else if self.day_ends.is_some_and(|ends| ends <= self.at) {
            self.ended = Some(ClockEnd::DayOver);
        }
        self.ended.is_some()
    }
}

impl Clock for LiveClock {
    fn next(&mut self, deadline: Option<Timestamp>) -> Result<Next<'_>, PortError> {
        loop {
            let is_due = deadline.is_some_and(|deadline| deadline <= self.at);
            if is_due && self.waiting.front().is_none_or(|event| !Self::is_news(event)) {
                return Ok(Next::Deadline(self.at));
            }
            if let Some(event) = self.waiting.pop_front() {
                self.given = event;
                return Ok(Next::Event(self.at, &self.given));
            }
            if self.is_over() {
                return Ok(Next::End);
            }
            self.look(None);
            let is_due = deadline.is_some_and(|deadline| deadline <= self.at);
            if is_due || !self.waiting.is_empty() || self.is_stopping {
                continue;
            }
            let until = deadline.into_iter().chain(self.day_ends).min();
            let until = until.map_or(WAIT_MAX, |then| self.time.until(then));
            let own = self.gateway.borrow().next_look().saturating_sub(self.time.elapsed());
            // A moment more than nothing: what rounds to nothing would be asked for again and again.
            let wait = until.min(own).min(WAIT_MAX).max(Duration::from_micros(20));
            match self.inbox.recv_timeout(wait) {
                Ok(incoming) => self.look(Some(incoming)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => self.is_stopping = true,
            }
        }
    }
}

/// The broker behind a terminal. Its answers come by the inbox.
#[derive(Debug)]
pub struct LiveBroker {
    gateway: Rc<RefCell<Gateway>>,
    /// What certainly did not leave.
    unsent: Vec<Event>,
    at: Timestamp,
}

impl LiveBroker {
    /// The broker behind a gateway.
    #[must_use]
    pub const fn new(gateway: Rc<RefCell<Gateway>>) -> Self {
        Self { gateway, unsent: Vec::new(), at: Timestamp::from_nanos(0) }
    }
}

impl LiveBroker {
    /// A request that is not to leave.
    pub fn keep(&mut self, at: Timestamp, trade: &Trade) {
        let answer = Answer { cid: trade.cid, outcome: Outcome::NotSent };
        self.unsent.push(Event::Broker(BrokerEvent::Answer(Box::new(answer))));
        self.at = at;
    }
}

impl Broker for LiveBroker {
    fn tick(&mut self, _at: Timestamp, _tick: &Tick, _out: &mut Vec<Event>) -> Heard {
        Heard::Yes
    }

    fn send(&mut self, at: Timestamp, trade: &Trade) {
        self.unsent.extend(self.gateway.borrow_mut().send(trade));
        self.at = at;
    }

    fn ask(&mut self, _at: Timestamp, request: &DataRequest) {
        self.gateway.borrow_mut().ask(request);
    }

    fn next_due(&self) -> Option<Timestamp> {
        (!self.unsent.is_empty()).then_some(self.at)
    }

    fn owed(&mut self, _at: Timestamp, out: &mut Vec<Event>) {
        out.append(&mut self.unsent);
    }
}
