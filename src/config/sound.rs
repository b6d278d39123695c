//! Whether a session can be run: its values, and its strategies read as in the run.

use crate::config::checks;
use crate::config::error::ConfigError;
use crate::config::session::Start;
use crate::config::specs;
use crate::domain::suggest::meant_by;
use crate::domain::symbol::SymbolSpec;
use crate::executor::command::{CommandContent, CommandEvent, CommandSource, Malformed};
use crate::session::description::SessionFile;
use crate::wire;
use crate::wire::refusal::{REQUIRED, UNKNOWN_FIELD, UNKNOWN_TOO};
use serde_json::Value;
use std::path::Path;

/// So many flaws of one strategy are told at once.
const FLAWS_MAX: usize = 10;

/// Refuses what cannot be run, in a session file or in that of a recording, which people edit too.
/// Returns the START of each strategy.
///
/// # Errors
/// The first thing that is wrong, with its field, symbol or strategy.
pub fn check(
    path: &Path,
    file: &SessionFile,
    specs: &[SymbolSpec],
) -> Result<Vec<Start>, ConfigError> {
    checks::check(path, file)?;
    check_with(path, file, specs)
}

/// Checks the session against the specifications.
pub(super) fn check_with(
    path: &Path,
    file: &SessionFile,
    specs: &[SymbolSpec],
) -> Result<Vec<Start>, ConfigError> {
    checks::check_flat_news(path, file)?;
    specs.iter().try_for_each(|spec| specs::check_pip(path, spec))?;
    checks::check_commission(path, file, specs)?;
    if file.subscribed.is_some() {
        checks::check_conversion(path, file, specs)?;
    }
    starts(path, file)
}

/// The START of each strategy, read as in the run, so that wrong rules are found now.
fn starts(path: &Path, file: &SessionFile) -> Result<Vec<Start>, ConfigError> {
    let (mut starts, mut wrong) = (Vec::with_capacity(file.strategy.len()), Vec::new());
    for (index, entry) in file.strategy.iter().enumerate() {
        match start(file, index) {
            Ok(event) => starts.push((entry.at, event)),
            Err(reasons) => wrong.extend(reasons.into_iter().map(|reason| (&entry.id, reason))),
        }
    }
    match wrong.as_slice() {
        [] => Ok(starts),
        [(strategy, reason)] => Err(ConfigError::Strategy {
            path: path.to_owned(),
            strategy: (*strategy).clone(),
            reason: reason.clone(),
        }),
        several => {
            let told = several.iter().map(|(id, reason)| format!("strategy `{id}`: {reason}"));
            Err(ConfigError::several(path, told.collect()))
        }
    }
}

/// The START of a strategy, or what is wrong with it. Unknown fields are told and left out or taken for what was probably
/// meant, table by table, so that what is wrong beside them is told at once.
fn start(file: &SessionFile, index: usize) -> Result<CommandEvent, Vec<String>> {
    let mut body = wire::start::body(file, index).map_err(|error| vec![error.to_string()])?;
    let (mut flaws, mut tables) = (Vec::new(), Vec::new());
    loop {
        let event = wire::command::parse(CommandSource::Session, &body);
        let CommandContent::Malformed(Malformed { path, reason, .. }) = &event.content else {
            return if flaws.is_empty() { Ok(event) } else { Err(flaws) };
        };
        let (table, name) = path.rsplit_once('.').unwrap_or(("", path));
        // What is missing where something was left out may be that.
        if reason == REQUIRED && tables.iter().any(|one| one == table) {
            return Err(flaws);
        }
        let field = path.strip_prefix("parameters.").unwrap_or(path);
        flaws.push(format!("{field}: {reason}"));
        let known = reason.strip_prefix(UNKNOWN_FIELD).and_then(|rest| rest.strip_prefix(": "));
        match known.and_then(|hints| as_meant(&body, table, name, hints)) {
            Some(rest) if flaws.len() < FLAWS_MAX => body = rest,
            _ => return Err(flaws),
        }
        tables.push(table.to_owned());
    }
}

/// A body in which a table has the names that its unknown ones were probably meant to be.
fn as_meant(body: &str, table: &str, name: &str, hints: &str) -> Option<String> {
    let mut body: Value = serde_json::from_str(body).ok()?;
    let pointer = format!("/{}", table.replace(['.', '['], "/").replace(']', ""));
    let table = body.pointer_mut(&pointer)?.as_object_mut()?;
    let (first, more) = hints.split_once("; `").unwrap_or((hints, ""));
    let more = more.split("; `").filter_map(|it| it.split_once(UNKNOWN_TOO));
    for (name, hint) in more.chain([(name, first)]) {
        let value = table.remove(name)?;
        if let Some(meant) = meant_by(hint) {
            table.entry(meant).or_insert(value);
        }
    }
    Some(body.to_string())
}
