//! What a position costs or earns overnight (MT5 reference 5.5). Start with [`overnight`].

use crate::domain::amount::{Money, Volume};
use crate::domain::decimal::{div_round, pow10};
use crate::domain::money::value;
use crate::domain::order::Side;
use crate::domain::swap::{SwapMode, SwapSize, SwapTerms};
use crate::domain::symbol::{CalcMode, SymbolSpec};
use crate::valuation::conversion::{Converter, Counted, Dealt};
use crate::valuation::quotes::Quotes;
use crate::valuation::stake::Stake;

/// The days of a bank year.
const BANK_YEAR: i128 = 360;

/// In which of the currencies that are converted the base currency of a symbol is counted; none
/// where it is another one.
fn base(spec: &SymbolSpec, deposit: &str) -> Option<Counted> {
    if spec.currency_base == deposit {
        Some(Counted::Deposit)
    } else if spec.currency_base == spec.currency_margin {
        Some(Counted::Margin)
    } else {
        (spec.currency_base == spec.currency_profit).then_some(Counted::Profit)
    }
}

/// Why the swaps of a symbol cannot be charged to an account in the currency `deposit`, and what
/// would be right; none when they can.
#[must_use]
pub fn flaw(spec: &SymbolSpec, deposit: &str) -> Option<String> {
    let Some(terms) = spec.swap else {
        return Some(
            "is missing, and `broker.swaps` charges it: state it, such as { mode = \"points\", long = -7.6, \
             short = 0.6, days = [0, 1, 1, 3, 1, 1, 0] }, or { mode = \"disabled\", long = 0, short = 0, \
             days = [0, 0, 0, 0, 0, 0, 0] } where there is none"
                .to_owned(),
        );
    };
    if !terms.mode.is_modelled() {
        let mode = terms.mode;
        return Some(format!(
            "has the mode {mode:?}, which is not modelled: points, money and interest are"
        ));
    }
    let needs_base = match terms.mode {
        SwapMode::CurrencySymbol => true,
        SwapMode::InterestCurrent | SwapMode::InterestOpen => is_pair(spec),
        _ => false,
    };
    (needs_base && base(spec, deposit).is_none()).then(|| {
        format!(
            "counts in {}, which is neither the margin currency nor the profit currency: that is not modelled",
            spec.currency_base
        )
    })
}

const fn is_pair(spec: &SymbolSpec) -> bool {
    matches!(spec.calc_mode, CalcMode::Forex | CalcMode::ForexNoLeverage)
}

/// What a position gains, or loses, in the deposit currency when its swap is charged so many times
/// at once. None without a quote, or where it does not fit, or for terms with a [`flaw`].
///
/// The amount of all the times is rounded once. Points are worth what one point is worth to the
/// position, rounded, so that a tiny position may pay nothing. Money that is paid is converted at
/// Ask and money that is earned at Bid, which is the worse for the client; interest of a long at Bid
/// and of a short at Ask.
#[must_use]
pub fn overnight(
    converter: &Converter,
    spec: &SymbolSpec,
    deposit: &str,
    stake: &Stake,
    times: u8,
    quotes: &Quotes,
) -> Option<Money> {
    let Stake { symbol, side, volume, .. } = *stake;
    let terms = spec.swap?;
    let size = terms.size(side);
    let counted = match terms.mode {
        SwapMode::Disabled => return Some(Money::ZERO),
        SwapMode::Points => return points(converter, spec, stake, (size, times), quotes),
        SwapMode::CurrencySymbol => base(spec, deposit)?,
        SwapMode::CurrencyMargin => Counted::Margin,
        SwapMode::CurrencyDeposit => Counted::Deposit,
        SwapMode::InterestCurrent | SwapMode::InterestOpen => {
            let counted = if is_pair(spec) { base(spec, deposit)? } else { Counted::Profit };
            let amount = interest(spec, terms, stake, times, quotes)?;
            let dealt = if side == Side::Buy { Dealt::Bid } else { Dealt::Ask };
            return converter.at_quotes(symbol, (counted, amount), dealt, quotes);
        }
        SwapMode::ReopenCurrent | SwapMode::ReopenBid | SwapMode::Unknown(_) => return None,
    };
    let raw = i128::from(size.raw()) * i128::from(volume.raw()) * i128::from(times);
    let amount = Money::from_scaled(raw, SwapSize::SCALE + Volume::SCALE, Money::SCALE)?;
    let dealt = if amount < Money::ZERO { Dealt::Ask } else { Dealt::Bid };
    converter.at_quotes(symbol, (counted, amount), dealt, quotes)
}

