//! States that no executor has left: a real one with one value changed is refused with the path of
//! that field, and neither panics nor takes memory by what it claims.

use crate::common;
use std::fs;
use tickdeck::backtest::executor_of;
use tickdeck::config;
use tickdeck::executor::Executor;
use tickdeck::executor::event::Event;
use tickdeck::executor::snapshot::{RestoreError, Snapshot};
use tickdeck::recording::player::replay;
use tickdeck::recording::reader::Recording;
use tickdeck::session::ports::{Journal, PortError, Step};

/// Pairs of lines that strategies watch, so that every kind of window is in the state.
const LINES: [(&str, &str); 11] = [
    ("EMA_5", "SMA_10"),
    ("CCI_14", "MOMENTUM_10"),
    ("LWMA_7", "EMA_TALIB_9"),
    ("BANDS_UPPER_20_2", "DONCHIAN_LOWER_12"),
    ("MACD_12_26_9", "MACD_SIGNAL_12_26_9"),
    ("STOCHASTIC_K_14_3_3", "STOCHASTIC_D_14_3_3"),
    ("STDDEV_EMA_8", "SMMA_8"),
    ("ADX_TALIB_6", "ADX_6"),
    ("DEMARKER_6", "MFI_6"),
    ("DEMA_6", "TEMA_5"),
    ("RSI_6", "KELTNER_UPPER_6_5_1.5"),
];

/// Keeps the state of the first step from some input on at which a request is on its way and
/// positions are open.
#[derive(Default)]
struct Keeper {
    state: Option<String>,
}

impl Journal for Keeper {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        if self.state.is_none() && step.input_seq > 30_000 && !step.actions.is_empty() {
            let view = step.executor.view();
            if view.in_flight > 0 && !view.positions.is_empty() {
                self.state = Some(step.executor.snapshot().to_json()?);
            }
        }
        Ok(())
    }
}

/// The state of a session in its middle.
fn state() -> String {
    let folder = tempfile::tempdir().unwrap();
    let strategy = |(place, (fast, slow)): (usize, &(&str, &str))| {
        let symbol = if place % 2 == 0 { "EURUSD" } else { "GBPUSD" };
        format!(
            "[[strategy]]\nid = \"s{place}\"\nsymbol = \"{symbol}\"\ntimeframe = \"M1\"\n[strategy.rules.entry]\n\
             type = \"indicator_cross\"\nindicators = [\"{fast}\", \"{slow}\"]\ndirection = \"both\"\n[strategy.rules.exit]\n\
             type = \"none\"\nstopLoss = 30\ntakeProfit = 40\n[strategy.rules.risk]\nlotSize = 0.1\nmaxOpenTrades = 3\n"
        )
    };
    let strategies: Vec<String> = LINES.iter().enumerate().map(strategy).collect();
    let text = "format = 1\nname = \"states\"\nsymbols = [\"EURUSD\", \"GBPUSD\"]\nzone = \"UTC\"\nlimits.near_stops = \"send\"\n\
                [broker]\nrequest_latency = { constant_ms = 400 }\n[ticks.generate]\nticks = 60000\nseed = 7\n";
    let path = folder.path().join("session.toml");
    fs::write(&path, format!("{text}{}", strategies.concat())).unwrap();
    let (_, keeper) = common::simulate(&config::load(&path).unwrap(), Keeper::default());
    keeper.state.expect("a request is on its way at some step")
}

/// The state with another value behind the last of `marks`, each looked for behind the one before
/// it.
fn changed(state: &str, marks: &[&str], value: &str) -> String {
    let mut at = 0;
    for mark in marks {
        at += state[at..]
            .find(mark)
            .unwrap_or_else(|| panic!("{mark} of {marks:?} is not in the state"))
            + mark.len();
    }
    let end = at + state[at..].find([',', '}', ']']).unwrap();
    assert_ne!(&state[at..end], value, "{marks:?}");
    format!("{}{value}{}", &state[..at], &state[end..])
}

fn restored(text: &str) -> Result<Executor, RestoreError> {
    Snapshot::from_json(text).and_then(Executor::restore)
}

