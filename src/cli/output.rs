//! Where output goes and how a command ends.

/// How output is wanted.
#[derive(Debug, Clone, Default)]
pub struct Output {
    /// One machine-readable object instead of text.
    pub json: bool,
    /// Nothing but what was asked for.
    pub quiet: bool,
    /// How much more to tell.
    pub verbose: u8,
}

/// How a command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExitStatus {
    /// 0.
    Fine,
    /// 1: the check says no.
    CheckFailed,
    /// 2: bad usage or input.
    BadInput,
}
