//! What a stream of ticks is worth: counted while it passes, with what was done about each finding.
//!
//! Kept: repeated milliseconds, identical rows, crossed quotes, absurd quotes: real feeds have them. Dropped: quotes of
//! zero (an empty book) and rows before both sides are known. Times that go back stop the reading.

use crate::domain::tick::Tick;
use crate::domain::time::ServerMsc;
use serde::Serialize;

/// A pause longer than this is a gap, in milliseconds.
const GAP_MSC: i64 = 60_000;
/// A mid price further from the one before than one part in so many is absurd: 10 %.
const ABSURD_PART: i64 = 10;
/// So many rows of a millisecond are searched for twins; a file of one millisecond must not make this slow.
const TWINS_MAX: usize = 64;

/// What was done with the rows of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Treatment {
    /// They are in the output.
    Kept,
    /// They are not.
    Dropped,
    /// The first one would have ended the reading with an error that names it.
    Refused,
}

/// Rows of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How many.
    pub rows: u64,
    /// What was done with them.
    pub treatment: Treatment,
}

/// The report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Quality {
    /// Rows read.
    pub rows: u64,
    /// Rows given on.
    pub written: u64,
    /// Time of the first row given on.
    pub first_time_msc: Option<ServerMsc>,
    /// Time of the last row given on.
    pub last_time_msc: Option<ServerMsc>,
    /// Pauses of more than 60 s.
    pub gaps_over_60s: u64,
    /// The longest pause, in milliseconds.
    pub gap_msc_max: i64,
    /// Rows of the same millisecond as the row before.
    pub repeated_time_msc: Finding,
    /// Rows that are an earlier row of the same millisecond once more.
    pub identical: Finding,
    /// Rows whose time lies before that of the row before.
    pub out_of_order: Finding,
    /// Rows with a bid or ask of zero.
    pub zero_quote: Finding,
    /// Rows with ask below bid.
    pub crossed: Finding,
    /// Rows whose mid price lies more than 10 % off the one before.
    pub absurd: Finding,
    /// Rows before both sides were known.
    pub one_sided: Finding,
    #[serde(skip)]
    before: Option<Tick>,
    /// The rows of the current millisecond, as far as they are kept.
    #[serde(skip)]
    same_msc: Vec<Tick>,
}

impl Default for Quality {
    fn default() -> Self {
        let finding = |treatment| Finding { rows: 0, treatment };
        Self {
            rows: 0,
            written: 0,
            first_time_msc: None,
            last_time_msc: None,
            gaps_over_60s: 0,
            gap_msc_max: 0,
            repeated_time_msc: finding(Treatment::Kept),
            identical: finding(Treatment::Kept),
            out_of_order: finding(Treatment::Refused),
            zero_quote: finding(Treatment::Dropped),
            crossed: finding(Treatment::Kept),
            absurd: finding(Treatment::Kept),
            one_sided: finding(Treatment::Dropped),
            before: None,
            same_msc: Vec::new(),
        }
    }
}

impl Quality {
    /// Counts the rows of a batch and takes out those that are dropped.
    pub fn pass(&mut self, batch: &mut Vec<Tick>) {
        self.rows += batch.len() as u64;
        batch.retain(|tick| self.keeps(tick));
        self.written += batch.len() as u64;
    }

    /// Counts rows that never became ticks, because a side was not known yet.
    pub const fn add_one_sided(&mut self, rows: u64) {
        self.rows += rows;
        self.one_sided.rows += rows;
    }

    /// The findings by name, in the order of the report.
    #[must_use]
    pub const fn findings(&self) -> [(&'static str, Finding); 7] {
        [
            ("repeated milliseconds", self.repeated_time_msc),
            ("identical rows", self.identical),
            ("out of order", self.out_of_order),
            ("zero quotes", self.zero_quote),
            ("crossed quotes", self.crossed),
            ("absurd quotes", self.absurd),
            ("one-sided rows", self.one_sided),
        ]
    }

    fn keeps(&mut self, tick: &Tick) -> bool {
        if tick.bid.raw() <= 0 || tick.ask.raw() <= 0 {
            self.zero_quote.rows += 1;
            return false;
        }
        self.crossed.rows += u64::from(tick.ask < tick.bid);
        if let Some(before) = self.before.replace(*tick) {
            let pause = tick.time_msc.0 - before.time_msc.0;
            self.gaps_over_60s += u64::from(pause > GAP_MSC);
            self.gap_msc_max = self.gap_msc_max.max(pause);
            self.repeated_time_msc.rows += u64::from(pause == 0);
            self.look_for_twin(tick, pause == 0);
            self.absurd.rows += u64::from(is_absurd(&before, tick));
        } else {
            self.first_time_msc = Some(tick.time_msc);
            self.same_msc.push(*tick);
        }
        self.last_time_msc = Some(tick.time_msc);
        true
    }

    /// A twin need not be the row before: feeds repeat `A B A` within a millisecond.
    fn look_for_twin(&mut self, tick: &Tick, same_msc: bool) {
        if same_msc {
            self.identical.rows += u64::from(self.same_msc.contains(tick));
        } else {
            self.same_msc.clear();
        }
        if self.same_msc.len() < TWINS_MAX {
            self.same_msc.push(*tick);
        }
    }
}

fn is_absurd(before: &Tick, tick: &Tick) -> bool {
    // Halves first: the sum of two prices need not fit.
    let middle = |tick: &Tick| tick.bid.raw() / 2 + tick.ask.raw() / 2;
    (middle(tick) - middle(before)).abs() > middle(before) / ABSURD_PART
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::amount::Price;
    use crate::domain::id::SymbolId;
    use crate::domain::tick::TickFlags;

    fn tick(time_msc: i64, bid: i64, ask: i64) -> Tick {
        let (bid, ask) = (Price::from_raw(bid * 10_000), Price::from_raw(ask * 10_000));
        let time_msc = ServerMsc(1_758_499_200_000 + time_msc);
        Tick { time_msc, bid, ask, last: Price::ZERO, volume: 0, symbol: SymbolId(0), flags: TickFlags::QUOTE }
    }

    #[test]
    fn each_kind_is_counted_and_treated_as_stated() {
        let mut quality = Quality::default();
        let mut batch = vec![
            tick(0, 117_000, 117_001),
            tick(0, 117_000, 117_001),
            tick(0, 117_001, 117_000),
            tick(1, 0, 0),
            tick(60_000, 117_001, 117_002),
            tick(120_001, 140_000, 140_001),
        ];
        quality.pass(&mut batch);
        quality.add_one_sided(2);
        assert_eq!(batch.len(), 5);
        assert_eq!((quality.rows, quality.written, quality.gaps_over_60s, quality.gap_msc_max), (8, 5, 1, 60_001));
        let counts: Vec<String> =
            quality.findings().iter().map(|(name, found)| format!("{name} {} {:?}", found.rows, found.treatment)).collect();
        assert_eq!(
            counts,
            [
                "repeated milliseconds 2 Kept",
                "identical rows 1 Kept",
                "out of order 0 Refused",
                "zero quotes 1 Dropped",
                "crossed quotes 1 Kept",
                "absurd quotes 1 Kept",
                "one-sided rows 2 Dropped",
            ]
        );
    }
}
