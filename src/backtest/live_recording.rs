//! A recorded live session with the simulated broker in the place of its account: ticks, commands, the link, and what the
//! terminal said of symbols and bars come as they were recorded, trades are the simulated broker's. Start with [`simulate`].

use crate::backtest::Ran;
use crate::backtest::error::BacktestError;
use crate::domain::id::Ticket;
use crate::domain::tick::Tick;
use crate::domain::time::Timestamp;
use crate::executor::Executor;
use crate::executor::action::{Action, DataRequest, Trade};
use crate::executor::event::{BrokerEvent, Event};
use crate::recording::error::RecordingError;
use crate::recording::expected::Expected;
use crate::recording::inputs::{Ahead, Inputs, Item};
use crate::recording::questions::Questions;
use crate::recording::reader::Recording;
use crate::session::ports::{Advisor, Broker, Clock, Heard, Journal, Next, PortError};
use crate::session::run::run;
use crate::sim::account::{SimAccount, is_of_terminal};
use std::cell::RefCell;
use std::rc::Rc;

/// So many numbers lie between those of the recorded broker and those of the simulated one: the executor may know some
/// that no line of the recording has.
const TICKETS_BETWEEN: u64 = 1_000_000;
/// No broker counts that far; what an edited line says beyond it leaves room for numbers after it.
const TICKET_MAX: u64 = 1 << 62;

/// Runs a recorded live session with the simulated broker, from an `executor` as the recording begins with.
///
/// # Errors
/// [`BacktestError::BeginsInside`] when the executor holds or awaits something: nobody could tell the simulated broker all
/// of it. When the session cannot be built, or a file of the recording not be read.
pub fn simulate(
    recording: &Recording,
    executor: &mut Executor,
    advisor: &mut impl Advisor,
    journal: &mut impl Journal,
) -> Result<Ran, BacktestError> {
    let view = executor.view();
    let open = view.positions.len() + view.foreign_positions;
    let awaited = view.orders.len() + view.in_flight + view.unknown;
    if open + awaited > 0 {
        return Err(BacktestError::BeginsInside { dir: recording.dir.clone(), open, awaited });
    }
    let mut file = recording.file.clone();
    file.account.balance = view.balance.unwrap_or(file.account.balance);
    let port = |error: RecordingError| BacktestError::Port(error.into());
    let questions = Rc::new(RefCell::new(Questions::default()));
    questions.borrow_mut().part();
    let mut clock = RecordedWorld::open(recording, Rc::clone(&questions)).map_err(port)?;
    let start = clock.inputs_at.unwrap_or_default().max(executor.now());
    let last = last_ticket(recording).map_err(port)?.0.min(TICKET_MAX);
    let last = Ticket(last + TICKETS_BETWEEN);
    let account = SimAccount::new(&file, &recording.specs, start, last)?;
    let mut broker = RecordedTerminal { account, questions };
    let inputs = run(executor, &mut clock, &mut broker, advisor, &mut (), journal)
        .map_err(BacktestError::Port)?;
    Ok(Ran { inputs, account: broker.account.summary() })
}

/// The last number that the recorded broker gave to an order or a deal.
fn last_ticket(recording: &Recording) -> Result<Ticket, RecordingError> {
    let mut inputs = recording.inputs()?;
    let mut last = Ticket(0);
    while let Some(item) = inputs.read()? {
        let Item::Input { event: Event::Broker(news), .. } = item else { continue };
        let told = match news {
            BrokerEvent::Deal(deal) => deal.ticket.max(deal.order),
            BrokerEvent::Order(order) => order.ticket,
            BrokerEvent::Position(position) => position.ticket,
            BrokerEvent::Snapshot(reading) => {
                let deals = reading.history_deals.iter().map(|deal| deal.ticket);
                let orders = reading.history_orders.iter().map(|order| order.ticket);
                deals.chain(orders).max().unwrap_or_default()
            }
            _ => continue,
        };
        last = last.max(told);
    }
    Ok(last)
}

/// The simulated account, and the recorded answers to what is asked beside it.
struct RecordedTerminal {
    account: SimAccount,
    questions: Rc<RefCell<Questions>>,
}

impl Broker for RecordedTerminal {
    fn tick(&mut self, at: Timestamp, tick: &Tick, out: &mut Vec<Event>) -> Heard {
        self.account.tick(at, tick, out)
    }

    fn send(&mut self, at: Timestamp, trade: &Trade) {
        self.account.send(at, trade);
    }

