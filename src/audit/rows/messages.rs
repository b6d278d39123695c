//! What is to be told to the platform and to people: results, trades and alerts, as the bodies of the platform's calls.

use super::StepRows;
use super::values::text;
use crate::domain::symbol::SymbolSpec;
use crate::domain::symbols_builtin::builtin;
use crate::domain::zone::ServerZone;
use crate::executor::action::{Action, CommandResult, Report};
use crate::executor::view::KnownSymbol;
use crate::recording::words::word;
use crate::wire;
use crate::wire::report::Context;
use rusqlite::types::Value;
use serde_json::json;

impl StepRows<'_> {
    /// A row for each message. Its key is the same whenever the step is run again.
    pub(super) fn messages(&mut self, zone: &ServerZone) {
        for (place, action) in self.step.actions.iter().enumerate() {
            match action {
                Action::Result(result) => self.message(place, "result", None, &self.told(result)),
                Action::Report(report) => {
                    let (kind, severity) = match &**report {
                        Report::Opened(_) => ("trade_open", None),
                        Report::Closed(_) => ("trade_close", None),
                        Report::Alert(alert) => ("alert", Some(word(&alert.severity))),
                        Report::Changed(_) => continue,
                    };
                    let body = self.reported(report, zone);
                    self.message(place, kind, severity.as_deref(), &body);
                }
                Action::Trade(_) | Action::Data(_) | Action::Ask(_) | Action::Note(_) => {}
            }
        }
    }

    fn message(
        &mut self,
        place: usize,
        kind: &str,
        severity: Option<&str>,
        body: &serde_json::Value,
    ) {
        let key = format!("{}/{}/{place}", self.run_id, self.step.input_seq);
        self.insert(
            "outbox",
            [
                ("key", text(&key)),
                ("kind", text(kind)),
                ("severity", severity.map_or(Value::Null, text)),
                ("body", text(&body.to_string())),
            ],
        );
    }

    fn told(&self, result: &CommandResult) -> serde_json::Value {
        let symbols: Vec<KnownSymbol<'_>> = self.step.executor.symbols_known().collect();
        json!({
            "commandId": result.id,
            "status": wire::result::status(result.status),
            "result": wire::result::body(result, &symbols),
            "timestamp": self.step.at.to_string(),
        })
    }

    /// Who tells it is not known here.
    fn reported(&self, report: &Report, zone: &ServerZone) -> serde_json::Value {
        let like = builtin("EURUSD").expect("it is built in");
        let specs = self.step.executor.symbols_known().map(|(name, spec)| {
            // Nothing is reported of a symbol without a specification: it stands for its place.
            spec.cloned().unwrap_or_else(|| SymbolSpec { name: name.to_owned(), ..like.clone() })
        });
        let specs: Vec<SymbolSpec> = specs.collect();
        let mut context = Context { executor: "", specs: &specs, zone: zone.clone() };
        let mut body = context.body(self.step.at, report);
        body.as_object_mut().expect("each is one").remove("executorId");
        body
    }
}
