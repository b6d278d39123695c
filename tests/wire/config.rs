//! Session files: what a good one comes to, and the whole message for each that is not.

use std::error::Error;
use std::fs;
use std::path::Path;
use tempfile::TempDir;
use tickdeck::config::error::ConfigError;
use tickdeck::config::{Session, load};
use tickdeck::domain::symbols_builtin::builtin;
use tickdeck::executor::command::{Command, CommandContent, CommandSource};
use tickdeck::executor::event::{Event, Operator};

const SESSION: &str = r#"format = 1
name = "small"
symbols = ["EURUSD"]
zone = "UTC"

[ticks.generate]
ticks = 1000
seed = 1

[[strategy]]
id = "cross"
timeframe = "M1"
rules.entry = { type = "indicator_cross", indicators = ["EMA_20", "EMA_50"], direction = "both" }
"#;

/// A folder with a session file and others beside it.
fn folder(session: &str, others: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("session.toml"), session).unwrap();
    for (name, text) in others {
        fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

fn loaded(session: &str, others: &[(&str, &str)]) -> Result<Session, ConfigError> {
    let dir = folder(session, others);
    load(&dir.path().join("session.toml"))
}

/// The chain of causes as the command line prints it, the folder's name left out.
fn refused(session: &str, others: &[(&str, &str)]) -> String {
    let dir = folder(session, others);
    let error = load(&dir.path().join("session.toml")).expect_err(session);
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}\n{}", cause.to_string().trim_end());
        source = cause.source();
    }
    let text = text.replace(&format!("{}/", dir.path().display()), "");
    match error.help() {
        Some(help) => format!("{text}\nhelp: {help}"),
        None => text,
    }
}

#[test]
fn a_session_is_resolved_into_all_that_a_run_needs() {
    let commands = "{\"at\": \"2025-09-22T10:00:00Z\", \"body\": {\"id\": \"1\", \"command\": \"PING\"}}\n\n{\"at\": \"2025-09-22T09:00:00Z\", \"operator\": \"resume\"}\n";
    let text = SESSION
        .replacen("zone", "commands = \"commands.jsonl\"\nzone", 1)
        .replace("timeframe", "at = \"2025-09-22T08:00:00Z\"\ntimeframe");
    let session = loaded(&text, &[("commands.jsonl", commands)]).unwrap();
    assert_eq!(session.specs, [builtin("EURUSD").unwrap()]);
    let [(Some(at), start)] = session.starts.as_slice() else { panic!("{:?}", session.starts) };
    assert_eq!(
        (at.to_string().as_str(), start.source),
        ("2025-09-22T08:00:00Z", CommandSource::Session)
    );
    let CommandContent::Parsed(envelope) = &start.content else { panic!("{start:?}") };
    assert_eq!(envelope.id.as_str(), "session-start-cross");
    let Command::Start(start) = &envelope.command else { panic!("{envelope:?}") };
    assert_eq!((start.symbol.as_str(), start.name.as_str()), ("EURUSD", "cross"));
    let moments: Vec<String> = session.stream.iter().map(|(at, _)| at.to_string()).collect();
    assert_eq!(moments, ["2025-09-22T09:00:00Z", "2025-09-22T10:00:00Z"]);
    assert_eq!(session.stream[0].1, Event::Operator(Operator::Resume));
}

