//! One session from its first moment to its last, through all its lives.

use crate::domain::amount::Price;
use crate::domain::id::{ContentHash, StrategyId, SymbolId};
use crate::domain::tick::Tick;
use crate::domain::time::Timestamp;
use crate::executor::Executor;
use crate::executor::command::Command;
use crate::executor::command::{CommandContent, CommandEvent, CommandSource};
use crate::executor::event::Operator;
use crate::executor::event::{Event, Life};
use crate::recording::hash::StepHasher;
use crate::session::description::StrategyEntry;
use crate::session::fault::{Fault, FaultKind};
use crate::session::ports::{PortError, TickStream};
use crate::session::run::run;
use crate::sim::broker::SimSummary;
use crate::sim::broker::config::SimBrokerConfig;
use crate::sim::clock::{SETTLE_MS, Scheduled, VirtualClock};
use crate::torture::commands::Commands;
use crate::torture::controls::{Control, Controls};
use crate::torture::counsel::Waverers;
use crate::torture::draw::span::{self, Span};
use crate::torture::facts::Facts;
use crate::torture::found::Findings;
use crate::torture::inbox::Inbox;
use crate::torture::judge::{Judges, RESTORES, RUNS};
use crate::torture::plan::{Act, MemoryTicks, Passing, Restart, SessionPlan, Telling, What, With};
use crate::torture::prices::Prices;
use crate::torture::story::Story;
use crate::torture::subject::Subject;
use crate::torture::tape::{Tape, written_and_read};
use crate::torture::watch::{Observer, Shared};
use crate::torture::world::World;
use crate::wire;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// The outcome of a session.
#[derive(Debug, Clone, Default)]
pub struct SessionOutcome {
    /// Violations and marks.
    pub found: Findings,
    /// The number of requests sent.
    pub orders: u64,
    /// The number of positions closed at the broker.
    pub trades: u64,
    /// The time from the first tick to the last, in milliseconds.
    pub span_ms: i64,
    /// Commands and operator's acts as they were delivered.
    pub delivered: Vec<(Timestamp, Event)>,
    /// What happened, step by step; empty when it is not kept.
    pub story: String,
}

/// The time between things delivered again after a restart.
const AGAIN_MS: u64 = 700;

/// How long the platform may wait before it talks to a process without a state.
const PATIENCE_MS: u64 = 20_000;

/// Runs a session.
///
/// # Errors
/// When the plan does not describe a valid session. The executor is not at fault then.
pub fn drive(
    plan: &SessionPlan,
    ticks: &[Arc<[Tick]>],
    subject: Subject,
) -> Result<SessionOutcome, PortError> {
    let takes_runs = plan.passing != Passing::OneByOne;
    let (mut outcome, end) = drive_once(plan, ticks, subject, takes_runs)?;
    if plan.passing == Passing::BothWays {
        outcome.found.mark("driven-both-ways");
        let (other, one_by_one) = drive_once(plan, ticks, subject, false)?;
        outcome.found.add_violations(other.found);
        if let Some(what) = end.difference(&one_by_one) {
            outcome.found.violate(RUNS, || format!("{what} differs from that of ticks one by one"));
        }
    }
    Ok(outcome)
}

/// What a session comes to, whichever way its ticks come.
struct End {
    executor: Executor,
    actions_hash: ContentHash,
    summary: SimSummary,
    inputs: u64,
}

impl End {
    /// What differs from another end.
    fn difference(&self, other: &Self) -> Option<String> {
        if self.actions_hash != other.actions_hash {
            return Some("the hash of the actions".to_owned());
        }
        if self.inputs != other.inputs {
            return Some(format!("the number of inputs ({}, {})", self.inputs, other.inputs));
        }
        // Compared to the last bit.
        let bits = |end: &Self| end.summary.max_equity_drawdown_percent.to_bits();
        if self.summary != other.summary || bits(self) != bits(other) {
            return Some(format!("the summary ({:?}, {:?})", self.summary, other.summary));
        }
        (self.executor != other.executor).then(|| "the executor's state".to_owned())
    }
}

