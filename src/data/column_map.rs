//! What the columns of a table mean, where their names do not say it: `time=Datetime,bid=B`.

use crate::data::text::field::Field;
use std::fmt;
use std::str::FromStr;

/// The words for what a column can mean.
const WORDS: [(&str, Field); 15] = [
    ("time", Field::Moment),
    ("date", Field::Date),
    ("symbol", Field::Pair),
    ("bid", Field::Bid),
    ("ask", Field::Ask),
    ("last", Field::Last),
    ("volume", Field::Volume),
    ("flags", Field::Flags),
    ("open", Field::Open),
    ("high", Field::High),
    ("low", Field::Low),
    ("close", Field::Close),
    ("tick_volume", Field::TickVolume),
    ("real_volume", Field::RealVolume),
    ("spread", Field::Spread),
];

/// What the user says of the columns of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ColumnMap(pub Vec<MappedColumn>);

/// The column of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappedColumn {
    /// What its cells mean.
    pub field: Field,
    /// Its title in capitals, or its number, counted from 1; none when the file's column of the
    /// field is not to be read.
    pub title: Option<String>,
}

impl ColumnMap {
    /// What is said of a field; none when nothing is.
    #[must_use]
    pub fn of(&self, field: Field) -> Option<&MappedColumn> {
        self.0.iter().find(|column| column.field == field)
    }

    /// Whether nothing is said.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a title is among those that are said.
    #[must_use]
    pub fn names(&self, title: &str) -> bool {
        self.0.iter().any(|column| column.title.as_deref() == Some(title))
    }
}

impl MappedColumn {
    /// Its index in a header of `titles`; the number of a column counts where no title is the same.
    #[must_use]
    pub fn place(&self, titles: &[String]) -> Option<usize> {
        let title = self.title.as_ref()?;
        let numbered = || {
            let at = title.parse::<usize>().ok()?.checked_sub(1)?;
            (at < titles.len()).then_some(at)
        };
        titles.iter().position(|own| own == title).or_else(numbered)
    }

    /// The word for what its cells mean.
    #[must_use]
    pub fn word(&self) -> &'static str {
        WORDS.iter().find(|(_, field)| *field == self.field).map_or("", |(word, _)| word)
    }
}

/// The error of a text that says nothing of a column.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ColumnMapError(String);

impl fmt::Display for ColumnMapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = WORDS.map(|(word, _)| word).join(", ");
        write!(
            f,
            "`{}` says of no column what it means: write time=Datetime, bid=3 for the third column, or volume=- for none; a column can be {words}",
            self.0
        )
    }
}

impl FromStr for MappedColumn {
    type Err = ColumnMapError;
    fn from_str(text: &str) -> Result<Self, ColumnMapError> {
        let wrong = || ColumnMapError(text.to_owned());
        let (word, title) = text.split_once('=').ok_or_else(wrong)?;
        let (_, field) =
            WORDS.into_iter().find(|(own, _)| *own == word.trim()).ok_or_else(wrong)?;
        let title = title.trim().to_uppercase();
        match title.as_str() {
            "" => Err(wrong()),
            "-" => Ok(Self { field, title: None }),
            _ => Ok(Self { field, title: Some(title) }),
        }
    }
}
