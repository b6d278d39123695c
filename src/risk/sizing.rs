//! The volume of an entry (executor 3.4). It is never rounded up, and the executor's cap always
//! wins.

use crate::domain::amount::{Money, Volume};
use crate::domain::symbol::SymbolSpec;

/// Why no volume can be traded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SizeError {
    /// Neither the settings nor the rules nor the executor give a volume.
    #[error("no volume is given and the executor has no default")]
    Unsaid,
    /// Below the symbol's minimum, after the cap and rounding down.
    #[error("the volume is below the symbol's minimum of {0} lots")]
    BelowMinimum(Volume),
    /// Above the symbol's maximum.
    #[error("the volume is above the symbol's maximum of {0} lots")]
    AboveMaximum(Volume),
    /// The given volume is not a whole number of the symbol's steps.
    #[error("the volume is no multiple of the symbol's step of {0} lots")]
    OffStep(Volume),
}

/// The volume of an entry with fixed lots: the first of `wanted` that is given, but at most `cap`.
/// A given volume that is off the symbol's step is refused, not rounded; one that the cap reduces
/// is rounded down to the step.
///
/// # Errors
/// [`SizeError`].
pub fn fixed_lots(
    wanted: &[Option<Volume>],
    cap: Option<Volume>,
    spec: &SymbolSpec,
) -> Result<Volume, SizeError> {
    let said = wanted.iter().flatten().next().copied().ok_or(SizeError::Unsaid)?;
    if !said.is_multiple_of(spec.volume_step) {
        return Err(SizeError::OffStep(spec.volume_step));
    }
    let lots = match cap {
        Some(cap) if cap < said => floor_to_step(cap, spec.volume_step),
        _ => said,
    };
    if lots < spec.volume_min {
        Err(SizeError::BelowMinimum(spec.volume_min))
    } else if lots > spec.volume_max {
        Err(SizeError::AboveMaximum(spec.volume_max))
    } else {
        Ok(lots)
    }
}

/// Why no volume can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoSize {
    /// What a volume loses, or needs, cannot be told, or is nothing.
    Unknown,
    /// It would be below the symbol's minimum.
    TooSmall,
}

/// The largest volume that loses, or needs, no more than so much money, as `of` says of a volume: rounded
/// down to the symbol's step, and no more than `cap` and the symbol's maximum.
///
/// # Errors
/// [`NoSize`].
pub fn sized_lots(
    money: Money,
    of: impl Fn(Volume) -> Option<Money>,
    cap: Option<Volume>,
    spec: &SymbolSpec,
) -> Result<Volume, NoSize> {
    // Of the largest volume, rounding to the last digit of a currency matters least.
    let whole = of(spec.volume_max).filter(|whole| *whole > Money::ZERO).ok_or(NoSize::Unknown)?;
    let raw = i128::from(money.raw()) * i128::from(spec.volume_max.raw()) / i128::from(whole.raw());
    let most = cap.map_or(spec.volume_max, |cap| cap.min(spec.volume_max));
    let wanted = i64::try_from(raw).map_or(most, Volume::from_raw).min(most);
    let lots = floor_to_step(wanted, spec.volume_step);
    let is_too_much = lots > Volume::ZERO && of(lots).is_none_or(|needed| needed > money);
    let lots = if is_too_much { lots - spec.volume_step } else { lots };
    if lots >= spec.volume_min { Ok(lots) } else { Err(NoSize::TooSmall) }
}

