//! Secrets in commands: the session and its recording go on, no file has them, and the replay is
//! the same bit for bit.

use crate::common;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use tempfile::TempDir;
use tickdeck::backtest;
use tickdeck::executor::command::CommandSource;
use tickdeck::executor::event::Event;
use tickdeck::recording::player::replay;
use tickdeck::recording::reader::Recording;
use tickdeck::wire::command::parse;

const SESSION: &str = r#"format = 1
name = "secrets"
symbols = ["EURUSD"]
zone = "UTC"
commands = "c.jsonl"
ticks.generate = { ticks = 1500, seed = 1 }
"#;

const RULES: &str = r#"{"entry":{"type":"indicator_cross","indicators":["EMA_2","EMA_5"],"direction":"both"},"exit":{"type":"opposite_signal"},"risk":{"lotSize":0.1}}"#;

/// What no file may have.
const SECRET: &str = "s3cr3t";

/// The commands, one a minute: each holds the secret somewhere, and each is answered.
fn bodies() -> Vec<String> {
    let start = |id: &str, strategy: &str, more: &str| {
        format!(
            r#"{{"id":"{id}","command":"START_STRATEGY","parameters":{{"strategyId":"{strategy}","symbol":"EURUSD","timeframe":"M1","rules":{RULES}}}{more}}}"#
        )
    };
    let metadata = r#","metadata":{"headers":[{"name":"Authorization","value":"s3cr3t"},["Cookie","s3cr3t"]],"url":"https://me:s3cr3t@host","tokens":[{"a":"s3cr3t"}]}"#;
    vec![
        start("start", "alpha", metadata),
        r#"{"id":"count","command":"UPDATE_STRATEGY","parameters":{"strategyId":"alpha","tokenCount":5}}"#.into(),
        r#"{"id":"field","command":"PAUSE_STRATEGY","parameters":{"strategyId":"alpha","password":{"old":"s3cr3t"}}}"#.into(),
        r#"{"id":"lots","command":"UPDATE_STRATEGY","parameters":{"strategyId":"alpha","settings":{"lotSize":"Bearer s3cr3t"}}}"#.into(),
        r#"{"id":"name","command":"password=s3cr3t"}"#.into(),
        r#"{"id":"path","command":"PING","parameters":{"token=s3cr3t":1}}"#.into(),
        // The same once more, and another body under its id.
        r#"{"id":"field","command":"PAUSE_STRATEGY","parameters":{"strategyId":"alpha","password":{"old":"s3cr3t"}}}"#.into(),
        r#"{"id":"field","command":"PAUSE_STRATEGY","parameters":{"strategyId":"alpha","password":{"old":"s3cr3t too"}}}"#.into(),
        // Ids that are secrets themselves stay two, and the strategy can be stopped by its own.
        start("Bearer s3cr3t-1", "https://me:s3cr3t@host", ""),
        r#"{"id":"Bearer s3cr3t-2","command":"PING"}"#.into(),
        r#"{"id":"stop","command":"STOP_STRATEGY","parameters":{"strategyId":"https://me:s3cr3t@host"}}"#.into(),
        r#"{"id":"twice","password":"s3cr3t","password":"s3cr3t"}"#.into(),
        r#"{"id":"broken","command":"PING","pin":"s3cr3t"#.into(),
    ]
}

fn lines(bodies: &[String]) -> String {
    let mut out = String::new();
    for (minute, body) in bodies.iter().enumerate() {
        let text = json!(body);
        writeln!(out, "{{\"at\":\"2025-09-22T00:{minute:02}:30Z\",\"body\":{text}}}").unwrap();
    }
    out
}

