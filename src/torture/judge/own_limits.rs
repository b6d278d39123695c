//! `own-limits-hold`: a strategy sends no more entries in a trading day than it may, enters nothing while
//! it rests, and nothing once it has come to a limit on its own losses, before the next day or an
//! operator's clearing; where its settings say so, everything of it is closed then.
//!
//! What a strategy has made is summed here from the broker's positions by plain numbers. What the
//! executor says of a limit counts against it as well: it must be true, and it must keep to it.

use crate::domain::id::{IntentKey, StrategyId, SymbolId};
use crate::domain::order::Side;
use crate::domain::symbols_builtin::builtin;
use crate::domain::time::Timestamp;
use crate::domain::zone::ServerZone;
use crate::executor::action::{Action, Alert, AlertCode, Report, Request, TradeClosed};
use crate::executor::command::Command;
use crate::executor::event::{Event, Operator};
use crate::risk::account::DayCut;
use crate::risk::limit::RiskLimit;
use crate::session::description::SessionFile;
use crate::session::ports::Step;
use crate::strategy::limits::{CooldownAfter, ResultLoss, StrategyLimits};
use crate::torture::facts::{Change, Facts, Quoted};
use crate::torture::found::Findings;
use crate::torture::judge::exits::Exits;
use crate::torture::judge::losses::{SETTLED_MS, day_of};
use crate::torture::judge::nights;
use crate::torture::world::World;
use std::collections::{BTreeMap, BTreeSet};

/// The name of the invariant.
pub const NAME: &str = "own-limits-hold";

/// Half a cent for what each position is rounded by, and as much for its costs.
const ROUNDING: f64 = 0.01;
/// By how much of itself a profit in another currency is uncertain: the spread of its rate, and more.
const RATE_PART: f64 = 0.002;

/// The limits of a strategy, and what is known of its keeping to them.
#[derive(Debug, Default)]
struct Own {
    /// The step in which the limits were given.
    step: u64,
    limits: StrategyLimits,
    /// Whether something may have changed since, so that nobody can say which limits hold.
    is_changed: bool,
    /// The entries that it may send in a day by every limit that may hold, and from the next day on.
    most_trades: Option<u32>,
    most_later: Option<u32>,
    entries_today: u32,
    /// The losses in a row that are known of.
    losses: u32,
    /// Whether a rest was just said to begin with a loss that is still to be reported.
    is_counted: bool,
    rests_until: Timestamp,
    /// The steps in which limits on its losses were said to be reached.
    told: BTreeMap<RiskLimit, u64>,
    /// What its closed positions have made; none where something was open when it was started.
    closed: Option<f64>,
    /// What it had made when the day began; none where that is not certain.
    day: Option<f64>,
    peak: f64,
    /// What it had made at the last tick.
    last: Option<f64>,
    /// The limits that are broken, as the broker sees it.
    broken: BTreeSet<RiskLimit>,
    is_cleared: bool,
}

/// All strategies with limits.
#[derive(Debug)]
pub struct OwnLimits {
    cut: DayCut,
    zone: ServerZone,
    symbols: Vec<String>,
    /// Whether nothing goes wrong in this session.
    is_calm: bool,
    /// Whether swaps are charged at the end of the server's day.
    charges_swaps: bool,
    default: StrategyLimits,
    day: Option<i64>,
    each: BTreeMap<StrategyId, Own>,
    /// When anything last changed at the broker.
    changed: Timestamp,
    entered: BTreeSet<(u32, IntentKey)>,
}

impl OwnLimits {
    /// Nothing has happened yet.
    #[must_use]
    pub fn new(session: &SessionFile, is_calm: bool) -> Self {
        Self {
            cut: session.risk.day_cut.clone().unwrap_or_default(),
            zone: session.zone.clone(),
            symbols: session.symbols.clone(),
            is_calm,
            charges_swaps: session.broker.swaps,
            default: session.limits.strategy,
            day: None,
            each: BTreeMap::new(),
            changed: Timestamp::default(),
            entered: BTreeSet::new(),
        }
    }

