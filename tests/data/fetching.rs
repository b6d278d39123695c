//! Fetching from Dukascopy, against a server on this machine that answers well, badly and not at
//! all.

use crate::common::{command, data};
use crate::dukascopy::server::{Reply, Server};
use crate::dukascopy::{DAY, candle, hour_of_ticks, pack};
use jiff::Timestamp;
use jiff::civil::date;
use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;
use tickdeck::data::dukascopy::download::{Fetched, Manners, Shell, download};
use tickdeck::data::dukascopy::fetch_error::FetchError;
use tickdeck::data::dukascopy::hours::Wanted;
use tickdeck::data::dukascopy::http;
use tickdeck::data::label::{FileClock, Label};
use tickdeck::data::specification::find;
use tickdeck::data::table::column::Table;
use tickdeck::data::tick_file::TickFile;
use tickdeck::domain::id::SymbolId;
use tickdeck::market::columns::TickColumns;

/// A year after the day that is fetched.
const LATER: &str = "2025-01-02T12:00:00Z";
/// Long enough for a server on this machine, also where the machine is busy.
const ANSWER: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(250);

/// A shell in which no time passes, but all waiting is written down, in milliseconds.
struct Still {
    now: Timestamp,
    pauses: Vec<u128>,
    waits: Vec<(u128, String)>,
    done: u64,
}

impl Still {
    fn at(now: &str) -> Self {
        Self { now: now.parse().unwrap(), pauses: Vec::new(), waits: Vec::new(), done: 0 }
    }
}

impl Shell for Still {
    fn now(&mut self) -> Timestamp {
        self.now
    }

    fn pause(&mut self, length: Duration) {
        self.pauses.push(length.as_millis());
    }

    fn wait(&mut self, length: Duration, why: &str) {
        self.waits.push((length.as_millis(), why.to_owned()));
    }

    fn done(&mut self, hours: u64) {
        self.done = hours;
    }
}

/// The first of `hours` hours of 2 January 2024 are there; `script` sees to the rest.
fn fetch(server: &Server, folder: &Path, shell: &mut Still) -> Result<Fetched, FetchError> {
    let wanted = Wanted::new("EURUSD", date(2024, 1, 2), date(2024, 1, 3)).unwrap();
    let manners = Manners { pause: PAUSE, retries: 3 };
    download(
        &http::Server::new(&server.base(), None, ANSWER).unwrap(),
        &wanted,
        folder,
        manners,
        shell,
    )
}

fn hour() -> Vec<u8> {
    pack(&hour_of_ticks(200, 109_500))
}

fn path(hour: usize) -> String {
    format!("EURUSD/2024/00/02/{hour:02}h_ticks.bi5")
}

