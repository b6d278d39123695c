//! `tickdeck init`: writes a session to begin with, or the settings of live mode.

mod live;

use crate::cli::output::{ExitStatus, Helped, Output, check_ending, spare_recordings};
use crate::config::init::session;
use crate::config::live::example;
use crate::data::replace::Replacement;
use crate::data::specification::base_of;
use crate::domain::symbols_builtin::builtin;
use crate::domain::text::{self, ShownPath};
use anyhow::Context;
use serde_json::json;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Writes a session to begin with, or the settings of live mode.
#[derive(Debug, Clone, clap::Args)]
pub struct InitArgs {
    /// The file to write, which must not be there; - is stdout
    #[arg(
        value_name = "FILE.toml",
        default_value = "session.toml",
        default_value_if("live", "true", "live.toml")
    )]
    file: PathBuf,
    /// Write the settings of live mode instead, and ask for what they need
    #[arg(long, conflicts_with = "symbol")]
    live: bool,
    /// Ask nothing: every key explained, none set
    #[arg(long, requires = "live")]
    example: bool,
    /// The symbol that it trades
    #[arg(long, value_name = "NAME", default_value = "EURUSD", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    symbol: String,
}

/// # Errors
/// A file that is there already, or is named as another kind of file.
fn check(file: &Path, what: &str) -> anyhow::Result<()> {
    if file == Path::new("-") {
        return Ok(());
    }
    check_ending("FILE", file, what, "toml")?;
    spare_recordings("FILE", file)?;
    if file.symlink_metadata().is_ok() {
        let message = format!("{} is there already", file.shown());
        let help = "name another file: nothing is written over".to_owned();
        return Err(Helped { message, help }.into());
    }
    Ok(())
}

/// Runs the verb.
///
/// # Errors
/// When the file is there already, is named as another kind of file, or cannot be written.
pub fn run(args: &InitArgs, output: &Output) -> anyhow::Result<ExitStatus> {
    let InitArgs { file, symbol, .. } = args;
    // What cannot be written is not asked for.
    check(file, if args.live { "settings are TOML" } else { "a session is TOML" })?;
    let written = match (args.live, args.example) {
        (false, _) => session(symbol),
        (true, false) => live::ask(&mut io::stdin().lock(), &mut io::stderr().lock())?,
        (true, true) => example::file(&[]),
    };
    if file == Path::new("-") {
        output.data(written.trim_end())?;
    } else {
        let mut made = Replacement::create(file)?;
        let cannot = || format!("cannot write {}", file.shown());
        made.write_all(written.as_bytes()).with_context(cannot)?;
        made.finish()?;
        if output.json {
            let symbol = (!args.live).then_some(symbol);
            output.object(&json!({ "file": file.shown().to_string(), "symbol": symbol }))?;
        } else if !output.quiet {
            output.path(file)?;
        }
    }
    if !args.live && builtin(symbol).is_none() {
        let name = text::name(symbol);
        let hint = match base_of(symbol) {
            Some(base) => format!("it may be like {base}, which is built in"),
            None => "`tickdeck explain symbols` says what is built in".to_owned(),
        };
        output.note(&format!(
            "nothing is built in for {name}: name its specification in `specs`, or under [symbol.\"{name}\"] ({hint})"
        ));
    }
    Ok(ExitStatus::Fine)
}