    /// Takes a command that was executed.
    pub fn executed(&mut self, facts: &Facts, command: &Command) {
        match command {
            Command::Start(start) => {
                let (first, then) = (start.settings.limits, start.rules.risk.limits);
                let limits = StrategyLimits {
                    max_daily_trades: first
                        .max_daily_trades
                        .or(then.max_daily_trades)
                        .or(self.default.max_daily_trades),
                    max_daily_loss: first.max_daily_loss.or(then.max_daily_loss),
                    max_drawdown: first.max_drawdown.or(then.max_drawdown),
                    loss_streak: first.loss_streak.or(then.loss_streak),
                    cooldown: first.cooldown.or(then.cooldown),
                    flatten: first.flatten.or(then.flatten),
                };
                let holds = facts
                    .exposed()
                    .any(|sent| facts.sent[sent].trade.owner.strategy() == Some(&start.strategy));
                let is_first = !self.each.contains_key(&start.strategy);
                let own = self.each.entry(start.strategy.clone()).or_default();
                (own.step, own.limits, own.is_changed) = (facts.step, limits, false);
                (own.most_trades, own.most_later) = (limits.max_daily_trades, None);
                own.closed = (is_first && !holds).then_some(0.0);
                own.day = own.closed;
                // Other limits may let it rest for less.
                (own.rests_until, own.losses) = (Timestamp::default(), 0);
            }
            Command::Update(update)
                if update.rules.is_some() || !update.settings.limits.is_none() =>
            {
                self.unsettle(&update.strategy);
            }
            Command::RiskUpdate { strategy: Some(id), limits, .. } if !limits.is_none() => {
                let others = StrategyLimits { max_daily_trades: None, ..*limits };
                if !others.is_none() {
                    self.unsettle(id);
                }
                let own = self.each.entry(id.clone()).or_default();
                if let (Some(most), false) = (limits.max_daily_trades, own.is_changed) {
                    if own.most_trades.is_none_or(|before| most <= before) {
                        (own.most_trades, own.most_later) = (Some(most), None);
                    } else {
                        own.most_later = Some(most);
                    }
                }
            }
            _ => {}
        }
    }

    /// Nobody can say any more which limits a strategy has.
    fn unsettle(&mut self, id: &StrategyId) {
        if let Some(own) = self.each.get_mut(id) {
            (own.is_changed, own.most_trades, own.most_later) = (true, None, None);
            own.broken.clear();
            own.rests_until = Timestamp::default();
            if !own.limits.watch_result() {
                // What it makes may count from now on alone.
                (own.closed, own.day) = (None, None);
            }
        }
    }

    /// Takes a change of the broker's book.
    pub fn change(&mut self, facts: &Facts, change: Change) {
        self.changed = self.changed.max(facts.at);
        let Change::Closed(ticket) = change else { return };
        let Some(owner) = facts.owner(ticket).and_then(|owner| owner.strategy()) else { return };
        let Some(own) = self.each.get_mut(owner) else { return };
        let held = &facts.positions[&ticket];
        let net = held.profit.to_f64() + held.commission.to_f64() + held.swap.to_f64();
        own.closed = own.closed.map(|sum| sum + net);
    }

    fn is_settled(&self, facts: &Facts) -> bool {
        self.is_calm && self.changed.plus_ms(SETTLED_MS) < facts.at
    }

    /// Takes what the broker sees after a tick that was heard.
    pub fn tick(&mut self, facts: &Facts, world: &World, quotes: &[Quoted]) {
        if self.each.is_empty() {
            return;
        }
        let day = day_of(&self.cut, &mut self.zone, facts.server_msc);
        let is_settled = self.is_settled(facts);
        if self.day.replace(day).is_some_and(|before| before != day) {
            self.each.values_mut().for_each(|own| own.turn_day(is_settled));
        }
        if !self.is_calm {
            return;
        }
        let Self { each, symbols, .. } = self;
        for (id, own) in each.iter_mut().filter(|(_, own)| own.limits.watch_result()) {
            let Some((result, doubt)) = own.result(id, facts, world, (quotes, symbols)) else {
                continue;
            };
            own.last = Some(result);
            if !is_settled || own.is_changed || own.is_cleared {
                continue;
            }
            own.peak = own.peak.max(result);
            let money = |loss: Option<ResultLoss>| match loss {
                Some(ResultLoss::Money(money)) => Some(money.to_f64()),
                _ => None,
            };
            let daily = money(own.limits.max_daily_loss).zip(own.day);
            if daily.is_some_and(|(amount, day)| result + doubt < day - amount) {
                own.broken.insert(RiskLimit::StrategyDailyLoss);
            }
            let drawdown = money(own.limits.max_drawdown);
            if drawdown.is_some_and(|amount| result + doubt < own.peak - amount) {
                own.broken.insert(RiskLimit::StrategyDrawdown);
            }
        }
    }

