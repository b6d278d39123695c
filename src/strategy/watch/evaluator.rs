//! The conditions of one strategy on the bars of its own timeframe: its program, where its lines
//! are, and what the last bar has left for the next.

use super::shared::LineRef;
use crate::domain::order::Side;
use crate::strategy::program::{Past, Program, Truths};
use serde::{Deserialize, Serialize};

/// Where a strategy's rules find one of their lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineLink {
    /// The place of the bars, as whoever runs the watches numbers them.
    pub feed: u16,
    /// The line among those on these bars.
    pub line: LineRef,
    /// The number of these bars that must close before the line may be acted on.
    pub warmup_bars: u32,
}

/// How far the lines of conditions can be acted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Warmth {
    /// The bars of a line that decides about signals or exits are being read.
    Unknown,
    /// Too few bars of such a line have closed.
    Cold,
    /// They decide about exits, but what filters look at or distances measure is not ready.
    Exits,
    /// All of them are ready.
    Whole,
}

/// A strategy's conditions between two bars.
#[derive(Debug, Clone)]
pub struct Evaluator {
    /// What is evaluated. States do not hold it: it follows from the rules.
    program: Program,
    /// One for each line of the program.
    links: Vec<LineLink>,
    /// One for each of its comparisons.
    past: Vec<Past>,
    /// Whether the past is that of the bar before.
    primed: bool,
    /// What held at the last bar.
    held: Truths,
    /// What a strategy in Rust has left for its next bar.
    memory: Vec<f64>,
}

/// The sides whose conditions hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SidesHeld {
    /// Those of neither side.
    Neither,
    /// Those of one.
    One(Side),
    /// Those of both.
    Both,
}

impl SidesHeld {
    fn of(holds: impl Fn(Side) -> bool) -> Self {
        match (holds(Side::Buy), holds(Side::Sell)) {
            (false, false) => Self::Neither,
            (true, false) => Self::One(Side::Buy),
            (false, true) => Self::One(Side::Sell),
            (true, true) => Self::Both,
        }
    }

    /// The sides that are given.
    #[must_use]
    pub fn from_sides(buys: bool, sells: bool) -> Self {
        Self::of(|side| if side == Side::Buy { buys } else { sells })
    }

    /// The sides that are in either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self::of(|side| self.has(side) || other.has(side))
    }

    /// Whether they hold for `side`.
    #[must_use]
    pub fn has(self, side: Side) -> bool {
        self == Self::Both || self == Self::One(side)
    }
}

/// What a bar means for a strategy that is warm: it may enter on one side, and leave any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judgement {
    /// The sides to enter on. Both contradict each other.
    pub enters: SidesHeld,
    /// The sides whose positions are to be closed.
    pub leaves: SidesHeld,
}

impl Judgement {
    /// Nothing to enter, nothing to leave.
    pub const NOTHING: Self = Self { enters: SidesHeld::Neither, leaves: SidesHeld::Neither };
}

/// A strategy's conditions as states hold them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct WrittenEvaluator {
    pub links: Vec<LineLink>,
    pub past: Vec<Past>,
    pub primed: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub memory: Vec<f64>,
}

impl Evaluator {
    /// The conditions of rules whose lines are at `links`, before the first bar.
    ///
    /// # Panics
    /// If there is not a link for each line.
    #[must_use]
    pub fn new(program: Program, links: Vec<LineLink>) -> Self {
        assert!(links.len() == program.lines().len(), "each line has its place");
        let past = program.past();
        Self { program, links, past, primed: false, held: Truths::default(), memory: Vec::new() }
    }

    /// What a strategy in Rust has left for its next bar.
    #[must_use]
    pub fn memory(&self) -> &[f64] {
        &self.memory
    }

    /// Keeps what a strategy in Rust leaves for its next bar.
    pub fn set_memory(&mut self, memory: Vec<f64>) {
        self.memory = memory;
    }

    /// What is evaluated.
    #[must_use]
    pub const fn program(&self) -> &Program {
        &self.program
    }

    /// Where the lines of the program are, in its order.
    #[must_use]
    pub fn links(&self) -> &[LineLink] {
        &self.links
    }

    /// Where those of them are that decide about signals and exits.
    #[must_use]
    pub fn judged_links(&self) -> &[LineLink] {
        &self.links[..self.program.judged()]
    }

    /// What held at the last bar.
    #[must_use]
    pub const fn held(&self) -> Truths {
        self.held
    }

    /// Whether the past is that of the bar before.
    #[must_use]
    pub const fn is_primed(&self) -> bool {
        self.primed
    }

    /// Forgets the past: after a hole in the bars of one of the lines.
    pub fn begin_anew(&mut self) {
        (self.past, self.primed) = (self.program.past(), false);
    }

    /// Takes the values of the lines at the end of the history.
    pub fn prime(&mut self, values: &[Option<f64>]) {
        self.primed = true;
        let _ = self.program.judge(values, &mut self.past);
    }

    /// Takes the values of the lines at a bar of the strategy. None while it warms up. While a line
    /// is not known the past stays as it is, so that what happens meanwhile is found afterwards.
    pub fn judge(&mut self, values: &[Option<f64>], warmth: Warmth) -> Option<Judgement> {
        self.held = Truths::default();
        if !self.primed || warmth == Warmth::Unknown {
            return None;
        }
        self.held = self.program.judge(values, &mut self.past);
        (warmth != Warmth::Cold).then(|| self.judgement())
    }

    /// What the values of the lines would mean if they were those of a closed bar. The past stays as
    /// it is.
    pub fn peek(&mut self, values: &[Option<f64>]) -> Option<Judgement> {
        self.held = Truths::default();
        if !self.primed {
            return None;
        }
        self.held = self.program.judge(values, &mut self.past.clone());
        Some(self.judgement())
    }

    fn judgement(&self) -> Judgement {
        Judgement {
            enters: SidesHeld::of(|side| self.program.enters(self.held, side)),
            leaves: SidesHeld::of(|side| self.program.leaves(self.held, side)),
        }
    }

    /// As states hold them.
    pub(super) fn written(&self) -> WrittenEvaluator {
        let Self { links, past, primed, memory, .. } = self;
        let (links, past, memory) = (links.clone(), past.clone(), memory.clone());
        WrittenEvaluator { links, past, primed: *primed, memory }
    }

    /// Those of a state, without the program.
    pub(super) fn read(written: WrittenEvaluator) -> Self {
        let WrittenEvaluator { links, past, primed, memory } = written;
        let (program, held) = (Program::default(), Truths::default());
        Self { program, links, past, primed, held, memory }
    }

    /// Gives those of a state their program again; whether it can have left them.
    pub(super) fn resume(&mut self, program: Program) -> bool {
        // States of one-sided crossings held their one comparison; the other way has the same past.
        if let [one @ Past::Cross(_)] = self.past[..]
            && matches!(program.past()[..], [Past::Cross(_), Past::Cross(_)])
        {
            self.past = vec![one; 2];
        }
        let is_sound = self.memory.iter().all(|figure| figure.is_finite());
        let fits =
            is_sound && program.lines().len() == self.links.len() && program.can_leave(&self.past);
        self.program = program;
        fits
    }
}
