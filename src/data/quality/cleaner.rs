//! The path of every imported row: it is counted, and kept, left out, fixed or refused as the
//! policies say.

use crate::data::clock::ClockChange;
use crate::data::error::{DataError, FilePlace};
use crate::data::quality::Quality;
use crate::data::quality::duplicates::Duplicates;
use crate::data::quality::order::RowOrder;
use crate::data::quality::policy::{Policies, Policy};
use crate::data::quality::row::SourceRow;
use crate::data::quality::spikes::{SpikeVerdict, Spikes};
use crate::data::text::carried::Carried;
use crate::data::tick_source::TickReader;
use crate::domain::amount::Price;
use crate::domain::text::ShownPath;
use crate::domain::tick::Tick;
use crate::market::columns::TickColumns;
use std::path::{Path, PathBuf};

/// Cleans the rows of files, one file after the other.
#[derive(Debug)]
pub struct Cleaner {
    policies: Policies,
    /// The files so far.
    files: Vec<PathBuf>,
    order: RowOrder,
    duplicates: Duplicates,
    spikes: Spikes,
    /// Fills blank cells in order of time, within a file, and the index of that; none where the
    /// source has filled them.
    carried: Option<(Carried, usize)>,
    quality: Quality,
}

/// Ticks that may be written, with their times in the source.
#[derive(Debug, Default)]
pub struct Clean {
    /// The ticks.
    pub ticks: Vec<Tick>,
    /// The source's time of each tick.
    pub source_msc: Vec<i64>,
}

impl Clean {
    /// Removes all rows.
    pub fn clear(&mut self) {
        self.ticks.clear();
        self.source_msc.clear();
    }
}

impl Cleaner {
    /// A cleaner that has seen no row.
    #[must_use]
    pub fn new(policies: Policies) -> Self {
        Self {
            order: RowOrder::new(policies.out_of_order),
            duplicates: Duplicates::default(),
            spikes: Spikes::new(policies.spike_percent),
            carried: policies.fills_in_order().then(|| (Carried::default(), 0)),
            quality: Quality::new(&policies),
            files: Vec::new(),
            policies,
        }
    }

    /// Begins the file at `path`, to which the following rows belong.
    pub fn begin(&mut self, path: &Path) {
        self.files.push(path.to_owned());
    }

    /// Takes rows and appends those that may be written to `clean`; `place` gives the place of the
    /// n-th row in its file, and what is blank in it.
    ///
    /// # Errors
    /// [`DataError`], with the first row that a policy refuses.
    ///
    /// # Panics
    /// If no file has begun.
    pub fn pass(
        &mut self,
        batch: &TickColumns,
        place: &dyn Fn(usize) -> (FilePlace, u8),
        mut clock: Option<&mut ClockChange>,
        clean: &mut Clean,
    ) -> Result<(), DataError> {
        self.quality.rows += batch.len() as u64;
        let file = self.files.len().checked_sub(1).expect("a file has begun");
        for (at, tick) in batch.iter().enumerate() {
            if self.carried.is_none() && self.is_zero_quote(&tick) {
                continue;
            }
            let (place, blanks) = place(at);
            let time_msc =
                clock.as_mut().map_or(tick.time_msc, |clock| clock.convert(tick.time_msc));
            let row = SourceRow {
                tick: Tick { time_msc, ..tick },
                source_msc: tick.time_msc,
                file,
                place,
                blanks,
            };
            if let Some(next) = self.order.push(&self.files, row)? {
                self.in_order(next, clean)?;
            }
        }
        Ok(())
    }

    /// Adds the counts of `source`; to be called at the end of each file.
    pub fn count(&mut self, source: &TickReader) {
        self.quality.add_source(source);
    }

    /// Appends the rows that were held back; to be called at the end of all files.
    ///
    /// # Errors
    /// As [`Cleaner::pass`].
    pub fn end(&mut self, clean: &mut Clean) -> Result<(), DataError> {
        while let Some(row) = self.order.pop() {
            self.in_order(row, clean)?;
        }
        for row in self.spikes.end() {
            self.give(&row, clean);
        }
        Ok(())
    }

