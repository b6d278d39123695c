//! What the files declare, read from the text: items that others may use, and types.

use crate::sources::{Source, tokens};
use std::collections::BTreeMap;

/// An item of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// `fn`, `struct`, …
    pub kind: String,
    /// Its name.
    pub name: String,
}

impl Item {
    /// Whether it is a type or a trait.
    pub fn is_type(&self) -> bool {
        ["struct", "enum", "trait", "type"].contains(&self.kind.as_str())
    }
}

const KINDS: [&str; 7] = ["fn", "struct", "enum", "trait", "type", "const", "static"];

/// The items that are visible beyond their file, methods among them.
pub fn visible(source: &Source) -> Vec<Item> {
    let tokens = tokens(&source.code);
    let mut found = Vec::new();
    for at in (0..tokens.len()).filter(|at| tokens[*at] == "pub") {
        let mut rest = &tokens[at + 1..];
        if rest.first() == Some(&"(") {
            rest = &rest[rest.iter().position(|token| *token == ")").unwrap() + 1..];
        }
        while let [modifier, next, ..] = rest
            && (["unsafe", "async"].contains(modifier) || (*modifier == "const" && *next == "fn"))
        {
            rest = &rest[1..];
        }
        if let [kind, name, ..] = rest
            && KINDS.contains(kind)
            // What a macro declares has its name from elsewhere.
            && *name != "$"
        {
            found.push(Item { kind: (*kind).to_owned(), name: (*name).to_owned() });
        }
    }
    found
}

/// How often each word stands in the code and in the attributes, whose texts may name functions.
pub fn words<'a>(texts: impl Iterator<Item = &'a str>) -> BTreeMap<String, usize> {
    let mut words = BTreeMap::new();
    for text in texts {
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            for word in line.split(|letter: char| !letter.is_alphanumeric() && letter != '_') {
                *words.entry(word.to_owned()).or_default() += 1;
            }
        }
    }
    words
}

#[test]
fn visible_items_are_found() {
    let text = "pub const fn a() {}\npub(super) struct B;\nfn c() {}\nimpl D { pub(crate) unsafe fn e() {} }\npub const F: u8 = 1;\npub use g::H;";
    let (source, _) = crate::sources::read("a.rs".into(), text);
    let names: Vec<String> = visible(&source).into_iter().map(|item| item.name).collect();
    assert_eq!(names, ["a", "B", "e", "F"]);
}
