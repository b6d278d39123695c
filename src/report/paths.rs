//! Two runs beside one another: where their paths part and meet again. Requests are compared by what they
//! say; numbers and tickets differ from the first difference on.

use crate::domain::amount::Price;
use crate::domain::text;
use crate::domain::time::Timestamp;
use crate::executor::action::{Owner, Request, Trade};
use crate::recording::words::{lots, why, word};
use serde::Serialize;
use std::fmt;

/// What was requested and closed in a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TradingMoment {
    /// The moment.
    pub at: Timestamp,
    /// In words, without numbers that differ from run to run.
    pub said: Vec<String>,
}

impl TradingMoment {
    /// Adds to the last moment, or begins a new one.
    pub(super) fn push(moments: &mut Vec<Self>, at: Timestamp, said: String) {
        match moments.last_mut().filter(|last| last.at == at) {
            Some(last) => last.said.push(said),
            None => moments.push(Self { at, said: vec![said] }),
        }
    }
}

/// The strategy, or `commands`.
pub(super) fn of(owner: &Owner) -> &str {
    owner.strategy().map_or("commands", |strategy| strategy.as_str())
}

/// A request in words, without its number and tickets.
pub(super) fn requested(symbols: &[String], trade: &Trade) -> String {
    let stop = |price: Option<Price>| price.map_or_else(|| "-".to_owned(), |it| it.to_string());
    let stops = |sl, tp| format!("sl {} tp {}", stop(sl), stop(tp));
    let what = match &trade.request {
        Request::Open(one) => {
            let stops = stops(one.sl, one.tp);
            format!("{} {} at {} {stops}", one.side.name(), lots(one.volume), one.price)
        }
        Request::Close(one) => format!("close {} at {}", lots(one.volume), one.price),
        Request::Modify(one) => format!("modify {}", stops(one.sl, one.tp)),
        Request::Place(one) => {
            let (side, kind, stops) = (one.side.name(), word(&one.kind), stops(one.sl, one.tp));
            format!("{side} {kind} {} at {} {stops}", lots(one.volume), one.price)
        }
        Request::ModifyOrder(one) => {
            format!("modify order to {} {}", one.price, stops(one.sl, one.tp))
        }
        Request::Remove(_) => "remove order".to_owned(),
        Request::CloseBy(_) => "close by".to_owned(),
    };
    let symbol = symbols.get(trade.request.symbol().index());
    let symbol = text::name(symbol.map_or("?", String::as_str));
    format!("{}: {symbol} {what} ({})", text::name(of(&trade.owner)), why(trade.why))
}

/// Where two paths part and meet again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Paths {
    /// The number of moments in which both do the same.
    pub same: u64,
    /// The stretches in which they do not.
    pub apart: Vec<Apart>,
}

/// A stretch in which two paths are apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Apart {
    /// The first moment in which they differ.
    pub part: Timestamp,
    /// The next moment in which both do the same; none where they do not meet again.
    pub meet: Option<Timestamp>,
    /// The number of moments between in which the first does something else, or alone.
    pub then: u64,
    /// The same of the second.
    pub now: u64,
    /// What they do in the first of these moments.
    pub first: (Vec<String>, Vec<String>),
}

/// The most stretches that are told to people.
const TOLD_MAX: usize = 10;

impl Paths {
    /// Compares what two runs did.
    #[must_use]
    pub fn of(then: &[TradingMoment], now: &[TradingMoment]) -> Self {
        let mut paths = Self::default();
        let (mut one, mut other) = (then.iter().peekable(), now.iter().peekable());
        loop {
            let at = match (one.peek(), other.peek()) {
                (None, None) => return paths,
                (Some(one), Some(other)) => one.at.min(other.at),
                (Some(only), None) | (None, Some(only)) => only.at,
            };
            let then = one.next_if(|moment| moment.at == at);
            let now = other.next_if(|moment| moment.at == at);
            paths.take(at, then, now);
        }
    }

    fn take(&mut self, at: Timestamp, then: Option<&TradingMoment>, now: Option<&TradingMoment>) {
        let open = self.apart.last_mut().filter(|last| last.meet.is_none());
        if then == now {
            self.same += 1;
            if let Some(open) = open {
                open.meet = Some(at);
            }
            return;
        }
        let (has_then, has_now) = (u64::from(then.is_some()), u64::from(now.is_some()));
        if let Some(open) = open {
            open.then += has_then;
            open.now += has_now;
            return;
        }
        let said =
            |moment: Option<&TradingMoment>| moment.map(|it| it.said.clone()).unwrap_or_default();
        let first = (said(then), said(now));
        self.apart.push(Apart { part: at, meet: None, then: has_then, now: has_now, first });
    }
}

impl fmt::Display for Paths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.apart.is_empty() {
            return write!(f, "the paths never part");
        }
        for stretch in self.apart.iter().take(TOLD_MAX) {
            let Apart { part, meet, then, now, first } = stretch;
            let meet = match meet {
                Some(meet) => format!("meet at {meet}"),
                None => "do not meet again".to_owned(),
            };
            writeln!(f, "part at {part}, {meet} (moments between: {then} then, {now} now)")?;
            for (sign, said) in [("-", &first.0), ("+", &first.1)] {
                said.iter().try_for_each(|said| writeln!(f, "  {sign} {said}"))?;
            }
        }
        let more = self.apart.len().saturating_sub(TOLD_MAX);
        if more > 0 {
            writeln!(f, "and {more} times more")?;
        }
        write!(f, "{} moments are the same", self.same)
    }
}
