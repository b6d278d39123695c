//! What followers copy: the positions of their sources, which are strategies here, or of other
//! recordings. Of those, [`SourceNews`] tell all that is open whenever it changes; nothing else is known
//! of them.

use super::Executor;
use super::goal::Levels;
use super::plant::planted;
use super::recorded_source::RecordedSource;
use crate::domain::amount::{Money, Price, Volume};
use crate::domain::id::{StrategyId, SymbolId, Ticket};
use crate::domain::order::Side;
use crate::domain::time::ServerMsc;
use crate::executor::action::{Action, Verdict};
use crate::executor::book::holding::Holding;
use crate::executor::event::{SourceNews, SourcePosition};
use crate::strategy::copying::{Copying, Equities};

/// A position of a source.
#[derive(Debug, Clone, Copy)]
pub struct Original {
    pub identifier: Ticket,
    pub symbol: SymbolId,
    pub side: Side,
    pub opened: Volume,
    pub closed: Volume,
    pub price_open: Price,
    /// When it was opened, by the server's clock.
    pub time_msc: ServerMsc,
    pub stops: Levels,
    pub is_open: bool,
}

impl Executor {
    /// Takes what a source of another recording has open now.
    pub(super) fn on_source(&mut self, news: &SourceNews, out: &mut Vec<Action>) {
        if let Some(flaw) = news.flaw() {
            return Self::broker_flaw(flaw, None, out);
        }
        if self.config.followed.iter().all(|followed| followed.id != news.source) {
            return Self::broker_flaw("source.source", None, out);
        }
        let heard = RecordedSource { news: news.clone(), heard_msc: self.server_clock() };
        self.sources.insert(news.source.clone(), heard);
    }

    /// Sources that this process does not follow are forgotten.
    pub(super) fn sources_anew(&mut self) {
        let Self { sources, config, .. } = self;
        sources.retain(|id, _| config.followed.iter().any(|followed| followed.id == *id));
    }

    /// What a source has open, and what has just been closed of it.
    pub(super) fn originals(&self, copying: &Copying) -> Vec<Original> {
        if copying.recorded { self.recorded(&copying.source) } else { self.held(&copying.source) }
    }

    /// What a strategy has open here.
    fn held(&self, source: &StrategyId) -> Vec<Original> {
        let Some(magic) = self.registry.magic(source) else { return Vec::new() };
        let known = self.book.of(magic).filter(|holding| holding.opened() > Volume::ZERO);
        known.map(|holding| self.original(holding)).collect()
    }

    fn original(&self, holding: &Holding) -> Original {
        Original {
            identifier: holding.identifier,
            symbol: holding.symbol,
            side: holding.side,
            opened: holding.opened(),
            closed: holding.closed_volume(),
            price_open: holding.price_open,
            time_msc: holding.time_msc,
            stops: holding.stops,
            is_open: self.book.may_be_open(holding),
        }
    }

    /// What a strategy of another recording has open, with stops on the grid of prices here.
    fn recorded(&self, source: &StrategyId) -> Vec<Original> {
        let followed = self.config.followed.iter().find(|followed| followed.id == *source);
        let symbol = followed.and_then(|followed| self.symbol_named(&followed.symbol));
        let Some((symbol, heard)) = symbol.zip(self.sources.get(source)) else {
            return Vec::new();
        };
        let spec = self.symbols[symbol.index()].spec.as_ref();
        let on_grid = |price: Price| spec.map_or(price, |it| price.round_to_tick(it.tick_size));
        let original = |position: &SourcePosition| {
            let SourcePosition { identifier, side, opened, closed, price_open, .. } = *position;
            let age_ms = i64::try_from(position.age_ms).unwrap_or(i64::MAX);
            Original {
                identifier,
                symbol,
                side,
                opened,
                closed,
                price_open,
                time_msc: ServerMsc(heard.heard_msc.0.saturating_sub(age_ms)),
                stops: (position.sl.map(on_grid), position.tp.map(on_grid)),
                is_open: true,
            }
        };
        heard.news.positions.iter().map(original).collect()
    }

    /// What the accounts of a follower and of its source are worth; none where they are one.
    ///
    /// # Errors
    /// Where either is not certain.
    pub(super) fn equities(&self, copying: &Copying) -> Result<Option<Equities>, Verdict> {
        if !copying.recorded || planted!(self, EquitiesNotCompared) {
            return Ok(None);
        }
        let own = self.figures().map(|now| now.equity);
        let source = self.sources.get(&copying.source).and_then(|heard| heard.news.equity);
        let is_worth = |one: &Equities| one.own > Money::ZERO && one.source > Money::ZERO;
        let both = own.zip(source).map(|(own, source)| Equities { own, source }).filter(is_worth);
        both.map(Some).ok_or(Verdict::EquityUnknown)
    }

    /// What a strategy has open now in a symbol, as one that follows it from a recording is told.
    #[must_use]
    pub fn open_of(&self, strategy: &StrategyId, symbol: &str) -> Vec<SourcePosition> {
        let symbol = self.symbol_named(symbol);
        let now_msc = self.server_clock();
        let told = |one: Original| SourcePosition {
            identifier: one.identifier,
            side: one.side,
            opened: one.opened,
            closed: one.closed,
            price_open: one.price_open,
            sl: one.stops.0,
            tp: one.stops.1,
            age_ms: u64::try_from(now_msc.0.saturating_sub(one.time_msc.0)).unwrap_or(0),
        };
        let is_meant = |one: &Original| one.is_open && Some(one.symbol) == symbol;
        let open = self.held(strategy).into_iter().filter(is_meant);
        open.map(told).filter(|one| one.closed < one.opened).collect()
    }
}
