//! `tickdeck doctor`: whether a live session of these settings could begin, and what to do where it could not.

mod checkup;
mod gateway;
mod others;
mod place;
mod python;

use crate::cli::config::environment;
use crate::cli::output::{ExitStatus, Output};
use crate::config::live::{LiveSettings, load};
use crate::config::{self, Session};
use crate::live::time::MarketPace;
use checkup::{Checkup, Checkups};
use serde_json::json;
use std::path::PathBuf;

/// Say whether everything is ready for `tickdeck live`, and what to do where it is not.
#[derive(Debug, clap::Args)]
pub struct DoctorArgs {
    /// The settings file
    #[arg(long, value_name = "LIVE.toml", default_value = "live.toml")]
    config: PathBuf,
    /// The number of the account, typed to allow one of real money
    #[arg(long, value_name = "NUMBER")]
    account: Option<u64>,
    /// The clock of a market of the past
    #[arg(long, value_name = "PACE", hide = true)]
    pace: Option<MarketPace>,
}

/// Runs the verb.
///
/// # Errors
/// When nothing can be written.
pub fn run(args: &DoctorArgs, output: &Output) -> anyhow::Result<ExitStatus> {
    let mut found = Checkups::default();
    if let Some(settings) = settings(args, &mut found) {
        look(args, &settings, &mut found);
    }
    let is_ready = found.all().iter().all(Checkup::is_fine);
    if output.json {
        let all: Vec<_> = found.all().iter().map(Checkup::json).collect();
        output.object(&json!({ "ready": is_ready, "checks": all }))?;
    } else {
        for checkup in found.all() {
            output.data(&checkup.line())?;
        }
    }
    Ok(if is_ready { ExitStatus::Fine } else { ExitStatus::CheckFailed })
}

fn settings(args: &DoctorArgs, found: &mut Checkups) -> Option<LiveSettings> {
    match load(Some(&args.config), &environment()) {
        Ok((settings, _)) => {
            found.fine("settings", "each is one, and allowed");
            Some(settings)
        }
        Err(error) => {
            let error = anyhow::Error::from(error);
            found.wrong(
                "settings",
                &format!("{error:#}"),
                "`tickdeck config --show` says where each comes from",
            );
            None
        }
    }
}

fn look(args: &DoctorArgs, settings: &LiveSettings, found: &mut Checkups) {
    let session = session(settings, found);
    let is_free = place::look(settings, found);
    if settings.mt5.gateway.is_none() && !python::look(&settings.mt5.python, found) {
        found.left_out("terminal", "there is no Python for it");
    } else if !is_free {
        found.left_out("terminal", "a session has it");
    } else if let Some(session) = &session {
        gateway::look((args.account, args.pace), settings, session, found);
    }
    others::look(settings, found);
}

fn session(settings: &LiveSettings, found: &mut Checkups) -> Option<Session> {
    let loaded = config::load(&settings.strategies);
    let is_recording = loaded.as_ref().is_ok_and(|session| session.file.recording.is_some());
    match loaded {
        Ok(_) if is_recording => {
            let what = "strategies: it is a recording";
            found.wrong("session", what, "name the session that it was made of");
            None
        }
        Ok(session) => {
            let count = session.file.strategy.len();
            found.fine(
                "session",
                &format!("{count} strategies on {}", session.file.symbols.join(", ")),
            );
            if !session.file.programs().is_empty() {
                found.note(
                    "programs",
                    "strategies start programs: read them, and give `live` --allow-programs",
                );
            }
            Some(session)
        }
        Err(error) => {
            let error = anyhow::Error::from(error);
            found.wrong(
                "session",
                &format!("{error:#}"),
                "`tickdeck simulate` says the same of it: mend it there",
            );
            None
        }
    }
}
