//! Conversions from whole numbers to doubles. Windows are summed as integers, which do not drift or
//! depend on the ring's position, and rounded once at the end.

/// Every whole number below this is a double.
const EXACT_MAX: u128 = 1 << 53;

/// The double nearest to a whole number.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "rounding is what it is for")]
pub fn nearest(value: i128) -> f64 {
    // A 64-bit conversion is one instruction, a 128-bit one a call.
    i64::try_from(value).map_or(value as f64, |small| small as f64)
}

/// `total / (weight · scale)` as a double, where `scale` is a whole number below 2^53 or a power of
/// two: the mean of values of 1/`scale` whose weights add up to `weight`. When all values are
/// equal, it is that value to the bit.
///
/// # Panics
/// If `weight` is 0 or less.
#[must_use]
pub fn mean(total: i128, weight: i128, scale: f64) -> f64 {
    assert!(weight > 0, "a mean is of something");
    if total.unsigned_abs() < EXACT_MAX && nearest(weight) * scale < nearest(1 << 53) {
        return nearest(total) / (nearest(weight) * scale);
    }
    let (whole, rest) = match (i64::try_from(total), i64::try_from(weight)) {
        (Ok(total), Ok(weight)) => (i128::from(total / weight), i128::from(total % weight)),
        _ => (total / weight, total % weight),
    };
    (nearest(whole) + nearest(rest) / nearest(weight)) / scale
}

/// The mean price of a sum of raw prices in units of 10⁻⁹ with total weight `weight`; none when the
/// weight is 0.
#[must_use]
pub fn mean_price(raw_sum: i128, weight: i128) -> Option<f64> {
    (weight > 0).then(|| mean(raw_sum, weight, 1e9))
}

/// The quotient of two whole numbers; none when the divisor is 0.
#[must_use]
pub fn ratio(dividend: i128, divisor: i128) -> Option<f64> {
    (divisor != 0).then(|| nearest(dividend) / nearest(divisor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flat_window_has_its_price_to_the_bit() {
        for raw in [
            1_i128,
            999_999_999,
            1_170_010_000,
            2_034_560_000_000,
            9_999_999_123_456_789,
            9_223_372_036_854_775_807,
        ] {
            for weight in [1, 3, 7, 14, 1_399, 10_000, 50_005_000] {
                assert_eq!(
                    mean(raw * weight, weight, 1e9).to_bits(),
                    (nearest(raw) / 1e9).to_bits(),
                    "{raw} {weight}"
                );
            }
        }
    }

    #[test]
    fn a_fraction_is_kept_beside_a_great_whole() {
        let total = 10_000_000_000_000_000 * 3 + 1;
        assert_eq!(mean(total, 3, 1e9).to_bits(), (10_000_000_000_000_000.0 / 1e9_f64).to_bits());
        assert_eq!(mean(-7, 2, 1.0).to_bits(), (-3.5_f64).to_bits());
    }
}
