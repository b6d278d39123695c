//! `tickdeck explain`: what a key of a session stands for.

use crate::cli::output::{ExitStatus, Helped, Output};
use crate::config::keys::{self, FoundKey, Key, below, find, likest, paths_asked};
use crate::domain::suggest::is_set_itself;
use crate::domain::symbols_builtin::NAMES;
use crate::domain::text;
use crate::indicator::applied_price::AppliedPrice;
use crate::indicator::catalogue::IndicatorKind;
use crate::indicator::row::Row;
use serde_json::json;

/// Says what a key of a session stands for.
#[derive(Debug, Clone, clap::Args)]
pub struct ExplainArgs {
    /// A key by its name or path, such as stopLoss or broker.slippage; `indicators` lists these
    #[arg(value_name = "KEY", required_unless_present = "all")]
    key: Option<String>,
    /// Write the reference of all keys, as Markdown
    #[arg(long, conflicts_with = "key")]
    all: bool,
}

/// Runs the verb.
///
/// # Errors
/// An unknown key, with the nearest known ones.
pub fn run(args: &ExplainArgs, output: &Output) -> anyhow::Result<ExitStatus> {
    let Some(asked) = &args.key else {
        output.data(keys::reference().trim_end())?;
        return Ok(ExitStatus::Fine);
    };
    let word = asked.trim();
    if word == "indicators" && !output.json {
        output.data(&indicators())?;
        return Ok(ExitStatus::Fine);
    }
    let found = find(word);
    let names = below(word);
    if found.is_empty() && names.is_empty() {
        return Err(unknown(word).into());
    }
    if output.json {
        output.object(
            &json!({ "keys": found.iter().map(|found| object(found, word)).collect::<Vec<_>>(), "below": names }),
        )?;
        return Ok(ExitStatus::Fine);
    }
    let mut parts: Vec<String> = found.iter().map(|found| told(found, word)).collect();
    if !names.is_empty() {
        parts.push(format!("keys below {}: {}", text::line(word), names.join(", ")));
    }
    if word == "symbols" {
        parts.push(format!("built in: {}", NAMES.join(", ")));
    }
    output.data(&parts.join("\n\n"))?;
    Ok(ExitStatus::Fine)
}

fn unknown(word: &str) -> Helped {
    let shown = text::line(word);
    let why = if is_set_itself(word) {
        "the executor sets it itself".to_owned()
    } else {
        format!("the nearest are {}", likest(word).join(", "))
    };
    Helped {
        message: format!("`{shown}` is no key of a session: {why}"),
        help: "`tickdeck explain --all` lists every key".to_owned(),
    }
}

/// A key at the paths that are asked for.
fn told(found: &FoundKey, asked: &str) -> String {
    let Key { name, unit, default, allowed, example, says } = found.key;
    let mut lines: Vec<String> = paths_asked(found, asked);
    lines.push(format!("  {says}"));
    let mut line = |label: &str, said: &str| {
        if !said.is_empty() {
            lines.push(format!("  {label:<9}{said}"));
        }
    };
    line("of", found.section.title);
    line("unit", unit);
    line("default", default.words());
    line("allowed", allowed);
    if !example.is_empty() {
        line("example", &format!("{name} = {example}"));
    }
    line("source", found.section.rule);
    lines.join("\n")
}

fn object(found: &FoundKey, asked: &str) -> serde_json::Value {
    let Key { unit, default, allowed, example, says, .. } = found.key;
    json!({
        "paths": paths_asked(found, asked),
        "says": says,
        "of": found.section.title,
        "unit": unit,
        "default": default.words(),
        "allowed": allowed,
        "example": example,
        "source": found.section.rule,
    })
}

/// Each indicator with its figures, its lines and its other names.
fn indicators() -> String {
    let mut lines = vec![
        "A name, then its figures in this order and an applied price, with _ or : between: EMA_20, bands:20:2.5,"
            .to_owned(),
        "SMA_50_MEDIAN, MACD_SIGNAL_12_26_9. In brackets is what holds where a figure is left out.".to_owned(),
        String::new(),
    ];
    lines.extend(IndicatorKind::ALL.iter().map(|kind| indicator(kind.row())));
    let prices = AppliedPrice::ALL.map(AppliedPrice::name).join(", ");
    lines.push(format!("\nprices: {prices}"));
    lines.join("\n")
}

fn indicator(row: &Row) -> String {
    let figures = row.parameters.iter().map(|figure| match figure.default {
        Some(default) => format!("{} ({default})", figure.name),
        None => figure.name.to_owned(),
    });
    let mut parts = vec![figures.collect::<Vec<_>>().join(", ")];
    let lines: Vec<&str> =
        row.lines.iter().filter(|line| !line.is_main()).map(|line| line.name).collect();
    if !lines.is_empty() {
        parts.push(format!("lines {}", lines.join(", ")));
    }
    if !row.aliases.is_empty() {
        parts.push(format!("also {}", row.aliases.join(", ")));
    }
    parts.retain(|part| !part.is_empty());
    format!("{:<24}{}", row.name, parts.join("; ")).trim_end().to_owned()
}
