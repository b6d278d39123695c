//! What came of each recording: a line for people, an object for machines.

use crate::cli::output::Output;
use crate::domain::text;
use crate::domain::text::ShownPath;
use crate::domain::zone::ServerZone;
use crate::recording::divergence::Divergence;
use crate::recording::player::ReplayOutcome;
use crate::recording::reader::Recording;
use crate::report::beside::Beside;
use crate::report::run_result::Sums;
use serde::Serialize;
use std::fmt::Write;
use std::path::Path;

/// What came of asking the programs of strategies again.
#[derive(Debug, Serialize)]
pub(super) struct Again {
    pub questions: u64,
    pub different: u64,
    pub differences: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}

/// What came of one recording.
#[derive(Debug, Serialize)]
pub(super) struct ReplayLine {
    pub path: String,
    pub status: Status,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub edited: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    /// What a person may not know of the edit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<&'static str>,
    /// What programs say now, where they were asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked_again: Option<Again>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counts: Option<Counts>,
    /// What it came to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sums: Option<Sums>,
    #[serde(skip)]
    pub currency: String,
    #[serde(skip)]
    pub zone: Option<ServerZone>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub divergence: Option<Box<Divergence>>,
    /// What it came to then and now, where it was run afresh and differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beside: Option<Box<Beside>>,
}

#[derive(Debug, Serialize)]
pub(super) struct Counts {
    pub inputs: u64,
    pub ticks: u64,
    pub steps: u64,
    pub actions_hash: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Same,
    Accepted,
    Differs,
    Unreadable,
}

/// The whole, for machines.
#[derive(Debug, Serialize)]
pub(super) struct ReplaySummary {
    pub same: usize,
    pub accepted: usize,
    pub different: usize,
    pub unreadable: usize,
    pub recordings: Vec<ReplayLine>,
}

impl ReplayLine {
    pub(super) fn of(recording: &Recording, outcome: ReplayOutcome, sums: Sums) -> Self {
        let ReplayOutcome { inputs, steps, actions_hash, divergence } = outcome;
        let ticks = recording.recorded.ticks;
        // Where every step is the same and the hash is not, the hash was edited.
        let other_hash = divergence.is_none() && actions_hash != recording.recorded.actions_hash;
        let error = other_hash.then(|| {
            format!(
                "no step differs, but session.toml gives {} as actions_hash",
                recording.recorded.actions_hash
            )
        });
        Self {
            path: recording.dir.shown().into_owned(),
            status: if divergence.is_some() || other_hash { Status::Differs } else { Status::Same },
            edited: recording.edited.clone(),
            warning: recording.other_zone_database(),
            advice: None,
            asked_again: None,
            error,
            counts: Some(Counts { inputs, ticks, steps, actions_hash: actions_hash.to_string() }),
            sums: Some(sums),
            currency: recording.file.account.currency.clone(),
            zone: Some(recording.file.zone.clone()),
            divergence: divergence.map(Box::new),
            beside: None,
        }
    }

    pub(super) fn unreadable(path: &Path, error: &anyhow::Error) -> Self {
        let (path, error) = (path.shown().into_owned(), Some(format!("{error:#}")));
        Self { path, error, ..Self::empty(Status::Unreadable) }
    }

    /// Nothing is known of it but what has come of it.
    pub(super) const fn empty(status: Status) -> Self {
        Self {
            path: String::new(),
            status,
            edited: Vec::new(),
            warning: None,
            advice: None,
            asked_again: None,
            error: None,
            counts: None,
            sums: None,
            currency: String::new(),
            zone: None,
            divergence: None,
            beside: None,
        }
    }

    /// Why it is not the same, in words, with the times by the clock that is wanted.
    pub(super) fn why(&self, output: &Output) -> String {
        let error = self.error.clone();
        let divergence = self.divergence.as_ref().map(|divergence| divergence.to_string());
        let again = self.asked_again.as_ref().map(|again| again.differences.join("\n"));
        let beside = self.beside.as_ref().map(|beside| beside.to_string());
        let told = [error, again, divergence, beside].into_iter().flatten();
        let told = told.collect::<Vec<_>>().join("\n\n");
        match &self.zone {
            Some(zone) => output.clock.retell(&told, zone),
            None => told,
        }
    }
}

pub(super) fn print_line(line: &ReplayLine, output: &Output) -> anyhow::Result<()> {
    let word = match line.status {
        Status::Same => "same",
        Status::Accepted => "accepted",
        Status::Differs => "DIFFERS",
        Status::Unreadable => "UNREADABLE",
    };
    let mut out = format!("{word:10}  {}", text::line(&line.path));
    if let Some(Counts { inputs, ticks, steps, actions_hash }) = &line.counts {
        write!(out, "  {inputs} inputs, {ticks} ticks, {steps} steps  {}", &actions_hash[..16])?;
    }
    if let Some(sums) = &line.sums {
        write!(out, "  {}", sums.in_words(&line.currency))?;
    }
    if !output.quiet {
        for name in &line.edited {
            write!(out, "\n            {} was edited after recording", text::name(name))?;
        }
        if let Some(warning) = &line.warning {
            write!(out, "\n            warning: {warning}")?;
        }
        if let Some(advice) = line.advice {
            write!(out, "\n            {advice}")?;
        }
    }
    if let (Status::Differs, Some(error)) = (line.status, &line.error) {
        write!(out, "\n            {error}")?;
    }
    if let Some(again) = &line.asked_again {
        let Again { questions, different, differences, remarks } = again;
        write!(
            out,
            "\n            {questions} questions asked again, {different} answered otherwise"
        )?;
        for told in differences.iter().chain(remarks) {
            write!(out, "\n            {told}")?;
        }
    }
    if let Some(divergence) = &line.divergence {
        if let Some(zone) = &line.zone {
            write!(out, "\n            times are by {}", output.clock.words(zone))?;
        }
        write!(out, "\n\n{divergence}")?;
    }
    if let Some(beside) = &line.beside {
        write!(out, "\n\n{beside}\n")?;
    }
    match &line.zone {
        Some(zone) => output.of_session(zone).data(&out),
        None => output.data(&out),
    }
}

pub(super) fn print_summary(summary: &ReplaySummary, output: &Output) -> anyhow::Result<()> {
    if output.json {
        return output.json_text(&serde_json::to_string_pretty(summary)?);
    }
    if !output.quiet {
        let ReplaySummary { same, accepted, different, unreadable, recordings } = summary;
        let count = recordings.len();
        let noun = if count == 1 { "recording" } else { "recordings" };
        let accepted = if *accepted > 0 { format!(", {accepted} accepted") } else { String::new() };
        output.data(&format!(
            "{count} {noun}: {same} same, {different} different, {unreadable} unreadable{accepted}"
        ))?;
    }
    Ok(())
}
