//! The table of running strategies. Its slots let an evaluation find its strategy without a search.

use crate::domain::amount::Points;
use crate::domain::flaw::{Checked, each, must};
use crate::domain::id::{ContentHash, Magic, StrategyId, SymbolId};
use crate::domain::order::Side;
use crate::domain::time::ServerMsc;
use crate::executor::action::{EffectiveSettings, StrategyState, Verdict};
use crate::executor::asked::Counsel;
use crate::executor::bounds::Bounds;
use crate::executor::command::{Evaluate, Options, Settings};
use crate::executor::links::Links;
use crate::market::timeframe::Timeframe;
use crate::risk::limits::Cap;
use crate::strategy::limits::StrategyLimits;
use crate::strategy::rules::{EntryRule, Rules};
use crate::strategy::sizing::Sizing;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A strategy in the table: running, paused or being stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunningStrategy {
    /// The platform's id of the strategy.
    pub id: StrategyId,
    /// A name for people; no decision depends on it.
    pub name: String,
    /// The symbol that it trades, as its index in the session.
    pub symbol: SymbolId,
    /// The timeframe of the bars on which it is evaluated.
    pub timeframe: Timeframe,
    /// The index of its feed, which builds those bars.
    pub feed: u16,
    /// The rules in force.
    pub rules: Rules,
    /// The hash of the rules in force.
    pub rules_hash: ContentHash,
    /// The settings as the platform gave them.
    pub settings: Settings,
    /// How the strategy is evaluated.
    pub options: Options,
    /// The settings in force, after settings, rules, defaults and caps were combined.
    pub effective: EffectiveSettings,
    /// Whether it runs, is paused or is being stopped.
    pub state: StrategyState,
    /// Rules and settings that take effect at the next bar.
    pub update: Option<Box<PendingUpdate>>,
    /// The cap on its open positions.
    pub cap: Cap,
    /// Whether it is one in Rust or in another process that has failed: it is not run until somebody
    /// resumes it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_halted: bool,
    /// When its forming bar was last evaluated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub polled_msc: Option<ServerMsc>,
    /// What was last told of a forming bar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Told>,
    /// How it stands with its program, if it is one in another process.
    #[serde(default, skip_serializing_if = "Counsel::is_none")]
    pub counsel: Counsel,
    /// What it has made of the positions of the strategy that it follows, if it is a follower.
    #[serde(default, skip_serializing_if = "Links::is_empty")]
    pub links: Links,
    /// The limits that hold from the next trading day on, where RISK_UPDATE has made some looser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits_later: Option<StrategyLimits>,
}

/// What a note has told of a forming bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The open time of the bar.
    pub bar_msc: ServerMsc,
    /// What the evaluation came to.
    pub verdict: Verdict,
    /// The side of the signal, if there was one.
    pub side: Option<Side>,
}

impl RunningStrategy {
    /// The `magic` of its orders.
    pub const fn magic(&self) -> Magic {
        self.effective.magic
    }

    /// How its volumes are found from what the account is worth; none where they are given.
    pub fn sizing(&self) -> Option<Sizing> {
        sizing_of(&self.settings, &self.rules)
    }

    /// Whether it follows another.
    pub const fn follows(&self) -> bool {
        matches!(self.rules.entry, EntryRule::Copy(_))
    }

    /// Whether it looks at what the account is worth.
    pub const fn looks_at_equity(&self) -> bool {
        let looks = match &self.rules.entry {
            EntryRule::Advised(_) => true,
            EntryRule::Copy(copying) => copying.recorded,
            _ => false,
        };
        looks || self.effective.sized_by.is_some()
    }

    /// The largest accepted deviation of its entries; none leaves it to the executor.
    pub fn slippage(&self) -> Option<Points> {
        self.settings.max_slippage.or(self.rules.risk.max_slippage)
    }

    /// Whether something is to be done for it between the ends of its bars.
    pub fn manages(&self) -> bool {
        !self.rules.exit.management.is_none() || self.options.evaluate != Evaluate::Bar
    }
}

