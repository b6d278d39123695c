//! The open positions of each side of each symbol, summed. From the sums follows what they are
//! worth together with their swaps, between two bounds, without looking at any of them.
//!
//! The sums are exact. The bounds leave room for what valuing each position rounds: half a unit of
//! the profit currency's last digit for every leg that is not even already, and half a unit of the
//! deposit currency's for every position whose profit is converted. They also promise that the
//! value of every position fits into money; where it may not, there are none.

use crate::domain::amount::{Money, Price, Volume};
use crate::domain::id::SymbolId;
use crate::domain::money::currency_digits;
use crate::domain::order::Side;
use crate::domain::symbol::SymbolSpec;
use crate::valuation::conversion::{Converter, Rate, RoughRate};
use crate::valuation::quotes::Quotes;
use crate::valuation::stake::Stake;
use std::cell::Cell;

/// From price · volume · contract size to money, in raw units.
const NOTIONAL_TO_MONEY: i128 = 10_i128.pow(Price::SCALE + Volume::SCALE - Money::SCALE);

/// What open positions are worth in the deposit currency, in raw units of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Worth {
    /// The sum of their profits and swaps is not below this.
    pub low: i128,
    /// The sum of their profits and swaps is not above this.
    pub high: i128,
    /// The sum of the absolute amounts of these is not above this.
    pub size: i128,
}

/// The positions of all the symbols.
#[derive(Debug, Clone)]
pub struct OpenTotals {
    symbols: Vec<Symbol>,
    /// The sum of all swaps, and that of their absolute amounts.
    swap: i128,
    swap_size: i128,
    /// Half a unit of the deposit currency's last digit.
    half_unit: i128,
}

/// The terms of a symbol, and its positions.
#[derive(Debug, Clone)]
struct Symbol {
    terms: Terms,
    buy: SideTotals,
    sell: SideTotals,
}

/// How profits of a symbol are computed.
#[derive(Debug, Clone, Copy)]
struct Terms {
    contract_size: i128,
    /// One unit of the profit currency's last digit, as price · volume · contract size.
    leg_unit: i64,
    /// Half of it, as money.
    half_unit: i128,
}

/// The positions of one side of a symbol. Prices count from an anchor near them, so that the
/// bounds stay close whatever the price is.
#[derive(Debug, Clone, Default)]
struct SideTotals {
    count: u32,
    volume: i128,
    anchor: Price,
    /// The sum of volume · (opening price - anchor).
    lead: i128,
    /// The sum of volume · |opening price - anchor|.
    spread: i128,
    /// A step of prices at which no leg of any of the positions is rounded.
    even_step: i64,
    /// The number of positions whose opening leg is rounded.
    uneven: u32,
    /// What was computed last: many requests come between two ticks of a symbol.
    known: Cell<Option<Known>>,
}

/// The worth of a side at a price and a rate.
#[derive(Debug, Clone, Copy)]
struct Known {
    close: Price,
    rate: Rate,
    worth: Option<Worth>,
}

impl OpenTotals {
    /// No positions yet. A symbol without a specification never has any.
    #[must_use]
    pub fn new(specs: &[Option<&SymbolSpec>], deposit_currency: &str) -> Self {
        let symbol = |spec: Option<&SymbolSpec>| Symbol {
            terms: spec.map_or(Terms::NONE, Terms::of),
            buy: SideTotals::default(),
            sell: SideTotals::default(),
        };
        Self {
            symbols: specs.iter().copied().map(symbol).collect(),
            swap: 0,
            swap_size: 0,
            half_unit: half_unit(currency_digits(deposit_currency)),
        }
    }

    /// Adds a position.
    pub fn add(&mut self, stake: &Stake) {
        let Symbol { terms, buy, sell } = &mut self.symbols[stake.symbol.index()];
        let totals = if stake.side == Side::Buy { buy } else { sell };
        totals.add(*terms, stake.volume, stake.price_open);
        self.swap += i128::from(stake.swap.raw());
        self.swap_size += i128::from(stake.swap.raw()).abs();
    }