/// `path` is how the error names the field: its beginning and its end, around the places of feeds
/// and the like.
#[track_caller]
fn refused(state: &str, marks: &[&str], value: &str, path: (&str, &str)) {
    let error = restored(&changed(state, marks, value))
        .map(|_| ())
        .expect_err(&format!("{marks:?} {value}"));
    let RestoreError::Unsound(flaw) = &error else { panic!("{marks:?} {value}: {error}") };
    let full = &flaw.path;
    assert!(
        full.starts_with(&format!("executor.{}", path.0)) && full.ends_with(path.1),
        "{marks:?} {value}: {error}"
    );
    assert!(error.to_string().contains(full), "{error}");
}

#[test]
fn what_was_not_changed_is_gone_on_from() {
    let state = state();
    let executor = restored(&state).unwrap();
    assert_eq!(executor.snapshot().to_json().unwrap(), state);
}

#[test]
fn a_place_beyond_what_there_is() {
    let state = state();
    let feed = |end| ("feeds[0].", end);
    refused(&state, &["\"feeds\":[{\"symbol\":"], "2", feed("symbol"));
    refused(&state, &["\"watchers\":[{\"slot\":"], "99", feed("watch.watchers[0].slot"));
    refused(
        &state,
        &["\"watchers\":[", "\"fast\":{\"shared\":"],
        "99",
        feed("watch.watchers[0].fast.shared"),
    );
    refused(
        &state,
        &["\"watchers\":[", "\"slow\":{\"shared\":", "\"line\":"],
        "7",
        feed("watch.watchers[0].slow.line"),
    );
    refused(&state, &["\"symbols\":[{\"name\":", "\"feeds\":["], "7", ("symbols[0].", "feeds"));
    refused(&state, &["\"symbols\":[{\"name\":", "\"feeds\":["], "1", ("symbols[0].", "feeds"));
    refused(&state, &["\"slots\":[", "\"symbol\":"], "2", ("strategies.slots[0].", "symbol"));
    refused(&state, &["\"slots\":[", "\"feed\":"], "2", ("strategies.slots[0].", "feed"));
    refused(&state, &["\"slots\":[", "\"feed\":"], "1", ("strategies.slots[0].", "feed"));
    refused(&state, &["\"by_id\":{\"s0\":"], "5", ("strategies.", "by_id"));
    refused(&state, &["\"holdings\":{", "\"symbol\":"], "2", ("book.holdings[", "symbol"));
    refused(&state, &["\"holdings\":{", "\"identifier\":"], "1", ("book.holdings[", "identifier"));
    refused(&state, &["\"flows\":{\"open\":{", "\"symbol\":"], "2", ("flows.open[", "symbol"));
    refused(&state, &["\"flows\":{\"open\":{", "\"cid\":"], "1", ("flows.", "by_cid"));
    refused(&state, &["\"last_flow\":"], "0", ("flows.", "last_flow"));
    refused(&state, &["\"last_cid\":"], "0", ("flows.", "last_cid"));
}

#[test]
fn a_moment_that_has_not_come() {
    let state = state();
    let late = "\"2200-01-01T00:00:00Z\"";
    refused(&state, &["\"heard_at\":"], late, ("symbols[0].", "heard_at"));
    refused(&state, &["\"flows\":{\"open\":{", "\"sent\":"], late, ("flows.open[", "sent"));
    refused(&state, &["\"ledger\":{", "\"seen\":"], late, ("ledger.entries[", "seen"));
    refused(&state, &["\"account_heard\":"], late, ("", "account_heard"));
    refused(&state, &["},\"now\":"], "\"1969-01-01T00:00:00Z\"", ("", "now"));
    refused(&state, &["\"holdings\":{", "\"heard\":"], "4000000000", ("book.holdings[", "heard"));
    refused(&state, &["\"step\":"], "9000000000000000000", ("", "step"));
    refused(&state, &["\"flows\":{\"open\":{", "\"sent_msc\":"], "-1", ("flows.open[", "sent_msc"));
}

