//! Why a program has not answered.

use crate::executor::event::AdviceFailure;

/// Why there is no answer.
#[derive(Debug)]
pub struct Lost {
    /// What is told of it.
    pub failure: AdviceFailure,
    /// What the program did, for people: it follows the program's name.
    pub reason: String,
}

impl Lost {
    /// No answer, and why.
    pub const fn new(failure: AdviceFailure, reason: String) -> Self {
        Self { failure, reason }
    }
}
