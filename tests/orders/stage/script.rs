//! All that is said in a session, as lines: requests, answers, results, reports, alerts, and notes
//! of crossings.

use std::fmt::Write;
use tickdeck::domain::amount::{Price, Volume};
use tickdeck::domain::id::Ticket;
use tickdeck::domain::time::Timestamp;
use tickdeck::executor::action::{
    Action, Alert, CommandResult, Note, Report, Request, ResultData, Trade, Verdict,
};
use tickdeck::executor::event::{Answer, BrokerEvent, Event, Link, Outcome};
use tickdeck::recording::words::word;
use tickdeck::session::ports::{Journal, PortError, Step};

/// The lines, with their moments.
#[derive(Debug, Clone, Default)]
pub struct Script {
    lines: Vec<(Timestamp, String)>,
    requests: Vec<(Timestamp, Request)>,
    results: Vec<CommandResult>,
}

impl Journal for Script {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        match step.event {
            Event::Broker(BrokerEvent::Answer(answer)) => self.say(step.at, &answered(answer)),
            Event::Link(Link::Down) => self.say(step.at, "link down"),
            Event::Link(Link::Synced) if !self.lines.is_empty() => self.say(step.at, "link up"),
            _ => {}
        }
        for action in step.actions {
            match action {
                Action::Trade(trade) => self.requests.push((step.at, trade.request.clone())),
                Action::Result(result) => self.results.push((**result).clone()),
                _ => {}
            }
            if let Some(line) = said(action) {
                self.say(step.at, &line);
            }
        }
        Ok(())
    }
}

impl Script {
    /// Adds a line.
    pub fn say(&mut self, at: Timestamp, text: &str) {
        self.lines.push((at, format!("{} {text}", super::moment(at))));
    }

    /// The requests from a moment on.
    pub fn requests(&self, moment: Timestamp) -> Vec<Request> {
        self.requests
            .iter()
            .filter(|(at, _)| *at >= moment)
            .map(|(_, request)| request.clone())
            .collect()
    }

    /// The results of a command.
    pub fn results(&self, id: &str) -> Vec<CommandResult> {
        self.results.iter().filter(|result| result.id.as_str() == id).cloned().collect()
    }

    /// The lines from a moment on.
    pub fn since(&self, moment: Timestamp) -> Vec<&str> {
        self.lines.iter().filter(|(at, _)| *at >= moment).map(|(_, line)| line.as_str()).collect()
    }
}

/// Milliseconds of the session as `75:30`, with their fraction where they have one.
pub fn minutes(msc: i64) -> String {
    let (minutes, seconds, rest) =
        (msc.div_euclid(60_000), msc.rem_euclid(60_000) / 1_000, msc.rem_euclid(1_000));
    if rest == 0 {
        format!("{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes:02}:{seconds:02}.{rest:03}")
    }
}

fn said(action: &Action) -> Option<String> {
    match action {
        Action::Trade(trade) => Some(sent(trade)),
        Action::Result(result) => Some(resulted(result)),
        Action::Report(report) => Some(reported(report)),
        Action::Note(note) => noted(note),
        Action::Ask(question) => Some(format!("asked {}", question.strategy)),
        Action::Data(_) => None,
    }
}

/// A request in words, without its number.
pub fn asked(request: &Request) -> String {
    match request {
        Request::Open(one) => format!("{} {}", one.side.name(), lots(one.volume)),
        Request::Close(one) => format!("close #{} {}", one.position, lots(one.volume)),
        Request::Modify(one) => {
            format!("modify #{} sl {} tp {}", one.position, level(one.sl), level(one.tp))
        }
        Request::Place(one) => {
            format!("place {} {} {}", one.side.name(), lots(one.volume), level(Some(one.price)))
        }
        Request::ModifyOrder(one) => {
            format!("change order #{} {}", one.order, level(Some(one.price)))
        }
        Request::Remove(one) => format!("remove order #{}", one.order),
        Request::CloseBy(one) => format!("close #{} by #{}", one.position, one.by),
    }
}

