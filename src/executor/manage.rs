//! Open positions, tick by tick: stop losses that follow the price or are drawn to the entry, parts
//! that are closed, positions that were held long enough. What is to be done becomes a goal; here it
//! is only found out when.
//!
//! Everything follows from the position, its strategy's rules and the present quote, so that it goes
//! on after a restart, and with the new rules after an update. A stop loss only ever tightens: what
//! the price has earned once stays wanted ([`goal`](super::goal)), even where the server refuses it
//! for a while. While a change is on its way, or waits after a refusal, the price earns no other.
//!
//! [`Triggers`] say, for each symbol, at which quotes or from which time on something is to be done;
//! between them a tick is quiet. They are computed anew after every event but a quiet tick.

use super::Executor;
use super::pursue::Portion;
use super::strategies::RunningStrategy;
use super::triggers::Triggers;
use super::waiting::Until;
use crate::domain::amount::{Price, Ratio, Volume};
use crate::domain::decimal::pow10;
use crate::domain::id::{SymbolId, Ticket};
use crate::domain::order::Side;
use crate::domain::symbol::SymbolSpec;
use crate::domain::time::ServerMsc;
use crate::domain::zone::ServerZone;
use crate::executor::action::{RequestReason, StrategyState};
use crate::executor::book::holding::Holding;
use crate::executor::book::order::Purpose;
use crate::executor::plant::planted;
use crate::risk::sizing::floor_to_step;
use crate::strategy::distance::Distance;
use crate::strategy::management::Management;

const MINUTE_MS: i64 = 60_000;

/// What is to be done about a position, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Its stop loss goes to the entry, or beyond, once it could be closed at `at` or better.
    BreakEven { to: Price, at: Price },
    /// Its stop loss goes so far behind the price, once it could be closed at `at` or better.
    Trail { behind: Price, at: Price },
    /// So much of it has been closed in all, once it could be closed at `at` or better.
    Part { closed: Volume, at: Price },
    /// It is closed once it could only be closed at `at` or worse: it has passed a stop loss that it
    /// had earned and that the server has not taken yet.
    Passed { at: Price },
    /// It is closed from this time on.
    Over { from: ServerMsc, why: RequestReason },
}

/// A position with what its rules measure by.
struct Managed<'a> {
    holding: &'a Holding,
    spec: &'a SymbolSpec,
    rules: &'a Management,
    /// How far a stop has to stay away from the price: the stops level, the freeze level, a tick.
    apart: Price,
}

impl Executor {
    /// Does what the present quote of a symbol asks for.
    pub(super) fn manage(&mut self, symbol: SymbolId) {
        let Some((_, bid, ask)) = self.symbols[symbol.index()].quoted() else { return };
        let now_msc = self.symbols[symbol.index()].cursor.time_msc;
        let over: Vec<Ticket> = self
            .resting()
            .filter(|(of, from, _)| *of == symbol && *from <= now_msc)
            .map(|(_, _, ticket)| ticket)
            .collect();
        for ticket in over {
            self.want_removal(ticket, RequestReason::ClosingTime);
            self.touched = true;
        }
        for ticket in self.managed(|of| of == symbol) {
            let mut steps = Vec::new();
            self.each_step(ticket, |step| steps.push(step));
            let side = self.book.get(ticket).expect("it was listed").side;
            let price = side.exit_price(bid, ask);
            for step in steps {
                self.take_step(ticket, side, step, (price, now_msc));
            }
        }
    }

