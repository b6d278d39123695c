//! When rules let a signal through: hours of the day, days of the week, sessions of the markets, news,
//! how wide the spread may be, and what lines must measure, and how the symbol moves
//! with another one. A filter stands against entries only: exits are never held up.
//! [`Filters::each`] is the one order in which they are judged and told.

use crate::domain::amount::{Pips, Points};
use crate::domain::time::{ServerMsc, Timestamp};
use crate::domain::zone::ServerZone;
use crate::strategy::condition::{Constant, LineAt};
use crate::strategy::correlation::Correlation;
use crate::strategy::news_window::NewsWindow;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::LazyLock;

/// The filters of rules.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Filters {
    /// The hours in which signals enter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<TradingHours>,
    /// The days on which signals enter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<Days>,
    /// The sessions of the markets in which signals enter, in order, each once; none means always.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sessions: Vec<TradingSession>,
    /// The time around news in which signals do not enter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub news: Option<NewsWindow>,
    /// The widest spread at which signals enter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread: Option<SpreadMost>,
    /// What lines must measure where signals enter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measured: Vec<Measured>,
    /// How the symbol moves with another one where signals enter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation: Option<Correlation>,
}

/// One of the filters of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter<'a> {
    /// The days on which signals enter.
    Days(&'a Days),
    /// The hours in which signals enter.
    Hours(&'a TradingHours),
    /// The sessions in which signals enter.
    Sessions(&'a [TradingSession]),
    /// The time around news in which signals do not enter.
    News(&'a NewsWindow),
    /// The widest spread at which signals enter.
    Spread(SpreadMost),
    /// What lines must measure.
    Measured(&'a Measured),
    /// How the symbol moves with another one.
    Correlation(&'a Correlation),
}

/// A span of the day; one that ends before it begins goes over midnight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TradingHours {
    /// Its first minute, counted from midnight.
    pub from_minute: u16,
    /// The minute at which it is over.
    pub to_minute: u16,
    /// The clock that shows these times; none is the server's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<ServerZone>,
}

/// Days of the week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Days {
    /// The days: 1 is Monday, 7 is Sunday. In order, each once.
    pub days: Vec<u8>,
    /// The clock by which they begin; none is the server's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<ServerZone>,
}

/// A session of the markets: the hours of a city, by its own clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TradingSession {
    /// 08:00 to 17:00 in Sydney.
    Sydney,
    /// 09:00 to 18:00 in Tokyo.
    Tokyo,
    /// 08:00 to 17:00 in London.
    London,
    /// 08:00 to 17:00 in New York.
    NewYork,
}

/// The hours of the sessions, in the order of [`TradingSession::ALL`].
static SESSION_HOURS: LazyLock<[TradingHours; 4]> = LazyLock::new(|| {
    let hours = |from: u16, to: u16, zone: &str| TradingHours {
        from_minute: from * 60,
        to_minute: to * 60,
        zone: Some(zone.parse().expect("the bundled database has it")),
    };
    [
        hours(8, 17, "Australia/Sydney"),
        hours(9, 18, "Asia/Tokyo"),
        hours(8, 17, "Europe/London"),
        hours(8, 17, "America/New_York"),
    ]
});

impl TradingSession {
    /// All of them, from the east.
    pub const ALL: [Self; 4] = [Self::Sydney, Self::Tokyo, Self::London, Self::NewYork];

    /// The word in rules: `sydney`, `tokyo`, `london` or `newyork`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sydney => "sydney",
            Self::Tokyo => "tokyo",
            Self::London => "london",
            Self::NewYork => "newyork",
        }
    }

    /// Its hours.
    ///
    /// ```
    /// use tickdeck::strategy::filter::TradingSession;
    /// assert_eq!(TradingSession::Tokyo.hours().to_string(), "09:00 to 18:00 in Asia/Tokyo");
    /// ```
    #[must_use]
    pub fn hours(self) -> &'static TradingHours {
        &SESSION_HOURS[self as usize]
    }
}

/// The widest spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpreadMost {
    /// In points.
    Points(Points),
    /// In pips.
    Pips(Pips),
}