/// Every file below a folder that has the text.
fn having(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(having(&path, text));
        } else if String::from_utf8_lossy(&fs::read(&path).unwrap()).contains(text) {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn a_secret_in_a_command_stops_nothing_and_stands_nowhere() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("s.toml"), SESSION).unwrap();
    fs::write(dir.path().join("c.jsonl"), lines(&bodies())).unwrap();
    let run = |args: &[&str]| {
        let output = common::tickdeck_in(dir.path(), args);
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}\n{text}");
        assert!(!text.contains(SECRET), "{args:?}\n{text}");
        text
    };
    let none = || assert_eq!(having(&dir.path().join("r"), SECRET), [""; 0]);
    run(&["simulate", "s.toml", "--record", "r", "--trades", "r.csv"]);
    none();
    assert!(!fs::read_to_string(dir.path().join("r.csv")).unwrap().contains(SECRET));
    let inputs = fs::read_to_string(dir.path().join("r/inputs.jsonl")).unwrap();
    let commands: Vec<&str> = inputs.lines().filter(|line| line.contains("\"stream\"")).collect();
    let orders = fs::read_to_string(dir.path().join("r/orders.txt")).unwrap();
    let answers: Vec<&str> = orders.lines().filter(|line| line.contains("  -- ")).collect();
    insta::assert_snapshot!(format!("{}\n\n{}", commands.join("\n"), answers.join("\n")));

    let replayed = run(&["replay", "r", "--json"]);
    assert_eq!(run(&["replay", "r", "--broker", "sim", "--json"]), replayed);
    run(&["inspect", "r"]);
    run(&["replay", "r", "--accept"]);
    none();
    assert_eq!(
        fs::read_to_string(dir.path().join("r/inputs.jsonl")).unwrap(),
        inputs,
        "accepting loses no hash"
    );
    assert_eq!(run(&["replay", "r", "--json"]), replayed);
}

