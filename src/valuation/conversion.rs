//! Converts profit and margin currencies into the deposit currency (MT5 reference 5.1, 5.2). Routes
//! are found once, from the specifications. Whether the amounts of a symbol can ever be converted is
//! known then, not in the middle of a session.

use crate::domain::amount::{Money, Price};
use crate::domain::id::SymbolId;
use crate::domain::money::{convert, convert_inverse, currency_digits};
use crate::domain::order::Side;
use crate::domain::symbol::{CalcMode, SymbolSpec};
use crate::valuation::quotes::{Quote, Quotes};
use std::collections::BTreeMap;

/// How one currency becomes the deposit currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Route {
    /// There is none.
    Unknown,
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
    #[must_use]
    pub const fn floor(self, raw: i128) -> i128 {
        match self {
            Self::Same => raw,
            Self::Times(rate) => (raw * rate.raw() as i128).div_euclid(ONE),
            Self::Over(rate) => (raw * ONE).div_euclid(rate.raw() as i128),
        }
    }

    /// A sum of amounts, in raw units, converted and rounded up.
    #[must_use]
    pub const fn ceil(self, raw: i128) -> i128 {
        -self.floor(-raw)
    }
}

/// At which price of a pair its base is dealt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dealt {
    /// It is sold.
    Bid,
    /// It is bought.
    Ask,
}

/// The currency in which an amount of a symbol is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// The deposit currency.
    Deposit,
    /// The profit currency of the symbol.
    Profit,
    /// The margin currency of the symbol.
    Margin,
}

/// The currency in which the account is kept, and what is known of others.
#[derive(Debug, Clone, Copy)]
pub struct Deposit<'a> {
    /// The deposit currency by its ISO code.
    pub currency: &'a str,
    /// The value of one unit of another currency in the deposit currency, where no pair is quoted.
    pub rates: &'a BTreeMap<String, Price>,
}

/// A symbol's currency cannot be converted into the deposit currency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{symbol} counts in {currency}, and nothing tells its value in {deposit}: add a symbol that pairs the two \
     ({currency}{deposit} or {deposit}{currency}) to `symbols`, or `{currency} = <value of 1 {currency} in {deposit}>` to `[account.rates]`"
)]
pub struct NoConversion {
    /// The symbol.
    pub symbol: String,
    /// Its profit or margin currency.
    pub currency: String,
    /// The deposit currency.
    pub deposit: String,
}

/// The routes of all the symbols.
#[derive(Debug, Clone)]
pub struct Converter {
    digits: u32,
    profit: Vec<Route>,
    margin: Vec<Route>,
    missing: Option<NoConversion>,
}

impl Converter {
    /// Finds the routes. A symbol of which the specification is not known has none.
    #[must_use]
    pub fn new(deposit: Deposit<'_>, specs: &[Option<&SymbolSpec>]) -> Self {
        let mut missing = None;
        let mut find = |currency: fn(&SymbolSpec) -> &String| {
            let routes = specs.iter().map(|spec| {
                let Some(spec) = spec else { return Route::Unknown };
                let route = route(deposit, specs, spec, currency(spec));
                if route == Route::Unknown && missing.is_none() {
                    missing = Some(NoConversion {
                        symbol: spec.name.clone(),
                        currency: currency(spec).clone(),
                        deposit: deposit.currency.to_owned(),
                    });
                }
                route
            });
            routes.collect()
        };
        let profit = find(|spec| &spec.currency_profit);
        let margin = find(|spec| &spec.currency_margin);
        Self { digits: currency_digits(deposit.currency), profit, margin, missing }
    }

    /// The first amounts that are never converted.
    #[must_use]
    pub const fn missing(&self) -> Option<&NoConversion> {
        self.missing.as_ref()
    }

    /// Whether all quotes that convert amounts of `symbol` are known.
    #[must_use]
    pub fn is_quoted(&self, symbol: SymbolId, quotes: &Quotes) -> bool {
        [self.profit[symbol.index()], self.margin[symbol.index()]].into_iter().all(|route| {
            match route {
                Route::Unknown => false,
                Route::Same | Route::Fixed(_) => true,
                Route::Direct(pair) | Route::Inverse(pair) => quotes.get(pair).is_some(),
            }
        })
    }

    /// The profit in the deposit currency of closing a position of `side` at `price`. The rate is
    /// that of a deal: a buy takes the Ask of the profit currency and a sell its Bid, whatever the
    /// sign of the profit (MT5 reference 5.1). None without a quote.
    #[must_use]
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
    #[must_use]
    pub fn margin(
        &self,
        symbol: SymbolId,
        side: Side,
        price: Price,
        amount: Money,
        quotes: &Quotes,
    ) -> Option<Money> {
        let route = self.margin[symbol.index()];
        deal_rate(route, symbol, side, price, quotes)?.convert(amount, self.digits)
    }

    /// An amount that no deal has made, in the deposit currency, at the quotes of the moment: its
    /// currency is bought or sold. None without a quote.
    #[must_use]
    pub fn at_quotes(
        &self,
        symbol: SymbolId,
        (counted, amount): (Counted, Money),
        dealt: Dealt,
        quotes: &Quotes,
    ) -> Option<Money> {
        let route = match counted {
            Counted::Deposit => Route::Same,
            Counted::Profit => self.profit[symbol.index()],
            Counted::Margin => self.margin[symbol.index()],
        };
        let quoted = |pair, dealt| quotes.get(pair).map(|quote| pick(quote, dealt));
        rate(route, dealt, quoted)?.convert(amount, self.digits)
    }

    /// The digits of the deposit currency.
    #[must_use]
    pub const fn digits(&self) -> u32 {
        self.digits
    }

