//! The limits on what the account may hold, and do in a day. Everything that may be or become a
//! position counts: open, in flight, unknown, ambiguous, working at the broker, and the rests of what
//! is filled in part.

use super::Executor;
use super::flow::Flow;
use super::limit::verdict_of;
use super::permission::Entry;
use super::plant::planted;
use crate::domain::amount::{Money, Volume};
use crate::domain::id::SymbolId;
use crate::domain::order::Side;
use crate::executor::action::Verdict;
use crate::executor::book::holding::Holding;
use crate::executor::book::order::{HeldOrder, Purpose};
use crate::risk::limit::RiskLimit;

/// One position that is open or may come to be.
#[derive(Debug, Clone, Copy)]
pub struct Possible {
    pub symbol: SymbolId,
    pub side: Side,
    pub volume: Volume,
    /// Whether the broker holds margin for it.
    is_held: bool,
    /// Whether it is the rest of an order that goes into a position which counts already.
    is_rest: bool,
}

impl Possible {
    /// Whether it counts as a position of a symbol.
    pub fn counts_in(&self, symbol: SymbolId) -> bool {
        self.symbol == symbol && !self.is_rest
    }
}

impl Executor {
    /// What the limits on the account's exposure have against an entry.
    ///
    /// # Errors
    /// The first reason against it.
    pub(super) fn check_exposure(&self, entry: Entry<'_>) -> Result<(), Verdict> {
        let risk = &self.config.risk;
        // One that is sent again was counted when it was sent first.
        let begins = entry.own.is_none();
        let is_spent = self
            .max_daily_trades()
            .is_some_and(|most| self.standing.entries_today >= u64::from(most));
        if is_spent && begins && !planted!(self, DailyTradesNotCounted) {
            return Err(verdict_of(RiskLimit::DailyTrades));
        }
        if let Some(most) = risk.max_open_trades_symbol {
            let count = self.possible(entry.own).filter(|one| one.counts_in(entry.symbol)).count();
            below(count + 1, most as usize, RiskLimit::OpenTradesSymbol)?;
        }
        let volume = |of: Option<SymbolId>| -> i128 {
            let counts =
                self.possible(entry.own).filter(|one| of.is_none_or(|id| id == one.symbol));
            counts.map(|one| i128::from(one.volume.raw())).sum::<i128>()
                + i128::from(entry.volume.raw())
        };
        if let Some(most) = risk.max_lots_symbol.filter(|_| !planted!(self, LotsNotCounted)) {
            below(volume(Some(entry.symbol)), most.raw().into(), RiskLimit::LotsSymbol)?;
        }
        if let Some(most) = risk.max_lots_total {
            below(volume(None), most.raw().into(), RiskLimit::LotsTotal)?;
        }
        self.check_correlated(entry)?;
        let Some(most) = risk.max_margin_use else { return Ok(()) };
        let equity = self.figures().ok_or(Verdict::EquityUnknown)?.equity;
        let used = self.margin_with(entry).ok_or(Verdict::EquityUnknown)?;
        below(used, most.of(equity), RiskLimit::MarginUse)
    }

    /// The margin that the broker holds, and what this entry and all that is on its way would need;
    /// none where it cannot be told.
    fn margin_with(&self, entry: Entry<'_>) -> Option<Money> {
        let account = self.account.as_ref()?;
        let own = Possible {
            symbol: entry.symbol,
            side: entry.side,
            volume: entry.volume,
            is_held: false,
            is_rest: false,
        };
        let coming = self.possible(entry.own).filter(|one| !one.is_held).chain([own]);
        let mut coming = coming.map(|Possible { symbol, side, volume, .. }| {
            self.worth.margin(symbol, side, volume, account.leverage)
        });
        coming.try_fold(account.margin, |sum, one| sum.checked_add(one?))
    }

    /// Everything of ours that is open or may come to be, without the entry `own` itself.
    pub(super) fn possible(&self, own: Option<u64>) -> impl Iterator<Item = Possible> {
        // The margin of what was heard of since is not in what the account last reported.
        let is_held = |holding: &Holding| holding.heard <= self.account_step;
        let open = self.book.holdings().filter(|holding| holding.is_open());
        let open = open.map(move |holding| of_holding(holding, is_held(holding)));
        let unclaimed = self.book.each_unclaimed().map(|position| Possible {
            symbol: position.symbol,
            side: position.side,
            volume: position.volume,
            is_held: true,
            is_rest: false,
        });
        let counts = move |(number, flow): &(u64, &Flow)| Some(*number) != own && flow.may_open();
        let flows = self.flows.iter().filter(counts).filter_map(|(_, flow)| of_flow(flow));
        let orders = self.book.orders().filter_map(|order| self.of_order(order));
        open.chain(unclaimed).chain(flows).chain(orders)
    }

    /// What an order may still fill.
    fn of_order(&self, order: &HeldOrder) -> Option<Possible> {
        let opens = matches!(order.purpose, Purpose::Open(_)) && !order.is_over();
        let (symbol, side) = (order.symbol, order.kind.side().filter(|_| opens)?);
        let volume = (order.volume - order.dealt).max(Volume::ZERO);
        Some(Possible { symbol, side, volume, is_held: false, is_rest: !self.book.may_open(order) })
    }
}

fn of_holding(holding: &Holding, is_held: bool) -> Possible {
    let Holding { symbol, side, .. } = *holding;
    Possible { symbol, side, volume: holding.open_volume(), is_held, is_rest: false }
}

fn of_flow(flow: &Flow) -> Option<Possible> {
    let volume = flow.intent.volume()?;
    let (symbol, side) = (flow.symbol, flow.intent.side()?);
    Some(Possible { symbol, side, volume, is_held: false, is_rest: false })
}

/// Whether a number is within a limit.
fn below<T: PartialOrd + Copy>(number: T, most: T, limit: RiskLimit) -> Result<(), Verdict> {
    if number <= most { Ok(()) } else { Err(verdict_of(limit)) }
}
