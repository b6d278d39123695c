//! Finds an indicator by its name: the only way for text in rules, for their objects, for the
//! command line, and for serialised indicators.
//!
//! `EMA_20`, `ema:20`, `macd`, `MACD_SIGNAL_12_26_9`, `bb_upper_20_2.5`, `sma_50_median`: a name
//! (of an indicator, one of its lines, or a price), then figures in the order of the row, then an
//! applied price, separated by `_` or `:`. Figures left out at the end have their defaults, if
//! there are any.

use crate::domain::decimal::Written;
use crate::indicator::applied_price::AppliedPrice;
use crate::indicator::catalogue::IndicatorKind;
use crate::indicator::error::IndicatorError;
use crate::indicator::parameter::{Number, PARAMETERS_MAX, Parameters};
use crate::indicator::row::{Line, Row};
use crate::indicator::spec::{IndicatorSpec, LineSpec};
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::str::FromStr;

/// Fields that stand for a variant, whose name ends with their value:
/// `{"indicator":"atr","smoothing":"wilder"}`.
const VARIANT_FIELDS: [&str; 2] = ["method", "smoothing"];

/// The longest text that is accepted, and below it the number of words in the longest name: limits
/// on work, above those of any name.
const TEXT_BYTES_MAX: usize = 100;
const NAME_WORDS_MAX: usize = 6;

/// An indicator, and the line of it that was named, if one was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    /// The indicator with its figures and price.
    pub indicator: IndicatorSpec,
    line: Option<u8>,
}

impl Named {
    /// The line that was named; all lines of the indicator when none was.
    pub fn lines(self) -> impl Iterator<Item = LineSpec> {
        self.indicator.lines().filter(move |line| self.line.is_none_or(|named| named == line.line))
    }

    /// The line that was named or, if none was, the only or the main one.
    ///
    /// # Errors
    /// [`IndicatorError::Line`] when it has several and none is its main one.
    pub fn line(self) -> Result<LineSpec, IndicatorError> {
        let row = self.indicator.row();
        let only = (row.lines.len() == 1).then_some(0);
        let main = || row.lines.iter().position(Line::is_main);
        let line = self.line.or(only).or_else(|| u8::try_from(main()?).ok());
        let line = line.ok_or_else(|| IndicatorError::line(&self.indicator.to_string(), row))?;
        Ok(LineSpec { indicator: self.indicator, line })
    }
}

/// All known names: of indicators, of their lines and of prices, with their aliases.
#[must_use]
pub fn names() -> Vec<String> {
    let rows = IndicatorKind::ALL.iter().map(|kind| kind.row());
    let of_row = |row: &'static Row| {
        std::iter::once(&row.name).chain(row.aliases).flat_map(|name| {
            let lines = row
                .lines
                .iter()
                .filter(|line| !line.is_main())
                .map(move |line| format!("{name}_{}", line.name));
            std::iter::once((*name).to_owned()).chain(lines)
        })
    };
    rows.flat_map(of_row).chain(AppliedPrice::ALL.map(|price| price.name().to_owned())).collect()
}

/// The name of an indicator while it is read, with what was given so far.
#[derive(Debug, Clone)]
pub struct IndicatorName {
    /// The text as written, for messages.
    text: String,
    kind: IndicatorKind,
    line: Option<u8>,
    price: Option<AppliedPrice>,
    numbers: [Option<Number>; PARAMETERS_MAX],
}

