//! The virtual clock passes quiet runs at the moments and in the order in which it would give their
//! ticks: around deadlines, commands and changes of the server's clock.

use proptest::prelude::*;
use tickdeck::domain::amount::Price;
use tickdeck::domain::id::SymbolId;
use tickdeck::domain::tick::Tick;
use tickdeck::domain::time::{ServerMsc, Timestamp};
use tickdeck::domain::zone::ServerZone;
use tickdeck::executor::event::{Event, Operator};
use tickdeck::market::columns::TickColumns;
use tickdeck::market::quiet::{Quiet, QuoteBounds};
use tickdeck::market::run::Run;
use tickdeck::session::ports::{Clock, Next, PortError, RunReceiver, TickStream};
use tickdeck::sim::clock::{Scheduled, VirtualClock};

/// Ticks in small batches.
struct Ticks(std::collections::VecDeque<Tick>, usize);

impl TickStream for Ticks {
    fn next_batch(&mut self, batch: &mut TickColumns) -> Result<(), PortError> {
        batch.begin(self.0.front().map_or(SymbolId(0), |tick| tick.symbol), Price::from_raw(1));
        self.0.drain(..self.0.len().min(self.1)).for_each(|tick| batch.push(&tick));
        Ok(())
    }
}

/// What happened, in order: moments with the ticks of symbols, or with something else.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Seen {
    Tick(Timestamp, ServerMsc, u16, i64),
    Event(Timestamp),
    Deadline(Timestamp),
}

/// Finds Bids up to some price quiet, another one for each symbol.
struct Receiver {
    seen: Vec<Seen>,
    loud_from: [i64; 3],
}

impl RunReceiver for Receiver {
    fn quiet(&self, symbol: SymbolId) -> Quiet {
        let bid_high = Price::from_raw(self.loud_from[symbol.index()]);
        Quiet { quotes: QuoteBounds { bid_high, ..QuoteBounds::UNBOUNDED }, ..Quiet::EVER }
    }

    fn pass(
        &mut self,
        run: &Run<'_>,
        first_at: Timestamp,
        last_at: Timestamp,
    ) -> Result<(), PortError> {
        let first_msc = run.first().time_msc.0;
        let mut at = first_at;
        for tick in run.iter() {
            assert!(
                tick.bid.raw() < self.loud_from[tick.symbol.index()],
                "no loud tick is in a run"
            );
            at = first_at.plus_ms((tick.time_msc.0 - first_msc).cast_unsigned());
            self.seen.push(Seen::Tick(at, tick.time_msc, tick.symbol.0, tick.bid.raw()));
        }
        assert_eq!(at, last_at);
        Ok(())
    }
}

#[derive(Debug, Clone)]
struct Plan {
    zone: ServerZone,
    streams: Vec<Vec<(i64, i64)>>,
    batch: usize,
    scheduled: Vec<Timestamp>,
    deadlines: Vec<Timestamp>,
    end: Option<Timestamp>,
    loud_from: [i64; 3],
}

fn clock(plan: &Plan) -> VirtualClock {
    let tick = |symbol: u16| {
        move |&(time, bid): &(i64, i64)| Tick {
            time_msc: ServerMsc(time),
            bid: Price::from_raw(bid),
            ask: Price::from_raw(bid + 1),
            symbol: SymbolId(symbol),
            ..Tick::default()
        }
    };
    let streams = plan.streams.iter().zip(0..).map(|(ticks, symbol)| {
        Box::new(Ticks(ticks.iter().map(tick(symbol)).collect(), plan.batch)) as Box<dyn TickStream>
    });
    let event = Event::Operator(Operator::Pause);
    let scheduled =
        plan.scheduled.iter().map(|&at| Scheduled { at, event: event.clone() }).collect();
    VirtualClock::new(plan.zone.clone(), streams.collect(), scheduled, plan.end, 1_000)
}

fn run(plan: &Plan, takes_runs: bool) -> Vec<Seen> {
    let mut clock = clock(plan);
    let mut receiver = Receiver { seen: Vec::new(), loud_from: plan.loud_from };
    let mut deadlines = plan.deadlines.iter().copied().peekable();
    loop {
        let deadline = deadlines.peek().copied();
        if takes_runs {
            let before = receiver.seen.len();
            clock.pass_quiet(deadline, &mut receiver).unwrap();
            receiver.seen[before..].sort_by_key(|seen| match seen {
                Seen::Tick(_, time, symbol, _) => (*time, *symbol),
                Seen::Event(_) | Seen::Deadline(_) => unreachable!("only ticks come in runs"),
            });
        }
        receiver.seen.push(match clock.next(deadline).unwrap() {
            Next::Event(at, Event::Tick(tick)) => {
                Seen::Tick(at, tick.time_msc, tick.symbol.0, tick.bid.raw())
            }
            Next::Event(at, _) => Seen::Event(at),
            Next::Deadline(at) => {
                deadlines.next();
                Seen::Deadline(at)
            }
            Next::End => return receiver.seen,
        });
    }
}

const QUARTER_MS: i64 = 900_000;

fn any_plan() -> impl Strategy<Value = Plan> {
    // Both changes of Athens' clock in 2025, by the server's clock, and a day without one.
    let base =
        prop::sample::select(vec!["2025-03-30T02:00", "2025-10-26T02:00", "2025-07-01T02:00"]);
    let base = base.prop_map(|text| ServerMsc::from_civil(text.parse().unwrap()).0);
    let times = || prop::collection::vec((0_i64..12, 0_i64..4, 0_i64..9), 0..30);
    let moments = || prop::collection::vec((0_i64..16, 0_i64..4), 0..5);
    let loud = [1_i64..10, 1..10, 1..10];
    let end = prop::option::of((4_i64..16, 0_i64..4));
    (base, prop::collection::vec(times(), 1..4), 1_usize..9, moments(), moments(), end, loud)
        .prop_map(|(base, streams, batch, scheduled, deadlines, end, loud_from)| {
            let mut zone: ServerZone = "Europe/Athens".parse().unwrap();
            let stream = |ticks: Vec<(i64, i64, i64)>| {
                let mut ticks: Vec<_> = ticks
                    .into_iter()
                    .map(|(quarter, ms, bid)| (base + quarter * QUARTER_MS + ms, bid))
                    .collect();
                ticks.sort_by_key(|tick| tick.0);
                ticks
            };
            let streams = streams.into_iter().map(stream).collect();
            let begin = zone.to_utc(ServerMsc(base));
            let at = |(quarter, ms): (i64, i64)| {
                begin.plus_ms((quarter * QUARTER_MS + ms).cast_unsigned())
            };
            let scheduled = scheduled.into_iter().map(at).collect();
            let mut deadlines: Vec<Timestamp> = deadlines.into_iter().map(at).collect();
            deadlines.sort_unstable();
            let end = end.map(at);
            Plan { zone, streams, batch, scheduled, deadlines, end, loud_from }
        })
}

proptest! {
    #[test]
    fn runs_come_at_the_moments_of_their_ticks(plan in any_plan()) {
        prop_assert_eq!(run(&plan, true), run(&plan, false));
    }
}
