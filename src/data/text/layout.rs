//! The meaning of the lines in each readable text, as data: columns, how time is written, the
//! clock, the meaning of a blank.
//!
//! Sizes of quotes (`AskVolume`, `volume_real`) and volumes of candles that are sums of them are
//! not kept, because they are no counts of ticks; where Dukascopy's site counts units, they are the
//! real volume. When a layout has no `tick_volume` or `spread`,
//! these are 0, which means "not known".

use crate::data::format::{Format, LayoutClock};
use crate::data::text::field::Field;
use crate::domain::zone::ServerZone;

/// A column of a layout.
#[derive(Debug)]
pub struct Column {
    /// Its names in headers, in capitals, the usual one first. One that ends in `*` matches the
    /// beginning of a name.
    pub names: &'static [&'static str],
    /// The meaning of its cells.
    pub field: Field,
    /// Whether a header must have it.
    pub presence: Presence,
}

/// Whether a file may lack a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// The column must be there.
    Needed,
    /// The column may be absent.
    Optional,
}

/// How time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeFormat {
    /// One cell for the day, one for the time of day.
    DayAndTime,
    /// Day and time in one cell.
    Text,
    /// As `Text`, or in seconds since 1970.
    TextOrSeconds,
    /// As `Text`, or in milliseconds since 1970.
    TextOrMilliseconds,
    /// One cell or two; in one cell as `Text`, or in seconds or less since 1970.
    Any,
    /// Milliseconds since midnight; the name of the file gives the day.
    SinceMidnight,
}

/// The meaning of a blank cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blank {
    /// The value has not changed.
    Unchanged,
    /// A value is missing.
    Flaw,
}

/// A layout of lines.
#[derive(Debug)]
pub struct Layout {
    /// The format that has this layout.
    pub format: Format,
    /// The columns, in the order of a file without a header.
    pub columns: &'static [Column],
    /// The least number of cells in a line without a header; none when there must be a header.
    pub headerless_min: Option<usize>,
    /// How time is written.
    pub written: TimeFormat,
    /// The meaning of a blank cell.
    pub blank: Blank,
    /// The clock of the times.
    pub clock: LayoutClock,
}

const fn needed(names: &'static [&'static str], field: Field) -> Column {
    Column { names, field, presence: Presence::Needed }
}

const fn optional(names: &'static [&'static str], field: Field) -> Column {
    Column { names, field, presence: Presence::Optional }
}

/// MT5 reference 7: blank cells repeat the last value; old exports have no flags.
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

/// MT5 reference 1.5: the arrays as pandas writes them, with or without their index.
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
    blank: Blank::Unchanged,
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

/// As MT4 writes bars, without a header: the volume is the number of ticks.
const MT4_BARS: Layout = Layout {
    format: Format::Mt4Bars,
    columns: &[
        needed(&["DATE"], Field::Date),
        needed(&["TIME"], Field::Time),
        needed(&["OPEN"], Field::Open),
        needed(&["HIGH"], Field::High),
        needed(&["LOW"], Field::Low),
        needed(&["CLOSE"], Field::Close),
        optional(&["VOLUME"], Field::TickVolume),
    ],
    headerless_min: Some(6),
    written: TimeFormat::DayAndTime,
    blank: Blank::Flaw,
    clock: LayoutClock::Server,
};

/// Names of the time in any table. Of the unnamed column that pandas writes for an index it is the
/// last.
const TIME: &[&str] = &[
    "TIME_MSC",
    "DATETIME",
    "DATE_TIME",
    "DATE TIME",
    "DATE/TIME",
    "TIMESTAMP",
    "UNIX_MS",
    "UNIX_TIME",
    "UNIX",
    "EPOCH",
    "TIME",
    "DATE",
    "INDEX",
    "UNNAMED: 0",
    "",
];
const SYMBOL: &[&str] = &["SYMBOL", "TICKER", "PAIR", "INSTRUMENT"];

/// Any table of ticks with a header, by the names of its columns. Whose it is, nobody knows.
const CSV_TICKS: Layout = Layout {
    format: Format::CsvTicks,
    columns: &[
        needed(TIME, Field::Moment),
        needed(&["BID", "BID PRICE", "BID_PRICE"], Field::Bid),
        needed(&["ASK", "ASK PRICE", "ASK_PRICE", "OFFER"], Field::Ask),
        optional(&["BID VOLUME", "BID_VOLUME", "BIDVOLUME"], Field::Unread),
        optional(&["ASK VOLUME", "ASK_VOLUME", "ASKVOLUME"], Field::Unread),
        optional(&["DATE"], Field::Date),
        optional(SYMBOL, Field::Pair),
        optional(&["LAST"], Field::Last),
        optional(&["VOLUME"], Field::Volume),
        optional(&["FLAGS"], Field::Flags),
        optional(&["VOLUME_REAL"], Field::Unread),
    ],
    headerless_min: Some(3),
    written: TimeFormat::Any,
    blank: Blank::Unchanged,
    clock: LayoutClock::Told,
};

