//! The figures of a session, as Prometheus takes them.

use crate::domain::id::Cid;
use crate::domain::time::Timestamp;
use crate::executor::action::{Action, Report, ResultStatus};
use crate::executor::event::{BrokerEvent, Event, Outcome};
use crate::recording::words::word;
use crate::session::ports::Step;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};

/// The upper ends of the classes of the answers' latency, in seconds.
const CLASSES_S: [f64; 10] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// The figures of a session since it began.
#[derive(Debug, Clone, Default)]
pub struct ControlFigures {
    ticks: u64,
    steps: u64,
    requests: u64,
    /// By what came of them.
    answers: BTreeMap<String, u64>,
    results: BTreeMap<String, u64>,
    trades_closed: u64,
    /// By severity.
    alerts: BTreeMap<String, u64>,
    sent: BTreeMap<Cid, Timestamp>,
    classes: [u64; CLASSES_S.len()],
    latencies: u64,
    latency_s: f64,
}

impl ControlFigures {
    pub(super) fn take(&mut self, step: &Step<'_>) {
        self.steps += 1;
        match step.event {
            Event::Tick(_) => self.ticks += 1,
            Event::Broker(BrokerEvent::Answer(answer)) => {
                let word = match &answer.outcome {
                    Outcome::Server(server) => server.retcode.name().to_lowercase(),
                    Outcome::NotSent => "not_sent".to_owned(),
                    Outcome::NoAnswer => "no_answer".to_owned(),
                };
                *self.answers.entry(word).or_default() += 1;
                if let Some(sent) = self.sent.remove(&answer.cid) {
                    self.latency(sent, step.at);
                }
            }
            _ => {}
        }
        for action in step.actions {
            match action {
                Action::Trade(trade) => {
                    self.requests += 1;
                    self.sent.insert(trade.cid, step.at);
                }
                Action::Result(result) => {
                    let word =
                        if result.status == ResultStatus::Executed { "executed" } else { "failed" };
                    *self.results.entry(word.to_owned()).or_default() += 1;
                }
                Action::Report(report) => match &**report {
                    Report::Closed(_) => self.trades_closed += 1,
                    Report::Alert(alert) => {
                        *self.alerts.entry(word(&alert.severity)).or_default() += 1;
                    }
                    Report::Opened(_) | Report::Changed(_) => {}
                },
                Action::Data(_) | Action::Ask(_) | Action::Note(_) => {}
            }
        }
    }

    fn latency(&mut self, sent: Timestamp, at: Timestamp) {
        #[expect(clippy::cast_precision_loss, reason = "no answer takes years")]
        let seconds = at.nanos().saturating_sub(sent.nanos()) as f64 / 1e9;
        self.latencies += 1;
        self.latency_s += seconds;
        for (class, most) in self.classes.iter_mut().zip(CLASSES_S) {
            *class += u64::from(seconds <= most);
        }
    }

    /// The figures, and those of a view, in Prometheus' text format.
    #[must_use]
    pub fn text(&self, view: &Value) -> String {
        let mut text = MetricsText::default();
        text.gauges(view);
        text.counter("tickdeck_ticks_total", "Ticks that were taken.", self.ticks);
        text.counter("tickdeck_steps_total", "Inputs that were taken.", self.steps);
        text.counter("tickdeck_requests_total", "Trade requests that left.", self.requests);
        text.counter(
            "tickdeck_trades_closed_total",
            "Trades that were closed.",
            self.trades_closed,
        );
        text.counters("tickdeck_answers_total", "What came of requests.", "outcome", &self.answers);
        text.counters("tickdeck_results_total", "Results of commands.", "status", &self.results);
        text.counters("tickdeck_alerts_total", "Alerts.", "severity", &self.alerts);
        let name = "tickdeck_answer_latency_seconds";
        text.head(name, "histogram", "From a request to its answer.");
        for (most, class) in CLASSES_S.iter().zip(self.classes) {
            text.row(name, &format!("_bucket{{le=\"{most}\"}}"), class);
        }
        text.row(name, "_bucket{le=\"+Inf\"}", self.latencies);
        text.row(name, "_sum", self.latency_s);
        text.row(name, "_count", self.latencies);
        text.0
    }
}

/// Gauges: the name, what it stands for, and the field of the view.
const GAUGES: [(&str, &str, &str); 8] = [
    ("tickdeck_ready", "Whether the link is up and the account has been read.", "ready"),
    ("tickdeck_latched", "Whether entries are latched.", "latched"),
    ("tickdeck_balance", "The balance, in the deposit currency.", "balance"),
    ("tickdeck_equity", "The equity, in the deposit currency.", "equity"),
    ("tickdeck_requests_in_flight", "Requests whose outcome is awaited.", "in_flight"),
    ("tickdeck_requests_unknown", "Requests whose outcome is unknown.", "unknown"),
    ("tickdeck_positions_open", "Our open positions.", "positions"),
    ("tickdeck_orders_working", "Our working orders.", "orders"),
];

/// Figures in Prometheus' text format.
#[derive(Default)]
struct MetricsText(String);

impl MetricsText {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn row(&mut self, name: &str, more: &str, value: impl Display) {
        let _ = writeln!(self.0, "{name}{more} {value}");
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.head(name, "counter", help);
        self.row(name, "", value);
    }

    fn counters(&mut self, name: &str, help: &str, label: &str, values: &BTreeMap<String, u64>) {
        self.head(name, "counter", help);
        for (word, value) in values {
            self.row(name, &format!("{{{label}=\"{word}\"}}"), value);
        }
    }

    /// What is not known has no row.
    fn gauges(&mut self, view: &Value) {
        for (name, help, field) in GAUGES {
            let value = match &view[field] {
                Value::Bool(is) => u8::from(*is).to_string(),
                Value::Number(number) => number.to_string(),
                Value::Array(all) => all.len().to_string(),
                _ => continue,
            };
            self.head(name, "gauge", help);
            self.row(name, "", value);
        }
    }
}
