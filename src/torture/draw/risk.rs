//! Limits on the account: most sessions have none, and in the others they are near enough to be
//! reached.

use crate::domain::amount::{Money, Percent, Volume};
use crate::domain::calendar::Impact;
use crate::domain::zone::ServerZone;
use crate::market::timeframe::Timeframe;
use crate::risk::account::{AccountRisk, DayCut};
use crate::risk::correlated::CorrelatedLots;
use crate::risk::flat_weekend::{FlatWeekend, WeekMinute};
use crate::risk::loss::{
    DailyLoss, DayAnchor, LossJudged, LossSize, MaxLoss, MaxLossMode, ProfitTarget,
};
use crate::session::description::SessionFile;
use crate::strategy::news_window::NewsWindow;
use crate::torture::draw::dice::Dice;
use crate::torture::draw::span::Span;

/// The limits of a session whose account begins with `balance`.
pub(super) fn draw(balance: Money, dice: &mut Dice) -> AccountRisk {
    if dice.percent(45) {
        return AccountRisk::default();
    }
    let losses = dice.pick(&[0, 1, 1, 2, 3]);
    let mut risk = AccountRisk {
        propfirm: None,
        day_cut: Some(day_cut(dice)),
        initial_balance: dice.maybe(40, |_| balance),
        flatten: Some(dice.percent(60)),
        daily_loss: Vec::new(),
        max_loss: Vec::new(),
        max_daily_trades: dice.maybe(20, |dice| dice.small(1, 12)),
        max_open_trades_symbol: dice.maybe(15, |dice| dice.small(1, 5)),
        max_lots_symbol: dice.maybe(15, lots),
        max_lots_total: dice.maybe(15, lots),
        max_margin_use: dice.maybe(15, |dice| percent(dice.pick(&["0.5", "3", "20"]))),
        max_portfolio_risk: None,
        max_correlated: None,
        flat_weekend: None,
        flat_news: None,
        min_trading_days: None,
        consistency: None,
        profit_target: None,
    };
    for _ in 0..losses {
        if dice.percent(60) {
            risk.daily_loss.push(DailyLoss {
                size: size(balance, dice),
                anchor: dice.pick(&[
                    DayAnchor::Balance,
                    DayAnchor::Equity,
                    DayAnchor::Greater,
                    DayAnchor::High,
                ]),
                floating: dice.percent(80),
                judged: if dice.percent(80) { LossJudged::Within } else { LossJudged::AtEnd },
            });
        } else {
            let mode = dice.pick(&[
                MaxLossMode::StaticInitial,
                MaxLossMode::TrailingEodBalance,
                MaxLossMode::TrailingIntradayEquity,
                MaxLossMode::TrailingUntilInitial,
            ]);
            let trails = mode != MaxLossMode::StaticInitial;
            let lock = dice.maybe(30, |dice| money(dice.pick(&["0", "5"])));
            risk.max_loss.push(MaxLoss {
                size: size(balance, dice),
                mode,
                lock: lock.filter(|_| trails),
            });
        }
    }
    risk
}

/// What is to be earned, and what may be lost at all stops together.
pub(super) fn draw_more(risk: &mut AccountRisk, balance: Money, dice: &mut Dice) {
    risk.profit_target = dice.maybe(30, |dice| {
        let amount = money(dice.pick(&["0.5", "1", "2", "5", "20"]));
        if dice.percent(60) {
            return ProfitTarget::Money(amount);
        }
        let part = Percent::from_f64(100.0 * amount.to_f64() / balance.to_f64(), 4);
        let part = part.expect("a part of an account");
        ProfitTarget::PercentOfInitial(part.max(Percent::from_raw(1)))
    });
    risk.max_portfolio_risk = dice.maybe(12, |dice| percent(dice.pick(&["0.05", "0.5", "4"])));
}

/// What may go one way in symbols that move with each other. Over a few bars those of any two symbols do.
pub(super) fn draw_correlated(risk: &mut AccountRisk, symbols: usize, dice: &mut Dice) {
    risk.max_correlated = dice.maybe(if symbols > 1 { 20 } else { 4 }, |dice| CorrelatedLots {
        lots: lots(dice),
        correlation: dice.pick(&["0.05", "0.4", "0.8", "1"]).parse().expect("a correlation"),
        bars: dice.pick(&[3, 4, 10, 40]),
        timeframe: dice.pick(&[Timeframe::M1, Timeframe::M1, Timeframe::M5]),
    });
}

/// What it takes to pass besides what is to be earned.
pub(super) fn draw_conditions(risk: &mut AccountRisk, dice: &mut Dice) {
    risk.min_trading_days = dice.maybe(12, |dice| dice.small(1, 5));
    risk.consistency = dice.maybe(12, |dice| percent(dice.pick(&["20", "50", "100"])));
}

/// Times at which the account holds nothing: a "weekend" on any day, and news.
pub(super) fn draw_bans(file: &mut SessionFile, span: Span, dice: &mut Dice) {
    let server = &file.zone;
    file.risk.flat_weekend = dice.maybe(8, |dice| {
        let zone: Option<ServerZone> = dice
            .pick(&[None, Some("America/New_York")])
            .map(|name| name.parse().expect("the zones are known"));
        let clock = zone.as_ref().unwrap_or(server);
        let from = span.draw(dice, 50, 650);
        let until = from.plus_ms(dice.pick(&[3, 10, 40, 120]) * 60_000);
        let minute = |at| WeekMinute::of(clock.to_server(at));
        let (from, until) = (minute(from), minute(until));
        FlatWeekend { from, until, zone }
    });
    let is_known = !file.calendar.is_empty();
    file.risk.flat_news = dice.maybe(6, |dice| NewsWindow {
        minutes_before: dice.pick(&[1, 5, 25]),
        minutes_after: dice.pick(&[0, 5, 25]),
        impact: dice.pick(&Impact::ALL),
        currencies: Vec::new(),
    });
    file.risk.flat_news.take_if(|_| !is_known);
}

fn day_cut(dice: &mut Dice) -> DayCut {
    let minute = dice.pick(&[0, 0, 0, 17 * 60, 5 * 60 + 30]);
    let zone = dice.pick(&[None, None, Some("Europe/Prague"), Some("America/Chicago")]);
    let zone = zone.map(|name| name.parse::<ServerZone>().expect("the zones are known"));
    DayCut { minute, zone }
}

/// Amounts that a few small positions come to, also as parts of the balance.
fn size(balance: Money, dice: &mut Dice) -> LossSize {
    let amount = money(dice.pick(&["1", "4", "15", "60", "200"]));
    let part = Percent::from_f64(100.0 * amount.to_f64() / balance.to_f64(), 4);
    let part = part.expect("a part of an account").clamp(Percent::from_raw(1), Percent::WHOLE);
    match dice.between(0, 2) {
        0 => LossSize::Money(amount),
        1 => LossSize::PercentOfInitial(part),
        _ => LossSize::PercentOfAnchor(part),
    }
}

fn lots(dice: &mut Dice) -> Volume {
    dice.pick(&["0.02", "0.1", "0.3", "1"]).parse().expect("a volume")
}

fn money(text: &str) -> Money {
    text.parse().expect("an amount")
}

fn percent(text: &str) -> Percent {
    text.parse().expect("a part")
}
