//! The program from outside: what it writes where, and how it exits.

use std::process::{Command, Output};

fn tickdeck(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tickdeck")).args(args).env_remove("NO_COLOR").output().unwrap()
}

/// Exit code, and what stdout and stderr contain; empty means that they are empty.
fn check(args: &[&str], code: i32, stdout: &str, stderr: &str) {
    let output = tickdeck(args);
    assert_eq!(output.status.code(), Some(code), "{args:?}");
    for (written, expect) in [(output.stdout, stdout), (output.stderr, stderr)] {
        let text = String::from_utf8(written).unwrap();
        assert!(
            text.contains(expect) && (text.is_empty() == expect.is_empty()),
            "{args:?}: {text}"
        );
        assert!(!text.contains('\u{1b}'), "no colours outside a terminal: {args:?}");
    }
}

#[test]
fn data_on_stdout_all_else_on_stderr() {
    check(&["--version"], 0, env!("CARGO_PKG_VERSION"), "");
    check(&["--help"], 0, "Exit codes: 0 fine", "");
    check(&["completions", "bash"], 0, "_tickdeck()", "");
    check(&["completions", "zsh", "--quiet", "--color", "never"], 0, "#compdef tickdeck", "");
    check(&[], 2, "", "Usage: tickdeck");
    check(&["dance"], 2, "", "unrecognized subcommand 'dance'");
    check(&["completions", "bsh"], 2, "", "possible values: bash");
    check(&["-q", "-v", "completions", "bash"], 2, "", "cannot be used with");
}

#[test]
fn with_json_an_error_is_also_one_object() {
    let output = tickdeck(&["--json", "dance"]);
    assert_eq!(output.status.code(), Some(2));
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(object["error"]["message"], "unrecognized subcommand 'dance'");
}
