//! An indicator with its figures, and one of its lines: checked, small, and equal when they compute
//! the same.
//!
//! Their text is `NAME_line_figures_price`: `EMA_20`, `MACD_SIGNAL_12_26_9`, `SMA_50_MEDIAN`. All
//! figures are always written, the applied price only when it is not the indicator's own.

use crate::indicator::applied_price::AppliedPrice;
use crate::indicator::catalogue::IndicatorKind;
use crate::indicator::parameter::{Number, Parameters};
use crate::indicator::row::Row;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use std::fmt;

/// An indicator with its figures; strategies that name the same one share it. Parsed from text or
/// fields ([`crate::indicator::named`]), so that its figures are always within bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct IndicatorSpec {
    pub(in crate::indicator) kind: IndicatorKind,
    pub(in crate::indicator) parameters: Parameters,
    /// The applied price; the close when the indicator takes whole bars.
    pub(in crate::indicator) price: AppliedPrice,
}

/// One line of an indicator, as rules compare them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineSpec {
    pub(in crate::indicator) indicator: IndicatorSpec,
    pub(in crate::indicator) line: u8,
}

impl IndicatorSpec {
    /// The indicator, without its figures.
    #[must_use]
    pub const fn kind(&self) -> IndicatorKind {
        self.kind
    }

    /// The figures, in the order of the row.
    #[must_use]
    pub const fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// The applied price; the close when the indicator takes whole bars.
    #[must_use]
    pub const fn price(&self) -> AppliedPrice {
        self.price
    }

    /// The indicator's row in the registry.
    #[must_use]
    pub const fn row(&self) -> &'static Row {
        self.kind.row()
    }

    /// The number of bars that must close before a strategy may act on the indicator: 5·n for most
    /// recursive ones, n for windowed ones (executor 3.3).
    #[must_use]
    pub fn warmup_bars(&self) -> u32 {
        (self.row().warmup_bars)(&self.parameters)
    }

    /// All lines of the indicator.
    pub fn lines(self) -> impl Iterator<Item = LineSpec> {
        (0_u8..).zip(self.row().lines).map(move |(line, _)| LineSpec { indicator: self, line })
    }

    /// The figures of its row by their names.
    fn figures(&self) -> impl Iterator<Item = (&'static str, Number)> {
        self.row()
            .parameters
            .iter()
            .zip(self.parameters.0)
            .map(|(parameter, number)| (parameter.name, number))
    }

    /// The applied price, if it is not the indicator's own.
    fn other_price(&self) -> Option<AppliedPrice> {
        self.row().price.filter(|own| *own != self.price).map(|_| self.price)
    }

    /// A name of the indicator or of one of its lines, followed by figures and price.
    fn with_figures(&self, name: &str) -> String {
        let mut text = name.to_owned();
        for (_, number) in self.figures() {
            text.push('_');
            text.push_str(&number.to_string());
        }
        if let Some(price) = self.other_price() {
            text.push('_');
            text.push_str(price.name());
        }
        text
    }

    fn entries(&self) -> usize {
        1 + self.row().parameters.len() + usize::from(self.other_price().is_some())
    }

    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("kind", self.row().name)?;
        for (name, number) in self.figures() {
            match u32::try_from(number.raw() / Number::whole(1).raw()) {
                Ok(whole) if Number::whole(whole) == number => map.serialize_entry(name, &whole)?,
                _ => map.serialize_entry(name, &number)?,
            }
        }
        self.other_price().map_or(Ok(()), |price| map.serialize_entry("price", price.name()))
    }
}

impl LineSpec {
    /// The indicator that the line belongs to.
    #[must_use]
    pub const fn indicator(&self) -> IndicatorSpec {
        self.indicator
    }

    /// The index of the line among the indicator's values.
    #[must_use]
    pub fn place(&self) -> usize {
        usize::from(self.line)
    }

    /// The warm-up of the indicator ([`IndicatorSpec::warmup_bars`]).
    #[must_use]
    pub fn warmup_bars(&self) -> u32 {
        self.indicator.warmup_bars()
    }

    /// The line's text in lower case: the name of its column.
    #[must_use]
    pub fn column(&self) -> String {
        self.indicator.with_figures(&self.indicator.row().line_name(self.place()))
    }

    /// Whether its values are a few whole numbers, each with a meaning, which can be asked for
    /// equality.
    #[must_use]
    pub fn is_code(&self) -> bool {
        self.indicator.kind == IndicatorKind::SwingLine && !self.is_main()
    }

    fn is_main(&self) -> bool {
        let lines = self.indicator.row().lines;
        lines.len() == 1 || lines[self.place()].is_main()
    }
}

impl fmt::Display for IndicatorSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with_figures(self.row().name).to_ascii_uppercase())
    }
}

impl fmt::Display for LineSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.column().to_ascii_uppercase())
    }
}

impl Serialize for IndicatorSpec {
    /// `{"kind":"ema","period":20}`: rules are hashed in this form, so it must not change.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.entries()))?;
        self.write(&mut map)?;
        map.end()
    }
}

impl Serialize for LineSpec {
    /// That of the indicator, with `"line":"signal"` unless the line is the main one.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer
            .serialize_map(Some(self.indicator.entries() + usize::from(!self.is_main())))?;
        self.indicator.write(&mut map)?;
        if !self.is_main() {
            map.serialize_entry("line", self.indicator.row().lines[self.place()].name)?;
        }
        map.end()
    }
}
