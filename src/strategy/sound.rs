//! Whether rules make sense, whoever wrote them: a dialect's reader, a canonical form, or a state.
//! What passes can be compiled and run.

use crate::domain::amount::{Pips, Points, Price, Ratio, Volume};
use crate::domain::decimal::pow10;
use crate::domain::flaw::{Checked, Flaw, each, must};
use crate::domain::order::PendingKind;
use crate::strategy::advised::Advised;
use crate::strategy::close_time::{CLOSE_TIMES_MAX, CloseTime};
use crate::strategy::condition::{
    BARS_AGO_MAX, Condition, Constant, LineAt, Operand, Signals, TERMS_MAX, Term, Test,
};
use crate::strategy::correlation::{CORRELATION_BARS_MIN, Correlation};
use crate::strategy::distance::{Distance, TakeProfit};
use crate::strategy::entry_order::{EXPIRY_BARS_MAX, EntryOrder};
use crate::strategy::filter::{Days, Filters, Measured, Quantity, SpreadMost, TradingHours};
use crate::strategy::management::{BreakEven, Management, PartialClose, Trailing};
use crate::strategy::news_window::{NEWS_MINUTES_MAX, NewsWindow};
use crate::strategy::own::Own;
use crate::strategy::program::NODES_MAX;
use crate::strategy::rules::{EntryRule, Exit, RiskRules, Rules};

/// How deep groups may lie in one another.
const DEPTH_MAX: usize = 16;
/// The largest number of parts in which a position is closed: a limit on lines, far above any real
/// one.
const PARTS_MAX: usize = 16;
/// The largest number of measures: the dialects write four at most.
const MEASURED_MAX: usize = 16;
/// The largest number of lines of a strategy in code.
const OWN_LINES_MAX: usize = 64;
/// The last minute of a day.
const DAY_MINUTES: u16 = 24 * 60;
/// A hundred percent.
const WHOLE: Ratio = Ratio::from_raw(100 * 10_000);
const ABOVE_ZERO: &str = "must be above 0";

impl Rules {
    /// Checks that the rules can be run.
    ///
    /// # Errors
    /// The first field that makes no sense.
    pub fn check(&self) -> Checked {
        let Self { entry, order, exit, risk, filters, timeframe: _ } = self;
        match entry {
            EntryRule::Cross(cross) => {
                must(cross.fast != cross.slow, "entry.slow", "is the same line as `fast`")?;
            }
            EntryRule::Own(own) => check_own(own).map_err(|flaw| flaw.under("entry"))?,
            EntryRule::Advised(advised) => {
                check_advised(advised).map_err(|flaw| flaw.under("entry"))?;
            }
            EntryRule::Copy(copying) => copying.check().map_err(|flaw| flaw.under("entry"))?,
            EntryRule::When(signals) => {
                check_signals(signals).map_err(|flaw| flaw.under("entry"))?;
            }
        }
        let checked = order.as_ref().map_or(Ok(()), check_order);
        checked.map_err(|flaw| flaw.under("order"))?;
        check_exit(exit).map_err(|flaw| flaw.under("exit"))?;
        let RiskRules {
            lots,
            max_open_trades,
            max_per_side,
            sizing,
            scaling,
            max_slippage,
            limits,
        } = risk;
        let is_slippage = |most: Points| (Points(0)..=Points::MOST).contains(&most);
        must(
            max_slippage.is_none_or(is_slippage),
            "risk.max_slippage",
            "must be from 0 to 1000000",
        )?;
        limits.check().map_err(|flaw| flaw.under("risk.limits"))?;
        if let Some(scaling) = scaling {
            scaling.check().map_err(|flaw| flaw.under("risk.scaling"))?;
            must(sizing.is_some(), "risk.scaling", "needs `sizing`, which it scales")?;
        }
        if let Some(sizing) = sizing {
            sizing.check().map_err(|flaw| flaw.under("risk.sizing"))?;
            if let Some(distance) = sizing.distance() {
                check_distance(distance).map_err(|flaw| flaw.under("risk.sizing.distance"))?;
            }
            let is_measured = !sizing.needs_stop() || exit.stop_loss.is_some();
            must(is_measured, "risk.sizing", "needs a stop loss, which says what a lot may lose")?;
        }
        must(lots.is_none_or(|lots| lots > Volume::ZERO), "risk.lots", ABOVE_ZERO)?;
        must(*max_open_trades != Some(0), "risk.max_open_trades", ABOVE_ZERO)?;
        must(*max_per_side != Some(0), "risk.max_per_side", ABOVE_ZERO)?;
        check_filters(filters).map_err(|flaw| flaw.under("filters"))?;
        let reason = format!("must not have more than {NODES_MAX} comparisons and groups");
        must(self.nodes() <= NODES_MAX, "entry", &reason)
    }
}

