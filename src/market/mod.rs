//! Bars from ticks, as the MT5 terminal builds them, and ticks in quantity: as columns, and as runs
//! with which nothing can happen.
//!
//! It knows nothing of strategies or of UTC: bars begin and end by the server's clock alone. Start
//! with [`bar`]; for runs with [`quiet`].

pub mod bar;
pub mod builder;
pub mod columns;
pub mod quiet;
pub mod run;
pub mod timeframe;
