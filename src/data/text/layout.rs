//! What the lines of each readable text mean, as data: columns, how time is written, which clock, what a blank says.
//!
//! Sizes of quotes (`AskVolume`, `volume_real`) and volumes of candles that are sums of them are not kept: they are no
//! counts of ticks. A layout that gives no `tick_volume` or `spread` has 0 there, which is to be read as "not told".

use crate::data::format::{Format, LayoutClock};

/// What a cell is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The day, its time in a cell of its own.
    Date,
    /// Time of day.
    Time,
    /// Day and time in one cell, or a number of seconds or milliseconds.
    Moment,
    /// The pair, as `EUR/USD`.
    Pair,
    /// Bid.
    Bid,
    /// Ask.
    Ask,
    /// Price of the last deal.
    Last,
    /// Volume of the last deal.
    Volume,
    /// MT5's mask of what changed.
    Flags,
    /// First Bid of a bar.
    Open,
    /// Highest.
    High,
    /// Lowest.
    Low,
    /// Last.
    Close,
    /// Number of ticks.
    TickVolume,
    /// Volume of deals.
    RealVolume,
    /// Spread in points.
    Spread,
    /// First Ask of a bar.
    AskOpen,
    /// Last Ask of a bar.
    AskClose,
    /// What was quoted in a bar: 0 where nothing was.
    QuotedVolume,
    /// Known and not read.
    Unread,
}

/// Number of the fields.
pub const FIELDS: usize = Field::Unread as usize + 1;

/// A column of a layout.
#[derive(Debug)]
pub struct Column {
    /// What a header calls it, in capitals, the usual one first; one that ends in `*` is the beginning of a name.
    pub names: &'static [&'static str],
    /// What it holds.
    pub field: Field,
    /// Whether a header must have it.
    pub presence: Presence,
}

/// Whether a file may lack a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It must be there.
    Needed,
    /// It may be absent.
    Optional,
}

/// How time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeFormat {
    /// A cell for the day, one for the time of day.
    DayAndTime,
    /// Day and time in one cell.
    Text,
    /// So, or as seconds since 1970.
    TextOrSeconds,
    /// So, or as milliseconds since 1970.
    TextOrMilliseconds,
    /// Milliseconds since midnight; the name of the file says the day.
    SinceMidnight,
}

/// What a blank cell says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blank {
    /// The value is what it was.
    Unchanged,
    /// That something is missing.
    Flaw,
}

/// A layout of lines.
#[derive(Debug)]
pub struct Layout {
    /// Its name.
    pub format: Format,
    /// Its columns, in the order of a file without header.
    pub columns: &'static [Column],
    /// Cells of a line at least, where there is no header; none where there must be one.
    pub headerless_min: Option<usize>,
    /// How time is written.
    pub written: TimeFormat,
    /// What a blank cell says.
    pub blank: Blank,
    /// By which clock.
    pub clock: LayoutClock,
}

const fn needed(names: &'static [&'static str], field: Field) -> Column {
    Column { names, field, presence: Presence::Needed }
}

const fn optional(names: &'static [&'static str], field: Field) -> Column {
    Column { names, field, presence: Presence::Optional }
}

/// MT5 reference 7: blank cells carry the last value forward, old exports lack the flags.
const MT5_TICKS: Layout = Layout {
    format: Format::Mt5Ticks,
    columns: &[
        needed(&["DATE"], Field::Date),
        needed(&["TIME"], Field::Time),
        needed(&["BID"], Field::Bid),
        needed(&["ASK"], Field::Ask),
        optional(&["LAST"], Field::Last),
        optional(&["VOLUME"], Field::Volume),
        optional(&["FLAGS"], Field::Flags),
    ],
    headerless_min: Some(4),
    written: TimeFormat::DayAndTime,
    blank: Blank::Unchanged,
    clock: LayoutClock::Server,
};