fn drive_once(
    plan: &SessionPlan,
    ticks: &[Arc<[Tick]>],
    subject: Subject,
    takes_runs: bool,
) -> Result<(SessionOutcome, End), PortError> {
    let mut drive = Drive::new(plan, ticks, subject, takes_runs)?;
    let mut life = Begins {
        executor: subject.fresh(plan.file.executor_config()),
        at: drive.start,
        again: Vec::new(),
    };
    let (mut hasher, mut inputs) = (StepHasher::default(), 0);
    for place in 0..=plan.restarts.len() {
        let restart = plan.restarts.get(place).copied();
        drive.begin(&mut life, restart);
        let mut journal = (&mut hasher, drive.shared.clone());
        let mut broker = drive.shared.clone();
        inputs += run(
            &mut life.executor,
            &mut drive.inbox,
            &mut broker,
            &mut drive.programs,
            &mut (),
            &mut journal,
        )?;
        drive.end_of_life();
        let Some(restart) = restart.filter(|_| drive.inbox.has_ended()) else { break };
        life = drive.restart(restart)?;
    }
    let summary = drive.shared.0.borrow().world.summary();
    let outcome = drive.end(&life.executor);
    let end = End { executor: life.executor, actions_hash: hasher.hash(), summary, inputs };
    Ok((outcome, end))
}

/// A life about to begin.
struct Begins {
    executor: Executor,
    at: Timestamp,
    /// What is delivered once more in it.
    again: Vec<(Timestamp, Event)>,
}

struct Drive<'a> {
    plan: &'a SessionPlan,
    subject: Subject,
    shared: Shared,
    inbox: Inbox,
    programs: Waverers,
    start: Timestamp,
    span_ms: i64,
}

impl<'a> Drive<'a> {
    fn new(
        plan: &'a SessionPlan,
        ticks: &[Arc<[Tick]>],
        subject: Subject,
        takes_runs: bool,
    ) -> Result<Self, PortError> {
        let zone = plan.file.zone.clone();
        let span = Span::of(zone.clone(), ticks);
        let firsts = ticks.iter().filter_map(|ticks| ticks.first());
        let lasts = ticks.iter().filter_map(|ticks| ticks.last());
        let first = firsts.map(|tick| tick.time_msc).min().unwrap_or_default();
        let last = lasts.map(|tick| tick.time_msc).max().unwrap_or_default();
        let start = span.from;
        let config = SimBrokerConfig {
            symbols: plan.specs(),
            account: plan.file.account.clone(),
            model: plan.file.broker.clone(),
            zone: zone.clone(),
            seed: plan.file.seed,
            start,
            subscribed: Some(plan.file.subscribed().len()),
            witness: true,
        };
        let world = World::new(config, &plan.history())?;
        let shared = Shared(Rc::new(RefCell::new(watch(plan, world, takes_runs))));
        let streams = ticks
            .iter()
            .zip(plan.specs())
            .map(|(ticks, spec)| MemoryTicks::new(ticks.clone(), spec.point()))
            .map(|stream| Box::new(stream) as Box<dyn TickStream>)
            .collect();
        let clock = VirtualClock::new(zone, streams, scheduled(plan, start)?, None, SETTLE_MS);
        let late = plan.acts.iter().filter(|act| is_made_late(act)).cloned().collect();
        let inbox = Inbox::new(clock, shared.clone(), late, span.at(span::TO));
        let (programs, span_ms) = (Waverers::new(plan.seed), last.0 - first.0);
        Ok(Self { plan, subject, shared, inbox, programs, start, span_ms })
    }

    /// Begins a life, and its tape.
    fn begin(&mut self, begins: &mut Begins, restart: Option<Restart>) {
        let mut watch = self.shared.0.borrow_mut();
        watch.tape = Tape::new(self.plan.replays, &begins.executor, self.subject);
        watch.keeps_state = restart.is_some();
        drop(watch);
        let life = Event::Life(Box::new(Life { config: self.plan.file.executor_config() }));
        let ends = restart.map(|restart| (restart.at, restart.after_request_ms));
        self.inbox.begin(begins.at, life, ends, std::mem::take(&mut begins.again));
    }

    fn end_of_life(&self) {
        let watch = &mut *self.shared.0.borrow_mut();
        let (step, at) = (watch.facts.step, watch.facts.at);
        watch.found.moment(step, at);
        watch.tape.judge(&mut watch.found);
    }

