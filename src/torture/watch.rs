//! The observer: it stands behind the ports of the broker and the journal, tells the facts to the
//! judges, and keeps what restarts and replays need.

use crate::domain::id::{StrategyId, SymbolId};
use crate::domain::tick::Tick;
use crate::domain::time::Timestamp;
use crate::executor::Executor;
use crate::executor::action::{
    Action, CommandResult, DataRequest, Report, ResultCode, ResultStatus, Trade,
};
use crate::executor::command::{Command, CommandEvent, StartStrategy};
use crate::executor::event::{Event, Operator};
use crate::market::quiet::Quiet;
use crate::market::run::Run;
use crate::session::ports::{Broker, Heard, Journal, Passed, PortError, Step};
use crate::strategy::copying::Copying;
use crate::torture::commands::{Commands, Delivery};
use crate::torture::controls::Control;
use crate::torture::facts::{Facts, Quoted};
use crate::torture::found::Findings;
use crate::torture::judge::{Judges, portfolio, results, stopping};
use crate::torture::marks;
use crate::torture::plan::forgets;
use crate::torture::prices::Prices;
use crate::torture::story::Story;
use crate::torture::tape::Tape;
use crate::torture::world::World;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// All that is known of a session while it runs.
#[derive(Debug)]
pub struct Observer {
    /// The broker.
    pub world: World,
    /// What happened.
    pub facts: Facts,
    /// The commands delivered so far.
    pub commands: Commands,
    /// The judges.
    pub judges: Judges,
    /// What was found so far.
    pub found: Findings,
    /// The account number.
    pub login: u64,
    /// The symbol of each strategy.
    pub traded: BTreeMap<StrategyId, SymbolId>,
    /// Whether no process is running, so that nothing is heard.
    pub is_dead: bool,
    /// The names of the symbols.
    pub symbols: Vec<String>,
    /// What the broker has quoted, heard or not.
    pub prices: Prices,
    /// The last quote of each symbol.
    pub quotes: Vec<Quoted>,
    /// The inputs of this life.
    pub tape: Tape,
    /// The state that was last written, with its step; kept in sessions with restarts.
    pub durable: Option<(u64, Executor)>,
    /// Whether there are restarts to come.
    pub keeps_state: bool,
    /// Commands and operator's acts as they were delivered, for the folder of a failing session.
    pub delivered: Vec<(Timestamp, Event)>,
    /// The number of requests sent.
    pub orders: u64,
    /// The story, if it is kept.
    pub story: Option<Story>,
    /// The spans in which the plan makes it impossible to trade.
    pub troubles: Vec<(Timestamp, Timestamp)>,
    /// The number of readings of the account that had failed at the last look.
    pub readings_failed: u64,
    /// When the slow checks are made next.
    pub next_pass: Timestamp,
    /// Whether ticks come as quiet runs where they can.
    pub takes_runs: bool,
}

/// The time between two slow checks.
const PASS_MS: u64 = 5_000;

impl Observer {
    /// Takes a step: the event first, then the actions in their order.
    fn step(&mut self, step: &Step<'_>) {
        self.facts.step += 1;
        self.facts.at = step.at;
        self.tape.push(step);
        if let Event::Tick(tick) = step.event {
            self.quotes[tick.symbol.index()] = (tick.bid, tick.ask);
            self.facts.tick(tick);
            self.judges.soundness.tick(tick, &mut self.found);
            if !self.judges.losses.is_idle() {
                self.judges.losses.tick(&self.facts, &self.world);
            }
            self.judges.own_limits.tick(&self.facts, &self.world, &self.quotes);
            self.judges.conditions.tick(&self.facts, &self.world);
            if step.at >= self.next_pass {
                self.pass();
            }
        } else {
            self.found.moment(self.facts.step, step.at);
            self.judges.gaps.event(step.event, self.login);
            self.judges.soundness.event(step.event);
            self.judges.moments.event(step.event);
            self.event(step.at, step.event);
        }
        if let Some(story) = &mut self.story {
            story.step(self.facts.step, step);
        }
        if !step.actions.is_empty() {
            self.actions(step);
        }
    }

