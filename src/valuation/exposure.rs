//! How far quotes may move before the worth of everything open uses up its leeway, for whoever watches it
//! ([`Exposures::share_out`]).
//!
//! The room that the sum has, up and down, is shared out among the quotes that it depends on: while
//! each of them stays within its own bounds the sum stays within the leeway. The shares are a little
//! smaller than possible, so that rounding does not matter. The numbers here are for watching only;
//! money that is booked or checked is computed exactly elsewhere.

use crate::domain::amount::{Price, Volume};
use crate::domain::id::SymbolId;
use crate::domain::order::Side;
use crate::domain::symbol::SymbolSpec;
use crate::market::quiet::QuoteBounds;
use crate::valuation::conversion::RoughRate;
use crate::valuation::quotes::{Quote, Quotes};

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

/// How far the worth of everything open may rise and fall, and the size of all that is added to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leeway {
    /// It may rise by so much; infinity where nothing is watched above.
    pub up: f64,
    /// It may fall by so much; infinity where nothing is watched below.
    pub down: f64,
    /// The largest of the numbers that it is compared with.
    pub size: f64,
}

/// The open positions of all the symbols, and the bounds of their quotes.
#[derive(Debug, Clone, Default)]
pub struct Exposures {
    each: Vec<Exposure>,
    bounds: Vec<QuoteBounds>,
}

impl Exposures {
    /// Nothing open. `rates` say what a unit of each symbol's profit currency is worth.
    pub fn new<'a>(
        specs: impl Iterator<Item = Option<&'a SymbolSpec>>,
        rates: impl Iterator<Item = RoughRate>,
    ) -> Self {
        let scale = Price::from_raw(1).to_f64() * Volume::from_raw(1).to_f64();
        let exposure = |((spec, rate), place): ((Option<&SymbolSpec>, RoughRate), u16)| Exposure {
            symbol: SymbolId(place),
            buy: Sums::default(),
            sell: Sums::default(),
            sizes: Sizes::default(),
            unit: scale * spec.map_or(0.0, |spec| f64::from(spec.contract_size)),
            rate,
        };
        let each: Vec<_> = specs.zip(rates).zip(0..).map(exposure).collect();
        Self { bounds: vec![QuoteBounds::UNBOUNDED; each.len()], each }
    }

    /// Takes the change of an open volume that cost `price`: more of it, or less.
    ///
    /// # Panics
    /// If more is closed than was open, or at another price.
    pub fn change(&mut self, symbol: SymbolId, side: Side, more: Volume, price: Price) {
        self.each[symbol.index()].change(side, i128::from(more.raw()), price);
    }

    /// The quotes of a symbol between which the worth stays within the leeway, as long as all other
    /// symbols are between theirs.
    #[inline]
    #[must_use]
    pub fn bounds(&self, symbol: SymbolId) -> QuoteBounds {
        self.bounds[symbol.index()]
    }

    /// The worth of everything open, in the deposit currency.
    #[inline]
    #[must_use]
    pub fn profit(&self, quotes: &Quotes) -> f64 {
        self.each.iter().map(|exposure| exposure.profit(quotes)).sum()
    }

    /// Sets the bounds around the present quotes; without a leeway no quote of what is open is within
    /// them.
    ///
    /// # Panics
    /// If a symbol with something open has no quote.
    pub fn share_out(&mut self, quotes: &Quotes, leeway: Option<Leeway>) {
        self.bounds.fill(QuoteBounds::UNBOUNDED);
        let room = leeway.and_then(|leeway| self.room(quotes, leeway));
        let Self { each, bounds } = self;
        for exposure in each.iter().filter(|exposure| exposure.is_open()) {
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

    /// The worth changes by no more than the sum of what each quote can change it by, so each quote
    /// may move by the same part of itself.
    fn room(&self, quotes: &Quotes, leeway: Leeway) -> Option<Room> {
        let (mut turnover, mut roughness) = (0.0, 0.0);
        let mut is_linear = true;
        for exposure in self.each.iter().filter(|exposure| exposure.is_open()) {
            turnover += exposure.turnover(quotes, exposure.profit(quotes));
            roughness += exposure.roughness(quotes);
            is_linear &= exposure.rate.pair().is_none();
        }
        if turnover <= 0.0 {
            return None;
        }
        let rounding = ROUNDING * (leeway.size + roughness);
        let part = |room: f64| ((room - rounding).max(0.0) / turnover).min(PART_MOST);
        let (up, down) = (part(leeway.up), part(leeway.down));
        if is_linear {
            return Some(Room { up, down });
        }
        // Where a price moves together with a rate, the worth changes by their product: by three
        // percent more at most, while both move by a percent at most.
        let curved = |part: f64| (part * 0.95).min(0.01);
        Some(Room { up: curved(up), down: curved(down) })
    }
}

/// The largest part of itself by which a quote may move.
const PART_MOST: f64 = 1_000.0;

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

    /// The quotes of a pair whose rate may raise or lower the equity: profits are converted at its Bid or
    /// at its Ask.
    fn both_ways(self, quote: Quote) -> QuoteBounds {
        let part = self.up.min(self.down);
        let (bid_low, bid_high) = Self::around(quote.bid, part, part);
        let (ask_low, ask_high) = Self::around(quote.ask, part, part);
        QuoteBounds { bid_low, bid_high, ask_low, ask_high, ..QuoteBounds::UNBOUNDED }
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
