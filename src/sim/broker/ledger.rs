//! The money of the account: balance and margin. It books what it is given, and its sums always
//! agree.

use crate::domain::amount::{Money, Volume};
use crate::domain::deal::Deal;
use crate::domain::decimal::div_round;
use crate::domain::id::SymbolId;
use crate::domain::order::Side;

/// The largest amount of money in an account: half of what [`Money`] holds, so that what a deal
/// adds fits, too.
pub const MOST: Money = Money::from_raw(i64::MAX / 2);

/// The largest balance from deposits: the other half is for profits.
const PAID_MOST: Money = Money::from_raw(MOST.raw() / 2);

/// The positions of one side of a symbol together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Leg {
    volume: Volume,
    margin: Money,
}

/// Both sides of a symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Legs {
    buy: Leg,
    sell: Leg,
}

impl Legs {
    const fn of(&mut self, side: Side) -> &mut Leg {
        match side {
            Side::Buy => &mut self.buy,
            Side::Sell => &mut self.sell,
        }
    }

    /// The margin held for the symbol: that of the uncovered volume, at the larger side's average
    /// price and rate. Covered volume is free, as with `margin_hedged` 0 (MT5 reference 5.2, basic
    /// mode).
    fn margin(&self, digits: u32) -> Money {
        let (larger, smaller) = if self.buy.volume >= self.sell.volume {
            (self.buy, self.sell)
        } else {
            (self.sell, self.buy)
        };
        let uncovered = larger.volume - smaller.volume;
        if uncovered == Volume::ZERO {
            return Money::ZERO;
        }
        let part = i128::from(larger.margin.raw()) * i128::from(uncovered.raw());
        let raw = div_round(part, i128::from(larger.volume.raw()));
        Money::from_scaled(raw, Money::SCALE, digits).unwrap_or(larger.margin)
    }
}

/// Balance and margin.
#[derive(Debug)]
pub struct MoneyLedger {
    digits: u32,
    balance: Money,
    deposits: Money,
    /// The sum of all deals, in raw units; 128 bits hold any such sum.
    deals: i128,
    legs: Vec<Legs>,
    held: Money,
}

impl MoneyLedger {
    /// An empty account over `symbols` symbols, in a currency of `digits` digits.
    pub fn new(symbols: usize, digits: u32) -> Self {
        Self {
            digits,
            balance: Money::ZERO,
            deposits: Money::ZERO,
            deals: 0,
            legs: vec![Legs::default(); symbols],
            held: Money::ZERO,
        }
    }

    /// Deposits and withdrawals plus all deals.
    pub const fn balance(&self) -> Money {
        self.balance
    }

    /// Deposits and withdrawals.
    pub const fn deposits(&self) -> Money {
        self.deposits
    }

    /// Margin held.
    pub const fn margin(&self) -> Money {
        self.held
    }

    /// Whether an amount can be deposited, or withdrawn when negative: the balance must not go
    /// below zero, and no sum beyond what can be booked.
    pub fn takes(&self, amount: Money) -> bool {
        let within = |sum: Option<Money>, least: Money| {
            sum.is_some_and(|sum| (least..=PAID_MOST).contains(&sum))
        };
        within(self.balance.checked_add(amount), Money::ZERO)
            && within(self.deposits.checked_add(amount), -PAID_MOST)
    }

    /// Books a deposit or withdrawal.
    pub fn deposit(&mut self, amount: Money) {
        self.balance += amount;
        self.deposits += amount;
        self.check();
    }

    /// Books a deal.
    pub fn book(&mut self, deal: &Deal) {
        self.balance += deal.balance_change();
        self.deals += [deal.profit, deal.commission, deal.swap]
            .map(|part| i128::from(part.raw()))
            .iter()
            .sum::<i128>();
        self.check();
    }

    /// The margin with one more position; none when it is more than can be booked.
    pub fn margin_with(
        &self,
        symbol: SymbolId,
        side: Side,
        volume: Volume,
        margin: Money,
    ) -> Option<Money> {
        let mut legs = self.legs[symbol.index()];
        let before = legs.margin(self.digits);
        let leg = legs.of(side);
        leg.volume = leg.volume.checked_add(volume)?;
        leg.margin = leg.margin.checked_add(margin).filter(|sum| *sum <= MOST)?;
        (self.held - before).checked_add(legs.margin(self.digits)).filter(|held| *held <= MOST)
    }

    /// Adds a position's volume and margin.
    pub fn hold(&mut self, symbol: SymbolId, side: Side, volume: Volume, margin: Money) {
        assert!(
            volume > Volume::ZERO && margin >= Money::ZERO,
            "a position has a volume and costs margin"
        );
        self.change(symbol, side, volume, margin);
    }

    /// Removes a position's volume and margin.
    pub fn release(&mut self, symbol: SymbolId, side: Side, volume: Volume, margin: Money) {
        assert!(volume > Volume::ZERO && margin >= Money::ZERO, "what is released was held");
        self.change(symbol, side, -volume, -margin);
    }

    fn change(&mut self, symbol: SymbolId, side: Side, volume: Volume, margin: Money) {
        let legs = &mut self.legs[symbol.index()];
        let before = legs.margin(self.digits);
        let leg = legs.of(side);
        leg.volume += volume;
        leg.margin += margin;
        let sound = leg.volume >= Volume::ZERO && leg.margin >= Money::ZERO;
        assert!(
            sound && (leg.volume > Volume::ZERO || leg.margin == Money::ZERO),
            "margin belongs to open volume"
        );
        self.held = self.held - before + legs.margin(self.digits);
        self.check();
    }

    fn check(&self) {
        let sum = i128::from(self.deposits.raw()) + self.deals;
        assert!(
            i128::from(self.balance.raw()) == sum,
            "balance {} is deposits {} and deals",
            self.balance,
            self.deposits
        );
        assert!(self.held >= Money::ZERO, "margin is never negative");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::broker::testing::{money, volume};

    #[test]
    fn covered_volume_holds_no_margin() {
        let mut ledger = MoneyLedger::new(2, 2);
        let euro = SymbolId(1);
        ledger.hold(euro, Side::Buy, volume("0.3"), money("60"));
        assert_eq!(ledger.margin(), money("60"));
        assert_eq!(
            ledger.margin_with(euro, Side::Sell, volume("0.2"), money("41")),
            Some(money("20"))
        );
        ledger.hold(euro, Side::Sell, volume("0.2"), money("41"));
        assert_eq!(ledger.margin(), money("20"));
        ledger.hold(euro, Side::Sell, volume("0.4"), money("82"));
        // 0.3 of the sells' 0.6 are uncovered.
        assert_eq!(ledger.margin(), money("61.5"));
        ledger.hold(SymbolId(0), Side::Sell, volume("1"), money("7"));
        assert_eq!(ledger.margin(), money("68.5"));
        ledger.release(euro, Side::Buy, volume("0.3"), money("60"));
        ledger.release(euro, Side::Sell, volume("0.6"), money("123"));
        assert_eq!(ledger.margin(), money("7"));
    }

    #[test]
    #[should_panic(expected = "margin belongs to open volume")]
    fn more_than_is_held_cannot_be_released() {
        let mut ledger = MoneyLedger::new(1, 2);
        ledger.hold(SymbolId(0), Side::Buy, volume("0.3"), money("60"));
        ledger.release(SymbolId(0), Side::Buy, volume("0.3"), money("59"));
    }
}
