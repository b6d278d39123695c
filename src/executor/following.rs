//! Followers ([`crate::strategy::copying`]): what their sources open is opened for them, and what is
//! closed of it is closed for them.
//!
//! Nothing is copied by listening to single news. After every event the positions of a source, as the
//! book has them, are held against what the follower has made of them, so that news that come twice,
//! late or not at all end in the same: a link says which intent copies which position. A position that
//! was open before the follower began is not copied. A fraction that is closed of the source's is closed
//! of the copy; the whole copy is closed once nothing of the source's position is left.

use super::Executor;
use super::flow::{Flow, Intent, Plan, StopsWanted};
use super::key::Purpose;
use super::links::{CopyLink, Links};
use super::originals::Original;
use super::permission::{Asker, Entry};
use super::plan::EntryTerms;
use super::plant::planted;
use super::pursue::Portion;
use super::sending::NewFlow;
use super::strategies::RunningStrategy;
use crate::domain::amount::{Points, Price, Volume};
use crate::domain::id::{IntentKey, Magic, Ticket};
use crate::domain::order::Side;
use crate::executor::action::{Action, Note, Owner, RequestReason, StrategyState, Verdict};
use crate::executor::book::holding::Holding;
use crate::executor::book::order::Purpose as OrderPurpose;
use crate::risk::sizing::floor_to_step;
use crate::strategy::copying::Copying;
use crate::strategy::rules::EntryRule;

impl Executor {
    /// Brings all followers to where their sources are.
    pub(super) fn follow(&mut self, out: &mut Vec<Action>) {
        if !self.strategies.follow() {
            return;
        }
        for slot in self.strategies.following() {
            let strategy = self.strategies.get(slot).expect("it was listed");
            let EntryRule::Copy(copying) = &strategy.rules.entry else {
                unreachable!("only followers are listed")
            };
            if strategy.state == StrategyState::Stopping {
                continue;
            }
            let copying = copying.clone();
            let originals = self.originals(&copying);
            let follower = self.strategies.get_mut(slot).expect("it was listed");
            let mut links = std::mem::take(&mut follower.links);
            for original in &originals {
                self.follow_one(slot, &copying, *original, &mut links, out);
            }
            let is_there = |identifier: Ticket| {
                originals.iter().any(|one| one.identifier == identifier && one.is_open)
            };
            links.retain(|identifier, link| is_there(*identifier) || self.ends(slot, link, out));
            self.end_strays(slot, &links);
            self.strategies.get_mut(slot).expect("it was listed").links = links;
        }
    }

    /// Closes copies that no link explains: nobody else would.
    fn end_strays(&mut self, slot: u32, links: &Links) {
        let magic = self.strategies.get(slot).expect("it was listed").magic();
        let is_linked = |holding: &Holding| {
            let key = holding.claim.key;
            key.is_some() && links.values().any(|link| link.key == key)
        };
        let open = self.book.of(magic).filter(|holding| holding.is_open() && !is_linked(holding));
        let strays: Vec<Ticket> = open.map(|holding| holding.ticket).collect();
        for ticket in strays {
            self.want_exit(ticket, RequestReason::Copied, Portion::Whole);
            self.touched = true;
        }
    }

    /// What the source has open now is not copied: the follower begins after it.
    pub(super) fn begin_following(&mut self, slot: u32) {
        let strategy = self.strategies.get(slot).expect("what begins runs");
        let EntryRule::Copy(copying) = &strategy.rules.entry else { return };
        let originals = self.originals(copying).into_iter();
        let skipped = originals
            .map(|one| (one.identifier, CopyLink { key: None, stops: one.stops, waits: None }));
        let links = skipped.collect();
        self.strategies.get_mut(slot).expect("it runs").links = links;
    }

    fn follow_one(
        &mut self,
        slot: u32,
        copying: &Copying,
        original: Original,
        links: &mut Links,
        out: &mut Vec<Action>,
    ) {
        let Original { identifier, symbol, side, stops, is_open, .. } = original;
        let waits = links.get(&identifier).and_then(|link| link.waits);
        if let Some(link) = links.get_mut(&identifier).filter(|_| waits.is_none()) {
            self.keep_up(link, original);
            return;
        }
        if !is_open {
            return;
        }
        let (key, verdict) = match self.copy(slot, copying, original, out) {
            Ok((key, verdict)) => (Some(key), verdict),
            Err(verdict) => (None, verdict),
        };
        let waits_on = Some(verdict).filter(|verdict| key.is_none() && may_pass(*verdict));
        links.insert(identifier, CopyLink { key, stops, waits: waits_on });
        // A quote alone leads here again.
        let waits_on_quotes = matches!(waits_on, Some(Verdict::NoQuote | Verdict::EquityUnknown));
        self.symbols[symbol.index()].awaited |= waits_on_quotes;
        if waits.is_some() && key.is_none() {
            // Why it is not copied was told when that was first tried.
            return;
        }
        let feed = self.strategies.get(slot).expect("it was listed").feed;
        let bar_msc = original.time_msc;
        out.push(Action::Note(Note { bar_msc, slot, feed, verdict, side: Some(side) }));
    }

