//! A row of the registry: everything about an indicator except how it is computed.

use crate::indicator::applied_price::AppliedPrice;
use crate::indicator::parameter::{Parameter, Parameters};

/// The largest number of lines that an indicator has.
pub const LINES_MAX: usize = 8;

/// The line that bears the indicator's own name, without another one.
pub const MAIN: Line = Line { name: "main", aliases: &[] };

/// The description of an indicator: names, lines, figures, applied price and warm-up.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The name in lower case; that of a variant begins with the name of the indicator that it
    /// varies.
    pub name: &'static str,
    /// Aliases that are also accepted.
    pub aliases: &'static [&'static str],
    /// The lines, in the order of the values.
    pub lines: &'static [Line],
    /// The figures, in the order in which names give them.
    pub parameters: &'static [Parameter],
    /// The applied price unless another one is given; none when the indicator takes whole bars.
    pub price: Option<AppliedPrice>,
    /// The number of bars that must close before a strategy may act on the indicator (executor
    /// 3.3), from its figures.
    pub warmup_bars: fn(&Parameters) -> u32,
}

/// One line of an indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Its name after that of the indicator (`signal` for `macd_signal`), or [`MAIN`]'s, whose
    /// name is that of the indicator.
    pub name: &'static str,
    /// Aliases that are also accepted.
    pub aliases: &'static [&'static str],
}

impl Line {
    /// Whether the line bears the indicator's own name.
    #[must_use]
    pub fn is_main(&self) -> bool {
        self.name == MAIN.name
    }
}

/// A line without other names.
#[must_use]
pub const fn line(name: &'static str) -> Line {
    Line { name, aliases: &[] }
}

impl Row {
    /// One line over a required period, applied to the close, windowed: the common form of an
    /// average.
    #[must_use]
    pub const fn average(name: &'static str) -> Self {
        const PERIOD: &[Parameter] = &[Parameter::period("period")];
        Self {
            name,
            aliases: &[],
            lines: &[MAIN],
            parameters: PERIOD,
            price: Some(AppliedPrice::Close),
            warmup_bars: windowed,
        }
    }

    /// The same row for an indicator that remembers all earlier bars, the later ones more: its
    /// warm-up is five times its longest period.
    #[must_use]
    pub const fn recursive(self) -> Self {
        Self { warmup_bars: recursive, ..self }
    }

    /// The same row with these figures.
    #[must_use]
    pub const fn with(self, parameters: &'static [Parameter]) -> Self {
        Self { parameters, ..self }
    }

    /// The same row with these lines.
    #[must_use]
    pub const fn drawing(self, lines: &'static [Line]) -> Self {
        Self { lines, ..self }
    }

    /// The same row applied to another price or, with none, to whole bars.
    #[must_use]
    pub const fn of(self, price: Option<AppliedPrice>) -> Self {
        Self { price, ..self }
    }

    /// The same row with aliases.
    #[must_use]
    pub const fn also(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    /// The same row with another warm-up.
    #[must_use]
    pub const fn warm_after(self, warmup_bars: fn(&Parameters) -> u32) -> Self {
        Self { warmup_bars, ..self }
    }

    /// The name of the line at index `place`: the name of its column, before the figures.
    #[must_use]
    pub fn line_name(&self, place: usize) -> String {
        let line = self.lines[place];
        if line.is_main() { self.name.to_owned() } else { format!("{}_{}", self.name, line.name) }
    }

    /// The index of the line with this name or alias; none when there is none.
    #[must_use]
    pub fn line(&self, name: &str) -> Option<usize> {
        self.lines.iter().position(|line| line.name == name || line.aliases.contains(&name))
    }
}

/// The warm-up of a windowed indicator: as many bars as its first figure, the period, says.
#[must_use]
pub fn windowed(parameters: &Parameters) -> u32 {
    parameters.whole(0)
}

/// The warm-up of a recursive indicator: five times its first figure, the period.
#[must_use]
pub fn recursive(parameters: &Parameters) -> u32 {
    5 * parameters.whole(0)
}
