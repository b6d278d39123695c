//! Commands: each gets exactly one final result, and acts once (executor 2.3).

use super::Executor;
use super::ledger::Seen;
use super::market::Need;
use super::strategies::{PendingUpdate, Strategy};
use crate::domain::id::{CommandId, Magic, StrategyId, SymbolId};
use crate::domain::symbol::{SymbolSpec, TradeMode};
use crate::executor::action::{
    Action, Alert, AlertCode, CommandResult, EffectiveSettings, ResultCode, ResultData, ResultStatus, Severity, StrategyState,
};
use crate::executor::command::{
    Command, CommandContent, CommandEvent, Envelope, Malformed, MalformedKind, OnStop, Options, Settings, StartStrategy, UpdateStrategy,
};
use crate::risk::sizing::fixed_lots;
use crate::strategy::rules::Rules;

/// Why a command fails: a code and the figures that belong to it.
type Refusal = (ResultCode, ResultData);

impl Executor {
    /// A command, understood or not.
    pub(super) fn on_command(&mut self, event: &CommandEvent, out: &mut Vec<Action>) {
        let (id, created) = match &event.content {
            CommandContent::Parsed(envelope) => (Some(&envelope.id), envelope.created),
            CommandContent::Malformed(malformed) => (malformed.id.as_ref(), None),
        };
        let Some(id) = id else { return command_alert(AlertCode::MalformedCommand, out) };
        match self.ledger.look_up(id, event.body_hash, created) {
            Seen::Pending => {}
            Seen::Done(result) => out.push(Action::Result(Box::new(result))),
            Seen::OtherBody => {
                command_alert(AlertCode::CommandIdReused, out);
                out.push(failed_unkept(id, ResultCode::IdReused));
            }
            Seen::Forgotten => out.push(failed_unkept(id, ResultCode::TooOld)),
            Seen::Never => {
                let limits = &self.config.limits;
                self.ledger.begin(id, event.body_hash, self.now, limits.ledger_ids_max, limits.ledger_age_msc);
                match &event.content {
                    CommandContent::Malformed(malformed) => self.on_malformed(id, malformed, out),
                    CommandContent::Parsed(envelope) => self.on_envelope(envelope, out),
                }
            }
        }
    }

    fn on_malformed(&mut self, id: &CommandId, malformed: &Malformed, out: &mut Vec<Action>) {
        let code = match malformed.kind {
            MalformedKind::Malformed => ResultCode::Malformed,
            MalformedKind::Unsupported => ResultCode::Unsupported,
        };
        command_alert(AlertCode::MalformedCommand, out);
        let data = field(&malformed.path, &malformed.reason);
        self.finish(id, ResultStatus::Failed, code, None, data, out);
    }

    fn on_envelope(&mut self, envelope: &Envelope, out: &mut Vec<Action>) {
        let Envelope { id, created, expires, command, .. } = envelope;
        let too_old = created.is_some_and(|created| created.plus_msc(self.config.limits.ledger_age_msc) < self.now);
        let expired = command.can_expire() && expires.is_some_and(|expires| expires < self.now);
        if too_old {
            return self.finish(id, ResultStatus::Failed, ResultCode::TooOld, None, ResultData::None, out);
        }
        if expired {
            return self.finish(id, ResultStatus::Failed, ResultCode::Expired, None, ResultData::None, out);
        }
        match command {
            Command::Start(start) => {
                let outcome = self.start(start, out);
                self.conclude(id, &start.strategy, outcome, out);
            }
            Command::Update(update) => {
                let outcome = self.update(update, out);
                self.conclude(id, &update.strategy, outcome, out);
            }
            Command::Stop { strategy, positions } => self.stop(id, strategy, *positions, out),
            Command::Pause { strategy } => {
                let outcome = self.set_state(strategy, StrategyState::Paused);
                self.conclude(id, strategy, outcome, out);
            }
            Command::Resume { strategy } => {
                let outcome = self.set_state(strategy, StrategyState::Running);
                self.conclude(id, strategy, outcome, out);
            }
            Command::Ping => self.finish(id, ResultStatus::Executed, ResultCode::Ok, None, ResultData::None, out),
            Command::GetStatus => {
                let data = ResultData::Status(Box::new(self.status()));
                self.finish(id, ResultStatus::Executed, ResultCode::Ok, None, data, out);
            }
        }
    }

