//! The stop-out: the server closes positions until the margin level is no longer too low (MT5
//! reference 4.3, 5.4). Pending orders hold no margin here, so none is deleted for it.

use crate::domain::time::ServerMsc;
use crate::executor::event::BrokerEvent;
use crate::sim::broker::server::TradeServer;

impl TradeServer {
    /// Looks at the margin level, if anything has changed since: closes the worst position, looks
    /// again, and so on, while the account is stopped out and something can be closed. Appends the
    /// changes.
    pub fn enforce_margin(&mut self, time_msc: ServerMsc, news: &mut Vec<BrokerEvent>) {
        if self.book.is_margin_settled() {
            return;
        }
        while self.book.is_stopped_out() {
            let can_close = |symbol| self.acts_at(symbol, time_msc);
            let worst = self.book.worst(|position| can_close(position.symbol).is_some());
            let Some(ticket) = worst else { break };
            let position = self.book.position(ticket).expect("it is open");
            let quote = can_close(position.symbol).expect("it can be closed");
            self.book.stop_out(ticket, quote, time_msc, news);
        }
        self.book.settle_margin(news);
    }
}
