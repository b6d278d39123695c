//! Bars from ticks, as the MT5 terminal builds them.
//!
//! Knows nothing of strategies or of UTC: bars are cut by the server's clock alone. Start with [`bar`].

pub mod bar;
pub mod builder;
pub mod timeframe;
