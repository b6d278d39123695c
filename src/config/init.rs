//! A session to begin with: every key that a session can have, with what it stands for, its unit and its
//! default. What a first run needs is written out, everything else is commented out.

use crate::config::keys::{Key, KeyDefault, KeySection, sections};
use std::collections::BTreeSet;

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
    let mut lines: Vec<String> = BEGINNING.lines().map(str::to_owned).collect();
    let mut done = BTreeSet::new();
    for place in sections().flat_map(own_places) {
        if !done.insert(place) {
            continue;
        }
        let starter = starter(place);
        let here: Vec<_> = sections().filter(|section| stands(section, place)).collect();
        lines.push(String::new());
        for section in &here {
            lines.extend(comment(&format!("== {} ({})", section.title, section.rule)));
        }
        lines.extend(header(place, starter.is_empty()));
        let mut named = BTreeSet::new();
        for key in here.iter().flat_map(|section| section.keys) {
            if named.insert(key.name) && !key.example.is_empty() {
                lines.extend(entry(key, starter, &quoted));
            }
        }
    }
    lines.join("\n") + "\n"
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

/// The line in brackets; the top of a session has none.
fn header(place: &str, is_off: bool) -> Option<String> {
    let path = place.replace("[]", "");
    let off = if is_off { "# " } else { "" };
    match place {
        "" => None,
        place if place.ends_with("[]") => Some(format!("{off}[[{path}]]")),
        _ => Some(format!("{off}[{path}]")),
    }
}

/// A key with what is said of it.
fn entry(key: &Key, starter: &[(&str, &str)], symbol: &str) -> Vec<String> {
    let Key { name, unit, default, allowed, example, says } = key;
    let unit = if unit.is_empty() { String::new() } else { format!(" Unit: {unit}.") };
    let said = match default {
        KeyDefault::Needed => "Needed".to_owned(),
        default => format!("Default: {}", default.words()),
    };
    let mut lines = comment(&format!("{says}{unit} Allowed: {allowed}. {said}."));
    let own = |value: &str| value.replace("\"EURUSD\"", symbol);
    let name = if *name == "SYMBOL" { symbol } else { name };
    let given = starter.iter().find(|(known, _)| *known == name);
    lines.push(match (given, default) {
        (Some((_, value)), _) => format!("{name} = {}", own(value)),
        (None, KeyDefault::Is(value)) => format!("# {name} = {value}"),
        (None, _) => format!("# {name} = {}", own(example)),
    });
    lines
}

/// A comment, in lines of no more than [`WIDTH`] where its words allow.
fn comment(said: &str) -> Vec<String> {
    let mut lines = vec![String::from("#")];
    for word in said.split(' ') {
        let last = lines.last_mut().expect("there is one");
        if last.len() > 1 && last.len() + 1 + word.len() > WIDTH {
            lines.push(format!("# {word}"));
        } else {
            last.push(' ');
            last.push_str(word);
        }
    }
    lines
}
