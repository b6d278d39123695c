//! The link to MT5: the lines of its protocol ([`lines`], [`news`]), the rows in them as the executor knows
//! them ([`rows`]), its requests as MT5 takes them ([`requests`]), and which account is
//! meant ([`identity`]), and what all of it means ([`terminal`]).

pub mod child;
pub mod gateway;
pub mod identity;
pub mod lines;
pub mod news;
mod readings;
pub mod remark;
pub mod requests;
pub mod rows;
mod subscriptions;
pub mod terminal;
