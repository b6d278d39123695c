//! The keys of the executor's limits, and of those of the account.

use super::row::{KeySection, is, needed, none};

pub(super) const SECTIONS: &[KeySection] = &[
    KeySection {
        title: "The executor's deadlines, pauses, defaults and caps",
        places: &["limits"],
        rule: "session 8",
        keys: keys! {
            "request_deadline_msc", "milliseconds", is("30000"), "above 0", "30000" => "How long an answer is awaited; then the outcome of the request is UNKNOWN.";
            "unknown_window_msc", "milliseconds", is("60000"), "above 0", "60000" => "How long after its deadline, connected and synced, an UNKNOWN request may be concluded absent.";
            "unknown_poll_msc", "milliseconds", is("5000"), "above 0", "5000" => "The pause between two searches for an UNKNOWN request.";
            "retry_pauses_msc", "milliseconds", is("[500, 1000, 2000]"), "at most 10 numbers", "[500, 1000, 2000]" => "The pauses before each further attempt at an entry; as many attempts as pauses.";
            "stop_deadline_msc", "milliseconds", is("60000"), "above 0", "60000" => "How long a STOP may take to be flat before it is reported as failed; it goes on trying.";
            "command_deadline_msc", "milliseconds", is("60000"), "above 0", "60000" => "How long a command about positions or orders may take before it is reported as not done.";
            "goal_pause_max_msc", "milliseconds", is("60000"), "above 0", "60000" => "The longest pause between two attempts to close or change something.";
            "stops_tries_max", "attempts", is("3"), "a whole number from 0", "3" => "How often a position's missing stops are asked for; after that the position is closed.";
            "exit_overdue_msc", "milliseconds", is("60000"), "above 0", "60000" => "After which time an exit that has not been reached raises an alert.";
            "data_deadline_msc", "milliseconds", is("15000"), "above 0", "15000" => "After which time without an answer data are requested again.";
            "reread_msc", "milliseconds", is("2000"), "above 0", "2000" => "How long after the last news of a trade the account is read again.";
            "ledger_ids_max", "ids", is("10000"), "above 0", "10000" => "How many ids of commands are remembered.";
            "ledger_age_msc", "milliseconds", is("2592000000"), "above 0", "2592000000" => "How long the id of a command is remembered (30 days); an older command fails with TOO_OLD.";
            "lots_default", "lots", none("a strategy must say its volume"), "above 0, not above lots_max", "0.01" => "The volume of an entry where neither rules nor settings give one.";
            "lots_max", "lots", none("no cap"), "above 0", "5" => "The largest volume of an entry, which no rule or setting raises.";
            "max_open_trades_default", "positions", is("1"), "above 0", "1" => "The most positions of a strategy where neither rules nor settings say it.";
            "max_open_trades_account", "positions", none("no cap"), "a whole number", "6" => "The most positions of ours on the account, of strategies and commands together.";
            "emergency_closes_foreign", "", is("false"), "true or false", "true" => "Whether an emergency closes every position of the account, not only ours.";
            "deviation", "points", is("20"), "a whole number from 0", "20" => "The largest accepted deviation from the requested price, in instant and request execution.";
            "near_stops", "", is(r#""refuse""#), "refuse, widen or send", r#""widen""# => "What is done with an entry whose stops would be too close to the market: none is made, the stop is moved out, or the server decides.";
            "history_bars_max", "bars", is("50000"), "above 0", "50000" => "The most bars of history that may be requested.";
            "strategies_max", "strategies", is("10000"), "above 0", "10000" => "The most strategies that run at once.";
            "strategy", "", none("a strategy is limited by its settings and rules alone"), "a table: see limits.strategy.*", "{ max_daily_trades = 10 }" => "The limits of each strategy for which neither settings nor rules say anything else.";
            "stop_retry_msc", "", none("nothing"), "a whole number", "1000" => "A setting of earlier versions: still read, without effect.";
        },
    },
    KeySection {
        title: "Limits of strategies that say none themselves",
        places: &["limits.strategy"],
        rule: "executor 4",
        keys: keys! {
            "max_daily_trades", "entries", none("not limited"), "above 0", "10" => "The most entries of a strategy in a trading day.";
            "max_daily_loss", "", none("not limited"), "money, percent_of_equity, percent_of_balance or percent_of_initial", "{ percent_of_equity = 1 }" => "What a strategy may lose in a trading day, closed and floating.";
            "max_drawdown", "", none("not limited"), "money, percent_of_balance or percent_of_initial", "{ money = 250 }" => "How far what a strategy has made may fall below its highest.";
            "loss_streak", "", none("no rest"), "{ losses, pause_minutes }", "{ losses = 3, pause_minutes = 90 }" => "The losses in a row after which it rests.";
            "cooldown", "", none("no rest"), "{ minutes, after }", r#"{ minutes = 30, after = "loss" }"# => "How long it rests after it has closed a position.";
            "flatten", "", is("false"), "true or false", "true" => "Whether its positions are closed when it comes to a limit on its losses.";
        },
    },
    KeySection {
        title: "What a strategy may lose",
        places: &["limits.strategy.max_daily_loss", "limits.strategy.max_drawdown"],
        rule: "executor 4",
        keys: keys! {
            "money", "deposit currency", none("another form"), "above 0", "250" => "An amount.";
            "percent_of_balance", "percent", none("another form"), "above 0, at most 100", "2" => "A part of the balance when the day began, or when the strategy was first valued.";
            "percent_of_initial", "percent", none("another form"), "above 0, at most 100", "2" => "A part of the account's initial balance.";
        },
    },
    KeySection {
        title: "What a strategy may lose in a day",
        places: &["limits.strategy.max_daily_loss"],
        rule: "executor 4",
        keys: keys! {
            "percent_of_equity", "percent", none("another form"), "above 0, at most 100", "1" => "A part of the account's equity when the day began.";
        },
    },
    KeySection {
        title: "A rest after losses",
        places: &["limits.strategy.loss_streak"],
        rule: "executor 4",
        keys: keys! {
            "losses", "positions", needed(), "above 0", "3" => "How many positions, closed one after the other, lost.";
            "pause_minutes", "minutes", needed(), "from 1 to 527040", "90" => "How long nothing is entered after the last of them.";
        },
    },
    KeySection {
        title: "A rest after a close",
        places: &["limits.strategy.cooldown"],
        rule: "executor 4",
        keys: keys! {
            "minutes", "minutes", needed(), "from 1 to 527040", "30" => "How long nothing is entered.";
            "after", "", needed(), "loss or close", r#""loss""# => "After which closed positions.";
        },
    },
    KeySection {
        title: "Limits on the account",
        places: &["risk"],
        rule: "executor 4, MT5 reference 9",
        keys: keys! {
            "propfirm", "", none("the limits beside it alone"), "ftmo-1-step, ftmo-2-step, futures-trailing, the5ers-high-stakes, or a file .toml", r#""ftmo-2-step""# => "A set of limits that is built in, or a file of your own (fixtures/propfirm/template.toml).";
            "day_cut", "", none("the server's midnight"), "{ time, zone }", r#"{ time = "00:00", zone = "Europe/Prague" }"# => "When a trading day begins.";
            "initial_balance", "deposit currency", none("the first balance that the account reports"), "above 0", "100000" => "From where static limits count.";
            "flatten", "", is("false"), "true or false", "true" => "Whether everything of ours is closed when the account reaches a limit on its losses.";
            "daily_loss", "", none("not limited"), "a list of tables: see risk.daily_loss.*", r#"[{ size = { percent_of_initial = 5 }, anchor = "balance", floating = true, judged = "within" }]"# => "What a day may lose.";
            "max_loss", "", none("not limited"), "a list of tables: see risk.max_loss.*", r#"[{ size = { percent_of_initial = 10 }, mode = "static_initial" }]"# => "What may be lost at all.";
            "max_daily_trades", "entries", none("not limited"), "above 0", "20" => "The most entries of a trading day, whatever became of them.";
            "max_open_trades_symbol", "positions", none("not limited"), "above 0", "2" => "The most positions of one symbol.";
            "max_lots_symbol", "lots", none("not limited"), "above 0", "2" => "The largest volume of one symbol, both sides together.";
            "max_lots_total", "lots", none("not limited"), "above 0", "5" => "The largest volume of all symbols together.";
            "max_margin_use", "percent of the equity", none("not limited"), "above 0", "30" => "The most margin, held and still needed.";
            "max_portfolio_risk", "percent of the equity", none("not limited"), "above 0", "3" => "What everything of ours may lose at its stops.";
            "max_correlated", "", none("not limited"), "{ lots, correlation, bars, timeframe }", r#"{ lots = 2, correlation = 0.7, bars = 50, timeframe = "H1" }"# => "The most lots that go one way in symbols that move with each other.";
            "flat_weekend", "", none("held over weekends"), "{ from, until, zone }", r#"{ from = "Fri 21:45", until = "Sun 22:00" }"# => "The part of the week in which nothing is held.";
            "flat_news", "", none("held through news"), "{ minutes_before, minutes_after, impact, currencies }; needs a calendar", r#"{ minutes_before = 5, minutes_after = 5, impact = "high" }"# => "The time around news in which nothing is held that it is about.";
            "profit_target", "", none("nothing is to be earned"), "money, or percent_of_initial", "{ percent_of_initial = 10 }" => "What is to be earned: nothing is entered once the equity has come to it.";
            "min_trading_days", "days", none("none"), "above 0", "4" => "The fewest trading days it takes to pass. It stops nothing.";
            "consistency", "percent of the profit", none("none"), "above 0, at most 100", "40" => "The most that the best day may make of the whole profit, to pass. It stops nothing.";
        },
    },
    KeySection {
        title: "The trading day",
        places: &["risk.day_cut"],
        rule: "executor 4",
        keys: keys! {
            "time", "", is(r#""00:00""#), "from 00:00 to 23:59", r#""17:00""# => "The time at which a day begins.";
            "zone", "", none("the server's clock"), "a zone such as Europe/Prague", r#""Europe/Prague""# => "The clock that shows it.";
        },
    },
    KeySection {
        title: "What a day may lose",
        places: &["risk.daily_loss[]"],
        rule: "executor 4",
        keys: keys! {
            "size", "", needed(), "money, percent_of_initial or percent_of_anchor", "{ money = 250 }" => "How much may be lost.";
            "anchor", "", needed(), "balance, equity, greater or high", r#""equity""# => "From where on: the balance or the equity at the day cut, the greater of them, or the day's highest equity.";
            "floating", "", needed(), "true or false", "true" => "Whether the floating profit counts; else the balance alone does.";
            "judged", "", needed(), "within or at_end", r#""within""# => "At every tick, or at the day cut alone.";
        },
    },
    KeySection {
        title: "What may be lost at all",
        places: &["risk.max_loss[]"],
        rule: "executor 4",
        keys: keys! {
            "size", "", needed(), "money, percent_of_initial or percent_of_anchor", "{ percent_of_initial = 10 }" => "How much may be lost.";
            "mode", "", needed(), "static_initial, trailing_eod_balance, trailing_intraday_equity or trailing_until_initial", r#""static_initial""# => "From where on: the initial balance, the highest balance at a day cut, the highest equity, or this until the floor has come to the initial balance.";
            "lock", "deposit currency", none("0 for trailing_until_initial, else the floor rises without end"), "a number; for a floor that trails", "100" => "The floor rises no higher than the initial balance plus this.";
        },
    },
    KeySection {
        title: "Sizes of a loss",
        places: &["risk.daily_loss[].size", "risk.max_loss[].size"],
        rule: "executor 4",
        keys: keys! {
            "money", "deposit currency", none("another form"), "above 0", "250" => "An amount.";
            "percent_of_initial", "percent", none("another form"), "above 0, at most 100", "5" => "A part of the initial balance.";
            "percent_of_anchor", "percent", none("another form"), "above 0, at most 100", "5" => "A part of what the loss is measured from.";
        },
    },
    KeySection {
        title: "Correlated lots",
        places: &["risk.max_correlated"],
        rule: "executor 4",
        keys: keys! {
            "lots", "lots", needed(), "above 0", "2" => "The most lots that go one way.";
            "correlation", "Pearson's, of the changes from bar to bar", needed(), "above 0, at most 1", "0.7" => "From which correlation on two symbols count as one.";
            "bars", "bars", needed(), "from 3 to 1000", "50" => "Over how many changes it is taken.";
            "timeframe", "", needed(), "M1, M2, M3, M5, M15, M30, H1, H4, D1, W1 or MN1", r#""H1""# => "The bars whose closes are compared.";
        },
    },
    KeySection {
        title: "The part of the week in which nothing is held",
        places: &["risk.flat_weekend"],
        rule: "executor 4",
        keys: keys! {
            "from", "", needed(), "a day and a time such as Fri 21:45", r#""Fri 21:45""# => "Its first minute.";
            "until", "", needed(), "a day and a time such as Sun 22:00", r#""Sun 22:00""# => "The minute at which it is over.";
            "zone", "", none("the server's clock"), "a zone such as Europe/Prague", r#""Europe/Prague""# => "The clock that shows these times.";
        },
    },
    KeySection {
        title: "The time around news in which nothing is held",
        places: &["risk.flat_news"],
        rule: "executor 4",
        keys: keys! {
            "minutes_before", "minutes", needed(), "from 0 to 10080", "5" => "How long before the news it begins.";
            "minutes_after", "minutes", needed(), "from 0 to 10080", "5" => "How long after the news it is over.";
            "impact", "", needed(), "low, medium or high", r#""high""# => "The least impact that counts.";
            "currencies", "", none("both currencies of the symbol"), "a list of currencies", r#"["USD"]"# => "The currencies that count, and then for all symbols.";
        },
    },
    KeySection {
        title: "What is to be earned",
        places: &["risk.profit_target"],
        rule: "executor 4",
        keys: keys! {
            "money", "deposit currency", none("another form"), "above 0", "1000" => "An amount on top of the initial balance.";
            "percent_of_initial", "percent", none("another form"), "above 0", "10" => "A part of the initial balance.";
        },
    },
];
