//! A source of another recording: what it has open, as it changes; and its followers. Now and then what
//! is told of it makes no sense.

use super::acts;
use super::dice::Dice;
use super::span::{Span, TO};
use crate::domain::amount::{Money, Price, Volume};
use crate::domain::id::{StrategyId, Ticket};
use crate::domain::order::Side;
use crate::domain::tick::Tick;
use crate::domain::time::Timestamp;
use crate::executor::config::Followed;
use crate::executor::event::{SourceNews, SourcePosition};
use crate::market::timeframe::Timeframe;
use crate::torture::plan::{Act, SessionPlan, What};
use std::sync::Arc;

/// The name of the source.
const NAME: &str = "master";

/// Once nothing goes wrong any more, all is told twice again.
const LAST_TOLD: [u64; 2] = [TO + 10, TO + 30];

/// A hundredth of a lot.
const HUNDREDTH: i64 = 1_000_000;

/// Draws it in one session of seven, with the ticks of each symbol.
pub(super) fn draw(plan: &mut SessionPlan, ticks: &[Arc<[Tick]>], span: Span, dice: &mut Dice) {
    if !dice.percent(14) {
        return;
    }
    let place = dice.place(plan.file.symbols.len());
    let id = StrategyId::from(NAME);
    let symbol = plan.file.symbols[place].clone();
    plan.file.followed = vec![Followed { id, symbol, timeframe: Timeframe::M1 }];
    let (tenths, balance) = (dice.pick(&[1, 5, 10, 30]), plan.file.account.balance);
    let equity = Money::from_raw(balance.raw() / 10 * tenths);
    let mut source = Source { equity, open: Vec::new(), next: 1 };
    let mut moments: Vec<Timestamp> =
        (0..dice.between(4, 30)).map(|_| span.draw(dice, 5, TO)).collect();
    moments.sort();
    moments.dedup();
    let zone = plan.file.zone.clone();
    for at in moments {
        let now = zone.to_server(at);
        let before = ticks[place].partition_point(|tick| tick.time_msc <= now);
        if let Some(quote) = ticks[place].get(before.wrapping_sub(1)) {
            source.change(at, quote, dice);
        }
        let news = source.told(at);
        let news = if dice.percent(10) { flawed(news, dice) } else { news };
        plan.acts.push(told(at, news));
    }
    for thousandths in LAST_TOLD {
        let at = span.at(thousandths);
        plan.acts.push(told(at, source.told(at)));
    }
    acts::follower(plan, span, (NAME, "m"), dice);
}

fn told(at: Timestamp, news: SourceNews) -> Act {
    Act { at, after_request_ms: None, what: What::Source(Box::new(news)) }
}

/// Its equity is not known, or what is told makes no sense.
fn flawed(mut news: SourceNews, dice: &mut Dice) -> SourceNews {
    match dice.between(0, 3) {
        0 => news.equity = Some(Money::ZERO),
        1 => news.positions.extend(news.positions.first().copied()),
        2 => news.positions.iter_mut().for_each(|position| position.closed = position.opened),
        _ => news.equity = None,
    }
    news
}

/// The account that is followed.
struct Source {
    equity: Money,
    open: Vec<(Timestamp, SourcePosition)>,
    next: u64,
}

impl Source {
    fn change(&mut self, at: Timestamp, quote: &Tick, dice: &mut Dice) {
        for _ in 0..dice.between(1, 3) {
            match dice.between(0, 9) {
                0..=3 if self.open.len() < 4 => self.opens(at, quote, dice),
                4 | 5 if !self.open.is_empty() => {
                    self.open.remove(dice.place(self.open.len()));
                }
                6 | 7 if !self.open.is_empty() => {
                    let place = dice.place(self.open.len());
                    let (_, position) = &mut self.open[place];
                    let left = (position.opened - position.closed).raw() / HUNDREDTH;
                    let part = i64::from(dice.small(0, 100)) * left / 101 * HUNDREDTH;
                    position.closed += Volume::from_raw(part);
                }
                8 if !self.open.is_empty() => {
                    let place = dice.place(self.open.len());
                    let (_, position) = &mut self.open[place];
                    (position.sl, position.tp) = stops(position.side, quote, dice);
                }
                _ => {
                    let percent = i64::from(dice.small(80, 120));
                    self.equity = Money::from_raw(self.equity.raw() / 100 * percent);
                }
            }
        }
    }

    fn opens(&mut self, at: Timestamp, quote: &Tick, dice: &mut Dice) {
        let side = dice.pick(&[Side::Buy, Side::Sell]);
        let (sl, tp) = stops(side, quote, dice);
        let worse = i64::from(dice.pick(&[-1, 0, 0, 0, 1])) * i64::from(dice.small(0, 60));
        let price = side.entry_price(quote.bid, quote.ask).raw();
        let late_ms = dice.pick(&[0, 0, 0, 800, 20_000, 90_000]);
        let position = SourcePosition {
            identifier: Ticket(self.next),
            side,
            opened: Volume::from_raw(i64::from(dice.small(5, 300)) * HUNDREDTH),
            closed: Volume::ZERO,
            price_open: Price::from_raw(price + price / 100_000 * worse),
            sl,
            tp,
            age_ms: 0,
        };
        self.next += 1;
        self.open.push((Timestamp::from_nanos(at.nanos() - late_ms * 1_000_000), position));
    }

    /// What is open at a moment.
    fn told(&self, at: Timestamp) -> SourceNews {
        let aged = |(since, position): &(Timestamp, SourcePosition)| {
            let age_ms = (at.nanos() - since.nanos()) / 1_000_000;
            SourcePosition { age_ms: u64::try_from(age_ms).unwrap_or(0), ..*position }
        };
        let positions = self.open.iter().map(aged).collect();
        SourceNews { source: NAME.into(), equity: Some(self.equity), positions }
    }
}

/// Stops a few thousandths of the price away, most with both.
fn stops(side: Side, quote: &Tick, dice: &mut Dice) -> (Option<Price>, Option<Price>) {
    let price = side.entry_price(quote.bid, quote.ask).raw();
    let at = |thousandths: u32, sign: i64| {
        Price::from_raw(price + sign * side.sign() * (price / 1_000 * i64::from(thousandths)))
    };
    (
        dice.maybe(75, |dice| at(dice.small(1, 5), -1)),
        dice.maybe(75, |dice| at(dice.small(1, 5), 1)),
    )
}
