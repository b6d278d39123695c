//! Files of rules, right and wrong: what `tickdeck rules check` says of each.

use crate::common;
use std::path::{Path, PathBuf};

/// The files of a folder of rules, in order of their names.
fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/rules").join(folder);
    let mut files: Vec<PathBuf> =
        folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Checks all files of a folder, each with a snapshot of what is said of it, and the status.
fn check(folder: &str, status: i32) {
    let files = files(folder);
    assert!(files.len() > 10, "{folder} has files");
    for file in files {
        let (dir, name) = (file.parent().unwrap(), file.file_name().unwrap().to_str().unwrap());
        let output = common::tickdeck_in(dir, &["rules", "check", name]);
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        insta::assert_snapshot!(
            format!("{folder}_{}", name.trim_end_matches(".json")),
            stdout.clone() + &stderr
        );
        assert_eq!(output.status.code(), Some(status), "{name}: {stdout}{stderr}");
        assert!(stdout.is_empty() || stderr.is_empty(), "either data or an error: {name}");
    }
}

#[test]
fn understood() {
    check("understood", 0);
}

#[test]
fn refused() {
    check("refused", 2);
}

/// The same as JSON, for programs.
#[test]
fn a_program_reads_the_check() {
    let file = files("understood").into_iter().find(|file| file.ends_with("r1_bare.json")).unwrap();
    let args = ["rules", "check", "--json", "r1_bare.json"];
    let output = common::tickdeck_in(file.parent().unwrap(), &args);
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["warmup_bars"], 70);
    assert_eq!(told["warnings"], serde_json::json!(["nothing ever closes a position"]));
    assert_eq!(told["words"]["stop loss"], "none");
    assert_eq!(told["rules_hash"].as_str().unwrap().len(), 64);
}

/// Every rule file in the canonical form says the same again, and is its own canonical form.
#[test]
fn the_canonical_form_is_read_as_what_it_was_made_of() {
    let folder = tempfile::tempdir().unwrap();
    let hash = |dir: &Path, name: &str| {
        let output = common::tickdeck_in(dir, &["rules", "check", "--json", name]);
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        told["rules_hash"].clone()
    };
    for file in files("understood") {
        let (dir, name) = (file.parent().unwrap(), file.file_name().unwrap().to_str().unwrap());
        let converted = common::tickdeck_in(dir, &["rules", "convert", name]);
        assert!(converted.status.success(), "{name}: {converted:?}");
        std::fs::write(folder.path().join(name), &converted.stdout).unwrap();
        assert_eq!(hash(folder.path(), name), hash(dir, name), "{name}");
        let again = common::tickdeck_in(folder.path(), &["rules", "convert", name]);
        assert_eq!(again.stdout, converted.stdout, "{name}");
    }
}
