//! The parameters of each command, one file for each subject. A reader is called after its row of
//! the vocabulary has refused all fields that the command does not accept.

pub(super) mod account;
pub(super) mod copying;
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

/// The spellings of a volume.
const LOTS: [&str; 3] = ["volume", "lots", "lotSize"];
/// The spellings of a stop loss.
const SL: [&str; 2] = ["stopLoss", "sl"];
/// The spellings of a take profit.
const TP: [&str; 2] = ["takeProfit", "tp"];

/// Parameters, and what their envelope adds.
#[derive(Debug, Clone)]
pub(super) struct CommandParameters<'a> {
    /// The object of the parameters.
    pub(super) fields: Fields<'a>,
    /// The envelope's `strategyId`, for commands about a strategy.
    pub(super) outer: Option<String>,
    /// The meaning of a stop that is null.
    pub(super) null: NullStop,
}

/// The meaning of a stop that is null in a command that changes stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NullStop {
    /// The stop is removed.
    Removes,
    /// The stop is kept. The object has one shape for several commands, and null is what is not
    /// used: a stop must not be lost by that. 0 removes it.
    Keeps,
}

impl CommandParameters<'_> {
    /// The strategy, from the parameters or from the envelope, which must agree.
    fn strategy(&self) -> Result<StrategyId, Refusal> {
        let strategy = self.strategy_if_any()?;
        self.fields.required("strategyId", strategy)
    }

    /// As [`Self::strategy`], for commands in which it is optional.
    fn strategy_if_any(&self) -> Result<Option<StrategyId>, Refusal> {
        match (self.fields.id("strategyId")?, &self.outer) {
            (Some(inner), Some(outer)) if inner != *outer => Err(self.fields.wrong(
                "strategyId",
                format!("`{inner}` is not the envelope's `{outer}`: which of them is meant?"),
            )),
            (Some(inner), _) => Ok(Some(StrategyId::from(inner.as_str()))),
            (None, outer) => Ok(outer.as_deref().map(StrategyId::from)),
        }
    }

    fn timeframe(&self) -> Result<Option<Timeframe>, Refusal> {
        let text = self.fields.text("timeframe")?;
        text.map(|text| {
            text.parse()
                .map_err(|error: TimeframeError| self.fields.wrong("timeframe", error.to_string()))
        })
        .transpose()
    }

    fn symbol(&self) -> Result<String, Refusal> {
        Ok(self.fields.required("symbol", self.fields.text("symbol")?)?.to_owned())
    }

    fn lots(&self) -> Result<Option<Volume>, Refusal> {
        self.fields.one_of(&LOTS, |name| self.fields.above_zero(name))
    }

    /// A ticket under one of several names. When there is none, the refusal asks for the first
    /// name.
    fn ticket(&self, names: &[&'static str]) -> Result<Ticket, Refusal> {
        let ticket = self.fields.one_of(names, |name| self.fields.ticket(name))?;
        self.fields.required(names[0], ticket)
    }

    /// A price, or none for 0, which is how MT5 writes it.
    fn price_or_zero(&self, name: &str) -> Result<Option<Price>, Refusal> {
        match self.fields.decimal::<Price>(name)? {
            Some(price) if price < Price::ZERO => Err(self
                .fields
                .wrong(name, format!("must be a price above 0, or 0 for none, not {price}"))),
            found => Ok(found),
        }
    }

    /// A stop of a new position or order; 0 is none.
    fn stop(&self, names: &[&'static str]) -> Result<Option<Price>, Refusal> {
        let stop = self.fields.one_of(names, |name| self.price_or_zero(name))?;
        Ok(stop.filter(|price| *price > Price::ZERO))
    }

    /// A change of a stop: absent keeps it, 0 removes it, and null does what [`NullStop`] says.
    fn stop_change(&self, names: &[&'static str]) -> Result<StopChange, Refusal> {
        let one = |name: &str| match (self.fields.raw(name), self.null) {
            (Some(Value::Null), NullStop::Removes) => Ok(Some(StopChange::Remove)),
            _ => Ok(self.price_or_zero(name)?.map(|price| {
                if price == Price::ZERO { StopChange::Remove } else { StopChange::Set(price) }
            })),
        };
        Ok(self.fields.one_of(names, one)?.unwrap_or_default())
    }

    /// `magicNumber` and `comment` of a trade. They are accepted but not used: the executor finds
    /// its own trades again by magic and comment, so it sets these itself (executor 5). A platform
    /// can find a trade by the command's id, which is in each report of the trade.
    fn labels(&self) -> Result<(), Refusal> {
        if let Some(magic) = self.fields.get("magicNumber").filter(|magic| magic.as_u64().is_none())
        {
            return Err(self.fields.wrong(
                "magicNumber",
                format!("must be a whole number from 0, not {}", crate::wire::fields::shown(magic)),
            ));
        }
        match self.fields.get("comment") {
            None | Some(Value::String(_)) => Ok(()),
            Some(other) => Err(self.fields.wrong(
                "comment",
                format!("must be text, not {}", crate::wire::fields::kind(other)),
            )),
        }
    }
}

/// The words for a side, in upper or lower case.
const SIDES: [(&str, Side); 2] = [("BUY", Side::Buy), ("SELL", Side::Sell)];

/// The value of a word in a table, in upper or lower case.
fn worded<T: Copy>(word: &str, table: &[(&'static str, T)]) -> Option<T> {
    table.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, value)| *value)
}
