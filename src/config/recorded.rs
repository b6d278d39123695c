//! The session of a recording, to be run afresh: with its ticks, commands, operator's acts and the sources
//! that it follows, but another broker.

use crate::config::error::ConfigError;
use crate::config::session::Session;
use crate::executor::command::CommandSource;
use crate::executor::event::Event;
use crate::recording::files::tick_files;
use crate::recording::inputs::Item;
use crate::recording::reader::Recording;
use crate::session::description::{SessionFile, TickSource};
use std::path::PathBuf;

/// What a recording's session is without its result.
///
/// # Errors
/// [`ConfigError::BeginsInside`] when it does not begin with a fresh executor: nobody could tell the
/// simulated broker what the account held. When it cannot be read.
pub fn afresh(recording: &Recording) -> Result<Session, ConfigError> {
    if recording.state.is_some() {
        return Err(ConfigError::BeginsInside(recording.dir.clone()));
    }
    let mut inputs = recording.inputs()?;
    let mut stream = Vec::new();
    while let Some(item) = inputs.read()? {
        if let Item::Input {
            at,
            event: event @ (Event::Command(_) | Event::Operator(_) | Event::Source(_)),
            ..
        } = item
        {
            stream.push((at, event));
        }
    }
    let file = &recording.file;
    let ticks = file.symbols.iter().cloned();
    let ticks = ticks.zip(tick_files(&file.symbols).into_iter().map(PathBuf::from)).collect();
    let file = SessionFile {
        recording: None,
        ticks: Some(TickSource::Files(ticks)),
        // Its ticks were recorded by its clock.
        assume_zone: true,
        ..file.clone()
    };
    let (dir, specs) = (recording.dir.clone(), recording.specs.clone());
    let history = recording.history()?;
    Ok(Session { file, dir, specs, starts: Vec::new(), history, stream, sources: Vec::new() })
}

/// Whether an input is one that other commands replace: neither a START of the session's own nor what a
/// source has open.
pub(super) fn is_from_outside(event: &Event) -> bool {
    match event {
        Event::Command(command) => command.source == CommandSource::Stream,
        Event::Operator(_) => true,
        _ => false,
    }
}
