//! Sessions that say something in every table that a session can have.

/// What every session says.
const TOP: &str = r#"
format = 1
name = "sample"
zone = "America/New_York+7"
"#;

/// Parts of sessions, each with something in other tables.
const PARTS: [&str; 4] = [
    r#"
symbols = ["EURUSD", "GBPUSD"]
news = "calendar.csv"
account = { margin_so = { percent = { call = 100, so = 50 } }, rates = { JPY = 0.0065 } }
ticks.generate = { ticks = 1000, seed = 1 }
[symbol.EURUSD]
digits = 5
sessions = [{ day = 1, from_minute = 0, to_minute = 1440 }]
swap = { mode = "points", long = -7.6, short = 0.6, days = [0, 1, 1, 3, 1, 1, 0] }
[broker]
request_latency = { uniform_ms = { min = 1, max = 100 } }
answer_latency = { uniform_ms = { min = 1, max = 100 } }
slippage = { uniform_points = { max = 2 } }
faults = [{ request = 1, kind = { partial = { percent = 40 } } }]
fault_rates = [{ kind = "reject", per_mille = 10 }]
[risk]
day_cut = { time = "17:00", zone = "Europe/Prague" }
daily_loss = [{ size = { money = 250 }, anchor = "equity", floating = true, judged = "within" }]
max_loss = [{ size = { percent_of_initial = 10 }, mode = "trailing_eod_balance", lock = 0 }]
max_correlated = { lots = 2, correlation = 0.7, bars = 50, timeframe = "H1" }
flat_weekend = { from = "Fri 21:45", until = "Sun 22:00" }
flat_news = { minutes_before = 5, minutes_after = 5, impact = "high" }
profit_target = { money = 1000 }
[limits]
lots_default = 0.01
[limits.strategy]
max_daily_loss = { money = 250 }
max_drawdown = { money = 250 }
loss_streak = { losses = 3, pause_minutes = 90 }
cooldown = { minutes = 30, after = "loss" }
"#,
    r#"
symbols = ["EURUSD", "GBPUSD"]
account = { margin_so = { money = { call = 100, so = 50 } } }
ticks.files = { EURUSD = "a.parquet", GBPUSD = "b.parquet" }
calendar = [{ time = "2025-09-17T18:00:00Z", currency = "USD", impact = "high", title = "Rate" }]
[broker]
faults = [{ at = "2025-09-17T18:00:00Z", kind = "snapshot_empty" }]
[risk]
propfirm = "ftmo-2-step"
"#,
    r#"
symbols = ["EURUSD"]
ticks.bars = { model = "ohlc", timeframe = "M1", files = { EURUSD = "a.csv" } }
[limits]
stop_retry_msc = 1
"#,
    r#"
symbols = ["EURUSD"]
source = [{ recording = "elsewhere", strategy = "a", id = "b", symbol = "EURUSD" }]
followed = [{ id = "b", symbol = "EURUSD", timeframe = "M5" }]
"#,
];

/// A strategy, but for its rules.
const STRATEGY: &str = r#"
[[strategy]]
id = "s"
symbol = "EURUSD"
timeframe = "M5"
options = { warmupBars = 5, evaluate = "bar" }
"#;

const SETTINGS: [&str; 2] = [
    "settings = { lotSize = 0.1 }",
    r#"settings = { lotSize = 0.1, lossStreak = 3, pauseMinutes = 90, cooldownMinutes = 5, cooldownAfter = "loss", maxDailyLoss = { value = 1, unit = "percent", base = "balance" }, maxDrawdown = { value = 1, unit = "percent", base = "balance" } }"#,
];

