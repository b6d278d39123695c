//! Checks that the clock of a file is that of the session.

use crate::config::Session;
use crate::data::error::DataError;
use crate::domain::zone::ServerZone;
use std::path::Path;

/// Refuses a file that states another clock than the session's.
pub fn check_clock(
    path: &Path,
    clock: Option<ServerZone>,
    session: &Session,
) -> Result<(), DataError> {
    match clock {
        Some(clock) if clock != session.file.zone => {
            let (own, session) = (clock.to_string(), session.file.zone.to_string());
            Err(DataError::SessionClock { path: path.into(), own, session })
        }
        _ => Ok(()),
    }
}
