//! Indicators against the vectors that TA-Lib, pandas and numpy gave for the terminal's own bars.

mod common;

use common::data;
use tickdeck::domain::amount::{Points, Price};
use tickdeck::domain::time::ServerMsc;
use tickdeck::indicator::any::{Indicator, IndicatorSpec};
use tickdeck::market::bar::Bar;

/// Our name, the column, and the first rows that the definitions leave apart: none here.
const COLUMNS: [(&str, &str); 5] = [
    ("EMA_20", "ema20_seedfirst"),
    ("EMA_50", "ema50_seedfirst"),
    ("SMA_20", "sma20"),
    ("RSI_14", "rsi14_wilder"),
    ("ATR_14", "atr14_sma_mt5"),
];

fn check(file: &str) {
    let Some(path) = data(file) else { return };
    let mut reader = csv::Reader::from_path(path).unwrap();
    let headers = reader.headers().unwrap().clone();
    let column = |name: &str| headers.iter().position(|header| header == name).unwrap();
    let mut lines: Vec<_> =
        COLUMNS.iter().map(|(name, of)| (*name, column(of), Indicator::new(name.parse::<IndicatorSpec>().unwrap()), 0)).collect();
    for (row, record) in reader.records().enumerate() {
        let record = record.unwrap();
        let price = |name: &str| Price::from_f64(record[column(name)].parse().unwrap(), 5).unwrap();
        let (open, high, low, close) = (price("open"), price("high"), price("low"), price("close"));
        let bar = Bar { time_msc: ServerMsc(0), open, high, low, close, tick_volume: 1, spread: Points(0), real_volume: 0 };
        for (name, column, indicator, compared) in &mut lines {
            indicator.push(&bar);
            let wanted = &record[*column];
            assert_eq!(indicator.value().is_none(), wanted.is_empty(), "{name} row {row}: defined from another bar on");
            if let (Some(value), Ok(wanted)) = (indicator.value(), wanted.parse::<f64>()) {
                // The vectors were computed from raw doubles, six in a hundred of which are not the nearest to their price.
                assert!((value - wanted).abs() <= 1e-9 * wanted.abs().max(1e-3), "{name} row {row}: {value} instead of {wanted}");
                *compared += 1;
            }
        }
    }
    for (name, _, _, compared) in lines {
        assert!(compared > 2_900, "{name}: {compared} values compared");
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