impl IndicatorName {
    /// Reads a name with any number of figures.
    ///
    /// # Errors
    /// [`IndicatorError`]: an unknown name, a figure out of bounds, a word that is not a price.
    pub fn read(text: &str) -> Result<Self, IndicatorError> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(IndicatorError::Unknown {
                text: "a long text".to_owned(),
                name: String::new(),
            });
        }
        let small = text.trim().to_ascii_lowercase().replace(':', "_");
        let words: Vec<&str> = small.split('_').collect();
        let unknown = || {
            let name: Vec<&str> =
                words.iter().copied().take_while(|word| !is_figure(word)).collect();
            IndicatorError::Unknown { text: text.trim().to_owned(), name: name.join("_") }
        };
        let found = (1..=words.len().min(NAME_WORDS_MAX))
            .rev()
            .find_map(|count| Some((find(&words[..count].join("_"))?, count)));
        let ((kind, line, price), count) = found.ok_or_else(unknown)?;
        let mut asked = Self {
            text: text.trim().to_owned(),
            kind,
            line,
            price,
            numbers: [None; PARAMETERS_MAX],
        };
        let (figures, last) = match words[count..] {
            [ref figures @ .., last] if !is_figure(last) => (figures, Some(last)),
            ref figures => (figures, None),
        };
        if figures.iter().any(|word| !is_figure(word)) {
            return Err(unknown());
        }
        asked.take_figures(figures)?;
        if let Some(word) = last {
            let wrong = || {
                if figures.is_empty() {
                    unknown()
                } else {
                    IndicatorError::Price { text: (*word).to_owned() }
                }
            };
            asked.take_price(AppliedPrice::of_name(word).ok_or_else(wrong)?)?;
        }
        Ok(asked)
    }

    /// Takes a field of an object: a figure by its name, `price`, `line`, or `method`, which
    /// chooses a variant.
    ///
    /// # Errors
    /// [`IndicatorError`]: an unknown field, one that is given twice, or an impossible value.
    pub fn set(&mut self, field: &str, value: &str) -> Result<(), IndicatorError> {
        let row = self.kind.row();
        let field = field.to_ascii_lowercase();
        if let Some(place) = row.parameters.iter().position(|parameter| parameter.name == field) {
            return self.take_figure(place, value);
        }
        match field.as_str() {
            "price" => {
                let price = AppliedPrice::of_name(value)
                    .or_else(|| AppliedPrice::of_number(value.parse().ok()?));
                self.take_price(
                    price.ok_or_else(|| IndicatorError::Price { text: value.to_owned() })?,
                )
            }
            "line" => {
                let line = row
                    .line(&value.to_ascii_lowercase())
                    .ok_or_else(|| IndicatorError::line(value, row))?;
                let named = u8::try_from(line).ok();
                if self.line.is_some_and(|before| Some(before) != named) {
                    return Err(IndicatorError::Twice { field });
                }
                self.line = named;
                Ok(())
            }
            field if VARIANT_FIELDS.contains(&field) => self.take_variant(value),
            other => Err(self.no_such_field(other)),
        }
    }

    /// The indicator that was named, with defaults for the figures that were left out.
    ///
    /// # Errors
    /// [`IndicatorError::Figure`] when a figure without a default is missing.
    pub fn finish(self) -> Result<Named, IndicatorError> {
        let row = self.kind.row();
        let mut parameters = Parameters::default();
        for (place, parameter) in row.parameters.iter().enumerate() {
            let number = self.numbers[place].or(parameter.default);
            parameters.0[place] =
                number.ok_or_else(|| IndicatorError::figure(&self.text, row, parameter))?;
        }
        let price = self.price.or(row.price).unwrap_or(AppliedPrice::Close);
        Ok(Named {
            indicator: IndicatorSpec { kind: self.kind, parameters, price },
            line: self.line,
        })
    }

    fn take_figures(&mut self, words: &[&str]) -> Result<(), IndicatorError> {
        let row = self.kind.row();
        if words.len() > row.parameters.len() {
            return Err(IndicatorError::figures(&self.text, words.len(), row));
        }
        words.iter().enumerate().try_for_each(|(place, word)| self.take_figure(place, word))
    }

    fn take_figure(&mut self, place: usize, word: &str) -> Result<(), IndicatorError> {
        let row = self.kind.row();
        let parameter = &row.parameters[place];
        let number = word.parse().ok().filter(|number| parameter.takes(*number));
        let number = number.ok_or_else(|| {
            let text = if self.text.contains(word) {
                self.text.clone()
            } else {
                format!("{} {word}", self.text)
            };
            IndicatorError::figure(&text, row, parameter)
        })?;
        match self.numbers[place].replace(number) {
            None => Ok(()),
            Some(_) => Err(IndicatorError::Twice { field: parameter.name.to_owned() }),
        }
    }

    fn take_price(&mut self, price: AppliedPrice) -> Result<(), IndicatorError> {
        let row = self.kind.row();
        if row.price.is_none() {
            return Err(IndicatorError::WholeBars {
                indicator: row.name,
                price: price.name().to_owned(),
            });
        }
        match self.price.replace(price) {
            None => Ok(()),
            Some(_) => Err(IndicatorError::Twice { field: "price".to_owned() }),
        }
    }

    /// Changes to the variant of a method; `mt5` is the indicator itself. Variants share figures
    /// and lines.
    fn take_variant(&mut self, method: &str) -> Result<(), IndicatorError> {
        if method.eq_ignore_ascii_case("mt5") {
            return Ok(());
        }
        let name = format!("{}_{}", self.kind.row().name, method.to_ascii_lowercase());
        let variant = find(&name).filter(|(_, line, _)| line.is_none());
        let (kind, ..) =
            variant.ok_or_else(|| IndicatorError::Unknown { text: method.to_owned(), name })?;
        self.kind = kind;
        Ok(())
    }

    fn no_such_field(&self, field: &str) -> IndicatorError {
        let row = self.kind.row();
        let mut known: Vec<_> = row.parameters.iter().map(|parameter| parameter.name).collect();
        known.extend(row.price.map(|_| "price"));
        known.extend((row.lines.len() > 1).then_some("line"));
        IndicatorError::Field { field: field.to_owned(), indicator: row.name, known }
    }
}

