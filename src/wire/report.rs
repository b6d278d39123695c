//! What happened, as the bodies of the platform's calls: trade opened and closed, alerts.

use crate::domain::amount::Price;
use crate::domain::id::{SymbolId, Ticket};
use crate::domain::order::Side;
use crate::domain::symbol::SymbolSpec;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::domain::zone::ServerZone;
use crate::executor::action::{Alert, AlertCode, Report, Severity, TradeChanged, TradeClosed, TradeOpened};
use serde_json::{Value, json};

/// What a report does not say itself.
#[derive(Debug, Clone)]
pub struct Context<'a> {
    /// The executor's id with the platform.
    pub executor: &'a str,
    /// The session's specifications; a [`SymbolId`] is a place in them.
    pub specs: &'a [SymbolSpec],
    /// The server's clock: the platform wants UTC.
    pub zone: ServerZone,
}

impl Context<'_> {
    /// The body for a report made at `at`. Times are ISO-8601 in UTC, tickets text, prices, lots and money JSON
    /// numbers; what is not set is null.
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
        json!({
            "executorId": self.executor,
            "strategyId": opened.strategy,
            "ticket": opened.position.to_string(),
            "symbol": self.spec(opened.symbol).name,
            "type": side_word(opened.side),
            "lots": opened.volume.to_f64(),
            "openTime": self.utc(opened.time_msc),
            "openPrice": opened.price.to_f64(),
            "stopLoss": opened.sl.map(Price::to_f64),
            "takeProfit": opened.tp.map(Price::to_f64),
        })
    }

    fn changed(&self, changed: &TradeChanged) -> Value {
        json!({
            "executorId": self.executor,
            "strategyId": changed.strategy,
            "ticket": changed.position.to_string(),
            "lots": changed.volume.to_f64(),
            "stopLoss": changed.sl.map(Price::to_f64),
            "takeProfit": changed.tp.map(Price::to_f64),
        })
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
            "metadata": {
                "strategyId": alert.strategy,
                "request": alert.cid,
                "ticket": alert.position.as_ref().map(Ticket::to_string),
                "retcode": alert.retcode,
                "retcodeName": alert.retcode.map(crate::domain::retcode::Retcode::name),
            },
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

/// The distance that was won, in pips; null where the symbol has no pip.
fn pips(spec: &SymbolSpec, closed: &TradeClosed) -> Option<f64> {
    let pip = spec.pip_size()?.to_f64();
    let won = match closed.side {
        Side::Buy => closed.close_price - closed.open_price,
        Side::Sell => closed.open_price - closed.close_price,
    };
    // Tenths are what pips are read in; the quotient of two doubles has more.
    Some(libm::round(won.to_f64() / pip * 10.0) / 10.0)
}

const fn side_word(side: Side) -> &'static str {
    match side {
        Side::Buy => "BUY",
        Side::Sell => "SELL",
    }
}

const fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Critical => "critical",
    }
}

/// One sentence for people.
#[must_use]
pub const fn alert_sentence(code: AlertCode) -> &'static str {
    match code {
        AlertCode::MalformedCommand => "A command could not be read",
        AlertCode::CommandIdReused => "A command id came again with another body",
        AlertCode::OutcomeUnknown => "Nobody knows whether a request was executed; it is not sent again",
        AlertCode::UnknownFound => "A request of unknown outcome turned out to be executed",
        AlertCode::UnknownAbsent => "A request of unknown outcome turned out not to be executed",
        AlertCode::RequestRefused => "The trade server refused a request for good",
        AlertCode::PartialFill => "A request was filled in part, and the rest given up",
        AlertCode::TradingDisabled => "Trading is disabled; no entries until an operator resumes",
        AlertCode::PositionAdopted => "A position of ours was found that no request here explains",
        AlertCode::StopsMissing => "A position of ours stood without its stops",
        AlertCode::NotFlat => "A strategy could not be made flat in time; closing goes on",
        AlertCode::LinkDown => "The link to the broker is down",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::symbols_builtin::builtin;
    use crate::executor::action::CloseReason;

    #[test]
    fn a_closed_trade_in_the_platforms_words() {
        let specs = [builtin("EURUSD").unwrap()];
        let mut context = Context { executor: "e1", specs: &specs, zone: "America/New_York+7".parse().unwrap() };
        let closed = TradeClosed {
            position: Ticket(9),
            strategy: "s".into(),
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
        assert_eq!(
            context.body(Timestamp::default(), &Report::Closed(closed)).to_string(),
            r#"{"closePrice":1.1752,"closeTime":"2025-09-21T21:00:00.161Z","commission":-0.35,"executorId":"e1","pips":-10.2,"profit":-10.2,"reason":"sl","swap":0.0,"ticket":"9"}"#,
        );
    }
}
