//! Why a text or an object does not name an indicator, and what would be right.

use crate::indicator::parameter::{Grain, Parameter};
use crate::indicator::row::{Line, Row};

/// A name or a figure of an indicator that was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IndicatorError {
    /// An unknown name. A message can suggest the nearest known one
    /// ([`crate::indicator::named::names`]).
    #[error("`{text}` is no indicator")]
    Unknown {
        /// The text as it was given.
        text: String,
        /// The name in the text, in lower case and without figures.
        name: String,
    },
    /// A figure that is missing, no number, or out of bounds.
    #[error("`{text}` needs a {need}, such as {example}")]
    Figure {
        /// The text as it was given.
        text: String,
        /// The name of the figure, and its bounds.
        need: String,
        /// An example that would be right.
        example: String,
    },
    /// More figures than the indicator has.
    #[error("`{text}` has {found} numbers, {indicator} takes {}, such as {example}", list(known))]
    Figures {
        /// The text as it was given.
        text: String,
        /// The number of figures that were given.
        found: usize,
        /// The indicator that the name means.
        indicator: &'static str,
        /// The figures that the indicator takes, by name.
        known: Vec<&'static str>,
        /// An example that would be right.
        example: String,
    },
    /// A field that the indicator does not have.
    #[error("`{field}` is no field of {indicator}: it takes {}", list(known))]
    Field {
        /// The text as it was given.
        field: String,
        /// The indicator that the name means.
        indicator: &'static str,
        /// The figures that the indicator takes, by name.
        known: Vec<&'static str>,
    },
    /// A figure, price or line is given in the name and again in a field.
    #[error("`{field}` is given twice")]
    Twice {
        /// The field that is given twice.
        field: String,
    },
    /// There is no such applied price.
    #[error(
        "`{text}` is no applied price: close, open, high, low, median, typical or weighted, or MT5's number 1 to 7"
    )]
    Price {
        /// The text as it was given.
        text: String,
    },
    /// An applied price is given for an indicator that takes whole bars.
    #[error("{indicator} takes whole bars, not the price `{price}` of them")]
    WholeBars {
        /// The indicator that takes whole bars.
        indicator: &'static str,
        /// The text as it was given.
        price: String,
    },
    /// A line that the indicator does not have, or none when it has several.
    #[error("`{text}` must name one of the lines {}", list(lines))]
    Line {
        /// The text as it was given.
        text: String,
        /// The lines that the indicator has.
        lines: Vec<String>,
    },
    /// A line is given where a whole indicator was expected.
    #[error("`{text}` names a line: expected a whole indicator")]
    Whole {
        /// The text as it was given.
        text: String,
    },
}

impl IndicatorError {
    /// A wrong figure of an indicator.
    pub(in crate::indicator) fn figure(text: &str, row: &Row, parameter: &Parameter) -> Self {
        let Parameter { name, least, most, .. } = parameter;
        let name = if *name == "period" { "period".to_owned() } else { format!("`{name}`") };
        let need = match parameter.grain {
            Grain::Whole => format!("{name} from {least} to {most}"),
            Grain::Fine => format!("{name} above 0 and up to {most}"),
        };
        Self::Figure { text: text.to_owned(), need, example: example(row) }
    }

    /// Too many figures.
    pub(in crate::indicator) fn figures(text: &str, found: usize, row: &'static Row) -> Self {
        let known = row.parameters.iter().map(|parameter| parameter.name).collect();
        Self::Figures {
            text: text.to_owned(),
            found,
            indicator: row.name,
            known,
            example: example(row),
        }
    }

    /// A line that is missing or unknown.
    pub(in crate::indicator) fn line(text: &str, row: &Row) -> Self {
        let lines = (0..row.lines.len()).map(|place| row.line_name(place)).collect();
        Self::Line { text: text.to_owned(), lines }
    }
}

/// A name that is right.
fn example(row: &Row) -> String {
    let figures = row.parameters.iter().map(|parameter| {
        let number = parameter.default.map_or_else(|| "20".to_owned(), |number| number.to_string());
        format!("_{number}")
    });
    let name =
        if row.lines.iter().any(Line::is_main) { row.name.to_owned() } else { row.line_name(0) };
    (name + &figures.collect::<String>()).to_ascii_uppercase()
}

fn list<T: AsRef<str>>(words: &[T]) -> String {
    match words {
        [] => "none".to_owned(),
        [one] => one.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}
