//! What rows without a header can be: the figures in them speak for ticks, for bars, or for both.
//!
//! A row of seven cells that begins with a date and a time is a tick of MT5 (bid, ask, last,
//! volume, flags) or a bar of MT4 (open, high, low, close, volume). Where more than half of the
//! first rows can be either, nothing is guessed.

use crate::data::format::Format;
use crate::data::text::header::{self, Cells};
use crate::data::text::moment::{Dates, since_midnight, time_of_day};
use crate::domain::tick::TickFlags;

/// How far ask may be above bid in a tick, how far below, and how far the last deal from both, as
/// parts of bid.
const SPREAD_MOST: f64 = 0.05;
const CROSSED_MOST: f64 = 0.01;
const LAST_FAR: f64 = 0.2;
/// The digits behind the point in HistData's files for MT4.
const HISTDATA_DIGITS: usize = 6;

/// What rows are told to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// One layout fits.
    One(Format),
    /// Two fit, of ticks and of bars.
    Either(Format, Format),
    /// None fits.
    None,
}

/// The layout of rows without a header.
#[must_use]
pub fn layout_of_rows(lines: &[Vec<u8>]) -> Evidence {
    let Some(first) = lines.first() else { return Evidence::None };
    let delimiter = header::delimiter(first);
    let cells = Cells::cut(first, delimiter);
    let (begin, second) = (cells.get(0), cells.get(1));
    let is_moment = |text: &[u8]| Dates::default().moment(text).is_some();
    let rows = || Rows { lines, delimiter };
    let one = Evidence::One;
    match (begin.len(), cells.count) {
        // Only a date, as MT5 writes it; daily bars have no time after it.
        (10, 4..=5) if is_moment(begin) && time_of_day(second).is_some() => one(Format::Mt5Ticks),
        (10, 6..=7) if is_moment(begin) && time_of_day(second).is_some() => {
            rows().weigh(2, is_mt5_tick, Format::Mt5Ticks, rows().bars_of_mt4())
        }
        (10, 9) if is_moment(begin) && time_of_day(second).is_some() => one(Format::Mt5Bars),
        (10, 8) if is_moment(begin) && !second.contains(&b':') => one(Format::Mt5Bars),
        (18, 3..=4) if is_moment(begin) => one(Format::HistdataTicks),
        (15, 5..=6) if is_moment(begin) => one(Format::HistdataBars),
        (7, 4) if begin[3] == b'/' && is_moment(second) => one(Format::Truefx),
        (_, 3) if since_midnight(begin).is_some() => one(Format::LeanTicks),
        (_, 11) if since_midnight(begin).is_some() => one(Format::LeanMinutes),
        (14.., 3..=6) if is_moment(begin) => {
            rows().weigh(1, is_quote, Format::CsvTicks, Format::CsvBars)
        }
        _ => Evidence::None,
    }
}

/// The first rows of a text.
#[derive(Clone, Copy)]
struct Rows<'a> {
    lines: &'a [Vec<u8>],
    delimiter: u8,
}

impl Rows<'_> {
    /// Weighs the figures behind the first `skipped` cells.
    fn weigh(
        self,
        skipped: usize,
        is_tick: fn(&[&[u8]]) -> bool,
        ticks: Format,
        bars: Format,
    ) -> Evidence {
        let (can_be_ticks, can_be_bars) =
            (self.mostly(skipped, is_tick), self.mostly(skipped, is_bar));
        match (can_be_ticks, can_be_bars) {
            (true, true) => Evidence::Either(ticks, bars),
            (false, true) => Evidence::One(bars),
            (true, false) => Evidence::One(ticks),
            // Whatever is wrong with them is told with its line.
            (false, false) if ticks == Format::Mt5Ticks => Evidence::One(ticks),
            (false, false) => Evidence::None,
        }
    }

    /// Whether more than half of the rows fit.
    fn mostly(self, skipped: usize, fits: fn(&[&[u8]]) -> bool) -> bool {
        let fitting = self.lines.iter().filter(|line| {
            let cells = Cells::cut(line, self.delimiter);
            let figures: Vec<&[u8]> = (skipped..cells.count).map(|at| cells.get(at)).collect();
            fits(&figures)
        });
        fitting.count() * 2 > self.lines.len()
    }

    /// Whose bars they are: those of HistData have minutes, six digits and no volume. MT4 writes no
    /// bar without a tick.
    fn bars_of_mt4(self) -> Format {
        let is_histdata = |line: &Vec<u8>| {
            let cells = Cells::cut(line, self.delimiter);
            let digits = cells.get(2).rsplit(|byte| *byte == b'.').next().map_or(0, <[u8]>::len);
            cells.count == 7
                && cells.get(1).len() == "00:00".len()
                && digits == HISTDATA_DIGITS
                && cells.get(6) == b"0"
        };
        if self.lines.iter().all(is_histdata) { Format::HistdataMt } else { Format::Mt4Bars }
    }
}

