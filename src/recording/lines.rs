//! The lines of `inputs.jsonl` and `actions.jsonl`, format 1.
//!
//! ```text
//! {"seq":1,"at":"2025-09-22T00:00:00Z","source":"session","event":{"start":0}}
//! {"seq":9,"at":"2025-09-22T00:00:01Z","source":"stream","event":{"command":"{\"command_type\":\"PING\"}"}}
//! {"seq":12,"at":"2025-09-22T00:00:02Z","source":"broker","event":{"broker":{"removed":7}}}
//! {"after":12,"at":"2025-09-22T00:00:32Z"}
//! ```
//!
//! Ticks and other inputs share one numbering; the numbers that `inputs.jsonl` leaves out are
//! ticks. A START of the session's own names its strategy by its index in `session.toml`, so that
//! the rules are in one place and can be edited there. A command in which something that looked
//! like a secret was replaced has the `body_hash` of what arrived next to it. To take an input out
//! by hand, give it `"event":null`: its number stays taken. Numbers with a decimal point do not
//! occur: prices and volumes are text.

use crate::domain::id::ContentHash;
use crate::domain::time::Timestamp;
use crate::executor::action::Action;
use crate::executor::event::{Advice, Bars, BrokerEvent, Link, Operator, SourceNews};
use serde::{Deserialize, Serialize};

/// The longest line that is written and read, in bytes with its end: room for a reading with the
/// history of some sixty thousand trades, and for the longest command that is kept, with all of its
/// letters escaped.
pub const LINE_BYTES_MAX: usize = 64 << 20;

/// What is wrong with a longer one.
pub(super) fn too_long() -> String {
    format!("longer than {LINE_BYTES_MAX} bytes, as no line of a recording is")
}

/// A line of `inputs.jsonl`: an input, or a wakeup.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputLine {
    /// The number of the input; absent for a wakeup.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// For a wakeup: the number of the input before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// The moment of the input or wakeup.
    pub at: Timestamp,
    /// For a wakeup that came late: the moment for which it was wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// The source of the input; for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<InputSource>,
    /// For a command in whose body something that looked like a secret was replaced: the hash of
    /// the body as it arrived. By this hash the executor tells whether an id is used again with
    /// another body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_hash: Option<ContentHash>,
    /// What happened; absent for a wakeup and for an input that was taken out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<LineEvent>,
}

/// The source of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputSource {
    /// The session file.
    Session,
    /// A stream of commands.
    Stream,
    /// The trade server.
    Broker,
    /// The link to it.
    Link,
    /// A person at the controls.
    Operator,
    /// The answer to a request for data.
    Data,
    /// The program of a strategy.
    Program,
    /// Another recording, of which a strategy is followed.
    Recording,
}

/// An event as its line keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineEvent {
    /// START of a strategy of `session.toml`, by its index there.
    Start(usize),
    /// A command as it arrived, except for what looked like a secret.
    Command(String),
    /// Bars that were requested.
    Bars(Box<Bars>),
    /// News from the broker.
    Broker(BrokerEvent),
    /// The link to the broker changed.
    Link(Link),
    /// A person at the controls.
    Operator(Operator),
    /// What a strategy in another process has answered.
    Advice(Box<Advice>),
    /// What a strategy of another recording has open.
    Source(Box<SourceNews>),
    /// A life begins, with the configuration that `session.toml` states.
    Life,
}

/// A line of `actions.jsonl`: the actions of a step, without notes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionLine {
    /// The number of the input; a wakeup has that of the input before it.
    pub seq: u64,
    /// For a wakeup: its number since that input, counted from 1.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub wakeup: u32,
    /// The moment of the step.
    pub at: Timestamp,
    /// The actions of the step.
    pub actions: Vec<Action>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}
