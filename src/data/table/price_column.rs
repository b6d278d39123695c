//! Prices in a Parquet column, exact decimals or doubles, converted to whole points of the symbol.
//!
//! The checks are combined into one flag per batch, so that the loops have no branches. Which value
//! was wrong is searched only when one was.

use crate::data::error::{CellFlaw, DataError};
use crate::data::table::column::{Chunk, Stop, Table};
use crate::domain::amount::Price;
use crate::domain::decimal::pow10;
use crate::domain::symbol::SymbolSpec;
use crate::market::columns::PointColumn;
use parquet::basic::{ConvertedType, LogicalType, Type};
use parquet::data_type::{DoubleType, Int32Type, Int64Type};

/// Adding this moves a double's whole part to the low bits, rounded to nearest: exact, and the same
/// on every machine.
const ROUNDER: f64 = 6_755_399_441_055_744.0; // 1.5 * 2^52
/// How many points a double may be away from the price that it means: rounding noise is far below
/// this, a missing digit above.
const NOISE_POINTS: f64 = 0.01;

/// What a file's prices must fit: the symbol's name and digits.
#[derive(Debug, Clone)]
pub struct Digits {
    symbol: String,
    count: u32,
    /// The number of raw units in a point.
    point_raw: i64,
    /// The number of points in 1.
    points: f64,
}

impl Digits {
    /// The digits of a symbol.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "at most 10^9")]
    pub fn of(spec: &SymbolSpec) -> Self {
        let (point_raw, points) = (spec.point().raw(), pow10(spec.digits) as f64);
        Self { symbol: spec.name.clone(), count: spec.digits, point_raw, points }
    }

    /// The size of a point, in 10⁻⁹.
    #[must_use]
    pub const fn point(&self) -> Price {
        Price::from_raw(self.point_raw)
    }

    /// The number of digits after the point.
    #[must_use]
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// The price that a printed double means: the nearest one with the symbol's digits, if only
    /// rounding noise lies in between (`1.1645699999999999` is 1.16457).
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "at most 2^51")]
    pub fn of_double(&self, value: f64) -> Option<Price> {
        let scaled = value * self.points;
        let shifted = scaled + ROUNDER;
        let sound = scaled >= 0.0
            && scaled < self.points_max() as f64
            && ((shifted - ROUNDER) - scaled).abs() < NOISE_POINTS;
        sound.then(|| {
            Price::from_raw(
                (shifted.to_bits().wrapping_sub(ROUNDER.to_bits()).cast_signed()) * self.point_raw,
            )
        })
    }

    /// Checks that a price from a text has no more digits than the symbol.
    ///
    /// # Errors
    /// [`CellFlaw::TooManyDigits`].
    pub fn check(&self, price: Price) -> Result<Price, CellFlaw> {
        if price.raw() % self.point_raw == 0 {
            Ok(price)
        } else {
            Err(self.too_fine(price.to_string()))
        }
    }

    pub(in crate::data) fn too_fine(&self, value: String) -> CellFlaw {
        CellFlaw::TooManyDigits { value, digits: self.count, symbol: self.symbol.clone() }
    }

    /// The largest number of points that is a price.
    const fn points_max(&self) -> i64 {
        let fits = i64::MAX / self.point_raw;
        // With the rounding used here, doubles count points exactly up to 2^51.
        if fits < 1 << 51 { fits } else { 1 << 51 }
    }

    #[expect(clippy::cast_precision_loss, reason = "at most 2^51")]
    fn take_doubles(&self, values: &[f64], out: &mut Vec<i64>) -> Result<(), Stop> {
        let (points, points_max) = (self.points, self.points_max() as f64);
        let mut sound = true;
        out.extend(values.iter().map(|&value| {
            let scaled = value * points;
            let shifted = scaled + ROUNDER;
            let off = (shifted - ROUNDER) - scaled;
            // One comparison for each bound, which NaN fails.
            sound &= scaled >= 0.0;
            sound &= scaled < points_max;
            sound &= off.abs() < NOISE_POINTS;
            shifted.to_bits().wrapping_sub(ROUNDER.to_bits()).cast_signed()
        }));
        if sound { Ok(()) } else { Err(self.find_double(values)) }
    }

    #[cold]
    #[expect(clippy::cast_precision_loss, reason = "at most 2^51")]
    fn find_double(&self, values: &[f64]) -> Stop {
        let flaw = |value: f64| {
            let scaled = value * self.points;
            if !value.is_finite() {
                Some(CellFlaw::NotFinite(value))
            } else if scaled < 0.0 {
                Some(CellFlaw::NotPositive(value.to_string()))
            } else if scaled >= self.points_max() as f64 {
                Some(CellFlaw::TooLarge(format!("{value:e}")))
            } else {
                let off = ((scaled + ROUNDER) - ROUNDER) - scaled;
                (off.abs() >= NOISE_POINTS).then(|| self.too_fine(value.to_string()))
            }
        };
        first_flaw(values, flaw)
    }
}