fn check_signals(signals: &Signals) -> Checked {
    must(signals.buy.is_some() || signals.sell.is_some(), "buy", "or `sell` must have conditions")?;
    for (side, condition) in [("buy", &signals.buy), ("sell", &signals.sell)] {
        let checked = condition.as_ref().map_or(Ok(()), |it| check_condition(it, 0));
        checked.map_err(|flaw| flaw.under(side))?;
    }
    Ok(())
}

fn check_condition(condition: &Condition, depth: usize) -> Checked {
    let (group, parts) = match condition {
        Condition::Test(test) => return check_test(test).map_err(|flaw| flaw.under("test")),
        Condition::All(parts) => ("all", parts),
        Condition::Any(parts) => ("any", parts),
    };
    must(!parts.is_empty(), group, "must not be empty")?;
    must(depth < DEPTH_MAX, group, &format!("must not lie in more than {DEPTH_MAX} others"))?;
    each(group, (0_usize..).zip(parts), |part| check_condition(part, depth + 1))
}

fn check_test(test: &Test) -> Checked {
    let sides = [("left", &test.left), ("right", &test.right)];
    for (side, operand) in sides {
        check_operand(operand).map_err(|flaw| flaw.under(side))?;
    }
    let reads_line = sides.iter().any(|(_, operand)| operand.lines().next().is_some());
    must(reads_line, "left", "compares no line")
}

fn check_operand(operand: &Operand) -> Checked {
    match operand {
        Operand::Number(_) => Ok(()),
        Operand::Line(line) => check_line(line),
        Operand::Multiple { of, times } => {
            must(*times > Ratio::ZERO, "multiple.times", ABOVE_ZERO)?;
            check_line(of)
        }
        Operand::Sum(terms) => {
            let reason = format!("must be of 1 to {TERMS_MAX} lines");
            must((1..=TERMS_MAX).contains(&terms.len()), "sum", &reason)?;
            each("sum", (0_usize..).zip(terms), |Term { of, times }| {
                must(*times != Constant::ZERO, "times", "must not be 0")?;
                check_line(of).map_err(|flaw| flaw.under("of"))
            })
        }
    }
}

fn check_line(line: &LineAt) -> Checked {
    must(line.bars_ago <= BARS_AGO_MAX, "bars_ago", &format!("must be at most {BARS_AGO_MAX}"))?;
    must(line.symbol.as_ref().is_none_or(|name| !name.is_empty()), "symbol", "must not be empty")
}

fn check_advised(advised: &Advised) -> Checked {
    advised.check()?;
    let reason = format!("must be no more than {OWN_LINES_MAX}");
    must(advised.lines.len() <= OWN_LINES_MAX, "lines", &reason)?;
    each("lines", (0_usize..).zip(&advised.lines), check_line)
}

fn check_own(own: &Own) -> Checked {
    let Own { strategy, lines, parameters: _ } = own;
    must(!strategy.is_empty(), "strategy", "must not be empty")?;
    let reason = format!("must be from 1 to {OWN_LINES_MAX}");
    must((1..=OWN_LINES_MAX).contains(&lines.len()), "lines", &reason)?;
    each("lines", (0_usize..).zip(lines), check_line)
}

fn check_order(order: &EntryOrder) -> Checked {
    let EntryOrder { kind, offset, expiry_bars } = order;
    must(*kind != PendingKind::StopLimit, "kind", "must be `limit` or `stop`")?;
    let are_some = expiry_bars.is_none_or(|bars| (1..=EXPIRY_BARS_MAX).contains(&bars));
    must(are_some, "expiry_bars", &format!("must be from 1 to {EXPIRY_BARS_MAX}"))?;
    check_distance(offset).map_err(|flaw| flaw.under("offset"))
}

