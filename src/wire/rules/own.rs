//! Rules that leave the decision to code: `strategy`, which names a strategy in Rust or the `command`
//! of a program that is asked, the `lines` that it reads and its `parameters`. Everything else is
//! written as in R2.

use super::comparison::placed;
use super::{entry_order, exit, filters, sizing};
use crate::indicator::spec::LineSpec;
use crate::strategy::advised::{Advised, DEADLINE_MS};
use crate::strategy::condition::{Constant, LineAt};
use crate::strategy::own::Own;
use crate::strategy::rules::{EntryRule, Rules};
use crate::wire::fields::{Fields, kind};
use crate::wire::indicator;
use crate::wire::refusal::Refusal;
use serde_json::Value;
use std::collections::BTreeMap;

const KNOWN: &[&str] =
    &["strategy", "lines", "parameters", "order", "exit", "riskManagement", "filters"];
/// The fields that say on which bars a line is read.
const PLACED: [&str; 3] = ["timeframe", "barsAgo", "symbol"];

/// Reads the rules at `path`.
///
/// # Errors
/// The first field that is wrong, unknown or not supported by this version.
pub fn read(path: &str, value: &Value) -> Result<Rules, Refusal> {
    let rules = Fields::of(path, value)?;
    rules.only(KNOWN, &[])?;
    let strategy = rules.required("strategy", rules.get("strategy"))?;
    let entry = if strategy.is_object() {
        EntryRule::Advised(Box::new(advised(&rules)?))
    } else {
        let strategy = rules.required("strategy", rules.text("strategy")?)?.to_owned();
        rules.required("lines", rules.get("lines"))?;
        let (lines, parameters) = (lines(&rules)?, parameters(&rules)?);
        EntryRule::Own(Box::new(Own { strategy, lines, parameters }))
    };
    let exit = exit::read(&rules)?;
    let risk = sizing::management(&rules, &exit)?;
    Ok(Rules {
        entry,
        order: entry_order::read(&rules, "order")?,
        exit,
        risk,
        filters: filters::read(&rules)?,
        timeframe: None,
    })
}

/// Reads a strategy in another process.
fn advised(rules: &Fields<'_>) -> Result<Advised, Refusal> {
    let program = rules.required("strategy", rules.object("strategy")?)?;
    program.only(&["command", "deadlineMs", "bars"], &[])?;
    Ok(Advised {
        command: command(&program)?,
        deadline_ms: program.count("deadlineMs", 1)?.unwrap_or(DEADLINE_MS),
        bars: program.count("bars", 1)?.unwrap_or(1),
        lines: lines(rules)?,
        parameters: parameters(rules)?,
    })
}

fn command(program: &Fields<'_>) -> Result<Vec<String>, Refusal> {
    const WANTED: &str = "must be a list of texts, such as [\"python3\", \"my.py\"]";
    let value = program.required("command", program.get("command"))?;
    let parts = value.as_array().ok_or_else(|| program.wrong("command", WANTED))?;
    let text = |part: &Value| part.as_str().map(str::to_owned);
    let parts: Option<Vec<String>> = parts.iter().map(text).collect();
    parts.ok_or_else(|| program.wrong("command", WANTED))
}

fn lines(rules: &Fields<'_>) -> Result<Vec<LineAt>, Refusal> {
    let Some(value) = rules.get("lines") else { return Ok(Vec::new()) };
    let Value::Array(items) = value else {
        return Err(rules.wrong("lines", format!("must be a list of lines, not {}", kind(value))));
    };
    if items.is_empty() {
        return Err(rules.wrong("lines", "must name the lines that the strategy reads"));
    }
    let read = |(place, item): (usize, &Value)| {
        let path = rules.path(&format!("lines[{place}]"));
        let Value::Object(_) = item else {
            return indicator::read(&path, item).map(LineAt::own);
        };
        let fields = Fields::of(&path, item)?;
        let figures = fields.rest(|name| PLACED.contains(&name));
        let line: LineSpec = indicator::read(&path, &Value::Object(figures))?;
        placed(&fields, line, ["timeframe", "barsAgo"])
    };
    items.iter().enumerate().map(read).collect()
}

fn parameters(rules: &Fields<'_>) -> Result<BTreeMap<String, Constant>, Refusal> {
    let Some(inner) = rules.object("parameters")? else { return Ok(BTreeMap::new()) };
    let given = inner.rest(|_| false);
    let read = |(name, value): (&String, &Value)| {
        let text = match value {
            Value::Number(number) => number.to_string(),
            Value::String(text) => text.clone(),
            other => {
                return Err(inner.wrong(name, format!("must be a number, not {}", kind(other))));
            }
        };
        let number = text.parse::<Constant>();
        let number = number.map_err(|error| inner.wrong(name, error.to_string()))?;
        Ok((name.clone(), number))
    };
    given.iter().map(read).collect()
}
