//! What is asked of the trade server, what it answers, and what is dealt.

use super::values::{name, number, price, text};
use super::{NamedValue, RowChange, StepRows};
use crate::domain::amount::{Price, Volume};
use crate::domain::deal::{Deal, DealKind};
use crate::domain::id::{StrategyId, Ticket};
use crate::domain::order::{PendingKind, Side};
use crate::domain::retcode::Retcode;
use crate::executor::action::{Request, Trade};
use crate::executor::event::{Answer, Outcome};
use crate::recording::comments;
use crate::recording::words::word;
use rusqlite::types::Value;
use serde_json::json;
use std::collections::BTreeMap;

impl StepRows<'_> {
    pub(super) fn order(&mut self, trade: &Trade, signals: &BTreeMap<StrategyId, String>) {
        let Trade { cid, key, owner, magic, why, request, not_after } = trade;
        let wanted = Wanted::of(request);
        let signal = owner.strategy().filter(|_| request.enters()).and_then(|id| signals.get(id));
        let metadata = json!({
            "why": word(why),
            "owner": owner.name(),
            "not_after": not_after.to_string(),
        });
        let row = [
            ("client_order_id", text(&format!("{}/{}", self.run_id, cid.0))),
            ("cid", number(cid.0)),
            ("intent_key", text(&key.to_string())),
            ("signal_id", signal.map_or(Value::Null, |id| text(id))),
            ("symbol", self.symbol(request.symbol())),
            ("order_type", text(wanted.kind)),
            ("side", wanted.side.map_or(Value::Null, |side| text(&side.name().to_uppercase()))),
            ("volume", wanted.volume.map_or(Value::Null, |volume| volume.to_f64().into())),
            ("price", price(wanted.price)),
            ("sl", price(wanted.stops.0)),
            ("tp", price(wanted.stops.1)),
            ("status", text("sent")),
            ("metadata", text(&metadata.to_string())),
            ("strategy_id", name(owner.strategy())),
            ("magic", number(magic.0)),
            (
                "position_ticket",
                request.positions().next().map_or(Value::Null, |one| number(one.0)),
            ),
            ("sent_ns", self.step.at.nanos().into()),
        ];
        self.insert("orders", row);
    }

    pub(super) fn answer(&mut self, answer: &Answer) {
        let at = self.step.at;
        let mut row: Vec<NamedValue> =
            vec![("updated_at", at.to_string().into()), ("answered_ns", at.nanos().into())];
        let ticket = |ticket: Option<Ticket>| ticket.map_or(Value::Null, |one| number(one.0));
        match &answer.outcome {
            Outcome::Server(server) => {
                let code = server.retcode;
                let is_done =
                    matches!(code, Retcode::DONE | Retcode::DONE_PARTIAL | Retcode::PLACED);
                let dealt = Some(server.volume).filter(|volume| *volume != Volume::ZERO && is_done);
                let error = if is_done { Value::Null } else { text(&code.to_string()) };
                row.extend([
                    ("status", text(if is_done { code.name() } else { "refused" })),
                    ("retcode", i64::from(code.0).into()),
                    ("retcode_message", text(code.name())),
                    ("mt5_order_id", ticket(server.order)),
                    ("mt5_deal_id", ticket(server.deal)),
                    ("executed_price", price(Some(server.price).filter(|_| dealt.is_some()))),
                    ("executed_volume", dealt.map_or(Value::Null, |volume| volume.to_f64().into())),
                    ("error_message", error),
                ]);
            }
            Outcome::NotSent => row.extend([
                ("status", text("not sent")),
                ("error_message", text("the request did not leave")),
            ]),
            Outcome::NoAnswer => {
                row.extend([
                    ("status", text("unknown")),
                    ("error_message", text("no answer came")),
                ]);
            }
        }
        self.changes.push(RowChange::Answered(answer.cid.0, row));
    }

    pub(super) fn deal(&mut self, deal: &Deal) {
        let side = match deal.kind {
            DealKind::Trade(side) => text(&side.name().to_uppercase()),
            DealKind::Balance => text("BALANCE"),
        };
        let comment = comments::written(&deal.comment);
        let row = [
            ("deal", number(deal.ticket.0)),
            ("mt5_order_id", number(deal.order.0)),
            ("position_ticket", number(deal.position.0)),
            ("symbol", self.symbol(deal.symbol)),
            ("entry", text(&word(&deal.entry))),
            ("side", side),
            ("reason", text(&word(&deal.reason))),
            ("volume", deal.volume.to_f64().into()),
            ("price", deal.price.to_f64().into()),
            ("profit", deal.profit.to_f64().into()),
            ("commission", deal.commission.to_f64().into()),
            ("swap", deal.swap.to_f64().into()),
            ("magic", number(deal.magic.0)),
            ("comment", text(comment)),
            ("time_server_msc", deal.time_msc.0.into()),
        ];
        self.insert("deals", row);
        let dealt = vec![
            ("mt5_deal_id", number(deal.ticket.0)),
            ("executed_price", deal.price.to_f64().into()),
        ];
        self.changes.push(RowChange::Dealt(deal.order, comment.to_owned(), dealt));
    }
}

/// What `orders` tells of a request.
struct Wanted {
    kind: &'static str,
    side: Option<Side>,
    volume: Option<Volume>,
    price: Option<Price>,
    stops: (Option<Price>, Option<Price>),
}

impl Wanted {
    fn of(request: &Request) -> Self {
        let none = Self { kind: "", side: None, volume: None, price: None, stops: (None, None) };
        match request {
            Request::Open(one) => Self {
                kind: "open",
                side: Some(one.side),
                volume: Some(one.volume),
                price: Some(one.price),
                stops: (one.sl, one.tp),
            },
            Request::Close(one) => Self {
                kind: "close",
                side: Some(one.side),
                volume: Some(one.volume),
                price: Some(one.price),
                ..none
            },
            Request::Place(one) => Self {
                kind: match one.kind {
                    PendingKind::Limit => "limit",
                    PendingKind::Stop => "stop",
                    PendingKind::StopLimit => "stop_limit",
                },
                side: Some(one.side),
                volume: Some(one.volume),
                price: Some(one.price),
                stops: (one.sl, one.tp),
            },
            Request::Modify(one) => Self { kind: "modify", stops: (one.sl, one.tp), ..none },
            Request::ModifyOrder(one) => Self {
                kind: "modify_order",
                price: Some(one.price),
                stops: (one.sl, one.tp),
                ..none
            },
            Request::Remove(_) => Self { kind: "remove", ..none },
            Request::CloseBy(_) => Self { kind: "close_by", ..none },
        }
    }
}
