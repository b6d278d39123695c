//! The rest of an order that was filled in part and still works at the broker.

use crate::domain::amount::Volume;
use crate::domain::id::Ticket;
use crate::domain::order::{Order, OrderState};
use crate::domain::position::Position;
use crate::domain::time::ServerMsc;
use crate::executor::event::BrokerEvent;
use crate::sim::broker::book::Opening;
use crate::sim::broker::book::fill::{Fill, Remainder};
use crate::sim::broker::server::TradeServer;

impl TradeServer {
    /// Fills the rest of an order at the market: into the position that its first part opened, or
    /// off the one that it closes. If that position is gone, too small or cannot be held, or if
    /// nothing is executed, the rest is withdrawn: a ticket is given once, so no position comes
    /// back under it. Nothing happens if the order has ended meanwhile. Appends the changes.
    pub fn fill_rest(&mut self, ticket: Ticket, time_msc: ServerMsc, news: &mut Vec<BrokerEvent>) {
        let partial = |order: &&Order| order.state == OrderState::Partial;
        let Some(order) = self.book.working().get(&ticket).filter(partial).cloned() else { return };
        let Some(fill) = self.rest_of(&order, time_msc) else {
            return self.book.cancel(ticket, OrderState::Canceled, time_msc, news);
        };
        let position = order.position.expect("what was filled in part has a position");
        if position == ticket {
            self.book.add(fill, position, news);
        } else {
            self.book.close(fill, position, news);
        }
    }

    fn rest_of(&mut self, order: &Order, time_msc: ServerMsc) -> Option<Fill> {
        let quote = self.acts_at(order.symbol, time_msc)?;
        let spec = self.book.spec(order.symbol)?;
        let side = order.kind.side().expect("a market order has a side");
        let volume = order.volume_current;
        let market = side.entry_price(quote.bid, quote.ask);
        let position = self.book.position(order.position?)?;
        let &Position { symbol, sl, tp, .. } = position;
        let possible = if position.ticket == order.ticket {
            self.book.affords(Opening { symbol, side, sl, tp }, volume, market)
        } else {
            volume <= position.volume
        };
        assert!(volume > Volume::ZERO, "a rest is something");
        let price = self.execution.at_market(spec, quote, side);
        possible.then(|| Fill {
            order: order.clone(),
            volume,
            price,
            time_msc,
            rest: Remainder::Ends,
        })
    }
}
