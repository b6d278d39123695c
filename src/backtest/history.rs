//! What lies outside a session's own span: ticks before `from` become bars that the broker has from the
//! start, as MT5's tester has the history before its first day; nothing comes from `to` on.

use crate::backtest::error::BacktestError;
use crate::backtest::primed::Primed;
use crate::config::Session;
use crate::domain::amount::Price;
use crate::domain::tick::Tick;
use crate::domain::time::ServerMsc;
use crate::executor::command::{CommandEvent, CommandSource};
use crate::executor::event::Event;
use crate::market::bar::Bar;
use crate::market::builder::BarBuilder;
use crate::market::timeframe::Timeframe;
use crate::session::ports::TickStream;

/// What of a session is outside its span.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Commands, operator's acts and starts of strategies before it.
    pub before: u64,
    /// The same, after it.
    pub after: u64,
}

impl LeftOut {
    /// A sentence for each kind.
    #[must_use]
    pub fn told(self, session: &Session) -> Vec<String> {
        let span = words(session);
        let told = |(count, place): (u64, &str)| match count {
            0 => None,
            1 => Some(format!("1 command {place} the session's span ({span}) was left out")),
            _ => {
                Some(format!("{count} commands {place} the session's span ({span}) were left out"))
            }
        };
        [(self.before, "before"), (self.after, "after")].into_iter().filter_map(told).collect()
    }
}

/// Takes from the streams what comes before the session begins, as its history, and from the session the
/// acts that are outside of its span.
///
/// # Errors
/// [`BacktestError::Nothing`] when no tick is within the span; errors of the streams.
pub fn begin(
    session: &mut Session,
    streams: Vec<Box<dyn TickStream>>,
) -> Result<(Vec<Box<dyn TickStream>>, LeftOut), BacktestError> {
    let zone = &session.file.zone;
    let from = session.file.from.map(|from| from.server_msc(zone));
    let to = session.file.to.map(|to| to.server_msc(zone));
    if from.is_none() && to.is_none() {
        return Ok((streams, LeftOut::default()));
    }
    let mut begun = Vec::with_capacity(streams.len());
    let mut history = std::mem::take(&mut session.history);
    history.resize(streams.len(), Vec::new());
    let mut firsts = Vec::with_capacity(streams.len());
    for ((stream, spec), known) in streams.into_iter().zip(&session.specs).zip(&mut history) {
        let mut minutes = Minutes::after(std::mem::take(known), spec.point());
        let from = from.unwrap_or(ServerMsc(i64::MIN));
        let stream = Primed::since(stream, from, |tick| minutes.push(tick));
        let stream = stream.map_err(BacktestError::Port)?;
        firsts.extend(stream.first_time());
        begun.push(Box::new(stream) as Box<dyn TickStream>);
        *known = minutes.finish();
    }
    let first = firsts.into_iter().min();
    if first.is_none_or(|first| to.is_some_and(|to| first >= to)) {
        let last = history.iter().filter_map(|bars| bars.last()).map(|bar| bar.time_msc).max();
        let span = words(session);
        return Err(BacktestError::Nothing { span, before: last, after: first });
    }
    session.history = history;
    Ok((begun, leave_out(session, (from, to), first)))
}

/// The span of a session as it is written, such as `from 2025.09.22 08:00:00.000`.
fn words(session: &Session) -> String {
    let word = |name: &str, moment: Option<_>| moment.map(|moment| format!("{name} {moment}"));
    let words = [word("from", session.file.from), word("to", session.file.to)];
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Leaves out what is outside the span. What sources had open before it stays: it is what they have open
/// when it begins. The session's own strategies start when it does.
fn leave_out(
    session: &mut Session,
    (from, to): (Option<ServerMsc>, Option<ServerMsc>),
    first: Option<ServerMsc>,
) -> LeftOut {
    let mut left_out = LeftOut::default();
    let zone = session.file.zone.clone();
    let utc = |time: Option<ServerMsc>| time.map(|time| zone.clone().to_utc(time));
    let (from, to, first) = (utc(from), utc(to), utc(first));
    let is_before = |at| from.is_some_and(|from| at < from);
    let is_after = |at| to.is_some_and(|to| at >= to);
    for (at, _) in session.stream.iter_mut().filter(|(_, event)| own_start(event).is_some()) {
        if is_before(*at) {
            *at = first.unwrap_or(*at);
        }
    }
    session.stream.retain(|(at, event)| {
        let is_source = matches!(event, Event::Source(_));
        left_out.before += u64::from(is_before(*at) && !is_source);
        left_out.after += u64::from(is_after(*at) && !is_source);
        !is_after(*at) && (is_source || !is_before(*at))
    });
    for (at, _) in &mut session.starts {
        // One that was to start earlier starts when the session does.
        *at = at.filter(|at| !is_before(*at));
    }
    session.starts.retain(|(at, _)| {
        let is_left_out = at.is_some_and(is_after);
        left_out.after += u64::from(is_left_out);
        !is_left_out
    });
    left_out
}

/// A START of the session's own, as a recording holds it.
pub(super) fn own_start(event: &Event) -> Option<&CommandEvent> {
    match event {
        Event::Command(command) if command.source == CommandSource::Session => Some(command),
        _ => None,
    }
}

/// The minutes of one symbol in the making.
#[derive(Debug)]
pub struct Minutes {
    builder: BarBuilder,
    closed: Vec<Bar>,
}

impl Minutes {
    /// After those that are known already.
    #[must_use]
    pub fn after(mut closed: Vec<Bar>, point: Price) -> Self {
        let last = closed.pop();
        let last_msc = last.map_or(ServerMsc(i64::MIN), |last| last.time_msc);
        Self { builder: BarBuilder::resume(Timeframe::M1, point, last, last_msc), closed }
    }

    /// Takes a tick. One of an empty book is no price: no bar takes it.
    pub fn push(&mut self, tick: &Tick) {
        if tick.has_quotes() {
            self.closed.extend(self.builder.push_tick(tick));
        }
    }

    /// All minutes, the last of which may go on.
    #[must_use]
    pub fn finish(mut self) -> Vec<Bar> {
        self.closed.extend(self.builder.forming().copied());
        self.closed
    }
}
