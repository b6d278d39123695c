//! A torture session as it was drawn: everything that decides what happens, in parts that can be
//! left out one by one.

use crate::backtest::history::Minutes;
use crate::domain::amount::Price;
use crate::domain::id::{CommandId, SymbolId};
use crate::domain::order::Side;
use crate::domain::symbol::SymbolSpec;
use crate::domain::symbols_builtin::builtin;
use crate::domain::tick::Tick;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::executor::config::Limits;
use crate::executor::event::{Operator, SourceNews};
use crate::market::bar::Bar;
use crate::market::columns::TickColumns;
use crate::session::description::SessionFile;
use crate::session::ports::{PortError, TickStream};
use crate::sim::generate::Generator;
use crate::wire::symbol_fields;
use std::sync::Arc;

/// A session and what is done to it.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionPlan {
    /// The seed from which it was drawn.
    pub seed: u64,
    /// The session: symbols, account, broker with its faults, limits, strategies.
    pub file: SessionFile,
    /// The number of ticks of each symbol.
    pub ticks: u64,
    /// How much later than generated the ticks come, so that sessions start at every hour of the
    /// day.
    pub shift_ms: i64,
    /// The spans in which a symbol has no Bid or no Ask.
    pub empty_books: Vec<EmptyBook>,
    /// What people and the platform do, in any order.
    pub acts: Vec<Act>,
    /// When the process ends and starts again, in order of time.
    pub restarts: Vec<Restart>,
    /// What is checked after the session.
    pub replays: Replays,
    /// How quiet ticks come.
    pub passing: Passing,
    /// Whether to keep the story of what happened, step by step, without ticks.
    pub telling: Telling,
}

/// A span in which the ticks of a symbol have no Bid, no Ask, or neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmptyBook {
    /// The symbol.
    pub symbol: SymbolId,
    /// The first moment of the span, by the server's clock.
    pub from_msc: ServerMsc,
    /// The first moment after the span.
    pub until_msc: ServerMsc,
    /// Whether the Bid is missing.
    pub no_bid: bool,
    /// Whether the Ask is missing.
    pub no_ask: bool,
}

impl EmptyBook {
    fn apply(self, tick: &mut Tick) {
        if tick.symbol == self.symbol && (self.from_msc..self.until_msc).contains(&tick.time_msc) {
            tick.bid = if self.no_bid { Price::ZERO } else { tick.bid };
            tick.ask = if self.no_ask { Price::ZERO } else { tick.ask };
        }
    }
}

/// Whether the story of a session is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Telling {
    /// The story is not kept.
    #[default]
    Quiet,
    /// The story is kept, to be read by people.
    Told,
}

/// How ticks come with which nothing can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Passing {
    /// As quiet runs.
    #[default]
    AsRuns,
    /// One by one.
    OneByOne,
    /// As runs, and in a second session one by one: both must come to the same.
    BothWays,
}

/// What is checked once a session has been run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Replays {
    /// Whether the inputs of each life are fed again to its starting state.
    pub again: bool,
    /// The number of inputs after which the state is written and read back, again and again; 0
    /// means never.
    pub restore_every: u64,
}

/// Something done from outside.
#[derive(Debug, Clone, PartialEq)]
pub struct Act {
    /// The time of the act.
    pub at: Timestamp,
    /// The delay in milliseconds after the next request that is sent once the time has come; none
    /// means at the time itself. Mistakes are made while something is under way.
    pub after_request_ms: Option<u64>,
    /// What is done.
    pub what: What,
}

/// What is done from outside.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// A command as text.
    Body(String),
    /// A person at the controls.
    Operator(Operator),
    /// A command about what exists when its time comes.
    Late(Late),
    /// A command that was delivered before is delivered again.
    Again(CommandId),
    /// What a source of another recording has open.
    Source(Box<SourceNews>),
}

/// A command that is made when its time comes, because tickets and prices are not known before.
#[derive(Debug, Clone, PartialEq)]
pub struct Late {
    /// The id of the command.
    pub id: CommandId,
    /// Which of the positions or orders that exist then, counted from the oldest, and starting over
    /// after the latest.
    pub pick: usize,
    /// What the command asks for.
    pub verb: LateVerb,
    /// By how many seconds its time of creation lies after that time; none when it does not give
    /// one.
    pub made_s: Option<u64>,
    /// The time from its creation to its expiry, in milliseconds; none when it never expires.
    pub expires_ms: Option<u64>,
}

/// What a command asks for that is made when its time comes.
#[derive(Debug, Clone, PartialEq)]
pub enum LateVerb {
    /// `CLOSE_POSITION` of a part, or of the whole.
    Close {
        /// The part in percent, 1 to 99; none means the whole.
        percent: Option<u32>,
    },
    /// `CLOSE_POSITION` by an opposite one.
    CloseBy,
    /// `MODIFY_POSITION`. Distances are in pips from the price; 0 removes a stop, none keeps it.
    Stops {
        /// Distance of the stop loss.
        sl_pips: Option<u32>,
        /// Distance of the take profit.
        tp_pips: Option<u32>,
    },
    /// `OPEN_POSITION`.
    Open {
        /// The symbol to trade.
        symbol: SymbolId,
        /// The side of the position.
        side: Side,
        /// The volume in hundredths of a lot.
        cents: u32,
        /// Distance of both stops from the price, in pips; none opens without them.
        stop_pips: Option<u32>,
    },
    /// `PLACE_ORDER`.
    Place {
        /// The symbol to trade.
        symbol: SymbolId,
        /// Whether the order is a limit, stop or stop-limit order.
        kind: PlaceKind,
        /// The side of the order.
        side: Side,
        /// The volume in hundredths of a lot.
        cents: u32,
        /// Distance of its price from the market, in tenths of a pip.
        distance: u32,
        /// Distance of both stops, in pips; none opens without them.
        stop_pips: Option<u32>,
        /// How long the order stays, in seconds; none means until it is removed.
        for_s: Option<u32>,
    },
    /// `MODIFY_ORDER` of the price.
    Reprice {
        /// Distance of the new price from the market, in tenths of a pip; none goes back to the
        /// price at which the order was placed.
        distance: Option<u32>,
        /// Distance of both stops from the new price, in pips; none: they stay.
        stop_pips: Option<u32>,
    },
    /// `CANCEL_ORDER`.
    Cancel,
    /// `GET_ORDER_STATUS` of a request that has been sent.
    OrderStatus,
}

