//! The layouts that can be read, by the names that `--format` takes.

use crate::data::column_map::ColumnMap;
use crate::domain::zone::ServerZone;
use jiff::civil::Date;
use std::fmt;
use std::str::FromStr;

/// A layout of ticks or bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// Ticks in Parquet: what this program writes (exact decimals), or `copy_ticks_*` of the MT5
    /// API (doubles).
    ParquetTicks,
    /// Bars in Parquet: what this program writes, or `copy_rates_*` of the MT5 API.
    ParquetBars,
    /// MT5's tick export.
    Mt5Ticks,
    /// MT5's bar export.
    Mt5Bars,
    /// MT4's bar export.
    Mt4Bars,
    /// `copy_ticks_*` of the MT5 API as CSV.
    ApiTicks,
    /// `copy_rates_*` of the MT5 API as CSV; so are the bars that this program writes.
    ApiBars,
    /// Dukascopy's hours of ticks, `.bi5`.
    DukascopyTicks,
    /// Dukascopy's days of minutes, `.bi5`.
    DukascopyCandles,
    /// Dukascopy's ticks as CSV, from its site, JForex or dukascopy-node.
    DukascopyCsvTicks,
    /// Dukascopy's candles as CSV, from its site, JForex or dukascopy-node.
    DukascopyCsvCandles,
    /// HistData's ASCII ticks.
    HistdataTicks,
    /// HistData's ASCII minutes.
    HistdataBars,
    /// HistData's minutes for MT4.
    HistdataMt,
    /// TrueFX' ticks.
    Truefx,
    /// Quote ticks of QuantConnect's Lean, one day per file.
    LeanTicks,
    /// Quote minutes of QuantConnect's Lean, one day per file.
    LeanMinutes,
    /// Any table of ticks, by the names of its columns.
    CsvTicks,
    /// Any table of bars, by the names of its columns.
    CsvBars,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::Mt5Ticks,
        Self::Mt5Bars,
        Self::ApiTicks,
        Self::ApiBars,
        Self::DukascopyTicks,
        Self::DukascopyCandles,
        Self::DukascopyCsvTicks,
        Self::DukascopyCsvCandles,
        Self::HistdataTicks,
        Self::HistdataBars,
        Self::Truefx,
        Self::LeanTicks,
        Self::LeanMinutes,
        Self::CsvTicks,
        Self::CsvBars,
        Self::Mt4Bars,
        Self::HistdataMt,
        Self::ParquetTicks,
        Self::ParquetBars,
    ];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ParquetTicks => "parquet-ticks",
            Self::ParquetBars => "parquet-bars",
            Self::Mt5Ticks => "mt5-ticks",
            Self::Mt5Bars => "mt5-bars",
            Self::ApiTicks => "api-ticks",
            Self::ApiBars => "api-bars",
            Self::DukascopyTicks => "dukascopy-ticks",
            Self::DukascopyCandles => "dukascopy-candles",
            Self::DukascopyCsvTicks => "dukascopy-csv-ticks",
            Self::DukascopyCsvCandles => "dukascopy-csv-candles",
            Self::HistdataTicks => "histdata-ticks",
            Self::HistdataBars => "histdata-bars",
            Self::Truefx => "truefx",
            Self::LeanTicks => "lean-ticks",
            Self::LeanMinutes => "lean-minutes",
            Self::CsvTicks => "csv-ticks",
            Self::CsvBars => "csv-bars",
            Self::Mt4Bars => "mt4-bars",
            Self::HistdataMt => "histdata-mt",
        }
    }

    /// Whether the layout holds ticks; otherwise it holds bars.
    #[must_use]
    pub const fn is_ticks(self) -> bool {
        match self {
            Self::ParquetTicks
            | Self::Mt5Ticks
            | Self::ApiTicks
            | Self::DukascopyTicks
            | Self::DukascopyCsvTicks
            | Self::HistdataTicks
            | Self::Truefx
            | Self::LeanTicks
            | Self::CsvTicks => true,
            Self::ParquetBars
            | Self::Mt5Bars
            | Self::ApiBars
            | Self::DukascopyCandles
            | Self::DukascopyCsvCandles
            | Self::HistdataBars
            | Self::LeanMinutes
            | Self::CsvBars
            | Self::Mt4Bars
            | Self::HistdataMt => false,
        }
    }

    /// What it holds, for messages.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        if self.is_ticks() { "ticks" } else { "bars" }
    }
}

/// What the user states about files.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stated {
    /// The layout; none to detect it from the content.
    pub format: Option<Format>,
    /// The day, for rows that only have times of day in files whose names do not give it.
    pub date: Option<Date>,
    /// The clock of times that say none themselves.
    pub zone: Option<ServerZone>,
    /// The columns of a table whose names do not say what they mean.
    pub map: ColumnMap,
}

/// The clock of a layout's times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayoutClock {
    /// The broker's clock, which the file does not name.
    Server,
    /// UTC.
    Utc,
    /// Eastern Standard Time all year.
    EasternStandard,
    /// The header names it, or the times give their offset from UTC.
    Told,
}

impl LayoutClock {
    /// The clock as a zone, if the layout alone determines it.
    #[must_use]
    pub fn zone(self) -> Option<ServerZone> {
        match self {
            Self::Utc => Some(ServerZone::utc()),
            Self::EasternStandard => "UTC-5".parse().ok(),
            Self::Server | Self::Told => None,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The error of a text that names no layout.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no format{}; one of {}", .nearest.map(|name| format!(" (did you mean `{name}`?)")).unwrap_or_default(), Format::ALL.map(Format::name).join(", "))]
pub struct FormatError {
    text: String,
    nearest: Option<&'static str>,
}

impl FromStr for Format {
    type Err = FormatError;
    fn from_str(text: &str) -> Result<Self, FormatError> {
        if let Some(format) = Self::ALL.into_iter().find(|format| format.name() == text) {
            return Ok(format);
        }
        let nearest = Self::ALL
            .map(|format| (strsim::osa_distance(format.name(), text), format.name()))
            .into_iter()
            .min();
        let nearest =
            nearest.filter(|(distance, _)| distance * 2 <= text.len()).map(|(_, name)| name);
        Err(FormatError { text: text.to_owned(), nearest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_there_and_back() {
        for format in Format::ALL {
            assert_eq!(format.name().parse(), Ok(format));
        }
        let told = "mt5-tick".parse::<Format>().unwrap_err().to_string();
        assert!(
            told.starts_with(
                "`mt5-tick` is no format (did you mean `mt5-ticks`?); one of mt5-ticks, mt5-bars, "
            ),
            "{told}"
        );
        assert!(
            "csv"
                .parse::<Format>()
                .unwrap_err()
                .to_string()
                .starts_with("`csv` is no format; one of ")
        );
    }

    #[test]
    fn eastern_standard_time_knows_no_summer() {
        let mut zone = LayoutClock::EasternStandard.zone().unwrap();
        let server = "2012-07-01 00:00".parse().unwrap();
        assert_eq!(zone.to_utc(server).to_string(), "2012-07-01T05:00:00Z");
    }
}
