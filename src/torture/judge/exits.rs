//! `exit-has-a-next`: a wanted exit is tried again until the position is gone.
//!
//! Whether an exit is wanted follows from requests and commands alone: a request that would have
//! closed the whole position, a STOP that closes, an emergency, a command to close.

use crate::domain::id::{CommandId, Ticket};
use crate::domain::time::Timestamp;
use crate::executor::action::{CommandResult, Request, RequestReason, ResultCode, ResultStatus};
use crate::executor::command::{CloseFilter, Command, Envelope};
use crate::torture::facts::{Change, Facts};
use crate::torture::found::Findings;
use crate::torture::judge::attempts::{Attempts, is_long_ago};
use crate::torture::judge::reports::Reports;
use std::collections::BTreeMap;

/// The name of the invariant.
pub const NAME: &str = "exit-has-a-next";

/// A wanted exit.
#[derive(Debug, Clone)]
struct Want {
    since: Timestamp,
    step: u64,
    /// The command that wants it, if nothing else does. If the command fails for good, the exit is
    /// no longer wanted.
    command: Option<CommandId>,
    /// The number of attempts so far.
    tries: u32,
}

/// The wanted exits.
#[derive(Debug, Default)]
pub struct Exits {
    wants: BTreeMap<Ticket, Want>,
}

impl Exits {
    /// Whether an exit of the position is wanted.
    #[must_use]
    pub fn wants(&self, ticket: Ticket) -> bool {
        self.wants.contains_key(&ticket)
    }

    /// An exit of a position is wanted, by a command alone or by something else, too.
    pub fn want(&mut self, facts: &Facts, ticket: Ticket, command: Option<&CommandId>) {
        if !facts
            .positions
            .get(&ticket)
            .is_some_and(|held| held.is_open() && facts.is_its_own(held.sent))
        {
            return;
        }
        let want = self.wants.entry(ticket).or_insert_with(|| Want {
            since: facts.at,
            step: facts.step,
            command: command.cloned(),
            tries: 0,
        });
        if command.is_none() {
            want.command = None;
        }
    }

    /// An exit for which nothing has been sent yet may no longer be wanted.
    pub fn relent(&mut self, ticket: Ticket) {
        if self.wants.get(&ticket).is_some_and(|want| want.tries == 0) {
            self.wants.remove(&ticket);
        }
    }

    /// Takes a request that is sent.
    pub fn sent(&mut self, facts: &Facts, place: usize, found: &mut Findings) {
        let trade = &facts.sent[place].trade;
        let Request::Close(close) = &trade.request else { return };
        if let Some(want) = self.wants.get_mut(&close.position) {
            want.tries += 1;
            if want.tries == 2 {
                found.mark("exit-retried");
            }
        }
        let beside = |sent: &usize| matches!(&facts.sent[*sent].trade.request, Request::Close(one) if one.position == close.position);
        if facts.working.values().any(beside) {
            found.mark("closed-beside-an-order");
        }
        let is_whole = facts
            .positions
            .get(&close.position)
            .is_some_and(|held| held.is_open() && close.volume >= held.volume);
        let is_goal = matches!(
            trade.why,
            RequestReason::OppositeSignal
                | RequestReason::ExitCondition
                | RequestReason::Trailing
                | RequestReason::BreakEven
                | RequestReason::HoldingTime
                | RequestReason::ClosingTime
                | RequestReason::Copied
                | RequestReason::StopCommand
                | RequestReason::Emergency
                | RequestReason::RestoreStops
        );
        if is_whole && is_goal {
            self.want(facts, close.position, None);
            if let Some(want) = self.wants.get_mut(&close.position) {
                want.tries = want.tries.max(1);
            }
        }
    }

    /// Takes a command at its first delivery; STOPs are known from the controls. It concerns the
    /// positions that the executor had reported as open: others may not have been known to it yet.
    pub fn command(&mut self, facts: &Facts, told: &Reports, envelope: &Envelope) {
        let id = Some(&envelope.id);
        match &envelope.command {
            Command::Close { position, volume: None, by: None } => self.want(facts, *position, id),
            Command::CloseMany(filter) => {
                let chosen = |ticket: &&Ticket| match filter {
                    CloseFilter::All => true,
                    CloseFilter::Strategy(strategy) => {
                        facts.owner(**ticket).and_then(|owner| owner.strategy()) == Some(strategy)
                    }
                    CloseFilter::Profitable { .. }
                    | CloseFilter::Losing
                    | CloseFilter::Symbol(_) => false,
                };
                facts
                    .open
                    .iter()
                    .filter(|ticket| told.has_opened(**ticket))
                    .filter(chosen)
                    .for_each(|ticket| self.want(facts, *ticket, id));
            }
            _ => {}
        }
    }

    /// Notes exits for everything that is to be flat.
    pub fn stopped(&mut self, facts: &Facts) {
        for ticket in &facts.open {
            if facts.owner(*ticket).is_some_and(|owner| facts.controls.wants_flat(owner).is_some())
            {
                self.want(facts, *ticket, None);
            }
        }
    }

    /// Takes the first result of a command. One that was refused before anything was done for it no
    /// longer wants anything.
    pub fn result(&mut self, result: &CommandResult) {
        let is_refused = matches!(
            result.code,
            ResultCode::Malformed
                | ResultCode::IdReused
                | ResultCode::NotReady
                | ResultCode::UnknownPosition
                | ResultCode::BadParameters
                | ResultCode::AccountRefused
        );
        if result.status == ResultStatus::Failed && is_refused {
            self.wants.retain(|_, want| want.command.as_ref() != Some(&result.id));
        }
    }

    /// Takes a change of the broker's book.
    pub fn change(&mut self, facts: &Facts, change: Change) {
        match change {
            Change::Closed(ticket) => drop(self.wants.remove(&ticket)),
            Change::Opened(ticket)
                if facts
                    .owner(ticket)
                    .is_some_and(|owner| facts.controls.wants_flat(owner).is_some()) =>
            {
                self.want(facts, ticket, None);
            }
            _ => {}
        }
    }

    /// A process died: the next one knows only what was wanted up to `step`, or nothing without
    /// one.
    pub fn forget_after(&mut self, step: Option<u64>) {
        self.wants.retain(|_, want| step.is_some_and(|step| want.step <= step));
    }

    /// Checks at the end: an exit that was wanted long ago has been reached, however often it was
    /// tried.
    pub fn end(&self, facts: &Facts, found: &mut Findings) {
        for (ticket, want) in self.wants.iter().filter(|(_, want)| is_long_ago(facts, want.since)) {
            found.violate(NAME, || {
                format!(
                    "position {ticket} is wanted closed since {}, and is open at the end",
                    want.since
                )
            });
        }
    }

    /// Checks now and then.
    pub fn look(&self, facts: &Facts, attempts: &Attempts, found: &mut Findings) {
        for (ticket, want) in &self.wants {
            if attempts.is_overdue(facts, *ticket, want.since) {
                let owner = facts.owner(*ticket).map_or("nobody", |owner| owner.name());
                found.violate(NAME, || {
                    format!("position {ticket} of {owner} is wanted closed since {}, and nothing is under way", want.since)
                });
            }
        }
    }
}