/// The kind of a pending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceKind {
    /// Filled at its price or better.
    Limit,
    /// Executed at the market once its price is reached.
    Stop,
    /// Becomes a limit order once its price is reached.
    StopLimit,
}

/// A process ends and another one starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restart {
    /// When the process ends.
    pub at: Timestamp,
    /// As for an [`Act`]: the delay after the next request that is sent.
    pub after_request_ms: Option<u64>,
    /// How long no process runs, in milliseconds.
    pub down_ms: u64,
    /// What the next process starts with.
    pub with: With,
}

/// What a process starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum With {
    /// The state that was last written before actions were carried out.
    State,
    /// No state.
    Nothing,
}

/// Whether the ledger forgets commands within a session.
#[must_use]
pub fn forgets(limits: &Limits) -> bool {
    limits.ledger_ids_max < Limits::default().ledger_ids_max
}

impl SessionPlan {
    /// The specification of each symbol.
    ///
    /// # Panics
    /// If a symbol is not built in, or its fields are flawed: such symbols are not drawn.
    #[must_use]
    pub fn specs(&self) -> Vec<SymbolSpec> {
        self.file.symbols.iter().map(|name| self.spec(name)).collect()
    }

    fn spec(&self, name: &str) -> SymbolSpec {
        let base = builtin(name);
        assert!(base.is_some(), "only symbols are drawn that are built in");
        let own = self.file.symbol.get(name).cloned().unwrap_or_default();
        symbol_fields::overlay(name, base, &own).expect("only sound fields are drawn")
    }

    /// The ticks of each symbol from the session's first moment on.
    #[must_use]
    pub fn make_ticks(&self) -> Vec<Arc<[Tick]>> {
        let (all, from) = (self.all_ticks(), self.first_msc());
        let is_since = |tick: &&Tick| from.is_none_or(|from| tick.time_msc >= from);
        all.into_iter().map(|ticks| ticks.iter().filter(is_since).copied().collect()).collect()
    }

    /// The minutes of each symbol before the session's first moment.
    #[must_use]
    pub fn history(&self) -> Vec<Vec<Bar>> {
        let Some(from) = self.first_msc() else { return Vec::new() };
        let of = |(ticks, spec): (Arc<[Tick]>, SymbolSpec)| {
            let mut minutes = Minutes::after(Vec::new(), spec.point());
            ticks
                .iter()
                .take_while(|tick| tick.time_msc < from)
                .for_each(|tick| minutes.push(tick));
            minutes.finish()
        };
        self.all_ticks().into_iter().zip(self.specs()).map(of).collect()
    }

    fn first_msc(&self) -> Option<ServerMsc> {
        self.file.from.map(|from| from.server_msc(&self.file.zone))
    }

    /// The ticks of each symbol, its history included.
    #[must_use]
    pub fn all_ticks(&self) -> Vec<Arc<[Tick]>> {
        let one = |(spec, place): (SymbolSpec, u16)| {
            let mut generator = Generator::new(&spec, SymbolId(place), self.ticks, self.file.seed);
            let (mut all, mut batch) = (Vec::new(), TickColumns::default());
            while generator.next_batch(&mut batch).is_ok() && !batch.is_empty() {
                all.extend(batch.iter());
            }
            for tick in &mut all {
                tick.time_msc = ServerMsc(tick.time_msc.0 + self.shift_ms);
                self.empty_books.iter().for_each(|book| book.apply(tick));
            }
            all.into()
        };
        self.specs().into_iter().zip(0..).map(one).collect()
    }
}

/// Ticks in memory as a stream.
#[derive(Debug)]
pub struct MemoryTicks {
    ticks: Arc<[Tick]>,
    point: Price,
    read: usize,
}

/// Ticks in a batch, few enough to stay in the nearest cache.
const BATCH: usize = 512;

impl MemoryTicks {
    /// A stream of all ticks, whose prices are whole points of that size.
    #[must_use]
    pub const fn new(ticks: Arc<[Tick]>, point: Price) -> Self {
        Self { ticks, point, read: 0 }
    }
}

impl TickStream for MemoryTicks {
    fn next_batch(&mut self, batch: &mut TickColumns) -> Result<(), PortError> {
        let end = self.ticks.len().min(self.read + BATCH);
        batch.begin(
            self.ticks.first().map_or_else(SymbolId::default, |tick| tick.symbol),
            self.point,
        );
        self.ticks[self.read..end].iter().for_each(|tick| batch.push(tick));
        self.read = end;
        Ok(())
    }
}