/// Rules in each of their forms. What is said in several ways is said in several of them.
const RULES: [&str; 17] = [
    r#"
entry = { type = "indicator_cross", indicators = ["EMA_20", "EMA_50"], direction = "both", confirmation = { type = "volume", threshold = 1.5 }, order = { type = "limit", offset = { type = "atr", value = 2, period = 14 }, expiryBars = 5 } }
exit = { type = "opposite_signal", stopLoss = 10, takeProfit = 20, trailingStop = true, trailingStopDistance = 12, closeAt = { time = "20:45", timezone = "Europe/London", daysOfWeek = [1] }, closeBeforeWeekend = 60 }
risk = { lotSize = 0.1, maxOpenTrades = 1, lossStreak = 3, pauseMinutes = 90, cooldownMinutes = 5, cooldownAfter = "loss", maxDailyLoss = { value = 1, unit = "percent", base = "balance" }, maxDrawdown = { value = 1, unit = "percent", base = "balance" } }
filters = { timeRange = { start = "08:00", end = "17:00" }, session = { sessions = ["london"] }, spread = { maxSpreadPips = 2 }, volatility = { minPips = 0.5 }, regime = { minAdx = 20 }, correlation = { symbol = "GBPUSD", period = 50, min = 0.5 }, news = { minutesBefore = 5, minutesAfter = 5 } }
"#,
    r#"
entry = { type = "indicator_cross", indicators = ["EMA_20", "EMA_50"], direction = "both" }
exit = { closeAt = { session = "london", daysOfWeek = [1] }, stopLoss = 10 }
risk = { lotSize = 0.1 }
filters = { volatility = { slowPeriod = 100, minRatio = 0.5, maxRatio = 2 }, regime = { slowPeriod = 100, minRatio = 0.5, maxRatio = 2 } }
"#,
    r#"
entry.logic = "AND"
entry.order = { type = "limit", offset = 2 }
entry.conditions = [{ indicator = "rsi", period = 14, condition = "lt", value = 30, side = "buy", volumeConfirmation = { type = "volume", threshold = 1.5 }, and = [{ indicator = "adx", period = 14, condition = "gt", value = 25 }] }]
exit.stopLoss = { type = "atr", value = 2, period = 14 }
exit.takeProfit = { type = "atr", value = 2, period = 14 }
exit.trailing = { enabled = true, distance = { type = "atr", value = 2 }, step = { type = "atr", value = 2 }, activateAfter = { type = "atr", value = 2 } }
exit.breakeven = { enabled = true, triggerPips = 10, lockPips = 1 }
exit.partialClose = { enabled = true, levels = [{ percent = 50, atPips = 12 }] }
riskManagement = { lotSize = 0.1, maxPositions = 1, lossStreak = 3, pauseMinutes = 90, cooldownMinutes = 5, cooldownAfter = "loss", maxDailyLoss = { value = 1, unit = "percent", base = "balance" }, maxDrawdown = { value = 1, unit = "percent", base = "balance" } }
sessionFilter = { enabled = true, sessions = ["london"] }
newsFilter = { enabled = true, minutesBefore = 5, minutesAfter = 5 }
spreadFilter = { enabled = true, maxSpread = 2 }
volatilityFilter = { enabled = true, minPips = 0.5 }
regimeDetection = { enabled = true, minAdx = 20 }
correlationFilter = { enabled = true, symbol = "GBPUSD", period = 50, min = 0.5 }
"#,
    r#"
entry.conditions = [{ indicator = "sma", period = 5, condition = "crosses_above", compareIndicator = "sma", comparePeriod = 50, side = "buy", and = [{ indicator = "sma", period = 5, condition = "gt", compareIndicator = "sma", comparePeriod = 40 }] }]
volatilityFilter = { enabled = true, slowPeriod = 100, minRatio = 0.5, maxRatio = 2 }
regimeDetection = { enabled = true, slowPeriod = 100, minRatio = 0.5, maxRatio = 2 }
exit = { stopLoss = 10 }
riskManagement = { lotSize = 0.1 }
"#,
    r#"
entry.conditions = [{ indicator = "atr", condition = "gt", compareIndicator = "atr", compareParams = { period = 40 }, side = "buy", and = [{ indicator = "atr", condition = "gt", compareIndicator = "atr", compareParams = { period = 40 } }] }]
"#,
    r#"
entry.logic = "OR"
entry.order = { type = "limit", offset = 2 }
entry.groups = [{ name = "long_entry", logic = "AND", conditions = [{ indicator = "rsi", period = 14, condition = "lt", value = 30, volumeConfirmation = { type = "volume", threshold = 1.5 } }] }]
"#,
    r#"
entry.groups = [{ name = "long_entry", conditions = [{ indicator = "sma", period = 5, condition = "gt", compareIndicator = "sma", comparePeriod = 50 }] }]
"#,
    r#"
entry.groups = [{ name = "long_entry", conditions = [{ indicator = "atr", condition = "gt", compareIndicator = "atr", compareParams = { period = 40 } }] }]
"#,
    r#"
side = "buy"
entryLogic = "AND"
exitLogic = "AND"
entryConditions = [{ id = "a", type = "indicator", indicator = "rsi", params = { period = 14 }, comparison = "lt", value = 30, enabled = true }]
exitConditions = [{ id = "b", type = "indicator", indicator = "rsi", params = { period = 14 }, comparison = "gt", value = 70, enabled = true }]
entryOrder = { type = "limit", offset = { type = "atr", value = 2, period = 14 } }
stopLoss = { type = "atr", value = 2, period = 14 }
takeProfit = { type = "atr", value = 2, period = 14 }
trailingStop = { enabled = true, distance = { type = "atr", value = 2 }, step = { type = "atr", value = 2 }, activateAfter = { type = "atr", value = 2 } }
breakeven = { enabled = true, triggerPips = 10, lockPips = 1 }
partialClose = { enabled = true, levels = [{ percent = 50, atPips = 12 }] }
closeAt = { time = "20:45", timezone = "Europe/London", daysOfWeek = [1] }
positionSizing = { mode = "fixed", lots = 0.1 }
filters = [{ id = "c", type = "spread", enabled = true, config = { maxSpreadPips = 2 } }]
"#,
    r#"
side = "buy"
entryConditions = [{ indicator = "atr", comparison = "gt", compareIndicator = "atr", compareParams = { period = 40 } }]
exitConditions = [{ indicator = "atr", comparison = "gt", compareIndicator = "atr", compareParams = { period = 40 } }]
stopLoss = 10
closeAt = { session = "london", daysOfWeek = [1] }
positionSizing = { mode = "risk_percent", percent = 1, drawdown = { from = 2, to = 10, least = 20 } }
"#,
    r#"
side = "buy"
entryConditions = [{ indicator = "sma", params = { period = 5 }, comparison = "gt", compareIndicator = "sma", comparePeriod = 50 }]
exitConditions = [{ indicator = "sma", params = { period = 5 }, comparison = "gt", compareIndicator = "sma", comparePeriod = 50 }]
positionSizing = { mode = "atr", percent = 1, period = 14, multiple = 2 }
"#,
    r#"
side = "buy"
entryConditions = [{ indicator = "rsi", comparison = "lt", value = 30, params = { period = 14 } }]
positionSizing = { mode = "kelly", winRate = 55, rewardRatio = 1.5, fraction = 20, maxPercent = 1 }
stopLoss = 10
"#,
    r#"
primaryTimeframe = "M5"
confirmationTimeframes = ["H1"]
entry.logic = "AND"
entry.order = { type = "limit", offset = 2 }
entry.primary = [{ indicator = "rsi", period = 14, condition = "lt", value = 30, side = "buy" }]
entry.confirmation = [{ timeframe = "H1", indicator = "rsi", period = 14, condition = "gt", value = 30, side = "buy", required = true }]
"#,
    r#"
primaryTimeframe = "M5"
confirmationTimeframes = ["H1"]
entry.primary = [{ indicator = "sma", period = 5, condition = "gt", compareIndicator = "sma", comparePeriod = 50, side = "buy" }]
entry.confirmation = [{ timeframe = "H1", indicator = "sma", period = 5, condition = "gt", compareIndicator = "sma", comparePeriod = 50, side = "buy" }]
"#,
    r#"
primaryTimeframe = "M5"
confirmationTimeframes = ["H1"]
entry.primary = [{ indicator = "atr", condition = "gt", compareIndicator = "atr", compareParams = { period = 40 }, side = "buy" }]
entry.confirmation = [{ timeframe = "H1", indicator = "atr", condition = "gt", compareIndicator = "atr", compareParams = { period = 40 }, side = "buy" }]
"#,
    r#"
strategy = { command = ["python3", "my.py"], bars = 50, deadlineMs = 5000 }
lines = ["EMA_20", "EMA_50"]
order = { type = "limit", offset = { type = "atr", value = 2, period = 14 }, expiryBars = 5 }
"#,
    r#"
builtin = "ema_cross"
parameters = { fast = 20 }
"#,
];

