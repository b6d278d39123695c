//! Whether symbols and feeds that were read can be gone on from.

use super::{Feed, LineRef, Shared, Source, SymbolState, WAITING_TICKS_MAX, Watcher};
use crate::domain::flaw::{Checked, Flaw, each, must};
use crate::executor::event::{SERVER_MSC_LAST, SERVER_MSC_MAX, bar_flaw, is_price, is_quoted};
use crate::executor::soundness::{Bounds, count_short};
use crate::market::bar::{Bar, TickCursor};

impl SymbolState {
    /// Whether it can be.
    ///
    /// # Errors
    /// The first field that cannot.
    pub fn check(&self, bounds: Bounds) -> Checked {
        if let Some(flaw) = self.spec.as_ref().and_then(|spec| spec.flaw()) {
            return Err(Flaw::of("spec", flaw));
        }
        must(is_price(self.bid), "bid", "is no quote")?;
        must(is_price(self.ask), "ask", "is no quote")?;
        cursor("cursor", self.cursor)?;
        bounds.past("heard_at", self.heard_at)?;
        bounds.past("flawed_at", self.flawed_at)?;
        bounds.past("doubted", self.doubted.map(|(_, at)| at))?;
        self.feeds.iter().try_for_each(|&feed| bounds.feed("feeds", feed))?;
        must((1..self.feeds.len()).all(|place| !self.feeds[..place].contains(&self.feeds[place])), "feeds", "name one twice")
    }
}

impl Feed {
    /// Whether it can be; `runs` tells whether there is a strategy in a slot.
    ///
    /// # Errors
    /// The first field that cannot.
    pub fn check(&self, bounds: Bounds, runs: impl Fn(u32) -> bool) -> Checked {
        bounds.symbol("symbol", self.symbol)?;
        must(self.indicators.len() <= usize::from(u16::MAX) + 1, "indicators", "are numbered by 16 bits")?;
        let indicator = |shared: &Shared| shared.indicator.check(shared.spec).map_err(|flaw| flaw.under("indicator"));
        each("indicators", (0_usize..).zip(&self.indicators), indicator)?;
        each("watchers", (0_usize..).zip(&self.watchers), |watcher| {
            must(runs(watcher.slot), "slot", "must be that of a strategy that runs")?;
            watcher.check(&self.indicators)
        })?;
        each("history", (0_usize..).zip(&self.history), sound_bar)?;
        self.check_source(bounds).map_err(|flaw| flaw.under("source"))
    }

    fn check_source(&self, bounds: Bounds) -> Checked {
        match &self.source {
            Source::Idle => Ok(()),
            Source::Waiting { since, ticks } => {
                cursor("waiting.since", *since)?;
                must(ticks.len() <= WAITING_TICKS_MAX, "waiting.ticks", &format!("must not be more than {WAITING_TICKS_MAX}"))?;
                each("waiting.ticks", (0_usize..).zip(ticks), |tick| {
                    must(is_quoted(tick, SERVER_MSC_LAST), "time_msc", "is not that of a tick, or its quotes are not")?;
                    bounds.symbol("symbol", tick.symbol)
                })
            }
            Source::Live(builder) => {
                let forming = builder.forming().map_or(Ok(()), sound_bar);
                forming
                    .map_err(|flaw| flaw.under("forming"))
                    .and_then(|()| builder.check(self.timeframe))
                    .map_err(|flaw| flaw.under("live"))
            }
        }
    }
}

impl Watcher {
    fn check(&self, indicators: &[Shared]) -> Checked {
        let line = |field: &str, LineRef { shared, line }: LineRef| {
            let place = usize::from(shared);
            let Some(shared) = indicators.get(place) else {
                return Err(Flaw::of(
                    format!("{field}.shared"),
                    format!("must be below {}: there are no more indicators", indicators.len()),
                ));
            };
            let lines = shared.spec.lines().count();
            must(usize::from(line) < lines, &format!("{field}.line"), &format!("must be below {lines}: the indicator has no more lines"))
        };
        line("fast", self.fast)?;
        line("slow", self.slow)
    }
}

fn sound_bar(bar: &Bar) -> Checked {
    bar_flaw(bar).map_or(Ok(()), |field| Err(Flaw::of(field.trim_start_matches("bars."), "is none that a bar can have")))
}

fn cursor(path: &str, cursor: TickCursor) -> Checked {
    must(cursor.time_msc.0 < SERVER_MSC_MAX, path, "is beyond the year 3084")?;
    count_short(path, cursor.count)
}
