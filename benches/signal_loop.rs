//! The executor alone: what a tick costs with 1 to 1,000 strategies, when nothing happens and when
//! a bar closes.
//!
//! A quiet tick must not know how many strategies there are; a closing one costs an evaluation and
//! a note for each.

use criterion::measurement::WallTime;
use criterion::{
    BatchSize, BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
};
use serde_json::json;
use std::hint::black_box;
use tickdeck::domain::amount::Price;
use tickdeck::domain::id::{CommandId, ContentHash, DataId, StrategyId, SymbolId};
use tickdeck::domain::symbols_builtin::builtin;
use tickdeck::domain::tick::{Tick, TickFlags};
use tickdeck::domain::time::{ServerMsc, Timestamp};
use tickdeck::executor::Executor;
use tickdeck::executor::action::{Action, DataRequest};
use tickdeck::executor::command::{
    Command, CommandContent, CommandEvent, CommandSource, Envelope, Options, Priority, Settings,
    StartStrategy,
};
use tickdeck::executor::config::ExecutorConfig;
use tickdeck::executor::event::{Bars, BrokerEvent, Event, SymbolNews};
use tickdeck::indicator::spec::LineSpec;
use tickdeck::market::bar::TickCursor;
use tickdeck::market::timeframe::Timeframe;
use tickdeck::strategy::filter::Filters;
use tickdeck::strategy::management::Management;
use tickdeck::strategy::rules::{
    Direction, EntryRule, Exit, IndicatorCross, OppositeSignal, RiskRules, Rules,
};

const MINUTE_MS: i64 = 60_000;

fn at(time_msc: i64) -> Timestamp {
    Timestamp::from_nanos(time_msc * 1_000_000)
}

fn tick(time_msc: i64, points: i64) -> Event {
    let bid = Price::from_raw(1_170_000_000 + points * 10_000);
    let ask = bid + Price::from_raw(10_000);
    let time_msc = ServerMsc(time_msc);
    Event::Tick(Tick {
        time_msc,
        bid,
        ask,
        last: Price::ZERO,
        volume: 0,
        symbol: SymbolId(0),
        flags: TickFlags::QUOTE,
    })
}

/// Strategies that differ in their lines: forty fast and sixty slow averages among them.
fn crossing(number: u32) -> Rules {
    let line = |period: u32| format!("EMA_{period}").parse::<LineSpec>().unwrap();
    Rules {
        entry: EntryRule::Cross(IndicatorCross {
            fast: line(5 + number % 40),
            slow: line(50 + number % 60),
            direction: Direction::Both,
        }),
        order: None,
        exit: Exit {
            opposite_signal: OppositeSignal::Ignore,
            stop_loss: None,
            take_profit: None,
            conditions: None,
            management: Management::default(),
        },
        risk: RiskRules {
            lots: Some("0.1".parse().unwrap()),
            max_open_trades: Some(1),
            ..RiskRules::default()
        },
        filters: Filters::default(),
        timeframe: None,
    }
}

/// Six conditions on the bars of two timeframes, over as many lines.
fn conditions(number: u32) -> Rules {
    let (fast, slow) = (5 + number % 40, 50 + number % 60);
    let rules = json!({
        "entry": { "groups": [{ "name": "long_entry", "logic": "AND", "conditions": [
            { "indicator": "ema", "period": fast, "condition": "crosses_above", "compareIndicator": "ema", "comparePeriod": slow },
            { "indicator": "close", "condition": "gt", "compareIndicator": "ema", "comparePeriod": slow },
            { "indicator": "close", "condition": "breaks_above", "value": "donchian_upper_20" },
            { "indicator": "rsi", "condition": "between", "value": [40, 60] },
            { "indicator": "close", "condition": "gt", "compareIndicator": "ema", "comparePeriod": fast, "timeframe": "M5" },
        ] }] },
        "riskManagement": { "lotSize": 0.1, "maxPositions": 1 },
    });
    let rules = tickdeck::wire::rules::read("rules", &rules).unwrap();
    assert_eq!(rules.nodes(), 8, "six comparisons in two groups");
    rules
}