    /// Lets the process be dead for a while, and returns the next life.
    fn restart(&mut self, restart: Restart) -> Result<Begins, PortError> {
        self.programs.end();
        let at = self.inbox.ended_at().plus_ms(restart.down_ms);
        self.shared.0.borrow_mut().is_dead = true;
        let missed = self.inbox.pass(at)?;
        let watch = &mut *self.shared.0.borrow_mut();
        watch.is_dead = false;
        watch.world.client_restarts(at);
        watch.facts.disturbed = at;
        if let Some(story) = &mut watch.story {
            story.ends(at);
        }
        let durable = watch.durable.take().filter(|_| restart.with == With::State);
        let mut starts = Vec::new();
        let (executor, mut again) = if let Some((step, written)) = durable {
            let executor = match written_and_read(&written) {
                Ok(read) => self.subject.again(read),
                Err(text) => {
                    watch.found.violate(RESTORES, || text);
                    written
                }
            };
            watch.found.mark("life-with-state");
            if executor.view().unknown > 0 {
                watch.found.mark("restart-with-open-unknown");
            }
            watch.durable = Some((step, executor.clone()));
            (executor, watch.forget_after(step))
        } else {
            watch.found.mark("restart-without-state");
            let again = watch.forget();
            starts = self.starts_anew(watch.facts.line)?;
            (self.subject.fresh(self.plan.file.executor_config()), again)
        };
        again.extend(missed);
        again.extend(self.inbox.undelivered());
        let times = (1_u64..).map(|n| at.plus_ms(n * AGAIN_MS));
        // The platform starts strategies at any time: at once, or long after the account was read.
        let patience = if restart.down_ms.is_multiple_of(1_000) { PATIENCE_MS } else { 0 };
        let after = at.plus_ms((again.len() as u64 + 1) * AGAIN_MS + patience);
        let started = (0_u64..).map(|n| after.plus_ms(n * AGAIN_MS)).zip(starts);
        Ok(Begins { executor, at, again: times.zip(again).chain(started).collect() })
    }

    /// The platform's new STARTs, with new ids, for a process without a state, which knows no
    /// strategy.
    fn starts_anew(&self, line: u32) -> Result<Vec<Event>, PortError> {
        let bodies = (0..self.plan.file.strategy.len())
            .map(|index| wire::start::body(&self.plan.file, index));
        bodies
            .map(|body| {
                let body = body?.replacen(wire::start::START_ID, &format!("anew-{line}-"), 1);
                Ok(Event::Command(Box::new(wire::command::parse(CommandSource::Stream, &body))))
            })
            .collect()
    }

    fn end(self, executor: &Executor) -> SessionOutcome {
        let watch = &mut *self.shared.0.borrow_mut();
        let (step, at) = (watch.facts.step, watch.facts.at);
        watch.found.moment(step, at);
        watch.judges.end(
            &watch.facts,
            &watch.world,
            &watch.commands,
            &executor.view(),
            &mut watch.found,
        );
        for (kind, times) in watch.world.fault_counts() {
            watch.found.mark_times(kind, times);
        }
        SessionOutcome {
            found: std::mem::take(&mut watch.found),
            orders: watch.orders,
            trades: watch.facts.positions.values().filter(|held| !held.is_open()).count() as u64,
            span_ms: self.span_ms,
            delivered: std::mem::take(&mut watch.delivered),
            story: watch.story.take().map(Story::into_text).unwrap_or_default(),
        }
    }
}

impl Observer {
    /// A process died, and the next one knows what happened up to `step`. Returns what must be
    /// delivered again: the operator's acts, and the commands without a result.
    fn forget_after(&mut self, step: u64) -> Vec<Event> {
        let lost =
            self.facts.controls.forget_after(step, self.facts.limits.max_open_trades_account);
        self.facts.rules.forget_after(step);
        self.judges.forget_after(step);
        let operated =
            lost.into_iter().filter_map(|control| operator_of(&control)).map(Event::Operator);
        let commands = self
            .commands
            .forget_after(Some(step))
            .into_iter()
            .map(|event| Event::Command(Box::new(event)));
        operated.chain(commands).collect()
    }

    /// A process died, and the next one knows nothing.
    fn forget(&mut self) -> Vec<Event> {
        self.facts.begin_line();
        self.facts.rules.forget();
        self.facts.controls = Controls::new(self.facts.limits.max_open_trades_account);
        self.judges.forget();
        let commands = self.commands.forget_after(None);
        // An old START would start its strategy a second time: the platform sends new ones.
        let is_start = |event: &CommandEvent| matches!(&event.content, CommandContent::Parsed(one) if matches!(one.command, Command::Start(_)));
        commands
            .into_iter()
            .filter(|event| !is_start(event))
            .map(|event| Event::Command(Box::new(event)))
            .collect()
    }
}