/// Whether a word stands for a number, even a wrong one.
fn is_figure(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '-' | '+' | '.'))
}

/// The indicator, line or price with a name in lower case.
fn find(name: &str) -> Option<(IndicatorKind, Option<u8>, Option<AppliedPrice>)> {
    if let Some(price) = AppliedPrice::of_name(name) {
        return Some((IndicatorKind::Price, None, Some(price)));
    }
    IndicatorKind::ALL.iter().find_map(|kind| {
        let row = kind.row();
        std::iter::once(&row.name).chain(row.aliases).find_map(|known| {
            match name.strip_prefix(known)? {
                "" => Some((*kind, None, None)),
                rest => Some((
                    *kind,
                    Some(u8::try_from(row.line(rest.strip_prefix('_')?)?).ok()?),
                    None,
                )),
            }
        })
    })
}

impl FromStr for Named {
    type Err = IndicatorError;
    fn from_str(text: &str) -> Result<Self, IndicatorError> {
        IndicatorName::read(text)?.finish()
    }
}

impl FromStr for LineSpec {
    type Err = IndicatorError;
    fn from_str(text: &str) -> Result<Self, IndicatorError> {
        text.parse::<Named>()?.line()
    }
}

impl FromStr for IndicatorSpec {
    type Err = IndicatorError;
    fn from_str(text: &str) -> Result<Self, IndicatorError> {
        let named: Named = text.parse()?;
        if named.line.is_some() {
            Err(IndicatorError::Whole { text: text.to_owned() })
        } else {
            Ok(named.indicator)
        }
    }
}

impl<'de> Deserialize<'de> for LineSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let named = deserializer.deserialize_map(Entries)?;
        named.line().map_err(Error::custom)
    }
}

impl<'de> Deserialize<'de> for IndicatorSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(deserializer.deserialize_map(Entries)?.indicator)
    }
}

/// The map that a specification is serialised as.
struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = Named;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an indicator: its `kind` and its figures")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Named, A::Error> {
        let (mut kind, mut rest) = (None, Vec::new());
        while let Some((field, Written(value))) = map.next_entry::<String, Written>()? {
            if field == "kind" { kind = Some(value) } else { rest.push((field, value)) }
        }
        let mut asked = IndicatorName::read(&kind.ok_or_else(|| Error::missing_field("kind"))?)
            .map_err(Error::custom)?;
        rest.iter()
            .try_for_each(|(field, value)| asked.set(field, value))
            .map_err(Error::custom)?;
        asked.finish().map_err(Error::custom)
    }
}
