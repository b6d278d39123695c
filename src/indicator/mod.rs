//! Indicators as MT5 computes them (MT5 reference 8): incremental, with one value per line and
//! closed bar, no history beyond what the definition needs, and no allocation once warm. Other
//! definitions are variants with names of their own.
//!
//! Each indicator has one file and one row in the registry ([`catalogue`]). Start with [`any`];
//! [`named`] finds an indicator by its name.

pub mod adr;
pub mod adx;
pub mod any;
pub mod applied_price;
pub mod atr;
pub mod bands;
pub mod catalogue;
pub mod cci;
pub mod dema;
pub mod demarker;
pub mod deviation;
pub mod directional;
pub mod donchian;
pub mod ema;
pub mod error;
pub mod extremes;
pub mod fair_value_gap;
pub mod highest_lowest;
pub mod ichimoku;
pub mod keltner;
pub mod lwma;
pub mod macd;
pub mod mean;
pub mod mfi;
pub mod momentum;
pub mod obv;
pub mod parameter;
pub mod pivots;
pub mod plain;
pub mod ranked;
pub mod ring;
pub mod row;
pub mod rsi;
pub mod sar;
pub mod seed;
pub mod server_day;
pub mod sma;
pub mod smma;
pub mod sound;
pub mod spec;
pub mod stochastic;
pub mod sum;
pub mod swing_line;
pub mod swing_points;
pub mod true_range;
pub mod volume_average;
pub mod vwap;
pub mod u256;
pub mod williams;
pub mod named;

#[cfg(test)]
mod testing;
