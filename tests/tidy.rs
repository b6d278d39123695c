//! The house rules that a compiler does not know: layers, sizes, headers.

#[path = "tidy/examples.rs"]
mod examples;
#[path = "tidy/items.rs"]
mod items;
#[path = "tidy/sources.rs"]
mod sources;
#[path = "tidy/uses.rs"]
mod uses;

use sources::Source;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use uses::Uses;

/// The layers from the top; modules in one row never use one another.
const LAYERS: &[&[&str]] = &[
    &["domain"],
    &["market"],
    &["indicator"],
    &["strategy"],
    &["valuation"],
    &["risk"],
    &["executor"],
    &["session"],
    &["wire"],
    &["disk"],
    &["data"],
    &["sim", "recording", "process", "live"],
    &["journal"],
    &["inspect", "report", "audit"],
    &["config"],
    &["backtest", "rehearsal", "courier", "control"],
    &["torture"],
    &["cli"],
];

/// Items that tests alone name, and what they are for.
const FOR_USERS: &[(&str, &str)] =
    &[("documented", "domain: flags as MT5 documents them, beside those that are kept")];

/// Names of types that stand for two things, and why.
const TWO_MEANINGS: &[(&str, &str)] =
    &[("Purpose", "executor: what an order is for, and what a request is for")];
/// The state as version 2 wrote it: each type of it has its successor of the same name.
const WRITTEN_V2: &str = "executor/snapshot/upgrade/v2";

/// The limits of style: lines of a file and of a function, without tests.
const FILE_LINES_MAX: usize = 600;
const FILE_LINES_USUAL: usize = 400;
const FUNCTION_LINES_MAX: usize = 70;
const FUNCTION_LINES_USUAL: usize = 30;

fn rank(module: &str) -> Option<usize> {
    LAYERS.iter().position(|row| row.contains(&module))
}

/// The modules of this crate that a line names as `crate::module`.
fn named(line: &str) -> Vec<String> {
    let code = line.split("//").next().unwrap_or("");
    let names = code.match_indices("crate::").map(|(at, word)| &code[at + word.len()..]);
    names
        .map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
        .collect()
}