#[test]
fn commands_of_one_moment_come_by_risk_priority_creation_and_id() {
    let line = |id: &str, rest: &str| {
        format!("{{\"at\": \"2025-09-22T10:00:00Z\", \"body\": {{\"id\": \"{id}\", {rest}}}}}\n")
    };
    let commands = [
        line("d", r#""command": "PING""#),
        line("c", r#""command": "PING", "priority": "HIGH", "createdAt": 1758535201"#),
        line("b", r#""command": "PING", "priority": "HIGH", "createdAt": 1758535200"#),
        line("e", r#""command": "STOP_STRATEGY", "priority": "LOW", "parameters": {"strategyId": "cross"}"#),
        line("a", r#""command": "PING""#),
        "{\"at\": \"2025-09-22T10:00:00Z\", \"body\": \"not json\"}\n".to_owned(),
    ]
    .concat();
    let session =
        loaded(&SESSION.replacen("zone", "commands = \"c\"\nzone", 1), &[("c", &commands)])
            .unwrap();
    let id = |event: &Event| match event {
        Event::Command(command) => match &command.content {
            CommandContent::Parsed(envelope) => envelope.id.to_string(),
            CommandContent::Malformed(_) => format!("`{}`", command.body),
        },
        other => format!("{other:?}"),
    };
    let order: Vec<String> = session.stream.iter().map(|(_, event)| id(event)).collect();
    assert_eq!(order, ["e", "b", "c", "a", "d", "`not json`"]);
}

/// Whatever is restricted at a moment is restricted afterwards, as the file or the commands' rank
/// says.
#[test]
fn operators_of_one_moment_keep_the_order_of_the_file() {
    let line = |operator: &str| {
        format!("{{\"at\": \"2025-09-22T10:00:00Z\", \"operator\": \"{operator}\"}}\n")
    };
    for words in
        [["pause", "resume", "kill", "clear_kill"], ["clear_kill", "kill", "resume", "pause"]]
    {
        let commands = words.map(line).concat();
        let session =
            loaded(&SESSION.replacen("zone", "commands = \"c\"\nzone", 1), &[("c", &commands)])
                .unwrap();
        let word = |event: &Event| match event {
            Event::Operator(Operator::Pause) => "pause",
            Event::Operator(Operator::Resume) => "resume",
            Event::Operator(Operator::Kill) => "kill",
            Event::Operator(Operator::ClearKill) => "clear_kill",
            other => panic!("{other:?}"),
        };
        let order: Vec<&str> = session.stream.iter().map(|(_, event)| word(event)).collect();
        assert_eq!(order, words);
    }
}

#[test]
fn specifications_are_laid_over_one_another_field_by_field() {
    let own = |own: &str| {
        loaded(
            &SESSION
                .replace("EURUSD", "XAUUSD")
                .replace("[ticks", &format!("[symbol.XAUUSD]\n{own}\n[ticks")),
            &[],
        )
    };
    let gold = builtin("XAUUSD").unwrap();
    let fine = &own("digits = 3").unwrap().specs[0];
    assert_eq!(
        (fine.digits, fine.tick_size.to_string().as_str(), fine.pip),
        (3, "0.001", gold.pip)
    );
    let stepped = &own("digits = 3\ntick_size = 0.005\nvolume_max = \"50\"").unwrap().specs[0];
    assert_eq!(
        (stepped.tick_size.to_string().as_str(), stepped.volume_max.to_string().as_str()),
        ("0.005", "50")
    );
    assert_eq!(own("stops_level = 20").unwrap().specs[0].tick_size, gold.tick_size);

    let book = r#"{"XAUUSD": {"digits": 1, "trade_tick_size": 0.1, "trade_contract_size": 10.0, "trade_calc_mode": 2,
        "trade_exemode": 1, "trade_mode": 4, "trade_stops_level": 5, "trade_freeze_level": 0, "filling_mode": 1, "volume_min": 0.1,
        "volume_max": 10.0, "volume_step": 0.1, "margin_initial": 0.05, "currency_base": "USD", "currency_profit": "USD",
        "currency_margin": "USD"}, "DAX": {"trade_calc_mode": 99}}"#;
    let text =
        SESSION.replace("EURUSD", "XAUUSD").replacen("zone", "specs = \"specs.json\"\nzone", 1);
    let text = text.replace("[ticks", "[symbol.XAUUSD]\nstops_level = 7\n[ticks");
    let spec = &loaded(&text, &[("specs.json", book)]).unwrap().specs[0];
    assert_eq!(
        (spec.digits, spec.contract_size, spec.stops_level.0, spec.pip),
        (1, 10, 7, gold.pip)
    );
    assert_eq!(
        refused(&text.replace("XAUUSD", "DAX"), &[("specs.json", book)]),
        "specs.json: symbol_info: DAX.digits: is missing"
    );
}

#[test]
fn a_symbol_of_ones_own_needs_every_field() {
    let own = "contract_size = 1\ncalc_mode = \"cfd\"\nexecution = \"market\"\ntrade_mode = \"full\"\nstops_level = 0\nfreeze_level = 0\n\
        filling_mask = 3\nvolume_min = 0.1\nvolume_max = 10\nvolume_step = 0.1\nmargin_initial = 0\ncurrency_base = \"USD\"\n\
        currency_profit = \"USD\"\ncurrency_margin = \"USD\"";
    let text = |own: &str| {
        SESSION
            .replace("EURUSD", "TEC100")
            .replace("[ticks", &format!("[symbol.TEC100]\n{own}\n[ticks"))
    };
    let spec = &loaded(&text(&format!("digits = 1\npip = 1\n{own}")), &[]).unwrap().specs[0];
    assert_eq!((spec.name.as_str(), spec.tick_size.to_string().as_str()), ("TEC100", "0.1"));
    assert_eq!(
        refused(&text(own), &[]),
        "session.toml: symbol.TEC100: nothing is built in for `TEC100`, so that these are needed too: digits"
    );
    assert_eq!(
        refused(&text(&format!("digits = 1\n{own}")), &[]),
        "session.toml: symbol.TEC100.pip: `TEC100` is no currency pair, and brokers differ in its pip: state it, such as pip = 0.1"
    );
}

/// A piece of the sound session, what stands there instead, and the whole message.
const WRONG: &[(&str, &str, &str)] = &[
    (
        "format = 1",
        "format = 2\nfuture = true",
        "session.toml: format 2 is newer than this version reads (up to 1)\nhelp: use the version of tickdeck that wrote it, or a later one",
    ),
    ("format = 1", "", "session.toml: format: must be 1: write `format = 1` first"),
    ("format = 1", "format = 0", "session.toml: format: must be 1: write `format = 1` first"),
    (
        "name = \"small\"",
        "name = small",
        "session.toml is no session file\nTOML parse error at line 2, column 8\n  |\n2 | name = small\n  |        ^^^^^\nstring values must be quoted, expected literal string",
    ),
    (
        "zone = \"UTC\"",
        "zone = \"Mars\"",
        "session.toml is no session file\nTOML parse error at line 4, column 8\n  |\n4 | zone = \"Mars\"\n  |        ^^^^^^\n`Mars` is no server clock: write a zone and hours ahead of it, such as UTC, UTC+3, Europe/Athens or America/New_York+7",
    ),
    (
        "seed = 1",
        "sed = 1",
        "session.toml is no session file\nTOML parse error at line 8, column 1\n  |\n8 | sed = 1\n  | ^^^\nunexpected keys in table: sed, available keys: ticks, seed\nhelp: did you mean `seed`?",
    ),
    (
        "[\"EURUSD\"]",
        "[]",
        "session.toml: symbols: must name at least one symbol, such as symbols = [\"EURUSD\"]",
    ),
    ("[\"EURUSD\"]", "[\"EURUSD\", \"EURUSD\"]", "session.toml: symbols: `EURUSD` stands twice"),
    (
        "[\"EURUSD\"]",
        "[\"EURUDS\"]",
        "session.toml: symbols: nothing is known of `EURUDS`: did you mean `EURUSD`?\nhelp: give its specification: a `symbol_info()` file with `specs = \"symbols.json\"`, or every field under `[symbol.\"EURUDS\"]`",
    ),
    (
        "[ticks",
        "[symbol.GBPUSD]\ndigits = 5\n[ticks",
        "session.toml: symbol.GBPUSD: `GBPUSD` is not one of the session's symbols: expected EURUSD",
    ),
    (
        "[ticks",
        "[symbol.EURUSD]\ndigit = 5\n[ticks",
        "session.toml: symbol.EURUSD.digit: unknown field: did you mean `digits`?",
    ),
    (
        "[ticks",
        "[symbol.EURUSD]\ndigits = \"five\"\n[ticks",
        "session.toml: symbol.EURUSD.digits: invalid type: string \"five\", expected u32",
    ),
    (
        "[ticks",
        "[symbol.EURUSD]\ndigits = 12\n[ticks",
        "session.toml: symbol.EURUSD: digits must be 0 to 9",
    ),
    (
        "[ticks",
        "[symbol.EURUSD]\ntrade_mode = \"open\"\n[ticks",
        "session.toml: symbol.EURUSD.trade_mode: unknown variant `open`, expected one of `disabled`, `long_only`, `short_only`, `close_only`, `full`",
    ),
    (
        "[ticks",
        "[account]\nleverage = 0\n[ticks",
        "session.toml: account.leverage: must be at least 1",
    ),
    (
        "[ticks",
        "[account]\nbalance = -1\n[ticks",
        "session.toml: account.balance: must not be negative",
    ),
    (
        "[ticks",
        "[account.rates]\nGBP = 0\n[ticks",
        "session.toml: account.rates.GBP: must be above 0",
    ),
    (
        "[ticks",
        "[broker]\nrequest_latency = { uniform_ms = { min = 9, max = 3 } }\n[ticks",
        "session.toml: broker.request_latency: min (9) must not be above max (3)",
    ),
    (
        "[ticks",
        "[broker]\nslippage = { constant_points = -1 }\n[ticks",
        "session.toml: broker.slippage: must not be negative: it is by how much a deal is worse",
    ),
    (
        "[ticks",
        "[broker]\nfaults = [{ request = 0, kind = \"lost\" }]\n[ticks",
        "session.toml: broker.faults[0].request: requests are counted from 1: a fault of request 0 never happens",
    ),
    (
        "[ticks",
        "[broker]\nfaults = [{ request = 1, kind = { partial = { percent = 100 } } }]\n[ticks",
        "session.toml: broker.faults[0].kind.partial.percent: must be 1 to 99",
    ),
    (
        "[ticks",
        "[broker]\nfaults = [{ request = 1, at = \"2025-09-22T00:00:00Z\", kind = \"lost\" }]\n[ticks",
        "session.toml: broker.faults[0]: names a request and a moment: one of `request` and `at` is the most",
    ),
    (
        "[ticks",
        "[broker]\nfault_rates = [{ per_mille = 1001, kind = \"lost\" }]\n[ticks",
        "session.toml: broker.fault_rates[0].per_mille: must be 1 to 1000",
    ),
    (
        "[\"EURUSD\"]",
        "[\"EURUSD\", \"GBPUSD\"]\nsubscribed = [\"GBPUSD\"]",
        "session.toml: subscribed: must be the first of `symbols` in their order, such as subscribed = [\"EURUSD\"]",
    ),
    (
        "[\"EURUSD\"]",
        "[\"EURUSD\"]\nsubscribed = []",
        "session.toml: subscribed: must name at least one symbol, or be left out for all of them",
    ),
    (
        "[ticks",
        "[symbol.EURUSD]\nsessions = [{ day = 7, from_minute = 0, to_minute = 1 }]\n[ticks",
        "session.toml: symbol.EURUSD: sessions must name days 0 to 6 and minutes from 0 to 2880 in order",
    ),
    (
        "[ticks",
        "[limits]\nunknown_poll_msc = 0\n[ticks",
        "session.toml: limits.unknown_poll_msc: must be above 0",
    ),
    (
        "[ticks",
        "[limits]\nlots_default = 2\nlots_max = 1\n[ticks",
        "session.toml: limits.lots_default: 2 is above lots_max, 1",
    ),
    ("ticks = 1000", "ticks = 0", "session.toml: ticks.generate.ticks: must be above 0"),
    (
        "[ticks.generate]\nticks = 1000\nseed = 1",
        "[ticks.files]\nGBPUSD = \"a\"",
        "session.toml: ticks.files.GBPUSD: `GBPUSD` is not one of the session's symbols: expected EURUSD",
    ),
    (
        "[ticks.generate]\nticks = 1000\nseed = 1",
        "[ticks.files]",
        "session.toml: ticks.files: says no file for `EURUSD`",
    ),
    ("id = \"cross\"", "id = \"\"", "session.toml: strategy[0].id: must not be empty"),
    (
        "id = \"cross\"",
        "id = \"cross\"\nsymbol = \"GBPUSD\"",
        "session.toml: strategy `cross`: symbol: `GBPUSD` is not one of the session's symbols: expected EURUSD",
    ),
    (
        "[\"EURUSD\"]",
        "[\"EURUSD\", \"GBPUSD\"]",
        "session.toml: strategy `cross`: symbol: is required, since the session has several: EURUSD, GBPUSD",
    ),
    (
        "\"M1\"",
        "\"M7\"",
        "session.toml: strategy `cross`: timeframe: `M7` is no timeframe: one of M1, M2, M3, M5, M15, M30, H1, H4, D1, W1, MN1 (or 1m, 1h, 1d, 1w)",
    ),
    (
        "EMA_50",
        "BB",
        "session.toml: strategy `cross`: rules.entry.indicators[1]: `BANDS_20_2` must name one of the lines bands_upper, bands_middle and bands_lower",
    ),
    (
        "\"M1\"",
        "\"M1\"\noptions = { evaluate = \"tik\" }",
        "session.toml: strategy `cross`: options.evaluate: `tik` is no way to evaluate: did you mean `tick`?",
    ),
];

#[test]
fn a_symbol_can_have_sessions_a_limit_and_orders_that_it_takes() {
    let own = "[symbol.EURUSD]\norder_mode = 3\nvolume_limit = 5\nsessions = [{ day = 1, from_minute = 60, to_minute = 1440 }]\n[ticks";
    let session = loaded(&SESSION.replacen("[ticks", own, 1), &[]).unwrap();
    let spec = &session.specs[0];
    assert_eq!(
        (spec.order_mode.0, spec.volume_limit, spec.sessions.len()),
        (3, Some("5".parse().unwrap()), 1)
    );
    assert_eq!(
        (spec.sessions[0].from_minute, spec.tick_size),
        (60, builtin("EURUSD").unwrap().tick_size)
    );
}

#[test]
fn the_executor_knows_what_is_subscribed_and_the_account_its_server() {
    let text =
        SESSION.replacen("[\"EURUSD\"]", "[\"EURUSD\", \"GBPUSD\"]\nsubscribed = [\"EURUSD\"]", 1);
    let text = text.replacen("[ticks", "[account]\nserver = \"Demo\"\n[ticks", 1).replacen(
        "\"M1\"",
        "\"M1\"\nsymbol = \"EURUSD\"",
        1,
    );
    let session = loaded(&text, &[]).unwrap();
    let config = session.file.executor_config();
    assert_eq!(
        (config.symbols, config.server.as_deref(), session.specs.len()),
        (vec!["EURUSD".to_owned()], Some("Demo"), 2)
    );
}

#[test]
fn each_wrong_session_says_what_would_be_right() {
    for &(from, to, expect) in WRONG {
        assert!(SESSION.contains(from), "{from}");
        assert_eq!(refused(&SESSION.replacen(from, to, 1), &[]), expect);
    }
    for (field, name) in [("specs", "none.json"), ("commands", "none.jsonl")] {
        let text =
            refused(&SESSION.replacen("zone", &format!("{field} = \"{name}\"\nzone"), 1), &[]);
        assert!(text.starts_with(&format!("cannot read {name}\n")), "{text}");
    }
    let twice = format!("{SESSION}{}", &SESSION[SESSION.find("[[").unwrap()..]);
    assert_eq!(refused(&twice, &[]), "session.toml: strategy[1].id: `cross` stands twice");
}

#[test]
fn each_wrong_line_of_a_commands_file_is_counted() {
    let good = "{\"at\": \"2025-09-22T10:00:00Z\", \"operator\": \"pause\"}\n\n";
    for (line, expect) in [
        ("nonsense", "is not JSON: expected ident at column 2"),
        ("[]", "must be an object such as {\"at\": \"2025-09-22T10:00:00Z\", \"body\": {…}}"),
        (
            "{\"operator\": \"pause\"}",
            "at: is required: RFC 3339 with a zone, such as \"2025-09-22T10:00:00Z\"",
        ),
        (
            "{\"at\": 1758535200, \"operator\": \"pause\"}",
            "at: 1758535200 could be seconds or milliseconds: write it as RFC 3339 with a zone, such as \"2025-09-22T10:00:00Z\"",
        ),
        (
            "{\"at\": \"2025-09-22 10:00\", \"operator\": \"pause\"}",
            "at: `2025-09-22 10:00` is not RFC 3339 with a zone, such as \"2025-09-22T10:00:00Z\"",
        ),
        ("{\"at\": \"2025-09-22T10:00:00Z\"}", "body or operator is required"),
        (
            "{\"at\": \"2025-09-22T10:00:00Z\", \"operator\": \"pause\", \"body\": \"\"}",
            "body and operator exclude each other",
        ),
        (
            "{\"at\": \"2025-09-22T10:00:00Z\", \"operator\": \"halt\"}",
            "operator: `halt` is nothing that an operator does: expected pause, resume, kill or clear_kill",
        ),
        (
            "{\"at\": \"2025-09-22T10:00:00Z\", \"operator\": \"clear-kill\"}",
            "operator: `clear-kill` is nothing that an operator does: did you mean `clear_kill`?",
        ),
        (
            "{\"at\": \"2025-09-22T10:00:00Z\", \"operator\": 5}",
            "operator: must be pause, resume, kill or clear_kill, not 5",
        ),
        (
            "{\"at\": \"2025-09-22T10:00:00Z\", \"body\": 5}",
            "body: must be a command's object, or its text",
        ),
        (
            "{\"at\": \"2025-09-22T10:00:00Z\", \"bdoy\": {}}",
            "unknown field `bdoy`: did you mean `body`?",
        ),
    ] {
        let session = SESSION.replacen("zone", "commands = \"c.jsonl\"\nzone", 1);
        assert_eq!(
            refused(&session, &[("c.jsonl", &format!("{good}{line}\n"))]),
            format!("c.jsonl:3: {expect}")
        );
    }
}

#[test]
fn the_sessions_that_come_with_the_program_are_sound() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sessions");
    for (name, symbol, timeframe, digits, stop) in [
        ("ema-cross-m1", "EURUSD", "M1", 5, "10"),
        ("ema-cross-m5", "EURUSD", "M5", 5, "10"),
        ("xauusd-m1", "XAUUSD", "M1", 3, "30"),
        ("xauusd-m5", "XAUUSD", "M5", 3, "30"),
    ] {
        let session = load(&folder.join(format!("{name}.toml"))).unwrap();
        let CommandContent::Parsed(envelope) = &session.starts[0].1.content else {
            panic!("{name}")
        };
        let Command::Start(start) = &envelope.command else { panic!("{name}") };
        assert_eq!(
            (start.symbol.as_str(), start.timeframe.name(), session.specs[0].digits),
            (symbol, timeframe, digits),
            "{name}"
        );
        assert_eq!(start.options.warmup_bars, Some(50));
        let stop_loss = start.rules.exit.stop_loss.as_ref().unwrap().pips().unwrap();
        assert_eq!(stop_loss.to_string(), stop);
        if symbol == "XAUUSD" {
            assert_eq!(
                session.specs[0].pips(stop_loss),
                Some(session.specs[0].points(tickdeck::domain::amount::Points(3_000)))
            );
        }
    }
}

#[test]
fn another_symbol_is_one_word_away() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sessions");
    for name in ["ema-cross-m1", "ema-cross-m5"] {
        let text = fs::read_to_string(folder.join(format!("{name}.toml"))).unwrap();
        assert_eq!(text.matches("EURUSD").count(), 1, "{name}");
        let session = loaded(&text.replace("EURUSD", "USDJPY"), &[]).unwrap();
        assert_eq!(session.specs[0].name, "USDJPY");
    }
}

#[test]
fn distances_and_moments_beyond_reckoning_are_refused() {
    let with = |setting: &str| SESSION.replacen("zone", &format!("{setting}\nzone"), 1);
    for (text, expect) in [
        (
            with("broker.slippage = { constant_points = 9223372036854775807 }"),
            "broker.slippage: must not be above 1000000 points",
        ),
        (with("limits.deviation = 1000001"), "limits.deviation: must not be above 1000000 points"),
        (
            with("symbol.EURUSD.stops_level = 9223372036854775807"),
            "symbol.EURUSD: stops_level and freeze_level must not be above 1000000 points",
        ),
        (
            SESSION.replace("timeframe", "at = \"1700-01-01T00:00:00Z\"\ntimeframe"),
            "strategy[0].at: must not be before 1970-01-01T00:00:00Z",
        ),
    ] {
        assert_eq!(refused(&text, &[]), format!("session.toml: {expect}"));
    }
    let early =
        "{\"at\": \"1700-01-01T00:00:00Z\", \"body\": {\"id\": \"1\", \"command\": \"PING\"}}";
    assert_eq!(
        refused(&with("commands = \"c.jsonl\""), &[("c.jsonl", early)]),
        "c.jsonl:1: at: 1700-01-01T00:00:00Z is before 1970-01-01T00:00:00Z, where the executor's time begins"
    );
}
