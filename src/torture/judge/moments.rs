//! `entries-pass-filters`: a signal enters on a day, in hours and sessions, and away from news, as the
//! rules of its strategy say, and not when they have closed for the day.

use crate::domain::calendar::Calendar;
use crate::domain::id::{IntentKey, SymbolId};
use crate::executor::action::RequestReason;
use crate::executor::event::{BrokerEvent, Event};
use crate::strategy::filter::{Filter, SignalMoment};
use crate::strategy::rules::Rules;
use crate::torture::facts::Facts;
use crate::torture::found::Findings;
use std::collections::{BTreeMap, BTreeSet};

/// The name of the invariant.
pub const NAME: &str = "entries-pass-filters";

/// The entries that were sent, and what news is about.
#[derive(Debug, Default)]
pub struct Moments {
    entered: BTreeSet<(u32, IntentKey)>,
    calendar: Calendar,
    /// The two currencies of each symbol.
    currencies: BTreeMap<SymbolId, [String; 2]>,
}

impl Moments {
    /// Nothing was sent yet; the news is that of a calendar.
    #[must_use]
    pub fn new(calendar: Calendar) -> Self {
        Self { calendar, ..Self::default() }
    }

    /// Takes an event other than a tick.
    pub fn event(&mut self, event: &Event) {
        if let Event::Broker(BrokerEvent::Symbol(news)) = event {
            let both = [news.spec.currency_base.clone(), news.spec.currency_profit.clone()];
            self.currencies.insert(news.symbol, both);
        }
    }

    /// Takes a request that is sent. One that is sent again has passed before.
    pub fn sent(&mut self, facts: &Facts, place: usize, found: &mut Findings) {
        let sent = &facts.sent[place];
        let trade = &sent.trade;
        let is_signal = trade.why == RequestReason::Signal && trade.request.enters();
        if !is_signal || !self.entered.insert((sent.line, trade.key)) {
            return;
        }
        let symbol = trade.request.symbol();
        let moment = SignalMoment { utc: facts.at, server: facts.ticked[symbol.index()] };
        let mut rules = facts.rules.of(&trade.owner).peekable();
        let is_known = rules.peek().is_some();
        if is_known && !rules.any(|rules| self.lets_in(rules, symbol, moment)) {
            found.violate(NAME, || {
                format!(
                    "request {} of {} enters at {}, at which its filters let nothing in",
                    trade.cid.0,
                    trade.owner.name(),
                    moment.server
                )
            });
        }
    }

    fn lets_in(&self, rules: &Rules, symbol: SymbolId, moment: SignalMoment) -> bool {
        let times = &rules.exit.management.close_at;
        if times.iter().any(|time| time.keeps_out(moment)) {
            return false;
        }
        rules.filters.each().all(|filter| match filter {
            Filter::Days(days) => days.have(moment),
            Filter::Hours(hours) => hours.have(moment),
            Filter::Sessions(sessions) => sessions.iter().any(|it| it.hours().have(moment)),
            Filter::News(window) => self.currencies.get(&symbol).is_some_and(|[base, profit]| {
                window.is_known(moment.utc, &self.calendar)
                    && !window.has(moment.utc, &self.calendar, [base, profit])
            }),
            // What prices say is compared with plain loops elsewhere.
            Filter::Spread(_) | Filter::Measured(_) | Filter::Correlation(_) => true,
        })
    }
}
