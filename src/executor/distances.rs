//! How far from its entry a position's stops are to lie, as its rules measure it. What depends on a
//! line or on the price is measured once, at the signal: every attempt of the entry has the same
//! distances.

use super::Executor;
use super::flow::StopsWanted;
use super::strategies::Strategy;
use crate::domain::amount::{Price, Ratio};
use crate::domain::decimal::{div_round, pow10};
use crate::domain::order::Side;
use crate::domain::symbol::SymbolSpec;
use crate::executor::action::Verdict;
use crate::strategy::condition::LineAt;
use crate::strategy::distance::{Distance, TakeProfit};
use crate::strategy::watch::Watched;

/// The digits after the point of a distance that a line measures, beyond those of the symbol.
const FINER_DIGITS: u32 = 3;

impl Executor {
    /// What the stops of an entry at the present quote are computed from.
    ///
    /// # Errors
    /// [`Verdict::NoQuote`]; [`Verdict::NoDistance`] where a line has no value, or none above 0.
    pub(super) fn stops_wanted(
        &self,
        slot: u32,
        strategy: &Strategy,
        side: Side,
    ) -> Result<StopsWanted, Verdict> {
        let exit = &strategy.rules.exit;
        let (stop_loss, take_profit) = (exit.stop_loss.as_ref(), exit.take_profit.as_ref());
        if let (Ok(stop_loss), Ok(take_profit)) = (
            stop_loss.map(Distance::pips).transpose(),
            take_profit.map(TakeProfit::pips).transpose(),
        ) {
            return Ok(StopsWanted::Pips(stop_loss, take_profit));
        }
        let state = &self.symbols[strategy.symbol.index()];
        let (spec, bid, ask) = state.quoted().ok_or(Verdict::NoQuote)?;
        let entry = side.entry_price(bid, ask);
        let measure = |distance: &Distance| {
            let measured = self.measured(slot, strategy, spec, distance, entry);
            measured.filter(|price| *price > Price::ZERO).ok_or(Verdict::NoDistance)
        };
        let stop = stop_loss.map(measure).transpose()?;
        let profit = match take_profit {
            None => None,
            Some(TakeProfit::At(distance)) => Some(measure(distance)?),
            Some(TakeProfit::Ratio(ratio)) => {
                let stop = stop.ok_or(Verdict::NoDistance)?;
                Some(times(stop, *ratio, 1).ok_or(Verdict::NoDistance)?)
            }
        };
        Ok(StopsWanted::Distances(stop, profit))
    }

    /// A distance that a strategy's rules state, as a difference of prices, for a position entered
    /// at `entry`; none where it cannot be told.
    pub(super) fn measured(
        &self,
        slot: u32,
        strategy: &Strategy,
        spec: &SymbolSpec,
        distance: &Distance,
        entry: Price,
    ) -> Option<Price> {
        let value = |line: &LineAt| self.line_value(slot, strategy.feed, line);
        measured(distance, spec, entry, &value)
    }

    /// The value of a line that a strategy's rules read.
    fn line_value(&self, slot: u32, feed: u16, wanted: &LineAt) -> Option<f64> {
        let watch = &self.feeds[usize::from(feed)].watch;
        let Some(Watched::Conditions(place)) = watch.watched(slot) else { return None };
        let conditions = &watch.all_conditions()[place as usize];
        let line = conditions.program().lines().iter().position(|line| line == wanted)?;
        let link = conditions.links()[line];
        let feed = &self.feeds[usize::from(link.feed)];
        feed.watch.value(link.line).filter(|_| feed.is_live())
    }
}

/// A distance as a difference of prices; none where it cannot be told.
fn measured(
    distance: &Distance,
    spec: &SymbolSpec,
    entry: Price,
    value: &impl Fn(&LineAt) -> Option<f64>,
) -> Option<Price> {
    match distance {
        Distance::Pips(pips) => spec.pips(*pips),
        Distance::Points(points) => Some(spec.points(*points)),
        Distance::Price(price) => Some(*price),
        Distance::Percent(percent) => times(entry, *percent, 100),
        Distance::Line { of, times } => {
            let digits = Price::SCALE.min(spec.digits + FINER_DIGITS);
            Price::from_f64(value(of)? * times.to_f64(), digits)
        }
        Distance::Between { of, least, most } => {
            let bound = |pips: &Option<_>| pips.map(|pips| spec.pips(pips).ok_or(())).transpose();
            let (least, most) = (bound(least).ok()?, bound(most).ok()?);
            let wanted = measured(of, spec, entry, value)?;
            let raised = least.map_or(wanted, |least| wanted.max(least));
            Some(most.map_or(raised, |most| raised.min(most)))
        }
    }
}

/// A price or distance so many times as large, divided by a whole number; none when it does not
/// fit.
fn times(price: Price, ratio: Ratio, divisor: i64) -> Option<Price> {
    let scaled = i128::from(price.raw()) * i128::from(ratio.raw());
    let raw = div_round(scaled, i128::from(pow10(Ratio::SCALE)) * i128::from(divisor));
    i64::try_from(raw).ok().map(Price::from_raw)
}
