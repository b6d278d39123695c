//! `copies-follow`: a follower opens what its source has opened, soon and no larger than its allocation
//! says; in the end nothing is left of a copy whose original is closed, and of other copies no more than
//! of their originals.

use crate::domain::amount::Volume;
use crate::domain::id::{ContentHash, StrategyId, Ticket};
use crate::executor::action::{Owner, Request, RequestReason};
use crate::executor::command::Command;
use crate::executor::key::{Origin, Purpose, intent_key};
use crate::market::timeframe::Timeframe;
use crate::strategy::copying::Copying;
use crate::torture::facts::{Facts, Held, side_of_entry};
use crate::torture::found::Findings;
use std::collections::BTreeMap;

/// The name of the invariant.
pub const NAME: &str = "copies-follow";

/// The timeframes of strategies in random sessions, which are part of a copy's key.
const TIMEFRAMES: [Timeframe; 2] = [Timeframe::M1, Timeframe::M2];

/// A follower that was started.
#[derive(Debug, Clone)]
struct Follower {
    step: u64,
    /// What it copies, with the largest allocation that it has had.
    copying: Copying,
}

/// The followers, and what they have copied.
#[derive(Debug, Default)]
pub struct Copies {
    login: u64,
    followers: BTreeMap<StrategyId, Follower>,
    /// The original of each copy, by the place of the request that opened it.
    originals: BTreeMap<usize, Ticket>,
}

impl Copies {
    /// Nothing is copied yet on an account.
    #[must_use]
    pub fn new(login: u64) -> Self {
        Self { login, ..Self::default() }
    }

    /// Takes a command that was executed.
    pub fn executed(&mut self, step: u64, command: &Command) {
        match command {
            Command::CopyAdd(copying) => {
                let follower = Follower { step, copying: (**copying).clone() };
                self.followers.insert(Copying::follower_of(&copying.source), follower);
            }
            Command::CopyUpdate { source, allocation } => {
                if let Some(known) = self.followers.get_mut(&Copying::follower_of(source)) {
                    known.copying.allocation = known.copying.allocation.max(*allocation);
                }
            }
            _ => {}
        }
    }

    /// Takes a request that is sent.
    pub fn sent(&mut self, facts: &Facts, symbols: &[String], place: usize, found: &mut Findings) {
        let sent = &facts.sent[place];
        let trade = &sent.trade;
        let is_entry = side_of_entry(&trade.request).is_some();
        if trade.why != RequestReason::Copied || !is_entry {
            return;
        }
        found.mark("copy-sent");
        let cid = trade.cid.0;
        let follower = trade.owner.strategy().and_then(|id| self.followers.get(id));
        let Some(Follower { copying, .. }) = follower else {
            found.violate(NAME, || format!("request {cid} copies for nobody that was started"));
            return;
        };
        let source = Owner::Strategy(copying.source.clone());
        let own =
            facts.positions.iter().filter(|(ticket, _)| facts.owner(**ticket) == Some(&source));
        let original = own.filter(|(ticket, held)| {
            let symbol = &symbols[held.symbol.index()];
            TIMEFRAMES.iter().any(|timeframe| {
                let rules_hash = ContentHash::of(trade.owner.name().as_bytes());
                let (login, owner, timeframe) = (self.login, &trade.owner, *timeframe);
                let origin = Origin { login, owner, rules_hash, symbol, timeframe };
                intent_key(origin, Purpose::Copy { position: **ticket }) == trade.key
            })
        });
        let Some((ticket, held)) = { original }.next() else {
            found.violate(NAME, || {
                format!("request {cid} copies nothing that its source has opened")
            });
            return;
        };
        let most = copying.lots(held.volume + held.closed, Volume::from_raw(1), None);
        let most = facts.limits.lots_max.map_or(most, |cap| most.min(cap));
        let age_ms = sent.sent_msc.0 - held.opened_msc.0;
        let flaw = if side_of_entry(&trade.request) != Some(held.side) {
            Some("is of the other side".to_owned())
        } else if opens(&trade.request) > most {
            Some(format!("is of more than {most} lots"))
        } else if age_ms > i64::from(copying.age_max_ms) && is_first(facts, place) {
            Some(format!("comes {age_ms} ms later"))
        } else {
            None
        };
        if let Some(flaw) = flaw {
            found.violate(NAME, || format!("request {cid} copies #{ticket} and {flaw}"));
        }
        self.originals.insert(place, *ticket);
    }

    /// The end of the session.
    pub fn end(&self, facts: &Facts, found: &mut Findings) {
        for ticket in &facts.open {
            let held = &facts.positions[ticket];
            let Some(Owner::Strategy(owner)) = facts.owner(*ticket) else { continue };
            let is_running = facts.controls.strategy(owner).is_none_or(|it| it.stop.is_none());
            let runs = self.followers.contains_key(owner)
                && is_running
                && facts.controls.latched.is_none();
            if !runs || facts.sent[held.sent].trade.why != RequestReason::Copied {
                continue;
            }
            found.mark("copy-open-at-the-end");
            let original = self.originals.get(&held.sent).and_then(|it| facts.positions.get(it));
            let is_left = original.is_some_and(Held::is_open);
            if !is_left {
                found.violate(NAME, || format!("#{ticket} is open, and its original is not"));
            } else if let Some(original) = original
                && lags(held, original)
            {
                found.violate(NAME, || format!("of #{ticket} less is closed than of its original"));
            }
        }
    }

    /// A process died: the next one knows what was started up to `step`.
    pub fn forget_after(&mut self, step: u64) {
        self.followers.retain(|_, follower| follower.step <= step);
    }

    /// A process without a state begins.
    pub fn forget(&mut self) {
        self.followers.clear();
        self.originals.clear();
    }
}

/// The volume that a request opens at the market.
const fn opens(request: &Request) -> Volume {
    match request {
        Request::Open(open) => open.volume,
        _ => Volume::ZERO,
    }
}

/// Whether a request is the first of its intent.
fn is_first(facts: &Facts, place: usize) -> bool {
    let key = facts.sent[place].trade.key;
    facts.sent[..place].iter().all(|before| before.trade.key != key)
}

/// Whether less is closed of a copy than of its original, by a step of a hundredth of a lot or more.
fn lags(copy: &Held, original: &Held) -> bool {
    const STEP: i128 = 1_000_000;
    let raw = |volume: Volume| i128::from(volume.raw());
    let opened = raw(original.volume + original.closed);
    let due = raw(copy.volume + copy.closed) * raw(original.closed) / opened;
    raw(copy.closed) + STEP <= due
}
