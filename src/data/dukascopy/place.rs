//! The time of a .bi5 file's content: it is not in the file, but follows from its place.
//!
//! Two ways of writing are known, and nothing is guessed beyond them:
//! - the vendor's tree, `…/YYYY/MM/DD/HHh_ticks.bi5`, whose **months count from 00**: `2019/01/04`
//!   is 4 February;
//! - a real date of eight digits in the file's name or its folder's, months from 01:
//!   `EURUSD_20190204/00h_ticks.bi5`.
//!
//! Where both stand, they must agree. A date that the user states goes before either.

use crate::data::dukascopy::flaw::Bi5Flaw;
use crate::data::dukascopy::records::flawed;
use crate::data::error::DataError;
use crate::domain::time::ServerMsc;
use jiff::civil::{self, Date};
use std::path::Path;

/// The ending of an hour's file.
const TICKS: &str = "h_ticks.bi5";
/// The name of a day's file of minutes.
const MINUTES: &str = "BID_candles_min_1.bi5";
/// Years of dates. Eight digits that begin otherwise are some other number.
const YEARS: std::ops::RangeInclusive<i16> = 1990..=2099;

/// The beginning (UTC) of the hour whose ticks `path` holds.
///
/// # Errors
/// [`Bi5Flaw::NoTime`] when the path does not give the hour, or neither the path nor `date` gives
/// the day.
pub fn hour_of(path: &Path, date: Option<Date>) -> Result<ServerMsc, DataError> {
    let hour = file_name(path)
        .strip_suffix(TICKS)
        .and_then(last_two_digits)
        .filter(|&hour| hour < 24)
        .ok_or_else(|| {
            let why = format!("the name is `{}`", file_name(path));
            no_time(
                path,
                "the hour",
                why,
                "an hour's ticks are named 00h_ticks.bi5 to 23h_ticks.bi5",
            )
        })?;
    Ok(ServerMsc::from_civil(day(path, date)?.at(hour, 0, 0, 0)))
}

/// Midnight (UTC) of the day whose minutes `path` holds.
///
/// # Errors
/// [`Bi5Flaw::OtherCandles`] for candles of the Ask, or longer than a minute. [`Bi5Flaw::NoTime`]
/// when neither the path nor `date` gives the day.
pub fn day_of(path: &Path, date: Option<Date>) -> Result<ServerMsc, DataError> {
    if !file_name(path).ends_with(MINUTES) {
        let seen = format!("`{}` does not say that it holds minutes of the Bid", file_name(path));
        return Err(flawed(path, Bi5Flaw::OtherCandles { seen }));
    }
    Ok(ServerMsc::from_civil(day(path, date)?.at(0, 0, 0, 0)))
}

/// The path of an hour of ticks below the vendor's address or a folder:
/// `EURUSD/2019/01/04/00h_ticks.bi5` is the first hour of 4 February.
#[must_use]
pub fn of_hour(symbol: &str, hour: civil::DateTime) -> String {
    let (year, month, day) = (hour.year(), hour.month() - 1, hour.day());
    format!("{symbol}/{year:04}/{month:02}/{day:02}/{:02}{TICKS}", hour.hour())
}

fn day(path: &Path, stated: Option<Date>) -> Result<Date, DataError> {
    const RIGHT: &str = "keep it as YYYY/MM/DD/00h_ticks.bi5 with months from 00, put YYYYMMDD into its folder's name, or state --date";
    let no_day = |why: String| no_time(path, "the day", why, RIGHT);
    if let Some(date) = stated {
        return Ok(date);
    }
    let mut dates = Vec::new();
    for name in [file_name(path), folder(path, 1)] {
        dates.extend(written_dates(name));
    }
    if let Some((year, month, day)) = tree(path) {
        let date = Date::new(year, month + 1, day);
        dates.push(date.map_err(|_| {
            no_day(format!("{year:04}/{month:02}/{day:02} is no day where months count from 00"))
        })?);
    }
    dates.dedup();
    match dates.as_slice() {
        [date] => Ok(*date),
        [] => Err(no_day("no date stands in it".into())),
        [one, other, ..] => Err(no_day(format!("it names both {one} and {other}"))),
    }
}

/// Year, month from 0 and day in the vendor's tree, unchecked.
fn tree(path: &Path) -> Option<(i16, i8, i8)> {
    let number = |name: &str, length: usize| {
        (name.len() == length && is_digits(name)).then(|| name.parse().ok()).flatten()
    };
    let year = number(folder(path, 3), 4).filter(|year| YEARS.contains(year))?;
    let small = |up| number(folder(path, up), 2).and_then(|number| i8::try_from(number).ok());
    Some((year, small(2)?, small(1)?))
}

/// The dates of eight digits in a name, with no other digits next to them.
fn written_dates(name: &str) -> impl Iterator<Item = Date> {
    let runs = name.split(|letter: char| !letter.is_ascii_digit()).filter(|run| run.len() == 8);
    runs.filter_map(|run| {
        let (year, month, day) =
            (run[..4].parse().ok()?, run[4..6].parse().ok()?, run[6..].parse().ok()?);
        Date::new(year, month, day).ok().filter(|date| YEARS.contains(&date.year()))
    })
}

