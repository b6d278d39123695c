//! Why it traded, or did not: bars drawn from a recording with strategies of every dialect, each
//! with the sentence that a trader gets.

use crate::common::tickdeck;

/// Strategies and moments in UTC, drawn by chance: half of them among the bars that signalled.
const DRAWN: [(&str, &str); 11] = [
    ("r1-reverse", "2025-09-22T10:30:00Z"),
    ("r1-reverse", "2025-09-23T21:45:00Z"),
    ("r2-rsi", "2025-09-22T06:00:00Z"),
    ("r2-rsi", "2025-09-24T13:30:00Z"),
    ("r3-pullback", "2025-09-22T07:45:00Z"),
    ("r3-pullback", "2025-09-23T00:30:00Z"),
    ("r4-limit", "2025-09-22T14:30:00Z"),
    ("r4-limit", "2025-09-23T12:00:00Z"),
    ("r5-confirmed", "2025-09-23T09:30:00Z"),
    ("atr-breakout", "2025-09-23T15:00:00Z"),
    // It entered while its bar formed.
    ("r5-confirmed", "2025-09-23T15:16:40Z"),
];

#[test]
fn bars_are_explained() {
    for (strategy, at) in DRAWN {
        let run = tickdeck(&[
            "inspect",
            "recordings/six-strategies",
            "--why",
            "--strategy",
            strategy,
            "--at",
            at,
        ]);
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        let name = format!("{strategy}_{}", at.replace([':', '-'], ""));
        insta::with_settings!({ description => format!("{strategy} at {at}"), omit_expression => true }, {
            insta::assert_snapshot!(name, String::from_utf8(run.stdout).unwrap());
        });
    }
}

/// Orders of a strategy and of a command that came to nothing: who placed them and why, and their end.
#[test]
fn orders_that_were_not_filled_are_told() {
    for (recording, order) in [("six-strategies", "11"), ("manual-orders", "9")] {
        let folder = format!("recordings/{recording}");
        let run = tickdeck(&["inspect", &folder, "--order", order]);
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        let name = format!("{recording}_order_{order}");
        insta::with_settings!({ omit_expression => true }, {
            insta::assert_snapshot!(name, String::from_utf8(run.stdout).unwrap());
        });
    }
}

/// New rules wait at 05:00 by the server's clock for the bar before to close.
#[test]
fn a_bar_is_explained_by_the_rules_that_judged_it() {
    let rule = |at: &str| {
        let run = tickdeck(&[
            "inspect",
            "recordings/busy-commands",
            "--why",
            "--strategy",
            "sma-long",
            "--at",
            at,
        ]);
        let text = String::from_utf8(run.stdout).unwrap();
        text.lines().find(|line| line.starts_with("rule ")).unwrap().to_owned()
    };
    assert_eq!(rule("2025-09-22 04:59:30"), "rule       SMA_10 crosses SMA_40 (above)");
    assert_eq!(rule("2025-09-22 05:00:30"), "rule       SMA_5 crosses SMA_30 (above)");
}
