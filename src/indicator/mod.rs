//! Indicators as MT5 computes them (MT5 reference 8): incremental, one value a closed bar, no history beyond what the
//! definition needs. One file an indicator; start with [`any`].

pub mod any;
pub mod atr;
pub mod ema;
pub mod extremes;
pub mod rsi;
pub mod sma;
pub mod window;
