//! Commands about one strategy: start, update, stop, pause, resume.

use super::{OK, Reply, Said, field};
use crate::domain::amount::Volume;
use crate::domain::flaw::{Checked, Flaw};
use crate::domain::id::{CommandId, Magic, StrategyId, Ticket};
use crate::domain::order::{OrderKind, Side};
use crate::domain::symbol::{SymbolSpec, TradeMode};
use crate::executor::Executor;
use crate::executor::action::{
    Action, EffectiveSettings, RequestReason, ResultCode, ResultData, ResultStatus, StrategyState,
    Verdict,
};
use crate::executor::asked::Counsel;
use crate::executor::book::order::Purpose;
use crate::executor::command::{
    Evaluate, OnStop, Options, Settings, StartStrategy, UpdateStrategy,
};
use crate::executor::deadlines::Due;
use crate::executor::flow::Flow;
use crate::executor::links::Links;
use crate::executor::plant::planted;
use crate::executor::pursue::Portion;
use crate::executor::registry::Ended;
use crate::executor::scope::Scope;
use crate::executor::source::Source;
use crate::executor::strategies::{PendingUpdate, RunningStrategy, sizing_of};
use crate::executor::waiting::Until;
use crate::executor::watching::OwnBars;
use crate::risk::limits::Cap;
use crate::risk::sizing::fixed_lots;
use crate::strategy::copying::FOLLOWER;
use crate::strategy::own::{Own, find, names};
use crate::strategy::rules::{EntryRule, Rules};
use crate::strategy::sizing::Sizing;

impl Executor {
    /// START. If the session does not have the symbol yet, the strategy starts once it is
    /// subscribed.
    pub(super) fn start(
        &mut self,
        id: &CommandId,
        start: &StartStrategy,
        out: &mut Vec<Action>,
    ) -> Reply {
        if start.strategy.as_str().starts_with(FOLLOWER) {
            let reason = "begins like that of a follower: COPY_ADD starts one";
            return Reply::Refused((ResultCode::BadParameters, field("strategyId", reason)));
        }
        if self.waiting.starts(&start.strategy) {
            return Reply::Refused((ResultCode::AlreadyRunning, ResultData::None));
        }
        let known = self.symbols.iter().any(|known| known.name == start.symbol);
        if !known && self.strategies.slot(&start.strategy).is_none() {
            if self.link.stage < crate::executor::Stage::Verified {
                return Reply::Refused((ResultCode::NotReady, ResultData::None));
            }
            self.subscribe(&start.symbol, out);
            self.wait(id, Some(&start.strategy), Until::Subscribed(Box::new(start.clone())));
            return Reply::Waits;
        }
        self.start_now(start, out).into()
    }

    /// Starts a strategy whose symbol is known. What carries its magic is adopted before it may
    /// enter.
    pub(in crate::executor) fn start_now(
        &mut self,
        start: &StartStrategy,
        out: &mut Vec<Action>,
    ) -> Result<Said, Said> {
        if let Some(running) = self.strategies.find(&start.strategy) {
            return self.start_again(running, start);
        }
        if self.config.followed.iter().any(|followed| followed.id == start.strategy) {
            let taken = "is the name of a strategy of another recording: choose another";
            return Err((ResultCode::BadParameters, field("strategyId", taken)));
        }
        let symbol = self.symbol_named(&start.symbol);
        let symbol = symbol.ok_or_else(|| Self::unknown_symbol(&start.symbol))?;
        let spec = self.symbols[symbol.index()].spec.as_ref();
        let spec = spec.ok_or((ResultCode::NotReady, ResultData::None))?;
        tradable(spec, start)?;
        if self.strategies.len() >= self.config.limits.strategies_max {
            return Err((
                ResultCode::BadRules,
                field("strategyId", "as many strategies run as the executor allows"),
            ));
        }
        let spec = spec.clone();
        let magic = self.registry.magic_for(&start.strategy);
        let effective =
            self.effective(&spec, &start.rules, start.settings, start.options, magic)?;
        let own = OwnBars { symbol, timeframe: start.timeframe };
        self.check_lines(own, &start.rules, start.options)?;
        if self.registry.magic(&start.strategy).is_none() {
            // Positions with this magic had no owner so far: the account is read before anything is
            // entered.
            self.link.read = false;
            self.readings.stir();
        }
        self.registry.register(&start.strategy);
        self.registry.set_ended(magic, Ended::No);
        self.adopt_magic(magic, out);
        let slot = self.strategies.free_slot();
        let feed = self.watch(slot, own, (&start.rules, start.options), out);
        self.strategies.insert(
            slot,
            RunningStrategy {
                id: start.strategy.clone(),
                name: start.name.clone(),
                symbol,
                timeframe: start.timeframe,
                feed,
                rules: start.rules.clone(),
                rules_hash: start.rules_hash,
                settings: start.settings,
                options: start.options,
                effective,
                state: StrategyState::Running,
                update: None,
                cap: Cap::new(effective.max_open_trades),
                is_halted: false,
                polled_msc: None,
                told: None,
                counsel: Counsel::default(),
                links: Links::new(),
                limits_later: None,
            },
        );
        self.measure(slot);
        Ok((ResultCode::Ok, ResultData::Effective(Box::new(effective))))
    }

