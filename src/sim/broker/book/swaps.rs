//! Swaps: charged at the end of the server's day, gathered by each position, and booked by the deals
//! that close it (MT5 reference 5.5).

use crate::domain::amount::{Money, Volume};
use crate::domain::decimal::{div_round, pow10};
use crate::domain::money::currency_digits;
use crate::domain::position::Position;
use crate::domain::swap::SwapSize;
use crate::executor::event::BrokerEvent;
use crate::sim::broker::book::AccountBook;
use crate::sim::broker::ledger;
use crate::valuation::stake::Stake;
use crate::valuation::swap::overnight;
use std::sync::Arc;

impl AccountBook {
    /// Charges the swaps of a weekday that ends (0 is Sunday) to all open positions. Appends those
    /// that were charged.
    pub fn charge_swaps(&mut self, weekday: usize, news: &mut Vec<BrokerEvent>) {
        let charges: Vec<_> = self
            .positions
            .iter()
            .filter_map(|(&ticket, held)| Some((ticket, self.charge(&held.position, weekday)?)))
            .collect();
        for (ticket, charge) in charges {
            let held = self.positions.get_mut(&ticket).expect("it was listed");
            let position = Arc::make_mut(&mut held.position);
            self.totals.remove(&Stake::from(&*position));
            position.swap += charge;
            self.totals.add(&Stake::from(&*position));
            news.push(BrokerEvent::Position(Box::new(position.clone())));
        }
        self.weigh();
    }

    /// What a position is charged, unless it is nothing. What would be more than can be booked is
    /// charged as far as it can.
    fn charge(&self, position: &Position, weekday: usize) -> Option<Money> {
        let spec = &self.specs[position.symbol.index()];
        let terms = spec.swap?;
        let (times, stake) = (terms.days[weekday], Stake::from(position));
        if times == 0 {
            return None;
        }
        let currency = &self.model.currency;
        let charge = overnight(&self.converter, spec, currency, &stake, times, &self.quotes)
            .unwrap_or_else(|| {
                let is_cost = terms.size(position.side) < SwapSize::ZERO;
                if is_cost { -ledger::MOST } else { ledger::MOST }
            });
        let most = self.swap_most();
        let sum = position.swap.checked_add(charge).unwrap_or(charge).clamp(-most, most);
        Some(sum - position.swap).filter(|charge| !charge.is_zero())
    }

    /// The largest swap of a position, either way: all of them together can be booked.
    fn swap_most(&self) -> Money {
        let share =
            ledger::MOST.raw() / 4 / i64::try_from(self.positions.len()).unwrap_or(i64::MAX);
        let unit = pow10(Money::SCALE - currency_digits(&self.model.currency));
        Money::from_raw(share / unit * unit)
    }

    /// The part of a position's swap that a volume of it takes along when it is closed. The rest
    /// stays with the rest.
    pub(super) fn swap_of(&self, position: &Position, volume: Volume) -> Money {
        let unit = pow10(Money::SCALE - currency_digits(&self.model.currency));
        let part = i128::from(position.swap.raw()) * i128::from(volume.raw());
        let units = div_round(part, i128::from(position.volume.raw()) * i128::from(unit));
        let raw = i64::try_from(units * i128::from(unit));
        Money::from_raw(raw.expect("a part is no larger than the whole"))
    }

    /// The swaps of everything open.
    pub fn swaps_open(&self) -> Money {
        let sum = i64::try_from(self.totals.swap());
        Money::from_raw(sum.expect("what is charged can be booked"))
    }
}