    /// The report so far.
    #[must_use]
    pub fn report(&self) -> Quality {
        let mut quality = self.quality.clone();
        quality.out_of_order.rows = self.order.late;
        quality.repeated_time_msc.rows = self.duplicates.repeated_time;
        quality.identical.rows = self.duplicates.identical;
        quality.step.rows = self.spikes.steps;
        quality
    }

    /// Rows read so far.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.quality.rows
    }

    /// Counts a quote of an empty book.
    const fn is_zero_quote(&mut self, tick: &Tick) -> bool {
        let is_zero = tick.bid.raw() <= 0 || tick.ask.raw() <= 0;
        if is_zero {
            self.quality.zero_quote.rows += 1;
        }
        is_zero
    }

    fn in_order(&mut self, mut row: SourceRow, clean: &mut Clean) -> Result<(), DataError> {
        if let Some((carried, file)) = self.carried.as_mut() {
            if row.file != *file {
                (*carried, *file) = (Carried::default(), row.file);
            }
            let Some(tick) = carried.fill(&row.tick, row.blanks) else {
                self.quality.one_sided.rows += 1;
                return Ok(());
            };
            row.tick = tick;
            if self.is_zero_quote(&tick) {
                return Ok(());
            }
        }
        if self.duplicates.is_duplicate(&row) {
            match self.policies.duplicate {
                Policy::Keep => {}
                Policy::Drop | Policy::Fix => return Ok(()),
                Policy::Fail => {
                    return Err(self.refused(
                        &row,
                        "the same row stands there twice",
                        "--on-duplicate",
                    ));
                }
            }
        }
        if row.tick.ask < row.tick.bid {
            self.quality.crossed.rows += 1;
            match self.policies.crossed {
                Policy::Keep => {}
                Policy::Drop => return Ok(()),
                Policy::Fix => (row.tick.bid, row.tick.ask) = (row.tick.ask, row.tick.bid),
                Policy::Fail => {
                    let what = format!("ask {} is below bid {}", row.tick.ask, row.tick.bid);
                    return Err(self.refused(&row, &what, "--on-crossed"));
                }
            }
        }
        self.past_spikes(&row, clean)
    }

    fn past_spikes(&mut self, row: &SourceRow, clean: &mut Clean) -> Result<(), DataError> {
        let good = self.spikes.good().map(|good| (good.bid, good.ask));
        match self.spikes.judge(row) {
            SpikeVerdict::Good => {}
            SpikeVerdict::Held => return Ok(()),
            SpikeVerdict::Spike(rows) => self.spike(&rows, good, clean)?,
            SpikeVerdict::Step(rows) => rows.iter().for_each(|row| self.give(row, clean)),
        }
        self.give(row, clean);
        Ok(())
    }

    fn spike(
        &mut self,
        rows: &[SourceRow],
        good: Option<(Price, Price)>,
        clean: &mut Clean,
    ) -> Result<(), DataError> {
        self.quality.spike.rows += rows.len() as u64;
        for row in rows {
            let place = place_shown(&self.files, row.file, row.place);
            self.quality.spike_places.take(place);
            match (self.policies.spike, good) {
                (Policy::Keep, _) | (Policy::Fix, None) => self.give(row, clean),
                (Policy::Drop, _) => {}
                (Policy::Fix, Some((bid, ask))) => {
                    self.give(&SourceRow { tick: Tick { bid, ask, ..row.tick }, ..*row }, clean);
                }
                (Policy::Fail, _) => {
                    let percent = self.policies.spike_percent;
                    let what = format!(
                        "bid {}, ask {} lie more than {percent} % off the quotes before and after",
                        row.tick.bid, row.tick.ask
                    );
                    return Err(self.refused(row, &what, "--on-spike"));
                }
            }
        }
        Ok(())
    }

    fn refused(&self, row: &SourceRow, what: &str, option: &'static str) -> DataError {
        DataError::Refused {
            path: self.files[row.file].clone(),
            place: row.place,
            what: what.to_owned(),
            option,
        }
    }

    #[inline]
    fn give(&mut self, row: &SourceRow, clean: &mut Clean) {
        self.quality.count_given(&row.tick);
        clean.ticks.push(row.tick);
        clean.source_msc.push(row.source_msc.0);
    }
}