    /// Gives the strategy the positions with its magic that had no owner.
    fn adopt_magic(&mut self, magic: Magic, out: &mut Vec<Action>) {
        if planted!(self, AdoptOnlyRunningStrategies) {
            return;
        }
        self.adopt_orders(magic, out);
        for position in self.book.take_foreign(magic) {
            self.on_position(&position, Source::News, out);
        }
    }

    /// Gives the strategy the orders with its magic.
    fn adopt_orders(&mut self, magic: Magic, out: &mut Vec<Action>) {
        for order in self.book.take_foreign_orders(|other| other == magic) {
            self.adopt_order(&order, out);
        }
    }

    /// START of a running strategy: no change when rules and settings are the same, otherwise
    /// refused.
    fn start_again(&self, running: &RunningStrategy, start: &StartStrategy) -> Result<Said, Said> {
        let same_symbol = self.symbols[running.symbol.index()].name == start.symbol;
        let same = same_symbol
            && running.timeframe == start.timeframe
            && running.rules_hash == start.rules_hash;
        if running.state == StrategyState::Stopping {
            Err((ResultCode::Stopping, ResultData::None))
        } else if same && running.settings == start.settings && running.options == start.options {
            let effective = Box::new(running.effective);
            Ok((ResultCode::AlreadyRunningSame, ResultData::Effective(effective)))
        } else {
            Err((ResultCode::AlreadyRunning, ResultData::None))
        }
    }

    /// The effective settings: settings go before rules, rules before defaults, and caps limit all
    /// of them.
    pub(in crate::executor) fn effective(
        &self,
        spec: &SymbolSpec,
        rules: &Rules,
        settings: Settings,
        options: Options,
        magic: Magic,
    ) -> Result<EffectiveSettings, Said> {
        let limits = &self.config.limits;
        let wanted = [settings.lots, rules.risk.lots, limits.lots_default];
        let sizing = sizing_of(&settings, rules);
        let sized_by = sizing.as_ref().map(Sizing::part);
        let is_copied = matches!(rules.entry, EntryRule::Copy(_));
        let lots = match sizing {
            _ if is_copied => Volume::ZERO,
            Some(_) => Volume::ZERO,
            None => fixed_lots(&wanted, limits.lots_max, spec)
                .map_err(|error| (ResultCode::BadRules, field("lotSize", &error.to_string())))?,
        };
        if let EntryRule::Own(own) = &rules.entry {
            check_own(own).map_err(|flaw| {
                (ResultCode::BadRules, field(&format!("rules.entry.{}", flaw.path), &flaw.reason))
            })?;
        }
        if let EntryRule::Advised(advised) = &rules.entry {
            self.check_program(advised)
                .map_err(|flaw| (ResultCode::BadRules, field(&flaw.path, &flaw.reason)))?;
        }
        let is_code = matches!(rules.entry, EntryRule::Own(_) | EntryRule::Advised(_));
        if is_code && options.evaluate != Evaluate::Bar {
            let reason = "must be `bar`: a strategy in code is run on closed bars";
            return Err((ResultCode::BadRules, field("options.evaluate", reason)));
        }
        if spec.pip_size().is_none() && rules.needs_pips() {
            return Err((
                ResultCode::BadRules,
                field("rules", "the symbol has no pip: its specification must state one"),
            ));
        }
        let is_of_other_clock =
            rules.exit.management.close_at.iter().any(|time| time.zone.is_some());
        if is_of_other_clock && self.config.zone.is_none() {
            let reason =
                "close positions by another clock than the server's, whose zone is not known";
            return Err((ResultCode::BadRules, field("rules", reason)));
        }
        if rules.filters.news.is_some() && self.config.calendar.is_empty() {
            let reason =
                "the session has no calendar: name its file, such as news = \"calendar.csv\"";
            return Err((ResultCode::BadRules, field("rules.filters.news", reason)));
        }
        let warmup_bars = options.warmup_bars.unwrap_or_else(|| rules.warmup_bars());
        let max_open_trades = settings
            .max_open_trades
            .or(rules.risk.max_open_trades)
            .unwrap_or(limits.max_open_trades_default);
        let limits = settings.limits.or(rules.risk.limits).or(limits.strategy);
        limits.check().map_err(|flaw| (ResultCode::BadRules, field(&flaw.path, &flaw.reason)))?;
        Ok(EffectiveSettings { lots, sized_by, max_open_trades, warmup_bars, magic, limits })
    }

