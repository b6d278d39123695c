//! The equity over time, only for the summary: its peak and its largest fall, as if it were sampled
//! at every tick of a symbol on which it depends. No decision of the broker depends on it; money
//! that is booked or checked is computed exactly elsewhere.
//!
//! Nearly every sample is neither a new peak nor a new low. So the room that the equity has, up to
//! its peak and down to its lowest, is shared out among the quotes that it depends on: while each
//! of them stays within its own bounds there is nothing to sample ([`Drawdown::bounds`]). A quote
//! outside them is sampled, and the room is shared out anew. The shares are a little smaller than
//! possible, so that rounding does not matter.

use crate::domain::amount::{Money, Price, Volume};
use crate::domain::id::SymbolId;
use crate::domain::order::Side;
use crate::domain::symbol::SymbolSpec;
use crate::market::quiet::QuoteBounds;
use crate::sim::broker::convert::RoughRate;
use crate::sim::broker::quotes::{Quote, Quotes};

/// The open volume of one side of a symbol, and what it cost.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    volume: i128,
    cost: i128,
}

/// The open positions of one symbol as two sums.
#[derive(Debug, Clone, Copy)]
struct Exposure {
    symbol: SymbolId,
    buy: Sums,
    sell: Sums,
    /// The sums as nearest numbers.
    sizes: Sizes,
    /// Units of profit currency per raw price times raw volume.
    unit: f64,
    /// What a unit of profit currency is worth.
    rate: RoughRate,
}

/// The open volume of one symbol.
#[derive(Debug, Clone, Copy, Default)]
struct Sizes {
    buy: f64,
    sell: f64,
    /// What both sides cost.
    cost: f64,
    /// The volume of which the profit moves with Bid, with Ask, and, where both sides hedge each
    /// other, with the spread alone.
    bid: f64,
    ask: f64,
    spread: f64,
}

/// How far the quotes may move from where they are, as parts of themselves, before there can be
/// something to sample.
#[derive(Debug, Clone, Copy)]
struct Room {
    /// In the direction in which the equity rises.
    up: f64,
    /// In the direction in which it falls.
    down: f64,
}

/// The peak of the equity and its largest fall.
#[derive(Debug)]
pub struct Drawdown {
    exposures: Vec<Exposure>,
    bounds: Vec<QuoteBounds>,
    balance: f64,
    /// Whether the equity has been sampled since a volume or the balance changed.
    is_sampled: bool,
    peak: f64,
    worst_percent: f64,
}

