//! The keys of rules: the forms that they have, their entries and conditions.

use super::row::{KeySection, is, needed, none};

/// Where conditions stand.
const CONDITIONS: &[&str] = &[
    "strategy[].rules.entry.conditions[]",
    "strategy[].rules.entry.conditions[].and[]",
    "strategy[].rules.entry.groups[].conditions[]",
    "strategy[].rules.entryConditions[]",
    "strategy[].rules.exitConditions[]",
    "strategy[].rules.entry.primary[]",
    "strategy[].rules.entry.confirmation[]",
];
const ENTRY_ORDERS: &[&str] =
    &["strategy[].rules.entry.order", "strategy[].rules.entryOrder", "strategy[].rules.order"];
const WORDS: &str = "greater_than (gt), greater_than_or_equal (gte), less_than (lt), less_than_or_equal (lte), equals (eq), between, outside, crosses_above, crosses_below, breaks_above, breaks_below, bullish or bearish";

pub(super) const SECTIONS: &[KeySection] = &[
    KeySection {
        title: "Rules: all forms",
        places: &["strategy[].rules"],
        rule: "executor 3.1",
        keys: keys! {
            "entry", "", none("needed, but in rules with entryConditions, builtin or strategy"), "a table in one of the forms: type = \"indicator_cross\" (R1), conditions (R2), groups (R3) or primary (R5)", r#"{ type = "indicator_cross", indicators = ["EMA_20", "EMA_50"], direction = "both" }"# => "When the strategy enters.";
            "exit", "", none("nothing closes a position"), "a table: see strategy.rules.exit.*", "{ stopLoss = 10, takeProfit = 20 }" => "When positions are closed; their stops.";
            "risk", "", none("what the settings say"), "a table, in R1: see strategy.rules.risk.*", "{ lotSize = 0.1, maxOpenTrades = 1 }" => "Volume and limits.";
            "riskManagement", "", none("what the settings say"), "a table, in all forms but R1 and R4: see strategy.rules.riskManagement.*", "{ lotSize = 0.1, maxPositions = 1 }" => "Volume and limits.";
            "filters", "", none("no filters"), "a table (see strategy.rules.filters.*); in R4 a list of { id, type, enabled, config }", "{ spread = { maxSpreadPips = 2 } }" => "What must be so for a signal to enter.";
            "parameters", "", none("the built-in strategy's own"), "a table: see strategy.rules.parameters.*; for `strategy` any names, with numbers", "{ fast = 12 }" => "The parameters of a built-in strategy, or of one in code.";
            "builtin", "", none("the rules are in another form"), "ema_cross, atr_breakout or swing_trend_momentum", r#""ema_cross""# => "A strategy that is built in: rules by a name.";
            "strategy", "", none("the rules are in another form"), "the name of a strategy in Rust, or { command, bars, deadlineMs }", r#"{ command = ["python3", "my.py"] }"# => "Leaves the decision to code.";
            "lines", "", none("none; needed for a strategy in Rust"), "a list of indicators", r#"["EMA_20", "EMA_50"]"# => "What the strategy in code reads.";
            "order", "", none("at the market"), "{ type, offset, expiryBars }, beside `strategy`", r#"{ type = "limit", offset = 2 }"# => "The order that an entry places.";
        },
    },
    KeySection {
        title: "Rules R1: two indicators cross",
        places: &["strategy[].rules.entry"],
        rule: "executor 3.1, R1",
        keys: keys! {
            "type", "", needed(), "indicator_cross", r#""indicator_cross""# => "The form of the rules.";
            "indicators", "", needed(), "exactly two different ones (`tickdeck explain indicators`)", r#"["EMA_20", "EMA_50"]"# => "The faster line, and the slower one.";
            "direction", "", needed(), "above (buys), below (sells) or both", r#""both""# => "Which crossings enter: the first line coming to stand above the second, or below it.";
            "confirmation", "times the average volume of 20 bars", is("false"), "true, a number up to 100, or { type = \"volume\", threshold }", "1.5" => "By how much the bar's tick volume must be above its average.";
        },
    },
    KeySection {
        title: "A volume confirmation",
        places: &[
            "strategy[].rules.entry.confirmation",
            "strategy[].rules.entry.conditions[].volumeConfirmation",
            "strategy[].rules.entry.groups[].conditions[].volumeConfirmation",
        ],
        rule: "executor 3.1",
        keys: keys! {
            "type", "", is(r#""volume""#), "volume", r#""volume""# => "What confirms.";
            "threshold", "times the average volume of 20 bars", needed(), "above 0, at most 100", "1.5" => "By how much the bar's tick volume must be above its average.";
        },
    },
    KeySection {
        title: "Rules R2: conditions",
        places: &["strategy[].rules.entry"],
        rule: "executor 3.1, R2",
        keys: keys! {
            "conditions", "", needed(), "a list of tables: see strategy.rules.entry.conditions.*", r#"[{ indicator = "rsi", period = 14, condition = "less_than", value = 30, side = "buy" }]"# => "The conditions of an entry, each for a side.";
        },
    },
    KeySection {
        title: "Rules R3: groups of conditions",
        places: &["strategy[].rules.entry"],
        rule: "executor 3.1, R3",
        keys: keys! {
            "groups", "", needed(), "a list of tables: see strategy.rules.entry.groups.*", r#"[{ name = "long_entry", conditions = [{ indicator = "rsi", condition = "lt", value = 30 }] }]"# => "Groups of conditions, one or more for each side.";
        },
    },
    KeySection {
        title: "Rules R2, R3 and R5: how conditions are joined",
        places: &["strategy[].rules.entry"],
        rule: "executor 3.1",
        keys: keys! {
            "logic", "", none("needed with several conditions; OR between groups of a side"), "AND or OR", r#""AND""# => "Whether all of them must hold, or one.";
        },
    },
    KeySection {
        title: "Rules R1, R2, R3 and R5: the order of an entry",
        places: &["strategy[].rules.entry"],
        rule: "executor 3.1",
        keys: keys! {
            "order", "", none("at the market"), "{ type, offset, expiryBars }", r#"{ type = "limit", offset = 2, expiryBars = 5 }"# => "The order that a signal places.";
        },
    },
    KeySection {
        title: "A group of conditions",
        places: &["strategy[].rules.entry.groups[]"],
        rule: "executor 3.1, R3",
        keys: keys! {
            "name", "", needed(), "long_entry (buys) or short_entry (sells)", r#""long_entry""# => "The side of the group.";
            "logic", "", none("needed with several conditions"), "AND or OR", r#""AND""# => "Whether all of them must hold, or one.";
            "conditions", "", needed(), "a list of tables: see strategy.rules.entry.groups.conditions.*", r#"[{ indicator = "rsi", condition = "lt", value = 30 }]"# => "The conditions.";
            "description", "", none("nothing"), "any text", r#""RSI is low""# => "For people.";
        },
    },
    KeySection {
        title: "Rules R5: conditions on a primary timeframe, confirmed on others",
        places: &["strategy[].rules"],
        rule: "executor 3.1, R5",
        keys: keys! {
            "primaryTimeframe", "", needed(), "the strategy's timeframe", r#""M5""# => "The timeframe of the primary conditions.";
            "confirmationTimeframes", "", none("none"), "a list of timeframes", r#"["H1"]"# => "The timeframes on which entries may be confirmed.";
        },
    },
    KeySection {
        title: "Rules R5: the entry",
        places: &["strategy[].rules.entry"],
        rule: "executor 3.1, R5",
        keys: keys! {
            "primary", "", needed(), "a list of tables: see strategy.rules.entry.primary.*", r#"[{ indicator = "rsi", condition = "lt", value = 30, side = "buy" }]"# => "The conditions on the strategy's own bars.";
            "confirmation", "", none("none"), "a list of tables: see strategy.rules.entry.confirmation.*", r#"[{ timeframe = "H1", condition = "bullish", side = "buy" }]"# => "The conditions on other timeframes.";
        },
    },
    KeySection {
        title: "Rules R5: what is required of a confirmation",
        places: &["strategy[].rules.entry.confirmation[]"],
        rule: "executor 3.1, R5",
        keys: keys! {
            "required", "", is("true"), "true: what is not required is left out", "true" => "That the confirmation must hold.";
        },
    },
    KeySection {
        title: "Rules R4: lists of conditions that can be switched off",
        places: &["strategy[].rules"],
        rule: "executor 3.1, R4",
        keys: keys! {
            "entryConditions", "", needed(), "a list of tables: see strategy.rules.entryConditions.*", r#"[{ type = "indicator", indicator = "rsi", comparison = "lt", value = 30 }]"# => "The conditions of an entry.";
            "entryLogic", "", none("needed with several conditions"), "AND or OR", r#""AND""# => "Whether all of them must hold, or one.";
            "entryOrder", "", none("at the market"), "{ type, offset, expiryBars }", r#"{ type = "limit", offset = 2 }"# => "The order that a signal places.";
            "exitConditions", "", none("nothing but stops and times closes a position"), "a list of tables: see strategy.rules.exitConditions.*", r#"[{ type = "indicator", indicator = "rsi", comparison = "gt", value = 70 }]"# => "The conditions that close what is open.";
            "exitLogic", "", none("needed with several conditions"), "AND or OR", r#""OR""# => "Whether all of them must hold, or one.";
            "side", "", none("each condition says it"), "buy (long), sell (short) or both", r#""buy""# => "The side of all conditions that name none.";
            "positionSizing", "", none("what the settings say"), "a table: see strategy.rules.positionSizing.*", r#"{ mode = "fixed", lots = 0.1 }"# => "How the volume of an entry is found.";
        },
    },
    KeySection {
        title: "Rules R4: conditions",
        places: &["strategy[].rules.entryConditions[]", "strategy[].rules.exitConditions[]"],
        rule: "executor 3.1, R4",
        keys: keys! {
            "comparison", "", needed(), WORDS, r#""lt""# => "The operator.";
            "id", "", none("nothing"), "any text", r#""dip""# => "For people.";
            "type", "", is(r#""indicator""#), "indicator, or price (of the close, unless an indicator is named)", r#""indicator""# => "What is compared.";
            "enabled", "", is("true"), "true or false", "true" => "Whether the condition counts.";
        },
    },
    KeySection {
        title: "Conditions of R2, R3 and R5",
        places: &[
            "strategy[].rules.entry.conditions[]",
            "strategy[].rules.entry.conditions[].and[]",
            "strategy[].rules.entry.groups[].conditions[]",
            "strategy[].rules.entry.primary[]",
            "strategy[].rules.entry.confirmation[]",
        ],
        rule: "executor 3.1",
        keys: keys! {
            "condition", "", needed(), WORDS, r#""crosses_above""# => "The operator. breaks_above is of what the other one was at the bar before.";
        },
    },
    KeySection {
        title: "Conditions of R2: what must hold besides",
        places: &[
            "strategy[].rules.entry.conditions[]",
            "strategy[].rules.entry.conditions[].and[]",
        ],
        rule: "executor 3.1, R2",
        keys: keys! {
            "and", "", none("nothing"), "a condition, or a list of them, without a side", r#"[{ indicator = "adx", period = 14, condition = "gt", value = 25 }]"# => "Conditions that must hold with this one.";
        },
    },
    KeySection {
        title: "Conditions of R2 and R3: by volume",
        places: &[
            "strategy[].rules.entry.conditions[]",
            "strategy[].rules.entry.conditions[].and[]",
            "strategy[].rules.entry.groups[].conditions[]",
        ],
        rule: "executor 3.1",
        keys: keys! {
            "volumeConfirmation", "times the average volume of 20 bars", is("false"), "true, a number up to 100, or { type = \"volume\", threshold }", "1.5" => "By how much the bar's tick volume must be above its average.";
        },
    },
    KeySection {
        title: "The side of a condition",
        places: &[
            "strategy[].rules.entry.conditions[]",
            "strategy[].rules.entryConditions[]",
            "strategy[].rules.exitConditions[]",
            "strategy[].rules.entry.primary[]",
            "strategy[].rules.entry.confirmation[]",
        ],
        rule: "executor 3.1",
        keys: keys! {
            "side", "", none("that of the rules (R4), or the description begins with BUY or SELL, or it is needed"), "buy (long), sell (short) or both", r#""buy""# => "The side that the condition is for.";
        },
    },
    KeySection {
        title: "All conditions",
        places: CONDITIONS,
        rule: "executor 3.1",
        keys: keys! {
            "indicator", "", none("the close, with bullish, bearish or type = \"price\""), "an indicator or price with or without its figures (`tickdeck explain indicators`)", r#""rsi""# => "What is compared. Its figures, such as `period`, may stand beside it.";
            "value", "", none("needed, or compareIndicator"), "a number, an indicator such as \"ema_50\", or [low, high] for between and outside", "30" => "What it is compared with.";
            "compareIndicator", "", none("value says it"), "an indicator; not beside value", r#""ema""# => "The other indicator.";
            "comparePeriod", "bars", none("as the indicator has it"), "a whole number; needs compareIndicator", "50" => "The period of the other indicator.";
            "compareParams", "", none("the defaults of its figures"), "a table of figures; needs compareIndicator", "{ period = 50 }" => "The figures of the other indicator.";
            "compareTimeframe", "", none("timeframe"), "a timeframe such as H1", r#""H1""# => "The bars of the other indicator.";
            "compareBarsAgo", "closed bars", is("0"), "from 0 to 1000", "1" => "How many bars ago the other indicator is read.";
            "multiplier", "times", none("1"), "above 0; for an indicator on the right", "1.5" => "By what the other indicator is multiplied.";
            "timeframe", "", none("the strategy's"), "a timeframe such as H1", r#""H1""# => "The bars of the indicator.";
            "symbol", "", none("the strategy's"), "one of `symbols`", r#""EURUSD""# => "The symbol whose bars are read.";
            "barsAgo", "closed bars", is("0"), "from 0 to 1000", "1" => "How many bars ago the indicator is read.";
            "params", "", none("the defaults of its figures"), "a table of figures", "{ period = 14 }" => "The figures of the indicator.";
            "description", "", none("nothing"), "any text; BUY or SELL at its beginning says the side where nothing else does", r#""RSI is low""# => "For people.";
        },
    },
    KeySection {
        title: "The order of an entry",
        places: ENTRY_ORDERS,
        rule: "executor 3.1",
        keys: keys! {
            "type", "", needed(), "market, limit or stop", r#""limit""# => "The kind of order.";
            "offset", "pips", none("needed for limit and stop"), "above 0, or { type, value } as a stop loss has it", "2" => "How far from the quote a pending order is placed.";
            "expiryBars", "bars", none("until it is removed"), "from 1 to 10000", "5" => "After how many bars the server ends the order.";
        },
    },
    KeySection {
        title: "A strategy in another process",
        places: &["strategy[].rules.strategy"],
        rule: "executor 3.5",
        keys: keys! {
            "command", "", needed(), "a list of texts", r#"["python3", "my.py"]"# => "The program and its arguments; it runs in the directory of the session file.";
            "deadlineMs", "milliseconds", is("5000"), "a whole number from 1", "5000" => "How long an answer is awaited.";
            "bars", "closed bars", is("1"), "from 1 to 1000", "50" => "How many bars a question has.";
        },
    },
    KeySection {
        title: "Parameters of the built-in ema_cross",
        places: &["strategy[].rules.parameters"],
        rule: "executor 3.5, ema_cross",
        keys: keys! {
            "fast", "bars", is("20"), "a whole number from 1", "12" => "The period of the faster average.";
            "slow", "bars", is("50"), "a whole number from 1", "26" => "The period of the slower average.";
            "stopLossPips", "pips", none("no stop loss"), "above 0", "15" => "The stop loss.";
            "takeProfitPips", "pips", none("no take profit"), "above 0", "30" => "The take profit.";
        },
    },
    KeySection {
        title: "Parameters of the built-in atr_breakout",
        places: &["strategy[].rules.parameters"],
        rule: "executor 3.5, atr_breakout",
        keys: keys! {
            "smaPeriod", "bars", is("20"), "a whole number from 1", "20" => "The period of the average from which a breakout is measured.";
            "atrPeriod", "bars", is("14"), "a whole number from 1", "14" => "The period of the average true range.";
            "multiplier", "average true ranges", is("2"), "above 0", "1.5" => "How far from the average a close enters.";
            "stopMultiplier", "average true ranges", is("2"), "above 0", "1" => "The stop loss.";
            "profitMultiplier", "average true ranges", is("4"), "above 0", "2" => "The take profit.";
        },
    },
    KeySection {
        title: "Parameters of the built-in swing_trend_momentum",
        places: &["strategy[].rules.parameters"],
        rule: "executor 3.5, swing_trend_momentum",
        keys: keys! {
            "timeframe", "", is(r#""M5""#), "the strategy's timeframe", r#""M5""# => "The timeframe of the entries.";
            "trendTimeframe", "", is(r#""H1""#), "longer than timeframe", r#""H4""# => "The timeframe of the trends.";
            "rangeTimeframe", "", is(r#""D1""#), "a timeframe", r#""D1""# => "The timeframe of the average range that says the stop loss.";
            "rangePeriod", "bars", is("10"), "a whole number from 1", "10" => "The period of that range.";
            "profitRatio", "times the stop loss", is("2"), "above 0", "2" => "The take profit.";
            "baseBasket", "", none("the strategy's own symbol"), "a list of { symbol, inverted }", r#"[{ symbol = "EURUSD" }]"# => "The symbols that tell the trend of the base currency.";
            "quoteBasket", "", none("the strategy's own symbol, inverted"), "a list of { symbol, inverted }", r#"[{ symbol = "EURUSD", inverted = true }]"# => "The symbols that tell the trend of the quote currency.";
        },
    },
    KeySection {
        title: "A symbol of a basket",
        places: &[
            "strategy[].rules.parameters.baseBasket[]",
            "strategy[].rules.parameters.quoteBasket[]",
        ],
        rule: "executor 3.5, swing_trend_momentum",
        keys: keys! {
            "symbol", "", needed(), "one of `symbols`", r#""EURUSD""# => "The symbol.";
            "inverted", "", is("false"), "true or false", "true" => "Whether it quotes in the currency.";
        },
    },
];