/// A server whose fifth hour is in trouble, while the others are fine.
fn troubled(reply: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Server {
    Server::start(
        move |asked, before| if asked == path(5) { reply(before) } else { Reply::File(hour()) },
    )
}

/// What is in the folder, partial files too.
fn files(folder: &Path) -> Vec<String> {
    let day = folder.join("EURUSD/2024/00/02");
    let mut names: Vec<String> = fs::read_dir(day).map_or(Vec::new(), |entries| {
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    });
    names.sort();
    names
}

#[test]
fn a_day_is_fetched_hour_by_hour_and_only_once() {
    let server = Server::start(|_, _| Reply::File(hour()));
    let folder = tempfile::tempdir().unwrap();
    let mut shell = Still::at(LATER);
    let fetched = fetch(&server, folder.path(), &mut shell).unwrap();
    assert_eq!((fetched.fetched, fetched.kept, shell.done), (24, 0, 24));
    assert_eq!(server.asked(), (0..24).map(path).collect::<Vec<_>>());
    assert_eq!((shell.pauses, shell.waits), (vec![250; 23], Vec::new()));
    let expect: Vec<_> = (0..24).map(|hour| folder.path().join(path(hour))).collect();
    assert_eq!(fetched.files, expect);
    assert!(expect.iter().all(|path| fs::read(path).unwrap() == hour()));
    let again = fetch(&server, folder.path(), &mut Still::at(LATER)).unwrap();
    assert_eq!((again.fetched, again.kept, again.files), (0, 24, fetched.files));
    assert_eq!(server.asked().len(), 24);
}

#[test]
fn an_hour_without_ticks_is_remembered_once_it_can_no_longer_come() {
    let script = |asked: &str, _| match asked {
        asked if asked == path(3) => {
            Reply::Status("404 Not Found", "", b"<html>no such file</html>".to_vec())
        }
        asked if asked == path(4) => Reply::File(Vec::new()),
        asked if asked == path(5) => Reply::File(pack(&[])),
        _ => Reply::File(hour()),
    };
    let (server, folder) = (Server::start(script), tempfile::tempdir().unwrap());
    // Seven hours have ended, the last within the moment.
    let soon = fetch(&server, folder.path(), &mut Still::at("2024-01-02T07:00:00Z")).unwrap();
    assert_eq!(
        (soon.fetched, soon.not_yet, soon.without_ticks, soon.unfinished, soon.files.len()),
        (4, 3, 0, 17, 4)
    );
    assert_eq!(server.asked(), (0..7).map(path).collect::<Vec<_>>());
    let later = fetch(&server, folder.path(), &mut Still::at(LATER)).unwrap();
    assert_eq!(
        (later.fetched, later.kept, later.without_ticks, later.not_yet, later.unfinished),
        (17, 4, 3, 0, 0)
    );
    assert_eq!(later.files.len(), 21);
    let last = fetch(&server, folder.path(), &mut Still::at(LATER)).unwrap();
    assert_eq!((last.kept, last.files), (24, later.files));
    assert_eq!(server.asked().len(), 7 + 20);
}

#[test]
fn what_has_not_ended_is_not_asked_for() {
    let (server, folder) =
        (Server::start(|_, _| Reply::File(hour())), tempfile::tempdir().unwrap());
    let error =
        fetch(&server, folder.path(), &mut Still::at("2024-01-02T00:59:59.999Z")).unwrap_err();
    assert_eq!(error.to_string(), "no hour from 2024-01-02 on has ended yet");
    assert_eq!(server.asked(), [""; 0]);
}

/// What passes: how often it is asked again, and after which waits.
#[test]
fn trouble_that_passes_is_waited_out() {
    const BUSY: &str = "429 Too Many Requests";
    const DOWN: &str = "503 Service Unavailable";
    let after = |waits: &[u128], reply: fn(usize) -> Reply| {
        let (server, folder) = (troubled(reply), tempfile::tempdir().unwrap());
        let mut shell = Still::at(LATER);
        let fetched = fetch(&server, folder.path(), &mut shell).unwrap();
        assert_eq!(fetched.fetched, 24);
        assert_eq!(
            shell.waits.iter().map(|(length, _)| *length).collect::<Vec<_>>(),
            waits,
            "{:?}",
            shell.waits
        );
        assert_eq!(server.asked().len(), 24 + waits.len());
        assert_eq!(files(folder.path()).len(), 24);
        shell.waits.first().map(|(_, why)| why.clone()).unwrap()
    };
    assert_eq!(
        after(&[7_000], |before| if before < 1 {
            Reply::Status(BUSY, "Retry-After: 7\r\n", Vec::new())
        } else {
            Reply::File(hour())
        }),
        "the server answered 429 Too Many Requests"
    );
    // By the shell's clock that is in 90 s; a wait of nothing is no less than the pause.
    let dated = |before| match before {
        0 => Reply::Status(BUSY, "Retry-After: Thu, 02 Jan 2025 12:01:30 GMT\r\n", Vec::new()),
        1 => Reply::Status(BUSY, "Retry-After: 0\r\n", Vec::new()),
        _ => Reply::File(hour()),
    };
    after(&[90_000, 250], dated);
    after(&[1_000, 2_000, 4_000], |before| {
        if before < 3 { Reply::Status(DOWN, "", b"down".to_vec()) } else { Reply::File(hour()) }
    });
    for why in [
        after(&[1_000], |before| {
            if before < 1 { Reply::Dropped(hour(), hour().len() / 2) } else { Reply::File(hour()) }
        }),
        after(
            &[1_000, 2_000],
            |before| if before < 2 { Reply::Closed } else { Reply::File(hour()) },
        ),
        after(&[1_000], |before| {
            if before < 1 {
                Reply::WrongLength(hour(), hour().len() + 1)
            } else {
                Reply::File(hour())
            }
        }),
    ] {
        assert!(!why.contains("the file arrived"), "{why}");
    }
    for why in [
        after(&[1_000], |before| {
            if before < 1 {
                Reply::WrongLength(hour(), hour().len() - 7)
            } else {
                Reply::File(hour())
            }
        }),
        after(
            &[1_000],
            |before| if before < 1 { Reply::File(damaged()) } else { Reply::File(hour()) },
        ),
    ] {
        assert!(
            why.starts_with("the file arrived cut off")
                || why.starts_with("the file arrived damaged"),
            "{why}"
        );
    }
}

fn damaged() -> Vec<u8> {
    let mut bytes = hour();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x55;
    bytes
}

#[test]
fn trouble_that_lasts_ends_the_download_and_nothing_of_it_is_kept() {
    let told = |reply: Reply, expect: &str, tries: usize| {
        let (server, folder) = (troubled(move |_| reply.clone()), tempfile::tempdir().unwrap());
        let error = fetch(&server, folder.path(), &mut Still::at(LATER)).unwrap_err();
        let source = std::error::Error::source(&error)
            .map(|source| format!(": {source}"))
            .unwrap_or_default();
        let told = format!("{error}{source}")
            .replace(&server.base(), "")
            .replace(&format!("{}/", folder.path().display()), "");
        assert_eq!(told, format!("2024-01-02 05:00 UTC: {expect}").replace("PATH", &path(5)));
        assert_eq!(server.asked().len(), 5 + tries, "{told}");
        assert_eq!(
            files(folder.path()),
            (0..5).map(|hour| format!("{hour:02}h_ticks.bi5")).collect::<Vec<_>>(),
            "{told}"
        );
    };
    let status = |status| Reply::Status(status, "", Vec::new());
    let again = "run the same command again: it goes on from this hour";
    told(status("403 Forbidden"), "/PATH: the server answered 403 Forbidden", 1);
    told(
        status("503 Service Unavailable"),
        &format!("/PATH: gave up at try 4: the server answered 503 Service Unavailable; {again}"),
        4,
    );
    told(
        Reply::Status("429 Too Many Requests", "Retry-After: 3600\r\n", Vec::new()),
        "the server asks to wait 3600 s; run the same command again after that: it goes on from this hour",
        1,
    );
    let no_hour =
        "/PATH is no hour of ticks; to go on without it, put an empty file at PATH: /PATH";
    told(
        Reply::File(b"<!DOCTYPE html><html><body>Please sign in</body></html>".to_vec()),
        &format!(
            "{no_hour}: begins with the text `<!DOCTYPE htm`; a .bi5 is LZMA and begins with the bytes 5d 00 00: download it again"
        ),
        1,
    );
    told(
        Reply::File(pack(&candle([0, 114_500, 114_501, 114_499, 114_502], 3.5).repeat(5))),
        &format!(
            "{no_hour}, row 1, column `ask volume`: 1.60447e-40 is not a volume in millions, 0 or more"
        ),
        1,
    );
    let hostile = [&[0x5d][..], &[0xff; 4], &20_u64.to_le_bytes(), &[0; 40]].concat();
    told(
        Reply::File(hostile),
        &format!(
            "{no_hour}: its LZMA header asks for 4294967295 bytes of memory; Dukascopy's ask for 4194304, and more than 16777216 are not given"
        ),
        1,
    );
    told(
        Reply::File(vec![0x5d; (16 << 20) + 1]),
        "/PATH: the answer is longer than 16777216 bytes",
        1,
    );
    let circle = "Location: /feed/EURUSD/2024/00/02/05h_ticks.bi5\r\n";
    told(Reply::Status("302 Found", circle, Vec::new()), "/PATH: too many redirects", 4);
}

#[test]
fn a_server_that_says_nothing_is_not_waited_for_for_ever() {
    let (server, folder) = (
        troubled(|before| if before < 1 { Reply::Silence } else { Reply::File(hour()) }),
        tempfile::tempdir().unwrap(),
    );
    let mut shell = Still::at(LATER);
    let wanted = Wanted::new("EURUSD", date(2024, 1, 2), date(2024, 1, 3)).unwrap();
    let http = http::Server::new(&server.base(), None, Duration::from_secs(1)).unwrap();
    let fetched =
        download(&http, &wanted, folder.path(), Manners { pause: PAUSE, retries: 3 }, &mut shell)
            .unwrap();
    assert_eq!((fetched.fetched, shell.waits.len()), (24, 1));
    assert!(shell.waits[0].1.starts_with("timeout"), "{:?}", shell.waits);
}

/// TLS is there, and a server that does not speak it is told as such.
#[test]
#[expect(clippy::disallowed_methods, reason = "the other side of the wire")]
fn a_server_without_tls_is_told_as_such() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("https://{}/feed", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").unwrap();
        // Until the client has gone, so that it reads the answer.
        drop(stream.read_to_end(&mut Vec::new()));
    });
    let server = http::Server::new(&base, None, ANSWER).unwrap();
    let trouble = server.ask(&server.url("a"), LATER.parse().unwrap()).unwrap_err();
    assert!(
        matches!(&trouble, http::Trouble::Lasting { what } if what.contains("InvalidContentType")),
        "{trouble:?}"
    );
    thread.join().unwrap();
}

