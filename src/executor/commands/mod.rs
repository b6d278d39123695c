//! Commands: each gets exactly one final result, and acts once (executor 2.3). They begin here;
//! those that take time wait in [`waiting`](super::waiting).

mod account;
mod copying;
mod order;
mod position;
mod query;
mod strategy;

use super::Executor;
use super::ledger::{First, Harm, Seen};
use super::plant::planted;
use crate::domain::id::{CommandId, StrategyId};
use crate::domain::retcode::Retcode;
use crate::executor::action::{
    Action, Alert, AlertCode, CommandResult, ResultCode, ResultData, ResultStatus, Severity,
};
use crate::executor::command::{
    Command, CommandContent, CommandEvent, Envelope, Malformed, MalformedKind,
};

/// A result code and the values that belong to it.
pub(super) type Said = (ResultCode, ResultData);

/// The immediate outcome of a command.
enum Reply {
    /// The command is done.
    Done(Said),
    /// The command is refused.
    Refused(Said),
    /// The command waits; its result comes later.
    Waits,
}

impl From<Result<Said, Said>> for Reply {
    fn from(outcome: Result<Said, Said>) -> Self {
        match outcome {
            Ok(done) => Self::Done(done),
            Err(refused) => Self::Refused(refused),
        }
    }
}

/// Done, without further values.
const OK: Said = (ResultCode::Ok, ResultData::None);

impl Executor {
    /// Takes a command, whether it could be read or not.
    pub(super) fn on_command(&mut self, event: &CommandEvent, out: &mut Vec<Action>) {
        let (id, created) = match &event.content {
            CommandContent::Parsed(envelope) => (Some(&envelope.id), envelope.created),
            CommandContent::Malformed(malformed) => (malformed.id.as_ref(), None),
        };
        let Some(id) = id else { return command_alert(AlertCode::MalformedCommand, event, out) };
        match self.ledger.look_up(id, event.body_hash, created) {
            Seen::Pending => {}
            Seen::Done(_) if planted!(self, DuplicateCommandActedOn) => self.act_again(event, out),
            Seen::OtherBody if planted!(self, IdReuseActedOn) => self.act_again(event, out),
            Seen::Done(result) => out.push(Action::Result(Box::new(result))),
            Seen::OtherBody => {
                command_alert(AlertCode::CommandIdReused, event, out);
                out.push(failed_unkept(id, ResultCode::IdReused));
            }
            // A command that reduces risk is never too old.
            Seen::Forgotten if !reduces_risk(&event.content) || planted!(self, StopTooOld) => {
                out.push(failed_unkept(id, ResultCode::TooOld));
            }
            Seen::Repeated if !planted!(self, ForgottenCommandActedOn) => {
                out.push(failed_unkept(id, ResultCode::TooOld));
            }
            Seen::Forgotten | Seen::Repeated | Seen::Never => {
                let limits = &self.config.limits;
                let first =
                    First { body_hash: event.body_hash, created, harm: harm(&event.content) };
                self.ledger.begin(id, first, self.now, limits.ledger_ids_max, limits.ledger_age_ms);
                match &event.content {
                    CommandContent::Malformed(malformed) => {
                        self.on_malformed(id, malformed, event, out);
                    }
                    CommandContent::Parsed(envelope) => self.on_envelope(envelope, out),
                }
            }
        }
    }

    /// A mistake to plant: a command is carried out again.
    fn act_again(&mut self, event: &CommandEvent, out: &mut Vec<Action>) {
        if let CommandContent::Parsed(envelope) = &event.content {
            self.ledger.forget(&envelope.id);
            self.on_command(event, out);
        }
    }

    fn on_malformed(
        &mut self,
        id: &CommandId,
        malformed: &Malformed,
        event: &CommandEvent,
        out: &mut Vec<Action>,
    ) {
        let code = match malformed.kind {
            MalformedKind::Malformed => ResultCode::Malformed,
            MalformedKind::Unsupported => ResultCode::Unsupported,
        };
        command_alert(AlertCode::MalformedCommand, event, out);
        let data = field(&malformed.path, &malformed.reason);
        self.finish(id, ResultStatus::Failed, code, None, data, out);
    }

    fn on_envelope(&mut self, envelope: &Envelope, out: &mut Vec<Action>) {
        let Envelope { id, command, .. } = envelope;
        let strategy = strategy_of(command);
        let reply = match self.outdated(envelope) {
            Some(code) => Reply::Refused((code, ResultData::None)),
            None => self.carry_out(id, command, out),
        };
        match reply {
            Reply::Done((code, data)) => {
                self.finish(id, ResultStatus::Executed, code, strategy, data, out);
            }
            Reply::Refused((code, data)) => {
                self.finish(id, ResultStatus::Failed, code, strategy, data, out);
            }
            Reply::Waits => {}
        }
    }

    /// Why a command comes too late; none when it does not.
    fn outdated(&self, envelope: &Envelope) -> Option<ResultCode> {
        let Envelope { created, expires, command, .. } = envelope;
        let older = |limit| created.is_some_and(|created| created < limit);
        let too_old = created
            .is_some_and(|created| created.plus_ms(self.config.limits.ledger_age_ms) < self.now);
        let before_memory = command.enters() && self.remembers_from.is_some_and(older);
        if (!command.reduces_risk() || planted!(self, StopTooOld)) && too_old || before_memory {
            Some(ResultCode::TooOld)
        } else if command.can_expire() && expires.is_some_and(|expires| expires < self.now) {
            Some(ResultCode::Expired)
        } else {
            None
        }
    }