/// `volume` rounded down to a multiple of `step`.
///
/// # Panics
/// If `step` is not positive.
#[must_use]
pub const fn floor_to_step(volume: Volume, step: Volume) -> Volume {
    assert!(step.raw() > 0, "a volume step is positive");
    Volume::from_raw(volume.raw().div_euclid(step.raw()) * step.raw())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::symbols_builtin::builtin;
    use proptest::prelude::*;

    fn lots(text: &str) -> Volume {
        text.parse().unwrap()
    }

    #[test]
    fn the_first_word_counts_and_the_cap_wins() {
        let spec = builtin("EURUSD").unwrap();
        for (wanted, cap, expect) in [
            (vec![None, Some(lots("0.1"))], None, Ok(lots("0.1"))),
            (vec![Some(lots("0.2")), Some(lots("0.1"))], None, Ok(lots("0.2"))),
            (vec![Some(lots("5"))], Some(lots("0.555")), Ok(lots("0.55"))),
            (
                vec![Some(lots("5"))],
                Some(lots("0.005")),
                Err(SizeError::BelowMinimum(lots("0.01"))),
            ),
            (vec![Some(lots("0.015"))], None, Err(SizeError::OffStep(lots("0.01")))),
            (vec![Some(lots("500"))], None, Err(SizeError::AboveMaximum(lots("100")))),
            (vec![None], None, Err(SizeError::Unsaid)),
        ] {
            assert_eq!(fixed_lots(&wanted, cap, &spec), expect, "{wanted:?} {cap:?}");
        }
    }

    /// So much a lot, rounded to cents as a whole.
    fn by_lot(cents: i64) -> impl Fn(Volume) -> Option<Money> {
        move |volume| {
            let raw = i128::from(volume.raw()) * i128::from(cents);
            Money::from_scaled(raw, Volume::SCALE + 2, 2)
        }
    }

    #[test]
    fn lots_are_what_the_money_allows() {
        let spec = builtin("EURUSD").unwrap();
        let money = |text: &str| text.parse::<Money>().unwrap();
        for (risked, of_one_lot, cap, expect) in [
            // 1 % of 10,000 at a stop of 30 pips: 100 / 300 a lot.
            ("100", 30_000, None, Ok("0.33")),
            ("100", 30_000, Some("0.2"), Ok("0.2")),
            ("2.99", 30_000, None, Err(NoSize::TooSmall)),
            ("3", 30_000, None, Ok("0.01")),
            ("1000000000", 1, None, Ok("100")),
            ("-5", 30_000, None, Err(NoSize::TooSmall)),
            ("5", 0, None, Err(NoSize::Unknown)),
        ] {
            let got = sized_lots(money(risked), by_lot(of_one_lot), cap.map(lots), &spec);
            assert_eq!(got, expect.map(lots), "{risked} {of_one_lot} {cap:?}");
        }
    }

    /// A unit that loses a cent and a half, which is rounded: not by the unit.
    #[test]
    fn rounding_of_one_lot_does_not_count() {
        let spec = SymbolSpec { volume_max: lots("1000000"), ..builtin("EURUSD").unwrap() };
        let of = |volume: Volume| {
            Money::from_scaled(i128::from(volume.raw()) * 149, Volume::SCALE + 4, 2)
        };
        assert_eq!(sized_lots("100".parse().unwrap(), of, None, &spec), Ok(lots("6711.4")));
    }

    proptest! {
        /// One step more would lose more than is risked, unless the symbol's maximum is in the way.
        #[test]
        fn never_rounded_up(risked in 1_i64..100_000_000, of_one_lot in 1_i64..1_000_000) {
            let spec = builtin("EURUSD").unwrap();
            let (money, of) = (Money::from_raw(risked * 1_000_000), by_lot(of_one_lot));
            if let Ok(volume) = sized_lots(money, &of, None, &spec) {
                prop_assert!(of(volume).unwrap() <= money && spec.accepts_volume(volume));
                let more = of(volume + spec.volume_step).unwrap() + Money::from_raw(1_000_000);
                prop_assert!(volume == spec.volume_max || more > money);
            }
        }

        #[test]
        fn never_more_than_wanted_or_capped(steps in 1_i64..20_000, cap in 0_i64..20_000_000_000) {
            let spec = builtin("EURUSD").unwrap();
            let wanted = Volume::from_raw(steps * spec.volume_step.raw());
            let cap = Volume::from_raw(cap);
            if let Ok(volume) = fixed_lots(&[Some(wanted)], Some(cap), &spec) {
                prop_assert!(volume <= wanted && volume <= cap && spec.accepts_volume(volume));
            }
        }
    }
}