    fn ask(&mut self, at: Timestamp, request: &DataRequest) {
        if SimAccount::answers(request) {
            self.account.ask(at, request);
        } else {
            self.questions.borrow_mut().ours(at, &[Action::Data(request.clone())]);
        }
    }

    fn next_due(&self) -> Option<Timestamp> {
        self.account.next_due()
    }

    fn owed(&mut self, at: Timestamp, out: &mut Vec<Event>) {
        self.account.owed(at, out);
    }
}

/// Brings what was recorded of the world, each input at its moment, and none of the account.
struct RecordedWorld {
    inputs: Inputs,
    next: Option<Ahead>,
    /// The moment of the next input, or of the last.
    inputs_at: Option<Timestamp>,
    last_at: Timestamp,
    recorded: Expected,
    questions: Rc<RefCell<Questions>>,
    given: Event,
}

impl RecordedWorld {
    fn open(
        recording: &Recording,
        questions: Rc<RefCell<Questions>>,
    ) -> Result<Self, RecordingError> {
        let (inputs, recorded) = (recording.inputs()?, recording.expected()?);
        let mut world = Self {
            inputs,
            next: None,
            inputs_at: None,
            last_at: Timestamp::default(),
            recorded,
            questions,
            given: Event::Wakeup,
        };
        world.look()?;
        world.last_at = world.inputs_at.unwrap_or_default();
        Ok(world)
    }

    /// Looks at what comes next, and notes when.
    fn look(&mut self) -> Result<(), RecordingError> {
        self.next = self.inputs.look()?;
        let at = match &self.next {
            Some(
                Ahead::Item(Item::Wakeup { at, .. } | Item::Input { at, .. }) | Ahead::Tick { at },
            ) => Some(*at),
            None => None,
        };
        self.inputs_at = at.or(self.inputs_at);
        Ok(())
    }

    /// A recorded wakeup comes again, as late as it was, if it is the one that is wanted here.
    fn wakeup(&mut self, deadline: Option<Timestamp>) -> Result<Option<Timestamp>, RecordingError> {
        while let Some(Ahead::Item(Item::Wakeup { at, due, .. })) = self.next {
            if deadline.is_some_and(|deadline| deadline < at && deadline != due) {
                break;
            }
            self.take()?;
            if deadline == Some(due) {
                return Ok(Some(self.last_at));
            }
        }
        Ok(None)
    }

    /// The next input, if it is one of the world.
    fn take(&mut self) -> Result<Option<Event>, RecordingError> {
        let taken = match self.next.take() {
            Some(Ahead::Item(item)) => item,
            Some(Ahead::Tick { .. }) => self.inputs.take_tick()?,
            None => return Ok(None),
        };
        self.look()?;
        let (Item::Input { at, .. } | Item::Wakeup { at, .. }) = taken;
        self.last_at = self.last_at.max(at);
        // What was asked then is asked before it is answered.
        let mut questions = self.questions.borrow_mut();
        while self.recorded.at().is_some_and(|asked| asked <= at) {
            if let Some(step) = self.recorded.pop()? {
                questions.recorded(step.at, &step.actions);
            }
        }
        let Item::Input { event, .. } = taken else { return Ok(None) };
        let is_answered_anew = matches!(event, Event::Advice(_) | Event::Wakeup);
        if is_answered_anew || !is_of_terminal(&event) {
            return Ok(None);
        }
        Ok(questions.admit(event))
    }

    /// Whether the next input comes from the terminal: at one moment such news come before a deadline.
    const fn is_news(&self) -> bool {
        let Some(Ahead::Item(Item::Input { event, .. })) = &self.next else { return false };
        matches!(
            event,
            Event::Bars(_) | Event::Broker(BrokerEvent::Symbol(_) | BrokerEvent::NoSymbol(_))
        )
    }
}

impl Clock for RecordedWorld {
    fn next(&mut self, deadline: Option<Timestamp>) -> Result<Next<'_>, PortError> {
        loop {
            if let Some(at) = self.wakeup(deadline)? {
                return Ok(Next::Deadline(at));
            }
            let at = self.inputs_at.unwrap_or_default();
            let is_due = |due: &Timestamp| match &self.next {
                Some(_) => *due < at || (*due == at && !self.is_news()),
                None => *due <= at,
            };
            if let Some(due) = deadline.filter(is_due) {
                self.last_at = self.last_at.max(due);
                return Ok(Next::Deadline(self.last_at));
            }
            if self.next.is_none() {
                return Ok(Next::End);
            }
            if let Some(event) = self.take()? {
                self.given = event;
                return Ok(Next::Event(self.last_at, &self.given));
            }
        }
    }
}
