//! What a session shows of itself: written by the thread that runs it, read by whoever asks.

use super::figures::ControlFigures;
use crate::domain::amount::Money;
use crate::domain::time::Timestamp;
use crate::executor::Executor;
use crate::executor::action::{Action, CommandResult, Report};
use crate::executor::event::{BrokerEvent, Event};
use crate::executor::view::KnownSymbol;
use crate::recording::words::{self, Names, word};
use crate::session::ports::{Journal, PortError, Step};
use crate::wire;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::broadcast;

/// How many events a client may be behind before it misses some.
const EVENTS_BEHIND_MAX: usize = 1_024;
/// Of how many commands the results are kept.
const RESULTS_MAX: usize = 1_024;

/// Something that happened.
#[derive(Debug, Clone)]
pub struct Happened {
    /// `result`, `opened`, `changed`, `closed` or `alert`.
    pub kind: &'static str,
    /// What, as JSON.
    pub data: Arc<str>,
}

/// What a session shows of itself.
#[derive(Debug)]
pub struct Published {
    view: Mutex<Arc<Value>>,
    /// Whether somebody wants a new view.
    is_wanted: AtomicBool,
    results: Mutex<Results>,
    figures: Mutex<ControlFigures>,
    events: broadcast::Sender<Happened>,
}

#[derive(Debug, Default)]
struct Results {
    order: VecDeque<String>,
    by_id: BTreeMap<String, Value>,
}

impl Default for Published {
    fn default() -> Self {
        Self {
            view: Mutex::new(Arc::new(json!({ "ready": false }))),
            is_wanted: AtomicBool::new(true),
            results: Mutex::default(),
            figures: Mutex::default(),
            events: broadcast::Sender::new(EVENTS_BEHIND_MAX),
        }
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Published {
    /// Asks for a view as of the next step.
    pub fn want_view(&self) {
        self.is_wanted.store(true, Relaxed);
    }

    /// The last view.
    pub fn view(&self) -> Arc<Value> {
        Arc::clone(&lock(&self.view))
    }

    /// The result of a command; none is known before it has one, or long after.
    pub fn result(&self, id: &str) -> Option<Value> {
        lock(&self.results).by_id.get(id).cloned()
    }

    /// The figures.
    pub fn figures(&self) -> ControlFigures {
        lock(&self.figures).clone()
    }

    /// What happens from now on.
    pub fn listen(&self) -> broadcast::Receiver<Happened> {
        self.events.subscribe()
    }

    fn tell(&self, kind: &'static str, data: &Value) {
        // Nobody may be listening.
        let _ = self.events.send(Happened { kind, data: data.to_string().into() });
    }

    fn keep_result(&self, result: Value) {
        let Some(id) = result["id"].as_str().map(str::to_owned) else { return };
        let mut results = lock(&self.results);
        if results.by_id.insert(id.clone(), result).is_none() {
            results.order.push_back(id);
        }
        if results.order.len() > RESULTS_MAX
            && let Some(oldest) = results.order.pop_front()
        {
            results.by_id.remove(&oldest);
        }
    }
}

/// Shows what a session does, as a witness of its steps.
#[derive(Debug, Clone)]
pub struct Publisher(pub Arc<Published>);

impl Journal for Publisher {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        let Self(published) = self;
        lock(&published.figures).take(step);
        let mut is_news = matches!(step.event, Event::Link(_) | Event::Operator(_))
            || matches!(step.event, Event::Broker(BrokerEvent::Snapshot(_)));
        for action in step.actions {
            match action {
                Action::Result(result) => {
                    let told = told(step.at, result, step.executor);
                    published.tell("result", &told);
                    published.keep_result(told);
                    is_news = true;
                }
                Action::Report(report) => {
                    let names = Names::known(step.executor);
                    let text = words::action(&names, action);
                    let data = json!({ "at": step.at.to_string(), "text": text, "report": report });
                    published.tell(kind(report), &data);
                    is_news = true;
                }
                Action::Trade(_) | Action::Data(_) | Action::Ask(_) | Action::Note(_) => {}
            }
        }
        if is_news || published.is_wanted.swap(false, Relaxed) {
            *lock(&published.view) = Arc::new(view(step.executor));
        }
        Ok(())
    }
}

const fn kind(report: &Report) -> &'static str {
    match report {
        Report::Opened(_) => "opened",
        Report::Changed(_) => "changed",
        Report::Closed(_) => "closed",
        Report::Alert(_) => "alert",
    }
}

fn told(at: Timestamp, result: &CommandResult, executor: &Executor) -> Value {
    let symbols: Vec<KnownSymbol<'_>> = executor.symbols_known().collect();
    json!({
        "id": result.id,
        "at": at.to_string(),
        "status": wire::result::status(result.status),
        "result": wire::result::body(result, &symbols),
    })
}

/// What the executor knows, for people and programs.
fn view(executor: &Executor) -> Value {
    let view = executor.view();
    let symbols: Vec<KnownSymbol<'_>> = executor.symbols_known().collect();
    let positions = view.positions.iter().map(|one| wire::result_data::position(one, &symbols));
    let orders = view.orders.iter().map(|one| wire::result_data::order(one, &symbols));
    let strategies: Vec<Value> = view
        .strategies
        .iter()
        .map(|(id, state)| {
            let terms = executor.terms_of(id);
            json!({
                "id": id,
                "state": word(state),
                "symbol": terms.as_ref().map(|(symbol, _)| symbol),
                "timeframe": terms.as_ref().map(|(_, timeframe)| timeframe.name()),
            })
        })
        .collect();
    json!({
        "at": view.at.to_string(),
        "ready": view.ready,
        "latched": view.latched,
        "balance": view.balance.map(Money::to_f64),
        "equity": executor.equity_reported().map(Money::to_f64),
        "strategies": strategies,
        "positions": positions.collect::<Vec<_>>(),
        "orders": orders.collect::<Vec<_>>(),
        "foreign_positions": view.foreign_positions,
        "in_flight": view.in_flight,
        "unknown": view.unknown,
    })
}
