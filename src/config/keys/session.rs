//! The keys at the top of a session, of its ticks, sources and strategies.

use super::row::{KeySection, is, needed, none};

pub(super) const SECTIONS: &[KeySection] = &[
    KeySection {
        title: "The session",
        places: &[""],
        rule: "session 3",
        keys: keys! {
            "format", "", needed(), "1", "1" => "The version of the file format. It stands first.";
            "name", "", needed(), "any text", r#""my-session""# => "A name for people; no decision depends on it.";
            "symbols", "", needed(), "the broker's names, at least one, each once", r#"["EURUSD"]"# => "The symbols that are traded or looked at. A strategy that names none trades the only one.";
            "subscribed", "", none("all of `symbols`"), "the first of `symbols`, in their order", r#"["EURUSD"]"# => "The symbols that the executor hears from the start; it subscribes to the others on request.";
            "seed", "", is("0"), "a whole number from 0", "7" => "From which every random stream of the session is derived: latency, slippage, faults by chance.";
            "zone", "", needed(), "UTC, UTC+2, a zone such as Europe/Athens, or America/New_York+7 (a server that closes with New York)", r#""America/New_York+7""# => "The server's clock, by which ticks and bars are dated and days begin.";
            "from", "", none("the first tick's moment"), "a time by the server's clock, such as 2025-09-22 08:00, or with a zone; a day alone is its midnight", r#""2025-09-22 08:00""# => "The first moment. What was quoted before it becomes the bars that indicators begin with; `--from` overrides it.";
            "to", "", none("the end of the ticks"), "a time as in `from`, after it", r#""2025-09-26""# => "The moment from which on nothing comes; `--to` overrides it.";
            "assume_zone", "", is("false"), "true or false", "true" => "Whether `zone` is also the clock of files that do not state theirs; otherwise a file imported with an unknown clock is refused, and others are warned of.";
            "specs", "", none("the built-in specifications"), "a JSON file with what MT5's symbol_info() returns, by symbol; relative to the session file", r#""symbols.json""# => "The specifications of the symbols. `[symbol.NAME]` overrides single fields of them.";
            "commands", "", none("no commands"), "a file .jsonl; relative to the session file", r#""commands.jsonl""# => "Commands to deliver, a JSON object a line: `{\"at\": …, \"body\": …}` or `{\"at\": …, \"operator\": \"pause\"}`.";
            "news", "", none("no calendar"), "a file .csv with the columns time,currency,impact,title; not beside [[calendar]]", r#""calendar.csv""# => "The economic calendar, for rules and limits that keep away from news.";
            "programs", "", none("those that the session's own strategies name"), "a list of commands, each a list of texts", r#"[["python3", "my.py"]]"# => "Programs that commands may start strategies with (`--allow-programs` lets them start).";
            "account", "", none("the defaults of its keys"), "a table: see account.*", "{ leverage = 30 }" => "The account that is traded.";
            "broker", "", none("fills at once, at the quote, without commission"), "a table: see broker.*", "{ commission_per_lot = 3.5 }" => "How the simulated broker behaves.";
            "limits", "", none("the defaults of its keys"), "a table: see limits.*", "{ deviation = 10 }" => "The executor's deadlines, pauses, defaults and caps.";
            "risk", "", none("the account is not limited"), "a table: see risk.*", "{ max_daily_trades = 20 }" => "The limits on the whole account.";
            "symbol", "", none("the specifications as they are"), "tables by symbol: see symbol.NAME.*", "{ EURUSD = { stops_level = 10 } }" => "Fields of specifications that override the built-in ones and those of `specs`.";
            "calendar", "", none("no calendar"), "a list of tables: see calendar.*; not beside `news`", r#"[{ time = "2025-09-17T18:00:00Z", currency = "USD", impact = "high", title = "Rate decision" }]"# => "The economic calendar, written here instead of in a file.";
            "ticks", "", none("--ticks or --bars says it"), "one of ticks.generate, ticks.files and ticks.bars", "{ generate = { ticks = 60000, seed = 7 } }" => "Where the ticks come from.";
            "strategy", "", none("strategies come by START_STRATEGY"), "a list of tables: see strategy.*", "[]" => "The strategies that the session starts by itself.";
            "source", "", none("nothing is followed"), "a list of tables: see source.*", "[]" => "Strategies of other recordings that a COPY_ADD of the commands may follow.";
            "followed", "", none("nothing"), "written by tickdeck in recordings; a session names `source` instead", r#"[{ id = "master", symbol = "EURUSD", timeframe = "M5" }]"# => "What there is to know of the sources of a recorded session.";
            "recording", "", none("the session is yet to run"), "written by tickdeck in recordings", "" => "What a recorded run came to, with hashes. A session that is to run has none.";
        },
    },
    KeySection {
        title: "Ticks that are made up",
        places: &["ticks.generate"],
        rule: "session 3",
        keys: keys! {
            "ticks", "ticks of each symbol; about 70,000 make a day", needed(), "a whole number above 0", "60000" => "How many ticks are generated.";
            "seed", "", needed(), "a whole number from 0", "7" => "From which the ticks are derived: the same for the same figures, everywhere.";
        },
    },
    KeySection {
        title: "Ticks from files",
        places: &["ticks.files"],
        rule: "session 3",
        keys: keys! {
            "SYMBOL", "", needed(), "a file of ticks for each symbol; relative to the session file", r#""ticks.parquet""# => "The ticks of a symbol: Parquet, or MT5's own export and others that `import` reads.";
        },
    },
    KeySection {
        title: "Ticks made from bars",
        places: &["ticks.bars"],
        rule: "MT5 reference 6.1",
        keys: keys! {
            "model", "", needed(), "every_tick, ohlc or open_prices", r#""ohlc""# => "How many ticks each bar becomes: as many as its tick volume says, four, or its open.";
            "timeframe", "", none("as the open times of the bars say"), "M1, M2, M3, M5, M15, M30, H1, H4, D1, W1 or MN1", r#""M1""# => "The timeframe of the bars in the files.";
            "files", "", needed(), "a table of files by symbol", r#"{ EURUSD = "bars_M1.csv" }"# => "The bars of each symbol.";
        },
    },
    KeySection {
        title: "Files of bars",
        places: &["ticks.bars.files"],
        rule: "MT5 reference 6.1",
        keys: keys! {
            "SYMBOL", "", needed(), "a file of bars for each symbol; relative to the session file", r#""bars_M1.csv""# => "The bars of a symbol: MT5's own export, CSV or Parquet.";
        },
    },
    KeySection {
        title: "The economic calendar",
        places: &["calendar[]"],
        rule: "executor 3.1",
        keys: keys! {
            "time", "", needed(), "RFC 3339 with a zone", r#""2025-09-17T18:00:00Z""# => "When the news comes out.";
            "currency", "", needed(), "three letters, or ALL", r#""USD""# => "The currency that the news is about; ALL is about every symbol.";
            "impact", "", needed(), "low, medium or high", r#""high""# => "How much the news is expected to move.";
            "title", "", needed(), "any text", r#""Rate decision""# => "What it is, for people.";
        },
    },
    KeySection {
        title: "Strategies of other recordings",
        places: &["source[]"],
        rule: "executor 3.6",
        keys: keys! {
            "recording", "", needed(), "a directory; relative to the session file", r#""recordings/ema-cross-week""# => "The recording in which the strategy ran.";
            "strategy", "", none("the only one of the recording"), "an id", r#""ema-cross-m1""# => "The strategy that may be followed, by its id there.";
            "id", "", none("its id there"), "a name that no strategy here has", r#""master""# => "The name that followers give it.";
            "symbol", "", none("the same name as there"), "one of `symbols`", r#""EURUSD""# => "The symbol that it trades, by its name here.";
        },
    },
    KeySection {
        title: "Strategies that the session starts",
        places: &["strategy[]"],
        rule: "executor 2.2, START_STRATEGY",
        keys: keys! {
            "id", "", needed(), "a text that no other strategy has", r#""my-strategy""# => "The id of the strategy; its magic number follows from it.";
            "name", "", none("the id"), "any text", r#""EMA 20/50 on M5""# => "A name for people.";
            "at", "", none("the session's first moment"), "RFC 3339 with a zone", r#""2025-09-22T00:00:00Z""# => "When the strategy is started.";
            "symbol", "", none("the session's only symbol"), "one of `symbols`", r#""EURUSD""# => "The symbol that it trades.";
            "timeframe", "", needed(), "M1, M2, M3, M5, M15, M30, H1, H4, D1, W1 or MN1", r#""M5""# => "The bars on which the rules are evaluated.";
            "settings", "", none("what the rules say"), "a table: see strategy.settings.*", "{ lotSize = 0.2 }" => "Volume and limits that go before those of the rules.";
            "options", "", none("the defaults of its keys"), "a table: see strategy.options.*", "{ warmupBars = 50 }" => "How the rules are evaluated.";
            "rules", "", needed(), "a table in one of the forms of rules: see strategy.rules.*", r#"{ entry = { type = "indicator_cross", indicators = ["EMA_20", "EMA_50"], direction = "both" } }"# => "What the strategy does.";
        },
    },
    KeySection {
        title: "Options of a strategy",
        places: &["strategy[].options"],
        rule: "executor 3.3",
        keys: keys! {
            "warmupBars", "closed bars", none("as many as the slowest indicator needs"), "a whole number from 0", "50" => "How many bars close before the first signal.";
            "evaluate", "", is(r#""bar""#), "bar, interval or tick", r#""bar""# => "When the rules are evaluated: at closed bars, or on the forming bar too, at its check interval or at each tick.";
        },
    },
];
