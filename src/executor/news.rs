//! Deals, orders and positions as the broker reports them: in any order, perhaps twice, perhaps late. They are joined
//! by tickets; a comment is only a hint, because brokers cut and rewrite it.

use super::Executor;
use super::flow::{Flow, FlowState, Intent};
use super::plant::planted;
use super::pursue::Portion;
use super::registry::Ended;
use crate::domain::amount::{Price, Volume};
use crate::domain::deal::{Deal, DealEntry, DealKind};
use crate::domain::id::{ContentHash, IntentKey, Magic, SymbolId, Ticket};
use crate::domain::order::{Order, Reason, Side};
use crate::domain::position::Position;
use crate::executor::action::{Action, Alert, AlertCode, OrderProgress, Owner, RequestReason, Severity, StrategyState};
use crate::executor::book::Taken;
use crate::executor::book::holding::{Claim, Gone, Statement};
use crate::executor::book::order::{HeldOrder, Place, Purpose};
use crate::executor::event::{is_price, is_server_time};
use crate::market::timeframe::Timeframe;

/// The largest volume that is accepted: ten million lots. Sums of volumes up to it always fit.
const VOLUME_MAX: Volume = Volume::from_raw(1_000_000_000_000_000);

/// The source of a piece of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// News, in any order.
    News,
    /// A reading of the account: it is listed there now.
    Reading,
    /// A reading of the account's history.
    History,
}

/// The owner of a position that no intent has claimed.
enum Whose {
    Ours(Claim),
    /// What may have opened it is still on its way.
    Later,
    Foreign,
}