#[test]
fn a_secret_in_a_session_file_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let mut all = String::new();
    for (field, value) in [
        ("options", r#"{ notify = { botToken = "s3cr3t" } }"#),
        ("settings", r#"{ hook = "https://me:s3cr3t@host" }"#),
        ("name", r#""Bearer s3cr3t""#),
    ] {
        let rules = r#"rules.entry = { type = "indicator_cross", indicators = ["EMA_2", "EMA_5"], direction = "both" }"#;
        let strategy = format!(
            "[[strategy]]\nid = \"alpha\"\ntimeframe = \"M1\"\n{rules}\n{field} = {value}\n"
        );
        fs::write(
            dir.path().join("s.toml"),
            SESSION.replace("commands = \"c.jsonl\"\n", "") + &strategy,
        )
        .unwrap();
        let output = common::tickdeck_in(dir.path(), &["simulate", "s.toml", "--record", "r"]);
        assert_eq!(output.status.code(), Some(2));
        writeln!(all, "{field}: {}", String::from_utf8(output.stderr).unwrap()).unwrap();
    }
    assert!(!all.contains(SECRET), "{all}");
    insta::assert_snapshot!(all);
}

/// Something that holds `secret` and looks like it.
fn planted(secret: String) -> impl Strategy<Value = Value> {
    const NAMES: [&str; 12] = [
        "password",
        "userPassword",
        "API_KEY",
        "x-api-key",
        "apiToken",
        "jwt",
        "pin",
        "signature",
        "session_cookie",
        "authorization",
        "clientSecret",
        "auth",
    ];
    (prop::sample::select(NAMES.to_vec()), 0_usize..12).prop_map(move |(name, form)| match form {
        0 => json!({ name: secret }),
        1 => json!({ name: [1, secret] }),
        2 => json!({ name: { "a": { "b": [secret] }, "c": 1 } }),
        3 => json!({ "a": 1, "name": name, "value": secret }),
        4 => json!({ "header": name, "is": [secret] }),
        5 => json!([name, secret]),
        6 => json!({ "note": format!("Bearer {secret}") }),
        7 => json!({ "note": [format!("amqp://me:{secret}@host/x")] }),
        8 => json!({ "note": format!("eyJ{secret}.{secret}.{secret}") }),
        9 => json!({ "note": format!("https://host/?a=1&{name}={secret}") }),
        10 => json!({ "note": json!({ name: secret }).to_string() }),
        _ => json!({ format!("Bearer {secret}"): 1 }),
    })
}

/// Harmless things, with the planted one somewhere among them.
fn around(core: impl Strategy<Value = Value> + 'static) -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<i32>().prop_map(Value::from),
        "[a-z ]{0,9}".prop_map(Value::from),
        Just(Value::Null)
    ];
    (core, prop::collection::vec(("[a-z]{1,5}", leaf, any::<bool>()), 0..4)).prop_map(
        |(core, layers)| {
            layers.into_iter().fold(core, |inner, (name, leaf, is_list)| {
                if is_list {
                    json!([leaf, inner])
                } else {
                    Value::Object(Map::from_iter([(format!("{name}0"), leaf), (name, inner)]))
                }
            })
        },
    )
}

/// A command that has the planted thing at one of its places, whole or broken off.
fn command(secret: String) -> impl Strategy<Value = String> {
    let kinds = prop::sample::select(vec![
        "START_STRATEGY",
        "PAUSE_STRATEGY",
        "UPDATE_STRATEGY",
        "PING",
        "GET_STATUS",
        "NONSENSE",
    ]);
    let value = around(planted(secret));
    (kinds, value, 0_usize..7, 0_u32..3, prop::option::weighted(0.2, 0_usize..400)).prop_map(|(kind, planted, place, id, broken)| {
        let rules: Value = serde_json::from_str(RULES).unwrap();
        let mut body = json!({ "id": format!("c{id}"), "command": kind, "parameters": {} });
        if !matches!(kind, "PING" | "GET_STATUS") {
            body["parameters"] = json!({ "strategyId": "alpha", "symbol": "EURUSD", "timeframe": "M1", "rules": rules, "settings": {} });
        }
        match place {
            0 => body["metadata"] = planted,
            1 => body["parameters"]["more"] = planted,
            2 => body["parameters"]["settings"] = planted,
            3 => body["parameters"]["rules"]["entry"] = planted,
            4 => body["id"] = planted,
            5 => body["parameters"]["strategyName"] = planted,
            _ => body = planted,
        }
        let text = body.to_string();
        broken.map_or(text.clone(), |at| text.chars().take(at).collect())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_planted_secret_is_written_and_the_replay_is_the_same(
        (secret, bodies) in "zq[0-9A-Za-z]{12}".prop_flat_map(|secret| (Just(secret.clone()), prop::collection::vec(command(secret), 1..8)))
    ) {
        let dir = tempfile::tempdir().unwrap();
        let session = SESSION.replace("commands = \"c.jsonl\"\n", "").replace("ticks = 1500", "ticks = 150");
        fs::write(dir.path().join("s.toml"), session).unwrap();
        let mut session = tickdeck::config::load(&dir.path().join("s.toml")).unwrap();
        session.stream = bodies.iter().map(|body| {
            ("2025-09-22T00:01:00Z".parse().unwrap(), Event::Command(Box::new(parse(CommandSource::Stream, body))))
        }).collect();
        let folder = dir.path().join("r");
        common::record(&session, &folder);
        prop_assert_eq!(having(&folder, &secret), [""; 0]);
        let recording = Recording::open(&folder).unwrap();
        let outcome = replay(&recording, &mut backtest::executor_of(&recording.file), &mut ()).unwrap();
        prop_assert_eq!(outcome.divergence, None);
        prop_assert_eq!(outcome.actions_hash, recording.recorded.actions_hash);
    }
}

/// A line that cannot be read is not shown where it may hold a secret, be it in a session or in a recording's.
#[test]
fn an_error_does_not_show_a_secret() {
    let dir = tempfile::tempdir().unwrap();
    let told = |args: &[&str]| {
        let output = common::tickdeck_in(dir.path(), args);
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}\n{text}");
        assert!(!text.contains(SECRET), "{args:?}\n{text}");
        text
    };
    let (session, recording) = (dir.path().join("s.toml"), dir.path().join("r"));
    fs::write(&session, SESSION).unwrap();
    fs::write(dir.path().join("c.jsonl"), "").unwrap();
    assert!(
        common::tickdeck_in(dir.path(), &["simulate", "s.toml", "--record", "r"]).status.success()
    );
    let recorded = fs::read_to_string(recording.join("session.toml")).unwrap();
    for line in [
        r#"password = "s3cr3t""#,
        r#"userPass = "s3cr3t"#,
        r#"notes = "Bearer s3cr3t""#,
        r#"login = { pw = "s3cr3t" }"#,
        r#"more = { url = "https://me:s3cr3t@host" }"#,
    ] {
        for json in [&[][..], &["--json"]] {
            fs::write(&session, format!("{line}\n{SESSION}")).unwrap();
            assert!(told(&[&["simulate", "s.toml"], json].concat()).contains("s.toml:1"), "{line}");
            fs::write(recording.join("session.toml"), format!("{line}\n{recorded}")).unwrap();
            assert!(told(&[&["replay", "r"], json].concat()).contains("line 1"), "{line}");
        }
    }
    // The name stands on a line before, or behind it; a comment is no name.
    for (text, hides) in [
        ("password =\n  s3cr3t\n", true),
        ("password = \"\"\"a\ns3cr3t\"\"\"x\n", true),
        ("seed = x # password: s3cr3t\n", true),
        ("seed = seven # sign of the trade, key level\n", false),
    ] {
        fs::write(&session, format!("{text}{SESSION}")).unwrap();
        assert_eq!(told(&["simulate", "s.toml"]).contains("looks like a secret"), hides, "{text}");
    }
    fs::write(&session, SESSION).unwrap();
    for line in [
        r#"{"at":"2025-09-22T00:00:30Z","password":"s3cr3t"}"#,
        r#"{"at":"Bearer s3cr3t","body":{}}"#,
        r#"{"operator":"password s3cr3t"}"#,
        r#"{"password":"s3cr3t""#,
    ] {
        fs::write(dir.path().join("c.jsonl"), line).unwrap();
        assert!(told(&["simulate", "s.toml"]).contains("c.jsonl:1"), "{line}");
    }
}

/// A folder with a session `s.toml` that was recorded as `r`.
fn recorded() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("s.toml"), SESSION).unwrap();
    fs::write(dir.path().join("c.jsonl"), "").unwrap();
    assert!(
        common::tickdeck_in(dir.path(), &["simulate", "s.toml", "--record", "r"]).status.success()
    );
    dir
}