    /// Removes a position as it was added.
    ///
    /// # Panics
    /// If it was not.
    pub fn remove(&mut self, stake: &Stake) {
        let Symbol { terms, buy, sell } = &mut self.symbols[stake.symbol.index()];
        let totals = if stake.side == Side::Buy { buy } else { sell };
        totals.remove(*terms, stake.volume, stake.price_open);
        self.swap -= i128::from(stake.swap.raw());
        self.swap_size -= i128::from(stake.swap.raw()).abs();
        assert!(self.swap.abs() <= self.swap_size, "what is removed was added");
    }

    /// The volume of the open positions of one side of a symbol.
    ///
    /// # Panics
    /// If it is beyond what any account holds.
    #[must_use]
    pub fn volume(&self, symbol: SymbolId, side: Side) -> Volume {
        let raw = self.symbols[symbol.index()].of(side).volume;
        Volume::from_raw(i64::try_from(raw).expect("no account holds so much"))
    }

    /// The sum of all swaps, in raw units.
    #[must_use]
    pub const fn swap(&self) -> i128 {
        self.swap
    }

    /// What everything open is worth at the current quotes. None when the profit of a position may
    /// not fit into money, or without a quote that it needs.
    #[must_use]
    pub fn worth(&self, converter: &Converter, quotes: &Quotes) -> Option<Worth> {
        let mut sum = Worth { low: self.swap, high: self.swap, size: self.swap_size };
        for (symbol, place) in self.symbols.iter().zip(0..) {
            let id = SymbolId(place);
            for side in [Side::Buy, Side::Sell] {
                let totals = symbol.of(side);
                if totals.count == 0 {
                    continue;
                }
                let quote = quotes.get(id)?;
                let close = side.exit_price(quote.bid, quote.ask);
                let rate = converter.profit_rate(id, side, close, quotes)?;
                let worth = totals.known(symbol.terms, side, (close, rate), self.half_unit)?;
                sum.low += worth.low;
                sum.high += worth.high;
                sum.size += worth.size;
            }
        }
        Some(sum)
    }
}

impl OpenTotals {
    /// What the profit now and then, each rounded position by position, may differ from the profit of
    /// the sums, in the deposit currency: four units of the last digit of its own currency and two of
    /// the deposit currency for each position. `rates` are those of each symbol's profit currency.
    #[must_use]
    pub fn slack(&self, rates: impl Iterator<Item = RoughRate>, quotes: &Quotes) -> f64 {
        let unit =
            |half: i128| i64::try_from(2 * half).map(Money::from_raw).map_or(0.0, Money::to_f64);
        let deposit = 2.0 * unit(self.half_unit);
        let slack = |(symbol, rate): (&Symbol, RoughRate)| {
            let count = f64::from(symbol.buy.count) + f64::from(symbol.sell.count);
            // While the leeway holds, a rate moves by a percent at most.
            let own = 4.0 * unit(symbol.terms.half_unit) * rate.value(quotes) * 1.02;
            if count > 0.0 { count * (own + deposit) } else { 0.0 }
        };
        self.symbols.iter().zip(rates).map(slack).sum()
    }
}

impl Symbol {
    const fn of(&self, side: Side) -> &SideTotals {
        match side {
            Side::Buy => &self.buy,
            Side::Sell => &self.sell,
        }
    }
}

impl Terms {
    const NONE: Self = Self { contract_size: 0, leg_unit: 1, half_unit: 0 };

    fn of(spec: &SymbolSpec) -> Self {
        let digits = currency_digits(&spec.currency_profit);
        Self {
            contract_size: i128::from(spec.contract_size),
            leg_unit: 10_i64.pow(Price::SCALE + Volume::SCALE - digits),
            half_unit: half_unit(digits),
        }
    }

    /// The step of prices at which a leg of this volume is not rounded.
    fn even_step(self, volume: Volume) -> i64 {
        let unit = i128::from(self.leg_unit);
        let rest = i64::try_from(i128::from(volume.raw()) % unit * self.contract_size % unit)
            .expect("a rest is smaller than the unit");
        self.leg_unit / gcd(self.leg_unit, rest)
    }
}