    /// Opens a copy.
    ///
    /// # Errors
    /// The first reason against it.
    fn copy(
        &mut self,
        slot: u32,
        copying: &Copying,
        original: Original,
        out: &mut Vec<Action>,
    ) -> Result<(IntentKey, Verdict), Verdict> {
        let Original { identifier, symbol, side, opened, stops, .. } = original;
        let strategy = self.strategies.get(slot).expect("it was listed");
        let magic = strategy.magic();
        self.check_age(copying, original)?;
        let spec = self.symbols[symbol.index()].spec.as_ref().ok_or(Verdict::NotTradable)?;
        let most = self.config.limits.lots_max.unwrap_or(spec.volume_max).min(spec.volume_max);
        let lots = copying.lots(opened, spec.volume_step, self.equities(copying)?);
        let volume = floor_to_step(lots.min(most), spec.volume_step);
        if volume < spec.volume_min || volume == Volume::ZERO {
            return Err(Verdict::VolumeTooSmall);
        }
        let by = Asker::Strategy(Some(strategy));
        let entry = Entry { by, magic, symbol, side, volume, own: None };
        self.permit(entry)?;
        let plan = self.plan(EntryTerms {
            symbol,
            side,
            volume,
            stops: StopsWanted::Prices(stops.0, stops.1),
            deviation: copying.slippage_max,
            filling: 0,
        })?;
        let deviation = self.slippage_left(copying, original, plan.price)?;
        let plan = Plan { deviation, ..plan };
        let widened = plan.widened;
        let intent = Intent::Open(plan);
        self.check_portfolio(entry, &intent)?;
        let verdict = if widened { Verdict::EnteredWidened } else { Verdict::Entered };
        let new = NewFlow {
            owner: Owner::Strategy(strategy.id.clone()),
            magic,
            rules_hash: strategy.rules_hash,
            timeframe: strategy.timeframe,
            symbol,
            why: RequestReason::Copied,
            purpose: Purpose::Copy { position: identifier },
            intent,
        };
        Ok((self.begin_flow(new, out), verdict))
    }

    /// Whether a position is young enough to be copied.
    fn check_age(&self, copying: &Copying, original: Original) -> Result<(), Verdict> {
        let age_ms = self.server_clock().0.saturating_sub(original.time_msc.0);
        let is_old = age_ms > i64::from(copying.age_max_ms);
        if is_old && !planted!(self, CopiedHoweverOld) { Err(Verdict::CopyTooOld) } else { Ok(()) }
    }

    /// How far the server may deviate from a price of a copy: together they are no worse than the
    /// original's price by more than it may be.
    fn slippage_left(
        &self,
        copying: &Copying,
        original: Original,
        price: Price,
    ) -> Result<Points, Verdict> {
        let spec = self.symbols[original.symbol.index()].spec.as_ref();
        let point = spec.ok_or(Verdict::NotTradable)?.point().raw();
        let worse = match original.side {
            Side::Buy => price - original.price_open,
            Side::Sell => original.price_open - price,
        };
        let left = copying.slippage_max.0 - (worse.raw().max(0) + point - 1) / point;
        if left < 0 { Err(Verdict::CopySlipped) } else { Ok(Points(left)) }
    }

    /// The plan of a flow that is sent again, where it is a copy: its age and its price count anew.
    ///
    /// # Errors
    /// What stands against it.
    pub(super) fn as_copy(&self, flow: &Flow, plan: Plan) -> Result<Plan, Verdict> {
        let strategy = flow.owner.strategy().and_then(|id| self.strategies.find(id));
        let Some((strategy, EntryRule::Copy(copying))) =
            strategy.map(|strategy| (strategy, &strategy.rules.entry))
        else {
            return Ok(plan);
        };
        let mut links = strategy.links.iter().filter(|(_, link)| link.key == Some(flow.key));
        let originals = self.originals(copying);
        let original = links.next().and_then(|(identifier, _)| {
            originals.iter().find(|one| one.identifier == *identifier && one.is_open)
        });
        let original = *original.ok_or(Verdict::Overtaken)?;
        self.check_age(copying, original)?;
        let deviation = self.slippage_left(copying, original, plan.price)?;
        Ok(Plan { deviation, ..plan })
    }

