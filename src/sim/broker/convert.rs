//! Converts profit and margin currencies into the deposit currency (MT5 reference 5.1, 5.2). Routes
//! are found once, at the start. A symbol whose amounts could never be converted is refused then,
//! not in the middle of a session.

use crate::domain::amount::{Money, Price};
use crate::domain::id::SymbolId;
use crate::domain::money::{convert, convert_inverse, currency_digits};
use crate::domain::order::Side;
use crate::domain::symbol::{CalcMode, SymbolSpec};
use crate::session::description::AccountModel;
use crate::sim::broker::config::NoConversion;
use crate::sim::broker::quotes::{Quote, Quotes};

/// How one currency becomes the deposit currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Route {
    /// It is the deposit currency.
    Same,
    /// By a rate given in the session.
    Fixed(Price),
    /// By a quoted pair that has it as its base.
    Direct(SymbolId),
    /// By a quoted pair that has it as its profit currency.
    Inverse(SymbolId),
}

/// What an amount in another currency is multiplied with, or divided by, to become one in the
/// deposit currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rate {
    /// It is in the deposit currency.
    Same,
    /// It is multiplied with this.
    Times(Price),
    /// It is divided by this.
    Over(Price),
}

/// A rate of one, in raw units.
const ONE: i128 = 10_i128.pow(Price::SCALE);

impl Rate {
    /// The amount converted and rounded to `digits`. None when it does not fit.
    fn convert(self, amount: Money, digits: u32) -> Option<Money> {
        match self {
            Self::Same => Some(amount.round_to(digits)),
            Self::Times(rate) => convert(amount, rate, digits),
            Self::Over(rate) => convert_inverse(amount, rate, digits),
        }
    }

    /// A sum of amounts, in raw units, converted and rounded down.
    pub const fn floor(self, raw: i128) -> i128 {
        match self {
            Self::Same => raw,
            Self::Times(rate) => (raw * rate.raw() as i128).div_euclid(ONE),
            Self::Over(rate) => (raw * ONE).div_euclid(rate.raw() as i128),
        }
    }

    /// A sum of amounts, in raw units, converted and rounded up.
    pub const fn ceil(self, raw: i128) -> i128 {
        -self.floor(-raw)
    }
}

/// Which side of the pair counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dealt {
    Bid,
    Ask,
}

/// The routes of all the symbols.
#[derive(Debug)]
pub struct Converter {
    digits: u32,
    profit: Vec<Route>,
    margin: Vec<Route>,
}

impl Converter {
    /// Finds the routes.
    ///
    /// # Errors
    /// [`NoConversion`] for the first symbol without one.
    pub fn new(account: &AccountModel, specs: &[SymbolSpec]) -> Result<Self, NoConversion> {
        let find = |spec: &SymbolSpec, currency: &String| {
            route(account, specs, spec, currency).ok_or_else(|| NoConversion {
                symbol: spec.name.clone(),
                currency: currency.clone(),
                deposit: account.currency.clone(),
            })
        };
        Ok(Self {
            digits: currency_digits(&account.currency),
            profit: specs
                .iter()
                .map(|spec| find(spec, &spec.currency_profit))
                .collect::<Result<_, _>>()?,
            margin: specs
                .iter()
                .map(|spec| find(spec, &spec.currency_margin))
                .collect::<Result<_, _>>()?,
        })
    }

    /// Whether all quotes that convert amounts of `symbol` are known.
    pub fn is_quoted(&self, symbol: SymbolId, quotes: &Quotes) -> bool {
        [self.profit[symbol.index()], self.margin[symbol.index()]].into_iter().all(|route| {
            match route {
                Route::Same | Route::Fixed(_) => true,
                Route::Direct(pair) | Route::Inverse(pair) => quotes.get(pair).is_some(),
            }
        })
    }

    /// The profit in the deposit currency of closing a position of `side` at `price`. The rate is
    /// that of a deal: a buy takes the Ask of the profit currency and a sell its Bid, whatever the
    /// sign of the profit (MT5 reference 5.1). None without a quote.
    pub fn profit(
        &self,
        symbol: SymbolId,
        side: Side,
        price: Price,
        amount: Money,
        quotes: &Quotes,
    ) -> Option<Money> {
        self.profit_rate(symbol, side, price, quotes)?.convert(amount, self.digits)
    }