    /// Takes a quiet run.
    fn pass_run(&mut self, passed: &Passed<'_>) {
        let last = *passed.run.last();
        self.facts.step += passed.run.count() as u64;
        self.facts.at = self.facts.at.max(passed.last_at);
        self.tape.push_run(passed);
        self.quotes[last.symbol.index()] = (last.bid, last.ask);
        self.facts.tick(&last);
        self.judges.soundness.tick(&last, &mut self.found);
        if !self.judges.losses.is_idle() {
            self.judges.losses.tick(&self.facts, &self.world);
        }
        self.judges.own_limits.tick(&self.facts, &self.world, &self.quotes);
        self.judges.conditions.tick(&self.facts, &self.world);
        self.found.mark("quiet-run");
        if self.facts.at >= self.next_pass {
            self.pass();
        }
    }

    /// Makes the slow checks when they are due.
    #[cold]
    fn pass(&mut self) {
        let at = self.facts.at;
        self.next_pass = at.plus_ms(PASS_MS);
        let failed = self.world.readings_failed();
        let is_troubled = self.troubles.iter().any(|(from, until)| *from <= at && at <= *until);
        if is_troubled || failed > self.readings_failed || !self.world.is_linked() {
            self.facts.disturbed = at;
        }
        self.readings_failed = failed;
        self.found.moment(self.facts.step, at);
        self.judges.look(&self.facts, &self.prices, &self.world, &mut self.found);
    }

