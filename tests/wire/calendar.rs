//! The calendar of news: its file, its place in a recording, and sessions without one.

use crate::common;
use std::fs;
use std::path::Path;
use tickdeck::config;
use tickdeck::config::Session;
use tickdeck::domain::calendar::Impact;
use tickdeck::recording::player::replay;
use tickdeck::recording::reader::Recording;

const NEWS: &str = "\u{feff}time,currency,impact,title
2025-09-24T14:00:00+02:00,usd,high,\"Rate, and words\"
2025-09-23 08:00,EUR,low,PMI
";

/// A session with this calendar file, or with none, in `folder`.
fn session(folder: &Path, news: Option<&str>) -> Result<Session, String> {
    let named = news.map_or("", |_| "news = \"calendar.csv\"");
    if let Some(news) = news {
        fs::write(folder.join("calendar.csv"), news).unwrap();
    }
    let text = format!(
        r#"
        format = 1
        name = "news"
        symbols = ["EURUSD"]
        zone = "America/New_York+7"
        {named}
        [ticks.generate]
        ticks = 5000
        seed = 1
        [[strategy]]
        id = "a"
        timeframe = "M1"
        [strategy.rules]
        entry = {{ type = "indicator_cross", indicators = ["close", "SMA_3"], direction = "both" }}
        risk = {{ lotSize = 0.01 }}
        filters = {{ news = {{ minutesBefore = 30, minutesAfter = 30 }} }}
        "#
    );
    fs::write(folder.join("session.toml"), text).unwrap();
    config::load(&folder.join("session.toml")).map_err(|error| error.to_string())
}

#[test]
fn a_file_is_read_and_sorted() {
    let folder = tempfile::tempdir().unwrap();
    let file = session(folder.path(), Some(NEWS)).unwrap().file;
    let at = "2025-09-24T12:00:00Z".parse().unwrap();
    let news = file.calendar.around(at, 0, 0).next().unwrap();
    assert_eq!((news.currency.code(), news.impact), ("USD", Impact::High));
    assert_eq!(news.title, "Rate, and words");
    let all: Vec<&str> =
        file.calendar.around(at, 1_000, 2_000).map(|news| news.title.as_str()).collect();
    assert_eq!(all, ["PMI", "Rate, and words"]);
}

#[test]
fn what_is_wrong_with_a_file_is_said_with_its_line_and_field() {
    let folder = tempfile::tempdir().unwrap();
    let line =
        |text: &str| format!("time,currency,impact,title\n2025-09-23 08:00,EUR,low,PMI\n{text}\n");
    for (text, expect) in [
        (String::new(), "1: time: no column has this name"),
        ("time,currency,impact,title\n".to_owned(), "1: no news follows"),
        ("time,currency,title\n".to_owned(), "1: impact: no column has this name"),
        ("time,time,currency,impact,title\n".to_owned(), "1: time: two columns have this name"),
        ("time,currency,impact,title,forecast\n".to_owned(), "1: has other columns, too"),
        (line("2025-09-23 25:00,EUR,low,PMI"), "3: time: must be in RFC 3339"),
        (line("23.09.2025 08:00,EUR,low,PMI"), "3: time: must be in RFC 3339"),
        (line("2025-09-23T08:00:00,EUR,low,PMI"), "3: time: must be in RFC 3339"),
        (line("2025-09-23 08:00,EURO,low,PMI"), "3: currency: must be the three letters"),
        (line("2025-09-23 08:00,EUR,huge,PMI"), "3: impact: must be low, medium or high"),
        (
            line("2025-09-23 08:00,EUR,low,\"PMI\n2025-09-24 08:00,EUR,low,PMI\""),
            "3: title: goes over",
        ),
        (line("2025-09-23 08:00,EUR,low"), "3: has 3 values, the first line has 4"),
    ] {
        let error = session(folder.path(), Some(&text)).unwrap_err();
        assert!(error.contains(&format!("calendar.csv:{expect}")), "{text}: {error}");
    }
}

#[test]
fn a_file_that_is_not_there_and_a_second_calendar_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    session(folder.path(), Some(NEWS)).unwrap();
    let path = folder.path().join("session.toml");
    fs::remove_file(folder.path().join("calendar.csv")).unwrap();
    let error = config::load(&path).unwrap_err().to_string();
    assert!(error.starts_with("cannot read") && error.contains("calendar.csv"), "{error}");
    let entry = "[[calendar]]\ntime = \"2025-09-24T12:00:00Z\"\ncurrency = \"USD\"\nimpact = \"high\"\ntitle = \"\"";
    let text = fs::read_to_string(&path).unwrap() + "\n" + entry;
    fs::write(&path, text).unwrap();
    let error = config::load(&path).unwrap_err().to_string();
    assert!(error.contains("news: there are [[calendar]] entries, too"), "{error}");
}

#[test]
fn a_recording_has_its_calendar_and_needs_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let session = session(folder.path(), Some(NEWS)).unwrap();
    let recorded = folder.path().join("recorded");
    common::record(&session, &recorded);
    fs::remove_file(folder.path().join("calendar.csv")).unwrap();
    let text = fs::read_to_string(recorded.join("session.toml")).unwrap();
    assert!(
        !text.contains("calendar.csv") && text.contains("title = \"Rate, and words\""),
        "{text}"
    );
    let recording = Recording::open(&recorded).unwrap();
    assert_eq!(recording.file.calendar, session.file.calendar);
    let mut executor = tickdeck::backtest::executor_of(&recording.file);
    let outcome = replay(&recording, &mut executor, &mut ()).unwrap();
    assert!(outcome.divergence.is_none());
    let actions = fs::read_to_string(recorded.join("actions.jsonl")).unwrap();
    assert!(actions.contains("\"result\"") && !actions.contains("no calendar"), "{actions}");
}

#[test]
fn rules_that_look_at_news_are_refused_where_there_is_no_calendar() {
    let folder = tempfile::tempdir().unwrap();
    let recorded = folder.path().join("recorded");
    common::record(&session(folder.path(), None).unwrap(), &recorded);
    let actions = fs::read_to_string(recorded.join("actions.jsonl")).unwrap();
    assert!(actions.contains("rules.filters.news"), "{actions}");
    assert!(actions.contains("the session has no calendar"), "{actions}");
}