#[test]
fn a_download_that_gave_up_goes_on_where_it_ended() {
    let (server, folder) = (
        troubled(|before| if before < 4 { Reply::Closed } else { Reply::File(hour()) }),
        tempfile::tempdir().unwrap(),
    );
    let error = fetch(&server, folder.path(), &mut Still::at(LATER)).unwrap_err();
    assert!(matches!(error, FetchError::GaveUp { tries: 4, .. }), "{error}");
    let fetched = fetch(&server, folder.path(), &mut Still::at(LATER)).unwrap();
    assert_eq!((fetched.kept, fetched.fetched, fetched.files.len()), (5, 19, 24));
    let asked = server.asked();
    assert!(
        (0..24).all(|hour| asked.iter().filter(|asked| **asked == path(hour)).count()
            == if hour == 5 { 5 } else { 1 }),
        "{asked:?}"
    );
}

#[test]
fn a_kept_file_that_was_damaged_is_fetched_again() {
    let (server, folder) =
        (Server::start(|_, _| Reply::File(hour())), tempfile::tempdir().unwrap());
    fetch(&server, folder.path(), &mut Still::at(LATER)).unwrap();
    fs::write(folder.path().join(path(7)), &hour()[..300]).unwrap();
    // Another name of the same file: it stays as it is where the new one takes the place, and is
    // not written into.
    fs::hard_link(folder.path().join(path(7)), folder.path().join("old")).unwrap();
    let fetched = fetch(&server, folder.path(), &mut Still::at(LATER)).unwrap();
    assert_eq!((fetched.kept, fetched.fetched), (23, 1));
    assert_eq!(fs::read(folder.path().join(path(7))).unwrap(), hour());
    assert_eq!(fs::read(folder.path().join("old")).unwrap(), &hour()[..300]);
    assert_eq!(files(folder.path()).len(), 24);
}

