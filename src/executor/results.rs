//! What strategies with limits of their own have made so far, and which of these limits are reached.
//! It is kept by magic, survives restarts, and outlives a STOP: starting again forgives nothing.

use crate::domain::amount::Money;
use crate::domain::flaw::{Checked, each, must};
use crate::domain::id::Magic;
use crate::domain::time::Timestamp;
use crate::executor::bounds::{Bounds, count_short};
use crate::risk::limit::RiskLimit;
use crate::strategy::limits::{CooldownAfter, LossStreak, StrategyLimits};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The results of strategies, by their magic.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Results {
    by_magic: BTreeMap<Magic, StrategyResult>,
}

/// What one strategy has made, and what it may not do for now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StrategyResult {
    /// What its closed positions have made; none where that does not fit.
    closed: Option<Money>,
    /// Since it was first valued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<ResultMarks>,
    /// Its entries since the day cut.
    #[serde(default, skip_serializing_if = "is_no_count")]
    pub entries_today: u32,
    /// Its limits on losses that are reached.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    reached: Vec<ResultReached>,
    /// The positions that were closed one after the other, each at a loss.
    #[serde(default, skip_serializing_if = "is_no_count")]
    losses: u32,
    /// Until when it rests after losses in a row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    paused_until: Option<Timestamp>,
    /// When a position of it was last closed at a loss.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_loss: Option<Timestamp>,
    /// When a position of it was last closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_close: Option<Timestamp>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_no_count(count: &u32) -> bool {
    *count == 0
}

/// What the limits of a strategy are measured from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultMarks {
    /// The account's balance when it was first valued.
    pub balance: Money,
    /// Its result at the day cut.
    pub day: Money,
    /// The highest that its result has been, where a limit asks for that.
    pub peak: Money,
    /// Its result when the link was lost, or the process ended: the last that is known of a day that
    /// ends before it can be valued again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Money>,
    /// Whether a day has begun when it could not be valued.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_day_due: bool,
}

/// A limit of a strategy on its losses that is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct ResultReached {
    limit: RiskLimit,
    /// Whether an operator has cleared it: it does not count until the day cut.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_cleared: bool,
}

impl Default for StrategyResult {
    fn default() -> Self {
        Self {
            closed: Some(Money::ZERO),
            since: None,
            entries_today: 0,
            reached: Vec::new(),
            losses: 0,
            paused_until: None,
            last_loss: None,
            last_close: None,
        }
    }
}

impl Results {
    /// Whether nothing is kept.
    pub fn is_none(&self) -> bool {
        self.by_magic.is_empty()
    }

    /// Measures a strategy from now on, if it is not measured already.
    pub fn begin(&mut self, magic: Magic) {
        self.by_magic.entry(magic).or_default();
    }

    /// The result of a strategy; none where nothing has ever limited it.
    pub fn get(&self, magic: Magic) -> Option<&StrategyResult> {
        self.by_magic.get(&magic)
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, magic: Magic) -> Option<&mut StrategyResult> {
        self.by_magic.get_mut(&magic)
    }

    /// A trading day begins. `limits` are those of strategies that run. Returns the magics of those that
    /// nothing stands against any more.
    pub fn begin_day(&mut self, limits: impl Fn(Magic) -> Option<StrategyLimits>) -> Vec<Magic> {
        let mut released = Vec::new();
        for (magic, result) in &mut self.by_magic {
            let had_stopped = result.stops().is_some();
            let is_limited = |limit: RiskLimit| {
                let limits = limits(*magic);
                limit == RiskLimit::StrategyDrawdown
                    && limits.is_none_or(|limits| limits.max_drawdown.is_some())
            };
            result.reached.retain(|one| !one.is_cleared && is_limited(one.limit));
            result.entries_today = 0;
            if let Some(since) = &mut result.since {
                since.is_day_due = true;
            }
            if had_stopped && result.stops().is_none() {
                released.push(*magic);
            }
        }
        released
    }