    /// The rate of [`Self::profit`]. None without a quote.
    #[must_use]
    pub fn profit_rate(
        &self,
        symbol: SymbolId,
        side: Side,
        price: Price,
        quotes: &Quotes,
    ) -> Option<Rate> {
        deal_rate(self.profit[symbol.index()], symbol, side, price, quotes)
    }

    /// What a unit of the profit currency of each symbol is worth, roughly; nothing where it is not
    /// known.
    pub fn rough_rates(&self) -> impl Iterator<Item = RoughRate> {
        self.profit.iter().map(|route| match *route {
            Route::Unknown => RoughRate::Fixed(0.0),
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
    #[must_use]
    pub const fn pair(self) -> Option<SymbolId> {
        match self {
            Self::Fixed(_) => None,
            Self::Direct(pair) | Self::Inverse(pair) => Some(pair),
        }
    }

    /// Its value at the present quotes; 0 without a quote.
    #[inline]
    #[must_use]
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
fn deal_rate(
    route: Route,
    traded: SymbolId,
    side: Side,
    price: Price,
    quotes: &Quotes,
) -> Option<Rate> {
    let dealt = match side {
        Side::Buy => Dealt::Ask,
        Side::Sell => Dealt::Bid,
    };
    // The traded pair itself converts at the price of the deal.
    let quoted = |pair, dealt| {
        if pair == traded { Some(price) } else { quotes.get(pair).map(|quote| pick(quote, dealt)) }
    };
    rate(route, dealt, quoted)
}

/// The rate of a route when its currency is bought or sold, by what a pair is dealt at.
fn rate(
    route: Route,
    dealt: Dealt,
    quoted: impl Fn(SymbolId, Dealt) -> Option<Price>,
) -> Option<Rate> {
    Some(match route {
        Route::Unknown => return None,
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
/// suffix, or another pair, in alphabetical order, or a stated rate (MT5 reference 5.1).
fn route(
    deposit: Deposit<'_>,
    specs: &[Option<&SymbolSpec>],
    traded: &SymbolSpec,
    currency: &str,
) -> Route {
    if currency == deposit.currency {
        return Route::Same;
    }
    let suffix = |spec: &SymbolSpec| spec.name.get(6..).unwrap_or_default().to_owned();
    let known = specs.iter().zip(0_u16..).filter_map(|(spec, place)| Some(((*spec)?, place)));
    let pairs = known
        .filter(|(spec, _)| matches!(spec.calc_mode, CalcMode::Forex | CalcMode::ForexNoLeverage));
    let found = pairs.filter_map(|(spec, place)| {
        let pair = SymbolId(place);
        let direct = spec.currency_base == currency && spec.currency_profit == deposit.currency;
        let inverse = spec.currency_base == deposit.currency && spec.currency_profit == currency;
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
        let rate = deposit.rates.get(currency).filter(|&&rate| rate > Price::ZERO);
        rate.map(|&rate| Route::Fixed(rate))
    };
    found
        .min_by(|a, b| a.0.cmp(&b.0))
        .map(|(_, route)| route)
        .or_else(stated)
        .unwrap_or(Route::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::symbols_builtin::builtin;

    fn quotes_of(quotes: &[Option<(&str, &str)>]) -> Quotes {
        let quote = |&(bid, ask): &(&str, &str)| Quote { bid: price(bid), ask: price(ask) };
        let mut all = Quotes::default();
        all.set_all(quotes.iter().map(|one| one.as_ref().map(quote).unwrap_or_default()));
        all
    }

    fn money(text: &str) -> Money {
        text.parse().unwrap()
    }

    fn price(text: &str) -> Price {
        text.parse().unwrap()
    }

    fn converter(deposit: &str, rates: &[(&str, &str)], names: &[&str]) -> Converter {
        let rates = rates.iter().map(|(name, rate)| ((*name).to_owned(), price(rate))).collect();
        let specs: Vec<_> = names.iter().map(|name| builtin(name).unwrap()).collect();
        let specs: Vec<_> = specs.iter().map(Some).collect();
        Converter::new(Deposit { currency: deposit, rates: &rates }, &specs)
    }

    /// 1,000 units of the first symbol's profit currency, closed at 2.
    fn check(deposit: &str, names: &[&str], side: Side, expect: &str) {
        let quotes = quotes_of(&vec![Some(("1.25", "1.6")); names.len()]);
        let converter = converter(deposit, &[], names);
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
        assert_eq!(converter("EUR", &[], &["EURUSD", "XAUUSD"]).missing(), None);
        let gold = converter("EUR", &[], &["XAUUSD"]);
        let error = gold.missing().unwrap();
        assert_eq!((error.symbol.as_str(), error.currency.as_str()), ("XAUUSD", "USD"));
        assert!(error.to_string().contains("USDEUR or EURUSD"), "{error}");
        let quotes = quotes_of(&[None]);
        let profit = |converter: &Converter| {
            converter.profit(SymbolId(0), Side::Buy, price("2"), money("1000"), &quotes)
        };
        assert_eq!(profit(&gold), None);
        assert_eq!(profit(&converter("EUR", &[("USD", "0.9")], &["XAUUSD"])), Some(money("900")));
    }

    #[test]
    fn what_is_not_quoted_yet_is_known() {
        let converter = converter("USD", &[], &["EURGBP", "GBPUSD", "EURUSD"]);
        let is_quoted =
            |quotes: &[Option<(&str, &str)>]| converter.is_quoted(SymbolId(0), &quotes_of(quotes));
        let one = Some(("1", "1"));
        assert!(!is_quoted(&[one, one, None]), "margin is counted in EUR");
        assert!(is_quoted(&[one, one, one]));
    }
}
