//! Reports as the bodies of the platform's calls: trade opened and closed, alerts.

use crate::domain::amount::Price;
use crate::domain::id::SymbolId;
use crate::domain::order::Side;
use crate::domain::symbol::SymbolSpec;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::domain::zone::ServerZone;
use crate::executor::action::{
    Alert, AlertCode, Owner, Report, Severity, TradeChanged, TradeClosed, TradeOpened,
};
use crate::wire::result_data::{answered, fill, owned, side_word, ticket};
use serde_json::{Map, Value, json};

/// What a report does not contain itself.
#[derive(Debug, Clone)]
pub struct Context<'a> {
    /// The platform's id of the executor.
    pub executor: &'a str,
    /// The session's specifications, by [`SymbolId`].
    pub specs: &'a [SymbolSpec],
    /// The server's clock, because the platform wants UTC.
    pub zone: ServerZone,
}

impl Context<'_> {
    /// The body for a report made at `at`. Times are ISO-8601 in UTC, tickets are text, prices,
    /// lots and money are JSON numbers. What is not set is null.
    ///
    /// # Panics
    /// If the report names a symbol that the session does not have.
    #[must_use]
    pub fn body(&mut self, at: Timestamp, report: &Report) -> Value {
        match report {
            Report::Opened(opened) => self.opened(opened),
            Report::Changed(changed) => self.changed(changed),
            Report::Closed(closed) => self.closed(closed),
            Report::Alert(alert) => self.alert(at, alert),
        }
    }

    fn opened(&mut self, opened: &TradeOpened) -> Value {
        let mut body = owned_or_null(&opened.owner);
        fill(
            &mut body,
            json!({
                "executorId": self.executor,
                "ticket": opened.position.to_string(),
                "symbol": self.spec(opened.symbol).name,
                "type": side_word(opened.side),
                "lots": opened.volume.to_f64(),
                "openTime": self.utc(opened.time_msc),
                "openPrice": opened.price.to_f64(),
                "stopLoss": opened.sl.map(Price::to_f64),
                "takeProfit": opened.tp.map(Price::to_f64),
            }),
        );
        Value::Object(body)
    }

    fn changed(&self, changed: &TradeChanged) -> Value {
        let mut body = owned_or_null(&changed.owner);
        fill(
            &mut body,
            json!({
                "executorId": self.executor,
                "ticket": changed.position.to_string(),
                "lots": changed.volume.to_f64(),
                "stopLoss": changed.sl.map(Price::to_f64),
                "takeProfit": changed.tp.map(Price::to_f64),
            }),
        );
        Value::Object(body)
    }

    fn closed(&mut self, closed: &TradeClosed) -> Value {
        json!({
            "executorId": self.executor,
            "ticket": closed.position.to_string(),
            "closeTime": self.utc(closed.close_time_msc),
            "closePrice": closed.close_price.to_f64(),
            "commission": closed.commission.to_f64(),
            "swap": closed.swap.to_f64(),
            "profit": closed.profit.to_f64(),
            "pips": pips(self.spec(closed.symbol), closed),
            "reason": closed.reason.name(),
        })
    }

    fn alert(&self, at: Timestamp, alert: &Alert) -> Value {
        json!({
            "executorId": self.executor,
            "category": "executor",
            "type": alert.code,
            "severity": severity_word(alert.severity),
            "message": alert_sentence(alert.code),
            "metadata": metadata(alert),
            "timestamp": at,
        })
    }

    fn spec(&self, symbol: SymbolId) -> &SymbolSpec {
        &self.specs[symbol.index()]
    }

    fn utc(&mut self, server: ServerMsc) -> Timestamp {
        self.zone.to_utc(server)
    }
}

/// The owner's field, or a `strategyId` of null when the owner is not a strategy: the platform's
/// call always has the field.
fn owned_or_null(owner: &Owner) -> Map<String, Value> {
    let mut body = owned(owner);
    body.entry("strategyId").or_insert(Value::Null);
    body
}

/// What an alert concerns: only the fields that it has.
fn metadata(alert: &Alert) -> Map<String, Value> {
    let mut about = Map::new();
    let mut add = |field: &str, value: Option<Value>| {
        if let Some(value) = value {
            about.insert(field.to_owned(), value);
        }
    };
    add("strategyId", alert.strategy.as_ref().map(|id| json!(id)));
    add("commandId", alert.command.as_ref().map(|id| json!(id)));
    add("path", alert.path.as_ref().map(|path| json!(path)));
    add("request", alert.cid.map(|cid| json!(cid)));
    add("position", ticket(alert.position).map(Value::from));
    add("order", ticket(alert.order).map(Value::from));
    add("limit", alert.limit.map(|one| json!(one.limit.row().name)));
    add("value", alert.limit.map(|one| json!(one.value.to_f64())));
    add("floor", alert.limit.map(|one| json!(one.floor.to_f64())));
    add("verdict", alert.verdict.map(|verdict| json!(verdict)));
    answered(&mut about, alert.retcode);
    about
}