    /// Margin in the deposit currency of opening a position of `side` at `price`: Ask for a buy,
    /// Bid for a sell (MT5 reference 5.2). None without a quote.
    pub fn margin(
        &self,
        symbol: SymbolId,
        side: Side,
        price: Price,
        amount: Money,
        quotes: &Quotes,
    ) -> Option<Money> {
        let route = self.margin[symbol.index()];
        rate(route, symbol, side, price, quotes)?.convert(amount, self.digits)
    }

    /// The rate of [`Self::profit`]. None without a quote.
    pub fn profit_rate(
        &self,
        symbol: SymbolId,
        side: Side,
        price: Price,
        quotes: &Quotes,
    ) -> Option<Rate> {
        rate(self.profit[symbol.index()], symbol, side, price, quotes)
    }

    /// What a unit of the profit currency of each symbol is worth, roughly.
    pub fn rough_rates(&self) -> impl Iterator<Item = RoughRate> {
        self.profit.iter().map(|route| match *route {
            Route::Same => RoughRate::Fixed(1.0),
            Route::Fixed(rate) => RoughRate::Fixed(rate.to_f64()),
            Route::Direct(pair) => RoughRate::Direct(pair),
            Route::Inverse(pair) => RoughRate::Inverse(pair),
        })
    }
}

/// Roughly what a unit of a currency is worth in the deposit currency, for watching equity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RoughRate {
    /// Always so much.
    Fixed(f64),
    /// The Bid of a pair.
    Direct(SymbolId),
    /// One by the Bid of a pair.
    Inverse(SymbolId),
}

impl RoughRate {
    /// The pair that moves it.
    pub const fn pair(self) -> Option<SymbolId> {
        match self {
            Self::Fixed(_) => None,
            Self::Direct(pair) | Self::Inverse(pair) => Some(pair),
        }
    }

    /// Its value at the present quotes; 0 without a quote.
    #[inline]
    pub fn value(self, quotes: &Quotes) -> f64 {
        let bid = |pair| quotes.get(pair).map_or(0.0, |quote| quote.bid.to_f64());
        match self {
            Self::Fixed(value) => value,
            Self::Direct(pair) => bid(pair),
            Self::Inverse(pair) => {
                Some(bid(pair)).filter(|&bid| bid > 0.0).map_or(0.0, |bid| 1.0 / bid)
            }
        }
    }
}

/// The rate at which amounts of a deal of `side` at `price` are converted. None without a quote.
fn rate(route: Route, traded: SymbolId, side: Side, price: Price, quotes: &Quotes) -> Option<Rate> {
    let dealt = match side {
        Side::Buy => Dealt::Ask,
        Side::Sell => Dealt::Bid,
    };
    // The traded pair itself converts at the price of the deal.
    let quoted = |pair, dealt| {
        if pair == traded { Some(price) } else { quotes.get(pair).map(|quote| pick(quote, dealt)) }
    };
    Some(match route {
        Route::Same => Rate::Same,
        Route::Fixed(rate) => Rate::Times(rate),
        Route::Direct(pair) => Rate::Times(quoted(pair, dealt)?),
        // The Ask of the inverse is 1 / Bid.
        Route::Inverse(pair) => Rate::Over(quoted(pair, opposite(dealt))?),
    })
}

const fn pick(quote: Quote, dealt: Dealt) -> Price {
    match dealt {
        Dealt::Bid => quote.bid,
        Dealt::Ask => quote.ask,
    }
}

const fn opposite(dealt: Dealt) -> Dealt {
    match dealt {
        Dealt::Bid => Dealt::Ask,
        Dealt::Ask => Dealt::Bid,
    }
}

