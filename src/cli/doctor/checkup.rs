//! What was looked at, what was found, and what to do about it.

use serde_json::{Value, json};

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Finding {
    Fine,
    Note,
    LeftOut,
    Wrong,
}

/// Something that was looked at.
#[derive(Debug)]
pub struct Checkup {
    what: &'static str,
    is: Finding,
    found: String,
    to_do: String,
}

impl Checkup {
    /// Whether nothing about it keeps a session from beginning.
    pub fn is_fine(&self) -> bool {
        self.is != Finding::Wrong
    }

    fn word(&self) -> &'static str {
        match self.is {
            Finding::Fine => "ok",
            Finding::Note => "note",
            Finding::LeftOut => "left out",
            Finding::Wrong => "WRONG",
        }
    }

    /// A line for people.
    pub fn line(&self) -> String {
        let Self { what, found, to_do, .. } = self;
        let text = format!("{:<8}  {what}: {found}", self.word());
        if to_do.is_empty() { text } else { format!("{text}\n          → {to_do}") }
    }

    /// For programs.
    pub fn json(&self) -> Value {
        json!({ "check": self.what, "finding": self.word(), "found": self.found, "to_do": self.to_do })
    }
}

/// All of them, in order.
#[derive(Debug, Default)]
pub struct Checkups(Vec<Checkup>);

impl Checkups {
    /// All so far.
    pub fn all(&self) -> &[Checkup] {
        &self.0
    }

    /// It is as it should be.
    pub fn fine(&mut self, what: &'static str, found: &str) {
        self.put(what, Finding::Fine, found, "");
    }

    /// It is worth a word, and keeps nothing from beginning.
    pub fn note(&mut self, what: &'static str, found: &str) {
        self.put(what, Finding::Note, found, "");
    }

    /// It was not looked at, and why.
    pub fn left_out(&mut self, what: &'static str, why: &str) {
        self.put(what, Finding::LeftOut, why, "");
    }

    /// It keeps a session from beginning, and what to do.
    pub fn wrong(&mut self, what: &'static str, found: &str, to_do: &str) {
        self.put(what, Finding::Wrong, found, to_do);
    }

    fn put(&mut self, what: &'static str, is: Finding, found: &str, to_do: &str) {
        self.0.push(Checkup { what, is, found: found.to_owned(), to_do: to_do.to_owned() });
    }
}