    fn take_step(
        &mut self,
        ticket: Ticket,
        side: Side,
        step: Step,
        (price, now_msc): (Price, ServerMsc),
    ) {
        match step {
            Step::BreakEven { to, at } if is_gained(side, price, at) => {
                self.tighten(ticket, to, RequestReason::BreakEven);
            }
            Step::Trail { behind, at } if is_gained(side, price, at) => {
                let symbol = self.book.get(ticket).expect("it was listed").symbol;
                let spec = self.symbols[symbol.index()].spec.as_ref().expect("it has a quote");
                let to = away(price, side.opposite(), behind);
                if let Some(to) = to.and_then(|to| on_grid(to, side.opposite(), spec.tick_size)) {
                    self.tighten(ticket, to, RequestReason::Trailing);
                }
            }
            Step::Part { closed, at } if is_gained(side, price, at) => {
                let holding = self.book.get(ticket).expect("it was listed");
                let part = closed - holding.closed_volume();
                self.want_exit(ticket, RequestReason::PartialClose, Portion::Part(part));
                self.touched = true;
            }
            Step::Passed { at } if is_gained(side.opposite(), price, at) => {
                let goal = &self.book.get(ticket).expect("it was listed").stops_goal;
                let why = goal.why.unwrap_or(RequestReason::Trailing);
                self.want_exit(ticket, why, Portion::Whole);
                self.touched = true;
            }
            Step::Over { why: RequestReason::ClosingTime, .. }
                if planted!(self, ClosingTimesIgnored) => {}
            Step::Over { from, why } if now_msc >= from => {
                self.want_exit(ticket, why, Portion::Whole);
                self.touched = true;
            }
            _ => {}
        }
    }

    /// Wants a tighter stop loss; one that is not tighter changes nothing.
    fn tighten(&mut self, ticket: Ticket, to: Price, why: RequestReason) {
        let holding = self.book.get_mut(ticket).expect("it was listed");
        let (before, _) = holding.stops_goal.wanted;
        if to > Price::ZERO && before.is_none_or(|before| is_tighter(holding.side, to, before)) {
            holding.stops_goal.tighten(to, why);
            self.touched = true;
        }
    }

    /// Computes the triggers of all symbols anew.
    pub(super) fn set_triggers(&mut self) {
        if !self.strategies.manage() && !std::mem::take(&mut self.has_triggers) {
            return;
        }
        self.has_triggers = self.strategies.manage();
        let mut triggers = vec![Triggers::NONE; self.symbols.len()];
        for ticket in self.managed(|_| true) {
            let holding = self.book.get(ticket).expect("it was listed");
            let (side, own) = (holding.side, &mut triggers[holding.symbol.index()]);
            self.each_step(ticket, |step| match step {
                Step::BreakEven { at, .. } | Step::Trail { at, .. } | Step::Part { at, .. } => {
                    own.gain(side, at);
                }
                Step::Passed { at } => own.loss(side, at),
                Step::Over { from, .. } => own.begin(from),
            });
        }
        for (symbol, from, _) in self.resting() {
            triggers[symbol.index()].begin(from);
        }
        for (_, strategy) in self.strategies.managing() {
            if let Some(due_msc) = strategy.due_msc() {
                triggers[strategy.symbol.index()].begin(due_msc);
            }
        }
        for (symbol, triggers) in self.symbols.iter_mut().zip(triggers) {
            symbol.triggers = triggers;
        }
    }

    /// The pending orders that wait to open something for strategies with closing times: the symbol of
    /// each, and the first such time that comes after it was sent.
    fn resting(&self) -> impl Iterator<Item = (SymbolId, ServerMsc, Ticket)> {
        let closing = self.strategies.managing().map(|(_, strategy)| strategy);
        let closing = closing.filter(|it| !it.rules.exit.management.close_at.is_empty());
        let orders = closing.flat_map(|strategy| {
            let own = self.book.orders().filter(|order| order.claim.magic == strategy.magic());
            own.map(move |order| (strategy, order))
        });
        orders.filter_map(|(strategy, order)| {
            let waits = order.is_working()
                && order.kind.is_pending()
                && order.remove.is_none()
                && matches!(order.purpose, Purpose::Open(_));
            let management = Some(&strategy.rules.exit.management).filter(|_| waits)?;
            let from = management.first_closing(order.sent_msc, self.config.zone.as_ref())?;
            Some((order.symbol, from, order.ticket))
        })
    }

