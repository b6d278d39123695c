//! The folder of the recordings, what sessions have left there, and who else uses it.

use super::checkup::Checkups;
use crate::audit::database::AuditDatabase;
use crate::cli::config::environment;
use crate::cli::live::account;
use crate::cli::live::days::LeftBehind;
use crate::config::live::LiveSettings;
use crate::disk;
use crate::domain::text::ShownPath;
use std::fs;
use std::path::Path;

/// A week of ticks of thirty symbols takes less.
const ROOM_BYTES_MIN: u64 = 1 << 30;

/// Looks at all of it. Whether no process trades the account.
pub fn look(settings: &LiveSettings, found: &mut Checkups) -> bool {
    let folder = &settings.recordings;
    if let Err(error) = writable(folder) {
        let to_do = "make it, or let this user write there; or name another as `recordings`";
        found.wrong("folder", &format!("cannot write to {}: {error}", folder.shown()), to_do);
        return true;
    }
    found.fine("folder", &format!("{} can be written", folder.shown()));
    match fs4::available_space(folder) {
        Ok(bytes) if bytes < ROOM_BYTES_MIN => found.wrong(
            "disk",
            &format!("{} MB are free", bytes >> 20),
            "make room: a session ends when it cannot write",
        ),
        Ok(bytes) => found.fine("disk", &format!("{} GB are free", bytes >> 30)),
        Err(error) => found.note("disk", &format!("how much is free is not known: {error}")),
    }
    kill_switch(settings, found);
    let Some(login) = settings.mt5.login else {
        found.wrong(
            "account",
            "mt5.login is not stated",
            "state the number of the account that is to be traded",
        );
        return true;
    };
    let is_free = is_free(settings, login, found);
    if is_free && !settings.dry_run {
        left_behind(folder, login, found);
    }
    is_free
}

fn writable(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    let probe = folder.join(format!(".doctor-{}", std::process::id()));
    disk::write(&probe, b"tickdeck doctor")?;
    disk::remove(&probe)
}

fn kill_switch(settings: &LiveSettings, found: &mut Checkups) {
    match &settings.kill_switch {
        Some(path) if path.symlink_metadata().is_ok() => found.wrong(
            "kill switch",
            &format!("{} is there: everything is closed while it is", path.shown()),
            "take it away, if it is not meant",
        ),
        Some(path) => found.fine("kill switch", &format!("{} is not there", path.shown())),
        None => found.note("kill switch", "none is watched: stop.kill_switch"),
    }
}

fn is_free(settings: &LiveSettings, login: u64, found: &mut Checkups) -> bool {
    let to_do = "`tickdeck status` shows that one; run several strategies in one process";
    let taken = [
        account::take_folder(&settings.recordings, &login.to_string()),
        account::take(login, &environment()),
    ];
    for lock in taken {
        match lock {
            Ok(Some(_)) => {}
            Ok(None) => {
                found.wrong("process", &format!("another process trades account {login}"), to_do);
                return false;
            }
            Err(error) => {
                found.wrong("process", &format!("{error:#}"), "let this user write there");
                return false;
            }
        }
    }
    found.fine("process", &format!("no other trades account {login}"));
    true
}

/// What the last session has left must be of use, as it is the first that the next one takes.
fn left_behind(folder: &Path, login: u64, found: &mut Checkups) {
    match LeftBehind::find(folder, &login.to_string()) {
        Ok(LeftBehind { executor, journals }) => {
            if journals > 0 {
                let words = format!("{journals} of a session that did not end in good order can be sealed");
                found.note("journals", &words);
            }
            if executor.is_some_and(|executor| executor.view().latched) {
                let to_do = "put the kill switch there and take it away, to clear that";
                found.wrong("latch", "entries are latched since an emergency stop", to_do);
            }
        }
        Err(error) => found.wrong(
            "state",
            &format!("{error:#}"),
            "the version of tickdeck that wrote it can read it; moved away, the next session begins from nothing",
        ),
    }
    let path = folder.join(crate::audit::files::database_name(&login.to_string()));
    if path.exists() {
        match AuditDatabase::open(&path) {
            Ok(_) => found.fine("audit", &format!("{} can be used", path.shown())),
            Err(error) => found.wrong(
                "audit",
                &error.to_string(),
                "move it away: it is made anew, or end what holds it",
            ),
        }
    }
}
