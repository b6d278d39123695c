//! The equity over time: its peak and its largest fall, as if it were sampled at every tick of a
//! symbol on which it depends; and how long nothing can become of the margin level ([`MarginRoom`]). It
//! only says when to look; money that is booked or checked is computed
//! exactly elsewhere.
//!
//! Nearly every sample is neither a new peak nor a new low, nor near a level of the margin. So the room that the
//! equity has, up to its peak and down to its lowest, is shared out among the quotes that it depends on ([`exposure`]):
//! while each of them stays within its own bounds there is nothing to sample ([`Drawdown::bounds`]).
//! A quote outside them is sampled, and the room is shared out anew.
//!
//! [`exposure`]: crate::valuation::exposure

use crate::domain::amount::{Money, Price, Volume};
use crate::domain::id::SymbolId;
use crate::domain::order::Side;
use crate::domain::symbol::SymbolSpec;
use crate::market::quiet::QuoteBounds;
use crate::valuation::conversion::RoughRate;
use crate::valuation::exposure::{Exposures, Leeway};
use crate::valuation::quotes::Quotes;

/// How far the equity may move from where it is while nothing becomes of the margin level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MarginRoom {
    /// It may rise by so much.
    pub up: f64,
    /// It may fall by so much.
    pub down: f64,
}

impl MarginRoom {
    /// Nothing ever becomes of it.
    pub const UNBOUNDED: Self = Self { up: f64::INFINITY, down: f64::INFINITY };
}

/// The peak of the equity and its largest fall.
#[derive(Debug)]
pub struct Drawdown {
    exposures: Exposures,
    /// The balance with the swaps of what is open.
    balance: f64,
    /// None when it is not known: something has changed, or something is to become of the margin.
    room: Option<MarginRoom>,
    /// Whether the equity has been sampled since a volume or the balance changed.
    is_sampled: bool,
    peak: f64,
    worst_percent: f64,
}

impl Drawdown {
    /// Nothing open, nothing deposited. `rates` say what a unit of each symbol's profit currency is
    /// worth.
    pub fn new(specs: &[SymbolSpec], rates: impl Iterator<Item = RoughRate>) -> Self {
        Self {
            exposures: Exposures::new(specs.iter().map(Some), rates),
            balance: 0.0,
            room: None,
            is_sampled: false,
            peak: 0.0,
            worst_percent: 0.0,
        }
    }

    /// The largest fall from a peak, in percent of the peak.
    pub const fn worst_percent(&self) -> f64 {
        self.worst_percent
    }

    /// The quotes of a symbol between which there is nothing to sample, as long as all other
    /// symbols are between theirs.
    #[inline]
    pub fn bounds(&self, symbol: SymbolId) -> QuoteBounds {
        self.exposures.bounds(symbol)
    }

    /// Samples at a quote outside the [bounds](Self::bounds) of its symbol. `quotes` has it
    /// already, and `room` is what it leaves to the margin level.
    pub fn sample(&mut self, quotes: &Quotes, room: Option<MarginRoom>) {
        let equity = self.equity(quotes);
        if equity >= self.peak {
            self.peak = equity;
        } else if self.peak > 0.0 {
            // Divides only at a new low.
            let fall = (self.peak - equity) * 100.0;
            if fall > self.worst_percent * self.peak {
                self.worst_percent = fall / self.peak;
            }
        }
        self.is_sampled = true;
        self.watch(room, quotes);
    }

    /// From here on, the equity has so much room.
    pub fn watch(&mut self, room: Option<MarginRoom>, quotes: &Quotes) {
        self.room = room;
        self.share_out(quotes);
    }

    /// Whether the equity has room: nothing that it depends on has changed since.
    pub const fn is_watched(&self) -> bool {
        self.room.is_some()
    }

    /// Takes the change of an open volume that cost `price`: more of it, or less.
    pub fn change(
        &mut self,
        symbol: SymbolId,
        side: Side,
        more: Volume,
        price: Price,
        quotes: &Quotes,
    ) {
        self.exposures.change(symbol, side, more, price);
        self.unsettle(quotes);
    }

    /// Takes a deposit or withdrawal. It is neither gain nor loss, so the peak moves with it.
    pub fn pay(&mut self, amount: Money, quotes: &Quotes) {
        self.balance += amount.to_f64();
        self.peak = (self.peak + amount.to_f64()).max(0.0);
        self.unsettle(quotes);
    }

    /// Samples after a change of the balance, or of the swaps that are counted with it.
    pub fn balance(&mut self, balance: Money, quotes: &Quotes) {
        self.balance = balance.to_f64();
        self.sample(quotes, None);
    }

