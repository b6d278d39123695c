//! The keys of the account and of the simulated broker.

use super::row::{KeySection, is, needed, none};

pub(super) const SECTIONS: &[KeySection] = &[
    KeySection {
        title: "The account",
        places: &["account"],
        rule: "MT5 reference 5.3",
        keys: keys! {
            "login", "", is("1"), "a whole number from 0", "1234567" => "The account number.";
            "server", "", none("any server"), "any text", r#""MetaQuotes-Demo""# => "The trade server's name; the executor refuses an account of another one.";
            "currency", "", is(r#""USD""#), "an ISO code", r#""EUR""# => "The deposit currency.";
            "balance", "deposit currency", is("10000"), "from 0 to 10000000000", "25000" => "The first deposit.";
            "leverage", "1:leverage", is("500"), "a whole number from 1", "30" => "The leverage of the account.";
            "margin_so", "", is("{ percent = { call = 100, so = 50 } }"), "percent = { call, so }, money = { call, so }, or \"off\"", "{ percent = { call = 80, so = 20 } }" => "Below which levels the account gets a margin call and is stopped out (MT5's margin_so_mode, _call and _so).";
            "rates", "", none("the symbols of the session convert everything"), "a table: see account.rates.CURRENCY", "{ GBP = 1.27 }" => "What other currencies are worth, where no symbol of the session says it.";
        },
    },
    KeySection {
        title: "Levels of the margin",
        places: &["account.margin_so.percent", "account.margin_so.money"],
        rule: "MT5 reference 5.4",
        keys: keys! {
            "call", "percent of the margin, or deposit currency", needed(), "a number", "100" => "The equity below which the account gets a margin call.";
            "so", "percent of the margin, or deposit currency", needed(), "a number", "50" => "The equity below which positions are stopped out.";
        },
    },
    KeySection {
        title: "Rates",
        places: &["account.rates"],
        rule: "MT5 reference 5.1",
        keys: keys! {
            "CURRENCY", "deposit currency for one unit", none("a symbol of the session converts it"), "above 0", "1.27" => "What one unit of another currency is worth.";
        },
    },
    KeySection {
        title: "The simulated broker",
        places: &["broker"],
        rule: "MT5 reference 4, 5.5, 5.6",
        keys: keys! {
            "commission_per_lot", "deposit currency for a lot and side", is("0"), "a number; below 0 is a rebate", "3.5" => "What each deal costs per lot. Each side pays it, the entry and the exit: 3.5 is 7 for a lot there and back.";
            "swaps", "", is("false"), "true or false", "true" => "Whether swaps are charged at the end of the server's day; then the specifications of all symbols must state them.";
            "request_latency", "milliseconds", is("{ constant_ms = 0 }"), "constant_ms, or uniform_ms = { min, max }", "{ constant_ms = 50 }" => "The time from the executor to the trade server.";
            "answer_latency", "milliseconds", is("{ constant_ms = 0 }"), "constant_ms, or uniform_ms = { min, max }", "{ uniform_ms = { min = 20, max = 80 } }" => "The time from the trade server back to the executor.";
            "slippage", "points", is("{ constant_points = 0 }"), "constant_points, or uniform_points = { max }", "{ uniform_points = { max = 2 } }" => "By how much a market deal is worse than the quote. Ten points are a pip where prices have 5 or 3 digits.";
            "stops_check", "", is(r#""mt5""#), "mt5 or off", r#""off""# => "Whether stops of an opening order are checked against the market: as MT5's server does (10016), or not at all, as in plain back-tests.";
            "stop_fills", "", none("the quote of the tick; exactly the level in the models ohlc and open_prices"), "tick or level", r#""level""# => "The price at which a stop loss or take profit is filled once it is reached.";
            "faults", "", none("no faults by script"), "a list of tables: see broker.faults.*", r#"[{ request = 2, kind = "requote" }]"# => "What goes wrong, by script.";
            "fault_rates", "", none("no faults by chance"), "a list of tables: see broker.fault_rates.*", r#"[{ kind = "reject", per_mille = 20 }]"# => "What goes wrong by chance, drawn from the seed.";
            "faults_until", "", none("the end of the session"), "RFC 3339 with a zone", r#""2025-09-25T00:00:00Z""# => "From when on there are no faults by chance, and lasting faults end.";
        },
    },
    KeySection {
        title: "Latency",
        places: &["broker.request_latency", "broker.answer_latency"],
        rule: "MT5 reference 6.2",
        keys: keys! {
            "constant_ms", "milliseconds", none("the other form"), "a whole number from 0", "50" => "Always the same time.";
            "uniform_ms", "milliseconds", none("the other form"), "{ min, max }", "{ min = 20, max = 80 }" => "A time between two bounds, each as likely.";
        },
    },
    KeySection {
        title: "Bounds of a latency",
        places: &["broker.request_latency.uniform_ms", "broker.answer_latency.uniform_ms"],
        rule: "MT5 reference 6.2",
        keys: keys! {
            "min", "milliseconds", needed(), "a whole number from 0, not above max", "20" => "The shortest time.";
            "max", "milliseconds", needed(), "a whole number, not below min", "80" => "The longest time.";
        },
    },
    KeySection {
        title: "Slippage",
        places: &["broker.slippage"],
        rule: "MT5 reference 4.2",
        keys: keys! {
            "constant_points", "points", none("the other form"), "a whole number from 0", "1" => "Always this many points worse than the quote.";
            "uniform_points", "points", none("the other form"), "{ max }", "{ max = 2 }" => "From 0 to a most, each as likely.";
        },
    },
    KeySection {
        title: "Bound of a slippage",
        places: &["broker.slippage.uniform_points"],
        rule: "MT5 reference 4.2",
        keys: keys! {
            "max", "points", needed(), "a whole number from 0", "2" => "The largest slippage.";
        },
    },
    KeySection {
        title: "Faults by script",
        places: &["broker.faults[]"],
        rule: "MT5 reference 2",
        keys: keys! {
            "request", "counted from 1 over the session", none("`at` says when"), "a whole number from 1; one of `request` and `at`", "2" => "The request that the fault hits.";
            "at", "", none("`request` says where"), "RFC 3339 with a zone; one of `request` and `at`", r#""2025-09-22T07:30:00Z""# => "The moment of the fault, for faults of the account, of news and of the world.";
        },
    },
    KeySection {
        title: "Faults by chance",
        places: &["broker.fault_rates[]"],
        rule: "MT5 reference 2",
        keys: keys! {
            "per_mille", "in 1,000", needed(), "a whole number from 1 to 1000", "20" => "How often the fault happens in 1,000 requests, readings, requests for bars, deliveries of news or minutes, whichever it concerns.";
        },
    },
    KeySection {
        title: "Kinds of faults",
        places: &["broker.faults[]", "broker.fault_rates[]"],
        rule: "MT5 reference 2",
        keys: keys! {
            "kind", "", needed(), "of requests: requote, reject, price_off, too_many_requests, autotrading_off, invalid_fill, partial, placed, timeout, timeout_executed, lost, executed_unanswered, late_answer, duplicate_answer, answer_bare, answer_contradicted, stops_dropped, disconnect, refused, refused_late, placed_rejected, partial_working, comment_cut, comment_rewritten; of readings: snapshot_empty, snapshot_without_positions, snapshot_partial, snapshot_late, snapshot_lost, snapshot_foreign; of bars: bars_late, bars_lost, bars_short; of news: news_repeated, news_reordered, news_late, news_foreign; of the world: link_down, external_close, external_partial_close, external_stops, order_removed, deposit, spec_broken, stops_level, freeze_level, market_shut, orders_hidden, trading_forbidden", r#""reject""# => "What goes wrong. One with figures is written { partial = { percent = 40 } }.";
        },
    },
    KeySection {
        title: "Figures of faults: a part",
        places: &[
            "broker.faults[].kind.partial",
            "broker.faults[].kind.partial_working",
            "broker.faults[].kind.external_partial_close",
        ],
        rule: "MT5 reference 2",
        keys: keys! {
            "percent", "percent of the volume", needed(), "from 1 to 99", "40" => "The part that is filled, or closed.";
        },
    },
    KeySection {
        title: "Figures of faults: a delay",
        places: &[
            "broker.faults[].kind.placed",
            "broker.faults[].kind.late_answer",
            "broker.faults[].kind.refused_late",
            "broker.faults[].kind.placed_rejected",
            "broker.faults[].kind.snapshot_late",
            "broker.faults[].kind.bars_late",
            "broker.faults[].kind.news_late",
        ],
        rule: "MT5 reference 2",
        keys: keys! {
            "after_ms", "milliseconds", needed(), "a whole number", "2500" => "The delay.";
        },
    },
    KeySection {
        title: "Figures of faults: the rest of an order",
        places: &["broker.faults[].kind.partial_working"],
        rule: "MT5 reference 2",
        keys: keys! {
            "rest_after_ms", "milliseconds", needed(), "a whole number", "20000" => "The delay until the rest is filled.";
        },
    },
    KeySection {
        title: "Figures of faults: a time",
        places: &[
            "broker.faults[].kind.disconnect",
            "broker.faults[].kind.link_down",
            "broker.faults[].kind.spec_broken",
            "broker.faults[].kind.stops_level",
            "broker.faults[].kind.freeze_level",
            "broker.faults[].kind.market_shut",
            "broker.faults[].kind.orders_hidden",
            "broker.faults[].kind.trading_forbidden",
        ],
        rule: "MT5 reference 2",
        keys: keys! {
            "for_ms", "milliseconds", needed(), "a whole number", "20000" => "How long it lasts.";
        },
    },
    KeySection {
        title: "Figures of faults: the link",
        places: &["broker.faults[].kind.link_down"],
        rule: "MT5 reference 2",
        keys: keys! {
            "ticks_lost", "", needed(), "true or false", "true" => "Whether the executor misses the ticks of that time.";
        },
    },
    KeySection {
        title: "Figures of faults: a return code",
        places: &[
            "broker.faults[].kind.refused",
            "broker.faults[].kind.refused_late",
            "broker.faults[].kind.answer_contradicted",
        ],
        rule: "MT5 reference 2.1",
        keys: keys! {
            "retcode", "MT5's number", needed(), "a return code that refuses", "10006" => "The return code of the answer.";
        },
    },
    KeySection {
        title: "Figures of faults: what is kept",
        places: &["broker.faults[].kind.comment_cut", "broker.faults[].kind.bars_short"],
        rule: "MT5 reference 2",
        keys: keys! {
            "keep", "characters, or bars", needed(), "a whole number", "8" => "How many characters of the comment, or closed bars, are left.";
        },
    },
    KeySection {
        title: "Figures of faults: a distance",
        places: &[
            "broker.faults[].kind.external_stops",
            "broker.faults[].kind.stops_level",
            "broker.faults[].kind.freeze_level",
        ],
        rule: "MT5 reference 3.5",
        keys: keys! {
            "points", "points", needed(), "a whole number from 0", "120" => "How far stops are moved (0 removes them), or the level that holds for a while.";
        },
    },
    KeySection {
        title: "Figures of faults: a bare answer",
        places: &["broker.faults[].kind.answer_bare"],
        rule: "MT5 reference 2",
        keys: keys! {
            "order", "", needed(), "true or false", "true" => "Whether the answer names the order.";
        },
    },
    KeySection {
        title: "Figures of faults: a deposit",
        places: &["broker.faults[].kind.deposit"],
        rule: "MT5 reference 5.3",
        keys: keys! {
            "amount", "deposit currency", needed(), "a number; below 0 is a withdrawal", "500" => "What is paid in.";
        },
    },
];