#[test]
fn symbols_and_days_are_checked_first() {
    for symbol in ["", "EUR/USD", "../EURUSD", "eurusd", "EURUSD?x", "EURUSD.raw", "ЕURUSD"] {
        assert!(
            matches!(
                Wanted::new(symbol, date(2024, 1, 2), date(2024, 1, 3)),
                Err(FetchError::Symbol(_))
            ),
            "{symbol}"
        );
    }
    for to in [date(2024, 1, 2), date(2024, 1, 1)] {
        assert!(matches!(
            Wanted::new("EURUSD", date(2024, 1, 2), to),
            Err(FetchError::NoDays { .. })
        ));
    }
    assert!(matches!(
        Wanted::new("EURUSD", date(204, 1, 2), date(2024, 1, 2)),
        Err(FetchError::TooEarly { .. })
    ));
    // Across a leap day, a summer time's beginning and a year: every hour once.
    let wanted = Wanted::new("EURUSD", date(2024, 1, 1), date(2025, 1, 1)).unwrap();
    assert_eq!(wanted.hours().count(), 366 * 24);
    assert!(wanted.hours().is_sorted_by(|a, b| a < b));
}

/// A command line that knows no proxy, so that it asks the server on this machine itself.
fn import(folder: &Path, server: &Server, more: &[&str]) -> Output {
    let base = server.base();
    let fixed = [
        "import",
        "dukascopy",
        "EURUSD",
        "--out",
        "ticks.parquet",
        "--pause-ms",
        "0",
        "--base",
        &base,
    ];
    command(folder, &[&fixed, more].concat()).output().unwrap()
}

/// All that a command said, without the server's address.
fn shown(output: &Output, server: &Server) -> String {
    let text =
        |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap().replace(&server.base(), "BASE");
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    format!("exit {}\n--- stdout\n{stdout}--- stderr\n{stderr}", output.status.code().unwrap())
}