const fn operator_of(control: &Control) -> Option<Operator> {
    match control {
        Control::OperatorPause => Some(Operator::Pause),
        Control::OperatorResume => Some(Operator::Resume),
        Control::Kill => Some(Operator::Kill),
        Control::ClearLatch => Some(Operator::ClearKill),
        _ => None,
    }
}

fn watch(plan: &SessionPlan, world: World, takes_runs: bool) -> Observer {
    Observer {
        world,
        facts: Facts::new(
            plan.file.symbols.len(),
            plan.file.limits.clone(),
            plan.file.risk.clone(),
        ),
        commands: Commands::default(),
        judges: Judges::new(&plan.file, is_calm(plan)),
        found: Findings::new(plan.seed),
        symbols: plan.file.symbols.clone(),
        traded: traded(plan),
        login: plan.file.account.login,
        is_dead: false,
        quotes: vec![(Price::ZERO, Price::ZERO); plan.file.symbols.len()],
        tape: Tape::default(),
        durable: None,
        keeps_state: false,
        delivered: Vec::new(),
        orders: 0,
        story: (plan.telling == Telling::Told).then(Story::default),
        prices: Prices::new(&plan.file.symbols),
        troubles: troubles(plan),
        readings_failed: 0,
        next_pass: Timestamp::default(),
        takes_runs,
    }
}

/// Whether nothing goes wrong in a session.
fn is_calm(plan: &SessionPlan) -> bool {
    let broker = &plan.file.broker;
    broker.faults.is_empty()
        && broker.fault_rates.is_empty()
        && plan.restarts.is_empty()
        && plan.empty_books.is_empty()
}

/// The symbol of each strategy.
fn traded(plan: &SessionPlan) -> BTreeMap<StrategyId, SymbolId> {
    let place = |symbol: &String| plan.file.symbols.iter().position(|other| other == symbol);
    let one = |entry: &StrategyEntry| {
        let symbol = u16::try_from(place(entry.symbol.as_ref()?)?).ok()?;
        Some((entry.id.as_str().into(), SymbolId(symbol)))
    };
    plan.file.strategy.iter().filter_map(one).collect()
}

/// The spans in which the plan makes it impossible to trade, or to know what a trade would cost.
fn troubles(plan: &SessionPlan) -> Vec<(Timestamp, Timestamp)> {
    let lasts = |fault: &Fault| {
        let from = fault.at?;
        let for_ms = match &fault.kind {
            FaultKind::LinkDown { for_ms, .. }
            | FaultKind::SpecBroken { for_ms }
            | FaultKind::StopsLevel { for_ms, .. }
            | FaultKind::FreezeLevel { for_ms, .. }
            | FaultKind::MarketShut { for_ms }
            | FaultKind::TradingForbidden { for_ms } => *for_ms,
            _ => return None,
        };
        Some((from, from.plus_ms(for_ms)))
    };
    let mut zone = plan.file.zone.clone();
    let empty = plan
        .empty_books
        .iter()
        .map(|book| (zone.to_utc(book.from_msc), zone.to_utc(book.until_msc)));
    plan.file.broker.faults.iter().filter_map(lasts).chain(empty).collect()
}

/// Whether an act waits for something, or depends on what exists when its time comes.
const fn is_made_late(act: &Act) -> bool {
    act.after_request_ms.is_some() || matches!(act.what, What::Late(_) | What::Again(_))
}

/// The session's own STARTs, and the commands whose text is known beforehand.
fn scheduled(plan: &SessionPlan, start: Timestamp) -> Result<Vec<Scheduled>, PortError> {
    let mut all = Vec::with_capacity(plan.acts.len() + plan.file.strategy.len());
    for (index, entry) in plan.file.strategy.iter().enumerate() {
        let body = wire::start::body(&plan.file, index)?;
        let event = Event::Command(Box::new(wire::command::parse(CommandSource::Session, &body)));
        all.push(Scheduled { at: entry.at.unwrap_or(start), event });
    }
    for act in &plan.acts {
        let event = match &act.what {
            _ if is_made_late(act) => continue,
            What::Body(body) => {
                Event::Command(Box::new(wire::command::parse(CommandSource::Stream, body)))
            }
            What::Operator(operator) => Event::Operator(*operator),
            What::Source(news) => Event::Source(news.clone()),
            What::Late(_) | What::Again(_) => continue,
        };
        all.push(Scheduled { at: act.at, event });
    }
    Ok(all)
}