fn points(
    converter: &Converter,
    spec: &SymbolSpec,
    stake: &Stake,
    (size, times): (SwapSize, u8),
    quotes: &Quotes,
) -> Option<Money> {
    let quote = quotes.get(stake.symbol)?;
    let own = value(spec, stake.volume, spec.point())?;
    let price = stake.side.exit_price(quote.bid, quote.ask);
    let one = converter.profit(stake.symbol, stake.side, price, own, quotes)?;
    let raw = i128::from(one.raw()) * i128::from(size.raw()) * i128::from(times);
    Money::from_scaled(raw, Money::SCALE + SwapSize::SCALE, converter.digits())
}

/// Interest in the base currency for currency pairs, else in the profit currency.
fn interest(
    spec: &SymbolSpec,
    terms: SwapTerms,
    stake: &Stake,
    times: u8,
    quotes: &Quotes,
) -> Option<Money> {
    let lots = i128::from(stake.volume.raw()) * i128::from(spec.contract_size);
    // What is held, in units of 10^-8 · one.
    let (held, one) = if is_pair(spec) {
        (lots, 1)
    } else {
        let quote = quotes.get(stake.symbol)?;
        let price = match terms.mode {
            SwapMode::InterestOpen => stake.price_open,
            _ => stake.side.exit_price(quote.bid, quote.ask),
        };
        (lots.checked_mul(i128::from(price.raw()))?, i128::from(pow10(9)))
    };
    let size = i128::from(terms.size(stake.side).raw()) * i128::from(times);
    let parts = 100 * BANK_YEAR * i128::from(pow10(SwapSize::SCALE)) * one;
    i64::try_from(div_round(held.checked_mul(size)?, parts)).ok().map(Money::from_raw)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::amount::Price;
    use crate::domain::id::SymbolId;
    use crate::domain::symbols_builtin::builtin;
    use crate::valuation::conversion::Deposit;
    use crate::valuation::quotes::Quote;
    use std::collections::BTreeMap;

    /// A symbol in a USD account, at its quote.
    struct Priced {
        spec: SymbolSpec,
        quotes: Quotes,
    }

    fn priced(name: &str, bid: &str, ask: &str) -> Priced {
        let mut quotes = Quotes::default();
        quotes
            .set_all([Quote { bid: bid.parse().unwrap(), ask: ask.parse().unwrap() }].into_iter());
        Priced { spec: builtin(name).unwrap(), quotes }
    }

    impl Priced {
        /// The swap of a volume opened at `open`, with the same size for both sides.
        fn check(
            &self,
            (mode, size): (SwapMode, &str),
            (side, lots, open): (Side, &str, &str),
            times: u8,
            expect: &str,
        ) {
            let size = size.parse().unwrap();
            let terms = SwapTerms { mode, long: size, short: size, days: [1; 7] };
            let spec = SymbolSpec { swap: Some(terms), ..self.spec.clone() };
            let rates = BTreeMap::new();
            let converter =
                Converter::new(Deposit { currency: "USD", rates: &rates }, &[Some(&spec)]);
            let stake = Stake {
                symbol: SymbolId(0),
                side,
                volume: lots.parse().unwrap(),
                price_open: open.parse::<Price>().unwrap(),
                swap: Money::ZERO,
            };
            assert_eq!(flaw(&spec, "USD"), None);
            let got = overnight(&converter, &spec, "USD", &stake, times, &self.quotes);
            assert_eq!(got, Some(expect.parse().unwrap()), "{mode:?} {side:?} {lots}");
        }
    }

    #[test]
    fn points_are_worth_what_a_point_is_worth_to_the_position() {
        let euro = priced("EURUSD", "1.1", "1.1002");
        let points = (SwapMode::Points, "-7.6");
        // 0.1 lots are 10,000 EUR: a point is 0.10 USD, and 7.6 of them are 0.76.
        euro.check(points, (Side::Buy, "0.1", "1"), 1, "-0.76");
        euro.check(points, (Side::Buy, "0.1", "1"), 3, "-2.28");
        // 0.01 lots: 0.01 USD a point, 0.076 in all.
        euro.check(points, (Side::Sell, "0.01", "1"), 1, "-0.08");
        // 0.001 lots: a point is 0.001 USD, which rounds to nothing.
        euro.check(points, (Side::Sell, "0.001", "1"), 3, "0");
        let yen = priced("USDJPY", "150.25", "150.27");
        // A lot: a point is 100 JPY, at Bid 0.6655… and so 0.67 USD; 18.4 of them are 12.328.
        yen.check((SwapMode::Points, "18.4"), (Side::Buy, "1", "150"), 1, "12.33");
    }

    #[test]
    fn money_is_paid_at_ask_and_earned_at_bid() {
        let euro = priced("EURUSD", "1.1", "1.1002");
        // Half a lot costs 2.50 EUR a night: 2.7505 USD at Ask, and 8.2515 for three nights.
        for mode in [SwapMode::CurrencySymbol, SwapMode::CurrencyMargin] {
            euro.check((mode, "-5"), (Side::Buy, "0.5", "1"), 1, "-2.75");
            euro.check((mode, "-5"), (Side::Buy, "0.5", "1"), 3, "-8.25");
            // 1.50 EUR earned are 1.65 USD at Bid.
            euro.check((mode, "3"), (Side::Buy, "0.5", "1"), 1, "1.65");
        }
        // USDJPY counts in USD already, as its base and margin currency.
        let yen = priced("USDJPY", "150.25", "150.27");
        yen.check((SwapMode::CurrencySymbol, "-2.4"), (Side::Sell, "2", "150"), 1, "-4.8");
        // 1.25 USD a lot, 0.3 lots, three nights: 1.125 is rounded away from zero.
        yen.check((SwapMode::CurrencyDeposit, "-1.25"), (Side::Sell, "0.3", "150"), 3, "-1.13");
        yen.check((SwapMode::Disabled, "-1.25"), (Side::Sell, "0.3", "150"), 3, "0");
    }

    #[test]
    fn interest_is_that_of_a_bank_year() {
        let gold = priced("XAUUSD", "2000", "2001");
        // 100 ounces at 2,000: 200,000 · 3.6 % / 360.
        gold.check((SwapMode::InterestCurrent, "-3.6"), (Side::Buy, "1", "1800"), 1, "-20");
        gold.check((SwapMode::InterestOpen, "-3.6"), (Side::Buy, "1", "1800"), 1, "-18");
        // A short is valued at Ask: 200,100 · 1.8 % / 360 is 10.005.
        gold.check((SwapMode::InterestCurrent, "1.8"), (Side::Sell, "1", "1800"), 1, "10.01");
        // A currency pair pays it on its base: 10 EUR, at Bid for a long and at Ask for a short.
        let euro = priced("EURUSD", "1.1", "1.1009");
        for mode in [SwapMode::InterestCurrent, SwapMode::InterestOpen] {
            euro.check((mode, "-3.6"), (Side::Buy, "1", "1.2"), 1, "-11");
            euro.check((mode, "-3.6"), (Side::Sell, "1", "1.2"), 1, "-11.01");
        }
    }

    #[test]
    fn what_is_not_modelled_is_named() {
        let with = |mode| {
            let size = SwapSize::ZERO;
            let swap = SwapTerms { mode, long: size, short: size, days: [1; 7] };
            SymbolSpec { swap: Some(swap), ..builtin("EURUSD").unwrap() }
        };
        let flaw_of = |spec: &SymbolSpec| flaw(spec, "USD").unwrap_or_default();
        assert!(flaw_of(&with(SwapMode::ReopenBid)).contains("ReopenBid"));
        assert!(flaw_of(&with(SwapMode::Unknown(9))).contains("Unknown(9)"));
        assert!(flaw_of(&builtin("EURUSD").unwrap()).contains("is missing"));
        let odd = SymbolSpec { currency_base: "XYZ".into(), ..with(SwapMode::CurrencySymbol) };
        assert!(flaw_of(&odd).contains("counts in XYZ"));
        let points = SymbolSpec { currency_base: "XYZ".into(), ..with(SwapMode::Points) };
        assert_eq!(flaw(&points, "USD"), None);
    }
}
