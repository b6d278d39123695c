//! Ticks made from bars only, as MT5's tester makes them (MT5 reference 6.1): every tick, 1-minute
//! OHLC, open prices.
//!
//! They are made in whole points, without chance, one bar at a time: the same bars give the same
//! ticks, in bounded memory. Ask is Bid plus the bar's spread; a spread of zero or below counts as
//! none, and the last known one is used (zero before any). Every tick is marked as counted for the
//! bar ([`TickFlags::COUNTED`]), because a flat bar of several ticks could not be rebuilt
//! otherwise. The model never sees a file, and never gives a price that the bar does not hold.
//! Start with [`ModelTicks`].

mod bar_path;
pub mod error;
mod ohlc_ticks;
mod frame;
mod walk;

use crate::domain::amount::{Points, Price};
use crate::domain::id::SymbolId;
use crate::domain::symbol::SymbolSpec;
use crate::domain::tick::{Tick, TickFlags};
use crate::domain::time::ServerMsc;
use crate::market::bar::Bar;
use crate::market::columns::TickColumns;
use crate::market::timeframe::Timeframe;
use crate::session::description::TickModel;
use crate::session::ports::{PortError, TickStream};
use bar_path::{BarDirection, BarPath};
use error::BarsError;
use frame::Frame;
use ohlc_ticks::OhlcTicks;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use walk::Walk;

/// The number of ticks in a batch.
const BATCH_ROWS: usize = 8_192;
/// More ticks than this in one bar mean a damaged file.
const VOLUME_MAX: u64 = 1 << 31;

/// The number of bars that needed more ticks than their tick volume says. It can be read while the
/// ticks run elsewhere, and is complete when they have ended.
#[derive(Debug, Clone, Default)]
pub struct Overdrawn(Arc<AtomicU64>);

