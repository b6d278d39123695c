//! Indicators as MT5 computes them (MT5 reference 8): incremental, one value a closed bar, no history beyond what the
//! definition needs. One file an indicator; start with [`any`].

pub mod any;
pub mod atr;
pub mod demarker;
pub mod donchian;
pub mod ema;
pub mod exact;
pub mod extremes;
pub mod highest_lowest;
pub mod ichimoku;
pub mod keltner;
pub mod mfi;
pub mod momentum;
pub mod obv;
pub mod pivots;
pub mod rsi;
pub mod sar;
pub mod server_day;
pub mod sma;
#[cfg(test)]
mod trial;
pub mod volume_average;
pub mod vwap;
pub mod williams;
pub mod window;
