//! What is worth a line in the log, in words.

use super::rows::RowFlaw;
use std::fmt;

/// Something that is worth a line in the log, and changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// A row that cannot be read, and of what.
    Row(&'static str, RowFlaw),
    /// A tick that is older than the last one of its symbol: it is left out.
    Late(String),
    /// A row of a symbol that is not subscribed.
    Elsewhere(&'static str, String),
    /// A specification that cannot be used, and why.
    Specification(String),
    /// A symbol that was subscribed before is not there after the terminal was attached again.
    Missed(String),
    /// A line that cannot be read.
    Line(String),
    /// The terminal's history is another than was told.
    Rewritten(String, u64),
    /// The terminal reports a failure.
    Fault(String, String),
    /// An answer to what was not asked, or not any more.
    Unasked(u64),
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Row(what, flaw) => write!(f, "{what}: {flaw}"),
            Self::Late(symbol) => {
                write!(f, "a tick of {symbol} came after a later one, and is left out")
            }
            Self::Elsewhere(what, symbol) => {
                write!(f, "{what} of {symbol}, which is not subscribed")
            }
            Self::Specification(flaw) => write!(f, "specification: {flaw}"),
            Self::Missed(symbol) => {
                write!(
                    f,
                    "{symbol} had ticks before and has none now: it is asked for until it has"
                )
            }
            Self::Line(flaw) => f.write_str(flaw),
            Self::Rewritten(symbol, count) => {
                write!(
                    f,
                    "the history of {symbol} holds other ticks than were sent: {count} of them"
                )
            }
            Self::Fault(code, text) => write!(f, "fault {code}: {text}"),
            Self::Unasked(id) => {
                write!(f, "an answer to {id}, which was not asked or not any more")
            }
        }
    }
}
