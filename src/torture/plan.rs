//! A torture session as it was drawn: all that decides what happens, in parts that can be left out one by one.

use crate::domain::amount::Price;
use crate::domain::id::{CommandId, SymbolId};
use crate::domain::order::Side;
use crate::domain::symbol::SymbolSpec;
use crate::domain::symbols_builtin::builtin;
use crate::domain::tick::Tick;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::executor::config::Limits;
use crate::executor::event::Operator;
use crate::session::description::SessionFile;
use crate::session::ports::{PortError, TickStream};
use crate::sim::generate::Generator;
use crate::wire::symbol_fields;
use std::sync::Arc;

/// A session and what is done to it.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionPlan {
    /// The number that it was drawn from.
    pub seed: u64,
    /// The session: symbols, account, broker with its faults, limits, strategies.
    pub file: SessionFile,
    /// How many ticks of each symbol.
    pub ticks: u64,
    /// So much later than the generator has them the ticks come, so that every hour of the day has its turn.
    pub shift_ms: i64,
    /// When which symbol has no Bid or no Ask.
    pub empty_books: Vec<EmptyBook>,
    /// What people and the platform do, in any order.
    pub acts: Vec<Act>,
    /// When the process ends and begins anew, in order of time.
    pub restarts: Vec<Restart>,
    /// What is looked into afterwards.
    pub replays: Replays,
    /// Whether the story is kept: what happened, step by step, ticks apart.
    pub telling: Telling,
}

/// A while in which the ticks of a symbol have no Bid, no Ask, or neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmptyBook {
    /// The symbol.
    pub symbol: SymbolId,
    /// The first moment, by the server's clock.
    pub from_msc: ServerMsc,
    /// The first moment after it.
    pub until_msc: ServerMsc,
    /// Whether nobody buys.
    pub no_bid: bool,
    /// Whether nobody sells.
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
    /// It is not.
    #[default]
    Quiet,
    /// It is, to be read by people.
    Told,
}

/// What is looked into once a session has been run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Replays {
    /// Whether each life's inputs are fed to its starting state again.
    pub again: bool,
    /// After so many inputs the state is written and read again; never at 0.
    pub restore_every: u64,
}

/// Something that is done from outside.
#[derive(Debug, Clone, PartialEq)]
pub struct Act {
    /// When.
    pub at: Timestamp,
    /// So many milliseconds after the next request that leaves, once its time has come; none: at its time. What is under
    /// way when it happens is where mistakes are made.
    pub after_request_ms: Option<u64>,
    /// What.
    pub what: What,
}

/// What is done from outside.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// A command, word for word.
    Body(String),
    /// A person at the controls.
    Operator(Operator),
    /// A command about what there is when its time comes.
    Late(Late),
    /// A command that has been delivered comes again.
    Again(CommandId),
}

/// A command that is made when its time comes: tickets and prices are not known before.
#[derive(Debug, Clone, PartialEq)]
pub struct Late {
    /// Its id.
    pub id: CommandId,
    /// Which of the positions or orders that then are, counted from the oldest and round again.
    pub pick: usize,
    /// What is wanted of it.
    pub verb: LateVerb,
    /// So many seconds after that time it says it was made; none: it does not say.
    pub made_s: Option<u64>,
    /// So long after it was made it expires, in milliseconds; none: never.
    pub expires_ms: Option<u64>,
}

/// What a command wants that is made when its time comes.
#[derive(Debug, Clone, PartialEq)]
pub enum LateVerb {
    /// `CLOSE_POSITION`; so many percent of it, all where absent.
    Close {
        /// 1 to 99.
        percent: Option<u32>,
    },
    /// `CLOSE_POSITION` by an opposite one.
    CloseBy,
    /// `MODIFY_POSITION`: stops so many pips from the price; 0 takes one away, none leaves it.
    Stops {
        /// Stop loss.
        sl_pips: Option<u32>,
        /// Take profit.
        tp_pips: Option<u32>,
    },
    /// `OPEN_POSITION`, with stops so many pips away.
    Open {
        /// Which symbol.
        symbol: SymbolId,
        /// Long or short.
        side: Side,
        /// In hundredths of a lot.
        cents: u32,
        /// Distance of both stops; none: without.
        stop_pips: Option<u32>,
    },
    /// `PLACE_ORDER`, so many tenths of a pip from the price.
    Place {
        /// Which symbol.
        symbol: SymbolId,
        /// Limit or stop, or a stop that becomes a limit.
        kind: PlaceKind,
        /// Long or short.
        side: Side,
        /// In hundredths of a lot.
        cents: u32,
        /// Distance of its price, in tenths of a pip.
        distance: u32,
        /// Distance of both stops; none: without.
        stop_pips: Option<u32>,
        /// So many seconds it stands; none: until it is removed.
        for_s: Option<u32>,
    },
    /// `MODIFY_ORDER`: so many tenths of a pip from the price.
    Reprice {
        /// Distance of its price, in tenths of a pip; none: back to the price at which it was placed.
        distance: Option<u32>,
    },
    /// `CANCEL_ORDER`.
    Cancel,
    /// `GET_ORDER_STATUS` of a request that has been sent.
    OrderStatus,
}

/// The kind of a pending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceKind {
    /// At its price or better.
    Limit,
    /// At the market once its price is reached.
    Stop,
    /// A limit order once its price is reached.
    StopLimit,
}

/// A process ends and another begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restart {
    /// When it ends.
    pub at: Timestamp,
    /// As of an act: so long after the next request that leaves.
    pub after_request_ms: Option<u64>,
    /// How long nothing runs.
    pub down_ms: u64,
    /// With what the next one begins.
    pub with: With,
}

/// With what a process begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum With {
    /// The state that was last written before actions were carried out.
    State,
    /// Nothing.
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
    /// If a symbol is not built in, or its fields are flawed: such are not drawn.
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

    /// The ticks of each symbol.
    #[must_use]
    pub fn make_ticks(&self) -> Vec<Arc<[Tick]>> {
        let one = |(spec, place): (SymbolSpec, u16)| {
            let mut generator = Generator::new(&spec, SymbolId(place), self.ticks, self.file.seed);
            let (mut all, mut batch): (Vec<Tick>, Vec<Tick>) = (Vec::new(), Vec::new());
            while generator.next_batch(&mut batch).is_ok() && !batch.is_empty() {
                all.append(&mut batch);
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
    read: usize,
}

/// Ticks in a batch: small enough to stay in the nearest cache.
const BATCH: usize = 512;

impl MemoryTicks {
    /// All of them, from the first.
    #[must_use]
    pub const fn new(ticks: Arc<[Tick]>) -> Self {
        Self { ticks, read: 0 }
    }
}

impl TickStream for MemoryTicks {
    fn next_batch(&mut self, batch: &mut Vec<Tick>) -> Result<(), PortError> {
        let end = self.ticks.len().min(self.read + BATCH);
        batch.clear();
        batch.extend_from_slice(&self.ticks[self.read..end]);
        self.read = end;
        Ok(())
    }
}