    /// Takes a step with its actions.
    pub fn step(
        &mut self,
        facts: &Facts,
        step: &Step<'_>,
        (world, quotes): (&World, &[Quoted]),
        exits: &mut Exits,
        found: &mut Findings,
    ) {
        if *step.event == Event::Operator(Operator::ClearKill) {
            for own in self.each.values_mut() {
                own.told.clear();
                own.broken.clear();
                own.is_cleared = true;
            }
        }
        for action in step.actions {
            let Action::Report(report) = action else { continue };
            match &**report {
                Report::Alert(alert) => {
                    if let Some(id) = &alert.strategy {
                        self.alert(facts, (id, alert), (world, quotes), found);
                        self.flatten(facts, (id, alert), step, exits, found);
                    }
                }
                Report::Closed(closed) => self.closed(facts, closed, found),
                _ => {}
            }
        }
        self.each.values_mut().for_each(|own| own.is_counted = false);
    }

    fn alert(
        &mut self,
        facts: &Facts,
        (id, alert): (&StrategyId, &Alert),
        (world, quotes): (&World, &[Quoted]),
        found: &mut Findings,
    ) {
        let is_settled = self.is_settled(facts);
        let Self { each, symbols, charges_swaps, .. } = self;
        let Some(own) = each.get_mut(id) else { return };
        match (alert.code, alert.limit) {
            (AlertCode::StrategyLimitReleased, _) => own.told.clear(),
            (AlertCode::EntriesPaused, _) => {
                (own.losses, own.is_counted) = (0, true);
                if let Some(streak) = own.limits.loss_streak.filter(|_| !own.is_changed) {
                    own.rest(facts, streak.pause_minutes);
                }
            }
            (AlertCode::StrategyLimitReached, Some(reached)) => {
                own.told.entry(reached.limit).or_insert(facts.step);
                let result = own.result(id, facts, world, (quotes, symbols));
                let is_daily = reached.limit == RiskLimit::StrategyDailyLoss;
                let made = result.zip(own.day.filter(|_| is_daily));
                let is_true = made.is_none_or(|((result, doubt), day)| {
                    (result - day - reached.value.to_f64()).abs() <= doubt
                });
                // The swaps of positions are heard one by one.
                let is_charged = *charges_swaps && nights::is_near(facts.server_msc);
                if is_settled && !is_charged && !is_true {
                    found.violate(NAME, || {
                        format!(
                            "{id} is said to have made {} in this day: by the broker's book it is {made:?}",
                            reached.value
                        )
                    });
                }
            }
            _ => {}
        }
    }

    /// Everything of a strategy is to be closed in the step in which it comes to a limit.
    fn flatten(
        &self,
        facts: &Facts,
        (id, alert): (&StrategyId, &Alert),
        step: &Step<'_>,
        exits: &mut Exits,
        found: &mut Findings,
    ) {
        let own = self.each.get(id).filter(|own| own.limits.flatten() && !own.is_changed);
        if alert.code != AlertCode::StrategyLimitReached || own.is_none() {
            return;
        }
        let closes = |ticket| {
            step.actions.iter().any(|action| {
                matches!(action, Action::Trade(trade)
                    if matches!(&trade.request, Request::Close(one) if one.position == ticket))
            })
        };
        let is_of_it = |ticket| facts.owner(ticket).and_then(|owner| owner.strategy()) == Some(id);
        for ticket in facts.open.iter().filter(|ticket| is_of_it(**ticket)) {
            if self.is_settled(facts) && !exits.wants(*ticket) && !closes(*ticket) {
                found.violate(NAME, || {
                    format!("{id} has come to a limit, and position {ticket} is not closed with it")
                });
            }
            exits.want(facts, *ticket, None);
        }
        found.mark("flattened-by-its-own-limit");
    }

    /// A position is reported as closed: its strategy may have to rest.
    fn closed(&mut self, facts: &Facts, closed: &TradeClosed, found: &mut Findings) {
        let Some(id) = closed.owner.strategy() else { return };
        let Some(own) = self.each.get_mut(id).filter(|own| !own.is_changed) else { return };
        let net = closed.profit.raw() + closed.commission.raw() + closed.swap.raw();
        let is_loss = net < 0;
        if let Some(cooldown) = own.limits.cooldown
            && (is_loss || cooldown.after == CooldownAfter::Close)
        {
            own.rest(facts, cooldown.minutes);
        }
        let Some(streak) = own.limits.loss_streak else { return };
        own.losses = match (is_loss, std::mem::take(&mut own.is_counted)) {
            (true, true) | (false, _) => 0,
            (true, false) => own.losses + 1,
        };
        // One that was stopped may rest once it is started again.
        let is_stopped = facts.controls.strategy(id).is_some_and(|own| own.stop.is_some());
        if own.losses >= streak.losses && !is_stopped {
            found.violate(NAME, || {
                format!("{id} has lost {} times in a row, and does not rest", own.losses)
            });
        }
    }

