//! The sources as the checks read them: without what is compiled for tests alone, and with comments
//! and texts taken out of the code, so that nothing in them counts as code.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A file below `src`.
pub struct Source {
    /// Beside `src`.
    pub path: PathBuf,
    /// As they are written, what is for tests alone left out.
    pub lines: Vec<String>,
    /// The same without comments, and with nothing in its texts.
    pub code: String,
}

impl Source {
    /// The module that the file is: `["sim", "broker"]` for `sim/broker/mod.rs` and for
    /// `sim/broker.rs`.
    pub fn module(&self) -> Vec<String> {
        let names = self.path.with_extension("");
        let mut names: Vec<String> =
            names.iter().map(|name| name.to_str().unwrap().to_owned()).collect();
        names.pop_if(|last| last == "mod");
        names
    }

    /// The layer that the file is in.
    pub fn layer(&self) -> String {
        self.module().swap_remove(0)
    }
}

/// All sources, by path; files that are for tests alone are left out.
pub fn all() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    let mut for_tests = Vec::new();
    for path in rust_files(&root) {
        let text = fs::read_to_string(root.join(&path)).unwrap();
        let (source, named) = read(path, &text);
        let module = source.module();
        for_tests.extend(named.into_iter().map(|name| [module.as_slice(), &[name]].concat()));
        sources.push(source);
    }
    sources.retain(|source| !for_tests.iter().any(|module| source.module().starts_with(module)));
    assert!(sources.len() > 40, "the sources are where they are looked for");
    sources
}

/// The Rust files below a folder, by path.
pub fn rust_files(root: &Path) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path.strip_prefix(root).unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

/// A file, and the names of the modules that it declares for tests alone.
pub fn read(path: PathBuf, text: &str) -> (Source, Vec<String>) {
    let code = code(text);
    let mut kept = (Vec::new(), Vec::new());
    let mut for_tests = Vec::new();
    let mut lines = text.lines().zip(code.lines());
    while let Some((line, code)) = lines.next() {
        if code.trim() != "#[cfg(test)]" {
            kept.0.push(line.to_owned());
            kept.1.push(code);
            continue;
        }
        // The item ends with its `;` or `}`.
        let mut depth = 0_i32;
        for (_, code) in lines.by_ref() {
            depth += i32::try_from(code.matches('{').count()).unwrap()
                - i32::try_from(code.matches('}').count()).unwrap();
            for_tests.extend(
                code.trim()
                    .trim_start_matches("pub ")
                    .strip_prefix("mod ")
                    .and_then(|name| name.strip_suffix(';'))
                    .map(str::to_owned),
            );
            if depth == 0 && code.trim_end().ends_with([';', '}', ',']) {
                break;
            }
        }
    }
    (Source { path, lines: kept.0, code: kept.1.join("\n") }, for_tests)
}

/// A text of Rust without comments and with nothing in its texts; each line stays at its place.
fn code(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let raw = rest
            .strip_prefix('r')
            .map(|behind| behind.len() - behind.trim_start_matches('#').len());
        let is_word_before =
            out.ends_with(|before: char| before.is_alphanumeric() || before == '_');
        let length = match (letter, raw) {
            ('/', _) if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            ('/', _) if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            ('r', Some(marks)) if !is_word_before && rest[1 + marks..].starts_with('"') => {
                let end = format!("\"{}", "#".repeat(marks));
                let start = 2 + marks;
                rest[start..].find(&end).map_or(rest.len(), |at| start + at + end.len())
            }
            ('"', _) => 1 + quoted(&rest[1..], '"'),
            // A letter, not a lifetime.
            ('\'', _) if rest[1..].starts_with('\\') || rest.chars().nth(2) == Some('\'') => {
                1 + quoted(&rest[1..], '\'')
            }
            _ => {
                out.push(letter);
                rest = &rest[letter.len_utf8()..];
                continue;
            }
        };
        let (gone, behind) = rest.split_at(length);
        if !gone.starts_with('/') {
            out.push_str("\"\"");
        }
        out.extend(gone.chars().filter(|letter| *letter == '\n'));
        rest = behind;
    }
    out
}

/// How long a text is, its end included.
fn quoted(text: &str, end: char) -> usize {
    let mut is_escaped = false;
    for (at, letter) in text.char_indices() {
        if letter == end && !is_escaped {
            return at + letter.len_utf8();
        }
        is_escaped = letter == '\\' && !is_escaped;
    }
    text.len()
}

/// The words of a code and the marks between them: `crate`, `::`, `{`, …
pub fn tokens(code: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = code.trim_start();
    while let Some(letter) = rest.chars().next() {
        let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
        let length = match letter {
            _ if is_word(letter) => {
                rest.find(|letter: char| !is_word(letter)).unwrap_or(rest.len())
            }
            ':' if rest.starts_with("::") => 2,
            _ => letter.len_utf8(),
        };
        found.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
    found
}

/// The sources by their modules.
pub fn by_module(sources: &[Source]) -> BTreeMap<Vec<String>, &Source> {
    sources.iter().map(|source| (source.module(), source)).collect()
}

#[test]
fn comments_texts_and_tests_are_no_code() {
    let text = "use a; // b\nlet c = \"d // e\"; let f = 'g'; let h: &'i str = r#\"j\"k\"#; /* l\nm */ n\n#[cfg(test)]\nmod o;\np\n#[cfg(test)]\nmod tests {\n    q\n}\nr";
    let (source, for_tests) = read(PathBuf::from("a.rs"), text);
    assert_eq!(
        tokens(&source.code).join(" "),
        "use a ; let c = \" \" ; let f = \" \" ; let h : & ' i str = \" \" ; n p r"
    );
    assert_eq!(
        source.lines.join("|"),
        "use a; // b|let c = \"d // e\"; let f = 'g'; let h: &'i str = r#\"j\"k\"#; /* l|m */ n|p|r"
    );
    assert_eq!(for_tests, ["o"]);
}
