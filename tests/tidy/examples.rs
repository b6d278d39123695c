//! Which public types have a running example in their documentation, read from the text.

use crate::sources::Source;

/// A public type or trait, and what its documentation offers as an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Documented {
    /// `struct`, `enum`, `trait` or `type`; `macro` when a macro declares it.
    pub kind: String,
    pub name: String,
    /// The code of its examples that run; empty when it has none.
    pub example: String,
    /// The items to whose example the documentation refers: "See [`Order`] for an example."
    pub sees: Vec<String>,
}

impl Documented {
    /// Whether an example that runs names the type and asserts something, its own or one that it
    /// refers to.
    pub fn is_shown(&self, all: &[Self]) -> bool {
        let is_shown_by =
            |shown: &Self| shown.example.contains("assert") && has_word(&shown.example, &self.name);
        is_shown_by(self)
            || all.iter().any(|other| self.sees.contains(&other.name) && is_shown_by(other))
    }
}

fn has_word(text: &str, word: &str) -> bool {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(|one| one == word)
}

/// The public types and traits of a file, also those that a macro declares by a name of their own
/// below their documentation.
pub fn documented(source: &Source) -> Vec<Documented> {
    let mut found = Vec::new();
    let mut doc = Vec::new();
    let (mut is_in_macro, mut is_in_attribute) = (false, false);
    for line in &source.lines {
        let words = line.trim_start();
        if is_in_attribute || words.starts_with("#[") {
            is_in_attribute = !line.ends_with(']');
            continue;
        }
        if let Some(text) = words.strip_prefix("///") {
            doc.push(text.strip_prefix(' ').unwrap_or(text));
            continue;
        }
        if !line.starts_with([' ', '}']) {
            is_in_macro = line.ends_with("! {") && !line.starts_with("macro_rules!");
        }
        if let Some((kind, name)) = declared(words, is_in_macro) {
            let (example, sees) = (example(&doc), sees(&doc));
            found.push(Documented { kind: kind.to_owned(), name: name.to_owned(), example, sees });
        }
        doc.clear();
    }
    found
}

/// The kind and the name of the type that a line declares.
fn declared(line: &str, is_in_macro: bool) -> Option<(&str, &str)> {
    let name_of = |text: &str| {
        text.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(text.len())
    };
    if let Some((kind, rest)) = line.strip_prefix("pub ").and_then(|rest| rest.split_once(' ')) {
        let name = &rest[..name_of(rest)];
        return (["struct", "enum", "trait", "type"].contains(&kind) && !name.is_empty())
            .then_some((kind, name));
    }
    let (name, rest) = line.split_at(name_of(line));
    let is_type = name.starts_with(|letter: char| letter.is_uppercase());
    (is_in_macro && is_type && (rest.is_empty() || rest.starts_with(',')))
        .then_some(("macro", name))
}

/// The code of the blocks that `cargo test --doc` runs.
fn example(doc: &[&str]) -> String {
    let mut code = String::new();
    // Whether the open block runs.
    let mut open: Option<bool> = None;
    for line in doc {
        match (line.trim().strip_prefix("```"), open) {
            (Some(language), None) => open = Some(["", "rust"].contains(&language)),
            (Some(_), Some(_)) => open = None,
            (None, Some(true)) => code.extend([line, "\n"]),
            (None, _) => {}
        }
    }
    code
}

/// The items to whose example the text refers.
fn sees(doc: &[&str]) -> Vec<String> {
    let text = doc.join(" ");
    let references = text.split("See [`").skip(1).filter_map(|rest| rest.split_once("`]"));
    references
        .filter(|(_, rest)| rest.starts_with(" for an example"))
        .map(|(name, _)| name.to_owned())
        .collect()
}

#[test]
fn examples_and_references_to_them_are_found() {
    let text = "\
/// ```
/// assert!(is(A, C));
/// ```
#[derive(Debug)]
pub struct A;
/// See [`A`] for an example.
pub enum B {}
/// The third. See
/// [`A`] for an example.
pub type C = A;
/// ```text
/// assert D
/// ```
pub trait D {}
kept! {
    /// ```
    /// assert!(E);
    /// ```
    E, 9
}
pub struct F<T>(T);
/// ```
/// let g = G;
/// ```
pub struct G;
pub(crate) struct H;
";
    let (source, _) = crate::sources::read("domain/a.rs".into(), text);
    let all = documented(&source);
    let shown: Vec<_> = all.iter().map(|one| (one.name.as_str(), one.is_shown(&all))).collect();
    // `B` is not named in the example to which it refers, `G` asserts nothing.
    assert_eq!(
        shown,
        [
            ("A", true),
            ("B", false),
            ("C", true),
            ("D", false),
            ("E", true),
            ("F", false),
            ("G", false)
        ]
    );
}
