//! Readings of the account. News may be lost, late or out of order, so positions, orders and
//! history are read again to confirm what is known. Absence is concluded only from readings that
//! are complete, that were requested late enough, and that contradict nothing (executor 5, MT5
//! reference 2.3): for known positions and orders in [`absence`](super::absence), for requests of
//! unknown outcome in [`unknown`](super::unknown).

use super::deadlines::Due;
use super::flow::{Flow, FlowState};
use super::goal::StopsGoal;
use super::news::VOLUME_MAX;
use super::plant::planted;
use super::readings::OpenReading;
use super::source::Source;
use super::{Executor, Stage};
use crate::domain::amount::{Money, Volume};
use crate::domain::deal::{Deal, DealKind};
use crate::domain::id::Ticket;
use crate::domain::time::ServerMsc;
use crate::executor::action::{Action, Alert, AlertCode, DataRequest, Severity};
use crate::executor::book::holding::{Gone, Holding, Statement};
use crate::executor::book::order::HeldOrder;
use crate::executor::event::BrokerSnapshot;
use std::collections::BTreeSet;
use std::sync::Arc;

/// How much earlier than the oldest thing looked for the requested history starts, because clocks
/// differ.
const HISTORY_MARGIN_MS: i64 = 60_000;
/// The number of readings that must agree before a reported deal is taken to be withdrawn. Until
/// then nothing is concluded.
const AGREE_ON_DEALS: u32 = 5;
/// The number of successive readings after which it is believed that a position is not open, although
/// no deals that close it are listed. They take minutes, as the pauses between them grow.
const AGREE_ON_OPENED: u32 = 10;

impl Executor {
    /// Schedules the next reading, if one is needed: at once while the account has not been read,
    /// soon after news, and more and more rarely while something stays open.
    pub(super) fn schedule_reading(&mut self) {
        let limits = &self.config.limits;
        let due = if self.link.stage < Stage::Verified {
            None
        } else if let Some(question) = &self.readings.open {
            Some(question.deadline)
        } else if !self.link.read
            || self.readings.stirred
            || self.gate.wrong_account
            || self.is_unsettled()
            || self.anything_open()
        {
            let first =
                if self.readings.stirred { limits.reread_ms } else { limits.unknown_poll_ms };
            let pause = first << self.readings.fruitless.min(16);
            let pause = if self.link.read || self.readings.fruitless > 0 {
                pause.min(limits.goal_pause_max_ms.max(first))
            } else {
                0
            };
            let due = self.now.plus_ms(pause);
            Some(self.deadlines.get(Due::Reading).map_or(due, |before| before.min(due)))
        } else {
            None
        };
        self.deadlines.set(Due::Reading, due);
    }

    /// Requests a reading now: only the account can tell whether the rest of an order still works.
    pub(super) fn read_at_once(&mut self) {
        if self.readings.open.is_none() {
            self.deadlines.set(Due::Reading, Some(self.now));
        }
    }

    /// Whether anything is uncertain that a reading could settle.
    fn anything_open(&self) -> bool {
        let flow =
            |flow: &Flow| matches!(flow.state, FlowState::Unknown { .. } | FlowState::Accepted);
        let order = |order: &HeldOrder| {
            order.missing > 0
                || order.state.is_final()
                || order.change.as_ref().is_some_and(|change| change.done_at.is_some())
        };
        let read = self.readings.complete_since();
        let stops = |goal: &StopsGoal| goal.done_at.is_some() || !goal.is_settled(read);
        let doubted =
            |holding: &Holding| holding.exit.as_ref().is_some_and(|exit| exit.is_doubted(read));
        let holding = |holding: &Holding| {
            if doubted(holding) {
                return true;
            }
            holding.gone != Gone::No
                || holding.lacks_opening_deals()
                || stops(&holding.stops_goal)
                || !holding.is_open()
        };
        self.flows.iter().any(|(_, one)| flow(one))
            || self.book.orders().any(order)
            || self.book.restless().any(holding)
            || self.book.any_unclaimed()
    }

    /// The time of a reading has come, or the deadline of one that was not answered.
    pub(super) fn on_reading_due(&mut self, out: &mut Vec<Action>) {
        if self.link.stage < Stage::Verified {
            return;
        }
        if self.readings.open.take().is_some() {
            self.readings.fruitless += 1;
        }
        self.ask_reading(out);
    }