/// How volumes are found from what the account is worth, by settings that go before rules; none where
/// they are given. A risk needs a stop loss that says what a lot may lose.
pub fn sizing_of(settings: &Settings, rules: &Rules) -> Option<Sizing> {
    let by_settings = settings.max_risk.filter(|_| rules.exit.stop_loss.is_some());
    match (by_settings, settings.lots) {
        (Some(percent), _) => Some(Sizing::RiskPercent(percent)),
        (None, Some(_)) => None,
        (None, None) => rules.risk.sizing.clone(),
    }
}

impl RunningStrategy {
    /// The limits last requested, whether or not they hold yet.
    pub fn limits_wished(&self) -> StrategyLimits {
        self.limits_later.unwrap_or(self.effective.limits)
    }
}

/// Rules and settings that take effect at the next bar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingUpdate {
    /// The new rules.
    pub rules: Rules,
    /// The hash of the new rules.
    pub rules_hash: ContentHash,
    /// The new settings.
    pub settings: Settings,
    /// The settings that will be in force.
    pub effective: EffectiveSettings,
    /// The open time of the first bar that they evaluate; none means the first bar to begin.
    pub from_bar_msc: Option<ServerMsc>,
}

/// An entry that waits until nothing is open the other way any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reversal {
    /// The side of the entry.
    pub side: Side,
    /// The open time of the bar that signalled it.
    pub bar_msc: ServerMsc,
}

/// The table of running strategies, by slot and by id.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Strategies {
    slots: Vec<Option<RunningStrategy>>,
    by_id: BTreeMap<StrategyId, u32>,
    /// The slots of strategies with an update that takes effect at the next bar.
    updating: BTreeSet<u32>,
    /// The slots of strategies that are being stopped.
    stopping: BTreeSet<u32>,
    /// The entries that wait until nothing is open the other way any more, by slot.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    reversing: BTreeMap<u32, Reversal>,
    /// The slots of strategies for which something is to be done between the ends of their bars.
    #[serde(skip)]
    managing: BTreeSet<u32>,
    /// The slots of strategies that look at what the account is worth.
    #[serde(skip)]
    valuing: BTreeSet<u32>,
    /// The slots of strategies that follow others.
    #[serde(skip)]
    following: BTreeSet<u32>,
    /// The slots of strategies with limits of their own.
    #[serde(skip)]
    limited: BTreeSet<u32>,
    /// The slots of those whose limits look at what their positions are worth.
    #[serde(skip)]
    valued: BTreeSet<u32>,
}

impl Strategies {
    /// The number of strategies in the table.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// The slot of a strategy.
    pub fn slot(&self, id: &StrategyId) -> Option<u32> {
        self.by_id.get(id).copied()
    }

    /// A strategy by its id.
    pub fn find(&self, id: &StrategyId) -> Option<&RunningStrategy> {
        self.slot(id).map(|slot| self.get(slot).expect("what has a slot is in it"))
    }

    /// The slot that the next strategy will take.
    pub fn free_slot(&self) -> u32 {
        let place = self.slots.iter().position(Option::is_none).unwrap_or(self.slots.len());
        u32::try_from(place).expect("no executor runs so many")
    }

    /// Puts a strategy into a free slot.
    ///
    /// # Panics
    /// If the slot is taken or the id is already running.
    pub fn insert(&mut self, slot: u32, strategy: RunningStrategy) {
        if self.slots.len() <= slot as usize {
            self.slots.resize(slot as usize + 1, None);
        }
        assert!(self.slots[slot as usize].is_none(), "a slot holds one strategy");
        let before = self.by_id.insert(strategy.id.clone(), slot);
        assert!(before.is_none(), "a strategy runs once");
        self.slots[slot as usize] = Some(strategy);
        self.index(slot);
    }

    /// Lists a strategy among those with something in common.
    fn index(&mut self, slot: u32) {
        let strategy = self.slots[slot as usize].as_ref().expect("what is listed is in the table");
        let limits = strategy.effective.limits;
        let lists = [
            (&mut self.managing, strategy.manages()),
            (&mut self.valuing, strategy.looks_at_equity()),
            (&mut self.following, strategy.follows()),
            (&mut self.limited, !limits.is_none()),
            (&mut self.valued, limits.watch_result()),
        ];
        for (list, is_listed) in lists {
            if is_listed {
                list.insert(slot);
            } else {
                list.remove(&slot);
            }
        }
    }

