//! The table of keys and the reader of sessions know the same keys, with the same defaults.

use crate::common;
mod samples;

use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use tempfile::TempDir;
use tickdeck::config::keys::{self, FoundKey, KeyDefault, all, sections};
use tickdeck::config::{self, Session};
use tickdeck::domain::symbol::SymbolSpec;
use tickdeck::domain::symbols_builtin::builtin;
use tickdeck::executor::command::{CommandContent, CommandSource};
use tickdeck::indicator::catalogue::IndicatorKind;
use tickdeck::session::description::SessionFile;
use tickdeck::wire;
use toml::{Table, Value};

/// A folder with the files that examples name.
fn folder() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    write("calendar.csv", "time,currency,impact,title\n2025-09-17 18:00,USD,high,Rate\n");
    write("commands.jsonl", "");
    let spec = r#"{"name": "EURUSD", "digits": 5, "trade_tick_size": 1e-05, "trade_contract_size": 100000.0, "trade_calc_mode": 0,
        "trade_exemode": 2, "trade_mode": 4, "trade_stops_level": 12, "trade_freeze_level": 0, "filling_mode": 2, "volume_min": 0.01,
        "volume_max": 100.0, "volume_step": 0.01, "margin_initial": 0.0, "currency_base": "EUR", "currency_profit": "USD",
        "currency_margin": "EUR"}"#;
    write("symbols.json", spec);
    dir
}

/// The name that stands for one in capitals.
fn stated(name: &str) -> &str {
    match name {
        "NAME" | "SYMBOL" => "EURUSD",
        "CURRENCY" => "JPY",
        _ => name,
    }
}

/// Sessions that say something in every table: those that are written out, and one for each fault that has
/// figures.
fn samples() -> Vec<Table> {
    let mut samples = samples::all();
    let kinds: BTreeSet<&str> = sections()
        .flat_map(|section| section.places)
        .filter(|place| place.contains(".kind."))
        .copied()
        .collect();
    for place in kinds {
        let figures = all().filter(|found| found.section.places.contains(&place));
        let figures: Table =
            figures.map(|found| (found.key.name.to_owned(), value(found.key.example))).collect();
        let kind = place.rsplit('.').next().unwrap();
        for due in ["request = 1", "at = \"2025-09-22T07:30:00Z\""] {
            let mut fault: Table = toml::from_str(due).unwrap();
            fault.insert(
                "kind".into(),
                Table::from_iter([(kind.to_owned(), figures.clone().into())]).into(),
            );
            let mut session = samples[0].clone();
            at(&mut session, "broker")
                .unwrap()
                .insert("faults".into(), Value::Array(vec![fault.into()]));
            samples.push(session);
        }
    }
    samples
}

/// The table at a place, where there is one; of a list the first.
fn at<'a>(session: &'a mut Table, place: &str) -> Option<&'a mut Table> {
    let mut table = session;
    for step in place.split('.').filter(|step| !step.is_empty()) {
        let name = step.trim_end_matches("[]");
        table = match table.get_mut(stated(name))? {
            Value::Table(inner) if name == step => inner,
            Value::Array(items) if name != step => items.first_mut()?.as_table_mut()?,
            _ => return None,
        };
    }
    Some(table)
}

fn value(example: &str) -> Value {
    let table: Table = toml::from_str(&format!("v = {example}"))
        .unwrap_or_else(|error| panic!("{example}: {error}"));
    table["v"].clone()
}

/// What the reader makes of a session: everything but how it was written.
fn understood(dir: &Path, session: &Table) -> Result<(Session, Vec<CommandContent>), String> {
    let path = dir.join("session.toml");
    fs::write(&path, toml::to_string(session).unwrap()).unwrap();
    let mut read = config::load(&path).map_err(|error| {
        let source = std::error::Error::source(&error).map(ToString::to_string);
        format!("{error} {}", source.unwrap_or_default())
    })?;
    let starts = std::mem::take(&mut read.starts);
    read.file.strategy.clear();
    Ok((read, starts.into_iter().map(|(_, start)| start.content).collect()))
}

/// Whether a place belongs to what is only parsed: what it names lies outside of a session, or a recording
/// alone has it.
fn is_parsed_alone(path: &str) -> bool {
    ["source", "followed"].iter().any(|name| path.starts_with(name))
}

fn accepts(dir: &Path, session: &Table, path: &str) -> bool {
    if is_parsed_alone(path) {
        let text = toml::to_string(session).unwrap();
        return toml::from_str::<SessionFile>(&text).is_ok();
    }
    understood(dir, session).is_ok()
}

