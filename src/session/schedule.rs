//! The order of events at one moment: the same for files, simulation and a live inbox.
//!
//! No other place ranks events: two rules for one order would come to differ.

use crate::domain::id::CommandId;
use crate::domain::time::Timestamp;
use crate::executor::command::{Command, CommandContent, Priority};
use crate::executor::event::Event;
use std::cmp::Ordering;

/// The rank of an event among those of its moment; the lowest comes first. Events of the same rank
/// keep the order in which they came, so the sort must be stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank<'a> {
    /// The start of a process: no event of that moment belongs to the process before.
    Life,
    /// What the market and the broker did by themselves, in the order of arrival.
    News,
    /// A person at the controls. These acts are never sorted among themselves: of a pause and a
    /// resume at one moment, the last one in the file holds.
    Operator,
    /// A command that could be read; its fields rank it among the commands of the moment.
    Command {
        /// What the command does to risk.
        effect: Effect,
        /// The priority that the platform gave it.
        priority: Priority,
        /// Whether the platform left out when it made the command; such commands come last.
        undated: bool,
        /// When the platform made the command; none when it does not say.
        created: Option<Timestamp>,
        /// The command's id, as the last criterion, so that the order does not depend on delivery.
        id: &'a CommandId,
    },
    /// A command that could not be read.
    Malformed,
}

/// What a command does to risk. Commands of one moment are carried out in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It only lifts a restriction. It goes before commands that impose one, so that of a PAUSE and
    /// a RESUME the PAUSE holds.
    Releases,
    /// It can only reduce risk.
    Reduces,
    /// Everything else.
    Other,
}

impl Effect {
    /// The effect of `command` by its kind.
    #[must_use]
    pub const fn of(command: &Command) -> Self {
        match command {
            Command::Resume { .. } | Command::ResumeAll => Self::Releases,
            other if other.reduces_risk() => Self::Reduces,
            _ => Self::Other,
        }
    }
}

impl<'a> Rank<'a> {
    /// The rank of `event`, whatever its moment.
    #[must_use]
    pub fn of(event: &'a Event) -> Self {
        match event {
            Event::Life(_) => Self::Life,
            Event::Tick(_)
            | Event::Bars(_)
            | Event::Broker(_)
            | Event::Link(_)
            | Event::Advice(_)
            | Event::Source(_)
            | Event::Wakeup => Self::News,
            Event::Operator(_) => Self::Operator,
            Event::Command(command) => match &command.content {
                CommandContent::Parsed(envelope) => Self::Command {
                    effect: Effect::of(&envelope.command),
                    priority: envelope.priority,
                    undated: envelope.created.is_none(),
                    created: envelope.created,
                    id: &envelope.id,
                },
                CommandContent::Malformed(_) => Self::Malformed,
            },
        }
    }
}