    /// Removes and returns the strategy in a slot.
    pub fn remove(&mut self, slot: u32) -> Option<RunningStrategy> {
        let strategy = self.slots.get_mut(slot as usize)?.take()?;
        self.by_id.remove(&strategy.id);
        self.updating.remove(&slot);
        self.stopping.remove(&slot);
        self.reversing.remove(&slot);
        for list in [
            &mut self.managing,
            &mut self.valuing,
            &mut self.following,
            &mut self.limited,
            &mut self.valued,
        ] {
            list.remove(&slot);
        }
        Some(strategy)
    }

    /// Whether any follows another.
    #[inline]
    pub fn follow(&self) -> bool {
        !self.following.is_empty()
    }

    /// The slots of those that do.
    pub fn following(&self) -> Vec<u32> {
        self.following.iter().copied().collect()
    }

    /// Whether any looks at what the account is worth.
    pub fn look_at_equity(&self) -> bool {
        !self.valuing.is_empty()
    }

    /// Whether any has limits of its own.
    pub fn limit(&self) -> bool {
        !self.limited.is_empty()
    }

    /// Whether the limits of any look at what its positions are worth.
    pub fn value(&self) -> bool {
        !self.valued.is_empty()
    }

    /// The slots of those whose limits do.
    pub fn valued(&self) -> Vec<u32> {
        self.valued.iter().copied().collect()
    }

    /// The slots of those with limits that hold from the next trading day on.
    pub fn later(&self) -> Vec<u32> {
        let waits = |(_, strategy): &(u32, &RunningStrategy)| strategy.limits_later.is_some();
        self.iter().filter(waits).map(|(slot, _)| slot).collect()
    }

    /// Puts limits into force, and those that hold from the next trading day on beside them.
    pub fn set_limits(&mut self, slot: u32, limits: StrategyLimits, later: Option<StrategyLimits>) {
        let strategy = self.get_mut(slot).expect("what is limited runs");
        (strategy.effective.limits, strategy.limits_later) = (limits, later);
        self.index(slot);
    }

    /// Gives a strategy rules and settings that take effect at the next bar, in place of any that
    /// wait already.
    pub fn set_update(&mut self, slot: u32, update: PendingUpdate) {
        self.get_mut(slot).expect("what is updated runs").update = Some(Box::new(update));
        self.updating.insert(slot);
    }

    /// The strategies with an update that takes effect at the next bar.
    pub fn updating(&self) -> impl Iterator<Item = (u32, &RunningStrategy)> {
        self.updating
            .iter()
            .map(|&slot| (slot, self.get(slot).expect("what is updated has its slot")))
    }

    /// Takes the waiting rules and settings of a strategy, which now take effect.
    pub fn take_update(&mut self, slot: u32) -> Option<Box<PendingUpdate>> {
        self.updating.remove(&slot);
        self.get_mut(slot)?.update.take()
    }

    /// Makes anew what a state does not hold because it follows from the rest.
    pub fn reindex(&mut self) {
        let taken = (0_u32..).zip(&self.slots).filter(|(_, one)| one.is_some());
        let taken: Vec<u32> = taken.map(|(slot, _)| slot).collect();
        taken.into_iter().for_each(|slot| self.index(slot));
    }

    /// Puts rules into force.
    pub fn set_rules(&mut self, slot: u32, rules: Rules, rules_hash: ContentHash) {
        let strategy = self.get_mut(slot).expect("what has rules runs");
        (strategy.rules, strategy.rules_hash) = (rules, rules_hash);
        self.index(slot);
    }

    /// Whether something is to be done for any strategy between the ends of its bars.
    #[inline]
    pub fn manage(&self) -> bool {
        !self.managing.is_empty()
    }

    /// The strategies for which it is, by their slots.
    pub fn managing(&self) -> impl Iterator<Item = (u32, &RunningStrategy)> {
        let of = |&slot: &u32| (slot, self.get(slot).expect("what manages has its slot"));
        self.managing.iter().map(of)
    }

    /// Lets the entry of a signal wait until nothing is open the other way any more.
    pub fn set_reversal(&mut self, slot: u32, reversal: Reversal) {
        self.reversing.insert(slot, reversal);
    }

