//! What everything open on the account is worth at the present quotes, ours and others'. It follows
//! from the book, the specifications and the quotes: a state does not hold it, and it does not count
//! when states are compared.

use crate::domain::amount::{Money, Price, Volume};
use crate::domain::id::{SymbolId, Ticket};
use crate::domain::money;
use crate::domain::order::Side;
use crate::domain::symbol::SymbolSpec;
use crate::executor::symbol_state::SymbolState;
use crate::market::quiet::QuoteBounds;
use crate::valuation::conversion::{Converter, Deposit};
use crate::valuation::exposure::{Exposures, Leeway};
use crate::valuation::quotes::{Quote, Quotes};
use crate::valuation::stake::Stake;
use crate::valuation::totals::OpenTotals;
use std::collections::{BTreeMap, BTreeSet};

/// What the book knows of a position's stake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Staked {
    /// Nothing is open.
    Nothing,
    /// Something may be open, and what is heard of it does not agree yet.
    Unsure,
    Of(Stake),
}

impl Staked {
    /// A mistake to plant: the swap does not count.
    pub const fn without_swap(self) -> Self {
        match self {
            Self::Of(stake) => Self::Of(Stake { swap: Money::ZERO, ..stake }),
            other => other,
        }
    }
}

/// The worth of everything open.
#[derive(Debug, Clone, Default)]
pub struct OpenWorth {
    sums: Option<Box<Sums>>,
    /// Whether the account could be valued when it was last weighed.
    pub is_weighed: bool,
    /// Whether something else than a stake has changed by which the account is valued.
    is_stirred: bool,
}

#[derive(Debug, Clone)]
struct Sums {
    specs: Vec<Option<SymbolSpec>>,
    converter: Converter,
    totals: OpenTotals,
    exposures: Exposures,
    /// The same of some positions, while their bounds are found; else nothing is in it.
    some: Exposures,
    quotes: Quotes,
    stakes: BTreeMap<Ticket, Stake>,
    /// How many stakes each symbol has.
    counts: Vec<u32>,
    unsure: BTreeSet<Ticket>,
}

/// Bounds of the profit and swap of everything open, in raw units of the deposit currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProfitBounds {
    pub low: i128,
    pub high: i128,
}

impl PartialEq for OpenWorth {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl OpenWorth {
    /// Whether stakes are summed.
    pub const fn is_built(&self) -> bool {
        self.sums.is_some()
    }

    /// Forgets everything: specifications, or places of symbols, have changed. The account is weighed
    /// again.
    pub fn forget(&mut self) {
        *self = Self { is_stirred: true, ..Self::default() };
    }

    /// Something else than a stake has changed: the account is weighed again.
    pub const fn stir(&mut self) {
        self.is_stirred = true;
    }

    /// Whether something else has changed since this was last asked.
    pub const fn take_stirred(&mut self) -> bool {
        std::mem::replace(&mut self.is_stirred, false)
    }

    /// Begins with nothing open.
    pub fn build(&mut self, deposit: Deposit<'_>, symbols: &[SymbolState]) {
        let specs: Vec<_> = symbols.iter().map(|symbol| symbol.spec.clone()).collect();
        let known: Vec<_> = specs.iter().map(Option::as_ref).collect();
        let converter = Converter::new(deposit, &known);
        self.sums = Some(Box::new(Sums {
            totals: OpenTotals::new(&known, deposit.currency),
            exposures: Exposures::new(known.iter().copied(), converter.rough_rates()),
            some: Exposures::new(known.iter().copied(), converter.rough_rates()),
            quotes: Quotes::default(),
            stakes: BTreeMap::new(),
            counts: vec![0; specs.len()],
            unsure: BTreeSet::new(),
            converter,
            specs,
        }));
    }

    /// Takes what is open of a position now.
    pub fn take(&mut self, ticket: Ticket, staked: Staked) {
        let Some(sums) = &mut self.sums else { return };
        sums.take(ticket, staked);
    }

