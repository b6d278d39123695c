//! `tickdeck rules`: what a strategy's rules say, without running them.

use crate::cli::output::{ExitStatus, Output};
use crate::cli::streams::{refuse_endings, stdin_text};
use crate::data::plain_file;
use crate::domain::text::ShownPath;
use crate::strategy::rules::Rules;
use crate::wire::refusal::Refusal;
use crate::wire::rules::words::{warnings, words};
use crate::wire::{flaws, json, rules};
use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Says what a strategy's rules say.
#[derive(Debug, Clone, Args)]
pub struct RulesArgs {
    #[command(subcommand)]
    verb: RulesVerb,
}

#[derive(Debug, Clone, Subcommand)]
enum RulesVerb {
    /// Tell in plain words what rules do, or which part of them is not understood
    Check(FileArgs),
    /// Write rules of any dialect in one canonical form, which is read like the others
    Convert(FileArgs),
}

/// Rules in a file.
#[derive(Debug, Clone, Args)]
struct FileArgs {
    /// The rules, as the platform sends them: the object in the field `rules` of START_STRATEGY; - is stdin
    #[arg(value_name = "FILE.json")]
    file: PathBuf,
}

/// Runs the verb.
///
/// # Errors
/// What cannot be read; the first part of the rules that is wrong, unknown or not supported.
pub fn run(args: &RulesArgs, output: &Output) -> anyhow::Result<ExitStatus> {
    match &args.verb {
        RulesVerb::Check(FileArgs { file }) => check(file, output),
        RulesVerb::Convert(FileArgs { file }) => {
            let (rules, _) = read(file)?;
            output.data(&serde_json::to_string_pretty(&rules)?)?;
            Ok(ExitStatus::Fine)
        }
    }
}

/// The rules of a file, and what should be written more clearly in it.
fn read(file: &Path) -> anyhow::Result<(Rules, Vec<String>)> {
    let shown = file.shown().to_string();
    refuse_endings(
        file,
        &["toml"],
        "rules are JSON; `tickdeck simulate` reads those of a session",
    )?;
    let text = match stdin_text(file)? {
        Some(text) => text,
        None => plain_file::read_text(file).with_context(|| format!("cannot read {shown}"))?,
    };
    json::read(&text).with_context(|| format!("{shown}: must be one JSON object"))?;
    let understood = |text: &str| {
        let value =
            json::read(text).map_err(|error| Refusal::malformed("rules", error.to_string()))?;
        rules::understand("rules", &value)
    };
    flaws::read_all(&text, "rules", understood).map_err(|mut flaws| {
        if flaws.len() == 1 {
            return anyhow::Error::from(flaws.remove(0)).context(shown);
        }
        let lines: Vec<String> = flaws.iter().map(|flaw| format!("    {flaw}")).collect();
        anyhow::anyhow!("{shown}: {} things are wrong:\n{}", lines.len(), lines.join("\n"))
    })
}

fn check(file: &Path, output: &Output) -> anyhow::Result<ExitStatus> {
    let (rules, remarks) = read(file)?;
    let (words, hash) = (words(&rules), rules::hash(&rules));
    let warnings: Vec<String> = remarks.into_iter().chain(warnings(&rules)).collect();
    if output.json {
        // What is said in several lines under one name becomes one text.
        let mut joined: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        words.into_iter().for_each(|(name, text)| joined.entry(name).or_default().push(text));
        let words: Map<String, Value> = joined
            .into_iter()
            .map(|(name, texts)| (name.to_owned(), serde_json::json!(texts.join("; "))))
            .collect();
        output.object(&serde_json::json!({
            "rules": rules,
            "words": words,
            "warmup_bars": rules.warmup_bars(),
            "warnings": warnings,
            "rules_hash": hash,
        }))?;
    } else {
        let width = words.iter().map(|(name, _)| name.len()).max().unwrap_or(0) + 2;
        let mut lines: Vec<String> =
            words.iter().map(|(name, text)| format!("{name:width$}{text}")).collect();
        lines.push(format!("{:width$}{hash}", "hash"));
        lines.extend(warnings.iter().map(|warning| format!("{:width$}{warning}", "warning")));
        output.data(&lines.join("\n"))?;
    }
    Ok(ExitStatus::Fine)
}
