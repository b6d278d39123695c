//! Fetching hours from the vendor's server: politely, patiently within limits, and never the same hour twice.
//!
//! One question at a time, with a pause between two. What may pass (a broken connection, 408, 429, 5xx, a file that
//! arrived damaged) is asked again after a wait that doubles, or after as long as the server says; what will not pass ends
//! the download at once. No weekend is left out: the markets' holidays are the vendor's to know. What the world outside
//! is for (time, waiting, progress) stands behind [`Shell`].

use crate::data::dukascopy::bi5_ticks;
use crate::data::dukascopy::fetch_error::FetchError;
use crate::data::dukascopy::flaw::Bi5Flaw;
use crate::data::dukascopy::hours::{self, Hours, Kept, Wanted};
use crate::data::dukascopy::http::{Response, Server, Trouble};
use crate::data::error::DataError;
use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The first wait; each further one is twice as long.
const WAIT_FIRST: Duration = Duration::from_secs(1);
/// No wait of our own is longer.
const WAIT_MAX: Duration = Duration::from_mins(1);
/// A server that asks for more than that is left alone until the user comes back.
const ASKED_MAX: Duration = Duration::from_mins(5);
/// An hour that ended longer ago than that has its file, or had no ticks; of a younger one the file may still come.
const SETTLED: SignedDuration = SignedDuration::from_hours(48);

/// How the server is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manners {
    /// Least time between two questions.
    pub pause: Duration,
    /// How often an hour is asked for again before the download gives up.
    pub retries: u32,
}

/// What only the shell has.
pub trait Shell {
    /// The time.
    fn now(&mut self) -> Timestamp;
    /// Lets time pass between two questions.
    fn pause(&mut self, length: Duration);
    /// Lets time pass because of trouble, which may be told.
    fn wait(&mut self, length: Duration, why: &str);
    /// So many of the hours are done.
    fn done(&mut self, hours: u64);
}

/// What a download came to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Fetched {
    /// Hours with ticks that were fetched now.
    pub fetched: u64,
    /// Hours with or without ticks that had been fetched before.
    pub kept: u64,
    /// Hours that had no ticks, as far as asked now.
    pub without_ticks: u64,
    /// Hours of the last two days of which there is no file yet.
    pub not_yet: u64,
    /// Hours that have not ended, and were not asked for.
    pub unfinished: u64,
    /// The files with ticks, in the order of time.
    #[serde(skip)]
    pub files: Vec<PathBuf>,
}

/// Fetches what is wanted and not yet in `folder`.
///
/// # Errors
/// [`FetchError`]; what has been fetched until then stays, and running again goes on from there.
pub fn download(server: &Server, wanted: &Wanted, folder: &Path, manners: Manners, shell: &mut dyn Shell) -> Result<Fetched, FetchError> {
    if hours::end(wanted.from.at(0, 0, 0, 0)) > shell.now() {
        return Err(FetchError::Future { from: wanted.from });
    }
    let hours = Hours::new(folder, &wanted.symbol);
    let mut download = Download { server, hours, manners, shell, asked: false, fetched: Fetched::default() };
    for (done, hour) in (1..).zip(wanted.hours()) {
        download.take(hour)?;
        download.shell.done(done);
    }
    Ok(download.fetched)
}

/// A download that is going on.
struct Download<'a> {
    server: &'a Server,
    hours: Hours,
    manners: Manners,
    shell: &'a mut dyn Shell,
    /// Whether the server has been asked anything.
    asked: bool,
    fetched: Fetched,
}

impl Download<'_> {
    /// Sees to one hour.
    fn take(&mut self, hour: DateTime) -> Result<(), FetchError> {
        if hours::end(hour) > self.shell.now() {
            self.fetched.unfinished += 1;
            return Ok(());
        }
        let kept = match self.hours.kept(hour)? {
            Kept::Absent => self.fetch(hour)?,
            kept => {
                self.fetched.kept += 1;
                kept
            }
        };
        if kept == Kept::Ticks {
            self.fetched.files.push(self.hours.path(hour));
        }
        Ok(())
    }

    /// Fetches one hour and keeps it.
    fn fetch(&mut self, hour: DateTime) -> Result<Kept, FetchError> {
        if std::mem::replace(&mut self.asked, true) {
            self.shell.pause(self.manners.pause);
        }
        let body = self.ask_patiently(hour)?;
        if !body.is_empty() {
            self.hours.keep(hour, &body)?;
            self.fetched.fetched += 1;
            return Ok(Kept::Ticks);
        }
        if self.shell.now().duration_since(hours::end(hour)) < SETTLED {
            self.fetched.not_yet += 1;
            return Ok(Kept::Absent);
        }
        self.hours.keep(hour, &[])?;
        self.fetched.without_ticks += 1;
        Ok(Kept::NoTicks)
    }

    /// Asks until there is an answer; no byte stands for an hour without ticks.
    fn ask_patiently(&mut self, hour: DateTime) -> Result<Vec<u8>, FetchError> {
        let url = self.server.url(&self.hours.name(hour));
        let mut own_wait = WAIT_FIRST;
        let mut tries = 1;
        loop {
            let (what, asked_wait) = match self.server.ask(&url, self.shell.now()).and_then(|answer| checked(answer, &url)) {
                Ok(Ok(body)) => return Ok(body),
                Ok(Err(source)) => return Err(FetchError::NoTicks { hour, url, path: self.hours.path(hour), source: Box::new(source) }),
                Err(Trouble::Lasting { what }) => return Err(FetchError::Refused { hour, url, answer: what }),
                Err(Trouble::Passing { what, wait }) => (what, wait),
            };
            if tries > self.manners.retries {
                return Err(FetchError::GaveUp { hour, url, tries, last: what });
            }
            if let Some(asked) = asked_wait.filter(|asked| *asked > ASKED_MAX) {
                return Err(FetchError::AskedToWait { hour, wait_s: asked.as_secs() });
            }
            self.shell.wait(asked_wait.unwrap_or(own_wait).max(self.manners.pause), &what);
            own_wait = (own_wait * 2).min(WAIT_MAX);
            tries += 1;
        }
    }
}

/// The body, once it holds ticks from its first byte to its last. Data that break off may have been hurt on the way and
/// are asked for again; what is something else altogether is not.
fn checked(answer: Response, url: &str) -> Result<Result<Vec<u8>, DataError>, Trouble> {
    let Response::Body(body) = answer else { return Ok(Ok(Vec::new())) };
    match bi5_ticks::count(Box::new(Cursor::new(body.clone())), Path::new(url)) {
        // LZMA around nothing says the same as nothing.
        Ok(0) => Ok(Ok(Vec::new())),
        Ok(_) => Ok(Ok(body)),
        Err(DataError::Bi5 { flaw, .. }) if matches!(*flaw, Bi5Flaw::CutOff { .. } | Bi5Flaw::Damaged { .. }) => {
            Err(Trouble::Passing { what: format!("the file arrived {flaw}"), wait: None })
        }
        Err(error) => Ok(Err(error)),
    }
}