/// Whether a key is accepted with its example in a place: in a sample as it is, or without one or two other
/// keys of the same table, which may say the same in another way.
fn is_accepted(dir: &Path, samples: &[Table], found: &FoundKey, place: &str) -> bool {
    let name = stated(found.key.name);
    let (example, path) = (value(found.key.example), keys::path(place, name));
    let with = |sample: &Table, without: &[&String]| {
        let mut session = sample.clone();
        let table = at(&mut session, place).unwrap();
        table.insert(name.to_owned(), example.clone());
        without.iter().for_each(|other| drop(table.remove(other.as_str())));
        accepts(dir, &session, &path)
    };
    let others = |sample: &Table| -> Vec<String> {
        let table = at(&mut sample.clone(), place).unwrap().clone();
        table.keys().filter(|other| *other != name).cloned().collect()
    };
    let has_it = |sample: &&Table| at(&mut (*sample).clone(), place).is_some();
    let samples: Vec<&Table> = samples.iter().filter(has_it).collect();
    let without_one = |sample: &&Table| others(sample).iter().any(|one| with(sample, &[one]));
    let without_two = |sample: &&Table| {
        let others = others(sample);
        let mut pairs = others.iter().flat_map(|one| others.iter().map(move |two| [one, two]));
        pairs.any(|pair| with(sample, &pair))
    };
    samples.iter().any(|sample| with(sample, &[]))
        || samples.iter().any(without_one)
        || samples.iter().any(without_two)
}

#[test]
fn every_key_is_accepted_with_its_example() {
    let (dir, samples) = (folder(), samples());
    for (number, sample) in samples::all().iter().enumerate() {
        if !sample.contains_key("source")
            && let Err(error) = understood(dir.path(), sample)
        {
            panic!("sample {number}: {error}");
        }
    }
    let mut refused = Vec::new();
    for found in all().filter(|found| !found.key.example.is_empty()) {
        for place in found.section.places {
            if !is_accepted(dir.path(), &samples, &found, place) {
                refused.push(keys::path(place, found.key.name));
            }
        }
    }
    assert!(refused.is_empty(), "{refused:#?}");
}