    #[cold]
    fn event(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::Command(command) => {
                self.delivered.push((at, event.clone()));
                self.command(command);
            }
            Event::Operator(operator) => {
                self.delivered.push((at, event.clone()));
                marks::operator(*operator, &mut self.found);
                self.control(match operator {
                    Operator::Pause => Control::OperatorPause,
                    Operator::Resume => Control::OperatorResume,
                    Operator::Kill => Control::Kill,
                    Operator::ClearKill => Control::ClearLatch,
                });
            }
            Event::Source(news) => {
                self.found.mark("source-told");
                self.judges.copies.source(self.facts.step, at, news);
            }
            _ => marks::event(event, &mut self.found),
        }
    }

    fn control(&mut self, control: Control) {
        self.facts.controls.receive(self.facts.step, self.facts.server_msc, control);
        self.judges.exits.stopped(&self.facts);
    }

    fn command(&mut self, event: &CommandEvent) {
        let delivery = self.commands.deliver(self.facts.step, event);
        marks::command(event, delivery, &mut self.found);
        let crate::executor::command::CommandContent::Parsed(envelope) = &event.content else {
            return;
        };
        if delivery != Delivery::First {
            return;
        }
        self.judges.command(&self.facts, &self.symbols, envelope);
        if let Some(control) = control_of(&envelope.command) {
            self.control(control);
        }
    }

    #[cold]
    fn actions(&mut self, step: &Step<'_>) {
        self.found.moment(self.facts.step, step.at);
        self.judges.notes.step(self.facts.line, step, &mut self.found);
        let losses = &mut self.judges.losses;
        losses.step(&self.facts, step, &self.world, &mut self.judges.exits, &mut self.found);
        let seen = (&self.world, &self.quotes[..]);
        let own_limits = &mut self.judges.own_limits;
        own_limits.step(&self.facts, step, seen, &mut self.judges.exits, &mut self.found);
        self.judges.conditions.step(&self.facts, step, &mut self.found);
        // An answer says first what it leaves, and then what it enters.
        self.advised(step);
        self.judges.overtaken.step(&self.facts, step, &mut self.judges.exits);
        let traded = &self.traded;
        self.judges.gaps.actions(step, |strategy| traded.get(strategy).copied(), &mut self.found);
        marks::actions(step.actions, &mut self.found);
        let mut is_durable = false;
        for action in step.actions {
            match action {
                Action::Trade(trade) => {
                    self.orders += 1;
                    is_durable = true;
                    let place = self.facts.send(trade);
                    let equity = self.judges.losses.certain_equity(&self.facts, &self.world);
                    let at = (&self.world, &self.symbols[..]);
                    portfolio::sent(&self.facts, at, (place, equity), &mut self.found);
                    self.judges.copies.sent(&self.facts, at, place, &mut self.found);
                    let sizes = &mut self.judges.sizes;
                    sizes.sent(&self.facts, &self.symbols, (place, equity), &mut self.found);
                    self.judges.sent(
                        &self.facts,
                        &self.commands,
                        &self.symbols,
                        place,
                        &mut self.found,
                    );
                }
                Action::Result(result) => {
                    is_durable = true;
                    self.result(result);
                }
                Action::Report(report) => {
                    marks::report(report, &mut self.found);
                    self.judges.reports.report(&self.facts, report);
                    if let Report::Opened(opened) = &**report {
                        self.facts.take_over(opened.position);
                    }
                }
                Action::Data(_) | Action::Ask(_) | Action::Note(_) => {}
            }
        }
        if is_durable && self.keeps_state {
            self.durable = Some((self.facts.step, step.executor.clone()));
        }
    }

    fn advised(&mut self, step: &Step<'_>) {
        let Judges { advised, overtaken, exits, .. } = &mut self.judges;
        advised.step(&self.facts, step, (overtaken, exits), &mut self.found);
    }

    fn result(&mut self, result: &CommandResult) {
        if !results::result(
            &mut self.commands,
            result,
            forgets(&self.facts.limits),
            &mut self.found,
        ) {
            return;
        }
        marks::result(result, &mut self.found);
        let Some(command) = self.commands.get(&result.id) else { return };
        stopping::result(&self.facts, command, result, &mut self.found);
        self.judges.asked.result(
            &self.facts,
            (&self.world, &self.symbols),
            command,
            result,
            &mut self.found,
        );
        self.judges.exits.result(result);
        self.judges.changes.result(&self.facts, &self.world, command, result);
        self.judges.stops.result(&self.facts, &self.world, command, result, &mut self.found);
        if result.status == ResultStatus::Executed
            && result.code == ResultCode::Ok
            && let Some(envelope) = command.envelope()
        {
            marks::executed(&envelope.command, &mut self.found);
            self.facts.rules.executed(self.facts.step, &envelope.command);
            self.judges.copies.executed(self.facts.step, &envelope.command);
            if let Command::Start(start) = &envelope.command {
                self.judges.advised.started(&start.strategy);
            }
            self.judges.own_limits.executed(&self.facts, &envelope.command);
            self.judges.losses.executed(&envelope.command);
            if let Some(control) = self.control_of_executed(&envelope.command) {
                self.control(control);
            }
        }
    }

    fn control_of_executed(&self, command: &Command) -> Option<Control> {
        let default = self.facts.limits.max_open_trades_default;
        match command {
            Command::Start(start) => {
                Some(Control::Started(start.strategy.clone(), cap_of_start(start, default)))
            }
            Command::Update(update) => {
                let by_rules =
                    || update.rules.as_ref().and_then(|(rules, _)| rules.risk.max_open_trades);
                let strategy = || update.strategy.clone();
                let set =
                    update.settings.max_open_trades.map(|most| Control::Updated(strategy(), most));
                set.or_else(|| by_rules().map(|most| Control::Ruled(strategy(), most)))
            }
            Command::CopyAdd(copying) => {
                Some(Control::Started(Copying::follower_of(&copying.source), u32::MAX))
            }
            Command::RiskUpdate { strategy, max_open_trades: Some(most), .. } => {
                Some(Control::Cap(strategy.clone(), *most))
            }
            _ => None,
        }
    }

    /// Reads the broker's book and judges what has changed.
    fn look(&mut self, at: Timestamp) {
        self.facts.at = at;
        if !self.world.is_linked() {
            self.facts.disturbed = at;
        }
        self.facts.look(&mut self.world);
        self.judges.account(&self.facts, &self.prices, &self.world, &mut self.found);
        if self.facts.changes.is_empty() {
            return;
        }
        self.found.moment(self.facts.step, at);
        let changes = std::mem::take(&mut self.facts.changes);
        if let Some(story) = &mut self.story {
            story.changes(at, &changes);
        }
        for change in &changes {
            self.judges.change(&self.facts, *change, &mut self.found);
            marks::change(&self.facts, *change, &mut self.found);
        }
        self.facts.changes = changes;
        self.facts.changes.clear();
    }
}

