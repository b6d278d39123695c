//! Bars from ticks, as the MT5 terminal builds them.
//!
//! It knows nothing of strategies or of UTC: bars begin and end by the server's clock alone. Start
//! with [`bar`].

pub mod bar;
pub mod builder;
pub mod columns;
pub mod quiet;
pub mod run;
pub mod timeframe;
