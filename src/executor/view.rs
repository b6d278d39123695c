//! A read-only picture of the executor, for status commands and dashboards.

use super::Executor;
use crate::domain::amount::{Money, Price, Volume};
use crate::domain::id::{StrategyId, Ticket};
use crate::domain::money;
use crate::domain::order::Side;
use crate::domain::time::Timestamp;
use crate::executor::action::{StatusData, StrategyState};
use serde::Serialize;

/// How things stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct View {
    /// The moment of the last event.
    pub at: Timestamp,
    /// Whether the broker is connected and read: entries are allowed.
    pub ready: bool,
    /// Balance, once the account is known.
    pub balance: Option<Money>,
    /// Strategies and what they are doing.
    pub strategies: Vec<(StrategyId, StrategyState)>,
    /// Open positions of ours.
    pub positions: Vec<PositionView>,
    /// Open positions of others on the account.
    pub foreign_positions: usize,
    /// Requests on their way.
    pub in_flight: usize,
    /// Requests whose outcome nobody knows.
    pub unknown: usize,
}

/// An open position of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "a position's own fields: see `Position`")]
pub struct PositionView {
    pub ticket: Ticket,
    pub strategy: StrategyId,
    pub symbol: String,
    pub side: Side,
    pub volume: Volume,
    pub price_open: Price,
    pub sl: Option<Price>,
    pub tp: Option<Price>,
    /// Floating profit at the last quote, in the symbol's profit currency.
    pub profit: Option<Money>,
}

impl Executor {
    /// A picture of the present state.
    #[must_use]
    pub fn view(&self) -> View {
        View {
            at: self.now,
            ready: self.link.ready(),
            balance: self.account.as_ref().map(|account| account.balance),
            strategies: self.strategies.iter().map(|(_, strategy)| (strategy.id.clone(), strategy.state)).collect(),
            positions: self.book.holdings().filter(|holding| holding.is_open()).map(|holding| self.position_view(holding)).collect(),
            foreign_positions: self.book.foreign().count(),
            in_flight: self.flows.iter().filter(|(_, flow)| flow.is_out() && !flow.is_unknown()).count(),
            unknown: self.flows.iter().filter(|(_, flow)| flow.is_unknown()).count(),
        }
    }

    fn position_view(&self, holding: &super::book::Holding) -> PositionView {
        let symbol = &self.symbols[holding.symbol.index()];
        let profit = symbol.quoted().and_then(|(spec, bid, ask)| {
            let close = holding.side.exit_price(bid, ask);
            money::profit(spec, holding.side, holding.open_volume(), holding.price_open, close)
        });
        PositionView {
            ticket: holding.ticket,
            strategy: holding.strategy.clone(),
            symbol: symbol.name.clone(),
            side: holding.side,
            volume: holding.open_volume(),
            price_open: holding.price_open,
            sl: holding.sl,
            tp: holding.tp,
            profit,
        }
    }

    /// The answer to GET_STATUS.
    pub(super) fn status(&self) -> StatusData {
        let view = self.view();
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        StatusData {
            balance: view.balance,
            positions: count(view.positions.len()),
            unknown: count(view.unknown),
            strategies: view.strategies,
        }
    }
}
