//! The limits on the whole account: what it may lose, hold and do in a day.

use crate::domain::amount::{Money, Percent, Volume};
use crate::domain::flaw::{Checked, each, must};
use crate::domain::time::ServerMsc;
use crate::domain::zone::ServerZone;
use crate::risk::correlated::CorrelatedLots;
use crate::risk::flat_weekend::FlatWeekend;
use crate::risk::loss::{DailyLoss, DayAnchor, DayMarks, MaxLoss, Peaks, ProfitTarget};
use crate::strategy::news_window::NewsWindow;
use serde::{Deserialize, Serialize};

const DAY_MS: i64 = 24 * 60 * 60_000;

/// When a trading day begins: a time of day by a named clock.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DayCut {
    /// The minute, counted from midnight; in files, a time such as `17:00`.
    #[serde(rename = "time", with = "super::time_of_day")]
    pub minute: u16,
    /// The clock that shows it; none is the server's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<ServerZone>,
}

impl DayCut {
    /// The first day cut after `after`, both by the server's clock, whose zone is `server`. None where
    /// it is by another clock and the server's zone is not known.
    ///
    /// ```
    /// use tickdeck::risk::account::DayCut;
    /// let prague = DayCut { minute: 0, zone: Some("Europe/Prague".parse().unwrap()) };
    /// // A server that closes with New York is seven hours ahead of it, and one ahead of Prague.
    /// let server = "America/New_York+7".parse().unwrap();
    /// let noon = "2025-09-22 12:00".parse().unwrap();
    /// let cut = prague.next_after(noon, Some(&server)).unwrap();
    /// assert_eq!(cut, "2025-09-23 01:00".parse().unwrap());
    /// ```
    #[must_use]
    pub fn next_after(&self, after: ServerMsc, server: Option<&ServerZone>) -> Option<ServerMsc> {
        let day = |after: ServerMsc, days: i64| {
            let midnight = after.0.div_euclid(DAY_MS).checked_add(days)?.checked_mul(DAY_MS)?;
            midnight.checked_add(i64::from(self.minute) * 60_000).map(ServerMsc)
        };
        let Some(zone) = &self.zone else {
            return (0..=1).filter_map(|days| day(after, days)).find(|cut| *cut > after);
        };
        let (mut zone, mut server) = (zone.clone(), server?.clone());
        let now = server.to_utc(after);
        let shown = zone.to_server(now);
        // A time that a clock shows twice begins one day, the first time; one that it skips begins it as
        // much later.
        let cuts = (-1..=2).filter_map(|days| day(shown, days)).map(|cut| zone.to_utc(cut));
        let next = { cuts }.find(|cut| *cut > now)?;
        Some(server.to_server(next))
    }
}

/// The limits on the whole account. What is none is not limited.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountRisk {
    /// A set of limits that is built in, or a file that holds one. It is gone once a session is loaded:
    /// its limits are among these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub propfirm: Option<String>,
    /// When a trading day begins; none is the server's midnight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day_cut: Option<DayCut>,
    /// The balance from which limits are measured; none takes the first that the account reports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial_balance: Option<Money>,
    /// Whether everything of ours is closed when the account reaches a limit on its losses; it is not
    /// where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flatten: Option<bool>,
    /// What a day may lose.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub daily_loss: Vec<DailyLoss>,
    /// What may be lost at all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub max_loss: Vec<MaxLoss>,
    /// The largest number of entries of a trading day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_daily_trades: Option<u32>,
    /// The largest number of positions of one symbol.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_open_trades_symbol: Option<u32>,
    /// The largest volume of one symbol, in lots, both sides together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_lots_symbol: Option<Volume>,
    /// The largest volume of all symbols together, in lots.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_lots_total: Option<Volume>,
    /// The largest margin in percent of the equity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_margin_use: Option<Percent>,
    /// What everything open may lose at its stops, in percent of the equity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_portfolio_risk: Option<Percent>,
    /// The most lots that may go one way in symbols that move with each other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_correlated: Option<CorrelatedLots>,
    /// The part of the week in which nothing is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flat_weekend: Option<FlatWeekend>,
    /// The time around news in which nothing is held that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flat_news: Option<NewsWindow>,
    /// What is to be earned: nothing is entered once the equity has come to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profit_target: Option<ProfitTarget>,
    /// The fewest trading days on which something is opened: it takes them to pass, and they stop nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_trading_days: Option<u32>,
    /// The most that the best day may make of the whole profit, in percent of it: it takes that to pass, and
    /// it stops nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consistency: Option<Percent>,
}

/// The largest number of limits on losses.
pub const LOSS_LIMITS_MAX: u8 = 16;

impl AccountRisk {
    /// Whether nothing is limited.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a limit looks at the account's equity.
    #[must_use]
    pub const fn watches_equity(&self) -> bool {
        !self.daily_loss.is_empty()
            || !self.max_loss.is_empty()
            || self.max_margin_use.is_some()
            || self.max_portfolio_risk.is_some()
            || self.profit_target.is_some()
    }

