//! Conditions compiled: their lines without repetition, their comparisons in a row, and their
//! groups as sets of bits. One evaluation compares everything once, because a crossing has to be
//! followed also where another condition has already decided.
//!
//! It knows nothing of indicators and bars: the caller brings the values of the
//! [lines](Program::lines). What one evaluation leaves for the next is in [`Past`].

use crate::domain::order::Side;
use crate::strategy::condition::{Condition, LineAt, Operand, Relation, Signals, Test};
use crate::strategy::monitor::CrossMonitor;
use serde::{Deserialize, Serialize};

/// The largest number of comparisons and groups in one strategy's rules: each has a bit.
pub const NODES_MAX: usize = 64;

/// Conditions, ready to be evaluated.
///
/// ```
/// use tickdeck::domain::order::Side;
/// use tickdeck::strategy::condition::{Condition, LineAt, Operand, Relation, Signals, Test};
/// use tickdeck::strategy::program::Program;
/// let rsi = Operand::Line(LineAt::own("RSI_14".parse().unwrap()));
/// let low = Operand::Number("30".parse().unwrap());
/// let oversold = Condition::Test(Test { left: rsi, is: Relation::Below, right: low });
/// let program = Program::of(&Signals { buy: Some(oversold), sell: None }, None);
/// let mut past = program.past();
/// let held = program.judge(&[Some(25.0)], &mut past);
/// assert!(program.enters(held, Side::Buy) && !program.enters(held, Side::Sell));
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Program {
    lines: Vec<LineAt>,
    tests: Vec<CompiledTest>,
    /// The comparisons in words, in the same order.
    words: Vec<String>,
    groups: Vec<Group>,
    /// The bits that say whether to enter.
    entry: Sides,
    /// The bits that say whether to leave.
    exit: Sides,
}

/// The bit of each side's condition; 0 where a side has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Sides {
    buy: u64,
    sell: u64,
}

/// The comparisons and groups that hold, a bit each: comparisons first, in the order of the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Truths(u64);

impl Truths {
    /// Whether the comparison at `place` holds.
    #[must_use]
    pub const fn test(self, place: usize) -> bool {
        self.0 & (1 << place) != 0
    }
}

/// A comparison whose operands have places.
#[derive(Debug, Clone, Copy, PartialEq)]
struct CompiledTest {
    left: Value,
    relation: Relation,
    right: Value,
}

/// An operand whose line has a place.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Value {
    Number(f64),
    Line { place: u8, times: f64 },
}

/// Conditions that must hold together, or of which one must.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Group {
    members: u64,
    is_any: bool,
}

/// What an evaluation leaves of one comparison for the next.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Past {
    /// Nothing.
    #[default]
    Nothing,
    /// The side on which the left operand last stood.
    Cross(CrossMonitor),
    /// The operands, left and right.
    Before(f64, f64),
}

impl Program {
    /// Compiles the conditions on which to enter, and those on which buys and sells are left.
    ///
    /// # Panics
    /// If they are more than [`NODES_MAX`] comparisons and groups, or a group is empty: they have
    /// not been checked.
    #[must_use]
    pub fn of(entry: &Signals, exit: Option<&Signals>) -> Self {
        let sides = || [Some(entry), exit].into_iter().flatten().flat_map(Signals::conditions);
        let nodes: usize = sides().map(Condition::nodes).sum();
        assert!(nodes <= NODES_MAX, "each comparison and group has a bit");
        let mut program = Self::default();
        for test in sides().flat_map(Condition::tests) {
            let compiled = program.compile(test);
            if !program.tests.contains(&compiled) {
                program.tests.push(compiled);
                program.words.push(test.to_string());
            }
        }
        program.entry = program.place_sides(entry);
        program.exit = exit.map_or(Sides::default(), |exit| program.place_sides(exit));
        program
    }

    /// Reads a line that no condition compares, too.
    pub fn read(&mut self, line: &LineAt) {
        self.line(line);
    }

    fn compile(&mut self, test: &Test) -> CompiledTest {
        let mut value = |operand: &Operand| match operand {
            Operand::Number(number) => Value::Number(number.to_f64()),
            Operand::Line(line) => Value::Line { place: self.line(line), times: 1.0 },
            Operand::Multiple { of, times } => {
                Value::Line { place: self.line(of), times: times.to_f64() }
            }
        };
        CompiledTest { left: value(&test.left), relation: test.is, right: value(&test.right) }
    }

    /// The place of a line among those without repetition.
    fn line(&mut self, line: &LineAt) -> u8 {
        let place = self.lines.iter().position(|known| known == line).unwrap_or_else(|| {
            self.lines.push(line.clone());
            self.lines.len() - 1
        });
        u8::try_from(place).expect("there are at most two to a comparison")
    }

    fn place_sides(&mut self, signals: &Signals) -> Sides {
        let mut bit = |side: &Option<Condition>| side.as_ref().map_or(0, |it| self.place(it));
        Sides { buy: bit(&signals.buy), sell: bit(&signals.sell) }
    }

    /// The bit of a condition whose comparisons have theirs.
    fn place(&mut self, condition: &Condition) -> u64 {
        let (parts, is_any) = match condition {
            Condition::Test(test) => return 1 << self.place_of(test),
            Condition::All(parts) => (parts, false),
            Condition::Any(parts) => (parts, true),
        };
        assert!(!parts.is_empty(), "a group has conditions");
        let members = parts.iter().fold(0, |members, part| members | self.place(part));
        self.groups.push(Group { members, is_any });
        1 << (self.tests.len() + self.groups.len() - 1)
    }

