//! What becomes of a position while it is open, apart from its exit: its stop loss follows the price
//! or is drawn to the entry, parts of it are closed, and it is not held for ever (executor 3.4).
//! MT5 keeps no such thing on its server: the executor does it.

use crate::domain::amount::{Pips, Ratio};
use crate::domain::time::ServerMsc;
use crate::domain::zone::ServerZone;
use crate::strategy::close_time::CloseTime;
use crate::strategy::distance::Distance;
use serde::{Deserialize, Serialize};

/// What becomes of open positions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Management {
    /// The stop loss follows the price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trailing: Option<Trailing>,
    /// The stop loss is drawn to the entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub break_even: Option<BreakEven>,
    /// Parts that are closed one after another, each farther from the entry than the one before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub partial: Vec<PartialClose>,
    /// The longest time that a position is held, in minutes of the server's clock: the first tick
    /// after it closes the position.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_max_minutes: Option<u32>,
    /// The times at which positions are closed: the first tick at or after the first of them that
    /// comes after its opening closes a position.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub close_at: Vec<CloseTime>,
}

/// A stop loss that follows the price, and never goes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trailing {
    /// How far behind the price at which the position would be closed.
    pub distance: Distance,
    /// It begins once the position has gained so much; none begins at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activation: Option<Distance>,
    /// It moves by no less than this; none by no less than a tick.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Distance>,
}

/// A stop loss that is drawn to the entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakEven {
    /// It is drawn there once the position has gained so much.
    pub trigger: Distance,
    /// How far beyond the entry it then lies, so that something is gained; none lies at the entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<Pips>,
}

/// A part of a position that is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartialClose {
    /// How much of the volume that was opened, in percent.
    pub percent: Ratio,
    /// It is closed once the position has gained so much.
    pub at: Distance,
}

impl Management {
    /// Whether nothing becomes of positions.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.trailing.is_none()
            && self.break_even.is_none()
            && self.partial.is_empty()
            && self.hold_max_minutes.is_none()
            && self.close_at.is_empty()
    }

    /// The first closing time after `after`, by the server's clock, whose zone is `server`.
    #[must_use]
    pub fn first_closing(
        &self,
        after: ServerMsc,
        server: Option<&ServerZone>,
    ) -> Option<ServerMsc> {
        self.close_at.iter().filter_map(|time| time.first_after(after, server)).min()
    }

    /// Every distance in it.
    pub fn distances(&self) -> impl Iterator<Item = &Distance> {
        let trailing = self.trailing.iter().flat_map(|one| {
            [Some(&one.distance), one.activation.as_ref(), one.step.as_ref()].into_iter().flatten()
        });
        let break_even = self.break_even.iter().map(|one| &one.trigger);
        trailing.chain(break_even).chain(self.partial.iter().map(|one| &one.at))
    }

    /// What becomes of positions, a sentence each.
    #[must_use]
    pub fn words(&self) -> Vec<(&'static str, String)> {
        let mut words = Vec::new();
        if let Some(Trailing { distance, activation, step }) = &self.trailing {
            let begins = activation
                .as_ref()
                .map_or("at once".to_owned(), |gained| format!("once it has gained {gained}"));
            let step = step.as_ref().map_or("a tick".to_owned(), Distance::to_string);
            words.push((
                "trailing stop",
                format!("{distance} behind the price, {begins}, in steps of no less than {step}"),
            ));
        }
        if let Some(BreakEven { trigger, lock }) = &self.break_even {
            let to =
                lock.map_or("the entry".to_owned(), |lock| format!("{lock} pips beyond the entry"));
            words.push((
                "break-even",
                format!("the stop loss goes to {to} once it has gained {trigger}"),
            ));
        }
        words.extend(self.partial.iter().map(|PartialClose { percent, at }| {
            ("partial close", format!("{percent} % of what was opened once it has gained {at}"))
        }));
        words.extend(self.hold_max_minutes.map(|minutes| {
            ("holding time", format!("no longer than {minutes} minutes by the server's clock"))
        }));
        words.extend(
            self.close_at
                .iter()
                .map(|time| ("closing time", format!("what is open closes {time}"))),
        );
        words
    }
}
