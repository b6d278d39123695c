//! Specifications as a terminal states them.

use std::path::PathBuf;
use tickdeck::domain::amount::{Money, Price};
use tickdeck::domain::money::{currency_digits, profit};
use tickdeck::domain::order::{FillingMode, Side};
use tickdeck::domain::swap::{SwapMode, SwapTerms};
use tickdeck::domain::symbol::{CalcMode, ExecutionMode, TradeMode};
use tickdeck::wire::symbol_info::{SymbolBook, SymbolInfoError, read};

const ONE: &str = r#"{"name": "EURUSD.r", "digits": 5, "trade_tick_size": 1e-05, "trade_contract_size": 100000.0, "trade_calc_mode": 0,
    "trade_exemode": 2, "trade_mode": 4, "trade_stops_level": 12, "trade_freeze_level": 0, "filling_mode": 2, "volume_min": 0.01,
    "volume_max": 100.0, "volume_step": 0.01, "margin_initial": 0.0, "currency_base": "EUR", "currency_profit": "USD",
    "currency_margin": "EUR", "swap_long": -1.3599999999999999}"#;

/// A file of the shared test data; none, said aloud, where there is no such data.
fn data(name: &str) -> Option<String> {
    let root = std::env::var_os("TICKDECK_DATA")
        .map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
    let path = root.join(name);
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        eprintln!("skipped: no {}", path.display());
    }
    text
}

#[test]
fn one_object_is_a_book_of_one() {
    let book = read(ONE).unwrap();
    let spec = book.get("EURUSD.r").unwrap();
    assert_eq!(
        (spec.digits, spec.tick_size.to_string(), spec.contract_size),
        (5, "0.00001".to_owned(), 100_000)
    );
    assert_eq!(
        (spec.calc_mode, spec.execution, spec.trade_mode),
        (CalcMode::Forex, ExecutionMode::Market, TradeMode::Full)
    );
    assert_eq!((spec.stops_level.0, spec.volume_min.to_string()), (12, "0.01".to_owned()));
    assert_eq!(spec.filling_modes(), [FillingMode::Ioc]);
    assert_eq!(
        book.get("EURUSD").unwrap_err().to_string(),
        "`EURUSD` is not in it: did you mean `EURUSD.r`?"
    );
}

#[test]
fn mt5s_numbers_become_their_modes() {
    for (number, expect) in [
        (0, CalcMode::Forex),
        (2, CalcMode::Cfd),
        (4, CalcMode::CfdLeverage),
        (5, CalcMode::ForexNoLeverage),
    ] {
        let book =
            read(&ONE.replace("\"trade_calc_mode\": 0", &format!("\"trade_calc_mode\": {number}")))
                .unwrap();
        assert_eq!(book.get("EURUSD.r").unwrap().calc_mode, expect);
    }
    let executions = [
        ExecutionMode::Request,
        ExecutionMode::Instant,
        ExecutionMode::Market,
        ExecutionMode::Exchange,
    ];
    for (number, expect) in executions.into_iter().enumerate() {
        let book =
            read(&ONE.replace("\"trade_exemode\": 2", &format!("\"trade_exemode\": {number}")))
                .unwrap();
        assert_eq!(book.get("EURUSD.r").unwrap().execution, expect);
    }
    let modes = [
        TradeMode::Disabled,
        TradeMode::LongOnly,
        TradeMode::ShortOnly,
        TradeMode::CloseOnly,
        TradeMode::Full,
    ];
    for (number, expect) in modes.into_iter().enumerate() {
        let book =
            read(&ONE.replace("\"trade_mode\": 4", &format!("\"trade_mode\": {number}"))).unwrap();
        assert_eq!(book.get("EURUSD.r").unwrap().trade_mode, expect);
    }
}

