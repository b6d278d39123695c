//! Profit and margin as MT5's server computes them (MT5 reference 5.1, 5.2).

use crate::domain::amount::{Money, Price, Volume};
use crate::domain::decimal::div_round;
use crate::domain::order::Side;
use crate::domain::symbol::{CalcMode, SymbolSpec};

/// Digits after the point to which amounts of a currency (by its ISO code) are rounded: 2, except
/// for the currencies without a minor unit.
#[must_use]
pub fn currency_digits(currency: &str) -> u32 {
    match currency {
        "JPY" | "KRW" | "CLP" | "VND" => 0,
        _ => 2,
    }
}

/// Scale of price · volume: 10^-(9+8).
const NOTIONAL_SCALE: u32 = Price::SCALE + Volume::SCALE;

/// Price · volume · contract size. None when 128 bits do not hold it.
fn notional(spec: &SymbolSpec, volume: Volume, price: Price) -> Option<i128> {
    (i128::from(price.raw()) * i128::from(volume.raw())).checked_mul(i128::from(spec.contract_size))
}

/// What `volume` is worth at `price`, or a distance of prices is worth to it, in the symbol's profit
/// currency and rounded to its digits. None when the amount does not fit.
#[must_use]
pub fn value(spec: &SymbolSpec, volume: Volume, price: Price) -> Option<Money> {
    let digits = currency_digits(&spec.currency_profit);
    Money::from_scaled(notional(spec, volume, price)?, NOTIONAL_SCALE, digits)
}

/// Profit, in the symbol's profit currency, of closing `volume` at `close` when it was opened at
/// `open`. Forex rounds each leg to the currency's digits, CFDs round the difference. None when the
/// amount does not fit.
///
/// ```
/// use tickdeck::domain::{money, order::Side, symbols_builtin::builtin};
/// let spec = builtin("EURUSD").unwrap();
/// // 0.1 lots are 10,000 EUR: 5 pips, each 0.0001 USD for one EUR, are 5 USD.
/// let profit = money::profit(&spec, Side::Buy, "0.1".parse()?, "1.1700".parse()?, "1.1705".parse()?);
/// assert_eq!(profit, Some("5".parse()?));
/// # Ok::<(), tickdeck::domain::decimal::DecimalError>(())
/// ```
#[must_use]
pub fn profit(
    spec: &SymbolSpec,
    side: Side,
    volume: Volume,
    open: Price,
    close: Price,
) -> Option<Money> {
    let digits = currency_digits(&spec.currency_profit);
    let gain = match spec.calc_mode {
        CalcMode::Forex | CalcMode::ForexNoLeverage => {
            // A leg may be far larger than any amount that is booked: it is rounded before it is an
            // amount.
            let unit = 10_i128.pow(NOTIONAL_SCALE - digits);
            let leg = |price| notional(spec, volume, price).map(|value| div_round(value, unit));
            Money::from_scaled(leg(close)? - leg(open)?, digits, digits)?
        }
        CalcMode::Cfd | CalcMode::CfdLeverage => Money::from_scaled(
            notional(spec, volume, close.checked_sub(open)?)?,
            NOTIONAL_SCALE,
            digits,
        )?,
    };
    Some(match side {
        Side::Buy => gain,
        Side::Sell => -gain,
    })
}

/// Margin of `volume` at `price`, in the symbol's margin currency; leverage counts in the modes
/// that use it. None when the amount does not fit.
///
/// ```
/// use tickdeck::domain::{money, symbols_builtin::builtin};
/// let spec = builtin("EURUSD").unwrap();
/// // One lot is 100,000 EUR; at 1:500 its margin is 200 EUR, whatever the price.
/// assert_eq!(money::margin(&spec, "1".parse()?, "1.17".parse()?, 500), Some("200".parse()?));
/// # Ok::<(), tickdeck::domain::decimal::DecimalError>(())
/// ```
#[must_use]
pub fn margin(spec: &SymbolSpec, volume: Volume, price: Price, leverage: u32) -> Option<Money> {
    let digits = currency_digits(&spec.currency_margin);
    let leverage = i128::from(leverage.max(1));
    let lots = i128::from(volume.raw());
    let leveraged = matches!(spec.calc_mode, CalcMode::Forex | CalcMode::CfdLeverage);
    let (value, scale) = if spec.margin_initial > Price::ZERO {
        (i128::from(spec.margin_initial.raw()) * lots, NOTIONAL_SCALE)
    } else {
        match spec.calc_mode {
            CalcMode::Forex | CalcMode::ForexNoLeverage => {
                (lots * i128::from(spec.contract_size), Volume::SCALE)
            }
            CalcMode::Cfd | CalcMode::CfdLeverage => {
                (notional(spec, volume, price)?, NOTIONAL_SCALE)
            }
        }
    };
    Money::from_scaled(if leveraged { value / leverage } else { value }, scale, digits)
}

