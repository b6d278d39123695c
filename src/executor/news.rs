//! Deals, orders and positions as the broker reports them: in any order, perhaps twice, perhaps
//! late. They are matched by tickets. A comment is only a hint, because brokers cut and rewrite it.

use super::Executor;
use super::flow::{Flow, FlowState, Intent};
use super::ownership::Whose;
use super::plant::planted;
use super::source::Source;
use crate::domain::amount::{Money, Price, Volume};
use crate::domain::deal::{Deal, DealEntry, DealKind};
use crate::domain::id::{SymbolId, Ticket};
use crate::domain::order::Reason;
use crate::domain::position::Position;
use crate::executor::action::{Action, Alert, AlertCode, OrderProgress, Owner, Severity};
use crate::executor::book::Taken;
use crate::executor::book::holding::{Gone, Statement};
use crate::executor::event::{is_price, is_server_time};
use crate::executor::waiting::Until;

/// The largest volume that is accepted: ten million lots. Sums of volumes up to it always fit.
pub(super) const VOLUME_MAX: Volume = Volume::from_raw(1_000_000_000_000_000);

impl Executor {
    /// Takes a deal that the broker reports.
    pub(super) fn on_deal(&mut self, deal: &Deal, out: &mut Vec<Action>) {
        if matches!(deal.kind, DealKind::Trade(_))
            && !self.makes_sense(deal.symbol, "deal", deal.ticket, out)
        {
            return;
        }
        if deal.volume < Volume::ZERO || deal.volume > VOLUME_MAX {
            return Self::broker_flaw("deal.volume", Some(deal.ticket), out);
        }
        if !is_price(deal.price) || !is_server_time(deal.time_msc) {
            return Self::broker_flaw("deal.price", Some(deal.ticket), out);
        }
        if deal.entry == DealEntry::In && !self.book.knows(deal.position) {
            self.open_by(deal, out);
        }
        self.name_order(deal);
        if planted!(self, DealsCountedTwice) {
            self.book.forget_deal(deal);
        }
        if planted!(self, StopOutDealIgnored) && deal.reason == Reason::So {
            return;
        }
        let taken = if planted!(self, EntryCommissionLost) && deal.entry == DealEntry::In {
            self.book.take_deal(&Deal { commission: Money::ZERO, ..deal.clone() })
        } else if planted!(self, SwapLostInReport) {
            self.book.take_deal(&Deal { swap: Money::ZERO, ..deal.clone() })
        } else {
            self.book.take_deal(deal)
        };
        match taken {
            Taken::Senseless => Self::broker_flaw("deal.volume", Some(deal.ticket), out),
            Taken::New => self.after_deal(deal, out),
            Taken::Known | Taken::Corrected | Taken::Early => {}
        }
    }

    fn after_deal(&mut self, deal: &Deal, out: &mut Vec<Action>) {
        let step = self.step;
        let rest_forgotten = planted!(self, PartialCloseRestForgotten);
        let holding =
            self.book.holding_mut(deal.position).expect("its position has taken the deal");
        holding.heard = step;
        let grows = deal.entry == DealEntry::In && holding.exit.is_none();
        if rest_forgotten && deal.entry.closes() {
            holding.exit = None;
        }
        let by_others = deal.entry.closes()
            && deal.reason != Reason::Expert
            && !matches!(deal.reason, Reason::Sl | Reason::Tp | Reason::So);
        if by_others && holding.exit.is_none() {
            let alert = Alert {
                position: Some(holding.ticket),
                ..Alert::new(Severity::Warning, AlertCode::ClosedElsewhere)
            };
            out.push(alert.of(&holding.claim.owner).into());
        }
        if deal.entry.closes() && deal.reason == Reason::So {
            let alert = Alert {
                position: Some(holding.ticket),
                ..Alert::new(Severity::Critical, AlertCode::StopOut)
            };
            out.push(alert.of(&holding.claim.owner).into());
        }
        if grows {
            self.embrace(deal.position, out);
        }
    }