/// The order of two events with their moments: by moment, then by rank. The sort must be stable.
#[must_use]
pub fn order(one: (Timestamp, &Event), other: (Timestamp, &Event)) -> Ordering {
    one.0.cmp(&other.0).then_with(|| Rank::of(one.1).cmp(&Rank::of(other.1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::ContentHash;
    use crate::executor::command::{
        CloseFilter, CommandEvent, CommandSource, Envelope, Malformed, MalformedKind, OnStop,
    };
    use crate::executor::config::ExecutorConfig;
    use crate::executor::event::{Life, Link, Operator};
    use proptest::prelude::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_nanos(seconds * 1_000_000_000)
    }

    fn event(content: CommandContent) -> Event {
        let event = CommandEvent {
            source: CommandSource::Stream,
            body: String::new(),
            body_hash: ContentHash::of(b""),
            content,
        };
        Event::Command(Box::new(event))
    }

    fn command(id: &str, priority: Priority, created: Option<i64>, command: Command) -> Event {
        let envelope =
            Envelope { id: id.into(), priority, created: created.map(at), expires: None, command };
        event(CommandContent::Parsed(envelope))
    }

    fn malformed(id: &str) -> Event {
        let malformed = Malformed {
            id: Some(id.into()),
            path: "body".into(),
            reason: String::new(),
            kind: MalformedKind::Malformed,
        };
        event(CommandContent::Malformed(malformed))
    }

    fn word(event: &Event) -> String {
        match event {
            Event::Command(command) => match &command.content {
                CommandContent::Parsed(envelope) => envelope.id.to_string(),
                CommandContent::Malformed(malformed) => malformed.id.as_ref().unwrap().to_string(),
            },
            Event::Operator(operator) => format!("{operator:?}"),
            Event::Link(link) => format!("{link:?}"),
            Event::Life(_) => "life".to_owned(),
            other => panic!("{other:?}"),
        }
    }

    fn sorted(mut events: Vec<(Timestamp, Event)>) -> Vec<(Timestamp, Event)> {
        events.sort_by(|one, other| order((one.0, &one.1), (other.0, &other.1)));
        events
    }

    fn check(events: Vec<Event>, expect: &str) {
        let words: Vec<String> = sorted(events.into_iter().map(|event| (at(5), event)).collect())
            .iter()
            .map(|(_, event)| word(event))
            .collect();
        assert_eq!(words.join(" "), expect);
    }

    fn ping(id: &str, priority: Priority, created: Option<i64>) -> Event {
        command(id, priority, created, Command::Ping)
    }

    #[test]
    fn all_of_one_moment_stand_in_their_order() {
        let low = |id: &str, what| command(id, Priority::Low, None, what);
        check(
            vec![
                malformed("m2"),
                malformed("m1"),
                ping("undated", Priority::Normal, None),
                ping("b", Priority::Normal, Some(2)),
                ping("a", Priority::Normal, Some(2)),
                ping("early", Priority::Normal, Some(1)),
                ping("urgent", Priority::Urgent, Some(3)),
                low("stop", Command::Stop { strategy: "s".into(), positions: OnStop::Close }),
                low("close", Command::CloseMany(CloseFilter::All)),
                low("resume", Command::Resume { strategy: "s".into() }),
                Event::Operator(Operator::Resume),
                Event::Operator(Operator::Pause),
                Event::Link(Link::Up),
                Event::Life(Box::new(Life {
                    config: ExecutorConfig { login: 1, ..ExecutorConfig::default() },
                })),
            ],
            "life Up Resume Pause resume close stop urgent early a b undated m2 m1",
        );
    }

    #[test]
    fn operators_keep_the_order_of_their_file() {
        for operators in [
            [Operator::Pause, Operator::Resume],
            [Operator::Resume, Operator::Pause],
            [Operator::Kill, Operator::ClearKill],
            [Operator::ClearKill, Operator::Kill],
        ] {
            let expect = format!("{:?} {:?}", operators[0], operators[1]);
            check(operators.map(Event::Operator).to_vec(), &expect);
        }
    }

    #[test]
    fn of_two_commands_that_undo_each_other_the_restriction_holds() {
        for priority in [Priority::Urgent, Priority::Low] {
            let resume = || command("resume", priority, Some(9), Command::ResumeAll);
            let pause = || command("pause", Priority::Normal, Some(1), Command::PauseAll);
            check(vec![pause(), resume()], "resume pause");
            check(vec![resume(), pause()], "resume pause");
        }
    }

    fn any_event() -> impl Strategy<Value = Event> {
        let priority = prop::sample::select(vec![
            Priority::Urgent,
            Priority::High,
            Priority::Normal,
            Priority::Low,
        ]);
        let what = prop::sample::select(vec![
            Command::Ping,
            Command::PauseAll,
            Command::ResumeAll,
            Command::StopAll { positions: OnStop::Keep },
            Command::GetStatus,
            Command::Resume { strategy: "s".into() },
            Command::Pause { strategy: "s".into() },
        ]);
        let operator = prop::sample::select(vec![
            Operator::Pause,
            Operator::Resume,
            Operator::Kill,
            Operator::ClearKill,
        ]);
        prop_oneof![
            (any::<u16>(), priority, prop::option::of(0_i64..4), what).prop_map(
                |(id, priority, created, what)| command(&id.to_string(), priority, created, what)
            ),
            operator.prop_map(Event::Operator),
            Just(Event::Link(Link::Up)),
            Just(Event::Link(Link::Down)),
            any::<u16>().prop_map(|id| malformed(&id.to_string())),
        ]
    }

    proptest! {
        /// Sorting again changes nothing, whoever does it; time goes first; what has no order of
        /// its own keeps the file's.
        #[test]
        fn sorting_is_done_once_for_all(events in prop::collection::vec((0_i64..3, any_event()), 0..24)) {
            let events: Vec<_> = events.into_iter().map(|(seconds, event)| (at(seconds), event)).collect();
            let once = sorted(events.clone());
            prop_assert_eq!(&sorted(once.clone()), &once);
            prop_assert!(once.is_sorted_by_key(|(moment, _)| *moment));
            for moment in 0..3 {
                let kept = |all: &[(Timestamp, Event)], keep: fn(&Event) -> bool| -> Vec<Event> {
                    all.iter().filter(|(when, event)| *when == at(moment) && keep(event)).map(|(_, event)| event.clone()).collect()
                };
                for keep in [|event: &Event| matches!(event, Event::Operator(_)), |event: &Event| matches!(event, Event::Link(_))] {
                    prop_assert_eq!(kept(&events, keep), kept(&once, keep));
                }
            }
        }

        /// Commands with ids of their own come in one order, whatever the order of delivery.
        #[test]
        fn delivery_does_not_decide(events in prop::collection::vec(any_event(), 0..12), turn in 0_usize..12) {
            let mut commands: Vec<(Timestamp, Event)> = Vec::new();
            for event in events.into_iter().filter(|event| matches!(Rank::of(event), Rank::Command { .. })) {
                if commands.iter().all(|(_, other)| word(other) != word(&event)) {
                    commands.push((at(0), event));
                }
            }
            let mut turned = commands.clone();
            turned.rotate_left(turn.min(commands.len()));
            prop_assert_eq!(sorted(turned), sorted(commands.clone()));
            // The last that pauses or resumes pauses, if any does.
            let last = sorted(commands.clone()).into_iter().rev().find_map(|(_, event)| match Rank::of(&event) {
                Rank::Command { effect: Effect::Other, .. } => None,
                Rank::Command { effect, .. } => Some(effect),
                _ => None,
            });
            let reduces = commands.iter().any(|(_, event)| matches!(Rank::of(event), Rank::Command { effect: Effect::Reduces, .. }));
            prop_assert_eq!(reduces, last == Some(Effect::Reduces));
        }
    }
}
