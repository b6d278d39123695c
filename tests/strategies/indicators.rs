//! Indicators against the vectors that TA-Lib, pandas and numpy gave for the terminal's own bars.

use crate::common::data;
use tickdeck::domain::amount::{Points, Price};
use tickdeck::domain::time::ServerMsc;
use tickdeck::indicator::any::Indicator;
use tickdeck::indicator::spec::LineSpec;
use tickdeck::market::bar::Bar;

/// The line, and the column of the vectors.
const COLUMNS: [(&str, &str); 18] = [
    ("EMA_20", "ema20_seedfirst"),
    ("EMA_TALIB_20", "ema20_talib"),
    ("EMA_50", "ema50_seedfirst"),
    ("EMA_TALIB_50", "ema50_talib"),
    ("SMA_20", "sma20"),
    ("RSI_14", "rsi14_wilder"),
    ("ATR_WILDER_14", "atr14_wilder_talib"),
    ("ATR_14", "atr14_sma_mt5"),
    ("MACD_TALIB", "macd_talib"),
    ("MACD_TALIB_SIGNAL", "macdsig_talib"),
    ("MACD", "macd_mt5"),
    ("MACD_SIGNAL", "macdsig_mt5"),
    ("BB_UPPER", "bb20_2_upper"),
    ("BB_LOWER", "bb20_2_lower"),
    ("STOCHASTIC_TALIB_K_5_3_3", "stoch_k_5_3"),
    ("STOCHASTIC_TALIB_D_5_3_3", "stoch_d_3"),
    ("ADX_TALIB_14", "adx14_talib"),
    ("CCI_14", "cci14_talib"),
];

/// Columns of the files that are no indicator's.
const OTHER_COLUMNS: [&str; 5] = ["time", "open", "high", "low", "close"];

/// The largest deviation, relative.
const TOLERANCE: f64 = 1e-9;

/// A difference of prices near 0 is known no better than the doubles that it comes from, in the
/// vectors too: so much beside the relative deviation.
const PRICE_NOISE: f64 = 1e-15;

struct Column {
    name: &'static str,
    at: usize,
    line: LineSpec,
    indicator: Indicator,
    compared: usize,
    worst: f64,
}

fn columns(headers: &csv::StringRecord) -> Vec<Column> {
    let covered: Vec<&str> = COLUMNS.iter().map(|(_, column)| *column).collect();
    for header in headers {
        assert!(
            covered.contains(&header) || OTHER_COLUMNS.contains(&header),
            "the column {header} is covered"
        );
    }
    let column = |(name, of): (&'static str, &str)| {
        let line: LineSpec = name.parse().unwrap();
        let at = headers.iter().position(|header| header == of).unwrap();
        Column {
            name,
            at,
            line,
            indicator: Indicator::new(line.indicator()),
            compared: 0,
            worst: 0.0,
        }
    };
    COLUMNS.map(column).into()
}

fn check(file: &str) {
    let Some(path) = data(file) else { return };
    let mut reader = csv::Reader::from_path(path).unwrap();
    let headers = reader.headers().unwrap().clone();
    let mut columns = columns(&headers);
    for (row, record) in reader.records().enumerate() {
        let record = record.unwrap();
        let price = |name: &str| {
            let column = headers.iter().position(|header| header == name).unwrap();
            Price::from_f64(record[column].parse().unwrap(), 5).unwrap()
        };
        let (open, high, low, close) = (price("open"), price("high"), price("low"), price("close"));
        let bar = Bar {
            time_msc: ServerMsc(0),
            open,
            high,
            low,
            close,
            tick_volume: 1,
            spread: Points(0),
            real_volume: 0,
        };
        for Column { name, at, line, indicator, compared, worst } in &mut columns {
            indicator.push(&bar);
            let (value, wanted) = (indicator.value(*line), &record[*at]);
            assert_eq!(
                value.is_none(),
                wanted.is_empty(),
                "{name} row {row}: defined from another bar on"
            );
            if let (Some(value), Ok(wanted)) = (value, wanted.parse::<f64>()) {
                let off = ((value - wanted).abs() - PRICE_NOISE).max(0.0);
                *worst = worst.max(off / wanted.abs().max(f64::MIN_POSITIVE));
                *compared += 1;
            }
        }
    }
    for Column { name, compared, worst, .. } in columns {
        eprintln!("{name}: {compared} values, {worst:.1e}");
        assert!(compared > 2_900, "{name}: {compared} values compared");
        assert!(worst <= TOLERANCE, "{name}: {worst}");
    }
}

#[test]
fn five_minute_bars() {
    check("indicators/EURUSD_M5_202509_first3000_indicators.csv");
}

#[test]
fn hourly_bars() {
    check("indicators/EURUSD_H1_202504-202509_indicators.csv");
}