#[test]
fn what_a_symbol_takes_and_how_much_of_it_is_read() {
    let with =
        |fields: &str| read(&ONE.replace("\"swap_long\"", &format!("{fields}\"swap_long\"")));
    for (fields, mask, limit) in [
        ("", 127, None),
        ("\"order_mode\": 2, \"volume_limit\": 0.0, ", 2, None),
        ("\"order_mode\": 127, \"volume_limit\": 0.05, ", 127, Some("0.05")),
    ] {
        let book = with(fields).unwrap();
        let spec = book.get("EURUSD.r").unwrap();
        assert_eq!(
            (spec.order_mode.0, spec.volume_limit.map(|limit| limit.to_string()).as_deref()),
            (mask, limit),
            "{fields}"
        );
    }
    let error = with("\"order_mode\": 128, ").unwrap().get("EURUSD.r").unwrap_err().to_string();
    assert_eq!(error, "EURUSD.r.order_mode: 128 is no mask of order modes: 0 to 127 are");
}

#[test]
fn what_cannot_be_used_is_refused_when_it_is_asked_for() {
    for (from, to, expect) in [
        ("\"digits\": 5,", "", "EURUSD.r.digits: is missing"),
        (
            "\"digits\": 5",
            "\"digits\": 5.5",
            "EURUSD.r.digits: `5.5`: more than 0 digits after the point",
        ),
        (
            "\"digits\": 5",
            "\"digits\": -1",
            "EURUSD.r.digits: must be a whole number from 0 to 4294967295, not -1",
        ),
        ("\"digits\": 5", "\"digits\": \"5\"", "EURUSD.r.digits: must be a number, not \"5\""),
        ("\"digits\": 5", "\"digits\": 10", "EURUSD.r: digits must be 0 to 9"),
        (
            "\"trade_calc_mode\": 0",
            "\"trade_calc_mode\": 33",
            "EURUSD.r.trade_calc_mode: mode 33 is not modelled: forex (0, 5) and CFD (2, 4) are",
        ),
        (
            "\"trade_exemode\": 2",
            "\"trade_exemode\": 9",
            "EURUSD.r.trade_exemode: 9 is no execution mode: 0 to 3 are",
        ),
        (
            "\"trade_mode\": 4",
            "\"trade_mode\": 5",
            "EURUSD.r.trade_mode: 5 is no trade mode: 0 to 4 are",
        ),
        (
            "1e-05",
            "0.010000000000000002",
            "EURUSD.r.trade_tick_size: `0.010000000000000002`: more than 9 digits after the point",
        ),
        (
            "\"currency_base\": \"EUR\"",
            "\"currency_base\": \"\"",
            "EURUSD.r.currency_base: must be a currency such as USD, not \"\"",
        ),
    ] {
        let bad = ONE.replace(from, to);
        let book = read(&format!(
            r#"{{"EURUSD.r": {bad}, "other": {}}}"#,
            ONE.replace("EURUSD.r", "other")
        ))
        .unwrap();
        assert_eq!(book.get("EURUSD.r").unwrap_err().to_string(), expect);
        assert!(book.get("other").is_ok(), "one bad symbol must not spoil another");
    }
    let elsewhere = read(&format!(r#"{{"GBPUSD": {ONE}}}"#)).unwrap();
    assert_eq!(
        elsewhere.get("GBPUSD").unwrap_err().to_string(),
        "GBPUSD.name: \"EURUSD.r\" stands under `GBPUSD`"
    );
    assert_eq!(read("[]"), Err(SymbolInfoError::Shape));
    assert_eq!(read("{\"EURUSD\": 5}"), Err(SymbolInfoError::Shape));
    assert!(matches!(read("nonsense"), Err(SymbolInfoError::NotJson(_))));
}

#[test]
fn every_symbol_of_a_real_terminal_is_read() {
    let Some(text) = data("specs/darwinex_mt5_symbols.json") else { return };
    let book = read(&text).unwrap();
    assert_eq!(book.names().count(), 20);
    for name in book.names() {
        assert_eq!(book.get(name).map(|spec| spec.name.as_str()), Ok(name));
    }
    let (yen, nikkei, lira) =
        (book.get("USDJPY").unwrap(), book.get("NI225").unwrap(), book.get("USDTRY").unwrap());
    assert_eq!(
        (yen.tick_size.to_string(), yen.calc_mode),
        ("0.001".to_owned(), CalcMode::ForexNoLeverage)
    );
    assert_eq!(
        (nikkei.digits, nikkei.contract_size, nikkei.volume_min.to_string()),
        (0, 100, "0.1".to_owned())
    );
    assert_eq!(
        (lira.trade_mode, lira.margin_initial.to_string()),
        (TradeMode::CloseOnly, "0.2".to_owned())
    );
}

#[test]
fn a_terminals_tick_values_come_out_of_its_specifications() {
    let (Some(specs), Some(checks)) =
        (data("specs/darwinex_mt5_symbols.json"), data("expected/spec_profit_checks.json"))
    else {
        return;
    };
    let book: SymbolBook = read(&specs).unwrap();
    let checks: Vec<serde_json::Value> = serde_json::from_str(&checks).unwrap();
    for check in &checks {
        let spec = book.get(check["symbol"].as_str().unwrap()).unwrap();
        assert_eq!(spec.currency_profit, check["profit_ccy"].as_str().unwrap());
        let open: Price = "100".parse().unwrap();
        let close = Price::from_raw(open.raw() + 123 * spec.tick_size.raw());
        let gain = profit(spec, Side::Buy, "1".parse().unwrap(), open, close).unwrap();
        // In the profit currency: the terminal's own figure is its tick value, in the account's.
        let per_tick = spec.tick_size.to_f64() * f64::from(spec.contract_size);
        let expect =
            Money::from_f64(123.0 * per_tick, currency_digits(&spec.currency_profit)).unwrap();
        assert_eq!(gain, expect, "{}", spec.name);
        let rate = check["tick_value"].as_f64().unwrap() / per_tick;
        let in_account = gain.to_f64() * rate;
        let stated = check["profit_1lot_plus123ticks"].as_f64().unwrap();
        assert!((in_account - stated).abs() < 0.005, "{}: {in_account} is not {stated}", spec.name);
    }
    assert_eq!(checks.len(), 20);
}

#[test]
fn swaps_are_read_where_they_are_stated() {
    let stating = |fields: &str| {
        let text = ONE.replace("\"swap_long\": -1.3599999999999999", fields);
        read(&text).unwrap().get("EURUSD.r").cloned().map(|spec| spec.swap)
    };
    assert_eq!(stating("\"swap_long\": -1.36"), Ok(None), "without a mode nothing is known");
    let all = "\"swap_mode\": 3, \"swap_long\": -1.3599999999999999, \"swap_short\": 2, \"swap_rollover3days\": 5";
    let expect = SwapTerms {
        mode: SwapMode::CurrencyMargin,
        long: "-1.36".parse().unwrap(),
        short: "2".parse().unwrap(),
        days: [0, 1, 1, 1, 1, 3, 0],
    };
    assert_eq!(stating(all), Ok(Some(expect)));
    // What is not modelled is refused only where swaps are charged.
    let reopening = stating(&all.replace(": 3,", ": 8,")).unwrap().unwrap();
    assert_eq!(reopening.mode, SwapMode::ReopenBid);
    for (fields, field) in [
        (all.replace(": 5", ": 7"), "swap_rollover3days"),
        (all.replace("\"swap_short\": 2, ", ""), "swap_short"),
    ] {
        let error = stating(&fields).unwrap_err().to_string();
        assert!(error.contains(field), "{error}");
    }
}

/// As the terminal of a broker has reported them.
#[test]
fn the_swaps_of_a_real_broker() {
    let Some(text) = data("specs/darwinex_mt5_symbols.json") else { return };
    let book = read(&text).unwrap();
    let wednesday = [0, 1, 1, 3, 1, 1, 0];
    let thursday = [0, 1, 1, 1, 3, 1, 0];
    let friday = [0, 1, 1, 1, 1, 3, 0];
    for (name, mode, long, short, days) in [
        ("EURUSD", SwapMode::Points, "-7.6", "0.6", wednesday),
        ("USDCAD", SwapMode::Points, "-2.1", "-5.1", thursday),
        ("USDTRY", SwapMode::Points, "-2918.3", "-253.8", thursday),
        ("XTIUSD", SwapMode::CurrencyMargin, "-2.4", "-31", wednesday),
        ("NI225", SwapMode::Points, "-1.36", "-1.39", friday),
    ] {
        let (long, short) = (long.parse().unwrap(), short.parse().unwrap());
        let swap = book.get(name).unwrap().swap;
        assert_eq!(swap, Some(SwapTerms { mode, long, short, days }), "{name}");
    }
}
