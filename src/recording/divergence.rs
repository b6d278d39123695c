//! The report of the first difference: what was expected, what came and why, the steps around it,
//! and whether the two paths meet again. It holds data and their text, and decides nothing.

use crate::domain::text;
use crate::domain::time::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::fmt;

/// Decimals of an operand: enough to tell neighbouring values of any symbol apart.
pub const OPERAND_DECIMALS: usize = 9;

/// The longest value of a field that is shown: more than a whole request.
const VALUE_CHARS_MAX: usize = 1_000;

/// The number of steps shown on either side.
pub const AROUND: usize = 5;

/// The first difference between a recording and its replay.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Divergence {
    /// The name of the recording.
    pub recording: String,
    /// The number of the input; a wakeup has that of the input before it.
    pub seq: u64,
    /// The number of the wakeup since that input, from 1; 0 for the input itself.
    pub wakeup: u32,
    /// The simulated time.
    pub at: Timestamp,
    /// The event of the step, in words.
    pub event: String,
    /// The recorded actions.
    pub expected: Vec<String>,
    /// The actions of the replay.
    pub got: Vec<String>,
    /// The fields that differ.
    pub fields: Vec<FieldDifference>,
    /// What led to the actions of the replay.
    pub causes: Vec<Cause>,
    /// The steps with actions before it.
    pub before: Vec<StepPair>,
    /// The steps with actions after it.
    pub after: Vec<StepPair>,
    /// What became of the two paths after it; nothing where only the first difference was looked for.
    pub rest: Rest,
    /// The command line that reproduces it.
    pub command: String,
}

/// One field that differs. A side is absent when it has no such field or action.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldDifference {
    /// The path of the field, starting with the index of the action in the step.
    pub path: String,
    /// The recorded value.
    pub expected: Option<Value>,
    /// The value of the replay.
    pub got: Option<Value>,
}

/// An evaluation in the step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cause {
    /// The strategy that was evaluated; absent when the executor cannot say.
    pub strategy: Option<String>,
    /// The symbol and timeframe of its bars.
    pub bars: Option<String>,
    /// The open time of the bar, by the server's clock.
    pub bar: String,
    /// The names and values of the operands.
    pub operands: Vec<(String, Option<f64>)>,
    /// The rule in words.
    pub rule: Option<String>,
    /// The outcome, or the first reason against an entry.
    pub verdict: String,
    /// The request that followed.
    pub request: Option<String>,
}

/// A step on both sides.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepPair {
    /// The number of the input.
    pub seq: u64,
    /// The moment of the step.
    pub at: Timestamp,
    /// Whether both sides are the same.
    pub same: bool,
    /// The recorded actions.
    pub expected: Vec<String>,
    /// The actions of the replay.
    pub got: Vec<String>,
}

/// What became of the two paths after the first difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Rest {
    /// The number of steps with actions on either side, including the first different one.
    pub steps: u64,
    /// The number of these that differ.
    pub different: u64,
    /// The number of the input of the last step that differs.
    pub last_different: u64,
    /// The number of steps since then, all equal.
    pub same_since: u64,
    /// The number of recorded answers and news of the broker that were dropped because nothing here
    /// had asked for them.
    pub news_dropped: u64,
    /// The number of requests that got no answer because no recorded request is like them.
    pub requests_unanswered: u64,
}

impl Rest {
    /// Counts a step.
    pub fn count(&mut self, seq: u64, same: bool) {
        self.steps += 1;
        if same {
            self.same_since += 1;
        } else {
            self.different += 1;
            self.last_different = seq;
            self.same_since = 0;
        }
    }

    /// Whether the paths met again and stayed together.
    #[must_use]
    pub const fn reconverged(&self) -> bool {
        self.same_since > 0
    }
}

/// The fields in which two lists of actions differ, as JSON.
#[must_use]
pub fn differing_fields(expected: &[Value], got: &[Value]) -> Vec<FieldDifference> {
    let mut out = Vec::new();
    for at in 0..expected.len().max(got.len()) {
        compare(&format!("actions[{at}]"), expected.get(at), got.get(at), &mut out);
    }
    out
}