const TWO_DAYS: [&str; 4] = ["--from", "2024-01-02", "--to", "2024-01-04"];

#[test]
fn whole_commands() {
    let script = |asked: &str, _| match asked {
        "EURUSD/2024/00/03/22h_ticks.bi5" => Reply::Status("404 Not Found", "", Vec::new()),
        asked if asked.starts_with("EURUSD/2024/00/") => Reply::File(hour()),
        asked if asked.starts_with("EURUSD/2024/01/") => {
            Reply::Status("404 Not Found", "", Vec::new())
        }
        _ => Reply::Status("503 Service Unavailable", "", Vec::new()),
    };
    let (server, dir) = (Server::start(script), tempfile::tempdir().unwrap());
    let check = |name: &str, more: &[&str]| {
        insta::assert_snapshot!(name, shown(&import(dir.path(), &server, more), &server));
    };
    check("fetched", &TWO_DAYS);
    assert_eq!(server.asked().len(), 48);
    assert!(dir.path().join("ticks.parquet.hours/EURUSD/2024/00/03/22h_ticks.bi5").exists());
    check("fetched_again_json", &[&TWO_DAYS[..], &["--json"]].concat());
    assert_eq!(server.asked().len(), 48);
    check(
        "by_another_clock",
        &[&TWO_DAYS[..], &["--clock", "America/New_York+7", "--on-crossed", "drop"]].concat(),
    );
    check("no_ticks", &["--from", "2024-02-02", "--to", "2024-02-03"]);
    check("gave_up", &["--from", "2024-03-02", "--to", "2024-03-04", "--retries", "0"]);
    check("no_days", &["--from", "2024-01-04", "--to", "2024-01-04"]);
    check("future", &["--from", "2999-01-04", "--to", "2999-01-05"]);
    check("no_day", &["--from", "2024-01-02T10:00", "--to", "2024-01-04"]);
    check("no_date", &["--from", "2024-02-30", "--to", "2024-03-02"]);
    let elsewhere = ["import", "dukascopy", "EURUSD", "--out", "a.parquet", "--base", "localhost"];
    let output = command(dir.path(), &[&elsewhere[..], &TWO_DAYS].concat()).output().unwrap();
    insta::assert_snapshot!("no_address", shown(&output, &server));
    let help = command(dir.path(), &["import", "dukascopy", "--help"]).output().unwrap();
    insta::assert_snapshot!("help", shown(&help, &server));
    let ticks = read(&dir.path().join("ticks.parquet"));
    assert_eq!(ticks.len(), 47 * 200);
    let label = Table::open(&dir.path().join("ticks.parquet")).unwrap().label().unwrap();
    let clock = FileClock::Zone("America/New_York+7".parse().unwrap());
    let source = "Dukascopy EURUSD 2024-01-02 to 2024-01-04".to_owned();
    assert_eq!(label, Label::of(&find("EURUSD", None, None).unwrap(), Some(clock), source));
}

fn read(path: &Path) -> Vec<tickdeck::domain::tick::Tick> {
    let mut file = TickFile::open(path, SymbolId(0), &find("EURUSD", None, None).unwrap()).unwrap();
    let (mut all, mut batch) = (Vec::new(), TickColumns::default());
    file.read(&mut batch).unwrap();
    while !batch.is_empty() {
        all.extend(batch.iter());
        file.read(&mut batch).unwrap();
    }
    all
}

#[test]
fn what_would_fail_after_fetching_fails_before() {
    let (server, dir) = (Server::start(|_, _| Reply::File(hour())), tempfile::tempdir().unwrap());
    let base = server.base();
    let told = |symbol: &str, out: &str| {
        let args = ["import", "dukascopy", symbol, "--out", out, "--base", &base];
        let output = command(dir.path(), &[&args[..], &TWO_DAYS].concat()).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap().lines().next().unwrap().to_owned()
    };
    assert_eq!(
        told("XAUUSD", "gold.parquet"),
        "error: Dukascopy's XAUUSD, column `ask`: prices of 3 digits, but XAUUSD has 2; say --digits 3 or give its specification with --spec (in a session, symbol.XAUUSD.digits or specs)"
    );
    assert!(
        told("EURUDS", "a.parquet")
            .starts_with("error: no specification of `EURUDS` (did you mean `EURUSD`?)")
    );
    assert_eq!(told("EURUSD", "nowhere/a.parquet"), "error: cannot write nowhere/a.parquet");
    assert_eq!(server.asked(), [""; 0]);
}

