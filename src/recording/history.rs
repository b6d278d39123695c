//! The minutes before a session's first moment, as `history.csv` in a recording: the simulated broker has
//! them from the start. A replay with recorded answers needs none of them.

use crate::data::plain_file;
use crate::domain::amount::{Points, Price};
use crate::domain::text;
use crate::domain::time::ServerMsc;
use crate::market::bar::Bar;
use crate::market::timeframe::Timeframe;
use crate::recording::error::RecordingError;
use std::fmt::Write as _;
use std::path::Path;
use std::str::FromStr;

/// The columns. Times are by the server's clock.
const HEADER: &str = "symbol,time,open,high,low,close,tick_volume,spread,real_volume";

/// More than any minute has; sums of them fit.
const COUNT_MOST: u64 = 1 << 32;

/// The text of the file; none without bars. `bars` are M1, by the place of their symbol.
#[must_use]
pub fn to_text(symbols: &[String], bars: &[Vec<Bar>]) -> Option<String> {
    bars.iter().any(|bars| !bars.is_empty()).then(|| {
        let mut out = format!("{HEADER}\n");
        for (symbol, bars) in symbols.iter().zip(bars) {
            let symbol = quoted(symbol);
            for bar in bars {
                let Bar { time_msc, open, high, low, close, tick_volume, spread, real_volume } =
                    bar;
                let (spread, time) = (spread.0, time_msc);
                writeln!(out, "{symbol},{time},{open},{high},{low},{close},{tick_volume},{spread},{real_volume}")
                    .expect("a text takes everything");
            }
        }
        out
    })
}

/// A field as CSV has it.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// Reads the file: M1 bars by the place of their symbol, none of them later than the first tick of all.
///
/// # Errors
/// When it cannot be read; the first line that is not as it was written.
pub fn read(
    path: &Path,
    symbols: &[String],
    first: Option<ServerMsc>,
) -> Result<Vec<Vec<Bar>>, RecordingError> {
    let content = plain_file::read_text(path).map_err(RecordingError::io("read", path))?;
    let mut all: Vec<Vec<Bar>> = symbols.iter().map(|_| Vec::new()).collect();
    let mut rows = csv::ReaderBuilder::new().has_headers(false).from_reader(content.as_bytes());
    for (row, number) in rows.records().zip(1_u64..) {
        let wrong = |reason: String| RecordingError::text(path, Some(number), reason);
        let row = row.map_err(|error| wrong(error.to_string()))?;
        if number == 1 {
            let header: Vec<&str> = row.iter().collect();
            if header.join(",") != HEADER {
                return Err(wrong(format!("the first line must be {HEADER}")));
            }
            continue;
        }
        let (symbol, bar) = bar_of(&row).map_err(wrong)?;
        let Some(place) = symbols.iter().position(|known| *known == symbol) else {
            return Err(wrong(format!("{} is no symbol of the session", text::name(&symbol))));
        };
        let earlier = all[place].last().map(|last| last.time_msc);
        if earlier.is_some_and(|earlier| bar.time_msc <= earlier) {
            return Err(wrong(format!("{} does not follow the bar before it", bar.time_msc)));
        }
        if first.is_some_and(|first| bar.time_msc > first) {
            return Err(wrong(format!("{} is after the first tick", bar.time_msc)));
        }
        all[place].push(bar);
    }
    Ok(all)
}

fn bar_of(row: &csv::StringRecord) -> Result<(String, Bar), String> {
    fn field<T: FromStr>(row: &csv::StringRecord, place: usize) -> Result<T, String> {
        let name = HEADER.split(',').nth(place).expect("the place of a column");
        let text = row.get(place).unwrap_or_default();
        text.parse().map_err(|_| format!("`{}` is no {name}", text::name(text)))
    }
    let [open, high, low, close] = [2, 3, 4, 5].map(|place| field::<Price>(row, place));
    let bar = Bar {
        time_msc: field::<ServerMsc>(row, 1)?,
        open: open?,
        high: high?,
        low: low?,
        close: close?,
        tick_volume: field(row, 6)?,
        spread: Points(field(row, 7)?),
        real_volume: field(row, 8)?,
    };
    let [open, high, low, close] = [bar.open, bar.high, bar.low, bar.close];
    let is_bar = low > Price::ZERO && low <= open.min(close) && high >= open.max(close);
    if !is_bar {
        return Err("the prices are those of no bar: low ≤ open, close ≤ high, above 0".to_owned());
    }
    if bar.tick_volume > COUNT_MOST || bar.real_volume > COUNT_MOST || bar.spread > Points::MOST {
        return Err("more volume, or a wider spread, than any minute has".to_owned());
    }
    if Timeframe::M1.span(bar.time_msc).0 != bar.time_msc {
        return Err(format!("{} is not the beginning of a minute", bar.time_msc));
    }
    Ok((field::<String>(row, 0)?, bar))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(time: &str, close: &str) -> Bar {
        let price = |text: &str| text.parse::<Price>().unwrap();
        Bar {
            time_msc: time.parse().unwrap(),
            open: price("1.1"),
            high: price("1.3"),
            low: price("1.05"),
            close: price(close),
            tick_volume: 7,
            spread: Points(12),
            real_volume: 0,
        }
    }

    #[test]
    fn what_is_written_is_read_and_what_is_no_bar_is_refused_by_line() {
        let symbols = ["EURUSD".to_owned(), "A,\"B\"".to_owned()];
        let bars =
            [vec![], vec![bar("2025-09-22 08:00", "1.2"), bar("2025-09-22 08:02", "1.12345")]];
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.csv");
        let text = to_text(&symbols, &bars).unwrap();
        std::fs::write(&path, &text).unwrap();
        assert_eq!(read(&path, &symbols, None).unwrap(), bars);
        assert_eq!(to_text(&symbols, &[vec![], vec![]]), None);
        for (from, to, reason) in [
            ("1.12345", "1.4", "line 3: the prices are those of no bar"),
            ("08:02", "08:00", "line 3: 2025.09.22 08:00:00.000 does not follow"),
            ("08:02:00", "08:02:01", "line 3: 2025.09.22 08:02:01.000 is not the beginning"),
            ("symbol,", "name,", "line 1: the first line must be symbol,time"),
            ("\"A,", "\"C,", "is no symbol of the session"),
            (",12,", ",x,", "`x` is no spread"),
            (",7,", ",18446744073709551615,", "more volume"),
        ] {
            std::fs::write(&path, text.replacen(from, to, 9)).unwrap();
            let error = read(&path, &symbols, None).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
        std::fs::write(&path, &text).unwrap();
        let first = "2025-09-22 08:01:59".parse().ok();
        let error = read(&path, &symbols, first).unwrap_err().to_string();
        assert!(
            error.contains("line 3: 2025.09.22 08:02:00.000 is after the first tick"),
            "{error}"
        );
    }
}