/// A place, with the name of its file where there are several.
#[must_use]
pub fn place_shown(files: &[PathBuf], file: usize, place: FilePlace) -> String {
    if files.len() > 1 { format!("{}, {place}", files[file].shown()) } else { place.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::quality::order::LATE_ROWS_MAX;
    use crate::domain::id::SymbolId;
    use crate::domain::tick::TickFlags;
    use crate::domain::time::ServerMsc;

    fn tick(time_msc: i64, bid: i64, ask: i64) -> Tick {
        let (bid, ask) = (Price::from_raw(bid * 10_000), Price::from_raw(ask * 10_000));
        let time_msc = ServerMsc(1_758_499_200_000 + time_msc);
        Tick {
            time_msc,
            bid,
            ask,
            last: Price::ZERO,
            volume: 0,
            symbol: SymbolId(0),
            flags: TickFlags::QUOTE,
        }
    }

    /// The rows as `time:bid/ask`, or the error, and the findings that are not zero.
    fn clean(policies: Policies, rows: &[(i64, i64, i64)]) -> (String, Vec<String>) {
        let mut cleaner = Cleaner::new(policies);
        let mut clean = Clean::default();
        let mut batch = TickColumns::default();
        rows.iter().for_each(|&(time, bid, ask)| batch.push(&tick(time, bid, ask)));
        cleaner.begin(Path::new("ticks"));
        let passed =
            cleaner.pass(&batch, &|at| (FilePlace::Line(at as u64 + 2), 0), None, &mut clean);
        let passed = passed.and_then(|()| cleaner.end(&mut clean));
        let row = |tick: &Tick| {
            format!(
                "{}:{}/{}",
                tick.time_msc.0 - 1_758_499_200_000,
                tick.bid.raw() / 10_000,
                tick.ask.raw() / 10_000
            )
        };
        let text = passed.map_or_else(
            |error| error.to_string(),
            |()| clean.ticks.iter().map(row).collect::<Vec<_>>().join(" "),
        );
        let findings = cleaner.report().findings();
        let found = findings.iter().filter(|(_, found)| found.rows > 0);
        (
            text,
            found
                .map(|(name, found)| format!("{name} {} {}", found.rows, found.treatment.name()))
                .collect(),
        )
    }

    fn check(policies: Policies, rows: &[(i64, i64, i64)], expect: &str, found: &[&str]) {
        let (text, findings) = clean(policies, rows);
        assert_eq!(text, expect, "{policies:?}");
        assert_eq!(findings, found, "{policies:?}");
    }

    #[test]
    fn the_default_keeps_what_feeds_have_and_counts_it() {
        check(
            Policies::default(),
            &[(0, 100, 101), (0, 100, 101), (0, 101, 100), (1, 0, 0), (2, 101, 102)],
            "0:100/101 0:100/101 0:101/100 2:101/102",
            &[
                "repeated milliseconds 2 kept",
                "identical rows 1 kept",
                "zero quotes 1 dropped",
                "crossed quotes 1 kept",
            ],
        );
    }

    #[test]
    fn crossed_quotes() {
        let rows = [(0, 100, 101), (1, 102, 101)];
        let policies = |crossed| Policies { crossed, ..Policies::default() };
        check(policies(Policy::Keep), &rows, "0:100/101 1:102/101", &["crossed quotes 1 kept"]);
        check(policies(Policy::Drop), &rows, "0:100/101", &["crossed quotes 1 dropped"]);
        check(policies(Policy::Fix), &rows, "0:100/101 1:101/102", &["crossed quotes 1 fixed"]);
        let message = "ticks, line 3: ask 0.00101 is below bid 0.00102 (--on-crossed fail)";
        check(policies(Policy::Fail), &rows, message, &["crossed quotes 1 refused"]);
    }

    #[test]
    fn rows_out_of_order() {
        let rows = [(5, 100, 101), (9, 101, 102), (7, 102, 103), (9, 103, 104)];
        let policies = |out_of_order| Policies { out_of_order, ..Policies::default() };
        check(
            policies(Policy::Keep),
            &rows,
            "5:100/101 9:101/102 9:102/103 9:103/104",
            &["repeated milliseconds 2 kept", "out of order 1 kept"],
        );
        check(
            policies(Policy::Drop),
            &rows,
            "5:100/101 9:101/102 9:103/104",
            &["repeated milliseconds 1 kept", "out of order 1 dropped"],
        );
        check(
            policies(Policy::Fix),
            &rows,
            "5:100/101 7:102/103 9:101/102 9:103/104",
            &["repeated milliseconds 1 kept", "out of order 1 fixed"],
        );
        let message = "ticks, line 4: time goes back from 2025.09.22 00:00:00.009 to 2025.09.22 00:00:00.007; \
                       rows must be in the order of time (--on-out-of-order fail)";
        check(policies(Policy::Fail), &rows, message, &["out of order 1 refused"]);
    }

    #[test]
    fn a_row_that_comes_far_too_late_is_refused() {
        let many = i64::try_from(LATE_ROWS_MAX).unwrap() + 2;
        let mut rows: Vec<(i64, i64, i64)> = (0..many).map(|n| (n + 10, 100, 101)).collect();
        rows.push((5, 100, 101));
        let (text, _) = clean(Policies { out_of_order: Policy::Fix, ..Policies::default() }, &rows);
        assert!(text.contains("more than 65536 rows too late"), "{text}");
    }

    #[test]
    fn identical_rows() {
        let rows = [(0, 100, 101), (0, 101, 102), (0, 100, 101), (1, 100, 101)];
        let policies = |duplicate| Policies { duplicate, ..Policies::default() };
        for (policy, word) in [(Policy::Drop, "dropped"), (Policy::Fix, "fixed")] {
            let found =
                ["repeated milliseconds 2 kept".to_owned(), format!("identical rows 1 {word}")];
            check(
                policies(policy),
                &rows,
                "0:100/101 0:101/102 1:100/101",
                &[&found[0], &found[1]],
            );
        }
        let message = "ticks, line 4: the same row stands there twice (--on-duplicate fail)";
        check(
            policies(Policy::Fail),
            &rows,
            message,
            &["repeated milliseconds 2 kept", "identical rows 1 refused"],
        );
    }

    #[test]
    fn spikes_come_back_and_steps_do_not() {
        let policies = |spike| Policies { spike, ..Policies::default() };
        let spike = [(0, 100, 100), (1, 120, 120), (2, 130, 130), (3, 101, 101)];
        check(
            policies(Policy::Keep),
            &spike,
            "0:100/100 1:120/120 2:130/130 3:101/101",
            &["spikes 2 kept"],
        );
        check(policies(Policy::Drop), &spike, "0:100/100 3:101/101", &["spikes 2 dropped"]);
        check(
            policies(Policy::Fix),
            &spike,
            "0:100/100 1:100/100 2:100/100 3:101/101",
            &["spikes 2 fixed"],
        );
        let message = "ticks, line 3: bid 0.0012, ask 0.0012 lie more than 10 % off the quotes before and after (--on-spike fail)";
        check(policies(Policy::Fail), &spike, message, &["spikes 2 refused"]);
        let step: Vec<(i64, i64, i64)> =
            (0..8).map(|n| if n == 0 { (n, 100, 100) } else { (n, 120, 120) }).collect();
        let kept =
            "0:100/100 1:120/120 2:120/120 3:120/120 4:120/120 5:120/120 6:120/120 7:120/120";
        check(policies(Policy::Drop), &step, kept, &["steps of the price 1 kept"]);
        check(
            policies(Policy::Drop),
            &step[..3],
            "0:100/100 1:120/120 2:120/120",
            &["steps of the price 1 kept"],
        );
    }
}