fn start(number: u32, rules: Rules) -> Event {
    let name = format!("s{number}");
    let start = StartStrategy {
        strategy: StrategyId::from(name.as_str()),
        name: name.clone(),
        symbol: "EURUSD".into(),
        timeframe: Timeframe::M1,
        rules,
        rules_hash: ContentHash::of(name.as_bytes()),
        settings: Settings::default(),
        options: Options { warmup_bars: Some(10), ..Options::default() },
    };
    let envelope = Envelope {
        id: CommandId::from(name.as_str()),
        priority: Priority::Normal,
        created: None,
        expires: None,
        command: Command::Start(Box::new(start)),
    };
    Event::Command(Box::new(CommandEvent {
        source: CommandSource::Stream,
        body_hash: ContentHash::of(name.as_bytes()),
        body: String::new(),
        content: CommandContent::Parsed(envelope),
    }))
}

/// An executor whose strategies are warm and past their first bars; gives it with the time that it
/// has come to.
fn running(strategies: u32, rules: fn(u32) -> Rules) -> (Executor, i64) {
    let config = ExecutorConfig {
        server: None,
        login: 1,
        symbols: vec!["EURUSD".into()],
        ..ExecutorConfig::default()
    };
    let mut executor = Executor::new(config);
    let mut out = Vec::new();
    let news = SymbolNews { symbol: SymbolId(0), spec: builtin("EURUSD").unwrap() };
    executor.handle(at(0), &Event::Broker(BrokerEvent::Symbol(Box::new(news))), &mut out);
    for number in 0..strategies {
        executor.handle(at(0), &start(number, rules(number)), &mut out);
    }
    // Of several requests for the same bars each may be answered.
    let asked: Vec<(DataId, Timeframe)> = out
        .iter()
        .filter_map(|action| match action {
            Action::Data(DataRequest::Bars { id, timeframe, .. }) => Some((*id, *timeframe)),
            _ => None,
        })
        .collect();
    for (id, timeframe) in asked {
        let none = Bars {
            id,
            symbol: SymbolId(0),
            timeframe,
            closed: vec![],
            forming: None,
            as_of: TickCursor::default(),
        };
        executor.handle(at(0), &Event::Bars(Box::new(none)), &mut out);
    }
    let mut time = MINUTE_MS;
    for minute in 0..200 {
        out.clear();
        executor.handle(at(time), &tick(time, minute % 7), &mut out);
        time += MINUTE_MS;
    }
    let notes = out.iter().filter(|action| matches!(action, Action::Note(_))).count();
    assert_eq!(notes, strategies as usize, "every strategy is evaluated on every bar");
    (executor, time)
}

fn signal_loop(c: &mut Criterion) {
    let mut group = c.benchmark_group("signal_loop");
    for strategies in [1, 10, 100, 1_000] {
        let (executor, time) = running(strategies, crossing);
        group.throughput(Throughput::Elements(1));
        group.bench_function(BenchmarkId::new("quiet_tick", strategies), |b| {
            let (mut executor, mut out, mut n) = (executor.clone(), Vec::new(), 0_i64);
            let moment = at(time);
            b.iter(|| {
                n += 1;
                executor.handle(moment, black_box(&tick(time - 1_000, n % 5)), &mut out);
                assert!(out.is_empty());
            });
        });
        closing(&mut group, BenchmarkId::new("closing_tick", strategies), strategies, crossing);
    }
    closing(&mut group, BenchmarkId::new("conditions", 1_000), 1_000, conditions);
    group.finish();
}

/// Eight bars a round, so that an element is one evaluation with its note.
fn closing(
    group: &mut BenchmarkGroup<'_, WallTime>,
    id: BenchmarkId,
    strategies: u32,
    rules: fn(u32) -> Rules,
) {
    let (executor, time) = running(strategies, rules);
    group.throughput(Throughput::Elements(8 * u64::from(strategies)));
    group.bench_function(id, |b| {
        let mut out = Vec::with_capacity(strategies as usize);
        b.iter_batched_ref(
            || (executor.clone(), time),
            |(executor, time)| {
                out.clear();
                for _ in 0..8 {
                    out.clear();
                    let next = tick(*time, *time / MINUTE_MS % 7);
                    executor.handle(at(*time), black_box(&next), &mut out);
                    *time += MINUTE_MS;
                }
                out.len()
            },
            BatchSize::LargeInput,
        );
    });
}

criterion_group!(benches, signal_loop);
criterion_main!(benches);