    /// The place of a comparison that has been compiled.
    fn place_of(&mut self, test: &Test) -> usize {
        let compiled = self.compile(test);
        self.tests.iter().position(|known| *known == compiled).expect("it has been compiled")
    }

    /// The lines that it reads, each once.
    #[must_use]
    pub fn lines(&self) -> &[LineAt] {
        &self.lines
    }

    /// What is known of each comparison before the first evaluation.
    #[must_use]
    pub fn past(&self) -> Vec<Past> {
        let first = |test: &CompiledTest| match test.relation {
            Relation::CrossesAbove | Relation::CrossesBelow => Past::Cross(CrossMonitor::default()),
            _ => Past::Nothing,
        };
        self.tests.iter().map(first).collect()
    }

    /// Whether evaluations of this program can have left `past`.
    #[must_use]
    pub fn can_leave(&self, past: &[Past]) -> bool {
        let fits = |(test, past): (&CompiledTest, &Past)| match (test.relation, past) {
            (Relation::CrossesAbove | Relation::CrossesBelow, past) => {
                matches!(past, Past::Cross(_))
            }
            (_, Past::Nothing) => true,
            (relation, Past::Before(left, right)) => {
                matches!(relation, Relation::BreaksAbove | Relation::BreaksBelow)
                    && left.is_finite()
                    && right.is_finite()
            }
            (_, Past::Cross(_)) => false,
        };
        self.tests.len() == past.len() && self.tests.iter().zip(past).all(fits)
    }

    /// Evaluates everything once, with the values of the [lines](Self::lines). A comparison of a
    /// line without a value does not hold.
    ///
    /// # Panics
    /// If there is not a value for each line and a past for each comparison.
    #[must_use]
    pub fn judge(&self, values: &[Option<f64>], past: &mut [Past]) -> Truths {
        assert!(values.len() == self.lines.len() && past.len() == self.tests.len());
        let mut held = 0;
        for (place, (test, past)) in self.tests.iter().zip(past).enumerate() {
            held |= u64::from(test.holds(values, past)) << place;
        }
        for (place, Group { members, is_any }) in (self.tests.len()..).zip(&self.groups) {
            let met = held & members;
            held |= u64::from(if *is_any { met != 0 } else { met == *members }) << place;
        }
        Truths(held)
    }

    /// Each comparison in words, and whether it held.
    #[must_use]
    pub fn told(&self, held: Truths) -> Vec<(String, bool)> {
        let told = |(place, words): (usize, &String)| (words.clone(), held.test(place));
        self.words.iter().enumerate().map(told).collect()
    }

    /// Whether the conditions hold on which a position of this side is opened.
    #[must_use]
    pub fn enters(&self, held: Truths, side: Side) -> bool {
        held.0 & side.of(self.entry.buy, self.entry.sell) != 0
    }

    /// Whether the conditions hold on which positions of this side are closed.
    #[must_use]
    pub fn leaves(&self, held: Truths, side: Side) -> bool {
        held.0 & side.of(self.exit.buy, self.exit.sell) != 0
    }
}

impl Value {
    #[inline]
    fn of(self, values: &[Option<f64>]) -> Option<f64> {
        match self {
            Self::Number(number) => Some(number),
            Self::Line { place, times } => Some(values[usize::from(place)]? * times),
        }
    }
}

impl CompiledTest {
    fn holds(&self, values: &[Option<f64>], past: &mut Past) -> bool {
        let (Some(left), Some(right)) = (self.left.of(values), self.right.of(values)) else {
            if matches!(past, Past::Before(..)) {
                *past = Past::Nothing;
            }
            return false;
        };
        match self.relation {
            Relation::Above => left > right,
            Relation::AtLeast => left >= right,
            Relation::Below => left < right,
            Relation::AtMost => left <= right,
            #[expect(clippy::float_cmp, reason = "the rules ask for equality, and get it exactly")]
            Relation::Equal => left == right,
            Relation::CrossesAbove => past.crosses(left, right) == Some(Side::Buy),
            Relation::CrossesBelow => past.crosses(left, right) == Some(Side::Sell),
            Relation::BreaksAbove => {
                past.replaced(left, right).is_some_and(|(left_before, right_before)| {
                    left_before <= right_before && left > right_before
                })
            }
            Relation::BreaksBelow => {
                past.replaced(left, right).is_some_and(|(left_before, right_before)| {
                    left_before >= right_before && left < right_before
                })
            }
        }
    }
}

impl Past {
    fn crosses(&mut self, left: f64, right: f64) -> Option<Side> {
        let Self::Cross(monitor) = self else { unreachable!("a crossing is followed") };
        monitor.push(left, right)
    }

    /// The operands at the evaluation before, if they had values there.
    fn replaced(&mut self, left: f64, right: f64) -> Option<(f64, f64)> {
        match std::mem::replace(self, Self::Before(left, right)) {
            Self::Before(left, right) => Some((left, right)),
            Self::Nothing => None,
            Self::Cross(_) => unreachable!("a break follows no crossing"),
        }
    }
}