    /// Whether anything that is reached ends with a trading day.
    pub fn wait(&self) -> bool {
        self.by_magic.values().any(|result| !result.reached.is_empty())
    }

    /// Clears what is reached, until the day cut. Returns whether anything was.
    pub fn clear(&mut self) -> bool {
        let mut stopped = false;
        for result in self.by_magic.values_mut() {
            stopped |= result.stops().is_some();
            result.reached.iter_mut().for_each(|one| one.is_cleared = true);
        }
        stopped
    }

    /// # Errors
    /// The first field with an impossible value.
    pub fn check(&self, bounds: Bounds) -> Checked {
        each("by_magic", self.by_magic.iter().map(|(magic, result)| (magic.0, result)), |result| {
            result.check(bounds)
        })
    }
}

impl StrategyResult {
    /// What its closed positions have made; none where that does not fit.
    pub const fn closed(&self) -> Option<Money> {
        self.closed
    }

    /// Takes a position that is closed with so much; none where that does not fit.
    pub fn close(&mut self, net: Option<Money>, now: Timestamp) {
        self.closed = self.closed.zip(net).and_then(|(sum, net)| sum.checked_add(net));
        self.last_close = Some(now);
        if net.is_none_or(|net| net < Money::ZERO) {
            self.last_loss = Some(now);
            self.losses = self.losses.saturating_add(1);
        } else {
            self.losses = 0;
        }
    }

    /// Rests after so many losses in a row, from the last of them on. Returns whether there were as many.
    pub fn pause_after(&mut self, streak: LossStreak) -> bool {
        let Some(since) = self.last_loss.filter(|_| self.losses >= streak.losses) else {
            return false;
        };
        self.losses = 0;
        self.paused_until = Some(since.plus_ms(u64::from(streak.pause_minutes) * 60_000));
        true
    }

    /// Takes what it has made by now, with what is open; the account has this balance. Its peak counts
    /// where a limit looks at it.
    pub fn take(&mut self, value: Money, balance: Money, has_peak: bool) {
        let since = self.since.get_or_insert(ResultMarks {
            balance,
            day: value,
            peak: value,
            last: None,
            is_day_due: false,
        });
        if since.is_day_due {
            // Of what was known before the cut and what is known first after it, the higher counts.
            since.day = value.max(since.last.unwrap_or(value));
            since.is_day_due = false;
        }
        if has_peak {
            since.peak = since.peak.max(value);
        }
        since.last = None;
    }

    /// A limit on its losses is reached.
    pub fn reach(&mut self, limit: RiskLimit) {
        self.reached.push(ResultReached { limit, is_cleared: false });
    }

    /// Whether a limit is reached already, or was cleared.
    pub fn has(&self, limit: RiskLimit) -> bool {
        self.reached.iter().any(|one| one.limit == limit)
    }

    /// The first limit on its losses that is reached and not cleared.
    pub fn stops(&self) -> Option<RiskLimit> {
        self.reached.iter().find(|one| !one.is_cleared).map(|one| one.limit)
    }

    /// Why it rests, by these limits, if it does.
    pub fn rests(&self, limits: &StrategyLimits, now: Timestamp) -> Option<RiskLimit> {
        if self.paused_until.is_some_and(|until| now < until) {
            return Some(RiskLimit::LossStreak);
        }
        let cooldown = limits.cooldown?;
        let closed = match cooldown.after {
            CooldownAfter::Loss => self.last_loss,
            CooldownAfter::Close => self.last_close,
        };
        let until = closed?.plus_ms(u64::from(cooldown.minutes) * 60_000);
        (now < until).then_some(RiskLimit::Cooldown)
    }

    fn check(&self, bounds: Bounds) -> Checked {
        must(self.reached.len() <= 2, "reached", "are more than there are limits")?;
        count_short("entries_today", self.entries_today)?;
        count_short("losses", self.losses)?;
        bounds.past("last_loss", self.last_loss)?;
        bounds.past("last_close", self.last_close)
    }
}