#[test]
fn a_window_of_another_length() {
    let state = state();
    let huge = "2147483648";
    for (kind, field) in [
        ("sma", "sum.ring.length"),
        ("cci", "ring.length"),
        ("momentum", "prices.length"),
        ("lwma", "ring.length"),
        ("bands", "prices.ring.length"),
        ("donchian", "extremes.length"),
        ("macd", "signal.ring.length"),
        ("stochastic", "place.extremes.length"),
        ("std_dev_ema", "prices.ring.length"),
        ("de_marker", "rises.ring.length"),
        ("mfi", "rising.ring.length"),
        ("keltner", "range.mean.sum.ring.length"),
        ("smma", "seed.length"),
        ("ema_talib", "seed.length"),
    ] {
        for value in [huge, "0", "3"] {
            refused(
                &state,
                &[&format!("{{\"{kind}\":{{"), "\"length\":"],
                value,
                ("feeds[", &format!(".state.{kind}.{field}")),
            );
        }
    }
    for (kind, mark, value, field) in [
        ("cci", "\"next\":", "14", "ring.next"),
        ("cci", "\"values\":[", "1,2,3", "ring.values"),
        ("cci", "\"values\":[", "170141183460469231731687303715884105727", "ring.values"),
        ("cci", "\"total\":", "5", "total"),
        ("cci", "\"root\":", "99", "ranked"),
        ("cci", "\"left\":", "0", "ranked"),
        ("sma", "\"total\":", "5", "sum.total"),
        ("lwma", "\"weighted\":", "5", "weighted"),
        ("bands", "\"low\":", "5", "prices.squares"),
        ("bands", "\"factor\":", "1e300", "factor"),
        ("donchian", "\"seen\":", "5", "extremes.highs"),
        ("donchian", "\"seen\":", "18446744073709551615", "extremes.seen"),
        ("macd", "\"value\":", "1e300", "fast.value"),
        ("macd", "\"k\":", "0.5", "fast.k"),
        ("dema", "\"wait\":", "4000000000", "first.wait"),
        ("adx_talib", "\"missing\":", "3", "main"),
        ("adx", "\"seen\":", "4294967295", "seen"),
        ("rsi", "\"period\":", "7.0", "period"),
    ] {
        refused(
            &state,
            &[&format!("{{\"{kind}\":{{"), mark],
            value,
            ("feeds[", &format!(".state.{kind}.{field}")),
        );
    }
    refused(&state, &["\"indicator\":{", "\"price\":"], "\"open\"", ("feeds[", "indicator.price"));
    // A state beside the figures of another indicator.
    refused(
        &state,
        &["\"indicators\":[{\"spec\":{\"kind\":"],
        "\"sma\"",
        ("feeds[0].watch.indicators[0].", "indicator.state"),
    );
}

#[test]
fn bars_that_do_not_go_on() {
    let state = state();
    let live = |end: &'static str| ("feeds[0].source.live.", end);
    refused(&state, &["\"live\":{\"timeframe\":"], "\"M5\"", live("timeframe"));
    refused(&state, &["\"live\":{", "\"point\":"], "\"0\"", live("point"));
    refused(&state, &["\"live\":{", "\"end_msc\":"], "5", live("end_msc"));
    refused(
        &state,
        &["\"live\":{", "\"minute_end_msc\":"],
        "9223372036854775807",
        live("minute_end_msc"),
    );
    refused(
        &state,
        &["\"live\":{", "\"time_msc\":"],
        "9223372036854775807",
        live("forming.time_msc"),
    );
    refused(&state, &["\"live\":{", "\"spread\":"], "9223372036854775807", live("forming.spread"));
    refused(
        &state,
        &["\"history\":[{\"time_msc\":"],
        "9223372036854775807",
        ("feeds[0].history[0].", "time_msc"),
    );
    refused(&state, &["\"symbols\":[{\"name\":", "\"bid\":"], "\"-1\"", ("symbols[0].", "bid"));
    refused(&state, &["\"symbols\":[{\"name\":", "\"digits\":"], "10", ("symbols[0].", "spec"));
    refused(
        &state,
        &["\"symbols\":[{\"name\":", "\"cursor\":{", "\"count\":"],
        "4294967295",
        ("symbols[0].", "cursor"),
    );
}

