//! The clock of a torture session: virtual time, with commands that are made when their time comes,
//! and moments at which the process ends.

use crate::domain::time::Timestamp;
use crate::executor::command::CommandSource;
use crate::executor::event::Event;
use crate::session::ports::{Clock, Next, PortError, RunReceiver};
use crate::sim::clock::VirtualClock;
use crate::torture::make;
use crate::torture::plan::{Act, What};
use crate::torture::watch::Shared;
use crate::wire;
use std::collections::VecDeque;

/// The clock of a torture session, which is also its inbox.
#[derive(Debug)]
pub struct Inbox {
    inner: VirtualClock,
    shared: Shared,
    /// The start of a life, before anything else.
    first: Option<(Timestamp, Event)>,
    /// Acts that are made when their time comes, in order of time.
    late: VecDeque<Act>,
    /// Events to be delivered again, in order of time.
    again: VecDeque<(Timestamp, Event)>,
    /// When the process ends. With a delay, it ends that long after the next request sent from then
    /// on.
    ends_at: Option<(Timestamp, Option<u64>)>,
    /// When the process has ended.
    ended_at: Option<Timestamp>,
    /// What waits for the next request, with its delay.
    armed: Vec<(Armed, u64)>,
    /// What would come after this moment does not come at all: goals need the rest of the session.
    until: Timestamp,
    /// The number of requests sent when something was last armed.
    orders: u64,
    given: Event,
}

/// Something that waits for the next request.
#[derive(Debug)]
enum Armed {
    Act(What),
    End,
}

impl Inbox {
    /// Adds to `inner` the acts `late`, given in any order. Of those that wait for a request, none
    /// comes after `until`, and no process ends so.
    #[must_use]
    pub fn new(inner: VirtualClock, shared: Shared, late: Vec<Act>, until: Timestamp) -> Self {
        let mut inbox = Self {
            inner,
            shared,
            first: None,
            late: VecDeque::new(),
            again: VecDeque::new(),
            ends_at: None,
            ended_at: None,
            armed: Vec::new(),
            until,
            orders: 0,
            given: Event::Wakeup,
        };
        late.into_iter().for_each(|act| inbox.queue(act));
        inbox
    }

    /// Gives an act a moment of its own, after everything else of the same moment, because a file
    /// of commands cannot say in which order things of one moment come.
    fn queue(&mut self, act: Act) {
        let mut at = Timestamp::from_nanos(act.at.nanos() + 1);
        let mut place = self.late.partition_point(|other| other.at < at);
        while self.late.get(place).is_some_and(|other| other.at == at) {
            at = Timestamp::from_nanos(at.nanos() + 1);
            place += 1;
        }
        self.late.insert(place, Act { at, ..act });
    }

    /// Begins a life at `at`. It ends as `ends` says, and the events `again` are delivered once
    /// more in it.
    pub fn begin(
        &mut self,
        at: Timestamp,
        life: Event,
        ends: Option<(Timestamp, Option<u64>)>,
        again: Vec<(Timestamp, Event)>,
    ) {
        self.first = Some((at, life));
        self.ends_at = ends;
        self.ended_at = None;
        self.again.extend(again);
    }

    /// The events that were to be delivered again in the ended life, but were not.
    pub fn undelivered(&mut self) -> Vec<Event> {
        self.again.drain(..).map(|(_, event)| event).collect()
    }

    /// Whether the process has ended, rather than the session.
    #[must_use]
    pub const fn has_ended(&self) -> bool {
        self.ended_at.is_some()
    }

    /// When the process ended.
    #[must_use]
    pub fn ended_at(&self) -> Timestamp {
        self.ended_at.unwrap_or_default()
    }

    /// Gives what waits for a request its moment, once one has been sent.
    fn fire(&mut self) {
        let (orders, at) = {
            let watch = self.shared.0.borrow();
            (watch.orders, watch.facts.at)
        };
        if orders == self.orders {
            return;
        }
        for (armed, delay_ms) in std::mem::take(&mut self.armed) {
            let at = at.plus_ms(delay_ms);
            if at > self.until {
                continue;
            }
            match armed {
                Armed::End => self.ends_at = Some((at, None)),
                Armed::Act(what) => self.queue(Act { at, after_request_ms: None, what }),
            }
        }
    }

