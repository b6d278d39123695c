//! The output of all verbs: data on stdout, everything else on stderr. All of it passes through
//! here. Control characters are escaped and what looks like a secret is replaced, wherever the text
//! comes from.

use crate::cli::clock::ClockChoice;
use crate::config::error::ConfigError;
use crate::disk::unfinished;
use crate::domain::text as shown;
use crate::domain::text::ShownPath;
use crate::domain::zone::ServerZone;
use crate::recording::folder::is_inside;
use crate::wire::secrets::told::{told, told_json};
use anyhow::Context;
use clap::ValueEnum;
use serde::Serialize;
use serde_json::json;
use std::borrow::Cow;
use std::error::Error;
use std::io::{self, IsTerminal, Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

/// The longest message of an error that is told on stderr: it may quote a file.
const MESSAGE_CHARS_MAX: usize = 4_000;

/// How a verb ended. A bug ends the process with 101, by panic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    /// As it should.
    Fine,
    /// The check says no: a divergence, a failed gate, a violated invariant.
    CheckFailed,
    /// Bad usage or bad input.
    BadInput,
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(match status {
            ExitStatus::Fine => 0,
            ExitStatus::CheckFailed => 1,
            ExitStatus::BadInput => 2,
        })
    }
}

/// Refuses to write into a recording: it holds its own files alone, and is made and replaced whole.
///
/// # Errors
/// Names the option and the file.
pub fn spare_recordings(option: &str, path: &Path) -> anyhow::Result<()> {
    anyhow::ensure!(
        !is_inside(path),
        "{option}: {} lies in the directory of a recording: name a place outside of it",
        path.shown()
    );
    Ok(())
}

/// Refuses a name that says another kind of file than is written: whoever reads it goes by the
/// name.
///
/// # Errors
/// Names the option, the file, and the ending that is right.
pub fn check_ending(option: &str, path: &Path, what: &str, ending: &str) -> anyhow::Result<()> {
    check_endings(option, path, what, &[ending])
}

/// As [`check_ending`], where there are several that are right.
///
/// # Errors
/// As [`check_ending`].
pub fn check_endings(
    option: &str,
    path: &Path,
    what: &str,
    endings: &[&str],
) -> anyhow::Result<()> {
    let found = path.extension().unwrap_or_default();
    let is_right = endings.iter().any(|ending| found.eq_ignore_ascii_case(ending));
    let right = endings.join(" or .");
    anyhow::ensure!(is_right, "{option}: {}: {what}: name a file .{right}", path.shown());
    Ok(())
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How a verb is to speak.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Output {
    /// One JSON object on stdout instead of text.
    pub json: bool,
    /// Nothing but data and errors.
    pub quiet: bool,
    /// How much more to say.
    pub verbose: u8,
    /// The clock by which times are shown.
    pub clock: ClockChoice,
    /// The server's clock of the session that is spoken of.
    pub zone: Option<ServerZone>,
    /// The same for errors, which are told once the verb that speaks of a session has ended.
    pub last_zone: Arc<OnceLock<ServerZone>>,
    /// Colours.
    pub color: ColorChoice,
}

/// An error that knows what the user can do about it. Attach it with [`anyhow::Error::context`], or
/// return it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Helped {
    /// What was wrong.
    pub message: String,
    /// What the user can do.
    pub help: String,
}

impl Output {
    /// The same for what is said of a session with this server's clock.
    #[must_use]
    pub fn of_session(&self, zone: &ServerZone) -> Self {
        Self { zone: Some(zone.clone()), ..self.clone() }
    }

    /// As [`Self::of_session`], for the one session that the verb is about: the error with which it
    /// ends is told by the same clock.
    #[must_use]
    pub fn about(&self, zone: &ServerZone) -> Self {
        self.last_zone.get_or_init(|| zone.clone());
        self.of_session(zone)
    }