const fn cap_of_start(start: &StartStrategy, default: u32) -> u32 {
    match (start.settings.max_open_trades, start.rules.risk.max_open_trades) {
        (Some(cap), _) | (None, Some(cap)) => cap,
        (None, None) => default,
    }
}

/// The control in a command, taking effect when the command is received.
fn control_of(command: &Command) -> Option<Control> {
    Some(match command {
        Command::Stop { strategy, positions } => Control::Stop(strategy.clone(), *positions),
        Command::StopAll { positions } => Control::StopAll(*positions),
        Command::Pause { strategy } => Control::Pause(strategy.clone()),
        Command::Resume { strategy } => Control::Resume(strategy.clone()),
        Command::PauseAll => Control::PauseAll,
        Command::ResumeAll => Control::ResumeAll,
        Command::EmergencyStop { .. } => Control::Latch,
        _ => return None,
    })
}

/// The observer, shared by the ports that it stands behind.
#[derive(Debug, Clone)]
pub struct Shared(pub Rc<RefCell<Observer>>);

impl Broker for Shared {
    #[inline]
    fn tick(&mut self, at: Timestamp, tick: &Tick, out: &mut Vec<Event>) -> Heard {
        let watch = &mut *self.0.borrow_mut();
        let before = out.len();
        watch.prices.tick(tick);
        watch.judges.correlated.tick(tick);
        let heard = watch.world.tick(at, tick, out);
        watch.judges.gaps.tick(
            tick.symbol,
            tick.time_msc,
            if watch.is_dead { Heard::No } else { heard },
        );
        if out.len() > before || watch.world.has_news() {
            watch.look(at);
        }
        heard
    }

    #[inline]
    fn quiet(&self, symbol: SymbolId) -> Quiet {
        self.0.borrow().world.quiet(symbol)
    }

    #[inline]
    fn pass(&mut self, run: &Run<'_>) -> Heard {
        let watch = &mut *self.0.borrow_mut();
        watch.prices.tick(run.last());
        watch.judges.correlated.tick(run.last());
        let heard = watch.world.pass(run);
        let (first_msc, last_msc) = run.span_msc();
        for time_msc in [first_msc, last_msc] {
            watch.judges.gaps.tick(run.symbol(), time_msc, heard);
        }
        assert!(!watch.world.has_news(), "nothing happens in a quiet run");
        heard
    }

    fn send(&mut self, at: Timestamp, trade: &Trade) {
        self.0.borrow_mut().world.send(at, trade);
    }

    fn ask(&mut self, at: Timestamp, request: &DataRequest) {
        self.0.borrow_mut().world.ask(at, request);
    }

    #[inline]
    fn next_due(&self) -> Option<Timestamp> {
        self.0.borrow().world.next_due()
    }

    fn owed(&mut self, at: Timestamp, out: &mut Vec<Event>) {
        let watch = &mut *self.0.borrow_mut();
        watch.world.owed(at, out);
        watch.look(at);
    }
}

impl Journal for Shared {
    #[inline]
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        self.0.borrow_mut().step(step);
        Ok(())
    }

    fn takes_runs(&self) -> bool {
        self.0.borrow().takes_runs
    }

    #[inline]
    fn pass(&mut self, passed: &Passed<'_>) -> Result<(), PortError> {
        self.0.borrow_mut().pass_run(passed);
        Ok(())
    }
}
