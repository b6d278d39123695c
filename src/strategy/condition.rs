//! What rules compare at a closed bar: lines of indicators, on the strategy's own bars or on
//! others, and numbers.
//!
//! Every operator of the dialects comes down to a [`Relation`] of two operands, or to several of
//! them: `between` is two that must both hold.

use crate::domain::amount::Ratio;
use crate::domain::decimal::fixed_point;
use crate::domain::order::Side;
use crate::indicator::spec::LineSpec;
use crate::market::timeframe::Timeframe;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The farthest bar that an operand may look back to: a limit on memory, far above any real one.
pub const BARS_AGO_MAX: u32 = 1_000;

fixed_point! {
    /// A number that rules compare a line with: in the line's unit, kept to 10⁻⁹.
    ///
    /// ```
    /// use tickdeck::strategy::condition::Constant;
    /// assert_eq!("-100.5".parse::<Constant>().unwrap().to_f64(), -100.5);
    /// ```
    Constant, 9
}

/// The largest number of lines that one operand adds up.
pub const TERMS_MAX: usize = 16;

/// A line of an indicator on the bars of a symbol and timeframe, at the last closed bar or before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineAt {
    /// The line.
    pub line: LineSpec,
    /// How many closed bars of its timeframe lie after the one that is meant: 0 is the last.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub bars_ago: u32,
    /// The timeframe of its bars; none means the strategy's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeframe: Option<Timeframe>,
    /// The broker's name of the symbol of its bars; none means the strategy's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_zero(bars: &u32) -> bool {
    *bars == 0
}

impl LineAt {
    /// The line at the last closed bar of the strategy's own bars.
    #[must_use]
    pub const fn own(line: LineSpec) -> Self {
        Self { line, bars_ago: 0, timeframe: None, symbol: None }
    }

    /// The number of bars that must close before the line may be acted on.
    #[must_use]
    pub fn warmup_bars(&self) -> u32 {
        self.line.warmup_bars() + self.bars_ago
    }
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operand {
    /// A number.
    Number(Constant),
    /// A line.
    Line(LineAt),
    /// A line, so many times as large.
    Multiple {
        /// The line.
        of: LineAt,
        /// The factor.
        times: Ratio,
    },
    /// The sum of lines, each so many times as large: at least one and no more than [`TERMS_MAX`],
    /// added in this order.
    Sum(Vec<Term>),
}

/// A line in a sum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// The line.
    pub of: LineAt,
    /// The factor, never 0; below 0 the line is taken away.
    pub times: Constant,
}

impl fmt::Display for LineAt {
    /// `EMA_20`, `EMA_20 of GBPUSD H1, 3 bars ago`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Prices by their own names, as rules write them.
        let line = self.line.to_string();
        match line.strip_prefix("PRICE") {
            Some("") => f.write_str("CLOSE")?,
            Some(price) => f.write_str(price.trim_start_matches('_'))?,
            None => f.write_str(&line)?,
        }
        match (&self.symbol, self.timeframe) {
            (Some(symbol), Some(timeframe)) => write!(f, " of {symbol} {timeframe}")?,
            (Some(symbol), None) => write!(f, " of {symbol}")?,
            (None, Some(timeframe)) => write!(f, " of {timeframe}")?,
            (None, None) => {}
        }
        match self.bars_ago {
            0 => Ok(()),
            1 => f.write_str(" a bar ago"),
            bars => write!(f, " {bars} bars ago"),
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Line(line) => write!(f, "{line}"),
            Self::Multiple { of, times } => write!(f, "{times} times {of}"),
            Self::Sum(terms) => write_sum(f, terms),
        }
    }
}

/// `SMA_20 + 2 times ATR_14`, `-1 times SMA_20 - ATR_14`.
fn write_sum(f: &mut fmt::Formatter<'_>, terms: &[Term]) -> fmt::Result {
    const ONE: Constant = Constant::from_raw(1_000_000_000);
    for (place, Term { of, times }) in terms.iter().enumerate() {
        let is_taken_away = place > 0 && *times < Constant::ZERO;
        match (place, is_taken_away) {
            (0, _) => {}
            (_, true) => f.write_str(" - ")?,
            (_, false) => f.write_str(" + ")?,
        }
        let shown = if is_taken_away { Constant::from_raw(-times.raw()) } else { *times };
        if shown != ONE {
            write!(f, "{shown} times ")?;
        }
        write!(f, "{of}")?;
    }
    Ok(())
}

impl Operand {
    /// The lines that it reads.
    pub fn lines(&self) -> impl Iterator<Item = &LineAt> {
        let (one, terms) = match self {
            Self::Number(_) => (None, &[][..]),
            Self::Line(line) | Self::Multiple { of: line, .. } => (Some(line), &[][..]),
            Self::Sum(terms) => (None, &terms[..]),
        };
        one.into_iter().chain(terms.iter().map(|term| &term.of))
    }
}

