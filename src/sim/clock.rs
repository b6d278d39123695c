//! Virtual time: recorded ticks and scheduled events, merged into one order.
//!
//! It never waits and never reads a clock: the time is that of the next item or deadline. At one
//! moment T the order is (session 2): a life that begins at T, a deadline at T, everything else
//! scheduled at T, one tick of T, then deadlines again. So an order sent at T without latency is
//! answered at T, after the tick.

use crate::domain::tick::Tick;
use crate::domain::time::Timestamp;
use crate::domain::zone::ServerZone;
use crate::executor::event::Event;
use crate::session::ports::{Clock, Next, PortError, RunReceiver, TickStream};
use crate::session::schedule;
use crate::session::tick_merge::TickMerge;
use crate::session::tick_merge::passing::Stretch;
use std::vec::IntoIter;

/// How long deadlines are still served after the last item, unless the session says otherwise:
/// longer than the deadline of a request and the window of an UNKNOWN together (session 8).
pub const SETTLE_MS: u64 = 120_000;

const NEVER: Timestamp = Timestamp::from_nanos(i64::MAX);
const BEFORE_ALL: Timestamp = Timestamp::from_nanos(i64::MIN);

/// An event at a moment known beforehand: the start of a life, a command, an operator's act,
/// something the broker did by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Scheduled {
    /// The moment of the event.
    pub at: Timestamp,
    /// The event.
    pub event: Event,
}

/// Virtual time over merged streams. Ticks of several streams at one moment come in the order of
/// the streams.
pub struct VirtualClock {
    zone: ServerZone,
    ticks: TickMerge,
    /// Before this moment, only the front stream and deadlines can come next.
    alone_until: Timestamp,
    scheduled: IntoIter<Scheduled>,
    /// The scheduled event that was returned last.
    given: Event,
    /// The tick that was returned last. It is always a tick, so that the next one is written into
    /// its place and no event is moved.
    ticking: Event,
    scheduled_at: Timestamp,
    /// Whether the next scheduled event is the start of a life.
    life_is_next: bool,
    end: Timestamp,
    settle_ms: u64,
    now: Timestamp,
    /// Whether a tick has been delivered at `now`.
    ticked: bool,
    /// The moment of the last item, from which `settle_ms` counts.
    last_item: Option<Timestamp>,
}

impl std::fmt::Debug for VirtualClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { now, end, settle_ms, .. } = self;
        write!(f, "VirtualClock {{ now: {now}, end: {end}, settle_ms: {settle_ms}, .. }}")
    }
}

impl VirtualClock {
    /// A clock over `streams`, one for each symbol, and `scheduled` (in any order). Items after `end` are not delivered.
    /// Deadlines are served up to `settle_ms` after the last item ([`SETTLE_MS`] is usual).
    #[must_use]
    pub fn new(
        zone: ServerZone,
        streams: Vec<Box<dyn TickStream>>,
        mut scheduled: Vec<Scheduled>,
        end: Option<Timestamp>,
        settle_ms: u64,
    ) -> Self {
        scheduled
            .sort_by(|one, other| schedule::order((one.at, &one.event), (other.at, &other.event)));
        let scheduled_at = scheduled.first().map_or(NEVER, |first| first.at);
        let life_is_next =
            scheduled.first().is_some_and(|first| matches!(first.event, Event::Life(_)));
        Self {
            zone,
            ticks: TickMerge::new(streams),
            // The first call looks at all streams.
            alone_until: BEFORE_ALL,
            scheduled: scheduled.into_iter(),
            given: Event::Wakeup,
            ticking: Event::Tick(Tick::default()),
            scheduled_at,
            life_is_next,
            end: end.unwrap_or(NEVER),
            settle_ms,
            now: BEFORE_ALL,
            ticked: false,
            last_item: None,
        }
    }

    /// The moment at which the next tick is delivered, [`NEVER`] after the last one.
    #[inline]
    fn tick_at(&mut self) -> Result<Timestamp, PortError> {
        let tick = self.ticks.peek().map_err(|failed| failed.source)?;
        Ok(tick.map_or(NEVER, |time| self.zone.to_utc(time)))
    }

