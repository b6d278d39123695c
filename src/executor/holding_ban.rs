//! The times at which the account holds nothing: a part of the week, and around news. From their beginning
//! on nothing is entered, what waits at the broker to open something is removed, and everything of ours is
//! closed, also what is heard of later.

use super::Executor;
use super::deadlines::Due;
use super::limit::verdict_of;
use super::plant::planted;
use crate::domain::id::{SymbolId, Ticket};
use crate::executor::action::{Action, RequestReason, Verdict};
use crate::executor::book::order::{HeldOrder, Purpose};
use crate::risk::limit::RiskLimit;

const WHY: RequestReason = RequestReason::HoldingBan;

impl Executor {
    /// What the bans have against an entry in a symbol now: also that nobody can tell whether one holds.
    ///
    /// # Errors
    /// The first reason against it.
    pub(super) fn check_bans(&self, symbol: SymbolId) -> Result<(), Verdict> {
        self.check_weekend()?;
        self.check_news(symbol)
    }

    fn check_weekend(&self) -> Result<(), Verdict> {
        let weekend = self.config.risk.flat_weekend.as_ref();
        let zone = self.config.zone.as_ref();
        match weekend.map(|weekend| weekend.has(self.now, zone)) {
            None | Some(Some(false)) => Ok(()),
            Some(None) => Err(Verdict::NotReady),
            Some(Some(true)) => Err(verdict_of(RiskLimit::FlatWeekend)),
        }
    }

    fn check_news(&self, symbol: SymbolId) -> Result<(), Verdict> {
        let news = self.config.risk.flat_news.as_ref();
        let Some(news) = news.filter(|_| !planted!(self, NewsBanIgnored)) else { return Ok(()) };
        let calendar = &self.config.calendar;
        if !news.is_known(self.now, calendar) {
            return Err(Verdict::NoCalendar);
        }
        let spec = self.symbols[symbol.index()].spec.as_ref().ok_or(Verdict::NotTradable)?;
        let currencies = [spec.currency_base.as_str(), spec.currency_profit.as_str()];
        if news.has(self.now, calendar, currencies) {
            return Err(verdict_of(RiskLimit::FlatNews));
        }
        Ok(())
    }

    /// Whether nothing of a symbol is to be held now.
    pub(super) fn is_banned(&self, symbol: SymbolId) -> bool {
        let weekend = self.check_weekend() == Err(Verdict::FlatWeekend);
        weekend && !planted!(self, HeldOverTheWeekend)
            || self.check_news(symbol) == Err(Verdict::FlatNews)
    }

    /// Ends what is not to be held now, and waits for the next time at which something is not.
    pub(super) fn keep_bans(&mut self, out: &mut Vec<Action>) {
        let (risk, zone) = (&self.config.risk, self.config.zone.as_ref());
        let weekend = risk.flat_weekend.as_ref().and_then(|it| it.next_after(self.now, zone));
        let news = risk.flat_news.as_ref();
        let news = news.and_then(|it| it.next_after(self.now, &self.config.calendar));
        self.deadlines.set(Due::Ban, weekend.into_iter().chain(news).min());
        let symbols = (0..).map(SymbolId).zip(&self.symbols).map(|(symbol, _)| symbol);
        let banned: Vec<SymbolId> = symbols.filter(|symbol| self.is_banned(*symbol)).collect();
        banned.into_iter().for_each(|symbol| self.end_all_in(symbol, out));
    }

    fn end_all_in(&mut self, symbol: SymbolId, out: &mut Vec<Action>) {
        let verdict = self.check_weekend().and_then(|()| self.check_news(symbol));
        let verdict = verdict.expect_err("it is banned");
        self.drop_unsent(verdict, |flow| flow.symbol == symbol, out);
        let is_entry = |order: &&HeldOrder| {
            order.symbol == symbol
                && matches!(order.purpose, Purpose::Open(_))
                && order.is_working()
        };
        let orders = self.book.orders().filter(is_entry);
        let orders: Vec<Ticket> = orders.map(|order| order.ticket).collect();
        orders.into_iter().for_each(|ticket| self.want_removal(ticket, WHY));
        self.flatten(WHY, |_, other| other == symbol);
    }
}