    fn ask_reading(&mut self, out: &mut Vec<Action>) {
        let since_msc = self.history_since();
        let id = self.readings.next_id();
        // The whole history may take long to load: where it was not there in time again and again, it gets more of it.
        let is_first = self.readings.history_until.is_none();
        let doublings = if is_first { self.readings.fruitless.saturating_sub(2).min(5) } else { 0 };
        let deadline = self.now.plus_ms(self.config.limits.data_deadline_ms << doublings);
        self.readings.open =
            Some(OpenReading { id, step: self.step, at: self.now, deadline, since_msc });
        self.readings.stirred = false;
        out.push(Action::Data(DataRequest::Snapshot {
            id,
            deadline,
            history_since_msc: since_msc,
        }));
    }

    /// The time from which history is needed. It depends on what has been read completely, on what
    /// is still open, and on the last known deal: a history that does not list that deal is
    /// incomplete.
    fn history_since(&self) -> ServerMsc {
        let flows = self.flows.iter().map(|(_, flow)| flow.sent_msc);
        let orders = self
            .book
            .orders()
            .filter(|order| order.state.is_final() || order.missing > 0)
            .map(|order| order.sent_msc);
        let unsure = |holding: &&Holding| {
            holding.lacks_opening_deals() || holding.gone != Gone::No || !holding.is_open()
        };
        let holdings = self.book.restless().filter(unsure).map(|holding| holding.time_msc);
        let unclaimed = self.book.unclaimed_since();
        // The first reading requests everything. If it lists the first deposit, it is complete.
        let read = self.readings.history_until.unwrap_or_default();
        let since = flows
            .chain(orders)
            .chain(holdings)
            .chain(unclaimed)
            .chain([read])
            .min()
            .expect("there is one");
        let since = ServerMsc(since.0.saturating_sub(HISTORY_MARGIN_MS));
        self.book.last_deal().map_or(since, |(_, time_msc)| since.min(time_msc))
    }

    /// Takes a reading of everything that the broker holds: adopts, updates and concludes.
    pub(super) fn on_snapshot(&mut self, snapshot: &BrokerSnapshot, out: &mut Vec<Action>) {
        // A reading that nothing waits for may be of any age. Another one is requested.
        let Some(question) = self.readings.open.take_if(|question| question.id == snapshot.id)
        else {
            return self.readings.stir();
        };
        self.deadlines.set(Due::Reading, None);
        if !self.is_our_account(&snapshot.account, out) {
            self.readings.fruitless += 1;
            return self.readings.stay_stirred();
        }
        self.take_account(&snapshot.account, out);
        let taken_on_trust = planted!(self, AbsentAfterOneEmptySnapshot);
        // A history that begins later than requested does not cover what was sent before.
        let covers = snapshot.history_since_msc.is_none_or(|since| since <= question.since_msc);
        if snapshot.complete && covers {
            self.weigh_last_deal(snapshot, question, out);
            self.weigh_opened(snapshot, out);
        }
        let whole = snapshot.complete
            && covers
            && (taken_on_trust || self.lists_what_it_must(snapshot, question));
        if snapshot.complete && !whole {
            out.push(Alert::new(Severity::Warning, AlertCode::ReadingContradicts).into());
        }
        let listed = |heard: Option<u64>| heard.is_none_or(|heard| heard <= question.step);
        // Trades in symbols that are unknown here are not about us.
        for order in &snapshot.history_orders {
            if self.knows_symbol(order.symbol) {
                self.on_order(order, Source::History, out);
            }
        }
        for order in &snapshot.orders {
            let newest = listed(self.book.order_heard(order.ticket));
            self.on_order(order, if newest { Source::Reading } else { Source::News }, out);
        }
        let is_payment = |deal: &Deal| !matches!(deal.kind, DealKind::Trade(_));
        self.take_payments(&snapshot.history_deals);
        for deal in &snapshot.history_deals {
            if self.knows_symbol(deal.symbol) || is_payment(deal) {
                self.on_deal(deal, out);
            }
        }
        let compared = self.book.hear_repeated(&snapshot.positions, question.step, self.step);
        for position in compared.stated {
            let newest = listed(self.book.get(position.ticket).map(|known| known.heard));
            let source = if newest { Source::Reading } else { Source::News };
            let told = self.on_position(position, source, out);
            if newest && told == Some(Statement::Same) {
                self.book.expect_repeats(position);
            }
        }
        if whole {
            self.settle_balance(snapshot.account.balance, question.step);
            self.conclude(snapshot, &compared.others, question, out);
        } else {
            self.readings.fruitless += 1;
            self.readings.stay_stirred();
        }
    }

