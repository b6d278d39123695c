//! Caps on the number of positions (executor 4).

use crate::domain::time::ServerMsc;
use serde::{Deserialize, Serialize};

/// Whether one more position may be opened. `in_flight` includes requests whose outcome is unknown:
/// they count like open positions.
#[must_use]
pub const fn allows_one_more(open: u32, in_flight: u32, max_open_trades: u32) -> bool {
    open.saturating_add(in_flight) < max_open_trades
}

/// A cap on the number of positions that can be changed: a tighter cap holds at once, a looser one
/// from the next day of the server's clock on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cap {
    now: u32,
    /// The cap that holds from a moment of the server's clock on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    later: Option<(ServerMsc, u32)>,
}

impl Cap {
    /// A cap of `most` positions that holds at once.
    #[must_use]
    pub const fn new(most: u32) -> Self {
        Self { now: most, later: None }
    }

    /// The largest number of positions at a moment.
    #[must_use]
    pub fn at(self, time_msc: ServerMsc) -> u32 {
        self.later.filter(|(from, _)| *from <= time_msc).map_or(self.now, |(_, most)| most)
    }

    /// The cap last requested, whether or not it holds yet.
    #[must_use]
    pub fn wished(self) -> u32 {
        self.later.map_or(self.now, |(_, most)| most)
    }

    /// The cap after `most` was requested at `now`; the next day starts at `day_cut`.
    #[must_use]
    pub fn changed(self, most: u32, now: ServerMsc, day_cut: ServerMsc) -> Self {
        let before = self.at(now);
        if most <= before {
            Self::new(most)
        } else {
            Self { now: before, later: Some((day_cut, most)) }
        }
    }

    /// The cap limited to `most` positions.
    #[must_use]
    pub fn at_most(self, most: u32) -> Self {
        Self {
            now: self.now.min(most),
            later: self.later.map(|(from, later)| (from, later.min(most))),
        }
    }

    /// A mistake to plant: any change holds from the next day only.
    #[must_use]
    pub fn tomorrow(self, most: u32, now: ServerMsc, day_cut: ServerMsc) -> Self {
        Self { now: self.at(now), later: Some((day_cut, most)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tighter_cap_holds_at_once_and_a_looser_one_tomorrow() {
        let (now, cut) = (ServerMsc(1_000), ServerMsc(86_400_000));
        let tighter = Cap::new(3).changed(1, now, cut);
        assert_eq!((tighter.at(now), tighter.at(cut)), (1, 1));
        let looser = tighter.changed(5, now, cut);
        assert_eq!((looser.at(now), looser.at(ServerMsc(cut.0 - 1)), looser.at(cut)), (1, 1, 5));
        assert_eq!(looser.changed(2, now, cut).at(cut), 2, "the last change counts");
    }
}