/// MT5 reference 7: daily and longer bars may lack the time of day.
const MT5_BARS: Layout = Layout {
    format: Format::Mt5Bars,
    columns: &[
        needed(&["DATE"], Field::Date),
        optional(&["TIME"], Field::Time),
        needed(&["OPEN"], Field::Open),
        needed(&["HIGH"], Field::High),
        needed(&["LOW"], Field::Low),
        needed(&["CLOSE"], Field::Close),
        needed(&["TICKVOL"], Field::TickVolume),
        optional(&["VOL"], Field::RealVolume),
        needed(&["SPREAD"], Field::Spread),
    ],
    headerless_min: Some(9),
    written: TimeFormat::DayAndTime,
    blank: Blank::Flaw,
    clock: LayoutClock::Server,
};

/// MT5 reference 1.5, as pandas writes the arrays, with its index before them or not.
const API_TICKS: Layout = Layout {
    format: Format::ApiTicks,
    columns: &[
        needed(&["TIME_MSC", "TIME"], Field::Moment),
        needed(&["BID"], Field::Bid),
        needed(&["ASK"], Field::Ask),
        optional(&["LAST"], Field::Last),
        optional(&["VOLUME"], Field::Volume),
        optional(&["FLAGS"], Field::Flags),
        optional(&["VOLUME_REAL"], Field::Unread),
    ],
    headerless_min: None,
    written: TimeFormat::TextOrMilliseconds,
    blank: Blank::Flaw,
    clock: LayoutClock::Server,
};

/// MT5 reference 1.5; the bars of `tickdeck bars` have the same columns.
const API_BARS: Layout = Layout {
    format: Format::ApiBars,
    columns: &[
        needed(&["TIME"], Field::Moment),
        needed(&["OPEN"], Field::Open),
        needed(&["HIGH"], Field::High),
        needed(&["LOW"], Field::Low),
        needed(&["CLOSE"], Field::Close),
        needed(&["TICK_VOLUME"], Field::TickVolume),
        needed(&["SPREAD"], Field::Spread),
        optional(&["REAL_VOLUME"], Field::RealVolume),
    ],
    headerless_min: None,
    written: TimeFormat::TextOrSeconds,
    blank: Blank::Flaw,
    clock: LayoutClock::Server,
};

/// Names of the time in Dukascopy's files: of its site, of JForex (`Time (EET)`) and of dukascopy-node (milliseconds).
const DUKASCOPY_TIME: &[&str] = &["GMT TIME", "LOCAL TIME", "TIME (*", "TIMESTAMP"];

/// `Gmt time,Ask,Bid,AskVolume,BidVolume` with `04.02.2019 00:00:00.994`; local times say ` GMT+0100`.
const DUKASCOPY_TICKS: Layout = Layout {
    format: Format::DukascopyCsvTicks,
    columns: &[
        needed(DUKASCOPY_TIME, Field::Moment),
        needed(&["ASK", "ASKPRICE"], Field::Ask),
        needed(&["BID", "BIDPRICE"], Field::Bid),
        optional(&["ASKVOLUME"], Field::Unread),
        optional(&["BIDVOLUME"], Field::Unread),
    ],
    headerless_min: None,
    written: TimeFormat::TextOrMilliseconds,
    blank: Blank::Flaw,
    clock: LayoutClock::Told,
};

/// Whether candles are of Bid or Ask, the file does not say: they are taken as Bid, as bars are here.
const DUKASCOPY_CANDLES: Layout = Layout {
    format: Format::DukascopyCsvCandles,
    columns: &[
        needed(DUKASCOPY_TIME, Field::Moment),
        needed(&["OPEN"], Field::Open),
        needed(&["HIGH"], Field::High),
        needed(&["LOW"], Field::Low),
        needed(&["CLOSE"], Field::Close),
        optional(&["VOLUME"], Field::QuotedVolume),
    ],
    headerless_min: None,
    written: TimeFormat::TextOrMilliseconds,
    blank: Blank::Flaw,
    clock: LayoutClock::Told,
};

/// MT5 reference 7: `20120201 000003660,1.306600,1.306770,0`; the volume is always 0.
const HISTDATA_TICKS: Layout = Layout {
    format: Format::HistdataTicks,
    columns: &[
        needed(&["TIME"], Field::Moment),
        needed(&["BID"], Field::Bid),
        needed(&["ASK"], Field::Ask),
        optional(&["VOLUME"], Field::Unread),
    ],
    headerless_min: Some(3),
    written: TimeFormat::Text,
    blank: Blank::Flaw,
    clock: LayoutClock::EasternStandard,
};

