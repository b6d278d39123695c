//! The margin level: when it causes a margin call or a stop-out (MT5 reference 5.4). An account
//! without margin, as one that is hedged completely, has no level and is left alone.

use crate::domain::amount::{Money, Percent};
use crate::domain::decimal::div_round;
use crate::domain::id::Ticket;
use crate::domain::order::{OrderState, Reason};
use crate::domain::position::Position;
use crate::domain::time::ServerMsc;
use crate::executor::event::BrokerEvent;
use crate::session::description::MarginLevels;
use crate::sim::broker::book::AccountBook;
use crate::sim::broker::book::fill::{Fill, Remainder};
use crate::sim::broker::book::new_order::{OrderCause, market_order};
use crate::sim::broker::drawdown::MarginRoom;
use crate::valuation::quotes::Quote;

/// The equity, in raw units, below which the account gets a margin call and is stopped out.
#[derive(Debug, Clone, Copy)]
struct Floors {
    call: i128,
    so: i128,
}

impl AccountBook {
    /// The floors of the equity; none when there are none, or no margin is held.
    fn floors(&self) -> Option<Floors> {
        let margin = i128::from(self.ledger.margin().raw());
        if margin == 0 {
            return None;
        }
        // Below means less than, so that a part of a unit counts as one.
        let part = |level: Percent| {
            let product = margin * i128::from(level.raw());
            -(-product).div_euclid(i128::from(Percent::WHOLE.raw()))
        };
        match self.model.margin_so {
            MarginLevels::Percent { call, so } => Some(Floors { call: part(call), so: part(so) }),
            MarginLevels::Money { call, so } => {
                Some(Floors { call: call.raw().into(), so: so.raw().into() })
            }
            MarginLevels::Off => None,
        }
    }

    /// Whether the margin level is below that of the stop-out.
    pub fn is_stopped_out(&self) -> bool {
        self.floors().is_some_and(|floors| !self.reaches(floors.so))
    }

    fn is_called(&self) -> bool {
        self.floors().is_some_and(|floors| !self.reaches(floors.call))
    }

    /// How far the equity may move before something becomes of the margin level: a margin call begins or
    /// ends, or the account is stopped out. None when something is to become of it now.
    pub(super) fn margin_room(&self) -> Option<MarginRoom> {
        let Some(Floors { call, so }) = self.floors() else {
            return (!self.margin_call).then_some(MarginRoom::UNBOUNDED);
        };
        let (low, high) = self.equity_between([call, so]);
        if low < so || (low < call) != self.margin_call {
            return None;
        }
        let slack = self.totals.slack(self.converter.rough_rates(), &self.quotes);
        let room =
            |raw: i128| Money::from_raw(i64::try_from(raw).unwrap_or(i64::MAX)).to_f64() - slack;
        Some(if self.margin_call {
            MarginRoom { up: room(call - high), down: room(low - so) }
        } else {
            MarginRoom { down: room(low - call), ..MarginRoom::UNBOUNDED }
        })
    }

    /// Whether the margin level was looked at since anything changed, and nothing became of it.
    pub const fn is_margin_settled(&self) -> bool {
        self.drawdown.is_watched()
    }

    /// Notes whether there is a margin call, and watches the equity from here on: at every quote while
    /// the account is stopped out and nothing could be closed. Appends the account if that has changed.
    pub fn settle_margin(&mut self, news: &mut Vec<BrokerEvent>) {
        let is_called = self.is_called();
        if is_called != self.margin_call {
            self.margin_call = is_called;
            self.tell_account(news);
        }
        self.drawdown.watch(self.margin_room(), &self.quotes);
    }

    /// The position that a stop-out closes next, among those that can be closed: the one with the
    /// largest loss or, when all gain, the smallest profit. Swaps and commissions do not count.
    pub fn worst(&self, can_close: impl Fn(&Position) -> bool) -> Option<Ticket> {
        let open = self.positions().filter(|position| can_close(position));
        let profits = open.filter_map(|one| Some((self.floating(one)?, one.ticket)));
        profits.min().map(|(_, ticket)| ticket)
    }

    /// Closes a position at the quote because the account is stopped out. Appends the changes.
    pub fn stop_out(
        &mut self,
        ticket: Ticket,
        quote: Quote,
        time_msc: ServerMsc,
        news: &mut Vec<BrokerEvent>,
    ) {
        let position = self.position(ticket).expect("only open positions are closed").clone();
        let (side, volume) = (position.side.opposite(), position.volume);
        let cause = OrderCause {
            reason: Reason::So,
            magic: position.magic,
            comment: format!("[so {}]", self.level()),
            time_msc,
        };
        let number = self.next_order();
        let order = market_order(number, position.symbol, side, volume, OrderState::Started, cause);
        let price = side.entry_price(quote.bid, quote.ask);
        self.stop_outs += 1;
        self.close(Fill { order, volume, price, time_msc, rest: Remainder::Ends }, ticket, news);
    }

    /// The number of positions that were stopped out.
    pub const fn stop_outs(&self) -> u64 {
        self.stop_outs
    }

    /// The level that is compared, in words: a percentage, or the equity.
    fn level(&self) -> String {
        let equity = self.equity();
        if matches!(self.model.margin_so, MarginLevels::Money { .. }) {
            return equity.with_digits(2);
        }
        let hundredths = i128::from(equity.raw()) * 10_000;
        let hundredths = div_round(hundredths, i128::from(self.ledger.margin().raw()));
        let percent = i64::try_from(hundredths)
            .map_or(Money::ZERO, |one| Money::from_raw(one.saturating_mul(1_000_000)));
        format!("{}%", percent.with_digits(2))
    }
}
