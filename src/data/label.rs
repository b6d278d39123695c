//! What a Parquet file says of itself in its key-value metadata: the symbol, the digits of its
//! prices, the clock of its times, and what it was made from. Files of other programs, and older ones
//! of this one, say less.

use crate::data::error::DataError;
use crate::data::specification::is_same;
use crate::domain::symbol::SymbolSpec;
use crate::domain::text;
use crate::domain::zone::{ServerZone, ZoneError};
use parquet::file::metadata::KeyValue;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

const SYMBOL: &str = "tickdeck.symbol";
const DIGITS: &str = "tickdeck.digits";
const CLOCK: &str = "tickdeck.clock";
const SOURCE: &str = "tickdeck.source";
const UNKNOWN: &str = "unknown";
const ANY: &str = "any";

/// What a file says of itself; nothing by default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Label {
    /// The symbol whose ticks or bars it holds.
    pub symbol: Option<String>,
    /// The digits of its prices.
    pub digits: Option<u32>,
    /// The clock of its times.
    pub clock: Option<FileClock>,
    /// What it was made from: a layout and the name of a file, or a seed.
    pub source: Option<String>,
}

/// The clock of a file's times, as far as somebody has said it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileClock {
    /// This one.
    Zone(ServerZone),
    /// Whoever imported the file said that nobody knows it.
    Unknown,
    /// The times are made up, and right by the clock of any session.
    Any,
}

impl Label {
    /// A file that says nothing.
    #[must_use]
    pub const fn none() -> Self {
        Self { symbol: None, digits: None, clock: None, source: None }
    }

    /// The label of a file for prices of `spec`.
    #[must_use]
    pub fn of(spec: &SymbolSpec, clock: Option<FileClock>, source: String) -> Self {
        let (symbol, digits) = (Some(spec.name.clone()), Some(spec.digits));
        Self { symbol, digits, clock, source: Some(source) }
    }

    /// The label among the metadata of a file.
    ///
    /// # Errors
    /// [`DataError::Clock`] when the clock does not exist, [`DataError::LabelDigits`] when the digits
    /// are no number.
    pub(super) fn read(path: &Path, pairs: Option<&Vec<KeyValue>>) -> Result<Self, DataError> {
        let value = |key: &str| {
            let mut pairs = pairs.into_iter().flatten();
            pairs.find(|pair| pair.key == key).and_then(|pair| pair.value.clone())
        };
        let clock = value(CLOCK).map(|text| text.parse()).transpose();
        let digits = value(DIGITS)
            .map(|digits| digits.parse().map_err(|_| text::name(&digits).into_owned()))
            .transpose();
        Ok(Self {
            symbol: value(SYMBOL),
            digits: digits.map_err(|value| DataError::LabelDigits { path: path.into(), value })?,
            clock: clock.map_err(|source| DataError::Clock { path: path.into(), source })?,
            source: value(SOURCE),
        })
    }

    /// The metadata that a file begins with; none when it says nothing.
    pub(super) fn pairs(&self) -> Option<Vec<KeyValue>> {
        let fields = [
            (SYMBOL, self.symbol.clone()),
            (DIGITS, self.digits.map(|digits| digits.to_string())),
            (CLOCK, self.clock.as_ref().map(FileClock::to_string)),
            (SOURCE, self.source.clone()),
        ];
        let pair = |(key, value): (&str, Option<String>)| {
            Some(KeyValue { key: key.to_owned(), value: Some(value?) })
        };
        Some(fields.into_iter().filter_map(pair).collect())
            .filter(|pairs: &Vec<_>| !pairs.is_empty())
    }

    /// Refuses a file of another symbol, or with other digits. What a broker appends to a name makes
    /// no other symbol.
    ///
    /// # Errors
    /// [`DataError::FileSymbol`], [`DataError::FileDigits`].
    pub(super) fn check(&self, path: &Path, spec: &SymbolSpec) -> Result<(), DataError> {
        if let Some(own) = self.symbol.as_ref().filter(|own| !is_same(own, &spec.name)) {
            return Err(DataError::FileSymbol {
                path: path.into(),
                own: text::name(own).into_owned(),
                origin: self.source.as_deref().map(|source| text::name(source).into_owned()),
                symbol: spec.name.clone(),
            });
        }
        match self.digits {
            Some(own) if own != spec.digits => Err(DataError::FileDigits {
                path: path.into(),
                own,
                symbol: spec.name.clone(),
                digits: spec.digits,
            }),
            _ => Ok(()),
        }
    }
}

impl FileClock {
    /// The clock, if it is a known one.
    #[must_use]
    pub const fn zone(&self) -> Option<&ServerZone> {
        match self {
            Self::Zone(zone) => Some(zone),
            Self::Unknown | Self::Any => None,
        }
    }

    /// The clock that a user states: a zone, or that nobody knows it.
    ///
    /// # Errors
    /// What is wrong with the zone.
    pub fn stated(text: &str) -> Result<Self, ZoneError> {
        if text == UNKNOWN { Ok(Self::Unknown) } else { text.parse().map(Self::Zone) }
    }
}

impl fmt::Display for FileClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zone(zone) => zone.fmt(f),
            Self::Unknown => f.write_str(UNKNOWN),
            Self::Any => f.write_str(ANY),
        }
    }
}

impl FromStr for FileClock {
    type Err = ZoneError;

    fn from_str(text: &str) -> Result<Self, ZoneError> {
        if text == ANY { Ok(Self::Any) } else { Self::stated(text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::specification::find;

    #[test]
    fn there_and_back_and_nothing_of_nothing() {
        let spec = find("EURUSD", None, None).unwrap();
        for clock in ["America/New_York+7", "unknown", "any"] {
            let label = Label::of(&spec, Some(clock.parse().unwrap()), "mt5-ticks a.csv".into());
            let read = Label::read(Path::new("a"), label.pairs().as_ref()).unwrap();
            assert_eq!((read.clock.as_ref().unwrap().to_string(), &read), (clock.into(), &label));
        }
        assert_eq!(Label::none().pairs(), None);
        assert_eq!(Label::read(Path::new("a"), None).unwrap(), Label::none());
    }
}
