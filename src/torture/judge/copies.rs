//! `copies-follow`: a follower opens what its source has opened, soon and no larger than its allocation
//! says; of a copy is closed only what is closed of its original; in the end nothing is left of a copy
//! whose original is closed, and of other copies no more than of their originals.

mod recorded;

use crate::domain::amount::Volume;
use crate::domain::id::{ContentHash, StrategyId, Ticket};
use crate::domain::order::Side;
use crate::domain::time::Timestamp;
use crate::executor::action::{Owner, Request, RequestReason, Trade};
use crate::executor::command::Command;
use crate::executor::event::SourceNews;
use crate::executor::key::{Origin, Purpose, intent_key};
use crate::market::timeframe::Timeframe;
use crate::session::description::SessionFile;
use crate::strategy::copying::Copying;
use crate::torture::facts::{Facts, side_of_entry};
use crate::torture::found::Findings;
use crate::torture::world::World;
use recorded::SourceStory;
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
    /// The sources that are of other recordings.
    recorded: Vec<StrategyId>,
    told: SourceStory,
    followers: BTreeMap<StrategyId, Follower>,
    /// The original of each copy, by the place of the request that opened it.
    originals: BTreeMap<usize, Ticket>,
}

/// A position of a source.
#[derive(Debug, Clone, Copy)]
struct Original {
    ticket: Ticket,
    side: Side,
    opened: Volume,
    closed: Volume,
    /// How long ago it was opened, or last grew.
    age_ms: i64,
    /// What the source's account is worth, if it is not the same one.
    equity: Option<f64>,
}

impl Copies {
    /// Nothing is copied yet in a session.
    #[must_use]
    pub fn new(session: &SessionFile) -> Self {
        let recorded = session.followed.iter().map(|followed| followed.id.clone()).collect();
        Self { login: session.account.login, recorded, ..Self::default() }
    }

    /// Takes what a source of another recording has open.
    pub fn source(&mut self, step: u64, at: Timestamp, news: &SourceNews) {
        self.told.push(step, at, news);
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
    pub fn sent(
        &mut self,
        facts: &Facts,
        (world, symbols): (&World, &[String]),
        place: usize,
        found: &mut Findings,
    ) {
        let sent = &facts.sent[place];
        let trade = &sent.trade;
        if trade.why != RequestReason::Copied {
            return;
        }
        let cid = trade.cid.0;
        if let Request::Close(close) = &trade.request {
            let copy = facts.positions.get(&close.position);
            if copy.is_some_and(|copy| self.is_whole(facts, copy.sent)) {
                found.violate(NAME, || {
                    let position = close.position;
                    format!("request {cid} closes #{position}, of whose original nothing is closed")
                });
            }
        }
        if side_of_entry(&trade.request).is_none() {
            return;
        }
        let follower = trade.owner.strategy().and_then(|id| self.followers.get(id));
        let Some(Follower { copying, .. }) = follower else {
            found.violate(NAME, || format!("request {cid} copies for nobody that was started"));
            return;
        };
        let mut originals = self.open_of(facts, &copying.source).into_iter();
        let Some(original) = originals.find(|one| self.is_copied_by(one.ticket, trade, symbols))
        else {
            found.violate(NAME, || {
                format!("request {cid} copies nothing that its source has opened")
            });
            return;
        };
        found.mark(if original.equity.is_some() { "recorded-copy-sent" } else { "copy-sent" });
        if let Some(flaw) = flaw_of_copy((facts, world), copying, original, place) {
            let ticket = original.ticket;
            found.violate(NAME, || format!("request {cid} copies #{ticket} and {flaw}"));
        }
        self.originals.insert(place, original.ticket);
    }

    /// Whether a request's key is that of a copy of this position.
    fn is_copied_by(&self, position: Ticket, trade: &Trade, symbols: &[String]) -> bool {
        let symbol = &symbols[trade.request.symbol().index()];
        TIMEFRAMES.iter().any(|timeframe| {
            let rules_hash = ContentHash::of(trade.owner.name().as_bytes());
            let (login, owner, timeframe) = (self.login, &trade.owner, *timeframe);
            let origin = Origin { login, owner, rules_hash, symbol, timeframe };
            intent_key(origin, Purpose::Copy { position }) == trade.key
        })
    }

    /// What a source has opened; of one of another recording, what it has open.
    fn open_of(&self, facts: &Facts, source: &StrategyId) -> Vec<Original> {
        if self.recorded.contains(source) {
            let since = |opened: Timestamp| (facts.at.nanos() - opened.nanos()) / 1_000_000;
            let masters = self.told.open_of(source);
            return masters
                .map(|master| Original {
                    ticket: master.position.identifier,
                    side: master.position.side,
                    opened: master.position.opened,
                    closed: master.position.closed,
                    age_ms: since(master.opened),
                    equity: Some(master.equity.map_or(f64::NAN, |equity| equity.to_f64())),
                })
                .collect();
        }
        let owner = Owner::Strategy(source.clone());
        let own = facts.positions.iter();
        let own = own.filter(|(ticket, _)| facts.owner(**ticket) == Some(&owner));
        own.map(|(ticket, held)| Original {
            ticket: *ticket,
            side: held.side,
            opened: held.volume + held.closed,
            closed: held.closed,
            age_ms: facts.server_msc.0 - held.grown_msc.0,
            equity: None,
        })
        .collect()
    }

    /// The original of a copy, as it is now, by the place of the request that opened the copy.
    fn original(&self, facts: &Facts, place: usize) -> Option<Original> {
        let ticket = self.originals.get(&place)?;
        let owner = facts.sent[place].trade.owner.strategy()?;
        let source = &self.followers.get(owner)?.copying.source;
        self.open_of(facts, source).into_iter().find(|one| one.ticket == *ticket)
    }

    /// Whether nothing is closed of the original of a copy, which its follower has made since it was added
    /// last: what it held before is linked to nothing.
    fn is_whole(&self, facts: &Facts, place: usize) -> bool {
        let sent = &facts.sent[place];
        let follower = sent.trade.owner.strategy().and_then(|owner| self.followers.get(owner));
        follower.is_some_and(|follower| follower.step < sent.step)
            && self.original(facts, place).is_some_and(|original| original.closed == Volume::ZERO)
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
            let original = self.original(facts, held.sent);
            let Some(original) = original.filter(|one| one.closed < one.opened) else {
                found.violate(NAME, || format!("#{ticket} is open, and its original is not"));
                continue;
            };
            if lags((held.volume + held.closed, held.closed), original) {
                found.violate(NAME, || format!("of #{ticket} less is closed than of its original"));
            }
        }
    }

