//! Strategies of one's own, written in Rust: the same lines, notes, limits and exits as rules, and
//! the decision in code.
//!
//! A program that has some installs them before anything else ([`install`]) and then runs the
//! command line; rules name them: `{"strategy": "gap_hunter", "lines": ["CLOSE", "EMA_20"],
//! "parameters": {"least": 0.001}}`. Which lines are read is said in the rules, so that warm-up,
//! history, notes and `rules check` know them without running the code.

use crate::domain::flaw::Flaw;
use crate::strategy::condition::{Constant, LineAt};
use crate::strategy::watch::evaluator::Judgement;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// A strategy in Rust.
///
/// It is a function of what it is given: it keeps nothing between two bars but its memory, which
/// states hold, so that a run that is stopped and restored goes on bit for bit. It must not look at
/// a clock, a file or a random number. If it panics, it alone is halted: an alert says so, it makes
/// no more entries, and the exits of its positions go on.
///
/// ```
/// use tickdeck::domain::flaw::Flaw;
/// use tickdeck::domain::order::Side;
/// use tickdeck::strategy::own::{Own, ClosedBar, Strategy};
/// use tickdeck::strategy::watch::evaluator::{Judgement, SidesHeld};
///
/// /// Buys after so many closes above the average in a row, and leaves below it.
/// struct Patience;
///
/// impl Strategy for Patience {
///     fn name(&self) -> &'static str {
///         "patience"
///     }
///
///     // What the rules say is checked at START: a strategy never runs on what it does not know.
///     fn check(&self, rules: &Own) -> Result<(), Flaw> {
///         if rules.lines.len() != 2 {
///             return Err(Flaw::of("lines", "must be two: the price and its average"));
///         }
///         rules.parameter("bars").map(|_| ())
///     }
///
///     fn judge(&self, rules: &Own, bar: ClosedBar<'_>, memory: &mut Vec<f64>) -> Judgement {
///         // The values of the lines come in the order of the rules; all are there once it is warm.
///         let [Some(price), Some(average)] = *bar.values else { return Judgement::NOTHING };
///         // The memory is empty at first.
///         let before = memory.first().copied().unwrap_or(0.0);
///         let in_row = if price > average { before + 1.0 } else { 0.0 };
///         *memory = vec![in_row];
///         let wanted = rules.parameter("bars").unwrap_or(f64::INFINITY);
///         Judgement {
///             enters: if in_row == wanted { SidesHeld::One(Side::Buy) } else { SidesHeld::Neither },
///             leaves: if in_row == 0.0 { SidesHeld::One(Side::Buy) } else { SidesHeld::Neither },
///         }
///     }
/// }
///
/// // In `main`, before the command line is run:
/// tickdeck::strategy::own::install(vec![Box::new(Patience)]);
/// assert!(tickdeck::strategy::own::find("patience").is_some());
/// // tickdeck::cli::run(std::env::args_os())
/// ```
pub trait Strategy: Send + Sync {
    /// Its name in rules.
    fn name(&self) -> &'static str;

    /// Checks what rules say of it.
    ///
    /// # Errors
    /// The first field that makes no sense: of `lines` or `parameters`.
    fn check(&self, rules: &Own) -> Result<(), Flaw>;

    /// What a closed bar means for it, once its lines are warm. What it leaves in `memory`, finite
    /// numbers, it is given again at the next bar.
    fn judge(&self, rules: &Own, bar: ClosedBar<'_>, memory: &mut Vec<f64>) -> Judgement;
}

/// What a strategy sees of a closed bar.
#[derive(Debug, Clone, Copy)]
pub struct ClosedBar<'a> {
    /// The values of its lines, in the order of its rules. None where a line has none, such as one
    /// of a gap that is not open.
    pub values: &'a [Option<f64>],
}

/// What rules say of a strategy in Rust.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Own {
    /// The name of the strategy.
    pub strategy: String,
    /// The lines that it reads.
    pub lines: Vec<LineAt>,
    /// Its parameters.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Constant>,
}

impl Own {
    /// A parameter.
    ///
    /// # Errors
    /// When the rules do not give it.
    pub fn parameter(&self, name: &str) -> Result<f64, Flaw> {
        let found = self.parameters.get(name).copied().map(Constant::to_f64);
        found.ok_or_else(|| Flaw::of(format!("parameters.{name}"), "is required"))
    }
}

static INSTALLED: OnceLock<Vec<Box<dyn Strategy>>> = OnceLock::new();

/// Gives the program strategies, once and before anything is run: which there are belongs to the
/// program, as its code does.
///
/// # Panics
/// If two have one name, or other strategies were installed before.
pub fn install(strategies: Vec<Box<dyn Strategy>>) {
    let mut sorted: Vec<&str> = strategies.iter().map(|one| one.name()).collect();
    sorted.sort_unstable();
    assert!(sorted.windows(2).all(|pair| pair[0] != pair[1]), "strategies have names of their own");
    let (given, installed) = (sorted, INSTALLED.get_or_init(|| strategies));
    let mut known: Vec<&str> = installed.iter().map(|one| one.name()).collect();
    known.sort_unstable();
    assert!(known == given, "strategies are installed once");
}

/// The strategy of a name.
#[must_use]
pub fn find(name: &str) -> Option<&'static dyn Strategy> {
    let installed = INSTALLED.get()?.iter();
    installed.map(Box::as_ref).find(|one| one.name() == name)
}

/// The names of the strategies that the program has.
pub fn names() -> impl Iterator<Item = &'static str> {
    INSTALLED.get().into_iter().flatten().map(|one| one.name())
}
