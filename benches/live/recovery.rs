//! How fast a journal is recovered: a million inputs, most of them ticks.

use std::path::Path;
use tickdeck::config;
use tickdeck::domain::amount::Price;
use tickdeck::domain::id::SymbolId;
use tickdeck::domain::tick::{Tick, TickFlags};
use tickdeck::domain::time::{ServerMsc, Timestamp};
use tickdeck::executor::Executor;
use tickdeck::executor::action::Action;
use tickdeck::executor::event::{Event, Life};
use tickdeck::journal::seal::seal;
use tickdeck::journal::writer::JournalWriter;
use tickdeck::session::ports::{Journal, Step};

#[expect(clippy::disallowed_types, reason = "a bench measures")]
type Instant = std::time::Instant;

/// Writes a journal of so many inputs, and recovers it.
pub fn run(folder: &Path, inputs: u64) {
    let session = config::load(&folder.join("session.toml")).unwrap();
    let file = &session.file;
    let journal = folder.join("million");
    let mut writer = JournalWriter::create(&journal, file, None).unwrap();
    let mut executor = Executor::new(file.executor_config());
    let mut actions: Vec<Action> = Vec::new();
    let begun = Instant::now();
    for number in 0..inputs {
        let event = if number == 0 {
            Event::Life(Box::new(Life { config: file.executor_config() }))
        } else {
            Event::Tick(tick(number))
        };
        let at = Timestamp::from_nanos(1_789_948_800_000_000_000).plus_ms(number * 2);
        actions.clear();
        executor.handle(at, &event, &mut actions);
        let (input_seq, event) = (number + 1, &event);
        writer
            .step(&Step { input_seq, at, event, actions: &actions, executor: &executor })
            .unwrap();
    }
    writer.sync().unwrap();
    let (wrote, syncs) = (begun.elapsed().as_secs_f64(), writer.syncs());
    let begun = Instant::now();
    let sealed = seal(&journal, &folder.join("recovered"), &mut ()).unwrap();
    let took = begun.elapsed().as_secs_f64();
    assert_eq!(sealed.recorded.inputs, inputs);
    println!(
        "a journal of {inputs} inputs: written in {wrote:.2} s with {syncs} syncs, recovered in {took:.2} s"
    );
}

fn tick(number: u64) -> Tick {
    let swing = i64::try_from(number % 97).expect("small");
    let bid = Price::from_raw(1_170_000_000 + swing * 10_000);
    let time_msc = ServerMsc(1_789_948_800_000 + i64::try_from(number).expect("few") * 2);
    Tick {
        time_msc,
        bid,
        ask: bid + Price::from_raw(100_000),
        last: Price::ZERO,
        volume: 0,
        symbol: SymbolId(0),
        flags: TickFlags::QUOTE,
    }
}
