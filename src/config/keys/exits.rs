//! The keys of exits, stops, sizing and filters.

use super::row::{KeySection, is, needed, none};

/// Where the rules say what becomes of positions: R4 says it beside its conditions.
const MANAGED: &[&str] = &["strategy[].rules.exit", "strategy[].rules"];
/// Where a distance may be a table of a type and a value.
const DISTANCES: &[&str] = &[
    "strategy[].rules.exit.stopLoss",
    "strategy[].rules.exit.takeProfit",
    "strategy[].rules.exit.trailing.distance",
    "strategy[].rules.exit.trailing.step",
    "strategy[].rules.exit.trailing.activateAfter",
    "strategy[].rules.stopLoss",
    "strategy[].rules.takeProfit",
    "strategy[].rules.trailingStop.distance",
    "strategy[].rules.trailingStop.step",
    "strategy[].rules.trailingStop.activateAfter",
    "strategy[].rules.entry.order.offset",
    "strategy[].rules.entryOrder.offset",
    "strategy[].rules.order.offset",
];
const TRAILING: &[&str] = &["strategy[].rules.exit.trailing", "strategy[].rules.trailingStop"];
const VOLATILITY: &[&str] =
    &["strategy[].rules.filters.volatility", "strategy[].rules.volatilityFilter"];
const REGIME: &[&str] = &["strategy[].rules.filters.regime", "strategy[].rules.regimeDetection"];
const MEASURED: &[&str] = &[
    "strategy[].rules.filters.volatility",
    "strategy[].rules.volatilityFilter",
    "strategy[].rules.filters.regime",
    "strategy[].rules.regimeDetection",
];
const SESSIONS: &[&str] = &["strategy[].rules.filters.session", "strategy[].rules.sessionFilter"];
const NEWS: &[&str] = &["strategy[].rules.filters.news", "strategy[].rules.newsFilter"];
const SPREAD: &[&str] = &["strategy[].rules.filters.spread", "strategy[].rules.spreadFilter"];
const CORRELATION: &[&str] =
    &["strategy[].rules.filters.correlation", "strategy[].rules.correlationFilter"];

