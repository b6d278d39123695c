//! A session as its file describes it (`session.toml`, session 3): everything that decides what happens, and, once
//! recorded, what came of it. Plain data; whoever needs a part of it takes that part.

use crate::domain::amount::{Money, Points, Price};
use crate::domain::id::ContentHash;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::domain::zone::ServerZone;
use crate::executor::config::{ExecutorConfig, Limits};
use crate::market::timeframe::Timeframe;
use crate::session::fault::{Fault, FaultRate};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The format that this version writes; it reads this one and older ones, and refuses newer ones.
pub const FORMAT: u32 = 1;

/// `session.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionFile {
    /// [`FORMAT`].
    pub format: u32,
    /// A name for people.
    pub name: String,
    /// The symbols, named here and nowhere else; a strategy that names none trades the only one.
    pub symbols: Vec<String>,
    /// Those of them that the executor knows from the start, the first ones; all where absent. The broker has the others,
    /// too, and a question subscribes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscribed: Option<Vec<String>>,
    /// From which every random stream is derived.
    #[serde(default)]
    pub seed: u64,
    /// The server's clock.
    pub zone: ServerZone,
    /// A `symbol_info()` file to take specifications from, beside this file; built-in ones where it is silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub specs: Option<PathBuf>,
    /// Commands to be delivered, beside this file: one JSON object a line, `{"at": …, "body": …}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commands: Option<PathBuf>,
    /// The account that is traded.
    #[serde(default)]
    pub account: AccountModel,
    /// How the simulated broker behaves.
    #[serde(default)]
    pub broker: BrokerModel,
    /// The executor's figures.
    #[serde(default)]
    pub limits: Limits,
    /// Where the ticks come from, unless the command line says otherwise. A recording brings its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticks: Option<TickSource>,
    /// Fields of specifications that differ from the built-in ones or from the file's, by symbol.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub symbol: BTreeMap<String, toml::Table>,
    /// Strategies that are started by the session itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub strategy: Vec<StrategyEntry>,
    /// What was recorded; absent before a run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<Recorded>,
}

impl SessionFile {
    /// What the executor is told of it.
    #[must_use]
    pub fn executor_config(&self) -> ExecutorConfig {
        ExecutorConfig {
            login: self.account.login,
            server: self.account.server.clone(),
            symbols: self.subscribed().to_vec(),
            limits: self.limits.clone(),
        }
    }

    /// The symbols that the executor knows from the start.
    #[must_use]
    pub fn subscribed(&self) -> &[String] {
        self.subscribed.as_deref().unwrap_or(&self.symbols)
    }

    /// The files that its ticks come from, beside it.
    pub fn tick_files(&self) -> impl Iterator<Item = &PathBuf> {
        let files = match &self.ticks {
            Some(TickSource::Files(files)) => Some(files),
            Some(TickSource::Bars(bars)) => Some(&bars.files),
            Some(TickSource::Generate { .. }) | None => None,
        };
        files.into_iter().flat_map(BTreeMap::values)
    }

    /// At which price stops are filled: what the broker's model says, else what the ticks' model wants.
    #[must_use]
    pub fn stop_fills(&self) -> StopFills {
        let of_ticks = match &self.ticks {
            Some(TickSource::Bars(bars)) => bars.model.stop_fills(),
            _ => StopFills::Tick,
        };
        self.broker.stop_fills.unwrap_or(of_ticks)
    }
}

/// The account that is traded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountModel {
    /// Its number.
    pub login: u64,
    /// The trade server's name; where it is stated, the account says it and the executor refuses another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// Deposit currency.
    pub currency: String,
    /// First deposit.
    pub balance: Money,
    /// One unit of own money carries so many.
    pub leverage: u32,
    /// Value of one unit of another currency in the deposit currency, where no quoted symbol of the session tells it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub rates: BTreeMap<String, Price>,
}

impl Default for AccountModel {
    fn default() -> Self {
        Self {
            login: 1,
            server: None,
            currency: "USD".into(),
            balance: Money::from_raw(10_000 * crate::domain::decimal::pow10(Money::SCALE)),
            leverage: 500,
            rates: BTreeMap::new(),
        }
    }
}

/// How the simulated broker behaves. The default does everything at once, at the quote, for nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BrokerModel {
    /// Cost of each deal a lot, in the deposit currency; entries and exits both pay it.
    pub commission_per_lot: Money,
    /// From the executor to the trade server.
    pub request_latency: Latency,
    /// From the trade server back.
    pub answer_latency: Latency,
    /// By how much a market deal is worse than the quote.
    pub slippage: Slippage,
    /// Whether stops of an opening order are checked against the market.
    pub stops_check: StopsCheck,
    /// At which price a stop loss or take profit that is reached is filled; as the model of the ticks has it where absent
    /// ([`SessionFile::stop_fills`]).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_fills: Option<StopFills>,
    /// What goes wrong, and when.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
    /// What goes wrong by chance, drawn from the session's seed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fault_rates: Vec<FaultRate>,
    /// From this moment on nothing goes wrong by chance any more, and what lasts ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub faults_until: Option<Timestamp>,
}

/// Time that a leg takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Latency {
    /// Always the same, in milliseconds.
    ConstantMs(u64),
    /// Evenly between two bounds, both included, in milliseconds.
    UniformMs {
        /// At least.
        min: u64,
        /// At most.
        max: u64,
    },
}