/// Any table of bars with a header, by the names of its columns; so are those of Finam.
const CSV_BARS: Layout = Layout {
    format: Format::CsvBars,
    columns: &[
        needed(TIME, Field::Moment),
        needed(&["OPEN"], Field::Open),
        needed(&["HIGH"], Field::High),
        needed(&["LOW"], Field::Low),
        needed(&["CLOSE"], Field::Close),
        optional(&["VOLUME", "VOL"], Field::Volume),
        optional(&["DATE"], Field::Date),
        optional(SYMBOL, Field::Pair),
        optional(&["TICK_VOLUME", "TICKVOL", "TICKVOLUME", "TICK VOLUME"], Field::TickVolume),
        optional(&["REAL_VOLUME"], Field::RealVolume),
        optional(&["SPREAD"], Field::Spread),
    ],
    headerless_min: Some(5),
    written: TimeFormat::Any,
    blank: Blank::Flaw,
    clock: LayoutClock::Told,
};

/// The name of a column that is named after a zone: `Etc/UTC`, as Dukascopy's site writes it.
const ZONE_NAME: &str = "Area/City";

/// Names of the time in Dukascopy's files: those of its site, of JForex (`Time (EET)`) and of
/// dukascopy-node (milliseconds).
const DUKASCOPY_TIME: &[&str] = &["GMT TIME", "LOCAL TIME", "TIME (*", ZONE_NAME, "TIMESTAMP"];

/// `Gmt time,Ask,Bid,AskVolume,BidVolume` with `04.02.2019 00:00:00.994`; local times end in `
/// GMT+0100`.
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

/// The file does not say whether candles are of Bid or Ask. They are taken as Bid, as all bars
/// here.
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

/// HistData's files for MT4: `2012.02.01,00:00,o,h,l,c,0`; the volume is always 0.
const HISTDATA_MT: Layout = Layout {
    format: Format::HistdataMt,
    columns: &[
        needed(&["DATE"], Field::Date),
        needed(&["TIME"], Field::Time),
        needed(&["OPEN"], Field::Open),
        needed(&["HIGH"], Field::High),
        needed(&["LOW"], Field::Low),
        needed(&["CLOSE"], Field::Close),
        optional(&["VOLUME"], Field::Unread),
    ],
    headerless_min: Some(6),
    written: TimeFormat::DayAndTime,
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

/// Lean's data folder: milliseconds since midnight (a fraction is cut off), bid, ask.
const LEAN_TICKS: Layout = Layout {
    format: Format::LeanTicks,
    columns: &[
        needed(&["TIME"], Field::Moment),
        needed(&["BID"], Field::Bid),
        needed(&["ASK"], Field::Ask),
    ],
    headerless_min: Some(3),
    written: TimeFormat::SinceMidnight,
    blank: Blank::Flaw,
    clock: LayoutClock::Server,
};

/// Lean's data folder: open, high, low, close and size of Bid, then of Ask. The bar is that of Bid.
/// Its spread is the smaller of those at its open and its close, the two moments for which both
/// sides are known.
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

/// All layouts. When a header fits two equally well, the first is taken.
pub const LAYOUTS: [&Layout; 15] = [
    &MT5_TICKS,
    &MT5_BARS,
    &API_TICKS,
    &API_BARS,
    &CSV_TICKS,
    &CSV_BARS,
    &DUKASCOPY_TICKS,
    &DUKASCOPY_CANDLES,
    &HISTDATA_TICKS,
    &HISTDATA_BARS,
    &HISTDATA_MT,
    &MT4_BARS,
    &TRUEFX,
    &LEAN_TICKS,
    &LEAN_MINUTES,
];

impl Layout {
    /// The layout of a format; none when it is not a text.
    #[must_use]
    pub fn of(format: Format) -> Option<&'static Self> {
        LAYOUTS.into_iter().find(|layout| layout.format == format)
    }

    /// Whether it is any table, read by the names of its columns.
    #[must_use]
    pub const fn is_by_name(&self) -> bool {
        matches!(self.format, Format::CsvTicks | Format::CsvBars)
    }

    /// Whether files of it may begin with a header.
    #[must_use]
    pub const fn may_have_header(&self) -> bool {
        !matches!(
            self.format,
            Format::HistdataTicks
                | Format::HistdataBars
                | Format::HistdataMt
                | Format::Mt4Bars
                | Format::Truefx
                | Format::LeanTicks
                | Format::LeanMinutes
        )
    }
}

impl Column {
    /// The index of the column in a header: that of the first of its names that occurs.
    #[must_use]
    pub fn find(&self, header: &[String]) -> Option<usize> {
        self.names.iter().find_map(|name| header.iter().position(|title| is(name, title)))
    }
}

/// Whether a header's title matches a name.
#[must_use]
pub fn is(name: &str, title: &str) -> bool {
    if name == ZONE_NAME {
        return zone_of(title).is_some();
    }
    name.strip_suffix('*').map_or(name == title, |beginning| title.starts_with(beginning))
}

/// The zone that a title names as `Etc/UTC` or `Europe/Kiev`.
#[must_use]
pub fn zone_of(title: &str) -> Option<ServerZone> {
    match title {
        "ETC/UTC" | "ETC/GMT" => Some(ServerZone::utc()),
        _ if title.contains('/') => title.parse().ok(),
        _ => None,
    }
}