fn compare(
    path: &str,
    expected: Option<&Value>,
    got: Option<&Value>,
    out: &mut Vec<FieldDifference>,
) {
    match (expected, got) {
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            let added = b.keys().filter(|name| !a.contains_key(*name));
            for name in a.keys().chain(added) {
                compare(&format!("{path}.{name}"), a.get(name), b.get(name), out);
            }
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) => {
            for at in 0..a.len().max(b.len()) {
                compare(&format!("{path}[{at}]"), a.get(at), b.get(at), out);
            }
        }
        (a, b) if a == b => {}
        (a, b) => out.push(FieldDifference {
            path: path.to_owned(),
            expected: a.cloned(),
            got: b.cloned(),
        }),
    }
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wakeup =
            if self.wakeup > 0 { format!(", wakeup {}", self.wakeup) } else { String::new() };
        writeln!(
            f,
            "first difference in {}: input {}{wakeup} at {}",
            text::name(&self.recording),
            self.seq,
            self.at
        )?;
        writeln!(f, "  event     {}", self.event)?;
        list(f, "  expected  ", &self.expected)?;
        list(f, "  got       ", &self.got)?;
        writeln!(f, "\nfields that differ")?;
        for field in &self.fields {
            writeln!(
                f,
                "  {}: expected {}, got {}",
                field.path,
                value(field.expected.as_ref()),
                value(field.got.as_ref())
            )?;
        }
        if !self.causes.is_empty() {
            writeln!(f, "\nwhy it came to this")?;
            self.causes.iter().try_for_each(|cause| write!(f, "{cause}"))?;
        }
        around(f, "\nsteps before", &self.before)?;
        around(f, "\nsteps after", &self.after)?;
        if self.rest.steps > 0 {
            writeln!(f, "\n{}", self.rest)?;
        }
        writeln!(f, "to see it again: {}", self.command)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let strategy = text::name(self.strategy.as_deref().unwrap_or("a strategy"));
        let bars =
            self.bars.as_ref().map(|bars| format!(" on {}", text::name(bars))).unwrap_or_default();
        writeln!(f, "  {strategy}{bars}, bar {}", self.bar)?;
        for (name, value) in &self.operands {
            writeln!(
                f,
                "    {name} = {}",
                value.map_or_else(
                    || "not yet defined".to_owned(),
                    |value| format!("{value:.OPERAND_DECIMALS$}")
                )
            )?;
        }
        if let Some(rule) = &self.rule {
            writeln!(f, "    rule: {rule}")?;
        }
        writeln!(f, "    verdict: {}", self.verdict)?;
        self.request.iter().try_for_each(|request| writeln!(f, "    -> {request}"))
    }
}

impl fmt::Display for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            steps,
            different,
            last_different,
            same_since,
            news_dropped,
            requests_unanswered,
        } = self;
        write!(f, "from there on {different} of {steps} steps differ; ")?;
        if self.reconverged() {
            writeln!(
                f,
                "the paths meet again after input {last_different}: {same_since} steps since then are the same"
            )?;
        } else {
            writeln!(f, "the paths do not meet again")?;
        }
        write!(
            f,
            "{news_dropped} recorded news dropped, {requests_unanswered} requests without a recorded answer"
        )
    }
}

fn list(f: &mut fmt::Formatter<'_>, head: &str, items: &[String]) -> fmt::Result {
    if items.is_empty() {
        return writeln!(f, "{head}nothing");
    }
    let blank = " ".repeat(head.len());
    items
        .iter()
        .enumerate()
        .try_for_each(|(at, item)| writeln!(f, "{}{item}", if at == 0 { head } else { &blank }))
}

fn around(f: &mut fmt::Formatter<'_>, title: &str, steps: &[StepPair]) -> fmt::Result {
    if steps.is_empty() {
        return Ok(());
    }
    writeln!(f, "{title}")?;
    for step in steps {
        if step.same {
            list(f, &format!("  {:>8} {}  = ", step.seq, step.at), &step.expected)?;
        } else {
            list(f, &format!("  {:>8} {}  - ", step.seq, step.at), &step.expected)?;
            list(f, &format!("  {:>8} {}  + ", step.seq, step.at), &step.got)?;
        }
    }
    Ok(())
}

fn value(value: Option<&Value>) -> String {
    value.map_or_else(
        || "nothing".to_owned(),
        |value| text::shown(&value.to_string(), VALUE_CHARS_MAX).into_owned(),
    )
}