    /// The open positions whose strategies' rules ask for more than an exit.
    fn managed(&self, is_wanted: impl Fn(SymbolId) -> bool) -> Vec<Ticket> {
        let mut tickets = Vec::new();
        for (_, strategy) in self.strategies.managing().filter(|(_, it)| is_wanted(it.symbol)) {
            let own = self.book.of(strategy.magic()).filter(|holding| {
                holding.symbol == strategy.symbol
                    && holding.is_open()
                    && holding.is_stated()
                    && holding.price_open > Price::ZERO
                    && holding.opened() > Volume::ZERO
                    && holding.exit.as_ref().is_none_or(|exit| !exit.is_whole())
            });
            tickets.extend(own.map(|holding| holding.ticket));
        }
        tickets
    }

    /// Tells what is to be done next about a position.
    fn each_step(&self, ticket: Ticket, mut tell: impl FnMut(Step)) {
        let holding = self.book.get(ticket).expect("it was listed");
        let Some((slot, strategy)) = self.manager(holding) else { return };
        let Some(spec) = self.symbols[holding.symbol.index()].spec.as_ref() else { return };
        let rules = &strategy.rules.exit.management;
        let apart =
            spec.points(spec.stops_level).max(spec.points(spec.freeze_level)).max(spec.tick_size);
        let managed = Managed { holding, spec, rules, apart };
        let measure = |distance: &Distance| {
            self.measured(slot, strategy, spec, distance, holding.price_open)
                .filter(|price| *price > Price::ZERO)
        };
        managed.over(self.config.zone.as_ref(), &mut tell);
        managed.parts(measure, &mut tell);
        let goal = &holding.stops_goal;
        // A command is over once its stops have been seen.
        if self.waiting.iter().any(|(_, one)| one.until == Until::Stops(ticket)) {
            return;
        }
        if holding.stops == goal.wanted && !goal.is_out {
            managed.trailing(measure, &mut tell);
            managed.break_even(measure, &mut tell);
        } else if let (Some(at), Some(_)) = (goal.wanted.0, goal.why) {
            tell(Step::Passed { at });
        }
    }

    /// The strategy that manages a position, and its slot.
    fn manager(&self, holding: &Holding) -> Option<(u32, &RunningStrategy)> {
        let slot = self.strategies.slot(holding.claim.owner.strategy()?)?;
        let strategy = self.strategies.get(slot)?;
        (strategy.state != StrategyState::Stopping).then_some((slot, strategy))
    }
}