/// A number of at least zero.
fn number(cell: &[u8]) -> Option<f64> {
    let value: f64 = std::str::from_utf8(cell).ok()?.parse().ok()?;
    (value.is_finite() && value >= 0.0).then_some(value)
}

fn is_blank_or(cell: &[u8], fits: impl Fn(f64) -> bool) -> bool {
    cell.is_empty() || number(cell).is_some_and(fits)
}

/// Ask is not far from bid.
fn are_sides(bid: f64, ask: f64) -> bool {
    ask >= bid * (1.0 - CROSSED_MOST) && ask - bid <= bid * SPREAD_MOST
}

/// Bid, ask, last, volume and flags, of which the last may be absent.
fn is_mt5_tick(cells: &[&[u8]]) -> bool {
    let cell = |at: usize| cells.get(at).copied().unwrap_or_default();
    let near = |price: f64, other: f64, part: f64| (price - other).abs() <= other * part;
    let quoted = number(cell(0)).or_else(|| number(cell(1)));
    let Some(price) = quoted else { return false };
    let sides = match (number(cell(0)), number(cell(1))) {
        (Some(bid), Some(ask)) => are_sides(bid, ask),
        _ => cell(0).is_empty() || cell(1).is_empty(),
    };
    let last = is_blank_or(cell(2), |last| last == 0.0 || near(last, price, LAST_FAR));
    // A deal whose volume is a price beside its own price is none.
    let is_price = |volume: f64| number(cell(2)).is_some() && near(volume, price, SPREAD_MOST);
    let volume = is_blank_or(cell(3), |volume| volume.fract() == 0.0 && !is_price(volume));
    let is_known = |flags: u32| u32::from(TickFlags::from_mt5(flags).bits()) == flags;
    let flags = cell(4).is_empty()
        || std::str::from_utf8(cell(4)).is_ok_and(|text| text.parse().is_ok_and(is_known));
    sides && last && volume && flags
}

/// Bid and ask, and perhaps their two volumes.
fn is_quote(cells: &[&[u8]]) -> bool {
    let [bid, ask, volumes @ ..] = cells else { return false };
    let volumes_fit = volumes.len() <= 2 && volumes.iter().all(|cell| is_blank_or(cell, |_| true));
    number(bid).zip(number(ask)).is_some_and(|(bid, ask)| bid > 0.0 && are_sides(bid, ask))
        && volumes_fit
}

/// Open, high, low and close, and perhaps a volume.
fn is_bar(cells: &[&[u8]]) -> bool {
    let [open, high, low, close, volume @ ..] = cells else { return false };
    let [open, high, low, close] = [open, high, low, close].map(|cell| number(cell));
    let (Some(open), Some(high), Some(low), Some(close)) = (open, high, low, close) else {
        return false;
    };
    low > 0.0
        && low <= open.min(close)
        && high >= open.max(close)
        && volume.iter().all(|cell| is_blank_or(cell, |_| true))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Evidence) {
        let lines: Vec<Vec<u8>> = text.lines().map(|line| line.as_bytes().to_vec()).collect();
        assert_eq!(layout_of_rows(&lines), expect, "{text}");
    }

    #[test]
    fn figures_tell_ticks_from_bars() {
        let one = Evidence::One;
        for (text, expect) in [
            ("2025.09.22\t00:00:00.161\t1.17403\t1.17603\t\t\t6", one(Format::Mt5Ticks)),
            ("2025.09.22\t00:00:00.161\t\t1.17603\t\t\t4", one(Format::Mt5Ticks)),
            ("2020.09.08;00:00:00;1.18136;1.18156;1.18131;1.18146;9", one(Format::Mt4Bars)),
            ("2020.09.08;00:00:00;23150;23157;23145;23152;9", one(Format::Mt4Bars)),
            ("2020.09.08;00:00:00;23150;23157;23152;2;312", one(Format::Mt5Ticks)),
            ("2012.02.01,00:00,1.306600,1.306700,1.306500,1.306600,0", one(Format::HistdataMt)),
            ("2012.02.01,00:00,1.30660,1.30670,1.30650,1.30660,7", one(Format::Mt4Bars)),
            ("2014.01.01 22:00:10.135,1.37550,1.37690,1.00,1.50", one(Format::CsvTicks)),
            ("20140101 22:00:10:135,1.37550,1.37690,1.00,1.50", one(Format::CsvTicks)),
            ("2014-01-01 22:00:00,1.3755,1.3769,1.3751,1.3760,12", one(Format::CsvBars)),
            (
                "2020.09.08;00:00:00;100;104;80;90;6\n2020.09.08;00:01:00;100;104;85;91;6",
                Evidence::Either(Format::Mt5Ticks, Format::Mt4Bars),
            ),
            (
                "2020-09-08 00:00:00;100;104;96;98\n2020-09-08 00:01:00;100;104;90;94",
                Evidence::Either(Format::CsvTicks, Format::CsvBars),
            ),
            ("2020-09-08 00:00:00;104;100", Evidence::None),
            ("2020-09-08 00:00:00;hello;100", Evidence::None),
        ] {
            check(text, expect);
        }
    }
}