/// The two digits at the end of `text`, with no other digit before them.
fn last_two_digits(text: &str) -> Option<i8> {
    let (before, digits) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let apart = !before.ends_with(|letter: char| letter.is_ascii_alphanumeric());
    (apart && is_digits(digits)).then(|| digits.parse().ok()).flatten()
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn file_name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

/// The name of the folder `up` levels above the file.
fn folder(path: &Path, up: usize) -> &str {
    path.ancestors().nth(up).map_or("", file_name)
}

fn no_time(path: &Path, missing: &'static str, why: String, right: &'static str) -> DataError {
    flawed(path, Bi5Flaw::NoTime { missing, why, right })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour(path: &str, date: Option<Date>) -> String {
        hour_of(Path::new(path), date)
            .map_or_else(|error| error.to_string(), |hour| hour.to_string()[..13].to_owned())
    }

    #[test]
    fn the_vendors_months_count_from_zero_and_written_dates_do_not() {
        for (path, expect) in [
            ("EURUSD/2019/01/04/00h_ticks.bi5", "2019.02.04 00"),
            ("/data/EURUSD/2019/00/31/23h_ticks.bi5", "2019.01.31 23"),
            ("EURUSD/2020/11/31/07h_ticks.bi5", "2020.12.31 07"),
            ("EURUSD/2020/01/29/07h_ticks.bi5", "2020.02.29 07"),
            ("dukascopy_EURUSD_20190204/00h_ticks.bi5", "2019.02.04 00"),
            ("20191231/23h_ticks.bi5", "2019.12.31 23"),
            ("x/EURUSD_20190204_05h_ticks.bi5", "2019.02.04 05"),
            ("2019/01/04/EURUSD-20190204-05h_ticks.bi5", "2019.02.04 05"),
            ("20190204/EURUSD-20190204-05h_ticks.bi5", "2019.02.04 05"),
        ] {
            assert_eq!(hour(path, None), expect, "{path}");
        }
    }

    #[test]
    fn what_a_path_does_not_tell_is_not_guessed() {
        for (path, expect) in [
            ("00h_ticks.bi5", "the day: no date stands in it"),
            (
                "EURUSD/2019/12/04/00h_ticks.bi5",
                "the day: 2019/12/04 is no day where months count from 00",
            ),
            (
                "EURUSD/2019/01/30/00h_ticks.bi5",
                "the day: 2019/01/30 is no day where months count from 00",
            ),
            (
                "EURUSD/2019/01/00/00h_ticks.bi5",
                "the day: 2019/01/00 is no day where months count from 00",
            ),
            (
                "2019/01/04/20190104_00h_ticks.bi5",
                "the day: it names both 2019-01-04 and 2019-02-04",
            ),
            ("20190203-20190204/00h_ticks.bi5", "the day: it names both 2019-02-03 and 2019-02-04"),
            ("EURUSD/2019/1/4/00h_ticks.bi5", "the day: no date stands in it"),
            ("EURUSD_20191304/00h_ticks.bi5", "the day: no date stands in it"),
            ("EURUSD_120190204/00h_ticks.bi5", "the day: no date stands in it"),
            ("20190204/further/00h_ticks.bi5", "the day: no date stands in it"),
            ("2019/01/04/24h_ticks.bi5", "the hour: the name is `24h_ticks.bi5`"),
            ("2019/01/04/0h_ticks.bi5", "the hour: the name is `0h_ticks.bi5`"),
            ("2019/01/04/100h_ticks.bi5", "the hour: the name is `100h_ticks.bi5`"),
            ("2019/01/04/00h_ticks.lzma", "the hour: the name is `00h_ticks.lzma`"),
            ("2019/01/04/ticks.bi5", "the hour: the name is `ticks.bi5`"),
        ] {
            let told = hour(path, None);
            assert!(
                told.starts_with(&format!("{path}: its path does not say {expect}; ")),
                "{told}"
            );
        }
    }

    #[test]
    fn a_stated_date_goes_before_the_path() {
        let date = Some(civil::date(2019, 2, 4));
        assert_eq!(hour("00h_ticks.bi5", date), "2019.02.04 00");
        assert_eq!(hour("2019/02/04/09h_ticks.bi5", date), "2019.02.04 09");
        assert!(hour("ticks.bi5", date).contains("does not say the hour"));
    }

    #[test]
    fn candles_are_those_of_the_bid_and_of_a_minute() {
        let day = |path: &str| {
            day_of(Path::new(path), None)
                .map_or_else(|error| error.to_string(), |day| day.to_string())
        };
        assert_eq!(day("EURUSD/2019/01/04/BID_candles_min_1.bi5"), "2019.02.04 00:00:00.000");
        assert_eq!(day("EURUSD_20190204_BID_candles_min_1.bi5"), "2019.02.04 00:00:00.000");
        for path in [
            "2019/01/04/ASK_candles_min_1.bi5",
            "2019/01/BID_candles_hour_1.bi5",
            "20190204/candles.bi5",
        ] {
            assert!(
                day(path)
                    .ends_with("bars are made of BID_candles_min_1.bi5, the minutes of the Bid"),
                "{path}"
            );
        }
    }

    #[test]
    fn an_hour_is_found_where_it_was_put() {
        for (time, expect) in [
            (civil::date(2024, 1, 31).at(0, 0, 0, 0), "EURUSD/2024/00/31/00h_ticks.bi5"),
            (civil::date(2024, 12, 1).at(23, 0, 0, 0), "EURUSD/2024/11/01/23h_ticks.bi5"),
        ] {
            let path = of_hour("EURUSD", time);
            assert_eq!(path, expect);
            assert_eq!(hour_of(Path::new(&path), None).unwrap(), ServerMsc::from_civil(time));
        }
    }
}