    fn carry_out(&mut self, id: &CommandId, command: &Command, out: &mut Vec<Action>) -> Reply {
        match command {
            Command::Start(start) => self.start(id, start, out),
            Command::Update(update) => self.update(update, out).into(),
            Command::Stop { strategy, positions } => self.stop(id, strategy, *positions, out),
            Command::Pause { strategy } => self.pause_strategy(strategy, out).into(),
            Command::Resume { strategy } => self.resume_strategy(strategy).into(),
            Command::StopAll { positions } => self.stop_all(id, *positions, out),
            Command::PauseAll => self.pause_all(out),
            Command::ResumeAll => self.resume_all(),
            Command::EmergencyStop { reason } => self.emergency_stop(id, reason, out),
            Command::Open(open) => self.open_position(id, open, out),
            Command::Place(place) => self.place_order(id, place, out),
            Command::CancelOrder { order } => self.cancel_order(id, *order),
            Command::ModifyOrder(change) => self.modify_order(id, change, out),
            Command::Close { position, volume, by } => {
                self.close_position(id, *position, *volume, *by)
            }
            Command::ModifyPosition { position, sl, tp } => {
                self.modify_position(id, *position, (*sl, *tp), out)
            }
            Command::CloseMany(filter) => self.close_many(id, filter),
            Command::RiskUpdate { strategy: Some(strategy), max_open_trades, limits } => {
                self.risk_update_of(strategy, *max_open_trades, *limits).into()
            }
            Command::RiskUpdate { strategy: None, max_open_trades, limits } => {
                self.risk_update(*max_open_trades, *limits).into()
            }
            Command::CopyAdd(copying) => self.copy_add(copying, out).into(),
            Command::CopyUpdate { source, allocation } => {
                self.copy_update(source, *allocation).into()
            }
            Command::Ping => Reply::Done(OK),
            Command::GetStatus => {
                Reply::Done((ResultCode::Ok, ResultData::Status(Box::new(self.status()))))
            }
            Command::GetPositions => self.positions().into(),
            Command::GetAccount => self.account_info().into(),
            Command::GetSymbol { symbol } => self.symbol_info(symbol).into(),
            Command::GetOrderStatus { client_order_id } => self.status_of(client_order_id).into(),
            Command::GetExecutionSummary => {
                Reply::Done((ResultCode::Ok, ResultData::Summary(Box::new(self.history.summary))))
            }
        }
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
        self.finish_with(id, (status, code), strategy, data, None, out);
    }

    /// Stores and reports the one final result of a command, with the trade server's last return
    /// code.
    pub(super) fn finish_with(
        &mut self,
        id: &CommandId,
        (status, code): (ResultStatus, ResultCode),
        strategy: Option<&StrategyId>,
        data: ResultData,
        retcode: Option<Retcode>,
        out: &mut Vec<Action>,
    ) {
        let result = CommandResult {
            id: id.clone(),
            status,
            code,
            strategy: strategy.cloned(),
            data,
            retcode,
        };
        self.ledger.finish(id, &result);
        out.push(Action::Result(Box::new(result)));
    }
}

impl Executor {
    /// The refusal of something unknown. Before the account has been read, nobody can say that it
    /// does not exist.
    const fn not_known(&self, code: ResultCode) -> Said {
        (if self.link.read_in_life { code } else { ResultCode::NotReady }, ResultData::None)
    }
}

/// The strategy that a command's result names.
const fn strategy_of(command: &Command) -> Option<&StrategyId> {
    match command {
        Command::Start(start) => Some(&start.strategy),
        Command::Update(update) => Some(&update.strategy),
        Command::Stop { strategy, .. }
        | Command::Pause { strategy }
        | Command::Resume { strategy }
        | Command::CloseMany(super::command::CloseFilter::Strategy(strategy)) => Some(strategy),
        Command::RiskUpdate { strategy, .. } => strategy.as_ref(),
        _ => None,
    }
}

const fn reduces_risk(content: &CommandContent) -> bool {
    matches!(content, CommandContent::Parsed(envelope) if envelope.command.reduces_risk())
}

const fn harm(content: &CommandContent) -> Harm {
    let CommandContent::Parsed(envelope) = content else { return Harm::None };
    match &envelope.command {
        Command::Close { volume: Some(_), .. } => Harm::Exit,
        command if command.reduces_risk() || command.only_asks() => Harm::None,
        _ => Harm::Entry,
    }
}

/// Which field is wrong, and how.
pub(super) fn field(path: &str, reason: &str) -> ResultData {
    ResultData::Field { path: path.to_owned(), reason: reason.to_owned() }
}

/// A failure that is not the final result of the id, and therefore is not kept.
fn failed_unkept(id: &CommandId, code: ResultCode) -> Action {
    let result = CommandResult {
        id: id.clone(),
        status: ResultStatus::Failed,
        code,
        strategy: None,
        data: ResultData::None,
        retcode: None,
    };
    Action::Result(Box::new(result))
}

/// Raises an alert that names the command and, if it cannot be read, the wrong field.
fn command_alert(code: AlertCode, event: &CommandEvent, out: &mut Vec<Action>) {
    let (command, path) = match &event.content {
        CommandContent::Parsed(envelope) => (Some(envelope.id.clone()), None),
        CommandContent::Malformed(malformed) => {
            (malformed.id.clone(), Some(malformed.path.clone()))
        }
    };
    out.push(Alert { command, path, ..Alert::new(Severity::Warning, code) }.into());
}
