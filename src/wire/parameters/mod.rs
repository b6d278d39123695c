//! The parameters of each command, by what the command is about. A reader is called after its row of the vocabulary has
//! refused every field that the command does not take.

pub(super) mod account;
pub(super) mod order;
pub(super) mod position;
pub(super) mod query;
pub(super) mod signal;
pub(super) mod strategy;

use crate::domain::amount::{Price, Volume};
use crate::domain::id::{StrategyId, Ticket};
use crate::domain::order::Side;
use crate::executor::command::StopChange;
use crate::market::timeframe::{Timeframe, TimeframeError};
use crate::wire::fields::Fields;
use crate::wire::refusal::Refusal;
use serde_json::Value;

/// How a volume is spelled.
const LOTS: [&str; 3] = ["volume", "lots", "lotSize"];
/// How a stop loss is spelled.
const SL: [&str; 2] = ["stopLoss", "sl"];
/// How a take profit is spelled.
const TP: [&str; 2] = ["takeProfit", "tp"];

/// Parameters and what an envelope says of them.
#[derive(Debug, Clone)]
pub(super) struct CommandParameters<'a> {
    /// The object itself.
    pub(super) fields: Fields<'a>,
    /// `strategyId` of the envelope, for commands that are about a strategy.
    pub(super) outer: Option<String>,
    /// What a stop means that is null.
    pub(super) null: NullStop,
}

/// What a stop means that is null in a command that changes stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NullStop {
    /// It is not wanted.
    Removes,
    /// Nothing: the object has one shape for several commands, and null is what is not used. A stop is too much to lose
    /// by that; 0 removes it.
    Keeps,
}

impl CommandParameters<'_> {
    /// The strategy, from the parameters or from the envelope, which must agree.
    fn strategy(&self) -> Result<StrategyId, Refusal> {
        let strategy = self.strategy_if_any()?;
        self.fields.required("strategyId", strategy)
    }

    /// As [`Self::strategy`], where it may be left out.
    fn strategy_if_any(&self) -> Result<Option<StrategyId>, Refusal> {
        match (self.fields.id("strategyId")?, &self.outer) {
            (Some(inner), Some(outer)) if inner != *outer => {
                Err(self.fields.wrong("strategyId", format!("`{inner}` is not the envelope's `{outer}`: which of them is meant?")))
            }
            (Some(inner), _) => Ok(Some(StrategyId::from(inner.as_str()))),
            (None, outer) => Ok(outer.as_deref().map(StrategyId::from)),
        }
    }

    fn timeframe(&self) -> Result<Option<Timeframe>, Refusal> {
        let text = self.fields.text("timeframe")?;
        text.map(|text| text.parse().map_err(|error: TimeframeError| self.fields.wrong("timeframe", error.to_string()))).transpose()
    }

    fn symbol(&self) -> Result<String, Refusal> {
        Ok(self.fields.required("symbol", self.fields.text("symbol")?)?.to_owned())
    }

    fn lots(&self) -> Result<Option<Volume>, Refusal> {
        self.fields.one_of(&LOTS, |name| self.fields.above_zero(name))
    }

    /// A ticket under one of several names, the first of which is asked for where there is none.
    fn ticket(&self, names: &[&'static str]) -> Result<Ticket, Refusal> {
        let ticket = self.fields.one_of(names, |name| self.fields.ticket(name))?;
        self.fields.required(names[0], ticket)
    }

    /// A price, or 0, as MT5 writes none.
    fn price_or_zero(&self, name: &str) -> Result<Option<Price>, Refusal> {
        match self.fields.decimal::<Price>(name)? {
            Some(price) if price < Price::ZERO => {
                Err(self.fields.wrong(name, format!("must be a price above 0, or 0 for none, not {price}")))
            }
            found => Ok(found),
        }
    }

    /// A stop of what is to be made: 0 is none.
    fn stop(&self, names: &[&'static str]) -> Result<Option<Price>, Refusal> {
        let stop = self.fields.one_of(names, |name| self.price_or_zero(name))?;
        Ok(stop.filter(|price| *price > Price::ZERO))
    }

    /// A stop of what is there: absent it stays, 0 removes it, and so does null where [`NullStop`] says so.
    fn stop_change(&self, names: &[&'static str]) -> Result<StopChange, Refusal> {
        let one = |name: &str| match (self.fields.raw(name), self.null) {
            (Some(Value::Null), NullStop::Removes) => Ok(Some(StopChange::Remove)),
            _ => Ok(self.price_or_zero(name)?.map(|price| if price == Price::ZERO { StopChange::Remove } else { StopChange::Set(price) })),
        };
        Ok(self.fields.one_of(names, one)?.unwrap_or_default())
    }

    /// `magicNumber` and `comment` of a trade. They are taken and do not hold: by magic and comment the executor finds its
    /// own trades again, so they are its own (executor 5). What a platform wants to find again it finds by the command's
    /// id, which each report of the trade carries.
    fn labels(&self) -> Result<(), Refusal> {
        if let Some(magic) = self.fields.get("magicNumber").filter(|magic| magic.as_u64().is_none()) {
            return Err(self
                .fields
                .wrong("magicNumber", format!("must be a whole number from 0, not {}", crate::wire::fields::shown(magic))));
        }
        match self.fields.get("comment") {
            None | Some(Value::String(_)) => Ok(()),
            Some(other) => Err(self.fields.wrong("comment", format!("must be text, not {}", crate::wire::fields::kind(other)))),
        }
    }
}

/// The words for a side; upper and lower case are the same.
const SIDES: [(&str, Side); 2] = [("BUY", Side::Buy), ("SELL", Side::Sell)];

/// The value of a word in a table, in upper or lower case.
fn worded<T: Copy>(word: &str, table: &[(&'static str, T)]) -> Option<T> {
    table.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, value)| *value)
}
