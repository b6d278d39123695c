//! How a tick file is laid out.

use crate::data::label::Label;

/// Rows in a row group, which is held in memory before it is written.
pub const GROUP_ROWS: usize = 1 << 18;

/// How prices are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriceForm {
    /// Exact decimals of the symbol's digits.
    Decimal,
    /// Doubles, for tools that know no decimals.
    Double,
}

/// The layout of a tick file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TickLayout {
    /// Digits of the prices.
    pub digits: u32,
    /// How prices are kept.
    pub form: PriceForm,
    /// What the file says of itself.
    pub label: Label,
    /// Whether each time is also kept as it was in the source.
    pub source_times: SourceTimes,
    /// What is done to its pages.
    pub pages: PageForm,
}

/// What is done to the pages of a tick file. Deltas are packed into few bits either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageForm {
    /// They are compressed: a file is written once and kept.
    Compressed,
    /// They are as they are, without statistics of what changes: about a tenth larger, and
    /// written in two thirds of the time.
    Plain,
}

/// Whether the source's times are kept next to the written ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceTimes {
    /// They are the same.
    Same,
    /// They are kept in a column `source_time_msc`.
    Kept,
}

impl TickLayout {
    /// Exact decimals of `digits` digits, in a file that says nothing of itself.
    #[must_use]
    pub const fn exact(digits: u32) -> Self {
        Self {
            digits,
            form: PriceForm::Decimal,
            label: Label::none(),
            source_times: SourceTimes::Same,
            pages: PageForm::Compressed,
        }
    }
}