    pub(super) fn update(
        &mut self,
        update: &UpdateStrategy,
        out: &mut Vec<Action>,
    ) -> Result<Said, Said> {
        let slot = self
            .strategies
            .slot(&update.strategy)
            .ok_or((ResultCode::NotRunning, ResultData::None))?;
        let running = self.strategies.get(slot).expect("what has a slot is in it");
        if running.state == StrategyState::Stopping {
            return Err((ResultCode::Stopping, ResultData::None));
        }
        if running.follows() && update.rules.is_some() {
            return Err((
                ResultCode::CannotChange,
                field("rules", "a follower keeps to its source: COPY_REMOVE it, and START another"),
            ));
        }
        let symbol = &self.symbols[running.symbol.index()];
        if update.symbol.as_ref().is_some_and(|name| *name != symbol.name) {
            return Err((
                ResultCode::CannotChange,
                field("symbol", "a running strategy keeps its symbol: STOP and START it"),
            ));
        }
        if update.timeframe.is_some_and(|timeframe| timeframe != running.timeframe) {
            return Err((
                ResultCode::CannotChange,
                field("timeframe", "a running strategy keeps its timeframe: STOP and START it"),
            ));
        }
        let spec = symbol.spec.as_ref().ok_or((ResultCode::NotReady, ResultData::None))?;
        // An update that waits is the base of the next one.
        let waiting = running.update.as_deref();
        let base_rules = waiting.map_or((&running.rules, running.rules_hash), |waiting| {
            (&waiting.rules, waiting.rules_hash)
        });
        let (rules, rules_hash) =
            update.rules.as_ref().map_or(base_rules, |(rules, hash)| (rules, *hash));
        let settings =
            waiting.map_or(running.settings, |waiting| waiting.settings).merged(update.settings);
        let effective = self.effective(spec, rules, settings, running.options, running.magic())?;
        let own = OwnBars { symbol: running.symbol, timeframe: running.timeframe };
        self.check_lines(own, rules, running.options)?;
        let (rules, options) = (rules.clone(), running.options);
        let bars = &self.feeds[usize::from(running.feed)];
        let from_bar_msc = bars.forming().map(|bar| bars.timeframe.span(bar.time_msc).1);
        self.prepare(slot, own, (&rules, options), out);
        let update = PendingUpdate { rules, rules_hash, settings, effective, from_bar_msc };
        self.strategies.set_update(slot, update);
        let effective = Box::new(effective);
        Ok((ResultCode::Ok, ResultData::Updated { from_bar_msc, effective }))
    }

    pub(super) fn stop(
        &mut self,
        id: &CommandId,
        strategy: &StrategyId,
        positions: OnStop,
        out: &mut Vec<Action>,
    ) -> Reply {
        let known = self.strategies.slot(strategy).is_some();
        if planted!(self, StopOfNotRunningIgnored) && !known {
            return Reply::Done((ResultCode::NotRunning, ResultData::None));
        }
        self.begin_stop(strategy, positions, out);
        let magic = self.registry.magic(strategy).expect("a STOP registers its strategy");
        let close = positions == OnStop::Close;
        if !known && self.is_flat(Scope::Strategy(magic), close) {
            return Reply::Done((ResultCode::NotRunning, ResultData::None));
        }
        self.wait(id, Some(strategy), Until::Flat { scope: Scope::Strategy(magic), close });
        Reply::Waits
    }

    /// Ends entries from this moment on, and decides what happens to the strategy's present and
    /// later positions: they are closed or kept. A strategy that is not running is stopped by its
    /// magic.
    pub(super) fn begin_stop(
        &mut self,
        strategy: &StrategyId,
        positions: OnStop,
        out: &mut Vec<Action>,
    ) {
        let magic = self.registry.register(strategy);
        if planted!(self, StopKeepThenCloseIgnored) && self.registry.ended(magic) == Ended::Kept {
            return;
        }
        self.registry
            .set_ended(magic, if positions == OnStop::Close { Ended::Closed } else { Ended::Kept });
        if let Some(slot) = self.strategies.slot(strategy) {
            self.strategies.stop(slot);
        }
        self.withdraw_starts(|start| start.strategy == *strategy, out);
        self.adopt_orders(magic, out);
        for position in self.book.take_foreign(magic) {
            let owner = self.registry.owner(magic).expect("it was registered");
            let claim = self.adoption(owner, magic, (position.sl, position.tp), position.time_msc);
            self.take_over(&position, claim, out);
        }
        self.drop_unsent(Verdict::Stopping, |flow| flow.magic == magic, out);
        let entries = self.book.orders().filter(|order| {
            order.claim.magic == magic && matches!(order.purpose, Purpose::Open(_))
        });
        let entries: Vec<Ticket> = entries.map(|order| order.ticket).collect();
        if !planted!(self, StopIgnoresWorkingOrder) {
            entries
                .into_iter()
                .for_each(|ticket| self.want_removal(ticket, RequestReason::StopCommand));
        }
        if self.registry.ended(magic) == Ended::Closed {
            let open: Vec<Ticket> = self.book.of(magic).map(|holding| holding.ticket).collect();
            open.into_iter().for_each(|ticket| {
                self.want_exit(ticket, RequestReason::StopCommand, Portion::Whole);
            });
        }
    }

