//! `tickdeck status`: shows what a live session knows, by its control API.

use crate::cli::control::call;
use crate::cli::output::{ExitStatus, Output};
use crate::courier::http::Method;
use anyhow::Context;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Show what a live session knows: its link, account, strategies, positions and orders.
#[derive(Debug, clap::Args)]
pub struct StatusArgs {
    /// The settings file of the session
    #[arg(long, value_name = "LIVE.toml", default_value = "live.toml")]
    config: PathBuf,
}

/// Shows what a session knows.
///
/// # Errors
/// When there is no session, or it does not answer.
pub fn run(args: &StatusArgs, output: &Output) -> anyhow::Result<ExitStatus> {
    let view = call(&args.config, Method::Get, "/api/view", None)?;
    if output.json {
        output.object(view.as_object().context("the session answers with no object")?)?;
        return Ok(ExitStatus::Fine);
    }
    for line in lines(&view) {
        output.data(&line)?;
    }
    Ok(ExitStatus::Fine)
}

/// A view in words.
fn lines(view: &Value) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let is = |field: &str, yes: &str, no: &str| {
        if view[field] == json!(true) { yes } else { no }.to_owned()
    };
    let mut lines = vec![
        format!(
            "{}, {}; balance {}, equity {}",
            is("ready", "ready", "not ready"),
            is("latched", "entries latched", "entries allowed"),
            text(&view["balance"]),
            text(&view["equity"])
        ),
        format!(
            "{} requests on their way, {} of unknown outcome, {} positions of others",
            text(&view["in_flight"]),
            text(&view["unknown"]),
            text(&view["foreign_positions"])
        ),
    ];
    let rows = |field: &str| view[field].as_array().cloned().unwrap_or_default();
    for one in rows("strategies") {
        lines.push(format!(
            "strategy {} {} {} {}",
            text(&one["id"]),
            text(&one["state"]),
            text(&one["symbol"]),
            text(&one["timeframe"])
        ));
    }
    for (what, field) in [("position", "positions"), ("order", "orders")] {
        for one in rows(field) {
            let parts = [
                "ticket",
                "symbol",
                "type",
                "lots",
                "openPrice",
                "price",
                "stopLoss",
                "takeProfit",
                "profit",
            ];
            let told = parts.iter().filter(|part| !one[**part].is_null());
            let told: Vec<String> =
                told.map(|part| format!("{part} {}", text(&one[*part]))).collect();
            lines.push(format!("{what} {}", told.join(" ")));
        }
    }
    lines
}