impl Executor {
    /// Takes a deal that the broker reports.
    pub(super) fn on_deal(&mut self, deal: &Deal, out: &mut Vec<Action>) {
        if matches!(deal.kind, DealKind::Trade(_)) && !self.makes_sense(deal.symbol, "deal", deal.ticket, out) {
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
        let free = Deal { commission: crate::domain::amount::Money::ZERO, ..deal.clone() };
        let deal = if planted!(self, EntryCommissionLost) && deal.entry == DealEntry::In { &free } else { deal };
        let taken = self.book.take_deal(deal);
        match taken {
            Taken::Senseless => Self::broker_flaw("deal.volume", Some(deal.ticket), out),
            Taken::New => self.after_deal(deal, out),
            Taken::Known | Taken::Corrected | Taken::Early => {}
        }
    }

    /// Begins the position of a deal that nothing but an attempt of unknown outcome explains.
    fn open_alike(&mut self, number: u64, deal: &Deal, out: &mut Vec<Action>) {
        let DealKind::Trade(side) = deal.kind else { return };
        let alert = Alert { position: Some(deal.position), ..Alert::new(Severity::Warning, AlertCode::PositionAdopted) };
        self.flow_alert(number, alert, out);
        let claim = self.claim(number);
        self.book.begin_from_deal(deal, side, claim);
        self.welcome(deal.position, out);
    }

    /// Begins the position that an opening deal makes, if its order is ours.
    fn open_by(&mut self, deal: &Deal, out: &mut Vec<Action>) {
        let DealKind::Trade(side) = deal.kind else { return };
        let from_order = self.book.order(deal.order).filter(|order| matches!(order.purpose, Purpose::Open(_)));
        if planted!(self, PendingFillNotOwned) && from_order.is_some_and(|order| order.kind.is_pending()) {
            return;
        }
        let claim = match from_order.map(HeldOrder::claim) {
            Some(claim) => Some(claim),
            None => self.flows.find(|flow| flow.may_open() && is_of(&deal.comment, flow.key)).map(|number| self.claim(number)),
        };
        if let Some(claim) = claim {
            self.book.begin_from_deal(deal, side, claim);
            self.welcome(deal.position, out);
        }
    }

    /// A position is ours from now on: deals that waited for it are its own, and what holds for its owner holds for it.
    fn welcome(&mut self, identifier: Ticket, out: &mut Vec<Action>) {
        for deal in self.book.take_early_of(identifier) {
            self.on_deal(&deal, out);
        }
        self.embrace(identifier, out);
    }

    /// Takes a position over that was nobody's here.
    pub(super) fn take_over(&mut self, position: &Position, claim: Claim, out: &mut Vec<Action>) {
        self.book.begin_from_position(position, claim);
        self.book.take_position(position, true);
        self.welcome(position.identifier(), out);
    }

    /// A deal names the order of the attempt that made it.
    fn name_order(&mut self, deal: &Deal) {
        if self.book.knows_order(deal.order) {
            return;
        }
        let key = self.book.holdings().find(|holding| holding.identifier == deal.position).and_then(|holding| holding.claim.key);
        let made = |flow: &Flow| {
            let opened = deal.entry == DealEntry::In && flow.intent.enters() && key == Some(flow.key);
            opened || flow.intent.makes_order() && is_of(&deal.comment, flow.key)
        };
        if let Some(number) = self.flows.find(made) {
            self.order_found(number, deal.order);
        }
    }

    /// The order of an attempt is known: it is a thing of its own, whatever its answer.
    fn order_found(&mut self, number: u64, ticket: Ticket) {
        let flow = self.flows.get_mut(number).expect("what is found is open");
        flow.claimed = true;
        let order = HeldOrder::of(flow, ticket).expect("only what makes an order is found as one");
        self.book.begin_order(order);
        self.embrace_order(ticket);
    }

    fn after_deal(&mut self, deal: &Deal, out: &mut Vec<Action>) {
        let step = self.step;
        let rest_forgotten = planted!(self, PartialCloseRestForgotten);
        let Some(holding) = self.book.holding_mut(deal.position) else { return };
        holding.heard = step;
        let grows = deal.entry == DealEntry::In && holding.exit.is_none();
        if rest_forgotten && deal.entry.closes() {
            holding.exit = None;
        }
        let by_others =
            deal.entry.closes() && deal.reason != Reason::Expert && !matches!(deal.reason, Reason::Sl | Reason::Tp | Reason::So);
        if by_others && holding.exit.is_none() {
            let alert = Alert { position: Some(holding.ticket), ..Alert::new(Severity::Warning, AlertCode::ClosedElsewhere) };
            out.push(alert.of(&holding.claim.owner).into());
        }
        if grows {
            self.embrace(deal.position, out);
        }
    }

    /// Takes the state of an order from `source`.
    pub(super) fn on_order(&mut self, order: &Order, source: Source, out: &mut Vec<Action>) {
        if !self.makes_sense(order.symbol, "order", order.ticket, out) {
            return;
        }
        if order.volume_current < Volume::ZERO || order.volume_current > order.volume_initial || order.volume_initial > VOLUME_MAX {
            return Self::broker_flaw("order.volume_current", Some(order.ticket), out);
        }
        let prices = [order.price, order.stop_limit, order.sl, order.tp];
        if !prices.into_iter().flatten().all(is_price) || !is_server_time(order.time_setup_msc) {
            return Self::broker_flaw("order.price", Some(order.ticket), out);
        }
        if self.book.order(order.ticket).is_none() {
            self.find_order(order, source, out);
        }
        let step = self.step;
        if let Some(held) = self.book.order_mut(order.ticket) {
            held.heard = step;
            if held.ambiguous {
                held.ambiguous = false;
                let alert = Alert { order: Some(order.ticket), ..Alert::new(Severity::Info, AlertCode::AmbiguityResolved) };
                out.push(alert.of(&held.claim.owner).into());
            }
            let place = match source {
                Source::News => Place::Unsaid,
                Source::Reading => Place::Working,
                Source::History => Place::History,
            };
            self.book.take_order(order, place);
        }
        if source == Source::Reading {
            self.drop_idle_close(order.ticket);
        }
    }

    /// A close that works on though its positions are closed has nothing left to do.
    fn drop_idle_close(&mut self, ticket: Ticket) {
        let idle = |order: &&HeldOrder| match &order.purpose {
            Purpose::Open(_) => false,
            Purpose::Close(positions) => positions.iter().all(|position| self.book.get(*position).is_none()),
        };
        if let Some(why) = self.book.order(ticket).filter(idle).map(|order| order.why) {
            self.want_removal(ticket, why);
        }
    }

    /// Finds out whose an order is that is not in the book.
    fn find_order(&mut self, order: &Order, source: Source, out: &mut Vec<Action>) {
        let ended = self.book.knows_order(order.ticket);
        if let (Some(number), false) = (self.flows.find(|flow| flow.intent.makes_order() && is_of(&order.comment, flow.key)), ended) {
            return self.order_found(number, order.ticket);
        }
        if !ended && self.registry.owner(order.magic).is_none() {
            return self.book.set_foreign_order(order);
        }
        // Only what works at the broker can still do something; of what is over, deals and positions tell.
        if source != Source::Reading || order.state.is_final() {
            return;
        }
        let alike = |flow: &Flow| {
            let same = flow.magic == order.magic && flow.symbol == order.symbol && flow.intent.makes_order() && !flow.claimed;
            same && order.kind.side().is_none_or(|side| flow_side(flow) == Some(side))
        };
        match self.flows.find(|flow| alike(flow) && flow.is_unknown()) {
            Some(number) if !ended => {
                self.flow_alert(number, Alert { order: Some(order.ticket), ..Alert::new(Severity::Warning, AlertCode::OrderAdopted) }, out);
                self.order_found(number, order.ticket);
            }
            _ if self.flows.find(alike).is_none() => self.adopt_order(order, out),
            _ => {}
        }
    }

    /// An order with a magic of ours works at the broker and no attempt here explains it.
    pub(super) fn adopt_order(&mut self, order: &Order, out: &mut Vec<Action>) {
        let owner = self.registry.owner(order.magic).unwrap_or(Owner::Account);
        let known = self
            .book
            .holdings()
            .find(|holding| order.position == Some(holding.identifier) || holding.claim.key.is_some_and(|key| is_of(&order.comment, key)));
        let claim = known.map_or_else(|| self.adoption(owner, order.magic, (order.sl, order.tp)), |holding| holding.claim.clone());
        // What it was sent for is known of one that was taken to be over; otherwise its position tells.
        let by_position = known.map(|holding| order.kind.side() == Some(holding.side));
        let opens =
            self.book.opened_by(order.ticket).or(by_position).unwrap_or(order.position.is_none_or(|position| position == order.ticket));
        let position = known.map(|holding| holding.identifier);
        let alert = Alert { order: Some(order.ticket), ..Alert::new(Severity::Warning, AlertCode::OrderAdopted) };
        out.push(alert.of(&claim.owner).into());
        let mut held = HeldOrder::adopted(order, claim, opens);
        held.position = position.filter(|_| opens);
        held.since = self.now;
        self.book.revive_order(held);
        self.embrace_order(order.ticket);
    }

    /// Takes the state of a position from `source`.
    pub(super) fn on_position(&mut self, position: &Position, source: Source, out: &mut Vec<Action>) {
        let sound = position.volume > Volume::ZERO && position.volume <= VOLUME_MAX && position.price_open > Price::ZERO;
        let prices = [Some(position.price_open), position.sl, position.tp];
        let timed = is_server_time(position.time_msc) && is_server_time(position.updated_msc());
        if !self.makes_sense(position.symbol, "position", position.ticket, out) {
            return;
        }
        if !sound {
            return Self::broker_flaw("position.volume", Some(position.ticket), out);
        }
        if !prices.into_iter().flatten().all(is_price) || !timed {
            return Self::broker_flaw("position.price_open", Some(position.ticket), out);
        }
        if self.book.is_closed(position.identifier()) {
            return self.book.forget_unclaimed(position.ticket);
        }
        if !self.book.knows(position.identifier()) {
            match self.whose(position, source, out) {
                Whose::Ours(claim) => {
                    self.book.begin_from_position(position, claim);
                    self.welcome(position.identifier(), out);
                }
                Whose::Later => return self.book.set_unclaimed(position),
                Whose::Foreign if self.gate.latch.is_some() && self.config.limits.emergency_closes_foreign => {
                    let claim = self.adoption(Owner::Account, position.magic, (position.sl, position.tp));
                    self.book.begin_from_position(position, claim);
                    self.welcome(position.identifier(), out);
                }
                Whose::Foreign => return self.book.set_foreign(position),
            }
        }
        self.book.forget_unclaimed(position.ticket);
        self.take_statement(position, source, out);
    }

    fn take_statement(&mut self, position: &Position, source: Source, out: &mut Vec<Action>) {
        let (step, confirmed) = (self.step, source == Source::Reading);
        let never_again = planted!(self, RemovedPositionNeverAliveAgain);
        let statement = self.book.take_position(position, confirmed);
        let Some(holding) = self.book.holding_mut(position.identifier()) else { return };
        if statement != Statement::Stale {
            holding.heard = step;
            // What is listed again is alive again; a statement that was overtaken by a removal proves nothing.
            if confirmed && holding.gone != Gone::No && !never_again {
                (holding.gone, holding.server_says_closed, holding.missing_told) = (Gone::No, false, false);
                self.embrace(position.identifier(), out);
            }
        }
        let Some(holding) = self.book.holding_mut(position.identifier()) else { return };
        let alert =
            Alert { position: Some(holding.ticket), ..Alert::new(Severity::Warning, AlertCode::StopsChanged) }.of(&holding.claim.owner);
        let change = holding.change();
        match self.book.report_open(position.identifier()) {
            Some(opened) => {
                self.history.summary.opened += 1;
                out.push(Action::Report(Box::new(opened)));
            }
            None if matches!(statement, Statement::Changed | Statement::StopsChanged { news: true }) => {
                out.push(Action::Report(Box::new(change)));
            }
            None => {}
        }
        if matches!(statement, Statement::StopsChanged { .. }) {
            out.push(alert.into());
        }
    }

    /// Takes the news that a position is gone, which is one source of two.
    pub(super) fn on_removed(&mut self, ticket: Ticket) {
        let step = self.step;
        self.book.take_removal(ticket);
        if let Some(holding) = self.book.get_mut(ticket) {
            holding.heard = step;
        }
    }

    /// Whose a new position is: by the comment, by likeness to an attempt of unknown outcome, or by its magic alone.
    fn whose(&mut self, position: &Position, source: Source, out: &mut Vec<Action>) -> Whose {
        if let Some(number) = self.flows.find(|flow| flow.may_open() && is_of(&position.comment, flow.key)) {
            return Whose::Ours(self.claim(number));
        }
        let by_comment = |order: &&HeldOrder| {
            matches!(order.purpose, Purpose::Open(_)) && order.claim.key.is_some_and(|key| is_of(&position.comment, key))
        };
        let commented = self.book.orders().find(by_comment).map(|order| order.ticket);
        if let Some(order) = commented {
            let order = self.book.order_mut(order).expect("it was found");
            order.position.get_or_insert(position.identifier());
            return Whose::Ours(order.claim());
        }
        let Some(owner) = self.registry.owner(position.magic) else { return Whose::Foreign };
        #[cfg(feature = "plant")]
        if self.disowns(&owner, position) {
            return Whose::Foreign;
        }
        if let Some(number) = self.flows.find(|flow| flow.may_open() && flow.is_unknown() && flow.is_like(position)) {
            self.flow_alert(
                number,
                Alert { position: Some(position.ticket), ..Alert::new(Severity::Warning, AlertCode::PositionAdopted) },
                out,
            );
            return Whose::Ours(self.claim(number));
        }
        let coming = self.flows.find(|flow| flow.may_open() && flow.is_out() && flow.is_like(position)).is_some();
        // A second reading that lists both, the order unfilled: it is another one's.
        let twice = source == Source::Reading && self.book.is_unclaimed(position.ticket);
        let unfilled = |order: &HeldOrder| order.heard == self.step && order.kind.is_pending() && order.said == Volume::ZERO;
        let working = |order: &HeldOrder| {
            order.position.is_none()
                && !(twice && unfilled(order))
                && !order.is_over()
                && order.claim.magic == position.magic
                && order.symbol == position.symbol
                && order.purpose == Purpose::Open(position.side)
        };
        if coming || self.book.orders().any(working) {
            return Whose::Later;
        }
        let claim = self.adoption(owner, position.magic, (position.sl, position.tp));
        let alert = Alert { position: Some(position.ticket), ..Alert::new(Severity::Warning, AlertCode::PositionAdopted) };
        out.push(alert.of(&claim.owner).into());
        Whose::Ours(claim)
    }

    /// What something of ours takes that no attempt here explains.
    pub(super) fn adoption(&self, owner: Owner, magic: Magic, wanted: super::goal::Levels) -> Claim {
        let runs = owner.strategy().and_then(|id| self.strategies.slot(id)).and_then(|slot| self.strategies.get(slot));
        Claim {
            magic,
            key: None,
            rules_hash: runs.map_or(ContentHash([0; 32]), |strategy| strategy.rules_hash),
            timeframe: runs.map_or(Timeframe::M1, |strategy| strategy.timeframe),
            wanted,
            asked: None,
            owner,
        }
    }

    /// Marks an attempt's position as seen; gives what the position takes from it.
    fn claim(&mut self, number: u64) -> Claim {
        let flow = self.flows.get_mut(number).expect("what is claimed is open");
        flow.claimed = true;
        let wanted = match &flow.intent {
            Intent::Open(plan) => (plan.sl, plan.tp),
            Intent::Place(one) => (one.sl, one.tp),
            _ => (None, None),
        };
        flow.claim(wanted)
    }

    /// What is newly ours falls under what holds for its owner: an emergency, or a STOP that owns what executes later.
    fn embrace(&mut self, identifier: Ticket, out: &mut Vec<Action>) {
        let Some(holding) = self.book.holding_mut(identifier) else { return };
        let (ticket, magic) = (holding.ticket, holding.claim.magic);
        if self.gate.latch.is_some() {
            self.want_exit(ticket, RequestReason::Emergency, Portion::Whole);
        } else if self.registry.ended(magic) == Ended::Closed && !planted!(self, LateFillAfterStopNotClosed) {
            if self.is_over(magic) && self.book.get(ticket).is_some_and(|holding| holding.claim.key.is_some()) {
                let alert = Alert { position: Some(ticket), ..Alert::new(Severity::Warning, AlertCode::PositionAdopted) };
                out.extend(self.registry.owner(magic).map(|owner| Action::from(alert.of(&owner))));
            }
            self.want_exit(ticket, RequestReason::StopCommand, Portion::Whole);
        }
    }

    /// The same for an order: what became of a request that was out when a STOP, an emergency or a PAUSE came.
    pub(super) fn embrace_order(&mut self, ticket: Ticket) {
        let Some(order) = self.book.order(ticket).filter(|order| matches!(order.purpose, Purpose::Open(_))) else { return };
        if self.gate.latch.is_some() {
            self.want_removal(ticket, RequestReason::Emergency);
        } else if self.registry.ended(order.claim.magic) != Ended::No {
            self.want_removal(ticket, RequestReason::StopCommand);
        } else if self.is_paused(&order.claim.owner) {
            self.want_removal(ticket, RequestReason::Command);
        }
    }

    /// Whether an owner may not enter because somebody paused it.
    fn is_paused(&self, owner: &Owner) -> bool {
        let strategy = owner.strategy().and_then(|id| self.strategies.slot(id)).and_then(|slot| self.strategies.get(slot));
        let paused = strategy.is_some_and(|strategy| strategy.state == StrategyState::Paused);
        paused || self.gate.paused || self.gate.operator_paused
    }

    /// Whether a stopped strategy has left the table.
    fn is_over(&self, magic: Magic) -> bool {
        self.registry.owner(magic).is_none_or(|owner| owner.strategy().is_none_or(|id| self.strategies.slot(id).is_none()))
    }

    /// Deals and positions that waited for what explains them are looked at again.
    pub(super) fn match_early(&mut self, out: &mut Vec<Action>) {
        for deal in self.book.early_openings() {
            let explained = self.book.order(deal.order).is_some_and(|order| matches!(order.purpose, Purpose::Open(_)));
            if self.book.knows(deal.position) {
                continue;
            }
            if explained {
                self.open_by(&deal, out);
            } else if let Some(number) = self.flows.find(|flow| flow.may_open() && flow.is_unknown() && flow.is_like_deal(&deal)) {
                self.open_alike(number, &deal, out);
            }
        }
        for position in self.book.unclaimed() {
            self.on_position(&position, Source::News, out);
        }
    }

    /// Ends what has been seen: attempts, orders, positions. What was closed is reported.
    pub(super) fn settle(&mut self, out: &mut Vec<Action>) {
        self.match_early(out);
        self.settle_flows(out);
        // What is closed must not grow again.
        for order in self.book.idle_rests() {
            let why = self.book.order(order).map_or(RequestReason::Signal, |order| order.why);
            self.want_removal(order, why);
        }
        for order in self.book.take_ended() {
            self.order_over(&order, out);
        }
        for holding in self.book.take_settled(planted!(self, ReportBeforeAllDeals)) {
            self.deadlines.set(super::deadlines::Due::Goal(holding.identifier), None);
            self.deadlines.set(super::deadlines::Due::Overdue(holding.identifier), None);
            self.note_closed(&holding);
            self.history.closed(&holding);
            out.extend(holding.last_reports().into_iter().map(|report| Action::Report(Box::new(report))));
        }
    }

    /// Ends the attempts whose effect has been seen and whose answer is not awaited any more.
    fn settle_flows(&mut self, out: &mut Vec<Action>) {
        let seen = self.flows.numbers(|flow| matches!(flow.state, FlowState::Accepted | FlowState::Unknown { .. }) && self.is_seen(flow));
        for number in seen {
            if self.flows.get(number).is_some_and(Flow::is_unknown) {
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
            Intent::Close(one) => {
                self.book.get(one.position).is_none_or(|holding| holding.open_volume() < one.volume || !holding.is_open())
            }
            Intent::CloseBy(one) => self.book.get(one.position).is_none_or(|holding| !holding.is_open()),
            Intent::Modify(_) | Intent::ModifyOrder(_) | Intent::Remove(_) => true,
            Intent::Open(_) | Intent::Place(_) => false,
        }
    }

    fn order_over(&mut self, order: &HeldOrder, out: &mut Vec<Action>) {
        self.deadlines.set(super::deadlines::Due::Order(order.ticket), None);
        let unfilled = order.dealt == Volume::ZERO;
        if let Purpose::Open(_) = order.purpose {
            if unfilled && order.remove.is_none() {
                let alert = Alert { order: Some(order.ticket), ..Alert::new(Severity::Warning, AlertCode::OrderChanged) };
                out.push(alert.of(&order.claim.owner).into());
            }
            self.history.ordered(order);
            return;
        }
        let (now, pause) = (self.now, self.config.limits.goal_pause_max_msc);
        if let (Purpose::Close(positions), true) = (&order.purpose, unfilled) {
            for ticket in positions {
                let exit = self.book.get_mut(*ticket).and_then(|holding| holding.exit.as_mut());
                exit.into_iter().for_each(|exit| exit.pace.fail(now, pause));
            }
        }
    }

    /// Whether the broker's news is about a symbol that is known and sound.
    fn makes_sense(&self, symbol: SymbolId, what: &str, ticket: Ticket, out: &mut Vec<Action>) -> bool {
        let known = self.symbols.get(symbol.index()).is_some();
        if !known {
            Self::broker_flaw(&format!("{what}.symbol"), Some(ticket), out);
        }
        known
    }

    /// Raises the alert that something from the broker makes no sense and is not used.
    pub(super) fn broker_flaw(path: &str, order: Option<Ticket>, out: &mut Vec<Action>) {
        out.push(Alert { path: Some(path.to_owned()), order, ..Alert::new(Severity::Warning, AlertCode::BrokerFlaw) }.into());
    }
}

/// Whether a comment is the one that an intent's orders carry.
fn is_of(comment: &str, key: IntentKey) -> bool {
    comment == key.comment()
}

/// The side of the order that an attempt makes.
const fn flow_side(flow: &Flow) -> Option<Side> {
    match &flow.intent {
        Intent::Close(one) => Some(one.side),
        other => other.side(),
    }
}