    /// A reported deal that no later history lists was withdrawn by the broker, or belongs to
    /// another account. An empty history says nothing.
    fn weigh_last_deal(
        &mut self,
        snapshot: &BrokerSnapshot,
        question: OpenReading,
        out: &mut Vec<Action>,
    ) {
        if self.lists_last_deal(snapshot, question) {
            self.readings.unlisted = 0;
        } else if !snapshot.history_deals.is_empty() {
            self.readings.unlisted += 1;
        }
        if self.readings.unlisted == AGREE_ON_DEALS {
            self.readings.unlisted = 0;
            let order = self.book.last_deal().map(|(ticket, _)| ticket);
            self.book.forget_last_deal();
            let path = Some("deal.ticket".to_owned());
            out.push(
                Alert {
                    path,
                    order,
                    ..Alert::new(Severity::Critical, AlertCode::ReadingContradicts)
                }
                .into(),
            );
        }
    }

    /// Positions of which the deals have opened more than they have closed are open, unless readings
    /// say otherwise time and again.
    fn weigh_opened(&mut self, snapshot: &BrokerSnapshot, out: &mut Vec<Action>) {
        let lacking = &mut self.readings.lacking;
        *lacking = if lacks_opened(snapshot) { *lacking + 1 } else { 0 };
        if *lacking == AGREE_ON_OPENED {
            let path = Some("deal.position".to_owned());
            let alert =
                Alert { path, ..Alert::new(Severity::Critical, AlertCode::ReadingContradicts) };
            out.push(alert.into());
        }
    }

    fn lists_last_deal(&self, snapshot: &BrokerSnapshot, question: OpenReading) -> bool {
        let known = self.book.last_deal().filter(|(_, time_msc)| *time_msc >= question.since_msc);
        known.is_none_or(|(ticket, _)| {
            snapshot.history_deals.iter().any(|deal| deal.ticket == ticket)
        })
    }

    /// Whether a reading that claims to be complete can be. It must list the last known deal, must
    /// not hold margin for positions that it does not list, must list those that its deals have
    /// opened and not closed, and must explain the balance if it reaches back to the beginning.
    fn lists_what_it_must(&self, snapshot: &BrokerSnapshot, question: OpenReading) -> bool {
        let margin_unexplained =
            snapshot.positions.is_empty() && snapshot.account.margin > Money::ZERO;
        let lists_deal = self.lists_last_deal(snapshot, question);
        let reaches_back = question.since_msc <= ServerMsc::default();
        let balance_unexplained = reaches_back
            && snapshot.history_deals.is_empty()
            && snapshot.account.balance != Money::ZERO;
        lists_deal
            && !margin_unexplained
            && !balance_unexplained
            && !(1..AGREE_ON_OPENED).contains(&self.readings.lacking)
    }
}

/// Whether a position is not listed of which the deals have opened more than they have closed.
fn lacks_opened(snapshot: &BrokerSnapshot) -> bool {
    // Deals are listed once, whatever a broker sends: the last of a ticket counts. Impossible ones
    // count for nothing.
    let mut deals: Vec<&Deal> = snapshot.history_deals.iter().rev().map(Arc::as_ref).collect();
    deals.sort_by_key(|deal| deal.ticket);
    deals.dedup_by_key(|deal| deal.ticket);
    let is_sound = |deal: &&Deal| {
        matches!(deal.kind, DealKind::Trade(_))
            && (Volume::ZERO..=VOLUME_MAX).contains(&deal.volume)
    };
    deals.retain(is_sound);
    deals.sort_by_key(|deal| deal.position);
    let change = |deal: &&Deal| {
        let volume = i128::from(deal.volume.raw());
        if deal.entry.closes() { -volume } else { volume }
    };
    let mut open: BTreeSet<Ticket> = deals
        .chunk_by(|one, next| one.position == next.position)
        .filter(|deals| deals.iter().map(change).sum::<i128>() > 0)
        .map(|deals| deals[0].position)
        .collect();
    // The latest come last, and it is about the latest.
    for position in snapshot.positions.iter().rev() {
        if open.is_empty() {
            break;
        }
        open.remove(&position.identifier());
    }
    !open.is_empty()
}