    /// Takes the entry of a strategy that waits.
    pub fn take_reversal(&mut self, slot: u32) -> Option<Reversal> {
        self.reversing.remove(&slot)
    }

    /// Ends the entries that wait.
    pub fn clear_reversals(&mut self) {
        self.reversing.clear();
    }

    /// Whether an entry waits until nothing is open the other way any more.
    #[inline]
    pub fn reverse(&self) -> bool {
        !self.reversing.is_empty()
    }

    /// The entries that wait, by the slots of their strategies.
    pub fn reversals(&self) -> impl Iterator<Item = (u32, Reversal)> {
        self.reversing.iter().map(|(&slot, &reversal)| (slot, reversal))
    }

    /// Marks a strategy as being stopped.
    pub fn stop(&mut self, slot: u32) {
        self.take_update(slot);
        self.take_reversal(slot);
        self.get_mut(slot).expect("what is stopped runs").state = StrategyState::Stopping;
        self.stopping.insert(slot);
    }

    /// The strategies that are being stopped.
    pub fn stopping(&self) -> impl Iterator<Item = (u32, &RunningStrategy)> {
        self.stopping
            .iter()
            .map(|&slot| (slot, self.get(slot).expect("what is being stopped has its slot")))
    }

    /// The strategy in a slot.
    pub fn get(&self, slot: u32) -> Option<&RunningStrategy> {
        self.slots.get(slot as usize)?.as_ref()
    }

    /// The strategy in a slot, mutable.
    pub fn get_mut(&mut self, slot: u32) -> Option<&mut RunningStrategy> {
        self.slots.get_mut(slot as usize)?.as_mut()
    }

    /// All strategies, mutable.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut RunningStrategy> {
        self.slots.iter_mut().flatten()
    }

    /// All strategies, in order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &RunningStrategy)> {
        self.by_id.values().map(|&slot| (slot, self.get(slot).expect("what has a slot is in it")))
    }
}

impl Strategies {
    /// Checks the rules of a table that was read, in force and waiting: what is unsound cannot be
    /// compiled.
    ///
    /// # Errors
    /// The first field that makes no sense.
    pub fn check_rules(&self) -> Checked {
        let taken = (0_u32..).zip(&self.slots);
        let taken = taken.filter_map(|(slot, strategy)| Some((slot, strategy.as_ref()?)));
        each("slots", taken, |strategy| {
            strategy.rules.check().map_err(|flaw| flaw.under("rules"))?;
            let limits = [Some(strategy.effective.limits), strategy.limits_later];
            limits.into_iter().flatten().try_for_each(|limits| limits.check())?;
            let waiting = strategy.update.as_ref().map_or(Ok(()), |update| update.rules.check());
            waiting.map_err(|flaw| flaw.under("update.rules"))
        })
    }

    /// Checks a table that was read.
    ///
    /// # Errors
    /// The first field with an impossible value.
    pub fn check(&self, bounds: Bounds) -> Checked {
        let Self { slots, by_id, updating, stopping, reversing, .. } = self;
        let taken =
            (0_u32..).zip(slots).filter_map(|(slot, strategy)| Some((slot, strategy.as_ref()?)));
        each("slots", taken.clone(), |strategy| {
            bounds.symbol("symbol", strategy.symbol)?;
            bounds.feed("feed", strategy.feed)
        })?;
        let known = taken.clone().all(|(slot, strategy)| by_id.get(&strategy.id) == Some(&slot));
        must(
            known && taken.clone().count() == by_id.len(),
            "by_id",
            "must name the slot of each strategy",
        )?;
        let updated = taken.filter(|(_, strategy)| strategy.update.is_some()).map(|(slot, _)| slot);
        must(
            updated.eq(updating.iter().copied()),
            "updating",
            "must name the slot of each strategy whose rules change",
        )?;
        let stops = |&slot: &u32| {
            self.get(slot).is_some_and(|strategy| strategy.state == StrategyState::Stopping)
        };
        let runs = |&slot: &u32| self.get(slot).is_some() && !stopping.contains(&slot);
        must(reversing.keys().all(runs), "reversing", "must name slots of strategies that run")?;
        must(
            stopping.iter().all(stops),
            "stopping",
            "must name slots of strategies that are being stopped",
        )
    }
}
