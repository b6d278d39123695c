//! Where a piece of evidence about the broker comes from.

/// The source of a piece of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// News, in any order.
    News,
    /// A reading of the account, which lists it as present now.
    Reading,
    /// A reading of the account's history.
    History,
}