#[test]
fn a_default_is_what_holds_without_the_key() {
    let (dir, samples) = (folder(), samples());
    let mut wrong = Vec::new();
    for found in all() {
        let KeyDefault::Is(default) = found.key.default else { continue };
        for place in found.section.places {
            let same = samples.iter().any(|sample| {
                let mut without = sample.clone();
                let Some(table) = at(&mut without, place) else { return false };
                table.remove(found.key.name);
                let mut with = without.clone();
                at(&mut with, place).unwrap().insert(found.key.name.to_owned(), value(default));
                match (understood(dir.path(), &without), understood(dir.path(), &with)) {
                    (Ok(without), Ok(with)) => told(without) == told(with),
                    _ => false,
                }
            });
            if !same {
                wrong.push(format!("{} = {default}", keys::path(place, found.key.name)));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What holds, where nothing and `false` say the same of what closes positions.
fn told((session, starts): (Session, Vec<CommandContent>)) -> String {
    format!("{session:?}{starts:?}").replace("flatten: Some(false)", "flatten: None")
}

/// The names that a message of the parser lists.
fn listed(message: &str, kind: &str) -> Option<BTreeSet<String>> {
    if let Some((_, names)) = message.split_once(", available keys: ") {
        return Some(names.split(", ").map(str::to_owned).collect());
    }
    let (_, list) = message.split_once(&format!("unknown {kind} "))?;
    let names = list.split('`').skip(1).step_by(2).skip(1).map(str::to_owned);
    Some(names.collect())
}

/// What the parser says of a session.
fn message(session: &Table) -> String {
    let text = toml::to_string(session).unwrap();
    let parsed = toml::from_str::<SessionFile>(&text).map(drop);
    parsed.err().map(|error| error.message().to_owned()).unwrap_or_default()
}

/// What the parser of specifications says of that in a session: a session holds fields of them.
fn message_of_spec(session: &Table) -> String {
    let mut spec = Table::try_from(builtin("EURUSD").unwrap()).unwrap();
    for (name, value) in session["symbol"]["EURUSD"].as_table().unwrap() {
        spec.insert(name.clone(), value.clone());
    }
    let parsed: Result<SymbolSpec, _> = Value::Table(spec).try_into();
    parsed.err().map(|error| error.message().to_owned()).unwrap_or_default()
}

/// The keys of the table by place.
fn table_of_keys() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let mut known: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for section in sections() {
        for place in section.places {
            known.entry(place).or_default().extend(section.keys.iter().map(|key| key.name));
        }
    }
    known
}

fn is_read_by_wire(place: &str) -> bool {
    ["rules", "settings", "options"]
        .iter()
        .any(|name| place.starts_with(&format!("strategy[].{name}")))
}

fn probe() -> Value {
    value("{ zzz = 1 }")
}

/// What the parser says with something else in a place.
fn message_with(session: &Table, place: &str) -> String {
    if place.starts_with("symbol.NAME") { message_of_spec(session) } else { message(session) }
}

/// The names that the parser knows at a place: those of a table, or those of a choice.
fn parsed_at(samples: &[Table], place: &str) -> Result<BTreeSet<String>, String> {
    let parent = place.rsplit_once('.').map_or("", |(parent, _)| parent);
    let last = place.rsplit('.').next().unwrap().trim_end_matches("[]");
    let has_it = |sample: &&Table| at(&mut (*sample).clone(), place).is_some();
    let mut session = samples.iter().find(has_it).ok_or("no sample has it")?.clone();
    at(&mut session, place).unwrap().insert("zzz".into(), value("1"));
    let said = message_with(&session, place);
    let mut names = if let Some(names) = listed(&said, "field") {
        names
    } else {
        at(&mut session, parent).unwrap().insert(last.to_owned(), probe());
        listed(&message_with(&session, place), "variant").ok_or(said)?
    };
    if place == "symbol.NAME" {
        // It is that of the table.
        names.remove("name");
    }
    Ok(names)
}

#[test]
fn the_parser_knows_the_same_keys() {
    let samples = samples();
    let mut wrong = Vec::new();
    for (place, names) in table_of_keys().iter().filter(|(place, _)| !is_read_by_wire(place)) {
        let names: BTreeSet<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let is_any = |name: &String| name.chars().all(|letter| letter.is_ascii_uppercase());
        match parsed_at(&samples, place) {
            Ok(mut found) => {
                // Known to the parser, and refused: it is none of a strategy's own.
                if *place == "limits.strategy.max_drawdown" {
                    found.remove("percent_of_equity");
                }
                if found != names {
                    wrong.push(differ(place, &found, &names));
                }
            }
            Err(_) if names.iter().all(is_any) => {}
            Err(said) => wrong.push(format!("{place}: {said}")),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// No table of the parser is left out: what may be a table and has names of its own stands in the table of
/// keys, or says them where it says what is allowed.
#[test]
fn no_table_is_left_out() {
    let samples = samples();
    let mut wrong = Vec::new();
    for found in
        all().filter(|found| !["strategy", "recording", "followed"].contains(&found.key.name))
    {
        for place in found.section.places.iter().filter(|place| !is_read_by_wire(place)) {
            wrong.extend(left_out(&samples, &found, place, probe(), ""));
            wrong.extend(left_out(&samples, &found, place, Value::Array(vec![probe()]), "[]"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn left_out(
    samples: &[Table],
    found: &FoundKey,
    place: &str,
    value: Value,
    suffix: &str,
) -> Option<String> {
    let name = found.key.name;
    let below = if place.is_empty() {
        format!("{name}{suffix}")
    } else {
        format!("{place}.{name}{suffix}")
    };
    // Faults by chance have the same kinds.
    let has_it = |sample: &&Table| at(&mut (*sample).clone(), place).is_some();
    let mut session = samples.iter().find(has_it)?.clone();
    at(&mut session, place).unwrap().insert(stated(name).to_owned(), value);
    let said = message_with(&session, place);
    if let Some(variants) = listed(&said, "variant").filter(|_| suffix.is_empty()) {
        let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
        let words: Vec<&str> = found.key.allowed.split(|letter| !is_part(letter)).collect();
        let is_said = |variant: &String| words.contains(&variant.replace('-', "_").as_str());
        let unsaid: Vec<&String> = variants.iter().filter(|variant| !is_said(variant)).collect();
        let is_refused = below == "limits.strategy.max_drawdown";
        return (!unsaid.is_empty() && !is_refused)
            .then(|| format!("{below} may be {unsaid:?}, too"));
    }
    let is_known = table_of_keys().contains_key(below.as_str());
    (listed(&said, "field").is_some() && !is_known).then(|| format!("{below} is a table: {said}"))
}

/// The texts in the sources of `wire` that could be names of fields.
fn words_of_the_reader() -> BTreeSet<String> {
    fn read(path: &Path, words: &mut BTreeSet<String>) {
        if path.is_dir() {
            fs::read_dir(path).unwrap().for_each(|entry| read(&entry.unwrap().path(), words));
        } else {
            let text = fs::read_to_string(path).unwrap();
            let quoted = text.lines().flat_map(|line| line.split('"').skip(1).step_by(2));
            let is_name = |word: &&str| {
                word.len() > 1
                    && word.starts_with(|first: char| first.is_ascii_lowercase())
                    && word.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
            };
            words.extend(quoted.filter(is_name).map(str::to_owned));
        }
    }
    let mut words = BTreeSet::new();
    read(&common::root().join("src/wire/rules"), &mut words);
    for file in ["src/wire/settings.rs", "src/risk/limit.rs"] {
        read(&common::root().join(file), &mut words);
    }
    words.extend(
        all()
            .filter(|found| found.section.places.iter().any(|place| is_read_by_wire(place)))
            .map(|found| found.key.name.to_owned()),
    );
    words
}

/// What a condition has besides: the figures of its indicator.
fn is_figure(word: &str) -> bool {
    let mut rows = IndicatorKind::ALL.iter().map(|kind| kind.row());
    ["period", "price", "line", "method", "smoothing"].contains(&word)
        || rows.any(|row| row.parameters.iter().any(|figure| figure.name == word))
}

/// The parameters of a START, as `wire` reads them.
fn start_of(sample: &Table) -> Option<Json> {
    let file: SessionFile = toml::from_str(&toml::to_string(sample).unwrap()).ok()?;
    serde_json::from_str(&wire::start::body(&file, 0).ok()?).ok()
}

fn json_at<'a>(start: &'a mut Json, place: &str) -> Option<&'a mut serde_json::Map<String, Json>> {
    let mut value = start.get_mut("parameters")?;
    for step in place.split('.').skip(1) {
        let name = step.trim_end_matches("[]");
        value = value.get_mut(name)?;
        if name != step {
            value = value.get_mut(0)?;
        }
    }
    value.as_object_mut()
}

/// The field that is refused, and why.
fn refusal(start: &Json) -> Option<(String, String)> {
    match wire::command::parse(CommandSource::Session, &start.to_string()).content {
        CommandContent::Parsed(_) => None,
        CommandContent::Malformed(malformed) => Some((malformed.path, malformed.reason)),
    }
}

/// The words that the reader knows as fields of the object at a place. A field that is null counts as absent,
/// but an unknown one is refused all the same; several are told at once.
fn known_at(start: &Json, place: &str, words: &BTreeSet<String>) -> BTreeSet<String> {
    let there = json_at(&mut start.clone(), place).cloned().unwrap();
    let mut left: BTreeSet<String> =
        words.iter().filter(|word| !there.contains_key(*word)).cloned().collect();
    loop {
        let mut asked = start.clone();
        let object = json_at(&mut asked, place).unwrap();
        object.extend(left.iter().map(|word| (word.clone(), Json::Null)));
        let Some((path, reason)) = refusal(&asked) else { break };
        if !reason.starts_with("unknown field") {
            break;
        }
        left.remove(path.rsplit('.').next().unwrap());
        for more in reason.split("; `").skip(1) {
            left.remove(more.split('`').next().unwrap());
        }
    }
    let refused =
        ["is no field of", "known, not carried out", "is that of the condition around it"];
    left.retain(|word| {
        let mut asked = start.clone();
        json_at(&mut asked, place).unwrap().insert(word.clone(), json!("x"));
        let reason = refusal(&asked).map(|(_, reason)| reason).unwrap_or_default();
        !refused.iter().any(|said| reason.contains(said))
    });
    left.extend(there.keys().filter(|name| words.contains(*name)).cloned());
    left
}

#[test]
fn the_reader_of_rules_knows_the_same_keys() {
    let starts: Vec<Json> = samples::all().iter().filter_map(start_of).collect();
    let words = words_of_the_reader();
    let mut wrong = Vec::new();
    for (place, names) in table_of_keys().iter().filter(|(place, _)| is_read_by_wire(place)) {
        let is_condition = names.contains("compareIndicator");
        let mut words = words.clone();
        words.retain(|word| !is_condition || names.contains(word.as_str()) || !is_figure(word));
        let has_it = |start: &&Json| {
            // The parameters of a strategy in code have any names.
            let is_code = start["parameters"]["rules"].get("strategy").is_some();
            json_at(&mut (*start).clone(), place).is_some()
                && !(is_code && place.ends_with(".parameters"))
        };
        let mut seen = BTreeSet::new();
        let mut is_new =
            |start: &&Json| seen.insert(json!(json_at(&mut (*start).clone(), place)).to_string());
        let found: BTreeSet<String> = starts
            .iter()
            .filter(has_it)
            .filter(|start| is_new(start))
            .take(if is_condition { 1 } else { usize::MAX })
            .flat_map(|start| known_at(start, place, &words))
            .collect();
        let names = names.iter().map(|name| (*name).to_owned()).filter(|name| words.contains(name));
        let names: BTreeSet<String> = names.collect();
        if found != names {
            wrong.push(differ(place, &found, &names));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn differ(place: &str, found: &BTreeSet<String>, names: &BTreeSet<String>) -> String {
    let more: Vec<_> = found.difference(names).collect();
    let less: Vec<_> = names.difference(found).collect();
    format!("{place}: the reader has {more:?} more, and lacks {less:?}")
}

#[test]
fn the_reference_is_what_the_program_writes() {
    let path = common::root().join("KEYS.md");
    let there = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        there == keys::reference(),
        "KEYS.md is out of date: cargo run -- explain --all > KEYS.md"
    );
}
