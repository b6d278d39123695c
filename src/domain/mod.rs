//! Values such as prices, volumes, moments and orders, and nothing that changes by itself.
//!
//! No IO, no clock, no state. Everything here is a number with a unit or a record of such numbers,
//! in MT5's own words. Start with [`decimal`] (how numbers are kept), then [`tick`] and [`order`].

pub mod account;
pub mod amount;
pub mod calendar;
pub mod deal;
pub mod decimal;
pub mod flaw;
pub mod id;
pub mod money;
pub mod order;
pub mod point_in_time;
pub mod position;
pub mod retcode;
pub mod suggest;
pub mod swap;
pub mod symbol;
pub mod symbols_builtin;
pub mod text;
pub mod tick;
pub mod time;
pub mod zone;
