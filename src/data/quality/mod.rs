//! The quality of a stream of ticks: counted while it passes, with what was done about each
//! finding.
//!
//! Nothing is altered without being counted. Zero quotes (an empty book) and rows before both sides
//! are known are no ticks and are left out; for everything else the caller gives a policy. Start
//! with [`cleaner`].

pub mod bar_spikes;
pub mod cleaner;
pub mod duplicates;
pub mod order;
pub mod policy;
pub mod row;
pub mod spikes;

use crate::data::odd_rows::SpikesFound;
use crate::data::quality::policy::{Policies, Treatment};
use crate::data::text::symbols::SymbolsFound;
use crate::data::tick_source::TickReader;
use crate::domain::tick::Tick;
use crate::domain::time::ServerMsc;
use serde::Serialize;
use std::collections::BTreeSet;

/// A pause longer than this is a gap, in milliseconds.
const GAP_MS: i64 = 60_000;

/// Rows of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The number of rows.
    pub rows: u64,
    /// What was done with them.
    pub treatment: Treatment,
}

impl Finding {
    const fn none(treatment: Treatment) -> Self {
        Self { rows: 0, treatment }
    }
}

/// The report on the quality of the rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Quality {
    /// The number of rows read.
    pub rows: u64,
    /// The number of rows passed on.
    pub written: u64,
    /// The time of the first row passed on.
    pub first_time_msc: Option<ServerMsc>,
    /// The time of the last row passed on.
    pub last_time_msc: Option<ServerMsc>,
    /// The number of pauses of more than 60 s.
    pub gaps_over_60s: u64,
    /// The longest pause, in milliseconds.
    pub gap_msc_max: i64,
    /// Rows of the same millisecond as the row before.
    pub repeated_time_msc: Finding,
    /// Rows that repeat an earlier row of the same millisecond.
    pub identical: Finding,
    /// Rows with a time before that of an earlier row.
    pub out_of_order: Finding,
    /// Rows with a bid or ask of zero.
    pub zero_quote: Finding,
    /// Rows with ask below bid.
    pub crossed: Finding,
    /// Rows whose mid price is far from those before and after.
    pub spike: Finding,
    /// Places at which the price moved as far and stayed there, or the file ended.
    pub step: Finding,
    /// Rows before both sides were known.
    pub one_sided: Finding,
    /// Rows with undocumented bits in their flags. The rows are kept, the bits are not.
    pub unknown_flags: Finding,
    /// Rows of other symbols.
    pub other_symbol: Finding,
    /// Where the spikes are.
    #[serde(skip)]
    pub spike_places: SpikesFound,
    /// The symbols in the rows, where a column tells them.
    #[serde(skip)]
    pub symbols: SymbolsFound,
    #[serde(skip)]
    before_msc: Option<i64>,
}

impl Quality {
    /// A report that has counted nothing.
    #[must_use]
    pub const fn new(policies: &Policies) -> Self {
        Self {
            rows: 0,
            written: 0,
            first_time_msc: None,
            last_time_msc: None,
            gaps_over_60s: 0,
            gap_msc_max: 0,
            repeated_time_msc: Finding::none(Treatment::Kept),
            identical: Finding::none(policies.duplicate.treatment()),
            out_of_order: Finding::none(policies.out_of_order.treatment()),
            zero_quote: Finding::none(Treatment::Dropped),
            crossed: Finding::none(policies.crossed.treatment()),
            spike: Finding::none(policies.spike.treatment()),
            step: Finding::none(Treatment::Kept),
            one_sided: Finding::none(Treatment::Dropped),
            unknown_flags: Finding::none(Treatment::Dropped),
            other_symbol: Finding::none(Treatment::Dropped),
            spike_places: SpikesFound { rows: 0, places: Vec::new() },
            symbols: SymbolsFound {
                own_rows: 0,
                alias: None,
                other_rows: 0,
                others: BTreeSet::new(),
            },
            before_msc: None,
        }
    }

    /// The findings by name, in the order of the report.
    #[must_use]
    pub const fn findings(&self) -> [(&'static str, Finding); 10] {
        [
            ("repeated milliseconds", self.repeated_time_msc),
            ("identical rows", self.identical),
            ("out of order", self.out_of_order),
            ("zero quotes", self.zero_quote),
            ("crossed quotes", self.crossed),
            ("spikes", self.spike),
            ("steps of the price", self.step),
            ("one-sided rows", self.one_sided),
            ("unknown flag bits", self.unknown_flags),
            ("other symbols", self.other_symbol),
        ]
    }

    /// Adds the counts that only a source has at its end: rows that never became ticks because a
    /// side was not known yet, and rows with unknown bits in their flags.
    pub fn add_source(&mut self, source: &TickReader) {
        self.rows += source.one_sided();
        if let Some(symbols) = source.symbols() {
            self.rows += symbols.other_rows;
            self.other_symbol.rows += symbols.other_rows;
            self.symbols.add(symbols);
        }
        self.one_sided.rows += source.one_sided();
        self.unknown_flags.rows += source.unknown_flags();
    }

    /// Counts a row that is passed on.
    #[inline]
    fn count_given(&mut self, tick: &Tick) {
        self.written += 1;
        if let Some(before) = self.before_msc.replace(tick.time_msc.0) {
            let pause = tick.time_msc.0 - before;
            self.gaps_over_60s += u64::from(pause > GAP_MS);
            self.gap_msc_max = self.gap_msc_max.max(pause);
        } else {
            self.first_time_msc = Some(tick.time_msc);
        }
        self.last_time_msc = Some(tick.time_msc);
    }
}
