//! Files that are no tables of ticks or bars by their very names, each with what to give instead.

use std::path::Path;

/// What an ending says that a file is, and what to give instead.
const OTHERS: [(&[&str], &str, &str); 7] = [
    (&["xlsx", "xls", "xlsm", "ods"], "a spreadsheet", "save it as CSV"),
    (
        &["json", "jsonl"],
        "JSON",
        "ticks and bars are read from tables: CSV, Parquet or MT5's own exports",
    ),
    (
        &["hcc", "tkc", "hst", "hc", "fxt"],
        "the terminal's own store",
        "export from it: in MT5 Symbols, tab Ticks or Bars, Export",
    ),
    (
        &["html", "htm", "pdf", "xml"],
        "a report",
        "export ticks or bars: in MT5 Symbols, tab Ticks or Bars",
    ),
    (
        &["rar", "7z", "tar", "tgz", "bz2", "xz"],
        "an archive of a kind that is not read",
        "pack it as .zip or .gz, or unpack it",
    ),
    (&["toml"], "a session", "`tickdeck simulate` runs one"),
    (
        &["mq5", "ex5", "mq4", "ex4", "set"],
        "a program of the terminal or its settings",
        "give the ticks or bars that it ran on",
    ),
];

/// What a path is and what to give instead, where its name says that it is no table.
#[must_use]
pub fn told_by_name(path: &Path) -> Option<(&'static str, &'static str)> {
    if path == Path::new("-") && path.symlink_metadata().is_err() {
        return Some(("stdin", "it can be read only once: give a file"));
    }
    let ending = path.extension()?.to_str()?.to_ascii_lowercase();
    let (_, what, instead) = OTHERS.iter().find(|(endings, ..)| endings.contains(&&*ending))?;
    (!path.is_dir()).then_some((*what, *instead))
}