    fn conclude(&mut self, id: &CommandId, strategy: &StrategyId, outcome: Result<Refusal, Refusal>, out: &mut Vec<Action>) {
        let (status, (code, data)) = match outcome {
            Ok(done) => (ResultStatus::Executed, done),
            Err(refusal) => (ResultStatus::Failed, refusal),
        };
        self.finish(id, status, code, Some(strategy), data, out);
    }

    /// Stores and reports the one final result of a command.
    pub(super) fn finish(
        &mut self,
        id: &CommandId,
        status: ResultStatus,
        code: ResultCode,
        strategy: Option<&StrategyId>,
        data: ResultData,
        out: &mut Vec<Action>,
    ) {
        let result = CommandResult { id: id.clone(), status, code, strategy: strategy.cloned(), data };
        self.ledger.finish(id, &result);
        out.push(Action::Result(Box::new(result)));
    }

    fn start(&mut self, start: &StartStrategy, out: &mut Vec<Action>) -> Result<Refusal, Refusal> {
        if let Some(running) = self.strategies.slot(&start.strategy).and_then(|slot| self.strategies.get(slot)) {
            return self.start_again(running, start);
        }
        let symbol = self.symbols.iter().position(|known| known.name == start.symbol);
        let symbol =
            symbol.ok_or_else(|| (ResultCode::UnknownSymbol, field("symbol", &format!("`{}` is not in this session", start.symbol))))?;
        let spec = self.symbols[symbol].spec.as_ref().ok_or((ResultCode::NotReady, ResultData::None))?;
        if matches!(spec.trade_mode, TradeMode::Disabled | TradeMode::CloseOnly) {
            return Err((ResultCode::NotTradable, field("symbol", "the broker does not let positions be opened")));
        }
        if self.strategies.len() >= self.config.limits.strategies_max {
            return Err((ResultCode::BadRules, field("strategyId", "as many strategies run as the executor allows")));
        }
        let magic = self.registry.register(&start.strategy);
        let effective = self.effective(spec, &start.rules, start.settings, start.options, magic)?;
        let symbol = SymbolId(u16::try_from(symbol).unwrap_or(u16::MAX));
        let slot = self.strategies.free_slot();
        let feed = self.feed(symbol, start.timeframe);
        let cursor = self.symbols[symbol.index()].cursor;
        let entry = &start.rules.entry;
        let need = self.feeds[usize::from(feed)].watch(slot, (entry.fast, entry.slow), entry.direction, effective.warmup_bars, cursor);
        self.ask(feed, need, out);
        self.strategies.insert(
            slot,
            Strategy {
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
                stops: Vec::new(),
                on_stop: OnStop::Close,
                stopped: Vec::new(),
            },
        );
        Ok((ResultCode::Ok, ResultData::Effective(effective)))
    }

    /// START of what runs already: no change when it is the same, refused when it is not.
    fn start_again(&self, running: &Strategy, start: &StartStrategy) -> Result<Refusal, Refusal> {
        let same_symbol = self.symbols[running.symbol.index()].name == start.symbol;
        let same = same_symbol && running.timeframe == start.timeframe && running.rules_hash == start.rules_hash;
        if running.state == StrategyState::Stopping {
            Err((ResultCode::Stopping, ResultData::None))
        } else if same && running.settings == start.settings && running.options == start.options {
            Ok((ResultCode::AlreadyRunningSame, ResultData::Effective(running.effective)))
        } else {
            Err((ResultCode::AlreadyRunning, ResultData::None))
        }
    }

    /// What holds after all precedence: settings, then rules, then defaults; caps over everything.
    fn effective(
        &self,
        spec: &SymbolSpec,
        rules: &Rules,
        settings: Settings,
        options: Options,
        magic: Magic,
    ) -> Result<EffectiveSettings, Refusal> {
        let limits = &self.config.limits;
        let wanted = [settings.lots, rules.risk.lots, limits.lots_default];
        let lots =
            fixed_lots(&wanted, limits.lots_max, spec).map_err(|error| (ResultCode::BadRules, field("lotSize", &error.to_string())))?;
        let pipless = spec.pip_size().is_none() && (rules.exit.stop_loss.is_some() || rules.exit.take_profit.is_some());
        if pipless {
            return Err((ResultCode::BadRules, field("exit", "the symbol has no pip: its specification must state one")));
        }
        let own = rules.entry.fast.warmup_bars().max(rules.entry.slow.warmup_bars());
        let warmup_bars = options.warmup_bars.unwrap_or(own);
        if warmup_bars.max(own) > limits.history_bars_max {
            return Err((ResultCode::BadRules, field("options.warmupBars", "more bars than may be asked for")));
        }
        let max_open_trades = settings.max_open_trades.or(rules.risk.max_open_trades).unwrap_or(limits.max_open_trades_default);
        Ok(EffectiveSettings { lots, max_open_trades, warmup_bars, magic })
    }

