//! Strategies in another process: the same lines, notes, limits and exits as rules, and the decision
//! in a program that is asked at each closed bar.
//!
//! What it answers is an event, and recorded as one: a replay needs no program. The question is
//! [`Question`](crate::executor::action::Question), the answer
//! [`Advice`](crate::executor::event::Advice).

use crate::domain::flaw::{Checked, must};
use crate::strategy::condition::{Constant, LineAt};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What rules say of a strategy in another process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advised {
    /// The program and its arguments. A session or a configuration must name the same ones: a command
    /// alone starts no program.
    pub command: Vec<String>,
    /// How long the program may take for an answer, in milliseconds.
    #[serde(default = "usual_deadline", skip_serializing_if = "is_usual_deadline")]
    pub deadline_ms: u32,
    /// How many closed bars a question shows, the last one included.
    #[serde(default = "one_bar", skip_serializing_if = "is_one_bar")]
    pub bars: u32,
    /// The lines whose values a question shows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<LineAt>,
    /// Its parameters.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Constant>,
}

/// How long a program may take, unless the rules say otherwise.
pub const DEADLINE_MS: u32 = 5_000;
/// The longest time that rules may give it.
const DEADLINE_MAX_MS: u32 = 60_000;
/// The most bars that a question shows.
pub const BARS_MAX: u32 = 1_000;
/// The most parts of a command line.
const PARTS_MAX: usize = 64;

const fn usual_deadline() -> u32 {
    DEADLINE_MS
}

const fn one_bar() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_usual_deadline(deadline_ms: &u32) -> bool {
    *deadline_ms == DEADLINE_MS
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_one_bar(bars: &u32) -> bool {
    *bars == 1
}

impl Advised {
    /// Whether command, deadline and number of bars make sense; lines are checked like all others.
    ///
    /// # Errors
    /// The first field that makes no sense.
    pub fn check(&self) -> Checked {
        let Self { command, deadline_ms, bars, lines: _, parameters: _ } = self;
        let is_named = command.first().is_some_and(|program| !program.is_empty());
        must(is_named, "command", "must name a program, such as [\"python3\", \"my.py\"]")?;
        let is_short = command.len() <= PARTS_MAX;
        must(is_short, "command", &format!("must have no more than {PARTS_MAX} parts"))?;
        let holds_nul = command.iter().any(|part| part.contains('\0'));
        must(!holds_nul, "command", "must not hold a zero byte")?;
        let reason = format!("must be from 1 to {DEADLINE_MAX_MS}");
        must((1..=DEADLINE_MAX_MS).contains(deadline_ms), "deadline_ms", &reason)?;
        must((1..=BARS_MAX).contains(bars), "bars", &format!("must be from 1 to {BARS_MAX}"))
    }
}