/// The process is killed while an answer is due, and run again.
#[test]
fn a_killed_download_goes_on_where_it_ended() {
    let script = |asked: &str, before| {
        if asked == path(9) && before == 0 { Reply::Silence } else { Reply::File(hour()) }
    };
    let (server, dir) = (Server::start(script), tempfile::tempdir().unwrap());
    let base = server.base();
    let args = [
        "import",
        "dukascopy",
        "EURUSD",
        "--out",
        "ticks.parquet",
        "--pause-ms",
        "0",
        "--base",
        &base,
    ];
    let days = ["--from", "2024-01-02", "--to", "2024-01-03"];
    let mut first = command(dir.path(), &[&args[..], &days].concat())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while server.asked().len() < 10 {
        assert!(first.try_wait().unwrap().is_none(), "ended by itself");
        std::thread::sleep(Duration::from_millis(5));
    }
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(!dir.path().join("ticks.parquet").exists());
    let second = import(dir.path(), &server, &days);
    assert!(second.status.success(), "{second:?}");
    let asked = server.asked();
    assert!(
        (0..24).all(|hour| asked.iter().filter(|asked| **asked == path(hour)).count()
            == if hour == 9 { 2 } else { 1 }),
        "{asked:?}"
    );
    assert_eq!(read(&dir.path().join("ticks.parquet")).len(), 24 * 200);
}

#[test]
fn a_real_day_is_fetched_and_imported_whole() {
    let Some(folder) = data(DAY) else { return };
    let script = move |asked: &str, _| {
        let name = asked.strip_prefix("EURUSD/2019/01/04/").unwrap();
        Reply::File(fs::read(folder.join(name)).unwrap())
    };
    let (server, dir) = (Server::start(script), tempfile::tempdir().unwrap());
    let output =
        import(dir.path(), &server, &["--from", "2019-02-04", "--to", "2019-02-05", "--json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let quality = &report;
    assert_eq!((&quality["rows"], &quality["written"]), (&136_741.into(), &136_741.into()));
    assert_eq!(
        (&quality["first_time_msc"], &quality["last_time_msc"]),
        (&1_549_238_400_994_i64.into(), &1_549_324_797_992_i64.into())
    );
    assert_eq!((&quality["gaps_over_60s"], &quality["gap_msc_max"]), (&3.into(), &76_084.into()));
    assert_eq!(read(&dir.path().join("ticks.parquet")).len(), 136_741);
}

/// Files are imported as before, also one that is named like a vendor.
#[test]
fn files_are_imported_as_before() {
    let dir = tempfile::tempdir().unwrap();
    let text = "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\n2025.09.22\t00:00:00.161\t1.17403\t1.17405\t\t\t6\n";
    fs::write(dir.path().join("dukascopy"), text).unwrap();
    fs::create_dir_all(dir.path().join("EURUSD/2024/00/02")).unwrap();
    fs::write(dir.path().join(path(0)), hour()).unwrap();
    // As the folder of fetched hours has it.
    fs::write(dir.path().join(path(1)), []).unwrap();
    for (args, rows) in [
        (
            vec![
                "import",
                "./dukascopy",
                "--zone",
                "UTC",
                "--symbol",
                "EURUSD",
                "--out",
                "a.parquet",
            ],
            1,
        ),
        (
            vec![
                "import",
                "--symbol",
                "EURUSD",
                "--zone",
                "UTC",
                "--out",
                "a.parquet",
                "dukascopy",
            ],
            1,
        ),
        (vec!["import", &path(0), "--symbol", "EURUSD", "--out", "a.parquet"], 200),
        (
            vec![
                "import",
                "EURUSD",
                "--symbol",
                "EURUSD",
                "--out",
                "a.parquet",
                "--on-crossed",
                "keep",
            ],
            200,
        ),
    ] {
        let output = command(dir.path(), &args).output().unwrap();
        assert!(output.status.success(), "{args:?} {output:?}");
        assert_eq!(read(&dir.path().join("a.parquet")).len(), rows);
    }
    for args in [
        &["import"][..],
        &["import", "a.csv"],
        &["import", "a.csv", "--symbol", "EURUSD"],
        &["import", "dukascopy"],
        &["import", "--symbol", "EURUSD", "dukascopy", "EURUSD", "--from", "2024-01-02"],
    ] {
        let output = command(dir.path(), args).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?} {output:?}");
    }
}