/// How the left operand must stand to the right one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// Above it.
    Above,
    /// Above it or equal.
    AtLeast,
    /// Below it.
    Below,
    /// Below it or equal.
    AtMost,
    /// Equal to the last bit.
    Equal,
    /// Strictly above it, and when the two last differed it was below (executor 3.3).
    CrossesAbove,
    /// Strictly below it, and when the two last differed it was above.
    CrossesBelow,
    /// Above what the right one was at the evaluation before, where it did not stand above it: a
    /// close can leave a channel that this very bar has widened.
    BreaksAbove,
    /// Below what the right one was at the evaluation before, where it did not stand below it.
    BreaksBelow,
}

impl Relation {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Above,
        Self::AtLeast,
        Self::Below,
        Self::AtMost,
        Self::Equal,
        Self::CrossesAbove,
        Self::CrossesBelow,
        Self::BreaksAbove,
        Self::BreaksBelow,
    ];

    /// The relation in a sentence, between its two operands.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Above => "is above",
            Self::AtLeast => "is at least",
            Self::Below => "is below",
            Self::AtMost => "is at most",
            Self::Equal => "equals",
            Self::CrossesAbove => "crosses above",
            Self::CrossesBelow => "crosses below",
            Self::BreaksAbove => "breaks above",
            Self::BreaksBelow => "breaks below",
        }
    }
}

/// Two operands and how they must stand to each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Test {
    /// The operand on the left.
    pub left: Operand,
    /// How it must stand to the right one.
    pub is: Relation,
    /// The operand on the right.
    pub right: Operand,
}

impl fmt::Display for Test {
    /// `RSI_14 is below 30`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.left, self.is.words(), self.right)
    }
}

/// What must hold at a closed bar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// One comparison.
    Test(Test),
    /// All of these; never empty.
    All(Vec<Condition>),
    /// At least one of these; never empty.
    Any(Vec<Condition>),
}

impl Condition {
    /// The condition that all of these hold; a single one stands for itself.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn all(conditions: Vec<Self>) -> Self {
        Self::one_or(conditions, Self::All)
    }

    /// The condition that one of these holds; a single one stands for itself.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn any(conditions: Vec<Self>) -> Self {
        Self::one_or(conditions, Self::Any)
    }

    fn one_or(mut conditions: Vec<Self>, group: impl FnOnce(Vec<Self>) -> Self) -> Self {
        assert!(!conditions.is_empty(), "a group has conditions");
        if conditions.len() == 1 { conditions.remove(0) } else { group(conditions) }
    }

    /// Its comparisons, in the order in which they are written.
    #[must_use]
    pub fn tests(&self) -> Vec<&Test> {
        match self {
            Self::Test(test) => vec![test],
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::tests).collect(),
        }
    }

    /// The number of its comparisons and groups.
    #[must_use]
    pub fn nodes(&self) -> usize {
        match self {
            Self::Test(_) => 1,
            Self::All(parts) | Self::Any(parts) => 1 + parts.iter().map(Self::nodes).sum::<usize>(),
        }
    }
}

impl fmt::Display for Condition {
    /// `RSI_14 is below 30 and (CLOSE is above EMA_50 or CLOSE is above EMA_200)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (parts, between) = match self {
            Self::Test(test) => return write!(f, "{test}"),
            Self::All(parts) => (parts, " and "),
            Self::Any(parts) => (parts, " or "),
        };
        for (place, part) in parts.iter().enumerate() {
            if place > 0 {
                f.write_str(between)?;
            }
            match part {
                Self::Test(test) => write!(f, "{test}")?,
                group => write!(f, "({group})")?,
            }
        }
        Ok(())
    }
}

/// The conditions of each side; at least one side has some.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signals {
    /// Those of buys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buy: Option<Condition>,
    /// Those of sells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sell: Option<Condition>,
}

impl Signals {
    /// The conditions that there are, of buys first.
    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        [&self.buy, &self.sell].into_iter().flatten()
    }

    /// The same conditions, each of them only where another one holds, too.
    #[must_use]
    pub fn and(self, other: &Condition) -> Self {
        let with = |side: Option<Condition>| {
            side.map(|condition| Condition::all(vec![condition, other.clone()]))
        };
        Self { buy: with(self.buy), sell: with(self.sell) }
    }

    /// Whether both sides have conditions.
    #[must_use]
    pub const fn are_both(&self) -> bool {
        self.buy.is_some() && self.sell.is_some()
    }

    /// Whether a side has conditions.
    #[must_use]
    pub fn has(&self, side: Side) -> bool {
        side.of(self.buy.is_some(), self.sell.is_some())
    }

    /// A sentence for each side, after the words for a buy and for a sell.
    #[must_use]
    pub fn words(&self, before: [&str; 2]) -> Vec<String> {
        let [buy, sell] = before;
        let sides = [(buy, &self.buy), (sell, &self.sell)];
        let told = |(before, side): (&str, &Option<Condition>)| {
            side.as_ref().map(|condition| format!("{before} {condition}"))
        };
        sides.into_iter().filter_map(told).collect()
    }

    /// Every line that they read.
    pub fn lines(&self) -> impl Iterator<Item = &LineAt> {
        let tests = self.conditions().flat_map(Condition::tests);
        tests.flat_map(|test| [&test.left, &test.right]).flat_map(Operand::lines)
    }
}