fn check_exit(exit: &Exit) -> Checked {
    let Exit { stop_loss, take_profit, conditions, management, opposite_signal: _ } = exit;
    let checked = stop_loss.as_ref().map_or(Ok(()), check_distance);
    checked.map_err(|flaw| flaw.under("stop_loss"))?;
    let checked = match take_profit {
        None => Ok(()),
        Some(TakeProfit::At(distance)) => check_distance(distance),
        Some(TakeProfit::Ratio(_)) if stop_loss.is_none() => {
            Err(Flaw::of("ratio", "needs a stop loss"))
        }
        Some(TakeProfit::Ratio(ratio)) => must(*ratio > Ratio::ZERO, "ratio", ABOVE_ZERO),
    };
    checked.map_err(|flaw| flaw.under("take_profit"))?;
    let checked = conditions.as_ref().map_or(Ok(()), check_signals);
    checked.map_err(|flaw| flaw.under("conditions"))?;
    check_management(management).map_err(|flaw| flaw.under("management"))
}

fn check_distance(distance: &Distance) -> Checked {
    match distance {
        Distance::Pips(pips) => must(*pips > Pips::ZERO, "pips", ABOVE_ZERO),
        Distance::Points(points) => must(
            *points > Points(0) && *points <= Points::MOST,
            "points",
            &format!("must be from 1 to {}", Points::MOST.0),
        ),
        Distance::Percent(percent) => must(*percent > Ratio::ZERO, "percent", ABOVE_ZERO),
        Distance::Price(price) => must(*price > Price::ZERO, "price", ABOVE_ZERO),
        Distance::Line { of, times } => {
            must(*times > Ratio::ZERO, "line.times", ABOVE_ZERO)?;
            check_line(of).map_err(|flaw| flaw.under("line.of"))
        }
        Distance::Between { of, least, most } => {
            must(!of.is_bounded(), "between.of", "must not be bounded twice")?;
            let are_sound = least.is_none_or(|least| least > Pips::ZERO)
                && most.is_none_or(|most| most > Pips::ZERO && least.is_none_or(|it| it <= most));
            must(are_sound, "between.least", "must be above 0 and no more than `most`")?;
            check_distance(of).map_err(|flaw| flaw.under("between.of"))
        }
        Distance::Whole(of) => {
            must(!of.is_rounded(), "whole", "must not be rounded twice")?;
            check_distance(of).map_err(|flaw| flaw.under("whole"))
        }
    }
}

fn check_management(management: &Management) -> Checked {
    let Management { trailing, break_even, partial, hold_max_minutes, close_at } = management;
    if let Some(Trailing { distance, activation, step }) = trailing {
        let optional = |it: &Option<Distance>| it.as_ref().map_or(Ok(()), check_distance);
        check_distance(distance).map_err(|flaw| flaw.under("trailing.distance"))?;
        optional(activation).map_err(|flaw| flaw.under("trailing.activation"))?;
        optional(step).map_err(|flaw| flaw.under("trailing.step"))?;
    }
    if let Some(BreakEven { trigger, lock }) = break_even {
        check_distance(trigger).map_err(|flaw| flaw.under("break_even.trigger"))?;
        must(lock.is_none_or(|lock| lock > Pips::ZERO), "break_even.lock", ABOVE_ZERO)?;
    }
    let reason = format!("must not be more than {PARTS_MAX}");
    must(partial.len() <= PARTS_MAX, "partial", &reason)?;
    each("partial", (0_usize..).zip(partial), |PartialClose { percent, at }| {
        must(*percent > Ratio::ZERO, "percent", ABOVE_ZERO)?;
        check_distance(at).map_err(|flaw| flaw.under("at"))
    })?;
    let add = |sum: Ratio, part: &PartialClose| sum.checked_add(part.percent);
    let sum = partial.iter().try_fold(Ratio::ZERO, add);
    must(sum.is_some_and(|sum| sum <= WHOLE), "partial", "must not be more than 100 percent")?;
    must(*hold_max_minutes != Some(0), "hold_max_minutes", ABOVE_ZERO)?;
    let reason = format!("must not be more than {CLOSE_TIMES_MAX}");
    must(close_at.len() <= CLOSE_TIMES_MAX, "close_at", &reason)?;
    each("close_at", (0_usize..).zip(close_at), |CloseTime { minute, days, zone: _, shuts: _ }| {
        must(*minute <= DAY_MINUTES, "minute", "must be a minute of the day")?;
        must(days.is_empty() || are_days(days), "days", DAYS_WANTED)
    })
}

const DAYS_WANTED: &str = "must be days from 1 to 7, in order, each once";