/// Bounds for what lines measure at the signal's bar. A line without a value lets nothing through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// What it says of the market.
    pub kind: MeasuredKind,
    /// What is measured.
    pub quantity: Quantity,
    /// The least that lets a signal through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least: Option<Constant>,
    /// The most that lets a signal through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<Constant>,
}

/// What a measure says of the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MeasuredKind {
    /// How far prices move.
    Volatility,
    /// Whether they go somewhere.
    Regime,
}

/// What is measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// A line as it is.
    Line(LineAt),
    /// A line that is a difference of prices, in pips of the strategy's symbol.
    Pips(LineAt),
    /// How many times as large one line is as another.
    Ratio {
        /// The line that is divided.
        of: LineAt,
        /// The line by which it is divided.
        to: LineAt,
    },
}

impl Quantity {
    /// The lines that it reads.
    pub fn lines(&self) -> impl Iterator<Item = &LineAt> {
        let (one, other) = match self {
            Self::Line(line) | Self::Pips(line) => (line, None),
            Self::Ratio { of, to } => (of, Some(to)),
        };
        std::iter::once(one).chain(other)
    }
}

impl Measured {
    /// Whether a value lets a signal through. One that is no number does not.
    ///
    /// ```
    /// use tickdeck::strategy::condition::LineAt;
    /// use tickdeck::strategy::filter::{Measured, MeasuredKind, Quantity};
    /// let quantity = Quantity::Line(LineAt::own("ADX_14".parse().unwrap()));
    /// let least = Some("25".parse().unwrap());
    /// let trend = Measured { kind: MeasuredKind::Regime, quantity, least, most: None };
    /// assert!(trend.has(25.0) && !trend.has(24.9) && !trend.has(f64::NAN));
    /// ```
    #[must_use]
    pub fn has(&self, value: f64) -> bool {
        value.is_finite()
            && self.least.is_none_or(|least| value >= least.to_f64())
            && self.most.is_none_or(|most| value <= most.to_f64())
    }
}

/// A moment, as each clock shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignalMoment {
    /// The moment itself.
    pub utc: Timestamp,
    /// What the server's clock shows.
    pub server: ServerMsc,
}

impl SignalMoment {
    /// What a clock shows; none is the server's.
    pub(super) fn by(self, zone: Option<&ServerZone>) -> ServerMsc {
        zone.map_or(self.server, |zone| zone.to_server(self.utc))
    }
}

impl TradingHours {
    /// Whether a moment lies in them.
    ///
    /// ```
    /// use tickdeck::domain::time::Timestamp;
    /// use tickdeck::strategy::filter::{TradingHours, SignalMoment};
    /// let night = TradingHours { from_minute: 22 * 60, to_minute: 6 * 60, zone: Some("Europe/London".parse().unwrap()) };
    /// let utc: Timestamp = "2025-07-01T21:30:00Z".parse().unwrap();
    /// // In London it is half past ten in the evening, by summer time.
    /// assert!(night.have(SignalMoment { utc, server: "2025-07-02 00:30".parse().unwrap() }));
    /// ```
    #[must_use]
    pub fn have(&self, moment: SignalMoment) -> bool {
        let minute = moment.by(self.zone.as_ref()).0.rem_euclid(86_400_000) / 60_000;
        let (from, to) = (i64::from(self.from_minute), i64::from(self.to_minute));
        if from < to { from <= minute && minute < to } else { minute >= from || minute < to }
    }
}

impl Days {
    /// Whether a moment lies on one of them.
    #[must_use]
    pub fn have(&self, moment: SignalMoment) -> bool {
        let shown = moment.by(self.zone.as_ref()).civil();
        u8::try_from(shown.weekday().to_monday_one_offset())
            .is_ok_and(|day| self.days.contains(&day))
    }
}