    /// Takes the quotes as they are.
    pub fn see(&mut self, symbols: &[SymbolState]) {
        if let Some(sums) = &mut self.sums {
            let quote = |symbol: &SymbolState| Quote { bid: symbol.bid, ask: symbol.ask };
            sums.quotes.set_all(symbols.iter().map(quote));
        }
    }

    /// Whether what is heard of every position agrees, and everything open can be valued.
    pub fn is_known(&self) -> bool {
        self.sums.as_ref().is_some_and(|sums| sums.unsure.is_empty() && sums.are_quoted())
    }

    /// Bounds of the profit and swap of everything open, from sums alone; none where they may not fit.
    pub fn bounds(&self) -> Option<ProfitBounds> {
        let sums = self.sums.as_ref()?;
        let worth = sums.totals.worth(&sums.converter, &sums.quotes)?;
        Some(ProfitBounds { low: worth.low, high: worth.high })
    }

    /// The exact profit and swap of everything open, position by position; none where one does not fit.
    pub fn profit(&self) -> Option<Money> {
        let sums = self.sums.as_ref()?;
        let mut stakes = sums.stakes.values();
        stakes.try_fold(Money::ZERO, |sum, stake| sum.checked_add(sums.floating(*stake)?))
    }

    /// The exact profit of what is open of a position; none where that is not known.
    pub fn floating(&self, position: Ticket) -> Option<Money> {
        let sums = self.sums.as_ref()?;
        if sums.unsure.contains(&position) {
            return None;
        }
        sums.stakes.get(&position).map_or(Some(Money::ZERO), |stake| sums.floating(*stake))
    }

    /// What a volume loses when it is closed at the second of two prices after it was opened at the first;
    /// none without what converts it.
    pub fn loss(
        &self,
        symbol: SymbolId,
        side: Side,
        volume: Volume,
        (open, close): (Price, Price),
    ) -> Option<Money> {
        let sums = self.sums.as_ref()?;
        let spec = sums.specs.get(symbol.index())?.as_ref()?;
        let own = money::profit(spec, side, volume, open, close)?;
        let lost = sums.converter.profit(symbol, side, close, own, &sums.quotes)?;
        Money::ZERO.checked_sub(lost)
    }

    /// What a volume is worth at the present quote, without leverage; none without what converts it.
    pub fn value(&self, symbol: SymbolId, side: Side, volume: Volume) -> Option<Money> {
        let sums = self.sums.as_ref()?;
        let quote = sums.quotes.get(symbol)?;
        let price = side.entry_price(quote.bid, quote.ask);
        let spec = sums.specs.get(symbol.index())?.as_ref()?;
        let plain = SymbolSpec { margin_initial: Price::ZERO, ..spec.clone() };
        let own = money::margin(&plain, volume, price, 1)?;
        sums.converter.margin(symbol, side, price, own, &sums.quotes)
    }

    /// The margin that a position would need at the present quote; none without what converts it.
    pub fn margin(
        &self,
        symbol: SymbolId,
        side: Side,
        volume: Volume,
        leverage: u32,
    ) -> Option<Money> {
        let sums = self.sums.as_ref()?;
        let quote = sums.quotes.get(symbol)?;
        let price = side.entry_price(quote.bid, quote.ask);
        let spec = sums.specs.get(symbol.index())?.as_ref()?;
        let own = money::margin(spec, volume, price, leverage)?;
        sums.converter.margin(symbol, side, price, own, &sums.quotes)
    }