/// Whether these are days of the week, in order, each once.
fn are_days(days: &[u8]) -> bool {
    let are_days = days.iter().all(|day| (1..=7).contains(day));
    are_days && days.windows(2).all(|pair| pair[0] < pair[1])
}

fn check_filters(filters: &Filters) -> Checked {
    let Filters { hours, days, sessions, news, spread, measured, correlation } = filters;
    if let Some(TradingHours { from_minute, to_minute, .. }) = hours {
        let are_times = *from_minute <= DAY_MINUTES && *to_minute <= DAY_MINUTES;
        must(are_times && from_minute != to_minute, "hours", "must be a span of the day")?;
    }
    if let Some(Days { days, .. }) = days {
        must(!days.is_empty() && are_days(days), "days.days", DAYS_WANTED)?;
    }
    let are_sorted = sessions.windows(2).all(|pair| pair[0] < pair[1]);
    must(are_sorted, "sessions", "must be in order, from the east, each once")?;
    let checked = news.as_ref().map_or(Ok(()), check_news);
    checked.map_err(|flaw| flaw.under("news"))?;
    let is_wide = match spread {
        None => true,
        Some(SpreadMost::Points(points)) => *points > Points(0) && *points <= Points::MOST,
        Some(SpreadMost::Pips(pips)) => *pips > Pips::ZERO,
    };
    must(is_wide, "spread", ABOVE_ZERO)?;
    let reason = format!("must not be more than {MEASURED_MAX}");
    must(measured.len() <= MEASURED_MAX, "measured", &reason)?;
    each("measured", (0_usize..).zip(measured), check_measured)?;
    let checked = correlation.as_ref().map_or(Ok(()), check_correlation);
    checked.map_err(|flaw| flaw.under("correlation"))
}

fn check_news(window: &NewsWindow) -> Checked {
    let NewsWindow { minutes_before, minutes_after, impact: _, currencies } = window;
    let reason = format!("must be at most {NEWS_MINUTES_MAX}");
    must(*minutes_before <= NEWS_MINUTES_MAX, "minutes_before", &reason)?;
    must(*minutes_after <= NEWS_MINUTES_MAX, "minutes_after", &reason)?;
    let is_span = *minutes_before > 0 || *minutes_after > 0;
    must(is_span, "minutes_after", "must be above 0, or `minutes_before`")?;
    let are_sorted = currencies.windows(2).all(|pair| pair[0] < pair[1]);
    must(are_sorted, "currencies", "must be in order, each once")
}

fn check_correlation(correlation: &Correlation) -> Checked {
    let Correlation { own, other, least, most } = correlation;
    let [own_close, other_close] =
        Correlation::closes(other.symbol.clone(), own.bars_ago, own.timeframe);
    let reason = format!("must be from {CORRELATION_BARS_MIN} to {BARS_AGO_MAX}");
    let are_bars = (CORRELATION_BARS_MIN..=BARS_AGO_MAX).contains(&own.bars_ago);
    must(are_bars, "own.bars_ago", &reason)?;
    must(*own == own_close, "own", "must be the close of the strategy's symbol")?;
    let is_close = other.symbol.is_some() && *other == other_close;
    must(is_close, "other", "must be the same line as `own`, of another symbol")?;
    check_line(other).map_err(|flaw| flaw.under("other"))?;
    must(least.is_some() || most.is_some(), "least", "or `most` must bound it")?;
    let one = Constant::from_raw(pow10(Constant::SCALE));
    let (low, high) = (least.unwrap_or(-one), most.unwrap_or(one));
    let are_sound = -one <= low && low <= high && high <= one;
    must(are_sound, "least", "must be at least -1 and no more than `most`, which is at most 1")
}

fn check_measured(measured: &Measured) -> Checked {
    let Measured { kind: _, quantity, least, most } = measured;
    quantity.lines().try_for_each(check_line).map_err(|flaw| flaw.under("quantity"))?;
    if let Quantity::Ratio { of, to } = quantity {
        must(of != to, "quantity.ratio.to", "is the same line as `of`")?;
    }
    must(least.is_some() || most.is_some(), "least", "or `most` must bound it")?;
    let are_sound = least.is_none_or(|least| least >= Constant::ZERO)
        && most.is_none_or(|most| most > Constant::ZERO && least.is_none_or(|it| it <= most));
    must(are_sound, "least", "must not be below 0, nor above `most`, which must be above 0")
}
