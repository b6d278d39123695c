//! A session to begin with: every key that a session can have, with what it stands for, its unit and its
//! default. What a first run needs is written out, everything else is commented out.

use crate::config::keys::{Key, KeyDefault, KeySection, sections};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The longest line of a comment.
const WIDTH: usize = 100;

/// The keys of a first session that are not commented out, by their place.
const STARTER: [(&str, &[(&str, &str)]); 7] = [
    (
        "",
        &[
            ("format", "1"),
            ("name", "\"my-session\""),
            ("symbols", "[\"EURUSD\"]"),
            ("zone", "\"America/New_York+7\""),
        ],
    ),
    ("ticks.generate", &[("ticks", "200000"), ("seed", "7")]),
    ("strategy[]", &[("id", "\"my-strategy\""), ("timeframe", "\"M5\"")]),
    ("strategy[].options", &[("warmupBars", "50")]),
    (
        "strategy[].rules.entry",
        &[
            ("type", "\"indicator_cross\""),
            ("indicators", "[\"EMA_20\", \"EMA_50\"]"),
            ("direction", "\"both\""),
        ],
    ),
    (
        "strategy[].rules.exit",
        &[("type", "\"opposite_signal\""), ("stopLoss", "10"), ("takeProfit", "20")],
    ),
    ("strategy[].rules.risk", &[("lotSize", "0.1"), ("maxOpenTrades", "1")]),
];

/// What every session begins with.
const BEGINNING: &str = "\
# A session of tickdeck, with every key that one can have. `tickdeck simulate` runs it as it stands, on made-up
# ticks. What is commented out is optional: it shows the default, or an example. A table that is commented out
# needs its line in brackets, too. `tickdeck explain KEY` says more of a key; a value is varied by
# `tickdeck simulate FILE --set strategy.0.rules.exit.stopLoss=10,15,20`.
";

/// A session for a symbol, as TOML.
#[must_use]
pub fn session(symbol: &str) -> String {
    let quoted = toml::Value::String(symbol.to_owned()).to_string();
    let mut text = BEGINNING.to_owned();
    let mut done = BTreeSet::new();
    for place in sections().flat_map(|section| own_places(section)) {
        if !done.insert(place) {
            continue;
        }
        let starter = starter(place);
        let here: Vec<_> = sections().filter(|section| stands(section, place)).collect();
        header(&mut text, place, &here, starter.is_empty());
        let mut named = BTreeSet::new();
        for key in here.iter().flat_map(|section| section.keys) {
            if named.insert(key.name) {
                entry(&mut text, key, starter, &quoted);
            }
        }
    }
    text
}

fn starter(place: &str) -> &'static [(&'static str, &'static str)] {
    STARTER.iter().find(|(known, _)| *known == place).map_or(&[], |(_, keys)| keys)
}

/// The places of a section that are written out: the first, and those that a first run needs.
fn own_places(section: &'static KeySection) -> impl Iterator<Item = &'static str> {
    let places = section.places.iter().enumerate();
    let is_own = |(at, place): &(usize, &&str)| *at == 0 || !starter(place).is_empty();
    places.filter(is_own).map(|(_, place)| *place)
}

fn stands(section: &'static KeySection, place: &str) -> bool {
    own_places(section).any(|own| own == place)
}

fn header(text: &mut String, place: &str, here: &[&KeySection], is_off: bool) {
    text.push('\n');
    for section in here {
        comment(text, &format!("== {} ({})", section.title, section.rule));
    }
    let path = place.replace("[]", "");
    let off = if is_off { "# " } else { "" };
    match place {
        "" => {}
        place if place.ends_with("[]") => *text += &format!("{off}[[{path}]]\n"),
        _ => *text += &format!("{off}[{path}]\n"),
    }
}

fn entry(text: &mut String, key: &Key, starter: &[(&str, &str)], symbol: &str) {
    let Key { name, unit, default, allowed, example, says } = key;
    if example.is_empty() {
        return;
    }
    let unit = if unit.is_empty() { String::new() } else { format!(" Unit: {unit}.") };
    let default = match default {
        KeyDefault::Needed => "Needed".to_owned(),
        default => format!("Default: {}", default.words()),
    };
    comment(text, &format!("{says}{unit} Allowed: {allowed}. {default}."));
    let own = |value: &str| value.replace("\"EURUSD\"", symbol);
    let name = if *name == "SYMBOL" { symbol } else { name };
    let written = match starter.iter().find(|(known, _)| *known == name) {
        Some((_, value)) => writeln!(text, "{name} = {}", own(value)),
        None => {
            let KeyDefault::Is(value) = key.default else {
                *text += &format!("# {name} = {}\n", own(example));
                return;
            };
            writeln!(text, "# {name} = {value}")
        }
    };
    debug_assert!(written.is_ok(), "writing to a string does not fail");
}

/// A comment, in lines of no more than [`WIDTH`] where its words allow.
fn comment(text: &mut String, said: &str) {
    let mut line = String::from("#");
    for word in said.split(' ') {
        if line.len() > 1 && line.len() + 1 + word.len() > WIDTH {
            *text += &line;
            text.push('\n');
            line = String::from("#");
        }
        line.push(' ');
        line += word;
    }
    *text += &line;
    text.push('\n');
}