impl Drawdown {
    /// Nothing open, nothing deposited. `rates` say what a unit of each symbol's profit currency is
    /// worth.
    pub fn new(specs: &[SymbolSpec], rates: impl Iterator<Item = RoughRate>) -> Self {
        let scale = Price::from_raw(1).to_f64() * Volume::from_raw(1).to_f64();
        let exposure = |((spec, rate), place): ((&SymbolSpec, RoughRate), u16)| Exposure {
            symbol: SymbolId(place),
            buy: Sums::default(),
            sell: Sums::default(),
            sizes: Sizes::default(),
            unit: scale * f64::from(spec.contract_size),
            rate,
        };
        Self {
            exposures: specs.iter().zip(rates).zip(0..).map(exposure).collect(),
            bounds: vec![QuoteBounds::UNBOUNDED; specs.len()],
            balance: 0.0,
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
        self.bounds[symbol.index()]
    }

    /// Samples at a quote outside the [bounds](Self::bounds) of its symbol. `quotes` has it
    /// already.
    pub fn sample(&mut self, quotes: &Quotes) {
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
        self.share_out(quotes);
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
        self.exposures[symbol.index()].change(side, i128::from(more.raw()), price);
        self.is_sampled = false;
        self.share_out(quotes);
    }

    /// Takes a deposit or withdrawal. It is neither gain nor loss, so the peak moves with it.
    pub fn pay(&mut self, amount: Money, quotes: &Quotes) {
        self.balance += amount.to_f64();
        self.peak = (self.peak + amount.to_f64()).max(0.0);
        self.is_sampled = false;
        self.share_out(quotes);
    }

    /// Samples after a change of the balance.
    pub fn balance(&mut self, balance: Money, quotes: &Quotes) {
        self.balance = balance.to_f64();
        self.sample(quotes);
    }

    #[inline]
    fn equity(&self, quotes: &Quotes) -> f64 {
        self.balance + self.exposures.iter().map(|exposure| exposure.profit(quotes)).sum::<f64>()
    }

    /// Sets the bounds around the present quotes.
    fn share_out(&mut self, quotes: &Quotes) {
        self.bounds.fill(QuoteBounds::UNBOUNDED);
        let room = self.room(quotes);
        let Self { exposures, bounds, .. } = self;
        for exposure in exposures.iter().filter(|exposure| exposure.is_open()) {
            let within = room.map_or(QuoteBounds::NONE, |room| exposure.bounds(quotes, room));
            let own = &mut bounds[exposure.symbol.index()];
            *own = own.tightened(within);
            if let Some(pair) = exposure.rate.pair() {
                let within = room.zip(quotes.get(pair));
                let within =
                    within.map_or(QuoteBounds::NONE, |(room, quote)| room.both_ways(quote));
                let rate = &mut bounds[pair.index()];
                *rate = rate.tightened(within);
            }
        }
    }

    /// The equity changes by no more than the sum of what each quote can change it by, so each
    /// quote may move by the same part of itself.
    fn room(&self, quotes: &Quotes) -> Option<Room> {
        if !self.is_sampled || self.peak <= 0.0 {
            return None;
        }
        let (mut equity, mut turnover, mut roughness) = (self.balance, 0.0, 0.0);
        let mut is_linear = true;
        for exposure in self.exposures.iter().filter(|exposure| exposure.is_open()) {
            let profit = exposure.profit(quotes);
            equity += profit;
            turnover += exposure.turnover(quotes, profit);
            roughness += exposure.roughness(quotes);
            is_linear &= exposure.rate.pair().is_none();
        }
        if turnover <= 0.0 {
            return None;
        }
        let lowest = self.peak - self.peak * self.worst_percent / 100.0;
        let rounding = ROUNDING * (self.balance.abs() + self.peak + roughness);
        let part = |room: f64| (room - rounding).max(0.0) / turnover;
        let (up, down) = (part(self.peak - equity), part(equity - lowest));
        if is_linear {
            return Some(Room { up, down });
        }
        // Where a price moves together with a rate, the equity changes by their product: by three
        // percent more at most, while both move by a percent at most.
        let curved = |part: f64| (part * 0.95).min(0.01);
        Some(Room { up: curved(up), down: curved(down) })
    }
}

/// Rounding of sums and products, as a part of what they are made of: far more than there is.
const ROUNDING: f64 = 1e-12;

/// How much narrower than possible bounds are at least, in 10⁻⁹.
const MARGIN_RAW: f64 = 100.0;

impl Room {
    /// The prices around `price` that are within parts `below` and `above` of it.
    fn around(price: Price, below: f64, above: f64) -> (Price, Price) {
        Self::beside(price, size(price) * below, size(price) * above)
    }

    /// The prices around `price` that are no farther below and above it, in 10⁻⁹: at least `price`
    /// itself. Where nothing moves the equity is the same to the last bit, and where a quote moves
    /// the other way it is no larger, or no smaller, because rounding keeps the order of numbers.
    #[expect(clippy::cast_possible_truncation, reason = "saturates: no price reaches that far")]
    fn beside(price: Price, below: f64, above: f64) -> (Price, Price) {
        let raw = price.raw();
        let (low, high) = (size(price) - below, size(price) + above);
        let margin = MARGIN_RAW + ROUNDING * (low.abs() + high.abs());
        let (low, high) = ((low + margin) as i64, (high - margin) as i64);
        let (low, high) = (low.min(raw.saturating_sub(1)), high.max(raw.saturating_add(1)));
        (Price::from_raw(low), Price::from_raw(high))
    }

    /// The quotes of a pair whose rate may raise or lower the equity.
    fn both_ways(self, quote: Quote) -> QuoteBounds {
        let part = self.up.min(self.down);
        let (bid_low, bid_high) = Self::around(quote.bid, part, part);
        QuoteBounds { bid_low, bid_high, ..QuoteBounds::UNBOUNDED }
    }
}

impl Sizes {
    fn of(buy: Sums, sell: Sums) -> Self {
        let hedged = buy.volume.min(sell.volume);
        Self {
            buy: float(buy.volume),
            sell: float(sell.volume),
            cost: float(buy.cost + sell.cost),
            bid: float(buy.volume - hedged),
            ask: float(sell.volume - hedged),
            spread: float(hedged),
        }
    }
}

impl Exposure {
    const fn is_open(&self) -> bool {
        self.buy.volume > 0 || self.sell.volume > 0
    }

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
        self.sizes = Sizes::of(self.buy, self.sell);
    }