/// An amount in another currency: `amount · rate`, rounded to the digits of `to`. None when it does
/// not fit.
#[must_use]
pub fn convert(amount: Money, rate: Price, to_digits: u32) -> Option<Money> {
    Money::from_scaled(
        i128::from(amount.raw()) * i128::from(rate.raw()),
        Money::SCALE + Price::SCALE,
        to_digits,
    )
}

/// An amount in another currency by the inverse rate: `amount / rate`. None when it does not fit or
/// the rate is zero.
#[must_use]
pub fn convert_inverse(amount: Money, rate: Price, to_digits: u32) -> Option<Money> {
    if rate <= Price::ZERO {
        return None;
    }
    let scaled = i128::from(amount.raw())
        .checked_mul(i128::from(crate::domain::decimal::pow10(Price::SCALE)))?;
    let unrounded = div_round(scaled, i128::from(rate.raw()));
    Money::from_scaled(unrounded, Money::SCALE, to_digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::symbols_builtin::builtin;

    #[test]
    fn profit_of_the_reference_trades() {
        let euro = builtin("EURUSD").unwrap();
        let lots: Volume = "0.1".parse().unwrap();
        let loss =
            profit(&euro, Side::Sell, lots, "1.17418".parse().unwrap(), "1.1752".parse().unwrap());
        assert_eq!(loss.unwrap().to_string(), "-10.2");
        let gold = SymbolSpec {
            digits: 3,
            tick_size: "0.001".parse().unwrap(),
            ..builtin("XAUUSD").unwrap()
        };
        let loss = profit(
            &gold,
            Side::Sell,
            lots,
            "1310.96".parse().unwrap(),
            "1313.974".parse().unwrap(),
        );
        assert_eq!(loss.unwrap().to_string(), "-30.14");
    }

    /// 60 lots of a rupiah pair are worth more rupiahs than money holds; a point of them is not.
    #[test]
    fn a_profit_that_fits_is_told_whatever_its_legs_are() {
        let rupiah =
            SymbolSpec { digits: 0, currency_profit: "IDR".into(), ..builtin("EURUSD").unwrap() };
        let gain = |close: &str| {
            profit(
                &rupiah,
                Side::Buy,
                "60".parse().unwrap(),
                "16500".parse().unwrap(),
                close.parse().unwrap(),
            )
        };
        assert_eq!(gain("16501").unwrap().to_string(), "6000000");
        assert_eq!(gain("900000000"), None);
        let most = SymbolSpec { contract_size: u32::MAX, ..rupiah };
        assert_eq!(
            profit(
                &most,
                Side::Sell,
                Volume::from_raw(i64::MAX),
                Price::from_raw(1),
                Price::from_raw(i64::MAX)
            ),
            None
        );
    }

    #[test]
    fn margin_of_a_demo_account() {
        // IC Markets demo: 0.01 lots of EURUSD at 1:500 hold 2.39 USD at 1.195.
        let euro = builtin("EURUSD").unwrap();
        let base = margin(&euro, "0.01".parse().unwrap(), "1.195".parse().unwrap(), 500).unwrap();
        assert_eq!(base.to_string(), "2");
        assert_eq!(convert(base, "1.195".parse().unwrap(), 2).unwrap().to_string(), "2.39");
    }

    #[test]
    fn conversion_both_ways() {
        let amount: Money = "123".parse().unwrap();
        assert_eq!(
            convert_inverse(amount, "149.5".parse().unwrap(), 2).unwrap().to_string(),
            "0.82"
        );
        assert_eq!(convert_inverse(amount, Price::ZERO, 2), None);
    }
}