/// The route of a currency: the traded symbol's own pair, or a quoted Forex pair with the same
/// suffix, or another pair, in alphabetical order, or the session's rate (MT5 reference 5.1).
fn route(
    account: &AccountModel,
    specs: &[SymbolSpec],
    traded: &SymbolSpec,
    currency: &str,
) -> Option<Route> {
    if currency == account.currency {
        return Some(Route::Same);
    }
    let suffix = |spec: &SymbolSpec| spec.name.get(6..).unwrap_or_default().to_owned();
    let pairs = specs
        .iter()
        .zip(0_u16..)
        .filter(|(spec, _)| matches!(spec.calc_mode, CalcMode::Forex | CalcMode::ForexNoLeverage));
    let found = pairs.filter_map(|(spec, place)| {
        let pair = SymbolId(place);
        let direct = spec.currency_base == currency && spec.currency_profit == account.currency;
        let inverse = spec.currency_base == account.currency && spec.currency_profit == currency;
        let route = if direct {
            Some(Route::Direct(pair))
        } else {
            inverse.then_some(Route::Inverse(pair))
        };
        route.map(|route| {
            ((spec.name != traded.name, suffix(spec) != suffix(traded), spec.name.clone()), route)
        })
    });
    let stated = || {
        account
            .rates
            .get(currency)
            .filter(|&&rate| rate > Price::ZERO)
            .map(|&rate| Route::Fixed(rate))
    };
    found.min_by(|a, b| a.0.cmp(&b.0)).map(|(_, route)| route).or_else(stated)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::symbols_builtin::builtin;
    use crate::sim::broker::testing::{money, price, tick_of};

    fn account(currency: &str) -> AccountModel {
        AccountModel { currency: currency.into(), ..AccountModel::default() }
    }

    fn specs(names: &[&str]) -> Vec<SymbolSpec> {
        names.iter().map(|name| builtin(name).unwrap()).collect()
    }

    /// 1,000 units of the first symbol's profit currency, closed at 2.
    fn check(deposit: &str, names: &[&str], side: Side, expect: &str) {
        let mut quotes = Quotes::new(names.len());
        for place in 0..names.len() {
            quotes.see(&tick_of(u16::try_from(place).unwrap(), 0, "1.25", "1.6"));
        }
        let converter = Converter::new(&account(deposit), &specs(names)).unwrap();
        let got = converter.profit(SymbolId(0), side, price("2"), money("1000"), &quotes);
        assert_eq!(got, Some(money(expect)), "{deposit} {names:?} {side:?}");
    }

    #[test]
    fn profit_is_converted_by_the_rule_of_deals() {
        check("USD", &["EURUSD"], Side::Buy, "1000");
        // The traded pair itself: the deal's own price.
        check("USD", &["USDCHF"], Side::Buy, "500");
        check("USD", &["USDCHF"], Side::Sell, "500");
        // Another pair: a buy takes the Ask of the profit currency, a sell its Bid.
        check("USD", &["EURGBP", "GBPUSD", "EURUSD"], Side::Buy, "1600");
        check("USD", &["EURGBP", "GBPUSD", "EURUSD"], Side::Sell, "1250");
        check("USD", &["CHFJPY", "USDJPY", "USDCHF"], Side::Buy, "800");
        check("USD", &["CHFJPY", "USDJPY", "USDCHF"], Side::Sell, "625");
    }

    #[test]
    fn a_stated_rate_helps_and_its_absence_is_told() {
        let mut account = account("EUR");
        let error = Converter::new(&account, &specs(&["EURUSD", "XAUUSD"])).err();
        assert_eq!(error, None);
        let error = Converter::new(&account, &specs(&["XAUUSD"])).unwrap_err();
        assert_eq!((error.symbol.as_str(), error.currency.as_str()), ("XAUUSD", "USD"));
        assert!(error.to_string().contains("USDEUR or EURUSD"), "{error}");
        account.rates.insert("USD".into(), price("0.9"));
        let converter = Converter::new(&account, &specs(&["XAUUSD"])).unwrap();
        let got =
            converter.profit(SymbolId(0), Side::Buy, price("2"), money("1000"), &Quotes::new(1));
        assert_eq!(got, Some(money("900")));
    }

    #[test]
    fn what_is_not_quoted_yet_is_known() {
        let converter =
            Converter::new(&account("USD"), &specs(&["EURGBP", "GBPUSD", "EURUSD"])).unwrap();
        let mut quotes = Quotes::new(3);
        quotes.see(&tick_of(0, 0, "1", "1"));
        quotes.see(&tick_of(1, 0, "1", "1"));
        assert!(!converter.is_quoted(SymbolId(0), &quotes), "margin is counted in EUR");
        quotes.see(&tick_of(2, 0, "1", "1"));
        assert!(converter.is_quoted(SymbolId(0), &quotes));
    }
}
