//! Conditions compiled: their lines without repetition, their comparisons in a row, and their
//! groups as sets of bits. One evaluation compares everything once, because a crossing has to be
//! followed also where another condition has already decided.
//!
//! It knows nothing of indicators and bars: the caller brings the values of the
//! [lines](Program::lines). What one evaluation leaves for the next is in [`Past`].

use crate::domain::order::Side;
use crate::strategy::condition::{Condition, LineAt, Operand, Relation, Signals, Term, Test};
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
    /// The terms of all sums, those of each in a row.
    terms: Vec<CompiledTerm>,
    tests: Vec<CompiledTest>,
    /// The comparisons in words, in the same order.
    words: Vec<String>,
    groups: Vec<Group>,
    /// The bits that say whether to enter.
    entry: Sides,
    /// The bits that say whether to leave.
    exit: Sides,
    /// The places of the lines that a strategy in Rust reads, in its own order.
    own: Vec<u16>,
    /// How many lines decide about signals and exits.
    judged: usize,
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

/// An operand whose lines have places.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Value {
    Number(f64),
    Line {
        place: u16,
        times: f64,
    },
    /// So many of the program's terms, from one on.
    Sum {
        first: u16,
        count: u16,
    },
}

// Every comparison at every bar reads two of them.
const _: () = assert!(size_of::<Value>() == 16);

/// A line in a sum by its place, and how many times as large it is taken.
#[derive(Debug, Clone, Copy, PartialEq)]
struct CompiledTerm {
    place: u16,
    times: f64,
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
        program.judged = program.lines.len();
        program
    }

    /// Compiles the lines that a strategy in Rust reads, and the conditions on which buys and sells
    /// are left.
    #[must_use]
    pub fn of_own(lines: &[LineAt], exit: Option<&Signals>) -> Self {
        let mut program = Self::of(&Signals { buy: None, sell: None }, exit);
        program.own = lines.iter().map(|line| program.line(line)).collect();
        program.judged = program.lines.len();
        program
    }

    /// The values that a strategy in Rust reads, in its own order.
    #[must_use]
    pub fn own_values(&self, values: &[Option<f64>]) -> Vec<Option<f64>> {
        self.own.iter().map(|place| values[usize::from(*place)]).collect()
    }

    /// How many of its lines, from the first, decide about signals and exits: what filters look at and
    /// distances measure comes after them.
    #[must_use]
    pub const fn judged(&self) -> usize {
        self.judged
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
            Operand::Sum(terms) => self.sum(terms),
        };
        CompiledTest { left: value(&test.left), relation: test.is, right: value(&test.right) }
    }

    /// The place of a sum's terms: equal sums have the same one.
    fn sum(&mut self, terms: &[Term]) -> Value {
        assert!(!terms.is_empty(), "a sum has terms");
        let mut compile = |Term { of, times }: &Term| {
            let (place, times) = (self.line(of), times.to_f64());
            CompiledTerm { place, times }
        };
        let compiled: Vec<CompiledTerm> = terms.iter().map(&mut compile).collect();
        let known = self.terms.windows(compiled.len()).position(|row| row == compiled);
        let first = known.unwrap_or_else(|| {
            self.terms.extend(&compiled);
            self.terms.len() - compiled.len()
        });
        let small = |number: usize| u16::try_from(number).expect("comparisons and terms are few");
        Value::Sum { first: small(first), count: small(compiled.len()) }
    }

    /// The place of a line among those without repetition.
    fn line(&mut self, line: &LineAt) -> u16 {
        let place = self.lines.iter().position(|known| known == line).unwrap_or_else(|| {
            self.lines.push(line.clone());
            self.lines.len() - 1
        });
        u16::try_from(place).expect("comparisons and terms are few")
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
            held |= u64::from(test.holds(values, &self.terms, past)) << place;
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
    fn of(self, values: &[Option<f64>], terms: &[CompiledTerm]) -> Option<f64> {
        match self {
            Self::Number(number) => Some(number),
            Self::Line { place, times } => Some(values[usize::from(place)]? * times),
            Self::Sum { first, count } => {
                sum(values, &terms[usize::from(first)..][..usize::from(count)])
            }
        }
    }
}

/// The sum of terms; none where one has no value. Most rules have no sums: out of the way of those.
#[inline(never)]
fn sum(values: &[Option<f64>], terms: &[CompiledTerm]) -> Option<f64> {
    let add = |sum, term: &CompiledTerm| Some(sum + values[usize::from(term.place)]? * term.times);
    terms.iter().try_fold(0.0, add)
}

impl CompiledTest {
    fn holds(&self, values: &[Option<f64>], terms: &[CompiledTerm], past: &mut Past) -> bool {
        let operands = (self.left.of(values, terms), self.right.of(values, terms));
        let (Some(left), Some(right)) = operands else {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(left: &str, is: Relation, right: &str) -> Condition {
        let operand = |text: &str| serde_json::from_str(text).unwrap();
        Condition::Test(Test { left: operand(left), is, right: operand(right) })
    }

    const CLOSE: &str = r#"{"line":{"line":{"kind":"price"}}}"#;
    const SUM: &str = r#"{"sum":[
        {"of":{"line":{"kind":"sma","period":20}},"times":1},
        {"of":{"line":{"kind":"atr","period":14}},"times":-2}]}"#;

    #[test]
    fn a_sum_has_the_value_of_its_terms() {
        let below = condition(CLOSE, Relation::Below, SUM);
        assert_eq!(below.to_string(), "CLOSE is below SMA_20 - 2 times ATR_14");
        let signals = Signals { buy: Some(below), sell: None };
        let program = Program::of(&signals, None);
        let names: Vec<String> = program.lines().iter().map(ToString::to_string).collect();
        assert_eq!(names, ["CLOSE", "SMA_20", "ATR_14"]);
        for (close, average, range, holds) in [
            (Some(7.0), Some(10.0), Some(1.0), true),
            (Some(8.0), Some(10.0), Some(1.0), false),
            (Some(7.0), None, Some(1.0), false),
            (Some(7.0), Some(10.0), None, false),
            (None, Some(10.0), Some(1.0), false),
        ] {
            let held = program.judge(&[close, average, range], &mut program.past());
            assert_eq!(program.enters(held, Side::Buy), holds, "{close:?} {average:?} {range:?}");
        }
    }

    #[test]
    fn equal_sums_are_one_comparison() {
        let test = || condition(CLOSE, Relation::CrossesBelow, SUM);
        let both = Condition::All(vec![test(), condition(SUM, Relation::Above, CLOSE)]);
        let program = Program::of(&Signals { buy: Some(test()), sell: Some(both) }, None);
        assert_eq!((program.tests.len(), program.terms.len(), program.lines.len()), (2, 2, 3));
    }

    #[test]
    fn a_break_of_a_sum_is_of_what_it_was_at_the_bar_before() {
        let breaks = condition(CLOSE, Relation::BreaksAbove, SUM);
        let program = Program::of(&Signals { buy: Some(breaks), sell: None }, None);
        let mut past = program.past();
        let mut enters = |close: f64, average: f64| {
            let held = program.judge(&[Some(close), Some(average), Some(1.0)], &mut past);
            program.enters(held, Side::Buy)
        };
        assert!(!enters(8.0, 10.0));
        // Above 8, if not above the 18 of now.
        assert!(enters(9.0, 20.0));
        assert!(enters(19.0, 10.0));
        assert!(!enters(30.0, 10.0), "it stood above before");
    }
}
