//! Whether a session can be run: its values, and its strategies read as in the run.

use crate::config::checks;
use crate::config::error::ConfigError;
use crate::config::session::Start;
use crate::config::specs;
use crate::domain::symbol::SymbolSpec;
use crate::executor::command::{CommandContent, CommandEvent, CommandSource, Malformed};
use crate::session::description::SessionFile;
use crate::wire;
use crate::wire::refusal::Refusal;
use std::path::Path;

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

/// The START of a strategy, or what is wrong with it.
fn start(file: &SessionFile, index: usize) -> Result<CommandEvent, Vec<String>> {
    let body = wire::start::body(file, index).map_err(|error| vec![error.to_string()])?;
    let read = |body: &str| {
        let event = wire::command::parse(CommandSource::Session, body);
        match &event.content {
            CommandContent::Malformed(Malformed { path, reason, kind, .. }) => {
                Err(Refusal { path: path.clone(), reason: reason.clone(), kind: *kind })
            }
            CommandContent::Parsed { .. } => Ok(event),
        }
    };
    wire::flaws::read_all(&body, "", read).map_err(|flaws| {
        let told = |flaw: &Refusal| {
            let field = flaw.path.strip_prefix("parameters.").unwrap_or(&flaw.path);
            format!("{field}: {}", flaw.reason)
        };
        flaws.iter().map(told).collect()
    })
}