    /// Closes of copies what was closed of their original, and moves their stops as those were moved. It
    /// is held against what is there now: a copy may be seen, or grow, later than its original shrank.
    fn keep_up(&mut self, link: &mut CopyLink, original: Original) {
        let Some(key) = link.key.filter(|_| original.is_open) else { return };
        let Original { opened, closed, stops, .. } = original;
        for ticket in self.copies(key) {
            if closed > Volume::ZERO && !planted!(self, PartsNotCopied) {
                self.close_part(ticket, (closed, opened));
            }
            if stops != link.stops {
                let holding = self.book.get_mut(ticket).expect("it was listed");
                holding.stops_goal.turn(stops);
                holding.stops_goal.why = Some(RequestReason::Copied);
                self.touched = true;
            }
        }
        // Until a copy is there, what it is sent with stays what it knows.
        if !self.copies(key).is_empty() {
            link.stops = stops;
        }
    }

    /// Closes of a copy the fraction `closed` ÷ `opened`, down to whole steps, less what is closed of it
    /// or wanted closed.
    fn close_part(&mut self, ticket: Ticket, (closed, opened): (Volume, Volume)) {
        let holding = self.book.get(ticket).expect("it was listed");
        let spec = self.symbols[holding.symbol.index()].spec.as_ref();
        let Some(step) = spec.map(|spec| spec.volume_step) else { return };
        let share = i128::from(holding.opened().raw()) * i128::from(closed.raw());
        let share = i64::try_from(share / i128::from(opened.raw())).map_or(0, |raw| raw);
        let share = floor_to_step(Volume::from_raw(share), step);
        let wanted = holding.exit.as_ref().and_then(|exit| exit.part).unwrap_or_default();
        let part = share - holding.closed_volume().max(wanted);
        if part > Volume::ZERO {
            self.want_exit(ticket, RequestReason::Copied, Portion::Part(part));
            self.touched = true;
        }
    }

    /// Whether a link whose original is gone is still needed: its copy is closed, whatever it is by now.
    fn ends(&mut self, slot: u32, link: &CopyLink, out: &mut Vec<Action>) -> bool {
        let Some(key) = link.key else { return false };
        let strategy = self.strategies.get(slot).expect("it was listed");
        let magic = strategy.magic();
        self.overrule_copy(magic, key, out);
        for ticket in self.copies(key) {
            self.want_exit(ticket, RequestReason::Copied, Portion::Whole);
            self.touched = true;
        }
        let is_coming = self.flows.of(magic).any(|(_, flow)| flow.key == key);
        let is_open = self.book.of(magic).any(|holding| holding.claim.key == Some(key));
        is_coming || is_open || self.book.orders().any(|order| order.claim.key == Some(key))
    }

    /// The open copies that an intent has made.
    fn copies(&self, key: IntentKey) -> Vec<Ticket> {
        let is_copy = |holding: &&Holding| holding.claim.key == Some(key) && holding.is_open();
        self.book.holdings().filter(is_copy).map(|holding| holding.ticket).collect()
    }

    /// A copy that is not open yet is not sent again, and closed as soon as it is seen.
    fn overrule_copy(&mut self, magic: Magic, key: IntentKey, out: &mut Vec<Action>) {
        let is_meant = |flow: &Flow| flow.key == key && flow.intent.enters();
        if self.flows.of(magic).any(|(_, flow)| is_meant(flow)) {
            self.drop_unsent(Verdict::Overtaken, is_meant, out);
            for flow in self.flows.iter_mut().filter(|flow| is_meant(flow)) {
                flow.overruled.get_or_insert(RequestReason::Copied);
            }
        }
        let mut working = Vec::new();
        for order in self.book.orders_mut() {
            if order.claim.key == Some(key) && matches!(order.purpose, OrderPurpose::Open(_)) {
                order.claim.overruled.get_or_insert(RequestReason::Copied);
                working.push(order.ticket);
            }
        }
        working.into_iter().for_each(|ticket| self.want_removal(ticket, RequestReason::Copied));
    }

    /// How much of the account followers copy with, without one that is named and those that are being
    /// stopped.
    pub(super) fn allocated(&self, without: &crate::domain::id::StrategyId) -> i64 {
        let follows = |strategy: &RunningStrategy| match &strategy.rules.entry {
            EntryRule::Copy(copying)
                if strategy.id != *without && strategy.state != StrategyState::Stopping =>
            {
                copying.allocation.raw()
            }
            _ => 0,
        };
        self.strategies.iter().map(|(_, strategy)| follows(strategy)).sum()
    }
}

/// Whether what stands against a copy may be over soon.
const fn may_pass(verdict: Verdict) -> bool {
    verdict.is_cap()
        || matches!(
            verdict,
            Verdict::NotReady
                | Verdict::NoQuote
                | Verdict::EquityUnknown
                | Verdict::ResultUnknown
                | Verdict::PortfolioRisk
        )
}
