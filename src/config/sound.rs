//! Whether a session can be run: its values, and its strategies read as in the run.

use crate::config::checks;
use crate::config::error::ConfigError;
use crate::config::session::Start;
use crate::config::specs;
use crate::domain::symbol::SymbolSpec;
use crate::executor::command::{CommandContent, CommandSource};
use crate::session::description::SessionFile;
use crate::wire;
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

/// The START of each strategy, read as in the run, so that a wrong rule is found now.
fn starts(path: &Path, file: &SessionFile) -> Result<Vec<Start>, ConfigError> {
    let mut starts = Vec::with_capacity(file.strategy.len());
    for (index, entry) in file.strategy.iter().enumerate() {
        let wrong = |reason: String| ConfigError::Strategy {
            path: path.to_owned(),
            strategy: entry.id.clone(),
            reason,
        };
        let body = wire::start::body(file, index).map_err(|error| wrong(error.to_string()))?;
        let event = wire::command::parse(CommandSource::Session, &body);
        if let CommandContent::Malformed(malformed) = &event.content {
            let field = malformed.path.strip_prefix("parameters.").unwrap_or(&malformed.path);
            return Err(wrong(format!("{field}: {}", malformed.reason)));
        }
        starts.push((entry.at, event));
    }
    Ok(starts)
}
