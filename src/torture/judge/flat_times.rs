//! `flat-times-hold`: while the account is to hold nothing, nothing enters, what is open is asked to be
//! closed, and no pending order outlives the beginning of that time for long.

use crate::domain::id::{SymbolId, Ticket};
use crate::domain::time::Timestamp;
use crate::session::description::SessionFile;
use crate::torture::facts::Facts;
use crate::torture::found::Findings;
use crate::torture::judge::attempts::{Attempts, is_long_ago};
use crate::torture::judge::exits::Exits;
use std::collections::BTreeMap;

/// The name of the invariant.
pub const NAME: &str = "flat-times-hold";

const MINUTE_NANOS: i64 = 60_000_000_000;
const WEEK_MINUTES: i64 = 7 * 24 * 60;

/// News: when, of which currency, and of how much impact.
type News = (i64, String, u8);

/// The times at which nothing is held, and since when something is that should not be.
#[derive(Debug)]
pub struct FlatTimes {
    session: SessionFile,
    news: Vec<News>,
    held: BTreeMap<Ticket, Timestamp>,
    resting: BTreeMap<Ticket, Timestamp>,
}

impl FlatTimes {
    /// Nothing has happened yet.
    #[must_use]
    pub fn new(session: &SessionFile) -> Self {
        let all = session.calendar.later_than(Timestamp::default());
        let news =
            all.map(|one| (one.time.nanos(), one.currency.code().to_owned(), one.impact as u8));
        let news = news.collect();
        Self { session: session.clone(), news, held: BTreeMap::new(), resting: BTreeMap::new() }
    }

    /// Whether nothing of a symbol is to be held.
    fn is_banned(&self, at: Timestamp, symbol: SymbolId) -> bool {
        self.is_weekend(at) || self.is_near_news(at, symbol)
    }

    fn is_weekend(&self, at: Timestamp) -> bool {
        let Some(weekend) = &self.session.risk.flat_weekend else { return false };
        let zone = weekend.zone.as_ref().unwrap_or(&self.session.zone);
        // The first day of the epoch was a Thursday.
        let since_monday = zone.to_server(at).0.div_euclid(60_000) + 3 * 24 * 60;
        let minute = |text: String| {
            let (day, time) = text.split_once(' ').expect("a day and a time");
            let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
            let day = days.iter().position(|name| *name == day).expect("a day");
            let (hour, minute) = time.split_once(':').expect("hours and minutes");
            let number = |text: &str| text.parse::<i64>().expect("a number");
            i64::try_from(day).expect("there are seven") * 24 * 60
                + number(hour) * 60
                + number(minute)
        };
        let (from, until) = (minute(weekend.from.into()), minute(weekend.until.into()));
        let length = (until - from).rem_euclid(WEEK_MINUTES);
        (since_monday - from).rem_euclid(WEEK_MINUTES) < length
    }

    fn is_near_news(&self, at: Timestamp, symbol: SymbolId) -> bool {
        let Some(window) = &self.session.risk.flat_news else { return false };
        let name = &self.session.symbols[symbol.index()];
        let is_near = |time: i64| {
            let from = time - i64::from(window.minutes_before) * MINUTE_NANOS;
            let until = time + i64::from(window.minutes_after) * MINUTE_NANOS;
            from <= at.nanos() && at.nanos() <= until
        };
        self.news.iter().any(|(time, currency, impact)| {
            is_near(*time) && *impact >= window.impact as u8 && name.contains(currency.as_str())
        })
    }

    /// Takes a request that is sent.
    pub fn sent(&self, facts: &Facts, place: usize, found: &mut Findings) {
        let trade = &facts.sent[place].trade;
        if trade.request.enters() && self.is_banned(facts.at, trade.request.symbol()) {
            found.violate(NAME, || {
                format!("request {} enters while the account is to hold nothing", trade.cid.0)
            });
        }
    }

    /// Checks now and then.
    pub fn look(
        &mut self,
        facts: &Facts,
        attempts: &Attempts,
        exits: &Exits,
        found: &mut Findings,
    ) {
        let before = std::mem::take(&mut self.held);
        for ticket in facts.open.iter().filter(|ticket| !exits.wants(**ticket)) {
            let held = &facts.positions[ticket];
            if !facts.is_its_own(held.sent) || !self.is_banned(facts.at, held.symbol) {
                continue;
            }
            let since = before.get(ticket).copied().unwrap_or(facts.at);
            self.held.insert(*ticket, since);
            if attempts.is_overdue(facts, *ticket, since) {
                found.violate(NAME, || {
                    format!("position {ticket} is held since {since}, when nothing is to be")
                });
            }
        }
        let before = std::mem::take(&mut self.resting);
        for (ticket, place) in facts.entering_orders() {
            let symbol = facts.sent[place].trade.request.symbol();
            if !facts.is_known(place) || !self.is_banned(facts.at, symbol) {
                continue;
            }
            let since = before.get(&ticket).copied().unwrap_or(facts.at);
            self.resting.insert(ticket, since);
            if is_long_ago(facts, since) {
                found.violate(NAME, || {
                    format!("order {ticket} works since {since}, when nothing is to be held")
                });
            }
        }
    }
}
