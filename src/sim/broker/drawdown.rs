//! Equity as it goes, for the summary alone: sampled at each tick while positions are open, from sums per symbol. No
//! decision of the broker depends on it; money that is booked or checked is computed exactly elsewhere.

use crate::domain::amount::{Money, Price, Volume};
use crate::domain::id::SymbolId;
use crate::domain::order::Side;
use crate::domain::symbol::SymbolSpec;
use crate::sim::broker::quotes::Quote;

/// Open volume and what it cost, one side of a symbol.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    volume: i128,
    cost: i128,
}

/// The open positions of one symbol as two sums.
#[derive(Debug, Clone, Copy)]
struct Exposure {
    buy: Sums,
    sell: Sums,
    /// The sums as floating point, renewed when they change.
    volumes: (f64, f64),
    cost: f64,
    /// Units of profit currency in a raw price times a raw volume.
    unit: f64,
    floating: f64,
}

/// Peak and greatest fall of the equity.
#[derive(Debug)]
pub struct Drawdown {
    exposures: Vec<Exposure>,
    open: usize,
    balance: f64,
    peak: f64,
    worst_percent: f64,
}

impl Drawdown {
    /// Nothing open, nothing paid in.
    pub fn new(specs: &[SymbolSpec]) -> Self {
        let scale = Price::from_raw(1).to_f64() * Volume::from_raw(1).to_f64();
        let exposure = |spec: &SymbolSpec| Exposure {
            buy: Sums::default(),
            sell: Sums::default(),
            volumes: (0.0, 0.0),
            cost: 0.0,
            unit: scale * f64::from(spec.contract_size),
            floating: 0.0,
        };
        Self { exposures: specs.iter().map(exposure).collect(), open: 0, balance: 0.0, peak: 0.0, worst_percent: 0.0 }
    }

    /// Greatest fall from a peak, in percent of the peak.
    pub const fn worst_percent(&self) -> f64 {
        self.worst_percent
    }

    /// Whether any position of the symbol is open.
    #[inline]
    pub fn is_exposed(&self, symbol: SymbolId) -> bool {
        let exposure = &self.exposures[symbol.index()];
        exposure.volumes != (0.0, 0.0)
    }

    /// Takes a position's volume in.
    pub fn add(&mut self, symbol: SymbolId, side: Side, volume: Volume, price: Price) {
        self.open += 1;
        self.exposures[symbol.index()].change(side, i128::from(volume.raw()), price);
    }

    /// Lets a part of a position's volume go.
    pub fn reduce(&mut self, symbol: SymbolId, side: Side, volume: Volume, price: Price) {
        self.exposures[symbol.index()].change(side, -i128::from(volume.raw()), price);
    }

    /// Lets the last part of a position's volume go.
    pub fn remove(&mut self, symbol: SymbolId, side: Side, volume: Volume, price: Price) {
        assert!(self.open > 0, "what is removed was open");
        self.open -= 1;
        self.reduce(symbol, side, volume, price);
    }

    /// Takes a payment: neither gain nor loss, so that the peak moves with it.
    pub fn pay(&mut self, amount: Money) {
        self.balance += amount.to_f64();
        self.peak = (self.peak + amount.to_f64()).max(0.0);
    }

    /// Samples at a balance.
    pub fn balance(&mut self, balance: Money) {
        self.balance = balance.to_f64();
        self.sample();
    }

    /// Samples at a quote of a symbol with open positions; `rate` is the value of one unit of its profit currency.
    #[inline]
    pub fn quote(&mut self, symbol: SymbolId, quote: Quote, rate: f64) {
        self.exposures[symbol.index()].value(quote, rate);
        self.sample();
    }

    #[inline]
    fn sample(&mut self) {
        let mut equity = self.balance;
        if self.open > 0 {
            equity += self.exposures.iter().map(|exposure| exposure.floating).sum::<f64>();
        }
        if equity >= self.peak {
            self.peak = equity;
        } else if self.peak > 0.0 {
            // Divided only where it is a new worst.
            let fall = (self.peak - equity) * 100.0;
            if fall > self.worst_percent * self.peak {
                self.worst_percent = fall / self.peak;
            }
        }
    }
}

impl Exposure {
    #[expect(clippy::cast_precision_loss, reason = "for watching: exact to 15 digits")]
    fn change(&mut self, side: Side, volume: i128, price: Price) {
        let sums = match side {
            Side::Buy => &mut self.buy,
            Side::Sell => &mut self.sell,
        };
        sums.volume += volume;
        sums.cost += volume * i128::from(price.raw());
        assert!(sums.volume >= 0 && (sums.volume > 0 || sums.cost == 0), "what is closed was open at that price");
        self.volumes = (self.buy.volume as f64, self.sell.volume as f64);
        self.cost = (self.buy.cost - self.sell.cost) as f64;
        if self.volumes == (0.0, 0.0) {
            self.floating = 0.0;
        }
    }

    #[inline]
    #[expect(clippy::cast_precision_loss, reason = "for watching: exact to 15 digits")]
    fn value(&mut self, quote: Quote, rate: f64) {
        let worth = quote.bid.raw() as f64 * self.volumes.0 - quote.ask.raw() as f64 * self.volumes.1;
        self.floating = (worth - self.cost) * self.unit * rate;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::broker::testing::{euro, money, price, quote, volume};

    #[test]
    fn the_greatest_fall_is_kept() {
        let mut drawdown = Drawdown::new(&[euro()]);
        let symbol = SymbolId(0);
        drawdown.pay(money("1000"));
        drawdown.add(symbol, Side::Buy, volume("0.1"), price("1.1"));
        drawdown.quote(symbol, quote("1.11", "1.111"), 1.0);
        drawdown.quote(symbol, quote("1.099", "1.1"), 1.0);
        // From 1,100 to 990.
        assert!((drawdown.worst_percent() - 10.0).abs() < 1e-9, "{}", drawdown.worst_percent());
        drawdown.add(symbol, Side::Sell, volume("0.1"), price("1.1"));
        drawdown.quote(symbol, quote("1.2", "1.2"), 1.0);
        assert!((drawdown.worst_percent() - 10.0).abs() < 1e-9, "hedged: nothing moves");
        drawdown.remove(symbol, Side::Buy, volume("0.1"), price("1.1"));
        drawdown.remove(symbol, Side::Sell, volume("0.1"), price("1.1"));
        assert!(!drawdown.is_exposed(symbol));
        drawdown.balance(money("550"));
        assert!((drawdown.worst_percent() - 50.0).abs() < 1e-9, "{}", drawdown.worst_percent());
    }
}