fn sent(trade: &Trade) -> String {
    format!("send {}: {}, {}", trade.cid.0, asked(&trade.request), word(&trade.why))
}

fn answered(answer: &Answer) -> String {
    let outcome = match &answer.outcome {
        Outcome::Server(server) => {
            let order = server.order.map(|order| format!(" #{order}")).unwrap_or_default();
            format!("{}{order}", server.retcode)
        }
        Outcome::NotSent => "not sent".to_owned(),
        Outcome::NoAnswer => "no answer".to_owned(),
    };
    format!("answer {}: {outcome}", answer.cid.0)
}

/// A result in words, without its id.
pub fn outcome(result: &CommandResult) -> String {
    let mut text = format!("{} {}", word(&result.status), word(&result.code));
    let mut add = |more: &str| write!(text, " {more}").unwrap();
    match &result.data {
        ResultData::Stopped { closed, remaining, orders } => {
            if !closed.is_empty() {
                add(&format!("closed {}", tickets(closed)));
            }
            if !remaining.is_empty() {
                add(&format!("remaining {}", tickets(remaining)));
            }
            if !orders.is_empty() {
                add(&format!("working {}", tickets(orders)));
            }
        }
        ResultData::Field { path, .. } => add(path),
        ResultData::Trade(trade) => {
            if let Some(position) = trade.position {
                add(&format!("position #{position} {}", lots(trade.volume)));
            } else if let Some(order) = trade.order {
                add(&format!("order #{order}"));
            }
        }
        ResultData::OrderStatus(status) => add(&word(&status.progress)),
        ResultData::Positions(positions) => add(&format!("{} positions", positions.len())),
        ResultData::Status(status) => add(&format!("{} positions", status.positions)),
        ResultData::Summary(summary) => add(&format!(
            "{} sent, {} opened, {} closed",
            summary.sent, summary.opened, summary.closed
        )),
        _ => {}
    }
    if let Some(retcode) = result.retcode {
        add(&retcode.to_string());
    }
    text
}

fn resulted(result: &CommandResult) -> String {
    format!("result {}: {}", result.id, outcome(result))
}

fn reported(report: &Report) -> String {
    match report {
        Report::Opened(one) => {
            format!("opened #{} {} {}", one.position, one.side.name(), lots(one.volume))
        }
        Report::Changed(one) => format!(
            "changed #{} {} sl {} tp {}",
            one.position,
            lots(one.volume),
            level(one.sl),
            level(one.tp)
        ),
        Report::Closed(one) => {
            format!("closed #{} {} {}", one.position, lots(one.volume), one.reason.name())
        }
        Report::Alert(alert) => alerted(alert),
    }
}

fn alerted(alert: &Alert) -> String {
    let mut text = format!("{} {}", word(&alert.severity), word(&alert.code));
    let mut add =
        |more: Option<String>| more.into_iter().for_each(|more| write!(text, " {more}").unwrap());
    add(alert.path.clone());
    add(alert.position.map(|position| format!("#{position}")));
    add(alert.order.map(|order| format!("order #{order}")));
    add(alert.retcode.map(|retcode| retcode.to_string()));
    add(alert.verdict.map(|verdict| word(&verdict)));
    add(alert
        .limit
        .map(|one| format!("{}: {} at a floor of {}", one.limit.row().name, one.value, one.floor)));
    text
}

fn noted(note: &Note) -> Option<String> {
    let quiet = matches!(note.verdict, Verdict::NoSignal | Verdict::WarmingUp);
    (!quiet).then(|| {
        format!("note {} {}", note.side.map_or("-", |side| side.name()), word(&note.verdict))
    })
}

fn tickets(tickets: &[Ticket]) -> String {
    let all: Vec<String> = tickets.iter().map(|ticket| format!("#{ticket}")).collect();
    all.join(" ")
}

fn lots(volume: Volume) -> String {
    volume.with_digits(2)
}

pub fn level(price: Option<Price>) -> String {
    price.map_or_else(|| "-".to_owned(), |price| price.with_digits(5))
}
