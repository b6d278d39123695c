//! The settings of live mode: where they come from, what is refused, and that no secret is shown.

use crate::common;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use tickdeck::config;
use tickdeck::config::live::example::file;
use tickdeck::config::live::keys::{ALL, LiveKind, REFUSED};
use tickdeck::config::live::{Environment, load};

const SECRET: &str = "hunter2-of-the-broker";

/// Runs a command line in a folder with these variables alone, and gives it with all that it wrote.
fn shown(folder: &Path, line: &str, variables: &[(&str, &str)], answers: &str) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tickdeck"))
        .args(line.split(' '))
        .current_dir(folder)
        .env_clear()
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(answers.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    let code = output.status.code().unwrap();
    format!("$ tickdeck {line}\nexit {code}\n--- stdout\n{stdout}--- stderr\n{stderr}")
}

fn variables(pairs: &[(&str, &str)]) -> Environment {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
#[cfg(not(windows))]
fn without_a_file_the_defaults_hold() {
    let dir = tempfile::tempdir().unwrap();
    insta::assert_snapshot!("defaults", shown(dir.path(), "config", &[], ""));
}

#[test]
#[cfg(not(windows))]
fn each_value_says_where_it_came_from_and_no_secret_is_shown() {
    let dir = tempfile::tempdir().unwrap();
    let toml = format!(
        "strategies = \"week.toml\"\ndry_run = true\n[mt5]\nlogin = 1\nserver = \"Broker-Demo\"\npassword = \"{SECRET}\"\n\
         [caps]\nmax_lots = 0.5\nmax_daily_loss_percent = 2\n"
    );
    fs::create_dir(dir.path().join("desk")).unwrap();
    fs::write(dir.path().join("desk/mine.toml"), toml).unwrap();
    let env = format!(
        "\u{feff}# what I have\nMT5_LOGIN=2\nexport DRY_RUN=no\nAPI_KEY='{SECRET} $x # y'\nPUSHER_KEY=\nTELEGRAM_BOT_TOKEN={SECRET}\nKILL_SWITCH_FILE=stop.now\n"
    );
    fs::write(dir.path().join("desk/.env"), env).unwrap();
    let environment = [
        ("MT5_LOGIN", "3"),
        ("TICKDECK_MT5_BOOK_POLL_MSC", "500"),
        ("ALERT_WEBHOOK_URL", SECRET),
        ("PATH", "/nowhere"),
        ("LOG_LEVEL", "DEBUG"),
    ];
    let told = shown(dir.path(), "config --show --config desk/mine.toml", &environment, "");
    let json = shown(dir.path(), "config --json --config desk/mine.toml", &environment, "");
    for text in [&told, &json] {
        assert!(!text.contains("hunter2"), "{text}");
    }
    assert!(
        json.contains("\"mt5.login\":{\"from\":\"MT5_LOGIN in the environment\",\"value\":3}"),
        "{json}"
    );
    insta::assert_snapshot!("origins", told);
    let path = dir.path().join("desk/mine.toml");
    let (settings, _) = load(Some(&path), &variables(&environment)).unwrap();
    assert!(!format!("{settings:?}").contains("hunter2"));
    assert_eq!((settings.mt5.login, settings.dry_run), (Some(3), false));
    assert_eq!(settings.strategies, dir.path().join("desk/week.toml"));
    assert_eq!(settings.kill_switch, Some(dir.path().join("desk/stop.now")));
}

#[test]
fn what_is_wrong_is_told_at_once_and_quotes_no_value() {
    let dir = tempfile::tempdir().unwrap();
    let toml = format!(
        "dry_run = \"{SECRET}\"\nstrategy = 1\nlog_level = \"{SECRET}\"\n[mt5]\nlogin = -1\npassword = 7\npasword = \"{SECRET}\"\nbook_poll_msc = 7\n\
         python = []\n[caps]\nmax_lots = 0\nmax_daily_loss_percent = 101\n[platfrom]\nkey = \"{SECRET}\"\n"
    );
    fs::write(dir.path().join("live.toml"), toml).unwrap();
    let environment = [
        ("MT5_LOGIN", SECRET),
        ("MT5_SERVER", "a"),
        ("TICKDECK_MT5_SERVER", SECRET),
        ("SYMBOLS", "EURUSD"),
    ];
    let told = shown(dir.path(), "config", &environment, "");
    assert!(!told.contains("hunter2"), "{told}");
    insta::assert_snapshot!("flaws", told);

    let broken = [
        ("live.toml", format!("[mt5]\npassword = \"{SECRET}\nlogin = 1\n")),
        (".env:1", format!("MT5_PASSWORD=\"{SECRET}\n")),
        (".env:2", format!("MT5_LOGIN=1\n{SECRET}\n")),
        (".env:1", format!("MT5_PASSWORD={SECRET}$b\n")),
        (".env:2", format!("API_SECRET={SECRET}\nEXECUTOR_ID=${{API_SECRET}}\n")),
        (".env:3", "MT5_LOGIN=7\n\n export MT5_LOGIN = 8\n".to_owned()),
    ];
    for (name, text) in broken {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("live.toml"), "").unwrap();
        let file = name.split(':').next().unwrap();
        fs::write(dir.path().join(file), text).unwrap();
        let told = shown(dir.path(), "config", &[], "");
        assert!(told.contains("exit 2") && told.contains(name), "{told}");
        assert!(!told.contains("hunter2"), "{told}");
    }
    let told = shown(dir.path(), "config --config absent.toml", &[], "");
    assert!(told.contains("exit 2") && told.contains("cannot read absent.toml"), "{told}");
}

