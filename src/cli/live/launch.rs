//! How the gateway is started: Python with the script that is part of this program, or another program.

use crate::cli::terminal;
use crate::config::live::LiveSettings;
use crate::disk;
use crate::domain::id::ContentHash;
use crate::domain::text::ShownPath;
use crate::live::mt5::gateway::Launch;
use crate::live::mt5::lines::{Attach, SCHEMA};
use crate::live::time::{MarketPace, machine_now};
use anyhow::Context;
use secrecy::ExposeSecret;
use std::fs;
use std::path::Path;

/// The gateway in Python.
const SCRIPT: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/python/gateway/tickdeck_gateway.py"));
/// How many digits of its hash its name has.
const DIGITS: usize = 12;

/// A market of the past with a terminal of our own.
pub struct Rehearsal {
    /// Its clock.
    pub pace: MarketPace,
    /// How the terminal is started.
    command: Vec<String>,
}

/// A rehearsal on the ticks of a session, from the first one on.
pub fn rehearsal(path: &Path, speed: u32) -> anyhow::Result<Rehearsal> {
    let from = terminal::first_tick(path)?;
    let pace = MarketPace { from, real: machine_now(), speed };
    let own = std::env::current_exe().context("this program cannot be found again")?;
    let parts = [own.as_path(), Path::new("terminal"), path, Path::new("--pace")];
    let mut command: Vec<String> = parts.map(|part| part.to_string_lossy().into_owned()).to_vec();
    command.push(pace.to_string());
    Ok(Rehearsal { pace, command })
}

/// How the gateway of these settings is started. Its script is written beside the recordings, under its hash.
pub fn launch(settings: &LiveSettings, rehearsal: Option<&Rehearsal>) -> anyhow::Result<Launch> {
    let mt5 = &settings.mt5;
    let command = if let Some(rehearsal) = rehearsal {
        rehearsal.command.clone()
    } else if let Some(program) = &mt5.gateway {
        program.clone()
    } else {
        let hash = ContentHash::of(SCRIPT.as_bytes()).to_string();
        let path = settings.recordings.join(format!(".gateway-{}.py", &hash[..DIGITS]));
        if fs::read(&path).ok().as_deref() != Some(SCRIPT.as_bytes()) {
            // Processes of other accounts may write it, too.
            let made = disk::beside(&path, &format!(".{}.new", std::process::id()));
            disk::write(&made, SCRIPT.as_bytes())
                .and_then(|()| disk::rename(&made, &path))
                .with_context(|| format!("cannot write {}", path.shown()))?;
        }
        let mut command = mt5.python.clone();
        command.push(path.to_string_lossy().into_owned());
        command
    };
    let attach = Attach {
        schema: SCHEMA,
        path: mt5.path.as_ref().map(|path| path.to_string_lossy().into_owned()),
        login: mt5.login,
        password: mt5.password.as_ref().map(|secret| secret.expose_secret().to_owned()),
        server: mt5.server.clone(),
        timeout_ms: mt5.attach_timeout_ms,
        portable: None,
        tick_poll_ms: mt5.tick_poll_ms,
        book_poll_ms: mt5.book_poll_ms,
    };
    Ok(Launch { command, attach })
}
