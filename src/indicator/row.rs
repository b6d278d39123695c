//! What there is to say about an indicator, beside how it is computed: a row of the registry.

use crate::indicator::applied_price::AppliedPrice;
use crate::indicator::parameter::{Parameter, Parameters};

/// How many lines an indicator has at most.
pub const LINES_MAX: usize = 8;

/// The line that bears the indicator's own name.
pub const MAIN: Line = Line { name: "main", aliases: &[] };

/// What is known of an indicator.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Its name; a variant's begins with that of the indicator that it varies.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// Its lines, in the order of its values.
    pub lines: &'static [Line],
    /// Its figures, in the order in which names give them.
    pub parameters: &'static [Parameter],
    /// The price that it is applied to unless another is given; none where it takes whole bars.
    pub price: Option<AppliedPrice>,
    /// Bars that must have closed before a strategy may act on it (executor 3.3).
    pub warmup_bars: fn(&Parameters) -> u32,
}

/// One of the lines of an indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Its name behind that of the indicator (`signal` for `macd_signal`), or [`MAIN`]'s.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
}

/// A line without other names.
#[must_use]
pub const fn line(name: &'static str) -> Line {
    Line { name, aliases: &[] }
}

impl Row {
    /// One line over a period that must be given, applied to the close, windowed: what most averages are.
    #[must_use]
    pub const fn average(name: &'static str) -> Self {
        const PERIOD: &[Parameter] = &[Parameter::period("period")];
        Self { name, aliases: &[], lines: &[MAIN], parameters: PERIOD, price: Some(AppliedPrice::Close), warmup_bars: windowed }
    }

    /// Remembers all bars before, the later ones more: it warms up in five times its longest period.
    #[must_use]
    pub const fn recursive(self) -> Self {
        Self { warmup_bars: recursive, ..self }
    }

    /// With these figures.
    #[must_use]
    pub const fn with(self, parameters: &'static [Parameter]) -> Self {
        Self { parameters, ..self }
    }

    /// With these lines.
    #[must_use]
    pub const fn drawing(self, lines: &'static [Line]) -> Self {
        Self { lines, ..self }
    }

    /// Applied to another price, or to whole bars.
    #[must_use]
    pub const fn of(self, price: Option<AppliedPrice>) -> Self {
        Self { price, ..self }
    }

    /// Known by other names too.
    #[must_use]
    pub const fn also(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    /// Warm after so many bars.
    #[must_use]
    pub const fn warm_after(self, warmup_bars: fn(&Parameters) -> u32) -> Self {
        Self { warmup_bars, ..self }
    }

    /// The name of one of its lines: what a column is called, before the figures.
    #[must_use]
    pub fn line_name(&self, place: usize) -> String {
        let line = self.lines[place];
        if line == MAIN { self.name.to_owned() } else { format!("{}_{}", self.name, line.name) }
    }

    /// The place of the line of a name or another name for it.
    #[must_use]
    pub fn line(&self, name: &str) -> Option<usize> {
        self.lines.iter().position(|line| line.name == name || line.aliases.contains(&name))
    }
}

/// n bars.
#[must_use]
pub fn windowed(parameters: &Parameters) -> u32 {
    parameters.whole(0)
}

/// 5·n bars.
#[must_use]
pub fn recursive(parameters: &Parameters) -> u32 {
    5 * parameters.whole(0)
}
