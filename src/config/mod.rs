//! A session file, checked and resolved into what a run needs.
//!
//! Everything that can be wrong with a session is found here, before anything runs. It reads only
//! the session's own files: no environment, no clock. Start with [`load`].

mod calendar;
mod checks;
mod commands;
pub mod error;
pub mod init;
pub mod keys;
pub mod live;
mod propfirm;
pub mod recorded;
mod session;
pub mod setting;
mod sound;
mod sources;
mod specs;
mod unknown;

pub use session::{Session, Start};
pub use sound::check;

use crate::config::error::{ConfigError, SECRET};
use crate::config::setting::Setting;
use crate::data::plain_file;
use crate::domain::point_in_time::PointInTime;
use crate::domain::time::Timestamp;
use crate::executor::event::Event;
use crate::recording::reader::Recording;
use crate::session::description::{FORMAT, NOT_A_FIGURE, SessionFile, not_a_figure};
use crate::session::schedule;
use crate::wire::secrets;
use serde::Deserialize;
use std::path::Path;

/// Reads and checks a session file and the files that it names. That of a recording is the session which
/// was recorded, with its commands and ticks.
///
/// # Errors
/// The first thing that is wrong, with file, line or field.
pub fn load(path: &Path) -> Result<Session, ConfigError> {
    load_with(path, Instead::default())
}

/// What replaces parts of a session file.
#[derive(Debug, Clone, Copy, Default)]
pub struct Instead<'a> {
    /// Other commands than those named in the file.
    pub commands: Option<&'a Path>,
    /// Other values.
    pub settings: &'a [Setting],
    /// Another first moment.
    pub from: Option<PointInTime>,
    /// Another end.
    pub to: Option<PointInTime>,
    /// The text of the file, where it is none that can be opened: its paths are relative to where the
    /// program runs.
    pub text: Option<&'a str>,
}

/// As [`load`], with something else instead of what the file says.
///
/// # Errors
/// As [`load`].
pub fn load_with(path: &Path, instead: Instead<'_>) -> Result<Session, ConfigError> {
    let Instead { commands: other_commands, settings, from, to, text } = instead;
    let text = match text {
        Some(text) => text.to_owned(),
        None => plain_file::read_text(path).map_err(|source| ConfigError::read(path, source))?,
    };
    let text = with_settings(path, text, settings)?;
    let mut file = parse(path, &text)?;
    if file.recording.is_some() {
        checks::within(&file, from)
            .map_err(|(field, reason)| ConfigError::field(path, field, reason))?;
    }
    (file.from, file.to) = (from.or(file.from), to.or(file.to));
    let dir = path.parent().unwrap_or(Path::new("")).to_owned();
    if file.recording.is_some() {
        return load_recorded(path, &dir, file, other_commands);
    }
    // This comes before anything in the file is used.
    checks::check(path, &file)?;
    if let Some(news) = file.news.take() {
        file.calendar = calendar::read(&dir.join(news))?;
        // A title may be anything, and would be written into a recording.
        refuse_secrets(path, &file)?;
    }
    file.risk = propfirm::resolve(path, &dir, file.risk)?;
    let wrong = |(field, reason)| ConfigError::field(path, field, reason);
    checks::risk(&file.risk).map_err(wrong)?;
    if let Some(followed) = file.followed.first() {
        let reason = format!(
            "belongs to recordings: name the recording of `{}` under [[source]]",
            followed.id
        );
        return Err(ConfigError::field(path, "followed", reason));
    }
    let sources = sources::resolve(path, &dir, &mut file)?;
    checks::followed(&file).map_err(wrong)?;
    let specs = specs::resolve(path, &dir, &file)?;
    let starts = sound::check_with(path, &file, &specs)?;
    let mut stream = match (other_commands, &file.commands) {
        (Some(given), _) => commands::read(given)?,
        (None, Some(named)) => commands::read(&dir.join(named))?,
        (None, None) => Vec::new(),
    };
    stream.extend(sources.news);
    sort(&mut stream);
    let (history, sources) = (Vec::new(), sources.folders);
    Ok(Session { file, dir, specs, starts, history, stream, sources })
}

/// The session of the recording in whose folder the file lies.
fn load_recorded(
    path: &Path,
    dir: &Path,
    file: SessionFile,
    other_commands: Option<&Path>,
) -> Result<Session, ConfigError> {
    let recording = Recording { file, ..Recording::open(dir)? };
    check(path, &recording.file, &recording.specs)?;
    let mut session = recorded::afresh(&recording)?;
    if let Some(given) = other_commands {
        session.stream.retain(|(_, event)| !recorded::is_from_outside(event));
        session.stream.extend(commands::read(given)?);
        sort(&mut session.stream);
    }
    Ok(session)
}

/// The text of a session with other values.
fn with_settings(path: &Path, text: String, settings: &[Setting]) -> Result<String, ConfigError> {
    if settings.is_empty() {
        return Ok(text);
    }
    let mut table: toml::Table =
        toml::from_str(&text).map_err(|source| ConfigError::syntax(path, &text, source))?;
    for setting in settings {
        setting.apply(&mut table).map_err(|reason| ConfigError::field(path, "--set", reason))?;
    }
    Ok(toml::to_string(&table).expect("what was read as TOML can be written as TOML"))
}

/// Puts what comes from outside in the order in which it takes effect.
fn sort(stream: &mut [(Timestamp, Event)]) {
    stream.sort_by(|(at, event), (other_at, other)| {
        schedule::order((*at, event), (*other_at, other))
    });
}

/// The fields that every version of the format has.
#[derive(Debug, Deserialize)]
struct Versioned {
    format: Option<toml::Value>,
}

/// Parses the file. A newer format is refused before its unknown fields are.
fn parse(path: &Path, text: &str) -> Result<SessionFile, ConfigError> {
    let syntax = |source| ConfigError::syntax(path, text, source);
    let versioned: Versioned = toml::from_str(text).map_err(syntax)?;
    let format = versioned.format.as_ref().and_then(toml::Value::as_integer);
    if format.is_some_and(|format| format > i64::from(FORMAT)) {
        return Err(ConfigError::Newer {
            path: path.to_owned(),
            format: format.unwrap_or_default(),
        });
    }
    if format != Some(i64::from(FORMAT)) {
        return Err(ConfigError::field(
            path,
            "format",
            format!("must be {FORMAT}: write `format = {FORMAT}` first"),
        ));
    }
    if let Some(field) = toml::from_str(text).ok().and_then(|table| not_a_figure(&table)) {
        return Err(ConfigError::field(path, &field, NOT_A_FIGURE));
    }
    unknown::refuse(path, text)?;
    let file = toml::from_str(text).map_err(syntax)?;
    refuse_secrets(path, &file)?;
    Ok(file)
}

/// Refuses a session that holds what looks like a secret, before any message can quote it.
fn refuse_secrets(path: &Path, file: &SessionFile) -> Result<(), ConfigError> {
    let value = serde_json::to_value(file).unwrap_or_default();
    match secrets::find_in_session(&value) {
        Some(field) => Err(ConfigError::field(path, field, SECRET)),
        None => Ok(()),
    }
}