pub(super) const SECTIONS: &[KeySection] = &[
    KeySection {
        title: "Exits: a signal the other way",
        places: &["strategy[].rules.exit"],
        rule: "executor 3.1",
        keys: keys! {
            "type", "", is(r#""none""#), "opposite_signal, reverse or none", r#""opposite_signal""# => "What a signal the other way does. opposite_signal closes what is open, and no position the other way follows by itself; reverse closes it and enters; none leaves it.";
        },
    },
    KeySection {
        title: "Exits: R1's trailing stop",
        places: &["strategy[].rules.exit"],
        rule: "executor 3.1, R1",
        keys: keys! {
            "trailingStop", "", is("false"), "true or false", "true" => "Whether the stop loss trails.";
            "trailingStopDistance", "pips", none("needed with trailingStop = true"), "above 0; needs trailingStop", "12" => "How far behind the best price it trails.";
        },
    },
    KeySection {
        title: "Exits: the trailing stop of the other forms",
        places: &["strategy[].rules.exit"],
        rule: "executor 3.4",
        keys: keys! {
            "trailing", "", none("it stays where it is"), "{ enabled, distance, step, activateAfter }", "{ enabled = true, distance = 12, step = 1, activateAfter = 15 }" => "The stop loss that follows the price; it only ever tightens.";
        },
    },
    KeySection {
        title: "Exits: R4's trailing stop",
        places: &["strategy[].rules"],
        rule: "executor 3.1, R4",
        keys: keys! {
            "trailingStop", "", none("it stays where it is"), "{ enabled, distance, step, activateAfter }", "{ enabled = true, distance = 12, step = 1 }" => "The stop loss that follows the price; it only ever tightens.";
        },
    },
    KeySection {
        title: "Exits: stops and times",
        places: MANAGED,
        rule: "executor 3.4",
        keys: keys! {
            "stopLoss", "pips", none("no stop loss"), "above 0; in all forms but R1 also { type, value }", "10" => "The stop loss, from the price of the entry's side. A pip is 0.0001 for EURUSD, 0.01 for USDJPY, 0.1 for gold (symbol.NAME.pip).";
            "takeProfit", "pips", none("no take profit"), "above 0; in all forms but R1 also { type, value }", "20" => "The take profit, from the price of the entry's side.";
            "closeAt", "", none("at no time"), "{ time, timezone, daysOfWeek }, { session, daysOfWeek }, or a list of these", r#"{ time = "20:45", timezone = "Europe/London" }"# => "When everything of the strategy is closed, and its pending orders are removed.";
            "closeBeforeWeekend", "minutes", none("held over weekends"), "from 1 to 1440", "60" => "How long before the end of Friday, by the server's clock, everything is closed.";
        },
    },
    KeySection {
        title: "Exits: management, in all forms but R1",
        places: MANAGED,
        rule: "executor 3.4",
        keys: keys! {
            "breakeven", "", none("the stop loss stays"), "{ enabled, triggerPips, lockPips }", "{ enabled = true, triggerPips = 10, lockPips = 1 }" => "When the stop loss is drawn to the entry.";
            "partialClose", "", none("closed as a whole"), "{ enabled, levels }", "{ levels = [{ percent = 50, atPips = 12 }] }" => "Parts that are closed on the way.";
            "maxHoldingMinutes", "minutes", none("held without end"), "a whole number from 1", "240" => "The longest time that a position is held.";
        },
    },
    KeySection {
        title: "Times at which everything is closed",
        places: &["strategy[].rules.exit.closeAt", "strategy[].rules.closeAt"],
        rule: "executor 3.4",
        keys: keys! {
            "time", "", none("needed, or session"), "from 00:00 to 24:00", r#""20:45""# => "A time of day.";
            "timezone", "", none("the server's clock"), "a zone such as Europe/London; with time", r#""Europe/London""# => "The clock that shows it.";
            "session", "", none("time says it"), "sydney, tokyo, london or newyork", r#""london""# => "The session at whose end everything is closed.";
            "daysOfWeek", "", none("every day"), "a list from 1 (Monday) to 7 (Sunday)", "[1, 2, 3, 4, 5]" => "The days on which it holds.";
        },
    },
    KeySection {
        title: "Distances with a type",
        places: DISTANCES,
        rule: "executor 3.4",
        keys: keys! {
            "type", "", needed(), "pips (fixed), points, percent, price or atr; ratio (of the stop loss) for a take profit", r#""atr""# => "How the distance is measured.";
            "value", "as the type says", needed(), "above 0", "2" => "How far.";
            "period", "bars", is("14"), "a whole number from 1; of the type atr", "14" => "The period of the average true range.";
            "minPips", "pips", none("no bound"), "above 0", "5" => "The distance is no shorter.";
            "maxPips", "pips", none("no bound"), "above 0", "40" => "The distance is no longer.";
            "enabled", "", is("true"), "true or false, of a stop loss or take profit", "true" => "Whether there is one.";
        },
    },
    KeySection {
        title: "Trailing stops",
        places: TRAILING,
        rule: "executor 3.4",
        keys: keys! {
            "enabled", "", needed(), "true or false", "true" => "Whether it trails.";
            "distance", "pips", needed(), "above 0, or { type, value }", "12" => "How far behind the best price.";
            "step", "pips", none("every improvement"), "above 0, or { type, value }", "1" => "The least improvement that moves it.";
            "activateAfter", "pips", none("at once"), "above 0, or { type, value }", "15" => "The profit from which on it trails.";
        },
    },
    KeySection {
        title: "Break-even",
        places: &["strategy[].rules.exit.breakeven", "strategy[].rules.breakeven"],
        rule: "executor 3.4",
        keys: keys! {
            "enabled", "", needed(), "true or false", "true" => "Whether the stop loss is drawn.";
            "triggerPips", "pips", needed(), "above 0", "10" => "The profit at which it is drawn.";
            "lockPips", "pips", is("0"), "from 0 to less than triggerPips", "1" => "The profit that it locks in.";
        },
    },
    KeySection {
        title: "Partial closes",
        places: &["strategy[].rules.exit.partialClose", "strategy[].rules.partialClose"],
        rule: "executor 3.4",
        keys: keys! {
            "enabled", "", is("true"), "true or false", "true" => "Whether parts are closed.";
            "levels", "", needed(), "a list of { percent, atPips }, farther and farther", "[{ percent = 50, atPips = 12 }]" => "The parts.";
        },
    },
    KeySection {
        title: "A part that is closed",
        places: &[
            "strategy[].rules.exit.partialClose.levels[]",
            "strategy[].rules.partialClose.levels[]",
        ],
        rule: "executor 3.4",
        keys: keys! {
            "percent", "percent of what was opened", needed(), "above 0; all levels at most 100", "50" => "How much is closed.";
            "atPips", "pips", needed(), "more than at the level before", "12" => "The profit at which it is closed.";
        },
    },
    KeySection {
        title: "R4's sizing",
        places: &["strategy[].rules.positionSizing"],
        rule: "executor 3.4",
        keys: keys! {
            "mode", "", is(r#""fixed""#), "fixed, risk_percent, atr, kelly or equity_fraction", r#""risk_percent""# => "How the volume of an entry is found.";
            "type", "", is(r#""fixed""#), "as mode", r#""fixed""# => "Another name of mode.";
            "maxPositions", "positions", none("limits.max_open_trades_default"), "a whole number from 1", "1" => "The most positions of the strategy at once.";
            "lots", "lots", none("limits.lots_default"), "above 0; with mode fixed", "0.1" => "The volume.";
            "lotSize", "lots", none("limits.lots_default"), "above 0; with mode fixed", "0.1" => "Another name of lots.";
            "value", "lots or percent", none("as lots, or percent"), "above 0; with mode fixed, risk_percent or equity_fraction", "0.1" => "Another name of lots, or of percent.";
            "percent", "percent of the equity", none("needed with its modes"), "above 0, at most 100 but for equity_fraction; with mode risk_percent, atr or equity_fraction", "0.5" => "What an entry loses at its stop loss (over the range with atr), or what it is worth without leverage.";
            "period", "bars", is("14"), "a whole number from 1; with mode atr", "14" => "The period of the average true range.";
            "multiple", "average true ranges", none("needed with mode atr"), "above 0; with mode atr", "2" => "Over how many of them the loss is measured.";
            "winRate", "percent", none("needed with mode kelly"), "above 0, at most 100; with mode kelly", "55" => "How many of the trades win.";
            "rewardRatio", "times a loss", none("needed with mode kelly"), "above 0; with mode kelly", "1.5" => "What a win is worth.";
            "fraction", "percent of the formula", is("100"), "above 0, at most 100; with mode kelly", "20" => "The part of what Kelly's formula says.";
            "maxPercent", "percent of the equity", none("needed with mode kelly"), "above 0, at most 100; with mode kelly", "1" => "The most that is risked, whatever the formula says.";
            "drawdown", "", none("sizes do not shrink"), "{ from, to, least }; not with mode fixed", "{ from = 2, to = 10, least = 20 }" => "How sizes shrink with a drawdown.";
        },
    },
    KeySection {
        title: "Sizes that shrink",
        places: &["strategy[].rules.positionSizing.drawdown"],
        rule: "executor 3.4",
        keys: keys! {
            "from", "percent below the highest balance", needed(), "above 0, less than to", "2" => "Up to here sizes are whole.";
            "to", "percent below the highest balance", needed(), "above from", "10" => "From here on they are smallest.";
            "least", "percent of the size", needed(), "above 0, at most 100", "20" => "How much of them is left then.";
        },
    },
    KeySection {
        title: "Filters of R1, R3, R5, built-in strategies and code",
        places: &["strategy[].rules.filters"],
        rule: "executor 3.1",
        keys: keys! {
            "timeRange", "", none("all day"), "{ start, end, timezone }", r#"{ start = "08:00", end = "17:00", timezone = "Europe/London" }"# => "The hours in which signals enter.";
            "daysOfWeek", "", none("every day"), "a list from 1 (Monday) to 7 (Sunday)", "[1, 2, 3, 4, 5]" => "The days on which signals enter, by the clock of timeRange.";
            "session", "", none("in all sessions"), "{ sessions }", r#"{ sessions = ["london", "newyork"] }"# => "The sessions of the market in which signals enter.";
            "news", "", none("through news"), "{ minutesBefore, minutesAfter, impact, currencies }; needs a calendar", "{ minutesBefore = 30, minutesAfter = 15 }" => "The time around news in which signals do not enter.";
            "spread", "", none("at any spread"), "{ maxSpreadPips } or { maxSpreadPoints }", "{ maxSpreadPips = 2 }" => "The widest spread at which signals enter.";
            "volatility", "", none("at any volatility"), "{ period, timeframe, minPips, maxPips, slowPeriod, minRatio, maxRatio }", "{ minPips = 0.5, maxPips = 50 }" => "The average true range with which signals enter.";
            "regime", "", none("in any regime"), "{ period, timeframe, minAdx, maxAdx, slowPeriod, minRatio, maxRatio }", "{ minAdx = 20 }" => "The ADX, or the average true range against a slower one, with which signals enter.";
            "correlation", "", none("at any correlation"), "{ symbol, period, min, max, timeframe }", r#"{ symbol = "GBPUSD", period = 50, min = 0.5 }"# => "How the closes must move with those of another symbol.";
        },
    },
    KeySection {
        title: "Filters of R4",
        places: &["strategy[].rules.filters[]"],
        rule: "executor 3.1, R4",
        keys: keys! {
            "id", "", none("nothing"), "any text", r#""hours""# => "For people.";
            "type", "", needed(), "timeRange, daysOfWeek, session, news, spread, volatility, regime or correlation", r#""spread""# => "Which filter it is.";
            "enabled", "", is("true"), "true or false", "true" => "Whether it counts.";
            "config", "", needed(), "the keys of that filter; { days, timezone } for daysOfWeek", "{ maxSpreadPips = 2 }" => "What it says.";
        },
    },
    KeySection {
        title: "Filters of R2",
        places: &["strategy[].rules"],
        rule: "executor 3.1, R2",
        keys: keys! {
            "sessionFilter", "", none("in all sessions"), "{ enabled, sessions }", r#"{ enabled = true, sessions = ["london"] }"# => "The sessions of the market in which signals enter.";
            "newsFilter", "", none("through news"), "{ enabled, minutesBefore, minutesAfter, impact, currencies }", "{ enabled = true, minutesBefore = 30, minutesAfter = 15 }" => "The time around news in which signals do not enter.";
            "spreadFilter", "", none("at any spread"), "{ enabled, maxSpread } in pips, or { enabled, maxSpreadPoints }", "{ enabled = true, maxSpread = 2 }" => "The widest spread at which signals enter.";
            "volatilityFilter", "", none("at any volatility"), "{ enabled, … } as filters.volatility", "{ enabled = true, minPips = 0.5 }" => "The average true range with which signals enter.";
            "regimeDetection", "", none("in any regime"), "{ enabled, … } as filters.regime", "{ enabled = true, minAdx = 20 }" => "The ADX, or the average true range against a slower one, with which signals enter.";
            "correlationFilter", "", none("at any correlation"), "{ enabled, … } as filters.correlation", r#"{ enabled = true, symbol = "GBPUSD", period = 50, min = 0.5 }"# => "How the closes must move with those of another symbol.";
        },
    },
    KeySection {
        title: "Filters can be switched off",
        places: &[
            "strategy[].rules.filters.timeRange",
            "strategy[].rules.filters.session",
            "strategy[].rules.filters.news",
            "strategy[].rules.filters.spread",
            "strategy[].rules.filters.volatility",
            "strategy[].rules.filters.regime",
            "strategy[].rules.filters.correlation",
            "strategy[].rules.sessionFilter",
            "strategy[].rules.newsFilter",
            "strategy[].rules.spreadFilter",
            "strategy[].rules.volatilityFilter",
            "strategy[].rules.regimeDetection",
            "strategy[].rules.correlationFilter",
        ],
        rule: "executor 3.1",
        keys: keys! {
            "enabled", "", none("true; needed in R2"), "true or false", "true" => "Whether the filter counts.";
        },
    },
    KeySection {
        title: "Hours",
        places: &["strategy[].rules.filters.timeRange"],
        rule: "executor 3.1",
        keys: keys! {
            "start", "", needed(), "from 00:00 to 24:00", r#""08:00""# => "The first minute.";
            "end", "", needed(), "from 00:00 to 24:00, not start; before start it is on the next day", r#""17:00""# => "The minute at which it is over.";
            "timezone", "", none("the server's clock"), "a zone such as Europe/London", r#""Europe/London""# => "The clock that shows these times.";
        },
    },
    KeySection {
        title: "Sessions",
        places: SESSIONS,
        rule: "executor 3.1",
        keys: keys! {
            "sessions", "", needed(), "a list of sydney, tokyo, london and newyork", r#"["london", "newyork"]"# => "The sessions in which signals enter.";
        },
    },
    KeySection {
        title: "News",
        places: NEWS,
        rule: "executor 3.1",
        keys: keys! {
            "minutesBefore", "minutes", needed(), "from 0 to 10080; one of the two above 0", "30" => "How long before the news it begins.";
            "minutesAfter", "minutes", needed(), "from 0 to 10080; one of the two above 0", "15" => "How long after the news it is over.";
            "impact", "", is(r#""high""#), "low, medium or high", r#""medium""# => "The least impact that counts.";
            "currencies", "", none("both currencies of the symbol"), "a list of currencies", r#"["USD"]"# => "The currencies that count.";
        },
    },
    KeySection {
        title: "The spread",
        places: SPREAD,
        rule: "executor 3.1",
        keys: keys! {
            "maxSpreadPips", "pips", none("needed, or maxSpreadPoints"), "above 0", "2" => "The widest spread.";
            "maxSpreadPoints", "points", none("needed, or maxSpreadPips"), "a whole number from 1", "20" => "The widest spread.";
        },
    },
    KeySection {
        title: "R2's spread",
        places: &["strategy[].rules.spreadFilter"],
        rule: "executor 3.1, R2",
        keys: keys! {
            "maxSpread", "pips", none("needed, or maxSpreadPoints"), "above 0", "2" => "The widest spread; another name of maxSpreadPips.";
        },
    },
    KeySection {
        title: "Volatility",
        places: VOLATILITY,
        rule: "executor 3.1",
        keys: keys! {
            "minPips", "pips", none("no bound"), "above 0", "0.5" => "The least average true range.";
            "maxPips", "pips", none("no bound"), "above 0", "50" => "The largest average true range.";
        },
    },
    KeySection {
        title: "The regime",
        places: REGIME,
        rule: "executor 3.1",
        keys: keys! {
            "minAdx", "", none("no bound"), "above 0, at most 100", "20" => "The least ADX: below it there is no trend.";
            "maxAdx", "", none("no bound"), "above 0", "40" => "The largest ADX.";
        },
    },
    KeySection {
        title: "Volatility and regime",
        places: MEASURED,
        rule: "executor 3.1",
        keys: keys! {
            "period", "bars", is("14"), "a whole number from 1", "14" => "The period of the average true range, and of the ADX.";
            "timeframe", "", none("the strategy's"), "a timeframe such as H1", r#""H1""# => "The bars on which it is measured.";
            "slowPeriod", "bars", none("no ratio is measured"), "more than period; needs minRatio or maxRatio", "100" => "The period of the slower average true range.";
            "minRatio", "times the slower one", none("no bound"), "above 0; needs slowPeriod", "0.8" => "The least ratio.";
            "maxRatio", "times the slower one", none("no bound"), "above 0; needs slowPeriod", "2" => "The largest ratio.";
        },
    },
    KeySection {
        title: "Correlation",
        places: CORRELATION,
        rule: "executor 3.1",
        keys: keys! {
            "symbol", "", needed(), "one of `symbols`", r#""GBPUSD""# => "The other symbol.";
            "period", "changes from bar to bar", needed(), "from 3 to 1000", "50" => "Over how many changes it is taken.";
            "timeframe", "", none("the strategy's"), "a timeframe such as H1", r#""H1""# => "The bars whose closes are compared.";
            "min", "Pearson's", none("needed, or max"), "from -1 to 1", "0.5" => "The least correlation.";
            "max", "Pearson's", none("needed, or min"), "from -1 to 1", "0.9" => "The largest correlation.";
        },
    },
];