#[test]
fn names_of_other_executors_are_taken_or_refused_by_name() {
    let taken = ALL.iter().flat_map(|key| key.names.iter().map(move |name| (key, *name)));
    for (key, name) in taken {
        let value = match key.kind {
            LiveKind::Flag => "yes",
            LiveKind::Whole(..) | LiveKind::Lots | LiveKind::Percent => "3",
            LiveKind::Choice(words) => words[0],
            _ => "something",
        };
        let (_, effective) = load(None, &variables(&[(name, value)])).unwrap();
        let found = effective.iter().find(|one| one.key.path == key.path).unwrap();
        let (_, origin) = found.found.as_ref().unwrap();
        assert_eq!(origin.to_string(), format!("{name} in the environment"));
    }
    for refused in REFUSED {
        let told = load(None, &variables(&[(refused.name, "1")])).unwrap_err().to_string();
        assert!(told.starts_with(&format!("{} in the environment: is not used: ", refused.name)));
    }
    // The list that people have, each once.
    let theirs = "MT5_LOGIN, MT5_PASSWORD, MT5_SERVER, MT5_PATH, API_URL, API_KEY, API_SECRET, PUSHER_KEY, PUSHER_CLUSTER, \
        EXECUTOR_ID, MAGIC_NUMBER, DRY_RUN, INTERVAL_SECONDS, TIMEFRAME, SYMBOLS, STRATEGY_ID, DEFAULT_RISK_PCT, \
        MAX_POSITION_SIZE, MAX_DAILY_TRADES, MAX_DAILY_LOSS_PCT, MAX_RETRY_ATTEMPTS, ENABLE_KILL_SWITCH, KILL_SWITCH_FILE, \
        ENABLE_ALERTS, TELEGRAM_BOT_TOKEN, TELEGRAM_CHAT_ID, ALERT_WEBHOOK_URL, LOG_LEVEL";
    for name in theirs.split(", ").map(str::trim) {
        let known = ALL.iter().filter(|key| key.names.contains(&name)).count();
        let refused = REFUSED.iter().filter(|refused| refused.name == name).count();
        assert_eq!(known + refused, 1, "{name}");
    }
}

#[test]
fn the_example_has_every_key_and_each_of_its_values_is_accepted() {
    let text = file(&[]);
    let path = common::root().join("live.example.toml");
    if cfg!(not(windows)) {
        assert_eq!(
            fs::read_to_string(path).unwrap(),
            text,
            "write it anew: tickdeck init --live --example"
        );
    }
    // Every line that is commented out, and is no sentence.
    let on: Vec<&str> = text
        .lines()
        .map(|line| line.strip_prefix("# ").filter(|rest| is_key(rest)).unwrap_or(line))
        .filter(|line| !line.ends_with("= \"\""))
        .collect();
    let dir = tempfile::tempdir().unwrap();
    let all = dir.path().join("all.toml");
    fs::write(&all, on.join("\n")).unwrap();
    let (_, effective) = load(Some(&all), &Environment::new()).unwrap();
    for one in effective {
        let origin = one.found.map(|(_, origin)| origin.to_string());
        let is_secret = one.key.kind == LiveKind::Secret;
        let is_said = origin.is_some_and(|origin| origin.ends_with("all.toml"));
        assert_eq!(is_said, !is_secret, "{}", one.key.path);
    }
}

fn is_key(line: &str) -> bool {
    line.split_once(" = ").is_some_and(|(name, _)| {
        name.chars()
            .all(|letter| letter.is_ascii_lowercase() || letter == '_' || letter.is_ascii_digit())
    })
}

