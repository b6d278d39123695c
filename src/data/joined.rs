//! Files that are imported together: their order, and their common clock.

use crate::data::clock::ClockChange;
use crate::data::error::DataError;
use crate::data::format::Stated;
use crate::data::input::Input;
use crate::data::label::FileClock;
use crate::domain::time::ServerMsc;
use crate::domain::zone::ServerZone;
use std::path::Path;

/// A file, and what its beginning shows.
pub struct InputBeginning<'a> {
    /// The file.
    pub input: &'a Input,
    /// The time of its first row; none when it has none.
    pub first: Option<ServerMsc>,
    /// Its clock, as far as it says it.
    pub clock: Option<FileClock>,
}

/// The files in order of their first rows; `begin` opens one and returns its first time and its
/// clock.
///
/// # Errors
/// Errors of `begin`.
pub fn in_order(
    inputs: &[Input],
    mut begin: impl FnMut(&Input) -> Result<(Option<ServerMsc>, Option<FileClock>), DataError>,
) -> Result<Vec<InputBeginning<'_>>, DataError> {
    let mut found = Vec::with_capacity(inputs.len());
    for input in inputs {
        let (first, clock) = begin(input)?;
        found.push(InputBeginning { input, first, clock });
    }
    found.sort_by_key(|found| found.first);
    Ok(found)
}

/// The conversion from the clock of the files to the requested one; none when there is nothing to
/// convert.
///
/// # Errors
/// [`DataError::NoClock`] when another clock is requested and that of the files is not known.
pub fn change(
    path: &Path,
    clock: Option<&ServerZone>,
    to: Option<&ServerZone>,
) -> Result<Option<ClockChange>, DataError> {
    match (clock, to) {
        (None, Some(to)) => Err(DataError::NoClock { path: path.into(), to: to.to_string() }),
        (Some(clock), Some(to)) if clock != to => {
            Ok(Some(ClockChange::new(clock.clone(), to.clone())))
        }
        _ => Ok(None),
    }
}

/// What is stated about files, with the clock of their times.
#[must_use]
pub fn with_clock(stated: &Stated, clock: Option<&FileClock>) -> Stated {
    Stated { zone: clock.and_then(FileClock::zone).cloned(), ..stated.clone() }
}

/// The clock that the written file states: `to`, or else that of the files, as far as it is `known`.
/// Where nobody says anything, the user must state that it is unknown.
///
/// # Errors
/// [`DataError::UnstatedClock`].
pub fn written_clock(
    path: &Path,
    to: Option<&ServerZone>,
    known: Option<&FileClock>,
    stated: Option<&FileClock>,
) -> Result<FileClock, DataError> {
    let to = to.cloned().map(FileClock::Zone);
    let unstated = || DataError::UnstatedClock { path: path.into() };
    to.or_else(|| known.or(stated).cloned()).ok_or_else(unstated)
}

/// The common clock of all files: what they state, which must not contradict `stated`, or else
/// `stated`. None when nobody says anything.
///
/// # Errors
/// [`DataError::OtherClock`], [`DataError::StatedClock`].
pub fn source_clock(
    stated: Option<&ServerZone>,
    found: &[InputBeginning<'_>],
) -> Result<Option<FileClock>, DataError> {
    if let Some(zone) = source_zone(stated, found)? {
        return Ok(Some(FileClock::Zone(zone)));
    }
    let files = || found.iter().map(|file| &file.clock);
    if files().any(|clock| *clock == Some(FileClock::Unknown)) {
        return Ok(Some(FileClock::Unknown));
    }
    let all_made_up = files().all(|clock| *clock == Some(FileClock::Any));
    Ok(all_made_up.then_some(FileClock::Any))
}

fn source_zone(
    stated: Option<&ServerZone>,
    found: &[InputBeginning<'_>],
) -> Result<Option<ServerZone>, DataError> {
    let mut clock = stated.cloned();
    let mut first = true;
    for file in found {
        match (&clock, file.clock.as_ref().and_then(FileClock::zone)) {
            (Some(clock), Some(own)) if clock != own && stated == Some(clock) => {
                let (path, own) = (file.input.name().into(), own.to_string());
                return Err(DataError::StatedClock { path, own, stated: clock.to_string() });
            }
            (Some(clock), Some(own)) if clock != own => {
                let (path, own, other) =
                    (file.input.name().into(), own.to_string(), clock.to_string());
                return Err(DataError::OtherClock { path, own, other });
            }
            (None, Some(own)) if !first => {
                return Err(DataError::OtherClock {
                    path: file.input.name().into(),
                    own: own.to_string(),
                    other: "not known".into(),
                });
            }
            (None, own) => clock = own.cloned(),
            (Some(_), None) if stated.is_none() => {
                let other = clock.map(|clock| clock.to_string()).unwrap_or_default();
                return Err(DataError::OtherClock {
                    path: file.input.name().into(),
                    own: "not known".into(),
                    other,
                });
            }
            (Some(_), _) => {}
        }
        first = false;
    }
    Ok(clock)
}