    /// Ends entries that wait for another attempt; they are certainly not with the broker.
    pub(in crate::executor) fn drop_unsent(
        &mut self,
        verdict: Verdict,
        whose: impl Fn(&Flow) -> bool,
        out: &mut Vec<Action>,
    ) {
        for number in
            self.flows.numbers(|flow| !flow.is_out() && flow.intent.enters() && whose(flow))
        {
            self.give_up(number, verdict, out);
        }
    }

    /// Withdraws STARTs that wait for their symbol.
    pub(super) fn withdraw_starts(
        &mut self,
        of: impl Fn(&StartStrategy) -> bool,
        out: &mut Vec<Action>,
    ) {
        for (number, waiting) in self.waiting.take_starts(of) {
            self.deadlines.set(Due::Command(number), None);
            let strategy = waiting.strategy.as_ref();
            self.finish(
                &waiting.id,
                ResultStatus::Failed,
                ResultCode::Withdrawn,
                strategy,
                ResultData::None,
                out,
            );
        }
    }

    /// Pauses entries; exits, stops and checks go on. Working entry orders are removed.
    pub(super) fn pause_strategy(
        &mut self,
        strategy: &StrategyId,
        out: &mut Vec<Action>,
    ) -> Result<Said, Said> {
        let said = self.set_state(strategy, StrategyState::Paused)?;
        let magic = self.registry.magic(strategy).expect("what runs is registered");
        self.drop_unsent(Verdict::Paused, |flow| flow.magic == magic, out);
        self.remove_entries(RequestReason::Command, |owner| owner.strategy() == Some(strategy));
        Ok(said)
    }

    pub(super) fn resume_strategy(&mut self, strategy: &StrategyId) -> Result<Said, Said> {
        self.set_state(strategy, StrategyState::Running)
    }

    fn set_state(&mut self, strategy: &StrategyId, state: StrategyState) -> Result<Said, Said> {
        let slot = self.strategies.slot(strategy);
        let running = slot
            .and_then(|slot| self.strategies.get_mut(slot))
            .ok_or((ResultCode::NotRunning, ResultData::None))?;
        if running.state == StrategyState::Stopping {
            return Err((ResultCode::Stopping, ResultData::None));
        }
        running.state = state;
        if state == StrategyState::Running && std::mem::take(&mut running.is_halted) {
            running.counsel.begin_anew();
        }
        Ok(OK)
    }
}

/// Whether the program has a strategy in Rust, and it understands its rules.
fn check_own(own: &Own) -> Checked {
    let code = find(&own.strategy).ok_or_else(|| {
        let known: Vec<&str> = names().collect();
        let known = if known.is_empty() { "it has none".to_owned() } else { known.join(", ") };
        Flaw::of("strategy", format!("the program has no strategy `{}`: {known}", own.strategy))
    })?;
    code.check(own)
}

/// Whether the symbol accepts the entries of a strategy, as far as its specification tells.
fn tradable(spec: &SymbolSpec, start: &StartStrategy) -> Result<(), Said> {
    let refused = |reason: &str| Err((ResultCode::NotTradable, field("symbol", reason)));
    if let Some(flaw) = spec.flaw() {
        return refused(&format!("its specification makes no sense: {flaw}"));
    }
    if matches!(spec.trade_mode, TradeMode::Disabled | TradeMode::CloseOnly) {
        return refused("the broker does not let positions be opened");
    }
    if !spec.order_mode.allows(OrderKind::Market(Side::Buy)) {
        return refused("the symbol takes no market orders (order_mode)");
    }
    if let Some(order) = &start.rules.order
        && !spec.order_mode.allows(order.kind.of(Side::Buy))
    {
        return refused("the symbol takes no such pending orders (order_mode)");
    }
    let exit = &start.rules.exit;
    if exit.wants_stop_loss() && !spec.order_mode.allow_sl()
        || exit.take_profit.is_some() && !spec.order_mode.allow_tp()
    {
        return refused("the symbol takes no such stops (order_mode)");
    }
    if spec.filling_modes().is_empty() {
        return refused(
            "the symbol has no filling mode that a market order may use (filling_mode)",
        );
    }
    Ok(())
}
