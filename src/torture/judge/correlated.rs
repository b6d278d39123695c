//! `correlated-lots-hold`: with an entry no more lots of ours go one way, in symbols that move with each
//! other, than the session allows.
//!
//! The closes are those of the broker's ticks, heard or not. Sums of whole points tell the correlation.

use crate::domain::id::SymbolId;
use crate::domain::tick::Tick;
use crate::risk::correlated::CorrelatedLots;
use crate::session::description::SessionFile;
use crate::torture::facts::{Facts, side_of_entry, volume_of_entry};
use crate::torture::found::Findings;
use std::collections::{BTreeMap, VecDeque};

/// The name of the invariant.
pub const NAME: &str = "correlated-lots-hold";

/// How far a correlation is from the bound where both ways of computing it must agree.
const BAND: f64 = 1e-6;

/// The last bars of each symbol.
#[derive(Debug)]
pub struct Correlated {
    most: Option<CorrelatedLots>,
    /// Whether there are bars before the first tick.
    has_history: bool,
    /// The number and the close of each bar, oldest first; the last is not closed.
    bars: Vec<VecDeque<(i64, i64)>>,
}

impl Correlated {
    /// Nothing is quoted yet.
    #[must_use]
    pub fn new(session: &SessionFile) -> Self {
        let bars = session.symbols.iter().map(|_| VecDeque::new()).collect();
        let has_history = session.from.is_some();
        Self { most: session.risk.max_correlated, has_history, bars }
    }

    /// Takes what the broker quotes.
    pub fn tick(&mut self, tick: &Tick) {
        let Some(most) = &self.most else { return };
        if tick.bid.raw() <= 0 || tick.ask.raw() <= 0 {
            return;
        }
        let number = tick.time_msc.0.div_euclid(most.timeframe as i64 * 60_000);
        let bars = &mut self.bars[tick.symbol.index()];
        if bars.back().is_some_and(|(last, _)| *last == number) {
            bars.pop_back();
        }
        bars.push_back((number, tick.bid.raw()));
        if bars.len() > most.bars as usize + 2 {
            bars.pop_front();
        }
    }

    /// Takes a request that is sent.
    pub fn sent(&self, facts: &Facts, place: usize, found: &mut Findings) {
        let request = &facts.sent[place].trade.request;
        let (Some(most), Some(side)) = (self.most, side_of_entry(request)) else { return };
        let along = |other: usize| {
            let other = &facts.sent[other].trade.request;
            let is_same_side = side_of_entry(other) == Some(side);
            self.sign(most, request.symbol(), other.symbol()) == Some(is_same_side)
        };
        let known = facts.exposed().filter(|other| facts.is_known(*other) && *other != place);
        let mut lots = volume_of_entry(request).to_f64();
        for other in known.filter(|other| along(*other)) {
            lots += facts.volume_of(other).to_f64();
            if facts.sent[other].trade.request.symbol() != request.symbol() {
                found.mark("goes-along-in-another-symbol");
            }
        }
        if lots > most.lots.to_f64() + 1e-9 {
            found.violate(NAME, || {
                format!(
                    "request {} enters: {lots:.2} lots would go one way, and {} may",
                    facts.sent[place].trade.cid.0, most.lots
                )
            });
        }
    }

    /// Whether what goes the same way is on the same side of two symbols (true), or on the other; none where
    /// neither is certain.
    fn sign(&self, most: CorrelatedLots, one: SymbolId, other: SymbolId) -> Option<bool> {
        if one == other {
            return Some(true);
        }
        // What was quoted before the session counts until there are enough bars of its own.
        let is_full = |symbol: SymbolId| self.bars[symbol.index()].len() > most.bars as usize + 1;
        if self.has_history && !(is_full(one) && is_full(other)) {
            return None;
        }
        let closed = |symbol: SymbolId| -> BTreeMap<i64, i64> {
            let bars = &self.bars[symbol.index()];
            bars.iter().take(bars.len().saturating_sub(1)).copied().collect()
        };
        let (one, other) = (closed(one), closed(other));
        let common = one.iter().filter_map(|(number, close)| Some((*close, *other.get(number)?)));
        let common: Vec<(i64, i64)> = common.collect();
        let changes = common.windows(2).map(|two| (two[1].0 - two[0].0, two[1].1 - two[0].1));
        let changes: Vec<(i128, i128)> = changes.map(|(a, b)| (a.into(), b.into())).collect();
        if changes.len() < (most.bars as usize / 2).max(3) {
            return None;
        }
        let sum = |of: fn(&(i128, i128)) -> i128| changes.iter().map(of).sum::<i128>();
        let count = i128::try_from(changes.len()).expect("there are few");
        let (a, b) = (sum(|it| it.0), sum(|it| it.1));
        let both = count * sum(|it| it.0 * it.1) - a * b;
        let (own, its) =
            (count * sum(|it| it.0 * it.0) - a * a, count * sum(|it| it.1 * it.1) - b * b);
        #[expect(clippy::cast_precision_loss, reason = "the band is wider")]
        let value = both as f64 / ((own as f64).sqrt() * (its as f64).sqrt());
        let least = most.correlation.to_f64() + BAND;
        if value >= least {
            Some(true)
        } else if value <= -least {
            Some(false)
        } else {
            None
        }
    }
}
