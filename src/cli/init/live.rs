//! `tickdeck init --live`: asks for what live mode needs, and writes the settings.

use crate::config::live::example::{Chosen, file};
use anyhow::Context;
use std::io::{BufRead, Write};

/// A question, the key that its answer is for, and what an empty answer means, as TOML.
struct Question {
    path: &'static str,
    asked: &'static str,
    empty: Option<&'static str>,
    kind: Kind,
}

enum Kind {
    Text,
    Number,
    YesNo,
}

const QUESTIONS: [Question; 5] = [
    Question {
        path: "strategies",
        asked: "The session whose strategies run",
        empty: Some("\"session.toml\""),
        kind: Kind::Text,
    },
    Question { path: "mt5.login", asked: "The account's number", empty: None, kind: Kind::Number },
    Question { path: "mt5.server", asked: "Its server", empty: None, kind: Kind::Text },
    Question {
        path: "mt5.path",
        asked: "The terminal's program (empty: MT5's package finds it)",
        empty: Some(""),
        kind: Kind::Text,
    },
    Question {
        path: "dry_run",
        asked: "Send orders to the simulated broker only",
        empty: Some("true"),
        kind: Kind::YesNo,
    },
];

/// The text of the settings, from answers read from `answers`; the questions go to `asks`.
///
/// # Errors
/// When the answers end too early or a question cannot be written.
pub(super) fn ask(answers: &mut dyn BufRead, asks: &mut dyn Write) -> anyhow::Result<String> {
    let mut given = Vec::new();
    for question in &QUESTIONS {
        given.push((question.path, answer(question, answers, asks)?));
    }
    let given: Vec<Chosen<'_>> = given
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(path, value)| Chosen { path, value })
        .collect();
    Ok(file(&given))
}

/// An answer that fits, as TOML; empty where the key is left out.
fn answer(
    question: &Question,
    answers: &mut dyn BufRead,
    asks: &mut dyn Write,
) -> anyhow::Result<String> {
    let Question { asked, empty, kind, .. } = question;
    let shown = match empty {
        Some("") | None => String::new(),
        Some("true") => " [yes]".to_owned(),
        Some(value) => format!(" [{}]", value.trim_matches('"')),
    };
    loop {
        write!(asks, "{asked}{shown}: ").and_then(|()| asks.flush()).context("cannot ask")?;
        let mut line = String::new();
        let read = answers.read_line(&mut line).context("cannot read the answer")?;
        anyhow::ensure!(read > 0, "{asked}: the answers end here: nothing is written");
        let said = line.trim();
        let right = match (kind, said, empty) {
            (_, "", Some(empty)) => return Ok((*empty).to_owned()),
            (_, "", None) => "it is needed",
            (Kind::Text, _, _) if said.chars().any(char::is_control) => "plain text",
            (Kind::Text, _, _) => return Ok(toml::Value::String(said.to_owned()).to_string()),
            (Kind::Number, _, _) => match said.parse::<i64>() {
                Ok(number) if number > 0 => return Ok(number.to_string()),
                _ => "a number, such as 50012345",
            },
            (Kind::YesNo, _, _) => match said.to_ascii_lowercase().as_str() {
                "y" | "yes" => return Ok("true".to_owned()),
                "n" | "no" => return Ok("false".to_owned()),
                _ => "yes or no",
            },
        };
        writeln!(asks, "  {right}").context("cannot ask")?;
    }
}