    /// Whether anything but what is to be earned has to come true to pass.
    #[must_use]
    pub const fn has_conditions(&self) -> bool {
        self.min_trading_days.is_some() || self.consistency.is_some()
    }

    /// Whether anything is counted by trading days.
    #[must_use]
    pub const fn has_days(&self) -> bool {
        self.watches_equity() || self.has_conditions() || self.max_daily_trades.is_some()
    }

    /// The lowest of the marks with which a floor rises from tick to tick; none where no floor does.
    #[must_use]
    pub fn lowest_followed(&self, peaks: Peaks, day: DayMarks) -> Option<Money> {
        let peak = self.max_loss.iter().any(|loss| loss.follows_equity()).then_some(peaks.equity);
        let is_of_day = self.daily_loss.iter().any(|loss| loss.anchor == DayAnchor::High);
        peak.into_iter().chain(is_of_day.then_some(day.high)).min()
    }

    /// Whether everything of ours is closed when a limit on losses is reached.
    #[must_use]
    pub fn flattens(&self) -> bool {
        self.flatten == Some(true)
    }

    /// The limits of `other` in addition to these: where both limit a number the tighter holds, and where
    /// both say when a day begins, what is to be earned, what counts as correlated, when nothing is held, or
    /// whether to close, these do.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        self.day_cut = self.day_cut.or(other.day_cut);
        self.initial_balance = self.initial_balance.or(other.initial_balance);
        self.flatten = self.flatten.or(other.flatten);
        self.daily_loss.extend(other.daily_loss);
        self.max_loss.extend(other.max_loss);
        self.max_daily_trades = smaller(self.max_daily_trades, other.max_daily_trades);
        self.max_open_trades_symbol =
            smaller(self.max_open_trades_symbol, other.max_open_trades_symbol);
        self.max_lots_symbol = smaller(self.max_lots_symbol, other.max_lots_symbol);
        self.max_lots_total = smaller(self.max_lots_total, other.max_lots_total);
        self.max_margin_use = smaller(self.max_margin_use, other.max_margin_use);
        self.max_portfolio_risk = smaller(self.max_portfolio_risk, other.max_portfolio_risk);
        self.max_correlated = self.max_correlated.or(other.max_correlated);
        self.flat_weekend = self.flat_weekend.or(other.flat_weekend);
        self.flat_news = self.flat_news.or(other.flat_news);
        self.profit_target = self.profit_target.or(other.profit_target);
        self.min_trading_days = self.min_trading_days.max(other.min_trading_days);
        self.consistency = smaller(self.consistency, other.consistency);
        self
    }

    /// # Errors
    /// The first field that makes no sense.
    pub fn check(&self) -> Checked {
        let minute = self.day_cut.as_ref().map_or(0, |cut| cut.minute);
        must(minute < 24 * 60, "day_cut.time", "must be from 00:00 to 23:59")?;
        let is_positive = |money: Money| money > Money::ZERO;
        must(self.initial_balance.is_none_or(is_positive), "initial_balance", "must be above 0")?;
        must(
            self.daily_loss.len() + self.max_loss.len() <= usize::from(LOSS_LIMITS_MAX),
            "daily_loss",
            "and max_loss may have 16 limits together",
        )?;
        each("daily_loss", (0_usize..).zip(&self.daily_loss), |loss| loss.check())?;
        each("max_loss", (0_usize..).zip(&self.max_loss), |loss| loss.check())?;
        let is_count = |most: Option<u32>| most != Some(0);
        must(is_count(self.max_daily_trades), "max_daily_trades", "must be above 0")?;
        must(is_count(self.max_open_trades_symbol), "max_open_trades_symbol", "must be above 0")?;
        let is_volume = |lots: &Option<Volume>| lots.is_none_or(|lots| lots > Volume::ZERO);
        must(is_volume(&self.max_lots_symbol), "max_lots_symbol", "must be above 0")?;
        must(is_volume(&self.max_lots_total), "max_lots_total", "must be above 0")?;
        let is_part = |part: Percent| part > Percent::ZERO;
        must(self.max_margin_use.is_none_or(is_part), "max_margin_use", "must be above 0")?;
        must(self.max_portfolio_risk.is_none_or(is_part), "max_portfolio_risk", "must be above 0")?;
        must(is_count(self.min_trading_days), "min_trading_days", "must be above 0")?;
        let is_share = |share: Percent| share > Percent::ZERO && share <= Percent::WHOLE;
        let reason = "must be above 0, and at most 100";
        must(self.consistency.is_none_or(is_share), "consistency", reason)?;
        let correlated = self.max_correlated.map_or(Ok(()), |most| most.check());
        correlated.map_err(|flaw| flaw.under("max_correlated"))?;
        let weekend = self.flat_weekend.as_ref().map_or(Ok(()), FlatWeekend::check);
        weekend.map_err(|flaw| flaw.under("flat_weekend"))?;
        let news = self.flat_news.as_ref().map_or(Ok(()), NewsWindow::check);
        news.map_err(|flaw| flaw.under("flat_news"))?;
        self.profit_target.map_or(Ok(()), ProfitTarget::check)
    }
}

/// The smaller of two limits, either of which may be none.
fn smaller<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
