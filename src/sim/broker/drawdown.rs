//! The equity over time, only for the summary. It is sampled at each tick while positions are open,
//! from sums per symbol. No decision of the broker depends on it; money that is booked or checked
//! is computed exactly elsewhere.
//!
//! Nearly every sample is neither a new peak nor a new low. While only one symbol is open, on one
//! side, and its rate does not change, the equity follows one price. Between two prices ([`Quiet`])
//! there is then nothing to sample, and quotes are skipped. Before anything changes, skipped quotes
//! are made up for: see [`Drawdown::behind`].

use crate::domain::amount::{Money, Price, Volume};
use crate::domain::id::SymbolId;
use crate::domain::order::Side;
use crate::domain::symbol::SymbolSpec;
use crate::sim::broker::levels::QuoteBounds;
use crate::sim::broker::quotes::Quote;

/// The open volume of one side of a symbol, and what it cost.
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
    /// The sums as floating-point numbers, updated when they change.
    volumes: (f64, f64),
    cost: f64,
    /// Units of profit currency per raw price times raw volume.
    unit: f64,
    floating: f64,
}

/// The quotes of a symbol at which the equity is neither a new peak nor a new low.
#[derive(Debug, Clone, Copy)]
struct Quiet {
    symbol: SymbolId,
    bounds: QuoteBounds,
}

/// The peak of the equity and its largest fall.
#[derive(Debug)]
pub struct Drawdown {
    quiet: Option<Quiet>,
    exposures: Vec<Exposure>,
    open: usize,
    balance: f64,
    peak: f64,
    worst_percent: f64,
}

impl Drawdown {
    /// Nothing open, nothing deposited.
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
        Self {
            quiet: None,
            exposures: specs.iter().map(exposure).collect(),
            open: 0,
            balance: 0.0,
            peak: 0.0,
            worst_percent: 0.0,
        }
    }

    /// The largest fall from a peak, in percent of the peak.
    pub const fn worst_percent(&self) -> f64 {
        self.worst_percent
    }

    /// Whether any position of the symbol is open.
    #[inline]
    pub fn is_exposed(&self, symbol: SymbolId) -> bool {
        let exposure = &self.exposures[symbol.index()];
        exposure.volumes != (0.0, 0.0)
    }

    /// The quotes of a symbol between which there is nothing to sample.
    pub fn quiet_bounds(&self, symbol: SymbolId) -> QuoteBounds {
        match self.quiet {
            Some(quiet) if quiet.symbol == symbol => quiet.bounds,
            _ if self.is_exposed(symbol) => QuoteBounds::NONE,
            _ => QuoteBounds::UNBOUNDED,
        }
    }

    /// The symbol of which quotes may have been skipped: its last one must be passed to
    /// [`Self::catch_up`] before anything changes.
    pub fn behind(&self) -> Option<SymbolId> {
        self.quiet.map(|quiet| quiet.symbol)
    }

    /// Takes the last quote of a symbol of which quotes were skipped.
    pub fn catch_up(&mut self, symbol: SymbolId, quote: Quote, rate: f64) {
        self.quiet = None;
        self.exposures[symbol.index()].value(quote, rate);
    }

    /// Adds a position's volume.
    pub fn add(&mut self, symbol: SymbolId, side: Side, volume: Volume, price: Price) {
        self.open += 1;
        self.exposures[symbol.index()].change(side, i128::from(volume.raw()), price);
    }

    /// Removes a part of a position's volume.
    pub fn reduce(&mut self, symbol: SymbolId, side: Side, volume: Volume, price: Price) {
        self.exposures[symbol.index()].change(side, -i128::from(volume.raw()), price);
    }

    /// Removes the last part of a position's volume.
    pub fn remove(&mut self, symbol: SymbolId, side: Side, volume: Volume, price: Price) {
        assert!(self.open > 0, "what is removed was open");
        self.open -= 1;
        self.reduce(symbol, side, volume, price);
    }

    /// Takes a deposit or withdrawal. It is neither gain nor loss, so the peak moves with it.
    pub fn pay(&mut self, amount: Money) {
        self.balance += amount.to_f64();
        self.peak = (self.peak + amount.to_f64()).max(0.0);
    }

    /// Samples after a change of the balance.
    pub fn balance(&mut self, balance: Money) {
        self.balance = balance.to_f64();
        self.sample();
    }

    /// Samples at a quote of a symbol with open positions. `rate` is the value of one unit of its
    /// profit currency; `stands` says whether it is the same at every quote.
    pub fn quote(&mut self, symbol: SymbolId, quote: Quote, rate: f64, stands: bool) {
        self.exposures[symbol.index()].value(quote, rate);
        self.sample();
        let bounds = if stands { self.bounds_at(symbol, rate) } else { None };
        self.quiet = bounds.map(|bounds| Quiet { symbol, bounds });
    }

    /// The quotes at which nothing is new as long as nothing else changes. They are a little
    /// narrower than possible, so that rounding does not matter.
    fn bounds_at(&self, symbol: SymbolId, rate: f64) -> Option<QuoteBounds> {
        let alone =
            self.exposures.iter().filter(|exposure| exposure.volumes != (0.0, 0.0)).count() == 1;
        let Exposure { volumes, cost, unit, .. } = self.exposures[symbol.index()];
        let worth = unit * rate;
        let volume = match volumes {
            (buy, 0.0) => buy,
            (0.0, sell) => -sell,
            _ => return None,
        };
        if !alone || self.peak <= 0.0 || worth <= 0.0 {
            return None;
        }
        let price_at = |equity: f64| ((equity - self.balance) / worth + cost) / volume;
        let (worst, peak) =
            (price_at(self.peak - self.peak * self.worst_percent / 100.0), price_at(self.peak));
        let rounding = 1e-12 * (self.peak.abs() + self.balance.abs()) / (worth * volume.abs());
        let margin = MARGIN_RAW + rounding + 1e-12 * (worst.abs() + peak.abs());
        let (low, high) = (raw(worst.min(peak) + margin), raw(worst.max(peak) - margin));
        Some(if volume > 0.0 {
            QuoteBounds { bid_low: low, bid_high: high, ..QuoteBounds::UNBOUNDED }
        } else {
            QuoteBounds { ask_low: low, ask_high: high, ..QuoteBounds::UNBOUNDED }
        })
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
            // Divides only at a new low.
            let fall = (self.peak - equity) * 100.0;
            if fall > self.worst_percent * self.peak {
                self.worst_percent = fall / self.peak;
            }
        }
    }
}

