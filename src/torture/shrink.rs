//! Reduces a failing session: leaves out one part after another as long as the same invariant still
//! fails.

use crate::domain::tick::Tick;
use crate::session::description::{Latency, Slippage};
use crate::torture::draw;
use crate::torture::draw::span::{self, Span};
use crate::torture::drive::SessionOutcome;
use crate::torture::found::Violation;
use crate::torture::judge::{REPLAYS, RESTORES};
use crate::torture::plan::{Replays, SessionPlan, Telling};
use crate::torture::subject::Subject;
use crate::torture::try_plan;
use std::sync::Arc;

/// A failing session, reduced as far as possible.
#[derive(Debug)]
pub struct Shrunk {
    /// The session.
    pub plan: SessionPlan,
    /// Its ticks.
    pub ticks: Vec<Arc<[Tick]>>,
    /// The outcome of the session.
    pub ran: SessionOutcome,
    /// The violation.
    pub violation: Violation,
}

/// The largest number of sessions that are run to reduce one.
const TRIES_MAX: u32 = 500;

struct Shrink {
    invariant: &'static str,
    subject: Subject,
    best: Shrunk,
    tries: u32,
}

/// Reduces the session of a seed that violates an invariant; none when the session does not violate
/// it.
#[must_use]
pub fn shrink(seed: u64, invariant: &'static str, subject: Subject) -> Option<Shrunk> {
    let (plan, ticks) = draw::plan(seed);
    let (ran, violation) = failing(&plan, &ticks, invariant, subject)?;
    let mut shrink =
        Shrink { invariant, subject, best: Shrunk { plan, ticks, ran, violation }, tries: 0 };
    while shrink.pass() && shrink.tries < TRIES_MAX {}
    shrink.best.plan.telling = Telling::Told;
    shrink.best.ran = try_plan(&shrink.best.plan, &shrink.best.ticks, subject);
    Some(shrink.best)
}

fn failing(
    plan: &SessionPlan,
    ticks: &[Arc<[Tick]>],
    invariant: &str,
    subject: Subject,
) -> Option<(SessionOutcome, Violation)> {
    let ran = try_plan(plan, ticks, subject);
    let violation =
        ran.found.violations.iter().find(|violation| violation.invariant == invariant).cloned()?;
    Some((ran, violation))
}

impl Shrink {
    /// Tries to leave out each part once. Returns whether anything could be left out.
    fn pass(&mut self) -> bool {
        let mut is_smaller = self.simplify();
        is_smaller |= self.leave_out(|plan| &mut plan.restarts);
        is_smaller |= self.leave_out(|plan| &mut plan.acts);
        is_smaller |= self.leave_out(|plan| &mut plan.empty_books);
        is_smaller |= self.leave_out(|plan| &mut plan.file.broker.fault_rates);
        is_smaller |= self.leave_out(|plan| &mut plan.file.broker.faults);
        is_smaller |= self.leave_out(|plan| &mut plan.file.strategy);
        is_smaller |= self.leave_out_symbol();
        is_smaller | self.cut()
    }

    /// Takes a smaller session if it still fails.
    fn accept(&mut self, plan: SessionPlan) -> bool {
        let market = |plan: &SessionPlan| {
            let SessionPlan { ticks, file, empty_books, .. } = plan;
            (*ticks, file.from, file.symbols.clone(), empty_books.clone())
        };
        let is_other_market = market(&plan) != market(&self.best.plan);
        let ticks = if is_other_market { plan.make_ticks() } else { self.best.ticks.clone() };
        self.tries += 1;
        match failing(&plan, &ticks, self.invariant, self.subject) {
            Some((ran, violation)) => {
                self.best = Shrunk { plan, ticks, ran, violation };
                true
            }
            None => false,
        }
    }

    /// Leaves out parts of a list: halves, then quarters, down to single ones.
    fn leave_out<T: Clone>(&mut self, list: impl Fn(&mut SessionPlan) -> &mut Vec<T>) -> bool {
        let mut is_smaller = false;
        let mut chunk = list(&mut self.best.plan).len();
        while chunk > 0 {
            let mut from = 0;
            while from < list(&mut self.best.plan).len() && self.tries < TRIES_MAX {
                let mut plan = self.best.plan.clone();
                let parts = list(&mut plan);
                parts.drain(from..parts.len().min(from + chunk));
                if self.accept(plan) {
                    is_smaller = true;
                } else {
                    from += chunk;
                }
            }
            chunk /= 2;
        }
        is_smaller
    }

    /// Tries a broker that executes everything at once and without costs, and fewer checks
    /// afterwards.
    fn simplify(&mut self) -> bool {
        let simplest: [fn(&mut SessionPlan); 7] = [
            |plan| plan.file.broker.request_latency = Latency::default(),
            |plan| plan.file.broker.answer_latency = Latency::default(),
            |plan| plan.file.broker.slippage = Slippage::default(),
            |plan| plan.file.broker.commission_per_lot = crate::domain::amount::Money::ZERO,
            |plan| plan.replays = Replays::default(),
            |plan| plan.file.symbol.clear(),
            |plan| plan.file.from = None,
        ];
        let mut is_smaller = false;
        for (place, simpler) in simplest.into_iter().enumerate() {
            let is_needed = place == 4 && [REPLAYS, RESTORES].contains(&self.invariant);
            let mut plan = self.best.plan.clone();
            simpler(&mut plan);
            is_smaller |= !is_needed && plan != self.best.plan && self.accept(plan);
        }
        is_smaller
    }

    /// Leaves out the last symbol, if no strategy trades it.
    fn leave_out_symbol(&mut self) -> bool {
        let mut plan = self.best.plan.clone();
        let Some(last) = plan.file.symbols.pop().filter(|_| !plan.file.symbols.is_empty()) else {
            return false;
        };
        let is_used = plan.file.strategy.iter().any(|entry| entry.symbol.as_ref() == Some(&last));
        plan.file.subscribed = plan
            .file
            .subscribed
            .map(|some| some.into_iter().filter(|name| *name != last).collect());
        plan.file.symbol.remove(&last);
        !is_used && self.accept(plan)
    }

    /// Cuts off the end of the session, and acts that would come too close to the new end.
    fn cut(&mut self) -> bool {
        let mut is_smaller = false;
        for part in [2, 4, 8] {
            let mut plan = self.best.plan.clone();
            plan.ticks -= plan.ticks / part;
            let count = usize::try_from(plan.ticks).unwrap_or(usize::MAX);
            let ticks: Vec<&[Tick]> =
                self.best.ticks.iter().map(|ticks| &ticks[..count.min(ticks.len())]).collect();
            let span = Span::of(plan.file.zone.clone(), &ticks);
            let late = span.at(span::TO);
            plan.acts.retain(|act| act.at <= late);
            plan.restarts.retain(|restart| restart.at <= late);
            let cease = span.at(span::CEASE);
            plan.file.broker.faults.retain(|fault| fault.at.is_none_or(|at| at <= cease));
            plan.file.broker.faults_until =
                plan.file.broker.faults_until.map(|until| until.min(cease));
            is_smaller |= plan.ticks > TICKS_MIN && self.accept(plan);
        }
        is_smaller
    }
}

/// The smallest number of ticks that leaves time for goals to be reached.
const TICKS_MIN: u64 = 1_500;
