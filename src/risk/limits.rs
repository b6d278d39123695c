//! Counts that must not be exceeded (executor 4).

/// Whether one more position may be opened: open, in-flight and unknown ones all count.
#[must_use]
pub const fn allows_one_more(open: u32, in_flight: u32, max_open_trades: u32) -> bool {
    open.saturating_add(in_flight) < max_open_trades
}