impl Filters {
    /// Whether nothing is filtered.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.each().next().is_none()
    }

    /// Each filter, in the order in which a signal meets them.
    pub fn each(&self) -> impl Iterator<Item = Filter<'_>> {
        let Self { hours, days, sessions, news, spread, measured, correlation } = self;
        let sessions = (!sessions.is_empty()).then_some(Filter::Sessions(sessions));
        let days = days.iter().map(Filter::Days);
        let when = days.chain(hours.iter().map(Filter::Hours)).chain(sessions);
        let when = when.chain(news.iter().map(Filter::News));
        let spread = spread.iter().copied().map(Filter::Spread);
        let correlation = correlation.iter().map(Filter::Correlation);
        when.chain(spread).chain(measured.iter().map(Filter::Measured)).chain(correlation)
    }

    /// The lines that they read.
    pub fn lines(&self) -> impl Iterator<Item = &LineAt> {
        let closes = self.correlation.iter().flat_map(|it| [&it.own, &it.other]);
        self.measured.iter().flat_map(|one| one.quantity.lines()).chain(closes)
    }

    /// Whether anything in them depends on the length of a pip.
    #[must_use]
    pub fn needs_pips(&self) -> bool {
        matches!(self.spread, Some(SpreadMost::Pips(_)))
            || self.measured.iter().any(|one| matches!(one.quantity, Quantity::Pips(_)))
    }
}

impl Filter<'_> {
    /// What it is about, in a word or two.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Days(_) => "days",
            Self::Hours(_) => "hours",
            Self::Sessions(_) => "sessions",
            Self::News(_) => "news",
            Self::Spread(_) => "spread",
            Self::Measured(Measured { kind: MeasuredKind::Volatility, .. }) => "volatility",
            Self::Measured(Measured { kind: MeasuredKind::Regime, .. }) => "regime",
            Self::Correlation(_) => "correlation",
        }
    }
}

impl fmt::Display for Filter<'_> {
    /// `signals enter on Monday by the server's clock`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Days(days) => write!(f, "signals enter on {days}"),
            Self::Hours(hours) => write!(f, "signals enter from {hours}"),
            Self::Sessions(sessions) => {
                let told = |one: &TradingSession| format!("{} ({})", one.name(), one.hours());
                let told: Vec<String> = sessions.iter().map(told).collect();
                write!(f, "signals enter in {}", told.join(" or "))
            }
            Self::News(window) => write!(f, "signals do not enter {window}"),
            Self::Spread(most) => write!(f, "{most}"),
            Self::Measured(measured) => write!(f, "signals enter while {measured}"),
            Self::Correlation(correlation) => write!(f, "signals enter while {correlation}"),
        }
    }
}

/// The clock, in words.
pub(super) fn clock(zone: Option<&ServerZone>) -> String {
    zone.map_or("by the server's clock".to_owned(), |zone| format!("in {zone}"))
}

const DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// A minute of the day, such as `08:30`.
pub(super) fn time_of_day(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// The names of days.
pub(super) fn day_names(days: &[u8]) -> String {
    let name = |day: &u8| DAYS[usize::from(day.saturating_sub(1)) % 7];
    days.iter().map(name).collect::<Vec<&str>>().join(", ")
}

impl fmt::Display for TradingHours {
    /// `08:00 to 17:00 in Europe/London`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (time_of_day(self.from_minute), time_of_day(self.to_minute));
        write!(f, "{from} to {to} {}", clock(self.zone.as_ref()))
    }
}

impl fmt::Display for Days {
    /// `Monday, Friday by the server's clock`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", day_names(&self.days), clock(self.zone.as_ref()))
    }
}

impl fmt::Display for Measured {
    /// `ATR_14 is from 5 to 20 pips`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, unit) = match &self.quantity {
            Quantity::Line(line) => (line.to_string(), ""),
            Quantity::Pips(line) => (line.to_string(), " pips"),
            Quantity::Ratio { of, to } => (format!("{of} divided by {to}"), ""),
        };
        write!(f, "{what} is")?;
        match (self.least, self.most) {
            (Some(least), Some(most)) => write!(f, " from {least} to {most}{unit}"),
            (Some(least), None) => write!(f, " at least {least}{unit}"),
            (None, Some(most)) => write!(f, " at most {most}{unit}"),
            (None, None) => f.write_str(" anything"),
        }
    }
}

impl fmt::Display for SpreadMost {
    /// `no wider than 20 points`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Points(points) => write!(f, "no wider than {} points", points.0),
            Self::Pips(pips) => write!(f, "no wider than {pips} pips"),
        }
    }
}
