//! A read-only view of the executor's state, for status commands and dashboards.

use super::Executor;
use crate::domain::amount::Money;
use crate::domain::id::StrategyId;
use crate::domain::money;
use crate::domain::symbol::SymbolSpec;
use crate::domain::time::Timestamp;
use crate::executor::action::{OrderData, PositionData, StatusData, StrategyState};
use crate::executor::book::holding::Holding;
use crate::executor::book::order::HeldOrder;
use crate::market::timeframe::Timeframe;
use serde::Serialize;

/// The state of the executor at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct View {
    /// The moment of the last event.
    pub at: Timestamp,
    /// Whether the link is up and the account has been read: the first requirements of an entry.
    pub ready: bool,
    /// The balance in the deposit currency; none until the account is known.
    pub balance: Option<Money>,
    /// The strategies in the executor's table, with their states.
    pub strategies: Vec<(StrategyId, StrategyState)>,
    /// Our open positions.
    pub positions: Vec<PositionData>,
    /// Our working orders.
    pub orders: Vec<OrderData>,
    /// Whether an emergency or a kill has latched entries.
    pub latched: bool,
    /// The number of open positions on the account that are not ours.
    pub foreign_positions: usize,
    /// The number of requests that are sent and whose outcome is still awaited.
    pub in_flight: usize,
    /// The number of requests whose outcome is unknown.
    pub unknown: usize,
}

/// The broker's name of a symbol, and its last sound specification if one was told.
pub type KnownSymbol<'a> = (&'a str, Option<&'a SymbolSpec>);

impl Executor {
    /// The present state.
    #[must_use]
    pub fn view(&self) -> View {
        View {
            at: self.now,
            ready: self.link.ready(),
            balance: self.account.as_ref().map(|account| account.balance),
            strategies: self
                .strategies
                .iter()
                .map(|(_, strategy)| (strategy.id.clone(), strategy.state))
                .collect(),
            positions: self
                .book
                .holdings()
                .filter(|holding| holding.is_open())
                .map(|holding| self.position_data(holding))
                .collect(),
            orders: self.book.orders().filter(|order| order.is_working()).map(order_data).collect(),
            latched: self.gate.latch.is_some(),
            foreign_positions: self.book.foreign().count(),
            in_flight: self
                .flows
                .iter()
                .filter(|(_, flow)| flow.is_out() && !flow.is_unknown())
                .count(),
            unknown: self.flows.iter().filter(|(_, flow)| flow.is_unknown()).count(),
        }
    }

    /// A position as results and views show it.
    pub(super) fn position_data(&self, holding: &Holding) -> PositionData {
        PositionData {
            ticket: holding.ticket,
            owner: holding.claim.owner.clone(),
            symbol: holding.symbol,
            side: holding.side,
            volume: holding.open_volume(),
            price_open: holding.price_open,
            sl: holding.stops.0,
            tp: holding.stops.1,
            profit: self.floating(holding),
            closing: Self::is_leaving(holding),
        }
    }

    /// The profit of a position at the present quote; none when it cannot be valued.
    pub(super) fn floating(&self, holding: &Holding) -> Option<Money> {
        let (spec, bid, ask) = self.symbols[holding.symbol.index()].quoted()?;
        let close = holding.side.exit_price(bid, ask);
        money::profit(spec, holding.side, holding.open_volume(), holding.price_open, close)
    }

    /// Every strategy that ever ran here, in the order of their ids.
    pub fn strategies_known(&self) -> impl Iterator<Item = &StrategyId> {
        self.registry.all()
    }

    /// Every symbol by its place, with the last sound specification.
    pub fn symbols_known(&self) -> impl Iterator<Item = KnownSymbol<'_>> {
        self.symbols.iter().map(|symbol| (symbol.name.as_str(), symbol.spec.as_ref()))
    }

    /// The symbol and the timeframe of a strategy that runs.
    #[must_use]
    pub fn terms_of(&self, strategy: &StrategyId) -> Option<(String, Timeframe)> {
        let running = self.strategies.find(strategy)?;
        Some((self.symbols[running.symbol.index()].name.clone(), running.timeframe))
    }

    /// The answer to GET_STATUS.
    pub(super) fn status(&self) -> StatusData {
        let view = self.view();
        let count = |n: usize| u32::try_from(n).expect("no account holds so many");
        StatusData {
            balance: view.balance,
            positions: count(view.positions.len()),
            unknown: count(view.unknown),
            strategies: view.strategies,
        }
    }
}

fn order_data(order: &HeldOrder) -> OrderData {
    OrderData {
        ticket: order.ticket,
        owner: order.claim.owner.clone(),
        symbol: order.symbol,
        kind: order.kind,
        state: order.state,
        volume: order.volume - order.dealt,
        price: order.price,
        sl: order.claim.wanted.0,
        tp: order.claim.wanted.1,
        expiration: order.expiration,
    }
}