    /// A text with all of its times by the clock that is wanted.
    fn by_clock<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.zone.as_ref().or(self.last_zone.get()) {
            Some(zone) => self.clock.retell(text, zone).into(),
            None => text.into(),
        }
    }

    /// Writes data for people to stdout, of one line or more; what a terminal would obey is
    /// escaped.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn data(&self, text: &str) -> anyhow::Result<()> {
        write_line(&shown::lines(&told(&self.by_clock(text))))
    }

    /// Writes the name of a file that was written to stdout, on one line.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn path(&self, path: &Path) -> anyhow::Result<()> {
        self.data(&shown::line(&path.shown()))
    }

    /// Writes the verb's one JSON object to stdout.
    ///
    /// # Errors
    /// When it cannot be made or stdout cannot be written.
    pub fn object<T: Serialize>(&self, value: &T) -> anyhow::Result<()> {
        self.json_text(&serde_json::to_string(value).context("cannot make JSON of the result")?)
    }

    /// Writes JSON to stdout that is text already; what a terminal would obey is escaped as JSON
    /// does.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn json_text(&self, json: &str) -> anyhow::Result<()> {
        write_line(&shown::json(&told_json(json)))
    }

    /// Writes a script of ours to stdout, as it is.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn script(&self, script: &str) -> anyhow::Result<()> {
        write_line(script)
    }

    /// Writes a table to stdout, as it is. A reader that has left is no failure.
    ///
    /// # Errors
    /// When it cannot be read or stdout cannot be written.
    pub fn copy(&self, table: &mut impl Read) -> anyhow::Result<()> {
        match io::copy(table, &mut io::stdout().lock()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written.map(drop).context("cannot write to stdout"),
        }
    }

    /// Writes a line for people to stderr, unless they asked for quiet.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            tell(&self.by_clock(text));
        }
    }

    /// Writes a line to stderr for people who asked for more.
    pub fn detail(&self, text: &str) {
        if self.verbose > 0 {
            tell(&self.by_clock(text));
        }
    }

    /// Whether colours are used on stderr.
    fn is_colored(&self) -> bool {
        match self.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => io::stderr().is_terminal() && !is_plain_wanted(),
        }
    }

    /// Says why a verb failed: the chain of causes and what can be done, on stderr, and with
    /// `--json` also as one object on stdout.
    #[must_use]
    pub fn failed(&self, error: &anyhow::Error) -> ExitStatus {
        self.tell_error(error);
        if self.json {
            print_json_error(
                &self.by_clock(&error.to_string()),
                &self.causes(error),
                help(error).as_deref(),
            );
        }
        ExitStatus::BadInput
    }

    /// Writes an error to stderr: the chain of its causes and what can be done. That a run was told
    /// to end is none.
    pub fn tell_error(&self, error: &anyhow::Error) {
        unfinished::wait_if_ending();
        tell_below(
            &(self.label("error:", "1;31") + " "),
            &indented(&self.by_clock(&error.to_string())),
        );
        for cause in self.causes(error) {
            tell_below(&format!("  {} ", self.label("caused by:", "1")), &indented(&cause));
        }
        if let Some(help) = help(error) {
            tell_below(&(self.label("help:", "1;36") + " "), &indented(&help));
        }
    }

    fn causes(&self, error: &anyhow::Error) -> Vec<String> {
        let told = |cause: &(dyn Error + 'static)| {
            self.by_clock(cause.to_string().trim_end()).into_owned()
        };
        error.chain().skip(1).map(told).collect()
    }

    fn label(&self, word: &str, style: &str) -> String {
        if self.is_colored() { format!("\u{1b}[{style}m{word}\u{1b}[0m") } else { word.to_owned() }
    }
}

/// Whether `NO_COLOR` asks for plain text.
#[must_use]
pub fn is_plain_wanted() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// One JSON object with an error, on stdout.
pub(super) fn print_json_error(message: &str, causes: &[String], help: Option<&str>) {
    let object = json!({ "error": { "message": message, "causes": causes, "help": help } });
    // A stdout that is gone has been told on stderr already.
    let _ = writeln!(io::stdout().lock(), "{}", shown::json(&told_json(&object.to_string())));
}

/// Writes to stdout. A reader that has left is no failure: the verb does what is left of its work,
/// for its results and its status.
fn write_line(text: &str) -> anyhow::Result<()> {
    match writeln!(io::stdout().lock(), "{text}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to stdout"),
    }
}

/// Writes lines of ours; a stderr that is gone leaves nobody to tell.
fn tell(text: &str) {
    tell_below("", text);
}

/// Writes a label of ours and lines below it.
fn tell_below(label: &str, text: &str) {
    let _ = writeln!(io::stderr().lock(), "{label}{}", shown::lines(&told(text)));
}

/// A message, cut where it quotes too much, with its further lines indented, so that none of them
/// looks like a line of ours. What looks like a secret is replaced first: half of one would not
/// look like it.
fn indented(message: &str) -> String {
    shown::cut(&told(message), MESSAGE_CHARS_MAX).replace('\n', "\n    ")
}

/// What can be done about an error, from the first in its chain that knows.
fn help(error: &anyhow::Error) -> Option<String> {
    let advice = error.downcast_ref::<Helped>().map(|advice| advice.help.clone());
    advice.or_else(|| {
        error.chain().find_map(|cause| {
            match (cause.downcast_ref::<Helped>(), cause.downcast_ref::<ConfigError>()) {
                (Some(advice), _) => Some(advice.help.clone()),
                (None, Some(config)) => config.help(),
                (None, None) => None,
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_is_found_wherever_it_stands_in_the_chain() {
        let advice = || Helped { message: "no".into(), help: "do".into() };
        assert_eq!(help(&anyhow::Error::new(advice())), Some("do".to_owned()));
        assert_eq!(help(&anyhow::Error::new(advice()).context("above")), Some("do".to_owned()));
        assert_eq!(help(&anyhow::anyhow!("below").context(advice())), Some("do".to_owned()));
        assert_eq!(help(&anyhow::anyhow!("nothing")), None);
    }

    /// A pipe that breaks elsewhere, such as a connection, is a failure like any other.
    #[test]
    fn what_fails_is_bad_input() {
        let pipe =
            anyhow::Error::new(io::Error::from(io::ErrorKind::BrokenPipe)).context("cannot fetch");
        assert_eq!(Output::default().failed(&pipe), ExitStatus::BadInput);
        assert_eq!(Output::default().failed(&anyhow::anyhow!("no")), ExitStatus::BadInput);
    }
}