impl Overdrawn {
    /// The number so far.
    #[must_use]
    pub fn bars(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn note(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// The ticks of one symbol's bars. `B` replaces its argument by the next bars in order of time, and
/// leaves it empty when there are no more.
#[derive(Debug)]
pub struct ModelTicks<B> {
    feed: B,
    bars: Vec<Bar>,
    /// How many of the bars have been begun.
    begun: usize,
    model: TickModel,
    symbol: SymbolId,
    point: Price,
    tick_size: Price,
    /// The stated timeframe, if there is one.
    timeframe: Option<Timeframe>,
    /// None until the first bars have been read.
    frame: Option<Frame>,
    /// The spread of the last bar that has one.
    spread: Price,
    /// The direction of the last bar.
    direction: BarDirection,
    bar: Option<BarTicks>,
    overdrawn: Overdrawn,
}

/// A bar being turned into ticks.
#[derive(Debug)]
struct BarTicks {
    open_msc: i64,
    span_ms: i64,
    spread: Price,
    shape: Shape,
    ticks: u64,
    made: u64,
}

#[derive(Debug)]
enum Shape {
    Walk(Walk),
    OhlcTicks(OhlcTicks),
}

impl<B: FnMut(&mut Vec<Bar>) -> Result<(), PortError>> ModelTicks<B> {
    /// The ticks of the bars in `feed`. Without a `timeframe`, their opens determine it.
    #[must_use]
    pub fn new(
        feed: B,
        model: TickModel,
        timeframe: Option<Timeframe>,
        symbol: SymbolId,
        spec: &SymbolSpec,
    ) -> Self {
        Self {
            feed,
            bars: Vec::new(),
            begun: 0,
            model,
            symbol,
            point: spec.point(),
            tick_size: spec.tick_size,
            timeframe,
            frame: None,
            spread: Price::ZERO,
            direction: BarDirection::Falling,
            bar: None,
            overdrawn: Overdrawn::default(),
        }
    }

    /// The count of bars that contradict themselves, shared with this stream.
    #[must_use]
    pub fn overdrawn(&self) -> Overdrawn {
        self.overdrawn.clone()
    }

    /// The timeframe of the bars, stated or determined by the first of them; none when there are no
    /// bars.
    ///
    /// # Errors
    /// When the first bars cannot be read, or do not determine it.
    pub fn timeframe(&mut self) -> Result<Option<Timeframe>, PortError> {
        Ok(self.look_ahead()?.map(|(frame, _)| frame.timeframe()))
    }

    /// The frame and the next bar, reading more when all those read have been begun; none when the
    /// bars have ended.
    fn look_ahead(&mut self) -> Result<Option<(&mut Frame, Bar)>, PortError> {
        if self.begun == self.bars.len() {
            self.begun = 0;
            (self.feed)(&mut self.bars)?;
        }
        let Some(bar) = self.bars.get(self.begun).copied() else { return Ok(None) };
        let frame = match &mut self.frame {
            Some(frame) => frame,
            none => none.insert(match self.timeframe {
                Some(timeframe) => Frame::stated(timeframe, &self.bars)?,
                None => Frame::of(&self.bars)?,
            }),
        };
        Ok(Some((frame, bar)))
    }

    /// Begins the next bar; none when the bars have ended.
    fn begin(&mut self) -> Result<Option<BarTicks>, PortError> {
        let Some((frame, bar)) = self.look_ahead()? else { return Ok(None) };
        if bar.tick_volume > VOLUME_MAX {
            return Err(BarsError::Volume {
                time: bar.time_msc,
                ticks: bar.tick_volume,
                most: VOLUME_MAX,
            }
            .into());
        }
        let (open_msc, end_msc) = frame.take(bar.time_msc)?;
        self.begun += 1;
        self.spread = self.spread_of(&bar)?;
        if bar.high.raw().checked_add(self.spread.raw()).is_none() {
            return Err(BarsError::Spread { time: bar.time_msc, points: bar.spread.0 }.into());
        }
        self.direction = BarDirection::of(&bar, self.direction);
        Ok(Some(self.shaped(&bar, open_msc, end_msc)))
    }

    /// The bar's spread as a price, or else the last known one.
    fn spread_of(&self, bar: &Bar) -> Result<Price, BarsError> {
        match bar.spread {
            Points(..=0) => Ok(self.spread),
            points if points > Points::MOST => {
                Err(BarsError::Spread { time: bar.time_msc, points: points.0 })
            }
            Points(points) => Ok(Price::from_raw(points * self.point.raw())),
        }
    }

    fn shaped(&self, bar: &Bar, open_msc: ServerMsc, end_msc: ServerMsc) -> BarTicks {
        let span_ms = end_msc.0 - open_msc.0;
        let path = BarPath::of(bar, self.direction);
        let (shape, ticks) = match self.model {
            TickModel::EveryTick => {
                let walk = Walk::new(&path, bar.tick_volume, self.tick_size);
                let ticks = walk.ticks();
                if ticks > bar.tick_volume {
                    self.overdrawn.note();
                }
                (Shape::Walk(walk), ticks)
            }
            TickModel::Ohlc => {
                (Shape::OhlcTicks(OhlcTicks::spread_out(&path, span_ms)), OhlcTicks::TICKS)
            }
            TickModel::OpenPrices => {
                (Shape::OhlcTicks(OhlcTicks::at_the_end(&path, span_ms)), OhlcTicks::TICKS)
            }
        };
        BarTicks { open_msc: open_msc.0, span_ms, spread: self.spread, shape, ticks, made: 0 }
    }
}

impl BarTicks {
    /// Appends as many of the bar's ticks as there is room for.
    fn pour(&mut self, symbol: SymbolId, batch: &mut TickColumns) {
        let room = (BATCH_ROWS - batch.len()) as u64;
        let until = self.ticks.min(self.made + room);
        for place in self.made..until {
            let (after_ms, bid) = self.shape.at(place, self.ticks, self.span_ms);
            assert!((0..self.span_ms).contains(&after_ms), "a tick lies inside its bar");
            batch.push(&Tick {
                time_msc: ServerMsc(self.open_msc + after_ms),
                bid,
                ask: bid + self.spread,
                last: Price::ZERO,
                volume: 0,
                symbol,
                flags: TickFlags::COUNTED,
            });
        }
        self.made = until;
    }
}

impl Shape {
    /// The time of a tick after the open, in milliseconds, and its Bid.
    fn at(&mut self, place: u64, ticks: u64, span_ms: i64) -> (i64, Price) {
        match self {
            // Neither factor needs more than 32 bits: a month has 2.7 · 10⁹ ms.
            Self::Walk(walk) => {
                ((span_ms.cast_unsigned() * place / ticks).cast_signed(), walk.price(place))
            }
            Self::OhlcTicks(four) => four.at(place),
        }
    }
}

impl<B: FnMut(&mut Vec<Bar>) -> Result<(), PortError>> TickStream for ModelTicks<B> {
    fn next_batch(&mut self, batch: &mut TickColumns) -> Result<(), PortError> {
        batch.begin(self.symbol, self.point);
        while batch.len() < BATCH_ROWS {
            if self.bar.is_none() {
                self.bar = self.begin()?;
            }
            let Some(bar) = &mut self.bar else { return Ok(()) };
            bar.pour(self.symbol, batch);
            if bar.made == bar.ticks {
                self.bar = None;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