/// The distance gained, in pips; null when the symbol has no pip.
fn pips(spec: &SymbolSpec, closed: &TradeClosed) -> Option<f64> {
    let pip = spec.pip_size()?.to_f64();
    let won = match closed.side {
        Side::Buy => closed.close_price - closed.open_price,
        Side::Sell => closed.open_price - closed.close_price,
    };
    // Pips are given in tenths; the quotient of two doubles has more digits.
    Some(libm::round(won.to_f64() / pip * 10.0) / 10.0)
}

const fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Critical => "critical",
    }
}

/// One sentence for people.
const fn alert_sentence(code: AlertCode) -> &'static str {
    match code {
        AlertCode::MalformedCommand => "A command could not be read",
        AlertCode::CommandIdReused => "A command id came again with another body",
        AlertCode::OutcomeUnknown => {
            "Nobody knows whether a request was executed; it is not sent again"
        }
        AlertCode::UnknownFound => "A request of unknown outcome turned out to be executed",
        AlertCode::UnknownAbsent => "A request of unknown outcome turned out not to be executed",
        AlertCode::RequestRefused => "The trade server refused a request for good",
        AlertCode::PartialFill => "A request was filled in part, and the rest given up",
        AlertCode::TradingDisabled => "Trading is disabled; no entries until an operator resumes",
        AlertCode::PositionAdopted => "A position of ours was found that no request here explains",
        AlertCode::StopsMissing => "A position of ours stood without its stops",
        AlertCode::NotFlat => "A strategy could not be made flat in time; closing goes on",
        AlertCode::LinkDown => "The link to the broker is down",
        AlertCode::RequestGivenUp => "A repeated request was given up before it left",
        AlertCode::Ambiguous => {
            "What is known of a request contradicts itself: its owner enters no more until an operator has looked"
        }
        AlertCode::AmbiguityResolved => "A request that was ambiguous has been found",
        AlertCode::StopsChanged => {
            "A position's stops were changed by somebody else, and are kept so"
        }
        AlertCode::ClosedElsewhere => "A position was closed, in part or whole, by somebody else",
        AlertCode::ExitOverdue => "An exit is wanted and not reached; it is tried on",
        AlertCode::FlatAfterAll => "What was not flat in time is flat now",
        AlertCode::BrokerFlaw => "What the broker sent makes no sense, and is not used",
        AlertCode::WrongAccount => "The account is not the one that is to be traded: no entries",
        AlertCode::ReadingContradicts => {
            "A reading of the account contradicts what was known; it is read again"
        }
        AlertCode::OrderChanged => {
            "An order of ours was removed, refused or changed by somebody else, or by a late attempt"
        }
        AlertCode::Latched => {
            "Everything is being closed, and entries are latched until an operator clears them"
        }
        AlertCode::LatchCleared => "An operator cleared the latch: entries are allowed again",
        AlertCode::OrderAdopted => {
            "An order of ours works at the broker that no request here explains"
        }
        AlertCode::LimitReached => {
            "The account has come to a limit on its losses: nothing is entered until the day cut, or until an operator clears it"
        }
        AlertCode::LimitReleased => "No limit on losses stands against entries any more",
        AlertCode::StrategyHalted
        | AlertCode::ProgramSilent
        | AlertCode::ProgramAnswers
        | AlertCode::ProgramGone
        | AlertCode::ProgramNonsense
        | AlertCode::StrategyLimitReached
        | AlertCode::StrategyLimitReleased
        | AlertCode::EntriesPaused => strategy_sentence(code),
        AlertCode::TargetReached => {
            "The account has earned as much as it is to: nothing is entered until an operator clears it"
        }
        AlertCode::PositionMissing => {
            "The broker no longer lists a position of ours, and no deal explains it"
        }
        AlertCode::MarginCall => {
            "Margin call: the margin level is low, and the broker may soon close positions"
        }
        AlertCode::StopOut => "The broker has closed a position of ours for lack of margin",
    }
}