/// What a command line that is refused says on both streams, for people and for machines.
fn refused(dir: &Path, args: &[&str]) -> String {
    let mut all = String::new();
    for json in [&[][..], &["--json"]] {
        let output = common::tickdeck_in(dir, &[args, json].concat());
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}\n{text}");
        all.push_str(&text);
    }
    all
}

#[test]
fn nothing_in_a_recording_is_shown_that_looks_like_a_secret() {
    let dir = recorded();
    let hash = "0".repeat(64);
    let session = |from: &str, to: &str| ("session.toml", from.to_owned(), to.to_owned());
    let line = |file: &'static str, text: &str| (file, String::new(), format!("{text}\n"));
    let at = r#""at":"2025-09-22T00:00:30Z""#;
    for (file, from, to) in [
        session(
            "[recording.files]\n",
            &format!("[recording.files]\n\"https://me:s3cr3t@host\" = \"{hash}\"\n"),
        ),
        session(
            "[recording.files]\n",
            &format!("[recording.files]\n\"token=s3cr3t\" = \"{hash}\"\n"),
        ),
        session("tzdb = \"", "tzdb = \"Bearer s3cr3t "),
        session("tickdeck = \"", "tickdeck = \"password: s3cr3t "),
        session("name = \"secrets\"", "name = \"https://me:s3cr3t@host\""),
        session("symbols = [\"EURUSD\"]", "symbols = [\"Bearer s3cr3t\"]"),
        session("symbols = [\"EURUSD\"]", "symbols = [\"EURUSD\", \"token=s3cr3t\"]"),
        session("zone = \"UTC\"", "zone = \"password=s3cr3t\""),
        line("inputs.jsonl", r#"{"seq":"Bearer s3cr3t"}"#),
        line("inputs.jsonl", r#"{"password s3cr3t":1}"#),
        line("inputs.jsonl", r#"{"at":"https://me:s3cr3t@host","seq":1}"#),
        line("inputs.jsonl", &format!(r#"{{"seq":1,{at},"source":"api_key=s3cr3t"}}"#)),
        line("inputs.jsonl", &format!(r#"{{"seq":1,{at},"event":{{"token: s3cr3t":1}}}}"#)),
        line("inputs.jsonl", &format!(r#"{{"seq":1,{at},"event":["Authorization","s3cr3t"]}}"#)),
        line("actions.jsonl", r#"{"seq":"Bearer s3cr3t"}"#),
        line("actions.jsonl", &format!(r#"{{"seq":1,{at},"actions":["password: s3cr3t"]}}"#)),
        line(
            "actions.jsonl",
            &format!(r#"{{"seq":1,{at},"actions":[],"https://me:s3cr3t@host":1}}"#),
        ),
    ] {
        let path = dir.path().join("r").join(file);
        let before = fs::read_to_string(&path).unwrap();
        assert!(before.contains(&from), "{from} in {before}");
        fs::write(&path, before.replacen(&from, &to, 1)).unwrap();
        for args in [&["replay", "r"], &["inspect", "r"]] {
            let told = refused(dir.path(), args);
            assert!(!told.contains(SECRET) && told.contains(file), "{to}\n{told}");
        }
        fs::write(&path, before).unwrap();
    }
}

/// A divergence shows what was recorded, field by field.
#[test]
fn a_difference_of_actions_does_not_show_a_secret() {
    let dir = recorded();
    let line = r#"{"seq":3,"at":"2025-09-22T00:00:03.000Z","actions":[{"result":{"id":"Bearer s3cr3t","status":"executed","code":"OK","strategy":"password: s3cr3t","data":"none"}}]}"#;
    fs::write(dir.path().join("r/actions.jsonl"), format!("{line}\n")).unwrap();
    for args in [
        &["replay", "r"][..],
        &["replay", "r", "--json"],
        &["inspect", "r"],
        &["inspect", "r", "--json"],
    ] {
        let output = common::tickdeck_in(dir.path(), args);
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(!text.contains(SECRET), "{args:?}\n{text}");
        assert!(args[0] == "inspect" || text.contains("[replaced]"), "{args:?}\n{text}");
    }
}

#[test]
fn no_value_of_a_session_is_shown_that_looks_like_a_secret() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("c.jsonl"), "").unwrap();
    let line = |name: &str| SESSION.lines().find(|line| line.starts_with(name)).unwrap();
    for (name, value) in [
        ("symbols", "symbols = [\"Bearer s3cr3t\"]"),
        ("symbols", "symbols = [\"EURUSD\", \"EURUSD token=s3cr3t\"]"),
        ("symbols", "symbols = [\"EURUSD\"]\nsubscribed = [\"password: s3cr3t\"]"),
        ("symbols", "symbols = [\"EURUSD\"]\nspecs = \"https://me:s3cr3t@host/specs.json\""),
        ("symbols", "symbols = [\"EURUSD\"]\nspecs = \"token: s3cr3t\""),
        ("commands", "commands = \"password=s3cr3t\""),
        ("commands", "commands = \"ghp_s3cr3t0123456789abcdefghij\""),
        ("ticks", "ticks.files.EURUSD = \"https://s3cr3t@host/t.parquet\""),
        (
            "ticks",
            "ticks.generate = { ticks = 1500, seed = 1 }\nsymbol.\"Bearer s3cr3t\".digits = 5",
        ),
        (
            "ticks",
            "ticks.generate = { ticks = 1500, seed = 1 }\naccount.rates.\"token=s3cr3t\" = \"1\"",
        ),
        ("zone", "zone = \"Bearer s3cr3t\""),
    ] {
        fs::write(dir.path().join("s.toml"), SESSION.replace(line(name), value)).unwrap();
        let told = refused(dir.path(), &["simulate", "s.toml"]);
        assert!(
            !told.contains(SECRET)
                && told.contains("looks like a secret")
                && told.contains("s.toml"),
            "{value}\n{told}"
        );
    }
}

/// Where the name stands, and what else stands between it and the line that is shown.
#[test]
fn a_line_of_a_session_that_cannot_be_read_is_hidden_with_what_its_name_says() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("c.jsonl"), "").unwrap();
    for text in [
        "password = \"\"\"\na = b\ns3cr3t\"\"\"x\n",
        "password = '''\n[table]\ns3cr3t'''x\n",
        "[more.password]\nold = \"s3cr3t\"x\n",
        "[[apiKeys]]\n\n# the first\nvalue = \"s3cr3t\"x\n",
        "token = [\n  \"a=b\",\n  \"s3cr3t\"x\n]\n",
        "token = [\n  { a = 1 },\n  [2],\n  s3cr3t\n]\n",
        "\"pass\\u0077ord\" =\n\"s3cr3t\"x\n",
        "login = { note = \"\"\"\nx = y\"\"\", pw = \"s3cr3t\"x }\n",
        "headers = [{ name = \"Authorization\", value = \"s3cr3t\"x }]\n",
        "headers = [{ value = \"s3cr3t\", name = \"Authorization\" }]\n",
        "headers = [\"Cookie\", \"s3cr3t\"x]\n",
        "[[headers]]\nname = \"X-Api-Key\"\nvalue = \"s3cr3t\"x\n",
        "password s3cr3t\n",
        "# password: s3cr3t\u{1}\n",
    ] {
        // Tables come last, other values first.
        let session = if text.starts_with('[') {
            format!("{SESSION}{text}")
        } else {
            format!("{text}{SESSION}")
        };
        fs::write(dir.path().join("s.toml"), session).unwrap();
        let told = refused(dir.path(), &["simulate", "s.toml"]);
        assert!(!told.contains(SECRET) && told.contains("looks like a secret"), "{text}\n{told}");
    }
}

/// Names of indicators, strategies and symbols that remind of secrets hide nothing, and stop
/// nothing.
#[test]
fn honest_names_are_shown() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("c.jsonl"), "").unwrap();
    let simulate = |session: &str| {
        fs::write(dir.path().join("s.toml"), session).unwrap();
        common::tickdeck_in(dir.path(), &["simulate", "s.toml", "--record", "r", "--force"])
    };
    for (text, shown) in [
        ("nmae = \"Basic EURUSD_M5\"\n", "Basic EURUSD_M5"),
        ("nmae = \"sk-ema-cross-eurusd-m5-london\"\n", "sk-ema-cross-eurusd-m5-london"),
        ("nmae = \"Key levels, pin bars\"\n", "Key levels, pin bars"),
        ("seed = seven # sign of the trade, key level, tokens\n", "seven # sign of the trade"),
        ("nmae = \"x\" # a token\n", "nmae = \"x\" # a token"),
        ("symbol.KEY.digit = five\n", "symbol.KEY.digit = five"),
        ("symbol.KEY.digit = 5\n", "`KEY` is not one of the session's symbols"),
        ("symbols = [\"KEY\", \"TOKENUSD\"]x\n", "[\"KEY\", \"TOKENUSD\"]x"),
        ("account = { balanse = \"1\", note = \"auth key\" }\n", "balanse"),
    ] {
        let output = simulate(&format!("{text}{SESSION}"));
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && told.contains(shown), "{text}\n{told}");
    }
    for name in [
        "Basic EURUSD_M5",
        "sk-ema-cross-eurusd-m5-london",
        "Token launch fade",
        "Bearish pin bar",
        "pass",
        "Token: launch fade",
        "Bearer market",
        "London session: key=level",
    ] {
        let strategy = r#"[[strategy]]
            timeframe = "M1"
            rules.entry = { type = "indicator_cross", indicators = ["EMA_2", "EMA_5"], direction = "both" }
            rules.exit = { type = "opposite_signal" }
            rules.risk = { lotSize = 0.1 }"#;
        let output =
            simulate(&format!("{}{strategy}\nid = \"{name}\"\n", SESSION.replace("secrets", name)));
        assert!(output.status.success(), "{output:?}");
        assert!(String::from_utf8(output.stdout).unwrap().contains(name));
        let inputs = fs::read_to_string(dir.path().join("r/inputs.jsonl")).unwrap();
        assert!(inputs.contains(r#""event":{"start":0}"#), "{name}: {inputs}");
    }
    // Symbols whose names are words for secrets, beside one another and as names of fields.
    let fields = r#"{ digits = 2, contract_size = 1, calc_mode = "forex", execution = "market", trade_mode = "full", stops_level = 0,
        freeze_level = 0, filling_mask = 2, volume_min = "1", volume_max = "9", volume_step = "1", margin_initial = "0",
        currency_base = "USD", currency_profit = "USD", currency_margin = "USD" }"#;
    let own = format!("symbol.KEY = {fields}\nsymbol.TOKENUSD = {fields}\n");
    let symbols = "symbols = [\"EURUSD\", \"KEY\", \"TOKENUSD\"]\nsubscribed = [\"EURUSD\"]\naccount.rates.KEY = \"1\"\n";
    let output = simulate(&SESSION.replace("symbols = [\"EURUSD\"]\n", &format!("{symbols}{own}")));
    assert!(output.status.success(), "{output:?}");
    assert!(common::tickdeck_in(dir.path(), &["replay", "r"]).status.success());
    for (line, shown) in [
        (r#"{"at":"2025-09-22T00:00:30Z","token":1}"#, "unknown field `token`"),
        (r#"{"at":"Basic EURUSD_M5","body":{}}"#, "`Basic EURUSD_M5` is not"),
        (
            r#"{"at":"2025-09-22T00:00:30Z","operator":"sk-ema-cross-eurusd-m5"}"#,
            "`sk-ema-cross-eurusd-m5` is nothing",
        ),
    ] {
        fs::write(dir.path().join("c.jsonl"), line).unwrap();
        let told = String::from_utf8(simulate(SESSION).stderr).unwrap();
        assert!(told.contains(shown), "{line}\n{told}");
    }
}

/// A message that is cut is cut behind what is hidden, so that no half of a secret is left.
#[test]
fn no_half_of_a_secret_is_shown_where_a_message_is_cut() {
    let dir = tempfile::tempdir().unwrap();
    for length in (3_900..4_000).step_by(6) {
        let path = format!("{}https://me:{SECRET}{SECRET}@host/x", "x ".repeat(length / 2));
        let told = refused(dir.path(), &["replay", &path]);
        assert!(!told.contains("me:") && told.contains("error: cannot"), "{length}: {told}");
    }
}