    /// The moment before which no other stream can come next.
    #[inline]
    fn rival_at(&mut self) -> Timestamp {
        let Some(rival) = self.ticks.rival() else { return NEVER };
        // In a skipped hour a later server time can be an earlier moment, so the streams are asked
        // each time.
        self.zone.to_utc_if_shown(rival).unwrap_or(BEFORE_ALL)
    }

    /// Whether the deadline comes before an item of the moment `item`.
    #[inline]
    fn deadline_first(&self, deadline: Timestamp, item: Timestamp) -> bool {
        // A life begins before anything is due to it.
        if self.life_is_next && self.scheduled_at <= item {
            return deadline < item;
        }
        // Once a moment has begun, its items up to the tick come before deadlines that they caused
        // themselves.
        deadline < item || (deadline == item && (self.now < item || self.ticked))
    }

    #[inline]
    fn advance(&mut self, at: Timestamp) {
        if at > self.now {
            self.now = at;
            self.ticked = false;
        }
    }

    fn after_all(&mut self, deadline: Timestamp) -> Next<'static> {
        let last = *self.last_item.get_or_insert(deadline);
        if deadline == NEVER || deadline > last.plus_ms(self.settle_ms) {
            return Next::End;
        }
        self.advance(deadline);
        Next::Deadline(self.now)
    }
}

impl Clock for VirtualClock {
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a part of the tick path: called, it costs as much again as it does"
    )]
    fn next(&mut self, deadline: Option<Timestamp>) -> Result<Next<'_>, PortError> {
        match self.alone_at(deadline.unwrap_or(NEVER)) {
            Some(at) => Ok(self.give_tick(at)),
            None => self.next_of_all(deadline),
        }
    }

    fn pass_quiet<R: RunReceiver>(
        &mut self,
        deadline: Option<Timestamp>,
        receiver: &mut R,
    ) -> Result<(), PortError> {
        let until = deadline.unwrap_or(NEVER).min(self.scheduled_at).min(self.end);
        let stretch = Stretch { now: self.now, until, ticks_max: None };
        if let Some(passage) = self.ticks.pass_quiet(stretch, &mut self.zone, receiver)? {
            let at = passage.last_at;
            (self.now, self.ticked, self.last_item) = (at, true, Some(at));
        }
        Ok(())
    }
}

