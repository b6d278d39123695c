//! Where a piece of evidence about the broker comes from.

/// The source of a piece of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// News, in any order.
    News,
    /// A reading of the account: it is listed there now.
    Reading,
    /// A reading of the account's history.
    History,
}