/// MT5 reference 7: `20120201 000000;o;h;l;c;0`, of Bid; the volume is always 0.
const HISTDATA_BARS: Layout = Layout {
    format: Format::HistdataBars,
    columns: &[
        needed(&["TIME"], Field::Moment),
        needed(&["OPEN"], Field::Open),
        needed(&["HIGH"], Field::High),
        needed(&["LOW"], Field::Low),
        needed(&["CLOSE"], Field::Close),
        optional(&["VOLUME"], Field::Unread),
    ],
    headerless_min: Some(5),
    written: TimeFormat::Text,
    blank: Blank::Flaw,
    clock: LayoutClock::EasternStandard,
};

/// MT5 reference 7: `EUR/USD,20090501 00:00:00.310,1.32481,1.32490`.
const TRUEFX: Layout = Layout {
    format: Format::Truefx,
    columns: &[
        needed(&["PAIR"], Field::Pair),
        needed(&["TIME"], Field::Moment),
        needed(&["BID"], Field::Bid),
        needed(&["ASK"], Field::Ask),
    ],
    headerless_min: Some(4),
    written: TimeFormat::Text,
    blank: Blank::Flaw,
    clock: LayoutClock::Utc,
};

/// Lean's data folder: milliseconds since midnight (with a fraction, which is cut off), bid, ask.
const LEAN_TICKS: Layout = Layout {
    format: Format::LeanTicks,
    columns: &[needed(&["TIME"], Field::Moment), needed(&["BID"], Field::Bid), needed(&["ASK"], Field::Ask)],
    headerless_min: Some(3),
    written: TimeFormat::SinceMidnight,
    blank: Blank::Flaw,
    clock: LayoutClock::Server,
};

/// Lean's data folder: open, high, low, close and size of Bid, then of Ask. The bar is that of Bid; its spread is the
/// smaller of those at its open and at its close, the two moments of which both sides are told.
const LEAN_MINUTES: Layout = Layout {
    format: Format::LeanMinutes,
    columns: &[
        needed(&["TIME"], Field::Moment),
        needed(&["OPEN"], Field::Open),
        needed(&["HIGH"], Field::High),
        needed(&["LOW"], Field::Low),
        needed(&["CLOSE"], Field::Close),
        optional(&["BID_SIZE"], Field::Unread),
        needed(&["ASK_OPEN"], Field::AskOpen),
        optional(&["ASK_HIGH"], Field::Unread),
        optional(&["ASK_LOW"], Field::Unread),
        needed(&["ASK_CLOSE"], Field::AskClose),
        optional(&["ASK_SIZE"], Field::Unread),
    ],
    headerless_min: Some(11),
    written: TimeFormat::SinceMidnight,
    blank: Blank::Flaw,
    clock: LayoutClock::Server,
};

/// All of them; where a header fits two equally, the first is meant.
pub const LAYOUTS: [&Layout; 11] = [
    &MT5_TICKS,
    &MT5_BARS,
    &API_TICKS,
    &API_BARS,
    &DUKASCOPY_TICKS,
    &DUKASCOPY_CANDLES,
    &HISTDATA_TICKS,
    &HISTDATA_BARS,
    &TRUEFX,
    &LEAN_TICKS,
    &LEAN_MINUTES,
];

impl Layout {
    /// The layout of a format; none where it is no text.
    #[must_use]
    pub fn of(format: Format) -> Option<&'static Self> {
        LAYOUTS.into_iter().find(|layout| layout.format == format)
    }
}

impl Column {
    /// Where a header has it: the first of its names that is there.
    #[must_use]
    pub fn find(&self, header: &[String]) -> Option<usize> {
        self.names.iter().find_map(|name| header.iter().position(|title| is(name, title)))
    }
}

/// Whether a header's title is a name.
#[must_use]
pub fn is(name: &str, title: &str) -> bool {
    name.strip_suffix('*').map_or(name == title, |beginning| title.starts_with(beginning))
}
