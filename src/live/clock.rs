//! Wall time and an inbox: waits for the next event, or for a deadline.

use crate::domain::time::Timestamp;
use crate::executor::event::Event;
use crate::session::ports::{Clock, Next, PortError};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

/// A clock over the wall clock and a bounded channel. An event is stamped when it is taken from the
/// inbox, and stamps never go back, whatever the wall clock does.
#[derive(Debug)]
pub struct WallClock<N> {
    inbox: Receiver<Event>,
    now: N,
    last: Timestamp,
    /// The event that was returned last.
    given: Event,
}

impl<N: FnMut() -> Timestamp> WallClock<N> {
    /// A clock that reads the time by `now` and ends when the senders of `inbox` are gone.
    pub const fn new(inbox: Receiver<Event>, now: N) -> Self {
        Self { inbox, now, last: Timestamp::from_nanos(i64::MIN), given: Event::Wakeup }
    }

    fn stamp(&mut self) -> Timestamp {
        self.last = self.last.max((self.now)());
        self.last
    }

    fn give(&mut self, event: Event) -> Next<'_> {
        let at = self.stamp();
        self.given = event;
        Next::Event(at, &self.given)
    }
}

impl<N: FnMut() -> Timestamp> Clock for WallClock<N> {
    fn next(&mut self, deadline: Option<Timestamp>) -> Result<Next<'_>, PortError> {
        loop {
            let now = self.stamp();
            let Some(deadline) = deadline else {
                let Ok(event) = self.inbox.recv() else { return Ok(Next::End) };
                return Ok(self.give(event));
            };
            // A deadline that has come goes first, so that a flood of ticks cannot starve it.
            if deadline <= now {
                return Ok(Next::Deadline(now));
            }
            let wait = Duration::from_nanos(deadline.nanos().abs_diff(now.nanos()));
            match self.inbox.recv_timeout(wait) {
                Ok(event) => return Ok(self.give(event)),
                Err(RecvTimeoutError::Disconnected) => return Ok(Next::End),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::sync::mpsc::sync_channel;

    #[test]
    fn stamps_never_go_back_and_a_due_deadline_goes_first() {
        let (send, inbox) = sync_channel(4);
        let nanos = Cell::new(100);
        let mut clock = WallClock::new(inbox, || Timestamp::from_nanos(nanos.get()));
        send.send(Event::Wakeup).unwrap();
        assert!(
            matches!(clock.next(Some(Timestamp::from_nanos(90))), Ok(Next::Deadline(at)) if at.nanos() == 100)
        );
        nanos.set(50);
        assert!(matches!(clock.next(None), Ok(Next::Event(at, _)) if at.nanos() == 100));
        drop(send);
        assert!(matches!(clock.next(None), Ok(Next::End)));
    }
}