/// How much narrower than possible the quiet bounds are at least.
const MARGIN_RAW: f64 = 100.0;

#[expect(clippy::cast_possible_truncation, reason = "saturates: what no price reaches is no bound")]
const fn raw(price: f64) -> Price {
    Price::from_raw(price as i64)
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
        assert!(
            sums.volume >= 0 && (sums.volume > 0 || sums.cost == 0),
            "what is closed was open at that price"
        );
        self.volumes = (self.buy.volume as f64, self.sell.volume as f64);
        self.cost = (self.buy.cost - self.sell.cost) as f64;
        if self.volumes == (0.0, 0.0) {
            self.floating = 0.0;
        }
    }

    #[inline]
    #[expect(clippy::cast_precision_loss, reason = "for watching: exact to 15 digits")]
    fn value(&mut self, quote: Quote, rate: f64) {
        let worth =
            quote.bid.raw() as f64 * self.volumes.0 - quote.ask.raw() as f64 * self.volumes.1;
        self.floating = (worth - self.cost) * self.unit * rate;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::broker::testing::{euro, money, price, quote, volume};
    use proptest::prelude::*;

    /// One that leaves out what is quiet.
    fn see(drawdown: &mut Drawdown, symbol: SymbolId, quote: Quote, rate: f64) -> bool {
        let quiet = drawdown.quiet_bounds(symbol).quiet(quote);
        if !quiet && drawdown.is_exposed(symbol) {
            drawdown.quote(symbol, quote, rate, true);
        }
        quiet
    }

    proptest! {
        /// Leaving out quiet quotes changes no bit of what comes out, whatever the sizes of account
        /// and contract.
        #[test]
        fn what_is_left_out_is_nothing(
            deposit in 1_i64..1_000_000_000,
            contract in prop::sample::select(vec![1_u32, 100, 100_000]),
            rate in prop::sample::select(vec![1.0, 0.0067, 1.3]),
            start in prop::sample::select(vec![1_000_000_000_i64, 150_000_000_000, 2_400_000_000_000]),
            steps in prop::collection::vec((-40_i64..41, 0_i64..30, 0_u8..24), 1..400),
        ) {
            let spec = SymbolSpec { contract_size: contract, ..euro() };
            let (mut every, mut some) = (Drawdown::new(&[spec.clone(), spec.clone()]), Drawdown::new(&[spec.clone(), spec]));
            every.pay(Money::from_raw(deposit * 1_000_000));
            some.pay(Money::from_raw(deposit * 1_000_000));
            let mut mids = [start; 2];
            let mut last = [Quote::default(); 2];
            let mut open: Vec<(SymbolId, Side, Volume, Price)> = Vec::new();
            let mut balance = deposit * 1_000_000;
            for (step, spread, what) in steps {
                let symbol = SymbolId(u16::from(what == 9));
                let mid = &mut mids[symbol.index()];
                *mid += step * (start / 100_000);
                let now = Quote { bid: Price::from_raw(*mid), ask: Price::from_raw(*mid + spread * (start / 100_000)) };
                last[symbol.index()] = now;
                if every.is_exposed(symbol) {
                    every.quote(symbol, now, rate, false);
                }
                see(&mut some, symbol, now, rate);
                if what < 4 {
                    if let Some(behind) = some.behind() {
                        some.catch_up(behind, last[behind.index()], rate);
                    }
                    let side = if what == 0 { Side::Buy } else { Side::Sell };
                    if let Some((symbol, side, volume, price)) = open.pop().filter(|_| what > 1) {
                        balance += step * 1_000_000_000;
                        for one in [&mut every, &mut some] {
                            one.remove(symbol, side, volume, price);
                            one.balance(Money::from_raw(balance));
                        }
                    } else {
                        let (volume, price) = (Volume::from_raw(1_000_000 * (spread + 1)), side.entry_price(now.bid, now.ask));
                        open.push((symbol, side, volume, price));
                        every.add(symbol, side, volume, price);
                        some.add(symbol, side, volume, price);
                    }
                }
                prop_assert_eq!(every.worst_percent().to_bits(), some.worst_percent().to_bits());
                prop_assert_eq!(every.peak.to_bits(), some.peak.to_bits());
            }
        }
    }

    #[test]
    fn nearly_every_quote_is_quiet() {
        let mut drawdown = Drawdown::new(&[euro()]);
        drawdown.pay(money("1000"));
        drawdown.add(SymbolId(0), Side::Buy, volume("0.1"), price("1.1"));
        let bids =
            ["1.1", "1.09", "1.091", "1.095", "1.0999", "1.09001", "1.0899", "1.09", "1.11", "1.1"];
        let quiet = bids.map(|bid| see(&mut drawdown, SymbolId(0), quote(bid, "1.2"), 1.0));
        assert_eq!(quiet, [false, false, true, true, true, true, false, true, false, true]);
    }

    #[test]
    fn the_greatest_fall_is_kept() {
        let mut drawdown = Drawdown::new(&[euro()]);
        let symbol = SymbolId(0);
        drawdown.pay(money("1000"));
        drawdown.add(symbol, Side::Buy, volume("0.1"), price("1.1"));
        drawdown.quote(symbol, quote("1.11", "1.111"), 1.0, true);
        drawdown.quote(symbol, quote("1.099", "1.1"), 1.0, true);
        // From 1,100 to 990.
        assert!((drawdown.worst_percent() - 10.0).abs() < 1e-9, "{}", drawdown.worst_percent());
        drawdown.add(symbol, Side::Sell, volume("0.1"), price("1.1"));
        drawdown.quote(symbol, quote("1.2", "1.2"), 1.0, true);
        assert!((drawdown.worst_percent() - 10.0).abs() < 1e-9, "hedged: nothing moves");
        drawdown.remove(symbol, Side::Buy, volume("0.1"), price("1.1"));
        drawdown.remove(symbol, Side::Sell, volume("0.1"), price("1.1"));
        assert!(!drawdown.is_exposed(symbol));
        drawdown.balance(money("550"));
        assert!((drawdown.worst_percent() - 50.0).abs() < 1e-9, "{}", drawdown.worst_percent());
    }
}