    fn quote(&self, quotes: &Quotes) -> Quote {
        quotes.get(self.symbol).expect("what is open is quoted")
    }

    /// The profit of what is open, in the deposit currency. Its sums are exact, so that it rises and
    /// falls with them.
    #[inline]
    fn profit(&self, quotes: &Quotes) -> f64 {
        if !self.is_open() {
            return 0.0;
        }
        let Quote { bid, ask } = self.quote(quotes);
        let worth =
            i128::from(bid.raw()) * self.buy.volume - i128::from(ask.raw()) * self.sell.volume;
        let own = float(worth - self.buy.cost + self.sell.cost);
        own * self.unit * self.rate.value(quotes)
    }

    /// By how much the profit changes, at most, when all quotes that it depends on double.
    fn turnover(&self, quotes: &Quotes, profit: f64) -> f64 {
        let Quote { bid, ask } = self.quote(quotes);
        let worth = size(bid) * self.sizes.bid
            + size(ask) * self.sizes.ask
            + spread_size(bid, ask) * self.sizes.spread;
        let by_price = worth * self.unit * self.rate.value(quotes);
        by_price + if self.rate.pair().is_some() { profit.abs() } else { 0.0 }
    }

    /// What [`ROUNDING`] applies to.
    fn roughness(&self, quotes: &Quotes) -> f64 {
        let Quote { bid, ask } = self.quote(quotes);
        let worth = size(bid) * self.sizes.buy + size(ask) * self.sizes.sell;
        (worth + self.sizes.cost) * self.unit * self.rate.value(quotes)
    }

    /// The quotes of its symbol within `room`: a long gains with Bid, a short loses with Ask, and
    /// what is hedged loses with the spread.
    fn bounds(&self, quotes: &Quotes, room: Room) -> QuoteBounds {
        let Quote { bid, ask } = self.quote(quotes);
        let mut bounds = QuoteBounds::UNBOUNDED;
        if self.sizes.bid > 0.0 {
            (bounds.bid_low, bounds.bid_high) = Room::around(bid, room.down, room.up);
        }
        if self.sizes.ask > 0.0 {
            (bounds.ask_low, bounds.ask_high) = Room::around(ask, room.up, room.down);
        }
        if self.sizes.spread > 0.0 {
            let size = spread_size(bid, ask);
            (bounds.spread_low, bounds.spread_high) =
                Room::beside(ask - bid, size * room.up, size * room.down);
        }
        bounds
    }
}

/// The nearest floating-point number.
#[expect(clippy::cast_precision_loss, reason = "for watching: exact to 15 digits")]
const fn float(sum: i128) -> f64 {
    sum as f64
}

/// A price in 10⁻⁹.
#[expect(clippy::cast_precision_loss, reason = "for watching: exact to 15 digits")]
const fn size(price: Price) -> f64 {
    price.raw() as f64
}

/// The spread as the size by which its own moves are measured; never nothing.
fn spread_size(bid: Price, ask: Price) -> f64 {
    const LEAST: f64 = 1_000.0;
    size(ask - bid).abs().max(LEAST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::broker::testing::{euro, money, price, quote, volume};
    use proptest::prelude::*;

    const FIXED: RoughRate = RoughRate::Fixed(1.0);

    /// Two symbols of the same specification, and a third that is only a rate.
    struct Account {
        drawdown: Drawdown,
        quotes: Quotes,
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
            Self { drawdown, quotes, samples_all }
        }

        /// Whether the quote is left out.
        fn see(&mut self, symbol: u16, quote: Quote) -> bool {
            let symbol = SymbolId(symbol);
            self.quotes.set(symbol, quote);
            let is_quiet = self.drawdown.bounds(symbol).hold(quote.bid, quote.ask);
            let open = self.drawdown.exposures.iter().filter(|exposure| exposure.is_open());
            let depends = |one: &Exposure| one.symbol == symbol || one.rate.pair() == Some(symbol);
            if !is_quiet || (self.samples_all && open.copied().any(|one| depends(&one))) {
                self.drawdown.sample(&self.quotes);
            }
            is_quiet
        }

        fn change(&mut self, symbol: u16, side: Side, more: Volume, price: Price) {
            self.drawdown.change(SymbolId(symbol), side, more, price, &self.quotes);
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
        assert!(account.see(2, quote("1.1001", "1.2")));
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