impl Managed<'_> {
    /// The price at which the position has gained so much.
    fn gained(&self, distance: Price) -> Option<Price> {
        away(self.holding.price_open, self.holding.side, distance)
    }

    /// When it has been held as long as the rules allow, and the first of their closing times.
    fn over(&self, zone: Option<&ServerZone>, tell: &mut impl FnMut(Step)) {
        let opened_msc = self.holding.time_msc;
        if let Some(minutes) = self.rules.hold_max_minutes {
            let from = opened_msc.0.saturating_add(i64::from(minutes) * MINUTE_MS);
            tell(Step::Over { from: ServerMsc(from), why: RequestReason::HoldingTime });
        }
        // One that was sent before such a time and executed after it is over at once.
        let sent_msc = self.holding.claim.sent_msc.map_or(opened_msc, |sent| sent.min(opened_msc));
        if let Some(from) = self.rules.first_closing(sent_msc, zone) {
            tell(Step::Over { from, why: RequestReason::ClosingTime });
        }
    }

    /// The next part that is to be closed. Parts count by what was opened: so far as they go together,
    /// rounded down to a volume that can be traded, and everything where they are the whole. One that
    /// is too small is closed with the next.
    fn parts(&self, measure: impl Fn(&Distance) -> Option<Price>, tell: &mut impl FnMut(Step)) {
        let (holding, spec) = (self.holding, self.spec);
        if holding.exit.is_some() {
            return;
        }
        let mut percent = Ratio::ZERO;
        for part in &self.rules.partial {
            percent += part.percent;
            let closed = match percent_of(holding.opened(), percent) {
                whole if whole == holding.opened() => whole,
                closed => floor_to_step(closed, spec.volume_step),
            };
            // What commands have closed counts; a rest too small to be traded is left.
            if closed - holding.closed_volume() < spec.volume_min {
                continue;
            }
            if let Some(at) = measure(&part.at).and_then(|gain| self.gained(gain)) {
                tell(Step::Part { closed, at });
            }
            return;
        }
    }

    /// The next price to which the stop loss follows the market: no nearer than the rules and the
    /// server allow, and no less than a step from where it is.
    fn trailing(&self, measure: impl Fn(&Distance) -> Option<Price>, tell: &mut impl FnMut(Step)) {
        let Some(trailing) = &self.rules.trailing else { return };
        let Some(distance) = measure(&trailing.distance) else { return };
        let (side, tick) = (self.holding.side, self.spec.tick_size);
        let behind = distance.max(self.apart);
        let begins = match &trailing.activation {
            // Any quote is better than none, if a stop loss so far from it is a price.
            None => behind.checked_add(tick).map(|least| side.of(least, Price::from_raw(i64::MAX))),
            Some(gain) => measure(gain).and_then(|gain| self.gained(gain)),
        };
        let step = trailing.step.as_ref().map_or(Some(tick), &measure).map(|step| step.max(tick));
        let next = match (self.holding.stops.0, step) {
            (None, _) => begins,
            (Some(before), Some(step)) => {
                let to = away(before, side, step).and_then(|to| on_grid(to, side, tick));
                to.and_then(|to| away(to, side, behind))
            }
            (Some(_), None) => None,
        };
        if let (Some(begins), Some(next)) = (begins, next) {
            tell(Step::Trail { behind, at: farther(side, begins, next) });
        }
    }

    /// The stop loss at the entry, unless it is there already.
    fn break_even(
        &self,
        measure: impl Fn(&Distance) -> Option<Price>,
        tell: &mut impl FnMut(Step),
    ) {
        let (Some(rule), side) = (&self.rules.break_even, self.holding.side) else { return };
        let lock = rule.lock.map_or(Some(Price::ZERO), |lock| self.spec.pips(lock));
        let to = lock.and_then(|lock| self.gained(lock));
        let Some(to) = to.map(|to| to.round_to_tick(self.spec.tick_size)) else { return };
        if self.holding.stops.0.is_some_and(|before| !is_tighter(side, to, before)) {
            return;
        }
        let gained = measure(&rule.trigger).and_then(|gain| self.gained(gain));
        // A stop has to stay away from the price.
        if let (Some(gained), Some(apart)) = (gained, away(to, side, self.apart)) {
            tell(Step::BreakEven { to, at: farther(side, gained, apart) });
        }
    }
}

/// The price at a distance on the side on which a position of `side` gains; none when it does not
/// fit.
fn away(price: Price, side: Side, distance: Price) -> Option<Price> {
    price.checked_add(Price::from_raw(distance.raw().checked_mul(side.sign())?))
}

/// The nearest price of the grid on the side on which a position of `side` gains, or the price
/// itself; none when it does not fit.
fn on_grid(price: Price, side: Side, tick_size: Price) -> Option<Price> {
    let grid = tick_size.raw().max(1);
    let below = price.raw().div_euclid(grid).checked_mul(grid)?;
    let raw = match side {
        Side::Buy if below != price.raw() => below.checked_add(grid)?,
        Side::Buy | Side::Sell => below,
    };
    Some(Price::from_raw(raw))
}

/// Whether a position that could be closed at `price` has gained what it would at `at`.
fn is_gained(side: Side, price: Price, at: Price) -> bool {
    side.of(price >= at, price <= at)
}

/// Whether a stop loss is nearer to the price than another one.
fn is_tighter(side: Side, stop_loss: Price, other: Price) -> bool {
    side.of(stop_loss > other, stop_loss < other)
}

/// The one of two prices at which a position gains more.
fn farther(side: Side, one: Price, other: Price) -> Price {
    side.of(one.max(other), one.min(other))
}

/// So many hundredths of a volume, rounded down.
fn percent_of(volume: Volume, percent: Ratio) -> Volume {
    let hundredths = i128::from(pow10(Ratio::SCALE)) * 100;
    let raw = i128::from(volume.raw()) * i128::from(percent.raw()) / hundredths;
    Volume::from_raw(i64::try_from(raw).unwrap_or(i64::MAX).min(volume.raw()))
}