#[test]
fn caps_only_tighten_a_session() {
    let path = common::root().join("fixtures/sessions/ema-cross-m1.toml");
    let plain = config::load(&path).unwrap().file;
    let caps = |pairs: &[(&str, &str)]| load(None, &variables(pairs)).unwrap().0.caps;
    let mut same = plain.clone();
    caps(&[]).apply(&mut same);
    assert_eq!(same, plain);
    let mut tight = plain.clone();
    let wanted = [
        ("MAX_POSITION_SIZE", "0.5"),
        ("MAX_DAILY_TRADES", "4"),
        ("MAX_DAILY_LOSS_PCT", "2"),
        ("MAX_RETRY_ATTEMPTS", "2"),
    ];
    caps(&wanted).apply(&mut tight);
    assert_eq!(tight.limits.lots_max, Some("0.5".parse().unwrap()));
    assert_eq!((tight.risk.max_daily_trades, tight.risk.daily_loss.len()), (Some(4), 1));
    assert_eq!(tight.limits.retry_pauses_ms, [500], "the first attempt, and one more");
    let mut again = tight.clone();
    caps(&[("MAX_POSITION_SIZE", "9"), ("MAX_DAILY_TRADES", "9"), ("MAX_RETRY_ATTEMPTS", "9")])
        .apply(&mut again);
    assert_eq!(again, tight, "what the session says is tighter");
}

#[test]
fn init_asks_and_writes_what_it_was_told() {
    let dir = tempfile::tempdir().unwrap();
    let told = shown(
        dir.path(),
        "init --live",
        &[],
        "week.toml\n\nabc\n50012345\nBroker \"Demo\"\n\nperhaps\nn\n",
    );
    insta::assert_snapshot!("asked", told);
    let (settings, effective) =
        load(Some(&dir.path().join("live.toml")), &Environment::new()).unwrap();
    assert_eq!(settings.strategies, dir.path().join("week.toml"));
    assert_eq!(
        (settings.mt5.login, settings.mt5.path, settings.dry_run),
        (Some(50_012_345), None, false)
    );
    assert_eq!(settings.mt5.server.as_deref(), Some("Broker \"Demo\""));
    let said = effective.iter().filter(|one| {
        one.found.as_ref().is_some_and(|(_, from)| from.to_string().ends_with("live.toml"))
    });
    assert_eq!(said.count(), 4);
    // Nothing is written over, and half an answer writes nothing.
    let told = shown(dir.path(), "init --live", &[], "\n1\nx\n\n\n");
    assert!(told.contains("exit 2") && told.contains("live.toml is there already"), "{told}");
    let told = shown(dir.path(), "init --live other.toml", &[], "\n1\n");
    assert!(told.contains("exit 2") && told.contains("the answers end here"), "{told}");
    assert!(!dir.path().join("other.toml").exists());
}

/// What was meant to be a limit, or an order to trade nothing, is never ignored.
#[test]
fn a_name_that_is_nearly_ours_is_refused() {
    let refused = |name: &str, value: &str| {
        load(None, &variables(&[(name, value)])).map(|_| ()).unwrap_err().to_string()
    };
    let told = refused("TICKDECK_CAPS_MAX_LOT", "0.1");
    assert_eq!(
        told,
        "TICKDECK_CAPS_MAX_LOT in the environment: is no setting: did you mean `TICKDECK_CAPS_MAX_LOTS`?"
    );
    assert!(refused("TICKDECK_DRYRUN", "true").contains("did you mean `TICKDECK_DRY_RUN`?"));
    // No value is none, and what the tests are told is no setting.
    for (name, value) in [("TICKDECK_CAPS_MAX_LOT", ""), ("SYMBOLS", ""), ("TICKDECK_DATA", "x")] {
        assert!(load(None, &variables(&[(name, value)])).is_ok(), "{name}");
    }
    for (name, value) in [
        ("MT5_SERVER", "a\u{7}"),
        ("MT5_PASSWORD", "\u{fffd}"),
        ("MT5_PATH", " "),
        ("TICKDECK_MT5_PYTHON", "[\"\"]"),
        ("MT5_LOGIN", "9223372036854775808"),
    ] {
        assert!(refused(name, value).contains(name), "{name}");
    }
}

#[test]
fn a_path_of_windows_stays_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("live.toml");
    for (path, is_kept) in [
        (r"C:\MT5\terminal64.exe", true),
        ("c:/MT5/terminal64.exe", true),
        (r"\\host\share\terminal64.exe", true),
        ("MT5/terminal64.exe", false),
        ("c:terminal64.exe", false),
    ] {
        fs::write(&file, format!("mt5.path = '{path}'\n")).unwrap();
        let (settings, _) = load(Some(&file), &Environment::new()).unwrap();
        let expect = if is_kept { path.into() } else { dir.path().join(path) };
        assert_eq!(settings.mt5.path, Some(expect));
    }
}