    /// A process died: the next one knows what was started up to `step`.
    pub fn forget_after(&mut self, step: u64) {
        self.followers.retain(|_, follower| follower.step <= step);
        self.told.forget_after(step);
    }

    /// A process without a state begins.
    pub fn forget(&mut self) {
        self.followers.clear();
        self.originals.clear();
        self.told.forget();
    }
}

/// What is wrong with a request that opens a copy.
fn flaw_of_copy(
    (facts, world): (&Facts, &World),
    copying: &Copying,
    original: Original,
    place: usize,
) -> Option<String> {
    let request = &facts.sent[place].trade.request;
    let Original { age_ms, .. } = original;
    if side_of_entry(request) != Some(original.side) {
        return Some("is of the other side".to_owned());
    }
    let is_first = is_first(facts, place);
    let opened = match request {
        Request::Open(open) => open.volume.to_f64(),
        _ => 0.0,
    };
    let most = original.opened.to_f64() * copying.allocation.to_f64() / 100.0
        * copying.multiplier.to_f64();
    let most = original.equity.map_or(most, |equity| {
        // What is known of its own equity may be somewhat older, and what is sent again is as large as
        // it was.
        let own = world.summary().equity.to_f64() * (1.0 + EQUITY_MOVES);
        if is_first { most * own / equity } else { f64::INFINITY }
    });
    let most = facts.limits.lots_max.map_or(most, |cap| most.min(cap.to_f64()));
    if opened > most + ROUNDING || most.is_nan() {
        Some(format!("is of {opened} lots, more than {most}"))
    } else if age_ms > i64::from(copying.age_max_ms) + AGE_MOVES_MS && is_first {
        Some(format!("comes {age_ms} ms later"))
    } else {
        None
    }
}

/// The equity as the executor knows it is no more than this part away from the broker's.
const EQUITY_MOVES: f64 = 0.25;
/// The executor's clock is that of the last tick.
const AGE_MOVES_MS: i64 = 1_000;
/// Products of decimals in binary.
const ROUNDING: f64 = 1e-6;

/// Whether a request is the first of its intent.
fn is_first(facts: &Facts, place: usize) -> bool {
    let key = facts.sent[place].trade.key;
    facts.sent[..place].iter().all(|before| before.trade.key != key)
}

/// Whether less is closed of a copy, of which so much was opened and closed, than of its original, by a
/// step of a hundredth of a lot or more.
fn lags((opened, closed): (Volume, Volume), original: Original) -> bool {
    const STEP: i128 = 1_000_000;
    let raw = |volume: Volume| i128::from(volume.raw());
    let due = raw(opened) * raw(original.closed) / raw(original.opened);
    raw(closed) + STEP <= due
}
