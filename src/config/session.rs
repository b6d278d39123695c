//! A session that has passed the checks.

use crate::domain::symbol::SymbolSpec;
use crate::domain::time::Timestamp;
use crate::executor::command::CommandEvent;
use crate::executor::event::Event;
use crate::market::bar::Bar;
use crate::session::description::SessionFile;
use std::path::PathBuf;

/// A checked session, ready to run.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// The content of the file.
    pub file: SessionFile,
    /// The folder to which the file's paths are relative.
    pub dir: PathBuf,
    /// The specification of each symbol, in the order of `file.symbols`.
    pub specs: Vec<SymbolSpec>,
    /// The session's own strategies, in the file's order.
    pub starts: Vec<Start>,
    /// The minutes before the session's first moment, by the place of their symbol; empty where nothing is
    /// known of them.
    pub history: Vec<Vec<Bar>>,
    /// Commands and operator's acts of the commands file, and what sources of other recordings had open,
    /// in the order in which they take effect (session 2).
    pub stream: Vec<(Timestamp, Event)>,
    /// The recordings of which strategies are followed. They are read, and not needed any more.
    pub sources: Vec<PathBuf>,
}

/// A strategy's START and its moment; none means the session's first moment.
pub type Start = (Option<Timestamp>, CommandEvent);
