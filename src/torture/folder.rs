//! Writes a session to a folder that `simulate` runs, with a page that says what fails and how to
//! reproduce it.

use crate::data::error::DataError;
use crate::data::label::{FileClock, Label};
use crate::data::tick_layout::TickLayout;
use crate::data::tick_writer::TickWriter;
use crate::disk::unfinished::Unfinished;
use crate::domain::amount::Price;
use crate::domain::text::ShownPath;
use crate::domain::tick::Tick;
use crate::executor::command::CommandSource;
use crate::executor::event::{Event, Operator};
use crate::recording::files::tick_files;
use crate::session::description::{SessionFile, TickSource};
use crate::torture::plan::{EmptyBook, Restart, With};
use crate::torture::shrink::Shrunk;
use serde_json::json;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Why a session could not be written.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file cannot be written.
    #[error("{} cannot be written", path.shown())]
    Write {
        /// The path of the file.
        path: PathBuf,
        /// The error of the file system.
        source: std::io::Error,
    },
    /// The ticks cannot be written. The source names the file.
    #[error("the ticks of {symbol} cannot be written")]
    Ticks {
        /// The symbol of the ticks.
        symbol: String,
        /// The error of the writer.
        source: Box<DataError>,
    },
    /// The session cannot be written as TOML.
    #[error("the session cannot be written as TOML")]
    Toml(#[from] toml::ser::Error),
}

/// The name of the page that says what fails.
pub const PAGE: &str = "VIOLATION.txt";

/// Writes the folder.
///
/// # Errors
/// [`FolderError`], naming the file.
pub fn write(folder: &Path, shrunk: &Shrunk) -> Result<(), FolderError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| FolderError::Write { path, source }
    };
    // A folder that existed before is written over, and not removed if writing is interrupted.
    let begin =
        || Unfinished::begin(folder, |folder| fs::create_dir_all(folder).map_err(failed(folder)));
    let begun = if folder.exists() { None } else { Some(begin()?.0) };
    let ticks = folder.join("ticks");
    fs::create_dir_all(&ticks).map_err(failed(&ticks))?;
    let mut file = shrunk.plan.file.clone();
    let named =
        file.symbols.iter().cloned().zip(tick_files(&file.symbols).into_iter().map(PathBuf::from));
    file.ticks = Some(TickSource::Files(named.collect()));
    file.commands = Some("commands.jsonl".into());
    file.followed.clear();
    write_ticks(folder, &file, shrunk)?;
    let texts = [
        ("session.toml", toml::to_string(&file)?),
        ("commands.jsonl", commands(shrunk)),
        (PAGE, page(folder, shrunk)),
        ("steps.txt", shrunk.ran.story.clone()),
    ];
    for (name, text) in texts {
        let path = folder.join(name);
        fs::write(&path, text).map_err(failed(&path))?;
    }
    begun.map_or(Ok(()), |begun| begun.place(|_| Ok(())))
}

fn write_ticks(folder: &Path, file: &SessionFile, shrunk: &Shrunk) -> Result<(), FolderError> {
    for ((name, spec), ticks) in
        tick_files(&file.symbols).iter().zip(shrunk.plan.specs()).zip(&shrunk.plan.all_ticks())
    {
        let failed =
            |source| FolderError::Ticks { symbol: spec.name.clone(), source: Box::new(source) };
        let path = folder.join(name);
        let clock = FileClock::Zone(file.zone.clone());
        let label = Label::of(&spec, Some(clock), "torture".to_owned());
        let layout = TickLayout { label, ..TickLayout::exact(spec.digits) };
        let mut writer = TickWriter::create(&path, layout).map_err(failed)?;
        // A tick file cannot hold ticks without a quote.
        let quoted: Vec<Tick> = ticks
            .iter()
            .filter(|tick| tick.bid > Price::ZERO && tick.ask > Price::ZERO)
            .copied()
            .collect();
        writer.push(&quoted).and_then(|()| writer.finish()).map_err(failed)?;
    }
    Ok(())
}

/// Everything from outside as it was delivered. What the session starts itself is in its file.
fn commands(shrunk: &Shrunk) -> String {
    let mut text = String::new();
    for (at, event) in &shrunk.ran.delivered {
        let line = match event {
            Event::Command(command) if command.source == CommandSource::Stream => {
                json!({ "at": at, "body": command.body })
            }
            Event::Operator(operator) => json!({ "at": at, "operator": word(*operator) }),
            _ => continue,
        };
        let _ = writeln!(text, "{line}");
    }
    text
}

const fn word(operator: Operator) -> &'static str {
    match operator {
        Operator::Pause => "pause",
        Operator::Resume => "resume",
        Operator::Kill => "kill",
        Operator::ClearKill => "clear_kill",
    }
}

fn page(folder: &Path, shrunk: &Shrunk) -> String {
    let Shrunk { plan, violation, .. } = shrunk;
    let mut text = String::new();
    let mut line = |words: String| {
        let _ = writeln!(text, "{words}");
    };
    line(format!("invariant  {}", violation.invariant));
    line(format!("step       {} at {}", violation.step, violation.at));
    line(format!("seen       {}", violation.text));
    line(format!("seed       {}", plan.seed));
    line(String::new());
    line(format!("again      tickdeck torture --from {} --seeds 1", plan.seed));
    line(format!("simulate   tickdeck simulate {}", folder.join("session.toml").shown()));
    if !plan.empty_books.is_empty() {
        line(String::new());
        line("A file of ticks holds none without Bid or Ask. This session had such, by the server's clock:".to_owned());
        plan.empty_books
            .iter()
            .for_each(|book| line(format!("  {}", told_book(&plan.file, *book))));
    }
    if !plan.file.programs().is_empty() {
        line(String::new());
        line(
            "Its programs are answered for by the torture alone: to a simulation there are none."
                .to_owned(),
        );
    }
    if !plan.file.followed.is_empty() {
        line(String::new());
        line(
            "What its source of another recording has open is told by the torture alone."
                .to_owned(),
        );
    }
    if !plan.restarts.is_empty() {
        line(String::new());
        line(
            "A session file cannot say that the process ends and begins anew. This one needs it:"
                .to_owned(),
        );
        plan.restarts.iter().for_each(|restart| line(format!("  {}", told(*restart))));
    }
    text
}

fn told_book(
    file: &SessionFile,
    EmptyBook { symbol, from_msc, until_msc, no_bid, no_ask }: EmptyBook,
) -> String {
    let lacks = match (no_bid, no_ask) {
        (true, true) => "neither",
        (true, false) => "no Bid",
        _ => "no Ask",
    };
    format!("{}: {lacks} from {from_msc} until {until_msc}", file.symbols[symbol.index()])
}

fn told(Restart { at, after_request_ms, down_ms, with }: Restart) -> String {
    let with = match with {
        With::State => "the state last written before actions were carried out",
        With::Nothing => "no state",
    };
    let after = after_request_ms.map(|ms| format!(", {ms} ms after the next request"));
    format!("ends {at}{}, begins {down_ms} ms later with {with}", after.unwrap_or_default())
}
