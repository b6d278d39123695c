//! Every key that a session can have: what it stands for, its unit, its default, what is allowed, an
//! example, and the rule that it comes from. Rules in the canonical form, which `rules convert` writes, are
//! not among them.
//!
//! A test proves that these keys and those that a session is read with are the same, that the examples are
//! accepted and that the defaults are those that hold. Start with [`find`].

#[macro_use]
mod row;
mod broker;
mod exits;
mod limits;
mod rules;
mod session;
mod settings;
mod symbol;

pub use row::{Key, KeyDefault, KeySection};

use crate::domain::suggest::nearest_few;
use std::collections::BTreeSet;

/// A key with the section that it stands in.
#[derive(Debug, Clone, Copy)]
pub struct FoundKey {
    /// The section.
    pub section: &'static KeySection,
    /// The key.
    pub key: &'static Key,
}

impl FoundKey {
    /// The paths at which the key may stand.
    pub fn paths(&self) -> impl Iterator<Item = String> {
        self.section.places.iter().map(|place| path(place, self.key.name))
    }
}

/// All sections, from the top of a session.
pub fn sections() -> impl Iterator<Item = &'static KeySection> {
    let parts = [
        session::SECTIONS,
        broker::SECTIONS,
        limits::SECTIONS,
        symbol::SECTIONS,
        settings::SECTIONS,
        rules::SECTIONS,
        exits::SECTIONS,
    ];
    parts.into_iter().flatten()
}

/// All keys.
pub fn all() -> impl Iterator<Item = FoundKey> {
    sections().flat_map(|section| section.keys.iter().map(move |key| FoundKey { section, key }))
}

/// The path of a key in a place, without the marks of lists.
#[must_use]
pub fn path(place: &str, name: &str) -> String {
    let place = place.replace("[]", "");
    if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") }
}

/// The keys of that name, or at that path or the end of one. Places in lists may be given, as `--set` has
/// them: `strategy.0.rules.exit.stopLoss`.
///
/// ```
/// use tickdeck::config::keys::find;
/// assert_eq!(find("broker.commission_per_lot").len(), 1);
/// assert_eq!(find("strategy.0.rules.exit.stopLoss").len(), 1);
/// assert!(find("symbol.GOLD.pip")[0].key.says.contains("pip"));
/// assert!(find("comission").is_empty());
/// ```
#[must_use]
pub fn find(asked: &str) -> Vec<FoundKey> {
    all().filter(|found| !paths_asked(found, asked).is_empty()).collect()
}

/// The paths of a key that are asked for.
#[must_use]
pub fn paths_asked(found: &FoundKey, asked: &str) -> Vec<String> {
    let asked = steps(asked);
    found.paths().filter(|path| ends_with(&steps(path), &asked)).collect()
}

/// The names of the keys of the table at a path.
#[must_use]
pub fn below(asked: &str) -> Vec<&'static str> {
    let asked = steps(asked);
    let at = |place: &&str| ends_with(&steps(place), &asked);
    let within = sections().filter(|section| section.places.iter().any(&at));
    let mut seen = BTreeSet::new();
    within
        .flat_map(|section| section.keys)
        .map(|key| key.name)
        .filter(|name| seen.insert(*name))
        .collect()
}

/// The keys that are most like what is asked for: names, or paths where it is one.
#[must_use]
pub fn likest(asked: &str) -> Vec<String> {
    let known: BTreeSet<String> = if asked.contains('.') {
        all().flat_map(|found| found.paths().collect::<Vec<_>>()).collect()
    } else {
        all().map(|found| found.key.name.to_owned()).collect()
    };
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    nearest_few(asked, &known).into_iter().map(str::to_owned).collect()
}

/// The names of a path, without those that count places in lists.
fn steps(path: &str) -> Vec<String> {
    let is_place = |step: &str| step.chars().all(|letter| letter.is_ascii_digit());
    let bare = |step: &str| step.split('[').next().unwrap_or_default().trim_matches('"').to_owned();
    path.split('.').map(bare).filter(|step| !is_place(step)).collect()
}

fn ends_with(path: &[String], asked: &[String]) -> bool {
    let is_any = |step: &str| step.chars().all(|letter| letter.is_ascii_uppercase());
    let same = |(known, asked): (&String, &String)| known == asked || is_any(known);
    // A name in capitals alone would be found by whatever is asked for.
    let is_named = asked.len() > 1 || path.last().is_some_and(|last| Some(last) == asked.last());
    is_named
        && !asked.is_empty()
        && path.len() >= asked.len()
        && path[path.len() - asked.len()..].iter().zip(asked).all(same)
}

/// The reference of all keys, as Markdown.
#[must_use]
pub fn reference() -> String {
    sections().map(section_told).fold(INTRODUCTION.to_owned(), |text, section| text + &section)
}

fn section_told(section: &KeySection) -> String {
    let at = section.places.iter().map(|place| match *place {
        "" => "at the top".to_owned(),
        place if place.ends_with("[]") => format!("`[[{}]]`", place.replace("[]", "")),
        place => format!("`[{}]`", place.replace("[]", "")),
    });
    let at = at.collect::<Vec<_>>().join(", ");
    let head = format!("\n## {}\n\n{at} ({})\n\n{COLUMNS}", section.title, section.rule);
    section.keys.iter().map(row_told).fold(head, |text, row| text + &row)
}

fn row_told(key: &Key) -> String {
    let Key { name, unit, default, allowed, example, says } = key;
    let default = match default {
        KeyDefault::Is(value) => format!("`{value}`"),
        other => other.words().to_owned(),
    };
    let example = match *example {
        "" => String::new(),
        example => format!("`{name} = {example}`"),
    };
    let cells = [&format!("`{name}`"), *says, *unit, &default, *allowed, &example];
    format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | "))
}

const COLUMNS: &str = "\
| key | what it stands for | unit | default | allowed | example |
|---|---|---|---|---|---|
";

const INTRODUCTION: &str = "\
# Every key of a session

`tickdeck explain --all` writes this file from the table by which `tickdeck explain KEY` and `tickdeck init`
go; tests compare it with what the reader of sessions accepts. A key that has a default may be left out. In a
path, a list of tables is written without places: `strategy.rules.exit.stopLoss` is `stopLoss` under
`[strategy.rules.exit]` of each `[[strategy]]`. A name in capitals stands for any. Rules may be in one of
several forms (R1 to R5, a built-in strategy, code); the headings say which of them have a key. Rules in the
canonical form, which `tickdeck rules convert` writes, are not told of here. Sources name what the rule
follows: sections of MetaTrader 5's reference and of this project's specification, as in the source code.
";
