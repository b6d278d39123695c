//! Events as the lines of `inputs.jsonl` keep them, and back.

use crate::domain::id::ContentHash;
use crate::executor::command::{CommandEvent, CommandSource};
use crate::executor::event::{Event, Life};
use crate::recording::comments;
use crate::recording::lines::{InputLine, InputSource, LineEvent};
use crate::session::description::SessionFile;
use crate::session::ports::Step;
use crate::wire;
use std::collections::BTreeMap;

/// Puts the events of a session into lines.
#[derive(Debug)]
pub struct LineEvents {
    /// The bodies of the session's own STARTs, by hash, and their indices in the file.
    starts: BTreeMap<ContentHash, usize>,
}

impl LineEvents {
    /// For a session.
    #[must_use]
    pub fn new(file: &SessionFile) -> Self {
        let bodies = (0..file.strategy.len())
            .filter_map(|index| Some((index, wire::start::body(file, index).ok()?)));
        let starts = bodies.map(|(index, body)| (ContentHash::of(body.as_bytes()), index));
        Self { starts: starts.collect() }
    }

    /// The line of a step that is neither a tick nor a wakeup.
    ///
    /// # Panics
    /// If it is.
    #[must_use]
    pub fn line(&self, step: &Step<'_>) -> InputLine {
        let (source, event, body_hash) = match step.event {
            Event::Command(command) => self.command(command),
            Event::Bars(bars) => (InputSource::Data, LineEvent::Bars(bars.clone()), None),
            Event::Broker(news) => {
                (InputSource::Broker, LineEvent::Broker(comments::replaced(news)), None)
            }
            Event::Link(link) => (InputSource::Link, LineEvent::Link(*link), None),
            Event::Operator(operator) => {
                (InputSource::Operator, LineEvent::Operator(*operator), None)
            }
            Event::Advice(advice) => {
                (InputSource::Program, LineEvent::Advice(advice.clone()), None)
            }
            Event::Source(news) => (InputSource::Recording, LineEvent::Source(news.clone()), None),
            Event::Life(_) => (InputSource::Session, LineEvent::Life, None),
            Event::Tick(_) | Event::Wakeup => {
                unreachable!("ticks have their files, wakeups their own line")
            }
        };
        InputLine {
            seq: Some(step.input_seq),
            after: None,
            at: step.at,
            due: None,
            source: Some(source),
            body_hash,
            event: Some(event),
        }
    }

    /// A command without what looks like a secret, and the hash of its body as it arrived, if that
    /// differs.
    fn command(&self, command: &CommandEvent) -> (InputSource, LineEvent, Option<ContentHash>) {
        let index = self.starts.get(&ContentHash::of(command.body.as_bytes()));
        if let (CommandSource::Session, Some(index)) = (command.source, index) {
            return (InputSource::Session, LineEvent::Start(*index), None);
        }
        let source = match command.source {
            CommandSource::Session => InputSource::Session,
            CommandSource::Stream => InputSource::Stream,
        };
        let body = wire::command::parse(command.source, &command.body).body;
        let differs = wire::command::body_hash(&body) != command.body_hash;
        (source, LineEvent::Command(body), differs.then_some(command.body_hash))
    }
}

/// The event that a line of a session keeps.
///
/// # Errors
/// What is wrong with it.
pub fn event(
    file: &SessionFile,
    event: LineEvent,
    source: Option<InputSource>,
    body_hash: Option<ContentHash>,
) -> Result<Event, String> {
    Ok(match event {
        LineEvent::Start(index) => {
            let body = wire::start::body(file, index).map_err(|error| error.to_string())?;
            Event::Command(Box::new(wire::command::parse(CommandSource::Session, &body)))
        }
        LineEvent::Command(body) => {
            let source = if source == Some(InputSource::Session) {
                CommandSource::Session
            } else {
                CommandSource::Stream
            };
            Event::Command(Box::new(wire::command::parse_recorded(source, &body, body_hash)))
        }
        LineEvent::Bars(bars) => Event::Bars(bars),
        LineEvent::Broker(news) => Event::Broker(news),
        LineEvent::Link(link) => Event::Link(link),
        LineEvent::Operator(operator) => Event::Operator(operator),
        LineEvent::Advice(advice) => Event::Advice(advice),
        LineEvent::Source(news) => {
            let is_followed = file.followed.iter().any(|followed| followed.id == news.source);
            match news.flaw() {
                Some(flaw) => return Err(format!("{flaw}: makes no sense")),
                None if !is_followed => {
                    return Err(format!(
                        "source: session.toml has no [[followed]] of the id `{}`",
                        news.source
                    ));
                }
                None => Event::Source(news),
            }
        }
        LineEvent::Life => Event::Life(Box::new(Life { config: file.executor_config() })),
    })
}