#[test]
fn sums_and_sizes_that_contradict_what_is_there() {
    let state = state();
    refused(&state, &["\"holdings\":{", "\"outs\":"], "\"-1\"", ("book.holdings[", "outs"));
    refused(&state, &["\"holdings\":{", "\"outs\":"], "\"0.1\"", ("book.holdings[", "last_out"));
    refused(&state, &["\"holdings\":{", "\"closes\":"], "4294967295", ("book.holdings[", "closes"));
    refused(&state, &["\"magics\":{\"", ":"], "7", ("registry.", "magics"));
    refused(&state, &["\"ledger\":{", "\"order\":["], "\"nobody\"", ("ledger.", "order"));
    refused(
        &state,
        &["\"waiting\":{\"waiting\":{}", "\"last\":"],
        "18446744073709551615",
        ("waiting.", "last"),
    );
    refused(
        &state,
        &["\"readings\":{\"last_id\":"],
        "18446744073709551615",
        ("readings.", "last_id"),
    );
    refused(
        &state,
        &["\"deadlines\":["],
        "[\"2001-01-01T00:00:00Z\",{\"flow\":1}],[\"2002-01-01T00:00:00Z\",{\"flow\":1}],[\"2003-01-01T00:00:00Z\"",
        ("", "deadlines"),
    );
    for due in ["bars", "flow", "command", "overdue"] {
        let due =
            format!("[\"2001-01-01T00:00:00Z\",{{\"{due}\":60000}}],[\"2003-01-01T00:00:00Z\"");
        refused(&state, &["\"deadlines\":["], &due, ("", "deadlines"));
    }
    // A command that has its result, or was never heard of, does not wait for one.
    let waiting = "{\"1\":{\"id\":\"unheard\",\"strategy\":null,\"until\":{\"removed\":1},\
                   \"deadline\":\"2100-01-01T00:00:00Z\",\"closed\":[],\"late\":false}";
    refused(&state, &["\"waiting\":{\"waiting\":"], waiting, ("waiting.waiting[1].", "id"));
}

/// A recording cannot begin with an executor that is ahead of its first input.
#[test]
fn a_recording_that_begins_before_its_executor() {
    let recording = Recording::open(&common::root().join("recordings/manual-orders")).unwrap();
    let mut executor = executor_of(&recording.file);
    executor.handle("2200-01-01T00:00:00Z".parse().unwrap(), &Event::Wakeup, &mut Vec::new());
    let error = replay(&recording, &mut executor, &mut ()).map(|_| ()).unwrap_err().to_string();
    assert!(
        error.contains(
            "inputs.jsonl: the executor begins at 2200-01-01T00:00:00Z and the first input is of 2"
        ),
        "{error}"
    );
}

/// Keeps the first state in which an order is to be changed.
#[derive(Default)]
struct ChangeKeeper {
    state: Option<String>,
}

impl Journal for ChangeKeeper {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        if self.state.is_none() {
            let state = step.executor.snapshot().to_json()?;
            self.state = state.contains("\"change\":{").then_some(state);
        }
        Ok(())
    }
}

/// Whoever went on from such a state would change somebody else's order, again and again.
#[test]
fn a_change_of_another_order() {
    let recording = Recording::open(&common::root().join("recordings/manual-orders")).unwrap();
    let mut keeper = ChangeKeeper::default();
    replay(&recording, &mut executor_of(&recording.file), &mut keeper).unwrap();
    let state = keeper.state.expect("an order is changed in it");
    let path = |end| ("book.orders[", end);
    let order = "\"order\":";
    refused(&state, &["\"change\":{", order], "999", path("change.request.order"));
    refused(&state, &["\"change\":{", "\"symbol\":"], "7", path("change.request.symbol"));
    refused(&state, &["\"left\":{", order], "999", path("left.order"));
}