    /// Something has changed: the next quote that the equity depends on is sampled.
    fn unsettle(&mut self, quotes: &Quotes) {
        self.is_sampled = false;
        self.watch(None, quotes);
    }

    #[inline]
    fn equity(&self, quotes: &Quotes) -> f64 {
        self.balance + self.exposures.profit(quotes)
    }

    /// Sets the bounds around the present quotes.
    fn share_out(&mut self, quotes: &Quotes) {
        let room = self.room.filter(|_| self.is_sampled && self.peak > 0.0);
        let leeway = room.map(|room| {
            let equity = self.equity(quotes);
            let lowest = self.peak - self.peak * self.worst_percent / 100.0;
            let size = self.balance.abs() + self.peak;
            let (up, down) = (self.peak - equity, equity - lowest);
            Leeway { up: up.min(room.up), down: down.min(room.down), size }
        });
        self.exposures.share_out(quotes, leeway);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::broker::testing::{euro, money, price, quote, volume};
    use crate::valuation::quotes::Quote;
    use proptest::prelude::*;

    const FIXED: RoughRate = RoughRate::Fixed(1.0);

    /// Two symbols of the same specification, and a third that is only a rate.
    struct Account {
        drawdown: Drawdown,
        quotes: Quotes,
        rates: [RoughRate; 3],
        /// What is open of each symbol.
        open: [Volume; 3],
        /// Whether nothing is left out.
        samples_all: bool,
    }

    impl Account {
        fn new(
            spec: &SymbolSpec,
            rates: [RoughRate; 3],
            deposit: Money,
            samples_all: bool,
        ) -> Self {
            let specs = [spec.clone(), spec.clone(), spec.clone()];
            let mut drawdown = Drawdown::new(&specs, rates.into_iter());
            let quotes = Quotes::new(3);
            drawdown.pay(deposit, &quotes);
            drawdown.watch(Some(MarginRoom::UNBOUNDED), &quotes);
            Self { drawdown, quotes, rates, open: [Volume::ZERO; 3], samples_all }
        }

        /// Whether the quote is left out.
        fn see(&mut self, symbol: u16, quote: Quote) -> bool {
            let symbol = SymbolId(symbol);
            let of = |place: u16| {
                if SymbolId(place) == symbol {
                    quote
                } else {
                    self.quotes.get(SymbolId(place)).unwrap_or_default()
                }
            };
            let mut quotes = Quotes::default();
            quotes.set_all((0..3).map(of));
            self.quotes = quotes;
            let is_quiet = self.drawdown.bounds(symbol).hold(quote.bid, quote.ask);
            let depends = |place: usize| {
                self.open[place] > Volume::ZERO
                    && (place == symbol.index() || self.rates[place].pair() == Some(symbol))
            };
            if !is_quiet || (self.samples_all && (0..3).any(depends)) {
                self.drawdown.sample(&self.quotes, Some(MarginRoom::UNBOUNDED));
            }
            is_quiet
        }

        fn change(&mut self, symbol: u16, side: Side, more: Volume, price: Price) {
            self.open[usize::from(symbol)] += more;
            self.drawdown.change(SymbolId(symbol), side, more, price, &self.quotes);
            self.unbounded();
        }

        /// Nothing becomes of the margin.
        fn unbounded(&mut self) {
            self.drawdown.watch(Some(MarginRoom::UNBOUNDED), &self.quotes);
        }
    }

    fn any_rate() -> impl Strategy<Value = RoughRate> {
        prop::sample::select(vec![
            RoughRate::Fixed(1.0),
            RoughRate::Fixed(0.0067),
            RoughRate::Direct(SymbolId(2)),
            RoughRate::Inverse(SymbolId(2)),
            RoughRate::Inverse(SymbolId(0)),
        ])
    }

    proptest! {
        /// Leaving out quiet quotes changes no bit of what comes out, whatever the sizes of account
        /// and contract, the rates and the hedges.
        #[test]
        fn what_is_left_out_is_nothing(
            deposit in 1_i64..1_000_000_000,
            contract in prop::sample::select(vec![1_u32, 100, 100_000]),
            rates in (any_rate(), any_rate()),
            start in prop::sample::select(vec![1_000_000_000_i64, 150_000_000_000, 2_400_000_000_000]),
            steps in prop::collection::vec((-40_i64..41, 0_i64..30, 0_u8..24), 1..400),
        ) {
            let spec = SymbolSpec { contract_size: contract, ..euro() };
            let deposit = Money::from_raw(deposit * 1_000_000);
            let mut accounts = [true, false].map(|samples_all| Account::new(&spec, [rates.0, rates.1, FIXED], deposit, samples_all));
            let mut mids = [start, start, 1_250_000_000];
            let at = |mid: i64, spread: i64| Quote { bid: Price::from_raw(mid), ask: Price::from_raw(mid + spread) };
            for (symbol, &mid) in (0..).zip(&mids) {
                accounts.iter_mut().for_each(|account| _ = account.see(symbol, at(mid, 0)));
            }
            let mut open: Vec<(u16, Side, Volume, Price)> = Vec::new();
            let mut balance = deposit.raw();
            for (step, spread, what) in steps {
                let symbol = match what { 9..12 => 1, 12..14 => 2, _ => 0 };
                let mid = &mut mids[usize::from(symbol)];
                let unit = *mid / 100_000;
                *mid += step * unit;
                let now = at(*mid, spread * unit);
                accounts.iter_mut().for_each(|account| _ = account.see(symbol, now));
                if what < 4 || (9..11).contains(&what) {
                    let side = if what % 2 == 0 { Side::Buy } else { Side::Sell };
                    if let Some((symbol, side, volume, price)) = open.pop().filter(|_| what > 1) {
                        balance += step * 1_000_000_000;
                        for account in &mut accounts {
                            account.change(symbol, side, Volume::ZERO - volume, price);
                            account.drawdown.balance(Money::from_raw(balance), &account.quotes);
                            account.unbounded();
                        }
                    } else {
                        let (volume, price) = (Volume::from_raw(1_000_000 * (spread + 1)), side.entry_price(now.bid, now.ask));
                        open.push((symbol, side, volume, price));
                        accounts.iter_mut().for_each(|account| account.change(symbol, side, volume, price));
                    }
                }
                let [every, some] = &accounts;
                prop_assert_eq!(every.drawdown.worst_percent().to_bits(), some.drawdown.worst_percent().to_bits());
                prop_assert_eq!(every.drawdown.peak.to_bits(), some.drawdown.peak.to_bits());
            }
        }
    }

    #[test]
    fn nearly_every_quote_is_quiet() {
        let mut account = Account::new(&euro(), [FIXED; 3], money("1000"), false);
        account.see(0, quote("1.1", "1.2"));
        account.change(0, Side::Buy, volume("0.1"), price("1.1"));
        let bids =
            ["1.1", "1.09", "1.091", "1.095", "1.0999", "1.09001", "1.0899", "1.09", "1.11", "1.1"];
        let quiet = bids.map(|bid| account.see(0, quote(bid, "1.2")));
        assert_eq!(quiet, [false, false, true, true, true, true, false, true, false, true]);
    }

    #[test]
    fn the_room_is_shared_among_symbols_and_rates() {
        let rates = [RoughRate::Direct(SymbolId(2)), FIXED, FIXED];
        let mut account = Account::new(&euro(), rates, money("1000"), false);
        for symbol in 0..3 {
            account.see(symbol, quote("1.1", "1.1"));
        }
        account.change(0, Side::Buy, volume("0.1"), price("1.1"));
        account.change(1, Side::Sell, volume("0.1"), price("1.1"));
        // A fall to 900 and back to 990 leaves room in both directions.
        for bid in ["1.09", "1.0991"] {
            account.see(0, quote(bid, "1.2"));
        }
        assert!(account.see(0, quote("1.0992", "1.2")));
        assert!(account.see(1, quote("1", "1.0999")));
        assert!(account.see(2, quote("1.1001", "1.1001")));
        assert!(!account.see(2, quote("1.15", "1.2")), "the rate moves the profit");
    }

    #[test]
    fn the_greatest_fall_is_kept() {
        let mut account = Account::new(&euro(), [FIXED; 3], money("1000"), true);
        account.see(0, quote("1.1", "1.1"));
        account.change(0, Side::Buy, volume("0.1"), price("1.1"));
        account.see(0, quote("1.11", "1.111"));
        account.see(0, quote("1.099", "1.1"));
        // From 1,100 to 990.
        let worst = |account: &Account| account.drawdown.worst_percent();
        assert!((worst(&account) - 10.0).abs() < 1e-9, "{}", worst(&account));
        account.change(0, Side::Sell, volume("0.1"), price("1.1"));
        account.see(0, quote("1.2", "1.2"));
        assert!((worst(&account) - 10.0).abs() < 1e-9, "hedged: nothing moves");
        account.change(0, Side::Buy, volume("-0.1"), price("1.1"));
        account.change(0, Side::Sell, volume("-0.1"), price("1.1"));
        assert_eq!(account.drawdown.bounds(SymbolId(0)), QuoteBounds::UNBOUNDED);
        account.drawdown.balance(money("550"), &account.quotes);
        assert!((worst(&account) - 50.0).abs() < 1e-9, "{}", worst(&account));
    }
}
