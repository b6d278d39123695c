//! The clock of live mode: the order of what comes at one moment, and what ends it.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;
use tickdeck::domain::id::ContentHash;
use tickdeck::domain::time::Timestamp;
use tickdeck::domain::zone::ServerZone;
use tickdeck::executor::command::{
    Command, CommandContent, CommandEvent, CommandSource, Envelope, Priority,
};
use tickdeck::executor::event::{Event, Link, Operator};
use tickdeck::live::clock::{ClockEnd, LiveClock};
use tickdeck::live::inbox::{Incoming, inbox};
use tickdeck::live::mt5::gateway::{Gateway, Launch};
use tickdeck::live::mt5::identity::Identity;
use tickdeck::live::mt5::lines::{Attach, SCHEMA};
use tickdeck::live::mt5::terminal::Terminal;
use tickdeck::live::time::{LiveTime, MarketPace, machine_now};
use tickdeck::session::ports::{Clock, Next};

/// A gateway whose program is not there.
fn gateway(inbox: SyncSender<Incoming>) -> (Rc<RefCell<Gateway>>, Rc<RefCell<Vec<String>>>) {
    let attach = Attach {
        schema: SCHEMA,
        path: None,
        login: None,
        password: None,
        server: None,
        timeout_ms: 1_000,
        portable: None,
        tick_poll_ms: 5,
        book_poll_ms: 250,
    };
    let launch = Launch { command: vec!["no such program".to_owned()], attach };
    let terminal = Terminal::new(Identity::default(), &[]);
    let told = Rc::new(RefCell::new(Vec::new()));
    let log = Rc::clone(&told);
    let log = Box::new(move |text: &str| log.borrow_mut().push(text.to_owned()));
    (Rc::new(RefCell::new(Gateway::new(launch, terminal, inbox, log))), told)
}

fn ping() -> Event {
    let envelope = Envelope {
        id: "ping".into(),
        priority: Priority::Normal,
        created: None,
        expires: None,
        command: Command::Ping,
    };
    Event::Command(Box::new(CommandEvent {
        source: CommandSource::Stream,
        body: String::new(),
        body_hash: ContentHash::of(b""),
        content: CommandContent::Parsed(envelope),
    }))
}

/// What comes next, in a word, and its moment.
fn next(clock: &mut LiveClock, deadline: Option<Timestamp>) -> (String, Timestamp) {
    match clock.next(deadline).unwrap() {
        Next::Deadline(at) => ("deadline".to_owned(), at),
        Next::End => ("end".to_owned(), Timestamp::from_nanos(0)),
        Next::Event(at, Event::Command(_)) => ("command".to_owned(), at),
        Next::Event(at, event) => (format!("{event:?}"), at),
    }
}

/// A deadline has long passed, as after sleep: what lies in the inbox is taken first, as far as it is news.
#[test]
fn at_one_moment_news_come_before_a_deadline_and_a_deadline_before_people() {
    let (sender, receiver) = inbox();
    let (gateway, told) = gateway(sender.clone());
    let lived = machine_now().plus_ms(3_600_000);
    let time = LiveTime::new(None, lived);
    let mut clock =
        LiveClock::new(receiver, gateway, |_| true, (time, &ServerZone::utc()), Vec::new());
    let events = [
        ping(),
        Event::Operator(Operator::Pause),
        Event::Link(Link::Up),
        Event::Operator(Operator::Resume),
        Event::Link(Link::Verified),
    ];
    for event in events {
        sender.send(Incoming::Event(event)).unwrap();
    }
    let due = Some(lived.plus_ms(0));
    // Before the first look the deadline is all that is known; it has passed.
    let (first, at) = next(&mut clock, due);
    assert_eq!((first.as_str(), at >= lived), ("deadline", true));
    let mut seen = Vec::new();
    let (word, at) = next(&mut clock, None);
    seen.push(word);
    for _ in 0..2 {
        let (word, same) = next(&mut clock, Some(at));
        assert_eq!(same, at, "they are of one moment");
        seen.push(word);
    }
    for _ in 0..3 {
        seen.push(next(&mut clock, None).0);
    }
    let expect = [
        "Link(Up)",
        "Link(Verified)",
        "deadline",
        "Operator(Pause)",
        "Operator(Resume)",
        "command",
    ];
    assert_eq!(seen, expect);
    assert!(told.borrow()[0].contains("the gateway cannot be started"), "{told:?}");
    sender.send(Incoming::Stop).unwrap();
    assert_eq!(next(&mut clock, None).0, "end");
    assert_eq!(clock.ended(), Some(ClockEnd::Stopped));
}

/// A deadline is waited for, and comes at its time or shortly after; a day ends at its end, and the next goes on.
#[test]
fn deadlines_and_days_come_when_they_are_due() {
    let (sender, receiver) = inbox();
    let (gateway, _) = gateway(sender.clone());
    let real = machine_now();
    let from = Timestamp::from_nanos(1_000_000_000_000);
    let time = LiveTime::new(Some(MarketPace { from, real, speed: 100 }), from);
    let mut clock =
        LiveClock::new(receiver, gateway, |_| true, (time, &ServerZone::utc()), Vec::new());
    let due = clock.now().plus_ms(20_000);
    let (word, at) = next(&mut clock, Some(due));
    assert_eq!(word, "deadline");
    assert!(due <= at && at < due.plus_ms(60_000), "{due} {at}");
    let waited = machine_now().nanos() - real.nanos();
    assert!(waited >= i64::try_from(Duration::from_millis(190).as_nanos()).unwrap(), "{waited}");
    let end = clock.now().plus_ms(5_000);
    clock.end_day_at(end);
    assert_eq!(next(&mut clock, None).0, "end");
    assert_eq!(clock.ended(), Some(ClockEnd::DayOver));
    assert!(clock.now() >= end);
    let later = clock.now().plus_ms(1_000_000);
    clock.end_day_at(later);
    sender.send(Incoming::Event(Event::Link(Link::Down))).unwrap();
    assert_eq!(next(&mut clock, None).0, "Link(Down)");
}
