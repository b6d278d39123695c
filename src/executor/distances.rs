//! How far from its entry a position's stops are to lie, as its rules measure it. What depends on a
//! line or on the price is measured once, at the signal: every attempt of the entry has the same
//! distances.

use super::Executor;
use super::flow::StopsWanted;
use super::strategies::RunningStrategy;
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
        strategy: &RunningStrategy,
        side: Side,
    ) -> Result<StopsWanted, Verdict> {
        if let Some(stops) = strategy.counsel.stops() {
            return Ok(stops);
        }
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
        strategy: &RunningStrategy,
        spec: &SymbolSpec,
        distance: &Distance,
        entry: Price,
    ) -> Option<Price> {
        let value = |line: &LineAt| self.line_value(slot, strategy.feed, line);
        measured(distance, spec, entry, &value)
    }

    /// The value of a line that a strategy's rules read.
    pub(super) fn line_value(&self, slot: u32, feed: u16, wanted: &LineAt) -> Option<f64> {
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
        Distance::Whole(of) => whole_pips(measured(of, spec, entry, value)?, spec.pip_size()?),
    }
}

/// A distance in whole pips, at least one; none where there is no distance to round.
fn whole_pips(distance: Price, pip: Price) -> Option<Price> {
    if distance <= Price::ZERO {
        return None;
    }
    let pip = i128::from(pip.raw());
    let pips = div_round(i128::from(distance.raw()), pip).max(1);
    i64::try_from(pips * pip).ok().map(Price::from_raw)
}

/// A price or distance so many times as large, divided by a whole number; none when it does not
/// fit.
fn times(price: Price, ratio: Ratio, divisor: i64) -> Option<Price> {
    let scaled = i128::from(price.raw()) * i128::from(ratio.raw());
    let raw = div_round(scaled, i128::from(pow10(Ratio::SCALE)) * i128::from(divisor));
    i64::try_from(raw).ok().map(Price::from_raw)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::symbols_builtin::builtin;

    #[test]
    fn whole_pips_are_the_nearest_and_at_least_one() {
        for (symbol, distance, expect) in [
            ("EURUSD", "0.00104", Some("0.0010")),
            ("EURUSD", "0.00105", Some("0.0011")),
            ("EURUSD", "0.001049", Some("0.0010")),
            ("EURUSD", "0.00115", Some("0.0012")),
            ("EURUSD", "0.00003", Some("0.0001")),
            ("EURUSD", "0.0020", Some("0.0020")),
            ("USDJPY", "0.125", Some("0.13")),
            ("EURUSD", "0", None),
            ("EURUSD", "-0.0010", None),
        ] {
            let price = |text: &str| text.parse::<Price>().unwrap();
            let line: LineAt = serde_json::from_str(r#"{"line":{"kind":"adr"}}"#).unwrap();
            let plain = Distance::Line { of: line, times: Ratio::from_raw(10_000) };
            let whole = Distance::Whole(Box::new(plain));
            let value = |_: &LineAt| Some(price(distance).to_f64());
            let spec = builtin(symbol).unwrap();
            let measured = measured(&whole, &spec, price("1.17"), &value);
            assert_eq!(measured, expect.map(price), "{symbol} {distance}");
        }
    }

    #[test]
    fn whole_pips_are_bounded_and_bounds_are_rounded() {
        let spec = builtin("EURUSD").unwrap();
        let told = |text: &str| {
            let distance: Distance = serde_json::from_str(text).unwrap();
            assert_eq!(
                serde_json::from_str::<Distance>(&serde_json::to_string(&distance).unwrap())
                    .unwrap(),
                distance
            );
            let price = measured(&distance, &spec, Price::ZERO, &|_| None).unwrap();
            (distance.to_string(), price)
        };
        let owned = |words: &str, price: &str| (words.to_owned(), price.parse::<Price>().unwrap());
        assert_eq!(
            told(r#"{"whole":{"between":{"of":{"points":33},"most":2.6}}}"#),
            owned("33 points, no more than 2.6 pips, rounded to whole pips", "0.0003"),
        );
        assert_eq!(
            told(r#"{"between":{"of":{"whole":{"points":37}},"most":3.5}}"#),
            owned("37 points, rounded to whole pips, no more than 3.5 pips", "0.00035"),
        );
    }
}