#[test]
fn a_module_uses_only_those_above_it() {
    let mut wrong = Vec::new();
    for source in sources::all() {
        let own = source.layer();
        let Some(own_rank) = rank(&own) else {
            assert!(
                ["lib", "main"].contains(&own.as_str()),
                "{own} is in no layer: add it to LAYERS and to the map in lib.rs"
            );
            continue;
        };
        for (number, line) in source.lines.iter().enumerate() {
            for used in named(line) {
                let fine = used == own || rank(&used).is_some_and(|used| used < own_rank);
                if !fine {
                    wrong.push(format!("{}:{} uses {used}", source.path.display(), number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "a layer uses one below or beside it:\n{}", wrong.join("\n"));
}

#[test]
fn the_map_in_lib_rs_is_the_order_of_the_layers() {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let modules: Vec<&str> =
        lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let ranks: Vec<_> = modules
        .iter()
        .map(|module| rank(module).unwrap_or_else(|| panic!("{module} is in no layer")))
        .collect();
    assert!(ranks.is_sorted(), "{modules:?}");
    assert_eq!(modules.len(), LAYERS.iter().map(|row| row.len()).sum::<usize>());
    for module in modules {
        assert!(
            lib.lines().any(|line| line.starts_with("//!") && line.contains(module)),
            "the map does not show {module}"
        );
    }
}

#[test]
fn files_use_one_another_in_no_circle() {
    let sources = sources::all();
    let uses = Uses::of(&sources);
    let circles = uses.circles();
    let told = circles.iter().map(|group| {
        format!(
            "{} files use one another in a circle:\n  {}",
            group.len(),
            uses.within(group).join("\n  ")
        )
    });
    assert!(
        circles.is_empty(),
        "what is shared belongs into a file of its own:\n{}",
        told.collect::<Vec<_>>().join("\n")
    );
}

/// What is visible beyond its file is named somewhere in the program, its benches or its fuzz
/// targets. Names alone are compared: one that stands twice for different things is not caught.
#[test]
fn nothing_is_visible_for_tests_alone() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = sources::all();
    let mut texts: Vec<String> = sources.iter().map(|source| source.lines.join("\n")).collect();
    for folder in ["benches", "fuzz"] {
        let folder = root.join(folder);
        texts.extend(
            sources::rust_files(&folder)
                .iter()
                .map(|path| fs::read_to_string(folder.join(path)).unwrap()),
        );
    }
    let words = items::words(texts.iter().map(String::as_str));
    let mut wrong = Vec::new();
    for source in &sources {
        for item in
            items::visible(source).into_iter().filter(|item| words.get(&item.name) == Some(&1))
        {
            if !FOR_USERS.iter().any(|(name, _)| *name == item.name) {
                wrong.push(format!("{}: {} {}", source.path.display(), item.kind, item.name));
            }
        }
    }
    assert!(wrong.is_empty(), "nothing but tests uses these:\n{}", wrong.join("\n"));
}

/// Types that are visible beyond their file have a name of their own. A type that its file keeps to
/// itself is read there alone, so it may share its name.
#[test]
fn one_name_of_a_type_stands_for_one_thing() {
    let sources = sources::all();
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in sources.iter().filter(|source| !source.path.starts_with(WRITTEN_V2)) {
        for item in items::visible(source).into_iter().filter(items::Item::is_type) {
            places.entry(item.name).or_default().push(source.path.display().to_string());
        }
    }
    let is_known = |name: &str| TWO_MEANINGS.iter().any(|(known, _)| *known == name);
    let shared: Vec<_> =
        places.iter().filter(|(name, files)| files.len() > 1 && !is_known(name)).collect();
    assert!(shared.is_empty(), "two types of one name: {shared:#?}");
    for (name, _) in TWO_MEANINGS {
        assert!(places[*name].len() > 1, "{name} stands for one thing now: take it off the list");
    }
}

/// A reader sees what a value does before anything is built of it, and how a port is filled.
#[test]
fn domain_and_ports_have_running_examples() {
    let sources = sources::all();
    let mut wrong = Vec::new();
    let mut count = 0;
    for source in &sources {
        let all = examples::documented(source);
        let is_whole = source.layer() == "domain" || source.path == Path::new("session/ports.rs");
        for item in all.iter().filter(|item| is_whole || item.kind == "trait") {
            count += 1;
            if !item.is_shown(&all) {
                wrong.push(format!("{}: {} {}", source.path.display(), item.kind, item.name));
            }
        }
    }
    assert!(count >= 50, "the types are found: {count}");
    assert!(
        wrong.is_empty(),
        "these have no example that names them and asserts, nor a reference to one:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn every_module_says_what_it_is() {
    for Source { path, lines, .. } in sources::all() {
        assert!(
            lines.first().is_some_and(|line| line.starts_with("//! ")),
            "{} begins without a `//!` header",
            path.display()
        );
    }
}

#[test]
fn files_and_functions_stay_small() {
    let (mut files, mut functions) = (Vec::new(), Vec::new());
    for Source { path, lines, .. } in sources::all() {
        files.push((lines.len(), path.display().to_string()));
        let mut open: Option<(usize, &str)> = None;
        for (number, line) in lines.iter().enumerate() {
            let indent = &line[..line.len() - line.trim_start().len()];
            let words = line.trim_start();
            let begins = [
                "fn ",
                "pub fn ",
                "pub(super) fn ",
                "pub(crate) fn ",
                "const fn ",
                "pub const fn ",
                "pub(super) const fn ",
            ];
            if begins.iter().any(|begin| words.starts_with(begin)) {
                open = Some((number, indent));
            }
            if let Some((start, indent)) = open.filter(|(_, indent)| *line == format!("{indent}}}"))
            {
                functions.push((number - start + 1, format!("{}:{}", path.display(), start + 1)));
                let _ = indent;
                open = None;
            }
        }
    }
    check_tail("files", files, FILE_LINES_USUAL, FILE_LINES_MAX);
    check_tail("functions", functions, FUNCTION_LINES_USUAL, FUNCTION_LINES_MAX);
}

/// Nine in ten within the usual size, none above the limit.
fn check_tail(what: &str, mut sizes: Vec<(usize, String)>, usual: usize, limit: usize) {
    sizes.sort();
    let above: Vec<_> = sizes.iter().filter(|(lines, _)| *lines > limit).collect();
    assert!(above.is_empty(), "{what} above {limit} lines: {above:?}");
    let within = sizes.iter().filter(|(lines, _)| *lines <= usual).count();
    let longest = &sizes[sizes.len().saturating_sub(12)..];
    assert!(
        within * 10 >= sizes.len() * 9,
        "fewer than nine in ten {what} within {usual} lines; the longest: {longest:?}"
    );
}

#[test]
fn nothing_unfinished_is_left() {
    let marks = [
        ["TO", "DO"].concat(),
        ["FIX", "ME"].concat(),
        ["todo", "!("].concat(),
        ["unimplemented", "!("].concat(),
    ];
    for Source { path, lines, .. } in sources::all() {
        for (number, line) in lines.iter().enumerate() {
            assert!(
                !marks.iter().any(|mark| line.contains(mark)),
                "{}:{}",
                path.display(),
                number + 1
            );
        }
    }
}
