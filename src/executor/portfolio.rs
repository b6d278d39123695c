//! The limit on what everything open may lose at its stops: ours, open or on its way, working, unknown and
//! ambiguous. Each counts with its loss from where it was opened, or is to be, to its stop loss; one whose
//! stop loss earns something counts nothing, and one without has no bound.

use super::Executor;
use super::flow::{Flow, Intent};
use super::limit::verdict_of;
use super::permission::Entry;
use super::plant::planted;
use crate::domain::amount::{Money, Price, Volume};
use crate::domain::id::SymbolId;
use crate::domain::order::Side;
use crate::executor::action::Verdict;
use crate::executor::book::order::{HeldOrder, Purpose};
use crate::risk::limit::RiskLimit;

/// What something may lose at its stop loss.
#[derive(Debug, Clone, Copy)]
struct AtStop {
    symbol: SymbolId,
    side: Side,
    volume: Volume,
    /// Where it was opened, or is to be; none where that is not known.
    price: Option<Price>,
    sl: Option<Price>,
}

impl Executor {
    /// What the limit on the risk of everything open has against an entry that is planned.
    ///
    /// # Errors
    /// The reason against it.
    pub(super) fn check_portfolio(&self, entry: Entry<'_>, intent: &Intent) -> Result<(), Verdict> {
        let most = self.config.risk.max_portfolio_risk;
        let Some(most) = most.filter(|_| !planted!(self, PortfolioRiskIgnored)) else {
            return Ok(());
        };
        let equity = self.figures().ok_or(Verdict::EquityUnknown)?.equity;
        let sum = self.risk_at_stops(entry.own, of_intent(entry.symbol, intent))?;
        if sum <= most.of(equity) { Ok(()) } else { Err(verdict_of(RiskLimit::PortfolioRisk)) }
    }

    /// What everything open, or on its way, loses at its stops.
    ///
    /// # Errors
    /// Why that cannot be told.
    pub(super) fn open_risk(&self) -> Result<Money, Verdict> {
        self.risk_at_stops(None, None)
    }

    fn risk_at_stops(&self, own: Option<u64>, more: Option<AtStop>) -> Result<Money, Verdict> {
        let open = self.book.holdings().filter(|holding| holding.is_open()).map(|holding| AtStop {
            symbol: holding.symbol,
            side: holding.side,
            volume: holding.open_volume(),
            price: Some(holding.price_open),
            sl: holding.stops.0,
        });
        let unclaimed = self.book.each_unclaimed().map(|position| AtStop {
            symbol: position.symbol,
            side: position.side,
            volume: position.volume,
            price: Some(position.price_open),
            sl: position.sl,
        });
        let counts = |(number, flow): &(u64, &Flow)| Some(*number) != own && flow.may_open();
        let flows = self.flows.iter().filter(counts);
        let flows = flows.filter_map(|(_, flow)| of_intent(flow.symbol, &flow.intent));
        let orders = self.book.orders().filter_map(of_order);
        let mut all = open.chain(unclaimed).chain(flows).chain(orders).chain(more);
        all.try_fold(Money::ZERO, |sum, one| {
            let AtStop { symbol, side, volume, price, sl } = one;
            let sl = sl.ok_or(Verdict::RiskUnbounded)?;
            let lost = price.and_then(|price| self.worth.loss(symbol, side, volume, (price, sl)));
            let lost = lost.map(|lost| lost.max(Money::ZERO));
            lost.and_then(|lost| sum.checked_add(lost)).ok_or(Verdict::EquityUnknown)
        })
    }
}

fn of_intent(symbol: SymbolId, intent: &Intent) -> Option<AtStop> {
    match intent {
        Intent::Open(plan) => Some(AtStop {
            symbol,
            side: plan.side,
            volume: plan.volume,
            price: Some(plan.price),
            sl: plan.sl,
        }),
        Intent::Place(one) => Some(AtStop {
            symbol,
            side: one.side,
            volume: one.volume,
            price: Some(one.stop_limit.unwrap_or(one.price)),
            sl: one.sl,
        }),
        _ => None,
    }
}

/// What an order may still fill, with the stop loss that it has or, while another one is wanted, that is
/// farther away.
fn of_order(order: &HeldOrder) -> Option<AtStop> {
    let opens = matches!(order.purpose, Purpose::Open(_)) && !order.is_over();
    let (symbol, side) = (order.symbol, order.kind.side().filter(|_| opens)?);
    let stands = order.left.as_ref().map_or(order.claim.wanted.0, |left| left.sl);
    let changes = order.lingering.iter().map(|change| change.sl);
    let wanted = order.change.as_ref().map(|goal| goal.request.sl);
    let sl = changes.chain(wanted).fold(stands, |one, other| {
        let (one, other) = (one?, other?);
        Some(if side == Side::Buy { one.min(other) } else { one.max(other) })
    });
    let price = order.stop_limit.or(order.price).or(order.claim.asked);
    let volume = (order.volume - order.dealt).max(Volume::ZERO);
    (volume > Volume::ZERO).then_some(AtStop { symbol, side, volume, price, sl })
}