const BUILTINS: [&str; 2] = [
    r#"
builtin = "atr_breakout"
parameters = { multiplier = 1.5 }
"#,
    r#"
builtin = "swing_trend_momentum"
parameters = { baseBasket = [{ symbol = "EURUSD" }], quoteBasket = [{ symbol = "EURUSD", inverted = true }] }
"#,
];

/// Whole sessions.
pub fn all() -> Vec<toml::Table> {
    let read = |text: &str| -> toml::Table {
        toml::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
    };
    let parts = PARTS.iter().map(|part| read(&format!("{TOP}{part}")));
    let of_rules = RULES.iter().chain(&BUILTINS).map(|rules| {
        let rules = format!("[strategy.rules]\n{}", rules.trim_start());
        read(&format!("{TOP}symbols = [\"EURUSD\", \"GBPUSD\"]\nnews = \"calendar.csv\"\n{STRATEGY}{}\n{rules}", SETTINGS[0]))
    });
    let settings = SETTINGS.iter().map(|settings| {
        let rules =
            "[strategy.rules]\nbuiltin = \"ema_cross\"\nparameters = { stopLossPips = 10 }\n";
        read(&format!("{TOP}symbols = [\"EURUSD\"]\n{STRATEGY}{settings}\n{rules}"))
    });
    parts.chain(of_rules).chain(settings).collect()
}