    /// Takes a request that is sent.
    pub fn sent(&mut self, facts: &Facts, place: usize, found: &mut Findings) {
        let trade = &facts.sent[place].trade;
        let Some(id) = trade.owner.strategy().filter(|_| trade.request.enters()) else { return };
        // One that is sent again was counted when it was sent first. Before the first tick of a day it
        // may count for either.
        let clock = self.zone.to_server(facts.at);
        let is_day = Some(day_of(&self.cut, &mut self.zone, clock)) == self.day;
        let is_new = self.entered.insert((facts.line, trade.key)) && is_day;
        let Some(own) = self.each.get_mut(id) else { return };
        own.entries_today += u32::from(is_new && own.most_trades.is_some());
        let why = if own.most_trades.is_some_and(|most| is_new && own.entries_today > most) {
            "is an entry of a day too many"
        } else if facts.at < own.rests_until {
            "enters although the strategy rests"
        } else if !own.told.is_empty() || !own.broken.is_empty() {
            "enters although the strategy has come to a limit on its losses"
        } else {
            return;
        };
        found.violate(NAME, || format!("request {} of {id} {why}", trade.cid.0));
    }

    /// A process died: the next one knows what happened up to `step`, or nothing without one.
    pub fn forget_after(&mut self, step: Option<u64>) {
        let Some(step) = step else {
            self.each.clear();
            return;
        };
        self.each.retain(|_, own| own.step <= step);
        for own in self.each.values_mut() {
            own.told.retain(|_, told| *told <= step);
            own.losses = 0;
        }
    }
}

impl Own {
    /// Nothing is entered for so many minutes.
    fn rest(&mut self, facts: &Facts, minutes: u32) {
        let until = facts.at.plus_ms(u64::from(minutes) * 60_000);
        self.rests_until = self.rests_until.max(until);
    }

    fn turn_day(&mut self, is_settled: bool) {
        self.entries_today = 0;
        if let Some(most) = self.most_later.take() {
            self.most_trades = Some(most);
        }
        self.day = self.last.filter(|_| is_settled);
        self.told.remove(&RiskLimit::StrategyDailyLoss);
        self.broken.remove(&RiskLimit::StrategyDailyLoss);
        self.is_cleared = false;
    }

    /// What the strategy has made, closed and open, and by how much that may be wrong; none where it is
    /// not certain.
    fn result(
        &self,
        id: &StrategyId,
        facts: &Facts,
        world: &World,
        (quotes, symbols): (&[Quoted], &[String]),
    ) -> Option<(f64, f64)> {
        let (mut result, mut doubt) = (self.closed?, ROUNDING);
        for position in world.positions() {
            if facts.owner(position.ticket).and_then(|owner| owner.strategy()) != Some(id) {
                continue;
            }
            let held = facts.positions.get(&position.ticket)?;
            let SymbolId(place) = position.symbol;
            let (bid, ask) = *quotes.get(usize::from(place))?;
            let spec = builtin(symbols.get(usize::from(place))?)?;
            let (price, sign) = match position.side {
                Side::Buy => (bid.to_f64(), 1.0),
                Side::Sell => (ask.to_f64(), -1.0),
            };
            if price <= 0.0 {
                return None;
            }
            let lots = position.volume.to_f64() * f64::from(spec.contract_size);
            let own = sign * (price - position.price_open.to_f64()) * lots;
            let (floating, part) = match (spec.currency_base.as_str(), &*spec.currency_profit) {
                (_, "USD") => (own, 0.0),
                ("USD", _) => (own / price, RATE_PART),
                _ => return None,
            };
            let net = held.profit.to_f64() + held.commission.to_f64() + held.swap.to_f64();
            // Its swap is in no deal before it is closed.
            result += floating + net + position.swap.to_f64();
            doubt += ROUNDING + floating.abs() * part;
        }
        // A profit in another currency is booked at a rate that has changed since.
        Some((result, doubt))
    }
}