    /// Takes the state of a position from `source`. Returns what it told; none when the position
    /// makes no sense, is closed or is not ours.
    pub(super) fn on_position(
        &mut self,
        position: &Position,
        source: Source,
        out: &mut Vec<Action>,
    ) -> Option<Statement> {
        if !self.is_position(position, out) || !self.is_ours(position, source, out) {
            return None;
        }
        self.book.forget_unclaimed(position.ticket);
        Some(self.take_statement(position, source, out))
    }

    /// Whether a reported position makes sense; an alert says so if not.
    fn is_position(&self, position: &Position, out: &mut Vec<Action>) -> bool {
        let sound = position.volume > Volume::ZERO
            && position.volume <= VOLUME_MAX
            && position.price_open > Price::ZERO;
        let prices = [Some(position.price_open), position.sl, position.tp];
        let timed = is_server_time(position.time_msc) && is_server_time(position.updated_msc());
        if !self.makes_sense(position.symbol, "position", position.ticket, out) {
            return false;
        }
        if !sound {
            Self::broker_flaw("position.volume", Some(position.ticket), out);
            return false;
        }
        if !prices.into_iter().flatten().all(is_price) || !timed {
            Self::broker_flaw("position.price_open", Some(position.ticket), out);
            return false;
        }
        true
    }

    /// Whether a position is ours and open. One that is new is kept among ours or the others.
    fn is_ours(&mut self, position: &Position, source: Source, out: &mut Vec<Action>) -> bool {
        if self.book.is_closed(position.identifier()) {
            self.book.forget_unclaimed(position.ticket);
            return false;
        }
        if self.book.knows(position.identifier()) {
            return true;
        }
        let claim = match self.whose(position, source, out) {
            Whose::Ours(claim) => claim,
            Whose::Later => {
                self.book.set_unclaimed(position);
                return false;
            }
            Whose::Foreign
                if self.gate.latch.is_some() && self.config.limits.emergency_closes_foreign =>
            {
                self.adoption(
                    Owner::Account,
                    position.magic,
                    (position.sl, position.tp),
                    position.time_msc,
                )
            }
            Whose::Foreign => {
                self.book.set_foreign(position);
                return false;
            }
        };
        self.book.begin_from_position(position, claim);
        self.welcome(position.identifier(), out);
        true
    }

    fn take_statement(
        &mut self,
        position: &Position,
        source: Source,
        out: &mut Vec<Action>,
    ) -> Statement {
        let confirmed = source == Source::Reading;
        let never_again = planted!(self, RemovedPositionNeverAliveAgain);
        let counts_each = planted!(self, TradesCountedAsDays);
        let statement = self.book.take_position(position, confirmed);
        if statement != Statement::Stale {
            self.book.hear(position.identifier(), self.step);
        }
        let holding = self.book.holding(position.identifier()).expect("it was stated");
        let is_same = matches!(statement, Statement::Same | Statement::Swapped);
        if is_same && holding.is_at_rest() && !holding.is_unreported() {
            return statement;
        }
        let holding = self.book.holding_mut(position.identifier()).expect("it was stated");
        if statement != Statement::Stale {
            // What is listed again exists again. A statement that a removal has overtaken proves
            // nothing.
            if confirmed && holding.gone != Gone::No && !never_again {
                (holding.gone, holding.server_says_closed, holding.missing_told) =
                    (Gone::No, false, false);
                self.embrace(position.identifier(), out);
            }
        }
        let holding = self.book.holding_mut(position.identifier()).expect("it was stated");
        match holding.report_open() {
            Some(opened) => {
                self.history.summary.opened += 1;
                // What was open when the account was first valued is of an earlier day, or may be.
                let since = self.standing.since.as_mut();
                let since = since.filter(|since| position.time_msc >= since.from_msc);
                if let Some(since) = since {
                    since.traded.count_open();
                    if counts_each {
                        since.traded.turn();
                    }
                }
                out.push(Action::Report(Box::new(opened)));
            }
            None if matches!(
                statement,
                Statement::Changed | Statement::StopsChanged { news: true }
            ) =>
            {
                out.push(Action::Report(Box::new(holding.report_change())));
            }
            None => {}
        }
        if matches!(statement, Statement::StopsChanged { .. }) {
            let alert = Alert {
                position: Some(holding.ticket),
                ..Alert::new(Severity::Warning, AlertCode::StopsChanged)
            };
            out.push(alert.of(&holding.claim.owner).into());
            // Stops that somebody else has set are not what the command asked for.
            self.withdraw(&Until::Stops(position.ticket), out);
        }
        statement
    }