    /// Sets how far quotes may move while the profit stays within a leeway, and hands that out symbol by
    /// symbol.
    pub fn share_out(&mut self, leeway: Leeway) -> impl Iterator<Item = QuoteBounds> {
        let bounds = self.sums.as_mut().map(|sums| {
            let slack = sums.totals.slack(sums.converter.rough_rates(), &sums.quotes);
            let Leeway { up, down, size } = leeway;
            let leeway = Leeway { up: up - slack, down: down - slack, size };
            sums.exposures.share_out(&sums.quotes, Some(leeway));
            let symbols = (0..).map(SymbolId).take(sums.specs.len());
            symbols.map(|symbol| sums.exposures.bounds(symbol))
        });
        bounds.into_iter().flatten()
    }
}

impl OpenWorth {
    /// How far quotes may move while the profit of some positions stays within a leeway, symbol by
    /// symbol.
    pub fn share_out_of(
        &mut self,
        positions: impl Iterator<Item = Ticket>,
        leeway: Leeway,
    ) -> impl Iterator<Item = QuoteBounds> {
        let bounds = self.sums.as_mut().map(|sums| {
            let slack = sums.totals.slack(sums.converter.rough_rates(), &sums.quotes);
            let known: Vec<Stake> =
                positions.filter_map(|ticket| sums.stakes.get(&ticket).copied()).collect();
            for Stake { symbol, side, volume, price_open, .. } in &known {
                sums.some.change(*symbol, *side, *volume, *price_open);
            }
            let Leeway { up, down, size } = leeway;
            let leeway = Leeway { up: up - slack, down: down - slack, size };
            sums.some.share_out(&sums.quotes, Some(leeway));
            for Stake { symbol, side, volume, price_open, .. } in &known {
                sums.some.change(*symbol, *side, -*volume, *price_open);
            }
            let symbols = (0..).map(SymbolId).take(sums.specs.len());
            symbols.map(|symbol| sums.some.bounds(symbol))
        });
        bounds.into_iter().flatten()
    }
}

impl Sums {
    fn take(&mut self, ticket: Ticket, staked: Staked) {
        let now = match staked {
            Staked::Of(stake) if self.can_sum(stake) => Some(stake),
            Staked::Of(_) | Staked::Unsure => {
                self.unsure.insert(ticket);
                None
            }
            Staked::Nothing => None,
        };
        if now.is_some() || staked == Staked::Nothing {
            self.unsure.remove(&ticket);
        }
        let before = match now {
            Some(stake) => self.stakes.insert(ticket, stake),
            None => self.stakes.remove(&ticket),
        };
        if before == now {
            return;
        }
        if let Some(stake) = before {
            let Stake { symbol, side, volume, price_open, .. } = stake;
            self.counts[symbol.index()] -= 1;
            self.totals.remove(&stake);
            self.exposures.change(symbol, side, -volume, price_open);
        }
        if let Some(stake) = now {
            let Stake { symbol, side, volume, price_open, .. } = stake;
            self.counts[symbol.index()] += 1;
            self.totals.add(&stake);
            self.exposures.change(symbol, side, volume, price_open);
        }
    }

    /// Whether a stake is of something that is known.
    fn can_sum(&self, stake: Stake) -> bool {
        let spec = self.specs.get(stake.symbol.index());
        spec.is_some_and(Option::is_some)
            && stake.volume > Volume::ZERO
            && stake.price_open > Price::ZERO
    }

    /// Whether everything open has a quote, and its profit the rate that converts it.
    fn are_quoted(&self) -> bool {
        let open = self.counts.iter().zip(0..).filter(|(count, _)| **count > 0);
        open.map(|(_, place)| SymbolId(place)).all(|symbol| {
            let rate = |quote: Quote| {
                self.converter.profit_rate(symbol, Side::Buy, quote.bid, &self.quotes)
            };
            self.quotes.get(symbol).and_then(rate).is_some()
        })
    }

    /// The profit of a stake at the present quote, as the server computes it, and its swap.
    fn floating(&self, stake: Stake) -> Option<Money> {
        let Stake { symbol, side, volume, price_open, swap } = stake;
        let quote = self.quotes.get(symbol)?;
        let price = side.exit_price(quote.bid, quote.ask);
        let spec = self.specs[symbol.index()].as_ref()?;
        let own = money::profit(spec, side, volume, price_open, price)?;
        self.converter.profit(symbol, side, price, own, &self.quotes)?.checked_add(swap)
    }
}
