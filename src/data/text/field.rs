//! What a cell of a text can mean.

/// The meaning of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The day, with the time in another cell.
    Date,
    /// The time of day.
    Time,
    /// Day and time in one cell, or a number of seconds or milliseconds.
    Moment,
    /// The symbol: `EURUSD`, `EUR/USD`, with or without what a broker appends.
    Pair,
    /// Bid.
    Bid,
    /// Ask.
    Ask,
    /// The price of the last deal.
    Last,
    /// Of a tick, the volume of the last deal; of a bar, a volume that the file does not explain.
    Volume,
    /// MT5's mask of what changed.
    Flags,
    /// The first Bid of a bar.
    Open,
    /// The highest Bid of a bar.
    High,
    /// The lowest Bid of a bar.
    Low,
    /// The last Bid of a bar.
    Close,
    /// The number of ticks.
    TickVolume,
    /// The volume of deals.
    RealVolume,
    /// The spread in points.
    Spread,
    /// The first Ask of a bar.
    AskOpen,
    /// The last Ask of a bar.
    AskClose,
    /// The volume quoted in a bar: 0 when nothing was quoted.
    QuotedVolume,
    /// Known, but not read.
    Unread,
}

/// The number of fields.
pub const FIELDS: usize = Field::Unread as usize + 1;