impl VirtualClock {
    /// The moment of the front stream's next tick, if nothing else can come before it, as in nearly
    /// every call.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a part of the tick path: called, it costs as much again as it does"
    )]
    fn alone_at(&mut self, deadline: Timestamp) -> Option<Timestamp> {
        let at = self.zone.to_utc(self.ticks.at_hand()?).max(self.now);
        (at < self.alone_until && at < deadline).then_some(at)
    }

    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a part of the tick path: called, it costs as much again as it does"
    )]
    fn give_tick(&mut self, at: Timestamp) -> Next<'_> {
        let tick = self.ticks.take();
        if let Event::Tick(place) = &mut self.ticking {
            *place = tick;
        }
        (self.now, self.ticked, self.last_item) = (at, true, Some(at));
        Next::Event(at, &self.ticking)
    }

    #[inline(never)]
    fn next_of_all(&mut self, deadline: Option<Timestamp>) -> Result<Next<'_>, PortError> {
        let tick_at = self.tick_at()?.max(self.now);
        self.alone_until = self.rival_at().min(self.scheduled_at).min(self.end);
        // What was scheduled before the first moment is late, but not lost.
        let scheduled_at = self.scheduled_at.max(self.now);
        let item = tick_at.min(scheduled_at);
        let deadline = deadline.map_or(NEVER, |deadline| deadline.max(self.now));
        if item == NEVER || item > self.end {
            return Ok(self.after_all(deadline));
        }
        if self.deadline_first(deadline, item) {
            self.advance(deadline);
            return Ok(Next::Deadline(deadline));
        }
        // The moment itself begins after the life that begins at it.
        if !(scheduled_at == item && self.life_is_next) {
            self.advance(item);
        }
        self.last_item = Some(item);
        if scheduled_at == item {
            let Some(next) = self.scheduled.next() else { return Ok(Next::End) };
            let after = self.scheduled.as_slice().first();
            self.scheduled_at = after.map_or(NEVER, |after| after.at);
            self.life_is_next = after.is_some_and(|after| matches!(after.event, Event::Life(_)));
            self.given = next.event;
            return Ok(Next::Event(item, &self.given));
        }
        Ok(self.give_tick(item))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::amount::Price;
    use crate::domain::id::{ContentHash, SymbolId};
    use crate::domain::tick::TickFlags;
    use crate::domain::time::ServerMsc;
    use crate::executor::command::{
        Command, CommandContent, CommandEvent, CommandSource, Envelope, Priority,
    };
    use crate::executor::config::ExecutorConfig;
    use crate::executor::event::Operator;
    use crate::market::columns::TickColumns;

    /// Ticks in batches of two, so that every merge crosses the end of a batch.
    struct Ticks(std::collections::VecDeque<Tick>);

    impl TickStream for Ticks {
        fn next_batch(&mut self, batch: &mut TickColumns) -> Result<(), PortError> {
            let symbol = self.0.front().map_or(SymbolId(0), |tick| tick.symbol);
            batch.begin(symbol, Price::from_raw(1));
            self.0.drain(..self.0.len().min(2)).for_each(|tick| batch.push(&tick));
            Ok(())
        }
    }

    struct Broken;

    impl TickStream for Broken {
        fn next_batch(&mut self, _: &mut TickColumns) -> Result<(), PortError> {
            Err("damaged".into())
        }
    }

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_nanos(ms * 1_000_000)
    }

    fn stream(symbol: u16, times: &[i64]) -> Box<dyn TickStream> {
        let tick = |&ms: &i64| Tick {
            time_msc: ServerMsc(ms),
            bid: Price::from_raw(1),
            ask: Price::from_raw(2),
            last: Price::ZERO,
            volume: 0,
            symbol: SymbolId(symbol),
            flags: TickFlags::QUOTE,
        };
        Box::new(Ticks(times.iter().map(tick).collect()))
    }

    fn command(ms: i64, id: &str, command: Command) -> Scheduled {
        let envelope = Envelope {
            id: id.into(),
            priority: Priority::Normal,
            created: None,
            expires: None,
            command,
        };
        let content = CommandContent::Parsed(envelope);
        let event = CommandEvent {
            source: CommandSource::Stream,
            body: String::new(),
            body_hash: ContentHash::of(b""),
            content,
        };
        Scheduled { at: at(ms), event: Event::Command(Box::new(event)) }
    }

    fn ping(ms: i64, id: &str) -> Scheduled {
        command(ms, id, Command::Ping)
    }

    fn word(next: &Next<'_>) -> String {
        let ms = |at: &Timestamp| at.nanos() / 1_000_000;
        match next {
            Next::Event(at, Event::Tick(tick)) => format!("{}t{}", ms(at), tick.symbol.0),
            Next::Event(at, Event::Command(command)) => match &command.content {
                CommandContent::Parsed(envelope) => format!("{}{}", ms(at), envelope.id),
                CommandContent::Malformed(_) => format!("{}malformed", ms(at)),
            },
            Next::Event(at, event) => format!("{}{event:?}", ms(at)),
            Next::Deadline(at) => format!("{}!", ms(at)),
            Next::End => "end".into(),
        }
    }

    /// What comes when the deadlines are as given, each until it is served.
    fn check(mut clock: VirtualClock, deadlines: &[i64], expect: &str) {
        let mut deadlines = deadlines.iter().copied().peekable();
        let mut words = Vec::new();
        while words.last().is_none_or(|word| word != "end") {
            let next = clock.next(deadlines.peek().map(|&ms| at(ms))).unwrap();
            words.push(word(&next));
            if matches!(next, Next::Deadline(_)) {
                deadlines.next();
            }
        }
        assert_eq!(words.join(" "), expect);
    }

    fn clock(streams: Vec<Box<dyn TickStream>>, scheduled: Vec<Scheduled>) -> VirtualClock {
        VirtualClock::new(ServerZone::utc(), streams, scheduled, None, SETTLE_MS)
    }

    #[test]
    fn at_one_moment_deadline_then_scheduled_then_tick() {
        check(
            clock(vec![stream(0, &[1, 5, 8])], vec![ping(5, "p")]),
            &[5],
            "1t0 5! 5p 5t0 8t0 end",
        );
        check(
            clock(vec![stream(0, &[1, 5, 8])], vec![ping(5, "p")]),
            &[3, 4, 9],
            "1t0 3! 4! 5p 5t0 8t0 9! end",
        );
    }

    #[test]
    fn a_life_begins_before_all_else_of_its_moment() {
        let config = ExecutorConfig { login: 1, symbols: vec![], ..ExecutorConfig::default() };
        let life = || Scheduled {
            at: at(5),
            event: Event::Life(Box::new(crate::executor::event::Life { config: config.clone() })),
        };
        let word = word(&Next::Event(at(5), &life().event));
        check(
            clock(vec![stream(0, &[5, 8])], vec![ping(5, "p"), life()]),
            &[5],
            &format!("{word} 5! 5p 5t0 8t0 end"),
        );
        check(
            clock(vec![stream(0, &[1, 5])], vec![ping(5, "p"), life()]),
            &[3, 5],
            &format!("1t0 3! {word} 5! 5p 5t0 end"),
        );
    }

    #[test]
    fn what_the_moment_makes_due_waits_for_its_one_tick() {
        // The second deadline of 5 is owed to what the first one did; the third to what the tick
        // did.
        check(
            clock(vec![stream(0, &[5, 5]), stream(1, &[5])], vec![ping(5, "p")]),
            &[5, 5, 5],
            "5! 5p 5t0 5! 5! 5t0 5t1 end",
        );
        // Without a tick at the moment it follows the moment's events at once.
        check(clock(vec![stream(0, &[9])], vec![ping(5, "p")]), &[5, 5], "5! 5p 5! 9t0 end");
    }

    #[test]
    fn a_late_deadline_never_turns_time_back() {
        check(clock(vec![stream(0, &[5, 8])], vec![]), &[9, 2, 3], "5t0 8t0 9! 9! 9! end");
    }

    #[test]
    fn deadlines_settle_after_the_last_item_and_then_it_ends() {
        let settled = |deadlines: &[i64], expect| {
            check(
                VirtualClock::new(ServerZone::utc(), vec![stream(0, &[5])], vec![], None, 10),
                deadlines,
                expect,
            );
        };
        settled(&[15], "5t0 15! end");
        settled(&[16], "5t0 end");
        settled(&[9, 14, 20], "5t0 9! 14! end");
        check(
            VirtualClock::new(ServerZone::utc(), vec![], vec![], None, 10),
            &[3, 13, 14],
            "3! 13! end",
        );
    }

    #[test]
    fn nothing_is_delivered_after_the_end() {
        let clock = VirtualClock::new(
            ServerZone::utc(),
            vec![stream(0, &[5, 6, 7])],
            vec![ping(6, "p"), ping(7, "q")],
            Some(at(6)),
            10,
        );
        check(clock, &[7], "5t0 6p 6t0 7! end");
    }

    #[test]
    fn what_is_scheduled_for_one_moment_stands_in_the_schedules_order() {
        let scheduled = vec![
            ping(5, "ping"),
            command(5, "pause", Command::PauseAll),
            command(5, "resume", Command::ResumeAll),
            Scheduled { at: at(5), event: Event::Operator(Operator::Resume) },
            Scheduled { at: at(5), event: Event::Operator(Operator::Pause) },
            ping(4, "before"),
        ];
        check(
            clock(vec![], scheduled),
            &[],
            "4before 5Operator(Resume) 5Operator(Pause) 5resume 5pause 5ping end",
        );
    }

    /// In an hour that never comes the order is that of the server's clock, as a recording merges
    /// its ticks again; time stands still where it would go back.
    #[test]
    fn where_the_clock_is_set_forward_ticks_keep_the_servers_order() {
        let hour = |hours: i64| hours * 3_600_000;
        let server = |text: &str| ServerMsc::from_civil(text.parse().unwrap()).0;
        let (early, never, after) =
            (server("2025-03-30T02:00"), server("2025-03-30T03:30"), server("2025-03-30T04:10"));
        let streams = vec![stream(0, &[early, after]), stream(1, &[never])];
        let clock =
            VirtualClock::new("Europe/Athens".parse().unwrap(), streams, vec![], None, SETTLE_MS);
        check(
            clock,
            &[],
            &format!("{}t0 {}t1 {}t0 end", early - hour(2), never - hour(2), never - hour(2)),
        );
    }

    #[test]
    fn a_broken_source_is_told() {
        assert_eq!(
            clock(vec![Box::new(Broken)], vec![]).next(None).unwrap_err().to_string(),
            "damaged"
        );
    }
}
