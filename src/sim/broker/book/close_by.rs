//! Close-by: two opposite positions close each other without the market (MT5 reference 4.5).

use crate::domain::amount::{Money, Volume};
use crate::domain::deal::DealEntry;
use crate::domain::id::Ticket;
use crate::domain::order::{Order, OrderState};
use crate::domain::time::ServerMsc;
use crate::executor::event::BrokerEvent;
use crate::sim::broker::book::AccountBook;
use crate::sim::broker::book::deals::Made;

impl AccountBook {
    /// Closes the smaller of the two volumes on both positions. The deal on `position` has the
    /// other's opening price and carries the profit; the deal on `by` has the opening price of
    /// `position` and carries none. Entries and exits both pay commission here, so a close-by pays
    /// none. Appends the changes and returns the number of the first deal.
    ///
    /// # Panics
    /// If one of the positions is not open.
    pub fn close_by(
        &mut self,
        order: Order,
        position: Ticket,
        by: Ticket,
        time_msc: ServerMsc,
        news: &mut Vec<BrokerEvent>,
    ) -> Ticket {
        let first = self.position(position).expect("only open positions are closed").clone();
        let second = self.position(by).expect("only open positions are closed").clone();
        assert!(
            first.side == second.side.opposite() && first.symbol == second.symbol,
            "opposite positions close each other"
        );
        let volume = first.volume.min(second.volume);
        let profit =
            self.profit(&first, volume, second.price_open).expect("only what is quoted is closed");
        let done = Order {
            state: OrderState::Filled,
            position: Some(position),
            volume_current: Volume::ZERO,
            ..order
        };
        self.end(done.clone(), time_msc, news);
        let made = Made {
            side: first.side.opposite(),
            entry: DealEntry::OutBy,
            volume,
            price: second.price_open,
            profit,
            commission: Money::ZERO,
            swap: self.swap_of(&first, volume),
            time_msc,
        };
        let deal = self.book_deal(&done, position, &made, news);
        let other = Made {
            side: second.side.opposite(),
            price: first.price_open,
            profit: Money::ZERO,
            swap: self.swap_of(&second, volume),
            ..made
        };
        self.book_deal(&done, by, &other, news);
        self.reduce(position, volume, time_msc, news);
        self.reduce(by, volume, time_msc, news);
        self.weigh();
        self.tell_account(news);
        deal
    }
}