    fn update(&mut self, update: &UpdateStrategy, out: &mut Vec<Action>) -> Result<Refusal, Refusal> {
        let slot = self.strategies.slot(&update.strategy);
        let running = slot.and_then(|slot| self.strategies.get(slot)).ok_or((ResultCode::NotRunning, ResultData::None))?;
        if running.state == StrategyState::Stopping {
            return Err((ResultCode::Stopping, ResultData::None));
        }
        let symbol = &self.symbols[running.symbol.index()];
        if update.symbol.as_ref().is_some_and(|name| *name != symbol.name) {
            return Err((ResultCode::CannotChange, field("symbol", "a running strategy keeps its symbol: STOP and START it")));
        }
        if update.timeframe.is_some_and(|timeframe| timeframe != running.timeframe) {
            return Err((ResultCode::CannotChange, field("timeframe", "a running strategy keeps its timeframe: STOP and START it")));
        }
        let spec = symbol.spec.as_ref().ok_or((ResultCode::NotReady, ResultData::None))?;
        // An update that waits is what the next one goes on from.
        let waiting = running.update.as_deref();
        let base_rules = waiting.map_or((&running.rules, running.rules_hash), |waiting| (&waiting.rules, waiting.rules_hash));
        let (rules, rules_hash) = update.rules.as_ref().map_or(base_rules, |(rules, hash)| (rules, *hash));
        let settings = waiting.map_or(running.settings, |waiting| waiting.settings).merged(update.settings);
        let effective = self.effective(spec, rules, settings, running.options, running.magic())?;
        let (rules, feed, cursor) = (rules.clone(), running.feed, symbol.cursor);
        let (lines, bars) = ((rules.entry.fast, rules.entry.slow), &mut self.feeds[usize::from(feed)]);
        let need: Need = bars.prepare(lines, effective.warmup_bars, cursor);
        let timeframe = bars.timeframe;
        let from_bar_msc = bars.forming().map(|bar| timeframe.span(bar.time_msc).1);
        self.ask(feed, need, out);
        if let Some(running) = slot.and_then(|slot| self.strategies.get_mut(slot)) {
            running.update = Some(Box::new(PendingUpdate { rules, rules_hash, settings, effective, from_bar_msc }));
        }
        Ok((ResultCode::Ok, ResultData::Updated { from_bar_msc, effective }))
    }

    fn stop(&mut self, id: &CommandId, strategy: &StrategyId, positions: OnStop, out: &mut Vec<Action>) {
        match self.strategies.slot(strategy) {
            Some(slot) => self.begin_stop(slot, id, positions, out),
            None => self.finish(id, ResultStatus::Executed, ResultCode::NotRunning, Some(strategy), ResultData::None, out),
        }
    }

    fn set_state(&mut self, strategy: &StrategyId, state: StrategyState) -> Result<Refusal, Refusal> {
        let slot = self.strategies.slot(strategy);
        let running = slot.and_then(|slot| self.strategies.get_mut(slot)).ok_or((ResultCode::NotRunning, ResultData::None))?;
        if running.state == StrategyState::Stopping {
            return Err((ResultCode::Stopping, ResultData::None));
        }
        running.state = state;
        Ok((ResultCode::Ok, ResultData::None))
    }
}

fn field(path: &str, reason: &str) -> ResultData {
    ResultData::Field { path: path.to_owned(), reason: reason.to_owned() }
}

/// A failure that is not the id's own final result, and therefore is not kept.
fn failed_unkept(id: &CommandId, code: ResultCode) -> Action {
    let result = CommandResult { id: id.clone(), status: ResultStatus::Failed, code, strategy: None, data: ResultData::None };
    Action::Result(Box::new(result))
}

fn command_alert(code: AlertCode, out: &mut Vec<Action>) {
    out.push(Alert::new(Severity::Warning, code).into());
}
