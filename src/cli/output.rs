//! How a verb speaks, and how it ends.

/// What the command line says about speaking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Output {
    /// One machine-readable object on stdout.
    pub json: bool,
    /// Nothing but results.
    pub quiet: bool,
    /// More and more of what happens.
    pub verbose: u8,
}

/// How a verb ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    /// 0.
    Fine,
    /// 1: the check says no.
    CheckFailed,
    /// 2: bad usage or input.
    BadInput,
}
