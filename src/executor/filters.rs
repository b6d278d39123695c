//! Whether the filters of rules let an entry through at this moment. They decide about entries only:
//! whoever closes anything does not ask here.

use super::Executor;
use super::flow::Flow;
use super::strategies::RunningStrategy;
use super::watching::OwnBars;
use crate::executor::action::Verdict;
use crate::strategy::condition::LineAt;
use crate::strategy::correlation::{Correlation, common_closes};
use crate::strategy::filter::{
    Filter, MeasuredKind, Quantity, SignalMoment, SpreadMost, TradingSession,
};

impl Executor {
    /// The first filter of the rules that stands against an entry at this moment, or their closing
    /// time.
    pub(super) fn pass_filters(
        &self,
        slot: u32,
        strategy: &RunningStrategy,
    ) -> Result<(), Verdict> {
        let symbol = &self.symbols[strategy.symbol.index()];
        let moment = SignalMoment { utc: self.now, server: symbol.cursor.time_msc };
        let times = &strategy.rules.exit.management.close_at;
        unless(!times.iter().any(|time| time.keeps_out(moment)), Verdict::ClosingTime)?;
        let mut filters = strategy.rules.filters.each();
        filters.try_for_each(|filter| self.pass_filter(slot, strategy, filter))
    }

    /// Whether a closing time of its strategy's rules has come since an entry was first sent.
    pub(super) fn has_closed_since(&self, flow: &Flow) -> bool {
        let strategy = flow.owner.strategy().and_then(|id| self.strategies.find(id));
        let management = strategy.map(|strategy| &strategy.rules.exit.management);
        let zone = self.config.zone.as_ref();
        let end = management.and_then(|it| it.first_closing(flow.sent_msc, zone));
        end.is_some_and(|end| end <= self.symbols[flow.symbol.index()].cursor.time_msc)
    }

    /// What a filter has against an entry at this moment.
    pub(super) fn pass_filter(
        &self,
        slot: u32,
        strategy: &RunningStrategy,
        filter: Filter<'_>,
    ) -> Result<(), Verdict> {
        let symbol = &self.symbols[strategy.symbol.index()];
        let moment = SignalMoment { utc: self.now, server: symbol.cursor.time_msc };
        match filter {
            Filter::Days(days) => unless(days.have(moment), Verdict::OutsideDays),
            Filter::Hours(hours) => unless(hours.have(moment), Verdict::OutsideHours),
            Filter::Sessions(sessions) => {
                let is_in = |session: &TradingSession| session.hours().have(moment);
                unless(sessions.iter().any(is_in), Verdict::OutsideSession)
            }
            Filter::News(window) => {
                let calendar = &self.config.calendar;
                let is_known = window.is_known(self.now, calendar);
                unless(is_known, Verdict::NoCalendar)?;
                let spec = symbol.spec.as_ref().ok_or(Verdict::NotTradable)?;
                let currencies = [spec.currency_base.as_str(), spec.currency_profit.as_str()];
                unless(!window.has(self.now, calendar, currencies), Verdict::NewsWindow)
            }
            Filter::Spread(most) => {
                let (spec, bid, ask) = symbol.quoted().ok_or(Verdict::NoQuote)?;
                let most = match most {
                    SpreadMost::Points(points) => Some(spec.points(points)),
                    SpreadMost::Pips(pips) => spec.pips(pips),
                };
                unless(most.is_some_and(|most| ask - bid <= most), Verdict::SpreadTooWide)
            }
            Filter::Measured(measured) => {
                let verdict = match measured.kind {
                    MeasuredKind::Volatility => Verdict::VolatilityOut,
                    MeasuredKind::Regime => Verdict::RegimeOut,
                };
                let value = self.quantity(slot, strategy, &measured.quantity);
                unless(value.is_some_and(|value| measured.has(value)), verdict)
            }
            Filter::Correlation(correlation) => {
                let lets_through = self.correlates(strategy, correlation);
                unless(lets_through, Verdict::CorrelationOut)
            }
        }
    }

    /// Whether the closes of the two symbols move with each other as wanted.
    fn correlates(&self, strategy: &RunningStrategy, correlation: &Correlation) -> bool {
        let own = OwnBars { symbol: strategy.symbol, timeframe: strategy.timeframe };
        let count = correlation.period() as usize + 1;
        let closed = |line: &LineAt| {
            let timeframe = line.timeframe.unwrap_or(own.timeframe);
            let feed = self.find_feed(self.symbol_of(own, line)?, timeframe)?;
            Some(self.feeds[usize::from(feed)].last_closed(count))
        };
        let bars = closed(&correlation.own).zip(closed(&correlation.other));
        bars.is_some_and(|(own, other)| correlation.has(common_closes(own, other)))
    }

    /// What a strategy's lines measure; none where one of them has no value.
    fn quantity(&self, slot: u32, strategy: &RunningStrategy, quantity: &Quantity) -> Option<f64> {
        let value = |line: &LineAt| self.line_value(slot, strategy.feed, line);
        match quantity {
            Quantity::Line(line) => value(line),
            Quantity::Pips(line) => {
                let spec = self.symbols[strategy.symbol.index()].spec.as_ref()?;
                Some(value(line)? / spec.pip_size()?.to_f64())
            }
            Quantity::Ratio { of, to } => Some(value(of)? / value(to)?),
        }
    }
}

fn unless(lets_through: bool, verdict: Verdict) -> Result<(), Verdict> {
    if lets_through { Ok(()) } else { Err(verdict) }
}
