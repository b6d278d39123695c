//! `tickdeck config`: the settings of live mode that hold, and where each came from.

use crate::cli::output::{ExitStatus, Output};
use crate::config::live::value::LiveValue;
use crate::config::live::{Effective, Environment, load};
use crate::domain::text;
use serde_json::json;
use std::path::{Path, PathBuf};

/// The file that is read when none is named.
const USUAL: &str = "live.toml";

/// Say which settings of live mode hold, and where each came from.
#[derive(Debug, Clone, clap::Args)]
pub struct ConfigArgs {
    /// Show the settings that hold, which is what the verb does anyway
    #[arg(long)]
    show: bool,
    /// The settings file; without it live.toml, if there is one
    #[arg(long, value_name = "FILE.toml")]
    config: Option<PathBuf>,
}

/// Runs the verb.
///
/// # Errors
/// What is wrong with the settings.
pub fn run(args: &ConfigArgs, output: &Output) -> anyhow::Result<ExitStatus> {
    let usual = Path::new(USUAL);
    let path = args.config.as_deref().or_else(|| usual.symlink_metadata().is_ok().then_some(usual));
    let (_, effective) = load(path, &environment())?;
    if output.json {
        output.object(&effective.iter().map(object).collect::<serde_json::Map<_, _>>())?;
        return Ok(ExitStatus::Fine);
    }
    let rows: Vec<[String; 3]> = effective.iter().map(row).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let (keys, values) = (width(0).unwrap_or(0), width(1).unwrap_or(0));
    let lines = rows.iter().map(|[key, value, from]| {
        format!("{key:keys$}  {value:values$}  {from}").trim_end().to_owned()
    });
    output.data(&lines.collect::<Vec<_>>().join("\n"))?;
    Ok(ExitStatus::Fine)
}

/// The variables of the process. A name that is not Unicode is none of ours; such a value is refused where it
/// is one of ours, by the mark that stands for what is no Unicode.
pub(super) fn environment() -> Environment {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.to_string_lossy().into_owned()))
    };
    std::env::vars_os().filter_map(text).collect()
}

fn row(one: &Effective) -> [String; 3] {
    let (value, from) = match &one.found {
        Some((value, from)) => (text::line(&value.to_string()).into_owned(), from.to_string()),
        None => ("-".to_owned(), String::new()),
    };
    [one.key.path.to_owned(), value, text::line(&from).into_owned()]
}

fn object(one: &Effective) -> (String, serde_json::Value) {
    let found = one.found.as_ref().map(|(value, from)| {
        let shown = match value {
            LiveValue::Flag(is) => json!(is),
            LiveValue::Whole(number) => json!(number),
            LiveValue::Program(parts) => json!(parts),
            other => json!(other.to_string()),
        };
        json!({ "value": shown, "from": from.to_string() })
    });
    (one.key.path.to_owned(), found.unwrap_or_default())
}