    /// Takes the news that a position is gone. It takes a second source to confirm it.
    pub(super) fn on_removed(&mut self, ticket: Ticket) {
        let step = self.step;
        self.book.take_removal(ticket);
        if let Some(holding) = self.book.get_mut(ticket) {
            holding.heard = step;
        }
    }

    /// Ends attempts, orders and positions whose end has been seen, and reports closed positions.
    pub(super) fn settle(&mut self, out: &mut Vec<Action>) {
        self.match_early(out);
        self.settle_flows(out);
        // A closed position must not grow again.
        for order in self.book.idle_rests() {
            let why = self.book.order(order).expect("it was listed").why;
            self.want_removal(order, why);
        }
        for order in self.book.take_ended(self.step) {
            self.order_over(&order, out);
        }
        for holding in self.book.take_settled(planted!(self, ReportBeforeAllDeals)) {
            self.deadlines.set(super::deadlines::Due::Goal(holding.identifier), None);
            self.deadlines.set(super::deadlines::Due::Overdue(holding.identifier), None);
            self.note_closed(&holding);
            self.hear_close(&holding, out);
            self.history.closed(&holding);
            out.extend(
                holding.last_reports().into_iter().map(|report| Action::Report(Box::new(report))),
            );
        }
    }

    /// Ends the attempts whose effect has been seen and for whose answer nothing waits any more.
    fn settle_flows(&mut self, out: &mut Vec<Action>) {
        let seen = self.flows.numbers(|flow| {
            matches!(flow.state, FlowState::Accepted | FlowState::Unknown { .. })
                && self.is_seen(flow)
        });
        for number in seen {
            if self.flows.get(number).expect("it was listed").is_unknown() {
                self.flow_alert(number, Alert::new(Severity::Info, AlertCode::UnknownFound), out);
            }
            self.end_flow(number, OrderProgress::Working, None);
        }
    }

    fn is_seen(&self, flow: &Flow) -> bool {
        if flow.claimed {
            return true;
        }
        match &flow.intent {
            Intent::Close(one) => self
                .book
                .get(one.position)
                .is_none_or(|holding| holding.open_volume() < one.volume || !holding.is_open()),
            Intent::CloseBy(one) => {
                self.book.get(one.position).is_none_or(|holding| !holding.is_open())
            }
            Intent::Modify(_) | Intent::ModifyOrder(_) | Intent::Remove(_) => true,
            Intent::Open(_) | Intent::Place(_) => false,
        }
    }

    /// Whether news from the broker concerns a known symbol; an alert says so if not.
    pub(super) fn makes_sense(
        &self,
        symbol: SymbolId,
        what: &str,
        ticket: Ticket,
        out: &mut Vec<Action>,
    ) -> bool {
        let known = self.knows_symbol(symbol);
        if !known {
            Self::broker_flaw(&format!("{what}.symbol"), Some(ticket), out);
        }
        known
    }

    /// Raises the alert that something from the broker makes no sense and is not used.
    pub(super) fn broker_flaw(path: &str, order: Option<Ticket>, out: &mut Vec<Action>) {
        out.push(
            Alert {
                path: Some(path.to_owned()),
                order,
                ..Alert::new(Severity::Warning, AlertCode::BrokerFlaw)
            }
            .into(),
        );
    }
}
