//! What the open positions are worth, and what the account can therefore afford.
//!
//! Valuing every position takes long when there are thousands. So a question is first put to the
//! bounds of [`OpenTotals`](crate::valuation::totals::OpenTotals), and the positions are valued only when the
//! answer lies between them. The answer is always that of the exact sums.

use crate::domain::amount::{Money, Price, Volume};
use crate::domain::money;
use crate::domain::order::Side;
use crate::domain::position::Position;
use crate::sim::broker::book::{AccountBook, Opening};
use crate::sim::broker::ledger;

impl AccountBook {
    /// Whether the account can hold one more position. The margin then needed must not exceed the
    /// equity, unless the position needs no more than is held already (MT5 reference 5.2). Nor must
    /// the commission of its deal, and what the position may come to must fit into the account's
    /// money.
    pub fn affords(&self, opening: Opening, volume: Volume, price: Price) -> bool {
        let margin = self.margin(opening, volume, price);
        let needed = margin.and_then(|margin| {
            self.ledger.margin_with(opening.symbol, opening.side, volume, margin)
        });
        let Some(needed) = needed
            .filter(|_| self.swing(opening, volume, price).is_some_and(|swing| self.books(swing)))
        else {
            return false;
        };
        let cost = -self.commission(volume);
        (needed <= self.ledger.margin() || self.covers(needed))
            && (cost <= Money::ZERO || self.covers(cost))
    }

    /// The value of a tenth of the price to a position. A position is opened only when so much can
    /// be booked; beyond that its symbol is not [`tradable`](Self::tradable).
    fn swing(&self, opening: Opening, volume: Volume, price: Price) -> Option<Money> {
        let farther = price.checked_add(Price::from_raw(price.raw() / 10))?;
        let own =
            money::profit(&self.specs[opening.symbol.index()], Side::Buy, volume, price, farther)?;
        self.converter.profit(opening.symbol, opening.side, price, own, &self.quotes)
    }

    /// Whether the sum of the absolute balance, profits and losses of everything open and `more`
    /// can be booked.
    pub(super) fn books(&self, more: Money) -> bool {
        let left = size(ledger::MOST) - size(self.ledger.balance()) - size(more);
        let bounds = self.totals.worth(&self.converter, &self.quotes);
        bounds.is_some_and(|open| open.size <= left)
            || self.open_size().is_some_and(|open| open <= left)
    }

    /// Whether the equity is at least an amount.
    fn covers(&self, amount: Money) -> bool {
        self.reaches(i128::from(amount.raw()))
    }

    /// Whether the equity is at least so many raw units.
    pub(super) fn reaches(&self, raw: i128) -> bool {
        let wanted = raw - i128::from(self.ledger.balance().raw());
        match self.totals.worth(&self.converter, &self.quotes) {
            Some(open) if wanted <= open.low => true,
            Some(open) if wanted > open.high => false,
            _ => wanted <= self.open_worth(),
        }
    }

    pub(super) fn margin(&self, opening: Opening, volume: Volume, price: Price) -> Option<Money> {
        let own =
            money::margin(&self.specs[opening.symbol.index()], volume, price, self.model.leverage)?;
        self.converter.margin(opening.symbol, opening.side, price, own, &self.quotes)
    }

    /// The balance with the profit and swap of everything open, at the current quotes. What is not tradable
    /// may be worth more than money holds: then the equity is the largest or smallest amount.
    pub fn equity(&self) -> Money {
        let sum = i128::from(self.ledger.balance().raw()) + self.open_worth();
        Money::from_raw(i64::try_from(sum).unwrap_or(if sum > 0 { i64::MAX } else { i64::MIN }))
    }

    /// The exact profit and swap of everything open, in raw units, without what does not fit.
    fn open_worth(&self) -> i128 {
        let worth = |position: &Position| {
            let profit = self.floating(position).unwrap_or_default();
            i128::from(profit.raw()) + i128::from(position.swap.raw())
        };
        self.positions().map(worth).sum()
    }

    /// The exact sum of the absolute profits and swaps of everything open, in raw units; none when
    /// one does not fit.
    fn open_size(&self) -> Option<i128> {
        self.positions().map(|one| Some(size(self.floating(one)?) + size(one.swap))).sum()
    }

    /// Samples the equity at a quote that may matter. Returns whether nothing becomes of the margin.
    #[cold]
    pub(super) fn sample(&mut self) -> bool {
        let room = self.margin_room();
        self.drawdown.sample(&self.quotes, room);
        room.is_some()
    }

    /// Samples the equity after a deal or a swap.
    pub(super) fn weigh(&mut self) {
        let sum = self.ledger.balance().checked_add(self.swaps_open());
        let sum = sum.expect("what is charged can be booked");
        self.drawdown.balance(sum, &self.quotes);
    }

    /// Two amounts between which the equity is, in raw units: close to it, and the same where that may
    /// matter to `floors`.
    pub(super) fn equity_between(&self, floors: [i128; 2]) -> (i128, i128) {
        let balance = i128::from(self.ledger.balance().raw());
        let worth = self.totals.worth(&self.converter, &self.quotes);
        let between = worth.map(|open| (balance + open.low, balance + open.high));
        let is_clear =
            |&(low, high): &(i128, i128)| floors.iter().all(|floor| low >= *floor || high < *floor);
        between.filter(is_clear).unwrap_or_else(|| {
            let equity = balance + self.open_worth();
            (equity, equity)
        })
    }

    /// The profit of an open position at the current quote; none when it does not fit.
    pub(super) fn floating(&self, position: &Position) -> Option<Money> {
        let quote = self.quotes.get(position.symbol).expect("what is open is quoted");
        self.profit(position, position.volume, position.side.exit_price(quote.bid, quote.ask))
    }

    pub(super) fn profit(
        &self,
        position: &Position,
        volume: Volume,
        price: Price,
    ) -> Option<Money> {
        let own = money::profit(
            &self.specs[position.symbol.index()],
            position.side,
            volume,
            position.price_open,
            price,
        )?;
        self.converter.profit(position.symbol, position.side, price, own, &self.quotes)
    }
}

fn size(money: Money) -> i128 {
    i128::from(money.raw()).abs()
}

#[cfg(test)]
mod tests;