    /// Lets time pass until `until` while no process runs. The broker goes on; what the platform
    /// sends waits to be sent again.
    ///
    /// # Errors
    /// Errors of the streams.
    pub fn pass(&mut self, until: Timestamp) -> Result<Vec<Event>, PortError> {
        let mut missed = Vec::new();
        let mut unheard = Vec::new();
        loop {
            let due = self.shared.0.borrow().world.next_due().map_or(until, |due| due.min(until));
            match self.inner.next(Some(due))? {
                Next::Event(at, Event::Tick(tick)) => {
                    crate::session::ports::Broker::tick(&mut self.shared, at, tick, &mut unheard);
                }
                Next::Event(_, event) => missed.push(event.clone()),
                Next::Deadline(at) if at >= until => return Ok(missed),
                Next::Deadline(at) => {
                    crate::session::ports::Broker::owed(&mut self.shared, at, &mut unheard);
                }
                Next::End => return Ok(missed),
            }
            unheard.clear();
        }
    }

    /// The moment of the next event of its own.
    fn own_at(&self) -> Option<Timestamp> {
        let late = self.late.front().map(|act| act.at);
        let again = self.again.front().map(|(at, _)| *at);
        [late, again, self.ends_at.map(|(at, _)| at)].into_iter().flatten().min()
    }
}

impl Clock for Inbox {
    fn pass_quiet<R: RunReceiver>(
        &mut self,
        deadline: Option<Timestamp>,
        receiver: &mut R,
    ) -> Result<(), PortError> {
        if self.first.is_some() {
            return Ok(());
        }
        if !self.armed.is_empty() {
            self.fire();
        }
        let limit = [deadline, self.own_at()].into_iter().flatten().min();
        self.inner.pass_quiet(limit, receiver)
    }

    #[inline]
    fn next(&mut self, deadline: Option<Timestamp>) -> Result<Next<'_>, PortError> {
        if let Some((at, life)) = self.first.take() {
            self.given = life;
            return Ok(Next::Event(at, &self.given));
        }
        if !self.armed.is_empty() {
            self.fire();
        }
        let Some(own) = self.own_at() else { return self.inner.next(deadline) };
        let is_own_first = deadline.is_none_or(|deadline| own < deadline);
        if !is_own_first {
            return self.inner.next(deadline);
        }
        let at = match self.inner.next(Some(own))? {
            Next::Deadline(at) => at,
            other => return Ok(other),
        };
        if let Some((_, wait)) = self.ends_at.filter(|(ends_at, _)| *ends_at == own) {
            self.ends_at = None;
            let Some(delay_ms) = wait else {
                self.ended_at = Some(at);
                return Ok(Next::End);
            };
            self.orders = orders_of(&self.shared);
            self.armed.push((Armed::End, delay_ms));
            return Ok(Next::Deadline(at));
        }
        if self.again.front().is_some_and(|(again, _)| *again == own) {
            let (_, event) = self.again.pop_front().expect("it stands in front");
            self.given = event;
            return Ok(Next::Event(at, &self.given));
        }
        let act = self.late.pop_front().expect("what is its own stands in front");
        if let Some(delay_ms) = act.after_request_ms {
            self.orders = orders_of(&self.shared);
            self.armed.push((Armed::Act(act.what), delay_ms));
            return Ok(Next::Deadline(at));
        }
        match made(&self.shared, at, &act.what) {
            Some(event) => {
                self.given = event;
                Ok(Next::Event(at, &self.given))
            }
            // There is nothing for the command to be about, so the moment passes.
            None => Ok(Next::Deadline(at)),
        }
    }
}

/// The number of requests sent.
fn orders_of(shared: &Shared) -> u64 {
    shared.0.borrow().orders
}

fn made(shared: &Shared, at: Timestamp, what: &What) -> Option<Event> {
    let watch = shared.0.borrow();
    match what {
        What::Late(late) => make::command(&watch, at, late),
        What::Again(id) => {
            watch.commands.get(id).map(|command| Event::Command(Box::new(command.event.clone())))
        }
        What::Body(body) => {
            Some(Event::Command(Box::new(wire::command::parse(CommandSource::Stream, body))))
        }
        What::Operator(operator) => Some(Event::Operator(*operator)),
        What::Source(news) => Some(Event::Source(news.clone())),
    }
}