/// The flaw of the first wrong value in a batch.
fn first_flaw<T: Copy>(values: &[T], flaw: impl Fn(T) -> Option<CellFlaw>) -> Stop {
    let found = values
        .iter()
        .enumerate()
        .find_map(|(at, &value)| flaw(value).map(|flaw| Stop::Value(at, flaw)));
    // The batch's flag and this search apply the same tests. If they differed, the batch would be
    // refused all the same.
    found.unwrap_or(Stop::Short)
}

enum Source {
    Int32(Chunk<Int32Type>),
    Int64(Chunk<Int64Type>),
    Double(Chunk<DoubleType>),
}

/// A column of prices of one row group.
pub struct PriceColumn {
    source: Source,
    /// How many points are a unit of the file's scale.
    unit_points: i64,
    digits: Digits,
    /// Points before it is known whether they fit into 32 bits.
    wide: Vec<i64>,
}

impl PriceColumn {
    /// Opens a column of a row group.
    ///
    /// # Errors
    /// [`DataError::WrongColumn`], or [`DataError::Digits`] when the column keeps more digits than
    /// the symbol has.
    pub fn open(
        table: &Table,
        group: usize,
        index: usize,
        digits: &Digits,
    ) -> Result<Self, DataError> {
        let column = table.descriptor(index);
        let wrong = || table.wrong(index, "prices: DOUBLE, or DECIMAL on INT32 or INT64");
        let (source, scale) = match (column.physical_type(), decimal_scale(column)) {
            (Type::DOUBLE, None) => (Source::Double(table.chunk(group, index)?), 0),
            (Type::INT32, Some(scale)) => (Source::Int32(table.chunk(group, index)?), scale),
            (Type::INT64, Some(scale)) => (Source::Int64(table.chunk(group, index)?), scale),
            _ => return Err(wrong()),
        };
        let found = u32::try_from(scale).map_err(|_| wrong())?;
        if found > digits.count {
            let (path, column) = (table.path().into(), table.names()[index].clone());
            return Err(DataError::Digits {
                path,
                column,
                found,
                symbol: digits.symbol.clone(),
                digits: digits.count,
            });
        }
        // The unit of doubles is not used.
        let unit_points = pow10(digits.count - found);
        Ok(Self { source, unit_points, digits: digits.clone(), wide: Vec::new() })
    }

    /// Replaces `out` by the next `rows` prices in points, none below zero.
    ///
    /// # Errors
    /// [`Stop`].
    pub fn read(&mut self, rows: usize, out: &mut PointColumn) -> Result<(), Stop> {
        let points_max = i64::MAX / self.digits.point_raw;
        self.wide.clear();
        match &mut self.source {
            // As they are: most files keep points of 32 bits.
            Source::Int32(chunk) if self.unit_points == 1 => {
                return out.fill(|points| {
                    chunk.read_into(rows, points)?;
                    check_signs(points)
                });
            }
            Source::Int32(chunk) => {
                from_decimals(chunk.read(rows)?, self.unit_points, points_max, &mut self.wide)?;
            }
            Source::Int64(chunk) => {
                from_decimals(chunk.read(rows)?, self.unit_points, points_max, &mut self.wide)?;
            }
            Source::Double(chunk) => self.digits.take_doubles(chunk.read(rows)?, &mut self.wide)?,
        }
        out.take_wide(&mut self.wide);
        Ok(())
    }
}

fn decimal_scale(column: &parquet::schema::types::ColumnDescriptor) -> Option<i32> {
    match (column.logical_type_ref(), column.converted_type()) {
        (Some(LogicalType::Decimal(decimal)), _) => Some(decimal.scale),
        (None, ConvertedType::DECIMAL) => Some(column.type_scale()),
        _ => None,
    }
}

fn check_signs(points: &[i32]) -> Result<(), Stop> {
    // The sign bit collects values below zero, without a branch for each.
    if points.iter().fold(0, |all, point| all | point) >= 0 {
        return Ok(());
    }
    let flaw = |points: i32| (points < 0).then(|| CellFlaw::NotPositive(points.to_string()));
    Err(first_flaw(points, flaw))
}

fn from_decimals<T: Copy + Into<i64>>(
    values: &[T],
    unit_points: i64,
    points_max: i64,
    out: &mut Vec<i64>,
) -> Result<(), Stop> {
    let limit = points_max / unit_points;
    // The sign bit collects values below zero and above the limit, without a branch or a comparison
    // per row.
    let mut flaws = 0;
    out.extend(values.iter().map(|&value| {
        let value: i64 = value.into();
        flaws |= value | limit.wrapping_sub(value);
        // It wraps only when the batch is refused.
        value.wrapping_mul(unit_points)
    }));
    if flaws >= 0 {
        return Ok(());
    }
    let flaw = |value: T| match value.into() {
        value if value < 0 => Some(CellFlaw::NotPositive(value.to_string())),
        value if value > limit => Some(CellFlaw::TooLarge(value.to_string())),
        _ => None,
    };
    Err(first_flaw(values, flaw))
}
