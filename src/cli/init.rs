//! `tickdeck init`: writes a session to begin with.

use crate::cli::output::{ExitStatus, Helped, Output, check_ending, spare_recordings};
use crate::config::init::session;
use crate::data::replace::Replacement;
use crate::data::specification::base_of;
use crate::domain::symbols_builtin::builtin;
use crate::domain::text::{self, ShownPath};
use anyhow::Context;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Writes a session to begin with.
#[derive(Debug, Clone, clap::Args)]
pub struct InitArgs {
    /// The file to write, which must not be there; - is stdout
    #[arg(value_name = "FILE.toml", default_value = "session.toml")]
    file: PathBuf,
    /// The symbol that it trades
    #[arg(long, value_name = "NAME", default_value = "EURUSD", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    symbol: String,
}

/// Runs the verb.
///
/// # Errors
/// When the file is there already, is named as another kind of file, or cannot be written.
pub fn run(args: &InitArgs, output: &Output) -> anyhow::Result<ExitStatus> {
    let InitArgs { file, symbol } = args;
    let written = session(symbol);
    if file == Path::new("-") {
        output.data(written.trim_end())?;
    } else {
        check_ending("FILE", file, "a session is TOML", "toml")?;
        spare_recordings("FILE", file)?;
        if file.symlink_metadata().is_ok() {
            let message = format!("{} is there already", file.shown());
            let help = "name another file: nothing is written over".to_owned();
            return Err(Helped { message, help }.into());
        }
        let mut made = Replacement::create(file)?;
        let cannot = || format!("cannot write {}", file.shown());
        made.write_all(written.as_bytes()).with_context(cannot)?;
        made.finish()?;
        if output.json {
            output.object(
                &serde_json::json!({ "file": file.shown().to_string(), "symbol": symbol }),
            )?;
        } else if !output.quiet {
            output.path(file)?;
        }
    }
    if builtin(symbol).is_none() {
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