/// One sentence about a strategy.
const fn strategy_sentence(code: AlertCode) -> &'static str {
    match code {
        AlertCode::StrategyHalted => {
            "A strategy has failed: it enters no more until somebody resumes it"
        }
        AlertCode::ProgramSilent => {
            "A strategy's program has not answered in time: the strategy enters nothing until it does"
        }
        AlertCode::ProgramAnswers => "A strategy's program answers in time again",
        AlertCode::ProgramGone => {
            "A strategy's program has ended, or could not be started: it enters no more until somebody resumes it"
        }
        AlertCode::ProgramNonsense => {
            "A strategy's program has said what is no answer: it enters no more until somebody resumes it"
        }
        AlertCode::StrategyLimitReached => {
            "A strategy has come to a limit on its losses: it enters nothing until the day cut, or until an operator clears it"
        }
        AlertCode::StrategyLimitReleased => {
            "No limit on its losses stands against a strategy any more"
        }
        _ => "A strategy rests after losses in a row",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{Cid, Ticket};
    use crate::domain::retcode::Retcode;
    use crate::domain::symbols_builtin::builtin;
    use crate::executor::action::{CloseReason, Verdict};

    fn check(report: &Report, expect: &str) {
        let specs = [builtin("EURUSD").unwrap()];
        let mut context =
            Context { executor: "e1", specs: &specs, zone: "America/New_York+7".parse().unwrap() };
        assert_eq!(
            context.body("2025-09-21T21:00:01Z".parse().unwrap(), report).to_string(),
            expect
        );
    }

    fn opened(owner: Owner) -> Report {
        Report::Opened(TradeOpened {
            position: Ticket(u64::MAX),
            owner,
            symbol: SymbolId(0),
            side: Side::Buy,
            volume: "0.1".parse().unwrap(),
            time_msc: ServerMsc(1_758_499_200_000),
            price: "1.17418".parse().unwrap(),
            sl: Some("1.17".parse().unwrap()),
            tp: None,
            asked: None,
        })
    }

    #[test]
    fn an_opened_trade_names_its_owner() {
        check(
            &opened(Owner::Strategy("s".into())),
            r#"{"executorId":"e1","lots":0.1,"openPrice":1.17418,"openTime":"2025-09-21T21:00:00Z","stopLoss":1.17,"strategyId":"s","symbol":"EURUSD","takeProfit":null,"ticket":"18446744073709551615","type":"BUY"}"#,
        );
        check(
            &opened(Owner::Command("c7".into())),
            r#"{"commandId":"c7","executorId":"e1","lots":0.1,"openPrice":1.17418,"openTime":"2025-09-21T21:00:00Z","stopLoss":1.17,"strategyId":null,"symbol":"EURUSD","takeProfit":null,"ticket":"18446744073709551615","type":"BUY"}"#,
        );
    }

    #[test]
    fn a_changed_trade_names_its_owner() {
        let changed = TradeChanged {
            position: Ticket(9),
            owner: Owner::Command("c7".into()),
            volume: "0.05".parse().unwrap(),
            sl: None,
            tp: Some("1.2".parse().unwrap()),
        };
        check(
            &Report::Changed(changed),
            r#"{"commandId":"c7","executorId":"e1","lots":0.05,"stopLoss":null,"strategyId":null,"takeProfit":1.2,"ticket":"9"}"#,
        );
    }

    #[test]
    fn a_closed_trade_in_the_platforms_words() {
        let closed = TradeClosed {
            position: Ticket(9),
            owner: Owner::Strategy("s".into()),
            symbol: SymbolId(0),
            side: Side::Sell,
            volume: "0.1".parse().unwrap(),
            open_time_msc: ServerMsc(1_758_499_200_000),
            open_price: "1.17418".parse().unwrap(),
            sl: None,
            tp: None,
            close_time_msc: ServerMsc(1_758_499_200_161),
            close_price: "1.17520".parse().unwrap(),
            reason: CloseReason::Sl,
            profit: "-10.2".parse().unwrap(),
            commission: "-0.35".parse().unwrap(),
            swap: "0".parse().unwrap(),
        };
        check(
            &Report::Closed(closed),
            r#"{"closePrice":1.1752,"closeTime":"2025-09-21T21:00:00.161Z","commission":-0.35,"executorId":"e1","pips":-10.2,"profit":-10.2,"reason":"sl","swap":0.0,"ticket":"9"}"#,
        );
    }

    #[test]
    fn an_alert_names_all_that_it_is_about_and_nothing_else() {
        let bare = Alert::new(Severity::Warning, AlertCode::LinkDown);
        check(
            &Report::Alert(bare.clone()),
            r#"{"category":"executor","executorId":"e1","message":"The link to the broker is down","metadata":{},"severity":"warning","timestamp":"2025-09-21T21:00:01Z","type":"link_down"}"#,
        );
        let about = Alert {
            path: Some("payload.volume".into()),
            cid: Some(Cid(3)),
            position: Some(Ticket(u64::MAX)),
            order: Some(Ticket(5)),
            retcode: Some(Retcode::NO_MONEY),
            verdict: Some(Verdict::MaxOpenTrades),
            code: AlertCode::RequestGivenUp,
            severity: Severity::Critical,
            ..bare
        };
        check(
            &Report::Alert(about.of(&Owner::Command("c7".into()))),
            r#"{"category":"executor","executorId":"e1","message":"A repeated request was given up before it left","metadata":{"commandId":"c7","order":"5","path":"payload.volume","position":"18446744073709551615","request":3,"retcode":10019,"retcodeName":"NO_MONEY","verdict":"max_open_trades"},"severity":"critical","timestamp":"2025-09-21T21:00:01Z","type":"request_given_up"}"#,
        );
    }
}
