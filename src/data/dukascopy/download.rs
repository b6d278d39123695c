//! Fetches hours from the vendor's server: politely, with limited patience, and never the same hour
//! twice.
//!
//! It sends one request at a time and pauses between two. A request that failed for a reason that
//! may pass (a broken connection, 408, 429, 5xx, a file that arrived damaged) is repeated, after a
//! wait that doubles each time or after as long as the server asks. Any other failure ends the
//! download at once. Weekends are requested too, because only the vendor knows when the markets
//! were closed. Time, waiting and progress come from outside, through [`Shell`].

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

/// The first wait before a request is repeated; each further one is twice as long.
const WAIT_FIRST: Duration = Duration::from_secs(1);
/// The longest wait that the server did not ask for.
const WAIT_MAX: Duration = Duration::from_mins(1);
/// When a server asks for a longer wait than this, the download ends and the user runs it again
/// later.
const ASKED_MAX: Duration = Duration::from_mins(5);
/// Without a file, an hour that ended longer ago than this had no ticks; for a more recent one the
/// file may still come.
const SETTLED: SignedDuration = SignedDuration::from_hours(48);

/// How often and how persistently the server is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manners {
    /// The shortest time between two requests.
    pub pause: Duration,
    /// How often the request for an hour is repeated before the download gives up.
    pub retries: u32,
}

/// The clock of a download, its waiting and its display of progress.
///
/// ```
/// use jiff::{Timestamp, civil::date};
/// use std::{path::Path, time::Duration};
/// use tickdeck::data::dukascopy::download::{Manners, Shell, download};
/// use tickdeck::data::dukascopy::{fetch_error::FetchError, hours::Wanted, http::Server};
///
/// /// A shell in which time stands still.
/// struct Still(Timestamp);
///
/// impl Shell for Still {
///     fn now(&mut self) -> Timestamp {
///         self.0
///     }
///     fn pause(&mut self, _length: Duration) {}
///     fn wait(&mut self, _length: Duration, _why: &str) {}
///     fn done(&mut self, _hours: u64) {}
/// }
///
/// // Half an hour into the first day that is wanted, no hour of it has ended: the server is not even asked.
/// let wanted = Wanted::new("EURUSD", date(2024, 1, 2), date(2024, 1, 3))?;
/// let server = Server::new("http://localhost", None, Duration::from_secs(1))?;
/// let manners = Manners { pause: Duration::ZERO, retries: 0 };
/// let mut shell = Still("2024-01-02T00:30:00Z".parse()?);
/// let fetched = download(&server, &wanted, Path::new("hours"), manners, &mut shell);
/// assert!(matches!(fetched, Err(FetchError::Future { .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Shell {
    /// The current time.
    fn now(&mut self) -> Timestamp;
    /// Waits between two requests.
    fn pause(&mut self, length: Duration);
    /// Waits before a request is repeated; `why` says what was wrong, in words for the user.
    fn wait(&mut self, length: Duration, why: &str);
    /// Reports that so many of the wanted hours are done.
    fn done(&mut self, hours: u64);
}

/// What a download fetched, and what it did not.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Fetched {
    /// Hours with ticks that were fetched now.
    pub fetched: u64,
    /// Hours with or without ticks that had been fetched before.
    pub kept: u64,
    /// Hours that were asked for now and had no ticks.
    pub without_ticks: u64,
    /// Hours of the last two days for which there is no file yet.
    pub not_yet: u64,
    /// Hours that have not ended, and were not asked for.
    pub unfinished: u64,
    /// The files with ticks, in the order of time.
    #[serde(skip)]
    pub files: Vec<PathBuf>,
}

/// Fetches the wanted hours that are not in `folder` yet.
///
/// # Errors
/// [`FetchError`]. The hours fetched before it stay, and the next run continues after them.
pub fn download(
    server: &Server,
    wanted: &Wanted,
    folder: &Path,
    manners: Manners,
    shell: &mut dyn Shell,
) -> Result<Fetched, FetchError> {
    if hours::end(wanted.from.at(0, 0, 0, 0)) > shell.now() {
        return Err(FetchError::Future { from: wanted.from });
    }
    let hours = Hours::new(folder, &wanted.symbol);
    let mut download =
        Download { server, hours, manners, shell, asked: false, fetched: Fetched::default() };
    for (done, hour) in (1..).zip(wanted.hours()) {
        download.take(hour)?;
        download.shell.done(done);
    }
    Ok(download.fetched)
}

/// A download under way.
struct Download<'a> {
    server: &'a Server,
    hours: Hours,
    manners: Manners,
    shell: &'a mut dyn Shell,
    /// Whether a request has been sent: the first one needs no pause before it.
    asked: bool,
    fetched: Fetched,
}

impl Download<'_> {
    /// Handles one hour: kept, fetched or left out.
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

    /// Fetches one hour and stores it.
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

    /// Repeats the request until there is an answer; an empty one means an hour without ticks.
    fn ask_patiently(&mut self, hour: DateTime) -> Result<Vec<u8>, FetchError> {
        let url = self.server.url(&self.hours.name(hour));
        let mut own_wait = WAIT_FIRST;
        let mut tries = 1;
        loop {
            let (what, asked_wait) = match self
                .server
                .ask(&url, self.shell.now())
                .and_then(|answer| checked(answer, &url))
            {
                Ok(Ok(body)) => return Ok(body),
                Ok(Err(source)) => {
                    return Err(FetchError::NoTicks {
                        hour,
                        url,
                        path: self.hours.path(hour),
                        source: Box::new(source),
                    });
                }
                Err(Trouble::Lasting { what }) => {
                    return Err(FetchError::Refused { hour, url, answer: what });
                }
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

/// The body, when all of it decodes to ticks. Data that end early or are damaged may have been
/// spoilt in transit and are requested again; data of another kind are not.
fn checked(answer: Response, url: &str) -> Result<Result<Vec<u8>, DataError>, Trouble> {
    let Response::Body(body) = answer else { return Ok(Ok(Vec::new())) };
    match bi5_ticks::count(Box::new(Cursor::new(body.clone())), Path::new(url)) {
        // An LZMA stream without content also means no ticks.
        Ok(0) => Ok(Ok(Vec::new())),
        Ok(_) => Ok(Ok(body)),
        Err(DataError::Bi5 { flaw, .. })
            if matches!(*flaw, Bi5Flaw::CutOff { .. } | Bi5Flaw::Damaged { .. }) =>
        {
            Err(Trouble::Passing { what: format!("the file arrived {flaw}"), wait: None })
        }
        Err(error) => Ok(Err(error)),
    }
}