impl Default for Latency {
    fn default() -> Self {
        Self::ConstantMs(0)
    }
}

/// By how much a market deal is worse than the quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Slippage {
    /// Always by so many points.
    ConstantPoints(Points),
    /// Evenly from 0 to so many points.
    UniformPoints {
        /// At most.
        max: Points,
    },
}

impl Default for Slippage {
    fn default() -> Self {
        Self::ConstantPoints(Points(0))
    }
}

/// Whether stops of an opening order are checked against the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopsCheck {
    /// As MT5's server does: the wrong side of the market, or inside the stops level, is 10016.
    #[default]
    Mt5,
    /// Not at all, as plain back-tests have it: a stop on the wrong side fires at the next tick.
    Off,
}

/// At which price a stop loss, take profit or pending order that is reached is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopFills {
    /// At the quote of the tick that reached it: a stop never better than its level, a take profit or limit never worse
    /// (MT5 reference 4.2).
    #[default]
    Tick,
    /// Exactly at its level, as MT5's tester has it without every tick (measured: 179 of 179 in a 1-minute OHLC report).
    /// With [`StopsCheck::Off`] that holds of a level on the wrong side, too, where the market may be worse.
    Level,
}

/// Where ticks come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TickSource {
    /// Tick files by symbol, beside this file.
    Files(BTreeMap<String, PathBuf>),
    /// Made from bars.
    Bars(BarTicks),
    /// Made up, the same for the same figures (`tickdeck generate`), for every symbol.
    Generate {
        /// How many for each symbol.
        ticks: u64,
        /// From which they are derived.
        seed: u64,
    },
}

/// Ticks made from bars.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BarTicks {
    /// How.
    pub model: TickModel,
    /// Of which timeframe the bars are; what their opens tell where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeframe: Option<Timeframe>,
    /// Bar files by symbol, beside this file.
    pub files: BTreeMap<String, PathBuf>,
}

/// How ticks are made from bars (MT5 reference 6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TickModel {
    /// As many ticks as the bar's tick volume says.
    #[serde(alias = "every-tick")]
    EveryTick,
    /// Four ticks a bar, spread out: 1-minute OHLC, where the bars are M1.
    Ohlc,
    /// The open, and at the bar's very end the rest, so that stops are checked.
    #[serde(alias = "open-prices")]
    OpenPrices,
}

impl TickModel {
    /// At which price stops are filled, unless the session says otherwise: between four ticks a bar a level is passed far
    /// from any tick.
    #[must_use]
    pub const fn stop_fills(self) -> StopFills {
        match self {
            Self::EveryTick => StopFills::Tick,
            Self::Ohlc | Self::OpenPrices => StopFills::Level,
        }
    }
}

/// A strategy that the session itself starts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StrategyEntry {
    /// The platform's id.
    pub id: String,
    /// A name for people; the id where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When it is started; at the session's first moment where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// MT5's symbol; the session's only one where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
    /// Bars on which it is evaluated, such as M5.
    pub timeframe: String,
    /// Settings, as START has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<serde_json::Value>,
    /// Options, as START has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<serde_json::Value>,
    /// Rules in any dialect that START takes.
    pub rules: serde_json::Value,
}

/// What a recording adds to its session file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// Version of the program that wrote it.
    pub tickdeck: String,
    /// Zone database that was used.
    pub tzdb: String,
    /// Server time of the first tick.
    pub first_time_msc: Option<ServerMsc>,
    /// Server time of the last tick.
    pub last_time_msc: Option<ServerMsc>,
    /// Inputs, ticks among them.
    pub inputs: u64,
    /// Ticks.
    pub ticks: u64,
    /// Steps with at least one action that is hashed.
    pub steps: u64,
    /// Requests to the trade server.
    pub orders: u64,
    /// Hash of all steps (session 4).
    pub actions_hash: ContentHash,
    /// The hash so far, after every so many steps.
    pub checkpoints: Vec<Checkpoint>,
    /// Hash of each file beside this one.
    pub files: BTreeMap<String, ContentHash>,
}

/// The hash so far, at a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// Number of the input of the step.
    pub input_seq: u64,
    /// Hash of all steps up to and with it.
    pub hash: ContentHash,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_file_says_enough_and_a_wrong_field_is_named() {
        let text = r#"
            format = 1
            name = "small"
            symbols = ["EURUSD"]
            zone = "America/New_York+7"
            [broker]
            commission_per_lot = 3.5
            request_latency = { uniform_ms = { min = 20, max = 80 } }
            faults = [{ request = 2, kind = "requote" }, { request = 3, kind = { partial = { percent = 40 } } }]
            [ticks.generate]
            ticks = 1000
            seed = 1
            [[strategy]]
            id = "a"
            timeframe = "M1"
            rules = { entry = { type = "indicator_cross" } }
        "#;
        let file: SessionFile = toml::from_str(text).unwrap();
        assert_eq!(file.broker.commission_per_lot.to_string(), "3.5");
        let again: SessionFile = toml::from_str(&toml::to_string(&file).unwrap()).unwrap();
        assert_eq!(again, file);
        let wrong = toml::from_str::<SessionFile>(&text.replace("commission_per_lot", "comission")).unwrap_err().to_string();
        assert!(wrong.contains("comission") && wrong.contains("commission_per_lot"), "{wrong}");
    }
}