impl SideTotals {
    fn add(&mut self, terms: Terms, volume: Volume, price_open: Price) {
        assert!(volume > Volume::ZERO && price_open > Price::ZERO, "a position is of something");
        if self.count == 0 {
            *self = Self { anchor: price_open, even_step: 1, ..Self::default() };
        }
        let step = terms.even_step(volume);
        self.count += 1;
        self.even_step = self.even_step / gcd(self.even_step, step) * step;
        self.uneven += u32::from(price_open.raw() % step != 0);
        self.change(i128::from(volume.raw()), price_open);
    }

    fn remove(&mut self, terms: Terms, volume: Volume, price_open: Price) {
        self.count = self.count.checked_sub(1).expect("what is removed was added");
        self.uneven -= u32::from(price_open.raw() % terms.even_step(volume) != 0);
        self.change(-i128::from(volume.raw()), price_open);
        assert!(self.volume >= 0 && self.spread >= 0, "what is removed was added");
        assert!(self.count > 0 || (self.volume, self.lead, self.spread) == (0, 0, 0), "sums agree");
    }

    fn change(&mut self, volume: i128, price_open: Price) {
        let away = i128::from(price_open.raw() - self.anchor.raw());
        self.volume += volume;
        self.lead += volume * away;
        self.spread += volume * away.abs();
        self.known.set(None);
    }

    fn known(
        &self,
        terms: Terms,
        side: Side,
        (close, rate): (Price, Rate),
        half_unit: i128,
    ) -> Option<Worth> {
        if let Some(known) =
            self.known.get().filter(|known| (known.close, known.rate) == (close, rate))
        {
            return known.worth;
        }
        let worth = self
            .own_worth(terms, side, close)
            .and_then(|own| own.converted(rate, i128::from(self.count) * (half_unit + 1)));
        self.known.set(Some(Known { close, rate, worth }));
        worth
    }

    /// The worth in the profit currency.
    fn own_worth(&self, terms: Terms, side: Side, close: Price) -> Option<Worth> {
        let (closes, anchor) = (i128::from(close.raw()), i128::from(self.anchor.raw()));
        let away = closes - anchor;
        // No leg of a position is larger.
        let leg = (self.volume * closes.max(anchor)).checked_add(self.spread)?;
        leg.checked_mul(terms.contract_size)?;
        let gain = (self.volume * away - self.lead) * terms.contract_size;
        let gain = if side == Side::Buy { gain } else { -gain };
        let size = (self.volume * away.abs() + self.spread) * terms.contract_size;
        let is_even = close.raw() % self.even_step == 0;
        let rounded = self.uneven + if is_even { 0 } else { self.count };
        let slack = i128::from(rounded) * terms.half_unit;
        let low = gain.div_euclid(NOTIONAL_TO_MONEY);
        let exact = low * NOTIONAL_TO_MONEY == gain;
        let high = if exact { low } else { low + 1 };
        fits(Worth {
            low: low - slack,
            high: high + slack,
            size: size / NOTIONAL_TO_MONEY + 1 + slack,
        })
    }
}

impl Worth {
    /// The same in the deposit currency, where converting loses no more than `slack`.
    fn converted(self, rate: Rate, slack: i128) -> Option<Self> {
        if rate == Rate::Same {
            return Some(self);
        }
        fits(Self {
            low: rate.floor(self.low) - slack,
            high: rate.ceil(self.high) + slack,
            size: rate.ceil(self.size) + slack,
        })
    }
}

/// The worth, if any one position's share of it fits into money.
fn fits(worth: Worth) -> Option<Worth> {
    Some(worth).filter(|worth| worth.size <= i128::from(i64::MAX))
}

/// Half a unit of a currency's last digit, as money.
const fn half_unit(digits: u32) -> i128 {
    10_i128.pow(Money::SCALE - digits) / 2
}

/// The greatest common divisor of two numbers that are not negative, the first above zero.
const fn gcd(first: i64, second: i64) -> i64 {
    let (mut larger, mut smaller) = (first, second);
    while smaller != 0 {
        (larger, smaller) = (smaller, larger % smaller);
    }
    larger
}
